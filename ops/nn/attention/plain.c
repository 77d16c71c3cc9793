/* ops/nn/attention/plain.c - tile.h on vectors of the compiler's own. */
#include "simd/f32_vector.h"
#include "nn/attention/tile.h"

SDX_KERNELS(nn_attention, plain)
{
    fill_kernels(slots);
}
