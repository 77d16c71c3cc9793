/* ops/common/number_text.c - numbers as decimal text and back, in no locale. */
#include "common/number_text.h"
#include <math.h>
#include <stdio.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The text `word`, which is in small letters, at the head of s. */
static bool is_word(sdx_string s, const char *word)
{
    size_t i = 0;
    for (; i < s.length && word[i]; i++)
        if ((s.text[i] | 0x20) != word[i])
            return false;
    return i == s.length && !word[i];
}

static sdx_string trim(sdx_string s)
{
    while (s.length > 0 && is_blank(s.text[0])) {
        s.text++;
        s.length--;
    }
    while (s.length > 0 && is_blank(s.text[s.length - 1]))
        s.length--;
    return s;
}

static bool take_sign(sdx_string *s)
{
    bool minus = s->length > 0 && s->text[0] == '-';
    if (minus || (s->length > 0 && s->text[0] == '+')) {
        s->text++;
        s->length--;
    }
    return minus;
}

/* digits * 10^exponent.  In the wider type the digits are exact, and one rounding more is hardly
 * ever seen. */
static double scaled(uint64_t digits, int64_t exponent)
{
    long double power = 1, ten = 10;
    uint64_t n = (uint64_t)(exponent < 0 ? -exponent : exponent);
    if (digits == 0 || exponent < -400)
        return 0;
    if (exponent > 400)
        return INFINITY;
    for (; n > 0; n >>= 1, ten *= ten)
        if (n & 1)
            power *= ten;
    return (double)(exponent < 0 ? (long double)digits / power : (long double)digits * power);
}

bool sdx_text_f64(sdx_string s, double *value)
{
    s = trim(s);
    bool minus = take_sign(&s);
    uint64_t digits = 0;
    int64_t exponent = 0, written = 0;
    size_t i = 0, seen = 0;
    *value = NAN;
    if (is_word(s, "nan"))
        return true;
    *value = minus ? -INFINITY : INFINITY;
    if (is_word(s, "inf") || is_word(s, "infinity"))
        return true;
    for (bool fraction = false;
         i < s.length && (is_digit(s.text[i]) || (!fraction && s.text[i] == '.')); i++) {
        if (s.text[i] == '.') {
            fraction = true;
            continue;
        }
        seen++;
        if (digits < UINT64_MAX / 10 - 9) {
            digits = digits * 10 + (uint64_t)(s.text[i] - '0');
            exponent -= fraction;
        } else {
            exponent += !fraction;
        }
    }
    if (seen == 0)
        return false;
    if (i < s.length && (s.text[i] | 0x20) == 'e') {
        sdx_string rest = { s.text + i + 1, s.length - i - 1 };
        bool down = take_sign(&rest);
        if (rest.length == 0)
            return false;
        for (size_t k = 0; k < rest.length; k++) {
            if (!is_digit(rest.text[k]))
                return false;
            written = written < 100000 ? written * 10 + (rest.text[k] - '0') : written;
        }
        exponent += down ? -written : written;
        i = s.length;
    }
    if (i != s.length)
        return false;
    *value = scaled(digits, exponent);
    *value = minus ? -*value : *value;
    return true;
}

/* Whole digits alone. */
static bool magnitude(sdx_string s, uint64_t *value)
{
    *value = 0;
    for (size_t i = 0; i < s.length; i++) {
        uint64_t digit = (uint64_t)(s.text[i] - '0');
        if (!is_digit(s.text[i]) || *value > (UINT64_MAX - digit) / 10)
            return false;
        *value = *value * 10 + digit;
    }
    return s.length > 0;
}

bool sdx_text_u64(sdx_string s, uint64_t *value)
{
    s = trim(s);
    return !take_sign(&s) && magnitude(s, value);
}

bool sdx_text_i64(sdx_string s, int64_t *value)
{
    uint64_t v;
    s = trim(s);
    bool minus = take_sign(&s);
    if (!magnitude(s, &v) || v > (uint64_t)INT64_MAX + minus)
        return false;
    *value = (int64_t)(minus ? 0 - v : v);
    return true;
}

/* ---- writing ---- */

/* Digits that tell any two numbers of the type apart. */
static int digits_of(sdx_dtype d)
{
    int bits = sdx_dtype_bits(d);
    return bits >= 64 ? 17 : bits == 32 ? 9 : d == SDX_BF16 ? 4 : bits == 16 ? 5 : 3;
}

/* The value as the type holds it. */
static double narrowed(double v, sdx_dtype d)
{
    double word[2] = { 0 }, back;
    int64_t one = 1;
    sdx_tensor t = { d, SDX_PLAIN, { 1, &one }, word };
    sdx_store_f64(&t, 0, 1, 1, &v);
    sdx_load_f64(&back, &t, 0, 1, 1);
    return back;
}

/* Decimal digits d.ddd and their exponent, as few as tell the number; returns how many. */
static int shortest(double v, sdx_dtype d, char digit[20], int *exponent)
{
    int most = digits_of(d), n = 0;
    for (int want = 1; want <= most; want++) {
        char text[SDX_NUMBER_TEXT];
        int length = snprintf(text, sizeof text, "%.*e", want - 1, v);
        bool minus = false;
        n = *exponent = 0;
        for (int i = 0; i < length && text[i] != 'e'; i++)
            if (is_digit(text[i])) /* the locale's point is passed over */
                digit[n++] = text[i];
        int i = 0;
        while (text[i] != 'e')
            i++;
        for (i++; i < length; i++) {
            minus = minus || text[i] == '-';
            if (is_digit(text[i]))
                *exponent = *exponent * 10 + (text[i] - '0');
        }
        *exponent = minus ? -*exponent : *exponent;
        uint64_t whole = 0;
        for (int k = 0; k < n; k++)
            whole = whole * 10 + (uint64_t)(digit[k] - '0');
        if (want == most || narrowed(scaled(whole, *exponent - n + 1), d) == v)
            break;
    }
    return n;
}

size_t sdx_f64_text(char to[SDX_NUMBER_TEXT], double value, sdx_dtype d)
{
    char digit[20];
    int exponent, n;
    size_t at = 0;
    if (isnan(value))
        return (size_t)snprintf(to, SDX_NUMBER_TEXT, "nan");
    if (isinf(value))
        return (size_t)snprintf(to, SDX_NUMBER_TEXT, value < 0 ? "-inf" : "inf");
    if (signbit(value))
        to[at++] = '-';
    n = shortest(fabs(value), d, digit, &exponent);
    bool plain = value == 0 || (exponent >= -4 && exponent < 16);
    int point = plain ? exponent + 1 : 1; /* digits before it */
    if (point <= 0)
        to[at++] = '0';
    for (int i = 0; i < point; i++)
        to[at++] = i < n ? digit[i] : '0';
    if (plain || n > 1)
        to[at++] = '.';
    for (int i = point; i < 0; i++)
        to[at++] = '0';
    for (int i = point > 0 ? point : 0; i < n; i++)
        to[at++] = digit[i];
    if (plain && n <= point)
        to[at++] = '0';
    if (!plain)
        at += (size_t)snprintf(to + at, SDX_NUMBER_TEXT - at, "e%+03d", exponent);
    to[at] = '\0';
    return at;
}
