/* base/bits.c - streams of narrow elements.
 *
 * Runs with step 1 go by whole groups: 8 elements of w bits are w bytes, whatever w is. */
#include "base/bits.h"

#include <string.h>

unsigned sdx_bits_get(const void *stream, unsigned width, size_t i)
{
    const uint8_t *byte = (const uint8_t *)stream + i / 8 * width + i % 8 * width / 8;
    unsigned shift = (unsigned)(i % 8 * width % 8), value = byte[0];
    if (shift + width > 8)
        value |= (unsigned)byte[1] << 8;
    return value >> shift & ((1u << width) - 1);
}

void sdx_bits_put(void *stream, unsigned width, size_t i, unsigned value)
{
    uint8_t *byte = (uint8_t *)stream + i / 8 * width + i % 8 * width / 8;
    unsigned shift = (unsigned)(i % 8 * width % 8), mask = (1u << width) - 1;
    value = (value & mask) << shift;
    mask <<= shift;
    byte[0] = (uint8_t)((byte[0] & ~mask) | value);
    if (mask >> 8)
        byte[1] = (uint8_t)((byte[1] & ~(mask >> 8)) | value >> 8);
}

/* The bytes of 8 elements as one number, byte 0 lowest. */
static uint64_t load_group(const uint8_t *from, unsigned width)
{
    uint64_t group = 0;
    for (unsigned b = 0; b < width; b++)
        group |= (uint64_t)from[b] << 8 * b;
    return group;
}

void sdx_bits_get_run(uint8_t *to, const void *stream, unsigned width, size_t first, ptrdiff_t step,
                      size_t n)
{
    size_t i = 0;
    if (step == 1) {
        const uint64_t mask = (1u << width) - 1;
        for (; i < n && (first + i) % 8; i++)
            to[i] = (uint8_t)sdx_bits_get(stream, width, first + i);
        const uint8_t *from = (const uint8_t *)stream + (first + i) / 8 * width;
        for (; n - i >= 8; i += 8, from += width) {
            uint64_t group = load_group(from, width);
            for (unsigned k = 0; k < 8; k++)
                to[i + k] = (uint8_t)(group >> k * width & mask);
        }
    }
    for (; i < n; i++)
        to[i] = (uint8_t)sdx_bits_get(stream, width, first + i * (size_t)step);
}

void sdx_bits_put_run(void *stream, unsigned width, size_t first, ptrdiff_t step, size_t n,
                      const uint8_t *from)
{
    size_t i = 0;
    if (step == 1) {
        const uint64_t mask = (1u << width) - 1;
        for (; i < n && (first + i) % 8; i++)
            sdx_bits_put(stream, width, first + i, from[i]);
        uint8_t *to = (uint8_t *)stream + (first + i) / 8 * width;
        for (; n - i >= 8; i += 8, to += width) {
            uint64_t group = 0;
            for (unsigned k = 0; k < 8; k++)
                group |= (from[i + k] & mask) << k * width;
            for (unsigned b = 0; b < width; b++)
                to[b] = (uint8_t)(group >> 8 * b);
        }
    }
    for (; i < n; i++)
        sdx_bits_put(stream, width, first + i * (size_t)step, from[i]);
}

void sdx_bits_copy(void *to, size_t to_first, const void *from, size_t from_first, unsigned width,
                   size_t n)
{
    size_t i = 0;
    if (to_first % 8 == from_first % 8) { /* same place within a byte: whole groups are bytes */
        for (; i < n && (to_first + i) % 8; i++)
            sdx_bits_put(to, width, to_first + i, sdx_bits_get(from, width, from_first + i));
        size_t groups = (n - i) / 8;
        memcpy((uint8_t *)to + (to_first + i) / 8 * width,
               (const uint8_t *)from + (from_first + i) / 8 * width, groups * width);
        i += groups * 8;
    }
    uint8_t some[256];
    while (i < n) {
        size_t part = n - i < sizeof some ? n - i : sizeof some;
        sdx_bits_get_run(some, from, width, from_first + i, 1, part);
        sdx_bits_put_run(to, width, to_first + i, 1, part, some);
        i += part;
    }
}
