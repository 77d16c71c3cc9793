/* plugin/load.c - plugins: named by the caller, found in a folder; old ones, and such as have a
 * flaw.
 *
 * usage: load FOLDER     the folder that holds what the build made of flawed.c */
#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "sardonyx.h"

static int failures;

static void check(bool fine, const char *what, int line)
{
    if (fine)
        return;
    failures++;
    printf("line %d: %s\n", line, what);
}
#define CHECK(x) check(x, #x, __LINE__)

static char *plugins; /* FOLDER */

static const char *path_of(const char *name)
{
    static char path[4096];
    snprintf(path, sizeof path, "%s/%s.so", plugins, name);
    return path;
}

static sdx_status parse(const char *op, const char *plugin, const char *folder, sdx_model **m,
                        sdx_error *err)
{
    char text[300];
    sdx_model_options o = SDX_OPTIONS_INIT(sdx_model_options);
    int length = snprintf(text, sizeof text,
                          "<ir_version: 8, opset_import: [\"\" : 20, \"test\" : 1]> "
                          "g (float[3] x) => (float[3] y) { y = %s(x) }",
                          op);
    o.plugins = &plugin;
    o.n_plugins = plugin != NULL;
    o.plugin_folder = folder;
    return sdx_model_parse(text, (size_t)length, "model", &o, m, err);
}

/* Twice of 1, 2, 3. */
static bool doubles(sdx_model *m)
{
    float in[3] = { 1, 2, 3 };
    const int64_t dims[1] = { 3 };
    sdx_session *s = NULL;
    sdx_value *x = NULL, *y = NULL;
    sdx_error err;
    bool fine = !sdx_session_new(m, NULL, &s, &err) &&
                !sdx_value_wrap(SDX_F32, 1, dims, in, sizeof in, &x, &err) &&
                !sdx_session_run(s, (const sdx_value *const *)&x, &y, NULL, &err) &&
                sdx_value_f64(y, 0) == 2 && sdx_value_f64(y, 2) == 6;
    if (!fine)
        printf("%s: %s\n", err.place, err.fact);
    sdx_value_free(y);
    sdx_value_free(x);
    sdx_session_free(s);
    return fine;
}

static bool works(const char *op, const char *plugin, const char *folder)
{
    sdx_model *m = NULL;
    sdx_error err;
    bool fine = parse(op, plugin, folder, &m, &err) == SDX_OK;
    if (!fine)
        printf("%s: %s\n", err.place, err.fact);
    fine = fine && doubles(m);
    sdx_model_close(m);
    return fine;
}

/* Opening fails with these words; no model is there then. */
static bool refused(const char *plugin, sdx_status want, const char *words)
{
    sdx_model *m = NULL;
    sdx_error err;
    sdx_status st = parse("test.Twice", plugin, "", &m, &err);
    char said[sizeof err];
    sdx_error_text(&err, said, sizeof said);
    bool fine = st == want && !m && strstr(said, words) && strstr(said, plugin);
    if (!fine)
        printf("status %d: %s\n", st, said);
    sdx_model_close(m);
    return fine;
}

static void named_by_the_caller(void)
{
    CHECK(works("test.Twice", path_of("fine"), ""));
    CHECK(works("test.Double", path_of("fine"), ""));
    CHECK(works("test.Twice", path_of("old"), ""));
    CHECK(works("test.Double", path_of("old"), "")); /* at the stride of the shorter struct */
    CHECK(refused(path_of("interface"), SDX_E_UNSUPPORTED, "interface 2, this library 1"));
    CHECK(refused(path_of("newer"), SDX_E_UNSUPPORTED, "newer than this library"));
    CHECK(refused(path_of("strange_size"), SDX_E_FORMAT, "8 bytes, which no version had"));
    CHECK(refused(path_of("no_symbol"), SDX_E_FORMAT, "has no symbol sdx_plugin"));
    CHECK(refused(path_of("duplicate"), SDX_E_USAGE, "operator :Relu of "));
    CHECK(refused(path_of("no_run"), SDX_E_FORMAT, "operator Twice has no run"));
    CHECK(refused(path_of("bad_schema"), SDX_E_FORMAT, "operator Twice, version 1"));
    CHECK(refused(path_of("unordered"), SDX_E_FORMAT, "version 1: it comes after 1"));
    CHECK(refused("/nowhere/at/all.so", SDX_E_IO, "cannot be opened"));
    CHECK(refused("no_such_file.so", SDX_E_IO, "./no_such_file.so"));
    CHECK(refused(__FILE__, SDX_E_IO, "cannot be opened"));
}

