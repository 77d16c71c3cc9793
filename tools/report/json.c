/* tools/report/json.c - findings as one JSON document, or one object a line: "schema": "sardonyx.model-lint/1". */
#include "io/text.h"
#include "report/report.h"

#include <stdlib.h>
#include <string.h>

typedef struct document {
    json_t *files, *findings; /* findings: of the file being looked at */
    size_t errors, warnings, notes;
} document;

static void put(report *r, json_t *o, const char *key, json_t *value)
{
    r->failed |= json_object_set_new(o, key, value) != 0;
}

static void push(report *r, json_t *list, json_t *value)
{
    r->failed |= json_array_append_new(list, value) != 0;
}

/* "float32[64, C, ?]" as [64, "C", null]; null where the rank is not known or there is no shape. */
static json_t *shape_of(report *r, const char *type)
{
    const char *at = strchr(type, '['), *outer = strchr(type, '(');
    if (!at || strncmp(at, "[...", 4) == 0 || (outer && outer < at))
        return json_null();
    json_t *list = json_array();
    for (at++; *at && *at != ']';) {
        char word[256];
        size_t n = report_dim_length(at);
        int64_t number;
        snprintf(word, sizeof word, "%.*s", (int)(n < sizeof word ? n : sizeof word - 1), at);
        push(r, list,
             cli_number(word, INT64_MIN, INT64_MAX, &number) ? json_integer(number)
             : strcmp(word, "?") == 0                        ? json_null()
                                                             : json_text(word));
        at += n;
        at += strspn(at, ", ");
    }
    return list;
}

/* file: NULL: the document names it once for all its findings. */
static json_t *finding_of(report *r, const char *file, const sdx_finding *f)
{
    json_t *o = json_object(), *values = json_array(), *numbers = json_object(),
           *help = json_array();
    char hex[17];
    report_fingerprint(hex, f);
    if (file)
        put(r, o, "file", json_text(file));
    put(r, o, "code", json_text(f->code));
    put(r, o, "name", json_text(f->name));
    put(r, o, "severity", json_text(report_severity(f->severity)));
    put(r, o, "message", json_text(f->message));
    put(r, o, "graph", json_text(f->graph));
    put(r, o, "node", json_text(f->node));
    put(r, o, "op", json_text(f->op));
    put(r, o, "index", json_integer(f->index));
    for (size_t i = 0; i < f->n_values; i++) {
        json_t *v = json_object();
        put(r, v, "name", json_text(f->values[i].name));
        put(r, v, "type", json_text(f->values[i].type));
        put(r, v, "shape", shape_of(r, f->values[i].type));
        put(r, v, "axis", f->values[i].axis >= 0 ? json_integer(f->values[i].axis) : json_null());
        put(r, v, "origin", json_text(f->values[i].origin));
        push(r, values, v);
    }
    for (size_t i = 0; i < f->n_numbers; i++)
        put(r, numbers, f->numbers[i].name, json_integer(f->numbers[i].value));
    for (size_t i = 0; i < f->n_help; i++)
        push(r, help, json_text(f->help[i]));
    put(r, o, "values", values);
    put(r, o, "numbers", numbers);
    put(r, o, "help", help);
    if (f->fix) {
        json_t *fix = json_object();
        put(r, fix, "text", json_text(f->fix));
        put(r, fix, "safe", json_boolean(f->fix_is_safe));
        put(r, o, "fix", fix);
    }
    put(r, o, "fingerprint", json_text(hex));
    if (f->suppressed)
        put(r, o, "suppressed", json_text(f->suppressed));
    return o;
}

static void finding(report *r, const char *file, const sdx_finding *f)
{
    document *d = r->state;
    (void)file;
    push(r, d->findings, finding_of(r, NULL, f));
}

static void add_file(report *r, const char *name, json_t *file)
{
    document *d = r->state;
    put(r, file, "file", json_text(name));
    put(r, file, "findings", d->findings);
    push(r, d->files, file);
    d->findings = json_array();
}

