/* passes/view.c - views that change nothing: Identity, a Reshape to the shape that is there. */
#include "passes/pass.h"

static bool same_dims(sdx_pass *c, const sdx_type *a, const sdx_type *b)
{
    if (a->dims.rank < 0 || a->dims.rank != b->dims.rank)
        return false;
    for (int i = 0; i < a->dims.rank; i++)
        if (sdx_symbols_same(c->facts->symbols, a->dims.dim[i], b->dims.dim[i]) != SDX_YES)
            return false;
    return true;
}

/* The same dims or, in both, none that is known. */
static bool same_entries(const sdx_type *a, const sdx_type *b)
{
    if (a->dims.rank != b->dims.rank)
        return false;
    for (int i = 0; i < a->dims.rank; i++)
        if (a->dims.dim[i].n != b->dims.dim[i].n || a->dims.dim[i].sym != b->dims.dim[i].sym)
            return false;
    return true;
}

/* Does output 0 have the type of input 0 in every run?  Of other kinds than tensors a view can only
 * be the value itself, and so can one that has neither another input nor an attribute to tell it
 * how to lie, where the same is known of the two. */
static bool changes_nothing(sdx_pass *c, const sdx_gnode *n)
{
    const sdx_type *x = sdx_pass_fact(c, n->in[0])->type, *y = sdx_pass_fact(c, n->out[0])->type;
    if (!x || !y || x->kind != y->kind || x->kind == SDX_KIND_UNKNOWN)
        return false;
    if (x->kind != SDX_TENSOR)
        return true;
    if (n->row && n->row->n_in == 1 && n->row->n_attr == 0 && x->dtype == y->dtype &&
        same_entries(x, y))
        return true;
    return x->dtype == y->dtype && same_dims(c, x, y);
}

static sdx_status drop_views(sdx_pass *c, sdx_graph *g, sdx_arena *scratch)
{
    (void)scratch;
    for (size_t i = 0; i < g->n_nodes; i++) {
        sdx_gnode *n = g->node[i];
        if (n->removed || !n->op || !(n->op->traits & SDX_VIEW) || n->n_epilogue > 0 ||
            n->n_out != 1 || n->n_in < 1 || !n->in[0] || !n->out[0])
            continue;
        if (!changes_nothing(c, n))
            continue;
        sdx_value_replace(n->out[0], n->in[0]);
        sdx_node_remove(n);
        c->changed = true;
    }
    return SDX_OK;
}

sdx_status sdx_pass_view(sdx_pass *c)
{
    return sdx_pass_each_known(c, drop_views);
}
