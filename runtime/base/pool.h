/* base/pool.h - a pool of threads that work off numbered chunks together.
 *
 * How work is cut is the caller's business and must not depend on the number of threads; then
 * results do not either.  Threads spin a few microseconds after work, then sleep; they are never
 * pinned and block all signals. */
#ifndef BASE_POOL_H
#define BASE_POOL_H
#include "base/mem.h"
#include "sardonyx.h"
#include <stdint.h>

typedef struct sdx_pool sdx_pool;

/* threads: in all, the caller of run counted; 1 makes none, 0 takes sdx_cpu_count().  Fewer where
 * the system refuses more.  NULL: no memory.  Free only when no run is under way; NULL is fine. */
sdx_pool *sdx_pool_new(sdx_mem *mem, int threads);
void sdx_pool_free(sdx_pool *pool);
/* Workers are numbered 0 (the caller) to this less one. */
int sdx_pool_threads(const sdx_pool *pool);

/* One chunk.  worker: no two chunks of one run with the same number run at the same time, so it can
 * choose scratch. */
typedef sdx_status sdx_pool_fn(void *arg, int64_t chunk, int worker);

/* Calls f for 0 <= chunk < chunks, on several threads, and returns when all have returned.
 *
 * returns   SDX_OK, or what the lowest failing chunk returned; *failed (may be NULL) is its number,
 * -1 without one.  After a failure chunks above it may be left out, none below it. threads   any
 * number of callers at once, each run helped by the workers that are idle. nesting   a call from
 * within a chunk of the same pool runs in line, under the same worker number. memory    none.  pool
 * NULL: in line. */
sdx_status sdx_pool_run(sdx_pool *pool, int64_t chunks, sdx_pool_fn *f, void *arg, int64_t *failed);

/* Chunks of at most `grain` out of count. */
static inline int64_t sdx_pool_chunks(int64_t count, int64_t grain)
{
    return count <= 0 ? 0 : (count - 1) / (grain < 1 ? 1 : grain) + 1;
}
#endif
