/* tests/unit/load/wire.c - the walk before protobuf-c: what it refuses, with the place, and what it
 * lets through. */
#include "support/program.h"
#include "support/wire.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static wire whole(void)
{
    wire n = wire_node("Softmax"), g = wire_graph(&n);
    return wire_model(&g);
}

/* Exactly these bytes in memory of their own, so that reading past them is seen. */
static sdx_status load(test_program *t, const void *bytes, size_t size)
{
    test_program_open(t);
    uint8_t *copy = malloc(size ? size : 1);
    memcpy(copy, bytes, size);
    sdx_status st = test_program_bytes(t, copy, size);
    free(copy);
    return st;
}

static void refused(const wire *w, sdx_status status, const char *says)
{
    test_program t;
    assert_int_equal(load(&t, w->bytes, w->n), status);
    if (!strstr(t.err.fact, says))
        fail_msg("'%s' does not say '%s'", t.err.fact, says);
    assert_true(*t.err.rule);
    assert_true(test_program_close(&t));
}

static void a_model_is_read(void **state)
{
    (void)state;
    wire m = whole();
    test_program t;
    assert_int_equal(load(&t, m.bytes, m.n), SDX_OK);
    assert_string_equal(test_program_findings(&t), "");
    const sdx_gnode *n = t.p->main->node[0];
    assert_string_equal(n->op_type, "Softmax");
    assert_int_equal(sdx_node_attr(n, "axis")->i, 1);
    assert_memory_equal(m.bytes + n->span.offset, "\x0a\x01x", 3); /* its place in the file */
    assert_memory_equal(m.bytes + sdx_node_attr(n, "axis")->span.offset,
                        "\x0a\x04"
                        "axis",
                        6);
    assert_true(test_program_close(&t));
}

/* Cut anywhere, it is refused with a reason, or still whole in itself. */
static void cut_anywhere(void **state)
{
    (void)state;
    wire m = whole();
    for (size_t n = 0; n < m.n; n++) {
        test_program t;
        sdx_status st = load(&t, m.bytes, n);
        assert_true(st == SDX_OK || (st == SDX_E_FORMAT && *t.err.fact));
        assert_true(test_program_close(&t));
    }
}

