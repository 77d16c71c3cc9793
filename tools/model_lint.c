/* tools/model_lint.c - says what is wrong with ONNX models, where, and what would fit. */
#include "cli.h"
#include "report/report.h"
#include "save.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    OPT_FILES_FROM = CLI_FIRST,
    OPT_STDIN_NAME,
    OPT_SELECT,
    OPT_IGNORE,
    OPT_FAIL_ON,
    OPT_MAX_FINDINGS,
    OPT_STATISTICS,
    OPT_SHAPE,
    OPT_FIX,
    OPT_DIFF,
    OPT_JSON,
    OPT_EXPLAIN,
    OPT_LIST_RULES
};

static const cli_option options[] = {
    { 0, NULL, NULL, "Which models" },
    { 'r', "recursive", NULL, "folders within folders, too" },
    { OPT_FILES_FROM, "files-from", "FILE",
      "also the models that FILE names, one a line ('-': stdin)" },
    { OPT_STDIN_NAME, "stdin-name", "NAME", "what messages call the model read from '-'" },
    { 'd', "dim", "SYM=N", "a symbolic dim of the inputs is this number" },
    { OPT_SHAPE, "shape", "NAME=DIMS", "an input has this shape: x=1,3,?,?" },
    { 0, NULL, NULL, "Which findings" },
    { OPT_SELECT, "select", "RULES", "only these: codes, names or globs, as in SX2*,conv-*" },
    { OPT_IGNORE, "ignore", "RULES", "none of these" },
    { OPT_FAIL_ON, "fail-on", "LEVEL", "exit 1 from error (default), warning, note on; or never" },
    { OPT_MAX_FINDINGS, "max-findings", "N", "at most N for a model" },
    { OPT_STATISTICS, "statistics", NULL, "count the findings by rule" },
    { 0, NULL, NULL, "Corrections" },
    { OPT_FIX, "fix", "[safe|all]", "write a corrected model to the file that -o names" },
    { OPT_DIFF, "diff", NULL, "say what --fix would change; writes nothing" },
    { 'o', "output", "FILE", "where the corrected model goes ('-': stdout)" },
    { 0, NULL, NULL, "Output" },
    { 'f', "format", "FORM", "text, json or sarif" },
    { OPT_JSON, "json", NULL, "short for --format=json" },
    { OPT_EXPLAIN, "explain", "RULE", "print the page of a rule" },
    { OPT_LIST_RULES, "list-rules", NULL, "print all rules, one a line" },
    { 0, NULL, NULL, NULL },
};

static const cli_tool tool = {
    .name = "model-lint",
    .summary = "says what is wrong with ONNX models, where, and what would fit",
    .usage = "[OPTION]... FILE|DIR|-...",
    .options = options,
    .examples = { "model-lint net.onnx", "model-lint --fix -o fixed.onnx net.onnx", NULL },
    .exit = { "nothing found at or above --fail-on", "something was",
              "a model could not be looked at" },
};

typedef struct tally {
    char *name;
    size_t count;
} tally;

typedef struct linter {
    cli c;
    report out;
    sdx_lint_options lint;
    cli_dims dims;
    const char *form, *stdin_name, *fix_to;
    bool recursive, fix, fix_all, diff, statistics;
    int fail_on; /* an sdx_severity; past SDX_ERROR: never */
    int status;
    tally *tallies;
    size_t n_tallies, n_models;
    report_file file; /* being looked at */
} linter;

/* ---- one model ---- */

static void count_rule(linter *l, const sdx_finding *f)
{
    char name[96];
    snprintf(name, sizeof name, "%s %s", f->code, f->name);
    for (size_t i = 0; i < l->n_tallies; i++)
        if (strcmp(l->tallies[i].name, name) == 0) {
            l->tallies[i].count++;
            return;
        }
    tally *more = realloc(l->tallies, (l->n_tallies + 1) * sizeof *more);
    if (!more)
        return;
    l->tallies = more;
    more[l->n_tallies++] = (tally){ strdup(name), 1 };
}

static bool is_fixed(const linter *l, const sdx_finding *f)
{
    return l->fix && f->fix && (f->fix_is_safe || l->fix_all);
}

static bool take(void *ctx, const sdx_finding *f)
{
    linter *l = ctx;
    ++*(f->severity == SDX_ERROR     ? &l->file.errors
        : f->severity == SDX_WARNING ? &l->file.warnings
                                     : &l->file.notes);
    l->out.finding(&l->out, l->file.name, f);
    if (l->diff && f->fix)
        fprintf(stderr, "%s: would %s\n", l->file.name, f->fix);
    if ((int)f->severity >= l->fail_on && !is_fixed(l, f) && l->status == EXIT_GOOD)
        l->status = EXIT_NO;
    if (l->statistics)
        count_rule(l, f);
    return !l->out.failed;
}

static ptrdiff_t read_stdin(void *ctx, void *to, size_t size)
{
    (void)ctx;
    ssize_t n;
    do
        n = read(STDIN_FILENO, to, size);
    while (n < 0 && errno == EINTR);
    return n;
}

