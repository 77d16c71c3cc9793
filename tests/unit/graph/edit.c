/* tests/unit/graph/edit.c - edges stay right through every edit: readers, captures, outputs, order,
 * copies. */
#include "graph/text.h"
#include "support/program.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define HEAD "<ir_version: 10, opset_import: [\"\" : 17]>\n"
#define BRANCHES                                                    \
    HEAD                                                            \
        "g (bool c, float[2] x) => (float[2] y, float[2] a) {\n"    \
        "  [neg] a = Neg(x) [abs] b = Abs(a) [add] d = Add(a, a)\n" \
        "  [choose] y = If<then_branch = t () => (p) { p = Add(a, b) }, else_branch = e () => (q) { q = Neg(a) }>(c) }"

static void load(test_program *t, const char *text)
{
    test_program_open(t);
    assert_int_equal(test_program_text(t, text), SDX_OK);
    assert_string_equal(test_program_findings(t), "");
}

/* Every use is in exactly one chain, and counts add up. */
static bool is_sound(void *ctx, sdx_graph *g)
{
    (void)ctx;
    for (size_t i = 0; i < g->n_values; i++) {
        const sdx_gvalue *v = g->value[i];
        uint32_t uses = 0;
        for (const sdx_use *u = v->readers; u; u = u->next, uses++) {
            assert_ptr_equal(u->node->in[u->slot], v);
            assert_ptr_equal(*u->link, u);
        }
        for (const sdx_gvalue *c = v->captures; c; c = c->next_capture, uses++)
            assert_ptr_equal(c->outer, v);
        for (size_t k = 0; k < g->n_outputs; k++)
            uses += g->output[k] == v;
        assert_int_equal(uses, v->uses);
    }
    return true;
}

static void replacing(void **state)
{
    (void)state;
    test_program t;
    load(&t, BRANCHES);
    sdx_graph *g = t.p->main;
    assert_true(sdx_program_each(t.p, is_sound, NULL));
    sdx_value_replace(test_program_value(g, "a"), test_program_value(g, "x"));
    assert_true(sdx_program_each(t.p, is_sound, NULL));
    assert_int_equal(test_program_value(g, "a")->uses, 0);
    assert_string_equal(g->output[1]->name, "x");
    /* b stands for x too: the branch that read both reads one capture twice */
    sdx_value_replace(test_program_value(g, "b"), test_program_value(g, "x"));
    assert_true(sdx_program_each(t.p, is_sound, NULL));
    const sdx_graph *then_body =
        sdx_node_attr(test_program_node(g, "choose"), "then_branch")->graph;
    assert_int_equal(then_body->n_captures, 1);
    assert_ptr_equal(then_body->node[0]->in[0], then_body->node[0]->in[1]);
    assert_true(test_program_close(&t));
}

static void removing_and_sweeping(void **state)
{
    (void)state;
    test_program t;
    load(&t, BRANCHES);
    sdx_graph *g = t.p->main;
    sdx_node_remove(test_program_node(g, "add"));
    assert_true(sdx_graph_sweep(g));
    assert_int_equal(g->n_nodes, 3);
    assert_null(test_program_value(g, "d"));
    assert_true(sdx_program_each(t.p, is_sound, NULL));
    /* with its node a body lets go of what it captured */
    g->output[0]->is_output = false;
    g->output[0]->uses--;
    g->output[0] = g->output[1];
    g->n_outputs = 1;
    sdx_node_remove(test_program_node(g, "choose"));
    assert_int_equal(test_program_value(g, "b")->uses, 0);
    assert_true(sdx_graph_sweep(g));
    assert_false(sdx_graph_sweep(g));
    assert_true(test_program_close(&t));
}

static void sorting(void **state)
{
    (void)state;
    test_program t;
    load(&t, BRANCHES);
    sdx_graph *g = t.p->main;
    sdx_gnode *choose = g->node[3];
    memmove(g->node + 1, g->node, 3 * sizeof *g->node);
    g->node[0] = choose; /* before what its branches read */
    assert_true(sdx_graph_sort(t.p, g));
    assert_string_equal(g->node[0]->name, "neg");
    assert_string_equal(g->node[1]->name, "abs");
    assert_string_equal(g->node[2]->name, "choose");
    assert_string_equal(g->node[3]->name, "add");
    sdx_node_set_in(g->node[0], 0, test_program_value(g, "b"));
    assert_false(sdx_graph_sort(t.p, g));
    assert_true(test_program_close(&t));
}

static void copies_are_apart(void **state)
{
    (void)state;
    test_program t;
    load(&t, BRANCHES);
    sdx_arena arena;
    sdx_arena_init(&arena, &t.mem, 0);
    sdx_program *copy = sdx_program_copy(t.p, &arena);
    assert_non_null(copy);
    const char *before = test_program_graph(&t);
    assert_string_equal(sdx_text_graph(copy, &arena, copy->main), before);
    assert_true(sdx_program_each(copy, is_sound, NULL));
    sdx_graph *g = copy->main;
    sdx_value_replace(test_program_value(g, "a"), test_program_value(g, "x"));
    sdx_gnode *n = sdx_graph_node(copy, g, "", "Relu", 17, 1, 1);
    assert_non_null(n);
    sdx_node_set_in(n, 0, test_program_value(g, "x"));
    sdx_node_set_out(n, 0, sdx_graph_value(copy, g, "made"));
    assert_true(sdx_program_each(copy, is_sound, NULL));
    assert_true(sdx_program_each(t.p, is_sound, NULL));
    assert_string_equal(test_program_graph(&t), before);
    assert_ptr_equal(test_program_node(g, "abs")->origin, test_program_node(t.p->main, "abs"));
    sdx_arena_free(&arena);
    assert_true(test_program_close(&t));
}

typedef struct order {
    const char *name[8];
    size_t n;
} order;

static bool note(void *ctx, sdx_graph *g)
{
    order *o = ctx;
    o->name[o->n++] = g->name;
    return o->n < 8;
}

static void graphs_come_before_their_bodies(void **state)
{
    (void)state;
    test_program t;
    order o = { { NULL }, 0 };
    load(&t, BRANCHES);
    assert_true(sdx_program_each(t.p, note, &o));
    assert_int_equal(o.n, 3);
    assert_string_equal(o.name[0], "g");
    assert_string_equal(o.name[1], "t");
    assert_string_equal(o.name[2], "e");
    assert_true(test_program_close(&t));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replacing),
        cmocka_unit_test(removing_and_sweeping),
        cmocka_unit_test(sorting),
        cmocka_unit_test(copies_are_apart),
        cmocka_unit_test(graphs_come_before_their_bodies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
