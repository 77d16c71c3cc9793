/* eval/packs.c - packed constants: one copy for all sessions and bindings that want the same.
 *
 * A pack is found by the constant, the packer and what the packer was told.  The store holds each
 * constant it packed, so that no other can come to lie at the same address.
 *
 * Packs lie side by side in a few large slabs: those of a network are read one after the other, and
 * want few pages.
 *
 * Nodes that are being prepared get the address alone.  Their packs are filled together, on all
 * threads, and by whoever comes first where two bindings want the same. */
#include "eval/packs.h"

#include "base/map.h"
#include "base/size.h"
#include "eval/recipe.h"
#include "eval/spare.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

typedef enum state { EMPTY, BUSY, FULL } state;

typedef struct pack {
    const sdx_value *of;
    void *at;
    size_t bytes;
    state state; /* under the lock */
    struct pack *next;
} pack;

typedef struct slab {
    char *at;
    size_t bytes, used;
    struct slab *next;
} slab;

struct sdx_to_pack {
    pack *pack;
    sdx_packer *packer;
    const void *how;
    struct sdx_to_pack *next;
};

struct sdx_packs {
    sdx_mem *mem;
    slab *slabs;     /* the first of them has room */
    sdx_arena arena; /* of keys and entries */
    sdx_table table;
    pack *all;
    size_t bytes, room; /* of packs; of slabs */
    const sdx_map *source;
    pthread_mutex_t lock;
    pthread_cond_t filled; /* some pack was, or could not be */
};

enum { KEY_HEAD = sizeof(const void *) + sizeof(sdx_packer *) + sizeof(size_t) };

sdx_packs *sdx_packs_new(sdx_mem *mem)
{
    sdx_packs *p = sdx_mem_array(mem, 1, sizeof *p);
    if (!p)
        return NULL;
    p->mem = mem;
    sdx_arena_init(&p->arena, mem, 0);
    sdx_table_init(&p->table, &p->arena);
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->filled, NULL);
    return p;
}

void sdx_packs_free(sdx_packs *p)
{
    if (!p)
        return;
    for (pack *x = p->all; x; x = x->next)
        sdx_value_let_go(x->of);
    for (slab *s = p->slabs; s; s = s->next)
        sdx_mem_free(p->mem, s->at, s->bytes);
    sdx_arena_free(&p->arena);
    pthread_cond_destroy(&p->filled);
    pthread_mutex_destroy(&p->lock);
    sdx_mem_free(p->mem, p, sizeof *p);
}

size_t sdx_packs_bytes(sdx_packs *p)
{
    pthread_mutex_lock(&p->lock);
    size_t bytes = p->bytes;
    pthread_mutex_unlock(&p->lock);
    return bytes;
}

size_t sdx_packs_room(sdx_packs *p)
{
    pthread_mutex_lock(&p->lock);
    size_t bytes = p->room;
    pthread_mutex_unlock(&p->lock);
    return bytes;
}

void sdx_packs_source(sdx_packs *p, const sdx_map *map)
{
    pthread_mutex_lock(&p->lock);
    p->source = map;
    pthread_mutex_unlock(&p->lock);
}

enum { LINE = 64, LARGE = 1 << 21 /* a large page */ };

static slab *new_slab(sdx_packs *p, size_t bytes, size_t least)
{
    slab *s = sdx_arena_alloc(&p->arena, sizeof *s);
    void *at = s ? sdx_mem_alloc(p->mem, bytes, LINE) : NULL;
    if (s && !at && bytes > least) /* as near to a limit as there is need to go */
        at = sdx_mem_alloc(p->mem, bytes = least, LINE);
    if (!at)
        return NULL;
    *s = (slab){ .at = at, .bytes = bytes };
    p->room += bytes;
    return s;
}

/* Room for a pack: in the slab at hand, or in a new one, twice as large as the last.  What fills a
 * large page alone has a slab of its own. */
static void *take_room(sdx_packs *p, size_t bytes)
{
    enum { FIRST = 1 << 16, MOST = 4 * LARGE };
    slab *s = p->slabs;
    if (!sdx_size_align(&bytes, bytes, LINE))
        return NULL;
    bool alone = bytes >= LARGE;
    if (alone || !s || s->bytes - s->used < bytes) {
        size_t next = !s ? FIRST : s->bytes < MOST ? s->bytes * 2 : MOST;
        while (next < bytes && !alone)
            next *= 2;
        slab *fresh = new_slab(p, alone ? bytes : next, bytes);
        if (!fresh)
            return NULL;
        slab **place = s && alone ? &s->next : &p->slabs;
        fresh->next = *place;
        *place = s = fresh;
    }
    s->used += bytes;
    return s->at + s->used - bytes;
}

/* A new pack under `key`; NULL: no memory.  Called with the lock held: two bindings that want the
 * same pack at once get one. */
static pack *add(sdx_packs *p, const char *key, size_t length, const sdx_value *v, size_t bytes)
{
    pack *x = sdx_arena_alloc(&p->arena, sizeof *x);
    void *at = x ? take_room(p, bytes) : NULL;
    sdx_word *w = at ? sdx_table_add(&p->table, key, length, NULL) : NULL;
    if (!w)
        return NULL;
    *x = (pack){ v, at, bytes, EMPTY, p->all };
    p->all = x;
    p->bytes += bytes;
    w->pointer = x;
    sdx_value_retain(v);
    return x;
}

