/* tools/lint/baseline.c - findings that are known and accepted, in a file of JSON.
 *
 *     { "schema": "sardonyx.model-lint-baseline/1",
 *       "findings": [ { "file", "code", "name", "graph", "node", "fingerprint", "count" } … ] }
 *
 * A finding is recognised by file and fingerprint; the rest is for people. */
#include "lint/baseline.h"
#include "io/text.h"
#include "report/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char schema[] = "sardonyx.model-lint-baseline/1";

struct baseline {
    json_t *by_key; /* "file\nfingerprint" to the finding's object */
};

baseline *baseline_new(void)
{
    baseline *b = calloc(1, sizeof *b);
    if (b && !(b->by_key = json_object())) {
        free(b);
        b = NULL;
    }
    return b;
}

void baseline_free(baseline *b)
{
    if (b)
        json_decref(b->by_key);
    free(b);
}

/* The file's name as JSON has it; "./net.onnx" is net.onnx. */
static json_t *key_of(const char *file, const char *fingerprint)
{
    while (file[0] == '.' && file[1] == '/')
        file += 2;
    json_t *name = json_text(file),
           *key = name ? json_sprintf("%s\n%s", json_string_value(name), fingerprint) : NULL;
    json_decref(name);
    return key;
}

static bool raise_count(json_t *o, json_int_t by)
{
    json_int_t n = json_integer_value(json_object_get(o, "count")) + by;
    return json_object_set_new(o, "count", json_integer(n)) == 0;
}

bool baseline_add(baseline *b, const char *file, const sdx_finding *f)
{
    char hex[17];
    report_fingerprint(hex, f);
    json_t *key = key_of(file, hex);
    json_t *o = key ? json_object_get(b->by_key, json_string_value(key)) : NULL;
    bool good = key != NULL;
    if (good && !o) {
        o = json_object();
        good = json_object_set_new(o, "file", json_text(file)) == 0 &&
               json_object_set_new(o, "code", json_text(f->code)) == 0 &&
               json_object_set_new(o, "name", json_text(f->name)) == 0 &&
               json_object_set_new(o, "graph", json_text(f->graph)) == 0 &&
               json_object_set_new(o, "node", json_text(f->node)) == 0 &&
               json_object_set_new(o, "fingerprint", json_text(hex)) == 0 &&
               json_object_set(b->by_key, json_string_value(key), o) == 0;
        json_decref(o);
    }
    good = good && raise_count(o, 1);
    json_decref(key);
    return good;
}

bool baseline_has(const baseline *b, const char *file, const sdx_finding *f)
{
    char hex[17];
    report_fingerprint(hex, f);
    json_t *key = key_of(file, hex);
    json_t *o = key ? json_object_get(b->by_key, json_string_value(key)) : NULL;
    json_decref(key);
    return o && json_integer_value(json_object_get(o, "count")) > 0;
}

bool baseline_take(baseline *b, const char *file, const sdx_finding *f)
{
    char hex[17];
    report_fingerprint(hex, f);
    json_t *key = key_of(file, hex);
    json_t *o = key ? json_object_get(b->by_key, json_string_value(key)) : NULL;
    bool there = o && json_integer_value(json_object_get(o, "count")) > 0 && raise_count(o, -1);
    json_decref(key);
    return there;
}

static bool read_one(baseline *b, json_t *o)
{
    const char *file = json_string_value(json_object_get(o, "file")),
               *print = json_string_value(json_object_get(o, "fingerprint"));
    json_int_t count = json_integer_value(json_object_get(o, "count"));
    json_t *key = file && print && count > 0 ? key_of(file, print) : NULL;
    bool good = key && json_object_set(b->by_key, json_string_value(key), o) == 0;
    json_decref(key);
    return good;
}

baseline *baseline_read(const cli *c, const char *path)
{
    json_error_t err;
    json_t *all = json_load_file(path, 0, &err), *item;
    const char *says = json_string_value(json_object_get(all, "schema"));
    baseline *b = all ? baseline_new() : NULL;
    size_t i;
    bool good = b && says && strcmp(says, schema) == 0;
    if (!all)
        cli_say(c, "%s: line %d: %s", path, err.line, err.text);
    json_array_foreach(json_object_get(all, "findings"), i, item) good = good && read_one(b, item);
    if (all && !good) {
        cli_say(c, "%s: this is no baseline, which --write-baseline writes", path);
        baseline_free(b);
        b = NULL;
    }
    json_decref(all);
    return b;
}

bool baseline_write(const baseline *b, const cli *c, const char *path)
{
    json_t *all = json_object(), *list = json_array(), *item;
    const char *key;
    bool good = all && list && json_object_set_new(all, "schema", json_text(schema)) == 0;
    json_object_foreach(b->by_key, key, item) good = good && json_array_append(list, item) == 0;
    good = good && json_object_set(all, "findings", list) == 0;
    FILE *to = good ? strcmp(path, "-") == 0 ? stdout : fopen(path, "w") : NULL;
    if (good && !to) {
        cli_say(c, "%s: %s", path, strerror(errno));
    } else if (to) {
        good = json_print_lines(to, all) && fflush(to) == 0;
        good = (to == stdout || fclose(to) == 0) && good;
    }
    if (to && !good)
        cli_say(c, "%s could not be written", path);
    json_decref(list);
    json_decref(all);
    return good && to;
}
