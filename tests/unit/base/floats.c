/* unit/base/floats.c - every pattern of every small float, against formulas of its own. */
#include "base/floats.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What the formats are, said a second time and in another way: as the texts of their specifications
 * put it. */
static const struct format {
    sdx_dtype dtype;
    unsigned bits, mantissa;
    int bias;
    double largest, least; /* least: the smallest above zero */
    enum { NO_SPECIALS, IEEE, ONE_NAN_EACH, NEGATIVE_ZERO_IS_NAN, NO_SIGN } specials;
} formats[] = {
    { SDX_F16, 16, 10, 15, 65504, 0x1p-24, IEEE },
    { SDX_BF16, 16, 7, 127, 0x1.fep127, 0x1p-133, IEEE },
    { SDX_F8E4M3FN, 8, 3, 7, 448, 0x1p-9, ONE_NAN_EACH },
    { SDX_F8E4M3FNUZ, 8, 3, 8, 240, 0x1p-10, NEGATIVE_ZERO_IS_NAN },
    { SDX_F8E5M2, 8, 2, 15, 57344, 0x1p-16, IEEE },
    { SDX_F8E5M2FNUZ, 8, 2, 16, 57344, 0x1p-17, NEGATIVE_ZERO_IS_NAN },
    { SDX_F8E8M0, 8, 0, 127, 0x1p127, 0x1p-127, NO_SIGN },
    { SDX_F6E2M3, 6, 3, 1, 7.5, 0.125, NO_SPECIALS },
    { SDX_F6E3M2, 6, 2, 3, 28, 0.0625, NO_SPECIALS },
    { SDX_F4E2M1, 4, 1, 1, 6, 0.5, NO_SPECIALS },
};
enum { FORMATS = sizeof formats / sizeof *formats };

/* The number of a pattern, by the formula of the specifications. */
static double formula(const struct format *f, unsigned pattern)
{
    const unsigned all = 1u << f->bits, sign_bit = all / 2;
    if (f->specials == NO_SIGN)
        return pattern == 255 ? NAN : pow(2, (double)pattern - 127);
    const double sign = pattern & sign_bit ? -1 : 1;
    const unsigned rest = pattern & (sign_bit - 1);
    const unsigned exponent = rest >> f->mantissa, digits = rest & ((1u << f->mantissa) - 1);
    const unsigned top = (sign_bit - 1) >> f->mantissa;
    if (f->specials == IEEE && exponent == top)
        return digits ? NAN : sign * INFINITY;
    if (f->specials == ONE_NAN_EACH && rest == sign_bit - 1)
        return NAN;
    if (f->specials == NEGATIVE_ZERO_IS_NAN && pattern == sign_bit)
        return NAN;
    const double fraction = digits / pow(2, f->mantissa);
    return exponent ? sign * (1 + fraction) * pow(2, (int)exponent - f->bias)
                    : sign * fraction * pow(2, 1 - f->bias);
}

static bool same(double a, double b)
{
    return isnan(a) ? isnan(b) : a == b && signbit(a) == signbit(b);
}

static const struct format *format_of(sdx_dtype d)
{
    for (int i = 0; i < FORMATS; i++)
        if (formats[i].dtype == d)
            return &formats[i];
    return NULL;
}

static void every_narrow_real_has_a_row(void **state)
{
    (void)state;
    for (int d = 0; d < SDX_DTYPE_END; d++) {
        const sdx_dtype t = (sdx_dtype)d;
        const bool small = sdx_dtype_class(t) == SDX_REAL && sdx_dtype_bits(t) <= 16;
        assert_int_equal(sdx_float_of(t) != NULL, small);
        assert_int_equal(format_of(t) != NULL, small);
        if (small)
            assert_int_equal(sdx_float_of(t)->bits, sdx_dtype_bits(t));
    }
    assert_null(sdx_float_of((sdx_dtype)-1));
    assert_null(sdx_float_of((sdx_dtype)1000));
}

