/* tests/unit/passes/passes.c - each pass, as the text of a graph before and after. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/model.h"
#include "graph/text.h"
#include "infer/infer.h"
#include "passes/pass.h"

#include <cmocka.h>

#define HEAD "<ir_version: 10, opset_import: [\"\" : 18]> "

static bool sweep(void *ctx, sdx_graph *g)
{
    (void)ctx;
    sdx_graph_sweep(g);
    return true;
}

/* Text without what the printer chooses: spaces in a row are one. */
static void squeeze(char *text)
{
    char *to = text;
    for (const char *from = text; *from; from++) {
        bool space = *from == ' ' || *from == '\n' || *from == '\t';
        if (space && to > text && to[-1] == ' ')
            continue;
        *to++ = space ? ' ' : *from;
    }
    while (to > text && to[-1] == ' ')
        to--;
    *to = '\0';
}

/* From the brace that opens the body: those of constants follow a '='. */
static const char *body_of(const char *text)
{
    const char *at = strchr(text, '{');
    while (at && at > text + 1 && at[-2] == '=')
        at = strchr(at + 1, '{');
    return at ? at : text;
}

/* The body of the graph, after the pass. */
static char *after(const char *text, sdx_pass_fn *pass, const char *isa)
{
    sdx_error err;
    sdx_model *m;
    sdx_arena arena, facts;
    sdx_findings findings;
    sdx_dispatch *d;
    sdx_kept kept = { 0 };
    if (sdx_model_parse(text, strlen(text), "test", NULL, &m, &err) != SDX_OK) {
        print_error("%s: %s\n", err.place, err.fact);
        fail();
    }
    sdx_arena_init(&arena, &m->mem, 0);
    sdx_arena_init(&facts, &m->mem, 0);
    kept.mem = &m->mem;
    assert_int_equal(sdx_dispatch_new(&m->mem, isa, NULL, &d, NULL), SDX_OK);
    sdx_program *p = sdx_program_copy(m->loaded.program, &arena);
    sdx_pass c = { .mem = &m->mem,
                   .program = p,
                   .facts = sdx_facts_new(p, &facts),
                   .dispatch = d,
                   .kept = &kept,
                   .model_name = "test",
                   .may_grow = true,
                   .err = &err,
                   .block = strcmp(isa, "scalar") == 0 ? SDX_PLAIN : SDX_C8 };
    sdx_findings_init(&findings, &facts);
    sdx_infer_options o = { .findings = &findings, .fold = true, .mem = &m->mem };
    assert_int_equal(sdx_infer_program(c.facts, &o), SDX_OK);
    assert_int_equal(findings.n_errors, 0);
    if (pass(&c) != SDX_OK) {
        print_error("%s: %s\n", err.place, err.fact);
        fail();
    }
    sdx_program_each(p, sweep, NULL);
    const char *printed = sdx_text_graph(p, &arena, p->main);
    char *body = strdup(body_of(printed));
    squeeze(body);
    sdx_arena_free(&facts);
    sdx_arena_free(&arena);
    sdx_kept_free(&kept);
    sdx_dispatch_free(d);
    sdx_model_close(m);
    return body;
}

static void becomes(const char *text, sdx_pass_fn *pass, const char *isa, const char *want)
{
    char *body = after(text, pass, isa);
    assert_string_equal(body, want);
    free(body);
}

static void constants_are_computed(void **state)
{
    (void)state;
    becomes(HEAD "g (float[2, N] x) => (float[2, N] y) <float[2] a = {1, 2}, float[2] b = {3, 4}>"
                 " { c = Add (a, b) s = Shape (x) n = Size (x) d = Mul (c, c)"
                 "   i = Constant <value_ints = [2, 1]> () e = Reshape (d, i) y = Mul (x, e) }",
            sdx_pass_fold, "scalar", "{ s = Shape (x) n = Size (x) y = Mul (x, e) }");
}

