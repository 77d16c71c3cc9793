/* ops/internal/channel_normalization.c - ChannelNormalization, of the domain "sdx":
 * LayerNormalization over axis 1, each pixel over its channels.
 *
 * Networks turn pictures so that channels come last, normalise them and turn the result back; a
 * rewrite makes this of it, which takes pictures as convolutions leave them, in blocks too.
 * Source: ONNX Operators.md, LayerNormalization-17. */
#include <math.h>
#include "sdx/op.h"

static const sdx_schema schema[] = {
    { 1, "X:T Scale:T B?:T -> Y:T", "epsilon:float=1e-05", "T: f32" },
    { 0 },
};

static void infer(const sdx_node *n, sdx_infer *c)
{
    if (!sdx_check_rank(c, 0, 2, SDX_MAX_RANK))
        return;
    for (int i = 1; i < 3; i++)
        if (sdx_has_in(n, i) &&
            (!sdx_check_rank(c, i, 1, 1) || !sdx_check_same(c, "layernorm-scale", i, 0, 0, 1)))
            return;
    sdx_set_out_like(c, 0, sdx_in_dims(n, 0));
}

static int layout(const sdx_node *n, sdx_layout l, uint32_t *plain)
{
    (void)n, (void)l, (void)plain;
    return 0;
}

enum { PIECE = 128 /* floats of a block of channels that are worked on at a time: some pixels */ };

typedef struct job {
    const float *x, *scale, *bias; /* scale, bias: PIECE for each block, a pixel's over and over */
    float *y;
    int64_t channels, pixels, lanes, blocks;
    double epsilon;
} job;

/* Means of the sums over the lanes of each pixel, in all of its lanes. */
static void average(const job *j, float *sum, int64_t n)
{
    for (int64_t i = 0; i < n; i += j->lanes) {
        double all = 0;
        for (int64_t l = 0; l < j->lanes; l++)
            all += (double)sum[i + l];
        all /= (double)j->channels;
        for (int64_t l = 0; l < j->lanes; l++)
            sum[i + l] = (float)all;
    }
}

/* sum += the differences of n floats of x from their means, or the squares of them. */
static void add(float *restrict sum, const float *x, const float *mean, int64_t n, bool squares)
{
    if (squares)
        for (int64_t i = 0; i < n; i++)
            sum[i] += (x[i] - mean[i]) * (x[i] - mean[i]);
    else
        for (int64_t i = 0; i < n; i++)
            sum[i] += x[i];
}

/* ... over all blocks, which lie `step` apart: of a last one that is not full, each pixel's lanes
 * by themselves. */
static void add_blocks(const job *j, float *sum, const float *x, const float *mean, int64_t n,
                       int64_t step, bool squares)
{
    int64_t whole = j->channels / j->lanes, left = j->channels % j->lanes;
    for (int64_t i = 0; i < n; i++)
        sum[i] = 0;
    for (int64_t b = 0; b < whole; b++, x += step)
        add(sum, x, mean, n, squares);
    for (int64_t i = 0; left > 0 && i < n; i += j->lanes)
        add(sum + i, x + i, mean + i, left, squares);
    average(j, sum, n);
}

/* y may be x. */
static void scale(float *y, const float *x, const float *mean, const float *factor, const float *by,
                  const float *bias, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        y[i] = (x[i] - mean[i]) * factor[i] * by[i] + bias[i];
}

static sdx_status some_pieces(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = arg;
    int64_t step = j->pixels * j->lanes, pieces = (step + PIECE - 1) / PIECE;
    float mean[PIECE], factor[PIECE];
    (void)scratch, (void)c;
    for (int64_t p = begin; p < end; p++) {
        int64_t first = p % pieces * PIECE, n = step - first < PIECE ? step - first : PIECE;
        int64_t at = p / pieces * j->blocks * step + first;
        add_blocks(j, mean, j->x + at, mean, n, step, false);
        add_blocks(j, factor, j->x + at, mean, n, step, true);
        for (int64_t i = 0; i < n; i++)
            factor[i] = 1 / sqrtf(factor[i] + (float)j->epsilon);
        for (int64_t b = 0; b < j->blocks; b++, at += step)
            scale(j->y + at, j->x + at, mean, factor, j->scale + b * PIECE, j->bias + b * PIECE, n);
    }
    return SDX_OK;
}

static int64_t blocks_of(sdx_shape x, sdx_layout l)
{
    return (x.dim[1] + sdx_layout_block(l) - 1) / sdx_layout_block(l);
}

static sdx_status prepare(const sdx_node *n, sdx_prepare *c, void **state)
{
    (void)state;
    sdx_want_scratch(
        c, (size_t)(2 * PIECE * blocks_of(sdx_in_shape(n, 0), sdx_in_layout(n, 0))) * sizeof(float),
        0);
    return SDX_OK;
}

/* One number a channel, over the pixels of a piece. */
static void spread(const job *j, float *to, const sdx_tensor *t)
{
    for (int64_t b = 0; b < j->blocks; b++)
        for (int64_t i = 0; i < PIECE; i++) {
            int64_t channel = b * j->lanes + i % j->lanes;
            to[b * PIECE + i] = t && channel < j->channels ? sdx_f32(t)[channel] : 0;
        }
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    const sdx_tensor *x = sdx_in(c, 0);
    (void)state;
    job j = { .x = sdx_f32(x),
              .y = sdx_f32_out(sdx_out(c, 0)),
              .channels = x->shape.dim[1],
              .pixels = sdx_count(x->shape, 2, x->shape.rank),
              .lanes = sdx_layout_block(x->layout),
              .blocks = blocks_of(x->shape, x->layout),
              .epsilon = sdx_attr_float(n, "epsilon") };
    if (sdx_elements(x) == 0)
        return SDX_OK;
    float *by = sdx_scratch(c), *bias = by + j.blocks * PIECE;
    spread(&j, by, sdx_in(c, 1));
    spread(&j, bias, sdx_has_in(n, 2) ? sdx_in(c, 2) : NULL);
    j.scale = by;
    j.bias = bias;
    int64_t pieces = (j.pixels * j.lanes + PIECE - 1) / PIECE;
    return sdx_parallel(c, x->shape.dim[0] * pieces, 1 + 16384 / (1 + PIECE * j.blocks),
                        some_pieces, &j);
}

static const sdx_op ops[] = {
    { SDX_OP(ChannelNormalization), .domain = "sdx", .schema = schema, .traits = SDX_PURE,
      .inplace = 1, .infer = infer, .layout = layout, .prepare = prepare, .run = run },
    { 0 },
};
const sdx_family sdx_family_internal_channel_normalization = { ops, 0 };
