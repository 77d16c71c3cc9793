/* ops/internal/reorder/avx512.c - blocks.h on sixteen float lanes. */
#include "simd/f32_avx512.h"
#include "internal/reorder/blocks.h"

SDX_KERNELS(internal_reorder, avx512)
{
    reorder_kernels *k = slots;
    *k = (reorder_kernels){ to_blocks, to_plain, V_BLOCK };
}
