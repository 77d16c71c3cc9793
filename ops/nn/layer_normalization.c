/* ops/nn/layer_normalization.c - LayerNormalization, RMSNormalization.
 *
 * A row is all from `axis` on.  LayerNormalization takes its mean off and divides by the standard
 * deviation, RMSNormalization divides by the root of the mean square.  Scale and B broadcast; as a
 * rule they are one row.  stash_type says in what the statistics are kept: here in more than float,
 * whatever it is.  Source: ONNX Operators.md, LayerNormalization-17, RMSNormalization-23. */
#include <inttypes.h>
#include <math.h>
#include "common/advice.h"
#include "common/derivatives.h"
#include "common/moments.h"
#include "reduction/reduce/kernels.h"

static const sdx_schema layer_schema[] = {
    { 17, "X:T Scale:T B?:T -> Y:T Mean?:U InvStdDev?:U",
      "stash_type:int=1 epsilon:float=1e-05 axis:int=-1", "T: float bf16; U: bf16 f32" },
    { 0 },
};
static const sdx_schema rms_schema[] = {
    { 23, "X:T scale:V -> Y:V", "stash_type:int=1 epsilon:float=1e-05 axis:int=-1",
      "T: float bf16; V: float bf16" },
    { 0 },
};

static const bool takes_mean = true, keeps_mean = false; /* variants */

/* Scale (1) or B (2) broadcasts into X: from the right, equal or 1. */
static bool check_broadcast(const sdx_node *n, sdx_infer *c, int input)
{
    sdx_dims x = sdx_in_dims(n, 0), s = sdx_in_dims(n, input);
    for (int k = 0; k < s.rank && x.rank >= 0; k++) {
        int at = x.rank - s.rank + k;
        bool one = sdx_is_num(s.dim[k]) && s.dim[k].n == 1;
        if (at >= 0 ? one || sdx_equal(c, x.dim[at], s.dim[k]) : one)
            continue;
        sdx_refuse(c, "layernorm-scale", "%s is %s, which does not broadcast into %s of %s",
                   sdx_in_name(n, input), sdx_show_dims(c, s), sdx_in_name(n, 0),
                   sdx_show_dims(c, x));
        sdx_point(c, 0, at >= 0 ? at : -1);
        sdx_point(c, input, k);
        sdx_hint(c, "%s has the dims of %s from axis on, or 1 in the place of some",
                 sdx_in_name(n, input), sdx_in_name(n, 0));
        return false;
    }
    return true;
}

static void infer(const sdx_node *n, sdx_infer *c)
{
    sdx_dims x = sdx_in_dims(n, 0);
    int64_t axis = sdx_attr_int(n, "axis"), stash = sdx_attr_int(n, "stash_type");
    sdx_set_out_like(c, 0, x);
    if (sdx_has_out(n, 1) || sdx_has_out(n, 2))
        for (int k = 1; k < 3; k++)
            if (sdx_has_out(n, k))
                sdx_set_out_dtype(c, k, stash == SDX_BF16 ? SDX_BF16 : SDX_F32);
    if (!sdx_check_rank(c, 0, 1, SDX_MAX_RANK) || !sdx_check_axis(c, "axis", axis, x.rank) ||
        x.rank < 0 || !check_broadcast(n, c, 1) || !check_broadcast(n, c, 2))
        return;
    sdx_dim *y = sdx_new_dims(c, x.rank);
    for (int k = 0; k < x.rank; k++)
        y[k] = k < sdx_axis(axis, x.rank) ? x.dim[k] : sdx_num(1);
    for (int k = 1; k < 3; k++)
        if (sdx_has_out(n, k))
            sdx_set_out_dims(c, k, x.rank, y);
}

static void lint(const sdx_node *n, sdx_infer *c)
{
    int rank = sdx_in_dims(n, 0).rank;
    if (*(const bool *)sdx_variant(n))
        sdx_advise_single(n, c, sdx_axis(sdx_attr_int(n, "axis"), rank), rank,
                          "B, or 0 without it");
}

typedef struct plan {
    int64_t rows, length;
    double epsilon;
    bool takes_mean, simple; /* simple: scale and bias are one row each, or absent */
    reduce_norm_f32 *norm;   /* floats by simple rows, or NULL */
    int rank;
    int64_t dim[SDX_MAX_RANK], step[2][SDX_MAX_RANK]; /* of X; strides of scale and bias in it */
} plan;

/* Strides with which an input runs along the dims of X.  true: it is one row, in order. */
static bool set_steps(const sdx_node *n, int input, plan *p, int64_t *step)
{
    sdx_shape s = sdx_in_shape(n, input);
    int64_t stride = 1, count = 1;
    bool row = true;
    if (!sdx_has_in(n, input))
        return true;
    for (int k = p->rank - 1; k >= 0; k--) {
        int at = k - (p->rank - s.rank);
        int64_t d = at < 0 ? 1 : s.dim[at];
        step[k] = d == 1 ? 0 : stride;
        stride *= d;
        if (count < p->length)
            row = row && d == p->dim[k];
        else
            row = row && d == 1;
        count *= p->dim[k] ? p->dim[k] : 1;
    }
    return row;
}

