/* ops/microsoft/product.c - FusedMatMul (TransposeMatMul once), FusedGemm, DynamicQuantizeMatMul,
 * MatMulIntegerToFloat, QGemm, CDist of com.microsoft, by operators of the standard.
 *
 * Source: onnxruntime, ContribOperators.md, the section of each, version 1. */
#include "common/product.h"
#include "sdx/rewrite.h"
#include <stdio.h>
#include <string.h>

static const sdx_schema fused_schema[] = {
    { 1, "A:T B:T -> Y:T",
      "alpha:float=1.0 transA:int=0 transB:int=0 transBatchA:int=0 transBatchB:int=0",
      "T: float bf16" },
    { 0 },
};
static const sdx_schema gemm_schema[] = {
    { 1, "A:T B:T C?:T -> Y:T",
      "activation:string activation_alpha:float activation_beta:float activation_gamma:float "
      "alpha:float=1.0 beta:float=1.0 transA:int=0 transB:int=0",
      "T: float i32 i64 u32 u64" },
    { 0 },
};
static const sdx_schema dynamic_schema[] = {
    { 1, "A:T1 B:T2 b_scale:T1 b_zero_point?:T2 bias?:T1 -> Y:T1", "", "T1: f32; T2: i8 u8" },
    { 0 },
};
static const sdx_schema to_float_schema[] = {
    { 1, "A:T1 B:T2 a_scale:T3 b_scale:T3 a_zero_point?:T1 b_zero_point?:T2 bias?:T3 -> Y:T3", "",
      "T1: i8 u8; T2: i8 u8; T3: f16 f32" },
    { 0 },
};

static const sdx_schema qgemm_schema[] = {
    { 1,
      "A:TA a_scale:f32 a_zero_point:TA B:TB b_scale:f32 b_zero_point:TB C?:i32 y_scale?:f32 "
      "y_zero_point?:TYZ -> Y:TY",
      "alpha:float=1.0 transA:int=0 transB:int=0",
      "TA: i8 u8; TB: i8 u8; TYZ: i8 u8; TY: f32 i8 u8" },
    { 0 },
};
static const sdx_schema distance_schema[] = {
    { 1, "A:T B:T -> C:T", "metric:string=sqeuclidean", "T: f32 f64" },
    { 0 },
};

/* Which axes of a matrix the attributes move. */
typedef struct moves {
    bool rows, batch; /* exchanges the last two; puts the first before the last, ahead of that */
} moves;

static moves moves_of(const sdx_node *n, int i)
{
    return (moves){ sdx_attr_int(n, i == 0 ? "transA" : "transB") != 0,
                    sdx_attr_int(n, i == 0 ? "transBatchA" : "transBatchB") != 0 };
}

/* Where axis k of the matrix that is multiplied lies in the input. */
static int axis_of(moves m, int k, int rank)
{
    if (m.rows && k >= rank - 2)
        k = 2 * rank - 3 - k;
    return !m.batch || k == rank - 1 ? k : k == rank - 2 ? 0 : k + 1;
}

/* Dims of input i as they are multiplied. */
static sdx_dims matrix_dims(const sdx_node *n, sdx_infer *c, int i, moves m)
{
    sdx_dims x = sdx_in_dims(n, i);
    if (x.rank < 2)
        return x;
    sdx_dim *d = sdx_new_dims(c, x.rank);
    for (int k = 0; k < x.rank; k++)
        d[k] = x.dim[axis_of(m, k, x.rank)];
    return (sdx_dims){ x.rank, d };
}

static void infer_transposed(const sdx_node *n, sdx_infer *c)
{
    sdx_product_infer_dims(n, c, 0, 1, matrix_dims(n, c, 0, moves_of(n, 0)),
                           matrix_dims(n, c, 1, moves_of(n, 1)));
}

static void infer_gemm(const sdx_node *n, sdx_infer *c)
{
    if (sdx_check_rank(c, 0, 2, 2) && sdx_check_rank(c, 1, 2, 2))
        infer_transposed(n, c);
}

static void infer_plain(const sdx_node *n, sdx_infer *c)
{
    sdx_product_infer(n, c, 0, 1);
}

/* ---- FusedMatMul ---- */

