/* support/check.c - see check.h. */
#include "support/check.h"
#include "base/cpu.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { MOST_BLOCKS = 64 };
struct check {
    const char *isa, *name;
    uint64_t seed, state;
    uint64_t only; /* the one seed to try; 0: all */
    int part;      /* every which case is tried */
    char note[512];
    bool timing, counting;
    double peak; /* GFLOP/s, for percentages; 0: not told */
    long cases;
    int blocks;
    struct {
        void *memory;
        size_t bytes;
    } block[MOST_BLOCKS];
};

/* Every kernel file of the build, weakest set first. */
#define FAMILY(symbol, file)
#define FUSION(symbol)
#define KERNELS(family, isa) void sdx_kernels_##family##_##isa(void *slots);
#include "sdx_op_table.inc"
#undef KERNELS
#define KERNELS(family, isa) { #family, #isa, sdx_kernels_##family##_##isa },
static const struct {
    const char *family, *isa;
    void (*fill)(void *slots);
} kernel_files[] = {
#include "sdx_op_table.inc"
    { "", "", NULL }
};

static void fail_case(check *t, const char *what)
{
    fprintf(stderr, "%s on %s, --seed=%llu: %s\n    %s\n", t->name, t->isa,
            (unsigned long long)t->seed, what, t->note);
    exit(1);
}

static uint64_t next(check *t)
{
    t->state = t->state * 6364136223846793005u + 1442695040888963407u;
    return t->state >> 33 ^ t->state >> 11;
}

int64_t check_int(check *t, int64_t least, int64_t most)
{
    return least + (int64_t)(next(t) % (uint64_t)(most - least + 1));
}

bool check_chance(check *t, int percent)
{
    return check_int(t, 1, 100) <= percent;
}

/* Pages for n bytes between two that may not be touched. */
static void *guarded(check *t, size_t bytes, bool at_end)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), inner = (bytes + page - 1) / page * page;
    char *all = mmap(NULL, inner + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (all == MAP_FAILED || t->blocks == MOST_BLOCKS)
        fail_case(t, "no memory for the test");
    if (inner > 0 && mprotect(all + page, inner, PROT_READ | PROT_WRITE) != 0)
        fail_case(t, "no memory for the test");
    t->block[t->blocks].memory = all;
    t->block[t->blocks++].bytes = inner + 2 * page;
    return all + page + (at_end && !t->timing ? inner - bytes : 0);
}

void check_free(check *t)
{
    while (t->blocks > 0) {
        t->blocks--;
        munmap(t->block[t->blocks].memory, t->block[t->blocks].bytes);
    }
}

float *check_room(check *t, size_t n)
{
    float *p = guarded(t, n * sizeof *p, check_chance(t, 50));
    for (size_t i = 0; i < n; i++)
        p[i] = NAN;
    return p;
}

float *check_floats(check *t, size_t n, float lo, float hi)
{
    float *p = guarded(t, n * sizeof *p, check_chance(t, 50));
    for (size_t i = 0; i < n; i++)
        p[i] = lo + (hi - lo) * (float)(next(t) & 0xffff) / 65535.0f;
    return p;
}

void *check_bytes(check *t, size_t n)
{
    return guarded(t, n, true);
}

double *check_doubles(check *t, size_t n)
{
    return guarded(t, n * sizeof(double), true);
}

void check_note(check *t, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(t->note, sizeof t->note, fmt, args);
    va_end(args);
}

void check_that(check *t, bool fine, const char *what)
{
    if (!fine)
        fail_case(t, what);
}

void check_near_at(check *t, const char *what, int64_t at, float got, double want, double most)
{
    char text[256];
    if (fabs((double)got - want) <= most || (isnan(got) && isnan(want)) || (double)got == want)
        return;
    snprintf(text, sizeof text, "%s[%lld] = %.9g, not %.9g; off by %.3g, %.3g allowed", what,
             (long long)at, (double)got, want, fabs((double)got - want), most);
    fail_case(t, text);
}

