/* tests/unit/lint/bytes.c - rules about what only a file can say wrong: tensors, attributes, types,
 * annotations, parts without a name.  Each with a model that breaks it, and with one that nearly
 * does. */
#include "support/lint_wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void expect(const wire *m, const char *says)
{
    assert_true(lint_says(m, says));
}

/* y = Equal(x, w) of this type, with w as given. */
static void expect_of(int type, const wire *tensor, const char *says)
{
    wire more = { .n = 0 }, node = lint_node("Equal", "w");
    wire x = lint_end("x", type, 4), y = lint_end("y", BOOL, 4);
    wire_message(&more, GRAPH_INITIALIZER, tensor);
    wire m = lint_graph(&node, &x, &y, "g", &more);
    expect(&m, says);
}

/* Elements 0, 1, last and 0. */
static void expect_last(int type, int field, int64_t last, const char *says)
{
    wire t = lint_tensor("w", type, 4);
    int64_t one[] = { 0, 1, last, 0 };
    for (int i = 0; i < 4; i++)
        wire_int(&t, (uint32_t)field, (uint64_t)one[i]);
    expect_of(type, &t, says);
}

static void numbers_that_a_type_has_not(void **state)
{
    (void)state;
    expect_last(INT8, INT32_DATA, 300,
                "SX443 tensor-data error 'w': initializer 'w' is of int8, and number 2 of its data "
                "is 300\n  help: correct the number, or data_type\n");
    expect_last(INT8, INT32_DATA, -128, "");
    expect_last(UINT8, INT32_DATA, -1,
                "SX443 tensor-data error 'w': initializer 'w' is of uint8, and number 2 of its "
                "data is -1\n  help: correct the number, or data_type\n");
    expect_last(UINT8, INT32_DATA, 255, "");
    expect_last(UINT32, UINT64_DATA, INT64_C(1) << 32,
                "SX443 tensor-data error 'w': initializer 'w' is of uint32, and number 2 of its "
                "data is 4294967296\n  help: correct the number, or data_type\n");
    expect_last(UINT32, UINT64_DATA, (INT64_C(1) << 32) - 1, "");
    expect_last(BOOL, INT32_DATA, 2,
                "SX443 tensor-data warning 'w': initializer 'w' is of bool, and number 2 of its "
                "data is 2\n  help: a boolean is 0 or 1\n");
    expect_last(BOOL, INT32_DATA, 1, "");
    wire t = lint_tensor("w", BOOL, 4);
    wire_bytes(&t, RAW_DATA, "\0\1\2\0", 4);
    expect_of(BOOL, &t,
              "SX443 tensor-data warning 'w': initializer 'w' is of bool, and byte 2 of its data "
              "is 2\n  help: a boolean is 0 or 1\n");
}

static void external_data(void **state)
{
    (void)state;
    static const char *const key[] = { "location", "w.bin", "ofset", "4" };
    wire t = lint_tensor("w", INT8, 4);
    for (int i = 0; i < 4; i += 2) {
        wire e = { .n = 0 };
        wire_text(&e, 1, key[i]);
        wire_text(&e, 2, key[i + 1]);
        wire_message(&t, 13, &e);
    }
    wire unplaced = t;
    wire_bytes(&unplaced, RAW_DATA, "\1\2\3\4", 4);
    expect_of(INT8, &unplaced, ""); /* data_location says that it is not used */
    wire_int(&unplaced, 14, 1);
    expect_of(INT8, &unplaced,
              "SX443 tensor-data error 'w': initializer 'w' lies in an external file, and has data "
              "in raw_data, too\n"
              "  help: remove the data, or the external place with data_location\n");
    wire_int(&t, 14, 1);
    expect_of(INT8, &t,
              "SX150 external-missing error 'w': initializer 'w' lies in the file 'w.bin', and the "
              "model was read from no folder\n"
              "  help: open the model by its path, or name the folder in the options\n"
              "SX152 external-key warning 'w': the external data of initializer 'w' has the key "
              "'ofset', which means nothing\n"
              "  help: the keys are location, offset, length and checksum, each at most once\n");
}

static void attributes_of_two_values(void **state)
{
    (void)state;
    for (int two = 0; two < 2; two++) {
        wire a = { .n = 0 }, n = lint_node("Softmax", NULL);
        wire_text(&a, 1, "axis");
        wire_varint(&a, 2 << 3 | 5); /* f: 0 is as good as nothing */
        memcpy(a.bytes + a.n, two ? "\0\0\x80\x3f" : "\0\0\0\0", 4);
        a.n += 4;
        wire_int(&a, 3, 0);
        wire_int(&a, 20, 2);
        wire_message(&n, 5, &a);
        wire x = lint_end("x", FLOAT, 4), y = lint_end("y", FLOAT, 4),
             m = lint_graph(&n, &x, &y, "g", NULL);
        expect(&m, two ? "SX410 attribute-malformed error 'n': attribute 'axis' is said to be of "
                         "type int, and holds a value of type float\n"
                         "  help: an attribute holds one value, of the type that it says\n"
                       : "");
    }
}

