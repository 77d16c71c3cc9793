/* tools/model_bench.c - measures how long a model takes to load and to run, and what memory it
 * holds. */
#include "cli.h"
#include "inputs.h"
#include "io/file.h"
#include "io/json.h"
#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum {
    OPT_SHAPE = CLI_FIRST,
    OPT_SEED,
    OPT_IMAGE,
    OPT_PERCENTILES,
    OPT_LOAD,
    OPT_MEMORY,
    OPT_OPS,
    OPT_IDLE,
    OPT_RATE,
    OPT_JSON,
    OPT_ISA,
    OPT_NO_OPTIMIZE,
    MOST_LIST = 32,
    MOST_RUNS = 1 << 20,
    MOST_CALLERS = 64
};

static const cli_option options[] = {
    { 0, NULL, NULL, "How long" },
    { 'T', "time", "SEC", "measure for this many seconds (3)" },
    { 'n', "count", "RUNS", "measure this many runs instead" },
    { 'w', "warm-up", "SEC|Nx", "first run this long, or N times (0.2)" },
    { OPT_RATE, "rate", "HZ", "start a run this often, not at once after the last" },
    { 0, NULL, NULL, "What" },
    { 't', "threads", "LIST", "threads of a session, each in turn: 1,2,4" },
    { 's', "streams", "LIST", "callers of one session at the same time: 1,2" },
    { OPT_ISA, "isa", "LEVEL", "at most these instructions: scalar, avx2, avx512 …" },
    { OPT_NO_OPTIMIZE, "no-optimize", NULL, "run the graph as it stands in the file" },
    { OPT_LOAD, "load", NULL, "load only: no run" },
    { OPT_MEMORY, "memory", NULL, "also what the session holds" },
    { OPT_OPS, "ops", "[N]", "the N operators that take longest (20)" },
    { OPT_IDLE, "idle", "SEC", "also the processor's share while nothing runs" },
    { 0, NULL, NULL, "Inputs" },
    { 'i', "input", "SRC|NAME=SRC",
      "a file, zeros, ones, arange, random[:LO,HI], value:V (random)" },
    { 'd', "dim", "SYM=N", "a symbolic dim of the inputs is this number (1)" },
    { OPT_SHAPE, "shape", "NAME=DIMS", "an input has this shape: x=1,3,224,224" },
    { OPT_SEED, "seed", "N", "of random inputs (0)" },
    { OPT_IMAGE, "image", "SPEC", "how pictures become inputs, as in model-run" },
    { 0, NULL, NULL, "Output" },
    { OPT_PERCENTILES, "percentiles", "LIST", "of the times (50,90,99)" },
    { 'f', "format", "FORM", "text, json or csv" },
    { OPT_JSON, "json", NULL, "short for --format=json: a line a model and thread count" },
    { 0, NULL, NULL, NULL },
};

static const cli_tool tool = {
    .name = "model-bench",
    .summary = "measures how long a model takes to load and to run",
    .usage = "[OPTION]... MODEL...",
    .options = options,
    .examples = { "model-bench -t 1,2 resnet50.onnx",
                  "model-bench --ops --shape=x=1,3,32,32 net.onnx", NULL },
    .exit = { "measured", "an operator is not implemented", "a model could not be run" },
};

typedef enum form { FORM_TEXT, FORM_JSON, FORM_CSV } form;

typedef struct bench {
    cli c;
    input_options in;
    sdx_session_options session;
    double seconds, warm_seconds, rate, idle;
    int64_t runs, warm_runs;
    int threads[MOST_LIST], streams[MOST_LIST], n_threads, n_streams;
    double percentile[MOST_LIST];
    int n_percentiles, ops;
    bool load, memory;
    form form;
    bool began; /* a line of CSV was printed */
} bench;

/* What was measured of one model with one number of threads and callers. */
typedef struct figures {
    const char *model, *isa;
    int threads, streams;
    double load_ms, compile_ms, first_ms, idle_percent, cpu_percent;
    double *ms; /* of each run, sorted */
    size_t n;
    sdx_session_info info;
} figures;

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

static double cpu_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

static void sleep_ms(double ms)
{
    struct timespec t = { (time_t)(ms / 1e3), (long)(fmod(ms, 1e3) * 1e6) };
    nanosleep(&t, NULL);
}

/* ---- operators ---- */

typedef struct op_time {
    char op[64], what[64];
    double ms;
    size_t count;
} op_time;

