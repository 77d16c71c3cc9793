/* tools/lint/result.c - one model, opened as settings say and looked at. */
#include "lint/result.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static bool keep(void *ctx, const sdx_finding *f)
{
    return kept_add(ctx, f);
}

/* All of stdin: a model whose shapes are given is read twice. */
static sdx_status read_stdin(result *r, sdx_error *err)
{
    FILE *memory = open_memstream(&r->bytes, &r->size);
    char piece[65536];
    for (size_t n; memory && (n = fread(piece, 1, sizeof piece, stdin)) > 0;)
        if (fwrite(piece, 1, n, memory) != n)
            break;
    bool good = memory && !ferror(stdin) && !ferror(memory);
    good = memory && fclose(memory) == 0 && good;
    if (good)
        return SDX_OK;
    *err = (sdx_error){ .status = SDX_E_IO };
    snprintf(err->fact, sizeof err->fact, "stdin could not be read: %s", strerror(errno));
    return SDX_E_IO;
}

/* dims NULL: to see what the file declares. */
static sdx_status open_model(const result *r, const char *path, const cli_dims *dims, sdx_model **m,
                             sdx_error *err)
{
    sdx_model_options o = SDX_OPTIONS_INIT(sdx_model_options);
    o.lenient = true;
    o.no_infer = !dims;
    o.n_dims = dims ? dims->n : 0;
    o.dims = dims ? dims->dim : NULL;
    o.folder = r->folder;
    if (r->bytes)
        return sdx_model_open_memory(r->bytes, r->size, r->file.name, &o, m, err);
    return sdx_model_open(path, &o, m, err);
}

static sdx_status open_with_shapes(result *r, const cli *c, const settings *line, const char *path)
{
    cli_dims dims = { 0 };
    const settings *file = &r->config->settings;
    sdx_status st = cli_copy_dims(&dims, &line->dims) ? SDX_OK : SDX_E_MEMORY;
    if (st == SDX_OK && (dims.n_shapes || file->dims.n || file->dims.n_shapes)) {
        sdx_model *declared = NULL;
        st = open_model(r, path, NULL, &declared, &r->err);
        if (st == SDX_OK && (!settings_add_dims(&dims, file, declared) ||
                             !cli_dims_of_shapes(c, &dims, declared))) {
            st = SDX_E_USAGE;
            r->err = (sdx_error){ .status = st, .fact = "the shapes given do not fit this model" };
        }
        sdx_model_close(declared);
    }
    if (st == SDX_OK)
        st = open_model(r, path, &dims, &r->model, &r->err);
    cli_free_dims(&dims);
    return st;
}

/* The command line wins over the file. */
static sdx_status lint_model(const settings *line, result *r)
{
    const settings *file = &r->config->settings;
    sdx_lint_options o = SDX_OPTIONS_INIT(sdx_lint_options);
    char *ignored = settings_ignored(line, file, r->file.name);
    if (!ignored) {
        r->err = (sdx_error){ .status = SDX_E_MEMORY, .fact = "out of memory" };
        return SDX_E_MEMORY;
    }
    o.select = line->select ? line->select : file->select;
    o.ignore = *ignored ? ignored : NULL;
    o.target_opset = line->opset ? line->opset : file->opset;
    o.target_ir = line->ir ? line->ir : file->ir;
    o.runtime = (line->runtime ? line->runtime : file->runtime) > 0;
    o.suppressed = true; /* to count them */
    sdx_status st = sdx_model_lint(r->model, &o, keep, &r->found, &r->err);
    free(ignored);
    return st;
}

static void look(result *r, const cli *c, const settings *line, const char *path)
{
    sdx_model_info about;
    if (r->status == SDX_OK)
        r->status = open_with_shapes(r, c, line, path);
    if (r->status == SDX_OK)
        r->status = lint_model(line, r);
    if (r->status == SDX_OK && r->found.failed) {
        r->status = SDX_E_MEMORY;
        r->err = (sdx_error){ .status = SDX_E_MEMORY, .fact = "out of memory" };
    }
    if (r->status == SDX_OK && sdx_model_about(r->model, &about) == SDX_OK)
        r->file.nodes = about.n_nodes;
}

void result_fill(result *r, const cli *c, const settings *line, const char *path, const char *name)
{
    double start = now_ms();
    r->file.name = name;
    r->status = strcmp(path, "-") == 0 ? read_stdin(r, &r->err) : SDX_OK;
    look(r, c, line, path);
    r->file.ms = now_ms() - start;
}

void result_again(result *now, const result *r, const cli *c, const settings *line, char *bytes,
                  size_t size)
{
    const char *slash = strrchr(r->file.name, '/');
    bool standard = r->bytes && !r->folder;
    *now = (result){ .file = { .name = r->file.name, .ms = r->file.ms },
                     .config = r->config,
                     .bytes = bytes,
                     .size = size };
    if (!standard)
        now->folder = slash ? strndup(r->file.name, (size_t)(slash - r->file.name) + 1)
                            : strdup(".");
    look(now, c, line, r->file.name);
}

void result_free(result *r)
{
    sdx_model_close(r->model);
    kept_free(&r->found);
    free(r->bytes);
    free(r->folder);
    *r = (result){ 0 };
}
