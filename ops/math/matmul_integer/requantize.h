/* ops/math/matmul_integer/requantize.h - sums to bytes: plain C, which the compiler makes vectors
 * of. */
#ifndef OPS_MATH_MATMUL_INTEGER_REQUANTIZE_H
#define OPS_MATH_MATMUL_INTEGER_REQUANTIZE_H
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Between -2^31 and 2^31: added to 1.5 * 2^52, a number is rounded to even at its last bit, and the
 * low bits are the integer's. */
static inline uint8_t round_byte(double v, double lo, double hi)
{
    uint64_t bits;
    v = v > lo ? v : lo; /* NaN becomes the lowest */
    v = v < hi ? v : hi;
    v += 6755399441055744.0;
    memcpy(&bits, &v, sizeof bits);
    return (uint8_t)bits;
}

static inline void requantize(uint8_t *y, const int32_t *sum, int64_t n, int32_t less,
                              const double *scale, bool one, double zero, double lo, double hi)
{
    if (one) {
        double s = *scale;
        for (int64_t j = 0; j < n; j++)
            y[j] = round_byte((double)(int32_t)((uint32_t)sum[j] - (uint32_t)less) * s + zero, lo,
                              hi);
        return;
    }
    for (int64_t j = 0; j < n; j++)
        y[j] = round_byte((double)(int32_t)((uint32_t)sum[j] - (uint32_t)less) * scale[j] + zero,
                          lo, hi);
}
#endif
