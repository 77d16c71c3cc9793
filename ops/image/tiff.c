/* image/tiff.c - TIFF by libtiff: the first picture of a file, in whatever way it is stored. */
#include "image/image.h"
#include <string.h>
#include <tiffio.h>

typedef struct stream {
    const uint8_t *at;
    uint64_t size, place;
} stream;

bool image_is_tiff(const uint8_t *at, size_t size)
{
    static const char begin[][5] = { "II*", "MM\0*", "II+", "MM\0+" }; /* the latter two: BigTIFF */
    for (size_t i = 0; size >= 4 && i < sizeof begin / sizeof *begin; i++)
        if (memcmp(at, begin[i], 4) == 0)
            return true;
    return false;
}

/* ---- a file that is bytes ---- */

static tmsize_t read_some(thandle_t h, void *to, tmsize_t size)
{
    stream *s = h;
    uint64_t left = s->place < s->size ? s->size - s->place : 0;
    uint64_t n = size < 0 ? 0 : (uint64_t)size < left ? (uint64_t)size : left;
    if (n)
        memcpy(to, s->at + s->place, (size_t)n);
    s->place += n;
    return (tmsize_t)n;
}

static tmsize_t write_nothing(thandle_t h, void *from, tmsize_t size)
{
    (void)h, (void)from, (void)size;
    return 0;
}

static toff_t seek(thandle_t h, toff_t to, int from)
{
    stream *s = h;
    s->place = from == SEEK_SET ? to : from == SEEK_CUR ? s->place + to : s->size + to;
    return s->place;
}

static int close_nothing(thandle_t h)
{
    (void)h;
    return 0;
}

static toff_t size_of(thandle_t h)
{
    const stream *s = h;
    return s->size;
}

/* 1: this was all that had to be done about it. */
static int be_silent(TIFF *t, void *ctx, const char *module, const char *format, va_list args)
{
    (void)t, (void)ctx, (void)module, (void)format, (void)args;
    return 1;
}

static TIFF *open_stream(stream *s)
{
    TIFFOpenOptions *o = TIFFOpenOptionsAlloc();
    if (!o)
        return NULL;
    TIFFOpenOptionsSetMaxSingleMemAlloc(o, (tmsize_t)IMAGE_MOST_PIXELS * 4);
    TIFFOpenOptionsSetErrorHandlerExtR(o, be_silent, NULL);
    TIFFOpenOptionsSetWarningHandlerExtR(o, be_silent, NULL);
    TIFF *t = TIFFClientOpenExt("stream", "rm", s, read_some, write_nothing, seek, close_nothing,
                                size_of, NULL, NULL, o);
    TIFFOpenOptionsFree(o);
    return t;
}

/* ---- the picture ---- */

/* libtiff would darken colours by an alpha beside them.  Alpha is left out here, so libtiff is told
 * that the colours have had theirs. */
static void leave_alpha(TIFF *t)
{
    uint16_t n = 0, *kind, told[8];
    if (!TIFFGetField(t, TIFFTAG_EXTRASAMPLES, &n, &kind) || n == 0 || n > 8 ||
        kind[0] != EXTRASAMPLE_UNASSALPHA)
        return;
    memcpy(told, kind, n * sizeof *told);
    told[0] = EXTRASAMPLE_ASSOCALPHA;
    TIFFSetField(t, TIFFTAG_EXTRASAMPLES, n, told);
}

static sdx_status read_picture(image *m, TIFF *t)
{
    uint32_t width = 0, height = 0;
    char why[1024];
    if (!TIFFGetField(t, TIFFTAG_IMAGEWIDTH, &width) ||
        !TIFFGetField(t, TIFFTAG_IMAGELENGTH, &height) || !TIFFRGBAImageOK(t, why))
        return SDX_E_FORMAT;
    leave_alpha(t);
    SDX_TRY(image_make(m, width, height));
    uint32_t *pixel = image_room(m, 4 * m->width * m->height);
    if (!pixel)
        return SDX_E_MEMORY;
    if (!TIFFReadRGBAImageOriented(t, width, height, pixel, ORIENTATION_TOPLEFT, 1))
        return SDX_E_FORMAT;
    for (size_t i = 0; i < m->width * m->height; i++) {
        m->rgb[3 * i] = (uint8_t)TIFFGetR(pixel[i]);
        m->rgb[3 * i + 1] = (uint8_t)TIFFGetG(pixel[i]);
        m->rgb[3 * i + 2] = (uint8_t)TIFFGetB(pixel[i]);
    }
    return SDX_OK;
}

sdx_status image_decode_tiff(image *m)
{
    stream s = { m->at, m->size, 0 };
    TIFF *t = open_stream(&s);
    sdx_status st = t ? read_picture(m, t) : SDX_E_FORMAT;
    if (t)
        TIFFClose(t);
    return st;
}
