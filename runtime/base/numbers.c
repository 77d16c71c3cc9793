/* base/numbers.c - numbers from text and to text, exact and in no locale.
 *
 * Most decimals are a product or quotient of two numbers that a double holds exactly.  The rest is
 * divided out in large integers, 64 bits of quotient and whether anything is left: slow (some
 * microseconds), short, and exact for every length of text. */
#include "base/text.h"

#include <math.h>
#include <string.h>

static bool parse_digits(const char *text, size_t length, uint64_t *out)
{
    uint64_t n = 0;
    for (size_t i = 0; i < length; i++) {
        if (!sdx_is_digit(text[i]) || __builtin_mul_overflow(n, 10u, &n) ||
            __builtin_add_overflow(n, (unsigned)(text[i] - '0'), &n))
            return false;
    }
    *out = n;
    return length > 0;
}

bool sdx_parse_u64(const char *text, size_t length, uint64_t *out)
{
    return parse_digits(text, length, out);
}

bool sdx_parse_i64(const char *text, size_t length, int64_t *out)
{
    const bool negative = length && text[0] == '-';
    const size_t sign = negative || (length && text[0] == '+');
    uint64_t n;
    if (!parse_digits(text + sign, length - sign, &n) || n > (uint64_t)INT64_MAX + negative)
        return false;
    *out = negative ? (int64_t)(0 - n) : (int64_t)n;
    return true;
}

/* A non-negative integer, lowest limb first; no zero limbs on top. */
enum { LIMBS = 160 };
typedef struct large {
    uint32_t limb[LIMBS];
    int count;
} large;

