/* ops/nn/causal_conv.c - CausalConvWithState.
 *
 * Each channel by a filter of its own, which sees the present and the past alone; the last k - 1
 * numbers are handed on, so a sequence may come in parts.  A row, past and present joined, is laid
 * out in scratch: then every place of the filter is one plain loop.
 * Source: ONNX Operators.md, CausalConvWithState-27. */
#include "common/check.h"
#include "math/activation/kernels.h"
#include <math.h>

static const sdx_schema schema[] = {
    { 27, "input:T weight:T bias?:T past_state?:T -> output:T present_state:T",
      "activation:string=none", "T: f16 f32 bf16" },
    { 0 },
};

enum { IN_X, IN_W, IN_BIAS, IN_PAST };
static const char rule[] = "causal-conv-shape";

static bool check_activation(const sdx_node *n, sdx_infer *c)
{
    sdx_string s = sdx_attr_string(n, "activation");
    if (sdx_attr_is(n, "activation", "none") || sdx_attr_is(n, "activation", "silu") ||
        sdx_attr_is(n, "activation", "swish"))
        return true;
    sdx_refuse(c, "attribute-value", "activation is '%.*s'", (int)s.length, s.text);
    sdx_hint(c, "it may be none, silu or swish, the last two being the same");
    return false;
}

static void infer(const sdx_node *n, sdx_infer *c)
{
    static const int ranks[] = { 3, 3, 1, 3 };
    sdx_dim k = sdx_in_dim(n, IN_W, 2), batch = sdx_in_dim(n, IN_X, 0),
            channels = sdx_in_dim(n, IN_X, 1), one = sdx_num(1);
    if (!check_activation(n, c))
        return;
    for (int i = 0; i <= IN_PAST; i++)
        if (sdx_has_in(n, i) && !sdx_check_rank(c, i, ranks[i], ranks[i]))
            return;
    if (sdx_is_num(k) && k.n < 1) {
        sdx_refuse(c, "causal-conv-shape", "the filters of weight have %s numbers", sdx_show(c, k));
        sdx_point(c, IN_W, 2);
        sdx_hint(c, "make weight.shape[2] 1 or more");
        return;
    }
    sdx_dim before = sdx_is_unknown(k) ? k : sdx_dim_sub(c, k, one);
    if (!sdx_check_dim(n, c, rule, IN_W, 0, channels, "the channels") ||
        !sdx_check_dim(n, c, rule, IN_W, 1, one, "each filter sees one channel") ||
        !sdx_check_dim(n, c, rule, IN_BIAS, 0, channels, "the channels") ||
        !sdx_check_dim(n, c, rule, IN_PAST, 0, batch, "the batch") ||
        !sdx_check_dim(n, c, rule, IN_PAST, 1, channels, "the channels") ||
        !sdx_check_dim(n, c, rule, IN_PAST, 2, before, "one less than the numbers of a filter"))
        return;
    sdx_set_out_like(c, 0, sdx_in_dims(n, IN_X));
    sdx_dim state[3] = { batch, channels, before };
    if (sdx_has_out(n, 1))
        sdx_set_out_dims(c, 1, 3, state);
}

typedef struct plan {
    int64_t rows, channels, length, k;
    bool silu;
    sdx_row_f32 *fast; /* silu of floats; NULL: not floats, or no ISA has it */
} plan;

static sdx_status prepare(const sdx_node *n, sdx_prepare *c, void **state)
{
    const activation_kernels *a = sdx_kernels(c, &sdx_family_math_activation);
    sdx_shape x = sdx_in_shape(n, IN_X);
    plan *p = sdx_keep(c, sizeof *p);
    if (!p)
        return SDX_E_MEMORY;
    p->rows = x.dim[0] * x.dim[1];
    p->channels = x.dim[1];
    p->length = x.dim[2];
    p->k = sdx_in_shape(n, IN_W).dim[2];
    p->silu = !sdx_attr_is(n, "activation", "none");
    p->fast = sdx_in_dtype(n, IN_X) == SDX_F32 ? a->swish : NULL;
    sdx_want_scratch(c, 0, (size_t)(2 * p->length + 2 * p->k) * sizeof(double));
    sdx_choice(c, p->fast ? "f32 rows" : "reference");
    *state = p;
    return SDX_OK;
}

