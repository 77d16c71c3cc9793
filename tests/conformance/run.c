/* tests/conformance/run.c - runs the standard's cases through the C API and counts what comes of
 * them.
 *
 *   run CASES [--set=NAME] [--only=TEXT] [--isa=NAME] [--no-optimize] [--threads=N] [--all]
 *   [--exact]
 * [--summary=FILE] [-v]
 *
 * Each case passes, fails, or needs an operator that the library does not have.  "Has" is what the
 * library says of itself (sdx_op_about), so a failure cannot be called anything else.  --all: a
 * missing operator is a failure.  --exact: numbers are equal whatever tolerance a case states.  A
 * case with a file `refused` passes when the library refuses it, wherever it does.  The cases run
 * in a child; where it dies or hangs, its case is reported and another child goes on after it. */
#include "compare.h"
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE_MS = 300000, MOST_VALUES = 64 };

typedef enum verdict { PASS, RANDOM, MISSING, FAIL, N_VERDICTS } verdict;
typedef struct result {
    verdict verdict;
    char why[900]; /* FAIL: what differs; MISSING: the operator */
} result;

typedef struct options {
    const char *root, *set, *only, *isa, *summary;
    bool no_optimize, all, exact, verbose;
    int threads;
} options;

typedef struct list {
    char **item;
    size_t n;
} list;

static void *must(void *memory)
{
    if (!memory) {
        fputs("out of memory\n", stderr);
        exit(2);
    }
    return memory;
}

