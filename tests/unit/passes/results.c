/* tests/unit/passes/results.c - models that the passes rewrite give what they gave before. */
#include "results.h"

#define HEAD "<ir_version: 10, opset_import: [\"\" : 21]> "

/* ---- BatchNormalization ---- */

#define NORM2                                                                 \
    "float[2] s = {2, -0.5}, float[2] b = {0.25, 1}, float[2] m = {0.5, -1}," \
    " float[2] v = {0.5, 3}"
#define NORM4                                                      \
    "float[4] s = {2, -0.5, 1, 3}, float[4] b = {0.25, 1, 0, -2}," \
    " float[4] m = {0.5, -1, 2, 0}, float[4] v = {0.5, 3, 1, 0.125}"
#define W42  "float[4, 2] W = {1, 2, -3, 4, 0.5, 6, 7, -8}"
#define W24  "float[2, 4] W = {1, 2, -3, 4, 0.5, 6, 7, -8}"
#define NORM "BatchNormalization"

static void a_norm_behind_moves_into_weights(void **state)
{
    (void)state;
    static const char *const model[] = {
        "g (float[N, 4] x) => (float[N, 2] y) <" W42 ", float[2] c = {3, 4}, " NORM2 "> {"
        " d = Gemm <alpha = 0.5, beta = 2.0> (x, W, c) y = BatchNormalization (d, s, b, m, v) }",
        "g (float[4, N] x) => (float[N, 2] y) <" W24 ", float c = {3}, " NORM2 "> {"
        " d = Gemm <transA = 1, transB = 1> (x, W, c) y = BatchNormalization (d, s, b, m, v) }",
        "g (float[N, 4] x) => (float[N, 2] y) <" W42 ", " NORM2 "> {"
        " d = Gemm (x, W) y = BatchNormalization <epsilon = 0.5> (d, s, b, m, v) }",
        "g (float[N, 4] x) => (float[N, 2] y) <" W42 ", " NORM2 "> {"
        " d = MatMul (x, W) y = BatchNormalization (d, s, b, m, v) }",
        "g (float[N, 4] x) => (float[N, 2] y) <" W42 ", float[2] c = {3, 4}, " NORM2 "> {"
        " d = MatMul (x, W) e = Add (c, d) y = BatchNormalization (e, s, b, m, v) }",
        "g (float[1, 2, 5] x) => (float[1, 4, L] y) <float[4, 1, 2] W = {1, 2, -3, 4, 5, 6, 7, -8},"
        " float[4] c = {3, 4, 1, 0}, " NORM4 "> { d = Conv <group = 2, pads = [1, 0]> (x, W, c)"
        " y = BatchNormalization (d, s, b, m, v) }",
        "g (float[1, 2, 5] x) => (float[1, 4, L] y) <float[2, 2, 2] W = {1, 2, -3, 4, 5, 6, 7, -8},"
        " " NORM4 "> { d = ConvTranspose <group = 2, strides = [2]> (x, W)"
        " y = BatchNormalization (d, s, b, m, v) }",
        "g (float[1, 2, 5] x) => (float[1, 4, L] y) <float[2, 4, 1] W = {1, 2, -3, 4, 5, 6, 7, -8},"
        " float[4] c = {3, 4, 1, 0}, " NORM4 "> { d = ConvTranspose (x, W, c)"
        " y = BatchNormalization (d, s, b, m, v) }",
    };
    ALL_BECOME(model, 1e-5, NULL, NORM, NULL);
}

static void a_norm_in_front_moves_into_weights(void **state)
{
    (void)state;
    static const char *const model[] = {
        "g (float[N, 4] x) => (float[N, 2] y) <" W42 ", float[2] c = {3, 4}, " NORM4 "> {"
        " d = BatchNormalization (x, s, b, m, v) y = Gemm <alpha = 0.5, beta = 2.0> (d, W, c) }",
        "g (float[N, 4] x) => (float[N, 2] y) <" W24 ", " NORM4 "> {"
        " d = BatchNormalization (x, s, b, m, v) y = Gemm <transB = 1> (d, W) }",
        "g (float[N, 4] x) => (float[N, 2] y) <" W42 ", " NORM4 "> {"
        " d = BatchNormalization (x, s, b, m, v) y = MatMul (d, W) }",
        "g (float[1, 4, 5] x) => (float[1, 4, L] y) <float[4, 2, 1] W = {1, 2, -3, 4, 5, 6, 7, -8},"
        " float[4] c = {3, 4, 1, 0}, " NORM4 "> { d = BatchNormalization (x, s, b, m, v)"
        " y = Conv <group = 2, strides = [2]> (d, W, c) }",
        "g (float[1, 2, 5] x) => (float[1, 2, L] y) <float[2, 2, 2] W = {1, 2, -3, 4, 5, 6, 7, -8},"
        " " NORM2 "> { d = BatchNormalization (x, s, b, m, v)"
        " y = Conv <auto_pad = \"VALID\", dilations = [2]> (d, W) }",
    };
    ALL_BECOME(model, 1e-5, NULL, NORM, NULL);
}

/* Padding is 0 and not what the norm makes of 0; three dims have other channels than columns; A may
 * not be turned. */
static void a_norm_that_is_no_part_of_the_weights_stays(void **state)
{
    (void)state;
    static const char *const model[] = {
        "g (float[1, 2, 5] x) => (float[1, 2, L] y) <float[2, 2, 2] W = {1, 2, -3, 4, 5, 6, 7, -8},"
        " " NORM2 "> { d = BatchNormalization (x, s, b, m, v)"
        " y = Conv <pads = [0, 1]> (d, W) }",
        "g (float[1, 2, 5] x) => (float[1, 2, L] y) <float[2, 2, 2] W = {1, 2, -3, 4, 5, 6, 7, -8},"
        " " NORM2 "> { d = BatchNormalization (x, s, b, m, v)"
        " y = Conv <auto_pad = \"SAME_UPPER\"> (d, W) }",
        "g (float[1, 2, 4] x) => (float[1, 2, 2] y) <" W42 ", " NORM2 "> {"
        " d = MatMul (x, W) y = BatchNormalization (d, s, b, m, v) }",
        "g (float[4, 4] x) => (float[4, 2] y) <" W42 ", " NORM4 "> {"
        " d = BatchNormalization (x, s, b, m, v) y = Gemm <transA = 1> (d, W) }",
        "g (float[1, 2, 5] x) => (float[1, 2, L] y) <float[2, 2, 1] W = {1, 2, -3, 4},"
        " " NORM2 "> { d = BatchNormalization (x, s, b, m, v) y = ConvTranspose (d, W) }",
        "g (float[N, 4] x, float[4, 2] W) => (float[N, 2] y) <" NORM2 "> {"
        " d = MatMul (x, W) y = BatchNormalization (d, s, b, m, v) }",
    };
    ALL_BECOME(model, 1e-5, NORM, NULL, NULL);
}

/* ---- factors and terms of channels ---- */

#define W412 "float[4, 1, 2] W = {1, 2, -3, 4, 5, 6, 7, -8}"
#define C4   "float[4] c = {3, 4, 1, 0}"

