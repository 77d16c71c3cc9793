/* ops/nn/batch_normalization.c - BatchNormalization.
 *
 * Inference is one factor and one term a channel; they are made from scale, B, mean and var in each
 * run, which is nothing beside the data.  Training takes mean and variance of the batch first and
 * gives the running ones.  Before opset 14 more than one output asked for training; before opset 9,
 * spatial=0 normalised each place of an item.  Source: ONNX Operators.md, BatchNormalization-15;
 * Changelog.md for -1, -6, -7, -9, -14. */
#include <inttypes.h>
#include <math.h>
#include "common/derivatives.h"
#include "common/moments.h"

static const sdx_schema schema[] = {
    { 1, "X:T scale:T B:T mean:T var:T -> Y:T mean?:T var?:T saved_mean?:T saved_var?:T",
      "consumed_inputs:ints! momentum:float=0.9 epsilon:float=1e-05 is_test:int=0 "
      "spatial:int=1",
      "T: float" },
    { 6, NULL, "momentum:float=0.9 epsilon:float=1e-05 is_test:int=0 spatial:int=1", NULL },
    { 7, NULL, "momentum:float=0.9 epsilon:float=1e-05 spatial:int=1", NULL },
    { 9, NULL, "momentum:float=0.9 epsilon:float=1e-05", NULL },
    { 14, "X:T scale:T B:T input_mean:U input_var:U -> Y:T running_mean?:U running_var?:U",
      "training_mode:int=0 momentum:float=0.9 epsilon:float=1e-05",
      "T: float bf16; U: float bf16" },
    { 15, "X:T scale:T1 B:T1 input_mean:T2 input_var:T2 -> Y:T running_mean?:T2 running_var?:T2",
      NULL, "T: float bf16; T1: float bf16; T2: float bf16" },
    { 0 },
};

static const char *const name[] = { "X", "scale", "B", "mean", "var" };

static bool is_training(const sdx_node *n)
{
    if (sdx_since(n) >= 14)
        return sdx_attr_int(n, "training_mode") != 0;
    for (int k = 1; k < sdx_out_count(n); k++)
        if (sdx_has_out(n, k))
            return true;
    return false;
}

static bool is_spatial(const sdx_node *n)
{
    return sdx_since(n) >= 9 || sdx_attr_int(n, "spatial") != 0;
}

/* A variance of 0 or less has no root to divide by: its whole channel becomes NaN or infinite. */
static void check_variance(const sdx_node *n, sdx_infer *c)
{
    double v, epsilon = (double)sdx_attr_float(n, "epsilon");
    const sdx_tensor *t = is_training(n) || epsilon < 0 ? NULL : sdx_in_const(n, 4);
    int64_t count = t ? sdx_elements(t) : 0, below = 0, first = 0;
    for (int64_t i = 0; i < count; i++) {
        sdx_load_f64(&v, t, i, 1, 1);
        if (v + epsilon <= 0 && below++ == 0)
            first = i;
    }
    if (!below)
        return;
    sdx_load_f64(&v, t, first, 1, 1);
    sdx_warn(c, "negative-variance",
             "%s[%" PRId64 "] is %s, which is not above 0 with epsilon=%s added (%" PRId64
             " of %" PRId64 " channels %s so)",
             sdx_in_name(n, 4), first, sdx_text(c, "%.6g", v), sdx_text(c, "%.6g", epsilon), below,
             count, below == 1 ? "is" : "are");
    sdx_point(c, 4, -1);
    sdx_hint(c, "give the inputs in the order X, scale, B, mean, variance; if they are, export the "
                "model again from a sound checkpoint");
}

static void check_mode(const sdx_node *n, sdx_infer *c)
{
    bool told = sdx_since(n) >= 14;
    if (told && !is_training(n) && sdx_out_count(n) > 1) {
        sdx_refuse(c, "too-many-outputs", "training_mode=0, but the node has %d outputs",
                   sdx_out_count(n));
        sdx_hint(c, "leave %s and %s out: they come of training alone", sdx_out_name(n, 1),
                 sdx_out_name(n, 2));
        sdx_fix_outputs(c, 1, false);
    }
    if (!is_training(n))
        return;
    sdx_warn(c, "training-mode", "%s: mean and variance are those of the batch, not %s and %s",
             told ? "training_mode=1" : sdx_text(c, "%d outputs", sdx_out_count(n)),
             sdx_in_name(n, 3), sdx_in_name(n, 4));
    sdx_hint(c, "to infer, export the model in evaluation mode, or %s",
             told ? "set training_mode=0" : "keep the first output alone");
    if (sdx_fix_outputs(c, 1, false) && told)
        sdx_fix_int(c, "training_mode", 0, false);
}

