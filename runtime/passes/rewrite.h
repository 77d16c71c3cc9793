/* passes/rewrite.h - the context of `expand` and of the rules in ops/fuse. */
#ifndef PASSES_REWRITE_H
#define PASSES_REWRITE_H
#include "base/map.h"
#include "passes/pass.h"
#include "sdx/rewrite.h"

struct sdx_rewrite {
    sdx_pass *pass;
    sdx_graph *graph;
    sdx_node node; /* the one that is rewritten */
    sdx_arena *scratch;
    sdx_table values; /* names of the body: their values */
    sdx_table nodes;  /* names given by sdx_name: views */
    sdx_gvalue **out; /* by output of the node: what takes its place */
    bool added;       /* a body was */
};

typedef sdx_status sdx_rewriter(const sdx_node *n, sdx_rewrite *c);

/* Calls apply for n.  Where it added a body, that takes the place of n; the list of nodes is then
 * out of order. */
sdx_status sdx_rewrite_node(sdx_pass *c, sdx_gnode *n, sdx_arena *scratch, sdx_rewriter *apply);

/* The parts of that, for a pass that adds bodies for nodes in ways of its own.  bind: a body may
 * read v by this name; false: no memory.  made: what a body made under it; NULL: nothing.  checked:
 * st, with the place of the node where it is an error.  end: the same, then what was put into `out`
 * takes the place of the node. */
sdx_status sdx_rewrite_begin(sdx_rewrite *c, sdx_pass *pass, sdx_gnode *n, sdx_arena *scratch);
bool sdx_rewrite_bind(sdx_rewrite *c, const char *name, sdx_gvalue *v);
sdx_gvalue *sdx_rewrite_made(const sdx_rewrite *c, const char *name);
sdx_status sdx_rewrite_checked(sdx_rewrite *c, sdx_status st);
sdx_status sdx_rewrite_end(sdx_rewrite *c, sdx_status st);

#endif