typedef struct op_times {
    op_time *of;
    size_t n;
    double begin; /* of measuring */
} op_times;

static void add_step(void *ctx, const sdx_step_info *s)
{
    op_times *t = ctx;
    double ms = (double)(s->end_ns - s->begin_ns) * 1e-6;
    for (size_t i = 0; i < t->n; i++) {
        if (strcmp(t->of[i].op, s->op) == 0 && strcmp(t->of[i].what, s->what) == 0) {
            t->of[i].ms += ms;
            t->of[i].count++;
            return;
        }
    }
    op_time *more = realloc(t->of, (t->n + 1) * sizeof *more);
    if (!more)
        return;
    t->of = more;
    t->of[t->n] = (op_time){ .ms = ms, .count = 1 };
    snprintf(t->of[t->n].op, sizeof t->of[t->n].op, "%s", s->op);
    snprintf(t->of[t->n].what, sizeof t->of[t->n].what, "%s", s->what);
    t->n++;
}

static int by_time(const void *a, const void *b)
{
    double x = ((const op_time *)a)->ms, y = ((const op_time *)b)->ms;
    return (x < y) - (x > y);
}

static void print_ops(const op_times *t, int most, size_t runs)
{
    double sum = 0;
    for (size_t i = 0; i < t->n; i++)
        sum += t->of[i].ms;
    if (t->n > 0)
        qsort(t->of, t->n, sizeof *t->of, by_time);
    printf("    %-24s %-28s %8s %10s %6s\n", "operator", "kernel", "steps", "ms a run", "%");
    for (size_t i = 0; i < t->n && i < (size_t)most; i++)
        printf("    %-24s %-28s %8.0f %10.4f %6.1f\n", t->of[i].op, t->of[i].what,
               (double)t->of[i].count / (double)runs, t->of[i].ms / (double)runs,
               sum > 0 ? 100 * t->of[i].ms / sum : 0);
}

/* ---- running ---- */

typedef struct caller {
    const bench *b;
    sdx_session *s;
    sdx_value *const *in;
    sdx_value **out;
    size_t n_out;
    double end;   /* ms; when to stop */
    int64_t most; /* runs; when to stop */
    double *ms;
    size_t n, room;
    sdx_status st;
    sdx_error err;
} caller;

static bool run_once(caller *c)
{
    c->st = sdx_session_run(c->s, (const sdx_value *const *)c->in, c->out, NULL, &c->err);
    return c->st == SDX_OK;
}

static bool note(caller *c, double ms)
{
    if (c->n == c->room) {
        size_t room = c->room ? 2 * c->room : 1024;
        double *more = realloc(c->ms, room * sizeof *more);
        if (!more)
            return false;
        c->ms = more;
        c->room = room;
    }
    c->ms[c->n++] = ms;
    return true;
}

static void *call(void *arg)
{
    caller *c = arg;
    double due = now_ms(), every = c->b->rate > 0 ? 1e3 / c->b->rate : 0;
    while (c->n < MOST_RUNS &&
           (c->most ? (int64_t)c->n < c->most : now_ms() < c->end || c->n < 3)) {
        if (every > 0 && due > now_ms())
            sleep_ms(due - now_ms());
        due += every;
        double begin = now_ms();
        if (!run_once(c) || !note(c, now_ms() - begin))
            break;
    }
    return NULL;
}

static void drop_outputs(caller *c)
{
    for (size_t i = 0; c->out && i < c->n_out; i++)
        sdx_value_free(c->out[i]);
    free(c->out);
    c->out = NULL;
}