static char *join(const char *a, const char *b)
{
    size_t size = strlen(a) + strlen(b) + 2;
    char *path = must(malloc(size));
    snprintf(path, size, "%s/%s", a, b);
    return path;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names in a folder, sorted; none where there is no such folder. */
static list names_in(const char *path)
{
    list names = { NULL, 0 };
    DIR *dir = opendir(path);
    for (struct dirent *e; dir && (e = readdir(dir));) {
        if (e->d_name[0] == '.')
            continue;
        names.item = must(realloc(names.item, (names.n + 1) * sizeof *names.item));
        names.item[names.n++] = must(strdup(e->d_name));
    }
    if (dir)
        closedir(dir);
    if (names.n > 0)
        qsort(names.item, names.n, sizeof *names.item, by_text);
    return names;
}

static void free_list(list l)
{
    for (size_t i = 0; i < l.n; i++)
        free(l.item[i]);
    free(l.item);
}

/* The whole file; NULL where there is none. */
static void *read_file(const char *path, size_t *size)
{
    FILE *f = fopen(path, "rb");
    struct stat info;
    if (!f)
        return NULL;
    void *bytes = NULL;
    if (fstat(fileno(f), &info) == 0) {
        *size = (size_t)info.st_size;
        bytes = must(malloc(*size + 1));
        if (fread(bytes, 1, *size, f) != *size) {
            free(bytes);
            bytes = NULL;
        }
    }
    fclose(f);
    return bytes;
}

static bool has_operator(const char *domain, const char *op)
{
    sdx_op_info info;
    for (size_t i = 0; sdx_op_about(i, &info) == SDX_OK; i++)
        if (strcmp(info.name, op) == 0 && strcmp(info.domain ? info.domain : "",
                                                 strcmp(domain, "ai.onnx") == 0 ? "" : domain) == 0)
            return true;
    return false;
}

/* The first operator of the model that the library does not list. */
static bool misses(const sdx_model *m, result *r)
{
    sdx_node_info node;
    for (size_t i = 0; sdx_model_node(m, i, &node) == SDX_OK; i++)
        if (!has_operator(node.domain, node.op)) {
            snprintf(r->why, sizeof r->why, "%s%s%s", node.domain, node.domain[0] ? ":" : "",
                     node.op);
            r->verdict = MISSING;
            return true;
        }
    return false;
}

static void fail_with(result *r, const char *what, const sdx_error *err)
{
    int n = snprintf(r->why, sizeof r->why, "%s: ", what);
    r->verdict = FAIL;
    sdx_error_text(err, r->why + n, sizeof r->why - (size_t)n);
}

/* input_<i>.pb or output_<i>.pb of a data set; NULL with r untouched where there is no such file.
 */
static sdx_value *read_value(const char *folder, const char *tag, size_t i, sdx_kind kind,
                             result *r)
{
    char name[64];
    size_t size;
    sdx_value *v = NULL;
    sdx_error err;
    snprintf(name, sizeof name, "%s_%zu.pb", tag, i);
    char *path = join(folder, name);
    void *bytes = read_file(path, &size);
    if (bytes && sdx_value_read(kind == SDX_KIND_UNKNOWN ? SDX_TENSOR : kind, bytes, size, NULL, 0,
                                &v, &err))
        fail_with(r, name, &err);
    free(bytes);
    free(path);
    return v;
}

static void run_data_set(sdx_model *m, sdx_session *s, const char *folder, tolerance t, result *r)
{
    sdx_model_info about;
    sdx_value_info info;
    sdx_value *in[MOST_VALUES] = { NULL }, *out[MOST_VALUES] = { NULL };
    sdx_error err;
    size_t n_in = 0, n_out = 0;
    sdx_model_about(m, &about);
    if (about.n_inputs > MOST_VALUES || about.n_outputs > MOST_VALUES) {
        r->verdict = FAIL;
        snprintf(r->why, sizeof r->why, "more than %d inputs or outputs", MOST_VALUES);
        return;
    }
    for (; n_in < about.n_inputs && r->verdict != FAIL; n_in++) {
        sdx_model_input(m, n_in, &info);
        in[n_in] = read_value(folder, "input", n_in, info.kind, r);
    }
    if (r->verdict != FAIL &&
        sdx_session_run(s, (const sdx_value *const *)in, out, NULL, &err) != SDX_OK)
        fail_with(r, "run", &err);
    for (; n_out < about.n_outputs && r->verdict != FAIL; n_out++) {
        char why[600];
        sdx_model_output(m, n_out, &info);
        sdx_value *want = read_value(folder, "output", n_out, info.kind, r);
        if (!want && r->verdict != FAIL) {
            r->verdict = FAIL;
            snprintf(r->why, sizeof r->why, "no expected value for output %zu", n_out);
        } else if (want && !compare_values(out[n_out], want, t, why, sizeof why)) {
            r->verdict = FAIL;
            snprintf(r->why, sizeof r->why, "output '%s': %s", info.name, why);
        }
        sdx_value_free(want);
    }
    for (size_t i = 0; i < MOST_VALUES; i++) {
        sdx_value_free(in[i]);
        sdx_value_free(out[i]);
    }
}

static bool has_file(const char *folder, const char *name)
{
    char *path = join(folder, name);
    bool there = access(path, F_OK) == 0;
    free(path);
    return there;
}

static tolerance tolerance_of(const options *o, const char *folder)
{
    tolerance t = { .rtol = 1e-3, .atol = 1e-7, .shape_only = has_file(folder, "random") };
    char *path = join(folder, "tolerance");
    FILE *f = fopen(path, "r");
    if (f && fscanf(f, "%lf %lf", &t.rtol, &t.atol) != 2)
        t.rtol = t.atol = 0;
    if (f)
        fclose(f);
    free(path);
    if (o->exact)
        t.rtol = t.atol = 0;
    return t;
}

/* What is to be refused passes by failing. */
static void turn_refused(result *r)
{
    if (r->verdict == PASS)
        *r = (result){ FAIL, "runs, and is to be refused" };
    else if (r->verdict == FAIL)
        *r = (result){ PASS, "" };
}

static result run_case(const options *o, const char *folder)
{
    result r = { PASS, "" };
    sdx_model *m = NULL;
    sdx_session *s = NULL;
    sdx_error err;
    sdx_model_options lenient = SDX_OPTIONS_INIT(sdx_model_options);
    sdx_session_options so = SDX_OPTIONS_INIT(sdx_session_options);
    tolerance t = tolerance_of(o, folder);
    size_t sets = 0;
    char *path = join(folder, "model.onnx");
    lenient.lenient = lenient.no_infer = true;
    so.isa = o->isa;
    so.threads = o->threads;
    so.no_optimize = o->no_optimize;
    if (sdx_model_open(path, NULL, &m, &err) != SDX_OK) {
        fail_with(&r, "load", &err);
        if (sdx_model_open(path, &lenient, &m, NULL) == SDX_OK)
            misses(m, &r);
    } else if (misses(m, &r)) {
    } else if (sdx_session_new(m, &so, &s, &err) != SDX_OK) {
        fail_with(&r, "session", &err);
    }
    list names = names_in(folder);
    for (size_t i = 0; i < names.n && s && r.verdict != FAIL; i++)
        if (strncmp(names.item[i], "test_data_set_", 14) == 0) {
            char *set = join(folder, names.item[i]);
            run_data_set(m, s, set, t, &r);
            free(set);
            sets++;
        }
    if (s && sets == 0) {
        r.verdict = FAIL;
        snprintf(r.why, sizeof r.why, "no data sets");
    }
    if (has_file(folder, "refused"))
        turn_refused(&r);
    if (r.verdict == PASS && t.shape_only)
        r.verdict = RANDOM;
    free_list(names);
    sdx_session_free(s);
    sdx_model_close(m);
    free(path);
    return r;
}

/* A child that runs the cases from `first` on and writes a result for each. */
typedef struct worker {
    pid_t pid;
    int pipe;
} worker;

static worker start_worker(const options *o, list cases, size_t first)
{
    int ends[2];
    worker w = { -1, -1 };
    fflush(NULL);
    if (pipe(ends) != 0 || (w.pid = fork()) < 0) {
        perror("pipe or fork");
        exit(2);
    }
    if (w.pid == 0) {
        close(ends[0]);
        for (size_t i = first; i < cases.n; i++) {
            char *folder = join(o->root, cases.item[i]);
            result r = run_case(o, folder);
            free(folder);
            if (write(ends[1], &r, sizeof r) != (ssize_t)sizeof r)
                _exit(3);
        }
        free_list(cases);
        exit(0); /* not _exit: a leak checker looks at the end */
    }
    close(ends[1]);
    w.pipe = ends[0];
    return w;
}

/* False: the worker is gone, and r says how. */
static bool next_result(worker w, result *r)
{
    size_t have = 0;
    while (have < sizeof *r) {
        struct pollfd wait = { .fd = w.pipe, .events = POLLIN };
        int ready = poll(&wait, 1, PATIENCE_MS);
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready == 0)
            kill(w.pid, SIGKILL);
        ssize_t n = ready > 0 ? read(w.pipe, (char *)r + have, sizeof *r - have) : 0;
        if (n <= 0) {
            int status = 0;
            waitpid(w.pid, &status, 0);
            r->verdict = FAIL;
            if (ready == 0)
                snprintf(r->why, sizeof r->why, "no result after %d s", PATIENCE_MS / 1000);
            else if (WIFSIGNALED(status))
                snprintf(r->why, sizeof r->why, "CRASH: %s", strsignal(WTERMSIG(status)));
            else
                snprintf(r->why, sizeof r->why, "CRASH: exit status %d", WEXITSTATUS(status));
            return false;
        }
        have += (size_t)n;
    }
    return true;
}

