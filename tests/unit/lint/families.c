/* tests/unit/lint/families.c - what is said of inputs that do not fit each other, by operators of
 * text, pictures, regions, training and control flow, and of parts of a file that lack a name, a
 * type or sense: models that break each rule, the whole message, and one that nearly does. */
#include "support/lint.h"
#include "support/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const lint_case cases[] = {
    { "rows of text",
      "<ir_version: 10, opset_import: [\"\" : 10]>\n"
      "g (string[2, 6] x) => (string[A, B] y) { [n] y = StringNormalizer (x) }",
      "SX384 text-shape error 'n': the input is [2, 6]\n"
      "  x string[2, 6] @0: graph input\n"
      "  help: it has one dim, or a first one of 1\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 10]>\n"
      "g (string[1, 6] x) => (string[A, B] y) { [n] y = StringNormalizer (x) }",
      "" },
    { "half an n-gram in the pool",
      "<ir_version: 10, opset_import: [\"\" : 9]>\n"
      "g (int32[6] x) => (float[A] y) { [n] y = TfIdfVectorizer <mode = \"TF\", "
      "min_gram_length = 1, max_gram_length = 2, max_skip_count = 0, ngram_counts = [0, "
      "1], ngram_indexes = [0, 1, 2], pool_int64s = [2, 3, 5, 4]> (x) }",
      "SX385 tfidf-pool error 'n': ngram_counts[1]=1 does not fit a pool of 4\n"
      "  help: entry l is where the n-grams of l + 1 items begin in the pool\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 9]>\n"
      "g (int32[6] x) => (float[A] y) { [n] y = TfIdfVectorizer <mode = \"TF\", "
      "min_gram_length = 1, max_gram_length = 2, max_skip_count = 0, ngram_counts = [0, "
      "2], ngram_indexes = [0, 1, 2], pool_int64s = [2, 3, 5, 4]> (x) }",
      "" },
    { "an n-gram without an index",
      "<ir_version: 10, opset_import: [\"\" : 9]>\n"
      "g (int32[6] x) => (float[A] y) { [n] y = TfIdfVectorizer <mode = \"TF\", "
      "min_gram_length = 1, max_gram_length = 2, max_skip_count = 0, ngram_counts = [0, "
      "2], ngram_indexes = [0, 1], pool_int64s = [2, 3, 5, 4]> (x) }",
      "SX385 tfidf-pool error 'n': the pool has 3 n-grams, ngram_indexes 2 entries\n"
      "  help: there is one index for each n-gram of the pool\n" },
    { "an index below the output",
      "<ir_version: 10, opset_import: [\"\" : 9]>\n"
      "g (int32[6] x) => (float[A] y) { [n] y = TfIdfVectorizer <mode = \"TF\", "
      "min_gram_length = 1, max_gram_length = 2, max_skip_count = 0, ngram_counts = [0, "
      "2], ngram_indexes = [0, -1, 2], pool_int64s = [2, 3, 5, 4]> (x) }",
      "SX385 tfidf-pool error 'n': ngram_indexes[1] is -1\n"
      "  help: it is a place of the output\n" },
    { "a weight too few",
      "<ir_version: 10, opset_import: [\"\" : 9]>\n"
      "g (int32[6] x) => (float[A] y) { [n] y = TfIdfVectorizer <mode = \"TF\", "
      "min_gram_length = 1, max_gram_length = 2, max_skip_count = 0, ngram_counts = [0, "
      "2], ngram_indexes = [0, 1, 2], pool_int64s = [2, 3, 5, 4], weights = [1.0, 2.0]> "
      "(x) }",
      "SX385 tfidf-pool error 'n': mode, lengths 1 to 2 of 2 n-gram lengths, or 2 "
      "weights for 3 n-grams do not fit\n"
      "  help: mode is TF, IDF or TFIDF; max_gram_length is at most the number of "
      "ngram_counts; one weight an n-gram\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 9]>\n"
      "g (int32[6] x) => (float[A] y) { [n] y = TfIdfVectorizer <mode = \"TF\", "
      "min_gram_length = 1, max_gram_length = 2, max_skip_count = 0, ngram_counts = [0, "
      "2], ngram_indexes = [0, 1, 2], pool_int64s = [2, 3, 5, 4], weights = [1.0, 2.0, "
      "0.5]> (x) }",
      "" },
    { "a pool of numbers for text",
      "<ir_version: 10, opset_import: [\"\" : 9]>\n"
      "g (string[6] x) => (float[A] y) { [n] y = TfIdfVectorizer <mode = \"TF\", "
      "min_gram_length = 1, max_gram_length = 2, max_skip_count = 0, ngram_counts = [0, "
      "2], ngram_indexes = [0, 1, 2], pool_int64s = [2, 3, 5, 4]> (x) }",
      "SX385 tfidf-pool error 'n': the pool is of integers, the input is not\n"
      "  x string[6]: graph input\n"
      "  help: give pool_strings for strings, pool_int64s for integers\n" },
    { "a grid of three coordinates",
      "<ir_version: 10, opset_import: [\"\" : 16]>\n"
      "g (float[1, 3, 8, 8] x, float[1, 4, 4, 3] r) => (float[A, B, C, D] y) { [n] y = "
      "GridSample (x, r) }",
      "SX386 grid-shape error 'n': a grid of [1, 4, 4, 3] does not fit an input of [1, "
      "3, 8, 8]\n"
      "  x float32[1, 3, 8, 8] @0: graph input\n"
      "  r float32[1, 4, 4, 3] @3: grid: graph input\n"
      "  help: the batches agree, and the last dim of the grid is 2, one coordinate a "
      "spatial dim\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 16]>\n"
      "g (float[1, 3, 8, 8] x, float[1, 4, 4, 2] r) => (float[A, B, C, D] y) { [n] y = "
      "GridSample (x, r) }",
      "" },
    { "a grid of another rank",
      "<ir_version: 10, opset_import: [\"\" : 16]>\n"
      "g (float[1, 3, 8, 8] x, float[1, 4, 2] r) => (float[A, B, C, D] y) { [n] y = "
      "GridSample (x, r) }",
      "SX386 grid-shape error 'n': the input has rank 4, the grid has rank 3\n"
      "  x float32[1, 3, 8, 8]: graph input\n"
      "  r float32[1, 4, 2]: grid: graph input\n"
      "  help: the grid has the rank of the input: batch, one dim for each spatial one, "
      "then the coordinates\n" },
    { "theta of three dims for two",
      "<ir_version: 10, opset_import: [\"\" : 20]>\n"
      "g (float[1, 3, 4] t) => (float[A, B, C, D] y) <int64[4] s = {1, 3, 4, 5}> { [n] y "
      "= AffineGrid (t, s) }",
      "SX386 grid-shape error 'n': theta of [1, 3, 4] does not fit a size of 4 entries\n"
      "  t float32[1, 3, 4]: theta: graph input\n"
      "  help: theta is [N, 2, 3] for [N, C, H, W], [N, 3, 4] for [N, C, D, H, W]\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 20]>\n"
      "g (float[1, 2, 3] t) => (float[A, B, C, D] y) <int64[4] s = {1, 3, 4, 5}> { [n] y "
      "= AffineGrid (t, s) }",
      "" },
    { "channels that are no blocks",
      "<ir_version: 10, opset_import: [\"\" : 18]>\n"
      "g (float[1, 6, 5] x) => (float[A, B, C, D] y) <int64[2] i = {5, 5}, int64[2] b = "
      "{1, 5}> { [n] y = Col2Im (x, i, b) }",
      "SX387 col2im-shape error 'n': dim 1 is 6, which is no multiple of blocks of 5\n"
      "  x float32[1, 6, 5] @1: input: graph input\n"
      "  help: dim 1 is channels times the elements of a block\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 18]>\n"
      "g (float[1, 10, 5] x) => (float[A, B, C, D] y) <int64[2] i = {5, 5}, int64[2] b = "
      "{1, 5}> { [n] y = Col2Im (x, i, b) }",
      "" },
    { "more columns than the picture has room for",
      "<ir_version: 10, opset_import: [\"\" : 18]>\n"
      "g (float[1, 10, 6] x) => (float[A, B, C, D] y) <int64[2] i = {5, 5}, int64[2] b = "
      "{1, 5}> { [n] y = Col2Im (x, i, b) }",
      "SX387 col2im-shape error 'n': there are 6 columns, the picture has room for 5 "
      "blocks\n"
      "  x float32[1, 10, 6] @2: input: graph input\n"
      "  help: dim 2 is the blocks of a picture: make it 5\n" },
    { "a block of another rank than the picture",
      "<ir_version: 10, opset_import: [\"\" : 18]>\n"
      "g (float[1, 10, 5] x) => (float[A, B, C, D] y) <int64[2] i = {5, 5}, int64[1] b = "
      "{5}> { [n] y = Col2Im (x, i, b) }",
      "SX387 col2im-shape error 'n': image_shape has 2 entries, block_shape has 1\n"
      "  help: give one for each spatial dim\n" },
    { "scores with classes last",
      "<ir_version: 10, opset_import: [\"\" : 11]>\n"
      "g (float[1, 6, 4] b, float[1, 6, 1] s) => (int64[A, 3] y) <int64 m = {2}> { [n] y "
      "= NonMaxSuppression (b, s, m) }",
      "SX388 nms-shape error 'n': boxes.shape[1] is 6 and scores.shape[2] is 1; they "
      "must be equal\n"
      "  b float32[1, 6, 4] @1: boxes: graph input\n"
      "  s float32[1, 6, 1] @2: scores: graph input\n"
      "  help: make both 6 or both 1\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 11]>\n"
      "g (float[1, 6, 4] b, float[1, 1, 6] s) => (int64[A, 3] y) <int64 m = {2}> { [n] y "
      "= NonMaxSuppression (b, s, m) }",
      "" },
    { "boxes of five numbers",
      "<ir_version: 10, opset_import: [\"\" : 11]>\n"
      "g (float[1, 6, 5] b, float[1, 1, 6] s) => (int64[A, 3] y) <int64 m = {2}> { [n] y "
      "= NonMaxSuppression (b, s, m) }",
      "SX388 nms-shape error 'n': boxes have 5 numbers\n"
      "  b float32[1, 6, 5] @2: boxes: graph input\n"
      "  help: a box is four numbers\n" },
    { "scores of another batch",
      "<ir_version: 10, opset_import: [\"\" : 11]>\n"
      "g (float[1, 6, 4] b, float[2, 1, 6] s) => (int64[A, 3] y) <int64 m = {2}> { [n] y "
      "= NonMaxSuppression (b, s, m) }",
      "SX388 nms-shape error 'n': boxes.shape[0] is 1 and scores.shape[0] is 2; they "
      "must be equal\n"
      "  b float32[1, 6, 4] @0: boxes: graph input\n"
      "  s float32[2, 1, 6] @0: scores: graph input\n"
      "  help: make both 1 or both 2\n" },
    { "regions of five numbers",
      "<ir_version: 10, opset_import: [\"\" : 16]>\n"
      "g (float[1, 3, 8, 8] x, float[3, 5] r, int64[3] b) => (float[A, B, C, D] y) { [n] "
      "y = RoiAlign <output_height = 2, output_width = 2> (x, r, b) }",
      "SX389 roi-shape error 'n': a region has 5 numbers\n"
      "  r float32[3, 5] @1: rois: graph input\n"
      "  help: it has 4\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 16]>\n"
      "g (float[1, 3, 8, 8] x, float[3, 4] r, int64[3] b) => (float[A, B, C, D] y) { [n] "
      "y = RoiAlign <output_height = 2, output_width = 2> (x, r, b) }",
      "" },
    { "a region without a batch",
      "<ir_version: 10, opset_import: [\"\" : 16]>\n"
      "g (float[1, 3, 8, 8] x, float[3, 4] r, int64[2] b) => (float[A, B, C, D] y) { [n] "
      "y = RoiAlign <output_height = 2, output_width = 2> (x, r, b) }",
      "SX389 roi-shape error 'n': rois.shape[0] is 3 and batch_indices.shape[0] is 2; "
      "they must be equal\n"
      "  r float32[3, 4] @0: rois: graph input\n"
      "  b int64[2] @0: batch_indices: graph input\n"
      "  help: make both 3 or both 2\n" },
    { "regions that become nothing",
      "<ir_version: 10, opset_import: [\"\" : 16]>\n"
      "g (float[1, 3, 8, 8] x, float[3, 4] r, int64[3] b) => (float[A, B, C, D] y) { [n] "
      "y = RoiAlign <output_height = 0, output_width = 2> (x, r, b) }",
      "SX313 attribute-value error 'n': output_height is 0; RoiAlign takes 1 or more\n"
      "  help: output_height may be 1 or more\n" },
    { "regions of four numbers",
      "<ir_version: 10, opset_import: [\"\" : 16]>\n"
      "g (float[1, 3, 8, 8] x, float[3, 4] r) => (float[A, B, C, D] y) { [n] y = "
      "MaxRoiPool <pooled_shape = [2, 2]> (x, r) }",
      "SX389 roi-shape error 'n': a region has 4 numbers\n"
      "  r float32[3, 4] @1: rois: graph input\n"
      "  help: it has 5\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 16]>\n"
      "g (float[1, 3, 8, 8] x, float[3, 5] r) => (float[A, B, C, D] y) { [n] y = "
      "MaxRoiPool <pooled_shape = [2, 2]> (x, r) }",
      "" },
    { "three pooled sizes",
      "<ir_version: 10, opset_import: [\"\" : 16]>\n"
      "g (float[1, 3, 8, 8] x, float[3, 5] r) => (float[A, B, C, D] y) { [n] y = "
      "MaxRoiPool <pooled_shape = [2, 2, 2]> (x, r) }",
      "SX389 roi-shape error 'n': pooled_shape has 3 entries\n"
      "  help: it has two, height and width\n" },
    { "a pooled size of nothing",
      "<ir_version: 10, opset_import: [\"\" : 16]>\n"
      "g (float[1, 3, 8, 8] x, float[3, 5] r) => (float[A, B, C, D] y) { [n] y = "
      "MaxRoiPool <pooled_shape = [0, 2]> (x, r) }",
      "SX313 attribute-value error 'n': pooled_shape[0] is 0; MaxRoiPool takes 1 or more "
      "(1 of 2 elements is outside)\n"
      "  help: pooled_shape may be 1 or more\n" },
    { "an optimizer's list too few",
      "<ir_version: 10, opset_import: [\"\" : 16, \"ai.onnx.preview.training\" : 1]>\n"
      "g (float r, int64 t, float[4] x, float[4] d) => (float[A] y, float[A] w) { [n] y, "
      "w = ai.onnx.preview.training.Momentum <alpha = 0.9, beta = 1.0, mode = "
      "\"standard\", norm_coefficient = 0.0> (r, t, x, d) }",
      "SX394 optimizer-lists error 'n': 2 tensors for 2 results\n"
      "  help: Momentum takes 3 lists of equal length after R and T, and gives 2 lists "
      "of that length\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 16, \"ai.onnx.preview.training\" : 1]>\n"
      "g (float r, int64 t, float[4] x, float[4] d, float[4] v) => (float[A] y, float[A] "
      "w) { [n] y, w = ai.onnx.preview.training.Momentum <alpha = 0.9, beta = 1.0, mode "
      "= \"standard\", norm_coefficient = 0.0> (r, t, x, d, v) }",
      "" },
    { "a gradient of another shape",
      "<ir_version: 10, opset_import: [\"\" : 16, \"ai.onnx.preview.training\" : 1]>\n"
      "g (float r, int64 t, float[4] x, float[5] d, float[4] v) => (float[A] y, float[A] "
      "w) { [n] y, w = ai.onnx.preview.training.Momentum <alpha = 0.9, beta = 1.0, mode "
      "= \"standard\", norm_coefficient = 0.0> (r, t, x, d, v) }",
      "SX394 optimizer-lists error 'n': inputs[0].shape[0] is 4 and inputs[1].shape[0] "
      "is 5; they must be equal\n"
      "  x float32[4] @0: inputs[0]: graph input\n"
      "  d float32[5] @0: inputs[1]: graph input\n"
      "  help: make both 4 or both 5\n" },
    { "an input without a name",
      "<ir_version: 10, opset_import: [\"\" : 16, \"ai.onnx.preview.training\" : 1]>\n"
      "g (float[4] x, float[4] w) => (float[4] dx, float[4] dw) { [m] l = Mul (x, w) [n] "
      "dx, dw = ai.onnx.preview.training.Gradient <xs = [\"x\", \"w\"], y = \"l\"> (x, "
      "w, x) }",
      "SX395 gradient-names error 'n': 3 inputs and 2 outputs, for 2 names in xs and 0 "
      "in zs\n"
      "  help: give an input for each name, and at most an output for each of xs\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 16, \"ai.onnx.preview.training\" : 1]>\n"
      "g (float[4] x, float[4] w) => (float[4] dx, float[4] dw) { [m] l = Mul (x, w) [n] "
      "dx, dw = ai.onnx.preview.training.Gradient <xs = [\"x\", \"w\"], y = \"l\"> (x, "
      "w) }",
      "" },
    { "a body without its state",
      "<ir_version: 10, opset_import: [\"\" : 16]>\n"
      "g (int64 k, bool c, float[4] x) => (float[4] y) { [n] y = Loop <body = b (int64 "
      "i, bool p) => (bool o, float[4] z) { o = Identity (p) z = Neg (x) }> (k, c, x) }",
      "SX454 body-inputs error 'n': the graph 'body' of Loop takes 2 inputs, must take "
      "3\n"
      "  help: give the graph 'body' 3 inputs\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 16]>\n"
      "g (int64 k, bool c, float[4] x) => (float[4] y) { [n] y = Loop <body = b (int64 "
      "i, bool p, float[4] q) => (bool o, float[4] z) { o = Identity (p) z = Neg (q) }> "
      "(k, c, x) }",
      "" },
    { "a body's input of a name outside",
      "<ir_version: 10, opset_import: [\"\" : 16]>\n"
      "g (int64 k, bool c, float[4] x) => (float[4] y) { [n] y = Loop <body = b (int64 "
      "i, bool p, float[4] x) => (bool o, float[4] z) { o = Identity (p) z = Neg (x) }> "
      "(k, c, x) }",
      "SX455 name-shadowed warning 'x': 'x' is also the name of a value of the graph "
      "around this one\n"
      "  help: give the inner 'x' another name\n" },
};

