/* ops/nn/conv/choose.c - which kernel serves a convolution, and in which layout. */
#include "nn/conv/choose.h"
#include "nn/conv/cost.h"
#include "nn/conv/pairs.h"

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

enum {
    SOME_SIDE = 56, /* of a picture whose size is not known yet */
    MOST_CHANNELS = 1 << 16,
    REORDER = 6 /* for a vector, in products of vectors */
};

/* Whether plain pictures are about as good for it as blocks: where rows of the picture fill the
 * vectors better than channels would. */
static bool is_rows(const sdx_node *n, bool transposed, int block)
{
    sdx_dims x = sdx_in_dims(n, 0), w = sdx_in_dims(n, 1);
    sdx_window window;
    int64_t group = sdx_attr_int(n, "group"), in[2], out[2];
    if (transposed || group < 2 || x.rank != 4 || w.rank != 4)
        return false;
    for (int i = 0; i < 4; i++)
        if (!sdx_is_num(w.dim[i]) || w.dim[i].n < 1)
            return false;
    sdx_read_window(n, NULL, 2, 1, &window);
    for (int d = 0; d < 2; d++) {
        window.kernel[d] = w.dim[d + 2].n;
        in[d] = sdx_is_num(x.dim[d + 2]) ? x.dim[d + 2].n : SOME_SIDE;
    }
    sdx_window_fit(&window, in);
    for (int d = 0; d < 2; d++) {
        int64_t span = sdx_window_span(&window, d), room = in[d] + window.begin[d] + window.end[d];
        out[d] = room < span ? 0 : (room - span) / window.stride[d] + 1;
    }
    conv_weights how = { .channels = w.dim[1].n * group,
                         .filters = w.dim[0].n,
                         .group = group,
                         .taps = w.dim[2].n * w.dim[3].n,
                         .row = w.dim[3].n,
                         .block = block,
                         .lanes = block };
    conv_problem p = { &how, &window, in, out, sdx_is_const(n, 1) };
    return how.channels <= MOST_CHANNELS && how.filters <= MOST_CHANNELS &&
           sdx_conv_cheapest(&p, NULL, sdx_conv_prices(block), 0).way == CONV_ROWS;
}

int sdx_conv_layout(const sdx_node *n, sdx_layout l, uint32_t *plain, bool transposed)
{
    *plain = is_first(n, transposed) ? 7 : 6; /* filters and bias; a picture */
    return sdx_in_dtype(n, 0) == SDX_F32 && sdx_in_dims(n, 0).rank >= 3 &&
                   !is_empty(sdx_in_dims(n, 0))
               ? !is_rows(n, transposed, sdx_layout_block(l))
               : -1;
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

/* Its ways by cost, with what comes of them where pairs are allowed, and the bytes that weights
 * take packed for each.  0: there is but one, which *w has. */
typedef struct candidate {
    conv_way way;
    int64_t tile;
    sdx_offer is;
} candidate;

static int list_candidates(const sdx_node *n, const conv_question *q, conv_weights *w,
                           candidate to[CONV_CHOICES])
{
    const conv_kernels *k = q->kernels;
    sdx_shape x = sdx_in_shape(n, 0), y = q->y;
    bool plain = sdx_in_layout(n, 0) == SDX_PLAIN;
    w->tile = 0;
    if (sdx_in_dtype(n, 0) != SDX_F32 || k->block == 0 || w->channels == 0 ||
        sdx_count(x, 2, x.rank) == 0) {
        w->way = CONV_REFERENCE;
        return 0;
    }
    if (plain && is_first(n, w->transposed != 0)) {
        w->way = CONV_FIRST;
        return 0;
    }
    conv_problem p = { w, q->window, x.dim + 2, y.dim + 2, sdx_is_const(n, 1) };
    double floats = (double)(w->channels * sdx_count(x, 2, x.rank)) +
                    (double)(w->filters * sdx_count(y, 2, y.rank));
    bool around = plain && sdx_out_layout(n, 0) == SDX_PLAIN; /* else reorders would be */
    conv_way_cost way[CONV_CHOICES];
    int count = sdx_conv_ways(&p, k, sdx_conv_prices(w->lanes),
                              around ? REORDER * floats / (double)w->lanes : -1, way);
    for (int i = 0; i < count; i++) {
        conv_weights one = *w;
        one.way = way[i].choice.way;
        one.tile = way[i].choice.tile;
        if (q->pairs && pairs_suit(n, q->window, &one)) {
            one.way = CONV_PAIRS;
            one.tile = 0;
        }
        int64_t packed = one.way == CONV_PAIRS ? sdx_conv_pairs_packed(&one)
                                               : sdx_conv_packed(&one);
        to[i] = (candidate){ (conv_way)one.way,
                             one.tile,
                             { (size_t)packed * sizeof(float), way[i].cost * (double)x.dim[0] } };
    }
    if (count == 0)
        w->way = CONV_SPREAD;
    return count;
}

int sdx_conv_list(const sdx_node *n, const conv_question *q, conv_weights *w, sdx_offer *to)
{
    candidate c[CONV_CHOICES];
    int count = sdx_is_const(n, 1) ? list_candidates(n, q, w, c) : 0;
    for (int i = 0; i < count; i++)
        to[i] = c[i].is;
    return count;
}

void sdx_conv_choose(const sdx_node *n, const conv_question *q, size_t room, conv_weights *w)
{
    candidate c[CONV_CHOICES];
    int count = list_candidates(n, q, w, c), best = 0;
    if (count == 0)
        return;
    if (!sdx_is_const(n, 1))
        room = SIZE_MAX; /* packed in a run, in scratch */
    for (int i = 1; i < count; i++) {
        size_t mine = c[i].is.bytes > room ? c[i].is.bytes : room,
               its = c[best].is.bytes > room ? c[best].is.bytes : room;
        if (mine < its || (mine == its && c[i].is.cost < c[best].is.cost))
            best = i;
    }
    w->way = c[best].way;
    w->tile = c[best].tile;
}
