/* passes/fuse.c - the rules of ops/fuse, tried at every node of the operator they start from. */
#include "passes/rewrite.h"
#include <string.h>

/* Is it one of the words? */
static bool is_named(const char *words, const char *op)
{
    size_t length = strlen(op);
    for (const char *at = strstr(words, op); at; at = strstr(at + length, op))
        if ((at == words || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
            return true;
    return false;
}

static sdx_status try_rules(sdx_pass *c, sdx_gnode *n, sdx_arena *scratch)
{
    for (const sdx_rule *const *r = sdx_fusion_table; *r; r++) {
        bool ours = n->domain[0] == '\0' || strcmp(n->domain, "sdx") == 0;
        bool meant = is_named((*r)->op, n->op_type) ||
                     ((n->op->traits & SDX_POINTWISE) && is_named((*r)->op, "pointwise"));
        if (n->removed || !ours || !meant)
            continue;
        sdx_arena_mark mark = sdx_arena_here(scratch);
        sdx_status st = sdx_rewrite_node(c, n, scratch, (*r)->apply);
        sdx_arena_rewind(scratch, mark);
        if (st != SDX_OK)
            return st;
    }
    return SDX_OK;
}

static sdx_status fuse_graph(sdx_pass *c, sdx_graph *g, sdx_arena *scratch)
{
    for (size_t i = 0, n = g->n_nodes; i < n; i++)
        if (g->node[i]->op && !g->node[i]->removed && g->node[i]->n_epilogue == 0)
            SDX_TRY(try_rules(c, g->node[i], scratch));
    return c->changed ? sdx_pass_sort(c, g) : SDX_OK;
}

sdx_status sdx_pass_fuse(sdx_pass *c)
{
    return sdx_pass_each_known(c, fuse_graph);
}
