/* ops/nn/global_pool.c - GlobalAveragePool, GlobalMaxPool, GlobalLpPool.
 *
 * Source: ONNX Operators.md, GlobalAveragePool-22, GlobalMaxPool-22, GlobalLpPool-22. */
#include <math.h>
#include "common/derivatives.h"
#include "common/window.h"
#include "reduction/reduce/kernels.h"

static const sdx_schema average_schema[] = {
    { 1, "X:T -> Y:T", "", "T: float" },
    { 22, NULL, NULL, "T: float bf16" },
    { 0 },
};
static const sdx_schema max_schema[] = {
    { 1, "X:T -> Y:T", "", "T: float" },
    { 22, NULL, NULL, "T: float bf16" },
    { 0 },
};
static const sdx_schema lp_schema[] = {
    { 1, "X:T -> Y:T", "p:float=2.0", "T: float" },
    { 2, NULL, "p:int=2", NULL },
    { 22, NULL, NULL, "T: float bf16" },
    { 0 },
};

enum { RUN = 256 /* places that one load widens */ };

/* Takes n places of `lanes` in, given as doubles. */
typedef void taker(double *acc, const double *x, int64_t n, double p);
/* ... as floats, `lanes` at each place. */
typedef void taker_f32(double *acc, const float *x, int64_t n, int64_t lanes, double p);

static void take_sum(double *acc, const double *x, int64_t n, double p)
{
    (void)p;
    for (int64_t i = 0; i < n; i++)
        *acc += x[i];
}
static void take_max(double *acc, const double *x, int64_t n, double p)
{
    (void)p;
    for (int64_t i = 0; i < n; i++)
        *acc = *acc > x[i] ? *acc : x[i];
}
static void take_power(double *acc, const double *x, int64_t n, double p)
{
    for (int64_t i = 0; i < n; i++)
        *acc += p == 2 ? x[i] * x[i] : pow(fabs(x[i]), p);
}

/* Floats: short sums in float, sixteen side by side, then in double.  n * lanes elements; n <=
 * RUN. */
static void sum_floats(double *acc, const float *x, int64_t n, int64_t lanes, double p)
{
    float part[16] = { 0 };
    int64_t i = 0, count = n * lanes;
    (void)p;
    for (; i + 16 <= count; i += 16)
        for (int k = 0; k < 16; k++)
            part[k] += x[i + k];
    for (int k = 0; i < count; i++, k++)
        part[k] += x[i];
    for (int k = 0; k < 16; k++)
        acc[k % lanes] += (double)part[k];
}
static void max_floats(double *acc, const float *x, int64_t n, int64_t lanes, double p)
{
    float part[16];
    int64_t i = 0, count = n * lanes;
    (void)p;
    for (int k = 0; k < 16; k++)
        part[k] = (float)acc[k % lanes];
    for (; i + 16 <= count; i += 16)
        for (int k = 0; k < 16; k++)
            part[k] = part[k] > x[i + k] ? part[k] : x[i + k];
    for (int k = 0; i < count; i++, k++)
        part[k] = part[k] > x[i] ? part[k] : x[i];
    for (int k = 0; k < 16; k++)
        if ((double)part[k] > acc[k % lanes])
            acc[k % lanes] = (double)part[k];
}

typedef enum reduction { MEAN, MAX, NORM } reduction;
typedef struct kind {
    reduction what;
    taker *take;
    taker_f32 *take_f32; /* NULL: none */
} kind;
static const kind average = { MEAN, take_sum, sum_floats }, maximum = { MAX, take_max, max_floats },
                  norm = { NORM, take_power, NULL };

static int layout(const sdx_node *n, sdx_layout l, uint32_t *plain)
{
    const kind *k = sdx_variant(n);
    (void)l, (void)plain;
    return sdx_in_dtype(n, 0) == SDX_F32 && k->take_f32 ? 0 : -1;
}

