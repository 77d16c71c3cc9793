/* tests/unit/exec/refusals.c - runs that are refused: without memory, at limits, of inputs that do
 * not fit. */
#include "unit/exec/session.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
