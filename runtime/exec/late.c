/* exec/late.c - a step whose input shapes only the run knows: behind NonZero, or in a Loop whose
 * state grows.  Its rule is run again with the values themselves, then it is prepared, then run. */
#include "base/error.h"
#include "base/size.h"
#include "exec/exec.h"
#include "infer/infer.h"
#include <string.h>

typedef struct late {
    sdx_frame *f;
    const sdx_step *s;
    sdx_facts *facts;
    sdx_node view;
    sdx_prepared prepared;
} late;

/* The type of a list says nothing of the sizes of its items: they may differ. */
static const sdx_type *without_dims(sdx_arena *a, const sdx_type *t)
{
    if (!t || t->kind == SDX_KIND_UNKNOWN)
        return &sdx_type_unknown;
    if (t->kind == SDX_TENSOR)
        return sdx_type_tensor(a, t->dtype, (sdx_dims){ -1, NULL });
    const sdx_type *of = without_dims(a, t->of);
    return of ? sdx_type_wrap(a, t->kind, t->dtype, of) : NULL;
}

static const sdx_type *type_of(sdx_arena *a, const sdx_value *v, const sdx_slot *slot)
{
    if (v->kind == SDX_TENSOR)
        return sdx_value_type(a, v);
    const sdx_type *t = slot->type;
    bool known = t->kind == v->kind && t->of && t->of->kind != SDX_KIND_UNKNOWN;
    return without_dims(a, known ? t : sdx_value_type(a, v));
}

static bool set_fact(late *l, uint32_t slot, const sdx_value *v)
{
    if (slot == SDX_NO_SLOT)
        return true;
    const sdx_slot *s = &l->f->plan->slot[slot];
    sdx_fact *fact = &l->facts->of[s->value->id];
    *fact = (sdx_fact){ .known = v };
    if (v)
        fact->type = type_of(&l->f->late, v, s);
    return !v || fact->type;
}

static sdx_status infer(late *l, sdx_error *err)
{
    const sdx_step *s = l->s;
    sdx_frame *f = l->f;
    bool done = l->facts->symbols != NULL;
    for (int i = 0; done && i < s->n_in; i++)
        done = set_fact(l, s->in[i], f->in[i]);
    for (int i = 0; done && i < s->n_epilogue_in; i++)
        done = set_fact(l, s->epilogue_in[i], f->epilogue_in[i]);
    if (!done)
        return sdx_error_memory(err, 0);
    sdx_findings findings;
    sdx_findings_init(&findings, &f->late);
    sdx_infer_options o = { .findings = &findings, .mem = &f->session->mem };
    sdx_status st = sdx_infer_node(l->facts, s->node, &o, err);
    if (st != SDX_OK && err && err->place[0])
        sdx_error_prefix(err, "%s: ", f->session->model_name);
    return st;
}

/* The header of a slot as a view: its dims outlive the step. */
static sdx_status make_view(late *l, uint32_t at, const sdx_type *t, sdx_layout layout,
                            sdx_error *err)
{
    sdx_frame *f = l->f;
    sdx_value *h = &f->header[at];
    sdx_shape s = { t->dims.rank, t->shape };
    if (s.rank > (int)(sizeof h->dim / sizeof *h->dim)) {
        size_t all = (size_t)f->plan->n_slots * SDX_MAX_RANK;
        if (!f->late_dims)
            f->late_dims = sdx_mem_array(&f->session->mem, all, sizeof *f->late_dims);
        if (!f->late_dims)
            return sdx_error_memory(err, all * sizeof *f->late_dims);
        int64_t *kept = f->late_dims + (size_t)at * SDX_MAX_RANK;
        memcpy(kept, s.dim, (size_t)s.rank * sizeof *kept);
        s.dim = kept;
    }
    /* The plan keeps the input as long as this: no share is needed. */
    sdx_value_borrow(h, t->dtype, s, layout, f->in[0]->t.data);
    f->current[at] = h;
    return SDX_OK;
}

