/* support/failing.c - an allocator that fails at the n-th call. */
#include "support/failing.h"

#include <stdlib.h>
#include <string.h>

/* Ahead of each allocation, in the 64 bytes before it or as many as its alignment. */
typedef struct head {
    size_t size;
    void *begin;
    size_t magic;
} head;

enum { MAGIC = 0x5ad0 };

static void *failing_alloc(void *ctx, size_t size, size_t align)
{
    failing *f = ctx;
    f->calls++;
    if (f->fail_at && f->calls >= f->fail_at)
        return NULL;
    const size_t step = align > 64 ? align : 64;
    char *begin = aligned_alloc(step, (step + size + step - 1) / step * step);
    if (!begin)
        return NULL;
    memset(begin, 0xa5, step + size); /* nobody may count on zeros */
    const head h = { size, begin, MAGIC };
    memcpy(begin + step - sizeof h, &h, sizeof h);
    f->out++;
    return begin + step;
}

static void failing_free(void *ctx, void *p, size_t size)
{
    failing *f = ctx;
    head h;
    memcpy(&h, (char *)p - sizeof h, sizeof h);
    if (h.size != size || h.magic != MAGIC) {
        f->wrong++;
        return;
    }
    memset((char *)p - sizeof h, 0, sizeof h);
    f->out--;
    free(h.begin);
}

sdx_allocator failing_allocator(failing *f, long fail_at)
{
    *f = (failing){ .fail_at = fail_at };
    return (sdx_allocator){ .ctx = f, .alloc = failing_alloc, .free = failing_free };
}
