/* tools/info/diff.c - what differs between two models. */
#include "info/forms.h"
#include "io/text.h"

#include <string.h>

static const char *text_of(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? s : "";
}

/* What an item is called in both models: nodes without a name by what they make. */
static json_t *key_of(const char *section, const json_t *item)
{
    const char *name = text_of(item, "name"), *graph = text_of(item, "graph");
    if (strcmp(section, "nodes") == 0) {
        const char *made = json_string_value(json_array_get(json_object_get(item, "outputs"), 0));
        return *name ? json_sprintf("%s%s%s", graph, *graph ? "/" : "", name)
                     : json_sprintf("%s%s-> %s", graph, *graph ? "/" : "", made ? made : "");
    }
    if (strcmp(section, "functions") == 0)
        return json_sprintf("%s.%s%s%s", text_of(item, "domain"), name,
                            *text_of(item, "overload") ? ":" : "", text_of(item, "overload"));
    return json_sprintf("%s%s%s", graph, *graph ? "/" : "", name);
}

/* A list as an object; of equal names the first is kept. */
static json_t *by_name(const char *section, const json_t *list)
{
    json_t *out, *item;
    size_t i;
    if (json_is_object(list))
        return json_incref((json_t *)list);
    out = json_object();
    json_array_foreach(list, i, item)
    {
        json_t *key = key_of(section, item);
        const char *name = key ? json_string_value(key) : NULL;
        if (name && !json_object_get(out, name))
            json_object_set(out, name, item);
        json_decref(key);
    }
    return out;
}

/* The place of a node in its file says nothing of what it does. */
static bool same(const json_t *a, const json_t *b)
{
    if (!json_is_object(a) || !json_is_object(b) || !json_object_get(a, "index"))
        return json_equal(a, b);
    json_t *x = json_copy((json_t *)a), *y = json_copy((json_t *)b);
    json_object_del(x, "index");
    json_object_del(y, "index");
    bool equal = json_equal(x, y);
    json_decref(x);
    json_decref(y);
    return equal;
}

static bool add(json_t *out, const char *section, const char *name, json_t *old, json_t *now)
{
    json_t *d = json_object();
    bool good = json_object_set_new(d, "section", json_text(section)) == 0 &&
                json_object_set_new(d, "name", json_text(name)) == 0 &&
                (old ? json_object_set(d, "old", old)
                     : json_object_set_new(d, "old", json_null())) == 0 &&
                (now ? json_object_set(d, "new", now)
                     : json_object_set_new(d, "new", json_null())) == 0;
    return json_array_append_new(out, d) == 0 && good;
}

/* told: names of inputs, outputs and initializers, which are among the values once more. */
static bool section(json_t *out, json_t *told, const char *title, const json_t *old,
                    const json_t *now)
{
    bool values = strcmp(title, "values") == 0;
    json_t *a = by_name(title, old), *b = by_name(title, now), *item;
    const char *name;
    bool good = a && b;
    json_object_foreach(a, name, item)
    {
        json_t *other = json_object_get(b, name);
        if (values && json_object_get(told, name))
            continue;
        if (json_object_get(item, "type"))
            json_object_set(told, name, json_true());
        if (!other || !same(item, other))
            good = add(out, title, name, item, other) && good;
    }
    json_object_foreach(b, name, item)
    {
        if (values && json_object_get(told, name))
            continue;
        if (json_object_get(item, "type"))
            json_object_set(told, name, json_true());
        if (!json_object_get(a, name))
            good = add(out, title, name, NULL, item) && good;
    }
    json_decref(a);
    json_decref(b);
    return good;
}

json_t *info_differences(const json_t *old, const json_t *now)
{
    static const char *const own[] = { "model", "file_bytes", "macs", "operator_macs" };
    json_t *out = json_array(), *told = json_object(), *value, *all = (json_t *)old;
    const char *key;
    bool good = out && told;
    json_object_foreach(all, key, value)
    {
        json_t *other = json_object_get(now, key);
        bool skip = false;
        for (size_t i = 0; i < sizeof own / sizeof *own; i++)
            skip = skip || strcmp(key, own[i]) == 0;
        if (skip)
            continue;
        if (json_is_array(value) || json_is_object(value))
            good = section(out, told, key, value, other) && good;
        else if (!json_equal(value, other))
            good = add(out, "model", key, value, other) && good;
    }
    json_decref(told);
    if (!good) {
        json_decref(out);
        return NULL;
    }
    return out;
}

static void side(FILE *to, char sign, const json_t *d, bool color)
{
    const char *title = text_of(d, "section");
    const json_t *item = json_object_get(d, sign == '-' ? "old" : "new");
    if (!item || json_is_null(item))
        return;
    fprintf(to, "%s%c ", color ? sign == '-' ? "\033[31m" : "\033[32m" : "", sign);
    if (!json_is_object(item)) {
        cli_print_escaped(to, text_of(d, "name"));
        fputs(": ", to);
    }
    info_print_item(to, title, item, ATTRIBUTES_BEHIND);
    const char *digest = text_of(item, "digest");
    if (*digest)
        fprintf(to, "  data %s", digest);
    fputs(color ? "\033[0m\n" : "\n", to);
}

void info_print_differences(FILE *to, const json_t *list, const char *old_name,
                            const char *new_name, bool color)
{
    const char *title = "";
    json_t *d;
    size_t i;
    if (json_array_size(list) == 0)
        return;
    fputs("--- ", to);
    cli_print_escaped(to, old_name);
    fputs("\n+++ ", to);
    cli_print_escaped(to, new_name);
    fputs("\n", to);
    json_array_foreach(list, i, d)
    {
        if (strcmp(title, text_of(d, "section")) != 0) {
            title = text_of(d, "section");
            fprintf(to, "@@ %s @@\n", title);
        }
        side(to, '-', d, color);
        side(to, '+', d, color);
    }
}
