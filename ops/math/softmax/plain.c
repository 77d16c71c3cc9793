/* ops/math/softmax/plain.c - row.h on vectors of the compiler's own. */
#include "simd/f32_vector.h"
#include "math/softmax/row.h"

SDX_KERNELS(math_softmax, plain)
{
    fill_kernels(slots);
}
