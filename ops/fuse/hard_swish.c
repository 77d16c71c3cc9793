/* ops/fuse/hard_swish.c - x * Clip(x + 3, 0, 6) / 6, as exporters spell it, becomes HardSwish.
 * Source: ONNX Operators.md, HardSwish-14. */
#include "common/constant.h"
#include "sdx/rewrite.h"

/* Input i is the one number v. */
static bool is_number(const sdx_node *n, int i, double v)
{
    return sdx_is_real(n, i, v, 1e-4);
}

/* Clip(x + 3, 0, 6) is what gate `g` computes: the Add, and which of its inputs is x; else NULL. */
static const sdx_node *clipped_sum(const sdx_node *g, sdx_rewrite *c, int *x)
{
    bool limits = sdx_since(g) < 11 ? sdx_attr_float(g, "min") == 0 && sdx_attr_float(g, "max") == 6
                                    : is_number(g, 1, 0) && is_number(g, 2, 6);
    const sdx_node *add = limits ? sdx_only_producer(c, g, 0) : NULL;
    if (!add || !sdx_is(add, "Add"))
        return NULL;
    *x = is_number(add, 1, 3) ? 0 : is_number(add, 0, 3) ? 1 : -1;
    return *x >= 0 ? add : NULL;
}

static sdx_status apply(const sdx_node *n, sdx_rewrite *c)
{
    const sdx_node *product = is_number(n, 1, 6) ? sdx_only_producer(c, n, 0) : NULL;
    if (sdx_in_dtype(n, 0) != SDX_F32 || !product || !sdx_is(product, "Mul"))
        return SDX_OK;
    for (int i = 0; i < 2; i++) {
        int x;
        const sdx_node *gate = sdx_only_producer(c, product, i);
        const sdx_node *add = gate && sdx_is(gate, "Clip") ? clipped_sum(gate, c, &x) : NULL;
        if (!add || !sdx_reads_same(add, x, product, 1 - i))
            continue;
        sdx_name(c, "product", product);
        return sdx_body(c, 14, i == 0 ? "C = HardSwish(product.B)" : "C = HardSwish(product.A)");
    }
    return SDX_OK;
}

const sdx_rule sdx_fuse_hard_swish = { "Div", apply };
