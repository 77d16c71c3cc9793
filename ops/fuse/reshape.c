/* ops/fuse/reshape.c - a Reshape that merges or splits the axes before the last two goes out of the
 * way of what lies beside it.
 *
 * Exporters join batch and heads for a product of three dims and part them behind it; then product,
 * Softmax and scale do as well with the dims that were there.  Rows that were joined for a Gemm are
 * parted behind the pointwise nodes that follow, so that it can take those in.  Axes of one that
 * were put in for a Transpose are put in behind it.
 * Source: ONNX Operators.md, Reshape-25, MatMul-13, Softmax-13, Unsqueeze-25. */
#include "common/constant.h"
#include "common/same.h"
#include "sdx/rewrite.h"
#include <stdio.h>

enum { NEWEST = 25, MOST_INPUTS = 4, SHAPE_TEXT = SDX_MAX_RANK * 24, LIST = MOST_INPUTS * 40 };

/* "2, -1, 3", of which one at most is open; NULL: more are. */
static const char *shape_text(char text[SHAPE_TEXT], const sdx_dim *d, int rank)
{
    int used = 0, open = 0;
    for (int k = 0; k < rank; k++) {
        bool known = sdx_is_num(d[k]) && d[k].n > 0;
        open += !known;
        used += snprintf(text + used, SHAPE_TEXT - (size_t)used, "%s%lld", k ? ", " : "",
                         known ? (long long)d[k].n : -1LL);
    }
    return open > 1 ? NULL : text;
}

/* name = input i of n with these dims, asked of the value that it is a view of. */
static sdx_status put_view(sdx_rewrite *c, const char *name, const sdx_node *n, int i,
                           const char *shape)
{
    for (const sdx_node *up; (up = sdx_maker(c, n, i)) != NULL; n = up, i = 0)
        if (!sdx_is(up, "Reshape") && !sdx_is(up, "Unsqueeze"))
            break;
    sdx_name(c, name, n);
    return sdx_body(c, 23, "%sd = Constant<value_ints = [%s]>(); %s = Reshape(%s.%s, %sd)", name,
                    shape, name, name, sdx_in_name(n, i), name);
}

/* ---- before a product, a Softmax, a scale ---- */

static sdx_status lift_product(const sdx_node *n, sdx_rewrite *c, const sdx_node *product)
{
    sdx_dims y = sdx_out_dims(n, 0), a = sdx_in_dims(product, 0), b = sdx_in_dims(product, 1);
    sdx_dim dim[SDX_MAX_RANK];
    char left[SHAPE_TEXT], right[SHAPE_TEXT];
    if (a.rank != 3 || b.rank != 3 || !sdx_is_same_dim(a.dim[0], b.dim[0]))
        return SDX_OK;
    for (int k = 0; k < y.rank; k++)
        dim[k] = y.dim[k];
    dim[y.rank - 1] = a.dim[2];
    if (!shape_text(left, dim, y.rank))
        return SDX_OK;
    dim[y.rank - 2] = b.dim[1];
    dim[y.rank - 1] = b.dim[2];
    if (!shape_text(right, dim, y.rank))
        return SDX_OK;
    SDX_TRY(put_view(c, "a", product, 0, left));
    SDX_TRY(put_view(c, "b", product, 1, right));
    return sdx_body(c, 13, "%s = MatMul(a, b)", sdx_out_name(n, 0));
}

/* Which operand of a scale, or of a sum, has dims x while the other one goes with it as it is: a
 * number, or, where one axis of one is put in front, anything; -1: neither. */
static int lifted_operand(const sdx_node *p, sdx_dims x, bool one)
{
    bool scale = sdx_is(p, "Mul") || sdx_is(p, "Div");
    for (int i = 0; i < 2 && (scale || sdx_is(p, "Add")); i++) {
        sdx_dims d = sdx_in_dims(p, i), other = sdx_in_dims(p, 1 - i);
        const sdx_tensor *t = sdx_in_const(p, 1 - i);
        bool good = d.rank == 3 && other.rank >= 0 && other.rank <= 3 &&
                    (one || (t && sdx_elements(t) == 1));
        for (int k = 0; good && k < 3; k++)
            good = sdx_is_same_dim(d.dim[k], x.dim[k]);
        if (good)
            return i;
    }
    return -1;
}

