/* tests/unit/passes/reshape.c - axes joined for a node of few dims are parted before it. */
#include "results.h"

#define HEAD "<ir_version: 10, opset_import: [\"\" : 21]> "

/* Two heads of four numbers, joined with the batch. */
#define JOINED                                                                                  \
    "g (float[N, 3, 8] q, float[N, 5, 8] k, float[N, 5, 8] v, float[1, 1, 3, 5] m) =>"          \
    " (float[N, 3, 8] y) <int64[4] heads = {0, 0, 2, 4}, int64[3] a = {-1, 3, 4}, int64[3] b =" \
    " {-1, 5, 4}, int64[4] s = {-1, 2, 3, 5}, int64[3] w = {-1, 3, 5}, int64[4] o = {-1, 2, 3," \
    " 4}, int64[3] flat = {0, 0, 8}, float h = {0.5}> { q4 = Reshape (q, heads) k4 = Reshape"   \
    " (k, heads) v4 = Reshape (v, heads) qt = Transpose <perm = [0, 2, 1, 3]> (q4)"             \
    " kt = Transpose <perm = [0, 2, 1, 3]> (k4) vt = Transpose <perm = [0, 2, 1, 3]> (v4)"      \
    " q3 = Reshape (qt, a) k3 = Reshape (kt, b) v3 = Reshape (vt, b)"                           \
    " t = Transpose <perm = [0, 2, 1]> (k3) p = MatMul (q3, t)"
#define PARTED                                                                         \
    " r = MatMul (c, v3) r4 = Reshape (r, o) z = Transpose <perm = [0, 2, 1, 3]> (r4)" \
    " y = Reshape (z, flat) }"

static void products_of_joined_heads_are_attention(void **state)
{
    (void)state;
    static const char *const model[] = {
        /* a mask wants four dims, weights again three */
        JOINED " p4 = Reshape (p, s) d = Add (p4, m) d3 = Reshape (d, w)"
               " c = Softmax <axis = -1> (d3)" PARTED,
        JOINED " c = Softmax <axis = 2> (p)" PARTED,
        JOINED " f = Mul (p, h) c = Softmax (f)" PARTED,
        /* as Einsum is written for TensorFlow: axes of one for what the other factor has */
        "g (float[N, 3, 8] q, float[N, 5, 8] k, float[N, 5, 8] v) => (float[N, 3, 8] y) <int64[4]"
        " heads = {0, 0, 2, 4}, int64[1] three = {3}, int64[1] one = {1}, int64[1] two = {2},"
        " int64[1] four = {4}, int64[3] a = {-1, 3, 4}, int64[3] b = {-1, 5, 4}, int64[3] d = {-1,"
        " 4, 5}, int64[5] s = {-1, 2, 3, 5, 1}, int64[3] w = {-1, 3, 5}, int64[5] o = {-1, 2, 3, 4,"
        " 1}, int64[3] flat = {0, 0, 8}> { q4 = Reshape (q, heads) k4 = Reshape (k, heads)"
        " v4 = Reshape (v, heads) q5 = Unsqueeze (q4, three) k5 = Unsqueeze (k4, one)"
        " v5 = Unsqueeze (v4, two) qt = Transpose <perm = [0, 2, 1, 3, 4]> (q5)"
        " kt = Transpose <perm = [0, 3, 1, 2, 4]> (k5) vt = Transpose <perm = [0, 3, 2, 4, 1]>"
        " (v5) q3 = Reshape (qt, a) k3 = Reshape (kt, b) v3 = Reshape (vt, d)"
        " t = Transpose <perm = [0, 2, 1]> (k3) u = Transpose <perm = [0, 2, 1]> (v3)"
        " p = MatMul (q3, t) p5 = Reshape (p, s) p4 = Squeeze (p5, four) c = Softmax (p4)"
        " c5 = Unsqueeze (c, three) c3 = Reshape (c5, w) r = MatMul (c3, u) r5 = Reshape (r, o)"
        " r4 = Squeeze (r5, four) z = Transpose <perm = [0, 2, 1, 3]> (r4) y = Reshape (z, flat) }",
    };
    ALL_BECOME(model, 1e-6, "HeadsAttention", NULL, "Transpose", "Softmax", "MatMul", "Unsqueeze",
               NULL);
}

