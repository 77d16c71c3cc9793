/* tests/unit/lint/nodes.c - nodes that the standard's table of operators refuses, and names that
 * are not read: a model that breaks each rule, the whole message, and one that nearly does. */
#include "support/lint.h"

static const lint_case cases[] = {
    { "a name of the graph around it",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x, bool c) => (float[2] y) { t = Neg(x) [n] y = If<then_branch = a () => (p) "
      "{ t = Abs(x) p = Relu(t) }, else_branch = b () => (q) { q = Relu(t) }>(c) }",
      "SX420 shadowed-name warning #0: writes 't', a name that graph 'g' around it has too\n"
      "  help: give it another name: 't_inner', say\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x, bool c) => (float[2] y) { t = Neg(x) [n] y = If<then_branch = a () => (p) "
      "{ u = Abs(x) p = Relu(u) }, else_branch = b () => (q) { q = Relu(t) }>(c) }",
      "" },
    { "an initializer that is not read",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x) => (float[2] y) <float[2] w = {1, 2}, float[2] spare = {3, 4}> { [n] y = "
      "Add(x, w) }",
      "SX450 unused-initializer warning 'spare': initializer 'spare' is read by no node\n"
      "  help: remove 'spare', or connect it where it was meant to be read\n"
      "  fix: remove initializer 'spare' (a guess)\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x) => (float[2] y) <float[2] w = {1, 2}, float[2] spare = {3, 4}> { t = "
      "Add(x, spare) [n] y = Add(t, w) }",
      "" },
    { "a node that is not read",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x) => (float[2] y) { [d] t = Relu(x) [n] y = Sigmoid(x) }",
      "SX451 dead-node warning 'd': nothing reads 't', the output of this node\n"
      "  help: remove the node, or add its output to those of the graph\n"
      "  fix: remove the node, and what only it reads (a guess)\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x) => (float[2] y) { [d] t = Relu(x) [n] y = Sigmoid(t) }",
      "" },
    { "an input that is not read",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x, float[2] mask) => (float[2] y) { [n] y = Sigmoid(x) }",
      "SX452 unused-input note 'mask': graph input 'mask' is read by no node\n"
      "  help: remove 'mask', or connect it where it was meant to be read\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x, float[2] mask) => (float[2] y) { [n] y = Mul(x, mask) }",
      "" },
    { "a branch of one output",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x, bool c) => (float[2] y, float[2] z) { [n] y, z = If<then_branch = a () => "
      "(p, r) { p = Relu(x) r = Neg(x) }, else_branch = b () => (q) { q = Relu(x) }>(c) }",
      "SX453 body-outputs error 'n': the graph 'else_branch' of If has 1 output, must have 2\n"
      "  help: give the graph 'else_branch' 2 outputs, as the node has\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x, bool c) => (float[2] y, float[2] z) { [n] y, z = If<then_branch = a () => "
      "(p, r) { p = Relu(x) r = Neg(x) }, else_branch = b () => (q, s) { q = Relu(x) s = Abs(x) "
      "}>(c) }",
      "" },
    { "two nodes of one name",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x) => (float[2] y) { [relu] t = Relu(x) [relu] y = Neg(t) }",
      "SX456 node-name-twice warning 'relu': node #0 (Relu) has the name 'relu', too\n"
      "  help: give each node a name of its own, or none\n"
      "  fix: name it 'relu_1' (safe)\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x) => (float[2] y) { [relu] t = Relu(x) [neg] y = Neg(t) }",
      "" },
    { "an initializer of IR 3",
      "<ir_version: 3, opset_import: [\"\" : 7]>\n"
      "g (float[2] x) => (float[2] y) <float[2] w = {1, 2}> { [n] y = Add(x, w) }",
      "SX457 initializer-not-input warning 'w': initializer 'w' is no input of the graph, as IR "
      "version 3 demands\n"
      "  help: set the IR version to 4 or newer, or add 'w' to the inputs\n"
      "  fix: set ir_version to 4 (safe)\n" },
    { "... and not",
      "<ir_version: 3, opset_import: [\"\" : 7]>\n"
      "g (float[2] x, float[2] w) => (float[2] y) <float[2] w = {1, 2}> { [n] y = Add(x, w) }",
      "" },
    { "an operator of a later opset",
      "<ir_version: 10, opset_import: [\"\" : 13]>\n"
      "g (float[2, 4] x, float[4] s) => (float[A, B] y) { [n] y = LayerNormalization(x, s) }",
      "SX502 op-newer-than-opset error 'n': LayerNormalization came with opset 17, the model "
      "imports 13\n"
      "  help: import opset 17 or newer, or use the operators it is made of\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 17]>\n"
      "g (float[2, 4] x, float[4] s) => (float[A, B] y) { [n] y = LayerNormalization(x, s) }",
      "" },
    { "Upsample that is no more",
      "<ir_version: 10, opset_import: [\"\" : 10]>\n"
      "g (float[1, 1, 4, 4] x) => (float[A, B, C, D] y) <float[4] s = {1, 1, 2, 2}> { [n] y = "
      "Upsample(x, s) }",
      "SX503 op-deprecated warning 'n': Upsample is deprecated since opset 10\n"
      "  help: use Resize\n"
      "  fix: make it Resize (safe)\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 10]>\n"
      "g (float[1, 1, 4, 4] x) => (float[A, B, C, D] y) <float[4] s = {1, 1, 2, 2}> { [n] y = "
      "Resize(x, s) }",
      "" },
    { "Scatter that is no more",
      "<ir_version: 10, opset_import: [\"\" : 11]>\n"
      "g (float[3, 4] x, float[1, 2] u) => (float[A, B] y) <int64[1, 2] i = {1, 0}> { [n] y = "
      "Scatter(x, i, u) }",
      "SX503 op-deprecated warning 'n': Scatter is deprecated since opset 11\n"
      "  help: use ScatterElements\n"
      "  fix: make it ScatterElements (safe)\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 11]>\n"
      "g (float[3, 4] x, float[1, 2] u) => (float[A, B] y) <int64[1, 2] i = {1, 0}> { [n] y = "
      "ScatterElements(x, i, u) }",
      "" },
    { "an input too few",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[1, 2, 4, 4] x) => (float[A, B, C, D] y) { [n] y = Conv(x) }",
      "SX506 input-missing error 'n': Conv needs the input W (number 2 of 3)\n"
      "  help: add a value for W\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[1, 2, 4, 4] x, float[3, 2, 1, 1] w) => (float[A, B, C, D] y) { [n] y = Conv(x, "
      "w) }",
      "" },
    { "... behind branches of which one is supposed at a time",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (bool c, float[N] x) => (bool[2] y, float u) <int64[2] k = {1, 2}> {\n"
      " [i] u = If (c) <then_branch = t () => (float[M] a) { a = Identity (x) },"
      " else_branch = e () => (float[1, M] b) <int64[1] z = {0}> { b = Unsqueeze (x, z) }>\n"
      " [n] y = Equal (k, ) }",
      "SX506 input-missing error 'n': Equal needs the input B (number 2 of 2)\n"
      "  help: add a value for B\n" },
    { "an input too many",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x, float[2] z) => (float[2] y) { [n] y = Relu(x, z) }",
      "SX507 too-many-inputs error 'n': Relu takes at most 1 input, this node has 2\n"
      "  help: remove the inputs past X\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x, float[2] z) => (float[2] y) { [n] y = PRelu(x, z) }",
      "" },
    { "an output too few",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x) => (float[A] y) <int64[1] k = {1}> { [n] y = TopK(x, k) }",
      "SX509 output-missing error 'n': TopK has 2 outputs that must be named, this node names "
      "1\n"
      "  help: add a name for Indices\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x) => (float[A] y, int64[A] i) <int64[1] k = {1}> { [n] y, i = TopK(x, k) }",
      "" },
    { "an output without a name",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x) => (int64[A] i) <int64[1] k = {1}> { [n] , i = TopK(x, k) }",
      "SX509 output-missing error 'n': TopK has no name for its output Values (number 1 of 2)\n"
      "  help: add a name for Values\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x) => (int64[A] i) <int64[1] k = {1}> { [n] y, i = TopK(x, k) }",
      "" },
    { "no axis",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x) => (float[A] y) { [n] y = Concat(x, x) }",
      "SX511 attribute-missing error 'n': Concat needs the attribute 'axis' (int)\n"
      "  help: add the attribute 'axis'\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x) => (float[A] y) { [n] y = Concat<axis = 0>(x, x) }",
      "" },
    { "an axis of another type",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 3] x) => (float[A, B] y) { [n] y = Softmax<axis = 1.0>(x) }",
      "SX513 attribute-type error 'n': attribute 'axis' of Softmax is of type float 1, must be "
      "int\n"
      "  help: set 'axis' as int\n"
      "  fix: make 'axis' of node 'n' 1 as int (safe)\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 3] x) => (float[A, B] y) { [n] y = Softmax<axis = 1>(x) }",
      "" },
    { "an attribute misspelt",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[1, 2, 4, 4] x, float[4, 1, 3, 3] w) => (float[A, B, C, D] y) { [n] y = "
      "Conv<groups = 2>(x, w) }",
      "SX512 attribute-unknown error 'n': Conv has no attribute 'groups' (opset 11)\n"
      "  help: did you mean 'group'? Else remove the attribute\n"
      "  fix: rename 'groups' of node 'n' to 'group' (a guess)\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[1, 2, 4, 4] x, float[4, 1, 3, 3] w) => (float[A, B, C, D] y) { [n] y = "
      "Conv<group = 2>(x, w) }",
      "" },
    { "an operator misspelt",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x) => (float[A] y) { [n] y = Sigmiod(x) }",
      "SX501 op-unknown error 'n': there is no operator 'Sigmiod' in ai.onnx\n"
      "  help: did you mean Sigmoid?\n"
      "  fix: make it Sigmoid (a guess)\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x) => (float[A] y) { [n] y = Sigmoid(x) }",
      "" },
    { "an opset of the future",
      "<ir_version: 13, opset_import: [\"\" : 99]>\n"
      "g (float[2] x) => (float[2] y) { [n] y = Relu(x) }",
      "SX520 opset-unknown warning 'ai.onnx': opset 99 of ai.onnx is imported; operators are "
      "known up to opset 28\n"
      "  help: import opset 28, or use a newer version of this library\n" },
    { "... and not",
      "<ir_version: 13, opset_import: [\"\" : 26]>\n"
      "g (float[2] x) => (float[2] y) { [n] y = Relu(x) }",
      "" },
    { "a batch of 1",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[batch, 16, 4, 4] x) => (float[A, B] y) <int64[2] s = {1, 256}> { [n] y = "
      "Reshape(x, s) }",
      "SX710 reshape-batch warning 'n': data is [batch, 16, 4, 4]; the constant target [1, 256] "
      "fixes batch at 1\n"
      "  x float32[batch, 16, 4, 4] @0: data: graph input\n"
      "  help: put 0 (copy) or -1 in the place of batch\n"
      "  fix: in 's' of node 'n' set element 0 to -1 (a guess)\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[batch, 16, 4, 4] x) => (float[A, B] y) <int64[2] s = {0, 256}> { [n] y = "
      "Reshape(x, s) }",
      "" },
};

int main(void)
{
    return lint_program(cases, sizeof cases / sizeof *cases);
}
