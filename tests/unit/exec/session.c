/* tests/unit/exec/session.c - runs: what they allocate, share, refuse, and that threads change no
 * bit. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sardonyx.h"

#include <cmocka.h>

#define HEAD "<ir_version: 10, opset_import: [\"\" : 18]> "

/* ---- help ---- */

typedef struct counter {
    _Atomic long long calls, bytes;
    long long fail_at; /* this call gets nothing; 0: none */
} counter;

static void *count_alloc(void *ctx, size_t size, size_t align)
{
    counter *c = ctx;
    void *p = NULL;
    if (++c->calls == c->fail_at)
        return NULL;
    c->bytes += (long long)size;
    return posix_memalign(&p, align < sizeof p ? sizeof p : align, size) == 0 ? p : NULL;
}

static void count_free(void *ctx, void *p, size_t size)
{
    counter *c = ctx;
    c->bytes -= (long long)size;
    free(p);
}

static sdx_model *open_text(const char *text, counter *count)
{
    sdx_error err;
    sdx_model *m = NULL;
    sdx_model_options o = SDX_OPTIONS_INIT(sdx_model_options);
    sdx_allocator a = { count, count_alloc, count_free };
    o.allocator = count ? &a : NULL;
    if (sdx_model_parse(text, strlen(text), "test", &o, &m, &err) != SDX_OK) {
        print_error("%s: %s %s\n", err.place, err.fact, err.hint);
        fail();
    }
    return m;
}

static sdx_session *session_of(sdx_model *m, int threads, bool optimize)
{
    sdx_error err;
    sdx_session *s = NULL;
    sdx_session_options o = SDX_OPTIONS_INIT(sdx_session_options);
    o.threads = threads;
    o.no_optimize = !optimize;
    if (sdx_session_new(m, &o, &s, &err) != SDX_OK) {
        print_error("%s: %s\n", err.place, err.fact);
        fail();
    }
    return s;
}

static sdx_session *limited(sdx_model *m, uint64_t bytes)
{
    sdx_error err;
    sdx_session *s = NULL;
    sdx_session_options o = SDX_OPTIONS_INIT(sdx_session_options);
    o.threads = 1;
    o.memory_limit = bytes;
    assert_int_equal(sdx_session_new(m, &o, &s, &err), SDX_OK);
    return s;
}

static sdx_value *floats(int rank, const int64_t *dims, uint32_t seed)
{
    sdx_value *v = NULL;
    assert_int_equal(sdx_value_tensor(SDX_F32, rank, dims, &v, NULL), SDX_OK);
    for (size_t i = 0; i < sdx_value_count(v); i++) {
        seed = seed * 1664525u + 1013904223u;
        sdx_value_set_f64(v, i, (double)(seed >> 8) / (1 << 24) - 0.5);
    }
    return v;
}

static sdx_value *number(int64_t n)
{
    sdx_value *v = NULL;
    assert_int_equal(sdx_value_tensor(SDX_I64, 0, NULL, &v, NULL), SDX_OK);
    sdx_value_set_i64(v, 0, n);
    return v;
}

static sdx_status run(sdx_session *s, sdx_value *const *in, sdx_value **out,
                      const sdx_run_options *o, sdx_error *err)
{
    return sdx_session_run(s, (const sdx_value *const *)in, out, o, err);
}

static void free_values(sdx_value **v, int count)
{
    for (int i = 0; i < count; i++)
        sdx_value_free(v[i]);
}

static void leave(sdx_session *s, sdx_model *m)
{
    sdx_session_free(s);
    sdx_model_close(m);
}

static sdx_value *run_one(sdx_session *s, const sdx_value *x)
{
    sdx_error err;
    sdx_value *y = NULL;
    if (sdx_session_run(s, &x, &y, NULL, &err) != SDX_OK) {
        print_error("%s: %s\n", err.place, err.fact);
        fail();
    }
    return y;
}

static void same_bits(const sdx_value *a, const sdx_value *b)
{
    assert_int_equal(sdx_value_bytes(a), sdx_value_bytes(b));
    assert_memory_equal(sdx_value_view(a), sdx_value_view(b), sdx_value_bytes(a));
}

