/* unit/base/text.c - text.h and error.h: formatting, escapes, words, numbers. */
#include "base/text.h"
#include "base/error.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Every byte of text belongs to a valid character. */
static bool is_utf8(const char *text)
{
    size_t length = strlen(text);
    while (length) {
        size_t n = sdx_utf8_length(text, length);
        if (!n)
            return false;
        text += n;
        length -= n;
    }
    return true;
}

static void formats_are_cut_between_characters(void **state)
{
    (void)state;
    /* characters of one to four bytes in every order that a cut can meet */
    static const char text[] =
        "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80z\xf0\x9f\x98\x80\xe2\x82\xac\xc3\xa4-end";
    const size_t length = sizeof text - 1;
    for (size_t size = 1; size <= length + 3; size++) {
        char to[64];
        memset(to, 'x', sizeof to);
        size_t n = sdx_format(to, size, "%s", text);
        assert_int_equal(n, strlen(to));
        assert_true(n < size);
        assert_true(is_utf8(to));
        if (size > length) {
            assert_string_equal(to, text);
        } else if (size >= 4) {
            assert_string_equal(to + n - 3, "\xe2\x80\xa6");
            assert_memory_equal(to, text, n - 3);
            assert_true(n + 4 >= size - 3); /* nothing that would fit is dropped */
        }
        assert_int_equal(to[size], 'x');
    }
    char small[8];
    assert_int_equal(sdx_format(small, sizeof small, "%d", 12), 2);
}

static void utf8(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t length, want;
    } at[] = {
        { "a", 1, 1 },
        { "", 0, 0 },
        { "\xc3\xa4", 2, 2 },
        { "\xc3\xa4", 1, 0 },
        { "\xe2\x82\xac", 3, 3 },
        { "\xf0\x9f\x98\x80", 4, 4 },
        { "\x80", 1, 0 },
        { "\xc0\x80", 2, 0 },
        { "\xc1\xbf", 2, 0 },
        { "\xe0\x80\x80", 3, 0 },
        { "\xed\xa0\x80", 3, 0 },
        { "\xf4\x90\x80\x80", 4, 0 },
        { "\xf8\x88\x80\x80", 4, 0 },
        { "\xff", 1, 0 },
        { "\xe2\x28\xa1", 3, 0 },
    };
    for (size_t i = 0; i < sizeof at / sizeof *at; i++)
        assert_int_equal(sdx_utf8_length(at[i].text, at[i].length), at[i].want);
    assert_int_equal(sdx_utf8_cut("a\xe2\x82\xac", 4, 3), 1);
    assert_int_equal(sdx_utf8_cut("a\xe2\x82\xac", 4, 4), 4);
    assert_int_equal(sdx_utf8_cut("\x80\x80\x80\x80\x80", 5, 3), 3);
}

static void escapes(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t length;
        const char *want;
    } at[] = {
        { "conv/1:0", 8, "conv/1:0" },
        { "a\nb\t\r\\", 6, "a\\nb\\t\\r\\\\" },
        { "\x1b[31mred", 8, "\\x1b[31mred" },
        { "a\0b", 3, "a\\x00b" },
        { "\x7f", 1, "\\x7f" },
        { "\xc2\x9b"
          "2J",
          4, "\\u009b2J" },
        { "\xe2\x80\xae"
          "abc",
          6, "\\u202eabc" },
        { "\xe2\x80\x8b", 3, "\\u200b" },
        { "\xc3\xa4\xe2\x82\xac", 5, "\xc3\xa4\xe2\x82\xac" },
        { "\xff\xc3", 2, "\\xff\\xc3" },
        { "", 0, "" },
    };
    for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
        char to[64];
        size_t n = sdx_escape(to, sizeof to, at[i].text, at[i].length);
        assert_string_equal(to, at[i].want);
        assert_int_equal(n, strlen(to));
    }
    /* any bytes, any room: ends in time, is UTF-8, holds nothing that acts on a terminal */
    uint32_t seed = 7;
    for (int turn = 0; turn < 20000; turn++) {
        char text[40], to[64];
        for (size_t i = 0; i < sizeof text; i++) {
            seed = seed * 1664525u + 1013904223u;
            text[i] = (char)(seed >> 24);
        }
        const size_t size = 1 + (seed >> 8) % (sizeof to - 1);
        memset(to, 'x', sizeof to);
        size_t n = sdx_escape(to, size, text, seed % sizeof text);
        assert_true(n < size && strlen(to) == n && to[size] == 'x');
        assert_true(is_utf8(to));
        for (size_t i = 0; i < n; i++)
            assert_true((unsigned char)to[i] >= 0x20 && to[i] != 0x7f);
    }
}

