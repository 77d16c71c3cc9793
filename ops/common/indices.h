/* common/indices.h - constant indices against the dim that they count along. */
#ifndef COMMON_INDICES_H
#define COMMON_INDICES_H
#include "sdx/op.h"

/* Elements first, first + step … of input 1 pick along this axis of input 0, whose size is d;
 * negative ones count from its end.  false: refused.  Says nothing where either is not known. */
bool sdx_check_indices(const sdx_node *n, sdx_infer *c, sdx_dim d, int axis, int64_t first,
                       int64_t step);

#endif
