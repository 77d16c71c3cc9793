/* plan/lifetimes.c - which slots share memory, and from which step to which it is in use.
 *
 * Views and aliases join the block of their input.  An operator that may work in place joins its
 * output to the block of an input that nobody reads afterwards.  What is left of the blocks is one
 * for every piece of memory that has to be somewhere of its own. */
#include "plan/plan.h"

#include "base/size.h"
#include <string.h>

typedef struct walk {
    sdx_plan *p;
    uint32_t step;
    uint32_t wanted; /* block that is looked for */
    int found;
    uint32_t *to; /* by block: the one it was joined to */
} walk;

static uint32_t new_block(sdx_plan *p, sdx_place place, uint32_t slot, uint32_t step)
{
    p->block[p->n_blocks] = (sdx_block_plan){
        .place = place, .bytes = p->slot[slot].bytes, .first = step, .last = step, .slot = slot
    };
    return p->n_blocks++;
}

static bool lies_in_arena(const sdx_step *s, const sdx_slot *y)
{
    return s->kind == SDX_STEP_READY && s->n_bodies == 0 && y->shape.rank >= 0 &&
           sdx_dtype_class(y->dtype) != SDX_STRING;
}

static bool is_late_view(const sdx_step *s, int out)
{
    const sdx_op *op = s->node->op;
    return s->kind == SDX_STEP_LATE && out == 0 && (op->traits & SDX_VIEW) && !op->run;
}

static void begin_out(sdx_plan *p, uint32_t step, int i)
{
    const sdx_step *s = &p->step[step];
    sdx_slot *y = &p->slot[s->out[i]];
    const sdx_alias_of *alias = s->kind == SDX_STEP_READY ? s->prepared.alias : NULL;
    y->first = step;
    if (is_late_view(s, i)) {
        y->block = p->slot[s->in[0]].block;
    } else if (alias && alias[i].in >= 0) {
        const sdx_slot *x = &p->slot[s->in[alias[i].in]];
        y->block = x->block;
        y->offset = x->offset + alias[i].offset;
    } else {
        y->block = new_block(p, lies_in_arena(s, y) ? SDX_IN_ARENA : SDX_IN_RUN, s->out[i], step);
    }
}

static void see_use(void *ctx, uint32_t slot)
{
    walk *w = ctx;
    sdx_block_plan *b = &w->p->block[w->p->slot[slot].block];
    if (b->last < w->step)
        b->last = w->step;
}

/* Blocks of everything, views and aliases joined. */
static void begin_all(walk *w)
{
    sdx_plan *p = w->p;
    for (uint32_t i = 0; i < p->n_slots; i++) {
        if (p->slot[i].constant)
            p->slot[i].block = new_block(p, SDX_IN_CONSTANT, i, 0);
        else if (p->slot[i].input != SDX_NO_SLOT)
            p->slot[i].block = new_block(p, SDX_IN_INPUT, i, 0);
    }
    for (w->step = 0; w->step < p->n_steps; w->step++) {
        const sdx_step *s = &p->step[w->step];
        for (int i = 0; i < s->n_out; i++)
            if (s->out[i] != SDX_NO_SLOT && p->slot[s->out[i]].block == SDX_NO_SLOT)
                begin_out(p, w->step, i);
        sdx_step_reads(s, see_use, w);
    }
    w->step = p->n_steps;
    for (uint32_t i = 0; i < p->n_outputs; i++)
        see_use(w, p->output[i]);
}

/* ---- in place ---- */

static uint32_t resolve(const walk *w, uint32_t block)
{
    while (w->to[block] != block)
        block = w->to[block];
    return block;
}

static void count_block(void *ctx, uint32_t slot)
{
    walk *w = ctx;
    w->found += resolve(w, w->p->slot[slot].block) == w->wanted;
}

