/* tests/unit/passes/heads.c - attention reads heads where products left them. */
#include "results.h"

#define HEAD "<ir_version: 10, opset_import: [\"\" : 23]> "

/* Two heads of three numbers; what makes weights and turns their result. */
#define ROWS \
    " => (float[N, S, 6] y) <int64[5] five = {0, 0, 3, 2, 3}, int64[4] four = {0, 0, 2, 3},"
#define PACKED "g (float[N, S, 18] x)" ROWS
#define APART  "g (float[N, S, 6] a, float[N, S, 6] b, float[N, S, 6] d)" ROWS
#define SOFTMAX                                                                  \
    " t = Transpose <perm = [0, 1, 3, 2]> (k) s = MatMul (q, t) w = Softmax (s)" \
    " o = MatMul (w, v) " TURN_BACK
#define TURN_BACK " z = Transpose <perm = [0, 2, 1, 3]> (o) y = Reshape (z, flat) }"
#define FLAT      "int64[3] flat = {0, 0, 6}"

static void heads_are_read_where_they_lie(void **state)
{
    (void)state;
    static const char *const model[] = {
        PACKED FLAT
        ", int64[1] at = {0}> { f = Reshape (x, five)"
        " u = Transpose <perm = [2, 0, 3, 1, 4]> (f) i, j, l = Split <axis = 0, num_outputs = 3> (u)"
        " q = Squeeze (i, at) k = Squeeze (j, at) v = Squeeze (l, at)" SOFTMAX,
        PACKED FLAT
        ", int64 i = {0}, int64 j = {-2}, int64 l = {2}> { f = Reshape (x, five)"
        " u = Transpose <perm = [2, 0, 3, 1, 4]> (f) q = Gather (u, i) k = Gather (u, j)"
        " v = Gather (u, l)" SOFTMAX,
        /* of each part its heads; of rows that were cut before they became heads */
        PACKED FLAT
        "> { i, j, l = Split <axis = 2, num_outputs = 3> (x) m = Reshape (i, four)"
        " n = Reshape (j, four) p = Reshape (l, four) q = Transpose <perm = [0, 2, 1, 3]> (m)"
        " k = Transpose <perm = [0, 2, 1, 3]> (n) v = Transpose <perm = [0, 2, 1, 3]> (p)" SOFTMAX,
        /* of each head its parts */
        PACKED FLAT
        ", int64[4] nine = {0, 0, 2, 9}, int64[1] end = {99}, int64[1] a = {0},"
        " int64[1] b = {3}, int64[1] e = {6}, int64[1] d = {-3}, int64[1] last = {3}> { f = Reshape (x, nine)"
        " u = Transpose <perm = [0, 2, 1, 3]> (f) q = Slice (u, a, b, last)"
        " k = Slice (u, b, e, last) v = Slice (u, d, end, last)" SOFTMAX,
        APART FLAT
        "> { m = Reshape (a, four) n = Reshape (b, four) p = Reshape (d, four)"
        " q = Transpose <perm = [0, 2, 1, 3]> (m) t = Transpose <perm = [0, 2, 3, 1]> (n)"
        " v = Transpose <perm = [0, 2, 1, 3]> (p) s = MatMul (q, t) w = Softmax (s)"
        " o = MatMul (w, v)" TURN_BACK,
        /* the standard's own, heads and rows */
        APART FLAT
        "> { m = Reshape (a, four) n = Reshape (b, four) p = Reshape (d, four)"
        " q = Transpose <perm = [0, 2, 1, 3]> (m) k = Transpose <perm = [0, 2, 1, 3]> (n)"
        " v = Transpose <perm = [0, 2, 1, 3]> (p) o = Attention <is_causal = 1> (q, k, v)" TURN_BACK,
        PACKED FLAT "> { q, k, v = Split <axis = -1, num_outputs = 3> (x)"
                    " y = Attention <q_num_heads = 2, kv_num_heads = 2, scale = 0.25> (q, k, v) }",
    };
    ALL_BECOME(model, 1e-6, "HeadsAttention", NULL, "Transpose", "Split", "Slice", "Gather (",
               "Softmax", NULL);
}

