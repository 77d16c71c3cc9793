/* tests/unit/lint/structure.c - what stands twice, in a circle, in the wrong order or nowhere:
 * for each a model that breaks the rule, the whole message, and one that nearly does. */
#include "support/lint.h"

static const lint_case cases[] = {
    { "order",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x) => (float[2] y) { [reads] y = Relu(a) [makes] a = Neg(x) }",
      "SX402 unsorted-nodes error 'reads': reads 'a', which node 'makes' (Neg, #1) makes only "
      "later\n"
      "  help: the list of nodes has to be in an order of running: move 'makes' (Neg, #1) "
      "before it\n"
      "  fix: put the nodes of graph 'g' in an order of running (safe)\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x) => (float[2] y) { [makes] a = Neg(x) [reads] y = Relu(a) }",
      "" },
    { "order without names",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x) => (float[2] y) { y = Relu(a) a = Neg(x) }",
      "SX402 unsorted-nodes error #0: reads 'a', which node #1 (Neg) makes only later\n"
      "  help: the list of nodes has to be in an order of running: move #1 (Neg) before it\n"
      "  fix: put the nodes of graph 'g' in an order of running (safe)\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x) => (float[2] y) { a = Neg(x) y = Relu(a) }",
      "" },
    { "circle",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x) => (float[2] y) { [sum] a = Add(x, b) [minus] b = Neg(a) [out] y = "
      "Relu(b) }",
      "SX403 graph-cycle error 'sum': 2 nodes in a circle: 'sum' (Add, #0) reads from 'minus' "
      "(Neg, #1) reads from 'sum' (Add, #0)\n"
      "  help: let one of them read another value: one that is to come back in the next step is "
      "a state of Loop or Scan\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x) => (float[2] y) { [minus] b = Neg(x) [sum] a = Add(x, b) [out] y = "
      "Relu(a) }",
      "" },
    { "circle of one",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x) => (float[2] y) { [n] y = Add(x, y) }",
      "SX403 graph-cycle error 'n': 1 node in a circle: 'n' (Add, #0) reads from 'n' (Add, #0)\n"
      "  help: let one of them read another value: one that is to come back in the next step is "
      "a state of Loop or Scan\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x) => (float[2] y) { [n] y = Add(x, x) }",
      "" },
    { "circle without names",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x) => (float[2] y) { a = Add(x, b) b = Neg(a) y = Relu(b) }",
      "SX403 graph-cycle error #0: 2 nodes in a circle: #0 (Add) reads from #1 (Neg) reads from "
      "#0 (Add)\n"
      "  help: let one of them read another value: one that is to come back in the next step is "
      "a state of Loop or Scan\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x) => (float[2] y) { b = Neg(x) a = Add(x, b) y = Relu(a) }",
      "" },
    { "two writers",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x) => (float[2] y) { [first] a = Relu(x) [second] a = Neg(x) [out] y = "
      "Exp(a) }",
      "SX404 duplicate-output error 'second': writes 'a', which is already written by node "
      "'first' (Relu, graph 'g', #0)\n"
      "  help: give one of the two another name, also where it is read\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x) => (float[2] y) { [first] a = Relu(x) [second] b = Neg(x) [out] y = "
      "Add(a, b) }",
      "" },
    { "writer of an input",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x) => (float[2] y) { [n] x = Relu(x) [out] y = Exp(x) }",
      "SX404 duplicate-output error 'n': writes 'x', which is an input of the graph\n"
      "  help: give one of the two another name, also where it is read\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x) => (float[2] y) { [n] a = Relu(x) [out] y = Exp(a) }",
      "" },
    { "writer of an initializer",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x) => (float[2] y) <float[2] w = {1, 2}> { [n] w = Relu(x) [out] y = Exp(w) }",
      "SX404 duplicate-output error 'n': writes 'w', which is an initializer\n"
      "  help: give one of the two another name, also where it is read\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x) => (float[2] y) <float[2] w = {1, 2}> { [n] a = Relu(x) [out] y = Add(a, "
      "w) }",
      "" },
    { "one node, one name twice",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[4] x) => (float[A] y) { [n] y, y = Split<num_outputs = 2>(x) }",
      "SX404 duplicate-output error 'n': writes 'y', which is already written by node 'n' "
      "(Split, graph 'g', #0)\n"
      "  help: give one of the two another name, also where it is read\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[4] x) => (float[A] y, float[B] z) { [n] y, z = Split<num_outputs = 2>(x) }",
      "" },
    { "an output that is not made",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x) => (float[2] y, float[2] lost) { [n] y = Relu(x) }",
      "SX405 output-never-produced error 'lost': graph output 'lost' is made by no node\n"
      "  help: name an output of a node, or drop it from the outputs\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x) => (float[2] y, float[2] lost) { [n] y = Relu(x) [m] lost = Neg(x) }",
      "" },
    { "an output misspelt",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x) => (float[2] logit) { [n] logits = Relu(x) }",
      "SX405 output-never-produced error 'logit': graph output 'logit' is made by no node\n"
      "  help: did you mean 'logits'?; name an output of a node, or drop it from the outputs\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x) => (float[2] logits) { [n] logits = Relu(x) }",
      "" },
    { "one input twice",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x, float[3] x) => (float[2] y) { [n] y = Relu(x) }",
      "SX406 duplicate-input error 'x': 'x' is an input of the graph twice\n"
      "  help: remove one of the two, or give it another name\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x, float[2] z) => (float[2] y) { [n] y = Add(x, z) }",
      "" },
    { "one initializer twice",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[1] x) => (float[1] y) <float[1] w = {1}, float[1] w = {2}> { [n] y = Add(x, w) }",
      "SX407 duplicate-initializer error 'w': 'w' is an initializer twice\n"
      "  help: remove one of the two, or give it another name\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[1] x) => (float[1] y) <float[1] w = {1}, float[1] v = {2}> { a = Add(w, v) [n] "
      "y = Add(x, a) }",
      "" },
    { "one attribute twice",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[1, 2, 8, 8] x, float[4, 1, 3, 3] w) => (float[A, B, C, D] y) { [n] y = "
      "Conv<group = 1, group = 2>(x, w) }",
      "SX408 duplicate-attribute error 'n': attribute 'group' is given twice\n"
      "  help: keep the one that is meant\n"
      "  fix: remove the second 'group' of node 'n' (a guess)\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[1, 2, 8, 8] x, float[4, 1, 3, 3] w) => (float[A, B, C, D] y) { [n] y = "
      "Conv<group = 2>(x, w) }",
      "" },
    { "IR of the future",
      "<ir_version: 99, opset_import: [\"\" : 21]>\n"
      "g (float[2] x) => (float[2] y) { y = Relu(x) }",
      "SX414 ir-version error: IR version 99 is not known\n"
      "  help: versions 1 to 14 are known: export for one of them; or the file is damaged\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x) => (float[2] y) { y = Relu(x) }",
      "" },
    { "IR 0",
      "<ir_version: 0, opset_import: [\"\" : 21]>\n"
      "g (float[2] x) => (float[2] y) { y = Relu(x) }",
      "SX414 ir-version error: ir_version is missing, or 0\n"
      "  help: versions 1 to 14 are known: export for one of them; or the file is damaged\n" },
    { "... and not",
      "<ir_version: 3, opset_import: [\"\" : 7]>\n"
      "g (float[2] x) => (float[2] y) { y = Relu(x) }",
      "" },
    { "functions: itself",
      "<ir_version: 10, opset_import: [\"\" : 21, \"local\" : 1]>\n"
      "g (float[2] x) => (float[A] y) { [call] y = local.f(x) }\n"
      "<domain: \"local\", opset_import: [\"\" : 21, \"local\" : 1]>\n"
      "f (a) => (b) { t = Relu(a) [again] b = local.f(t) }",
      "SX415 function-recursive error 'call/again': calls function 'f' from within itself: f/f\n"
      "  help: functions are written out where they are called, and this one would never end: "
      "repeat by Loop or Scan\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21, \"local\" : 1]>\n"
      "g (float[2] x) => (float[A] y) { [call] y = local.f(x) }\n"
      "<domain: \"local\", opset_import: [\"\" : 21, \"local\" : 1]>\n"
      "f (a) => (b) { t = Relu(a) [again] b = local.h(t) }\n"
      "<domain: \"local\", opset_import: [\"\" : 21]>\n"
      "h (a) => (b) { b = Neg(a) }",
      "" },
    { "functions: itself through another",
      "<ir_version: 10, opset_import: [\"\" : 21, \"local\" : 1]>\n"
      "g (float[2] x) => (float[A] y) { [call] y = local.f(x) }\n"
      "<domain: \"local\", opset_import: [\"\" : 21, \"local\" : 1]>\n"
      "f (a) => (b) { [down] b = local.h(a) }\n"
      "<domain: \"local\", opset_import: [\"\" : 21, \"local\" : 1]>\n"
      "h (a) => (b) { [back] b = local.f(a) }",
      "SX415 function-recursive error 'call/down/back': calls function 'f' from within itself: "
      "f/h/f\n"
      "  help: functions are written out where they are called, and this one would never end: "
      "repeat by Loop or Scan\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21, \"local\" : 1]>\n"
      "g (float[2] x) => (float[A] y) { [call] y = local.f(x) }\n"
      "<domain: \"local\", opset_import: [\"\" : 21, \"local\" : 1]>\n"
      "f (a) => (b) { [down] b = local.h(a) }\n"
      "<domain: \"local\", opset_import: [\"\" : 21, \"local\" : 1]>\n"
      "h (a) => (b) { [back] b = Relu(a) }",
      "" },
    { "functions: twice",
      "<ir_version: 10, opset_import: [\"\" : 21, \"local\" : 1]>\n"
      "g (float[2] x) => (float[A] y) { [call] y = local.f(x) }\n"
      "<domain: \"local\", opset_import: [\"\" : 21]>\n"
      "f (a) => (b) { b = Relu(a) }\n"
      "<domain: \"local\", opset_import: [\"\" : 21]>\n"
      "f (a) => (b) { b = Neg(a) }",
      "SX416 function-duplicate error 'f': function 'f' of domain 'local' is defined twice\n"
      "  help: keep one; or tell them apart by overload\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21, \"local\" : 1]>\n"
      "g (float[2] x) => (float[A] y) { [call] t = local.f(x) y = local.f:minus(t) }\n"
      "<domain: \"local\", opset_import: [\"\" : 21]>\n"
      "f (a) => (b) { b = Relu(a) }\n"
      "<domain: \"local\", overload: \"minus\", opset_import: [\"\" : 21]>\n"
      "f (a) => (b) { b = Neg(a) }",
      "" },
    { "bodies: an output of the outside",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (bool k, float[4] x) => (float[A] y) { [n] y = If<then_branch = a () => (x) { }, "
      "else_branch = b () => (u) { u = Neg(x) }>(k) }",
      "SX421 body-output-outer warning 'n': output 'x' of its graph 'a' is a value of the graph "
      "around it\n"
      "  help: let an Identity in the body hand it on\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (bool k, float[4] x) => (float[A] y) { [n] y = If<then_branch = a () => (t) { t = "
      "Identity(x) }, else_branch = b () => (u) { u = Neg(x) }>(k) }",
      "" },
};

int main(void)
{
    return lint_program(cases, sizeof cases / sizeof *cases);
}
