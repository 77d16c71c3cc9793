/* tools/lint/ini.c - a file of sections, keys and values, by way of libinih. */
#include "lint/ini.h"

#ifdef SARDONYX_INI
#include <ini.h>
#include <stdlib.h>
#include <string.h>

const bool ini_can_read = true;

enum { LONGEST = 100000 }; /* bytes of a value */

/* The library hands out the lines of a value one by one, and says no line numbers: both are made
 * good here, by the lines it has asked for. */
typedef struct reading {
    const ini_reading *r;
    FILE *from;
    int line, began; /* the line read last; the one that the value began on */
    bool continues;
    char section[256], key[256], value[LONGEST];
    size_t length;
    char *text; /* the line */
    size_t room;
} reading;

static void hand_out(reading *x)
{
    if (x->began)
        x->r->entry(x->r->ctx, x->began, x->section, x->key, x->value);
    x->began = 0;
}

static char *next_line(char *to, int room, void *ctx)
{
    reading *x = ctx;
    char why[96] = "";
    ssize_t n = getline(&x->text, &x->room, x->from);
    if (n < 0)
        return NULL;
    x->line++;
    if (n > room - 2)
        snprintf(why, sizeof why, "has more than %d bytes: go on in further ones, indented",
                 room - 2);
    else if (memchr(x->text, 0, (size_t)n))
        snprintf(why, sizeof why, "has a byte of 0");
    if (*why)
        x->r->wrong(x->r->ctx, x->line, why);
    snprintf(to, (size_t)room, "%s", *why ? "" : x->text);
    x->continues = *to == ' ' || *to == '\t';
    return to;
}

/* Of a line that goes on, the library leaves comments in. */
static size_t without_comment(const char *value)
{
    size_t n = strcspn(value, ";");
    if (!value[n] || (n && value[n - 1] != ' ' && value[n - 1] != '\t'))
        return strlen(value);
    while (n && (value[n - 1] == ' ' || value[n - 1] == '\t'))
        n--;
    return n;
}

static int take(void *ctx, const char *section, const char *key, const char *value)
{
    reading *x = ctx;
    if (!x->continues) {
        hand_out(x);
        x->began = x->line;
        x->length = 0;
        snprintf(x->section, sizeof x->section, "%s", section);
        snprintf(x->key, sizeof x->key, "%s", key);
    }
    size_t n = without_comment(value);
    if (n + 2 < LONGEST - x->length) {
        x->length += (size_t)snprintf(x->value + x->length, LONGEST - x->length, "%s%.*s",
                                      x->length ? " " : "", (int)n, value);
    } else if (x->began) {
        x->r->wrong(x->r->ctx, x->line, "makes the value too long");
        x->began = 0;
    }
    x->value[x->length] = 0;
    return 1;
}

bool ini_read(FILE *from, const ini_reading *r)
{
    reading *x = calloc(1, sizeof *x);
    if (!x)
        return false;
    x->r = r;
    x->from = from;
    int wrong = ini_parse_stream(next_line, x, take, x);
    hand_out(x);
    if (wrong > 0)
        r->wrong(r->ctx, wrong, "is neither a [section] nor KEY = VALUE");
    free(x->text);
    free(x);
    return wrong >= 0;
}
#else
const bool ini_can_read = false;

bool ini_read(FILE *from, const ini_reading *r)
{
    (void)from;
    (void)r;
    return false;
}
#endif
