/* graph/symbols_equations.c - what is equal: stated, asked for, undone.
 *
 * An equation binds one atom to the rest of it: a symbol rather than a division, a young one
 * rather than an old one, so that what the inputs are called is what is shown.  Lists are never
 * changed; resolving a dim replaces what is bound. */
#include "graph/symbols_parts.h"

/* Does the atom occur in d, also within divisions?  Each atom is looked at once a stamp. */
static bool occurs_in(sdx_symbols *s, uint32_t id, sdx_dim d)
{
    if (sdx_is_num(d) || sdx_is_unknown(d))
        return false;
    sdx_terms in = s->kept[d.sym].list;
    for (uint32_t i = 0; i < in.n; i++)
        for (uint32_t j = 0; j < in.term[i].n; j++) {
            sdx_atom *a = &s->atom[in.term[i].atom[j]];
            if (in.term[i].atom[j] == id)
                return true;
            if (a->stamp == s->stamp || a->kind == SDX_ATOM_SYMBOL)
                continue;
            a->stamp = s->stamp;
            if (occurs_in(s, id, a->a) || occurs_in(s, id, a->b))
                return true;
        }
    return false;
}

/* How gladly an atom is bound: sizes that depend on data before named ones, those before
 * divisions; young before old. */
static int64_t willing(const sdx_symbols *s, uint32_t id)
{
    const sdx_atom *a = &s->atom[id];
    int64_t rank = a->kind != SDX_ATOM_SYMBOL ? 0 : a->from_data ? 2 : 1;
    return rank * (INT64_C(1) << 32) + id;
}

static bool bind(sdx_symbols *s, uint32_t id, sdx_dim to)
{
    int64_t least, most;
    sdx_symbols_bounds(s, to, &least, &most);
    if (most < s->atom[id].least || least > s->atom[id].most)
        return false;
    if (!sdx_symbols_grow(s, &s->trail, s->n_trail, &s->trail_room, sizeof *s->trail))
        return true;
    s->trail[s->n_trail++] = id;
    s->atom[id].is_bound = true;
    s->atom[id].bound = to;
    s->epoch++;
    return true;
}

/* States that the list is zero.  false: it cannot be. */
static bool make_zero(sdx_symbols *s, sdx_terms zero)
{
    int64_t g = sdx_terms_common_factor(zero, 0), k = sdx_terms_constant(zero), least, most;
    if (sdx_terms_with_atoms(zero) == 0)
        return k == 0;
    if (g > 1 && k % g != 0)
        return false;
    sdx_terms_range(s, zero, &least, &most);
    if (least > 0 || most < 0)
        return false;
    int64_t best = -1;
    uint32_t best_term = 0;
    for (uint32_t i = 0; i < sdx_terms_with_atoms(zero); i++) {
        const sdx_term *t = &zero.term[i];
        if (t->n != 1 || (t->factor != g && t->factor != -g) || willing(s, t->atom[0]) <= best)
            continue;
        bool elsewhere = false;
        for (uint32_t j = 0; j < sdx_terms_with_atoms(zero) && !elsewhere; j++)
            for (uint32_t l = 0; l < zero.term[j].n && j != i && !elsewhere; l++) {
                const sdx_atom *other = &s->atom[zero.term[j].atom[l]];
                s->stamp++;
                elsewhere = zero.term[j].atom[l] == t->atom[0] ||
                            occurs_in(s, t->atom[0], other->self);
            }
        if (elsewhere)
            continue;
        best = willing(s, t->atom[0]);
        best_term = i;
    }
    if (best < 0)
        return true; /* true as far as we can tell; nothing to remember it by */
    uint32_t id = zero.term[best_term].atom[0];
    int64_t by = zero.term[best_term].factor > 0 ? -g : g;
    uint32_t start = s->work_used;
    for (uint32_t i = 0; i < zero.n; i++) {
        sdx_term t = zero.term[i];
        t.factor /= by;
        if (i != best_term && !sdx_work_push(s, &t))
            return true;
    }
    sdx_dim rest = sdx_terms_keep(s, (sdx_terms){ s->work_used - start, s->work + start });
    return sdx_is_unknown(rest) || bind(s, id, rest);
}

