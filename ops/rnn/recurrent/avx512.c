/* ops/rnn/recurrent/avx512.c - rows.h on sixteen float lanes. */
#include "simd/f32_avx512.h"
#include "rnn/recurrent/rows.h"

SDX_KERNELS(rnn_recurrent, avx512)
{
    fill_kernels(slots);
}
