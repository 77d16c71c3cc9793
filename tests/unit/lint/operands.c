/* tests/unit/lint/operands.c - rules of arithmetic, reductions, spectra, quantisation and classical
 * models: for each a model that breaks it, and one that does not. */
#include "support/lint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* One node and two leaves. */
#define TREE(ids, mode, yes)                                                                    \
    "[n] y = ai.onnx.ml.TreeEnsembleRegressor<nodes_treeids = [0, 0, 0], nodes_nodeids = [" ids \
    "], nodes_featureids = [0, 0, 0], nodes_truenodeids = [" yes                                \
    "], nodes_falsenodeids = [2, 0, 0], nodes_values = [0.5, 0.0, 0.0], nodes_modes = [\"" mode \
    "\", \"LEAF\", \"LEAF\"], target_ids = [0, 0], target_treeids = [0, 0],"                    \
    " target_nodeids = [1, 2], target_weights = [1.0, 2.0]>(x)"

static const struct {
    const char *rule;
    int opset;
    const char *inputs, *outputs, *initializers, *bad, *good;
} cases[] = {
    { "broadcast", 14, "(float[2,4] x, float[2,5] z, float[4] w)", "(float[A,B] y)", "",
      "[n] y = Add(x, z)", "[n] y = Add(x, w)" },
    { "attribute-value", 11, "(uint8[4] x, uint8[4] z)", "(uint8[A] y)", "",
      "[n] y = BitShift<direction = \"left\">(x, z)",
      "[n] y = BitShift<direction = \"LEFT\">(x, z)" },
    { "one-element", 9, "(float[4] x)", "(int64[A] y)", "<int64[1] s = {3}>",
      "[n] y = ConstantOfShape<value = int64[2] {1, 2}>(s)",
      "[n] y = ConstantOfShape<value = int64[1] {1}>(s)" },
    { "negative-dim", 9, "(float[4] x)", "(float[A] y)", "<int64[1] s = {-1}, int64[1] t = {3}>",
      "[n] y = ConstantOfShape(s)", "[n] y = ConstantOfShape(t)" },
    { "range-delta", 11, "(float[4] x)", "(int64[A] y)",
      "<int64 a = {0}, int64 b = {5}, int64 c = {1}>", "[n] y = Range(a, b, a)",
      "[n] y = Range(a, b, c)" },
    { "matmul-inner", 10, "(uint8[2,5] x, uint8[6,3] z, uint8[5,3] w)", "(int32[A,B] y)", "",
      "[n] y = MatMulInteger(x, z)", "[n] y = MatMulInteger(x, w)" },
    { "complex-dim", 17, "(float[1,512] x, float[1,512,1] z)", "(float[A,B,C] y)", "",
      "[n] y = DFT<axis = 0>(x)", "[n] y = DFT(z)" },
    { "einsum-rank", 12, "(float[2,3,4] x)", "(float[A] y)", "",
      "[n] y = Einsum<equation = \"ij->i\">(x)", "[n] y = Einsum<equation = \"ijk->i\">(x)" },
    { "constant-division-by-zero", 14, "(int64[4] x)", "(int64[A] y)",
      "<int64 zero = {0}, int64 two = {2}>", "[n] y = Div(x, zero)", "[n] y = Div(x, two)" },
    { "gather-index", 13, "(float[2,3] x)", "(float[A] y)",
      "<int64[1,2] a = {0, 3}, int64[1,2] b = {-2, 2}>", "[n] y = GatherND(x, a)",
      "[n] y = GatherND(x, b)" },
    { "gather-index", 18, "(float[2,3] x, float[1] u)", "(float[A,B] y)",
      "<int64[1,2] a = {2, 0}, int64[1,2] b = {1, -3}>", "[n] y = ScatterND(x, a, u)",
      "[n] y = ScatterND(x, b, u)" },
    { "gather-index", 18, "(float[2,3] x, float[1,2] u)", "(float[A,B] y)",
      "<int64[1,2] a = {0, 3}, int64[1,2] b = {2, -3}>",
      "[n] y = ScatterElements<axis = 1>(x, a, u)", "[n] y = ScatterElements<axis = 1>(x, b, u)" },
    { "negative-variance", 15, "(float[1,2,4] x, float[2] s)", "(float[A,B,C] y)",
      "<float[2] v = {0.5, -1}, float[2] w = {0.5, 0}>",
      "[n] y = BatchNormalization(x, s, s, s, v)", "[n] y = BatchNormalization(x, s, s, s, w)" },
    { "training-mode", 15, "(float[1,2,4] x, float[2] s)", "(float[A,B,C] y)", "",
      "[n] y = BatchNormalization<training_mode = 1>(x, s, s, s, s)",
      "[n] y = BatchNormalization<training_mode = 0>(x, s, s, s, s)" },
    { "training-mode", 13, "(float[4] x)", "(float[A] y)",
      "<float r = {0.5}, bool on = {1}, bool off = {0}>", "[n] y = Dropout(x, r, on)",
      "[n] y = Dropout(x, r, off)" },
    { "quant-scale-zero", 13, "(float[4] x)", "(uint8[A] y)", "<float zero = {0}, float s = {0.5}>",
      "[n] y = QuantizeLinear(x, zero)", "[n] y = QuantizeLinear(x, s)" },
    { "quant-scale-positive", 13, "(uint8[4] x)", "(float[A] y)",
      "<float minus = {-1}, float s = {0.5}>", "[n] y = DequantizeLinear(x, minus)",
      "[n] y = DequantizeLinear(x, s)" },
    { "quant-scale-shape", 13, "(float[8,16] x, float[8] s, float[16] t)", "(uint8[A,B] y)", "",
      "[n] y = QuantizeLinear(x, s)", "[n] y = QuantizeLinear(x, t)" },
    { "quant-zero-point-shape", 13, "(float[8,16] x, float[16] s, uint8[8] z, uint8[16] w)",
      "(uint8[A,B] y)", "", "[n] y = QuantizeLinear(x, s, z)", "[n] y = QuantizeLinear(x, s, w)" },
    { "quant-per-row", 10, "(uint8[4,8] x, uint8[8,3] z, uint8[8] p, uint8[4] q)", "(int32[A,B] y)",
      "", "[n] y = MatMulInteger(x, z, p)", "[n] y = MatMulInteger(x, z, q)" },
    { "quant-per-channel", 10,
      "(uint8[1,3,8,8] x, uint8[6,3,3,3] w, uint8 a, uint8[3] p, uint8[6] q)", "(int32[A,B,C,D] y)",
      "", "[n] y = ConvInteger(x, w, a, p)", "[n] y = ConvInteger(x, w, a, q)" },
    { "linear-coefficients", 20, "(float[5,4] x)", "(float[A,B] y)", "",
      "[n] y = ai.onnx.ml.LinearRegressor<coefficients = [1.0, 2.0, 3.0]>(x)",
      "[n] y = ai.onnx.ml.LinearRegressor<coefficients = [1.0, 2.0, 3.0, 4.0]>(x)" },
    { "encoder-lists", 20, "(int64[5] x)", "(float[A] y)", "",
      "[n] y = ai.onnx.ml.LabelEncoder<keys_int64s = [1, 2], values_floats = "
      "[1.0]>(x)",
      "[n] y = ai.onnx.ml.LabelEncoder<keys_int64s = [1, 2], values_floats = [1.0, "
      "2.0]>(x)" },
    { "feature-rows", 20, "(float[8,2] x, float[6,3] z, float[8,3] w)", "(float[A,B] y)", "",
      "[n] y = ai.onnx.ml.FeatureVectorizer<inputdimensions = [2, 3]>(x, z)",
      "[n] y = ai.onnx.ml.FeatureVectorizer<inputdimensions = [2, 3]>(x, w)" },
    { "tree-lists", 20, "(float[8,2] x)", "(float[A,B] y)", "",
      "[n] y = ai.onnx.ml.TreeEnsembleRegressor<nodes_treeids = [0], nodes_nodeids = "
      "[0], nodes_featureids = [0], nodes_truenodeids = [0], nodes_falsenodeids = "
      "[0], nodes_values = [0.0], nodes_modes = [\"LEAF\", \"LEAF\"], target_ids = "
      "[0], target_treeids = [0], target_nodeids = [0], target_weights = [1.0]>(x)",
      "[n] y = ai.onnx.ml.TreeEnsembleRegressor<nodes_treeids = [0], nodes_nodeids = "
      "[0], nodes_featureids = [0], nodes_truenodeids = [0], nodes_falsenodeids = "
      "[0], nodes_values = [0.0], nodes_modes = [\"LEAF\"], target_ids = [0], "
      "target_treeids = [0], target_nodeids = [0], target_weights = [1.0]>(x)" },
    { "tree-lists", 20, "(float[8,2] x)", "(float[A,B] y)", "",
      TREE("0, 1, 2", "BRANCH_LEQ", "3, 0, 0"), TREE("0, 1, 2", "BRANCH_LEQ", "1, 0, 0") },
    { "tree-lists", 20, "(float[8,2] x)", "(float[A,B] y)", "",
      TREE("0, 1, 3", "BRANCH_LT", "1, 0, 0"), TREE("0, 1, 2", "BRANCH_LT", "1, 0, 0") },
    { "attribute-value", 20, "(float[8,2] x)", "(float[A,B] y)", "",
      TREE("0, 1, 2", "BRANCH", "1, 0, 0"), TREE("0, 1, 2", "BRANCH_GT", "1, 0, 0") },
    { "same-shape", 28, "(float[2,8] a, float[1,8] b)", "(float[A,B] y)", "",
      "[n] y = SwiGLU(a, b)", "[n] y = SwiGLU(a, a)" },
};