void check_near(check *t, const char *what, const float *got, const double *want, size_t n,
                double tolerance)
{
    for (size_t i = 0; i < n; i++)
        check_near_at(t, what, (int64_t)i, got[i], want[i], tolerance * (1 + fabs(want[i])));
}

double check_ulp(float got, double want)
{
    if ((isnan(got) && isnan(want)) || (double)got == want)
        return 0;
    if (!isfinite(want))
        return INFINITY;
    double unit = ldexp(1, (want == 0 || fabs(want) < 0x1p-126 ? -126 : ilogb(want)) - 23);
    if (isinf(got) && fabs(want) >= 0x1.ffffffp127)
        return signbit(got) == signbit(want) ? 0 : INFINITY;
    return fabs((double)got - want) / unit;
}

void check_cases(check *t, const char *name, int times, check_function *one, const void *kernels)
{
    t->name = name;
    for (int i = 0; i < times; i += t->part) {
        t->seed = t->only ? t->only : (uint64_t)i + 1;
        t->state = t->seed * 0x9e3779b97f4a7c15u + 1;
        t->note[0] = 0;
        next(t);
        one(t, kernels);
        check_free(t);
        t->cases++;
        if (t->only)
            return;
    }
}

double check_time(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

bool check_counts(const check *t)
{
    return t->counting;
}

void check_timed(check *t, const char *name, double seconds, double flops, double bytes)
{
    if (t->counting) {
        printf("%-8s %-40s %.0f\n", t->isa, name, flops);
        fflush(stdout); /* who counts sees a line as soon as its kernel has run */
        return;
    }
    printf("%-8s %-40s %10.2f us", t->isa, name, seconds * 1e6);
    if (flops > 0)
        printf(" %7.1f GFLOP/s", flops / seconds * 1e-9);
    if (flops > 0 && t->peak > 0)
        printf(" %5.1f %%", flops / seconds * 1e-7 / t->peak);
    if (bytes > 0)
        printf(" %7.1f GB/s", bytes / seconds * 1e-9);
    printf("\n");
}

int check_main(int argc, char **argv, const char *family, size_t kernels_size,
               check_function *try_all, check_function *time_all)
{
    check t = { .name = family, .part = 1 };
    const char *isa = NULL;
    sdx_isa_set set;
    sdx_error err;
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "--seed=", 7) == 0)
            t.only = strtoull(argv[i] + 7, NULL, 10);
        else if (strncmp(argv[i], "--part=", 7) == 0 && argv[i][7] >= '1' && argv[i][7] <= '9')
            t.part = (int)strtoul(argv[i] + 7, NULL, 10);
        else if (strncmp(argv[i], "--isa=", 6) == 0)
            isa = argv[i] + 6;
        else if (strncmp(argv[i], "--bench", 7) == 0 && time_all) {
            t.timing = true;
            t.peak = argv[i][7] == '=' ? (double)strtoull(argv[i] + 8, NULL, 10) : 0;
        } else if (strcmp(argv[i], "--count") == 0 && time_all) {
            t.timing = t.counting = true;
        } else {
            fprintf(stderr,
                    "usage: %s [--seed=N] [--part=N] [--isa=NAME] [--bench[=GFLOPS] | --count]\n",
                    argv[0]);
            return 2;
        }
    }
    if (sdx_isa_detect(NULL, &set, &err) != SDX_OK)
        return 2;
    void *slots = calloc(1, kernels_size);
    if (!slots)
        return 2;
    for (size_t i = 0; kernel_files[i].fill; i++) {
        for (int k = 0; strcmp(kernel_files[i].family, family) == 0 && k < SDX_ISA_COUNT; k++) {
            if (strcmp(kernel_files[i].isa, sdx_isa_name((sdx_isa)k)) != 0 ||
                !sdx_isa_has(set, (sdx_isa)k))
                continue;
            kernel_files[i].fill(slots);
            t.isa = kernel_files[i].isa;
            if (!isa || strcmp(isa, t.isa) == 0)
                (t.timing ? time_all : try_all)(&t, slots);
            check_free(&t);
        }
    }
    free(slots);
    if (!t.timing)
        printf("%s: %ld cases\n", family, t.cases);
    return 0;
}
