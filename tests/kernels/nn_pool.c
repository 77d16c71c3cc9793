/* tests/kernels/nn_pool.c - rows of pooling windows against plain loops in double. */
#include "nn/pool/kernels.h"
#include "support/check.h"
#include <math.h>

static void one_line(check *t, const void *kernels)
{
    const pool_kernels *k = kernels;
    pool_line_f32 *const lines[] = { k->max, k->sum, k->squares };
    enum { ROWS = 4 };
    const float *row[ROWS];
    int kind = (int)check_int(t, 0, 2);
    pool_line p = { .row = row,
                    .rows = (int)check_int(t, 1, ROWS),
                    .in = check_int(t, 1, 20),
                    .kernel = check_int(t, 1, 5),
                    .stride = check_int(t, 1, 3),
                    .dilation = check_int(t, 1, 3),
                    .begin = check_int(t, 0, 4),
                    .lanes = check_chance(t, 50) ? 16 : 48,
                    .start = kind == 0 ? -INFINITY : 0 };
    p.out = check_int(t, 0, (p.in + p.begin - 1) / p.stride + 1);
    for (int r = 0; r < p.rows; r++)
        row[r] = check_floats(t, (size_t)(p.in * p.lanes), -3, 3);
    size_t n = (size_t)(p.out * p.lanes);
    float *y = check_room(t, n);
    double *want = check_doubles(t, n);
    for (size_t i = 0; i < n; i++) {
        want[i] = (double)p.start;
        for (int r = 0; r < p.rows; r++)
            for (int64_t q = 0; q < p.kernel; q++) {
                int64_t at = (int64_t)i / p.lanes * p.stride - p.begin + q * p.dilation;
                if (at < 0 || at >= p.in)
                    continue;
                double x = (double)row[r][at * p.lanes + (int64_t)i % p.lanes];
                want[i] = kind == 0 ? fmax(want[i], x) : want[i] + (kind == 1 ? x : x * x);
            }
    }
    check_note(t, "kind=%d rows=%d in=%d out=%d kernel=%d", kind, p.rows, (int)p.in, (int)p.out,
               (int)p.kernel);
    lines[kind](y, &p);
    for (size_t i = 0; i < n; i++)
        check_that(t, isinf(want[i]) ? isinf(y[i]) : fabs((double)y[i] - want[i]) <= 1e-4,
                   "window");
}

static void try_all(check *t, const void *kernels)
{
    check_cases(t, "line", 600, one_line, kernels);
}

static void time_all(check *t, const void *kernels)
{
    const pool_kernels *k = kernels;
    enum { IN = 112, OUT = 56, LANES = 16 };
    float *x = check_floats(t, IN * LANES, -1, 1), *y = check_room(t, OUT * LANES);
    const float *row[3] = { x, x, x };
    pool_line p = { row, 3, IN, OUT, 3, 2, 1, 1, LANES, -INFINITY };
    CHECK_BENCH(t, "max 3x3 stride 2", 0, 4.0 * LANES * (3 * IN + OUT), k->max(y, &p));
    check_free(t);
}

int main(int argc, char **argv)
{
    return check_main(argc, argv, "nn_pool", sizeof(pool_kernels), try_all, time_all);
}
