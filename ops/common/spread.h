/* ops/common/spread.h - how operands that broadcast lie over an output, in any layout. */
#ifndef OPS_COMMON_SPREAD_H
#define OPS_COMMON_SPREAD_H
#include "sdx/op.h"

/* The elements of Y in memory order are sweeps x rows x length; operand k of element (sweep, row,
 * i) lies at sdx_spread_at(s, k, sweep) + row * row_step[k] + i * step[k], if that is below
 * limit[k]: in a blocked layout, lanes past C of an operand per channel lie outside and may be
 * taken for anything. */
typedef struct sdx_spread {
    int operands, rank; /* rank: of what `sweep` counts through */
    int64_t count, sweeps, rows, length;
    const int64_t *dim;                     /* [rank]                                */
    const int64_t *outer;                   /* [operands][rank] steps                */
    const int64_t *row_step, *step, *limit; /* [operands]; limit -1: absent operand */
} sdx_spread;

/* Operands 0..operands-1 of `n` over the dims `y` in `layout`. */
sdx_status sdx_spread_make(const sdx_node *n, sdx_prepare *c, int operands, sdx_shape y,
                           sdx_layout layout, sdx_spread *s);
int64_t sdx_spread_at(const sdx_spread *s, int operand, int64_t sweep);

/* Where axis 0 of input i lies among `rank` axes of the output; negative: nowhere. */
int sdx_first_axis(const sdx_node *n, int i, int rank, int in_rank);
#endif
