/* tests/unit/load/tensor.c - every encoding of a tensor, and what is wrong with wrong ones. */
#include "eval/value.h"
#include "load/load.h"
#include "support/wire.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    DIMS = 1,
    TYPE = 2,
    FLOATS = 4,
    INTS = 5,
    STRINGS = 6,
    LONGS = 7,
    NAME = 8,
    RAW = 9,
    DOUBLES = 10,
    UNSIGNED = 11
};

static wire begin(sdx_dtype d, int64_t n)
{
    wire w = { .n = 0 };
    wire_int(&w, DIMS, (uint64_t)n);
    wire_int(&w, TYPE, (uint64_t)d);
    wire_text(&w, NAME, "the name");
    return w;
}

static sdx_value *read_one(const wire *w)
{
    sdx_value *v = NULL;
    sdx_error err = { 0 };
    char name[16] = "";
    uint8_t *copy = malloc(w->n);
    memcpy(copy, w->bytes, w->n);
    if (sdx_value_read(SDX_TENSOR, copy, w->n, name, sizeof name, &v, &err) != SDX_OK)
        fail_msg("%s", err.fact);
    free(copy); /* the value has its own */
    assert_string_equal(name, "the name");
    return v;
}

static void expect(const wire *w, const double *want, size_t n)
{
    sdx_value *v = read_one(w);
    assert_int_equal(sdx_value_count(v), n);
    for (size_t i = 0; i < n; i++)
        assert_true(sdx_value_f64(v, i) == want[i]);
    sdx_value_free(v);
}

static void raw(void **state)
{
    (void)state;
    static const float x[] = { 1.5f, -2 };
    static const double want[] = { 1.5, -2 };
    wire w = begin(SDX_F32, 2);
    wire_bytes(&w, RAW, x, sizeof x);
    expect(&w, want, 2);
    static const uint8_t half[] = { 0x00, 0x3c, 0x00, 0xc0 };
    static const double halves[] = { 1, -2 };
    w = begin(SDX_F16, 2);
    wire_bytes(&w, RAW, half, sizeof half);
    expect(&w, halves, 2);
    static const double none[] = { 0 };
    w = begin(SDX_F32, 0);
    wire_bytes(&w, RAW, "", 0);
    expect(&w, none, 0);
    w = begin(SDX_F32, 0);
    expect(&w, none, 0);
}

/* Packed, each with a tag, and mixed: all mean the same. */
static void typed(void **state)
{
    (void)state;
    static const double want[] = { 3, -1, 300 };
    wire list = { .n = 0 }, w;
    for (size_t i = 0; i < 3; i++)
        wire_varint(&list, (uint64_t)(int64_t)want[i]);
    w = begin(SDX_I64, 3);
    wire_message(&w, LONGS, &list);
    expect(&w, want, 3);
    w = begin(SDX_I64, 3);
    for (size_t i = 0; i < 3; i++)
        wire_int(&w, LONGS, (uint64_t)(int64_t)want[i]);
    expect(&w, want, 3);
    w = begin(SDX_I32, 3);
    wire_message(&w, INTS, &list);
    expect(&w, want, 3);
    w = begin(SDX_I16, 3);
    wire_int(&w, INTS, 3);
    wire_int(&w, INTS, (uint64_t)-1);
    wire_text(&w, 12, "a comment between");
    wire list_of_one = { .n = 0 };
    wire_varint(&list_of_one, 300);
    wire_message(&w, INTS, &list_of_one);
    expect(&w, want, 3);
    static const float f[] = { 1, 2.5f };
    static const double floats[] = { 1, 2.5 };
    w = begin(SDX_F32, 2);
    wire_bytes(&w, FLOATS, f, sizeof f);
    expect(&w, floats, 2);
    w = begin(SDX_F32, 2);
    for (size_t i = 0; i < 2; i++) {
        wire_varint(&w, FLOATS << 3 | 5);
        memcpy(w.bytes + w.n, &f[i], 4);
        w.n += 4;
    }
    expect(&w, floats, 2);
    w = begin(SDX_F64, 2);
    wire_bytes(&w, DOUBLES, floats, sizeof floats);
    expect(&w, floats, 2);
    static const double big[] = { 4294967295.0, 1 };
    w = begin(SDX_U32, 2);
    wire_int(&w, UNSIGNED, 4294967295u);
    wire_int(&w, UNSIGNED, 1);
    expect(&w, big, 2);
    static const double truth[] = { 1, 0 };
    w = begin(SDX_BOOL, 2);
    wire_int(&w, INTS, 7);
    wire_int(&w, INTS, 0);
    expect(&w, truth, 2);
    static const double f16[] = { 1, -2 };
    w = begin(SDX_F16, 2);
    wire_int(&w, INTS, 0x3c00);
    wire_int(&w, INTS, 0xc000);
    expect(&w, f16, 2);
}

