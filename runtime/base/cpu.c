/* base/cpu.c - processor detection: one row per feature, one row per ISA. */
#include "base/cpu.h"

#include "base/error.h"
#include "base/text.h"
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A processor feature and how this processor is asked for it. */
typedef enum feature {
    AVX2 = 1 << 0,
    FMA = 1 << 1,
    F16C = 1 << 2,
    YMM_STATE = 1 << 3, /* the system saves these registers */
    AVX512F = 1 << 4,
    AVX512BW = 1 << 5,
    AVX512DQ = 1 << 6,
    AVX512VL = 1 << 7,
    ZMM_STATE = 1 << 8,
    AVX512VNNI = 1 << 9,
    ASIMD = 1 << 10,
    ASIMDDP = 1 << 11,
    AVX512BF16 = 1 << 12,
} feature;

typedef enum family { X86, ARM, ANY } family;

enum {
    NEEDS_AVX2 = AVX2 | FMA | F16C | YMM_STATE,
    NEEDS_AVX512 = NEEDS_AVX2 | AVX512F | AVX512BW | AVX512DQ | AVX512VL | ZMM_STATE,
    NEEDS_AVX512VNNI = NEEDS_AVX512 | AVX512VNNI,
    NEEDS_AVX512BF16 = NEEDS_AVX512VNNI | AVX512BF16,
    NEEDS_NEON = ASIMD,
    NEEDS_NEONDOT = ASIMD | ASIMDDP,
};

static const struct isa {
    const char *name;
    family of;
    unsigned needs;
} isas[SDX_ISA_COUNT] = {
    [SDX_ISA_plain] = { "plain", ANY, 0 },
    [SDX_ISA_avx2] = { "avx2", X86, NEEDS_AVX2 },
    [SDX_ISA_avx512] = { "avx512", X86, NEEDS_AVX512 },
    [SDX_ISA_avx512vnni] = { "avx512vnni", X86, NEEDS_AVX512VNNI },
    [SDX_ISA_avx512bf16] = { "avx512bf16", X86, NEEDS_AVX512BF16 },
    [SDX_ISA_neon] = { "neon", ARM, NEEDS_NEON },
    [SDX_ISA_neondot] = { "neondot", ARM, NEEDS_NEONDOT },
};

#if defined(__x86_64__)
#include <cpuid.h>
static const family here = X86;

