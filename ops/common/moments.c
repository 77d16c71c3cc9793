/* ops/common/moments.c - mean and variance of runs of elements, for the normalisations. */
#include "common/moments.h"

enum {
    LANES = 16,  /* short sums side by side */
    BLOCK = 1024 /* elements that go into short sums before they are added up in double */
};

double sdx_sum_f32(const float *x, int64_t n)
{
    double sum = 0;
    for (int64_t at = 0; at < n; at += BLOCK) {
        float part[LANES] = { 0 };
        int64_t end = n - at < BLOCK ? n : at + BLOCK, i = at;
        for (; i + LANES <= end; i += LANES)
            for (int k = 0; k < LANES; k++)
                part[k] += x[i + k];
        for (int k = 0; i < end; i++, k++)
            part[k] += x[i];
        for (int k = 0; k < LANES; k++)
            sum += (double)part[k];
    }
    return sum;
}

double sdx_sum_squares_f32(const float *x, int64_t n, float less)
{
    double sum = 0;
    for (int64_t at = 0; at < n; at += BLOCK) {
        float part[LANES] = { 0 };
        int64_t end = n - at < BLOCK ? n : at + BLOCK, i = at;
        for (; i + LANES <= end; i += LANES)
            for (int k = 0; k < LANES; k++) {
                float d = x[i + k] - less;
                part[k] += d * d;
            }
        for (int k = 0; i < end; i++, k++) {
            float d = x[i] - less;
            part[k] += d * d;
        }
        for (int k = 0; k < LANES; k++)
            sum += (double)part[k];
    }
    return sum;
}

enum { RUN = 128 /* elements widened at a time */ };

double sdx_sum(const sdx_tensor *x, int64_t first, int64_t step, int64_t n)
{
    double sum = 0, run[RUN];
    if (x->dtype == SDX_F32 && step == 1)
        return sdx_sum_f32(sdx_f32(x) + first, n);
    for (int64_t at = 0; at < n; at += RUN) {
        int64_t length = n - at < RUN ? n - at : RUN;
        sdx_load_f64(run, x, first + at * step, step, length);
        for (int64_t i = 0; i < length; i++)
            sum += run[i];
    }
    return sum;
}

double sdx_sum_squares(const sdx_tensor *x, int64_t first, int64_t step, int64_t n, double less)
{
    double sum = 0, run[RUN];
    if (x->dtype == SDX_F32 && step == 1)
        return sdx_sum_squares_f32(sdx_f32(x) + first, n, (float)less);
    for (int64_t at = 0; at < n; at += RUN) {
        int64_t length = n - at < RUN ? n - at : RUN;
        sdx_load_f64(run, x, first + at * step, step, length);
        for (int64_t i = 0; i < length; i++)
            sum += (run[i] - less) * (run[i] - less);
    }
    return sum;
}

void sdx_scale_run(sdx_tensor *y, const sdx_tensor *x, int64_t first, int64_t step, int64_t n,
                   double a, double b)
{
    double run[RUN];
    if (x->dtype == SDX_F32 && y->dtype == SDX_F32 && step == 1) {
        const float *from = sdx_f32(x) + first;
        float *to = sdx_f32_out(y) + first, fa = (float)a, fb = (float)b;
        for (int64_t i = 0; i < n; i++)
            to[i] = from[i] * fa + fb;
        return;
    }
    for (int64_t at = 0; at < n; at += RUN) {
        int64_t length = n - at < RUN ? n - at : RUN;
        sdx_load_f64(run, x, first + at * step, step, length);
        for (int64_t i = 0; i < length; i++)
            run[i] = run[i] * a + b;
        sdx_store_f64(y, first + at * step, step, length, run);
    }
}

void sdx_load_all(double *to, const sdx_tensor *t)
{
    sdx_load_f64(to, t, 0, 1, sdx_elements(t));
}
