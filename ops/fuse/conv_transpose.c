/* ops/fuse/conv_transpose.c - a ConvTranspose of few filters whose pixels do not overlap.
 *
 * Where kernel and stride are both k x k, every output comes of one input pixel: the filters are
 * those of a 1x1 convolution with k * k outputs for each, and DepthToSpace puts them in place.  A
 * block of channels then is filled by all taps of a filter, and not by one.
 * Source: ONNX Operators.md, ConvTranspose-22, DepthToSpace-13. */
#include "sdx/rewrite.h"

/* Attribute `name` is left out or holds v alone. */
static bool all_are(const sdx_node *n, const char *name, int64_t v)
{
    int count;
    const int64_t *a = sdx_attr_ints(n, name, &count);
    for (int i = 0; a && i < count; i++)
        if (a[i] != v)
            return false;
    return true;
}

static sdx_status apply(const sdx_node *n, sdx_rewrite *c)
{
    enum { BLOCK = 16 };
    int count = 0;
    const int64_t *strides = sdx_attr_ints(n, "strides", &count);
    if (!sdx_is_const(n, 1) || sdx_in_dtype(n, 1) != SDX_F32)
        return SDX_OK;
    sdx_shape w = sdx_in_shape(n, 1);
    if (w.rank != 4 || sdx_count(w, 0, 4) == 0 || !strides || count != 2)
        return SDX_OK;
    int64_t filters = w.dim[1], side = w.dim[2], output;
    if (strides[0] != side || strides[1] != side || w.dim[3] != side || side < 2 ||
        filters > BLOCK || side > BLOCK || filters * side * side > BLOCK ||
        sdx_attr_int(n, "group") != 1 || !all_are(n, "pads", 0) || !all_are(n, "dilations", 1) ||
        !all_are(n, "output_padding", 0) || !sdx_attr_is(n, "auto_pad", "NOTSET") ||
        sdx_has_attr(n, "output_shape"))
        return SDX_OK;
    output = filters * side * side;
    SDX_TRY(sdx_body(c, 14,
                     "t = Transpose<perm = [1, 2, 3, 0]>(W);"
                     "s = Constant<value_ints = [%lld, %lld, 1, 1]>(); v = Reshape(t, s)",
                     (long long)output, (long long)w.dim[0]));
    if (!sdx_has_in(n, 2))
        return sdx_body(c, 14,
                        "d = Conv(X, v);"
                        "Y = DepthToSpace<blocksize = %lld, mode = \"CRD\">(d)",
                        (long long)side);
    return sdx_body(c, 14,
                    "one = Constant<value_ints = [-1, 1]>(); b1 = Reshape(B, one);"
                    "all = Constant<value_ints = [%lld, %lld]>(); b2 = Expand(b1, all);"
                    "flat = Constant<value_ints = [-1]>(); b = Reshape(b2, flat);"
                    "d = Conv(X, v, b); Y = DepthToSpace<blocksize = %lld, mode = \"CRD\">(d)",
                    (long long)filters, (long long)(side * side), (long long)side);
}

const sdx_rule sdx_fuse_conv_transpose = { "ConvTranspose", apply };
