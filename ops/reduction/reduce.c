/* ops/reduction/reduce.c - ReduceSum, ReduceMean, ReduceMax, ReduceMin, ReduceProd, ReduceL1,
 * ReduceL2, ReduceLogSum, ReduceLogSumExp, ReduceSumSquare.
 *
 * A reduction is a start, a fold of one more element, and an ending.  Axes that are neighbours and
 * share their fate are one; then either the last axis is reduced, and every result folds rows, or
 * it is kept, and a row of results folds column by column.  Reals accumulate in double, integers
 * exactly modulo 2^64. `axes` is an attribute until opset 18 (13 for ReduceSum), an input from then
 * on; it may be known only in run. Source: ONNX Operators.md, the section of each. */
#include "common/derivatives.h"
#include "reduction/reduce/kernels.h"
#include "common/axes.h"
#include "common/rows.h"
#include <math.h>

static const sdx_schema common_schema[] = {
    { 1, "data:T -> reduced:T", "keepdims:int=1 axes:ints", "T: float i32 i64 u32 u64" },
    { 11, NULL, NULL, NULL },
    { 13, NULL, "axes:ints keepdims:int=1", "T: float bf16 i32 i64 u32 u64" },
    { 18, "data:T axes?:i64 -> reduced:T", "noop_with_empty_axes:int=0 keepdims:int=1", NULL },
    { 0 },
};

static const sdx_schema log_schema[] = {
    { 1, "data:T -> reduced:T", "keepdims:int=1 axes:ints", "T: float i32 i64 u32 u64" },
    { 11, NULL, NULL, NULL },
    { 13, NULL, "axes:ints keepdims:int=1", "T: float bf16 i32 i64 u32 u64" },
    { 18, "data:T axes?:i64 -> reduced:T", "noop_with_empty_axes:int=0 keepdims:int=1", NULL },
    { 28, NULL, NULL, "T: float bf16" },
    { 0 },
};

static const sdx_schema extreme_schema[] = {
    { 1, "data:T -> reduced:T", "keepdims:int=1 axes:ints", "T: float i32 i64 u32 u64" },
    { 11, NULL, NULL, NULL },
    { 12, NULL, NULL, "T: float i32 i64 i8 u32 u64 u8" },
    { 13, NULL, "axes:ints keepdims:int=1", "T: float bf16 i32 i64 i8 u32 u64 u8" },
    { 18, "data:T axes?:i64 -> reduced:T", "noop_with_empty_axes:int=0 keepdims:int=1", NULL },
    { 20, NULL, NULL, "T: float bf16 bool i32 i64 i8 u32 u64 u8" },
    { 0 },
};

static const sdx_schema sum_schema[] = {
    { 1, "data:T -> reduced:T", "keepdims:int=1 axes:ints", "T: float i32 i64 u32 u64" },
    { 11, NULL, NULL, NULL },
    { 13, "data:T axes?:i64 -> reduced:T", "noop_with_empty_axes:int=0 keepdims:int=1",
      "T: float bf16 i32 i64 u32 u64" },
    { 0 },
};

/* ---- folds: y[i * step] takes in x[i]; step 0 folds a row into one, 1 column by column ---- */

typedef void fold_f64(double *y, double *aux, int64_t step, const double *x, int64_t n);
typedef void fold_i64(int64_t *y, int64_t step, const int64_t *x, int64_t n);
typedef void fold_u64(uint64_t *y, int64_t step, const uint64_t *x, int64_t n);

#define FOLD_F64(name, expression)                                                     \
    static void name(double *y, double *aux, int64_t step, const double *x, int64_t n) \
    {                                                                                  \
        (void)aux;                                                                     \
        for (int64_t i = 0; i < n; i++) {                                              \
            const double a = y[i * step], b = x[i];                                    \
            y[i * step] = expression;                                                  \
        }                                                                              \
    }
#define FOLD_INT(name, type, expression)                              \
    static void name(type *y, int64_t step, const type *x, int64_t n) \
    {                                                                 \
        for (int64_t i = 0; i < n; i++) {                             \
            const type a = y[i * step], b = x[i];                     \
            y[i * step] = expression;                                 \
        }                                                             \
    }