/* A stream of bits, low ones first; in int32_data each number is a byte of it. */
static void narrow(void **state)
{
    (void)state;
    static const double nibbles[] = { 1, -8, 7 }, pairs[] = { 3, 0, 2, 1, 1 };
    static const uint8_t stream4[] = { 0x81, 0x07 }, stream2[] = { 0x63, 0x01 };
    wire w = begin(SDX_I4, 3);
    wire_bytes(&w, RAW, stream4, 2);
    expect(&w, nibbles, 3);
    w = begin(SDX_I4, 3);
    wire_int(&w, INTS, 0x81);
    wire_int(&w, INTS, 0x07);
    expect(&w, nibbles, 3);
    w = begin(SDX_U2, 5);
    wire_bytes(&w, RAW, stream2, 2);
    expect(&w, pairs, 5);
}

/* Four elements of 6 bits in three bytes of raw_data; in int32_data a number each. */
static void six_bits(void **state)
{
    (void)state;
    static const uint8_t first[] = { 8, 76, 124, 34 }, second[] = { 12, 140, 96, 36 };
    static const struct {
        sdx_dtype dtype;
        const uint8_t *stream;
        uint64_t number[5];
        double want[5];
    } at[] = {
        { SDX_F6E2M3, first, { 8, 48, 4, 31, 34 }, { 1, -2, 0.5, 7.5, -0.25 } },
        { SDX_F6E3M2, second, { 12, 48, 8, 24, 36 }, { 1, -2, 0.5, 8, -0.25 } },
    };
    for (size_t k = 0; k < sizeof at / sizeof *at; k++) {
        for (int n = 0; n <= 5; n++) {
            uint8_t stream[4];
            memcpy(stream, at[k].stream, 4);
            if (n % 4) /* what is behind the last element */
                stream[n * 6 / 8] &= (uint8_t)((1 << n * 6 % 8) - 1);
            const size_t bytes = ((size_t)n * 6 + 7) / 8;
            wire w = begin(at[k].dtype, n), list = { .n = 0 };
            wire_bytes(&w, RAW, stream, bytes);
            expect(&w, at[k].want, (size_t)n);
            for (int i = 0; i < n; i++)
                wire_varint(&list, at[k].number[i]);
            w = begin(at[k].dtype, n);
            wire_message(&w, INTS, &list);
            expect(&w, at[k].want, (size_t)n);
            sdx_value *v = read_one(&w);
            assert_int_equal(sdx_value_bytes(v), bytes);
            assert_memory_equal(sdx_value_view(v), stream, bytes);
            sdx_value_free(v);
        }
    }
}

static void strings(void **state)
{
    (void)state;
    wire w = begin(SDX_STR, 3);
    wire_text(&w, STRINGS, "one");
    wire_bytes(&w, STRINGS, "t\0o", 3);
    wire_text(&w, STRINGS, "");
    sdx_value *v = read_one(&w);
    assert_int_equal(sdx_value_string(v, 1).length, 3);
    assert_memory_equal(sdx_value_string(v, 1).text, "t\0o", 3);
    assert_int_equal(sdx_value_string(v, 2).length, 0);
    sdx_value_free(v);
}

static void refused(const wire *w, const char *says)
{
    sdx_value *v = NULL;
    sdx_error err = { 0 };
    assert_int_equal(sdx_value_read(SDX_TENSOR, w->bytes, w->n, NULL, 0, &v, &err), SDX_E_FORMAT);
    if (!strstr(err.fact, says))
        fail_msg("'%s' does not say '%s'", err.fact, says);
}

