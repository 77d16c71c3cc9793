/* tests/unit/graph/text.c - the text syntax: what is read, what is refused and where, and that
 * printing reads back. */
#include "graph/text.h"
#include "eval/value.h"
#include "support/program.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HEAD "<ir_version: 10, opset_import: [\"\" : 17]>\n"

/* Text, read and printed, is this; and printed again it is the same. */
static void expect(const char *text, const char *want)
{
    test_program t, again;
    char model[8192];
    test_program_open(&t);
    if (test_program_text(&t, text) != SDX_OK)
        fail_msg("%s", t.err.fact);
    const char *printed = test_program_graph(&t);
    assert_string_equal(printed, want);
    snprintf(model, sizeof model, HEAD "%s", printed);
    test_program_open(&again);
    if (test_program_text(&again, model) != SDX_OK)
        fail_msg("%s", again.err.fact);
    assert_string_equal(test_program_graph(&again), printed);
    assert_true(test_program_close(&again));
    assert_true(test_program_close(&t));
}

static void types(void **state)
{
    (void)state;
    expect(
        HEAD
        "g (float a, float[] b, int64[N, 3, ?, \"x y\"] c, seq(float[N]) d, optional(seq(string[])) e,\n"
        "   map(int64, float) f, sparse_tensor(double[3]) h, undeclared) => (bfloat16[N] y) { y = Relu(a) }",
        "g (float a, float[] b, int64[N, 3, ?, \"x y\"] c, seq(float[N]) d, optional(seq(string[])) e, "
        "map(int64, float) f, sparse_tensor(double[3]) h, undeclared) => (bfloat16[N] y)\n{\n   y = Relu (a)\n}");
}

static void attributes(void **state)
{
    (void)state;
    expect(
        HEAD
        "g (x) => (y) { y = Foo<i = -3, f = 2.5, e = 1e-5, inf = -inf, whole : float = 2, s = \"a\\\"b\\\\\",\n"
        "  is = [1, 2], fs = [1, 2.5], ss = [\"a\", \"b\"], none : ints = [], few : strings = [],\n"
        "  t = float[2] {1, 2}, named = int8[1] w {-7}, ty : type_proto = float[N], one = int64 {5},\n"
        "  g = body (q) => (r) { r = Neg(q) }, sp = sparse_tensor(float[9]) {float[1] {3}, int64[1] {4}}>(x) }",
        "g (x) => (y)\n{\n   y = Foo <i: int = -3, f: float = 2.5, e: float = 1e-05, \"inf\": float = -inf, "
        "whole: float = 2, s: string = \"a\\\"b\\\\\", is: ints = [1, 2], fs: floats = [1, 2.5], "
        "ss: strings = [\"a\", \"b\"], none: ints = [], few: strings = [], t: tensor = float[2] {1, 2}, "
        "named: tensor = int8[1] {-7}, ty: type_proto = float[N], one: tensor = int64 {5}, "
        "g: graph = body (q) => (r)\n   {\n      r = Neg (q)\n   }, "
        "sp: sparse_tensor = sparse_tensor(float[9]) {float[1] {3}, int64[1] {4}}> (x)\n}");
}

static void nodes(void **state)
{
    (void)state;
    expect(
        HEAD
        "g (x, \"a b/c:0\") => (y) { # a comment\n"
        "  [\"the name\"] y, , z = com.microsoft.Foo:fast(x, , \"a b/c:0\", \"\"); Print(z);w = Relu(x)<k = 1>\n}",
        "g (x, \"a b/c:0\") => (y)\n{\n"
        "   [\"the name\"] y, \"\", z = com.microsoft.Foo:fast (x, \"\", \"a b/c:0\", \"\")\n"
        "   Print (z)\n   w = Relu <k: int = 1> (x)\n}");
}

