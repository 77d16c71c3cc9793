/* ops/common/pointwise.h - operators that work element by element on operands that broadcast.
 *
 * A family gives each operator an sdx_pointwise as variant (rows over runs of elements) and takes
 * infer, prepare and run from here.  Works in any layout: a blocked output is walked as it lies in
 * memory, [N][C/B][spatial...][B]. */
#ifndef OPS_COMMON_POINTWISE_H
#define OPS_COMMON_POINTWISE_H
#include "sdx/op.h"

/* ---- infer ---- */

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

/* ---- how operands lie over an output ---- */

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

/* ---- prepare and run ---- */

typedef enum sdx_way { SDX_BY_F32, SDX_BY_F64, SDX_BY_I64, SDX_BY_U64 } sdx_way;

typedef struct sdx_pointwise_plan {
    const sdx_pointwise *op;
    sdx_spread spread;
    sdx_way way;
    sdx_row_f32 *fast; /* for SDX_BY_F32 */
    bool unary;        /* the fast row takes operand 0 alone */
    float param[4];
    int64_t piece; /* elements computed at a time */
} sdx_pointwise_plan;

/* The plan of pointwise node `e` whose result has shape y in `layout`.  As a state:
 * sdx_pointwise_prepare. */
sdx_status sdx_pointwise_plan_make(const sdx_node *e, sdx_prepare *c, sdx_shape y,
                                   sdx_layout layout, sdx_pointwise_plan *p);
/* Computes elements begin..end-1 of `to`, which lie there from element 0 on.  in[k] NULL: absent,
 * or (k == self) the elements that are in `to` already: floats for SDX_BY_F32, else doubles.
 * Without self, `to` is of type dtype. buffers: sdx_pointwise_buffers bytes; piece: as in the plan
 * or less. */
void sdx_pointwise_apply(const sdx_pointwise_plan *p, const sdx_node *e,
                         const sdx_tensor *const *in, int self, void *to, sdx_dtype dtype,
                         int64_t begin, int64_t end, void *buffers, int64_t piece);

static inline size_t sdx_pointwise_buffers(int operands, int64_t piece)
{
    return (size_t)(operands + 1) * (size_t)piece * 8 + (size_t)operands * sizeof(void *);
}

sdx_status sdx_pointwise_prepare(const sdx_node *n, sdx_prepare *c, void **state);
sdx_status sdx_pointwise_run(const sdx_node *n, const void *state, sdx_run *c);
#endif
