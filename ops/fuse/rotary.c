/* ops/fuse/rotary.c - x cos + turned(x) sin becomes RotaryEmbedding.
 *
 * turned(x) has the halves of each head exchanged, the second one negated, or each pair of
 * neighbours; exporters write it as Slice or Split, Neg and Concat.  The operator has an angle for
 * each pair, so both numbers of a pair must be known to have the same: from constants, or from the
 * Concat of a value with itself that cosine and sine were taken of.  A head that turns in part is
 * cut and joined again; Transposes that bring heads first move behind.
 * Source: ONNX Operators.md, RotaryEmbedding-23. */
#include "common/constant.h"
#include "common/same.h"
#include "sdx/rewrite.h"
#include <string.h>

enum { RANK = 4, LAST = 3 };

/* A value: input `in` of n. */
typedef struct place {
    const sdx_node *n;
    int in;
} place;

static bool same_value(place a, place b)
{
    return sdx_reads_same(a.n, a.in, b.n, b.in);
}

/* What a Slice or Split takes of the last axis of `of`. */
typedef struct piece {
    place of;
    int64_t start, step, count;
} piece;

static bool find_piece(sdx_rewrite *c, place p, piece *x)
{
    const sdx_node *n = sdx_maker(c, p.n, p.in);
    sdx_dims y = sdx_in_dims(p.n, p.in);
    int count;
    if (!n || y.rank != RANK || !sdx_is_num(y.dim[LAST]) || sdx_in_dims(n, 0).rank != RANK)
        return false;
    *x = (piece){ { n, 0 }, 0, 1, y.dim[LAST].n };
    if (sdx_is(n, "Split")) {
        for (int o = 0; o < sdx_maker_output(p.n, p.in); o++) {
            sdx_dims before = sdx_out_dims(n, o);
            if (before.rank != RANK || !sdx_is_num(before.dim[LAST]))
                return false;
            x->start += before.dim[LAST].n;
        }
        return sdx_axis(sdx_attr_int(n, "axis"), RANK) == LAST;
    }
    int64_t axis;
    if (!sdx_is(n, "Slice") || !sdx_some_ints(n, "starts", 1, &x->start, 1, &count) || count != 1 ||
        !sdx_some_ints(n, "axes", 3, &axis, 1, &count) || count != 1 ||
        sdx_axis(axis, RANK) != LAST || x->start < 0)
        return false;
    return !sdx_has_in(n, 4) || (sdx_some_ints(n, "", 4, &x->step, 1, &count) && count == 1);
}

/* Is this the piece of x? */
static bool is_piece(sdx_rewrite *c, place p, place of, int64_t start, int64_t step, int64_t count)
{
    piece x;
    return find_piece(c, p, &x) && same_value(x.of, of) && x.start == start && x.step == step &&
           x.count == count;
}

/* x with its halves, or neighbours, exchanged? */
static bool is_turned(sdx_rewrite *c, place p, place x, int64_t half, bool *neighbours)
{
    const sdx_node *n = sdx_only_producer(c, p.n, p.in);
    *neighbours = n && sdx_is(n, "Reshape");
    if (*neighbours)
        n = sdx_only_producer(c, n, 0);
    if (!n || !sdx_is(n, "Concat") || sdx_in_count(n) != 2)
        return false;
    sdx_dims y = sdx_out_dims(n, 0);
    int last = *neighbours ? RANK : LAST;
    if (y.rank != last + 1 || sdx_axis(sdx_attr_int(n, "axis"), y.rank) != last)
        return false;
    place part[2] = { { n, 0 }, { n, 1 } };
    for (int i = 0; i < 2 && *neighbours; i++) { /* [.., half] as [.., half, 1] */
        const sdx_node *one = sdx_only_producer(c, n, i);
        sdx_dims d = sdx_in_dims(n, i);
        if (!one || !(sdx_is(one, "Unsqueeze") || sdx_is(one, "Reshape")) ||
            !sdx_is_num(d.dim[LAST]) || d.dim[LAST].n != half || !sdx_is_num(d.dim[RANK]) ||
            d.dim[RANK].n != 1)
            return false;
        part[i] = (place){ one, 0 };
    }
    const sdx_node *minus = sdx_only_producer(c, part[0].n, part[0].in);
    if (!minus || !sdx_is(minus, "Neg"))
        return false;
    int64_t step = *neighbours ? 2 : 1;
    return is_piece(c, (place){ minus, 0 }, x, *neighbours ? 1 : half, step, half) &&
           is_piece(c, part[1], x, 0, step, half);
}

