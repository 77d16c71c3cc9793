/* base/pool.c - threads that work off numbered chunks.
 *
 * A run is a job on its caller's stack, on the pool's list while chunks are left.  Any idle worker
 * joins any job of the list.  The caller works too, takes the job off the list and waits until
 * those who joined have left.  The lock is taken to enter, join, leave and end, never for a chunk.
 *
 * Chunks lie in ranges, each with a counter.  A thread begins with its own and goes on with what is
 * left of the others': in a row of jobs over the same rows or channels each finds in its cache what
 * it wrote before. */
#include "base/pool.h"

#include "base/cpu.h"
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>

enum {
    SPIN_NANOSECONDS = 20000,
    STACK_BYTES = 2 << 20,
    MOST_THREADS = 1024,
    MOST_RANGES = 16,
    LINE = 64 /* of a cache */
};

typedef struct range {
    _Alignas(LINE) _Atomic int64_t at; /* the next chunk */
    int64_t end;
} range;

typedef struct job {
    struct job *next;
    sdx_pool_fn *f;
    void *arg;
    pthread_t owner;
    _Atomic int helpers; /* workers inside; changes under the lock */
    /* the lowest failing chunk, at first their number; changes under the lock */
    _Atomic int64_t failed;
    sdx_status status; /* of that chunk; under the lock */
    int ranges;
    range range[MOST_RANGES];
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

static bool is_left(job *j, range *r)
{
    int64_t at = atomic_load_explicit(&r->at, memory_order_relaxed);
    return at < r->end && at < atomic_load_explicit(&j->failed, memory_order_relaxed);
}

/* Chunks of one range until there are none.  Counting stops below the lowest failure: chunks of a
 * range come in ascending order, so all below it are handed out, and are run to their end. */
static void work_off_range(sdx_pool *pool, job *j, range *r, int number)
{
    while (is_left(j, r)) {
        int64_t chunk = atomic_fetch_add_explicit(&r->at, 1, memory_order_relaxed);
        if (chunk >= r->end || chunk >= atomic_load_explicit(&j->failed, memory_order_relaxed))
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

static void work_off(sdx_pool *pool, job *j, int number)
{
    int own = (int)((int64_t)number * j->ranges / pool->threads);
    for (int i = 0; i < j->ranges; i++)
        work_off_range(pool, j, &j->range[(own + i) % j->ranges], number);
}

static bool has_chunks(job *j)
{
    for (int i = 0; i < j->ranges; i++)
        if (is_left(j, &j->range[i]))
            return true;
    return false;
}

static void cut(const sdx_pool *pool, job *j, int64_t chunks)
{
    j->ranges = pool->threads < MOST_RANGES ? pool->threads : MOST_RANGES;
    int64_t each = chunks / j->ranges, more = chunks % j->ranges, at = 0;
    for (int i = 0; i < j->ranges; i++) {
        atomic_init(&j->range[i].at, at);
        at += each + (i < more);
        j->range[i].end = at;
    }
}

static int helpers_of(job *j)
{
    return atomic_load_explicit(&j->helpers, memory_order_relaxed);
}

/* A job with chunks left, that with the fewest helpers; under the lock. */
static job *choose(sdx_pool *pool)
{
    job *best = NULL;
    for (job *j = pool->jobs; j; j = j->next)
        if (has_chunks(j) && (!best || helpers_of(j) < helpers_of(best)))
            best = j;
    return best;
}

static unsigned news_of(sdx_pool *pool)
{
    return atomic_load_explicit(&pool->news, memory_order_relaxed);
}

/* Waits a little, without the lock, until there is news (j NULL) or no helper is left in j: to
 * sleep and to be woken costs more than a gap between two steps of a model lasts. */
static void spin(sdx_pool *pool, unsigned seen, job *j)
{
    if (!pool->spin)
        return;
    const int64_t end = now() + SPIN_NANOSECONDS;
    do {
        for (int i = 0; i < 16; i++) {
            if (j ? helpers_of(j) == 0 : news_of(pool) != seen)
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
            atomic_fetch_add_explicit(&j->helpers, 1, memory_order_relaxed);
            pthread_mutex_unlock(&pool->lock);
            work_off(pool, j, w->number);
            pthread_mutex_lock(&pool->lock);
            if (atomic_fetch_sub_explicit(&j->helpers, 1, memory_order_relaxed) == 1)
                pthread_cond_broadcast(&pool->done);
            continue; /* j may be gone once the lock is */
        }
        unsigned seen = news_of(pool);
        pthread_mutex_unlock(&pool->lock);
        spin(pool, seen, NULL);
        pthread_mutex_lock(&pool->lock);
        while (!pool->stop && news_of(pool) == seen) {
            pool->asleep++;
            pthread_cond_wait(&pool->work, &pool->lock);
            pool->asleep--;
        }
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

/* Starts the workers, all signals blocked: those are for the program's own threads. */
static void start(sdx_pool *pool)
{
    sigset_t all, before;
    pthread_attr_t attr;
    if (pthread_attr_init(&attr) != 0)
        return;
    pthread_attr_setstacksize(&attr, STACK_BYTES);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (pool->threads < pool->room) {
        worker *w = &pool->worker[pool->threads];
        *w = (worker){ .pool = pool, .number = pool->threads };
        if (pthread_create(&w->thread, &attr, work, w) != 0)
            break;
        pool->threads++;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attr);
}

sdx_pool *sdx_pool_new(sdx_mem *mem, int threads)
{
    int cpus = sdx_cpu_count();
    if (threads <= 0)
        threads = cpus;
    if (threads > MOST_THREADS)
        threads = MOST_THREADS;
    sdx_pool *pool = sdx_mem_alloc(mem, bytes_of(threads), 0);
    if (!pool)
        return NULL;
    *pool = (sdx_pool){ .mem = mem, .room = threads, .threads = 1, .spin = threads <= cpus };
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->work, NULL);
    pthread_cond_init(&pool->done, NULL);
    start(pool);
    return pool;
}

void sdx_pool_free(sdx_pool *pool)
{
    if (!pool)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->stop = true;
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->lock);
    for (int i = 1; i < pool->threads; i++)
        pthread_join(pool->worker[i].thread, NULL);
    pthread_cond_destroy(&pool->work);
    pthread_cond_destroy(&pool->done);
    pthread_mutex_destroy(&pool->lock);
    sdx_mem_free(pool->mem, pool, bytes_of(pool->room));
}

int sdx_pool_threads(const sdx_pool *pool)
{
    return pool ? pool->threads : 1;
}

/* All chunks here, one after the other. */
static sdx_status run_in_line(int64_t chunks, sdx_pool_fn *f, void *arg, int number,
                              int64_t *failed)
{
    for (int64_t chunk = 0; chunk < chunks; chunk++) {
        sdx_status st = f(arg, chunk, number);
        if (st != SDX_OK) {
            *failed = chunk;
            return st;
        }
    }
    return SDX_OK;
}

/* The number of the thread that calls, 0 if it is none of the workers. */
static int number_here(const sdx_pool *pool)
{
    const pthread_t self = pthread_self();
    for (int i = 1; i < pool->threads; i++)
        if (pthread_equal(pool->worker[i].thread, self))
            return i;
    return 0;
}

/* Puts a job on the list and wakes as many as can help; false: its owner is in a run already. */
static bool publish(sdx_pool *pool, job *j, int64_t chunks)
{
    bool nested = false;
    pthread_mutex_lock(&pool->lock);
    for (job *other = pool->jobs; other && !nested; other = other->next)
        nested = pthread_equal(other->owner, j->owner) != 0;
    if (!nested) {
        j->next = pool->jobs;
        pool->jobs = j;
        atomic_fetch_add_explicit(&pool->news, 1, memory_order_relaxed);
        if (pool->asleep >= chunks)
            for (int64_t i = 1; i < chunks; i++)
                pthread_cond_signal(&pool->work);
        else if (pool->asleep)
            pthread_cond_broadcast(&pool->work);
    }
    pthread_mutex_unlock(&pool->lock);
    return !nested;
}

/* Takes the job off the list, so that nobody joins any more, and waits for those inside. */
static void withdraw(sdx_pool *pool, job *j)
{
    pthread_mutex_lock(&pool->lock);
    job **link = &pool->jobs;
    while (*link != j)
        link = &(*link)->next;
    *link = j->next;
    if (helpers_of(j)) {
        pthread_mutex_unlock(&pool->lock);
        spin(pool, 0, j);
        pthread_mutex_lock(&pool->lock);
        while (helpers_of(j))
            pthread_cond_wait(&pool->done, &pool->lock);
    }
    pthread_mutex_unlock(&pool->lock);
}

sdx_status sdx_pool_run(sdx_pool *pool, int64_t chunks, sdx_pool_fn *f, void *arg, int64_t *failed)
{
    int64_t nobody;
    if (!failed)
        failed = &nobody;
    *failed = -1;
    int number = pool ? number_here(pool) : 0;
    if (number || chunks <= 1 || !pool || pool->threads == 1)
        return run_in_line(chunks, f, arg, number, failed);
    job j; /* most ranges of it are not used */
    j.f = f;
    j.arg = arg;
    j.owner = pthread_self();
    j.status = SDX_OK;
    atomic_init(&j.helpers, 0);
    atomic_init(&j.failed, chunks);
    cut(pool, &j, chunks);
    if (!publish(pool, &j, chunks))
        return run_in_line(chunks, f, arg, number, failed);
    work_off(pool, &j, number);
    withdraw(pool, &j);
    if (j.status != SDX_OK)
        *failed = atomic_load_explicit(&j.failed, memory_order_relaxed);
    return j.status;
}
