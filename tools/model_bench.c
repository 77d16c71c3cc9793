/* tools/model_bench.c - measures how long a model takes to load and to run, and what memory it
 * holds. */
#include "bench/bench.h"

#include "io/file.h"
#include "open.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    OPT_SHAPE = CLI_FIRST,
    OPT_TYPE,
    OPT_RANDOM,
    OPT_SEED,
    OPT_IMAGE,
    OPT_AUDIO,
    OPT_PERCENTILES,
    OPT_LOAD,
    OPT_MEMORY,
    OPT_OPS,
    OPT_IDLE,
    OPT_RATE,
    OPT_COMPARE,
    OPT_MAX_REGRESS,
    OPT_TRACE,
    OPT_JSON,
    OPT_ISA,
    OPT_PRECISION,
    OPT_PACKING,
    OPT_NO_OPTIMIZE
};

static const cli_option options[] = {
    { 0, NULL, NULL, "How long" },
    { 'T', "time", "SEC", "measure for this many seconds (3)" },
    { 'n', "count", "RUNS", "measure this many runs instead, or loads with --load" },
    { 'w', "warm-up", "SEC|Nx", "first run this long, or N times (0.2)" },
    { OPT_RATE, "rate", "HZ",
      "start a run this often, and tell what the processor does\n"
      "beyond the same runs one after the other" },
    { 0, NULL, NULL, "What" },
    { 't', "threads", "LIST", "threads of a session, each in turn: 1,2,4 (all there are)" },
    { 's', "streams", "LIST", "callers of one session at the same time: 1,2 (1)" },
    { OPT_ISA, "isa", "LEVEL", "at most these instructions: scalar, avx2, avx512 …" },
    { OPT_PRECISION, "precision", "HOW",
      "of products with weights: f32, bf16 (both rounded to 8 bits,\n"
      "f32 sums; less exact), int8-weights (matrices of few rows)" },
    { OPT_PACKING, "packing", "HOW", "memory or speed of packed weights: small, default, fast" },
    { OPT_NO_OPTIMIZE, "no-optimize", NULL, "run the graph as it stands in the file" },
    { OPT_LOAD, "load", NULL, "load only: no run" },
    { OPT_MEMORY, "memory", NULL, "also what session and process hold" },
    { OPT_OPS, "ops", "[N]", "the N operators that take longest (20): time, GFLOP/s, bytes" },
    { OPT_IDLE, "idle", "SEC", "also the processor's share while nothing runs" },
    { OPT_COMPARE, "compare", "OLD.json", "how times differ from those of an older --json" },
    { OPT_MAX_REGRESS, "max-regress", "PCT", "exit 1 if a time is this much above the older one" },
    { 0, NULL, NULL, "Inputs" },
    { 'i', "input", "SRC|NAME=SRC", "a file, zeros, ones, arange, random[:LO,HI], value:V" },
    { OPT_RANDOM, "random", NULL, "what is not given is random: always so" },
    { OPT_SEED, "seed", "N", "of random inputs (0)" },
    { 'd', "dim", "SYM=N", "a symbolic dim of the inputs is this number (1)" },
    { OPT_SHAPE, "shape", "NAME=DIMS", "an input has this shape: x=1,3,224,224" },
    { OPT_TYPE, "type", "NAME=TYPE", "... this element type" },
    { OPT_IMAGE, "image", "SPEC", "how pictures become inputs, as in model-run" },
    { OPT_AUDIO, "audio", "SPEC", "how sounds do" },
    { 0, NULL, NULL, "Output" },
    { OPT_PERCENTILES, "percentiles", "LIST", "of the times (50,90,99)" },
    { 'f', "format", "FORM", "text, json or csv" },
    { OPT_JSON, "json", NULL, "short for --format=json: a line a model and thread count" },
    { 'o', "output", "FILE", "write there ('-': stdout)" },
    { OPT_TRACE, "trace", "FILE", "time of each step of one run, for a browser's trace viewer" },
    { 0, NULL, NULL, NULL },
};