static void factors_and_terms_move_into_weights(void **state)
{
    (void)state;
    static const char *const model[] = {
        /* behind */
        W412 ", " C4 ", float[4, 1] k = {2, -0.5, 1, 3}> {"
             " d = Conv <group = 2, pads = [1, 0]> (x, W, c) y = Mul (k, d) }",
        W412 ", float[1, 4, 1] k = {2, -0.5, 1, 3}> { d = Conv <group = 2> (x, W) y = Add (d, k) }",
        W412 ", " C4 ", float k = {3}> { d = Conv <group = 2> (x, W, c) e = Add (d, k)"
             " y = Mul (e, k) }",
        "float[2, 2, 2] W = {1, 2, -3, 4, 5, 6, 7, -8}, " C4 ", float[1, 1] k = {3}> {"
        " d = ConvTranspose <group = 2, strides = [2]> (x, W, c) y = Mul (d, k) }",
        "float[2, 4, 1] W = {1, 2, -3, 4, 5, 6, 7, -8}, float[4, 1] k = {2, -0.5, 1, 3}> {"
        " d = ConvTranspose (x, W) e = Mul (d, k) y = Add (k, e) }",
        /* in front */
        "float[2, 1, 2] W = {1, 2, -3, 4}, float[2] c = {3, 4}, float[2, 1] k = {2, -0.5}> {"
        " d = Mul (x, k) y = Conv <group = 2, pads = [1, 1]> (d, W, c) }",
        "float[2, 1, 2] W = {1, 2, -3, 4}, float[2, 1] k = {2, -0.5}> { d = Add (x, k)"
        " y = Conv <group = 2> (d, W) }",
        "float[2, 2, 2] W = {1, 2, -3, 4, 5, 6, 7, -8}, float[2] c = {3, 4},"
        " float[2, 1] k = {2, -0.5}> { d = Mul (x, k) e = Add (k, d) y = Conv (e, W, c) }",
        W412 ", float k = {2}> { d = Mul (x, k) e = Add (d, k)"
             " y = Conv <group = 2, auto_pad = \"VALID\"> (e, W) }",
    };
    for (size_t i = 0; i < sizeof model / sizeof *model; i++) {
        char text[800];
        snprintf(text, sizeof text, HEAD "g (float[1, 2, 5] x) => (float[1, C, L] y) <%s",
                 model[i]);
        becomes(text, 1e-5, NULL, " Mul", " Add", NULL);
    }
}

/* Padding is 0; groups share no filters; a place is no channel; a result of more dims is another;
 * others read the sum. */
static void factors_and_terms_that_are_no_part_of_the_weights_stay(void **state)
{
    (void)state;
    static const char *const model[] = {
        "float[1, C, L] y) <float[2, 2, 2] W = {1, 2, -3, 4, 5, 6, 7, -8}, float k = {2}> {"
        " d = Add (x, k) y = Conv <pads = [0, 1]> (d, W) }",
        "float[1, C, L] y) <" W412 ", float[2, 1] k = {2, -0.5}> { d = Add (x, k)"
        " y = Conv <group = 2> (d, W) }",
        "float[1, C, L] y) <float[2, 2, 1] W = {1, 2, -3, 4}, float[5] k = {1, 2, 3, 4, 5}> {"
        " d = Add (x, k) y = Conv (d, W) }",
        "float[1, C, L] y) <float[2, 2, 1] W = {1, 2, -3, 4}, float k = {2}> { d = Add (x, k)"
        " e = Conv (d, W) y = Sub (e, d) }",
        "float[1, 1, 2, 5] y) <float[2, 2, 1] W = {1, 2, -3, 4}, float[1, 1, 1, 1] k = {2}> {"
        " d = Conv (x, W) y = Add (d, k) }",
    };
    for (size_t i = 0; i < sizeof model / sizeof *model; i++) {
        char text[800];
        snprintf(text, sizeof text, HEAD "g (float[1, 2, 5] x) => (%s", model[i]);
        becomes(text, 1e-5, " Add", NULL, NULL);
    }
}

/* ---- few filters that spread pixels ---- */

static void few_filters_of_pixels_apart_become_a_convolution(void **state)
{
    (void)state;
    static const char *const model[] = {
        "float[3, 1, 2, 2] W = {1, 2, -3, 4, 5, 6, 7, -8, 0.5, 2, 1, -1}> {"
        " y = ConvTranspose <strides = [2, 2]> (x, W) }",
        "float[3, 2, 2, 2] W = {1, 2, -3, 4, 5, 6, 7, -8, 0.5, 2, 1, -1, 1, 2, -3, 4, 5, 6, 7, -8,"
        " 0.5, 2, 1, -1}, float[2] b = {3, -1}> {"
        " y = ConvTranspose <strides = [2, 2], pads = [0, 0, 0, 0]> (x, W, b) }",
    };
    for (size_t i = 0; i < sizeof model / sizeof *model; i++) {
        char text[800];
        snprintf(text, sizeof text, HEAD "g (float[N, 3, 4, W] x) => (float[N, C, H, V] y) <%s",
                 model[i]);
        becomes(text, 1e-5, "DepthToSpace", NULL, "ConvTranspose", NULL);
    }
    becomes(HEAD "g (float[N, 3, 4, 5] x) => (float[N, C, H, V] y)"
                 " <float[3, 1, 2, 2] W = {1, 2, -3, 4, 5, 6, 7, -8, 0.5, 2, 1, -1}> {"
                 " y = ConvTranspose <strides = [2, 2], pads = [1, 0, 0, 0]> (x, W) }",
            1e-5, "ConvTranspose", NULL, "DepthToSpace", NULL);
}

/* ---- ones and zeros that choose rows ---- */

static void products_with_ones_and_zeros_choose_rows(void **state)
{
    (void)state;
    static const char *const ids[] = { "0, 2, 1, 1", "3, -1, 2, 100", "-9, 0, -2, 4" };
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        char text[800];
        snprintf(text, sizeof text,
                 HEAD "g (float[4, 2] x, int32[2, 2] z) => (float[2, 2, 2] y)"
                      " <float[3, 2] W = {1, 2, -3, 4, 5, 6}, int32[1, 1, 3] k = {0, 1, 2},"
                      "  int32[2, 2] i = {%s}, int64[1] last = {-1}> {"
                      " s = Sub (z, z) j = Add (s, i) u = Unsqueeze (j, last) e = Equal (u, k)"
                      " f = Cast <to = 1> (e) y = MatMul (f, W) }",
                 ids[i]);
        becomes(text, 0, "Gather", NULL, "MatMul", NULL);
    }
    /* other numbers; a row times zero is not zero where it is not finite */
    static const char *const stays[][2] = {
        { "4", "0, 2, 1" }, { "4", "1, 2, 3" }, { "inf", "0, 1, 2" }, { "nan", "0, 1, 2" }
    };
    for (size_t i = 0; i < sizeof stays / sizeof *stays; i++) {
        char text[800];
        snprintf(text, sizeof text,
                 HEAD "g (int32[2, 1] z) => (float[2, 2] y) <float[3, 2] W = {1, 2, -3, %s, 5, 6},"
                      "  int32[1, 3] k = {%s}> { e = Equal (k, z) f = Cast <to = 1> (e)"
                      " y = MatMul (f, W) }",
                 stays[i][0], stays[i][1]);
        becomes(text, 0, "MatMul", NULL, "Gather", NULL);
    }
}

/* ---- few filters ---- */

