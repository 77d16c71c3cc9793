/* ops/math/activation/kernels.h - what an ISA may do faster: activations over floats. b is not read
 * except by prelu and swiglu; y may be a or b.  Within 4 ulp of the reference (gelu: 6, or 5e-8
 * below; that by tanh: 16); NaN stays NaN. */
#ifndef OPS_MATH_ACTIVATION_KERNELS_H
#define OPS_MATH_ACTIVATION_KERNELS_H
#include "sdx/op.h"

typedef struct activation_kernels {
    sdx_row_f32 *relu, *sigmoid, *softplus, *softsign, *mish, *hard_swish;
    sdx_row_f32 *clip;       /* param: lowest, highest; lowest <= highest   */
    sdx_row_f32 *leaky_relu; /* param: alpha                                */
    sdx_row_f32 *elu; /* param: alpha for x < 0, scale of the result, divisor of x within exp:
                                * param[1] * (x > 0 ? x : param[0] * (exp(x / param[2]) - 1)); also
                                * Selu, Celu */
    sdx_row_f32 *hard_sigmoid; /* param: alpha, beta; max(0, min(1, alpha * x + beta)) */
    sdx_row_f32 *gelu;         /* x / 2 * (1 + erf(x / sqrt 2)); where param[0] is not 0,
                                  x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3))) */
    sdx_row_f32 *swish;        /* param: alpha; x * sigmoid(alpha * x)        */
    sdx_row_f32 *swiglu;       /* param: alpha; swish(a) * b                  */
    sdx_row_f32 *prelu;        /* b: slope                                    */
} activation_kernels;
extern const sdx_family sdx_family_math_activation;

/* The activation of one operand that is called so, of the domain ai.onnx; NULL: there is none. */
const sdx_pointwise *sdx_activation_named(sdx_string name);
#endif