static const cli_tool tool = {
    .name = "model-bench",
    .summary = "measures how long a model takes to load and to run",
    .usage = "[OPTION]... MODEL|-...",
    .options = options,
    .examples = { "model-bench -t 1,2 --ops resnet50.onnx",
                  "model-bench --json --compare=old.json --max-regress=5 net.onnx",
                  "model-bench -t 2 --rate=20 -T 10 --idle=2 net.onnx", NULL },
    .exit = { "measured", "slower than --max-regress allows, or an operator is not implemented",
              "a model could not be run" },
};

/* ---- one model with one number of threads and callers ---- */

static int complain(bench *b, const figures *f, const sdx_error *err)
{
    char why[1600];
    sdx_error_text(err, why, sizeof why);
    bench_print_error(b, f, why);
    cli_fail(&b->c, err);
    return err->status == SDX_E_UNSUPPORTED ? EXIT_NO : EXIT_CANNOT;
}

static void describe(figures *f, const char *path)
{
    struct stat info;
    snprintf(f->model, sizeof f->model, "%s",
             strcmp(path, "-") == 0 ? "stdin" : tool_base_name(path));
    char *dot = strrchr(f->model, '.');
    if (dot && strcmp(dot, ".onnx") == 0)
        *dot = '\0';
    f->file_bytes = stat(path, &info) == 0 ? (uint64_t)info.st_size : 0;
}

static bool load(bench *b, model_source *from, figures *f, sdx_model **m, sdx_session **s,
                 sdx_error *err)
{
    double begin = clock_ms();
    *s = NULL;
    if (model_source_open(from, NULL, m, err) != SDX_OK) {
        *m = NULL;
        return false;
    }
    f->open_ms = clock_ms() - begin;
    begin = clock_ms();
    if (sdx_session_new(*m, &b->session, s, err) != SDX_OK) {
        sdx_model_close(*m);
        *m = NULL;
        *s = NULL;
        return false;
    }
    f->compile_ms = clock_ms() - begin;
    return true;
}

static int by_sum(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (x[0] + x[1] > y[0] + y[1]) - (x[0] + x[1] < y[0] + y[1]);
}

/* More loads after the first: the one in the middle counts. */
static bool load_again(bench *b, model_source *from, figures *f, sdx_error *err)
{
    size_t n = b->runs > 0 ? (size_t)b->runs : 1;
    double(*ms)[2] = calloc(n, sizeof *ms);
    bool good = ms != NULL;
    if (!good)
        *err = (sdx_error){ .status = SDX_E_MEMORY, .fact = "no memory" };
    progress_begin(b->progress, f->model, "loads", (double)n);
    for (size_t i = 0; good && i < n; i++) {
        sdx_model *m;
        sdx_session *s;
        if (i > 0) {
            good = load(b, from, f, &m, &s, err);
            sdx_session_free(s);
            sdx_model_close(m);
        }
        ms[i][0] = f->open_ms;
        ms[i][1] = f->compile_ms;
        progress_at(b->progress, (double)i + 1, NULL);
    }
    progress_end(b->progress);
    if (good) {
        qsort(ms, n, sizeof *ms, by_sum);
        f->open_ms = ms[n / 2][0];
        f->compile_ms = ms[n / 2][1];
        f->n = 0;
    }
    free(ms);
    return good;
}

/* The model once more, with the dims of these inputs: multiply-adds and sizes become numbers. */
static sdx_model *bind(const bench *b, const sdx_model *m, model_source *from, sdx_value *const *in)
{
    sdx_model_options o = SDX_OPTIONS_INIT(sdx_model_options);
    sdx_model *bound = NULL;
    cli_dims dims = { .n = 0 };
    sdx_error err;
    if (inputs_symbols(m, in, &dims) && dims.n > 0) {
        o.dims = dims.dim;
        o.n_dims = dims.n;
        if (model_source_open(from, &o, &bound, &err) != SDX_OK)
            bound = NULL;
        if (!bound && b->c.verbose > 0)
            cli_say(&b->c, "%s: sizes stay unknown: %s", from->path, err.fact);
    }
    cli_free_dims(&dims);
    return bound;
}

