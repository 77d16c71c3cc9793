/* ops/fuse/batchnorm.c - a BatchNormalization moves into the constant weights beside it.
 *
 * It is x * s + t for each channel, with s = scale / sqrt(var + epsilon) and t = B - mean * s.
 * Behind Conv, ConvTranspose, Gemm or MatMul the weights of an output become W * s and the bias
 * (b - mean) * s + B. In front of Conv, Gemm or MatMul the weights of an input become W * s and the
 * bias grows by the sum of W * t; not where a convolution pads, for what it pads with is 0 and not
 * t. All of it is constant, and folding computes it.
 *
 * Weights of every operator are seen as [groups, before, along, rest], of which s scales `along`.
 * Source: ONNX Operators.md, BatchNormalization-15, Conv-22, ConvTranspose-22, Gemm-13,
 * MatMul-13. */
#include "common/linear.h"
#include "sdx/rewrite.h"

enum { GROUPS, BEFORE, ALONG, REST };

/* Inference, of constants that match the weights in type, with one number for each channel. */
static bool is_constant_norm(const sdx_node *n)
{
    for (int i = 1; i < 5; i++)
        if (!sdx_is_const(n, i) || sdx_in_dtype(n, i) != SDX_F32)
            return false;
    for (int i = 1; i < sdx_out_count(n); i++)
        if (sdx_has_out(n, i))
            return false;
    if (sdx_since(n) < 9 && sdx_attr_int(n, "spatial") == 0)
        return false;
    return sdx_since(n) < 14 ? sdx_since(n) >= 7 || sdx_attr_int(n, "is_test")
                             : sdx_attr_int(n, "training_mode") == 0;
}

static bool is_product(const sdx_node *n)
{
    return sdx_is(n, "Gemm") || sdx_is(n, "MatMul");
}

/* Constant weights and bias, in floats. */
static bool is_constant_linear(const sdx_node *n)
{
    bool known = sdx_is(n, "Conv") || sdx_is(n, "ConvTranspose") || is_product(n);
    return known && sdx_has_constant_weights(n);
}

static int64_t rest_of(sdx_shape w)
{
    return sdx_count(w, 2, w.rank);
}

/* Weights with the channels of the result `along`.  A product has them in its last axis, which is
 * the norm's only where there are two. */
static bool view_behind(const sdx_node *n, int64_t view[4])
{
    sdx_shape w = sdx_in_shape(n, 1);
    if (is_product(n)) {
        bool transposed = sdx_is(n, "Gemm") && sdx_attr_int(n, "transB") != 0;
        if (w.rank != 2 || sdx_out_dims(n, 0).rank != 2)
            return false;
        view[GROUPS] = 1;
        view[BEFORE] = transposed ? 1 : w.dim[0];
        view[ALONG] = w.dim[transposed ? 0 : 1];
        view[REST] = transposed ? w.dim[1] : 1;
        return true;
    }
    int64_t groups = sdx_attr_int(n, "group");
    bool transposed = sdx_is(n, "ConvTranspose");
    if (w.rank < 3 || groups < 1)
        return false;
    view[GROUPS] = transposed ? groups : 1;
    view[BEFORE] = transposed ? w.dim[0] / groups : 1;
    view[ALONG] = transposed ? w.dim[1] : w.dim[0];
    view[REST] = transposed ? rest_of(w) : w.dim[1] * rest_of(w);
    return true;
}

/* Weights with the channels of input 0 `along`. */
static bool view_in_front(const sdx_node *n, int64_t view[4])
{
    sdx_shape w = sdx_in_shape(n, 1);
    if (is_product(n)) {
        bool gemm = sdx_is(n, "Gemm"), transposed = gemm && sdx_attr_int(n, "transB") != 0;
        if (w.rank != 2 || sdx_in_dims(n, 0).rank != 2 || (gemm && sdx_attr_int(n, "transA") != 0))
            return false;
        view[GROUPS] = 1;
        view[BEFORE] = transposed ? w.dim[0] : 1;
        view[ALONG] = w.dim[transposed ? 1 : 0];
        view[REST] = transposed ? 1 : w.dim[1];
        return true;
    }
    int64_t groups = sdx_attr_int(n, "group");
    if (w.rank < 3 || groups < 1 || !sdx_is(n, "Conv") || !sdx_pads_nothing(n))
        return false;
    view[GROUPS] = groups;
    view[BEFORE] = w.dim[0] / groups;
    view[ALONG] = w.dim[1];
    view[REST] = rest_of(w);
    return true;
}

