/* base/cpu.h - what this processor can run, how much of it we may use, how large its caches are.
 *
 * Nothing is remembered: ask once for each session. */
#ifndef BASE_CPU_H
#define BASE_CPU_H
#include "sardonyx.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Named sets of instructions, weakest first; the name is that of the kernel files.  A set needs all
 * that the ones before it in its processor family need.  Needs stand in cpu.c.  "plain" is what the
 * compiler makes of its own vector types without being told of any set: every processor has it. */
#define SDX_ISAS(I) \
    I(plain)        \
    I(avx2)         \
    I(avx512)       \
    I(avx512vnni)   \
    I(avx512bf16)   \
    I(neon)         \
    I(neondot)

#define SDX_ISA_NUMBER(name) SDX_ISA_##name,
typedef enum sdx_isa { SDX_ISAS(SDX_ISA_NUMBER) SDX_ISA_COUNT } sdx_isa;
#undef SDX_ISA_NUMBER

typedef uint32_t sdx_isa_set; /* bit i: the sdx_isa i */

/* What processor and system offer, at most up to `cap`: a name, "scalar" for none, NULL for all.
 * SDX_E_VALUE: no such name, or one of another processor family; the error lists the names. */
sdx_status sdx_isa_detect(const char *cap, sdx_isa_set *out, sdx_error *err);
const char *sdx_isa_name(sdx_isa i);
/* The strongest of the set, or "scalar". */
const char *sdx_isa_best(sdx_isa_set set);
static inline bool sdx_isa_has(sdx_isa_set set, sdx_isa i)
{
    return (set >> (unsigned)i & 1u) != 0;
}

/* Processors this process may use at once: its affinity mask, and the quota of its cgroups (v1 and
 * v2, rounded up).  At least 1. */
int sdx_cpu_count(void);
/* The quota alone: 0 for none.  groups: the file that lists the groups of a process, as
 * /proc/self/cgroup; mount: where groups are mounted. */
int64_t sdx_cpu_quota(const char *groups, const char *mount);

typedef struct sdx_caches {
    /* bytes: data cache of a core, of a core, shared; never 0 (l3 may equal l2) */
    size_t l1, l2, l3;
    size_t line;
} sdx_caches;
/* Of the processor we are on, or plausible ones where the system does not tell. */
void sdx_cpu_caches(sdx_caches *out);
#endif
