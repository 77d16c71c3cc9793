/* ops/common/derivatives.c - rules of derivatives, as bodies in the standard's text syntax.
 *
 * What was broadcast is summed again: sdx.Unbroadcast.  Before opset 7 arithmetic had an attribute
 * that said which axes B lies along, and is refused. */
#include "common/derivatives.h"
#include <stdio.h>

/* ---- arithmetic ---- */

static sdx_status several(const sdx_node *n, sdx_rewrite *c, const char *body)
{
    if (sdx_since(n) < 7)
        return sdx_cannot(c, "the derivative of %s is known from opset 7 on", sdx_op_name(n));
    return sdx_body(c, 18, "%s", body);
}

sdx_status sdx_derive_add(const sdx_node *n, sdx_rewrite *c)
{
    return several(n, c, "dA = sdx.Unbroadcast(dC, A); dB = sdx.Unbroadcast(dC, B)");
}

sdx_status sdx_derive_sub(const sdx_node *n, sdx_rewrite *c)
{
    return several(n, c, "dA = sdx.Unbroadcast(dC, A); b = Neg(dC); dB = sdx.Unbroadcast(b, B)");
}

sdx_status sdx_derive_mul(const sdx_node *n, sdx_rewrite *c)
{
    return several(n, c,
                   "a = Mul(dC, B); dA = sdx.Unbroadcast(a, A); "
                   "b = Mul(dC, A); dB = sdx.Unbroadcast(b, B)");
}

sdx_status sdx_derive_div(const sdx_node *n, sdx_rewrite *c)
{
    return several(n, c,
                   "a = Div(dC, B); dA = sdx.Unbroadcast(a, A); "
                   "ac = Mul(a, C); b = Neg(ac); dB = sdx.Unbroadcast(b, B)");
}

/* Integers are exponents that nothing is asked of. */
sdx_status sdx_derive_pow(const sdx_node *n, sdx_rewrite *c)
{
    if (sdx_since(n) < 7)
        return sdx_cannot(c, "the derivative of Pow is known from opset 7 on");
    SDX_TRY(sdx_body(c, 18,
                     "one = Constant<value_float = 1.0>(); one_of_X = CastLike(one, X); "
                     "y = CastLike(Y, X); less = Sub(y, one_of_X); p = Pow(X, less); "
                     "yp = Mul(y, p); x = Mul(dZ, yp); dX = sdx.Unbroadcast(x, X)"));
    if (sdx_dtype_class(sdx_in_dtype(n, 1)) != SDX_REAL)
        return SDX_OK;
    return sdx_body(c, 18,
                    "log = Log(X); zlog = Mul(Z, log); of_X = Mul(dZ, zlog); "
                    "of_Y = CastLike(of_X, Y); dY = sdx.Unbroadcast(of_Y, Y)");
}

sdx_status sdx_derive_sum(const sdx_node *n, sdx_rewrite *c)
{
    for (int i = 0; i < sdx_in_count(n); i++)
        SDX_TRY(sdx_body(c, 18, "d%s = sdx.Unbroadcast(d%s, %s)", sdx_in_name(n, i),
                         sdx_out_name(n, 0), sdx_in_name(n, i)));
    return SDX_OK;
}

/* ---- one element of one ---- */

/* The rule in words of x, y and dy, whatever the operator calls them. */
static sdx_status one(const sdx_node *n, sdx_rewrite *c, const char *body)
{
    const char *x = sdx_in_name(n, 0), *y = sdx_out_name(n, 0);
    SDX_TRY(sdx_body(c, 18, "x_ = Identity(%s); y_ = Identity(%s); dy_ = Identity(d%s)", x, y, y));
    SDX_TRY(sdx_body(c, 18, "%s", body));
    return sdx_body(c, 18, "d%s = Identity(dx_)", x);
}

sdx_status sdx_derive_neg(const sdx_node *n, sdx_rewrite *c)
{
    return one(n, c, "dx_ = Neg(dy_)");
}

sdx_status sdx_derive_abs(const sdx_node *n, sdx_rewrite *c)
{
    return one(n, c, "s_ = Sign(x_); dx_ = Mul(dy_, s_)");
}

sdx_status sdx_derive_exp(const sdx_node *n, sdx_rewrite *c)
{
    return one(n, c, "dx_ = Mul(dy_, y_)");
}

sdx_status sdx_derive_log(const sdx_node *n, sdx_rewrite *c)
{
    return one(n, c, "dx_ = Div(dy_, x_)");
}

sdx_status sdx_derive_sqrt(const sdx_node *n, sdx_rewrite *c)
{
    return one(n, c, "yy_ = Add(y_, y_); dx_ = Div(dy_, yy_)");
}

sdx_status sdx_derive_reciprocal(const sdx_node *n, sdx_rewrite *c)
{
    return one(n, c, "yy_ = Mul(y_, y_); m_ = Mul(dy_, yy_); dx_ = Neg(m_)");
}

sdx_status sdx_derive_sin(const sdx_node *n, sdx_rewrite *c)
{
    return one(n, c, "c_ = Cos(x_); dx_ = Mul(dy_, c_)");
}