static void infer(const sdx_node *n, sdx_infer *c)
{
    sdx_dims x = sdx_in_dims(n, 0);
    sdx_set_out_like(c, 0, x);
    if (!sdx_check_rank(c, 0, 1, SDX_MAX_RANK))
        return;
    sdx_dim channels = x.rank == 1 ? sdx_num(1) : sdx_in_dim(n, 0, 1);
    if (!is_spatial(n))
        channels = x.rank < 0 ? sdx_unknown() : sdx_dim_product(c, x, 1, x.rank);
    for (int i = 1; i < 5; i++) {
        sdx_dims s = sdx_in_dims(n, i);
        sdx_dim count = s.rank < 0 ? sdx_unknown() : sdx_dim_product(c, s, 0, s.rank);
        if (is_spatial(n) && !sdx_check_rank(c, i, 1, 1))
            return;
        if (!sdx_equal(c, channels, count)) {
            sdx_refuse(c, "batchnorm-channels", "%s has %s elements, %s has %s channels", name[i],
                       sdx_show(c, count), sdx_in_name(n, 0), sdx_show(c, channels));
            sdx_point(c, 0, x.rank > 1 ? 1 : 0);
            sdx_point(c, i, s.rank > 0 ? 0 : -1);
            sdx_hint(c, "scale, B, mean and var have one element for each channel: %s",
                     sdx_show(c, channels));
            return;
        }
    }
    for (int k = 1; k < sdx_out_count(n); k++)
        if (sdx_has_out(n, k))
            sdx_set_out_like(c, k, sdx_in_dims(n, 3));
    check_variance(n, c);
    check_mode(n, c);
}

static int layout(const sdx_node *n, sdx_layout l, uint32_t *plain)
{
    (void)l, (void)plain;
    return sdx_in_dtype(n, 0) == SDX_F32 && !is_training(n) && is_spatial(n) ? 0 : -1;
}

typedef struct plan {
    int64_t batch, channels, inner, lanes; /* channels: each with a factor and a term of its own */
    double epsilon, momentum;
    bool training;
} plan;

static sdx_status prepare(const sdx_node *n, sdx_prepare *c, void **state)
{
    sdx_shape x = sdx_in_shape(n, 0);
    plan *p = sdx_keep(c, sizeof *p);
    if (!p)
        return SDX_E_MEMORY;
    p->batch = x.dim[0];
    p->channels = x.rank > 1 ? x.dim[1] : 1;
    p->inner = sdx_count(x, 2 < x.rank ? 2 : x.rank, x.rank);
    if (!is_spatial(n)) {
        p->channels = sdx_count(x, 1, x.rank);
        p->inner = 1;
    }
    p->lanes = sdx_layout_block(sdx_in_layout(n, 0));
    p->epsilon = sdx_attr_float(n, "epsilon");
    p->momentum = sdx_attr_float(n, "momentum");
    p->training = is_training(n);
    /* factor, term, mean, variance of each channel; the lanes of the last block too */
    sdx_want_scratch(c, (size_t)(p->channels + p->lanes) * 4 * sizeof(double), 0);
    *state = p;
    return SDX_OK;
}

typedef struct job {
    const plan *p;
    const sdx_tensor *x;
    sdx_tensor *y;
    double *factor, *term, *mean, *var;
} job;

