/* graph/symbols_arithmetic.c - dims computed with, and what stands for them after all equations. */
#include "base/size.h"
#include "graph/symbols_parts.h"

/* Steps of resolving in all; after them everything stands for itself. */
static const uint64_t MAX_WORK = UINT64_C(1) << 28;

static int64_t floor_mod(int64_t a, int64_t b)
{
    int64_t r = a % b;
    return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}

/* ---- arithmetic ---- on resolved operands; the work stack is the caller's to restore */

static sdx_dim combine(sdx_symbols *s, sdx_dim a, sdx_dim b, int64_t factor)
{
    sdx_term na, nb, t = sdx_term_number(factor);
    sdx_terms sum;
    return sdx_terms_add_times(s, &sum, sdx_terms_of(s, a, &na), sdx_terms_of(s, b, &nb), &t)
               ? sdx_terms_keep(s, sum)
               : sdx_unknown();
}

static sdx_dim product(sdx_symbols *s, sdx_dim a, sdx_dim b)
{
    sdx_term na, nb;
    sdx_terms out;
    return sdx_terms_multiply(s, &out, sdx_terms_of(s, a, &na), sdx_terms_of(s, b, &nb))
               ? sdx_terms_keep(s, out)
               : sdx_unknown();
}

static sdx_dim quotient(sdx_symbols *s, sdx_dim a, sdx_dim b);

/* floor(a / b) for a number b > 0: what divides goes out, what stays is reduced to 0 .. b-1 in
 * every factor. */
static sdx_dim quotient_by(sdx_symbols *s, sdx_dim a, int64_t b)
{
    sdx_term number;
    sdx_terms in = sdx_terms_of(s, a, &number), whole, rest;
    uint32_t start = s->work_used;
    for (uint32_t i = 0; i < in.n; i++) {
        sdx_term t = in.term[i];
        t.factor = sdx_floor_div(t.factor, b);
        if (!sdx_work_push(s, &t))
            return sdx_unknown();
    }
    whole = (sdx_terms){ s->work_used - start, s->work + start };
    start = s->work_used;
    for (uint32_t i = 0; i < in.n; i++) {
        sdx_term t = in.term[i];
        t.factor = floor_mod(t.factor, b);
        if (!sdx_work_push(s, &t))
            return sdx_unknown();
    }
    rest = (sdx_terms){ s->work_used - start, s->work + start };
    sdx_dim out = sdx_terms_keep(s, whole);
    int64_t least, most;
    sdx_terms_range(s, rest, &least, &most);
    if (least >= 0 && most < b)
        return out;
    /* floor((g*r + k) / (g*b)) = floor((r + floor(k / g)) / b) */
    int64_t g = sdx_terms_common_factor(rest, b);
    sdx_term *t = s->work + start;
    for (uint32_t i = 0; g > 1 && i < rest.n; i++)
        t[i].factor = sdx_floor_div(t[i].factor, g);
    if (rest.n && t[rest.n - 1].factor == 0)
        rest.n--;
    b /= g;
    /* floor(r / b) = -floor((b - 1 - r) / b): of both the one whose first factor is the smaller, so
     * that a size rounded up by (-h) mod b is the one rounded up by h + b - 1. */
    if (rest.n && t[0].n && t[0].factor > b / 2 && t[0].factor > b - t[0].factor) {
        sdx_dim r = sdx_terms_keep(s, rest), up = sdx_unknown();
        if (!sdx_is_unknown(r))
            r = combine(s, sdx_num(b - 1), r, -1);
        if (!sdx_is_unknown(r))
            up = quotient_by(s, r, b);
        return sdx_is_unknown(up) || sdx_is_unknown(out) ? sdx_unknown() : combine(s, out, up, -1);
    }
    /* floor((floor(x / m) + k) / b) = floor((x + k*m) / (m*b)) */
    const sdx_atom *inner = sdx_terms_with_atoms(rest) == 1 && t[0].n == 1 && t[0].factor == 1
                                ? &s->atom[t[0].atom[0]]
                                : NULL;
    sdx_dim inside;
    if (inner && inner->kind == SDX_ATOM_QUOTIENT && sdx_is_num(inner->b)) {
        int64_t m = inner->b.n, shift;
        if (!sdx_i64_mul(&shift, sdx_terms_constant(rest), m) || !sdx_i64_mul(&m, m, b))
            return sdx_unknown();
        inside = quotient(s, combine(s, inner->a, sdx_num(shift), 1), sdx_num(m));
    } else {
        sdx_terms_range(s, rest, &least, &most);
        inside = sdx_atom_compound(s, SDX_ATOM_QUOTIENT, sdx_terms_keep(s, rest), sdx_num(b),
                                   least == INT64_MIN ? least : sdx_floor_div(least, b),
                                   most == INT64_MAX ? most : sdx_floor_div(most, b));
    }
    return sdx_is_unknown(inside) ? inside : combine(s, out, inside, 1);
}

