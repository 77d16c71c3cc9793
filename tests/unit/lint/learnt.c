/* tests/unit/lint/learnt.c - lists of linear models, support vector machines and pools of
 * n-grams that do not fit: for each a model that breaks the rule, the whole message, and one
 * that nearly does. */
#include "support/lint.h"

static const lint_case cases[] = {
    { "LinearRegressor: a row of coefficients too short",
      "<ir_version: 10, opset_import: [\"\" : 21, \"ai.onnx.ml\" : 1]>\n"
      "g (float[N, 4] x) => (float[A, B] y) { [n] y = ai.onnx.ml.LinearRegressor<coefficients = "
      "[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], targets = 2>(x) }",
      "SX390 linear-coefficients error 'n': 6 coefficients do not make rows for the 4 features "
      "of X\n"
      "  x float32[N, 4] @1: graph input\n"
      "  help: there is one coefficient for each feature and score: 4 or a multiple\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21, \"ai.onnx.ml\" : 1]>\n"
      "g (float[N, 4] x) => (float[A, B] y) { [n] y = ai.onnx.ml.LinearRegressor<coefficients = "
      "[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0], targets = 2>(x) }",
      "" },
    { "LinearRegressor: an intercept too few",
      "<ir_version: 10, opset_import: [\"\" : 21, \"ai.onnx.ml\" : 1]>\n"
      "g (float[N, 4] x) => (float[A, B] y) { [n] y = ai.onnx.ml.LinearRegressor<coefficients = "
      "[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0], intercepts = [1.0], targets = 2>(x) }",
      "SX390 linear-coefficients error 'n': 1 intercept for 2 scores (8 coefficients, 4 "
      "features)\n"
      "  help: give one intercept for each score, or none\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21, \"ai.onnx.ml\" : 1]>\n"
      "g (float[N, 4] x) => (float[A, B] y) { [n] y = ai.onnx.ml.LinearRegressor<coefficients = "
      "[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0], intercepts = [1.0, 2.0], targets = 2>(x) }",
      "" },
    { "LinearRegressor: an intercept too many",
      "<ir_version: 10, opset_import: [\"\" : 21, \"ai.onnx.ml\" : 1]>\n"
      "g (float[N, 4] x) => (float[A, B] y) { [n] y = ai.onnx.ml.LinearRegressor<coefficients = "
      "[1.0, 2.0, 3.0, 4.0], intercepts = [1.0, 2.0]>(x) }",
      "SX390 linear-coefficients warning 'n': 2 intercepts for 1 score (4 coefficients, 4 "
      "features)\n"
      "  help: give one intercept for each score, or none\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21, \"ai.onnx.ml\" : 1]>\n"
      "g (float[N, 4] x) => (float[A, B] y) { [n] y = ai.onnx.ml.LinearRegressor<coefficients = "
      "[1.0, 2.0, 3.0, 4.0], intercepts = [1.0]>(x) }",
      "" },
    { "LinearClassifier: a class too many",
      "<ir_version: 10, opset_import: [\"\" : 21, \"ai.onnx.ml\" : 1]>\n"
      "g (float[N, 4] x) => (int64[A] y, float[B, C] z) { [n] y, z = "
      "ai.onnx.ml.LinearClassifier<coefficients = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0], "
      "classlabels_ints = [1, 2, 3]>(x) }",
      "SX390 linear-coefficients error 'n': 3 labels, but coefficients for 2 scores\n"
      "  x float32[N, 4] @1: graph input\n"
      "  help: there is one coefficient for each feature and label, or one row for two labels\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21, \"ai.onnx.ml\" : 1]>\n"
      "g (float[N, 4] x) => (int64[A] y, float[B, C] z) { [n] y, z = "
      "ai.onnx.ml.LinearClassifier<coefficients = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0], "
      "classlabels_ints = [1, 2]>(x) }",
      "" },
    { "LinearClassifier: no classes",
      "<ir_version: 10, opset_import: [\"\" : 21, \"ai.onnx.ml\" : 1]>\n"
      "g (float[N, 4] x) => (int64[A] y, float[B, C] z) { [n] y, z = "
      "ai.onnx.ml.LinearClassifier<coefficients = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]>(x) }",
      "SX390 linear-coefficients warning 'n': there is neither classlabels_ints nor "
      "classlabels_strings\n"
      "  help: name the classes in one of the two, in the order of the scores\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21, \"ai.onnx.ml\" : 1]>\n"
      "g (float[N, 4] x) => (int64[A] y, float[B, C] z) { [n] y, z = "
      "ai.onnx.ml.LinearClassifier<coefficients = [1.0, 2.0, 3.0, 4.0], classlabels_ints = [0, "
      "1]>(x) }",
      "" },
    { "SVMRegressor: a vector too few",
      "<ir_version: 10, opset_import: [\"\" : 21, \"ai.onnx.ml\" : 1]>\n"
      "g (float[N, 2] x) => (float[A, B] y) { [n] y = ai.onnx.ml.SVMRegressor<kernel_type = "
      "\"RBF\", kernel_params = [0.5, 0.0, 3.0], n_supports = 3, support_vectors = [1.0, 2.0, "
      "3.0, 4.0], coefficients = [1.0, 2.0, 3.0], rho = [0.5]>(x) }",
      "SX390 linear-coefficients error 'n': support_vectors has 4 entries for 3 vectors of 2 "
      "features\n"
      "  x float32[N, 2] @1: graph input\n"
      "  help: give one for each vector and feature: 6\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21, \"ai.onnx.ml\" : 1]>\n"
      "g (float[N, 2] x) => (float[A, B] y) { [n] y = ai.onnx.ml.SVMRegressor<kernel_type = "
      "\"RBF\", kernel_params = [0.5, 0.0, 3.0], n_supports = 2, support_vectors = [1.0, 2.0, "
      "3.0, 4.0], coefficients = [1.0, 2.0], rho = [0.5]>(x) }",
      "" },
    { "SVMRegressor: no degree",
      "<ir_version: 10, opset_import: [\"\" : 21, \"ai.onnx.ml\" : 1]>\n"
      "g (float[N, 2] x) => (float[A, B] y) { [n] y = ai.onnx.ml.SVMRegressor<kernel_type = "
      "\"RBF\", kernel_params = [0.5, 0.0], n_supports = 2, support_vectors = [1.0, 2.0, 3.0, "
      "4.0], coefficients = [1.0, 2.0], rho = [0.5]>(x) }",
      "SX390 linear-coefficients error 'n': kernel_params has 2 entries, not 3\n"
      "  help: give gamma, coef0 and degree\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21, \"ai.onnx.ml\" : 1]>\n"
      "g (float[N, 2] x) => (float[A, B] y) { [n] y = ai.onnx.ml.SVMRegressor<kernel_type = "
      "\"RBF\", kernel_params = [0.5, 0.0, 3.0], n_supports = 2, support_vectors = [1.0, 2.0, "
      "3.0, 4.0], coefficients = [1.0, 2.0], rho = [0.5]>(x) }",
      "" },
    { "SVMRegressor: no rho",
      "<ir_version: 10, opset_import: [\"\" : 21, \"ai.onnx.ml\" : 1]>\n"
      "g (float[N, 2] x) => (float[A, B] y) { [n] y = ai.onnx.ml.SVMRegressor<n_supports = 2, "
      "support_vectors = [1.0, 2.0, 3.0, 4.0], coefficients = [1.0, 2.0]>(x) }",
      "SX390 linear-coefficients error 'n': rho has 0 entries and needs 1\n"
      "  help: give one for each function: 1\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21, \"ai.onnx.ml\" : 1]>\n"
      "g (float[N, 2] x) => (float[A, B] y) { [n] y = ai.onnx.ml.SVMRegressor<n_supports = 2, "
      "support_vectors = [1.0, 2.0, 3.0, 4.0], coefficients = [1.0, 2.0], rho = [0.5]>(x) }",
      "" },
    { "SVMRegressor: a coefficient too few",
      "<ir_version: 10, opset_import: [\"\" : 21, \"ai.onnx.ml\" : 1]>\n"
      "g (float[N, 2] x) => (float[A, B] y) { [n] y = ai.onnx.ml.SVMRegressor<n_supports = 2, "
      "support_vectors = [1.0, 2.0, 3.0, 4.0], coefficients = [1.0], rho = [0.5]>(x) }",
      "SX390 linear-coefficients error 'n': coefficients has 1 entry and needs 2\n"
      "  help: give one for each support vector: 2\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21, \"ai.onnx.ml\" : 1]>\n"
      "g (float[N, 2] x) => (float[A, B] y) { [n] y = ai.onnx.ml.SVMRegressor<n_supports = 2, "
      "support_vectors = [1.0, 2.0, 3.0, 4.0], coefficients = [1.0, 2.0], rho = [0.5]>(x) }",
      "" },
    { "SVMClassifier: a class without its number",
      "<ir_version: 10, opset_import: [\"\" : 21, \"ai.onnx.ml\" : 1]>\n"
      "g (float[N, 2] x) => (int64[A] y, float[B, C] z) { [n] y, z = "
      "ai.onnx.ml.SVMClassifier<classlabels_ints = [0, 1, 2], vectors_per_class = [1, 1], "
      "support_vectors = [1.0, 2.0, 3.0, 4.0], coefficients = [1.0, 2.0, 3.0, 4.0], rho = [0.5, "
      "0.5, 0.5]>(x) }",
      "SX390 linear-coefficients error 'n': vectors_per_class has 2 entries for 3 classes\n"
      "  help: give the number of vectors of each class, 0 or more\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21, \"ai.onnx.ml\" : 1]>\n"
      "g (float[N, 2] x) => (int64[A] y, float[B, C] z) { [n] y, z = "
      "ai.onnx.ml.SVMClassifier<classlabels_ints = [0, 1], vectors_per_class = [1, 1], "
      "support_vectors = [1.0, 2.0, 3.0, 4.0], coefficients = [1.0, 2.0], rho = [0.5]>(x) }",
      "" },
    { "SVMClassifier: a number below 0",
      "<ir_version: 10, opset_import: [\"\" : 21, \"ai.onnx.ml\" : 1]>\n"
      "g (float[N, 2] x) => (int64[A] y, float[B, C] z) { [n] y, z = "
      "ai.onnx.ml.SVMClassifier<classlabels_ints = [0, 1], vectors_per_class = [3, -1], "
      "support_vectors = [1.0, 2.0, 3.0, 4.0], coefficients = [1.0, 2.0], rho = [0.5]>(x) }",
      "SX390 linear-coefficients error 'n': vectors_per_class[1] is -1\n"
      "  help: give the number of vectors of each class, 0 or more\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21, \"ai.onnx.ml\" : 1]>\n"
      "g (float[N, 2] x) => (int64[A] y, float[B, C] z) { [n] y, z = "
      "ai.onnx.ml.SVMClassifier<classlabels_ints = [0, 1], vectors_per_class = [2, 0], "
      "support_vectors = [1.0, 2.0, 3.0, 4.0], coefficients = [1.0, 2.0], rho = [0.5]>(x) }",
      "" },
    { "SVMClassifier: a rho for each pair",
      "<ir_version: 10, opset_import: [\"\" : 21, \"ai.onnx.ml\" : 1]>\n"
      "g (float[N, 2] x) => (int64[A] y, float[B, C] z) { [n] y, z = "
      "ai.onnx.ml.SVMClassifier<classlabels_ints = [0, 1, 2], vectors_per_class = [1, 1, 1], "
      "support_vectors = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], coefficients = [1.0, 2.0, 3.0, 4.0, "
      "5.0, 6.0], rho = [0.5]>(x) }",
      "SX390 linear-coefficients error 'n': rho has 1 entry and needs 3\n"
      "  help: give one for each pair of classes: 3\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21, \"ai.onnx.ml\" : 1]>\n"
      "g (float[N, 2] x) => (int64[A] y, float[B, C] z) { [n] y, z = "
      "ai.onnx.ml.SVMClassifier<classlabels_ints = [0, 1, 2], vectors_per_class = [1, 1, 1], "
      "support_vectors = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], coefficients = [1.0, 2.0, 3.0, 4.0, "
      "5.0, 6.0], rho = [0.5, 0.5, 0.5]>(x) }",
      "" },
    { "SVMClassifier: a linear one, a feature too few",
      "<ir_version: 10, opset_import: [\"\" : 21, \"ai.onnx.ml\" : 1]>\n"
      "g (float[N, 2] x) => (int64[A] y, float[B, C] z) { [n] y, z = "
      "ai.onnx.ml.SVMClassifier<classlabels_ints = [0, 1], coefficients = [1.0, 2.0, 3.0], rho "
      "= [0.5]>(x) }",
      "SX390 linear-coefficients error 'n': coefficients has 3 entries and needs 4\n"
      "  help: give one for each class and feature: 4\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21, \"ai.onnx.ml\" : 1]>\n"
      "g (float[N, 2] x) => (int64[A] y, float[B, C] z) { [n] y, z = "
      "ai.onnx.ml.SVMClassifier<classlabels_ints = [0, 1], coefficients = [1.0, 2.0, 3.0, 4.0], "
      "rho = [0.5]>(x) }",
      "" },
    { "TfIdfVectorizer: a mode",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (int64[A] x) => (float[B] y) { [n] y = TfIdfVectorizer<mode = \"IDFTF\", "
      "min_gram_length = 1, max_gram_length = 2, max_skip_count = 0, ngram_counts = [0, 2], "
      "ngram_indexes = [0, 1, 2], pool_int64s = [5, 7, 5, 7]>(x) }",
      "SX313 attribute-value error 'n': mode is 'IDFTF', which TfIdfVectorizer of opset 9 does "
      "not know\n"
      "  help: it may be TF, IDF, TFIDF\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (int64[A] x) => (float[B] y) { [n] y = TfIdfVectorizer<mode = \"TFIDF\", "
      "min_gram_length = 1, max_gram_length = 2, max_skip_count = 0, ngram_counts = [0, 2], "
      "ngram_indexes = [0, 1, 2], pool_int64s = [5, 7, 5, 7]>(x) }",
      "" },
    { "TfIdfVectorizer: lengths",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (int64[A] x) => (float[B] y) { [n] y = TfIdfVectorizer<mode = \"TF\", min_gram_length "
      "= 3, max_gram_length = 2, max_skip_count = 0, ngram_counts = [0, 2], ngram_indexes = [0, "
      "1, 2], pool_int64s = [5, 7, 5, 7]>(x) }",
      "SX313 attribute-value error 'n': min_gram_length is 3; TfIdfVectorizer takes 1 to 2\n"
      "  help: min_gram_length may be 1 to 2 (max_gram_length is 2)\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (int64[A] x) => (float[B] y) { [n] y = TfIdfVectorizer<mode = \"TF\", min_gram_length "
      "= 2, max_gram_length = 2, max_skip_count = 0, ngram_counts = [0, 2], ngram_indexes = [0, "
      "1, 2], pool_int64s = [5, 7, 5, 7]>(x) }",
      "" },
    { "TfIdfVectorizer: length 0",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (int64[A] x) => (float[B] y) { [n] y = TfIdfVectorizer<mode = \"TF\", min_gram_length "
      "= 0, max_gram_length = 2, max_skip_count = 0, ngram_counts = [0, 2], ngram_indexes = [0, "
      "1, 2], pool_int64s = [5, 7, 5, 7]>(x) }",
      "SX313 attribute-value error 'n': min_gram_length is 0; TfIdfVectorizer takes 1 to 2\n"
      "  help: min_gram_length may be 1 to 2 (max_gram_length is 2)\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (int64[A] x) => (float[B] y) { [n] y = TfIdfVectorizer<mode = \"TF\", min_gram_length "
      "= 1, max_gram_length = 2, max_skip_count = 0, ngram_counts = [0, 2], ngram_indexes = [0, "
      "1, 2], pool_int64s = [5, 7, 5, 7]>(x) }",
      "" },
    { "TfIdfVectorizer: a length without n-grams",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (int64[A] x) => (float[B] y) { [n] y = TfIdfVectorizer<mode = \"TF\", min_gram_length "
      "= 1, max_gram_length = 3, max_skip_count = 0, ngram_counts = [0, 2], ngram_indexes = [0, "
      "1, 2], pool_int64s = [5, 7, 5, 7]>(x) }",
      "SX385 tfidf-pool error 'n': max_gram_length is 3, ngram_counts has 2 entries\n"
      "  help: ngram_counts has an entry for each length: max_gram_length is at most 2\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (int64[A] x) => (float[B] y) { [n] y = TfIdfVectorizer<mode = \"TF\", min_gram_length "
      "= 1, max_gram_length = 2, max_skip_count = 0, ngram_counts = [0, 2], ngram_indexes = [0, "
      "1, 2], pool_int64s = [5, 7, 5, 7]>(x) }",
      "" },
    { "TfIdfVectorizer: skips",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (int64[A] x) => (float[B] y) { [n] y = TfIdfVectorizer<mode = \"TF\", min_gram_length "
      "= 1, max_gram_length = 2, max_skip_count = -1, ngram_counts = [0, 2], ngram_indexes = "
      "[0, 1, 2], pool_int64s = [5, 7, 5, 7]>(x) }",
      "SX313 attribute-value error 'n': max_skip_count is -1; TfIdfVectorizer takes 0 or more\n"
      "  help: max_skip_count may be 0 or more\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (int64[A] x) => (float[B] y) { [n] y = TfIdfVectorizer<mode = \"TF\", min_gram_length "
      "= 1, max_gram_length = 2, max_skip_count = 1, ngram_counts = [0, 2], ngram_indexes = [0, "
      "1, 2], pool_int64s = [5, 7, 5, 7]>(x) }",
      "" },
    { "TfIdfVectorizer: a weight too few",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (int64[A] x) => (float[B] y) { [n] y = TfIdfVectorizer<mode = \"TF\", min_gram_length "
      "= 1, max_gram_length = 2, max_skip_count = 0, ngram_counts = [0, 2], ngram_indexes = [0, "
      "1, 2], pool_int64s = [5, 7, 5, 7], weights = [0.5, 1.0]>(x) }",
      "SX385 tfidf-pool error 'n': 2 weights for 3 n-grams\n"
      "  help: give one weight for each entry of ngram_indexes, or none\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (int64[A] x) => (float[B] y) { [n] y = TfIdfVectorizer<mode = \"TF\", min_gram_length "
      "= 1, max_gram_length = 2, max_skip_count = 0, ngram_counts = [0, 2], ngram_indexes = [0, "
      "1, 2], pool_int64s = [5, 7, 5, 7], weights = [0.5, 1.0, 2.0]>(x) }",
      "" },
    { "TfIdfVectorizer: a place below 0",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (int64[A] x) => (float[B] y) { [n] y = TfIdfVectorizer<mode = \"TF\", min_gram_length "
      "= 1, max_gram_length = 2, max_skip_count = 0, ngram_counts = [0, 2], ngram_indexes = [0, "
      "-1, 2], pool_int64s = [5, 7, 5, 7]>(x) }",
      "SX385 tfidf-pool error 'n': ngram_indexes[1] is -1\n"
      "  help: it is the place in the output where that n-gram is counted: 0 or more\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (int64[A] x) => (float[B] y) { [n] y = TfIdfVectorizer<mode = \"TF\", min_gram_length "
      "= 1, max_gram_length = 2, max_skip_count = 0, ngram_counts = [0, 2], ngram_indexes = [0, "
      "0, 2], pool_int64s = [5, 7, 5, 7]>(x) }",
      "" },
    { "TfIdfVectorizer: a start past the pool",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (int64[A] x) => (float[B] y) { [n] y = TfIdfVectorizer<mode = \"TF\", min_gram_length "
      "= 1, max_gram_length = 2, max_skip_count = 0, ngram_counts = [0, 5], ngram_indexes = [0, "
      "1, 2], pool_int64s = [5, 7, 5, 7]>(x) }",
      "SX385 tfidf-pool error 'n': the n-grams of 1 item are to be those from 0 "
      "(ngram_counts[0]) to 5 of a pool of 4\n"
      "  help: ngram_counts is where the n-grams of 1, 2, ... items begin in the pool: it "
      "ascends, and each part holds whole n-grams\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (int64[A] x) => (float[B] y) { [n] y = TfIdfVectorizer<mode = \"TF\", min_gram_length "
      "= 1, max_gram_length = 2, max_skip_count = 0, ngram_counts = [0, 2], ngram_indexes = [0, "
      "1, 2], pool_int64s = [5, 7, 5, 7]>(x) }",
      "" },
    { "TfIdfVectorizer: half an n-gram",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (int64[A] x) => (float[B] y) { [n] y = TfIdfVectorizer<mode = \"TF\", min_gram_length "
      "= 1, max_gram_length = 2, max_skip_count = 0, ngram_counts = [0, 1], ngram_indexes = [0, "
      "1, 2], pool_int64s = [5, 7, 5, 7]>(x) }",
      "SX385 tfidf-pool error 'n': the n-grams of 2 items are to be those from 1 "
      "(ngram_counts[1]) to 4 of a pool of 4\n"
      "  help: ngram_counts is where the n-grams of 1, 2, ... items begin in the pool: it "
      "ascends, and each part holds whole n-grams\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (int64[A] x) => (float[B] y) { [n] y = TfIdfVectorizer<mode = \"TF\", min_gram_length "
      "= 1, max_gram_length = 2, max_skip_count = 0, ngram_counts = [0, 2], ngram_indexes = [0, "
      "1, 2], pool_int64s = [5, 7, 5, 7]>(x) }",
      "" },
    { "TfIdfVectorizer: a place too few",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (int64[A] x) => (float[B] y) { [n] y = TfIdfVectorizer<mode = \"TF\", min_gram_length "
      "= 1, max_gram_length = 2, max_skip_count = 0, ngram_counts = [0, 2], ngram_indexes = [0, "
      "1], pool_int64s = [5, 7, 5, 7]>(x) }",
      "SX385 tfidf-pool error 'n': the pool has 3 n-grams, ngram_indexes 2 entries\n"
      "  help: there is one index for each n-gram of the pool\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (int64[A] x) => (float[B] y) { [n] y = TfIdfVectorizer<mode = \"TF\", min_gram_length "
      "= 1, max_gram_length = 2, max_skip_count = 0, ngram_counts = [0, 2], ngram_indexes = [0, "
      "1, 2], pool_int64s = [5, 7, 5, 7]>(x) }",
      "" },
    { "TfIdfVectorizer: no pool",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (int64[A] x) => (float[B] y) { [n] y = TfIdfVectorizer<mode = \"TF\", min_gram_length "
      "= 1, max_gram_length = 2, max_skip_count = 0, ngram_counts = [0, 2], ngram_indexes = [0, "
      "1, 2]>(x) }",
      "SX385 tfidf-pool error 'n': the n-grams of 1 item are to be those from 0 "
      "(ngram_counts[0]) to 2 of a pool of 0\n"
      "  help: give the n-grams in pool_strings or pool_int64s; ngram_counts is where the "
      "n-grams of 1, 2, ... items begin in the pool: it ascends, and each part holds whole "
      "n-grams\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (int64[A] x) => (float[B] y) { [n] y = TfIdfVectorizer<mode = \"TF\", min_gram_length "
      "= 1, max_gram_length = 2, max_skip_count = 0, ngram_counts = [0, 2], ngram_indexes = [0, "
      "1, 2], pool_int64s = [5, 7, 5, 7]>(x) }",
      "" },
    { "TfIdfVectorizer: a pool of texts",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (int64[A] x) => (float[B] y) { [n] y = TfIdfVectorizer<mode = \"TF\", min_gram_length "
      "= 1, max_gram_length = 2, max_skip_count = 0, ngram_counts = [0, 2], ngram_indexes = [0, "
      "1, 2], pool_strings = [\"a\", \"b\", \"a\", \"b\"]>(x) }",
      "SX385 tfidf-pool error 'n': the pool is of strings, the input is not\n"
      "  x int64[A]: graph input\n"
      "  help: give pool_strings for strings, pool_int64s for integers\n" },
    { "... and not",
      "<ir_version: 10, opset_import: [\"\" : 21]>\n"
      "g (int64[A] x) => (float[B] y) { [n] y = TfIdfVectorizer<mode = \"TF\", min_gram_length "
      "= 1, max_gram_length = 2, max_skip_count = 0, ngram_counts = [0, 2], ngram_indexes = [0, "
      "1, 2], pool_int64s = [5, 7, 5, 7]>(x) }",
      "" },
};

int main(void)
{
    return lint_program(cases, sizeof cases / sizeof *cases);
}
