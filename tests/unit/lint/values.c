/* tests/unit/lint/values.c - what operators say of the values they take: for each kind of limit a
 * model that breaks it, the whole message, and one that nearly does. */
#include "support/lint.h"

static const lint_case cases[] = {
    { "an index past the end",
      "<ir_version: 10, opset_import: [\"\" : 16]>\n"
      "g (float[2, 3, 8, 8] x, float[2, 4] r) => (float[A, B, C, D] y) <int64[2] i = {0, 2}> "
      "{ [n] y = RoiAlign(x, r, i) }",
      "SX340 operand-value error 'n': batch_indices[1] is 2; RoiAlign takes 0 to 1 (1 of 2 "
      "elements is outside)\n"
      "  i int64[2]: batch_indices: initializer\n"
      "  x float32[2, 3, 8, 8] @0: graph input\n"
      "  help: batch_indices may be 0 to 1\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 16]>\n"
      "g (float[2, 3, 8, 8] x, float[2, 4] r) => (float[A, B, C, D] y) <int64[2] j = {0, 1}> "
      "{ [n] y = RoiAlign(x, r, j) }",
      "" },
    { "labels, but one that is ignored",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[3, 5] x) => (float y) <int64[3] i = {0, -1, 5}> { [n] y = "
      "NegativeLogLikelihoodLoss <ignore_index = -1> (x, i) }",
      "SX340 operand-value error 'n': target[2] is 5; NegativeLogLikelihoodLoss takes 0 to 4 or "
      "-1 (1 of 3 elements is outside)\n"
      "  i int64[3]: target: initializer\n"
      "  x float32[3, 5] @1: input: graph input\n"
      "  help: target may be 0 to 4 or -1 (ignore_index is -1)\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[3, 5] x) => (float y) <int64[3] j = {0, -1, 4}> { [n] y = "
      "NegativeLogLikelihoodLoss <ignore_index = -1> (x, j) }",
      "" },
    { "a length past the steps",
      "<ir_version: 10, opset_import: [\"\" : 14]>\n"
      "g (float[5, 2, 4] x, float[1, 8, 4] w, float[1, 8, 8] r) => (float[A, B, C, D] y) "
      "<int32[2] i = {5, 6}> { [n] y = RNN <hidden_size = 8> (x, w, r, , i) }",
      "SX340 operand-value error 'n': sequence_lens[1] is 6; RNN takes 0 to 5 (1 of 2 "
      "elements is outside)\n"
      "  i int32[2]: sequence_lens: initializer\n"
      "  x float32[5, 2, 4] @0: graph input\n"
      "  help: sequence_lens may be 0 to 5\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 14]>\n"
      "g (float[5, 2, 4] x, float[1, 8, 4] w, float[1, 8, 8] r) => (float[A, B, C, D] y) "
      "<int32[2] j = {0, 5}> { [n] y = RNN <hidden_size = 8> (x, w, r, , j) }",
      "" },
    { "... of sequences of the first axis",
      "<ir_version: 10, opset_import: [\"\" : 10]>\n"
      "g (float[3, 4] x) => (float[A, B] y) <int64[3] i = {1, 5, 2}> { [n] y = "
      "ReverseSequence <batch_axis = 0, time_axis = 1> (x, i) }",
      "SX340 operand-value error 'n': sequence_lens[1] is 5; ReverseSequence takes 0 to 4 "
      "(1 of 3 elements is outside)\n"
      "  i int64[3]: sequence_lens: initializer\n"
      "  x float32[3, 4] @1: input: graph input\n"
      "  help: sequence_lens may be 0 to 4\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 10]>\n"
      "g (float[3, 4] x) => (float[A, B] y) <int64[3] j = {1, 4, 0}> { [n] y = "
      "ReverseSequence <batch_axis = 0, time_axis = 1> (x, j) }",
      "" },
    { "a ratio of 1",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[4] x) => (float[A] y) <float i = {1}> { [n] y = Dropout (x, i) }",
      "SX340 operand-value error 'n': ratio is 1; Dropout takes 0 to below 1\n"
      "  i float32[]: ratio: initializer\n"
      "  help: ratio may be 0 to below 1\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[4] x) => (float[A] y) <float j = {0.75}> { [n] y = Dropout (x, j) }",
      "" },
    { "a word of a later opset",
      "<ir_version: 10, opset_import: [\"\" : 18]>\n"
      "g (float[4] x) => (float[A] y) <int64[2] i = {1, 1}> { [n] y = Pad <mode = \"wrap\"> "
      "(x, i) }",
      "SX313 attribute-value error 'n': mode is 'wrap', which Pad of opset 18 does not know\n"
      "  help: it may be constant, reflect, edge\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 18]>\n"
      "g (float[4] x) => (float[A] y) <int64[2] i = {1, 1}> { [n] y = Pad <mode = \"edge\"> "
      "(x, i) }",
      "" },
    { "a flag that is neither",
      "<ir_version: 10, opset_import: [\"\" : 12]>\n"
      "g (float[1, 2, 8, 8] x) => (float[A, B, C, D] y) { [n] y = MaxPool <kernel_shape = "
      "[2, 2], ceil_mode = 2> (x) }",
      "SX313 attribute-value error 'n': ceil_mode is 2; MaxPool takes 0 or 1\n"
      "  help: ceil_mode may be 0 or 1\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 12]>\n"
      "g (float[1, 2, 8, 8] x) => (float[A, B, C, D] y) { [n] y = MaxPool <kernel_shape = "
      "[2, 2], ceil_mode = 1> (x) }",
      "" },
    { "a number that must be above 0",
      "<ir_version: 10, opset_import: [\"\" : 14]>\n"
      "g (float[4] x) => (float[A] y) { [n] y = Celu <alpha = 0.0> (x) }",
      "SX313 attribute-value warning 'n': alpha is 0; Celu takes any number but 0\n"
      "  help: alpha may be any number but 0\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 14]>\n"
      "g (float[4] x) => (float[A] y) { [n] y = Celu <alpha = 0.5> (x) }",
      "" },
    { "one scale",
      "<ir_version: 10, opset_import: [\"\" : 10]>\n"
      "g (uint8[4, 8] x, uint8 z) => (uint8[A, B] y) <float s = {0.5}, float t = {-0.5}, "
      "uint8[8, 2] w = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}> { [n] y = "
      "QLinearMatMul (x, s, z, w, s, z, t, z) }",
      "SX612 quant-scale-positive error 'n': y_scale is -0.5; QLinearMatMul takes above 0\n"
      "  t float32[]: y_scale: initializer\n"
      "  help: y_scale may be above 0; measure the range of the tensor again; where it is "
      "0 throughout, use 1\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 10]>\n"
      "g (uint8[4, 8] x, uint8 z) => (uint8[A, B] y) <float s = {0.5}, uint8[8, 2] w = {1, "
      "1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}> { [n] y = QLinearMatMul (x, s, z, w, s, "
      "z, s, z) }",
      "" },
    { "one of many scales",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[2, 3] x) => (uint8[A, B] y) <float[3] s = {0.5, 0, 1}> { [n] y = "
      "QuantizeLinear (x, s) }",
      "SX612 quant-scale-positive warning 'n': y_scale[1] is 0; QuantizeLinear takes above "
      "0 (1 of 3 elements is outside)\n"
      "  s float32[3]: y_scale: initializer\n"
      "  help: y_scale may be above 0; measure the range of the tensor again; where it is "
      "0 throughout, use 1\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[2, 3] x) => (uint8[A, B] y) <float[3] t = {0.5, 0.1, 1}> { [n] y = "
      "QuantizeLinear (x, t) }",
      "" },
    { "a zero point where there is none",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (int32[4] x) => (float[A] y) <float s = {0.5}, int32 i = {3}> { [n] y = "
      "DequantizeLinear (x, s, i) }",
      "SX340 operand-value error 'n': x_zero_point is 3; DequantizeLinear takes 0\n"
      "  i int32[]: x_zero_point: initializer\n"
      "  help: x_zero_point has to be 0\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (int32[4] x) => (float[A] y) <float s = {0.5}, int32 j = {0}> { [n] y = "
      "DequantizeLinear (x, s, j) }",
      "" },
    { "the logarithm of nothing",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g () => (float[A] y) <float[4] i = {1, 0, -2, 3}> { [n] y = Log (i) }",
      "SX620 value-domain warning 'n': input[1] is 0; Log takes above 0 (2 of 4 elements "
      "are outside)\n"
      "  i float32[4]: input: initializer\n"
      "  help: input may be above 0\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g () => (float[A] y) <float[4] j = {1, 0.5, 2, 3}> { [n] y = Log (j) }",
      "" },
    { "a root of a negative number",
      "<ir_version: 10, opset_import: [\"\" : 15]>\n"
      "g () => (float[A] y) <float[2] i = {4, -2}, float h = {0.5}> { [n] y = Pow (i, h) }",
      "SX620 value-domain warning 'n': X[1] is -2; Pow takes 0 or more (1 of 2 elements is "
      "outside)\n"
      "  i float32[2]: X: initializer\n"
      "  help: X may be 0 or more\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 15]>\n"
      "g () => (float[A] y) <float h = {0.5}, float[2] j = {4, 0}> { [n] y = Pow (j, h) }",
      "" },
    { "more bits than there are",
      "<ir_version: 10, opset_import: [\"\" : 11]>\n"
      "g (uint8[4] x) => (uint8[A] y) <uint8 i = {8}> { [n] y = BitShift <direction = "
      "\"LEFT\"> (x, i) }",
      "SX620 value-domain warning 'n': Y is 8; BitShift takes 0 to 7\n"
      "  i uint8[]: Y: initializer\n"
      "  help: Y may be 0 to 7\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 11]>\n"
      "g (uint8[4] x) => (uint8[A] y) <uint8 j = {7}> { [n] y = BitShift <direction = "
      "\"LEFT\"> (x, j) }",
      "" },
    { "edges the wrong way round",
      "<ir_version: 10, opset_import: [\"\" : 17]>\n"
      "g () => (float[A, B] y) <int64 n = {8}, int64 l = {16}, int64 s = {16000}, float a = "
      "{5000}, float b = {100}> { [n] y = MelWeightMatrix (n, l, s, a, b) }",
      "SX620 value-domain warning 'n': upper_edge_hertz is 100; MelWeightMatrix takes above "
      "5000\n"
      "  b float32[]: upper_edge_hertz: initializer\n"
      "  help: upper_edge_hertz may be above 5000 (lower_edge_hertz is 5000)\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 17]>\n"
      "g () => (float[A, B] y) <int64 n = {8}, int64 l = {16}, int64 s = {16000}, float a = "
      "{5000}, float b = {100}> { [n] y = MelWeightMatrix (n, l, s, b, a) }",
      "" },
    { "a number that the type lacks",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g () => (int8[A] y) <int32[2] i = {300, -1}> { [n] y = Cast <to = 3> (i) }",
      "SX620 value-domain warning 'n': input[0] is 300; Cast takes -128 to 127 (1 of 2 "
      "elements is outside)\n"
      "  i int32[2]: input: initializer\n"
      "  help: input may be -128 to 127\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g () => (int8[A] y) <int32[2] j = {127, -128}> { [n] y = Cast <to = 3> (j) }",
      "" },
    { "a list where one number is wanted",
      "<ir_version: 10, opset_import: [\"\" : 14]>\n"
      "g (float[3, 4] x) => (float[A, B] y) <int64[2] i = {0, 1}> { [n] y = CumSum (x, i) }",
      "SX338 one-element error 'n': axis is [2]; CumSum takes one element\n"
      "  i int64[2]: axis: initializer\n"
      "  help: give a scalar, or a tensor of one element\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 14]>\n"
      "g (float[3, 4] x) => (float[A, B] y) <int64[1] j = {1}> { [n] y = CumSum (x, j) }",
      "" },
    { "a matrix of axes",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[3, 4] x) => (float[A, B] y) <int64[1, 2] i = {0, 1}> { [n] y = ReduceSum (x, "
      "i) }",
      "SX305 rank error 'n': axes has rank 2, ReduceSum wants 0 to 1\n"
      "  i int64[1, 2]: axes: initializer\n"
      "  help: add or remove dims of axes with Unsqueeze, Squeeze or Reshape\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[3, 4] x) => (float[A, B] y) <int64[2] j = {0, 1}> { [n] y = ReduceSum (x, j) "
      "}",
      "" },
    { "pads that auto_pad overrules",
      "<ir_version: 10, opset_import: [\"\" : 11]>\n"
      "g (float[1, 2, 8, 8] x, float[3, 2, 3, 3] w) => (float[A, B, C, D] y) { [n] y = Conv "
      "<auto_pad = \"SAME_UPPER\", pads = [0, 1, 0, 1]> (x, w) }",
      "SX322 window-auto-pad warning 'n': auto_pad is SAME_UPPER, so pads[1] = 1 is not "
      "used\n"
      "  help: leave out pads, or set auto_pad to NOTSET\n"
      "  fix: remove 'pads' of node 'n' (safe)\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 11]>\n"
      "g (float[1, 2, 8, 8] x, float[3, 2, 3, 3] w) => (float[A, B, C, D] y) { [n] y = Conv "
      "<auto_pad = \"SAME_UPPER\"> (x, w) }",
      "" },
    { "more at the end than a stride",
      "<ir_version: 10, opset_import: [\"\" : 11]>\n"
      "g (float[1, 2, 8, 8] x, float[2, 3, 3, 3] w) => (float[A, B, C, D] y) { [n] y = "
      "ConvTranspose <strides = [2, 3], output_padding = [2, 2]> (x, w) }",
      "SX321 window-attribute-range error 'n': output_padding[0] = 2 is not below the "
      "stride of 2 or the dilation of 1\n"
      "  help: output_padding[0] may be 0 to 1\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 11]>\n"
      "g (float[1, 2, 8, 8] x, float[2, 3, 3, 3] w) => (float[A, B, C, D] y) { [n] y = "
      "ConvTranspose <strides = [2, 3], output_padding = [1, 2]> (x, w) }",
      "" },
    { "a window of padding",
      "<ir_version: 10, opset_import: [\"\" : 12]>\n"
      "g (float[1, 2, 8, 8] x) => (float[A, B, C, D] y) { [n] y = MaxPool <kernel_shape = "
      "[2, 3], pads = [1, 3, 1, 0]> (x) }",
      "SX321 window-attribute-range warning 'n': pads of 3 in spatial dim 1 hold a whole "
      "window of 3, in which there is nothing to pool\n"
      "  help: pads may be 0 to 2 there\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 12]>\n"
      "g (float[1, 2, 8, 8] x) => (float[A, B, C, D] y) { [n] y = MaxPool <kernel_shape = "
      "[2, 3], pads = [1, 2, 1, 0]> (x) }",
      "" },
    { "results of training alone",
      "<ir_version: 10, opset_import: [\"\" : 15]>\n"
      "g (float[1, 2, 4] x, float[2] s) => (float[A, B, C] y, float[D] m, float[E] v) { [n] "
      "y, m, v = BatchNormalization (x, s, s, s, s) }",
      "SX508 too-many-outputs error 'n': training_mode=0, but the node has 3 outputs\n"
      "  help: leave running_mean and running_var out: they come of training alone\n" },
    { "two ways to split",
      "<ir_version: 10, opset_import: [\"\" : 18]>\n"
      "g (float[6] x) => (float[A] y, float[B] z) <int64[2] i = {3, 3}> { [n] y, z = Split "
      "<num_outputs = 2> (x, i) }",
      "SX357 split-sizes error 'n': there are both split and num_outputs\n"
      "  help: give one of them\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 18]>\n"
      "g (float[6] x) => (float[A] y, float[B] z) <int64[2] i = {3, 3}> { [n] y, z = Split "
      "(x, i) }",
      "" },
    { "too few to split",
      "<ir_version: 10, opset_import: [\"\" : 18]>\n"
      "g (float[1] x) => (float[A] y, float[B] z) { [n] y, z = Split <num_outputs = 2> (x) }",
      "SX357 split-sizes error 'n': axis 0 has 1, too few for 2 outputs\n"
      "  x float32[1] @0: input: graph input\n"
      "  help: num_outputs may be at most 1\n" },
    { "three values of a class",
      "<ir_version: 10, opset_import: [\"\" : 11]>\n"
      "g (int64[4] x) => (float[A, B] y) <int64 n = {5}, float[3] i = {0, 1, 2}> { [n] y = "
      "OneHot (x, n, i) }",
      "SX367 onehot-depth error 'n': values has 3 elements\n"
      "  i float32[3] @0: values: initializer\n"
      "  help: values is [off, on]: 2 elements\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 11]>\n"
      "g (int64[4] x) => (float[A, B] y) <int64 n = {5}, float[2] j = {0, 1}> { [n] y = "
      "OneHot (x, n, j) }",
      "" },
    { "nothing to reflect",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[4] x) => (float[A] y) <int64[2] i = {0, 4}> { [n] y = Pad <mode = "
      "\"reflect\"> (x, i) }",
      "SX341 pad-reflect warning 'n': axis 0 has 4 elements, and 4 are to be reflected\n"
      "  x float32[4] @0: data: graph input\n"
      "  help: reflection gives at most 3: pad by less, or by mode edge or wrap\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[4] x) => (float[A] y) <int64[2] j = {3, 0}> { [n] y = Pad <mode = "
      "\"reflect\"> (x, j) }",
      "" },
    { "more truth values than elements",
      "<ir_version: 10, opset_import: [\"\" : 11]>\n"
      "g (float[3] x) => (float[A] y) <bool[4] i = {1, 0, 1, 0}> { [n] y = Compress <axis = "
      "0> (x, i) }",
      "SX342 compress-length warning 'n': condition has 4 elements for 3\n"
      "  i bool[4] @0: condition: initializer\n"
      "  x float32[3] @0: input: graph input\n"
      "  help: give at most 3: one that is true past the end fails\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 11]>\n"
      "g (float[3] x) => (float[A] y) <bool[3] j = {1, 0, 1}> { [n] y = Compress <axis = 0> "
      "(x, j) }",
      "" },
    { "... one of which is true past the end",
      "<ir_version: 10, opset_import: [\"\" : 11]>\n"
      "g (float[2, 3] x) => (float[A, B] y) <bool[4] k = {1, 0, 0, 1}> { [n] y = Compress <axis "
      "= 1> (x, k) }",
      "SX342 compress-length error 'n': condition[3] is true, and there are 3 elements\n"
      "  k bool[4] @0: condition: initializer\n"
      "  x float32[2, 3] @1: input: graph input\n"
      "  help: give at most 3: one that is true past the end fails\n" },
    { "bounds that take nothing",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[4] x) => (float[A] y) <int64[1] a = {3}, int64[1] b = {1}> { [n] y = Slice "
      "(x, a, b) }",
      "SX731 empty-result note 'n': 3 to 1 in steps of 1 take nothing of axis 0, which has "
      "4\n"
      "  x float32[4] @0: data: graph input\n"
      "  help: a positive step goes up from start to before end, a negative one down\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[4] x) => (float[A] y) <int64[1] a = {3}, int64[1] b = {1}> { [n] y = Slice "
      "(x, b, a) }",
      "" },
    { "no box at all",
      "<ir_version: 10, opset_import: [\"\" : 11]>\n"
      "g (float[1, 9, 4] b, float[1, 2, 9] s) => (int64[A, B] y) { [n] y = NonMaxSuppression "
      "(b, s) }",
      "SX731 empty-result note 'n': max_output_boxes_per_class is left out, which means 0, "
      "so no box is selected\n"
      "  help: say how many boxes a class may have: 1 or more\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 11]>\n"
      "g (float[1, 9, 4] b, float[1, 2, 9] s) => (int64[A, B] y) <int64 n = {3}> { [n] y = "
      "NonMaxSuppression (b, s, n) }",
      "" },
    { "dims from the end to the beginning",
      "<ir_version: 10, opset_import: [\"\" : 15]>\n"
      "g (float[2, 3] x) => (int64[A] y) { [n] y = Shape <start = 1, end = 0> (x) }",
      "SX731 empty-result note 'n': start=1 and end=0 take none of 2 dims\n"
      "  help: start comes before end\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 15]>\n"
      "g (float[2, 3] x) => (int64[A] y) { [n] y = Shape <start = 0, end = 1> (x) }",
      "" },
    { "next to nothing",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[2] x) => (float[A] y) <float[2] j = {1e-42, 1e-41}> { [n] y = Mul (x, j) }",
      "SX604 denormal-weights warning 'j': 2 of 2 elements of initializer 'j' are below "
      "the normal numbers of float32, the first at 0\n"
      "  help: computing with them is slow, and often they count as 0: scale the weights, "
      "or set these to 0\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[2] x) => (float[A] y) <float[2] i = {1e-42, 1}> { [n] y = Mul (x, i) }",
      "" },
    { "a NaN in a node",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g () => (float[A] y) { [n] y = Constant <value = float[2] {1, nan}> () }",
      "SX601 nan-weights warning 'n': 1 of 2 elements of constant 'y' is NaN, the first at "
      "1\n"
      "  help: export the model again from a checkpoint of before the training diverged, "
      "or set these elements\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g () => (float[A] y) { [n] y = Constant <value = float[2] {1, 2}> () }",
      "" },
    { "an infinity that is multiplied",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[1, 2] x) => (float[A, B] y) <float[2, 1] i = {inf, 1}> { [n] y = MatMul (x, "
      "i) }",
      "SX602 infinite-weights warning 'i': 1 of 2 elements of initializer 'i' is infinite, "
      "the first at 0\n"
      "  help: in a sum of products it gives infinity or NaN: use a large finite number\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[1, 2] x) => (float[A, B] y) <float[2, 1] j = {1, 1}> { [n] y = MatMul (x, j) "
      "}",
      "" },
    { "a branch to the root",
      "<ir_version: 10, opset_import: [\"\" : 20, \"ai.onnx.ml\" : 3]>\n"
      "g (float[8, 2] x) => (float[A, B] y) { [n] y = ai.onnx.ml.TreeEnsembleRegressor "
      "<nodes_treeids = [0, 0, 0], nodes_nodeids = [0, 1, 2], nodes_featureids = [0, 0, 0], "
      "nodes_values = [0.5, 0.0, 0.0], nodes_modes = [\"BRANCH_LEQ\", \"LEAF\", \"LEAF\"], "
      "nodes_truenodeids = [1, 0, 0], nodes_falsenodeids = [0, 0, 0], target_ids = [0, 0], "
      "target_treeids = [0, 0], target_nodeids = [1, 2], target_weights = [1.0, 2.0], "
      "n_targets = 1> (x) }",
      "SX333 tree-lists error 'n': nodes_falsenodeids leads from node 0 of tree 0 to node "
      "0, which is a circle\n"
      "  help: numbers begin at 0, and a branch leads to another node of its tree\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 20, \"ai.onnx.ml\" : 3]>\n"
      "g (float[8, 2] x) => (float[A, B] y) { [n] y = ai.onnx.ml.TreeEnsembleRegressor "
      "<nodes_treeids = [0, 0, 0], nodes_nodeids = [0, 1, 2], nodes_featureids = [1, 0, 0], "
      "nodes_values = [0.5, 0.0, 0.0], nodes_modes = [\"BRANCH_LEQ\", \"LEAF\", \"LEAF\"], "
      "nodes_truenodeids = [1, 0, 0], nodes_falsenodeids = [2, 0, 0], target_ids = [0, 0], "
      "target_treeids = [0, 0], target_nodeids = [1, 2], target_weights = [1.0, 2.0], "
      "n_targets = 1> (x) }",
      "" },
    { "a feature that is not there",
      "<ir_version: 10, opset_import: [\"\" : 20, \"ai.onnx.ml\" : 3]>\n"
      "g (float[8, 2] x) => (float[A, B] y) { [n] y = ai.onnx.ml.TreeEnsembleRegressor "
      "<nodes_treeids = [0, 0, 0], nodes_nodeids = [0, 1, 2], nodes_featureids = [2, 0, 0], "
      "nodes_values = [0.5, 0.0, 0.0], nodes_modes = [\"BRANCH_LEQ\", \"LEAF\", \"LEAF\"], "
      "nodes_truenodeids = [1, 0, 0], nodes_falsenodeids = [2, 0, 0], target_ids = [0, 0], "
      "target_treeids = [0, 0], target_nodeids = [1, 2], target_weights = [1.0, 2.0], "
      "n_targets = 1> (x) }",
      "SX333 tree-lists error 'n': node 0 of tree 0 looks at feature 2, X has 2\n"
      "  help: numbers begin at 0, and a branch leads to another node of its tree\n" },
    { "a target that is not there",
      "<ir_version: 10, opset_import: [\"\" : 20, \"ai.onnx.ml\" : 3]>\n"
      "g (float[8, 2] x) => (float[A, B] y) { [n] y = ai.onnx.ml.TreeEnsembleRegressor "
      "<nodes_treeids = [0, 0, 0], nodes_nodeids = [0, 1, 2], nodes_featureids = [0, 0, 0], "
      "nodes_values = [0.5, 0.0, 0.0], nodes_modes = [\"BRANCH_LEQ\", \"LEAF\", \"LEAF\"], "
      "nodes_truenodeids = [1, 0, 0], nodes_falsenodeids = [2, 0, 0], target_ids = [0, 1], "
      "target_treeids = [0, 0], target_nodeids = [1, 2], target_weights = [1.0, 2.0], "
      "n_targets = 1> (x) }",
      "SX313 attribute-value error 'n': target_ids[1] is 1; TreeEnsembleRegressor takes 0 (1 of "
      "2 elements is outside)\n"
      "  help: target_ids may be 0 (n_targets is 1)\n" },
    { "offsets for other columns",
      "<ir_version: 10, opset_import: [\"\" : 20, \"ai.onnx.ml\" : 3]>\n"
      "g (float[8, 4] x) => (float[A, B] y) { [n] y = ai.onnx.ml.Scaler <scale = [2.0], "
      "offset = [1.0, 2.0, 3.0]> (x) }",
      "SX392 feature-rows error 'n': offset has 3 entries for 4 columns\n"
      "  x float32[8, 4] @1: graph input\n"
      "  help: give 1, or one for each column: 4\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 20, \"ai.onnx.ml\" : 3]>\n"
      "g (float[8, 4] x) => (float[A, B] y) { [n] y = ai.onnx.ml.Scaler <scale = [2.0], "
      "offset = [1.0, 2.0, 3.0, 4.0]> (x) }",
      "" },
    { "nothing to impute",
      "<ir_version: 10, opset_import: [\"\" : 20, \"ai.onnx.ml\" : 3]>\n"
      "g (float[8, 4] x) => (float[A, B] y) { [n] y = ai.onnx.ml.Imputer "
      "<imputed_value_int64s = [2]> (x) }",
      "SX392 feature-rows warning 'n': there is no imputed_value_floats, so nothing is "
      "imputed\n"
      "  x float32[8, 4]: graph input\n"
      "  help: give imputed_value_floats, the list for float32\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 20, \"ai.onnx.ml\" : 3]>\n"
      "g (float[8, 4] x) => (float[A, B] y) { [n] y = ai.onnx.ml.Imputer "
      "<imputed_value_floats = [2.0]> (x) }",
      "" },
    { "no categories",
      "<ir_version: 10, opset_import: [\"\" : 20, \"ai.onnx.ml\" : 3]>\n"
      "g (int64[8] x) => (float[A, B] y) { [n] y = ai.onnx.ml.OneHotEncoder (x) }",
      "SX391 encoder-lists error 'n': there is neither cats_int64s nor cats_strings\n"
      "  help: list the categories: each becomes a column\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 20, \"ai.onnx.ml\" : 3]>\n"
      "g (int64[8] x) => (float[A, B] y) { [n] y = ai.onnx.ml.OneHotEncoder <cats_int64s = "
      "[1, 2]> (x) }",
      "" },
    { "keys of two types",
      "<ir_version: 10, opset_import: [\"\" : 20, \"ai.onnx.ml\" : 3]>\n"
      "g (int64[8] x) => (int64[A] y) { [n] y = ai.onnx.ml.LabelEncoder <keys_int64s = [1], "
      "keys_floats = [1.0], values_int64s = [5]> (x) }",
      "SX391 encoder-lists error 'n': there are both keys_int64s and keys_floats\n"
      "  help: keep the one that X and the output go with\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 20, \"ai.onnx.ml\" : 3]>\n"
      "g (int64[8] x) => (int64[A] y) { [n] y = ai.onnx.ml.LabelEncoder <keys_int64s = [1], "
      "values_int64s = [5]> (x) }",
      "" },
    { "a cache that overflows",
      "<ir_version: 12, opset_import: [\"\" : 24]>\n"
      "g (float[2, 3, 8, 4] x, float[2, 3, 3, 4] u) => (float[A, B, C, D] y) <int64[2] i = "
      "{0, 6}> { [n] y = TensorScatter (x, u, i) }",
      "SX340 operand-value error 'n': write_indices[1] is 6; TensorScatter takes 0 to 5 (1 "
      "of 2 elements is outside)\n"
      "  i int64[2]: write_indices: initializer\n"
      "  help: write_indices may be 0 to 5\n" },
    { "... and not",
      "<ir_version: 12, opset_import: [\"\" : 24]>\n"
      "g (float[2, 3, 8, 4] x, float[2, 3, 3, 4] u) => (float[A, B, C, D] y) <int64[2] j = "
      "{0, 5}> { [n] y = TensorScatter (x, u, j) }",
      "" },
    { "a place past the output",
      "<ir_version: 10, opset_import: [\"\" : 11]>\n"
      "g (float[1, 1, 1, 2] x) => (float[A, B, C, D] y) <int64[1, 1, 1, 2] i = {0, 8}> { [n] "
      "y = MaxUnpool <kernel_shape = [2, 2], strides = [2, 2]> (x, i) }",
      "SX340 operand-value error 'n': I[1] is 8; MaxUnpool takes 0 to 7 (1 of 2 elements "
      "is outside)\n"
      "  i int64[1, 1, 1, 2]: initializer\n"
      "  help: I may be 0 to 7\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 11]>\n"
      "g (float[1, 1, 1, 2] x) => (float[A, B, C, D] y) <int64[1, 1, 1, 2] j = {0, 7}> { [n] "
      "y = MaxUnpool <kernel_shape = [2, 2], strides = [2, 2]> (x, j) }",
      "" },
    { "half of a complex transform",
      "<ir_version: 10, opset_import: [\"\" : 20]>\n"
      "g (float[1, 8, 2] x) => (float[A, B, C] y) { [n] y = DFT <onesided = 1> (x) }",
      "SX325 complex-dim error 'n': onesided=1, but the last dim of input is 2: complex "
      "numbers\n"
      "  x float32[1, 8, 2] @2: input: graph input\n"
      "  help: set onesided=0, or give real numbers, with a last dim of 1\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 20]>\n"
      "g (float[1, 8, 1] z) => (float[A, B, C] y) { [n] y = DFT <onesided = 1> (z) }",
      "" },
    { "an infinite half",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g () => (float16[A] y) <float[2] i = {1e6, 1}> { [n] y = Cast <to = 10> (i) }",
      "SX620 value-domain warning 'n': input[0] is 1000000; Cast takes -65519 to 65519, "
      "-1e+30 or less or 1e+30 or more (1 of 2 elements is outside)\n"
      "  i float32[2]: input: initializer\n"
      "  help: input may be -65519 to 65519, -1e+30 or less or 1e+30 or more\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g () => (float16[A] y) <float[2] j = {-3e38, 65504}> { [n] y = Cast <to = 10> (j) }",
      "" },
    { "a pair by two scales",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[4] x) => (float[A] y) <float s = {0.1}, float i = {0.2}, uint8 z = {3}> { q "
      "= QuantizeLinear (x, s, z) [n] y = DequantizeLinear (q, i, z) }",
      "SX617 quant-pair warning 'n': x_scale is 0.2, and the QuantizeLinear before has 0.1\n"
      "  i float32[]: x_scale: initializer\n"
      "  help: give both nodes one scale and one zero point: 0.1\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[4] x) => (float[A] y) <float s = {0.1}, uint8 z = {3}> { q = QuantizeLinear "
      "(x, s, z) [n] y = DequantizeLinear (q, s, z) }",
      "" },
    { "a fill that is not used",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[4] x) => (float[A] y) <int64[2] p = {1, 1}, float i = {5}> { [n] y = Pad "
      "<mode = \"edge\"> (x, p, i) }",
      "SX514 value-ignored warning 'n': mode is edge, so constant_value = 5 is not used\n"
      "  i float32[]: constant_value: initializer\n"
      "  help: leave constant_value out, or set mode to constant\n"
      "  fix: leave out the input 'constant_value' of node 'n' (safe)\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[4] x) => (float[A] y) <int64[2] p = {1, 1}, float j = {0}> { [n] y = Pad "
      "<mode = \"edge\"> (x, p, j) }",
      "" },
    { "pads that output_shape overrules",
      "<ir_version: 10, opset_import: [\"\" : 11]>\n"
      "g (float[1, 2, 8, 8] x, float[2, 3, 3, 3] w) => (float[A, B, C, D] y) { [n] y = "
      "ConvTranspose <output_shape = [10, 10], pads = [1, 1, 1, 1]> (x, w) }",
      "SX514 value-ignored warning 'n': output_shape[0] is 10, so pads of 1 and 1 are not "
      "used\n"
      "  help: leave out pads, or output_shape\n"
      "  fix: remove 'pads' of node 'n' (safe)\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 11]>\n"
      "g (float[1, 2, 8, 8] x, float[2, 3, 3, 3] w) => (float[A, B, C, D] y) { [n] y = "
      "ConvTranspose <output_shape = [10, 10]> (x, w) }",
      "" },
    { "an order of no indices",
      "<ir_version: 10, opset_import: [\"\" : 12]>\n"
      "g (float[1, 2, 8, 8] x) => (float[A, B, C, D] y) { [n] y = MaxPool <kernel_shape = "
      "[2, 2], storage_order = 1> (x) }",
      "SX514 value-ignored warning 'n': storage_order=1 orders Indices, which nobody takes\n"
      "  help: leave storage_order out: it does not change Y\n"
      "  fix: remove 'storage_order' of node 'n' (safe)\n" },
    { "two updates for one place",
      "<ir_version: 10, opset_import: [\"\" : 16]>\n"
      "g (float[3, 2] x, float[2, 2] u) => (float[A, B] y) <int64[2, 1] i = {1, -2}> { [n] y "
      "= ScatterND (x, i, u) }",
      "SX343 scatter-repeated warning 'n': indices name one place twice, as number 0 and 1\n"
      "  i int64[2, 1]: indices: initializer\n"
      "  help: leave one out, or say by reduction how the two updates are joined\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 16]>\n"
      "g (float[3, 2] x, float[2, 2] u) => (float[A, B] y) <int64[2, 1] j = {1, -1}> { [n] y "
      "= ScatterND (x, j, u) }",
      "" },
    { "a key that stands twice",
      "<ir_version: 10, opset_import: [\"\" : 20, \"ai.onnx.ml\" : 3]>\n"
      "g (int64[8] x) => (int64[A] y) { [n] y = ai.onnx.ml.LabelEncoder <keys_int64s = [1, "
      "2, 1], values_int64s = [5, 6, 7]> (x) }",
      "SX391 encoder-lists warning 'n': keys 0 and 2 of 3 are equal\n"
      "  help: leave one out: only one of them is found\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 20, \"ai.onnx.ml\" : 3]>\n"
      "g (int64[8] x) => (int64[A] y) { [n] y = ai.onnx.ml.LabelEncoder <keys_int64s = [1, "
      "2, 3], values_int64s = [5, 6, 7]> (x) }",
      "" },
};

int main(void)
{
    return lint_program(cases, sizeof cases / sizeof *cases);
}
