/* unit/base/bits.c - streams of narrow elements, against a stream spelled out bit by bit. */
#include "base/bits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { N = 300, ROOM = N + 8 };

static uint32_t seed = 1;
static unsigned random_bits(void)
{
    seed = seed * 1664525u + 1013904223u;
    return seed >> 16;
}

/* Bit k of a stream, by the definition. */
static unsigned bit(const uint8_t *stream, size_t k)
{
    return (unsigned)stream[k / 8] >> k % 8 & 1u;
}

static unsigned element(const uint8_t *stream, unsigned width, size_t i)
{
    unsigned v = 0;
    for (unsigned b = 0; b < width; b++)
        v |= bit(stream, i * width + b) << b;
    return v;
}

static void one_by_one(void **state)
{
    (void)state;
    for (unsigned width = 1; width <= 8; width++) {
        uint8_t stream[ROOM];
        unsigned value[N];
        for (size_t i = 0; i < sizeof stream; i++)
            stream[i] = (uint8_t)random_bits();
        for (size_t i = 0; i < N; i++)
            value[i] = element(stream, width, i);
        for (int turn = 0; turn < 2000; turn++) {
            const size_t i = random_bits() % N;
            const unsigned v = random_bits();
            sdx_bits_put(stream, width, i, v); /* takes the low bits alone */
            value[i] = v & ((1u << width) - 1);
            assert_int_equal(sdx_bits_get(stream, width, i), value[i]);
        }
        for (size_t i = 0; i < N; i++)
            assert_int_equal(element(stream, width, i), value[i]);
    }
}

/* The bytes that ONNX shows: low bits first. */
static void as_onnx_packs(void **state)
{
    (void)state;
    uint8_t stream[3] = { 0 };
    const uint8_t four[] = { 0x1, 0x2, 0x3 }, two[] = { 3, 0, 1, 2, 1 },
                  six[] = { 0x3f, 0, 0x21, 1 };
    sdx_bits_put_run(stream, 4, 0, 1, 3, four);
    assert_memory_equal(stream, "\x21\x03", 2);
    memset(stream, 0, 3);
    sdx_bits_put_run(stream, 2, 0, 1, 5, two);
    assert_memory_equal(stream, "\x93\x01", 2);
    sdx_bits_put_run(stream, 6, 0, 1, 4, six);
    assert_memory_equal(stream, "\x3f\x10\x06", 3);
}

static void runs(void **state)
{
    (void)state;
    for (int turn = 0; turn < 20000; turn++) {
        const unsigned width = 2 + 2 * (random_bits() % 3);
        uint8_t stream[ROOM], before[ROOM], some[N], got[N];
        for (size_t i = 0; i < ROOM; i++)
            before[i] = stream[i] = (uint8_t)random_bits();
        for (size_t i = 0; i < N; i++)
            some[i] = (uint8_t)random_bits();
        const ptrdiff_t step = turn % 2 ? 1 : (ptrdiff_t)(random_bits() % 5) - 1;
        const size_t n = step > 1 ? random_bits() % (N / 8) : random_bits() % (N / 2);
        const size_t first = step < 0 ? N - 1 - random_bits() % 20 : random_bits() % (N / 2);
        sdx_bits_get_run(got, stream, width, first, step, n);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(got[i], element(stream, width, first + i * (size_t)step));
        sdx_bits_put_run(stream, width, first, step, n, some);
        for (size_t i = 0; i < n; i++) /* the last of those that hit one element stays */
            sdx_bits_put(before, width, first + i * (size_t)step, some[i]);
        assert_memory_equal(stream, before, ROOM);
    }
}

static void copies(void **state)
{
    (void)state;
    for (int turn = 0; turn < 20000; turn++) {
        const unsigned width = 2 + 2 * (random_bits() % 3);
        uint8_t from[ROOM], to[ROOM], want[ROOM];
        for (size_t i = 0; i < ROOM; i++) {
            from[i] = (uint8_t)random_bits();
            want[i] = to[i] = (uint8_t)random_bits();
        }
        const size_t n = random_bits() % N, a = random_bits() % (N - n),
                     b = random_bits() % (N - n);
        sdx_bits_copy(to, a, from, b, width, n);
        for (size_t i = 0; i < n; i++)
            sdx_bits_put(want, width, a + i, element(from, width, b + i));
        assert_memory_equal(to, want, ROOM);
    }
}

static void sizes_and_signs(void **state)
{
    (void)state;
    assert_int_equal(sdx_bits_bytes(0, 4), 0);
    assert_int_equal(sdx_bits_bytes(1, 2), 1);
    assert_int_equal(sdx_bits_bytes(5, 2), 2);
    assert_int_equal(sdx_bits_bytes(3, 6), 3);
    assert_int_equal(sdx_bits_bytes(9, 6), 7);
    for (unsigned width = 2; width <= 6; width += 2)
        for (int v = -(1 << (width - 1)); v < 1 << (width - 1); v++)
            assert_int_equal(sdx_bits_signed((unsigned)v & ((1u << width) - 1), width), v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_by_one), cmocka_unit_test(as_onnx_packs),   cmocka_unit_test(runs),
        cmocka_unit_test(copies),     cmocka_unit_test(sizes_and_signs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
