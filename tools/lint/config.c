/* tools/lint/config.c - which file of settings a model has, and what it says. */
#include "lint/config.h"

#include "lint/baseline.h"
#include "lint/ini.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char file_name[] = ".model-lint.ini";

/* A file being read, and how many complaints there were. */
typedef struct parse {
    const cli *c;
    config *to;
    size_t wrong;
} parse;

static void complain(void *ctx, int line, const char *why)
{
    parse *p = ctx;
    cli_say(p->c, "%s:%d: %s", p->to->path, line, why);
    p->wrong++;
}

static void complain_of_name(parse *p, int line, const char *kind, const char *name)
{
    char *words = NULL;
    size_t size;
    FILE *to = open_memstream(&words, &size);
    if (to) {
        fprintf(to, "there is no %s '%s'; settings are ", kind, name);
        setting_names(to);
        fclose(to);
    }
    complain(p, line, words ? words : "out of memory");
    free(words);
}

/* A setting of [model-lint], or a pair of the section that is named as the setting is. */
static void take(void *ctx, int line, const char *section, const char *key, const char *value)
{
    parse *p = ctx;
    bool plain = strcmp(section, "model-lint") == 0;
    const setting *s = setting_find(plain ? key : section);
    char why[400] = "needs more memory", *pair = NULL, *words = NULL;
    if (!*section || (!plain && s && !setting_is_pair(s))) {
        snprintf(why, sizeof why, "'%s' belongs into the section [model-lint]", key);
        complain(p, line, why);
        return;
    }
    if (!s) {
        complain_of_name(p, line, plain ? "setting" : "section", plain ? key : section);
        return;
    }
    if (!plain && asprintf(&pair, "%s=%s", key, value) < 0)
        pair = NULL;
    bool good = (plain || pair) &&
                settings_set(&p->to->settings, s, plain ? value : pair, why, sizeof why);
    if (!good && asprintf(&words, "%s %s", plain ? key : section, why) >= 0)
        complain(p, line, words);
    p->wrong += !good && !words;
    free(words);
    free(pair);
}

static void config_free(config *f)
{
    settings_free(&f->settings);
    baseline_free(f->known);
    free(f->path);
    free(f);
}

/* A baseline that the file names lies where the file does. */
static bool read_baseline(config *f, const cli *c)
{
    const char *name = f->settings.baseline;
    char *path = NULL;
    if (!name)
        return true;
    if (asprintf(&path, "%s/%s", *name == '/' ? "" : f->settings.folder, name) < 0)
        return false;
    f->known = baseline_read(c, path);
    free(path);
    return f->known != NULL;
}

static bool fill(config *f, const cli *c)
{
    parse p = { .c = c, .to = f };
    const ini_reading r = { &p, take, complain };
    FILE *from = fopen(f->path, "r");
    if (!from) {
        cli_say(c, "%s: %s", f->path, strerror(errno));
        return false;
    }
    bool good = ini_read(from, &r);
    fclose(from);
    if (!good)
        cli_say(c, "%s: out of memory", f->path);
    else if (c->verbose && !p.wrong)
        cli_say(c, "settings of %s", f->path);
    return good && !p.wrong && read_baseline(f, c);
}

/* NULL: no memory.  path NULL: of no file. */
static config *add(configs *all, const char *path)
{
    config *f = calloc(1, sizeof *f), **more = realloc(all->of, (all->n + 1) * sizeof *more);
    all->of = more ? more : all->of;
    char *full = path && f ? realpath(path, NULL) : NULL, *slash = full ? strrchr(full, '/') : NULL;
    if (f && path) {
        f->path = strdup(path);
        f->settings.folder = slash ? strndup(full, slash == full ? 1 : (size_t)(slash - full))
                                   : NULL;
    }
    free(full);
    if (f && more && (!path || f->path))
        return all->of[all->n++] = f;
    if (f)
        config_free(f);
    return NULL;
}

config *config_read(configs *all, const cli *c, const char *path)
{
    for (size_t i = 0; i < all->n; i++)
        if (path ? all->of[i]->path && strcmp(all->of[i]->path, path) == 0 : !all->of[i]->path)
            return all->of[i];
    config *f = add(all, path);
    if (!f || !path)
        return f;
    if (!ini_can_read) {
        cli_say(c, "%s is not read: this model-lint was built without libinih", path);
        return NULL;
    }
    return fill(f, c) ? f : NULL;
}

/* The nearest file in a folder or above, to be freed; NULL: there is none. */
static char *find(const char *folder)
{
    size_t n = strlen(folder);
    char *path = malloc(n + sizeof file_name + 1);
    if (!path)
        return NULL;
    memcpy(path, folder, n + 1);
    for (;;) {
        while (n && path[n - 1] == '/')
            n--;
        path[n] = '/';
        memcpy(path + n + 1, file_name, sizeof file_name);
        if (access(path, F_OK) == 0)
            return path;
        if (!n)
            break;
        while (n && path[n - 1] != '/')
            n--;
    }
    free(path);
    return NULL;
}

config *config_for(configs *all, const cli *c, const char *model)
{
    const char *slash = strcmp(model, "-") == 0 ? NULL : strrchr(model, '/');
    char *given = slash ? strndup(model, (size_t)(slash - model) + 1) : strdup(".");
    char *folder = given ? realpath(given, NULL) : NULL;
    free(given);
    if (!folder) /* the model is not there, either, which is said when it is opened */
        return config_read(all, c, NULL);
    if (all->folder && strcmp(all->folder, folder) == 0) {
        free(folder);
        return all->found;
    }
    char *path = find(folder);
    if (path && !ini_can_read) { /* look on, as if it were not there, but not in silence */
        if (!all->told)
            cli_say(c, "%s is not read: this model-lint was built without libinih", path);
        all->told = true;
        free(path);
        path = NULL;
    }
    free(all->folder);
    all->folder = folder;
    all->found = config_read(all, c, path);
    free(path);
    return all->found;
}

void configs_free(configs *all)
{
    for (size_t i = 0; i < all->n; i++)
        config_free(all->of[i]);
    free(all->of);
    free(all->folder);
    *all = (configs){ 0 };
}
