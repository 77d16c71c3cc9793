/* tests/fuzz/driver.c - feeds a fuzz target without a fuzzing engine: each seed file as it is, then
 * mutated.
 *
 *   driver [--count=2000] [--seed=1] [--only=N] [--ending=.onnx] FILE|FOLDER…
 *
 * Seeded: mutation N is the same bytes on every machine.  Batches run in a child; where one dies or
 * hangs, its number is reported (--only=N repeats it) and the rest goes on. */
#include <dirent.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "fuzz/target.h"

enum { MOST_FILES = 4096, PATIENCE = 20, ROOM = 4096, LARGEST = 1 << 20 };

typedef struct file {
    char *path;
    uint8_t *data;
    size_t size;
} file;

typedef struct corpus {
    file file[MOST_FILES];
    size_t n;
} corpus;

static uint64_t next(uint64_t *state)
{
    uint64_t x = *state += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static size_t below(uint64_t *state, size_t n)
{
    return n ? (size_t)(next(state) % n) : 0;
}

static bool ends_in(const char *path, const char *ending)
{
    size_t n = strlen(path), m = strlen(ending);
    return n >= m && strcmp(path + n - m, ending) == 0;
}

/* A file, or those of a folder that end so. */
static void add(corpus *c, const char *path, const char *ending)
{
    struct stat info;
    if (stat(path, &info) != 0) {
        perror(path);
        exit(2);
    }
    if (S_ISDIR(info.st_mode)) {
        struct dirent **entry;
        int n = scandir(path, &entry, NULL, alphasort); /* sorted: the same order everywhere */
        for (int i = 0; i < n; i++) {
            char name[4096];
            snprintf(name, sizeof name, "%s/%s", path, entry[i]->d_name);
            if (entry[i]->d_name[0] != '.')
                add(c, name, ending);
            free(entry[i]);
        }
        free(entry);
        return;
    }
    if (!ends_in(path, ending) || c->n == MOST_FILES || info.st_size == 0 || info.st_size > LARGEST)
        return;
    FILE *f = fopen(path, "rb");
    file *one = &c->file[c->n];
    one->size = (size_t)info.st_size;
    one->data = malloc(one->size);
    one->path = strdup(path);
    if (!f || !one->data || !one->path || fread(one->data, 1, one->size, f) != one->size) {
        perror(path);
        exit(2);
    }
    fclose(f);
    c->n++;
}

/* Lengths and numbers that parsers get wrong. */
static void plant_number(uint64_t *r, uint8_t *at, size_t room)
{
    static const uint64_t number[] = {
        0,          1,          0x7f,       0x80,       0xff,
        0x7fffffff, 0x80000000, 0xffffffff, 1ull << 62, UINT64_MAX >> 1,
        1ull << 63, UINT64_MAX
    };
    uint64_t x = number[below(r, sizeof number / sizeof *number)];
    for (size_t i = 0; i < room && i < 10; i++) { /* a varint, as protobuf writes them */
        at[i] = (uint8_t)(x & 0x7f);
        x >>= 7;
        if (!x)
            return;
        at[i] |= 0x80;
    }
}

/* Changes size bytes, which have ROOM more behind them; returns the new size. */
static size_t mutate_once(uint64_t *r, uint8_t *data, size_t size, const corpus *c)
{
    size_t at = below(r, size), n = 1 + below(r, 1 + below(r, 64));
    const file *other = &c->file[below(r, c->n)];
    n = n > size - at ? size - at : n;
    switch (below(r, 8)) {
    case 0:
        data[at] ^= (uint8_t)(1u << below(r, 8));
        break;
    case 1:
        data[at] = (uint8_t)next(r);
        break;
    case 2:
        plant_number(r, data + at, size - at);
        break;
    case 3: /* cut out */
        memmove(data + at, data + at + n, size - at - n);
        return size - n;
    case 4: /* double */
        memmove(data + at + n, data + at, size - at);
        return size + n;
    case 5: /* cut the end off */
        return below(r, 4) ? size : at;
    case 6: /* a piece of another file */
        n = n > other->size ? other->size : n;
        memcpy(data + at, other->data + below(r, other->size - n + 1), n);
        break;
    default: /* a piece of this file elsewhere */
        memmove(data + below(r, size - n + 1), data + at, n);
    }
    return size;
}

/* Input N: the files themselves first, then mutations. */
static void feed(const corpus *c, uint64_t seed, size_t number)
{
    uint64_t r = seed * 1000003 + number;
    const file *f = &c->file[number < c->n ? number : below(&r, c->n)];
    uint8_t *data = malloc(f->size + ROOM);
    size_t size = f->size;
    if (!data)
        exit(2);
    memcpy(data, f->data, size);
    for (size_t k = number < c->n ? 0 : 1 + below(&r, 6); k > 0 && size > 0; k--)
        size = mutate_once(&r, data, size, c);
    /* a block of exactly this size, so that a sanitizer sees the first byte past it */
    uint8_t *exact = malloc(size ? size : 1);
    if (!exact)
        exit(2);
    memcpy(exact, data, size);
    free(data);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
}

int main(int argc, char **argv)
{
    static corpus c;
    size_t count = 2000, only = SIZE_MAX, failed = 0;
    uint64_t seed = 1;
    const char *ending = "";
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "--count=", 8) == 0)
            count = strtoull(argv[i] + 8, NULL, 10);
        else if (strncmp(argv[i], "--seed=", 7) == 0)
            seed = strtoull(argv[i] + 7, NULL, 10);
        else if (strncmp(argv[i], "--only=", 7) == 0)
            only = strtoull(argv[i] + 7, NULL, 10);
        else if (strncmp(argv[i], "--ending=", 9) == 0)
            ending = argv[i] + 9;
        else
            add(&c, argv[i], ending);
    }
    if (c.n == 0) {
        fprintf(stderr, "no seed files\n");
        return 2;
    }
    if (only != SIZE_MAX) {
        feed(&c, seed, only);
        return 0;
    }
    /* the child says here where it is */
    volatile size_t *where = mmap(NULL, sizeof *where, PROT_READ | PROT_WRITE,
                                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (where == MAP_FAILED)
        return 2;
    for (size_t begin = 0; begin < c.n + count;) {
        fflush(NULL);
        pid_t child = fork();
        if (child == 0) {
            for (size_t i = begin; i < c.n + count; i++) {
                *where = i;
                alarm(PATIENCE); /* ends a hang: nobody here catches SIGALRM */
                feed(&c, seed, i);
            }
            alarm(0);
            *where = c.n + count;
            exit(0);
        }
        int status = 0;
        if (child < 0 || waitpid(child, &status, 0) < 0) {
            perror("fork");
            return 2;
        }
        begin = *where + 1;
        if (status != 0) {
            failed++;
            printf("input %zu (seed %llu): %s\n", *where, (unsigned long long)seed,
                   WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "ended with a report");
        }
    }
    printf("%zu files and %zu mutations of them, %zu ended badly\n", c.n, count, failed);
    return failed != 0;
}
