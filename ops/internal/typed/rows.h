/* ops/internal/typed/rows.h - the loops in plain C, for an ISA whose compiler makes vectors of
 * them.
 *
 * Every element is read before its result is stored, and y begins where a or b does or apart from
 * them: that is what IN_PLACE tells the compiler. */
#include "internal/typed/kernels.h"
#include <math.h>
#include <string.h>

#ifdef __clang__
#define IN_PLACE /* it looks, and takes them one by one where they are in place */
#else
#define IN_PLACE _Pragma("GCC ivdep")
#endif

#define ROW2(name, out, type, expression)                                                \
    static __attribute__((noinline)) void name(void *y_, const void *a_, const void *b_) \
    {                                                                                    \
        out *y = y_;                                                                     \
        const type *a = a_, *b = b_;                                                     \
        IN_PLACE                                                                         \
        for (int i = 0; i < SDX_TYPED_BLOCK; i++) {                                      \
            const type x = a[i], z = b[i];                                               \
            y[i] = (out)(expression);                                                    \
        }                                                                                \
    }
#define ROW1(name, type, out, expression)                                                \
    static __attribute__((noinline)) void name(void *y_, const void *a_, const void *b_) \
    {                                                                                    \
        out *y = y_;                                                                     \
        const type *a = a_;                                                              \
        (void)b_;                                                                        \
        IN_PLACE                                                                         \
        for (int i = 0; i < SDX_TYPED_BLOCK; i++) {                                      \
            const type x = a[i];                                                         \
            y[i] = (out)(expression);                                                    \
        }                                                                                \
    }
/* The same with its operands exchanged. */
#define TURNED(name, row)                                   \
    static void name(void *y, const void *a, const void *b) \
    {                                                       \
        row(y, b, a);                                       \
    }

/* Unsigned: what overflows wraps. */
ROW2(add_f64, double, double, x + z)
ROW2(add_i32, uint32_t, uint32_t, x + z)
ROW2(add_i64, uint64_t, uint64_t, x + z)
ROW2(add_u8, uint8_t, uint8_t, x + z)
ROW2(sub_f64, double, double, x - z)
ROW2(sub_i32, uint32_t, uint32_t, x - z)
ROW2(sub_i64, uint64_t, uint64_t, x - z)
ROW2(mul_f64, double, double, x *z)
ROW2(mul_i32, uint32_t, uint32_t, x *z)
ROW2(mul_i64, uint64_t, uint64_t, x *z)
ROW2(mul_u8, uint8_t, uint8_t, x *z)
ROW2(div_f64, double, double, x / z)
ROW2(div_i32, int32_t, int32_t, z == 0 ? 0.0 : z == -1 ? -(double)x : (double)x / (double)z)
ROW2(min_i32, int32_t, int32_t, x < z ? x : z)
ROW2(min_i64, int64_t, int64_t, x < z ? x : z)
ROW2(max_i32, int32_t, int32_t, x > z ? x : z)
ROW2(max_i64, int64_t, int64_t, x > z ? x : z)
ROW1(neg_i32, uint32_t, uint32_t, 0 - x)
ROW1(neg_i64, uint64_t, uint64_t, 0 - x)
ROW1(abs_i64, int64_t, int64_t, x < 0 ? 0 - (uint64_t)x : (uint64_t)x)
ROW1(sign_i64, int64_t, int64_t, (x > 0) - (x < 0))

ROW2(equal_f32, uint8_t, float, x == z)
ROW2(equal_i32, uint8_t, int32_t, x == z)
ROW2(equal_i64, uint8_t, int64_t, x == z)
ROW2(equal_u8, uint8_t, uint8_t, x == z)
ROW2(equal_bool, uint8_t, uint8_t, !x == !z)
ROW2(less_f32, uint8_t, float, x < z)
ROW2(less_i32, uint8_t, int32_t, x < z)
ROW2(less_i64, uint8_t, int64_t, x < z)
ROW2(less_equal_f32, uint8_t, float, x <= z)
ROW2(less_equal_i32, uint8_t, int32_t, x <= z)
ROW2(less_equal_i64, uint8_t, int64_t, x <= z)
TURNED(greater_f32, less_f32)
TURNED(greater_i32, less_i32)
TURNED(greater_i64, less_i64)
TURNED(greater_equal_f32, less_equal_f32)
TURNED(greater_equal_i32, less_equal_i32)
TURNED(greater_equal_i64, less_equal_i64)

