/* tools/model_run.c - runs a model; shows, writes or compares what comes out. */
#include "check.h"
#include "cli.h"
#include "inputs.h"
#include "open.h"
#include "progress.h"
#include "results.h"
#include "trace.h"
#include "watch.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    OPT_RANDOM = CLI_FIRST,
    OPT_SEED,
    OPT_SHAPE,
    OPT_TYPE,
    OPT_IMAGE,
    OPT_AUDIO,
    OPT_FILES_FROM,
    OPT_LABELS,
    OPT_JSON,
    OPT_PRINT,
    OPT_RTOL,
    OPT_ATOL,
    OPT_BITWISE,
    OPT_DUMP,
    OPT_DUMP_FILTER,
    OPT_COMPARE,
    OPT_DEADLINE,
    OPT_MEMORY_LIMIT,
    OPT_ISA,
    OPT_PRECISION,
    OPT_PACKING,
    OPT_NO_OPTIMIZE,
    OPT_TRACE,
    MOST_FOLDERS = 64
};

static const cli_option options[] = {
    { 0, NULL, NULL, "Inputs" },
    { 'i', "input", "SRC|NAME=SRC",
      ".npy .npz .pb .json .txt .raw .png .jpg .bmp .ppm .wav, '-',\n"
      "zeros, ones, arange, random[:LO,HI] or value:V" },
    { OPT_RANDOM, "random", NULL, "what is not given is random" },
    { OPT_SEED, "seed", "N", "of random inputs (0)" },
    { 'd', "dim", "SYM=N", "a symbolic dim of the inputs is this number (1)" },
    { OPT_SHAPE, "shape", "NAME=DIMS", "a made-up input has this shape: x=1,3,224,224" },
    { OPT_TYPE, "type", "NAME=TYPE", "... this element type" },
    { OPT_IMAGE, "image", "SPEC",
      "size=WxH,fit=crop|pad|stretch,order=rgb|bgr|gray,scale=1/255,\n"
      "mean=a:b:c,std=a:b:c, or imagenet" },
    { OPT_AUDIO, "audio", "SPEC", "rate=16000,mono,frame=512,hop=160" },
    { OPT_FILES_FROM, "files-from", "FILE", "a run for each line of FILE ('-': stdin), an input" },
    { 0, NULL, NULL, "Outputs" },
    { 'o', "output", "FILE|NAME=FILE",
      ".npy .json .raw .pb, '-': JSON to stdout; DIR/: all of them" },
    { 'k', "top", "N", "the N largest of each row" },
    { OPT_LABELS, "labels", "FILE", "their names, one a line" },
    { OPT_PRINT, "print", "HOW", "none, shape, head (default) or full" },
    { 'f', "format", "FORM", "text, json or jsonl: a line a run" },
    { OPT_JSON, "json", NULL, "short for --format=json" },
    { 0, NULL, NULL, "Checks" },
    { 'c', "check", "DIR", "run test_data_set_N, or all sets in DIR, and compare; repeatable" },
    { OPT_RTOL, "rtol", "R", "|a - b| <= atol + rtol |b| (of case.json beside the set, or 1e-3)" },
    { OPT_ATOL, "atol", "A", "... (of case.json, or 1e-7)" },
    { OPT_BITWISE, "bitwise", NULL, "equal in every bit" },
    { OPT_DUMP, "dump", "FILE.npz|DIR", "every value inside the run" },
    { OPT_DUMP_FILTER, "dump-filter", "GLOB", "only values of these names" },
    { OPT_COMPARE, "compare", "FILE.npz", "compare values inside the run with those of a dump" },
    { 0, NULL, NULL, "How" },
    { 't', "threads", "N", "threads (all there are)" },
    { OPT_DEADLINE, "deadline", "SEC", "give up a run after this long" },
    { OPT_MEMORY_LIMIT, "memory-limit", "SIZE",
      "bytes, as in 64M, that loading and running may take" },
    { OPT_ISA, "isa", "LEVEL", "at most these instructions: scalar, avx2, avx512 …" },
    { OPT_PRECISION, "precision", "HOW",
      "of products with weights: f32, bf16 (both rounded to 8 bits,\n"
      "f32 sums; less exact), int8-weights (matrices of few rows)" },
    { OPT_PACKING, "packing", "HOW", "memory or speed of packed weights: small, default, fast" },
    { OPT_NO_OPTIMIZE, "no-optimize", NULL, "run the graph as it stands in the file" },
    { OPT_TRACE, "trace", "FILE", "time of each step, for a browser's trace viewer" },
    { 0, NULL, NULL, NULL },
};

