/* ops/fuse/attention.c - Softmax(Q K' scale + mask) V becomes Attention, which makes no matrix of
 * scores.
 *
 * The MatMul with V is the one that is replaced.  Scalars beside the product, Q or K are the scale,
 * whose places exporters choose freely; K may have been transposed on its own, together with its
 * heads, or with batch and heads as one axis.  Masks are added, or choose between scores and what
 * leaves nothing of them.  K and V may repeat their heads, each for several of Q.  The Attention of
 * domain "sdx" gives NaN where a mask leaves a query nothing, as Softmax does; the standard's gives
 * 0, as does a Where that looks for NaN in weights.  Source: ONNX Operators.md, Attention-23. */
#include "common/same.h"
#include "sdx/rewrite.h"
#include <stdio.h>
#include <string.h>

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

/* K or V before its heads were repeated: Reshape(Expand(Unsqueeze(x, 2))). */
static place unrepeated(sdx_rewrite *c, place p)
{
    const sdx_node *flat = sdx_only_producer(c, p.n, p.in);
    const sdx_node *many = flat && sdx_is(flat, "Reshape") ? sdx_only_producer(c, flat, 0) : NULL;
    const sdx_node *one = many && sdx_is(many, "Expand") ? sdx_only_producer(c, many, 0) : NULL;
    if (!one || (!sdx_is(one, "Unsqueeze") && !sdx_is(one, "Reshape")))
        return p;
    sdx_dims x = sdx_in_dims(one, 0), e = sdx_in_dims(many, 0), m = sdx_out_dims(many, 0),
             y = sdx_in_dims(p.n, p.in);
    if (x.rank != 4 || y.rank != 4 || e.rank != 5 || m.rank != 5 || !sdx_is_num(e.dim[2]) ||
        e.dim[2].n != 1 || !sdx_is_num(x.dim[1]) || x.dim[1].n < 1)
        return p;
    for (int k = 0; k < 4; k++) { /* all but dim 2 of five, and dim 1 of four, are the same */
        int at = k < 2 ? k : k + 1;
        if (!sdx_is_same_dim(x.dim[k], e.dim[at]) || !sdx_is_same_dim(x.dim[k], m.dim[at]) ||
            (k != 1 && !sdx_is_same_dim(x.dim[k], y.dim[k])))
            return p;
    }
    return (place){ one, 0 };
}

/* Dims of these 4-D values: all of one batch and as many heads. */
static bool agree(sdx_dims a, sdx_dims b)
{
    return a.rank == 4 && b.rank == 4 && sdx_is_same_dim(a.dim[0], b.dim[0]) &&
           sdx_is_same_dim(a.dim[1], b.dim[1]);
}

/* Input i of n, a mask over keys for scores of these dims. */
static bool is_mask(const sdx_node *n, int i, sdx_dims scores)
{
    sdx_dims m = sdx_in_dims(n, i);
    if (m.rank < 1 || m.rank > 4)
        return false;
    for (int k = 0; k < m.rank; k++) {
        sdx_dim d = m.dim[k];
        bool one = k + 1 < m.rank && sdx_is_num(d) && d.n == 1;
        if (!one && !sdx_is_same_dim(d, scores.dim[4 - m.rank + k]))
            return false;
    }
    return true;
}

/* Scalar input i of n is so low that nothing is left of what is added to it. */
static bool is_lowest(const sdx_node *n, int i)
{
    double v;
    const sdx_tensor *t = sdx_in_const(n, i);
    if (!t || sdx_elements(t) != 1 || t->shape.rank > 4)
        return false;
    sdx_load_f64(&v, t, 0, 1, 1);
    return v <= -1e30;
}

enum { MASKS = 2 };
/* What is added to scores: this input, or of a condition what `fill`, an input of `of`, is where it
 * holds, or does not. */
typedef struct mask {
    place at;
    const sdx_node *of; /* the Where; NULL: no condition */
    int fill;
} mask;

