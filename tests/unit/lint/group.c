/* tests/unit/lint/group.c - the group family: whole messages, for the rule met directly and from
 * afar. */
#include "support/lint.h"

static const lint_case cases[] = {
    { "direct",
      "<ir_version: 8, opset_import: [\"\" : 17]>\n"
      "g (float[64, 16, 32, 32] x, float[32, 1, 3, 3] w) => (float[N, M, P, Q] y) { [conv] y "
      "= Conv<group = 32>(x, w) }",
      "SX201 conv-group-channels error 'conv': 16 input channels do not split into 32 groups\n"
      "  x float32[64, 16, 32, 32] @1: graph input\n"
      "  w float32[32, 1, 3, 3] @1: graph input\n"
      "  help: group may be 1, 2, 4, 8 or 16; with this W (32 filters of 1 channel) group = "
      "16 fits; or feed 32 channels\n"
      "  fix: set 'group' of node 'conv' to 16 (safe)\n" },
    { "through Concat and Relu",
      "<ir_version: 8, opset_import: [\"\" : 17]>\n"
      "g (float[N, 6, 8, 8] a, float[N, 7, 8, 8] b, float[8, 3, 3, 3] w) => (float[A, B, C, "
      "D] y) { [cat] c = Concat<axis = 1>(a, b) [act] r = Relu(c) [conv] y = Conv<group = "
      "4>(r, w) }",
      "SX201 conv-group-channels error 'conv': 13 input channels do not split into 4 groups\n"
      "  r float32[N, 13, 8, 8] @1: X: Concat 'cat' of float32[N, 6, 8, 8] and float32[N, 7, "
      "8, 8] (13 = 6 + 7) through Relu 'act'\n"
      "  w float32[8, 3, 3, 3] @1: graph input\n"
      "  help: group may be 1 or 13; or feed 12 channels\n" },
    { "through Slice",
      "<ir_version: 8, opset_import: [\"\" : 17]>\n"
      "g (float[1, 16, 8, 8] x, float[8, 3, 3, 3] w) => (float[A, B, C, D] y) <int64[1] s = "
      "{2}, int64[1] e = {-1}, int64[1] ax = {1}> { [cut] c = Slice(x, s, e, ax) [conv] y = "
      "Conv<group = 4>(c, w) }",
      "SX201 conv-group-channels error 'conv': 13 input channels do not split into 4 groups\n"
      "  c float32[1, 13, 8, 8] @1: X: Slice 'cut' of float32[1, 16, 8, 8], [2], [-1] and [1]\n"
      "  w float32[8, 3, 3, 3] @1: graph input\n"
      "  help: group may be 1 or 13; or feed 12 channels\n" },
    { "through Reshape with a computed shape",
      "<ir_version: 8, opset_import: [\"\" : 17]>\n"
      "g (float[N, 96, 4] x, float[8, 4, 1, 1] w) => (float[A, B, C, D] y) <int64[1] zero = "
      "{0}, int64[3] tail = {12, -1, 4}> { s = Shape(x) n = Gather(s, zero) t = Concat<axis "
      "= 0>(n, tail) [re] r = Reshape(x, t) [conv] y = Conv<group = 5>(r, w) }",
      "SX201 conv-group-channels error 'conv': 12 input channels do not split into 5 groups\n"
      "  r float32[N, 12, 8, 4] @1: X: Reshape 're' of float32[N, 96, 4] and [N, 12, -1, 4]\n"
      "  w float32[8, 4, 1, 1] @1: graph input\n"
      "  help: group may be 1, 2, 3, 4, 6 or 12; or feed 20 channels\n" },
    { "through If",
      "<ir_version: 8, opset_import: [\"\" : 17]>\n"
      "g (float[1, 6, 8, 8] x, bool c, float[8, 1, 1, 1] w) => (float[A, B, C, D] y) { "
      "[pick] z = If (c) <then_branch = a () => (float[P, Q, R, S] p) { p = Relu(x) }, "
      "else_branch = b () => (float[P, Q, R, S] q) { q = Neg(x) }> [conv] y = Conv<group = "
      "4>(z, w) }",
      "SX201 conv-group-channels error 'conv': 6 input channels do not split into 4 groups\n"
      "  z float32[1, 6, 8, 8] @1: X: graph input 'x' through If 'pick' and Relu #0\n"
      "  w float32[8, 1, 1, 1] @1: graph input\n"
      "  help: group may be 1, 2, 3 or 6; or feed 4 channels\n" },
    { "a branch that never runs is not asked",
      "<ir_version: 8, opset_import: [\"\" : 17]>\n"
      "g (float[1, 6, 8, 8] x, float[8, 2, 1, 1] w) => (float[A, B, C, D] y) <bool c = {1}> "
      "{ [pick] z = If (c) <then_branch = a () => (float[P, Q, R, S] p) { p = Relu(x) }, "
      "else_branch = b () => (float[P, Q, R, S] q) { [never] q = Conv<group = 4>(x, w) }> "
      "[conv] y = Conv<group = 3>(z, w) }",
      "SX204 conv-group-filters error 'conv': 8 filters do not split into 3 groups\n"
      "  w float32[8, 2, 1, 1] @0: graph input\n"
      "  help: for these filters group may be 1, 2, 4 or 8\n"
      "SX734 constant-condition warning 'pick': the condition is always true: else_branch never "
      "runs\n"
      "  c bool[]: cond: initializer\n"
      "  help: put the nodes of then_branch in the place of this one, or give a condition that "
      "varies\n" },
    { "within Loop",
      "<ir_version: 8, opset_import: [\"\" : 17]>\n"
      "g (float[1, 6, 8, 8] x, int64 n, float[6, 1, 1, 1] w) => (float[A, B, C, D] y) <bool "
      "t = {1}> { [repeat] y = Loop (n, t, x) <body = b (int64 i, bool c, float[P, Q, R, S] "
      "s) => (bool d, float[P, Q, R, S] u) { d = Identity(c) [conv] u = Conv<group = 4>(s, "
      "w) }> }",
      "SX201 conv-group-channels error 'conv': 6 input channels do not split into 4 groups\n"
      "  s float32[1, 6, 8, 8] @1: X: graph input 'x' through Loop 'repeat'\n"
      "  w float32[6, 1, 1, 1] @1: graph input\n"
      "  help: group may be 1, 2, 3 or 6; with this W (6 filters of 1 channel) group = 6 "
      "fits; or feed 4 channels\n"
      "  fix: set 'group' of node 'conv' to 6 (safe)\n" },
    { "within a function that is called twice",
      "<ir_version: 8, opset_import: [\"\" : 17, \"my\" : 1]>\n"
      "g (float[1, 6, 8, 8] x, float[1, 8, 8, 8] z, float[8, 2, 1, 1] w) => (float[A, B, C, "
      "D] y, float[A, B, C, D] v) { [good] v = my.block(z, w) [bad] y = my.block(x, w) }\n"
      "<domain: \"my\", opset_import: [\"\" : 17]> block (p, q) => (r) { [conv] r = "
      "Conv<group = 4>(p, q) }",
      "SX201 conv-group-channels error 'bad/conv': 6 input channels do not split into 4 "
      "groups\n"
      "  x float32[1, 6, 8, 8] @1: graph input\n"
      "  w float32[8, 2, 1, 1] @1: graph input\n"
      "  help: group may be 1, 2, 3 or 6; or feed 8 channels\n" },
    { "filters from a Constant",
      "<ir_version: 8, opset_import: [\"\" : 17]>\n"
      "g (float[1, 16, 8, 8] x) => (float[A, B, C, D] y) { w = Constant<value = float[4, 3, "
      "1, 1] {1,2,3,4,5,6,7,8,9,10,11,12}>() [conv] y = Conv<group = 4>(x, w) }",
      "SX202 conv-weight-channels error 'conv': X has 16 channels, but W.shape[1] x group = "
      "3 x 4 = 12\n"
      "  x float32[1, 16, 8, 8] @1: graph input\n"
      "  w float32[4, 3, 1, 1] @1: Constant #0\n"
      "  help: W.shape[1] should be 4 for group = 4; or feed 12 channels\n" },
    { "symbolic channels, settled by symbolic filters",
      "<ir_version: 8, opset_import: [\"\" : 17]>\n"
      "g (float[N, C, H, W] x, float[8, K, 3, 3] w) => (float[A, B, D, E] y) { [conv] y = "
      "Conv<group = 4>(x, w) }",
      "SX210 divisible-condition note 'conv': holds only if C is divisible by 4\n"
      "  x float32[N, 4*K, H, W] @1: graph input\n"
      "  help: feed a multiple of 4 for C\n" },
    { "symbolic channels: conditions",
      "<ir_version: 8, opset_import: [\"\" : 21]>\n"
      "g (float[N, C, H, W] x, float[8, 4, 3, 3] w, float[N, D, P, Q] z, float[D] s) => "
      "(float[A, B, D2, E] y, float[A2,B2,C2,D3] v) { [conv] y = Conv<group = 4>(x, w) [gn] "
      "v = GroupNormalization<num_groups = 4>(z, s, s) }",
      "SX211 symbol-fixed note 'conv': holds only for C = 16\n"
      "  x float32[N, 16, H, W] @1: graph input\n"
      "  help: declare dim 1 of 'x' as 16\n"
      "SX210 divisible-condition note 'gn': holds only if D is divisible by 4\n"
      "  z float32[N, D, P, Q] @1: X: graph input\n"
      "  help: feed a multiple of 4 for D\n" },
    { "2*k + 1 is never divisible by 2",
      "<ir_version: 8, opset_import: [\"\" : 17]>\n"
      "g (float[N, k, H, W] x, float[N, 1, H, W] e, float[8, K, 3, 3] w) => (float[A, B, D, "
      "E] y) { [cat] c = Concat<axis = 1>(x, e, x) [conv] y = Conv<group = 2>(c, w) }",
      "SX201 conv-group-channels error 'conv': 2*k + 1 input channels do not split into 2 "
      "groups\n"
      "  c float32[N, 2*k + 1, H, W] @1: X: Concat 'cat' of float32[N, k, H, W], float32[N, "
      "1, H, W] and float32[N, k, H, W]\n"
      "  w float32[8, K, 3, 3] @1: graph input\n"
      "  help: group may be a divisor of 2*k + 1\n" },
    { "ConvTranspose",
      "<ir_version: 8, opset_import: [\"\" : 17]>\n"
      "g (float[1, 32, 8, 8] x, float[32, 4, 3, 3] w) => (float[A, B, C, D] y) { [up] y = "
      "ConvTranspose<group = 3>(x, w) }",
      "SX201 conv-group-channels error 'up': 32 input channels do not split into 3 groups\n"
      "  x float32[1, 32, 8, 8] @1: graph input\n"
      "  w float32[32, 4, 3, 3] @0: graph input\n"
      "  help: group may be 1, 2, 4, 8, 16 or 32\n" },
    { "ConvInteger",
      "<ir_version: 8, opset_import: [\"\" : 17]>\n"
      "g (uint8[1, 10, 8, 8] x, uint8[8, 2, 3, 3] w) => (int32[A, B, C, D] y) { [conv] y = "
      "ConvInteger<group = 4>(x, w) }",
      "SX201 conv-group-channels error 'conv': 10 input channels do not split into 4 groups\n"
      "  x uint8[1, 10, 8, 8] @1: graph input\n"
      "  w uint8[8, 2, 3, 3] @1: graph input\n"
      "  help: group may be 1, 2, 5 or 10; or feed 8 channels\n" },
    { "QLinearConv",
      "<ir_version: 8, opset_import: [\"\" : 17]>\n"
      "g (uint8[1, 10, 8, 8] x, uint8[8, 2, 3, 3] w) => (uint8[A, B, C, D] y) <float s = "
      "{0.5}, uint8 z = {0}> { [conv] y = QLinearConv<group = 4>(x, s, z, w, s, z, s, z) }",
      "SX201 conv-group-channels error 'conv': 10 input channels do not split into 4 groups\n"
      "  x uint8[1, 10, 8, 8] @1: graph input\n"
      "  w uint8[8, 2, 3, 3] @1: graph input\n"
      "  help: group may be 1, 2, 5 or 10; or feed 8 channels\n" },
    { "FusedConv",
      "<ir_version: 8, opset_import: [\"\" : 17, \"com.microsoft\" : 1]>\n"
      "g (float[1, 10, 8, 8] x, float[8, 2, 3, 3] w) => (float[A, B, C, D] y) { [conv] y = "
      "com.microsoft.FusedConv<group = 4, activation = \"Relu\">(x, w) }",
      "SX201 conv-group-channels error 'conv': 10 input channels do not split into 4 groups\n"
      "  x float32[1, 10, 8, 8] @1: graph input\n"
      "  w float32[8, 2, 3, 3] @1: graph input\n"
      "  help: group may be 1, 2, 5 or 10; or feed 8 channels\n" },
    { "DeformConv",
      "<ir_version: 8, opset_import: [\"\" : 19]>\n"
      "g (float[1, 10, 8, 8] x, float[8, 2, 3, 3] w, float[1, 18, 6, 6] o) => (float[A, B, "
      "C, D] y) { [conv] y = DeformConv<group = 4>(x, w, o) }",
      "SX201 conv-group-channels error 'conv': 10 input channels do not split into 4 groups\n"
      "  x float32[1, 10, 8, 8] @1: graph input\n"
      "  w float32[8, 2, 3, 3] @1: graph input\n"
      "  help: group may be 1, 2, 5 or 10; or feed 8 channels\n" },
    { "DeformConv: offsets",
      "<ir_version: 8, opset_import: [\"\" : 19]>\n"
      "g (float[1, 8, 8, 8] x, float[8, 2, 3, 3] w, float[1, 9, 6, 6] o) => (float[A, B, C, "
      "D] y) { [conv] y = DeformConv<group = 4>(x, w, o) }",
      "SX209 deform-offsets error 'conv': offset.shape[1] is 9, must be 18: offset_group x "
      "taps of the window x spatial dims\n"
      "  o float32[1, 9, 6, 6] @1: offset: graph input\n"
      "  x float32[1, 8, 8, 8] @1: graph input\n"
      "  help: make offset.shape[1] = 18\n" },
    { "GroupNormalization",
      "<ir_version: 8, opset_import: [\"\" : 21]>\n"
      "g (float[64, 16, 32, 32] x, float[16] s) => (float[A, B, C, D] y) { [gn] y = "
      "GroupNormalization<num_groups = 32>(x, s, s) }",
      "SX220 groupnorm-groups error 'gn': 16 channels do not split into num_groups=32\n"
      "  x float32[64, 16, 32, 32] @1: graph input\n"
      "  help: num_groups may be 1, 2, 4, 8 or 16\n" },
    { "GroupNormalization as exporters write it",
      "<ir_version: 8, opset_import: [\"\" : 17]>\n"
      "g (float[2, 16, 8, 8] x, float[32] s) => (float[A, B, C] y) <int64[3] t = {0, 32, "
      "-1}> { [re] r = Reshape(x, t) [inst] y = InstanceNormalization(r, s, s) }",
      "SX222 groupnorm-decomposed warning 'inst': 16 channels are reshaped into 32 groups, "
      "which cut through channels\n"
      "  r float32[2, 32, 32] @1: input: Reshape 're' of float32[2, 16, 8, 8] and [0, 32, -1]\n"
      "  help: as GroupNormalization, num_groups may be 1, 2, 4, 8 or 16\n" },
    { "no groups",
      "<ir_version: 8, opset_import: [\"\" : 17]>\n"
      "g (float[1, 16, 8, 8] x, float[8, 3, 3, 3] w) => (float[A, B, C, D] y) { [conv] y = "
      "Conv<group = 0>(x, w) }",
      "SX203 conv-group-positive error 'conv': group is 0\n"
      "  help: group must be at least 1; 1 is an ordinary convolution\n" },
    { "filters against groups",
      "<ir_version: 8, opset_import: [\"\" : 17]>\n"
      "g (float[1, 16, 8, 8] x, float[10, 4, 3, 3] w) => (float[A, B, C, D] y) { [conv] y = "
      "Conv<group = 4>(x, w) }",
      "SX204 conv-group-filters error 'conv': 10 filters do not split into 4 groups\n"
      "  w float32[10, 4, 3, 3] @0: graph input\n"
      "  help: for these filters group may be 1, 2, 5 or 10\n" },
    { "filters not split by group",
      "<ir_version: 8, opset_import: [\"\" : 17]>\n"
      "g (float[1, 16, 8, 8] x, float[8, 16, 3, 3] w) => (float[A, B, C, D] y) { [conv] y = "
      "Conv<group = 4>(x, w) }",
      "SX202 conv-weight-channels error 'conv': X has 16 channels, but W.shape[1] x group = "
      "16 x 4 = 64\n"
      "  x float32[1, 16, 8, 8] @1: graph input\n"
      "  w float32[8, 16, 3, 3] @1: graph input\n"
      "  help: W.shape[1] should be 4 for group = 4; with this W (8 filters of 16 channels) "
      "group = 1 fits; or feed 64 channels\n"
      "  fix: set 'group' of node 'conv' to 1 (a guess)\n" },
    { "bias",
      "<ir_version: 8, opset_import: [\"\" : 17]>\n"
      "g (float[1, 16, 8, 8] x, float[8, 16, 3, 3] w, float[9] b) => (float[A, B, C, D] y) { "
      "[conv] y = Conv(x, w, b) }",
      "SX206 conv-bias-length error 'conv': B has 9 elements for 8 filters\n"
      "  b float32[9] @0: graph input\n"
      "  help: give B one element for each filter: 8\n" },
    { "kernel_shape",
      "<ir_version: 8, opset_import: [\"\" : 17]>\n"
      "g (float[1, 16, 8, 8] x, float[8, 16, 3, 3] w) => (float[A, B, C, D] y) { [conv] y = "
      "Conv<kernel_shape = [5, 5]>(x, w) }",
      "SX207 conv-kernel-shape error 'conv': kernel_shape[0] = 5, but W.shape[2] = 3\n"
      "  w float32[8, 16, 3, 3] @2: graph input\n"
      "  help: leave kernel_shape out: it follows from W\n"
      "  fix: remove 'kernel_shape' of node 'conv' (a guess)\n" },
    { "ranks",
      "<ir_version: 8, opset_import: [\"\" : 17]>\n"
      "g (float[1, 16, 8] x, float[8, 16, 3, 3] w) => (float[A, B, C, D] y) { [conv] y = "
      "Conv(x, w) }",
      "SX208 conv-rank error 'conv': X has rank 3, W rank 4\n"
      "  x float32[1, 16, 8]: graph input\n"
      "  w float32[8, 16, 3, 3]: graph input\n"
      "  help: input and filters need the same number of spatial dims: 1 against 2\n" },
    { "two defects, and what follows from the first says nothing",
      "<ir_version: 8, opset_import: [\"\" : 17]>\n"
      "g (float[1, 16, 8, 8] x, float[8, 16, 3, 3] w, float[2, 2] z) => (float[A, B, C, D] "
      "y, float[P, Q] v) { [conv] c = Conv<group = 3>(x, w) [after] y = Relu(c) [sum] v = "
      "Add(z, w) }",
      "SX201 conv-group-channels error 'conv': 16 input channels do not split into 3 groups\n"
      "  x float32[1, 16, 8, 8] @1: graph input\n"
      "  w float32[8, 16, 3, 3] @1: graph input\n"
      "  help: group may be 1, 2, 4, 8 or 16; with this W (8 filters of 16 channels) group = "
      "1 fits; or feed 48 channels\n"
      "  fix: set 'group' of node 'conv' to 1 (safe)\n"
      "SX311 broadcast error 'sum': dims 2 and 3 do not broadcast: A.shape[2] is 2, "
      "B.shape[2] is 3\n"
      "  z float32[2, 2] @2: A: graph input\n"
      "  w float32[8, 16, 3, 3] @2: B: graph input\n"
      "  help: make them equal, or one of them 1; dims are compared from the last to the "
      "first\n" },
    { "right: a group a channel",
      "<ir_version: 8, opset_import: [\"\" : 17]> g (float[64, 32, 32, 32] x, float[32, 1, 3, 3] w) => "
      "(float[N, M, P, Q] y) { y = Conv<group = 32>(x, w) }",
      "" },
    { "right: a filter a channel",
      "<ir_version: 8, opset_import: [\"\" : 17]> g (float[64, 16, 32, 32] x, float[32, 1, 3, 3] w) => "
      "(float[N, M, P, Q] y) { y = Conv<group = 16>(x, w) }",
      "" },
    { "right: groups of what Concat joins",
      "<ir_version: 8, opset_import: [\"\" : 17]> g (float[N, 2, 8, 8] x, float[8, 2, 3, 3] w) => "
      "(float[A, B, C, D] y) { c = Concat<axis = 1>(x, x) y = Conv<group = 2, pads = [1, 1, 1, 1]>(c, w) }",
      "" },
    { "right: groups of a normalization",
      "<ir_version: 10, opset_import: [\"\" : 21]> g (float[N, 32, H, W] x, float[32] s) => "
      "(float[A, B, C, D] y) { y = GroupNormalization<num_groups = 32>(x, s, s) }",
      "" },
    { "right: groups of a transposed convolution",
      "<ir_version: 8, opset_import: [\"\" : 17]> g (float[1, 16, 8, 8] x, float[16, 2, 3, 3] w) => "
      "(float[A, B, C, D] y) { y = ConvTranspose<group = 4>(x, w) }",
      "" },
};

int main(void)
{
    return lint_program(cases, sizeof cases / sizeof *cases);
}