static void what_nobody_reads_goes(void **state)
{
    (void)state;
    becomes(HEAD "g (float[2, 4] x) => (float[2, 4] y) { a = Neg (x) b = Relu (a)"
                 " y, m = Dropout (x) }",
            sdx_pass_dead, "scalar", "{ y = Dropout (x) }");
}

static void views_that_change_nothing_go(void **state)
{
    (void)state;
    becomes(HEAD "g (float[N, 4] x) => (float[N, 4] y) <int64[2] s = {0, 4}> { a = Identity (x)"
                 " b = Neg (a) c = Reshape (b, s) y = Relu (c) }",
            sdx_pass_view, "scalar", "{ b = Neg (x) y = Relu (b) }");
    becomes(HEAD "g (float[N] x, int64[K] s) => (int64[R] y) { a = Reshape (x, s) b = Identity (a)"
                 " y = Shape (b) }",
            sdx_pass_view, "scalar", "{ a = Reshape (x, s) y = Shape (a) }");
}

static void equal_nodes_become_one(void **state)
{
    (void)state;
    becomes(HEAD
            "g (float[4] x) => (float[4] y) { a = Neg (x) b = Neg (x) c = LeakyRelu <alpha = 0.5>"
            " (a) d = LeakyRelu <alpha = 0.25> (b) e = RandomUniformLike (x)"
            " f = RandomUniformLike (x) y = Sum (c, d, e, f) }",
            sdx_pass_common, "scalar",
            "{ a = Neg (x) c = LeakyRelu <alpha: float = 0.5> (a)"
            " d = LeakyRelu <alpha: float = 0.25> (a)"
            " e = RandomUniformLike (x) f = RandomUniformLike (x) y = Sum (c, d, e, f) }");
}

static void a_norm_moves_into_the_filters(void **state)
{
    (void)state;
    char *body = after(HEAD "g (float[1, 2, 4, 4] x) => (float[1, 2, 4, 4] y)"
                            " <float[2, 2, 1, 1] W = {1, 2, 3, 4}, float[2] s = {1, 1},"
                            "  float[2] b = {0, 0}, float[2] m = {0, 0}, float[2] v = {1, 1}>"
                            " { c = Conv (x, W) y = BatchNormalization (c, s, b, m, v) }",
                       sdx_pass_fuse, "scalar");
    assert_null(strstr(body, "BatchNormalization"));
    assert_non_null(strstr(body, "y = Conv (x, "));
    free(body);
}

static void two_readers_keep_the_norm(void **state)
{
    (void)state;
    becomes(HEAD "g (float[1, 2, 4, 4] x) => (float[1, 2, 4, 4] y, float[1, 2, 4, 4] c)"
                 " <float[2, 2, 1, 1] W = {1, 2, 3, 4}, float[2] s = {1, 1},"
                 "  float[2] b = {0, 0}, float[2] m = {0, 0}, float[2] v = {1, 1}>"
                 " { c = Conv (x, W) y = BatchNormalization (c, s, b, m, v) }",
            sdx_pass_fuse, "scalar", "{ c = Conv (x, W) y = BatchNormalization (c, s, b, m, v) }");
}

static void a_dropout_that_drops_nothing_is_identity(void **state)
{
    (void)state;
    becomes(HEAD "g (float[4] x) => (float[4] y) { d = Dropout (x) y = Neg (d) }", sdx_pass_fuse,
            "scalar", "{ d = Identity (x) y = Neg (d) }");
}

