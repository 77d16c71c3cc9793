/* tools/model_lint.c - says what is wrong with ONNX models, where, and what would fit. */
#include "cli.h"
#include "lint/baseline.h"
#include "lint/changes.h"
#include "lint/corrected.h"
#include "lint/jobs.h"
#include "lint/paths.h"
#include "progress.h"
#include "report/report.h"
#include "report/rules.h"
#include "save.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    OPT_FILES_FROM = CLI_FIRST,
    OPT_STDIN_NAME,
    OPT_SELECT,
    OPT_IGNORE,
    OPT_IGNORE_IN,
    OPT_SEVERITY,
    OPT_FAIL_ON,
    OPT_MAX_FINDINGS,
    OPT_NO_SUPPRESS,
    OPT_STATISTICS,
    OPT_BASELINE,
    OPT_WRITE_BASELINE,
    OPT_OPSET,
    OPT_IR,
    OPT_RUNTIME,
    OPT_SHAPE,
    OPT_CONFIG,
    OPT_NO_CONFIG,
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
    { OPT_OPSET, "opset", "N", "an error, too: what came after opset N of ai.onnx" },
    { OPT_IR, "ir", "N", "an error, too: an IR version after N" },
    { OPT_RUNTIME, "runtime", NULL, "an error, too: operators that cannot be run here" },
    { 'j', "jobs", "N", "models at a time (1); 0: as many as there are processors" },
    { 0, NULL, NULL, "Which findings" },
    { OPT_SELECT, "select", "RULES", "only these: codes, names or globs, as in SX2*,conv-*" },
    { OPT_IGNORE, "ignore", "RULES", "none of these" },
    { OPT_IGNORE_IN, "ignore-in", "GLOB=RULES", "none of these in models whose path is like that" },
    { OPT_SEVERITY, "severity", "RULES=LEVEL", "these are error, warning or note; or off" },
    { OPT_FAIL_ON, "fail-on", "LEVEL", "exit 1 from error (default), warning, note on; or never" },
    { OPT_MAX_FINDINGS, "max-findings", "N", "tell at most N for a model; all are counted" },
    { OPT_BASELINE, "baseline", "FILE", "none that FILE has" },
    { OPT_WRITE_BASELINE, "write-baseline", "FILE", "write all to FILE for --baseline; exit 0" },
    { OPT_NO_SUPPRESS, "no-suppress", NULL, "also those that the model's metadata suppresses" },
    { OPT_STATISTICS, "statistics", NULL, "count the findings by rule, on stderr" },
    { OPT_CONFIG, "config", "FILE",
      "settings; else .model-lint.ini in the model's folder or above" },
    { OPT_NO_CONFIG, "no-config", NULL, "no file of settings is looked for" },
    { 0, NULL, NULL, "Corrections" },
    { OPT_FIX, "fix", "[safe|all]", "write a corrected model to FILE of -o; all: guess, too" },
    { OPT_DIFF, "diff", NULL, "print what --fix would change, and findings to stderr" },
    { 'o', "output", "FILE", "where the corrected model goes ('-': stdout; of several: FOLDER/)" },
    { 0, NULL, NULL, "Output" },
    { 'f', "format", "FORM", "text, concise, json, jsonl, sarif, github, junit, html" },
    { OPT_JSON, "json", NULL, "short for --format=json" },
    { OPT_EXPLAIN, "explain", "RULES",
      "print the pages of rules; with -f html or man as one document" },
    { OPT_LIST_RULES, "list-rules", NULL, "print all rules, one a line" },
    { 0, NULL, NULL, NULL },
};

