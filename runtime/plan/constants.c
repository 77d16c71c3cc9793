/* plan/constants.c - constants as a run may read them: aligned, and computed if they waited. */
#include "plan/plan.h"

#include "base/map.h"
#include <pthread.h>
#include <string.h>

enum { PIECE = 1 << 20 };

typedef struct copy {
    const sdx_value *value;
    struct copy *next;
} copy;

struct sdx_constants {
    sdx_mem *mem;
    sdx_arena arena;
    sdx_table table; /* address of the constant: its copy */
    copy *all;
    size_t bytes;
    const sdx_map *source;
    pthread_mutex_t lock;
};

sdx_constants *sdx_constants_new(sdx_mem *mem, const sdx_map *source)
{
    sdx_constants *c = sdx_mem_array(mem, 1, sizeof *c);
    if (!c)
        return NULL;
    c->mem = mem;
    c->source = source;
    sdx_arena_init(&c->arena, mem, 0);
    sdx_table_init(&c->table, &c->arena);
    pthread_mutex_init(&c->lock, NULL);
    return c;
}

void sdx_constants_free(sdx_constants *c)
{
    if (!c)
        return;
    for (copy *x = c->all; x; x = x->next)
        sdx_value_let_go(x->value);
    sdx_arena_free(&c->arena);
    pthread_mutex_destroy(&c->lock);
    sdx_mem_free(c->mem, c, sizeof *c);
}

size_t sdx_constants_bytes(sdx_constants *c)
{
    pthread_mutex_lock(&c->lock);
    size_t bytes = c->bytes;
    pthread_mutex_unlock(&c->lock);
    return bytes;
}

/* A copy of v; piece by piece, so that file and copy are not both in memory. */
static const sdx_value *copied(sdx_constants *c, const sdx_value *v, size_t bytes)
{
    const sdx_tensor *t = &v->t;
    sdx_value *y;
    if (sdx_value_make(c->mem, NULL, t->dtype, t->shape, t->layout, false, &y) != SDX_OK)
        return NULL;
    for (size_t at = 0; at < bytes; at += PIECE) {
        size_t n = bytes - at < PIECE ? bytes - at : PIECE;
        memcpy((char *)y->t.data + at, (const char *)t->data + at, n);
        sdx_map_cool(c->source, (const char *)t->data + at, n);
    }
    return y;
}

static const sdx_value *align(sdx_constants *c, const sdx_value *v)
{
    size_t bytes = sdx_layout_bytes(v->t.dtype, v->t.shape, v->t.layout);
    copy *x = sdx_arena_alloc(&c->arena, sizeof *x);
    const sdx_value *y = NULL;
    if (!x)
        return NULL;
    if (v->t.data)
        y = copied(c, v, bytes);
    else if (sdx_value_settle(v, &y) != SDX_OK)
        return NULL;
    sdx_word *w = y ? sdx_table_add_number(&c->table, (uintptr_t)v, NULL) : NULL;
    if (!w) {
        sdx_value_let_go(y);
        return NULL;
    }
    w->constant = y;
    *x = (copy){ y, c->all };
    c->all = x;
    c->bytes += bytes;
    return y;
}

const sdx_value *sdx_constants_get(sdx_constants *c, const sdx_value *v)
{
    bool readable = v->kind != SDX_TENSOR || sdx_dtype_class(v->t.dtype) == SDX_STRING ||
                    (v->t.data && (uintptr_t)v->t.data % 64 == 0);
    if (readable)
        return v;
    pthread_mutex_lock(&c->lock);
    const sdx_word *w = sdx_table_find_number(&c->table, (uintptr_t)v);
    const sdx_value *found = w ? w->constant : align(c, v);
    pthread_mutex_unlock(&c->lock);
    return found;
}
