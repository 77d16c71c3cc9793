/* base/convert.c - runs of elements, widened and narrowed.
 *
 * A row per element type says how its elements become the widest type of their class (double, a
 * 64-bit word, a pair of doubles) and come back; what else is asked for is a second step from
 * there, in place, since double and word are of one size.  So 28 types and four widths need 28
 * rows, not 112 loops. */
#include "base/bits.h"
#include "base/floats.h"
#include "sdx/value.h"

#include <math.h>
#include <string.h>

/* A run of elements: n of them from `first` on, `step` apart, in memory of any alignment. */
typedef struct run {
    unsigned char *data;
    int64_t first, step, n;
    const sdx_float *format; /* of small floats */
    unsigned bits;
    bool saturate;
    sdx_rounding rounding;
} run;

typedef union word {
    double f;
    int64_t i;
    uint64_t u;
} word;

/* What a dtype can do: elements to words of its class, and back. */
typedef void loader(word *to, const run *r);
typedef void storer(const run *r, const word *from);

/* A loop over the elements p of a run; the contiguous case is one that the compiler can unroll. */
#define EACH(type, body)                                                               \
    do {                                                                               \
        unsigned char *base = r->data + (ptrdiff_t)(r->first * (int64_t)sizeof(type)); \
        const ptrdiff_t stride = (ptrdiff_t)(r->step * (int64_t)sizeof(type));         \
        if (r->step == 1) {                                                            \
            for (int64_t k = 0; k < r->n; k++) {                                       \
                unsigned char *p = base + (size_t)k * sizeof(type);                    \
                body                                                                   \
            }                                                                          \
        } else {                                                                       \
            for (int64_t k = 0; k < r->n; k++) {                                       \
                unsigned char *p = base + k * stride;                                  \
                body                                                                   \
            }                                                                          \
        }                                                                              \
    } while (0)

/* Types that C has: a load by memcpy is one instruction, at any alignment. */
#define NATIVE(name, type, wide, member)                                      \
    static void load_##name(word *to, const run *r)                           \
    {                                                                         \
        EACH(type, type v; memcpy(&v, p, sizeof v); to[k].member = (wide)v;); \
    }                                                                         \
    static void store_##name(const run *r, const word *from)                  \
    {                                                                         \
        EACH(type, type v = (type)from[k].member; memcpy(p, &v, sizeof v););  \
    }
NATIVE(f64, double, double, f)
NATIVE(f32, float, double, f)
NATIVE(i8, int8_t, int64_t, i)
NATIVE(i16, int16_t, int64_t, i)
NATIVE(i32, int32_t, int64_t, i)
NATIVE(i64, int64_t, int64_t, i)
NATIVE(u8, uint8_t, uint64_t, u)
NATIVE(u16, uint16_t, uint64_t, u)
NATIVE(u32, uint32_t, uint64_t, u)
NATIVE(u64, uint64_t, uint64_t, u)

static void load_bool(word *to, const run *r)
{
    EACH(uint8_t, to[k].u = *p != 0;);
}

static void store_bool(const run *r, const word *from)
{
    EACH(uint8_t, *p = from[k].u != 0;);
}

static void load_f16(word *to, const run *r)
{
    EACH(uint16_t, uint16_t v; memcpy(&v, p, sizeof v); to[k].f = (double)sdx_f16_load(v););
}

static void load_bf16(word *to, const run *r)
{
    EACH(uint16_t, uint16_t v; memcpy(&v, p, sizeof v); to[k].f = (double)sdx_bf16_load(v););
}

/* What a float holds goes the short way; the rest must not be rounded twice. */
static uint16_t narrow_f16(double x, const run *r)
{
    const float f = (float)x;
    return (double)f == x && r->rounding == SDX_NEAREST
               ? sdx_f16_store(f)
               : (uint16_t)sdx_float_store(r->format, x, r->saturate, r->rounding);
}

static void store_f16(const run *r, const word *from)
{
    EACH(uint16_t, uint16_t v = narrow_f16(from[k].f, r); memcpy(p, &v, sizeof v););
}

static uint16_t narrow_bf16(double x, const run *r)
{
    const float f = (float)x;
    return (double)f == x && r->rounding == SDX_NEAREST
               ? sdx_bf16_store(f)
               : (uint16_t)sdx_float_store(r->format, x, r->saturate, r->rounding);
}

