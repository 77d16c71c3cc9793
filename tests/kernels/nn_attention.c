/* tests/kernels/nn_attention.c - what lies between the products of attention, and the products of
 * few queries, against plain loops in double. */
#include "nn/attention/kernels.h"
#include "support/check.h"
#include <math.h>

enum { MOST_KEYS = 140 };

/* Scores of which some are hidden; a column may see none. */
static void hide_some(check *t, float *scores, int64_t keys, int64_t step)
{
    int percent = check_chance(t, 20) ? 100 : (int)check_int(t, 0, 60);
    for (int64_t i = 0; i < keys; i++)
        if (check_chance(t, percent))
            scores[i * step] = -INFINITY;
}

/* What weigh and row are to give, for one column. */
typedef struct column {
    double top, sum, factor, weight[MOST_KEYS];
} column;

static column weighed(const float *scores, int64_t keys, int64_t step, float top, float sum)
{
    column c = { .top = (double)top };
    for (int64_t i = 0; i < keys; i++)
        c.top = fmax(c.top, (double)scores[i * step]);
    c.factor = isinf(c.top) ? 1 : exp((double)top - c.top);
    c.sum = (double)sum * c.factor;
    for (int64_t i = 0; i < keys; i++) {
        c.weight[i] = isinf(c.top) ? 0 : exp((double)scores[i * step] - c.top);
        c.sum += c.weight[i];
    }
    return c;
}

/* Before the first block nothing has been seen; later a top and a sum have come together. */
static void start(check *t, float *top, float *sum)
{
    bool first = check_chance(t, 50);
    *top = first ? -INFINITY : (float)check_int(t, -5, 5);
    *sum = first ? 0 : (float)check_int(t, 1, 9);
}

static void weigh(check *t, const void *kernels)
{
    const attention_kernels *k = kernels;
    int64_t width = 16 * check_int(t, 1, 2), keys = check_int(t, 1, MOST_KEYS - 1);
    float *scores = check_floats(t, (size_t)(keys * width), -9, 9),
          *top = check_room(t, (size_t)width), *sum = check_room(t, (size_t)width),
          *factor = check_room(t, (size_t)width);
    column want[32];
    check_note(t, "width=%d keys=%d", (int)width, (int)keys);
    for (int64_t j = 0; j < width; j++) {
        start(t, top + j, sum + j);
        hide_some(t, scores + j, keys, width);
        want[j] = weighed(scores + j, keys, width, top[j], sum[j]);
    }
    k->weigh(scores, keys, width, top, sum, factor);
    for (int64_t j = 0; j < width; j++) {
        check_that(t, (double)top[j] == want[j].top, "top");
        check_near_at(t, "sum", j, sum[j], want[j].sum, 1e-5 * (1 + want[j].sum));
        if (!isinf(want[j].top))
            check_near_at(t, "factor", j, factor[j], want[j].factor, 1e-6);
        for (int64_t i = 0; i < keys; i++)
            check_near_at(t, "weight", i, scores[i * width + j], want[j].weight[i], 1e-6);
    }
}

static void row(check *t, const void *kernels)
{
    const attention_kernels *k = kernels;
    int64_t keys = check_int(t, 1, MOST_KEYS - 1);
    float *scores = check_floats(t, (size_t)keys, -9, 9), top, sum;
    start(t, &top, &sum);
    hide_some(t, scores, keys, 1);
    column want = weighed(scores, keys, 1, top, sum);
    check_note(t, "keys=%d", (int)keys);
    float factor = k->row(scores, keys, &top, &sum);
    check_that(t, (double)top == want.top, "top");
    check_near_at(t, "sum", 0, sum, want.sum, 1e-5 * (1 + want.sum));
    if (!isinf(want.top))
        check_near_at(t, "factor", 0, factor, want.factor, 1e-6);
    for (int64_t i = 0; i < keys; i++)
        check_near_at(t, "weight", i, scores[i], want.weight[i], 1e-6);
}

static void scale_and_bias(check *t, const void *kernels)
{
    const attention_kernels *k = kernels;
    int64_t width = 16 * check_int(t, 1, 2), keys = check_int(t, 1, 40);
    size_t size = (size_t)(keys * width);
    float *y = check_floats(t, size, -3, 3), *factor = check_floats(t, (size_t)width, 0, 1);
    double *want = check_doubles(t, size);
    bool one = check_int(t, 0, 1);
    const float *from[32];
    for (int64_t j = 0; j < width; j++) {
        from[j] = one && j > 0 ? from[0] : check_floats(t, (size_t)keys, -3, 3);
        for (int64_t i = 0; i < keys; i++)
            want[i * width + j] = (double)y[i * width + j] * (double)factor[j] + (double)from[j][i];
    }
    check_note(t, "width=%d keys=%d", (int)width, (int)keys);
    k->scale(y, keys, width, factor);
    k->bias(y, keys, width, from, one);
    check_near(t, "scale and bias", y, want, size, 1e-6);
}

