/* lint/ends.c - outputs that are declared for one size of inputs that may have any. */
#include "lint/rules.h"

#include <inttypes.h>

/* The name of the dim, where it is one that the file declares; NULL: it is something else. */
static const char *declared_name(const sdx_lint *l, sdx_dim d)
{
    if (sdx_is_num(d) || sdx_is_unknown(d))
        return NULL;
    d = sdx_symbols_resolve(l->facts->symbols, d);
    return !sdx_is_num(d) && d.sym && d.sym <= l->program->n_symbols ? l->program->symbol[d.sym - 1]
                                                                     : NULL;
}

static void check_end(const sdx_lint *l, const sdx_gvalue *v)
{
    const sdx_type *t = l->facts->of[v->id].type, *says = v->declared;
    if (!t || !says || !v->producer || t->kind != SDX_TENSOR || says->kind != SDX_TENSOR ||
        t->dims.rank != says->dims.rank)
        return;
    for (int k = 0; k < t->dims.rank; k++) {
        const char *name = declared_name(l, t->dims.dim[k]);
        if (!name || !sdx_is_num(says->dims.dim[k]))
            continue;
        sdx_raw_finding *x = sdx_findings_add(
            l->findings, SDX_WARNING, "declared-shape", v->producer,
            "output '%s' is declared %s, and its dim %d is %s: right only where %s is %" PRId64,
            v->name, sdx_type_text(l->facts->symbols, l->findings->arena, says), k, name, name,
            says->dims.dim[k].n);
        sdx_finding_mention(l->findings, x, v, NULL,
                            sdx_type_text(l->facts->symbols, l->findings->arena, t), k);
        sdx_finding_hint(l->findings, x, "declare dim %d of '%s' as %s, or leave it open", k,
                         v->name, name);
        return;
    }
}

void sdx_lint_ends(const sdx_lint *l)
{
    const sdx_graph *g = l->program->main;
    for (size_t i = 0; l->facts && i < g->n_outputs; i++)
        check_end(l, g->output[i]);
}
