/* tests/kernels/reduction_reduce.c - sums and extremes of floats against plain loops in double. */
#include "reduction/reduce/kernels.h"
#include "support/check.h"
#include <math.h>

static double fold(int kind, double so_far, double x)
{
    if (kind == 0)
        return so_far + x;
    if (kind == 1)
        return so_far + fabs(x);
    if (kind == 2)
        return so_far + x * x;
    if (isnan(so_far) || isnan(x))
        return NAN;
    return kind == 3 ? fmax(so_far, x) : fmin(so_far, x);
}

/* Kind 0 sum, 1 of magnitudes, 2 of squares, 3 largest, 4 smallest. */
static void one_row(check *t, const void *kernels)
{
    const reduce_kernels *k = kernels;
    reduce_row_f32 *const rows[] = { k->sum, k->sum_abs, k->sum_square, k->max, k->min };
    int kind = (int)check_int(t, 0, 4);
    size_t n = (size_t)check_int(t, 0, check_chance(t, 80) ? 140 : 5000);
    float *x = check_floats(t, n, -3, 3);
    double start = kind < 3 ? 0.5 : kind == 3 ? -INFINITY : INFINITY, want = start, size = 1;
    if (kind > 2 && n > 0 && check_chance(t, 20))
        x[check_int(t, 0, (int64_t)n - 1)] = check_chance(t, 50) ? NAN : INFINITY;
    for (size_t i = 0; i < n; i++) {
        want = fold(kind, want, (double)x[i]);
        size += fabs((double)x[i]) * fabs((double)x[i]);
    }
    check_note(t, "kind=%d n=%zu", kind, n);
    double got = rows[kind](start, x, n);
    check_that(t,
               isnan(want) ? isnan(got)
                           : got == want || fabs(got - want) <= (kind < 3 ? 1e-6 * size : 0),
               "row");
}

static void one_norm(check *t, const void *kernels)
{
    const reduce_kernels *k = kernels;
    size_t n = (size_t)check_int(t, 1, check_chance(t, 80) ? 140 : 5000);
    bool centred = check_chance(t, 50), biased = check_chance(t, 50),
         in_place = check_chance(t, 30);
    float *x = check_floats(t, n, -3, 5), *scale = check_floats(t, n, -2, 2),
          *bias = check_floats(t, n, -2, 2), *y = in_place ? x : check_floats(t, n, 0, 0);
    double mean = 0, square = 0, epsilon = 1e-5;
    double *want = check_doubles(t, n);
    if (!k->norm)
        return;
    for (size_t i = 0; centred && i < n; i++)
        mean += (double)x[i] / (double)n;
    for (size_t i = 0; i < n; i++)
        square += ((double)x[i] - mean) * ((double)x[i] - mean) / (double)n;
    for (size_t i = 0; i < n; i++)
        want[i] = ((double)x[i] - mean) / sqrt(square + epsilon) * (double)scale[i] +
                  (biased ? (double)bias[i] : 0);
    check_note(t, "n=%zu centred=%d biased=%d in_place=%d", n, centred, biased, in_place);
    reduce_moments alone = k->norm(NULL, x, scale, NULL, n, epsilon, centred);
    reduce_moments m = k->norm(y, x, scale, biased ? bias : NULL, n, epsilon, centred);
    check_that(t, m.mean == alone.mean && m.factor == alone.factor, "moments alone");
    check_that(t, fabs(m.mean - mean) <= 1e-6, "mean");
    check_that(t, fabs(m.factor * sqrt(square + epsilon) - 1) <= 1e-5, "factor");
    for (size_t i = 0; i < n; i++)
        check_that(t, fabs((double)y[i] - want[i]) <= 1e-5 * (1 + fabs(want[i])), "norm");
}

static void one_block(check *t, const void *kernels)
{
    const reduce_kernels *k = kernels;
    reduce_columns_f32 *const columns[] = { k->sum_columns, NULL, k->sum_square_columns,
                                            k->max_columns, k->min_columns };
    int kind = (int)check_int(t, 0, 4);
    kind = kind == 1 ? 0 : kind;
    size_t n = (size_t)check_int(t, 1, 70),
           rows = (size_t)check_int(t, 0, check_chance(t, 80) ? 5 : 90);
    size_t step = n + (size_t)check_int(t, 0, 9), size = rows > 0 ? (rows - 1) * step + n : 0;
    float *x = check_floats(t, size, -3, 3);
    double *y = check_doubles(t, n);
    if (kind > 2 && size > 0 && check_chance(t, 20))
        x[check_int(t, 0, (int64_t)size - 1)] = NAN;
    for (size_t i = 0; i < n; i++)
        y[i] = kind < 3 ? 0.5 : kind == 3 ? -INFINITY : INFINITY;
    check_note(t, "kind=%d n=%zu rows=%zu step=%zu", kind, n, rows, step);
    columns[kind](y, x, n, rows, step);
    for (size_t i = 0; i < n; i++) {
        double want = kind < 3 ? 0.5 : kind == 3 ? -INFINITY : INFINITY;
        for (size_t r = 0; r < rows; r++)
            want = fold(kind, want, (double)x[r * step + i]);
        check_that(
            t, isnan(want) ? isnan(y[i]) : y[i] == want || (kind < 3 && fabs(y[i] - want) <= 1e-4),
            "column");
    }
}

static void try_all(check *t, const void *kernels)
{
    check_cases(t, "row", 600, one_row, kernels);
    check_cases(t, "norm", 200, one_norm, kernels);
    check_cases(t, "columns", 600, one_block, kernels);
}

static void time_all(check *t, const void *kernels)
{
    const reduce_kernels *k = kernels;
    float *x = check_floats(t, 65536, -1, 1);
    double *y = check_doubles(t, 256), sum = 0;
    CHECK_BENCH(t, "sum of 4096", 4096, 4.0 * 4096, sum += k->sum(0, x, 4096));
    CHECK_BENCH(t, "max of 4096", 4096, 4.0 * 4096, sum += k->max(0, x, 4096));
    CHECK_BENCH(t, "256 columns of 256", 65536, 4.0 * 65536, k->sum_columns(y, x, 256, 256, 256));
    check_that(t, sum != 1, "");
}

int main(int argc, char **argv)
{
    return check_main(argc, argv, "reduction_reduce", sizeof(reduce_kernels), try_all, time_all);
}