static void every_pattern_loads(void **state)
{
    (void)state;
    for (int i = 0; i < FORMATS; i++) {
        const struct format *f = &formats[i];
        const sdx_float *row = sdx_float_of(f->dtype);
        for (unsigned p = 0; p < 1u << f->bits; p++) {
            if (!same(sdx_float_load(row, p), formula(f, p)))
                fail_msg("%s 0x%x is %g, not %g", sdx_dtype_name(f->dtype), p,
                         sdx_float_load(row, p), formula(f, p));
        }
        assert_true(sdx_float_load(row, row->largest) == f->largest);
        assert_true(sdx_float_load(row, f->specials == NO_SIGN ? 0 : 1) == f->least);
        /* bits beyond the width are nobody's */
        assert_true(same(sdx_float_load(row, 1u | 1u << f->bits), sdx_float_load(row, 1)));
    }
}

static void every_pattern_round_trips(void **state)
{
    (void)state;
    for (int i = 0; i < FORMATS; i++) {
        const sdx_float *row = sdx_float_of(formats[i].dtype);
        for (unsigned p = 0; p < 1u << formats[i].bits; p++) {
            double x = sdx_float_load(row, p);
            for (int mode = SDX_NEAREST; mode <= SDX_DOWN; mode++) {
                unsigned back = sdx_float_store(row, x, false, (sdx_rounding)mode);
                if (isnan(x))
                    assert_true(isnan(sdx_float_load(row, back)));
                else
                    assert_int_equal(back, p);
            }
        }
    }
}

/* x as stored, by looking at all numbers of the format: the nearest, of two the one with the even
 * pattern (in e8m0 the larger); away from zero and towards it likewise. */
static void check_neighbours(const struct format *f, unsigned below, unsigned above)
{
    const sdx_float *row = sdx_float_of(f->dtype);
    const double a = formula(f, below), b = formula(f, above);
    const double middle = a + (b - a) / 2;
    const unsigned even = f->specials == NO_SIGN || below & 1 ? above : below;
    const struct {
        double x;
        unsigned nearest;
    } at[] = {
        { nextafter(a, INFINITY), below },
        { a + (b - a) / 4, below },
        { nextafter(middle, 0), below },
        { middle, even },
        { nextafter(middle, INFINITY), above },
        { b - (b - a) / 4, above },
        { nextafter(b, 0), above },
    };
    const unsigned sign = f->specials == NO_SIGN ? 0 : 1u << (f->bits - 1);
    for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
        for (int saturate = 0; saturate < 2; saturate++) {
            const unsigned up = sdx_float_store(row, at[i].x, saturate, SDX_UP);
            const unsigned down = sdx_float_store(row, at[i].x, saturate, SDX_DOWN);
            const unsigned near = sdx_float_store(row, at[i].x, saturate, SDX_NEAREST);
            const unsigned negative = sdx_float_store(row, -at[i].x, saturate, SDX_NEAREST);
            unsigned want_negative = at[i].nearest | sign;
            if (f->specials == NEGATIVE_ZERO_IS_NAN && at[i].nearest == 0)
                want_negative = 0;
            if (up != above || down != below || near != at[i].nearest || negative != want_negative)
                fail_msg(
                    "%s: %.17g gives %x up, %x down, %x nearest, %x negative; wanted %x %x %x %x",
                    sdx_dtype_name(f->dtype), at[i].x, up, down, near, negative, above, below,
                    at[i].nearest, want_negative);
        }
    }
}

static void rounding_between_all_neighbours(void **state)
{
    (void)state;
    for (int i = 0; i < FORMATS; i++) {
        const unsigned largest = sdx_float_of(formats[i].dtype)->largest;
        for (unsigned p = 0; p < largest; p++)
            check_neighbours(&formats[i], p, p + 1);
    }
}

