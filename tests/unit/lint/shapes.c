/* tests/unit/lint/shapes.c - what operators say of shapes, sequences and bodies that do not fit: a
 * model that breaks each rule, the whole message, and one that nearly does. */
#include "support/lint.h"

/* 256 times one name, and 256 names that begin with n. */
#define SAME4(n)    n ", " n ", " n ", " n
#define SAME16(n)   SAME4(n) ", " SAME4(n) ", " SAME4(n) ", " SAME4(n)
#define SAME64(n)   SAME16(n) ", " SAME16(n) ", " SAME16(n) ", " SAME16(n)
#define SAME256(n)  SAME64(n) ", " SAME64(n) ", " SAME64(n) ", " SAME64(n)
#define NAMED4(n)   n "0, " n "1, " n "2, " n "3"
#define NAMED16(n)  NAMED4(n "0") ", " NAMED4(n "1") ", " NAMED4(n "2") ", " NAMED4(n "3")
#define NAMED64(n)  NAMED16(n "0") ", " NAMED16(n "1") ", " NAMED16(n "2") ", " NAMED16(n "3")
#define NAMED256(n) NAMED64(n "0") ", " NAMED64(n "1") ", " NAMED64(n "2") ", " NAMED64(n "3")
#define ALL_X       SAME256("x")
#define NAMES       NAMED256("s")

