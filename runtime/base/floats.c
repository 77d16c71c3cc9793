/* base/floats.c - floating-point formats of 16 bits and fewer.
 *
 * Sources: IEEE 754 for f16; the OCP specifications of 8-bit floating point and of Microscaling
 * formats; ONNX Cast-28 for the fnuz pair, for saturation and for rounding to e8m0. */
#include "base/floats.h"

#include <math.h>
#include <string.h>

/* Indexed by sdx_dtype; bits 0: no row. */
static const sdx_float formats[SDX_DTYPE_END] = {
    /*                dtype         b  e  m   bias largest  inf     nan     has_nan sign -nan  -0 */
    [SDX_F16] = { SDX_F16, 16, 5, 10, 15, 0x7bff, 0x7c00, 0x7e00, true, true, true, true },
    [SDX_BF16] = { SDX_BF16, 16, 8, 7, 127, 0x7f7f, 0x7f80, 0x7fc0, true, true, true, true },
    [SDX_F8E4M3FN] = { SDX_F8E4M3FN, 8, 4, 3, 7, 0x7e, 0, 0x7f, true, true, true, true },
    [SDX_F8E4M3FNUZ] = { SDX_F8E4M3FNUZ, 8, 4, 3, 8, 0x7f, 0, 0x80, true, true, false, false },
    [SDX_F8E5M2] = { SDX_F8E5M2, 8, 5, 2, 15, 0x7b, 0x7c, 0x7e, true, true, true, true },
    [SDX_F8E5M2FNUZ] = { SDX_F8E5M2FNUZ, 8, 5, 2, 16, 0x7f, 0, 0x80, true, true, false, false },
    [SDX_F8E8M0] = { SDX_F8E8M0, 8, 8, 0, 127, 0xfe, 0, 0xff, true, false, false, false },
    [SDX_F6E2M3] = { SDX_F6E2M3, 6, 2, 3, 1, 0x1f, 0, 0x20, false, true, true, true },
    [SDX_F6E3M2] = { SDX_F6E3M2, 6, 3, 2, 3, 0x1f, 0, 0x20, false, true, true, true },
    [SDX_F4E2M1] = { SDX_F4E2M1, 4, 2, 1, 1, 0x7, 0, 0x8, false, true, true, true },
};

const sdx_float *sdx_float_of(sdx_dtype d)
{
    return (unsigned)d < SDX_DTYPE_END && formats[d].bits ? &formats[d] : NULL;
}

/* 2 to the power of k, a normal double. */
static double power_of_two(int k)
{
    uint64_t bits = (uint64_t)(k + 1023) << 52;
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

double sdx_float_load(const sdx_float *f, unsigned pattern)
{
    const unsigned sign_bit = 1u << (f->bits - 1), hidden = 1u << f->mantissa;
    pattern &= 2 * sign_bit - 1;
    const bool negative = f->has_sign && pattern & sign_bit;
    const unsigned magnitude = f->has_sign ? pattern & ~sign_bit : pattern;
    double x;
    if (f->has_nan && (f->inf ? magnitude > f->inf
                              : pattern == f->nan || (f->negative_nan && magnitude == f->nan))) {
        x = NAN;
    } else if (f->inf && magnitude == f->inf) {
        x = INFINITY;
    } else {
        int exponent = (int)(magnitude >> f->mantissa);
        unsigned digits = magnitude & (hidden - 1);
        if (exponent || !f->has_sign)
            digits |= hidden;
        else
            exponent = 1; /* subnormal */
        x = (double)digits * power_of_two(exponent - f->bias - f->mantissa);
    }
    return negative ? -x : x;
}

/* The pattern of a magnitude that is too large, infinite included. */
static unsigned overflow(const sdx_float *f, bool negative, bool saturate)
{
    const unsigned sign = negative && f->has_sign ? 1u << (f->bits - 1) : 0;
    if (!f->has_nan || (saturate && f->bits < 16))
        return f->largest | sign;
    if (f->inf)
        return f->inf | sign;
    return f->negative_nan ? f->nan ^ sign : f->nan;
}

/* M * 2^-shift as an integer. */
static unsigned round_off(uint64_t digits, int shift, sdx_rounding rounding, bool ties_up)
{
    if (shift > 60)
        shift = 60; /* below a half either way */
    const uint64_t half = UINT64_C(1) << (shift - 1), rest = digits & (2 * half - 1);
    const unsigned kept = (unsigned)(digits >> shift);
    bool up = rest > half || (rest == half && (ties_up || kept & 1));
    if (rounding != SDX_NEAREST)
        up = rounding == SDX_UP && rest;
    return kept + up;
}

unsigned sdx_float_store(const sdx_float *f, double x, bool saturate, sdx_rounding rounding)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    const bool negative = bits >> 63;
    const unsigned sign = negative && f->has_sign ? 1u << (f->bits - 1) : 0;
    int exponent = (int)(bits >> 52 & 0x7ff);
    uint64_t digits = bits & ((UINT64_C(1) << 52) - 1);
    if (exponent == 0x7ff && digits)
        return f->negative_nan ? f->nan ^ sign : f->nan;
    if (exponent == 0x7ff)
        return overflow(f, negative, saturate);
    /* x is digits * 2^(exponent - 52); those of a subnormal double lack the leading one, and round
     * to zero all the same */
    if (exponent)
        digits |= UINT64_C(1) << 52;
    exponent -= 1023;
    const int least = f->has_sign ? 1 - f->bias
                                  : -f->bias; /* exponent of the least normal number */
    if (exponent < least && !f->has_sign)
        return saturate ? 0 : f->nan;
    const int floor = exponent < least ? least : exponent;
    unsigned pattern = round_off(digits, 52 - f->mantissa + (floor - exponent), rounding,
                                 !f->has_sign);
    /* Digits with the hidden one count as one in the exponent, and a carry goes on into it. Without
     * a sign there are no subnormals either: exponent 0 has a hidden one, too. */
    if (exponent >= least)
        pattern += (unsigned)(exponent - least) << f->mantissa;
    if (!f->has_sign)
        pattern -= 1;
    if (pattern > f->largest)
        return overflow(f, negative, saturate);
    return pattern || f->negative_zero ? pattern | sign : 0;
}

