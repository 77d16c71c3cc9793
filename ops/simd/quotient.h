/* simd/quotient.h - division by a number that stays, for sets that multiply and add in one. */
#ifndef SIMD_QUOTIENT_H
#define SIMD_QUOTIENT_H

/* A product with the inverse, mended by what it leaves over, is the quotient as division rounds
 * it: of numbers that are neither infinite nor so small that they lose digits. */
static inline float quotient(float v, float by, float inverse)
{
    float q = v * inverse;
    return __builtin_fmaf(__builtin_fmaf(-q, by, v), inverse, q);
}
#endif