static void few_filters_take_pixels_beside_each_other(void **state)
{
    (void)state;
    static const char *const model[] = {
        "float[N, 3, 4, 33] x) => (float[N, C, H, V] y) <float[1, 3, 3, 5] W = {%s}> {"
        " y = Conv <pads = [1, 2, 1, 2]> (x, W) }",
        "float[N, 5, 4, 32] x) => (float[N, C, H, V] y) <float[3, 5, 1, 3] W = {%s},"
        " float[3] b = {1, -2, 3}> {"
        " y = Conv <strides = [2, 1], pads = [0, 1, 1, 3], dilations = [2, 1]> (x, W, b) }",
        "float[N, 3, 80] x) => (float[N, C, V] y) <float[1, 3, 15] W = {%s}, float[1] b = {2}> {"
        " y = Conv <strides = [2], pads = [4, 3]> (x, W, b) }",
        "float[N, 1, 70] x) => (float[N, C, V] y) <float[1, 1, 45] W = {%s}> {"
        " y = Conv (x, W) }",
    };
    char weights[400] = "";
    for (int i = 0, at = 0; i < 45; i++)
        at += snprintf(weights + at, sizeof weights - (size_t)at, "%s%d", i ? ", " : "",
                       i * 7 % 11 - 5);
    for (size_t i = 0; i < sizeof model / sizeof *model; i++) {
        char text[1000], most[900];
        snprintf(most, sizeof most, model[i], weights);
        snprintf(text, sizeof text, HEAD "g (%s", most);
        becomes(text, 1e-5, "Transpose", NULL, NULL);
    }
    /* one tap has no neighbour; many filters are enough; groups */
    static const char *const stays[] = {
        "float[N, 45, 4, 33] x) => (float[N, C, H, V] y) <float[1, 45, 1, 1] W = {%s}> {"
        " y = Conv (x, W) }",
        "float[N, 1, 40] x) => (float[N, C, V] y) <float[9, 1, 5] W = {%s}> { y = Conv (x, W) }",
        "float[N, 9, 40] x) => (float[N, C, V] y) <float[3, 3, 5] W = {%s}> {"
        " y = Conv <group = 3> (x, W) }",
    };
    for (size_t i = 0; i < sizeof stays / sizeof *stays; i++) {
        char text[1000], most[900];
        snprintf(most, sizeof most, stays[i], weights);
        snprintf(text, sizeof text, HEAD "g (%s", most);
        becomes(text, 1e-5, "Conv", NULL, "Transpose", NULL);
    }
}

/* ---- pictures of open size ---- */

/* Whether an operand repeats is not known before there are sizes: blocks do not mind. */
static void sums_of_pictures_of_open_size_lie_in_blocks(void **state)
{
    (void)state;
    static const char *const model[] = {
        " b = Conv <strides = [2, 2]> (x, F)"
        " r = Resize <mode = \"nearest\", coordinate_transformation_mode = \"asymmetric\","
        "             nearest_mode = \"floor\"> (b, , up)"
        " p = MaxPool <kernel_shape = [2, 2]> (r) s = Sigmoid (p) q = Mul (a, s) y = Abs (q) }",
        " b = Conv <strides = [3, 3]> (x, F) s = Sigmoid (b) q = Mul (a, s) y = Abs (q) }",
    };
    for (size_t i = 0; i < sizeof model / sizeof *model; i++) {
        char text[800];
        snprintf(text, sizeof text,
                 HEAD "g (float[N, 1, H, W] x) => (float[N, 20, Y, X] y)"
                      " <float[20, 1, 1, 1] F = {1, 2, -3, 4, 5, 6, 7, -8, 1, 2, -3, 4, 5, 6, 7,"
                      "  -8, 1, 2, -3, 4}, float[4] up = {1, 1, 2, 2}> { a = Conv (x, F) %s",
                 model[i]);
        becomes(text, 1e-5, "sdx.Reorder (y)", NULL, "Reorder (s)", "Reorder (r)", NULL);
    }
}

/* ---- Attention ---- */

#define QKV                                                                                  \
    "g (float[1, 2, 3, 4] q, float[1, 2, 5, 4] k, float[1, 2, 5, 6] v, float[1, 1, 3, 5] m)" \
    " => (float[1, 2, 3, 6] y)"

static void scores_and_weights_become_attention(void **state)
{
    (void)state;
    static const char *const model[] = {
        QKV " <float h = {0.5}> { t = Transpose <perm = [0, 1, 3, 2]> (k) r = Mul (q, h)"
            " s = MatMul (r, t) w = Softmax (s) y = MatMul (w, v) }",
        QKV " <float[1] h = {2}> { t = Transpose <perm = [0, 1, 3, 2]> (k) s = MatMul (q, t)"
            " r = Div (s, h) a = Add (m, r) w = Softmax <axis = 3> (a) y = MatMul (w, v) }",
        QKV " <float h = {0.7}> { a = Transpose <perm = [0, 2, 1, 3]> (k)"
            " t = Transpose <perm = [0, 2, 3, 1]> (a) b = Mul (t, h) c = Mul (h, q)"
            " s = MatMul (c, b) w = Softmax (s) y = MatMul (w, v) }",
        QKV " <float z = {0}> { t = Transpose <perm = [0, 1, 3, 2]> (k) s = MatMul (q, t)"
            " w = Softmax (s) n = IsNaN (w) g = Where (n, z, w) y = MatMul (g, v) }",
        QKV " { t = Transpose <perm = [0, 1, 3, 2]> (k) s = MatMul (q, t) w = Softmax (s)"
            " c = Cast <to = 1> (w) y = MatMul (c, v) }",
        /* keys turned as exporters do who know of three dims alone */
        QKV " <int64[3] u = {-1, 5, 4}, int64[4] b = {1, 2, 4, 5}> { c = Reshape (k, u)"
            " e = Transpose <perm = [0, 2, 1]> (c) t = Reshape (e, b) s = MatMul (q, t)"
            " w = Softmax (s) y = MatMul (w, v) }",
        /* two heads of keys for four of queries */
        "g (float[1, 4, 3, 2] q, float[1, 2, 5, 2] k, float[1, 2, 5, 6] v, float[1, 1, 3, 5] m) =>"
        " (float[1, 4, 3, 6] y) <int64[1] two = {2}, int64[5] f = {1, 2, 2, 5, 2},"
        " int64[5] g = {1, 2, 2, 5, 6}, int64[4] h = {1, 4, 5, 2}, int64[4] i = {1, 4, 5, 6}>"
        " { a = Unsqueeze (k, two) b = Expand (a, f) c = Reshape (b, h)"
        " t = Transpose <perm = [0, 1, 3, 2]> (c) d = Unsqueeze (v, two) e = Expand (d, g)"
        " x = Reshape (e, i) s = MatMul (q, t) r = Add (s, m) w = Softmax (r) y = MatMul (w, x) }",
    };
    ALL_BECOME(model, 1e-6, "Attention", NULL, "Softmax", "MatMul", "Mul", "Div", "Add", "Where",
               "Expand", NULL);
}

/* Keys that are not turned, weights along another axis, a scale for each query, a mask for each
 * query and not for keys. */
