/* tests/kernels/nn_rotary_embedding.c - turned pairs against plain loops in double. */
#include "nn/rotary_embedding/kernels.h"
#include "support/check.h"
#include <string.h>

static void turn(check *t, const void *kernels)
{
    const rotary_embedding_kernels *k = kernels;
    bool side_by_side = check_chance(t, 50), in_place = check_chance(t, 50);
    int64_t heads = check_int(t, 1, 4), half = check_int(t, 0, 40),
            size = 2 * half + (check_chance(t, 50) ? check_int(t, 0, 20) : 0);
    size_t n = (size_t)(heads * size);
    float *x = check_floats(t, n, -3, 3), *cosine = check_floats(t, (size_t)half, -1, 1),
          *sine = check_floats(t, (size_t)half, -1, 1), *y = check_room(t, n);
    double *want = check_doubles(t, n);
    check_note(t, "heads=%d size=%d half=%d side_by_side=%d in_place=%d", (int)heads, (int)size,
               (int)half, side_by_side, in_place);
    for (int64_t i = 0; i < heads * size; i++) {
        int64_t first = i / size * size, at = i % size, pair;
        double a, b;
        if (at >= 2 * half) {
            want[i] = (double)x[i];
            continue;
        }
        pair = side_by_side ? at / 2 : at % half;
        a = (double)x[first + (side_by_side ? 2 * pair : pair)];
        b = (double)x[first + (side_by_side ? 2 * pair + 1 : pair + half)];
        want[i] = (side_by_side ? at % 2 : at >= half)
                      ? a * (double)sine[pair] + b * (double)cosine[pair]
                      : a * (double)cosine[pair] - b * (double)sine[pair];
    }
    if (in_place && n > 0)
        memcpy(y, x, n * sizeof *y);
    (side_by_side ? k->neighbours : k->halves)(y, in_place ? y : x, heads, size, half, cosine,
                                               sine);
    for (size_t i = 0; i < n; i++)
        check_near_at(t, "turned", (int64_t)i, y[i], want[i], 1e-6);
}

static void try_all(check *t, const void *kernels)
{
    check_cases(t, "turn", 400, turn, kernels);
}

static void time_all(check *t, const void *kernels)
{
    const rotary_embedding_kernels *k = kernels;
    enum { HEADS = 32, SIZE = 128, HALF = 64 };
    float *x = check_floats(t, HEADS * SIZE, -1, 1), *y = check_room(t, HEADS * SIZE),
          *cosine = check_floats(t, HALF, -1, 1), *sine = check_floats(t, HALF, -1, 1);
    CHECK_BENCH(t, "halves", 3.0 * HEADS * SIZE, 8.0 * HEADS * SIZE,
                k->halves(y, x, HEADS, SIZE, HALF, cosine, sine));
    CHECK_BENCH(t, "neighbours", 3.0 * HEADS * SIZE, 8.0 * HEADS * SIZE,
                k->neighbours(y, x, HEADS, SIZE, HALF, cosine, sine));
    check_free(t);
}

int main(int argc, char **argv)
{
    return check_main(argc, argv, "nn_rotary_embedding", sizeof(rotary_embedding_kernels), try_all,
                      time_all);
}
