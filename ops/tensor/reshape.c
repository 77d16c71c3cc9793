/* ops/tensor/reshape.c - Reshape, Flatten, Squeeze, Unsqueeze, Identity.
 *
 * None of them moves an element: all are views, or share the value.  What they are about is dims,
 * so here lies most of what a model's shape arithmetic means: 0 and -1 in Reshape, and the equation
 * that elements neither come nor go.  Source: ONNX Operators.md, Reshape-25, Flatten-25,
 * Squeeze-25, Unsqueeze-25, Identity-25; Changelog.md for the attribute forms (Reshape-1, Squeeze-1
 * and -11, Unsqueeze-1 and -11). */
#include <inttypes.h>
#include "common/derivatives.h"
#include "common/axes.h"
#include "sdx/op.h"

static const sdx_schema reshape_schema[] = {
    { 1, "data:T -> reshaped:T", "consumed_inputs:ints shape:ints", "T: float" },
    { 5, "data:T shape:i64 -> reshaped:T", "", "T: all" },
    { 13, NULL, NULL, "T: all4" },
    { 14, NULL, "allowzero:int=0", NULL },
    { 19, NULL, NULL, "T: all9" },
    { 21, NULL, NULL, "T: all10" },
    { 23, NULL, NULL, "T: all11" },
    { 24, NULL, NULL, "T: all12" },
    { 25, NULL, NULL, "T: all13" },
    { 0 },
};
static const sdx_schema flatten_schema[] = {
    { 1, "input:T -> output:T", "axis:int=1", "T: float" },
    { 9, NULL, NULL, "T: all" },
    { .since = 11 },
    { 13, NULL, NULL, "T: all4" },
    { 21, NULL, NULL, "T: all10" },
    { 23, NULL, NULL, "T: all11" },
    { 24, NULL, NULL, "T: all12" },
    { 25, NULL, NULL, "T: all13" },
    { 0 },
};
static const sdx_schema squeeze_schema[] = {
    { 1, "data:T -> squeezed:T", "axes:ints", "T: all" },
    { .since = 11 },
    { 13, "data:T axes?:i64 -> squeezed:T", "", "T: all4" },
    { 21, NULL, NULL, "T: all10" },
    { 23, NULL, NULL, "T: all11" },
    { 24, NULL, NULL, "T: all12" },
    { 25, NULL, NULL, "T: all13" },
    { 0 },
};
static const sdx_schema unsqueeze_schema[] = {
    { 1, "data:T -> expanded:T", "axes:ints!", "T: all" },
    { .since = 11 },
    { 13, "data:T axes:i64 -> expanded:T", "", "T: all4" },
    { 21, NULL, NULL, "T: all10" },
    { 23, NULL, NULL, "T: all11" },
    { 24, NULL, NULL, "T: all12" },
    { 25, NULL, NULL, "T: all13" },
    { 0 },
};
static const sdx_schema identity_schema[] = {
    { 1, "input:T -> output:T", "", "T: all" },
    { 13, NULL, NULL, "T: all4" },
    { 14, "input:V -> output:V", NULL, "V: all4 seq(all)" },
    { 16, NULL, NULL, "V: all4 seq(all) opt(all) opt(seq(all))" },
    { 19, NULL, NULL, "V: all9 seq(all) opt(all) opt(seq(all))" },
    { 21, NULL, NULL, "V: all10 seq(all) opt(all) opt(seq(all))" },
    { 23, NULL, NULL, "V: all11 seq(all) opt(all) opt(seq(all))" },
    { 24, NULL, NULL, "V: all12 seq(all) opt(all) opt(seq(all))" },
    { 25, NULL, NULL, "V: all13 seq(all) opt(all) opt(seq(all))" },
    { 0 },
};

/* What is known of the elements of a small tensor holds for any view of rank 0 or 1. */
static void keep_elems(const sdx_node *n, sdx_infer *c, int rank)
{
    int count;
    const sdx_dim *e = sdx_in_elems(n, 0, &count);
    if (e && (rank == 1 || (rank == 0 && count == 1)))
        sdx_set_out_elems(c, 0, count, e);
}

static void set_view(const sdx_node *n, sdx_infer *c, int rank, const sdx_dim *dim)
{
    sdx_set_out_dims(c, 0, rank, dim);
    keep_elems(n, c, rank);
}

/* ---- Reshape ---- */

/* The entries of the target: of the attribute (opset 1 to 4) or of input 1.  NULL: not even how
 * many. */