FOLD_F64(sum_f64, a + b)
FOLD_F64(prod_f64, a *b)
FOLD_F64(sum_abs_f64, a + fabs(b))
FOLD_F64(sum_square_f64, a + b * b)
FOLD_F64(max_f64, b > a || isnan(b) ? b : a)
FOLD_F64(min_f64, b < a || isnan(b) ? b : a)
FOLD_INT(sum_i64, int64_t, sdx_wrap_add(a, b))
FOLD_INT(prod_i64, int64_t, sdx_wrap_mul(a, b))
FOLD_INT(sum_abs_i64, int64_t, sdx_wrap_add(a, b < 0 ? sdx_wrap_sub(0, b) : b))
FOLD_INT(sum_square_i64, int64_t, sdx_wrap_add(a, sdx_wrap_mul(b, b)))
FOLD_INT(max_i64, int64_t, b > a ? b : a)
FOLD_INT(min_i64, int64_t, b < a ? b : a)
FOLD_INT(sum_u64, uint64_t, a + b)
FOLD_INT(max_u64, uint64_t, b > a ? b : a)
FOLD_INT(min_u64, uint64_t, b < a ? b : a)

/* Sum of exponentials relative to the largest so far, which is in aux. */
static void log_sum_exp_f64(double *y, double *aux, int64_t step, const double *x, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        double *sum = &y[i * step], *top = &aux[i * step];
        if (isnan(x[i]) || x[i] == *top) {
            *sum += isnan(x[i]) ? x[i] : *top == -INFINITY ? 0 : 1;
        } else if (x[i] > *top) {
            *sum = *sum * exp(*top - x[i]) + 1;
            *top = x[i];
        } else {
            *sum += exp(x[i] - *top);
        }
    }
}

/* What becomes of a result when all is folded; count elements went into it. */
typedef double end_f64(double y, double aux, double count);
static double as_is(double y, double aux, double count)
{
    (void)aux, (void)count;
    return y;
}
static double mean(double y, double aux, double count)
{
    (void)aux;
    return y / count;
}
static double root(double y, double aux, double count)
{
    (void)aux, (void)count;
    return sqrt(y);
}
static double logarithm(double y, double aux, double count)
{
    (void)aux, (void)count;
    return log(y);
}
static double log_shifted(double y, double aux, double count)
{
    (void)count;
    return log(y) + (y == 0 ? 0 : aux);
}

typedef struct reducer {
    double start;
    fold_f64 *f64;
    end_f64 *end;
    int64_t start_i64; /* the same for integers; i64 NULL: through double */
    fold_i64 *i64;
    uint64_t start_u64; /* u64 NULL: i64 serves */
    fold_u64 *u64;
    bool divides;        /* integers: by the count, in the end          */
    bool by_type;        /* start: the extreme of the type, from this side */
    size_t row, columns; /* slots; SIZE_MAX: none */
    sdx_dim (*elem)(sdx_infer *c, sdx_dim a,
                    sdx_dim b); /* over the elements of a shape; NULL: not known */
} reducer;

#define SLOT(name) offsetof(reduce_kernels, name)
#define NO_SLOT    SIZE_MAX
static const reducer sum = { 0,    sum_f64, as_is, 0,         sum_i64,           0,
                             NULL, false,   false, SLOT(sum), SLOT(sum_columns), sdx_dim_add };
static const reducer average = { 0,       sum_f64, mean,  0,         sum_i64,           0,
                                 sum_u64, true,    false, SLOT(sum), SLOT(sum_columns), NULL };
static const reducer product = { 1,    prod_f64, as_is, 1,       prod_i64, 0,
                                 NULL, false,    false, NO_SLOT, NO_SLOT,  sdx_dim_mul };
static const reducer largest = {
    -INFINITY, max_f64, as_is, INT64_MIN, max_i64,           0,
    max_u64,   false,   true,  SLOT(max), SLOT(max_columns), sdx_dim_max
};
static const reducer smallest = { INFINITY,          min_f64,    as_is, INT64_MAX, min_i64,
                                  UINT64_MAX,        min_u64,    false, true,      SLOT(min),
                                  SLOT(min_columns), sdx_dim_min };
