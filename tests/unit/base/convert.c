/* unit/base/convert.c - runs of elements, widened and narrowed; sizes and limits of element types.
 */
#include "base/bits.h"
#include "base/floats.h"
#include "sdx/value.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { N = 600 };
static const int64_t dims[] = { N };

typedef struct tensor {
    sdx_tensor t;
    _Alignas(16) unsigned char data[16 * N + 16];
} tensor;

static void make(tensor *x, sdx_dtype d)
{
    memset(x, 0, sizeof *x);
    x->t = (sdx_tensor){ d, SDX_PLAIN, { 1, dims }, x->data };
}

static uint64_t seed = 99;
static uint64_t random_bits(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static bool is_number(sdx_dtype d)
{
    return sdx_dtype_class(d) != SDX_STRING && sdx_dtype_class(d) != SDX_NONE;
}

/* The names and widths of type.h read back. */
static void the_table(void **state)
{
    (void)state;
    for (int d = 1; d < SDX_DTYPE_END; d++) {
        const sdx_dtype t = (sdx_dtype)d;
        assert_int_equal(sdx_dtype_find(sdx_dtype_name(t)), t);
        assert_int_equal(sdx_dtype_find(sdx_dtype_onnx_name(t)), t);
        assert_true(sdx_dtype_bits(t) > 0);
        assert_int_equal(sdx_bytes(t, 8), sdx_dtype_bits(t));
        assert_int_equal(sdx_bytes(t, 0), 0);
        assert_int_equal(sdx_bytes(t, 1), (sdx_dtype_bits(t) + 7) / 8);
    }
    assert_string_equal(sdx_dtype_name(SDX_UNDEFINED), "?");
    assert_string_equal(sdx_dtype_name((sdx_dtype)77), "?");
    assert_string_equal(sdx_dtype_onnx_name((sdx_dtype)-1), "?");
    assert_int_equal(sdx_dtype_bits(SDX_UNDEFINED), 0);
    assert_int_equal(sdx_dtype_find("?"), SDX_UNDEFINED);
    assert_int_equal(sdx_dtype_find("float"), SDX_F32);
    assert_int_equal(sdx_dtype_find("double"), SDX_F64);
    const int64_t image[] = { 2, 17, 3, 5 };
    const sdx_shape s = { 4, image };
    assert_int_equal(sdx_count(s, 1, 3), 51);
    assert_int_equal(sdx_count(s, 2, 2), 1);
    assert_int_equal(sdx_layout_bytes(SDX_F32, s, SDX_PLAIN), 2 * 17 * 15 * 4);
    assert_int_equal(sdx_layout_bytes(SDX_F32, s, SDX_C8), 2 * 24 * 15 * 4);
    assert_int_equal(sdx_layout_bytes(SDX_F32, s, SDX_C16), 2 * 32 * 15 * 4);
}

static void limits(void **state)
{
    (void)state;
    static const struct {
        sdx_dtype d;
        double low, high;
    } at[] = {
        { SDX_I8, -128, 127 },
        { SDX_U8, 0, 255 },
        { SDX_I4, -8, 7 },
        { SDX_U4, 0, 15 },
        { SDX_I2, -2, 1 },
        { SDX_U2, 0, 3 },
        { SDX_I64, -0x1p63, 0x1p63 },
        { SDX_U64, 0, 0x1p64 },
        { SDX_I32, -2147483648.0, 2147483647 },
        { SDX_BOOL, 0, 1 },
        { SDX_F32, -(double)FLT_MAX, (double)FLT_MAX },
        { SDX_F64, -DBL_MAX, DBL_MAX },
        { SDX_F16, -65504, 65504 },
        { SDX_F8E4M3FN, -448, 448 },
        { SDX_F8E8M0, 0x1p-127, 0x1p127 },
        { SDX_F4E2M1, -6, 6 },
    };
    for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
        assert_true(sdx_lowest(at[i].d) == at[i].low);
        assert_true(sdx_highest(at[i].d) == at[i].high);
    }
}

/* Every type: elements stored at any stride come back, from every width, and their neighbours stay.
 */
