/* sdx/type.h - dims, shapes, types and layouts, as operators see them. */
#ifndef SDX_TYPE_H
#define SDX_TYPE_H
#include "sardonyx.h"
#ifdef __cplusplus
extern "C" {
#endif

/* How the elements of a tensor lie in memory.
 * SDX_PLAIN        row major, as ONNX has it.
 * SDX_C8, SDX_C16  channel-blocked, for rank >= 3: [N][ceil(C/B)][spatial ...][B].  dims keep their
 *                  ONNX order.  Lanes past C in the last block hold anything, NaN too: nobody may
 *                  let them reach a real lane. */
typedef enum sdx_layout { SDX_PLAIN, SDX_C8, SDX_C16 } sdx_layout;
static inline int sdx_layout_block(sdx_layout l)
{
    return l == SDX_C16 ? 16 : l == SDX_C8 ? 8 : 1;
}

/* A number (sym 0), an expression over symbols, or unknown.  Compare with sdx_equal, never by
 * fields. */
typedef struct sdx_dim {
    int64_t n;
    uint32_t sym;
} sdx_dim;
#define SDX_UNKNOWN_SYM UINT32_MAX
static inline sdx_dim sdx_num(int64_t n)
{
    sdx_dim d = { n, 0 };
    return d;
}
static inline sdx_dim sdx_unknown(void)
{
    sdx_dim d = { 0, SDX_UNKNOWN_SYM };
    return d;
}
static inline bool sdx_is_num(sdx_dim d)
{
    return d.sym == 0;
}
static inline bool sdx_is_unknown(sdx_dim d)
{
    return d.sym == SDX_UNKNOWN_SYM;
}

enum { SDX_MAX_RANK = 64 };

/* The dims of a type as far as they are known; rank -1: not even their number. */
typedef struct sdx_dims {
    int rank;
    const sdx_dim *dim;
} sdx_dims;

/* The dims of a tensor: numbers.  The product of max(1, dim) times the element size fits ptrdiff_t,
 * so no product of some of the dims can wrap. */
typedef struct sdx_shape {
    int rank;
    const int64_t *dim;
} sdx_shape;

/* TENSOR(dtype, dims), SEQUENCE(of), OPTIONAL(of), MAP(key dtype, of), SPARSE(dtype, dims), or
 * unknown. */
typedef struct sdx_type sdx_type;
SDX_API sdx_kind sdx_type_kind(const sdx_type *t);
SDX_API sdx_dtype sdx_type_dtype(const sdx_type *t); /* of a map: its keys'                     */
SDX_API sdx_dims sdx_type_dims(const sdx_type *t);   /* rank -1 where the kind has none         */
/* element type; the unknown type if none */
SDX_API const sdx_type *sdx_type_of(const sdx_type *t);

#ifdef __cplusplus
}
#endif
#endif
