/* ops/microsoft/qlinear.c - the element-wise, pooling and joining QLinear operators of
 * com.microsoft and its QLinearConv, by operators of the standard.
 *
 * Each is DequantizeLinear, the operator on floats, QuantizeLinear.  Where ONNX Runtime works by a
 * table of 256 results or in whole numbers, a result may lie one step from its own.  Source:
 * onnxruntime, ContribOperators.md, the section of each, version 1. */
#include <stdio.h>
#include <string.h>
#include "common/check.h"
#include "common/pointwise.h"
#include "common/window.h"
#include "sdx/rewrite.h"

static const sdx_schema binary_schema[] = {
    { 1,
      "A:T A_scale:f32 A_zero_point?:T B:T B_scale:f32 B_zero_point?:T C_scale:f32 "
      "C_zero_point?:T -> C:T",
      "", "T: i8 u8" },
    { 0 },
};
static const sdx_schema sigmoid_schema[] = {
    { 1, "X:T X_scale:f32 X_zero_point?:T Y_scale:f32 Y_zero_point?:T -> Y:T", "", "T: i8 u8" },
    { 0 },
};
static const sdx_schema leaky_schema[] = {
    { 1, "X:T X_scale:f32 X_zero_point?:T Y_scale:f32 Y_zero_point?:T -> Y:T", "alpha:float=0.01",
      "T: i8 u8" },
    { 0 },
};
static const sdx_schema softmax_schema[] = {
    { 1, "X:T X_scale:f32 X_zero_point?:T Y_scale:f32 Y_zero_point:T -> Y:T",
      "axis:int=-1 opset:int!", "T: i8 u8" },
    { 0 },
};
static const sdx_schema pool_schema[] = {
    { 1, "X:T X_scale:f32 X_zero_point?:T Y_scale:f32 Y_zero_point?:T -> Y:T",
      "auto_pad:string=NOTSET ceil_mode:int=0 channels_last:int=0 count_include_pad:int=0 "
      "kernel_shape:ints! pads:ints strides:ints",
      "T: i8 u8" },
    { 0 },
};
static const sdx_schema global_schema[] = {
    { 1, "X:T X_scale:f32 X_zero_point:T Y_scale:f32 Y_zero_point:T -> Y:T", "channels_last:int=0",
      "T: i8 u8" },
    { 0 },
};
static const sdx_schema max_schema[] = {
    { 1, "x:T -> y:T",
      "auto_pad:string=NOTSET ceil_mode:int=0 dilations:ints kernel_shape:ints! pads:ints "
      "strides:ints",
      "T: i8 u8" },
    { 0 },
};
static const sdx_schema concat_schema[] = {
    { 1, "Y_scale:f32 Y_zero_point:T8 inputs+:TV* -> Y:T8", "axis:int!",
      "T8: i8 u8; TV: i8 u8 f32" },
    { 0 },
};
static const sdx_schema where_schema[] = {
    { 1,
      "condition:bool X:T x_scale:f32 x_zero_point:T Y:T y_scale:f32 y_zero_point:T z_scale:f32 "
      "z_zero_point:T -> Z:T",
      "", "T: i8 u8" },
    { 0 },
};
static const sdx_schema conv_schema[] = {
    { 1,
      "x:T1 x_scale:f32 x_zero_point:T1 w:T2 w_scale:f32 w_zero_point:T2 y_scale:f32 "
      "y_zero_point:T3 B?:T4 -> y:T3",
      "auto_pad:string=NOTSET channels_last:int=0 dilations:ints group:int=1 kernel_shape:ints "
      "pads:ints strides:ints",
      "T1: i8 u8; T2: i8 u8; T3: i8 u8; T4: i32" },
    { 0 },
};

/* ---- to floats and back ---- */

