/* tests/capi/allocation.c - the k-th allocation fails, for every k: loading and running report it
 * and give back all they took; with memory enough the same calls succeed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sardonyx.h"

/* Counts what is taken, from several threads. */
typedef struct meter {
    long long calls, bytes, held;
    long long fail_at; /* the call, from 0, that gets nothing; -1: none */
} meter;

static void *take(void *ctx, size_t size, size_t align)
{
    meter *m = (meter *)ctx;
    if (__atomic_fetch_add(&m->calls, 1, __ATOMIC_RELAXED) == m->fail_at)
        return NULL;
    void *memory = NULL;
    if (posix_memalign(&memory, align < sizeof(void *) ? sizeof(void *) : align, size ? size : 1))
        return NULL;
    __atomic_fetch_add(&m->bytes, (long long)size, __ATOMIC_RELAXED);
    __atomic_fetch_add(&m->held, 1, __ATOMIC_RELAXED);
    return memory;
}

static void give(void *ctx, void *memory, size_t size)
{
    meter *m = (meter *)ctx;
    if (!memory)
        return;
    __atomic_fetch_sub(&m->bytes, (long long)size, __ATOMIC_RELAXED);
    __atomic_fetch_sub(&m->held, 1, __ATOMIC_RELAXED);
    free(memory);
}

typedef struct test_case {
    const char *name, *text; /* text NULL: name is a file */
    int rank;
    int64_t dims[4];
} test_case;

static const test_case cases[] = {
    { "two groups",
      "<ir_version: 8, opset_import: [\"\" : 17]>"
      "g (float[N, 4, 6, 6] x) => (float[N, 2, 6, 6] y)"
      "<float[2, 2, 1, 1] W = {1, 2, 3, 4}> { c = Conv<group = 2>(x, W) y = Relu(c) }",
      4,
      { 1, 4, 6, 6 } },
    { "an If",
      "<ir_version: 8, opset_import: [\"\" : 17]>"
      "g (float[N] x) => (float[M] y) <bool[1] yes = {1}> {"
      "  z = ReduceSum(x) big = Greater(z, x)"
      "  y = If (yes) <then_branch = a () => (float[M] p) { p = Add(x, z) },"
      "                else_branch = b () => (float[M] q) { q = Neg(x) }> }",
      1,
      { 3 } },
    { "tests/digits/digits.onnx", NULL, 4, { 1, 1, 8, 8 } },
};

static sdx_status load_and_run(const test_case *t, meter *m, sdx_error *err)
{
    sdx_allocator allocator = { m, take, give };
    sdx_model_options o = SDX_OPTIONS_INIT(sdx_model_options);
    sdx_session_options so = SDX_OPTIONS_INIT(sdx_session_options);
    sdx_model *model = NULL;
    sdx_session *session = NULL;
    sdx_value *x = NULL, *y = NULL;
    o.allocator = &allocator;
    so.threads = 2;
    sdx_status st = sdx_value_tensor(SDX_F32, t->rank, t->dims, &x, err);
    if (st == SDX_OK)
        st = t->text ? sdx_model_parse(t->text, strlen(t->text), t->name, &o, &model, err)
                     : sdx_model_open(t->name, &o, &model, err);
    if (st == SDX_OK)
        st = sdx_session_new(model, &so, &session, err);
    for (int i = 0; i < 2 && st == SDX_OK; i++) { /* twice: the second run finds all in place */
        st = sdx_session_run(session, (const sdx_value *const *)&x, &y, NULL, err);
        sdx_value_free(y);
        y = NULL;
    }
    sdx_value_free(x);
    sdx_session_free(session);
    sdx_model_close(model);
    return st;
}

/* The number of things wrong with one case. */
static int sweep(const test_case *t)
{
    meter m = { 0, 0, 0, -1 };
    sdx_error err;
    sdx_status st = load_and_run(t, &m, &err);
    long long calls = m.calls;
    int wrong = 0;
    if (st != SDX_OK) {
        printf("%s: %s: %s\n", t->name, err.place, err.fact);
        return 1;
    }
    for (long long k = 0; k < calls; k++) {
        meter n = { 0, 0, 0, k };
        st = load_and_run(t, &n, &err);
        /* a smaller or later way out is fine, silence about a failure is not: SDX_OK only where it
         * was made good */
        if ((st != SDX_OK && st != SDX_E_MEMORY) || (st == SDX_E_MEMORY && err.fact[0] == 0)) {
            printf("%s: allocation %lld of %lld failed: %s, '%s'\n", t->name, k, calls,
                   sdx_status_name(st), err.fact);
            wrong++;
        }
        if (n.held != 0 || n.bytes != 0) {
            printf("%s: allocation %lld of %lld failed: %lld blocks, %lld bytes not given back\n",
                   t->name, k, calls, n.held, n.bytes);
            wrong++;
        }
    }
    printf("%s: %lld allocations, each failed once, %d wrong\n", t->name, calls, wrong);
    return wrong + (m.held != 0);
}

int main(void)
{
    int wrong = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        wrong += sweep(&cases[i]);
    return wrong != 0;
}