static bool trace_one(bench *b, sdx_session *s, sdx_value *const *in, size_t n_out,
                      const figures *f, sdx_error *err)
{
    sdx_run_options o = SDX_OPTIONS_INIT(sdx_run_options);
    sdx_value **out = calloc(n_out + 1, sizeof *out);
    char name[320];
    snprintf(name, sizeof name, "%s, %d threads", f->model, f->threads);
    trace_attach(b->trace, &o, name);
    bool good = out && sdx_session_run(s, (const sdx_value *const *)in, out, &o, err) == SDX_OK;
    for (size_t i = 0; out && i < n_out; i++)
        sdx_value_free(out[i]);
    free(out);
    return good;
}

static int run(bench *b, model_source *from, sdx_model *m, sdx_session *s, figures *f)
{
    sdx_model_info about;
    sdx_error err = { .status = SDX_E_MEMORY, .fact = "no memory" };
    size_t n_in = 0;
    sdx_value **in = inputs_make(&b->c, m, &b->in, &n_in);
    if (!in) {
        bench_print_error(b, f, "an input could not be made");
        return EXIT_CANNOT;
    }
    sdx_model_about(m, &about);
    bool good = bench_runs(b, s, in, about.n_outputs, f, &err);
    f->peak_rss_mb = memory_peak_mb();
    sdx_session_about(s, &f->info);
    sdx_session_memory(s, &f->parts);
    if (b->memory)
        memory_mapped_mb(from->path, &f->file_rss_mb, &f->code_rss_mb);
    if (good && b->trace)
        good = trace_one(b, s, in, about.n_outputs, f, &err);
    if (good) {
        sdx_model *bound = bind(b, m, from, in);
        const sdx_model *known = bound ? bound : m;
        f->flops = bench_flops(known);
        good = b->ops == 0 || bench_ops(b, known, s, in, about.n_outputs, f, &err);
        sdx_model_close(bound);
    }
    inputs_drop(in, n_in);
    return good ? EXIT_GOOD : complain(b, f, &err);
}

static int judge(const bench *b, const figures *f)
{
    double old_ms = b->old ? against_ms(b->old, f) : -1;
    double ms = f->ran ? bench_percentile(f, 50) : f->open_ms + f->compile_ms;
    if (!b->old)
        return EXIT_GOOD;
    if (old_ms <= 0) {
        cli_say(&b->c, "%s with %d threads and %d callers is not in the older run", f->model,
                f->threads, f->streams);
        return EXIT_GOOD;
    }
    if (b->regress < 0 || ms <= old_ms * (1 + b->regress / 100))
        return EXIT_GOOD;
    cli_say(&b->c, "%s: %.3f ms, %.1f %% above %.3f ms: more than %.3g %%", f->model, ms,
            100 * (ms / old_ms - 1), old_ms, b->regress);
    return EXIT_NO;
}

