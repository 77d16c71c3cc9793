/* tests/kernels/math_matmul.c - packing and products of float matrices. */
#include "math/matmul/kernels.h"
#include "support/check.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct seen {
    float *count;
    int64_t n;
    size_t all;
} seen;

static void count_after(void *context, float *y, int64_t at, size_t n)
{
    seen *s = context;
    for (size_t i = 0; i < n; i++) {
        s->count[at + (int64_t)i] += 1;
        y[i] *= 2;
    }
}

/* What does the same anywhere: how many floats it was called for. */
static void double_after(void *context, float *y, int64_t at, size_t n)
{
    seen *s = context;
    (void)at;
    s->all += n;
    for (size_t i = 0; i < n; i++)
        y[i] *= 2;
}

/* A random A, and room for C, with gaps between rows. */
static matmul_f32 draw_product(check *t, int64_t m, int64_t n, int64_t depth, bool transposed,
                               const float *packed)
{
    int64_t pad = check_int(t, 0, 3), c_row = n + check_int(t, 0, 3),
            a_all = transposed ? depth * (m + pad) : m * (depth + pad);
    return (matmul_f32){ .m = m,
                         .n = n,
                         .k = depth,
                         .a = check_floats(t, (size_t)a_all, -1, 1),
                         .b = packed,
                         .c = check_room(t, (size_t)((m - 1) * c_row + n)),
                         .c_row = c_row,
                         .a_row = transposed ? 1 : depth + pad,
                         .a_col = transposed ? m + pad : 1,
                         .lo = -INFINITY,
                         .hi = INFINITY };
}

/* Now and then a bias, a residual, bounds. */
static void draw_terms(check *t, matmul_f32 *g)
{
    if (check_chance(t, 50))
        g->bias = check_floats(t, (size_t)g->n, -1, 1);
    if (check_chance(t, 30)) {
        g->residual_row = g->n + check_int(t, 0, 2);
        g->residual = check_floats(t, (size_t)((g->m - 1) * g->residual_row + g->n), -1, 1);
    }
    if (check_chance(t, 30)) {
        g->lo = -0.5f;
        g->hi = 0.7f;
    }
}

static void check_between(check *t, const matmul_f32 *g)
{
    for (int64_t i = 0; i + 1 < g->m; i++)
        for (int64_t j = g->n; j < g->c_row; j++)
            check_that(t, isnan(g->c[i * g->c_row + j]), "nothing is written between rows");
}

static void one_product(check *t, const void *kernels)
{
    const matmul_kernels *k = kernels;
    bool big = check_chance(t, 10), at = check_chance(t, 30), bt = check_chance(t, 40);
    int64_t m = check_int(t, 1, big ? 450 : 40), n = check_int(t, 1, big ? 100 : 70);
    int64_t depth = check_chance(t, 3) ? 0 : check_int(t, 1, big ? 1100 : 60);
    float *b = check_floats(t, (size_t)(depth * n), -1, 1);
    float *packed = check_room(t, (size_t)matmul_packed(depth, n, k->block));
    matmul_f32 g = draw_product(t, m, n, depth, at, packed);
    seen s = { .n = n };
    check_note(t, "m=%lld n=%lld k=%lld at=%d bt=%d", (long long)m, (long long)n, (long long)depth,
               at, bt);
    draw_terms(t, &g);
    if (check_chance(t, 30)) {
        g.anywhere = check_chance(t, 50);
        g.after = g.anywhere ? double_after : count_after;
        g.context = &s;
        s.count = check_floats(t, (size_t)((m - 1) * g.c_row + n), 0, 0);
    }
    int64_t panels = matmul_panels(n, k->block), p = check_int(t, 0, panels),
            r = check_int(t, 0, m);
    k->pack(packed, b, depth, n, bt ? 1 : n, bt ? depth : 1, 0, p);
    k->pack(packed, b, depth, n, bt ? 1 : n, bt ? depth : 1, p, panels);
    k->product(&g, 0, r, 0, p);
    k->product(&g, r, m, 0, p);
    k->product(&g, 0, r, p, panels);
    k->product(&g, r, m, p, panels);
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < n; j++) {
            double sum = (g.bias ? (double)g.bias[j] : 0) +
                         (g.residual ? (double)g.residual[i * g.residual_row + j] : 0);
            double size =
                1 + fabs(sum); /* of what was added up: rounding errors are in proportion to it */
            for (int64_t q = 0; q < depth; q++) {
                double term = (double)g.a[i * g.a_row + q * g.a_col] *
                              (double)b[bt ? j * depth + q : q * n + j];
                sum += term;
                size += fabs(term);
            }
            sum = fmin(fmax(sum, (double)g.lo), (double)g.hi) * (g.after ? 2 : 1);
            check_near_at(t, "c", i * g.c_row + j, g.c[i * g.c_row + j], sum, 1e-6 * size);
            check_that(t, !g.after || g.anywhere || s.count[i * g.c_row + j] == 1,
                       "after is called once for each element");
        }
    check_that(t, !g.anywhere || s.all == (size_t)(m * n), "after is called for each element");
    check_between(t, &g);
}

