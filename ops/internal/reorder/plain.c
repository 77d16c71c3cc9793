/* ops/internal/reorder/plain.c - blocks.h on vectors of the compiler's own. */
#include "simd/f32_vector.h"
#include "internal/reorder/blocks.h"

SDX_KERNELS(internal_reorder, plain)
{
    fill_kernels(slots);
}
