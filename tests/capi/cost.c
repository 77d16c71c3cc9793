/* tests/capi/cost.c - multiply-adds that operators state, as numbers and with symbols; functions;
 * where weights lie. */
#include <stdio.h>
#include <string.h>
#include "sardonyx.h"

static int failures;

static void check(bool fine, const char *what, const char *saw, int line)
{
    if (fine)
        return;
    failures++;
    printf("line %d: %s: %s\n", line, what, saw ? saw : "NULL");
}
#define CHECK(x) check(x, #x, "", __LINE__)

#define HEAD                                                                                 \
    "<ir_version: 10, opset_import: [\"\" : 23, \"ai.onnx.ml\" : 3, \"com.microsoft\" : 1, " \
    "\"own\" : 1]>\n"

typedef struct sum {
    const char *graph, *text; /* text: of the model's multiply-adds */
} sum;

static const sum sums[] = {
    { "g (float[N, 8, 10, 10] x, float[8, 2, 3, 3] w) => (float[a, b, c, d] y)"
      "{ y = Conv<group = 4, strides = [2, 2], pads = [1, 1, 1, 1]>(x, w) }",
      "3600*N" }, /* 8 * 5 * 5 elements of 2 * 3 * 3 */
    { "g (float[1, 4, 5] x, float[4, 3, 2] w) => (float[a, b, c] y)"
      "{ y = ConvTranspose<group = 2>(x, w) }",
      "120" },
    { "g (uint8[1, 3, 8] x, uint8[5, 3, 3] w) => (int32[a, b, c] y) { y = ConvInteger(x, w) }",
      "270" },
    { "g (float[7, 3] a, float[7, 5] b) => (float[c, d] y) { y = Gemm<transA = 1>(a, b) }", "105" },
    { "g (float[B, 4, M, 6] a, float[6, 5] b) => (float[c, d, e, f] y) { y = MatMul(a, b) }",
      "120*B*M" },
    { "g (float[6] a, float[6] b) => (float y) { y = MatMul(a, b) }", "6" },
    { "g (uint8[2, 3] a, uint8[3, 4] b) => (int32[c, d] y) { y = MatMulInteger(a, b) }", "24" },
    { "g (float[3, 2] a, float[3, 4] b) => (float[c, d] y)"
      "{ y = com.microsoft.FusedMatMul<transA = 1>(a, b) }",
      "24" },
    { "g (float[2, 3] a, float[3, 4] b) => (float[c, d] y)"
      "{ y = Einsum<equation = \"ij,jk->ik\">(a, b) }",
      "24" },
    { "g (float[2, 3] a) => (float[c] y) { y = Einsum<equation = \"ij->i\">(a) }", "0" },
    { "g (float[T, 2, 3] x, float[1, 16, 3] w, float[1, 16, 4] r) => (float[a, b, c, d] y)"
      "{ y = LSTM<hidden_size = 4>(x, w, r) }",
      "224*T" }, /* 2 items, 16 * 3 + 16 * 4 */
    { "g (float[N, 3] x) => (float[a, b] y)"
      "{ y = ai.onnx.ml.LinearRegressor<coefficients = [1.0, 2.0, 3.0]>(x) }",
      "3*N" },
    { "g (float[B, 5, 24] q, float[B, 7, 12] k, float[B, 7, 6] v) => (float[a, b, c] y)"
      "{ y = Attention<q_num_heads = 6, kv_num_heads = 3>(q, k, v) }",
      "1260*B" }, /* 6 heads of 5 queries meet 7 keys of 4 numbers and 7 values of 2 */
    { "g (float[N] x) => (float[N] y) { t = Relu(x) y = Add(t, x) }", "0" },
    { "g (float[2, 2] x, float[2, 2] w) => (float[2, 2] z) { y = MatMul(x, w) z = MatMul(y, w) }",
      "16" },
    { "g (float[2, 2] x, bool b) => (float[2, 2] z)"
      "{ z = If(b) <then_branch = t () => (float[2, 2] y) { y = MatMul(x, x) },"
      " else_branch = e () => (float[2, 2] y) { y = Identity(x) }> }",
      "8" },
};

static sdx_model *parse(const char *graph)
{
    char text[2048];
    sdx_model *m = NULL;
    sdx_error err;
    snprintf(text, sizeof text, HEAD "%s", graph);
    if (sdx_model_parse(text, strlen(text), "text", NULL, &m, &err) != SDX_OK)
        check(false, graph, err.fact, __LINE__);
    return m;
}

static void all_sums(void)
{
    for (size_t i = 0; i < sizeof sums / sizeof *sums; i++) {
        sdx_model *m = parse(sums[i].graph);
        sdx_cost_info cost;
        if (!m)
            continue;
        CHECK(sdx_model_cost(m, &cost) == SDX_OK && cost.n_unknown == 0);
        bool same = cost.macs_text && strcmp(cost.macs_text, sums[i].text) == 0;
        check(same, sums[i].graph, cost.macs_text, __LINE__);
        CHECK((cost.macs < 0) == (strchr(sums[i].text, '*') != NULL));
        sdx_model_close(m);
    }
}

static void one_node(void)
{
    sdx_model *m = parse("g (float[2, N] x, float[N, 4] w) => (float[2, 4] y)"
                         "{ t = MatMul(x, w) y = Relu(t) }");
    sdx_node_info n;
    if (!m)
        return;
    CHECK(sdx_model_node(m, 0, &n) == SDX_OK && n.macs == -1 && strcmp(n.macs_text, "8*N") == 0);
    CHECK(sdx_model_node(m, 1, &n) == SDX_OK && n.macs == 0 && strcmp(n.macs_text, "0") == 0);
    sdx_model_close(m);
}

static void unknown_ones(void)
{
    sdx_model *m = parse("g (float[2, 2] x) => (float[2, 2] y)"
                         "{ t = own.Thing(x) u = MatMul(t, x) y = MatMul(x, x) }");
    sdx_cost_info cost;
    if (!m)
        return;
    CHECK(sdx_model_cost(m, &cost) == SDX_OK && cost.n_unknown == 2 && cost.macs == 8);
    sdx_model_close(m);
}

static void functions_and_weights(void)
{
    static const char graph[] =
        "g (float[2] x) => (float[2] y) <float[2] b = {1, 2}> { t = own.f(x) u = own.f(t) y = Add(u, b) }\n"
        "<domain: \"own\", opset_import: [\"\" : 21]>\n"
        "f (p) => (q) { c = Constant<value = float[3] {1, 2, 3}>() s = ReduceSum(c) q = Add(p, s) }";
    sdx_model *m = parse(graph);
    sdx_model_info about;
    sdx_function_info f;
    if (!m)
        return;
    CHECK(sdx_model_about(m, &about) == SDX_OK && about.n_functions == 1);
    /* the function's once, called twice */
    CHECK(about.parameters == 5 && about.weight_bytes == 20);
    CHECK(about.n_initializers == 1);
    CHECK(sdx_model_function(m, 0, &f) == SDX_OK && sdx_model_function(m, 1, &f) == SDX_E_USAGE);
    CHECK(strcmp(f.domain, "own") == 0 && strcmp(f.name, "f") == 0 && f.n_nodes == 3);
    CHECK(f.n_inputs == 1 && strcmp(f.inputs[0], "p") == 0 && f.n_attributes == 0);
    sdx_model_close(m);
}

int main(void)
{
    all_sums();
    one_node();
    unknown_ones();
    functions_and_weights();
    return failures != 0;
}
