/* ops/microsoft/attention/tail.c - masks and the call of Attention, for the attention operators of
 * com.microsoft. */
#include "microsoft/attention/tail.h"
#include "common/check.h"
#include <inttypes.h>
#include <math.h>

static const char rule[] = "attention-shape";

bool microsoft_check_heads(const sdx_node *n, sdx_infer *c, int i, int axis, sdx_dim d)
{
    int64_t heads = sdx_attr_int(n, "num_heads");
    return sdx_check_heads(n, c, "num_heads", heads, i, axis, d);
}

static bool is_one(sdx_dim d)
{
    return sdx_is_num(d) && d.n == 1;
}

/* A dim that may be 1 where others repeat it. */
static bool check_broadcast(const sdx_node *n, sdx_infer *c, int i, int axis, sdx_dim d,
                            const char *what)
{
    sdx_dim is = sdx_in_dim(n, i, axis);
    return !sdx_is_num(is) || is_one(is) || sdx_check_dim(n, c, rule, i, axis, d, what);
}

bool microsoft_check_masks(const sdx_node *n, sdx_infer *c, const microsoft_masks *m,
                           const sdx_dim *scores)
{
    sdx_dims d = sdx_in_dims(n, m->mask);
    if (sdx_has_in(n, m->mask) && !sdx_check_rank(c, m->mask, 1, 4))
        return false;
    if (d.rank == 2 && !is_one(d.dim[1]) &&
        (!check_broadcast(n, c, m->mask, 0, scores[0], "the batch") ||
         !check_broadcast(n, c, m->mask, 1, scores[3], "all keys")))
        return false;
    if (d.rank == 3 && (!check_broadcast(n, c, m->mask, 0, scores[0], "the batch") ||
                        !sdx_check_dim(n, c, rule, m->mask, 1, scores[2], "the queries") ||
                        !sdx_check_dim(n, c, rule, m->mask, 2, scores[3], "all keys")))
        return false;
    if (m->bias < 0 || !sdx_has_in(n, m->bias))
        return true;
    return sdx_check_rank(c, m->bias, 4, 4) &&
           check_broadcast(n, c, m->bias, 0, scores[0], "the batch") &&
           check_broadcast(n, c, m->bias, 1, scores[1], "the heads") &&
           sdx_check_dim(n, c, rule, m->bias, 2, scores[2], "the queries") &&
           sdx_check_dim(n, c, rule, m->bias, 3, scores[3], "all keys");
}

const char *microsoft_unsupported(const sdx_node *n, const microsoft_masks *m)
{
    return sdx_in_dims(n, m->mask).rank == 4 ? "a mask of 4 dims is not supported" : NULL;
}

/* seen = [batch, 1, 1, keys], from where each item ends and, where `starts`, begins. */
static sdx_status put_ends(sdx_rewrite *c, const microsoft_masks *m)
{
    SDX_TRY(sdx_body(c, 15,
                     "items = Shape<start = 0, end = 1>(q); none = Constant<value_ints = [0]>(); "
                     "once = Constant<value = int32 {1}>(); zero = Constant<value = int32 {0}>(); "
                     "wide = Cast<to = 6>(keys); many = Squeeze(wide); "
                     "order = Range(zero, many, once); ends = Slice(%s, none, items); "
                     "beside = Constant<value_ints = [1]>(); end = Unsqueeze(ends, beside); "
                     "before = Less(order, end)",
                     m->mask_name));
    if (m->starts) /* what is not there begins at 0 */
        SDX_TRY(sdx_body(
            c, 16,
            "twice = Add(items, items); zeros = Expand(zero, items); "
            "longer = Concat<axis = 0>(%s, zeros); begins = Slice(longer, items, twice); "
            "length = Shape(%s); two = Equal(length, twice); begun = Where(two, begins, zero); "
            "begin = Unsqueeze(begun, beside); after = GreaterOrEqual(order, begin); "
            "there = And(before, after)",
            m->mask_name, m->mask_name));
    return sdx_body(c, 15, "inner = Constant<value_ints = [1, 2]>(); seen = Unsqueeze(%s, inner)",
                    m->starts ? "there" : "before");
}

/* mask = 0 where a key is seen, else the filter value; false in *any: there is no such mask. */
static sdx_status put_mask(const sdx_node *n, sdx_rewrite *c, const microsoft_masks *m, bool *any)
{
    sdx_dims d = sdx_in_dims(n, m->mask);
    *any = sdx_has_in(n, m->mask) && !(d.rank == 2 && is_one(d.dim[1]));
    if (!*any)
        return SDX_OK;
    if (d.rank < 0)
        return sdx_cannot(c, "the rank of %s must be known", m->mask_name);
    if (d.rank == 1)
        SDX_TRY(put_ends(c, m));
    else
        SDX_TRY(sdx_body(c, 15,
                         "hidden = Constant<value = int32 {0}>(); open = Greater(%s, hidden); "
                         "inner = Constant<value_ints = %s>(); seen = Unsqueeze(open, inner)",
                         m->mask_name, d.rank == 2 ? "[1, 2]" : "[1]"));
    double filter = sdx_has_attr(n, "mask_filter_value") ? sdx_attr_float(n, "mask_filter_value")
                                                         : -10000.0;
    return sdx_body(c, 16,
                    "filter = Constant<value_float = %s>(); off = CastLike(filter, q); "
                    "nothing = Constant<value_float = 0.0>(); on = CastLike(nothing, q); "
                    "mask = Where(seen, on, off)",
                    sdx_float_text(c, filter));
}

sdx_status microsoft_attend(const sdx_node *n, sdx_rewrite *c, const microsoft_masks *m,
                            const char *past, const char *outs)
{
    bool mask, bias = m->bias >= 0 && sdx_has_in(n, m->bias);
    double scale = sdx_has_attr(n, "scale") ? sdx_attr_float(n, "scale") : 0;
    int64_t heads = sdx_attr_int(n, "num_heads");
    const char *scaled = "", *masks = bias ? m->bias_name : "";
    if (scale < 0) /* Attention takes its square root */
        SDX_TRY(sdx_body(c, 13, "turned = Neg(q)"));
    SDX_TRY(put_mask(n, c, m, &mask));
    if (mask && bias)
        SDX_TRY(sdx_body(c, 14, "masks = Add(mask, %s)", m->bias_name));
    if (mask)
        masks = bias ? "masks" : "mask";
    if (scale != 0) /* 0 is the usual one */
        scaled = sdx_float_text(c, fabs(scale));
    bool more = *masks || past;
    return sdx_body(c, 23,
                    "%s = Attention<q_num_heads = %" PRId64 ", kv_num_heads = %" PRId64
                    ", is_causal = %d, qk_matmul_output_mode = 2%s%s>(%s, k, v%s%s%s%s)",
                    outs, heads, heads, sdx_attr_int(n, "unidirectional") == 1,
                    scale != 0 ? ", scale = " : "", scaled, scale < 0 ? "turned" : "q",
                    more ? ", " : "", masks, past ? ", " : "", past ? past : "");
}