static size_t distance(const char *a, const char *b, size_t most)
{
    return sdx_edit_distance(a, strlen(a), b, strlen(b), most);
}

static const char *word(const void *arg, size_t i)
{
    const char *const *words = arg;
    return words[i];
}

static const char *nearest(const char *text)
{
    static const char *const words[] = { "Conv", "ConvTranspose", "Concat", "Softmax", "LogSoftmax",
                                         "Relu", "LeakyRelu",     "Gemm",   "If",      NULL };
    return sdx_nearest_word(text, strlen(text), word, words);
}

static void words(void **state)
{
    (void)state;
    assert_int_equal(distance("conv", "conv", 5), 0);
    assert_int_equal(distance("", "abc", 5), 3);
    assert_int_equal(distance("abc", "", 5), 3);
    assert_int_equal(distance("conv", "covn", 5), 1);
    assert_int_equal(distance("kitten", "sitting", 5), 3);
    assert_int_equal(distance("kitten", "sitting", 2), 3); /* most + 1 */
    assert_int_equal(distance("abcdefghijklmnopqrstuvwxyz", "", 3), 4);
    char longer[200];
    memset(longer, 'a', sizeof longer);
    assert_int_equal(sdx_edit_distance(longer, 200, longer, 200, 9), 10);
    assert_string_equal(nearest("Cnov"), "Conv");
    assert_string_equal(nearest("relu"), "Relu");
    assert_string_equal(nearest("SOFTMAX"), "Softmax");
    assert_string_equal(nearest("Softmx"), "Softmax");
    assert_string_equal(nearest("ConvTranpose"), "ConvTranspose");
    assert_null(nearest("Attention"));
    assert_null(nearest(""));
    assert_null(nearest("x"));
    assert_true(sdx_same_word("ReLU", 4, "relu"));
    assert_false(sdx_same_word("ReLU", 3, "relu"));
    assert_false(sdx_same_word("ReLU6", 5, "relu"));
}

static void integers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool good;
        int64_t want;
    } at[] = {
        { "0", true, 0 },
        { "-0", true, 0 },
        { "+17", true, 17 },
        { "007", true, 7 },
        { "9223372036854775807", true, INT64_MAX },
        { "-9223372036854775808", true, INT64_MIN },
        { "9223372036854775808", false, 0 },
        { "-9223372036854775809", false, 0 },
        { "99999999999999999999999", false, 0 },
        { "", false, 0 },
        { "-", false, 0 },
        { "+-1", false, 0 },
        { " 1", false, 0 },
        { "1 ", false, 0 },
        { "0x10", false, 0 },
        { "1.0", false, 0 },
    };
    for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
        int64_t got = 42;
        assert_int_equal(sdx_parse_i64(at[i].text, strlen(at[i].text), &got), at[i].good);
        assert_int_equal(got, at[i].good ? at[i].want : 42);
    }
    uint64_t u = 0;
    assert_true(sdx_parse_u64("18446744073709551615", 20, &u) && u == UINT64_MAX);
    assert_false(sdx_parse_u64("18446744073709551616", 20, &u));
    assert_false(sdx_parse_u64("-1", 2, &u));
    assert_true(sdx_parse_u64("123", 2, &u) && u == 12); /* no more than length bytes */
}

static void check_parse(const char *text)
{
    double got;
    float got_f;
    if (!sdx_parse_f64(text, strlen(text), &got) || !sdx_parse_f32(text, strlen(text), &got_f))
        fail_msg("'%s' is refused", text);
    const double want = strtod(text, NULL); /* the C library's, in the C locale */
    const float want_f = strtof(text, NULL);
    if (memcmp(&got, &want, sizeof got) != 0 || memcmp(&got_f, &want_f, sizeof got_f) != 0)
        fail_msg("'%s' is %a and %a, not %a and %a", text, got, (double)got_f, want,
                 (double)want_f);
}

