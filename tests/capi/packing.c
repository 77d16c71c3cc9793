/* tests/capi/packing.c - memory of packed weights, and what sessions keep of it, counted by an
 * allocator of its own: no resident pages, which depend on the system. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sardonyx.h"

static int failures;

static void check(bool fine, const char *what, const char *of, int line)
{
    if (fine)
        return;
    failures++;
    printf("line %d: %s (%s)\n", line, what, of);
}

/* ---- counting ---- */

enum { LARGE = 8 << 20 };
static size_t used, peak, large; /* by several threads at once */

static void *count_alloc(void *ctx, size_t size, size_t align)
{
    (void)ctx;
    size_t now = __atomic_add_fetch(&used, size, __ATOMIC_RELAXED),
           before = __atomic_load_n(&peak, __ATOMIC_RELAXED);
    if (now > before) /* exact with one thread, near enough with some */
        __atomic_store_n(&peak, now, __ATOMIC_RELAXED);
    __atomic_add_fetch(&large, size >= LARGE, __ATOMIC_RELAXED);
    align = align < 16 ? 16 : align;
    return aligned_alloc(align, (size + align - 1) / align * align);
}

static void count_free(void *ctx, void *memory, size_t size)
{
    (void)ctx;
    __atomic_sub_fetch(&used, size, __ATOMIC_RELAXED);
    free(memory);
}

static const sdx_allocator counting = { NULL, count_alloc, count_free };

/* ---- a network whose weights have larger forms ---- */

enum { LAYERS = 10, CHANNELS = 128, SIDE = 24, WEIGHTS = CHANNELS * CHANNELS * 9 };
static char text[1 << 20];
static size_t length;

static void put(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    length += (size_t)vsnprintf(text + length, sizeof text - length, format, args);
    va_end(args);
}

/* Each layer has weights of its own, which only packing computes. */
static void put_network(void)
{
    put("<ir_version: 8, opset_import: [\"\" : 17]>\n"
        "layers (float[1, %d, H, H] x) => (float[1, %d, H, H] y)\n<float[%d, %d, 3, 3] W = {",
        CHANNELS, CHANNELS, CHANNELS, CHANNELS);
    for (unsigned i = 0, state = 1; i < WEIGHTS; i++) {
        state = state * 1664525u + 1013904223u;
        put("%s%d", i ? "," : "", (int)(state >> 20) % 19 - 9);
    }
    put("}>\n{");
    for (int i = 0; i < LAYERS; i++)
        put(" s%d = Constant<value_float = %.5f>() W%d = Mul(W, s%d) c%d = Conv<pads = [1, 1, 1, "
            "1]>(%s%d, W%d) y%d = Clip(c%d)\n",
            i, 0.004 + 0.0001 * i, i, i, i, i ? "y" : "x", i - 1, i, i, i);
    put(" y = Identity(y%d) }", LAYERS - 1);
    char *first = strstr(text, "x-1");
    first[1] = ' ';
    first[2] = ' ';
}

static sdx_model *open_model(const char *of, size_t size)
{
    sdx_model_options o = SDX_OPTIONS_INIT(sdx_model_options);
    sdx_model *m = NULL;
    sdx_error err;
    o.allocator = &counting;
    if (sdx_model_parse(of, size, "network", &o, &m, &err) != SDX_OK) {
        printf("%s\n", err.fact);
        exit(2);
    }
    return m;
}

typedef struct found {
    sdx_memory_info memory;
    sdx_value *y;
    size_t loaded, made, peak, held;
    bool transforms; /* these instructions have larger forms */
} found;

static sdx_session *open_session(sdx_model *m, const char *packing, int threads)
{
    sdx_session_options o = SDX_OPTIONS_INIT(sdx_session_options);
    sdx_session *s = NULL;
    sdx_error err;
    o.threads = threads;
    o.packing = packing;
    if (sdx_session_new(m, &o, &s, &err) != SDX_OK) {
        printf("%s\n", err.fact);
        exit(2);
    }
    return s;
}

/* One run with one thread, and one with three in a session of a model of its own. */
static found run_network(const char *packing, const sdx_value *x)
{
    sdx_error err;
    sdx_memory_info of_three;
    sdx_value *y = NULL;
    found f;
    size_t before = used;
    sdx_model *m = open_model(text, length), *other = m;
    size_t opened = used;
    sdx_session *s = open_session(m, packing, 1);
    f.y = NULL;
    f.loaded = used - before;
    f.made = used - opened;
    peak = used;
    check(sdx_session_run(s, &x, &f.y, NULL, &err) == SDX_OK, err.fact, packing, __LINE__);
    f.peak = peak - before;
    f.held = used - before;
    sdx_session_memory(s, &f.memory);
    sdx_session_info about;
    sdx_session_about(s, &about);
    f.transforms = strcmp(about.isa, "plain") != 0 && strcmp(about.isa, "scalar") != 0;
    check(strcmp(sdx_session_packing(s), packing) == 0, "what a session says", packing, __LINE__);
    sdx_session_free(s);
    if (strcmp(packing, "default") == 0) /* packs are filled by several threads */
        other = open_model(text, length);
    s = open_session(other, packing, 3);
    check(sdx_session_run(s, &x, &y, NULL, &err) == SDX_OK, err.fact, packing, __LINE__);
    check(memcmp(sdx_value_data(f.y), sdx_value_data(y), sdx_value_count(x) * sizeof(float)) == 0,
          "other bits with more threads", packing, __LINE__);
    sdx_session_memory(s, &of_three);
    check(of_three.packed == f.memory.packed, "other packs with more threads", packing, __LINE__);
    sdx_value_free(y);
    sdx_session_free(s);
    if (other != m)
        sdx_model_close(other);
    sdx_model_close(m);
    check(used == before, "all memory goes back", packing, __LINE__);
    return f;
}