sdx_status sdx_derive_cos(const sdx_node *n, sdx_rewrite *c)
{
    return one(n, c, "s_ = Sin(x_); m_ = Mul(dy_, s_); dx_ = Neg(m_)");
}

/* 2 / sqrt(pi) * exp(-x^2) */
sdx_status sdx_derive_erf(const sdx_node *n, sdx_rewrite *c)
{
    SDX_TRY(sdx_body(c, 18, "k_ = Constant<value_float = %s>()",
                     sdx_float_text(c, 1.1283791670955126)));
    return one(n, c,
               "k_of_x_ = CastLike(k_, x_); xx_ = Mul(x_, x_); m_ = Neg(xx_); e_ = Exp(m_); "
               "ke_ = Mul(k_of_x_, e_); dx_ = Mul(dy_, ke_)");
}

sdx_status sdx_derive_tanh(const sdx_node *n, sdx_rewrite *c)
{
    return one(n, c, "yy_ = Mul(y_, y_); m_ = Mul(dy_, yy_); dx_ = Sub(dy_, m_)");
}

sdx_status sdx_derive_sigmoid(const sdx_node *n, sdx_rewrite *c)
{
    return one(n, c, "yy_ = Mul(y_, y_); s_ = Sub(y_, yy_); dx_ = Mul(dy_, s_)");
}

/* y is never below 0: its sign is 0 or 1. */
sdx_status sdx_derive_relu(const sdx_node *n, sdx_rewrite *c)
{
    return one(n, c, "s_ = Sign(y_); dx_ = Mul(dy_, s_)");
}

sdx_status sdx_derive_softplus(const sdx_node *n, sdx_rewrite *c)
{
    return one(n, c, "s_ = Sigmoid(x_); dx_ = Mul(dy_, s_)");
}

sdx_status sdx_derive_flat(const sdx_node *n, sdx_rewrite *c)
{
    return one(n, c,
               "k_ = Constant<value_float = 0.0>(); k_of_x_ = CastLike(k_, x_); s_ = Shape(x_); "
               "dx_ = Expand(k_of_x_, s_)");
}

/* ---- rows ---- */

static sdx_status rows(const sdx_node *n, sdx_rewrite *c, const char *body)
{
    if (sdx_since(n) < 13)
        return sdx_cannot(c, "the derivative of %s is known from opset 13 on", sdx_op_name(n));
    SDX_TRY(sdx_body(c, 18, "axis_ = Constant<value_ints = [%lld]>()",
                     (long long)sdx_attr_int(n, "axis")));
    return one(n, c, body);
}

sdx_status sdx_derive_softmax(const sdx_node *n, sdx_rewrite *c)
{
    return rows(n, c,
                "w_ = Mul(dy_, y_); sum_ = ReduceSum(w_, axis_); d_ = Sub(dy_, sum_); "
                "dx_ = Mul(y_, d_)");
}

sdx_status sdx_derive_log_softmax(const sdx_node *n, sdx_rewrite *c)
{
    return rows(n, c,
                "sum_ = ReduceSum(dy_, axis_); e_ = Exp(y_); m_ = Mul(e_, sum_); "
                "dx_ = Sub(dy_, m_)");
}

/* ---- products ---- */

/* "t = Transpose<…>(x)" of the last two axes. */
static sdx_status transpose(sdx_rewrite *c, const char *t, const char *x, int rank)
{
    char perm[SDX_MAX_RANK * 4];
    int length = 0;
    for (int i = 0; i < rank; i++)
        length += snprintf(perm + length, sizeof perm - (size_t)length, "%s%d", i ? ", " : "",
                           i < rank - 2 ? i : 2 * rank - 3 - i);
    return sdx_body(c, 18, "%s = Transpose<perm = [%s]>(%s)", t, perm, x);
}

sdx_status sdx_derive_matmul(const sdx_node *n, sdx_rewrite *c)
{
    int a = sdx_in_dims(n, 0).rank, b = sdx_in_dims(n, 1).rank;
    if (a < 2 || b < 2)
        return sdx_cannot(c, "the derivative of MatMul is known for matrices and stacks of them, "
                             "not for vectors or where the rank is open");
    SDX_TRY(transpose(c, "a", "A", a));
    SDX_TRY(transpose(c, "b", "B", b));
    return sdx_body(c, 18,
                    "da = MatMul(dY, b); dA = sdx.Unbroadcast(da, A); "
                    "db = MatMul(a, dY); dB = sdx.Unbroadcast(db, B)");
}

