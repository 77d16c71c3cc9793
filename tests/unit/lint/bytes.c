/* tests/unit/lint/bytes.c - rules about what only a file can say wrong: tensors, attributes, types,
 * annotations.  Each with a model that breaks it, and with one that nearly does. */
#include "support/lint.h"
#include "support/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { FLOAT = 1, UINT8 = 2, INT8 = 3, BOOL = 9, UINT32 = 12 };
enum { INT32_DATA = 5, RAW_DATA = 9, UINT64_DATA = 11 };

/* A float[4], or of another type, or with another dim. */
static wire end_of(const char *name, int type, int64_t dim)
{
    wire v = { .n = 0 }, t = { .n = 0 }, tensor = { .n = 0 }, shape = { .n = 0 }, d = { .n = 0 };
    wire_int(&d, 1, (uint64_t)dim);
    wire_message(&shape, 1, &d);
    wire_int(&tensor, 1, (uint64_t)type);
    wire_message(&tensor, 2, &shape);
    wire_message(&t, 1, &tensor);
    wire_text(&v, 1, name);
    wire_message(&v, 2, &t);
    return v;
}

static wire node_of(const char *op, const char *second)
{
    wire n = { .n = 0 };
    wire_text(&n, 1, "x");
    if (second)
        wire_text(&n, 1, second);
    wire_text(&n, 2, "y");
    wire_text(&n, 3, "n");
    wire_text(&n, 4, op);
    return n;
}

/* Of IR 10, opset 21.  more: initializers, annotations. */
static wire model_of(const wire *node, const wire *x, const wire *y, const char *name,
                     const wire *more)
{
    wire m = { .n = 0 }, g = { .n = 0 }, opset = { .n = 0 };
    wire_message(&g, 1, node);
    if (name)
        wire_text(&g, 2, name);
    wire_message(&g, 11, x);
    wire_message(&g, 12, y);
    if (more) {
        memcpy(g.bytes + g.n, more->bytes, more->n);
        g.n += more->n;
    }
    wire_int(&opset, 2, 21);
    wire_int(&m, 1, 10);
    wire_message(&m, 7, &g);
    wire_message(&m, 8, &opset);
    return m;
}

static void expect(const wire *m, const char *says)
{
    char *text = lint_bytes(m->bytes, m->n);
    assert_string_equal(text, says);
    free(text);
}

/* y = Equal(x, w) of this type, with w as given. */
static void expect_of(int type, const wire *tensor, const char *says)
{
    wire more = { .n = 0 }, node = node_of("Equal", "w");
    wire x = end_of("x", type, 4), y = end_of("y", BOOL, 4);
    wire_message(&more, 5, tensor);
    wire m = model_of(&node, &x, &y, "g", &more);
    expect(&m, says);
}

static wire tensor_of(int type)
{
    wire t = { .n = 0 };
    wire_int(&t, 1, 4);
    wire_int(&t, 2, (uint64_t)type);
    wire_text(&t, 8, "w");
    return t;
}

/* Elements 0, 1, last and 0. */
static void expect_last(int type, int field, int64_t last, const char *says)
{
    wire t = tensor_of(type);
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
    wire t = tensor_of(BOOL);
    wire_bytes(&t, RAW_DATA, "\0\1\2\0", 4);
    expect_of(BOOL, &t,
              "SX443 tensor-data warning 'w': initializer 'w' is of bool, and byte 2 of its data "
              "is 2\n  help: a boolean is 0 or 1\n");
}

static void external_data(void **state)
{
    (void)state;
    static const char *const key[] = { "location", "w.bin", "ofset", "4" };
    wire t = tensor_of(INT8);
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
        wire a = { .n = 0 }, n = node_of("Softmax", NULL);
        wire_text(&a, 1, "axis");
        wire_varint(&a, 2 << 3 | 5); /* f: 0 is as good as nothing */
        memcpy(a.bytes + a.n, two ? "\0\0\x80\x3f" : "\0\0\0\0", 4);
        a.n += 4;
        wire_int(&a, 3, 0);
        wire_int(&a, 20, 2);
        wire_message(&n, 5, &a);
        wire x = end_of("x", FLOAT, 4), y = end_of("y", FLOAT, 4),
             m = model_of(&n, &x, &y, "g", NULL);
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
    wire n = node_of("Relu", NULL), y = end_of("y", FLOAT, 4);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        wire x = end_of("x", ends[i].type, ends[i].dim), m = model_of(&n, &x, &y, "g", NULL);
        expect(&m, ends[i].says);
    }
    wire x = end_of("x", FLOAT, 4), m = model_of(&n, &x, &y, NULL, NULL);
    expect(&m, "SX458 graph-unnamed warning: the main graph has no name\n"
               "  help: set the name of the graph: the standard demands one\n");
}

/* An initializer that only an annotation names is not there for nothing. */
static void annotations(void **state)
{
    static const char *const scale[] = { "w", "ghost" };
    (void)state;
    for (int i = 0; i < 2; i++) {
        wire n = node_of("Relu", NULL), x = end_of("x", FLOAT, 4), y = end_of("y", FLOAT, 4);
        wire more = { .n = 0 }, a = { .n = 0 }, pair = { .n = 0 }, w = tensor_of(INT8);
        wire_bytes(&w, RAW_DATA, "\1\2\3\4", 4);
        wire_text(&pair, 1, "SCALE_TENSOR");
        wire_text(&pair, 2, scale[i]);
        wire_text(&a, 1, "y");
        wire_message(&a, 2, &pair);
        if (i == 0)
            wire_message(&more, 5, &w);
        wire_message(&more, 14, &a);
        wire m = model_of(&n, &x, &y, "g", &more);
        expect(&m, i == 0 ? ""
                          : "SX464 quantization-annotation warning 'y': SCALE_TENSOR of 'y' is "
                            "'ghost', and the graph has no 'ghost'\n"
                            "  help: correct the annotation of 'y', or remove it\n");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_that_a_type_has_not),
        cmocka_unit_test(external_data),
        cmocka_unit_test(attributes_of_two_values),
        cmocka_unit_test(ends_of_the_graph),
        cmocka_unit_test(annotations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
