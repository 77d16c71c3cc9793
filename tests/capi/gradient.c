/* capi/gradient.c - derivatives: every rule against differences of the values themselves. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "sardonyx.h"

static int failures;

/* ---- running ---- */

enum { MOST = 64 };

typedef struct tensor {
    int rank;
    int64_t dims[4];
    double at[MOST];
} tensor;

static size_t count_of(const tensor *t)
{
    size_t n = 1;
    for (int i = 0; i < t->rank; i++)
        n *= (size_t)t->dims[i];
    return n;
}

static bool fill(tensor *t, const sdx_value *v)
{
    const int64_t *dims;
    t->rank = sdx_value_dims(v, &dims);
    if (t->rank < 0 || t->rank > 4 || sdx_value_count(v) > MOST)
        return false;
    for (int i = 0; i < t->rank; i++)
        t->dims[i] = dims[i];
    for (size_t i = 0; i < sdx_value_count(v); i++)
        t->at[i] = sdx_value_f64(v, i);
    return true;
}

static bool run(sdx_session *s, tensor *in, int n_in, tensor *out, int n_out, sdx_error *err)
{
    sdx_value *x[2] = { NULL, NULL }, *y[3] = { NULL, NULL, NULL };
    bool good = true;
    for (int i = 0; good && i < n_in; i++)
        good = !sdx_value_wrap(SDX_F64, in[i].rank, in[i].dims, in[i].at,
                               count_of(&in[i]) * sizeof(double), &x[i], err);
    good = good && !sdx_session_run(s, (const sdx_value *const *)x, y, NULL, err);
    for (int i = 0; good && i < n_out; i++)
        good = fill(&out[i], y[i]);
    for (int i = 0; i < 2; i++)
        sdx_value_free(x[i]);
    for (int i = 0; i < 3; i++)
        sdx_value_free(y[i]);
    return good;
}

/* A graph of a and b that makes L, then dL/da and dL/db. */
static sdx_status compile(int opset, const char *a, const char *b, const char *L, const char *body,
                          bool optimize, sdx_model **m, sdx_session **s, sdx_error *err)
{
    char text[5000];
    sdx_session_options o = SDX_OPTIONS_INIT(sdx_session_options);
    int length = snprintf(text, sizeof text,
                          "<ir_version: 8, opset_import: [\"\" : %d, "
                          "\"ai.onnx.preview.training\" : 1]> g (double%s a, double%s b) => "
                          "(double%s L, double%s da, double%s db) { %s }",
                          opset, a, b, L, a, b, body);
    o.no_optimize = !optimize;
    *m = NULL;
    *s = NULL;
    sdx_status st = sdx_model_parse(text, (size_t)length, "model", NULL, m, err);
    return st ? st : sdx_session_new(*m, &o, s, err);
}

#define GRADIENT                                                            \
    " da, db = ai.onnx.preview.training.Gradient<xs = [\"a\", \"b\"], y = " \
    "\"L\">(a, b)"
#define SQUARES " yy = Mul(y, y) L = ReduceSum<keepdims = 0>(yy)" GRADIENT, ""

/* ---- every rule ---- */