static const char network[] = HEAD
    "g (float[N, 8, H, W] x) => (float[N, 10] y)"
    "  <int64[1] zero = {0}, int64[1] two = {2}, int64[1] one = {1}> {"
    "  k = Constant <value_floats = [0.5, -0.25, 0.125, 1.0, 0.5, -0.5, 0.75, 0.25]> ()"
    "  s = Constant <value_ints = [8, 1, 1, 1]> ()"
    "  w = Reshape (k, s)"
    "  c = Conv <group = 8> (x, w)"
    "  r = Relu (c)"
    "  a = Add (r, x)"
    "  t = Sigmoid (a)"
    "  p = GlobalAveragePool (t)"
    "  f = Flatten (p)"
    "  m = ReduceMax <keepdims = 1> (f)"
    "  d = Sub (f, m)"
    "  e = Exp (d)"
    "  z = Slice (e, zero, two, one)"
    "  y = Concat <axis = 1> (z, e)"
    "} ";

static sdx_model *open_network(counter *count)
{
    return open_text(network, count);
}

/* ---- tests ---- */

static void a_repeated_run_allocates_nothing(void **state)
{
    counter count = { 0, 0, 0 };
    int64_t dims[] = { 1, 8, 9, 7 };
    (void)state;
    sdx_model *m = open_network(&count);
    sdx_session *s = session_of(m, 1, true);
    sdx_value *x = floats(4, dims, 1), *y = run_one(s, x);
    long long before = count.calls;
    for (int i = 0; i < 5; i++)
        assert_int_equal(run(s, &x, &y, NULL, NULL), SDX_OK);
    assert_int_equal(count.calls, before);
    sdx_value_free(x);
    sdx_value_free(y);
    leave(s, m);
    assert_int_equal(count.bytes, 0);
}

/* The same of bodies, of bytes, and of what is blocked by channels. */
static void nor_do_bodies_bytes_and_blocks(void **state)
{
    static const char *const model[] = {
        HEAD
        "g (float[1, 16, 6, 6] x) => (float[1, 16, 6, 6] y) <float h = {0}, int64[4] d = {16,"
        " 16, 1, 1}, float s = {0.0625}, int64[4] o = {0, 0, 0, 0}, int64[4] e = {1, 1, 1, 1}> {"
        " w = Expand (s, d) f = Slice (x, o, e) q = Squeeze (f) l = Less (q, h)"
        " y = If (l) <then_branch = t () => (a) { c = Conv (x, w) a = Relu (c) },"
        "             else_branch = u () => (b) { p = Conv (x, w) b = Add (p, x) }> }",
        HEAD "g (float[1, 16, 6, 6] x) => (float[1, 16, 6, 6] y) <int64[4] d = {16, 16, 1, 1},"
             " int8[1] v = {3}, float s = {0.0625}, uint8 z = {128}> { w = Expand (v, d)"
             " q = QuantizeLinear (x, s, z) i = DequantizeLinear (q, s, z)"
             " k = DequantizeLinear (w, s) c = Conv (i, k) r = QuantizeLinear (c, s, z)"
             " y = DequantizeLinear (r, s, z) }",
        HEAD "g (float[1, 16, 6, 6] x) => (float[1, 16, 6, 6] y) <int64 n = {5}, bool t = {1}> {"
             " y = Loop (n, t, x) <body = b (int64 i, bool c, float[1, 16, 6, 6] p) => (bool d,"
             " float[1, 16, 6, 6] q) { d = Identity (c) r = Softmax (p) q = Add (r, p) }> }",
    };
    int64_t dims[] = { 1, 16, 6, 6 };
    (void)state;
    for (size_t i = 0; i < sizeof model / sizeof *model; i++) {
        counter count = { 0, 0, 0 };
        sdx_model *m = open_text(model[i], &count);
        sdx_session *s = session_of(m, 1, true);
        sdx_value *x = floats(4, dims, 1), *y = run_one(s, x);
        assert_int_equal(run(s, &x, &y, NULL, NULL), SDX_OK);
        long long before = count.calls;
        for (int k = 0; k < 5; k++)
            assert_int_equal(run(s, &x, &y, NULL, NULL), SDX_OK);
        if (count.calls != before) {
            print_error("%lld allocations: %s\n", count.calls - before, model[i]);
            fail();
        }
        sdx_value_free(x);
        sdx_value_free(y);
        leave(s, m);
        assert_int_equal(count.bytes, 0);
    }
}