/* The findings about a graph of these parts, as text. */
static char *findings(size_t i, const char *nodes)
{
    char model[2000];
    snprintf(model, sizeof model,
             "<ir_version: 14, opset_import: [\"\" : %d, \"ai.onnx.ml\" : 2]>\n"
             "g %s => %s %s { %s }",
             cases[i].opset, cases[i].inputs, cases[i].outputs, cases[i].initializers, nodes);
    return lint_text(model);
}

/* Findings besides those about inputs that only the other of the two models reads. */
static int count(const char *text)
{
    int found = 0;
    for (const char *line = text; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
        found += strncmp(line, "SX", 2) == 0 && strncmp(line + 5, " unused-", 8) != 0;
    return found;
}

static void each_rule_has_a_model_that_breaks_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *bad = findings(i, cases[i].bad), *good = findings(i, cases[i].good);
        char first[80];
        snprintf(first, sizeof first, " %s ", cases[i].rule);
        if (!strstr(bad, first) || !strstr(bad, "'n'") || !strstr(bad, "help: "))
            fail_msg("%s is not what was found:\n%s", cases[i].rule, bad);
        if (count(bad) != 1)
            fail_msg("one defect, but %d findings:\n%s", count(bad), bad);
        if (count(good) != 0)
            fail_msg("%s, where nothing is wrong:\n%s", cases[i].rule, good);
        free(bad);
        free(good);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_rule_has_a_model_that_breaks_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