static void whole_messages(void **state)
{
    (void)state;
    assert_int_equal(lint_wrong(cases, sizeof cases / sizeof *cases), 0);
}

/* ---- what only a file can say ---- */

/* Fields of a graph, of tensors and of attributes; types of elements. */
enum { INITIALIZER = 5, INPUT = 11, OUTPUT = 12, SPARSE = 15 };
enum { FLOAT = 1, INT64 = 7, RAW_DATA = 9, INT64_DATA = 7, AXIS_INT = 2 };

/* A float[4]. */
static wire end_of(const char *name)
{
    wire v = { .n = 0 };
    wire_text(&v, 1, name);
    wire_text(&v, 2, "\x0a\x08\x08\x01\x12\x04\x0a\x02\x08\x04");
    return v;
}

/* y = <op>(x, second) */
static wire node_of(const char *op, const char *second)
{
    wire n = { .n = 0 };
    wire_text(&n, 1, "x");
    if (second)
        wire_text(&n, 1, second);
    wire_text(&n, 2, "y");
    wire_text(&n, 3, "n");
    if (op)
        wire_text(&n, 4, op);
    return n;
}

/* Of IR 10, opset 21, with `more` at a field of the graph. */
static void expect(const wire *node, uint32_t field, const wire *more, const char *says)
{
    wire m = { .n = 0 }, g = { .n = 0 }, opset = { .n = 0 }, x = end_of("x"), y = end_of("y");
    wire_message(&g, 1, node);
    wire_text(&g, 2, "g");
    wire_message(&g, INPUT, &x);
    wire_message(&g, OUTPUT, &y);
    if (more)
        wire_message(&g, field, more);
    wire_int(&opset, 2, 21);
    wire_int(&m, 1, 10);
    wire_message(&m, 7, &g);
    wire_message(&m, 8, &opset);
    char *text = lint_bytes(m.bytes, m.n);
    if (strcmp(text, says) != 0)
        fprintf(stderr, "%s--- not ---\n%s\n", text, says);
    assert_string_equal(text, says);
    free(text);
}

