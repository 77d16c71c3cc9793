/* ops/internal/typed/kernels.h - what an ISA may do faster: loops over elements as they are,
 * without the way through the widest type of their class. */
#ifndef OPS_INTERNAL_TYPED_KERNELS_H
#define OPS_INTERNAL_TYPED_KERNELS_H
#include "sdx/op.h"

typedef enum sdx_typed {
    SDX_KIND_F32,
    SDX_KIND_F64,
    SDX_KIND_F16,
    SDX_KIND_BF16,
    SDX_KIND_I32,
    SDX_KIND_I64,
    SDX_KIND_U8,
    SDX_KIND_BOOL,
    SDX_KINDS
} sdx_typed;
int sdx_typed_kind(sdx_dtype d); /* -1: none */

/* A block: y[i] = a[i] op b[i], b not looked at by formulas of one operand, for i in 0 ..
 * SDX_TYPED_BLOCK - 1.  y may be a or b. */
enum { SDX_TYPED_BLOCK = 128 };
typedef void sdx_typed_row(void *y, const void *a, const void *b);
/* Any number of elements, of wy and w bytes; b may be NULL. */
void sdx_typed_run(sdx_typed_row *row, size_t wy, size_t w, void *y, const void *a, const void *b,
                   size_t count);
/* A formula: a row for elements of each type, NULL where there is none. */
typedef struct sdx_typed_rows {
    sdx_typed_row *of[SDX_KINDS];
} sdx_typed_rows;

typedef struct typed_kernels {
    sdx_typed_rows add, sub, mul, div, min, max;
    sdx_typed_rows neg, abs, sign;
    sdx_typed_rows equal, greater, greater_equal, less, less_equal; /* one byte each, 0 or 1 */
    sdx_typed_rows all, any, odd, none, nan;                        /* And, Or, Xor, Not, IsNaN */
    sdx_typed_rows bit_and, bit_or, bit_xor, bit_not;
    /* From, to: as sdx_load and sdx_store together would, to the bit.  y and a do not overlap. */
    sdx_typed_row *cast[SDX_KINDS][SDX_KINDS];
} typed_kernels;
extern const sdx_family sdx_family_internal_typed;
#endif
