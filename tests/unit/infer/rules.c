/* tests/unit/infer/rules.c - what the driver finds without an operator's help: whole messages, one
 * model a rule. */
#include "support/lint.h"

static const lint_case cases[] = {
    { "input-missing",
      "<ir_version: 8, opset_import: [\"\" : 17]>\n"
      "g (float[1, 4, 8, 8] x) => (float[A, B, C, D] y) { [conv] y = Conv(x) }",
      "SX506 input-missing error 'conv': Conv needs the input W (number 2 of 3)\n"
      "  help: add a value for W\n" },
    { "too-many-inputs",
      "<ir_version: 8, opset_import: [\"\" : 17]>\n"
      "g (float[4] x) => (float[A] y) { [r] y = Relu(x, x, x) }",
      "SX507 too-many-inputs error 'r': Relu takes at most 1 input, this node has 3\n"
      "  help: remove the inputs past X\n" },
    { "too-many-outputs",
      "<ir_version: 8, opset_import: [\"\" : 17]>\n"
      "g (float[4] x) => (float[A] y, float[A] z) { [r] y, z = Relu(x) }",
      "SX508 too-many-outputs error 'r': Relu has at most 1 output, this node names 2\n"
      "  help: remove the names past Y\n" },
    { "output-missing",
      "<ir_version: 8, opset_import: [\"\" : 17]>\n"
      "g (float[4] x) => (float[A] y) <int64[1] k = {2}> { [t] y = TopK(x, k) }",
      "SX509 output-missing error 't': TopK has 2 outputs that must be named, this node "
      "names 1\n"
      "  help: add a name for Indices\n" },
    { "an output without a name, whose value nobody can take",
      "<ir_version: 8, opset_import: [\"\" : 17]>\n"
      "g () => (float[2] y) <float[2] x = {1, 2}> { [r] \"\" = Relu(x) [s] y = Neg(x) }",
      "SX509 output-missing error 'r': Relu has no name for its output Y (number 1 of 1)\n"
      "  help: add a name for Y\n" },
    { "nothing among numbered inputs",
      "<ir_version: 8, opset_import: [\"\" : 17]>\n"
      "g () => (float[2] y) <float[2] x = {1, 2}> { [c] y = Concat<axis = 0>(x, \"\") }",
      "SX506 input-missing error 'c': Concat has nothing as number 2 of inputs\n"
      "  help: only an optional input may be left out\n" },
    { "attribute-missing",
      "<ir_version: 8, opset_import: [\"\" : 17]>\n"
      "g (float[4] x) => (float[A] y) { [c] y = Concat(x, x) }",
      "SX511 attribute-missing error 'c': Concat needs the attribute 'axis' (int)\n"
      "  help: add the attribute 'axis'\n" },
    { "attribute-unknown",
      "<ir_version: 8, opset_import: [\"\" : 17]>\n"
      "g (float[1, 4, 8, 8] x, float[4, 4, 1, 1] w) => (float[A, B, C, D] y) { [c] y = "
      "Conv<groups = 2>(x, w) }",
      "SX512 attribute-unknown error 'c': Conv has no attribute 'groups' (opset 11)\n"
      "  help: did you mean 'group'? Else remove the attribute\n"
      "  fix: rename 'groups' of node 'c' to 'group' (a guess)\n" },
    { "an attribute of a later opset",
      "<ir_version: 8, opset_import: [\"\" : 13]>\n"
      "g (float[4, 4] x, int64[2] s) => (float[A, B] y) { [r] y = Reshape<allowzero = 1>(x, "
      "s) }",
      "SX512 attribute-unknown error 'r': Reshape has no attribute 'allowzero' (opset 13)\n"
      "  help: it came with opset 14: import that, or remove the attribute\n"
      "  fix: remove 'allowzero' of node 'r' (a guess)\n" },
    { "attribute-type",
      "<ir_version: 8, opset_import: [\"\" : 17]>\n"
      "g (float[4] x) => (float[A] y) { [s] y = Softmax<axis = 1.5>(x) }",
      "SX513 attribute-type error 's': attribute 'axis' of Softmax is of type float 1.5, "
      "must be int\n"
      "  help: set 'axis' as int\n" },
    { "dtype-mismatch",
      "<ir_version: 8, opset_import: [\"\" : 17]>\n"
      "g (float[4] x, double[4] z) => (float[A] y) { [a] y = Add(x, z) }",
      "SX303 dtype-mismatch error 'a': A is float32 and B is float64; Add wants one type for "
      "both\n"
      "  x float32[4]: A: graph input\n"
      "  z float64[4]: B: graph input\n"
      "  help: add a Cast of B to float32, or of A to float64\n" },
    { "dtype-not-allowed",
      "<ir_version: 8, opset_import: [\"\" : 17]>\n"
      "g (string[4] x) => (string[A] y) { [a] y = Relu(x) }",
      "SX304 dtype-not-allowed error 'a': X of Relu (opset 14) may not be string[4]\n"
      "  x string[4]: graph input\n"
      "  help: use one of float32, int8, int16, int32, int64, float16, float64, bfloat16; a "
      "Cast brings it there\n" },
    { "a type of a later opset",
      "<ir_version: 8, opset_import: [\"\" : 13]>\n"
      "g (int32[4] x) => (int32[A] y) { [a] y = Relu(x) }",
      "SX304 dtype-not-allowed error 'a': X of Relu (opset 13) may not be int32[4]\n"
      "  x int32[4]: graph input\n"
      "  help: opset 14 allows it: import that; use one of float32, float16, float64, "
      "bfloat16; a Cast brings it there\n" },
    { "op-unknown",
      "<ir_version: 8, opset_import: [\"\" : 17]>\n"
      "g (float[4] x) => (float[A] y) { [a] y = Rellu(x) }",
      "SX501 op-unknown error 'a': there is no operator 'Rellu' in ai.onnx\n"
      "  help: did you mean Relu?\n"
      "  fix: make it Relu (a guess)\n" },
    { "op-newer",
      "<ir_version: 8, opset_import: [\"\" : 17]>\n"
      "g (float[4] x) => (float[A] y) { [a] y = Gelu(x) }",
      "SX502 op-newer-than-opset error 'a': Gelu came with opset 20, the model imports 17\n"
      "  help: import opset 20 or newer, or use the operators it is made of\n" },
    { "an operator of a domain we do not know",
      "<ir_version: 8, opset_import: [\"\" : 17, \"com.example\" : 1]>\n"
      "g (float[4] x) => (float[A] y) { [a] y = com.example.Fancy(x) }",
      "SX504 op-unimplemented note 'a': operator Fancy of com.example is not implemented\n"
      "  help: the model loads and is checked around this node; to run it, add the operator "
      "or a plugin\n" },
    { "op-deprecated",
      "<ir_version: 8, opset_import: [\"\" : 18]>\n"
      "g (float[1, 4, 8, 8] x, float[2] s) => (float[A, B, C, D] y) { [a] y = "
      "GroupNormalization<num_groups = 2>(x, s, s) }",
      "SX503 op-deprecated warning 'a': GroupNormalization is deprecated since opset 18\n"
      "  help: use its version of a newer opset\n" },
    { "declared-shape",
      "<ir_version: 8, opset_import: [\"\" : 17]>\n"
      "g (float[1, 3, 8, 8] x, float[8, 3, 3, 3] w) => (float[1, 8, 8, 8] y) { [c] y = "
      "Conv(x, w) }",
      "SX301 declared-shape error 'c': output 'y' is declared float32[1, 8, 8, 8], Conv "
      "gives float32[1, 8, 6, 6]\n"
      "  y float32[1, 8, 6, 6] @2: Conv 'c' of float32[1, 3, 8, 8] and float32[8, 3, 3, 3]\n"
      "  help: declare 'y' as float32[1, 8, 6, 6], or remove its declaration\n"
      "  fix: declare 'y' as float32[1, 8, 6, 6] (a guess)\n" },
    { "declared-rank",
      "<ir_version: 8, opset_import: [\"\" : 17]>\n"
      "g (float[1, 3, 8, 8] x, float[8, 3, 3, 3] w) => (float[1, 8] y) { [c] y = Conv(x, w) }",
      "SX301 declared-shape error 'c': output 'y' is declared float32[1, 8] of rank 2, Conv "
      "gives float32[1, 8, 6, 6] of rank 4\n"
      "  y float32[1, 8, 6, 6]: Conv 'c' of float32[1, 3, 8, 8] and float32[8, 3, 3, 3]\n"
      "  help: declare 'y' as float32[1, 8, 6, 6], or remove its declaration\n"
      "  fix: declare 'y' as float32[1, 8, 6, 6] (a guess)\n" },
    { "declared-type",
      "<ir_version: 8, opset_import: [\"\" : 17]>\n"
      "g (float[4] x) => (int32[4] y) { [c] y = Relu(x) }",
      "SX302 declared-type error 'c': output 'y' is declared int32[4], Relu gives float32[4]\n"
      "  y float32[4]: Relu 'c' of float32[4]\n"
      "  help: declare 'y' as float32[4], or remove its declaration\n"
      "  fix: declare 'y' as float32[4] (a guess)\n" },
    { "one symbol, two sizes",
      "<ir_version: 8, opset_import: [\"\" : 17]>\n"
      "g (float[4, 8] x) => (float[N, N] y) { [t] y = Relu(x) }",
      "SX309 symbol-two-sizes warning 't': output 'y' is declared float32[4, 4], Relu gives "
      "float32[4, 8]: the symbol N stands for two sizes\n"
      "  y float32[4, 8] @1: graph input 'x' through Relu 't'\n"
      "  help: use another name than N for dim 1 of 'y'\n" },
    { "axis-range",
      "<ir_version: 8, opset_import: [\"\" : 17]>\n"
      "g (float[4] x) => (float[A] y) { [t] y = Softmax<axis = 3>(x) }",
      "SX306 axis-range error 't': axis = 3, but the tensor has rank 1\n"
      "  x float32[4]: input: graph input\n"
      "  help: axis may be -1 to 0\n" },
    { "rank",
      "<ir_version: 8, opset_import: [\"\" : 17]>\n"
      "g (float[4] x) => (float[A] y) { [t] y = GlobalAveragePool(x) }",
      "SX305 rank error 't': X has rank 1, GlobalAveragePool wants 3 or more\n"
      "  x float32[4]: graph input\n"
      "  help: add or remove dims of X with Unsqueeze, Squeeze or Reshape\n" },
    { "shape-too-large",
      "<ir_version: 8, opset_import: [\"\" : 17]>\n"
      "g (float[1] x) => (float[A, B, C] y) <int64[3] s = {4294967296, 4294967296, 4}> { [e] "
      "y = Expand(x, s) }",
      "SX307 shape-too-large error 'e': output would be float32[4294967296, 4294967296, 4], "
      "more than the address space holds\n"
      "  help: use smaller dims: their product is the number of elements\n" },
    { "body-outputs",
      "<ir_version: 8, opset_import: [\"\" : 17]>\n"
      "g (float[4] x, bool c) => (float[A] y, float[A] z) { [pick] y, z = If (c) "
      "<then_branch = a () => (float[4] p, float[4] q) { p = Relu(x) q = Neg(x) }, "
      "else_branch = b () => (float[4] r) { r = Abs(x) }> }",
      "SX453 body-outputs error 'pick': the graph 'else_branch' of If has 1 output, must "
      "have 2\n"
      "  help: give the graph 'else_branch' 2 outputs, as the node has\n" },
    { "what a branch demands of N is undone",
      "<ir_version: 8, opset_import: [\"\" : 17]>\n"
      "g (float[N, 4] x, bool c) => (float[A, B] y) <int64[2] s = {3, 4}> { [pick] z = If "
      "(c) <then_branch = a () => (float[P, Q] p) { p = Reshape(x, s) }, else_branch = b () "
      "=> (float[R, S] q) { q = Neg(x) }> [same] y = Add(z, x) }",
      "SX710 reshape-batch warning #0: data is [N, 4]; the constant target [3, 4] fixes N at "
      "3\n"
      "  x float32[N, 4] @0: data: graph input\n"
      "  help: put 0 (copy) or -1 in the place of N\n" },
    { "what nobody reads",
      "<ir_version: 8, opset_import: [\"\" : 17]>\n"
      "g (float[4] x, float[4] z) => (float[A] y) <float[2] spare = {1, 2}> { [d] t = Neg(x) "
      "[r] y = Relu(x) }",
      "SX450 unused-initializer warning 'spare': initializer 'spare' is read by no node\n"
      "  help: remove 'spare', or connect it where it was meant to be read\n"
      "  fix: remove initializer 'spare' (a guess)\n"
      "SX451 dead-node warning 'd': nothing reads 't', the output of this node\n"
      "  help: remove the node, or add its output to those of the graph\n"
      "  fix: remove the node, and what only it reads (a guess)\n"
      "SX452 unused-input note 'z': graph input 'z' is read by no node\n"
      "  help: remove 'z', or connect it where it was meant to be read\n" },
    { "weights that are no numbers",
      "<ir_version: 8, opset_import: [\"\" : 17]>\n"
      "g (float[4] x) => (float[A] y) <float[4] w = {1, nan, 3, inf}> { y = Add(x, w) }",
      "SX601 nan-weights warning 'w': 1 of 4 elements of initializer 'w' is NaN, the first "
      "at 1\n"
      "  help: export the model again from a checkpoint of before the training diverged, or "
      "set these elements\n"
      "SX602 infinite-weights note 'w': 1 of 4 elements of initializer 'w' is infinite, the "
      "first at 3\n"
      "  help: this is fine in a mask; elsewhere use a large finite number\n" },
    { "a name within a body that is one outside",
      "<ir_version: 8, opset_import: [\"\" : 17]>\n"
      "g (float[4] x, bool c) => (float[A] y) { t = Neg(x) z = If (c) <then_branch = a () => "
      "(float[4] p) { [sh] t = Relu(x) p = Abs(t) }, else_branch = b () => (float[4] q) { q "
      "= Neg(x) }> y = Add(z, t) }",
      "SX420 shadowed-name warning 'sh': writes 't', a name that graph 'g' around it has too\n"
      "  help: give it another name: 't_inner', say\n" },
    { "two nodes of one name",
      "<ir_version: 8, opset_import: [\"\" : 17]>\n"
      "g (float[4] x) => (float[A] y) { [same] t = Neg(x) [same] y = Relu(t) }",
      "SX456 node-name-twice warning 'same': node #0 (Neg) has the name 'same', too\n"
      "  help: give each node a name of its own, or none\n"
      "  fix: name it 'same_1' (safe)\n" },
    { "opset-unknown",
      "<ir_version: 8, opset_import: [\"\" : 99]>\n"
      "g (float[4] x) => (float[A] y) { y = Relu(x) }",
      "SX520 opset-unknown warning 'ai.onnx': opset 99 of ai.onnx is imported; operators are "
      "known up to opset 28\n"
      "  help: import opset 28, or use a newer version of this library\n" },
    { "initializer-not-input",
      "<ir_version: 3, opset_import: [\"\" : 8]>\n"
      "g (float[4] x) => (float[A] y) <float[4] w = {1, 2, 3, 4}> { y = Add(x, w) }",
      "SX457 initializer-not-input warning 'w': initializer 'w' is no input of the graph, as "
      "IR version 3 demands\n"
      "  help: set the IR version to 4 or newer, or add 'w' to the inputs\n"
      "  fix: set ir_version to 4 (safe)\n" },
    { "what follows from a refused node says nothing",
      "<ir_version: 8, opset_import: [\"\" : 17]>\n"
      "g (float[4] x, float[5] z) => (float[A] y) { [bad] a = Add(x, z) [one] b = Relu(a) "
      "[two] c = MatMul(b, b) [three] y = Conv(c, c) }",
      "SX311 broadcast error 'bad': dims 4 and 5 do not broadcast: A.shape[0] is 4, "
      "B.shape[0] is 5\n"
      "  x float32[4] @0: A: graph input\n"
      "  z float32[5] @0: B: graph input\n"
      "  help: make them equal, or one of them 1; dims are compared from the last to the "
      "first\n" },
    { "what is learnt downstream reaches upstream",
      "<ir_version: 8, opset_import: [\"\" : 17]>\n"
      "g (float[N] x, float[M] z) => (float[10] y) <int64[1] t = {10}, int64[1] u = {10}> { "
      "[a] b = Concat<axis = 0>(x, z) [s] c = Reshape(b, t) [e] y = Expand(c, u) }",
      "SX710 reshape-batch warning 's': data is [N + M]; the constant target [10] fixes N + "
      "M at 10\n"
      "  b float32[N + M] @0: data: Concat 'a' of float32[N] and float32[10 - N]\n"
      "  help: put 0 (copy) or -1 in the place of N + M\n"
      "  fix: in 't' of node 's' set element 0 to -1 (a guess)\n" },
};

int main(void)
{
    return lint_program(cases, sizeof cases / sizeof *cases);
}
