/* ops/common/check.h - checks that rules of many operators are made of. */
#ifndef OPS_COMMON_CHECK_H
#define OPS_COMMON_CHECK_H
#include "sdx/op.h"

/* Dim `axis` of input i, if it is there, has to be d; false: refused by `rule`.  what: why so, in a
 * few words. */
bool sdx_check_dim(const sdx_node *n, sdx_infer *c, const char *rule, int i, int axis, sdx_dim d,
                   const char *what);

/* For lint: the node may be right, and is of a form that its expand refuses.  why NULL: it is
 * not. */
void sdx_remark_unsupported(sdx_infer *c, const char *why);
#endif