static void other_products_of_weights_stay(void **state)
{
    (void)state;
    static const char *const model[] = {
        "g (float[1, 2, 3, 4] q, float[1, 2, 4, 5] k, float[1, 2, 5, 6] v) =>"
        " (float[1, 2, 3, 6] y) { s = MatMul (q, k) w = Softmax (s) y = MatMul (w, v) }",
        QKV " { t = Transpose <perm = [0, 1, 3, 2]> (k) s = MatMul (q, t)"
            " w = Softmax <axis = 2> (s) y = MatMul (w, v) }",
        QKV " <float[3, 1] h = {1, 2, 3}> { t = Transpose <perm = [0, 1, 3, 2]> (k)"
            " s = MatMul (q, t) r = Mul (s, h) w = Softmax (r) y = MatMul (w, v) }",
        QKV " <float[3, 1] h = {1, 2, 3}> { t = Transpose <perm = [0, 1, 3, 2]> (k)"
            " s = MatMul (q, t) r = Add (s, h) w = Softmax (r) y = MatMul (w, v) }",
        QKV " <float z = {1}> { t = Transpose <perm = [0, 1, 3, 2]> (k) s = MatMul (q, t)"
            " w = Softmax (s) n = IsNaN (w) g = Where (n, z, w) y = MatMul (g, v) }",
    };
    ALL_BECOME(model, 1e-6, "Softmax", NULL, "Attention", NULL);
}

/* ---- norms written out ---- */

#define ROWS                                                                                        \
    "g (float[N, 3, 5, 4] x) => (float[?, ?, ?, ?] y) <int64[1] last = {-1}, int64[1] first = {1}," \
    " float e = {0.01}, float two = {2}, float one = {1}, float minus = {-0.5}, float[4] s = {0.5," \
    " 2, -1, 3}, float[4] b = {1, 2, 3, -4}, float[3, 1, 1] sc = {0.5, 2, -1}, float[1, 3, 1, 1] "  \
    "bc = {1, 2, 3}> { "
#define CENTER "m = ReduceMean (x, last) d = Sub (x, m) "

static void norms_written_out_are_whole_again(void **state)
{
    (void)state;
    static const char *const model[][2] = {
        { CENTER "q = Pow (d, two) v = ReduceMean (q, last) a = Add (v, e) r = Sqrt (a)"
                 " n = Div (d, r) f = Mul (n, s) y = Add (f, b) }",
          "LayerNormalization" },
        { CENTER "q = Mul (d, d) v = ReduceMean (q, last) a = Add (e, v) r = Sqrt (a)"
                 " i = Reciprocal (r) n = Mul (i, d) f = Mul (s, n) y = Add (b, f) }",
          "LayerNormalization" },
        { CENTER "q = Mul (d, d) v = ReduceMean (q, last) a = Add (v, e) r = Sqrt (a)"
                 " i = Reciprocal (r) g = Mul (i, s) p = Mul (x, g) z = Neg (m) h = Mul (z, g)"
                 " t = Add (h, b) y = Add (p, t) }",
          "LayerNormalization" },
        { CENTER "q = Mul (d, d) v = ReduceMean (q, last) a = Add (v, e) g = Pow (a, minus)"
                 " p = Mul (x, g) h = Mul (m, g) t = Sub (b, h) y = Add (t, p) }",
          "LayerNormalization" },
        { "q = Pow (x, two) v = ReduceMean (q, last) a = Add (v, e) r = Sqrt (a) i = Div (one, r)"
          " n = Mul (x, i) y = Mul (s, n) }",
          "RMSNormalization" },
        { "q = Mul (x, x) v = ReduceMean (q, last) a = Add (v, e) r = Sqrt (a) y = Div (x, r) }",
          "RMSNormalization" },
        { "m = ReduceMean (x, first) d = Sub (x, m) q = Pow (d, two) v = ReduceMean (q, first)"
          " a = Add (v, e) r = Sqrt (a) n = Div (d, r) f = Mul (sc, n) y = Add (f, bc) }",
          "ChannelNormalization" },
    };
    for (size_t i = 0; i < sizeof model / sizeof *model; i++) {
        char text[900];
        snprintf(text, sizeof text, HEAD ROWS "%s", model[i][0]);
        becomes(text, 1e-5, model[i][1], NULL, "ReduceMean", "Div", "Mul", "Sqrt", "Add", NULL);
    }
}

/* Mean and variance along other axes, the square of something else, a row of epsilons. */
static void other_quotients_stay(void **state)
{
    (void)state;
    static const char *const model[] = {
        CENTER "q = Mul (d, d) v = ReduceMean (q, first) a = Add (v, e) r = Sqrt (a)"
               " y = Div (d, r) }",
        CENTER "q = Mul (d, x) v = ReduceMean (q, last) w = Abs (v) a = Add (w, e) r = Sqrt (a)"
               " y = Div (d, r) }",
        "q = Mul (x, x) v = ReduceMean (q, first) a = Add (v, e) r = Sqrt (a) y = Div (x, r) }",
        CENTER "q = Mul (d, d) v = ReduceMean (q, last) a = Add (v, s) r = Sqrt (a)"
               " y = Div (d, r) }",
    };
    for (size_t i = 0; i < sizeof model / sizeof *model; i++) {
        char text[900];
        snprintf(text, sizeof text, HEAD ROWS "%s", model[i]);
        becomes(text, 1e-5, "Sqrt", NULL, "Normalization", NULL);
    }
}

/* ---- channels last ---- */

#define TURNED                                                                                 \
    "g (float[1, 3, 4, 5] x) => (float[1, M, H, L] y) <float[3, 2] W = {1, 2, -3, 4, 0.5, 6}," \
    " float[2, 3] V = {7, -8, 1, 2, 3, -4}, float[2] b = {1, -2}, float[3] f = {0.5, 2, -1},"  \
    " float[3] s = {1, 2, 3}> { t = Transpose <perm = [0, 2, 3, 1]> (x) "

static void channels_that_came_last_come_first(void **state)
{
    (void)state;
    static const char *const model[] = {
        TURNED "n = LayerNormalization <epsilon = 0.01> (t, s, f) p = MatMul (n, W)"
               " q = Add (b, p) r = Relu (q) u = MatMul (r, V) z = Add (u, s) m = Mul (f, z)"
               " y = Transpose <perm = [0, 3, 1, 2]> (m) }",
        TURNED "n = LayerNormalization <axis = 3> (t, s) y = Transpose <perm = [0, 3, 1, 2]> (n) }",
        TURNED "p = MatMul (t, W) m = Mul (p, b) y = Transpose <perm = [0, 3, 1, 2]> (m) }",
        TURNED "a = Add (t, s) p = MatMul (a, W) y = Transpose <perm = [0, 3, 1, 2]> (p) }",
    };
    ALL_BECOME(model, 2e-5, NULL, "Transpose", "MatMul", "LayerNormalization", "Mul", NULL);
}

/* A norm over two axes, another turn back, a second reader. */
static void channels_last_stay_where_they_are_wanted(void **state)
{
    (void)state;
    static const char *const model[] = {
        TURNED "n = LayerNormalization <axis = 2> (t, s) y = Transpose <perm = [0, 3, 1, 2]> (n) }",
        TURNED "p = MatMul (t, W) y = Transpose <perm = [0, 3, 2, 1]> (p) }",
        TURNED "p = MatMul (t, W) q = Transpose <perm = [0, 3, 1, 2]> (p) c = Cos (p)"
               " d = Transpose <perm = [0, 3, 1, 2]> (c) y = Mul (q, d) }",
    };
    ALL_BECOME(model, 1e-5, "Transpose", NULL, "Conv", NULL);
}

/* ---- Transposes move down and go ---- */

