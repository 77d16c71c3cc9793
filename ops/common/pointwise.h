/* ops/common/pointwise.h - operators that work element by element on operands that broadcast.
 *
 * A family gives each operator an sdx_pointwise as variant (rows over runs of elements) and takes
 * infer, prepare and run from here.  Works in any layout: a blocked output is walked as it lies in
 * memory, [N][C/B][spatial...][B]. */
#ifndef OPS_COMMON_POINTWISE_H
#define OPS_COMMON_POINTWISE_H
#include "common/broadcast.h"
#include "common/spread.h"
#include "internal/typed/kernels.h"

typedef enum sdx_way {
    SDX_BY_F32, /* floats as they are                                      */
    SDX_BY_OWN, /* elements of another type as they are                    */
    SDX_BY_F16, /* half floats by the rows of floats, each rounded at the end */
    SDX_BY_F64, /* the widest type of their class                          */
    SDX_BY_I64,
    SDX_BY_U64
} sdx_way;

typedef struct sdx_pointwise_plan {
    const sdx_pointwise *op;
    sdx_spread spread;
    sdx_way way;
    sdx_row_f32 *fast;             /* for SDX_BY_F32 and _F16 */
    sdx_typed_row *own;            /* for SDX_BY_OWN */
    sdx_typed_row *widen, *narrow; /* for SDX_BY_F16 */
    size_t width, out_width;       /* bytes of an operand's element in its buffer, of a result's */
    bool unary;                    /* the fast row takes operand 0 alone */
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
/* ... where there are typed rows for the formula, too: at this offset of typed_kernels. */
sdx_status sdx_pointwise_prepare_typed(const sdx_node *n, sdx_prepare *c, void **state,
                                       size_t formula);
/* A plan over floats takes this row, of one operand, from now on. */
static inline void sdx_pointwise_by_floats(sdx_pointwise_plan *p, sdx_row_f32 *row)
{
    p->fast = row;
    p->unary = true;
    p->way = SDX_BY_F32;
    p->width = p->out_width = sizeof(float);
}
/* Defines prepare_<formula>, which does. */
#define SDX_PREPARE_TYPED(formula)                                                         \
    static sdx_status prepare_##formula(const sdx_node *n, sdx_prepare *c, void **state)   \
    {                                                                                      \
        return sdx_pointwise_prepare_typed(n, c, state, offsetof(typed_kernels, formula)); \
    }
sdx_status sdx_pointwise_run(const sdx_node *n, const void *state, sdx_run *c);
#endif