/* `to` becomes the floats of the numbers X, whose scale and zero point are the next two inputs. */
static sdx_status widen(const sdx_node *n, sdx_rewrite *c, const char *to, int x)
{
    if (sdx_has_in(n, x + 2))
        return sdx_body(c, 13, "%s = DequantizeLinear(%s, %s, %s)", to, sdx_in_name(n, x),
                        sdx_in_name(n, x + 1), sdx_in_name(n, x + 2));
    return sdx_body(c, 13, "%s = DequantizeLinear(%s, %s)", to, sdx_in_name(n, x),
                    sdx_in_name(n, x + 1));
}

/* Output 0 becomes the numbers of `from`; scale and zero point are inputs i and i + 1. */
static sdx_status narrow(const sdx_node *n, sdx_rewrite *c, const char *from, int i)
{
    const char *zero = "zero";
    if (sdx_has_in(n, i + 1))
        zero = sdx_in_name(n, i + 1);
    else
        SDX_TRY(sdx_body(c, 15, "none = Constant<value_int = 0>(); zero = CastLike(none, %s)",
                         sdx_in_name(n, 0)));
    return sdx_body(c, 13, "%s = QuantizeLinear(%s, %s, %s)", sdx_out_name(n, 0), from,
                    sdx_in_name(n, i), zero);
}

/* ---- element by element ---- */

static void infer_like(const sdx_node *n, sdx_infer *c)
{
    sdx_set_out_like(c, 0, sdx_in_dims(n, 0));
}

static void infer_where(const sdx_node *n, sdx_infer *c)
{
    sdx_dims a = sdx_in_dims(n, 0), x = sdx_in_dims(n, 1), y = sdx_in_dims(n, 4);
    if (a.rank < 0 || x.rank < 0 || y.rank < 0)
        return;
    int rank = a.rank > x.rank ? a.rank : x.rank;
    rank = rank > y.rank ? rank : y.rank;
    sdx_dim *both = sdx_new_dims(c, rank), *z = sdx_new_dims(c, rank);
    if (sdx_broadcast(n, c, 1, 4, x, y, rank, both) &&
        sdx_broadcast(n, c, 0, 1, a, (sdx_dims){ rank, both }, rank, z))
        sdx_set_out_dims(c, 0, rank, z);
}

static void infer_softmax(const sdx_node *n, sdx_infer *c)
{
    if (sdx_check_axis(c, "axis", sdx_attr_int(n, "axis"), sdx_in_dims(n, 0).rank))
        infer_like(n, c);
}

static void infer_binary(const sdx_node *n, sdx_infer *c)
{
    sdx_dims a = sdx_in_dims(n, 0), b = sdx_in_dims(n, 3);
    if (a.rank < 0 || b.rank < 0)
        return;
    int rank = a.rank > b.rank ? a.rank : b.rank;
    sdx_dim *y = sdx_new_dims(c, rank);
    if (sdx_broadcast(n, c, 0, 3, a, b, rank, y))
        sdx_set_out_dims(c, 0, rank, y);
}

static sdx_status expand_binary(const sdx_node *n, sdx_rewrite *c)
{
    SDX_TRY(widen(n, c, "a", 0));
    SDX_TRY(widen(n, c, "b", 3));
    SDX_TRY(sdx_body(c, 14, "y = %s(a, b)", (const char *)sdx_variant(n)));
    return narrow(n, c, "y", 6);
}

static sdx_status expand_where(const sdx_node *n, sdx_rewrite *c)
{
    SDX_TRY(widen(n, c, "x", 1));
    SDX_TRY(widen(n, c, "y", 4));
    SDX_TRY(sdx_body(c, 16, "z = Where(condition, x, y)"));
    return narrow(n, c, "z", 7);
}

static sdx_status expand_unary(const sdx_node *n, sdx_rewrite *c)
{
    SDX_TRY(widen(n, c, "x", 0));
    SDX_TRY(sdx_body(c, 16, "y = %s<@>(x)", (const char *)sdx_variant(n)));
    return narrow(n, c, "y", 3);
}

/* `opset` says how the model that was quantised meant the axis: below 13 it flattens. */
static sdx_status expand_softmax(const sdx_node *n, sdx_rewrite *c)
{
    int opset = sdx_attr_int(n, "opset") < 13 ? 11 : 13;
    SDX_TRY(widen(n, c, "x", 0));
    SDX_TRY(sdx_body(c, opset, "y = Softmax<axis = %d>(x)", (int)sdx_attr_int(n, "axis")));
    return narrow(n, c, "y", 3);
}