/* Of a branch that is taken one result is known before it runs, the other is not. */
static void a_step_may_make_what_is_known(void **state)
{
    counter count = { 0, 0, 0 };
    int64_t dims[] = { 2, 3 };
    (void)state;
    sdx_model *m = open_text(HEAD
                             "g (float[2, 3] x) => (float[2, 3] y) <bool yes = {1}> {"
                             " a, b = If (yes) <then_branch = t () => (float[2, 3] p, bool q) {"
                             "  p = Neg (x) q = Not (yes) }, else_branch = e () =>"
                             "  (float[2, 3] r, bool s) { r = Abs (x) s = Identity (yes) }>"
                             " y = If (b) <then_branch = u () => (float[2, 3] v) {"
                             "  v = Exp (a) }, else_branch = w () => (float[2, 3] z) {"
                             "  z = Neg (a) }> }",
                             &count);
    for (int optimize = 0; optimize < 2; optimize++) {
        sdx_session *s = session_of(m, 1, optimize != 0);
        sdx_value *x = floats(2, dims, 1);
        for (int i = 0; i < 3; i++) {
            sdx_value *y = run_one(s, x);
            same_bits(x, y);
            sdx_value_free(y);
        }
        sdx_value_free(x);
        sdx_session_free(s);
    }
    sdx_model_close(m);
    assert_int_equal(count.bytes, 0);
}

static void threads_and_passes_change_no_result(void **state)
{
    int64_t dims[] = { 2, 8, 33, 31 };
    (void)state;
    sdx_model *m = open_network(NULL);
    sdx_session *one = session_of(m, 1, true), *three = session_of(m, 3, true);
    sdx_session *plain = session_of(m, 2, false);
    sdx_value *x = floats(4, dims, 7);
    sdx_value *a = run_one(one, x), *b = run_one(three, x), *c = run_one(plain, x);
    same_bits(a, b);
    for (size_t i = 0; i < sdx_value_count(a); i++)
        assert_float_equal(sdx_value_f64(a, i), sdx_value_f64(c, i), 1e-5);
    sdx_model_close(m); /* sessions live on */
    sdx_value *d = run_one(three, x);
    same_bits(a, d);
    sdx_value_free(x);
    sdx_value_free(a);
    sdx_value_free(b);
    sdx_value_free(c);
    sdx_value_free(d);
    sdx_session_free(one);
    sdx_session_free(three);
    sdx_session_free(plain);
}

static void earlier_shapes_keep_their_plans(void **state)
{
    counter count = { 0, 0, 0 };
    (void)state;
    sdx_model *m = open_network(&count);
    sdx_session *s = session_of(m, 1, true);
    sdx_value *x[6], *y[6];
    for (int i = 0; i < 6; i++) { /* the default keeps four */
        int64_t dims[] = { 1 + i, 8, 5 + i, 4 };
        x[i] = floats(4, dims, (uint32_t)i);
        y[i] = run_one(s, x[i]);
    }
    long long before = count.calls;
    for (int i = 5; i >= 2; i--) {
        sdx_value *again = y[i];
        assert_int_equal(run(s, &x[i], &again, NULL, NULL), SDX_OK);
    }
    assert_int_equal(count.calls, before);
    assert_int_equal(run(s, &x[0], &y[0], NULL, NULL), SDX_OK);
    assert_true(count.calls > before); /* the oldest was dropped, and is made again */
    for (int i = 0; i < 6; i++) {
        sdx_value_free(x[i]);
        sdx_value_free(y[i]);
    }
    leave(s, m);
    assert_int_equal(count.bytes, 0);
}

static void an_output_may_lie_over_an_input(void **state)
{
    int64_t dims[] = { 4, 5 };
    (void)state;
    sdx_model *m = open_text(HEAD "g (float[A, B] x) => (float[B, A] y) { t = Neg (x)"
                                  " y = Transpose <perm = [1, 0]> (t) }",
                             NULL);
    sdx_session *s = session_of(m, 1, true);
    float memory[21];
    for (int i = 0; i < 21; i++)
        memory[i] = (float)i;
    int64_t turned[] = { 5, 4 };
    sdx_value *x, *y; /* not even aligned */
    sdx_value_wrap(SDX_F32, 2, dims, memory + 1, 80, &x, NULL);
    sdx_value_wrap(SDX_F32, 2, turned, memory + 1, 80, &y, NULL);
    assert_int_equal(run(s, &x, &y, NULL, NULL), SDX_OK);
    for (int i = 0; i < 5; i++)
        for (int k = 0; k < 4; k++)
            assert_float_equal(memory[1 + i * 4 + k], -(float)(1 + k * 5 + i), 0);
    sdx_value_free(x);
    sdx_value_free(y);
    leave(s, m);
}

