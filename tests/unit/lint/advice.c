/* tests/unit/lint/advice.c - what is legal and hardly meant: results that no input changes, values
 * that are not used, sizes of one kind only.  A model for each, the whole message, and one that
 * nearly does. */
#include "support/lint.h"

static const lint_case cases[] = {
    { "Softmax of one element",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[8, 1] x) => (float[A, B] y) { [n] y = Softmax<axis = 1>(x) }",
      "SX732 single-element warning 'n': Softmax over 1 element ([8, 1], dim 1) gives 1, "
      "whatever comes in\n"
      "  x float32[8, 1] @1: input: graph input\n"
      "  help: choose a dim of more elements, or remove the node\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[8, 1] x) => (float[A, B] y) { [n] y = Softmax<axis = 0>(x) }",
      "" },
    { "... flattened",
      "<ir_version: 10, opset_import: [\"\" : 11]>\n"
      "g (float[8, 1, 1] x) => (float[A, B, C] y) { [n] y = LogSoftmax(x) }",
      "SX732 single-element warning 'n': LogSoftmax over 1 element ([8, 1, 1], dims from 1) "
      "gives 0, whatever comes in\n"
      "  x float32[8, 1, 1] @1: input: graph input\n"
      "  help: choose a dim of more elements, or remove the node\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 11]>\n"
      "g (float[8, 1, 2] x) => (float[A, B, C] y) { [n] y = LogSoftmax(x) }",
      "" },
    { "LayerNormalization of one element",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[8, 1] x, float[1] s) => (float[A, B] y) { [n] y = LayerNormalization(x, s) }",
      "SX732 single-element warning 'n': LayerNormalization over 1 element ([8, 1], dim 1) "
      "gives B, or 0 without it, whatever comes in\n"
      "  x float32[8, 1] @1: graph input\n"
      "  help: choose a dim of more elements, or remove the node\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[8, 2] x, float[2] s) => (float[A, B] y) { [n] y = LayerNormalization(x, s) }",
      "" },
    { "InstanceNormalization of one element",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 4, 1, 1] x, float[4] s) => (float[A, B, C, D] y) { [n] y = "
      "InstanceNormalization(x, s, s) }",
      "SX732 single-element warning 'n': InstanceNormalization over 1 element ([2, 4, 1, 1], "
      "dims from 2) gives B, whatever comes in\n"
      "  x float32[2, 4, 1, 1] @2: input: graph input\n"
      "  help: choose a dim of more elements, or remove the node\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 4, 1, 2] x, float[4] s) => (float[A, B, C, D] y) { [n] y = "
      "InstanceNormalization(x, s, s) }",
      "" },
    { "GroupNormalization of one element",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 4, 1, 1] x, float[4] s) => (float[A, B, C, D] y) { [n] y = "
      "GroupNormalization<num_groups = 4>(x, s, s) }",
      "SX732 single-element warning 'n': GroupNormalization over 1 element ([2, 4, 1, 1], dims "
      "from 2) gives bias, whatever comes in\n"
      "  x float32[2, 4, 1, 1] @2: graph input\n"
      "  help: choose a dim of more elements, or remove the node\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 4, 1, 1] x, float[4] s) => (float[A, B, C, D] y) { [n] y = "
      "GroupNormalization<num_groups = 2>(x, s, s) }",
      "" },
    { "Softmax of Softmax",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[8, 4] x) => (float[A, B] y) { p = Softmax(x) [n] y = Softmax(p) }",
      "SX733 softmax-twice warning 'n': takes what Softmax gives for scores\n"
      "  p float32[8, 4]: input: Softmax #0 of float32[8, 4]\n"
      "  help: remove one of the two\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[8, 4] x) => (float[A, B] y) { p = Sigmoid(x) [n] y = Softmax(p) }",
      "" },
    { "a loss with a Softmax of its own",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[8, 4] x, int64[8] t) => (float y) { p = Softmax(x) [n] y = "
      "SoftmaxCrossEntropyLoss(p, t) }",
      "SX733 softmax-twice warning 'n': takes what Softmax gives for scores\n"
      "  p float32[8, 4]: scores: Softmax #0 of float32[8, 4]\n"
      "  help: remove the Softmax: the loss has one of its own\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[8, 4] x, int64[8] t) => (float y) { p = Relu(x) [n] y = "
      "SoftmaxCrossEntropyLoss(p, t) }",
      "" },
    { "a loss of logarithms",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[8, 4] x, int64[8] t) => (float y) { p = Softmax(x) [n] y = "
      "NegativeLogLikelihoodLoss(p, t) }",
      "SX733 softmax-twice warning 'n': takes what Softmax gives for logarithms of "
      "probabilities\n"
      "  p float32[8, 4]: input: Softmax #0 of float32[8, 4]\n"
      "  help: make LogSoftmax of the Softmax, which gives logarithms\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[8, 4] x, int64[8] t) => (float y) { p = LogSoftmax(x) [n] y = "
      "NegativeLogLikelihoodLoss(p, t) }",
      "" },
    { "a condition that is true",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x) => (float[A] y) <bool k = {1}> { [n] y = If<then_branch = a () => (t) { t "
      "= Relu(x) }, else_branch = b () => (u) { u = Neg(x) }>(k) }",
      "SX734 constant-condition warning 'n': the condition is always true: else_branch never "
      "runs\n"
      "  k bool[]: cond: initializer\n"
      "  help: put the nodes of then_branch in the place of this one, or give a condition that "
      "varies\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x, bool k) => (float[A] y) { [n] y = If<then_branch = a () => (t) { t = "
      "Relu(x) }, else_branch = b () => (u) { u = Neg(x) }>(k) }",
      "" },
    { "... and false",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x) => (float[A] y) <bool k = {0}> { [n] y = If<then_branch = a () => (t) { t "
      "= Relu(x) }, else_branch = b () => (u) { u = Neg(x) }>(k) }",
      "SX734 constant-condition warning 'n': the condition is always false: then_branch never "
      "runs\n"
      "  k bool[]: cond: initializer\n"
      "  help: put the nodes of else_branch in the place of this one, or give a condition that "
      "varies\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x) => (float[A] y) <bool k = {0}> { l = Not(k) [n] y = If<then_branch = a () "
      "=> (t) { t = Relu(x) }, else_branch = b () => (u) { u = Neg(x) }>(l) }",
      "" },
    { "Resize: a fill value",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[1, 2, 4, 4] x) => (float[A, B, C, D] y) <float[4] s = {1, 1, 2, 2}> { [n] y = "
      "Resize<extrapolation_value = 5.0>(x, , s) }",
      "SX514 value-ignored warning 'n': coordinate_transformation_mode is not "
      "tf_crop_and_resize, so extrapolation_value=5 is not used\n"
      "  help: leave extrapolation_value=5 out, or change what overrules it\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[1, 2, 4, 4] x) => (float[A, B, C, D] y) <float[4] s = {1, 1, 2, 2}> { [n] y = "
      "Resize<cubic_coeff_a = -0.5, nearest_mode = \"floor\">(x, , s) }",
      "" },
    { "Resize: antialias",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[1, 2, 4, 4] x) => (float[A, B, C, D] y) <float[4] s = {1, 1, 2, 2}> { [n] y = "
      "Resize<antialias = 1>(x, , s) }",
      "SX514 value-ignored warning 'n': mode is nearest, so antialias=1 is not used\n"
      "  help: leave antialias=1 out, or change what overrules it\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[1, 2, 4, 4] x) => (float[A, B, C, D] y) <float[4] s = {1, 1, 2, 2}> { [n] y = "
      "Resize<antialias = 1, mode = \"linear\">(x, , s) }",
      "" },
    { "Resize: exclude_outside",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[1, 2, 4, 4] x) => (float[A, B, C, D] y) <float[4] s = {1, 1, 2, 2}> { [n] y = "
      "Resize<exclude_outside = 1, mode = \"linear\">(x, , s) }",
      "SX313 attribute-value warning 'n': exclude_outside=1 goes with mode cubic, and mode is "
      "linear\n"
      "  help: leave exclude_outside out: other runtimes refuse it\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[1, 2, 4, 4] x) => (float[A, B, C, D] y) <float[4] s = {1, 1, 2, 2}> { [n] y = "
      "Resize<exclude_outside = 1, mode = \"cubic\">(x, , s) }",
      "" },
    { "Gemm: beta",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 3] x, float[3, 4] w) => (float[A, B] y) { [n] y = Gemm<beta = 0.5>(x, w) }",
      "SX514 value-ignored warning 'n': there is no C, so beta=0.5 is not used\n"
      "  help: leave beta=0.5 out, or change what overrules it\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 3] x, float[3, 4] w) => (float[A, B] y) { [n] y = Gemm<beta = 1.0>(x, w) }",
      "" },
    { "QuantizeLinear: saturate",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[4] x) => (uint8[A] y) <float s = {0.5}, uint8 z = {3}> { [n] y = "
      "QuantizeLinear<saturate = 0>(x, s, z) }",
      "SX514 value-ignored warning 'n': integers as uint8 always saturate, so saturate=0 is not "
      "used\n"
      "  help: leave saturate=0 out, or change what overrules it\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[4] x) => (uint8[A] y) <float s = {0.5}, uint8 z = {3}> { [n] y = "
      "QuantizeLinear<saturate = 1>(x, s, z) }",
      "" },
    { "QuantizeLinear: two types of the output",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[4] x) => (uint8[A] y) <float s = {0.5}, uint8 z = {3}> { [n] y = "
      "QuantizeLinear<output_dtype = 3>(x, s, z) }",
      "SX303 dtype-mismatch error 'n': output_dtype is 3 (int8), and y_zero_point is uint8\n"
      "  z uint8[]: y_zero_point: initializer\n"
      "  help: leave output_dtype out: the zero point has the type of the output\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[4] x) => (uint8[A] y) <float s = {0.5}, uint8 z = {3}> { [n] y = "
      "QuantizeLinear<output_dtype = 2>(x, s, z) }",
      "" },
    { "RNN: a number that no activation takes",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[5, 2, 3] x, float[1, 4, 3] w, float[1, 4, 4] r) => (float[A, B, C, D] y) { [n] "
      "y = RNN<hidden_size = 4, activation_alpha = [0.5]>(x, w, r) }",
      "SX381 rnn-activations warning 'n': activation_alpha is given, and no activation takes "
      "it\n"
      "  help: leave activation_alpha out, or name the activation that it is for\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[5, 2, 3] x, float[1, 4, 3] w, float[1, 4, 4] r) => (float[A, B, C, D] y) { [n] "
      "y = RNN<hidden_size = 4, activations = [\"Elu\"], activation_alpha = [0.5]>(x, w, r) }",
      "" },
    { "Clip: one bound",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[4] x) => (float[4] y) <float a = {1}, float b = {1}> { [n] y = Clip(x, a, b) }",
      "SX314 clip-bounds warning 'n': min 1 is also max 1: every element becomes max\n"
      "  a float32[]: min: initializer\n"
      "  b float32[]: max: initializer\n"
      "  help: give two bounds that differ\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[4] x) => (float[4] y) <float a = {0}, float b = {1}> { [n] y = Clip(x, a, b) }",
      "" },
    { "Squeeze: a batch that may be 1",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[N, 1, 5] x) => (float[A, B, C] y) { [n] y = Squeeze(x) }",
      "SX355 squeeze-dim note 'n': there are no axes, so dim 0 goes where N is 1, and stays "
      "where not\n"
      "  x float32[N, 1, 5] @0: data: graph input\n"
      "  help: name the axes that are to go; the shape is [N, 1, 5]\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[N, 2, 5] x) => (float[A, B, C] y) { [n] y = Squeeze(x) }",
      "" },
    { "an output of one size",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[N, 5] x) => (float[1, 5] y) { [n] y = Relu(x) }",
      "SX301 declared-shape warning 'n': output 'y' is declared float32[1, 5], and its dim 0 is "
      "N: right only where N is 1\n"
      "  y float32[N, 5] @0: graph input 'x' through Relu 'n'\n"
      "  help: declare dim 0 of 'y' as N, or leave it open\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[N, 5] x) => (float[M, 5] y) { [n] y = Relu(x) }",
      "" },
    { "a value of 4 TiB",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g () => (float[A, B] y) <int64[2] s = {1048576, 1048576}> { [n] y = ConstantOfShape(s) }",
      "SX307 shape-too-large warning 'n': output would be float32[1048576, 1048576], which "
      "takes 4096 GiB\n"
      "  help: use smaller dims: hardly a machine has that much memory\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g () => (float[A, B] y) <int64[2] s = {131072, 1048576}> { [n] y = ConstantOfShape(s) }",
      "" },
    { "RandomUniform: ends the wrong way round",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g () => (float[A] y) { [n] y = RandomUniform<shape = [2], low = 3.0, high = 2.0>() }",
      "SX313 attribute-value warning 'n': low is 3; RandomUniform takes 2 or less\n"
      "  help: low may be 2 or less (high is 2)\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g () => (float[A] y) { [n] y = RandomUniform<shape = [2], low = 2.0, high = 3.0>() }",
      "" },
    { "an operator of another domain",
      "<ir_version: 10, opset_import: [\"\" : 21, \"com.microsoft\" : 1]>\n"
      "g (float[2] x) => (float[2] y) { [n] y = com.microsoft.Relu(x) }",
      "SX504 op-unimplemented warning 'n': operator Relu of com.microsoft is not implemented; "
      "ai.onnx has one of that name\n"
      "  help: where that one is meant, leave the domain out; the model loads and is checked "
      "around this node; to run it, add the operator or a plugin\n"
      "  fix: take it from ai.onnx (a guess)\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21, \"com.microsoft\" : 1]>\n"
      "g (float[2] x) => (float[2] y) { [n] y = com.microsoft.Gelu(x) }",
      "" },
};

int main(void)
{
    return lint_program(cases, sizeof cases / sizeof *cases);
}