static const struct rule {
    int opset;
    const char *a, *b, *body, *L; /* L: its dims */
} rules[] = {
    { 18, "[2,3]", "[2,3]", "y = Add(a, b)" SQUARES },
    { 18, "[2,3]", "[3]", "y = Add(a, b)" SQUARES },
    { 18, "[2,1]", "[1,3]", "y = Sub(a, b)" SQUARES },
    { 7, "[]", "[2,3]", "y = Mul(a, b)" SQUARES },
    { 18, "[3]", "[2,2,3]", "y = Mul(a, b)" SQUARES },
    { 14, "[2,3]", "[2,1]", "y = Div(a, b)" SQUARES },
    { 18, "[2,3]", "[1]", "y = Pow(a, b)" SQUARES },
    { 18, "[2,3]", "[3]",
      "three = Constant<value_int = 3>() c = Pow(a, three) y = Mul(c, b)" SQUARES },
    { 18, "[2,3]", "[3]", "y = Sum(a, b, a)" SQUARES },
    { 18, "[3]", "[3]", "c = Neg(a) d = Exp(b) y = Mul(c, d)" SQUARES },
    { 18, "[3]", "[3]", "c = Log(a) d = Sqrt(b) y = Mul(c, d)" SQUARES },
    { 18, "[3]", "[3]", "c = Sin(a) d = Cos(b) y = Mul(c, d)" SQUARES },
    { 18, "[3]", "[3]", "c = Abs(a) d = Reciprocal(b) y = Mul(c, d)" SQUARES },
    { 18, "[3]", "[3]", "c = Erf(a) d = Tanh(b) y = Mul(c, d)" SQUARES },
    { 18, "[3]", "[3]", "c = Sigmoid(a) d = Softplus(b) y = Mul(c, d)" SQUARES },
    { 18, "[3]", "[3]", "c = Sub(a, b) d = Relu(c) y = Mul(d, b)" SQUARES },
    { 18, "[3]", "[3]", "c = Floor(a) d = Add(a, c) y = Mul(d, b)" SQUARES },
    { 18, "[2,3]", "[3]", "c = Softmax<axis = 0>(a) y = Mul(c, b)" SQUARES },
    { 13, "[2,3]", "[3]", "c = LogSoftmax(a) y = Mul(c, b)" SQUARES },
    { 18, "[2,3]", "[3,4]", "y = MatMul(a, b)" SQUARES },
    { 18, "[2,2,3]", "[3,2]", "y = MatMul(a, b)" SQUARES },
    { 18, "[2,3]", "[2,3,2]", "y = MatMul(a, b)" SQUARES },
    { 18, "[2,3]", "[3,4]", "y = Gemm<alpha = 0.5>(a, b)" SQUARES },
    { 18, "[3,2]", "[3,4]", "y = Gemm<alpha = 0.5, transA = 1>(a, b)" SQUARES },
    { 18, "[2,3]", "[4,3]", "y = Gemm<transB = 1>(a, b)" SQUARES },
    { 18, "[3,2]", "[4,3]", "y = Gemm<transA = 1, transB = 1>(a, b)" SQUARES },
    { 18, "[2,2]", "[2]", "y = Gemm<alpha = 0.5, beta = 2.0>(a, a, b)" SQUARES },
    { 18, "[2,3]", "[2]",
      "x = Constant<value_ints = [1]>() c = ReduceSum<keepdims = 0>(a, x) y = Mul(c, b)" SQUARES },
    { 11, "[2,3]", "[2,1]", "c = ReduceSum<axes = [1]>(a) y = Mul(c, b)" SQUARES },
    { 11, "[2,3]", "[3]", "c = ReduceMean<axes = [0], keepdims = 0>(a) y = Mul(c, b)" SQUARES },
    { 18, "[2,3]", "[3]",
      "x = Constant<value_ints = [-1]>() c = ReduceMean(a, x) y = Mul(c, b)" SQUARES },
    { 18, "[2,3]", "[6]",
      "x = Constant<value_ints = [-1]>() c = Reshape(a, x) y = Mul(c, b)" SQUARES },
    { 18, "[2,3]", "[2,1,3]",
      "x = Constant<value_ints = [1]>() c = Unsqueeze(a, x) y = Mul(c, b)" SQUARES },
    { 18, "[2,1,3]", "[2,3]",
      "c = Squeeze(a) d = Flatten(c) e = Identity(d) y = Mul(e, b)" SQUARES },
    { 18, "[2,1,3]", "[3,2,1]", "c = Transpose<perm = [2, 0, 1]>(a) y = Mul(c, b)" SQUARES },
    { 18, "[2,3]", "[3,2]", "c = Transpose(a) y = Mul(c, b)" SQUARES },
    { 18, "[1,3]", "[2,3]", "s = Shape(b) c = Expand(a, s) y = Mul(c, b)" SQUARES },
    { 18, "[3]", "[3]", "c = CastLike(a, b) d = Cast<to = 11>(c) y = Mul(d, b)" SQUARES },
    /* windows */
    { 18, "[2,2,5]", "[3,2,2]", "y = Conv(a, b)" SQUARES },
    { 18, "[1,4,5]", "[4,2,3]",
      "y = Conv<group = 2, strides = [2], pads = [1, 0], dilations = [2]>(a, b)" SQUARES },
    { 11, "[2,2,4,4]", "[2,1,3,2]",
      "y = Conv<group = 2, strides = [2, 3], pads = [1, 0, 1, 1]>(a, b)" SQUARES },
    { 18, "[1,2,5]", "[2,2,3]",
      "y = Conv<auto_pad = \"SAME_UPPER\", strides = [2]>(a, b)" SQUARES },
    { 18, "[1,2,5]", "[2]",
      "v = Constant<value = double[2,2,1] {1, 2, 3, 4}>() y = Conv(a, v, b)" SQUARES },
    { 18, "[2,4,3]", "[4,1,3]",
      "y = ConvTranspose<group = 2, strides = [2], pads = [1, 0], output_padding = [1]>(a, b)" SQUARES },
    { 18, "[1,1,4,4]", "[1]",
      "p = MaxPool<kernel_shape = [2, 3], strides = [2, 1], pads = [0, 1, 0, 1]>(a) y = Mul(p, b)" SQUARES },
    { 8, "[2,2,5]", "[1]", "p, q = MaxPool<kernel_shape = [2]>(a) y = Mul(p, b)" SQUARES },
    { 19, "[2,2,5]", "[1]",
      "p = AveragePool<kernel_shape = [3], strides = [2], pads = [1, 1]>(a) y = Mul(p, b)" SQUARES },
    { 11, "[1,1,4,4]", "[1]",
      "p = AveragePool<kernel_shape = [2, 2], pads = [1, 0, 0, 1], count_include_pad = 1>(a) y = Mul(p, b)" SQUARES },
    { 7, "[1,1,5,3]", "[1]",
      "p = AveragePool<kernel_shape = [2, 2], auto_pad = \"SAME_LOWER\", strides = [2, 2]>(a) y = Mul(p, b)" SQUARES },
    { 18, "[2,3,2,2]", "[1]",
      "p = GlobalAveragePool(a) q = GlobalMaxPool(a) r = Sub(p, q) y = Mul(r, b)" SQUARES },
    /* normalisations */
    { 18, "[2,3,2]", "[3]",
      "m = Neg(b) v = Mul(b, b) y = BatchNormalization<epsilon = 0.1>(a, b, v, m, v)" SQUARES },
    { 15, "[3,2,2]", "[2]",
      "v = Mul(b, b) y, m, w = BatchNormalization<training_mode = 1>(a, b, v, b, v)" SQUARES },
    { 9, "[4,2]", "[2]", "y, m, v, p, q = BatchNormalization(a, b, b, b, b)" SQUARES },
    { 18, "[2,2,3]", "[3]", "v = Exp(b) y = LayerNormalization(a, b, v)" SQUARES },
    { 17, "[2,2,3]", "[2,3]", "y = LayerNormalization<axis = 1>(a, b)" SQUARES },
    { 23, "[2,4]", "[4]", "y = RMSNormalization(a, b)" SQUARES },
    { 18, "[2,2,4]", "[2]", "v = Exp(b) y = InstanceNormalization(a, b, v)" SQUARES },
    { 21, "[2,4,2]", "[4]", "y = GroupNormalization<num_groups = 2>(a, b, b)" SQUARES },
    /* what moves, joins and chooses elements */
    { 18, "[2,3]", "[1,3]", "c = Concat<axis = 0>(a, b, a) y = Mul(c, c)" SQUARES },
    { 13, "[2,3]", "[2,1]", "c = Concat<axis = -1>(b, a) y = Exp(c)" SQUARES },
    { 18, "[2,5]", "[2,2]",
      "p, q, r = Split<axis = 1, num_outputs = 3>(a) c = Mul(p, b) x = Constant<value_ints = [1]>() f = Add(c, q) "
      "g = ReduceSum(f, x) y = Mul(g, r)" SQUARES },
    { 18, "[2,4]", "[2,2]", "p, q = Split<axis = -1, num_outputs = 2>(a) y = Mul(p, b)" SQUARES },
    { 18, "[3,5]", "[2]",
      "s = Constant<value_ints = [4, 0]>() e = Constant<value_ints = [0, 2]>() x = Constant<value_ints "
      "= [1, 0]>() t = Constant<value_ints = [-2, 1]>() c = Slice(a, s, e, x, t) y = Mul(c, b)" SQUARES },
    { 9, "[3,4]", "[2]",
      "c = Slice<starts = [1], ends = [3], axes = [1]>(a) y = Mul(c, b)" SQUARES },
    { 18, "[3,2]", "[2]",
      "i = Constant<value = int64[2,2] {0, 2, -1, 0}>() c = Gather(a, i) y = Mul(c, b)" SQUARES },
    { 18, "[3,2]", "[2]",
      "i = Constant<value = int64[1,2] {2, 0}>() c = GatherElements(a, i) y = Mul(c, b)" SQUARES },
    { 18, "[3,2]", "[2]",
      "i = Constant<value = int64[2,1] {2, 2}>() c = GatherND(a, i) y = Mul(c, b)" SQUARES },
    { 18, "[2,3]", "[5]",
      "p = Constant<value_ints = [1, 0, 0, 2]>() v = Constant<value = double {7.0}>() "
      "c = Pad(a, p, v) y = Mul(c, b)" SQUARES },
    { 13, "[2,3]", "[5]",
      "p = Constant<value_ints = [0, 1, 0, 1]>() c = Pad<mode = \"reflect\">(a, p) y = Mul(c, b)" SQUARES },
    { 18, "[3]", "[5]",
      "p = Constant<value_ints = [1, 1]>() x = Constant<value_ints = [0]>() "
      "c = Pad<mode = \"edge\">(a, p, , x) y = Mul(c, b)" SQUARES },
    { 18, "[2,3]", "[3]",
      "r = Constant<value_ints = [2, 1]>() c = Tile(a, r) y = Mul(c, b)" SQUARES },
    { 18, "[1,4,1,2]", "[1]",
      "c = DepthToSpace<blocksize = 2>(a) d = SpaceToDepth<blocksize = 2>(c) e = Trilu(d) y = Mul(e, b)" SQUARES },
    { 18, "[2,3]", "[3]", "c = Greater(a, b) d = Where(c, a, b) y = Mul(d, a)" SQUARES },
    { 18, "[2,3]", "[3]", "c = Max(a, b) d = Min(b, a, c) y = Mul(d, c)" SQUARES },
    { 18, "[2,3]", "[3]",
      "l = Constant<value = double {0.8}>() h = Constant<value = double {1.3}>() c = Clip(a, l, h) y = Mul(c, b)" SQUARES },
    { 18, "[2,3]", "[3]", "c = Mean(a, b, a) f = Dropout(c) y = Mul(f, b)" SQUARES },
    /* losses */
    { 18, "[3,4]", "[3,4]",
      "t = Constant<value = int64[3] {0, 3, 2}>() x = Mul(a, b) l = SoftmaxCrossEntropyLoss(x, t) "
      "L = Mul(l, l)" GRADIENT,
      "" },
    { 13, "[2,3,2]", "[3]",
      "t = Constant<value = int64[2,2] {0, -1, 2, 1}>() w = Constant<value = double[3] {1, 2, 0.5}>() "
      "x = Softmax<axis = 2>(a) l, p = SoftmaxCrossEntropyLoss<ignore_index = -1>(x, t, w) "
      "e = Exp(p) q = ReduceL2(e) r = Mul(q, b) y = Mul(l, r)" SQUARES },
    { 18, "[3,4]", "[3]",
      "t = Constant<value = int32[3] {1, 7, 0}>() x = LogSoftmax(a) "
      "l = NegativeLogLikelihoodLoss<reduction = \"none\", ignore_index = 7>(x, t) y = Mul(l, b)" SQUARES },
    { 18, "[2,3]", "[1]",
      "t = Constant<value = int64[2] {2, 0}>() w = Constant<value = double[3] {1, 2, 0.5}>() "
      "l = NegativeLogLikelihoodLoss<reduction = \"sum\">(a, t, w) y = Mul(l, b)" SQUARES },
    /* reductions, and what bends at some place */
    { 18, "[2,3]", "[2]",
      "x = Constant<value_ints = [1]>() c = ReduceMax<keepdims = 0>(a, x) y = Mul(c, b)" SQUARES },
    { 11, "[2,3]", "[1]",
      "c = ReduceMin(a) d = ReduceMax<axes = [0]>(a) e = Mul(d, c) y = Mul(e, b)" SQUARES },
    { 18, "[2,3]", "[3]",
      "x = Constant<value_ints = [0]>() c = ReduceLogSumExp(a, x) d = ReduceL2(a, x) e = Mul(c, d) y = Mul(e, b)" SQUARES },
    { 18, "[2,3]", "[3]",
      "x = Constant<value_ints = [0]>() c = ReduceLogSum(a, x) d = ReduceL1(a) e = ReduceSumSquare(a) "
      "f = Mul(c, d) g = Mul(e, f) y = Mul(g, b)" SQUARES },
    { 18, "[3]", "[3]",
      "z = Sub(a, b) c = LeakyRelu<alpha = 0.25>(z) d = Elu<alpha = 0.5>(z) e = Mul(c, d) y = Mul(e, b)" SQUARES },
    { 18, "[3]", "[3]",
      "z = Sub(a, b) c = Selu(z) d = PRelu(z, b) e = Mul(c, d) y = Mul(e, b)" SQUARES },
    { 18, "[3]", "[3]",
      "z = Sub(a, b) c = ThresholdedRelu<alpha = 0.1>(a) d = HardSigmoid(z) e = Mul(c, d) y = Mul(e, b)" SQUARES },
    { 24, "[3]", "[3]",
      "z = Sub(a, b) c = HardSwish(z) d = Swish<alpha = 1.5>(z) e = Mul(c, d) y = Mul(e, b)" SQUARES },
    { 18, "[3]", "[3]",
      "z = Sub(a, b) c = Mish(z) d = Softsign(z) e = Mul(c, d) y = Mul(e, b)" SQUARES },
    { 20, "[3]", "[3]",
      "z = Sub(a, b) c = Gelu(z) d = Gelu<approximate = \"tanh\">(z) e = Mul(c, d) y = Mul(e, b)" SQUARES },
    /* b plays no part; y is one of xs; an integer stands in between */
    { 18, "[2,3]", "[3]", "y = Exp(a)" SQUARES },
    { 18, "[2,3]", "[3]",
      "L = Mul(a, b) da, db = ai.onnx.preview.training.Gradient<xs = [\"a\", \"b\"], y = \"L\">(a, b)",
      "[2,3]" },
    { 18, "[3]", "[3]", "n = Shape(a) m = CastLike(n, a) c = Mul(a, m) y = Mul(c, b)" SQUARES },
};

