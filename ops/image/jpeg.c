/* image/jpeg.c - JPEG by libjpeg-turbo: its slow integer transform and smooth upsampling, which the
 * standard describes. */
#include "image/image.h"
#include <setjmp.h>
#include <stdio.h> /* ahead of jpeglib.h, which forgets it */
#include <string.h>

#include <jpeglib.h>

/* The numbers of the library's messages, from its list of them, and nothing else of that header. */
enum message {
#define JERROR_H
#define JMESSAGE(code, text) code,
#include <jerror.h>
    N_MESSAGES
};

/* A progressive file may repeat a scan of a few bytes over a large picture as often as it likes. */
enum { MOST_SCANS = 500 };

typedef struct decoder {
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    jmp_buf back;
    image *m;
    sdx_status st;
} decoder;

bool image_is_jpeg(const uint8_t *at, size_t size)
{
    return size >= 3 && memcmp(at, "\xff\xd8\xff", 3) == 0;
}

static void give_up(j_common_ptr jpeg)
{
    decoder *d = jpeg->client_data;
    if (d->st == SDX_OK)
        d->st = jpeg->err->msg_code == JERR_OUT_OF_MEMORY ? SDX_E_MEMORY : SDX_E_FORMAT;
    longjmp(d->back, 1);
}

/* Warnings are about data that can be passed over, but for the one that there is no more of it. */
static void on_message(j_common_ptr jpeg, int level)
{
    if (level < 0 && jpeg->err->msg_code == JWRN_JPEG_EOF)
        give_up(jpeg);
}

static void print_nothing(j_common_ptr jpeg)
{
    (void)jpeg;
}

static void on_progress(j_common_ptr jpeg)
{
    decoder *d = jpeg->client_data;
    if (d->jpeg.input_scan_number > MOST_SCANS)
        give_up(jpeg);
    d->st = sdx_poll(d->m->c);
    if (d->st != SDX_OK)
        give_up(jpeg);
}

static unsigned product(unsigned a, unsigned b) /* of two fractions of 255 */
{
    unsigned t = a * b + 128;
    return ((t >> 8) + t) >> 8;
}

/* Four inks to light.  Adobe's files hold what is left of the paper instead of the ink. */
static void inks(uint8_t *rgb, const uint8_t *cmyk, size_t width, bool inverted)
{
    for (size_t x = 0; x < width; x++) {
        unsigned flip = inverted ? 255 : 0, light = 255u - (cmyk[4 * x + 3] ^ flip);
        for (size_t i = 0; i < 3; i++)
            rgb[3 * x + i] = (uint8_t)(light - product(cmyk[4 * x + i] ^ flip, light));
    }
}

static void gray(uint8_t *rgb, const uint8_t *luma, size_t width)
{
    for (size_t x = 0; x < width; x++)
        rgb[3 * x] = rgb[3 * x + 1] = rgb[3 * x + 2] = luma[x];
}

static void read_picture(decoder *d)
{
    struct jpeg_decompress_struct *jpeg = &d->jpeg;
    image *m = d->m;
    jpeg_mem_src(jpeg, m->at, (unsigned long)m->size);
    jpeg_read_header(jpeg, TRUE);
    int of = jpeg->num_components;
    jpeg->out_color_space = of == 1 ? JCS_GRAYSCALE : of == 4 ? JCS_CMYK : JCS_RGB;
    d->st = image_make(m, jpeg->image_width, jpeg->image_height);
    if (d->st != SDX_OK)
        return;
    uint8_t *row = image_room(m, 4 * m->width);
    if (!row) {
        d->st = SDX_E_MEMORY;
        return;
    }
    jpeg_start_decompress(jpeg);
    if (jpeg->output_components != (of == 1 ? 1 : of == 4 ? 4 : 3))
        give_up((j_common_ptr)jpeg);
    for (size_t y = 0; y < m->height; y++) {
        uint8_t *to = image_row(m, y);
        JSAMPROW at = of == 1 || of == 4 ? row : to;
        jpeg_read_scanlines(jpeg, &at, 1);
        if (of == 4)
            inks(to, row, m->width, jpeg->saw_Adobe_marker);
        else if (of == 1)
            gray(to, row, m->width);
    }
    jpeg_finish_decompress(jpeg);
}

sdx_status image_decode_jpeg(image *m)
{
    decoder *d = image_room(m, sizeof *d);
    if (!d)
        return SDX_E_MEMORY;
    d->m = m;
    d->jpeg.err = jpeg_std_error(&d->errors);
    d->errors.error_exit = give_up;
    d->errors.emit_message = on_message;
    d->errors.output_message = print_nothing;
    d->jpeg.client_data = d;
    decoder *volatile kept = d; /* survives the jump */
    if (setjmp(d->back) == 0) {
        jpeg_create_decompress(&d->jpeg);
        d->progress.progress_monitor = on_progress;
        d->jpeg.progress = &d->progress;
        read_picture(d);
    }
    jpeg_destroy_decompress(&kept->jpeg);
    return kept->st;
}
