/* infer/conditions.c - what a model holds under, as notes: "holds only if C is divisible by 4", "…
 * for N = 1".
 *
 * A rule meets the condition when little is known; a later one may settle it.  So it is kept, and
 * said at the end if a symbol of the file still depends on it. */
#include "infer/walk.h"

#include <inttypes.h>
#include <string.h>

static condition *add(walk *w, const sdx_gnode *n)
{
    condition *x = sdx_arena_alloc(w->facts->arena, sizeof *x);
    if (!x) {
        w->failed = true;
        return NULL;
    }
    x->node = n->origin ? n->origin : n;
    x->axis = -1;
    x->next = w->conditions;
    w->conditions = x;
    return x;
}

void sdx_condition_divisor(sdx_infer *c, int64_t k, sdx_dim d, int input, int axis)
{
    walk *w = c->walk;
    if (!w->o->lint || !w->o->findings || !sdx_has_in(c->node, input))
        return;
    for (const condition *x = w->conditions; x && x->node == c->def; x = x->next)
        if (x->divisor == k && x->value == c->def->in[input] && x->axis == axis)
            return; /* an earlier pass */
    condition *x = add(w, c->def);
    if (!x)
        return;
    x->value = c->def->in[input];
    x->as = sdx_in_name(c->node, input);
    x->axis = axis;
    x->divisor = k;
    x->dim = d;
    x->text = sdx_symbols_text(w->facts->symbols, w->facts->arena,
                               sdx_symbols_resolve(w->facts->symbols, d));
}

void sdx_condition_bound(walk *w, const sdx_gnode *n, size_t since)
{
    size_t now = sdx_symbols_mark(w->facts->symbols);
    if (!w->o->lint || !w->o->findings || w->body_depth)
        return;
    for (size_t i = since; i < now; i++) {
        sdx_dim symbol;
        const char *name = sdx_symbols_bound(w->facts->symbols, i, &symbol);
        condition *x = name ? add(w, n) : NULL;
        if (!x)
            continue;
        x->dim = symbol;
        x->text = name;
    }
}

/* The input of the model that declares this symbol as a dim. */
static const sdx_gvalue *input_with(const walk *w, const char *symbol, int *axis)
{
    const sdx_program *p = w->facts->program;
    for (size_t i = 0; i < p->main->n_inputs; i++) {
        const sdx_type *t = p->main->input[i]->declared;
        for (int k = 0; t && k < t->dims.rank; k++) {
            sdx_dim d = t->dims.dim[k];
            if (!sdx_is_num(d) && !sdx_is_unknown(d) && d.sym <= p->n_symbols &&
                strcmp(p->symbol[d.sym - 1], symbol) == 0) {
                *axis = k;
                return p->main->input[i];
            }
        }
    }
    return NULL;
}

static bool is_warned_of(const sdx_findings *f, const sdx_gnode *n)
{
    for (const sdx_raw_finding *x = f->first; x; x = x->next)
        if (x->node == n && x->severity != SDX_NOTE)
            return true;
    return false;
}

static const char *type_words(const walk *w, const sdx_gvalue *v)
{
    const sdx_type *t = w->facts->of[v->id].type;
    return sdx_type_text(w->facts->symbols, w->o->findings->arena, t ? t : &sdx_type_unknown);
}

static void report(walk *w, const condition *x)
{
    sdx_findings *f = w->o->findings;
    sdx_dim now = sdx_symbols_resolve(w->facts->symbols, x->dim);
    sdx_raw_finding *r;
    int axis;
    if (x->value) {
        if (sdx_is_num(now))
            return;
        r = sdx_findings_add(f, SDX_NOTE, "divisible-condition", x->node,
                             "holds only if %s is divisible by %" PRId64, x->text, x->divisor);
        sdx_finding_mention(f, r, x->value, x->as, type_words(w, x->value), x->axis);
        sdx_finding_number_add(f, r, "divisor", x->divisor);
        sdx_finding_hint(f, r, "feed a multiple of %" PRId64 " for %s", x->divisor, x->text);
        return;
    }
    const sdx_gvalue *in = sdx_is_num(now) ? input_with(w, x->text, &axis) : NULL;
    if (!in || is_warned_of(f, x->node))
        return;
    r = sdx_findings_add(f, SDX_NOTE, "symbol-fixed", x->node, "holds only for %s = %" PRId64,
                         x->text, now.n);
    sdx_finding_mention(f, r, in, NULL, type_words(w, in), axis);
    sdx_finding_number_add(f, r, x->text, now.n);
    sdx_finding_hint(f, r, "declare dim %d of '%s' as %" PRId64, axis, in->name, now.n);
}

void sdx_conditions_report(walk *w)
{
    condition *ordered = NULL; /* the oldest first */
    if (w->failed)
        return;
    while (w->conditions) {
        condition *x = w->conditions;
        w->conditions = x->next;
        x->next = ordered;
        ordered = x;
    }
    for (const condition *x = ordered; x && !w->o->findings->failed; x = x->next)
        report(w, x);
}
