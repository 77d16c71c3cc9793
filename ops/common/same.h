/* ops/common/same.h - asks of dims that rewrites put to the nodes they meet; they merge nothing. */
#ifndef OPS_COMMON_SAME_H
#define OPS_COMMON_SAME_H
#include "sdx/op.h"

/* Known to be equal?  Equal formulas are one entry of the table that sym points into. */
static inline bool sdx_is_same_dim(sdx_dim a, sdx_dim b)
{
    return a.n == b.n && a.sym == b.sym && !sdx_is_unknown(a);
}
#endif