/* ---- angles ---- */

/* Are the numbers of each pair the same? */
static bool pairs_agree(const sdx_tensor *t, int64_t half, bool neighbours)
{
    int64_t n = sdx_elements(t);
    double a, b;
    for (int64_t i = 0; i < n; i++) {
        int64_t k = i % (2 * half), other = neighbours ? i | 1 : k < half ? i + half : i;
        sdx_load_f64(&a, t, i, 1, 1);
        sdx_load_f64(&b, t, other, 1, 1);
        if (!(a == b))
            return false;
    }
    return n > 0;
}

/* Cosine or sine of something that is twice the same. */
static bool is_twice(sdx_rewrite *c, place p, int64_t half)
{
    for (const sdx_node *n; (n = sdx_maker(c, p.n, p.in)) != NULL;) {
        sdx_dims x = sdx_in_dims(n, 0);
        if (sdx_is(n, "Concat"))
            return sdx_in_count(n) == 2 && x.rank > 0 &&
                   sdx_axis(sdx_attr_int(n, "axis"), x.rank) == x.rank - 1 &&
                   sdx_is_num(x.dim[x.rank - 1]) && x.dim[x.rank - 1].n == half &&
                   sdx_reads_same(n, 0, n, 1);
        const sdx_tensor *t = sdx_is(n, "Mul") ? sdx_in_const(n, 1) : NULL;
        bool along = sdx_is(n, "Cos") || sdx_is(n, "Sin") || sdx_is(n, "Identity") ||
                     sdx_is(n, "Unsqueeze") || (t && sdx_elements(t) == 1);
        if (!along || x.rank < 1 || !sdx_is_num(x.dim[x.rank - 1]) ||
            x.dim[x.rank - 1].n != 2 * half)
            return false;
        p = (place){ n, 0 };
    }
    return false;
}

/* Angles for x of heads along this axis, the same for all of them. */
static bool are_angles(sdx_rewrite *c, place p, sdx_dims x, int heads, int64_t half,
                       bool neighbours)
{
    sdx_dims d = sdx_in_dims(p.n, p.in);
    if (d.rank < 2 || d.rank > RANK)
        return false;
    for (int k = 0; k < d.rank; k++) {
        int axis = RANK - d.rank + k;
        bool one = sdx_is_num(d.dim[k]) && d.dim[k].n == 1;
        if (axis == heads ? !one : !sdx_is_same_dim(d.dim[k], x.dim[axis]) && (axis != 0 || !one))
            return false;
    }
    const sdx_tensor *t = sdx_in_const(p.n, p.in);
    return t ? pairs_agree(t, half, neighbours) : !neighbours && is_twice(c, p, half);
}

/* name = angles [batch, steps, half]. */
static sdx_status put_angles(sdx_rewrite *c, const char *name, place p, sdx_dims x, int heads,
                             int64_t half, bool neighbours)
{
    static const char *const missing[] = { "", "0", "0, 1" };
    sdx_dims d = sdx_in_dims(p.n, p.in);
    bool whole = d.rank == RANK && sdx_is_same_dim(d.dim[0], x.dim[0]);
    sdx_name(c, name, p.n);
    SDX_TRY(sdx_body(c, 23,
                     "%so = Constant<value_ints = [0]>(); %se = Constant<value_ints = [%lld]>(); "
                     "%sa = Constant<value_ints = [-1]>(); %ss = Constant<value_ints = [%d]>(); "
                     "%sh = Slice(%s.%s, %so, %se, %sa, %ss)",
                     name, name, (long long)(neighbours ? 2 * half : half), name, name,
                     neighbours ? 2 : 1, name, name, sdx_in_name(p.n, p.in), name, name, name,
                     name));
    if (d.rank < RANK)
        SDX_TRY(sdx_body(c, 23, "%sm = Constant<value_ints = [%s]>(); %sf = Unsqueeze(%sh, %sm)",
                         name, missing[RANK - d.rank], name, name, name));
    SDX_TRY(sdx_body(c, 23, "%sx = Constant<value_ints = [%d]>(); %s%s = Squeeze(%s%s, %sx)", name,
                     heads, name, whole ? "c" : "b", name, d.rank < RANK ? "f" : "h", name));
    return whole ? SDX_OK : sdx_body(c, 23, "%sc = Expand(%sb, items)", name, name);
}

