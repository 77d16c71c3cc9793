/* exec/run.c - one run of a plan, from inputs to outputs.
 *
 * The values of the run stand in `current`, by slot.  Most are headers over the planned block that
 * never change; inputs, outputs and what lies within them get their addresses at the start; what a
 * step makes (SDX_IN_RUN) comes with the step and goes after its last reader. */
#include "base/error.h"
#include "exec/exec.h"
#include <string.h>

/* ---- before the first step ---- */

/* As C wants it for the elements.  More would cost a copy of nearly every array of numpy's, which
 * is more than vectors lose that lie across two lines. */
static bool is_aligned(const sdx_value *v)
{
    size_t width = v->kind != SDX_TENSOR ? 0 : (size_t)sdx_dtype_bits(v->t.dtype) / 8;
    width = width < sizeof(double) ? width : sizeof(double);
    return width < 2 || v->t.dtype == SDX_STR || (uintptr_t)v->t.data % width == 0;
}

static sdx_status set_inputs(sdx_frame *f, const sdx_value *const *in, sdx_error *err)
{
    const sdx_plan *p = f->plan;
    for (uint32_t i = 0; i < p->n_inputs; i++) {
        if (p->slot[i].constant)
            continue;
        f->current[i] = in[i];
        if (!in[i] || !p->slot[i].read || is_aligned(in[i]))
            continue;
        const sdx_tensor *t = &in[i]->t;
        sdx_value *copy;
        if (sdx_value_make(&f->session->mem, f->session->blocks, t->dtype, t->shape, t->layout,
                           false, &copy) != SDX_OK)
            return sdx_error_memory(err, 0);
        memcpy(copy->t.data, t->data, sdx_layout_bytes(t->dtype, t->shape, t->layout));
        f->given[i] = copy;
        f->current[i] = copy;
    }
    return SDX_OK;
}

static bool overlap(const sdx_value *a, const sdx_value *b)
{
    if (!a || a->kind != SDX_TENSOR || b->kind != SDX_TENSOR)
        return false;
    const char *x = a->t.data, *y = b->t.data;
    return x < y + sdx_layout_bytes(b->t.dtype, b->t.shape, b->t.layout) &&
           y < x + sdx_layout_bytes(a->t.dtype, a->t.shape, a->t.layout);
}

/* May the steps write into the caller's value while the inputs are still read? */
static bool may_write(const sdx_frame *f, const sdx_value *to)
{
    if (!to || !is_aligned(to))
        return false;
    for (size_t i = 0; i < f->plan->n_inputs; i++)
        if (!f->plan->slot[i].constant && overlap(f->current[i], to))
            return false;
    return true;
}

/* Where outputs lie that steps write without a copy. */
static sdx_status set_outputs(sdx_frame *f, sdx_value *const *fill, sdx_error *err)
{
    const sdx_plan *p = f->plan;
    for (uint32_t i = 0; i < p->n_moving; i++) {
        const sdx_slot *s = &p->slot[p->moving[i]];
        const sdx_block_plan *b = &p->block[s->block];
        const sdx_value *base;
        if (b->place == SDX_IN_INPUT) {
            base = f->current[b->slot];
        } else {
            uint32_t k = b->output;
            const sdx_slot *y = &p->slot[p->output[k]];
            sdx_value *to = fill ? fill[k] : NULL, *made;
            if (!may_write(f, to) && !f->result[k]) {
                if (sdx_value_make(&f->session->mem, f->session->blocks, y->dtype, y->shape,
                                   y->layout, false, &made) != SDX_OK)
                    return sdx_error_memory(err, y->bytes);
                f->result[k] = made;
            }
            base = f->result[k] ? f->result[k] : to;
        }
        sdx_value *h = &f->header[p->moving[i]];
        h->t.data = base ? (char *)base->t.data + s->offset : NULL;
        f->current[p->moving[i]] = base ? h : NULL;
    }
    return SDX_OK;
}

/* ---- a step ---- */

/* Output i is not for the run to make: nobody asks for it, or it was known ahead. */
static bool is_left_out(const sdx_frame *f, const sdx_step *s, int i)
{
    return s->out[i] == SDX_NO_SLOT || f->plan->slot[s->out[i]].constant;
}

