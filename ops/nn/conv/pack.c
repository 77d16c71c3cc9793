/* ops/nn/conv/pack.c - weights in the order in which the kernels read them. */
#include "nn/conv/kernels.h"
#include <string.h>

/* Where the taps of filter m of its group for input channel c of the group begin in W. */
static int64_t taps_at(const conv_weights *p, int64_t group, int64_t m, int64_t c)
{
    int64_t filters = p->filters / p->group, channels = p->channels / p->group;
    int64_t row = p->transposed ? (group * channels + c) * filters + m
                                : (group * filters + m) * channels + c;
    return row * p->taps;
}

/* The channels [c0, c1) of a group for the filters [m0, m0 + width) of all: [tap][channel][filter];
 * for first, where a row of taps is read at once, [row of taps][channel][tap of the row][filter].
 * Filters of other groups have zeros.  The filters are read side by side: each of them in order,
 * and what is written are whole lines. */
static void pack_chunk(const conv_weights *p, float *to, const sdx_tensor *w, int64_t group,
                       int64_t m0, int64_t width, int64_t c0, int64_t c1)
{
    int64_t filters = p->filters / p->group, row = p->way == CONV_FIRST ? p->row : 1;
    int64_t begin = group * filters - m0, end = begin + filters;
    begin = begin > 0 ? begin : 0;
    end = end < width ? end : width;
    for (int64_t c = c0; c < c1; c++) {
        int64_t at = m0 + begin - group * filters, first = taps_at(p, group, at, c),
                step = end - begin > 1 ? taps_at(p, group, at + 1, c) - first : 0;
        for (int64_t t = 0; t < p->taps; t++) {
            float *line = to + ((t / row * (c1 - c0) + c - c0) * row + t % row) * width;
            for (int64_t m = 0; m < width; m++)
                line[m] = m >= begin && m < end ? sdx_f32_at(w, first + (m - begin) * step + t) : 0;
        }
    }
}

/* Blocks [b0, b1), group by group, each in chunks. */
static float *pack_blocks(const conv_weights *p, float *to, const sdx_tensor *w, int64_t b0,
                          int64_t b1)
{
    int64_t each = p->filters / p->group, channels = p->channels / p->group,
            width = (b1 - b0) * p->block;
    int64_t chunks = p->way == CONV_FIRST ? 1
                                          : conv_chunks(channels, p->taps, p->block, p->collides);
    int64_t last = conv_last_group(b1, p->filters, each, p->block);
    for (int64_t g = conv_first_group(b0, each, p->block); g <= last; g++)
        for (int64_t i = 0; i < chunks; i++) {
            int64_t first = g * channels,
                    c0 = conv_chunk_begin(first, channels, p->block, chunks, i),
                    c1 = conv_chunk_begin(first, channels, p->block, chunks, i + 1);
            pack_chunk(p, to, w, g, b0 * p->block, width, c0 - first, c1 - first);
            to += width * (c1 - c0) * p->taps;
        }
    return to;
}

/* Pairs of output blocks, side by side if they are of one group. */
static void pack_dense(const conv_weights *p, float *to, const sdx_tensor *w)
{
    int64_t blocks = conv_blocks(p->filters, p->block), each = p->filters / p->group;
    for (int64_t b = 0; b < blocks; b += 2) {
        int64_t end = b + 2 < blocks ? b + 2 : blocks;
        bool pair = conv_first_group(b, each, p->block) ==
                    conv_last_group(end, p->filters, each, p->block);
        for (int64_t k = b; k < end; k += pair ? 2 : 1)
            to = pack_blocks(p, to, w, k, pair ? end : k + 1);
    }
}

int64_t sdx_conv_first_scratch(const conv_geometry *g, int64_t channels)
{
    int last = g->window.rank - 1;
    int64_t columns = (g->width - 1) * g->step + sdx_window_span(&g->window, last);
    return g->most_lines * (columns * channels + (int64_t)(sizeof(tile_line) / sizeof(float)));
}

/* ---- spread ---- */

/* The output vectors, and the channels of the input that filter m meets. */
static int64_t output_vectors(const conv_weights *p)
{
    return conv_blocks(p->filters, p->block) * (p->block / p->lanes);
}
typedef struct range {
    int64_t begin, end;
} range;
static range channels_of(const conv_weights *p, int64_t m)
{
    int64_t channels = p->channels / p->group, first = m / (p->filters / p->group) * channels;
    return (range){ first, first + channels };
}
/* ... as far as they lie in input vector v: s-th of them, or -1. */
static int64_t channel_at(const conv_weights *p, int64_t m, int64_t v, int64_t s)
{
    range r = channels_of(p, m);
    int64_t c = (r.begin > v * p->lanes ? r.begin : v * p->lanes) + s;
    return c < r.end && c < (v + 1) * p->lanes ? c : -1;
}

