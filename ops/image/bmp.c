/* image/bmp.c - Windows and OS/2 bitmaps: 1 to 32 bits a pixel, palettes, masks, run lengths.
 *
 * Source: Microsoft, BITMAPFILEHEADER, BITMAPINFOHEADER, BITMAPV5HEADER, Bitmap Compression. */
#include "image/image.h"
#include <string.h>

enum { FILE_HEADER = 14, PLAIN = 0, RLE8 = 1, RLE4 = 2, MASKS = 3, ALPHA_MASKS = 6 };

typedef struct bmp {
    const uint8_t *at;
    size_t size;
    size_t info; /* size of the second header */
    uint32_t bits, how, pixels;
    int64_t width, height;
    bool from_top;
    uint8_t palette[256][3]; /* what the file does not give is black */
    uint32_t mask[3];
} bmp;

bool image_is_bmp(const uint8_t *at, size_t size)
{
    return size >= FILE_HEADER + 12 && at[0] == 'B' && at[1] == 'M';
}

static uint32_t u16(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8;
}

static uint32_t u32(const uint8_t *p)
{
    return u16(p) | u16(p + 2) << 16;
}

/* ---- headers ---- */

static bool read_sizes(bmp *b)
{
    const uint8_t *h = b->at + FILE_HEADER;
    b->pixels = u32(b->at + 10);
    b->info = u32(h);
    if (b->info > b->size - FILE_HEADER || (b->info != 12 && b->info < 40))
        return false;
    if (b->info == 12) { /* OS/2 */
        b->width = u16(h + 4);
        b->height = u16(h + 6);
        b->bits = u16(h + 10);
        return true;
    }
    b->width = (int32_t)u32(h + 4);
    b->height = (int32_t)u32(h + 8);
    b->bits = u16(h + 14);
    b->how = u32(h + 16);
    b->from_top = b->height < 0;
    b->height = b->height < 0 ? -b->height : b->height;
    return true;
}

/* The masks of red, green and blue lie in the second header, or behind it where that is short. */
static bool read_masks(bmp *b)
{
    static const uint32_t usual[2][3] = { { 0x7c00, 0x3e0, 0x1f }, { 0xff0000, 0xff00, 0xff } };
    memcpy(b->mask, usual[b->bits == 32], sizeof b->mask);
    if (b->how != MASKS && b->how != ALPHA_MASKS)
        return true;
    if (b->size < FILE_HEADER + 40 + 12)
        return false;
    for (size_t i = 0; i < 3; i++)
        b->mask[i] = u32(b->at + FILE_HEADER + 40 + 4 * i);
    return true;
}

static void read_palette(bmp *b)
{
    size_t each = b->info == 12 ? 3 : 4, at = FILE_HEADER + b->info;
    size_t most = (size_t)1 << b->bits, told = b->info == 12 ? 0 : u32(b->at + FILE_HEADER + 32);
    size_t n = told && told < most ? told : most;
    if (b->info == 40 && b->how == MASKS)
        at += 12;
    for (size_t i = 0; i < n && at + each <= b->size && at + each <= b->pixels; i++, at += each)
        for (size_t k = 0; k < 3; k++)
            b->palette[i][k] = b->at[at + 2 - k];
}

static bool read_headers(bmp *b)
{
    if (!read_sizes(b) || b->width < 1 || b->height < 1 || b->pixels > b->size)
        return false;
    bool indexed = b->bits == 1 || b->bits == 2 || b->bits == 4 || b->bits == 8;
    bool fits = b->how == PLAIN  ? indexed || b->bits == 16 || b->bits == 24 || b->bits == 32
                : b->how == RLE8 ? b->bits == 8 && !b->from_top
                : b->how == RLE4 ? b->bits == 4 && !b->from_top
                : b->how == MASKS || b->how == ALPHA_MASKS ? b->bits == 16 || b->bits == 32
                                                           : false;
    if (!fits || !read_masks(b))
        return false;
    if (indexed)
        read_palette(b);
    return true;
}

/* ---- pixels ---- */