static void gather(sdx_frame *f, const sdx_step *s)
{
    for (int i = 0; i < s->n_in; i++)
        f->in[i] = s->in[i] == SDX_NO_SLOT ? NULL : f->current[s->in[i]];
    for (int i = 0; i < s->n_epilogue_in; i++)
        f->epilogue_in[i] = s->epilogue_in[i] == SDX_NO_SLOT ? NULL : f->current[s->epilogue_in[i]];
    for (int i = 0; i < s->n_out; i++) {
        f->out[i] = is_left_out(f, s, i) ? NULL : &f->header[s->out[i]];
        f->made[i] = NULL;
    }
}

sdx_status sdx_frame_run_node(sdx_frame *f, const sdx_step *s, const sdx_node *view,
                              const sdx_prepared *prepared, char *scratch, sdx_error *err)
{
    sdx_run r = { .host = &f->host,
                  .node = view,
                  .prepared = prepared,
                  .in = f->in,
                  .epilogue_in = f->epilogue_in,
                  .out = f->out,
                  .made = f->made,
                  .scratch_shared = scratch,
                  .scratch_workers = scratch ? scratch + prepared->scratch_shared : NULL,
                  .temps = &f->temps,
                  .err = err };
    (void)s;
    return sdx_run_node(&r);
}

/* Outputs that are parts of what another step made. */
static void set_parts(sdx_frame *f, const sdx_step *s)
{
    const sdx_plan *p = f->plan;
    for (int i = 0; s->prepared.alias && i < s->n_out; i++) {
        uint32_t at = s->out[i];
        if (at == SDX_NO_SLOT || s->prepared.alias[i].in < 0)
            continue;
        const sdx_block_plan *b = &p->block[p->slot[at].block];
        if (b->place != SDX_IN_RUN)
            continue;
        const sdx_value *whole = f->current[b->slot];
        f->header[at].t.data = whole ? (char *)whole->t.data + p->slot[at].offset : NULL;
        f->current[at] = whole ? &f->header[at] : NULL;
    }
}

/* String tensors are never planned: their cells own memory. */
static sdx_status make_strings(sdx_frame *f, const sdx_step *s, sdx_error *err)
{
    for (int i = 0; i < s->n_out; i++) {
        const sdx_slot *y = s->out[i] == SDX_NO_SLOT ? NULL : &f->plan->slot[s->out[i]];
        if (!y || y->dtype != SDX_STR || y->shape.rank < 0 || s->n_bodies > 0 ||
            f->current[s->out[i]])
            continue;
        sdx_value *v;
        if (sdx_value_make(&f->session->mem, f->session->blocks, SDX_STR, y->shape, SDX_PLAIN, true,
                           &v) != SDX_OK)
            return sdx_error_memory(err, y->bytes);
        f->out[i] = v;
    }
    return SDX_OK;
}

static bool has_shape(const sdx_value *v, sdx_shape s)
{
    return v->kind == SDX_TENSOR && v->t.shape.rank == s.rank &&
           (s.rank == 0 || memcmp(v->t.shape.dim, s.dim, sizeof *s.dim * (size_t)s.rank) == 0);
}

/* Enters what the step made for output i. */
static sdx_status enter(sdx_frame *f, const sdx_step *s, int i, sdx_error *err)
{
    uint32_t at = s->out[i];
    const sdx_slot *y = &f->plan->slot[at];
    bool own = f->out[i] && f->out[i] != &f->header[at]; /* counted, made by us ahead of the run */
    const sdx_value *made = f->made[i], *v = made ? made : own ? f->out[i] : NULL;
    f->made[i] = NULL;
    if (!v)
        return f->current[at] || y->constant
                   ? SDX_OK
                   : sdx_error_set(err, SDX_E_VALUE, "output %s was not made",
                                   sdx_out_name(&s->view, i));
    if (made && own)
        sdx_value_let_go(f->out[i]);
    f->out[i] = NULL;
    bool planned = f->current[at] == &f->header[at];
    if (y->shape.rank >= 0 && !has_shape(v, y->shape)) {
        sdx_value_let_go(v);
        return sdx_error_set(err, SDX_E_SHAPE, "output %s has another shape than was inferred",
                             sdx_out_name(&s->view, i));
    }
    if (!planned) {
        f->current[at] = v;
        return SDX_OK;
    }
    sdx_status st = sdx_value_fill(&f->header[at], v, err);
    sdx_value_let_go(v);
    return st;
}

