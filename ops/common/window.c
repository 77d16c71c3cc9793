/* ops/common/window.c - see window.h.
 *
 * Source: ONNX Operators.md, Conv, ConvTranspose, MaxPool (shape formulas of auto_pad and
 * ceil_mode). */
#include "common/window.h"
#include <inttypes.h>
#include <limits.h>
#include <string.h>

/* ---- attributes ---- */

/* A list attribute into `to`, each at least `least`; absent: `otherwise`. */
static bool read_list(const sdx_node *n, sdx_infer *c, const char *name, int want, int64_t least,
                      int64_t otherwise, int64_t *to)
{
    int count;
    const int64_t *v = sdx_attr_ints(n, name, &count);
    for (int k = 0; k < want; k++)
        to[k] = v && k < count ? v[k] : otherwise;
    if (!v || !c)
        return true;
    if (count != want) {
        sdx_refuse(c, "window-attribute-length", "%s has %d element%s, %d spatial dim%s want%s %d",
                   name, count, count == 1 ? "" : "s", want, want == 1 ? "" : "s",
                   want == 1 ? "s" : "", want);
        sdx_number(c, "elements", count);
        sdx_number(c, "wanted", want);
        sdx_hint(c, "give %s one number for each spatial dim, %d in all", name, want);
        return false;
    }
    for (int k = 0; k < want; k++) {
        /* The bound on the other side keeps products of spans within 64 bits. */
        if (v[k] >= least && v[k] <= INT32_MAX)
            continue;
        sdx_refuse(c, "window-attribute-range", "%s[%d] = %" PRId64 " is %s", name, k, v[k],
                   v[k] < least ? least == 0 ? "negative" : "not positive" : "too large");
        sdx_number(c, name, v[k]);
        sdx_hint(c, "%s must be at least %" PRId64, name, least);
        return false;
    }
    return true;
}

static bool read_pads(const sdx_node *n, sdx_infer *c, sdx_window *window)
{
    int64_t pads[2 * SDX_MAX_RANK] = { 0 };
    int count;
    const int64_t *v = sdx_attr_ints(n, "pads", &count);
    int rank = window->rank;
    window->auto_pad = sdx_attr_is(n, "auto_pad", "SAME_UPPER")   ? SDX_PAD_SAME_UPPER
                       : sdx_attr_is(n, "auto_pad", "SAME_LOWER") ? SDX_PAD_SAME_LOWER
                       : sdx_attr_is(n, "auto_pad", "VALID")      ? SDX_PAD_VALID
                                                                  : SDX_PAD_GIVEN;
    if (c && window->auto_pad == SDX_PAD_GIVEN && sdx_has_attr(n, "auto_pad") &&
        !sdx_attr_is(n, "auto_pad", "NOTSET") && sdx_attr_string(n, "auto_pad").length > 0) {
        sdx_string s = sdx_attr_string(n, "auto_pad");
        sdx_refuse(c, "window-auto-pad", "auto_pad is '%.*s', which %s does not know",
                   (int)(s.length < 40 ? s.length : 40), s.text, sdx_op_name(n));
        sdx_hint(c, "auto_pad may be NOTSET, SAME_UPPER, SAME_LOWER or VALID");
        return false;
    }
    if (c && v && count != 2 * rank) {
        sdx_refuse(c, "window-attribute-length", "pads has %d elements, %d spatial dim%s want%s %d",
                   count, rank, rank == 1 ? "" : "s", rank == 1 ? "s" : "", 2 * rank);
        sdx_hint(c, "pads lists all beginnings, then all ends: %d numbers", 2 * rank);
        return false;
    }
    if (!read_list(n, c, "pads", 2 * rank, 0, 0, pads))
        return false;
    for (int k = 0; c && k < 2 * rank && window->auto_pad != SDX_PAD_GIVEN; k++)
        if (pads[k] > 0) {
            sdx_string s = sdx_attr_string(n, "auto_pad");
            sdx_warn(c, "window-auto-pad",
                     "auto_pad is %.*s, so pads[%d] = %" PRId64 " is not used", (int)s.length,
                     s.text, k, pads[k]);
            sdx_hint(c, "leave out pads, or set auto_pad to NOTSET");
            sdx_fix_leave_out(c, "pads", true);
            break;
        }
    for (int k = 0; k < rank; k++) {
        bool given = window->auto_pad == SDX_PAD_GIVEN;
        window->begin[k] = given ? pads[k] : 0;
        window->end[k] = given ? pads[rank + k] : 0;
    }
    return true;
}