/* One plane, or one row of blocks: `lanes` channels that lie together. */
static sdx_status some_planes(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = arg;
    const plan *p = j->p;
    int64_t blocks = (p->channels + p->lanes - 1) / p->lanes;
    (void)scratch, (void)c;
    if (p->inner == 1 && p->lanes == 1 && j->x->dtype == SDX_F32) {
        for (int64_t i = begin, channel = begin % blocks; i < end; i++) {
            sdx_f32_out(j->y)[i] = (float)(j->factor[channel] * (double)sdx_f32(j->x)[i] +
                                           j->term[channel]);
            channel = channel + 1 < blocks ? channel + 1 : 0;
        }
        return SDX_OK;
    }
    for (int64_t i = begin; i < end; i++) {
        int64_t channel = i % blocks * p->lanes;
        if (p->lanes == 1) {
            sdx_scale_run(j->y, j->x, i * p->inner, 1, p->inner, j->factor[channel],
                          j->term[channel]);
            continue;
        }
        const float *x = sdx_f32(j->x) + i * p->inner * p->lanes;
        float *y = sdx_f32_out(j->y) + i * p->inner * p->lanes, factor[16], term[16];
        for (int64_t k = 0; k < p->lanes; k++) {
            factor[k] = (float)j->factor[channel + k];
            term[k] = (float)j->term[channel + k];
        }
        for (int64_t at = 0; at < p->inner; at++, x += p->lanes, y += p->lanes)
            for (int64_t k = 0; k < p->lanes; k++)
                y[k] = x[k] * factor[k] + term[k];
    }
    return SDX_OK;
}

static sdx_status some_moments(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = arg;
    const plan *p = j->p;
    double count = (double)(p->batch * p->inner);
    (void)scratch, (void)c;
    for (int64_t ch = begin; ch < end; ch++) {
        double sum = 0, squares = 0;
        for (int64_t b = 0; b < p->batch; b++)
            sum += sdx_sum(j->x, (b * p->channels + ch) * p->inner, 1, p->inner);
        j->mean[ch] = sum / count;
        for (int64_t b = 0; b < p->batch; b++)
            squares += sdx_sum_squares(j->x, (b * p->channels + ch) * p->inner, 1, p->inner,
                                       j->mean[ch]);
        j->var[ch] = squares / count;
    }
    return SDX_OK;
}

/* Outputs of training: the running mean and variance, and before opset 14 those of the batch. */
static void put_statistics(const sdx_node *n, sdx_run *c, const job *j)
{
    int outs = sdx_out_count(n);
    const plan *p = j->p;
    for (int64_t ch = 0; ch < p->channels; ch++)
        for (int k = 1; k < 5; k++) {
            double now = k & 1 ? j->mean[ch] : j->var[ch], old;
            sdx_tensor *y = k < outs ? sdx_out(c, k) : NULL;
            if (!y)
                continue;
            sdx_load_f64(&old, sdx_in(c, k & 1 ? 3 : 4), ch, 1, 1);
            old = old * p->momentum + now * (1 - p->momentum);
            sdx_store_f64(y, ch, 1, 1, k < 3 ? &old : &now);
        }
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    const plan *p = state;
    double *room = sdx_scratch(c);
    int64_t each = p->channels + p->lanes;
    job j = { p, sdx_in(c, 0), sdx_out(c, 0), room, room + each, room + 2 * each, room + 3 * each };
    sdx_load_all(j.mean, sdx_in(c, 3));
    sdx_load_all(j.var, sdx_in(c, 4));
    if (p->training && p->batch * p->inner > 0)
        SDX_TRY(
            sdx_parallel(c, p->channels, 1 + 65536 / (1 + p->batch * p->inner), some_moments, &j));
    if (p->training) /* of no elements they stay what they were */
        put_statistics(n, c, &j);
    for (int64_t ch = 0; ch < p->channels; ch++) {
        double scale, bias;
        sdx_load_f64(&scale, sdx_in(c, 1), ch, 1, 1);
        sdx_load_f64(&bias, sdx_in(c, 2), ch, 1, 1);
        j.factor[ch] = scale / sqrt(j.var[ch] + p->epsilon);
        j.term[ch] = bias - j.mean[ch] * j.factor[ch];
    }
    for (int64_t ch = p->channels; ch < each;
         ch++) /* lanes past the last channel: any number will do */
        j.factor[ch] = j.term[ch] = 0;
    int64_t planes = p->batch * ((p->channels + p->lanes - 1) / p->lanes);
    return j.y ? sdx_parallel(c, planes, 1 + 32768 / (1 + p->inner * p->lanes), some_planes, &j)
               : SDX_OK;
}

static const sdx_op ops[] = {
    { SDX_OP(BatchNormalization), .derive = sdx_derive_batch_norm, .schema = schema,
      .limits = "?epsilon:[0,) ?momentum:[0,1] training_mode:0|1 ?scale:(,) ?B:(,)",
      .traits = SDX_PURE, .inplace = 1, .infer = infer, .layout = layout, .prepare = prepare,
      .run = run },
    { 0 },
};
const sdx_family sdx_family_nn_batch_normalization = { ops, 0 };