static void activations_written_out_are_found(void **state)
{
    (void)state;
    static const char *const pair[][2] = {
        { "<float r = {1.4142135}, float o = {1}, float h = {0.5}>"
          " { d = Div (x, r) e = Erf (d) a = Add (e, o) p = Mul (x, a) y = Mul (p, h) }",
          "y = Gelu (x)" },
        { "<float r = {1.4142135}, float o = {1}, float h = {0.5}>"
          " { d = Div (x, r) e = Erf (d) a = Add (o, e) p = Mul (h, x) y = Mul (a, p) }",
          "y = Gelu (x)" },
        { "<float r = {1.4142135}, float o = {1}, float h = {0.5}>"
          " { d = Div (x, r) e = Erf (d) a = Add (o, e) p = Mul (h, a) y = Mul (x, p) }",
          "y = Gelu (x)" },
        { " { s = Sigmoid (x) y = Mul (s, x) }", "y = Swish (x)" },
        { " { s = HardSigmoid <alpha = 0.16666667, beta = 0.5> (x) y = Mul (x, s) }",
          "y = HardSwish (x)" },
        { "<float t = {3}, float z = {0}, float k = {6}>"
          " { a = Add (x, t) g = Clip (a, z, k) p = Mul (x, g) y = Div (p, k) }",
          "y = HardSwish (x)" },
        { "<float t = {3}, float z = {0}, float k = {6}, float s = {0.16666667}>"
          " { a = Add (x, t) g = Clip (a, z, k) y = Mul (g, s) }",
          "y = HardSigmoid <alpha: float = 0.16666667, beta: float = 0.5> (x)" },
        /* by tanh, in the words of four exporters */
        { "<float h = {0.5}, float c = {0.044715}, float k = {0.7978846}, float o = {1}>"
          " { a = Mul (x, x) b = Mul (x, a) d = Mul (c, b) e = Add (x, d) f = Mul (k, e)"
          "   t = Tanh (f) u = Add (o, t) p = Mul (x, u) y = Mul (h, p) }",
          "y = Gelu <approximate: string = \"tanh\"> (x)" },
        { "<float h = {0.5}, float c = {0.044715}, float k = {0.7978846}, float[1] o = {1},"
          " float t3 = {3}>"
          " { b = Pow (x, t3) d = Mul (b, c) e = Add (x, d) f = Mul (e, k)"
          "   t = Tanh (f) u = Add (t, o) p = Mul (x, h) y = Mul (p, u) }",
          "y = Gelu <approximate: string = \"tanh\"> (x)" },
        { "<float h = {0.5}, float c = {0.044715}, float k = {0.7978846}, float o = {1}>"
          " { a = Mul (c, x) b = Mul (x, a) d = Mul (x, b) e = Add (x, d) f = Mul (k, e)"
          "   t = Tanh (f) u = Add (o, t) p = Mul (h, u) y = Mul (x, p) }",
          "y = Gelu <approximate: string = \"tanh\"> (x)" },
        { "<float h = {0.5}, float c = {0.044715}, float k = {0.7978846}, float o = {1}>"
          " { a = Mul (x, x) b = Mul (a, c) d = Add (b, o) e = Mul (x, k) f = Mul (e, d)"
          "   t = Tanh (f) u = Add (o, t) p = Mul (h, x) y = Mul (p, u) }",
          "y = Gelu <approximate: string = \"tanh\"> (x)" },
        { "<float k = {1.702}> { m = Mul (x, k) s = Sigmoid (m) y = Mul (x, s) }",
          "y = Swish <alpha: float = 1.702" },
        { " { s = Softplus (x) t = Tanh (s) y = Mul (x, t) }", "y = Mish (x)" },
        { "<float k = {20}> { g = Greater (x, k) s = Softplus (x) y = Where (g, x, s) }",
          "y = Softplus (x)" },
        { "<float z = {0}, float o = {1}, float a = {0.25}, float b = {0.5}>"
          " { m = Mul (x, a) s = Add (m, b) y = Clip (s, z, o) }",
          "y = HardSigmoid <alpha: float = 0.25, beta: float = 0.5> (x)" },
        /* near misses stay */
        { "<float h = {0.5}, float c = {0.05}, float k = {0.7978846}, float o = {1}>"
          " { a = Mul (c, x) b = Mul (x, a) d = Mul (x, b) e = Add (x, d) f = Mul (k, e)"
          "   t = Tanh (f) u = Add (o, t) p = Mul (h, u) y = Mul (x, p) }",
          "y = Mul (x, p)" },
        { "<float k = {1.702}, float[4] z = {1, 2, 3, 4}>"
          " { m = Mul (x, k) s = Sigmoid (m) y = Mul (z, s) }",
          "y = Mul (z, s)" },
        { "<float k = {2}> { g = Greater (x, k) s = Softplus (x) y = Where (g, x, s) }",
          "y = Where (g, x, s)" },
        { "<float z = {0}, float o = {1}> { y = Clip (x, z, o) }", "y = Clip (x, z, o)" },
        { "<float t = {3}, float z = {0}, float k = {6}, float s = {0.25}>"
          " { a = Add (x, t) g = Clip (a, z, k) y = Mul (g, s) }",
          "y = Mul (g, s)" },
        { "<float r = {1.4142135}, float o = {1}, float h = {0.25}>"
          " { d = Div (x, r) e = Erf (d) a = Add (e, o) p = Mul (x, a) y = Mul (p, h) }",
          "y = Mul (p, h)" },
        { " { s = Sigmoid (x) n = Neg (x) y = Mul (s, n) }", "y = Mul (s, n)" },
    };
    for (size_t i = 0; i < sizeof pair / sizeof *pair; i++) {
        char text[600];
        snprintf(text, sizeof text, HEAD "g (float[4] x) => (float[4] y) %s", pair[i][0]);
        char *body = after(text, sdx_pass_fuse, "scalar");
        if (!strstr(body, pair[i][1])) {
            print_error("%s\n  wanted: %s\n", body, pair[i][1]);
            fail();
        }
        free(body);
    }
}