/* One literal of each kind of element; small floats are their bits, or a number with a point. */
static void elements(void **state)
{
    static const char *const same[] = {
        "float[3] {1.5, -0, nan}",
        "double[2] {0.1, inf}",
        "float16[2] {15360, 16640}",
        "bfloat16[1] {16256}",
        "float8e4m3fn[2] {56, 255}",
        "float4e2m1[3] {1, 15, 7}",
        "float6e2m3[2] {33, 63}",
        "int8[2] {-128, 127}",
        "uint8[1] {255}",
        "int16[1] {-32768}",
        "uint16[1] {65535}",
        "int32[1] {-2147483648}",
        "uint32[1] {4294967295}",
        "int64[2] {-9223372036854775808, 9223372036854775807}",
        "uint64[1] {18446744073709551615}",
        "bool[2] {1, 0}",
        "int4[3] {-8, 7, -1}",
        "uint4[3] {15, 0, 3}",
        "int2[5] {-2, 1, 0, -1, 1}",
        "uint2[5] {3, 2, 1, 0, 3}",
        "string[2] {\"a\", \"b\\\"c\"}",
        "complex64[1] {1, 2.5}",
        "complex128[1] {-1, 0.1}",
        "float[0] {}",
        "string[0] {}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        char text[512], want[512];
        snprintf(text, sizeof text, HEAD "g (x) => (y) { y = Foo<t = %s>(x) }", same[i]);
        snprintf(want, sizeof want, "g (x) => (y)\n{\n   y = Foo <t: tensor = %s> (x)\n}", same[i]);
        expect(text, want);
    }
    expect(HEAD "g (x) => (y) { y = Foo<t = float16[3] {1.0, -0.5, 65504.0}>(x) }",
           "g (x) => (y)\n{\n   y = Foo <t: tensor = float16[3] {15360, 47104, 31743}> (x)\n}");
}

static void initializers(void **state)
{
    (void)state;
    expect(
        HEAD
        "g (float[2] x, float v = {7}) => (y) <float[2] w = {1, 2}, int64[N] t, string[1] s = {\"q\"}> {\n"
        "  t = Shape(x) y = Add(x, w) }",
        "g (float[2] x, float v = {7}) => (y)\n   <float[2] w = {1, 2},\n    string[1] s = {\"q\"},\n    int64[N] t>\n"
        "{\n   t = Shape (x)\n   y = Add (x, w)\n}");
}

typedef struct refusal {
    const char *text, *says;
} refusal;

