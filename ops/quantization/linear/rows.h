/* ops/quantization/linear/rows.h - the loops in plain C, over blocks of a fixed size: compilers
 * make vectors of those without being asked to, for whatever instructions the including file may
 * use.  Before it: quotient(v, by, inverse). */
#include "quantization/linear/kernels.h"
#include <string.h>

enum { BLOCK = 64 };

/* Adding and taking off 1.5 * 2^23 rounds halves to even. */
static inline int32_t to_step(float v, float zero, float lo, float hi)
{
    const float big = 12582912.0f;
    v = v > -1024 ? v : -1024; /* NaN, too */
    v = v < 1024 ? v : 1024;
    v = (v + big) - big + zero;
    v = v < lo ? lo : v;
    v = v > hi ? hi : v;
    return (int32_t)v;
}

/* The same, as compilers make vectors of it: limits before rounding, and integers by their last
 * bits. */
static inline void quantize_block(uint8_t *restrict y, const float *restrict x, float scale,
                                  float inverse, float zero, float lo, float hi)
{
    const float most = scale * 1024;
    const uint32_t whole = (uint32_t)(int32_t)zero;
    lo -= zero;
    hi -= zero;
    for (int i = 0; i < BLOCK; i++) {
        uint32_t bits;
        float v = x[i] > -most ? x[i] : -most; /* NaN, too */
        v = v < most ? v : most;
        v = quotient(v, scale, inverse);
        v = v > lo ? v : lo;
        v = v < hi ? v : hi;
        v += 12582912.0f;
        memcpy(&bits, &v, sizeof bits);
        y[i] = (uint8_t)(bits + whole);
    }
}

static inline void quantize_all(uint8_t *y, const float *x, size_t n, float scale, float zero,
                                float lo, float hi)
{
    const float inverse = 1 / scale;
    const bool usual = scale > 1e-30f && scale < 1e30f; /* no product leaves the floats */
    size_t i = 0;
    for (; usual && i + BLOCK <= n; i += BLOCK)
        quantize_block(y + i, x + i, scale, inverse, zero, lo, hi);
    for (; i < n; i++)
        y[i] = (uint8_t)to_step(x[i] / scale, zero, lo, hi);
}

static void quantize_u8(uint8_t *y, const float *x, size_t n, float scale, float zero)
{
    quantize_all(y, x, n, scale, zero, 0, 255);
}
static void quantize_i8(uint8_t *y, const float *x, size_t n, float scale, float zero)
{
    quantize_all(y, x, n, scale, zero, -128, 127);
}

#define DEQUANTIZE(name, type)                                                              \
    static inline void name##_block(float *restrict y, const type *restrict x, float scale, \
                                    float zero)                                             \
    {                                                                                       \
        for (int i = 0; i < BLOCK; i++)                                                     \
            y[i] = ((float)x[i] - zero) * scale;                                            \
    }                                                                                       \
    static void name(float *y, const uint8_t *from, size_t n, float scale, float zero)      \
    {                                                                                       \
        const type *x = (const type *)from;                                                 \
        size_t i = 0;                                                                       \
        for (; i + BLOCK <= n; i += BLOCK)                                                  \
            name##_block(y + i, x + i, scale, zero);                                        \
        for (; i < n; i++)                                                                  \
            y[i] = ((float)x[i] - zero) * scale;                                            \
    }
DEQUANTIZE(dequantize_u8, uint8_t)
DEQUANTIZE(dequantize_i8, int8_t)