/* May output 0 of this step take over the block of input i? */
static bool may_take(walk *w, const sdx_step *s, int i, uint32_t mine)
{
    sdx_plan *p = w->p;
    if (i >= s->n_in || s->in[i] == SDX_NO_SLOT)
        return false;
    const sdx_slot *x = &p->slot[s->in[i]], *y = &p->slot[s->out[0]];
    uint32_t b = resolve(w, x->block);
    const sdx_block_plan *theirs = &p->block[b];
    if (theirs->place != SDX_IN_ARENA || theirs->last != w->step || b == mine ||
        theirs->bytes != y->bytes || x->bytes != y->bytes || x->offset != 0 ||
        x->layout != y->layout)
        return false;
    w->wanted = b;
    w->found = 0;
    sdx_step_reads(s, count_block, w);
    return w->found == 1;
}

static void take_over(walk *w)
{
    sdx_plan *p = w->p;
    for (w->step = 0; w->step < p->n_steps; w->step++) {
        const sdx_step *s = &p->step[w->step];
        uint32_t inplace = s->node->op->inplace;
        if (!inplace || s->kind != SDX_STEP_READY || s->prepared.idle || s->n_out < 1 ||
            s->out[0] == SDX_NO_SLOT)
            continue;
        uint32_t mine = p->slot[s->out[0]].block;
        if (p->block[mine].place != SDX_IN_ARENA || p->block[mine].slot != s->out[0])
            continue;
        for (int i = 0; i < 32; i++) {
            if (!(inplace >> i & 1) || !may_take(w, s, i, mine))
                continue;
            uint32_t theirs = resolve(w, p->slot[s->in[i]].block);
            p->block[theirs].last = p->block[mine].last;
            w->to[mine] = theirs;
            break;
        }
    }
}

/* Drops joined blocks from the list and renumbers the rest. */
static void close_up(walk *w)
{
    sdx_plan *p = w->p;
    for (uint32_t i = 0; i < p->n_slots; i++)
        if (p->slot[i].block != SDX_NO_SLOT)
            p->slot[i].block = resolve(w, p->slot[i].block);
    uint32_t n = 0;
    for (uint32_t i = 0; i < p->n_blocks; i++) {
        bool stays = w->to[i] == i;
        if (stays)
            p->block[n] = p->block[i];
        w->to[i] = stays ? n++ : SDX_NO_SLOT;
    }
    p->n_blocks = n;
    for (uint32_t i = 0; i < p->n_slots; i++)
        if (p->slot[i].block != SDX_NO_SLOT)
            p->slot[i].block = w->to[p->slot[i].block];
}

/* ---- outputs, what moves, what is released ---- */

/* Outputs that are whole blocks of the arena are written where the caller wants them. */
static void place_outputs(sdx_plan *p)
{
    for (uint32_t i = 0; i < p->n_outputs; i++) {
        const sdx_slot *y = &p->slot[p->output[i]];
        if (y->block == SDX_NO_SLOT)
            continue;
        sdx_block_plan *b = &p->block[y->block];
        if (b->place != SDX_IN_ARENA || y->offset != 0 || y->bytes != b->bytes ||
            y->layout != SDX_PLAIN)
            continue;
        b->place = SDX_IN_OUTPUT;
        b->output = i;
    }
}

static bool list_moving(sdx_plan *p)
{
    uint32_t *moving = sdx_arena_array(&p->arena, p->n_slots, sizeof *moving);
    if (!moving)
        return false;
    for (uint32_t i = 0; i < p->n_slots; i++) {
        const sdx_slot *s = &p->slot[i];
        if (s->block == SDX_NO_SLOT || s->shape.rank < 0)
            continue;
        const sdx_block_plan *b = &p->block[s->block];
        if (b->place == SDX_IN_OUTPUT || (b->place == SDX_IN_INPUT && b->slot != i))
            moving[p->n_moving++] = i;
    }
    p->moving = moving;
    return true;
}

/* Idle steps need no run, unless they lie in what a run makes. */
static void drop_idle(sdx_plan *p)
{
    for (uint32_t i = 0; i < p->n_steps; i++) {
        sdx_step *s = &p->step[i];
        if (s->kind != SDX_STEP_READY || !s->prepared.idle)
            continue;
        s->kind = SDX_STEP_PART;
        bool in_run = false;
        for (int k = 0; k < s->n_out; k++)
            in_run |= s->out[k] != SDX_NO_SLOT && p->slot[s->out[k]].block != SDX_NO_SLOT &&
                      p->block[p->slot[s->out[k]].block].place == SDX_IN_RUN;
        s->nothing = !in_run;
    }
}