/* kernel_shape, or W's dims past the first two; both, where both are there, must agree. */
static bool read_kernel(const sdx_node *n, sdx_infer *c, int w, sdx_window *window)
{
    sdx_dims dims = w >= 0 ? sdx_in_dims(n, w) : (sdx_dims){ -1, NULL };
    bool given = sdx_has_attr(n, "kernel_shape");
    if (given && !read_list(n, c, "kernel_shape", window->rank, 1, -1, window->kernel))
        return false;
    for (int k = 0; k < window->rank; k++) {
        sdx_dim d = k + 2 < dims.rank ? dims.dim[k + 2] : sdx_unknown();
        if (!given) {
            window->kernel[k] = sdx_is_num(d) ? d.n : -1;
            if (!c || !sdx_is_num(d) || (d.n > 0 && d.n <= INT32_MAX))
                continue;
            sdx_refuse(c, "conv-kernel-shape", "%s has a spatial dim of %" PRId64,
                       sdx_in_name(n, w), d.n);
            sdx_point(c, w, k + 2);
            return false;
        }
        if (!c || sdx_equal(c, d, sdx_num(window->kernel[k])))
            continue;
        sdx_refuse(c, "conv-kernel-shape", "kernel_shape[%d] = %" PRId64 ", but %s.shape[%d] = %s",
                   k, window->kernel[k], sdx_in_name(n, w), k + 2, sdx_show(c, d));
        sdx_point(c, w, k + 2);
        sdx_hint(c, "leave kernel_shape out: it follows from %s", sdx_in_name(n, w));
        sdx_fix_leave_out(c, "kernel_shape", false);
        return false;
    }
    return true;
}

bool sdx_read_window(const sdx_node *n, sdx_infer *c, int rank, int w, sdx_window *window)
{
    window->rank = rank;
    for (int k = 0; k < rank; k++)
        window->kernel[k] = -1;
    return read_kernel(n, c, w, window) && read_list(n, c, "strides", rank, 1, 1, window->stride) &&
           read_list(n, c, "dilations", rank, 1, 1, window->dilation) && read_pads(n, c, window);
}

/* ---- sizes ---- */

void sdx_window_fit(sdx_window *window, const int64_t *in)
{
    if (window->auto_pad != SDX_PAD_SAME_UPPER && window->auto_pad != SDX_PAD_SAME_LOWER)
        return;
    for (int k = 0; k < window->rank; k++) {
        int64_t out = (in[k] + window->stride[k] - 1) / window->stride[k];
        int64_t pad = (out - 1) * window->stride[k] + sdx_window_span(window, k) - in[k];
        if (pad < 0 || in[k] == 0)
            pad = 0;
        int64_t half = pad / 2;
        window->begin[k] = window->auto_pad == SDX_PAD_SAME_UPPER ? half : pad - half;
        window->end[k] = pad - window->begin[k];
    }
}

/* With ceil_mode a window less, where the last would begin in the trailing pad. */
static sdx_dim drop_last(sdx_infer *c, const sdx_window *w, int k, sdx_dim in, sdx_dim steps)
{
    int64_t span = sdx_window_span(w, k), stride = w->stride[k];
    if (sdx_is_num(steps) && sdx_is_num(in))
        return sdx_num(steps.n - (steps.n * stride >= in.n + w->begin[k]));
    if (w->end[k] + stride <= span)
        return steps;
    sdx_dim last = sdx_dim_add(c, in, sdx_num(w->begin[k] - 1));
    return w->end[k] <= span ? sdx_dim_min(c, steps, sdx_dim_div(c, last, sdx_num(stride)))
                             : sdx_unknown();
}

