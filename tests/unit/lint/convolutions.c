/* tests/unit/lint/convolutions.c - what convolutions, normalizations and operators that move
 * elements say of shapes that do not fit: for each rule a model that breaks it, the whole message,
 * and one that nearly does. */
#include "support/lint.h"

static const lint_case cases[] = {
    { "more dims than a tensor can have",
      "<ir_version: 10, opset_import: [\"\" : 16]>\n"
      "g (float[2] x) => (float y) <int64[64] a = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63, 64}> { [n] u = Unsqueeze(x, a) y = ReduceSum<keepdims = 0>(u) }",
      "SX356 unsqueeze-rank error 'n': 64 axes added to rank 1 are more dims than the 64 that are possible\n"
      "  help: add at most 63\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 16]>\n"
      "g (float[2] x) => (float y) <int64[63] a = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63}> { [n] u = Unsqueeze(x, a) y = ReduceSum<keepdims = 0>(u) }",
      "" },
    { "filters of a transposed convolution, not transposed",
      "<ir_version: 10, opset_import: [\"\" : 11]>\n"
      "g (float[1, 16, 4, 4] x, float[8, 16, 2, 2] w) => (float[A, B, C, D] y) { [n] y = "
      "ConvTranspose (x, w) }",
      "SX205 conv-transpose-weight error 'n': X has 16 channels, but W.shape[0] = 8\n"
      "  x float32[1, 16, 4, 4] @1: graph input\n"
      "  w float32[8, 16, 2, 2] @0: graph input\n"
      "  help: W of a transposed convolution is [C, M / group, ...], so its first dim is "
      "that of the input's channels; make W.shape[0] = 16, or feed 8 channels\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 11]>\n"
      "g (float[1, 16, 4, 4] x, float[16, 8, 2, 2] w) => (float[A, B, C, D] y) { [n] y = "
      "ConvTranspose (x, w) }",
      "" },
    { "a scale of one for each group, where each channel has one",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 32, 4, 4] x, float[8] s, float[32] b) => (float[A, B, C, D] y) { [n] "
      "y = GroupNormalization <num_groups = 8> (x, s, b) }",
      "SX221 groupnorm-scale error 'n': scale has 8 elements, opset 21 wants one for "
      "each channel: 32\n"
      "  s float32[8] @0: scale: graph input\n"
      "  x float32[2, 32, 4, 4] @1: graph input\n"
      "  help: 8 elements are num_groups=8, the form of opset 18: repeat each 4 times, "
      "once for each channel of its group\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 32, 4, 4] x, float[32] s, float[32] b) => (float[A, B, C, D] y) { [n] "
      "y = GroupNormalization <num_groups = 8> (x, s, b) }",
      "" },
    { "... and one for each channel, where each group has one",
      "<ir_version: 10, opset_import: [\"\" : 18]>\n"
      "g (float[2, 32, 4, 4] x, float[8] s, float[32] b) => (float[A, B, C, D] y) { [n] "
      "y = GroupNormalization <num_groups = 8> (x, s, b) }",
      "SX221 groupnorm-scale error 'n': bias has 32 elements, opset 18 wants one for "
      "each group: 8\n"
      "  b float32[32] @0: bias: graph input\n"
      "  x float32[2, 32, 4, 4] @1: graph input\n"
      "  help: one for each of 32 channels is the form of opset 21: import that, or give "
      "8\n"
      "SX503 op-deprecated warning 'n': GroupNormalization is deprecated since opset 18\n"
      "  help: use its version of a newer opset\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 18]>\n"
      "g (float[2, 32, 4, 4] x, float[8] s, float[8] b) => (float[A, B, C, D] y) { [n] y "
      "= GroupNormalization <num_groups = 8> (x, s, b) }",
      "SX503 op-deprecated warning 'n': GroupNormalization is deprecated since opset 18\n"
      "  help: use its version of a newer opset\n" },
    { "a scale for a channel that is not",
      "<ir_version: 10, opset_import: [\"\" : 6]>\n"
      "g (float[2, 3, 4, 4] x, float[4] s, float[3] b) => (float[A, B, C, D] y) { [n] y "
      "= InstanceNormalization (x, s, b) }",
      "SX223 instancenorm-channels error 'n': scale has 4 elements, input has 3 channels\n"
      "  x float32[2, 3, 4, 4] @1: input: graph input\n"
      "  s float32[4] @0: scale: graph input\n"
      "  help: scale and B have one element for each channel\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 6]>\n"
      "g (float[2, 3, 4, 4] x, float[3] s, float[3] b) => (float[A, B, C, D] y) { [n] y "
      "= InstanceNormalization (x, s, b) }",
      "" },
    { "statistics of more channels",
      "<ir_version: 10, opset_import: [\"\" : 15]>\n"
      "g (float[1, 8, 4, 4] x, float[8] s, float[8] b, float[16] m, float[8] v) => "
      "(float[A, B, C, D] y) { [n] y = BatchNormalization (x, s, b, m, v) }",
      "SX224 batchnorm-channels error 'n': mean has 16 elements, X has 8 channels\n"
      "  x float32[1, 8, 4, 4] @1: graph input\n"
      "  m float32[16] @0: input_mean: graph input\n"
      "  help: scale, B, mean and var have one element for each channel: 8\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 15]>\n"
      "g (float[1, 8, 4, 4] x, float[8] s, float[8] b, float[8] m, float[8] v) => "
      "(float[A, B, C, D] y) { [n] y = BatchNormalization (x, s, b, m, v) }",
      "" },
    { "a scale of another axis",
      "<ir_version: 10, opset_import: [\"\" : 17]>\n"
      "g (float[2, 8, 64] x, float[8] s) => (float[A, B, C] y) { [n] y = "
      "LayerNormalization (x, s) }",
      "SX225 layernorm-scale error 'n': Scale is [8], which does not broadcast into X of [2, 8, "
      "64]\n"
      "  x float32[2, 8, 64] @2: graph input\n"
      "  s float32[8] @0: Scale: graph input\n"
      "  help: Scale has the dims of X from axis on, or 1 in the place of some\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 17]>\n"
      "g (float[2, 8, 64] x, float[64] s) => (float[A, B, C] y) { [n] y = "
      "LayerNormalization (x, s) }",
      "" },
    { "pads of an unpooling that leave less than nothing",
      "<ir_version: 10, opset_import: [\"\" : 11]>\n"
      "g (float[1, 1, 2, 2] x, int64[1, 1, 2, 2] i) => (float[A, B, C, D] y) { [n] y = "
      "MaxUnpool <kernel_shape = [2, 2], pads = [3, 0, 3, 0]> (x, i) }",
      "SX308 shape-negative error 'n': output would be float32[1, 1, -3, 3]: no dim can "
      "be negative\n"
      "  x float32[1, 1, 2, 2]: graph input\n"
      "  help: the input is too small for this node: use a larger input, or check its "
      "attributes\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 11]>\n"
      "g (float[1, 1, 2, 2] x, int64[1, 1, 2, 2] i) => (float[A, B, C, D] y) { [n] y = "
      "MaxUnpool <kernel_shape = [2, 2], pads = [1, 0, 1, 0]> (x, i) }",
      "" },
    { "a stride for one dim of two",
      "<ir_version: 10, opset_import: [\"\" : 11]>\n"
      "g (float[1, 2, 8, 8] x, float[4, 2, 3, 3] w) => (float[A, B, C, D] y) { [n] y = "
      "Conv <strides = [2]> (x, w) }",
      "SX320 window-attribute-length error 'n': strides has 1 element, 2 spatial dims "
      "want 2\n"
      "  help: give strides one number for each spatial dim, 2 in all\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 11]>\n"
      "g (float[1, 2, 8, 8] x, float[4, 2, 3, 3] w) => (float[A, B, C, D] y) { [n] y = "
      "Conv <strides = [2, 2]> (x, w) }",
      "" },
    { "pads of the beginnings alone",
      "<ir_version: 10, opset_import: [\"\" : 12]>\n"
      "g (float[1, 2, 8, 8] x) => (float[A, B, C, D] y) { [n] y = MaxPool <kernel_shape "
      "= [3, 3], pads = [1, 1]> (x) }",
      "SX320 window-attribute-length error 'n': pads has 2 elements, 2 spatial dims want "
      "4\n"
      "  help: pads lists all beginnings, then all ends: 4 numbers\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 12]>\n"
      "g (float[1, 2, 8, 8] x) => (float[A, B, C, D] y) { [n] y = MaxPool <kernel_shape "
      "= [3, 3], pads = [1, 1, 1, 1]> (x) }",
      "" },
    { "a window larger than the picture",
      "<ir_version: 10, opset_import: [\"\" : 12]>\n"
      "g (float[1, 8, 4, 4] x) => (float[A, B, C, D] y) { [n] y = MaxPool <kernel_shape "
      "= [7, 7]> (x) }",
      "SX323 window-too-large error 'n': a window of 7 does not fit into 4 with 0 of "
      "padding\n"
      "  x float32[1, 8, 4, 4] @2: graph input\n"
      "  help: pad by 3 more, or use a smaller kernel or dilation\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 12]>\n"
      "g (float[1, 8, 4, 4] x) => (float[A, B, C, D] y) { [n] y = MaxPool <kernel_shape "
      "= [4, 4]> (x) }",
      "" },
    { "... by its dilation",
      "<ir_version: 10, opset_import: [\"\" : 11]>\n"
      "g (float[1, 2, 4, 4] x, float[4, 2, 3, 3] w) => (float[A, B, C, D] y) { [n] y = "
      "Conv <dilations = [1, 2]> (x, w) }",
      "SX323 window-too-large error 'n': a window of 5 does not fit into 4 with 0 of "
      "padding\n"
      "  x float32[1, 2, 4, 4] @3: graph input\n"
      "  help: pad by 1 more, or use a smaller kernel or dilation\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 11]>\n"
      "g (float[1, 2, 4, 5] x, float[4, 2, 3, 3] w) => (float[A, B, C, D] y) { [n] y = "
      "Conv <dilations = [1, 2]> (x, w) }",
      "" },
    { "pads that leave nothing of a transposed convolution",
      "<ir_version: 10, opset_import: [\"\" : 11]>\n"
      "g (float[1, 2, 4, 4] x, float[2, 3, 2, 2] w) => (float[A, B, C, D] y) { [n] y = "
      "ConvTranspose <pads = [3, 0, 3, 0]> (x, w) }",
      "SX323 window-too-large error 'n': pads of 6 leave nothing of spatial dim 0\n"
      "  x float32[1, 2, 4, 4] @2: graph input\n"
      "  help: the pads of a transposed convolution crop its output: make them smaller\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 11]>\n"
      "g (float[1, 2, 4, 4] x, float[2, 3, 2, 2] w) => (float[A, B, C, D] y) { [n] y = "
      "ConvTranspose <pads = [2, 0, 2, 0]> (x, w) }",
      "" },
    { "a bias for rows",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[4, 8] x, float[8, 10] w, float[4] b) => (float[A, B] y) { [n] y = Gemm "
      "(x, w, b) }",
      "SX331 gemm-bias error 'n': C is [4], and A B is [4, 10]\n"
      "  b float32[4] @0: C: graph input\n"
      "  help: C must be [4, 10], or have a 1 where the dims differ\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[4, 8] x, float[8, 10] w, float[4, 1] b) => (float[A, B] y) { [n] y = "
      "Gemm (x, w, b) }",
      "" },
    { "a tensor as a shape",
      "<ir_version: 10, opset_import: [\"\" : 9]>\n"
      "g (int64[65] x) => (float[] y) { [n] y = ConstantOfShape (x) }",
      "SX334 shape-rank error 'n': the shape has 65 dims, at most 64 are possible\n"
      "  x int64[65]: input: graph input\n"
      "  help: was the tensor itself given instead of its shape?\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 9]>\n"
      "g (int64[3] x) => (float[A, B, C] y) { [n] y = ConstantOfShape (x) }",
      "" },
    { "a shape of 65 dims",
      "<ir_version: 10, opset_import: [\"\" : 7]>\n"
      "g () => (float[] y) { [n] y = RandomNormal <shape = [1, 1, 1, 1, 1, 1, 1, 1, 1, "
      "1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, "
      "1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, "
      "1, 1]> () }",
      "SX334 shape-rank error 'n': the shape has 65 dims, at most 64 are possible\n"
      "  help: give one entry for each dim\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 7]>\n"
      "g () => (float[A, B, C] y) { [n] y = RandomNormal <seed = 1.0, shape = [1, 1, 1]> "
      "() }",
      "" },
    { "a size copied past the input's shape",
      "<ir_version: 10, opset_import: [\"\" : 14]>\n"
      "g (float[6] x) => (float[A, B, C] y) <int64[3] i = {0, 0, 6}> { [n] y = Reshape "
      "(x, i) }",
      "SX351 reshape-target error 'n': entry 1 of the target is 0, copy that dim, but the rank "
      "is 1\n"
      "  x float32[6]: data: graph input\n"
      "  help: give a size for entry 1, or -1 to have it worked out; the target is [0, 0, 6]\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 14]>\n"
      "g (float[6] x) => (float[A, B, C] y) <int64[3] j = {0, 1, 1}> { [n] y = Reshape "
      "(x, j) }",
      "" },
    { "a size below -1",
      "<ir_version: 10, opset_import: [\"\" : 14]>\n"
      "g (float[6] x) => (float[A, B] y) <int64[2] i = {3, -2}> { [n] y = Reshape (x, i) "
      "}",
      "SX351 reshape-target error 'n': entry 1 of the target is -2\n"
      "  help: an entry is a size, 0 to copy that dim, or once -1 to be worked out; the target "
      "is [3, -2]\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 14]>\n"
      "g (float[6] x) => (float[A, B] y) <int64[2] j = {3, -1}> { [n] y = Reshape (x, j) "
      "}",
      "" },
    { "0 and -1 where 0 is a size",
      "<ir_version: 10, opset_import: [\"\" : 14]>\n"
      "g (float[0, 6] x) => (float[A, B] y) <int64[2] i = {0, -1}> { [n] y = Reshape "
      "<allowzero = 1> (x, i) }",
      "SX351 reshape-target error 'n': with allowzero=1 the target has both 0 and -1, which "
      "cannot be worked out\n"
      "  help: give a size instead of -1; or leave allowzero out, so that 0 copies a dim; the "
      "target is [0, -1]\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 14]>\n"
      "g (float[0, 6] x) => (float[A, B] y) <int64[2] j = {0, 3}> { [n] y = Reshape "
      "<allowzero = 1> (x, j) }",
      "" },
    { "a cut past the last dim",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[2, 3, 4] x) => (float[A, B] y) { [n] y = Flatten <axis = 4> (x) }",
      "SX354 flatten-axis error 'n': axis=4, but the rank is 3\n"
      "  x float32[2, 3, 4]: input: graph input\n"
      "  help: axis may be -3 to 3\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[2, 3, 4] x) => (float[A, B] y) { [n] y = Flatten <axis = 3> (x) }",
      "" },
    { "a dim of 4 that is to go",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[4, 1, 7] x) => (float[A, B] y) <int64[1] i = {0}> { [n] y = Squeeze (x, "
      "i) }",
      "SX355 squeeze-dim error 'n': axis 0 cannot go: its dim is 4, not 1\n"
      "  x float32[4, 1, 7] @0: data: graph input\n"
      "  help: name axes with dim 1 alone; the shape is [4, 1, 7]\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[4, 1, 7] x) => (float[A, B] y) <int64[1] j = {1}> { [n] y = Squeeze (x, "
      "j) }",
      "" },
    { "a start without an end",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[8, 8] x) => (float[A, B] y) <int64[2] s = {0, 1}, int64[1] e = {4}> { "
      "[n] y = Slice (x, s, e) }",
      "SX358 slice-lists error 'n': starts has 2 entries, ends has 1\n"
      "  help: starts, ends, axes and steps have one entry for each axis\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[8, 8] x) => (float[A, B] y) <int64[2] s = {0, 1}, int64[2] e = {4, 4}> { "
      "[n] y = Slice (x, s, e) }",
      "" },
    { "a step of 0",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[8] x) => (float[A] y) <int64[1] s = {1}, int64[1] e = {4}, int64[1] a = "
      "{0}, int64[1] i = {0}> { [n] y = Slice (x, s, e, a, i) }",
      "SX358 slice-lists error 'n': steps[0] is 0\n"
      "  help: a step is 1 or more, or -1 or less to go backwards\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[8] x) => (float[A] y) <int64[1] s = {1}, int64[1] e = {4}, int64[1] a = "
      "{0}, int64[1] j = {2}> { [n] y = Slice (x, s, e, a, j) }",
      "" },
    { "indices of another rank",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[2, 3] x, int64[4] i) => (float[A] y) { [n] y = GatherElements <axis = 1> "
      "(x, i) }",
      "SX360 gather-shape error 'n': indices has rank 1, data has rank 2\n"
      "  x float32[2, 3]: data: graph input\n"
      "  i int64[4]: indices: graph input\n"
      "  help: GatherElements wants both of one rank; Gather takes indices of any rank\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[2, 3] x, int64[2, 5] i) => (float[A, B] y) { [n] y = GatherElements "
      "<axis = 1> (x, i) }",
      "" },
    { "... of more rows",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[2, 3] x, int64[4, 3] i) => (float[A, B] y) { [n] y = GatherElements "
      "<axis = 1> (x, i) }",
      "SX360 gather-shape error 'n': dim 0 is 4 in indices and 2 in data\n"
      "  x float32[2, 3] @0: data: graph input\n"
      "  i int64[4, 3] @0: indices: graph input\n"
      "  help: only along axis 1 may indices have more elements than data\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[2, 3] x, int64[4, 3] i) => (float[A, B] y) { [n] y = GatherElements "
      "<axis = 0> (x, i) }",
      "" },
    { "a tuple longer than the rank",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[2, 3] x, int64[4, 3] i) => (float[] y) { [n] y = GatherND (x, i) }",
      "SX360 gather-shape error 'n': the last dim of indices is 3, data has rank 2, of "
      "which batch_dims=0 are taken\n"
      "  i int64[4, 3] @1: indices: graph input\n"
      "  help: the last dim of indices may be 1 to 2\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[2, 3] x, int64[4, 2] i) => (float[A] y) { [n] y = GatherND (x, i) }",
      "" },
    { "batches of two sizes",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[2, 3] x, int64[4, 1] i) => (float[A] y) { [n] y = GatherND <batch_dims = "
      "1> (x, i) }",
      "SX360 gather-shape error 'n': batch dim 0 is 2 in data and 4 in indices\n"
      "  x float32[2, 3] @0: data: graph input\n"
      "  i int64[4, 1] @0: indices: graph input\n"
      "  help: the first batch_dims=1 dims of both have to agree\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[2, 3] x, int64[2, 1] i) => (float[A] y) { [n] y = GatherND <batch_dims = "
      "1> (x, i) }",
      "" },
    { "updates of another row",
      "<ir_version: 10, opset_import: [\"\" : 16]>\n"
      "g (float[8, 4] x, int64[3, 1] i, float[3, 5] u) => (float[A, B] y) { [n] y = "
      "ScatterND (x, i, u) }",
      "SX361 scatter-shape error 'n': updates is [3, 5]; for these indices and data it "
      "has to be [3, 4]\n"
      "  x float32[8, 4]: data: graph input\n"
      "  i int64[3, 1]: indices: graph input\n"
      "  u float32[3, 5]: updates: graph input\n"
      "  help: updates has the dims of indices without the last, then those of data from "
      "dim 1 on\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 16]>\n"
      "g (float[8, 4] x, int64[3, 1] i, float[3, 4] u) => (float[A, B] y) { [n] y = "
      "ScatterND (x, i, u) }",
      "" },
    { "fewer updates than indices",
      "<ir_version: 10, opset_import: [\"\" : 16]>\n"
      "g (float[8, 4] x, int64[3, 2] i, float[2, 2] u) => (float[A, B] y) { [n] y = "
      "ScatterElements (x, i, u) }",
      "SX361 scatter-shape error 'n': dim 0 is 3 in indices and 2 in updates\n"
      "  i int64[3, 2] @0: indices: graph input\n"
      "  u float32[2, 2] @0: updates: graph input\n"
      "  help: indices and updates have one shape\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 16]>\n"
      "g (float[8, 4] x, int64[3, 2] i, float[3, 2] u) => (float[A, B] y) { [n] y = "
      "ScatterElements (x, i, u) }",
      "" },
    { "a reduction of a later opset",
      "<ir_version: 10, opset_import: [\"\" : 16]>\n"
      "g (float[8, 4] x, int64[3, 1] i, float[3, 4] u) => (float[A, B] y) { [n] y = "
      "ScatterND <reduction = \"max\"> (x, i, u) }",
      "SX362 scatter-reduction error 'n': reduction is 'max', which ScatterND of opset 16 does "
      "not know\n"
      "  help: it may be none, add or mul; from opset 18 on max or min, too\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 18]>\n"
      "g (float[8, 4] x, int64[3, 1] i, float[3, 4] u) => (float[A, B] y) { [n] y = "
      "ScatterND <reduction = \"max\"> (x, i, u) }",
      "" },
    { "a sum of texts",
      "<ir_version: 10, opset_import: [\"\" : 18]>\n"
      "g (string[8, 4] x, int64[3, 1] i, string[3, 4] u) => (string[A, B] y) { [n] y = "
      "ScatterND <reduction = \"add\"> (x, i, u) }",
      "SX362 scatter-reduction error 'n': reduction 'add' is not defined for string\n"
      "  x string[8, 4]: data: graph input\n"
      "  help: only reduction none takes this type\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 18]>\n"
      "g (string[8, 4] x, int64[3, 1] i, string[3, 4] u) => (string[A, B] y) { [n] y = "
      "ScatterND (x, i, u) }",
      "" },
    { "a transposed convolution cropped to nothing",
      "<ir_version: 10, opset_import: [\"\" : 11]>\n"
      "g (float[1, 1, 2, 2] x, float[1, 1, 2, 2] w) => (float[A, B, C, D] y) { [n] y = "
      "ConvTranspose <pads = [1, 1, 1, 2]> (x, w) }",
      "SX731 empty-result note 'n': pads of 3 crop spatial dim 1 to 0\n"
      "  x float32[1, 1, 2, 2] @3: graph input\n"
      "  help: the pads of a transposed convolution crop its output: make them smaller\n" },
    { "... and to less",
      "<ir_version: 10, opset_import: [\"\" : 11]>\n"
      "g (float[1, 1, 2, 2] x, float[1, 1, 2, 2] w) => (float[A, B, C, D] y) { [n] y = "
      "ConvTranspose <pads = [2, 1, 2, 1]> (x, w) }",
      "SX323 window-too-large error 'n': pads of 4 leave nothing of spatial dim 0\n"
      "  x float32[1, 1, 2, 2] @2: graph input\n"
      "  help: the pads of a transposed convolution crop its output: make them smaller\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 11]>\n"
      "g (float[1, 1, 2, 2] x, float[1, 1, 2, 2] w) => (float[A, B, C, D] y) { [n] y = "
      "ConvTranspose <pads = [1, 1, 1, 1]> (x, w) }",
      "" },
    { "a sum of truth values",
      "<ir_version: 10, opset_import: [\"\" : 18]>\n"
      "g (bool[8] x, int64[3, 1] i, bool[3] u) => (bool[A] y) { [n] y = ScatterND <reduction = "
      "\"add\"> (x, i, u) }",
      "SX362 scatter-reduction warning 'n': reduction 'add' of bool is left open by the "
      "standard; here it is or\n"
      "  x bool[8]: data: graph input\n"
      "  help: Cast to int32, and the result back to bool\n" },
    { "the least of truth values",
      "<ir_version: 10, opset_import: [\"\" : 18]>\n"
      "g (bool[8] x, int64[3] i, bool[3] u) => (bool[A] y) { [n] y = ScatterElements <reduction "
      "= \"min\"> (x, i, u) }",
      "SX362 scatter-reduction warning 'n': reduction 'min' of bool is left open by the "
      "standard; here it is and\n"
      "  x bool[8]: data: graph input\n"
      "  help: Cast to int32, and the result back to bool\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 18]>\n"
      "g (bool[8] x, int64[3, 1] i, bool[3] u) => (bool[A] y) { [n] y = ScatterND (x, i, u) }",
      "" },
    { "padding of a word that is none",
      "<ir_version: 10, opset_import: [\"\" : 17]>\n"
      "g (float[1, 3, 32, 32] x, float[8, 3, 3, 3] w) => (float[A, B, C, D] y) { [n] y = Conv "
      "<auto_pad = \"SAME\"> (x, w) }",
      "SX322 window-auto-pad error 'n': auto_pad is 'SAME', which Conv does not know\n"
      "  help: auto_pad may be NOTSET, SAME_UPPER, SAME_LOWER or VALID\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 17]>\n"
      "g (float[1, 3, 32, 32] x, float[8, 3, 3, 3] w) => (float[A, B, C, D] y) { [n] y = Conv "
      "<auto_pad = \"SAME_UPPER\"> (x, w) }",
      "" },
};

int main(void)
{
    return lint_program(cases, sizeof cases / sizeof *cases);
}
