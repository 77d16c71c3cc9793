/* tools/check.c - runs a model on the standard's test data and compares what comes out. */
#include "check.h"

#include "allowance.h"
#include "io/file.h"
#include "io/json.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_VALUES = 256 };

typedef struct values {
    size_t n;
    sdx_value *v[MOST_VALUES];
} values;

/* What all the checks of a call share. */
typedef struct checker {
    const cli *c;
    const sdx_model *m;
    sdx_session *s;
    const check_options *o;
    sdx_model_info about;
    size_t n_sets, n_of[3]; /* by check_result */
} checker;

static void free_values(values *all)
{
    for (size_t i = 0; i < all->n; i++)
        sdx_value_free(all->v[i]);
    all->n = 0;
}

/* ---- reading ---- */

/* NULL is right for an optional input that has no file.  False: why says what is wrong. */
static bool read_value(const char *folder, const char *name, sdx_kind kind, sdx_value **out,
                       char *why, size_t why_size)
{
    sdx_error err;
    size_t size;
    char *path = tool_join(folder, name);
    void *bytes = path ? tool_read_file(path, &size) : NULL;
    bool good = path && !bytes && errno == ENOENT && kind == SDX_OPTIONAL;
    if (bytes) {
        good = sdx_value_read(kind, bytes, size, NULL, 0, out, &err) == SDX_OK;
        if (!good)
            snprintf(why, why_size, "%s: %s", name, err.fact);
    } else if (!good) {
        snprintf(why, why_size, "%s: %s", name, strerror(errno));
    }
    free(bytes);
    free(path);
    return good;
}

/* Reads prefix_0.pb … of a folder; the kinds are those that the model declares. */
static bool read_values(const checker *k, const char *folder, bool outputs, values *out, char *why,
                        size_t size)
{
    size_t n = outputs ? k->about.n_outputs : k->about.n_inputs;
    for (size_t i = 0; i < n; i++) {
        char name[64];
        sdx_value_info info;
        snprintf(name, sizeof name, "%s_%zu.pb", outputs ? "output" : "input", i);
        if (outputs)
            sdx_model_output(k->m, i, &info);
        else
            sdx_model_input(k->m, i, &info);
        out->v[i] = NULL;
        out->n = i + 1;
        if (!read_value(folder, name, info.kind, &out->v[i], why, size))
            return false;
    }
    return true;
}

/* ---- telling ---- */

static const char *const result_name[] = { "same", "differs", "failed" };

/* A number as compare.c wrote it; NaN and what is none become strings. */
static void print_number(const char *text)
{
    size_t n = strlen(text);
    if (strspn(text, "+-.0123456789e") == n)
        fputs(text, stdout);
    else
        json_print_string(stdout, text, n);
}

static void print_output_json(const char *name, const difference *d, tolerance t, bool same)
{
    fputs("{\"name\": ", stdout);
    json_print_string(stdout, name, strlen(name));
    printf(", \"same\": %s, \"elements\": %zu, \"beyond\": %zu", same ? "true" : "false",
           d->elements, d->beyond);
    fputs(", \"max_abs\": ", stdout);
    json_print_real(stdout, d->most_absolute);
    fputs(", \"max_rel\": ", stdout);
    json_print_real(stdout, d->most_relative);
    if (!t.bitwise)
        printf(", \"rtol\": %.9g, \"atol\": %.9g", t.rtol, t.atol);
    if (!same) {
        fputs(", \"message\": ", stdout);
        json_print_string(stdout, d->why, strlen(d->why));
    }
    if (d->got[0]) {
        printf(", \"worst\": {\"index\": [%s], \"got\": ", d->worst);
        print_number(d->got);
        fputs(", \"expected\": ", stdout);
        print_number(d->want);
        fputs("}", stdout);
    }
    fputs("}", stdout);
}

static void begin_set_json(const checker *k, const char *folder)
{
    if (k->o->form == CHECK_JSON)
        fputs(k->n_sets > 0 ? ",\n" : "\n", stdout);
    fputs(k->o->form == CHECK_JSON ? "{\"folder\": "
                                   : "{\"schema\": \"sardonyx.model-run/1\", \"folder\": ",
          stdout);
    json_print_string(stdout, folder, strlen(folder));
}

static void print_failure(const checker *k, const char *folder, const char *why)
{
    if (k->o->form != CHECK_TEXT) {
        begin_set_json(k, folder);
        fputs(", \"result\": \"failed\", \"message\": ", stdout);
        json_print_string(stdout, why, strlen(why));
        fputs(k->o->form == CHECK_JSONL ? "}\n" : "}", stdout);
    }
    cli_say(k->c, "%s: %s", folder, why);
}

