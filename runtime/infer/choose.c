/* infer/choose.c - which of two branches a node takes, where the nodes after it could not do with
 * what the other gives.
 *
 * An exporter writes squeeze(x, axis) of a dim that it does not know as two branches, of which one
 * squeezes and the other does not: no rank is known from there on.  So each is supposed in turn,
 * and where the rest of the graph is sure to refuse one, the results are those of the other.
 * Nothing of what was supposed is kept. */
#include "infer/walk.h"

#include <string.h>

enum { BRANCHES = 2 };

/* The branches of a node that has two bodies, which take nothing and give what the node gives. */
static bool branches_of(const sdx_gnode *n, const sdx_graph *branch[BRANCHES])
{
    int found = 0;
    for (int i = 0; i < n->n_attr; i++) {
        const sdx_attr *a = &n->attr[i];
        if (a->kind != SDX_ATTR_GRAPH)
            continue;
        if (found == BRANCHES || a->graph->n_inputs || a->graph->n_outputs != (size_t)n->n_out)
            return false;
        branch[found++] = a->graph;
    }
    return found == BRANCHES;
}

static const sdx_type *result_of(walk *w, const sdx_graph *g, int o)
{
    const sdx_fact *f = g->output[o] ? sdx_walk_fact(w, g->output[o]) : NULL;
    return f && f->type && !f->tainted ? f->type : NULL;
}

/* Is the rank of a result lost, which either branch knows? */
static bool is_torn(sdx_infer *c, const sdx_graph *const branch[BRANCHES])
{
    walk *w = c->walk;
    bool torn = false;
    for (int o = 0; o < c->def->n_out; o++) {
        const sdx_type *a = result_of(w, branch[0], o), *b = result_of(w, branch[1], o);
        const sdx_fact *f = c->def->out[o] ? sdx_walk_fact(w, c->def->out[o]) : NULL;
        if (!a || !b)
            return false;
        bool known = f && f->type && f->type->kind == SDX_TENSOR && f->type->dims.rank >= 0;
        torn |= f && !known && a->kind == SDX_TENSOR && b->kind == SDX_TENSOR &&
                a->dims.rank >= 0 && b->dims.rank >= 0 && a->dims.rank != b->dims.rank;
    }
    return torn;
}

/* What was supposed of the bodies of a node. */
static void forget_bodies(walk *w, const sdx_gnode *n)
{
    for (int i = 0; i < n->n_attr; i++) {
        const sdx_graph *g = n->attr[i].kind == SDX_ATTR_GRAPH ? n->attr[i].graph : NULL;
        for (size_t k = 0; g && k < g->n_values; k++)
            *sdx_walk_fact(w, g->value[k]) = (sdx_fact){ 0 };
        for (size_t k = 0; g && k < g->n_nodes; k++)
            forget_bodies(w, g->node[k]); /* as deep as a file may nest them */
    }
}

/* Does no node after this one refuse what the branch gives? */
static bool suits(sdx_infer *c, const sdx_graph *branch, sdx_fact *kept)
{
    walk *w = c->walk;
    const sdx_graph *g = c->def->graph;
    const sdx_infer_options *loud = w->o;
    sdx_infer_options quiet = *loud;
    bool linting = w->linting, checked = w->checked, refused = false, after = false;
    size_t mark = sdx_symbols_mark(w->facts->symbols);
    for (size_t i = 0; i < g->n_values; i++)
        kept[i] = *sdx_walk_fact(w, g->value[i]);
    for (int o = 0; o < c->def->n_out; o++)
        if (c->def->out[o])
            *sdx_walk_fact(w, c->def->out[o]) = (sdx_fact){ .type = sdx_type_settle(
                                                                w, result_of(w, branch, o), true) };
    quiet.findings = NULL;
    quiet.lint = false;
    w->o = &quiet;
    w->linting = false;
    w->checked = false; /* what was refused before is looked at again, too */
    w->supposing = true;
    for (size_t i = 0; i < g->n_nodes && !refused && !w->failed; i++) {
        const sdx_gnode *n = g->node[i];
        for (int o = 0; after && o < n->n_out; o++)
            if (n->out[o])
                *sdx_walk_fact(w, n->out[o]) = (sdx_fact){ 0 };
        if (after && !n->removed)
            sdx_walk_visit(w, n);
        for (int o = 0; after && o < n->n_out; o++)
            refused |= n->out[o] && sdx_walk_fact(w, n->out[o])->tainted;
        if (after)
            forget_bodies(w, n);
        after |= n == c->def;
    }
    w->supposing = false;
    w->checked = checked;
    w->linting = linting;
    w->o = loud;
    sdx_symbols_undo(w->facts->symbols, mark);
    for (size_t i = 0; i < g->n_values; i++)
        *sdx_walk_fact(w, g->value[i]) = kept[i];
    return !refused;
}

void sdx_choose(sdx_infer *c)
{
    walk *w = c->walk;
    const sdx_graph *branch[BRANCHES], *g = c->def->graph;
    if (w->supposing || w->o->bodies_may_fail || !branches_of(c->def, branch) ||
        !is_torn(c, branch))
        return;
    if (w->supposals_left < g->n_nodes)
        return;
    w->supposals_left -= g->n_nodes;
    sdx_fact *kept = sdx_arena_array(w->scratch, g->n_values, sizeof *kept);
    w->failed |= !kept;
    if (!kept)
        return;
    bool first = suits(c, branch[0], kept), second = suits(c, branch[1], kept);
    for (int o = 0; first != second && o < c->def->n_out; o++)
        if (c->def->out[o])
            c->out[o].type = result_of(w, branch[first ? 0 : 1], o);
}