static void outputs_that_are_inputs_and_constants(void **state)
{
    int64_t dims[] = { 3 };
    (void)state;
    sdx_model *m = open_text(HEAD "g (float[3] x) => (float[3] a, float[3] b, float[3] x)"
                                  "<float[3] c = {1, 2, 3}> { a = Identity (x) b = Identity (c) }",
                             NULL);
    sdx_session *s = session_of(m, 1, true);
    sdx_value *x = floats(1, dims, 3), *y[3] = { NULL, NULL, NULL };
    assert_int_equal(run(s, &x, y, NULL, NULL), SDX_OK);
    same_bits(y[0], x);
    same_bits(y[2], x);
    assert_float_equal(sdx_value_f64(y[1], 2), 3, 0);
    for (int i = 0; i < 3; i++) {
        assert_ptr_not_equal(sdx_value_view(y[i]), sdx_value_view(x));
        sdx_value_free(y[i]);
    }
    sdx_value_free(x);
    leave(s, m);
}

/* Shapes that only the run knows: everything behind NonZero is inferred while running. */
static void late_steps_see_numbers(void **state)
{
    int64_t dims[] = { 6 };
    (void)state;
    sdx_model *m = open_text(HEAD "g (float[N] x) => (float[M] y, int64[1] n) <float zero = {0}> {"
                                  "  p = Greater (x, zero)  i = NonZero (p)"
                                  "  j = Squeeze (i)  r = Relu (x)  v = Gather (r, j)"
                                  "  y = Neg (v)  n = Shape (y) }",
                             NULL);
    sdx_session *s = session_of(m, 1, true);
    sdx_value *x = floats(1, dims, 0), *y[2];
    for (int round = 0; round < 3; round++) {
        int positive = 0;
        for (size_t i = 0; i < 6; i++) {
            sdx_value_set_f64(x, i, (int)i % (round + 2) ? (double)i : -1);
            positive += i > 0 && (int)i % (round + 2) != 0;
        }
        y[0] = y[1] = NULL;
        assert_int_equal(run(s, &x, y, NULL, NULL), SDX_OK);
        assert_int_equal(sdx_value_count(y[0]), positive);
        assert_int_equal(sdx_value_i64(y[1], 0), positive);
        assert_float_equal(sdx_value_f64(y[0], 0), -1, 0);
        free_values(y, 2);
    }
    sdx_value_free(x);
    leave(s, m);
}

static const char loop[] = HEAD
    "g (int64 n, float[K] x) => (float[K] y, float[T, K] all)"
    "<bool yes = {1}> {"
    "  y, all = Loop (n, yes, x) <body = b (int64 i, bool c, float[K] s)"
    "    => (bool d, float[K] t, float[K] each) {"
    "      d = Identity (c)  h = Mul (s, x)  t = Add (h, x)  each = Neg (t) }> }";

static void loops_run_and_stay_flat(void **state)
{
    counter count = { 0, 0, 0 };
    int64_t dims[] = { 100 };
    (void)state;
    sdx_model *m = open_text(loop, &count);
    sdx_session *s = session_of(m, 1, true);
    sdx_value *in[2] = { number(3), floats(1, dims, 5) }, *y[2] = { NULL, NULL };
    assert_int_equal(run(s, in, y, NULL, NULL), SDX_OK);
    double x = sdx_value_f64(in[1], 0), want = x;
    for (int i = 0; i < 3; i++)
        want = want * x + x;
    assert_float_equal(sdx_value_f64(y[0], 0), want, 1e-6);
    assert_int_equal(sdx_value_count(y[1]), 300);
    assert_float_equal(sdx_value_f64(y[1], 200), -want, 1e-6);
    free_values(y, 2);
    free_values(in, 2);
    leave(s, m);
    assert_int_equal(count.bytes, 0);
}