static void every_type_any_stride(void **state)
{
    (void)state;
    for (int d = 1; d < SDX_DTYPE_END; d++) {
        const sdx_dtype type = (sdx_dtype)d;
        const sdx_class cls = sdx_dtype_class(type);
        if (!is_number(type))
            continue;
        for (int turn = 0; turn < 60; turn++) {
            tensor x;
            make(&x, type);
            double value[N], got[N], all[N], before[N];
            int64_t integer[N];
            /* small numbers that all types hold: 0 and 1, powers of two for e8m0 */
            for (int i = 0; i < N; i++)
                value[i] = type == SDX_F8E8M0 ? ldexp(1, (int)(random_bits() % 5))
                                              : (double)(random_bits() % 2);
            sdx_store_f64(&x.t, 0, 1, N, value);
            sdx_load_f64(before, &x.t, 0, 1, N);
            assert_memory_equal(before, value, sizeof value);
            const int64_t step = (int64_t)(random_bits() % 7) - 3;
            const int64_t n = (int64_t)(random_bits() % (step ? 190 : 5));
            const int64_t first = step < 0 ? N - 1 : (int64_t)(random_bits() % 20);
            for (int64_t i = 0; i < n; i++)
                value[i] = type == SDX_F8E8M0 ? 1 : (double)(random_bits() % 2);
            sdx_store_f64(&x.t, first, step, n, value);
            sdx_load_f64(got, &x.t, first, step, n);
            for (int64_t i = 0; i < n; i++) {
                assert_true(got[i] == value[step ? i : n - 1]);
                before[first + i * step] = value[i];
            }
            sdx_load_f64(all, &x.t, 0, 1, N);
            assert_memory_equal(all, before, sizeof all);
            if (cls == SDX_COMPLEX)
                continue;
            sdx_load_i64(integer, &x.t, first, step, n);
            for (int64_t i = 0; i < n; i++)
                assert_true((double)integer[i] == got[i]);
            uint64_t natural[N];
            sdx_load_u64(natural, &x.t, first, step, n);
            for (int64_t i = 0; i < n; i++)
                assert_true((double)natural[i] == got[i]);
        }
    }
}

/* Weights in a file lie anywhere. */
static void any_alignment(void **state)
{
    (void)state;
    for (int d = 1; d < SDX_DTYPE_END; d++) {
        if (!is_number((sdx_dtype)d))
            continue;
        tensor x;
        make(&x, (sdx_dtype)d);
        double value[40], got[40];
        for (int i = 0; i < 40; i++)
            value[i] = i % 3 == 0;
        if (d == SDX_F8E8M0)
            for (int i = 0; i < 40; i++)
                value[i] = 2;
        x.t.data = x.data + 1;
        sdx_store_f64(&x.t, 3, 1, 40, value);
        sdx_load_f64(got, &x.t, 3, 1, 40);
        assert_memory_equal(got, value, sizeof got);
    }
}

static void integers_wrap_or_clamp(void **state)
{
    (void)state;
    static const int64_t from[] = {
        0,          1,          -1,          127,   128,  200,       -128,      -129,
        255,        256,        300,         7,     8,    -8,        -9,        15,
        16,         3,          2,           -2,    -3,   INT64_MAX, INT64_MIN, INT64_C(1) << 40,
        2147483647, 2147483648, -2147483649, 65535, 65536
    };
    enum { COUNT = sizeof from / sizeof *from };
    for (int d = 1; d < SDX_DTYPE_END; d++) {
        const sdx_dtype type = (sdx_dtype)d;
        const sdx_class cls = sdx_dtype_class(type);
        if (cls != SDX_INT && cls != SDX_UINT)
            continue;
        const int bits = sdx_dtype_bits(type);
        tensor x;
        make(&x, type);
        int64_t got[COUNT];
        sdx_store_i64(&x.t, 0, 1, COUNT, from);
        sdx_load_i64(got, &x.t, 0, 1, COUNT);
        for (int i = 0; i < COUNT; i++) {
            const uint64_t low = (uint64_t)from[i] << (64 - bits);
            const int64_t want = cls == SDX_INT ? (int64_t)low >> (64 - bits)
                                                : (int64_t)(low >> (64 - bits));
            assert_int_equal(got[i], want);
        }
        sdx_convert_i64(&x.t, 0, 1, COUNT, from, true);
        sdx_load_i64(got, &x.t, 0, 1, COUNT);
        for (int i = 0; i < COUNT; i++) {
            const int64_t high = bits == 64 ? INT64_MAX
                                            : (INT64_C(1) << (bits - (cls == SDX_INT))) - 1;
            const int64_t lowest = cls == SDX_INT ? -high - 1 : 0;
            const int64_t want = from[i] > high ? high : from[i] < lowest ? lowest : from[i];
            assert_int_equal(got[i], want);
        }
        static const double reals[] = { 1e30, -1e30, INFINITY, -INFINITY, 2.9, -1.5, 1e3, 0.99 };
        sdx_convert_f64(&x.t, 0, 1, 8, reals, true, SDX_NEAREST);
        double back[8];
        sdx_load_f64(back, &x.t, 0, 1, 8);
        assert_true(back[0] == sdx_highest(type) && back[1] == sdx_lowest(type));
        assert_true(back[2] == sdx_highest(type) && back[3] == sdx_lowest(type));
        assert_true(back[4] == fmin(2, sdx_highest(type)));
        assert_true(back[5] == (cls == SDX_INT ? -1 : 0));
        assert_true(back[6] == fmin(1000, sdx_highest(type)) && back[7] == 0);
    }
}

