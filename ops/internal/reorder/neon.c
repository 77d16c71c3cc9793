/* ops/internal/reorder/neon.c - blocks.h on four float lanes. */
#include "simd/f32_neon.h"
#include "internal/reorder/blocks.h"

SDX_KERNELS(internal_reorder, neon)
{
    fill_kernels(slots);
}
