/* base/floats.h - floating-point formats of 16 bits and fewer, to and from double and float.
 *
 * One row says what a format is; one body reads the row.  All functions: any thread. */
#ifndef BASE_FLOATS_H
#define BASE_FLOATS_H
#include "sdx/value.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct sdx_float {
    uint8_t dtype;    /* its sdx_dtype */
    uint8_t bits;     /* in all */
    uint8_t exponent; /* bits of the exponent */
    uint8_t mantissa; /* bits of the mantissa, without the hidden one */
    int16_t bias;
    uint16_t largest; /* pattern of the largest finite number */
    uint16_t inf;     /* pattern of infinity; 0: has none */
    uint16_t nan;     /* pattern of NaN; where there is none: what NaN becomes (zero) */
    bool has_nan;
    bool has_sign;     /* e8m0 has none, nor a zero */
    bool negative_nan; /* the sign bit may be set on NaN (not in the fnuz formats) */
    bool negative_zero;
} sdx_float;

/* The row of a dtype; NULL: no small float (f32 and f64 have none). */
const sdx_float *sdx_float_of(sdx_dtype d);

/* The number of a pattern; exact.  Bits beyond the width are ignored. */
double sdx_float_load(const sdx_float *f, unsigned pattern);

/* The pattern of x, rounded once from its 53 bits.  SDX_NEAREST puts ties to even, in e8m0 up, as
 * ONNX Cast has it; SDX_UP is away from zero, SDX_DOWN towards it. saturate, as ONNX Cast has it:
 * what is beyond the largest number, infinity too, becomes the largest; else infinity, or NaN where
 * there is none.  Formats without NaN and infinity always saturate.  e8m0: sign ignored; what is
 * below the least number, zero too, becomes the least or, without saturate, NaN. */
unsigned sdx_float_store(const sdx_float *f, double x, bool saturate, sdx_rounding rounding);

/* Plain f16 and bf16: nearest even, overflow to infinity. */
float sdx_f16_load(uint16_t h);
uint16_t sdx_f16_store(float x);
float sdx_bf16_load(uint16_t h);
uint16_t sdx_bf16_store(float x);

/* n of them, contiguous at both ends; no alignment is asked for beyond that of the type. */
void sdx_f16_load_run(float *to, const uint16_t *from, size_t n);
void sdx_f16_store_run(uint16_t *to, const float *from, size_t n);
void sdx_bf16_load_run(float *to, const uint16_t *from, size_t n);
void sdx_bf16_store_run(uint16_t *to, const float *from, size_t n);
#endif