static const sdx_dim *target(const sdx_node *n, sdx_infer *c, int *rank)
{
    if (sdx_since(n) >= 5)
        return sdx_in_elems(n, 1, rank);
    const int64_t *shape = sdx_attr_ints(n, "shape", rank);
    if (*rank > SDX_MAX_RANK)
        return NULL;
    sdx_dim *d = sdx_new_dims(c, *rank);
    for (int k = 0; k < *rank; k++)
        d[k] = sdx_num(shape[k]);
    return d;
}

static bool refuse_target(sdx_infer *c, const sdx_dim *want, int rank)
{
    sdx_hint(c, "the target is %s", sdx_show_dims(c, (sdx_dims){ rank, want }));
    return false;
}

/* Fills y with the entries of the target, 0 replaced; *at is the place of -1, or -1. */
static bool entries(const sdx_node *n, sdx_infer *c, const sdx_dim *want, int rank, sdx_dim *y,
                    int *at)
{
    sdx_dims x = sdx_in_dims(n, 0);
    bool copies = !sdx_attr_int(n, "allowzero"), zero = false;
    *at = -1;
    for (int k = 0; k < rank; k++) {
        y[k] = want[k];
        if (!sdx_is_num(want[k]))
            continue;
        if (want[k].n < -1) {
            sdx_refuse(c, "reshape-target", "entry %d of the target is %" PRId64, k, want[k].n);
            sdx_hint(c, "an entry is a size, 0 to copy that dim, or once -1 to be worked out");
            return refuse_target(c, want, rank);
        }
        zero = zero || (want[k].n == 0 && !copies);
        if (want[k].n == -1 && *at >= 0) {
            sdx_refuse(c, "reshape-product", "the target has -1 twice, at %d and at %d", *at, k);
            sdx_hint(c, "give a number for one of them: only one entry can be worked out");
            return refuse_target(c, want, rank);
        }
        if (want[k].n == -1) {
            *at = k;
        } else if (want[k].n == 0 && copies) {
            if (x.rank >= 0 && k >= x.rank) {
                sdx_refuse(c, "reshape-target",
                           "entry %d of the target is 0, copy that dim, but the rank is %d", k,
                           x.rank);
                sdx_point(c, 0, -1);
                sdx_hint(c, "give a size for entry %d, or -1 to have it worked out", k);
                return refuse_target(c, want, rank);
            }
            y[k] = x.rank < 0 ? sdx_unknown() : x.dim[k];
        }
    }
    if (zero && *at >= 0) {
        sdx_refuse(c, "reshape-target",
                   "with allowzero=1 the target has both 0 and -1, which cannot be worked out");
        sdx_hint(c, "give a size instead of -1; or leave allowzero out, so that 0 copies a dim");
        return refuse_target(c, want, rank);
    }
    return true;
}

/* The products of both sides without the dims that stand on both: 0 on both sides says nothing, so
 * a batch of 0 still lets -1 be worked out. */
static void cancel(sdx_infer *c, sdx_dims x, const sdx_dim *y, int rank, int at, sdx_dim *all,
                   sdx_dim *rest)
{
    uint64_t used = 0;
    *all = *rest = sdx_num(1);
    for (int k = 0; k < rank; k++) {
        int same = -1;
        for (int i = 0; k != at && i < x.rank && same < 0; i++)
            if (!(used >> i & 1) && !sdx_is_unknown(y[k]) && sdx_same(c, x.dim[i], y[k]) == SDX_YES)
                same = i;
        if (same >= 0)
            used |= UINT64_C(1) << same;
        else if (k != at)
            *rest = sdx_dim_mul(c, *rest, y[k]);
    }
    for (int i = 0; i < x.rank; i++)
        if (!(used >> i & 1))
            *all = sdx_dim_mul(c, *all, x.dim[i]);
}

/* Is there a 0?  Then there are no elements, whatever the other dims are. */
static bool is_empty(const sdx_dim *dim, int rank)
{
    for (int i = 0; i < rank; i++)
        if (sdx_is_num(dim[i]) && dim[i].n == 0)
            return true;
    return false;
}

/* A target [N, groups, -1] is how exporters write GroupNormalization: say which numbers of groups
 * would do. */
