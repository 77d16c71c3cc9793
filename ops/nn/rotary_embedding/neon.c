/* ops/nn/rotary_embedding/neon.c - turn.h on four float lanes. */
#include "simd/f32_neon.h"
#include "nn/rotary_embedding/turn.h"

SDX_KERNELS(nn_rotary_embedding, neon)
{
    fill_kernels(slots);
}
