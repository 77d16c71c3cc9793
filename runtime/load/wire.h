/* load/wire.h - the walk over the bytes that comes before protobuf-c.
 *
 * protobuf-c has no nesting limit, copies every byte field, takes up to 146 bytes of memory for a
 * byte of file, and merges a repeated singular message in quadratic time.  So the wire format is
 * walked first, once, without recursion.  What comes out is a skeleton: the same message without
 * what is large or of no use to loading, and with a cut, an (offset, size) in the file, wherever
 * something was taken out.  Only the skeleton is given to protobuf-c. */
#ifndef LOAD_WIRE_H
#define LOAD_WIRE_H
#include "base/mem.h"
#include <protobuf-c/protobuf-c.h>

/* Whatever the options say: protobuf-c recurses, and some 2,900 levels end a thread with 8 MiB of
 * stack. */
enum { SDX_HARD_DEPTH = 400 };

typedef enum sdx_cut_mode {
    SDX_CUT_SELF,  /* the message that holds the cut */
    SDX_CUT_BYTES, /* contents of a bytes field, or of a packed field of numbers */
    SDX_CUT_TAGGED /* a run of numbers, a tag before each */
} sdx_cut_mode;

/* Travels through protobuf-c as an unknown field of this number.  Fields that the file has and we
 * do not know are left out of the skeleton, so every unknown field there is one of these; the first
 * of a message is its SELF, if it has. */
enum { SDX_CUT_FIELD = 1000 };
typedef struct sdx_cut {
    uint64_t offset, size;
    uint32_t field, mode;
} sdx_cut;

typedef struct sdx_skeleton {
    sdx_mem *mem;
    uint8_t *bytes;
    size_t size, room;
} sdx_skeleton;

/* Walks `size` bytes as a message of this kind.  SDX_E_FORMAT with the byte and the path of the
 * field, SDX_E_LIMIT nested deeper than max_depth, SDX_E_MEMORY.  *out is to be closed when
 * SDX_OK. */
sdx_status sdx_wire_scan(sdx_skeleton *out, const void *bytes, size_t size,
                         const ProtobufCMessageDescriptor *root, uint32_t max_depth, sdx_mem *mem,
                         sdx_error *err);
void sdx_skeleton_close(sdx_skeleton *s);

/* Cut k of an unpacked message; false: there are not so many. */
bool sdx_cut_at(const ProtobufCMessage *m, size_t k, sdx_cut *out);

/* Reads a varint at *at, before `end`; false: it runs past the end, or over ten bytes.  *at moves
 * on success. */
static inline bool sdx_varint(const uint8_t *bytes, size_t end, size_t *at, uint64_t *out)
{
    uint64_t v = 0;
    size_t p = *at;
    for (unsigned shift = 0; shift < 70 && p < end; shift += 7) {
        uint8_t byte = bytes[p++];
        v |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            *at = p;
            *out = v;
            return true;
        }
    }
    return false;
}

#endif