static void a_decomposed_group_norm_is_whole_again(void **state)
{
    static const char text[] = HEAD
        "g (float[N, 4, 3, 3] x) => (float[N, 4, 3, 3] y) <int64[3] a = {0, 2, -1},"
        " int64[4] b = {0, 4, 3, 3}, float[2] one = {1, %s}, float[2] zero = {0, 0},"
        " float[4, 1, 1] s = {1, 2, 3, 4}, float[4, 1, 1] t = {1, 1, 1, 1}>"
        " { r = Reshape (x, a) i = InstanceNormalization (r, one, zero) v = Reshape (i, b)"
        "   m = Mul (v, s) y = Add (m, t) }";
    char whole[800];
    (void)state;
    snprintf(whole, sizeof whole, text, "1");
    char *body = after(whole, sdx_pass_fuse, "scalar");
    assert_non_null(strstr(body, "y = GroupNormalization <"));
    assert_non_null(strstr(body, "num_groups: int = 2"));
    free(body);
    snprintf(whole, sizeof whole, text, "2"); /* groups of different weight are none of ours */
    body = after(whole, sdx_pass_fuse, "scalar");
    assert_null(strstr(body, "GroupNormalization"));
    free(body);
}

static void pointwise_nodes_move_into_the_one_before(void **state)
{
    (void)state;
    /* The residual comes after the convolution in the file: the convolution moves behind it. */
    becomes(HEAD
            "g (float[1, 2, 4, 4] x) => (float[1, 2, 4, 4] y) <float[2, 2, 1, 1] W = {1, 2, 3, 4}>"
            " { c = Conv (x, W) r = Neg (x) a = Add (c, r) b = Relu (a) y = Softmax (b) }",
            sdx_pass_epilogue, "scalar", "{ r = Neg (x) c = Conv (x, W) y = Softmax (b) }");
}

static void a_value_with_two_readers_stays(void **state)
{
    (void)state;
    becomes(HEAD
            "g (float[1, 2, 4, 4] x) => (float[1, 2, 4, 4] y) <float[2, 2, 1, 1] W = {1, 2, 3, 4}>"
            " { c = Conv (x, W) a = Sigmoid (c) y = Mul (c, a) }",
            sdx_pass_epilogue, "scalar", "{ c = Conv (x, W) a = Sigmoid (c) y = Mul (c, a) }");
}

