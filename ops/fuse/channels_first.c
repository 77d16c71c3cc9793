/* ops/fuse/channels_first.c - what stands between a Transpose that brings channels last and the one
 * that brings them back is done on channels where they are.
 *
 * Products of single pixels become convolutions of one pixel, which take in the bias and the factor
 * for each channel that follow; a LayerNormalization over the last axis becomes one over channels.
 * Each of them is the only reader of the one before.
 * Source: ONNX Operators.md, MatMul-13, LayerNormalization-17. */
#include "sdx/rewrite.h"

enum { MOST = 12 };

static bool is_perm(const sdx_node *n, const int64_t want[4])
{
    int count;
    const int64_t *p = sdx_attr_ints(n, "perm", &count);
    bool same = p && count == 4;
    for (int i = 0; same && i < 4; i++)
        same = p[i] == want[i];
    return same && sdx_is(n, "Transpose");
}

/* The constant beside the value so far in an Add or Mul: one number for each of `columns`; its
 * place, else -1. */
static int beside(const sdx_node *n, int64_t columns)
{
    for (int i = 0; i < 2; i++) {
        const sdx_tensor *t = sdx_in_const(n, i);
        if (t && t->shape.rank == 1 && t->shape.dim[0] == columns && columns > 1)
            return i;
    }
    return -1;
}

/* Which input of n, of those that may stand in the chain, continues it; -1: n may not. */
static int follows(const sdx_node *n)
{
    sdx_dims y = sdx_out_dims(n, 0);
    if (y.rank != 4 || sdx_in_dtype(n, 0) != SDX_F32)
        return -1;
    if (sdx_is(n, "LayerNormalization"))
        return sdx_axis(sdx_attr_int(n, "axis"), 4) == 3 && sdx_out_count(n) == 1 &&
                       sdx_in_dims(n, 1).rank == 1 &&
                       (!sdx_has_in(n, 2) || sdx_in_dims(n, 2).rank == 1)
                   ? 0
                   : -1;
    if (sdx_is(n, "MatMul"))
        return sdx_is_const(n, 1) && sdx_in_dims(n, 1).rank == 2 ? 0 : -1;
    if (sdx_is(n, "Gelu") || sdx_is(n, "Relu") || sdx_is(n, "Swish"))
        return 0;
    int other = sdx_is(n, "Add") || sdx_is(n, "Mul") ? beside(n, y.dim[3].n) : -1;
    return other < 0 ? -1 : 1 - other;
}

/* A chain from its end on: nodes [0, count); the Transpose before them. */
typedef struct chain {
    const sdx_node *node[MOST], *before;
    int count;
} chain;

static bool climb(const sdx_node *n, sdx_rewrite *c, chain *h)
{
    static const int64_t last[] = { 0, 2, 3, 1 };
    const sdx_node *up = sdx_only_producer(c, n, 0);
    for (h->count = 0; up && h->count < MOST; h->count++) {
        int in = follows(up);
        if (in < 0)
            return false;
        h->node[h->count] = up;
        h->before = sdx_maker(c, up, in);
        if (h->before && is_perm(h->before, last)) {
            h->count++;
            return true;
        }
        up = sdx_only_producer(c, up, in);
    }
    return false;
}

static const char *constant_of(const sdx_node *n)
{
    return sdx_in_name(n, beside(n, sdx_out_dims(n, 0).dim[3].n));
}

/* The product with what it takes in of the nodes that follow: how many those are. */
static sdx_status add_product(const chain *h, int k, sdx_rewrite *c, int *taken)
{
    const sdx_node *add = k > 0 && sdx_is(h->node[k - 1], "Add") ? h->node[k - 1] : NULL;
    int next = k - (add ? 2 : 1);
    const sdx_node *mul = next >= 0 && sdx_is(h->node[next], "Mul") ? h->node[next] : NULL;
    *taken = (add != NULL) + (mul != NULL);
    SDX_TRY(sdx_body(c, 20, "w%d = Transpose<perm = [1, 0]>(n%d.B)", k, k));
    if (mul)
        SDX_TRY(sdx_body(c, 20, "g%d = Reshape(n%d.%s, column); f%d = Mul(w%d, g%d)", k, next,
                         constant_of(mul), k, k, k));
    if (add && mul)
        SDX_TRY(sdx_body(c, 20, "b%d = Mul(n%d.%s, n%d.%s)", k, k - 1, constant_of(add), next,
                         constant_of(mul)));
    else if (add)
        SDX_TRY(sdx_body(c, 20, "b%d = Identity(n%d.%s)", k, k - 1, constant_of(add)));
    SDX_TRY(sdx_body(c, 20, "u%d = Unsqueeze(%s%d, pixel)", k, mul ? "f" : "w", k));
    if (add)
        return sdx_body(c, 20, "v%d = Conv(v%d, u%d, b%d)", k - *taken, k + 1, k, k);
    return sdx_body(c, 20, "v%d = Conv(v%d, u%d)", k - *taken, k + 1, k);
}

static sdx_status apply(const sdx_node *n, sdx_rewrite *c)
{
    static const int64_t first[] = { 0, 3, 1, 2 };
    static const char *const name[MOST] = { "n0", "n1", "n2", "n3", "n4",  "n5",
                                            "n6", "n7", "n8", "n9", "n10", "n11" };
    chain h;
    if (!is_perm(n, first) || !climb(n, c, &h))
        return SDX_OK;
    for (int k = h.count; k-- > 0;) { /* sums and factors only behind products */
        bool part = sdx_is(h.node[k], "Add") || sdx_is(h.node[k], "Mul");
        const sdx_node *before = k + 1 < h.count ? h.node[k + 1] : NULL,
                       *product = before && sdx_is(before, "Add") && sdx_is(h.node[k], "Mul") &&
                                          k + 2 < h.count
                                      ? h.node[k + 2]
                                      : before;
        if (part && !(product && sdx_is(product, "MatMul")))
            return SDX_OK;
        sdx_name(c, name[k], h.node[k]);
    }
    sdx_name(c, "before", h.before);
    SDX_TRY(sdx_body(c, 20,
                     "pixel = Constant<value_ints = [2, 3]>(); "
                     "column = Constant<value_ints = [-1, 1]>(); v%d = Identity(before.data)",
                     h.count));
    for (int k = h.count - 1, taken; k >= 0; k -= taken + 1) {
        taken = 0;
        if (sdx_is(h.node[k], "MatMul"))
            SDX_TRY(add_product(&h, k, c, &taken));
        else if (sdx_is(h.node[k], "LayerNormalization"))
            SDX_TRY(sdx_body(c, 20,
                             sdx_has_in(h.node[k], 2)
                                 ? "v%d = sdx.ChannelNormalization<epsilon = %s>(v%d, n%d.Scale, "
                                   "n%d.B)"
                                 : "v%d = sdx.ChannelNormalization<epsilon = %s>(v%d, n%d.Scale)",
                             k, sdx_float_text(c, sdx_attr_float(h.node[k], "epsilon")), k + 1, k,
                             k));
        else
            SDX_TRY(sdx_body(c, sdx_is(h.node[k], "Swish") ? 24 : 20, "v%d = %s<@n%d>(v%d)", k,
                             sdx_op_name(h.node[k]), k, k + 1));
    }
    return sdx_body(c, 20, "transposed = Identity(v0)");
}

const sdx_rule sdx_fuse_channels_first = { "Transpose", apply };
