/* tools/bench/memory.c - resident memory, as the kernel counts it. */
#include "bench/bench.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

/* A line of the process's status, in kB; 0: not to be had. */
static double status_mb(const char *key)
{
    FILE *f = fopen("/proc/self/status", "r");
    char line[256];
    size_t n = strlen(key);
    double kb = 0;
    while (f && fgets(line, sizeof line, f))
        if (strncmp(line, key, n) == 0 && line[n] == ':')
            kb = (double)strtoll(line + n + 1, NULL, 10);
    if (f)
        fclose(f);
    return kb / 1024;
}

double memory_now_mb(void)
{
    return status_mb("VmRSS");
}

double memory_peak_mb(void)
{
    return status_mb("VmHWM");
}

/* So that the second model of a call does not answer for the first. */
void memory_forget_peak(void)
{
    malloc_trim(0);
    FILE *f = fopen("/proc/self/clear_refs", "w");
    if (f) {
        fputs("5", f);
        fclose(f);
    }
}

void memory_mapped_mb(const char *path, double *file, double *code)
{
    char *real = realpath(path, NULL), line[4400];
    FILE *f = fopen("/proc/self/smaps", "r");
    double *of = code;
    *file = *code = 0;
    while (f && fgets(line, sizeof line, f)) {
        const char *name = strchr(line, '/');
        line[strcspn(line, "\n")] = '\0';
        if (strncmp(line, "Rss:", 4) == 0 && of)
            *of += (double)strtoll(line + 4, NULL, 10) / 1024;
        else if (strchr("0123456789abcdef", line[0])) /* keys begin with a capital letter */
            of = !name ? NULL : real && strcmp(name, real) == 0 ? file : code;
    }
    if (f)
        fclose(f);
    free(real);
}