/* One Reorder where blocks begin, one where they end; filters and what reads plain data stay. */
static void blocks_begin_and_end_at_borders(void **state)
{
    (void)state;
    becomes(HEAD "g (float[1, 16, 8, 8] x, float[16, 16, 1, 1] W)"
                 " => (float[1, 16, 8, 8] y, float[16, 64] f) <int64[2] s = {16, 64}>"
                 " { c = Conv (x, W) r = Relu (c) y = Conv (r, W) f = Reshape (r, s) }",
            sdx_pass_layout, "avx2",
            "{ _v7 = sdx.Reorder (x) c = Conv (_v7, W) r = Relu (c) y = Conv (r, W)"
            " _v8 = sdx.Reorder (r) f = Reshape (_v8, s) _v9 = sdx.Reorder (y) }");
}

static void without_gain_nothing_is_blocked(void **state)
{
    (void)state;
    becomes(HEAD "g (float[1, 16, 8, 8] x) => (float[1, 16, 8, 8] y)"
                 " { r = Relu (x) y = MaxPool <kernel_shape = [1, 1]> (r) }",
            sdx_pass_layout, "avx2",
            "{ r = Relu (x) y = MaxPool <kernel_shape: ints = [1, 1]> (r) }");
}

static void a_known_condition_takes_its_branch(void **state)
{
    (void)state;
    becomes(HEAD
            "g (float[4] x) => (float[4] y) <bool yes = {1}> { a = Neg (x)"
            " b = If (yes) <then_branch = t () => (float[4] p) { q = Mul (a, x) p = Add (q, a) },"
            "               else_branch = e () => (float[4] r) { r = Relu (a) }> y = Abs (b) }",
            sdx_pass_branch, "scalar", "{ a = Neg (x) q = Mul (a, x) p = Add (q, a) y = Abs (p) }");
}

/* A body within the branch captures a value of the branch, and one of the graph. */
static void bodies_within_a_branch_move_along(void **state)
{
    (void)state;
    becomes(
        HEAD "g (float[4] x, bool c) => (float[4] y) <bool yes = {0}> { a = Neg (x)"
             " y = If (yes) <then_branch = t () => (float[4] p) { p = Identity (a) },"
             "  else_branch = e () => (float[4] r) { q = Relu (a)"
             "   r = If (c) <then_branch = u () => (float[4] i) { i = Add (q, a) },"
             "               else_branch = v () => (float[4] j) { j = Sub (q, x) }> }> }",
        sdx_pass_branch, "scalar",
        "{ a = Neg (x) q = Relu (a) r = If <then_branch: graph = u () => (float[4] i) "
        "{ i = Add (q, a) }, else_branch: graph = v () => (float[4] j) { j = Sub (q, x) }> (c) }");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(constants_are_computed),
        cmocka_unit_test(what_nobody_reads_goes),
        cmocka_unit_test(views_that_change_nothing_go),
        cmocka_unit_test(equal_nodes_become_one),
        cmocka_unit_test(a_norm_moves_into_the_filters),
        cmocka_unit_test(two_readers_keep_the_norm),
        cmocka_unit_test(a_dropout_that_drops_nothing_is_identity),
        cmocka_unit_test(activations_written_out_are_found),
        cmocka_unit_test(a_decomposed_group_norm_is_whole_again),
        cmocka_unit_test(pointwise_nodes_move_into_the_one_before),
        cmocka_unit_test(a_value_with_two_readers_stays),
        cmocka_unit_test(blocks_begin_and_end_at_borders),
        cmocka_unit_test(without_gain_nothing_is_blocked),
        cmocka_unit_test(a_known_condition_takes_its_branch),
        cmocka_unit_test(bodies_within_a_branch_move_along),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