static sdx_dim quotient(sdx_symbols *s, sdx_dim a, sdx_dim b)
{
    if (sdx_is_unknown(a) || sdx_is_unknown(b) || (sdx_is_num(b) && b.n == 0))
        return sdx_unknown();
    if (sdx_is_num(b)) {
        if (b.n > 0)
            return quotient_by(s, a, b.n);
        return b.n == INT64_MIN ? sdx_unknown()
                                : quotient_by(s, combine(s, sdx_num(0), a, -1), -b.n);
    }
    sdx_term na, nb;
    sdx_terms q;
    if (sdx_terms_divide(s, &q, sdx_terms_of(s, a, &na), sdx_terms_of(s, b, &nb)))
        return sdx_terms_keep(s, q);
    int64_t least, most, least_b, most_b;
    sdx_symbols_bounds(s, a, &least, &most);
    sdx_symbols_bounds(s, b, &least_b, &most_b);
    if (least < 0 || least_b < 0) {
        least = INT64_MIN;
        most = INT64_MAX;
    } else {
        if (least_b > most && most != INT64_MAX)
            return sdx_num(0);
        least = 0;
    }
    return sdx_atom_compound(s, SDX_ATOM_QUOTIENT, a, b, least, most);
}

/* Is d >= 0 whatever its symbols are?  Its bounds say so, or those of what is left when floor(a/b)
 * gives way to a/b or (a - b + 1)/b, whichever is less, and all is multiplied by b. */
static bool is_never_negative(sdx_symbols *s, sdx_dim d)
{
    int64_t scale = 1, least, most;
    for (int steps = 0; steps < 4; steps++) {
        sdx_symbols_bounds(s, d, &least, &most);
        if (least > -scale)
            return true;
        sdx_term number, c = { 0 };
        sdx_terms in = sdx_terms_of(s, d, &number);
        sdx_atom q = { 0 };
        for (uint32_t i = 0; i < sdx_terms_with_atoms(in) && !c.n; i++) {
            q = s->atom[in.term[i].atom[0]];
            if (in.term[i].n == 1 && q.kind == SDX_ATOM_QUOTIENT && sdx_is_num(q.b) && q.b.n > 0)
                c = in.term[i];
        }
        if (!c.n || !sdx_i64_mul(&scale, scale, q.b.n))
            return false;
        sdx_dim least_of = c.factor < 0 ? q.a : combine(s, q.a, sdx_num(1 - q.b.n), 1);
        d = combine(s, d, q.self, -c.factor);
        if (sdx_is_unknown(d) || sdx_is_unknown(least_of))
            return false;
        d = product(s, d, sdx_num(q.b.n));
        d = sdx_is_unknown(d) ? d : combine(s, d, least_of, c.factor);
        if (sdx_is_unknown(d))
            return false;
    }
    return false;
}

