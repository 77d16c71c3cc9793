/* tests/unit/lint/moves.c - what operators that move elements say of shapes, indices and blocks
 * that do not fit: for each a model that breaks the rule, the whole message, and one that nearly
 * does. */
#include "support/lint.h"

static const lint_case cases[] = {
    { "Range: no step",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g () => (int64[A] y) <int64 a = {0}, int64 b = {10}, int64 d = {0}> { [n] y = Range(a, "
      "b, d) }",
      "SX336 range-delta error 'n': delta is 0: the range never ends\n"
      "  d int64[]: delta: initializer\n"
      "  help: use a delta above 0 to count up, below 0 to count down\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g () => (int64[A] y) <int64 a = {0}, int64 b = {10}, int64 d = {-1}> { [n] y = Range(a, "
      "b, d) }",
      "" },
    { "Range: no step of floats",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g () => (float[A] y) <float a = {0}, float b = {1}, float d = {0}> { [n] y = Range(a, b, "
      "d) }",
      "SX336 range-delta error 'n': delta is 0: the range never ends\n"
      "  d float32[]: delta: initializer\n"
      "  help: use a delta above 0 to count up, below 0 to count down\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g () => (float[A] y) <float a = {0}, float b = {1}, float d = {0.25}> { [n] y = Range(a, "
      "b, d) }",
      "" },
    { "Einsum: a label too few",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 3, 4] x) => (float[A] y) { [n] y = Einsum<equation = \"ij->i\">(x) }",
      "SX337 einsum-rank error 'n': term 0 of 'ij->i' has 2 labels, Inputs[0] has rank 3\n"
      "  x float32[2, 3, 4]: Inputs[0]: graph input\n"
      "  help: write one letter for each of its 3 dims, or '...' for those that the letters "
      "leave over\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 3, 4] x) => (float[A, B] y) { [n] y = Einsum<equation = \"...ij->...i\">(x) }",
      "" },
    { "Einsum: more labels than dims",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 3] x, float[3] z) => (float[A] y) { [n] y = Einsum<equation = "
      "\"ij,...jk->i\">(x, z) }",
      "SX337 einsum-rank error 'n': term 1 of 'ij,...jk->i' has 2 labels, Inputs[1] has rank 1\n"
      "  z float32[3]: Inputs[1]: graph input\n"
      "  help: write one letter for each of its 1 dim\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 3] x, float[3] z) => (float[A] y) { [n] y = Einsum<equation = "
      "\"ij,...j->i\">(x, z) }",
      "" },
    { "SwiGLU: a gate for one row",
      "<ir_version: 14, opset_import: [\"\" : 28]>\n"
      "g (float[2, 8] x, float[1, 8] z) => (float[A, B] y) { [n] y = SwiGLU(x, z) }",
      "SX339 same-shape error 'n': A is [2, 8] and B is [1, 8]; they must be equal\n"
      "  x float32[2, 8] @0: A: graph input\n"
      "  z float32[1, 8] @0: B: graph input\n"
      "  help: SwiGLU does not broadcast: Expand the smaller one\n" },
    { "... and not",
      "<ir_version: 14, opset_import: [\"\" : 28]>\n"
      "g (float[2, 8] x, float[2, 8] z) => (float[A, B] y) { [n] y = SwiGLU(x, z) }",
      "" },
    { "SwiGLU: another rank",
      "<ir_version: 14, opset_import: [\"\" : 28]>\n"
      "g (float[2, 8] x, float[8] z) => (float[A, B] y) { [n] y = SwiGLU(x, z) }",
      "SX339 same-shape error 'n': A is [2, 8] and B is [8]; they must be equal\n"
      "  x float32[2, 8]: A: graph input\n"
      "  z float32[8]: B: graph input\n"
      "  help: SwiGLU does not broadcast: Expand the smaller one\n" },
    { "... and not",
      "<ir_version: 14, opset_import: [\"\" : 28]>\n"
      "g (float[2, 8] x, float[2, 8] z) => (float[A, B] y) { [n] y = SwiGLU(x, z) }",
      "" },
    { "Reshape: another number of elements",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 3, 4] x) => (float[A, B] y) <int64[2] s = {5, 5}> { [n] y = Reshape(x, s) }",
      "SX350 reshape-product error 'n': 24 elements cannot become [5, 5]\n"
      "  x float32[2, 3, 4]: data: graph input\n"
      "  help: the product of the entries has to be 24; -1 works one of them out\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 3, 4] x) => (float[A, B] y) <int64[2] s = {4, 6}> { [n] y = Reshape(x, s) }",
      "" },
    { "Reshape: -1 without a value",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 3, 4] x) => (float[A, B] y) <int64[2] s = {7, -1}> { [n] y = Reshape(x, s) }",
      "SX350 reshape-product error 'n': 24 elements do not split into pieces of 7, so -1 has no "
      "value\n"
      "  x float32[2, 3, 4]: data: graph input\n"
      "  help: the product of the other entries has to divide 24; the target is [7, -1]\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 3, 4] x) => (float[A, B] y) <int64[2] s = {8, -1}> { [n] y = Reshape(x, s) }",
      "" },
    { "Reshape: groups that split no channels",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 6, 5, 5] x) => (float[A, B, C] y) <int64[3] s = {0, 4, -1}> { [n] y = "
      "Reshape(x, s) }",
      "SX350 reshape-product error 'n': 300 elements do not split into pieces of 8, so -1 has "
      "no value\n"
      "  x float32[2, 6, 5, 5]: data: graph input\n"
      "  help: the product of the other entries has to divide 300; as groups of channels: 6 "
      "channels split into 1, 2, 3 or 6 groups, not 4; the target is [0, 4, -1]\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 6, 4, 4] x) => (float[A, B, C] y) <int64[3] s = {0, 4, -1}> { [n] y = "
      "Reshape(x, s) }",
      "" },
    { "Reshape: two to work out",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 3, 4] x) => (float[A, B] y) <int64[2] s = {-1, -1}> { [n] y = Reshape(x, s) }",
      "SX350 reshape-product error 'n': the target has -1 twice, at 0 and at 1\n"
      "  help: give a number for one of them: only one entry can be worked out; the target is "
      "[-1, -1]\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 3, 4] x) => (float[A, B] y) <int64[2] s = {-1, 1}> { [n] y = Reshape(x, s) }",
      "" },
    { "Reshape: a symbol, and a rest that does not split",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[N, 7] x) => (float[A, B] y) <int64[2] s = {0, 8}> { [n] y = Reshape(x, s) }",
      "SX350 reshape-product error 'n': 7*N elements cannot become [N, 8]\n"
      "  x float32[N, 7]: data: graph input\n"
      "  help: the product of the entries has to be 7*N; -1 works one of them out\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[N, 7] x) => (float[A, B] y) <int64[2] s = {0, 7}> { [n] y = Reshape(x, s) }",
      "" },
    { "Transpose: a perm for images",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 3, 4] x) => (float[A, B, C] y) { [n] y = Transpose<perm = [0, 2, 3, 1]>(x) }",
      "SX352 transpose-perm error 'n': perm [0, 2, 3, 1] has 4 entries, but data has rank 3\n"
      "  x float32[2, 3, 4]: data: graph input\n"
      "  help: perm has to name each of the axes 0 to 2 once\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 3, 4] x) => (float[A, B, C] y) { [n] y = Transpose<perm = [0, 2, 1]>(x) }",
      "" },
    { "Transpose: an axis twice",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 3, 4] x) => (float[A, B, C] y) { [n] y = Transpose<perm = [0, 1, 1]>(x) }",
      "SX352 transpose-perm error 'n': perm [0, 1, 1] names axis 1 twice\n"
      "  x float32[2, 3, 4]: data: graph input\n"
      "  help: perm has to name each of the axes 0 to 2 once\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 3, 4] x) => (float[A, B, C] y) { [n] y = Transpose<perm = [2, 0, 1]>(x) }",
      "" },
    { "Transpose: an axis that is not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 3, 4] x) => (float[A, B, C] y) { [n] y = Transpose<perm = [1, 2, 3]>(x) }",
      "SX352 transpose-perm error 'n': perm [1, 2, 3]: there is no axis 3\n"
      "  x float32[2, 3, 4]: data: graph input\n"
      "  help: perm has to name each of the axes 0 to 2 once\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 3, 4] x) => (float[A, B, C] y) { [n] y = Transpose<perm = [1, 2, 0]>(x) }",
      "" },
    { "Transpose: an axis from the end",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 3, 4] x) => (float[A, B, C] y) { [n] y = Transpose<perm = [0, -1, 1]>(x) }",
      "SX352 transpose-perm error 'n': perm [0, -1, 1]: there is no axis -1\n"
      "  x float32[2, 3, 4]: data: graph input\n"
      "  help: perm has to name each of the axes 0 to 2 once\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 3, 4] x) => (float[A, B, C] y) { [n] y = Transpose<perm = [0, 2, 1]>(x) }",
      "" },
    { "Concat: another height",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[1, 4, 8] x, float[1, 4, 9] z) => (float[A, B, C] y) { [n] y = Concat<axis = "
      "1>(x, z) }",
      "SX353 concat-shape error 'n': dim 2 is 8 in inputs[0] and 9 in inputs[1]; inputs may "
      "differ along axis 1 only\n"
      "  x float32[1, 4, 8] @2: inputs[0]: graph input\n"
      "  z float32[1, 4, 9] @2: inputs[1]: graph input\n"
      "  help: make dim 2 equal, or concatenate along it\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[1, 4, 8] x, float[1, 4, 9] z) => (float[A, B, C] y) { [n] y = Concat<axis = "
      "2>(x, z) }",
      "" },
    { "Concat: two dims",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[1, 4, 8] x, float[2, 4, 9] z) => (float[A, B, C] y) { [n] y = Concat<axis = "
      "1>(x, z) }",
      "SX353 concat-shape error 'n': dim 0 is 1 in inputs[0] and 2 in inputs[1]; inputs may "
      "differ along axis 1 only\n"
      "  x float32[1, 4, 8] @0: inputs[0]: graph input\n"
      "  z float32[2, 4, 9] @0: inputs[1]: graph input\n"
      "  help: make dim 0 equal in all inputs\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[1, 4, 8] x, float[1, 6, 8] z) => (float[A, B, C] y) { [n] y = Concat<axis = "
      "1>(x, z) }",
      "" },
    { "Concat: another rank",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[4, 8] x, float[1, 4, 8] z) => (float[A, B] y) { [n] y = Concat<axis = 0>(x, x, "
      "z) }",
      "SX353 concat-shape error 'n': inputs[0] has rank 2, inputs[2] has rank 3\n"
      "  x float32[4, 8]: inputs[0]: graph input\n"
      "  z float32[1, 4, 8]: inputs[2]: graph input\n"
      "  help: all inputs need one rank: Unsqueeze or Reshape one of them\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[4, 8] x, float[1, 8] z) => (float[A, B] y) { [n] y = Concat<axis = 0>(x, x, z) }",
      "" },
    { "QLinearConcat: a zero point too few",
      "<ir_version: 10, opset_import: [\"\" : 21, \"com.microsoft\" : 1]>\n"
      "g (uint8[2, 3] x) => (uint8[A, B] y) <float s = {0.5}, uint8 z = {3}> { [n] y = "
      "com.microsoft.QLinearConcat<axis = 0>(s, z, x, s, z, x, s) }",
      "SX353 concat-shape error 'n': inputs has 5 entries, no multiple of 3\n"
      "  help: give a tensor, its scale and its zero point for each part\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21, \"com.microsoft\" : 1]>\n"
      "g (uint8[2, 3] x) => (uint8[A, B] y) <float s = {0.5}, uint8 z = {3}> { [n] y = "
      "com.microsoft.QLinearConcat<axis = 0>(s, z, x, s, z, x, s, z) }",
      "" },
    { "QLinearConcat: another width",
      "<ir_version: 10, opset_import: [\"\" : 21, \"com.microsoft\" : 1]>\n"
      "g (uint8[2, 3] x, uint8[2, 4] w) => (uint8[A, B] y) <float s = {0.5}, uint8 z = {3}> { "
      "[n] y = com.microsoft.QLinearConcat<axis = 0>(s, z, x, s, z, w, s, z) }",
      "SX353 concat-shape error 'n': inputs[0].shape[1] is 3 and inputs[3].shape[1] is 4; they "
      "must be equal\n"
      "  x uint8[2, 3] @1: inputs[0]: graph input\n"
      "  w uint8[2, 4] @1: inputs[3]: graph input\n"
      "  help: make both 3 or both 4\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21, \"com.microsoft\" : 1]>\n"
      "g (uint8[2, 3] x, uint8[2, 4] w) => (uint8[A, B] y) <float s = {0.5}, uint8 z = {3}> { "
      "[n] y = com.microsoft.QLinearConcat<axis = 1>(s, z, x, s, z, w, s, z) }",
      "" },
    { "Gather: past the end",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[3, 4] x) => (float[A, B] y) <int64[2] i = {0, 3}> { [n] y = Gather(x, i) }",
      "SX359 gather-index error 'n': element 1 of indices is 3, but axis 0 of data has 3 "
      "elements\n"
      "  x float32[3, 4] @0: data: graph input\n"
      "  i int64[2]: indices: initializer\n"
      "  help: an index may be -3 to 2\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[3, 4] x) => (float[A, B] y) <int64[2] i = {2, -3}> { [n] y = Gather(x, i) }",
      "" },
    { "Gather: of nothing",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[0, 4] x) => (float[A, B] y) <int64[1] i = {0}> { [n] y = Gather(x, i) }",
      "SX359 gather-index error 'n': indices is 0, but axis 0 of data has 0 elements\n"
      "  x float32[0, 4] @0: data: graph input\n"
      "  i int64[1]: indices: initializer\n"
      "  help: nothing can be picked from an axis of 0 elements\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[0, 4] x) => (float[A, B] y) <int64[1] i = {0}> { [n] y = Gather<axis = 1>(x, i) "
      "}",
      "" },
    { "GatherElements: before the start",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[3, 4] x) => (float[A, B] y) <int64[2, 1] i = {0, -5}> { [n] y = "
      "GatherElements<axis = 1>(x, i) }",
      "SX359 gather-index error 'n': element 1 of indices is -5, but axis 1 of data has 4 "
      "elements\n"
      "  x float32[3, 4] @1: data: graph input\n"
      "  i int64[2, 1]: indices: initializer\n"
      "  help: an index may be -4 to 3\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[3, 4] x) => (float[A, B] y) <int64[2, 1] i = {0, -4}> { [n] y = "
      "GatherElements<axis = 1>(x, i) }",
      "" },
    { "GatherND: the second number",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[3, 4] x) => (float[A] y) <int64[2, 2] i = {2, 3, 0, 4}> { [n] y = GatherND(x, "
      "i) }",
      "SX359 gather-index error 'n': element 3 of indices is 4, but axis 1 of data has 4 "
      "elements\n"
      "  x float32[3, 4] @1: data: graph input\n"
      "  i int64[2, 2]: indices: initializer\n"
      "  help: an index may be -4 to 3\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[3, 4] x) => (float[A] y) <int64[2, 2] i = {2, 3, 0, -4}> { [n] y = GatherND(x, "
      "i) }",
      "" },
    { "ScatterElements: past the end",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[3, 4] x, float[1, 2] u) => (float[A, B] y) <int64[1, 2] i = {1, 4}> { [n] y = "
      "ScatterElements<axis = 1>(x, i, u) }",
      "SX359 gather-index error 'n': element 1 of indices is 4, but axis 1 of data has 4 "
      "elements\n"
      "  x float32[3, 4] @1: data: graph input\n"
      "  i int64[1, 2]: indices: initializer\n"
      "  help: an index may be -4 to 3\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[3, 4] x, float[1, 2] u) => (float[A, B] y) <int64[1, 2] i = {1, 3}> { [n] y = "
      "ScatterElements<axis = 1>(x, i, u) }",
      "" },
    { "ScatterND: past the end",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[3, 4] x, float[1, 4] u) => (float[A, B] y) <int64[1, 1] i = {3}> { [n] y = "
      "ScatterND(x, i, u) }",
      "SX359 gather-index error 'n': indices is 3, but axis 0 of data has 3 elements\n"
      "  x float32[3, 4] @0: data: graph input\n"
      "  i int64[1, 1]: indices: initializer\n"
      "  help: an index may be -3 to 2\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[3, 4] x, float[1, 4] u) => (float[A, B] y) <int64[1, 1] i = {2}> { [n] y = "
      "ScatterND(x, i, u) }",
      "" },
    { "DepthToSpace: channels",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[1, 6, 4, 4] x) => (float[A, B, C, D] y) { [n] y = DepthToSpace<blocksize = "
      "2>(x) }",
      "SX369 blocksize error 'n': dim 1 is 6, which is no multiple of 4 (blocksize=2)\n"
      "  x float32[1, 6, 4, 4] @1: input: graph input\n"
      "  help: channels have to be a multiple of blocksize squared, 4\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[1, 8, 4, 4] x) => (float[A, B, C, D] y) { [n] y = DepthToSpace<blocksize = "
      "2>(x) }",
      "" },
    { "SpaceToDepth: a width",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[1, 3, 6, 8] x) => (float[A, B, C, D] y) { [n] y = SpaceToDepth<blocksize = "
      "3>(x) }",
      "SX369 blocksize error 'n': dim 3 is 8, which is no multiple of 3 (blocksize=3)\n"
      "  x float32[1, 3, 6, 8] @3: input: graph input\n"
      "  help: height and width have to be multiples of blocksize, 3\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[1, 3, 6, 9] x) => (float[A, B, C, D] y) { [n] y = SpaceToDepth<blocksize = "
      "3>(x) }",
      "" },
    { "SpaceToDepth: no block",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[1, 3, 6, 8] x) => (float[A, B, C, D] y) { [n] y = SpaceToDepth<blocksize = "
      "0>(x) }",
      "SX369 blocksize error 'n': blocksize is 0\n"
      "  help: it is the edge of a block of pixels: 1 to 1048576\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[1, 3, 6, 8] x) => (float[A, B, C, D] y) { [n] y = SpaceToDepth<blocksize = "
      "1>(x) }",
      "" },
    { "DepthToSpace: a mode",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[1, 8, 4, 4] x) => (float[A, B, C, D] y) { [n] y = DepthToSpace<blocksize = 2, "
      "mode = \"CDR\">(x) }",
      "SX369 blocksize error 'n': mode is 'CDR'\n"
      "  help: it may be DCR or CRD\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[1, 8, 4, 4] x) => (float[A, B, C, D] y) { [n] y = DepthToSpace<blocksize = 2, "
      "mode = \"CRD\">(x) }",
      "" },
    { "Pad: cut off too much",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[4, 4] x) => (float[A, B] y) <int64[4] p = {0, -2, 0, -3}> { [n] y = Pad(x, p) }",
      "SX365 pad-pads error 'n': dim 1 is 4; with pads of -2 and -3 it would be -1\n"
      "  x float32[4, 4] @1: data: graph input\n"
      "  help: negative pads cut off: together at most the 4 that are there\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[4, 4] x) => (float[A, B] y) <int64[4] p = {0, -2, 0, -2}> { [n] y = Pad(x, p) }",
      "" },
    { "Col2Im: columns",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[1, 8, 4] x) => (float[A, B, C, D] y) <int64[2] i = {5, 5}, int64[2] b = {2, 2}> "
      "{ [n] y = Col2Im<strides = [2, 1]>(x, i, b) }",
      "SX387 col2im-shape error 'n': dim 2 is 4, but a picture of [5, 5] has room for 8 blocks "
      "of [2, 2]\n"
      "  x float32[1, 8, 4] @2: input: graph input\n"
      "  help: dim 2 is the blocks of a picture: make it 8\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[1, 8, 8] x) => (float[A, B, C, D] y) <int64[2] i = {5, 5}, int64[2] b = {2, 2}> "
      "{ [n] y = Col2Im<strides = [2, 1]>(x, i, b) }",
      "" },
    { "Col2Im: a block larger than the picture",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[1, 12, 1] x) => (float[A, B, C, D] y) <int64[2] i = {5, 5}, int64[2] b = {6, "
      "2}> { [n] y = Col2Im(x, i, b) }",
      "SX387 col2im-shape error 'n': dim 2 is 1, but a picture of [5, 5] has room for 0 blocks "
      "of [6, 2]\n"
      "  x float32[1, 12, 1] @2: input: graph input\n"
      "  help: a block with its dilations has to fit into the picture with its pads: correct "
      "image_shape or block_shape\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[1, 10, 4] x) => (float[A, B, C, D] y) <int64[2] i = {5, 5}, int64[2] b = {5, "
      "2}> { [n] y = Col2Im(x, i, b) }",
      "" },
    { "Col2Im: a block larger by dilation",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[1, 9, 1] x) => (float[A, B, C, D] y) <int64[2] i = {5, 5}, int64[2] b = {3, 3}> "
      "{ [n] y = Col2Im<dilations = [3, 1]>(x, i, b) }",
      "SX387 col2im-shape error 'n': dim 2 is 1, but a picture of [5, 5] has room for 0 blocks "
      "of [3, 3]\n"
      "  x float32[1, 9, 1] @2: input: graph input\n"
      "  help: a block with its dilations has to fit into the picture with its pads: correct "
      "image_shape or block_shape\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[1, 9, 3] x) => (float[A, B, C, D] y) <int64[2] i = {5, 5}, int64[2] b = {3, 3}> "
      "{ [n] y = Col2Im<dilations = [2, 1]>(x, i, b) }",
      "" },
    { "Col2Im: a size below 0",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[1, 4, 4] x) => (float[A, B, C, D] y) <int64[2] i = {-5, 5}, int64[2] b = {2, "
      "2}> { [n] y = Col2Im(x, i, b) }",
      "SX340 operand-value error 'n': image_shape[0] is -5; Col2Im takes 0 or more (1 of 2 "
      "elements is outside)\n"
      "  i int64[2]: image_shape: initializer\n"
      "  help: image_shape may be 0 or more\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[1, 4, 16] x) => (float[A, B, C, D] y) <int64[2] i = {5, 5}, int64[2] b = {2, "
      "2}> { [n] y = Col2Im(x, i, b) }",
      "" },
    { "Col2Im: a block of 0",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[1, 4, 4] x) => (float[A, B, C, D] y) <int64[2] i = {5, 5}, int64[2] b = {0, 2}> "
      "{ [n] y = Col2Im(x, i, b) }",
      "SX340 operand-value error 'n': block_shape[0] is 0; Col2Im takes 1 or more (1 of 2 "
      "elements is outside)\n"
      "  b int64[2]: block_shape: initializer\n"
      "  help: block_shape may be 1 or more\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[1, 4, 16] x) => (float[A, B, C, D] y) <int64[2] i = {5, 5}, int64[2] b = {2, "
      "2}> { [n] y = Col2Im(x, i, b) }",
      "" },
    { "Col2Im: no multiple",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[1, 6, 16] x) => (float[A, B, C, D] y) <int64[2] i = {5, 5}, int64[2] b = {2, "
      "2}> { [n] y = Col2Im(x, i, b) }",
      "SX387 col2im-shape error 'n': dim 1 is 6, which is no multiple of blocks of 4\n"
      "  x float32[1, 6, 16] @1: input: graph input\n"
      "  help: dim 1 is the channels times the 4 elements of a block\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[1, 8, 16] x) => (float[A, B, C, D] y) <int64[2] i = {5, 5}, int64[2] b = {2, "
      "2}> { [n] y = Col2Im(x, i, b) }",
      "" },
    { "Col2Im: a stride of 0",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[1, 4, 16] x) => (float[A, B, C, D] y) <int64[2] i = {5, 5}, int64[2] b = {2, "
      "2}> { [n] y = Col2Im<strides = [0, 1]>(x, i, b) }",
      "SX387 col2im-shape error 'n': strides[0] is 0\n"
      "  help: give 2 entries of 1 or more\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[1, 4, 16] x) => (float[A, B, C, D] y) <int64[2] i = {5, 5}, int64[2] b = {2, "
      "2}> { [n] y = Col2Im<strides = [1, 1]>(x, i, b) }",
      "" },
    { "Col2Im: pads",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[1, 4, 16] x) => (float[A, B, C, D] y) <int64[2] i = {5, 5}, int64[2] b = {2, "
      "2}> { [n] y = Col2Im<pads = [1, 1]>(x, i, b) }",
      "SX387 col2im-shape error 'n': pads has 2 entries for 2 spatial dims\n"
      "  help: give 4 entries of 0 or more\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[1, 4, 36] x) => (float[A, B, C, D] y) <int64[2] i = {5, 5}, int64[2] b = {2, "
      "2}> { [n] y = Col2Im<pads = [1, 1, 1, 1]>(x, i, b) }",
      "" },
    { "Col2Im: a block of three",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[1, 4, 16] x) => (float[A, B, C, D] y) <int64[2] i = {5, 5}, int64[3] b = {2, 2, "
      "1}> { [n] y = Col2Im(x, i, b) }",
      "SX387 col2im-shape error 'n': image_shape has 2 entries, block_shape has 3\n"
      "  help: give one for each spatial dim\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[1, 4, 16] x) => (float[A, B, C, D] y) <int64[2] i = {5, 5}, int64[2] b = {2, "
      "2}> { [n] y = Col2Im(x, i, b) }",
      "" },
};

int main(void)
{
    return lint_program(cases, sizeof cases / sizeof *cases);
}
