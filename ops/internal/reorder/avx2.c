/* ops/internal/reorder/avx2.c - blocks.h on eight float lanes. */
#include "simd/f32_avx2.h"
#include "internal/reorder/blocks.h"

SDX_KERNELS(internal_reorder, avx2)
{
    fill_kernels(slots);
}
