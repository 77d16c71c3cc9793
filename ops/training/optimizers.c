/* ops/training/optimizers.c - Adagrad, Adam, Momentum: a step of training for several tensors.
 *
 * The inputs after R (the rate) and T (steps made) are lists of equal length: the tensors X, their
 * gradients G, and what was gathered of gradients before (V, H).  The outputs are the lists of X
 * and of what is gathered, after the step.
 * Source: ONNX Operators.md, ai.onnx.preview.training: Adagrad-1, Adam-1, Momentum-1. */
#include <inttypes.h>
#include <math.h>
#include "sdx/op.h"

static const sdx_schema adagrad_schema[] = {
    { 1, "R:T1 T:T2 inputs+:T3* -> outputs+:T3*",
      "norm_coefficient:float=0.0 decay_factor:float=0.0 epsilon:float=1e-06",
      "T1: f32 f64; T2: i64; T3: f32 f64" },
    { 0 },
};
static const sdx_schema adam_schema[] = {
    { 1, "R:T1 T:T2 inputs+:T3* -> outputs+:T3*",
      "epsilon:float=1e-06 norm_coefficient_post:float=0.0 norm_coefficient:float=0.0 "
      "beta:float=0.999 alpha:float=0.9",
      "T1: f32 f64; T2: i64; T3: f32 f64" },
    { 0 },
};
static const sdx_schema momentum_schema[] = {
    { 1, "R:T1 T:T2 inputs+:T3* -> outputs+:T3*",
      "norm_coefficient:float! beta:float! mode:string! alpha:float!",
      "T1: f32 f64; T2: i64; T3: f32 f64" },
    { 0 },
};

/* ---- the steps: n elements, list[0] X, list[1] G, the rest what is gathered ---- */

typedef struct numbers {
    double rate, norm, norm_post, alpha, beta, epsilon;
    bool nesterov;
} numbers;

typedef struct rule {
    int lists; /* X and G among them */
    /* What the rate becomes at step t; and what beta does. */
    void (*adjust)(const sdx_node *n, numbers *k, double t);
    void (*step)(const numbers *k, int64_t n, double *const *list);
} rule;

static void adjust_adagrad(const sdx_node *n, numbers *k, double t)
{
    k->epsilon = sdx_attr_float(n, "epsilon");
    k->rate /= 1 + t * sdx_attr_float(n, "decay_factor");
}

static void adagrad(const numbers *k, int64_t n, double *const *list)
{
    double *x = list[0], *g = list[1], *h = list[2];
    for (int64_t i = 0; i < n; i++) {
        double slope = k->norm * x[i] + g[i];
        h[i] += slope * slope;
        x[i] -= k->rate * slope / (sqrt(h[i]) + k->epsilon);
    }
}

static void adjust_adam(const sdx_node *n, numbers *k, double t)
{
    k->epsilon = sdx_attr_float(n, "epsilon");
    k->norm_post = sdx_attr_float(n, "norm_coefficient_post");
    k->alpha = sdx_attr_float(n, "alpha");
    k->beta = sdx_attr_float(n, "beta");
    if (t > 0)
        k->rate *= sqrt(1 - pow(k->beta, t)) / (1 - pow(k->alpha, t));
}

static void adam(const numbers *k, int64_t n, double *const *list)
{
    double *x = list[0], *g = list[1], *v = list[2], *h = list[3];
    for (int64_t i = 0; i < n; i++) {
        double slope = k->norm * x[i] + g[i];
        v[i] = k->alpha * v[i] + (1 - k->alpha) * slope;
        h[i] = k->beta * h[i] + (1 - k->beta) * slope * slope;
        x[i] = (1 - k->norm_post) * (x[i] - k->rate * v[i] / (sqrt(h[i]) + k->epsilon));
    }
}

static void adjust_momentum(const sdx_node *n, numbers *k, double t)
{
    k->alpha = sdx_attr_float(n, "alpha");
    k->beta = t > 0 ? sdx_attr_float(n, "beta") : 1;
    k->nesterov = sdx_attr_is(n, "mode", "nesterov");
}

static void momentum(const numbers *k, int64_t n, double *const *list)
{
    double *x = list[0], *g = list[1], *v = list[2];
    for (int64_t i = 0; i < n; i++) {
        double slope = k->norm * x[i] + g[i];
        v[i] = k->alpha * v[i] + k->beta * slope;
        x[i] -= k->rate * (k->nesterov ? slope + k->alpha * v[i] : v[i]);
    }
}

static const rule adagrad_rule = { 3, adjust_adagrad, adagrad };
static const rule adam_rule = { 4, adjust_adam, adam };
static const rule momentum_rule = { 3, adjust_momentum, momentum };

/* ---- what they share ---- */

enum { FIRST = 2, MOST_LISTS = 4, BLOCK = 1024 };

