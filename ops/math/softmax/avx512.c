/* ops/math/softmax/avx512.c - row.h on sixteen float lanes. */
#include "simd/f32_avx512.h"
#include "math/softmax/row.h"

SDX_KERNELS(math_softmax, avx512)
{
    fill_kernels(slots);
}
