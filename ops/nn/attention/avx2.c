/* ops/nn/attention/avx2.c - tile.h on eight float lanes. */
#include "simd/f32_avx2.h"
#include "nn/attention/tile.h"

SDX_KERNELS(nn_attention, avx2)
{
    fill_kernels(slots);
}