static sdx_status make_out(late *l, int i, sdx_error *err)
{
    sdx_frame *f = l->f;
    struct sdx_session *e = f->session;
    uint32_t at = l->s->out[i];
    if (at == SDX_NO_SLOT || f->plan->slot[at].constant)
        return SDX_OK;
    const sdx_type *t = sdx_final_type(&l->view, i);
    sdx_value *h = &f->header[at], *v;
    *h = (sdx_value){ .kind = t->kind, .storage = SDX_BORROWED };
    h->t.dtype = t->dtype;
    f->current[at] = NULL;
    f->out[i] = h;
    if (!sdx_type_is_sized(t) || l->s->n_bodies > 0)
        return SDX_OK;
    sdx_shape s = { t->dims.rank, t->shape };
    sdx_layout layout = f->plan->slot[at].layout;
    const sdx_alias_of *alias = l->prepared.alias;
    const sdx_op *op = l->s->node->op;
    sdx_status st;
    if (i == 0 && (op->traits & SDX_VIEW) && !op->run)
        return make_view(l, at, t, layout, err);
    if (alias && alias[i].in >= 0)
        st = sdx_value_part(&e->mem, e->blocks, f->in[alias[i].in], t->dtype, s, layout,
                            alias[i].offset, &v);
    else
        st = sdx_value_make(&e->mem, e->blocks, t->dtype, s, layout, false, &v);
    if (st != SDX_OK)
        return st == SDX_E_LIMIT ? sdx_error_set(err, st,
                                                 "output %s is larger than the memory "
                                                 "limit allows",
                                                 sdx_out_name(&l->view, i))
                                 : sdx_error_memory(err, 0);
    f->out[i] = v;
    return SDX_OK;
}

/* Scratch for this step, from what waits for values made while running; NULL: it wants none. */
static sdx_status scratch_for(late *l, sdx_value **out, sdx_error *err)
{
    struct sdx_session *e = l->f->session;
    const sdx_prepared *p = &l->prepared;
    size_t all;
    *out = NULL;
    if (!sdx_size_mul(&all, p->scratch_worker, (size_t)sdx_pool_threads(e->pool)) ||
        !sdx_size_add(&all, all, p->scratch_shared) || all > PTRDIFF_MAX)
        return sdx_error_memory(err, SIZE_MAX);
    const int64_t bytes = (int64_t)all;
    if (all > 0 && sdx_value_make(&e->mem, e->blocks, SDX_U8, (sdx_shape){ 1, &bytes }, SDX_PLAIN,
                                  false, out) != SDX_OK)
        return sdx_error_memory(err, all);
    return SDX_OK;
}

/* A step that comes alone has no share in a budget: it packs what is fastest, unless memory is what
 * counts. */
static sdx_status prepare(late *l, sdx_error *err)
{
    struct sdx_session *s = l->f->session;
    sdx_packing packing = { 0 };
    const sdx_prepare_request q = { .arena = &l->f->late,
                                    .dispatch = s->dispatch,
                                    .packs = s->packs,
                                    .packing = &packing,
                                    .room = s->goal == SDX_PACKING_SMALL ? 0 : SIZE_MAX };
    SDX_TRY(sdx_prepare_node(&l->view, &q, &l->prepared, err));
    return sdx_packs_fill(s->packs, &packing, s->pool) == SDX_OK ? SDX_OK
                                                                 : sdx_error_memory(err, 0);
}

static sdx_status run(late *l, sdx_error *err)
{
    sdx_frame *f = l->f;
    const sdx_step *s = l->s;
    SDX_TRY(infer(l, err));
    l->view = sdx_view(s->node, l->facts, &f->late);
    SDX_TRY(prepare(l, err));
    for (int i = 0; i < s->n_out; i++)
        SDX_TRY(make_out(l, i, err));
    if (l->prepared.idle)
        return SDX_OK;
    sdx_value *scratch;
    SDX_TRY(scratch_for(l, &scratch, err));
    sdx_status st = sdx_frame_run_node(f, s, &l->view, &l->prepared,
                                       scratch ? scratch->t.data : NULL, err);
    sdx_value_let_go(scratch);
    return st;
}

static void forget(late *l)
{
    const sdx_gnode *n = l->s->node;
    for (int i = 0; i < n->n_in; i++)
        if (n->in[i])
            l->facts->of[n->in[i]->id] = (sdx_fact){ 0 };
    for (int i = 0; i < n->n_out; i++)
        if (n->out[i])
            l->facts->of[n->out[i]->id] = (sdx_fact){ 0 };
    for (int k = 0; k < n->n_epilogue; k++) {
        const sdx_gnode *e = n->epilogue[k];
        for (int i = 0; i < e->n_in; i++)
            if (e->in[i])
                l->facts->of[e->in[i]->id] = (sdx_fact){ 0 };
        l->facts->of[e->out[0]->id] = (sdx_fact){ 0 };
    }
}

sdx_status sdx_frame_late(sdx_frame *f, const sdx_step *s, sdx_error *err)
{
    sdx_arena_mark mark = sdx_arena_here(&f->late);
    late l = { .f = f, .s = s, .facts = &f->late_facts };
    l.facts->symbols = sdx_symbols_new(&f->late);
    sdx_status st = run(&l, err);
    forget(&l);
    sdx_arena_rewind(&f->late, mark);
    return st;
}