bool sdx_symbols_equal(sdx_symbols *s, sdx_dim a, sdx_dim b)
{
    if (sdx_is_unknown(a) || sdx_is_unknown(b))
        return true;
    if (sdx_is_num(a) && sdx_is_num(b))
        return a.n == b.n;
    if (!sdx_work_begin(s))
        return true;
    a = sdx_symbols_resolve(s, a);
    b = sdx_symbols_resolve(s, b);
    if (a.sym == b.sym && a.n == b.n)
        return true;
    uint32_t work = s->work_used;
    sdx_term na, nb, minus = sdx_term_number(-1);
    sdx_terms zero;
    bool holds = !sdx_terms_add_times(s, &zero, sdx_terms_of(s, a, &na), sdx_terms_of(s, b, &nb),
                                      &minus) ||
                 make_zero(s, zero);
    s->work_used = work;
    return holds;
}

sdx_answer sdx_symbols_same(sdx_symbols *s, sdx_dim a, sdx_dim b)
{
    if (sdx_is_unknown(a) || sdx_is_unknown(b))
        return SDX_MAYBE;
    sdx_dim d = sdx_symbols_sub(s, a, b);
    if (sdx_is_unknown(d))
        return SDX_MAYBE;
    if (sdx_is_num(d))
        return d.n == 0 ? SDX_YES : SDX_NO;
    sdx_terms zero = s->kept[d.sym].list;
    int64_t g = sdx_terms_common_factor(zero, 0), least, most;
    sdx_terms_range(s, zero, &least, &most);
    return (g > 1 && sdx_terms_constant(zero) % g != 0) || least > 0 || most < 0 ? SDX_NO
                                                                                 : SDX_MAYBE;
}

sdx_answer sdx_symbols_divides(sdx_symbols *s, int64_t k, sdx_dim d)
{
    d = sdx_symbols_resolve(s, d);
    if (sdx_is_unknown(d) || k == INT64_MIN)
        return SDX_MAYBE;
    if (k == 0)
        return sdx_is_num(d) && d.n == 0 ? SDX_YES : SDX_NO;
    if (k == 1 || k == -1)
        return SDX_YES;
    if (sdx_is_num(d))
        return d.n % k == 0 ? SDX_YES : SDX_NO;
    sdx_terms a = s->kept[d.sym].list;
    /* Every value of a is its constant plus a multiple of g, and k divides none of them unless g
     * divides the constant.  Where all factors are multiples of k, the constant decides. */
    int64_t g = sdx_terms_common_factor(a, k);
    if (sdx_terms_constant(a) % g != 0)
        return SDX_NO;
    return g == k || g == -k ? SDX_YES : SDX_MAYBE;
}

void sdx_symbols_range(sdx_symbols *s, sdx_dim d, int64_t *least, int64_t *most)
{
    sdx_symbols_bounds(s, sdx_symbols_resolve(s, d), least, most);
}

size_t sdx_symbols_mark(const sdx_symbols *s)
{
    return s->n_trail;
}

const char *sdx_symbols_bound(const sdx_symbols *s, size_t i, sdx_dim *symbol)
{
    const sdx_atom *a = i < s->n_trail ? &s->atom[s->trail[i]] : NULL;
    if (!a || a->kind != SDX_ATOM_SYMBOL || a->from_data)
        return NULL;
    *symbol = a->self;
    return a->name;
}

void sdx_symbols_undo(sdx_symbols *s, size_t mark)
{
    if (s->n_trail > mark)
        s->epoch++;
    while (s->n_trail > mark)
        s->atom[s->trail[--s->n_trail]].is_bound = false;
}