/* ---- pooling ---- */

static bool channels_last(const sdx_node *n)
{
    return strcmp(sdx_op_name(n), "NhwcMaxPool") == 0 || sdx_attr_int(n, "channels_last") != 0;
}

static void infer_pool(const sdx_node *n, sdx_infer *c)
{
    int count;
    sdx_window w;
    sdx_dims x = sdx_in_dims(n, 0);
    const int64_t *kernel = sdx_attr_ints(n, "kernel_shape", &count);
    int rank = count + 2, first = channels_last(n) ? 1 : 2;
    if (!kernel || !sdx_check_rank(c, 0, rank, rank) || !sdx_read_window(n, c, count, -1, &w))
        return;
    sdx_dim *y = sdx_new_dims(c, rank);
    for (int k = 0; k < rank && x.rank >= 0; k++)
        y[k] = k < first || k >= first + count ? x.dim[k]
                                               : sdx_window_out(c, &w, k - first, 0, k, x.dim[k],
                                                                sdx_attr_int(n, "ceil_mode") != 0);
    sdx_set_out_dims(c, 0, rank, y);
}

/* `to` becomes `from` with its channels moved from the last place to the second, or back. */
static sdx_status move_channels(sdx_rewrite *c, const char *to, const char *from, int rank,
                                bool back)
{
    char perm[8 * SDX_MAX_RANK];
    size_t at = 0;
    for (int k = 0; k < rank; k++) {
        int axis = k == 0 ? 0 : !back ? (k == 1 ? rank - 1 : k - 1) : k == rank - 1 ? 1 : k + 1;
        at += (size_t)snprintf(perm + at, sizeof perm - at, k ? ", %d" : "%d", axis);
    }
    return sdx_body(c, 13, "%s = Transpose<perm = [%s]>(%s)", to, perm, from);
}

/* y = pool(x), where `pool` wants channels first.  rank -1: not known. */
static sdx_status pool_floats(const sdx_node *n, sdx_rewrite *c, int rank, const char *pool)
{
    if (!channels_last(n))
        return sdx_body(c, 19, "y = %s<@>(x)", pool);
    if (rank < 0)
        return sdx_cannot(c, "the rank of %s must be known to find its channels",
                          sdx_in_name(n, 0));
    SDX_TRY(move_channels(c, "first", "x", rank, false));
    SDX_TRY(sdx_body(c, 19, "pooled = %s<@>(first)", pool));
    return move_channels(c, "y", "pooled", rank, true);
}

static int kernel_rank(const sdx_node *n)
{
    int count = 0;
    sdx_attr_ints(n, "kernel_shape", &count);
    return count + 2;
}

static sdx_status expand_average(const sdx_node *n, sdx_rewrite *c)
{
    SDX_TRY(widen(n, c, "x", 0));
    SDX_TRY(pool_floats(n, c, kernel_rank(n), "AveragePool"));
    return narrow(n, c, "y", 3);
}

static void infer_global(const sdx_node *n, sdx_infer *c)
{
    sdx_dims x = sdx_in_dims(n, 0);
    int first = channels_last(n) ? 1 : 2;
    if (!sdx_check_rank(c, 0, 3, SDX_MAX_RANK) || x.rank < 0)
        return;
    sdx_dim *y = sdx_new_dims(c, x.rank);
    for (int k = 0; k < x.rank; k++)
        y[k] = k < first || k >= x.rank - 2 + first ? x.dim[k] : sdx_num(1);
    sdx_set_out_dims(c, 0, x.rank, y);
}

static sdx_status expand_global(const sdx_node *n, sdx_rewrite *c)
{
    SDX_TRY(widen(n, c, "x", 0));
    SDX_TRY(pool_floats(n, c, sdx_in_dims(n, 0).rank, "GlobalAveragePool"));
    return narrow(n, c, "y", 3);
}

