/* ops/nn/conv/cost.c - what each kernel would take for a convolution: a count of what it does.
 *
 * The unit is a product of vectors, of which a processor begins one or two each cycle.  Products
 * are counted as the kernels do them: lanes without a filter and tiles beyond the picture cost as
 * much as others, taps on padding nothing.  What comes on top of them has a price, fitted to the
 * times in tests/kernels/nn_conv_choice.inc by the program beside it, which measures them, too.
 * Bandwidth is no part of it: all ways read the same inputs, and weights that differ in size are
 * priced. */
#include "nn/conv/cost.h"
#include <math.h>

/* Sixteen lanes come with 32 registers: tiles are larger, and more is kept between products. */
static const conv_prices
    of_16 = { 31, 5, 0.1, 0.7, 0.65, 26, 6.5, 0.5, 1.2, 3, 150, 0.69, 34, 5.6 },
    of_fewer = { 40, 14, 0.6, 1, 0.65, 15, 12, 0.1, 1.7, 1, 250, 1.2, 31, 4 };
const conv_prices *sdx_conv_prices(int64_t lanes)
{
    return lanes == 16 ? &of_16 : &of_fewer;
}
const conv_choice sdx_conv_choices[CONV_CHOICES] = {
    { CONV_DIRECT, 0 },   { CONV_SPREAD, 0 }, { CONV_WINOGRAD, 2 },
    { CONV_WINOGRAD, 4 }, { CONV_ROWS, 0 },   { CONV_PLANES, 0 },
};

/* Is the window of `size` in each of two dims, at this stride? */
static bool is_square(const conv_problem *p, int64_t size, int64_t stride)
{
    const sdx_window *w = p->window;
    return w->rank == 2 && !p->w->transposed && w->kernel[0] == size && w->kernel[1] == size &&
           w->stride[0] == stride && w->stride[1] == stride;
}

/* Its weights, packed, are 1.8 or 4 times as large: beyond some size they are not worth the memory.
 * The large tiles have some error more, which grows with the terms of a sum and which small
 * pictures are not worth. */
static bool takes_winograd(const conv_problem *p, const conv_kernels *k, int64_t tile)
{
    enum { LEAST = 16, LARGE_SIDE = 20, LARGE_TERMS = 128, MOST_WEIGHTS = 3 << 20 };
    const conv_weights *w = p->w;
    int64_t channels = w->channels / w->group, filters = w->filters / w->group;
    if ((k && !k->winograd) || !p->constant || !is_square(p, 3, 1))
        return false;
    if (tile == 4 && conv_is_narrow(w->channels, w->filters, w->group, w->lanes))
        return channels > 1;
    if (tile == 4 && channels > LARGE_TERMS)
        return false;
    for (int d = 0; d < 2; d++)
        if (p->out[d] / p->window->dilation[d] < (tile == 2 ? 1 : LARGE_SIDE))
            return false;
    return channels >= LEAST && filters >= LEAST &&
           conv_is_whole(w->channels, w->filters, w->group, w->block) &&
           w->channels * filters <= MOST_WEIGHTS / ((tile + 2) * (tile + 2));
}

bool sdx_conv_takes(const conv_problem *p, const conv_kernels *k, conv_choice c)
{
    enum { FEW = 4 }; /* filters; shorter vectors: tiles are small */
    const conv_weights *w = p->w;
    if (c.way == CONV_WINOGRAD)
        return takes_winograd(p, k, c.tile);
    if (c.way == CONV_ROWS)
        return (!k || k->rows) && w->group > 1 && is_square(p, 3, 1) &&
               p->window->dilation[0] == 1 && p->window->dilation[1] == 1;
    if (c.way == CONV_PLANES)
        return (!k || k->plane_tiles) && p->window->rank <= 2 &&
               (!w->transposed || p->window->stride[p->window->rank - 1] <= CONV_PLANE_PHASES) &&
               (w->lanes == 16 || w->filters / w->group <= FEW);
    bool direct = conv_is_direct(w->channels, w->filters, w->group, w->block);
    return c.way == CONV_DIRECT ? direct : w->group > 1;
}