static const reducer l1 = { 0,     sum_abs_f64, as_is,         0,       sum_abs_i64, 0, sum_u64,
                            false, false,       SLOT(sum_abs), NO_SLOT, NULL };
static const reducer l2 = { 0,
                            sum_square_f64,
                            root,
                            0,
                            NULL,
                            0,
                            NULL,
                            false,
                            false,
                            SLOT(sum_square),
                            SLOT(sum_square_columns),
                            NULL };
static const reducer square = { 0,
                                sum_square_f64,
                                as_is,
                                0,
                                sum_square_i64,
                                0,
                                NULL,
                                false,
                                false,
                                SLOT(sum_square),
                                SLOT(sum_square_columns),
                                NULL };
static const reducer log_sum = { 0,     sum_f64,   logarithm,         0,   NULL, 0, NULL, false,
                                 false, SLOT(sum), SLOT(sum_columns), NULL };
static const reducer log_sum_exp = { 0,    log_sum_exp_f64, log_shifted, 0,       NULL,    0,
                                     NULL, false,           false,       NO_SLOT, NO_SLOT, NULL };

/* ---- which axes ---- */

/* Axes to reduce as bits.  Empty or absent: all, or none where noop_with_empty_axes says so. */
static uint64_t when_empty(const sdx_node *n, int rank)
{
    if (sdx_attr_int(n, "noop_with_empty_axes") != 0)
        return 0;
    return rank >= 64 ? UINT64_MAX : (UINT64_C(1) << rank) - 1;
}

/* A shape reduced to one number: the product of its dims, say. */
static void infer_elems(const sdx_node *n, sdx_infer *c)
{
    const reducer *r = sdx_variant(n);
    int count;
    const sdx_dim *e = sdx_in_elems(n, 0, &count);
    if (!r->elem || !e || count < 1)
        return;
    sdx_dim y = e[0];
    for (int i = 1; i < count; i++)
        y = sdx_is_unknown(y) || sdx_is_unknown(e[i]) ? sdx_unknown() : r->elem(c, y, e[i]);
    sdx_set_out_elems(c, 0, 1, &y);
}

static void infer(const sdx_node *n, sdx_infer *c)
{
    sdx_dims x = sdx_in_dims(n, 0);
    sdx_ints axes = sdx_read_ints(n, "axes", 1);
    bool keep = sdx_attr_int(n, "keepdims") != 0;
    if (x.rank < 0)
        return;
    sdx_dim *y = sdx_new_dims(c, x.rank);
    if (axes.given == SDX_OPEN) {
        if (keep)
            sdx_set_out_dims(c, 0, x.rank, y);
        else if (axes.count > 0 && axes.count <= x.rank)
            sdx_set_out_dims(c, 0, x.rank - axes.count, y);
        return;
    }
    uint64_t mask;
    if (!sdx_check_axes(c, "axes", axes.v, axes.count, x.rank, &mask))
        return;
    if (axes.count == 0)
        mask = when_empty(n, x.rank);
    int rank = 0;
    for (int i = 0; i < x.rank; i++) {
        bool gone = mask >> i & 1;
        if (!gone || keep)
            y[rank++] = gone ? sdx_num(1) : x.dim[i];
    }
    sdx_set_out_dims(c, 0, rank, y);
    if (x.rank == 1 && mask == 1)
        infer_elems(n, c);
}

/* ---- prepare ---- */

typedef struct plan {
    const reducer *r;
    reduce_row_f32 *row; /* fast loops, or NULL */
    reduce_columns_f32 *columns;
    sdx_class class; /* how it computes: REAL, INT or UINT */
    bool known;      /* the axes are: else run fills what follows in a copy */
    int axes;        /* after merging: kept and reduced ones in turn */
    bool first_is_kept;
    int64_t dim[SDX_MAX_RANK], step[SDX_MAX_RANK];
    int64_t results, each; /* results, and elements that go into each */
    int64_t piece;         /* results at a time where the last axis is kept, else elements */
} plan;