static void every_bit_flipped(void **state)
{
    (void)state;
    wire m = whole();
    for (size_t bit = 0; bit < 8 * m.n; bit++) {
        test_program t;
        m.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        sdx_status st = load(&t, m.bytes, m.n);
        assert_true(st == SDX_OK || st == SDX_E_FORMAT || st == SDX_E_LIMIT);
        assert_true(test_program_close(&t));
        m.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static void lying_lengths(void **state)
{
    (void)state;
    wire n = wire_node("Softmax"), m = { .n = 0 };
    wire_varint(&n, 3 << 3 | 2);
    wire_varint(&n, 1u << 20); /* a name of a megabyte, in a node of 30 bytes */
    wire g = wire_graph(&n);
    m = wire_model(&g);
    refused(&m, SDX_E_FORMAT,
            "in graph.node[0].name: a length of 1048576, but 0 bytes are left of the message");
    wire whole_file = whole();
    whole_file.n -= 10;
    refused(&whole_file, SDX_E_FORMAT, "are left of the file");
    wire endless = { .n = 0 };
    memset(endless.bytes, 0xff, 20);
    endless.n = 20;
    refused(&endless, SDX_E_FORMAT, "byte 0: a tag is cut off");
}

static void wrong_kinds_of_fields(void **state)
{
    (void)state;
    wire w = { .n = 0 };
    wire_varint(&w, 7 << 3 | 3);
    refused(&w, SDX_E_FORMAT, "a group");
    w.n = 0;
    wire_varint(&w, 99 << 3 | 7);
    refused(&w, SDX_E_FORMAT, "no wire type");
    w.n = 0;
    wire_varint(&w, 2);
    refused(&w, SDX_E_FORMAT, "no field has this number");
    w.n = 0;
    wire_text(&w, 1, "8");
    refused(&w, SDX_E_FORMAT, "in ir_version: the field has another wire type");
    w.n = 0;
    wire_bytes(&w, 2, "a\0b", 3);
    refused(&w, SDX_E_FORMAT, "in producer_name: a zero byte within a text");
}

/* protobuf-c would merge them, in quadratic time for a long list. */
static void one_message_twice(void **state)
{
    (void)state;
    wire m = whole(), n = wire_node("Relu"), g = wire_graph(&n);
    wire_message(&m, 7, &g);
    refused(&m, SDX_E_FORMAT, "in graph: a second message where there may be one");
}

static void unknown_fields_are_passed_over(void **state)
{
    (void)state;
    wire m = whole();
    wire_int(&m, 4000, 5);
    wire_text(&m, 4001, "of a later version");
    wire_varint(&m, 4002 << 3 | 5);
    m.n += 4;
    test_program t;
    assert_int_equal(load(&t, m.bytes, m.n), SDX_OK);
    assert_int_equal(t.p->main->n_nodes, 1);
    assert_true(test_program_close(&t));
    wire_varint(&m, 4002 << 3 | 1);
    m.n += 7;
    refused(&m, SDX_E_FORMAT, "a number is cut off");
}

/* Types within types, far deeper than protobuf-c could stand. */
static void nesting_is_limited(void **state)
{
    (void)state;
    enum { LEVELS = 100000 };
    size_t room = LEVELS * 12, at = room;
    uint8_t *bytes = calloc(1, room);
    for (int i = 0; i < LEVELS; i++) { /* from the inside out: type { sequence { elem_type } } */
        wire head = { .n = 0 };
        wire_varint(&head, (i % 2 ? 4u : 1u) << 3 | 2);
        wire_varint(&head, room - at);
        at -= head.n;
        memcpy(bytes + at, head.bytes, head.n);
    }
    size_t body = room - at;
    uint8_t *model = calloc(1, body + 40);
    wire head = { .n = 0 }, info = { .n = 0 };
    wire_varint(&info, 2 << 3 | 2);
    wire_varint(&info, body);
    wire_varint(&head, 7 << 3 | 2);
    wire input = { .n = 0 };
    wire_varint(&input, 11 << 3 | 2);
    wire_varint(&input, info.n + body);
    wire_varint(&head, input.n + info.n + body);
    memcpy(model, head.bytes, head.n);
    memcpy(model + head.n, input.bytes, input.n);
    memcpy(model + head.n + input.n, info.bytes, info.n);
    memcpy(model + head.n + input.n + info.n, bytes + at, body);
    test_program t;
    assert_int_equal(load(&t, model, head.n + input.n + info.n + body), SDX_E_LIMIT);
    assert_string_equal(t.err.rule, "SX102 loading-limit");
    assert_non_null(strstr(t.err.fact, "nested deeper than the limit"));
    assert_non_null(strstr(t.err.hint, "take fewer levels of graphs within graphs; the limit is "));
    assert_true(test_program_close(&t));
    test_program_open(&t);
    t.options.max_depth = 1000000; /* more than the process could stand is not given */
    assert_int_equal(test_program_bytes(&t, model, head.n + input.n + info.n + body), SDX_E_LIMIT);
    assert_true(test_program_close(&t));
    free(model);
    free(bytes);
}

/* Two bytes of file for each empty message, some hundred bytes of memory. */
static void memory_is_limited(void **state)
{
    (void)state;
    enum { NODES = 200000 };
    uint8_t *bytes = malloc(2 * NODES + 16);
    wire head = { .n = 0 };
    wire_int(&head, 1, 8);
    wire_varint(&head, 7 << 3 | 2);
    wire_varint(&head, 2 * NODES);
    memcpy(bytes, head.bytes, head.n);
    for (size_t i = 0; i < NODES; i++) {
        bytes[head.n + 2 * i] = 1 << 3 | 2;
        bytes[head.n + 2 * i + 1] = 0;
    }
    test_program t;
    test_program_open(&t);
    t.options.memory_limit = 4 << 20;
    assert_int_equal(test_program_bytes(&t, bytes, head.n + 2 * NODES), SDX_E_LIMIT);
    assert_non_null(strstr(t.err.fact, "4194304"));
    assert_true(test_program_close(&t));
    free(bytes);
}

static void other_files(void **state)
{
    static const char *const kinds[][2] = {
        { "version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "Git LFS" },
        { "PK\x03\x04 and so on", "ZIP" },
        { "\x1f\x8b\x08 and so on", "gzip" },
        { "<!DOCTYPE html><html></html>", "web page" },
        { "{\"a\": 1}", "JSON" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        test_program t;
        assert_int_equal(load(&t, kinds[i][0], strlen(kinds[i][0])), SDX_E_FORMAT);
        assert_non_null(strstr(t.err.hint, kinds[i][1]));
        assert_true(test_program_close(&t));
    }
    wire nothing = { .n = 0 };
    refused(&nothing, SDX_E_FORMAT, "empty");
    wire_int(&nothing, 1, 8);
    refused(&nothing, SDX_E_FORMAT, "no graph");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_model_is_read),
        cmocka_unit_test(cut_anywhere),
        cmocka_unit_test(every_bit_flipped),
        cmocka_unit_test(lying_lengths),
        cmocka_unit_test(wrong_kinds_of_fields),
        cmocka_unit_test(one_message_twice),
        cmocka_unit_test(unknown_fields_are_passed_over),
        cmocka_unit_test(nesting_is_limited),
        cmocka_unit_test(memory_is_limited),
        cmocka_unit_test(other_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