/* The pack of v, empty where there was none.  Called with the lock held. */
static pack *find_or_add(sdx_packs *p, const sdx_value *v, size_t bytes, sdx_packer *packer,
                         const void *how, size_t how_size)
{
    sdx_arena_mark mark = sdx_arena_here(&p->arena);
    char *key = sdx_arena_alloc(&p->arena, KEY_HEAD + how_size);
    if (!key)
        return NULL;
    memcpy(key, &v, sizeof v);
    memcpy(key + sizeof v, &packer, sizeof packer);
    memcpy(key + sizeof v + sizeof packer, &bytes, sizeof bytes);
    if (how_size)
        memcpy(key + KEY_HEAD, how, how_size);
    const sdx_word *w = sdx_table_find(&p->table, key, KEY_HEAD + how_size);
    if (!w)
        return add(p, key, KEY_HEAD + how_size, v, bytes);
    sdx_arena_rewind(&p->arena, mark);
    return w->pointer;
}

const void *sdx_packs_get(sdx_packs *p, const sdx_value *v, size_t bytes, sdx_packer *packer,
                          const void *how, size_t how_size, sdx_arena *arena, sdx_packing *list)
{
    struct sdx_to_pack *t = sdx_arena_alloc(arena, sizeof *t);
    const void *own = t ? sdx_arena_copy(arena, how, how_size) : NULL;
    if (!own)
        return NULL;
    pthread_mutex_lock(&p->lock);
    pack *x = find_or_add(p, v, bytes, packer, how, how_size);
    bool full = x && x->state == FULL;
    pthread_mutex_unlock(&p->lock);
    if (x && !full) {
        *t = (struct sdx_to_pack){ x, packer, own, list->first };
        list->first = t;
        list->n++;
    }
    return x ? x->at : NULL;
}

/* ---- filling ---- */

/* Whether it is ours to fill; waits for another thread that is at it. */
static bool claim(sdx_packs *p, pack *x)
{
    pthread_mutex_lock(&p->lock);
    while (x->state == BUSY)
        pthread_cond_wait(&p->filled, &p->lock);
    bool ours = x->state == EMPTY;
    if (ours)
        x->state = BUSY;
    pthread_mutex_unlock(&p->lock);
    return ours;
}

static sdx_status fill(sdx_packs *p, const struct sdx_to_pack *t, sdx_mem *mem)
{
    pack *x = t->pack;
    const sdx_value *v = x->of, *now = NULL;
    if (!claim(p, x))
        return SDX_OK;
    sdx_status st = sdx_value_settle_in(v, mem, &now);
    if (st == SDX_OK) {
        memset(x->at, 0, x->bytes);
        t->packer(x->at, &now->t, t->how);
        sdx_map_cool(p->source, now->t.data, sdx_layout_bytes(v->t.dtype, v->t.shape, v->t.layout));
        sdx_value_let_go(now);
    }
    pthread_mutex_lock(&p->lock);
    x->state = st == SDX_OK ? FULL : EMPTY;
    pthread_cond_broadcast(&p->filled);
    pthread_mutex_unlock(&p->lock);
    return st;
}

typedef struct filling {
    sdx_packs *packs;
    const struct sdx_to_pack **todo;
    sdx_spare *spare; /* of each thread */
} filling;

static sdx_status fill_one(void *arg, int64_t i, int worker)
{
    const filling *f = arg;
    return fill(f->packs, f->todo[i], &f->spare[worker].mem);
}

static int by_size(const void *a, const void *b)
{
    size_t x = (*(const struct sdx_to_pack *const *)a)->pack->bytes,
           y = (*(const struct sdx_to_pack *const *)b)->pack->bytes;
    return (x < y) - (x > y);
}

sdx_status sdx_packs_fill(sdx_packs *p, const sdx_packing *list, sdx_pool *pool)
{
    filling f = { .packs = p };
    size_t n = 0;
    if (list->n == 0)
        return SDX_OK;
    const size_t threads = (size_t)sdx_pool_threads(pool);
    f.todo = sdx_mem_array(p->mem, list->n, sizeof(void *));
    f.spare = sdx_mem_array(p->mem, threads, sizeof *f.spare);
    if (!f.todo || !f.spare) {
        sdx_mem_free(p->mem, f.todo, list->n * sizeof(void *));
        sdx_mem_free(p->mem, f.spare, threads * sizeof *f.spare);
        return SDX_E_MEMORY;
    }
    for (size_t i = 0; i < threads; i++)
        sdx_spare_begin(&f.spare[i], p->mem);
    for (const struct sdx_to_pack *t = list->first; t; t = t->next)
        f.todo[n++] = t;
    qsort(f.todo, n, sizeof(void *), by_size);
    sdx_status st = sdx_pool_run(pool, (int64_t)n, fill_one, &f, NULL);
    for (size_t i = 0; i < threads; i++)
        sdx_spare_end(&f.spare[i]);
    sdx_mem_free(p->mem, f.spare, threads * sizeof *f.spare);
    sdx_mem_free(p->mem, f.todo, list->n * sizeof(void *));
    return st;
}
