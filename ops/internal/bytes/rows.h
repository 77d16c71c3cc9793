/* ops/internal/bytes/rows.h - the loops in plain C, over blocks of a fixed size: compilers make
 * vectors of those.  Before it: quotient(v, by, inverse). */
#include "internal/bytes/kernels.h"
#include <string.h>

enum { BLOCK = 128 };

static inline float value_of(uint8_t x, const byte_grid *g)
{
    return ((float)(x ^ g->flip) - g->zero) * g->scale;
}

static inline uint8_t add_one(uint8_t a, uint8_t b, const byte_add *p, float inverse)
{
    float v = quotient(value_of(a, &p->a) + value_of(b, &p->b), p->scale, inverse);
    uint32_t bits;
    v = v > p->lo - p->zero ? v : p->lo - p->zero; /* NaN, too */
    v = v < p->hi - p->zero ? v : p->hi - p->zero;
    v += 12582912.0f; /* 1.5 * 2^23: the last bit is that of the integers */
    memcpy(&bits, &v, sizeof bits);
    return (uint8_t)(bits + (uint32_t)(int32_t)p->zero);
}

/* On its own: once is enough. */
static __attribute__((noinline)) void add_block(uint8_t *restrict y, const uint8_t *restrict a,
                                                const uint8_t *restrict b, const byte_add *p,
                                                float inverse)
{
    const byte_add own = *p;
    for (int i = 0; i < BLOCK; i++)
        y[i] = add_one(a[i], b[i], &own, inverse);
}

/* y may be a or b: a block is whole before it is stored. */
static void add(uint8_t *y, const uint8_t *a, const uint8_t *b, size_t n, const byte_add *p)
{
    const float inverse = 1 / p->scale;
    uint8_t room[3][BLOCK] = { { 0 } };
    for (size_t i = 0; i < n; i += BLOCK) {
        size_t some = n - i < BLOCK ? n - i : BLOCK;
        const uint8_t *from_a = a + i, *from_b = b + i;
        if (some < BLOCK) {
            from_a = memcpy(room[0], from_a, some);
            from_b = memcpy(room[1], from_b, some);
        }
        add_block(room[2], from_a, from_b, p, inverse);
        if (some == BLOCK)
            memcpy(y + i, room[2], BLOCK);
        else
            memcpy(y + i, room[2], some);
    }
}
