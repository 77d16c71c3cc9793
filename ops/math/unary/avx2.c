/* ops/math/unary/avx2.c - rows.h on eight float lanes. */
#include "simd/f32_avx2.h"
#include "math/unary/rows.h"

SDX_KERNELS(math_unary, avx2)
{
    fill_kernels(slots);
}