static int by_number(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Gathers the times of all callers in f. */
static bool gather(figures *f, const caller *all, int n)
{
    size_t total = 0;
    for (int i = 0; i < n; i++)
        total += all[i].n;
    f->ms = malloc((total + 1) * sizeof *f->ms);
    f->n = 0;
    for (int i = 0; f->ms && i < n; i++) {
        if (all[i].n)
            memcpy(f->ms + f->n, all[i].ms, all[i].n * sizeof *f->ms);
        f->n += all[i].n;
    }
    if (f->ms && f->n)
        qsort(f->ms, f->n, sizeof *f->ms, by_number);
    return f->ms != NULL;
}

static void warm_up(const bench *b, caller *c)
{
    double end = now_ms() + b->warm_seconds * 1e3;
    for (int64_t i = 0; c->st == SDX_OK && (b->warm_runs ? i < b->warm_runs : now_ms() < end); i++)
        run_once(c);
}

/* Several callers at once; the first runs here. */
static sdx_status measure(const bench *b, caller *all, int n, figures *f)
{
    pthread_t thread[MOST_CALLERS];
    double begin = now_ms(), cpu = cpu_ms();
    int started = 1;
    for (int i = 0; i < n; i++) {
        all[i].end = begin + b->seconds * 1e3;
        all[i].most = b->runs;
    }
    for (; started < n; started++)
        if (pthread_create(&thread[started], NULL, call, &all[started]) != 0)
            break;
    call(&all[0]);
    for (int i = 1; i < started; i++)
        pthread_join(thread[i], NULL);
    f->cpu_percent = 100 * (cpu_ms() - cpu) / (now_ms() - begin);
    for (int i = 0; i < n; i++)
        if (all[i].st != SDX_OK)
            return all[i].st;
    return gather(f, all, n) ? SDX_OK : SDX_E_MEMORY;
}

/* ---- printing ---- */

static double percentile(const figures *f, double p)
{
    size_t i = f->n ? (size_t)(p / 100 * (double)(f->n - 1) + 0.5) : 0;
    return f->n ? f->ms[i] : 0;
}

static double peak_mb(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)u.ru_maxrss / 1024;
}

static void print_json(const bench *b, const figures *f)
{
    printf("{\"schema\": \"sardonyx.model-bench/1\", \"model\": ");
    json_print_string(stdout, f->model, strlen(f->model));
    printf(", \"threads\": %d, \"streams\": %d, \"isa\": \"%s\", \"load_ms\": %.3f", f->threads,
           f->streams, f->isa, f->load_ms + f->compile_ms);
    if (!b->load) {
        printf(", \"first_run_ms\": %.3f, \"median_ms\": %.4f, \"p10_ms\": %.4f, \"runs\": %zu",
               f->first_ms, percentile(f, 50), percentile(f, 10), f->n);
        for (int i = 0; i < b->n_percentiles; i++)
            printf(", \"p%g_ms\": %.4f", b->percentile[i] == 10 ? 10.0 : b->percentile[i],
                   percentile(f, b->percentile[i]));
        printf(", \"cpu_percent\": %.1f", f->cpu_percent);
    }
    if (b->idle > 0)
        printf(", \"idle_percent\": %.2f", f->idle_percent);
    printf(", \"peak_rss_mb\": %.1f, \"planned_mb\": %.2f, \"weights_mb\": %.2f}\n", peak_mb(),
           (double)f->info.planned_bytes / 1048576, (double)f->info.weight_bytes / 1048576);
}

static void print_csv(bench *b, const figures *f)
{
    if (!b->began)
        puts("model,threads,streams,isa,load_ms,first_run_ms,median_ms,p10_ms,runs,peak_rss_mb");
    b->began = true;
    printf("%s,%d,%d,%s,%.3f,%.3f,%.4f,%.4f,%zu,%.1f\n", f->model, f->threads, f->streams, f->isa,
           f->load_ms + f->compile_ms, f->first_ms, percentile(f, 50), percentile(f, 10), f->n,
           peak_mb());
}

static void print_text(const bench *b, const figures *f)
{
    printf("%s: %d thread%s, %s", f->model, f->threads, f->threads == 1 ? "" : "s", f->isa);
    if (f->streams > 1)
        printf(", %d callers", f->streams);
    printf("\n    load %.1f ms + %.1f ms to compile", f->load_ms, f->compile_ms);
    if (!b->load) {
        printf(", first run %.2f ms\n    %zu runs, ms:", f->first_ms, f->n);
        for (int i = 0; i < b->n_percentiles; i++)
            printf("  p%g %.3f", b->percentile[i], percentile(f, b->percentile[i]));
        printf("   processor %.0f %%", f->cpu_percent);
    }
    if (b->idle > 0)
        printf("\n    idle: %.2f %% of a processor", f->idle_percent);
    printf("\n");
    if (b->memory)
        printf("    %zu steps, planned %.2f MB, weights %.2f MB, session %.2f MB (peak %.2f), "
               "process peak %.1f MB\n",
               f->info.n_steps, (double)f->info.planned_bytes / 1048576,
               (double)f->info.weight_bytes / 1048576, (double)f->info.memory_bytes / 1048576,
               (double)f->info.peak_bytes / 1048576, peak_mb());
}

static void print(bench *b, const figures *f)
{
    if (b->form == FORM_JSON)
        print_json(b, f);
    else if (b->form == FORM_CSV)
        print_csv(b, f);
    else
        print_text(b, f);
    fflush(stdout);
}