static sdx_dim extreme(sdx_symbols *s, sdx_atom_kind kind, sdx_dim a, sdx_dim b)
{
    int64_t la, ma, lb, mb;
    sdx_dim difference = combine(s, a, b, -1), opposite = combine(s, b, a, -1);
    if (!sdx_is_unknown(difference) && is_never_negative(s, difference))
        return kind == SDX_ATOM_MOST ? a : b;
    if (!sdx_is_unknown(opposite) && is_never_negative(s, opposite))
        return kind == SDX_ATOM_MOST ? b : a;
    if (sdx_is_num(a) ||
        (!sdx_is_num(b) && b.sym < a.sym)) { /* min(a, b) is min(b, a): one order */
        sdx_dim swap = a;
        a = b;
        b = swap;
    }
    sdx_symbols_bounds(s, a, &la, &ma);
    sdx_symbols_bounds(s, b, &lb, &mb);
    if (kind == SDX_ATOM_MOST)
        return sdx_atom_compound(s, kind, a, b, la > lb ? la : lb, ma > mb ? ma : mb);
    return sdx_atom_compound(s, kind, a, b, la < lb ? la : lb, ma < mb ? ma : mb);
}

/* ---- resolving ---- */

static sdx_dim resolve(sdx_symbols *s, sdx_dim d);

static sdx_dim resolve_atom(sdx_symbols *s, uint32_t id)
{
    sdx_atom a = s->atom[id];
    if (a.is_bound)
        return resolve(s, a.bound);
    if (a.kind == SDX_ATOM_SYMBOL)
        return a.self;
    sdx_dim x = resolve(s, a.a), y = resolve(s, a.b);
    if ((x.sym == a.a.sym && x.n == a.a.n && y.sym == a.b.sym && y.n == a.b.n) ||
        sdx_is_unknown(x) || sdx_is_unknown(y))
        return a.self;
    sdx_dim made = a.kind == SDX_ATOM_QUOTIENT ? quotient(s, x, y) : extreme(s, a.kind, x, y);
    return sdx_is_unknown(made) ? a.self : resolve(s, made);
}

/* The list with every atom replaced by what it stands for. */
static bool rebuild(sdx_symbols *s, sdx_terms *out, sdx_terms in)
{
    sdx_terms sum = { 0, NULL };
    sdx_term one = sdx_term_number(1);
    for (uint32_t i = 0; i < in.n; i++) {
        sdx_term factor = sdx_term_number(in.term[i].factor);
        sdx_terms product_list = { 1, &factor };
        for (uint32_t j = 0; j < in.term[i].n; j++) {
            sdx_term number;
            sdx_dim d = resolve_atom(s, in.term[i].atom[j]);
            if (sdx_is_unknown(d) ||
                !sdx_terms_multiply(s, &product_list, product_list, sdx_terms_of(s, d, &number)))
                return false;
        }
        if (!sdx_terms_add_times(s, &sum, sum, product_list, &one))
            return false;
    }
    *out = sum;
    return true;
}

/* What d stands for; d itself where that cannot be had. */
static sdx_dim resolve(sdx_symbols *s, sdx_dim d)
{
    if (sdx_is_num(d) || sdx_is_unknown(d) || !s->n_trail)
        return d;
    if (s->kept[d.sym].epoch == s->epoch)
        return s->kept[d.sym].resolved;
    if (s->chain >= SDX_MAX_CHAIN || s->work_done >= MAX_WORK)
        return d;
    sdx_terms in = s->kept[d.sym].list, out;
    s->kept[d.sym].epoch = s->epoch; /* met again within itself, it stands for itself */
    s->kept[d.sym].resolved = d;
    uint32_t work = s->work_used;
    s->chain++;
    s->work_done += in.n;
    sdx_dim r = rebuild(s, &out, in) ? sdx_terms_keep(s, out) : d;
    s->chain--;
    s->work_used = work;
    if (sdx_is_unknown(r))
        r = d;
    s->kept[d.sym].resolved = r;
    return r;
}

sdx_dim sdx_symbols_resolve(sdx_symbols *s, sdx_dim d)
{
    if (sdx_is_num(d) || sdx_is_unknown(d) || !s->n_trail || !sdx_work_begin(s))
        return d;
    return resolve(s, d);
}