enum { MOST_AT_ONCE = 1024 };

static bool is_kept(const plan *p, int axis)
{
    return (axis % 2 == 0) == p->first_is_kept;
}

static void lay_out(plan *p, sdx_shape x, uint64_t mask)
{
    p->axes = 0;
    p->results = p->each = 1;
    p->first_is_kept = true;
    for (int i = 0; i < x.rank; i++) {
        bool kept = !(mask >> i & 1);
        if (kept)
            p->results *= x.dim[i];
        else
            p->each *= x.dim[i];
        if (x.dim[i] == 1)
            continue;
        if (p->axes == 0)
            p->first_is_kept = kept;
        if (p->axes > 0 && is_kept(p, p->axes - 1) == kept)
            p->dim[p->axes - 1] *= x.dim[i];
        else
            p->dim[p->axes++] = x.dim[i];
    }
    if (p->axes == 0)
        p->dim[p->axes++] = 1;
    int64_t step = 1;
    for (int k = p->axes - 1; k >= 0; k--) {
        p->step[k] = step;
        step *= p->dim[k];
    }
    int64_t last = p->dim[p->axes - 1];
    p->piece = last < MOST_AT_ONCE ? last : MOST_AT_ONCE;
}

static sdx_status prepare(const sdx_node *n, sdx_prepare *c, void **state)
{
    plan *p = sdx_keep(c, sizeof *p);
    if (!p)
        return SDX_E_MEMORY;
    sdx_shape x = sdx_in_shape(n, 0);
    sdx_ints axes = sdx_read_ints(n, "axes", 1);
    p->r = sdx_variant(n);
    sdx_class class = sdx_dtype_class(sdx_in_dtype(n, 0));
    if (class == SDX_BOOLEAN)
        class = SDX_INT;
    p->class = class == SDX_REAL || !p->r->i64  ? SDX_REAL
               : class == SDX_UINT && p->r->u64 ? SDX_UINT
                                                : SDX_INT;
    if (sdx_in_dtype(n, 0) == SDX_F32) {
        const char *k = sdx_kernels(c, &sdx_family_reduction_reduce);
        if (p->r->row != NO_SLOT)
            p->row = *(reduce_row_f32 *const *)(const void *)(k + p->r->row);
        if (p->r->columns != NO_SLOT)
            p->columns = *(reduce_columns_f32 *const *)(const void *)(k + p->r->columns);
    }
    p->known = axes.given != SDX_OPEN;
    if (p->known) {
        uint64_t mask;
        sdx_axes_mask(axes.v, axes.count, x.rank, &mask);
        lay_out(p, x, axes.count == 0 ? when_empty(n, x.rank) : mask);
    }
    sdx_want_scratch(c, 0, 3 * MOST_AT_ONCE * sizeof(double));
    sdx_choice(c, p->row || p->columns ? "f32" : "reference");
    *state = p;
    return SDX_OK;
}

/* ---- run ---- */

typedef struct job {
    const plan *p;
    const sdx_tensor *x;
    sdx_tensor *y;
    uint64_t start; /* bits of the first value: double, int64 or uint64 */
} job;

/* The part of an element's place that comes from the i-th combination of the kept (or the reduced)
 * axes, the last axis left out if it is one of them. */
static int64_t place(const plan *p, bool kept, int64_t i)
{
    int64_t at = 0;
    for (int k = p->axes - 2; k >= 0; k--) {
        if (is_kept(p, k) != kept)
            continue;
        at += i % p->dim[k] * p->step[k];
        i /= p->dim[k];
    }
    return at;
}

static void fold(const job *j, void *acc, double *aux, int64_t step, int64_t at, int64_t n,
                 void *buffer)
{
    const plan *p = j->p;
    if (step == 0 && p->row) {
        double *y = acc;
        *y = p->row(*y, sdx_f32(j->x) + at, (size_t)n);
    } else if (p->class == SDX_REAL) {
        sdx_load_f64(buffer, j->x, at, 1, n);
        p->r->f64(acc, aux, step, buffer, n);
    } else if (p->class == SDX_UINT) {
        sdx_load_u64(buffer, j->x, at, 1, n);
        p->r->u64(acc, step, buffer, n);
    } else {
        sdx_load_i64(buffer, j->x, at, 1, n);
        p->r->i64(acc, step, buffer, n);
    }
}

