/* ops/math/matmul_integer/narrow.h - sums to bytes and to floats: plain C, of which the compiler
 * makes vectors. */
#ifndef OPS_MATH_MATMUL_INTEGER_NARROW_H
#define OPS_MATH_MATMUL_INTEGER_NARROW_H
#include "math/matmul_integer/kernels.h"
#include <stdint.h>
#include <string.h>

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

/* A number of columns that the compiler knows, or any. */
static inline void floats_row(float *restrict y, const int32_t *restrict sum, int columns,
                              const float *restrict scale, const float *restrict bias)
{
    for (int j = 0; j < columns; j++)
        y[j] = (float)sum[j] * scale[j] + bias[j];
}

static inline void floats(float *y, int64_t y_row, const int32_t *sum, int rows, int columns,
                          const float *scale, const float *bias)
{
    for (int r = 0; r < rows; r++, sum += INT_WIDTH, y += y_row)
        if (columns == INT_WIDTH)
            floats_row(y, sum, INT_WIDTH, scale, bias);
        else
            floats_row(y, sum, columns, scale, bias);
}
#endif
