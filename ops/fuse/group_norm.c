/* ops/fuse/group_norm.c - GroupNormalization as exporters write it without having it.
 *
 *     r = Reshape(x, [0, groups, -1]); i = InstanceNormalization(r, ones, zeros); y = Reshape(i,
 *     shape of x) then Mul by one number a channel, Add of one number a channel
 *
 * becomes one node; the last two stay where they are not there.
 * Source: ONNX Operators.md, GroupNormalization-21, InstanceNormalization-22. */
#include "sdx/rewrite.h"

static bool all_are(const sdx_tensor *t, double v)
{
    for (int64_t i = 0; t && i < sdx_elements(t); i++) {
        double x;
        sdx_load_f64(&x, t, i, 1, 1);
        if (x != v)
            return false;
    }
    return t != NULL;
}

/* Constant with one number a channel of a result of this rank: [C, 1, 1] or [1, C, 1, 1]. */
static bool is_per_channel(const sdx_node *n, int i, int rank, int64_t channels)
{
    const sdx_tensor *t = sdx_in_const(n, i);
    int less = t ? rank - t->shape.rank : -1;
    if (!t || less < 0 || less > 1 || t->dtype != SDX_F32)
        return false;
    for (int k = 0; k < t->shape.rank; k++)
        if (t->shape.dim[k] != (k + less == 1 ? channels : 1))
            return false;
    return true;
}

/* The InstanceNormalization over groups of x that input i of n is, reshaped back; NULL: it is
 * none. */
static const sdx_node *core(sdx_rewrite *c, const sdx_node *n, int i, const sdx_node **flat)
{
    const sdx_node *back = sdx_only_producer(c, n, i);
    const sdx_node *norm = back && sdx_is(back, "Reshape") ? sdx_only_producer(c, back, 0) : NULL;
    if (!norm || !sdx_is(norm, "InstanceNormalization") || !all_are(sdx_in_const(norm, 1), 1) ||
        !all_are(sdx_in_const(norm, 2), 0))
        return NULL;
    *flat = sdx_only_producer(c, norm, 0);
    if (!*flat || !sdx_is(*flat, "Reshape"))
        return NULL;
    sdx_dims x = sdx_in_dims(*flat, 0), f = sdx_out_dims(*flat, 0), y = sdx_out_dims(back, 0);
    if (x.rank < 3 || y.rank != x.rank || f.rank != 3 || !sdx_is_num(x.dim[1]) ||
        !sdx_is_num(f.dim[1]))
        return NULL;
    for (int k = 0; k < x.rank; k++) /* equal formulas are one entry */
        if (x.dim[k].n != y.dim[k].n || x.dim[k].sym != y.dim[k].sym || sdx_is_unknown(x.dim[k]))
            return NULL;
    bool same_batch = x.dim[0].n == f.dim[0].n && x.dim[0].sym == f.dim[0].sym;
    return same_batch && f.dim[1].n > 0 && x.dim[1].n % f.dim[1].n == 0 ? norm : NULL;
}

/* From the Add at the end: Add(Mul(core, scale), bias). */
static sdx_status apply(const sdx_node *n, sdx_rewrite *c)
{
    if (sdx_in_dtype(n, 0) != SDX_F32 || sdx_in_count(n) != 2)
        return SDX_OK;
    for (int i = 0; i < 4; i++) {
        int at = i / 2, in = i % 2; /* where the product is, and where the core is in it */
        const sdx_node *mul = sdx_only_producer(c, n, at), *flat = NULL;
        const sdx_node *norm = mul && sdx_is(mul, "Mul") ? core(c, mul, in, &flat) : NULL;
        if (!norm)
            continue;
        int rank = sdx_in_dims(flat, 0).rank;
        int64_t channels = sdx_in_dim(flat, 0, 1).n;
        if (!is_per_channel(mul, 1 - in, rank, channels) ||
            !is_per_channel(n, 1 - at, rank, channels))
            return SDX_OK;
        sdx_name(c, "mul", mul);
        sdx_name(c, "flat", flat);
        return sdx_body(c, 21,
                        "one = Constant<value_ints = [-1]>(); s = Reshape(mul.%s, one);"
                        "b = Reshape(%s, one);"
                        "C = GroupNormalization<num_groups = %lld, epsilon = %s>(flat.data, s, b)",
                        sdx_in_name(mul, 1 - in), sdx_in_name(n, 1 - at),
                        (long long)sdx_out_dims(flat, 0).dim[1].n,
                        sdx_float_text(c, sdx_attr_float(norm, "epsilon")));
    }
    return SDX_OK;
}

const sdx_rule sdx_fuse_group_norm = { "Add", apply };
