/* exec/memory.c - the memory that runs of the main graph lie in.
 *
 * Plans of a session seldom run at the same time: what one of them ran in serves the next, whatever
 * its shapes are, until that is much more than others want (eval/patience.h).  Blocks for what is
 * made while running are held in the same way (eval/blocks.c). */
#include "exec/exec.h"

struct sdx_ground {
    sdx_ground *next;
    size_t bytes;
};

/* Takes off the list what is much more than wanted, or what is too small where nothing else is. */
static sdx_ground *take_off(struct sdx_session *s, size_t wanted, bool large)
{
    sdx_ground *gone = NULL;
    for (sdx_ground **link = &s->ground; *link;) {
        sdx_ground *g = *link;
        if (large ? !sdx_is_much_more(g->bytes, wanted) : g->bytes >= wanted) {
            link = &g->next;
            continue;
        }
        *link = g->next;
        g->next = gone;
        gone = g;
        if (!large)
            break;
    }
    return gone;
}

/* The smallest that is large enough. */
static sdx_ground *find(struct sdx_session *s, size_t wanted)
{
    sdx_ground **best = NULL;
    for (sdx_ground **link = &s->ground; *link; link = &(*link)->next)
        if ((*link)->bytes >= wanted && (!best || (*link)->bytes < (*best)->bytes))
            best = link;
    sdx_ground *g = best ? *best : NULL;
    if (g)
        *best = g->next;
    return g;
}

/* What goes back now that a run wants so much. */
static sdx_ground *judge(struct sdx_session *s, size_t wanted)
{
    bool wide = false;
    for (const sdx_ground *g = s->ground; g && !wide; g = g->next)
        wide = sdx_is_much_more(g->bytes, wanted);
    return sdx_patience_ends(&s->patience, wide) ? take_off(s, wanted, true) : NULL;
}

static void free_all(struct sdx_session *s, sdx_ground *g)
{
    while (g) {
        sdx_ground *next = g->next;
        sdx_mem_free(&s->mem, g, g->bytes);
        g = next;
    }
}

void *sdx_ground_take(struct sdx_session *s, size_t wanted, size_t *bytes)
{
    wanted = wanted < sizeof(sdx_ground) ? sizeof(sdx_ground) : wanted;
    pthread_mutex_lock(&s->lock);
    sdx_ground *gone = judge(s, wanted), *g = find(s, wanted);
    if (!g && !gone) {
        gone = take_off(s, wanted, false);
        sdx_patience_grows(&s->patience);
    }
    pthread_mutex_unlock(&s->lock);
    free_all(s, gone);
    *bytes = g ? g->bytes : wanted;
    return g ? g : sdx_mem_alloc(&s->mem, wanted, 64);
}

void sdx_ground_give(struct sdx_session *s, void *at, size_t bytes)
{
    sdx_ground *g = at;
    pthread_mutex_lock(&s->lock);
    *g = (sdx_ground){ s->ground, bytes };
    s->ground = g;
    pthread_mutex_unlock(&s->lock);
    sdx_block_pool_rest(s->blocks);
}

void sdx_ground_free(struct sdx_session *s)
{
    free_all(s, s->ground);
    s->ground = NULL;
}

size_t sdx_session_waiting(struct sdx_session *s)
{
    size_t sum = sdx_block_pool_waiting(s->blocks);
    pthread_mutex_lock(&s->lock);
    for (const sdx_ground *g = s->ground; g; g = g->next)
        sum += g->bytes;
    pthread_mutex_unlock(&s->lock);
    return sum;
}
