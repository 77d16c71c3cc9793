/* ops/nn/conv/plain.c - the kernels on vectors of the compiler's own. */
#include "simd/f32_vector.h"
#include "nn/conv/direct.h"
#include "nn/conv/spread.h"

SDX_KERNELS(nn_conv, plain)
{
    conv_kernels *k = slots;
    *k = (conv_kernels){ direct, spread, NULL, first, NULL, NULL, NULL, V_BLOCK, V_LANES };
}
