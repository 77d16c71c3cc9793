/* ops/nn/pool/neon.c - lines.h on four float lanes. */
#include "simd/f32_neon.h"
#include "nn/pool/lines.h"

SDX_KERNELS(nn_pool, neon)
{
    fill_kernels(slots);
}
