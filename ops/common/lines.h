/* ops/common/lines.h - a tensor as lines of elements along an axis, for operators that see one at a
 * time. */
#ifndef OPS_COMMON_LINES_H
#define OPS_COMMON_LINES_H
#include "sdx/op.h"

typedef struct sdx_lines {
    int64_t count;  /* lines in all                                           */
    int64_t length; /* elements of a line                                     */
    int64_t stride; /* from one element to the next, of a tensor as it stands */
} sdx_lines;

/* Lines along the axes begin..end-1, which count as one: mostly that is a single axis. */
static inline sdx_lines sdx_lines_along(sdx_shape x, int begin, int end)
{
    int64_t stride = sdx_count(x, end, x.rank);
    return (sdx_lines){ sdx_count(x, 0, begin) * stride, sdx_count(x, begin, end), stride };
}

/* Where line i begins. */
static inline int64_t sdx_line_first(const sdx_lines *l, int64_t i)
{
    return i / l->stride * l->stride * l->length + i % l->stride;
}
#endif
