/* ops/fuse/layer_norm.c - LayerNormalization and RMSNormalization as exporters write them out.
 *
 *     d = Sub(x, ReduceMean(x)); y = Div(d, Sqrt(Add(ReduceMean(Pow(d, 2)), epsilon)))
 *     y = Mul(x, Reciprocal(Sqrt(Add(ReduceMean(Mul(x, x)), epsilon))))
 *     y = Add(Mul(x, r), Add(Mul(Neg(mean), r), B)) with r = 1 / root, times Scale if there is one
 *
 * become one node, first with a Scale of ones: then the Mul and Add of constants behind it become
 * its Scale and B.  Over the channels of pictures it is a ChannelNormalization.
 * Source: ONNX Operators.md, LayerNormalization-17, RMSNormalization-23. */
#include <string.h>
#include "common/constant.h"
#include "sdx/rewrite.h"

typedef struct norm {
    const sdx_node *from; /* what is normalised is its input `in` */
    int in, axis, rank;
    int64_t size;
    double epsilon;
    bool centered;
} norm;

/* The node that makes input i of n the mean along one axis, which is kept; NULL: none. */
static const sdx_node *mean_of(sdx_rewrite *c, const sdx_node *n, int i, int *axis)
{
    const sdx_node *m = sdx_maker(c, n, i);
    int rank = m ? sdx_in_dims(m, 0).rank : -1, count = 0;
    int64_t along = rank - 1;
    if (rank == 3 && sdx_is(m, "GlobalAveragePool"))
        count = 1;
    else if (rank > 0 && sdx_is(m, "ReduceMean") && sdx_attr_int(m, "keepdims") != 0) {
        const int64_t *list = sdx_attr_ints(m, "axes", &count);
        const sdx_tensor *t = sdx_has_in(m, 1) ? sdx_in_const(m, 1) : NULL;
        if (t && sdx_elements(t) == 1) {
            sdx_load_i64(&along, t, 0, 1, 1);
            count = 1;
        } else if (list && count == 1) {
            along = list[0];
        } else {
            count = 0;
        }
    }
    *axis = rank > 0 ? sdx_axis(along, rank) : -1;
    return count == 1 ? m : NULL;
}

/* Input i of n is Sqrt(mean + epsilon), or (power) the sum to be raised to it: the node that adds,
 * and which of its inputs is the mean; else NULL. */
static const sdx_node *sum_of(sdx_rewrite *c, const sdx_node *n, int i, double *epsilon, int *mean)
{
    const sdx_node *add = sdx_maker(c, n, i);
    if (!add || !sdx_is(add, "Add"))
        return NULL;
    for (int k = 0; k < 2; k++) {
        sdx_dims d = sdx_in_dims(add, k);
        const sdx_tensor *t = d.rank >= 0 && d.rank <= 1 ? sdx_in_const(add, k) : NULL;
        if (!t || sdx_elements(t) != 1 || t->dtype != SDX_F32)
            continue;
        sdx_load_f64(epsilon, t, 0, 1, 1);
        *mean = 1 - k;
        return *epsilon >= 0 ? add : NULL;
    }
    return NULL;
}

static const sdx_node *root_of(sdx_rewrite *c, const sdx_node *n, int i, double *epsilon, int *mean)
{
    const sdx_node *root = sdx_maker(c, n, i);
    bool good = root &&
                (sdx_is(root, "Sqrt") || (sdx_is(root, "Pow") && sdx_is_real(root, 1, 0.5, 0)));
    return good ? sum_of(c, root, 0, epsilon, mean) : NULL;
}