static void begin_with(const job *j, uint64_t *acc, double *aux, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        acc[i] = j->start;
        aux[i] = -INFINITY;
    }
}

/* Ends n results and stores them from `at` on. */
static void finish(const job *j, void *acc, const double *aux, int64_t at, int64_t n)
{
    const plan *p = j->p;
    if (p->class == SDX_REAL) {
        double *y = acc;
        for (int64_t i = 0; i < n; i++)
            y[i] = p->r->end(y[i], aux[i], (double)p->each);
        sdx_store_f64(j->y, at, 1, n, y);
    } else if (p->class == SDX_UINT) {
        uint64_t *y = acc;
        for (int64_t i = 0; p->r->divides && p->each > 0 && i < n; i++)
            y[i] /= (uint64_t)p->each;
        sdx_store_u64(j->y, at, 1, n, y);
    } else {
        int64_t *y = acc;
        for (int64_t i = 0; p->r->divides && i < n; i++)
            y[i] = sdx_total_div(y[i], p->each);
        sdx_store_i64(j->y, at, 1, n, y);
    }
}

/* The last axis is reduced: each result is a few rows. */
static sdx_status some_rows(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = arg;
    const plan *p = j->p;
    uint64_t *acc = scratch;
    double *aux = (double *)scratch + MOST_AT_ONCE, *buffer = aux + MOST_AT_ONCE;
    int64_t length = p->dim[p->axes - 1], rows = p->each / (length ? length : 1);
    (void)c;
    int64_t most = p->row ? length : MOST_AT_ONCE;
    for (int64_t first = begin, n; first < end; first += n) {
        n = end - first < MOST_AT_ONCE ? end - first : MOST_AT_ONCE;
        begin_with(j, acc, aux, n);
        for (int64_t i = 0; i < n; i++) {
            int64_t base = place(p, true, first + i);
            for (int64_t r = 0; r < rows; r++) {
                int64_t at = base + place(p, false, r);
                for (int64_t k = 0; k < length; k += most)
                    fold(j, acc + i, aux + i, 0, at + k, length - k < most ? length - k : most,
                         buffer);
            }
        }
        finish(j, acc, aux, first, n);
    }
    return SDX_OK;
}

/* The last axis is kept: begin..end-1 are pieces of rows of results. */
static sdx_status some_columns(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = arg;
    const plan *p = j->p;
    uint64_t *acc = scratch;
    double *aux = (double *)scratch + MOST_AT_ONCE, *buffer = aux + MOST_AT_ONCE;
    int64_t length = p->dim[p->axes - 1], pieces = (length + p->piece - 1) / p->piece;
    (void)c;
    for (int64_t i = begin; i < end; i++) {
        int64_t row = i / pieces, first = i % pieces * p->piece;
        int64_t n = length - first < p->piece ? length - first : p->piece;
        int64_t base = place(p, true, row) + first;
        begin_with(j, acc, aux, n);
        int64_t inner = p->columns && p->axes > 1 ? p->dim[p->axes - 2] : 1;
        for (int64_t r = 0; r < p->each; r += inner) {
            int64_t at = base + place(p, false, r);
            if (p->columns)
                p->columns(scratch, sdx_f32(j->x) + at, (size_t)n, (size_t)inner,
                           p->axes > 1 ? (size_t)p->step[p->axes - 2] : 0);
            else
                fold(j, acc, aux, 1, at, n, buffer);
        }
        finish(j, acc, aux, row * length + first, n);
    }
    return SDX_OK;
}

/* Where to start: the extreme of an integer type is not that of int64. */
static uint64_t start_bits(const plan *p, sdx_dtype d)
{
    const reducer *r = p->r;
    union {
        double f;
        int64_t i;
        uint64_t u;
    } start;
    if (p->class == SDX_REAL)
        start.f = r->start;
    else if (p->class == SDX_UINT)
        start.u = r->start_u64 == 0 ? 0 : UINT64_MAX >> (64 - sdx_dtype_bits(d));
    else if (r->by_type && d == SDX_BOOL)
        start.i = r->start_i64 > 0;
    else if (r->by_type)
        start.i = r->start_i64 >> (64 - sdx_dtype_bits(d));
    else
        start.i = r->start_i64;
    return start.u;
}