static void wrong_ones(void **state)
{
    (void)state;
    wire w = begin(SDX_F32, 4);
    refused(&w, "has dims [4], that is 4 values, but no data at all");
    wire_bytes(&w, RAW, "123", 3);
    refused(&w, "that is 16 bytes of float32, but 3 bytes in raw_data");
    w = begin(SDX_F6E3M2, 5);
    wire_bytes(&w, RAW, "12345", 5);
    refused(&w, "that is 4 bytes of float6e3m2, but 5 bytes in raw_data");
    w = begin(SDX_F6E2M3, 2);
    wire_int(&w, INTS, 1);
    wire_int(&w, INTS, 64);
    refused(&w, "number 1 in int32_data has more than 6 bits");
    wire_int(&w, INTS, 1);
    refused(&w, "2 values, but 3 in int32_data");
    w = begin(SDX_I64, 2);
    wire_int(&w, LONGS, 1);
    refused(&w, "2 values, but 1 in int64_data");
    w = begin(SDX_I64, 1);
    wire_int(&w, INTS, 1);
    refused(&w, "belongs in int64_data, and has data in int32_data");
    w = begin(SDX_F32, 1);
    wire_bytes(&w, RAW, "1234", 4);
    wire_bytes(&w, FLOATS, "1234", 4);
    refused(&w, "both in raw_data and in float_data");
    w = begin(SDX_F32, -3);
    refused(&w, "dim 0 of the tensor is -3");
    w = begin(SDX_F32, INT64_MAX);
    wire_int(&w, DIMS, (uint64_t)INT64_MAX);
    refused(&w, "larger than the address space");
    w = begin(SDX_STR, 1);
    wire_bytes(&w, RAW, "a", 1);
    refused(&w, "is of strings and has raw_data");
    w = begin((sdx_dtype)99, 1);
    refused(&w, "data_type 99");
    w = begin(SDX_UNDEFINED, 1);
    refused(&w, "no data_type");
    w = begin(SDX_F32, 1);
    wire_bytes(&w, FLOATS, "12345", 5);
    refused(&w, "cut off within a number");
    w = begin(SDX_F32, 1);
    for (int i = 0; i < 80; i++)
        wire_int(&w, DIMS, 1);
    refused(&w, "at most 64 are possible");
}

/* What is written reads back, for every type of element. */
static void there_and_back(void **state)
{
    (void)state;
    for (int d = SDX_UNDEFINED + 1; d < SDX_DTYPE_END; d++) {
        static const int64_t dims[] = { 3, 5 };
        sdx_value *v, *again;
        void *bytes;
        size_t size;
        char name[8];
        assert_int_equal(sdx_value_tensor((sdx_dtype)d, 2, dims, &v, NULL), SDX_OK);
        if (d != SDX_STR)
            for (size_t i = 0; i < sdx_value_bytes(v); i++)
                ((uint8_t *)sdx_value_data(v))[i] = (uint8_t)(i * 37 + 11) &
                                                    (d == SDX_BOOL ? 1 : 0xff);
        assert_int_equal(sdx_value_write(v, "nm", &bytes, &size, NULL), SDX_OK);
        assert_int_equal(sdx_value_read(SDX_TENSOR, bytes, size, name, sizeof name, &again, NULL),
                         SDX_OK);
        assert_string_equal(name, "nm");
        assert_int_equal(sdx_value_dtype(again), d);
        if (d != SDX_STR)
            assert_memory_equal(sdx_value_view(again), sdx_value_view(v), sdx_value_bytes(v));
        sdx_bytes_free(bytes);
        sdx_value_free(v);
        sdx_value_free(again);
    }
}

static sdx_value *copy_of(sdx_kind kind, sdx_value *v)
{
    sdx_value *again = NULL;
    void *bytes;
    size_t size;
    assert_int_equal(sdx_value_write(v, NULL, &bytes, &size, NULL), SDX_OK);
    assert_int_equal(sdx_value_read(kind, bytes, size, NULL, 0, &again, NULL), SDX_OK);
    assert_int_equal(sdx_value_kind(again), kind);
    sdx_bytes_free(bytes);
    sdx_value_free(v);
    return again;
}