static sdx_status expand_max(const sdx_node *n, sdx_rewrite *c)
{
    int rank = kernel_rank(n);
    SDX_TRY(move_channels(c, "first", "x", rank, false));
    SDX_TRY(sdx_body(c, 12, "pooled = MaxPool<@>(first)"));
    return move_channels(c, "y", "pooled", rank, true);
}

/* ---- QLinearConv ---- */

/* Filters lie as ever, whichever way the channels of x do. */
static void infer_conv(const sdx_node *n, sdx_infer *c)
{
    sdx_dims x = sdx_in_dims(n, 0);
    int rank = x.rank >= 0 ? x.rank : sdx_in_dims(n, 3).rank, last = channels_last(n) ? 1 : 0;
    sdx_window w;
    if (rank < 0)
        return;
    if (!sdx_check_rank(c, 0, 3, SDX_MAX_RANK) || !sdx_check_rank(c, 3, rank, rank) ||
        !sdx_check_filters(n, c, 3) || (!last && !sdx_check_group(n, c, 0, 3)) ||
        !sdx_check_bias(n, c, 8, sdx_in_dim(n, 3, 0)) || !sdx_read_window(n, c, rank - 2, 3, &w))
        return;
    if (last &&
        !sdx_check_dim(n, c, "conv-weight-channels", 0, rank - 1,
                       sdx_dim_mul(c, sdx_num(sdx_attr_int(n, "group")), sdx_in_dim(n, 3, 1)),
                       "group x W.shape[1] channels"))
        return;
    sdx_dim *y = sdx_new_dims(c, rank);
    y[0] = sdx_in_dim(n, 0, 0);
    y[last ? rank - 1 : 1] = sdx_in_dim(n, 3, 0);
    for (int k = 0; k < rank - 2; k++)
        y[k + 2 - last] = sdx_window_out(c, &w, k, 0, k + 2 - last, sdx_in_dim(n, 0, k + 2 - last),
                                         false);
    sdx_set_out_dims(c, 0, rank, y);
}

static sdx_status expand_conv(const sdx_node *n, sdx_rewrite *c)
{
    static const char conv[] = "%s = QLinearConv<@>(%s, x_scale, x_zero_point, w, w_scale, "
                               "w_zero_point, y_scale, y_zero_point, B)";
    int rank = sdx_in_dims(n, 0).rank;
    if (!channels_last(n))
        return sdx_body(c, 10, conv, "y", "x");
    if (rank < 0)
        return sdx_cannot(c, "the rank of x must be known to find its channels");
    SDX_TRY(move_channels(c, "first", "x", rank, false));
    SDX_TRY(sdx_body(c, 10, conv, "out", "first"));
    return move_channels(c, "y", "out", rank, true);
}

/* ---- QLinearConcat ---- */

/* inputs is tensor, scale, zero point, again and again from input 2 on. */
static void infer_concat(const sdx_node *n, sdx_infer *c)
{
    int count = sdx_in_count(n), rank = sdx_in_dims(n, 2).rank;
    if ((count - 2) % 3 != 0) {
        sdx_refuse(c, "concat-shape", "inputs has %d entries, no multiple of 3", count - 2);
        sdx_hint(c, "give a tensor, its scale and its zero point for each part");
        return;
    }
    for (int i = 2; i < count; i += 3)
        if (rank < 0 || !sdx_check_rank(c, i, rank, rank) || sdx_in_dims(n, i).rank < 0)
            return;
    if (!sdx_check_axis(c, "axis", sdx_attr_int(n, "axis"), rank))
        return;
    int axis = sdx_axis(sdx_attr_int(n, "axis"), rank);
    sdx_dim *y = sdx_new_dims(c, rank);
    memcpy(y, sdx_in_dims(n, 2).dim, (size_t)rank * sizeof *y);
    for (int i = 5; i < count; i += 3)
        for (int k = 0; k < rank; k++)
            if (k == axis)
                y[k] = sdx_dim_add(c, y[k], sdx_in_dim(n, i, k));
            else if (!sdx_check_same(c, "concat-shape", 2, k, i, k))
                return;
    sdx_set_out_dims(c, 0, rank, y);
}