static double sum_of(const tensor *t)
{
    double sum = 0;
    for (size_t i = 0; i < count_of(t); i++)
        sum += t->at[i];
    return sum;
}

static void complain(const char *body, bool optimize, const char *what)
{
    failures++;
    printf("%s%s\n    %s\n", body, optimize ? "" : " (as it stands)", what);
}

static void set(tensor *t, const char *dims, double seed)
{
    t->rank = 0;
    for (const char *at = dims; *at; at++)
        if (*at >= '0' && *at <= '9')
            t->dims[t->rank++] = *at - '0';
    for (size_t i = 0; i < count_of(t); i++)
        t->at[i] = 0.6 + fmod(seed + 0.377 * (double)i, 1.0);
}

/* Slopes of the sum of L, by half a step to both sides of each element. */
static void compare(sdx_session *s, const char *body, bool optimize, tensor *in)
{
    const double step = 1e-5;
    tensor out[3], aside[3];
    sdx_error err;
    if (!run(s, in, 2, out, 3, &err)) {
        complain(body, optimize, err.fact);
        return;
    }
    for (int k = 0; k < 2; k++)
        for (size_t i = 0; i < count_of(&in[k]); i++) {
            double x = in[k].at[i];
            in[k].at[i] = x + step / 2;
            bool good = run(s, in, 2, aside, 3, &err);
            double above = sum_of(&aside[0]);
            in[k].at[i] = x - step / 2;
            good = good && run(s, in, 2, aside, 3, &err);
            double want = (above - sum_of(&aside[0])) / step, got = out[1 + k].at[i];
            in[k].at[i] = x;
            if (good && fabs(got - want) <= 1e-6 * (1 + fabs(want)))
                continue;
            char what[200];
            snprintf(what, sizeof what, "by element %d of %c: %.9g, not %.9g", (int)i, 'a' + k, got,
                     want);
            complain(body, optimize, what);
            return;
        }
}

