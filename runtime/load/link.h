/* load/link.h - from a draft to a program: functions inlined, names resolved, structure checked. */
#ifndef LOAD_LINK_H
#define LOAD_LINK_H
#include "graph/draft.h"
#include "load/load.h"

/* A call of a model-local function. */
typedef struct sdx_call_site {
    const sdx_draft_function *function;
    /* the call in whose body it stands; NULL: the file's own graphs */
    const struct sdx_call_site *outer;
    const char *path; /* names of the functions down to here: "f/g" */
    uint32_t depth;
} sdx_call_site;

typedef struct sdx_linking {
    sdx_program *program;
    sdx_draft *draft;
    const sdx_load_options *options;
    sdx_findings *findings;
    sdx_arena *scratch; /* dies after linking */
    sdx_error *err;
} sdx_linking;

/* Replaces every call by the nodes of its function, in all graphs.  SDX_E_LIMIT past max_inlined
 * nodes. */
sdx_status sdx_inline_functions(sdx_linking *l);

/* ---- calls.c ---- */

/* By domain, name and overload.  Says which are wrong in themselves or defined twice, and adds
 * their addresses to said. */
sdx_status sdx_functions_index(sdx_linking *l, sdx_table *functions, sdx_table *said);
const sdx_draft_function *sdx_functions_find(const sdx_table *functions, const sdx_draft_node *n);
/* SDX_E_LIMIT: writing all calls out makes more than max_inlined nodes. */
sdx_status sdx_functions_extent(const sdx_linking *l, const sdx_table *functions);
sdx_status sdx_functions_too_many(const sdx_linking *l); /* SDX_E_LIMIT, said */

/* Makes program->main of draft->graph: values, nodes, bodies with their captures. */
sdx_status sdx_link_graphs(sdx_linking *l);

/* ---- check.c ---- */

/* What is wrong with the model as a whole: versions, imports. */
void sdx_check_model(sdx_linking *l);
/* Findings for what a reader saw.  node NULL: subject names what it is about. */
sdx_raw_finding *sdx_check_flaws(sdx_linking *l, const sdx_draft_flaw *flaw, const sdx_gnode *node,
                                 const sdx_graph *g, const char *subject);
/* Nodes that stand before what they read: in an order that works, or round in a circle.  Leaves g
 * sorted where that is possible.  late: nodes that read what comes later, each with the value. */
typedef struct sdx_late {
    sdx_gnode *node;
    sdx_gvalue *value;
    struct sdx_late *next;
} sdx_late;
void sdx_check_order(sdx_linking *l, sdx_graph *g, const sdx_late *late);
/* The opset in force for a node; says so once where its domain is not imported. */
int64_t sdx_check_opset(sdx_linking *l, const sdx_draft_node *n);
/* ... newer than all, so that known operators are checked all the same. */
enum { SDX_NO_OPSET = 1000 };

#endif
