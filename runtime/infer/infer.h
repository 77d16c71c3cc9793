/* infer/infer.h - shapes, types and small values of every edge, by the operators' own rules.
 *
 * One driver serves three callers: the model at load (symbols), a binding (numbers), a late step
 * (one node, with values).  It checks what a row can say, calls `infer`, merges with declared
 * types, carries constants and symbolic elements, and goes into bodies. */
#ifndef INFER_INFER_H
#define INFER_INFER_H
#include "graph/facts.h"
#include "graph/finding.h"

typedef struct sdx_infer_options {
    sdx_findings *findings; /* where errors go */
    bool lint;              /* also call the operators' lint hooks, and state conditions as notes */
    bool bodies_may_fail;   /* a binding: a body that cannot hold is an error only when it runs */
    bool fold;              /* compute small pure nodes of constants (eval), for shape arithmetic */
    struct sdx_mem *mem;
} sdx_infer_options;

/* Sets the facts of inputs (declared types), constants and captures of the main graph, then walks
 * all nodes.  Facts already set for inputs (a binding's numbers) are kept and merged.  SDX_OK also
 * with findings; SDX_E_MEMORY. */
sdx_status sdx_infer_program(sdx_facts *f, const sdx_infer_options *o);

/* Walks one graph: nodes in order, again while facts change.  A node that refuses taints its
 * outputs. */
sdx_status sdx_infer_graph(sdx_facts *f, const sdx_graph *g, const sdx_infer_options *o);

/* One node whose inputs' facts are set (a late step: with `known` for those that have values).
 * SDX_E_SHAPE or so with err filled where the rule refuses. */
sdx_status sdx_infer_node(sdx_facts *f, const sdx_gnode *n, const sdx_infer_options *o,
                          sdx_error *err);

/* Multiply-adds of one run of a node that inference has seen: 0 for operators that do not count
 * any, unknown where a dim is, or the operator itself. */
sdx_dim sdx_infer_macs(sdx_facts *f, const sdx_gnode *n, sdx_mem *mem);

#endif
