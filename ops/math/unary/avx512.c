/* ops/math/unary/avx512.c - rows.h on sixteen float lanes. */
#include "simd/f32_avx512.h"
#include "math/unary/rows.h"

SDX_KERNELS(math_unary, avx512)
{
    fill_kernels(slots);
}
