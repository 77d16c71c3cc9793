/* exec/session.c - a session: what is made once, and the way of a call through it. */
#include "base/error.h"
#include "exec/exec.h"
#include <string.h>

enum { DEFAULT_BINDINGS = 4 };

/* ---- making and ending ---- */

static bool count_graph(void *ctx, sdx_graph *g)
{
    struct sdx_session *s = ctx;
    (void)g;
    s->n_graphs++;
    return true;
}

static bool add_graph(void *ctx, sdx_graph *g)
{
    struct sdx_session *s = ctx;
    sdx_word *w = sdx_table_add_number(&s->by_graph, (uintptr_t)g, NULL);
    sdx_bindings *b = w ? sdx_bindings_new(s, g) : NULL;
    if (!b)
        return false;
    w->pointer = b;
    s->graph[s->n_graphs++] = b;
    return true;
}

static bool make_bindings(struct sdx_session *s)
{
    sdx_table_init(&s->by_graph, &s->arena);
    if (!sdx_program_each(s->compiled->program, count_graph, s))
        return false;
    s->graph = sdx_arena_array(&s->arena, s->n_graphs, sizeof *s->graph);
    s->n_graphs = 0;
    return s->graph && sdx_program_each(s->compiled->program, add_graph, s);
}

sdx_bindings *sdx_session_bindings(const struct sdx_session *s, const sdx_graph *g)
{
    const sdx_word *w = sdx_table_find_number(&s->by_graph, (uintptr_t)g);
    return w ? w->pointer : NULL;
}

/* ---- how weights are packed ---- */

static const char *const goals[] = {
    [SDX_PACKING_DEFAULT] = "default", [SDX_PACKING_SMALL] = "small", [SDX_PACKING_FAST] = "fast"
};

static sdx_status find_goal(const char *name, sdx_packing_goal *out, sdx_error *err)
{
    for (size_t i = 0; name && i < sizeof goals / sizeof *goals; i++)
        if (strcmp(name, goals[i]) == 0) {
            *out = (sdx_packing_goal)i;
            return SDX_OK;
        }
    if (!name)
        return SDX_OK;
    sdx_error_set(err, SDX_E_VALUE, "no packing '%s'", name);
    sdx_error_hint(err, "one of small, default, fast");
    return SDX_E_VALUE;
}

const char *sdx_session_goal(const struct sdx_session *s)
{
    return goals[s->goal];
}

sdx_status sdx_session_make(const sdx_session_parts *parts, struct sdx_session **out,
                            sdx_error *err)
{
    sdx_mem mem;
    sdx_mem_init(&mem, &parts->parent->with, (size_t)parts->memory_limit);
    struct sdx_session *s = sdx_mem_array(&mem, 1, sizeof *s);
    if (!s)
        return sdx_error_memory(err, sizeof *s);
    sdx_mem_init(&s->mem, &parts->parent->with, (size_t)parts->memory_limit);
    sdx_arena_init(&s->arena, &s->mem, 0);
    pthread_mutex_init(&s->lock, NULL);
    s->model_name = parts->model_name;
    s->compiled = parts->compiled;
    s->packs = parts->packs;
    s->most_bindings = parts->bindings > 0 ? parts->bindings : DEFAULT_BINDINGS;
    sdx_status st = find_goal(parts->packing, &s->goal, err);
    if (st == SDX_OK)
        st = sdx_dispatch_new(&s->mem, parts->isa, parts->precision, &s->dispatch, err);
    if (st == SDX_OK) {
        s->pool = sdx_pool_new(&s->mem, parts->threads);
        s->blocks = sdx_block_pool_new(&s->mem);
        if (!s->pool || !s->blocks || !make_bindings(s))
            st = sdx_error_memory(err, 0);
    }
    if (st != SDX_OK) {
        sdx_session_end(s);
        return st;
    }
    *out = s;
    return SDX_OK;
}

void sdx_session_end(struct sdx_session *s)
{
    if (!s)
        return;
    for (size_t i = 0; s->graph && i < s->n_graphs; i++)
        sdx_bindings_free(s->graph[i]);
    sdx_ground_free(s);
    sdx_block_pool_free(s->blocks);
    sdx_pool_free(s->pool);
    sdx_dispatch_free(s->dispatch);
    sdx_arena_free(&s->arena);
    pthread_mutex_destroy(&s->lock);
    sdx_mem mem = s->mem;
    sdx_mem_free(&mem, s, sizeof *s);
}

/* ---- inputs ---- */

