/* ops/nn/conv/transposed.c - how large the result of ConvTranspose is, and which pads make it so.
 *
 * Source: ONNX Operators.md, ConvTranspose-22. */
#include "nn/conv/transposed.h"
#include <inttypes.h>

/* A list of ConvTranspose, or zeros. */
static bool read_extra(const sdx_node *n, sdx_infer *c, const char *name, int rank, int64_t *to)
{
    int count;
    const int64_t *v = sdx_attr_ints(n, name, &count);
    bool whole = v && count == rank + 2; /* output_shape may name N and C too */
    for (int k = 0; k < rank; k++)
        to[k] = 0;
    if (!v)
        return true;
    if (c && count != rank && !whole) {
        sdx_refuse(c, "window-attribute-length", "%s has %d element%s for %d spatial dim%s", name,
                   count, count == 1 ? "" : "s", rank, rank == 1 ? "" : "s");
        sdx_hint(c, "give %s one number for each spatial dim, %d in all", name, rank);
        return false;
    }
    for (int k = 0; k < rank; k++) {
        to[k] = v[k + (whole ? 2 : 0)];
        if (!c || (to[k] >= 0 && to[k] <= INT32_MAX))
            continue;
        sdx_refuse(c, "window-attribute-range", "%s[%d] = %" PRId64 " is %s", name, k, to[k],
                   to[k] < 0 ? "negative" : "too large");
        sdx_hint(c, "%s is 0 or more", name);
        return false;
    }
    return true;
}

/* What the output would be without pads: the input stretched by the stride, and the window's
 * rest. */
static int64_t stretched(const sdx_window *w, int k, int64_t in, int64_t extra)
{
    return in > 0 ? (in - 1) * w->stride[k] + sdx_window_span(w, k) + extra : 0;
}

void sdx_conv_transpose_infer(const sdx_node *n, sdx_infer *c)
{
    sdx_window w;
    int64_t extra[SDX_MAX_RANK], shape[SDX_MAX_RANK], group = sdx_attr_int(n, "group");
    int rank = sdx_check_conv_rank(n, c, 0, 1);
    if (rank == 0 || !sdx_check_group_transposed(n, c, 0, 1))
        return;
    sdx_dim filters = sdx_dim_mul(c, sdx_in_dim(n, 1, 1), sdx_num(group));
    if (!sdx_check_bias(n, c, 2, filters) || rank < 0 || !sdx_read_window(n, c, rank - 2, 1, &w) ||
        !read_extra(n, c, "output_padding", rank - 2, extra) ||
        !read_extra(n, c, "output_shape", rank - 2, shape))
        return;
    for (int k = 0; k < rank - 2 && sdx_has_attr(n, "output_shape"); k++)
        if (w.begin[k] > 0 || w.end[k] > 0) {
            sdx_warn(c, "value-ignored",
                     "output_shape[%d] is %" PRId64 ", so pads of %" PRId64 " and %" PRId64
                     " are not used",
                     k, shape[k], w.begin[k], w.end[k]);
            sdx_hint(c, "leave out pads, or output_shape");
            sdx_fix_leave_out(c, "pads", true);
            break;
        }
    sdx_dim *y = sdx_new_dims(c, rank);
    y[0] = sdx_in_dim(n, 0, 0);
    y[1] = filters;
    for (int k = 0; k < rank - 2; k++) {
        sdx_dim in = sdx_in_dim(n, 0, k + 2), stride = sdx_num(w.stride[k]);
        int64_t most = w.stride[k] > w.dilation[k] ? w.stride[k] : w.dilation[k];
        if (extra[k] >= most && !sdx_has_attr(n, "output_shape")) {
            sdx_refuse(c, "window-attribute-range",
                       "output_padding[%d] = %" PRId64 " is not below the stride of %" PRId64
                       " or the dilation of %" PRId64,
                       k, extra[k], w.stride[k], w.dilation[k]);
            sdx_hint(c, "output_padding[%d] may be 0 to %" PRId64, k, most - 1);
            return;
        }
        if (sdx_has_attr(n, "output_shape")) {
            y[k + 2] = sdx_num(shape[k]);
        } else if (w.auto_pad == SDX_PAD_SAME_UPPER || w.auto_pad == SDX_PAD_SAME_LOWER) {
            y[k + 2] = sdx_dim_mul(c, in, stride);
        } else if (w.kernel[k] > 0) {
            sdx_dim last = sdx_dim_mul(c, sdx_dim_sub(c, in, sdx_num(1)), stride);
            y[k + 2] = sdx_dim_add(
                c, last, sdx_num(sdx_window_span(&w, k) + extra[k] - w.begin[k] - w.end[k]));
        }
        if (!sdx_is_num(y[k + 2]) || y[k + 2].n > 0)
            continue;
        if (y[k + 2].n == 0) {
            if (w.begin[k] + w.end[k] > 0 && !sdx_has_attr(n, "output_shape")) {
                sdx_remark(c, "empty-result", "pads of %" PRId64 " crop spatial dim %d to 0",
                           w.begin[k] + w.end[k], k);
                sdx_point(c, 0, k + 2);
                sdx_hint(c, "the pads of a transposed convolution crop its output: make them "
                            "smaller");
            }
            continue;
        }
        sdx_refuse(c, "window-too-large", "pads of %" PRId64 " leave nothing of spatial dim %d",
                   w.begin[k] + w.end[k], k);
        sdx_point(c, 0, k + 2);
        sdx_hint(c, "the pads of a transposed convolution crop its output: make them smaller");
        return;
    }
    sdx_set_out_dims(c, 0, rank, y);
}

void sdx_conv_transpose_fit(const sdx_node *n, sdx_window *w, const int64_t *in, const int64_t *out)
{
    int64_t extra[SDX_MAX_RANK];
    bool same = w->auto_pad == SDX_PAD_SAME_UPPER || w->auto_pad == SDX_PAD_SAME_LOWER;
    if (!same && !sdx_has_attr(n, "output_shape"))
        return;
    read_extra(n, NULL, "output_padding", w->rank, extra);
    for (int k = 0; k < w->rank; k++) {
        int64_t pads = stretched(w, k, in[k], extra[k]) - out[k];
        /* what is asked for beyond it lies at the end */
        int64_t cut = pads > 0 ? pads : 0, half = cut / 2;
        w->begin[k] = w->auto_pad == SDX_PAD_SAME_UPPER ? half : cut - half;
        w->end[k] = pads - w->begin[k];
    }
}

/* Each element of the input meets W[1..]. */
sdx_dim sdx_conv_transpose_macs(const sdx_node *n, sdx_infer *c)
{
    return sdx_dim_mul(c, sdx_dim_product(c, sdx_in_dims(n, 0), 0, SDX_MAX_RANK),
                       sdx_dim_product(c, sdx_in_dims(n, 1), 1, SDX_MAX_RANK));
}