static const cli_section sections[] = {
    { "SETTINGS",
      "A file \".model-lint.ini\" in the folder of a model, or else in the nearest one above it, says what\n"
      "options say otherwise; the command line wins over it. What is unknown in it is an error.\n"
      "\n"
      "    [model-lint]            ; options by their names\n"
      "    select = SX2*, conv-*\n"
      "    fail-on = warning\n"
      "    runtime = yes\n"
      "    [severity]              ; and those that take a pair as sections\n"
      "    dead-node = error\n"
      "    SX710 = off\n"
      "    [ignore-in]             ; paths from the file's folder on\n"
      "    old/*.onnx = SX4*,\n"
      "        nan-weights\n"
      "    [dim]                   ; of models that have it\n"
      "    batch = 8\n"
      "\n"
      "It may hold select, ignore, severity, ignore-in, fail-on, max-findings, baseline (a path from\n"
      "the file's folder on), no-suppress, dim, shape, opset, ir and runtime.\n" },
    { "SUPPRESSIONS",
      "A model can say itself which findings are known. Its metadata property\n"
      "\"sardonyx.lint.ignore\" holds a line for each kind: rules, where not all nodes are meant a\n"
      "glob of their names, a colon, and the reason, without which the line does nothing:\n"
      "\n"
      "    SX451,unused-initializer: kept for a second head\n"
      "    SX7* stem.?: measured, and fast enough\n"
      "\n"
      "Errors stay. A line that leaves nothing out is a finding of its own.\n" },
    { "SEE ALSO", "model-lint-rules(7) has the pages of all rules.\n" },
    { NULL, NULL },
};

static const cli_tool tool = {
    .name = "model-lint",
    .summary = "says what is wrong with ONNX models, where, and what would fit",
    .usage = "[OPTION]... FILE|DIR|-...",
    .options = options,
    .examples = { "model-lint net.onnx", "model-lint --fix -o fixed.onnx net.onnx", NULL },
    .exit = { "nothing found at or above --fail-on", "something was",
              "a model could not be looked at" },
    .sections = sections,
};

typedef struct tally {
    char *name;
    size_t count;
} tally;

typedef struct linter {
    cli c;
    report out;
    settings line; /* of the command line; files have more */
    configs configs;
    const char *form, *stdin_name, *fix_to, *baseline_to, *config_from, *explain;
    bool recursive, fix, fix_all, diff, statistics, no_config;
    int64_t threads;
    int status;
    tally *tallies;
    size_t n_tallies;
    paths paths;
    result *result; /* by path */
    baseline *known, *written;
    progress *progress;
} linter;

static void examine(void *ctx, size_t i)
{
    linter *l = ctx;
    result *r = &l->result[i];
    const char *path = l->paths.path[i];
    result_fill(r, &l->c, &l->line, path, strcmp(path, "-") == 0 ? l->stdin_name : path);
    if (!l->out.wants_model && !l->fix && !l->diff) {
        sdx_model_close(r->model);
        r->model = NULL;
    }
}

/* ---- its report, in order ---- */

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
    char *copy = strdup(name);
    if (copy)
        more[l->n_tallies++] = (tally){ copy, 1 };
}

/* Moves what is to be told to the front, and counts. */
static void choose(linter *l, result *r)
{
    const settings *line = &l->line, *file_says = &r->config->settings;
    report_file *file = &r->file;
    baseline *known = l->known ? l->known : r->config->known;
    int fail_on = settings_fail_on(line, file_says);
    int64_t most = line->max_findings ? line->max_findings : file_says->max_findings, told = 0;
    bool all = (line->no_suppress ? line->no_suppress : file_says->no_suppress) > 0;
    for (size_t i = 0; i < r->found.n; i++) {
        sdx_finding f = r->found.finding[i];
        int severity = settings_severity(line, file_says, &f);
        if (severity == SETTINGS_OFF)
            continue;
        f.severity = (sdx_severity)severity;
        if (all)
            f.suppressed = NULL;
        if (f.suppressed) {
            file->left_out++;
            if (l->out.wants_suppressed)
                r->found.finding[file->n_findings++] = f;
            continue;
        }
        if (l->written && !baseline_add(l->written, file->name, &f))
            l->out.failed = true;
        if (known && baseline_take(known, file->name, &f)) {
            file->known++;
            continue;
        }
        ++*(f.severity == SDX_ERROR     ? &file->errors
            : f.severity == SDX_WARNING ? &file->warnings
                                        : &file->notes);
        if (severity >= fail_on && !l->written && l->status == EXIT_GOOD)
            l->status = EXIT_NO;
        if (l->statistics)
            count_rule(l, &f);
        if (most && told++ >= most)
            file->hidden++;
        else
            r->found.finding[file->n_findings++] = f;
    }
    file->finding = r->found.finding;
    file->model = r->model;
    file->settings = r->config->path;
}

