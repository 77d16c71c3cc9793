/* image/png.c - PNG by libpng: eight bits a sample, palettes resolved, alpha left out. */
#include "image/image.h"
#include <png.h>
#include <string.h>

/* What libpng's jumps must find as it was: all that changes lies here. */
typedef struct decoder {
    image *m;
    size_t read;
    png_structp png;
    png_infop info;
    sdx_status st;
} decoder;

bool image_is_png(const uint8_t *at, size_t size)
{
    return size >= 8 && memcmp(at, "\x89PNG\r\n\x1a\n", 8) == 0;
}

static void on_error(png_structp png, png_const_charp text)
{
    (void)text;
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text)
{
    (void)png, (void)text;
}

static void read_some(png_structp png, png_bytep to, size_t size)
{
    decoder *d = png_get_io_ptr(png);
    if (size > d->m->size - d->read)
        png_error(png, "the stream ends too early");
    memcpy(to, d->m->at + d->read, size);
    d->read += size;
}

static void read_header(decoder *d)
{
    png_set_read_fn(d->png, d, read_some);
    png_set_user_limits(d->png, IMAGE_MOST_PIXELS, IMAGE_MOST_PIXELS);
    png_set_chunk_cache_max(d->png, 64);
    png_set_chunk_malloc_max(d->png, 8 << 20);
    png_read_info(d->png, d->info);
    png_set_strip_16(d->png);
    png_set_expand(d->png);
    png_set_strip_alpha(d->png);
    png_set_gray_to_rgb(d->png);
}

/* Interlaced pictures come in several passes, each of which adds to the rows. */
static void read_rows(decoder *d)
{
    int passes = png_set_interlace_handling(d->png);
    png_read_update_info(d->png, d->info);
    if (png_get_rowbytes(d->png, d->info) != 3 * d->m->width)
        png_error(d->png, "not three bytes a pixel");
    for (int pass = 0; pass < passes; pass++)
        for (size_t y = 0; y < d->m->height; y++) {
            if (y % 64 == 0 && (d->st = sdx_poll(d->m->c)) != SDX_OK)
                return;
            png_read_row(d->png, image_row(d->m, y), NULL);
        }
}

sdx_status image_decode_png(image *m)
{
    decoder d = { .m = m, .st = SDX_OK };
    d.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, on_error, on_warning);
    d.info = d.png ? png_create_info_struct(d.png) : NULL;
    if (!d.info) {
        png_destroy_read_struct(&d.png, NULL, NULL);
        return SDX_E_MEMORY;
    }
    decoder *volatile kept = &d; /* survives the jump */
    if (setjmp(png_jmpbuf(d.png)) != 0) {
        kept->st = SDX_E_FORMAT;
    } else {
        read_header(&d);
        d.st = image_make(m, png_get_image_width(d.png, d.info),
                          png_get_image_height(d.png, d.info));
        if (d.st == SDX_OK)
            read_rows(&d);
    }
    png_destroy_read_struct(&kept->png, &kept->info, NULL);
    return kept->st;
}