static const char *bias_name(const sdx_node *n)
{
    return sdx_is(n, "Gemm") ? "lin.C" : "lin.B";
}

/* The axis of W that is `along` by itself; -1: there is none. */
static int own_axis(sdx_shape w, const int64_t view[4])
{
    int64_t before = 1;
    for (int i = 0; i < w.rank && view[GROUPS] == 1; before *= w.dim[i], i++)
        if (before == view[BEFORE] && w.dim[i] == view[ALONG])
            return i;
    return -1;
}

/* s for each channel, w the weights times s: as they lie, so that no copy in view is made. */
static sdx_status scale_axis(const sdx_node *norm, const sdx_node *lin, int axis, sdx_rewrite *c)
{
    char shape[SDX_AXIS_SHAPE_TEXT];
    sdx_axis_shape(shape, sdx_in_shape(lin, 1).rank, axis);
    sdx_name(c, "norm", norm);
    sdx_name(c, "lin", lin);
    return sdx_body(c, 14,
                    "e = Constant<value_float = %s>(); v = Add(norm.%s, e); r = Sqrt(v);"
                    "s = Div(norm.scale, r); cs = Constant<value_ints = [%s]>();"
                    "sc = Reshape(s, cs); w = Mul(lin.%s, sc);",
                    sdx_float_text(c, sdx_attr_float(norm, "epsilon")), sdx_in_name(norm, 4), shape,
                    sdx_in_name(lin, 1));
}

/* s for each channel, f the weights in view, w the weights times s. */
static sdx_status scale_weights(const sdx_node *norm, const sdx_node *lin, const int64_t view[4],
                                sdx_rewrite *c)
{
    long long groups = (long long)view[GROUPS], along = (long long)view[ALONG];
    sdx_name(c, "norm", norm);
    sdx_name(c, "lin", lin);
    SDX_TRY(sdx_body(c, 14,
                     "e = Constant<value_float = %s>(); v = Add(norm.%s, e); r = Sqrt(v);"
                     "s = Div(norm.scale, r); cs = Constant<value_ints = [%lld, 1, %lld, 1]>();"
                     "vs = Constant<value_ints = [%lld, %lld, %lld, %lld]>();",
                     sdx_float_text(c, sdx_attr_float(norm, "epsilon")), sdx_in_name(norm, 4),
                     groups, along, groups, (long long)view[BEFORE], along, (long long)view[REST]));
    return sdx_body(c, 14,
                    "f = Reshape(lin.%s, vs); sc = Reshape(s, cs); fs = Mul(f, sc);"
                    "ws = Shape(lin.%s); w = Reshape(fs, ws)",
                    sdx_in_name(lin, 1), sdx_in_name(lin, 1));
}

/* b: the bias of the node as it stands, times Gemm's beta. */
static sdx_status old_bias(const sdx_node *lin, sdx_rewrite *c)
{
    bool gemm = sdx_is(lin, "Gemm");
    return sdx_body(c, 14, "beta = Constant<value_float = %s>(); b = Mul(%s, beta)",
                    sdx_float_text(c, gemm ? sdx_attr_float(lin, "beta") : 1), bias_name(lin));
}

/* The node again, of x with weights w and bias nb. */
static sdx_status again(const sdx_node *lin, const char *x, sdx_rewrite *c)
{
    if (sdx_is(lin, "MatMul"))
        return sdx_body(c, 14, "z = MatMul(%s, w); Y = Add(z, nb)", x);
    return sdx_body(c, 14,
                    sdx_is(lin, "Gemm") ? "Y = %s<@lin, beta = 1>(%s, w, nb)"
                                        : "Y = %s<@lin>(%s, w, nb)",
                    sdx_op_name(lin), x);
}

