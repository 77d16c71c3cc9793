/* ops/common/derivatives_norms.c - rules of derivatives of normalisations.
 *
 * hat_ = (x - mean) / deviation over some axes, Y = hat_ scale + bias.  With the slope g_ of hat_,
 * that of x is (g_ - mean of g_ - hat_ (mean of g_ hat_)) / deviation.  Mean, deviation and running
 * figures that come out beside count as constants. */
#include "common/derivatives.h"
#include <inttypes.h>
#include <stdio.h>

/* mean_, inv_ and hat_ of x_ over axes_; without taking the mean off, of its squares. */
static sdx_status normalise(sdx_rewrite *c, double epsilon, bool mean)
{
    return sdx_body(c, 18,
                    "%s; squares_ = Mul(off_, off_); var_ = ReduceMean(squares_, axes_); "
                    "e_ = Constant<value_float = %s>(); epsilon_ = CastLike(e_, x_); "
                    "more_ = Add(var_, epsilon_); root_ = Sqrt(more_); inv_ = Reciprocal(root_); "
                    "hat_ = Mul(off_, inv_)",
                    mean ? "mean_ = ReduceMean(x_, axes_); off_ = Sub(x_, mean_)"
                         : "off_ = Identity(x_)",
                    sdx_float_text(c, epsilon));
}

/* dx_ of g_. */
static sdx_status go_back(sdx_rewrite *c, bool mean)
{
    return sdx_body(
        c, 18,
        "gh_ = Mul(g_, hat_); part_ = ReduceMean(gh_, axes_); along_ = Mul(hat_, part_); "
        "%s; rest_ = Sub(less_, along_); dx_ = Mul(rest_, inv_)",
        mean ? "g_mean_ = ReduceMean(g_, axes_); less_ = Sub(g_, g_mean_)"
             : "less_ = Identity(g_)");
}

/* Scale and bias as they are broadcast, and their slopes, of hat. */
static sdx_status by_scale(const sdx_node *n, sdx_rewrite *c, const char *hat)
{
    const char *scale = sdx_in_name(n, 1), *bias = sdx_in_name(n, 2), *y = sdx_out_name(n, 0);
    SDX_TRY(sdx_body(c, 18,
                     "by_hat_ = Mul(d%s, %s); s_full_ = sdx.Unbroadcast(by_hat_, scale_); "
                     "s_shape_ = Shape(%s); d%s = Reshape(s_full_, s_shape_)",
                     y, hat, scale, scale));
    if (!sdx_has_in(n, 2))
        return SDX_OK;
    return sdx_body(
        c, 18, "b_full_ = sdx.Unbroadcast(d%s, scale_); d%s = Reshape(b_full_, s_shape_)", y, bias);
}

sdx_status sdx_derive_layer_norm(const sdx_node *n, sdx_rewrite *c)
{
    int64_t first = sdx_attr_int(n, "axis");
    int rank = sdx_in_dims(n, 0).rank, at = 0;
    bool mean = sdx_is(n, "LayerNormalization");
    char axes[8 * SDX_MAX_RANK];
    if ((first >= 0 && rank < 0) || first < -SDX_MAX_RANK)
        return sdx_cannot(c, "the derivative wants the rank of X to be known, or axis below 0");
    for (int64_t k = first < 0 ? first : first - rank; k < 0; k++)
        at += snprintf(axes + at, sizeof axes - (size_t)at, "%s%d", at ? ", " : "", (int)k);
    SDX_TRY(sdx_body(c, 18,
                     "axes_ = Constant<value_ints = [%s]>(); x_ = Identity(X); "
                     "scale_ = CastLike(%s, X); g_ = Mul(dY, scale_)",
                     axes, sdx_in_name(n, 1)));
    SDX_TRY(normalise(c, sdx_attr_float(n, "epsilon"), mean));
    SDX_TRY(go_back(c, mean));
    SDX_TRY(sdx_body(c, 18, "dX = Identity(dx_)"));
    return by_scale(n, c, "hat_");
}

