/* ops/internal/reorder/avx512.c - blocks.h on sixteen float lanes. */
#include "simd/f32_avx512.h"
#include "internal/reorder/blocks.h"

SDX_KERNELS(internal_reorder, avx512)
{
    fill_kernels(slots);
}
