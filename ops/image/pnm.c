/* image/pnm.c - portable pixmaps, P1 to P6: bits, gray and colours, as text and as bytes.
 *
 * Source: the netpbm manual pages pbm(5), pgm(5), ppm(5). */
#include "image/image.h"

typedef struct reader {
    const uint8_t *at;
    size_t size, place;
} reader;

static bool is_blank(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

bool image_is_pnm(const uint8_t *at, size_t size)
{
    return size >= 3 && at[0] == 'P' && at[1] >= '1' && at[1] <= '6' &&
           (is_blank(at[2]) || at[2] == '#');
}

/* Blanks, and comments up to the end of their line. */
static void skip_blanks(reader *r)
{
    while (r->place < r->size) {
        if (r->at[r->place] == '#')
            while (r->place < r->size && r->at[r->place] != '\n')
                r->place++;
        else if (is_blank(r->at[r->place]))
            r->place++;
        else
            return;
    }
}

/* A number of at most `most` digits; -1: there is none, or it is longer. */
static int64_t number(reader *r, int most)
{
    int64_t v = 0;
    int digits = 0;
    skip_blanks(r);
    for (; r->place < r->size && r->at[r->place] >= '0' && r->at[r->place] <= '9' && digits <= most;
         digits++)
        v = 10 * v + (r->at[r->place++] - '0');
    return digits >= 1 && digits <= most ? v : -1;
}

/* The next sample, unchecked against the largest; -1: the stream ends. */
static int64_t sample(reader *r, bool plain, bool bits, int64_t most)
{
    if (plain && bits) { /* digits need no blanks between them */
        skip_blanks(r);
        return r->place < r->size ? r->at[r->place++] - '0' : -1;
    }
    if (plain)
        return number(r, 5);
    size_t bytes = most > 255 ? 2 : 1;
    if (r->size - r->place < bytes)
        return -1;
    int64_t v = r->at[r->place++];
    return bytes == 1 ? v : 256 * v + r->at[r->place++];
}

static sdx_status packed_bits(image *m, reader *r)
{
    size_t stride = (m->width + 7) / 8;
    if ((r->size - r->place) / stride < m->height)
        return SDX_E_FORMAT;
    for (size_t y = 0; y < m->height; y++) {
        const uint8_t *row = r->at + r->place + y * stride;
        uint8_t *to = image_row(m, y);
        for (size_t x = 0; x < m->width; x++, to += 3) /* 1 is black */
            to[0] = to[1] = to[2] = row[x / 8] >> (7 - x % 8) & 1 ? 0 : 255;
    }
    return SDX_OK;
}

static sdx_status samples(image *m, reader *r, int kind, int64_t most)
{
    bool plain = kind <= 3, colours = kind == 3 || kind == 6, bits = kind == 1;
    for (size_t y = 0; y < m->height; y++) {
        uint8_t *to = image_row(m, y);
        if (y % 64 == 0)
            SDX_TRY(sdx_poll(m->c));
        for (size_t i = 0; i < 3 * m->width; i++) {
            if (!colours && i % 3 != 0) {
                to[i] = to[i - 1];
                continue;
            }
            int64_t v = sample(r, plain, bits, most);
            if (v < 0 || v > most)
                return SDX_E_FORMAT;
            to[i] = image_scale((uint32_t)(bits ? 1 - v : v), (uint32_t)most);
        }
    }
    return SDX_OK;
}

sdx_status image_decode_pnm(image *m)
{
    reader r = { m->at, m->size, 2 };
    int kind = m->at[1] - '0';
    bool bits = kind == 1 || kind == 4;
    int64_t width = number(&r, 9), height = number(&r, 9), most = bits ? 1 : number(&r, 5);
    if (width < 1 || height < 1 || most < 1 || most > 65535)
        return SDX_E_FORMAT;
    if (kind >= 4 && (r.place == r.size || !is_blank(r.at[r.place++]))) /* just one */
        return SDX_E_FORMAT;
    /* A sample takes a byte, but for packed bits: what is not there is not made room for. */
    if ((uint64_t)height > (kind == 4 ? 8 : 1) * (uint64_t)r.size ||
        (uint64_t)width > (kind == 4 ? 8 : 1) * (uint64_t)r.size)
        return SDX_E_FORMAT;
    SDX_TRY(image_make(m, (uint64_t)width, (uint64_t)height));
    return kind == 4 ? packed_bits(m, &r) : samples(m, &r, kind, most);
}