/* scale_: one for each channel of x, and ones for what lies behind. */
static sdx_status spread_scale(const sdx_node *n, sdx_rewrite *c)
{
    char ones[4 * SDX_MAX_RANK] = "";
    int rank = sdx_in_dims(n, 0).rank, at = 0;
    if (rank < 2)
        return sdx_cannot(c, "the derivative wants the rank of %s to be known", sdx_in_name(n, 0));
    for (int k = 2; k < rank; k++)
        at += snprintf(ones + at, sizeof ones - (size_t)at, ", 1");
    return sdx_body(c, 18,
                    "spread_ = Constant<value_ints = [-1%s]>(); scale_ = Reshape(%s, spread_); "
                    "g_full_ = Mul(d%s, scale_)",
                    ones, sdx_in_name(n, 1), sdx_out_name(n, 0));
}

/* A group, or a channel, as one row. */
sdx_status sdx_derive_group_norm(const sdx_node *n, sdx_rewrite *c)
{
    const char *x = sdx_in_name(n, 0);
    int64_t groups = sdx_is(n, "GroupNormalization") ? sdx_attr_int(n, "num_groups") : 0;
    SDX_TRY(spread_scale(n, c));
    SDX_TRY(sdx_body(c, 18,
                     "rows_ = Constant<value_ints = [0, %" PRId64
                     ", -1]>(); x_ = Reshape(%s, rows_); "
                     "g_ = Reshape(g_full_, rows_); axes_ = Constant<value_ints = [-1]>()",
                     groups, x));
    SDX_TRY(normalise(c, sdx_attr_float(n, "epsilon"), true));
    SDX_TRY(go_back(c, true));
    SDX_TRY(sdx_body(c, 18,
                     "shape_ = Shape(%s); d%s = Reshape<allowzero = 1>(dx_, shape_); "
                     "hats_ = Reshape<allowzero = 1>(hat_, shape_)",
                     x, x));
    return by_scale(n, c, "hats_");
}

sdx_status sdx_derive_batch_norm(const sdx_node *n, sdx_rewrite *c)
{
    const char *mean = sdx_in_name(n, 3), *var = sdx_in_name(n, 4);
    bool training = sdx_since(n) < 14 ? sdx_out_count(n) > 1
                                      : sdx_attr_int(n, "training_mode") != 0;
    char axes[4 * SDX_MAX_RANK] = "0";
    size_t at = 1;
    if (sdx_since(n) < 9)
        return sdx_cannot(c, "the derivative of BatchNormalization is known from opset 9 on");
    SDX_TRY(spread_scale(n, c));
    SDX_TRY(sdx_body(c, 18, "x_ = Identity(X); g_ = Identity(g_full_)"));
    if (training) {
        for (int k = 2; k < sdx_in_dims(n, 0).rank; k++)
            at += (size_t)snprintf(axes + at, sizeof axes - at, ", %d", k);
        SDX_TRY(sdx_body(c, 18, "axes_ = Constant<value_ints = [%s]>()", axes));
        SDX_TRY(normalise(c, sdx_attr_float(n, "epsilon"), true));
        SDX_TRY(go_back(c, true));
        SDX_TRY(sdx_body(c, 18, "dX = Identity(dx_); d%s = Sub(%s, %s); d%s = Sub(%s, %s)", mean,
                         mean, mean, var, var, var)); /* they play no part */
        return by_scale(n, c, "hat_");
    }
    SDX_TRY(
        sdx_body(c, 18,
                 "mean_ = Reshape(%s, spread_); var_ = Reshape(%s, spread_); "
                 "off_ = Sub(X, mean_); e_ = Constant<value_float = %s>(); "
                 "epsilon_ = CastLike(e_, X); more_ = Add(var_, epsilon_); root_ = Sqrt(more_); "
                 "inv_ = Reciprocal(root_); hat_ = Mul(off_, inv_); dX = Mul(g_, inv_)",
                 mean, var, sdx_float_text(c, sdx_attr_float(n, "epsilon"))));
    SDX_TRY(by_scale(n, c, "hat_"));
    return sdx_body(c, 18,
                    "less_ = Neg(dX); m_full_ = sdx.Unbroadcast(less_, mean_); "
                    "d%s = Reshape(m_full_, s_shape_); two_ = Add(root_, root_); "
                    "falls_ = Mul(less_, hat_); slow_ = Div(falls_, two_); "
                    "v_full_ = sdx.Unbroadcast(slow_, var_); d%s = Reshape(v_full_, s_shape_)",
                    mean, var);
}
