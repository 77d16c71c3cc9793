/* tools/io/text.c - texts of a model in JSON, and JSON on few lines. */
#include "io/text.h"
#include "glyph.h"

#include <stdlib.h>
#include <string.h>

json_t *json_text(const char *s)
{
    json_t *t = s ? json_string(s) : json_null();
    if (t)
        return t;
    char *clean = malloc(3 * strlen(s) + 1);
    size_t at = 0;
    int32_t code;
    if (!clean)
        return NULL;
    for (size_t n; *s; s += n) {
        n = glyph_read(s, &code);
        const char *good = code == GLYPH_NONE ? "\xef\xbf\xbd" : s;
        size_t size = code == GLYPH_NONE ? 3 : n;
        memcpy(clean + at, good, size);
        at += size;
    }
    t = json_stringn(clean, at);
    free(clean);
    return t;
}

static bool dump(FILE *to, const json_t *j)
{
    return json_dumpf(j, to, JSON_ENCODE_ANY) == 0;
}

static bool list(FILE *to, const json_t *items)
{
    bool good = fputc('[', to) != EOF;
    for (size_t i = 0; good && i < json_array_size(items); i++)
        good = fputs(i ? ",\n    " : "\n    ", to) != EOF && dump(to, json_array_get(items, i));
    return good && fputc(']', to) != EOF;
}

bool json_print_lines(FILE *to, const json_t *object)
{
    const char *key;
    json_t *value, *all = (json_t *)object; /* the iterator takes no const */
    bool good = fputc('{', to) != EOF, first = true;
    json_object_foreach(all, key, value)
    {
        json_t *name = json_text(key);
        good = good && fputs(first ? "" : ",\n  ", to) != EOF && name && dump(to, name) &&
               fputs(": ", to) != EOF && (json_is_array(value) ? list(to, value) : dump(to, value));
        json_decref(name);
        first = false;
    }
    return good && fputs("\n}\n", to) != EOF;
}
