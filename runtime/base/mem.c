/* base/mem.c - the default allocator, and the counting in front of any allocator. */
#include "base/mem.h"

#include "base/size.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Asks for large pages where they lie wholly within p: a network's weights fill more small ones
 * than a processor knows the places of.  Where there are none nothing changes. */
static void want_large_pages(void *p, size_t size)
{
    enum { LARGE = 1 << 21 };
#ifdef MADV_HUGEPAGE
    size_t lead = LARGE - 1 - ((uintptr_t)p + LARGE - 1) % LARGE;
    if (p && size >= lead + LARGE)
        (void)madvise((char *)p + lead, (size - lead) / LARGE * LARGE, MADV_HUGEPAGE);
#else
    (void)p;
    (void)size;
#endif
}

static void *system_alloc(void *ctx, size_t size, size_t align)
{
    (void)ctx;
    if (align <= _Alignof(max_align_t))
        return malloc(size);
    /* aligned_alloc wants a multiple of the alignment */
    void *p = sdx_size_align(&size, size, align) ? aligned_alloc(align, size) : NULL;
    want_large_pages(p, size);
    return p;
}

static void system_free(void *ctx, void *p, size_t size)
{
    (void)ctx;
    (void)size;
    free(p);
}

void sdx_mem_init(sdx_mem *m, const sdx_allocator *with, size_t limit)
{
    const sdx_allocator system = { NULL, system_alloc, system_free };
    m->with = with ? *with : system;
    m->limit = limit ? limit : SIZE_MAX;
    atomic_init(&m->used, 0);
    atomic_init(&m->peak, 0);
    atomic_init(&m->refusals, 0);
}

/* Counts size bytes as used, if the limit allows them. */
static bool take(sdx_mem *m, size_t size)
{
    size_t used = atomic_load_explicit(&m->used, memory_order_relaxed);
    size_t sum;
    do {
        if (!sdx_size_add(&sum, used, size) || sum > m->limit) {
            atomic_fetch_add_explicit(&m->refusals, 1, memory_order_relaxed);
            return false;
        }
    } while (!atomic_compare_exchange_weak_explicit(&m->used, &used, sum, memory_order_relaxed,
                                                    memory_order_relaxed));
    size_t peak = atomic_load_explicit(&m->peak, memory_order_relaxed);
    while (sum > peak && !atomic_compare_exchange_weak_explicit(
                             &m->peak, &peak, sum, memory_order_relaxed, memory_order_relaxed)) {
    }
    return true;
}

static void give_back(sdx_mem *m, size_t size)
{
    atomic_fetch_sub_explicit(&m->used, size, memory_order_relaxed);
}

void *sdx_mem_alloc(sdx_mem *m, size_t size, size_t align)
{
    if (!size)
        size = 1;
    if (!align)
        align = _Alignof(max_align_t);
    if (!m)
        return size > PTRDIFF_MAX ? NULL : system_alloc(NULL, size, align);
    if (size > PTRDIFF_MAX || !take(m, size))
        return NULL;
    void *p = m->with.alloc(m->with.ctx, size, align);
    if (!p)
        give_back(m, size);
    return p;
}

void *sdx_mem_array(sdx_mem *m, size_t count, size_t size)
{
    size_t bytes;
    if (!sdx_size_mul(&bytes, count, size))
        return NULL;
    void *p = sdx_mem_alloc(m, bytes, 0);
    return p ? memset(p, 0, bytes) : NULL;
}

void *sdx_mem_resize(sdx_mem *m, void *p, size_t old, size_t size)
{
    void *moved = sdx_mem_alloc(m, size, 0);
    if (!moved)
        return NULL;
    if (p) {
        memcpy(moved, p, old < size ? old : size);
        sdx_mem_free(m, p, old);
    }
    return moved;
}

void sdx_mem_free(sdx_mem *m, void *p, size_t size)
{
    if (!p)
        return;
    if (!m) {
        system_free(NULL, p, size);
        return;
    }
    if (!size)
        size = 1;
    const sdx_allocator with = m->with; /* m may lie in what is freed here, or end with it */
    give_back(m, size);
    with.free(with.ctx, p, size);
}

bool sdx_mem_has_room(const sdx_mem *m, size_t size)
{
    size_t sum;
    return !m || (sdx_size_add(&sum, sdx_mem_used(m), size) && sum <= m->limit);
}

size_t sdx_mem_used(const sdx_mem *m)
{
    return atomic_load_explicit(&m->used, memory_order_relaxed);
}

size_t sdx_mem_refusals(const sdx_mem *m)
{
    return atomic_load_explicit(&m->refusals, memory_order_relaxed);
}

size_t sdx_mem_peak(const sdx_mem *m)
{
    return atomic_load_explicit(&m->peak, memory_order_relaxed);
}

void sdx_mem_reset_peak(sdx_mem *m)
{
    atomic_store_explicit(&m->peak, sdx_mem_used(m), memory_order_relaxed);
}
