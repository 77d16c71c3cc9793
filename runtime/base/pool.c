/* base/pool.c - threads that work off numbered chunks.
 *
 * A run is a job on its caller's stack, on the pool's list while chunks are left.  Any idle worker joins any
 * job of the list; chunks are handed out by an atomic counter.  The caller works too, takes the job off
 * the list and waits until those who joined have left.  The lock is taken to enter, join, leave and end,
 * never for a chunk. */
#include "base/pool.h"

#include "base/cpu.h"
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>

enum { SPIN_NANOSECONDS = 20000, STACK_BYTES = 2 << 20, MOST_THREADS = 1024 };

typedef struct job {
    struct job *next;
    sdx_pool_fn *f;
    void *arg;
    int64_t chunks;
    pthread_t owner;
    int helpers;                 /* workers inside; under the lock */
    _Atomic int left;            /* counts up as helpers leave, for the owner's spinning */
    _Atomic int64_t at;          /* the next chunk */
    _Atomic int64_t failed;      /* the lowest failing chunk; chunks at first */
    sdx_status status;           /* of that; under the lock */
} job;

typedef struct worker {
    sdx_pool *pool;
    pthread_t thread;
    int number;
} worker;

struct sdx_pool {
    sdx_mem *mem;
    int room, threads;     /* threads: workers that run, and the caller */
    bool spin;             /* each thread has a processor of its own */
    bool stop;             /* under the lock */
    int asleep;            /* workers waiting for work; under the lock */
    _Atomic unsigned news; /* changes with each job, for the workers' spinning */
    job *jobs;             /* with chunks left, perhaps; under the lock */
    pthread_mutex_t lock;
    pthread_cond_t work, done;
    worker worker[];
};

static size_t bytes_of(int threads)
{
    return sizeof(sdx_pool) + (size_t)threads * sizeof(worker);
}

static void breathe(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static int64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Chunks of one job until there are none.  Counting stops below the lowest failure: chunks come in
 * ascending order, so all below it were handed out, and are run to their end. */
static void work_off(sdx_pool *pool, job *j, int number)
{
    for (;;) {
        int64_t chunk = atomic_fetch_add_explicit(&j->at, 1, memory_order_relaxed);
        if (chunk >= atomic_load_explicit(&j->failed, memory_order_relaxed))
            return;
        sdx_status st = j->f(j->arg, chunk, number);
        if (st == SDX_OK)
            continue;
        pthread_mutex_lock(&pool->lock);
        if (chunk < atomic_load_explicit(&j->failed, memory_order_relaxed)) {
            atomic_store_explicit(&j->failed, chunk, memory_order_relaxed);
            j->status = st;
        }
        pthread_mutex_unlock(&pool->lock);
    }
}

static bool has_chunks(job *j)
{
    return atomic_load_explicit(&j->at, memory_order_relaxed) <
           atomic_load_explicit(&j->failed, memory_order_relaxed);
}

/* A job with chunks left, that with the fewest helpers; under the lock. */
static job *choose(sdx_pool *pool)
{
    job *best = NULL;
    for (job *j = pool->jobs; j; j = j->next)
        if (has_chunks(j) && (!best || j->helpers < best->helpers))
            best = j;
    return best;
}

/* Waits until there may be news, without the lock: a sleep and a wake cost more than a gap between two
 * runs of a model usually lasts. */
static void spin_for_news(sdx_pool *pool, unsigned seen)
{
    if (!pool->spin)
        return;
    const int64_t end = now() + SPIN_NANOSECONDS;
    do {
        for (int i = 0; i < 16; i++) {
            if (atomic_load_explicit(&pool->news, memory_order_relaxed) != seen)
                return;
            breathe();
        }
    } while (now() < end);
}

static void *work(void *arg)
{
    worker *w = arg;
    sdx_pool *pool = w->pool;
    pthread_mutex_lock(&pool->lock);
    while (!pool->stop) {
        job *j = choose(pool);
        if (j) {
            j->helpers++;
            pthread_mutex_unlock(&pool->lock);
            work_off(pool, j, w->number);
            pthread_mutex_lock(&pool->lock);
            if (--j->helpers == 0)
                pthread_cond_broadcast(&pool->done);
            atomic_fetch_add_explicit(&j->left, 1, memory_order_release);
            continue;
        }
        unsigned seen = atomic_load_explicit(&pool->news, memory_order_relaxed);
        pthread_mutex_unlock(&pool->lock);
        spin_for_news(pool, seen);
        pthread_mutex_lock(&pool->lock);
        while (!pool->stop && atomic_load_explicit(&pool->news, memory_order_relaxed) == seen) {
            pool->asleep++;
            pthread_cond_wait(&pool->work, &pool->lock);
            pool->asleep--;
        }
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}
