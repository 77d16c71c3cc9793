/* ops/math/arithmetic/plain.c - rows.h on vectors of the compiler's own. */
#include "simd/f32_vector.h"
#include "math/arithmetic/rows.h"

SDX_KERNELS(math_arithmetic, plain)
{
    fill_kernels(slots);
}
