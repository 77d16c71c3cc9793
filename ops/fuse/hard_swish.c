/* ops/fuse/hard_swish.c - Clip(x + 3, 0, 6) / 6, as exporters spell it, becomes HardSigmoid, and x
 * times it HardSwish.  The factor 1/6 stands behind the gate, or behind its product with x.
 * Source: ONNX Operators.md, HardSwish-14, HardSigmoid-22. */
#include "common/constant.h"
#include "sdx/rewrite.h"

/* Input i is the one number v. */
static bool is_number(const sdx_node *n, int i, double v)
{
    return sdx_is_real(n, i, v, 1e-4);
}

/* The input of n of which n is a sixth; -1: n is none. */
static int sixth(const sdx_node *n)
{
    if (sdx_is(n, "Div"))
        return is_number(n, 1, 6) ? 0 : -1;
    return is_number(n, 1, 1 / 6.0) ? 0 : is_number(n, 0, 1 / 6.0) ? 1 : -1;
}

/* Clip(x + 3, 0, 6) makes input i of n: the Add, and which of its inputs is x; else NULL. */
static const sdx_node *clipped_sum(const sdx_node *n, int i, sdx_rewrite *c, int *x)
{
    const sdx_node *g = sdx_only_producer(c, n, i);
    bool limits = g && sdx_is(g, "Clip") &&
                  (sdx_since(g) < 11
                       ? sdx_attr_float(g, "min") == 0 && sdx_attr_float(g, "max") == 6
                       : is_number(g, 1, 0) && is_number(g, 2, 6));
    const sdx_node *add = limits ? sdx_only_producer(c, g, 0) : NULL;
    if (!add || !sdx_is(add, "Add"))
        return NULL;
    *x = is_number(add, 1, 3) ? 0 : is_number(add, 0, 3) ? 1 : -1;
    return *x >= 0 ? add : NULL;
}

static sdx_status apply(const sdx_node *n, sdx_rewrite *c)
{
    int in = sixth(n), x;
    if (sdx_in_dtype(n, 0) != SDX_F32 || in < 0)
        return SDX_OK;
    const sdx_node *add = clipped_sum(n, in, c, &x);
    if (add) {
        sdx_name(c, "add", add);
        return sdx_body(c, 22, "C = HardSigmoid<alpha = 0.16666667, beta = 0.5>(add.%s)",
                        sdx_in_name(add, x));
    }
    const sdx_node *product = sdx_only_producer(c, n, in);
    for (int i = 0; product && sdx_is(product, "Mul") && i < 2; i++) {
        add = clipped_sum(product, i, c, &x);
        if (!add || !sdx_reads_same(add, x, product, 1 - i))
            continue;
        sdx_name(c, "product", product);
        return sdx_body(c, 14, i == 0 ? "C = HardSwish(product.B)" : "C = HardSwish(product.A)");
    }
    return SDX_OK;
}

const sdx_rule sdx_fuse_hard_swish = { "Div Mul", apply };
