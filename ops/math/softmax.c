/* ops/math/softmax.c - Softmax, LogSoftmax, Hardmax.
 *
 * Each turns every row along `axis` into weights; they differ in that row function.  Before opset
 * 13 `axis` flattened the tensor to two dimensions and a row was all that lay right of it;
 * prepare_as() is the one place that knows.  Reference here, in double, for every dtype; fast loops
 * in softmax/.  Source: ONNX Operators.md, Softmax-13; Changelog.md, Softmax-1 and -11. */
#include "common/advice.h"
#include "common/derivatives.h"
#include "common/lines.h"
#include "internal/typed/kernels.h"
#include "math/softmax/kernels.h"
#include "math/unary/kernels.h"
#include "reduction/reduce/kernels.h"
#include <math.h>

static const sdx_schema schema[] = {
    { 1, "input:T -> output:T", "axis:int=1", "T: float" },
    { 11, NULL, NULL, NULL },
    { 13, NULL, "axis:int=-1", "T: float bf16" },
    { 0 },
};

static void infer(const sdx_node *n, sdx_infer *c)
{
    if (sdx_check_axis(c, "axis", sdx_attr_int(n, "axis"), sdx_in_dims(n, 0).rank))
        sdx_set_out_like(c, 0, sdx_in_dims(n, 0)); /* the row of the schema has set the dtype */
}

static void lint(const sdx_node *n, sdx_infer *c)
{
    const sdx_node *from = sdx_producer(c, n, 0);
    int rank = sdx_in_dims(n, 0).rank, axis = sdx_axis(sdx_attr_int(n, "axis"), rank);
    sdx_advise_single(n, c, axis, sdx_since(n) < 13 ? rank : axis + 1,
                      sdx_is(n, "LogSoftmax") ? "0" : "1");
    if (!from || sdx_is(n, "Hardmax") || !(sdx_is(from, "Softmax") || sdx_is(from, "LogSoftmax")))
        return;
    sdx_warn(c, "softmax-twice", "takes what %s gives for scores", sdx_op_name(from));
    sdx_point(c, 0, -1);
    sdx_hint(c, "remove one of the two");
}

/* Taking the maximum off first keeps exp() finite. */
static double largest(const double *row, size_t n)
{
    double top = -INFINITY;
    for (size_t i = 0; i < n; i++)
        top = fmax(top, row[i]);
    return top;
}

void sdx_softmax_row(double *row, size_t n)
{
    double top = largest(row, n), sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += row[i] = exp(row[i] - top);
    for (size_t i = 0; i < n; i++)
        row[i] /= sum;
}

void sdx_log_softmax_row(double *row, size_t n)
{
    double top = largest(row, n), sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += exp(row[i] - top);
    sum = log(sum);
    for (size_t i = 0; i < n; i++)
        row[i] = row[i] - top - sum;
}

/* 1 for the first of the largest, else 0. */
void sdx_hardmax_row(double *row, size_t n)
{
    size_t best = 0;
    for (size_t i = 1; i < n; i++)
        best = row[i] > row[best] ? i : best;
    for (size_t i = 0; i < n; i++)
        row[i] = i == best;
}

typedef struct plan {
    sdx_lines rows;
    softmax_row *row;             /* serves every dtype */
    softmax_row_f32 *fast;        /* rows of floats; NULL where no ISA has it */
    bool narrow;                  /* Softmax of a type narrower than float */
    sdx_typed_row *widen, *close; /* ... from its elements to floats and back, NULL: neither */
    sdx_row_f32 *exp;
    reduce_row_f32 *max, *sum;
} plan;

enum { BESIDE = 16 /* strided rows that pass through scratch together: a line of the cache */ };

/* From one such row to the next: not all of them in the same lines of the cache. */
static int64_t pitch_of(const plan *p)
{
    return p->rows.length + BESIDE + 1;
}

static bool by_floats(const plan *p)
{
    return p->widen && p->close && p->exp && p->max && p->sum;
}

