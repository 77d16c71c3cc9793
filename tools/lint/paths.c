/* tools/lint/paths.c - the models that operands name. */
#include "lint/paths.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { DEEPEST = 32 };

static void add_file(paths *p, const char *path)
{
    if (p->n == p->room) {
        size_t room = p->room ? 2 * p->room : 16;
        char **more = realloc(p->path, room * sizeof *more);
        p->failed |= !more;
        if (!more)
            return;
        p->path = more;
        p->room = room;
    }
    char *copy = strdup(path);
    p->failed |= !copy;
    if (copy)
        p->path[p->n++] = copy;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static bool is_model_name(const char *name)
{
    size_t n = strlen(name);
    return n > 5 && strcmp(name + n - 5, ".onnx") == 0;
}

static void add_folder(paths *p, const cli *c, const char *path, bool recursive, int depth)
{
    struct dirent **entry;
    int n = scandir(path, &entry, NULL, by_name);
    if (n < 0) {
        cli_say(c, "%s: %s", path, strerror(errno));
        p->failed = true;
        return;
    }
    for (int i = 0; i < n; i++) {
        const char *name = entry[i]->d_name;
        size_t length = strlen(path) + strlen(name) + 2;
        char *inner = name[0] == '.' ? NULL : malloc(length);
        struct stat info;
        if (inner) {
            snprintf(inner, length, "%s/%s", path, name);
            if (lstat(inner, &info) == 0 && S_ISDIR(info.st_mode)) {
                if (recursive && depth < DEEPEST)
                    add_folder(p, c, inner, true, depth + 1);
            } else if (is_model_name(name)) {
                add_file(p, inner);
            }
            free(inner);
        }
        free(entry[i]);
    }
    free(entry);
}

void paths_add(paths *p, const cli *c, const char *path, bool recursive)
{
    struct stat info;
    if (strcmp(path, "-") != 0 && stat(path, &info) == 0 && S_ISDIR(info.st_mode))
        add_folder(p, c, path, recursive, 0);
    else
        add_file(p, path);
}

void paths_free(paths *p)
{
    for (size_t i = 0; i < p->n; i++)
        free(p->path[i]);
    free(p->path);
    *p = (paths){ 0 };
}
