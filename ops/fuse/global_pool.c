/* ops/fuse/global_pool.c - the mean of each channel of pictures, as a reduction, becomes
 * GlobalAveragePool, which takes pictures as convolutions leave them.
 * Source: ONNX Operators.md, ReduceMean-18, GlobalAveragePool-22. */
#include "sdx/rewrite.h"

static sdx_status apply(const sdx_node *n, sdx_rewrite *c)
{
    int rank = sdx_in_dims(n, 0).rank, count = 0;
    int64_t axes[SDX_MAX_RANK];
    uint64_t seen = 0;
    const int64_t *list = sdx_attr_ints(n, "axes", &count);
    const sdx_tensor *t = sdx_has_in(n, 1) ? sdx_in_const(n, 1) : NULL;
    if (t && sdx_elements(t) <= SDX_MAX_RANK) {
        count = (int)sdx_elements(t);
        sdx_load_i64(axes, t, 0, 1, count);
        list = axes;
    }
    if (sdx_in_dtype(n, 0) != SDX_F32 || rank < 4 || rank > 16 || !sdx_attr_int(n, "keepdims") ||
        !list || count != rank - 2)
        return SDX_OK;
    for (int k = 0; k < count; k++)
        seen |= UINT64_C(1) << sdx_axis(list[k], rank);
    if (seen != (UINT64_C(1) << rank) - 4)
        return SDX_OK;
    return sdx_body(c, 1, "reduced = GlobalAveragePool(data)");
}

const sdx_rule sdx_fuse_global_pool = { "ReduceMean", apply };