static sdx_status prepare_as(const sdx_node *n, sdx_prepare *c, void **state, softmax_row *row,
                             softmax_row_f32 *fast)
{
    sdx_shape x = sdx_in_shape(n, 0); /* numbers: prepare runs once per binding */
    int axis = sdx_axis(sdx_attr_int(n, "axis"), x.rank);
    int end = sdx_since(n) < 13 ? x.rank : axis + 1;
    plan *p = sdx_keep(c, sizeof *p);
    if (!p)
        return SDX_E_MEMORY;
    p->rows = sdx_lines_along(x, axis, end);
    p->row = row;
    p->fast = sdx_in_dtype(n, 0) == SDX_F32 ? fast : NULL;
    p->narrow = sdx_dtype_bits(sdx_in_dtype(n, 0)) < 32 && row == sdx_softmax_row;
    int kind = sdx_typed_kind(sdx_in_dtype(n, 0));
    if (p->narrow && kind >= 0 && p->rows.stride == 1) {
        const typed_kernels *k = sdx_kernels(c, &sdx_family_internal_typed);
        p->widen = k->cast[kind][SDX_KIND_F32];
        p->close = k->cast[SDX_KIND_F32][kind];
        p->exp = ((const unary_kernels *)sdx_kernels(c, &sdx_family_math_unary))->exp;
        const reduce_kernels *whole = sdx_kernels(c, &sdx_family_reduction_reduce);
        p->max = whole->max;
        p->sum = whole->sum;
    }
    size_t room = (size_t)p->rows.length * sizeof(double);
    if (p->fast && p->rows.stride > 1)
        room = (size_t)(BESIDE * pitch_of(p)) * sizeof(float);
    sdx_want_scratch(c, 0, room); /* shared, per worker */
    sdx_choice(c, p->fast ? "f32 rows" : by_floats(p) ? "narrow rows" : "reference");
    *state = p;
    return SDX_OK;
}

static sdx_status prepare_softmax(const sdx_node *n, sdx_prepare *c, void **state)
{
    const softmax_kernels *k = sdx_kernels(c, &sdx_family_math_softmax);
    return prepare_as(n, c, state, sdx_softmax_row, k->softmax_f32);
}

static sdx_status prepare_log_softmax(const sdx_node *n, sdx_prepare *c, void **state)
{
    const softmax_kernels *k = sdx_kernels(c, &sdx_family_math_softmax);
    return prepare_as(n, c, state, sdx_log_softmax_row, k->log_softmax_f32);
}

static sdx_status prepare_hardmax(const sdx_node *n, sdx_prepare *c, void **state)
{
    return prepare_as(n, c, state, sdx_hardmax_row, NULL);
}

typedef struct job {
    const plan *p;
    const sdx_tensor *x;
    sdx_tensor *y;
} job;

/* What the type holds of n numbers. */
static void round_to(sdx_dtype d, double *v, int64_t n)
{
    double some[64];
    for (int64_t at = 0; at < n; at += 64) {
        int64_t part = n - at < 64 ? n - at : 64;
        sdx_tensor t = { d, SDX_PLAIN, { 1, &part }, some };
        sdx_store_f64(&t, 0, 1, part, v + at);
        sdx_load_f64(v + at, &t, 0, 1, part);
    }
}

/* The body that the standard gives Softmax computes in the type itself: each of its steps
 * rounds. */
static void narrow_row(double *row, int64_t n, sdx_dtype d)
{
    double top = largest(row, (size_t)n), sum = 0;
    for (int64_t i = 0; i < n; i++)
        row[i] -= top;
    round_to(d, row, n);
    for (int64_t i = 0; i < n; i++)
        row[i] = exp(row[i]);
    round_to(d, row, n);
    for (int64_t i = 0; i < n; i++)
        sum += row[i];
    round_to(d, &sum, 1);
    for (int64_t i = 0; i < n; i++)
        row[i] /= sum;
}

/* The same on floats, of elements of 16 bits: what y holds after each step is what the type
 * does. */
