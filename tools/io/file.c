/* tools/io/file.c - whole files, and folders of them. */
#include "io/file.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void *read_all(FILE *f, size_t *size)
{
    size_t room = 1 << 16, n = 0;
    char *bytes = malloc(room + 1);
    while (bytes) {
        n += fread(bytes + n, 1, room - n, f);
        if (n < room)
            break;
        room *= 2;
        char *more = realloc(bytes, room + 1);
        if (!more)
            free(bytes);
        bytes = more;
    }
    if (!bytes || ferror(f)) {
        free(bytes);
        return NULL;
    }
    bytes[n] = '\0';
    *size = n;
    return bytes;
}

void *tool_read_file(const char *path, size_t *size)
{
    if (strcmp(path, "-") == 0)
        return read_all(stdin, size);
    FILE *f = fopen(path, "rb");
    if (!f)
        return NULL;
    void *bytes = read_all(f, size);
    fclose(f);
    return bytes;
}

bool tool_write_file(const char *path, const void *bytes, size_t size)
{
    bool out = strcmp(path, "-") == 0;
    FILE *f = out ? stdout : fopen(path, "wb");
    if (!f)
        return false;
    bool done = fwrite(bytes, 1, size, f) == size;
    done = (out ? fflush(f) : fclose(f)) == 0 && done;
    return done;
}

bool tool_is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

bool tool_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

char *tool_join(const char *folder, const char *name)
{
    size_t n = strlen(folder), room = n + strlen(name) + 2;
    char *path = malloc(room);
    if (path)
        snprintf(path, room, "%s%s%s", folder, n > 0 && folder[n - 1] == '/' ? "" : "/", name);
    return path;
}

const char *tool_base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static int by_name(const void *a, const void *b)
{
    return strverscmp(*(char *const *)a, *(char *const *)b);
}

char **tool_list_folder(const char *path, size_t *n)
{
    DIR *d = opendir(path);
    char **list = d ? malloc(sizeof *list) : NULL;
    *n = 0;
    for (struct dirent *e; list && (e = readdir(d));) {
        if (e->d_name[0] == '.')
            continue;
        char **more = realloc(list, (*n + 1) * sizeof *list);
        char *item = more ? tool_join(path, e->d_name) : NULL;
        if (!item) {
            tool_free_list(more ? more : list, *n);
            list = NULL;
            break;
        }
        list = more;
        list[(*n)++] = item;
    }
    if (d)
        closedir(d);
    if (list)
        qsort(list, *n, sizeof *list, by_name);
    return list;
}

void tool_free_list(char **list, size_t n)
{
    for (size_t i = 0; list && i < n; i++)
        free(list[i]);
    free(list);
}
