/* ops/nn/pool/lines.h - rows of windows on the words of a vocabulary.  Windows that lie within the
 * row are taken side by side, so that their folds need not wait for themselves. */
#include "nn/pool/kernels.h"

enum { WINDOWS = 4 }; /* side by side */

/* T windows from y's first on: their taps [first, end), the first window's tap 0 at place `at`. */
#define FOLD(name, expression)                                                               \
    V_INLINE void name(float *y, const pool_line *p, int64_t at, int64_t first, int64_t end, \
                       const int T)                                                          \
    {                                                                                        \
        const int64_t step = p->dilation * p->lanes, far = p->stride * p->lanes;             \
        for (int64_t l = 0; l < p->lanes; l += V_LANES) {                                    \
            v_f32 sum[WINDOWS];                                                              \
            V_UNROLL                                                                         \
            for (int i = 0; i < T; i++)                                                      \
                sum[i] = v_set(p->start);                                                    \
            for (int r = 0; r < p->rows; r++) {                                              \
                const float *x = p->row[r] + (at + first * p->dilation) * p->lanes + l;      \
                for (int64_t t = first; t < end; t++, x += step) {                           \
                    const float *from = x;                                                   \
                    V_UNROLL                                                                 \
                    for (int i = 0; i < T; i++, from += far) {                               \
                        const v_f32 a = sum[i], b = v_load(from);                            \
                        sum[i] = expression;                                                 \
                    }                                                                        \
                }                                                                            \
            }                                                                                \
            V_UNROLL                                                                         \
            for (int i = 0; i < T; i++)                                                      \
                v_store(y + i * p->lanes + l, sum[i]);                                       \
        }                                                                                    \
    }
#define LINE(name, expression)                                                \
    FOLD(name##_fold, expression)                                             \
    static void name(float *y, const pool_line *line)                         \
    {                                                                         \
        const pool_line p = *line;                                            \
        const int64_t span = (p.kernel - 1) * p.dilation,                     \
                      more = p.out < WINDOWS ? 0 : (WINDOWS - 1) * p.stride;  \
        for (int64_t i = 0; i < p.out;) {                                     \
            int64_t at = i * p.stride - p.begin, first = 0, end = p.kernel;   \
            if (at >= 0 && i + WINDOWS <= p.out && at + more + span < p.in) { \
                name##_fold(y + i * p.lanes, &p, at, first, end, WINDOWS);    \
                i += WINDOWS;                                                 \
                continue;                                                     \
            }                                                                 \
            while (first < end && at + first * p.dilation < 0)                \
                first++;                                                      \
            while (first < end && at + (end - 1) * p.dilation >= p.in)        \
                end--;                                                        \
            name##_fold(y + i * p.lanes, &p, at, first, end, 1);              \
            i++;                                                              \
        }                                                                     \
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
