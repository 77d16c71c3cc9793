/* tests/unit/load/external.c - weights in files beside the model, and files that a model must not
 * reach. */
#include "support/program.h"
#include "support/wire.h"
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

static void write_file(const char *folder, const char *name, const void *bytes, size_t n)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    fclose(f);
}

static void entry(wire *t, const char *key, const char *value)
{
    wire e = { .n = 0 };
    if (!value)
        return;
    wire_text(&e, 1, key);
    wire_text(&e, 2, value);
    wire_message(t, 13, &e);
}

/* y = Add(x, w), w of two floats somewhere else */
static wire model(const char *location, const char *offset, const char *length)
{
    wire t = { .n = 0 }, n = wire_node("Softmax"), g = wire_graph(&n);
    wire_int(&t, 1, 2);
    wire_int(&t, 2, 1);
    wire_text(&t, 8, "w");
    entry(&t, "location", location);
    entry(&t, "offset", offset);
    entry(&t, "length", length);
    entry(&t, "checksum", "not looked at");
    wire_int(&t, 14, 1);
    wire_message(&g, 5, &t);
    wire_text(&t, 8, "v"); /* the later name counts: another tensor, in the same file */
    wire_message(&g, 5, &t);
    return wire_model(&g);
}

typedef struct place {
    char folder[64];
} place;

static int make_place(void **state)
{
    static place p;
    static const float numbers[] = { 1, 2, 3, 4 };
    char from[128], to[128], sub[128];
    snprintf(p.folder, sizeof p.folder, "%s", "/tmp/sardonyx-external-XXXXXX");
    assert_non_null(mkdtemp(p.folder));
    write_file(p.folder, "w.bin", numbers, sizeof numbers);
    write_file(p.folder, "linked.bin", numbers, sizeof numbers);
    snprintf(from, sizeof from, "%s/linked.bin", p.folder);
    snprintf(to, sizeof to, "%s/hard.bin", p.folder);
    assert_int_equal(link(from, to), 0);
    snprintf(to, sizeof to, "%s/soft.bin", p.folder);
    snprintf(from, sizeof from, "%s/w.bin", p.folder);
    assert_int_equal(symlink(from, to), 0);
    snprintf(sub, sizeof sub, "%s/sub", p.folder);
    assert_int_equal(mkdir(sub, 0700), 0);
    write_file(sub, "w.bin", numbers, sizeof numbers);
    *state = &p;
    return 0;
}

static int remove_place(void **state)
{
    const place *p = *state;
    static const char *const name[] = { "w.bin", "linked.bin", "hard.bin", "soft.bin",
                                        "sub/w.bin" };
    char path[128];
    for (size_t i = 0; i < sizeof name / sizeof *name; i++) {
        snprintf(path, sizeof path, "%s/%s", p->folder, name[i]);
        unlink(path);
    }
    snprintf(path, sizeof path, "%s/sub", p->folder);
    rmdir(path);
    return rmdir(p->folder);
}

static void read_in_place(void **state)
{
    const place *p = *state;
    static const char *const location[] = { "w.bin", "sub/w.bin", "./sub/w.bin" };
    for (size_t i = 0; i < 3; i++) {
        wire m = model(location[i], "8", "8");
        test_program t;
        test_program_open(&t);
        t.options.folder = p->folder;
        assert_int_equal(test_program_bytes(&t, m.bytes, m.n), SDX_OK);
        assert_string_equal(test_program_findings(&t), "");
        const sdx_gvalue *w = test_program_value(t.p->main, "w"),
                         *v = test_program_value(t.p->main, "v");
        /* one map for both */
        assert_true(sdx_as_tensor(w->constant)->data == sdx_as_tensor(v->constant)->data);
        float x[2];
        memcpy(x, sdx_as_tensor(w->constant)->data, sizeof x);
        assert_true(x[0] == 3 && x[1] == 4);
        assert_true(test_program_close(&t));
    }
}

typedef struct wrong {
    const char *location, *offset, *length, *rule, *says;
} wrong;

static void wrong_places(void **state)
{
    static const wrong list[] = {
        { "nowhere.bin", NULL, NULL, "external-missing", "nowhere.bin" },
        { NULL, NULL, NULL, "external-missing", "none is named" },
        { "../w.bin", NULL, NULL, "external-path", "../w.bin" },
        { "sub/../../w.bin", NULL, NULL, "external-path", "sub/../../w.bin" },
        { "/etc/passwd", NULL, NULL, "external-path", "/etc/passwd" },
        { "soft.bin", NULL, NULL, "external-path", "soft.bin" },
        { "hard.bin", NULL, NULL, "external-path", "hard.bin" },
        { "sub", NULL, NULL, "external-path", "sub" },
        { "w.bin", "12", NULL, "external-range", "8 bytes at offset 12" },
        { "w.bin", "18446744073709551615", "8", "external-range", "18446744073709551615" },
        { "w.bin", "x", NULL, "external-range", "offset 'x'" },
        { "w.bin", "0", "12", "initializer-size", "takes 8 bytes" },
    };
    const place *p = *state;
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        wire m = model(list[i].location, list[i].offset, list[i].length);
        test_program t;
        test_program_open(&t);
        t.options.folder = p->folder;
        assert_int_equal(test_program_bytes(&t, m.bytes, m.n), SDX_OK);
        assert_true(t.findings.n_errors >= 1);
        assert_string_equal(t.findings.first->rule, list[i].rule);
        if (!strstr(t.findings.first->fact, list[i].says))
            fail_msg("'%s' does not say '%s'", t.findings.first->fact, list[i].says);
        assert_true(test_program_close(&t));
    }
}

static void a_model_from_memory_reaches_no_file(void **state)
{
    (void)state;
    wire m = model("w.bin", NULL, NULL);
    test_program t;
    test_program_open(&t);
    assert_int_equal(test_program_bytes(&t, m.bytes, m.n), SDX_OK);
    assert_int_equal(t.findings.n_errors, 1); /* once for the file, not for each tensor in it */
    assert_string_equal(t.findings.first->rule, "external-missing");
    assert_true(test_program_close(&t));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(read_in_place),
        cmocka_unit_test(wrong_places),
        cmocka_unit_test(a_model_from_memory_reaches_no_file),
    };
    return cmocka_run_group_tests(tests, make_place, remove_place);
}
