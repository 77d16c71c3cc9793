/* passes/fuse.c - the rules of ops/fuse, tried at every node of the operator they start from. */
#include "base/error.h"
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
        if (n->removed || n->domain[0] || !is_named((*r)->op, n->op_type))
            continue;
        sdx_arena_mark mark = sdx_arena_here(scratch);
        sdx_status st = sdx_rewrite_node(c, n, scratch, (*r)->apply);
        sdx_arena_rewind(scratch, mark);
        if (st != SDX_OK)
            return st;
    }
    return SDX_OK;
}

sdx_status sdx_pass_fuse(sdx_pass *c)
{
    sdx_graph *g = c->program->main; /* facts inside bodies are those of one call */
    sdx_arena scratch;
    sdx_status st = SDX_OK;
    sdx_arena_init(&scratch, c->mem, 0);
    for (size_t i = 0, n = g->n_nodes; i < n && st == SDX_OK; i++)
        if (g->node[i]->op && !g->node[i]->removed && g->node[i]->n_epilogue == 0)
            st = try_rules(c, g->node[i], &scratch);
    if (st == SDX_OK && c->changed && !sdx_graph_sort(c->program, g))
        st = sdx_error_memory(c->err, 0);
    sdx_arena_free(&scratch);
    return st;
}