/* n = n * by + plus.  Callers keep n below 32 * LIMBS bits. */
static void multiply_add(large *n, uint32_t by, uint32_t plus)
{
    uint64_t carry = plus;
    for (int i = 0; i < n->count; i++) {
        carry += (uint64_t)n->limb[i] * by;
        n->limb[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry)
        n->limb[n->count++] = (uint32_t)carry;
}

static int bits_in(const large *n)
{
    return n->count ? 32 * n->count - __builtin_clz(n->limb[n->count - 1]) : 0;
}

static void shift_left(large *n, int by)
{
    const int limbs = by / 32, bits = by % 32;
    if (!n->count)
        return;
    n->limb[n->count] = 0;
    for (int i = n->count; i >= 0; i--) {
        uint64_t both = (uint64_t)n->limb[i] << 32 | (i ? n->limb[i - 1] : 0);
        n->limb[i + limbs] = (uint32_t)(both << bits >> 32);
    }
    memset(n->limb, 0, (size_t)limbs * sizeof *n->limb);
    n->count += limbs + 1;
    if (!n->limb[n->count - 1])
        n->count--;
}

static int compare(const large *a, const large *b)
{
    if (a->count != b->count)
        return a->count < b->count ? -1 : 1;
    for (int i = a->count - 1; i >= 0; i--)
        if (a->limb[i] != b->limb[i])
            return a->limb[i] < b->limb[i] ? -1 : 1;
    return 0;
}

/* a -= b, which is not larger. */
static void subtract(large *a, const large *b)
{
    int64_t borrow = 0;
    for (int i = 0; i < a->count; i++) {
        borrow += (int64_t)a->limb[i] - (i < b->count ? b->limb[i] : 0);
        a->limb[i] = (uint32_t)borrow;
        borrow >>= 32;
    }
    while (a->count && !a->limb[a->count - 1])
        a->count--;
}

/* digits * 10^exponent; digits beyond MOST_DIGITS only count as "something more": no number half
 * way between two doubles has more than 768. */
enum { MOST_DIGITS = 800 };
typedef struct decimal {
    char digit[MOST_DIGITS + 1];
    int count;
    int64_t exponent;
} decimal;

/* What a format can hold: digits of its mantissa, exponent of its least bit. */
typedef struct precision {
    int digits, least;
} precision;

/* digits * 2^exponent (+ something if `more`), rounded once. */
static double round_to(uint64_t digits, int exponent, bool more, precision p)
{
    int up = __builtin_clzll(digits);
    digits <<= up;
    exponent -= up;
    int last = exponent + 64 - p.digits; /* exponent of the last bit that is kept */
    if (last < p.least)
        last = p.least;
    const int shift = last - exponent;
    if (shift > 64)
        return 0;
    uint64_t kept = shift == 64 ? 0 : digits >> shift;
    const uint64_t half = UINT64_C(1) << (shift - 1), rest = digits & (half - 1);
    if (digits & half && (rest || more || kept & 1))
        kept++;
    return ldexp((double)kept, last);
}

static double divide_out(const decimal *d, precision p)
{
    large over = { .count = 0 }, under = { .limb = { 1 }, .count = 1 };
    for (int i = 0; i < d->count; i++)
        multiply_add(&over, 10, (uint32_t)(d->digit[i] - '0'));
    for (int64_t e = d->exponent; e > 0; e--)
        multiply_add(&over, 10, 0);
    for (int64_t e = d->exponent; e < 0; e++)
        multiply_add(&under, 10, 0);
    const int lift = bits_in(&under) - bits_in(&over);
    shift_left(lift > 0 ? &over : &under, lift > 0 ? lift : -lift);
    uint64_t quotient = 0; /* over / under is between 1/2 and 2 */
    for (int i = 0; i < 64; i++) {
        quotient <<= 1;
        if (compare(&over, &under) >= 0) {
            subtract(&over, &under);
            quotient |= 1;
        }
        shift_left(&over, 1);
    }
    return round_to(quotient, -63 - lift, over.count > 0, p);
}

static const double tens[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                               1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                               1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };

static double value_of(const decimal *d, precision p)
{
    if (!d->count || d->count + d->exponent < -330)
        return 0;
    if (d->count + d->exponent > 310)
        return INFINITY;
    if (p.digits == 53 && d->count <= 15 && d->exponent >= -22 && d->exponent <= 22) {
        double n = 0; /* exact, so one operation rounds once */
        for (int i = 0; i < d->count; i++)
            n = n * 10 + (d->digit[i] - '0');
        return d->exponent < 0 ? n / tens[-d->exponent] : n * tens[d->exponent];
    }
    return divide_out(d, p);
}

/* Takes up digits; those before the point (if before) raise the exponent where they are left out.
 */
static size_t take_digits(decimal *d, const char *text, size_t length, bool before, bool *more)
{
    size_t i = 0;
    for (; i < length && sdx_is_digit(text[i]); i++) {
        const bool kept = d->count < MOST_DIGITS && (d->count || text[i] != '0');
        if (kept)
            d->digit[d->count++] = text[i];
        else
            *more |= text[i] != '0' && d->count;
        if (before && !kept && d->count)
            d->exponent++;
        if (!before && (kept || !d->count))
            d->exponent--;
    }
    return i;
}

/* [e [+-] digits] to the end.  Exponents beyond a billion are as good as a billion. */
static bool take_exponent(decimal *d, const char *text, size_t length)
{
    const int64_t enough = 1000000000;
    size_t i = 1;
    int64_t e = 0;
    if (!length)
        return true;
    if (sdx_lower(text[0]) != 'e')
        return false;
    bool negative = i < length && text[i] == '-';
    i += negative || (i < length && text[i] == '+');
    if (i == length)
        return false;
    for (; i < length; i++) {
        if (!sdx_is_digit(text[i]))
            return false;
        e = e * 10 + (text[i] - '0');
        if (e > enough)
            e = enough;
    }
    d->exponent += negative ? -e : e;
    return true;
}

static bool parse(const char *text, size_t length, precision p, double *out)
{
    decimal d;
    bool more = false, negative = length && text[0] == '-';
    size_t i = negative || (length && text[0] == '+');
    double x;
    if (sdx_same_word(text + i, length - i, "inf") ||
        sdx_same_word(text + i, length - i, "infinity")) {
        x = INFINITY;
    } else if (sdx_same_word(text + i, length - i, "nan")) {
        x = NAN;
    } else {
        d.count = 0;
        d.exponent = 0;
        size_t before = take_digits(&d, text + i, length - i, true, &more), after = 0;
        i += before;
        if (i < length && text[i] == '.') {
            i++;
            after = take_digits(&d, text + i, length - i, false, &more);
            i += after;
        }
        if (!before && !after)
            return false;
        if (!take_exponent(&d, text + i, length - i))
            return false;
        if (more) {
            d.digit[d.count++] = '1';
            d.exponent--;
        }
        x = value_of(&d, p);
    }
    *out = negative ? -x : x;
    return true;
}

bool sdx_parse_f64(const char *text, size_t length, double *out)
{
    return parse(text, length, (precision){ 53, -1074 }, out);
}

bool sdx_parse_f32(const char *text, size_t length, float *out)
{
    double x; /* rounded to what a float holds: the conversion is exact, or infinity */
    if (!parse(text, length, (precision){ 24, -149 }, &x))
        return false;
    *out = (float)x;
    return true;
}

/* x > 0 as over / under * 10^exponent, with 1 <= over / under < 10. */
static int split(double x, large *over, large *under)
{
    int binary, exponent;
    const uint64_t digits = (uint64_t)ldexp(frexp(x, &binary),
                                            53); /* x = digits * 2^(binary - 53) */
    *over = (large){ .limb = { (uint32_t)digits, (uint32_t)(digits >> 32) }, .count = 2 };
    *under = (large){ .limb = { 1 }, .count = 1 };
    shift_left(binary > 53 ? over : under, binary > 53 ? binary - 53 : 53 - binary);
    exponent = (int)floor(binary * 0.30102999566398120) -
               1; /* or one or two less than it should be */
    for (int i = exponent; i < 0; i++)
        multiply_add(over, 10, 0);
    for (int i = 0; i < exponent; i++)
        multiply_add(under, 10, 0);
    for (;; exponent++) {
        large ten = *under;
        multiply_add(&ten, 10, 0);
        if (compare(over, &ten) < 0)
            return exponent;
        *under = ten;
    }
}

/* count significant digits of x > 0, rounded once, ties to even; returns the exponent of the first.
 */
static int digits_of(double x, int count, char digit[20])
{
    large over, under;
    int exponent = split(x, &over, &under), last = count - 1;
    for (int i = 0; i < count; i++, multiply_add(&over, 10, 0))
        for (digit[i] = '0'; compare(&over, &under) >= 0; digit[i]++)
            subtract(&over, &under);
    multiply_add(&under, 5, 0); /* half a step, as the rest has been multiplied by ten */
    const int rest = compare(&over, &under);
    if (rest < 0 || (rest == 0 && (digit[last] - '0') % 2 == 0))
        return exponent;
    while (last >= 0 && digit[last] == '9')
        digit[last--] = '0';
    if (last >= 0) {
        digit[last]++;
        return exponent;
    }
    digit[0] = '1'; /* 99.9 is now 100. */
    return exponent + 1;
}

/* Writes count digits, the first worth 10^exponent: plain from 1e-4 up to 1e16, else as 1.5e-07. */
static size_t write_digits(char to[SDX_NUMBER_SIZE], bool negative, const char *digit, int count,
                           int exponent)
{
    size_t at = 0;
    if (negative)
        to[at++] = '-';
    const bool plain = exponent >= -4 && exponent < 16;
    const int point = !plain ? 1 : exponent + 1; /* digits before it */
    if (point <= 0)
        to[at++] = '0';
    for (int i = 0; i < point; i++)
        to[at++] = i < count ? digit[i] : '0';
    if (count > point)
        to[at++] = '.';
    for (int i = point; i < 0; i++)
        to[at++] = '0';
    for (int i = point > 0 ? point : 0; i < count; i++)
        to[at++] = digit[i];
    to[at] = 0;
    if (!plain)
        at += sdx_format(to + at, SDX_NUMBER_SIZE - at, "e%c%02d", exponent < 0 ? '-' : '+',
                         exponent < 0 ? -exponent : exponent);
    return at;
}

/* Writes x with as few digits as read back as x.  Any decimal of at most `safe` digits survives
 * the format, so for normal numbers the search starts there, and zeros at the end are dropped. */
static size_t print(char to[SDX_NUMBER_SIZE], double x, bool normal, int safe,
                    bool (*same)(const char *text, size_t length, double x))
{
    if (isnan(x))
        return sdx_format(to, SDX_NUMBER_SIZE, "nan");
    if (isinf(x))
        return sdx_format(to, SDX_NUMBER_SIZE, x < 0 ? "-inf" : "inf");
    const bool negative = signbit(x);
    if (x == 0)
        return sdx_format(to, SDX_NUMBER_SIZE, negative ? "-0" : "0");
    for (int count = normal ? safe : 1;; count++) {
        char digit[20];
        int exponent = digits_of(fabs(x), count, digit), kept = count;
        while (kept > 1 && digit[kept - 1] == '0')
            kept--;
        size_t length = write_digits(to, negative, digit, kept, exponent);
        if (count >= 17 || same(to, length, x))
            return length;
    }
}

static bool same_f64(const char *text, size_t length, double x)
{
    double back;
    return sdx_parse_f64(text, length, &back) && back == x;
}

static bool same_f32(const char *text, size_t length, double x)
{
    float back;
    return sdx_parse_f32(text, length, &back) && (double)back == x;
}

size_t sdx_print_f64(char to[SDX_NUMBER_SIZE], double x)
{
    return print(to, x, fabs(x) >= 0x1p-1022, 15, same_f64);
}

size_t sdx_print_f32(char to[SDX_NUMBER_SIZE], float x)
{
    return print(to, (double)x, fabsf(x) >= 0x1p-126f, 6, same_f32);
}
