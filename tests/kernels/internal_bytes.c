/* tests/kernels/internal_bytes.c - sums of quantised rows against what the nodes of a file would
 * do, step by step in floats: the same bytes. */
#include "internal/bytes/kernels.h"
#include "support/check.h"
#include <math.h>

static float some_scale(check *t)
{
    static const float round_ones[] = { 0.5f, 0.25f, 1, 0.0078125f };
    return check_chance(t, 30) ? round_ones[check_int(t, 0, 3)]
                               : (float)check_int(t, 1, 99999) * 1e-6f;
}

static byte_grid some_grid(check *t)
{
    bool is_signed = check_chance(t, 50);
    return (byte_grid){ some_scale(t), (float)check_int(t, 0, 255), is_signed ? 0x80 : 0 };
}

static uint8_t sum_of(uint8_t a, uint8_t b, const byte_add *p)
{
    float x = ((float)(a ^ p->a.flip) - p->a.zero) * p->a.scale;
    float y = ((float)(b ^ p->b.flip) - p->b.zero) * p->b.scale;
    float sum = x + y, v = rintf(sum / p->scale) + p->zero;
    return (uint8_t)(int)fminf(fmaxf(v, p->lo), p->hi);
}

/* Each byte with each other one, and a tail. */
static void one_sum(check *t, const void *kernels)
{
    const byte_kernels *k = kernels;
    byte_add_row *add = k->add ? k->add : sdx_byte_add;
    byte_add p = { some_grid(t), some_grid(t), some_scale(t) * 2, 0, 0, 255 };
    bool is_signed = check_chance(t, 50);
    p.lo = is_signed ? -128 : 0;
    p.hi = p.lo + 255;
    p.zero = p.lo + (float)check_int(t, 0, 255);
    if (check_chance(t, 30))
        p.lo = p.zero;
    size_t tail = (size_t)check_int(t, 0, 70), n = 65536 + tail;
    uint8_t *a = check_bytes(t, n), *b = check_bytes(t, n), *y = check_bytes(t, n);
    for (size_t i = 0; i < n; i++) {
        a[i] = (uint8_t)i;
        b[i] = (uint8_t)(i >> 8);
    }
    check_note(t, "scales %.9g %.9g %.9g zeros %g %g %g", (double)p.a.scale, (double)p.b.scale,
               (double)p.scale, (double)p.a.zero, (double)p.b.zero, (double)p.zero);
    uint8_t *to = check_chance(t, 50) ? y : a; /* in place */
    add(to, a, b, n, &p);
    for (size_t i = 0; i < n; i++)
        check_that(t, to[i] == sum_of((uint8_t)i, (uint8_t)(i >> 8), &p), "sum");
}

static void try_all(check *t, const void *kernels)
{
    check_cases(t, "sums", 60, one_sum, kernels);
}

static void time_all(check *t, const void *kernels)
{
    const byte_kernels *k = kernels;
    enum { N = 65536 };
    uint8_t *a = check_bytes(t, N), *y = check_bytes(t, N);
    byte_add p = { { 0.5f, 3, 0 }, { 0.25f, 9, 0 }, 0.3f, 100, 0, 255 };
    for (int i = 0; i < N; i++)
        a[i] = (uint8_t)i;
    CHECK_BENCH(t, "sum of 65536", 3.0 * N, 3.0 * N, k->add(y, a, a, N, &p));
    check_free(t);
}

int main(int argc, char **argv)
{
    return check_main(argc, argv, "internal_bytes", sizeof(byte_kernels), try_all, time_all);
}
