/* tests/unit/load/check.c - defects of structure: each is found, with its words, and all of them in
 * one go. */
#include "support/program.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HEAD "<ir_version: 8, opset_import: [\"\" : 17]>\n"

typedef struct defect {
    const char *text, *findings;
} defect;

static const defect defects[] = {
    { HEAD "g (float[2] x) => (float[2] y) { y = Relu(x) }", "" },
    { HEAD "g (float[2] x) => (float[2] y) { [r] y = Relu(ghost) }",
      "undefined-tensor: input 0 is 'ghost', which nothing makes\n" },
    { HEAD "g (float[2] x) => (float[2] y, float[2] lost) { y = Relu(x) }",
      "output-never-produced: graph output 'lost' is made by no node\n" },
    { HEAD "g (float[2] x) => (float[2] y) { [first] a = Relu(x) [second] a = Neg(x) y = Relu(a) }",
      "duplicate-output: writes 'a', which is already written by node 'first' (Relu, graph 'g', #0)\n" },
    { HEAD "g (float[2] x) => (float[2] y) { x = Neg(y) y = Relu(x) }",
      "duplicate-output: writes 'x', which is an input of the graph\n"
      "unsorted-nodes: reads 'y', which node #1 (Relu) makes only later\n" },
    { HEAD "g (float[2] x) => (float[2] y) <float[2] w = {1, 2}> { w = Neg(x) y = Relu(w) }",
      "duplicate-output: writes 'w', which is an initializer\n" },
    { HEAD "g (float[2] x, float[2] x) => (float[2] y) { y = Relu(x) }",
      "duplicate-input: 'x' is an input of the graph twice\n" },
    { HEAD "g (float[2] x) => (float[2] y) <float w = {1}, float w = {2}> { y = Add(x, w) }",
      "duplicate-initializer: 'w' is an initializer twice\n" },
    { HEAD "g (float[2] x) => (float[2] y) { [late] y = Relu(a) [early] a = Neg(x) }",
      "unsorted-nodes: reads 'a', which node 'early' (Neg, #1) makes only later\n" },
    { HEAD
      "g (float[2] x) => (float[2] y) { [a] p = Add(x, r) [b] q = Neg(p) [c] r = Neg(q) y = Relu(r) }",
      "graph-cycle: 3 nodes in a circle: 'a' (Add, #0) reads from 'c' (Neg, #2) reads from 'b' (Neg, #1) reads "
      "from 'a' (Add, #0)\n" },
    { HEAD "g (float[2] x) => (float[2] y) { [a] y = Add(x, y) }",
      "graph-cycle: 1 node in a circle: 'a' (Add, #0) reads from 'a' (Add, #0)\n" },
    { HEAD "g (float[2] x) => (float[2] y) { y = Softmax<axis = 0, axis = -1>(x) }",
      "duplicate-attribute: attribute 'axis' is given twice\n" },
    { HEAD "g (float[2] x) => (float[2] y) { y = Softmax<axis : int = @a>(x) }",
      "attribute-reference: attribute 'axis' refers to 'a', an attribute of a function, and stands in none\n" },
    { HEAD "g (float[2] x) => (float[2] y) { z = com.acme.Foo(x) y = com.acme.Bar(x) }",
      "opset-import-missing: operators of domain 'com.acme' are used, and no version of it is imported\n" },
    { "<ir_version: 8, opset_import: [\"\" : 13, \"ai.onnx\" : 17]> g (float[2] x) => (float[2] y) { y = Relu(x) }",
      "opset-import-twice: domain 'ai.onnx' is imported twice, at versions 13 and 17\n" },
    { "<ir_version: 8, opset_import: [\"\" : 17, \"ai.onnx\" : 17]> g (float[2] x) => (float[2] y) { y = Relu(x) }",
      "opset-import-twice: domain 'ai.onnx' is imported twice, at versions 17 and 17\n" },
    { "<ir_version: 99, opset_import: [\"\" : 17]> g (float[2] x) => (float[2] y) { y = Relu(x) }",
      "ir-version: IR version 99 is not known\n" },
    { "<ir_version: 1> g (float[2] x) => (float[2] y) { y = Relu(x) }", "" },
    /* bodies: outer names are theirs to read, unknown ones are not, and a body may come before what
     * it reads */
    { HEAD "g (bool c, float[2] x) => (float[2] y) {\n"
           "  y = If<then_branch = t () => (float[2] a) { a = Neg(x) },\n"
           "         else_branch = e () => (float[2] b) { b = Add(x, phantom) }>(c) }",
      "undefined-tensor: input 1 is 'phantom', which nothing makes, neither in this graph nor in those around it\n" },
    { HEAD "g (bool c, float[2] x) => (float[2] y) {\n"
           "  [choose] y = If<then_branch = t () => (float[2] a) { a = Neg(later) },\n"
           "         else_branch = e () => (float[2] b) { b = Neg(x) }>(c)\n"
           "  [maker] later = Abs(x) }",
      "unsorted-nodes: reads 'later', which node 'maker' (Abs, #1) makes only later\n" },
    { HEAD "g (bool c, float[2] x) => (float[2] y) {\n"
           "  [choose] y = If<then_branch = t () => (float[2] a) { a = Neg(y) },\n"
           "         else_branch = e () => (float[2] b) { b = Neg(x) }>(c) }",
      "graph-cycle: 1 node in a circle: 'choose' (If, #0) reads from 'choose' (If, #0)\n" },
    { HEAD "g (bool c, float[2] x) => (float[2] y) { t = Neg(x)\n"
           "  y = If<then_branch = a () => (float[2] p) { t = Abs(x) p = Relu(t) },\n"
           "         else_branch = b () => (float[2] t2) { t2 = Neg(t) }>(c) }",
      "shadowed-name: writes 't', a name that graph 'g' around it has too\n" },
    { HEAD
      "g (bool c, float[2] x) => (float[2] y) {\n"
      "  y = If<then_branch = a () => (x) { }, else_branch = b () => (float[2] q) { q = Neg(x) }>(c) }",
      "body-output-outer: output 'x' of its graph 'a' is a value of the graph around it\n" },
    /* several defects, and none that follows from another */
    { HEAD
      "g (float[2] x) => (float[2] y, float[2] lost) { a = Relu(ghost) b = Add(a, ghost) y = Neg(b) a = Abs(x) }",
      "duplicate-output: writes 'a', which is already written by node '' (Relu, graph 'g', #0)\n"
      "undefined-tensor: input 0 is 'ghost', which nothing makes\n"
      "output-never-produced: graph output 'lost' is made by no node\n" },
};

