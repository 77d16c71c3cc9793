/* plan/offsets.c - where each block lies in the arena of a frame: largest first, best fit. */
#include "plan/plan.h"

#include "base/size.h"
#include <stdlib.h>

static int by_size(const void *a, const void *b)
{
    const sdx_block_plan *x = *(sdx_block_plan *const *)a, *y = *(sdx_block_plan *const *)b;
    if (x->bytes != y->bytes)
        return x->bytes < y->bytes ? 1 : -1;
    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    return (x->slot > y->slot) - (x->slot < y->slot);
}

static bool meet(const sdx_block_plan *a, const sdx_block_plan *b)
{
    return a->first <= b->last && b->first <= a->last;
}

/* The smallest gap that holds b between the placed blocks that live at the same time; else behind
 * them.  `placed` is in order of offsets. */
static size_t best_gap(sdx_block_plan *const *placed, size_t n, const sdx_block_plan *b)
{
    size_t end = 0, best = SIZE_MAX, best_room = SIZE_MAX;
    for (size_t i = 0; i < n; i++) {
        const sdx_block_plan *o = placed[i];
        if (!meet(o, b))
            continue;
        if (o->offset > end && o->offset - end >= b->bytes && o->offset - end < best_room) {
            best = end;
            best_room = o->offset - end;
        }
        if (o->offset + o->bytes > end)
            end = o->offset + o->bytes;
    }
    return best != SIZE_MAX ? best : end;
}

static void insert(sdx_block_plan **placed, size_t n, sdx_block_plan *b)
{
    size_t i = n;
    for (; i > 0 && placed[i - 1]->offset > b->offset; i--)
        placed[i] = placed[i - 1];
    placed[i] = b;
}

static size_t place(sdx_block_plan **order, sdx_block_plan **placed, size_t n)
{
    size_t total = 0;
    qsort(order, n, sizeof *order, by_size);
    for (size_t i = 0; i < n; i++) {
        sdx_block_plan *b = order[i];
        size_t end;
        b->offset = best_gap(placed, i, b);
        if (!sdx_size_add(&end, b->offset, b->bytes))
            return SIZE_MAX;
        insert(placed, i, b);
        total = end > total ? end : total;
    }
    return total;
}

size_t sdx_place_blocks(sdx_mem *mem, sdx_block_plan *block, size_t n)
{
    size_t here = 0, total = SIZE_MAX;
    sdx_block_plan **order = sdx_mem_array(mem, 2 * n + 1, sizeof *order);
    if (!order)
        return SIZE_MAX;
    bool fits = true;
    for (size_t i = 0; i < n; i++) {
        if (block[i].place != SDX_IN_ARENA)
            continue;
        /* Nothing has no place: two empty blocks may share an address with anything. */
        fits = fits && sdx_size_align(&block[i].bytes, block[i].bytes, 64);
        order[here++] = &block[i];
    }
    if (fits)
        total = place(order, order + n, here);
    sdx_mem_free(mem, order, (2 * n + 1) * sizeof *order);
    return total;
}

bool sdx_plan_offsets(sdx_plan *p)
{
    p->arena_bytes = sdx_place_blocks(p->mem, p->block, p->n_blocks);
    return p->arena_bytes != SIZE_MAX;
}
