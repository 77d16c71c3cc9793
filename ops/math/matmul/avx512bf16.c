/* ops/math/matmul/avx512bf16.c - tiles of products of bf16 pairs, by VDPBF16PS. */
#include "simd/f32_avx512.h"
#include "math/matmul/kernels.h"
#include <math.h>

enum { TILE_ROWS = 14, BLOCKS = 2 };

/* Not the intrinsic: gcc copies and spills sums around it. */
V_INLINE v_f32 dot(v_f32 sum, v_f32 a, v_f32 b)
{
    __asm__("vdpbf16ps %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b));
    return sum;
}

V_INLINE void tile_pairs(const matmul_pairs *t, int64_t first, const int R, const int V)
{
    v_f32 acc[TILE_ROWS * BLOCKS];
    const float *w = t->w, *ahead = w + t->ahead;
    const int64_t step = t->x_row;
    V_UNROLL
    for (int i = 0; i < R * V; i++)
        acc[i] = v_set(0);
    for (int64_t r = 0; r < t->runs; r++) {
        const float *row[(TILE_ROWS + 2) / 3];
        row[0] = t->x + first * step + t->at[r];
        V_UNROLL
        for (int i = 1; i < (R + 2) / 3; i++)
            row[i] = row[i - 1] + 3 * step;
        for (int64_t n = t->run; n > 0; n--) {
            v_f32 wv[BLOCKS];
            V_UNROLL
            for (int j = 0; j < V; j++) {
                wv[j] = v_load(w + j * V_LANES);
                __builtin_prefetch(ahead + j * V_LANES, 0, 2);
            }
            V_UNROLL
            for (int i = 0; i < R; i++) {
                v_f32 x = v_set(row[i / 3][i % 3 * step]); /* a pair, moved as it is */
                V_UNROLL
                for (int j = 0; j < V; j++)
                    acc[i * V + j] = dot(acc[i * V + j], x, wv[j]);
            }
            V_UNROLL
            for (int i = 0; i < (R + 2) / 3; i++)
                row[i]++;
            w += V * V_LANES;
            ahead += V * V_LANES;
        }
    }
    float *y = t->y + first * t->y_row;
    if (t->bias)
        V_UNROLL
    for (int i = 0; i < R * V; i++)
        acc[i] = acc[i] + v_load(t->bias + i % V * V_LANES);
    if (t->base) {
        const float *base = t->base + first * t->base_row;
        V_UNROLL
        for (int i = 0; i < R * V; i++) {
            acc[i] = acc[i] + v_load(base + i % V * t->base_block);
            base += i % V == V - 1 ? t->base_row : 0;
        }
    }
    const v_f32 lo = v_set(t->lo), hi = v_set(t->hi);
    V_UNROLL
    for (int i = 0; i < R * V; i++) {
        v_store(y + i % V * t->y_block, v_min(hi, v_max(lo, acc[i])));
        y += i % V == V - 1 ? t->y_row : 0;
    }
}

#define SOME_ROWS(R, V)              \
    for (; left >= (R); left -= (R)) \
    tile_pairs(t, t->rows - left, R, V)
static void pairs(const matmul_pairs *t)
{
    int64_t left = t->rows;
    if (t->blocks == 2) {
        SOME_ROWS(14, 2);
        SOME_ROWS(7, 2);
        SOME_ROWS(3, 2);
        SOME_ROWS(1, 2);
    } else {
        SOME_ROWS(7, 1);
        SOME_ROWS(3, 1);
        SOME_ROWS(1, 1);
    }
}

static void to_pairs(float *to, const float *x, int64_t n)
{
    for (; n >= 2 * V_LANES; n -= 2 * V_LANES, x += 2 * V_LANES, to += V_LANES)
        v_store(to, (v_f32)_mm512_cvtne2ps_pbh(v_load(x + V_LANES), v_load(x)));
    if (n <= 0)
        return;
    size_t low = n < V_LANES ? (size_t)n : V_LANES, high = (size_t)n - low;
    v_f32 a = v_load_part(x, low), b = high ? v_load_part(x + V_LANES, high) : v_set(0);
    v_store_part(to, (v_f32)_mm512_cvtne2ps_pbh(b, a), (size_t)(n + 1) / 2);
}

SDX_KERNELS(math_matmul, avx512bf16)
{
    matmul_kernels *k = slots;
    k->pairs = pairs;
    k->to_pairs = to_pairs;
}
