/* base/arena.h - memory that dies in one call. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H
#include "base/mem.h"
#include "sardonyx.h"
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct sdx_arena_chunk sdx_arena_chunk;
typedef struct sdx_arena_end sdx_arena_end;

/* Chunks that double in size.  One thread at a time.  Zeroes with a mem make a valid, empty arena.
 */
typedef struct sdx_arena {
    sdx_mem *mem;
    sdx_arena_chunk *last; /* being filled; the older ones hang on it */
    sdx_arena_end *end;    /* to be called; the older ones hang on it */
    size_t limit;          /* bytes of chunks; 0: that of mem alone */
    size_t held;           /* bytes of chunks */
    bool failed; /* an allocation returned NULL since init: lets setters without status be */
} sdx_arena;

/* A point to go back to. */
typedef struct sdx_arena_mark {
    sdx_arena_chunk *chunk;
    sdx_arena_end *end;
    size_t used;
} sdx_arena_mark;

enum { SDX_ARENA_ALIGN = 16 };

/* Takes no memory yet.  limit 0: only that of mem. */
void sdx_arena_init(sdx_arena *a, sdx_mem *mem, size_t limit);

/* size bytes, zeroed, 16-aligned; never NULL for size 0.  NULL: no memory or over a limit. */
void *sdx_arena_alloc(sdx_arena *a, size_t size);
/* The same at a multiple of align, a power of two up to 4096: 64 for what kernels read. */
void *sdx_arena_alloc_aligned(sdx_arena *a, size_t size, size_t align);
/* count times size bytes; NULL also where the product overflows. */
void *sdx_arena_array(sdx_arena *a, size_t count, size_t size);
/* An array moved to more room: the first `old` elements are copied, the rest is zero; the old array
 * stays where it is until the arena dies.  Doubling makes that at most as much again. */
void *sdx_arena_grow(sdx_arena *a, const void *array, size_t old, size_t count, size_t size);

/* Copies.  Texts end in a zero byte.  NULL: no memory. */
void *sdx_arena_copy(sdx_arena *a, const void *from, size_t size);
char *sdx_arena_strdup(sdx_arena *a, const char *text);
char *sdx_arena_strndup(sdx_arena *a, const char *text, size_t length);
char *sdx_arena_printf(sdx_arena *a, const char *format, ...) SDX_PRINTF(2, 3);
char *sdx_arena_vprintf(sdx_arena *a, const char *format, va_list args) SDX_PRINTF(2, 0);

/* Calls end(what) before memory of the time of this call is freed.  false: no memory, and end(what)
 * was called at once. */
bool sdx_arena_at_end(sdx_arena *a, void (*end)(void *what), void *what);

/* Frees what was allocated after the mark, and nothing before it.  Marks go back in reverse order.
 */
sdx_arena_mark sdx_arena_here(const sdx_arena *a);
void sdx_arena_rewind(sdx_arena *a, sdx_arena_mark to);

/* Everything back to mem; the arena is empty and may be used again. */
void sdx_arena_free(sdx_arena *a);
#endif
