/* ops/tensor/depth_to_space.c - DepthToSpace, SpaceToDepth.
 *
 * Both are a transposition of six dims.  Blocks of b x b pixels are dims i, j; mode DCR counts
 * channels as (i, j, c), mode CRD as (c, i, j).  Source: ONNX Operators.md, DepthToSpace-28,
 * SpaceToDepth-28; Changelog.md, DepthToSpace-1 (DCR only), -11. */
#include <inttypes.h>
#include "common/derivatives.h"
#include "common/walk.h"

static const sdx_schema depth_schema[] = {
    { 1, "input:T -> output:T", "blocksize:int!", "T: all" },
    { 11, NULL, "mode:string=DCR blocksize:int!", NULL },
    { 13, NULL, NULL, "T: all4" },
    { .since = 28 },
    { 0 },
};
static const sdx_schema space_schema[] = {
    { 1, "input:T -> output:T", "blocksize:int!", "T: all" },
    { 13, NULL, NULL, "T: all4" },
    { 28, NULL, "mode:string=DCR blocksize:int!", NULL },
    { 0 },
};

static const bool to_space = true, to_depth = false; /* variants */

static bool is_crd(const sdx_node *n)
{
    return sdx_attr_is(n, "mode", "CRD");
}

static void infer(const sdx_node *n, sdx_infer *c)
{
    int64_t b = sdx_attr_int(n, "blocksize"), most = 1 << 20;
    sdx_string mode = sdx_attr_string(n, "mode");
    sdx_dims x = sdx_in_dims(n, 0);
    bool space = *(const bool *)sdx_variant(n);
    if (b < 1 || b > most) {
        sdx_refuse(c, "blocksize", "blocksize is %" PRId64, b);
        sdx_hint(c, "it is the edge of a block of pixels: 1 to %" PRId64, most);
    } else if (mode.text && !is_crd(n) && !sdx_attr_is(n, "mode", "DCR")) {
        sdx_refuse(c, "blocksize", "mode is '%.*s'", (int)mode.length, mode.text);
        sdx_hint(c, "it may be DCR or CRD");
    }
    if (sdx_refused(c) || !sdx_check_rank(c, 0, 4, 4) || x.rank < 0)
        return;
    sdx_dim *y = sdx_new_dims(c, 4), edge = sdx_num(b), area = sdx_num(b * b);
    for (int k = 1; k < 4; k++) {
        int64_t parts = space ? (k == 1 ? area.n : 1) : k == 1 ? 1 : b;
        if (sdx_must_divide(c, parts, x.dim[k], 0, k) != SDX_NO)
            continue;
        sdx_refuse(c, "blocksize",
                   "dim %d is %s, which is no multiple of %" PRId64 " (blocksize=%" PRId64 ")", k,
                   sdx_show(c, x.dim[k]), parts, b);
        sdx_point(c, 0, k);
        sdx_hint(c,
                 space ? "channels have to be a multiple of blocksize squared, %" PRId64
                       : "height and width have to be multiples of blocksize, %" PRId64,
                 parts);
        return;
    }
    y[0] = x.dim[0];
    y[1] = space ? sdx_dim_div(c, x.dim[1], area) : sdx_dim_mul(c, x.dim[1], area);
    for (int k = 2; k < 4; k++)
        y[k] = space ? sdx_dim_mul(c, x.dim[k], edge) : sdx_dim_div(c, x.dim[k], edge);
    sdx_set_out_dims(c, 0, 4, y);
}

static sdx_status prepare(const sdx_node *n, sdx_prepare *c, void **state)
{
    bool space = *(const bool *)sdx_variant(n);
    sdx_shape deep = space ? sdx_in_shape(n, 0) : sdx_out_shape(n, 0),
              wide = space ? sdx_out_shape(n, 0) : sdx_in_shape(n, 0);
    int64_t b = sdx_attr_int(n, "blocksize"), N = wide.dim[0], C = wide.dim[1], H = deep.dim[2],
            W = deep.dim[3];
    int64_t plane = H * W; /* of the deep side */
    sdx_walk *w = sdx_keep(c, sizeof *w);
    if (!w)
        return SDX_E_MEMORY;
    /* dims n, c, h, i, w, j of the wide side, in its order */
    int64_t dim[6] = { N, C, H, b, W, b };
    int64_t at_wide[6] = { C * H * b * W * b, H * b * W * b, b * W * b, W * b, b, 1 };
    int64_t at_deep[6] = { C * b * b * plane, plane, W, b * C * plane, 1, C * plane };
    if (is_crd(n)) {
        at_deep[1] = b * b * plane;
        at_deep[3] = b * plane;
        at_deep[5] = plane;
    }
    if (space) {
        sdx_walk_set(w, 6, dim, at_wide, at_deep);
    } else { /* in the order of the deep side, so that it is written front to back */
        int by_depth[6] = { 0, 3, 5, 1, 2, 4 }, by_channel[6] = { 0, 1, 3, 5, 2, 4 };
        const int *order = is_crd(n) ? by_channel : by_depth;
        int64_t d[6], to[6], from[6];
        for (int k = 0; k < 6; k++) {
            d[k] = dim[order[k]];
            to[k] = at_deep[order[k]];
            from[k] = at_wide[order[k]];
        }
        sdx_walk_set(w, 6, d, to, from);
    }
    *state = w;
    return SDX_OK;
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    (void)n;
    return sdx_walk_copy(c, state, sdx_out(c, 0), 0, sdx_in(c, 0), 0);
}

static const sdx_op ops[] = {
    { SDX_OP(DepthToSpace), .derive = sdx_derive_move, .schema = depth_schema, .traits = SDX_PURE,
      .variant = &to_space, .infer = infer, .prepare = prepare, .run = run },
    { SDX_OP(SpaceToDepth), .derive = sdx_derive_move, .schema = space_schema, .traits = SDX_PURE,
      .variant = &to_depth, .infer = infer, .prepare = prepare, .run = run },
    { 0 },
};
const sdx_family sdx_family_tensor_depth_to_space = { ops, 0 };
