/* ops/nn/rotary_embedding/plain.c - turn.h on vectors of the compiler's own. */
#include "simd/f32_vector.h"
#include "nn/rotary_embedding/turn.h"

SDX_KERNELS(nn_rotary_embedding, plain)
{
    fill_kernels(slots);
}