/* After the step: its outputs become values of this run, also on an error, so that they are found
 * and let go. */
static sdx_status enter_all(sdx_frame *f, const sdx_step *s, sdx_status st, sdx_error *err)
{
    for (int i = 0; i < s->n_out; i++) {
        if (s->out[i] == SDX_NO_SLOT)
            continue;
        if (st == SDX_OK) {
            st = enter(f, s, i, err);
        } else {
            if (f->out[i] && f->out[i] != &f->header[s->out[i]])
                sdx_value_let_go(f->out[i]);
            sdx_value_let_go(f->made[i]);
        }
        f->out[i] = NULL;
        f->made[i] = NULL;
    }
    return st;
}

static char *scratch_of(const sdx_frame *f, const sdx_step *s)
{
    return s->scratch == SDX_NO_SLOT ? NULL : (char *)f->memory + f->plan->block[s->scratch].offset;
}

static sdx_status run_step(sdx_frame *f, const sdx_step *s, sdx_error *err)
{
    if (s->nothing)
        return SDX_OK;
    gather(f, s);
    if (s->kind == SDX_STEP_LATE)
        return enter_all(f, s, sdx_frame_late(f, s, err), err);
    set_parts(f, s);
    if (s->kind == SDX_STEP_PART)
        return SDX_OK;
    sdx_status st = f->plan->has_strings ? make_strings(f, s, err) : SDX_OK;
    if (st == SDX_OK)
        st = sdx_frame_run_node(f, s, &s->view, &s->prepared, scratch_of(f, s), err);
    return enter_all(f, s, st, err);
}

static void release(sdx_frame *f, const sdx_step *s)
{
    for (uint32_t i = 0; i < s->n_release; i++) {
        uint32_t at = f->plan->block[s->release[i]].slot;
        sdx_value_let_go(f->current[at]);
        f->current[at] = NULL;
    }
}

/* ---- around a step: cancel, profile, watch ---- */

static sdx_status look(const sdx_frame *f, sdx_error *err)
{
    if (f->host.cancelled && atomic_load_explicit(f->host.cancelled, memory_order_relaxed))
        return sdx_error_set(err, SDX_E_CANCELLED, "the run was cancelled");
    if (f->host.deadline_ns && sdx_clock_ns() > f->host.deadline_ns)
        return sdx_error_set(err, SDX_E_CANCELLED, "the deadline passed");
    return SDX_OK;
}

static sdx_status show(sdx_frame *f, const sdx_step *s, sdx_error *err)
{
    for (int i = 0; i < s->n_out; i++) {
        uint32_t at = s->out[i];
        const sdx_value *v = at == SDX_NO_SLOT ? NULL : f->current[at], *plain;
        const char *name = v ? f->plan->slot[at].value->name : "";
        if (!name[0])
            continue; /* made by a pass: the file has no such value */
        if (sdx_value_plain(&f->session->mem, v, &plain) != SDX_OK)
            return sdx_error_memory(err, 0);
        bool go = f->options->watch(f->options->watch_ctx, name, plain);
        if (plain != v)
            sdx_value_let_go(plain);
        if (!go)
            return sdx_error_set(err, SDX_E_CANCELLED, "the watcher stopped the run");
    }
    return SDX_OK;
}

static const sdx_gnode *user_node(const sdx_gnode *n)
{
    return n->origin ? n->origin : n;
}

static void tell(const sdx_frame *f, const sdx_step *s, uint64_t begin)
{
    sdx_step_info info = { .node = user_node(s->node)->name,
                           .op = s->node->op_type,
                           .what = s->prepared.choice ? s->prepared.choice : "",
                           .begin_ns = begin - f->begin_ns,
                           .end_ns = sdx_clock_ns() - f->begin_ns,
                           .depth = f->depth };
    f->options->profile(f->options->profile_ctx, &info);
}

