/* tests/conformance/roundtrip.c - every model of the cases, as bytes and as text.
 *
 *   roundtrip CASES
 *
 * Saved unchanged, a model has the bytes it was read from.  Printed, it reads back, and printed
 * again it is the same text: so text holds all that the graph holds.  Models with errors are
 * printed too, as far as they were read. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sardonyx.h"

typedef struct bytes {
    char *data;
    size_t size, room;
} bytes;

static bool append(void *ctx, const void *data, size_t size)
{
    bytes *b = ctx;
    if (b->room - b->size < size) {
        b->room = 2 * b->room + size;
        b->data = realloc(b->data, b->room);
        if (!b->data)
            return false;
    }
    memcpy(b->data + b->size, data, size);
    b->size += size;
    return true;
}

static sdx_status save(const sdx_model *m, bool text, bytes *to, sdx_error *err)
{
    sdx_save_options o = SDX_OPTIONS_INIT(sdx_save_options);
    o.text = text;
    return sdx_model_save(m, &o, append, to, NULL, err);
}

static bool read_file(const char *path, bytes *to)
{
    char part[65536];
    size_t n;
    FILE *f = fopen(path, "rb");
    if (!f)
        return false;
    while ((n = fread(part, 1, sizeof part, f)) > 0)
        if (!append(to, part, n))
            break;
    fclose(f);
    return true;
}

static bool same(const bytes *a, const bytes *b)
{
    return a->size == b->size && memcmp(a->data, b->data, a->size) == 0;
}

static bool complain(const char *path, const char *what, const sdx_error *err)
{
    char text[1600] = "";
    if (err)
        sdx_error_text(err, text, sizeof text);
    printf("%s: %s %s\n", path, what, text);
    return false;
}

/* Text of a model that was read from text. */
static bool again(const char *path, const bytes *text, bytes *out)
{
    sdx_model_options o = SDX_OPTIONS_INIT(sdx_model_options);
    sdx_model *m = NULL;
    sdx_error err = { 0 };
    o.lenient = o.no_infer = true;
    if (sdx_model_parse(text->data, text->size, path, &o, &m, &err))
        return complain(path, "its text cannot be read:", &err);
    bool fine = save(m, true, out, &err) == SDX_OK ||
                complain(path, "cannot be printed again:", &err);
    sdx_model_close(m);
    return fine;
}

static bool check(const char *path)
{
    sdx_model_options o = SDX_OPTIONS_INIT(sdx_model_options);
    sdx_model *m = NULL;
    sdx_error err = { 0 };
    bytes file = { 0 }, bare = { 0 }, text = { 0 }, twice = { 0 };
    o.lenient = o.no_infer = true;
    bool fine = read_file(path, &file);
    if (sdx_model_open(path, &o, &m, &err))
        fine = complain(path, "cannot be read:", &err);
    else if (save(m, false, &bare, &err) || !same(&file, &bare))
        fine = complain(path, "saved, it has other bytes", &err);
    else if (save(m, true, &text, &err))
        fine = complain(path, "cannot be printed:", &err);
    else if (!again(path, &text, &twice))
        fine = false;
    else if (!same(&text, &twice))
        fine = complain(path, "is another text, printed a second time", NULL);
    sdx_model_close(m);
    free(file.data);
    free(bare.data);
    free(text.data);
    free(twice.data);
    return fine;
}

/* The models of the cases below a folder, two levels down. */
static void walk(const char *folder, int level, int *n, int *bad)
{
    DIR *dir = opendir(folder);
    if (!dir)
        return;
    for (struct dirent *e; (e = readdir(dir));) {
        char path[4096];
        if (e->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        if (level < 2 &&
            strcmp(e->d_name, "light") != 0) /* networks with random weights: 700 MB of digits */
            walk(path, level + 1, n, bad);
        else if (level == 2 && strcmp(e->d_name, "model.onnx") == 0) {
            ++*n;
            *bad += !check(path);
        }
    }
    closedir(dir);
}

int main(int argc, char **argv)
{
    int n = 0, bad = 0;
    if (argc != 2) {
        fputs("usage: roundtrip CASES\n", stderr);
        return 2;
    }
    walk(argv[1], 0, &n, &bad);
    printf("%d models, %d differ\n", n, bad);
    return n == 0 || bad ? 1 : 0;
}