static const lint_case cases[] = {
    { "Expand: a dim of another size",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[3, 4] x) => (float[A, B] y) <int64[2] s = {2, 4}> { [n] y = Expand(x, s) }",
      "SX363 expand-shape error 'n': [3, 4] cannot be expanded to [2, 4]: dim 0 is 3 and 2\n"
      "  x float32[3, 4] @0: input: graph input\n"
      "  help: the two shapes have to broadcast: equal from the right, or 1\n" },
    { "Expand: a dim of another size: good",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[3, 1] x) => (float[A, B, C] y) <int64[3] s = {2, 3, 4}> { [n] y = Expand(x, s) "
      "}",
      "" },
    { "Tile: too few",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[2, 3, 4] x) => (float[A, B, C] y) <int64[2] r = {2, 2}> { [n] y = Tile(x, r) }",
      "SX364 tile-repeats error 'n': repeats has 2 entries, but the rank is 3\n"
      "  x float32[2, 3, 4]: input: graph input\n"
      "  help: give 3 numbers, one for each dim\n" },
    { "Tile: too few: good",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[2, 3, 4] x) => (float[A, B, C] y) <int64[3] r = {1, 2, 2}> { [n] y = Tile(x, "
      "r) }",
      "" },
    { "Tile: below 0",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[2, 3] x) => (float[A, B] y) <int64[2] r = {2, -1}> { [n] y = Tile(x, r) }",
      "SX364 tile-repeats error 'n': repeats[1] is -1\n"
      "  help: repeats are 0 or more\n" },
    { "Tile: below 0: good",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[2, 3] x) => (float[A, B] y) <int64[2] r = {2, 3}> { [n] y = Tile(x, r) }",
      "" },
    { "Pad: too few",
      "<ir_version: 10, opset_import: [\"\" : 18]>\n"
      "g (float[1, 2, 8, 8] x) => (float[A, B, C, D] y) <int64[4] p = {1, 1, 1, 1}> { [n] y = "
      "Pad(x, p) }",
      "SX365 pad-pads error 'n': pads has 4 entries, must have 8 for 4 axes\n"
      "  x float32[1, 2, 8, 8]: data: graph input\n"
      "  help: pads holds what goes before each axis, then what goes after each\n" },
    { "Pad: too few: good",
      "<ir_version: 10, opset_import: [\"\" : 18]>\n"
      "g (float[1, 2, 8, 8] x) => (float[A, B, C, D] y) <int64[4] p = {1, 1, 1, 1}, int64[2] a "
      "= {2, 3}> { [n] y = Pad(x, p, , a) }",
      "" },
    { "Pad: nothing to repeat",
      "<ir_version: 10, opset_import: [\"\" : 18]>\n"
      "g (float[0] x) => (float[A] y) <int64[2] p = {1, 1}> { [n] y = Pad<mode = \"edge\">(x, "
      "p) }",
      "SX365 pad-pads error 'n': dim 0 is 0: there is nothing to repeat\n"
      "  x float32[0] @0: data: graph input\n"
      "  help: only mode constant can pad a dim of 0\n" },
    { "Pad: nothing to repeat: good",
      "<ir_version: 10, opset_import: [\"\" : 18]>\n"
      "g (float[0] x) => (float[A] y) <int64[2] p = {1, 1}> { [n] y = Pad(x, p) }",
      "" },
    { "CenterCropPad: two sizes for three axes",
      "<ir_version: 10, opset_import: [\"\" : 18]>\n"
      "g (float[20, 8, 3] x) => (float[A, B, C] y) <int64[2] s = {10, 7}> { [n] y = "
      "CenterCropPad<axes = [0, 1, 2]>(x, s) }",
      "SX366 crop-shape error 'n': shape has 2 entries for 3 axes\n"
      "  x float32[20, 8, 3]: input_data: graph input\n"
      "  help: give one size for each axis that axes names, or for every axis\n" },
    { "CenterCropPad: two sizes for three axes: good",
      "<ir_version: 10, opset_import: [\"\" : 18]>\n"
      "g (float[20, 8, 3] x) => (float[A, B, C] y) <int64[2] s = {10, 7}> { [n] y = "
      "CenterCropPad<axes = [0, 1]>(x, s) }",
      "" },
    { "CenterCropPad: a size below 0",
      "<ir_version: 10, opset_import: [\"\" : 18]>\n"
      "g (float[20, 8] x) => (float[A, B] y) <int64[2] s = {10, -7}> { [n] y = "
      "CenterCropPad(x, s) }",
      "SX366 crop-shape error 'n': shape[1] is -7\n"
      "  help: sizes are 0 or more\n" },
    { "CenterCropPad: a size below 0: good",
      "<ir_version: 10, opset_import: [\"\" : 18]>\n"
      "g (float[20, 8] x) => (float[A, B] y) <int64[1] s = {7}> { [n] y = CenterCropPad<axes = "
      "[1]>(x, s) }",
      "" },
    { "ReverseSequence: three lengths for four",
      "<ir_version: 10, opset_import: [\"\" : 10]>\n"
      "g (float[7, 4, 2] x, int64[3] l) => (float[A, B, C] y) { [n] y = ReverseSequence(x, l) }",
      "SX368 reverse-lengths error 'n': 3 lengths for a batch of 4\n"
      "  x float32[7, 4, 2] @1: input: graph input\n"
      "  l int64[3] @0: sequence_lens: graph input\n"
      "  help: sequence_lens has one length for each item of axis 1\n" },
    { "ReverseSequence: three lengths for four: good",
      "<ir_version: 10, opset_import: [\"\" : 10]>\n"
      "g (float[7, 4, 2] x, int64[4] l) => (float[A, B, C] y) { [n] y = ReverseSequence(x, l) }",
      "" },
    { "TensorScatter: another width",
      "<ir_version: 10, opset_import: [\"\" : 24]>\n"
      "g (float[2, 8, 64] x, float[2, 1, 32] u) => (float[A, B, C] y) { [n] y = "
      "TensorScatter(x, u) }",
      "SX370 cache-shape error 'n': an update of [2, 1, 32] does not fit a cache of [2, 8, 64]\n"
      "  x float32[2, 8, 64]: past_cache: graph input\n"
      "  u float32[2, 1, 32]: update: graph input\n"
      "  help: the two may differ along axis 1 only, where the update may be shorter\n" },
    { "TensorScatter: another width: good",
      "<ir_version: 10, opset_import: [\"\" : 24]>\n"
      "g (float[2, 8, 64] x, float[2, 1, 64] u) => (float[A, B, C] y) { [n] y = "
      "TensorScatter(x, u) }",
      "" },
    { "TensorScatter: longer than the cache",
      "<ir_version: 10, opset_import: [\"\" : 24]>\n"
      "g (float[2, 8, 64] x, float[2, 9, 64] u) => (float[A, B, C] y) { [n] y = "
      "TensorScatter(x, u) }",
      "SX370 cache-shape error 'n': an update of [2, 9, 64] does not fit a cache of [2, 8, 64]\n"
      "  x float32[2, 8, 64]: past_cache: graph input\n"
      "  u float32[2, 9, 64]: update: graph input\n"
      "  help: the two may differ along axis 1 only, where the update may be shorter\n" },
    { "TensorScatter: longer than the cache: good",
      "<ir_version: 10, opset_import: [\"\" : 24]>\n"
      "g (float[2, 8, 64] x, float[2, 8, 64] u) => (float[A, B, C] y) { [n] y = "
      "TensorScatter(x, u) }",
      "" },
    { "TensorScatter: along the batch",
      "<ir_version: 10, opset_import: [\"\" : 24]>\n"
      "g (float[2, 8] x, float[2, 8] u) => (float[A, B] y) { [n] y = TensorScatter<axis = "
      "0>(x, u) }",
      "SX370 cache-shape error 'n': axis=0 is the batch\n"
      "  x float32[2, 8] @0: past_cache: graph input\n"
      "  help: set axis to that of the sequence, 1 or more\n" },
    { "TensorScatter: along the batch: good",
      "<ir_version: 10, opset_import: [\"\" : 24]>\n"
      "g (float[2, 8] x, float[2, 8] u) => (float[A, B] y) { [n] y = TensorScatter<axis = "
      "1>(x, u) }",
      "" },
    { "MaxUnpool: indices of another shape",
      "<ir_version: 10, opset_import: [\"\" : 11]>\n"
      "g (float[1, 1, 2, 2] x, int64[1, 1, 4, 4] i) => (float[A, B, C, D] y) { [n] y = "
      "MaxUnpool<kernel_shape = [2, 2]>(x, i) }",
      "SX371 unpool-shape error 'n': X is [1, 1, 2, 2] and I is [1, 1, 4, 4]\n"
      "  x float32[1, 1, 2, 2]: graph input\n"
      "  i int64[1, 1, 4, 4]: graph input\n"
      "  help: there is one index for each element: the shapes are the same\n" },
    { "MaxUnpool: indices of another shape: good",
      "<ir_version: 10, opset_import: [\"\" : 11]>\n"
      "g (float[1, 1, 2, 2] x, int64[1, 1, 2, 2] i) => (float[A, B, C, D] y) { [n] y = "
      "MaxUnpool<kernel_shape = [2, 2]>(x, i) }",
      "" },
    { "MaxUnpool: a shape without batch and channels",
      "<ir_version: 10, opset_import: [\"\" : 11]>\n"
      "g (float[1, 1, 2, 2] x, int64[1, 1, 2, 2] i) => (float[A, B, C, D] y) <int64[2] s = {4, "
      "4}> { [n] y = MaxUnpool<kernel_shape = [2, 2], strides = [2, 2]>(x, i, s) }",
      "SX371 unpool-shape error 'n': output_shape has 2 entries, but the rank is 4\n"
      "  x float32[1, 1, 2, 2]: graph input\n"
      "  help: output_shape is the whole shape, with batch and channels\n" },
    { "MaxUnpool: a shape without batch and channels: good",
      "<ir_version: 10, opset_import: [\"\" : 11]>\n"
      "g (float[1, 1, 2, 2] x, int64[1, 1, 2, 2] i) => (float[A, B, C, D] y) <int64[4] s = {1, "
      "1, 4, 4}> { [n] y = MaxUnpool<kernel_shape = [2, 2], strides = [2, 2]>(x, i, s) }",
      "" },
    { "Scan: 257 values go in",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[5, 2] x) => (float[A, B] y, float[A, B] z) { [n] y, z = Scan<num_scan_inputs = "
      "257, body = b (" NAMES ", p) => (o, q) { o = Relu(p) q = Neg(p) }>(" ALL_X ", x) }",
      "SX372 body-size error 'n': 257 values go into the body and 2 come out of it\n"
      "  help: at most 256 are supported each way: stack some of them\n" },
    { "Scan: 257 values go in: good",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[5, 2] x) => (float[A, B] y, float[A, B] z) { [n] y, z = Scan<num_scan_inputs = "
      "256, body = b (" NAMES ") => (o, q) { o = Relu(s0000) q = Neg(s0000) }>(" ALL_X ") }",
      "" },
    { "If: two element types",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (bool k, float[4] x, int64[4] z) => (float[A] y) { [n] y = If<then_branch = a () => "
      "(t) { t = Relu(x) }, else_branch = b () => (u) { u = Neg(z) }>(k) }",
      "SX374 branch-types error 'n': output 0 is float32[4] in then_branch and int64[4] in "
      "else_branch\n"
      "  t float32[4]: output 0 of then_branch: Relu #0 of float32[4]\n"
      "  u int64[4]: output 0 of else_branch: Neg #0 of int64[4]\n"
      "  help: both branches have to give the same kind of value and element type: Cast one of "
      "them\n" },
    { "If: two element types: good",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (bool k, float[4] x, float[3] z) => (float[A] y) { [n] y = If<then_branch = a () => "
      "(t) { t = Relu(x) }, else_branch = b () => (u) { u = Neg(z) }>(k) }",
      "" },
    { "Loop: a state that changes its type",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x, bool k) => (int64[A] y) <int64 M = {3}> { [n] y = Loop<body = b (i, c, "
      "s) => (d, t) { d = Identity(c) t = Cast<to = 7>(s) }>(M, k, x) }",
      "SX375 loop-state error 'n': state 0 enters the body as float32[2] and leaves it as "
      "int64[2]\n"
      "  x float32[2]: v_initial[0]: graph input\n"
      "  t int64[2]: output 1 of body: Cast #1 of float32[2]\n"
      "  help: a state keeps its kind of value and its element type: Cast it at the end of the "
      "body\n" },
    { "Loop: a state that changes its type: good",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x, bool k) => (float[A] y) <int64 M = {3}> { [n] y = Loop<body = b (i, c, "
      "s) => (d, t) { d = Identity(c) t = Concat<axis = 0>(s, s) }>(M, k, x) }",
      "" },
    { "Loop: a state without an output",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x, float[2] z, bool k) => (float[2] y, float[2] w) <int64 M = {3}> { [n] y, "
      "w = Loop<body = b (i, c, s, r, p) => (d, t, q, o) { d = Identity(c) t = Relu(s) q = "
      "Neg(r) o = Exp(p) }>(M, k, x, z, z) }",
      "SX375 loop-state error 'n': 3 states go in, but the node has 2 outputs\n"
      "  help: each state has an output, left empty where it is not wanted\n" },
    { "Loop: a state without an output: good",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x, float[2] z, bool k) => (float[2] y, float[2] w) <int64 M = {3}> { [n] y, "
      ", w = Loop<body = b (i, c, s, r, p) => (d, t, q, o) { d = Identity(c) t = Relu(s) q = "
      "Neg(r) o = Exp(p) }>(M, k, x, z, z) }",
      "" },
    { "Scan: a state that changes its type",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[4] s, float[5, 4] x) => (int64[A] t, float[5, 4] y) { [n] t, y = "
      "Scan<num_scan_inputs = 1, body = b (p, q) => (r, o) { r = Cast<to = 7>(p) o = Relu(q) "
      "}>(s, x) }",
      "SX375 loop-state error 'n': state 0 enters the body as float32[4] and leaves it as "
      "int64[4]\n"
      "  s float32[4]: initial_state_and_scan_inputs[0]: graph input\n"
      "  r int64[4]: output 0 of body: Cast #0 of float32[4]\n"
      "  help: a state keeps its kind of value and its element type: Cast it at the end of the "
      "body\n" },
    { "Scan: a state that changes its type: good",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[4] s, float[5, 4] x) => (float[A] t, float[5, 4] y) { [n] t, y = "
      "Scan<num_scan_inputs = 1, body = b (p, q) => (r, o) { r = Add(p, q) o = Relu(q) }>(s, "
      "x) }",
      "" },
    { "Scan: other steps",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[5, 2] x, float[6, 2] z) => (float[A, B] y) { [n] y = Scan<num_scan_inputs = 2, "
      "body = b (p, q) => (o) { o = Add(p, q) }>(x, z) }",
      "SX377 scan-length error 'n': scanned input 1 has 6 steps, scanned input 0 has 5\n"
      "  x float32[5, 2] @0: initial_state_and_scan_inputs[0]: graph input\n"
      "  z float32[6, 2] @0: initial_state_and_scan_inputs[1]: graph input\n"
      "  help: all scanned inputs have the same number of steps: cut or pad one\n" },
    { "Scan: other steps: good",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[5, 2] x, float[2, 5] z) => (float[A, B] y) { [n] y = Scan<num_scan_inputs = 2, "
      "scan_input_axes = [0, 1], body = b (p, q) => (o) { o = Add(p, q) }>(x, z) }",
      "" },
    { "SequenceInsert: another element type",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[2] x, int64[2] z) => (int64 y) { s = SequenceConstruct(x) [n] t = "
      "SequenceInsert(s, z) y = SequenceLength(t) }",
      "SX378 sequence-element error 'n': the sequence is of float32[2], the new element "
      "int64[2]\n"
      "  s seq(float32[2]): input_sequence: SequenceConstruct #0 of float32[2]\n"
      "  z int64[2]: tensor: graph input\n"
      "  help: all elements of a sequence have one element type: Cast one of them\n" },
    { "SequenceInsert: another element type: good",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[2] x, float[3] z) => (int64 y) { s = SequenceConstruct(x) [n] t = "
      "SequenceInsert(s, z) y = SequenceLength(t) }",
      "" },
    { "Optional: of nothing",
      "<ir_version: 10, opset_import: [\"\" : 18]>\n"
      "g (float[2] x) => (bool y, float[2] z) { z = Relu(x) [n] o = Optional() y = "
      "OptionalHasElement(o) }",
      "SX379 optional-type error 'n': there is neither an input nor the attribute type\n"
      "  help: an empty optional needs the attribute type to say what it could hold\n" },
    { "Optional: of nothing: good",
      "<ir_version: 10, opset_import: [\"\" : 18]>\n"
      "g (float[2] x) => (bool y, float[2] z) { z = Relu(x) [n] o = Optional<type = "
      "float[2]>() y = OptionalHasElement(o) }",
      "" },
    { "LSTM: W of another width",
      "<ir_version: 10, opset_import: [\"\" : 14]>\n"
      "g (float[5, 1, 10] x, float[1, 32, 12] w, float[1, 32, 8] r) => (float[A, B, C, D] y) { "
      "[n] y = LSTM<hidden_size = 8>(x, w, r) }",
      "SX380 rnn-shape error 'n': W.shape[2] is 12, must be 10: the inputs of a step\n"
      "  w float32[1, 32, 12] @2: graph input\n"
      "  help: make W.shape[2] = 10, or change what it has to agree with\n" },
    { "LSTM: W of another width: good",
      "<ir_version: 10, opset_import: [\"\" : 14]>\n"
      "g (float[5, 1, 10] x, float[1, 32, 10] w, float[1, 32, 8] r) => (float[A, B, C, D] y) { "
      "[n] y = LSTM<hidden_size = 8>(x, w, r) }",
      "" },
    { "GRU: a bias of one half",
      "<ir_version: 10, opset_import: [\"\" : 14]>\n"
      "g (float[5, 1, 10] x, float[1, 24, 10] w, float[1, 24, 8] r, float[1, 24] b) => "
      "(float[A, B, C, D] y) { [n] y = GRU<hidden_size = 8>(x, w, r, b) }",
      "SX380 rnn-shape error 'n': B.shape[1] is 24, must be 48: 2 x gates x hidden_size\n"
      "  b float32[1, 24] @1: graph input\n"
      "  help: make B.shape[1] = 48, or change what it has to agree with\n" },
    { "GRU: a bias of one half: good",
      "<ir_version: 10, opset_import: [\"\" : 14]>\n"
      "g (float[5, 1, 10] x, float[1, 24, 10] w, float[1, 24, 8] r, float[1, 48] b) => "
      "(float[A, B, C, D] y) { [n] y = GRU<hidden_size = 8>(x, w, r, b) }",
      "" },
    { "LSTM: two activations",
      "<ir_version: 10, opset_import: [\"\" : 14]>\n"
      "g (float[5, 1, 10] x, float[1, 32, 10] w, float[1, 32, 8] r) => (float[A, B, C, D] y) { "
      "[n] y = LSTM<hidden_size = 8, activations = [\"Sigmoid\", \"Tanh\"]>(x, w, r) }",
      "SX381 rnn-activations error 'n': activations has 2 entries, and LSTM with 1 direction "
      "takes 3\n"
      "  help: name 3, or leave the attribute out\n" },
    { "LSTM: two activations: good",
      "<ir_version: 10, opset_import: [\"\" : 14]>\n"
      "g (float[5, 1, 10] x, float[1, 32, 10] w, float[1, 32, 8] r) => (float[A, B, C, D] y) { "
      "[n] y = LSTM<hidden_size = 8, activations = [\"Sigmoid\", \"Tanh\", \"Relu\"]>(x, w, r) "
      "}",
      "" },
    { "LSTM: an activation that is none",
      "<ir_version: 10, opset_import: [\"\" : 14]>\n"
      "g (float[5, 1, 10] x, float[1, 32, 10] w, float[1, 32, 8] r) => (float[A, B, C, D] y) { "
      "[n] y = LSTM<hidden_size = 8, activations = [\"Sigmoid\", \"Tanh\", \"Gelu\"]>(x, w, r) "
      "}",
      "SX381 rnn-activations error 'n': activations[2] is 'Gelu', which is none\n"
      "  help: it may be Relu, Tanh, Sigmoid, Affine, LeakyRelu, ThresholdedRelu, ScaledTanh, "
      "HardSigmoid, Elu, Softsign or Softplus, in upper or lower case\n" },
    { "LSTM: an activation that is none: good",
      "<ir_version: 10, opset_import: [\"\" : 14]>\n"
      "g (float[5, 1, 10] x, float[1, 32, 10] w, float[1, 32, 8] r) => (float[A, B, C, D] y) { "
      "[n] y = LSTM<hidden_size = 8, activations = [\"Sigmoid\", \"Tanh\", \"Softsign\"]>(x, "
      "w, r) }",
      "" },
    { "RNN: numbers that no activation takes",
      "<ir_version: 10, opset_import: [\"\" : 14]>\n"
      "g (float[5, 1, 10] x, float[1, 8, 10] w, float[1, 8, 8] r) => (float[A, B, C, D] y) { "
      "[n] y = RNN<hidden_size = 8, activations = [\"LeakyRelu\"], activation_alpha = [0.5, "
      "0.25]>(x, w, r) }",
      "SX381 rnn-activations warning 'n': activation_alpha has 2 entries for 1 activation\n"
      "  help: give one for each activation that takes a number\n" },
    { "RNN: numbers that no activation takes: good",
      "<ir_version: 10, opset_import: [\"\" : 14]>\n"
      "g (float[5, 1, 10] x, float[1, 8, 10] w, float[1, 8, 8] r) => (float[A, B, C, D] y) { "
      "[n] y = RNN<hidden_size = 8, activations = [\"LeakyRelu\"], activation_alpha = "
      "[0.5]>(x, w, r) }",
      "" },
    { "Resize: neither",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[1, 2, 8, 8] x) => (float[A, B, C, D] y) { [n] y = Resize(x) }",
      "SX382 resize-sizes error 'n': there are neither scales nor sizes\n"
      "  help: give one of them, and leave the other's name empty\n" },
    { "Resize: neither: good",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[1, 2, 8, 8] x) => (float[A, B, C, D] y) <float[4] f = {1, 1, 2, 2}> { [n] y = "
      "Resize(x, , f) }",
      "" },
    { "Resize: a size below 0",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[1, 2, 8, 8] x) => (float[A, B, C, D] y) <int64[4] s = {1, 2, -4, 4}> { [n] y = "
      "Resize(x, , , s) }",
      "SX340 operand-value error 'n': sizes[2] is -4; Resize takes 0 or more (1 of 4 elements "
      "is outside)\n"
      "  s int64[4]: sizes: initializer\n"
      "  help: sizes may be 0 or more\n" },
    { "Resize: a size below 0: good",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[1, 2, 8, 8] x) => (float[A, B, C, D] y) <int64[4] s = {1, 2, 4, 16}> { [n] y = "
      "Resize(x, , , s) }",
      "" },
    { "Resize: both",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[1, 2, 8, 8] x) => (float[A, B, C, D] y) <float[4] f = {1, 1, 0.5, 0.5}, "
      "int64[4] s = {1, 2, 4, 4}> { [n] y = Resize(x, , f, s) }",
      "SX382 resize-sizes error 'n': there are both scales and sizes\n"
      "  help: give one of them, and leave the other's name empty\n" },
    { "Resize: both: good",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[1, 2, 8, 8] x) => (float[A, B, C, D] y) <int64[4] s = {1, 2, 4, 4}> { [n] y = "
      "Resize(x, , , s) }",
      "" },
    { "Resize: two scales for four axes",
      "<ir_version: 10, opset_import: [\"\" : 18]>\n"
      "g (float[1, 2, 8, 8] x) => (float[A, B, C, D] y) <float[2] f = {2, 2}> { [n] y = "
      "Resize(x, , f) }",
      "SX382 resize-sizes error 'n': scales has 2 entries for 4 axes\n"
      "  x float32[1, 2, 8, 8]: graph input\n"
      "  help: give 4, one for each axis\n" },
    { "Resize: two scales for four axes: good",
      "<ir_version: 10, opset_import: [\"\" : 18]>\n"
      "g (float[1, 2, 8, 8] x) => (float[A, B, C, D] y) <float[2] f = {2, 2}> { [n] y = "
      "Resize<axes = [2, 3]>(x, , f) }",
      "" },
    { "Resize: a scale of 0",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[1, 2, 8, 8] x) => (float[A, B, C, D] y) <float[4] f = {1, 1, 0, 2}> { [n] y = "
      "Resize(x, , f) }",
      "SX382 resize-sizes error 'n': scales[2] is 0\n"
      "  help: a scale is above 0\n" },
    { "Resize: a scale of 0: good",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[1, 2, 8, 8] x) => (float[A, B, C, D] y) <float[4] f = {1, 1, 0.5, 2}> { [n] y "
      "= Resize(x, , f) }",
      "" },
    { "SoftmaxCrossEntropyLoss: targets of classes",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[3, 5, 2] x, int64[3, 5] t) => (float y) { [n] y = SoftmaxCrossEntropyLoss(x, "
      "t) }",
      "SX383 loss-shape error 'n': targets are [3, 5] for scores of [3, 5, 2]\n"
      "  x float32[3, 5, 2]: scores: graph input\n"
      "  t int64[3, 5]: labels: graph input\n"
      "  help: there is one target for each place: the dims of the scores without dim 1, the "
      "classes\n" },
    { "SoftmaxCrossEntropyLoss: targets of classes: good",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[3, 5, 2] x, int64[3, 2] t) => (float y) { [n] y = SoftmaxCrossEntropyLoss(x, "
      "t) }",
      "" },
    { "NegativeLogLikelihoodLoss: a weight too few",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[3, 5] x, int64[3] t, float[4] w) => (float y) { [n] y = "
      "NegativeLogLikelihoodLoss(x, t, w) }",
      "SX383 loss-shape error 'n': input.shape[1] is 5 and weight.shape[0] is 4; they must be "
      "equal\n"
      "  x float32[3, 5] @1: input: graph input\n"
      "  w float32[4] @0: weight: graph input\n"
      "  help: make both 5 or both 4\n" },
    { "NegativeLogLikelihoodLoss: a weight too few: good",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[3, 5] x, int64[3] t, float[5] w) => (float y) { [n] y = "
      "NegativeLogLikelihoodLoss(x, t, w) }",
      "" },
    { "Slice: starts for two axes of one",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[8] x) => (float[A] y) <int64[2] s = {0, 0}, int64[2] e = {1, 1}> { [n] y = "
      "Slice (x, s, e) }",
      "SX358 slice-lists error 'n': starts has 2 entries, but the rank is 1\n"
      "  x float32[8]: data: graph input\n"
      "  help: give one entry for each axis, at most 1\n" },
    { "Slice: one start, two ends",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[4, 4] x) => (float[A, B] y) <int64[1] s = {0}, int64[2] e = {1, 1}> { [n] y = "
      "Slice (x, s, e) }",
      "SX358 slice-lists error 'n': starts has 1 entry, ends has 2\n"
      "  help: starts, ends, axes and steps have one entry for each axis\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[4, 4] x) => (float[A, B] y) <int64[1] s = {0}, int64[1] e = {1}> { [n] y = "
      "Slice (x, s, e) }",
      "" },
    { "Pad: one number",
      "<ir_version: 10, opset_import: [\"\" : 18]>\n"
      "g (float[3] x) => (float[A] y) <int64[1] s = {2}> { [n] y = Pad (x, s) }",
      "SX365 pad-pads error 'n': pads has 1 entry, must have 2 for 1 axis\n"
      "  x float32[3]: data: graph input\n"
      "  help: pads holds what goes before each axis, then what goes after each\n" },
    { "CenterCropPad: one size",
      "<ir_version: 10, opset_import: [\"\" : 18]>\n"
      "g (float[3, 3] x) => (float[A, B] y) <int64[1] s = {2}> { [n] y = CenterCropPad (x, s) }",
      "SX366 crop-shape error 'n': shape has 1 entry for 2 axes\n"
      "  x float32[3, 3]: input_data: graph input\n"
      "  help: give one size for each axis that axes names, or for every axis\n" },
    { "MaxUnpool: cropped to less than nothing",
      "<ir_version: 10, opset_import: [\"\" : 11]>\n"
      "g (float[1, 1, 2, 2] x, int64[1, 1, 2, 2] i) => (float[A, B, C, D] y) { [n] y = "
      "MaxUnpool <kernel_shape = [2, 2], pads = [3, 3, 3, 3]> (x, i) }",
      "SX308 shape-negative error 'n': output would be float32[1, 1, -3, -3]: no dim can be "
      "negative\n"
      "  x float32[1, 1, 2, 2]: graph input\n"
      "  help: the input is too small for this node: use a larger input, or check its "
      "attributes\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 11]>\n"
      "g (float[1, 1, 2, 2] x, int64[1, 1, 2, 2] i) => (float[A, B, C, D] y) { [n] y = "
      "MaxUnpool <kernel_shape = [2, 2], pads = [1, 1, 1, 1]> (x, i) }",
      "" },
};

int main(void)
{
    return lint_program(cases, sizeof cases / sizeof *cases);
}
