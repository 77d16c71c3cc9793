/* ops/math/cumulate.c - CumSum, CumProd: running sums and products along an axis.
 *
 * Source: ONNX Operators.md, CumSum-14, CumProd-26. */
#include "common/axes.h"
#include "common/lines.h"
#include "common/rows.h"
#include <inttypes.h>
#include <string.h>

static const sdx_schema sum_schema[] = {
    { 11, "x:T axis:T2 -> y:T", "reverse:int=0 exclusive:int=0",
      "T: f32 f64 i32 i64 u32 u64; T2: i32 i64" },
    { 14, NULL, NULL, "T: float bf16 i32 i64 u32 u64; T2: i32 i64" },
    { 0 },
};

static const sdx_schema prod_schema[] = {
    { 26, "x:T axis:T2 -> y:T", "reverse:int=0 exclusive:int=0",
      "T: float bf16 i32 i64 u32 u64; T2: i32 i64" },
    { 0 },
};

static void infer(const sdx_node *n, sdx_infer *c)
{
    sdx_dims x = sdx_in_dims(n, 0);
    int64_t axis;
    sdx_set_out_like(c, 0, x);
    if (x.rank >= 0 && sdx_read_int(n, 1, &axis))
        sdx_check_axis(c, "axis", axis, x.rank);
}

static const bool of_sum = false, of_prod = true;

typedef struct job {
    const sdx_tensor *x;
    sdx_tensor *y;
    sdx_lines lines;
    bool real, reverse, exclusive, product;
} job;

enum { BESIDE = 64 /* lines that lie beside one another are walked together */ };

/* Lines `beside` one another: their elements of one place are neighbours, `stride` before the
 * next. */
#define CUMULATE(name, type, load, store, add, mul)                              \
    static void name(const job *j, int64_t first, int64_t beside)                \
    {                                                                            \
        type so_far[BESIDE], x[BESIDE], y[BESIDE];                               \
        int64_t length = j->lines.length, stride = j->lines.stride;              \
        for (int64_t k = 0; k < beside; k++)                                     \
            so_far[k] = j->product ? 1 : 0;                                      \
        for (int64_t i = 0; i < length; i++) {                                   \
            int64_t at = first + (j->reverse ? length - 1 - i : i) * stride;     \
            load(x, j->x, at, 1, beside);                                        \
            if (j->exclusive)                                                    \
                memcpy(y, so_far, (size_t)beside * sizeof *y);                   \
            if (j->product)                                                      \
                for (int64_t k = 0; k < beside; k++)                             \
                    so_far[k] = mul(so_far[k], x[k]);                            \
            else                                                                 \
                for (int64_t k = 0; k < beside; k++)                             \
                    so_far[k] = add(so_far[k], x[k]);                            \
            store(j->y, at, 1, beside, j->exclusive ? y : so_far);               \
        }                                                                        \
    }                                                                            \
    /* A line whose elements are neighbours. */                                  \
    static void name##_line(const job *j, int64_t first, type *x)                \
    {                                                                            \
        int64_t length = j->lines.length, step = j->reverse ? -1 : 1;            \
        type so_far = j->product ? 1 : 0, *at = j->reverse ? x + length - 1 : x; \
        load(x, j->x, first, 1, length);                                         \
        for (int64_t i = 0; i < length; i++, at += step) {                       \
            type next = j->product ? mul(so_far, *at) : add(so_far, *at);        \
            *at = j->exclusive ? so_far : next;                                  \
            so_far = next;                                                       \
        }                                                                        \
        store(j->y, first, 1, length, x);                                        \
    }
#define ADD(a, b) ((a) + (b))
#define MUL(a, b) ((a) * (b))
CUMULATE(reals, double, sdx_load_f64, sdx_store_f64, ADD, MUL)
CUMULATE(wholes, int64_t, sdx_load_i64, sdx_store_i64, sdx_wrap_add, sdx_wrap_mul)

static sdx_status some(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = arg;
    int64_t stride = j->lines.stride, beside;
    (void)c;
    for (int64_t i = begin; i < end; i += beside) {
        int64_t first = sdx_line_first(&j->lines, i), room = stride - i % stride;
        beside = room < BESIDE ? room : BESIDE;
        beside = beside < end - i ? beside : end - i;
        if (stride == 1 && j->real)
            reals_line(j, first, scratch);
        else if (stride == 1)
            wholes_line(j, first, scratch);
        else if (j->real)
            reals(j, first, beside);
        else
            wholes(j, first, beside);
    }
    return SDX_OK;
}

/* The axis may come with the run: room for the longest row. */
static sdx_status prepare(const sdx_node *n, sdx_prepare *c, void **state)
{
    sdx_shape x = sdx_in_shape(n, 0);
    int64_t longest = 1;
    for (int i = 0; i < x.rank; i++)
        longest = x.dim[i] > longest ? x.dim[i] : longest;
    sdx_want_scratch(c, 0, (size_t)longest * sizeof(double));
    *state = NULL;
    return SDX_OK;
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    job j = { .x = sdx_in(c, 0), .y = sdx_out(c, 0) };
    const sdx_tensor *list = sdx_in(c, 1);
    sdx_shape x = j.x->shape;
    sdx_ints axis = sdx_tensor_ints(list);
    (void)state;
    if (axis.count != 1 || axis.v[0] < -x.rank || axis.v[0] >= x.rank)
        return sdx_fail(c, SDX_E_VALUE, "axis=%" PRId64 ", but x has rank %d",
                        axis.count > 0 ? axis.v[0] : 0, x.rank);
    int at = sdx_axis(axis.v[0], x.rank);
    j.lines = sdx_lines_along(x, at, at + 1);
    j.real = sdx_dtype_class(j.x->dtype) == SDX_REAL;
    j.reverse = sdx_attr_int(n, "reverse") != 0;
    j.exclusive = sdx_attr_int(n, "exclusive") != 0;
    j.product = *(const bool *)sdx_variant(n);
    return sdx_parallel(c, j.lines.count, 1 + 32768 / (1 + j.lines.length), some, &j);
}

static const sdx_op ops[] = {
    { SDX_OP(CumSum), .schema = sum_schema, .limits = "axis#one ?exclusive:0|1 ?reverse:0|1",
      .traits = SDX_PURE, .inplace = 1, .variant = &of_sum, .infer = infer, .prepare = prepare,
      .run = run },
    { SDX_OP(CumProd), .schema = prod_schema, .limits = "axis#one ?exclusive:0|1 ?reverse:0|1",
      .traits = SDX_PURE, .inplace = 1, .variant = &of_prod, .infer = infer, .prepare = prepare,
      .run = run },
    { 0 },
};
const sdx_family sdx_family_math_cumulate = { ops, 0 };