#define LAST                                                                                      \
    "g (float[N, 3, 4, 5] x, float[N, 3, 4, 5] z) => (float[?, ?, ?, ?] y) <float[3] f = {0.5, "  \
    "2, -1}, float three = {3}, float zero = {0}, float six = {6}, float[2, 3, 1, 1] W = {1, 2, " \
    "-3, 4, 0.5, 6}, int64[8] p = {0, 1, 2, 0, 0, 3, 0, 0}, int64[2] hw = {1, 2}> "               \
    "{ t = Transpose <perm = [0, 2, 3, 1]> (x) "
#define FIRST " y = Transpose <perm = [0, 3, 1, 2]> "

static void turned_pictures_need_no_turning(void **state)
{
    (void)state;
    static const char *const model[] = {
        LAST "a = Add (t, three) c = Clip (a, zero, six) m = Mul (t, c)" FIRST "(m) }",
        LAST "m = Mul (f, t)" FIRST "(m) }",
        LAST "u = Transpose <perm = [0, 2, 3, 1]> (z) c = Concat <axis = -1> (t, u)" FIRST "(c) }",
        LAST "q = Pad (t, p, six)" FIRST "(q) }",
        LAST "q = Pad (t, p) u = Transpose <perm = [0, 3, 1, 2]> (q) y = Conv (u, W) }",
        LAST "r = ReduceMean (t, hw) m = Mul (t, r)" FIRST "(m) }",
        LAST "u = Transpose <perm = [0, 3, 1, 2]> (t) y = Transpose <perm = [0, 1, 2, 3]> (u) }",
    };
    ALL_BECOME(model, 1e-6, NULL, "Transpose", NULL);
    becomes(HEAD LAST "q = Pad (t, p) u = Transpose <perm = [0, 3, 1, 2]> (q) y = Conv (u, W) }",
            1e-6, "pads: ints = [1, 2, 3, 0]", NULL, "Pad", NULL);
    becomes(HEAD LAST "r = ReduceL2 <keepdims = 0> (t, hw) i = Constant <value_ints = [0, 1, 1, 3]>"
                      " () c = Reshape (r, i) m = Div (t, c)" FIRST "(m) }",
            1e-6, "Div (x, ", NULL, NULL);
    becomes(HEAD LAST "r = ReduceMean (t, hw) m = Mul (t, r)" FIRST "(m) }", 1e-6,
            "GlobalAveragePool (x)", NULL, "ReduceMean", NULL);
}

/* Another picture as it lies, a sum that changes the order of the rest, another way to turn. */
static void pictures_beside_others_stay_turned(void **state)
{
    (void)state;
    static const char *const model[] = {
        ("g (float[N, 3, 4, 5] x, float[N, 4, 5, 3] z) => (float[N, 3, 4, 5] y)"
         " { t = Transpose <perm = [0, 2, 3, 1]> (x) a = Add (t, z)" FIRST "(a) }"),
        LAST "i = Constant <value_ints = [1]> () r = ReduceMean <keepdims = 0> (t, i)"
             " y = Unsqueeze (r, i) }",
        "g (float[N, 3, 4, 5] x) => (float[N, 4, 3, 5] y)"
        " { t = Transpose <perm = [0, 2, 1, 3]> (x) y = Relu (t) }",
    };
    ALL_BECOME(model, 1e-6, "Transpose", NULL, NULL);
}

/* ---- channels that move ---- */

#define SHUFFLED                                                                              \
    "g (float[1, 6, 2, 3] x, float[1, 4, 2, 3] z) => (float[1, 10, 2, 3] y)"                  \
    " <int64[5] cut = {1, 2, 5, 2, 3}, int64[4] join = {1, 10, 2, 3}, int64[2] two = {5, 5}>" \
    " { c = Concat <axis = 1> (x, z) r = Reshape (c, cut) "

static void joins_shuffles_and_splits_become_gathers(void **state)
{
    (void)state;
    static const char *const model[] = {
        SHUFFLED "t = Transpose <perm = [0, 2, 1, 3, 4]> (r) y = Reshape (t, join) }",
        SHUFFLED "t = Transpose <perm = [0, 2, 1, 3, 4]> (r) s = Reshape (t, join)"
                 " a, b = Split <axis = 1> (s, two) n = Neg (b) d = Concat <axis = 1> (a, n)"
                 " e = Reshape (d, cut) f = Transpose <perm = [0, 2, 1, 3, 4]> (e)"
                 " y = Reshape (f, join) }",
    };
    ALL_BECOME(model, 0, "ChannelGather", NULL, "Concat", "Reshape", "Transpose", "Split", NULL);
    becomes(HEAD "g (float[1, 4, 2, 3] x) => (float[1, 7, 2, 3] y) <float[3, 2, 1, 1] W = {1, 2,"
                 " 3, 4, 5, 6}> { a, b = Split <axis = 1, num_outputs = 2> (x) c = Conv (a, W)"
                 " y = Concat <axis = 1> (c, x) }",
            1e-6, "ChannelGather", NULL, "Concat", NULL);
    becomes(HEAD SHUFFLED "t = Transpose <perm = [0, 2, 1, 4, 3]> (r) y = Reshape (t, join) }", 0,
            "Transpose", NULL, "ChannelGather", NULL);
}

/* ---- bands of rows ---- */

#define FILTERS                                                                                  \
    "<float[3, 2, 1, 1] E = {1, 2, -3, 4, 5, 6}, float[3] e = {0.5, 1, -1}, float[3, 1, 3, 3] D" \
    " = {1, 2, -3, 4, 5, 6, 7, -8, 0.5, 2, 1, -1, 1, 2, -3, 4, 5, 6, 7, -8, 0.5, 2, 1, -1, 2,"   \
    " 1, 3}, float[2, 3, 1, 1] P = {1, 2, 0.5, -1, 2, 1}, float[2] p = {-1, 2}, float lo = {0}," \
    " float hi = {6}> { "
#define DEPTHWISE "Conv <group = 3, pads = [1, 1, 1, 1]> "

static void convolutions_of_large_pictures_go_by_bands(void **state)
{
    (void)state;
    static const char *const model[] = {
        "g (float[1, 2, 161, 165] x) => (float[1, 2, H, W] y) " FILTERS
        "a = Conv (x, E, e) b = Clip (a, lo, hi) c = " DEPTHWISE "(b, D) d = HardSwish (c)"
        " f = Conv (d, P, p) y = Add (x, f) }",
        "g (float[1, 2, 340, 161] x) => (float[1, 2, H, W] y) " FILTERS
        "a = Conv (x, E) b = Conv <auto_pad = \"SAME_UPPER\", strides = [2, 1], group = 3> (a, D)"
        " c = Conv (b, P) y = Relu (c) }",
        "g (float[2, 3, 120, 120] x) => (float[2, 2, H, W] y) " FILTERS "a = " DEPTHWISE
        "(x, D) s = Sigmoid (a) b = Mul (a, s) y = Conv (b, P, p) }",
    };
    ALL_BECOME(model, 2e-5, "sdx.ConvBands", NULL, "= Conv ", "Swish (", "Clip (", NULL);
}

/* What is small, what two read, what is known too late; in the last, what a mean is taken of ends
 * the chain. */