static bool check_lists(const sdx_node *n, sdx_infer *c, int lists)
{
    int in = sdx_in_count(n) - FIRST, out = sdx_out_count(n);
    if (in % lists == 0 && out <= in / lists * (lists - 1))
        return true;
    sdx_refuse(c, "optimizer-lists", "%d tensor%s after R and T, for %d result%s", in,
               in == 1 ? "" : "s", out, out == 1 ? "" : "s");
    sdx_hint(c,
             "%s takes %d lists of equal length after R and T, and gives %d lists of that length",
             sdx_op_name(n), lists, lists - 1);
    return false;
}

/* All lists have the shapes of the first. */
static bool check_shape(const sdx_node *n, sdx_infer *c, int x, int other)
{
    int rank = sdx_in_dims(n, x).rank;
    if (rank < 0 || sdx_in_dims(n, other).rank < 0)
        return true;
    if (!sdx_check_rank(c, other, rank, rank))
        return false;
    for (int axis = 0; axis < rank; axis++)
        if (!sdx_check_same(c, "optimizer-lists", x, axis, other, axis))
            return false;
    return true;
}

static void infer(const sdx_node *n, sdx_infer *c)
{
    const rule *r = sdx_variant(n);
    if (!check_lists(n, c, r->lists) || !sdx_check_rank(c, 0, 0, 1) || !sdx_check_rank(c, 1, 0, 1))
        return;
    int each = (sdx_in_count(n) - FIRST) / r->lists;
    for (int i = 0; i < each; i++) {
        for (int list = 1; list < r->lists; list++)
            if (!check_shape(n, c, FIRST + i, FIRST + list * each + i))
                return;
        for (int list = 0; list < r->lists - 1; list++) {
            int out = list * each + i, in = FIRST + (list + (list > 0)) * each + i;
            if (out >= sdx_out_count(n))
                continue;
            sdx_set_out_dtype(c, out, sdx_in_dtype(n, in));
            sdx_set_out_like(c, out, sdx_in_dims(n, FIRST + i));
        }
    }
}

static sdx_status prepare(const sdx_node *n, sdx_prepare *c, void **state)
{
    (void)n, (void)state;
    sdx_want_scratch(c, 0, MOST_LISTS * BLOCK * sizeof(double));
    return SDX_OK;
}

typedef struct job {
    const rule *r;
    numbers k;
    const sdx_tensor *in[MOST_LISTS];
    sdx_tensor *out[MOST_LISTS]; /* by list; G has none, nor what nobody asked for */
} job;

static sdx_status some(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = arg;
    double *list[MOST_LISTS];
    int64_t n = end - begin;
    (void)c;
    for (int i = 0; i < j->r->lists; i++) {
        list[i] = (double *)scratch + i * BLOCK;
        sdx_load_f64(list[i], j->in[i], begin, 1, n);
    }
    j->r->step(&j->k, n, list);
    for (int i = 0; i < j->r->lists; i++)
        if (j->out[i])
            sdx_store_f64(j->out[i], begin, 1, n, list[i]);
    return SDX_OK;
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    const sdx_tensor *rate = sdx_in(c, 0), *steps = sdx_in(c, 1);
    job j = { .r = sdx_variant(n), .k.norm = sdx_attr_float(n, "norm_coefficient") };
    int each = (sdx_in_count(n) - FIRST) / j.r->lists;
    int64_t t;
    (void)state;
    if (sdx_elements(rate) != 1 || sdx_elements(steps) != 1)
        return sdx_fail(c, SDX_E_SHAPE, "R and T are one number each, not %" PRId64 " and %" PRId64,
                        sdx_elements(rate), sdx_elements(steps));
    sdx_load_f64(&j.k.rate, rate, 0, 1, 1);
    sdx_load_i64(&t, steps, 0, 1, 1);
    j.r->adjust(n, &j.k, (double)t);
    for (int i = 0; i < each; i++) {
        for (int list = 0; list < j.r->lists; list++) {
            int out = (list - (list > 0)) * each + i;
            j.in[list] = sdx_in(c, FIRST + list * each + i);
            j.out[list] = list != 1 && sdx_has_out(n, out) ? sdx_out(c, out) : NULL;
        }
        SDX_TRY(sdx_parallel(c, sdx_elements(j.in[0]), BLOCK, some, &j));
    }
    return SDX_OK;
}

#define TRAINING .domain = "ai.onnx.preview.training", .traits = SDX_PURE, .inplace = 1u << FIRST
static const sdx_op ops[] = {
    { SDX_OP(Adagrad), TRAINING, .schema = adagrad_schema, .variant = &adagrad_rule, .infer = infer,
      .prepare = prepare, .run = run },
    { SDX_OP(Adam), TRAINING, .schema = adam_schema, .variant = &adam_rule, .infer = infer,
      .prepare = prepare, .run = run },
    { SDX_OP(Momentum), TRAINING, .schema = momentum_schema, .limits = "mode:standard|nesterov",
      .variant = &momentum_rule, .infer = infer, .prepare = prepare, .run = run },
    { 0 },
};
const sdx_family sdx_family_training_optimizers = { ops, 0 };
