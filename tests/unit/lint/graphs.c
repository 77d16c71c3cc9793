/* tests/unit/lint/graphs.c - rules about graphs, functions, versions, loops and pairs of nodes: for
 * each a model that breaks it, with the whole message, and one that nearly does. */
#include "support/lint.h"

static const lint_case cases[] = {
    { "functions: an attribute of the call",
      "<ir_version: 10, opset_import: [\"\" : 21, \"local\" : 1]>\n"
      "g (float[2, 3, 4] x) => (float[A, B, C] y) { [call] y = local.f<beta = 1>(x) }\n"
      "<domain: \"local\", opset_import: [\"\" : 21]>\n"
      "f <alpha> (a) => (b) { b = Relu(a) }",
      "SX512 attribute-unknown error 'call': function 'f' has no attribute 'beta'\n"
      "  help: remove 'beta'; function 'f' has 1 attribute, the first is 'alpha'\n" },
    { "functions: an attribute of the call: good",
      "<ir_version: 10, opset_import: [\"\" : 21, \"local\" : 1]>\n"
      "g (float[2, 3, 4] x) => (float[A, B, C] y) { [call] y = local.f<alpha = 1>(x) }\n"
      "<domain: \"local\", opset_import: [\"\" : 21]>\n"
      "f <alpha> (a) => (b) { b = Relu(a) }",
      "" },
    { "functions: the domain of the call",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 3, 4] x) => (float[A, B, C] y) { [call] y = local.f(x) }\n"
      "<domain: \"local\", opset_import: [\"\" : 21]>\n"
      "f (a) => (b) { b = Relu(a) }",
      "SX412 opset-import-missing error 'call': calls function 'f' of domain 'local', which the model does not import\n"
      "  help: add an opset_import of 'local', version 1 say, to the model\n" },
    { "functions: the domain of the call: good",
      "<ir_version: 10, opset_import: [\"\" : 21, \"local\" : 1]>\n"
      "g (float[2, 3, 4] x) => (float[A, B, C] y) { [call] y = local.f(x) }\n"
      "<domain: \"local\", opset_import: [\"\" : 21]>\n"
      "f (a) => (b) { b = Relu(a) }",
      "" },
    { "functions: their own opsets",
      "<ir_version: 10, opset_import: [\"\" : 21, \"local\" : 1]>\n"
      "g (float[2, 3, 4] x) => (float[A, B, C] y) { [call] y = local.f(x) }\n"
      "<domain: \"local\">\n"
      "f (a) => (b) { b = Relu(a) }",
      "SX412 opset-import-missing error 'f': operators of domain 'ai.onnx' are used, and function 'f' imports no version of it\n"
      "  help: add the opset_import of '' to the function: the model's own has version 21\n"
      "  fix: import '' at version 21 in function f (safe)\n" },
    { "functions: their own opsets: good",
      "<ir_version: 10, opset_import: [\"\" : 21, \"local\" : 1]>\n"
      "g (float[2, 3, 4] x) => (float[A, B, C] y) { [call] y = local.f(x) }\n"
      "<domain: \"local\", opset_import: [\"\" : 13]>\n"
      "f (a) => (b) { b = Relu(a) }",
      "" },
    { "functions: an attribute that is referred to",
      "<ir_version: 10, opset_import: [\"\" : 21, \"local\" : 1]>\n"
      "g (float[2, 3, 4] x) => (float[A, B, C] y) { [call] y = local.f(x) }\n"
      "<domain: \"local\", opset_import: [\"\" : 21]>\n"
      "f (a) => (b) { b = LeakyRelu<alpha : float = @low>(a) }",
      "SX411 attribute-reference error 'call': attribute 'alpha' refers to 'low', which is no attribute of function 'f'\n"
      "  help: write the value itself, or add the attribute to those of the function\n" },
    { "functions: an attribute that is referred to: good",
      "<ir_version: 10, opset_import: [\"\" : 21, \"local\" : 1]>\n"
      "g (float[2, 3, 4] x) => (float[A, B, C] y) { [call] y = local.f(x) }\n"
      "<domain: \"local\", opset_import: [\"\" : 21]>\n"
      "f <low> (a) => (b) { b = LeakyRelu<alpha : float = @low>(a) }",
      "" },
    { "functions: too much",
      "<ir_version: 10, opset_import: [\"\" : 21, \"local\" : 1]>\n"
      "g (float[2, 3, 4] x) => (float[A, B, C] y) { [call] y, z = local.f(x) }\n"
      "<domain: \"local\", opset_import: [\"\" : 21]>\n"
      "f (a) => (b) { b = Relu(a) }",
      "SX417 function-arity error 'call': has 2 outputs, function 'f' has 1\n"
      "  help: remove the outputs after the first 1, or add to those of the function\n" },
    { "functions: too much: good",
      "<ir_version: 10, opset_import: [\"\" : 21, \"local\" : 1]>\n"
      "g (float[2, 3, 4] x) => (float[A, B, C] y) { [call] y = local.f(x) }\n"
      "<domain: \"local\", opset_import: [\"\" : 21]>\n"
      "f (a) => (b, c) { b = Relu(a) c = Abs(b) }",
      "" },
    { "functions: the signature",
      "<ir_version: 10, opset_import: [\"\" : 21, \"local\" : 1]>\n"
      "g (float[2, 3, 4] x) => (float[A, B, C] y) { [call] y = local.f(x, x) }\n"
      "<domain: \"local\", opset_import: [\"\" : 21]>\n"
      "f (a, a) => (b) { b = Relu(a) }",
      "SX422 function-signature error 'f': function 'f' has the input 'a' twice\n"
      "  help: give one of the two another name\n" },
    { "functions: the signature: good",
      "<ir_version: 10, opset_import: [\"\" : 21, \"local\" : 1]>\n"
      "g (float[2, 3, 4] x) => (float[A, B, C] y) { [call] y = local.f(x, x) }\n"
      "<domain: \"local\", opset_import: [\"\" : 21]>\n"
      "f (a, c) => (b) { b = Add(a, c) }",
      "" },
    { "functions: one that is not called",
      "<ir_version: 10, opset_import: [\"\" : 21, \"local\" : 1]>\n"
      "g (float[2, 3, 4] x) => (float[A, B, C] y) { y = local.f(x) }\n"
      "<domain: \"local\", opset_import: [\"\" : 21]>\n"
      "f (a) => (b) { b = Relu(a) }\n"
      "<domain: \"local\", opset_import: [\"\" : 21]>\n"
      "h (a) => (b) { b = Relu(a) }",
      "SX463 unused-function warning 'h': function 'h' of domain 'local' is called by no node\n"
      "  help: remove it, or call it where it was meant to be called\n"
      "  fix: remove function 'h' (a guess)\n" },
    { "functions: one that is not called: good",
      "<ir_version: 10, opset_import: [\"\" : 21, \"local\" : 1]>\n"
      "g (float[2, 3, 4] x) => (float[A, B, C] y) { y = local.f(x) }\n"
      "<domain: \"local\", opset_import: [\"\" : 21]>\n"
      "f (a) => (b) { b = local.h(a) }\n"
      "<domain: \"local\", opset_import: [\"\" : 21]>\n"
      "h (a) => (b) { b = Relu(a) }",
      "" },
    { "functions: before IR 8",
      "<ir_version: 7, opset_import: [\"\" : 14, \"local\" : 1]>\n"
      "g (float[2, 3, 4] x) => (float[A, B, C] y) { y = local.f(x) }\n"
      "<domain: \"local\", opset_import: [\"\" : 14]>\n"
      "f (a) => (b) { b = Relu(a) }",
      "SX524 ir-too-old warning: IR version 7 has no functions; they came with version 8\n"
      "  help: set ir_version to 8 or newer\n"
      "  fix: set ir_version to 8 (safe)\n" },
    { "functions: before IR 8: good",
      "<ir_version: 8, opset_import: [\"\" : 14, \"local\" : 1]>\n"
      "g (float[2, 3, 4] x) => (float[A, B, C] y) { y = local.f(x) }\n"
      "<domain: \"local\", opset_import: [\"\" : 14]>\n"
      "f (a) => (b) { b = Relu(a) }",
      "" },
    { "functions: what is wrong within",
      "<ir_version: 10, opset_import: [\"\" : 21, \"local\" : 1]>\n"
      "g (float[2, 3, 4] x) => (float[A, B, C] y) { [call] y = local.f(x) }\n"
      "<domain: \"local\", opset_import: [\"\" : 21]>\n"
      "f (a) => (b) { b = Add(a, ghost) }",
      "SX401 undefined-tensor error 'call': input 1 is 'call/ghost', which nothing makes in function f\n"
      "  help: name an output of a node before it, an input or an initializer\n" },
    { "functions: what is wrong within: good",
      "<ir_version: 10, opset_import: [\"\" : 21, \"local\" : 1]>\n"
      "g (float[2, 3, 4] x) => (float[A, B, C] y) { [call] y = local.f(x) }\n"
      "<domain: \"local\", opset_import: [\"\" : 21]>\n"
      "f (a) => (b) { b = Add(a, a) }",
      "" },
    { "the IR version is old",
      "<ir_version: 3, opset_import: [\"\" : 21]> g (float[2, 3, 4] x) => (float[A, B, C] y) { y = Relu(x) }",
      "SX524 ir-too-old warning: opset 21 of ai.onnx came with IR version 10; the file has 3\n"
      "  help: set ir_version to 10 or newer\n"
      "  fix: set ir_version to 10 (safe)\n" },
    { "the IR version is old: good",
      "<ir_version: 8, opset_import: [\"\" : 21]> g (float[2, 3, 4] x) => (float[A, B, C] y) { y = Relu(x) }",
      "" },
    { "the IR version is older than a type",
      "<ir_version: 8, opset_import: [\"\" : 21]> g (float[4] x) => (int4[A] y) { y = Cast<to = 22>(x) }",
      "SX524 ir-too-old warning 'y': 'y' is int4, which came with IR version 10; the file has 8\n"
      "  help: set ir_version to 10 or newer\n"
      "  fix: set ir_version to 10 (safe)\n" },
    { "the IR version is older than a type: good",
      "<ir_version: 10, opset_import: [\"\" : 21]> g (float[4] x) => (int4[A] y) { y = Cast<to = 22>(x) }",
      "" },
    { "an import",
      "<ir_version: 10, opset_import: [\"\" : 21, \"local\" : 1]>\n"
      "g (float[2, 3, 4] x) => (float[A, B, C] y) { y = Relu(x) }",
      "SX525 unused-import note 'local': domain 'local' is imported, and no node is of it\n"
      "  help: remove the import\n"
      "  fix: remove the import of 'local' (safe)\n" },
    { "an import: good",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 3, 4] x) => (float[A, B, C] y) { y = Relu(x) }",
      "" },
    { "metadata",
      "<ir_version: 10, opset_import: [\"\" : 21], metadata_props: [\"who\" : \"a\", \"who\" : \"b\"]> g (float[2, 3, 4] x) => (float[A, B, C] y) { y = Relu(x) }",
      "SX459 metadata-twice warning 'who': metadata_props has the key 'who' more than once\n"
      "  help: keep one entry of 'who': which one counts is not said\n"
      "  fix: remove the second entry of 'who' (a guess)\n" },
    { "metadata: good",
      "<ir_version: 10, opset_import: [\"\" : 21], metadata_props: [\"who\" : \"a\", \"what\" : \"a\"]> g (float[2, 3, 4] x) => (float[A, B, C] y) { y = Relu(x) }",
      "" },
    { "outputs",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 3, 4] x) => (float[2, 3, 4] y, float[2, 3, 4] y) { y = Relu(x) }",
      "SX462 output-twice warning 'y': the graph has the output 'y' more than once\n"
      "  help: let an Identity give the second 'y' a name of its own, or remove it\n" },
    { "outputs: good",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 3, 4] x) => (float[2, 3, 4] y, float[2, 3, 4] z) { y = Relu(x) z = Identity(y) }",
      "" },
    { "ends without a type",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (x) => (y) { y = Relu(x) }",
      "SX460 end-untyped warning 'x': graph input 'x' has no type\n"
      "  help: declare element type and shape of 'x'; dims that vary get a name\n"
      "SX460 end-untyped warning 'y': graph output 'y' has no type\n"
      "  help: declare element type and shape of 'y'; dims that vary get a name\n"
      "  fix: declare 'y' as ?[...] (safe)\n" },
    { "ends without a type: good",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float x) => (float y) { y = Relu(x) }",
      "" },
    { "declared twice: a dim",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 3, 4] x) => (float[2, 3, 5] y) <float[2, 3, 4] y> { y = Relu(x) }",
      "SX301 declared-shape error 'y': dim 2 of 'y' is declared 5, and 4 in value_info\n"
      "  help: keep the declaration of 'y' that is right\n"
      "  fix: remove 'y' from value_info (safe)\n" },
    { "declared twice: a dim: good",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 3, 4] x) => (float[2, M, 4] y) <float[2, 3, 4] y> { y = Relu(x) }",
      "" },
    { "declared twice: a rank",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 3, 4] x) => (float[2, 3] y) <float[2, 3, 4] y> { y = Relu(x) }",
      "SX301 declared-shape error 'y': 'y' is declared with rank 2, and with rank 3 in value_info\n"
      "  help: keep the declaration of 'y' that is right\n"
      "  fix: remove 'y' from value_info (safe)\n" },
    { "declared twice: a rank: good",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 3, 4] x) => (float[] y) <float[2, 3, 4] y> { y = Relu(x) }",
      "" },
    { "an initializer that is an input",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x, int64[2] w) => (float[2] y) <float[2] w = {1, 2}> { y = Add(x, w) }",
      "SX302 declared-type error 'w': 'w' is declared int64, and float32 in its initializer\n"
      "  help: keep the declaration of 'w' that is right\n" },
    { "an initializer that is an input: good",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x, float[N] w) => (float[2] y) <float[2] w = {1, 2}> { y = Add(x, w) }",
      "" },
    { "value_info twice",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 3, 4] x) => (float[A, B, C] y) <float[2, 3, 4] t, float[2, 3, 4] t> { t = Relu(x) y = Tanh(t) }",
      "SX461 value-info-twice warning 't': value_info has 't' more than once\n"
      "  help: keep one entry of 't'\n"
      "  fix: remove 't' from value_info (safe)\n" },
    { "value_info twice: good",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 3, 4] x) => (float[A, B, C] y) <float[2, 3, 4] t> { t = Relu(x) y = Tanh(t) }",
      "" },
    { "Transpose there and back",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 3, 4] x) => (float[A, B, C] y) { [there] t = Transpose<perm = [1, 2, 0]>(x) [back] y = Transpose<perm = [2, 0, 1]>(t) }",
      "SX712 cancelling-pair warning 'back': undoes the Transpose before it: together they change nothing\n"
      "  t float32[3, 4, 2]: data: Transpose 'there' of float32[2, 3, 4]\n"
      "  help: let the readers of this node read what the Transpose reads, and remove both\n" },
    { "Transpose there and back: good",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 3, 4] x) => (float[A, B, C] y) { t = Transpose<perm = [1, 2, 0]>(x) y = Transpose<perm = [1, 2, 0]>(t) }",
      "" },
    { "Transpose that moves nothing",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 3, 4] x) => (float[A, B, C] y) { [still] t = Transpose<perm = [0, 1, 2]>(x) y = Relu(t) }",
      "SX713 no-effect note 'still': perm leaves each axis in its place: the node changes nothing\n"
      "  x float32[2, 3, 4]: data: graph input\n"
      "  help: remove the node, and let its readers read its input\n"
      "  fix: let the readers of 't' read 'x' (safe)\n" },
    { "Transpose that moves nothing: good",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 3, 4] x) => (float[A, B, C] y) { t = Transpose<perm = [0, 2, 1]>(x) y = Relu(t) }",
      "" },
    { "Cast there and back",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 3, 4] x) => (float[A, B, C] y) { t = Cast<to = 11>(x) [back] y = Cast<to = 1>(t) }",
      "SX712 cancelling-pair warning 'back': undoes the Cast before it: together they change nothing\n"
      "  t float64[2, 3, 4]: input: Cast #0 of float32[2, 3, 4]\n"
      "  help: let the readers of this node read what the Cast reads, and remove both\n" },
    { "Cast there and back: good",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 3, 4] x) => (float[A, B, C] y) { t = Cast<to = 6>(x) y = Cast<to = 1>(t) }",
      "" },
    { "Cast to what it is",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 3, 4] x) => (float[A, B, C] y) { [still] t = Cast<to = 1>(x) y = Relu(t) }",
      "SX713 no-effect note 'still': input is float32 already: the node changes nothing\n"
      "  x float32[2, 3, 4]: input: graph input\n"
      "  help: remove the node, and let its readers read its input\n"
      "  fix: let the readers of 't' read 'x' (safe)\n" },
    { "Cast to what it is: good",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 3, 4] x) => (double[A, B, C] y) { t = Cast<to = 11>(x) y = Relu(t) }",
      "" },
    { "float64 in the middle",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 3, 4] x) => (float[A, B, C] y) <double c = {2.5}> { t = Cast<to = 11>(x) m = Mul(t, c) [back] y = Cast<to = 1>(m) }",
      "SX714 double-island warning 'back': brings back to float32 what a Cast made float64: 1 node between them computes in float64\n"
      "  m float64[2, 3, 4]: input: Mul #1 of float64[2, 3, 4] and float64[]\n"
      "  help: compute in float32 throughout: make the constants on the way float32 and remove both Casts\n" },
    { "float64 in the middle: good",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (double[2, 3, 4] x) => (float[A, B, C] y) <double c = {2.5}> { m = Mul(x, c) y = Cast<to = 1>(m) }",
      "" },
    { "Reshape to what it is",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 3, 4] x) => (float[A, B, C] y) <int64[3] s = {2, 3, 4}> { [still] t = Reshape(x, s) y = Relu(t) }",
      "SX713 no-effect note 'still': 'x' is float32[2, 3, 4] already: the node changes nothing\n"
      "  x float32[2, 3, 4]: graph input\n"
      "  help: remove the node, and let the readers of 't' read 'x'\n"
      "  fix: let the readers of 't' read 'x' (safe)\n" },
    { "Reshape to what it is: good",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 3, 4] x) => (float[A, B, C] y) <int64[3] s = {0, -1, 4}> { t = Reshape(x, s) y = Relu(t) }",
      "" },
    { "Unsqueeze there and back",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 3, 4] x) => (float[A, B, C] y) <int64[1] a = {0}> { t = Unsqueeze(x, a) [back] y = Squeeze(t, a) }",
      "SX712 cancelling-pair warning 'back': undoes the Unsqueeze before it: 'y' is float32[2, 3, 4] again\n"
      "  t float32[1, 2, 3, 4]: Unsqueeze #0 of float32[2, 3, 4] and [0]\n"
      "  help: let the readers of 'y' read 'x', and remove both\n" },
    { "Unsqueeze there and back: good",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 3, 4] x) => (float[A, B] y) <int64[1] a = {0}, int64[2] s = {6, 4}> { t = Unsqueeze(x, a) y = Reshape(t, s) }",
      "" },
    { "Relu of Relu",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 3, 4] x) => (float[A, B, C] y) { t = Relu(x) [again] y = Relu(t) }",
      "SX713 no-effect note 'again': Relu of Relu: the node changes nothing\n"
      "  t float32[2, 3, 4]: X: Relu #0 of float32[2, 3, 4]\n"
      "  help: remove the node, and let its readers read its input\n"
      "  fix: let what makes 't' make 'y' (safe)\n" },
    { "Relu of Relu: good",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 3, 4] x) => (float[A, B, C] y) { t = Neg(x) y = Relu(t) }",
      "" },
    { "Not of Not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (bool[2] x) => (bool[A] y) { t = Not(x) [again] y = Not(t) }",
      "SX712 cancelling-pair warning 'again': undoes the Not before it: together they change nothing\n"
      "  t bool[2]: X: Not #0 of bool[2]\n"
      "  help: let the readers of this node read what the Not reads, and remove both\n" },
    { "Not of Not: good",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (bool[2] x) => (bool[A] y) { y = Not(x) }",
      "" },
    { "Loop: how often",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x, bool k) => (float[2] y) <int64 M = {-1}> { [loop] y = Loop<body = b (int64 i, bool c, float[2] s) => (bool d, float[2] t) { d = Identity(c) t = Relu(s) }>(M, k, x) }",
      "SX715 loop-count warning 'loop': M is -1: the body never runs\n"
      "  M int64[]: initializer\n"
      "  help: M is how often to run at most; leave it out to go by the condition alone\n" },
    { "Loop: how often: good",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x, bool k) => (float[2] y) <int64 M = {0}> { [loop] y = Loop<body = b (int64 i, bool c, float[2] s) => (bool d, float[2] t) { d = Identity(c) t = Relu(s) }>(M, k, x) }",
      "" },
    { "Loop: without end",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x) => (float[2] y) { [loop] y = Loop<body = b (int64 i, bool c, float[2] s) => (bool d, float[2] t) { d = Identity(c) t = Relu(s) }>(, , x) }",
      "SX716 loop-endless warning 'loop': nothing ends the loop: there is no M, and the condition stays true\n"
      "  help: give M, or let output 0 of the body become false when the work is done\n" },
    { "Loop: without end: good",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x, bool k) => (float[2] y) { [loop] y = Loop<body = b (int64 i, bool c, float[2] s) => (bool d, float[2] t) { d = Identity(c) t = Relu(s) }>(, k, x) }",
      "" },
    { "Loop: the condition",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x, bool k) => (float[2] y) <int64 M = {3}> { [loop] y = Loop<body = b (int64 i, bool c, float[2] s) => (float d, float[2] t) { d = Cast<to = 1>(c) t = Relu(s) }>(M, k, x) }",
      "SX373 condition-scalar error 'loop': the condition that the body gives is float32[]\n"
      "  help: output 0 of the body is bool[]: whether to go on\n" },
    { "Loop: the condition: good",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x, bool k) => (float[2] y) <int64 M = {3}> { [loop] y = Loop<body = b (int64 i, bool c, float[2] s) => (d, float[2] t) { d = Identity(c) t = Relu(s) }>(M, k, x) }",
      "" },
    { "Loop: what the body declares",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x, bool k) => (float[2] y) <int64 M = {3}> { [loop] y = Loop<body = b (float i, bool c, float[2] s) => (bool d, float[2] t) { d = Identity(c) t = Relu(s) }>(M, k, x) }",
      "SX302 declared-type error 'loop': input 'i' of its body is int64[], the body declares float32[]\n"
      "  help: declare 'i' as int64[], or leave its type out: Loop gives it\n" },
    { "Loop: what the body declares: good",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x, bool k) => (float[2] y) <int64 M = {3}> { [loop] y = Loop<body = b (i, bool c, float[2] s) => (bool d, float[2] t) { d = Identity(c) t = Relu(s) }>(M, k, x) }",
      "" },
    { "Scan: directions",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[4] s, float[5, 4] x) => (float[4] t, float[A, B] y) { [scan] t, y = Scan<num_scan_inputs = 1, scan_input_directions = [2], body = b (float[4] p, float[4] q) => (float[4] r, float[4] o) { r = Add(p, q) o = Relu(q) }>(s, x) }",
      "SX376 scan-lists error 'scan': scan_input_directions[0] is 2\n"
      "  help: 0 is forward, 1 is backward\n" },
    { "Scan: directions: good",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[4] s, float[5, 4] x) => (float[4] t, float[A, B] y) { [scan] t, y = Scan<num_scan_inputs = 1, scan_input_directions = [1], body = b (float[4] p, float[4] q) => (float[4] r, float[4] o) { r = Add(p, q) o = Relu(q) }>(s, x) }",
      "" },
    { "Loop: a condition that is false",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x) => (float[2] y) <int64 M = {3}, bool off = {0}> { [loop] y = Loop<body = b (int64 i, bool c, float[2] s) => (bool d, float[2] t) { d = Identity(c) t = Relu(s) }>(M, off, x) }",
      "SX715 loop-count warning 'loop': cond is false: the body never runs\n"
      "  off bool[]: cond: initializer\n"
      "  help: leave the condition out, or begin with true\n" },
    { "Loop: a condition that is false: good",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x) => (float[2] y) <int64 M = {3}, bool off = {1}> { [loop] y = Loop<body = b (int64 i, bool c, float[2] s) => (bool d, float[2] t) { d = Identity(c) t = Relu(s) }>(M, off, x) }",
      "" },
    { "Loop: one number",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x, bool k) => (float[2] y) <int64[2] M = {3, 3}> { [loop] y = Loop<body = b (int64 i, bool c, float[2] s) => (bool d, float[2] t) { d = Identity(c) t = Relu(s) }>(M, k, x) }",
      "SX373 condition-scalar error 'loop': M has 2 elements\n"
      "  M int64[2]: initializer\n"
      "  help: it has to be one number: pick one element with Gather\n" },
    { "Loop: one number: good",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2] x, bool k) => (float[2] y) <int64[1] M = {3}> { [loop] y = Loop<body = b (int64 i, bool c, float[2] s) => (bool d, float[2] t) { d = Identity(c) t = Relu(s) }>(M, k, x) }",
      "" },
    { "functions: one that is missing",
      "<ir_version: 10, opset_import: [\"\" : 21, \"local\" : 1]>\n"
      "g (float[2, 3, 4] x) => (float[A, B, C] y) { t = local.f(x) [call] y = local.ff(t) }\n"
      "<domain: \"local\", opset_import: [\"\" : 21]>\n"
      "f (a) => (b) { b = Relu(a) }",
      "SX501 op-unknown warning 'call': no function 'ff' of domain 'local' is in the file\n"
      "  help: add the function to the file\n"
      "SX504 op-unimplemented note 'call': operator ff of local is not implemented\n"
      "  help: the model loads and is checked around this node; to run it, add the operator or a plugin\n" },
    { "functions: one that is missing: good",
      "<ir_version: 10, opset_import: [\"\" : 21, \"local\" : 1]>\n"
      "g (float[2, 3, 4] x) => (float[A, B, C] y) { t = local.f(x) y = local.f(t) }\n"
      "<domain: \"local\", opset_import: [\"\" : 21]>\n"
      "f (a) => (b) { b = Tanh(a) }",
      "" },
    { "functions: imports",
      "<ir_version: 10, opset_import: [\"\" : 21, \"local\" : 1]>\n"
      "g (float[2, 3, 4] x) => (float[A, B, C] y) { y = local.f(x) }\n"
      "<domain: \"local\", opset_import: [\"\" : 13, \"\" : 21]>\n"
      "f (a) => (b) { b = Relu(a) }",
      "SX413 opset-import-twice error 'f': domain 'ai.onnx' is imported twice by function f, at versions 13 and 21\n"
      "  help: keep the one that the nodes were written for\n" },
    { "functions: imports: good",
      "<ir_version: 10, opset_import: [\"\" : 21, \"local\" : 1]>\n"
      "g (float[2, 3, 4] x) => (float[A, B, C] y) { y = local.f(x) }\n"
      "<domain: \"local\", opset_import: [\"\" : 13, \"ai.onnx.ml\" : 3]>\n"
      "f (a) => (b) { b = Relu(a) }",
      "" },
    { "an operator of a domain that nobody knows",
      "<ir_version: 10, opset_import: [\"\" : 21, \"com.acme\" : 1]>\n"
      "g (float[2, 3, 4] x) => (float[A, B, C] y) { [n] y = com.acme.Relu(x) }",
      "SX504 op-unimplemented warning 'n': operator Relu of com.acme is not implemented; ai.onnx has one of that name\n"
      "  help: where that one is meant, leave the domain out; the model loads and is checked around this node; to run it, add the operator or a plugin\n"
      "  fix: take it from ai.onnx (a guess)\n" },
    { "an operator of a domain that nobody knows: good",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 3, 4] x) => (float[A, B, C] y) { y = Relu(x) }",
      "" },
    { "an overload of an operator",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 3, 4] x) => (float[A, B, C] y) { [n] y = Relu:fast(x) }",
      "SX501 op-unknown warning 'n': no function 'Relu' of the file has the overload 'fast'\n"
      "  help: leave the overload out: operators have none\n" },
    { "an overload of an operator: good",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 3, 4] x) => (float[A, B, C] y) { y = Relu(x) }",
      "" },
    { "DequantizeLinear there and back",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (uint8[4] x) => (uint8[A] y) <float s = {0.5}, uint8 z = {3}> { t = DequantizeLinear(x, s, z) [back] y = QuantizeLinear(t, s, z) }",
      "SX712 cancelling-pair warning 'back': undoes the DequantizeLinear before it: together they change nothing\n"
      "  t float32[4]: x: DequantizeLinear #0 of uint8[4], float32[] and [3]\n"
      "  help: let the readers of this node read what the DequantizeLinear reads, and remove both\n" },
    { "DequantizeLinear there and back: good",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (uint8[4] x) => (uint8[A] y) <float s = {0.5}, float r = {0.25}, uint8 z = {3}> { t = DequantizeLinear(x, s, z) y = QuantizeLinear(t, r, z) }",
      "" },
    { "Concat of one",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 3, 4] x) => (float[A, B, C] y) { [one] t = Concat<axis = 0>(x) y = Relu(t) }",
      "SX713 no-effect note 'one': there is one input: the node changes nothing\n"
      "  x float32[2, 3, 4]: inputs[0]: graph input\n"
      "  help: remove the node, and let its readers read its input\n"
      "  fix: let the readers of 't' read 'x' (safe)\n" },
    { "Concat of one: good",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 3, 4] x) => (float[A, B, C] y) { t = Concat<axis = 0>(x, x) y = Relu(t) }",
      "" },
    { "a LayerNormalization and two Gelu in their parts",
      "<ir_version: 8, opset_import: [\"\" : 13]>\n"
      "g (float[N, 8] x) => (float[N, 8] y) <float c = {0.001}, float two = {2}, float h = {0.5}> { m = ReduceMean<axes = [-1]>(x) d = Sub(x, m) q = Pow(d, two) v = ReduceMean<axes = [-1]>(q) e = Add(c, v) r = Sqrt(e) [norm] n = Div(d, r) f = Erf(n) g = Add(f, h) [gelu] k = Mul(g, n) i = Erf(k) j = Add(h, i) l = Mul(k, j) y = Mul(l, h) }",
      "SX718 written-out note 'norm': ends a LayerNormalization that is written out\n"
      "  help: opset 17 has LayerNormalization as one operator; not every runtime finds it in its parts\n"
      "SX718 written-out note 'gelu': ends a Gelu that is written out, the first of 2\n"
      "  help: opset 20 has Gelu as one operator; not every runtime finds it in its parts\n" },
    { "a LayerNormalization and two Gelu in their parts: good",
      "<ir_version: 8, opset_import: [\"\" : 13]>\n"
      "g (float[N, 8] x) => (float[N, 8] y) <float c = {0.001}, float two = {2}, float h = {0.5}> { m = ReduceMean<axes = [-1]>(x) d = Sub(x, m) q = Pow(x, two) v = ReduceMean<axes = [-1]>(q) e = Add(c, v) r = Sqrt(e) n = Div(d, r) f = Erf(n) g = Add(f, h) y = Div(g, n) }",
      "" },
    { "groups of three",
      "<ir_version: 8, opset_import: [\"\" : 17]>\n"
      "g (float[1, 12, 9, 9] x, float[12, 3, 1, 1] w) => (float[A, B, C, D] y) { [conv] y = Conv<group = 4>(x, w) }",
      "SX719 slow-groups note 'conv': 4 groups of 3 channels fill vectors only in part\n"
      "  w float32[12, 3, 1, 1] @1: graph input\n"
      "  help: groups of 2 or 4 channels make better use of them\n" },
    { "groups of three: good",
      "<ir_version: 8, opset_import: [\"\" : 17]>\n"
      "g (float[1, 12, 9, 9] x, float[12, 4, 1, 1] w) => (float[A, B, C, D] y) { [conv] y = Conv<group = 3>(x, w) }",
      "" },
    { "twice the batch",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[N, 4] x) => (float[N, 4] y) { [cat] y = Concat<axis = 0>(x, x) }",
      "SX309 symbol-two-sizes warning 'cat': output 'y' is declared float32[N, 4], Concat gives float32[2*N, 4]: the symbol N stands for two sizes\n"
      "  y float32[2*N, 4] @0: Concat 'cat' of float32[N, 4] and float32[N, 4]\n"
      "  help: use another name than N for dim 0 of 'y'\n" },
    { "twice the batch: good",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[N, 4] x) => (float[M, 4] y) { y = Concat<axis = 0>(x, x) }",
      "" },
    { "weights that are there twice",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 16] x) => (float[A, B] y) <float[16, 16] v = {0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3}, float[16, 16] w = {0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3}> { t = MatMul(x, v) y = MatMul(t, w) }",
      "SX717 equal-initializers warning 'w': initializer 'w' holds the same 1024 bytes as 'v'\n"
      "  help: let the readers of 'w' read 'v', and remove it\n"
      "  fix: let the readers of 'w' read 'v' (a guess)\n" },
    { "weights that are there twice: good",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 16] x) => (float[A, B] y) <float[16, 16] v = {0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3}, float[16, 16] w = {0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 9}> { t = MatMul(x, v) y = MatMul(t, w) }",
      "" },
    { "where 13 comes from: a convolution",
      "<ir_version: 8, opset_import: [\"\" : 17]> g (float[1, 8, 9, 9] x, float[13, 8, 3, 3] v, float[10, 2, 3, 3] w) => (float[A, B, C, D] y) { [first] a = Conv(x, v) [pool] p = MaxPool<kernel_shape = [2, 2]>(a) [conv] y = Conv<group = 5>(p, w) }",
      "SX201 conv-group-channels error 'conv': 13 input channels do not split into 5 groups\n"
      "  p float32[1, 13, 6, 6] @1: X: Conv 'first' of float32[1, 8, 9, 9] and float32[13, 8, 3, 3] (13 is v.shape[0]) through MaxPool 'pool'\n"
      "  w float32[10, 2, 3, 3] @1: graph input\n"
      "  help: group may be 1 or 13; or feed 10 channels\n" },
    { "where 13 comes from: a convolution: good",
      "<ir_version: 8, opset_import: [\"\" : 17]> g (float[1, 8, 9, 9] x, float[10, 8, 3, 3] v, float[10, 2, 3, 3] w) => (float[A, B, C, D] y) { a = Conv(x, v) p = MaxPool<kernel_shape = [2, 2]>(a) y = Conv<group = 5>(p, w) }",
      "" },
    { "where 13 comes from: a product, in a body",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[4, 8] x, bool k, float[8, 13] v, float[12, 3] w) => (float[A, B, C] y) <int64 M = {3}> { [mm] a = MatMul(x, v) [loop] t, y = Loop<body = b (int64 i, bool c, float[4, 13] s) => (bool d, r, o) { d = Identity(c) r = Tanh(s) [inner] o = MatMul(r, w) }>(M, k, a) }",
      "SX324 matmul-inner error 'inner': inner dims 13 and 12 differ: A.shape[1] is 13, B.shape[0] is 12\n"
      "  r float32[4, 13] @1: A: MatMul 'mm' of float32[4, 8] and float32[8, 13] (13 is v.shape[1]) through Tanh #1 and Loop 'loop'\n"
      "  w float32[12, 3] @0: B: graph input\n"
      "  help: columns of A and rows of B must be equally many\n" },
    { "where 13 comes from: a product, in a body: good",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[4, 8] x, bool k, float[8, 13] v, float[13, 3] w) => (float[A, B, C] y) <int64 M = {3}> { a = MatMul(x, v) t, y = Loop<body = b (int64 i, bool c, float[4, 13] s) => (bool d, r, o) { d = Identity(c) r = Tanh(s) o = MatMul(r, w) }>(M, k, a) }",
      "" },
    { "a symbol with two sizes: who said the first",
      "<ir_version: 8, opset_import: [\"\" : 17]> g (float[1, C, 9, 9] x, float[5, 8, 3, 3] v, float[10, 6, 3, 3] w) => (float[A, B, D, E] y, float[F, G, H, I] z) { [first] y = Conv(x, v) [act] r = Tanh(x) [second] z = Conv(r, w) }",
      "SX202 conv-weight-channels error 'second': X has 8 channels, but W.shape[1] x group = 6 x 1 = 6\n"
      "  r float32[1, 8, 9, 9] @1: X: graph input 'x' through Tanh 'act' (C = 8 by Conv 'first')\n"
      "  w float32[10, 6, 3, 3] @1: graph input\n"
      "  help: W.shape[1] should be 8 for group = 1; or feed 6 channels\n"
      "SX211 symbol-fixed note 'first': holds only for C = 8\n"
      "  x float32[1, 8, 9, 9] @1: graph input\n"
      "  help: declare dim 1 of 'x' as 8\n" },
    { "a symbol with two sizes: who said the first: good", "<ir_version: 8, opset_import: [\"\" : 17]> g (float[1, 8, 9, 9] x, float[5, 8, 3, 3] v, float[10, 8, 3, 3] w) => (float[A, B, D, E] y, float[F, G, H, I] z) { y = Conv(x, v) r = Tanh(x) z = Conv(r, w) }",
      "" },
};

int main(void)
{
    return lint_program(cases, sizeof cases / sizeof *cases);
}