ROW2(all_bool, uint8_t, uint8_t, (x != 0) & (z != 0))
ROW2(any_bool, uint8_t, uint8_t, (x | z) != 0)
ROW2(odd_bool, uint8_t, uint8_t, !x != !z)
ROW1(none_bool, uint8_t, uint8_t, x == 0)
ROW1(nan_f32, float, uint8_t, x != x)
ROW2(bits_and, uint64_t, uint64_t, x &z)
ROW2(bits_or, uint64_t, uint64_t, x | z)
ROW2(bits_xor, uint64_t, uint64_t, x ^ z)
ROW1(bits_not, uint64_t, uint64_t, ~x)
ROW2(words_and, uint32_t, uint32_t, x &z)
ROW2(words_or, uint32_t, uint32_t, x | z)
ROW2(words_xor, uint32_t, uint32_t, x ^ z)
ROW1(words_not, uint32_t, uint32_t, ~x)
ROW2(bytes_and, uint8_t, uint8_t, x &z)
ROW2(bytes_or, uint8_t, uint8_t, x | z)
ROW2(bytes_xor, uint8_t, uint8_t, x ^ z)
ROW1(bytes_not, uint8_t, uint8_t, ~x)

/* ---- conversions ---- */

ROW1(f32_to_f64, float, double, x)
ROW1(f32_to_bool, float, uint8_t, x != 0)
ROW1(f64_to_f32, double, float, x)
/* Halves round to even; a NaN stays one. */
static inline uint32_t bits_of(float x)
{
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    return u;
}
ROW1(bf16_to_f32, uint16_t, uint32_t, (uint32_t)x << 16)
ROW1(f32_to_bf16, float, uint16_t,
     (x == x ? bits_of(x) + 0x7fff + (bits_of(x) >> 16 & 1) : bits_of(x) | 0x400000) >> 16)
ROW1(i32_to_f32, int32_t, float, x)
ROW1(i32_to_f64, int32_t, double, x)
ROW1(i32_to_i64, int32_t, int64_t, x)
ROW1(i32_to_bool, int32_t, uint8_t, x != 0)
ROW1(i64_to_f32, int64_t, float, x)
ROW1(i64_to_f64, int64_t, double, x)
ROW1(i64_to_i32, int64_t, int32_t, x)
ROW1(i64_to_bool, int64_t, uint8_t, x != 0)
ROW1(u8_to_f32, uint8_t, float, x)
ROW1(u8_to_i32, uint8_t, int32_t, x)
ROW1(u8_to_i64, uint8_t, int64_t, x)
ROW1(bool_to_f32, uint8_t, float, x != 0)
ROW1(bool_to_i32, uint8_t, int32_t, x != 0)
ROW1(bool_to_i64, uint8_t, int64_t, x != 0)

/* Floats to integers go by way of 32 bits where a block of them has nothing larger, else one by
 * one:  towards zero, what does not fit becomes the nearest of 64 bits that does, NaN 0, and what
 * is narrower keeps the low bits. */
static __attribute__((noinline)) uint64_t to_bits(double x, bool is_signed)
{
    if (!is_signed && x >= 0x1p63)
        return x >= 0x1p64 ? UINT64_MAX : (uint64_t)x;
    return x >= 0x1p63 ? INT64_MAX : (uint64_t)(x >= -0x1p63 ? (int64_t)x : x < 0 ? INT64_MIN : 0);
}