static void ends_of_the_graph(void **state)
{
    static const struct {
        int type;
        int64_t dim;
        const char *says;
    } ends[] = {
        { FLOAT, 4, "" },
        { 77, 4,
          "SX441 tensor-dtype error 'x': graph input 'x' has elem_type 77, which is no element "
          "type\n  help: types are numbered 1 (float32) to 28 (float6e3m2)\n" },
        { 0, 4,
          "SX460 end-untyped warning 'x': graph input 'x' has no elem_type (0)\n"
          "  help: types are numbered 1 (float32) to 28 (float6e3m2)\n" },
        { FLOAT, -1,
          "SX335 negative-dim warning 'x': dim 0 of graph input 'x' is -1\n"
          "  help: leave the dim empty or give it a name: both say that it is not known\n" },
    };
    (void)state;
    wire n = lint_node("Relu", NULL), y = lint_end("y", FLOAT, 4);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        wire x = lint_end("x", ends[i].type, ends[i].dim), m = lint_graph(&n, &x, &y, "g", NULL);
        expect(&m, ends[i].says);
    }
    wire x = lint_end("x", FLOAT, 4), m = lint_graph(&n, &x, &y, NULL, NULL);
    expect(&m, "SX458 graph-unnamed warning: the main graph has no name\n"
               "  help: set the name of the graph: the standard demands one\n"
               "  fix: name it 'main_graph' (safe)\n");
}

/* An initializer that only an annotation names is not there for nothing. */
static void annotations(void **state)
{
    static const char *const scale[] = { "w", "ghost" };
    (void)state;
    for (int i = 0; i < 2; i++) {
        wire n = lint_node("Relu", NULL), x = lint_end("x", FLOAT, 4), y = lint_end("y", FLOAT, 4);
        wire more = { .n = 0 }, a = { .n = 0 }, pair = { .n = 0 }, w = lint_tensor("w", INT8, 4);
        wire_bytes(&w, RAW_DATA, "\1\2\3\4", 4);
        wire_text(&pair, 1, "SCALE_TENSOR");
        wire_text(&pair, 2, scale[i]);
        wire_text(&a, 1, "y");
        wire_message(&a, 2, &pair);
        if (i == 0)
            wire_message(&more, GRAPH_INITIALIZER, &w);
        wire_message(&more, GRAPH_ANNOTATION, &a);
        wire m = lint_graph(&n, &x, &y, "g", &more);
        expect(&m, i == 0 ? ""
                          : "SX464 quantization-annotation warning 'y': SCALE_TENSOR of 'y' is "
                            "'ghost', and the graph has no 'ghost'\n"
                            "  help: correct the annotation of 'y', or remove it\n"
                            "  fix: remove the annotation of 'y' (a guess)\n");
    }
}

static void expect_with(const wire *node, uint32_t field, const wire *part, const char *says)
{
    wire m = lint_model(node, field, part);
    expect(&m, says);
}

static void attributes_without_a_type(void **state)
{
    static const struct {
        uint64_t type;
        const char *says;
    } types[] = {
        { 2, "" },
        { 0, "SX409 attribute-untyped error 'n': attribute 'axis' does not say its type (0)\n"
             "  help: files of IR 2 and later name the type of every attribute\n"
             "  fix: say that 'axis' of node 'n' is int (safe)\n" },
        { 99, "SX409 attribute-untyped error 'n': attribute 'axis' has type 99, which is none\n"
              "  help: files of IR 2 and later name the type of every attribute\n"
              "  fix: say that 'axis' of node 'n' is int (safe)\n" }
    };
    (void)state;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        wire a = { .n = 0 }, n = lint_node("Softmax", NULL);
        wire_text(&a, 1, "axis");
        wire_int(&a, 3, 0);
        if (types[i].type)
            wire_int(&a, 20, types[i].type);
        wire_message(&n, 5, &a);
        expect_with(&n, 0, NULL, types[i].says);
    }
}

