/* ops/tensor/concat.c - Concat.
 *
 * Along channels it also runs on channel blocks, if each part but the last ends at a block's
 * border: then a part is a run of whole blocks.  Source: ONNX Operators.md, Concat-13;
 * Changelog.md, Concat-1 (axis 1 by default), -4, -11. */
#include <inttypes.h>
#include <string.h>
#include "common/advice.h"
#include "common/derivatives.h"
#include "common/walk.h"

static const sdx_schema schema[] = {
    { 1, "inputs+:T -> concat_result:T", "axis:int", "T: float" },
    { 4, NULL, "axis:int!", "T: all" },
    { .since = 11 },
    { 13, NULL, NULL, "T: all4" },
    { 0 },
};

static int64_t axis_of(const sdx_node *n)
{
    return sdx_since(n) < 4 && !sdx_has_attr(n, "axis") ? 1 : sdx_attr_int(n, "axis");
}

static bool same_ranks(const sdx_node *n, sdx_infer *c, int *rank)
{
    int first = 0;
    *rank = -1;
    for (int i = 0; i < sdx_in_count(n); i++) {
        sdx_dims x = sdx_in_dims(n, i);
        if (x.rank < 0)
            continue;
        if (*rank < 0) {
            *rank = x.rank;
            first = i;
        } else if (x.rank != *rank) {
            sdx_refuse(c, "concat-shape", "%s has rank %d, %s has rank %d", sdx_in_name(n, first),
                       *rank, sdx_in_name(n, i), x.rank);
            sdx_point(c, first, -1);
            sdx_point(c, i, -1);
            sdx_hint(c, "all inputs need one rank: Unsqueeze or Reshape one of them");
            return false;
        }
    }
    return true;
}

/* Elements of small integer vectors go on one after the other. */
static void join_elems(const sdx_node *n, sdx_infer *c)
{
    enum { MOST = 256 };
    sdx_dim e[MOST];
    int total = 0, count;
    for (int i = 0; i < sdx_in_count(n); i++) {
        const sdx_dim *part = sdx_in_elems(n, i, &count);
        sdx_dim length = sdx_in_dim(n, i, 0);
        if (!part && sdx_is_num(length) && length.n <= MOST) { /* known in number only */
            count = (int)length.n;
        } else if (!part) {
            return;
        }
        if (count > MOST - total)
            return;
        for (int k = 0; k < count; k++)
            e[total++] = part ? part[k] : sdx_unknown();
    }
    sdx_set_out_elems(c, 0, total, e);
}

/* May the first input and this one differ in this dim alone?  Then they can be joined along it. */
static bool differ_here(const sdx_node *n, sdx_infer *c, int input, int dim, int rank)
{
    for (int k = 0; k < rank; k++)
        if (k != dim && sdx_same(c, sdx_in_dim(n, 0, k), sdx_in_dim(n, input, k)) == SDX_NO)
            return false;
    return true;
}

static void infer(const sdx_node *n, sdx_infer *c)
{
    int rank;
    int64_t axis = axis_of(n);
    if (!same_ranks(n, c, &rank) || !sdx_check_axis(c, "axis", axis, rank) || rank < 0)
        return;
    sdx_dim *y = sdx_new_dims(c, rank);
    int at = sdx_axis(axis, rank);
    y[at] = sdx_num(0);
    for (int i = 0; i < sdx_in_count(n); i++)
        for (int k = 0; k < rank; k++) {
            sdx_dim d = sdx_in_dim(n, i, k);
            if (k == at) {
                y[k] = sdx_is_unknown(d) || sdx_is_unknown(y[k]) ? sdx_unknown()
                                                                 : sdx_dim_add(c, y[k], d);
                continue;
            }
            if (sdx_is_unknown(y[k]))
                y[k] = d;
            if (sdx_equal(c, y[k], d))
                continue;
            sdx_refuse(c, "concat-shape",
                       "dim %d is %s in %s and %s in %s; inputs may differ along axis %d only", k,
                       sdx_show(c, y[k]), sdx_in_name(n, 0), sdx_show(c, d), sdx_in_name(n, i), at);
            sdx_point(c, 0, k);
            sdx_point(c, i, k);
            sdx_hint(c,
                     differ_here(n, c, i, k, rank) ? "make dim %d equal, or concatenate along it"
                                                   : "make dim %d equal in all inputs",
                     k);
            return;
        }
    sdx_set_out_dims(c, 0, rank, y);
    if (rank == 1 && (sdx_in_dtype(n, 0) == SDX_I64 || sdx_in_dtype(n, 0) == SDX_I32))
        join_elems(n, c);
}