/* [M, S, T] becomes [.., S, T]. */
static sdx_status lift(const sdx_node *n, sdx_rewrite *c)
{
    const sdx_node *view = sdx_is(n, "Reshape") ? n : sdx_only_producer(c, n, 0);
    const sdx_node *p = view && sdx_is(view, "Reshape") ? sdx_only_producer(c, view, 0) : NULL;
    sdx_dims y = sdx_out_dims(n, 0), x = p ? sdx_out_dims(p, 0) : y;
    char text[SHAPE_TEXT];
    if (!p || x.rank != 3 || y.rank < 4 || !sdx_is_same_dim(x.dim[1], y.dim[y.rank - 2]) ||
        !sdx_is_same_dim(x.dim[2], y.dim[y.rank - 1]) || !shape_text(text, y.dim, y.rank))
        return SDX_OK;
    if (sdx_is(p, "MatMul"))
        return lift_product(n, c, p);
    if (sdx_is(p, "Softmax") && sdx_axis(sdx_attr_int(p, "axis"), 3) == 2) {
        SDX_TRY(put_view(c, "z", p, 0, text));
        return sdx_body(c, 13, "%s = Softmax<axis = -1>(z)", sdx_out_name(n, 0));
    }
    bool one = y.rank == 4 && sdx_is_num(y.dim[0]) && y.dim[0].n == 1;
    int i = lifted_operand(p, x, one);
    if (i < 0)
        return SDX_OK;
    SDX_TRY(put_view(c, "z", p, i, text));
    sdx_name(c, "p", p);
    return sdx_body(c, 14, i ? "%s = %s(p.A, z)" : "%s = %s(z, p.B)", sdx_out_name(n, 0),
                    sdx_op_name(p));
}

/* A view of a view is a view of what that is one of. */
static sdx_status join(const sdx_node *n, sdx_rewrite *c)
{
    const sdx_node *up = sdx_maker(c, n, 0);
    sdx_dims y = sdx_out_dims(n, 0);
    char text[SHAPE_TEXT];
    if (!up || !(sdx_is(up, "Reshape") || sdx_is(up, "Unsqueeze")) || y.rank < 1 ||
        !shape_text(text, y.dim, y.rank))
        return SDX_OK;
    SDX_TRY(put_view(c, "z", n, 0, text));
    return sdx_body(c, 14, "reshaped = Identity(z)");
}

/* ---- heads before steps, without a batch ---- */

/* Weights by values, [M, S, D], whose steps come first: of a batch of one, as attention is. */
static sdx_status as_batch_of_one(const sdx_node *n, sdx_rewrite *c)
{
    int rank;
    const int64_t *perm = sdx_attr_ints(n, "perm", &rank);
    const sdx_node *p = perm && rank == 3 && perm[0] == 1 && perm[1] == 0
                            ? sdx_only_producer(c, n, 0)
                            : NULL;
    const sdx_node *weights = p && sdx_is(p, "MatMul") ? sdx_only_producer(c, p, 0) : NULL;
    sdx_dims w = p ? sdx_in_dims(p, 0) : (sdx_dims){ 0 }, v = p ? sdx_in_dims(p, 1) : w;
    char left[SHAPE_TEXT], right[SHAPE_TEXT];
    if (!weights || !sdx_is(weights, "Softmax") || w.rank != 3 || v.rank != 3 ||
        !sdx_is_same_dim(w.dim[0], v.dim[0]))
        return SDX_OK;
    sdx_dim a[4] = { sdx_num(1), w.dim[0], w.dim[1], w.dim[2] },
            b[4] = { sdx_num(1), v.dim[0], v.dim[1], v.dim[2] };
    if (!shape_text(left, a, 4) || !shape_text(right, b, 4))
        return SDX_OK;
    SDX_TRY(put_view(c, "a", p, 0, left));
    SDX_TRY(put_view(c, "b", p, 1, right));
    return sdx_body(c, 13,
                    "p = MatMul(a, b); t = Transpose<perm = [0, 2, 1, 3]>(p); "
                    "first = Constant<value_ints = [0]>(); transposed = Squeeze(t, first)");
}

/* ---- behind a Transpose ---- */

static sdx_status behind_transpose(const sdx_node *n, sdx_rewrite *c)
{
    const sdx_node *one = sdx_only_producer(c, n, 0);
    int rank, count, used = 0, turned = 0, at = 0;
    const int64_t *perm = sdx_attr_ints(n, "perm", &rank);
    int64_t axes[SDX_MAX_RANK];
    char order[SHAPE_TEXT] = "", put[SHAPE_TEXT] = "";
    if (!perm || rank < 5 || rank > SDX_MAX_RANK || !one || !sdx_is(one, "Unsqueeze") ||
        !sdx_some_ints(one, "axes", 1, axes, SDX_MAX_RANK, &count))
        return SDX_OK;
    int place[SDX_MAX_RANK]; /* of an axis without those that were put in; -1: was put in */
    for (int k = 0; k < rank; k++) {
        bool is_new = false;
        for (int i = 0; i < count; i++)
            is_new = is_new || sdx_axis(axes[i], rank) == k;
        place[k] = is_new ? -1 : turned++;
    }
    for (int k = 0; k < rank; k++) {
        int from = place[sdx_axis(perm[k], rank)];
        if (from < 0)
            at += snprintf(put + at, sizeof put - (size_t)at, "%s%d", at ? ", " : "", k);
        else
            used += snprintf(order + used, sizeof order - (size_t)used, "%s%d", used ? ", " : "",
                             from);
    }
    sdx_name(c, "one", one);
    return sdx_body(c, 23,
                    "z = Transpose<perm = [%s]>(one.data); p = Constant<value_ints = [%s]>(); "
                    "transposed = Unsqueeze(z, p)",
                    order, put);
}