static void name_place(sdx_frame *f, const sdx_step *s, sdx_error *err)
{
    sdx_arena_mark mark = sdx_arena_here(&f->late);
    const char *place = sdx_node_place(&f->late, s->node);
    sdx_error_place(err, "%s: %s", f->session->model_name, place ? place : s->node->op_type);
    sdx_arena_rewind(&f->late, mark);
}

static sdx_status all_steps(sdx_frame *f, sdx_error *err)
{
    const sdx_plan *p = f->plan;
    const sdx_run_options *o = f->options;
    bool profile = o && o->profile, watch = o && o->watch && f->depth == 0;
    for (f->at = 0; f->at < p->n_steps; f->at++) {
        const sdx_step *s = &p->step[f->at];
        uint64_t begin = profile ? sdx_clock_ns() : 0;
        SDX_TRY(look(f, err));
        sdx_status st = run_step(f, s, err);
        if (st != SDX_OK) {
            if (st != SDX_E_CANCELLED)
                name_place(f, s, err);
            return st;
        }
        if (profile && !s->nothing)
            tell(f, s, begin);
        if (watch)
            SDX_TRY(show(f, s, err));
        release(f, s);
    }
    return SDX_OK;
}

/* ---- after the last step ---- */

static sdx_status hand_over(sdx_frame *f, uint32_t k, sdx_value *to, const sdx_value **made,
                            sdx_error *err)
{
    const sdx_plan *p = f->plan;
    uint32_t at = p->output[k];
    const sdx_value *v = f->current[at];
    if (!v)
        return sdx_error_set(err, SDX_E_VALUE, "output '%s' was not made", p->slot[at].value->name);
    const sdx_block_plan *b = p->slot[at].block == SDX_NO_SLOT ? NULL
                                                               : &p->block[p->slot[at].block];
    bool direct = b && b->place == SDX_IN_OUTPUT && b->output == k;
    if (to && direct && !f->result[k])
        return SDX_OK;
    if (to)
        return sdx_value_fill(to, v, err);
    if (direct) {
        made[k] = f->result[k];
        f->result[k] = NULL;
        return SDX_OK;
    }
    sdx_status st = sdx_value_keep(&f->session->mem, f->session->blocks, v, &made[k]);
    return st == SDX_OK ? st : sdx_error_memory(err, 0);
}

static sdx_status hand_over_all(sdx_frame *f, sdx_value *const *fill, const sdx_value **made,
                                sdx_error *err)
{
    uint32_t n = f->plan->n_outputs;
    for (uint32_t k = 0; k < n; k++)
        if (made)
            made[k] = NULL;
    for (uint32_t k = 0; k < n; k++) {
        sdx_status st = hand_over(f, k, fill ? fill[k] : NULL, made, err);
        if (st == SDX_OK)
            continue;
        for (uint32_t i = 0; made && i < k; i++) {
            sdx_value_let_go(made[i]);
            made[i] = NULL;
        }
        return st;
    }
    return SDX_OK;
}

/* The frame as it was before: nothing of this run stays in it. */
static void clear(sdx_frame *f)
{
    const sdx_plan *p = f->plan;
    for (uint32_t i = 0; p->makes && i < p->n_blocks; i++) {
        if (p->block[i].place != SDX_IN_RUN)
            continue;
        sdx_value_let_go(f->current[p->block[i].slot]);
        f->current[p->block[i].slot] = NULL;
    }
    for (uint32_t i = 0; i < p->n_inputs; i++) {
        if (!p->slot[i].constant)
            f->current[i] = NULL;
        sdx_value_let_go(f->given[i]);
        f->given[i] = NULL;
    }
    for (uint32_t i = 0; i < p->n_outputs; i++) {
        sdx_value_let_go(f->result[i]);
        f->result[i] = NULL;
    }
}

sdx_status sdx_frame_run(sdx_frame *f, const sdx_value *const *in, sdx_value *const *fill,
                         const sdx_value **made, sdx_error *err)
{
    sdx_status st = set_inputs(f, in, err);
    if (st == SDX_OK)
        st = set_outputs(f, fill, err);
    if (st == SDX_OK)
        st = all_steps(f, err);
    if (st == SDX_OK)
        st = hand_over_all(f, fill, made, err);
    clear(f);
    return st;
}