static void hint_groups(const sdx_node *n, sdx_infer *c, const sdx_dim *want, int rank)
{
    sdx_dim channels = sdx_in_dim(n, 0, 1);
    if (rank == 3 && sdx_is_num(want[1]) && want[1].n > 1 && sdx_is_num(want[2]) &&
        want[2].n == -1 && sdx_divides(c, want[1].n, channels) == SDX_NO)
        sdx_hint(c, "as groups of channels: %s channels split into %s groups, not %" PRId64,
                 sdx_show(c, channels), sdx_divisors(c, channels), want[1].n);
}

static bool is_symbol(sdx_dim d)
{
    return !sdx_is_num(d) && !sdx_is_unknown(d);
}

/* A constant target that leaves no room for a symbolic first dim. */
static void warn_fixed(const sdx_node *n, sdx_infer *c, const sdx_dim *want, int rank)
{
    sdx_dims x = sdx_in_dims(n, 0);
    if (rank < 1 || x.rank < 1 || !is_symbol(x.dim[0]))
        return;
    int64_t rest = 1;
    for (int k = 1; k < x.rank; k++)
        if (!sdx_is_num(x.dim[k]))
            return;
        else
            rest *= x.dim[k].n;
    for (int k = 0; k < rank; k++)
        if (!sdx_is_num(want[k]) || want[k].n < 1)
            return;
    sdx_dim y = sdx_dim_product(c, (sdx_dims){ rank, want }, 0, rank);
    if (rest < 1 || !sdx_is_num(y) || y.n % rest != 0)
        return;
    sdx_warn(c, "reshape-batch", "%s is %s; the constant target %s fixes %s at %" PRId64,
             sdx_in_name(n, 0), sdx_show_dims(c, x), sdx_show_dims(c, (sdx_dims){ rank, want }),
             sdx_show(c, x.dim[0]), y.n / rest);
    sdx_point(c, 0, 0);
    sdx_hint(c, "put 0 (copy) or -1 in the place of %s", sdx_show(c, x.dim[0]));
    if (want[0].n * rest == y.n)
        sdx_fix_element(c, 1, 0, -1, false);
}

static void infer_reshape(const sdx_node *n, sdx_infer *c)
{
    sdx_dims x = sdx_in_dims(n, 0);
    int rank = 0, at;
    const sdx_dim *want = target(n, c, &rank);
    sdx_dim length = sdx_in_dim(n, 1, 0), none = sdx_num(0);
    /* an empty target is known without being seen: a scalar */
    if (!want && sdx_is_num(length) && length.n == 0)
        want = &none;
    if (!want) { /* the length of the target alone gives the rank */
        if (sdx_is_num(length) && length.n <= SDX_MAX_RANK)
            sdx_set_out_dims(c, 0, (int)length.n, sdx_new_dims(c, (int)length.n));
        return;
    }
    if (rank > SDX_MAX_RANK) {
        sdx_refuse(c, "reshape-target", "the target has %d entries, at most %d dims are possible",
                   rank, SDX_MAX_RANK);
        return;
    }
    sdx_dim *y = sdx_new_dims(c, rank), all, rest;
    if (!entries(n, c, want, rank, y, &at))
        return;
    if (x.rank < 0) {
        if (at >= 0)
            y[at] = sdx_unknown();
        sdx_set_out_dims(c, 0, rank, y);
        return;
    }
    cancel(c, x, y, rank, at, &all, &rest);
    sdx_dim before = sdx_dim_product(c, x, 0, x.rank);
    if (at >= 0) {
        if (sdx_is_num(rest) && rest.n > 0 && sdx_divides(c, rest.n, all) == SDX_NO) {
            y[at] = sdx_num(1);
            sdx_refuse(c, "reshape-product",
                       "%s elements do not split into pieces of %s, so -1 has no value",
                       sdx_show(c, before),
                       sdx_show(c, sdx_dim_product(c, (sdx_dims){ rank, y }, 0, rank)));
            sdx_point(c, 0, -1);
            sdx_hint(c, "the product of the other entries has to divide %s", sdx_show(c, before));
            hint_groups(n, c, want, rank);
            refuse_target(c, want, rank);
            return;
        }
        y[at] = sdx_is_num(rest) && rest.n == 0 ? sdx_unknown() : sdx_dim_div(c, all, rest);
    } else {
        warn_fixed(n, c, want, rank);
        bool nothing = is_empty(x.dim, x.rank) && is_empty(y, rank);
        if (!nothing && !sdx_equal(c, all, rest)) {
            sdx_refuse(c, "reshape-product", "%s elements cannot become %s", sdx_show(c, before),
                       sdx_show_dims(c, (sdx_dims){ rank, y }));
            sdx_point(c, 0, -1);
            sdx_hint(c, "the product of the entries has to be %s; -1 works one of them out",
                     sdx_show(c, before));
            return;
        }
    }
    set_view(n, c, rank, y);
}