/* Without dims: to see what the file declares. */
static sdx_status open_model(const linter *l, const char *path, bool with_dims, sdx_model **m,
                             sdx_error *err)
{
    sdx_model_options o = SDX_OPTIONS_INIT(sdx_model_options);
    o.lenient = true;
    o.no_infer = !with_dims;
    o.n_dims = with_dims ? l->dims.n : 0;
    o.dims = l->dims.dim;
    if (strcmp(path, "-") == 0)
        return sdx_model_read(read_stdin, NULL, l->stdin_name, &o, m, err);
    return sdx_model_open(path, &o, m, err);
}

static bool save_fixed(linter *l, const sdx_model *m)
{
    sdx_save_options o = SDX_OPTIONS_INIT(sdx_save_options);
    size_t edits = 0;
    o.fix_safe = true;
    o.fix_all = l->fix_all;
    if (!save_model(&l->c, m, &o, l->fix_to, &edits))
        return false;
    if (!l->c.quiet)
        cli_say(&l->c, "%s: %zu change%s", l->fix_to, edits, edits == 1 ? "" : "s");
    return true;
}

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void lint_file(linter *l, const char *path)
{
    sdx_model *m = NULL;
    sdx_error err;
    sdx_model_info info;
    double start = now_ms();
    l->n_models++;
    l->file = (report_file){ .name = strcmp(path, "-") == 0 ? l->stdin_name : path };
    sdx_status st = open_model(l, path, l->dims.n_shapes == 0, &m, &err);
    if (st == SDX_OK && l->dims.n_shapes) {
        bool good = cli_dims_of_shapes(&l->c, &l->dims, m);
        sdx_model_close(m);
        m = NULL;
        if (!good || strcmp(path, "-") == 0) {
            if (good)
                cli_say(&l->c, "--shape needs a file, as the model is read twice");
            l->status = EXIT_CANNOT;
            return;
        }
        st = open_model(l, path, true, &m, &err);
    }
    if (st == SDX_OK)
        st = sdx_model_lint(m, &l->lint, take, l, &err);
    if (st == SDX_OK)
        st = sdx_model_about(m, &info);
    if (st != SDX_OK) {
        l->out.failure(&l->out, l->file.name, &err);
        l->status = EXIT_CANNOT;
        sdx_model_close(m);
        return;
    }
    l->file.nodes = info.n_nodes;
    l->file.ms = now_ms() - start;
    l->out.done(&l->out, &l->file);
    if (l->fix && !l->diff && !save_fixed(l, m))
        l->status = EXIT_CANNOT;
    sdx_model_close(m);
}

/* ---- folders ---- */

enum { DEEPEST = 32 };

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static bool is_model_name(const char *name)
{
    size_t n = strlen(name);
    return n > 5 && strcmp(name + n - 5, ".onnx") == 0;
}

static void lint_path(linter *l, const char *path, int depth);

static void lint_folder(linter *l, const char *path, int depth)
{
    struct dirent **entry;
    int n = scandir(path, &entry, NULL, by_name);
    if (n < 0) {
        cli_say(&l->c, "%s: %s", path, strerror(errno));
        l->status = EXIT_CANNOT;
        return;
    }
    for (int i = 0; i < n; i++) {
        const char *name = entry[i]->d_name;
        size_t length = strlen(path) + strlen(name) + 2;
        char *inner = name[0] == '.' ? NULL : malloc(length);
        struct stat info;
        if (inner) {
            snprintf(inner, length, "%s/%s", path, name);
            bool folder = lstat(inner, &info) == 0 && S_ISDIR(info.st_mode);
            if (folder ? l->recursive && depth < DEEPEST : is_model_name(name))
                lint_path(l, inner, depth + 1);
            free(inner);
        }
        free(entry[i]);
    }
    free(entry);
}

static void lint_path(linter *l, const char *path, int depth)
{
    struct stat info;
    if (strcmp(path, "-") != 0 && stat(path, &info) == 0 && S_ISDIR(info.st_mode))
        lint_folder(l, path, depth);
    else
        lint_file(l, path);
}

/* ---- rules ---- */

static int list_rules(void)
{
    sdx_rule_info rule;
    for (size_t i = 0; sdx_rule_about(i, &rule) == SDX_OK; i++)
        printf("%s  %-28s %-8s %s\n", rule.code, rule.name, report_severity(rule.severity),
               rule.title);
    return EXIT_GOOD;
}

static int explain(const cli *c, const char *name)
{
    sdx_rule_info rule;
    for (size_t i = 0; sdx_rule_about(i, &rule) == SDX_OK; i++) {
        const char *after = strchr(rule.page, '\n'); /* the title; its severity follows */
        if ((strcmp(rule.code, name) != 0 && strcmp(rule.name, name) != 0) || !after)
            continue;
        const char *text = strchr(after + 1, '\n');
        printf("%s %s (%s)\n\n%s\n%s", rule.code, rule.name, report_severity(rule.severity),
               rule.title, text ? text : "\n");
        return EXIT_GOOD;
    }
    return cli_usage(c, "there is no rule '%s'; --list-rules prints all", name);
}

