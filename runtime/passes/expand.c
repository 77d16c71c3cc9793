/* passes/expand.c - operators that the standard defines as functions become their bodies, where
 * they have no code of their own. */
#include "base/error.h"
#include "passes/rewrite.h"

typedef struct expander {
    sdx_pass *c;
    sdx_arena scratch;
    sdx_status st;
} expander;

static bool expand_graph(void *ctx, sdx_graph *g)
{
    expander *x = ctx;
    bool before = x->c->changed;
    x->c->changed = false;
    for (size_t i = 0, n = g->n_nodes; i < n && x->st == SDX_OK; i++) {
        sdx_gnode *d = g->node[i];
        if (d->removed || !d->op || !d->op->expand || d->op->run || (d->op->traits & SDX_VIEW))
            continue;
        sdx_arena_mark mark = sdx_arena_here(&x->scratch);
        x->st = sdx_rewrite_node(x->c, d, &x->scratch, d->op->expand);
        sdx_arena_rewind(&x->scratch, mark);
    }
    if (x->st == SDX_OK && x->c->changed && !sdx_graph_sort(x->c->program, g))
        x->st = sdx_error_memory(x->c->err, 0);
    x->c->changed |= before;
    return x->st == SDX_OK;
}

sdx_status sdx_pass_expand(sdx_pass *c)
{
    expander x = { .c = c, .st = SDX_OK };
    sdx_arena_init(&x.scratch, c->mem, 0);
    if (!sdx_program_each(c->program, expand_graph, &x) && x.st == SDX_OK)
        x.st = sdx_error_memory(c->err, 0);
    sdx_arena_free(&x.scratch);
    return x.st;
}
