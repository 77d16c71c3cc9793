/* simd/tile.h - the one loop under every dense product: matrices, convolutions of any kind, first
 * layers.
 *
 * A tile is T pixels (or rows of a matrix) by one or two blocks of outputs, all in registers.  Its
 * inputs are single floats, its weights whole vectors; for each weight row the tile takes one float
 * of every pixel:
 *
 *     for each line of taps, tap:                        where it lies, its number in the weights
 *         for each input block, each of its n channels:  a matrix: one line, tap, block; n = K
 *             acc[pixel][vector] += x[pixel * step + channel * along] * w[vector]
 *
 * Weights lie packed in the order in which this reads them, so while a tile computes, it prefetches
 * what follows.  Taps on padding above and below are simply not among the lines; those to the left
 * and right leave pixels out. */
#ifndef SIMD_TILE_H
#define SIMD_TILE_H

#include "simd/lines.h"
#include <math.h>
#include <stdbool.h>

#ifndef TILE_EDGES
#define TILE_EDGES 1 /* 0: matrices, of one line, one tap and one block; nothing else is compiled */
#endif
#ifndef TILE_AHEAD
#define TILE_AHEAD 2 /* weights to come are fetched into the second nearest cache; 3: the nearest */
#endif
#define TILE_PER_BLOCK (V_BLOCK / V_LANES)  /* vectors in a block          */
#define TILE_VECTORS   (2 * TILE_PER_BLOCK) /* and in a pair of blocks     */
/* The most pixels a tile can have: its sums leave room for a row of weights and one float.  Of 16
 * registers sums take 12, be it that weights are read from memory. */
#define TILE_PIXELS    ((V_REGISTERS == 32 ? 31 - TILE_VECTORS : 12) / TILE_VECTORS)
#define TILE_REGISTERS (TILE_PIXELS * TILE_VECTORS) /* of sums */

typedef struct tile {
    const float *x;      /* pixel 0 of the tile                                              */
    int64_t step, along; /* floats to the next pixel, to the next channel                    */
    int64_t blocks, hop; /* input blocks, and floats from the end of one to the next         */
    /* channels of the first block, of one between, of the last if there are two              */
    int64_t n_first, n, n_last;
    const tile_line *line;
    const tile_tap *tap;
    int64_t unit; /* floats of a pixel, in which lines and taps count                 */
    int64_t lines, taps;
    int64_t pixel; /* number of pixel 0 in its row, for taps that leave some out       */
    const float *w;
    float *y;
    int64_t y_step, y_block; /* floats to the next pixel, to the second block                    */
    const float *start;      /* what the sum of each lane begins with, or NULL: 0                */
    const float *bias;       /* added to each lane, or NULL                                      */
    const float *base;       /* added to each output, or NULL: a residual or partial sums        */
    int64_t base_step, base_block;
    bool clamp; /* is this the last part of the sum?                                */
    float lo, hi;
    const float *ahead; /* to be prefetched: ahead_step floats for each channel             */
    int64_t ahead_step;
} tile;

typedef void tile_kernel(const tile *t);

/* All channels of one tap.  Every third pixel has a pointer, the others are a step or two away.
 * With fewer sums than the multiplier is deep, channels are dealt out in turns. */
