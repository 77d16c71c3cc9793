/* tests/unit/load/functions.c - model-local functions are written out where they are called. */
#include "support/program.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HEAD     "<ir_version: 10, opset_import: [\"\" : 17, \"local\" : 1]>\n"
#define FUNCTION "<domain: \"local\", opset_import: [\"\" : 13]>\n"

static void expect(const char *text, const char *graph)
{
    test_program t;
    test_program_open(&t);
    assert_int_equal(test_program_text(&t, text), SDX_OK);
    assert_string_equal(test_program_findings(&t), "");
    assert_string_equal(test_program_graph(&t), graph);
    assert_true(test_program_close(&t));
}

static void names_of_the_call_and_of_the_body(void **state)
{
    (void)state;
    expect(HEAD "g (float[2] x) => (float[2] y) { [call] y = local.f(x) }\n" FUNCTION
                "f (a) => (c) { b = Neg(a) [second] c = Relu(b) }",
           "g (float[2] x) => (float[2] y)\n{\n"
           "   [call] \"call/b\" = Neg (x)\n"
           "   [\"call/second\"] y = Relu (\"call/b\")\n}");
}

static void two_calls_do_not_meet(void **state)
{
    (void)state;
    expect(HEAD "g (float[2] x) => (float[2] y) { t = local.f(x) y = local.f(t) }\n" FUNCTION
                "f (a) => (c) { b = Neg(a) c = Relu(b) }",
           "g (float[2] x) => (float[2] y)\n{\n"
           "   \"f#0/b\" = Neg (x)\n   t = Relu (\"f#0/b\")\n"
           "   \"f#1/b\" = Neg (t)\n   y = Relu (\"f#1/b\")\n}");
}

/* A name that looks like one of ours, and is the file's. */
static void a_taken_name_is_not_taken_again(void **state)
{
    (void)state;
    expect(
        HEAD
        "g (float[2] x) => (float[2] y) { \"call/b\" = Abs(x) [call] t = local.f(x) y = Add(t, \"call/b\") }\n" FUNCTION
        "f (a) => (c) { b = Neg(a) c = Relu(b) }",
        "g (float[2] x) => (float[2] y)\n{\n"
        "   \"call/b\" = Abs (x)\n"
        "   [call] \"call/b~1\" = Neg (x)\n   [call] t = Relu (\"call/b~1\")\n"
        "   y = Add (t, \"call/b\")\n}");
}

static void attributes_given_default_and_left_out(void **state)
{
    (void)state;
    static const char *const text = HEAD
        "g (float[2] x) => (float[2] y) { [one] t = local.f<axis = 1>(x) [two] y = local.f<axis = 0, low = 2.0>(t) }\n" FUNCTION
        "f <axis, high, low: float = 0.5> (a) => (c) {\n"
        "  b = Softmax<axis : int = @axis>(a)\n"
        "  c = Selu<alpha : float = @low, gamma : float = @high>(b) }";
    expect(text, "g (float[2] x) => (float[2] y)\n{\n"
                 "   [one] \"one/b\" = Softmax <axis: int = 1> (x)\n"
                 "   [one] t = Selu <alpha: float = 0.5> (\"one/b\")\n"
                 "   [two] \"two/b\" = Softmax <axis: int = 0> (t)\n"
                 "   [two] y = Selu <alpha: float = 2> (\"two/b\")\n}");
}

static void calls_within_calls_and_bodies(void **state)
{
    (void)state;
    expect(
        HEAD "g (bool k, float[2] x) => (float[2] y) { [top] y = local.f(k, x) }\n" FUNCTION
             "f (k, a) => (c) { [if] c = If<then_branch = t () => (p) { [in] p = local.h(a) },\n"
             "                          else_branch = e () => (q) { q = Neg(a) }>(k) }\n" FUNCTION
             "h (a) => (c) { c = Relu(a) }",
        "g (bool k, float[2] x) => (float[2] y)\n{\n"
        "   [\"top/if\"] y = If <then_branch: graph = t () => (\"top/p\")\n   {\n"
        "      [\"top/in\"] \"top/p\" = Relu (x)\n   }, else_branch: graph = e () => (\"top/q\")\n   {\n"
        "      [top] \"top/q\" = Neg (x)\n   }> (k)\n}");
}

static void optional_ones_left_out(void **state)
{
    (void)state;
    expect(HEAD "g (float[2] x) => (float[2] y) { y = local.f(x) }\n" FUNCTION
                "f (a, low) => (c, unasked) { c = Clip(a, low) unasked = Neg(a) }",
           "g (float[2] x) => (float[2] y)\n{\n"
           "   y = Clip (x, \"\")\n"
           "   \"f#0/unasked\" = Neg (x)\n}");
}

static void an_output_that_is_an_input(void **state)
{
    (void)state;
    expect(HEAD "g (float[2] x) => (float[2] y) { t, y = local.f(x) }\n" FUNCTION
                "f (a) => (a, b) { b = Neg(a) }",
           "g (float[2] x) => (float[2] y)\n{\n"
           "   y = Neg (x)\n"
           "   t = Identity (x)\n}");
}

