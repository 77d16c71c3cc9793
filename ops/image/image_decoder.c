/* ops/image/image_decoder.c - ImageDecoder, a plugin: formats by their first bytes.
 *
 * A stream that cannot be decoded gives an empty picture, as the standard has it.  One that claims
 * to be larger than any picture should be is an error: it may be right, but not here.  Alpha is
 * left out; EXIF orientation, of which the standard says nothing, is left alone.
 * Source: ONNX Operators.md, ImageDecoder-20. */
#include "image/image.h"
#include <string.h>

static const sdx_schema schema[] = {
    { 20, "encoded_stream:T1 -> image:T2", "pixel_format:string=RGB", "T1: u8; T2: u8" },
    { 0 },
};

static void infer(const sdx_node *n, sdx_infer *c)
{
    bool gray = sdx_attr_is(n, "pixel_format", "Grayscale");
    if (!sdx_check_rank(c, 0, 1, 1))
        return;
    const sdx_dim y[3] = { sdx_dim_new(c, 0, 0, sdx_unknown()), sdx_dim_new(c, 0, 1, sdx_unknown()),
                           sdx_num(gray ? 1 : 3) };
    sdx_set_out_dims(c, 0, 3, y);
}

/* ---- for the decoders ---- */

sdx_status image_make(image *m, uint64_t width, uint64_t height)
{
    if (width == 0 || height == 0)
        return SDX_E_FORMAT;
    if (width > IMAGE_MOST_PIXELS || height > IMAGE_MOST_PIXELS / width)
        return sdx_fail(m->c, SDX_E_LIMIT,
                        "the stream claims %llu x %llu pixels, more than the %d that are decoded",
                        (unsigned long long)width, (unsigned long long)height, IMAGE_MOST_PIXELS);
    int64_t dim[3] = { (int64_t)height, (int64_t)width, 3 };
    SDX_TRY(sdx_new_tensor(m->c, SDX_U8, (sdx_shape){ 3, dim }, &m->value));
    m->width = (size_t)width;
    m->height = (size_t)height;
    m->rgb = sdx_tensor_of(m->value)->data;
    memset(m->rgb, 0, 3 * m->width * m->height);
    return SDX_OK;
}

void *image_room(image *m, size_t bytes)
{
    int64_t dim = (int64_t)bytes;
    sdx_value *v;
    if (sdx_new_tensor(m->c, SDX_U8, (sdx_shape){ 1, &dim }, &v) != SDX_OK)
        return NULL;
    return memset(sdx_tensor_of(v)->data, 0, bytes);
}

uint8_t image_scale(uint32_t value, uint32_t most)
{
    uint64_t whole = (uint64_t)value * 255;
    uint64_t q = whole / most, twice = 2 * (whole % most);
    q += twice > most || (twice == most && q % 2 == 1);
    return (uint8_t)(q < 255 ? q : 255);
}

/* ---- the operator ---- */

static const struct {
    bool (*is)(const uint8_t *at, size_t size);
    sdx_status (*decode)(image *m);
} formats[] = {
    { image_is_jpeg, image_decode_jpeg },         { image_is_png, image_decode_png },
    { image_is_webp, image_decode_webp },         { image_is_tiff, image_decode_tiff },
    { image_is_jpeg2000, image_decode_jpeg2000 }, { image_is_bmp, image_decode_bmp },
    { image_is_pnm, image_decode_pnm },
};

static sdx_status decode(image *m)
{
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (formats[i].is(m->at, m->size))
            return formats[i].decode(m);
    return SDX_E_FORMAT;
}

static void swap_red_and_blue(image *m)
{
    for (size_t i = 0; i < m->width * m->height; i++) {
        uint8_t red = m->rgb[3 * i];
        m->rgb[3 * i] = m->rgb[3 * i + 2];
        m->rgb[3 * i + 2] = red;
    }
}

/* Luma by ITU-R 601, in 16 bits of fraction: 0.299, 0.587, 0.114.  Gray stays what it is. */
static sdx_status to_gray(image *m)
{
    int64_t dim[3] = { (int64_t)m->height, (int64_t)m->width, 1 };
    sdx_value *v;
    SDX_TRY(sdx_new_tensor(m->c, SDX_U8, (sdx_shape){ 3, dim }, &v));
    uint8_t *gray = sdx_tensor_of(v)->data;
    for (size_t i = 0; i < m->width * m->height; i++) {
        const uint8_t *p = m->rgb + 3 * i;
        gray[i] = (uint8_t)((19595u * p[0] + 38470u * p[1] + 7471u * p[2] + 0x8000u) >> 16);
    }
    sdx_drop(m->c, m->value);
    m->value = v;
    return SDX_OK;
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    const sdx_tensor *x = sdx_in(c, 0);
    bool gray = sdx_attr_is(n, "pixel_format", "Grayscale");
    image m = { .c = c, .at = x->data, .size = (size_t)sdx_elements(x) };
    (void)state;
    sdx_status st = decode(&m);
    if (st == SDX_E_FORMAT) {
        const int64_t none[3] = { 0, 0, gray ? 1 : 3 };
        sdx_tensor *y;
        return sdx_make_out(c, 0, (sdx_shape){ 3, none }, &y);
    }
    if (st == SDX_OK && gray)
        st = to_gray(&m);
    else if (st == SDX_OK && sdx_attr_is(n, "pixel_format", "BGR"))
        swap_red_and_blue(&m);
    return st == SDX_OK ? sdx_set_out(c, 0, m.value) : st;
}

static const sdx_op ops[] = {
    { SDX_OP(ImageDecoder), .schema = schema, .limits = "pixel_format:RGB|BGR|Grayscale",
      .traits = SDX_PURE, .infer = infer, .run = run },
    { 0 },
};
static const sdx_family family = { ops, 0 };
static const sdx_family *const families[] = { &family, NULL };
SDX_API extern const sdx_plugin_info sdx_plugin;
const sdx_plugin_info sdx_plugin = { SDX_PLUGIN_ABI, sizeof(sdx_op), families };
