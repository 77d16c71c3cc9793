/* tests/kernels/internal_reorder.c - pictures into blocks of channels and back, element by
 * element. */
#include "internal/reorder/kernels.h"
#include "support/check.h"
#include <stdio.h>
#include <string.h>

typedef struct picture {
    int64_t channels, pixels, block, p0, p1;
} picture;

static picture some_picture(check *t, const reorder_kernels *k)
{
    picture p = { .channels = check_int(t, 1, 40), .block = k->block };
    p.pixels = check_int(t, 1, check_chance(t, 50) ? 20 : 200);
    p.p0 = check_chance(t, 50) ? 0 : check_int(t, 0, p.pixels);
    p.p1 = check_chance(t, 50) ? p.pixels : check_int(t, p.p0, p.pixels);
    check_note(t, "%d channels, pixels %d .. %d of %d", (int)p.channels, (int)p.p0, (int)p.p1,
               (int)p.pixels);
    return p;
}

static int64_t blocks_of(const picture *p)
{
    return (p->channels + p->block - 1) / p->block;
}

/* What is moved is where it belongs, and the rest is as it was. */
static void compare(check *t, const picture *p, const uint8_t *plain, const uint8_t *blocked,
                    const uint8_t *before, bool into, size_t width)
{
    for (int64_t c = 0; c < blocks_of(p) * p->block; c++)
        for (int64_t i = 0; i < p->pixels; i++) {
            size_t at = (size_t)(c * p->pixels + i) * width,
                   to = (size_t)((c / p->block * p->pixels + i) * p->block + c % p->block) * width;
            bool real = c < p->channels, moved = i >= p->p0 && i < p->p1;
            const uint8_t nothing[4] = { 0 };
            if (into)
                check_that(t,
                           !memcmp(blocked + to,
                                   !moved ? before + to
                                   : real ? plain + at
                                          : nothing,
                                   width),
                           "blocked");
            else if (real)
                check_that(t, !memcmp(plain + at, moved ? blocked + to : before + at, width),
                           "plain");
        }
}

static void one_move(check *t, const reorder_kernels *k, bool bytes, bool into)
{
    picture p = some_picture(t, k);
    size_t width = bytes ? 1 : 4, plain_size = (size_t)(p.channels * p.pixels) * width,
           blocked_size = (size_t)(blocks_of(&p) * p.block * p.pixels) * width;
    uint8_t *plain = bytes ? check_bytes(t, plain_size)
                           : (uint8_t *)check_room(t, plain_size / sizeof(float));
    uint8_t *blocked = bytes ? check_bytes(t, blocked_size)
                             : (uint8_t *)check_room(t, blocked_size / sizeof(float));
    uint8_t *before = check_bytes(t, into ? blocked_size : plain_size);
    for (size_t i = 0; i < plain_size; i++)
        plain[i] = (uint8_t)check_int(t, 0, 255);
    for (size_t i = 0; i < blocked_size; i++)
        blocked[i] = (uint8_t)check_int(t, 0, 255);
    memcpy(before, into ? blocked : plain, into ? blocked_size : plain_size);
    void *to = into ? blocked : plain;
    const void *from = into ? plain : blocked;
    for (int64_t b = 0; b < blocks_of(&p); b++)
        if (bytes)
            (into ? k->bytes_to_blocks : k->bytes_to_plain)(to, from, p.channels, p.pixels, b, p.p0,
                                                            p.p1);
        else
            (into ? k->to_blocks : k->to_plain)(to, from, p.channels, p.pixels, b, p.p0, p.p1);
    compare(t, &p, plain, blocked, before, into, width);
}

static void floats_in(check *t, const void *kernels)
{
    one_move(t, kernels, false, true);
}
static void floats_out(check *t, const void *kernels)
{
    one_move(t, kernels, false, false);
}
static void bytes_in(check *t, const void *kernels)
{
    one_move(t, kernels, true, true);
}
static void bytes_out(check *t, const void *kernels)
{
    one_move(t, kernels, true, false);
}

static void try_all(check *t, const void *kernels)
{
    check_cases(t, "floats in", 150, floats_in, kernels);
    check_cases(t, "floats out", 150, floats_out, kernels);
    check_cases(t, "bytes in", 150, bytes_in, kernels);
    check_cases(t, "bytes out", 150, bytes_out, kernels);
}

static void time_one(check *t, const reorder_kernels *k, int64_t channels, int64_t pixels)
{
    char name[80];
    size_t n = (size_t)(channels * pixels);
    float *x = check_floats(t, n, -1, 1), *y = check_room(t, n);
    uint8_t *a = check_bytes(t, n), *z = check_bytes(t, n);
    const char *const what = "%s, %d channels of %d";
    snprintf(name, sizeof name, what, "floats in", (int)channels, (int)pixels);
    CHECK_BENCH(t, name, 0, 8.0 * (double)n,
                for (int64_t b = 0; b < channels / k->block; b++)
                    k->to_blocks(y, x, channels, pixels, b, 0, pixels));
    snprintf(name, sizeof name, what, "floats out", (int)channels, (int)pixels);
    CHECK_BENCH(t, name, 0, 8.0 * (double)n,
                for (int64_t b = 0; b < channels / k->block; b++)
                    k->to_plain(y, x, channels, pixels, b, 0, pixels));
    snprintf(name, sizeof name, what, "bytes in", (int)channels, (int)pixels);
    CHECK_BENCH(t, name, 0, 2.0 * (double)n,
                for (int64_t b = 0; b < channels / k->block; b++)
                    k->bytes_to_blocks(z, a, channels, pixels, b, 0, pixels));
    snprintf(name, sizeof name, what, "bytes out", (int)channels, (int)pixels);
    CHECK_BENCH(t, name, 0, 2.0 * (double)n,
                for (int64_t b = 0; b < channels / k->block; b++)
                    k->bytes_to_plain(z, a, channels, pixels, b, 0, pixels));
    check_free(t);
}

static void time_all(check *t, const void *kernels)
{
    time_one(t, kernels, 16, 196);
    time_one(t, kernels, 64, 3136);
    time_one(t, kernels, 64, 4096);
    time_one(t, kernels, 96, 12544);
    time_one(t, kernels, 1024, 49);
}

int main(int argc, char **argv)
{
    return check_main(argc, argv, "internal_reorder", sizeof(reorder_kernels), try_all, time_all);
}
