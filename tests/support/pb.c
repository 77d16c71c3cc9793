/* support/pb.c - see pb.h.  A test that has no memory ends. */
#include "support/pb.h"
#include <stdlib.h>
#include <string.h>

static void put(pb *w, const void *data, size_t size)
{
    if (w->size + size > w->room) {
        w->room = (w->size + size) * 2;
        w->data = realloc(w->data, w->room);
        if (!w->data)
            abort();
    }
    if (size > 0)
        memcpy(w->data + w->size, data, size);
    w->size += size;
}

static void put_varint(pb *w, uint64_t v)
{
    do {
        unsigned char byte = (unsigned char)((v & 0x7f) | (v > 0x7f ? 0x80 : 0));
        put(w, &byte, 1);
        v >>= 7;
    } while (v);
}

static void put_key(pb *w, int field, unsigned kind)
{
    put_varint(w, (uint64_t)field << 3 | kind);
}

void pb_int(pb *w, int field, int64_t v)
{
    put_key(w, field, 0);
    put_varint(w, (uint64_t)v);
}

void pb_float(pb *w, int field, float v)
{
    uint32_t bits;
    memcpy(&bits, &v, sizeof bits);
    const unsigned char little[4] = { (unsigned char)bits, (unsigned char)(bits >> 8),
                                      (unsigned char)(bits >> 16), (unsigned char)(bits >> 24) };
    put_key(w, field, 5);
    put(w, little, sizeof little);
}

void pb_bytes(pb *w, int field, const void *data, size_t size)
{
    put_key(w, field, 2);
    put_varint(w, size);
    put(w, data, size);
}

void pb_text(pb *w, int field, const char *text)
{
    pb_bytes(w, field, text, strlen(text));
}

void pb_raw(pb *w, const void *data, size_t size)
{
    put(w, data, size);
}

void pb_message(pb *w, int field, pb *inner)
{
    pb_bytes(w, field, inner->data, inner->size);
    free(inner->data);
    *inner = (pb){ NULL, 0, 0 };
}
