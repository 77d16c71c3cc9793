/* ops/nn/attention/neon.c - tile.h on four float lanes. */
#include "simd/f32_neon.h"
#include "nn/attention/tile.h"

SDX_KERNELS(nn_attention, neon)
{
    fill_kernels(slots);
}
