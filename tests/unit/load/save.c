/* tests/unit/load/save.c - a file with small changes: lengths are repaired, every other byte
 * stays. */
#include "support/program.h"
#include "support/wire.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bool append(void *ctx, const void *bytes, size_t size)
{
    wire *w = ctx;
    assert_true(size <= sizeof w->bytes - w->n);
    memcpy(w->bytes + w->n, bytes, size);
    w->n += size;
    return true;
}

/* A model with fields that nobody knows at every level, and a node of some 120 bytes: one byte more
 * makes its length, then that of its graph, a byte longer. */
static wire make(size_t padding)
{
    char text[200];
    memset(text, 'p', padding);
    wire n = wire_node("Softmax");
    wire_bytes(&n, 700, text, padding);
    wire g = wire_graph(&n);
    wire_text(&g, 701, "in the graph");
    wire m = wire_model(&g);
    wire_text(&m, 702, "in the model");
    return m;
}

static wire edited(const wire *m, const char *attribute, int64_t value)
{
    test_program t;
    wire out = { .n = 0 };
    size_t n;
    test_program_open(&t);
    assert_int_equal(test_program_bytes(&t, m->bytes, m->n), SDX_OK);
    const sdx_gnode *node = t.p->main->node[0];
    const sdx_attr attr = { .name = attribute, .kind = SDX_ATTR_INT, .i = value };
    sdx_change step = {
        .kind = SDX_CHANGE_ATTR, .at = node->span, .field = SDX_AT_NODE_ATTR, .attr = &attr
    };
    const sdx_edit edit = { .node = node, .safe = true, .first = &step, .last = &step },
                   *list[] = { &edit, &edit };
    assert_int_equal(
        sdx_save_edits(m->bytes, m->n, 2, list, 0, NULL, &t.mem, append, &out, &n, &t.err), SDX_OK);
    assert_int_equal(n, 1); /* the second one is the same */
    assert_true(test_program_close(&t));
    return out;
}

