/* ops/microsoft/namesakes.c - Pad, Range, Unique of com.microsoft, which are older than, and differ
 * a little from, the standard's operators of these names.
 *
 * Source: onnxruntime, ContribOperators.md, the section of each, version 1. */
#include "common/check.h"
#include "sdx/rewrite.h"

static const sdx_schema pad_schema[] = {
    { 1, "data:T pads:i64 value?:T -> output:T", "mode:string=constant", "T: float" },
    { 0 },
};
static const sdx_schema range_schema[] = {
    { 1, "start:T limit:T delta?:T -> Y:T", "", "T: f32 f64 i16 i32 i64" },
    { 0 },
};
static const sdx_schema unique_schema[] = {
    { 1, "x:T -> y:T idx:i64 counts:i64", "", "T: all" },
    { 0 },
};

/* pads may be [2 * rank] or [1, 2 * rank]. */
static void infer_pad(const sdx_node *n, sdx_infer *c)
{
    sdx_dims x = sdx_in_dims(n, 0), p = sdx_in_dims(n, 1);
    int count = 0;
    const sdx_dim *pad = p.rank == 1 ? sdx_in_elems(n, 1, &count) : NULL;
    if (!sdx_check_rank(c, 1, 1, 2) || x.rank < 0)
        return;
    if (p.rank > 0 && sdx_same(c, p.dim[p.rank - 1], sdx_num(2 * x.rank)) == SDX_NO) {
        sdx_refuse(c, "pad-pads", "pads.shape[%d] is %s, must be %d for %s", p.rank - 1,
                   sdx_show(c, p.dim[p.rank - 1]), 2 * x.rank, sdx_counted(c, x.rank, "axis"));
        sdx_point(c, 1, p.rank - 1);
        sdx_hint(c, "pads holds what goes before each axis, then what goes after each");
        return;
    }
    sdx_dim *y = sdx_new_dims(c, x.rank);
    for (int k = 0; k < x.rank && pad && count == 2 * x.rank; k++)
        y[k] = sdx_dim_add(c, sdx_dim_add(c, x.dim[k], pad[k]), pad[x.rank + k]);
    sdx_set_out_dims(c, 0, x.rank, y);
}

static sdx_status expand_pad(const sdx_node *n, sdx_rewrite *c)
{
    SDX_TRY(sdx_body(c, 13, "flat = Constant<value_ints = [-1]>(); p = Reshape(pads, flat)"));
    return sdx_body(
        c, 18, sdx_has_in(n, 2) ? "output = Pad<@>(data, p, value)" : "output = Pad<@>(data, p)");
}

static void infer_range(const sdx_node *n, sdx_infer *c)
{
    sdx_dim count = sdx_dim_new(c, 0, 0, sdx_unknown());
    for (int i = 0; i < 3; i++)
        if (!sdx_check_rank(c, i, 0, 1))
            return;
    (void)n;
    sdx_set_out_dims(c, 0, 1, &count);
}

static sdx_status expand_range(const sdx_node *n, sdx_rewrite *c)
{
    if (sdx_has_in(n, 2))
        return sdx_body(c, 11, "Y = Range(start, limit, delta)");
    return sdx_body(c, 15,
                    "one = Constant<value_int = 1>(); step = CastLike(one, start); "
                    "Y = Range(start, limit, step)");
}

static void infer_unique(const sdx_node *n, sdx_infer *c)
{
    sdx_dims x = sdx_in_dims(n, 0);
    sdx_dim all = x.rank >= 0 ? sdx_dim_product(c, x, 0, x.rank) : sdx_unknown();
    sdx_dim count = sdx_dim_new(c, 0, 0, all);
    sdx_set_out_dims(c, 0, 1, &count);
    sdx_set_out_dims(c, 1, 1, &all);
    sdx_set_out_dims(c, 2, 1, &count);
}

static sdx_status expand_unique(const sdx_node *n, sdx_rewrite *c)
{
    (void)n;
    return sdx_body(c, 11, "y, , idx, counts = Unique<sorted = 0>(x)");
}

static const char domain[] = "com.microsoft";
static const sdx_op ops[] = {
    { SDX_OP(Pad), domain, .schema = pad_schema, .traits = SDX_PURE, .infer = infer_pad,
      .expand = expand_pad },
    { SDX_OP(Range), domain, .schema = range_schema, .traits = SDX_PURE, .infer = infer_range,
      .expand = expand_range },
    { SDX_OP(Unique), domain, .schema = unique_schema, .traits = SDX_PURE, .infer = infer_unique,
      .expand = expand_unique },
    { 0 },
};
const sdx_family sdx_family_microsoft_namesakes = { ops, 0 };
