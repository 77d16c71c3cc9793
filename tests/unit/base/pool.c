/* unit/base/pool.c - the thread pool; the TSan build runs it as well. */
#include "base/pool.h"
#include "support/failing.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { MOST = 2000, WORKERS = 16 };

typedef struct job {
    _Atomic int times[MOST];     /* each chunk */
    _Atomic int inside[WORKERS]; /* by worker number */
    _Atomic int clashes;         /* two chunks under one number at once */
    int64_t fail_from, fail_step;
    sdx_pool *pool;
    int threads;
} job;

static sdx_status touch(void *arg, int64_t chunk, int worker)
{
    job *j = arg;
    if (worker < 0 || worker >= j->threads || atomic_fetch_add(&j->inside[worker], 1) != 0)
        atomic_fetch_add(&j->clashes, 1);
    atomic_fetch_add(&j->times[chunk], 1);
    atomic_fetch_sub(&j->inside[worker], 1);
    if (j->fail_step && chunk >= j->fail_from && (chunk - j->fail_from) % j->fail_step == 0)
        return chunk == j->fail_from ? SDX_E_VALUE : SDX_E_SHAPE;
    return SDX_OK;
}

static void check_all_once(const job *j, int64_t chunks)
{
    for (int64_t i = 0; i < MOST; i++)
        if (atomic_load(&j->times[i]) != (i < chunks))
            fail_msg("chunk %d of %d ran %d times", (int)i, (int)chunks, atomic_load(&j->times[i]));
    assert_int_equal(atomic_load(&j->clashes), 0);
}

static void every_chunk_once(void **state)
{
    (void)state;
    sdx_mem m;
    sdx_mem_init(&m, NULL, 0);
    for (int threads = 1; threads <= 5; threads++) {
        sdx_pool *pool = sdx_pool_new(&m, threads);
        assert_non_null(pool);
        assert_int_equal(sdx_pool_threads(pool), threads);
        static const int64_t counts[] = { 0, 1, 2, 3, 7, 64, MOST };
        for (int turn = 0; turn < 70; turn++) {
            job j = { .threads = threads };
            const int64_t chunks = counts[turn % 7];
            const size_t used = sdx_mem_used(&m);
            int64_t failed = 5;
            assert_int_equal(sdx_pool_run(pool, chunks, touch, &j, &failed), SDX_OK);
            assert_int_equal(failed, -1);
            assert_int_equal(sdx_mem_used(&m), used);
            check_all_once(&j, chunks);
        }
        sdx_pool_free(pool);
    }
    assert_int_equal(sdx_mem_used(&m), 0);
    sdx_pool_free(NULL);
    job j = { .threads = 1 };
    assert_int_equal(sdx_pool_run(NULL, 9, touch, &j, NULL), SDX_OK);
    check_all_once(&j, 9);
    assert_int_equal(sdx_pool_threads(NULL), 1);
}

static void lowest_failure_is_reported(void **state)
{
    (void)state;
    sdx_mem m;
    sdx_mem_init(&m, NULL, 0);
    for (int threads = 1; threads <= 4; threads++) {
        sdx_pool *pool = sdx_pool_new(&m, threads);
        for (int turn = 0; turn < 200; turn++) {
            job j = { .threads = threads, .fail_from = turn * 7 % 300, .fail_step = 1 + turn % 3 };
            int64_t failed = -1;
            assert_int_equal(sdx_pool_run(pool, 400, touch, &j, &failed), SDX_E_VALUE);
            assert_int_equal(failed, j.fail_from);
            for (int64_t i = 0; i <= j.fail_from; i++) /* none below it is left out */
                assert_int_equal(atomic_load(&j.times[i]), 1);
            assert_int_equal(sdx_pool_run(pool, 400, touch, &j, NULL), SDX_E_VALUE);
        }
        sdx_pool_free(pool);
    }
}

typedef struct outer {
    sdx_pool *pool;
    int threads;
    _Atomic int64_t inner;
    _Atomic int wrong;
} outer;

typedef struct inner {
    outer *o;
    pthread_t thread;
    int worker;
} inner;

static sdx_status inside(void *arg, int64_t chunk, int worker)
{
    inner *n = arg;
    (void)chunk;
    if (worker != n->worker || !pthread_equal(pthread_self(), n->thread))
        atomic_fetch_add(&n->o->wrong, 1);
    atomic_fetch_add(&n->o->inner, 1);
    return SDX_OK;
}

static sdx_status around(void *arg, int64_t chunk, int worker)
{
    outer *o = arg;
    inner n = { o, pthread_self(), worker };
    int64_t failed;
    (void)chunk;
    return sdx_pool_run(o->pool, 5, inside, &n, &failed);
}