static void other_convolutions_stay_whole(void **state)
{
    (void)state;
    static const char *const model[] = {
        "g (float[1, 2, 40, 40] x) => (float[1, 2, H, W] y) " FILTERS
        "a = Conv (x, E, e) c = " DEPTHWISE "(a, D) y = Conv (c, P, p) }",
        "g (float[1, 3, 161, 161] x) => (float[1, 2, H, W] y, float[1, 3, K, L] z) " FILTERS
        "c = " DEPTHWISE "(x, D) y = Conv (c, P, p) z = Neg (c) }",
        "g (float[1, 3, 161, 161] x, float[2, 3, 1, 1] Q) => (float[1, 2, H, W] y) " FILTERS
        "c = " DEPTHWISE "(x, D) y = Conv (c, Q, p) }",
    };
    ALL_BECOME(model, 2e-5, "= Conv ", NULL, "ConvBands", NULL);
    becomes(HEAD "g (float[1, 2, 161, 161] x) => (float[1, 2, H, W] y) " FILTERS
                 "a = Conv (x, E, e) c = " DEPTHWISE
                 "(a, D) m = GlobalAveragePool (c) s = Sigmoid (m) d = Mul (c, s)"
                 " y = Conv (d, P, p) }",
            2e-5, "sdx.ConvBands", "scaled", NULL, "= Mul", NULL);
    /* of as many filters as pixels */
    becomes(HEAD "g (float[1, 2, 1, 2] x) => (float[1, 3, 1, 2] y) " FILTERS
                 "m = GlobalAveragePool (x) s = Sigmoid (m) d = Mul (s, x) y = Conv (d, E, e) }",
            1e-5, "= Conv ", NULL, "ConvBands", NULL);
}

/* ---- bodies ---- */

/* A captured constant is a constant inside: what is made of it is computed once. */
static void constants_are_folded_in_bodies(void **state)
{
    (void)state;
    becomes(HEAD "g (float[2] x, bool c) => (float[2] y) <float[2] a = {1, 2}> {"
                 " y = If (c) <then_branch = t () => (float[2] p) { q = Exp (a) p = Add (x, q) },"
                 "             else_branch = e () => (float[2] r) { r = Relu (x) }> }",
            1e-6, "p = Add (x, q)", NULL, "Exp", NULL);
    becomes(HEAD "g (float[2] x, int64 n) => (float[2] y) <float[2] a = {1, 2}, bool t = {1}> {"
                 " y = Loop (n, t, x) <body = b (int64 i, bool c, float[2] s) =>"
                 "  (bool d, float[2] u) { d = Identity (c) q = Exp (a) z = Shape (s)"
                 "   f = Cast <to = 1> (z) p = Mul (s, f) u = Sub (p, q) }> }",
            1e-5, "p = Mul (s, f)", NULL, "Exp", "Shape", "Cast", "Identity", NULL);
}

/* A state that grows has no size that holds: what follows from it stays. */
static void what_changes_from_round_to_round_is_no_constant(void **state)
{
    (void)state;
    becomes(HEAD "g (float[2] x, int64 n) => (float[M] y) <bool t = {1}> {"
                 " y = Loop (n, t, x) <body = b (int64 i, bool c, float[K] s) =>"
                 "  (bool d, float[L] u) { d = Identity (c) z = Shape (s) f = Cast <to = 1> (z)"
                 "   p = Mul (s, f) u = Concat <axis = 0> (p, f) }> }",
            1e-5, "Shape", NULL, NULL);
    becomes(HEAD "g (float[2] x, float[3, 2] k) => (float[M] y, float[3, 1] w) {"
                 " y, w = Scan <num_scan_inputs = 1, body = b (float[K] s, float[2] e) =>"
                 "  (float[L] u, float[1] f) { z = Shape (s) f = Cast <to = 1> (z)"
                 "   u = Concat <axis = 0> (s, f, e) }> (x, k) }",
            1e-5, "Shape", NULL, NULL);
}

static void bodies_are_rewritten_as_graphs_are(void **state)
{
    (void)state;
    static const char conv[] = HEAD
        "g (float[1, 16, 6, 6] x, bool c) => (float[1, 16, 6, 6] y)"
        " <float s = {0.0625}, int64[4] k = {16, 16, 1, 1}, int64[1] n = {16}> {"
        " w = Expand (s, k) v = Expand (s, n)"
        " y = If (c) <then_branch = t () => (float[1, 16, 6, 6] p) { q = Conv (x, w)"
        "              r = BatchNormalization (q, v, v, v, v) o = Relu (r) p = Add (o, x) },"
        "             else_branch = e () => (float[1, 16, 6, 6] r) { r = Relu (x) }> }";
    char *program = rewritten(conv, 1e-5);
    assert_null(strstr(program, NORM)); /* into the filters */
    assert_null(strstr(program, "Relu (q"));
    free(program);
    /* A condition that is known inside only; what a branch within a branch reads. */
    becomes(HEAD "g (float[2, 3] x, bool c) => (float[2, 3] y) <int64 two = {2}> {"
                 " y = If (c) <then_branch = t () => (float[2, 3] p) { s = Shape (x)"
                 "              z = Constant <value_int = 0> () h = Gather (s, z)"
                 "              l = Equal (h, two) o = Not (l)"
                 "              a, b = If (l) <then_branch = tt () => (float[2, 3] m, bool g) {"
                 "                m = Neg (x) g = Identity (o) }, else_branch = ff () =>"
                 "                (float[2, 3] m2, bool g2) { m2 = Abs (x) g2 = Not (o) }>"
                 "              p = If (b) <then_branch = t3 () => (float[2, 3] u) { u = Exp (a) },"
                 "                else_branch = t4 () => (float[2, 3] v) { v = Sin (a) }> },"
                 "             else_branch = e () => (float[2, 3] r) { r = Relu (x) }> }",
            1e-5, "Neg", "Sin", NULL, "Abs", "Exp", "Equal", NULL);
}

/* Blocks and epilogues in a body whose states have other shapes in each round. */
static void bodies_whose_shapes_change_run(void **state)
{
    (void)state;
    becomes(HEAD "g (float[1, 16, 3, 3] x, int64 n) => (float[1, 16, H, 3] y)"
                 " <float s = {0.0625}, int64[4] k = {16, 16, 1, 1}, bool t = {1}> {"
                 " w = Expand (s, k)"
                 " y = Loop (n, t, x) <body = b (int64 i, bool c, float[1, 16, A, 3] s) =>"
                 "  (bool d, float[1, 16, B, 3] u) { d = Identity (c) q = Conv (s, w)"
                 "   r = Relu (q) m = MaxPool <kernel_shape = [1, 1]> (r)"
                 "   u = Concat <axis = 2> (m, s) }> }",
            1e-5, "Conv", NULL, NULL);
}

/* A product whose operands have ranks that only the run knows. */
static void fused_products_of_any_rank(void **state)
{
    (void)state;
    static const char *const call[] = { "<transA = 1> (r, r)", "<transB = 1, alpha = 0.5> (r, r)",
                                        "<transB = 1> (x, r)", "<transA = 1> (r, v)" };
    for (size_t i = 0; i < sizeof call / sizeof *call; i++) {
        char text[800];
        snprintf(text, sizeof text,
                 "<ir_version: 10, opset_import: [\"\" : 21, \"com.microsoft\" : 1]> "
                 "g (float[3, 3] x, bool c) => (y) <int64[1] z = {0}, float[3] v = {1, 2, 3}> {"
                 " r = If (c) <then_branch = t () => (a) { a = Unsqueeze (x, z) },"
                 "             else_branch = e () => (b) { b = Relu (x) }>"
                 " y = com.microsoft.FusedMatMul %s }",
                 call[i]);
        becomes(text, 1e-5, "Einsum", NULL, NULL);
    }
}

