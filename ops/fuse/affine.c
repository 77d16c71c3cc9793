/* ops/fuse/affine.c - constant factors and terms of channels move into the convolution beside them.
 *
 * Behind Conv and ConvTranspose a Mul by s makes the weights of each output W * s and the bias
 * b * s, an Add of t the bias b + t.  In front of Conv, Mul makes the weights of each input W * s;
 * Add makes the bias b + sum of W * t, where nothing is padded, for padding is 0 and not t.  The
 * constant is one number, or one for each channel.  All of it is constant, and folding computes it.
 * Source: ONNX Operators.md, Conv-22, ConvTranspose-22, Mul-14, Add-14. */
#include "common/linear.h"
#include "sdx/rewrite.h"
#include <stdio.h>

/* Input i as one number (1) or one for each of `channels` (2) in a result of that rank; 0: else. */
static int constant_kind(const sdx_node *n, int i, int rank, int64_t channels)
{
    const sdx_tensor *t = sdx_in_const(n, i);
    if (!t || t->dtype != SDX_F32 || t->shape.rank > rank)
        return 0;
    int less = rank - t->shape.rank, kind = 1;
    for (int k = 0; k < t->shape.rank; k++) {
        if (t->shape.dim[k] == 1)
            continue;
        if (k + less != 1 || t->shape.dim[k] != channels)
            return 0;
        kind = 2;
    }
    return kind;
}

static bool is_convolution(const sdx_node *n)
{
    bool known = sdx_is(n, "Conv") || sdx_is(n, "ConvTranspose");
    if (!known || !sdx_has_constant_weights(n))
        return false;
    sdx_shape w = sdx_in_shape(n, 1);
    return w.rank >= 3 && sdx_count(w, 0, w.rank) > 0;
}

/* w: the weights times the constant k.from, which lies along their axis `axis`; -1: one number. */
static sdx_status scale_weights(const sdx_node *lin, const char *from, int axis, sdx_rewrite *c)
{
    char shape[SDX_AXIS_SHAPE_TEXT];
    sdx_axis_shape(shape, sdx_in_shape(lin, 1).rank, axis);
    return sdx_body(c, 14,
                    "ws = Constant<value_ints = [%s]>(); wc = Reshape(k.%s, ws);"
                    "w = Mul(lin.W, wc)",
                    shape, from);
}

/* t: the constant k.from as one number for each of `filters`. */
static sdx_status spread(const char *from, int64_t filters, sdx_rewrite *c)
{
    return sdx_body(c, 14,
                    "ts = Constant<value_ints = [-1]>(); tf = Reshape(k.%s, ts);"
                    "te = Constant<value_ints = [%lld]>(); t = Expand(tf, te)",
                    from, (long long)filters);
}

/* Mul or Add behind a convolution. */
static sdx_status behind(const sdx_node *n, sdx_rewrite *c)
{
    int at = sdx_in_const(n, 0) ? 0 : 1;
    const sdx_node *lin = sdx_only_producer(c, n, 1 - at);
    if (sdx_in_count(n) != 2 || !sdx_in_const(n, at) || !lin || !is_convolution(lin))
        return SDX_OK;
    sdx_shape w = sdx_in_shape(lin, 1);
    bool transposed = sdx_is(lin, "ConvTranspose"), add = sdx_is(n, "Add");
    int64_t group = sdx_attr_int(lin, "group"), filters = transposed ? w.dim[1] * group : w.dim[0];
    int kind = constant_kind(n, at, w.rank, filters);
    const char *from = at == 0 ? "A" : "B", *op = sdx_op_name(lin);
    if (kind == 0 || (!add && kind == 2 && transposed && group != 1) ||
        w.rank > SDX_AXIS_SHAPE_RANK || filters < 1)
        return SDX_OK;
    sdx_name(c, "lin", lin);
    sdx_name(c, "k", n);
    SDX_TRY(spread(from, filters, c));
    if (!add) {
        SDX_TRY(scale_weights(lin, from, kind == 1 ? -1 : transposed ? 1 : 0, c));
        return sdx_body(c, 14,
                        sdx_has_in(lin, 2) ? "b = Mul(lin.B, t); C = %s<@lin>(lin.X, w, b)"
                                           : "C = %s<@lin>(lin.X, w)",
                        op);
    }
    return sdx_body(c, 14,
                    sdx_has_in(lin, 2) ? "b = Add(lin.B, t); C = %s<@lin>(lin.X, lin.W, b)"
                                       : "C = %s<@lin>(lin.X, lin.W, t)",
                    op);
}

/* The sum over all axes of the weights but the first. */
static sdx_status sum_weights(int rank, sdx_rewrite *c)
{
    char axes[16 * 24] = "";
    int used = 0;
    for (int i = 1; i < rank; i++)
        used += snprintf(axes + used, sizeof axes - (size_t)used, "%s%d", i > 1 ? ", " : "", i);
    return sdx_body(c, 14, "as = Constant<value_ints = [%s]>(); s = ReduceSum<keepdims = 0>(w, as)",
                    axes);
}

/* Mul or Add in front of a Conv. */
static sdx_status in_front(const sdx_node *n, sdx_rewrite *c)
{
    const sdx_node *k = sdx_only_producer(c, n, 0);
    if (!k || (!sdx_is(k, "Mul") && !sdx_is(k, "Add")) || sdx_in_count(k) != 2 ||
        !is_convolution(n))
        return SDX_OK;
    int at = sdx_in_const(k, 0) ? 0 : 1;
    bool add = sdx_is(k, "Add");
    sdx_shape w = sdx_in_shape(n, 1);
    int64_t group = sdx_attr_int(n, "group"), channels = w.dim[1] * group;
    int kind = sdx_in_dims(k, 1 - at).rank == w.rank ? constant_kind(k, at, w.rank, channels) : 0;
    int axis = kind == 1 ? -1 : group == 1 ? 1 : 0;
    bool each = group == channels && w.dim[0] == channels; /* depthwise: channels are filters */
    if (kind == 0 || (kind == 2 && group != 1 && !each) || (add && !sdx_pads_nothing(n)) ||
        w.rank > SDX_AXIS_SHAPE_RANK)
        return SDX_OK;
    sdx_name(c, "lin", n);
    sdx_name(c, "k", k);
    const char *from = at == 0 ? "A" : "B", *x = at == 0 ? "B" : "A";
    SDX_TRY(scale_weights(n, from, axis, c));
    if (!add)
        return sdx_body(c, 14,
                        sdx_has_in(n, 2) ? "Y = Conv<@>(k.%s, w, B)" : "Y = Conv<@>(k.%s, w)", x);
    SDX_TRY(sum_weights(w.rank, c));
    return sdx_body(
        c, 14,
        sdx_has_in(n, 2) ? "b = Add(B, s); Y = Conv<@>(k.%s, W, b)" : "Y = Conv<@>(k.%s, W, s)", x);
}

static sdx_status apply(const sdx_node *n, sdx_rewrite *c)
{
    return sdx_is(n, "Conv") ? in_front(n, c) : behind(n, c);
}

const sdx_rule sdx_fuse_affine = { "Mul Add Conv", apply };
