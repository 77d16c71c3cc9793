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
sdx_derivative sdx_derive_elu;  /* Selu, Celu, too */
sdx_derivative sdx_derive_leaky_relu, sdx_derive_prelu, sdx_derive_thresholded_relu,
    sdx_derive_hard_sigmoid, sdx_derive_hard_swish, sdx_derive_swish, sdx_derive_mish,
    sdx_derive_softsign, sdx_derive_gelu, sdx_derive_clip, sdx_derive_dropout;
sdx_derivative sdx_derive_softmax, sdx_derive_log_softmax;
sdx_derivative sdx_derive_matmul, sdx_derive_gemm;
sdx_derivative sdx_derive_reduce_sum, sdx_derive_reduce_mean, sdx_derive_reduce_log_sum_exp,
    sdx_derive_reduce_log_sum, sdx_derive_reduce_l1, sdx_derive_reduce_l2,
    sdx_derive_reduce_sum_square, sdx_derive_reduce_extreme;
sdx_derivative sdx_derive_global_average_pool, sdx_derive_global_max_pool;
/* Of what only gives the same elements another shape; output 0 of input 0. */
sdx_derivative sdx_derive_reshape;
sdx_derivative sdx_derive_transpose, sdx_derive_expand, sdx_derive_unbroadcast, sdx_derive_cast,
    sdx_derive_cast_like;
/* Of what moves elements of input 0, drops some, repeats some. */
sdx_derivative sdx_derive_move;
sdx_derivative sdx_derive_concat, sdx_derive_split, sdx_derive_where, sdx_derive_extreme;
sdx_derivative sdx_derive_conv, sdx_derive_conv_transpose, sdx_derive_max_pool,
    sdx_derive_average_pool;
sdx_derivative sdx_derive_nll_loss, sdx_derive_cross_entropy_loss;
sdx_derivative sdx_derive_layer_norm, sdx_derive_group_norm, sdx_derive_batch_norm;

#endif
