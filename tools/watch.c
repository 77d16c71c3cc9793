/* tools/watch.c - values inside a run: written, or compared. */
#include "watch.h"

#include "io/file.h"
#include "io/npy.h"
#include "output.h"
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct named {
    char *name;
    sdx_value *v;
    bool seen;
} named;

struct watch {
    const cli *c;
    const char *folder, *filter;
    npz_writer *npz;
    bool watching, differs, failed;
    size_t n_dumped, n_left_out;
    tolerance tolerance;
    named *want; /* what to compare with */
    size_t n_want, n_equal;
};

/* ---- files ---- */

static bool keep_wanted(void *ctx, const char *name, sdx_value *v)
{
    watch *w = ctx;
    named *more = realloc(w->want, (w->n_want + 1) * sizeof *more);
    char *copy = more ? strdup(name) : NULL;
    if (more)
        w->want = more;
    if (!copy) {
        sdx_value_free(v);
        return false;
    }
    w->want[w->n_want++] = (named){ copy, v, false };
    return true;
}

static bool is_archive(const char *path)
{
    size_t n = strlen(path);
    return n > 4 && strcmp(path + n - 4, ".npz") == 0;
}

static bool open_dump(watch *w, const char *path)
{
    w->watching = true;
    if (is_archive(path)) {
        w->npz = npz_create(path);
        if (!w->npz)
            cli_say(w->c, "%s cannot be written", path);
        return w->npz != NULL;
    }
    if (!tool_is_folder(path) && mkdir(path, 0777) != 0) {
        cli_say(w->c, "%s cannot be made", path);
        return false;
    }
    w->folder = path;
    return true;
}

static bool open_all(watch *w, const char *dump, const char *compare)
{
    char why[512] = "";
    if (dump && !open_dump(w, dump))
        return false;
    if (compare) {
        w->watching = true;
        if (!npz_read(compare, keep_wanted, w, why, sizeof why)) {
            cli_say(w->c, "%s: %s", compare, why);
            return false;
        }
    }
    return true;
}

watch *watch_open(const cli *c, const char *dump, const char *filter, const char *compare,
                  tolerance t)
{
    watch *w = calloc(1, sizeof *w);
    bool differs;
    if (!w)
        return NULL;
    w->c = c;
    w->filter = filter;
    w->tolerance = t;
    if (open_all(w, dump, compare))
        return w;
    watch_close(w, &differs);
    return NULL;
}

/* ---- callbacks ---- */

/* A name as a file may have it. */
static void file_name(const char *name, const char *ending, char *to, size_t size)
{
    size_t n = 0;
    for (; name[n] && n + 5 < size; n++)
        to[n] = name[n] == '/' || name[n] == ':' || (unsigned char)name[n] < 32 ? '_' : name[n];
    snprintf(to + n, size - n, "%s", ending);
}

static void dump(watch *w, const char *name, const sdx_value *v)
{
    char why[512], file[512];
    if (w->npz) {
        bool added = npz_add(w->npz, name, v, why, sizeof why);
        w->n_dumped += added;
        w->n_left_out += !added;
        if (!added && w->c->verbose > 0)
            cli_say(w->c, "'%s' is left out of the dump: %s", name, why);
        return;
    }
    file_name(name, npy_has(sdx_value_dtype(v)) ? ".npy" : ".pb", file, sizeof file);
    char *path = tool_join(w->folder, file);
    bool written = path && output_write(w->c, path, name, v);
    w->n_dumped += written;
    w->failed = w->failed || !written;
    free(path);
}

static void compare(watch *w, const char *name, const sdx_value *v)
{
    char why[900];
    for (size_t i = 0; i < w->n_want; i++) {
        named *n = &w->want[i];
        if (n->seen || strcmp(n->name, name) != 0)
            continue;
        n->seen = true;
        if (compare_values(v, n->v, w->tolerance, why, sizeof why)) {
            w->n_equal++;
            continue;
        }
        w->differs = true;
        cli_print_escaped(stdout, name);
        printf(": %s\n", why);
    }
}

static bool see_value(void *ctx, const char *name, const sdx_value *v)
{
    watch *w = ctx;
    if (w->filter && fnmatch(w->filter, name, 0) != 0)
        return true;
    if (w->npz || w->folder)
        dump(w, name, v);
    compare(w, name, v);
    return true;
}

void watch_attach(watch *w, sdx_run_options *o)
{
    if (w->watching) {
        o->watch = see_value;
        o->watch_ctx = w;
    }
}

bool watch_close(watch *w, bool *differs)
{
    bool good = !w->failed;
    size_t missing = 0;
    if (w->npz)
        good = npz_close(w->npz) && good;
    for (size_t i = 0; i < w->n_want; i++) {
        missing += !w->want[i].seen;
        free(w->want[i].name);
        sdx_value_free(w->want[i].v);
    }
    if (w->n_want > 0 && !w->c->quiet)
        printf("%zu of %zu values alike, %zu not seen in this run\n", w->n_equal, w->n_want,
               missing);
    if (w->n_left_out > 0)
        cli_say(w->c, "%zu values are left out of the dump: NumPy has no such type", w->n_left_out);
    else if ((w->npz || w->folder) && w->n_dumped == 0 && w->filter)
        cli_say(w->c, "--dump-filter=%s: no value inside the run has such a name", w->filter);
    *differs = w->differs;
    free(w->want);
    free(w);
    return good;
}