static void every_rule(void)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        for (int optimize = 0; optimize < 2; optimize++) {
            const struct rule *r = &rules[i];
            sdx_model *m;
            sdx_session *s;
            sdx_error err;
            tensor in[2];
            set(&in[0], r->a, 0.1);
            set(&in[1], r->b, 0.7);
            if (compile(r->opset, r->a, r->b, r->L, r->body, optimize != 0, &m, &s, &err)) {
                printf("%s: ", err.place);
                complain(r->body, optimize != 0, err.fact);
            } else {
                compare(s, r->body, optimize != 0, in);
            }
            sdx_session_free(s);
            sdx_model_close(m);
        }
}

/* ---- where, and of what ---- */

/* da and db of the first elements; both inputs are [2] = 3, 5 and 7, 11. */
static bool gives(const char *body, double da, double db)
{
    sdx_model *m;
    sdx_session *s;
    sdx_error err;
    tensor in[2] = { { 1, { 2 }, { 3, 5 } }, { 1, { 2 }, { 7, 11 } } }, out[3];
    const char *L = "[2]";
    bool good = !compile(18, "[2]", "[2]", L, body, true, &m, &s, &err) &&
                run(s, in, 2, out, 3, &err);
    if (!good)
        printf("%s: %s\n", err.place, err.fact);
    else if (out[1].at[0] != da || out[2].at[0] != db)
        printf("%g, %g instead of %g, %g\n", out[1].at[0], out[2].at[0], da, db);
    good = good && out[1].at[0] == da && out[2].at[0] == db;
    sdx_session_free(s);
    sdx_model_close(m);
    return good;
}

