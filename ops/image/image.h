/* image/image.h - what the decoders of the formats share.
 *
 * A decoder reads m->at[0..size-1], which may be anything, asks for the picture with image_make
 * once it knows how large that is, and fills m->rgb: rows from the top, red, green, blue.  It
 * returns SDX_E_FORMAT for a stream that cannot be decoded, whatever the reason; the operator knows
 * what follows from that. */
#ifndef IMAGE_IMAGE_H
#define IMAGE_IMAGE_H
#include "sdx/op.h"

typedef struct image {
    sdx_run *c;
    const uint8_t *at;
    size_t size;
    size_t width, height; /* from image_make on */
    uint8_t *rgb;         /* height * width * 3 bytes, zero at first */
    sdx_value *value;     /* ... and the tensor that they are */
} image;

/* Pixels of the largest picture: a small file may claim any size. */
enum { IMAGE_MOST_PIXELS = 1 << 27 };

/* SDX_E_FORMAT: no pixel; SDX_E_LIMIT: too many. */
sdx_status image_make(image *m, uint64_t width, uint64_t height);
/* Zeroed room until the operator ends; NULL: none. */
void *image_room(image *m, size_t bytes);

static inline uint8_t *image_row(const image *m, size_t y)
{
    return m->rgb + y * m->width * 3;
}

/* value of 0..most as one of 0..255, rounded to the nearest, ties to even. */
uint8_t image_scale(uint32_t value, uint32_t most);

/* Each: is this the beginning of such a file?  And the picture of it. */
bool image_is_jpeg(const uint8_t *at, size_t size);
bool image_is_png(const uint8_t *at, size_t size);
bool image_is_webp(const uint8_t *at, size_t size);
bool image_is_tiff(const uint8_t *at, size_t size);
bool image_is_jpeg2000(const uint8_t *at, size_t size);
bool image_is_bmp(const uint8_t *at, size_t size);
bool image_is_pnm(const uint8_t *at, size_t size);
sdx_status image_decode_jpeg(image *m);
sdx_status image_decode_png(image *m);
sdx_status image_decode_webp(image *m);
sdx_status image_decode_tiff(image *m);
sdx_status image_decode_jpeg2000(image *m);
sdx_status image_decode_bmp(image *m);
sdx_status image_decode_pnm(image *m);

#endif
