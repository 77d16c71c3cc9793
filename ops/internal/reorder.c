/* ops/internal/reorder.c - Reorder, of the domain "sdx": the same values in another layout.
 *
 * The layout pass puts it where blocked channels end and plain data begins, and the other way
 * round; which layouts are meant, the views of its input and output say.  Any element type of whole
 * bytes is moved as it is; floats and bytes by kernels. */
#include <string.h>
#include "internal/reorder/kernels.h"

static const sdx_schema schema[] = {
    { 1, "X:T -> Y:T", "", "T: all13" },
    { 0 },
};

static void infer(const sdx_node *n, sdx_infer *c)
{
    sdx_set_out_like(c, 0, sdx_in_dims(n, 0));
}

static int layout(const sdx_node *n, sdx_layout l, uint32_t *plain)
{
    (void)n, (void)l, (void)plain;
    return -1; /* it stands between layouts, so it takes part in none */
}

typedef struct plan {
    int64_t images, channels, pixels, from, to; /* from, to: lanes of a block */
    int64_t pieces, piece;                      /* of the pixels */
    size_t width;                               /* bytes of an element */
    reorder_f32 *floats;                        /* or NULL */
    reorder_u8 *bytes;
} plan;

static sdx_status prepare(const sdx_node *n, sdx_prepare *c, void **state)
{
    const reorder_kernels *k = sdx_kernels(c, &sdx_family_internal_reorder);
    sdx_shape x = sdx_in_shape(n, 0);
    plan *p = sdx_keep(c, sizeof *p);
    if (!p)
        return SDX_E_MEMORY;
    *p = (plan){ .images = 1,
                 .channels = 1,
                 .pixels = sdx_count(x, x.rank < 2 ? x.rank : 2, x.rank),
                 .from = sdx_layout_block(sdx_in_layout(n, 0)),
                 .to = sdx_layout_block(sdx_out_layout(n, 0)),
                 .width = (size_t)sdx_dtype_bits(sdx_in_dtype(n, 0)) / 8 };
    if (x.rank > 0)
        p->images = x.dim[0];
    if (x.rank > 1)
        p->channels = x.dim[1];
    if (p->width == 0 || sdx_dtype_class(sdx_in_dtype(n, 0)) == SDX_STRING)
        return sdx_reject(c, SDX_E_UNSUPPORTED, "elements of %s do not lie in blocks",
                          sdx_dtype_onnx_name(sdx_in_dtype(n, 0)));
    bool into = p->from == 1 && p->to == k->block, out = p->to == 1 && p->from == k->block;
    if (p->width == 4)
        p->floats = into ? k->to_blocks : out ? k->to_plain : NULL;
    if (p->width == 1)
        p->bytes = into ? k->bytes_to_blocks : out ? k->bytes_to_plain : NULL;
    p->piece = p->pixels < 1024 ? p->pixels : 1024;
    p->pieces = p->piece > 0 ? (p->pixels + p->piece - 1) / p->piece : 0;
    *state = p;
    return SDX_OK;
}

/* Where element (channel, pixel) of a picture lies in a layout of blocks of `block`. */
static int64_t place(int64_t block, int64_t pixels, int64_t channel, int64_t pixel)
{
    return (channel / block * pixels + pixel) * block + channel % block;
}

static int64_t picture(const plan *p, int64_t block)
{
    return (p->channels + block - 1) / block * block * p->pixels;
}

typedef struct job {
    const plan *p;
    const char *x;
    char *y;
} job;

/* Pieces of (image, group of channels, pixels); a group is a block of the blocked side. */
static sdx_status some(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = arg;
    const plan *p = j->p;
    int64_t block = p->from > p->to ? p->from : p->to, blocks = (p->channels + block - 1) / block;
    (void)scratch, (void)c;
    for (int64_t i = begin; i < end; i++) {
        int64_t p0 = i % p->pieces * p->piece, b = i / p->pieces % blocks,
                image = i / p->pieces / blocks;
        int64_t p1 = p0 + p->piece < p->pixels ? p0 + p->piece : p->pixels;
        const char *x = j->x + (size_t)(image * picture(p, p->from)) * p->width;
        char *y = j->y + (size_t)(image * picture(p, p->to)) * p->width;
        if (p->floats)
            p->floats((float *)(void *)y, (const float *)(const void *)x, p->channels, p->pixels, b,
                      p0, p1);
        else if (p->bytes)
            p->bytes((uint8_t *)y, (const uint8_t *)x, p->channels, p->pixels, b, p0, p1);
        bool slow = !p->floats && !p->bytes;
        for (int64_t k = b * block; slow && k < (b + 1) * block && k < p->channels; k++)
            for (int64_t q = p0; q < p1; q++)
                memcpy(y + (size_t)place(p->to, p->pixels, k, q) * p->width,
                       x + (size_t)place(p->from, p->pixels, k, q) * p->width, p->width);
    }
    return SDX_OK;
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    const plan *p = state;
    int64_t block = p->from > p->to ? p->from : p->to, blocks = (p->channels + block - 1) / block;
    job j = { p, sdx_in(c, 0)->data, sdx_out(c, 0)->data };
    (void)n;
    return sdx_parallel(c, p->images * blocks * p->pieces, 1 + 16384 / (1 + block * p->piece), some,
                        &j);
}

static const sdx_op ops[] = {
    { SDX_OP(Reorder), .domain = "sdx", .schema = schema, .traits = SDX_PURE, .infer = infer,
      .layout = layout, .prepare = prepare, .run = run },
    { 0 },
};
const sdx_family sdx_family_internal_reorder = { ops, sizeof(reorder_kernels) };