static void refusals(void **state)
{
    static const refusal list[] = {
        { "", "line 1, column 1: expected '<', found the end" },
        { "<ir_version: 8>\ng (x) => (y) { y = Relu(x }",
          "line 2, column 27: expected ',', found '}'" },
        { "<ir_version: 8>\ng (x) => (y) {\n  y = Softmax<axis = >(x) }",
          "line 3, column 22: expected the name of the graph" },
        { "<ir_version: 8> g (x) => (y) { y = Foo<a = []>(x) }",
          "an empty list has to say its kind" },
        { "<ir_version: 8> g (x) => (y) { y = Foo<t = int8[1] {300}>(x) }",
          "expected a number that int8 can hold" },
        { "<ir_version: 8> g (x) => (y) { y = Foo<t = int8[2] {3}>(x) }",
          "expected 2 elements instead of 1" },
        { "<ir_version: 8> g (x) => (y) { y = Foo<t = float[N] {3}>(x) }",
          "whose dims are all numbers" },
        { "<ir_version: 8> g (x) => (y) { y = Foo<a : int = 1.5>(x) }", "of the attribute's kind" },
        { "<ir_version: 8> g (x) => (y) { y = Foo<s = \"abc>(x) }", "the string has no end" },
        { "<ir_version: 8> g (x) => (y) <w = {1}> { y = Relu(x) }",
          "expected a type before the name" },
        { "<ir_version: 8> g (x) => (y) <float[1] w = [\"location\": \"f\"]> { }",
          "data in other files" },
        { "<ir_version: 8, colour: 3> g (x) => (y) { }",
          "column 17: expected a key of a model's head" },
        { "<ir_version: 99999999999999999999> g (x) => (y) { }", "expected an integer" },
        { "<ir_version: 8> g (float[1] x => (y) { }", "expected ')'" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        test_program t;
        test_program_open(&t);
        assert_int_equal(test_program_text(&t, list[i].text), SDX_E_FORMAT);
        if (!strstr(t.err.fact, list[i].says))
            fail_msg("'%s' does not say '%s'", t.err.fact, list[i].says);
        assert_true(test_program_close(&t));
    }
}

static void nesting_is_limited(void **state)
{
    (void)state;
    test_program t;
    static char text[100000];
    size_t n = (size_t)snprintf(text, sizeof text, HEAD "g (x) => (y) { y = F<b = ");
    for (int i = 0; i < 2000; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "h () => () { F<b = ");
    for (uint32_t limit = 0; limit < 2; limit++) {
        test_program_open(&t);
        t.options.max_depth = limit * 1000000; /* more than the stack could stand is not given */
        assert_int_equal(test_program_text(&t, text), SDX_E_LIMIT);
        assert_true(test_program_close(&t));
    }
}

/* Every beginning of a text is refused, or read: never more than that. */
static void cut_texts(void **state)
{
    (void)state;
    static const char text[] = HEAD
        "g (float[2] x, seq(int64) s) => (y) <float[2] w = {1, 2}> { [n] y = l.Foo<a = [1, 2], t = float[1] {1},\n"
        "g = b (q) => (r) { r = Neg(q) }>(x, w) }\n<domain: \"l\"> Foo<k: int = 1>(a, b) => (c) { c = Add(a, b) }";
    for (size_t length = 0; length < sizeof text; length++) {
        test_program t;
        test_program_open(&t);
        /* of that length exactly, for the tools that watch memory */
        char *copy = malloc(length + 1);
        memcpy(copy, text, length);
        copy[length] = 0;
        sdx_status st = test_program_text(&t, copy);
        assert_true(st == SDX_OK || (st == SDX_E_FORMAT && *t.err.fact));
        free(copy);
        assert_true(test_program_close(&t));
    }
}

/* What rewrites use: statements alone, names of other nodes, attributes handed on. */
static void statements(void **state)
{
    (void)state;
    test_program t;
    test_program_open(&t);
    assert_int_equal(test_program_text(&t, HEAD "g (x) => (y) { y = Relu(x) }"), SDX_OK);
    const sdx_text_into into = { t.p, &t.arena, 0, sdx_constant_tensor, sdx_constant_sparse };
    static const char text[] = "t = Conv<@, group = 2>(X, conv.W); Y = Concat<@joint>(t, xs[12])";
    size_t n;
    sdx_draft_node *node;
    assert_int_equal(sdx_text_read_nodes(&into, text, sizeof text - 1, &n, &node, &t.err), SDX_OK);
    assert_int_equal(n, 2);
    assert_string_equal(node[0].in[1], "conv.W");
    assert_int_equal(node[0].n_attr, 2);
    assert_string_equal(node[0].attr[0].is.name, "@");
    assert_string_equal(node[0].attr[0].is.ref, "");
    assert_int_equal(node[0].attr[1].is.i, 2);
    assert_string_equal(node[1].attr[0].is.ref, "joint");
    assert_string_equal(node[1].in[1], "xs[12]");
    assert_int_equal(sdx_text_read_nodes(&into, "y = ", 4, &n, &node, &t.err), SDX_E_FORMAT);
    assert_true(test_program_close(&t));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types),
        cmocka_unit_test(attributes),
        cmocka_unit_test(nodes),
        cmocka_unit_test(elements),
        cmocka_unit_test(initializers),
        cmocka_unit_test(refusals),
        cmocka_unit_test(nesting_is_limited),
        cmocka_unit_test(cut_texts),
        cmocka_unit_test(statements),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