static void input_place(const struct sdx_session *s, const sdx_gvalue *v, sdx_error *err)
{
    sdx_error_place(err, "%s: input '%s'", s->model_name, v->name);
}

static sdx_status check_dims(const sdx_gvalue *g, const sdx_value *v, sdx_error *err)
{
    const sdx_type *t = g->declared;
    if (t->dims.rank < 0)
        return SDX_OK;
    if (t->dims.rank != v->t.shape.rank)
        return sdx_error_set(err, SDX_E_SHAPE, "the value has rank %d, the model wants rank %d",
                             v->t.shape.rank, t->dims.rank);
    for (int i = 0; i < t->dims.rank; i++)
        if (sdx_is_num(t->dims.dim[i]) && t->dims.dim[i].n != v->t.shape.dim[i])
            return sdx_error_set(err, SDX_E_SHAPE,
                                 "dim %d of the value is %lld, the model wants %lld", i,
                                 (long long)v->t.shape.dim[i], (long long)t->dims.dim[i].n);
    return SDX_OK;
}

static const char *kind_name(sdx_kind k)
{
    static const char *const name[] = { "nothing",     "a tensor", "a sequence",
                                        "an optional", "a map",    "a sparse tensor" };
    return (size_t)k < sizeof name / sizeof *name ? name[k] : "?";
}

static sdx_status check_input(const sdx_gvalue *g, const sdx_value *v, sdx_error *err)
{
    const sdx_type *t = g->declared;
    if (!v && (!t || t->kind == SDX_OPTIONAL))
        return SDX_OK;
    if (!v)
        return sdx_error_set(err, SDX_E_USAGE, "no value is given");
    if (!t || t->kind == SDX_KIND_UNKNOWN)
        return SDX_OK;
    if (t->kind != v->kind)
        return sdx_error_set(err, SDX_E_TYPE, "the value is %s, the model wants %s",
                             kind_name(v->kind), kind_name(t->kind));
    if (t->kind != SDX_TENSOR)
        return SDX_OK;
    if (t->dtype != v->t.dtype && t->dtype != SDX_UNDEFINED)
        return sdx_error_set(err, SDX_E_TYPE, "the value is %s, the model wants %s",
                             sdx_dtype_onnx_name(v->t.dtype), sdx_dtype_onnx_name(t->dtype));
    return check_dims(g, v, err);
}

static sdx_status check_inputs(const struct sdx_session *s, const sdx_value *const *in,
                               sdx_error *err)
{
    const sdx_graph *g = s->compiled->program->main;
    for (size_t i = 0; i < g->n_inputs; i++) {
        sdx_status st = check_input(g->input[i], in[i], err);
        if (st != SDX_OK) {
            input_place(s, g->input[i], err);
            return st;
        }
    }
    return SDX_OK;
}

/* ---- a call ---- */

static void enter(struct sdx_session *s, sdx_running *r)
{
    atomic_init(&r->cancelled, false);
    pthread_mutex_lock(&s->lock);
    r->next = s->running;
    r->link = &s->running;
    if (r->next)
        r->next->link = &r->next;
    s->running = r;
    pthread_mutex_unlock(&s->lock);
}

static void leave(struct sdx_session *s, const sdx_frame *f, sdx_running *r)
{
    pthread_mutex_lock(&s->lock);
    *r->link = r->next;
    if (r->next)
        r->next->link = r->link;
    s->planned_bytes = f->plan->arena_bytes;
    s->n_steps = f->plan->n_steps;
    pthread_mutex_unlock(&s->lock);
}

/* May the steps write into what the caller gave for this output? */
static sdx_status check_output(const sdx_frame *f, uint32_t i, const sdx_value *v, sdx_error *err)
{
    const sdx_slot *y = &f->plan->slot[f->plan->output[i]];
    sdx_value want = { .kind = SDX_TENSOR };
    want.t = (sdx_tensor){ y->dtype, SDX_PLAIN, y->shape, NULL };
    sdx_status st = sdx_value_check_fill(v, &want, err);
    if (st != SDX_OK)
        sdx_error_place(err, "%s: output '%s'", f->session->model_name,
                        f->session->compiled->output[i]);
    return st;
}