static sdx_status compute(const plan *p, const sdx_tensor *x, sdx_tensor *y, sdx_run *c)
{
    job j = { p, x, y, start_bits(p, x->dtype) };
    if (p->results == 0)
        return SDX_OK;
    int64_t cost = 1 + 32768 / (1 + p->each);
    if (!is_kept(p, p->axes - 1))
        return sdx_parallel(c, p->results, cost, some_rows, &j);
    int64_t length = p->dim[p->axes - 1], pieces = (length + p->piece - 1) / p->piece;
    return sdx_parallel(c, p->results / length * pieces, 1 + cost / p->piece, some_columns, &j);
}

/* Axes that come with the run: the shape of the result is known only now. */
static sdx_status run_open(const sdx_node *n, const plan *known, sdx_run *c)
{
    const sdx_tensor *x = sdx_in(c, 0), *list = sdx_in(c, 1);
    plan p = *known;
    sdx_ints axes = sdx_tensor_ints(list);
    uint64_t mask;
    SDX_TRY(sdx_take_axes(c, "axes", axes.v, axes.count, x->shape.rank, &mask));
    if (axes.count == 0)
        mask = when_empty(n, x->shape.rank);
    lay_out(&p, x->shape, mask);
    sdx_tensor *y;
    int64_t dim[SDX_MAX_RANK];
    sdx_shape shape = { 0, dim };
    for (int i = 0; i < x->shape.rank; i++) {
        bool gone = mask >> i & 1;
        if (!gone || sdx_attr_int(n, "keepdims") != 0)
            dim[shape.rank++] = gone ? 1 : x->shape.dim[i];
    }
    SDX_TRY(sdx_make_out(c, 0, shape, &y)); /* refuses another size than declared */
    return y ? compute(&p, x, y, c) : SDX_OK;
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    const plan *p = state;
    return p->known ? compute(p, sdx_in(c, 0), sdx_out(c, 0), c) : run_open(n, p, c);
}

#define REDUCE(reducer)                                                                      \
    .traits = SDX_PURE, .variant = &reducer, .infer = infer, .prepare = prepare, .run = run, \
    .limits = "axes#0-1 ?keepdims:0|1 ?noop_with_empty_axes:0|1"
static const sdx_op ops[] = {
    { SDX_OP(ReduceSum), .derive = sdx_derive_reduce_sum, .schema = sum_schema, REDUCE(sum) },
    { SDX_OP(ReduceMean), .derive = sdx_derive_reduce_mean, .schema = common_schema,
      REDUCE(average) },
    { SDX_OP(ReduceMax), .derive = sdx_derive_reduce_extreme, .schema = extreme_schema,
      REDUCE(largest) },
    { SDX_OP(ReduceMin), .derive = sdx_derive_reduce_extreme, .schema = extreme_schema,
      REDUCE(smallest) },
    { SDX_OP(ReduceProd), .schema = common_schema, REDUCE(product) },
    { SDX_OP(ReduceL1), .derive = sdx_derive_reduce_l1, .schema = common_schema, REDUCE(l1) },
    { SDX_OP(ReduceL2), .derive = sdx_derive_reduce_l2, .schema = common_schema, REDUCE(l2) },
    { SDX_OP(ReduceLogSum), .derive = sdx_derive_reduce_log_sum, .schema = log_schema,
      REDUCE(log_sum) },
    { SDX_OP(ReduceLogSumExp), .derive = sdx_derive_reduce_log_sum_exp, .schema = log_schema,
      REDUCE(log_sum_exp) },
    { SDX_OP(ReduceSumSquare), .derive = sdx_derive_reduce_sum_square, .schema = common_schema,
      REDUCE(square) },
    { 0 },
};
const sdx_family sdx_family_reduction_reduce = { ops, sizeof(reduce_kernels) };
