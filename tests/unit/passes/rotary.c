/* tests/unit/passes/rotary.c - heads turned by position, written out, become RotaryEmbedding. */
#include "results.h"

#define HEAD "<ir_version: 10, opset_import: [\"\" : 23]> "

/* Two heads of four numbers; what is sliced, and angles of three steps. */
#define CUTS                                                                                     \
    "int64[1] o = {0}, int64[1] i = {1}, int64[1] h = {2}, int64[1] e = {99}, int64[1] l = {3}," \
    " int64[1] last = {-1}, int64[4] four = {0, 2, -1, 4}"
#define ANGLES                                                                              \
    ", float[3, 4] c = {1, 0.5, 1, 0.5, 0.1, 0.2, 0.1, 0.2, -1, 0.3, -1, 0.3}, float[3, 4]" \
    " s = {0, 0.5, 0, 0.5, 0.7, 0.2, 0.7, 0.2, 0.4, 0.6, 0.4, 0.6}"
#define PAIRS                                                                               \
    ", float[1, 1, 3, 4] c = {1, 1, 0.5, 0.5, 0.1, 0.1, 0.2, 0.2, -1, -1, 0.3, 0.3}, float" \
    "[3, 4] s = {0, 0, 0.5, 0.5, 0.7, 0.7, 0.2, 0.2, 0.4, 0.4, 0.6, 0.6}"
#define FIRST     "g (float[N, 2, 3, 4] x) => (float[N, 2, 3, 4] y) <" CUTS
#define HALVES    " a = Slice (x, o, h, l) b = Slice (x, h, e, l, i) m = Neg (b)"
#define EXCHANGED HALVES " t = Concat <axis = -1> (m, a)"
#define SUM       " p = Mul (x, c) q = Mul (t, s) y = Add (p, q)"

static void turned_heads_are_one_node(void **state)
{
    (void)state;
    static const char *const model[] = {
        FIRST ANGLES "> {" EXCHANGED SUM " }",
        FIRST ANGLES "> { a, b = Split <axis = 3, num_outputs = 2> (x) m = Neg (b)"
                     " t = Concat <axis = 3> (m, a) p = Mul (c, x) q = Mul (s, t) y = Add (q, p) }",
        FIRST PAIRS "> { a = Slice (x, o, e, last, h) b = Slice (x, i, e, last, h) m = Neg (b)"
                    " f = Unsqueeze (m, last) k = Unsqueeze (a, last)"
                    " j = Concat <axis = -1> (f, k) t = Reshape (j, four)" SUM " }",
        /* what cosine and sine are taken of is twice the same; one item of angles for all */
        "g (float[N, 2, 3, 4] x, float[1, 3, 2] r) => (float[N, 2, 3, 4] y) <" CUTS
        ", float f = {0.5}> {" EXCHANGED " d = Concat <axis = -1> (r, r) u = Cos (d) v = Sin (d)"
        " k = Mul (u, f) c = Unsqueeze (k, i) s = Unsqueeze (v, i)" SUM " }",
        "g (float[3, 2, 3, 4] x, float[3, 3, 2] r) => (float[3, 2, 3, 4] y) <" CUTS "> {" EXCHANGED
        " d = Concat <axis = -1> (r, r) u = Cos (d) v = Sin (d)"
        " c = Unsqueeze (u, i) s = Unsqueeze (v, i)" SUM " }",
        /* steps first */
        "g (float[N, 3, 2, 4] x) => (float[N, 3, 2, 4] y) <" CUTS ANGLES
        ", int64[1] axis = {1}> {" EXCHANGED " k = Unsqueeze (c, axis)"
        " n = Unsqueeze (s, axis) p = Mul (x, k) q = Mul (t, n) y = Add (p, q) }",
    };
    ALL_BECOME(model, 1e-6, "RotaryEmbedding", NULL, "Neg", "Concat <axis = -1", "Concat <axis = 3",
               "Mul (x", "Add (", NULL);
}

/* Of six numbers the first four are turned. */
static void heads_that_turn_in_part_are_one_node(void **state)
{
    (void)state;
    becomes(HEAD "g (float[N, 2, 3, 6] w) => (float[N, 2, 3, 6] z) <" CUTS ANGLES
                 ", int64[1] u = {4}> { x = Slice (w, o, u, l) r = Slice (w, u, e, l)" EXCHANGED SUM
                 " z = Concat <axis = -1> (y, r) }",
            1e-6, "RotaryEmbedding", NULL, "Slice", "Neg", "Mul (", "Add (", NULL);
}

/* Heads that were brought first are turned before that, and are no longer. */
static void heads_are_turned_in_rows(void **state)
{
    (void)state;
    becomes(HEAD
            "g (float[N, 3, 2, 4] w) => (float[N, 3, 8] z) <" CUTS ANGLES
            ", int64[3] rows = {0, 3, 8}> { x = Transpose <perm = [0, 2, 1, 3]> (w)" EXCHANGED SUM
            " v = Transpose <perm = [0, 2, 1, 3]> (y) z = Reshape (v, rows) }",
            1e-6, "RotaryEmbedding", NULL, "Transpose", "Slice", "Neg", "Mul (", "Add (", NULL);
}

/* Numbers of a pair with angles of their own; the first half negated; another value beside it; an
 * angle for each head; thirds. */
static void other_sums_stay(void **state)
{
    (void)state;
    static const char *const model[] = {
        FIRST PAIRS "> {" EXCHANGED SUM " }",
        FIRST ANGLES "> { a = Slice (x, o, h, l) b = Slice (x, h, e, l) m = Neg (a)"
                     " t = Concat <axis = -1> (b, m)" SUM " }",
        FIRST ANGLES "> { z = Exp (x) a = Slice (z, o, h, l) b = Slice (z, h, e, l) m = Neg (b)"
                     " t = Concat <axis = -1> (m, a)" SUM " }",
        FIRST ANGLES ", float[2, 1, 1] k = {1, 2}> { f = Mul (c, k) n = Mul (s, k)" EXCHANGED
                     " p = Mul (x, f) q = Mul (t, n) y = Add (p, q) }",
        FIRST ANGLES "> { a = Slice (x, o, l, l) b = Slice (x, l, e, l) m = Neg (b)"
                     " t = Concat <axis = -1> (m, a)" SUM " }",
        "g (float[N, 2, 3, 4] x, float[1, 3, 2] r, float[1, 3, 2] k) => (float[N, 2, 3, 4] y)"
        " <" CUTS "> {" EXCHANGED " d = Concat <axis = -1> (r, k) u = Cos (d) v = Sin (d)"
        " c = Unsqueeze (u, i) s = Unsqueeze (v, i)" SUM " }",
    };
    ALL_BECOME(model, 1e-6, "Neg", NULL, "RotaryEmbedding", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(turned_heads_are_one_node),
        cmocka_unit_test(heads_that_turn_in_part_are_one_node),
        cmocka_unit_test(heads_are_turned_in_rows),
        cmocka_unit_test(other_sums_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