static sdx_status prepare(const sdx_node *n, sdx_prepare *c, void **state)
{
    sdx_shape x = sdx_in_shape(n, 0);
    int axis = sdx_axis(sdx_attr_int(n, "axis"), x.rank);
    plan *p = sdx_keep(c, sizeof *p);
    if (!p)
        return SDX_E_MEMORY;
    p->rank = x.rank;
    p->rows = sdx_count(x, 0, axis);
    p->length = sdx_count(x, axis, x.rank);
    p->epsilon = sdx_attr_float(n, "epsilon");
    p->takes_mean = *(const bool *)sdx_variant(n);
    for (int k = 0; k < x.rank; k++)
        p->dim[k] = x.dim[k];
    bool scale = set_steps(n, 1, p, p->step[0]), bias = set_steps(n, 2, p, p->step[1]);
    p->simple = scale && bias;
    if (p->simple && sdx_in_dtype(n, 0) == SDX_F32 && sdx_in_dtype(n, 1) == SDX_F32)
        p->norm = ((const reduce_kernels *)sdx_kernels(c, &sdx_family_reduction_reduce))->norm;
    sdx_choice(c, p->norm ? "f32 rows" : "reference");
    sdx_want_scratch(c, 0, 3 * (size_t)p->length * sizeof(double));
    *state = p;
    return SDX_OK;
}

typedef struct job {
    const plan *p;
    const sdx_tensor *x, *scale, *bias;
    sdx_tensor *y, *mean, *factor;
} job;

/* The elements of a row that scale or bias broadcasts to. */
static void load_broadcast(const plan *p, const sdx_tensor *t, const int64_t *step, int64_t first,
                           double *to)
{
    if (p->simple) {
        sdx_load_f64(to, t, 0, 1, p->length);
        return;
    }
    for (int64_t i = 0; i < p->length; i++) {
        int64_t rest = first + i, at = 0;
        for (int k = p->rank - 1; k >= 0; k--) {
            at += rest % p->dim[k] * step[k];
            rest /= p->dim[k];
        }
        sdx_load_f64(to + i, t, at, 1, 1);
    }
}

static void finish_any(const job *j, int64_t first, double mean, double factor, double *row)
{
    const plan *p = j->p;
    double *scale = row + p->length, *bias = scale + p->length;
    sdx_load_f64(row, j->x, first, 1, p->length);
    load_broadcast(p, j->scale, p->step[0], first, scale);
    if (j->bias)
        load_broadcast(p, j->bias, p->step[1], first, bias);
    for (int64_t i = 0; i < p->length; i++)
        row[i] = (row[i] - mean) * factor * scale[i] + (j->bias ? bias[i] : 0);
    sdx_store_f64(j->y, first, 1, p->length, row);
}

static sdx_status some_rows(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = arg;
    const plan *p = j->p;
    (void)c;
    for (int64_t i = begin; i < end; i++) {
        int64_t first = i * p->length;
        reduce_moments m = { 0, 0 };
        if (p->norm) {
            m = p->norm(j->y ? sdx_f32_out(j->y) + first : NULL, sdx_f32(j->x) + first,
                        sdx_f32(j->scale), j->bias ? sdx_f32(j->bias) : NULL, (size_t)p->length,
                        p->epsilon, p->takes_mean);
        } else {
            if (p->takes_mean)
                m.mean = sdx_sum(j->x, first, 1, p->length) / (double)p->length;
            double square = sdx_sum_squares(j->x, first, 1, p->length, m.mean);
            m.factor = 1 / sqrt(square / (double)p->length + p->epsilon);
        }
        if (j->mean)
            sdx_store_f64(j->mean, i, 1, 1, &m.mean);
        if (j->factor)
            sdx_store_f64(j->factor, i, 1, 1, &m.factor);
        if (j->y && !p->norm)
            finish_any(j, first, m.mean, m.factor, scratch);
    }
    return SDX_OK;
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    const plan *p = state;
    bool outs = sdx_out_count(n) > 1, bias = sdx_has_in(n, 2);
    job j = {
        p, sdx_in(c, 0), sdx_in(c, 1), bias ? sdx_in(c, 2) : NULL, sdx_out(c, 0), NULL, NULL
    };
    if (outs) {
        j.mean = sdx_out(c, 1);
        j.factor = sdx_out_count(n) > 2 ? sdx_out(c, 2) : NULL;
    }
    return p->length ? sdx_parallel(c, p->rows, 1 + 16384 / p->length, some_rows, &j) : SDX_OK;
}

static const sdx_op ops[] = {
    { SDX_OP(LayerNormalization), .derive = sdx_derive_layer_norm, .schema = layer_schema,
      .limits = "stash_type:1|10|11|16 ?epsilon:[0,) ?Scale:(,) ?B:(,)", .traits = SDX_PURE,
      .variant = &takes_mean, .inplace = 1, .infer = infer, .lint = lint, .prepare = prepare,
      .run = run },
    { SDX_OP(RMSNormalization), .derive = sdx_derive_layer_norm, .schema = rms_schema,
      .limits = "stash_type:1|10|11|16 ?epsilon:[0,) ?scale:(,)", .traits = SDX_PURE,
      .variant = &keeps_mean, .infer = infer, .prepare = prepare, .run = run },
    { 0 },
};
const sdx_family sdx_family_nn_layer_normalization = { ops, 0 };
