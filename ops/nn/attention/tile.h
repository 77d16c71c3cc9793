/* ops/nn/attention/tile.h - weights of a tile of scores, on a vocabulary. */
#include "nn/attention/kernels.h"
#include "simd/f32_math.h"

static void weigh(float *scores, int64_t keys, int64_t width, float *top, float *sum, float *factor)
{
    const v_f32 lowest = v_set(-3.4028235e38f);
    for (int64_t j = 0; j < width; j += V_LANES) {
        v_f32 before = v_load(top + j), most = before, total = v_set(0);
        for (int64_t i = 0; i < keys; i++)
            most = v_max(v_load(scores + i * width + j), most);
        /* -INFINITY less itself is no number; any finite top leaves weights of 0. */
        v_f32 less = v_max(most, lowest);
        for (int64_t i = 0; i < keys; i++) {
            v_f32 e = v_exp(v_load(scores + i * width + j) - less);
            v_store(scores + i * width + j, e);
            total = total + e;
        }
        v_f32 part = v_exp(v_max(before, lowest) - less);
        v_store(factor + j, part);
        v_store(top + j, most);
        v_store(sum + j, v_fma(v_load(sum + j), part, total));
    }
}

static void scale(float *y, int64_t rows, int64_t width, const float *factor)
{
    for (int64_t i = 0; i < rows; i++, y += width)
        for (int64_t j = 0; j < width; j += V_LANES)
            v_store(y + j, v_load(y + j) * v_load(factor + j));
}

static void bias(float *scores, int64_t keys, int64_t width, const float *const *from, bool one)
{
    for (int64_t i = 0; i < keys && one; i++)
        for (int64_t j = 0; j < width; j += V_LANES)
            v_store(scores + i * width + j, v_load(scores + i * width + j) + v_set(from[0][i]));
    if (one)
        return;
    for (int64_t j = 0; j < width; j += V_LANES)
        for (int64_t i = 0; i < keys; i += V_LANES) {
            int64_t rows = keys - i < V_LANES ? keys - i : V_LANES;
            v_f32 r[V_LANES];
            for (int64_t k = 0; k < V_LANES; k++)
                r[k] = rows == V_LANES ? v_load(from[j + k] + i)
                                       : v_load_part(from[j + k] + i, (size_t)rows);
            v_transpose(r);
            for (int64_t k = 0; k < rows; k++) {
                float *y = scores + (i + k) * width + j;
                v_store(y, v_load(y) + r[k]);
            }
        }
}

static void turn(float *const *y, const float *x, int64_t rows, int64_t width, int64_t count,
                 const float *factor)
{
    for (int64_t j = 0; j < count; j += V_LANES) {
        v_f32 f = v_load(factor + j);
        for (int64_t i = 0; i < rows; i += V_LANES) {
            int64_t some = rows - i < V_LANES ? rows - i : V_LANES;
            v_f32 r[V_LANES];
            for (int64_t k = 0; k < V_LANES; k++)
                r[k] = v_load(x + (k < some ? i + k : i) * width + j) * f;
            v_transpose(r);
            for (int64_t k = 0; k < V_LANES && j + k < count; k++)
                v_store_part(y[j + k] + i, r[k], (size_t)some);
        }
    }
}

/* ---- few queries ---- */

/* A vector of keys at a time: each has a vector of sums, which are turned into the sums' vector. */
static void dots(float *scores, const float *q, int64_t d, const float *k, int64_t k_step,
                 int64_t keys)
{
    for (int64_t at = 0; at < keys; at += V_LANES) {
        int64_t rows = keys - at < V_LANES ? keys - at : V_LANES, i = 0;
        const float *row[V_LANES];
        v_f32 r[V_LANES];
        for (int64_t n = 0; n < V_LANES; n++)
            row[n] = k + (at + (n < rows ? n : 0)) * k_step;
        V_UNROLL
        for (int n = 0; n < V_LANES; n++)
            r[n] = v_set(0);
        for (; i + V_LANES <= d; i += V_LANES) {
            v_f32 x = v_load(q + i);
            V_UNROLL
            for (int n = 0; n < V_LANES; n++)
                r[n] = v_fma(x, v_load(row[n] + i), r[n]);
        }
        if (i < d) {
            v_f32 x = v_load_part(q + i, (size_t)(d - i));
            V_UNROLL
            for (int n = 0; n < V_LANES; n++)
                r[n] = v_fma(x, v_load_part(row[n] + i, (size_t)(d - i)), r[n]);
        }
        v_transpose(r);
        V_UNROLL
        for (int n = 1; n < V_LANES; n++)
            r[0] = r[0] + r[n];
        v_store_part(scores + at, r[0], (size_t)rows);
    }
}