/* ---- one model ---- */

static int fail(const bench *b, const sdx_error *err)
{
    cli_fail(&b->c, err);
    return err->status == SDX_E_UNSUPPORTED ? EXIT_NO : EXIT_CANNOT;
}

static void measure_ops(const bench *b, caller *c)
{
    op_times times = { 0 };
    sdx_run_options o = SDX_OPTIONS_INIT(sdx_run_options);
    size_t runs = c->n < 10 ? 10 : c->n > 1000 ? 1000 : c->n;
    o.profile = add_step;
    o.profile_ctx = &times;
    for (size_t i = 0; i < runs; i++)
        sdx_session_run(c->s, (const sdx_value *const *)c->in, c->out, &o, NULL);
    print_ops(&times, b->ops, runs);
    free(times.of);
}

static int bench_session(bench *b, sdx_session *s, sdx_value *const *in, size_t n_out, figures *f)
{
    caller all[MOST_CALLERS];
    int status = EXIT_GOOD;
    memset(all, 0, sizeof all);
    for (int i = 0; i < f->streams; i++) {
        all[i] = (caller){
            .b = b, .s = s, .in = in, .n_out = n_out, .out = calloc(n_out + 1, sizeof(sdx_value *))
        };
        if (!all[i].out)
            status = EXIT_CANNOT;
    }
    double begin = now_ms();
    if (status == EXIT_GOOD && !run_once(&all[0]))
        status = fail(b, &all[0].err);
    f->first_ms = now_ms() - begin;
    if (status == EXIT_GOOD)
        warm_up(b, &all[0]);
    if (status == EXIT_GOOD && measure(b, all, f->streams, f) != SDX_OK)
        status = fail(b, &all[0].err);
    if (status == EXIT_GOOD && b->idle > 0) {
        double cpu = cpu_ms();
        sleep_ms(b->idle * 1e3);
        f->idle_percent = (cpu_ms() - cpu) / b->idle / 10;
    }
    sdx_session_about(s, &f->info);
    if (status == EXIT_GOOD) {
        print(b, f);
        if (b->ops > 0)
            measure_ops(b, &all[0]);
    }
    for (int i = 0; i < f->streams; i++) {
        drop_outputs(&all[i]);
        free(all[i].ms);
    }
    free(f->ms);
    f->ms = NULL;
    return status;
}

static int bench_threads(bench *b, const char *path, int threads, int streams)
{
    figures f = { .threads = threads, .streams = streams };
    sdx_model *m;
    sdx_session *s;
    sdx_error err;
    sdx_model_info about;
    char name[256];
    size_t n_in = 0;
    snprintf(name, sizeof name, "%s", tool_base_name(path));
    char *dot = strrchr(name, '.');
    if (dot && strcmp(dot, ".onnx") == 0)
        *dot = '\0';
    f.model = name;
    b->session.threads = threads;
    double begin = now_ms();
    if (sdx_model_open(path, NULL, &m, &err) != SDX_OK)
        return fail(b, &err);
    f.load_ms = now_ms() - begin;
    begin = now_ms();
    if (sdx_session_new(m, &b->session, &s, &err) != SDX_OK) {
        sdx_model_close(m);
        return fail(b, &err);
    }
    f.compile_ms = now_ms() - begin;
    sdx_session_about(s, &f.info);
    f.isa = f.info.isa;
    f.threads = f.info.threads;
    int status = EXIT_GOOD;
    if (b->load) {
        print(b, &f);
    } else {
        sdx_value **in = inputs_make(&b->c, m, &b->in, &n_in);
        sdx_model_about(m, &about);
        status = in ? bench_session(b, s, in, about.n_outputs, &f) : EXIT_CANNOT;
        inputs_drop(in, n_in);
    }
    sdx_session_free(s);
    sdx_model_close(m);
    return status;
}

/* ---- options ---- */

static bool list_of_ints(const char *text, int most, int *list, int *n)
{
    for (*n = 0; *n < MOST_LIST; text++) {
        char word[24];
        int64_t x;
        size_t length = strcspn(text, ",");
        snprintf(word, sizeof word, "%.*s", (int)(length < 23 ? length : 23), text);
        if (!cli_number(word, 1, most, &x))
            return false;
        list[(*n)++] = (int)x;
        text += length;
        if (!*text)
            return true;
    }
    return false;
}