/* What the command line asks to be corrected: of what is told. */
static bool is_to_fix(void *ctx, const result *r, const sdx_finding *f)
{
    const linter *l = ctx;
    const settings *line = &l->line, *file_says = &r->config->settings;
    const baseline *known = l->known ? l->known : r->config->known;
    bool all = (line->no_suppress ? line->no_suppress : file_says->no_suppress) > 0;
    return (f->fix_is_safe || l->fix_all) && (!f->suppressed || all) &&
           settings_severity(line, file_says, f) != SETTINGS_OFF &&
           !(known && baseline_has(known, r->file.name, f));
}

static bool is_folder(const char *path)
{
    size_t n = strlen(path);
    return n && path[n - 1] == '/';
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static bool save_fixed(linter *l, const result *r, const corrections *done)
{
    const sdx_save_options o = SDX_OPTIONS_INIT(sdx_save_options);
    char *within = NULL;
    if (is_folder(l->fix_to) && asprintf(&within, "%s%s", l->fix_to, base_name(r->file.name)) < 0)
        return false;
    const char *path = within ? within : l->fix_to;
    bool good = save_model(&l->c, r->model, &o, path, NULL);
    if (good && !l->c.quiet)
        cli_say(&l->c, "%s: %zu change%s", path, done->n, done->n == 1 ? "" : "s");
    for (size_t i = 0; good && i < done->n && l->c.verbose; i++)
        cli_say(&l->c, "%s: %s", path, done->says[i]);
    free(within);
    return good;
}

static void report_result(linter *l, result *r)
{
    choose(l, r);
    l->out.model = r->model;
    for (size_t k = 0; k < r->file.n_findings && l->out.finding; k++)
        l->out.finding(&l->out, r->file.name, &r->file.finding[k]);
    if (l->out.done)
        l->out.done(&l->out, &r->file);
}

/* Findings are those of the corrected model; with --diff of the one that is there. */
static void correct(linter *l, result *r)
{
    result now;
    corrections done = { 0 };
    sdx_error err = { .status = SDX_E_MEMORY, .fact = "out of memory" };
    bool good = corrected_make(r, &now, &l->c, &l->line, is_to_fix, l, &done, &err);
    result *last = now.model ? &now : r;
    if (!good)
        cli_fail(&l->c, &err);
    report_result(l, l->diff ? r : last);
    if (l->diff)
        changes_print(stdout, r->file.name, r->model, last->model, &done,
                      cli_colors(&l->c, stdout));
    else
        good = good && save_fixed(l, last, &done);
    if (!good)
        l->status = EXIT_CANNOT;
    result_free(&now);
    corrections_free(&done);
}

static bool tell(void *ctx, size_t i)
{
    linter *l = ctx;
    result *r = &l->result[i];
    progress_hide(l->progress);
    if (r->status != SDX_OK) {
        l->out.failure(&l->out, r->file.name, &r->err);
        l->status = EXIT_CANNOT;
    } else if (l->fix || l->diff) {
        correct(l, r);
    } else {
        report_result(l, r);
    }
    result_free(r);
    progress_at(l->progress, (double)(i + 1), l->paths.path[i]);
    return !l->out.failed;
}

/* ---- rules ---- */

static int list_rules(void)
{
    sdx_rule_info rule;
    for (size_t i = 0; sdx_rule_about(i, &rule) == SDX_OK; i++) {
        const char *how = report_fix(rule.code);
        printf("%s  %-28s %-8s %s%s%s\n", rule.code, rule.name, report_severity(rule.severity),
               rule.title, how ? strcmp(how, "safe") == 0 ? " [--fix" : " [--fix=all" : "",
               how ? "]" : "");
    }
    return EXIT_GOOD;
}

static int explain(const cli *c, const char *rules, const char *form)
{
    if (strcmp(form, "text") != 0 && strcmp(form, "html") != 0 && strcmp(form, "man") != 0)
        return cli_usage(c, "--explain prints text, html or man, not '%s'", form);
    if (!rules_print(stdout, rules, form))
        return cli_usage(c, "there is no rule '%s'; --list-rules prints all", rules);
    return fflush(stdout) == 0 ? EXIT_GOOD : EXIT_CANNOT;
}

/* ---- options ---- */

/* The setting of the option just read. */
static bool set(linter *l, const char *name)
{
    char why[400];
    if (settings_set(&l->line, setting_find(name), l->c.value, why, sizeof why))
        return true;
    cli_usage(&l->c, "--%s %s", name, why);
    return false;
}

/* An option that files of settings have, too; CLI_END: it is none. */
static int read_setting(linter *l, int o)
{
    for (const cli_option *row = options; row->help; row++)
        if (row->name && row->id == o && setting_find(row->name))
            return set(l, row->name) ? EXIT_GOOD : EXIT_CANNOT;
    return CLI_END;
}

/* CLI_END: go on; else the status to exit with. */
static int read_options(linter *l, const char **files_from)
{
    cli *c = &l->c;
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
        case OPT_WRITE_BASELINE:
            l->baseline_to = c->value;
            break;
        case OPT_CONFIG:
            l->config_from = c->value;
            l->no_config = false;
            break;
        case OPT_NO_CONFIG:
            l->config_from = NULL;
            l->no_config = true;
            break;
        case 'j':
            if (!cli_number(c->value, 0, 256, &l->threads))
                return cli_usage(c, "-j takes a number up to 256, not '%s'", c->value);
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
            l->explain = c->value;
            break;
        case OPT_LIST_RULES:
            return list_rules();
        default:
            if (read_setting(l, o) != EXIT_GOOD)
                return EXIT_CANNOT;
        }
    }
    if (l->explain)
        return explain(c, l->explain, l->form);
    if (l->fix && !l->fix_to && !l->diff)
        return cli_usage(c, "--fix writes no model unasked: say where with -o FILE");
    if (l->fix_to && !l->fix)
        return cli_usage(c, "-o goes with --fix");
    if (l->diff || (l->fix_to && strcmp(l->fix_to, "-") == 0))
        l->out.to = stderr; /* the model or the changes have stdout */
    return CLI_END;
}

