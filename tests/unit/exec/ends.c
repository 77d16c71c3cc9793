/* tests/unit/exec/ends.c - how runs end before their end, and many at a time: deadline, cancel,
 * callers. */
#include "unit/exec/session.h"

static const char endless[] = HEAD
    "g (int64 n, float[K] x) => (float[K] y) <bool yes = {1}> {"
    "  y = Loop (n, yes, x) <body = b (int64 i, bool c, float[K] s)"
    "    => (bool d, float[K] t) { d = Identity (c) t = Neg (s) }> }";

static void a_deadline_ends_a_run(void **state)
{
    int64_t dims[] = { 16 };
    sdx_error err;
    (void)state;
    sdx_model *m = open_text(endless, NULL);
    sdx_session *s = session_of(m, 1, true);
    sdx_value *in[2] = { number(INT64_MAX), floats(1, dims, 5) }, *y = NULL;
    sdx_run_options o = SDX_OPTIONS_INIT(sdx_run_options);
    o.deadline_ns = 20000000;
    assert_int_equal(run(s, in, &y, &o, &err), SDX_E_CANCELLED);
    assert_null(y);
    assert_string_equal(err.fact, "the deadline passed");
    sdx_value_free(in[0]);
    in[0] = number(2);
    assert_int_equal(run(s, in, &y, NULL, &err), SDX_OK);
    sdx_value_free(y);
    free_values(in, 2);
    leave(s, m);
}

static void *cancel_soon(void *arg)
{
    struct timespec t = { 0, 20000000 };
    nanosleep(&t, NULL);
    sdx_session_cancel(arg);
    return NULL;
}

static void cancelling_ends_a_run(void **state)
{
    int64_t dims[] = { 16 };
    pthread_t thread;
    (void)state;
    sdx_model *m = open_text(endless, NULL);
    sdx_session *s = session_of(m, 1, true);
    sdx_value *in[2] = { number(INT64_MAX), floats(1, dims, 5) }, *y = NULL;
    sdx_session_cancel(s); /* nothing runs: nothing happens */
    assert_int_equal(pthread_create(&thread, NULL, cancel_soon, s), 0);
    assert_int_equal(run(s, in, &y, NULL, NULL), SDX_E_CANCELLED);
    pthread_join(thread, NULL);
    free_values(in, 2);
    leave(s, m);
}

typedef struct user {
    sdx_session *s;
    uint32_t seed;
    bool good;
} user;

/* Steps one after the other, with no loop among them. */
static const char steps[] = HEAD
    "g (float[16] x) => (float[16] y) <int64 z = {0}> { a = Softmax <axis = 0> (x) b = CumSum (a, z)"
    " c = Softmax <axis = 0> (b) d = CumSum (c, z) y = Softmax <axis = 0> (d) }";

typedef struct watcher {
    sdx_session *session;
    int seen;
} watcher;

static bool cancel_at_first(void *ctx, const char *name, const sdx_value *v)
{
    watcher *w = ctx;
    (void)name, (void)v;
    w->seen++;
    sdx_session_cancel(w->session);
    return true;
}

static void between_steps_it_is_looked_at(void **state)
{
    int64_t dims[] = { 16 };
    sdx_error err;
    (void)state;
    sdx_model *m = open_text(steps, NULL);
    sdx_session *s = session_of(m, 1, true);
    sdx_value *x = floats(1, dims, 5), *y = NULL;
    watcher w = { s, 0 };
    sdx_run_options o = SDX_OPTIONS_INIT(sdx_run_options);
    o.watch = cancel_at_first;
    o.watch_ctx = &w;
    assert_int_equal(run(s, &x, &y, &o, &err), SDX_E_CANCELLED);
    assert_int_equal(w.seen, 1);
    assert_null(y);
    o = (sdx_run_options)SDX_OPTIONS_INIT(sdx_run_options);
    o.deadline_ns = 1; /* it has passed before the first */
    assert_int_equal(run(s, &x, &y, &o, &err), SDX_E_CANCELLED);
    assert_string_equal(err.fact, "the deadline passed");
    sdx_value_free(run_one(s, x));
    sdx_value_free(x);
    leave(s, m);
}

static void *use(void *arg)
{
    user *u = arg;
    u->good = true;
    for (int i = 0; i < 20 && u->good; i++) {
        int64_t dims[] = { 1 + (int64_t)(u->seed + (uint32_t)i) % 3, 8, 6, 5 };
        sdx_value *x = floats(4, dims, u->seed), *y = NULL, *z = NULL;
        u->good = run(u->s, &x, &y, NULL, NULL) == SDX_OK &&
                  run(u->s, &x, &z, NULL, NULL) == SDX_OK &&
                  memcmp(sdx_value_view(y), sdx_value_view(z), sdx_value_bytes(y)) == 0;
        sdx_value_free(x);
        sdx_value_free(y);
        sdx_value_free(z);
    }
    return NULL;
}

static void many_callers_share_a_session(void **state)
{
    enum { CALLERS = 4 };
    pthread_t thread[CALLERS];
    user u[CALLERS];
    (void)state;
    sdx_model *m = open_network(NULL);
    sdx_session *s = session_of(m, 2, true);
    for (uint32_t i = 0; i < CALLERS; i++) {
        u[i] = (user){ s, i, false };
        assert_int_equal(pthread_create(&thread[i], NULL, use, &u[i]), 0);
    }
    for (int i = 0; i < CALLERS; i++) {
        pthread_join(thread[i], NULL);
        assert_true(u[i].good);
    }
    leave(s, m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_deadline_ends_a_run),
        cmocka_unit_test(cancelling_ends_a_run),
        cmocka_unit_test(between_steps_it_is_looked_at),
        cmocka_unit_test(many_callers_share_a_session),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
