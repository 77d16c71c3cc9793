/* passes/pass.h - rewriting a program before it is bound.
 *
 * A pass gets the program and what is known of it, changes nodes and edges, and says so.  Facts are
 * found anew after each pass that changed something.  No pass knows an operator by name, branch.c
 * apart. */
#ifndef PASSES_PASS_H
#define PASSES_PASS_H
#include "base/file.h"
#include "eval/eval.h"
#include "graph/facts.h"

/* Values that passes made; they live as long as the program. */
typedef struct sdx_kept {
    sdx_mem *mem;
    sdx_value **value;
    size_t n, room;
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
    bool changed; /* set by a pass that changed something */
} sdx_pass;

typedef sdx_status sdx_pass_fn(sdx_pass *c);

sdx_pass_fn sdx_pass_expand;   /* operators defined as functions become their bodies  */
sdx_pass_fn sdx_pass_fold;     /* what follows from constants becomes a constant      */
sdx_pass_fn sdx_pass_dead;     /* what nobody reads goes                              */
sdx_pass_fn sdx_pass_view;     /* views that change nothing go                        */
sdx_pass_fn sdx_pass_common;   /* equal nodes become one                              */
sdx_pass_fn sdx_pass_branch;   /* an If whose condition is known becomes its branch   */
sdx_pass_fn sdx_pass_fuse;     /* the rules of ops/fuse                               */
sdx_pass_fn sdx_pass_epilogue; /* pointwise nodes move into the node before them      */
sdx_pass_fn sdx_pass_layout;   /* channel-blocked data where it gains                 */

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
