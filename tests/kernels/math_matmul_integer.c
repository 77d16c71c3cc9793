/* tests/kernels/math_matmul_integer.c - tiles of 16-bit pairs against the reference, and that
 * against plain sums. */
#include "math/matmul_integer/kernels.h"
#include "support/check.h"
#include <string.h>

static void one_tile(check *t, const void *kernels)
{
    const matmul_integer_kernels *k = kernels;
    int rows = (int)check_int(t, 1, INT_ROWS);
    int64_t pairs = check_int(t, 0, check_chance(t, 80) ? 20 : 400), width = 2 * pairs;
    int16_t *a = check_bytes(t, (size_t)(rows * width) * sizeof *a + 2);
    int16_t *b = check_bytes(t, (size_t)pairs * INT_COLUMNS * 2 * sizeof *b + 2);
    int32_t got[INT_ROWS][INT_COLUMNS], want[INT_ROWS][INT_COLUMNS];
    for (int64_t i = 0; i < rows * width; i++)
        a[i] = (int16_t)check_int(t, -255, 255);
    for (int64_t i = 0; i < pairs * INT_COLUMNS * 2; i++)
        b[i] = (int16_t)check_int(t, -128, 255);
    check_note(t, "rows=%d pairs=%d", rows, (int)pairs);
    k->tile(got[0], INT_COLUMNS, a, width, b, pairs, rows);
    sdx_int_tile(want[0], INT_COLUMNS, a, width, b, pairs, rows);
    check_that(t, memcmp(got, want, (size_t)rows * sizeof got[0]) == 0, "tile");
    for (int j = 0; j < INT_COLUMNS; j++) {
        int64_t sum = 0;
        for (int64_t i = 0; i < width; i++)
            sum += a[i] * b[(i / 2 * INT_COLUMNS + j) * 2 + i % 2];
        check_that(t, want[0][j] == (int32_t)sum, "reference");
    }
}

static void try_all(check *t, const void *kernels)
{
    check_cases(t, "tile", 400, one_tile, kernels);
}

static void time_all(check *t, const void *kernels)
{
    const matmul_integer_kernels *k = kernels;
    int16_t *a = check_bytes(t, 4 * 512 * sizeof *a), *b = check_bytes(t, 512 * 16 * sizeof *b);
    int32_t y[INT_ROWS][INT_COLUMNS];
    memset(a, 0, 4 * 512 * sizeof *a);
    memset(b, 0, 512 * 16 * sizeof *b);
    CHECK_BENCH(t, "4 x 16 x 512", 2.0 * 4 * 16 * 512, 512 * 16 * 2.0,
                k->tile(y[0], 16, a, 512, b, 256, 4));
}

int main(int argc, char **argv)
{
    return check_main(argc, argv, "math_matmul_integer", sizeof(matmul_integer_kernels), try_all,
                      time_all);
}
