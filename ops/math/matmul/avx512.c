/* ops/math/matmul/avx512.c - product.h on sixteen float lanes. */
#include "simd/f32_avx512.h"
#include "math/matmul/product.h"

SDX_KERNELS(math_matmul, avx512)
{
    fill_kernels(slots);
}
