/* tests/support/wire.h - messages written byte by byte, right and wrong. */
#ifndef SUPPORT_WIRE_H
#define SUPPORT_WIRE_H
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct wire {
    uint8_t bytes[4096];
    size_t n;
} wire;

static inline void wire_varint(wire *w, uint64_t v)
{
    do {
        w->bytes[w->n++] = (uint8_t)((v & 0x7f) | (v > 0x7f ? 0x80 : 0));
        v >>= 7;
    } while (v);
}

static inline void wire_int(wire *w, uint32_t field, uint64_t v)
{
    wire_varint(w, field << 3);
    wire_varint(w, v);
}

static inline void wire_bytes(wire *w, uint32_t field, const void *bytes, size_t n)
{
    wire_varint(w, field << 3 | 2);
    wire_varint(w, n);
    memcpy(w->bytes + w->n, bytes, n);
    w->n += n;
}

static inline void wire_text(wire *w, uint32_t field, const char *text)
{
    wire_bytes(w, field, text, strlen(text));
}

static inline void wire_message(wire *w, uint32_t field, const wire *m)
{
    wire_bytes(w, field, m->bytes, m->n);
}

/* y = <op>(x), with one attribute: `axis` = 1 */
static inline wire wire_node(const char *op)
{
    wire n = { .n = 0 }, a = { .n = 0 };
    wire_text(&n, 1, "x");
    wire_text(&n, 2, "y");
    wire_text(&n, 3, "node");
    wire_text(&n, 4, op);
    wire_text(&a, 1, "axis");
    wire_int(&a, 3, 1);
    wire_int(&a, 20, 2);
    wire_message(&n, 5, &a);
    return n;
}

static inline wire wire_graph(const wire *node)
{
    wire g = { .n = 0 }, x = { .n = 0 }, y = { .n = 0 };
    wire_message(&g, 1, node);
    wire_text(&g, 2, "g");
    wire_text(&x, 1, "x");
    wire_text(&y, 1, "y");
    wire_message(&g, 11, &x);
    wire_message(&g, 12, &y);
    return g;
}

static inline wire wire_model(const wire *graph)
{
    wire m = { .n = 0 }, o = { .n = 0 };
    wire_int(&m, 1, 8);
    wire_message(&m, 7, graph);
    wire_int(&o, 2, 17);
    wire_message(&m, 8, &o);
    return m;
}

#endif
