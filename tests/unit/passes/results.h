/* tests/unit/passes/results.h - runs a model with passes and without, and looks at what is run. */
#ifndef PASSES_RESULTS_H
#define PASSES_RESULTS_H
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/model.h"
#include "exec/exec.h"
#include "graph/text.h"
#include "sardonyx.h"

#include <cmocka.h>

enum { MOST = 4 };

static sdx_session *session_of(sdx_model *m, bool optimize)
{
    sdx_error err;
    sdx_session *s = NULL;
    sdx_session_options o = SDX_OPTIONS_INIT(sdx_session_options);
    o.threads = 1;
    o.no_optimize = !optimize;
    if (sdx_session_new(m, &o, &s, &err) != SDX_OK) {
        print_error("%s: %s\n", err.place, err.fact);
        fail();
    }
    return s;
}

/* Numbers that are neither all alike nor large; open dims are 3. */
static sdx_value *input_of(const sdx_model *m, size_t i)
{
    sdx_value *v = NULL;
    sdx_value_info x;
    int64_t dims[SDX_MAX_RANK];
    assert_int_equal(sdx_model_input(m, i, &x), SDX_OK);
    for (int k = 0; k < x.rank; k++)
        dims[k] = x.dims[k] >= 0 ? x.dims[k] : 3;
    assert_int_equal(sdx_value_tensor(x.dtype, x.rank, dims, &v, NULL), SDX_OK);
    uint32_t seed = 11 + (uint32_t)i;
    for (size_t k = 0; k < sdx_value_count(v); k++) {
        seed = seed * 1664525u + 1013904223u;
        double r = (double)(seed >> 8) / (1 << 24);
        if (x.dtype == SDX_F32)
            sdx_value_set_f64(v, k, 2 * r - 1);
        else if (x.dtype == SDX_BOOL)
            sdx_value_set_i64(v, k, 1);
        else
            sdx_value_set_i64(v, k, (int64_t)(3 + 4 * r));
    }
    return v;
}

static void run_all(sdx_session *s, sdx_value *const *in, sdx_value **out)
{
    sdx_error err;
    if (sdx_session_run(s, (const sdx_value *const *)in, out, NULL, &err) != SDX_OK) {
        print_error("%s: %s\n", err.place, err.fact);
        fail();
    }
}

static void near(const sdx_value *a, const sdx_value *b, double tolerance)
{
    assert_int_equal(sdx_value_bytes(a), sdx_value_bytes(b));
    for (size_t i = 0; i < sdx_value_count(a); i++) {
        double x = sdx_value_f64(a, i), y = sdx_value_f64(b, i);
        if (x == y || (isnan(x) && isnan(y)) || fabs(x - y) <= tolerance * fmax(1, fabs(y)))
            continue;
        print_error("[%zu] is %g, should be %g\n", i, x, y);
        fail();
    }
}

/* Runs the model with passes and without: results agree; what is run with them is returned. */
static char *rewritten(const char *text, double tolerance)
{
    sdx_error err;
    sdx_model *m = NULL;
    sdx_value *in[MOST], *a[MOST] = { NULL }, *b[MOST] = { NULL };
    if (sdx_model_parse(text, strlen(text), "test", NULL, &m, &err) != SDX_OK) {
        print_error("%s: %s %s\n", err.place, err.fact, err.hint);
        fail();
    }
    sdx_session *with = session_of(m, true), *without = session_of(m, false);
    size_t n_in = m->loaded.program->main->n_inputs, n_out = m->loaded.program->main->n_outputs;
    assert_true(n_in <= MOST && n_out <= MOST);
    for (size_t i = 0; i < n_in; i++)
        in[i] = input_of(m, i);
    run_all(with, in, a);
    run_all(without, in, b);
    for (size_t i = 0; i < n_out; i++) {
        near(a[i], b[i], tolerance);
        sdx_value_free(a[i]);
        sdx_value_free(b[i]);
    }
    for (size_t i = 0; i < n_in; i++)
        sdx_value_free(in[i]);
    sdx_arena arena;
    sdx_arena_init(&arena, &m->mem, 0);
    const sdx_program *p = with->compiled->program;
    char *program = strdup(sdx_text_graph(p, &arena, p->main));
    sdx_arena_free(&arena);
    sdx_session_free(with);
    sdx_session_free(without);
    sdx_model_close(m);
    return program;
}

/* ... holds the words before the NULL, and none of those behind it. */
static void become(const char *text, double tolerance, va_list words)
{
    char *program = rewritten(text, tolerance);
    bool wanted = true;
    for (int ends = 0; ends < 2;) {
        const char *word = va_arg(words, const char *);
        if (!word) {
            ends++;
            wanted = false;
        } else if (!strstr(program, word) == wanted) {
            print_error("%s\n%s: %s\nof: %s\n", program, wanted ? "lacks" : "has", word, text);
            fail();
        }
    }
    free(program);
}

static void becomes(const char *text, double tolerance, ...)
{
    va_list words;
    va_start(words, tolerance);
    become(text, tolerance, words);
    va_end(words);
}

/* Each of n graphs behind the head of their text. */
static void all_become(const char *head, const char *const *graph, size_t n, double tolerance, ...)
{
    assert_true(n > 0);
    for (size_t i = 0; i < n; i++) {
        char text[2000];
        va_list words;
        assert_in_range(snprintf(text, sizeof text, "%s%s", head, graph[i]), 1, sizeof text - 1);
        va_start(words, tolerance);
        become(text, tolerance, words);
        va_end(words);
    }
}
#define ALL_BECOME(graphs, ...) \
    all_become(HEAD, graphs, sizeof(graphs) / sizeof *(graphs), __VA_ARGS__)
#endif
