/* support/failing.h - an allocator that fails at the n-th call, counts what is out, and checks
 * sizes. */
#ifndef SUPPORT_FAILING_H
#define SUPPORT_FAILING_H
#include "sardonyx.h"

typedef struct failing {
    long calls;   /* allocations asked for so far */
    long fail_at; /* the call (from 1) that gets nothing, and all after it; 0: none */
    long out;     /* allocations not given back */
    long wrong;   /* frees whose size was not that of the allocation, or twice */
} failing;

/* Resets *f; the allocator holds on to it. */
sdx_allocator failing_allocator(failing *f, long fail_at);
#endif
