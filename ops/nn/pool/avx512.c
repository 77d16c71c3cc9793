/* ops/nn/pool/avx512.c - lines.h on sixteen float lanes. */
#include "simd/f32_avx512.h"
#include "nn/pool/lines.h"

SDX_KERNELS(nn_pool, avx512)
{
    fill_kernels(slots);
}
