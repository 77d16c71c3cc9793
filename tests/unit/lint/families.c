/* tests/unit/lint/families.c - what is said of inputs that do not fit each other, by operators of
 * text, pictures, regions, training and control flow: models that break each rule, the whole
 * message, and one that nearly does. */
#include "support/lint.h"

static const lint_case cases[] = {
    { "rows of text",
      "<ir_version: 10, opset_import: [\"\" : 10]>\n"
      "g (string[2, 6] x) => (string[A, B] y) { [n] y = StringNormalizer (x) }",
      "SX384 text-shape error 'n': X has the shape [2, 6]\n"
      "  x string[2, 6] @0: graph input\n"
      "  help: it has to be [C] or [1, C]: Reshape it to [-1]\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 10]>\n"
      "g (string[1, 6] x) => (string[A, B] y) { [n] y = StringNormalizer (x) }",
      "" },
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
      "SX388 nms-shape error 'n': boxes.shape[2] is 5, must be 4: the numbers of a box\n"
      "  b float32[1, 6, 5] @2: boxes: graph input\n"
      "  help: make boxes.shape[2] = 4, or change what it has to agree with\n" },
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
      "SX389 roi-shape error 'n': rois.shape[1] is 5, must be 4: x1, y1, x2, y2\n"
      "  r float32[3, 5] @1: rois: graph input\n"
      "  help: make rois.shape[1] = 4, or change what it has to agree with\n" },
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
      "SX389 roi-shape error 'n': rois.shape[1] is 4, must be 5: batch, x1, y1, x2, y2\n"
      "  r float32[3, 4] @1: rois: graph input\n"
      "  help: make rois.shape[1] = 5, or change what it has to agree with\n" },
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
      "SX394 optimizer-lists error 'n': 2 tensors after R and T, for 2 results\n"
      "  help: Momentum takes 3 lists of equal length after R and T, and gives 2 lists of that "
      "length\n" },
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
      "SX455 name-shadowed warning 'x': 'x' of the graph 'body' of Loop is also the name of a "
      "value of the graph around it\n"
      "  help: give the inner 'x' another name\n" },
    { "AffineGrid: a size below 0",
      "<ir_version: 10, opset_import: [\"\" : 20]>\n"
      "g (float[1, 2, 3] t) => (float[A, B, C, D] y) <int64[4] s = {1, 3, -4, 5}> { [n] y = "
      "AffineGrid (t, s) }",
      "SX335 negative-dim error 'n': size[2] is -4\n"
      "  s int64[4]: size: initializer\n"
      "  help: dims are 0 or more\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 20]>\n"
      "g (float[1, 2, 3] t) => (float[A, B, C, D] y) <int64[4] s = {1, 3, 0, 5}> { [n] y = "
      "AffineGrid (t, s) }",
      "" },
    { "AffineGrid: one size",
      "<ir_version: 10, opset_import: [\"\" : 20]>\n"
      "g (float[1, 2, 3] t) => (float[A, B, C, D] y) <int64[1] s = {1}> { [n] y = AffineGrid "
      "(t, s) }",
      "SX386 grid-shape error 'n': theta of [1, 2, 3] does not fit a size of 1 entry\n"
      "  t float32[1, 2, 3]: theta: graph input\n"
      "  help: theta is [N, 2, 3] for [N, C, H, W], [N, 3, 4] for [N, C, D, H, W]\n" },
    { "a body of one input",
      "<ir_version: 10, opset_import: [\"\" : 16]>\n"
      "g (int64 k, bool c, float[4] x) => (float[4] y) { [n] y = Loop <body = b (int64 i) => "
      "(bool o, float[4] z) { o = Cast <to = 9> (i) z = Neg (x) }> (k, c, x) }",
      "SX454 body-inputs error 'n': the graph 'body' of Loop takes 1 input, must take 3\n"
      "  help: give the graph 'body' 3 inputs\n" },
};

int main(void)
{
    return lint_program(cases, sizeof cases / sizeof *cases);
}
