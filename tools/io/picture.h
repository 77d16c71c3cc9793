/* tools/io/picture.h - what is in a .png, .jpg, .bmp or .ppm: bytes of red, green and blue. */
#ifndef TOOLS_IO_PICTURE_H
#define TOOLS_IO_PICTURE_H
#include <stdbool.h>
#include <stddef.h>

enum { MOST_PICTURE_SIDE = 1 << 15, MOST_PICTURE_PIXELS = 1 << 28 };

typedef struct picture {
    int width, height;
    unsigned char *rgb; /* height * width * 3, the topmost row first; free() */
} picture;

/* Is this the beginning of a picture? */
bool picture_is(const void *bytes, size_t size);
/* What is transparent stands on white.  false: broken, too large, or of a kind that is not read; *p
 * is as it was. */
bool picture_decode(const void *bytes, size_t size, picture *p);

/* ---- the parts ---- */

bool picture_room(picture *p, long width, long height);
bool bmp_is(const unsigned char *bytes, size_t size);
bool bmp_decode(const unsigned char *bytes, size_t size, picture *p);
bool pnm_is(const unsigned char *bytes, size_t size);
bool pnm_decode(const unsigned char *bytes, size_t size, picture *p);

#endif
