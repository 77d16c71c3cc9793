/* tools/io/picture.c - pictures by their libraries, and which kind it is. */
#include "io/picture.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <png.h>

static bool fits(long width, long height)
{
    return width >= 1 && height >= 1 && width <= MOST_PICTURE_SIDE && height <= MOST_PICTURE_SIDE &&
           width * height <= MOST_PICTURE_PIXELS;
}

bool picture_room(picture *p, long width, long height)
{
    if (!fits(width, height))
        return false;
    p->width = (int)width;
    p->height = (int)height;
    p->rgb = malloc((size_t)width * (size_t)height * 3);
    return p->rgb != NULL;
}

static bool decode_png(const void *bytes, size_t size, picture *p)
{
    png_image image;
    memset(&image, 0, sizeof image);
    image.version = PNG_IMAGE_VERSION;
    if (!png_image_begin_read_from_memory(&image, bytes, size))
        return false;
    image.format = PNG_FORMAT_RGB;
    if (!picture_room(p, (long)image.width, (long)image.height)) {
        png_image_free(&image);
        return false;
    }
    png_color white = { 255, 255, 255 }; /* behind what is transparent */
    return png_image_finish_read(&image, &white, p->rgb, 0, NULL) != 0;
}

typedef struct jpeg_trouble {
    struct jpeg_error_mgr base;
    jmp_buf back;
} jpeg_trouble;

static void jpeg_stop(j_common_ptr c)
{
    jpeg_trouble *t = (jpeg_trouble *)(void *)c->err;
    longjmp(t->back, 1);
}

static void jpeg_quiet(j_common_ptr c)
{
    (void)c;
}

/* All bytes are there from the start: who asks for more reads a file that is cut off. */
static boolean jpeg_more(j_decompress_ptr d)
{
    jpeg_stop((j_common_ptr)d);
    return FALSE;
}

static bool decode_jpeg(const void *bytes, size_t size, picture *p)
{
    struct jpeg_decompress_struct d;
    jpeg_trouble trouble;
    d.err = jpeg_std_error(&trouble.base);
    trouble.base.error_exit = jpeg_stop;
    trouble.base.output_message = jpeg_quiet;
    if (setjmp(trouble.back)) {
        jpeg_destroy_decompress(&d);
        return false;
    }
    jpeg_create_decompress(&d);
    jpeg_mem_src(&d, bytes, (unsigned long)size);
    d.src->fill_input_buffer = jpeg_more;
    jpeg_read_header(&d, TRUE);
    d.out_color_space = JCS_RGB;
    bool good = picture_room(p, (long)d.image_width, (long)d.image_height);
    if (good)
        jpeg_start_decompress(&d);
    while (good && d.output_scanline < d.output_height) {
        JSAMPROW row = p->rgb + (size_t)d.output_scanline * (size_t)p->width * 3;
        jpeg_read_scanlines(&d, &row, 1);
    }
    if (good)
        jpeg_finish_decompress(&d);
    jpeg_destroy_decompress(&d);
    return good;
}

static bool starts(const void *bytes, size_t size, const char *with, size_t n)
{
    return size > n && memcmp(bytes, with, n) == 0;
}

static bool is_png(const void *bytes, size_t size)
{
    return starts(bytes, size, "\x89PNG", 4);
}

static bool is_jpeg(const void *bytes, size_t size)
{
    return starts(bytes, size, "\xff\xd8\xff", 3);
}

bool picture_is(const void *bytes, size_t size)
{
    return is_png(bytes, size) || is_jpeg(bytes, size) || bmp_is(bytes, size) ||
           pnm_is(bytes, size);
}

bool picture_decode(const void *bytes, size_t size, picture *p)
{
    picture read = { .rgb = NULL };
    bool good = is_png(bytes, size)    ? decode_png(bytes, size, &read)
                : is_jpeg(bytes, size) ? decode_jpeg(bytes, size, &read)
                : bmp_is(bytes, size)  ? bmp_decode(bytes, size, &read)
                : pnm_is(bytes, size)  ? pnm_decode(bytes, size, &read)
                                       : false;
    if (good)
        *p = read;
    else
        free(read.rgb);
    return good;
}
