/* base/size.h - arithmetic on sizes that says when it overflows.  The only place that does. */
#ifndef BASE_SIZE_H
#define BASE_SIZE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Each: false where the result does not fit; *out is then not to be used. */
static inline bool sdx_size_add(size_t *out, size_t a, size_t b)
{
    return !__builtin_add_overflow(a, b, out);
}

static inline bool sdx_size_mul(size_t *out, size_t a, size_t b)
{
    return !__builtin_mul_overflow(a, b, out);
}

static inline bool sdx_i64_add(int64_t *out, int64_t a, int64_t b)
{
    return !__builtin_add_overflow(a, b, out);
}

static inline bool sdx_i64_sub(int64_t *out, int64_t a, int64_t b)
{
    return !__builtin_sub_overflow(a, b, out);
}

static inline bool sdx_i64_mul(int64_t *out, int64_t a, int64_t b)
{
    return !__builtin_mul_overflow(a, b, out);
}

/* Rounds size up to a multiple of align, a power of two. */
static inline bool sdx_size_align(size_t *out, size_t size, size_t align)
{
    bool fits = sdx_size_add(out, size, align - 1);
    *out &= ~(align - 1);
    return fits;
}

/* Is this a valid shape for elements of `bits` bits?  The product of max(1, dim), times the width,
 * must fit ptrdiff_t in bits and in bytes, so that no product of some of the dims can wrap either.
 * Sets the number of elements and the bytes they take (0 where a dim is 0; narrow types are one
 * stream of bits, rounded up to a byte).  out parameters may be NULL.  False: a dim is negative or
 * the product too large. */
bool sdx_size_shape(int rank, const int64_t *dim, unsigned bits, int64_t *elements, size_t *bytes);
#endif
