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

static void bias(float *scores, int64_t keys, int64_t width, const float *const *from)
{
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

static void fill_kernels(attention_kernels *k)
{
    *k = (attention_kernels){ weigh, scale, bias };
}
