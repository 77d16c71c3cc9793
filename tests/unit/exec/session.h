/* unit/exec/session.h - what the tests of runs begin with: models from text, sessions, inputs,
 * memory that is counted. */
#ifndef UNIT_EXEC_SESSION_H
#define UNIT_EXEC_SESSION_H
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sardonyx.h"

#include <cmocka.h>

#define HEAD "<ir_version: 10, opset_import: [\"\" : 18]> "

typedef struct counter {
    _Atomic long long calls, bytes;
    long long fail_at; /* this call gets nothing; 0: none */
} counter;

static inline void *count_alloc(void *ctx, size_t size, size_t align)
{
    counter *c = ctx;
    void *p = NULL;
    if (++c->calls == c->fail_at)
        return NULL;
    c->bytes += (long long)size;
    return posix_memalign(&p, align < sizeof p ? sizeof p : align, size) == 0 ? p : NULL;
}

static inline void count_free(void *ctx, void *p, size_t size)
{
    counter *c = ctx;
    c->bytes -= (long long)size;
    free(p);
}

static inline sdx_model *open_text(const char *text, counter *count)
{
    sdx_error err;
    sdx_model *m = NULL;
    sdx_model_options o = SDX_OPTIONS_INIT(sdx_model_options);
    sdx_allocator a = { count, count_alloc, count_free };
    o.allocator = count ? &a : NULL;
    if (sdx_model_parse(text, strlen(text), "test", &o, &m, &err) != SDX_OK) {
        print_error("%s: %s %s\n", err.place, err.fact, err.hint);
        fail();
    }
    return m;
}

static inline sdx_session *session_of(sdx_model *m, int threads, bool optimize)
{
    sdx_error err;
    sdx_session *s = NULL;
    sdx_session_options o = SDX_OPTIONS_INIT(sdx_session_options);
    o.threads = threads;
    o.no_optimize = !optimize;
    if (sdx_session_new(m, &o, &s, &err) != SDX_OK) {
        print_error("%s: %s\n", err.place, err.fact);
        fail();
    }
    return s;
}

static inline sdx_session *limited(sdx_model *m, uint64_t bytes)
{
    sdx_error err;
    sdx_session *s = NULL;
    sdx_session_options o = SDX_OPTIONS_INIT(sdx_session_options);
    o.threads = 1;
    o.memory_limit = bytes;
    assert_int_equal(sdx_session_new(m, &o, &s, &err), SDX_OK);
    return s;
}

static inline sdx_value *floats(int rank, const int64_t *dims, uint32_t seed)
{
    sdx_value *v = NULL;
    assert_int_equal(sdx_value_tensor(SDX_F32, rank, dims, &v, NULL), SDX_OK);
    for (size_t i = 0; i < sdx_value_count(v); i++) {
        seed = seed * 1664525u + 1013904223u;
        sdx_value_set_f64(v, i, (double)(seed >> 8) / (1 << 24) - 0.5);
    }
    return v;
}

static inline sdx_value *number(int64_t n)
{
    sdx_value *v = NULL;
    assert_int_equal(sdx_value_tensor(SDX_I64, 0, NULL, &v, NULL), SDX_OK);
    sdx_value_set_i64(v, 0, n);
    return v;
}

static inline sdx_status run(sdx_session *s, sdx_value *const *in, sdx_value **out,
                             const sdx_run_options *o, sdx_error *err)
{
    return sdx_session_run(s, (const sdx_value *const *)in, out, o, err);
}

static inline void free_values(sdx_value **v, int count)
{
    for (int i = 0; i < count; i++)
        sdx_value_free(v[i]);
}

static inline void leave(sdx_session *s, sdx_model *m)
{
    sdx_session_free(s);
    sdx_model_close(m);
}

static inline sdx_value *run_one(sdx_session *s, const sdx_value *x)
{
    sdx_error err;
    sdx_value *y = NULL;
    if (sdx_session_run(s, &x, &y, NULL, &err) != SDX_OK) {
        print_error("%s: %s\n", err.place, err.fact);
        fail();
    }
    return y;
}

static inline void same_bits(const sdx_value *a, const sdx_value *b)
{
    assert_int_equal(sdx_value_bytes(a), sdx_value_bytes(b));
    assert_memory_equal(sdx_value_view(a), sdx_value_view(b), sdx_value_bytes(a));
}

static const char network[] = HEAD
    "g (float[N, 8, H, W] x) => (float[N, 10] y)"
    "  <int64[1] zero = {0}, int64[1] two = {2}, int64[1] one = {1}> {"
    "  k = Constant <value_floats = [0.5, -0.25, 0.125, 1.0, 0.5, -0.5, 0.75, 0.25]> ()"
    "  s = Constant <value_ints = [8, 1, 1, 1]> ()"
    "  w = Reshape (k, s)"
    "  c = Conv <group = 8> (x, w)"
    "  r = Relu (c)"
    "  a = Add (r, x)"
    "  t = Sigmoid (a)"
    "  p = GlobalAveragePool (t)"
    "  f = Flatten (p)"
    "  m = ReduceMax <keepdims = 1> (f)"
    "  d = Sub (f, m)"
    "  e = Exp (d)"
    "  z = Slice (e, zero, two, one)"
    "  y = Concat <axis = 1> (z, e)"
    "} ";

static inline sdx_model *open_network(counter *count)
{
    return open_text(network, count);
}
#endif
