/* tests/unit/exec/session.c - runs: what they allocate, share and show, and that threads change no
 * bit. */
#include "unit/exec/session.h"

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

/* Weights that are scaled and turned are not computed before they are packed, or read. */
static void large_constants_wait(void **state)
{
    counter count = { 0, 0, 0 };
    int64_t dims[] = { 1, 128, 4, 4 }, square[] = { 128, 128, 1, 1 };
    (void)state;
    sdx_model *m = open_text(
        HEAD "g (float[1, 128, 4, 4] x, float[128, 128, 1, 1] v) => (float[1, 128, 4, 4] y,"
             " float[128, 128, 1, 1] z) <float h = {0.01}, int64[4] d = {128, 128, 1, 1},"
             " float from = {-64}, float to = {64}, float one = {1}, int64[4] k = {128, 1, 1, 1}> {"
             " e = Expand (h, d) r = Range (from, to, one) s = Reshape (r, k) w = Mul (e, s)"
             " o = Transpose <perm = [1, 0, 2, 3]> (w) a = Abs (o) n = Neg (a) t = Add (n, o)"
             " c = Conv (x, t) y = Relu (c)"
             " z = Add (v, t) }",
        &count);
    sdx_value *in[] = { floats(4, dims, 1), floats(4, square, 2) }, *out[3][2] = { { NULL } };
    for (int i = 0; i < 3; i++) {
        long long before = count.bytes, weights = 128 * 128 * (long long)sizeof(float);
        sdx_session *s = session_of(m, 1, i < 2);
        if (i == 0)
            assert_true(count.bytes - before < 3 * weights); /* e, of six as large */
        assert_int_equal(run(s, in, out[i], NULL, NULL), SDX_OK);
        sdx_session_free(s);
    }
    sdx_model_close(m);
    for (int i = 0; i < 2; i++) {
        same_bits(out[0][i], out[1][i]);
        for (size_t k = 0; k < sdx_value_count(out[2][i]); k++)
            assert_float_equal(sdx_value_f64(out[0][i], k), sdx_value_f64(out[2][i], k), 1e-5);
    }
    for (int i = 0; i < 3; i++)
        free_values(out[i], 2);
    free_values(in, 2);
    assert_int_equal(count.bytes, 0);
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
    int64_t turned[] = { 5, 4 };
    for (size_t shift = 0; shift < 8; shift++) { /* mostly not even aligned to the elements */
        char memory[88];
        float want[20], got[20];
        for (int i = 0; i < 20; i++)
            want[i] = (float)i;
        memcpy(memory + shift, want, sizeof want);
        sdx_value *x, *y;
        sdx_value_wrap(SDX_F32, 2, dims, memory + shift, 80, &x, NULL);
        sdx_value_wrap(SDX_F32, 2, turned, memory + shift, 80, &y, NULL);
        assert_int_equal(run(s, &x, &y, NULL, NULL), SDX_OK);
        memcpy(got, memory + shift, sizeof got);
        for (int i = 0; i < 5; i++)
            for (int k = 0; k < 4; k++)
                assert_float_equal(got[i * 4 + k], -want[k * 5 + i], 0);
        sdx_value_free(x);
        sdx_value_free(y);
    }
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

/* By depth, and when the last of a body ended. */
typedef struct nested {
    int steps[3];
    uint64_t end_ns;
} nested;

static void count_depth(void *ctx, const sdx_step_info *step)
{
    nested *s = ctx;
    assert_in_range(step->depth, 0, 2);
    s->steps[step->depth]++;
    if (step->depth > 0)
        s->end_ns = step->end_ns;
    else if (strcmp(step->op, "Loop") == 0)
        assert_true(step->begin_ns < s->end_ns && s->end_ns <= step->end_ns);
}

static void a_profile_sees_the_steps_of_bodies(void **state)
{
    int64_t dims[] = { 100 };
    nested all = { { 0 }, 0 };
    seen values = { 0, 0 };
    sdx_run_options o = SDX_OPTIONS_INIT(sdx_run_options);
    (void)state;
    o.profile = count_depth;
    o.profile_ctx = &all;
    o.watch = count_value; /* not of bodies: their values have no number of their own */
    o.watch_ctx = &values;
    sdx_model *m = open_text(loop, NULL);
    sdx_session *s = session_of(m, 1, true);
    sdx_value *in[2] = { number(3), floats(1, dims, 5) }, *y[2] = { NULL, NULL };
    assert_int_equal(run(s, in, y, &o, NULL), SDX_OK);
    assert_int_equal(all.steps[0], 1);
    assert_in_range(all.steps[1], 3 * 2, 3 * 4);
    assert_int_equal(all.steps[2], 0);
    assert_int_equal(values.values, 2);
    free_values(y, 2);
    free_values(in, 2);
    leave(s, m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_repeated_run_allocates_nothing),
        cmocka_unit_test(nor_do_bodies_bytes_and_blocks),
        cmocka_unit_test(large_constants_wait),
        cmocka_unit_test(a_step_may_make_what_is_known),
        cmocka_unit_test(threads_and_passes_change_no_result),
        cmocka_unit_test(earlier_shapes_keep_their_plans),
        cmocka_unit_test(an_output_may_lie_over_an_input),
        cmocka_unit_test(outputs_that_are_inputs_and_constants),
        cmocka_unit_test(late_steps_see_numbers),
        cmocka_unit_test(loops_run_and_stay_flat),
        cmocka_unit_test(a_long_loop_takes_no_more_than_a_short_one),
        cmocka_unit_test(a_growing_state_does_not_bind_for_ever),
        cmocka_unit_test(profile_and_watch_see_the_steps),
        cmocka_unit_test(a_profile_sees_the_steps_of_bodies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