/* Beyond this a dim, what pads it and what a window spans would not add up within 64 bits; a dim of
 * 0 beside it makes even such a tensor possible. */
static bool is_too_large(sdx_infer *c, int x, int axis, sdx_dim in)
{
    if (!sdx_is_num(in) || in.n <= INT64_MAX / 4)
        return false;
    sdx_refuse(c, "shape-too-large", "a window cannot go over %" PRId64 " elements", in.n);
    sdx_point(c, x, axis);
    sdx_number(c, "dim", in.n);
    sdx_hint(c, "look at where this dim comes from: nothing of that size can be stored");
    return true;
}

sdx_dim sdx_window_out(sdx_infer *c, const sdx_window *w, int k, int x, int axis, sdx_dim in,
                       bool ceil)
{
    sdx_dim stride = sdx_num(w->stride[k]);
    if (is_too_large(c, x, axis, in))
        return sdx_unknown();
    if (w->auto_pad == SDX_PAD_SAME_UPPER || w->auto_pad == SDX_PAD_SAME_LOWER)
        return sdx_dim_ceil(c, in, stride);
    if (w->kernel[k] < 0 || sdx_is_unknown(in))
        return sdx_unknown();
    int64_t pads = w->begin[k] + w->end[k], span = sdx_window_span(w, k);
    sdx_dim room = sdx_dim_add(c, in, sdx_num(pads - span));
    if (sdx_is_num(in) && in.n + pads < span) {
        sdx_refuse(c, "window-too-large",
                   "a window of %" PRId64 " does not fit into %" PRId64 " with %" PRId64
                   " of padding",
                   span, in.n, pads);
        sdx_point(c, x, axis);
        sdx_number(c, "window", span);
        sdx_number(c, "padding", pads);
        sdx_hint(c, "pad by %" PRId64 " more, or use a smaller kernel or dilation",
                 span - in.n - pads);
        return sdx_unknown();
    }
    sdx_dim steps = ceil ? sdx_dim_ceil(c, room, stride) : sdx_dim_div(c, room, stride);
    if (ceil)
        steps = drop_last(c, w, k, in, steps);
    return sdx_dim_add(c, steps, sdx_num(1));
}

/* ---- channels ---- */

static bool check_group_positive(sdx_infer *c, int64_t group)
{
    if (group >= 1)
        return true;
    sdx_refuse(c, "conv-group-positive", "group is %" PRId64, group);
    sdx_number(c, "group", group);
    sdx_hint(c, "group must be at least 1; 1 is an ordinary convolution");
    return false;
}

/* Is the bias, where one is given, of another length? */
static bool bias_differs(const sdx_node *n, int64_t filters)
{
    for (int i = 0; i < sdx_in_count(n); i++) {
        sdx_dim d = sdx_has_in(n, i) && strcmp(sdx_in_name(n, i), "B") == 0 ? sdx_in_dim(n, i, 0)
                                                                            : sdx_unknown();
        if (sdx_is_num(d) && d.n != filters)
            return true;
    }
    return false;
}

/* Where all counts are numbers, W's own shape may leave one group only: channels / W.dim[1].  That
 * it is what was meant is certain where the group fits nothing, or each filter has one channel. */
static void hint_group_of_w(const sdx_node *n, sdx_infer *c, int w, sdx_dim channels, int64_t group)
{
    sdx_dim filters = sdx_in_dim(n, w, 0), each = sdx_in_dim(n, w, 1);
    if (!sdx_is_num(channels) || !sdx_is_num(each) || each.n <= 0 || channels.n <= 0)
        return;
    int64_t fits = channels.n % each.n == 0 ? channels.n / each.n : 0;
    if (fits > 0 && sdx_is_num(filters) && filters.n % fits == 0) {
        sdx_hint(c,
                 "with this %s (%" PRId64 " filters of %" PRId64 " channel%s) group = %" PRId64
                 " fits",
                 sdx_in_name(n, w), filters.n, each.n, each.n == 1 ? "" : "s", fits);
        if (!bias_differs(n, filters.n))
            sdx_fix_int(c, "group", fits, each.n == 1 || channels.n % group != 0);
    }
    sdx_dim takes = sdx_dim_mul(c, sdx_num(group), each); /* unknown where no number is so large */
    if (sdx_is_num(takes))
        sdx_hint(c, "or feed %" PRId64 " channels", takes.n);
}

