/* tools/allowance.c - what a folder of test data says about how near is near enough. */
#include "allowance.h"

#include "cli.h"
#include "io/file.h"
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double times_noise = 4; /* of the reference against itself */

/* ---- one level of case.json ---- */

static void take(const json_t *j, tolerance *t, bool rtol_given, bool atol_given)
{
    const json_t *rtol = json_object_get(j, "rtol"), *atol = json_object_get(j, "atol");
    const json_t *noise = json_object_get(j, "noise");
    if (!noise)
        noise = json_object_get(j, "noise_abs");
    if (json_is_number(rtol) && !rtol_given)
        t->rtol = json_number_value(rtol);
    if (json_is_number(atol) && !atol_given)
        t->atol = json_number_value(atol);
    else if (json_is_number(noise) && !atol_given)
        t->atol = fmax(t->atol, times_noise * json_number_value(noise));
}

static bool sound(const allowance *a)
{
    for (size_t i = 0; i < a->n; i++)
        if (!(a->of[i].rtol >= 0) || !(a->of[i].atol >= 0))
            return false;
    return true;
}

/* ---- files ---- */

/* "a/b/test_data_set_3/" is set 3; -1: it has no number. */
static int64_t number_of_set(const char *folder)
{
    static const char name[] = "test_data_set_";
    const char *base = tool_base_name(folder);
    int64_t n;
    if (strncmp(base, name, sizeof name - 1) != 0 ||
        !cli_number(base + sizeof name - 1, 0, INT32_MAX, &n))
        return -1;
    return n;
}

static bool no(char *why, size_t size, const char *path, const char *what)
{
    snprintf(why, size, "%s: %s", path, what);
    return false;
}

static bool read_case(allowance *a, const char *path, const char *folder, bool rtol_given,
                      bool atol_given, char *why, size_t size)
{
    json_error_t err;
    json_t *whole = json_load_file(path, 0, &err);
    const json_t *sets = json_object_get(whole, "sets"), *set = whole;
    int64_t at = number_of_set(folder);
    if (!whole)
        return no(why, size, path, err.text);
    if (sets && at >= 0)
        set = json_array_get(sets, (size_t)at);
    for (size_t i = 0; i < a->n; i++) {
        take(whole, &a->of[i], rtol_given, atol_given);
        if (set != whole)
            take(set, &a->of[i], rtol_given, atol_given);
        take(json_array_get(json_object_get(set, "outputs"), i), &a->of[i], rtol_given, atol_given);
    }
    json_decref(whole);
    snprintf(a->source, sizeof a->source, "case.json");
    return sound(a) || no(why, size, path, "a tolerance is not below zero");
}

static bool read_pair(allowance *a, const char *path, bool rtol_given, bool atol_given, char *why,
                      size_t size)
{
    size_t bytes;
    char *text = tool_read_file(path, &bytes), *rest = text;
    double number[2];
    int n = 0;
    for (char *word; text && n < 2 && (word = strsep(&rest, " \t\r\n"));)
        if (*word && !cli_real(word, &number[n++]))
            n = 3;
    free(text);
    if (n != 2)
        return no(why, size, path, "\"rtol atol\" was expected");
    for (size_t i = 0; i < a->n; i++) {
        if (!rtol_given)
            a->of[i].rtol = number[0];
        if (!atol_given)
            a->of[i].atol = number[1];
    }
    snprintf(a->source, sizeof a->source, "tolerance");
    return sound(a) || no(why, size, path, "a tolerance is not below zero");
}

/* The folder above, without asking what a link leads to. */
static char *above(const char *folder)
{
    const char *base = tool_base_name(folder);
    return base == folder ? strdup(".") : strndup(folder, (size_t)(base - folder));
}

static bool read_folder(allowance *a, const char *at, const char *folder, bool rtol_given,
                        bool atol_given, char *why, size_t size)
{
    char *json = tool_join(at, "case.json"), *pair = tool_join(at, "tolerance");
    bool good = json && pair;
    if (!good)
        no(why, size, folder, "no memory");
    else if (tool_exists(json))
        good = read_case(a, json, folder, rtol_given, atol_given, why, size);
    else if (tool_exists(pair))
        good = read_pair(a, pair, rtol_given, atol_given, why, size);
    free(json);
    free(pair);
    return good;
}

bool allowance_read(allowance *a, const char *folder, size_t n, tolerance usual, bool rtol_given,
                    bool atol_given, char *why, size_t size)
{
    *a = (allowance){ .n = n, .of = calloc(n + 1, sizeof *a->of) };
    size_t length = strlen(folder);
    while (length > 1 && folder[length - 1] == '/')
        length--;
    char *plain = strndup(folder, length), *up = plain ? above(plain) : NULL;
    bool good = a->of && up;
    if (!good)
        no(why, size, folder, "no memory");
    for (size_t i = 0; good && i < n; i++)
        a->of[i] = usual;
    if (good && !usual.bitwise)
        good = read_folder(a, plain, plain, rtol_given, atol_given, why, size);
    if (good && !usual.bitwise && !a->source[0] && number_of_set(plain) >= 0)
        good = read_folder(a, up, plain, rtol_given, atol_given, why, size);
    free(plain);
    free(up);
    return good;
}

void allowance_free(allowance *a)
{
    free(a->of);
    *a = (allowance){ .n = 0 };
}

static void range(char *text, size_t size, const char *name, double least, double most)
{
    if (least < most)
        snprintf(text, size, "%s %.3g to %.3g", name, least, most);
    else
        snprintf(text, size, "%s %.3g", name, least);
}

void allowance_text(const allowance *a, char *text, size_t size)
{
    char relative[64], absolute[64];
    tolerance least = { .rtol = 0 }, most = { .rtol = 0 };
    for (size_t i = 0; i < a->n; i++) {
        tolerance t = a->of[i];
        if (t.bitwise) {
            snprintf(text, size, "bit by bit");
            return;
        }
        least.rtol = i ? fmin(least.rtol, t.rtol) : t.rtol;
        least.atol = i ? fmin(least.atol, t.atol) : t.atol;
        most.rtol = fmax(most.rtol, t.rtol);
        most.atol = fmax(most.atol, t.atol);
    }
    range(relative, sizeof relative, "rtol", least.rtol, most.rtol);
    range(absolute, sizeof absolute, "atol", least.atol, most.atol);
    snprintf(text, size, "%s, %s%s%s", relative, absolute, a->source[0] ? " of " : "", a->source);
}