/* A folder of our own with some of the plugins in it. */
static char *make_folder(const char *const *names)
{
    static char folder[4096];
    snprintf(folder, sizeof folder, "%s/some-XXXXXX", plugins);
    CHECK(mkdtemp(folder) != NULL);
    for (; *names; names++) {
        char link[4200];
        snprintf(link, sizeof link, "%s/%s.so", folder, *names);
        CHECK(symlink(path_of(*names), link) == 0);
    }
    return folder;
}

static void drop_folder(const char *folder, const char *const *names)
{
    for (; *names; names++) {
        char link[4200];
        snprintf(link, sizeof link, "%s/%s.so", folder, *names);
        CHECK(unlink(link) == 0);
    }
    CHECK(rmdir(folder) == 0);
}

/* The error of a session on a model with an operator that is not to be had. */
static bool missing(const char *op, const char *folder, const char *words)
{
    sdx_model *m = NULL;
    sdx_session *s = NULL;
    sdx_error err;
    char said[sizeof err] = "";
    bool fine = parse(op, NULL, folder, &m, &err) == SDX_OK;
    fine = fine && sdx_session_new(m, NULL, &s, &err) == SDX_E_UNSUPPORTED;
    sdx_error_text(&err, said, sizeof said);
    fine = fine && strstr(said, words);
    if (!fine)
        printf("%s\n", said);
    sdx_session_free(s);
    sdx_model_close(m);
    return fine;
}

static void found_in_a_folder(void)
{
    static const char *const good[] = { "fine", NULL };
    static const char *const mixed[] = { "duplicate", "newer", "no_symbol", "old", NULL };
    static const char *const bad[] = { "newer", NULL };
    static const char *const none[] = { NULL };
    char *folder = make_folder(good);
    CHECK(works("test.Twice", NULL, folder));
    CHECK(works("test.Twice", path_of("fine"), folder)); /* it is there: the folder is not asked */
    drop_folder(folder, good);
    folder = make_folder(mixed);
    CHECK(works("test.Twice", NULL, folder)); /* one that is broken does not stop the others */
    CHECK(missing("test.Thrice", folder, "operator :Relu of "));
    drop_folder(folder, mixed);
    folder = make_folder(bad);
    CHECK(missing("test.Twice", folder, "is newer than this library"));
    drop_folder(folder, bad);
    folder = make_folder(none);
    CHECK(missing("test.Twice", folder, "add the operator or a plugin"));
    drop_folder(folder, none);
    CHECK(missing("test.Twice", "/nowhere/at/all", "add the operator or a plugin"));
    CHECK(missing("test.Twice", "", "add the operator or a plugin"));
    CHECK(missing("RegexFullMatch", "", "regex.so")); /* one of this project, which is known */
    CHECK(missing("RegexFullMatch", "", "libre2-dev"));
    CHECK(missing("ImageDecoder", "", "image.so, which is built where libjpeg-dev libpng-dev"));
}

static void *open_and_run(void *arg)
{
    for (int i = 0; i < 20; i++)
        if (!works(i % 2 ? "test.Twice" : "test.Double", NULL, arg))
            return arg;
    return NULL;
}

static void by_several_threads(void)
{
    static const char *const good[] = { "fine", "interface", NULL };
    char *folder = make_folder(good);
    pthread_t thread[4];
    for (int i = 0; i < 4; i++)
        CHECK(pthread_create(&thread[i], NULL, open_and_run, folder) == 0);
    for (int i = 0; i < 4; i++) {
        void *failed = NULL;
        CHECK(pthread_join(thread[i], &failed) == 0 && !failed);
    }
    drop_folder(folder, good);
}

/* ---- what a step has not to make, and when its state ends ---- */

static sdx_status run_pair(sdx_session *s, sdx_value *x, sdx_error *err)
{
    sdx_value *y = NULL;
    sdx_status st = sdx_session_run(s, (const sdx_value *const *)&x, &y, NULL, err);
    for (size_t i = 0; st == SDX_OK && i < 3; i++)
        if (sdx_value_f64(y, i) != 3 * ((double)i + 1) + 7)
            st = SDX_E_VALUE;
    sdx_value_free(y);
    return st;
}