V_INLINE void tile_tap_products(v_f32 sum[TILE_REGISTERS], const tile *t, const float *x,
                                const float *w, const float **ahead, unsigned mask, const int T,
                                const int V, const bool masked, const bool half)
{
    const int turns = T * V >= 8 ? 1 : T * V >= 4 ? 2 : 4;
    const float *row[(TILE_PIXELS + 2) / 3], *next = *ahead;
    const int64_t step = t->step, along = t->along;
    v_f32 acc[TILE_REGISTERS];
    V_UNROLL
    for (int i = 0; i < (T + 2) / 3; i++)
        row[i] = x + 3 * i * step;
    V_UNROLL
    for (int i = 0; i < turns * T * V; i++)
        acc[i] = i < T * V ? sum[i] : v_set(0);
    int64_t n = t->n_first;
    for (int64_t b = TILE_EDGES ? t->blocks : 1; b > 0; n = --b > 1 ? t->n : t->n_last) {
        while (n > 0) {
            V_UNROLL
            for (int turn = 0; turn < turns; turn++) {
                if (turns > 1 && n == 0)
                    break;
                v_f32 wv[TILE_VECTORS];
                V_UNROLL
                for (int j = 0; j < V; j++)
                    wv[j] = v_load(w + j * V_LANES);
                __builtin_prefetch(next, 0, TILE_AHEAD);
                V_UNROLL
                for (int i = 0; i < T; i++) {
                    if (masked && !(mask >> i & 1))
                        continue;
                    const float *from = &row[i / 3][i % 3 * step];
                    v_f32 v = v_set(*from);
                    V_UNROLL
                    for (int j = 0; j < V; j++) {
                        v_f32 *to = &acc[(turn * T + i) * V + j];
                        if (half && V == 1)
                            *to = v_fma_half_set(from, wv[j], *to);
                        else if (half && j + 1 == V)
                            *to = v_fma_half(v, wv[j], *to);
                        else
                            *to = v_fma(v, wv[j], *to);
                    }
                }
                V_UNROLL
                for (int i = 0; i < (T + 2) / 3; i++)
                    row[i] += along;
                next += t->ahead_step;
                w += V * V_LANES;
                n--;
            }
        }
        V_UNROLL
        for (int i = 0; i < (T + 2) / 3; i++)
            row[i] += t->hop;
    }
    V_UNROLL
    for (int turn = 1; turn < turns; turn++)
        V_UNROLL
    for (int i = 0; i < T * V; i++)
        acc[i] = acc[i] + acc[turn * T * V + i];
    V_UNROLL
    for (int i = 0; i < T * V; i++)
        sum[i] = acc[i];
    *ahead = next;
}

V_INLINE int64_t tile_at(int j, int64_t block)
{
    return j / TILE_PER_BLOCK * block + j % TILE_PER_BLOCK * V_LANES;
}

/* Bias and residual are added last: beside one that is larger than the products, each of them would
 * be rounded to its grain.  start is for sums of few products, where that matters less than the
 * time. */
V_INLINE void tile_end(const tile *t, v_f32 acc[TILE_REGISTERS], const int T, const int V)
{
    if (t->bias)
        V_UNROLL
    for (int i = 0; i < T * V; i++)
        acc[i] = acc[i] + v_load(t->bias + i % V * V_LANES);
    if (t->base)
        V_UNROLL
    for (int i = 0; i < T * V; i++)
        acc[i] = acc[i] + v_load(t->base + i / V * t->base_step + tile_at(i % V, t->base_block));
    if (t->clamp && t->lo > -INFINITY) {
        const v_f32 lo = v_set(t->lo);
        V_UNROLL
        for (int i = 0; i < T * V; i++)
            acc[i] = v_max(lo, acc[i]);
    }
    if (t->clamp && t->hi < INFINITY) {
        const v_f32 hi = v_set(t->hi);
        V_UNROLL
        for (int i = 0; i < T * V; i++)
            acc[i] = v_min(hi, acc[i]);
    }
    V_UNROLL
    for (int i = 0; i < T * V; i++)
        v_store(t->y + i / V * t->y_step + tile_at(i % V, t->y_block), acc[i]);
}