/* Pairs of an output and a tap that lies within the input, along dim d. */
static double meetings_along(const conv_problem *p, int d)
{
    const sdx_window *w = p->window;
    int64_t count = 0, from = p->w->transposed ? p->in[d] : p->out[d],
            most = p->w->transposed ? p->out[d] : p->in[d];
    for (int64_t k = 0; k < w->kernel[d]; k++) { /* i * stride + far in 0 .. most - 1 */
        int64_t far = k * w->dilation[d] - w->begin[d], s = w->stride[d];
        int64_t first = far < 0 ? (-far + s - 1) / s : 0,
                end = most > far ? (most - far + s - 1) / s : 0;
        end = end < from ? end : from;
        count += end > first ? end - first : 0;
    }
    return (double)count;
}

static double meetings(const conv_problem *p)
{
    double all = 1;
    for (int d = 0; d < p->window->rank; d++)
        all *= meetings_along(p, d);
    return all;
}

/* Outputs of a row that see the same taps. */
static double row_pixels(const conv_problem *p)
{
    int last = p->window->rank - 1;
    double width = (double)p->out[last];
    if (p->w->transposed)
        return width / (double)p->window->stride[last];
    for (int d = 0; p->w->taps == 1 && d < last; d++) /* taken as one row */
        width *= (double)p->out[d];
    return width;
}

/* Pixels of direct's tiles. */
static double most_pixels(const conv_weights *w)
{
    return w->lanes == 16 ? 14 : 6;
}

/* ... of an even one of at most `most`. */
static double tile_pixels(double width, double most)
{
    double tiles = width <= most ? 1 : (double)(int64_t)((width + most - 1) / most);
    return width / tiles;
}

static double direct_cost(const conv_problem *p, const conv_prices *price)
{
    const conv_weights *w = p->w;
    int64_t filters = w->filters / w->group, blocks = conv_blocks(w->filters, w->block);
    double vectors = (double)(w->block / w->lanes),
           parts = (double)conv_parts_before(blocks, w->filters, filters, w->block);
    bool pairs = w->group == 1 ? blocks > 1 : filters % (2 * w->block) == 0;
    double together = vectors * (pairs ? 2 : 1) * tile_pixels(row_pixels(p), most_pixels(w));
    double channels = (double)(w->channels / w->group);
    double cost = meetings(p) * parts * vectors * (channels + price->tap / together);
    for (int d = 0; d < p->window->rank; d++)
        vectors *= (double)p->out[d];
    return cost + (parts > (double)blocks ? vectors * parts * price->part : 0);
}

/* Steps of all output vectors: for each input vector, as many as any group has channels there. */
static double spread_steps(const conv_weights *w)
{
    int64_t channels = w->channels / w->group, filters = w->filters / w->group, steps = 0;
    for (int64_t m0 = 0; m0 < w->filters; m0 += w->lanes) {
        int64_t m1 = m0 + w->lanes < w->filters ? m0 + w->lanes : w->filters, g0 = m0 / filters,
                g1 = (m1 - 1) / filters;
        for (int64_t c = g0 * channels / w->lanes * w->lanes; c < (g1 + 1) * channels;
             c += w->lanes) {
            int64_t most = 0;
            for (int64_t g = g0; g <= g1; g++) {
                int64_t from = g * channels > c ? g * channels : c,
                        to = (g + 1) * channels < c + w->lanes ? (g + 1) * channels : c + w->lanes;
                most = to - from > most ? to - from : most;
            }
            steps += most;
        }
    }
    return (double)steps;
}