static void store_bf16(const run *r, const word *from)
{
    EACH(uint16_t, uint16_t v = narrow_bf16(from[k].f, r); memcpy(p, &v, sizeof v););
}

static void load_f8(word *to, const run *r)
{
    EACH(uint8_t, to[k].f = sdx_float_load(r->format, *p););
}

static void store_f8(const run *r, const word *from)
{
    EACH(uint8_t, *p = (uint8_t)sdx_float_store(r->format, from[k].f, r->saturate, r->rounding););
}

/* Elements in a stream of bits pass through bytes, some at a time. */
enum { SOME = 256 };

static int64_t part_of(const run *r, int64_t done)
{
    return r->n - done < SOME ? r->n - done : SOME;
}

static void get_some(uint8_t *to, const run *r, int64_t done, int64_t n)
{
    sdx_bits_get_run(to, r->data, r->bits, (size_t)(r->first + done * r->step), (ptrdiff_t)r->step,
                     (size_t)n);
}

static void put_some(const run *r, int64_t done, int64_t n, const uint8_t *from)
{
    sdx_bits_put_run(r->data, r->bits, (size_t)(r->first + done * r->step), (ptrdiff_t)r->step,
                     (size_t)n, from);
}

#define NARROW(name, widen, narrow)                                        \
    static void load_##name(word *to, const run *r)                        \
    {                                                                      \
        uint8_t some[SOME];                                                \
        for (int64_t done = 0, n; (n = part_of(r, done)) > 0; done += n) { \
            get_some(some, r, done, n);                                    \
            for (int64_t k = 0; k < n; k++)                                \
                widen;                                                     \
        }                                                                  \
    }                                                                      \
    static void store_##name(const run *r, const word *from)               \
    {                                                                      \
        uint8_t some[SOME];                                                \
        for (int64_t done = 0, n; (n = part_of(r, done)) > 0; done += n) { \
            for (int64_t k = 0; k < n; k++)                                \
                some[k] = (uint8_t)(narrow);                               \
            put_some(r, done, n, some);                                    \
        }                                                                  \
    }
NARROW(narrow_float, to[done + k].f = sdx_float_load(r->format, some[k]),
       sdx_float_store(r->format, from[done + k].f, r->saturate, r->rounding))
NARROW(narrow_int, to[done + k].i = sdx_bits_signed(some[k], r->bits), from[done + k].u)
NARROW(narrow_uint, to[done + k].u = some[k], from[done + k].u)

/* Complex: words hold pairs, so that the run is twice as many parts. */
#define COMPLEX(name, type)                                                                  \
    static void load_##name(word *to, const run *r)                                          \
    {                                                                                        \
        EACH(type[2], type v[2]; memcpy(v, p, sizeof v); to[2 * k].f = (double)v[0];         \
             to[2 * k + 1].f = (double)v[1];);                                               \
    }                                                                                        \
    static void store_##name(const run *r, const word *from)                                 \
    {                                                                                        \
        EACH(type[2], type v[2]; v[0] = (type)from[2 * k].f; v[1] = (type)from[2 * k + 1].f; \
             memcpy(p, v, sizeof v););                                                       \
    }
COMPLEX(c64, float)
COMPLEX(c128, double)

/* What the words of a row mean. */
typedef enum kind { NOTHING, DOUBLE, REAL, SIGNED, UNSIGNED, TRUTH, PAIR, KINDS } kind;