/* A strided B, as the columns of a larger tensor are. */
static void one_strided(check *t, const void *kernels)
{
    const matmul_kernels *k = kernels;
    int64_t n = check_int(t, 1, 70), depth = check_int(t, 1, 40), col = check_int(t, 2, 4),
            row = n * col;
    float *b = check_floats(t, (size_t)(depth * row), -1, 1);
    float *packed = check_room(t, (size_t)matmul_packed(depth, n, k->block));
    k->pack(packed, b, depth, n, row, col, 0, matmul_panels(n, k->block));
    for (int64_t j = 0; j < n; j++)
        for (int64_t i = 0; i < depth; i++) {
            int64_t panel = j / (2 * k->block) * (2 * k->block),
                    width = n - panel > k->block ? 2 * k->block : k->block;
            check_that(t, packed[panel * depth + i * width + j - panel] == b[i * row + j * col],
                       "packed in place");
        }
}

/* NaN and infinity in A and B come out where they should, and nowhere else. */
static void one_special(check *t, const void *kernels)
{
    const matmul_kernels *k = kernels;
    enum { M = 5, N = 37, K = 19 };
    float *a = check_floats(t, M * K, 1, 2), *b = check_floats(t, K * N, 1, 2),
          *c = check_room(t, M * N);
    float *packed = check_room(t, (size_t)matmul_packed(K, N, k->block));
    a[2 * K + 3] = NAN;
    b[4 * N + 7] = INFINITY;
    k->pack(packed, b, K, N, N, 1, 0, matmul_panels(N, k->block));
    matmul_f32 g = { .m = M,
                     .n = N,
                     .k = K,
                     .a = a,
                     .a_row = K,
                     .a_col = 1,
                     .b = packed,
                     .c = c,
                     .c_row = N,
                     .lo = 0,
                     .hi = INFINITY };
    k->product(&g, 0, M, 0, matmul_panels(N, k->block));
    for (int i = 0; i < M; i++)
        for (int j = 0; j < N; j++)
            check_that(t, i == 2 ? isnan(c[i * N + j]) != 0 : isinf(c[i * N + j]) == (j == 7),
                       "special values");
}

/* ---- weights of fewer bits ---- */

static float bf16_of(float x)
{
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    u = (u + 0x7fff + (u >> 16 & 1)) & 0xffff0000u;
    memcpy(&x, &u, sizeof x);
    return x;
}

/* What the packed form stands for, in place: each number of B as the products take it. */
static void round_weights(matmul_form form, float *b, int64_t depth, int64_t n, int64_t row,
                          int64_t col, double alpha)
{
    for (int64_t j = 0; j < n; j++) {
        double most = 0;
        for (int64_t i = 0; i < depth; i++)
            most = fmax(most, fabs(alpha * (double)b[i * row + j * col]));
        float scale = (float)(most / 127);
        for (int64_t i = 0; i < depth; i++) {
            double v = alpha * (double)b[i * row + j * col];
            b[i * row + j * col] = form == MATMUL_BF16 ? bf16_of((float)v)
                                   : scale > 0         ? (float)rint(v / (double)scale) * scale
                                                       : 0;
        }
    }
}

/* The product of the rounded numbers, to within f32 sums: what rounding itself costs is no part of
 * the tolerance. */
static void one_narrow(check *t, const void *kernels)
{
    const matmul_kernels *k = kernels;
    const matmul_form form = check_chance(t, 50) ? MATMUL_BF16 : MATMUL_INT8;
    bool big = check_chance(t, 10), at = check_chance(t, 20), bt = check_chance(t, 40);
    int64_t m = check_int(t, 1,
                          check_chance(t, 40) ? 3
                          : big               ? 90
                                              : 40),
            n = check_int(t, 1, big ? 150 : 70);
    int64_t depth = check_chance(t, 3) ? 0 : check_int(t, 1, big ? 2300 : 60);
    double alpha = check_chance(t, 70) ? 1 : 0.3;
    float *b = check_floats(t, (size_t)(depth * n), -1, 1);
    float *packed = check_room(t, (size_t)matmul_packed_as(form, depth, n, k->block));
    const int64_t row = bt ? 1 : n, col = bt ? depth : 1;
    matmul_f32 g = draw_product(t, m, n, depth, at, packed);
    seen s = { .n = n };
    check_note(t, "form=%d m=%lld n=%lld k=%lld at=%d bt=%d", (int)form, (long long)m, (long long)n,
               (long long)depth, at, bt);
    if (!k->block)
        return;
    draw_terms(t, &g);
    if (check_chance(t, 30)) {
        g.after = count_after;
        g.context = &s;
        s.count = check_floats(t, (size_t)((m - 1) * g.c_row + n), 0, 0);
    }
    sdx_tensor from = { .dtype = SDX_F32, .data = b };
    sdx_matmul_pack(form, k->block, packed, &from, 0, depth, n, row, col, alpha);
    round_weights(form, b, depth, n, row, col, alpha);
    int64_t panels = matmul_panels(n, k->block), p = check_int(t, 0, panels),
            r = check_int(t, 0, m);
    sdx_matmul_product(k, form, &g, 0, r, 0, p);
    sdx_matmul_product(k, form, &g, r, m, 0, p);
    sdx_matmul_product(k, form, &g, 0, r, p, panels);
    sdx_matmul_product(k, form, &g, r, m, p, panels);
    bool rounded = form == MATMUL_BF16 && k->pairs && (m > 2 || g.a_col != 1);
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < n; j++) {
            double sum = (g.bias ? (double)g.bias[j] : 0) +
                         (g.residual ? (double)g.residual[i * g.residual_row + j] : 0);
            double size = 1 + fabs(sum);
            for (int64_t q = 0; q < depth; q++) {
                float x = g.a[i * g.a_row + q * g.a_col];
                double term = (double)(rounded ? bf16_of(x) : x) * (double)b[q * row + j * col];
                sum += term;
                size += fabs(term);
            }
            sum = fmin(fmax(sum, (double)g.lo), (double)g.hi) * (g.after ? 2 : 1);
            check_near_at(t, "c", i * g.c_row + j, g.c[i * g.c_row + j], sum, 1e-6 * size);
            check_that(t, !g.after || s.count[i * g.c_row + j] == 1,
                       "after is called once for each element");
        }
    check_between(t, &g);
}