/* ---- bytes ---- */

#define WEIGHTS                                                                         \
    "int8[8, 4, 2] w = {1, -2, 3, -4, 5, 6, -7, 8, 127, -127, 100, 3, -5, 66, 7, -8, "  \
    "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, -13, 14, 15, 16, -1, -2, -3, -4, -5, -6, "  \
    "-7, -8, 9, 8, 7, 6, 5, 4, 3, 2, 33, -44, 55, -66, 77, -88, 99, -11, 22, 0, 0, 0, " \
    "0, 0, 0, 1}"
#define ACTIVATIONS \
    "float xs = {0.0078125}, uint8 xz = {120}, float ys = {0.03125}, uint8 yz = {128}"
#define QUANTIZE   "q = QuantizeLinear (x, xs, xz) d = DequantizeLinear (q, xs, xz) "
#define REQUANTIZE "r = QuantizeLinear (c, ys, yz) y = DequantizeLinear (r, ys, yz) "

/* One step of the result is the most that rounding may make of it. */
static void products_between_bytes_become_integers(void **state)
{
    (void)state;
    static const char *const conv[] = {
        /* one scale; one for each filter, with a bias in steps and zero points; groups; strides */
        "<" ACTIVATIONS ", " WEIGHTS ", float ws = {0.01}> { " QUANTIZE
        "v = DequantizeLinear (w, ws) c = Conv <pads = [1, 0]> (d, v) " REQUANTIZE "}",
        "<" ACTIVATIONS ", " WEIGHTS ", float[8] ws = {0.01, 0.02, 0.005, 0.01, 0.03, 0.01, 0.0125,"
        " 0.01}, int8[8] wz = {0, 1, 0, -3, 0, 0, 0, 9}, int32[8] b = {100, -2000, 0, 5, 40000, 1,"
        " 2, 3}> { " QUANTIZE "s = Mul (xs, ws) v = DequantizeLinear <axis = 0> (w, ws, wz)"
        " e = DequantizeLinear <axis = 0> (b, s) c = Conv <strides = [2]> (d, v, e) " REQUANTIZE
        "}",
        "<" ACTIVATIONS ", " WEIGHTS
        ", float ws = {0.01}, float lo = {-5}, float hi = {9}> { " QUANTIZE
        "v = DequantizeLinear (w, ws) e = Conv <dilations = [3]> (d, v) c = Clip (e, lo, hi) " REQUANTIZE
        "}",
    };
    for (size_t i = 0; i < sizeof conv / sizeof *conv; i++) {
        char text[2000];
        snprintf(text, sizeof text, HEAD "g (float[N, 4, 9] x) => (float[N, 8, L] y) %s", conv[i]);
        becomes(text, 0.0313, "QLinearConv", NULL, " Conv", "Clip", NULL);
    }
    static const struct {
        const char *text, *has;
    } product[] = {
        { "MatMul (d, v) ", "QLinearMatMul" },
        { "Gemm <transB = 1> (d, t) ", "sdx.ByteMatMul" },
        { "Gemm <transB = 1> (d, t, e) ", "MatMulInteger" },
    };
    for (size_t i = 0; i < sizeof product / sizeof *product; i++) {
        char text[2000];
        snprintf(text, sizeof text,
                 HEAD
                 "g (float[N, 8] x) => (float[N, 4] y) <" ACTIVATIONS
                 ", int8[8, 4] w = {1, -2, 3, -4, 5, 6, -7, 8, 127, -127, 100, 3, -5, 66, 7, -8,"
                 " 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, -13, 14, 15, 16},"
                 " float[4] ws = {0.01, 0.02, 0.005, 0.01}, int32[4] b = {9, -9, 1000, 0},"
                 " int8[4, 8] u = {1, -2, 3, -4, 5, 6, -7, 8, 127, -127, 100, 3, -5, 66, 7, -8,"
                 " 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, -13, 14, 15, 16}> { " QUANTIZE
                 "v = DequantizeLinear <axis = 1> (w, ws) t = DequantizeLinear <axis = 0> (u, ws)"
                 " s = Mul (xs, ws) e = DequantizeLinear <axis = 0> (b, s) c = %s" REQUANTIZE "}",
                 product[i].text);
        becomes(text, 0.0313, product[i].has, NULL, "Gemm", " MatMul (", NULL);
    }
    /* both sides made by the run */
    becomes(HEAD "g (float[2, 5, 8] x, float[2, 8, 3] k) => (float[2, 5, 3] y) <" ACTIVATIONS
                 "> { " QUANTIZE "p = QuantizeLinear (k, xs, xz) v = DequantizeLinear (p, xs, xz)"
                 " c = MatMul (d, v) " REQUANTIZE "}",
            0.0313, "QLinearMatMul", NULL, NULL);
}

/* Clamping between bytes, each channel by itself, sums, means, and what only moves bytes. */
static void what_lies_between_bytes_becomes_bytes(void **state)
{
    (void)state;
#define DEEP                                                                         \
    "int8[4, 1, 2] w = {1, -2, 127, -128, 5, 6, -7, 8}, float[4] ws = {0.01, 0.02, " \
    "0.005, 0.03}"
#define AGAIN "p = QuantizeLinear (k, ks, kz) e = DequantizeLinear (p, ks, kz) "
    static const struct {
        const char *text, *has, *lacks;
    } of[] = {
        { "<" ACTIVATIONS ", " WEIGHTS ", float ws = {0.01}> { " QUANTIZE
          "v = DequantizeLinear (w, ws) e = Conv (d, v) c = Relu (e) " REQUANTIZE "}",
          "sdx.ByteConv", "Relu" },
        { "<" ACTIVATIONS ", " DEEP "> { " QUANTIZE
          "v = DequantizeLinear <axis = 0> (w, ws) c = Conv <group = 4, pads = [1, 1]> (d, v) " REQUANTIZE
          "}",
          "QLinearConv", " Conv" },
        { "<" ACTIVATIONS ", float ks = {0.02}, int8 kz = {-5}> { " QUANTIZE AGAIN
          "c = Add (d, e) " REQUANTIZE "}",
          "sdx.ByteAdd", " Add" },
        { "<" ACTIVATIONS
          ", float ks = {0.02}, int8 kz = {-5}, float lo = {-1}, float hi = {0.6}> {" QUANTIZE AGAIN
          "f = Add (e, d) c = Clip (f, lo, hi) " REQUANTIZE "}",
          "sdx.ByteAdd", "Clip" },
        { "<" ACTIVATIONS ", " WEIGHTS
          ", float ws = {0.01}, float ks = {0.02}, int8 kz = {-5}> { " QUANTIZE AGAIN
          "v = DequantizeLinear (w, ws) f = Conv (d, v) h = QuantizeLinear (f, ys, yz)"
          " i = DequantizeLinear (h, ys, yz) l = Conv (e, v) m = QuantizeLinear (l, ks, kz)"
          " o = DequantizeLinear (m, ks, kz) j = Add (o, i) c = Relu (j) " REQUANTIZE "}",
          "sum_least: int = 128", "ByteAdd" },
        { "<" ACTIVATIONS "> { " QUANTIZE "c = GlobalAveragePool (d) " REQUANTIZE "}",
          "sdx.ByteMean", "GlobalAveragePool" },
        { "<" ACTIVATIONS "> { " QUANTIZE "c = Softmax (d) " REQUANTIZE "}", "sdx.ByteSoftmax",
          " Softmax" },
        { "<" ACTIVATIONS "> { " QUANTIZE "m = MaxPool <kernel_shape = [3], pads = [1, 1]> (d)"
          " t = QuantizeLinear (m, xs, xz) y = DequantizeLinear (t, xs, xz) }",
          "> (q)", NULL },
        { "<" ACTIVATIONS "> { " QUANTIZE "m = Transpose <perm = [2, 0, 1]> (d)"
          " t = QuantizeLinear (m, xs, xz) u = DequantizeLinear (t, xs, xz)"
          " v = Concat <axis = 2> (u, u) a = QuantizeLinear (v, xs, xz)"
          " y = DequantizeLinear (a, xs, xz) }",
          "[2, 0, 1]> (q)", NULL },
    };
    for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
        char text[2000];
        snprintf(text, sizeof text, HEAD "g (float[N, 4, 9] x%s) => (float[A, B, L] y) %s",
                 strstr(of[i].text, AGAIN) ? ", float[N, 4, 9] k" : "", of[i].text);
        becomes(text, 0.0313, of[i].has, NULL, of[i].lacks ? of[i].lacks : " Conv", NULL);
    }
}