static const struct row {
    loader *load;
    storer *store;
    kind kind;
} rows[SDX_DTYPE_END] = {
    [SDX_F32] = { load_f32, store_f32, REAL },
    [SDX_U8] = { load_u8, store_u8, UNSIGNED },
    [SDX_I8] = { load_i8, store_i8, SIGNED },
    [SDX_U16] = { load_u16, store_u16, UNSIGNED },
    [SDX_I16] = { load_i16, store_i16, SIGNED },
    [SDX_I32] = { load_i32, store_i32, SIGNED },
    [SDX_I64] = { load_i64, store_i64, SIGNED },
    [SDX_BOOL] = { load_bool, store_bool, TRUTH },
    [SDX_F16] = { load_f16, store_f16, REAL },
    [SDX_F64] = { load_f64, store_f64, DOUBLE },
    [SDX_U32] = { load_u32, store_u32, UNSIGNED },
    [SDX_U64] = { load_u64, store_u64, UNSIGNED },
    [SDX_C64] = { load_c64, store_c64, PAIR },
    [SDX_C128] = { load_c128, store_c128, PAIR },
    [SDX_BF16] = { load_bf16, store_bf16, REAL },
    [SDX_F8E4M3FN] = { load_f8, store_f8, REAL },
    [SDX_F8E4M3FNUZ] = { load_f8, store_f8, REAL },
    [SDX_F8E5M2] = { load_f8, store_f8, REAL },
    [SDX_F8E5M2FNUZ] = { load_f8, store_f8, REAL },
    [SDX_U4] = { load_narrow_uint, store_narrow_uint, UNSIGNED },
    [SDX_I4] = { load_narrow_int, store_narrow_int, SIGNED },
    [SDX_F4E2M1] = { load_narrow_float, store_narrow_float, REAL },
    [SDX_F8E8M0] = { load_f8, store_f8, REAL },
    [SDX_U2] = { load_narrow_uint, store_narrow_uint, UNSIGNED },
    [SDX_I2] = { load_narrow_int, store_narrow_int, SIGNED },
    [SDX_F6E2M3] = { load_narrow_float, store_narrow_float, REAL },
    [SDX_F6E3M2] = { load_narrow_float, store_narrow_float, REAL },
};

/* ---- steps between what words mean and what is asked for ---- */

/* Towards zero.  What does not fit becomes the nearest that does, NaN zero. */
static int64_t to_i64(double x)
{
    if (x >= 0x1p63)
        return INT64_MAX;
    return x >= -0x1p63 ? (int64_t)x : x < 0 ? INT64_MIN : 0;
}

/* The same for unsigned; negative numbers wrap. */
static uint64_t to_u64(double x)
{
    if (x >= 0x1p64)
        return UINT64_MAX;
    return x >= 0x1p63 ? (uint64_t)x : (uint64_t)to_i64(x);
}

/* An integer as a double that a narrower format can still round rightly: where not all of it fits,
 * the last digit kept is odd, so that it is never half way between two. */
static double odd_i64(int64_t v)
{
    const bool fits = v >= -(INT64_C(1) << 53) && v <= INT64_C(1) << 53;
    return (double)(fits || !(v & 0x7ff) ? v : (v & ~INT64_C(0x7ff)) | 0x800);
}

static double odd_u64(uint64_t v)
{
    return (double)(v <= UINT64_C(1) << 53 || !(v & 0x7ff) ? v : (v & ~UINT64_C(0x7ff)) | 0x800);
}

/* From words to what was asked for, n of them, and from what was given to words. */
typedef void step(void *to, const void *from, int64_t n);
#define STEP(name, to_type, from_type, ...)                                     \
    static void name(void *restrict to_, const void *restrict from_, int64_t n) \
    {                                                                           \
        to_type *to = to_;                                                      \
        const from_type *from = from_;                                          \
        for (int64_t k = 0; k < n; k++) {                                       \
            __VA_ARGS__;                                                        \
        }                                                                       \
    }
STEP(f64_of_i64, double, word, to[k] = (double)from[k].i)
STEP(f64_of_u64, double, word, to[k] = (double)from[k].u)
STEP(f64_of_pair, double, word, to[k] = from[2 * k].f)
STEP(i64_of_f64, int64_t, word, to[k] = to_i64(from[k].f))
STEP(i64_of_pair, int64_t, word, to[k] = to_i64(from[2 * k].f))
STEP(u64_of_f64, uint64_t, word, to[k] = to_u64(from[k].f))
STEP(u64_of_pair, uint64_t, word, to[k] = to_u64(from[2 * k].f))
STEP(pair_of_f64, double, word, to[2 * k] = from[k].f; to[2 * k + 1] = 0)
STEP(pair_of_i64, double, word, to[2 * k] = (double)from[k].i; to[2 * k + 1] = 0)
STEP(pair_of_u64, double, word, to[2 * k] = (double)from[k].u; to[2 * k + 1] = 0)

