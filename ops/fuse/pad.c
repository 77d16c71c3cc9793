/* ops/fuse/pad.c - a Pad with zeros moves into the Conv behind it.
 * Source: ONNX Operators.md, Pad-25, Conv-22. */
#include <stdio.h>
#include "common/constant.h"
#include "sdx/rewrite.h"

enum { MOST = 16 }; /* dims */

/* What Pad adds to pixels, in the order of Conv's pads; false: it adds something else. */
static bool zeros_around(const sdx_node *pad, int rank, int64_t pads[2 * MOST])
{
    const sdx_tensor *t = sdx_since(pad) >= 11 ? sdx_in_const(pad, 1) : NULL;
    int64_t all[2 * MOST];
    if (!t || sdx_has_in(pad, 3) || sdx_elements(t) != 2 * rank ||
        !sdx_attr_is(pad, "mode", "constant") || (sdx_has_in(pad, 2) && !sdx_is_real(pad, 2, 0, 0)))
        return false;
    sdx_load_i64(all, t, 0, 1, 2 * rank);
    for (int k = 0; k < 2 * rank; k++) {
        int axis = k % rank, pixels = rank - 2;
        if (all[k] < 0 || all[k] > INT32_MAX || (axis < 2 && all[k] != 0))
            return false;
        if (axis >= 2)
            pads[k / rank * pixels + axis - 2] = all[k];
    }
    return true;
}

static sdx_status apply(const sdx_node *n, sdx_rewrite *c)
{
    const sdx_node *pad = sdx_only_producer(c, n, 0);
    int rank = sdx_in_dims(n, 1).rank, count = 0, used = 0;
    int64_t pads[2 * MOST];
    char text[2 * MOST * 24];
    const int64_t *own = sdx_attr_ints(n, "pads", &count);
    bool valid = sdx_attr_is(n, "auto_pad", "VALID");
    if (!pad || !sdx_is(pad, "Pad") || rank < 3 || rank > MOST ||
        (!valid && !sdx_attr_is(n, "auto_pad", "NOTSET")) || !zeros_around(pad, rank, pads))
        return SDX_OK;
    for (int k = 0; k < 2 * (rank - 2); k++)
        used += snprintf(text + used, sizeof text - (size_t)used, "%s%lld", k ? ", " : "",
                         (long long)(pads[k] + (own && !valid && k < count ? own[k] : 0)));
    sdx_name(c, "pad", pad);
    return sdx_body(c, sdx_since(n),
                    sdx_has_in(n, 2)
                        ? "Y = Conv<@, auto_pad = \"NOTSET\", pads = [%s]>(pad.data, W, B)"
                        : "Y = Conv<@, auto_pad = \"NOTSET\", pads = [%s]>(pad.data, W)",
                    text);
}

const sdx_rule sdx_fuse_pad = { "Conv", apply };
