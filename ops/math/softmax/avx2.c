/* ops/math/softmax/avx2.c - row.h on eight float lanes. */
#include "simd/f32_avx2.h"
#include "math/softmax/row.h"

SDX_KERNELS(math_softmax, avx2)
{
    fill_kernels(slots);
}