/* `to` becomes input i as it is multiplied. */
static sdx_status transpose(const sdx_node *n, sdx_rewrite *c, int i, const char *to, moves m,
                            int rank)
{
    char perm[4 * SDX_MAX_RANK];
    size_t at = 0;
    if (rank < 2 || (!m.rows && !m.batch))
        return sdx_body(c, 13, "%s = Identity(%s)", to, sdx_in_name(n, i));
    for (int k = 0; k < rank; k++)
        at += (size_t)snprintf(perm + at, sizeof perm - at, k ? ", %d" : "%d", axis_of(m, k, rank));
    return sdx_body(c, 13, "%s = Transpose<perm = [%s]>(%s)", to, perm, sdx_in_name(n, i));
}

/* Letters of a matrix: rows, columns; dots for the axes that nobody names. */
static const char *letters(moves m, const char *plain, const char *exchanged,
                           const char *const batch[2])
{
    return m.batch ? batch[m.rows] : m.rows ? exchanged : plain;
}

/* Where a rank is not known: by letters.  A vector has but the inner one. */
static sdx_status expand_by_letters(const sdx_node *n, sdx_rewrite *c, moves a, moves b)
{
    static const char *const left[] = { "i...j", "j...i" }, *const right[] = { "j...k", "k...j" };
    bool row = sdx_in_dims(n, 0).rank == 1, column = sdx_in_dims(n, 1).rank == 1;
    return sdx_body(c, 12, "m = Einsum<equation = \"%s,%s->...%s%s\">(A, B)",
                    row ? "j" : letters(a, "...ij", "...ji", left),
                    column ? "j" : letters(b, "...jk", "...kj", right), row ? "" : "i",
                    column ? "" : "k");
}

static sdx_status expand_fused(const sdx_node *n, sdx_rewrite *c)
{
    static const char scaled[] =
        "f = Constant<value_float = %s>(); s = CastLike(f, A); Y = Mul(m, s)";
    moves a = moves_of(n, 0), b = moves_of(n, 1);
    double alpha = sdx_attr_float(n, "alpha");
    if (((a.rows || a.batch) && sdx_in_dims(n, 0).rank < 0) ||
        ((b.rows || b.batch) && sdx_in_dims(n, 1).rank < 0)) {
        SDX_TRY(expand_by_letters(n, c, a, b));
    } else {
        SDX_TRY(transpose(n, c, 0, "left", a, sdx_in_dims(n, 0).rank));
        SDX_TRY(transpose(n, c, 1, "right", b, sdx_in_dims(n, 1).rank));
        SDX_TRY(sdx_body(c, 13, "m = MatMul(left, right)"));
    }
    return alpha == 1 ? sdx_body(c, 14, "Y = Identity(m)")
                      : sdx_body(c, 15, scaled, sdx_float_text(c, alpha));
}

/* ---- FusedGemm ---- */

static sdx_status expand_gemm(const sdx_node *n, sdx_rewrite *c)
{
    sdx_string s = sdx_attr_string(n, "activation");
    const char *alpha = sdx_float_text(c, sdx_attr_float(n, "activation_alpha"));
    bool has_alpha = sdx_has_attr(n, "activation_alpha");
    SDX_TRY(sdx_body(c, 13, sdx_has_in(n, 2) ? "g = Gemm<@>(A, B, C)" : "g = Gemm<@>(A, B)"));
    if (s.length == 0)
        return sdx_body(c, 14, "Y = Identity(g)");
    if (sdx_attr_is(n, "activation", "Relu") || sdx_attr_is(n, "activation", "Tanh") ||
        sdx_attr_is(n, "activation", "Sigmoid") || sdx_attr_is(n, "activation", "Softplus") ||
        sdx_attr_is(n, "activation", "Softsign"))
        return sdx_body(c, 14, "Y = %.*s(g)", (int)s.length, s.text);
    if (sdx_attr_is(n, "activation", "LeakyRelu") || sdx_attr_is(n, "activation", "Elu") ||
        sdx_attr_is(n, "activation", "ThresholdedRelu"))
        return has_alpha ? sdx_body(c, 14, "Y = %.*s<alpha = %s>(g)", (int)s.length, s.text, alpha)
                         : sdx_body(c, 14, "Y = %.*s(g)", (int)s.length, s.text);
    if (sdx_attr_is(n, "activation", "HardSigmoid") && has_alpha &&
        sdx_has_attr(n, "activation_beta"))
        return sdx_body(c, 14, "Y = HardSigmoid<alpha = %s, beta = %s>(g)", alpha,
                        sdx_float_text(c, sdx_attr_float(n, "activation_beta")));
    if (sdx_attr_is(n, "activation", "Selu") && has_alpha && sdx_has_attr(n, "activation_gamma"))
        return sdx_body(c, 14, "Y = Selu<alpha = %s, gamma = %s>(g)", alpha,
                        sdx_float_text(c, sdx_attr_float(n, "activation_gamma")));
    if (sdx_attr_is(n, "activation", "HardSigmoid") && !has_alpha)
        return sdx_body(c, 14, "Y = HardSigmoid(g)");
    return sdx_cannot(c, "activation '%.*s' is not known", (int)(s.length < 40 ? s.length : 40),
                      s.text);
}

