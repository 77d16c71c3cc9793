/* ops/common/window.h - windows that slide over spatial dims: convolutions, pooling and their
 * kin. */
#ifndef OPS_COMMON_WINDOW_H
#define OPS_COMMON_WINDOW_H
#include "sdx/op.h"

/* ---- the window itself ---- */

typedef enum sdx_auto_pad {
    SDX_PAD_GIVEN,
    SDX_PAD_VALID,
    SDX_PAD_SAME_UPPER,
    SDX_PAD_SAME_LOWER
} sdx_auto_pad;

/* One number for each spatial dim.  Pads are those of the attribute; where auto_pad asks for SAME
 * they depend on the input, and sdx_window_fit fills them in. */
typedef struct sdx_window {
    int rank; /* spatial dims */
    sdx_auto_pad auto_pad;
    int64_t kernel[SDX_MAX_RANK]; /* -1: not known */
    int64_t stride[SDX_MAX_RANK], dilation[SDX_MAX_RANK], begin[SDX_MAX_RANK], end[SDX_MAX_RANK];
} sdx_window;

/* Reads kernel_shape, strides, dilations, pads and auto_pad for `rank` spatial dims.  Where the
 * attribute is absent the kernel is the trailing dims of input `w` (-1: there is none).  c NULL: in
 * prepare, all was checked before.  false: refused. */
bool sdx_read_window(const sdx_node *n, sdx_infer *c, int rank, int w, sdx_window *window);

/* The pads of SAME, from numbers: in[k] is spatial dim k. */
void sdx_window_fit(sdx_window *window, const int64_t *in);

/* The output's spatial dim k, from the input's, `axis` of input x; unknown where either is.  ceil:
 * round up, yet never so far that a window would begin beyond input and leading pad.  A window
 * larger than the padded input is refused. */
sdx_dim sdx_window_out(sdx_infer *c, const sdx_window *window, int k, int x, int axis, sdx_dim in,
                       bool ceil);

/* Elements that a window spans: (kernel - 1) * dilation + 1. */
static inline int64_t sdx_window_span(const sdx_window *w, int k)
{
    return (w->kernel[k] - 1) * w->dilation[k] + 1;
}

/* Elements that it reads, on padding or not. */
static inline int64_t sdx_window_taps(const sdx_window *w)
{
    int64_t taps = 1;
    for (int k = 0; k < w->rank; k++)
        taps *= w->kernel[k];
    return taps;
}

/* ---- what convolutions demand of channels ---- */

/* The rule of the group, once for all convolutions: channels of input x = group * W.dim[1], and
 * group >= 1.  false: refused, saying which groups fit; where W settles the group, with a fix. */
bool sdx_check_group(const sdx_node *n, sdx_infer *c, int x, int w);
/* Filters (dim 0 of input w) split into groups. */
bool sdx_check_filters(const sdx_node *n, sdx_infer *c, int w);
/* ConvTranspose: channels of input x = W.dim[0], and they split into groups. */
bool sdx_check_group_transposed(const sdx_node *n, sdx_infer *c, int x, int w);
/* Input b, where present, is a vector with one element for each of `filters`. */
bool sdx_check_bias(const sdx_node *n, sdx_infer *c, int b, sdx_dim filters);
/* Multiply-adds of a convolution with filters w: each element of the output reads one filter,
 * W[1..]. */
sdx_dim sdx_conv_macs(const sdx_node *n, sdx_infer *c, int w);
/* X and W have equal rank, 3 at least; returns it, -1 where neither is known, 0 where refused. */
int sdx_check_conv_rank(const sdx_node *n, sdx_infer *c, int x, int w);
/* infer of what makes one of each channel: dims of X, spatial ones 1. */
void sdx_window_infer_global(const sdx_node *n, sdx_infer *c);
#endif