/* items = [batch, 1, 1], asked of the highest value that has it: x may be no longer wanted. */
static sdx_status put_items(sdx_rewrite *c, place x)
{
    sdx_dim batch = sdx_in_dim(x.n, x.in, 0);
    for (const sdx_node *n; (n = sdx_maker(c, x.n, x.in)) != NULL; x = (place){ n, 0 })
        if (sdx_in_count(n) < 1 || sdx_in_dims(n, 0).rank < 1 ||
            !sdx_is_same_dim(sdx_in_dim(n, 0, 0), batch))
            break;
    sdx_name(c, "top", x.n);
    return sdx_body(c, 23,
                    "count = Shape<start = 0, end = 1>(top.%s); "
                    "ones = Constant<value_ints = [1, 1]>(); items = Concat<axis = 0>(count, ones)",
                    sdx_in_name(x.n, x.in));
}

/* ---- rewrites ---- */

static sdx_status turn(sdx_rewrite *c, place x, place cosine, place sine, int64_t half,
                       bool neighbours)
{
    sdx_dims d = sdx_in_dims(x.n, x.in);
    int heads = 1;
    while (heads < LAST && !(are_angles(c, cosine, d, heads, half, neighbours) &&
                             are_angles(c, sine, d, heads, half, neighbours)))
        heads++;
    bool known = heads == 1 || (sdx_is_num(d.dim[2]) && sdx_is_num(d.dim[3]));
    if (heads == LAST || !known)
        return SDX_OK;
    SDX_TRY(put_items(c, x));
    SDX_TRY(put_angles(c, "p", cosine, d, heads, half, neighbours));
    SDX_TRY(put_angles(c, "q", sine, d, heads, half, neighbours));
    sdx_name(c, "x", x.n);
    if (heads == 1)
        return sdx_body(c, 23, "C = RotaryEmbedding<interleaved = %d>(x.%s, pc, qc)", neighbours,
                        sdx_in_name(x.n, x.in));
    return sdx_body(c, 23,
                    "w = Constant<value_ints = [0, 0, %lld]>(); r = Reshape(x.%s, w); "
                    "y = RotaryEmbedding<interleaved = %d, num_heads = %lld>(r, pc, qc); "
                    "s = Constant<value_ints = [0, 0, %lld, %lld]>(); C = Reshape(y, s)",
                    (long long)(d.dim[2].n * d.dim[3].n), sdx_in_name(x.n, x.in), neighbours,
                    (long long)d.dim[2].n, (long long)d.dim[2].n, (long long)d.dim[3].n);
}

/* The sum: which of the factors is what. */
static sdx_status from_sum(const sdx_node *n, sdx_rewrite *c)
{
    sdx_dims y = sdx_out_dims(n, 0);
    if (sdx_in_dtype(n, 0) != SDX_F32 || y.rank != RANK || !sdx_is_num(y.dim[LAST]) ||
        y.dim[LAST].n < 2 || y.dim[LAST].n % 2 != 0)
        return SDX_OK;
    int64_t half = y.dim[LAST].n / 2;
    for (int i = 0; i < 8; i++) { /* each of three pairs of operands in either order */
        const sdx_node *plain = sdx_only_producer(c, n, i & 1),
                       *across = sdx_only_producer(c, n, !(i & 1));
        if (!plain || !across || !sdx_is(plain, "Mul") || !sdx_is(across, "Mul"))
            return SDX_OK;
        int a = i >> 1 & 1, b = i >> 2 & 1;
        bool neighbours;
        place x = { plain, a };
        if (sdx_in_dims(plain, a).rank == RANK &&
            is_turned(c, (place){ across, b }, x, half, &neighbours))
            return turn(c, x, (place){ plain, !a }, (place){ across, !b }, half, neighbours);
    }
    return SDX_OK;
}