static void turn(check *t, const void *kernels)
{
    const attention_kernels *k = kernels;
    int64_t width = 16 * check_int(t, 1, 2), rows = check_int(t, 1, 70),
            count = check_int(t, 1, width);
    float *x = check_floats(t, (size_t)(rows * width), -3, 3),
          *factor = check_floats(t, (size_t)width, 0, 1), *y[32];
    check_note(t, "width=%d rows=%d count=%d", (int)width, (int)rows, (int)count);
    for (int64_t j = 0; j < count; j++)
        y[j] = check_room(t, (size_t)rows);
    k->turn(y, x, rows, width, count, factor);
    for (int64_t j = 0; j < count; j++)
        for (int64_t i = 0; i < rows; i++)
            check_near_at(t, "turned", i, y[j][i], (double)x[i * width + j] * (double)factor[j],
                          1e-6);
}

static void dots(check *t, const void *kernels)
{
    const attention_kernels *k = kernels;
    int64_t d = check_int(t, 0, 70), keys = check_int(t, 1, 70), step = d + check_int(t, 0, 5);
    float *q = check_floats(t, (size_t)d, -2, 2), *scores = check_room(t, (size_t)keys),
          *rows = check_floats(t, (size_t)((keys - 1) * step + d), -2, 2);
    double *want = check_doubles(t, (size_t)keys);
    check_note(t, "d=%d keys=%d step=%d", (int)d, (int)keys, (int)step);
    for (int64_t i = 0; i < keys; i++)
        for (int64_t n = 0; n < d; n++)
            want[i] += (double)q[n] * (double)rows[i * step + n];
    k->dots(scores, q, d, rows, step, keys);
    check_near(t, "dots", scores, want, (size_t)keys, 1e-4);
}

static void mix(check *t, const void *kernels)
{
    const attention_kernels *k = kernels;
    int64_t d = check_int(t, 0, 150), keys = check_int(t, 1, 70), step = d + check_int(t, 0, 5),
            queries = check_int(t, 1, ATTENTION_FEW), stride = keys + check_int(t, 0, 9);
    size_t size = (size_t)(queries * d);
    float *y = check_floats(t, size, -2, 2),
          *weights = check_floats(t, (size_t)((queries - 1) * stride + keys), 0, 1),
          *v = check_floats(t, (size_t)((keys - 1) * step + d), -2, 2);
    double *want = check_doubles(t, size);
    check_note(t, "d=%d keys=%d step=%d queries=%d", (int)d, (int)keys, (int)step, (int)queries);
    for (int64_t q = 0; q < queries; q++)
        for (int64_t n = 0; n < d; n++) {
            want[q * d + n] = (double)y[q * d + n];
            for (int64_t i = 0; i < keys; i++)
                want[q * d + n] += (double)weights[q * stride + i] * (double)v[i * step + n];
        }
    k->mix(y, d, weights, stride, queries, v, step, keys);
    check_near(t, "mix", y, want, size, 1e-4);
}

static void try_all(check *t, const void *kernels)
{
    check_cases(t, "weigh", 300, weigh, kernels);
    check_cases(t, "row", 300, row, kernels);
    check_cases(t, "scale and bias", 200, scale_and_bias, kernels);
    check_cases(t, "turn", 100, turn, kernels);
    check_cases(t, "dots", 300, dots, kernels);
    check_cases(t, "mix", 300, mix, kernels);
}

static void time_all(check *t, const void *kernels)
{
    const attention_kernels *k = kernels;
    float *scores = check_floats(t, 128 * 32, -9, 0), *rows = check_floats(t, 128 * 64, -1, 1),
          *y = check_floats(t, 4 * 64, -1, 1);
    float top[32] = { 0 }, sum[32] = { 0 }, factor[32];
    CHECK_BENCH(t, "weigh 128 keys of 32 queries", 128 * 32, 4.0 * 128 * 32,
                k->weigh(scores, 128, 32, top, sum, factor));
    CHECK_BENCH(t, "a query by 128 keys of 64", 2 * 128 * 64, 4.0 * 128 * 64,
                k->dots(scores, y, 64, rows, 64, 128));
    CHECK_BENCH(t, "4 queries' values, 128 of 64", 8 * 128 * 64, 4.0 * 128 * 64,
                k->mix(y, 64, scores, 128, 4, rows, 64, 128));
}

int main(int argc, char **argv)
{
    return check_main(argc, argv, "nn_attention", sizeof(attention_kernels), try_all, time_all);
}