static int measure(bench *b, model_source *from, int threads, int streams)
{
    figures f = { .threads = threads,
                  .streams = streams,
                  .flops = -1,
                  .isa = "",
                  .precision = "",
                  .packing = "" };
    sdx_model *m;
    sdx_session *s;
    sdx_error err;
    char name[160];
    int status = EXIT_GOOD;
    describe(&f, from->path);
    b->session.threads = threads;
    memory_forget_peak();
    f.base_rss_mb = memory_now_mb();
    progress_name(name, sizeof name, from->path);
    progress_begin(b->progress, name, "", 0);
    bool loaded = load(b, from, &f, &m, &s, &err);
    progress_end(b->progress);
    if (!loaded)
        return complain(b, &f, &err);
    f.load_rss_mb = memory_now_mb();
    f.peak_rss_mb = memory_peak_mb();
    sdx_session_about(s, &f.info);
    f.isa = f.info.isa;
    f.precision = sdx_session_precision(s);
    f.packing = sdx_session_packing(s);
    f.threads = f.info.threads;
    if (!inputs_settle(&b->c, m, &b->in))
        status = EXIT_CANNOT;
    else if (!b->load)
        status = run(b, from, m, s, &f);
    else if (!load_again(b, from, &f, &err))
        status = complain(b, &f, &err);
    if (status == EXIT_GOOD) {
        bench_print(b, &f);
        status = judge(b, &f);
    }
    free(f.ms);
    free(f.ops.row);
    sdx_session_free(s);
    sdx_model_close(m);
    return status;
}

/* ---- options ---- */

/* "1,2,4"; false: a number is none, or there are too many. */
static bool list_of_reals(const char *text, double least, double most, double *list, int *n)
{
    for (*n = 0; *n < MOST_LIST; text++) {
        char word[24];
        size_t length = strcspn(text, ",");
        snprintf(word, sizeof word, "%.*s", (int)(length < 23 ? length : 23), text);
        if (!cli_real(word, &list[*n]) || list[*n] < least || list[*n] > most)
            return false;
        ++*n;
        text += length;
        if (!*text)
            return true;
    }
    return false;
}

static bool list_of_ints(const char *text, int most, int *list, int *n)
{
    double real[MOST_LIST];
    bool good = list_of_reals(text, 1, most, real, n);
    for (int i = 0; good && i < *n; i++) {
        list[i] = (int)real[i];
        good = !(real[i] > list[i]);
    }
    return good;
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
            b->form = (bench_form)i;
            return true;
        }
    }
    return false;
}

static bool output_option(bench *b, int o)
{
    switch (o) {
    case 'f':
        return form_of(b, b->c.value);
    case OPT_JSON:
        return form_of(b, "json");
    case OPT_PERCENTILES:
        return list_of_reals(b->c.value, 0, 100, b->percentile, &b->n_percentiles);
    case 'o':
        if (b->to != stdout)
            return false;
        if (strcmp(b->c.value, "-") != 0)
            b->to = fopen(b->c.value, "w");
        if (!b->to)
            cli_say(&b->c, "%s: %s", b->c.value, strerror(errno));
        return b->to != NULL;
    case OPT_TRACE:
        b->trace = b->trace ? NULL : trace_open(&b->c, b->c.value);
        return b->trace != NULL;
    case OPT_COMPARE:
        b->old = b->old ? NULL : against_open(&b->c, b->c.value);
        return b->old != NULL;
    case OPT_MAX_REGRESS:
        return cli_real(b->c.value, &b->regress) && b->regress >= 0;
    default:
        return false;
    }
}

static bool input_option(bench *b, int o)
{
    int64_t n;
    char why[200] = "";
    switch (o) {
    case 'i':
        return inputs_add(&b->in, b->c.value);
    case OPT_RANDOM:
        return true;
    case OPT_SEED:
        if (!cli_number(b->c.value, 0, INT64_MAX, &n))
            return false;
        b->in.seed = (uint64_t)n;
        return true;
    case 'd':
        return cli_add_dim(&b->c, &b->in.dims, b->c.value);
    case OPT_SHAPE:
        return cli_add_shape(&b->c, &b->in.dims, b->c.value);
    case OPT_TYPE:
        return inputs_add_type(&b->in, b->c.value);
    case OPT_IMAGE:
    case OPT_AUDIO:
        if (o == OPT_IMAGE ? image_parse(&b->in.image, b->c.value, why, sizeof why)
                           : audio_parse(&b->in.audio, b->c.value, why, sizeof why))
            return true;
        cli_say(&b->c, "%s", why);
        return false;
    default:
        return output_option(b, o);
    }
}

