/* ops/nn/rotary_embedding/avx2.c - turn.h on eight float lanes. */
#include "simd/f32_avx2.h"
#include "nn/rotary_embedding/turn.h"

SDX_KERNELS(nn_rotary_embedding, avx2)
{
    fill_kernels(slots);
}