static const cli_tool tool = {
    .name = "model-run",
    .summary = "runs a model; shows, writes or compares what comes out",
    .usage = "[OPTION]... MODEL|- [INPUT]...",
    .options = options,
    .examples = { "model-run --image=imagenet --top=5 --labels=names.txt resnet50.onnx cat.jpg",
                  "model-run --check=test_data_set_0 net.onnx", NULL },
    .exit = { "it ran, and outputs are as expected",
              "a mismatch, or an operator is not implemented", "it could not be run" },
};

typedef struct runner {
    cli c;
    input_options in;
    check_options check;
    result_options result;
    sdx_model_options model;
    sdx_session_options session;
    sdx_run_options run;
    const char *folder[MOST_FOLDERS];
    size_t n_folders;
    const char *dump, *filter, *compare, *trace_path, *list;
    trace *trace;
    progress *progress;
} runner;

/* ---- options ---- */

static bool print_option(runner *r, const char *text)
{
    static const char *const name[] = { "none", "shape", "head", "full" };
    for (int i = 0; i < 4; i++) {
        if (strcmp(text, name[i]) == 0) {
            r->result.how = (print_how)i;
            return r->result.how_given = true;
        }
    }
    return false;
}

static bool input_option(runner *r, int o, char *value)
{
    int64_t n;
    char why[200] = "";
    switch (o) {
    case 'i':
        return inputs_add(&r->in, value);
    case OPT_RANDOM:
        return r->in.make_up = true;
    case OPT_SEED:
        if (!cli_number(value, 0, INT64_MAX, &n))
            return false;
        r->in.seed = (uint64_t)n;
        return true;
    case 'd':
        return cli_add_dim(&r->c, &r->in.dims, value);
    case OPT_SHAPE:
        return cli_add_shape(&r->c, &r->in.dims, value);
    case OPT_TYPE:
        return inputs_add_type(&r->in, value);
    case OPT_IMAGE:
        if (image_parse(&r->in.image, value, why, sizeof why))
            return true;
        cli_say(&r->c, "%s", why);
        return false;
    case OPT_AUDIO:
        if (audio_parse(&r->in.audio, value, why, sizeof why))
            return true;
        cli_say(&r->c, "%s", why);
        return false;
    case OPT_FILES_FROM:
        r->list = value;
        return r->result.several = true;
    default:
        return false;
    }
}

static bool form_option(runner *r, const char *text)
{
    static const char *const name[] = { "text", "json", "jsonl" };
    for (int i = 0; i < 3; i++) {
        if (strcmp(text, name[i]) == 0) {
            r->result.form = (result_form)i;
            r->check.form = (check_form)i;
            return true;
        }
    }
    return false;
}

static bool output_option(runner *r, int o, char *value)
{
    switch (o) {
    case 'o':
        if (r->result.n_to == MOST_FILES || !*value)
            return false;
        r->result.to[r->result.n_to++] = value;
        return true;
    case 'k':
        return cli_number(value, 1, 100000, &r->result.top);
    case OPT_LABELS:
        r->result.label = cli_lines(&r->c, value, &r->result.n_labels);
        return r->result.label != NULL;
    case OPT_PRINT:
        return print_option(r, value);
    case OPT_JSON:
        return form_option(r, "json");
    case 'f':
        return form_option(r, value);
    default:
        return input_option(r, o, value);
    }
}

static bool check_option(runner *r, int o, char *value)
{
    tolerance *t = &r->check.tolerance;
    switch (o) {
    case 'c':
        if (r->n_folders == MOST_FOLDERS)
            return false;
        r->folder[r->n_folders++] = value;
        return true;
    case OPT_RTOL:
        r->check.rtol_given = true;
        return cli_real(value, &t->rtol) && t->rtol >= 0;
    case OPT_ATOL:
        r->check.atol_given = true;
        return cli_real(value, &t->atol) && t->atol >= 0;
    case OPT_BITWISE:
        return t->bitwise = true;
    case OPT_DUMP:
        r->dump = value;
        return true;
    case OPT_DUMP_FILTER:
        r->filter = value;
        return true;
    case OPT_COMPARE:
        r->compare = value;
        return r->result.quietly = true;
    default:
        return output_option(r, o, value);
    }
}

