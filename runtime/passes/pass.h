/* passes/pass.h - rewriting a program before it is bound.
 *
 * A pass gets the program and what is known of it, changes nodes and edges, and says so.  Facts are
 * found anew after each pass that changed something.  No pass knows an operator by name, branch.c
 * apart. */
#ifndef PASSES_PASS_H
#define PASSES_PASS_H
#include "base/file.h"
#include "eval/recipe.h"
#include "graph/facts.h"

/* Values that passes made; they live as long as the program. */
typedef struct sdx_kept {
    sdx_mem *mem;
    sdx_value **value;
    size_t n, room;
    sdx_recipe
        *recipe; /* what they are computed from, for those that wait; in the program's arena */
} sdx_kept;

typedef struct sdx_pass {
    sdx_mem *mem;
    sdx_program *program;
    sdx_facts *facts;             /* symbolic; in an arena of their own */
    const sdx_dispatch *dispatch; /* for computing constants */
    sdx_layout block;             /* the layout that this ISA likes; PLAIN: none */
    sdx_kept *kept;
    const sdx_map *source; /* the file that constants lie in; NULL: none */
    const char *model_name;
    sdx_error *err;
    bool may_grow; /* constants may become larger than what they are made of */
    bool settled;  /* nothing is left to rewrite but what wants to be the last */
    bool changed;  /* set by a pass that changed something */
} sdx_pass;

typedef sdx_status sdx_pass_fn(sdx_pass *c);

sdx_pass_fn sdx_pass_expand;   /* operators defined as functions become their bodies  */
sdx_pass_fn sdx_pass_derive;   /* nodes that ask for derivatives become what computes them */
sdx_pass_fn sdx_pass_fold;     /* what follows from constants becomes a constant      */
sdx_pass_fn sdx_pass_dead;     /* what nobody reads goes                              */
sdx_pass_fn sdx_pass_view;     /* views that change nothing go                        */
sdx_pass_fn sdx_pass_common;   /* equal nodes become one                              */
sdx_pass_fn sdx_pass_branch;   /* an If whose condition is known becomes its branch   */
sdx_pass_fn sdx_pass_fuse;     /* the rules of ops/fuse                               */
sdx_pass_fn sdx_pass_widen;    /* nodes of f16 and bf16 compute on floats            */
sdx_pass_fn sdx_pass_epilogue; /* pointwise nodes move into the node before them      */
sdx_pass_fn sdx_pass_layout;   /* channel-blocked data where it gains                 */

/* What is known of a value; nothing of one that is newer than the facts. */
const sdx_fact *sdx_pass_fact(const sdx_pass *c, const sdx_gvalue *v);
/* Calls fn for every graph, for those whose facts hold: the main graph, and bodies that inference
 * has gone through to the end. `changed` is then about this graph alone; scratch is rewound after
 * it. */
typedef sdx_status sdx_pass_graph(sdx_pass *c, sdx_graph *g, sdx_arena *scratch);
sdx_status sdx_pass_each(sdx_pass *c, sdx_pass_graph *fn);
sdx_status sdx_pass_each_known(sdx_pass *c, sdx_pass_graph *fn);
/* A node of g that says what n says, with no inputs and outputs yet; attributes are shared.  NULL:
 * no memory. */
sdx_gnode *sdx_pass_twin(sdx_pass *c, sdx_graph *g, const sdx_gnode *n);
/* Brings the nodes into an order in which producers come first. */
sdx_status sdx_pass_sort(sdx_pass *c, sdx_graph *g);

/* Takes over v, also when it fails; NULL then. */
sdx_value *sdx_kept_add(sdx_kept *k, sdx_value *v);
void sdx_kept_free(sdx_kept *k);

typedef struct sdx_pipeline_request {
    sdx_mem *mem;
    sdx_program *program;
    const sdx_dispatch *dispatch;
    sdx_kept *kept;
    const sdx_map *source;
    const char *model_name;
    bool optimize; /* false: only what running needs */
} sdx_pipeline_request;

sdx_status sdx_pipeline_run(const sdx_pipeline_request *q, sdx_error *err);

#endif