/* A picture as [N, H, W, C] is the usual reason for channels that are nowhere near W's. */
static void hint_channels_last(const sdx_node *n, sdx_infer *c, int x, sdx_dim wanted)
{
    sdx_dims d = sdx_in_dims(n, x);
    if (d.rank >= 3 && sdx_is_num(wanted) && sdx_is_num(d.dim[d.rank - 1]) &&
        d.dim[d.rank - 1].n == wanted.n)
        sdx_hint(c,
                 "the last dim of %s is %" PRId64
                 ": if that is the channels, transpose %s so that they come second",
                 sdx_in_name(n, x), wanted.n, sdx_in_name(n, x));
}

/* What both findings about channels show. */
static void point_channels(sdx_infer *c, int x, int w, int w_axis, sdx_dim channels, int64_t group)
{
    sdx_point(c, x, 1);
    sdx_point(c, w, w_axis);
    sdx_number(c, "group", group);
    if (sdx_is_num(channels))
        sdx_number(c, "channels", channels.n);
}

bool sdx_check_group(const sdx_node *n, sdx_infer *c, int x, int w)
{
    int64_t group = sdx_attr_int(n, "group");
    sdx_dim channels = sdx_in_dim(n, x, 1), each = sdx_in_dim(n, w, 1);
    if (!check_group_positive(c, group))
        return false;
    sdx_dim wanted = sdx_dim_mul(c, sdx_num(group), each);
    if (sdx_must_divide(c, group, channels, x, 1) == SDX_NO) {
        sdx_refuse(c, "conv-group-channels",
                   "%s input channels do not split into %" PRId64 " groups", sdx_show(c, channels),
                   group);
        point_channels(c, x, w, 1, channels, group);
        sdx_hint(c, "group may be %s", sdx_divisors(c, channels));
    } else if (!sdx_equal(c, channels, wanted)) {
        sdx_refuse(c, "conv-weight-channels",
                   "%s has %s channels, but %s.shape[1] x group = %s x %" PRId64 " = %s",
                   sdx_in_name(n, x), sdx_show(c, channels), sdx_in_name(n, w), sdx_show(c, each),
                   group, sdx_show(c, wanted));
        point_channels(c, x, w, 1, channels, group);
        hint_channels_last(n, c, x, wanted);
        if (sdx_is_num(channels))
            sdx_hint(c, "%s.shape[1] should be %" PRId64 " for group = %" PRId64, sdx_in_name(n, w),
                     channels.n / group, group);
    } else {
        return true;
    }
    hint_group_of_w(n, c, w, channels, group);
    return false;
}

bool sdx_check_filters(const sdx_node *n, sdx_infer *c, int w)
{
    int64_t group = sdx_attr_int(n, "group");
    sdx_dim filters = sdx_in_dim(n, w, 0);
    if (sdx_must_divide(c, group, filters, w, 0) != SDX_NO)
        return true;
    sdx_refuse(c, "conv-group-filters", "%s filters do not split into %" PRId64 " groups",
               sdx_show(c, filters), group);
    sdx_point(c, w, 0);
    sdx_number(c, "group", group);
    if (sdx_is_num(filters))
        sdx_number(c, "filters", filters.n);
    sdx_hint(c, "for these filters group may be %s", sdx_divisors(c, filters));
    return false;
}

