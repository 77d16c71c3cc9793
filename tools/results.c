/* tools/results.c - the outputs of runs: shown, ranked, written to files. */
#include "results.h"

#include "io/file.h"
#include "io/json.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MOST_PATH = 4096 };

/* ---- where outputs go ---- */

static bool is_folder(const char *to)
{
    size_t n = strlen(to);
    return (n > 0 && to[n - 1] == '/') || tool_is_folder(to);
}

/* "NAME=FILE" where NAME is an output; else all of it is a file. */
static const char *split(const char *to, size_t *name)
{
    const char *eq = strchr(to, '=');
    *name = eq ? (size_t)(eq - to) : 0;
    return eq && !memchr(to, '/', *name) ? eq + 1 : NULL;
}

static bool is_output(const sdx_model *m, const char *name, size_t length)
{
    sdx_value_info info;
    for (size_t i = 0; sdx_model_output(m, i, &info) == SDX_OK; i++)
        if (strlen(info.name) == length && memcmp(info.name, name, length) == 0)
            return true;
    return false;
}

static bool make_folder(const cli *c, const char *path)
{
    if (tool_is_folder(path) || mkdir(path, 0777) == 0)
        return true;
    cli_say(c, "%s: %s", path, strerror(errno));
    return false;
}

bool results_settle(const cli *c, const sdx_model *m, const result_options *o)
{
    for (size_t k = 0; k < o->n_to; k++) {
        size_t name;
        if (is_folder(o->to[k])) {
            if (!make_folder(c, o->to[k]))
                return false;
            continue;
        }
        if (o->several) {
            cli_usage(c, "several runs need a folder for their outputs: -o %s/", o->to[k]);
            return false;
        }
        if (split(o->to[k], &name) && !is_output(m, o->to[k], name)) {
            cli_say(c, "-o %s: the model has no output '%.*s'", o->to[k], (int)name, o->to[k]);
            return false;
        }
    }
    return true;
}

/* DIR/, or DIR/source/ where there are several runs. */
static bool into_folder(const cli *c, const result_options *o, const char *folder,
                        const char *source, const char *name, size_t i, const sdx_value *v)
{
    char path[MOST_PATH], file[64];
    const char *slash = folder[strlen(folder) - 1] == '/' ? "" : "/";
    int n = o->several
                ? snprintf(path, sizeof path, "%s%s%s", folder, slash, tool_base_name(source))
                : snprintf(path, sizeof path, "%s", folder);
    if (n < 0 || (size_t)n >= sizeof path - sizeof file) {
        cli_say(c, "%s: the path is too long", folder);
        return false;
    }
    if (!make_folder(c, path))
        return false;
    snprintf(file, sizeof file, "output_%zu.pb", i);
    char *whole = tool_join(path, file);
    bool good = whole && output_write(c, whole, name, v);
    free(whole);
    return good;
}

static bool write_to(const cli *c, const result_options *o, const char *to, const char *source,
                     const char *name, size_t i, const sdx_value *v)
{
    size_t length;
    if (is_folder(to))
        return into_folder(c, o, to, source, name, i, v);
    const char *file = split(to, &length);
    if (file)
        return strlen(name) != length || memcmp(to, name, length) != 0 ||
               output_write(c, file, name, v);
    return i > 0 || output_write(c, to, name, v); /* without a name it is the first */
}

/* ---- JSON ---- */

static void put(const char *text)
{
    json_print_string(stdout, text, strlen(text));
}

static void print_head(const sdx_value *v)
{
    size_t n = sdx_value_kind(v) == SDX_TENSOR ? sdx_value_count(v) : 0;
    fputs(", \"head\": [", stdout);
    for (size_t i = 0; i < n && i < OUTPUT_HEAD; i++) {
        fputs(i ? ", " : "", stdout);
        json_print_element(stdout, v, i);
    }
    fputs("]", stdout);
}