static double distance(const sdx_value *a, const sdx_value *b)
{
    double most = 0, largest = 1e-30;
    for (size_t i = 0; i < sdx_value_count(a); i++) {
        most = fmax(most, fabs(sdx_value_f64(a, i) - sdx_value_f64(b, i)));
        largest = fmax(largest, fabs(sdx_value_f64(a, i)));
    }
    return most / largest;
}

static void compare_packings(void)
{
    static const char *const names[] = { "small", "default", "fast" };
    const int64_t dims[4] = { 1, CHANNELS, SIDE, SIDE };
    const size_t floor = 12 << 20, weights = (size_t)WEIGHTS * sizeof(float);
    found one[3];
    sdx_value *x = NULL;
    sdx_error err;
    if (sdx_value_tensor(SDX_F32, 4, dims, &x, &err) != SDX_OK)
        exit(2);
    for (size_t i = 0; i < sdx_value_count(x); i++)
        sdx_value_set_f64(x, i, (double)((i * 7919) % 199) / 99.5 - 1);
    for (int k = 0; k < 3; k++) {
        one[k] = run_network(names[k], x);
        check(distance(one[0].y, one[k].y) < 1e-4, "another result", names[k], __LINE__);
        /* while weights are packed there is one of them beside the packs, computed and read */
        check(one[k].peak <= one[k].held + 2 * weights + (1 << 20), "more at once than is kept",
              names[k], __LINE__);
        check(one[k].made <= 1 << 20, "a session holds weights before it runs", names[k], __LINE__);
        check(one[k].held <= one[k].loaded + one[k].memory.packed + one[k].memory.copied +
                                 one[k].memory.plans + one[k].memory.runs + (8 << 20),
              "parts do not make up the whole", names[k], __LINE__);
    }
    size_t least = one[0].memory.packed, some = one[1].memory.packed, most = one[2].memory.packed;
    check((!one[0].transforms || least >= LAYERS * weights) && least < LAYERS * weights + (1 << 20),
          "the smallest form is as large as the weights", "small", __LINE__);
    check(some <= least + floor, "beyond the budget", "default", __LINE__);
    if (one[0].transforms) {
        check(some > least + floor / 2, "the budget is not spent", "default", __LINE__);
        check(most > least + floor, "no larger forms", "fast", __LINE__);
    }
    for (int k = 0; k < 3; k++)
        sdx_value_free(one[k].y);
    sdx_value_free(x);
}

/* ---- what is kept after a large input ---- */

static void run_once(sdx_session *s, int64_t n, const char *of)
{
    const int64_t dims[2] = { n, 8 };
    sdx_value *x = NULL, *y = NULL;
    sdx_error err;
    check(sdx_value_tensor(SDX_F32, 2, dims, &x, &err) == SDX_OK, err.fact, of, __LINE__);
    float *at = (float *)sdx_value_data(x);
    for (size_t i = 0; i < sdx_value_count(x); i++)
        at[i] = (float)(i % 5) - 2;
    check(sdx_session_run(s, (const sdx_value *const *)&x, &y, NULL, &err) == SDX_OK, err.fact, of,
          __LINE__);
    sdx_value_free(y);
    sdx_value_free(x);
}

static void give_back(const char *model)
{
    enum { FEW = 16, MANY = 1 << 18, ROUNDS = 4 };
    sdx_model *m = open_model(model, strlen(model));
    sdx_session *s = open_session(m, NULL, 1);
    sdx_memory_info before, after;
    run_once(s, FEW, model);
    sdx_session_memory(s, &before);
    size_t small = used;
    run_once(s, MANY, model);
    check(used > small + LARGE, "the large input took nothing", model, __LINE__);
    run_once(s, FEW, model);
    sdx_session_memory(s, &after);
    check(used < small + (1 << 20), "kept after a large input", model, __LINE__);
    check(after.runs < before.runs + (1 << 20), "waits for the next run", model, __LINE__);
    large = 0;
    for (int i = 0; i < ROUNDS; i++) {
        run_once(s, MANY, model);
        run_once(s, FEW, model);
    }
    check(large <= ROUNDS, "memory is taken anew again and again", model, __LINE__);
    sdx_session_free(s);
    sdx_model_close(m);
}

int main(void)
{
    static const char planned[] =
        "<ir_version: 8, opset_import: [\"\" : 17]> planned (float[N, 8] x) => "
        "(float[N, 8] y) { a = Softmax(x) b = Add(a, x) c = Softmax(b) "
        "y = Mul(c, b) }",
                      made[] = "<ir_version: 8, opset_import: [\"\" : 17]> made (float[N, 8] x) => "
                               "(float[M] y) { i = NonZero(x) t = Transpose(i) z = GatherND(x, t) "
                               "y = Softmax(z) }";
    sdx_session_options o = SDX_OPTIONS_INIT(sdx_session_options);
    sdx_session *s = NULL;
    sdx_error err;
    put_network();
    compare_packings();
    sdx_model *m = open_model(text, length);
    o.packing = "tiny";
    check(sdx_session_new(m, &o, &s, &err) == SDX_E_VALUE && strstr(err.fact, "tiny") &&
              strstr(err.hint, "default"),
          "an unknown packing", "tiny", __LINE__);
    sdx_model_close(m);
    give_back(planned);
    give_back(made);
    printf("%d failures\n", failures);
    return failures != 0;
}