static bool option(runner *r, int o, char *value)
{
    int64_t n;
    double seconds;
    switch (o) {
    case 't':
        if (!cli_number(value, 1, 4096, &n))
            return false;
        r->session.threads = (int)n;
        return true;
    case OPT_DEADLINE:
        if (!cli_real(value, &seconds) || !(seconds > 0) || seconds > 1e9)
            return false;
        r->run.deadline_ns = (uint64_t)(seconds * 1e9);
        return true;
    case OPT_MEMORY_LIMIT:
        if (!cli_size(value, &r->session.memory_limit) || !r->session.memory_limit)
            return false;
        r->model.memory_limit = r->session.memory_limit;
        return true;
    case OPT_ISA:
        r->session.isa = value;
        return true;
    case OPT_PRECISION:
        r->session.precision = value;
        return true;
    case OPT_PACKING:
        r->session.packing = value;
        return true;
    case OPT_NO_OPTIMIZE:
        return r->session.no_optimize = true;
    case OPT_TRACE:
        r->trace_path = value;
        return true;
    default:
        return check_option(r, o, value);
    }
}

/* ---- the work ---- */

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

static int status_of(const sdx_error *err)
{
    return err->status == SDX_E_UNSUPPORTED ? EXIT_NO : EXIT_CANNOT;
}

static int fail(const runner *r, const sdx_error *err)
{
    cli_fail(&r->c, err);
    return status_of(err);
}

static int check_all(runner *r, const sdx_model *m, sdx_session *s)
{
    r->check.run = &r->run;
    r->check.progress = r->progress;
    trace_attach(r->trace, &r->run, "checks");
    check_result worst = check_folders(&r->c, m, s, r->folder, r->n_folders, &r->check);
    return worst == CHECK_SAME ? EXIT_GOOD : worst == CHECK_DIFFERS ? EXIT_NO : EXIT_CANNOT;
}

/* source: the line of the list that this run is for, or NULL. */
static int run_once(runner *r, const sdx_model *m, sdx_session *s, const char *source, bool first)
{
    sdx_model_info about;
    sdx_error err = { .status = SDX_OK };
    char why[1600] = "";
    size_t n_in = 0;
    int status = EXIT_CANNOT;
    sdx_model_about(m, &about);
    progress_hide(r->progress);
    sdx_value **in = inputs_make(&r->c, m, &r->in, &n_in);
    sdx_value **out = in ? calloc(about.n_outputs + 1, sizeof(sdx_value *)) : NULL;
    trace_attach(r->trace, &r->run, source ? source : about.name);
    double begin = now_ms();
    sdx_status st = out ? sdx_session_run(s, (const sdx_value *const *)in, out, &r->run, &err)
                        : SDX_E_MEMORY;
    if (r->c.verbose > 0 && out && st == SDX_OK)
        cli_say(&r->c, "%s: ran in %.3f ms", source ? source : about.name, now_ms() - begin);
    if (out && st == SDX_OK)
        status = results_show(&r->c, &r->result, m, source, first, out, about.n_outputs)
                     ? EXIT_GOOD
                     : EXIT_CANNOT;
    else if (out)
        status = fail(r, &err);
    if (st != SDX_OK) {
        sdx_error_text(&err, why, sizeof why);
        results_fail(&r->result, source, out ? why : "an input could not be read", first);
    }
    inputs_drop(in, n_in);
    inputs_drop(out, about.n_outputs);
    return status;
}

/* A run for each line; the other inputs are the same for all. */
static int run_list(runner *r, const sdx_model *m, sdx_session *s)
{
    size_t n = 0, given = r->in.n;
    int status = EXIT_GOOD;
    char **line = cli_lines(&r->c, r->list, &n);
    if (!line)
        return EXIT_CANNOT;
    progress_begin(r->progress, "running", "inputs", (double)n);
    for (size_t i = 0; i < n; i++) {
        progress_at(r->progress, (double)i, line[i]);
        int one = inputs_add(&r->in, line[i]) && (i > 0 || inputs_settle(&r->c, m, &r->in))
                      ? run_once(r, m, s, line[i], i == 0)
                      : EXIT_CANNOT;
        inputs_keep(&r->in, given);
        status = one > status ? one : status;
        free(line[i]);
    }
    progress_end(r->progress);
    free(line);
    return status;
}

static int run_session(runner *r, const sdx_model *m, sdx_session *s)
{
    if (r->n_folders > 0)
        return check_all(r, m, s);
    if (!results_settle(&r->c, m, &r->result) || (!r->list && !inputs_settle(&r->c, m, &r->in)))
        return EXIT_CANNOT;
    results_begin(&r->result);
    int status = r->list ? run_list(r, m, s) : run_once(r, m, s, NULL, true);
    results_end(&r->result);
    return status;
}

static void tell_session(const runner *r, const char *path, const sdx_session *s, double open_ms,
                         double compile_ms)
{
    sdx_session_info about;
    if (sdx_session_about(s, &about) == SDX_OK)
        cli_say(&r->c,
                "%s: opened in %.1f ms, compiled in %.1f ms; %d thread%s, %s, %s, packing %s", path,
                open_ms, compile_ms, about.threads, about.threads == 1 ? "" : "s", about.isa,
                sdx_session_precision(s), sdx_session_packing(s));
}

