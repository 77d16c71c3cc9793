/* ops/math/softmax/neon.c - row.h on four float lanes. */
#include "simd/f32_neon.h"
#include "math/softmax/row.h"

SDX_KERNELS(math_softmax, neon)
{
    fill_kernels(slots);
}
