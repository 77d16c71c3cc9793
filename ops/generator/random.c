/* ops/generator/random.c - RandomUniform, RandomNormal, their Like forms, Bernoulli, Multinomial.
 *
 * The streams are those of common/random.h.  Source: ONNX Operators.md, the section of each. */
#include "common/dtype_attr.h"
#include "common/random.h"
#include <inttypes.h>
#include <math.h>

static const sdx_schema uniform_schema[] = {
    { 1, "-> output:T", "shape:ints! dtype:int=1 seed:float high:float=1.0 low:float=0.0",
      "T: float" },
    { 22, NULL, NULL, "T: float bf16" },
    { 0 },
};

static const sdx_schema normal_schema[] = {
    { 1, "-> output:T", "shape:ints! dtype:int=1 seed:float scale:float=1.0 mean:float=0.0",
      "T: float" },
    { 22, NULL, NULL, "T: float bf16" },
    { 0 },
};

static const sdx_schema uniform_like_schema[] = {
    { 1, "input:T1 -> output:T2", "dtype:int seed:float high:float=1.0 low:float=0.0",
      "T1: all; T2: float" },
    { 22, NULL, NULL, "T1: all4; T2: float bf16" },
    { 0 },
};

static const sdx_schema normal_like_schema[] = {
    { 1, "input:T1 -> output:T2", "dtype:int seed:float scale:float=1.0 mean:float=0.0",
      "T1: all; T2: float" },
    { 22, NULL, NULL, "T1: all4; T2: float bf16" },
    { 0 },
};

static const sdx_schema bernoulli_schema[] = {
    { 15, "input:T1 -> output:T2", "dtype:int seed:float", "T1: float; T2: numeric bf16 bool" },
    { 22, NULL, NULL, "T1: float bf16; T2: numeric bf16 bool" },
    { 0 },
};

static const sdx_schema multinomial_schema[] = {
    { 7, "input:T1 -> output:T2", "dtype:int=6 seed:float sample_size:int=1",
      "T1: float; T2: i32 i64" },
    { 22, NULL, NULL, "T1: float bf16; T2: i32 i64" },
    { 0 },
};

/* ---- numbers ---- */

/* Box-Muller: two numbers make one. */
static double normal(uint64_t seed, uint64_t i)
{
    double u = 1 - sdx_uniform(seed, 2 * i), v = sdx_uniform(seed, 2 * i + 1);
    return sqrt(-2 * log(u)) * cos(6.28318530717958647692 * v);
}

/* ---- infer ---- */

static void infer_shaped(const sdx_node *n, sdx_infer *c)
{
    int rank;
    const int64_t *shape = sdx_attr_ints(n, "shape", &rank);
    sdx_set_out_dtype_attr(n, c, 0, "dtype", SDX_F32);
    if (rank > SDX_MAX_RANK) {
        sdx_refuse(c, "shape-rank", "the shape has %d dims, at most %d are possible", rank,
                   SDX_MAX_RANK);
        sdx_hint(c, "give one entry for each dim");
        return;
    }
    sdx_dim *y = sdx_new_dims(c, rank);
    for (int i = 0; i < rank; i++) {
        y[i] = sdx_num(shape[i]);
        if (shape[i] >= 0)
            continue;
        sdx_refuse(c, "negative-dim", "shape[%d] is %" PRId64, i, shape[i]);
        sdx_number(c, "dim", shape[i]);
        sdx_hint(c, "dims are 0 or more");
        return;
    }
    sdx_set_out_dims(c, 0, rank, y);
}

static void infer_like(const sdx_node *n, sdx_infer *c)
{
    sdx_set_out_like(c, 0, sdx_in_dims(n, 0));
    sdx_set_out_dtype_attr(n, c, 0, "dtype", sdx_in_dtype(n, 0));
}

static void infer_multinomial(const sdx_node *n, sdx_infer *c)
{
    int64_t samples = sdx_attr_int(n, "sample_size");
    sdx_set_out_dtype_attr(n, c, 0, "dtype", SDX_I32);
    if (!sdx_check_rank(c, 0, 2, 2))
        return;
    sdx_dim y[2] = { sdx_in_dim(n, 0, 0), sdx_num(samples) };
    sdx_set_out_dims(c, 0, 2, y);
}

/* ---- run ---- */

enum { PIECE = 512 };

typedef struct draw {
    bool normal;
    const char *from, *to; /* attributes: low and high, or mean and scale */
} draw;
static const draw uniformly = { false, "low", "high" };
static const draw normally = { true, "mean", "scale" };

typedef struct job {
    sdx_tensor *y;
    const sdx_tensor *x;
    uint64_t seed;
    bool normal;
    double a, b; /* a + b * number */
    int64_t classes, samples;
} job;

