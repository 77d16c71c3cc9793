/* ops/common/derivatives_losses.c - rules of derivatives of losses over classes.
 *
 * Each sample has its share of the slope: its weight, 0 where it is ignored, over the sum of all
 * weights where the mean is taken.  It falls on the class that is right, less what softmax
 * gives. */
#include "common/derivatives.h"
#include <inttypes.h>

/* right_ = 1 where a class is the right one; share_ = what a sample has of the slope; both with
 * classes on axis 1. */
static sdx_status put_shares(const sdx_node *n, sdx_rewrite *c)
{
    const char *x = sdx_in_name(n, 0), *target = sdx_in_name(n, 1), *loss = sdx_out_name(n, 0);
    SDX_TRY(sdx_body(c, 18,
                     "x_ = Identity(%s); target_ = Cast<to = 7>(%s); dloss_ = Identity(d%s); "
                     "nought_ = Constant<value_int = 0>(); zero_ = CastLike(nought_, x_); "
                     "unit_ = Constant<value_int = 1>(); one_ = CastLike(unit_, x_); "
                     "first_ = Constant<value_ints = [1]>()",
                     x, target, loss));
    SDX_TRY(sdx_has_attr(n, "ignore_index")
                ? sdx_body(c, 18,
                           "none_ = Constant<value_int = %" PRId64 ">(); "
                           "left_out_ = Equal(target_, none_); "
                           "class_ = Where(left_out_, nought_, target_); "
                           "counts_ = Where(left_out_, zero_, one_)",
                           sdx_attr_int(n, "ignore_index"))
                : sdx_body(c, 18,
                           "class_ = Identity(target_); shape_ = Shape(target_); "
                           "counts_ = Expand(one_, shape_)"));
    SDX_TRY(sdx_has_in(n, 2)
                ? sdx_body(c, 18, "each_ = Gather(%s, class_); weight_ = Mul(each_, counts_)",
                           sdx_in_name(n, 2))
                : sdx_body(c, 18, "weight_ = Identity(counts_)"));
    SDX_TRY(sdx_body(c, 18,
                     sdx_attr_is(n, "reduction", "mean")
                         ? "all_ = ReduceSum<keepdims = 0>(weight_); part_ = Div(dloss_, all_)"
                         : "part_ = Identity(dloss_)"));
    return sdx_body(c, 18,
                    "some_ = Mul(weight_, part_); share_ = Unsqueeze(some_, first_); "
                    "classes_ = Shape<start = 1, end = 2>(x_); "
                    "begin_ = Constant<value_ints = [0]>(); flat_zero_ = Unsqueeze(zero_, begin_); "
                    "flat_one_ = Unsqueeze(one_, begin_); "
                    "off_on_ = Concat<axis = 0>(flat_zero_, flat_one_); "
                    "right_ = OneHot<axis = 1>(class_, classes_, off_on_)");
}

sdx_status sdx_derive_nll_loss(const sdx_node *n, sdx_rewrite *c)
{
    SDX_TRY(put_shares(n, c));
    return sdx_body(c, 18, "hit_ = Mul(right_, share_); d%s = Neg(hit_)", sdx_in_name(n, 0));
}

sdx_status sdx_derive_cross_entropy_loss(const sdx_node *n, sdx_rewrite *c)
{
    bool log = sdx_has_out(n, 1);
    SDX_TRY(put_shares(n, c));
    SDX_TRY(sdx_body(
        c, 18,
        "p_ = Softmax<axis = 1>(x_); over_ = Sub(p_, right_); by_loss_ = Mul(over_, share_)"));
    if (log) /* its slope, less what each takes from all */
        SDX_TRY(sdx_body(c, 18,
                         "sum_ = ReduceSum(d%s, first_); taken_ = Mul(p_, sum_); "
                         "by_log_ = Sub(d%s, taken_)",
                         sdx_out_name(n, 1), sdx_out_name(n, 1)));
    return sdx_body(c, 18, log ? "d%s = Add(by_loss_, by_log_)" : "d%s = Identity(by_loss_)",
                    sdx_in_name(n, 0));
}
