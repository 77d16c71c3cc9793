/* ops/fuse/swish.c - x * Sigmoid(x) becomes Swish, x * HardSigmoid(x) HardSwish: one pointwise
 * node, which a convolution takes in, where x had two readers.  Source: ONNX Operators.md,
 * Swish-24, HardSwish-14. */
#include <math.h>
#include "sdx/rewrite.h"

static bool is_hard(const sdx_node *n)
{
    return fabs(sdx_attr_float(n, "alpha") - 1 / 6.0) < 1e-6 &&
           fabs(sdx_attr_float(n, "beta") - 0.5) < 1e-6;
}

/* A product of x with a gate of x. */
static sdx_status apply(const sdx_node *n, sdx_rewrite *c)
{
    for (int i = 0; sdx_in_dtype(n, 0) == SDX_F32 && i < 2; i++) {
        const sdx_node *gate = sdx_only_producer(c, n, i);
        if (!gate || !sdx_reads_same(gate, 0, n, 1 - i))
            continue;
        if (sdx_is(gate, "Sigmoid"))
            return sdx_body(c, 24, i == 0 ? "C = Swish(B)" : "C = Swish(A)");
        if (sdx_is(gate, "HardSigmoid") && is_hard(gate))
            return sdx_body(c, 14, i == 0 ? "C = HardSwish(B)" : "C = HardSwish(A)");
    }
    return SDX_OK;
}

const sdx_rule sdx_fuse_swish = { "Mul", apply };
