/* ops/math/arithmetic/avx2.c - rows.h on eight float lanes. */
#include "simd/f32_avx2.h"
#include "math/arithmetic/rows.h"

SDX_KERNELS(math_arithmetic, avx2)
{
    fill_kernels(slots);
}