/* Y = alpha A' B' + beta C, where A' may be A transposed, and B' B. */
sdx_status sdx_derive_gemm(const sdx_node *n, sdx_rewrite *c)
{
    bool a = sdx_attr_int(n, "transA") != 0, b = sdx_attr_int(n, "transB") != 0;
    const char *alpha = sdx_float_text(c, sdx_attr_float(n, "alpha"));
    if (sdx_since(n) < 7)
        return sdx_cannot(c, "the derivative of Gemm is known from opset 7 on");
    if (a)
        SDX_TRY(sdx_body(c, 18, "dA = Gemm<alpha = %s, transA = %d, transB = 1>(B, dY)", alpha, b));
    else
        SDX_TRY(sdx_body(c, 18, "dA = Gemm<alpha = %s, transB = %d>(dY, B)", alpha, !b));
    if (b)
        SDX_TRY(sdx_body(c, 18, "dB = Gemm<alpha = %s, transA = 1, transB = %d>(dY, A)", alpha, a));
    else
        SDX_TRY(sdx_body(c, 18, "dB = Gemm<alpha = %s, transA = %d>(A, dY)", alpha, !a));
    if (!sdx_has_in(n, 2))
        return SDX_OK;
    return sdx_body(c, 18,
                    "beta = Constant<value_float = %s>(); beta_of_Y = CastLike(beta, dY); "
                    "c = Mul(dY, beta_of_Y); dC = sdx.Unbroadcast(c, C)",
                    sdx_float_text(c, sdx_attr_float(n, "beta")));
}

/* ---- sums ---- */

/* The slope in the shape that the sum has with its axes kept, as large as the data again.  The
 * sum is made once more for that shape alone, which is known without computing it. */
static sdx_status spread(const sdx_node *n, sdx_rewrite *c)
{
    if (sdx_has_in(n, 1))
        SDX_TRY(sdx_body(c, 18, "kept = %s<@, keepdims = 1>(data, axes)", sdx_op_name(n)));
    else
        SDX_TRY(sdx_body(c, sdx_since(n), "kept = %s<@, keepdims = 1>(data)", sdx_op_name(n)));
    return sdx_body(c, 18,
                    "kept_shape = Shape(kept); row = Reshape(dreduced, kept_shape); "
                    "shape = Shape(data); full = Expand(row, shape)");
}

sdx_status sdx_derive_reduce_sum(const sdx_node *n, sdx_rewrite *c)
{
    SDX_TRY(spread(n, c));
    return sdx_body(c, 18, "ddata = Identity(full)");
}

sdx_status sdx_derive_reduce_mean(const sdx_node *n, sdx_rewrite *c)
{
    SDX_TRY(spread(n, c));
    return sdx_body(c, 18,
                    "all = Size(data); left = Size(reduced); all_of = CastLike(all, data); "
                    "left_of = CastLike(left, data); share = Div(left_of, all_of); "
                    "ddata = Mul(full, share)");
}

/* ---- shapes and types ---- */

sdx_status sdx_derive_reshape(const sdx_node *n, sdx_rewrite *c)
{
    const char *x = sdx_in_name(n, 0);
    return sdx_body(c, 18, "shape = Shape(%s); d%s = Reshape<allowzero = 1>(d%s, shape)", x, x,
                    sdx_out_name(n, 0));
}

sdx_status sdx_derive_transpose(const sdx_node *n, sdx_rewrite *c)
{
    int count, back[SDX_MAX_RANK], length = 0;
    const int64_t *perm = sdx_attr_ints(n, "perm", &count);
    char text[SDX_MAX_RANK * 4] = "";
    if (!perm)
        return sdx_body(c, 18, "ddata = Transpose(dtransposed)");
    for (int i = 0; i < count; i++)
        back[perm[i]] = i;
    for (int i = 0; i < count; i++)
        length += snprintf(text + length, sizeof text - (size_t)length, "%s%d", i ? ", " : "",
                           back[i]);
    return sdx_body(c, 18, "ddata = Transpose<perm = [%s]>(dtransposed)", text);
}

sdx_status sdx_derive_expand(const sdx_node *n, sdx_rewrite *c)
{
    (void)n;
    return sdx_body(c, 18, "dinput = sdx.Unbroadcast(doutput, input)");
}

/* An input of which only the type or the shape counts. */
static sdx_status nothing_of(sdx_rewrite *c, const char *x)
{
    return sdx_body(c, 18,
                    "zero = Constant<value_float = 0.0>(); zero_of = CastLike(zero, %s); "
                    "its_shape = Shape(%s); d%s = Expand(zero_of, its_shape)",
                    x, x, x);
}

sdx_status sdx_derive_unbroadcast(const sdx_node *n, sdx_rewrite *c)
{
    (void)n;
    SDX_TRY(sdx_body(c, 18, "shape = Shape(X); dX = Expand(dY, shape)"));
    return nothing_of(c, "like");
}

/* Rounding has no slope; what is no real number has none either. */
sdx_status sdx_derive_cast(const sdx_node *n, sdx_rewrite *c)
{
    (void)n;
    return sdx_body(c, 19, "dinput = CastLike(doutput, input)");
}

sdx_status sdx_derive_cast_like(const sdx_node *n, sdx_rewrite *c)
{
    SDX_TRY(sdx_derive_cast(n, c));
    return sdx_dtype_class(sdx_in_dtype(n, 1)) == SDX_REAL ? nothing_of(c, "target_type") : SDX_OK;
}
