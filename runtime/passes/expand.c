/* passes/expand.c - operators that the standard defines as functions become their bodies, where
 * they have no code of their own. */
#include "passes/rewrite.h"

static sdx_status expand_graph(sdx_pass *c, sdx_graph *g, sdx_arena *scratch)
{
    for (size_t i = 0, n = g->n_nodes; i < n; i++) {
        sdx_gnode *d = g->node[i];
        if (d->removed || !d->op || !d->op->expand || d->op->run || (d->op->traits & SDX_VIEW))
            continue;
        sdx_arena_mark mark = sdx_arena_here(scratch);
        SDX_TRY(sdx_rewrite_node(c, d, scratch, d->op->expand));
        sdx_arena_rewind(scratch, mark);
    }
    return c->changed ? sdx_pass_sort(c, g) : SDX_OK;
}

sdx_status sdx_pass_expand(sdx_pass *c)
{
    return sdx_pass_each(c, expand_graph);
}