static void other_kinds(void **state)
{
    (void)state;
    static const int64_t two[] = { 2 }, nine[] = { 9 };
    static const sdx_string words[] = { { "a", 1 }, { "bc", 2 } };
    static int64_t places[] = { 1, 7 };
    sdx_value *x, *keys, *places_v, *seq, *opt, *map, *sparse;
    assert_int_equal(sdx_value_tensor(SDX_F32, 1, two, &x, NULL), SDX_OK);
    ((float *)sdx_value_data(x))[1] = 2.5f;
    assert_int_equal(sdx_value_strings(1, two, words, &keys, NULL), SDX_OK);
    assert_int_equal(sdx_value_wrap(SDX_I64, 1, two, places, sizeof places, &places_v, NULL),
                     SDX_OK);
    sdx_value *const both[] = { x, x };
    assert_int_equal(sdx_value_sequence(2, both, &seq, NULL), SDX_OK);
    seq = copy_of(SDX_SEQUENCE, seq);
    assert_int_equal(sdx_value_count(seq), 2);
    assert_true(sdx_value_f64(sdx_value_at(seq, 1), 1) == 2.5);
    assert_int_equal(sdx_value_optional(seq, &opt, NULL), SDX_OK);
    opt = copy_of(SDX_OPTIONAL, opt);
    assert_int_equal(sdx_value_kind(sdx_value_at(opt, 0)), SDX_SEQUENCE);
    sdx_value_free(opt);
    assert_int_equal(sdx_value_optional(NULL, &opt, NULL), SDX_OK);
    opt = copy_of(SDX_OPTIONAL, opt);
    assert_int_equal(sdx_value_count(opt), 0);
    assert_int_equal(sdx_value_map(keys, x, &map, NULL), SDX_OK);
    map = copy_of(SDX_MAP, map);
    assert_int_equal(sdx_value_count(map), 2);
    assert_memory_equal(sdx_value_string(sdx_value_at(map, 0), 1).text, "bc", 2);
    assert_true(sdx_value_f64(sdx_value_at(map, 1), 1) == 2.5);
    assert_int_equal(sdx_value_sparse(1, nine, x, places_v, &sparse, NULL), SDX_OK);
    sparse = copy_of(SDX_SPARSE, sparse);
    const int64_t *dims;
    assert_int_equal(sdx_value_dims(sparse, &dims), 1);
    assert_int_equal(dims[0], 9);
    assert_int_equal(sdx_value_i64(sdx_value_at(sparse, 1), 1), 7);
    sdx_value *all[] = { x, keys, places_v, seq, opt, map, sparse };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        sdx_value_free(all[i]);
}

static void wrong_sparse_ones(void **state)
{
    static const int64_t bad[][2] = { { 1, 9 }, { 1, 1 }, { 5, 2 }, { -1, 2 } };
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        wire values = { .n = 0 }, indices = { .n = 0 }, w = { .n = 0 };
        sdx_value *v = NULL;
        sdx_error err = { 0 };
        wire_int(&values, DIMS, 2);
        wire_int(&values, TYPE, SDX_F32);
        wire_bytes(&values, RAW, "12345678", 8);
        wire_int(&indices, DIMS, 2);
        wire_int(&indices, TYPE, SDX_I64);
        wire_bytes(&indices, RAW, bad[i], 16);
        wire_message(&w, 1, &values);
        wire_message(&w, 2, &indices);
        wire_int(&w, 3, 9);
        assert_int_equal(sdx_value_read(SDX_SPARSE, w.bytes, w.n, NULL, 0, &v, &err), SDX_E_FORMAT);
        assert_true(*err.fact);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(raw),
        cmocka_unit_test(typed),
        cmocka_unit_test(six_bits),
        cmocka_unit_test(narrow),
        cmocka_unit_test(strings),
        cmocka_unit_test(wrong_ones),
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(other_kinds),
        cmocka_unit_test(wrong_sparse_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
