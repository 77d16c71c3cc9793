/* ops/rnn/recurrent/neon.c - rows.h on four float lanes. */
#include "simd/f32_neon.h"
#include "rnn/recurrent/rows.h"

SDX_KERNELS(rnn_recurrent, neon)
{
    fill_kernels(slots);
}
