/* ops/common/check.h - checks that rules of many operators are made of. */
#ifndef OPS_COMMON_CHECK_H
#define OPS_COMMON_CHECK_H
#include "sdx/op.h"

/* Dim `axis` of input i, if it is there, has to be d; false: refused by `rule`.  what: why so, in a
 * few words. */
bool sdx_check_dim(const sdx_node *n, sdx_infer *c, const char *rule, int i, int axis, sdx_dim d,
                   const char *what);

/* "1 entry", "2 entries"; "1 axis", "0 axes" */
const char *sdx_counted(sdx_infer *c, int64_t count, const char *noun);

/* Inputs a and b are both given, or neither; false: refused by `rule`. */
bool sdx_check_both(const sdx_node *n, sdx_infer *c, const char *rule, int a, int b);

/* `numbers` of input i, all or some of its dim `axis`, have to split into as many heads as an
 * attribute says; false: refused. */
bool sdx_check_heads(const sdx_node *n, sdx_infer *c, const char *attribute, int64_t heads, int i,
                     int axis, sdx_dim numbers);
/* The q heads of queries have to split among the kv heads of keys; false: refused. */
bool sdx_check_head_groups(sdx_infer *c, const char *attribute, int64_t q, const char *of_keys,
                           int64_t kv);

/* For lint: the node may be right, and is of a form that its expand refuses.  why NULL: it is
 * not. */
void sdx_remark_unsupported(sdx_infer *c, const char *why);
#endif
