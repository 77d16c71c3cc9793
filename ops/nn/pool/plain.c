/* ops/nn/pool/plain.c - lines.h on the compiler's own vectors. */
#include "simd/f32_vector.h"
#include "nn/pool/lines.h"

SDX_KERNELS(nn_pool, plain)
{
    fill_kernels(slots);
}