typedef struct shared {
    sdx_session *session;
    sdx_value *x;
} shared;

static void *run_pairs(void *arg)
{
    const shared *both = arg;
    sdx_error err;
    for (int i = 0; i < 20; i++)
        if (run_pair(both->session, both->x, &err) != SDX_OK)
            return arg;
    return NULL;
}

/* A model with a Pair, run alone and by two threads at once over one input. */
static bool pairs(const char *before, bool optimize, const atomic_int *states)
{
    char text[500];
    const char *plugin = path_of("fine");
    float in[3] = { 1, 2, 3 };
    const int64_t dims[1] = { 3 };
    shared both = { NULL, NULL };
    sdx_model *m = NULL;
    pthread_t thread[2];
    sdx_error err = { .status = SDX_OK };
    sdx_model_options o = SDX_OPTIONS_INIT(sdx_model_options);
    sdx_session_options so = SDX_OPTIONS_INIT(sdx_session_options);
    int length = snprintf(
        text, sizeof text,
        "<ir_version: 8, opset_import: [\"\" : 20, \"test\" : 1]> "
        "g (float[3] x) => (float[3] y) <float zero = {0}> { %s a, b, k = test.Pair(t)"
        " f = Cast <to = 1> (k) s = Add (a, b) y = Add (s, f) }",
        before);
    o.plugins = &plugin;
    o.n_plugins = 1;
    so.no_optimize = !optimize;
    bool fine = !sdx_model_parse(text, (size_t)length, "pair", &o, &m, &err) &&
                !sdx_session_new(m, &so, &both.session, &err) &&
                !sdx_value_wrap(SDX_F32, 1, dims, in, sizeof in, &both.x, &err) &&
                !run_pair(both.session, both.x, &err);
    for (int i = 0; fine && i < 2; i++)
        CHECK(pthread_create(&thread[i], NULL, run_pairs, &both) == 0);
    for (int i = 0; fine && i < 2; i++) {
        void *failed = NULL;
        CHECK(pthread_join(thread[i], &failed) == 0 && !failed);
    }
    if (!fine)
        printf("%s: %s\n", err.place, err.fact);
    sdx_value_free(both.x);
    sdx_session_free(both.session);
    sdx_model_close(m);
    return fine && atomic_load(states) == 0;
}

static void states_end_and_what_is_there_stays(void)
{
    void *handle = dlopen(path_of("fine"), RTLD_NOW | RTLD_LOCAL);
    const atomic_int *states = handle ? dlsym(handle, "states") : NULL;
    CHECK(states != NULL);
    for (int optimize = 0; states && optimize < 2; optimize++) {
        CHECK(pairs("t = Relu (x)", optimize != 0, states));
        CHECK(pairs("t = Identity (x)", optimize != 0, states)); /* the input itself */
        CHECK(pairs("c = Greater (x, zero) t = Compress (x, c)", optimize != 0, states)); /* late */
    }
    if (handle)
        dlclose(handle);
}

static bool is_loaded(const char *path)
{
    void *handle = dlopen(path, RTLD_NOW | RTLD_NOLOAD);
    if (handle)
        dlclose(handle);
    return handle != NULL;
}

/* A model of the library's own operators leaves the folder alone; another has it loaded for
 * good. */
static void not_without_need(void)
{
    static const char *const good[] = { "fine", NULL };
    char *folder = make_folder(good);
    sdx_model *m = NULL;
    sdx_error err;
    CHECK(parse("Relu", NULL, folder, &m, &err) == SDX_OK && !is_loaded(path_of("fine")));
    sdx_model_close(m);
    CHECK(works("test.Twice", path_of("fine"), "") && !is_loaded(path_of("fine")));
    CHECK(works("test.Twice", NULL, folder) && is_loaded(path_of("fine")));
    drop_folder(folder, good);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fputs("usage: load FOLDER\n", stderr);
        return 2;
    }
    plugins = realpath(argv[1], NULL);
    CHECK(plugins != NULL);
    not_without_need();
    named_by_the_caller();
    found_in_a_folder();
    by_several_threads();
    states_end_and_what_is_there_stays();
    printf("plugins: %d failures\n", failures);
    free(plugins);
    return failures != 0;
}
