/* tools/io/wav.c - sounds in RIFF WAVE files.
 *
 * Source: "Multimedia Programming Interface and Data Specifications 1.0" of IBM and Microsoft, and
 * Microsoft's page on WAVEFORMATEXTENSIBLE. */
#include "io/wav.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PCM = 1, FLOAT = 3, EXTENSIBLE = 0xfffe, RIFF_HEAD = 12, CHUNK_HEAD = 8 };

typedef struct format {
    int kind, channels, rate, bits;
    size_t width; /* bytes of a sample */
} format;

static uint32_t u16(const unsigned char *b)
{
    return (uint32_t)b[0] | (uint32_t)b[1] << 8;
}

static uint32_t u32(const unsigned char *b)
{
    return u16(b) | u16(b + 2) << 16;
}

static bool no(char *why, size_t size, const char *what)
{
    snprintf(why, size, "%s", what);
    return false;
}

bool wav_is(const void *bytes, size_t size)
{
    return size >= RIFF_HEAD && memcmp(bytes, "RIFF", 4) == 0 &&
           memcmp((const char *)bytes + 8, "WAVE", 4) == 0;
}

/* ---- chunks ---- */

/* The first chunk of this name; NULL: there is none.  *whole: all that it claims is there. */
static const unsigned char *find(const unsigned char *b, size_t size, const char *name,
                                 size_t *length, bool *whole)
{
    for (size_t at = RIFF_HEAD; size - at >= CHUNK_HEAD;) {
        size_t claimed = u32(b + at + 4), left = size - at - CHUNK_HEAD;
        *whole = claimed <= left;
        *length = *whole ? claimed : left;
        if (memcmp(b + at, name, 4) == 0)
            return b + at + CHUNK_HEAD;
        if (!*whole || left - claimed < (claimed & 1))
            return NULL;
        at += CHUNK_HEAD + claimed + (claimed & 1); /* chunks are even */
    }
    return NULL;
}

static bool read_format(const unsigned char *b, size_t size, format *f, char *why, size_t why_size)
{
    size_t length;
    bool whole;
    const unsigned char *at = find(b, size, "fmt ", &length, &whole);
    if (!at || !whole || length < 16)
        return no(why, why_size, "there is no format in it");
    f->kind = (int)u16(at);
    f->channels = (int)u16(at + 2);
    f->rate = u32(at + 4) <= MOST_RATE ? (int)u32(at + 4) : 0;
    f->bits = (int)u16(at + 14);
    if (f->kind == EXTENSIBLE && length >= 26)
        f->kind = (int)u16(at + 24); /* the first field of the sub-format's id */
    f->width = (size_t)f->bits / 8;
    bool fits = f->kind == PCM     ? f->bits % 8 == 0 && f->bits >= 8 && f->bits <= 32
                : f->kind == FLOAT ? f->bits == 32 || f->bits == 64
                                   : false;
    if (!fits) {
        snprintf(why, why_size, "samples of format %d with %d bits are not read", f->kind, f->bits);
        return false;
    }
    if (f->channels < 1 || f->channels > MOST_CHANNELS || f->rate < LEAST_RATE)
        return no(why, why_size, "its number of channels or its rate is out of range");
    if (u16(at + 12) != f->width * (size_t)f->channels)
        return no(why, why_size, "its format contradicts itself");
    return true;
}

/* ---- samples ---- */

static float sample_of(const unsigned char *b, const format *f)
{
    float narrow;
    double wide;
    if (f->kind == FLOAT && f->bits == 32) {
        uint32_t bits = u32(b);
        memcpy(&narrow, &bits, sizeof narrow);
        return narrow;
    }
    if (f->kind == FLOAT) {
        uint64_t bits = u32(b) | (uint64_t)u32(b + 4) << 32;
        memcpy(&wide, &bits, sizeof wide);
        return (float)wide;
    }
    if (f->bits == 8)
        return (float)(b[0] - 128) / 128; /* the only one without a sign */
    uint32_t bits = 0;
    for (size_t i = 0; i < f->width; i++)
        bits |= (uint32_t)b[i] << (32 - f->bits + 8 * (int)i);
    return (float)((double)(int32_t)bits * 0x1p-31);
}

bool wav_decode(const void *bytes, size_t size, sound *out, char *why, size_t why_size)
{
    format f;
    size_t length;
    bool whole;
    if (!wav_is(bytes, size))
        return no(why, why_size, "no .wav file");
    if (!read_format(bytes, size, &f, why, why_size))
        return false;
    const unsigned char *at = find(bytes, size, "data", &length, &whole);
    if (!at)
        return no(why, why_size, "there is no sound in it");
    if (!whole)
        return no(why, why_size, "the sound is cut off");
    size_t n = length / f.width / (size_t)f.channels * (size_t)f.channels;
    float *sample = malloc((n + 1) * sizeof *sample);
    if (!sample)
        return no(why, why_size, "no memory");
    for (size_t i = 0; i < n; i++)
        sample[i] = sample_of(at + i * f.width, &f);
    *out = (sound){ f.rate, f.channels, n / (size_t)f.channels, sample };
    return true;
}