static int layout(const sdx_node *n, sdx_layout l, uint32_t *plain)
{
    int rank = sdx_in_dims(n, 0).rank;
    (void)plain;
    if (rank < 3 || sdx_in_count(n) > 32 || sdx_axis(axis_of(n), rank) != 1)
        return rank >= 3 && sdx_in_count(n) <= 32 && sdx_axis(axis_of(n), rank) > 1 ? 0 : -1;
    for (int i = 0; i + 1 < sdx_in_count(n); i++) {
        sdx_dim d = sdx_in_dim(n, i, 1);
        if (!sdx_is_num(d) || d.n % sdx_layout_block(l) != 0)
            return -1;
    }
    return 0;
}

typedef struct plan {
    int64_t outer, step; /* blocks before the axis; elements of y between two of them */
} plan;

/* Elements that one step of the axis, and of the dims before it, take in this layout. */
static int64_t run_length(sdx_shape s, sdx_layout l, int axis)
{
    int64_t block = sdx_layout_block(l);
    if (block == 1)
        return sdx_count(s, axis, s.rank);
    int64_t inner = sdx_count(s, axis == 1 ? 2 : axis, s.rank) * block;
    return axis == 1 ? inner * ((s.dim[1] + block - 1) / block) : inner;
}

static sdx_status prepare(const sdx_node *n, sdx_prepare *c, void **state)
{
    sdx_shape y = sdx_out_shape(n, 0);
    sdx_layout l = sdx_out_layout(n, 0);
    int axis = sdx_axis(axis_of(n), y.rank);
    plan *p = sdx_keep(c, sizeof *p);
    if (!p)
        return SDX_E_MEMORY;
    p->step = run_length(y, l, axis);
    p->outer = sdx_count(y, 0, axis);
    if (l != SDX_PLAIN && axis > 1)
        p->outer = y.dim[0] * ((y.dim[1] + sdx_layout_block(l) - 1) / sdx_layout_block(l)) *
                   sdx_count(y, 2, axis);
    if (sdx_in_count(n) == 1)
        sdx_alias(c, 0, 0, 0);
    *state = p;
    return SDX_OK;
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    const plan *p = state;
    sdx_tensor *y = sdx_out(c, 0);
    int64_t done = 0;
    int axis = sdx_axis(axis_of(n), y->shape.rank);
    for (int i = 0; i < sdx_in_count(n); i++) {
        const sdx_tensor *x = sdx_in(c, i);
        int64_t each = run_length(x->shape, x->layout, axis);
        sdx_walk w;
        sdx_walk_set(&w, 2, (int64_t[]){ p->outer, each }, (int64_t[]){ p->step, 1 },
                     (int64_t[]){ each, 1 });
        SDX_TRY(sdx_walk_copy(c, &w, y, done, x, 0));
        done += each;
    }
    return SDX_OK;
}

static void lint(const sdx_node *n, sdx_infer *c)
{
    if (sdx_in_count(n) == 1)
        sdx_advise_no_effect(c, "there is one input");
}

static const sdx_op ops[] = {
    { SDX_OP(Concat), .derive = sdx_derive_concat, .schema = schema, .traits = SDX_PURE,
      .infer = infer, .lint = lint, .layout = layout, .prepare = prepare, .run = run },
    { 0 },
};
const sdx_family sdx_family_tensor_concat = { ops, 0 };
