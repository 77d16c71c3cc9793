/* ops/nn/conv/avx512.c - the kernels on sixteen float lanes. */
#include "simd/f32_avx512.h"
#include "nn/conv/direct.h"
#include "nn/conv/planes.h"
#include "nn/conv/rows.h"
#include "nn/conv/spread.h"
#include "nn/conv/winograd.h"

SDX_KERNELS(nn_conv, avx512)
{
    conv_kernels *k = slots;
    *k = (conv_kernels){ direct,      spread,     rows,    first,  winograd,
                         plane_tiles, plane_copy, V_BLOCK, V_LANES };
}