static bool is_filled(const int64_t view[4])
{
    return view[GROUPS] > 0 && view[BEFORE] > 0 && view[ALONG] > 0 && view[REST] > 0;
}

static sdx_status fold_behind(const sdx_node *n, sdx_rewrite *c)
{
    const sdx_node *lin = sdx_only_producer(c, n, 0), *add = NULL;
    int64_t view[4];
    int term = -1; /* the constant operand of an Add between a product and the norm */
    if (lin && sdx_is(lin, "Add")) {
        add = lin;
        term = sdx_in_const(add, 0) ? 0 : 1;
        lin = sdx_only_producer(c, add, 1 - term);
        if (!lin || !sdx_is(lin, "MatMul") || !sdx_in_const(add, term))
            return SDX_OK;
    }
    if (!lin || !is_constant_norm(n) || !is_constant_linear(lin) || !view_behind(lin, view) ||
        !is_filled(view) || (is_product(lin) && sdx_in_dims(n, 0).rank != 2))
        return SDX_OK;
    sdx_shape w = sdx_in_shape(lin, 1);
    int axis = w.rank <= SDX_AXIS_SHAPE_RANK ? own_axis(w, view) : -1;
    SDX_TRY(axis >= 0 ? scale_axis(n, lin, axis, c) : scale_weights(n, lin, view, c));
    if (add) {
        sdx_name(c, "add", add);
        SDX_TRY(
            sdx_body(c, 14, "m = Sub(add.%s, norm.%s)", sdx_in_name(add, term), sdx_in_name(n, 3)));
    } else if (sdx_has_in(lin, 2)) {
        SDX_TRY(old_bias(lin, c));
        SDX_TRY(sdx_body(c, 14, "m = Sub(b, norm.%s)", sdx_in_name(n, 3)));
    } else {
        SDX_TRY(sdx_body(c, 14, "m = Neg(norm.%s)", sdx_in_name(n, 3)));
    }
    SDX_TRY(sdx_body(c, 14, "ms = Mul(m, s); nb = Add(ms, norm.B)"));
    return again(lin, is_product(lin) ? "lin.A" : "lin.X", c);
}

static sdx_status fold_in_front(const sdx_node *n, sdx_rewrite *c)
{
    const sdx_node *norm = sdx_only_producer(c, n, 0);
    int64_t view[4];
    if (!norm || !sdx_is(norm, "BatchNormalization") || !is_constant_norm(norm) ||
        !is_constant_linear(n) || !view_in_front(n, view) || !is_filled(view))
        return SDX_OK;
    SDX_TRY(scale_weights(norm, n, view, c));
    SDX_TRY(sdx_body(
        c, 14,
        "ms = Mul(norm.%s, s); t = Sub(norm.B, ms); tc = Reshape(t, cs);"
        "ft = Mul(f, tc); axes = Constant<value_ints = %s>(); flat = Constant<value_ints = [-1]>();"
        "sums = ReduceSum<keepdims = 0>(ft, axes); sum = Reshape(sums, flat);"
        "alpha = Constant<value_float = %s>(); a = Mul(sum, alpha)",
        sdx_in_name(norm, 3), view[REST] > 1 && is_product(n) ? "[2]" : "[2, 3]",
        sdx_float_text(c, sdx_is(n, "Gemm") ? sdx_attr_float(n, "alpha") : 1)));
    if (sdx_has_in(n, 2)) {
        SDX_TRY(old_bias(n, c));
        SDX_TRY(sdx_body(c, 14, "nb = Add(a, b)"));
    } else {
        SDX_TRY(sdx_body(c, 14, "nb = Identity(a)"));
    }
    return again(n, "norm.X", c);
}

static sdx_status apply(const sdx_node *n, sdx_rewrite *c)
{
    return sdx_is(n, "BatchNormalization") ? fold_behind(n, c) : fold_in_front(n, c);
}

const sdx_rule sdx_fuse_batchnorm = { "BatchNormalization Conv Gemm MatMul", apply };