static void sixty_four_bits_stay_exact(void **state)
{
    (void)state;
    tensor x;
    make(&x, SDX_U64);
    const uint64_t large[] = { UINT64_MAX, UINT64_MAX - 1, UINT64_C(1) << 63, 9007199254740993 };
    uint64_t got[4];
    double real[4];
    sdx_store_u64(&x.t, 0, 1, 4, large);
    sdx_load_u64(got, &x.t, 0, 1, 4);
    assert_memory_equal(got, large, sizeof got);
    sdx_load_f64(real, &x.t, 0, 1, 4);
    assert_true(real[0] == 0x1p64 && real[2] == 0x1p63);
    const double beyond[] = { 1e19, 1e20, 0x1p63, NAN };
    sdx_store_f64(&x.t, 0, 1, 4, beyond);
    sdx_load_u64(got, &x.t, 0, 1, 4);
    assert_true(got[0] == UINT64_C(10000000000000000000) && got[1] == UINT64_MAX);
    assert_true(got[2] == UINT64_C(1) << 63 && got[3] == 0);
    make(&x, SDX_F64);
    sdx_store_u64(&x.t, 0, 1, 4, large);
    sdx_load_f64(real, &x.t, 0, 1, 4);
    assert_true(real[0] == 0x1p64 && real[3] == 9007199254740992.0);
    const double trunc[] = { -2.9, 2.9, 1e300, -1e300 };
    int64_t integer[4];
    sdx_store_f64(&x.t, 0, 1, 4, trunc);
    sdx_load_i64(integer, &x.t, 0, 1, 4);
    assert_true(integer[0] == -2 && integer[1] == 2);
    assert_true(integer[2] == INT64_MAX && integer[3] == INT64_MIN);
}

/* An integer that a double cannot hold must not be rounded twice on its way to a float. */
static void integers_round_once(void **state)
{
    (void)state;
    tensor x;
    make(&x, SDX_F32);
    for (int turn = 0; turn < 20000; turn++) {
        int64_t v = (int64_t)(random_bits() >> turn % 40);
        if (turn % 3 == 0) /* about ties of floats: half a step, and one beside it */
            v = (int64_t)((random_bits() >> 40 | 1u << 23) * 2 + 1) * (INT64_C(1) << turn % 39) +
                turn % 5 - 2;
        if (turn % 2)
            v = -v;
        const uint64_t u = (uint64_t)v;
        float got;
        sdx_store_i64(&x.t, 0, 1, 1, &v);
        memcpy(&got, x.data, sizeof got);
        assert_true(got == (float)v);
        sdx_store_u64(&x.t, 0, 1, 1, &u);
        memcpy(&got, x.data, sizeof got);
        assert_true(got == (float)u);
    }
}

static void halves_round_once(void **state)
{
    (void)state;
    static const sdx_dtype types[] = { SDX_F16, SDX_BF16 };
    for (int i = 0; i < 2; i++) {
        tensor x;
        make(&x, types[i]);
        const sdx_float *row = sdx_float_of(types[i]);
        for (int turn = 0; turn < 20000; turn++) {
            double v = ldexp((double)(random_bits() >> 11), -53 - (int)(random_bits() % 30));
            if (turn % 2) { /* a tie, and a little beside it */
                const unsigned p = (unsigned)(random_bits() % row->largest);
                v = (sdx_float_load(row, p) + sdx_float_load(row, p + 1)) / 2 +
                    (turn % 3 - 1) * 0x1p-150;
            }
            uint16_t got;
            sdx_store_f64(&x.t, 0, 1, 1, &v);
            memcpy(&got, x.data, sizeof got);
            assert_int_equal(got, sdx_float_store(row, v, false, SDX_NEAREST));
        }
    }
}