static void attributes_without_a_type(void **state)
{
    static const struct {
        uint64_t type;
        const char *says;
    } types[] = {
        { AXIS_INT, "" },
        { 0, "SX409 attribute-untyped error 'n': attribute 'axis' does not say its type (0)\n"
             "  help: files of IR 2 and later name the type of every attribute\n" },
        { 99, "SX409 attribute-untyped error 'n': attribute 'axis' has type 99, which is none\n"
              "  help: files of IR 2 and later name the type of every attribute\n" }
    };
    (void)state;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        wire a = { .n = 0 }, n = node_of("Softmax", NULL);
        wire_text(&a, 1, "axis");
        wire_int(&a, 3, 0);
        if (types[i].type)
            wire_int(&a, 20, types[i].type);
        wire_message(&n, 5, &a);
        expect(&n, 0, NULL, types[i].says);
    }
}

static wire tensor_of(const char *name, int64_t dim)
{
    wire t = { .n = 0 };
    wire_int(&t, 1, (uint64_t)dim);
    wire_int(&t, 2, FLOAT);
    if (*name)
        wire_text(&t, 8, name);
    wire_bytes(&t, RAW_DATA, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
    return t;
}

static void things_without_a_name(void **state)
{
    (void)state;
    wire good = node_of("Relu", NULL), n = node_of(NULL, NULL), add = node_of("Add", "w");
    expect(&good, 0, NULL, "");
    expect(&n, 0, NULL,
           "SX418 node-without-operator error 'n': the node names no operator\n"
           "  help: set its op_type, or remove the node\n");
    wire v = end_of("w"), unnamed = end_of("");
    expect(&add, INPUT, &v, "");
    expect(&good, INPUT, &unnamed,
           "SX419 input-unnamed error: graph input 1 has no name, so nothing can read it\n"
           "  help: give it the name that nodes read, or remove it\n");
    wire t = tensor_of("w", 4), bare = tensor_of("", 4);
    expect(&add, INITIALIZER, &t, "");
    expect(&good, INITIALIZER, &bare,
           "SX445 initializer-unnamed error: initializer 0 has no name, so nothing can read "
           "it\n"
           "  help: give it the name that nodes read, or remove it\n");
}

static void dims_of_a_constant(void **state)
{
    (void)state;
    wire add = node_of("Add", "w"), less = tensor_of("w", -1), many = tensor_of("w", 4);
    expect(&add, INITIALIZER, &many, "");
    expect(&add, INITIALIZER, &less,
           "SX442 tensor-dims error 'w': dim 0 of initializer 'w' is -1\n"
           "  help: dims of a tensor are 0 or more\n");
    for (int i = 0; i < 64; i++)
        wire_int(&many, 1, 1);
    expect(&add, INITIALIZER, &many,
           "SX442 tensor-dims error 'w': initializer 'w' has 65 dims, at most 64 are "
           "possible\n"
           "  help: correct the dims\n");
    wire huge = tensor_of("w", INT64_C(1) << 40);
    wire_int(&huge, 1, INT64_C(1) << 40);
    expect(&add, INITIALIZER, &huge,
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
    wire add = node_of("Add", "w");
    for (size_t i = 0; i < sizeof sparse / sizeof *sparse; i++) {
        wire s = sparse_of(sparse[i].place, sparse[i].places, 4);
        expect(&add, SPARSE, &s, sparse[i].says);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_messages),        cmocka_unit_test(attributes_without_a_type),
        cmocka_unit_test(things_without_a_name), cmocka_unit_test(dims_of_a_constant),
        cmocka_unit_test(sparse_tensors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