/* ---- the public arithmetic ---- */

typedef sdx_dim operation(sdx_symbols *s, sdx_dim a, sdx_dim b);

static sdx_dim apply(sdx_symbols *s, operation *f, sdx_dim a, sdx_dim b)
{
    if (sdx_is_unknown(a) || sdx_is_unknown(b) || !sdx_work_begin(s))
        return sdx_unknown();
    uint32_t work = s->work_used;
    sdx_dim r = f(s, resolve(s, a), resolve(s, b));
    s->work_used = work;
    return r;
}

static sdx_dim sum_of(sdx_symbols *s, sdx_dim a, sdx_dim b)
{
    return combine(s, a, b, 1);
}

static sdx_dim difference_of(sdx_symbols *s, sdx_dim a, sdx_dim b)
{
    return combine(s, a, b, -1);
}

static sdx_dim least_of(sdx_symbols *s, sdx_dim a, sdx_dim b)
{
    return extreme(s, SDX_ATOM_LEAST, a, b);
}

static sdx_dim most_of(sdx_symbols *s, sdx_dim a, sdx_dim b)
{
    return extreme(s, SDX_ATOM_MOST, a, b);
}

static sdx_dim remainder_of(sdx_symbols *s, sdx_dim a, sdx_dim b)
{
    sdx_dim q = quotient(s, a, b);
    sdx_dim back = sdx_is_unknown(q) ? q : product(s, q, b);
    return sdx_is_unknown(back) ? back : combine(s, a, back, -1);
}

sdx_dim sdx_symbols_add(sdx_symbols *s, sdx_dim a, sdx_dim b)
{
    int64_t n;
    if (sdx_is_num(a) && sdx_is_num(b))
        return sdx_i64_add(&n, a.n, b.n) ? sdx_num(n) : sdx_unknown();
    return apply(s, sum_of, a, b);
}

sdx_dim sdx_symbols_sub(sdx_symbols *s, sdx_dim a, sdx_dim b)
{
    int64_t n;
    if (sdx_is_num(a) && sdx_is_num(b))
        return sdx_i64_sub(&n, a.n, b.n) ? sdx_num(n) : sdx_unknown();
    return apply(s, difference_of, a, b);
}

sdx_dim sdx_symbols_mul(sdx_symbols *s, sdx_dim a, sdx_dim b)
{
    int64_t n;
    if (sdx_is_num(a) && sdx_is_num(b))
        return sdx_i64_mul(&n, a.n, b.n) ? sdx_num(n) : sdx_unknown();
    if ((sdx_is_num(a) && a.n == 0) || (sdx_is_num(b) && b.n == 0))
        return sdx_num(0); /* unknown times nothing, too */
    return apply(s, product, a, b);
}

sdx_dim sdx_symbols_div(sdx_symbols *s, sdx_dim a, sdx_dim b)
{
    if (sdx_is_num(a) && sdx_is_num(b))
        return b.n == 0 || (a.n == INT64_MIN && b.n == -1) ? sdx_unknown()
                                                           : sdx_num(sdx_floor_div(a.n, b.n));
    return apply(s, quotient, a, b);
}

sdx_dim sdx_symbols_mod(sdx_symbols *s, sdx_dim a, sdx_dim b)
{
    if (sdx_is_num(a) && sdx_is_num(b))
        return b.n == 0 ? sdx_unknown() : sdx_num(b.n == -1 ? 0 : floor_mod(a.n, b.n));
    return apply(s, remainder_of, a, b);
}

sdx_dim sdx_symbols_min(sdx_symbols *s, sdx_dim a, sdx_dim b)
{
    if (sdx_is_num(a) && sdx_is_num(b))
        return a.n < b.n ? a : b;
    return apply(s, least_of, a, b);
}

sdx_dim sdx_symbols_max(sdx_symbols *s, sdx_dim a, sdx_dim b)
{
    if (sdx_is_num(a) && sdx_is_num(b))
        return a.n > b.n ? a : b;
    return apply(s, most_of, a, b);
}