static uint8_t masked(uint32_t pixel, uint32_t mask)
{
    if (!mask)
        return 0;
    while (!(mask & 1)) {
        mask >>= 1;
        pixel >>= 1;
    }
    return (uint8_t)((uint64_t)(pixel & mask) * 255 / mask);
}

static void take_row(const bmp *b, uint8_t *to, const uint8_t *row, size_t width)
{
    for (size_t x = 0; x < width; x++, to += 3) {
        if (b->bits <= 8) {
            size_t bit = x * b->bits;
            uint32_t index = (uint32_t)row[bit / 8] >> (8 - b->bits - bit % 8) &
                             ((1u << b->bits) - 1);
            memcpy(to, b->palette[index], 3);
        } else if (b->bits == 24) {
            to[0] = row[3 * x + 2];
            to[1] = row[3 * x + 1];
            to[2] = row[3 * x];
        } else {
            uint32_t pixel = b->bits == 16 ? u16(row + 2 * x) : u32(row + 4 * x);
            for (size_t k = 0; k < 3; k++)
                to[k] = masked(pixel, b->mask[k]);
        }
    }
}

static sdx_status take_rows(image *m, const bmp *b)
{
    size_t stride = (m->width * b->bits + 31) / 32 * 4;
    if ((b->size - b->pixels) / stride < m->height)
        return SDX_E_FORMAT;
    for (size_t y = 0; y < m->height; y++)
        take_row(b, image_row(m, b->from_top ? y : m->height - 1 - y),
                 b->at + b->pixels + y * stride, m->width);
    return SDX_OK;
}

/* Pixels that a run leaves out are of colour 0.  y counts from below. */
static void put(image *m, const bmp *b, size_t x, size_t y, uint32_t index)
{
    if (x < m->width && y < m->height)
        memcpy(image_row(m, m->height - 1 - y) + 3 * x, b->palette[index], 3);
}

static uint32_t packed(const bmp *b, const uint8_t *from, size_t i)
{
    return b->how == RLE8 ? from[i] : (uint32_t)from[i / 2] >> (i % 2 ? 0 : 4) & 15u;
}

static sdx_status take_runs(image *m, const bmp *b)
{
    const uint8_t *p = b->at + b->pixels, *end = b->at + b->size;
    size_t x = 0, y = 0;
    for (size_t i = 0; i < m->width * m->height; i++)
        memcpy(m->rgb + 3 * i, b->palette[0], 3);
    while (end - p >= 2 && y < m->height) {
        size_t n = p[0], code = p[1];
        p += 2;
        if (n > 0) { /* one byte, again and again */
            for (size_t i = 0; i < n; i++)
                put(m, b, x++, y, packed(b, p - 1, b->how == RLE8 ? 0 : i % 2));
        } else if (code == 0) {
            x = 0;
            y++;
        } else if (code == 1) {
            return SDX_OK;
        } else if (code == 2) {
            if (end - p < 2)
                return SDX_E_FORMAT;
            x += p[0];
            y += p[1];
            p += 2;
        } else { /* as they stand, to an even number of bytes */
            size_t bytes = b->how == RLE8 ? code : (code + 1) / 2;
            if ((size_t)(end - p) < bytes)
                return SDX_E_FORMAT;
            for (size_t i = 0; i < code; i++)
                put(m, b, x++, y, packed(b, p, i));
            bytes += bytes % 2;
            p = (size_t)(end - p) < bytes ? end : p + bytes;
        }
    }
    return y >= m->height ? SDX_OK : SDX_E_FORMAT; /* the end is marked, or all rows are there */
}

sdx_status image_decode_bmp(image *m)
{
    bmp b = { .at = m->at, .size = m->size };
    if (!read_headers(&b))
        return SDX_E_FORMAT;
    bool runs = b.how == RLE8 || b.how == RLE4;
    if (!runs && (uint64_t)b.width * (uint64_t)b.height > 8 * (uint64_t)b.size)
        return SDX_E_FORMAT; /* before room is made for what is not there */
    SDX_TRY(image_make(m, (uint64_t)b.width, (uint64_t)b.height));
    return runs ? take_runs(m, &b) : take_rows(m, &b);
}
