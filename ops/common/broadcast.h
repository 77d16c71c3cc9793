/* ops/common/broadcast.h - the shape, and the known elements, of operands that broadcast. */
#ifndef OPS_COMMON_BROADCAST_H
#define OPS_COMMON_BROADCAST_H
#include "sdx/op.h"

/* Dims of output 0: those of all inputs broadcast.  Opsets before 7 want equal dims, or say
 * broadcast=1 and axis. */
void sdx_pointwise_infer(const sdx_node *n, sdx_infer *c);
/* Output 0 has the dims of input 0, and all other inputs broadcast to them. */
void sdx_unary_infer(const sdx_node *n, sdx_infer *c);
/* One element of shape arithmetic; unknown where the result is no number or formula. */
typedef sdx_dim sdx_elem_row(sdx_infer *c, sdx_dim a, sdx_dim b);
/* The elements of output 0 from those of inputs 0 and 1 (a variadic operator folds), after
 * infer. */
void sdx_pointwise_elems(const sdx_node *n, sdx_infer *c, sdx_elem_row *row);
/* Broadcasts two shapes; false: refused, pointing at input axes.  Where a symbol meets another, the
 * dim is unknown. */
bool sdx_broadcast(const sdx_node *n, sdx_infer *c, int in_a, int in_b, sdx_dims a, sdx_dims b,
                   int rank, sdx_dim *y);

/* May `have` be 1 or `want`?  They become one only where `have` cannot be 1; false: refuse it. */
bool sdx_equal_or_one(sdx_infer *c, sdx_dim have, sdx_dim want);
#endif
