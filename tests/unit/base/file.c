/* unit/base/file.c - maps, readers, and files that must lie in a folder. */
#include "base/file.h"
#include "support/failing.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* A folder of its own for each test:
 *   in/weights.bin   in/sub/more.bin   in/link -> weights.bin   in/out -> ..   in/loop -> loop
 *   in/hard, out/hard: one file   in/pipe outside.bin */
typedef struct place {
    char root[64];
    int in;
} place;

static void write_file(int folder, const char *name, const char *text)
{
    int fd = openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

static int build(void **state)
{
    place *p = calloc(1, sizeof *p);
    const char *tmp = getenv("TMPDIR");
    snprintf(p->root, sizeof p->root, "%s/sdx-XXXXXX", tmp && strlen(tmp) < 40 ? tmp : "/tmp");
    if (!mkdtemp(p->root))
        return -1;
    int root = open(p->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    write_file(root, "outside.bin", "outside");
    mkdirat(root, "in", 0755);
    p->in = openat(root, "in", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    mkdirat(p->in, "sub", 0755);
    write_file(p->in, "weights.bin", "weights");
    write_file(p->in, "sub/more.bin", "more");
    write_file(p->in, "..name", "dots");
    write_file(p->in, "hard", "hard");
    int bad = linkat(p->in, "hard", root, "hard", 0) | symlinkat("weights.bin", p->in, "link") |
              symlinkat("..", p->in, "out") | symlinkat("sub", p->in, "folder") |
              symlinkat("loop", p->in, "loop") | symlinkat("../outside.bin", p->in, "sub/escape") |
              mkfifoat(p->in, "pipe", 0644);
    close(root);
    *state = p;
    return bad;
}

static int clean(void **state)
{
    place *p = *state;
    static const char *const names[] = { "sub/more.bin", "sub/escape", "weights.bin", "..name",
                                         "hard",         "link",       "out",         "folder",
                                         "loop",         "pipe" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unlinkat(p->in, names[i], 0);
    unlinkat(p->in, "sub", AT_REMOVEDIR);
    int root = open(p->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    unlinkat(root, "hard", 0);
    unlinkat(root, "outside.bin", 0);
    unlinkat(root, "in", AT_REMOVEDIR);
    close(root);
    close(p->in);
    int left = rmdir(p->root);
    free(p);
    return left;
}

typedef sdx_status opener(int folder, const char *path, int *fd, sdx_error *err);
static opener *const openers[] = { sdx_open_beneath, sdx_open_beneath_in_steps };

static void beneath_opens(void **state)
{
    const place *p = *state;
    static const char *const good[][2] = {
        { "weights.bin", "weights" }, { "./weights.bin", "weights" }, { "sub/more.bin", "more" },
        { "sub//more.bin", "more" },  { "./sub/./more.bin", "more" }, { "..name", "dots" },
    };
    for (int way = 0; way < 2; way++) {
        for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
            int fd = -1;
            char text[16] = "";
            assert_int_equal(openers[way](p->in, good[i][0], &fd, NULL), SDX_OK);
            assert_true(read(fd, text, sizeof text - 1) > 0);
            assert_string_equal(text, good[i][1]);
            assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
            close(fd);
        }
    }
}

static int open_descriptors(void)
{
    int n = 0;
    for (int fd = 0; fd < 256; fd++)
        n += fcntl(fd, F_GETFD) != -1;
    return n;
}

static void beneath_refuses(void **state)
{
    const place *p = *state;
    char absolute[128], longer[600];
    snprintf(absolute, sizeof absolute, "%s/in/weights.bin", p->root);
    memset(longer, 'a', sizeof longer - 1);
    longer[sizeof longer - 1] = 0;
    const struct {
        const char *path, *words;
        sdx_status status;
    } bad[] = {
        { "", "empty", SDX_E_VALUE },
        { absolute, "absolute", SDX_E_VALUE },
        { "/etc/passwd", "absolute", SDX_E_VALUE },
        { "..", "'..'", SDX_E_VALUE },
        { "../outside.bin", "'..'", SDX_E_VALUE },
        { "sub/../weights.bin", "'..'", SDX_E_VALUE },
        { "sub/..", "'..'", SDX_E_VALUE },
        { "link", "symbolic link", SDX_E_VALUE },
        { "folder/more.bin", "symbolic link", SDX_E_VALUE },
        { "out/outside.bin", "symbolic link", SDX_E_VALUE },
        { "sub/escape", "symbolic link", SDX_E_VALUE },
        { "loop", "symbolic link", SDX_E_VALUE },
        { "hard", "more than one link", SDX_E_VALUE },
        { "sub", "regular file", SDX_E_VALUE },
        { ".", "regular file", SDX_E_VALUE },
        { "sub/", "folder", SDX_E_VALUE },
        { "pipe", "regular file", SDX_E_VALUE }, /* and does not wait for a writer */
        { "missing.bin", "No such file", SDX_E_IO },
        { "weights.bin/more", "Not a directory", SDX_E_IO },
        { longer, "too long", SDX_E_IO },
    };
    const int before = open_descriptors();
    for (int way = 0; way < 2; way++) {
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
            int fd = -7;
            sdx_error e;
            sdx_status st = openers[way](p->in, bad[i].path, &fd, &e);
            if (st != bad[i].status || !strstr(e.fact, bad[i].words) || fd != -7)
                fail_msg("'%s', way %d: status %d, '%s'", bad[i].path, way, st, e.fact);
        }
    }
    assert_int_equal(open_descriptors(), before);
}

static void maps(void **state)
{
    const place *p = *state;
    char path[128];
    sdx_mem m;
    sdx_map map = { 0 };
    sdx_error e;
    sdx_mem_init(&m, NULL, 0);
    snprintf(path, sizeof path, "%s/in/weights.bin", p->root);
    assert_int_equal(sdx_map_open(&map, path, &m, 0, &e), SDX_OK);
    assert_int_equal(map.size, 7);
    assert_memory_equal(map.data, "weights", 7);
    assert_int_equal(sdx_mem_used(&m), 0); /* mapped */
    sdx_map_close(&map);
    assert_null(map.data);
    sdx_map_close(&map);
    sdx_map_close(NULL);
    assert_int_equal(sdx_map_open(&map, path, &m, 7, &e), SDX_OK);
    sdx_map_close(&map);
    assert_int_equal(sdx_map_open(&map, path, &m, 6, &e), SDX_E_LIMIT);
    assert_non_null(strstr(e.fact, "weights.bin"));
    write_file(p->in, "weights.bin", "");
    assert_int_equal(sdx_map_open(&map, path, &m, 0, &e), SDX_OK);
    assert_int_equal(map.size, 0);
    assert_non_null(map.data);
    sdx_map_close(&map);
    assert_int_equal(sdx_mem_used(&m), 0);
    snprintf(path, sizeof path, "%s/in/sub", p->root);
    assert_int_equal(sdx_map_open(&map, path, &m, 0, &e), SDX_E_IO);
    assert_non_null(strstr(e.fact, "folder"));
    snprintf(path, sizeof path, "%s/nowhere", p->root);
    assert_int_equal(sdx_map_open(&map, path, &m, 0, &e), SDX_E_IO);
    assert_non_null(strstr(e.fact, "No such file"));
    assert_null(map.data);
}

static void pipes_are_read(void **state)
{
    (void)state;
    sdx_mem m;
    sdx_map map;
    int end[2];
    sdx_mem_init(&m, NULL, 0);
    assert_int_equal(pipe(end), 0);
    assert_int_equal(write(end[1], "streamed", 8), 8);
    close(end[1]);
    assert_int_equal(sdx_map_fd(&map, end[0], "stdin", &m, 0, NULL), SDX_OK);
    assert_int_equal(map.size, 8);
    assert_memory_equal(map.data, "streamed", 8);
    assert_true(sdx_mem_used(&m) > 0);
    sdx_map_close(&map);
    assert_int_equal(sdx_mem_used(&m), 0);
    close(end[0]);
    sdx_error e;
    assert_int_equal(sdx_map_fd(&map, end[0], "stdin", &m, 0, &e), SDX_E_IO);
}

/* Gives `left` bytes of a pattern, at most `piece` at once; then `end`. */
typedef struct source {
    size_t left, piece, given;
    ptrdiff_t end;
} source;

static ptrdiff_t give(void *ctx, void *to, size_t size)
{
    source *s = ctx;
    if (!s->left)
        return s->end;
    size_t n = size < s->piece ? size : s->piece;
    n = n < s->left ? n : s->left;
    for (size_t i = 0; i < n; i++)
        ((unsigned char *)to)[i] = (unsigned char)(s->given + i);
    s->given += n;
    s->left -= n;
    return (ptrdiff_t)n;
}

static void readers(void **state)
{
    (void)state;
    sdx_mem m;
    sdx_error e;
    sdx_mem_init(&m, NULL, 0);
    static const size_t sizes[] = { 0, 1, 65535, 65536, 65537, 300000 };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        for (int with_limit = 0; with_limit < 2; with_limit++) {
            source s = { sizes[i], 1000, 0, 0 };
            sdx_map map;
            const size_t limit = with_limit ? sizes[i] : 0;
            assert_int_equal(sdx_map_read(&map, give, &s, "r", &m, limit, &e), SDX_OK);
            assert_int_equal(map.size, sizes[i]);
            assert_non_null(map.data);
            for (size_t k = 0; k < map.size; k++)
                if (map.data[k] != (unsigned char)k)
                    fail_msg("byte %zu", k);
            sdx_map_close(&map);
        }
        if (sizes[i] < 2)
            continue;
        source s = { sizes[i], 1000, 0, 0 };
        sdx_map map = { 0 };
        assert_int_equal(sdx_map_read(&map, give, &s, "r", &m, sizes[i] - 1, &e), SDX_E_LIMIT);
        assert_null(map.data);
        assert_true(s.given <= sizes[i]);
    }
    source broken = { 10, 3, 0, -1 };
    sdx_map map = { 0 };
    assert_int_equal(sdx_map_read(&map, give, &broken, "socket", &m, 0, &e), SDX_E_IO);
    assert_non_null(strstr(e.fact, "socket"));
    source lying = { 0, 0, 0, PTRDIFF_MAX };
    assert_int_equal(sdx_map_read(&map, give, &lying, "liar", &m, 0, &e), SDX_E_IO);
    source endless = { SIZE_MAX, 1 << 16, 0, 0 }; /* a limit of memory holds as well */
    sdx_mem small;
    sdx_mem_init(&small, NULL, 1 << 20);
    assert_int_equal(sdx_map_read(&map, give, &endless, "endless", &small, 0, &e), SDX_E_MEMORY);
    assert_int_equal(sdx_mem_used(&small) + sdx_mem_used(&m), 0);
}

static void failure_at_every_call(void **state)
{
    (void)state;
    for (long n = 1; n < 5; n++) {
        failing f;
        sdx_allocator hook = failing_allocator(&f, n);
        sdx_mem m;
        sdx_mem_init(&m, &hook, 0);
        source s = { 200000, 5000, 0, 0 };
        sdx_map map;
        sdx_status st = sdx_map_read(&map, give, &s, "r", &m, 0, NULL);
        assert_int_equal(st, n <= 3 ? SDX_E_MEMORY : SDX_OK);
        if (st == SDX_OK)
            sdx_map_close(&map);
        assert_int_equal(f.out + f.wrong, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(beneath_opens, build, clean),
        cmocka_unit_test_setup_teardown(beneath_refuses, build, clean),
        cmocka_unit_test_setup_teardown(maps, build, clean),
        cmocka_unit_test(pipes_are_read),
        cmocka_unit_test(readers),
        cmocka_unit_test(failure_at_every_call),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