/* Reads back, with that attribute and all that was there. */
static void holds(const wire *m, const char *attribute, int64_t value, size_t padding)
{
    test_program t;
    test_program_open(&t);
    assert_int_equal(test_program_bytes(&t, m->bytes, m->n), SDX_OK);
    assert_string_equal(test_program_findings(&t), "");
    assert_int_equal(sdx_node_attr(t.p->main->node[0], attribute)->i, value);
    assert_true(test_program_close(&t));
    assert_non_null(memmem(m->bytes, m->n, "in the graph", 12));
    assert_non_null(memmem(m->bytes, m->n, "in the model", 12));
    size_t longest = 0, run = 0;
    for (size_t i = 0; i < m->n; i++) {
        run = m->bytes[i] == 'p' ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    assert_int_equal(longest, padding);
}

static void nothing_changed(void **state)
{
    (void)state;
    wire m = make(10), out = { .n = 0 };
    test_program t;
    test_program_open(&t);
    assert_int_equal(test_program_bytes(&t, m.bytes, m.n), SDX_OK);
    assert_int_equal(
        sdx_save_edits(m.bytes, m.n, 0, NULL, 0, NULL, &t.mem, append, &out, NULL, &t.err), SDX_OK);
    assert_int_equal(out.n, m.n);
    assert_memory_equal(out.bytes, m.bytes, m.n);
    assert_true(test_program_close(&t));
}

static void numbers_of_any_length(void **state)
{
    static const int64_t value[] = { 0, 1, 127, 128, 300, 1 << 21, INT64_MAX, -1, INT64_MIN };
    (void)state;
    for (size_t padding = 60; padding < 100; padding++) {
        wire m = make(padding);
        for (size_t i = 0; i < sizeof value / sizeof *value; i++) {
            wire out = edited(&m, "axis", value[i]);
            holds(&out, "axis", value[i], padding);
            wire back = edited(&out, "axis", 1);
            assert_int_equal(back.n, m.n); /* there and back: the very bytes */
            assert_memory_equal(back.bytes, m.bytes, m.n);
        }
    }
}

static void attributes_that_were_not_there(void **state)
{
    (void)state;
    for (size_t padding = 60; padding < 100; padding++) {
        wire m = make(padding), out = edited(&m, "group", 16);
        holds(&out, "group", 16, padding);
        holds(&out, "axis", 1, padding);
    }
}

static void types_are_added(void **state)
{
    (void)state;
    wire m = make(20), out = { .n = 0 };
    test_program t;
    test_program_open(&t);
    assert_int_equal(test_program_bytes(&t, m.bytes, m.n), SDX_OK);
    const sdx_dim dim[] = { sdx_num(3), { 0, 1 }, sdx_unknown() };
    const char *const symbol[] = { NULL, "2*N + 1", NULL };
    const sdx_type *of = sdx_type_tensor(&t.arena, SDX_F16, (sdx_dims){ 3, dim });
    const sdx_type *list = sdx_type_wrap(
        &t.arena, SDX_SEQUENCE, SDX_UNDEFINED,
        sdx_type_tensor(&t.arena, SDX_I64, (sdx_dims){ -1, NULL }));
    const sdx_gvalue *x = test_program_value(t.p->main, "x"),
                     *y = test_program_value(t.p->main, "y");
    const sdx_known_type types[] = { { y, of, symbol }, { x, list, NULL } };
    assert_int_equal(
        sdx_save_edits(m.bytes, m.n, 0, NULL, 2, types, &t.mem, append, &out, NULL, &t.err),
        SDX_OK);
    assert_true(test_program_close(&t));
    test_program_open(&t);
    assert_int_equal(test_program_bytes(&t, out.bytes, out.n), SDX_OK);
    assert_string_equal(test_program_graph(&t),
                        "g (seq(int64[]) x) => (float16[3, \"2*N + 1\", ?] y)\n{\n"
                        "   [node] y = Softmax <axis: int = 1> (x)\n}");
    assert_true(test_program_close(&t));
}

static bool full(void *ctx, const void *bytes, size_t size)
{
    (void)ctx, (void)bytes, (void)size;
    return false;
}

static void a_writer_that_gives_up(void **state)
{
    (void)state;
    wire m = make(20);
    test_program t;
    test_program_open(&t);
    assert_int_equal(test_program_bytes(&t, m.bytes, m.n), SDX_OK);
    assert_int_equal(
        sdx_save_edits(m.bytes, m.n, 0, NULL, 0, NULL, &t.mem, full, NULL, NULL, &t.err), SDX_E_IO);
    assert_true(test_program_close(&t));
}

/* Lists of tensors, graphs, sparse tensors and types: they load, and go back as they came. */
static void lists_that_no_operator_takes(void **state)
{
    static const struct {
        uint32_t field, type, kind;
    } list[] = { { 10, 9, SDX_ATTR_TENSORS },
                 { 11, 10, SDX_ATTR_GRAPHS },
                 { 23, 12, SDX_ATTR_SPARSES },
                 { 15, 14, SDX_ATTR_TYPES } };
    (void)state;
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        wire n = wire_node("Parts"), a = { .n = 0 }, out = { .n = 0 };
        wire_text(&a, 1, "parts");
        wire_bytes(&a, list[i].field, "", 0);
        wire_bytes(&a, list[i].field, "", 0);
        wire_int(&a, 20, list[i].type);
        wire_message(&n, 5, &a);
        wire g = wire_graph(&n), m = wire_model(&g);
        test_program t;
        test_program_open(&t);
        assert_int_equal(test_program_bytes(&t, m.bytes, m.n), SDX_OK);
        assert_string_equal(test_program_findings(&t), "");
        const sdx_attr *parts = sdx_node_attr(t.p->main->node[0], "parts");
        assert_int_equal(parts->kind, list[i].kind);
        assert_int_equal(parts->count, 2);
        assert_int_equal(
            sdx_save_edits(m.bytes, m.n, 0, NULL, 0, NULL, &t.mem, append, &out, NULL, &t.err),
            SDX_OK);
        assert_int_equal(out.n, m.n);
        assert_memory_equal(out.bytes, m.bytes, m.n);
        assert_true(test_program_close(&t));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_changed),       cmocka_unit_test(lists_that_no_operator_takes),
        cmocka_unit_test(numbers_of_any_length), cmocka_unit_test(attributes_that_were_not_there),
        cmocka_unit_test(types_are_added),       cmocka_unit_test(a_writer_that_gives_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