static int run_model(runner *r, const char *path)
{
    sdx_model *m = NULL;
    sdx_session *s = NULL;
    sdx_error err;
    char name[160];
    double begin = now_ms(), opened;
    progress_name(name, sizeof name, path);
    progress_begin(r->progress, name, "", 0);
    model_source from = { .path = path };
    sdx_status st = model_source_open(&from, &r->model, &m, &err);
    opened = now_ms();
    if (st == SDX_OK)
        st = sdx_session_new(m, &r->session, &s, &err);
    progress_end(r->progress);
    if (st == SDX_OK && r->c.verbose > 0)
        tell_session(r, path, s, opened - begin, now_ms() - opened);
    int status = st == SDX_OK ? run_session(r, m, s) : fail(r, &err);
    sdx_session_free(s);
    sdx_model_close(m);
    model_source_free(&from);
    return status;
}

static int run_watched(runner *r, const char *path)
{
    bool differs = false;
    int status = EXIT_CANNOT;
    watch *w = watch_open(&r->c, r->dump, r->filter, r->compare, r->check.tolerance);
    if (!w)
        return EXIT_CANNOT;
    watch_attach(w, &r->run);
    r->trace = r->trace_path ? trace_open(&r->c, r->trace_path) : NULL;
    if (r->trace || !r->trace_path)
        status = run_model(r, path);
    bool whole = trace_close(r->trace);
    whole = watch_close(w, &differs) && whole;
    if (!whole)
        status = EXIT_CANNOT;
    return differs && status == EXIT_GOOD ? EXIT_NO : status;
}

/* Options that make no sense together.  NULL: all is well. */
static const char *contradiction(const runner *r, const char *model)
{
    bool taken = strcmp(model, "-") == 0;
    for (size_t i = 0; i < r->in.n; i++) {
        if (taken && strcmp(r->in.spec[i].source, "-") == 0)
            return "stdin serves one model or one input";
        taken = taken || strcmp(r->in.spec[i].source, "-") == 0;
    }
    if (taken && r->list && strcmp(r->list, "-") == 0)
        return "stdin serves one input or one list of them";
    if (r->filter && !r->dump && !r->compare)
        return "--dump-filter needs --dump or --compare";
    if (r->list && r->n_folders > 0)
        return "--files-from and --check are two ways to name inputs";
    if (r->list && (r->dump || r->compare))
        return "--dump and --compare look into one run, --files-from asks for several";
    if (r->n_folders > 0 && (r->in.n > 0 || r->result.n_to > 0 || r->result.top > 0))
        return "--check has inputs and outputs of its own";
    if (r->result.n_labels > 0 && r->result.top == 0)
        return "--labels needs --top";
    return NULL;
}

static int run_operands(runner *r, int argc, char **argv)
{
    const char *model = argv[r->c.operand];
    for (int i = r->c.operand + 1; i < argc; i++)
        if (!inputs_add(&r->in, argv[i]))
            return EXIT_CANNOT;
    const char *wrong = contradiction(r, model);
    if (wrong)
        return cli_usage(&r->c, "%s", wrong);
    r->progress = progress_new(&r->c);
    int status = run_watched(r, model);
    progress_free(r->progress);
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    cli_say(&r->c, "the output could not be written: %s", strerror(errno));
    return EXIT_CANNOT;
}

int main(int argc, char **argv)
{
    runner r = { .check = { .tolerance = { .rtol = 1e-3, .atol = 1e-7 } },
                 .result = { .how = PRINT_HEAD },
                 .model = SDX_OPTIONS_INIT(sdx_model_options),
                 .session = SDX_OPTIONS_INIT(sdx_session_options),
                 .run = SDX_OPTIONS_INIT(sdx_run_options) };
    int status = EXIT_CANNOT;
    inputs_default(&r.in);
    cli_start(&r.c, &tool, argc, argv);
    int o;
    while ((o = cli_next(&r.c)) != CLI_END && o != CLI_STOP && option(&r, o, optarg))
        ;
    if (o == CLI_STOP)
        status = r.c.status;
    else if (o != CLI_END)
        cli_usage(&r.c, "'%s' is no value for this option", r.c.value ? r.c.value : "");
    else if (r.c.operand == argc)
        cli_usage(&r.c, "no model is given");
    else
        status = run_operands(&r, argc, argv);
    for (size_t i = 0; i < r.result.n_labels; i++)
        free(r.result.label[i]);
    free(r.result.label);
    inputs_free(&r.in);
    return status;
}