static double spread_cost(const conv_problem *p, const conv_prices *price)
{
    const conv_weights *w = p->w;
    int last = p->window->rank - 1;
    bool own = w->channels == w->group && w->filters == w->group;
    double kernel = (double)p->window->kernel[last], stride = (double)p->window->stride[last],
           width = row_pixels(p), inputs = 1, rows = (double)p->out[last] / width;
    for (int d = 0; d < last; d++)
        rows *= (double)p->out[d];
    rows = w->taps == 1 ? 1 : rows;
    int64_t longest = conv_longest_run(w->channels, w->filters, w->group);
    double run = kernel < 3 ? 1 : longest < 7 || kernel < 5 ? 3 : kernel < 7 ? 5 : 7;
    double tile = tile_pixels(width, 14), starts = 1 / tile;
    if (run > 1 && stride <= 2 && !w->transposed) { /* an input serves the taps of a run */
        double runs = floor(kernel / run), single = kernel - runs * run;
        inputs = (((tile - 1) * stride + run) / tile * runs + single) / kernel;
        starts = (runs + single) / (kernel * tile);
    }
    double vectors = (double)(conv_blocks(w->filters, w->block) * w->block / w->lanes);
    return spread_steps(w) * meetings(p) *
               (1 + starts * price->step + inputs * (own ? price->load : price->move)) +
           price->row * rows * vectors;
}

static conv_tiles tiles_of(const conv_problem *p, int64_t tile, int64_t late)
{
    conv_weights w = *p->w;
    conv_geometry g = { .window = *p->window, .out = { p->out[0], p->out[1] } };
    w.tile = tile;
    w.late = late;
    return sdx_conv_tiles(&w, &g);
}
static int64_t blocks_of(const conv_tiles *t)
{
    return (t->count + t->block - 1) / t->block;
}

double sdx_conv_late_cost(const conv_problem *p, int64_t tile)
{
    const double each = 4; /* a vector of weights, for each block of tiles */
    const conv_weights *w = p->w;
    conv_tiles t = tiles_of(p, tile, 1);
    return each * (double)(blocks_of(&t) * (tile + 2) * (tile + 2) * (w->channels / w->group)) *
           (double)w->filters / (double)w->lanes;
}

static double winograd_cost(const conv_problem *p, const conv_prices *price, int64_t tile)
{
    conv_weights w = *p->w;
    conv_tiles t = tiles_of(p, tile, 0);
    w.tile = tile;
    if (conv_in_strips(&w)) { /* transformed along rows only, in the nearest cache */
        const double turn = price->turn * 0.4;
        double vectors = (double)(conv_blocks(w.filters, w.block) * w.block / w.lanes),
               rows = (double)t.rows, each = (double)(w.channels / w.group);
        return vectors * (double)t.count * (double)(tile + 2) *
               (each * (3 * rows + (rows + 2) * price->move) + (rows + 1) * turn + 3);
    }
    int64_t parts = blocks_of(&t);
    bool pairs = conv_blocks(w.filters / w.group, w.block) > 1;
    double planes = (double)((tile + 2) * (tile + 2)), tiles = (double)t.count,
           channels = (double)(w.channels / w.group), lanes = (double)w.lanes,
           in = (double)(conv_blocks(w.channels, w.block) * w.block) / lanes,
           out = (double)(conv_blocks(w.filters, w.block) * w.block) / lanes,
           together = (double)(w.block / w.lanes) * (pairs ? 2 : 1) *
                      tile_pixels((double)t.block, most_pixels(&w));
    return planes *
           (tiles * (channels * out + (in + out) * price->turn + out * price->tap / together) +
            (double)parts * channels * out * price->weights);
}

static double rows_cost(const conv_problem *p, const conv_prices *price)
{
    const conv_weights *w = p->w;
    int64_t across = (p->out[1] + w->lanes - 1) / w->lanes, each = w->filters / w->group;
    double channels = (double)(w->channels / w->group), filters = (double)w->filters,
           products = meetings_along(p, 0) * 3 * channels * price->product,
           edges = (double)(p->out[0] * (across > 1 ? 2 : 1));
    return filters * ((double)across * products + edges * price->edge) +
           (double)(w->group * ((each + 1) / 2)) * price->strip;
}

