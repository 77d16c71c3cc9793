/* unit/base/cpu.c - instruction sets, processors, caches. */
#include "base/cpu.h"

#include <ftw.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static sdx_isa_set detect(const char *cap)
{
    sdx_isa_set set = 0;
    assert_int_equal(sdx_isa_detect(cap, &set, NULL), SDX_OK);
    return set;
}

static void caps(void **state)
{
    (void)state;
    assert_int_equal(detect("scalar"), 0);
    assert_string_equal(sdx_isa_best(0), "scalar");
    const sdx_isa_set all = detect(NULL);
    sdx_isa_set before = 0;
    for (int i = 0; i < SDX_ISA_COUNT; i++) {
        const char *name = sdx_isa_name((sdx_isa)i);
        sdx_isa_set set;
        sdx_error e;
        if (sdx_isa_detect(name, &set, &e) == SDX_OK) {
            assert_int_equal(set & ~all, 0);        /* nothing that is not there */
            assert_int_equal(set >> (i + 1), 0);    /* nothing above the cap */
            assert_int_equal(set & before, before); /* each holds those below it */
            before = set;
        } else { /* of another family of processors */
            assert_int_equal(e.status, SDX_E_VALUE);
            assert_false(sdx_isa_has(all, (sdx_isa)i));
        }
    }
    assert_int_equal(before, all);
}

static void unknown_names(void **state)
{
    (void)state;
    sdx_error e;
    sdx_isa_set set = 77;
    assert_int_equal(sdx_isa_detect("avx3", &set, &e), SDX_E_VALUE);
    assert_int_equal(set, 77);
    assert_non_null(strstr(e.fact, "'avx3'"));
    assert_non_null(strstr(e.hint, "scalar"));
    assert_int_equal(sdx_isa_detect("", &set, NULL), SDX_E_VALUE);
    assert_int_equal(sdx_isa_detect("AVX2", &set, NULL), SDX_E_VALUE);
    assert_string_equal(sdx_isa_name((sdx_isa)99), "scalar");
}

/* The compiler's own detection, which asks the processor and the system as well. */
static void agrees_with_the_compiler(void **state)
{
    (void)state;
    const sdx_isa_set all = detect(NULL);
#if defined(__x86_64__)
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") &&
                        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
                        __builtin_cpu_supports("avx512vl");
    assert_int_equal(sdx_isa_has(all, SDX_ISA_avx2), avx2);
    assert_int_equal(sdx_isa_has(all, SDX_ISA_avx512), avx512);
    assert_int_equal(sdx_isa_has(all, SDX_ISA_avx512vnni),
                     avx512 && __builtin_cpu_supports("avx512vnni"));
    assert_int_equal(sdx_isa_has(all, SDX_ISA_avx512bf16),
                     avx512 && __builtin_cpu_supports("avx512vnni") &&
                         __builtin_cpu_supports("avx512bf16"));
    assert_false(sdx_isa_has(all, SDX_ISA_neon));
    assert_string_equal(sdx_isa_name(SDX_ISA_avx512vnni), "avx512vnni");
#elif defined(__aarch64__)
    assert_true(sdx_isa_has(all, SDX_ISA_neon)); /* every one has it */
    assert_false(sdx_isa_has(all, SDX_ISA_avx2));
#endif
}

static void counts_follow_the_mask(void **state)
{
    (void)state;
    cpu_set_t all, one;
    const int count = sdx_cpu_count();
    assert_int_equal(sched_getaffinity(0, sizeof all, &all), 0);
    assert_true(count >= 1 && count <= CPU_COUNT(&all));
    size_t first = 0;
    while (!CPU_ISSET(first, &all))
        first++;
    CPU_ZERO(&one);
    CPU_SET(first, &one);
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
    assert_int_equal(sdx_cpu_count(), 1);
    assert_int_equal(sched_setaffinity(0, sizeof all, &all), 0);
    assert_int_equal(sdx_cpu_count(), count);
}

/* Groups as the two versions of the kernel show them, laid out in a folder: path and text of each
 * file. */