/* A first dim of 1 where x has a symbolic one: its items run together with another dim. */
static void lint_reshape(const sdx_node *n, sdx_infer *c)
{
    int rank, at = -1;
    sdx_dims x = sdx_in_dims(n, 0), y = sdx_out_dims(n, 0);
    const sdx_dim *want = sdx_since(n) < 5 ? NULL : sdx_in_elems(n, 1, &rank);
    if (!want || rank < 2 || x.rank < 2 || y.rank != rank || !is_symbol(x.dim[0]) ||
        sdx_is_unknown(x.dim[0]))
        return;
    for (int k = 0; k < rank; k++)
        if (!sdx_is_num(want[k]))
            return;
        else if (want[k].n == -1)
            at = k;
    if (want[0].n < 1 || at < 0 || sdx_same(c, x.dim[0], y.dim[at]) != SDX_NO)
        for (int k = 0; k < rank; k++)
            if (want[0].n < 1 || at < 0 || sdx_same(c, x.dim[0], y.dim[k]) == SDX_YES)
                return;
    sdx_warn(c, "reshape-batch",
             "%s is %s; the constant target %s folds %s into dim %d, which becomes %s",
             sdx_in_name(n, 0), sdx_show_dims(c, x), sdx_show_dims(c, (sdx_dims){ rank, want }),
             sdx_show(c, x.dim[0]), at, sdx_show(c, y.dim[at]));
    sdx_point(c, 0, 0);
    sdx_hint(c, "put 0 (copy) or -1 in the place of %s", sdx_show(c, x.dim[0]));
    if (want[0].n == 1 && at >= 0 && !sdx_attr_int(n, "allowzero"))
        sdx_fix_element(c, 1, 0, 0, false);
}

/* ---- Flatten, Squeeze, Unsqueeze ---- */

static void infer_flatten(const sdx_node *n, sdx_infer *c)
{
    sdx_dims x = sdx_in_dims(n, 0);
    int64_t axis = sdx_attr_int(n, "axis");
    sdx_dim *y = sdx_new_dims(c, 2);
    if (x.rank >= 0) {
        if (axis < -x.rank || axis > x.rank) {
            sdx_refuse(c, "flatten-axis", "axis=%" PRId64 ", but the rank is %d", axis, x.rank);
            sdx_point(c, 0, -1);
            sdx_hint(c, "axis may be %d to %d", -x.rank, x.rank);
            return;
        }
        int cut = sdx_axis(axis, x.rank);
        y[0] = sdx_dim_product(c, x, 0, cut);
        y[1] = sdx_dim_product(c, x, cut, x.rank);
    }
    sdx_set_out_dims(c, 0, 2, y);
}

/* A dim of 1 is meant to go, and one that may be 1 goes with it, or not. */
static void warn_of_symbol(sdx_infer *c, sdx_dims x, int k)
{
    int ones = 0;
    for (int i = 0; i < x.rank; i++)
        ones += sdx_is_num(x.dim[i]) && x.dim[i].n == 1;
    if (!ones)
        return;
    sdx_remark(c, "squeeze-dim",
               "there are no axes, so dim %d goes where %s is 1, and stays where not", k,
               sdx_show(c, x.dim[k]));
    sdx_point(c, 0, k);
    sdx_hint(c, "name the axes that are to go; the shape is %s", sdx_show_dims(c, x));
}

