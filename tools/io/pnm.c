/* tools/io/pnm.c - portable pixmaps and graymaps: P2, P3 in digits, P5, P6 in bytes.
 *
 * Source: the netpbm manual pages ppm(5) and pgm(5). */
#include "io/picture.h"

enum { MOST_VALUE = 65535 };

typedef struct reader {
    const unsigned char *at, *end;
} reader;

static bool is_blank(unsigned char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

bool pnm_is(const unsigned char *b, size_t size)
{
    return size > 3 && b[0] == 'P' && (b[1] == '2' || b[1] == '3' || b[1] == '5' || b[1] == '6') &&
           (is_blank(b[2]) || b[2] == '#');
}

/* The next number; comments run to the end of their line.  -1: there is none. */
static long number(reader *r)
{
    long n = -1;
    while (r->at < r->end && (is_blank(*r->at) || *r->at == '#')) {
        if (*r->at == '#')
            while (r->at < r->end && *r->at != '\n')
                r->at++;
        else
            r->at++;
    }
    for (; r->at < r->end && *r->at >= '0' && *r->at <= '9' && n < 1000000; r->at++)
        n = (n < 0 ? 0 : n) * 10 + (*r->at - '0');
    return n;
}

/* A sample as 0 to 255; -1: none is left, or it is above the largest. */
static int sample(reader *r, bool digits, long most)
{
    long v = -1;
    if (digits) {
        v = number(r);
    } else if (r->end - r->at >= (most > 255 ? 2 : 1)) {
        v = *r->at++;
        if (most > 255)
            v = v << 8 | *r->at++;
    }
    return v < 0 || v > most ? -1 : (int)((v * 255 + most / 2) / most);
}

bool pnm_decode(const unsigned char *bytes, size_t size, picture *p)
{
    reader r = { bytes + 2, bytes + size };
    bool digits = bytes[1] < '5', color = bytes[1] == '3' || bytes[1] == '6';
    long width = number(&r), height = number(&r), most = number(&r);
    size_t least = (digits ? 2 : most > 255 ? 2 : 1) * (color ? 3U : 1U); /* bytes of a pixel */
    if (!digits && r.at < r.end)
        r.at++; /* one blank, and no comment, ends the header */
    if (most < 1 || most > MOST_VALUE || width < 1 || height < 1 || width > MOST_PICTURE_SIDE ||
        height > MOST_PICTURE_SIDE)
        return false;
    /* the last sample in digits needs no blank behind it */
    if ((size_t)(r.end - r.at) + digits < (size_t)width * (size_t)height * least ||
        !picture_room(p, width, height))
        return false;
    for (size_t i = 0, n = (size_t)width * (size_t)height; i < n; i++)
        for (int c = 0; c < 3; c++) {
            int v = c == 0 || color ? sample(&r, digits, most) : p->rgb[3 * i];
            if (v < 0)
                return false;
            p->rgb[3 * i + (size_t)c] = (unsigned char)v;
        }
    return true;
}