/* Steps first, and nothing between weights and values but them: batch and heads stay one axis. */
static void heads_behind_steps_are_attention(void **state)
{
    (void)state;
#define STEPS                                                                                       \
    "g (float[3, N, 8] q, float[5, N, 8] k, float[5, N, 8] v, float[3, 5] m) => (float[R, 8] y)"    \
    " <int64[3] a = {3, -1, 4}, int64[3] b = {5, -1, 4}, int64[2] flat = {-1, 8}, float h = {0.5}>" \
    " { q3 = Reshape (q, a) k3 = Reshape (k, b) v3 = Reshape (v, b)"                                \
    " qt = Transpose <perm = [1, 0, 2]> (q3) vt = Transpose <perm = [1, 0, 2]> (v3)"                \
    " t = Transpose <perm = [1, 2, 0]> (k3) f = Mul (qt, h) p = MatMul (f, t)"
#define STEPS_BACK \
    " r = MatMul (c, vt) z = Transpose <perm = [1, 0, 2]> (r) y = Reshape (z, flat) }"
    static const char *const model[] = {
        STEPS " c = Softmax (p)" STEPS_BACK,
        STEPS " s = Add (p, m) c = Softmax (s)" STEPS_BACK,
        STEPS " s = Add (m, p) c = Softmax (s)" STEPS_BACK,
    };
    ALL_BECOME(model, 1e-6, "sdx.Attention", NULL, "Softmax", "MatMul", NULL);
    becomes(HEAD
            "g (float[3, 2, 8] q, float[5, 2, 8] k, float[5, 2, 8] v) => (float[R, 8] y) <int64"
            "[3] a = {3, 4, 4}, int64[3] b = {5, 4, 4}, int64[2] flat = {-1, 8}> { q3 = Reshape"
            " (q, a) k3 = Reshape (k, b) v3 = Reshape (v, b) qt = Transpose <perm = [1, 0, 2]>"
            " (q3) vt = Transpose <perm = [1, 0, 2]> (v3) t = Transpose <perm = [1, 2, 0]> (k3)"
            " p = MatMul (qt, t) c = Softmax (p)" STEPS_BACK,
            1e-6, "HeadsAttention", NULL, "Transpose", "Softmax", "MatMul", NULL);
}

/* Along other axes, of other dims. */
static void other_views_stay_behind(void **state)
{
    (void)state;
    static const char *const model[] = {
        "g (float[6, 3, 4] x) => (float[2, 3, 3, 4] y) <int64[4] s = {2, 3, 3, 4}> {"
        " t = Softmax <axis = 1> (x) y = Reshape (t, s) }",
        "g (float[6, 3, 4] x) => (float[6, 1, 2, 6] y) <int64[4] s = {6, 1, 2, 6}> {"
        " t = Softmax (x) y = Reshape (t, s) }",
    };
    ALL_BECOME(model, 1e-6, "Reshape (t", NULL, "Reshape (x", NULL);
}

/* What follows is taken in by the products. */
static void rows_of_a_gemm_are_parted_last(void **state)
{
    (void)state;
    becomes(HEAD
            "g (float[2, N, 3] x) => (float[2, N, 3] y) <float[3, 4] W = {1, 2, -3, 4, 0.5, 6,"
            " 7, -8, 1, 2, 3, 4}, float[4, 3] V = {1, 0, 1, 2, 1, 3, -4, 1, 0, 1, 2, 1},"
            " float[4] b = {1, 2, 3, 4}, float[3] d = {1, 2, 3}, int64[2] rows = {-1, 3},"
            " int64[2] wide = {-1, 4}, int64[3] back = {2, -1, 4}, int64[3] last = {2, -1, 3},"
            " float two = {2}> { r = Reshape (x, rows) h = Gemm (r, W, b) i = Reshape (h, back)"
            " j = Relu (i) k = Mul (j, b) l = Mul (two, k) m = Reshape (l, wide)"
            " n = Gemm (m, V) o = Reshape (n, last) p = Add (d, o) y = Add (x, p) }",
            1e-6, "Gemm", NULL, "back)", "Reshape (l", "Reshape (n", NULL);
}

/* Channels beside rows that are not rows of the result. */
static void rows_beside_others_stay(void **state)
{
    (void)state;
    becomes(HEAD "g (float[6, 3] x, float[2, 1, 4] z) => (float[2, 3, 4] y) <float[3, 4] W = {1, 2,"
                 " -3, 4, 0.5, 6, 7, -8, 1, 2, 3, 4}, int64[3] back = {2, 3, 4}> { h = Gemm (x, W)"
                 " i = Reshape (h, back) y = Add (i, z) }",
            1e-6, "Add (i", NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_of_joined_heads_are_attention),
        cmocka_unit_test(heads_behind_steps_are_attention),
        cmocka_unit_test(other_views_stay_behind),
        cmocka_unit_test(rows_of_a_gemm_are_parted_last),
        cmocka_unit_test(rows_beside_others_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
