/* ops/logical/compare.c - Equal, Greater, Less, GreaterOrEqual, LessOrEqual.
 *
 * The result is BOOL.  Comparing is exact in every class: int64 and uint64 never pass through
 * double.  Equal takes strings from opset 19 on. Source: ONNX Operators.md, the section of each;
 * Changelog.md for axis and broadcast before opset 7. */
#include "common/pointwise.h"
#include "common/rows.h"
#include <string.h>

static const sdx_schema equal_schema[] = {
    { 1, "A:T B:T -> C:T1", "axis:int broadcast:int=0", "T: bool i32 i64; T1: bool" },
    { 7, NULL, "", NULL },
    { 11, NULL, NULL, "T: numeric bool; T1: bool" },
    { 13, NULL, NULL, "T: numeric bf16 bool; T1: bool" },
    { 19, NULL, NULL, "T: numeric bf16 bool str; T1: bool" },
    { 0 },
};

static const sdx_schema order_schema[] = {
    { 1, "A:T B:T -> C:T1", "axis:int broadcast:int=0", "T: float; T1: bool" },
    { 7, NULL, "", NULL },
    { 9, NULL, NULL, "T: numeric; T1: bool" },
    { 13, NULL, NULL, "T: numeric bf16; T1: bool" },
    { 0 },
};

static const sdx_schema or_equal_schema[] = {
    { 12, "A:T B:T -> C:T1", "", "T: numeric; T1: bool" },
    { 16, NULL, NULL, "T: numeric bf16; T1: bool" },
    { 0 },
};

SDX_ROW2(equal_f64, double, x == z)
SDX_ROW2(equal_i64, int64_t, x == z)
SDX_ROW2(greater_f64, double, x > z)
SDX_ROW2(greater_i64, int64_t, x > z)
SDX_ROW2(greater_u64, uint64_t, x > z)
SDX_ROW2(less_f64, double, x < z)
SDX_ROW2(less_i64, int64_t, x < z)
SDX_ROW2(less_u64, uint64_t, x < z)
SDX_ROW2(greater_equal_f64, double, x >= z)
SDX_ROW2(greater_equal_i64, int64_t, x >= z)
SDX_ROW2(greater_equal_u64, uint64_t, x >= z)
SDX_ROW2(less_equal_f64, double, x <= z)
SDX_ROW2(less_equal_i64, int64_t, x <= z)
SDX_ROW2(less_equal_u64, uint64_t, x <= z)

static const sdx_pointwise equal = { equal_f64, equal_i64, NULL, NULL, 0, NULL };
static const sdx_pointwise greater = { greater_f64, greater_i64, greater_u64, NULL, 0, NULL };
static const sdx_pointwise less = { less_f64, less_i64, less_u64, NULL, 0, NULL };
static const sdx_pointwise greater_equal = {
    greater_equal_f64, greater_equal_i64, greater_equal_u64, NULL, 0, NULL
};
static const sdx_pointwise less_equal = {
    less_equal_f64, less_equal_i64, less_equal_u64, NULL, 0, NULL
};

static sdx_dim equal_elem(sdx_infer *c, sdx_dim a, sdx_dim b)
{
    sdx_answer same = sdx_same(c, a, b);
    return same == SDX_MAYBE ? sdx_unknown() : sdx_num(same == SDX_YES);
}

static void infer_equal(const sdx_node *n, sdx_infer *c)
{
    sdx_pointwise_infer(n, c);
    sdx_pointwise_elems(n, c, equal_elem);
}

/* ---- strings ---- */

static sdx_status prepare_equal(const sdx_node *n, sdx_prepare *c, void **state)
{
    if (sdx_in_dtype(n, 0) != SDX_STR)
        return sdx_pointwise_prepare_typed(n, c, state, offsetof(typed_kernels, equal));
    sdx_spread *s = sdx_keep(c, sizeof *s);
    if (!s)
        return SDX_E_MEMORY;
    *state = s;
    return sdx_spread_make(n, c, 2, sdx_out_shape(n, 0), SDX_PLAIN, s);
}

static bool same_string(sdx_string a, sdx_string b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.text, b.text, a.length) == 0);
}

static sdx_status equal_strings(const sdx_spread *s, sdx_run *c)
{
    const sdx_tensor *a = sdx_in(c, 0), *b = sdx_in(c, 1);
    sdx_tensor *y = sdx_out(c, 0);
    int64_t at = 0;
    for (int64_t sweep = 0; sweep < s->sweeps; sweep++) {
        int64_t p = sdx_spread_at(s, 0, sweep), q = sdx_spread_at(s, 1, sweep);
        for (int64_t row = 0; row < s->rows; row++) {
            for (int64_t i = 0; i < s->length; i++) {
                int64_t same = same_string(
                    sdx_get_string(a, p + row * s->row_step[0] + i * s->step[0]),
                    sdx_get_string(b, q + row * s->row_step[1] + i * s->step[1]));
                sdx_store_i64(y, at++, 1, 1, &same);
            }
        }
        SDX_TRY(sdx_poll(c));
    }
    return SDX_OK;
}

static sdx_status run_equal(const sdx_node *n, const void *state, sdx_run *c)
{
    return sdx_in_dtype(n, 0) == SDX_STR ? equal_strings(state, c) : sdx_pointwise_run(n, state, c);
}

/* No epilogue takes these in, as they change the type: hence without the trait SDX_POINTWISE. */
SDX_PREPARE_TYPED(greater)
SDX_PREPARE_TYPED(less)
SDX_PREPARE_TYPED(greater_equal)
SDX_PREPARE_TYPED(less_equal)
#define COMPARE(rows)                                                                              \
    .traits = SDX_PURE, .variant = &rows, .infer = sdx_pointwise_infer, .prepare = prepare_##rows, \
    .run = sdx_pointwise_run
static const sdx_op ops[] = {
    { SDX_OP(Equal), .schema = equal_schema, .traits = SDX_PURE, .variant = &equal,
      .infer = infer_equal, .prepare = prepare_equal, .run = run_equal },
    { SDX_OP(Greater), .schema = order_schema, COMPARE(greater) },
    { SDX_OP(Less), .schema = order_schema, COMPARE(less) },
    { SDX_OP(GreaterOrEqual), .schema = or_equal_schema, COMPARE(greater_equal) },
    { SDX_OP(LessOrEqual), .schema = or_equal_schema, COMPARE(less_equal) },
    { 0 },
};
const sdx_family sdx_family_logical_compare = { ops, 0 };
