/* ops/math/bitwise.c - BitwiseAnd, BitwiseOr, BitwiseXor, BitwiseNot, BitShift.
 *
 * A shift by the width of the type or more leaves what sign extension alone gives.
 * Source: ONNX Operators.md, the section of each; BitShift-28 for signed types. */
#include "common/pointwise.h"
#include "common/rows.h"

static const sdx_schema binary_schema[] = {
    { 18, "A:T B:T -> C:T", "", "T: int uint" },
    { 0 },
};

static const sdx_schema not_schema[] = {
    { 18, "X:T -> Y:T", "", "T: int uint" },
    { 0 },
};

static const sdx_schema shift_schema[] = {
    { 11, "X:T Y:T -> Z:T", "direction:string!", "T: uint" },
    { 28, NULL, NULL, "T: int uint" },
    { 0 },
};

SDX_ROW2(and_i64, int64_t, x &z)
SDX_ROW2(or_i64, int64_t, x | z)
SDX_ROW2(xor_i64, int64_t, x ^ z)
SDX_ROW1(not_i64, int64_t, ~x)

static bool to_left(const sdx_node *n)
{
    return sdx_attr_is(n, "direction", "LEFT");
}

static void shift_u64(const sdx_node *n, uint64_t *y, const uint64_t *const *in, int64_t count)
{
    uint64_t bits = (uint64_t)sdx_dtype_bits(sdx_in_dtype(n, 0));
    bool left = to_left(n);
    for (int64_t i = 0; i < count; i++) {
        uint64_t x = in[0][i], by = in[1][i];
        y[i] = by >= bits ? 0 : left ? x << by : x >> by;
    }
}

static void shift_i64(const sdx_node *n, int64_t *y, const int64_t *const *in, int64_t count)
{
    int64_t bits = sdx_dtype_bits(sdx_in_dtype(n, 0));
    bool left = to_left(n);
    for (int64_t i = 0; i < count; i++) {
        int64_t x = in[0][i], by = in[1][i], sign = x < 0 ? -1 : 0;
        if (by < 0 || by >= bits)
            y[i] = left ? 0 : sign;
        else
            y[i] = left ? (int64_t)((uint64_t)x << by) : x >> by;
    }
}

static void infer_shift(const sdx_node *n, sdx_infer *c)
{
    sdx_check_limits(c, sdx_text(c, "?Y:[0,%d)", sdx_dtype_bits(sdx_in_dtype(n, 0))));
    sdx_pointwise_infer(n, c);
}

static const sdx_pointwise of_and = { NULL, and_i64, NULL, NULL, 0, NULL };
static const sdx_pointwise of_or = { NULL, or_i64, NULL, NULL, 0, NULL };
static const sdx_pointwise of_xor = { NULL, xor_i64, NULL, NULL, 0, NULL };
static const sdx_pointwise of_not = { NULL, not_i64, NULL, NULL, 0, NULL };
static const sdx_pointwise of_shift = { NULL, shift_i64, shift_u64, NULL, 0, NULL };

SDX_PREPARE_TYPED(bit_and)
SDX_PREPARE_TYPED(bit_or)
SDX_PREPARE_TYPED(bit_xor)
SDX_PREPARE_TYPED(bit_not)
#define BITWISE(rows, infer_with, operands, prepare_with)                      \
    .traits = SDX_PURE | SDX_POINTWISE, .inplace = operands, .variant = &rows, \
    .infer = infer_with, .prepare = prepare_with, .run = sdx_pointwise_run
static const sdx_op ops[] = {
    { SDX_OP(BitwiseAnd), .schema = binary_schema,
      BITWISE(of_and, sdx_pointwise_infer, 3, prepare_bit_and) },
    { SDX_OP(BitwiseOr), .schema = binary_schema,
      BITWISE(of_or, sdx_pointwise_infer, 3, prepare_bit_or) },
    { SDX_OP(BitwiseXor), .schema = binary_schema,
      BITWISE(of_xor, sdx_pointwise_infer, 3, prepare_bit_xor) },
    { SDX_OP(BitwiseNot), .schema = not_schema,
      BITWISE(of_not, sdx_unary_infer, 1, prepare_bit_not) },
    { SDX_OP(BitShift), .schema = shift_schema, .limits = "direction:LEFT|RIGHT",
      BITWISE(of_shift, infer_shift, 3, sdx_pointwise_prepare) },
    { 0 },
};
const sdx_family sdx_family_math_bitwise = { ops, 0 };