static void check(bool fine, const char *what)
{
    failures += !fine;
    if (!fine)
        printf("%s\n", what);
}

#define OF "ai.onnx.preview.training.Gradient"
static void places(void)
{
    check(gives("c = Mul(a, a) L = Mul(c, b) da, db = " OF "<xs = [\"c\", \"b\"], y = \"L\">(c, b)",
                7, 9),
          "by a value in between");
    check(gives("c = Mul(a, a) L = Mul(c, b) da, db = " OF "<xs = [\"c\", \"b\"], y = \"L\">(a, b)",
                7, 3),
          "at another value of what lies in between");
    check(gives("L = Mul(a, b) da = " OF "<xs = [\"a\"], zs = [\"b\"], y = \"L\">(b, a) "
                "db = " OF "<xs = [\"b\"], zs = [\"a\"], y = \"L\">(b, b)",
                3, 7),
          "at other values of both");
    check(gives("c = Mul(a, a) L = Mul(c, b) d = " OF
                "<xs = [\"a\"], zs = [\"b\"], y = \"L\">(a, b) "
                "da, db = " OF "<xs = [\"a\", \"b\"], y = \"d\">(a, b)",
                14, 6),
          "the second derivative");
    check(gives("L = Mul(a, b) , db = " OF
                "<xs = [\"a\", \"b\"], y = \"L\">(a, b) da = Identity(a)",
                3, 3),
          "one that nobody asks for");
}