static void print_value(const result_options *o, const sdx_value *v)
{
    if (o->how_given && o->how == PRINT_HEAD)
        print_head(v);
    if (o->how_given && o->how != PRINT_FULL)
        return;
    fputs(", \"value\": ", stdout);
    if (o->form == RESULT_JSONL)
        json_print_line(stdout, v);
    else
        json_print_value(stdout, v);
}

static void print_dims(const sdx_value *v)
{
    const int64_t *dim;
    int rank = sdx_value_dims(v, &dim);
    if (rank < 0)
        return;
    fputs(", \"shape\": [", stdout);
    for (int i = 0; i < rank; i++)
        printf("%s%lld", i ? ", " : "", (long long)dim[i]);
    fputs("]", stdout);
}

static void print_outputs(const result_options *o, const sdx_model *m, sdx_value *const *v,
                          size_t n)
{
    const char *between = o->form == RESULT_JSONL ? "" : "\n";
    char type[600];
    fputs("\"outputs\": [", stdout);
    for (size_t i = 0; i < n; i++) {
        sdx_value_info info;
        sdx_model_output(m, i, &info);
        output_type(v[i], type, sizeof type);
        printf("%s%s{\"name\": ", i ? ", " : "", between);
        put(info.name);
        fputs(", \"type\": ", stdout);
        put(type);
        print_dims(v[i]);
        if (o->top > 0)
            output_top_json(stdout, v[i], (size_t)o->top, o->label, o->n_labels);
        print_value(o, v[i]);
        fputs("}", stdout);
    }
    printf("%s]", between);
}

static void begin_run(const result_options *o, const char *source, bool first)
{
    if (o->form == RESULT_JSONL)
        fputs("{\"schema\": \"sardonyx.model-run/1\", ", stdout);
    else if (o->several)
        fputs(first ? "\n{" : ",\n{", stdout);
    if (o->several) {
        fputs("\"input\": ", stdout);
        put(source);
        fputs(", ", stdout);
    }
}

static void end_run(const result_options *o)
{
    if (o->form == RESULT_JSONL)
        fputs("}\n", stdout);
    else if (o->several)
        fputs("}", stdout);
}

void results_begin(const result_options *o)
{
    if (o->form == RESULT_JSON)
        printf("{\"schema\": \"sardonyx.model-run/1\", %s", o->several ? "\"runs\": [" : "");
}

void results_end(const result_options *o)
{
    if (o->form == RESULT_JSON)
        printf("%s}\n", o->several ? "\n]" : "");
}

void results_fail(const result_options *o, const char *source, const char *why, bool first)
{
    if (o->form == RESULT_TEXT)
        return;
    begin_run(o, source, first);
    fputs("\"error\": ", stdout);
    put(why);
    end_run(o);
}

/* ---- all of it ---- */

bool results_show(const cli *c, const result_options *o, const sdx_model *m, const char *source,
                  bool first, sdx_value *const *v, size_t n)
{
    bool good = true, quietly = (o->n_to > 0 || o->top > 0 || o->quietly) && !o->how_given;
    if (o->form == RESULT_TEXT && o->several && (!quietly || o->top > 0)) {
        cli_print_escaped(stdout, source);
        fputs(":\n", stdout);
    }
    for (size_t i = 0; i < n; i++) {
        sdx_value_info info;
        sdx_model_output(m, i, &info);
        for (size_t k = 0; k < o->n_to; k++)
            good = write_to(c, o, o->to[k], source, info.name, i, v[i]) && good;
        if (o->form != RESULT_TEXT)
            continue;
        if (o->top > 0)
            output_top(stdout, info.name, v[i], (size_t)o->top, o->label, o->n_labels);
        if (!quietly)
            output_print(stdout, info.name, v[i], o->how);
    }
    if (o->form != RESULT_TEXT) {
        begin_run(o, source, first);
        print_outputs(o, m, v, n);
        end_run(o);
    }
    return good;
}
