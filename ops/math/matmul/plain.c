/* ops/math/matmul/plain.c - product.h on vectors of the compiler's own. */
#include "simd/f32_vector.h"
#define NARROW_WIDENS_ONLY
#include "math/matmul/product.h"

SDX_KERNELS(math_matmul, plain)
{
    fill_kernels(slots);
}
