/* plan/budget.c - what packed weights of each step may take.
 *
 * Some kernels are faster with weights in a larger form: transformed filters are 1.8 or 4 times as
 * large as they were.  A step says which ways it has (sdx_op.offers), with the memory and the time
 * of each.  All begin with the smallest; then memory goes where it saves most time a byte, as long
 * as there is some.
 *
 * What there is beyond the smallest forms is a fifth of the weights: other runtimes hold weights
 * twice, as they were read and as they are packed, and this one stays well below.  In small
 * networks it is FLOOR bytes, for there activations and code are what memory goes to.  What comes
 * out depends on the model and the shapes alone. */
#include "plan/plan.h"

#include <stdlib.h>
#include <string.h>

enum { SHARE = 5, FLOOR = 12 << 20 };

/* From one way of a step to a larger one. */
typedef struct upgrade {
    double gain; /* time saved a byte */
    uint32_t step;
    uint32_t order;
    size_t from, to;
} upgrade;

typedef struct list {
    upgrade *at;
    uint32_t n;
} list;

/* The way that saves most a byte beyond way `from`; -1: none saves anything. */
static int next_way(const sdx_offer *way, int n, int from, double *gain)
{
    int best = -1;
    for (int i = 0; i < n; i++) {
        if (way[i].bytes <= way[from].bytes || !(way[i].cost < way[from].cost))
            continue;
        double g = (way[from].cost - way[i].cost) / (double)(way[i].bytes - way[from].bytes);
        if (best < 0 || g > *gain) {
            best = i;
            *gain = g;
        }
    }
    return best;
}

static int smallest_way(const sdx_offer *way, int n)
{
    int best = 0;
    for (int i = 1; i < n; i++)
        if (way[i].bytes < way[best].bytes ||
            (way[i].bytes == way[best].bytes && way[i].cost < way[best].cost))
            best = i;
    return best;
}

static void add_step(list *l, uint32_t step, const sdx_offer *way, int n, size_t *room)
{
    int at = smallest_way(way, n);
    double gain = 0;
    *room = way[at].bytes;
    for (int to; (to = next_way(way, n, at, &gain)) >= 0; at = to) {
        l->at[l->n] = (upgrade){ gain, step, l->n, way[at].bytes, way[to].bytes };
        l->n++;
    }
}

static int by_gain(const void *a, const void *b)
{
    const upgrade *x = a, *y = b;
    if (x->gain != y->gain)
        return x->gain < y->gain ? 1 : -1;
    return (x->order > y->order) - (x->order < y->order);
}

static size_t weight_bytes(const sdx_plan *p)
{
    double sum = 0;
    for (uint32_t i = 0; i < p->n_slots; i++)
        sum += p->slot[i].constant ? (double)p->slot[i].bytes : 0;
    return (size_t)(sum < 1e18 ? sum : 1e18);
}

static void spend(const sdx_plan *p, list *l, size_t *room)
{
    size_t left = weight_bytes(p) / SHARE;
    left = left < FLOOR ? FLOOR : left;
    qsort(l->at, l->n, sizeof *l->at, by_gain);
    for (uint32_t i = 0; i < l->n; i++) {
        const upgrade *u = &l->at[i];
        if (room[u->step] != u->from || u->to - u->from > left)
            continue;
        room[u->step] = u->to;
        left -= u->to - u->from;
    }
}

size_t *sdx_plan_budget(sdx_plan *p, const sdx_prepare_request *q, sdx_packing_goal goal)
{
    size_t *room = sdx_arena_array(&p->arena, p->n_steps, sizeof *room);
    uint32_t choosing = 0;
    for (uint32_t i = 0; room && i < p->n_steps; i++) {
        room[i] = goal == SDX_PACKING_SMALL ? 0 : SIZE_MAX;
        choosing += p->step[i].node->op->offers != NULL;
    }
    if (!room || goal != SDX_PACKING_DEFAULT || choosing == 0)
        return room;
    size_t most = (size_t)choosing * SDX_MOST_OFFERS;
    list l = { .at = sdx_mem_array(p->mem, most, sizeof *l.at) };
    for (uint32_t i = 0; l.at && i < p->n_steps; i++) {
        sdx_offer way[SDX_MOST_OFFERS];
        const sdx_step *s = &p->step[i];
        int n = s->kind == SDX_STEP_LATE ? 0 : sdx_prepare_offers(&s->view, q, way);
        if (n > 0)
            add_step(&l, i, way, n, &room[i]);
    }
    if (l.at)
        spend(p, &l, room);
    sdx_mem_free(p->mem, l.at, most * sizeof *l.at);
    return l.at ? room : NULL;
}