static json_t *error_of(report *r, const sdx_error *err)
{
    json_t *error = json_object();
    put(r, error, "status", json_text(sdx_status_name(err->status)));
    put(r, error, "place", json_text(err->place));
    put(r, error, "message", json_text(err->fact));
    put(r, error, "help", json_text(err->hint));
    return error;
}

/* Why a file could not be looked at, as a finding for whoever reads nothing else. */
static json_t *unreadable(report *r, const char *file, const sdx_error *err)
{
    char code[sizeof err->rule];
    const char *space = strchr(err->rule, ' '), *help = err->hint;
    snprintf(code, sizeof code, "%.*s", space ? (int)(space - err->rule) : 0, err->rule);
    return finding_of(r, file,
                      &(sdx_finding){ .code = code,
                                      .name = space ? space + 1 : "",
                                      .severity = SDX_ERROR,
                                      .message = err->fact,
                                      .graph = "",
                                      .node = "",
                                      .op = "",
                                      .index = -1,
                                      .n_help = *help != 0,
                                      .help = &help });
}

static void failure(report *r, const char *name, const sdx_error *err)
{
    document *d = r->state;
    json_t *file = json_object();
    put(r, file, "error", error_of(r, err));
    if (*err->rule) {
        push(r, d->findings, unreadable(r, NULL, err));
        d->errors++;
    }
    add_file(r, name, file);
}

static void done(report *r, const report_file *f)
{
    document *d = r->state;
    json_t *file = json_object();
    put(r, file, "errors", json_integer((json_int_t)f->errors));
    put(r, file, "warnings", json_integer((json_int_t)f->warnings));
    put(r, file, "notes", json_integer((json_int_t)f->notes));
    put(r, file, "nodes", json_integer((json_int_t)f->nodes));
    put(r, file, "in_baseline", json_integer((json_int_t)f->known));
    put(r, file, "not_shown", json_integer((json_int_t)f->hidden));
    put(r, file, "suppressed", json_integer((json_int_t)f->left_out));
    put(r, file, "ms", json_real(f->ms));
    put(r, file, "settings", f->settings ? json_text(f->settings) : json_null());
    add_file(r, f->name, file);
    d->errors += f->errors;
    d->warnings += f->warnings;
    d->notes += f->notes;
}

static void end(report *r)
{
    document *d = r->state;
    json_t *o = json_object();
    put(r, o, "schema", json_text("sardonyx.model-lint/1"));
    put(r, o, "version", json_text(sdx_version()));
    put(r, o, "errors", json_integer((json_int_t)d->errors));
    put(r, o, "warnings", json_integer((json_int_t)d->warnings));
    put(r, o, "notes", json_integer((json_int_t)d->notes));
    put(r, o, "files", d->files);
    r->failed |= json_dumpf(o, r->to, JSON_INDENT(2)) != 0 || fputc('\n', r->to) == EOF;
    json_decref(d->findings);
    json_decref(o);
    free(d);
}

bool report_json(report *r)
{
    document *d = calloc(1, sizeof *d);
    if (!d)
        return false;
    d->files = json_array();
    d->findings = json_array();
    r->state = d;
    r->wants_suppressed = true;
    r->finding = finding;
    r->failure = failure;
    r->done = done;
    r->end = end;
    return d->files && d->findings;
}

/* ---- an object a line ---- */

static void print_row(report *r, json_t *o)
{
    put(r, o, "schema", json_text("sardonyx.model-lint/1"));
    r->failed |= json_dumpf(o, r->to, 0) != 0 || fputc('\n', r->to) == EOF;
    json_decref(o);
}

static void row(report *r, const char *file, const sdx_finding *f)
{
    print_row(r, finding_of(r, file, f));
}

static void failure_row(report *r, const char *file, const sdx_error *err)
{
    json_t *o = *err->rule ? unreadable(r, file, err) : json_object();
    put(r, o, "file", json_text(file));
    put(r, o, "error", error_of(r, err));
    print_row(r, o);
}

bool report_jsonl(report *r)
{
    r->wants_suppressed = true;
    r->finding = row;
    r->failure = failure_row;
    return true;
}
