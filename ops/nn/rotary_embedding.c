/* ops/nn/rotary_embedding.c - RotaryEmbedding.
 *
 * The numbers of a head are taken in pairs, half the turned part apart or neighbours, and each pair
 * turns by an angle that depends on the position: (a, b) becomes (a cos - b sin, a sin + b cos).
 * Source: ONNX Operators.md, RotaryEmbedding-23. */
#include <inttypes.h>
#include "common/check.h"
#include "nn/rotary_embedding/kernels.h"

static const sdx_schema schema[] = {
    { 23, "X:T cos_cache:T sin_cache:T position_ids?:M -> Y:T",
      "num_heads:int rotary_embedding_dim:int=0 interleaved:int=0", "T: bf16 f16 f32; M: i64" },
    { 0 },
};

enum { IN_X, IN_COS, IN_SIN, IN_PLACE };
static const char rule[] = "rotary-shape";

/* The size of a head; false: refused. */
static bool check_head(const sdx_node *n, sdx_infer *c, sdx_dim *size)
{
    sdx_dims x = sdx_in_dims(n, IN_X);
    int64_t heads = sdx_attr_int(n, "num_heads"), turned = sdx_attr_int(n, "rotary_embedding_dim");
    *size = sdx_unknown();
    if (x.rank == 3 && !sdx_check_heads(n, c, "num_heads", heads, IN_X, 2, x.dim[2]))
        return false;
    if (x.rank == 4)
        *size = x.dim[3];
    else if (x.rank == 3)
        *size = sdx_dim_div(c, x.dim[2], sdx_num(heads));
    bool fits = turned >= 0 && turned % 2 == 0 && (!sdx_is_num(*size) || turned <= size->n);
    if (fits && (turned > 0 || sdx_divides(c, 2, *size) != SDX_NO))
        return true;
    if (turned)
        sdx_refuse(c, rule,
                   "rotary_embedding_dim=%" PRId64 " is no even part of a head of %s numbers",
                   turned, sdx_show(c, *size));
    else
        sdx_refuse(c, rule, "a head of %s numbers does not split into pairs", sdx_show(c, *size));
    sdx_point(c, IN_X, x.rank - 1);
    sdx_hint(c, "rotary_embedding_dim may be an even number up to %s, or 0 for a whole even head",
             sdx_show(c, *size));
    return false;
}

static void infer(const sdx_node *n, sdx_infer *c)
{
    sdx_dims x = sdx_in_dims(n, IN_X);
    int64_t turned = sdx_attr_int(n, "rotary_embedding_dim");
    bool placed = sdx_has_in(n, IN_PLACE);
    int rank = placed ? 2 : 3;
    sdx_dim size;
    sdx_set_out_like(c, 0, x);
    if (!sdx_check_rank(c, IN_X, 3, 4) || !sdx_check_rank(c, IN_COS, rank, rank) ||
        !sdx_check_rank(c, IN_SIN, rank, rank) || (placed && !sdx_check_rank(c, IN_PLACE, 2, 2)) ||
        !check_head(n, c, &size))
        return;
    sdx_dim half = turned                 ? sdx_num(turned / 2)
                   : sdx_is_unknown(size) ? size
                                          : sdx_dim_div(c, size, sdx_num(2));
    sdx_dim batch = sdx_in_dim(n, IN_X, 0),
            steps = x.rank < 0 ? sdx_unknown() : sdx_in_dim(n, IN_X, x.rank == 4 ? 2 : 1);
    for (int i = IN_COS; i <= IN_SIN; i++)
        if (!sdx_check_dim(n, c, rule, i, rank - 1, half, "an angle for each pair") ||
            (!placed && (!sdx_check_dim(n, c, rule, i, 0, batch, "the batch") ||
                         !sdx_check_dim(n, c, rule, i, 1, steps, "the steps"))))
            return;
    if (placed && sdx_check_limits(c, "position_ids:[0,cos_cache.0)") &&
        sdx_check_dim(n, c, rule, IN_SIN, 0, sdx_in_dim(n, IN_COS, 0), "as many as cos_cache") &&
        sdx_check_dim(n, c, rule, IN_PLACE, 0, batch, "the batch"))
        sdx_check_dim(n, c, rule, IN_PLACE, 1, steps, "the steps");
}

typedef struct plan {
    int64_t batch, steps, heads, size, half;
    bool heads_first, neighbours;
    rotary_turn_f32 *fast; /* floats */
} plan;

