/* api/session.c - the public functions of sessions. */
#include "api/model.h"
#include "base/error.h"
#include "base/text.h"
#include "eval/packs.h"
#include "exec/exec.h"
#include <string.h>

/* ---- options ---- */

/* The options that the caller's header knew, and defaults for those it did not. */
static sdx_session_options read_options(const sdx_session_options *o)
{
    sdx_session_options mine = SDX_OPTIONS_INIT(sdx_session_options);
    if (o)
        memcpy(&mine, o, o->size < sizeof mine ? o->size : sizeof mine);
    return mine;
}

static sdx_status read_environment(sdx_session_options *o, sdx_error *err)
{
    const char *threads = getenv("SARDONYX_NUM_THREADS"), *isa = getenv("SARDONYX_ISA");
    int64_t n;
    if (o->threads < 0)
        return sdx_error_set(err, SDX_E_USAGE, "%d threads", o->threads);
    if (o->threads == 0 && threads && threads[0]) {
        if (!sdx_parse_i64(threads, strlen(threads), &n) || n < 1 || n > 4096)
            return sdx_error_set(err, SDX_E_USAGE,
                                 "SARDONYX_NUM_THREADS is no number from 1 to 4096");
        o->threads = (int)n;
    }
    if (!o->isa && isa && isa[0])
        o->isa = isa;
    return SDX_OK;
}

/* ---- what sessions with equal options share ---- */

static sdx_status find_compiled(sdx_model *m, const sdx_session_options *o, sdx_compiled **out,
                                sdx_error *err)
{
    sdx_isa_set set;
    SDX_TRY(sdx_isa_detect(o->isa, &set, err));
    const char *isa = sdx_isa_best(set);
    for (sdx_compiled *c = m->compiled; c; c = c->next) {
        if (c->optimized == !o->no_optimize && strcmp(c->isa, isa) == 0) {
            *out = c;
            return SDX_OK;
        }
    }
    sdx_compile_request q = { .mem = &m->mem,
                              .program = m->loaded.program,
                              .model_name = m->name,
                              .source = &m->map,
                              .optimize = !o->no_optimize,
                              .isa = o->isa };
    sdx_packs_source(m->packs, &m->map);
    SDX_TRY(sdx_compile(&q, out, err));
    (*out)->next = m->compiled;
    m->compiled = *out;
    return SDX_OK;
}

/* ---- the functions ---- */

sdx_status sdx_session_new(sdx_model *m, const sdx_session_options *options, sdx_session **out,
                           sdx_error *err)
{
    if (!m || !out)
        return sdx_error_set(err, SDX_E_USAGE, "sdx_session_new: NULL is no model");
    sdx_session_options o = read_options(options);
    SDX_TRY(read_environment(&o, err));
    if (m->findings.n_errors > 0)
        return sdx_findings_error(&m->findings, m->name, err);
    sdx_compiled *compiled = NULL;
    pthread_mutex_lock(&m->compiling);
    sdx_status st = find_compiled(m, &o, &compiled, err);
    pthread_mutex_unlock(&m->compiling);
    if (st != SDX_OK)
        return st;
    sdx_session_parts parts = { .parent = &m->mem,
                                .model_name = m->name,
                                .compiled = compiled,
                                .packs = m->packs,
                                .memory_limit = o.memory_limit,
                                .threads = o.threads,
                                .bindings = o.bindings,
                                .isa = o.isa,
                                .precision = o.precision,
                                .packing = o.packing };
    SDX_TRY(sdx_session_make(&parts, out, err));
    (*out)->owner = m;
    sdx_model_hold(m);
    return SDX_OK;
}

void sdx_session_free(sdx_session *s)
{
    if (!s)
        return;
    sdx_model *m = s->owner;
    sdx_session_end(s);
    sdx_model_let_go(m);
}

sdx_status sdx_session_run(sdx_session *s, const sdx_value *const *in, sdx_value **out,
                           const sdx_run_options *options, sdx_error *err)
{
    sdx_run_options o = SDX_OPTIONS_INIT(sdx_run_options);
    if (!s || !out)
        return sdx_error_set(err, SDX_E_USAGE, "sdx_session_run: NULL is no session");
    if (!in && s->compiled->program->main->n_inputs > 0)
        return sdx_error_set(err, SDX_E_USAGE, "sdx_session_run: no inputs are given");
    if (options)
        memcpy(&o, options, options->size < sizeof o ? options->size : sizeof o);
    return sdx_session_call(s, in, out, &o, err);
}

void sdx_session_cancel(sdx_session *s)
{
    if (!s)
        return;
    pthread_mutex_lock(&s->lock);
    for (sdx_running *r = s->running; r; r = r->next)
        atomic_store_explicit(&r->cancelled, true, memory_order_relaxed);
    pthread_mutex_unlock(&s->lock);
}

sdx_status sdx_session_about(const sdx_session *session, sdx_session_info *out)
{
    sdx_session *s = (sdx_session *)(uintptr_t)
        session; /* its lock changes, nothing that is shown */
    if (!s || !out)
        return SDX_E_USAGE;
    pthread_mutex_lock(&s->lock);
    *out = (sdx_session_info){ .threads = sdx_pool_threads(s->pool),
                               .isa = sdx_dispatch_isa(s->dispatch),
                               .n_steps = s->n_steps,
                               .planned_bytes = s->planned_bytes };
    pthread_mutex_unlock(&s->lock);
    out->weight_bytes = sdx_packs_bytes(s->packs) + sdx_constants_bytes(s->compiled->constants);
    out->memory_bytes = sdx_mem_used(&s->mem);
    out->peak_bytes = sdx_mem_peak(&s->mem);
    return SDX_OK;
}

sdx_status sdx_session_memory(const sdx_session *session, sdx_memory_info *out)
{
    sdx_session *s = (sdx_session *)(uintptr_t)session; /* as above */
    if (!s || !out)
        return SDX_E_USAGE;
    const sdx_model *m = s->owner;
    size_t runs = sdx_session_waiting(s), all = sdx_mem_used(&s->mem), held = sdx_mem_used(&m->mem);
    *out = (sdx_memory_info){ .packed = sdx_packs_bytes(s->packs),
                              .copied = sdx_constants_bytes(s->compiled->constants),
                              .plans = all > runs ? all - runs : 0,
                              .runs = runs };
    out->model = held - sdx_packs_room(s->packs) - out->copied;
    return SDX_OK;
}

const char *sdx_session_packing(const sdx_session *s)
{
    return s ? sdx_session_goal(s) : "";
}

const char *sdx_session_precision(const sdx_session *s)
{
    return s ? sdx_dispatch_precision_text(s->dispatch) : "";
}
