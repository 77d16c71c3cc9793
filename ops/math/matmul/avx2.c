/* ops/math/matmul/avx2.c - product.h on eight float lanes. */
#include "simd/f32_avx2.h"
#include "math/matmul/product.h"

SDX_KERNELS(math_matmul, avx2)
{
    fill_kernels(slots);
}
