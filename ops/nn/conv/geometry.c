/* ops/nn/conv/geometry.c - see geometry.h. */
#include "nn/conv/geometry.h"
#include <string.h>

enum {
    MOST_KEPT = 1 << 20, /* lines that are worth keeping: 16 MB of them */
    FLAT_ROW = 42 /* pixels of a row of a flattened image: whole tiles for every vocabulary */
};

static int64_t tiles_of(int64_t pixels, int64_t tile)
{
    return (pixels + tile - 1) / tile;
}

/* A small image is cut in two, for two threads, where that makes no more tiles of it. */
static int64_t flat_row(int64_t pixels)
{
    int64_t half = (pixels + 1) / 2;
    bool even = pixels > 1 && half <= FLAT_ROW;
    for (int64_t tile = 6; tile <= 14; tile += 8)
        even = even &&
               tiles_of(half, tile) + tiles_of(pixels - half, tile) == tiles_of(pixels, tile);
    return even ? half : pixels < FLAT_ROW ? pixels : FLAT_ROW;
}

/* The input position under tap k for output o, or -1. */
static int64_t input_of(const conv_geometry *g, int d, int64_t o, int64_t k)
{
    const sdx_window *w = &g->window;
    int64_t i;
    if (g->transposed) {
        int64_t far = o + w->begin[d] - k * w->dilation[d];
        if (far < 0 || far % w->stride[d] != 0)
            return -1;
        i = far / w->stride[d];
    } else {
        i = o * w->stride[d] - w->begin[d] + k * w->dilation[d];
    }
    return i >= 0 && i < g->in[d] ? i : -1;
}

int64_t sdx_conv_lines(const conv_geometry *g, int64_t row, tile_line *to)
{
    int outer = g->window.rank - 1;
    int64_t o[SDX_MAX_RANK], k[SDX_MAX_RANK] = { 0 }, count = 0;
    if (g->flat) {
        to[0] = (tile_line){ row * g->width, 0 };
        return 1;
    }
    for (int d = outer - 1; d >= 0; row /= g->out[d], d--)
        o[d] = row % g->out[d];
    for (int64_t r = 0;; r++) {
        int64_t in = 0;
        for (int d = 0; d < outer && in >= 0; d++) {
            int64_t i = input_of(g, d, o[d], k[d]);
            in = i < 0 ? -1 : in * g->in[d] + i;
        }
        if (g->ring > 0 && in >= 0)
            in %= g->ring;
        if (in >= 0)
            to[count++] = (tile_line){ in * g->in_width, r * g->window.kernel[outer] };
        int d = outer - 1;
        while (d >= 0 && ++k[d] == g->window.kernel[d])
            k[d--] = 0;
        if (d < 0)
            return count;
    }
}

/* Output pixels q of the phase for which column x + q * step lies in 0 .. in - 1. */
static tile_tap tap_at(const conv_geometry *g, int64_t x, int64_t w, int64_t in, int64_t count)
{
    tile_tap t = { x, w, 0, count };
    if (x < 0)
        t.first = (-x + g->step - 1) / g->step;
    if (in <= x)
        t.end = 0;
    else if ((in - 1 - x) / g->step + 1 < count)
        t.end = (in - 1 - x) / g->step + 1;
    if (t.first > t.end)
        t.first = t.end;
    return t;
}

/* Taps that lie side by side, from tap k of the phase on. */
static int64_t side_by_side(const conv_geometry *g, const conv_phase *p, int64_t k)
{
    const tile_tap *t = &p->tap[k];
    int64_t length = 1;
    while (g->step <= 2 * g->apart && k + length < p->taps &&
           t[length].x == t->x + length * g->apart && t[length].w == t->w + length)
        length++;
    return length;
}

/* Cuts the taps of a phase into runs of one length, the longest that fits, and single ones at the
 * end. */