/* A node's operator set is that of the function it was written in. */
static void opsets_are_the_functions_own(void **state)
{
    (void)state;
    test_program t;
    test_program_open(&t);
    assert_int_equal(
        test_program_text(
            &t, HEAD "g (float[2] x) => (float[2] y) { t = Relu(x) [c] y = local.f(t) }\n" FUNCTION
                     "f (a) => (b) { [inner] b = Neg(a) }"),
        SDX_OK);
    assert_int_equal(t.p->main->node[0]->opset, 17);
    assert_int_equal(t.p->main->node[1]->opset, 13);
    assert_string_equal(t.p->main->node[1]->path, "f");
    assert_int_equal(t.p->main->node[1]->index, 1);
    assert_string_equal(sdx_node_place(&t.arena, t.p->main->node[1]),
                        "node 'c/inner' (Neg, graph 'g', #1, function f)");
    assert_true(test_program_close(&t));
}

static void a_function_wins_over_an_operator(void **state)
{
    (void)state;
    expect(
        "<ir_version: 10, opset_import: [\"\" : 17]> g (float[2] x) => (float[2] y) { y = Relu(x) }\n"
        "<domain: \"\", opset_import: [\"\" : 17]> Relu (a) => (b) { b = Abs(a) }",
        "g (float[2] x) => (float[2] y)\n{\n   y = Abs (x)\n}");
}

static void overloads(void **state)
{
    (void)state;
    expect(
        HEAD
        "g (float[2] x) => (float[2] y) { t = local.f:one(x) y = local.f:two(t) }\n"
        "<domain: \"local\", overload: \"one\", opset_import: [\"\" : 13]> f (a) => (b) { b = Abs(a) }\n"
        "<domain: \"local\", overload: \"two\", opset_import: [\"\" : 13]> f (a) => (b) { b = Neg(a) }",
        "g (float[2] x) => (float[2] y)\n{\n   t = Abs (x)\n   y = Neg (t)\n}");
}

static void wrong_calls(void **state)
{
    static const char *const wrong[][2] = {
        { HEAD "g (float[2] x) => (float[2] y) { [c] y = local.f(x) }\n" FUNCTION
               "f (a) => (b) { b = local.h(a) }\n" FUNCTION
               "h (a) => (b) { [deep] b = local.f(a) }",
          "function-recursive: calls function 'f' from within itself: f/h/f\n" },
        { HEAD "g (float[2] x) => (float[2] y) { [c] y = local.f(x, x) }\n" FUNCTION
               "f (a) => (b) { b = Neg(a) }",
          "function-arity: has 2 inputs, function 'f' has 1\n" },
        { HEAD "g (float[2] x) => (float[2] y) { y = local.f(x) }\n" FUNCTION
               "f (a) => (b) { b = Neg(a) }\n" FUNCTION "f (a) => (b) { b = Abs(a) }",
          "function-duplicate: function 'f' of domain 'local' is defined twice\n" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        test_program t;
        test_program_open(&t);
        assert_int_equal(test_program_text(&t, wrong[i][0]), SDX_OK);
        assert_string_equal(test_program_findings(&t), wrong[i][1]);
        assert_true(test_program_close(&t));
    }
}

/* Each function calls the next one twice: 2^20 nodes. */
static void growth_is_limited(void **state)
{
    (void)state;
    test_program t;
    char text[8192];
    size_t n = (size_t)snprintf(text, sizeof text,
                                HEAD "g (float x) => (float y) { y = local.f0(x) }\n");
    for (int i = 0; i < 20; i++)
        n += (size_t)snprintf(text + n, sizeof text - n,
                              FUNCTION "f%d (a) => (c) { b = local.f%d(a) c = local.f%d(b) }\n", i,
                              i + 1, i + 1);
    snprintf(text + n, sizeof text - n, FUNCTION "f20 (a) => (c) { c = Neg(a) }");
    test_program_open(&t);
    t.options.max_inlined = (3 << 20) - 3; /* one fewer than there would be */
    assert_int_equal(test_program_text(&t, text), SDX_E_LIMIT);
    assert_non_null(strstr(t.err.fact, "3145725"));
    assert_true(t.mem.peak < 1 << 20); /* it was counted, not written out */
    assert_true(test_program_close(&t));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_the_call_and_of_the_body),
        cmocka_unit_test(two_calls_do_not_meet),
        cmocka_unit_test(a_taken_name_is_not_taken_again),
        cmocka_unit_test(attributes_given_default_and_left_out),
        cmocka_unit_test(calls_within_calls_and_bodies),
        cmocka_unit_test(optional_ones_left_out),
        cmocka_unit_test(an_output_that_is_an_input),
        cmocka_unit_test(opsets_are_the_functions_own),
        cmocka_unit_test(a_function_wins_over_an_operator),
        cmocka_unit_test(overloads),
        cmocka_unit_test(wrong_calls),
        cmocka_unit_test(growth_is_limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