static result *run_all(const options *o, list cases)
{
    result *results = must(calloc(cases.n + 1, sizeof *results));
    worker w = { -1, -1 };
    for (size_t i = 0; i < cases.n; i++) {
        if (w.pid < 0)
            w = start_worker(o, cases, i);
        if (!next_result(w, &results[i])) {
            close(w.pipe);
            w.pid = -1;
        }
        const result *r = &results[i];
        if (r->verdict == FAIL || (o->all && r->verdict == MISSING))
            printf("FAIL %s: %s\n", cases.item[i], r->why);
        else if (o->verbose)
            printf("%s %s%s%s\n", r->verdict == MISSING ? "miss" : "pass", cases.item[i],
                   r->why[0] ? ": " : "", r->why);
        fflush(stdout);
    }
    int status = 0;
    if (w.pid > 0 && (close(w.pipe), waitpid(w.pid, &status, 0)) > 0 && status != 0) {
        results[cases.n] = (result){ FAIL, "the worker's end, after its last case (a leak?)" };
        printf("FAIL %s\n", results[cases.n].why);
    }
    return results;
}

/* "Einsum 9, Det 2": operators that are missing, by the number of cases that wait for them. */
static void print_missing(FILE *f, const result *results, size_t n)
{
    bool *told = must(calloc(n + 1, sizeof *told));
    bool any = false;
    for (;;) {
        size_t best = n, most = 0;
        for (size_t i = 0; i < n; i++) {
            size_t count = 0;
            if (told[i] || results[i].verdict != MISSING)
                continue;
            for (size_t k = i; k < n; k++)
                count += results[k].verdict == MISSING &&
                         strcmp(results[i].why, results[k].why) == 0;
            if (count > most) {
                most = count;
                best = i;
            }
        }
        if (best == n)
            break;
        fprintf(f, "%s%s %zu", any ? ", " : "    ", results[best].why, most);
        any = true;
        for (size_t k = 0; k < n; k++)
            told[k] |= results[k].verdict == MISSING &&
                       strcmp(results[best].why, results[k].why) == 0;
    }
    if (any)
        fputc('\n', f);
    free(told);
}

