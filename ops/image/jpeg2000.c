/* image/jpeg2000.c - JPEG 2000 by openjpeg: one component is gray, three are colours, a second or
 * fourth is alpha and left out. */
#include "image/image.h"
#include <openjpeg.h>
#include <string.h>

typedef struct bytes {
    const uint8_t *at;
    size_t size, place;
} bytes;

static const uint8_t boxes[12] = { 0, 0, 0, 12, 'j', 'P', ' ', ' ', '\r', '\n', 0x87, '\n' };
static const uint8_t codestream[4] = { 0xff, 0x4f, 0xff, 0x51 };

bool image_is_jpeg2000(const uint8_t *at, size_t size)
{
    return (size >= sizeof boxes && memcmp(at, boxes, sizeof boxes) == 0) ||
           (size >= sizeof codestream && memcmp(at, codestream, sizeof codestream) == 0);
}

/* ---- a stream that is bytes ---- */

static OPJ_SIZE_T read_some(void *to, OPJ_SIZE_T size, void *ctx)
{
    bytes *b = ctx;
    size_t left = b->size - b->place, n = size < left ? size : left;
    if (n == 0)
        return (OPJ_SIZE_T)-1;
    memcpy(to, b->at + b->place, n);
    b->place += n;
    return n;
}

static OPJ_OFF_T skip(OPJ_OFF_T by, void *ctx)
{
    bytes *b = ctx;
    OPJ_OFF_T left = (OPJ_OFF_T)(b->size - b->place);
    if (by < 0)
        return -1;
    by = by < left ? by : left;
    b->place += (size_t)by;
    return by;
}

static OPJ_BOOL seek(OPJ_OFF_T to, void *ctx)
{
    bytes *b = ctx;
    if (to < 0 || (uint64_t)to > b->size)
        return OPJ_FALSE;
    b->place = (size_t)to;
    return OPJ_TRUE;
}

static opj_stream_t *open_stream(bytes *b)
{
    opj_stream_t *s = opj_stream_create(1 << 16, OPJ_TRUE);
    if (!s)
        return NULL;
    opj_stream_set_user_data(s, b, NULL);
    opj_stream_set_user_data_length(s, b->size);
    opj_stream_set_read_function(s, read_some);
    opj_stream_set_skip_function(s, skip);
    opj_stream_set_seek_function(s, seek);
    return s;
}

/* ---- tiles ---- */

static uint64_t big_endian(const uint8_t *at, int count)
{
    uint64_t v = 0;
    for (int i = 0; i < count; i++)
        v = v << 8 | at[i];
    return v;
}

/* Where the codestream begins: at once, or in the box jp2c.  NULL: nowhere. */
static const uint8_t *find_codestream(const image *m, size_t *left)
{
    const uint8_t *at = m->at, *end = m->at + m->size;
    *left = m->size;
    if (at[0] != 0)
        return at;
    while (end - at >= 16) {
        bool is_long = big_endian(at, 4) == 1;
        uint64_t size = is_long ? big_endian(at + 8, 8) : big_endian(at, 4);
        size_t head = is_long ? 16 : 8;
        if (memcmp(at + 4, "jp2c", 4) == 0) {
            *left = (size_t)(end - at) - head;
            return at + head;
        }
        if (size < head || size > (uint64_t)(end - at))
            return NULL;
        at += size;
    }
    return NULL;
}

/* openjpeg makes room for all tiles that the header tells of.  Each takes 14 bytes at least. */
static bool has_its_tiles(const image *m)
{
    enum { SIZ = 4, TILES = SIZ + 20, LEAST = 14 };
    size_t left;
    const uint8_t *at = find_codestream(m, &left);
    if (!at || left < SIZ + 36 || memcmp(at, codestream, sizeof codestream) != 0)
        return false;
    uint64_t tiles = 1;
    for (int i = 0; i < 2; i++) { /* across, down */
        uint64_t end = big_endian(at + SIZ + 4 + 4 * i, 4);
        uint64_t step = big_endian(at + TILES + 4 * i, 4);
        uint64_t first = big_endian(at + TILES + 8 + 4 * i, 4);
        if (step == 0 || end <= first)
            return false;
        tiles *= (end - first + step - 1) / step;
    }
    return tiles <= left / LEAST + 1;
}

/* ---- samples ---- */