static void try_all(check *t, const void *kernels)
{
    check_cases(t, "narrow", 600, one_narrow, kernels);
    check_cases(t, "product", 1500, one_product, kernels);
    check_cases(t, "pack", 100, one_strided, kernels);
    check_cases(t, "special", 2, one_special, kernels);
}

static void time_one(check *t, const matmul_kernels *k, int64_t m, int64_t depth, int64_t n)
{
    char name[80];
    float *a = check_floats(t, (size_t)(m * depth), -1, 1),
          *b = check_floats(t, (size_t)(depth * n), -1, 1);
    float *c = check_room(t, (size_t)(m * n)),
          *packed = check_room(t, (size_t)matmul_packed(depth, n, k->block));
    float *bias = check_floats(t, (size_t)n, -1, 1);
    int64_t panels = matmul_panels(n, k->block);
    matmul_f32 g = { .m = m,
                     .n = n,
                     .k = depth,
                     .a = a,
                     .a_row = depth,
                     .a_col = 1,
                     .b = packed,
                     .c = c,
                     .c_row = n,
                     .bias = bias,
                     .lo = -INFINITY,
                     .hi = INFINITY };
    double flops = 2.0 * (double)m * (double)depth * (double)n;
    snprintf(name, sizeof name, "product %lldx%lldx%lld", (long long)m, (long long)depth,
             (long long)n);
    CHECK_BENCH(t, name, flops, 0, k->product(&g, 0, m, 0, panels));
    static const char *const forms[MATMUL_FORMS] = { "f32", "bf16", "int8" };
    for (matmul_form form = MATMUL_BF16; form < MATMUL_FORMS; form++) {
        sdx_tensor from = { .dtype = SDX_F32, .data = b };
        float *narrow = check_room(t, (size_t)matmul_packed_as(form, depth, n, k->block));
        sdx_matmul_pack(form, k->block, narrow, &from, 0, depth, n, n, 1, 1);
        g.b = narrow;
        snprintf(name, sizeof name, "  %s  %lldx%lldx%lld", forms[form], (long long)m,
                 (long long)depth, (long long)n);
        CHECK_BENCH(t, name, flops, 0, sdx_matmul_product(k, form, &g, 0, m, 0, panels));
    }
    snprintf(name, sizeof name, "pack    %lldx%lld", (long long)depth, (long long)n);
    CHECK_BENCH(t, name, 0, 8.0 * (double)(depth * n),
                k->pack(packed, b, depth, n, n, 1, 0, panels));
    snprintf(name, sizeof name, "pack^T  %lldx%lld", (long long)depth, (long long)n);
    CHECK_BENCH(t, name, 0, 8.0 * (double)(depth * n),
                k->pack(packed, b, depth, n, 1, depth, 0, panels));
    check_free(t);
}

static void time_some(check *t, const void *kernels)
{
    static const int64_t shape[][3] = { { 197, 384, 1152 }, { 197, 1536, 384 }, { 128, 512, 512 },
                                        { 3136, 64, 256 },  { 49, 2048, 512 },  { 64, 64, 64 },
                                        { 512, 512, 512 },  { 197, 383, 1001 }, { 1, 1024, 1024 },
                                        { 4, 1024, 1024 },  { 16, 1024, 1024 }, { 3136, 96, 384 },
                                        { 3136, 384, 96 },  { 784, 192, 768 },  { 784, 768, 192 },
                                        { 49, 768, 3072 },  { 49, 3072, 768 },  { 128, 512, 2048 },
                                        { 128, 2048, 512 } };
    for (size_t i = 0; i < sizeof shape / sizeof *shape; i++)
        time_one(t, kernels, shape[i][0], shape[i][1], shape[i][2]);
}

int main(int argc, char **argv)
{
    return check_main(argc, argv, "math_matmul", sizeof(matmul_kernels), try_all, time_some);
}