static void a_long_loop_takes_no_more_than_a_short_one(void **state)
{
    counter count = { 0, 0, 0 };
    int64_t dims[] = { 1000 };
    sdx_session_info info;
    (void)state;
    sdx_model *m = open_text(HEAD "g (int64 n, float[K] x) => (float[K] y) <bool yes = {1}> {"
                                  "  y = Loop (n, yes, x) <body = b (int64 i, bool c, float[K] s)"
                                  "    => (bool d, float[K] t) { d = Identity (c) t = Neg (s) }> }",
                             &count);
    sdx_session *s = session_of(m, 1, true);
    sdx_value *in[2] = { number(3), floats(1, dims, 5) }, *y = NULL;
    assert_int_equal(run(s, in, &y, NULL, NULL), SDX_OK);
    sdx_session_about(s, &info);
    uint64_t peak = info.peak_bytes;
    sdx_value_free(in[0]);
    in[0] = number(20000);
    assert_int_equal(run(s, in, &y, NULL, NULL), SDX_OK);
    sdx_session_about(s, &info);
    assert_true(info.peak_bytes <= peak + 8192);
    same_bits(y, in[1]);
    sdx_value_free(y);
    free_values(in, 2);
    leave(s, m);
}

/* A state that grows: after a few iterations one plan serves all sizes. */
static void a_growing_state_does_not_bind_for_ever(void **state)
{
    counter count = { 0, 0, 0 };
    int64_t dims[] = { 2 };
    (void)state;
    sdx_model *m = open_text(HEAD
                             "g (int64 n, float[K] x) => (float[L] y) <bool yes = {1}> {"
                             "  y = Loop (n, yes, x) <body = b (int64 i, bool c, float[M] s)"
                             "    => (bool d, float[O] t) {"
                             "      d = Identity (c) u = Neg (s) t = Concat <axis = 0> (u, x) }> }",
                             &count);
    sdx_session *s = session_of(m, 1, true);
    sdx_value *in[2] = { number(60), floats(1, dims, 5) }, *y = NULL;
    assert_int_equal(run(s, in, &y, NULL, NULL), SDX_OK);
    assert_int_equal(sdx_value_count(y), 122);
    for (size_t i = 0; i < 122; i++) /* the last pair was not turned, the one before once, … */
        assert_float_equal(sdx_value_f64(y, i),
                           sdx_value_f64(in[1], i % 2) * ((60 - i / 2) % 2 ? -1 : 1), 0);
    sdx_value_free(y);
    free_values(in, 2);
    leave(s, m);
    assert_int_equal(count.bytes, 0);
}

/* ---- ends ---- */

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

/* ---- without memory ---- */

static const char late[] = HEAD
    "g (float[N] x) => (float[M] y) <float zero = {0}> {"
    "  p = Greater (x, zero)  i = NonZero (p)  j = Squeeze (i)  r = Relu (x)  v = Gather (r, j)"
    "  y = Neg (v) }";

static const char growing[] = HEAD
    "g (float[K] x) => (float[L] y, float[T, K] all) <bool yes = {1}, int64 n = {12}> {"
    "  y, all = Loop (n, yes, x) <body = b (int64 i, bool c, float[M] s)"
    "    => (bool d, float[O] t, float[K] each) {"
    "      d = Identity (c) t = Concat <axis = 0> (s, x) each = Exp (x) }> }";

static const char words[] = HEAD
    "g (float[N] x) => (string[N] y) { s = Cast <to = 8> (x) y = Identity (s) }";

static sdx_status run_all(const char *text, counter *count, const sdx_value *x)
{
    sdx_model_options o = SDX_OPTIONS_INIT(sdx_model_options);
    sdx_session_options so = SDX_OPTIONS_INIT(sdx_session_options);
    sdx_allocator a = { count, count_alloc, count_free };
    sdx_model *m = NULL;
    sdx_session *s = NULL;
    sdx_error err;
    sdx_value *y[2] = { NULL, NULL };
    o.allocator = &a;
    so.threads = 1;
    sdx_status st = sdx_model_parse(text, strlen(text), "test", &o, &m, &err);
    if (st == SDX_OK)
        st = sdx_session_new(m, &so, &s, &err);
    if (st == SDX_OK)
        st = sdx_session_run(s, &x, y, NULL, &err);
    if (st != SDX_OK) {
        assert_null(y[0]);
        assert_null(y[1]);
    }
    free_values(y, 2);
    leave(s, m);
    return st;
}

