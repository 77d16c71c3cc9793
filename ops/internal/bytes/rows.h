/* ops/internal/bytes/rows.h - the loops in plain C, over blocks of a fixed size: compilers make
 * vectors of those.  Before it: quotient(v, by, inverse). */
#include "internal/bytes/kernels.h"
#include <string.h>

enum { BLOCK = 64 };

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

static inline void add_block(uint8_t *restrict y, const uint8_t *restrict a,
                             const uint8_t *restrict b, const byte_add *p, float inverse)
{
    const byte_add own = *p;
    for (int i = 0; i < BLOCK; i++)
        y[i] = add_one(a[i], b[i], &own, inverse);
}

static void add(uint8_t *y, const uint8_t *a, const uint8_t *b, size_t n, const byte_add *p)
{
    const float inverse = 1 / p->scale;
    uint8_t room[3][BLOCK] = { { 0 } };
    size_t i = 0;
    for (; i + BLOCK <= n; i += BLOCK) {
        add_block(room[0], a + i, b + i, p, inverse);
        memcpy(y + i, room[0], BLOCK);
    }
    memcpy(room[0], a + i, n - i);
    memcpy(room[1], b + i, n - i);
    add_block(room[2], room[0], room[1], p, inverse);
    memcpy(y + i, room[2], n - i);
}