/* ---- integers ---- */

/* Y = numbers * a's scale * b's scale (+ bias). */
static sdx_status scale(const sdx_node *n, sdx_rewrite *c, int bias)
{
    SDX_TRY(sdx_body(c, 15, "f = CastLike(m, b_scale); s = Mul(as, b_scale); p = Mul(f, s)"));
    return sdx_body(c, 14, sdx_has_in(n, bias) ? "Y = Add(p, bias)" : "Y = Identity(p)");
}

static sdx_status expand_dynamic(const sdx_node *n, sdx_rewrite *c)
{
    SDX_TRY(sdx_body(c, 11, "aq, as, az = DynamicQuantizeLinear(A)"));
    SDX_TRY(sdx_body(c, 10,
                     sdx_has_in(n, 3) ? "m = MatMulInteger(aq, B, az, b_zero_point)"
                                      : "m = MatMulInteger(aq, B, az)"));
    return scale(n, c, 4);
}

static sdx_status expand_to_float(const sdx_node *n, sdx_rewrite *c)
{
    bool a = sdx_has_in(n, 4), b = sdx_has_in(n, 5);
    SDX_TRY(sdx_body(c, 14, "as = Identity(a_scale)"));
    if (b)
        SDX_TRY(sdx_body(c, 10,
                         a ? "m = MatMulInteger(A, B, a_zero_point, b_zero_point)"
                           : "m = MatMulInteger(A, B, , b_zero_point)"));
    else
        SDX_TRY(sdx_body(c, 10,
                         a ? "m = MatMulInteger(A, B, a_zero_point)" : "m = MatMulInteger(A, B)"));
    return scale(n, c, 6);
}

/* A vector has nothing to exchange. */
static sdx_dim macs_transposed(const sdx_node *n, sdx_infer *c)
{
    int rank = sdx_in_dims(n, 0).rank;
    return sdx_product_macs(n, c, 0, rank > 1 ? axis_of(moves_of(n, 0), rank - 1, rank) : -1);
}

static sdx_dim macs_plain(const sdx_node *n, sdx_infer *c)
{
    return sdx_product_macs(n, c, 0, -1);
}

/* ---- QGemm ---- */

static void infer_qgemm(const sdx_node *n, sdx_infer *c)
{
    if (!sdx_has_in(n, 7))
        sdx_set_out_dtype(c, 0, SDX_F32);
    else
        sdx_set_out_dtype(c, 0, sdx_has_in(n, 8) ? sdx_in_dtype(n, 8) : SDX_U8);
    if (sdx_check_rank(c, 0, 2, 2) && sdx_check_rank(c, 3, 2, 2))
        sdx_product_infer_dims(n, c, 0, 3, matrix_dims(n, c, 0, moves_of(n, 0)),
                               matrix_dims(n, c, 3, moves_of(n, 3)));
}

