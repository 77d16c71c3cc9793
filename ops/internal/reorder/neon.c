/* ops/internal/reorder/neon.c - blocks.h on four float lanes. */
#include "simd/f32_neon.h"
#include "internal/reorder/blocks.h"

SDX_KERNELS(internal_reorder, neon)
{
    reorder_kernels *k = slots;
    *k = (reorder_kernels){ to_blocks, to_plain, V_BLOCK };
}
