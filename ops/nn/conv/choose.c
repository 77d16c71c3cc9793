/* ops/nn/conv/choose.c - which kernel serves a convolution, and in which layout. */
#include "nn/conv/choose.h"

enum { FEW_CHANNELS = 4 }; /* that the first layer reads as they lie in a plain picture */

static bool is_first(const sdx_node *n, bool transposed)
{
    sdx_dim channels = sdx_in_dim(n, 0, 1);
    return !transposed && sdx_attr_int(n, "group") == 1 && sdx_is_num(channels) &&
           channels.n <= FEW_CHANNELS;
}

/* Has the dims' product a 0 in it, as far as is known? */
static bool is_empty(sdx_dims x)
{
    for (int i = 0; i < x.rank; i++)
        if (sdx_is_num(x.dim[i]) && x.dim[i].n == 0)
            return true;
    return false;
}

/* 3x3 of stride 1, some groups of few channels.  Rows of the picture then fill the vectors where
 * channels would not; and if each channel is a group of its own, as well as they would.  block:
 * channels of a block, lanes at most. */
static bool is_rows(const sdx_node *n, bool transposed, int block)
{
    sdx_dims x = sdx_in_dims(n, 0), w = sdx_in_dims(n, 1);
    sdx_window window;
    int64_t group = sdx_attr_int(n, "group");
    if (transposed || group < 2 || x.rank != 4 || w.rank != 4)
        return false;
    for (int i = 0; i < 4; i++)
        if (!sdx_is_num(w.dim[i]) || (i >= 2 && w.dim[i].n != 3))
            return false;
    sdx_read_window(n, NULL, 2, 1, &window);
    if (window.stride[0] != 1 || window.stride[1] != 1 || window.dilation[0] != 1 ||
        window.dilation[1] != 1)
        return false;
    int64_t filters = w.dim[0].n, channels = w.dim[1].n * group,
            most = filters > channels ? filters : channels;
    if (2 * most <= block)
        return true;
    int64_t width = sdx_is_num(x.dim[3]) ? x.dim[3].n : 0,
            vectors = (width + block - 1) / block * block;
    return w.dim[1].n == 1 && filters == group && vectors * 4 <= width * 5;
}

int sdx_conv_layout(const sdx_node *n, sdx_layout l, uint32_t *plain, bool transposed)
{
    *plain = is_first(n, transposed) ? 7 : 6; /* filters and bias; a picture */
    return sdx_in_dtype(n, 0) == SDX_F32 && sdx_in_dims(n, 0).rank >= 3 &&
                   !is_empty(sdx_in_dims(n, 0))
               ? !is_rows(n, transposed, sdx_layout_block(l))
               : -1;
}

/* The side of winograd's tiles, or 0.  It pays from some channels on, which share its transforms,
 * and from pictures whose edges waste little of the last tiles: larger tiles need fewer products
 * and larger pictures.  Its weights are 1.8 or 4 times as large: where that would be much they are
 * worth neither the memory nor the time that reading them takes. */
static int64_t winograd_side(const sdx_node *n, const conv_kernels *k, const sdx_window *window,
                             sdx_shape y, const conv_weights *w)
{
    enum { LEAST = 16, NARROW = 8, LEAST_SIDE = 12, LARGE_SIDE = 20, MOST_WEIGHTS = 1 << 20 };
    int64_t channels = w->channels / w->group, filters = w->filters / w->group,
            all = w->channels * filters;
    if (!k->winograd || w->transposed || window->rank != 2 || !sdx_is_const(n, 1))
        return 0;
    bool large = true;
    for (int d = 0; d < 2; d++) {
        int64_t side = y.dim[d + 2] / window->dilation[d]; /* of a phase */
        if (window->kernel[d] != 3 || window->stride[d] != 1 || side < LEAST_SIDE)
            return 0;
        large = large && side >= LARGE_SIDE;
    }
    if (conv_is_narrow(w)) /* the small tiles would save nothing */
        return large && channels == NARROW && filters == NARROW && k->lanes % NARROW == 0 ? 4 : 0;
    if (channels < LEAST || filters < LEAST ||
        !conv_is_whole(w->channels, w->filters, w->group, k->block))
        return 0;
    if (large && all <= MOST_WEIGHTS / 36)
        return 4;
    return all <= MOST_WEIGHTS / 16 ? 2 : 0;
}

/* Dot products of bf16 take half the time of those of floats, and more than winograd's larger
 * tiles; blocks are to be full enough. */
static bool pairs_suit(const sdx_node *n, const sdx_window *window, const conv_weights *w)
{
    enum { PAIRS_BLOCK = 16, PAIRS_LEAST = 12 };
    return (w->way == CONV_DIRECT || (w->way == CONV_WINOGRAD && w->tile == 2)) &&
           sdx_is_const(n, 1) && !w->transposed && w->block == PAIRS_BLOCK && window->rank <= 2 &&
           w->channels / w->group >= PAIRS_LEAST &&
           conv_is_whole(w->channels, w->filters, w->group, w->block);
}

void sdx_conv_choose(const sdx_node *n, const conv_kernels *k, const sdx_window *window,
                     sdx_shape y, bool pairs, conv_weights *w)
{
    bool transposed = w->transposed != 0, plain = sdx_in_layout(n, 0) == SDX_PLAIN;
    if (sdx_in_dtype(n, 0) != SDX_F32 || k->block == 0 || w->channels == 0 ||
        sdx_count(sdx_in_shape(n, 0), 2, sdx_in_shape(n, 0).rank) == 0) {
        w->way = CONV_REFERENCE;
    } else if (plain && is_first(n, transposed)) {
        w->way = CONV_FIRST;
    } else if (k->rows && plain && sdx_out_layout(n, 0) == SDX_PLAIN &&
               is_rows(n, transposed, k->block)) {
        w->way = CONV_ROWS;
    } else if ((w->tile = winograd_side(n, k, window, y, w)) != 0) {
        w->way = CONV_WINOGRAD;
    } else {
        bool direct = conv_is_direct(w->channels, w->filters, w->group, k->block);
        w->way = direct ? CONV_DIRECT : CONV_SPREAD;
    }
    if (pairs && pairs_suit(n, window, w)) {
        w->way = CONV_PAIRS;
        w->tile = 0;
    }
}
