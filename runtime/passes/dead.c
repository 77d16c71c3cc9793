/* passes/dead.c - nodes that nobody reads, and optional outputs that nobody reads. */
#include "base/error.h"
#include "passes/pass.h"

static bool is_read(const sdx_gnode *n)
{
    for (int i = 0; i < n->n_out; i++)
        if (n->out[i] && n->out[i]->uses > 0)
            return true;
    return false;
}

/* An output that the signature lets us leave out. */
static bool is_optional(const sdx_gnode *n, int i)
{
    return n->row && i < n->row->n_out && n->row->out[i].arity == SDX_MAYBE_ONE;
}

static bool drop_dead(void *ctx, sdx_graph *g)
{
    sdx_pass *c = ctx;
    for (size_t i = g->n_nodes; i-- > 0;) {
        sdx_gnode *n = g->node[i];
        if (n->removed)
            continue;
        if (!is_read(n)) {
            sdx_node_remove(n);
            c->changed = true;
            continue;
        }
        for (int k = 0; k < n->n_out; k++) {
            if (n->out[k] && n->out[k]->uses == 0 && is_optional(n, k)) {
                sdx_node_set_out(n, k, NULL);
                c->changed = true;
            }
        }
        while (n->n_out > 0 && !n->out[n->n_out - 1])
            n->n_out--;
    }
    return true;
}

sdx_status sdx_pass_dead(sdx_pass *c)
{
    /* Bodies after the graphs around them: what a dropped node captured is unread by then. */
    return sdx_program_each(c->program, drop_dead, c) ? SDX_OK : sdx_error_memory(c->err, 0);
}
