/* ops/math/unary/kernels.h - what an ISA may do faster: functions of one float.  b and param are
 * not read; y may be a.  Within 4 ulp of the reference; NaN and infinities as in C. */
#ifndef OPS_MATH_UNARY_KERNELS_H
#define OPS_MATH_UNARY_KERNELS_H
#include "sdx/op.h"

typedef struct unary_kernels {
    sdx_row_f32 *neg, *abs, *sqrt, *reciprocal, *floor, *ceil;
    sdx_row_f32 *round; /* halves to even */
    sdx_row_f32 *exp, *log, *erf, *tanh, *sin, *cos;
} unary_kernels;
extern const sdx_family sdx_family_math_unary;
#endif