/* ---- behind pointwise nodes ---- */

/* Is input i of n what a Gemm makes, or what some nodes with the same dims make of that? */
static bool is_of_gemm(const sdx_node *n, sdx_rewrite *c, int i)
{
    sdx_dims x = sdx_in_dims(n, i);
    for (int most = 8; most > 0; most--) {
        const sdx_node *up = sdx_only_producer(c, n, i);
        if (!up || sdx_is(up, "Gemm"))
            return up != NULL;
        for (i = 0; i < sdx_in_count(up) && i < 2; i++) { /* the operand that another node makes */
            sdx_dims d = sdx_in_dims(up, i);
            if (sdx_only_producer(c, up, i) && d.rank == 2 && sdx_is_same_dim(d.dim[0], x.dim[0]) &&
                sdx_is_same_dim(d.dim[1], x.dim[1]))
                break;
        }
        n = up;
        if (i == 2 || i == sdx_in_count(up))
            return false;
    }
    return false;
}

/* The Reshape of a Gemm's rows that is input i of n, with dims as the result. */
static const sdx_node *rows_of(const sdx_node *n, sdx_rewrite *c, int i)
{
    const sdx_node *r = sdx_has_in(n, i) ? sdx_only_producer(c, n, i) : NULL;
    if (!r || !sdx_is(r, "Reshape") || !sdx_has_in(r, 1) || sdx_in_dims(r, 0).rank != 2 ||
        !is_of_gemm(r, c, 0))
        return NULL;
    sdx_dims x = sdx_in_dims(r, 0), y = sdx_out_dims(r, 0), z = sdx_out_dims(n, 0);
    bool same = y.rank > 2 && y.rank == z.rank && sdx_is_num(x.dim[1]) && x.dim[1].n > 0 &&
                sdx_is_same_dim(x.dim[1], y.dim[y.rank - 1]);
    for (int k = 0; same && k < y.rank; k++)
        same = sdx_is_same_dim(y.dim[k], z.dim[k]);
    return same ? r : NULL;
}

static sdx_status sink(const sdx_node *n, sdx_rewrite *c)
{
    int at = 0, used = 0, count = sdx_in_count(n);
    const sdx_node *r = NULL;
    char list[LIST] = "", shape[40];
    if (count > MOST_INPUTS || sdx_out_count(n) != 1 || !sdx_is(n, sdx_op_name(n)))
        return SDX_OK;
    for (int i = 0; i < count && !r; i++)
        if ((r = rows_of(n, c, i)) != NULL)
            at = i;
    sdx_dims z = sdx_out_dims(n, 0);
    for (int i = 0; r && i < count; i++) { /* numbers, rows, and what has the same dims */
        sdx_dims d = sdx_in_dims(n, i);
        bool same = !sdx_has_in(n, i) || i == at || d.rank == 0 || d.rank == 1 || d.rank == z.rank;
        for (int k = 0; same && i != at && d.rank == z.rank && k < z.rank; k++)
            same = sdx_is_same_dim(d.dim[k], z.dim[k]);
        if (!same)
            return SDX_OK;
    }
    if (!r)
        return SDX_OK;
    sdx_name(c, "r", r);
    snprintf(shape, sizeof shape, "-1, %lld", (long long)z.dim[z.rank - 1].n);
    for (int i = 0; i < count; i++) {
        static const char *const name[MOST_INPUTS] = { "e0", "e1", "e2", "e3" };
        const char *value = !sdx_has_in(n, i) ? "" : i == at ? "r.data" : sdx_in_name(n, i);
        if (sdx_has_in(n, i) && i != at && sdx_in_dims(n, i).rank == z.rank) {
            SDX_TRY(put_view(c, name[i], n, i, shape));
            value = name[i];
        }
        used += snprintf(list + used, sizeof list - (size_t)used, "%s%s", i ? ", " : "", value);
    }
    SDX_TRY(sdx_body(c, sdx_since(n), "z = %s<@>(%s)", sdx_op_name(n), list));
    return sdx_body(c, sdx_since(r), "%s = Reshape<@r>(z, r.shape)", sdx_out_name(n, 0));
}

static sdx_status apply(const sdx_node *n, sdx_rewrite *c)
{
    if (sdx_is(n, "Transpose"))
        return sdx_out_dims(n, 0).rank == 3 ? as_batch_of_one(n, c) : behind_transpose(n, c);
    if (!sdx_is(n, "Reshape") && !sdx_is(n, "Squeeze"))
        return sink(n, c);
    const sdx_node *up = sdx_maker(c, n, 0);
    bool views = up && (sdx_is(up, "Reshape") || sdx_is(up, "Unsqueeze"));
    return sdx_is(n, "Reshape") && views ? join(n, c) : lift(n, c);
}

const sdx_rule sdx_fuse_reshape = { "Reshape Squeeze Transpose pointwise", apply };