static void infer_squeeze(const sdx_node *n, sdx_infer *c)
{
    sdx_dims x = sdx_in_dims(n, 0);
    sdx_ints axes = sdx_read_ints(n, "axes", 1);
    uint64_t gone = 0;
    int rank = 0;
    if (x.rank < 0)
        return;
    if (axes.given == SDX_OPEN) { /* their number alone gives the rank */
        if (axes.count >= 0 && axes.count <= x.rank)
            sdx_set_out_dims(c, 0, x.rank - axes.count, sdx_new_dims(c, x.rank - axes.count));
        return;
    }
    if (axes.given == SDX_GIVEN && !sdx_check_axes(c, "axes", axes.v, axes.count, x.rank, &gone))
        return;
    for (int k = 0; k < x.rank; k++) {
        /* it may be 1 or not: the rank is open */
        if (axes.given == SDX_ABSENT && !sdx_is_num(x.dim[k])) {
            warn_of_symbol(c, x, k);
            return;
        }
        if (axes.given == SDX_ABSENT && x.dim[k].n == 1)
            gone |= UINT64_C(1) << k;
        if (!(gone >> k & 1) || sdx_equal(c, x.dim[k], sdx_num(1)))
            continue;
        sdx_refuse(c, "squeeze-dim", "axis %d cannot go: its dim is %s, not 1", k,
                   sdx_show(c, x.dim[k]));
        sdx_point(c, 0, k);
        sdx_hint(c, "name axes with dim 1 alone; the shape is %s", sdx_show_dims(c, x));
        return;
    }
    sdx_dim *y = sdx_new_dims(c, x.rank);
    for (int k = 0; k < x.rank; k++)
        if (!(gone >> k & 1))
            y[rank++] = x.dim[k];
    set_view(n, c, rank, y);
}

static void infer_unsqueeze(const sdx_node *n, sdx_infer *c)
{
    sdx_dims x = sdx_in_dims(n, 0);
    sdx_ints axes = sdx_read_ints(n, "axes", 1);
    uint64_t fresh = 0;
    int rank = x.rank + axes.count;
    if (x.rank < 0 || axes.count < 0)
        return;
    if (axes.count > SDX_MAX_RANK || rank > SDX_MAX_RANK) {
        sdx_refuse(c, "unsqueeze-rank",
                   "%d axes added to rank %d are more dims than the %d that are possible",
                   axes.count, x.rank, SDX_MAX_RANK);
        sdx_hint(c, "add at most %d", SDX_MAX_RANK - x.rank);
        return;
    }
    sdx_dim *y = sdx_new_dims(c, rank);
    if (axes.given == SDX_OPEN) {
        sdx_set_out_dims(c, 0, rank, y);
        return;
    }
    if (!sdx_check_axes(c, "axes", axes.v, axes.count, rank, &fresh))
        return;
    for (int k = 0, i = 0; k < rank; k++)
        y[k] = fresh >> k & 1 ? sdx_num(1) : x.dim[i++];
    set_view(n, c, rank, y);
}

/* ---- Identity ---- */

static void infer_identity(const sdx_node *n, sdx_infer *c)
{
    int count;
    const sdx_dim *e = sdx_in_elems(n, 0, &count);
    sdx_set_out_type(c, 0, sdx_in_type(n, 0));
    if (e)
        sdx_set_out_elems(c, 0, count, e);
}

static sdx_status prepare_identity(const sdx_node *n, sdx_prepare *c, void **state)
{
    (void)state;
    if (sdx_type_kind(sdx_in_type(n, 0)) == SDX_TENSOR)
        sdx_alias(c, 0, 0, 0);
    return SDX_OK;
}

static sdx_status run_identity(const sdx_node *n, const void *state, sdx_run *c)
{
    (void)n, (void)state;
    return sdx_set_out(c, 0, sdx_in_value(c, 0));
}

static const sdx_op ops[] = {
    { SDX_OP(Reshape), .derive = sdx_derive_reshape, .schema = reshape_schema,
      .limits = "shape#0-1 ?allowzero:0|1", .traits = SDX_PURE | SDX_VIEW, .infer = infer_reshape,
      .lint = lint_reshape },
    { SDX_OP(Flatten), .derive = sdx_derive_reshape, .schema = flatten_schema,
      .traits = SDX_PURE | SDX_VIEW, .infer = infer_flatten },
    { SDX_OP(Squeeze), .derive = sdx_derive_reshape, .schema = squeeze_schema, .limits = "axes#0-1",
      .traits = SDX_PURE | SDX_VIEW, .infer = infer_squeeze },
    { SDX_OP(Unsqueeze), .derive = sdx_derive_reshape, .schema = unsqueeze_schema,
      .limits = "axes#0-1", .traits = SDX_PURE | SDX_VIEW, .infer = infer_unsqueeze },
    { SDX_OP(Identity), .derive = sdx_derive_reshape, .schema = identity_schema,
      .traits = SDX_PURE | SDX_VIEW, .infer = infer_identity, .prepare = prepare_identity,
      .run = run_identity },
    { 0 },
};
const sdx_family sdx_family_tensor_reshape = { ops, 0 };