/* Every allocation fails once: the call says so, and gives back all it took. */
static void no_memory_leaves_nothing_behind(void **state)
{
    static const char *const texts[] = { late, growing, words };
    int64_t dims[] = { 5 };
    (void)state;
    sdx_value *x = floats(1, dims, 3);
    sdx_value_set_f64(x, 1, 2);
    for (int i = 0; i < 3; i++) {
        long long failed = 0;
        for (long long k = 1; k < 100000; k++) {
            counter count = { 0, 0, k };
            sdx_status st = run_all(texts[i], &count, x);
            assert_int_equal(count.bytes, 0);
            if (count.calls < k) { /* it never came to the k-th */
                assert_int_equal(st, SDX_OK);
                break;
            }
            if (st != SDX_OK && st != SDX_E_MEMORY) {
                print_error("allocation %lld: status %s\n", k, sdx_status_name(st));
                fail();
            }
            failed += st == SDX_E_MEMORY;
        }
        assert_true(failed > 20);
    }
    sdx_value_free(x);
}

/* ---- refusals ---- */

static void wrong_inputs_are_named(void **state)
{
    int64_t dims[] = { 1, 7, 4, 4 }, flat[] = { 3 };
    sdx_error err;
    sdx_value *y = NULL;
    (void)state;
    sdx_model *m = open_network(NULL);
    sdx_session *s = session_of(m, 1, true);
    sdx_value *x = floats(4, dims, 1), *f = floats(1, flat, 1), *n = number(1);
    assert_int_equal(run(s, &x, &y, NULL, &err), SDX_E_SHAPE);
    assert_string_equal(err.place, "test: input 'x'");
    assert_string_equal(err.fact, "dim 1 of the value is 7, the model wants 8");
    assert_int_equal(run(s, &f, &y, NULL, &err), SDX_E_SHAPE);
    assert_int_equal(run(s, &n, &y, NULL, &err), SDX_E_TYPE);
    assert_null(y);
    sdx_value_free(x);
    sdx_value_free(f);
    sdx_value_free(n);
    leave(s, m);
}

static void inputs_that_contradict_each_other_are_refused(void **state)
{
    int64_t two[] = { 2 }, three[] = { 3 };
    sdx_error err;
    char text[1400];
    sdx_value *y = NULL;
    (void)state;
    sdx_model *m = open_text(HEAD "g (float[N] a, float[N] b) => (float[N] y) { y = Mul (a, b) }",
                             NULL);
    sdx_session *s = session_of(m, 1, true);
    sdx_value *in[2] = { floats(1, two, 1), floats(1, three, 1) };
    assert_int_equal(run(s, in, &y, NULL, &err), SDX_E_SHAPE);
    assert_null(y);
    sdx_error_text(&err, text, sizeof text);
    print_message("%s\n", text);
    sdx_value_free(in[0]);
    in[0] = floats(1, three, 2); /* and the session goes on */
    assert_int_equal(run(s, in, &y, NULL, &err), SDX_OK);
    sdx_value_free(y);
    free_values(in, 2);
    leave(s, m);
}

/* Only the branch that runs has to fit. */
static void a_branch_that_does_not_run_may_not_fit(void **state)
{
    int64_t two[] = { 2 };
    sdx_error err;
    sdx_value *y = NULL;
    (void)state;
    sdx_model *m = open_text(HEAD
                             "g (float[N] x, bool c) => (float[M] y)"
                             "<float[3] k = {1, 2, 3}> {"
                             "  y = If (c) <then_branch = t () => (float[P] p) { p = Neg (x) },"
                             "    else_branch = e () => (float[Q] q) { q = Add (x, k) }> }",
                             NULL);
    sdx_session *s = session_of(m, 1, true);
    sdx_value *in[2] = { floats(1, two, 1), NULL };
    sdx_value_tensor(SDX_BOOL, 0, NULL, &in[1], NULL);
    sdx_value_set_i64(in[1], 0, 1);
    assert_int_equal(run(s, in, &y, NULL, &err), SDX_OK);
    assert_int_equal(sdx_value_count(y), 2);
    sdx_value_free(y);
    y = NULL;
    sdx_value_set_i64(in[1], 0, 0);
    assert_int_equal(run(s, in, &y, NULL, &err), SDX_E_SHAPE);
    assert_non_null(strstr(err.place, "Add"));
    assert_null(y);
    free_values(in, 2);
    leave(s, m);
}