static sdx_status prepare(const sdx_node *n, sdx_prepare *c, void **state)
{
    const rotary_embedding_kernels *k = sdx_kernels(c, &sdx_family_nn_rotary_embedding);
    sdx_shape x = sdx_in_shape(n, IN_X);
    int64_t turned = sdx_attr_int(n, "rotary_embedding_dim");
    plan *p = sdx_keep(c, sizeof *p);
    if (!p)
        return SDX_E_MEMORY;
    p->heads_first = x.rank == 4;
    p->batch = x.dim[0];
    p->heads = p->heads_first ? x.dim[1] : sdx_attr_int(n, "num_heads");
    p->steps = x.dim[p->heads_first ? 2 : 1];
    p->size = p->heads_first ? x.dim[3] : x.dim[2] / p->heads;
    p->half = (turned ? turned : p->size) / 2;
    p->neighbours = sdx_attr_int(n, "interleaved") != 0;
    if (sdx_in_dtype(n, IN_X) == SDX_F32)
        p->fast = p->neighbours ? k->neighbours : k->halves;
    sdx_choice(c, p->fast ? "f32 heads" : "reference");
    if (!p->fast)
        sdx_want_scratch(c, 0, (size_t)(p->size + 2 * p->half) * sizeof(double));
    *state = p;
    return SDX_OK;
}

typedef struct job {
    const plan *p;
    const sdx_tensor *x, *cosine, *sine, *place;
    sdx_tensor *y;
} job;

static void turn_f64(const plan *p, double *x, const double *cosine, const double *sine)
{
    for (int64_t k = 0; k < p->half; k++) {
        double *a = x + (p->neighbours ? 2 * k : k), *b = p->neighbours ? a + 1 : a + p->half;
        double real = cosine[k] * *a - sine[k] * *b, imag = sine[k] * *a + cosine[k] * *b;
        *a = real;
        *b = imag;
    }
}

/* Heads of any type, one behind the other, by the angles in this row of the caches. */
static void turn_any(const job *j, int64_t first, int64_t heads, int64_t angle, double *x)
{
    const plan *p = j->p;
    double *cosine = x + p->size, *sine = cosine + p->half;
    sdx_load_f64(cosine, j->cosine, angle * p->half, 1, p->half);
    sdx_load_f64(sine, j->sine, angle * p->half, 1, p->half);
    for (int64_t at = first; at < first + heads * p->size; at += p->size) {
        sdx_load_f64(x, j->x, at, 1, p->size);
        turn_f64(p, x, cosine, sine);
        sdx_store_f64(j->y, at, 1, p->size, x);
    }
}

/* A row: the heads that lie together at one step. */
static int64_t heads_of_row(const plan *p)
{
    return p->heads_first ? 1 : p->heads;
}

static sdx_status some_rows(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = arg;
    const plan *p = j->p;
    int64_t heads = heads_of_row(p), rows_of_item = p->steps * (p->heads_first ? p->heads : 1);
    for (int64_t i = begin; i < end; i++) {
        int64_t step = i % p->steps, item = i / rows_of_item, angle = item * p->steps + step,
                first = i * heads * p->size;
        if (j->place) {
            int64_t rows = j->cosine->shape.dim[0], at = angle;
            sdx_load_i64(&angle, j->place, at, 1, 1);
            if (angle < 0 || angle >= rows)
                return sdx_fail(c, SDX_E_VALUE,
                                "position_ids[%" PRId64 ", %" PRId64 "]=%" PRId64
                                ", but the caches have %" PRId64 " positions",
                                item, step, angle, rows);
        }
        if (p->fast)
            p->fast(sdx_f32_out(j->y) + first, sdx_f32(j->x) + first, heads, p->size, p->half,
                    sdx_f32(j->cosine) + angle * p->half, sdx_f32(j->sine) + angle * p->half);
        else
            turn_any(j, first, heads, angle, scratch);
    }
    return SDX_OK;
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    const plan *p = state;
    int64_t heads = heads_of_row(p);
    job j = { .p = p,
              .x = sdx_in(c, IN_X),
              .cosine = sdx_in(c, IN_COS),
              .sine = sdx_in(c, IN_SIN),
              .place = sdx_has_in(n, IN_PLACE) ? sdx_in(c, IN_PLACE) : NULL,
              .y = sdx_out(c, 0) };
    return sdx_parallel(c, p->batch * p->steps * (p->heads / heads),
                        1 + 16384 / (1 + heads * p->size), some_rows, &j);
}

static const sdx_op ops[] = {
    { SDX_OP(RotaryEmbedding), .schema = schema,
      .limits = "?interleaved:0|1 rotary_embedding_dim:[0,) num_heads:[0,)", .traits = SDX_PURE,
      .inplace = 1, .infer = infer, .prepare = prepare, .run = run },
    { 0 },
};
const sdx_family sdx_family_nn_rotary_embedding = { ops, sizeof(rotary_embedding_kernels) };
