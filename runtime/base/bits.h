/* base/bits.h - elements of 2, 4 and 6 bits: one stream of bits, low bits of a byte first.
 *
 * Element i lies at bits i * width and up; with 6 bits it may straddle two bytes.  Widths 1 to 8.
 * Nothing but the elements named is read for its value or changed, but a put rewrites whole bytes:
 * two threads must not put into one stream. */
#ifndef BASE_BITS_H
#define BASE_BITS_H
#include <stddef.h>
#include <stdint.h>

unsigned sdx_bits_get(const void *stream, unsigned width, size_t i);
void sdx_bits_put(void *stream, unsigned width, size_t i, unsigned value);

/* n elements from `first`, `step` apart (may be 0 or negative), each to or from a byte of its own.
 * put takes the low `width` bits of each byte. */
void sdx_bits_get_run(uint8_t *to, const void *stream, unsigned width, size_t first, ptrdiff_t step,
                      size_t n);
void sdx_bits_put_run(void *stream, unsigned width, size_t first, ptrdiff_t step, size_t n,
                      const uint8_t *from);

/* n elements from one stream to another, at any positions.  The streams do not overlap. */
void sdx_bits_copy(void *to, size_t to_first, const void *from, size_t from_first, unsigned width,
                   size_t n);

/* Bytes that n elements take. */
static inline size_t sdx_bits_bytes(size_t n, unsigned width)
{
    return n / 8 * width + (n % 8 * width + 7) / 8;
}

/* Two's complement of `width` bits, widened. */
static inline int sdx_bits_signed(unsigned value, unsigned width)
{
    int sign = 1 << (width - 1);
    return ((int)value ^ sign) - sign;
}
#endif
