/* ops/nn/conv/neon.c - the kernels on four float lanes. */
#include "simd/f32_neon.h"
#include "nn/conv/direct.h"
#include "nn/conv/planes.h"
#include "nn/conv/rows.h"
#include "nn/conv/spread.h"
#include "nn/conv/winograd.h"

SDX_KERNELS(nn_conv, neon)
{
    conv_kernels *k = slots;
    *k = (conv_kernels){ direct,      spread,     rows,    first,  winograd,
                         plane_tiles, plane_copy, V_BLOCK, V_LANES };
}
