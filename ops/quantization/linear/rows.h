/* ops/quantization/linear/rows.h - the loops in plain C, over blocks of a fixed size: compilers
 * make vectors of those without being asked to, for whatever instructions the including file may
 * use. */
#include "quantization/linear/kernels.h"
#include <string.h>

enum { BLOCK = 64 };

/* Adding and taking off 1.5 * 2^23 rounds halves to even. */
static inline int32_t to_step(float x, float scale, float zero, float lo, float hi)
{
    const float big = 12582912.0f;
    float v = x / scale;
    v = v > -1024 ? v : -1024; /* NaN, too */
    v = v < 1024 ? v : 1024;
    v = (v + big) - big + zero;
    v = v < lo ? lo : v;
    v = v > hi ? hi : v;
    return (int32_t)v;
}

static inline void quantize_block(uint8_t *restrict y, const float *restrict x, float scale,
                                  float zero, float lo, float hi)
{
    for (int i = 0; i < BLOCK; i++)
        y[i] = (uint8_t)to_step(x[i], scale, zero, lo, hi);
}

static inline void quantize_all(uint8_t *y, const float *x, size_t n, float scale, float zero,
                                float lo, float hi)
{
    size_t i = 0;
    for (; i + BLOCK <= n; i += BLOCK)
        quantize_block(y + i, x + i, scale, zero, lo, hi);
    for (; i < n; i++)
        y[i] = (uint8_t)to_step(x[i], scale, zero, lo, hi);
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