/* As Paddle writes it: axes, starts and ends are attributes. */
static void heads_of_old_versions_are_read_too(void **state)
{
    (void)state;
    becomes("<ir_version: 4, opset_import: [\"\" : 9]> " PACKED FLAT "> { f = Reshape (x, five)"
            " u = Transpose <perm = [2, 0, 3, 1, 4]> (f)"
            " i = Slice <axes = [0], starts = [0], ends = [1]> (u)"
            " j = Slice <axes = [0], starts = [-2], ends = [2]> (u)"
            " l = Slice <starts = [2], ends = [3]> (u)"
            " q = Squeeze <axes = [0]> (i) k = Squeeze <axes = [0]> (j)"
            " v = Squeeze <axes = [0]> (l) t = Transpose <perm = [0, 1, 3, 2]> (k)"
            " s = MatMul (q, t) w = Softmax <axis = 3> (s) o = MatMul (w, v)" TURN_BACK,
            1e-6, "HeadsAttention", NULL, "Transpose", "Slice", "Softmax", NULL);
}

/* Steps or heads of a larger value, a batch that is no batch of rows: those inputs stay as they
 * were. */
static void what_is_no_row_is_turned(void **state)
{
    (void)state;
    static const char *const model[] = {
        "g (float[N, 4, 6] x, float[N, 2, 6] a) => (float[N, 2, 6] y) <int64[4] four = {0, 0, 2, 3}," FLAT
        "> { m = Reshape (x, four) n = Reshape (a, four) q = Transpose <perm = [0, 2, 1, 3]> (n)"
        " u = Transpose <perm = [0, 2, 1, 3]> (m) k, v = Split <axis = 2, num_outputs = 2> (u)" SOFTMAX,
        "g (float[2, S, 6] x, float[4, S, 6] a) => (float[2, S, 6] y) <int64[4] four = {0, 0, 2, 3}," FLAT
        "> { m = Reshape (x, four) n = Reshape (a, four) q = Transpose <perm = [0, 2, 1, 3]> (m)"
        " u = Transpose <perm = [0, 2, 1, 3]> (n) k, v = Split <axis = 0, num_outputs = 2> (u)" SOFTMAX,
    };
    ALL_BECOME(model, 1e-6, "HeadsAttention", "Transpose", NULL, "Softmax", NULL);
}

/* Nobody turns the result; numbers of a head are not side by side. */
static void heads_that_stay_turned_stay(void **state)
{
    (void)state;
    static const char *const model[] = {
        "g (float[N, S, 6] x) => (float[N, 2, S, 3] o) <int64[4] four = {0, 0, 2, 3}> {"
        " m = Reshape (x, four) q = Transpose <perm = [0, 2, 1, 3]> (m) o = Attention (q, q, q) }",
    };
    ALL_BECOME(model, 1e-6, "Attention", "Transpose", NULL, "HeadsAttention", NULL);
}

/* Columns of one head each: a head's numbers lie two apart. */
static void numbers_apart_are_turned(void **state)
{
    (void)state;
    char text[1200];
    snprintf(text, sizeof text,
             HEAD "g (float[N, S, 6] a, float[N, S, 6] b) => (float[N, S, 6] y)"
                  " <int64[4] four = {0, 0, 2, 3}, int64[4] mixed = {0, 0, 3, 2}," FLAT "> {"
                  " m = Reshape (a, four) n = Reshape (b, mixed)"
                  " q = Transpose <perm = [0, 2, 1, 3]> (m) v = Identity (q)"
                  " k = Transpose <perm = [0, 3, 1, 2]> (n)" SOFTMAX);
    becomes(text, 1e-6, "HeadsAttention", "Transpose", NULL, "Softmax", NULL);
}

/* ---- what exporters write between scores and weights ---- */

