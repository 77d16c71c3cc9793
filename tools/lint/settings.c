/* tools/lint/settings.c - settings by name: how each is read, and what several come to. */
#include "lint/settings.h"

#include "report/rules.h"
#include <fnmatch.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct setting {
    const char *name;
    bool (*set)(settings *all, const setting *s, const char *value, char *why, size_t size);
    size_t at; /* where it lies in settings */
    bool is_pair;
};

static const char *const levels[] = { "note", "warning", "error", "never" };

static bool refuse(char *why, size_t size, const char *wanted, const char *value)
{
    snprintf(why, size, "takes %s, not '%s'", wanted, value);
    return false;
}

/* A word that means no rule would leave a model unlooked at in silence. */
static bool are_rules(const char *list, char *why, size_t size)
{
    char word[96];
    sdx_rule_info rule;
    for (const char *at = list + strspn(list, ", "); *at; at += strspn(at, ", ")) {
        size_t n = strcspn(at, ", ");
        bool some = false;
        snprintf(word, sizeof word, "%.*s", (int)(n < sizeof word ? n : sizeof word - 1), at);
        for (size_t i = 0; !some && sdx_rule_about(i, &rule) == SDX_OK; i++)
            some = rules_mean(word, rule.code, rule.name);
        if (!some)
            return refuse(why, size, "codes, names or globs of rules (--list-rules prints them)",
                          word);
        at += n;
    }
    return true;
}

/* ---- kinds of values ---- */

static bool set_copy(char **to, const char *value, char *why, size_t size)
{
    char *copy = strdup(value);
    if (!copy)
        snprintf(why, size, "out of memory");
    else
        free(*to);
    *to = copy ? copy : *to;
    return copy != NULL;
}

static bool set_rules(settings *all, const setting *s, const char *value, char *why, size_t size)
{
    return are_rules(value, why, size) &&
           set_copy((char **)((char *)all + s->at), value, why, size);
}

static bool set_text(settings *all, const setting *s, const char *value, char *why, size_t size)
{
    return set_copy((char **)((char *)all + s->at), value, why, size);
}

static bool set_level(settings *all, const setting *s, const char *value, char *why, size_t size)
{
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
        if (strcmp(value, levels[i]) == 0)
            return set_text(all, s, value, why, size);
    return refuse(why, size, "error, warning, note or never", value);
}

static bool set_number(settings *all, const setting *s, const char *value, char *why, size_t size)
{
    return cli_number(value, 1, INT32_MAX, (int64_t *)(void *)((char *)all + s->at)) ||
           refuse(why, size, "a number from 1 on", value);
}

static bool set_flag(settings *all, const setting *s, const char *value, char *why, size_t size)
{
    static const char *const words[] = { "yes", "true", "on", "no", "false", "off" };
    for (int i = 0; i < 6; i++)
        if (!value || strcmp(value, words[i]) == 0) {
            *(int *)(void *)((char *)all + s->at) = i < 3 ? 1 : -1;
            return true;
        }
    return refuse(why, size, "yes or no", value);
}

static bool set_pair(settings *all, const setting *s, const char *value, char *why, size_t size)
{
    setting_pairs *p = (void *)((char *)all + s->at);
    bool levelled = s->at == offsetof(settings, severity);
    const char *equals = strrchr(value, '=');
    if (!equals || equals == value)
        return refuse(why, size, levelled ? "RULES=LEVEL" : "GLOB=RULES", value);
    char *left = strndup(value, (size_t)(equals - value)), *right = strdup(equals + 1);
    struct setting_pair *more = realloc(p->of, (p->n + 1) * sizeof *more);
    p->of = more ? more : p->of;
    bool good = left && right && more;
    if (!good) {
        snprintf(why, size, "out of memory");
    } else if (levelled) {
        bool off = strcmp(right, "off") == 0, known = off;
        for (int i = 0; i <= SDX_ERROR; i++)
            known |= strcmp(right, levels[i]) == 0;
        good = known ? are_rules(left, why, size)
                     : refuse(why, size, "RULES=LEVEL, a level of error, warning, note or off",
                              value);
    } else {
        good = are_rules(right, why, size);
    }
    if (good) {
        p->of[p->n++] = (struct setting_pair){ left, right };
        return true;
    }
    free(left);
    free(right);
    return false;
}

static bool set_dim(settings *all, const setting *s, const char *value, char *why, size_t size)
{
    (void)s;
    return cli_read_dim(&all->dims, value) || refuse(why, size, "SYMBOL=NUMBER", value);
}

static bool set_shape(settings *all, const setting *s, const char *value, char *why, size_t size)
{
    (void)s;
    return cli_read_shape(&all->dims, value) || refuse(why, size, "NAME=1,3,224,224", value);
}

#define AT(field) offsetof(settings, field)
static const setting table[] = {
    { "select", set_rules, AT(select), false },
    { "ignore", set_rules, AT(ignore), false },
    { "severity", set_pair, AT(severity), true },
    { "ignore-in", set_pair, AT(ignore_in), true },
    { "fail-on", set_level, AT(fail_on), false },
    { "max-findings", set_number, AT(max_findings), false },
    { "baseline", set_text, AT(baseline), false },
    { "no-suppress", set_flag, AT(no_suppress), false },
    { "dim", set_dim, 0, true },
    { "shape", set_shape, 0, true },
    { "opset", set_number, AT(opset), false },
    { "ir", set_number, AT(ir), false },
    { "runtime", set_flag, AT(runtime), false },
};
enum { N_SETTINGS = sizeof table / sizeof *table };

const setting *setting_find(const char *name)
{
    for (int i = 0; i < N_SETTINGS; i++)
        if (strcmp(table[i].name, name) == 0)
            return &table[i];
    return NULL;
}

