/* ops/reduction/reduce/rows.h - sums and extremes of floats, on a vocabulary. */
#include "reduction/reduce/kernels.h"
#include <math.h>
#include <string.h>

enum { BLOCK = 1024, ROWS = 32 };

/* Adds f(x) of n elements to start; f(0) is 0. */
#define SUM_ROW(name, ...)                                                                       \
    static double name(double start, const float *from, size_t n)                                \
    {                                                                                            \
        for (size_t first = 0; first < n; first += BLOCK) {                                      \
            const size_t end = n - first < BLOCK ? n : first + BLOCK;                            \
            v_f32 sum[4] = { v_set(0), v_set(0), v_set(0), v_set(0) };                           \
            size_t i = first;                                                                    \
            for (; i + 4 * V_LANES <= end; i += 4 * V_LANES)                                     \
                V_UNROLL                                                                         \
            for (size_t k = 0; k < 4; k++) {                                                     \
                const v_f32 x = v_load(from + i + k * V_LANES);                                  \
                sum[k] = sum[k] + (__VA_ARGS__);                                                 \
            }                                                                                    \
            for (; i < end; i += V_LANES) {                                                      \
                const size_t left = end - i;                                                     \
                const v_f32 x = left < V_LANES ? v_load_part(from + i, left) : v_load(from + i); \
                sum[0] = sum[0] + (__VA_ARGS__);                                                 \
            }                                                                                    \
            start += (double)v_sum((sum[0] + sum[1]) + (sum[2] + sum[3]));                       \
        }                                                                                        \
        return start;                                                                            \
    }
SUM_ROW(sum_row, x)
SUM_ROW(sum_abs_row, v_abs(x))
SUM_ROW(sum_square_row, x *x)

/* Adds (x - less)^2. */
static double sum_square_less(const float *from, size_t n, float less)
{
    const v_f32 all = v_set(less);
    float part[V_LANES];
    double total = 0;
    for (size_t k = 0; k < V_LANES; k++)
        part[k] = less;
    for (size_t first = 0; first < n; first += BLOCK) {
        const size_t end = n - first < BLOCK ? n : first + BLOCK;
        v_f32 sum[4] = { v_set(0), v_set(0), v_set(0), v_set(0) };
        size_t i = first;
        for (; i + 4 * V_LANES <= end; i += 4 * V_LANES)
            V_UNROLL
        for (size_t k = 0; k < 4; k++) {
            const v_f32 d = v_load(from + i + k * V_LANES) - all;
            sum[k] = v_fma(d, d, sum[k]);
        }
        for (; i < end; i += V_LANES) {
            const size_t left = end - i < V_LANES ? end - i : V_LANES;
            const v_f32 d = v_load_part(from + i, left) - v_load_part(part, left);
            sum[0] = v_fma(d, d, sum[0]);
        }
        total += (double)v_sum((sum[0] + sum[1]) + (sum[2] + sum[3]));
    }
    return total;
}

static reduce_moments norm(float *y, const float *x, const float *scale, const float *bias,
                           size_t n, double epsilon, bool centred)
{
    reduce_moments m = { centred ? sum_row(0, x, n) / (double)n : 0, 0 };
    m.factor = 1 / sqrt(sum_square_less(x, n, (float)m.mean) / (double)n + epsilon);
    const v_f32 mean = v_set((float)m.mean), factor = v_set((float)m.factor);
    for (size_t i = 0; y && i < n; i += V_LANES) {
        const size_t left = n - i < V_LANES ? n - i : V_LANES;
        const bool whole = left == V_LANES;
        v_f32 v = whole ? v_load(x + i) : v_load_part(x + i, left);
        v = (v - mean) * factor * (whole ? v_load(scale + i) : v_load_part(scale + i, left));
        if (bias)
            v = v + (whole ? v_load(bias + i) : v_load_part(bias + i, left));
        if (whole)
            v_store(y + i, v);
        else
            v_store_part(y + i, v, left);
    }
    return m;
}

V_INLINE bool any_lane(v_i32 mask)
{
    int32_t lane[V_LANES], any = 0;
    memcpy(lane, &mask, sizeof lane);
    for (int i = 0; i < V_LANES; i++)
        any |= lane[i];
    return any != 0;
}