static void all_defects(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof defects / sizeof *defects; i++) {
        test_program t;
        test_program_open(&t);
        assert_int_equal(test_program_text(&t, defects[i].text), SDX_OK);
        assert_string_equal(test_program_findings(&t), defects[i].findings);
        assert_true(test_program_close(&t));
    }
}

static void suggests_the_nearest_name(void **state)
{
    (void)state;
    test_program t;
    test_program_open(&t);
    assert_int_equal(
        test_program_text(&t, HEAD "g (float[2] picture) => (float[2] y) { y = Relu(pictrue) }"),
        SDX_OK);
    assert_true(t.findings.first->n_hints >= 1);
    assert_string_equal(t.findings.first->hint[0], "did you mean 'picture'?");
    assert_true(test_program_close(&t));
}

static void unsorted_nodes_are_sorted(void **state)
{
    (void)state;
    test_program t;
    test_program_open(&t);
    assert_int_equal(
        test_program_text(
            &t, HEAD
            "g (float[2] x) => (float[2] y) { [c] y = Relu(b) [b] b = Neg(a) [a] a = Abs(x) }"),
        SDX_OK);
    assert_int_equal(t.findings.n_errors, 2);
    assert_string_equal(t.p->main->node[0]->name, "a");
    assert_string_equal(t.p->main->node[2]->name, "c");
    assert_int_equal(t.p->main->node[2]->index, 0); /* the place in the file */
    assert_true(test_program_close(&t));
}

static void captures_pass_through_every_body(void **state)
{
    (void)state;
    test_program t;
    test_program_open(&t);
    assert_int_equal(
        test_program_text(
            &t,
            HEAD "g (bool c, float[2] x) => (float[2] y) {\n"
                 "  [outer] y = If<then_branch = t () => (float[2] a) {\n"
                 "      [inner] a = If<then_branch = tt () => (float[2] p) { p = Add(x, x) },\n"
                 "                     else_branch = te () => (float[2] q) { q = Neg(x) }>(c) },\n"
                 "    else_branch = e () => (float[2] b) { b = Neg(x) }>(c) }"),
        SDX_OK);
    assert_string_equal(test_program_findings(&t), "");
    const sdx_graph *g = t.p->main;
    const sdx_graph *then_body = sdx_node_attr(g->node[0], "then_branch")->graph;
    const sdx_graph *deep = sdx_node_attr(then_body->node[0], "then_branch")->graph;
    assert_int_equal(then_body->n_captures, 2); /* x for what is inside, and c */
    assert_int_equal(deep->n_captures, 1);
    assert_string_equal(deep->path, "outer/then_branch/inner/then_branch");
    assert_ptr_equal(deep->capture[0]->outer->outer, test_program_value(g, "x"));
    assert_int_equal(deep->capture[0]->uses, 2);
    assert_int_equal(test_program_value(g, "x")->uses, 2); /* one capture of each branch */
    assert_true(test_program_close(&t));
}

/* IR 3: every initializer is an input too, and is a default; the caller gives the others. */
static void defaults_are_no_inputs(void **state)
{
    (void)state;
    test_program t;
    test_program_open(&t);
    assert_int_equal(
        test_program_text(&t,
                          "<ir_version: 3, opset_import: [\"\" : 7]>\n"
                          "g (float[2] x, float[2] w = {1, 2}) => (float[2] y) { y = Add(x, w) }"),
        SDX_OK);
    assert_string_equal(test_program_findings(&t), "");
    assert_int_equal(t.p->main->n_inputs, 1);
    const sdx_gvalue *w = test_program_value(t.p->main, "w");
    assert_true(w->is_input && w->is_initializer && w->constant);
    assert_true(test_program_close(&t));
}

static void a_long_circle_is_found_in_time(void **state)
{
    (void)state;
    enum { NODES = 50000 };
    test_program t;
    test_program_open(&t);
    size_t room = 64 * NODES, n = 0;
    char *text = malloc(room);
    n += (size_t)snprintf(text + n, room - n, HEAD "g (float x) => (float y) {\n");
    for (int i = 0; i < NODES;
         i++) /* each reads the next: the list is in the worst order there is */
        n += (size_t)snprintf(text + n, room - n, "v%d = Neg(v%d)\n", i, (i + 1) % NODES);
    snprintf(text + n, room - n, "y = Neg(v0) }");
    assert_int_equal(test_program_text(&t, text), SDX_OK);
    assert_int_equal(t.findings.n_errors, 1);
    assert_string_equal(t.findings.first->rule, "graph-cycle");
    free(text);
    assert_true(test_program_close(&t));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_defects),
        cmocka_unit_test(suggests_the_nearest_name),
        cmocka_unit_test(unsorted_nodes_are_sorted),
        cmocka_unit_test(captures_pass_through_every_body),
        cmocka_unit_test(defaults_are_no_inputs),
        cmocka_unit_test(a_long_circle_is_found_in_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