/* half: of the last vector only the lower lanes are wanted, and no tap leaves pixels out. */
V_INLINE void tile_run(const tile *t, const int T, const int V, const bool half)
{
    v_f32 acc[TILE_REGISTERS];
    const float *ahead = t->ahead;
    const int64_t channels = t->n_first + (t->blocks > 1 ? (t->blocks - 2) * t->n + t->n_last : 0),
                  each = channels * V * V_LANES; /* weights of a tap */
    V_UNROLL
    for (int i = 0; i < T * V; i++)
        acc[i] = TILE_EDGES && t->start ? v_load(t->start + i % V * V_LANES) : v_set(0);
    if (!TILE_EDGES)
        tile_tap_products(acc, t, t->x, t->w, &ahead, 0, T, V, false, false);
    for (int64_t l = 0; TILE_EDGES && l < t->lines; l++)
        for (int64_t k = 0; k < t->taps; k++) {
            const tile_tap *tap = &t->tap[k];
            const float *x = t->x + (t->line[l].x + tap->x) * t->unit;
            const float *w = t->w + (t->line[l].w + tap->w) * each;
            int64_t from = tap->first - t->pixel, to = tap->end - t->pixel;
            if (half || (from <= 0 && to >= T)) {
                tile_tap_products(acc, t, x, w, &ahead, 0, T, V, false, half);
            } else if (from < T && to > 0) {
                unsigned mask = ~0u << (from > 0 ? from : 0) & ~(to < T ? ~0u << to : 0);
                tile_tap_products(acc, t, x, w, &ahead, mask, T, V, true, false);
            }
        }
    tile_end(t, acc, T, V);
}

/* Every instance for this vocabulary: 1 .. TILE_PIXELS pixels, one block or two. */
#define TILE_HALF   (TILE_PIXELS == 14 ? 7 : TILE_PIXELS)
#define TILE_FEW(X) X(1) X(2) X(3)
#define TILE_SIX(X) TILE_FEW(X) X(4) X(5) X(6)
#if TILE_PIXELS == 14
#define TILE_EACH(X) TILE_SIX(X) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14)
#elif TILE_PIXELS == 6
#define TILE_EACH(X) TILE_SIX(X)
#else
#define TILE_EACH(X) TILE_FEW(X)
#endif
#define TILE_DEFINE(T)                             \
    static void tile_##T##_1(const tile *t)        \
    {                                              \
        if (T > TILE_HALF && T < TILE_PIXELS)      \
            tile_parts(t, T - TILE_HALF);          \
        else                                       \
            tile_run(t, T, TILE_PER_BLOCK, false); \
    }                                              \
    static void tile_##T##_2(const tile *t)        \
    {                                              \
        tile_run(t, T, TILE_VECTORS, false);       \
    }
static void tile_parts(const tile *t, int rest);
TILE_EACH(TILE_DEFINE)
#define TILE_NAMES(T) { tile_##T##_1, tile_##T##_2 },
static tile_kernel *const tile_kernels[TILE_PIXELS][2] = { TILE_EACH(TILE_NAMES) };
#undef TILE_NAMES
#undef TILE_DEFINE

/* Whole tiles of one tap whose last block is filled to half of its lanes, as 24 and 40 channels
 * are: where a vector is two passes through the multiplier, this saves one of them. */
#if defined V_HAS_HALF && TILE_EDGES
static void tile_half_1(const tile *t)
{
    tile_run(t, TILE_PIXELS, TILE_PER_BLOCK, true);
}
static void tile_half_2(const tile *t)
{
    tile_run(t, TILE_PIXELS, TILE_VECTORS, true);
}
static tile_kernel *const tile_halves[2] = { tile_half_1, tile_half_2 };
#endif

/* TILE_HALF pixels of one block, and the rest: an odd last block is not worth a body for each of
 * the larger widths. */
static void tile_parts(const tile *t, int rest)
{
    tile part = *t;
    tile_kernels[TILE_HALF - 1][0](&part);
    part.x += TILE_HALF * t->step;
    part.pixel += TILE_HALF;
    part.y += TILE_HALF * t->y_step;
    if (t->base)
        part.base += TILE_HALF * t->base_step;
    tile_kernels[rest - 1][0](&part);
}

/* A row of n pixels is cut evenly into tiles; this is where tile i of `count` begins. */
static inline int64_t tile_count(int64_t n)
{
    return (n + TILE_PIXELS - 1) / TILE_PIXELS;
}
static inline int64_t tile_begin(int64_t n, int64_t count, int64_t i)
{
    return n / count * i + (i < n % count ? i : n % count);
}
#endif