/* ---- options ---- */

static bool set_fail_on(linter *l, const char *level)
{
    static const char *const levels[] = { "note", "warning", "error", "never" };
    for (int i = 0; i < 4; i++)
        if (strcmp(level, levels[i]) == 0) {
            l->fail_on = i;
            return true;
        }
    return false;
}

/* CLI_END: go on; else the status to exit with. */
static int read_options(linter *l, const char **files_from)
{
    cli *c = &l->c;
    int64_t n;
    for (int o; (o = cli_next(c)) != CLI_END;) {
        switch (o) {
        case CLI_STOP:
            return c->status;
        case 'r':
            l->recursive = true;
            break;
        case OPT_FILES_FROM:
            *files_from = c->value;
            break;
        case OPT_STDIN_NAME:
            l->stdin_name = c->value;
            break;
        case 'd':
            if (!cli_add_dim(c, &l->dims, c->value))
                return EXIT_CANNOT;
            break;
        case OPT_SHAPE:
            if (!cli_add_shape(c, &l->dims, c->value))
                return EXIT_CANNOT;
            break;
        case OPT_SELECT:
            l->lint.select = c->value;
            break;
        case OPT_IGNORE:
            l->lint.ignore = c->value;
            break;
        case OPT_FAIL_ON:
            if (!set_fail_on(l, c->value))
                return cli_usage(c, "--fail-on takes error, warning, note or never, not '%s'",
                                 c->value);
            break;
        case OPT_MAX_FINDINGS:
            if (!cli_number(c->value, 1, INT32_MAX, &n))
                return cli_usage(c, "--max-findings takes a number from 1 on, not '%s'", c->value);
            l->lint.max_findings = (size_t)n;
            break;
        case OPT_STATISTICS:
            l->statistics = true;
            break;
        case OPT_FIX:
            if (c->value && strcmp(c->value, "all") != 0 && strcmp(c->value, "safe") != 0)
                return cli_usage(c, "--fix takes safe or all, not '%s'", c->value);
            l->fix = true;
            l->fix_all = c->value && strcmp(c->value, "all") == 0;
            break;
        case OPT_DIFF:
            l->diff = true;
            break;
        case 'o':
            l->fix_to = c->value;
            break;
        case 'f':
            l->form = c->value;
            break;
        case OPT_JSON:
            l->form = "json";
            break;
        case OPT_EXPLAIN:
            return explain(c, c->value);
        case OPT_LIST_RULES:
            return list_rules();
        }
    }
    if (l->fix && !l->fix_to && !l->diff)
        return cli_usage(c, "--fix writes no model unasked: say where with -o FILE");
    if (l->fix_to && !l->fix)
        return cli_usage(c, "-o goes with --fix");
    if (l->fix_to && strcmp(l->fix_to, "-") == 0)
        l->out.to = stderr; /* the model has stdout */
    return CLI_END;
}

static void print_statistics(const linter *l)
{
    for (size_t i = 0; i < l->n_tallies; i++)
        fprintf(stderr, "%6zu  %s\n", l->tallies[i].count, l->tallies[i].name);
}

int main(int argc, char **argv)
{
    linter l = { .form = "text", .stdin_name = "<stdin>", .fail_on = SDX_ERROR };
    const char *files_from = NULL;
    char **more = NULL;
    size_t n_more = 0;
    l.lint.size = sizeof l.lint;
    l.out.to = stdout;
    cli_start(&l.c, &tool, argc, argv);
    int stop = read_options(&l, &files_from);
    if (stop != CLI_END)
        return stop;
    if (files_from && !(more = cli_lines(&l.c, files_from, &n_more)))
        return EXIT_CANNOT;
    if (l.c.operand == argc && !files_from)
        return cli_usage(&l.c, "no model is given");
    if (l.fix && !l.diff && argc - l.c.operand + (int)n_more != 1)
        return cli_usage(&l.c, "--fix takes one model");
    if (!report_open(&l.out, &l.c, l.out.to, l.form))
        return cli_usage(&l.c, "--format takes text, json or sarif, not '%s'", l.form);
    for (int i = l.c.operand; i < argc; i++)
        lint_path(&l, argv[i], 0);
    for (size_t i = 0; i < n_more; i++)
        lint_path(&l, more[i], 0);
    l.out.end(&l.out);
    if (!l.n_models && l.status == EXIT_GOOD) {
        cli_say(&l.c, "no file ends in .onnx there");
        l.status = EXIT_CANNOT;
    }
    print_statistics(&l);
    if (l.out.failed) {
        cli_say(&l.c, "the output could not be written");
        l.status = EXIT_CANNOT;
    }
    for (size_t i = 0; i < n_more; i++)
        free(more[i]);
    for (size_t i = 0; i < l.n_tallies; i++)
        free(l.tallies[i].name);
    free(more);
    free(l.tallies);
    cli_free_dims(&l.dims);
    return l.status;
}