static void a_failing_node_is_named(void **state)
{
    sdx_error err;
    int64_t dims[] = { 2 };
    (void)state;
    sdx_model *m = open_text(HEAD "g (float[2] x, int64 n) => (float y) {"
                                  "  [pick] y = Gather (x, n) }",
                             NULL);
    sdx_session *s = session_of(m, 1, true);
    sdx_value *in[2] = { floats(1, dims, 1), number(5) }, *y = NULL;
    assert_int_equal(run(s, in, &y, NULL, &err), SDX_E_VALUE);
    assert_null(y);
    assert_string_equal(err.place, "test: node 'pick' (Gather, graph 'g', #0)");
    free_values(in, 2);
    leave(s, m);
}

static void an_output_of_another_shape_is_refused(void **state)
{
    int64_t dims[] = { 4, 5 };
    (void)state;
    sdx_model *m = open_text(HEAD "g (float[A, B] x) => (float[B, A] y) {"
                                  " y = Transpose <perm = [1, 0]> (x) }",
                             NULL);
    sdx_session *s = session_of(m, 1, true);
    sdx_value *x = floats(2, dims, 1), *y = floats(2, dims, 2), *kept = y;
    assert_int_equal(run(s, &x, &y, NULL, NULL), SDX_E_SHAPE);
    assert_ptr_equal(y, kept);
    sdx_value_free(x);
    sdx_value_free(y);
    leave(s, m);
}

static void a_memory_limit_is_kept(void **state)
{
    int64_t dims[] = { 1, 8, 300, 300 };
    sdx_error err;
    sdx_session_info info;
    (void)state;
    sdx_model *m = open_network(NULL);
    sdx_session *s = limited(m, 2 << 20);
    sdx_value *x = floats(4, dims, 1), *y = NULL;
    assert_int_equal(run(s, &x, &y, NULL, &err), SDX_E_LIMIT);
    assert_null(y);
    sdx_session_about(s, &info);
    assert_true(info.peak_bytes <= 2 << 20);
    sdx_value_free(x);
    leave(s, m);
}

/* Whatever is refused, also deep in a body: the limit is named, and the place. */
static void the_limit_is_named_in_a_loop(void **state)
{
    int64_t dims[] = { 1000 };
    sdx_error err;
    (void)state;
    sdx_model *m = open_text(HEAD "g (float[N] x, int64 n) => (float[M] y) <bool t = {1}> {"
                                  " [growing] y = Loop (n, t, x) <body = b (int64 i, bool c,"
                                  " float[K] s) => (bool d, float[L] u) { d = Identity (c)"
                                  " u = Concat <axis = 0> (s, s) }> }",
                             NULL);
    for (int64_t rounds = 6; rounds <= 20; rounds += 14) {
        sdx_session *s = limited(m, 2 << 20);
        sdx_value *in[] = { floats(1, dims, 1), number(rounds) }, *y = NULL;
        sdx_status st = run(s, in, &y, NULL, &err);
        assert_int_equal(st, rounds == 6 ? SDX_OK : SDX_E_LIMIT);
        if (st != SDX_OK) {
            assert_non_null(strstr(err.fact, "limit"));
            assert_non_null(strstr(err.place, "growing"));
        }
        sdx_value_free(y);
        free_values(in, 2);
        sdx_session_free(s);
    }
    sdx_model_close(m);
}

/* What the run sizes is copied for the caller: that counts, too.  With less and less room it is the
 * first to be refused. */
static void the_limit_holds_for_copies_of_outputs(void **state)
{
    int64_t dims[] = { 100000 };
    sdx_error err;
    (void)state;
    sdx_model *m = open_text(HEAD "g (float[N] x) => (int64[1, M] y) { y = NonZero (x) }", NULL);
    sdx_value *x = floats(1, dims, 1), *y = NULL;
    int named = 0;
    sdx_status st = SDX_OK;
    for (uint64_t limit = 6 << 20; limit > 1 << 20 && (st == SDX_OK || named == 0);
         limit -= 200 << 10) {
        sdx_session *s = limited(m, limit);
        st = run(s, &x, &y, NULL, &err);
        assert_true(st == SDX_OK || st == SDX_E_LIMIT);
        named += st != SDX_OK && strstr(err.fact, "output 'y' takes") != NULL;
        if (st != SDX_OK)
            assert_null(y);
        sdx_value_free(y);
        y = NULL;
        sdx_session_free(s);
    }
    assert_true(named > 0);
    sdx_value_free(x);
    sdx_model_close(m);
}

