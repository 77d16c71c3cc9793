/* ops/nn/lrn.c - LRN: local response normalisation across channels.
 *
 * Source: ONNX Operators.md, LRN-13. */
#include <inttypes.h>
#include <math.h>
#include "sdx/op.h"

static const sdx_schema schema[] = {
    { 1, "X:T -> Y:T", "bias:float=1.0 beta:float=0.75 alpha:float=0.0001 size:int!", "T: float" },
    { 13, NULL, NULL, "T: float bf16" },
    { 0 },
};

static void infer(const sdx_node *n, sdx_infer *c)
{
    if (sdx_check_rank(c, 0, 2, SDX_MAX_RANK))
        sdx_set_out_like(c, 0, sdx_in_dims(n, 0));
}

typedef struct plan {
    int64_t channels, inner, before, after; /* neighbours on both sides */
    double alpha, beta, bias;
} plan;

enum { RUN = 256 /* places that one item takes */ };

static sdx_status prepare(const sdx_node *n, sdx_prepare *c, void **state)
{
    sdx_shape x = sdx_in_shape(n, 0);
    int64_t size = sdx_attr_int(n, "size");
    plan *p = sdx_keep(c, sizeof *p);
    if (!p)
        return SDX_E_MEMORY;
    p->channels = x.dim[1];
    p->inner = sdx_count(x, 2, x.rank);
    p->before = (size - 1) / 2;
    p->after = size - 1 - p->before;
    p->alpha = sdx_attr_float(n, "alpha") / (double)size;
    p->beta = sdx_attr_float(n, "beta");
    p->bias = sdx_attr_float(n, "bias");
    sdx_want_scratch(c, 0, 2 * RUN * sizeof(double));
    *state = p;
    return SDX_OK;
}

typedef struct job {
    const plan *p;
    const sdx_tensor *x;
    sdx_tensor *y;
} job;

/* A run of places in one item: the sum of squares slides over the channels. */
static sdx_status some_runs(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = arg;
    const plan *p = j->p;
    double *sum = scratch, *x = sum + RUN;
    int64_t runs = (p->inner + RUN - 1) / RUN;
    (void)c;
    for (int64_t i = begin; i < end; i++) {
        int64_t base = i / runs * p->channels * p->inner + i % runs * RUN;
        int64_t n = p->inner - i % runs * RUN < RUN ? p->inner - i % runs * RUN : RUN;
        for (int64_t ch = 0; ch < p->channels; ch++) {
            int64_t low = ch > p->before ? ch - p->before : 0;
            int64_t high = p->after < p->channels - 1 - ch ? ch + p->after : p->channels - 1;
            for (int64_t k = 0; k < n; k++)
                sum[k] = 0;
            for (int64_t o = low; o <= high; o++) {
                sdx_load_f64(x, j->x, base + o * p->inner, 1, n);
                for (int64_t k = 0; k < n; k++)
                    sum[k] += x[k] * x[k];
            }
            sdx_load_f64(x, j->x, base + ch * p->inner, 1, n);
            for (int64_t k = 0; k < n; k++)
                x[k] /= pow(p->bias + p->alpha * sum[k], p->beta);
            sdx_store_f64(j->y, base + ch * p->inner, 1, n, x);
        }
    }
    return SDX_OK;
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    const plan *p = state;
    job j = { p, sdx_in(c, 0), sdx_out(c, 0) };
    int64_t items = j.x->shape.dim[0] * ((p->inner + RUN - 1) / RUN);
    (void)n;
    return sdx_parallel(c, items, 1, some_runs, &j);
}

static const sdx_op ops[] = {
    { SDX_OP(LRN), .schema = schema, .limits = "size:[1,)", .traits = SDX_PURE, .infer = infer,
      .prepare = prepare, .run = run },
    { 0 },
};
const sdx_family sdx_family_nn_lrn = { ops, 0 };
