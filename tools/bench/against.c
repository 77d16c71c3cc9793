/* tools/bench/against.c - what the same models took before. */
#include "bench/bench.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

struct against {
    json_t *line; /* an array of objects */
};

static int next_letter(FILE *f)
{
    int c;
    do
        c = getc(f);
    while (c == ' ' || c == '\n' || c == '\r' || c == '\t');
    if (c != EOF)
        ungetc(c, f);
    return c;
}

/* One value after the other; an array stands for what is in it. */
static bool read_all(FILE *f, json_t *to, json_error_t *err)
{
    while (next_letter(f) != EOF) {
        json_t *one = json_loadf(f, JSON_DISABLE_EOF_CHECK, err);
        if (!one)
            return false;
        if (json_is_array(one))
            json_array_extend(to, one);
        else
            json_array_append(to, one);
        json_decref(one);
    }
    return true;
}

against *against_open(const cli *c, const char *path)
{
    json_error_t err = { .text = "no memory" };
    against *a = calloc(1, sizeof *a);
    FILE *f = fopen(path, "r");
    if (!f) {
        cli_say(c, "%s: %s", path, strerror(errno));
        free(a);
        return NULL;
    }
    if (a)
        a->line = json_array();
    bool good = a && a->line && read_all(f, a->line, &err);
    fclose(f);
    if (good && json_array_size(a->line) == 0) {
        snprintf(err.text, sizeof err.text, "nothing is in it");
        good = false;
    }
    if (good)
        return a;
    cli_say(c, "%s: %s", path, err.text);
    against_free(a);
    return NULL;
}

void against_free(against *a)
{
    if (a)
        json_decref(a->line);
    free(a);
}

static bool same_number(const json_t *line, const char *key, int usual, int wanted)
{
    const json_t *j = json_object_get(line, key);
    return (json_is_integer(j) ? json_integer_value(j) : usual) == wanted;
}

double against_ms(const against *a, const figures *f)
{
    const char *key = f->ran ? "median_ms" : "load_ms";
    for (size_t i = 0; i < json_array_size(a->line); i++) {
        const json_t *line = json_array_get(a->line, i);
        const char *model = json_string_value(json_object_get(line, "model"));
        const json_t *ms = json_object_get(line, key);
        if (model && strcmp(model, f->model) == 0 && json_is_number(ms) &&
            same_number(line, "threads", 1, f->threads) &&
            same_number(line, "streams", 1, f->streams))
            return json_number_value(ms);
    }
    return -1;
}
