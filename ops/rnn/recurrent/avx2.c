/* ops/rnn/recurrent/avx2.c - rows.h on eight float lanes. */
#include "simd/f32_avx2.h"
#include "rnn/recurrent/rows.h"

SDX_KERNELS(rnn_recurrent, avx2)
{
    fill_kernels(slots);
}
