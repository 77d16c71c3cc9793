/* tests/bench/threads.c - what a step on several threads costs beside its work, on this machine.
 *
 * usage: threads [THREADS]      the least of many samples: a busy machine hides the rest
 *
 * Prints the figures of runtime/exec/threads.md: what a job costs to begin and end, what a chunk
 * costs to hand out, how late a thread comes that slept, and how fast threads read together. */
#include "base/pool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SAMPLES = 3000, SLEEPS = 300, WORK_US = 64, MOST = 64 };

typedef struct work {
    int64_t loops; /* of one chunk */
    const uint64_t *data;
    size_t words; /* of one chunk */
} work;

static double now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static sdx_status count(void *arg, int64_t chunk, int worker)
{
    const work *w = arg;
    volatile int64_t sum = 0;
    (void)chunk;
    (void)worker;
    for (int64_t i = 0; i < w->loops; i++)
        sum = i;
    (void)sum;
    return SDX_OK;
}

static sdx_status read_all(void *arg, int64_t chunk, int worker)
{
    const work *w = arg;
    const uint64_t *p = w->data + (size_t)chunk * w->words;
    uint64_t sum[8] = { 0 };
    volatile uint64_t sink;
    (void)worker;
    for (size_t i = 0; i + 8 <= w->words; i += 8)
        for (int k = 0; k < 8; k++)
            sum[k] += p[i + (size_t)k];
    sink = sum[0] + sum[1] + sum[2] + sum[3] + sum[4] + sum[5] + sum[6] + sum[7];
    (void)sink;
    return SDX_OK;
}

/* The least time of a job, in microseconds. */
static double least(sdx_pool *pool, int64_t chunks, sdx_pool_fn *f, work *w, int samples,
                    bool asleep)
{
    const struct timespec rest = { 0, 400000 };
    double best = 1e18;
    for (int i = 0; i < samples; i++) {
        if (asleep)
            nanosleep(&rest, NULL);
        double begin = now_us();
        sdx_pool_run(pool, chunks, f, w, NULL);
        double us = now_us() - begin;
        best = us < best ? us : best;
    }
    return best;
}

static void costs(sdx_pool *pool, int threads)
{
    work w = { .loops = 100000 };
    double loop = least(NULL, 1, count, &w, SAMPLES / 10, false) / 100000, us[2];
    int64_t chunks[2] = { threads, 32 * threads };
    for (int i = 0; i < 2; i++) {
        w.loops = (int64_t)(WORK_US * threads / loop) / chunks[i];
        us[i] = least(pool, chunks[i], count, &w, SAMPLES, false) -
                (double)(w.loops * chunks[i]) * loop / threads;
    }
    printf("%2d threads: a job %.2f us, a chunk %.3f us", threads, us[0],
           (us[1] - us[0]) / (double)(chunks[1] - chunks[0]) * threads);
    w.loops = (int64_t)(4 * WORK_US / loop) / (8 * threads);
    double late = least(pool, 8 * threads, count, &w, SLEEPS, true) - (double)(w.loops * 8) * loop;
    printf(", after sleep %.0f us more\n", late);
}

static void reads(sdx_pool *pool, int threads)
{
    static const size_t size[] = { 512 << 10, 6 << 20, 128 << 20 }; /* of each thread */
    for (size_t s = 0; s < sizeof size / sizeof *size; s++) {
        size_t bytes = size[s] * (size_t)threads;
        uint64_t *data = aligned_alloc(64, bytes);
        if (!data)
            return;
        memset(data, 1, bytes);
        work w = { .data = data, .words = size[s] / sizeof *data };
        double us = least(pool, threads, read_all, &w, (int)((1 << 30) / size[s] / 4) + 8, false);
        printf("%2d threads, %6zu KB each: %.1f GB/s\n", threads, size[s] >> 10,
               (double)bytes / us / 1e3);
        free(data);
    }
}

int main(int count_of, char **text)
{
    long most = count_of > 1 ? strtol(text[1], NULL, 10) : 2;
    for (int threads = 1; threads <= most && threads <= MOST; threads *= 2) {
        sdx_pool *pool = sdx_pool_new(NULL, threads);
        costs(pool, threads);
        reads(pool, threads);
        sdx_pool_free(pool);
    }
    return 0;
}
