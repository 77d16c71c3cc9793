/* ops/common/advice.h - nodes that change nothing, and pairs of nodes that undo each other. */
#ifndef OPS_COMMON_ADVICE_H
#define OPS_COMMON_ADVICE_H
#include "sdx/op.h"

/* A warning: the node hands on input 0 as it is.  why: "x is float32 already". */
void sdx_advise_no_effect(sdx_infer *c, const char *why);
/* A warning: the node undoes the one that makes input 0. */
void sdx_advise_undoes(sdx_infer *c, const char *maker);
/* A warning: an attribute or input is given, and another one puts it out of force.  why: "mode is
 * nearest". */
void sdx_advise_ignored(sdx_infer *c, const char *name, const char *why);
/* A warning where dims begin to end of input 0 hold one element: what is made of it, "1". */
void sdx_advise_single(const sdx_node *n, sdx_infer *c, int begin, int end, const char *gives);
/* Hooks of lint.  Neg and its like: twice is nothing.  Relu and its like: twice is once. */
void sdx_lint_involution(const sdx_node *n, sdx_infer *c);
void sdx_lint_idempotent(const sdx_node *n, sdx_infer *c);
#endif