static void complex_pairs(void **state)
{
    (void)state;
    static const sdx_dtype types[] = { SDX_C64, SDX_C128 };
    for (int i = 0; i < 2; i++) {
        tensor x;
        make(&x, types[i]);
        const double from[][2] = { { 1, 2 }, { -3, 0.5 }, { 0, -1 } };
        double got[3][2], real[3];
        sdx_store_c128(&x.t, 4, -2, 3, from);
        sdx_load_c128(got, &x.t, 4, -2, 3);
        assert_memory_equal(got, from, sizeof got);
        sdx_load_f64(real, &x.t, 4, -2, 3);
        assert_true(real[0] == 1 && real[1] == -3 && real[2] == 0);
    }
    tensor x;
    make(&x, SDX_F32);
    const double real[] = { 5, 6, 7 };
    double pair[3][2];
    sdx_store_f64(&x.t, 0, 1, 3, real);
    sdx_load_c128(pair, &x.t, 0, 1, 3);
    assert_true(pair[0][0] == 5 && pair[0][1] == 0 && pair[2][0] == 7 && pair[2][1] == 0);
    make(&x, SDX_BOOL);
    const double truth[][2] = { { 0, 0 }, { 0, 1 }, { NAN, 0 } };
    int64_t bit[3];
    sdx_store_c128(&x.t, 0, 1, 3, truth);
    sdx_load_i64(bit, &x.t, 0, 1, 3);
    assert_true(bit[0] == 0 && bit[1] == 1 && bit[2] == 1);
}

/* What the plain stores do where a format has no infinity, and what saturation changes. */
static void small_floats_overflow(void **state)
{
    (void)state;
    static const double from[] = { 1e9, -INFINITY };
    static const struct {
        sdx_dtype d;
        double plain, saturated, lost;
    } at[] = {
        { SDX_F16, INFINITY, INFINITY, INFINITY },
        { SDX_F8E4M3FN, 448, 448, NAN },
        { SDX_F8E5M2, INFINITY, 57344, INFINITY },
        { SDX_F8E5M2FNUZ, 57344, 57344, NAN },
        { SDX_F4E2M1, 6, 6, 6 },
    };
    for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
        tensor x;
        double got[2];
        make(&x, at[i].d);
        sdx_store_f64(&x.t, 0, 1, 2, from);
        sdx_load_f64(got, &x.t, 0, 1, 2);
        assert_true(got[0] == at[i].plain && got[1] == -at[i].plain);
        sdx_convert_f64(&x.t, 0, 1, 2, from, true, SDX_NEAREST);
        sdx_load_f64(got, &x.t, 0, 1, 2);
        assert_true(got[0] == at[i].saturated && got[1] == -at[i].saturated);
        sdx_convert_f64(&x.t, 0, 1, 2, from, false, SDX_NEAREST);
        sdx_load_f64(got, &x.t, 0, 1, 2);
        assert_true(isnan(at[i].lost) ? isnan(got[0]) : got[0] == at[i].lost);
        const int64_t integer = 1000000000;
        sdx_convert_i64(&x.t, 0, 1, 1, &integer, true);
        sdx_load_f64(got, &x.t, 0, 1, 1);
        assert_true(got[0] == at[i].saturated);
    }
}

static void strings_are_no_numbers(void **state)
{
    (void)state;
    tensor x;
    make(&x, SDX_STR);
    memset(x.data, 0x5a, sizeof x.data);
    double got[3] = { 1, 2, 3 };
    sdx_load_f64(got, &x.t, 0, 1, 3);
    assert_true(got[0] == 0 && got[1] == 0 && got[2] == 0);
    sdx_store_f64(&x.t, 0, 1, 3, got);
    assert_int_equal(x.data[0], 0x5a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table),
        cmocka_unit_test(limits),
        cmocka_unit_test(every_type_any_stride),
        cmocka_unit_test(any_alignment),
        cmocka_unit_test(integers_wrap_or_clamp),
        cmocka_unit_test(sixty_four_bits_stay_exact),
        cmocka_unit_test(integers_round_once),
        cmocka_unit_test(halves_round_once),
        cmocka_unit_test(complex_pairs),
        cmocka_unit_test(small_floats_overflow),
        cmocka_unit_test(strings_are_no_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