/* float[dim] with the data of four elements. */
static wire zeros_of(const char *name, int64_t dim)
{
    wire t = lint_tensor(name, FLOAT, dim);
    wire_bytes(&t, RAW_DATA, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
    return t;
}

static void things_without_a_name(void **state)
{
    (void)state;
    wire good = lint_node("Relu", NULL), n = lint_node(NULL, NULL), add = lint_node("Add", "w");
    expect_with(&good, 0, NULL, "");
    expect_with(&n, 0, NULL,
                "SX418 node-without-operator error 'n': the node names no operator\n"
                "  help: set its op_type, or remove the node\n");
    wire v = lint_end("w", FLOAT, 4), unnamed = lint_end("", FLOAT, 4);
    expect_with(&add, GRAPH_INPUT, &v, "");
    expect_with(&good, GRAPH_INPUT, &unnamed,
                "SX419 input-unnamed error: graph input 1 has no name, so nothing can read it\n"
                "  help: give it the name that nodes read, or remove it\n");
    wire t = zeros_of("w", 4), bare = zeros_of("", 4);
    expect_with(&add, GRAPH_INITIALIZER, &t, "");
    expect_with(&good, GRAPH_INITIALIZER, &bare,
                "SX445 initializer-unnamed error: initializer 0 has no name, so nothing can read "
                "it\n"
                "  help: give it the name that nodes read, or remove it\n"
                "  fix: remove initializer 0 (a guess)\n");
}

static void dims_of_a_constant(void **state)
{
    (void)state;
    wire add = lint_node("Add", "w"), less = zeros_of("w", -1), many = zeros_of("w", 4);
    expect_with(&add, GRAPH_INITIALIZER, &many, "");
    expect_with(&add, GRAPH_INITIALIZER, &less,
                "SX442 tensor-dims error 'w': dim 0 of initializer 'w' is -1\n"
                "  help: dims of a tensor are 0 or more\n");
    for (int i = 0; i < 64; i++)
        wire_int(&many, 1, 1);
    expect_with(&add, GRAPH_INITIALIZER, &many,
                "SX442 tensor-dims error 'w': initializer 'w' has 65 dims, at most 64 are "
                "possible\n"
                "  help: correct the dims\n");
    wire huge = zeros_of("w", INT64_C(1) << 40);
    wire_int(&huge, 1, INT64_C(1) << 40);
    expect_with(&add, GRAPH_INITIALIZER, &huge,
                "SX442 tensor-dims error 'w': initializer 'w' with dims [1099511627776, "
                "1099511627776] is larger than the address space\n"
                "  help: correct the dims: their product is the number of elements\n");
}

/* Two values of a float[dim], at the places given. */
static wire sparse_of(const int64_t *place, int places, int64_t dim)
{
    wire s = { .n = 0 }, values = { .n = 0 }, indices = { .n = 0 };
    wire_int(&values, 1, 2);
    wire_int(&values, 2, FLOAT);
    wire_text(&values, 8, "w");
    wire_bytes(&values, RAW_DATA, "\0\0\x80\x3f\0\0\x80\x3f", 8);
    wire_int(&indices, 1, (uint64_t)places);
    wire_int(&indices, 2, INT64);
    for (int i = 0; i < places; i++)
        wire_int(&indices, INT64_DATA, (uint64_t)place[i]);
    wire_message(&s, 1, &values);
    if (places)
        wire_message(&s, 2, &indices);
    wire_int(&s, 3, (uint64_t)dim);
    return s;
}

static void sparse_tensors(void **state)
{
    static const struct {
        int64_t place[3];
        int places;
        const char *says;
    } sparse[] = {
        { { 0, 3 }, 2, "" },
        { { 0, 4 },
          2,
          "SX444 sparse-index error 'w': index 4 of value 1 of initializer 'w' is outside 0 "
          "to 3\n"
          "  help: an index counts elements of the whole tensor in row-major order\n" },
        { { 0, -1 },
          2,
          "SX444 sparse-index error 'w': index -1 of value 1 of initializer 'w' is outside 0 "
          "to 3\n"
          "  help: an index counts elements of the whole tensor in row-major order\n" },
        { { 2, 1 },
          2,
          "SX444 sparse-index error 'w': value 1 of initializer 'w' stands at or before the "
          "one ahead of it\n"
          "  help: sort the indices, each once\n" },
        { { 2, 2 },
          2,
          "SX444 sparse-index error 'w': value 1 of initializer 'w' stands at or before the "
          "one ahead of it\n"
          "  help: sort the indices, each once\n" },
        { { 0, 1, 3 },
          3,
          "SX444 sparse-index error 'w': the values [2] and indices [3] of initializer 'w' "
          "do not fit its dims [4]\n"
          "  help: values [n] and indices int64 [n] or [n, rank]\n" },
        { { 0 },
          0,
          "SX444 sparse-index error 'w': initializer 'w' lacks its indices\n"
          "  help: values [n] and indices int64 [n] or [n, rank]\n" },
    };
    (void)state;
    wire add = lint_node("Add", "w");
    for (size_t i = 0; i < sizeof sparse / sizeof *sparse; i++) {
        wire s = sparse_of(sparse[i].place, sparse[i].places, 4);
        expect_with(&add, GRAPH_SPARSE, &s, sparse[i].says);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_that_a_type_has_not),
        cmocka_unit_test(external_data),
        cmocka_unit_test(attributes_of_two_values),
        cmocka_unit_test(attributes_without_a_type),
        cmocka_unit_test(ends_of_the_graph),
        cmocka_unit_test(annotations),
        cmocka_unit_test(things_without_a_name),
        cmocka_unit_test(dims_of_a_constant),
        cmocka_unit_test(sparse_tensors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
