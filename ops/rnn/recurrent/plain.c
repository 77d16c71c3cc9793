/* ops/rnn/recurrent/plain.c - rows.h on the compiler's own vectors. */
#include "simd/f32_vector.h"
#include "rnn/recurrent/rows.h"

SDX_KERNELS(rnn_recurrent, plain)
{
    fill_kernels(slots);
}
