/* ops/fuse/conv_batchnorm.c - a BatchNormalization behind a convolution moves into its filters.
 *
 * y = (conv(x) + b - mean) * s + beta with s = scale / sqrt(var + epsilon) is a convolution with
 * the filters W * s and the bias (b - mean) * s + beta.  All of it but the convolution is constant,
 * and folding computes it.  Source: ONNX Operators.md, BatchNormalization-15, Conv-22,
 * ConvTranspose-22. */
#include "sdx/rewrite.h"

/* Inference, of constants that match the filters in type. */
static bool is_constant_norm(const sdx_node *n, sdx_dtype d)
{
    for (int i = 1; i < 5; i++)
        if (!sdx_in_const(n, i) || sdx_in_dtype(n, i) != d)
            return false;
    for (int i = 1; i < sdx_out_count(n); i++)
        if (sdx_has_out(n, i))
            return false;
    return sdx_since(n) < 14 ? sdx_since(n) >= 7 || sdx_attr_int(n, "is_test")
                             : sdx_attr_int(n, "training_mode") == 0;
}

/* Per feature of a channel, before opset 9: another thing. */
static bool is_spatial(const sdx_node *n)
{
    return sdx_since(n) >= 9 || sdx_attr_int(n, "spatial") != 0;
}

/* The shape that lays one number for each filter along the filters: "-1, 1, 1, 1". */
static const char *along(bool transposed, int rank)
{
    static const char *const first[] = { "-1, 1, 1", "-1, 1, 1, 1", "-1, 1, 1, 1, 1" };
    static const char *const second[] = { "1, -1, 1", "1, -1, 1, 1", "1, -1, 1, 1, 1" };
    return rank < 3 || rank > 5 ? NULL : transposed ? second[rank - 3] : first[rank - 3];
}

static sdx_status apply(const sdx_node *n, sdx_rewrite *c)
{
    const sdx_node *conv = sdx_only_producer(c, n, 0);
    bool transposed = conv && sdx_is(conv, "ConvTranspose");
    if (!conv || !(transposed || sdx_is(conv, "Conv")) || !sdx_in_const(conv, 1))
        return SDX_OK;
    const char *shape = along(transposed, sdx_in_dims(conv, 1).rank);
    sdx_dtype d = sdx_in_dtype(conv, 1);
    bool bias = sdx_has_in(conv, 2);
    if (!shape || (transposed && sdx_attr_int(conv, "group") != 1) || d != SDX_F32 ||
        (bias && !sdx_in_const(conv, 2)) || !is_constant_norm(n, d) || !is_spatial(n))
        return SDX_OK;
    sdx_name(c, "conv", conv);
    SDX_TRY(sdx_body(c, 14,
                     "e = Constant<value_float = %s>(); v = Add(%s, e); r = Sqrt(v);"
                     "s = Div(scale, r); along = Constant<value_ints = [%s]>();"
                     "t = Reshape(s, along); w = Mul(conv.W, t)",
                     sdx_float_text(c, sdx_attr_float(n, "epsilon")), sdx_in_name(n, 4), shape));
    SDX_TRY(bias ? sdx_body(c, 14, "m = Sub(conv.B, %s)", sdx_in_name(n, 3))
                 : sdx_body(c, 14, "m = Neg(%s)", sdx_in_name(n, 3)));
    return sdx_body(c, 14,
                    "ms = Mul(m, s); b = Add(ms, B);"
                    "Y = %s<@conv>(conv.X, w, b)",
                    sdx_op_name(conv));
}

const sdx_rule sdx_fuse_conv_batchnorm = { "BatchNormalization", apply };