static bool refused(const char *body, const char *L, sdx_status want, const char *words)
{
    sdx_model *m;
    sdx_session *s;
    sdx_error err;
    char said[sizeof err];
    sdx_status st = compile(18, "[2]", "[2]", L, body, true, &m, &s, &err);
    if (st)
        sdx_error_text(&err, said, sizeof said);
    bool good = st == want && strstr(said, words) && strstr(said, "node '");
    if (!good)
        printf("status %d: %s\n", st, st ? said : "accepted");
    sdx_session_free(s);
    sdx_model_close(m);
    return good;
}

static void refusals(void)
{
    check(refused("L = Asinh(a)" GRADIENT, "[2]", SDX_E_UNSUPPORTED,
                  "(Asinh, graph 'g', #0): the derivative of Asinh is not known here"),
          "an operator without a rule");
    check(refused("L = MatMul(a, b)" GRADIENT, "", SDX_E_UNSUPPORTED, "for matrices"), "vectors");
    check(refused("L = Mul(a, b) da, db = " OF "<xs = [\"a\", \"q\"], y = \"L\">(a, b)", "[2]",
                  SDX_E_UNSUPPORTED, "'q' is no value of the graph"),
          "a name of nothing");
    check(refused("L = Mul(a, b) da, db = " OF "<xs = [\"a\", \"b\"], y = \"L\">(a)", "[2]",
                  SDX_E_MODEL, "1 inputs and 2 outputs, for 2 names in xs"),
          "too few inputs");
}

/* Each Gradient of the one before makes the graph several times as large. */
static void towers(void)
{
    char body[4000];
    size_t at = (size_t)snprintf(body, sizeof body, "L = Tanh(a) g0 = Identity(L)");
    for (int i = 0; i < 14; i++)
        at += (size_t)snprintf(body + at, sizeof body - at,
                               " g%d = " OF "<xs = [\"a\"], y = \"g%d\">(a)", i + 1, i);
    snprintf(body + at, sizeof body - at, " da = Identity(g14) db = Identity(b)");
    check(refused(body, "[2]", SDX_E_UNSUPPORTED, "more nodes than a graph may have"), "a tower");
}

int main(void)
{
    every_rule();
    towers();
    places();
    refusals();
    printf("%d rules, %d failures\n", (int)(sizeof rules / sizeof *rules), failures);
    return failures != 0;
}
