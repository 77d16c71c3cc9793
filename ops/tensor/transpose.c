/* ops/tensor/transpose.c - Transpose.
 *
 * A permutation that only moves dims of 1 about moves no element: then the output is the input.
 * Else the walk of common/walk.c copies rows where the last dims agree, and tiles where they do
 * not.  Source: ONNX Operators.md, Transpose-25. */
#include <inttypes.h>
#include "common/advice.h"
#include "common/check.h"
#include "common/derivatives.h"
#include "common/walk.h"

static const sdx_schema schema[] = {
    { 1, "data:T -> transposed:T", "perm:ints", "T: all" },
    { 13, NULL, NULL, "T: all4" },
    { 21, NULL, NULL, "T: all10" },
    { 23, NULL, NULL, "T: all11" },
    { 24, NULL, NULL, "T: all12" },
    { 25, NULL, NULL, "T: all13" },
    { 0 },
};

/* The attribute, or all axes reversed. */
static void read_perm(const sdx_node *n, int rank, int perm[SDX_MAX_RANK])
{
    int count;
    const int64_t *p = sdx_attr_ints(n, "perm", &count);
    for (int k = 0; k < rank; k++)
        perm[k] = p ? sdx_axis(p[k], rank) : rank - 1 - k;
}

static bool check_perm(const sdx_node *n, sdx_infer *c, const int64_t *p, int count, int rank)
{
    uint64_t seen = 0;
    const char *text = "";
    for (int k = 0; k < count; k++)
        text = sdx_text(c, "%s%s%" PRId64, text, k ? ", " : "", p[k]);
    if (rank >= 0 && count != rank) {
        sdx_refuse(c, "transpose-perm", "perm [%s] has %s, but %s has rank %d", text,
                   sdx_counted(c, count, "entry"), sdx_in_name(n, 0), rank);
        sdx_point(c, 0, -1);
        sdx_hint(c, "perm has to name each of the axes 0 to %d once", rank - 1);
        return false;
    }
    for (int k = 0; k < count; k++) {
        bool inside = p[k] >= 0 && p[k] < count;
        if (inside && !(seen >> p[k] & 1)) {
            seen |= UINT64_C(1) << p[k];
            continue;
        }
        sdx_refuse(c, "transpose-perm",
                   inside ? "perm [%s] names axis %" PRId64 " twice"
                          : "perm [%s]: there is no axis %" PRId64,
                   text, p[k]);
        sdx_point(c, 0, -1);
        sdx_hint(c, "perm has to name each of the axes 0 to %d once", count - 1);
        return false;
    }
    return true;
}

static void infer(const sdx_node *n, sdx_infer *c)
{
    sdx_dims x = sdx_in_dims(n, 0);
    int count, perm[SDX_MAX_RANK];
    const int64_t *p = sdx_attr_ints(n, "perm", &count);
    if (p && count > SDX_MAX_RANK) {
        sdx_refuse(c, "transpose-perm", "perm has %d entries, at most %d axes are possible", count,
                   SDX_MAX_RANK);
        return;
    }
    if (p && !check_perm(n, c, p, count, x.rank))
        return;
    if (x.rank < 0) {
        if (p)
            sdx_set_out_dims(c, 0, count, sdx_new_dims(c, count));
        return;
    }
    sdx_dim *y = sdx_new_dims(c, x.rank);
    read_perm(n, x.rank, perm);
    for (int k = 0; k < x.rank; k++)
        y[k] = x.dim[perm[k]];
    sdx_set_out_dims(c, 0, x.rank, y);
    const sdx_dim *e = sdx_in_elems(n, 0, &count);
    if (e)
        sdx_set_out_elems(c, 0, count, e);
}

static void lint(const sdx_node *n, sdx_infer *c)
{
    int perm[SDX_MAX_RANK], first[SDX_MAX_RANK], rank = sdx_in_dims(n, 0).rank;
    const sdx_node *from = sdx_producer(c, n, 0);
    bool same = rank >= 1, undone = rank >= 1 && from && sdx_is(from, "Transpose");
    if (!same)
        return;
    read_perm(n, rank, perm);
    if (undone)
        read_perm(from, rank, first);
    for (int k = 0; k < rank; k++) {
        same = same && perm[k] == k;
        undone = undone && first[perm[k]] == k;
    }
    if (same)
        sdx_advise_no_effect(c, "perm leaves each axis in its place");
    else if (undone)
        sdx_advise_undoes(c, "Transpose");
}

typedef struct plan {
    bool moves; /* false: the output is an alias */
    sdx_walk walk;
} plan;

static sdx_status prepare(const sdx_node *n, sdx_prepare *c, void **state)
{
    sdx_shape x = sdx_in_shape(n, 0), y = sdx_out_shape(n, 0);
    int perm[SDX_MAX_RANK];
    int64_t to[SDX_MAX_RANK], stride[SDX_MAX_RANK], from[SDX_MAX_RANK];
    plan *p = sdx_keep(c, sizeof *p);
    if (!p)
        return SDX_E_MEMORY;
    read_perm(n, x.rank, perm);
    sdx_strides(x, stride);
    sdx_strides(y, to);
    int last = -1;
    for (int k = 0; k < x.rank; k++) {
        from[k] = stride[perm[k]];
        if (y.dim[k] != 1) {
            p->moves = p->moves || perm[k] < last;
            last = perm[k];
        }
    }
    sdx_walk_set(&p->walk, x.rank, y.dim, to, from);
    if (!p->moves)
        sdx_alias(c, 0, 0, 0);
    *state = p;
    return SDX_OK;
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    const plan *p = state;
    (void)n;
    return sdx_walk_copy(c, &p->walk, sdx_out(c, 0), 0, sdx_in(c, 0), 0);
}

static const sdx_op ops[] = {
    { SDX_OP(Transpose), .derive = sdx_derive_transpose, .schema = schema, .traits = SDX_PURE,
      .infer = infer, .lint = lint, .prepare = prepare, .run = run },
    { 0 },
};
const sdx_family sdx_family_tensor_transpose = { ops, 0 };
