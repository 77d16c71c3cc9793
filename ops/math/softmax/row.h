/* ops/math/softmax/row.h - softmax of a row of floats, on a vocabulary. */
#include "math/softmax/kernels.h"
#include "simd/f32_math.h"

/* The greatest element.  NaN is found by the sum, which it spoils. */
static float greatest(const float *x, size_t n)
{
    v_f32 top = v_set(-INFINITY);
    size_t i = 0;
    for (; i + V_LANES <= n; i += V_LANES)
        top = v_max(v_load(x + i), top);
    float most = v_top(top);
    for (; i < n; i++)
        most = x[i] > most ? x[i] : most;
    return most;
}

/* y = exp(x - top); returns the sum.  y NULL: the sum alone. */
static float exponentials(float *y, const float *x, size_t n, float top)
{
    v_f32 sum = v_set(0), less = v_set(top);
    for (size_t i = 0; i < n; i += V_LANES) {
        size_t left = n - i;
        if (left >= V_LANES) {
            v_f32 e = v_exp(v_load(x + i) - less);
            if (y)
                v_store(y + i, e);
            sum = sum + e;
            continue;
        }
        v_f32 e = v_exp(v_load_part(x + i, left) - less);
        float last[V_LANES];
        v_store(last, e);
        if (y)
            v_store_part(y + i, e, left);
        sum = sum + v_load_part(last, left);
    }
    return v_sum(sum);
}

static void softmax_f32(float *y, const float *x, size_t n)
{
    v_f32 part = v_set(1 / exponentials(y, x, n, greatest(x, n)));
    size_t i = 0;
    for (; i + V_LANES <= n; i += V_LANES)
        v_store(y + i, v_load(y + i) * part);
    v_store_part(y + i, v_load_part(y + i, n - i) * part, n - i);
}

static void log_softmax_f32(float *y, const float *x, size_t n)
{
    float top = greatest(x, n);
    v_f32 less = v_set(top), log = v_set(logf(exponentials(NULL, x, n, top)));
    size_t i = 0;
    for (; i + V_LANES <= n; i += V_LANES)
        v_store(y + i, v_load(x + i) - less - log);
    v_store_part(y + i, v_load_part(x + i, n - i) - less - log, n - i);
}

static void fill_kernels(softmax_kernels *k)
{
    k->softmax_f32 = softmax_f32;
    k->log_softmax_f32 = log_softmax_f32;
}
