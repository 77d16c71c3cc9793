/* ops/common/derivatives_windows.c - rules of derivatives of convolutions and pools.
 *
 * By X a convolution is derived by the transposed one, by W by a convolution of X, whose channels
 * have become its batch, with the slope, whose batch has become its channels: what were strides are
 * dilations then, and the other way round.  An average is a convolution with equal weights. */
#include "common/derivatives.h"
#include <inttypes.h>
#include <stdio.h>

enum { DIMS = SDX_MAX_RANK - 2, ROOM = 2 * DIMS * 22 /* a number, a comma, a blank */ };

/* A window's attributes, all of them given, as text. */
typedef struct window {
    int dims;
    char strides[ROOM], dilations[ROOM], pads[ROOM], less[ROOM]; /* less: strides - 1 */
} window;

static void write_list(char *to, int count, const int64_t *v)
{
    size_t at = 0;
    for (int i = 0; i < count; i++)
        at += (size_t)snprintf(to + at, ROOM - at, "%s%" PRId64, i ? ", " : "", v[i]);
}

/* Pads that SAME_UPPER or SAME_LOWER mean for these sizes. */
static sdx_status same_pads(const sdx_node *n, sdx_rewrite *c, int dims, const int64_t *stride,
                            const int64_t *dilation, int64_t *pads)
{
    int given;
    const int64_t *kernel = sdx_attr_ints(n, "kernel_shape", &given);
    for (int k = 0; k < dims; k++) {
        sdx_dim in = sdx_in_dim(n, 0, k + 2), taps = sdx_in_dim(n, 1, k + 2);
        if (kernel)
            taps = sdx_num(kernel[k]);
        if (!sdx_is_num(in) || !sdx_is_num(taps))
            return sdx_cannot(c, "the derivative wants sizes to be known where auto_pad is SAME");
        int64_t all = ((in.n + stride[k] - 1) / stride[k] - 1) * stride[k] +
                      (taps.n - 1) * dilation[k] + 1 - in.n;
        all = all < 0 ? 0 : all;
        pads[k] = sdx_attr_is(n, "auto_pad", "SAME_LOWER") ? (all + 1) / 2 : all / 2;
        pads[dims + k] = all - pads[k];
    }
    return SDX_OK;
}

static sdx_status read_window(const sdx_node *n, sdx_rewrite *c, window *w)
{
    static const char *const names[] = { "strides", "dilations", "pads" };
    int64_t v[4][2 * DIMS];
    int rank = sdx_in_dims(n, 0).rank, count;
    if (rank < 3)
        return sdx_cannot(c, "the derivative wants the rank of %s to be known", sdx_in_name(n, 0));
    w->dims = rank - 2;
    for (int i = 0; i < 3; i++) {
        const int64_t *given = sdx_attr_ints(n, names[i], &count);
        for (int k = 0; k < 2 * w->dims; k++)
            v[i][k] = given && k < count ? given[k] : i < 2;
    }
    if (sdx_attr_is(n, "auto_pad", "SAME_UPPER") || sdx_attr_is(n, "auto_pad", "SAME_LOWER"))
        SDX_TRY(same_pads(n, c, w->dims, v[0], v[1], v[2]));
    for (int k = 0; k < w->dims; k++)
        v[3][k] = v[0][k] - 1;
    write_list(w->strides, w->dims, v[0]);
    write_list(w->dilations, w->dims, v[1]);
    write_list(w->pads, 2 * w->dims, v[2]);
    write_list(w->less, w->dims, v[3]);
    return SDX_OK;
}

/* begin_, axes_: of all dims but the first two; perm_ exchanges those. */
static sdx_status write_axes(sdx_rewrite *c, int dims, char *rest)
{
    int64_t axes[DIMS], none[DIMS] = { 0 };
    char zeros[ROOM];
    for (int k = 0; k < dims; k++)
        axes[k] = k + 2;
    write_list(rest, dims, axes);
    write_list(zeros, dims, none);
    return sdx_body(c, 18,
                    "begin_ = Constant<value_ints = [%s]>(); axes_ = Constant<value_ints = [%s]>()",
                    zeros, rest);
}

/* `to` = the slope `dy` gone back through the window with weights w, as large as `like`: with the
 * most that strides can have left over, of which the end is cut. */
static sdx_status go_back(sdx_rewrite *c, const window *w, int64_t group, const char *to,
                          const char *dy, const char *weights, const char *like)
{
    return sdx_body(c, 18,
                    "wide_ = ConvTranspose<group = %" PRId64 ", strides = [%s], dilations = [%s], "
                    "pads = [%s], output_padding = [%s]>(%s, %s); size_ = Shape<start = 2>(%s); "
                    "%s = Slice(wide_, begin_, size_, axes_)",
                    group, w->strides, w->dilations, w->pads, w->less, dy, weights, like, to);
}