/* Which input of n has the scores that n hides in part by m; -1: none. */
static int masked(const sdx_node *n, sdx_rewrite *c, sdx_dims scores, mask *m)
{
    if (sdx_is(n, "Where")) {
        const sdx_node *wide = sdx_maker(c, n, 0);
        *m = (mask){ { n, 0 }, n, is_lowest(n, 1) ? 1 : 2 };
        if (wide && sdx_is(wide, "Expand") && is_mask(wide, 0, scores))
            m->at = (place){ wide, 0 };
        return is_lowest(n, m->fill) && is_mask(m->at.n, 0, scores) ? 3 - m->fill : -1;
    }
    for (int i = 0; i < 2 && sdx_is(n, "Add"); i++) {
        double scale = 1;
        place p = unscaled(c, (place){ n, i }, &scale);
        const sdx_node *up = sdx_only_producer(c, p.n, p.in);
        *m = (mask){ { n, 1 - i }, NULL, 0 };
        if (up && (sdx_is(up, "MatMul") || sdx_is(up, "Where") || sdx_is(up, "Add")) &&
            is_mask(n, 1 - i, scores))
            return i;
    }
    return -1;
}

/* Makes mask 0 or 1 as what is to be added. */
static sdx_status put_mask(sdx_rewrite *c, const mask *m, int i)
{
    sdx_name(c, i ? "n" : "m", m->at.n);
    if (!m->of)
        return sdx_body(c, 23, "b%d = Identity(%s.%s)", i, i ? "n" : "m",
                        sdx_in_name(m->at.n, m->at.in));
    char fill[40];
    sdx_name(c, i ? "o" : "p", m->of);
    snprintf(fill, sizeof fill, "%s.%s", i ? "o" : "p", sdx_in_name(m->of, m->fill));
    return sdx_body(c, 23, "z%d = Constant<value_float = 0.0>(); b%d = Where(%s.%s, %s, %s)", i, i,
                    i ? "n" : "m", sdx_in_name(m->at.n, m->at.in),
                    m->fill == 1 ? fill
                    : i          ? "z1"
                                 : "z0",
                    m->fill == 1 ? i ? "z1" : "z0" : fill);
}

/* K' of a Transpose, or of one with batch and heads as a single axis: what was turned, and how. */
static bool find_turn(sdx_rewrite *c, place *k, int64_t perm[4])
{
    static const int64_t last[] = { 0, 1, 3, 2 };
    int count;
    const sdx_node *turn = sdx_only_producer(c, k->n, k->in), *join;
    const int64_t *p = turn ? sdx_attr_ints(turn, "perm", &count) : NULL;
    if (turn && sdx_is(turn, "Transpose") && p && count == 4) {
        memcpy(perm, p, sizeof last);
        *k = (place){ turn, 0 };
        return true;
    }
    sdx_dims y = sdx_in_dims(k->n, k->in);
    if (!turn || !sdx_is(turn, "Reshape") || !(turn = sdx_only_producer(c, turn, 0)) ||
        !sdx_is(turn, "Transpose") || !(p = sdx_attr_ints(turn, "perm", &count)) || count != 3 ||
        p[0] != 0 || p[1] != 2 || !(join = sdx_only_producer(c, turn, 0)) ||
        !sdx_is(join, "Reshape"))
        return false;
    sdx_dims x = sdx_in_dims(join, 0), z = sdx_in_dims(turn, 0);
    if (!agree(x, y) || !sdx_is_same_dim(x.dim[2], y.dim[3]) ||
        !sdx_is_same_dim(x.dim[3], y.dim[2]) || !sdx_is_same_dim(z.dim[1], x.dim[2]) ||
        !sdx_is_same_dim(z.dim[2], x.dim[3]))
        return false;
    memcpy(perm, last, sizeof last);
    *k = (place){ join, 0 };
    return true;
}

