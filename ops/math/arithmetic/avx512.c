/* ops/math/arithmetic/avx512.c - rows.h on sixteen float lanes. */
#include "simd/f32_avx512.h"
#include "math/arithmetic/rows.h"

SDX_KERNELS(math_arithmetic, avx512)
{
    fill_kernels(slots);
}
