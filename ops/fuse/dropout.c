/* ops/fuse/dropout.c - a Dropout that drops nothing is Identity, so that the nodes around it can
 * meet.  Source: ONNX Operators.md, Dropout-22; Changelog.md, Dropout-1 to -13. */
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

static sdx_status apply(const sdx_node *n, sdx_rewrite *c)
{
    return drops_nothing(n) ? sdx_body(c, 25, "output = Identity(data)") : SDX_OK;
}

const sdx_rule sdx_fuse_dropout = { "Dropout", apply };
