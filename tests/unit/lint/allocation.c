/* tests/unit/lint/allocation.c - the k-th allocation fails, for every k: opening and linting a
 * model with many findings says so or succeeds, and gives back all it took. */
#include "sardonyx.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct meter {
    long calls, held, fail_at;
} meter;

static void *take(void *ctx, size_t size, size_t align)
{
    meter *m = ctx;
    void *memory = NULL;
    if (m->calls++ == m->fail_at ||
        posix_memalign(&memory, align < sizeof(void *) ? sizeof(void *) : align, size ? size : 1))
        return NULL;
    m->held++;
    return memory;
}

static void give(void *ctx, void *memory, size_t size)
{
    meter *m = ctx;
    (void)size;
    if (memory)
        m->held--;
    free(memory);
}

static const char model[] =
    "<ir_version: 8, opset_import: [\"\" : 17],"
    " metadata_props: [\"sardonyx.lint.ignore\": \"SX450 spare: kept\\nconv-*: none\\nSX451\"]>"
    "g (float[N, C, H, W] x, float[8, K, 3, 3] w, bool c, int64 n, float[4, 4] unused, float[a, b] u, float[b, a] v)"
    " => (float[P, Q, R, S] y, float[A, B] z, int64[D, E] i)"
    " <float[2] spare = {nan, inf}, int64[1] zero = {0}, int64[3] tail = {12, -1, 4}, bool t = {1}> {"
    "  [conv] y = Conv<group = 4>(x, w)"
    "  s = Shape(x) f = Gather(s, zero) r = Concat<axis = 0>(f, tail) m = Reshape(x, r)"
    "  [bad] k = Conv<group = 5>(m, w)"
    "  [pick] p = If (c) <then_branch = t () => (float[J, L] o) { [inner] o = Add(u, v) },"
    "                     else_branch = e () => (float[J, L] q) { q = Neg(u) }>"
    "  [again] z = Loop (n, t, p) <body = b (int64 it, bool go, float[J, L] st) => (bool on, float[J, L] out)"
    "                               { on = Identity(go) out = Softmax<axis = 7>(st) }>"
    "  i = NonZero(u)"
    "}";

static bool count(void *ctx, const sdx_finding *f)
{
    (void)f;
    ++*(size_t *)ctx;
    return true;
}

static sdx_status lint(meter *m, size_t *findings)
{
    sdx_allocator allocator = { m, take, give };
    sdx_model_options o = SDX_OPTIONS_INIT(sdx_model_options);
    sdx_model *opened = NULL;
    sdx_error err;
    o.allocator = &allocator;
    o.lenient = true;
    *findings = 0;
    sdx_status st = sdx_model_parse(model, sizeof model - 1, "test", &o, &opened, &err);
    if (st == SDX_OK)
        st = sdx_model_lint(opened, NULL, count, findings, &err);
    sdx_model_close(opened);
    return st;
}

static void each_allocation(void **state)
{
    meter m = { 0, 0, -1 };
    size_t all, some;
    (void)state;
    assert_int_equal(lint(&m, &all), SDX_OK);
    assert_int_equal(m.held, 0);
    assert_true(all >= 4);
    long calls = m.calls;
    assert_true(calls > 10);
    for (long k = 0; k < calls; k++) {
        m = (meter){ 0, 0, k };
        sdx_status st = lint(&m, &some);
        if (m.held)
            fail_msg("allocation %ld failed and %ld stayed", k, m.held);
        /* Folding does without memory; all else has to say that there was none. */
        if (st == SDX_OK && some != all)
            fail_msg("allocation %ld failed, and %zu of %zu findings were told as if all were well",
                     k, some, all);
        if (st != SDX_OK && st != SDX_E_MEMORY)
            fail_msg("allocation %ld failed: status %d", k, (int)st);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(each_allocation) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