/* The tables of ONNX Cast. */
static void beyond_the_largest(void **state)
{
    (void)state;
    for (int i = 0; i < FORMATS; i++) {
        const struct format *f = &formats[i];
        const sdx_float *row = sdx_float_of(f->dtype);
        const unsigned before = row->largest - 1u;
        /* half a step above the largest: what rounds to a number that is not there */
        const double half = f->specials == NO_SIGN
                                ? f->largest * 1.5
                                : f->largest + (f->largest - formula(f, before)) / 2;
        const bool even_wins = f->specials != NO_SIGN && row->largest % 2 == 0;
        const double just_fits = even_wins ? half : nextafter(half, 0);
        const double too_large[] = { nextafter(just_fits, INFINITY), half * 2, 1e300, INFINITY };
        assert_int_equal(sdx_float_store(row, just_fits, false, SDX_NEAREST), row->largest);
        for (size_t k = 0; k < sizeof too_large / sizeof *too_large; k++) {
            const double x = too_large[k];
            const double kept = sdx_float_load(row, sdx_float_store(row, x, true, SDX_NEAREST));
            const double lost = sdx_float_load(row, sdx_float_store(row, x, false, SDX_NEAREST));
            const double negative = sdx_float_load(row,
                                                   sdx_float_store(row, -x, false, SDX_NEAREST));
            if (f->bits == 16) { /* Cast saturates 8 bits, not 16 */
                assert_true(kept == INFINITY && lost == INFINITY && negative == -INFINITY);
            } else if (f->specials == IEEE) {
                assert_true(kept == f->largest && lost == INFINITY && negative == -INFINITY);
            } else if (f->specials == NO_SPECIALS) {
                assert_true(kept == f->largest && lost == f->largest && negative == -f->largest);
            } else {
                assert_true(kept == f->largest);
                assert_true(isnan(lost) && isnan(negative));
            }
        }
    }
}

static void special_patterns(void **state)
{
    (void)state;
    static const struct {
        sdx_dtype dtype;
        double x;
        bool saturate;
        unsigned want;
    } at[] = {
        { SDX_F8E4M3FN, NAN, true, 0x7f },
        { SDX_F8E4M3FN, -NAN, true, 0xff },
        { SDX_F8E4M3FN, -0.0, true, 0x80 },
        { SDX_F8E4M3FN, -INFINITY, true, 0xfe },
        { SDX_F8E4M3FN, -INFINITY, false, 0xff },
        { SDX_F8E4M3FN, INFINITY, false, 0x7f },
        { SDX_F8E4M3FNUZ, NAN, true, 0x80 },
        { SDX_F8E4M3FNUZ, -NAN, true, 0x80 },
        { SDX_F8E4M3FNUZ, -0.0, true, 0x00 },
        { SDX_F8E4M3FNUZ, -1e-30, true, 0x00 },
        { SDX_F8E4M3FNUZ, -INFINITY, true, 0xff },
        { SDX_F8E4M3FNUZ, -INFINITY, false, 0x80 },
        { SDX_F8E5M2, NAN, true, 0x7e },
        { SDX_F8E5M2, -NAN, false, 0xfe },
        { SDX_F8E5M2, INFINITY, false, 0x7c },
        { SDX_F8E5M2, INFINITY, true, 0x7b },
        { SDX_F8E5M2FNUZ, INFINITY, true, 0x7f },
        { SDX_F8E5M2FNUZ, INFINITY, false, 0x80 },
        { SDX_F8E8M0, 0, true, 0x00 },
        { SDX_F8E8M0, 0, false, 0xff },
        { SDX_F8E8M0, 1e-300, true, 0x00 },
        { SDX_F8E8M0, 1e-300, false, 0xff },
        { SDX_F8E8M0, INFINITY, true, 0xfe },
        { SDX_F8E8M0, INFINITY, false, 0xff },
        { SDX_F8E8M0, NAN, true, 0xff },
        { SDX_F8E8M0, 1, true, 0x7f },
        { SDX_F4E2M1, INFINITY, false, 0x7 },
        { SDX_F4E2M1, -1e9, false, 0xf },
        { SDX_F4E2M1, NAN, false, 0x8 },
        { SDX_F6E2M3, NAN, false, 0x20 },
        { SDX_F6E3M2, -INFINITY, false, 0x3f },
        { SDX_F16, NAN, false, 0x7e00 },
        { SDX_BF16, -NAN, false, 0xffc0 },
    };
    for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
        unsigned got = sdx_float_store(sdx_float_of(at[i].dtype), at[i].x, at[i].saturate,
                                       SDX_NEAREST);
        if (got != at[i].want)
            fail_msg("%s: %g, saturate %d: 0x%x, not 0x%x", sdx_dtype_name(at[i].dtype), at[i].x,
                     at[i].saturate, got, at[i].want);
    }
    /* 1.1 of the standard's own case rounds up; 1.5 is a tie and goes up as well */
    const sdx_float *e8m0 = sdx_float_of(SDX_F8E8M0);
    assert_int_equal(sdx_float_store(e8m0, 1.1, true, SDX_UP), 0x80);
    assert_int_equal(sdx_float_store(e8m0, 1.5, true, SDX_NEAREST), 0x80);
    assert_int_equal(sdx_float_store(e8m0, 0.124, true, SDX_UP), 0x7c);
}