void setting_names(FILE *to)
{
    for (int i = 0; i < N_SETTINGS; i++)
        fprintf(to, "%s%s", i == 0 ? "" : i + 1 == N_SETTINGS ? " and " : ", ", table[i].name);
}

bool setting_is_pair(const setting *s)
{
    return s->is_pair;
}

bool settings_set(settings *all, const setting *s, const char *value, char *why, size_t size)
{
    return s->set(all, s, value, why, size);
}

static void free_pairs(setting_pairs *p)
{
    for (size_t i = 0; i < p->n; i++) {
        free(p->of[i].left);
        free(p->of[i].right);
    }
    free(p->of);
}

void settings_free(settings *s)
{
    free(s->select);
    free(s->ignore);
    free(s->baseline);
    free(s->fail_on);
    free(s->folder);
    free_pairs(&s->severity);
    free_pairs(&s->ignore_in);
    cli_free_dims(&s->dims);
    *s = (settings){ 0 };
}

/* ---- what they come to ---- */

static int level_of(const char *word)
{
    for (int i = 0; i < (int)(sizeof levels / sizeof *levels); i++)
        if (strcmp(word, levels[i]) == 0)
            return i;
    return SETTINGS_OFF;
}

int settings_fail_on(const settings *line, const settings *file)
{
    const char *word = line->fail_on ? line->fail_on : file->fail_on;
    return word ? level_of(word) : SDX_ERROR;
}

int settings_severity(const settings *line, const settings *file, const sdx_finding *f)
{
    const setting_pairs *of[] = { &line->severity, &file->severity };
    for (int k = 0; k < 2; k++)
        for (size_t i = of[k]->n; i-- > 0;) /* the last word counts */
            if (rules_mean(of[k]->of[i].left, f->code, f->name))
                return level_of(of[k]->of[i].right);
    return (int)f->severity;
}

/* The path of a model as globs see it: within the folder of the settings where it lies there. */
static char *seen_from(const char *folder, const char *path)
{
    char *full = folder ? realpath(path, NULL) : NULL, *seen = NULL;
    size_t n = folder ? strlen(folder) : 0;
    n -= n && folder[n - 1] == '/'; /* the root */
    if (full && strncmp(full, folder, n) == 0 && full[n] == '/')
        seen = strdup(full + n + 1);
    else
        seen = strdup(strncmp(path, "./", 2) == 0 ? path + 2 : path);
    free(full);
    return seen;
}

static void print_ignored(FILE *to, const settings *s, const char *path)
{
    char *seen = s->ignore_in.n ? seen_from(s->folder, path) : NULL;
    for (size_t i = 0; seen && i < s->ignore_in.n; i++) {
        const char *slash = strrchr(seen, '/'), *glob = s->ignore_in.of[i].left;
        if (fnmatch(glob, seen, 0) == 0 || (slash && fnmatch(glob, slash + 1, 0) == 0))
            fprintf(to, ",%s", s->ignore_in.of[i].right);
    }
    free(seen);
}

char *settings_ignored(const settings *line, const settings *file, const char *path)
{
    char *list = NULL;
    size_t size;
    FILE *to = open_memstream(&list, &size);
    if (!to)
        return NULL;
    const char *always = line->ignore ? line->ignore : file->ignore;
    fputs(always ? always : "", to);
    print_ignored(to, line, path);
    print_ignored(to, file, path);
    return fclose(to) == 0 ? list : NULL;
}

/* Is this one of the symbols of the model's inputs, or "x.shape[0]", a dim without one? */
static bool is_symbol(const sdx_model *m, const char *symbol)
{
    sdx_value_info in;
    char place[512];
    for (size_t i = 0; sdx_model_input(m, i, &in) == SDX_OK; i++)
        for (int k = 0; k < in.rank; k++) {
            snprintf(place, sizeof place, "%s.shape[%d]", in.name, k);
            const char *name = in.symbols && in.symbols[k] ? in.symbols[k] : place;
            if (in.dims[k] < 0 && strcmp(name, symbol) == 0)
                return true;
        }
    return false;
}

static bool is_bound(const cli_dims *d, const char *symbol)
{
    for (size_t i = 0; i < d->n; i++)
        if (strcmp(d->dim[i].symbol, symbol) == 0)
            return true;
    return false;
}

/* Is the input of "x=1,3,H,W" one of the model's whose shape is not given yet? */
static bool is_open(const sdx_model *m, const cli_dims *d, const char *shape)
{
    size_t n = (size_t)(strrchr(shape, '=') - shape);
    sdx_value_info in;
    for (size_t i = 0; i < d->n_shapes; i++)
        if (strncmp(d->shape[i], shape, n + 1) == 0)
            return false;
    for (size_t i = 0; sdx_model_input(m, i, &in) == SDX_OK; i++)
        if (strlen(in.name) == n && memcmp(in.name, shape, n) == 0)
            return true;
    return false;
}

bool settings_add_dims(cli_dims *to, const settings *file, const sdx_model *m)
{
    const cli_dims *from = &file->dims;
    for (size_t i = 0; i < from->n_shapes; i++)
        if (is_open(m, to, from->shape[i]) && !cli_read_shape(to, from->shape[i]))
            return false;
    for (size_t i = 0; i < from->n; i++) {
        char text[512];
        snprintf(text, sizeof text, "%s=%lld", from->dim[i].symbol, (long long)from->dim[i].value);
        if (is_symbol(m, from->dim[i].symbol) && !is_bound(to, from->dim[i].symbol) &&
            !cli_read_dim(to, text))
            return false;
    }
    return true;
}