typedef struct job {
    const plan *p;
    const sdx_tensor *x, *w, *bias, *past;
    sdx_tensor *y, *state;
} job;

static void row_f32(const job *j, int64_t row, float *joined)
{
    const plan *p = j->p;
    int64_t before = p->k - 1, channel = row % p->channels;
    const float *w = sdx_f32(j->w) + channel * p->k;
    float *y = sdx_f32_out(j->y) + row * p->length, alpha = 1;
    for (int64_t i = 0; i < before; i++)
        joined[i] = j->past ? sdx_f32(j->past)[row * before + i] : 0;
    memcpy(joined + before, sdx_f32(j->x) + row * p->length, (size_t)p->length * sizeof(float));
    if (j->state)
        memcpy(sdx_f32_out(j->state) + row * before, joined + p->length,
               (size_t)before * sizeof(float));
    for (int64_t i = 0; i < p->length; i++)
        y[i] = j->bias ? sdx_f32(j->bias)[channel] : 0;
    for (int64_t t = 0; t < p->k; t++) {
        const float *from = joined + t;
        float by = w[t];
        for (int64_t i = 0; i < p->length; i++)
            y[i] += from[i] * by;
    }
    if (p->silu)
        p->fast(y, y, NULL, (size_t)p->length, &alpha);
}

/* The same in double; what leaves the convolution is a number of the type. */
static void row_any(const job *j, int64_t row, double *joined)
{
    const plan *p = j->p;
    int64_t before = p->k - 1, channel = row % p->channels, first = row * p->length;
    double *w = joined + p->length + before, *y = w + p->k, bias = 0;
    for (int64_t i = 0; i < before; i++)
        joined[i] = 0;
    if (j->past)
        sdx_load_f64(joined, j->past, row * before, 1, before);
    sdx_load_f64(joined + before, j->x, first, 1, p->length);
    sdx_load_f64(w, j->w, channel * p->k, 1, p->k);
    if (j->bias)
        sdx_load_f64(&bias, j->bias, channel, 1, 1);
    if (j->state)
        sdx_store_f64(j->state, row * before, 1, before, joined + p->length);
    for (int64_t i = 0; i < p->length; i++) {
        y[i] = bias;
        for (int64_t t = 0; t < p->k; t++)
            y[i] += joined[i + t] * w[t];
    }
    sdx_store_f64(j->y, first, 1, p->length, y);
    if (!p->silu)
        return;
    sdx_load_f64(y, j->y, first, 1, p->length);
    for (int64_t i = 0; i < p->length; i++)
        y[i] = y[i] / (1 + exp(-y[i]));
    sdx_store_f64(j->y, first, 1, p->length, y);
}

static sdx_status some_rows(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = arg;
    (void)c;
    for (int64_t i = begin; i < end; i++)
        if (j->p->fast)
            row_f32(j, i, scratch);
        else
            row_any(j, i, scratch);
    return SDX_OK;
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    const plan *p = state;
    job j = { .p = p,
              .x = sdx_in(c, IN_X),
              .w = sdx_in(c, IN_W),
              .bias = sdx_has_in(n, IN_BIAS) ? sdx_in(c, IN_BIAS) : NULL,
              .past = sdx_has_in(n, IN_PAST) ? sdx_in(c, IN_PAST) : NULL,
              .y = sdx_out(c, 0),
              .state = sdx_has_out(n, 1) ? sdx_out(c, 1) : NULL };
    int64_t work = (p->length + 1) * p->k;
    return sdx_parallel(c, p->rows, 1 + 131072 / work, some_rows, &j);
}

static sdx_dim macs(const sdx_node *n, sdx_infer *c)
{
    return sdx_dim_mul(c, sdx_dim_product(c, sdx_in_dims(n, IN_X), 0, 3), sdx_in_dim(n, IN_W, 2));
}

static const sdx_op ops[] = {
    { SDX_OP(CausalConvWithState), .schema = schema, .traits = SDX_PURE, .infer = infer,
      .prepare = prepare, .run = run, .macs = macs },
    { 0 },
};
const sdx_family sdx_family_nn_causal_conv = { ops, 0 };
