/* plan/schedule.c - the slots and steps of a graph, in the order of its nodes.
 *
 * LOAD and the passes keep the nodes in an order in which producers come first, and files come in
 * the order in which networks were written down: depth first, mostly, which is good for memory. */
#include "plan/plan.h"

#include <string.h>

typedef struct maker {
    sdx_plan *p;
    uint32_t *of_value; /* by id: slot + 1; 0: none yet */
    uint32_t room;
} maker;

static void describe(sdx_slot *s, const sdx_fact *f)
{
    s->type = f->type ? f->type : &sdx_type_unknown;
    s->dtype = s->type->kind == SDX_TENSOR ? s->type->dtype : SDX_UNDEFINED;
    s->shape.rank = -1;
    if (s->type->kind == SDX_TENSOR && sdx_type_is_sized(s->type) && s->dtype != SDX_UNDEFINED) {
        s->shape = (sdx_shape){ s->type->dims.rank, s->type->shape };
        s->bytes = sdx_layout_bytes(s->dtype, s->shape, s->layout);
    }
}

/* The slot of v, made where it is new; there is room for all. */
static uint32_t slot_of(maker *m, const sdx_gvalue *v)
{
    if (!v)
        return SDX_NO_SLOT;
    uint32_t *at = &m->of_value[v->id];
    if (*at)
        return *at - 1;
    sdx_plan *p = m->p;
    const sdx_fact *f = &p->facts->of[v->id];
    sdx_slot *s = &p->slot[p->n_slots];
    *s = (sdx_slot){ .value = v,
                     .input = SDX_NO_SLOT,
                     .layout = v->layout,
                     .first = SDX_NO_SLOT,
                     .last = 0,
                     .block = SDX_NO_SLOT };
    s->constant = sdx_gvalue_constant(v);
    if (!s->constant)
        s->constant = f->known;
    describe(s, f);
    *at = ++p->n_slots;
    return p->n_slots - 1;
}

static const sdx_graph *body_of(const sdx_attr *a)
{
    return a->kind == SDX_ATTR_GRAPH ? a->graph : NULL;
}

static bool list_bodies(maker *m, sdx_step *s)
{
    const sdx_gnode *n = s->node;
    for (int i = 0; i < n->n_attr; i++)
        s->n_bodies += body_of(&n->attr[i]) != NULL;
    s->body = sdx_arena_array(&m->p->arena, (size_t)s->n_bodies, sizeof *s->body);
    if (!s->body)
        return false;
    int k = 0;
    for (int i = 0; i < n->n_attr; i++) {
        const sdx_graph *g = body_of(&n->attr[i]);
        if (!g)
            continue;
        sdx_step_body *b = &s->body[k++];
        b->attr = n->attr[i].name;
        b->graph = g;
        b->capture = sdx_arena_array(&m->p->arena, g->n_captures, sizeof *b->capture);
        if (!b->capture)
            return false;
        for (size_t c = 0; c < g->n_captures; c++)
            b->capture[c] = slot_of(m, g->capture[c]->outer);
    }
    return true;
}

static bool list_operands(maker *m, sdx_step *s)
{
    const sdx_gnode *n = s->node;
    sdx_arena *a = &m->p->arena;
    s->n_in = n->n_in;
    s->n_out = n->n_out;
    for (int k = 0; k < n->n_epilogue; k++)
        s->n_epilogue_in += n->epilogue[k]->n_in - 1;
    s->in = sdx_arena_array(a, (size_t)s->n_in, sizeof *s->in);
    s->out = sdx_arena_array(a, (size_t)s->n_out, sizeof *s->out);
    s->epilogue_in = sdx_arena_array(a, (size_t)s->n_epilogue_in, sizeof *s->epilogue_in);
    if (!s->in || !s->out || !s->epilogue_in)
        return false;
    for (int i = 0; i < s->n_in; i++)
        s->in[i] = slot_of(m, n->in[i]);
    int at = 0;
    for (int k = 0; k < n->n_epilogue; k++) {
        int slot = sdx_epilogue_slot(&s->view, k);
        for (int i = 0; i < n->epilogue[k]->n_in; i++)
            if (i != slot)
                s->epilogue_in[at++] = slot_of(m, n->epilogue[k]->in[i]);
    }
    for (int i = 0; i < s->n_out; i++)
        s->out[i] = slot_of(m, sdx_final_out(n, i));
    return true;
}

/* Is everything that n makes known before the run? */
static bool is_known(const sdx_plan *p, const sdx_gnode *n)
{
    for (int i = 0; i < n->n_out; i++)
        if (n->out[i] && !p->facts->of[sdx_final_out(n, i)->id].known)
            return false;
    return true;
}

