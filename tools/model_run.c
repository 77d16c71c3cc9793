/* tools/model_run.c - runs a model; shows, writes or compares what comes out. */
#include "check.h"
#include "cli.h"
#include "inputs.h"
#include "io/json.h"
#include "output.h"
#include "watch.h"
#include <stdlib.h>
#include <string.h>

enum {
    OPT_RANDOM = CLI_FIRST,
    OPT_SEED,
    OPT_SHAPE,
    OPT_TYPE,
    OPT_IMAGE,
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
    OPT_NO_OPTIMIZE,
    OPT_TRACE,
    MOST_FOLDERS = 64,
    MOST_OUTPUTS = 256
};

static const cli_option options[] = {
    { 0, NULL, NULL, "Inputs" },
    { 'i', "input", "SRC|NAME=SRC", "file, zeros, ones, arange, random[:LO,HI] or value:V" },
    { OPT_RANDOM, "random", NULL, "what is not given is random" },
    { OPT_SEED, "seed", "N", "of random inputs (0)" },
    { 'd', "dim", "SYM=N", "a symbolic dim of the inputs is this number (1)" },
    { OPT_SHAPE, "shape", "NAME=DIMS", "a made-up input has this shape: x=1,3,224,224" },
    { OPT_TYPE, "type", "NAME=TYPE", "... this element type" },
    { OPT_IMAGE, "image", "SPEC",
      "imagenet, or size=WxH,fit=pad,order=bgr,scale=1/255,mean=…,std=…" },
    { 0, NULL, NULL, "Outputs" },
    { 'o', "output", "FILE|NAME=FILE",
      ".npy .json .raw .pb, '-': JSON to stdout; DIR/: all of them" },
    { 'k', "top", "N", "the N largest of each row" },
    { OPT_LABELS, "labels", "FILE", "their names, one a line" },
    { OPT_PRINT, "print", "HOW", "none, shape, head (default) or full" },
    { 'f', "format", "FORM", "text or json" },
    { OPT_JSON, "json", NULL, "short for --format=json" },
    { 0, NULL, NULL, "Checks" },
    { 'c', "check", "DIR", "run test_data_set_N, or all sets in DIR, and compare; repeatable" },
    { OPT_RTOL, "rtol", "R", "|a - b| <= atol + rtol |b| (1e-3)" },
    { OPT_ATOL, "atol", "A", "... (1e-7)" },
    { OPT_BITWISE, "bitwise", NULL, "equal in every bit" },
    { OPT_DUMP, "dump", "FILE.npz|DIR", "every value inside the run" },
    { OPT_DUMP_FILTER, "dump-filter", "GLOB", "only values of these names" },
    { OPT_COMPARE, "compare", "FILE.npz", "compare values inside the run with those of a dump" },
    { 0, NULL, NULL, "How" },
    { 't', "threads", "N", "threads (all there are)" },
    { OPT_DEADLINE, "deadline", "SEC", "give up after this long" },
    { OPT_MEMORY_LIMIT, "memory-limit", "SIZE", "bytes, as in 64M, that the run may take" },
    { OPT_ISA, "isa", "LEVEL", "at most these instructions: scalar, avx2, avx512 …" },
    { OPT_NO_OPTIMIZE, "no-optimize", NULL, "run the graph as it stands in the file" },
    { OPT_TRACE, "trace", "FILE", "time of each step, for a browser's trace viewer" },
    { 0, NULL, NULL, NULL },
};

static const cli_tool tool = {
    .name = "model-run",
    .summary = "runs a model; shows, writes or compares what comes out",
    .usage = "[OPTION]... MODEL [INPUT]...",
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
    sdx_session_options session;
    sdx_run_options run;
    const char *folder[MOST_FOLDERS], *to[MOST_FOLDERS];
    size_t n_folders, n_to;
    int64_t top;
    char **label;
    size_t n_labels;
    print_how how;
    bool how_given, json;
    const char *dump, *filter, *compare, *trace;
} runner;

/* ---- options ---- */