static bool list_of_percentiles(const char *text, double *list, int *n)
{
    for (*n = 0; *n < MOST_LIST; text++) {
        char word[24];
        size_t length = strcspn(text, ",");
        snprintf(word, sizeof word, "%.*s", (int)(length < 23 ? length : 23), text);
        if (!cli_real(word, &list[*n]) || list[*n] < 0 || list[*n] > 100)
            return false;
        ++*n;
        text += length;
        if (!*text)
            return true;
    }
    return false;
}

static bool warm(bench *b, const char *text)
{
    char word[32];
    size_t n = strlen(text);
    if (n > 1 && n < sizeof word && text[n - 1] == 'x') {
        snprintf(word, sizeof word, "%.*s", (int)n - 1, text);
        return cli_number(word, 1, MOST_RUNS, &b->warm_runs);
    }
    return cli_real(text, &b->warm_seconds) && b->warm_seconds >= 0;
}

static bool form_of(bench *b, const char *text)
{
    static const char *const name[] = { "text", "json", "csv" };
    for (int i = 0; i < 3; i++) {
        if (strcmp(text, name[i]) == 0) {
            b->form = (form)i;
            return true;
        }
    }
    return false;
}

static bool time_option(bench *b, int o)
{
    int64_t n = 20;
    switch (o) {
    case 'T':
        return cli_real(b->c.value, &b->seconds) && b->seconds > 0;
    case 'n':
        return cli_number(b->c.value, 1, MOST_RUNS, &b->runs);
    case 'w':
        return warm(b, b->c.value);
    case OPT_RATE:
        return cli_real(b->c.value, &b->rate) && b->rate > 0;
    case OPT_IDLE:
        return cli_real(b->c.value, &b->idle) && b->idle > 0;
    case OPT_OPS:
        if (b->c.value && !cli_number(b->c.value, 1, 10000, &n))
            return false;
        b->ops = (int)n;
        return true;
    case OPT_PERCENTILES:
        return list_of_percentiles(b->c.value, b->percentile, &b->n_percentiles);
    default:
        return false;
    }
}

static bool option(bench *b, int o)
{
    int64_t n;
    char why[200];
    switch (o) {
    case 't':
        return list_of_ints(b->c.value, 4096, b->threads, &b->n_threads);
    case 's':
        return list_of_ints(b->c.value, MOST_CALLERS, b->streams, &b->n_streams);
    case OPT_ISA:
        b->session.isa = b->c.value;
        return true;
    case OPT_NO_OPTIMIZE:
        return b->session.no_optimize = true;
    case OPT_LOAD:
        return b->load = true;
    case OPT_MEMORY:
        return b->memory = true;
    case 'i':
        return inputs_add(&b->in, b->c.value);
    case 'd':
        return cli_add_dim(&b->c, &b->in.dims, b->c.value);
    case OPT_SHAPE:
        return cli_add_shape(&b->c, &b->in.dims, b->c.value);
    case OPT_SEED:
        if (!cli_number(b->c.value, 0, INT64_MAX, &n))
            return false;
        b->in.seed = (uint64_t)n;
        return true;
    case OPT_IMAGE:
        return image_parse(&b->in.image, b->c.value, why, sizeof why);
    case 'f':
        return form_of(b, b->c.value);
    case OPT_JSON:
        return form_of(b, "json");
    default:
        return time_option(b, o);
    }
}

int main(int argc, char **argv)
{
    bench b = { .seconds = 3,
                .warm_seconds = 0.2,
                .n_threads = 1,
                .n_streams = 1,
                .percentile = { 50, 90, 99 },
                .n_percentiles = 3,
                .streams = { 1 },
                .session = SDX_OPTIONS_INIT(sdx_session_options) };
    int status = EXIT_GOOD;
    inputs_default(&b.in);
    b.in.make_up = true;
    cli_start(&b.c, &tool, argc, argv);
    for (int o; (o = cli_next(&b.c)) != CLI_END;) {
        if (o == CLI_STOP)
            return b.c.status;
        if (!option(&b, o))
            return cli_usage(&b.c, "'%s' is no value for this option", b.c.value ? b.c.value : "");
    }
    if (b.c.operand == argc)
        return cli_usage(&b.c, "no model is given");
    for (int i = b.c.operand; i < argc; i++)
        for (int t = 0; t < b.n_threads; t++)
            for (int s = 0; s < b.n_streams; s++) {
                int r = bench_threads(&b, argv[i], b.threads[t], b.streams[s]);
                status = r > status ? r : status;
            }
    inputs_free(&b.in);
    return status;
}