/* n, the product with V, becomes Attention of these scores; zero: where a mask leaves nothing. */
static sdx_status replace(const sdx_node *n, sdx_rewrite *c, const sdx_node *scores, const mask *m,
                          int masks, double scale, bool zero)
{
    int64_t p[4];
    place q = unscaled(c, (place){ scores, 0 }, &scale),
          k = unscaled(c, (place){ scores, 1 }, &scale);
    sdx_dims turned = sdx_in_dims(k.n, k.in);
    if (!find_turn(c, &k, p))
        return SDX_OK;
    k = unscaled(c, k, &scale);
    place v = unrepeated(c, (place){ n, 1 });
    if (v.n != n && sdx_in_dims(k.n, k.in).rank < 0) /* made just now: there is another round */
        return SDX_OK;
    if (v.n != n && p[0] == 0 && p[1] == 1 && p[2] == 3) { /* then K is to repeat its heads, too */
        place few = unrepeated(c, k);
        if (agree(sdx_in_dims(few.n, few.in), sdx_in_dims(v.n, v.in)))
            k = few;
        else
            v = (place){ n, 1 };
    } else {
        v = (place){ n, 1 };
    }
    if (!(scale >= 0) || !agree(sdx_in_dims(q.n, q.in), sdx_in_dims(n, 1)) ||
        !agree(turned, sdx_in_dims(n, 1)))
        return SDX_OK;
    sdx_name(c, "q", q.n);
    sdx_name(c, "k", k.n);
    sdx_name(c, "v", v.n);
    for (int i = 0; i < masks; i++)
        SDX_TRY(put_mask(c, &m[i], i));
    if (masks == MASKS)
        SDX_TRY(sdx_body(c, 23, "b = Add(b0, b1)"));
    SDX_TRY(p[0] == 0 && p[1] == 1 && p[2] == 3
                ? sdx_body(c, 23, "k = Identity(k.%s)", sdx_in_name(k.n, k.in))
                : sdx_body(c, 23, "k = Transpose<perm = [%d, %d, %d, %d]>(k.%s)", (int)p[0],
                           (int)p[1], (int)p[3], (int)p[2], sdx_in_name(k.n, k.in)));
    return sdx_body(c, 23, "Y = %sAttention<scale = %s>(q.%s, k, v.%s%s)", zero ? "" : "sdx.",
                    sdx_float_text(c, scale), sdx_in_name(q.n, q.in), sdx_in_name(v.n, v.in),
                    masks == MASKS ? ", b"
                    : masks        ? ", b0"
                                   : "");
}

/* The Softmax whose weights are input 0 of n; zero: a Where makes NaN zeros. */
static const sdx_node *softmax_of(const sdx_node *n, sdx_rewrite *c, bool *zero)
{
    const sdx_node *w = sdx_only_producer(c, n, 0);
    *zero = w && sdx_is(w, "Where");
    if (!*zero)
        return w;
    const sdx_node *nan = sdx_only_producer(c, w, 0);
    const sdx_tensor *t = sdx_in_const(w, 1);
    double v = 1;
    if (t && sdx_elements(t) == 1)
        sdx_load_f64(&v, t, 0, 1, 1);
    return v == 0 && nan && sdx_is(nan, "IsNaN") && sdx_reads_same(nan, 0, w, 2) &&
                   sdx_readers(w, 2) == 2
               ? sdx_maker(c, w, 2)
               : NULL;
}

static sdx_status apply(const sdx_node *n, sdx_rewrite *c)
{
    bool zero;
    const sdx_node *softmax = softmax_of(n, c, &zero);
    sdx_dims s = sdx_in_dims(n, 0);
    if (sdx_in_dtype(n, 0) != SDX_F32 || s.rank != 4 || !softmax || !sdx_is(softmax, "Softmax") ||
        sdx_axis(sdx_attr_int(softmax, "axis"), 4) != 3)
        return SDX_OK;
    mask m[MASKS];
    place at = { softmax, 0 };
    for (int masks = 0;; masks++) {
        double scale = 1;
        place p = unscaled(c, at, &scale);
        const sdx_node *up = sdx_only_producer(c, p.n, p.in);
        if (up && sdx_is(up, "MatMul"))
            return replace(n, c, up, m, masks, scale, zero);
        up = sdx_only_producer(c, at.n, at.in);
        int in = up && masks < MASKS ? masked(up, c, s, &m[masks]) : -1;
        if (in < 0)
            return SDX_OK;
        at = (place){ up, in };
    }
}

const sdx_rule sdx_fuse_attention = { "MatMul", apply };
