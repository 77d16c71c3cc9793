/* ops/nn/attention/avx512.c - tile.h on sixteen float lanes. */
#include "simd/f32_avx512.h"
#include "nn/attention/tile.h"

SDX_KERNELS(nn_attention, avx512)
{
    fill_kernels(slots);
}
