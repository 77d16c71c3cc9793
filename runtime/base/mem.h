/* base/mem.h - where all memory of the library comes from: a hook, a limit, two counters. */
#ifndef BASE_MEM_H
#define BASE_MEM_H
#include "sardonyx.h"
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

/* An allocator with a limit.  Everything below allocates through one of these, so a memory limit is
 * enforced before memory is taken.  Must outlive all that was allocated from it. */
typedef struct sdx_mem {
    sdx_allocator with;
    size_t limit;        /* bytes in use at once; SIZE_MAX: none */
    _Atomic size_t used; /* bytes in use, as asked for */
    _Atomic size_t peak; /* the most that was in use */
    _Atomic size_t refusals;
} sdx_mem;

/* with NULL: the C library.  limit 0: none. */
void sdx_mem_init(sdx_mem *m, const sdx_allocator *with, size_t limit);

/* m NULL, below and in free: the C library, uncounted; for values that belong to nobody's model. */

/* size bytes at a multiple of align (a power of two; 0: that of max_align_t), not cleared.
 * NULL: over the limit or no memory; a size of 0 counts as 1.  Any thread. */
void *sdx_mem_alloc(sdx_mem *m, size_t size, size_t align);

/* count times size bytes, zeroed, aligned as max_align_t.  NULL also where the product overflows.
 */
void *sdx_mem_array(sdx_mem *m, size_t count, size_t size);

/* Moves p (NULL: nothing yet) from old to size bytes, keeping the content; what is new is not
 * cleared.  NULL: p stands as it was.  For alignments up to that of max_align_t. */
void *sdx_mem_resize(sdx_mem *m, void *p, size_t old, size_t size);

/* size: as it was asked for.  p NULL: nothing. */
void sdx_mem_free(sdx_mem *m, void *p, size_t size);

/* Would size more bytes stay within the limit?  For checks ahead of many allocations. */
bool sdx_mem_has_room(const sdx_mem *m, size_t size);

size_t sdx_mem_used(const sdx_mem *m);
/* How often the limit has refused something: "no memory" may mean that. */
size_t sdx_mem_refusals(const sdx_mem *m);
size_t sdx_mem_peak(const sdx_mem *m);
/* Starts a new measurement: peak becomes what is in use now. */
void sdx_mem_reset_peak(sdx_mem *m);
#endif