static void print_summary(FILE *f, const options *o, const result *results, size_t n)
{
    size_t count[N_VERDICTS] = { 0 };
    for (size_t i = 0; i <= n; i++)
        count[results[i].verdict] += i < n || results[i].verdict == FAIL;
    fprintf(
        f,
        "conformance %s%s%s%s: %zu cases: %zu pass, %zu fail, %zu with an operator not implemented, "
        "%zu random (type and shape agree)\n",
        o->set ? o->set : "all", o->isa ? " isa " : "", o->isa ? o->isa : "",
        o->no_optimize ? " unoptimised" : "", n, count[PASS], count[FAIL], count[MISSING],
        count[RANDOM]);
    print_missing(f, results, n);
}

static list find_cases(const options *o)
{
    list cases = { NULL, 0 }, sets = names_in(o->root);
    for (size_t i = 0; i < sets.n; i++) {
        if (o->set && strcmp(sets.item[i], o->set) != 0)
            continue;
        char *path = join(o->root, sets.item[i]);
        list names = names_in(path);
        for (size_t k = 0; k < names.n; k++) {
            if (o->only && !strstr(names.item[k], o->only))
                continue;
            cases.item = must(realloc(cases.item, (cases.n + 1) * sizeof *cases.item));
            cases.item[cases.n++] = join(sets.item[i], names.item[k]);
        }
        free_list(names);
        free(path);
    }
    free_list(sets);
    return cases;
}

static const char *value_of(const char *arg, const char *option)
{
    size_t n = strlen(option);
    return strncmp(arg, option, n) == 0 ? arg + n : NULL;
}

static bool read_options(options *o, int argc, char **argv)
{
    const char *v;
    for (int i = 1; i < argc; i++) {
        if ((v = value_of(argv[i], "--set=")))
            o->set = v;
        else if ((v = value_of(argv[i], "--only=")))
            o->only = v;
        else if ((v = value_of(argv[i], "--isa=")))
            o->isa = v;
        else if ((v = value_of(argv[i], "--summary=")))
            o->summary = v;
        else if ((v = value_of(argv[i], "--threads=")))
            o->threads = (int)strtol(v, NULL, 10);
        else if (strcmp(argv[i], "--no-optimize") == 0)
            o->no_optimize = true;
        else if (strcmp(argv[i], "--all") == 0)
            o->all = true;
        else if (strcmp(argv[i], "--exact") == 0)
            o->exact = true;
        else if (strcmp(argv[i], "-v") == 0)
            o->verbose = true;
        else if (argv[i][0] != '-' && !o->root)
            o->root = argv[i];
        else
            return false;
    }
    return o->root != NULL;
}

int main(int argc, char **argv)
{
    options o = { .threads = 1 };
    size_t bad = 0, good = 0;
    if (!read_options(&o, argc, argv)) {
        fprintf(
            stderr,
            "usage: %s CASES [--set=NAME] [--only=TEXT] [--isa=NAME] [--no-optimize] [--threads=N] [--all] "
            "[--exact] [--summary=FILE] [-v]\n",
            argv[0]);
        return 2;
    }
    list cases = find_cases(&o);
    result *results = run_all(&o, cases);
    print_summary(stdout, &o, results, cases.n);
    FILE *f = o.summary ? fopen(o.summary, "w") : NULL;
    if (f) {
        print_summary(f, &o, results, cases.n);
        fclose(f);
    }
    for (size_t i = 0; i <= cases.n; i++) {
        bad += results[i].verdict == FAIL || (o.all && results[i].verdict == MISSING);
        good += i < cases.n && (results[i].verdict == PASS || results[i].verdict == RANDOM);
    }
    if (good == 0)
        fprintf(stderr, "no case passed: nothing was tested\n");
    free(results);
    free_list(cases);
    return bad > 0 || good == 0;
}
