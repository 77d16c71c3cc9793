/* base/arena.c - chunks that double in size, freed together. */
#include "base/arena.h"

#include "base/size.h"
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* The head of a chunk; its room follows. */
struct sdx_arena_chunk {
    sdx_arena_chunk *older;
    size_t size; /* with this head */
    size_t used; /* with this head */
};

struct sdx_arena_end {
    sdx_arena_end *older;
    void (*end)(void *what);
    void *what;
};

enum { FIRST_CHUNK = 4096, LARGEST_STEP = 1 << 22 };

void sdx_arena_init(sdx_arena *a, sdx_mem *mem, size_t limit)
{
    *a = (sdx_arena){ .mem = mem, .limit = limit };
}

/* Where size bytes would begin in a chunk; SIZE_MAX: they do not fit. */
static size_t place_in(const sdx_arena_chunk *c, size_t size, size_t align)
{
    uintptr_t base = (uintptr_t)c, begin;
    if (!c)
        return SIZE_MAX;
    begin = (base + c->used + align - 1) & ~(uintptr_t)(align - 1);
    return begin - base <= c->size && c->size - (begin - base) >= size ? begin - base : SIZE_MAX;
}

/* A new last chunk with room for size bytes at any alignment up to align. */
static bool add_chunk(sdx_arena *a, size_t size, size_t align)
{
    size_t least, want = FIRST_CHUNK;
    if (!sdx_size_add(&least, size, sizeof(sdx_arena_chunk) + align))
        return false;
    if (a->last && a->last->size < LARGEST_STEP)
        want = 2 * a->last->size;
    else if (a->last)
        want = LARGEST_STEP;
    if (want < least)
        want = least;
    size_t left = a->limit ? a->limit - a->held : SIZE_MAX;
    if (want > left)
        want = least; /* the exact size may still fit */
    sdx_arena_chunk *c = want <= left ? sdx_mem_alloc(a->mem, want, 0) : NULL;
    if (!c && want > least && least <= left)
        c = sdx_mem_alloc(a->mem, want = least, 0);
    if (!c)
        return false;
    *c = (sdx_arena_chunk){ a->last, want, sizeof *c };
    a->last = c;
    a->held += want;
    return true;
}

/* Not cleared. */
static void *take(sdx_arena *a, size_t size, size_t align)
{
    size_t at = place_in(a->last, size, align);
    if (at == SIZE_MAX) {
        if (!add_chunk(a, size, align)) {
            a->failed = true;
            return NULL;
        }
        at = place_in(a->last, size, align);
    }
    a->last->used = at + size;
    return (char *)a->last + at;
}

void *sdx_arena_alloc_aligned(sdx_arena *a, size_t size, size_t align)
{
    void *p = take(a, size, align);
    return p ? memset(p, 0, size) : NULL;
}

void *sdx_arena_alloc(sdx_arena *a, size_t size)
{
    return sdx_arena_alloc_aligned(a, size, SDX_ARENA_ALIGN);
}

void *sdx_arena_array(sdx_arena *a, size_t count, size_t size)
{
    size_t bytes;
    if (!sdx_size_mul(&bytes, count, size)) {
        a->failed = true;
        return NULL;
    }
    return sdx_arena_alloc(a, bytes);
}

void *sdx_arena_grow(sdx_arena *a, const void *array, size_t old, size_t count, size_t size)
{
    void *p = sdx_arena_array(a, count, size);
    if (p && old)
        memcpy(p, array, (old < count ? old : count) * size);
    return p;
}

void *sdx_arena_copy(sdx_arena *a, const void *from, size_t size)
{
    void *p = take(a, size, SDX_ARENA_ALIGN);
    if (p && size)
        memcpy(p, from, size);
    return p;
}

char *sdx_arena_strndup(sdx_arena *a, const char *text, size_t length)
{
    size_t size;
    char *p = sdx_size_add(&size, length, 1) ? take(a, size, 1) : NULL;
    if (!p) {
        a->failed = true;
        return NULL;
    }
    if (length)
        memcpy(p, text, length);
    p[length] = 0;
    return p;
}

char *sdx_arena_strdup(sdx_arena *a, const char *text)
{
    return sdx_arena_strndup(a, text, strlen(text));
}

char *sdx_arena_vprintf(sdx_arena *a, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    char *p = length >= 0 ? take(a, (size_t)length + 1, 1) : NULL;
    if (p)
        vsnprintf(p, (size_t)length + 1, format, args);
    return p;
}

char *sdx_arena_printf(sdx_arena *a, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *p = sdx_arena_vprintf(a, format, args);
    va_end(args);
    return p;
}

bool sdx_arena_at_end(sdx_arena *a, void (*end)(void *what), void *what)
{
    sdx_arena_end *e = sdx_arena_alloc(a, sizeof *e);
    if (!e) {
        end(what);
        return false;
    }
    *e = (sdx_arena_end){ a->end, end, what };
    a->end = e;
    return true;
}

sdx_arena_mark sdx_arena_here(const sdx_arena *a)
{
    return (sdx_arena_mark){ a->last, a->end, a->last ? a->last->used : 0 };
}

void sdx_arena_rewind(sdx_arena *a, sdx_arena_mark to)
{
    for (; a->end != to.end; a->end = a->end->older)
        a->end->end(a->end->what);
    while (a->last != to.chunk) {
        sdx_arena_chunk *c = a->last;
        a->last = c->older;
        a->held -= c->size;
        sdx_mem_free(a->mem, c, c->size);
    }
    if (a->last)
        a->last->used = to.used;
}

void sdx_arena_free(sdx_arena *a)
{
    sdx_arena_rewind(a, (sdx_arena_mark){ NULL, NULL, 0 });
}