static uint32_t bits_of(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static float float_of(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static inline float f16_load(uint16_t h)
{
    const uint32_t magnitude = h & 0x7fffu, sign = (uint32_t)(h & 0x8000u) << 16;
    uint32_t normal = (magnitude << 13) + ((127u - 15u) << 23);
    if (magnitude >= 0x7c00)
        normal += (128u - 16u) << 23;
    if (magnitude > 0x7c00)
        normal |= 0x400000; /* quiet */
    const uint32_t small = bits_of((float)(int32_t)magnitude * 0x1p-24f);
    return float_of(sign | (magnitude < 0x400 ? small : normal));
}

static inline uint16_t f16_store(float x)
{
    const uint32_t bits = bits_of(x), magnitude = bits & 0x7fffffffu;
    /* adding 0.5 rounds to its last digit, 2^-24, that of subnormal f16 */
    const uint32_t small = bits_of(float_of(magnitude) + 0.5f) - bits_of(0.5f);
    const uint32_t normal = (magnitude + 0xfffu + (magnitude >> 13 & 1) - ((127u - 15u) << 23)) >>
                            13;
    uint32_t h = magnitude < 0x38800000u ? small : normal;
    if (magnitude >= 0x477ff000u) /* 65520, half way to what would follow the largest */
        h = 0x7c00;
    if (magnitude > 0x7f800000u)
        h = 0x7e00 | (magnitude >> 13 & 0x3ff);
    return (uint16_t)(h | (bits >> 16 & 0x8000u));
}

static inline float bf16_load(uint16_t h)
{
    return float_of((uint32_t)h << 16);
}

static inline uint16_t bf16_store(float x)
{
    const uint32_t bits = bits_of(x);
    const uint32_t rounded = (bits + 0x7fffu + (bits >> 16 & 1)) >> 16;
    return (uint16_t)((bits & 0x7fffffffu) > 0x7f800000u ? bits >> 16 | 0x40u : rounded);
}

float sdx_f16_load(uint16_t h)
{
    return f16_load(h);
}

uint16_t sdx_f16_store(float x)
{
    return f16_store(x);
}

float sdx_bf16_load(uint16_t h)
{
    return bf16_load(h);
}

uint16_t sdx_bf16_store(float x)
{
    return bf16_store(x);
}

void sdx_f16_load_run(float *to, const uint16_t *from, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = f16_load(from[i]);
}

void sdx_f16_store_run(uint16_t *to, const float *from, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = f16_store(from[i]);
}

void sdx_bf16_load_run(float *to, const uint16_t *from, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = bf16_load(from[i]);
}

void sdx_bf16_store_run(uint16_t *to, const float *from, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = bf16_store(from[i]);
}