/* Walks the steps of output vector `out`: for each input vector that holds channels of its filters,
 * as many as the lane with most of them there needs. */
typedef struct walk {
    const conv_weights *p;
    int64_t m0, m1;    /* filters of the output vector */
    int64_t vector, s; /* input vector, and number of the step there */
    int64_t end;       /* input vectors */
} walk;
static walk walk_vector(const conv_weights *p, int64_t out)
{
    walk w = { p, out * p->lanes, (out + 1) * p->lanes, 0, -1, 0 };
    w.m1 = w.m1 < p->filters ? w.m1 : p->filters;
    if (w.m0 < w.m1) {
        w.vector = channels_of(p, w.m0).begin / p->lanes;
        w.end = (channels_of(p, w.m1 - 1).end + p->lanes - 1) / p->lanes;
    }
    return w;
}
static bool next_step(walk *w)
{
    for (w->s++; w->vector < w->end; w->vector++, w->s = 0)
        for (int64_t m = w->m0; m < w->m1; m++)
            if (channel_at(w->p, m, w->vector, w->s) >= 0)
                return true;
    return false;
}

sdx_status sdx_conv_steps(sdx_prepare *c, const conv_weights *p, const conv_geometry *g,
                          conv_steps *out)
{
    int64_t vectors = output_vectors(p), count = 0;
    int64_t *start = sdx_keep(c, (size_t)(vectors + 1) * sizeof *start);
    if (!start)
        return SDX_E_MEMORY;
    for (int64_t v = 0; v < vectors; v++) {
        for (walk w = walk_vector(p, v); next_step(&w);)
            count++;
        start[v + 1] = count;
    }
    conv_step *step = sdx_keep(c, (size_t)(count > 0 ? count : 1) * sizeof *step);
    if (!step)
        return SDX_E_MEMORY;
    *out = (conv_steps){ CONV_IN_PLACE, start, step };
    for (int64_t v = 0; v < vectors; v++)
        for (walk w = walk_vector(p, v); next_step(&w); step++) {
            int64_t lane = w.vector * p->lanes;
            step->at = lane / p->block * p->block * g->in_pixels + lane % p->block;
            for (int64_t i = 0; i < 16; i++) {
                int64_t channel = w.m0 + i < w.m1 && i < p->lanes
                                      ? channel_at(p, w.m0 + i, w.vector, w.s)
                                      : -1;
                step->from[i] = channel < 0 ? -1 : (int32_t)(channel - lane);
                if (w.m0 + i >= w.m1 || i >= p->lanes)
                    continue; /* a lane that nobody reads */
                if (channel < 0)
                    out->moves = CONV_PARTLY;
                else if (step->from[i] != i && out->moves == CONV_IN_PLACE)
                    out->moves = CONV_MOVED;
            }
        }
    return SDX_OK;
}

/* [output vector][row of the kernel][step][tap of the row][lane]. */
static void pack_spread(const conv_weights *p, float *to, const sdx_tensor *tensor)
{
    int64_t filters = p->filters / p->group;
    for (int64_t v = 0; v < output_vectors(p); v++) {
        int64_t steps = 0;
        for (walk w = walk_vector(p, v); next_step(&w);)
            steps++;
        walk w = walk_vector(p, v);
        for (int64_t s = 0; s < steps && next_step(&w); s++)
            for (int64_t i = 0; i < p->lanes; i++) {
                int64_t m = w.m0 + i, channel = m < w.m1 ? channel_at(p, m, w.vector, w.s) : -1;
                int64_t from = channel < 0 ? -1
                                           : taps_at(p, m / filters, m % filters,
                                                     channel - channels_of(p, m).begin);
                for (int64_t t = 0; t < p->taps; t++)
                    to[((t / p->row * steps + s) * p->row + t % p->row) * p->lanes + i] =
                        from < 0 ? 0 : sdx_f32_at(tensor, from + t);
            }
        to += steps * p->taps * p->lanes;
    }
}

/* ---- winograd ---- */

static int64_t odd_lines(int64_t floats)
{
    enum { LINE = 16 };
    return ((floats + LINE - 1) / LINE | 1) * LINE;
}

static int64_t tiles_along(const conv_geometry *g, int d, int64_t tile)
{
    int64_t apart = g->window.dilation[d], phase = (g->out[d] + apart - 1) / apart;
    return (phase + tile - 1) / tile;
}