static bool option(bench *b, int o)
{
    int64_t n = 20;
    switch (o) {
    case 'T':
        return cli_real(b->c.value, &b->seconds) && b->seconds > 0 && b->seconds < 1e6;
    case 'n':
        return cli_number(b->c.value, 1, MOST_RUNS, &b->runs);
    case 'w':
        return warm(b, b->c.value);
    case OPT_RATE:
        return cli_real(b->c.value, &b->rate) && b->rate > 0;
    case OPT_IDLE:
        return cli_real(b->c.value, &b->idle) && b->idle > 0 && b->idle < 1e6;
    case OPT_OPS:
        if (b->c.value && !cli_number(b->c.value, 1, 10000, &n))
            return false;
        b->ops = (int)n;
        return true;
    case 't':
        return list_of_ints(b->c.value, 4096, b->threads, &b->n_threads);
    case 's':
        return list_of_ints(b->c.value, MOST_CALLERS, b->streams, &b->n_streams);
    case OPT_ISA:
        b->session.isa = b->c.value;
        return true;
    case OPT_PRECISION:
        b->session.precision = b->c.value;
        return true;
    case OPT_PACKING:
        b->session.packing = b->c.value;
        return true;
    case OPT_NO_OPTIMIZE:
        return b->session.no_optimize = true;
    case OPT_LOAD:
        return b->load = true;
    case OPT_MEMORY:
        return b->memory = true;
    default:
        return input_option(b, o);
    }
}

static int read_options(bench *b, int argc, char **argv)
{
    cli_start(&b->c, &tool, argc, argv);
    for (int o; (o = cli_next(&b->c)) != CLI_END;) {
        if (o == CLI_STOP)
            return b->c.status;
        if (!option(b, o))
            return cli_usage(&b->c, "'%s' is no value for this option",
                             b->c.value ? b->c.value : "");
    }
    if (b->c.operand == argc)
        return cli_usage(&b->c, "no model is given");
    if (b->load && (b->rate > 0 || b->idle > 0 || b->ops > 0 || b->trace))
        return cli_usage(&b->c, "--load runs nothing: no --rate, --idle, --ops or --trace");
    if (b->regress >= 0 && !b->old)
        return cli_usage(&b->c, "--max-regress needs --compare");
    return -1;
}

static int measure_all(bench *b, int argc, char **argv)
{
    int status = EXIT_GOOD;
    for (int i = b->c.operand; i < argc; i++) {
        model_source from = { .path = argv[i] };
        for (int t = 0; t < b->n_threads; t++)
            for (int s = 0; s < b->n_streams; s++) {
                int r = measure(b, &from, b->threads[t], b->streams[s]);
                status = r > status ? r : status;
            }
        model_source_free(&from);
    }
    return status;
}

static bool close_output(const bench *b)
{
    if (!b->to)
        return false; /* it was said when it could not be opened */
    bool good = !ferror(b->to);
    good = (b->to == stdout ? fflush(stdout) : fclose(b->to)) == 0 && good;
    if (!good)
        cli_say(&b->c, "the output is not whole: %s", strerror(errno));
    return good;
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
                .to = stdout,
                .regress = -1,
                .session = SDX_OPTIONS_INIT(sdx_session_options) };
    inputs_default(&b.in);
    b.in.make_up = true;
    int status = read_options(&b, argc, argv);
    if (status < 0) {
        b.in.other_dims = b.c.operand + 1 < argc;
        b.progress = progress_new(&b.c);
        status = measure_all(&b, argc, argv);
        progress_free(b.progress);
    }
    bool whole = trace_close(b.trace);
    if (!close_output(&b) || !whole)
        status = EXIT_CANNOT;
    against_free(b.old);
    inputs_free(&b.in);
    return status;
}