/* ... 1 over it. */
static const sdx_node *inverse_of(sdx_rewrite *c, const sdx_node *n, int i, double *epsilon,
                                  int *mean)
{
    const sdx_node *inverse = sdx_maker(c, n, i);
    if (!inverse)
        return NULL;
    if (sdx_is(inverse, "Reciprocal"))
        return root_of(c, inverse, 0, epsilon, mean);
    if (sdx_is(inverse, "Div") && sdx_is_real(inverse, 0, 1, 0))
        return root_of(c, inverse, 1, epsilon, mean);
    if (sdx_is(inverse, "Pow") && sdx_is_real(inverse, 1, -0.5, 0))
        return sum_of(c, inverse, 0, epsilon, mean);
    return NULL;
}

/* The node whose input 0 is squared for the mean that is input i of the sum; NULL: none. */
static const sdx_node *squared(sdx_rewrite *c, const sdx_node *sum, int i, norm *d)
{
    const sdx_node *mean = sum ? mean_of(c, sum, i, &d->axis) : NULL;
    const sdx_node *square = mean ? sdx_maker(c, mean, 0) : NULL;
    bool good = square && ((sdx_is(square, "Mul") && sdx_reads_same(square, 0, square, 1)) ||
                           (sdx_is(square, "Pow") && sdx_is_real(square, 1, 2, 0)));
    return good ? square : NULL;
}

/* The difference from the mean along the axis, that makes input i of n; NULL: none. */
static const sdx_node *difference(sdx_rewrite *c, const sdx_node *n, int i, int axis)
{
    const sdx_node *sub = sdx_maker(c, n, i);
    int along;
    const sdx_node *mean = sub && sdx_is(sub, "Sub") ? mean_of(c, sub, 1, &along) : NULL;
    return mean && along == axis && sdx_reads_same(mean, 0, sub, 0) ? sub : NULL;
}

/* Is what was found a row of numbers, or of channels? */
static bool is_whole(norm *d)
{
    sdx_dims x = sdx_in_dims(d->from, d->in);
    d->rank = x.rank;
    if (x.rank < 2 || d->axis < 0 || d->axis >= x.rank || !sdx_is_num(x.dim[d->axis]))
        return false;
    d->size = x.dim[d->axis].n;
    return d->size > 0 && sdx_in_dtype(d->from, d->in) == SDX_F32 &&
           (d->axis == x.rank - 1 || (d->axis == 1 && d->centered));
}

/* A constant of one number for each place along the axis. */
static bool is_along(const sdx_node *n, int i, int axis, int rank, int64_t size)
{
    sdx_dims d = sdx_in_dims(n, i);
    if (!sdx_is_const(n, i) || d.rank < 0 || d.rank > rank || sdx_in_dtype(n, i) != SDX_F32)
        return false;
    bool there = false;
    for (int k = 0; k < d.rank; k++) {
        bool own = rank - d.rank + k == axis;
        if (!sdx_is_num(d.dim[k]) || d.dim[k].n != (own ? size : 1))
            return false;
        there = there || own;
    }
    return there;
}

/* scale, bias: inputs of the nodes that were named "factor" and "shift"; NULL: ones, none. */
static sdx_status make(const sdx_node *n, sdx_rewrite *c, const norm *d, const char *scale,
                       const char *bias)
{
    bool channels = d->axis != d->rank - 1;
    sdx_name(c, "from", d->from);
    SDX_TRY(sdx_body(c, 13,
                     "flat = Constant<value_ints = [-1]>(); one = Constant<value_float = 1>();"
                     "size = Constant<value_ints = [%lld]>()",
                     (long long)d->size));
    if (scale)
        SDX_TRY(sdx_body(c, 13, "s = Reshape(factor.%s, flat)", scale));
    else
        SDX_TRY(sdx_body(c, 13, "s = Expand(one, size)"));
    if (bias)
        SDX_TRY(sdx_body(c, 13, "b = Reshape(shift.%s, flat)", bias));
    return sdx_body(c, channels ? 1 : 23, "%s = %s<epsilon = %s>(from.%s, s%s)", sdx_out_name(n, 0),
                    channels      ? "sdx.ChannelNormalization"
                    : d->centered ? "LayerNormalization"
                                  : "RMSNormalization",
                    sdx_float_text(c, (float)d->epsilon), sdx_in_name(d->from, d->in),
                    bias ? ", b" : "");
}