static bool add_step(maker *m, const sdx_gnode *n)
{
    sdx_plan *p = m->p;
    if (n->removed || is_known(p, n))
        return true;
    sdx_step *s = &p->step[p->n_steps++];
    *s = (sdx_step){ .node = n, .view = sdx_view(n, p->facts, &p->arena) };
    if (p->arena.failed || !list_operands(m, s) || !list_bodies(m, s))
        return false;
    p->most_in = s->n_in > p->most_in ? s->n_in : p->most_in;
    p->most_out = s->n_out > p->most_out ? s->n_out : p->most_out;
    if (s->n_epilogue_in > p->most_epilogue_in)
        p->most_epilogue_in = s->n_epilogue_in;
    return true;
}

/* More than the slots there can be: every mention of a value once. */
static size_t count_mentions(const sdx_graph *g)
{
    size_t n = g->n_inputs + g->n_captures + g->n_outputs;
    for (size_t i = 0; i < g->n_nodes; i++) {
        const sdx_gnode *d = g->node[i];
        n += (size_t)d->n_in + (size_t)d->n_out;
        for (int k = 0; k < d->n_epilogue; k++)
            n += (size_t)d->epilogue[k]->n_in;
        for (int k = 0; k < d->n_attr; k++)
            n += body_of(&d->attr[k]) ? d->attr[k].graph->n_captures : 0;
    }
    return n;
}

static bool add_all(maker *m)
{
    sdx_plan *p = m->p;
    const sdx_graph *g = p->graph;
    for (size_t i = 0; i < p->n_inputs; i++) {
        const sdx_gvalue *v = i < g->n_inputs ? g->input[i] : g->capture[i - g->n_inputs];
        p->slot[slot_of(m, v)].input = (uint32_t)i;
    }
    for (size_t i = 0; i < g->n_nodes; i++)
        if (!add_step(m, g->node[i]))
            return false;
    uint32_t *output = sdx_arena_array(&p->arena, g->n_outputs, sizeof *output);
    if (!output)
        return false;
    for (size_t i = 0; i < g->n_outputs; i++)
        output[i] = slot_of(m, g->output[i]);
    p->output = output;
    p->n_outputs = (uint32_t)g->n_outputs;
    return true;
}

bool sdx_plan_schedule(sdx_plan *p)
{
    const sdx_graph *g = p->graph;
    maker m = { .p = p };
    size_t mentions = count_mentions(g);
    if (mentions >= SDX_NO_SLOT)
        return false;
    p->slot = sdx_arena_array(&p->arena, mentions, sizeof *p->slot);
    p->step = sdx_arena_array(&p->arena, g->n_nodes, sizeof *p->step);
    m.of_value = sdx_mem_array(p->mem, p->facts->n, sizeof *m.of_value);
    bool done = p->slot && p->step && m.of_value && add_all(&m);
    sdx_mem_free(p->mem, m.of_value, p->facts->n * sizeof *m.of_value);
    return done;
}

void sdx_step_reads(const sdx_step *s, sdx_slot_visit *fn, void *ctx)
{
    if (s->kind != SDX_STEP_LATE && s->prepared.idle) {
        for (int i = 0; i < s->n_out; i++)
            if (s->out[i] != SDX_NO_SLOT)
                fn(ctx, s->in[s->prepared.alias[i].in]);
        return;
    }
    for (int i = 0; i < s->n_in; i++)
        if (s->in[i] != SDX_NO_SLOT && (i >= 64 || !(s->prepared.packed >> i & 1)))
            fn(ctx, s->in[i]);
    for (int i = 0; i < s->n_epilogue_in; i++)
        if (s->epilogue_in[i] != SDX_NO_SLOT)
            fn(ctx, s->epilogue_in[i]);
    for (int b = 0; b < s->n_bodies; b++)
        for (size_t c = 0; c < s->body[b].graph->n_captures; c++)
            fn(ctx, s->body[b].capture[c]);
}

static void mark(void *ctx, uint32_t slot)
{
    sdx_plan *p = ctx;
    p->slot[slot].read = true;
}

bool sdx_plan_prune(sdx_plan *p)
{
    bool *keep = sdx_mem_array(p->mem, (size_t)p->n_steps + 1, sizeof *keep);
    if (!keep)
        return false;
    for (uint32_t i = 0; i < p->n_outputs; i++)
        mark(p, p->output[i]);
    for (uint32_t i = p->n_steps; i-- > 0;) {
        const sdx_step *s = &p->step[i];
        for (int k = 0; k < s->n_out; k++)
            keep[i] |= s->out[k] != SDX_NO_SLOT && p->slot[s->out[k]].read;
        if (keep[i])
            sdx_step_reads(s, mark, p);
    }
    uint32_t n = 0;
    for (uint32_t i = 0; i < p->n_steps; i++)
        if (keep[i])
            p->step[n++] = p->step[i];
    sdx_mem_free(p->mem, keep, ((size_t)p->n_steps + 1) * sizeof *keep);
    p->n_steps = n;
    return true;
}
