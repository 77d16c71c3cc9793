/* tests/unit/lint/numbers.c - axes, bounds, transforms, equations, indices and trees that have no
 * meaning, symbols that no number fits: models that break each rule, the whole message, and one
 * that nearly does. */
#include "support/lint.h"

static const lint_case cases[] = {
    { "an axis by two names",
      "<ir_version: 10, opset_import: [\"\" : 11]>\n"
      "g (float[2, 3, 4] x) => (float[A, B, C] y) { [n] y = ReduceSum <axes = [1, -2]> (x) }",
      "SX310 axes-repeated error 'n': axes[0]=1 and axes[1]=-2 are the same axis of rank 3\n"
      "  x float32[2, 3, 4]: data: graph input\n"
      "  help: leave one of the two out\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 11]>\n"
      "g (float[2, 3, 4] x) => (float[A, B, C] y) { [n] y = ReduceSum <axes = [1, -1]> (x) }",
      "" },
    { "... in an input",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[2, 3] x) => (float[A, B, C, D] y) <int64[2] a = {0, 0}> { [n] y = Unsqueeze (x, "
      "a) }",
      "SX310 axes-repeated error 'n': axes[0]=0 and axes[1]=0 are the same axis of rank 4\n"
      "  x float32[2, 3]: data: graph input\n"
      "  help: leave one of the two out\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[2, 3] x) => (float[A, B, C, D] y) <int64[2] a = {0, 1}> { [n] y = Unsqueeze (x, "
      "a) }",
      "" },
    { "Mod of floats as of integers",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[4] x, float[4] z) => (float[A] y) { [n] y = Mod (x, z) }",
      "SX312 mod-float error 'n': fmod is 0, which before opset 28 is for integers, and A is "
      "float32\n"
      "  x float32[4]: A: graph input\n"
      "  help: set fmod=1: the result then has the sign of A\n"
      "  fix: set 'fmod' of node 'n' to 1 (a guess)\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[4] x, float[4] z) => (float[A] y) { [n] y = Mod <fmod = 1> (x, z) }",
      "" },
    { "Clip: the bounds exchanged",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[4] x) => (float[A] y) <float a = {6}, float b = {0}> { [n] y = Clip (x, a, b) }",
      "SX314 clip-bounds warning 'n': min 6 is above max 0: every element becomes max\n"
      "  a float32[]: min: initializer\n"
      "  b float32[]: max: initializer\n"
      "  help: exchange the two bounds\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[4] x) => (float[A] y) <float a = {0}, float b = {0.5}> { [n] y = Clip (x, a, b) }",
      "" },
    { "... as attributes",
      "<ir_version: 10, opset_import: [\"\" : 6]>\n"
      "g (float[4] x) => (float[A] y) { [n] y = Clip <min = 6.0, max = 0.0> (x) }",
      "SX314 clip-bounds warning 'n': min 6 is above max 0: every element becomes max\n"
      "  help: exchange the two bounds\n" },
    { "the largest of nothing",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[4, 0] x) => (int64[A, B] y) { [n] y = ArgMax <axis = 1> (x) }",
      "SX315 reduce-empty error 'n': axis 1 of data has no elements to choose from\n"
      "  x float32[4, 0] @1: data: graph input\n"
      "  help: choose an axis that is not empty\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[4, 0] x) => (int64[A, B] y) { [n] y = ArgMax <axis = 0> (x) }",
      "" },
    { "TopK: more than there are",
      "<ir_version: 10, opset_import: [\"\" : 11]>\n"
      "g (float[1, 10] x) => (float[A, B] y, int64[C, D] i) <int64[1] k = {20}> { [n] y, i = "
      "TopK (x, k) }",
      "SX316 topk-k error 'n': K=20, but axis 1 of X has 10 elements\n"
      "  x float32[1, 10] @1: graph input\n"
      "  k int64[1]: initializer\n"
      "  help: K may be 0 to 10\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 11]>\n"
      "g (float[1, 10] x) => (float[A, B] y, int64[C, D] i) <int64[1] k = {10}> { [n] y, i = "
      "TopK (x, k) }",
      "" },
    { "TopK: fewer than none",
      "<ir_version: 10, opset_import: [\"\" : 11]>\n"
      "g (float[1, 10] x) => (float[A, B] y, int64[C, D] i) <int64[1] k = {-1}> { [n] y, i = "
      "TopK (x, k) }",
      "SX316 topk-k error 'n': K=-1, but axis 1 of X has 10 elements\n"
      "  x float32[1, 10] @1: graph input\n"
      "  k int64[1]: initializer\n"
      "  help: K may be 0 to 10\n" },
    { "Cast to no type",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[4] x) => (int32[A] y) { [n] y = Cast <to = 99> (x) }",
      "SX317 cast-type error 'n': to=99 is no element type\n"
      "  help: 1 is float32, 7 int64, 6 int32, 9 bool, 10 float16, 11 float64, 8 string\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[4] x) => (int32[A] y) { [n] y = Cast <to = 6> (x) }",
      "" },
    { "Cast to no type, by name",
      "<ir_version: 10, opset_import: [\"\" : 5]>\n"
      "g (float[4] x) => (int32[A] y) { [n] y = Cast <to = \"INTEGER\"> (x) }",
      "SX317 cast-type error 'n': to='INTEGER' names no element type\n"
      "  help: it may be FLOAT, INT64, INT32, BOOL, FLOAT16, DOUBLE, UINT8, INT8 and the like\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 5]>\n"
      "g (float[4] x) => (int32[A] y) { [n] y = Cast <to = \"INT32\"> (x) }",
      "" },
    { "BitCast to a wider type",
      "<ir_version: 12, opset_import: [\"\" : 26]>\n"
      "g (float[4] x) => (int64[A] y) { [n] y = BitCast <to = 7> (x) }",
      "SX318 bitcast-width error 'n': float32 has 32 bits, to=7 is int64 and has 64\n"
      "  x float32[4]: input: graph input\n"
      "  help: choose a type of 32 bits, or convert numbers with Cast\n" },
    { "... and not",
      "<ir_version: 12, opset_import: [\"\" : 26]>\n"
      "g (float[4] x) => (int32[A] y) { [n] y = BitCast <to = 6> (x) }",
      "" },
    { "Constant: two values",
      "<ir_version: 10, opset_import: [\"\" : 12]>\n"
      "g () => (float y) { [n] y = Constant <value_float = 1.0, value_int = 1> () }",
      "SX319 constant-value error 'n': Constant has 2 values, must have one\n"
      "  help: give exactly one of value, sparse_value, value_int, value_ints, value_float, "
      "value_floats, value_string and value_strings\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 12]>\n"
      "g () => (float y) { [n] y = Constant <value_float = 1.0> () }",
      "" },
    { "Constant: no value",
      "<ir_version: 10, opset_import: [\"\" : 12]>\n"
      "g () => (float y) { [n] y = Constant () }",
      "SX319 constant-value error 'n': Constant has no value, must have one\n"
      "  help: give exactly one of value, sparse_value, value_int, value_ints, value_float, "
      "value_floats, value_string and value_strings\n" },
    { "DFT of no numbers",
      "<ir_version: 10, opset_import: [\"\" : 17]>\n"
      "g (float[1, 512, 1] x) => (float[A, B, C] y) <int64 l = {0}> { [n] y = DFT (x, l) }",
      "SX326 transform-length error 'n': dft_length is 0\n"
      "  l int64[]: dft_length: initializer\n"
      "  help: it must be 1 or more\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 17]>\n"
      "g (float[1, 512, 1] x) => (float[A, B, C] y) <int64 l = {1}> { [n] y = DFT (x, l) }",
      "" },
    { "STFT of frames of nothing",
      "<ir_version: 10, opset_import: [\"\" : 17]>\n"
      "g (float[1, 512, 1] x) => (float[A, B, C, D] y) <int64 s = {8}, int64 l = {0}> { [n] y = "
      "STFT (x, s, , l) }",
      "SX326 transform-length error 'n': frame_length is 0\n"
      "  l int64[]: frame_length: initializer\n"
      "  help: it must be 1 or more\n" },
    { "STFT of a window of nothing",
      "<ir_version: 10, opset_import: [\"\" : 17]>\n"
      "g (float[1, 512, 1] x, float[0] w) => (float[A, B, C, D] y) <int64 s = {8}> { [n] y = "
      "STFT (x, s, w) }",
      "SX326 transform-length error 'n': the length of a frame is 0\n"
      "  w float32[0]: window: graph input\n"
      "  help: it must be 1 or more\n" },
    { "DFT along its pairs",
      "<ir_version: 10, opset_import: [\"\" : 17]>\n"
      "g (float[1, 512, 2] x) => (float[A, B, C] y) { [n] y = DFT <axis = -1> (x) }",
      "SX327 dft-axis error 'n': axis=-1 is the last axis, which holds real and imaginary "
      "parts\n"
      "  x float32[1, 512, 2] @2: input: graph input\n"
      "  help: use an axis from 0 to 1\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 17]>\n"
      "g (float[1, 512, 2] x) => (float[A, B, C] y) { [n] y = DFT <axis = -2> (x) }",
      "" },
    { "... in an input",
      "<ir_version: 10, opset_import: [\"\" : 20]>\n"
      "g (float[1, 512, 2] x) => (float[A, B, C] y) <int64 a = {2}> { [n] y = DFT (x, , a) }",
      "SX327 dft-axis error 'n': axis=2 is the last axis, which holds real and imaginary parts\n"
      "  x float32[1, 512, 2] @2: input: graph input\n"
      "  help: use an axis from 0 to 1\n" },
    { "STFT: a window shorter than its frame",
      "<ir_version: 10, opset_import: [\"\" : 17]>\n"
      "g (float[1, 512, 1] x, float[40] w) => (float[A, B, C, D] y) <int64 s = {8}, int64 l = "
      "{64}> { [n] y = STFT (x, s, w, l) }",
      "SX328 stft-window error 'n': the window has 40 elements, frame_length is 64\n"
      "  w float32[40] @0: window: graph input\n"
      "  l int64[]: frame_length: initializer\n"
      "  help: leave frame_length out, or give a window of 64\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 17]>\n"
      "g (float[1, 512, 1] x, float[40] w) => (float[A, B, C, D] y) <int64 s = {8}, int64 l = "
      "{40}> { [n] y = STFT (x, s, w, l) }",
      "" },
    { "STFT: a frame longer than the signal",
      "<ir_version: 10, opset_import: [\"\" : 17]>\n"
      "g (float[1, 512, 1] x) => (float[A, B, C, D] y) <int64 s = {8}, int64 l = {513}> { [n] y "
      "= STFT (x, s, , l) }",
      "SX328 stft-window error 'n': a frame of 513 samples is longer than the signal of 512\n"
      "  x float32[1, 512, 1] @1: signal: graph input\n"
      "  help: pad the signal, or use a shorter frame\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 17]>\n"
      "g (float[1, 512, 1] x) => (float[A, B, C, D] y) <int64 s = {8}, int64 l = {512}> { [n] y "
      "= STFT (x, s, , l) }",
      "" },
    { "Det of no square",
      "<ir_version: 10, opset_import: [\"\" : 11]>\n"
      "g (float[5, 2, 3] x) => (float[A] y) { [n] y = Det (x) }",
      "SX329 square-matrix error 'n': a matrix of 2 rows and 3 columns has no determinant\n"
      "  x float32[5, 2, 3] @2: graph input\n"
      "  help: the last two dims must be equal\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 11]>\n"
      "g (float[5, 3, 3] x) => (float[A] y) { [n] y = Det (x) }",
      "" },
    { "Einsum: a result of no input's label",
      "<ir_version: 10, opset_import: [\"\" : 12]>\n"
      "g (float[2, 3] x, float[3, 4] z) => (float[A, B] y) { [n] y = Einsum <equation = "
      "\"ij,jk->iz\"> (x, z) }",
      "SX330 einsum-equation error 'n': equation 'ij,jk->iz': the result has 'z', which no term "
      "has\n"
      "  help: leave it out of the result, or give it to a dim of an input\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 12]>\n"
      "g (float[2, 3] x, float[3, 4] z) => (float[A, B] y) { [n] y = Einsum <equation = "
      "\"ij,jk->ik\"> (x, z) }",
      "" },
    { "Einsum: a term too few",
      "<ir_version: 10, opset_import: [\"\" : 12]>\n"
      "g (float[2, 3] x, float[3, 4] z) => (float[A, B] y) { [n] y = Einsum <equation = "
      "\"ij->ij\"> (x, z) }",
      "SX330 einsum-equation error 'n': equation 'ij->ij': it has 1 term for 2 inputs\n"
      "  help: write one term for each input, separated by commas\n" },
    { "Einsum: a term too many",
      "<ir_version: 10, opset_import: [\"\" : 12]>\n"
      "g (float[2, 3] x) => (float[A, B] y) { [n] y = Einsum <equation = \"ij,jk->ij\"> (x) }",
      "SX330 einsum-equation error 'n': equation 'ij,jk->ij': it has 2 terms for 1 input\n"
      "  help: write one term for each input, separated by commas\n" },
    { "Einsum: a digit",
      "<ir_version: 10, opset_import: [\"\" : 12]>\n"
      "g (float[2, 3] x) => (float[A, B] y) { [n] y = Einsum <equation = \"i1->i1\"> (x) }",
      "SX330 einsum-equation error 'n': equation 'i1->i1': it holds a character that is no "
      "letter, comma, arrow or ellipsis\n"
      "  help: terms are letters and at most one '...', separated by commas; '->' leads to the "
      "result\n" },
    { "Einsum: a label twice in the result",
      "<ir_version: 10, opset_import: [\"\" : 12]>\n"
      "g (float[2, 3] x) => (float[A, B] y) { [n] y = Einsum <equation = \"ij->ii\"> (x) }",
      "SX330 einsum-equation error 'n': equation 'ij->ii': the result has a label twice\n"
      "  help: name each label of the result once\n" },
    { "Einsum: two arrows",
      "<ir_version: 10, opset_import: [\"\" : 12]>\n"
      "g (float[2, 3] x) => (float[A, B] y) { [n] y = Einsum <equation = \"ij->i->j\"> (x) }",
      "SX330 einsum-equation error 'n': equation 'ij->i->j': more than one term follows its "
      "arrow\n"
      "  help: terms are letters and at most one '...', separated by commas; '->' leads to the "
      "result\n" },
    { "Einsum: dots twice",
      "<ir_version: 10, opset_import: [\"\" : 12]>\n"
      "g (float[2, 3] x) => (float[A, B] y) { [n] y = Einsum <equation = \"...i...->i\"> (x) }",
      "SX330 einsum-equation error 'n': equation '...i...->i': a term has two ellipses\n"
      "  help: terms are letters and at most one '...', separated by commas; '->' leads to the "
      "result\n" },
    { "Einsum: one label of two sizes",
      "<ir_version: 10, opset_import: [\"\" : 12]>\n"
      "g (float[2, 3] x, float[4, 5] z) => (float[A, B] y) { [n] y = Einsum <equation = "
      "\"ij,jk->ik\"> (x, z) }",
      "SX332 einsum-dims error 'n': 'j' is 3 in Inputs[0].shape[1] and 4 in Inputs[1].shape[0]\n"
      "  x float32[2, 3] @1: Inputs[0]: graph input\n"
      "  z float32[4, 5] @0: Inputs[1]: graph input\n"
      "  help: dims of one label must be equal, or 1\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 12]>\n"
      "g (float[2, 3] x, float[3, 5] z) => (float[A, B] y) { [n] y = Einsum <equation = "
      "\"ij,jk->ik\"> (x, z) }",
      "" },
    { "Einsum: dots of two sizes",
      "<ir_version: 10, opset_import: [\"\" : 12]>\n"
      "g (float[7, 2, 3] x, float[6, 3, 5] z) => (float[A, B, C] y) { [n] y = Einsum <equation "
      "= \"...ij,...jk->...ik\"> (x, z) }",
      "SX332 einsum-dims error 'n': a dim of '...' is 7 in Inputs[0].shape[0] and 6 in "
      "Inputs[1].shape[0]\n"
      "  x float32[7, 2, 3] @0: Inputs[0]: graph input\n"
      "  z float32[6, 3, 5] @0: Inputs[1]: graph input\n"
      "  help: dims of one label must be equal, or 1\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 12]>\n"
      "g (float[7, 2, 3] x, float[1, 3, 5] z) => (float[A, B, C] y) { [n] y = Einsum <equation "
      "= \"...ij,...jk->...ik\"> (x, z) }",
      "" },
    { "no size of a symbol fits",
      "<ir_version: 10, opset_import: [\"\" : 17]>\n"
      "g (float[N, 99] x) => (float[A, B] y) <int64[2] s = {-1, 100}> { [n] y = Reshape (x, s) }",
      "SX212 no-size-fits warning 'n': no size tried fits the symbolic dims of the inputs; with "
      "1 for a first dim and 224 for others: 99 elements do not split into pieces of 100, so -1 "
      "has no value\n"
      "  x float32[1, 99]: data: graph input\n"
      "  help: the product of the other entries has to divide 99; the target is [-1, 100]; if "
      "there are sizes that fit, declare them, or give them with --dim\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 17]>\n"
      "g (float[N, 100] x) => (float[A, B] y) <int64[2] s = {-1, 100}> { [n] y = Reshape (x, s) "
      "}",
      "" },
    { "a branch to a node that is not there",
      "<ir_version: 10, opset_import: [\"\" : 20, \"ai.onnx.ml\" : 3]>\n"
      "g (float[8, 2] x) => (float[A, B] y) { [n] y = ai.onnx.ml.TreeEnsembleRegressor "
      "<nodes_treeids = [0, 0, 0], nodes_nodeids = [0, 1, 2], nodes_featureids = [0, 0, 0], "
      "nodes_truenodeids = [3, 0, 0], nodes_falsenodeids = [2, 0, 0], nodes_values = [0.5, 0.0, "
      "0.0], nodes_modes = [\"BRANCH_LEQ\", \"LEAF\", \"LEAF\"], target_ids = [0, 0], "
      "target_treeids = [0, 0], target_nodeids = [1, 2], target_weights = [1.0, 2.0]> (x) }",
      "SX333 tree-lists error 'n': nodes_truenodeids leads from node 0 of tree 0 to node 3, "
      "which is not there\n"
      "  help: numbers begin at 0, and a branch leads to another node of its tree\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 20, \"ai.onnx.ml\" : 3]>\n"
      "g (float[8, 2] x) => (float[A, B] y) { [n] y = ai.onnx.ml.TreeEnsembleRegressor "
      "<nodes_treeids = [0, 0, 0], nodes_nodeids = [0, 1, 2], nodes_featureids = [0, 0, 0], "
      "nodes_truenodeids = [1, 0, 0], nodes_falsenodeids = [2, 0, 0], nodes_values = [0.5, 0.0, "
      "0.0], nodes_modes = [\"BRANCH_LEQ\", \"LEAF\", \"LEAF\"], target_ids = [0, 0], "
      "target_treeids = [0, 0], target_nodeids = [1, 2], target_weights = [1.0, 2.0]> (x) }",
      "" },
    { "... as its number is another",
      "<ir_version: 10, opset_import: [\"\" : 20, \"ai.onnx.ml\" : 3]>\n"
      "g (float[8, 2] x) => (float[A, B] y) { [n] y = ai.onnx.ml.TreeEnsembleRegressor "
      "<nodes_treeids = [0, 0, 0], nodes_nodeids = [0, 1, 3], nodes_featureids = [0, 0, 0], "
      "nodes_truenodeids = [1, 0, 0], nodes_falsenodeids = [2, 0, 0], nodes_values = [0.5, 0.0, "
      "0.0], nodes_modes = [\"BRANCH_LT\", \"LEAF\", \"LEAF\"], target_ids = [0, 0], "
      "target_treeids = [0, 0], target_nodeids = [1, 2], target_weights = [1.0, 2.0]> (x) }",
      "SX333 tree-lists error 'n': nodes_falsenodeids[0] leads to node 2 of tree 0, which does "
      "not exist\n"
      "  help: name a pair of nodes_treeids and nodes_nodeids\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 20, \"ai.onnx.ml\" : 3]>\n"
      "g (float[8, 2] x) => (float[A, B] y) { [n] y = ai.onnx.ml.TreeEnsembleRegressor "
      "<nodes_treeids = [0, 0, 0], nodes_nodeids = [0, 1, 2], nodes_featureids = [0, 0, 0], "
      "nodes_truenodeids = [1, 0, 0], nodes_falsenodeids = [2, 0, 0], nodes_values = [0.5, 0.0, "
      "0.0], nodes_modes = [\"BRANCH_LT\", \"LEAF\", \"LEAF\"], target_ids = [0, 0], "
      "target_treeids = [0, 0], target_nodeids = [1, 2], target_weights = [1.0, 2.0]> (x) }",
      "" },
    { "a branch by no comparison",
      "<ir_version: 10, opset_import: [\"\" : 20, \"ai.onnx.ml\" : 3]>\n"
      "g (float[8, 2] x) => (float[A, B] y) { [n] y = ai.onnx.ml.TreeEnsembleRegressor "
      "<nodes_treeids = [0, 0, 0], nodes_nodeids = [0, 1, 2], nodes_featureids = [0, 0, 0], "
      "nodes_truenodeids = [1, 0, 0], nodes_falsenodeids = [2, 0, 0], nodes_values = [0.5, 0.0, "
      "0.0], nodes_modes = [\"BRANCH\", \"LEAF\", \"LEAF\"], target_ids = [0, 0], "
      "target_treeids = [0, 0], target_nodeids = [1, 2], target_weights = [1.0, 2.0]> (x) }",
      "SX313 attribute-value error 'n': nodes_modes is 'BRANCH', which TreeEnsembleRegressor of "
      "opset 3 does not know\n"
      "  help: it may be BRANCH_LEQ, BRANCH_LT, BRANCH_GTE, BRANCH_GT, BRANCH_EQ, BRANCH_NEQ, "
      "LEAF\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 20, \"ai.onnx.ml\" : 3]>\n"
      "g (float[8, 2] x) => (float[A, B] y) { [n] y = ai.onnx.ml.TreeEnsembleRegressor "
      "<nodes_treeids = [0, 0, 0], nodes_nodeids = [0, 1, 2], nodes_featureids = [0, 0, 0], "
      "nodes_truenodeids = [1, 0, 0], nodes_falsenodeids = [2, 0, 0], nodes_values = [0.5, 0.0, "
      "0.0], nodes_modes = [\"BRANCH_GT\", \"LEAF\", \"LEAF\"], target_ids = [0, 0], "
      "target_treeids = [0, 0], target_nodeids = [1, 2], target_weights = [1.0, 2.0]> (x) }",
      "" },
    { "features of other rows",
      "<ir_version: 10, opset_import: [\"\" : 20, \"ai.onnx.ml\" : 3]>\n"
      "g (float[8, 2] x, float[6, 3] z) => (float[A, B] y) { [n] y = "
      "ai.onnx.ml.FeatureVectorizer <inputdimensions = [2, 3]> (x, z) }",
      "SX392 feature-rows error 'n': X[0].shape[0] is 8 and X[1].shape[0] is 6; they must be "
      "equal\n"
      "  x float32[8, 2] @0: X[0]: graph input\n"
      "  z float32[6, 3] @0: X[1]: graph input\n"
      "  help: make both 8 or both 6\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 20, \"ai.onnx.ml\" : 3]>\n"
      "g (float[8, 2] x, float[8, 3] z) => (float[A, B] y) { [n] y = "
      "ai.onnx.ml.FeatureVectorizer <inputdimensions = [2, 3]> (x, z) }",
      "" },
    { "ScatterND past the end",
      "<ir_version: 10, opset_import: [\"\" : 18]>\n"
      "g (float[2, 3] x, float[1] u) => (float[A, B] y) <int64[1, 2] a = {2, 0}> { [n] y = "
      "ScatterND (x, a, u) }",
      "SX359 gather-index error 'n': element 0 of indices is 2, but axis 0 of data has 2 "
      "elements\n"
      "  x float32[2, 3] @0: data: graph input\n"
      "  a int64[1, 2]: indices: initializer\n"
      "  help: an index may be -2 to 1\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 18]>\n"
      "g (float[2, 3] x, float[1] u) => (float[A, B] y) <int64[1, 2] a = {1, -3}> { [n] y = "
      "ScatterND (x, a, u) }",
      "" },
    { "a zero point of other filters",
      "<ir_version: 10, opset_import: [\"\" : 10]>\n"
      "g (uint8[1, 3, 8, 8] x, uint8[6, 3, 3, 3] w, uint8 a, uint8[3] p) => (int32[A, B, C, D] "
      "y) { [n] y = ConvInteger (x, w, a, p) }",
      "SX616 quant-per-channel error 'n': w_zero_point has shape [3], w has 6 filters\n"
      "  p uint8[3] @0: w_zero_point: graph input\n"
      "  w uint8[6, 3, 3, 3] @0: graph input\n"
      "  help: give one in all, or a vector of 6, one for each filter\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 10]>\n"
      "g (uint8[1, 3, 8, 8] x, uint8[6, 3, 3, 3] w, uint8 a, uint8[6] p) => (int32[A, B, C, D] "
      "y) { [n] y = ConvInteger (x, w, a, p) }",
      "" },
};

int main(void)
{
    return lint_program(cases, sizeof cases / sizeof *cases);
}
