/* exec/frame.c - the memory of one run of a plan. */
#include "base/error.h"
#include "exec/exec.h"
#include <string.h>

static sdx_status take_memory(sdx_frame *f, sdx_error *err)
{
    struct sdx_session *s = f->session;
    size_t all = f->plan->arena_bytes ? f->plan->arena_bytes : 1;
    f->memory_bytes = all;
    f->memory = f->plan->graph->parent ? sdx_mem_alloc(&s->mem, all, 64)
                                       : sdx_ground_take(s, all, &f->memory_bytes);
    if (f->memory)
        return SDX_OK;
    if (sdx_mem_has_room(&s->mem, all))
        return sdx_error_memory(err, all);
    return sdx_error_set(err, SDX_E_LIMIT,
                         "a run takes %zu bytes, more than the memory limit leaves", all);
}

static bool take_tables(sdx_frame *f)
{
    const sdx_plan *p = f->plan;
    sdx_mem *mem = &f->session->mem;
    f->header = sdx_mem_array(mem, (size_t)p->n_slots + 1, sizeof *f->header);
    f->current = sdx_mem_array(mem, (size_t)p->n_slots + 1, sizeof *f->current);
    f->given = sdx_mem_array(mem, p->n_inputs + 1, sizeof *f->given);
    f->result = sdx_mem_array(mem, (size_t)p->n_outputs + 1, sizeof *f->result);
    f->exported = sdx_mem_array(mem, (size_t)p->n_outputs + 1, sizeof *f->exported);
    f->fresh = sdx_mem_array(mem, (size_t)p->n_outputs + 1, sizeof *f->fresh);
    f->in = sdx_mem_array(mem, (size_t)p->most_in + 1, sizeof *f->in);
    f->epilogue_in = sdx_mem_array(mem, (size_t)p->most_epilogue_in + 1, sizeof *f->epilogue_in);
    f->out = sdx_mem_array(mem, (size_t)p->most_out + 1, sizeof *f->out);
    f->made = sdx_mem_array(mem, (size_t)p->most_out + 1, sizeof *f->made);
    return f->header && f->current && f->given && f->result && f->exported && f->fresh && f->in &&
           f->epilogue_in && f->out && f->made;
}

/* The bindings of the bodies that steps call, so that a call needs no search. */
static bool find_bodies(sdx_frame *f)
{
    const sdx_plan *p = f->plan;
    sdx_mem *mem = &f->session->mem;
    uint32_t n = 0;
    f->body_at = sdx_mem_array(mem, (size_t)p->n_steps + 1, sizeof *f->body_at);
    if (!f->body_at)
        return false;
    for (uint32_t i = 0; i < p->n_steps; i++) {
        f->body_at[i] = n;
        n += (uint32_t)p->step[i].n_bodies;
    }
    f->body_at[p->n_steps] = n;
    f->body = sdx_mem_array(mem, (size_t)n + 1, sizeof *f->body);
    for (uint32_t i = 0; f->body && i < p->n_steps; i++) {
        for (int k = 0; k < p->step[i].n_bodies; k++) {
            const sdx_graph *g = p->step[i].body[k].graph;
            f->body[f->body_at[i] + (uint32_t)k] = sdx_session_bindings(f->session, g);
            if (g->n_inputs + g->n_captures > f->most_args)
                f->most_args = g->n_inputs + g->n_captures;
        }
    }
    f->args = sdx_mem_array(mem, f->most_args + 1, sizeof *f->args);
    return f->body && f->args;
}

/* Headers and values that are the same in every run in this memory. */
static void lay_out(sdx_frame *f)
{
    const sdx_plan *p = f->plan;
    for (uint32_t i = 0; i < p->n_slots; i++) {
        const sdx_slot *s = &p->slot[i];
        sdx_value *h = &f->header[i];
        if (s->constant) {
            f->current[i] = s->read ? s->constant : NULL;
            continue;
        }
        if (s->block == SDX_NO_SLOT || s->input != SDX_NO_SLOT)
            continue;
        const sdx_block_plan *b = &p->block[s->block];
        char *base = NULL;
        if (b->place == SDX_IN_ARENA)
            base = (char *)f->memory + b->offset;
        else if (b->place == SDX_IN_CONSTANT)
            base = p->slot[b->slot].constant->t.data;
        if (s->shape.rank >= 0)
            sdx_value_borrow(h, s->dtype, s->shape, s->layout, base ? base + s->offset : NULL);
        h->kind = s->type->kind;
        h->t.dtype = s->dtype;
        f->current[i] = base ? h : NULL;
    }
    f->laid_out = f->memory;
}