/* Which register state the system saves: XCR0. */
static unsigned saved_state(void)
{
    unsigned low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

static unsigned features(void)
{
    enum { EBX, ECX, BF16_BIT = 5 };
    static const struct row {
        feature is;
        unsigned char leaf, reg, bit;
    } rows[] = {
        { FMA, 1, ECX, 12 },      { F16C, 1, ECX, 29 },       { AVX2, 7, EBX, 5 },
        { AVX512F, 7, EBX, 16 },  { AVX512DQ, 7, EBX, 17 },   { AVX512BW, 7, EBX, 30 },
        { AVX512VL, 7, EBX, 31 }, { AVX512VNNI, 7, ECX, 11 },
    };
    enum { OSXSAVE = 27, YMM_BITS = 0x6, ZMM_BITS = 0xe6 };
    unsigned found = 0, eax, leaf1[2] = { 0, 0 }, leaf7[2] = { 0, 0 }, ebx, ecx, edx;
    if (!__get_cpuid(1, &eax, &leaf1[EBX], &leaf1[ECX], &edx))
        return 0;
    if (!__get_cpuid_count(7, 0, &eax, &leaf7[EBX], &leaf7[ECX], &edx))
        eax = leaf7[EBX] = leaf7[ECX] = 0;
    /* eax: the last of the leaf's parts */
    if (eax >= 1 && __get_cpuid_count(7, 1, &eax, &ebx, &ecx, &edx) && eax >> BF16_BIT & 1)
        found |= (unsigned)AVX512BF16;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if ((rows[i].leaf == 1 ? leaf1 : leaf7)[rows[i].reg] >> rows[i].bit & 1)
            found |= (unsigned)rows[i].is;
    if (leaf1[ECX] >> OSXSAVE & 1) {
        unsigned state = saved_state();
        found |= (state & YMM_BITS) == YMM_BITS ? (unsigned)YMM_STATE : 0;
        found |= (state & ZMM_BITS) == ZMM_BITS ? (unsigned)ZMM_STATE : 0;
    }
    return found;
}
#elif defined(__aarch64__)
#include <sys/auxv.h>
static const family here = ARM;

static unsigned features(void)
{
    enum { HWCAP_BIT_ASIMD = 1, HWCAP_BIT_ASIMDDP = 20 };
    unsigned long caps = getauxval(AT_HWCAP);
    return (caps >> HWCAP_BIT_ASIMD & 1 ? (unsigned)ASIMD : 0) |
           (caps >> HWCAP_BIT_ASIMDDP & 1 ? (unsigned)ASIMDDP : 0);
}
#else
static const family here = X86;
static unsigned features(void)
{
    return 0;
}
#endif

static bool is_here(int isa)
{
    return isas[isa].of == here || isas[isa].of == ANY;
}

sdx_status sdx_isa_detect(const char *cap, sdx_isa_set *out, sdx_error *err)
{
    unsigned found = features();
    sdx_isa_set set = 0;
    bool known = !cap || strcmp(cap, "scalar") == 0;
    int last = cap ? -1 : SDX_ISA_COUNT - 1;
    for (int i = 0; cap && i < SDX_ISA_COUNT; i++)
        if (is_here(i) && strcmp(cap, isas[i].name) == 0)
            last = i, known = true;
    if (!known) {
        char names[128] = "scalar";
        size_t length = strlen(names);
        for (int i = 0; i < SDX_ISA_COUNT; i++)
            if (is_here(i))
                length += sdx_format(names + length, sizeof names - length, ", %s", isas[i].name);
        sdx_error_set(err, SDX_E_VALUE, "no instruction set '%s' on this kind of processor", cap);
        sdx_error_hint(err, "one of %s", names);
        return SDX_E_VALUE;
    }
    for (int i = 0; i <= last; i++)
        if (is_here(i) && (isas[i].needs & ~found) == 0)
            set |= 1u << i;
    *out = set;
    return SDX_OK;
}

const char *sdx_isa_name(sdx_isa i)
{
    return (unsigned)i < SDX_ISA_COUNT ? isas[i].name : "scalar";
}

const char *sdx_isa_best(sdx_isa_set set)
{
    for (int i = SDX_ISA_COUNT - 1; i >= 0; i--)
        if (set >> i & 1)
            return isas[i].name;
    return "scalar";
}

/* The whole of a small file as text.  False: it is not there or does not fit. */
static bool read_text(const char *path, char *to, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    size_t length = 0;
    ssize_t got;
    while (length < size && (got = read(fd, to + length, size - length)) > 0)
        length += (size_t)got;
    close(fd);
    if (length == size)
        return false;
    to[length] = 0;
    return true;
}

/* The number at text, and where the rest begins.  False: none. */
static bool read_number(const char **text, int64_t *out)
{
    const char *p = *text;
    while (sdx_is_space(*p))
        p++;
    const char *begin = p;
    if (*p == '-')
        p++;
    while (sdx_is_digit(*p))
        p++;
    *text = p;
    return sdx_parse_i64(begin, (size_t)(p - begin), out);
}

/* Processors that quota out of each period are worth, rounded up; 0: no limit. */
static int64_t quota_of(const char *folder, bool v2)
{
    char path[512], text[128];
    const char *p = text;
    int64_t quota, period;
    sdx_format(path, sizeof path, "%s/%s", folder, v2 ? "cpu.max" : "cpu.cfs_quota_us");
    if (!read_text(path, text, sizeof text) || !read_number(&p, &quota))
        return 0; /* also "max 100000" */
    if (!v2) {
        sdx_format(path, sizeof path, "%s/cpu.cfs_period_us", folder);
        if (!read_text(path, text, sizeof text))
            return 0;
        p = text;
    }
    if (!read_number(&p, &period) || quota <= 0 || period <= 0)
        return 0;
    return (quota - 1) / period + 1;
}

/* The least quota of our cgroup and those above it.  Within a container the path that the kernel
 * tells may not exist below the mount; then the mount itself is ours. */
static int64_t quota_along(const char *mount, const char *path, size_t length, bool v2)
{
    int64_t least = 0;
    for (;;) {
        char folder[448];
        sdx_format(folder, sizeof folder, "%s%.*s", mount, (int)length, path);
        int64_t q = quota_of(folder, v2);
        if (q && (!least || q < least))
            least = q;
        if (!length)
            return least;
        while (length && path[--length] != '/') {
        }
    }
}

/* Does a comma-separated list hold "cpu"? */
static bool names_cpu(const char *list, size_t length)
{
    for (size_t i = 0; i + 3 <= length; i++)
        if (memcmp(list + i, "cpu", 3) == 0 && (i == 0 || list[i - 1] == ',') &&
            (i + 3 == length || list[i + 3] == ','))
            return true;
    return false;
}

/* Lines of the file: "0::/path" (v2), "4:cpu,cpuacct:/path" (v1). */
int64_t sdx_cpu_quota(const char *groups, const char *mount)
{
    char text[4096], v1_mount[256];
    int64_t least = 0;
    sdx_format(v1_mount, sizeof v1_mount, "%s/cpu", mount);
    if (!read_text(groups, text, sizeof text))
        return 0;
    for (const char *line = text; *line;) {
        const char *end = line + strcspn(line, "\n");
        const char *list = memchr(line, ':', (size_t)(end - line));
        const char *path = list ? memchr(list + 1, ':', (size_t)(end - list - 1)) : NULL;
        const bool v2 = path && path == list + 1;
        if (path && (v2 || names_cpu(list + 1, (size_t)(path - list - 1)))) {
            size_t length = (size_t)(end - path - 1);
            if (length == 1)
                length = 0; /* the root */
            const int64_t q = quota_along(v2 ? mount : v1_mount, path + 1, length, v2);
            if (q && (!least || q < least))
                least = q;
        }
        line = *end ? end + 1 : end;
    }
    return least;
}

int sdx_cpu_count(void)
{
    /* A mask of 1,024 is what the library's type holds; larger machines want a larger one. */
    unsigned long mask[1024] = { 0 };
    int64_t count = 0, quota = sdx_cpu_quota("/proc/self/cgroup", "/sys/fs/cgroup");
    if (sched_getaffinity(0, sizeof mask, (cpu_set_t *)(void *)mask) == 0)
        for (size_t i = 0; i < sizeof mask / sizeof *mask; i++)
            count += __builtin_popcountl(mask[i]);
    if (!count)
        count = sysconf(_SC_NPROCESSORS_ONLN);
    if (quota && quota < count)
        count = quota;
    return count < 1 ? 1 : (int)count;
}

/* "48K" of /sys/devices/system/cpu/cpu0/cache/indexN/size. */
static size_t cache_size(const char *text)
{
    int64_t n;
    if (!read_number(&text, &n) || n <= 0 || n > 1 << 30)
        return 0;
    return (size_t)n << (*text == 'K' ? 10 : *text == 'M' ? 20 : 0);
}

static bool cache_file(int index, const char *file, char text[64])
{
    char path[128];
    sdx_format(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%d/%s", index, file);
    return read_text(path, text, 64);
}

void sdx_cpu_caches(sdx_caches *out)
{
    size_t by_level[4] = { 0 };
    char text[64];
    for (int i = 0; i < 8 && cache_file(i, "level", text); i++) {
        int level = text[0] - '0';
        if (level >= 1 && level <= 3 && cache_file(i, "type", text) && text[0] != 'I' &&
            cache_file(i, "size", text))
            by_level[level] = cache_size(text);
    }
    long line = sysconf(_SC_LEVEL1_DCACHE_LINESIZE);
    out->l1 = by_level[1] ? by_level[1] : 32 << 10;
    out->l2 = by_level[2] ? by_level[2] : 512 << 10;
    out->l3 = by_level[3] ? by_level[3] : out->l2;
    out->line = line > 0 ? (size_t)line : 64;
}