static void print_statistics(const linter *l)
{
    for (size_t i = 0; i < l->n_tallies; i++)
        fprintf(stderr, "%6zu  %s\n", l->tallies[i].count, l->tallies[i].name);
}

/* false: said why. */
static bool collect(linter *l, const char *files_from)
{
    size_t n = 0;
    char **more = NULL;
    if (files_from && !(more = cli_lines(&l->c, files_from, &n)))
        return false;
    for (int i = l->c.operand; i < l->c.argc; i++)
        paths_add(&l->paths, &l->c, l->c.argv[i], l->recursive);
    for (size_t i = 0; i < n; i++) {
        paths_add(&l->paths, &l->c, more[i], l->recursive);
        free(more[i]);
    }
    free(more);
    l->result = calloc(l->paths.n + 1, sizeof *l->result);
    if (l->paths.failed)
        l->status = EXIT_CANNOT;
    if (!l->paths.n && l->status == EXIT_GOOD) {
        cli_say(&l->c, "no file ends in .onnx there");
        l->status = EXIT_CANNOT;
    }
    return l->result != NULL;
}

static bool open_baselines(linter *l)
{
    if (l->line.baseline && !(l->known = baseline_read(&l->c, l->line.baseline)))
        return false;
    return !l->baseline_to || (l->written = baseline_new());
}