/* NaN is passed over by the comparisons, and looked for beside them. */
#define TOP_ROW(name, best, wins)                                 \
    static double name(double start, const float *from, size_t n) \
    {                                                             \
        v_f32 top = v_set((float)start);                          \
        v_i32 nan = { 0 };                                        \
        size_t i = 0;                                             \
        for (; i + V_LANES <= n; i += V_LANES) {                  \
            const v_f32 x = v_load(from + i);                     \
            nan = nan | (x != x);                                 \
            top = best(x, top);                                   \
        }                                                         \
        float lane[V_LANES];                                      \
        bool is_nan = any_lane(nan) || isnan(start);              \
        v_store(lane, top);                                       \
        for (size_t k = 0; k < V_LANES; k++)                      \
            start = lane[k] wins start ? (double)lane[k] : start; \
        for (; i < n; i++) {                                      \
            is_nan = is_nan || isnan(from[i]);                    \
            start = from[i] wins start ? (double)from[i] : start; \
        }                                                         \
        return is_nan ? (double)NAN : start;                      \
    }
TOP_ROW(max_row, v_max, >)
TOP_ROW(min_row, v_min, <)

#define SUM_COLUMNS(name, ...)                                                           \
    static void name(double *y, const float *from, size_t n, size_t rows, size_t step)   \
    {                                                                                    \
        for (size_t i = 0; i < n; i += V_LANES) {                                        \
            const size_t left = n - i < V_LANES ? n - i : V_LANES;                       \
            for (size_t first = 0; first < rows; first += ROWS) {                        \
                const size_t end = rows - first < ROWS ? rows : first + ROWS;            \
                v_f32 sum = v_set(0);                                                    \
                float lane[V_LANES];                                                     \
                for (size_t r = first; r < end; r++) {                                   \
                    const float *at = from + r * step + i;                               \
                    const v_f32 x = left < V_LANES ? v_load_part(at, left) : v_load(at); \
                    sum = sum + (__VA_ARGS__);                                           \
                }                                                                        \
                v_store(lane, sum);                                                      \
                for (size_t k = 0; k < left; k++)                                        \
                    y[i + k] += (double)lane[k];                                         \
            }                                                                            \
        }                                                                                \
    }
SUM_COLUMNS(sum_columns, x)
SUM_COLUMNS(sum_square_columns, x *x)

#define TOP_COLUMNS(name, best, wins)                                                  \
    static void name(double *y, const float *from, size_t n, size_t rows, size_t step) \
    {                                                                                  \
        for (size_t i = 0; i < n && rows > 0; i += V_LANES) {                          \
            const size_t left = n - i < V_LANES ? n - i : V_LANES;                     \
            v_f32 top = v_load_part(from + i, left);                                   \
            v_i32 nan = { 0 };                                                         \
            float lane[V_LANES];                                                       \
            int32_t is_nan[V_LANES];                                                   \
            for (size_t r = 0; r < rows; r++) {                                        \
                const float *at = from + r * step + i;                                 \
                const v_f32 x = left < V_LANES ? v_load_part(at, left) : v_load(at);   \
                nan = nan | (x != x);                                                  \
                top = best(x, top);                                                    \
            }                                                                          \
            v_store(lane, top);                                                        \
            memcpy(is_nan, &nan, sizeof is_nan);                                       \
            for (size_t k = 0; k < left; k++) {                                        \
                y[i + k] = lane[k] wins y[i + k] ? (double)lane[k] : y[i + k];         \
                y[i + k] = is_nan[k] ? (double)NAN : y[i + k];                         \
            }                                                                          \
        }                                                                              \
    }
TOP_COLUMNS(max_columns, v_max, >)
TOP_COLUMNS(min_columns, v_min, <)

static void fill_kernels(reduce_kernels *k)
{
    *k = (reduce_kernels){ .sum = sum_row,
                           .sum_abs = sum_abs_row,
                           .sum_square = sum_square_row,
                           .max = max_row,
                           .min = min_row,
                           .sum_columns = sum_columns,
                           .sum_square_columns = sum_square_columns,
                           .max_columns = max_columns,
                           .min_columns = min_columns,
                           .norm = norm };
}
