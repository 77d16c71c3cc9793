/* eval/spare.c - see spare.h.
 *
 * Weights that wait to be computed are computed one after the other, the largest first, on every
 * thread.  Of memory from the C library each thread would keep what its largest took. */
#include "eval/spare.h"

#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

enum { WORTH_IT = 1 << 16, MUCH = 2, LINE = 64 };

/* Pages past the first `bytes` hold nothing that is needed. */
static void shrink(struct sdx_spare_block *b, size_t bytes)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), from = (uintptr_t)b->at + bytes,
              to = (uintptr_t)b->at + b->touched;
    from = (from + page - 1) / page * page;
    to = to / page * page;
    if (from < to)
        (void)madvise(b->at + (from - (uintptr_t)b->at), to - from, MADV_DONTNEED);
    b->touched = bytes;
}

static void *spare_alloc(void *ctx, size_t size, size_t align)
{
    sdx_spare *s = ctx;
    for (int i = 0; size >= WORTH_IT && align <= LINE && i < SDX_SPARE_BLOCKS; i++) {
        struct sdx_spare_block *b = &s->block[i];
        if (b->busy || (b->at && b->bytes < size))
            continue;
        if (!b->at) {
            b->at = sdx_mem_alloc(s->from, size, LINE);
            b->bytes = b->touched = size;
        }
        if (!b->at)
            return NULL;
        if (b->touched / MUCH > size)
            shrink(b, size);
        else if (b->touched < size)
            b->touched = size;
        b->busy = true;
        return b->at;
    }
    return sdx_mem_alloc(s->from, size, align);
}

static void spare_free(void *ctx, void *p, size_t size)
{
    sdx_spare *s = ctx;
    for (int i = 0; i < SDX_SPARE_BLOCKS; i++)
        if (s->block[i].at == p) {
            s->block[i].busy = false;
            return;
        }
    sdx_mem_free(s->from, p, size);
}

void sdx_spare_begin(sdx_spare *s, sdx_mem *from)
{
    const sdx_allocator with = { s, spare_alloc, spare_free };
    *s = (sdx_spare){ .from = from };
    sdx_mem_init(&s->mem, &with, 0);
}

void sdx_spare_end(sdx_spare *s)
{
    for (int i = 0; i < SDX_SPARE_BLOCKS; i++)
        sdx_mem_free(s->from, s->block[i].at, s->block[i].bytes);
}