/* Sample of component k under pixel x, y, as one of 0..255. */
static int sample(const opj_image_t *from, uint32_t k, size_t x, size_t y)
{
    const opj_image_comp_t *p = &from->comps[k];
    size_t i = x / p->dx, j = y / p->dy; /* components may be coarser than the picture */
    i = i < p->w ? i : p->w - 1;
    j = j < p->h ? j : p->h - 1;
    int64_t v = p->data[j * p->w + i];
    v += p->sgnd ? (int64_t)1 << (p->prec - 1) : 0;
    if (p->prec > 8)
        v = (v + ((int64_t)1 << (p->prec - 9))) >> (p->prec - 8);
    else
        v = image_scale((uint32_t)(v < 0 ? 0 : v), ((uint32_t)1 << p->prec) - 1);
    return (int)(v < 0 ? 0 : v > 255 ? 255 : v);
}

static uint8_t narrow(double v)
{
    return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v + 0.5);
}

/* Luma and two differences of colour, all of 0..255, as JFIF has them. */
static void from_ycc(uint8_t *rgb, int luma, int blue, int red)
{
    rgb[0] = narrow(luma + 1.402 * (red - 128));
    rgb[1] = narrow(luma - 0.344136 * (blue - 128) - 0.714136 * (red - 128));
    rgb[2] = narrow(luma + 1.772 * (blue - 128));
}

static sdx_status take(image *m, const opj_image_t *from)
{
    uint32_t of = from->numcomps < 3 ? 1 : 3;
    for (uint32_t k = 0; k < of; k++) {
        const opj_image_comp_t *p = &from->comps[k];
        if (!p->data || p->w == 0 || p->h == 0 || p->prec < 1 || p->prec > 31 || p->dx == 0 ||
            p->dy == 0)
            return SDX_E_FORMAT;
    }
    for (size_t y = 0; y < m->height; y++) {
        uint8_t *to = image_row(m, y);
        if (y % 64 == 0)
            SDX_TRY(sdx_poll(m->c));
        for (size_t x = 0; x < m->width; x++, to += 3) {
            int a = sample(from, 0, x, y), b = of == 1 ? a : sample(from, 1, x, y),
                c = of == 1 ? a : sample(from, 2, x, y);
            if (of == 3 && from->color_space == OPJ_CLRSPC_SYCC) {
                from_ycc(to, a, b, c);
                continue;
            }
            to[0] = (uint8_t)a;
            to[1] = (uint8_t)b;
            to[2] = (uint8_t)c;
        }
    }
    return SDX_OK;
}

static bool is_ours(const opj_image_t *i)
{
    return i->numcomps >= 1 && i->numcomps <= 4 && i->x1 > i->x0 && i->y1 > i->y0 &&
           i->color_space != OPJ_CLRSPC_CMYK && i->color_space != OPJ_CLRSPC_EYCC;
}

/* openjpeg goes through every pixel and back, whether or not a byte stands for it: a hundred bytes
 * could keep it busy for many seconds, in gigabytes. */
static sdx_status make(image *m, uint64_t width, uint64_t height)
{
    enum { ALWAYS = 1 << 22, A_BYTE = 8192 };
    if (width * height > ALWAYS + A_BYTE * (uint64_t)m->size)
        return sdx_fail(m->c, SDX_E_LIMIT, "the stream claims %llu x %llu pixels in %zu bytes",
                        (unsigned long long)width, (unsigned long long)height, m->size);
    return image_make(m, width, height);
}

static sdx_status read_picture(image *m, opj_codec_t *codec, opj_stream_t *s, opj_image_t **at)
{
    opj_dparameters_t how;
    opj_set_default_decoder_parameters(&how);
    if (!opj_setup_decoder(codec, &how) || !opj_read_header(s, codec, at) || !is_ours(*at))
        return SDX_E_FORMAT;
    SDX_TRY(make(m, (*at)->x1 - (*at)->x0, (*at)->y1 - (*at)->y0));
    if (!opj_decode(codec, s, *at) || !opj_end_decompress(codec, s) || !is_ours(*at))
        return SDX_E_FORMAT;
    return take(m, *at);
}

sdx_status image_decode_jpeg2000(image *m)
{
    bytes b = { m->at, m->size, 0 };
    bool boxed = m->at[0] == 0;
    if (!has_its_tiles(m))
        return SDX_E_FORMAT;
    opj_codec_t *codec = opj_create_decompress(boxed ? OPJ_CODEC_JP2 : OPJ_CODEC_J2K);
    opj_stream_t *s = open_stream(&b);
    opj_image_t *decoded = NULL;
    sdx_status st = codec && s ? read_picture(m, codec, s, &decoded) : SDX_E_MEMORY;
    opj_image_destroy(decoded);
    if (s)
        opj_stream_destroy(s);
    opj_destroy_codec(codec);
    return st;
}
