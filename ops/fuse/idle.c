/* ops/fuse/idle.c - nodes that change nothing are Identity, so that those around them can meet: a
 * Dropout that drops nothing, a Cast of floats or indices to the type that is there, an Expand,
 * Tile or Slice that leaves the dims as they are.  Source: ONNX Operators.md, Dropout-22, Cast-25,
 * Expand-13, Tile-13, Slice-13; Changelog.md, Dropout-1 to -13. */
#include "sdx/rewrite.h"

static bool drops_nothing(const sdx_node *n)
{
    const sdx_tensor *training = sdx_in_const(n, 2);
    int64_t on = 1;
    if (sdx_has_out(n, 1))
        return false;
    if (sdx_since(n) < 7)
        return sdx_attr_int(n, "is_test") != 0;
    if (sdx_since(n) < 12 || !sdx_has_in(n, 2))
        return true;
    if (training)
        sdx_load_i64(&on, training, 0, 1, 1);
    return on == 0;
}

/* Are the dims of the result those of input 0, none of them 0? */
static bool keeps_dims(const sdx_node *n)
{
    sdx_dims x = sdx_in_dims(n, 0), y = sdx_out_dims(n, 0);
    bool same = x.rank >= 0 && x.rank == y.rank;
    for (int k = 0; same && k < x.rank; k++) /* equal formulas are one entry */
        same = !sdx_is_unknown(x.dim[k]) && x.dim[k].n == y.dim[k].n &&
               x.dim[k].sym == y.dim[k].sym && (!sdx_is_num(x.dim[k]) || x.dim[k].n > 0);
    return same;
}

/* Slices go forwards, one by one. */
static bool steps_by_one(const sdx_node *n)
{
    const sdx_tensor *t = sdx_has_in(n, 4) ? sdx_in_const(n, 4) : NULL;
    for (int64_t i = 0; t && i < sdx_elements(t); i++) {
        int64_t step;
        sdx_load_i64(&step, t, i, 1, 1);
        if (step != 1)
            return false;
    }
    return t || !sdx_has_in(n, 4);
}

static bool is_idle(const sdx_node *n)
{
    if (sdx_is(n, "Dropout"))
        return drops_nothing(n);
    if (sdx_is(n, "Cast"))
        return sdx_in_dtype(n, 0) == sdx_out_dtype(n, 0) &&
               (sdx_in_dtype(n, 0) == SDX_F32 || sdx_in_dtype(n, 0) == SDX_I64);
    return keeps_dims(n) && (!sdx_is(n, "Slice") || steps_by_one(n));
}

static sdx_status apply(const sdx_node *n, sdx_rewrite *c)
{
    return is_idle(n) ? sdx_body(c, 28, "%s = Identity(%s)", sdx_out_name(n, 0), sdx_in_name(n, 0))
                      : SDX_OK;
}

const sdx_rule sdx_fuse_idle = { "Dropout Cast Expand Tile Slice", apply };