/* Values for outputs whose shape is known, as the caller's own. */
static sdx_status make_outputs(const sdx_frame *f, sdx_value **out, bool *fresh, sdx_error *err)
{
    const sdx_plan *p = f->plan;
    for (uint32_t i = 0; i < p->n_outputs; i++) {
        const sdx_slot *y = &p->slot[p->output[i]];
        fresh[i] = !out[i];
        if (out[i] && y->shape.rank >= 0)
            SDX_TRY(check_output(f, i, out[i], err));
        if (out[i] || y->shape.rank < 0)
            continue;
        if (!sdx_mem_has_room(&f->session->mem, y->bytes))
            return sdx_error_set(err, SDX_E_LIMIT,
                                 "output '%s' takes %zu bytes, more than the "
                                 "memory limit leaves",
                                 f->session->compiled->output[i], y->bytes);
        SDX_TRY(sdx_value_open(y->dtype, y->shape, &out[i], err));
    }
    return SDX_OK;
}

static sdx_status export_one(const sdx_frame *f, uint32_t i, const sdx_value *made, sdx_value **out,
                             sdx_error *err)
{
    size_t bytes = sdx_value_export_bytes(made);
    if (!sdx_mem_has_room(&f->session->mem, bytes))
        return sdx_error_set(err, SDX_E_LIMIT,
                             "output '%s' takes %zu bytes, more than the memory limit leaves",
                             f->session->compiled->output[i], bytes);
    return sdx_value_export(made, out, err);
}

/* Values whose shape the run found: copied out of the session's memory. */
static sdx_status export_all(const sdx_frame *f, const sdx_value **made, sdx_value **out,
                             sdx_error *err)
{
    sdx_status st = SDX_OK;
    for (uint32_t i = 0; i < f->plan->n_outputs; i++) {
        if (made[i] && st == SDX_OK)
            st = export_one(f, i, made[i], &out[i], err);
        sdx_value_let_go(made[i]);
    }
    return st;
}

static sdx_status run(sdx_frame *f, const sdx_value *const *in, sdx_value **out, bool *fresh,
                      const sdx_value **made, sdx_error *err)
{
    uint32_t n = f->plan->n_outputs;
    for (uint32_t i = 0; i < n; i++)
        fresh[i] = false;
    sdx_status st = make_outputs(f, out, fresh, err);
    if (st == SDX_OK)
        st = sdx_frame_run(f, in, out, made, err);
    if (st == SDX_OK)
        st = export_all(f, made, out, err);
    for (uint32_t i = 0; st != SDX_OK && i < n; i++) {
        if (!fresh[i])
            continue;
        sdx_value_free(out[i]);
        out[i] = NULL;
    }
    return st;
}

/* No memory, where the limit refused some: that is what to say. */
static sdx_status name_limit(const struct sdx_session *s, size_t refusals, sdx_error *err)
{
    if (sdx_mem_refusals(&s->mem) == refusals)
        return SDX_E_MEMORY;
    char place[sizeof err->place] = "";
    if (err)
        memcpy(place, err->place, sizeof place);
    sdx_error_set(err, SDX_E_LIMIT, "it takes more memory than the limit of %zu bytes leaves",
                  s->mem.limit);
    sdx_error_place(err, "%s", place[0] ? place : s->model_name);
    return SDX_E_LIMIT;
}

static sdx_status call(struct sdx_session *s, const sdx_value *const *in, sdx_value **out,
                       const sdx_run_options *o, sdx_error *err)
{
    uint64_t begin = sdx_clock_ns();
    sdx_frame *f;
    sdx_running here;
    SDX_TRY(check_inputs(s, in, err));
    SDX_TRY(sdx_bindings_take(s->graph[0], in, &f, err));
    enter(s, &here);
    f->options = o;
    f->begin_ns = begin;
    f->host = (sdx_run_host){ .mem = &s->mem,
                              .blocks = s->blocks,
                              .pool = s->pool,
                              .cancelled = &here.cancelled,
                              .body_ctx = f,
                              .body = sdx_frame_body };
    if (o && o->deadline_ns)
        f->host.deadline_ns = begin + o->deadline_ns;
    sdx_status st = sdx_frame_enter(f, err);
    if (st == SDX_OK) {
        st = run(f, in, out, f->fresh, f->exported, err);
        sdx_frame_leave(f);
    }
    leave(s, f, &here);
    sdx_bindings_give(f);
    return st;
}

sdx_status sdx_session_call(struct sdx_session *s, const sdx_value *const *in, sdx_value **out,
                            const sdx_run_options *o, sdx_error *err)
{
    size_t refusals = sdx_mem_refusals(&s->mem);
    sdx_status st = call(s, in, out, o, err);
    return st == SDX_E_MEMORY ? name_limit(s, refusals, err) : st;
}