/* The copy of the input is made once for so many filters: see sdx_conv_plan_planes. */
static double planes_cost(const conv_problem *p, const conv_prices *price)
{
    enum { SCALAR = 4 };
    const conv_weights *w = p->w;
    const sdx_window *win = p->window;
    int last = win->rank - 1;
    double lanes = (double)w->lanes, outputs = 1, phases = 1, rows = 1, copied = 1,
           channels = (double)(w->channels / w->group), filters = (double)(w->filters / w->group);
    bool flat = w->taps == 1;
    for (int d = 0; d <= last; d++) {
        double stride = (double)win->stride[d], span = (double)sdx_window_span(win, d),
               out = ceil((double)p->out[d] / (w->transposed ? stride : 1));
        outputs *= (double)p->out[d];
        phases *= w->transposed ? stride : 1;
        rows *= d < last ? out : ceil(out / lanes);
        copied *= (d < last ? (double)p->in[d] : 1) * (w->transposed ? 1
                                                       : d < last    ? fmin(1, span / stride)
                                                                     : fmin(span, stride));
        flat = flat && stride == 1 && p->out[d] == p->in[d] && win->begin[d] == 0;
    }
    /* tiles are whole: so many vectors by 4 filters, by fewer */
    double blocks = ceil(filters / 4),
           most = w->lanes == 16 ? (filters < 4 ? 8 : 4)
                                 : (filters < 3   ? 6
                                    : filters < 4 ? 4
                                                  : 3),
           positions = ceil((flat ? ceil(outputs / lanes) : rows) / most) * most,
           across = ceil((double)p->out[last] / lanes /
                         (w->transposed ? (double)win->stride[last] : 1)) +
                    1;
    /* steps of more than 2 are no vectors' */
    bool far = win->stride[last] > 2;
    double cost = positions * channels * (double)w->taps * (filters + blocks * price->vector) +
                  positions * phases * filters * price->store * (far && w->transposed ? SCALAR : 1);
    if (!flat)
        cost += ceil(filters / CONV_PLANE_PART) * channels * copied *
                (price->copy + across * price->store * (far && !w->transposed ? SCALAR : 1));
    return (double)w->group * cost;
}

double sdx_conv_cost(const conv_problem *p, const conv_prices *price, conv_choice c)
{
    return c.way == CONV_DIRECT   ? direct_cost(p, price)
           : c.way == CONV_SPREAD ? spread_cost(p, price)
           : c.way == CONV_ROWS   ? rows_cost(p, price)
           : c.way == CONV_PLANES ? planes_cost(p, price)
                                  : winograd_cost(p, price, c.tile);
}

int sdx_conv_ways(const conv_problem *p, const conv_kernels *k, const conv_prices *price,
                  double blocks, conv_way_cost *way)
{
    int n = 0;
    for (int i = 0; i < CONV_CHOICES; i++) {
        conv_choice c = sdx_conv_choices[i];
        bool plain = conv_is_plain(c.way);
        if ((plain && blocks < 0) || !sdx_conv_takes(p, k, c))
            continue;
        way[n++] = (conv_way_cost){ c, sdx_conv_cost(p, price, c) + (plain ? 0 : blocks) };
    }
    return n;
}

conv_choice sdx_conv_cheapest(const conv_problem *p, const conv_kernels *k,
                              const conv_prices *price, double blocks)
{
    conv_way_cost way[CONV_CHOICES];
    int n = sdx_conv_ways(p, k, price, blocks, way), best = 0;
    for (int i = 1; i < n; i++)
        if (way[i].cost < way[best].cost)
            best = i;
    return n > 0 ? way[best].choice : (conv_choice){ CONV_SPREAD, 0 };
}