static sdx_status make_runs(sdx_prepare *c, const conv_geometry *g, conv_phase *p, int longest)
{
    p->inner_end = p->count;
    if (p->taps == 0) /* as most phases are where the stride is long */
        return SDX_OK;
    conv_run *run = sdx_keep(c, (size_t)p->taps * sizeof *run);
    if (!run)
        return SDX_E_MEMORY;
    int64_t all = side_by_side(g, p, 0);
    bool seven = all % 7 == 0 || all > 9; /* with a stride of 2 there is no kernel for that */
    int length = all < 3 || longest < 3        ? 1
                 : g->apart > 1 || longest < 7 ? 3
                 : all == 5                    ? 5
                 : seven                       ? g->step == 1 ? 7 : 5
                                               : 3;
    p->run = run;
    for (int64_t k = 0; k < p->taps;) {
        int count = side_by_side(g, p, k) >= length ? length : 1;
        run[p->runs++] = (conv_run){ p->tap[k].x, p->tap[k].w, p->tap[k].first, p->tap[k].end,
                                     count };
        k += count;
    }
    for (int64_t k = 0; k < p->taps; k++) {
        p->inner = p->tap[k].first > p->inner ? p->tap[k].first : p->inner;
        p->inner_end = p->tap[k].end < p->inner_end ? p->tap[k].end : p->inner_end;
    }
    return SDX_OK;
}

/* Adds tap k to the phase.  x: the column of input under it, for the phase's first pixel. */
static void add_tap(const conv_geometry *g, conv_phase *p, tile_tap *room, int64_t x, int64_t k)
{
    tile_tap t = tap_at(g, x, k, g->in_width, p->count);
    if (t.first < t.end)
        room[p->taps++] = t;
}

static int64_t remainder_of(int64_t a, int64_t b) /* 0 .. b - 1 */
{
    return a % b < 0 ? a % b + b : a % b;
}

/* Transposed, tap k belongs to the one phase whose pixels it reaches from whole columns of input.
 * */
static sdx_status make_phases(sdx_prepare *c, conv_geometry *g, int longest)
{
    const sdx_window *w = &g->window;
    int last = w->rank - 1;
    int64_t stride = w->stride[last], kernel = w->kernel[last], dilation = w->dilation[last],
            begin = w->begin[last];
    if (g->phases > g->width && g->width > 0)
        g->phases = g->width;
    conv_phase *phase = sdx_keep(c, (size_t)g->phases * sizeof *phase);
    int64_t *start = sdx_keep(c, (size_t)(g->phases + 1) * sizeof *start);
    tile_tap *taps = sdx_keep(c,
                              (size_t)(g->transposed ? kernel : kernel * g->phases) * sizeof *taps);
    if (!phase || !start || !taps)
        return SDX_E_MEMORY;
    for (int64_t k = 0; g->transposed && k < kernel; k++) {
        int64_t p = remainder_of(k * dilation - begin, stride);
        if (p < g->phases)
            start[p + 1]++;
    }
    for (int64_t p = 0; p < g->phases; p++) {
        start[p + 1] = g->transposed ? start[p] + start[p + 1] : (p + 1) * kernel;
        phase[p] = (conv_phase){ .first = p,
                                 .count = (g->width - p + g->phases - 1) / g->phases,
                                 .tap = taps + start[p] };
    }
    for (int64_t k = 0; k < kernel; k++) {
        int64_t p = g->transposed ? remainder_of(k * dilation - begin, stride) : 0;
        if (g->transposed && p < g->phases)
            add_tap(g, &phase[p], taps + start[p], (p + begin - k * dilation) / stride, k);
        for (; !g->transposed && p < g->phases; p++)
            add_tap(g, &phase[p], taps + start[p], p * stride + k * dilation - begin, k);
    }
    g->phase = phase;
    for (int64_t p = 0; p < g->phases; p++)
        SDX_TRY(make_runs(c, g, &phase[p], longest));
    return SDX_OK;
}