static const struct layout {
    const char *groups, *files[4][2];
    int want;
} layouts[] = {
    { "0::/\n", { { "cpu.max", "max 100000\n" } }, 0 },
    { "0::/\n", { { "cpu.max", "150000 100000\n" } }, 2 },
    { "0::/\n", { { "cpu.max", "100000 100000\n" } }, 1 },
    { "0::/\n", { { "cpu.max", "1000 100000\n" } }, 1 },
    { "0::/a/b\n", { { "a/cpu.max", "200000 100000\n" }, { "a/b/cpu.max", "max 100000\n" } }, 2 },
    { "0::/a/b\n",
      { { "a/cpu.max", "400000 100000\n" }, { "a/b/cpu.max", "300000 100000\n" } },
      3 },
    { "0::/not/here\n", { { "cpu.max", "300000 100000\n" } }, 3 },
    { "0::/a\n", { { "a/cpu.max", "nonsense\n" } }, 0 },
    { "0::/a\n", { { "a/cpu.max", "-5 100000\n" } }, 0 },
    { "0::/a\n", { { "a/cpu.max", "5 0\n" } }, 0 },
    { "7:cpuset:/x\n4:cpu,cpuacct:/x\n",
      { { "cpu/x/cpu.cfs_quota_us", "250000\n" }, { "cpu/x/cpu.cfs_period_us", "50000\n" } },
      5 },
    { "4:cpuacct,cpu:/x\n0::/\n",
      { { "cpu/x/cpu.cfs_quota_us", "-1\n" }, { "cpu/x/cpu.cfs_period_us", "100000\n" } },
      0 },
    { "4:cpuset:/x\n",
      { { "cpu/x/cpu.cfs_quota_us", "250000\n" }, { "cpu/x/cpu.cfs_period_us", "50000\n" } },
      0 },
    { "", { { NULL } }, 0 },
    { "garbage", { { NULL } }, 0 },
    { "::\n:\n0:", { { NULL } }, 0 },
};

/* Makes a file and the folders above it, below root. */
static void put(const char *root, const char *path, const char *text)
{
    char full[200];
    for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
        snprintf(full, sizeof full, "%s/%.*s", root, (int)(slash - path), path);
        mkdir(full, 0755);
    }
    snprintf(full, sizeof full, "%s/%s", root, path);
    FILE *f = fopen(full, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static int take_away(const char *path, const struct stat *info, int kind, struct FTW *at)
{
    (void)info;
    (void)kind;
    (void)at;
    return remove(path);
}

static void quotas(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++) {
        char root[] = "/tmp/sdx-XXXXXX", groups[64];
        assert_non_null(mkdtemp(root));
        put(root, "groups", layouts[i].groups);
        for (int k = 0; k < 4 && layouts[i].files[k][0]; k++)
            put(root, layouts[i].files[k][0], layouts[i].files[k][1]);
        snprintf(groups, sizeof groups, "%s/groups", root);
        const int64_t got = sdx_cpu_quota(groups, root);
        nftw(root, take_away, 8, FTW_DEPTH | FTW_PHYS);
        if (got != layouts[i].want)
            fail_msg("layout %zu: %d, not %d", i, (int)got, layouts[i].want);
    }
    assert_int_equal(sdx_cpu_quota("/nowhere", "/nowhere"), 0);
}

static void caches_are_plausible(void **state)
{
    (void)state;
    sdx_caches c;
    sdx_cpu_caches(&c);
    assert_in_range(c.l1, 4 << 10, 4 << 20);
    assert_in_range(c.l2, c.l1, 1 << 30);
    assert_true(c.l3 >= 64 << 10);
    assert_in_range(c.line, 16, 512);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(caps),
        cmocka_unit_test(unknown_names),
        cmocka_unit_test(agrees_with_the_compiler),
        cmocka_unit_test(counts_follow_the_mask),
        cmocka_unit_test(quotas),
        cmocka_unit_test(caches_are_plausible),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