/* C counts in the steps of the sums, a_scale * b_scale, and is added before alpha. */
static sdx_status expand_qgemm(const sdx_node *n, sdx_rewrite *c)
{
    SDX_TRY(transpose(n, c, 0, "left", moves_of(n, 0), 2));
    SDX_TRY(transpose(n, c, 3, "right", moves_of(n, 3), 2));
    SDX_TRY(sdx_body(c, 10, "m = MatMulInteger(left, right, a_zero_point, b_zero_point)"));
    SDX_TRY(sdx_body(c, 14, sdx_has_in(n, 6) ? "sum = Add(m, C)" : "sum = Identity(m)"));
    SDX_TRY(sdx_body(c, 14,
                     "f = Cast<to = 1>(sum); alpha = Constant<value_float = %s>(); "
                     "as = Mul(a_scale, alpha); s = Mul(as, b_scale)",
                     sdx_float_text(c, sdx_attr_float(n, "alpha"))));
    if (!sdx_has_in(n, 7))
        return sdx_body(c, 14, "Y = Mul(f, s)");
    SDX_TRY(sdx_body(c, 14, "y = Mul(f, s)"));
    return sdx_body(c, 13,
                    sdx_has_in(n, 8) ? "Y = QuantizeLinear(y, y_scale, y_zero_point)"
                                     : "Y = QuantizeLinear(y, y_scale)");
}

/* ---- CDist ---- */

static void infer_distance(const sdx_node *n, sdx_infer *c)
{
    if (!sdx_check_rank(c, 0, 2, 2) || !sdx_check_rank(c, 1, 2, 2) ||
        !sdx_check_same(c, "matmul-inner", 0, 1, 1, 1))
        return;
    sdx_dim d[2] = { sdx_in_dim(n, 0, 0), sdx_in_dim(n, 1, 0) };
    sdx_set_out_dims(c, 0, 2, d);
}

/* (a - b)^2 = a^2 - 2 a b + b^2, which rounding must not bring below 0. */
static sdx_status expand_distance(const sdx_node *n, sdx_rewrite *c)
{
    SDX_TRY(sdx_body(c, 18,
                     "inner = Constant<value_ints = [1]>(); aa = ReduceSumSquare(A, inner); "
                     "bb = ReduceSumSquare(B, inner); right = Transpose<perm = [1, 0]>(B); "
                     "row = Transpose<perm = [1, 0]>(bb); ab = MatMul(A, right); "
                     "twice = Add(ab, ab); both = Add(aa, row); square = Sub(both, twice); "
                     "%s = Relu(square)",
                     sdx_attr_is(n, "metric", "euclidean") ? "least" : "C"));
    return sdx_attr_is(n, "metric", "euclidean") ? sdx_body(c, 18, "C = Sqrt(least)") : SDX_OK;
}

static const char domain[] = "com.microsoft";
static const sdx_op ops[] = {
    { SDX_OP(FusedMatMul), domain, .schema = fused_schema, .traits = SDX_PURE,
      .infer = infer_transposed, .expand = expand_fused, .macs = macs_transposed },
    { SDX_OP(TransposeMatMul), domain, .schema = fused_schema, .traits = SDX_PURE,
      .infer = infer_transposed, .expand = expand_fused, .macs = macs_transposed },
    { SDX_OP(FusedGemm), domain, .schema = gemm_schema, .traits = SDX_PURE, .infer = infer_gemm,
      .expand = expand_gemm, .macs = macs_transposed },
    { SDX_OP(DynamicQuantizeMatMul), domain, .schema = dynamic_schema, .limits = "*b_scale:(0,)",
      .traits = SDX_PURE, .infer = infer_plain, .expand = expand_dynamic, .macs = macs_plain },
    { SDX_OP(MatMulIntegerToFloat), domain, .schema = to_float_schema,
      .limits = "*a_scale:(0,) *b_scale:(0,)", .traits = SDX_PURE, .infer = infer_plain,
      .expand = expand_to_float, .macs = macs_plain },
    { SDX_OP(QGemm), domain, .schema = qgemm_schema,
      .limits = "*a_scale:(0,) *b_scale:(0,) *y_scale:(0,)", .traits = SDX_PURE,
      .infer = infer_qgemm, .expand = expand_qgemm, .macs = macs_transposed },
    { SDX_OP(CDist), domain, .schema = distance_schema, .limits = "metric:euclidean|sqeuclidean",
      .traits = SDX_PURE, .infer = infer_distance, .expand = expand_distance },
    { 0 },
};
const sdx_family sdx_family_microsoft_product = { ops, 0 };