static void reals_are_rounded_once(void **state)
{
    (void)state;
    static const char *const hard[] = {
        "0",
        "-0",
        "1",
        "-1.5",
        ".5",
        "5.",
        "1e0",
        "1E5",
        "1e+05",
        "1e-5",
        "0.1",
        "123456789012345678",
        "9007199254740993",
        "9007199254740992.99999999999999999",
        "9007199254740993.00000000000000001",
        "1.7976931348623157e308",
        "1.7976931348623158e308",
        "1.797693134862315807e308",
        "1.7976931348623159e308",
        "1e309",
        "-1e400",
        "1e99999999999999999999",
        "4.9e-324",
        "2.4703282292062327e-324",
        "2.4703282292062328e-324",
        "2.47032822920623272e-324",
        "1e-400",
        "1e-99999999999999999999",
        "2.2250738585072011e-308",
        "2.2250738585072014e-308",
        "2.2250738585072012e-308",
        "3.4028234663852886e38",
        "3.4028235677973366e38",
        "3.40282356779733661637539395458142568448e38",
        "1.401298464324817e-45",
        "7.006492321624085e-46",
        "7.0064923216240853546186479164495e-46",
        "7.0064923216240853546186479164496e-46",
        "16777217",
        "16777217.0000000001",
        "16777219",
        "1.00000005960464477539062500000000000001",
        "1.000000059604644775390625",
        "6.02214076e23",
        "1e22",
        "1e23",
        "8.5e22",
        "0.000000000000000000000000000000000000000000001e45",
        "000000000000000000000000000000000001",
        "100000000000000000000000000000000000000e-38",
        "inf",
        "-inf",
        "+INF",
        "Infinity",
    };
    for (size_t i = 0; i < sizeof hard / sizeof *hard; i++)
        check_parse(hard[i]);
    double nan;
    assert_true(sdx_parse_f64("NaN", 3, &nan) && isnan(nan));
    /* exactly half way between two doubles, spelled out, and a little more after 800 digits */
    char text[1200];
    int length = snprintf(text, sizeof text, "%.1100f", 0x1p-1074 / 2 + 0x1p-1074);
    assert_true(length > 1000);
    check_parse(text);
    length = snprintf(text, sizeof text, "%.0f.", 0x1.0000000000001p900);
    memset(text + length, '0', 900 - (size_t)length);
    text[900] = '1';
    text[901] = 0;
    check_parse(text);
    length = snprintf(text, sizeof text, "9007199254740993.");
    memset(text + length, '0', 1000);
    text[length + 1000] = 0;
    check_parse(text); /* a tie */
    text[length + 999] = '1';
    check_parse(text); /* just above it */
    /* more digits before the point than are kept, brought back by the exponent */
    memset(text, '0', 900);
    memcpy(text, "9007199254740993", 16);
    memcpy(text + 900, "e-884", 6);
    check_parse(text);
    text[899] = '1';
    check_parse(text);
    memcpy(text + 900, ".5e-880", 8);
    check_parse(text);
}

static void reals_at_random(void **state)
{
    (void)state;
    uint64_t seed = 88172645463325252u;
    for (int turn = 0; turn < 20000; turn++) {
        char text[80];
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        double x;
        memcpy(&x, &seed, sizeof x);
        if (!isfinite(x))
            continue;
        snprintf(text, sizeof text, "%.*e", turn % 25, x);
        check_parse(text);
        snprintf(text, sizeof text, "%.*g", turn % 18, (double)(seed >> 40) / 1000);
        check_parse(text);
        snprintf(text, sizeof text, "%.12e", x / 2 * 1e-200 * 1e160); /* about the floats */
        check_parse(text);
    }
}

static void what_is_no_real(void **state)
{
    (void)state;
    static const char *const bad[] = { "",     "-",    "+",       ".",   "e5",    ".e5",   "1e",
                                       "1e+",  "1e5x", "1.2.3",   " 1",  "1 ",    "0x1p3", "1,5",
                                       "nanx", "in",   "infinit", "--1", "1e5.0", "1_0" };
    double x = 42;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(sdx_parse_f64(bad[i], strlen(bad[i]), &x));
    assert_true(x == 42);
}

static void prints_shortest(void **state)
{
    (void)state;
    static const struct {
        double x;
        const char *want;
    } at[] = {
        { 0, "0" },
        { -0.0, "-0" },
        { 1, "1" },
        { -1.5, "-1.5" },
        { 0.1, "0.1" },
        { 100, "100" },
        { 1e-4, "0.0001" },
        { 1e-5, "1e-05" },
        { 1.5e-7, "1.5e-07" },
        { 1e15, "1000000000000000" },
        { 1e16, "1e+16" },
        { 1.25e100, "1.25e+100" },
        { 5e-324, "5e-324" },
        { DBL_MAX, "1.7976931348623157e+308" },
        { 1.0 / 3, "0.3333333333333333" },
        { 0.1 + 0.2, "0.30000000000000004" },
        { 123456.789, "123456.789" },
        { 9007199254740993.0, "9007199254740992" },
        { INFINITY, "inf" },
        { -INFINITY, "-inf" },
        { NAN, "nan" },
        { -NAN, "nan" },
        { 2.2250738585072014e-308, "2.2250738585072014e-308" },
    };
    char to[SDX_NUMBER_SIZE];
    for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
        assert_int_equal(sdx_print_f64(to, at[i].x), strlen(at[i].want));
        assert_string_equal(to, at[i].want);
    }
    sdx_print_f32(to, 0.1f);
    assert_string_equal(to, "0.1");
    sdx_print_f32(to, FLT_MAX);
    assert_string_equal(to, "3.4028235e+38");
    sdx_print_f32(to, 1e-45f);
    assert_string_equal(to, "1e-45");
    sdx_print_f32(to, 16777216.0f);
    assert_string_equal(to, "16777216");
}