/* Sums of products become floats where they are made, with the same bits. */
static void sums_of_bytes_become_floats(void **state)
{
    (void)state;
#define DYNAMIC                                                                      \
    "<int8[4, 3] w = {1, -2, 3, -4, 5, 6, -7, 8, 127, -127, 100, 3}, float[3] ws = " \
    "{0.01, 0.02, 0.3}, float[3] b = {-1, 2, 0.5}, float[5, 1] r = {1, 2, 3, 4, 5}>" \
    "{ q, s, z = DynamicQuantizeLinear (x) m = MatMulInteger (q, w, z) f = Cast <to = 1> (m) "
    becomes(HEAD "g (float[N, 5, 4] x) => (float[N, 5, 3] y) " DYNAMIC
                 "p = Mul (s, ws) u = Mul (f, p) y = Add (b, u) }",
            0, "sdx.ByteMatMul", NULL, "Cast", "MatMulInteger", "Add", NULL);
    becomes(HEAD "g (float[N, 5, 4] x) => (float[N, 5, 3] y) " DYNAMIC "y = Mul (s, f) }", 0,
            "sdx.ByteMatMul", NULL, "Cast", "MatMulInteger", NULL);
    becomes(HEAD "g (float[N, 5, 4] x) => (float[N, 5, 3] y) " DYNAMIC "y = Mul (r, f) }", 0,
            "Cast", "MatMulInteger", NULL, "ByteMatMul", NULL);
}

/* Where grids differ on the two sides, or shapes do, floats stay. */
static void what_bytes_would_change_stays(void **state)
{
    (void)state;
    becomes(HEAD "g (float[N, 4, 9] x) => (float[N, 4, L] y) <" ACTIVATIONS "> { " QUANTIZE
                 "c = MaxPool <kernel_shape = [3]> (d) " REQUANTIZE "}",
            0.0313, "> (d)", NULL, NULL);
    becomes(HEAD "g (float[N, 4, 9] x) => (float[N, 4, L] y) <" ACTIVATIONS "> { " QUANTIZE
                 "c = Softmax <axis = 1> (d) " REQUANTIZE "}",
            0.0313, " Softmax", NULL, "ByteSoftmax", NULL);
    becomes(HEAD "g (float[N, 4, 9] x, float[4, 1] k) => (float[N, 4, L] y) <" ACTIVATIONS
                 ", float ks = {0.02}, int8 kz = {-5}> { " QUANTIZE AGAIN
                 "c = Add (d, e) " REQUANTIZE "}",
            0.0313, " Add", NULL, "ByteAdd", NULL);
}

static void products_that_bytes_would_change_stay(void **state)
{
    (void)state;
    static const char *const model[] = {
        /* a bias between steps; scales along the wrong axis; no Quantize */
        "<" ACTIVATIONS ", " WEIGHTS
        ", float ws = {0.01}, float[8] b = {0.10001, 0.2, 0.3, 0.4, 0.5, 0.6,"
        " 0.7, 0.8}> { " QUANTIZE "v = DequantizeLinear (w, ws) c = Conv (d, v, b) " REQUANTIZE "}",
        "<" ACTIVATIONS ", " WEIGHTS ", float[4] ws = {0.01, 0.02, 0.01, 0.01}> { " QUANTIZE
        "v = DequantizeLinear <axis = 1> (w, ws) c = Conv (d, v) " REQUANTIZE "}",
        "<" ACTIVATIONS ", " WEIGHTS ", float ws = {0.01}> { " QUANTIZE
        "v = DequantizeLinear (w, ws) c = Conv (d, v) y = Neg (c) }",
    };
    for (size_t i = 0; i < sizeof model / sizeof *model; i++) {
        char text[2000];
        snprintf(text, sizeof text, HEAD "g (float[N, 4, 9] x) => (float[N, 8, L] y) %s", model[i]);
        becomes(text, 0.0313, " Conv", NULL, "QLinear", NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_norm_behind_moves_into_weights),
        cmocka_unit_test(a_norm_in_front_moves_into_weights),
        cmocka_unit_test(a_norm_that_is_no_part_of_the_weights_stays),
        cmocka_unit_test(factors_and_terms_move_into_weights),
        cmocka_unit_test(factors_and_terms_that_are_no_part_of_the_weights_stay),
        cmocka_unit_test(few_filters_of_pixels_apart_become_a_convolution),
        cmocka_unit_test(products_with_ones_and_zeros_choose_rows),
        cmocka_unit_test(few_filters_take_pixels_beside_each_other),
        cmocka_unit_test(sums_of_pictures_of_open_size_lie_in_blocks),
        cmocka_unit_test(scores_and_weights_become_attention),
        cmocka_unit_test(other_products_of_weights_stay),
        cmocka_unit_test(norms_written_out_are_whole_again),
        cmocka_unit_test(other_quotients_stay),
        cmocka_unit_test(channels_that_came_last_come_first),
        cmocka_unit_test(channels_last_stay_where_they_are_wanted),
        cmocka_unit_test(turned_pictures_need_no_turning),
        cmocka_unit_test(pictures_beside_others_stay_turned),
        cmocka_unit_test(joins_shuffles_and_splits_become_gathers),
        cmocka_unit_test(convolutions_of_large_pictures_go_by_bands),
        cmocka_unit_test(other_convolutions_stay_whole),
        cmocka_unit_test(constants_are_folded_in_bodies),
        cmocka_unit_test(what_changes_from_round_to_round_is_no_constant),
        cmocka_unit_test(bodies_are_rewritten_as_graphs_are),
        cmocka_unit_test(bodies_whose_shapes_change_run),
        cmocka_unit_test(fused_products_of_any_rank),
        cmocka_unit_test(products_between_bytes_become_integers),
        cmocka_unit_test(what_lies_between_bytes_becomes_bytes),
        cmocka_unit_test(sums_of_bytes_become_floats),
        cmocka_unit_test(what_bytes_would_change_stays),
        cmocka_unit_test(products_that_bytes_would_change_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