/* false: said why. */
static bool find_configs(linter *l)
{
    for (size_t i = 0; i < l->paths.n; i++) {
        config *f = l->no_config || l->config_from
                        ? config_read(&l->configs, &l->c, l->config_from)
                        : config_for(&l->configs, &l->c, l->paths.path[i]);
        l->result[i].config = f;
        if (!f)
            return false;
    }
    return true;
}

/* Where corrected models go has to be clear before the first is looked at.  false: said why. */
static bool can_save(linter *l)
{
    if (!l->fix || l->diff)
        return true;
    if (!is_folder(l->fix_to))
        return l->paths.n < 2 ||
               cli_usage(&l->c, "--fix takes one model, or a folder to write to: -o FOLDER/") == 0;
    for (size_t i = 0; i < l->paths.n; i++)
        for (size_t k = 0; k < i; k++)
            if (strcmp(base_name(l->paths.path[i]), base_name(l->paths.path[k])) == 0)
                return cli_usage(&l->c, "%s and %s would both become %s%s", l->paths.path[k],
                                 l->paths.path[i], l->fix_to, base_name(l->paths.path[i])) == 0;
    if (mkdir(l->fix_to, 0777) != 0 && errno != EEXIST) {
        cli_say(&l->c, "%s: %s", l->fix_to, strerror(errno));
        return false;
    }
    return true;
}

static void lint_all(linter *l)
{
    int threads = l->threads ? (int)l->threads : (int)sysconf(_SC_NPROCESSORS_ONLN);
    const jobs j = { l->paths.n, threads, l, examine, tell };
    l->progress = l->paths.n > 1 ? progress_new(&l->c) : NULL;
    progress_begin(l->progress, "looking", "models", (double)l->paths.n);
    jobs_run(&j);
    progress_end(l->progress);
    progress_free(l->progress);
    report_close(&l->out);
    print_statistics(l);
    if (l->written && !baseline_write(l->written, &l->c, l->baseline_to))
        l->status = EXIT_CANNOT;
    if (l->out.failed || fflush(stdout) != 0) {
        cli_say(&l->c, "the output could not be written");
        l->status = EXIT_CANNOT;
    }
}

/* What is left of a run that stopped early, too. */
static void clean_up(linter *l)
{
    for (size_t i = 0; l->result && i < l->paths.n; i++)
        result_free(&l->result[i]);
    for (size_t i = 0; i < l->n_tallies; i++)
        free(l->tallies[i].name);
    free(l->tallies);
    free(l->result);
    paths_free(&l->paths);
    baseline_free(l->known);
    baseline_free(l->written);
    settings_free(&l->line);
    configs_free(&l->configs);
}

int main(int argc, char **argv)
{
    linter l = { .form = "text", .stdin_name = "<stdin>", .threads = 1 };
    const char *files_from = NULL;
    l.out.to = stdout;
    cli_start(&l.c, &tool, argc, argv);
    int stop = read_options(&l, &files_from);
    if (stop == CLI_END && l.c.operand == argc && !files_from)
        stop = cli_usage(&l.c, "no model is given");
    if (stop != CLI_END) {
        clean_up(&l);
        return stop;
    }
    if (!open_baselines(&l) || !collect(&l, files_from) || !find_configs(&l)) {
        clean_up(&l);
        return EXIT_CANNOT;
    }
    if (!can_save(&l))
        l.status = EXIT_CANNOT;
    else if (!report_open(&l.out, &l.c, l.out.to, l.form))
        l.status = cli_usage(&l.c, "--format takes %s, not '%s'", report_forms, l.form);
    else
        lint_all(&l);
    clean_up(&l);
    return l.status;
}