static float row(float *scores, int64_t keys, float *top, float *sum)
{
    v_f32 most = v_set(*top), total = v_set(0);
    int64_t i = 0;
    for (; i + V_LANES <= keys; i += V_LANES)
        most = v_max(v_load(scores + i), most);
    float before = *top, high = v_top(most);
    for (; i < keys; i++)
        high = scores[i] > high ? scores[i] : high;
    const float less = high > -3.4028235e38f ? high : -3.4028235e38f;
    for (i = 0; i < keys; i += V_LANES) {
        float lane[V_LANES];
        int64_t left = keys - i < V_LANES ? keys - i : V_LANES;
        v_f32 e = v_exp(v_load_part(scores + i, (size_t)left) - v_set(less));
        v_store(lane, e);
        v_store_part(scores + i, e, (size_t)left);
        total = total + v_load_part(lane, (size_t)left);
    }
    float factor[V_LANES];
    v_store(factor, v_exp(v_set((before > -3.4028235e38f ? before : -3.4028235e38f) - less)));
    *top = high;
    *sum = *sum * factor[0] + v_sum(total);
    return factor[0];
}

/* Some of the numbers of y, which stay in registers through all keys. */
V_INLINE void mix_block(float *y, int64_t d, const float *weights, int64_t stride,
                        const int queries, const float *v, int64_t v_step, int64_t keys, size_t n)
{
    v_f32 sum[ATTENTION_FEW];
    V_UNROLL
    for (int q = 0; q < queries; q++)
        sum[q] = n < V_LANES ? v_load_part(y + q * d, n) : v_load(y + q * d);
    for (int64_t i = 0; i < keys; i++, v += v_step) {
        v_f32 x = n < V_LANES ? v_load_part(v, n) : v_load(v);
        V_UNROLL
        for (int q = 0; q < queries; q++)
            sum[q] = v_fma(v_set(weights[q * stride + i]), x, sum[q]);
    }
    V_UNROLL
    for (int q = 0; q < queries; q++)
        v_store_part(y + q * d, sum[q], n);
}

/* Four vectors of one query's, so that there is something to do while a product is under way. */
V_INLINE void mix_wide(float *y, const float *weights, const float *v, int64_t v_step, int64_t keys)
{
    v_f32 sum[4];
    V_UNROLL
    for (int n = 0; n < 4; n++)
        sum[n] = v_load(y + n * V_LANES);
    for (int64_t i = 0; i < keys; i++, v += v_step) {
        v_f32 w = v_set(weights[i]);
        V_UNROLL
        for (int n = 0; n < 4; n++)
            sum[n] = v_fma(w, v_load(v + n * V_LANES), sum[n]);
    }
    V_UNROLL
    for (int n = 0; n < 4; n++)
        v_store(y + n * V_LANES, sum[n]);
}

static void mix(float *y, int64_t d, const float *weights, int64_t stride, int64_t queries,
                const float *v, int64_t v_step, int64_t keys)
{
    int64_t i = 0;
    for (; queries == 1 && i + 4 * V_LANES <= d; i += 4 * V_LANES)
        mix_wide(y + i, weights, v + i, v_step, keys);
    for (; i < d; i += V_LANES) {
        size_t n = d - i < V_LANES ? (size_t)(d - i) : V_LANES;
        if (queries == 4)
            mix_block(y + i, d, weights, stride, 4, v + i, v_step, keys, n);
        else
            for (int64_t q = 0; q < queries; q++)
                mix_block(y + q * d + i, d, weights + q * stride, stride, 1, v + i, v_step, keys,
                          n);
    }
}

static void fill_kernels(attention_kernels *k)
{
    *k = (attention_kernels){ weigh, scale, bias, turn, dots, row, mix };
}
