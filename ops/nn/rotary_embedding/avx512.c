/* ops/nn/rotary_embedding/avx512.c - turn.h on sixteen float lanes. */
#include "simd/f32_avx512.h"
#include "nn/rotary_embedding/turn.h"

SDX_KERNELS(nn_rotary_embedding, avx512)
{
    fill_kernels(slots);
}
