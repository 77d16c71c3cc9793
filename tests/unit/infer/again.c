/* tests/unit/infer/again.c - inference that runs once more finds nothing more, and lint says the
 * same twice: errors, warnings, conditions on symbols, bodies, functions. */
#include "infer/infer.h"
#include "sardonyx.h"
#include "support/program.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HEAD "<ir_version: 10, opset_import: [\"\" : 18]> "

static const char *const model[] = {
    /* right */
    HEAD "g (float[N, 4] x) => (float[N, 4] y) { y = Relu (x) }",
    /* refused, with the reader of what was refused */
    HEAD "g (float[1, 16, 8, 8] x, float[32, 1, 3, 3] w) => (float[1, 32, 6, 6] z) {"
         " [a] y = Conv <group = 32> (x, w) [b] z = Relu (y) }",
    /* a condition on a symbol; a symbol that becomes a number */
    HEAD "g (float[1, C, 8, 8] x, float[8, 2, 3, 3] w) => (y) { y = Conv <group = 4> (x, w) }",
    HEAD "g (float[N, K] x, float[5, 3] w) => (y) { y = MatMul (x, w) }",
    /* warnings and notes of operators, a deprecated one, one that nobody has */
    "<ir_version: 8, opset_import: [\"\" : 9]> g (float[1, 2, 4, 4] x) => (y)"
    " <float[4] s = {1, 1, 2, 2}> { y = Upsample (x, s) }",
    "<ir_version: 8, opset_import: [\"\" : 18, \"else\" : 1]> g (float[2] x) => (z)"
    " { y = else.Thing (x) z = Neg (y) }",
    HEAD "g (float[4] x) => (y) <float[2] s = {0, -1}> { q = QuantizeLinear (x, s) y = Neg (q) }",
    /* two declarations of one value that cannot both hold */
    HEAD "g (float[2, 3] x) => (float[4, 4] y) { y = Neg (x) }",
    /* bodies: refused inside, states that change, a branch that cannot hold */
    HEAD
    "g (float[2, 3] x, bool c, int64 n) => (y, z) <bool t = {1}> {"
    " y = If (c) <then_branch = a () => (p) { p = MatMul (x, x) },"
    "             else_branch = b () => (q) { q = Neg (x) }>"
    " z = Loop (n, t, x) <body = l (int64 i, bool d, float[A, B] s) => (bool e, float[F, G] u) {"
    "  e = Identity (d) u = Concat <axis = 0> (s, s) }> }",
    /* a function that is called twice, wrong in one of them */
    "<ir_version: 10, opset_import: [\"\" : 18, \"local\" : 1]> g (float[1, 4, 5] x,"
    " float[1, 6, 5] v, float[4, 4, 1] w) => (y, z) { y = local.f (x, w) z = local.f (v, w) }"
    " <domain: \"local\", opset_import: [\"\" : 18]> f (a, b) => (c) { c = Conv (a, b) }",
};

enum { MODELS = sizeof model / sizeof *model };

static size_t count(const sdx_findings *f)
{
    size_t n = 0;
    for (const sdx_raw_finding *x = f->first; x; x = x->next)
        n++;
    return n;
}

/* Over the same facts, and over new ones: findings that were made stay the only ones. */
static void inference_finds_nothing_more(void **state)
{
    (void)state;
    size_t found = 0;
    for (size_t i = 0; i < MODELS; i++) {
        test_program t;
        test_program_open(&t);
        if (test_program_text(&t, model[i]) != SDX_OK || !t.p) {
            print_error("%s: %s\n", t.err.fact, model[i]);
            fail();
        }
        sdx_arena arena;
        sdx_arena_init(&arena, &t.mem, 0);
        sdx_facts *facts = sdx_facts_new(t.p, &arena);
        sdx_infer_options o = {
            .findings = &t.findings, .lint = true, .fold = true, .mem = &t.mem
        };
        assert_non_null(facts);
        assert_int_equal(sdx_infer_program(facts, &o), SDX_OK);
        size_t first = count(&t.findings);
        assert_int_equal(sdx_infer_program(facts, &o), SDX_OK);
        assert_int_equal(count(&t.findings), first);
        facts = sdx_facts_new(t.p, &arena);
        assert_non_null(facts);
        assert_int_equal(sdx_infer_program(facts, &o), SDX_OK);
        assert_int_equal(count(&t.findings), first);
        assert_int_equal(t.findings.n_errors + t.findings.n_warnings + t.findings.n_notes, first);
        found += first;
        sdx_arena_free(&arena);
        assert_true(test_program_close(&t));
    }
    assert_true(found >= 8); /* the models above are wrong enough */
}

static bool add(void *ctx, const sdx_finding *f)
{
    fprintf(ctx, "%s %s '%s' %d: %s\n", f->code, f->graph, f->node, (int)f->index, f->message);
    for (size_t i = 0; i < f->n_values; i++)
        fprintf(ctx, "  %s %s: %s\n", f->values[i].name, f->values[i].type, f->values[i].origin);
    for (size_t i = 0; i < f->n_help; i++)
        fprintf(ctx, "  %s\n", f->help[i]);
    return true;
}

static char *lint_of(const sdx_model *m)
{
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    assert_non_null(to);
    assert_int_equal(sdx_model_lint(m, NULL, add, to, NULL), SDX_OK);
    fclose(to);
    return text;
}

/* ... also with sessions and runs in between, where the model allows them. */
static void lint_says_the_same_twice(void **state)
{
    (void)state;
    for (size_t i = 0; i < MODELS; i++) {
        sdx_model_options o = SDX_OPTIONS_INIT(sdx_model_options);
        sdx_model *m = NULL;
        sdx_session *s = NULL;
        o.lenient = true;
        assert_int_equal(sdx_model_parse(model[i], strlen(model[i]), "test", &o, &m, NULL), SDX_OK);
        char *first = lint_of(m);
        if (sdx_session_new(m, NULL, &s, NULL) == SDX_OK)
            sdx_session_free(s);
        char *second = lint_of(m);
        assert_string_equal(first, second);
        free(first);
        free(second);
        sdx_model_close(m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inference_finds_nothing_more),
        cmocka_unit_test(lint_says_the_same_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
