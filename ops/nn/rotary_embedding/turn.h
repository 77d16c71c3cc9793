/* ops/nn/rotary_embedding/turn.h - pairs of heads turned, on a vocabulary.  Angles stay in
 * registers while all heads pass. */
#include <string.h>
#include "nn/rotary_embedding/kernels.h"

/* What is not turned. */
static void keep_rest(float *y, const float *x, int64_t heads, int64_t size, int64_t from)
{
    for (int64_t h = 0; h < heads && from < size && y != x; h++)
        memcpy(y + h * size + from, x + h * size + from, (size_t)(size - from) * sizeof *y);
}

static void halves(float *y, const float *x, int64_t heads, int64_t size, int64_t half,
                   const float *cosine, const float *sine)
{
    int64_t k = 0;
    for (; k + V_LANES <= half; k += V_LANES) {
        v_f32 c = v_load(cosine + k), s = v_load(sine + k);
        for (int64_t at = k; at < heads * size; at += size) {
            v_f32 a = v_load(x + at), b = v_load(x + at + half);
            v_store(y + at, v_fma(a, c, v_set(0) - b * s));
            v_store(y + at + half, v_fma(b, c, a * s));
        }
    }
    if (k < half) {
        size_t n = (size_t)(half - k);
        v_f32 c = v_load_part(cosine + k, n), s = v_load_part(sine + k, n);
        for (int64_t at = k; at < heads * size; at += size) {
            v_f32 a = v_load_part(x + at, n), b = v_load_part(x + at + half, n);
            v_store_part(y + at, v_fma(a, c, v_set(0) - b * s), n);
            v_store_part(y + at + half, v_fma(b, c, a * s), n);
        }
    }
    keep_rest(y, x, heads, size, 2 * half);
}

static void neighbours(float *y, const float *x, int64_t heads, int64_t size, int64_t half,
                       const float *cosine, const float *sine)
{
    int32_t pair[V_LANES], other[V_LANES];
    float sign[V_LANES];
    for (int i = 0; i < V_LANES; i++) {
        pair[i] = i / 2;
        other[i] = i ^ 1;
        sign[i] = i % 2 ? 1 : -1;
    }
    for (int64_t k = 0; k < half; k += V_LANES / 2) {
        size_t n = half - k < V_LANES / 2 ? (size_t)(half - k) : V_LANES / 2;
        v_f32 c = v_spread(v_load_part(cosine + k, n), v_load_lanes(pair));
        v_f32 s = v_spread(v_load_part(sine + k, n), v_load_lanes(pair)) * v_load(sign);
        for (int64_t at = 2 * k; at < heads * size && n == V_LANES / 2; at += size) {
            v_f32 a = v_load(x + at), b = v_spread(a, v_load_lanes(other));
            v_store(y + at, v_fma(a, c, b * s));
        }
        for (int64_t at = 2 * k; at < heads * size && n < V_LANES / 2; at += size) {
            v_f32 a = v_load_part(x + at, 2 * n), b = v_spread(a, v_load_lanes(other));
            v_store_part(y + at, v_fma(a, c, b * s), 2 * n);
        }
    }
    keep_rest(y, x, heads, size, 2 * half);
}

static void fill_kernels(rotary_embedding_kernels *k)
{
    *k = (rotary_embedding_kernels){ halves, neighbours };
}
