/* ops/internal/channel_gather.c - ChannelGather, of the domain "sdx": channel c of Y is channel
 * from[c] of all inputs' channels, counted one input after the other.
 *
 * Shuffles, splits and joins of channels that do not end at blocks are this; a rewrite makes it of
 * them.  In blocks, each vector of Y is put together of as many vectors as its lanes come from. */
#include <inttypes.h>
#include <string.h>
#include "internal/reorder/kernels.h"

static const sdx_schema schema[] = {
    { 1, "X+:T -> Y:T", "from:ints!", "T: f32" },
    { 0 },
};

static void infer(const sdx_node *n, sdx_infer *c)
{
    int count, rank = sdx_in_dims(n, 0).rank;
    const int64_t *from = sdx_attr_ints(n, "from", &count);
    int64_t channels = 0;
    for (int i = 0; i < sdx_in_count(n); i++) {
        sdx_dim d = sdx_in_dim(n, i, 1);
        if (!sdx_check_rank(c, i, rank < 2 ? 2 : rank, rank < 2 ? SDX_MAX_RANK : rank) ||
            rank < 0 || sdx_in_dims(n, i).rank < 0)
            return;
        for (int k = 0; k < rank && i > 0; k++)
            if (k != 1 && !sdx_check_same(c, "concat-shape", i, k, 0, k))
                return;
        if (!sdx_is_num(d))
            return;
        channels += d.n;
    }
    for (int i = 0; i < count; i++)
        if (from[i] < 0 || from[i] >= channels) {
            sdx_refuse(c, "attribute-value", "from[%d] = %" PRId64 " of %" PRId64 " channels", i,
                       from[i], channels);
            sdx_hint(c, "channels are counted from 0 on");
            return;
        }
    sdx_dim *y = sdx_new_dims(c, rank);
    for (int k = 0; k < rank; k++)
        y[k] = k == 1 ? sdx_num(count) : sdx_in_dim(n, 0, k);
    sdx_set_out_dims(c, 0, rank, y);
}

static int layout(const sdx_node *n, sdx_layout l, uint32_t *plain)
{
    (void)n, (void)l, (void)plain;
    return 0;
}

/* Some lanes of a vector come from one of an input, which begins `at` floats after its channel
 * block's first. */
typedef struct step {
    int64_t input, block, at;
} step;

typedef struct plan {
    int64_t images, pixels, lanes, block, vectors, channels;
    const int64_t *start; /* [vectors + 1] */
    const step *step;     /* plain layout: one for each channel, a vector of one lane */
    const int32_t *from;  /* of each step; below 0: lanes that are not its */
    channels_f32 *fast;
} plan;

/* The step of this vector that reads there, of `count` from the first; else that after them. */
static int64_t step_at(const step *first, int64_t count, step wanted)
{
    int64_t k = 0;
    while (k < count && (first[k].input != wanted.input || first[k].block != wanted.block ||
                         first[k].at != wanted.at))
        k++;
    return k;
}

static sdx_status prepare(const sdx_node *n, sdx_prepare *c, void **state)
{
    int count;
    const int64_t *from = sdx_attr_ints(n, "from", &count);
    const reorder_kernels *k = sdx_kernels(c, &sdx_family_internal_reorder);
    sdx_shape y = sdx_out_shape(n, 0);
    plan *p = sdx_keep(c, sizeof *p);
    if (!p)
        return SDX_E_MEMORY;
    p->images = y.dim[0];
    p->pixels = sdx_count(y, 2, y.rank);
    p->channels = count;
    p->block = sdx_layout_block(sdx_out_layout(n, 0));
    p->lanes = p->block > 1 ? k->lanes : 1;
    p->fast = k->channels;
    p->vectors = (count + p->block - 1) / p->block * (p->block / p->lanes);
    int64_t *start = sdx_keep(c, (size_t)(p->vectors + 1) * sizeof *start);
    step *steps = sdx_keep(c, (size_t)(count + 1) * sizeof *steps);
    int32_t *lanes = sdx_keep(c, (size_t)(count + 1) * CHANNEL_LANES * sizeof *lanes);
    int64_t first = 0, end = 0;
    if (!start || !steps || !lanes)
        return SDX_E_MEMORY;
    for (int64_t v = 0; v < p->vectors; v++, first = end) {
        for (int64_t i = 0; i < p->lanes && v * p->lanes + i < count; i++) {
            int64_t channel = from[v * p->lanes + i], input = 0;
            for (; channel >= sdx_in_shape(n, (int)input).dim[1]; input++)
                channel -= sdx_in_shape(n, (int)input).dim[1];
            int64_t lane = channel % p->lanes;
            step at = { input, channel / p->block, channel % p->block - lane };
            int64_t s = first + step_at(steps + first, end - first, at);
            for (int l = 0; s == end && l < CHANNEL_LANES; l++)
                lanes[s * CHANNEL_LANES + l] = -1;
            steps[s] = at;
            lanes[s * CHANNEL_LANES + i] = (int32_t)lane;
            end = s == end ? end + 1 : end;
        }
        start[v + 1] = end;
    }
    p->start = start;
    p->step = steps;
    p->from = lanes;
    *state = p;
    return SDX_OK;
}

typedef struct job {
    const plan *p;
    float *y;
} job;

/* Vectors of images. */
static sdx_status some_vectors(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = arg;
    const plan *p = j->p;
    int64_t blocks = (p->channels + p->block - 1) / p->block, plane = p->pixels * p->block;
    (void)scratch;
    for (int64_t i = begin; i < end; i++) {
        int64_t image = i / p->vectors, v = i % p->vectors, lane = v * p->lanes;
        float *y = j->y + (image * blocks + lane / p->block) * plane + lane % p->block;
        const step *first = p->step + p->start[v];
        const float *from[CHANNEL_LANES];
        int64_t steps = p->start[v + 1] - p->start[v];
        for (int64_t s = 0; s < steps; s++) {
            const sdx_tensor *x = sdx_in(c, (int)first[s].input);
            int64_t of = (x->shape.dim[1] + p->block - 1) / p->block;
            from[s] = sdx_f32(x) + (image * of + first[s].block) * plane + first[s].at;
        }
        if (p->block == 1)
            memcpy(y, from[0], (size_t)plane * sizeof *y);
        else
            p->fast(y, from, p->from + p->start[v] * CHANNEL_LANES, steps, p->pixels);
    }
    return SDX_OK;
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    const plan *p = state;
    job j = { p, sdx_f32_out(sdx_out(c, 0)) };
    (void)n;
    return sdx_parallel(c, p->images * p->vectors, 1 + 16384 / (1 + p->pixels * p->lanes),
                        some_vectors, &j);
}

static const sdx_op ops[] = {
    { SDX_OP(ChannelGather), .domain = "sdx", .schema = schema, .traits = SDX_PURE, .infer = infer,
      .layout = layout, .prepare = prepare, .run = run },
    { 0 },
};
const sdx_family sdx_family_internal_channel_gather = { ops, 0 };
