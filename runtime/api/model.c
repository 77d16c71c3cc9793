/* api/model.c - opening and closing models, and what lint says of them. */
#include "api/plugins.h"
#include "base/error.h"
#include "exec/exec.h"
#include "base/text.h"
#include "infer/infer.h"
#include "lint/lint.h"

/* The options that this version knows, zero where the caller's struct is older. */
static sdx_model_options options_of(const sdx_model_options *o)
{
    sdx_model_options full = SDX_OPTIONS_INIT(sdx_model_options);
    if (o)
        memcpy(&full, o, o->size < sizeof full ? o->size : sizeof full);
    return full;
}

/* ---- making and ending ---- */

static sdx_status new_model(const sdx_model_options *o, const char *name, sdx_model **out,
                            sdx_error *err)
{
    sdx_mem mem;
    sdx_mem_init(&mem, o->allocator, 0);
    sdx_model *m = mem.with.alloc(mem.with.ctx, sizeof *m, _Alignof(max_align_t));
    if (!m)
        return sdx_error_memory(err, sizeof *m);
    *m = (sdx_model){ .log = o->log, .log_ctx = o->log_ctx };
    sdx_mem_init(&m->mem, o->allocator, 0);
    sdx_arena_init(&m->arena, &m->mem,
                   (size_t)(o->memory_limit ? o->memory_limit : (uint64_t)8 << 30));
    sdx_findings_init(&m->findings, &m->arena);
    atomic_init(&m->refs, 1);
    pthread_mutex_init(&m->compiling, NULL);
    m->name = sdx_arena_strdup(&m->arena, name ? name : "model");
    m->registry = sdx_registry_new(&m->arena);
    m->packs = sdx_packs_new(&m->mem);
    if (m->name && m->registry && m->packs) {
        *out = m;
        return SDX_OK;
    }
    sdx_model_let_go(m);
    return sdx_error_memory(err, 0);
}

void sdx_model_hold(sdx_model *m)
{
    atomic_fetch_add_explicit(&m->refs, 1, memory_order_relaxed);
}

void sdx_model_let_go(sdx_model *m)
{
    if (!m || atomic_fetch_sub_explicit(&m->refs, 1, memory_order_acq_rel) != 1)
        return;
    sdx_packs_free(m->packs); /* of constants of what is compiled */
    while (m->compiled) {
        sdx_compiled *next = m->compiled->next;
        sdx_compiled_free(m->compiled);
        m->compiled = next;
    }
    sdx_loaded_close(&m->loaded);
    sdx_map_close(&m->map);
    sdx_model_drop_plugins(m);
    sdx_arena_free(&m->arena);
    pthread_mutex_destroy(&m->compiling);
    const sdx_allocator with = m->mem.with;
    with.free(with.ctx, m, sizeof *m);
}

void sdx_model_close(sdx_model *m)
{
    sdx_model_let_go(m);
}

/* ---- opening ---- */

/* A dim of an input that the file gives no name is called by its place, as inference does:
 * "x.shape[0]". */
static bool is_unnamed_dim(const sdx_program *p, const char *symbol)
{
    const char *dot = strrchr(symbol, '.');
    int64_t axis;
    size_t length = dot ? strlen(dot) : 0;
    if (length < 9 || strncmp(dot, ".shape[", 7) != 0 || dot[length - 1] != ']' ||
        !sdx_parse_i64(dot + 7, length - 8, &axis))
        return false;
    for (size_t i = 0; i < p->main->n_inputs; i++) {
        const sdx_gvalue *v = p->main->input[i];
        if (v->declared && strlen(v->name) == (size_t)(dot - symbol) &&
            memcmp(v->name, symbol, (size_t)(dot - symbol)) == 0)
            return axis >= 0 && axis < v->declared->dims.rank &&
                   sdx_is_unknown(v->declared->dims.dim[axis]);
    }
    return false;
}

