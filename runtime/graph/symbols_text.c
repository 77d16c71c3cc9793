/* graph/symbols_text.c - expressions as numbers, where each symbol has one, and as words. */
#include "base/size.h"
#include "graph/symbols_parts.h"
#include <inttypes.h>
#include <string.h>

typedef struct evaluation {
    sdx_symbol_value *value;
    void *ctx;
    int depth;
    int64_t steps;
} evaluation;

static bool evaluate(sdx_symbols *s, evaluation *e, sdx_dim d, int64_t *out);

static bool evaluate_atom(sdx_symbols *s, evaluation *e, uint32_t id, int64_t *out)
{
    const sdx_atom a = s->atom[id];
    int64_t x, y;
    if (a.kind == SDX_ATOM_SYMBOL)
        return a.is_bound ? evaluate(s, e, a.bound, out) : e->value(e->ctx, a.name, out);
    if (!evaluate(s, e, a.a, &x) || !evaluate(s, e, a.b, &y))
        return false;
    if (a.kind == SDX_ATOM_QUOTIENT) {
        if (y == 0 || (x == INT64_MIN && y == -1))
            return false;
        *out = sdx_floor_div(x, y);
    } else {
        *out = (a.kind == SDX_ATOM_LEAST) == (x < y) ? x : y;
    }
    return true;
}

static bool evaluate(sdx_symbols *s, evaluation *e, sdx_dim d, int64_t *out)
{
    if (sdx_is_num(d)) {
        *out = d.n;
        return true;
    }
    if (sdx_is_unknown(d) || e->depth >= SDX_MAX_CHAIN || ++e->steps > 100000)
        return false;
    e->depth++;
    sdx_terms in = s->kept[d.sym].list;
    int64_t sum = 0;
    bool fits = true;
    for (uint32_t i = 0; i < in.n && fits; i++) {
        int64_t product_value = in.term[i].factor, v;
        for (uint32_t j = 0; j < in.term[i].n && fits; j++)
            fits = evaluate_atom(s, e, in.term[i].atom[j], &v) &&
                   sdx_i64_mul(&product_value, product_value, v);
        fits = fits && sdx_i64_add(&sum, sum, product_value);
    }
    e->depth--;
    *out = sum;
    return fits;
}

bool sdx_symbols_evaluate(sdx_symbols *s, sdx_dim d, sdx_symbol_value *value, void *ctx,
                          int64_t *out)
{
    evaluation e = { value, ctx, 0, 0 };
    return evaluate(s, &e, sdx_symbols_resolve(s, d), out);
}

enum { TEXT_LONGEST = 2000 }; /* what is longer ends in "…" */

static const char *show(const sdx_symbols *s, sdx_arena *a, sdx_dim d, int depth);

static bool is_sum(const sdx_symbols *s, sdx_dim d)
{
    return !sdx_is_num(d) && !sdx_is_unknown(d) && s->kept[d.sym].list.n > 1;
}

static const char *show_atom(const sdx_symbols *s, sdx_arena *a, uint32_t id, int depth)
{
    const sdx_atom x = s->atom[id];
    if (x.kind == SDX_ATOM_SYMBOL)
        return x.name;
    const char *left = show(s, a, x.a, depth + 1), *right = show(s, a, x.b, depth + 1);
    if (!left || !right)
        return NULL;
    if (x.kind != SDX_ATOM_QUOTIENT)
        return sdx_arena_printf(a, "%s(%s, %s)", x.kind == SDX_ATOM_LEAST ? "min" : "max", left,
                                right);
    bool pl = is_sum(s, x.a), pr = is_sum(s, x.b) || strchr(right, '*');
    return sdx_arena_printf(a, "floor(%s%s%s/%s%s%s)", pl ? "(" : "", left, pl ? ")" : "",
                            pr ? "(" : "", right, pr ? ")" : "");
}

/* A term without its sign. */
static const char *show_term(const sdx_symbols *s, sdx_arena *a, const sdx_term *t, int depth)
{
    uint64_t size = t->factor < 0 ? 0 - (uint64_t)t->factor : (uint64_t)t->factor;
    const char *text = size == 1 && t->n ? NULL : sdx_arena_printf(a, "%" PRIu64, size);
    for (uint32_t i = 0; i < t->n; i++) {
        const char *factor = show_atom(s, a, t->atom[i], depth);
        if (!factor)
            return NULL;
        text = text ? sdx_arena_printf(a, "%s*%s", text, factor) : factor;
    }
    return text;
}

static const char *show(const sdx_symbols *s, sdx_arena *a, sdx_dim d, int depth)
{
    if (sdx_is_unknown(d))
        return "?";
    if (sdx_is_num(d))
        return sdx_arena_printf(a, "%" PRId64, d.n);
    if (depth > 6)
        return "…";
    sdx_terms in = s->kept[d.sym].list;
    uint32_t first = 0; /* "4 - N" rather than "-N + 4" */
    for (uint32_t i = in.n; i > 0; i--)
        if (in.term[i - 1].factor > 0)
            first = i - 1;
    const char *text = NULL;
    for (uint32_t k = 0; k < in.n; k++) {
        uint32_t i = k == 0 ? first : k <= first ? k - 1 : k;
        bool minus = in.term[i].factor < 0;
        const char *t = show_term(s, a, &in.term[i], depth);
        if (!t)
            return NULL;
        if (text && strlen(text) > TEXT_LONGEST)
            return sdx_arena_printf(a, "%s + …", text);
        text = text ? sdx_arena_printf(a, "%s %s %s", text, minus ? "-" : "+", t)
                    : sdx_arena_printf(a, "%s%s", minus ? "-" : "", t);
    }
    return text;
}

const char *sdx_symbols_text(const sdx_symbols *s, sdx_arena *a, sdx_dim d)
{
    const char *text = show(s, a, d, 0);
    return text ? text : "?";
}