static sdx_status prepare_late(sdx_frame *f, sdx_error *err)
{
    const sdx_facts *facts = f->plan->facts;
    sdx_arena_init(&f->late, &f->session->mem, 0);
    if (!f->plan->has_late)
        return SDX_OK;
    f->late_facts = (sdx_facts){ .program = facts->program, .arena = &f->late, .n = facts->n };
    f->late_facts.of = sdx_mem_array(&f->session->mem, facts->n, sizeof *f->late_facts.of);
    return f->late_facts.of ? SDX_OK : sdx_error_memory(err, facts->n * sizeof *facts->of);
}

sdx_status sdx_frame_new(struct sdx_session *s, const sdx_plan *p, sdx_frame **out, sdx_error *err)
{
    sdx_frame *f = sdx_mem_array(&s->mem, 1, sizeof *f);
    if (!f)
        return sdx_error_memory(err, sizeof *f);
    f->session = s;
    f->plan = p;
    sdx_status st = take_tables(f) && find_bodies(f) ? prepare_late(f, err)
                                                     : sdx_error_memory(err, 0);
    if (st == SDX_OK && p->graph->parent)
        st = take_memory(f, err);
    if (st != SDX_OK) {
        sdx_frame_free(f);
        return st;
    }
    if (f->memory)
        lay_out(f);
    *out = f;
    return SDX_OK;
}

sdx_status sdx_frame_enter(sdx_frame *f, sdx_error *err)
{
    SDX_TRY(take_memory(f, err));
    if (f->laid_out != f->memory)
        lay_out(f);
    return SDX_OK;
}

void sdx_frame_leave(sdx_frame *f)
{
    sdx_ground_give(f->session, f->memory, f->memory_bytes);
    f->memory = NULL;
}

static void free_array(sdx_frame *f, void *array, size_t count, size_t size)
{
    sdx_mem_free(&f->session->mem, array, count * size);
}

void sdx_frame_free(sdx_frame *f)
{
    const sdx_plan *p = f->plan;
    sdx_mem *mem = &f->session->mem;
    size_t steps = p->n_steps, bodies = f->body_at ? f->body_at[steps] : 0;
    sdx_temps_free(&f->temps, mem);
    sdx_arena_free(&f->late);
    free_array(f, f->late_facts.of, f->late_facts.n, sizeof *f->late_facts.of);
    free_array(f, f->late_dims, (size_t)p->n_slots * SDX_MAX_RANK, sizeof *f->late_dims);
    free_array(f, f->header, (size_t)p->n_slots + 1, sizeof *f->header);
    free_array(f, f->current, (size_t)p->n_slots + 1, sizeof *f->current);
    free_array(f, f->given, p->n_inputs + 1, sizeof *f->given);
    free_array(f, f->result, (size_t)p->n_outputs + 1, sizeof *f->result);
    free_array(f, f->exported, (size_t)p->n_outputs + 1, sizeof *f->exported);
    free_array(f, f->fresh, (size_t)p->n_outputs + 1, sizeof *f->fresh);
    free_array(f, f->in, (size_t)p->most_in + 1, sizeof *f->in);
    free_array(f, f->epilogue_in, (size_t)p->most_epilogue_in + 1, sizeof *f->epilogue_in);
    free_array(f, f->out, (size_t)p->most_out + 1, sizeof *f->out);
    free_array(f, f->made, (size_t)p->most_out + 1, sizeof *f->made);
    free_array(f, f->body, bodies + 1, sizeof *f->body);
    free_array(f, f->body_at, steps + 1, sizeof *f->body_at);
    free_array(f, f->args, f->most_args + 1, sizeof *f->args);
    sdx_mem_free(mem, f->memory, f->memory_bytes);
    sdx_mem_free(mem, f, sizeof *f);
}