static bool print_option(runner *r, const char *text)
{
    static const char *const name[] = { "none", "shape", "head", "full" };
    for (int i = 0; i < 4; i++) {
        if (strcmp(text, name[i]) == 0) {
            r->how = (print_how)i;
            return r->how_given = true;
        }
    }
    return false;
}

static bool add_type(runner *r, char *text)
{
    char **more = realloc(r->in.type, (r->in.n_types + 1) * sizeof *more), *eq = strchr(text, '=');
    if (!more)
        return false;
    r->in.type = more;
    more[r->in.n_types++] = text;
    return eq && sdx_dtype_find(eq + 1) != SDX_UNDEFINED;
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
        return add_type(r, value);
    case OPT_IMAGE:
        if (image_parse(&r->in.image, value, why, sizeof why))
            return true;
        cli_say(&r->c, "%s", why);
        return false;
    default:
        return false;
    }
}

static bool output_option(runner *r, int o, char *value)
{
    switch (o) {
    case 'o':
        if (r->n_to == MOST_FOLDERS)
            return false;
        r->to[r->n_to++] = value;
        return true;
    case 'k':
        return cli_number(value, 1, 100000, &r->top);
    case OPT_LABELS:
        r->label = cli_lines(&r->c, value, &r->n_labels);
        return r->label != NULL;
    case OPT_PRINT:
        return print_option(r, value);
    case OPT_JSON:
        return r->json = true;
    case 'f':
        r->json = strcmp(value, "json") == 0;
        return r->json || strcmp(value, "text") == 0;
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
        return cli_real(value, &t->rtol) && t->rtol >= 0;
    case OPT_ATOL:
        return cli_real(value, &t->atol) && t->atol >= 0;
    case OPT_BITWISE:
        t->rtol = t->atol = 0;
        return true;
    case OPT_DUMP:
        r->dump = value;
        return true;
    case OPT_DUMP_FILTER:
        r->filter = value;
        return true;
    case OPT_COMPARE:
        r->compare = value;
        return true;
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
        return cli_size(value, &r->session.memory_limit);
    case OPT_ISA:
        r->session.isa = value;
        return true;
    case OPT_NO_OPTIMIZE:
        return r->session.no_optimize = true;
    case OPT_TRACE:
        r->trace = value;
        return true;
    default:
        return check_option(r, o, value);
    }
}

/* ---- outputs ---- */

static bool is_folder_name(const char *text)
{
    size_t n = strlen(text);
    return n > 0 && text[n - 1] == '/';
}

static bool write_to(const runner *r, const char *to, const char *name, size_t i,
                     const sdx_value *v)
{
    const char *eq = strchr(to, '=');
    char path[4096];
    if (is_folder_name(to)) {
        snprintf(path, sizeof path, "%soutput_%zu.pb", to, i);
        return output_write(&r->c, path, name, v);
    }
    if (eq && (strncmp(to, name, (size_t)(eq - to)) != 0 || name[eq - to]))
        return true; /* meant for another */
    if (!eq && i > 0)
        return true; /* without a name it is the first */
    return output_write(&r->c, eq ? eq + 1 : to, name, v);
}

static void print_json(const sdx_model *m, sdx_value *const *v, size_t n)
{
    char type[600];
    printf("{\"schema\": \"sardonyx.model-run/1\", \"outputs\": [");
    for (size_t i = 0; i < n; i++) {
        sdx_value_info info;
        sdx_model_output(m, i, &info);
        output_type(v[i], type, sizeof type);
        fputs(i ? ",\n{\"name\": " : "\n{\"name\": ", stdout);
        json_print_string(stdout, info.name, strlen(info.name));
        printf(", \"type\": \"%s\", \"value\": ", type);
        json_print_value(stdout, v[i]);
        fputs("}", stdout);
    }
    fputs("\n]}\n", stdout);
}

