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

/* Mean, too. */
sdx_status sdx_derive_sum(const sdx_node *n, sdx_rewrite *c)
{
    const char *y = sdx_out_name(n, 0);
    int parts = sdx_is(n, "Mean") ? sdx_in_count(n) : 1;
    SDX_TRY(sdx_body(c, 18,
                     "parts = Constant<value_float = %d.0>(); parts_of = CastLike(parts, d%s); "
                     "share = Div(d%s, parts_of)",
                     parts, y, y));
    for (int i = 0; i < sdx_in_count(n); i++)
        SDX_TRY(sdx_body(c, 18, "d%s = sdx.Unbroadcast(share, %s)", sdx_in_name(n, i),
                         sdx_in_name(n, i)));
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

/* ... with numbers, a_, b_ and so on in the body. */
static sdx_status one_with(const sdx_node *n, sdx_rewrite *c, int count, const double *number,
                           const char *body)
{
    for (int i = 0; i < count; i++)
        SDX_TRY(sdx_body(c, 18,
                         "number%d_ = Constant<value_float = %s>(); %c_ = CastLike(number%d_, %s)",
                         i, sdx_float_text(c, number[i]), 'a' + i, i, sdx_in_name(n, 0)));
    return one(n, c, body);
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

/* Elu and its kin: above 0 the slope is b, below it what the value is above its least, -a, times
 * d. */
static sdx_status elu(const sdx_node *n, sdx_rewrite *c, double a, double b, double d)
{
    return one_with(n, c, 4, (double[]){ a, b, 0, d },
                    "m_ = Greater(x_, c_); s_ = Add(y_, a_); t_ = Mul(s_, d_); "
                    "k_ = Where(m_, b_, t_); dx_ = Mul(dy_, k_)");
}

sdx_status sdx_derive_elu(const sdx_node *n, sdx_rewrite *c)
{
    double alpha = sdx_attr_float(n, "alpha"), gamma = 1;
    if (sdx_is(n, "Selu"))
        gamma = sdx_attr_float(n, "gamma");
    return elu(n, c, alpha * gamma, gamma, sdx_is(n, "Celu") ? 1 / alpha : 1);
}

sdx_status sdx_derive_leaky_relu(const sdx_node *n, sdx_rewrite *c)
{
    return one_with(n, c, 3, (double[]){ sdx_attr_float(n, "alpha"), 1, 0 },
                    "m_ = Greater(x_, c_); k_ = Where(m_, b_, a_); dx_ = Mul(dy_, k_)");
}

sdx_status sdx_derive_prelu(const sdx_node *n, sdx_rewrite *c)
{
    if (sdx_since(n) < 7)
        return sdx_cannot(c, "the derivative of PRelu is known from opset 7 on");
    return sdx_body(c, 18,
                    "none = Constant<value_float = 0.0>(); zero = CastLike(none, X); "
                    "low = Less(X, zero); by = Mul(dY, slope); dX = Where(low, by, dY); "
                    "of = Mul(dY, X); least = Where(low, of, zero); "
                    "dslope = sdx.Unbroadcast(least, slope)");
}

sdx_status sdx_derive_thresholded_relu(const sdx_node *n, sdx_rewrite *c)
{
    return one_with(n, c, 1, (double[]){ sdx_attr_float(n, "alpha") },
                    "m_ = Greater(x_, a_); k_ = CastLike(m_, x_); dx_ = Mul(dy_, k_)");
}

/* y (1 - y) is above 0 where y is not clamped. */
sdx_status sdx_derive_hard_sigmoid(const sdx_node *n, sdx_rewrite *c)
{
    return one_with(n, c, 1, (double[]){ sdx_attr_float(n, "alpha") },
                    "yy_ = Mul(y_, y_); r_ = Sub(y_, yy_); s_ = Sign(r_); k_ = Mul(s_, a_); "
                    "dx_ = Mul(dy_, k_)");
}

sdx_status sdx_derive_hard_swish(const sdx_node *n, sdx_rewrite *c)
{
    return one_with(n, c, 1, (double[]){ 6 },
                    "h_ = HardSigmoid<alpha = 0.16666667, beta = 0.5>(x_); hh_ = Mul(h_, h_); "
                    "r_ = Sub(h_, hh_); s_ = Sign(r_); sx_ = Mul(s_, x_); t_ = Div(sx_, a_); "
                    "k_ = Add(h_, t_); dx_ = Mul(dy_, k_)");
}

sdx_status sdx_derive_swish(const sdx_node *n, sdx_rewrite *c)
{
    return one_with(n, c, 1, (double[]){ sdx_attr_float(n, "alpha") },
                    "ax_ = Mul(a_, x_); s_ = Sigmoid(ax_); ys_ = Mul(y_, s_); r_ = Sub(y_, ys_); "
                    "ar_ = Mul(a_, r_); k_ = Add(s_, ar_); dx_ = Mul(dy_, k_)");
}

sdx_status sdx_derive_mish(const sdx_node *n, sdx_rewrite *c)
{
    return one(n, c,
               "p_ = Softplus(x_); t_ = Tanh(p_); s_ = Sigmoid(x_); tt_ = Mul(t_, t_); "
               "xs_ = Mul(x_, s_); xst_ = Mul(xs_, tt_); r_ = Sub(xs_, xst_); k_ = Add(t_, r_); "
               "dx_ = Mul(dy_, k_)");
}

sdx_status sdx_derive_softsign(const sdx_node *n, sdx_rewrite *c)
{
    return one_with(n, c, 1, (double[]){ 1 },
                    "k_ = Abs(x_); m_ = Add(k_, a_); q_ = Mul(m_, m_); dx_ = Div(dy_, q_)");
}

/* Of x P(x), where P is the normal distribution or what tanh makes of it. */
sdx_status sdx_derive_gelu(const sdx_node *n, sdx_rewrite *c)
{
    if (sdx_attr_is(n, "approximate", "tanh"))
        return one_with(
            n, c, 4, (double[]){ 0.7978845608028654, 0.044715, 0.5, 3 },
            "xx_ = Mul(x_, x_); q_ = Mul(xx_, b_); qx_ = Mul(q_, x_); u_ = Add(x_, qx_); "
            "ua_ = Mul(u_, a_); t_ = Tanh(ua_); th_ = Mul(t_, c_); p_ = Add(th_, c_); "
            "tt_ = Mul(t_, th_); r_ = Sub(c_, tt_); qqq_ = Mul(q_, d_); "
            "du_ = Mul(qqq_, a_); dua_ = Add(du_, a_); rd_ = Mul(r_, dua_); "
            "w_ = Mul(rd_, x_); k_ = Add(p_, w_); dx_ = Mul(dy_, k_)");
    return one_with(n, c, 3, (double[]){ 0.7071067811865476, 0.3989422804014327, 0.5 },
                    "z_ = Mul(x_, a_); e_ = Erf(z_); eh_ = Mul(e_, c_); p_ = Add(eh_, c_); "
                    "zz_ = Mul(z_, z_); m_ = Neg(zz_); g_ = Exp(m_); gb_ = Mul(g_, b_); "
                    "w_ = Mul(gb_, x_); k_ = Add(p_, w_); dx_ = Mul(dy_, k_)");
}

/* Where it is not clamped. */
sdx_status sdx_derive_clip(const sdx_node *n, sdx_rewrite *c)
{
    return one(n, c, "m_ = Equal(x_, y_); k_ = CastLike(m_, x_); dx_ = Mul(dy_, k_)");
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

/* Of `data`, `kept`, which is the result with its axes, and `full`, the slope as large as data. */
static sdx_status of_kept(const sdx_node *n, sdx_rewrite *c, const char *body)
{
    SDX_TRY(spread(n, c));
    return sdx_body(c, 18, "%s", body);
}

sdx_status sdx_derive_reduce_sum(const sdx_node *n, sdx_rewrite *c)
{
    return of_kept(n, c, "ddata = Identity(full)");
}

sdx_status sdx_derive_reduce_mean(const sdx_node *n, sdx_rewrite *c)
{
    return of_kept(n, c,
                   "all = Size(data); left = Size(reduced); all_of = CastLike(all, data); "
                   "left_of = CastLike(left, data); share = Div(left_of, all_of); "
                   "ddata = Mul(full, share)");
}

sdx_status sdx_derive_reduce_log_sum_exp(const sdx_node *n, sdx_rewrite *c)
{
    return of_kept(n, c, "less = Sub(data, kept); part = Exp(less); ddata = Mul(full, part)");
}

sdx_status sdx_derive_reduce_log_sum(const sdx_node *n, sdx_rewrite *c)
{
    return of_kept(n, c, "sum = Exp(kept); ddata = Div(full, sum)");
}

sdx_status sdx_derive_reduce_l1(const sdx_node *n, sdx_rewrite *c)
{
    return of_kept(n, c, "side = Sign(data); ddata = Mul(full, side)");
}

sdx_status sdx_derive_reduce_l2(const sdx_node *n, sdx_rewrite *c)
{
    return of_kept(n, c, "part = Div(data, kept); ddata = Mul(full, part)");
}

sdx_status sdx_derive_reduce_sum_square(const sdx_node *n, sdx_rewrite *c)
{
    return of_kept(n, c, "twice = Add(data, data); ddata = Mul(full, twice)");
}

/* Those that are equal share it. */
sdx_status sdx_derive_reduce_extreme(const sdx_node *n, sdx_rewrite *c)
{
    return of_kept(n, c,
                   "same = Equal(data, kept); is = CastLike(same, data); "
                   "many = sdx.Unbroadcast(is, kept); share = Div(full, many); "
                   "ddata = Mul(share, is)");
}

sdx_status sdx_derive_global_max_pool(const sdx_node *n, sdx_rewrite *c)
{
    return one(
        n, c,
        "same_ = Equal(x_, y_); is_ = CastLike(same_, x_); "
        "many_ = sdx.Unbroadcast(is_, y_); share_ = Div(dy_, many_); dx_ = Mul(share_, is_)");
}

sdx_status sdx_derive_global_average_pool(const sdx_node *n, sdx_rewrite *c)
{
    return one(
        n, c,
        "shape_ = Shape(x_); full_ = Expand(dy_, shape_); all_ = Size(x_); left_ = Size(y_); "
        "all_of_ = CastLike(all_, x_); left_of_ = CastLike(left_, x_); "
        "share_ = Div(left_of_, all_of_); dx_ = Mul(full_, share_)");
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

/* Where nothing is dropped. */
sdx_status sdx_derive_dropout(const sdx_node *n, sdx_rewrite *c)
{
    const sdx_tensor *training = sdx_in_const(n, 2);
    int64_t on = sdx_since(n) < 7 ? !sdx_attr_int(n, "is_test") : sdx_has_in(n, 2);
    if (training && sdx_elements(training) == 1)
        sdx_load_i64(&on, training, 0, 1, 1);
    if (on)
        return sdx_cannot(c, "the derivative of Dropout is known where training_mode is false");
    return sdx_body(c, 18, "ddata = Identity(doutput)");
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