conv_tiles sdx_conv_tiles(const conv_weights *p, const conv_geometry *g)
{
    enum {
        FEW = 28,
        FEW_LATE = 32, /* weights are transformed for each block of tiles */
        LEAST = 8,
        ROOM = 49152, /* floats of values that stay in the second cache */
        STRIP = 14
    };
    int64_t side = p->tile + 2, blocks = conv_blocks(p->channels / p->group, p->block),
            fit = ROOM / (side * side * blocks * p->block);
    conv_tiles t = { .out = p->tile,
                     .rows = p->tile,
                     .across = tiles_along(g, 1, p->tile),
                     .down = tiles_along(g, 0, p->tile) };
    if (conv_in_strips(p)) { /* strips: a row of them is a piece of work */
        int64_t most = p->lanes == 16 ? STRIP : STRIP / 2, phases = g->window.dilation[0],
                height = (g->out[0] + phases - 1) / phases;
        t.down = (height + most - 1) / most;
        t.rows = (height + t.down - 1) / t.down;
        t.down = (height + t.rows - 1) / t.rows;
        t.count = t.across * t.down * phases * g->window.dilation[1];
        t.block = t.across;
        t.in_plane = odd_lines((STRIP + 2) * p->lanes);
        return t;
    }
    t.count = t.across * t.down * g->window.dilation[0] * g->window.dilation[1];
    int64_t few = p->late ? FEW_LATE : FEW;
    fit = fit < few ? few : fit;
    int64_t parts = (t.count + fit - 1) / fit;
    if (parts == 1 && p->group == 1 && t.count >= 2 * LEAST)
        parts = 2; /* for a second thread */
    t.block = parts > 0 ? (t.count + parts - 1) / parts : 1;
    t.in_plane = odd_lines(blocks * t.block * p->block);
    t.out_plane = odd_lines(2 * t.block * p->block);
    t.late = p->late ? side * (p->channels / p->group) * 2 * p->block : 0;
    return t;
}

/* Three taps of n filters, `step` apart, at the points: their polynomial there, divided by the
 * product of the distances to the other points. */
static void at_points(const double *a, int64_t step, int64_t tile, double *y, int64_t n)
{
    const double *b = a + step, *c = b + step;
    const double root = 1.41421356237309515;
    for (int64_t i = 0; i < n; i++) {
        double even = a[i] + c[i] / 2, far = a[i] + c[i] * 2;
        y[i] = a[i];
        if (tile == 2) {
            y[n + i] = (a[i] + c[i] + b[i]) / 2;
            y[2 * n + i] = (a[i] + c[i] - b[i]) / 2;
        } else {
            y[n + i] = (even + b[i] / root) / -1.5;
            y[2 * n + i] = (even - b[i] / root) / -1.5;
            y[3 * n + i] = (far + b[i] * root) / 6;
            y[4 * n + i] = (far - b[i] * root) / 6;
        }
        y[(tile + 1) * n + i] = c[i];
    }
}

enum { FILTERS = 32, WINO_SIDE = 6 }; /* filters at a time; points of either direction at most */

/* Filters [m, m + n) of a group, channel c of it, at all points; `plane` floats apart.  n <=
 * FILTERS */
static void pack_points(const conv_weights *p, const sdx_tensor *w, int64_t group, int64_t m,
                        int64_t n, int64_t c, float *to, int64_t plane)
{
    double g[9 * FILTERS], half[3 * WINO_SIDE * FILTERS], row[WINO_SIDE * FILTERS];
    int64_t side = p->tile + 2;
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = 0, at = taps_at(p, group, m + i, c); k < 9; k++)
            g[k * n + i] = (double)sdx_f32_at(w, at + k);
    for (int64_t k = 0; k < 3; k++)
        at_points(g + k * n, 3 * n, p->tile, half + k * side * n, n);
    for (int64_t i = 0; i < side; i++) {
        at_points(half + i * n, side * n, p->tile, row, n);
        for (int64_t k = 0; k < side; k++, to += plane)
            for (int64_t f = 0; f < n; f++)
                to[f] = (float)row[k * n + f];
    }
}

/* Floats for a filter and a channel. */
static int64_t winograd_each(const conv_weights *p)
{
    return p->late ? p->taps : (p->tile + 2) * (conv_in_strips(p) ? 3 : p->tile + 2);
}

