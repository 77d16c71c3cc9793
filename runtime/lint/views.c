/* lint/views.c - nodes that only give a tensor another shape, to no effect: the shape is the same,
 * or the view before had it. */
#include "lint/rules.h"

static bool is_view(const sdx_gnode *n)
{
    return n && n->op && n->op->traits & SDX_VIEW && n->n_out == 1 && n->out[0] && n->n_in &&
           n->in[0];
}

static const sdx_type *type_of(const sdx_lint *l, const sdx_gvalue *v)
{
    const sdx_type *t = l->facts->of[v->id].type;
    return t ? t : &sdx_type_unknown;
}

static bool is_same(const sdx_lint *l, const sdx_gvalue *a, const sdx_gvalue *b)
{
    sdx_dims x = type_of(l, a)->dims, y = type_of(l, b)->dims;
    if (x.rank < 0 || x.rank != y.rank || type_of(l, a)->kind != SDX_TENSOR)
        return false;
    for (int k = 0; k < x.rank; k++)
        if (sdx_is_unknown(x.dim[k]) || x.dim[k].n != y.dim[k].n || x.dim[k].sym != y.dim[k].sym)
            return false;
    return true;
}

/* A constant target without 0 and -1: others may be meant for other shapes, too. */
static bool is_fixed(const sdx_lint *l, const sdx_gnode *n)
{
    const sdx_fact *f = n->n_in > 1 && n->in[1] ? &l->facts->of[n->in[1]->id] : NULL;
    if (!f || !f->elem)
        return false;
    for (int k = 0; k < f->n_elem; k++)
        if (!sdx_is_num(f->elem[k]) || f->elem[k].n < 1)
            return false;
    return f->n_elem > 0;
}

static void check_node(const sdx_lint *l, const sdx_gnode *n)
{
    const sdx_gnode *before = n->in[0]->producer;
    sdx_findings *f = l->findings;
    sdx_raw_finding *x = NULL;
    const sdx_type *t = type_of(l, n->out[0]);
    const char *type = sdx_type_text(l->facts->symbols, f->arena, t);
    if (is_same(l, n->in[0], n->out[0])) {
        if (!is_fixed(l, n))
            return;
        x = sdx_findings_add(f, SDX_NOTE, "no-effect", n,
                             "'%s' is %s already: the node changes nothing", n->in[0]->name, type);
        sdx_finding_hint(f, x, "remove the node, and let the readers of '%s' read '%s'",
                         n->out[0]->name, n->in[0]->name);
        sdx_correct_bypass(f, x, n, 1, true);
    } else if (is_view(before) && is_same(l, before->in[0], n->out[0])) {
        x = sdx_findings_add(f, SDX_WARNING, "cancelling-pair", n,
                             "undoes the %s before it: '%s' is %s again", before->op_type,
                             n->out[0]->name, type);
        sdx_finding_hint(f, x, "let the readers of '%s' read '%s', and remove both",
                         n->out[0]->name, before->in[0]->name);
        sdx_correct_bypass(f, x, n, 2, true);
    }
    sdx_finding_mention(f, x, n->in[0], NULL,
                        sdx_type_text(l->facts->symbols, f->arena, type_of(l, n->in[0])), -1);
}

/* A node that something is said of fixes a symbol, perhaps: then it has an effect. */
static void check_graph(const sdx_lint *l, const sdx_graph *g)
{
    for (size_t i = 0; i < g->n_nodes; i++)
        if (is_view(g->node[i]) && !g->node[i]->removed &&
            sdx_lint_spoken(l, g->node[i]) == SDX_SILENT)
            check_node(l, g->node[i]);
}

void sdx_lint_views(const sdx_lint *l)
{
    sdx_lint_each_graph(l, check_graph);
}
