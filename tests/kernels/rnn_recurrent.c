/* tests/kernels/rnn_recurrent.c - a row times a packed matrix, and rows of cells, against plain
 * loops in double. */
#include "rnn/recurrent/kernels.h"
#include "support/check.h"
#include <math.h>

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

/* B of k x n in panels of two blocks, the last one of one or two, what is not there zero. */
static int64_t pack(float *to, const float *b, int64_t k, int64_t n, int64_t block)
{
    int64_t used = 0;
    for (int64_t first = 0; first < n; first += 2 * block) {
        int64_t width = n - first > block ? 2 * block : block;
        for (int64_t i = 0; i < k; i++)
            for (int64_t j = 0; j < width; j++, used++)
                if (to)
                    to[used] = first + j < n ? b[i * n + first + j] : 0;
    }
    return used;
}

static void one_vector(check *t, const void *kernels)
{
    const recurrent_kernels *r = kernels;
    int64_t k = check_int(t, 0, 40), n = check_int(t, 1, 300),
            panels = (n + 2 * r->block - 1) / (2 * r->block);
    float *a = check_floats(t, (size_t)k, -1, 1), *b = check_floats(t, (size_t)(k * n), -1, 1);
    float *packed = check_room(t, (size_t)pack(NULL, b, k, n, r->block));
    float *base = check_floats(t, (size_t)n, -2, 2),
          *y = check_chance(t, 50) ? base : check_room(t, (size_t)n);
    double *want = check_doubles(t, (size_t)n);
    bool based = y == base || check_chance(t, 50);
    check_note(t, "k=%lld n=%lld", (long long)k, (long long)n);
    pack(packed, b, k, n, r->block);
    for (int64_t j = 0; j < n; j++) {
        want[j] = based ? (double)base[j] : 0;
        for (int64_t i = 0; i < k; i++)
            want[j] += (double)a[i] * (double)b[i * n + j];
    }
    int64_t cut = check_int(t, 0, panels);
    r->vector(y, a, packed, k, n, based ? base : NULL, 0, cut, check_chance(t, 50));
    r->vector(y, a, packed, k, n, based ? base : NULL, cut, panels, check_chance(t, 50));
    check_near(t, "y", y, want, (size_t)n, 1e-5);
}

static void one_lstm(check *t, const void *kernels)
{
    const recurrent_kernels *r = kernels;
    int64_t H = check_int(t, 1, 70);
    float *g = check_floats(t, (size_t)(4 * H), -6, 6), *h = check_room(t, (size_t)H);
    float *cell = check_floats(t, (size_t)H, -3, 3);
    double *want = check_doubles(t, (size_t)H), *now = check_doubles(t, (size_t)H);
    for (int64_t e = 0; e < H; e++) {
        double i = sigmoid((double)g[e]), o = sigmoid((double)g[H + e]),
               f = sigmoid((double)g[2 * H + e]);
        now[e] = f * (double)cell[e] + i * tanh((double)g[3 * H + e]);
        want[e] = o * tanh(now[e]);
    }
    r->lstm(g, h, cell, H);
    check_near(t, "cell", cell, now, (size_t)H, 2e-6);
    check_near(t, "h", h, want, (size_t)H, 2e-6);
}

static void one_gru(check *t, const void *kernels)
{
    const recurrent_kernels *r = kernels;
    int64_t H = check_int(t, 1, 70);
    bool scaled = check_chance(t, 50);
    float *g = check_floats(t, (size_t)(3 * H), -6, 6), *h = check_floats(t, (size_t)H, -1, 1);
    float *extra = check_floats(t, (size_t)H, -2, 2), *reset = check_room(t, (size_t)H);
    double *want = check_doubles(t, (size_t)H), *with = check_doubles(t, (size_t)H);
    for (int64_t e = 0; e < H; e++) {
        double z = sigmoid((double)g[e]), gate = sigmoid((double)g[H + e]);
        double cand = tanh((double)g[2 * H + e] + (scaled ? gate * (double)extra[e] : 0));
        with[e] = gate * (double)h[e];
        want[e] = (1 - z) * cand + z * (double)h[e];
    }
    r->reset(g, h, scaled ? NULL : reset, H);
    if (!scaled)
        check_near(t, "reset", reset, with, (size_t)H, 2e-6);
    r->gru(g, h, scaled ? extra : NULL, H);
    check_near(t, "h", h, want, (size_t)H, 4e-6);
}

static void try_all(check *t, const void *kernels)
{
    check_cases(t, "vector", 400, one_vector, kernels);
    check_cases(t, "lstm", 200, one_lstm, kernels);
    check_cases(t, "gru", 200, one_gru, kernels);
}

static void time_all(check *t, const void *kernels)
{
    const recurrent_kernels *r = kernels;
    enum { K = 256, N = 1024 };
    float *a = check_floats(t, K, -1, 1), *b = check_floats(t, K * N, -1, 1),
          *y = check_floats(t, N, -1, 1);
    float *h = check_floats(t, K, -1, 1), *cell = check_floats(t, K, -1, 1);
    CHECK_BENCH(t, "vector 256x1024", 2.0 * K * N, 4.0 * K * N,
                r->vector(y, a, b, K, N, NULL, 0, N / 2 / r->block, false));
    CHECK_BENCH(t, "lstm 256", 0, 4.0 * 7 * K, r->lstm(y, h, cell, K));
    check_free(t);
}

int main(int argc, char **argv)
{
    return check_main(argc, argv, "rnn_recurrent", sizeof(recurrent_kernels), try_all, time_all);
}