/* [group][pair of output blocks][plane][channel][1 or 2 blocks]; late: [channel][tap] there. */
static void pack_winograd(const conv_weights *p, float *to, const sdx_tensor *w)
{
    int64_t filters = p->filters / p->group, channels = p->channels / p->group,
            blocks = conv_blocks(filters, p->block);
    memset(to, 0, (size_t)sdx_conv_packed(p) * sizeof *to);
    for (int64_t g = 0; g < p->group; g++)
        for (int64_t b = 0; b < blocks; b += 2) {
            int64_t width = (b + 1 < blocks ? 2 : 1) * p->block, first = b * p->block;
            int64_t real = filters - first < width ? filters - first : width;
            for (int64_t c = 0; c < channels; c++)
                if (p->late)
                    pack_chunk(p, to + c * p->taps * width, w, g, g * filters + first, width, c,
                               c + 1);
                else
                    pack_points(p, w, g, first, real, c, to + c * width, channels * width);
            to += winograd_each(p) * channels * width;
        }
}

/* [vector][point][step][row of the kernel][lane]: as many steps as a group has channels. */
static void pack_narrow(const conv_weights *p, float *to, const sdx_tensor *w)
{
    int64_t each = p->channels / p->group, point = each * 3 * p->lanes;
    memset(to, 0, (size_t)sdx_conv_packed(p) * sizeof *to);
    for (int64_t m = 0; m < p->filters; m++) {
        float *at = to + m / p->lanes * (p->tile + 2) * point + m % p->lanes;
        for (int64_t c = 0, from = taps_at(p, m / each, m % each, 0); c < each; c++)
            for (int64_t k = 0; k < 3; k++, at += p->lanes, from += 3) {
                double taps[3], points[WINO_SIDE];
                for (int64_t i = 0; i < 3; i++)
                    taps[i] = (double)sdx_f32_at(w, from + i);
                at_points(taps, 1, p->tile, points, 1);
                for (int64_t i = 0; i < p->tile + 2; i++)
                    at[i * point] = (float)points[i];
            }
    }
}

int64_t sdx_conv_packed(const conv_weights *p)
{
    int64_t count = 0;
    if (p->way == CONV_WINOGRAD)
        return winograd_each(p) * (p->channels / p->group) *
               (conv_in_strips(p)
                    ? conv_blocks(p->filters, p->block) * p->block
                    : p->group * conv_blocks(p->filters / p->group, p->block) * p->block);
    if (conv_is_plain(p->way))
        return p->filters * (p->channels / p->group) * p->taps;
    if (p->way != CONV_SPREAD)
        return conv_parts_before(conv_blocks(p->filters, p->block), p->filters,
                                 p->filters / p->group, p->block) *
               p->block * (p->channels / p->group) * p->taps;
    for (int64_t v = 0; v < output_vectors(p); v++)
        for (walk w = walk_vector(p, v); next_step(&w);)
            count++;
    return count * p->taps * p->lanes;
}

/* As they are. */
static void pack_rows(const conv_weights *p, float *to, const sdx_tensor *w)
{
    for (int64_t i = 0; i < sdx_conv_packed(p); i++)
        to[i] = sdx_f32_at(w, i);
}

/* [group][block of filters][channel][tap][filter]. */
static void pack_planes(const conv_weights *p, float *to, const sdx_tensor *w)
{
    int64_t filters = p->filters / p->group;
    for (int64_t m = 0, step; m < p->filters; m += step) {
        step = conv_plane_block(filters - m % filters);
        for (int64_t c = 0; c < p->channels / p->group; c++, to += p->taps * step)
            for (int64_t i = 0; i < step; i++)
                for (int64_t t = 0, at = taps_at(p, m / filters, m % filters + i, c); t < p->taps;
                     t++)
                    to[t * step + i] = sdx_f32_at(w, at + t);
    }
}

void sdx_conv_pack(const conv_weights *p, float *to, const sdx_tensor *w)
{
    (p->way == CONV_SPREAD     ? pack_spread
     : p->way == CONV_ROWS     ? pack_rows
     : p->way == CONV_PLANES   ? pack_planes
     : p->way != CONV_WINOGRAD ? pack_dense
     : conv_in_strips(p)       ? pack_narrow
                               : pack_winograd)(p, to, w);
}

void sdx_conv_pack_bias(void *to, const sdx_tensor *from, const void *how)
{
    const conv_weights *p = how;
    float *bias = to;
    for (int64_t m = 0; m < conv_blocks(p->filters, p->block) * p->block; m++) {
        double b = 0;
        if (from && m < p->filters)
            sdx_load_f64(&b, from, m, 1, 1);
        bias[m] = (float)b;
    }
}