STEP(words_i64_of_f64, word, double, to[k].i = to_i64(from[k]))
STEP(words_u64_of_f64, word, double, to[k].u = to_u64(from[k]))
STEP(words_truth_of_f64, word, double, to[k].u = from[k] != 0)
STEP(words_pair_of_f64, word, double, to[2 * k].f = from[k]; to[2 * k + 1].f = 0)
STEP(words_f64_of_i64, word, int64_t, to[k].f = (double)from[k])
STEP(words_real_of_i64, word, int64_t, to[k].f = odd_i64(from[k]))
STEP(words_pair_of_i64, word, int64_t, to[2 * k].f = odd_i64(from[k]); to[2 * k + 1].f = 0)
STEP(words_f64_of_u64, word, uint64_t, to[k].f = (double)from[k])
STEP(words_real_of_u64, word, uint64_t, to[k].f = odd_u64(from[k]))
STEP(words_pair_of_u64, word, uint64_t, to[2 * k].f = odd_u64(from[k]); to[2 * k + 1].f = 0)
STEP(words_f64_of_pair, word, double, to[k].f = from[2 * k])
STEP(words_i64_of_pair, word, double, to[k].i = to_i64(from[2 * k]))
STEP(words_u64_of_pair, word, double, to[k].u = to_u64(from[2 * k]))
STEP(words_truth_of_pair, word, double, to[k].u = from[2 * k] != 0 || from[2 * k + 1] != 0)

typedef enum wide { F64, I64, U64, C128, WIDES } wide;

/* NULL: the words are what is asked for, or given, already. */
static step *const load_step[KINDS][WIDES] = {
    [DOUBLE] = { NULL, i64_of_f64, u64_of_f64, pair_of_f64 },
    [REAL] = { NULL, i64_of_f64, u64_of_f64, pair_of_f64 },
    [SIGNED] = { f64_of_i64, NULL, NULL, pair_of_i64 },
    [UNSIGNED] = { f64_of_u64, NULL, NULL, pair_of_u64 },
    [TRUTH] = { f64_of_u64, NULL, NULL, pair_of_u64 },
    [PAIR] = { f64_of_pair, i64_of_pair, u64_of_pair, NULL },
};
static step *const store_step[KINDS][WIDES] = {
    [DOUBLE] = { NULL, words_f64_of_i64, words_f64_of_u64, words_f64_of_pair },
    [REAL] = { NULL, words_real_of_i64, words_real_of_u64, words_f64_of_pair },
    [SIGNED] = { words_i64_of_f64, NULL, NULL, words_i64_of_pair },
    [UNSIGNED] = { words_u64_of_f64, NULL, NULL, words_u64_of_pair },
    [TRUTH] = { words_truth_of_f64, NULL, NULL, words_truth_of_pair },
    [PAIR] = { words_pair_of_f64, words_pair_of_i64, words_pair_of_u64, NULL },
};
static const size_t wide_size[WIDES] = { sizeof(double), sizeof(int64_t), sizeof(uint64_t),
                                         sizeof(double[2]) };

/* A run passes through this many words on the stack where a step is needed. */
enum { PART = 128 };

static run run_of(const sdx_tensor *t, int64_t first, int64_t stride, int64_t n)
{
    const sdx_float *f = sdx_float_of(t->dtype);
    return (run){ .data = t->data,
                  .first = first,
                  .step = stride,
                  .n = n,
                  .format = f,
                  .bits = (unsigned)sdx_dtype_bits(t->dtype),
                  .saturate = f && !f->inf };
}

/* The part of the run `all` that follows `done` elements. */
static run part_after(const run *all, int64_t done)
{
    run r = *all;
    r.first += done * r.step;
    r.n = all->n - done < PART ? all->n - done : PART;
    return r;
}

static void load(void *to, wide as, const sdx_tensor *t, int64_t first, int64_t stride, int64_t n)
{
    const struct row *row = &rows[t->dtype];
    const run all = run_of(t, first, stride, n);
    if (!row->load) { /* strings */
        memset(to, 0, (size_t)n * wide_size[as]);
        return;
    }
    step *then = load_step[row->kind][as];
    if (!then) {
        row->load(to, &all);
        return;
    }
    for (int64_t done = 0; done < n; done += PART) {
        word some[2 * PART];
        const run r = part_after(&all, done);
        row->load(some, &r);
        then((char *)to + (size_t)done * wide_size[as], some, r.n);
    }
}