#define QKV                                                                                  \
    "g (float[N, 2, 3, 4] q, float[N, 2, 5, 4] k, float[N, 2, 5, 6] v, bool[N, 1, 1, 5] c)"  \
    " => (float[N, 2, 3, 6] y) <float low = {-3e38}, float none = {-inf}, float big = {-9}," \
    " float zero = {0}, float half = {0.5}, bool[1, 1, 3, 5] seen = {1, 0, 0, 0, 1,"         \
    " 1, 1, 0, 0, 0, 0, 0, 0, 0, 1}, bool[3, 5] none_seen = {1, 0, 0, 0, 1, 0, 0, 0, 0, 0,"  \
    " 0, 0, 0, 0, 1}, float[3, 5] bias = {1, 2, 3, 4, 5, 6, 7, 8, 9, 8, 7, 6, 5, 4, 3},"     \
    " int64[4] all = {1, 2, 3, 5}, int64[3] join = {-1, 5, 4}, int64[4] split = {-1, 2, 4, 5}> {"
#define SCORES " t = Transpose <perm = [0, 1, 3, 2]> (k) s = MatMul (q, t)"

static void masks_of_every_kind_are_added(void **state)
{
    (void)state;
    static const char *const model[] = {
        QKV SCORES " x = Expand (c, all) h = Not (x) a = Where (h, low, s) w = Softmax (a)"
                   " y = MatMul (w, v) }",
        QKV SCORES " r = Mul (s, half) a = Where (seen, r, none) w = Softmax (a)"
                   " y = MatMul (w, v) }",
        QKV SCORES " a = Where (seen, s, low) b = Add (bias, a) w = Softmax (b)"
                   " y = MatMul (w, v) }",
        QKV SCORES " n = Not (c) a = Where (n, none, s) b = Where (seen, a, low) w = Softmax (b)"
                   " y = MatMul (w, v) }",
        /* rows that see nothing: no number, or zeros */
        QKV SCORES " a = Where (none_seen, s, none) w = Softmax (a) y = MatMul (w, v) }",
        QKV SCORES " m = Where (none_seen, zero, none) a = Add (s, m) w = Softmax (a)"
                   " n = IsNaN (w) z = Where (n, zero, w) y = MatMul (z, v) }",
        /* batch and heads are one axis while keys are turned */
        QKV " j = Reshape (k, join) u = Transpose <perm = [0, 2, 1]> (j) t = Reshape (u, split)"
            " l = Mul (t, half) s = MatMul (q, l) w = Softmax (s) y = MatMul (w, v) }",
    };
    ALL_BECOME(model, 1e-6, "Attention", NULL, "Softmax", "MatMul", "IsNaN", NULL);
}

/* What hides leaves something of the score; weights are read twice; three masks. */
static void other_choices_stay(void **state)
{
    (void)state;
    static const char *const model[] = {
        QKV SCORES " a = Where (seen, s, big) w = Softmax (a) y = MatMul (w, v) }",
        QKV SCORES " w = Softmax (s) n = IsNaN (w) z = Where (n, zero, w) o = MatMul (z, v)"
                   " p = MatMul (w, v) y = Add (o, p) }",
        QKV SCORES " w = Softmax (s) n = IsNaN (w) z = Where (n, half, w) y = MatMul (z, v) }",
        QKV SCORES " a = Where (seen, s, none) b = Add (a, bias) d = Where (c, b, none)"
                   " w = Softmax (d) y = MatMul (w, v) }",
    };
    ALL_BECOME(model, 1e-6, "Softmax", NULL, "sdx.Attention", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads_are_read_where_they_lie),
        cmocka_unit_test(heads_of_old_versions_are_read_too),
        cmocka_unit_test(what_is_no_row_is_turned),
        cmocka_unit_test(heads_that_stay_turned_stay),
        cmocka_unit_test(numbers_apart_are_turned),
        cmocka_unit_test(masks_of_every_kind_are_added),
        cmocka_unit_test(other_choices_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