static void narrow_floats(const plan *p, uint16_t *y, const uint16_t *x, sdx_dtype d, float *row)
{
    size_t n = (size_t)p->rows.length;
    sdx_typed_run(p->widen, sizeof *row, sizeof *y, row, x, NULL, n);
    float top = (float)p->max(-INFINITY, row, n);
    for (size_t i = 0; i < n; i++)
        row[i] -= top;
    sdx_typed_run(p->close, sizeof *y, sizeof *row, y, row, NULL, n);
    sdx_typed_run(p->widen, sizeof *row, sizeof *y, row, y, NULL, n);
    p->exp(row, row, NULL, n, NULL);
    sdx_typed_run(p->close, sizeof *y, sizeof *row, y, row, NULL, n);
    sdx_typed_run(p->widen, sizeof *row, sizeof *y, row, y, NULL, n);
    double sum = p->sum(0, row, n);
    round_to(d, &sum, 1);
    for (size_t i = 0; i < n; i++)
        row[i] /= (float)sum;
    sdx_typed_run(p->close, sizeof *y, sizeof *row, y, row, NULL, n);
}

/* Rows of floats that lie beside one another, through scratch. */
static void fast_rows(const plan *p, float *y, const float *x, int64_t beside, float *scratch)
{
    int64_t length = p->rows.length, stride = p->rows.stride, pitch = pitch_of(p);
    for (int64_t i = 0; i < length; i++)
        for (int64_t k = 0; k < beside; k++)
            scratch[k * pitch + i] = x[i * stride + k];
    for (int64_t k = 0; k < beside; k++)
        p->fast(scratch + k * pitch, scratch + k * pitch, (size_t)length);
    for (int64_t i = 0; i < length; i++)
        for (int64_t k = 0; k < beside; k++)
            y[i * stride + k] = scratch[k * pitch + i];
}

static sdx_status some_rows(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = arg;
    const plan *p = j->p;
    (void)c; /* for sdx_fail, where a row can be wrong */
    for (int64_t i = begin, beside = 1; i < end; i += beside) {
        int64_t first = sdx_line_first(&p->rows, i), room = p->rows.stride - i % p->rows.stride;
        if (p->fast && p->rows.stride == 1) {
            p->fast(sdx_f32_out(j->y) + first, sdx_f32(j->x) + first, (size_t)p->rows.length);
        } else if (p->fast) {
            beside = room < BESIDE ? room : BESIDE;
            beside = beside < end - i ? beside : end - i;
            fast_rows(p, sdx_f32_out(j->y) + first, sdx_f32(j->x) + first, beside, scratch);
        } else if (by_floats(p)) {
            narrow_floats(p, (uint16_t *)j->y->data + first, (const uint16_t *)j->x->data + first,
                          j->x->dtype, scratch);
        } else {
            sdx_load_f64(scratch, j->x, first, p->rows.stride, p->rows.length);
            if (p->narrow)
                narrow_row(scratch, p->rows.length, j->x->dtype);
            else
                p->row(scratch, (size_t)p->rows.length);
            sdx_store_f64(j->y, first, p->rows.stride, p->rows.length, scratch);
        }
    }
    return SDX_OK;
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    const plan *p = state;
    job j = { p, sdx_in(c, 0), sdx_out(c, 0) };
    (void)n;
    return sdx_parallel(c, p->rows.length > 0 ? p->rows.count : 0, 1 + 16384 / (1 + p->rows.length),
                        some_rows, &j);
}

static const sdx_op ops[] = {
    { SDX_OP(Softmax), .derive = sdx_derive_softmax, .schema = schema,
      .traits = SDX_PURE | SDX_ROUNDS, .inplace = 1, .infer = infer, .lint = lint,
      .prepare = prepare_softmax, .run = run },
    { SDX_OP(LogSoftmax), .derive = sdx_derive_log_softmax, .schema = schema, .traits = SDX_PURE,
      .inplace = 1, .infer = infer, .lint = lint, .prepare = prepare_log_softmax, .run = run },
    { SDX_OP(Hardmax), .schema = schema, .traits = SDX_PURE, .inplace = 1, .infer = infer,
      .prepare = prepare_hardmax, .run = run },
    { 0 },
};
const sdx_family sdx_family_math_softmax = { ops, sizeof(softmax_kernels) };
