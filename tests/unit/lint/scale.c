/* unit/lint/scale.c - lint of large graphs takes memory in proportion to their nodes.
 *
 * Graphs of every awkward form are linted at one size and at four times that: chains, one value
 * read by all, sums of symbols, nodes in reverse order, a defect at each node.  What grows with the
 * square of the nodes would take sixteen times as much. */
#include "sardonyx.h"
#include "support/pb.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SMALL = 5000, TIMES = 4, MOST = 5 /* so much more may the larger one take */ };

/* ---- graphs: node i of n ---- */

typedef void add_node(pb *graph, int i, int n);

static void put(pb *graph, const char *op, const char *a, const char *b, const char *y)
{
    pb node = { 0 };
    pb_text(&node, 1, a);
    if (b)
        pb_text(&node, 1, b);
    pb_text(&node, 2, y);
    pb_text(&node, 4, op);
    pb_message(graph, 1, &node);
}

static const char *value(char *text, int i)
{
    snprintf(text, 16, "v%d", i);
    return i == 0 ? "x" : text;
}

static void chain(pb *graph, int i, int n)
{
    char a[16], y[16];
    (void)n;
    put(graph, "Tanh", value(a, i), NULL, value(y, i + 1));
}

static void reversed(pb *graph, int i, int n)
{
    chain(graph, n - 1 - i, n);
}

static void doubled(pb *graph, int i, int n)
{
    char a[16], y[16];
    (void)n;
    put(graph, i % 2 ? "Mul" : "Add", value(a, i), value(a, i), value(y, i + 1));
}

/* All read x, and Sum reads them all. */
static void fan(pb *graph, int i, int n)
{
    char y[16];
    if (i < n - 1) {
        put(graph, "Neg", "x", NULL, value(y, i + 1));
        return;
    }
    pb node = { 0 };
    for (int k = 1; k < n; k++)
        pb_text(&node, 1, value(y, k));
    pb_text(&node, 2, value(y, n));
    pb_text(&node, 4, "Sum");
    pb_message(graph, 1, &node);
}

/* Shapes computed with: N + N + ... */
static void shapes(pb *graph, int i, int n)
{
    char a[16], y[16];
    (void)n;
    if (i == 0)
        put(graph, "Shape", "x", NULL, "v1");
    else
        put(graph, "Add", value(a, i), "v1", value(y, i + 1));
}

/* Each size depends on data, and all are summed. */
static void counted(pb *graph, int i, int n)
{
    char a[16], y[16];
    (void)n;
    if (i % 2 == 0)
        put(graph, "NonZero", "x", NULL, value(y, i + 1));
    else
        put(graph, "Shape", value(a, i), NULL, value(y, i + 1));
}

static void wrong(pb *graph, int i, int n)
{
    char y[16];
    (void)n;
    put(graph, "Conv", "x", "x", value(y, i + 1));
}

static void unknown(pb *graph, int i, int n)
{
    char a[16], y[16];
    (void)n;
    put(graph, i % 3 ? "Nope" : "Relu", value(a, i), NULL, value(y, i + 1));
}

static pb model_of(add_node *add, int n)
{
    pb model = { 0 }, graph = { 0 }, opset = { 0 }, x = { 0 }, y = { 0 }, type = { 0 },
       tensor = { 0 }, shape = { 0 }, d = { 0 };
    char last[16];
    for (int i = 0; i < n; i++)
        add(&graph, i, n);
    pb_text(&graph, 2, "g");
    pb_text(&d, 2, "N");
    pb_message(&shape, 1, &d);
    pb_int(&tensor, 1, SDX_F32);
    pb_message(&tensor, 2, &shape);
    pb_message(&type, 1, &tensor);
    pb_text(&x, 1, "x");
    pb_message(&x, 2, &type);
    pb_message(&graph, 11, &x);
    pb_text(&y, 1, value(last, n));
    pb_message(&graph, 12, &y);
    pb_int(&opset, 2, 17);
    pb_int(&model, 1, 8);
    pb_message(&model, 7, &graph);
    pb_message(&model, 8, &opset);
    return model;
}

/* ---- what it takes ---- */

typedef struct meter {
    size_t now, most;
} meter;

static void *take(void *ctx, size_t size, size_t align)
{
    meter *m = ctx;
    m->now += size;
    m->most = m->now > m->most ? m->now : m->most;
    align = align < sizeof(void *) ? sizeof(void *) : align;
    return aligned_alloc(align, (size + align - 1) / align * align);
}

static void give(void *ctx, void *memory, size_t size)
{
    meter *m = ctx;
    if (memory)
        m->now -= size;
    free(memory);
}

static bool count(void *ctx, const sdx_finding *f)
{
    size_t *n = ctx;
    *n += f->message[0] != 0;
    return true;
}

static void lint(add_node *add, int n, size_t *bytes, size_t *findings)
{
    meter m = { 0, 0 };
    const sdx_allocator allocator = { &m, take, give };
    sdx_model_options o = SDX_OPTIONS_INIT(sdx_model_options);
    sdx_model *model = NULL;
    sdx_error err;
    pb bytes_of = model_of(add, n);
    o.allocator = &allocator;
    o.lenient = true;
    *findings = 0;
    assert_int_equal(sdx_model_open_memory(bytes_of.data, bytes_of.size, "large", &o, &model, &err),
                     SDX_OK);
    assert_int_equal(sdx_model_lint(model, NULL, count, findings, &err), SDX_OK);
    sdx_model_close(model);
    assert_int_equal(m.now, 0);
    free(bytes_of.data);
    *bytes = m.most;
}

static void in_proportion(void **state)
{
    static const struct {
        const char *name;
        add_node *add;
        bool at_each; /* findings */
    } graphs[] = { { "chain", chain, false },     { "reversed", reversed, true },
                   { "doubled", doubled, false }, { "fan", fan, false },
                   { "shapes", shapes, false },   { "counted", counted, true },
                   { "wrong", wrong, true },      { "unknown", unknown, true } };
    int bad = 0;
    (void)state;
    for (size_t i = 0; i < sizeof graphs / sizeof *graphs; i++) {
        size_t few, many, findings, more;
        lint(graphs[i].add, SMALL, &few, &findings);
        lint(graphs[i].add, TIMES * SMALL, &many, &more);
        bool good = many <= MOST * few && (more > findings) == graphs[i].at_each;
        if (good)
            continue;
        print_error("%s: %d nodes %zu bytes, %zu findings; %d nodes %zu bytes, %zu findings\n",
                    graphs[i].name, SMALL, few, findings, TIMES * SMALL, many, more);
        bad++;
    }
    assert_int_equal(bad, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(in_proportion) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