bool sdx_check_group_transposed(const sdx_node *n, sdx_infer *c, int x, int w)
{
    int64_t group = sdx_attr_int(n, "group");
    sdx_dim channels = sdx_in_dim(n, x, 1), rows = sdx_in_dim(n, w, 0);
    if (!check_group_positive(c, group))
        return false;
    if (sdx_must_divide(c, group, channels, x, 1) == SDX_NO) {
        sdx_refuse(c, "conv-group-channels",
                   "%s input channels do not split into %" PRId64 " groups", sdx_show(c, channels),
                   group);
        sdx_hint(c, "group may be %s", sdx_divisors(c, channels));
    } else if (!sdx_equal(c, channels, rows)) {
        sdx_refuse(c, "conv-transpose-weight", "%s has %s channels, but %s.shape[0] = %s",
                   sdx_in_name(n, x), sdx_show(c, channels), sdx_in_name(n, w), sdx_show(c, rows));
        sdx_hint(
            c,
            "%s of a transposed convolution is [C, M / group, ...], so its first dim is that of the input's channels",
            sdx_in_name(n, w));
        sdx_hint(c, "make %s.shape[0] = %s, or feed %s channels", sdx_in_name(n, w),
                 sdx_show(c, channels), sdx_show(c, rows));
    } else {
        return true;
    }
    point_channels(c, x, w, 0, channels, group);
    return false;
}

bool sdx_check_bias(const sdx_node *n, sdx_infer *c, int b, sdx_dim filters)
{
    if (!sdx_has_in(n, b))
        return true;
    if (!sdx_check_rank(c, b, 1, 1))
        return false;
    sdx_dim length = sdx_in_dim(n, b, 0);
    if (sdx_equal(c, length, filters))
        return true;
    sdx_refuse(c, "conv-bias-length", "%s has %s elements for %s filters", sdx_in_name(n, b),
               sdx_show(c, length), sdx_show(c, filters));
    sdx_point(c, b, 0);
    sdx_hint(c, "give %s one element for each filter: %s", sdx_in_name(n, b), sdx_show(c, filters));
    return false;
}

int sdx_check_conv_rank(const sdx_node *n, sdx_infer *c, int x, int w)
{
    int ranks[2] = { sdx_in_dims(n, x).rank, sdx_in_dims(n, w).rank }, input[2] = { x, w };
    for (int i = 0; i < 2; i++) {
        if (ranks[i] < 0 || ranks[i] >= 3)
            continue;
        sdx_refuse(c, "conv-rank", "%s has rank %d; a convolution wants 3 or more",
                   sdx_in_name(n, input[i]), ranks[i]);
        sdx_point(c, input[i], -1);
        sdx_number(c, "rank", ranks[i]);
        sdx_hint(
            c, i == 0
                   ? "the input is [N, C, spatial ...], with at least one spatial dim"
                   : "the filters are [M, C / group, spatial ...], with at least one spatial dim");
        return 0;
    }
    if (ranks[0] >= 0 && ranks[1] >= 0 && ranks[0] != ranks[1]) {
        sdx_refuse(c, "conv-rank", "%s has rank %d, %s rank %d", sdx_in_name(n, x), ranks[0],
                   sdx_in_name(n, w), ranks[1]);
        sdx_point(c, x, -1);
        sdx_point(c, w, -1);
        sdx_hint(c, "input and filters need the same number of spatial dims: %d against %d",
                 ranks[0] - 2, ranks[1] - 2);
        return 0;
    }
    return ranks[0] >= 0 ? ranks[0] : ranks[1];
}

sdx_dim sdx_conv_macs(const sdx_node *n, sdx_infer *c, int w)
{
    return sdx_dim_mul(c, sdx_dim_product(c, sdx_out_dims(n, 0), 0, SDX_MAX_RANK),
                       sdx_dim_product(c, sdx_in_dims(n, w), 1, SDX_MAX_RANK));
}

void sdx_window_infer_global(const sdx_node *n, sdx_infer *c)
{
    sdx_dims x = sdx_in_dims(n, 0);
    if (!sdx_check_rank(c, 0, 3, SDX_MAX_RANK) || x.rank < 0)
        return;
    sdx_dim *y = sdx_new_dims(c, x.rank);
    for (int k = 0; k < x.rank; k++)
        y[k] = k < 2 ? x.dim[k] : sdx_num(1);
    sdx_set_out_dims(c, 0, x.rank, y);
}