#define TO_INTEGERS(name, from, to, is_signed)                       \
    static void name(void *y_, const void *x_, const void *b)        \
    {                                                                \
        to *restrict y = y_;                                         \
        const from *restrict x = x_;                                 \
        int large = 0;                                               \
        (void)b;                                                     \
        for (int i = 0; i < SDX_TYPED_BLOCK; i++)                    \
            large |= !(x[i] > (from)-0x1p31 && x[i] < (from)0x1p31); \
        if (large)                                                   \
            for (int i = 0; i < SDX_TYPED_BLOCK; i++)                \
                y[i] = (to)to_bits((double)x[i], is_signed);         \
        else                                                         \
            for (int i = 0; i < SDX_TYPED_BLOCK; i++)                \
                y[i] = (to)(int32_t)x[i];                            \
    }
TO_INTEGERS(f32_to_i32, float, int32_t, true)
TO_INTEGERS(f32_to_i64, float, int64_t, true)
TO_INTEGERS(f32_to_u8, float, uint8_t, false)
TO_INTEGERS(f64_to_i32, double, int32_t, true)
TO_INTEGERS(f64_to_i64, double, int64_t, true)

static void fill_kernels(typed_kernels *k)
{
#define OF(formula, kind, row) k->formula.of[SDX_KIND_##kind] = row
#define ORDERED(formula)                                              \
    OF(formula, F32, formula##_f32), OF(formula, I32, formula##_i32), \
        OF(formula, I64, formula##_i64)
#define BITS(formula)                                                                \
    OF(bit_##formula, I32, words_##formula), OF(bit_##formula, I64, bits_##formula), \
        OF(bit_##formula, U8, bytes_##formula)
#define TO(from, to, row) k->cast[SDX_KIND_##from][SDX_KIND_##to] = row
    OF(add, F64, add_f64), OF(add, I32, add_i32), OF(add, I64, add_i64), OF(add, U8, add_u8);
    OF(sub, F64, sub_f64), OF(sub, I32, sub_i32), OF(sub, I64, sub_i64);
    OF(mul, F64, mul_f64), OF(mul, I32, mul_i32), OF(mul, I64, mul_i64), OF(mul, U8, mul_u8);
    OF(div, F64, div_f64), OF(div, I32, div_i32);
    OF(min, I32, min_i32), OF(min, I64, min_i64);
    OF(max, I32, max_i32), OF(max, I64, max_i64);
    OF(neg, I32, neg_i32), OF(neg, I64, neg_i64);
    OF(abs, I64, abs_i64), OF(sign, I64, sign_i64);
    ORDERED(equal), OF(equal, U8, equal_u8), OF(equal, BOOL, equal_bool);
    ORDERED(less), ORDERED(less_equal), ORDERED(greater), ORDERED(greater_equal);
    OF(all, BOOL, all_bool), OF(any, BOOL, any_bool), OF(odd, BOOL, odd_bool);
    OF(none, BOOL, none_bool), OF(nan, F32, nan_f32);
    BITS(and), BITS(or), BITS(xor), BITS(not );
    TO(F32, F64, f32_to_f64), TO(F32, I32, f32_to_i32), TO(F32, I64, f32_to_i64);
    TO(F32, U8, f32_to_u8), TO(F32, BOOL, f32_to_bool);
    TO(F64, F32, f64_to_f32), TO(F64, I32, f64_to_i32), TO(F64, I64, f64_to_i64);
    TO(BF16, F32, bf16_to_f32), TO(F32, BF16, f32_to_bf16);
    TO(I32, F32, i32_to_f32), TO(I32, F64, i32_to_f64), TO(I32, I64, i32_to_i64);
    TO(I32, BOOL, i32_to_bool);
    TO(I64, F32, i64_to_f32), TO(I64, F64, i64_to_f64), TO(I64, I32, i64_to_i32);
    TO(I64, BOOL, i64_to_bool);
    TO(U8, F32, u8_to_f32), TO(U8, I32, u8_to_i32), TO(U8, I64, u8_to_i64);
    TO(BOOL, F32, bool_to_f32), TO(BOOL, I32, bool_to_i32), TO(BOOL, I64, bool_to_i64);
}
