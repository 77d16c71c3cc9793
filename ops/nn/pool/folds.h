/* ops/nn/pool/folds.h - the folds of pool.c: what the places of a window do to a result, for any
 * number of lanes. */
#ifndef NN_POOL_FOLDS_H
#define NN_POOL_FOLDS_H
#include <math.h>
#include <stdint.h>
#include <string.h>

/* acc[i] takes in x[i * step], for n places of `lanes` each. */
typedef void fold_f32(float *acc, const float *x, int64_t n, int64_t step, int64_t lanes, double p);
typedef void fold_f64(double *acc, const double *x, int64_t n, int64_t step, int64_t lanes,
                      double p);

#define FOLD(name, type, expression)                                                             \
    static void name(type *acc, const type *x, int64_t n, int64_t step, int64_t lanes, double p) \
    {                                                                                            \
        (void)p;                                                                                 \
        if (step == 1) {                                                                         \
            for (int64_t i = 0; i < n * lanes; i++) {                                            \
                type a = acc[i], b = x[i];                                                       \
                acc[i] = expression;                                                             \
            }                                                                                    \
            return;                                                                              \
        }                                                                                        \
        for (int64_t i = 0; i < n; i++)                                                          \
            for (int64_t k = 0; k < lanes; k++) {                                                \
                type a = acc[i * lanes + k], b = x[i * step * lanes + k];                        \
                acc[i * lanes + k] = expression;                                                 \
            }                                                                                    \
    }
FOLD(max_f32, float, a > b ? a : b)
FOLD(max_f64, double, a > b ? a : b)
FOLD(add_f32, float, a + b)
FOLD(add_f64, double, a + b)
FOLD(square_f32, float, a + b * b)
FOLD(square_f64, double, a + b * b)
FOLD(absolute_f32, float, a + fabsf(b))
FOLD(absolute_f64, double, a + fabs(b))
FOLD(power_f32, float, a + (float)pow(fabs((double)b), p))
FOLD(power_f64, double, a + pow(fabs(b), p))

/* Bytes in blocks, whose lanes come in eights or sixteens; which of two is larger, their signs
 * say. */
typedef void fold_u8(uint8_t *acc, const uint8_t *x, int64_t n, int64_t step, int64_t lanes,
                     double p);
#define FOLD_BYTES(name, type, SOME)                                                         \
    static void name(uint8_t *acc, const uint8_t *x, int64_t n, int64_t step, int64_t lanes, \
                     double p)                                                               \
    {                                                                                        \
        (void)p;                                                                             \
        for (int64_t i = 0; i < n; i++)                                                      \
            for (int64_t l = 0; l < lanes; l += SOME) {                                      \
                uint8_t a[SOME], b[SOME];                                                    \
                memcpy(a, acc + i * lanes + l, SOME);                                        \
                memcpy(b, x + i * step * lanes + l, SOME);                                   \
                for (int k = 0; k < SOME; k++)                                               \
                    a[k] = (type)a[k] > (type)b[k] ? a[k] : b[k];                            \
                memcpy(acc + i * lanes + l, a, SOME);                                        \
            }                                                                                \
    }
FOLD_BYTES(max_u8, uint8_t, 8)
FOLD_BYTES(max_i8, int8_t, 8)
FOLD_BYTES(max_u8_wide, uint8_t, 16)
FOLD_BYTES(max_i8_wide, int8_t, 16)
#endif
