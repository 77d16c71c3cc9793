/* tests/unit/lint/quantized.c - scales and zero points that do not fit, divisors of 0, and nodes
 * that are left in training: for each a model that breaks the rule, the whole message, and one
 * that nearly does. */
#include "support/lint.h"

static const lint_case cases[] = {
    { "BatchNormalization: a variance below 0",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[1, 2, 4, 4] x) => (float[A, B, C, D] y) <float[2] s = {1, 1}, float[2] b = {0, "
      "0}, float[2] m = {0, 0}, float[2] v = {0.5, -1}> { [n] y = BatchNormalization(x, s, b, "
      "m, v) }",
      "SX603 negative-variance warning 'n': input_var[1] is -1, which is not above 0 with "
      "epsilon=1e-05 added (1 of 2 channels is so)\n"
      "  v float32[2]: input_var: initializer\n"
      "  help: give the inputs in the order X, scale, B, mean, variance; if they are, export "
      "the model again from a sound checkpoint\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[1, 2, 4, 4] x) => (float[A, B, C, D] y) <float[2] s = {1, 1}, float[2] b = {0, "
      "0}, float[2] m = {0, 0}, float[2] v = {0.5, 0}> { [n] y = BatchNormalization(x, s, b, m, "
      "v) }",
      "" },
    { "BatchNormalization: without epsilon",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[1, 2, 4, 4] x) => (float[A, B, C, D] y) <float[2] s = {1, 1}, float[2] b = {0, "
      "0}, float[2] m = {0, 0}, float[2] v = {0.5, 0}> { [n] y = BatchNormalization<epsilon = "
      "0.0>(x, s, b, m, v) }",
      "SX603 negative-variance warning 'n': input_var[1] is 0, which is not above 0 with "
      "epsilon=0 added (1 of 2 channels is so)\n"
      "  v float32[2]: input_var: initializer\n"
      "  help: give the inputs in the order X, scale, B, mean, variance; if they are, export "
      "the model again from a sound checkpoint\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[1, 2, 4, 4] x) => (float[A, B, C, D] y) <float[2] s = {1, 1}, float[2] b = {0, "
      "0}, float[2] m = {0, 0}, float[2] v = {0.5, 0.001}> { [n] y = BatchNormalization<epsilon "
      "= 0.0>(x, s, b, m, v) }",
      "" },
    { "Div: integers by 0",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (int64[3] x) => (int64[3] y) <int64[3] d = {1, 0, 2}> { [n] y = Div(x, d) }",
      "SX610 constant-division-by-zero error 'n': integer Div by 0: element 1 of the constant B "
      "is 0\n"
      "  d int64[3]: B: initializer\n"
      "  help: use a divisor other than 0, or compute in a floating type, where x / 0 is "
      "infinite\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (int64[3] x) => (int64[3] y) <int64[3] d = {1, -1, 2}> { [n] y = Div(x, d) }",
      "" },
    { "Div: one integer",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (int64[3] x) => (int64[3] y) <int64 d = {0}> { [n] y = Div(x, d) }",
      "SX610 constant-division-by-zero error 'n': integer Div by 0: the constant B is 0\n"
      "  d int64[]: B: initializer\n"
      "  help: use a divisor other than 0, or compute in a floating type, where x / 0 is "
      "infinite\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (int64[3] x) => (int64[3] y) <int64 d = {7}> { [n] y = Div(x, d) }",
      "" },
    { "Mod: by 0",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (int32[3] x) => (int32[3] y) <int32 d = {0}> { [n] y = Mod(x, d) }",
      "SX610 constant-division-by-zero error 'n': integer Mod by 0: the constant B is 0\n"
      "  d int32[]: B: initializer\n"
      "  help: use a divisor other than 0\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (int32[3] x) => (int32[3] y) <int32 d = {2}> { [n] y = Mod(x, d) }",
      "" },
    { "QuantizeLinear: a scale of 0",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[4] x) => (uint8[A] y) <float s = {0}, uint8 z = {3}> { [n] y = "
      "QuantizeLinear(x, s, z) }",
      "SX611 quant-scale-zero error 'n': y_scale is 0; QuantizeLinear takes above 0\n"
      "  s float32[]: y_scale: initializer\n"
      "  help: y_scale may be above 0; measure the range of the tensor again; where it is 0 "
      "throughout, use 1\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[4] x) => (uint8[A] y) <float s = {0.1}, uint8 z = {3}> { [n] y = "
      "QuantizeLinear(x, s, z) }",
      "" },
    { "DequantizeLinear: a scale of 0",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (uint8[4] x) => (float[A] y) <float s = {0}, uint8 z = {3}> { [n] y = "
      "DequantizeLinear(x, s, z) }",
      "SX611 quant-scale-zero error 'n': x_scale is 0; DequantizeLinear takes above 0\n"
      "  s float32[]: x_scale: initializer\n"
      "  help: x_scale may be above 0; measure the range of the tensor again; where it is 0 "
      "throughout, use 1\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (uint8[4] x) => (float[A] y) <float s = {0.1}, uint8 z = {3}> { [n] y = "
      "DequantizeLinear(x, s, z) }",
      "" },
    { "QuantizeLinear: scales of another axis",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[8, 16] x, float[8] s, uint8[8] z) => (uint8[A, B] y) { [n] y = "
      "QuantizeLinear(x, s, z) }",
      "SX613 quant-scale-shape error 'n': y_scale holds 8 scales, axis 1 of x has 16 elements\n"
      "  x float32[8, 16] @1: graph input\n"
      "  s float32[8] @0: y_scale: graph input\n"
      "  help: give one scale in all, or one for each of the 16 elements of axis 1; axis=0 has "
      "8 elements\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[8, 16] x, float[8] s, uint8[8] z) => (uint8[A, B] y) { [n] y = "
      "QuantizeLinear<axis = 0>(x, s, z) }",
      "" },
    { "DequantizeLinear: scales of no axis",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (uint8[8, 16] x, float[5] s) => (float[A, B] y) { [n] y = DequantizeLinear(x, s) }",
      "SX613 quant-scale-shape error 'n': x_scale holds 5 scales, axis 1 of x has 16 elements\n"
      "  x uint8[8, 16] @1: graph input\n"
      "  s float32[5] @0: x_scale: graph input\n"
      "  help: give one scale in all, or one for each of the 16 elements of axis 1\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (uint8[8, 16] x, float[1] s) => (float[A, B] y) { [n] y = DequantizeLinear(x, s) }",
      "" },
    { "QuantizeLinear: scales of another rank",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 8, 16] x, float[8, 16] s, uint8[8, 16] z) => (uint8[A, B, C] y) { [n] y = "
      "QuantizeLinear(x, s, z) }",
      "SX613 quant-scale-shape error 'n': y_scale has rank 2, x rank 3\n"
      "  x float32[2, 8, 16]: graph input\n"
      "  s float32[8, 16]: y_scale: graph input\n"
      "  help: scales are a scalar, a vector along axis 1, or blocks with the rank of x\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[2, 8, 16] x, float[8] s, uint8[8] z) => (uint8[A, B, C] y) { [n] y = "
      "QuantizeLinear(x, s, z) }",
      "" },
    { "QuantizeLinear: blocks",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[8, 16] x, float[8, 3] s, uint8[8, 3] z) => (uint8[A, B] y) { [n] y = "
      "QuantizeLinear<block_size = 4>(x, s, z) }",
      "SX613 quant-scale-shape error 'n': dim 1 of y_scale is 3, and must be 4: the blocks of 4 "
      "of 16\n"
      "  x float32[8, 16] @1: graph input\n"
      "  s float32[8, 3] @1: y_scale: graph input\n"
      "  help: blocked scales have the shape of x, divided by block_size=4 and rounded up along "
      "axis 1\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[8, 16] x, float[8, 4] s, uint8[8, 4] z) => (uint8[A, B] y) { [n] y = "
      "QuantizeLinear<block_size = 4>(x, s, z) }",
      "" },
    { "QuantizeLinear: blocks, the other axis",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[8, 16] x, float[4, 4] s, uint8[4, 4] z) => (uint8[A, B] y) { [n] y = "
      "QuantizeLinear<block_size = 4>(x, s, z) }",
      "SX613 quant-scale-shape error 'n': dim 0 of y_scale is 4, and must be 8: as in x\n"
      "  x float32[8, 16] @0: graph input\n"
      "  s float32[4, 4] @0: y_scale: graph input\n"
      "  help: blocked scales have the shape of x, divided by block_size=4 and rounded up along "
      "axis 1\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[8, 16] x, float[2, 16] s, uint8[2, 16] z) => (uint8[A, B] y) { [n] y = "
      "QuantizeLinear<block_size = 4, axis = 0>(x, s, z) }",
      "" },
    { "QuantizeLinear: blocks without a size",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[8, 16] x, float[4, 4] s, uint8[4, 4] z) => (uint8[A, B] y) { [n] y = "
      "QuantizeLinear(x, s, z) }",
      "SX613 quant-scale-shape error 'n': dim 0 of y_scale is 4, and must be 8: as in x\n"
      "  x float32[8, 16] @0: graph input\n"
      "  s float32[4, 4] @0: y_scale: graph input\n"
      "  help: give one scale in all, or a vector of one for each index of axis 1; scales of "
      "blocks need a block_size\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[8, 16] x, float[8, 4] s, uint8[8, 4] z) => (uint8[A, B] y) { [n] y = "
      "QuantizeLinear<block_size = 4>(x, s, z) }",
      "" },
    { "GatherBlockQuantized: scales",
      "<ir_version: 10, opset_import: [\"\" : 21, \"com.microsoft\" : 1]>\n"
      "g (uint4[32, 64] x, float[32, 3] s) => (float[A, B] y) <int64[2] i = {0, 1}> { [n] y = "
      "com.microsoft.GatherBlockQuantized<block_size = 16>(x, i, s) }",
      "SX613 quant-scale-shape error 'n': scales.shape[1] is 3, must be 4: blocks of "
      "block_size\n"
      "  s float32[32, 3] @1: scales: graph input\n"
      "  help: make scales.shape[1] = 4, or change what it has to agree with\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21, \"com.microsoft\" : 1]>\n"
      "g (uint4[32, 64] x, float[32, 4] s) => (float[A, B] y) <int64[2] i = {0, 1}> { [n] y = "
      "com.microsoft.GatherBlockQuantized<block_size = 16>(x, i, s) }",
      "" },
    { "QuantizeLinear: one zero point for many scales",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[8, 16] x, float[16] s, uint8[1] z) => (uint8[A, B] y) { [n] y = "
      "QuantizeLinear(x, s, z) }",
      "SX614 quant-zero-point-shape error 'n': y_scale.shape[0] is 16 and y_zero_point.shape[0] "
      "is 1; they must be equal\n"
      "  s float32[16] @0: y_scale: graph input\n"
      "  z uint8[1] @0: y_zero_point: graph input\n"
      "  help: make both 16 or both 1\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[8, 16] x, float[16] s, uint8[16] z) => (uint8[A, B] y) { [n] y = "
      "QuantizeLinear(x, s, z) }",
      "" },
    { "QuantizeLinear: a scalar zero point for many scales",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[8, 16] x, float[16] s, uint8 z) => (uint8[A, B] y) { [n] y = QuantizeLinear(x, "
      "s, z) }",
      "SX614 quant-zero-point-shape error 'n': y_zero_point has rank 0, y_scale rank 1\n"
      "  s float32[16]: y_scale: graph input\n"
      "  z uint8[]: y_zero_point: graph input\n"
      "  help: give the zero points the shape of the scales\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[8, 16] x, float[1] s, uint8 z) => (uint8[A, B] y) { [n] y = QuantizeLinear(x, "
      "s, z) }",
      "" },
    { "MatMulInteger: zero points of columns for rows",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (uint8[4, 8] x, uint8[8, 2] w, uint8[8] z) => (int32[A, B] y) { [n] y = "
      "MatMulInteger(x, w, z) }",
      "SX615 quant-per-row error 'n': a_zero_point has 8 entries, A has 4 rows\n"
      "  z uint8[8] @0: a_zero_point: graph input\n"
      "  x uint8[4, 8] @0: A: graph input\n"
      "  help: give one in all, or one for each of the 4 rows\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (uint8[4, 8] x, uint8[8, 2] w, uint8[4] z) => (int32[A, B] y) { [n] y = "
      "MatMulInteger(x, w, z) }",
      "" },
    { "QLinearMatMul: scales of the right one",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (uint8[4, 8] x, uint8[8, 2] w, uint8[4] p) => (uint8[A, B] y) <float s = {0.5}, "
      "float[4] t = {1, 1, 1, 1}, uint8 z = {0}> { [n] y = QLinearMatMul(x, s, z, w, t, p, s, "
      "z) }",
      "SX615 quant-per-row error 'n': b_zero_point has 4 entries, b has 2 columns\n"
      "  p uint8[4] @0: b_zero_point: graph input\n"
      "  w uint8[8, 2] @1: b: graph input\n"
      "  help: give one in all, or one for each of the 2 columns\n"
      "SX615 quant-per-row error 'n': b_scale has 4 entries, b has 2 columns\n"
      "  t float32[4] @0: b_scale: initializer\n"
      "  w uint8[8, 2] @1: b: graph input\n"
      "  help: give one in all, or one for each of the 2 columns\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (uint8[4, 8] x, uint8[8, 2] w, uint8[2] p) => (uint8[A, B] y) <float s = {0.5}, "
      "float[2] t = {1, 1}, uint8 z = {0}> { [n] y = QLinearMatMul(x, s, z, w, t, p, s, z) }",
      "" },
    { "ConvInteger: zero points",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (uint8[1, 3, 8, 8] x, uint8[32, 3, 3, 3] w, uint8[3] z) => (int32[A, B, C, D] y) "
      "<uint8 o = {1}> { [n] y = ConvInteger(x, w, o, z) }",
      "SX616 quant-per-channel error 'n': w_zero_point has shape [3], w has 32 filters\n"
      "  z uint8[3] @0: w_zero_point: graph input\n"
      "  w uint8[32, 3, 3, 3] @0: graph input\n"
      "  help: give one in all, or a vector of 32, one for each filter\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (uint8[1, 3, 8, 8] x, uint8[32, 3, 3, 3] w, uint8[32] z) => (int32[A, B, C, D] y) "
      "<uint8 o = {1}> { [n] y = ConvInteger(x, w, o, z) }",
      "" },
    { "QLinearConv: scales of input channels",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (uint8[1, 3, 8, 8] x, uint8[32, 3, 3, 3] w, float[3] t) => (uint8[A, B, C, D] y) "
      "<float s = {0.5}, uint8 z = {1}> { [n] y = QLinearConv(x, s, z, w, t, z, s, z) }",
      "SX616 quant-per-channel error 'n': w_scale has shape [3], w has 32 filters\n"
      "  t float32[3] @0: w_scale: graph input\n"
      "  w uint8[32, 3, 3, 3] @0: graph input\n"
      "  help: give one in all, or a vector of 32, one for each filter\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (uint8[1, 3, 8, 8] x, uint8[32, 3, 3, 3] w, float[32] t) => (uint8[A, B, C, D] y) "
      "<float s = {0.5}, uint8 z = {1}> { [n] y = QLinearConv(x, s, z, w, t, z, s, z) }",
      "" },
    { "BatchNormalization: training",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[1, 2, 4, 4] x) => (float[A, B, C, D] y) <float[2] s = {1, 1}, float[2] b = {0, "
      "0}, float[2] m = {0, 0}, float[2] v = {1, 1}> { [n] y = BatchNormalization<training_mode "
      "= 1>(x, s, b, m, v) }",
      "SX711 training-mode warning 'n': training_mode=1: mean and variance are those of the "
      "batch, not input_mean and input_var\n"
      "  help: to infer, export the model in evaluation mode, or set training_mode=0\n"
      "  fix: set 'training_mode' of node 'n' to 0 (a guess)\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[1, 2, 4, 4] x) => (float[A, B, C, D] y) <float[2] s = {1, 1}, float[2] b = {0, "
      "0}, float[2] m = {0, 0}, float[2] v = {1, 1}> { [n] y = BatchNormalization<training_mode "
      "= 0>(x, s, b, m, v) }",
      "" },
    { "BatchNormalization: training, of old",
      "<ir_version: 4, opset_import: [\"\" : 9]>\n"
      "g (float[1, 2, 4, 4] x) => (float[A, B, C, D] y) <float[2] s = {1, 1}, float[2] b = {0, "
      "0}, float[2] m = {0, 0}, float[2] v = {1, 1}> { [n] y, p, q = BatchNormalization(x, s, "
      "b, m, v) }",
      "SX711 training-mode warning 'n': 3 outputs: mean and variance are those of the batch, "
      "not mean and var\n"
      "  help: to infer, export the model in evaluation mode, or keep the first output alone\n"
      "  fix: remove outputs from 'p' of node 'n' on (a guess)\n" },
    { "... and not",
      "<ir_version: 4, opset_import: [\"\" : 9]>\n"
      "g (float[1, 2, 4, 4] x) => (float[A, B, C, D] y) <float[2] s = {1, 1}, float[2] b = {0, "
      "0}, float[2] m = {0, 0}, float[2] v = {1, 1}> { [n] y = BatchNormalization(x, s, b, m, "
      "v) }",
      "" },
    { "Dropout: training",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[4] x) => (float[4] y) <float r = {0.5}, bool t = {1}> { [n] y = Dropout(x, r, "
      "t) }",
      "SX711 training-mode warning 'n': training_mode is true: elements are dropped at random\n"
      "  help: to infer, export the model in evaluation mode, or leave training_mode out\n"
      "  fix: leave out the input 'training_mode' of node 'n' (a guess)\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (float[4] x) => (float[4] y) <float r = {0.5}, bool t = {0}> { [n] y = Dropout(x, r, "
      "t) }",
      "" },
};

int main(void)
{
    return lint_program(cases, sizeof cases / sizeof *cases);
}