static sdx_status keep_lines(sdx_prepare *c, conv_geometry *g)
{
    int64_t count = 0;
    if (g->most_lines > 0 && g->rows > MOST_KEPT / g->most_lines)
        return SDX_OK;
    int64_t *start = sdx_keep(c, (size_t)(g->rows + 1) * sizeof *start);
    tile_line *line = sdx_keep(c, (size_t)(g->rows * g->most_lines) * sizeof *line);
    if (!start || !line)
        return SDX_E_MEMORY;
    for (int64_t r = 0; r < g->rows; r++) {
        count += sdx_conv_lines(g, r, line + count);
        start[r + 1] = count;
    }
    g->start = start;
    g->line = line;
    return SDX_OK;
}

/* A window of one element that visits each pixel once: the image may be taken as one row. */
static bool is_flat(const sdx_window *w, const int64_t *in, const int64_t *out)
{
    bool flat = true;
    for (int d = 0; d < w->rank; d++)
        flat = flat && w->kernel[d] == 1 && w->stride[d] == 1 && w->begin[d] == 0 &&
               w->end[d] == 0 && in[d] == out[d];
    return flat;
}

static int64_t common_divisor(int64_t a, int64_t b)
{
    while (b != 0) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* Sizes, strides and phases' distance; the image is not flattened. */
static void lay_out(conv_geometry *g, const sdx_window *window, const int64_t *in,
                    const int64_t *out, bool transposed, int longest)
{
    enum { FEW = 4 }; /* pixels of a phase that are not worth a tile */
    int last = window->rank - 1;
    int64_t stride = window->stride[last], dilation = window->dilation[last],
            both = common_divisor(stride, dilation);
    *g = (conv_geometry){ .window = *window,
                          .transposed = transposed,
                          .rows = 1,
                          .pixels = 1,
                          .in_pixels = 1,
                          .taps = 1,
                          .most_lines = 1 };
    for (int d = 0; d <= last; d++) {
        g->in[d] = in[d];
        g->out[d] = out[d];
        g->pixels *= out[d];
        g->in_pixels *= in[d];
        g->taps *= window->kernel[d];
        if (d < last) {
            g->rows *= out[d];
            g->most_lines *= window->kernel[d];
        }
    }
    g->width = out[last];
    g->in_width = in[last];
    g->step = transposed ? 1 : stride;
    g->phases = transposed ? stride : 1;
    g->apart = 1;
    if (longest > 0 && !transposed && window->kernel[last] > 1 && dilation > 1 && both == stride &&
        g->width / (dilation / both) >= FEW) {
        g->phases = dilation / both;
        g->step = stride * g->phases;
        g->apart = dilation;
    }
}

sdx_status sdx_conv_geometry(sdx_prepare *c, const sdx_window *window, const int64_t *in,
                             const int64_t *out, bool transposed, int longest, conv_geometry *g)
{
    lay_out(g, window, in, out, transposed, longest);
    g->flat = is_flat(window, in, out);
    if (g->flat) {
        g->width = g->in_width = flat_row(g->pixels);
        g->rows = g->width > 0 ? tiles_of(g->pixels, g->width) : 0;
    }
    SDX_TRY(make_phases(c, g, longest));
    return keep_lines(c, g);
}

sdx_status sdx_conv_geometry_rings(sdx_prepare *c, const sdx_window *window, const int64_t in[2],
                                   const int64_t out[2], int longest, int64_t in_ring,
                                   int64_t out_ring, conv_geometry *g)
{
    lay_out(g, window, in, out, false, longest);
    g->ring = in_ring;
    if (in_ring > 0)
        g->in_pixels = (in_ring * in[1]) | 1;
    if (out_ring > 0)
        g->pixels = (out_ring * out[1]) | 1;
    SDX_TRY(make_phases(c, g, longest));
    return keep_lines(c, g);
}