/* Blocked by channels, whatever sizes come: no images, and padding alone. */
static void blocks_of_no_pixels(void **state)
{
    (void)state;
    sdx_model *m = open_text(HEAD "g (float[N, 16, H, W] x) => (float[N, 16, K, L] y)"
                                  " <float s = {0.5}, int64[4] d = {16, 16, 1, 1},"
                                  " int64[1] c = {16}> { w = Expand (s, d) b = Expand (s, c)"
                                  " t = Conv <pads = [1, 1, 1, 1]> (x, w, b)"
                                  " u = Conv (t, w) v = Neg (u) y = Relu (v) }",
                             NULL);
    sdx_session *s = session_of(m, 2, true), *plain = session_of(m, 1, false);
    for (int64_t k = 0; k < 18; k++) {
        int64_t dims[] = { k / 9, 16, k / 3 % 3, k % 3 };
        sdx_value *x = floats(4, dims, 5), *y = run_one(s, x), *want = run_one(plain, x);
        assert_int_equal(sdx_value_bytes(y), sdx_value_bytes(want));
        for (size_t i = 0; i < sdx_value_count(y); i++)
            assert_float_equal(sdx_value_f64(y, i), sdx_value_f64(want, i), 1e-5);
        sdx_value_free(x);
        sdx_value_free(y);
        sdx_value_free(want);
    }
    sdx_session_free(s);
    sdx_session_free(plain);
    sdx_model_close(m);
}

/* ---- profile and watch ---- */

typedef struct seen {
    int steps, values;
} seen;

static void count_step(void *ctx, const sdx_step_info *step)
{
    seen *s = ctx;
    assert_true(step->end_ns >= step->begin_ns && step->op[0]);
    s->steps++;
}

static bool count_value(void *ctx, const char *name, const sdx_value *v)
{
    seen *s = ctx;
    assert_true(name[0] && sdx_value_kind(v) == SDX_TENSOR);
    return ++s->values < 1000;
}

static void profile_and_watch_see_the_steps(void **state)
{
    int64_t dims[] = { 1, 8, 9, 7 };
    seen all = { 0, 0 };
    sdx_run_options o = SDX_OPTIONS_INIT(sdx_run_options);
    (void)state;
    o.profile = count_step;
    o.watch = count_value;
    o.profile_ctx = o.watch_ctx = &all;
    sdx_model *m = open_network(NULL);
    sdx_session *s = session_of(m, 1, false);
    sdx_value *x = floats(4, dims, 1), *y = NULL;
    assert_int_equal(run(s, &x, &y, &o, NULL), SDX_OK);
    assert_true(all.steps >= 8 && all.values >= 10);
    sdx_value_free(x);
    sdx_value_free(y);
    leave(s, m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_repeated_run_allocates_nothing),
        cmocka_unit_test(nor_do_bodies_bytes_and_blocks),
        cmocka_unit_test(a_step_may_make_what_is_known),
        cmocka_unit_test(threads_and_passes_change_no_result),
        cmocka_unit_test(earlier_shapes_keep_their_plans),
        cmocka_unit_test(an_output_may_lie_over_an_input),
        cmocka_unit_test(outputs_that_are_inputs_and_constants),
        cmocka_unit_test(late_steps_see_numbers),
        cmocka_unit_test(loops_run_and_stay_flat),
        cmocka_unit_test(a_long_loop_takes_no_more_than_a_short_one),
        cmocka_unit_test(a_growing_state_does_not_bind_for_ever),
        cmocka_unit_test(a_deadline_ends_a_run),
        cmocka_unit_test(cancelling_ends_a_run),
        cmocka_unit_test(between_steps_it_is_looked_at),
        cmocka_unit_test(many_callers_share_a_session),
        cmocka_unit_test(no_memory_leaves_nothing_behind),
        cmocka_unit_test(wrong_inputs_are_named),
        cmocka_unit_test(inputs_that_contradict_each_other_are_refused),
        cmocka_unit_test(a_branch_that_does_not_run_may_not_fit),
        cmocka_unit_test(a_failing_node_is_named),
        cmocka_unit_test(an_output_of_another_shape_is_refused),
        cmocka_unit_test(a_memory_limit_is_kept),
        cmocka_unit_test(the_limit_is_named_in_a_loop),
        cmocka_unit_test(the_limit_holds_for_copies_of_outputs),
        cmocka_unit_test(blocks_of_no_pixels),
        cmocka_unit_test(profile_and_watch_see_the_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
