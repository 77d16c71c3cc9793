/* ops/math/matmul_integer/requantize.h - sums to bytes: plain C, which the compiler makes vectors
 * of. */
#ifndef OPS_MATH_MATMUL_INTEGER_REQUANTIZE_H
#define OPS_MATH_MATMUL_INTEGER_REQUANTIZE_H
#include "math/matmul_integer/kernels.h"
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

/* Eight sums: a number of columns that the compiler knows. */
static inline void narrow_eight(uint8_t *restrict y, const int32_t *restrict sum,
                                const float *restrict scale, int zero, float lo, float hi)
{
    for (int j = 0; j < 8; j++) {
        float v = (float)sum[j] * scale[j];
        uint32_t bits;
        v = v > lo ? v : lo; /* NaN becomes the lowest */
        v = v < hi ? v : hi;
        v += 12582912.0f; /* 1.5 * 2^23: the last bit is that of the integers */
        memcpy(&bits, &v, sizeof bits);
        y[j] = (uint8_t)(bits + (uint32_t)zero);
    }
}

static inline void narrow(uint8_t *y, const int32_t *sum, int rows, int columns, const int_grid *to)
{
    float lo = (float)(to->lo - to->zero), hi = (float)(to->hi - to->zero);
    for (int r = 0; r < rows; r++, sum += INT_WIDTH, y += columns)
        for (int j = 0; j < columns; j += 8)
            narrow_eight(y + j, sum + j, to->scale + j, to->zero, lo, hi);
}
#endif
