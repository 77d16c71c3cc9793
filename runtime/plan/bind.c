/* plan/bind.c - from a graph and the shapes of its inputs to a plan.
 *
 * The rules of the operators are run again, this time with numbers; then all steps whose shapes are
 * numbers are prepared, and memory is laid out. */
#include "base/error.h"
#include "infer/infer.h"
#include "plan/plan.h"
#include <string.h>

static sdx_status no_memory(sdx_error *err)
{
    return sdx_error_memory(err, 0);
}

/* ---- facts ---- */

/* The type that a binding takes an input for: dims of a tensor, no dims within other kinds, whose
 * parts may change size while the plan is in use. */
static const sdx_type *bound_type(sdx_arena *a, const sdx_value *v, bool loose)
{
    sdx_dim open[SDX_MAX_RANK];
    if (v->kind != SDX_TENSOR)
        return NULL;
    if (!loose)
        return sdx_value_type(a, v);
    for (int i = 0; i < v->t.shape.rank; i++)
        open[i] = sdx_unknown();
    return sdx_type_tensor(a, v->t.dtype, (sdx_dims){ v->t.shape.rank, open });
}

static bool set_inputs(sdx_plan *p, const sdx_plan_request *q)
{
    for (size_t i = 0; i < p->n_inputs; i++) {
        const sdx_gvalue *v = i < p->graph->n_inputs ? p->graph->input[i]
                                                     : p->graph->capture[i - p->graph->n_inputs];
        if (!q->in[i] || sdx_gvalue_constant(v))
            continue;
        p->facts->of[v->id].type = bound_type(&p->arena, q->in[i],
                                              q->loose && i < p->graph->n_inputs);
    }
    return !p->arena.failed;
}

static sdx_status infer(sdx_plan *p, const sdx_plan_request *q, sdx_error *err)
{
    sdx_findings findings;
    sdx_findings_init(&findings, &p->arena);
    sdx_infer_options o = {
        .findings = &findings, .bodies_may_fail = true, .fold = true, .mem = p->mem
    };
    sdx_status st = p->graph == q->program->main ? sdx_infer_program(p->facts, &o)
                                                 : sdx_infer_graph(p->facts, p->graph, &o);
    if (st != SDX_OK)
        return st == SDX_E_MEMORY ? no_memory(err) : st;
    if (findings.n_errors == 0)
        return SDX_OK;
    st = sdx_findings_error(&findings, q->model_name, err);
    if (st == SDX_E_MODEL)
        st = SDX_E_SHAPE; /* the model was fine without these inputs */
    if (err)
        err->status = st;
    return st;
}

/* ---- steps ---- */

static bool is_late(const sdx_plan *p, const sdx_step *s)
{
    if (s->n_bodies > 0)
        return false;
    for (int i = 0; i < s->n_in + s->n_epilogue_in; i++) {
        uint32_t at = i < s->n_in ? s->in[i] : s->epilogue_in[i - s->n_in];
        const sdx_type *t = at == SDX_NO_SLOT ? NULL : p->slot[at].type;
        if (t && (t->kind == SDX_KIND_UNKNOWN || (t->kind == SDX_TENSOR && !sdx_type_is_sized(t))))
            return true;
    }
    for (int i = 0; i < s->n_out; i++) {
        const sdx_type *t = s->out[i] == SDX_NO_SLOT ? NULL : p->slot[s->out[i]].type;
        if (t && (t->kind == SDX_KIND_UNKNOWN || (t->kind == SDX_TENSOR && !sdx_type_is_sized(t))))
            return true;
    }
    return false;
}

static void find_late(sdx_plan *p)
{
    for (uint32_t i = 0; i < p->n_steps; i++)
        if (is_late(p, &p->step[i])) {
            p->step[i].kind = SDX_STEP_LATE;
            p->has_late = true;
        }
}

static sdx_status prepare(sdx_plan *p, const sdx_plan_request *q, sdx_error *err)
{
    sdx_packing packing = { 0 };
    sdx_prepare_request r = {
        .arena = &p->arena, .dispatch = q->dispatch, .packs = q->packs, .packing = &packing
    };
    const size_t *room = sdx_plan_budget(p, &r, q->goal);
    if (!room)
        return no_memory(err);
    for (uint32_t i = 0; i < p->n_steps; i++) {
        sdx_step *s = &p->step[i];
        s->prepared.choice = "";
        if (s->kind == SDX_STEP_LATE)
            continue;
        r.room = room[i];
        sdx_status st = sdx_prepare_node(&s->view, &r, &s->prepared, err);
        if (st != SDX_OK) {
            const char *place = sdx_node_place(&p->arena, s->node);
            sdx_error_place(err, "%s: %s", q->model_name, place ? place : "");
            return st;
        }
    }
    return sdx_packs_fill(q->packs, &packing, q->pool) == SDX_OK ? SDX_OK : no_memory(err);
}

/* After pruning: what the remaining steps want. */
static sdx_status read_constants(sdx_plan *p, const sdx_plan_request *q, sdx_error *err)
{
    for (uint32_t i = 0; i < p->n_slots; i++) {
        sdx_slot *s = &p->slot[i];
        p->has_strings |= s->dtype == SDX_STR;
        if (!s->constant || !s->read)
            continue;
        s->constant = sdx_constants_get(q->constants, s->constant);
        if (!s->constant)
            return no_memory(err);
    }
    return SDX_OK;
}

static sdx_status build(sdx_plan *p, const sdx_plan_request *q, sdx_error *err)
{
    int64_t *key = sdx_arena_array(&p->arena, q->key_length, sizeof *key);
    p->facts = sdx_facts_new(q->program, &p->arena);
    if (!key || !p->facts || !set_inputs(p, q))
        return no_memory(err);
    if (q->key_length)
        memcpy(key, q->key, q->key_length * sizeof *key);
    p->key = key;
    p->key_length = q->key_length;
    SDX_TRY(infer(p, q, err));
    if (!sdx_plan_schedule(p))
        return no_memory(err);
    find_late(p);
    SDX_TRY(prepare(p, q, err));
    if (!sdx_plan_prune(p))
        return no_memory(err);
    SDX_TRY(read_constants(p, q, err));
    if (!sdx_plan_lifetimes(p) || !sdx_plan_offsets(p))
        return no_memory(err);
    return SDX_OK;
}

sdx_status sdx_plan_bind(const sdx_plan_request *q, sdx_plan **out, sdx_error *err)
{
    sdx_plan *p = sdx_mem_array(q->mem, 1, sizeof *p);
    if (!p)
        return no_memory(err);
    p->mem = q->mem;
    p->graph = q->graph;
    p->n_inputs = q->graph->n_inputs + q->graph->n_captures;
    p->workers = (size_t)sdx_pool_threads(q->pool);
    sdx_arena_init(&p->arena, q->mem, 0);
    sdx_status st = build(p, q, err);
    if (st != SDX_OK) {
        sdx_plan_free(p);
        return st;
    }
    *out = p;
    return SDX_OK;
}

void sdx_plan_free(sdx_plan *p)
{
    if (!p)
        return;
    sdx_arena_free(&p->arena);
    sdx_mem_free(p->mem, p, sizeof *p);
}
