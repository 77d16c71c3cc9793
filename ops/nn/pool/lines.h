/* ops/nn/pool/lines.h - rows of windows on the words of a vocabulary. */
#include "nn/pool/kernels.h"

#define LINE(name, expression)                                                           \
    static void name(float *y, const pool_line *line)                                    \
    {                                                                                    \
        const pool_line p = *line;                                                       \
        for (int64_t i = 0; i < p.out; i++) {                                            \
            int64_t at = i * p.stride - p.begin, first = 0, end = p.kernel;              \
            while (first < end && at + first * p.dilation < 0)                           \
                first++;                                                                 \
            while (first < end && at + (end - 1) * p.dilation >= p.in)                   \
                end--;                                                                   \
            for (int64_t l = 0; l < p.lanes; l += V_LANES) {                             \
                v_f32 a = v_set(p.start);                                                \
                for (int r = 0; r < p.rows; r++) {                                       \
                    const float *x = p.row[r] + (at + first * p.dilation) * p.lanes + l; \
                    for (int64_t t = first; t < end; t++, x += p.dilation * p.lanes) {   \
                        const v_f32 b = v_load(x);                                       \
                        a = expression;                                                  \
                    }                                                                    \
                }                                                                        \
                v_store(y + i * p.lanes + l, a);                                         \
            }                                                                            \
        }                                                                                \
    }
LINE(max_line, v_max(a, b))
LINE(sum_line, a + b)
LINE(squares_line, v_fma(b, b, a))

static void fill_kernels(pool_kernels *k)
{
    k->max = max_line;
    k->sum = sum_line;
    k->squares = squares_line;
    k->lanes = V_LANES;
}