/* dW of a window that leads from the larger to the smaller. */
static sdx_status by_weights(sdx_rewrite *c, const window *w, int64_t group, const char *large,
                             const char *small, const char *rest)
{
    char apart[ROOM]; /* the axes behind groups */
    int64_t axes[DIMS];
    for (int k = 0; k < w->dims; k++)
        axes[k] = k + 3;
    write_list(apart, w->dims, axes);
    SDX_TRY(sdx_body(c, 18,
                     "behind_ = Shape<start = 2>(%s); "
                     "by_group_ = Constant<value_ints = [0, %" PRId64 ", -1]>(); "
                     "apart_shape_ = Concat<axis = 0>(by_group_, behind_); "
                     "apart_ = Reshape(%s, apart_shape_); "
                     "turned_ = Transpose<perm = [2, 1, 0, %s]>(apart_); "
                     "joined_ = Constant<value_ints = [0, -1]>(); "
                     "join_shape_ = Concat<axis = 0>(joined_, behind_); "
                     "x_ = Reshape(turned_, join_shape_); y_ = Transpose<perm = [1, 0, %s]>(%s)",
                     large, group, large, apart, rest, small));
    return sdx_body(c, 18,
                    "w_ = Conv<group = %" PRId64 ", strides = [%s], dilations = [%s], pads = [%s]>"
                    "(x_, y_); most_ = Transpose<perm = [1, 0, %s]>(w_); "
                    "taps_ = Shape<start = 2>(W); dW = Slice(most_, begin_, taps_, axes_)",
                    group, w->dilations, w->strides, w->pads, rest);
}

static sdx_status by_bias(const sdx_node *n, sdx_rewrite *c, const char *rest)
{
    if (!sdx_has_in(n, 2))
        return SDX_OK;
    return sdx_body(c, 18,
                    "others_ = Constant<value_ints = [0, %s]>(); "
                    "dB = ReduceSum<keepdims = 0>(dY, others_)",
                    rest);
}

sdx_status sdx_derive_conv(const sdx_node *n, sdx_rewrite *c)
{
    window w;
    char rest[ROOM];
    int64_t group = sdx_attr_int(n, "group");
    SDX_TRY(read_window(n, c, &w));
    SDX_TRY(write_axes(c, w.dims, rest));
    SDX_TRY(go_back(c, &w, group, "dX", "dY", "W", "X"));
    SDX_TRY(by_weights(c, &w, group, "X", "dY", rest));
    return by_bias(n, c, rest);
}

sdx_status sdx_derive_conv_transpose(const sdx_node *n, sdx_rewrite *c)
{
    window w;
    char rest[ROOM];
    int64_t group = sdx_attr_int(n, "group");
    sdx_string pad = sdx_attr_string(n, "auto_pad");
    if (sdx_has_attr(n, "output_shape") || (pad.length > 0 && pad.text[0] == 'S'))
        return sdx_cannot(c,
                          "the derivative of ConvTranspose is known for pads that are given, not "
                          "for output_shape or auto_pad");
    SDX_TRY(read_window(n, c, &w));
    SDX_TRY(write_axes(c, w.dims, rest));
    SDX_TRY(sdx_body(c, 18,
                     "dX = Conv<group = %" PRId64
                     ", strides = [%s], dilations = [%s], pads = [%s]>(dY, W)",
                     group, w.strides, w.dilations, w.pads));
    SDX_TRY(by_weights(c, &w, group, "dY", "X", rest));
    return by_bias(n, c, rest);
}

/* Every channel by itself, as a batch. */
sdx_status sdx_derive_average_pool(const sdx_node *n, sdx_rewrite *c)
{
    window w;
    char rest[ROOM], taps[ROOM];
    int count;
    double all = 1;
    const int64_t *kernel = sdx_attr_ints(n, "kernel_shape", &count);
    if (sdx_attr_int(n, "ceil_mode"))
        return sdx_cannot(c, "the derivative of AveragePool is not known with ceil_mode");
    SDX_TRY(read_window(n, c, &w));
    SDX_TRY(write_axes(c, w.dims, rest));
    write_list(taps, count, kernel);
    for (int k = 0; k < count; k++)
        all *= (double)kernel[k];
    SDX_TRY(sdx_body(c, 18,
                     "number_ = Constant<value_float = %s>(); all_ = CastLike(number_, X); "
                     "unit_ = Constant<value_float = 1.0>(); one_ = CastLike(unit_, X); "
                     "taps_ = Constant<value_ints = [1, 1, %s]>(); ones_ = Expand(one_, taps_); "
                     "shape_ = Shape(X)",
                     sdx_float_text(c, all), taps));
    if (sdx_attr_int(n, "count_include_pad"))
        SDX_TRY(sdx_body(c, 18, "slope_ = Div(dY, all_)"));
    else /* the part of a window that is no pad */
        SDX_TRY(sdx_body(c, 19,
                         "full_ = Expand(one_, shape_); "
                         "part_ = AveragePool<@, count_include_pad = 1>(full_); "
                         "taken_ = Mul(part_, all_); slope_ = Div(dY, taken_)"));
    SDX_TRY(sdx_body(c, 18,
                     "alone_ = Constant<value_ints = [-1, 1]>(); out_ = Shape<start = 2>(dY); "
                     "alone_shape_ = Concat<axis = 0>(alone_, out_); "
                     "each_ = Reshape(slope_, alone_shape_)"));
    SDX_TRY(go_back(c, &w, 1, "back_", "each_", "ones_", "X"));
    return sdx_body(c, 18, "dX = Reshape<allowzero = 1>(back_, shape_)");
}