/* Symbols that the caller knows are numbers from the start. */
static sdx_status bind_dims(sdx_model *m, const sdx_model_options *o, sdx_error *err)
{
    const sdx_program *p = m->loaded.program;
    for (size_t i = 0; i < o->n_dims; i++) {
        bool known = false;
        for (uint32_t k = 0; k < p->n_symbols && !known; k++)
            known = strcmp(p->symbol[k], o->dims[i].symbol) == 0;
        known = known || is_unnamed_dim(p, o->dims[i].symbol);
        if (!known || o->dims[i].value < 0)
            return sdx_error_set(err, SDX_E_USAGE,
                                 known ? "dim %s = %lld is negative"
                                       : "no input has a dim '%s' (= %lld)",
                                 o->dims[i].symbol, (long long)o->dims[i].value);
        sdx_dim symbol = sdx_symbol(m->facts->symbols, o->dims[i].symbol);
        if (!sdx_symbols_equal(m->facts->symbols, symbol, sdx_num(o->dims[i].value)))
            return sdx_error_set(err, SDX_E_USAGE, "dim %s is given two values", o->dims[i].symbol);
    }
    return SDX_OK;
}

static sdx_status infer(sdx_model *m, const sdx_model_options *o, sdx_error *err)
{
    if (o->no_infer)
        return SDX_OK;
    m->facts = sdx_facts_new(m->loaded.program, &m->arena);
    if (!m->facts)
        return sdx_error_memory(err, 0);
    SDX_TRY(bind_dims(m, o, err));
    sdx_infer_options how = {
        .findings = &m->findings, .lint = true, .fold = true, .mem = &m->mem
    };
    sdx_status st = sdx_infer_program(m->facts, &how);
    return st == SDX_OK ? st : sdx_error_memory(err, 0);
}

static sdx_status finish(sdx_model *m, const sdx_model_options *o, sdx_status st, sdx_model **out,
                         sdx_error *err)
{
    if (st == SDX_OK)
        st = infer(m, o, err);
    if (st == SDX_OK && !o->lenient) {
        st = sdx_findings_error(&m->findings, m->name, err);
        sdx_error_code(st == SDX_OK ? NULL : err);
    } else if (st != SDX_OK) {
        sdx_error_prefix(err, "%s", m->name);
    }
    if (st == SDX_OK)
        *out = m;
    else
        sdx_model_let_go(m);
    return st;
}

static sdx_load_options load_options(sdx_model *m, const sdx_model_options *o, const char *folder)
{
    return (sdx_load_options){ .mem = &m->mem,
                               .registry = m->registry,
                               .memory_limit = o->memory_limit,
                               .max_depth = o->max_depth,
                               .max_inlined = o->max_inlined,
                               .folder = o->folder ? o->folder : folder,
                               .name = m->name };
}

static sdx_status open_bytes(sdx_model *m, const void *bytes, size_t size,
                             const sdx_model_options *o, const char *folder, sdx_model **out,
                             sdx_error *err)
{
    const sdx_load_options how = load_options(m, o, folder);
    m->bytes = bytes;
    m->size = size;
    sdx_status st = sdx_model_add_plugins(m, o, err);
    if (st == SDX_OK)
        st = sdx_load(bytes, size, &how, &m->arena, &m->findings, &m->loaded, err);
    return finish(m, o, st, out, err);
}

/* ... what was mapped, unless that failed with st. */
static sdx_status open_map(sdx_model *m, sdx_status st, const sdx_model_options *o,
                           const char *folder, sdx_model **out, sdx_error *err)
{
    if (st == SDX_OK)
        return open_bytes(m, m->map.data, m->map.size, o, folder, out, err);
    if (st == SDX_E_IO) {
        sdx_error_rule(err, "SX103 file-unreadable");
        sdx_error_hint(err, "look at the path, and whether this user may read it");
    }
    sdx_model_let_go(m);
    return st;
}

sdx_status sdx_model_open(const char *path, const sdx_model_options *options, sdx_model **out,
                          sdx_error *err)
{
    const sdx_model_options o = options_of(options);
    sdx_model *m;
    sdx_error_clear(err);
    SDX_TRY(new_model(&o, path, &m, err));
    const char *slash = strrchr(path, '/');
    const char *folder = slash ? sdx_arena_strndup(&m->arena, path, (size_t)(slash - path) + 1)
                               : ".";
    sdx_status st = folder ? sdx_map_open(&m->map, path, &m->mem, 0, err)
                           : sdx_error_memory(err, 0);
    return open_map(m, st, &o, folder, out, err);
}

