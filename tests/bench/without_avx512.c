/* tests/bench/without_avx512.c - preloaded into a peer whose cpuid instructions without_avx512.py
 * has turned into traps: answers them as the processor does, less everything of AVX-512, so that
 * the peer takes its AVX2 kernels.  The bits are those of the processors' manuals (CPUID, leaf
 * 7). */
#define _GNU_SOURCE
#include <cpuid.h>
#include <signal.h>
#include <ucontext.h>

/* F, DQ, IFMA, PF, ER, CD, BW, VL */
#define LEAF7_EBX \
    (1u << 16 | 1u << 17 | 1u << 21 | 1u << 26 | 1u << 27 | 1u << 28 | 1u << 30 | 1u << 31)
/* VBMI, VBMI2, VNNI, BITALG, VPOPCNTDQ */
#define LEAF7_ECX (1u << 1 | 1u << 6 | 1u << 11 | 1u << 12 | 1u << 14)
/* 4VNNIW, 4FMAPS, VP2INTERSECT, the tiles, FP16 */
#define LEAF7_EDX (1u << 2 | 1u << 3 | 1u << 8 | 1u << 22 | 1u << 23 | 1u << 24 | 1u << 25)
/* BF16; AVX10 */
#define LEAF7_1_EAX (1u << 5)
#define LEAF7_1_EDX (1u << 19)

static void answer(int signal, siginfo_t *about, void *context)
{
    (void)signal, (void)about;
    greg_t *r = ((ucontext_t *)context)->uc_mcontext.gregs;
    unsigned leaf = (unsigned)r[REG_RAX], sub = (unsigned)r[REG_RCX], a, b, c, d;
    __cpuid_count(leaf, sub, a, b, c, d);
    if (leaf == 7 && sub == 0) {
        b &= ~LEAF7_EBX, c &= ~LEAF7_ECX, d &= ~LEAF7_EDX;
    } else if (leaf == 7 && sub == 1) {
        a &= ~LEAF7_1_EAX, d &= ~LEAF7_1_EDX;
    }
    r[REG_RAX] = a, r[REG_RBX] = b, r[REG_RCX] = c, r[REG_RDX] = d;
    r[REG_RIP] += 1; /* the trap is one byte long, cpuid two */
}

__attribute__((constructor)) static void install(void)
{
    struct sigaction action = { .sa_sigaction = answer, .sa_flags = SA_SIGINFO | SA_NODEFER };
    sigaction(SIGTRAP, &action, NULL);
}
