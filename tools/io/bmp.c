/* tools/io/bmp.c - bitmaps of Windows: 1, 4, 8 bits through a palette, 16, 24 and 32 bits; neither
 * packed nor OS/2's.
 *
 * Source: the BITMAPFILEHEADER, BITMAPINFOHEADER and BITMAPV4HEADER pages of the Windows GDI
 * documentation. */
#include "io/picture.h"

#include <stdint.h>
#include <string.h>

enum { FILE_HEAD = 14, INFO_HEAD = 40, RGB = 0, BITFIELDS = 3, ALPHABITFIELDS = 6 };

static uint32_t u16(const unsigned char *b)
{
    return (uint32_t)b[0] | (uint32_t)b[1] << 8;
}

static uint32_t u32(const unsigned char *b)
{
    return u16(b) | u16(b + 2) << 16;
}

/* Where a colour lies in a pixel of 16 or 32 bits. */
typedef struct mask {
    uint32_t bits;
    int shift;
} mask;

typedef struct bitmap {
    const unsigned char *pixels, *palette;
    size_t row; /* bytes, a multiple of four */
    uint32_t depth, n_colors;
    bool upward; /* the lowest row comes first */
    mask red, green, blue;
} bitmap;

bool bmp_is(const unsigned char *b, size_t size)
{
    return size >= FILE_HEAD + INFO_HEAD && memcmp(b, "BM", 2) == 0 && u32(b + 14) >= INFO_HEAD &&
           u32(b + 14) <= 124;
}

/* The bits of a mask have to stand together. */
static bool set_mask(mask *m, uint32_t bits)
{
    *m = (mask){ bits, 0 };
    while (bits && !(bits & 1)) {
        bits >>= 1;
        m->shift++;
    }
    m->bits = bits;
    return bits && (bits & (bits + 1)) == 0;
}

static bool set_masks(bitmap *m, const unsigned char *b, size_t size, uint32_t method)
{
    static const uint32_t narrow[] = { 0x7c00, 0x3e0, 0x1f }, wide[] = { 0xff0000, 0xff00, 0xff };
    const uint32_t *usual = m->depth == 16 ? narrow : wide;
    bool given = method != RGB;
    if (given && size < FILE_HEAD + INFO_HEAD + 12)
        return false;
    const unsigned char *at = b + FILE_HEAD + INFO_HEAD;
    return set_mask(&m->red, given ? u32(at) : usual[0]) &&
           set_mask(&m->green, given ? u32(at + 4) : usual[1]) &&
           set_mask(&m->blue, given ? u32(at + 8) : usual[2]);
}

/* Says where things are; every offset of the file is held against its size. */
static bool plan(bitmap *m, const unsigned char *b, size_t size, long width, long height)
{
    size_t head = FILE_HEAD + (size_t)u32(b + 14), offset = u32(b + 10);
    uint32_t method = u32(b + 30), colors = u32(b + 46);
    m->depth = u16(b + 28);
    bool indexed = m->depth == 1 || m->depth == 4 || m->depth == 8;
    bool masked = m->depth == 16 || m->depth == 32;
    if (u16(b + 26) != 1 || (!indexed && !masked && m->depth != 24))
        return false;
    if (method != RGB && !(masked && (method == BITFIELDS || method == ALPHABITFIELDS)))
        return false;
    m->row = ((size_t)width * m->depth + 31) / 32 * 4;
    if (offset > size || (size - offset) / m->row < (size_t)height)
        return false;
    m->pixels = b + offset;
    if (!indexed)
        return !masked || set_masks(m, b, size, method);
    m->n_colors = colors ? colors : 1U << m->depth;
    m->palette = b + head;
    return m->n_colors <= 256 && head <= size && (size - head) / 4 >= m->n_colors;
}

static unsigned char shade(uint32_t pixel, mask m)
{
    return (unsigned char)(((uint64_t)((pixel >> m.shift) & m.bits) * 255 + m.bits / 2) / m.bits);
}

static bool decode_row(const bitmap *m, const unsigned char *from, int width, unsigned char *to)
{
    for (size_t x = 0; x < (size_t)width; x++, to += 3) {
        if (m->depth == 24) {
            to[0] = from[3 * x + 2];
            to[1] = from[3 * x + 1];
            to[2] = from[3 * x];
        } else if (m->depth > 8) {
            uint32_t pixel = m->depth == 16 ? u16(from + 2 * x) : u32(from + 4 * x);
            to[0] = shade(pixel, m->red);
            to[1] = shade(pixel, m->green);
            to[2] = shade(pixel, m->blue);
        } else {
            size_t bit = x * m->depth;
            uint32_t at = (uint32_t)from[bit / 8] >> (8 - m->depth - bit % 8) &
                          ((1U << m->depth) - 1);
            if (at >= m->n_colors)
                return false;
            const unsigned char *color = m->palette + 4 * (size_t)at;
            to[0] = color[2];
            to[1] = color[1];
            to[2] = color[0];
        }
    }
    return true;
}

bool bmp_decode(const unsigned char *bytes, size_t size, picture *p)
{
    bitmap m = { .upward = true };
    int64_t width = (int32_t)u32(bytes + 18), height = (int32_t)u32(bytes + 22);
    if (height < 0) {
        height = -height;
        m.upward = false;
    }
    if (width < 1 || width > MOST_PICTURE_SIDE || height < 1 || height > MOST_PICTURE_SIDE ||
        !plan(&m, bytes, size, (long)width, (long)height) ||
        !picture_room(p, (long)width, (long)height))
        return false;
    for (int y = 0; y < p->height; y++) {
        size_t row = (size_t)(m.upward ? p->height - 1 - y : y);
        if (!decode_row(&m, m.pixels + row * m.row, p->width,
                        p->rgb + (size_t)y * (size_t)p->width * 3))
            return false;
    }
    return true;
}
