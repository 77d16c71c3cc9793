/* ops/nn/pool/avx2.c - lines.h on eight float lanes. */
#include "simd/f32_avx2.h"
#include "nn/pool/lines.h"

SDX_KERNELS(nn_pool, avx2)
{
    fill_kernels(slots);
}