/* Plain ones, without positions, of heads first. */
static bool turns_all(const sdx_node *n)
{
    return n && sdx_is(n, "RotaryEmbedding") && sdx_in_dims(n, 0).rank == RANK &&
           sdx_in_dtype(n, 0) == SDX_F32;
}

/* Concat(RotaryEmbedding(the first of x), the rest of x) */
static sdx_status in_part(const sdx_node *n, sdx_rewrite *c)
{
    const sdx_node *r = sdx_in_count(n) == 2 ? sdx_only_producer(c, n, 0) : NULL;
    piece first, rest;
    if (!turns_all(r) || sdx_attr_int(r, "rotary_embedding_dim") != 0 ||
        sdx_axis(sdx_attr_int(n, "axis"), RANK) != LAST ||
        !find_piece(c, (place){ r, 0 }, &first) || !find_piece(c, (place){ n, 1 }, &rest) ||
        !same_value(first.of, rest.of))
        return SDX_OK;
    sdx_dim whole = sdx_in_dims(first.of.n, 0).dim[LAST];
    if (first.start != 0 || first.step != 1 || rest.start != first.count || rest.step != 1 ||
        !sdx_is_num(whole) || whole.n != first.count + rest.count)
        return SDX_OK;
    sdx_name(c, "x", first.of.n);
    sdx_name(c, "r", r);
    return sdx_body(c, 23,
                    "%s = RotaryEmbedding<@r, rotary_embedding_dim = %lld>(x.%s, r.cos_cache, "
                    "r.sin_cache, r.position_ids)",
                    sdx_out_name(n, 0), (long long)first.count, sdx_in_name(first.of.n, 0));
}

/* Heads that a Transpose has brought first are turned before it. */
static sdx_status before_transpose(const sdx_node *n, sdx_rewrite *c)
{
    static const int64_t want[RANK] = { 0, 2, 1, 3 };
    const sdx_node *t = turns_all(n) ? sdx_maker(c, n, 0) : NULL;
    int count;
    const int64_t *perm = t && sdx_is(t, "Transpose") ? sdx_attr_ints(t, "perm", &count) : NULL;
    if (!perm || count != RANK || memcmp(perm, want, sizeof want) != 0)
        return SDX_OK;
    sdx_dims x = sdx_in_dims(t, 0);
    if (!sdx_is_num(x.dim[2]) || !sdx_is_num(x.dim[3]) || x.dim[2].n < 1)
        return SDX_OK;
    long long heads = (long long)x.dim[2].n, size = (long long)x.dim[3].n;
    sdx_name(c, "t", t);
    return sdx_body(c, 23,
                    "w = Constant<value_ints = [0, 0, %lld]>(); r = Reshape(t.data, w); "
                    "y = RotaryEmbedding<@, num_heads = %lld>(r, cos_cache, sin_cache, "
                    "position_ids); s = Constant<value_ints = [0, 0, %lld, %lld]>(); "
                    "a = Reshape(y, s); Y = Transpose<perm = [0, 2, 1, 3]>(a)",
                    heads * size, heads, heads, size);
}

static sdx_status apply(const sdx_node *n, sdx_rewrite *c)
{
    if (sdx_is(n, "Add"))
        return from_sum(n, c);
    return sdx_is(n, "Concat") ? in_part(n, c) : before_transpose(n, c);
}

const sdx_rule sdx_fuse_rotary = { "Add Concat RotaryEmbedding", apply };
