/* ops/math/matmul/neon.c - product.h on four float lanes. */
#include "simd/f32_neon.h"
#include "math/matmul/product.h"

SDX_KERNELS(math_matmul, neon)
{
    fill_kernels(slots);
}