sdx_status sdx_model_open_fd(int fd, const char *name, const sdx_model_options *options,
                             sdx_model **out, sdx_error *err)
{
    const sdx_model_options o = options_of(options);
    sdx_model *m;
    sdx_error_clear(err);
    SDX_TRY(new_model(&o, name, &m, err));
    sdx_status st = sdx_map_fd(&m->map, fd, m->name, &m->mem, 0, err);
    return open_map(m, st, &o, NULL, out, err);
}

sdx_status sdx_model_open_memory(const void *bytes, size_t size, const char *name,
                                 const sdx_model_options *options, sdx_model **out, sdx_error *err)
{
    const sdx_model_options o = options_of(options);
    sdx_model *m;
    sdx_error_clear(err);
    if (!bytes && size)
        return sdx_error_set(err, SDX_E_USAGE, "bytes is NULL");
    SDX_TRY(new_model(&o, name, &m, err));
    return open_bytes(m, bytes, size, &o, NULL, out, err);
}

sdx_status sdx_model_read(sdx_reader *read, void *ctx, const char *name,
                          const sdx_model_options *options, sdx_model **out, sdx_error *err)
{
    const sdx_model_options o = options_of(options);
    sdx_model *m;
    sdx_error_clear(err);
    SDX_TRY(new_model(&o, name, &m, err));
    sdx_status st = sdx_map_read(&m->map, read, ctx, m->name, &m->mem, 0, err);
    return open_map(m, st, &o, NULL, out, err);
}

sdx_status sdx_model_parse(const char *text, size_t length, const char *name,
                           const sdx_model_options *options, sdx_model **out, sdx_error *err)
{
    const sdx_model_options o = options_of(options);
    sdx_model *m;
    sdx_error_clear(err);
    SDX_TRY(new_model(&o, name, &m, err));
    const sdx_load_options how = load_options(m, &o, NULL);
    sdx_status st = sdx_model_add_plugins(m, &o, err);
    if (st == SDX_OK)
        st = sdx_load_text(text, length, &how, &m->arena, &m->findings, &m->loaded, err);
    return finish(m, &o, st, out, err);
}

/* ---- lint ---- */

/* A list of its own, which the model's findings begin: lint adds to it, and the model stays as it
 * is. */
bool sdx_model_find(const sdx_model *m, const sdx_lint_options *o, sdx_findings *f)
{
    for (const sdx_raw_finding *x = m->findings.first; x; x = x->next) {
        sdx_raw_finding *copy = sdx_arena_copy(f->arena, x, sizeof *copy);
        if (!copy)
            return false;
        copy->next = NULL;
        *(f->last ? &f->last->next : &f->first) = copy;
        f->last = copy;
    }
    f->n_errors = m->findings.n_errors;
    f->n_warnings = m->findings.n_warnings;
    f->n_notes = m->findings.n_notes;
    return !m->facts || sdx_lint_program(m->loaded.program, m->facts, o, f) == SDX_OK;
}

sdx_status sdx_model_lint(const sdx_model *m, const sdx_lint_options *options, sdx_report *report,
                          void *ctx, sdx_error *err)
{
    sdx_lint_options o = SDX_OPTIONS_INIT(sdx_lint_options);
    if (options)
        memcpy(&o, options, options->size < sizeof o ? options->size : sizeof o);
    sdx_error_clear(err);
    if (!m->facts)
        return sdx_error_set(err, SDX_E_USAGE, "the model was opened without inference");
    sdx_model *whole = (sdx_model *)(uintptr_t)m; /* its lock, and scratch space behind it */
    sdx_arena arena;
    sdx_findings f;
    sdx_arena_init(&arena, &whole->mem, 0);
    sdx_findings_init(&f, &arena);
    pthread_mutex_lock(&whole->compiling);
    sdx_status st = sdx_model_find(m, &o, &f) ? SDX_OK : SDX_E_MEMORY;
    sdx_suppressions left_out;
    if (st == SDX_OK)
        st = sdx_lint_suppress(m->loaded.n_metadata, m->loaded.metadata_key,
                               m->loaded.metadata_value, &f, &left_out);
    if (st == SDX_OK)
        st = sdx_lint_report(&f, m->facts, &left_out, &o, report, ctx);
    pthread_mutex_unlock(&whole->compiling);
    sdx_arena_free(&arena);
    return st == SDX_OK || st != SDX_E_MEMORY ? st : sdx_error_memory(err, 0);
}
