/* ops/fuse/attention.c - Softmax(Q K' scale + mask) V becomes Attention, which makes no matrix of
 * scores.
 *
 * The MatMul with V is the one that is replaced.  Scalars beside the product, Q or K are the scale,
 * whose places exporters choose freely; K may have been transposed on its own or together with its
 * heads.  The Attention of domain "sdx" gives NaN where a mask leaves a query nothing, as Softmax
 * does; the standard's gives 0.
 * Source: ONNX Operators.md, Attention-23. */
#include "sdx/rewrite.h"

static bool same(sdx_dim a, sdx_dim b) /* equal formulas are one entry */
{
    return a.n == b.n && a.sym == b.sym && !sdx_is_unknown(a);
}

/* A Mul or Div by one number: takes it into the scale, and returns the other input; else -1. */
static int scaled(const sdx_node *n, double *scale)
{
    bool mul = sdx_is(n, "Mul");
    for (int i = 1; i >= 0 && (mul || (i == 1 && sdx_is(n, "Div"))); i--) {
        const sdx_tensor *t = sdx_in_const(n, i);
        double v;
        if (!t || sdx_elements(t) != 1 || t->shape.rank > sdx_in_dims(n, 1 - i).rank)
            continue;
        sdx_load_f64(&v, t, 0, 1, 1);
        *scale *= mul ? v : 1 / v;
        return 1 - i;
    }
    return -1;
}

typedef struct place {
    const sdx_node *n;
    int in; /* the value is this input of n */
} place;

/* Goes up through scalars to what they scale. */
static place unscaled(sdx_rewrite *c, place p, double *scale)
{
    for (;;) {
        const sdx_node *up = sdx_only_producer(c, p.n, p.in);
        int in = up ? scaled(up, scale) : -1;
        if (in < 0)
            return p;
        p = (place){ up, in };
    }
}

/* Dims of these 4-D values: all of one batch and as many heads. */
static bool agree(sdx_dims a, sdx_dims b)
{
    return a.rank == 4 && b.rank == 4 && same(a.dim[0], b.dim[0]) && same(a.dim[1], b.dim[1]);
}

/* Input i of the Add, a mask over keys for scores of these dims. */
static bool is_mask(const sdx_node *add, int i, sdx_dims scores)
{
    sdx_dims m = sdx_in_dims(add, i);
    if (m.rank < 1 || m.rank > 4)
        return false;
    for (int k = 0; k < m.rank; k++) {
        sdx_dim d = m.dim[k];
        bool one = k + 1 < m.rank && sdx_is_num(d) && d.n == 1;
        if (!one && !same(d, scores.dim[4 - m.rank + k]))
            return false;
    }
    return true;
}

static sdx_status replace(const sdx_node *n, sdx_rewrite *c, const sdx_node *scores,
                          const sdx_node *add, int mask, double scale)
{
    place q = unscaled(c, (place){ scores, 0 }, &scale),
          k = unscaled(c, (place){ scores, 1 }, &scale);
    const sdx_node *turn = sdx_only_producer(c, k.n, k.in);
    if (!turn || !sdx_is(turn, "Transpose"))
        return SDX_OK;
    int count;
    const int64_t *p = sdx_attr_ints(turn, "perm", &count);
    if (!p || count != 4)
        return SDX_OK;
    bool alone = p[0] == 0 && p[1] == 1 && p[2] == 3; /* or with its heads */
    sdx_name(c, "turn", turn);
    k = unscaled(c, (place){ turn, 0 }, &scale);
    if (!(scale >= 0) || !agree(sdx_in_dims(q.n, q.in), sdx_in_dims(n, 1)) ||
        !agree(sdx_out_dims(turn, 0), sdx_in_dims(n, 1)))
        return SDX_OK;
    sdx_name(c, "q", q.n);
    sdx_name(c, "k", k.n);
    if (add)
        sdx_name(c, "add", add);
    SDX_TRY(alone ? sdx_body(c, 23, "k = Identity(k.%s)", sdx_in_name(k.n, k.in))
                  : sdx_body(c, 23, "k = Transpose<perm = [%d, %d, %d, %d]>(k.%s)", (int)p[0],
                             (int)p[1], (int)p[3], (int)p[2], sdx_in_name(k.n, k.in)));
    return sdx_body(c, 23, "Y = sdx.Attention<scale = %s>(q.%s, k, B%s%s)",
                    sdx_float_text(c, scale), sdx_in_name(q.n, q.in), add ? ", add." : "",
                    add ? sdx_in_name(add, mask) : "");
}

static sdx_status apply(const sdx_node *n, sdx_rewrite *c)
{
    const sdx_node *softmax = sdx_only_producer(c, n, 0);
    sdx_dims s = sdx_in_dims(n, 0);
    if (sdx_in_dtype(n, 0) != SDX_F32 || s.rank != 4 || !softmax || !sdx_is(softmax, "Softmax") ||
        sdx_axis(sdx_attr_int(softmax, "axis"), 4) != 3)
        return SDX_OK;
    const sdx_node *add = sdx_only_producer(c, softmax, 0);
    bool masked = add && sdx_is(add, "Add");
    for (int i = 0; i < (masked ? 2 : 1); i++) {
        double scale = 1;
        place p = unscaled(c, masked ? (place){ add, i } : (place){ softmax, 0 }, &scale);
        const sdx_node *scores = sdx_only_producer(c, p.n, p.in);
        if (scores && sdx_is(scores, "MatMul") && (!masked || is_mask(add, 1 - i, s)))
            return replace(n, c, scores, masked ? add : NULL, 1 - i, scale);
    }
    return SDX_OK;
}

const sdx_rule sdx_fuse_attention = { "MatMul", apply };