static bool compare_all(const checker *k, const char *folder, const values *got, const values *want,
                        const allowance *allowed)
{
    bool same = true, json = k->o->form != CHECK_TEXT;
    difference *d = calloc(want->n + 1, sizeof *d);
    bool *alike = calloc(want->n + 1, sizeof *alike);
    for (size_t i = 0; d && alike && i < want->n; i++) {
        alike[i] = compare_measured(got->v[i], want->v[i], allowed->of[i], &d[i]);
        same = same && alike[i];
    }
    if (json) {
        begin_set_json(k, folder);
        printf(", \"result\": \"%s\", \"tolerance_from\": \"%s\", \"outputs\": [",
               same ? "same" : "differs", allowed->source[0] ? allowed->source : "options");
    }
    for (size_t i = 0; d && alike && i < want->n; i++) {
        sdx_value_info info;
        sdx_model_output(k->m, i, &info);
        if (json) {
            fputs(i ? ", " : "", stdout);
            print_output_json(info.name, &d[i], allowed->of[i], alike[i]);
        } else if (!alike[i]) {
            cli_print_escaped(stdout, folder);
            fputs(": output '", stdout);
            cli_print_escaped(stdout, info.name);
            fputs("': ", stdout);
            cli_print_escaped(stdout, d[i].why);
            if (d[i].elements > 0 && !allowed->of[i].bitwise)
                printf(" (rtol %.3g, atol %.3g)", allowed->of[i].rtol, allowed->of[i].atol);
            fputs("\n", stdout);
        }
    }
    if (json)
        fputs(k->o->form == CHECK_JSONL ? "]}\n" : "]}", stdout);
    same = same && d && alike;
    free(d);
    free(alike);
    return same;
}

/* ---- one set ---- */

static check_result check_set(checker *k, const char *folder)
{
    char why[1600] = "", how[160];
    sdx_error err;
    values in = { .n = 0 }, want = { .n = 0 }, got = { .n = 0 };
    allowance allowed = { .n = 0 };
    check_result result = CHECK_FAILED;
    bool ready = allowance_read(&allowed, folder, k->about.n_outputs, k->o->tolerance,
                                k->o->rtol_given, k->o->atol_given, why, sizeof why) &&
                 read_values(k, folder, false, &in, why, sizeof why) &&
                 read_values(k, folder, true, &want, why, sizeof why);
    if (ready &&
        sdx_session_run(k->s, (const sdx_value *const *)in.v, got.v, k->o->run, &err) != SDX_OK) {
        sdx_error_text(&err, why, sizeof why);
        ready = false;
    }
    progress_hide(k->o->progress);
    if (!ready) {
        print_failure(k, folder, why);
    } else {
        got.n = k->about.n_outputs;
        result = compare_all(k, folder, &got, &want, &allowed) ? CHECK_SAME : CHECK_DIFFERS;
    }
    if (result == CHECK_SAME && k->o->form == CHECK_TEXT && !k->c->quiet) {
        allowance_text(&allowed, how, sizeof how);
        cli_print_escaped(stdout, folder);
        printf(": %zu output%s as expected (%s)\n", want.n, want.n == 1 ? "" : "s", how);
    }
    allowance_free(&allowed);
    free_values(&in);
    free_values(&want);
    free_values(&got);
    k->n_sets++;
    k->n_of[result]++;
    return result;
}

/* ---- all sets ---- */

typedef struct sets {
    char **folder;
    size_t n;
} sets;

static bool add(sets *all, const char *folder)
{
    char **more = realloc(all->folder, (all->n + 1) * sizeof *more);
    if (!more)
        return false;
    all->folder = more;
    more[all->n] = strdup(folder);
    return more[all->n] && ++all->n;
}

/* A folder that holds test_data_set_N stands for these, any other for itself. */
static bool add_folder(const cli *c, sets *all, const char *folder)
{
    size_t n, before = all->n;
    char **list = tool_list_folder(folder, &n);
    bool good = list != NULL;
    if (!good)
        cli_say(c, "%s: %s", folder, strerror(errno));
    for (size_t i = 0; good && i < n; i++)
        if (strncmp(tool_base_name(list[i]), "test_data_set_", 14) == 0 && tool_is_folder(list[i]))
            good = add(all, list[i]);
    tool_free_list(list, n);
    return good && (all->n > before || add(all, folder));
}

check_result check_folders(const cli *c, const sdx_model *m, sdx_session *s,
                           const char *const *folder, size_t n, const check_options *o)
{
    checker k = { .c = c, .m = m, .s = s, .o = o };
    sets all = { .n = 0 };
    check_result worst = CHECK_SAME;
    if (sdx_model_about(m, &k.about) != SDX_OK || k.about.n_inputs > MOST_VALUES ||
        k.about.n_outputs > MOST_VALUES) {
        cli_say(c, "no model of more than %d inputs or outputs is checked", MOST_VALUES);
        return CHECK_FAILED;
    }
    for (size_t i = 0; i < n; i++)
        if (!add_folder(c, &all, folder[i]))
            worst = CHECK_FAILED;
    if (o->form == CHECK_JSON)
        fputs("{\"schema\": \"sardonyx.model-run/1\", \"sets\": [", stdout);
    progress_begin(o->progress, "checking", "sets", (double)all.n);
    for (size_t i = 0; i < all.n; i++) {
        progress_at(o->progress, (double)i, all.folder[i]);
        check_result r = check_set(&k, all.folder[i]);
        worst = r > worst ? r : worst;
    }
    progress_end(o->progress);
    if (o->form == CHECK_JSON) {
        fputs("\n]", stdout);
        for (int i = 0; i < 3; i++)
            printf(", \"n_%s\": %zu", result_name[i], k.n_of[i]);
        fputs("}\n", stdout);
    } else if (o->form == CHECK_TEXT && all.n > 1 && !c->quiet) {
        printf("%zu sets: %zu as expected, %zu differ, %zu failed\n", k.n_sets, k.n_of[CHECK_SAME],
               k.n_of[CHECK_DIFFERS], k.n_of[CHECK_FAILED]);
    }
    tool_free_list(all.folder, all.n);
    return worst;
}