static sdx_status expand_concat(const sdx_node *n, sdx_rewrite *c)
{
    enum { MOST = 150 };
    char all[8 * MOST] = "x0";
    size_t at = 2;
    int parts = (sdx_in_count(n) - 2) / 3;
    if (parts > MOST)
        return sdx_cannot(c, "it joins %d tensors; up to %d are supported", parts, MOST);
    for (int k = 0; k < parts; k++) {
        SDX_TRY(sdx_body(c, 13, "x%d = DequantizeLinear(inputs[%d], inputs[%d], inputs[%d])", k,
                         3 * k, 3 * k + 1, 3 * k + 2));
        if (k > 0)
            at += (size_t)snprintf(all + at, sizeof all - at, ", x%d", k);
    }
    SDX_TRY(sdx_body(c, 13, "y = Concat<axis = %d>(%s)", (int)sdx_attr_int(n, "axis"), all));
    return sdx_body(c, 13, "Y = QuantizeLinear(y, Y_scale, Y_zero_point)");
}

static const char domain[] = "com.microsoft";
static const char add[] = "Add", mul[] = "Mul", sigmoid[] = "Sigmoid", leaky[] = "LeakyRelu";
static const sdx_op ops[] = {
    { SDX_OP(QLinearAdd), domain, .schema = binary_schema,
      .limits = "*A_scale:(0,) *B_scale:(0,) *C_scale:(0,)", .traits = SDX_PURE, .variant = add,
      .infer = infer_binary, .expand = expand_binary },
    { SDX_OP(QLinearMul), domain, .schema = binary_schema,
      .limits = "*A_scale:(0,) *B_scale:(0,) *C_scale:(0,)", .traits = SDX_PURE, .variant = mul,
      .infer = infer_binary, .expand = expand_binary },
    { SDX_OP(QLinearWhere), domain, .schema = where_schema,
      .limits = "*x_scale:(0,) *y_scale:(0,) *z_scale:(0,)", .traits = SDX_PURE,
      .infer = infer_where, .expand = expand_where },
    { SDX_OP(QLinearConv), domain, .schema = conv_schema,
      .limits = "*x_scale:(0,) *w_scale:(0,) *y_scale:(0,)", .traits = SDX_PURE,
      .infer = infer_conv, .expand = expand_conv },
    { SDX_OP(QLinearSigmoid), domain, .schema = sigmoid_schema,
      .limits = "*X_scale:(0,) *Y_scale:(0,)", .traits = SDX_PURE, .variant = sigmoid,
      .infer = infer_like, .expand = expand_unary },
    { SDX_OP(QLinearLeakyRelu), domain, .schema = leaky_schema,
      .limits = "*X_scale:(0,) *Y_scale:(0,)", .traits = SDX_PURE, .variant = leaky,
      .infer = infer_like, .expand = expand_unary },
    { SDX_OP(QLinearSoftmax), domain, .schema = softmax_schema,
      .limits = "*X_scale:(0,) *Y_scale:(0,)", .traits = SDX_PURE, .infer = infer_softmax,
      .expand = expand_softmax },
    { SDX_OP(QLinearAveragePool), domain, .schema = pool_schema,
      .limits = "*x_scale:(0,) *y_scale:(0,)", .traits = SDX_PURE, .infer = infer_pool,
      .expand = expand_average },
    { SDX_OP(QLinearGlobalAveragePool), domain, .schema = global_schema,
      .limits = "*x_scale:(0,) *y_scale:(0,)", .traits = SDX_PURE, .infer = infer_global,
      .expand = expand_global },
    { SDX_OP(NhwcMaxPool), domain, .schema = max_schema, .traits = SDX_PURE, .infer = infer_pool,
      .expand = expand_max },
    { SDX_OP(QLinearConcat), domain, .schema = concat_schema, .traits = SDX_PURE,
      .infer = infer_concat, .expand = expand_concat },
    { 0 },
};
const sdx_family sdx_family_microsoft_qlinear = { ops, 0 };
