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
static const double FIRST = 1.15; /* a product of first's */

/* A node's problem before all is known; false: not even enough for a guess. */
typedef struct guess {
    sdx_window window;
    int64_t in[SDX_MAX_RANK], out[SDX_MAX_RANK];
    conv_weights how;
    conv_problem p;
} guess;

static bool make_guess(const sdx_node *n, bool transposed, int block, guess *g)
{
    sdx_dims x = sdx_in_dims(n, 0), w = sdx_in_dims(n, 1);
    int rank = x.rank - 2;
    int64_t group = sdx_attr_int(n, "group");
    if (rank < 1 || rank > 2 || w.rank != x.rank || group < 1)
        return false;
    for (int i = 0; i < w.rank; i++)
        if (!sdx_is_num(w.dim[i]) || w.dim[i].n < 1 || w.dim[i].n > MOST_CHANNELS)
            return false;
    sdx_read_window(n, NULL, rank, 1, &g->window);
    g->how = (conv_weights){ .channels = w.dim[0].n,
                             .filters = w.dim[1].n * group,
                             .group = group,
                             .taps = 1,
                             .row = w.dim[rank + 1].n,
                             .transposed = transposed,
                             .block = block,
                             .lanes = block };
    if (!transposed) {
        g->how.filters = w.dim[0].n;
        g->how.channels = w.dim[1].n * group;
    }
    for (int d = 0; d < rank; d++) {
        g->window.kernel[d] = w.dim[d + 2].n;
        g->how.taps *= w.dim[d + 2].n;
        g->in[d] = sdx_is_num(x.dim[d + 2]) ? x.dim[d + 2].n : SOME_SIDE;
    }
    sdx_window_fit(&g->window, g->in);
    for (int d = 0; d < rank; d++) {
        int64_t span = sdx_window_span(&g->window, d), stride = g->window.stride[d],
                pads = g->window.begin[d] + g->window.end[d], room = g->in[d] + pads;
        g->out[d] = transposed ? (g->in[d] - 1) * stride + span - pads : (room - span) / stride + 1;
        if (g->out[d] < 1 || room < span)
            return false;
    }
    g->p = (conv_problem){ &g->how, &g->window, g->in, g->out, sdx_is_const(n, 1) };
    return g->how.channels <= MOST_CHANNELS && g->how.filters <= MOST_CHANNELS;
}

/* What reorders of input and output would cost. */
static double reorders(const conv_problem *p, bool in, bool out)
{
    double x = (double)p->w->channels, y = (double)p->w->filters;
    for (int d = 0; d < p->window->rank; d++) {
        x *= (double)p->in[d];
        y *= (double)p->out[d];
    }
    return REORDER * ((in ? x : 0) + (out ? y : 0)) / (double)p->w->lanes;
}

/* Planes' cost over that of first and the reorder behind it. */
static bool first_is_dearer(const conv_problem *p, const conv_kernels *k)
{
    const conv_choice planes = { CONV_PLANES, 0 };
    const conv_prices *price = sdx_conv_prices(p->w->lanes);
    double first = FIRST * (double)(conv_blocks(p->w->filters, p->w->block) * p->w->block /
                                    p->w->lanes * p->w->channels * p->w->taps);
    for (int d = 0; d < p->window->rank; d++)
        first *= (double)p->out[d];
    return sdx_conv_takes(p, k, planes) &&
           sdx_conv_cost(p, price, planes) < first + reorders(p, false, true);
}

int sdx_conv_layout(const sdx_node *n, sdx_layout l, uint32_t *plain, bool transposed)
{
    enum { GOES_ALONG, GAINS_BESIDE, GAINS };
    const conv_prices *price = sdx_conv_prices(sdx_layout_block(l));
    bool first = is_first(n, transposed);
    guess g;
    *plain = first ? 7 : 6; /* filters and bias; a picture */
    if (sdx_in_dtype(n, 0) != SDX_F32 || sdx_in_dims(n, 0).rank < 3 || is_empty(sdx_in_dims(n, 0)))
        return -1;
    if (!make_guess(n, transposed, sdx_layout_block(l), &g))
        return GAINS;
    if (first)
        return first_is_dearer(&g.p, NULL) ? GAINS_BESIDE : GAINS;
    if (conv_is_plain(sdx_conv_cheapest(&g.p, NULL, price, 0).way))
        return GOES_ALONG; /* rows of the picture fill vectors better than channels would */
    return conv_is_plain(sdx_conv_cheapest(&g.p, NULL, price, reorders(&g.p, true, true)).way)
               ? GAINS_BESIDE
               : GAINS;
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
    int64_t tile, late;
    sdx_offer is;
} candidate;
_Static_assert(CONV_CHOICES + 2 <= SDX_MOST_OFFERS, "winograd's two tiles may be late");

static int list_candidates(const sdx_node *n, const conv_question *q, conv_weights *w,
                           candidate to[SDX_MOST_OFFERS])
{
    const conv_kernels *k = q->kernels;
    sdx_shape x = sdx_in_shape(n, 0), y = q->y;
    bool plain = sdx_in_layout(n, 0) == SDX_PLAIN;
    w->tile = w->late = 0;
    if (sdx_in_dtype(n, 0) != SDX_F32 || k->block == 0 || w->channels == 0 ||
        sdx_count(x, 2, x.rank) == 0) {
        w->way = CONV_REFERENCE;
        return 0;
    }
    conv_problem p = { w, q->window, x.dim + 2, y.dim + 2, sdx_is_const(n, 1) };
    bool around = plain && sdx_out_layout(n, 0) == SDX_PLAIN; /* else reorders would be */
    if (plain && is_first(n, w->transposed != 0)) {
        w->way = around && first_is_dearer(&p, k) ? CONV_PLANES : CONV_FIRST;
        return 0;
    }
    conv_way_cost way[CONV_CHOICES];
    int listed = 0, count = sdx_conv_ways(&p, k, sdx_conv_prices(w->lanes),
                                          around ? reorders(&p, true, true) : -1, way);
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
        double cost = way[i].cost * (double)x.dim[0];
        to[listed++] = (candidate){
            (conv_way)one.way, one.tile, 0, { (size_t)packed * sizeof(float), cost }
        };
        if (one.way != CONV_WINOGRAD || conv_in_strips(&one))
            continue;
        one.late = 1;
        to[listed++] = (candidate){ CONV_WINOGRAD,
                                    one.tile,
                                    1,
                                    { (size_t)sdx_conv_packed(&one) * sizeof(float),
                                      cost +
                                          sdx_conv_late_cost(&p, one.tile) * (double)x.dim[0] } };
    }
    if (count == 0)
        w->way = CONV_SPREAD;
    return listed;
}

int sdx_conv_list(const sdx_node *n, const conv_question *q, conv_weights *w, sdx_offer *to)
{
    candidate c[SDX_MOST_OFFERS];
    int count = sdx_is_const(n, 1) ? list_candidates(n, q, w, c) : 0;
    for (int i = 0; i < count; i++)
        to[i] = c[i].is;
    return count;
}

void sdx_conv_choose(const sdx_node *n, const conv_question *q, size_t room, conv_weights *w)
{
    candidate c[SDX_MOST_OFFERS];
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
    w->late = c[best].late;
}