/* For every step the blocks whose last use it is, as a slice of one list. */
static bool list_releases(sdx_plan *p)
{
    uint32_t *list = sdx_arena_array(&p->arena, p->n_blocks, sizeof *list);
    uint32_t *at = sdx_mem_array(p->mem, (size_t)p->n_steps + 2, sizeof *at);
    bool done = list && at;
    for (uint32_t i = 0; done && i < p->n_blocks; i++) {
        p->makes |= p->block[i].place == SDX_IN_RUN;
        if (p->block[i].place == SDX_IN_RUN && p->block[i].last < p->n_steps)
            at[p->block[i].last + 1]++;
    }
    for (uint32_t i = 0; done && i < p->n_steps; i++) {
        p->step[i].n_release = at[i + 1];
        p->step[i].release = list + at[i];
        at[i + 1] += at[i];
    }
    for (uint32_t i = 0; done && i < p->n_blocks; i++)
        if (p->block[i].place == SDX_IN_RUN && p->block[i].last < p->n_steps)
            list[at[p->block[i].last]++] = i;
    sdx_mem_free(p->mem, at, ((size_t)p->n_steps + 2) * sizeof *at);
    return done;
}

static uint32_t add_scratch(sdx_plan *p, size_t bytes, uint32_t first, uint32_t last)
{
    p->block[p->n_blocks] = (sdx_block_plan){
        .place = SDX_IN_ARENA, .bytes = bytes, .first = first, .last = last, .slot = SDX_NO_SLOT
    };
    return p->n_blocks++;
}

/* Scratch is memory of the arena that is in use for one step; what is small is one block for all
 * steps, for fewer blocks are placed sooner. */
static bool place_scratch(sdx_plan *p)
{
    enum { SMALL = 1 << 18 };
    size_t most = 0, *bytes = sdx_mem_array(p->mem, (size_t)p->n_steps + 1, sizeof *bytes);
    bool done = bytes != NULL;
    for (uint32_t i = 0; done && i < p->n_steps; i++) {
        const sdx_step *s = &p->step[i];
        if (s->kind != SDX_STEP_READY)
            continue;
        done = sdx_size_mul(&bytes[i], s->prepared.scratch_worker, p->workers) &&
               sdx_size_add(&bytes[i], bytes[i], s->prepared.scratch_shared);
        if (bytes[i] <= SMALL && bytes[i] > most)
            most = bytes[i];
    }
    uint32_t shared = done && most ? add_scratch(p, most, 0, p->n_steps) : SDX_NO_SLOT;
    for (uint32_t i = 0; done && i < p->n_steps; i++)
        p->step[i].scratch = bytes[i] > SMALL ? add_scratch(p, bytes[i], i, i)
                             : bytes[i] > 0   ? shared
                                              : SDX_NO_SLOT;
    sdx_mem_free(p->mem, bytes, ((size_t)p->n_steps + 1) * sizeof *bytes);
    return done;
}

bool sdx_plan_lifetimes(sdx_plan *p)
{
    walk w = { .p = p };
    p->block = sdx_arena_array(&p->arena, (size_t)p->n_slots + p->n_steps + 1, sizeof *p->block);
    w.to = sdx_mem_array(p->mem, (size_t)p->n_slots + 1, sizeof *w.to);
    bool done = p->block && w.to;
    if (done) {
        begin_all(&w);
        for (uint32_t i = 0; i < p->n_blocks; i++)
            w.to[i] = i;
        take_over(&w);
        close_up(&w);
        place_outputs(p);
        drop_idle(p);
        done = list_moving(p) && list_releases(p) && place_scratch(p);
    }
    sdx_mem_free(p->mem, w.to, ((size_t)p->n_slots + 1) * sizeof *w.to);
    return done;
}