static void store(const struct row *row, const run *all, wide as, const void *from)
{
    if (!row->store)
        return;
    step *first = store_step[row->kind][as];
    if (!first) {
        row->store(all, from);
        return;
    }
    for (int64_t done = 0; done < all->n; done += PART) {
        word some[2 * PART];
        const run r = part_after(all, done);
        first(some, (const char *)from + (size_t)done * wide_size[as], r.n);
        row->store(&r, some);
    }
}

void sdx_load_f64(double *to, const sdx_tensor *t, int64_t first, int64_t stride, int64_t n)
{
    load(to, F64, t, first, stride, n);
}

void sdx_load_i64(int64_t *to, const sdx_tensor *t, int64_t first, int64_t stride, int64_t n)
{
    load(to, I64, t, first, stride, n);
}

void sdx_load_u64(uint64_t *to, const sdx_tensor *t, int64_t first, int64_t stride, int64_t n)
{
    load(to, U64, t, first, stride, n);
}

void sdx_load_c128(double (*to)[2], const sdx_tensor *t, int64_t first, int64_t stride, int64_t n)
{
    load(to, C128, t, first, stride, n);
}

void sdx_store_f64(sdx_tensor *t, int64_t first, int64_t stride, int64_t n, const double *from)
{
    const run r = run_of(t, first, stride, n);
    store(&rows[t->dtype], &r, F64, from);
}

void sdx_store_i64(sdx_tensor *t, int64_t first, int64_t stride, int64_t n, const int64_t *from)
{
    const run r = run_of(t, first, stride, n);
    store(&rows[t->dtype], &r, I64, from);
}

void sdx_store_u64(sdx_tensor *t, int64_t first, int64_t stride, int64_t n, const uint64_t *from)
{
    const run r = run_of(t, first, stride, n);
    store(&rows[t->dtype], &r, U64, from);
}

void sdx_store_c128(sdx_tensor *t, int64_t first, int64_t stride, int64_t n,
                    const double (*from)[2])
{
    const run r = run_of(t, first, stride, n);
    store(&rows[t->dtype], &r, C128, from);
}

/* Is this an integer that is to be clamped? */
static bool clamps(const struct row *row, bool saturate)
{
    return saturate && (row->kind == SIGNED || row->kind == UNSIGNED);
}

void sdx_convert_f64(sdx_tensor *t, int64_t first, int64_t stride, int64_t n, const double *from,
                     bool saturate, sdx_rounding rounding)
{
    const struct row *row = &rows[t->dtype];
    run all = run_of(t, first, stride, n);
    all.saturate = saturate;
    all.rounding = rounding;
    if (!clamps(row, saturate)) {
        store(row, &all, F64, from);
        return;
    }
    const double low = sdx_lowest(t->dtype), high = sdx_highest(t->dtype);
    for (int64_t done = 0; done < n; done += PART) {
        double some[PART];
        const run r = part_after(&all, done);
        for (int64_t k = 0; k < r.n; k++) {
            const double x = from[done + k];
            some[k] = x < low ? low : x > high ? high : x;
        }
        store(row, &r, F64, some);
    }
}

void sdx_convert_i64(sdx_tensor *t, int64_t first, int64_t stride, int64_t n, const int64_t *from,
                     bool saturate)
{
    const struct row *row = &rows[t->dtype];
    run all = run_of(t, first, stride, n);
    all.saturate = saturate;
    if (!clamps(row, saturate)) {
        store(row, &all, I64, from);
        return;
    }
    const bool negative = row->kind == SIGNED; /* numbers that the type can hold */
    const unsigned digits = all.bits - negative;
    const int64_t high = digits >= 63 ? INT64_MAX : (INT64_C(1) << digits) - 1;
    const int64_t low = negative ? -high - 1 : 0;
    for (int64_t done = 0; done < n; done += PART) {
        int64_t some[PART];
        const run r = part_after(&all, done);
        for (int64_t k = 0; k < r.n; k++) {
            const int64_t x = from[done + k];
            some[k] = x < low ? low : x > high ? high : x;
        }
        store(row, &r, I64, some);
    }
}
