/* ops/common/derivatives_moves.c - rules of derivatives where elements are moved, joined or chosen.
 *
 * Most of these are one: the operator moves the places of the elements, counted from 1, in their
 * stead, and each slope is added where its element came from.  Place 0 is nobody's: what was padded
 * lies there. */
#include "common/derivatives.h"
#include <stdio.h>
#include <string.h>

/* moved_ = the places; first_: a list of the number 1, flat_ of -1, more_ of how many elements
 * there are, and one more. */
static sdx_status count_places(sdx_rewrite *c, const char *x)
{
    return sdx_body(c, 18,
                    "shape_ = Shape(%s); size_ = Size(%s); one_ = Constant<value_int = 1>(); "
                    "first_ = Constant<value_ints = [1]>(); flat_ = Constant<value_ints = [-1]>(); "
                    "end_ = Add(size_, one_); more_ = Add(first_, size_)",
                    x, x);
}

static sdx_status add_to_places(sdx_rewrite *c, const char *x, const char *y)
{
    return sdx_body(c, 18,
                    "at_ = Reshape(moved_, flat_); dy_ = Reshape(d%s, flat_); "
                    "none_ = Constant<value_float = 0.0>(); zero_ = CastLike(none_, dy_); "
                    "room_ = Expand(zero_, more_); axis_ = Constant<value_ints = [0]>(); "
                    "all_ = ScatterElements<reduction = \"add\">(room_, at_, dy_); "
                    "real_ = Slice(all_, first_, more_, axis_); "
                    "d%s = Reshape<allowzero = 1>(real_, shape_)",
                    y, x);
}

sdx_status sdx_derive_move(const sdx_node *n, sdx_rewrite *c)
{
    char more[200] = "";
    const char *x = sdx_in_name(n, 0);
    bool pad = sdx_is(n, "Pad");
    size_t at = 0;
    if (pad && sdx_since(n) < 11)
        return sdx_cannot(c, "the derivative of Pad is known from opset 11 on");
    for (int i = 1; i < sdx_in_count(n); i++) /* the number that Pad puts in is 0 here */
        at += (size_t)snprintf(more + at, sizeof more - at, ", %s",
                               pad && i == 2 ? "" : sdx_in_name(n, i));
    SDX_TRY(count_places(c, x));
    SDX_TRY(sdx_body(c, 18,
                     "order_ = Range(one_, end_, one_); "
                     "places_ = Reshape<allowzero = 1>(order_, shape_)"));
    SDX_TRY(sdx_body(c, sdx_since(n), "moved_ = %s<@>(places_%s)", sdx_op_name(n), more));
    return add_to_places(c, x, sdx_out_name(n, 0));
}

/* The operator itself says where its largest elements are. */
sdx_status sdx_derive_max_pool(const sdx_node *n, sdx_rewrite *c)
{
    (void)n;
    SDX_TRY(count_places(c, "X"));
    SDX_TRY(sdx_body(c, 12, "top_, found_ = MaxPool<@, storage_order = 0>(X)"));
    SDX_TRY(sdx_body(c, 18, "moved_ = Add(found_, one_)"));
    return add_to_places(c, "X", "Y");
}

/* ---- several tensors ---- */

/* Each has its piece of the slope. */
sdx_status sdx_derive_concat(const sdx_node *n, sdx_rewrite *c)
{
    int axis = (int)sdx_attr_int(n, "axis");
    char end[32] = "";
    if (sdx_since(n) < 4)
        return sdx_cannot(c, "the derivative of Concat is known from opset 4 on");
    if (axis != -1)
        snprintf(end, sizeof end, ", end = %d", axis + 1);
    SDX_TRY(sdx_body(
        c, 18, "end0 = Constant<value_ints = [0]>(); axis = Constant<value_ints = [%d]>()", axis));
    for (int i = 0; i < sdx_in_count(n); i++) {
        const char *x = sdx_in_name(n, i);
        SDX_TRY(sdx_body(c, 18,
                         "size%d = Shape<start = %d%s>(%s); end%d = Add(end%d, size%d); "
                         "d%s = Slice(d%s, end%d, end%d, axis)",
                         i, axis, end, x, i + 1, i, i, x, sdx_out_name(n, 0), i, i + 1));
    }
    return SDX_OK;
}

sdx_status sdx_derive_split(const sdx_node *n, sdx_rewrite *c)
{
    int axis = (int)sdx_attr_int(n, "axis"), count = sdx_out_count(n);
    for (int i = 0; i < count; i++) {
        const char *y = sdx_out_name(n, i);
        if (!sdx_has_out(n, i))
            return sdx_cannot(c, "the derivative of Split wants all of its outputs to have names");
        SDX_TRY(i ? sdx_body(c, 13, "all%d = Concat<axis = %d>(all%d, d%s)", i, axis, i - 1, y)
                  : sdx_body(c, 13, "all0 = Identity(d%s)", y));
    }
    return sdx_body(c, 13, "d%s = Identity(all%d)", sdx_in_name(n, 0), count - 1);
}

sdx_status sdx_derive_where(const sdx_node *n, sdx_rewrite *c)
{
    (void)n;
    return sdx_body(c, 18,
                    "none = Constant<value_float = 0.0>(); zero = CastLike(none, doutput); "
                    "x = Where(condition, doutput, zero); dX = sdx.Unbroadcast(x, X); "
                    "y = Where(condition, zero, doutput); dY = sdx.Unbroadcast(y, Y)");
}

/* Max and Min: those that are equal share the slope. */
sdx_status sdx_derive_extreme(const sdx_node *n, sdx_rewrite *c)
{
    const char *y = sdx_out_name(n, 0);
    int count = sdx_in_count(n);
    for (int i = 0; i < count; i++) {
        SDX_TRY(sdx_body(c, 18, "same%d = Equal(%s, %s); is%d = CastLike(same%d, %s)", i, y,
                         sdx_in_name(n, i), i, i, y));
        SDX_TRY(i ? sdx_body(c, 18, "sum%d = Add(sum%d, is%d)", i, i - 1, i)
                  : sdx_body(c, 18, "sum0 = Identity(is0)"));
    }
    SDX_TRY(sdx_body(c, 18, "share = Div(d%s, sum%d)", y, count - 1));
    for (int i = 0; i < count; i++)
        SDX_TRY(sdx_body(c, 18, "part%d = Mul(share, is%d); d%s = sdx.Unbroadcast(part%d, %s)", i,
                         i, sdx_in_name(n, i), i, sdx_in_name(n, i)));
    return SDX_OK;
}