static sdx_status some_numbers(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = arg;
    double some[PIECE];
    (void)scratch, (void)c;
    for (int64_t at = begin; at < end; at += PIECE) {
        int64_t n = end - at < PIECE ? end - at : PIECE;
        for (int64_t i = 0; i < n; i++) {
            uint64_t k = (uint64_t)(at + i);
            some[i] = j->a + j->b * (j->normal ? normal(j->seed, k) : sdx_uniform(j->seed, k));
        }
        sdx_store_f64(j->y, at, 1, n, some);
    }
    return SDX_OK;
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    const draw *d = sdx_variant(n);
    job j = { .y = sdx_out(c, 0), .normal = d->normal, .a = sdx_attr_float(n, d->from) };
    (void)state;
    j.b = sdx_attr_float(n, d->to) - (d->normal ? 0 : j.a);
    j.seed = sdx_seed(n, j.y);
    return sdx_parallel(c, sdx_elements(j.y), 16384, some_numbers, &j);
}

static sdx_status some_tosses(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = arg;
    double some[PIECE];
    (void)scratch, (void)c;
    for (int64_t at = begin; at < end; at += PIECE) {
        int64_t n = end - at < PIECE ? end - at : PIECE;
        sdx_load_f64(some, j->x, at, 1, n);
        for (int64_t i = 0; i < n; i++)
            some[i] = sdx_uniform(j->seed, (uint64_t)(at + i)) < some[i];
        sdx_store_f64(j->y, at, 1, n, some);
    }
    return SDX_OK;
}

static sdx_status run_bernoulli(const sdx_node *n, const void *state, sdx_run *c)
{
    job j = { .x = sdx_in(c, 0), .y = sdx_out(c, 0) };
    (void)state;
    j.seed = sdx_seed(n, j.y);
    return sdx_parallel(c, sdx_elements(j.y), 16384, some_tosses, &j);
}

/* A row of log-probabilities, made cumulative; each sample then finds its place. */
static sdx_status some_samples(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = arg;
    double *p = scratch;
    for (int64_t row = begin; row < end; row++) {
        double top = -INFINITY, sum = 0;
        sdx_load_f64(p, j->x, row * j->classes, 1, j->classes);
        for (int64_t k = 0; k < j->classes; k++)
            top = fmax(top, p[k]);
        for (int64_t k = 0; k < j->classes; k++)
            p[k] = sum += exp(p[k] - top);
        if (!(sum > 0) || !isfinite(sum))
            return sdx_fail(c, SDX_E_VALUE,
                            "row %" PRId64 " has no probabilities: all are -inf, or one is NaN",
                            row);
        for (int64_t s = 0; s < j->samples; s++) {
            double u = sdx_uniform(j->seed, (uint64_t)(row * j->samples + s)) * sum;
            int64_t low = 0, high = j->classes - 1;
            while (low < high) {
                int64_t middle = low + (high - low) / 2;
                if (p[middle] > u)
                    high = middle;
                else
                    low = middle + 1;
            }
            sdx_store_i64(j->y, row * j->samples + s, 1, 1, &low);
        }
    }
    return SDX_OK;
}

static sdx_status prepare_multinomial(const sdx_node *n, sdx_prepare *c, void **state)
{
    sdx_want_scratch(c, 0, (size_t)sdx_in_shape(n, 0).dim[1] * sizeof(double));
    *state = NULL;
    return SDX_OK;
}

static sdx_status run_multinomial(const sdx_node *n, const void *state, sdx_run *c)
{
    job j = { .x = sdx_in(c, 0), .y = sdx_out(c, 0) };
    (void)state;
    j.classes = j.x->shape.dim[1];
    j.samples = j.y->shape.dim[1];
    j.seed = sdx_seed(n, j.y);
    return sdx_parallel(c, j.samples > 0 ? j.x->shape.dim[0] : 0, 1, some_samples, &j);
}

/* Without SDX_PURE: what is drawn must be neither folded nor shared. */
static const sdx_op ops[] = {
    { SDX_OP(RandomUniform), .schema = uniform_schema, .limits = "dtype:[1,) ?low:[,high]",
      .variant = &uniformly, .infer = infer_shaped, .run = run },
    { SDX_OP(RandomNormal), .schema = normal_schema, .limits = "dtype:[1,) ?scale:[0,)",
      .variant = &normally, .infer = infer_shaped, .run = run },
    { SDX_OP(RandomUniformLike), .schema = uniform_like_schema, .limits = "dtype:[1,) ?low:[,high]",
      .variant = &uniformly, .infer = infer_like, .run = run },
    { SDX_OP(RandomNormalLike), .schema = normal_like_schema, .limits = "dtype:[1,) ?scale:[0,)",
      .variant = &normally, .infer = infer_like, .run = run },
    { SDX_OP(Bernoulli), .schema = bernoulli_schema, .limits = "dtype:[1,) ?input:[0,1]",
      .infer = infer_like, .run = run_bernoulli },
    { SDX_OP(Multinomial), .schema = multinomial_schema, .limits = "sample_size:[1,) dtype:6|7",
      .infer = infer_multinomial, .prepare = prepare_multinomial, .run = run_multinomial },
    { 0 },
};
const sdx_family sdx_family_generator_random = { ops, 0 };
