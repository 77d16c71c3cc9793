/* ops/fuse/gelu.c - x / 2 * (1 + erf(x / sqrt 2)), as exporters spell it, becomes Gelu, which a
 * product takes in.
 *
 * The Mul that ends it is the one that is replaced; the factor 1/2 stands there, or beside x, or
 * beside the sum:
 *     Mul(Mul(x, Add(Erf(Div(x, 1.41421)), 1)), 0.5)
 *     Mul(Mul(x, 0.5), Add(Erf(Div(x, 1.41421)), 1))
 *     Mul(x, Mul(0.5, Add(Erf(Div(x, 1.41421)), 1)))
 * Source: ONNX Operators.md, Gelu-20. */
#include "common/constant.h"
#include "sdx/rewrite.h"

/* Input i is the one number v. */
static bool is_number(const sdx_node *n, int i, double v)
{
    return sdx_is_real(n, i, v, 1e-3); /* what half floats make of it */
}

/* The other operand of a Mul or Add of v; -1: it is none. */
static int beside(const sdx_node *n, double v)
{
    return is_number(n, 1, v) ? 0 : is_number(n, 0, v) ? 1 : -1;
}

/* Add(Erf(x / sqrt 2), 1) makes input i of n, or (*halved) half of it does: the node whose input *x
 * is x; else NULL. */
static const sdx_node *erf_part(const sdx_node *n, int i, sdx_rewrite *c, int *x, bool *halved)
{
    const sdx_node *add = sdx_only_producer(c, n, i);
    int half = add && sdx_is(add, "Mul") ? beside(add, 0.5) : -1;
    *halved = half >= 0;
    if (*halved)
        add = sdx_only_producer(c, add, half);
    int sum = add && sdx_is(add, "Add") ? beside(add, 1) : -1;
    const sdx_node *erf = sum >= 0 ? sdx_only_producer(c, add, sum) : NULL;
    const sdx_node *scaled = erf && sdx_is(erf, "Erf") ? sdx_only_producer(c, erf, 0) : NULL;
    *x = !scaled                                                        ? -1
         : sdx_is(scaled, "Div") && is_number(scaled, 1, 1.41421356237) ? 0
         : sdx_is(scaled, "Mul") ? beside(scaled, 0.70710678118)
                                 : -1;
    return *x >= 0 ? scaled : NULL;
}

static sdx_status apply(const sdx_node *n, sdx_rewrite *c)
{
    int half = beside(n, 0.5);
    const sdx_node *product = half >= 0 ? sdx_only_producer(c, n, half) : n;
    if (sdx_in_dtype(n, 0) != SDX_F32 || !product || !sdx_is(product, "Mul"))
        return SDX_OK;
    for (int i = 0; i < 2; i++) {
        int x;
        bool halved;
        const sdx_node *scaled = erf_part(product, i, c, &x, &halved), *other = product;
        int at = 1 - i;
        if (!scaled || (halved && half >= 0))
            continue;
        if (half < 0 && !halved) { /* then it stands beside x */
            other = sdx_only_producer(c, product, 1 - i);
            at = other && sdx_is(other, "Mul") ? beside(other, 0.5) : -1;
        }
        if (at < 0 || !sdx_reads_same(other, at, scaled, x))
            continue;
        sdx_name(c, "scaled", scaled);
        return sdx_body(c, 20, x == 0 ? "C = Gelu(scaled.A)" : "C = Gelu(scaled.B)");
    }
    return SDX_OK;
}

const sdx_rule sdx_fuse_gelu = { "Mul", apply };
