/* eval/blocks.c - memory for values whose size only the run knows.
 *
 * Blocks come in four sizes an octave and wait, by size, for the next value of about their size: a
 * loop that makes and drops values takes from the system only what lives at once.  When the limit
 * is reached, the waiting blocks go back first. */
#include "eval/blocks.h"

#include "base/size.h"
#include "eval/patience.h"
#include <pthread.h>
#include <stdalign.h>
#include <string.h>

enum { LEAST_LOG = 9, CLASSES = 4 * (47 - LEAST_LOG) };

struct sdx_block_pool {
    sdx_mem *mem;
    pthread_mutex_t lock;
    sdx_block *waiting[CLASSES];
    size_t idle, used;  /* bytes that wait; that do not */
    size_t peak, taken; /* since the last rest: the most that did not; from the system */
    sdx_patience patience;
};

/* The class of blocks that hold size bytes, and how large those are.  -1: too large for any. */
static int class_of(size_t size, size_t *bytes)
{
    if (size <= (size_t)1 << LEAST_LOG) {
        *bytes = (size_t)1 << LEAST_LOG;
        return 0;
    }
    /* sizes in (2^log, 2^(log+1)] in quarters of 2^log */
    const int log = 63 - __builtin_clzll((unsigned long long)size - 1);
    const size_t quarter = (size_t)1 << (log - 2);
    const size_t quarters = (size - 1) / quarter + 1; /* 5 to 8 */
    *bytes = quarters * quarter;
    const int c = 4 * (log - LEAST_LOG) + (int)quarters - 4;
    return c < CLASSES ? c : -1;
}

sdx_block_pool *sdx_block_pool_new(sdx_mem *mem)
{
    sdx_block_pool *p = sdx_mem_array(mem, 1, sizeof *p);
    if (!p)
        return NULL;
    p->mem = mem;
    pthread_mutex_init(&p->lock, NULL);
    return p;
}

/* Gives all waiting blocks back.  Under the lock, or when nobody else is left. */
static void drain(sdx_block_pool *p)
{
    for (int c = 0; c < CLASSES; c++) {
        while (p->waiting[c]) {
            sdx_block *b = p->waiting[c];
            p->waiting[c] = b->next;
            sdx_mem_free(p->mem, b, b->bytes);
        }
    }
    p->idle = 0;
}

void sdx_block_pool_rest(sdx_block_pool *p)
{
    pthread_mutex_lock(&p->lock);
    if (sdx_is_much_more(p->taken, 0))
        sdx_patience_grows(&p->patience);
    if (sdx_patience_ends(&p->patience, sdx_is_much_more(p->idle, p->peak)))
        drain(p);
    p->peak = p->used;
    p->taken = 0;
    pthread_mutex_unlock(&p->lock);
}

size_t sdx_block_pool_waiting(sdx_block_pool *p)
{
    pthread_mutex_lock(&p->lock);
    size_t bytes = p->idle;
    pthread_mutex_unlock(&p->lock);
    return bytes;
}

void sdx_block_pool_free(sdx_block_pool *p)
{
    if (!p)
        return;
    drain(p);
    pthread_mutex_destroy(&p->lock);
    sdx_mem_free(p->mem, p, sizeof *p);
}

static sdx_block *fresh(sdx_mem *mem, size_t bytes)
{
    sdx_block *b = sdx_mem_alloc(mem, bytes, SDX_BLOCK_ALIGN);
    if (b)
        *b = (sdx_block){ NULL, bytes };
    return b;
}

sdx_block *sdx_block_take(sdx_mem *mem, sdx_block_pool *p, size_t size)
{
    size_t bytes;
    const int c = p ? class_of(size, &bytes) : -1;
    if (c < 0)
        return fresh(mem, size);
    pthread_mutex_lock(&p->lock);
    sdx_block *b = p->waiting[c];
    const bool news = !b;
    if (b) {
        p->waiting[c] = b->next;
        p->idle -= b->bytes;
    } else if (!(b = fresh(p->mem, bytes))) {
        drain(p);
        b = fresh(p->mem, bytes);
    }
    p->used += b ? b->bytes : 0;
    p->taken += news && b ? b->bytes : 0;
    p->peak = p->used > p->peak ? p->used : p->peak;
    pthread_mutex_unlock(&p->lock);
    return b;
}

void sdx_block_give(sdx_mem *mem, sdx_block_pool *p, sdx_block *b)
{
    size_t bytes;
    const int c = p ? class_of(b->bytes, &bytes) : -1;
    if (c < 0) {
        sdx_mem_free(mem, b, b->bytes);
        return;
    }
    pthread_mutex_lock(&p->lock);
    b->next = p->waiting[c];
    p->waiting[c] = b;
    p->idle += b->bytes;
    p->used -= b->bytes;
    pthread_mutex_unlock(&p->lock);
}
