/* load/numbers.c - numbers and bytes where the wire scan cut them out. */
#include "load/read.h"

/* The part of a cut that holds values, and whether a tag stands before each. */
static bool next_value(const sdx_reading *r, const sdx_cut *c, size_t *at)
{
    uint64_t tag;
    return c->mode != SDX_CUT_TAGGED || sdx_varint(r->bytes, c->offset + c->size, at, &tag);
}

static bool count_values(const sdx_reading *r, const sdx_cut *c, unsigned bits, bool fixed,
                         size_t *n)
{
    size_t end = c->offset + c->size, width = bits / 8;
    if (fixed && c->mode == SDX_CUT_BYTES) {
        *n += c->size / width;
        return c->size % width == 0;
    }
    for (size_t at = c->offset; at < end; ++*n) {
        uint64_t v;
        if (!next_value(r, c, &at))
            return false;
        if (fixed ? width > end - at : !sdx_varint(r->bytes, end, &at, &v))
            return false;
        at += fixed ? width : 0;
    }
    return true;
}

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
static void copy_fixed(uint8_t *to, const uint8_t *from, size_t width)
{
    for (size_t i = 0; i < width; i++)
        to[i] = from[width - 1 - i];
}
#else
static void copy_fixed(uint8_t *to, const uint8_t *from, size_t width)
{
    memcpy(to, from, width);
}
#endif

static uint8_t *fill_values(const sdx_reading *r, const sdx_cut *c, unsigned bits, bool fixed,
                            uint8_t *to)
{
    size_t end = c->offset + c->size, width = bits / 8;
    for (size_t at = c->offset; at < end; to += width) {
        uint64_t v = 0;
        next_value(r, c, &at);
        if (fixed) {
            copy_fixed(to, r->bytes + at, width);
            at += width;
        } else {
            sdx_varint(r->bytes, end, &at, &v);
            uint32_t low = (uint32_t)v;
            memcpy(to, bits == 64 ? (const void *)&v : (const void *)&low, width);
        }
    }
    return to;
}

bool sdx_read_numbers(const sdx_reading *r, sdx_arena *a, const ProtobufCMessage *m, uint32_t field,
                      unsigned bits, bool fixed, const void **out, size_t *n)
{
    sdx_cut c;
    *out = NULL;
    *n = 0;
    size_t cuts = 0;
    const uint8_t *whole = NULL;
    for (size_t k = 0; sdx_cut_at(m, k, &c); k++) {
        if (c.field != field || c.mode == SDX_CUT_SELF || c.size == 0)
            continue;
        if (!count_values(r, &c, bits, fixed, n))
            return false;
        whole = c.mode == SDX_CUT_BYTES ? r->bytes + c.offset : NULL;
        cuts++;
    }
    if (*n == 0)
        return true;
    if (fixed && cuts == 1 && whole && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__) {
        *out = whole; /* as it lies in the file, at any alignment */
        return true;
    }
    uint8_t *to = sdx_arena_array(a, *n, bits / 8);
    *out = to;
    for (size_t k = 0; to && sdx_cut_at(m, k, &c); k++)
        if (c.field == field && c.mode != SDX_CUT_SELF)
            to = fill_values(r, &c, bits, fixed, to);
    return true;
}

const uint8_t *sdx_read_bytes(const sdx_reading *r, const ProtobufCMessage *m, uint32_t field,
                              size_t *size)
{
    sdx_cut c, last = { .mode = SDX_CUT_SELF };
    for (size_t k = 0; sdx_cut_at(m, k, &c); k++)
        if (c.field == field && c.mode == SDX_CUT_BYTES)
            last = c; /* a field given twice: the last one counts, as everywhere in the format */
    *size = last.mode == SDX_CUT_BYTES ? (size_t)last.size : 0;
    return last.mode == SDX_CUT_BYTES ? r->bytes + last.offset : NULL;
}

sdx_span sdx_read_span(const ProtobufCMessage *m)
{
    sdx_cut c;
    if (sdx_cut_at(m, 0, &c) && c.mode == SDX_CUT_SELF)
        return (sdx_span){ c.offset, c.size };
    return (sdx_span){ 0, 0 };
}