static void prints_what_reads_back(void **state)
{
    (void)state;
    uint64_t seed = 1234567;
    for (int turn = 0; turn < 20000; turn++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        char to[SDX_NUMBER_SIZE];
        double x, back;
        float f, back_f;
        const uint32_t half = (uint32_t)(seed >> 32);
        memcpy(&x, &seed, sizeof x);
        memcpy(&f, &half, sizeof f);
        if (isfinite(x)) {
            assert_true(sdx_parse_f64(to, sdx_print_f64(to, x), &back));
            assert_memory_equal(&back, &x, sizeof x);
        }
        if (isfinite(f)) {
            assert_true(sdx_parse_f32(to, sdx_print_f32(to, f), &back_f));
            assert_memory_equal(&back_f, &f, sizeof f);
        }
    }
}

static void errors_say_it_once(void **state)
{
    (void)state;
    sdx_error e = { 0 };
    assert_int_equal(sdx_error_set(&e, SDX_E_SHAPE, "axis=%d, but X has rank %d", 5, 4),
                     SDX_E_SHAPE);
    assert_string_equal(e.fact, "axis=5, but X has rank 4");
    sdx_error_place(&e, "node '%s'", "inner");
    sdx_error_place(&e, "node '%s'", "outer");
    assert_string_equal(e.place, "node 'inner'");
    sdx_error_prefix(&e, "%s: ", "net.onnx");
    assert_string_equal(e.place, "net.onnx: node 'inner'");
    sdx_error_hint(&e, "axis may be %s", "-4 to 3");
    sdx_error_rule(&e, "axis-range");
    assert_string_equal(e.hint, "axis may be -4 to 3");
    assert_string_equal(e.rule, "axis-range");
    /* the next error starts afresh */
    sdx_error_set(&e, SDX_E_IO, "gone");
    assert_string_equal(e.place, "");
    assert_string_equal(e.hint, "");
    assert_string_equal(e.rule, "");
    assert_int_equal(sdx_error_memory(&e, 12), SDX_E_MEMORY);
    sdx_error_clear(&e);
    assert_int_equal(e.status, SDX_OK);
    assert_string_equal(e.fact, "");
    /* NULL is an error that nobody wants to read */
    assert_int_equal(sdx_error_set(NULL, SDX_E_VALUE, "x"), SDX_E_VALUE);
    sdx_error_place(NULL, "x");
    sdx_error_prefix(NULL, "x");
    sdx_error_rule(NULL, "x");
    sdx_error_hint(NULL, "x");
    sdx_error_clear(NULL);
}

static void errors_are_cut(void **state)
{
    (void)state;
    char longer[2000];
    for (size_t i = 0; i + 2 < sizeof longer; i += 2)
        memcpy(longer + i, "\xc3\xa4", 2);
    longer[1998] = 0;
    sdx_error e = { 0 };
    sdx_error_set(&e, SDX_E_VALUE, "%s", longer);
    sdx_error_place(&e, "x%s", longer);
    sdx_error_prefix(&e, "yz%s", longer);
    sdx_error_hint(&e, "%s", longer);
    assert_true(is_utf8(e.fact) && is_utf8(e.place) && is_utf8(e.hint));
    assert_true(strlen(e.fact) > sizeof e.fact - 6);
    assert_string_equal(e.fact + strlen(e.fact) - 3, "\xe2\x80\xa6");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formats_are_cut_between_characters),
        cmocka_unit_test(utf8),
        cmocka_unit_test(escapes),
        cmocka_unit_test(words),
        cmocka_unit_test(integers),
        cmocka_unit_test(reals_are_rounded_once),
        cmocka_unit_test(reals_at_random),
        cmocka_unit_test(what_is_no_real),
        cmocka_unit_test(prints_shortest),
        cmocka_unit_test(prints_what_reads_back),
        cmocka_unit_test(errors_say_it_once),
        cmocka_unit_test(errors_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
