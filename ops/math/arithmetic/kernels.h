/* ops/math/arithmetic/kernels.h - what an ISA may do faster: rows over two runs of floats.
 * y may be a or b.  Any alignment; nothing past count is touched.  param is not read. */
#ifndef OPS_MATH_ARITHMETIC_KERNELS_H
#define OPS_MATH_ARITHMETIC_KERNELS_H
#include "sdx/op.h"

typedef struct arithmetic_kernels {
    sdx_row_f32 *add, *sub, *mul, *div;
    sdx_row_f32 *min, *max; /* NaN if either is NaN */
    sdx_row_f32 *pow;
} arithmetic_kernels;
extern const sdx_family sdx_family_math_arithmetic;
#endif