static void nested_runs_stay_on_their_thread(void **state)
{
    (void)state;
    sdx_mem m;
    sdx_mem_init(&m, NULL, 0);
    for (int threads = 1; threads <= 4; threads++) {
        outer o = { .pool = sdx_pool_new(&m, threads), .threads = threads };
        for (int turn = 0; turn < 50; turn++)
            assert_int_equal(sdx_pool_run(o.pool, 40, around, &o, NULL), SDX_OK);
        assert_int_equal(atomic_load(&o.inner), 50 * 40 * 5);
        assert_int_equal(atomic_load(&o.wrong), 0);
        sdx_pool_free(o.pool);
    }
}

typedef struct caller {
    sdx_pool *pool;
    _Atomic int *wrong;
    int turns, number;
} caller;

static void *call(void *arg)
{
    caller *c = arg;
    for (int turn = 0; turn < c->turns; turn++) {
        job j = { .threads = sdx_pool_threads(c->pool) };
        const int64_t chunks = (turn * 31 + c->number * 7) % 90;
        j.fail_step = turn % 5 == 0;
        j.fail_from = chunks / 2;
        int64_t failed;
        sdx_status st = sdx_pool_run(c->pool, chunks, touch, &j, &failed);
        const bool fails = j.fail_step && chunks > 0;
        bool good = st == (fails ? SDX_E_VALUE : SDX_OK) && failed == (fails ? j.fail_from : -1);
        for (int64_t i = 0; i < (fails ? j.fail_from + 1 : chunks); i++)
            good = good && atomic_load(&j.times[i]) == 1;
        if (!good || atomic_load(&j.clashes))
            atomic_fetch_add(c->wrong, 1);
    }
    return NULL;
}

static void many_callers(void **state)
{
    (void)state;
    enum { CALLERS = 6 };
    sdx_mem m;
    sdx_mem_init(&m, NULL, 0);
    for (int threads = 1; threads <= 4; threads++) {
        sdx_pool *pool = sdx_pool_new(&m, threads);
        pthread_t thread[CALLERS];
        caller c[CALLERS];
        _Atomic int wrong = 0;
        for (int i = 0; i < CALLERS; i++) {
            c[i] = (caller){ pool, &wrong, 300, i };
            assert_int_equal(pthread_create(&thread[i], NULL, call, &c[i]), 0);
        }
        for (int i = 0; i < CALLERS; i++)
            pthread_join(thread[i], NULL);
        assert_int_equal(atomic_load(&wrong), 0);
        sdx_pool_free(pool);
    }
}

static double processor_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void idle_workers_sleep(void **state)
{
    (void)state;
    sdx_mem m;
    sdx_mem_init(&m, NULL, 0);
    sdx_pool *pool = sdx_pool_new(&m, 2);
    job j = { .threads = 2 };
    const double before = processor_seconds();
    for (int i = 0; i < 10; i++) { /* a session called now and then */
        sdx_pool_run(pool, 8, touch, &j, NULL);
        const struct timespec pause = { 0, 40 * 1000 * 1000 };
        nanosleep(&pause, NULL);
    }
    const double used = processor_seconds() - before;
    assert_true(used < 0.4 * 0.05); /* of a core; sanitizers are slow */
    sdx_pool_free(pool);
}

static void failure_at_every_call(void **state)
{
    (void)state;
    failing f;
    sdx_allocator hook = failing_allocator(&f, 1);
    sdx_mem m;
    sdx_mem_init(&m, &hook, 0);
    assert_null(sdx_pool_new(&m, 3));
    hook = failing_allocator(&f, 2);
    sdx_pool *pool = sdx_pool_new(&m, 3);
    assert_non_null(pool); /* one allocation is all it makes */
    job j = { .threads = 3 };
    assert_int_equal(sdx_pool_run(pool, 100, touch, &j, NULL), SDX_OK);
    sdx_pool_free(pool);
    assert_int_equal(f.out + f.wrong, 0);
}

static void chunks_are_cut_by_count_and_grain(void **state)
{
    (void)state;
    assert_int_equal(sdx_pool_chunks(0, 4), 0);
    assert_int_equal(sdx_pool_chunks(-3, 4), 0);
    assert_int_equal(sdx_pool_chunks(1, 4), 1);
    assert_int_equal(sdx_pool_chunks(8, 4), 2);
    assert_int_equal(sdx_pool_chunks(9, 4), 3);
    assert_int_equal(sdx_pool_chunks(9, 0), 9);
    assert_int_equal(sdx_pool_chunks(INT64_MAX, 1), INT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_chunk_once),
        cmocka_unit_test(lowest_failure_is_reported),
        cmocka_unit_test(nested_runs_stay_on_their_thread),
        cmocka_unit_test(many_callers),
        cmocka_unit_test(idle_workers_sleep),
        cmocka_unit_test(failure_at_every_call),
        cmocka_unit_test(chunks_are_cut_by_count_and_grain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
