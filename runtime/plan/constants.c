/* plan/constants.c - constants as a run may read them: aligned. */
#include "plan/plan.h"

#include "base/map.h"
#include <pthread.h>
#include <string.h>

typedef struct copy {
    sdx_value *value;
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

static const sdx_value *align(sdx_constants *c, const sdx_value *v)
{
    const sdx_tensor *t = &v->t;
    copy *x = sdx_arena_alloc(&c->arena, sizeof *x);
    sdx_value *y;
    if (!x || sdx_value_make(c->mem, NULL, t->dtype, t->shape, t->layout, false, &y) != SDX_OK)
        return NULL;
    size_t bytes = sdx_layout_bytes(t->dtype, t->shape, t->layout);
    memcpy(y->t.data, t->data, bytes);
    sdx_map_cool(c->source, t->data, bytes);
    sdx_word *w = sdx_table_add_number(&c->table, (uintptr_t)v, NULL);
    if (!w) {
        sdx_value_let_go(y);
        return NULL;
    }
    w->pointer = y;
    *x = (copy){ y, c->all };
    c->all = x;
    c->bytes += bytes;
    return y;
}

const sdx_value *sdx_constants_get(sdx_constants *c, const sdx_value *v)
{
    bool readable = v->kind != SDX_TENSOR || sdx_dtype_class(v->t.dtype) == SDX_STRING ||
                    (uintptr_t)v->t.data % 64 == 0;
    if (readable)
        return v;
    pthread_mutex_lock(&c->lock);
    const sdx_word *w = sdx_table_find_number(&c->table, (uintptr_t)v);
    const sdx_value *found = w ? w->constant : align(c, v);
    pthread_mutex_unlock(&c->lock);
    return found;
}
