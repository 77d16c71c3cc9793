/* ops/math/unary/plain.c - rows.h on vectors of the compiler's own. */
#include "simd/f32_vector.h"
#include "math/unary/rows.h"

SDX_KERNELS(math_unary, plain)
{
    fill_kernels(slots);
}