static bool show(const runner *r, const sdx_model *m, sdx_value *const *v, size_t n)
{
    bool good = true;
    bool quietly = (r->n_to > 0 || r->top > 0 || r->compare) && !r->how_given;
    for (size_t i = 0; i < n; i++) {
        sdx_value_info info;
        sdx_model_output(m, i, &info);
        for (size_t k = 0; k < r->n_to; k++)
            good = write_to(r, r->to[k], info.name, i, v[i]) && good;
        if (r->top > 0 && !r->json)
            output_top(stdout, info.name, v[i], (int)r->top, r->label, r->n_labels);
        if (!quietly && !r->json)
            output_print(stdout, info.name, v[i], r->how);
    }
    if (r->json)
        print_json(m, v, n);
    return good;
}

/* ---- the work ---- */

static int fail(const runner *r, const sdx_error *err)
{
    cli_fail(&r->c, err);
    return err->status == SDX_E_UNSUPPORTED ? EXIT_NO : EXIT_CANNOT;
}

static int check_all(runner *r, const sdx_model *m, sdx_session *s)
{
    check_result worst = CHECK_SAME;
    r->check.run = &r->run;
    r->check.quiet = r->c.quiet;
    for (size_t i = 0; i < r->n_folders; i++) {
        check_result one = check_folder(m, s, r->folder[i], &r->check);
        worst = one > worst ? one : worst;
    }
    return worst == CHECK_SAME ? EXIT_GOOD : worst == CHECK_DIFFERS ? EXIT_NO : EXIT_CANNOT;
}

static int run_once(runner *r, const sdx_model *m, sdx_session *s)
{
    sdx_model_info about;
    sdx_error err;
    size_t n_in = 0;
    int status = EXIT_GOOD;
    sdx_model_about(m, &about);
    sdx_value **in = inputs_make(&r->c, m, &r->in, &n_in);
    sdx_value **out = calloc(about.n_outputs + 1, sizeof(sdx_value *));
    if (!in || !out)
        status = EXIT_CANNOT;
    else if (sdx_session_run(s, (const sdx_value *const *)in, out, &r->run, &err) != SDX_OK)
        status = fail(r, &err);
    else if (!show(r, m, out, about.n_outputs))
        status = EXIT_CANNOT;
    inputs_drop(in, n_in);
    inputs_drop(out, about.n_outputs);
    return status;
}

static int run_model(runner *r, const char *path)
{
    sdx_model *m = NULL;
    sdx_session *s = NULL;
    sdx_error err;
    bool differs = false;
    int status = EXIT_GOOD;
    watch *w = watch_open(&r->c, r->dump, r->filter, r->compare, r->trace, r->check.tolerance);
    if (!w)
        return EXIT_CANNOT;
    watch_attach(w, &r->run);
    if (sdx_model_open(path, NULL, &m, &err) != SDX_OK ||
        sdx_session_new(m, &r->session, &s, &err) != SDX_OK)
        status = fail(r, &err);
    else if (r->n_folders > 0)
        status = check_all(r, m, s);
    else
        status = run_once(r, m, s);
    sdx_session_free(s);
    sdx_model_close(m);
    if (!watch_close(w, &differs))
        status = EXIT_CANNOT;
    return differs && status == EXIT_GOOD ? EXIT_NO : status;
}

int main(int argc, char **argv)
{
    runner r = { .check = { .tolerance = { 1e-3, 1e-7, false } },
                 .how = PRINT_HEAD,
                 .session = SDX_OPTIONS_INIT(sdx_session_options),
                 .run = SDX_OPTIONS_INIT(sdx_run_options) };
    inputs_default(&r.in);
    cli_start(&r.c, &tool, argc, argv);
    for (int o; (o = cli_next(&r.c)) != CLI_END;) {
        if (o == CLI_STOP)
            return r.c.status;
        if (!option(&r, o, optarg))
            return cli_usage(&r.c, "'%s' is no value for this option", r.c.value ? r.c.value : "");
    }
    if (r.c.operand == argc)
        return cli_usage(&r.c, "no model is given");
    const char *model = argv[r.c.operand];
    bool good = true;
    for (int i = r.c.operand + 1; i < argc; i++)
        good = inputs_add(&r.in, argv[i]) && good;
    int status = good ? run_model(&r, model) : EXIT_CANNOT;
    for (size_t i = 0; i < r.n_labels; i++)
        free(r.label[i]);
    free(r.label);
    inputs_free(&r.in);
    return status;
}