/* State: the kernels of sums. */
static sdx_status prepare(const sdx_node *n, sdx_prepare *c, void **state)
{
    reduce_kernels *k = sdx_keep(c, sizeof *k);
    (void)n;
    if (!k)
        return SDX_E_MEMORY;
    *k = *(const reduce_kernels *)sdx_kernels(c, &sdx_family_reduction_reduce);
    *state = k;
    return SDX_OK;
}

typedef struct job {
    const kind *k;
    const reduce_kernels *fast;
    const sdx_tensor *x;
    sdx_tensor *y;
    int64_t places, lanes;
    double p;
} job;

static double finish(const job *j, double v)
{
    if (j->k->what == MEAN)
        return v / (double)j->places;
    return j->k->what == NORM ? pow(v, 1 / j->p) : v;
}

/* Sums of a plane by a kernel; false: there is none. */
static bool sum_plane(const job *j, int64_t plane, double *acc)
{
    const float *x = sdx_f32(j->x) + plane * j->places * j->lanes;
    if (j->k->what != MEAN || j->x->dtype != SDX_F32 || !j->fast->sum)
        return false;
    if (j->lanes == 1)
        *acc = j->fast->sum(*acc, x, (size_t)j->places);
    else
        j->fast->sum_columns(acc, x, (size_t)j->lanes, (size_t)j->places, (size_t)j->lanes);
    return true;
}

static sdx_status some_planes(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = arg;
    (void)scratch, (void)c;
    for (int64_t i = begin; i < end; i++) {
        double acc[16], run[RUN];
        for (int64_t k = 0; k < j->lanes; k++)
            acc[k] = j->k->what == MAX ? -INFINITY : 0;
        for (int64_t at = sum_plane(j, i, acc) ? j->places : 0; at < j->places; at += RUN) {
            int64_t n = j->places - at < RUN ? j->places - at : RUN, first = i * j->places + at;
            if (j->x->dtype == SDX_F32 && j->k->take_f32) {
                j->k->take_f32(acc, sdx_f32(j->x) + first * j->lanes, n, j->lanes, j->p);
            } else {
                sdx_load_f64(run, j->x, first, 1, n);
                j->k->take(acc, run, n, j->p);
            }
        }
        for (int64_t k = 0; k < j->lanes; k++) {
            double v = finish(j, acc[k]);
            if (j->y->dtype == SDX_F32)
                sdx_f32_out(j->y)[i * j->lanes + k] = (float)v;
            else
                sdx_store_f64(j->y, i, 1, 1, &v);
        }
    }
    return SDX_OK;
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    job j = { .k = sdx_variant(n), .fast = state, .x = sdx_in(c, 0), .y = sdx_out(c, 0) };
    sdx_shape s = j.x->shape;
    if (j.k->what == NORM)
        j.p = sdx_since(n) < 2 ? sdx_attr_float(n, "p") : (double)sdx_attr_int(n, "p");
    j.lanes = sdx_layout_block(j.x->layout);
    j.places = sdx_count(s, 2, s.rank);
    return sdx_parallel(c, s.dim[0] * ((s.dim[1] + j.lanes - 1) / j.lanes),
                        1 + 65536 / (1 + j.places * j.lanes), some_planes, &j);
}

static const sdx_op ops[] = {
    { SDX_OP(GlobalAveragePool), .derive = sdx_derive_global_average_pool, .schema = average_schema,
      .traits = SDX_PURE, .variant = &average, .infer = sdx_window_infer_global, .layout = layout,
      .prepare = prepare, .run = run },
    { SDX_OP(GlobalMaxPool), .derive = sdx_derive_global_max_pool, .schema = max_schema,
      .traits = SDX_PURE, .variant = &maximum, .infer = sdx_window_infer_global, .layout = layout,
      .prepare = prepare, .run = run },
    { SDX_OP(GlobalLpPool), .schema = lp_schema, .limits = "p:(0,)", .traits = SDX_PURE,
      .variant = &norm, .infer = sdx_window_infer_global, .prepare = prepare, .run = run },
    { 0 },
};
const sdx_family sdx_family_nn_global_pool = { ops, 0 };
