/* ops/logical/logic.c - And, Or, Xor, Not, IsNaN, IsInf.
 *
 * Source: ONNX Operators.md, the section of each; Changelog.md for axis and broadcast before opset
 * 7. */
#include "common/advice.h"
#include "common/pointwise.h"
#include "common/rows.h"
#include <math.h>

static const sdx_schema binary_schema[] = {
    { 1, "A:T B:T -> C:T1", "axis:int broadcast:int=0", "T: bool; T1: bool" },
    { 7, NULL, "", NULL },
    { 0 },
};

static const sdx_schema not_schema[] = {
    { 1, "X:T -> Y:T", "", "T: bool" },
    { 0 },
};

static const sdx_schema is_nan_schema[] = {
    { 9, "X:T1 -> Y:T2", "", "T1: float; T2: bool" },
    { 13, NULL, NULL, "T1: float bf16; T2: bool" },
    { 20, NULL, NULL, "T1: float bf16 f8e4m3fn f8e4m3fnuz f8e5m2 f8e5m2fnuz; T2: bool" },
    { 0 },
};

static const sdx_schema is_inf_schema[] = {
    { 10, "X:T1 -> Y:T2", "detect_negative:int=1 detect_positive:int=1", "T1: f32 f64; T2: bool" },
    { 20, NULL, NULL, "T1: float bf16 f8e4m3fn f8e4m3fnuz f8e5m2 f8e5m2fnuz; T2: bool" },
    { 0 },
};

SDX_ROW2(and_i64, int64_t, x &&z)
SDX_ROW2(or_i64, int64_t, x || z)
SDX_ROW2(xor_i64, int64_t, !x != !z)
SDX_ROW1(not_i64, int64_t, !x)
SDX_ROW1(is_nan_f64, double, isnan(x) != 0)

static void is_inf_f64(const sdx_node *n, double *y, const double *const *in, int64_t count)
{
    bool negative = sdx_attr_int(n, "detect_negative") != 0,
         positive = sdx_attr_int(n, "detect_positive") != 0;
    for (int64_t i = 0; i < count; i++)
        y[i] = isinf(in[0][i]) && (in[0][i] > 0 ? positive : negative);
}

static const sdx_pointwise of_and = { NULL, and_i64, NULL, NULL, 0, NULL };
static const sdx_pointwise of_or = { NULL, or_i64, NULL, NULL, 0, NULL };
static const sdx_pointwise of_xor = { NULL, xor_i64, NULL, NULL, 0, NULL };
static const sdx_pointwise of_not = { NULL, not_i64, NULL, NULL, 0, NULL };
static const sdx_pointwise of_is_nan = { is_nan_f64, NULL, NULL, NULL, 0, NULL };
static const sdx_pointwise of_is_inf = { is_inf_f64, NULL, NULL, NULL, 0, NULL };

SDX_PREPARE_TYPED(all)
SDX_PREPARE_TYPED(any)
SDX_PREPARE_TYPED(odd)
SDX_PREPARE_TYPED(none)
SDX_PREPARE_TYPED(nan)
#define LOGIC(rows, infer_with, operands, prepare_with)                             \
    .traits = SDX_PURE, .inplace = operands, .variant = &rows, .infer = infer_with, \
    .prepare = prepare_with, .run = sdx_pointwise_run
static const sdx_op ops[] = {
    { SDX_OP(And), .schema = binary_schema, LOGIC(of_and, sdx_pointwise_infer, 3, prepare_all) },
    { SDX_OP(Or), .schema = binary_schema, LOGIC(of_or, sdx_pointwise_infer, 3, prepare_any) },
    { SDX_OP(Xor), .schema = binary_schema, LOGIC(of_xor, sdx_pointwise_infer, 3, prepare_odd) },
    { SDX_OP(Not), .lint = sdx_lint_involution, .schema = not_schema,
      LOGIC(of_not, sdx_unary_infer, 1, prepare_none) },
    { SDX_OP(IsNaN), .schema = is_nan_schema, LOGIC(of_is_nan, sdx_unary_infer, 0, prepare_nan) },
    { SDX_OP(IsInf), .schema = is_inf_schema, .limits = "?detect_negative:0|1 ?detect_positive:0|1",
      LOGIC(of_is_inf, sdx_unary_infer, 0, sdx_pointwise_prepare) },
    { 0 },
};
const sdx_family sdx_family_logical_logic = { ops, 0 };