/* From the quotient, or the product with 1 over the root. */
static sdx_status from_quotient(const sdx_node *n, sdx_rewrite *c)
{
    for (int i = sdx_is(n, "Div") ? 1 : 0; i < 2; i++) {
        norm d = { 0 };
        int mean = 0;
        const sdx_node *sum = sdx_is(n, "Div") ? root_of(c, n, i, &d.epsilon, &mean)
                                               : inverse_of(c, n, i, &d.epsilon, &mean);
        const sdx_node *square = squared(c, sum, mean, &d);
        if (!square || !sdx_reads_same(square, 0, n, 1 - i))
            continue;
        const sdx_node *sub = difference(c, n, 1 - i, d.axis);
        d.centered = sub != NULL;
        d.from = sub ? sub : n;
        d.in = sub ? 0 : 1 - i;
        return is_whole(&d) ? make(n, c, &d, NULL, NULL) : SDX_OK;
    }
    return SDX_OK;
}

/* Input i of n is Neg(mean) * factor, or `mean` times it, with the mean that sub takes off and the
 * other operand of mul. */
static bool is_shift(sdx_rewrite *c, const sdx_node *n, int i, bool negative, const sdx_node *sub,
                     const sdx_node *mul, int factor)
{
    const sdx_node *product = sdx_maker(c, n, i);
    for (int k = 0; product && sdx_is(product, "Mul") && k < 2; k++) {
        const sdx_node *neg = negative ? sdx_maker(c, product, k) : NULL;
        bool mean = negative ? neg && sdx_is(neg, "Neg") && sdx_reads_same(neg, 0, sub, 1)
                             : sdx_reads_same(product, k, sub, 1);
        if (mean && sdx_reads_same(product, 1 - k, mul, factor))
            return true;
    }
    return false;
}

/* Add(Mul(x, r), shift): x is input `in` of mul, shift input `at` of n. */
static sdx_status from_sum(const sdx_node *n, sdx_rewrite *c, const sdx_node *mul, int in, int at,
                           bool *done)
{
    norm d = { .centered = true, .from = mul, .in = in };
    int mean = 0, scale = -1;
    const sdx_node *sum = inverse_of(c, mul, 1 - in, &d.epsilon, &mean);
    const sdx_node *factor = sum ? NULL : sdx_maker(c, mul, 1 - in);
    for (int k = 0; factor && sdx_is(factor, "Mul") && !sum && k < 2; k++) {
        sum = inverse_of(c, factor, 1 - k, &d.epsilon, &mean);
        scale = k;
    }
    const sdx_node *square = squared(c, sum, mean, &d);
    const sdx_node *sub = square ? difference(c, square, 0, d.axis) : NULL;
    const sdx_node *shift = sdx_maker(c, n, at);
    if (!sub || !shift || !sdx_reads_same(sub, 0, mul, in) || !is_whole(&d) ||
        (scale >= 0 && !is_along(factor, scale, d.axis, d.rank, d.size)))
        return SDX_OK;
    int bias = -1;
    if (sdx_is(shift, "Sub"))
        bias = is_shift(c, shift, 1, false, sub, mul, 1 - in) ? 0 : -1;
    for (int k = 0; sdx_is(shift, "Add") && bias < 0 && k < 2; k++)
        bias = is_shift(c, shift, 1 - k, true, sub, mul, 1 - in) ? k : -1;
    if (bias >= 0 ? !is_along(shift, bias, d.axis, d.rank, d.size)
                  : !is_shift(c, n, at, true, sub, mul, 1 - in))
        return SDX_OK;
    *done = true;
    sdx_name(c, "shift", shift);
    if (scale >= 0)
        sdx_name(c, "factor", factor);
    return make(n, c, &d, scale >= 0 ? sdx_in_name(factor, scale) : NULL,
                bias >= 0 ? sdx_in_name(shift, bias) : NULL);
}

