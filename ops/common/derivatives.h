/* common/derivatives.h - rules of derivatives, for the field `derive` of operators.
 *
 * Each makes d<input> of d<output>, for the inputs that have a derivative: "dX = Mul(dY, Y)". */
#ifndef OPS_COMMON_DERIVATIVES_H
#define OPS_COMMON_DERIVATIVES_H
#include "sdx/rewrite.h"

typedef sdx_status sdx_derivative(const sdx_node *n, sdx_rewrite *c);

sdx_derivative sdx_derive_add, sdx_derive_sub, sdx_derive_mul, sdx_derive_div, sdx_derive_pow,
    sdx_derive_sum;
sdx_derivative sdx_derive_neg, sdx_derive_abs, sdx_derive_exp, sdx_derive_log, sdx_derive_sqrt,
    sdx_derive_reciprocal, sdx_derive_sin, sdx_derive_cos, sdx_derive_erf, sdx_derive_tanh,
    sdx_derive_sigmoid, sdx_derive_relu, sdx_derive_softplus;
sdx_derivative sdx_derive_flat; /* 0 wherever there is one: Sign, Floor */
sdx_derivative sdx_derive_softmax, sdx_derive_log_softmax;
sdx_derivative sdx_derive_matmul, sdx_derive_gemm;
sdx_derivative sdx_derive_reduce_sum, sdx_derive_reduce_mean;
/* Of what only gives the same elements another shape; output 0 of input 0. */
sdx_derivative sdx_derive_reshape;
sdx_derivative sdx_derive_transpose, sdx_derive_expand, sdx_derive_unbroadcast, sdx_derive_cast,
    sdx_derive_cast_like;

#endif