/* A double just above the middle of two f16, which as a float is the middle: rounded twice it would
 * go down. */
static void doubles_round_once(void **state)
{
    (void)state;
    const double x = 1 + 0x1p-11 + 0x1p-40;
    assert_int_equal(sdx_float_store(sdx_float_of(SDX_F16), x, false, SDX_NEAREST), 0x3c01);
    assert_int_equal(sdx_f16_store((float)x), 0x3c00);
    assert_int_equal(
        sdx_float_store(sdx_float_of(SDX_BF16), 1 + 0x1p-8 + 0x1p-40, false, SDX_NEAREST), 0x3f81);
}

static void halves_agree_with_the_table(void **state)
{
    (void)state;
    const sdx_float *f16 = sdx_float_of(SDX_F16), *bf16 = sdx_float_of(SDX_BF16);
    uint16_t *pattern = malloc(65536 * sizeof *pattern);
    uint16_t *back = malloc(65536 * sizeof *back);
    float *x = malloc(65536 * sizeof *x);
    assert_true(pattern && back && x);
    for (unsigned p = 0; p < 65536; p++)
        pattern[p] = (uint16_t)p;
    for (int bf = 0; bf < 2; bf++) {
        const sdx_float *row = bf ? bf16 : f16;
        (bf ? sdx_bf16_load_run : sdx_f16_load_run)(x, pattern, 65536);
        (bf ? sdx_bf16_store_run : sdx_f16_store_run)(back, x, 65536);
        for (unsigned p = 0; p < 65536; p++) {
            assert_true(same((double)x[p], sdx_float_load(row, p)));
            assert_true(
                same((double)x[p], (double)(bf ? sdx_bf16_load : sdx_f16_load)((uint16_t)p)));
            if (isnan(x[p])) /* stays one, of the same sign */
                assert_true(isnan(sdx_float_load(row, back[p])) && (back[p] ^ p) < 0x8000);
            else
                assert_int_equal(back[p], p);
        }
    }
    free(pattern);
    free(back);
    free(x);
}

/* Floats of every exponent, and about each f16 and bf16: both ways of rounding agree. */
static void halves_round_as_the_table(void **state)
{
    (void)state;
    const sdx_float *f16 = sdx_float_of(SDX_F16), *bf16 = sdx_float_of(SDX_BF16);
    uint32_t seed = 12345;
    for (uint32_t i = 0; i < 2000000; i++) {
        seed = seed * 1664525u + 1013904223u;
        /* upper bits walk through everything, lower ones sit about the ties of both formats */
        static const uint32_t low[] = { 0,      1,      0xfff,  0x1000, 0x1001, 0x7fff,
                                        0x8000, 0x8001, 0xffff, 0x2fff, 0x3000, 0x3001 };
        uint32_t bits = (seed & 0xffff0000u) | low[i % 12];
        float x;
        memcpy(&x, &bits, sizeof x);
        if (isnan(x))
            continue;
        assert_int_equal(sdx_f16_store(x), sdx_float_store(f16, (double)x, false, SDX_NEAREST));
        assert_int_equal(sdx_bf16_store(x), sdx_float_store(bf16, (double)x, false, SDX_NEAREST));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_narrow_real_has_a_row),
        cmocka_unit_test(every_pattern_loads),
        cmocka_unit_test(every_pattern_round_trips),
        cmocka_unit_test(rounding_between_all_neighbours),
        cmocka_unit_test(beyond_the_largest),
        cmocka_unit_test(special_patterns),
        cmocka_unit_test(doubles_round_once),
        cmocka_unit_test(halves_agree_with_the_table),
        cmocka_unit_test(halves_round_as_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