/* ---- factors and terms behind it ---- */

/* The axis of a norm with one number of Scale for each place there; -1: n is no norm. */
static int axis_of(const sdx_node *n)
{
    int rank = sdx_in_dims(n, 0).rank;
    if (rank < 2 || sdx_in_dims(n, 1).rank != 1 || sdx_in_dtype(n, 0) != SDX_F32)
        return -1;
    if (strcmp(sdx_op_name(n), "ChannelNormalization") == 0)
        return 1;
    bool last = sdx_is(n, "LayerNormalization") || sdx_is(n, "RMSNormalization");
    for (int i = 1; i < sdx_out_count(n); i++)
        last = last && !sdx_has_out(n, i);
    return last && sdx_axis(sdx_attr_int(n, "axis"), rank) == rank - 1 ? rank - 1 : -1;
}

/* Input i of n is a norm, the other one a constant along its axis. */
static sdx_status take_in(const sdx_node *n, sdx_rewrite *c, int i)
{
    const sdx_node *up = sdx_only_producer(c, n, i);
    int axis = up ? axis_of(up) : -1;
    bool mul = sdx_is(n, "Mul"), root = axis >= 0 && sdx_is(up, "RMSNormalization");
    if (axis < 0 || (!mul && root) || !sdx_is_num(sdx_in_dim(up, 0, axis)) ||
        !is_along(n, 1 - i, axis, sdx_in_dims(up, 0).rank, sdx_in_dim(up, 0, axis).n))
        return SDX_OK;
    const char *scale = sdx_in_name(up, 1);
    bool bias = sdx_has_in(up, 2);
    sdx_name(c, "norm", up);
    SDX_TRY(sdx_body(c, 14, "flat = Constant<value_ints = [-1]>(); k = Reshape(%s, flat)",
                     sdx_in_name(n, 1 - i)));
    if (mul)
        SDX_TRY(sdx_body(c, 14, "s = Mul(norm.%s, k)", scale));
    else
        SDX_TRY(sdx_body(c, 14, "s = Identity(norm.%s)", scale));
    if (bias)
        SDX_TRY(sdx_body(c, 14, "b = %s(norm.B, k)", mul ? "Mul" : "Add"));
    else if (!mul)
        SDX_TRY(sdx_body(c, 14, "b = Identity(k)"));
    return sdx_body(c, axis == sdx_in_dims(up, 0).rank - 1 ? 23 : 1, "C = %s%s<@norm>(norm.X, s%s)",
                    sdx_is(up, sdx_op_name(up)) ? "" : "sdx.", sdx_op_name(up),
                    bias || !mul ? ", b" : "");
}

static sdx_status apply(const sdx_node *n, sdx_rewrite *c)
{
    if (sdx_out_dtype(n, 0) != SDX_F32)
        return SDX_OK;
    for (int i = 0; i < 2 && !sdx_is(n, "Div"); i++) {
        const sdx_node *up = sdx_only_producer(c, n, i);
        if (up && axis_of(up) >= 0)
            return take_in(n, c, i);
    }
    if (!sdx_is(n, "Add"))
        return from_quotient(n, c);
    for (int i = 0; i < 4; i++) {
        const sdx_node *mul = sdx_only_producer(c, n, i / 2);
        const sdx_node *factor = mul && sdx_is(mul, "Mul") ? sdx_maker(c, mul, 1 - i % 2) : NULL;
        bool root = factor && (sdx_is(factor, "Mul") || sdx_is(factor, "Reciprocal") ||
                               sdx_is(factor, "Div") || sdx_is(factor, "Pow"));
        bool done = false;
        if (root)
            SDX_TRY(from_sum(n, c, mul, i % 2, 1 - i / 2, &done));
        if (done)
            break;
    }
    return SDX_OK;
}

const sdx_rule sdx_fuse_layer_norm = { "Div Mul Add", apply };
