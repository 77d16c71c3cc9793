/* ops/nn/conv/planes.c - planes around its loops (planes.h): how a convolution is cut, where its
 * vectors lie.  See kernels.h. */
#include "nn/conv/kernels.h"

/* Along dim d: where tap k of phase `phase` lies, in input elements from output 0 of the phase;
 * false: the phase does not see it. */
static bool tap_reach(const conv_geometry *g, int d, int64_t phase, int64_t k, int64_t *reach)
{
    const sdx_window *w = &g->window;
    int64_t far = k * w->dilation[d] - w->begin[d];
    if (!g->transposed) {
        *reach = far;
        return true;
    }
    far = phase - far;
    *reach = far / w->stride[d]; /* exact, or else not seen */
    return far % w->stride[d] == 0;
}

static int64_t phases_along(const conv_geometry *g, int d)
{
    return g->transposed ? g->window.stride[d] : 1;
}

typedef struct reach {
    int64_t least, most;
} reach;

static reach reach_along(const conv_geometry *g, int d)
{
    reach r = { INT64_MAX, INT64_MIN };
    int64_t at;
    for (int64_t phase = 0; phase < phases_along(g, d); phase++)
        for (int64_t k = 0; k < g->window.kernel[d]; k++)
            if (tap_reach(g, d, phase, k, &at)) {
                r.least = at < r.least ? at : r.least;
                r.most = at > r.most ? at : r.most;
            }
    return r;
}

static int64_t outputs_of(int64_t out, int64_t phases, int64_t phase)
{
    return (out - phase + phases - 1) / phases;
}

/* The taps of the phase whose first output is (top, left). */
static void add_phase(const conv_geometry *g, const conv_planes *p, conv_plane_phase *to,
                      conv_plane_tap *tap, int64_t top, int64_t left)
{
    int last = g->window.rank - 1;
    int64_t across = g->window.kernel[last];
    *to = (conv_plane_phase){ 0, tap };
    for (int64_t k = 0; k < g->taps; k++) {
        int64_t y = p->top, x;
        if ((last > 0 && !p->flat && !tap_reach(g, 0, top, k / across, &y)) ||
            !tap_reach(g, last, left, k % across, &x))
            continue;
        x -= p->left;
        tap[to->taps++] = (conv_plane_tap){
            (y - p->top) * p->row + x % p->step_x * p->wide + x / p->step_x, k
        };
    }
}

static int64_t whole(int64_t n, int64_t unit)
{
    return (n + unit - 1) / unit * unit;
}

/* Floats of a channel in the scratch: vectors may reach beyond the last row, and channels are not
 * to fall into one set of a cache. */
static int64_t channel_floats(const conv_planes *p, int64_t rows)
{
    enum { LINE = 16 };
    int64_t floats = ((rows - 1) * p->step_y + p->high) * p->row + p->lanes;
    return ((floats + LINE - 1) / LINE | 1) * LINE;
}

/* The scratch begins with the positions: for each phase of rows those of a strip, and room for a
 * tile more. */
static int64_t table_positions(const conv_planes *p)
{
    return p->strip * p->vectors + CONV_PLANE_VECTORS;
}

static int64_t table_floats(const conv_planes *p)
{
    return whole(p->out_y * table_positions(p) * (int64_t)(sizeof(conv_position) / sizeof(float)),
                 16);
}

int64_t sdx_conv_planes_scratch(const conv_planes *p, int64_t channels)
{
    return table_floats(p) + (p->flat ? 0 : channels * channel_floats(p, p->strip));
}

/* Rows at a time: as many as leave the values in a near cache; and pieces for all threads. */
static void cut(const conv_weights *w, conv_planes *p, int64_t images)
{
    enum { FEW = 8, PIECES = 16, NEAR = 6144, FAR = 49152 }; /* floats */
    int64_t channels = w->channels / w->group, room = channels < 4 ? NEAR : FAR,
            each = channels * (p->flat ? p->vectors * w->lanes : p->row * p->step_y),
            least = (FEW + p->vectors - 1) / p->vectors;
    p->parts = (w->filters / w->group + CONV_PLANE_PART - 1) / CONV_PLANE_PART;
    int64_t pieces = PIECES / (p->parts * w->group * images + 1) + 1,
            some = (p->rows + pieces - 1) / pieces;
    p->strip = each > 0 ? room / each : 1;
    p->strip = p->strip < some ? p->strip : some;
    p->strip = p->strip > least ? p->strip : least;
    p->strip = p->strip < p->rows ? p->strip : p->rows;
    while (p->strip < p->rows && p->rows % p->strip == 1) /* the last moves back into its strip */
        p->strip++;
    int64_t strips = p->strip > 0 ? (p->rows + p->strip - 1) / p->strip : 1;
    p->together = p->parts > 1 ? 1 : w->group * images * strips / PIECES;
    p->together = p->together < 1 ? 1 : p->together < w->group ? p->together : w->group;
    p->units = p->parts * ((w->group + p->together - 1) / p->together);
}

sdx_status sdx_conv_plan_planes(sdx_prepare *c, const conv_weights *w, const conv_geometry *g,
                                int64_t images, conv_planes *p)
{
    const sdx_window *win = &g->window;
    int last = win->rank - 1;
    bool flat = g->flat && g->pixels >= w->lanes, picture = last > 0 && !flat;
    *p = (conv_planes){ .flat = flat,
                        .lanes = w->lanes,
                        .in_rows = picture ? g->in[0] : 1,
                        .in_width = flat ? g->in_pixels : g->in[last],
                        .out_rows = picture ? g->out[0] : 1,
                        .out_width = flat ? g->pixels : g->out[last],
                        .step_y = picture && !g->transposed ? win->stride[0] : 1,
                        .step_x = g->transposed ? 1 : win->stride[last],
                        .out_y = picture ? phases_along(g, 0) : 1,
                        .out_x = phases_along(g, last),
                        .high = 1 };
    if (picture) {
        reach y = reach_along(g, 0);
        p->top = y.least;
        p->high = y.most - y.least + 1;
    }
    reach x = reach_along(g, last);
    p->left = x.least;
    p->width = outputs_of(p->out_width, p->out_x, 0);
    p->rows = flat ? (g->pixels + w->lanes - 1) / w->lanes : outputs_of(p->out_rows, p->out_y, 0);
    p->vectors = flat ? 1 : (p->width + w->lanes - 1) / w->lanes;
    int64_t span = x.most - x.least + 1;
    p->wide = whole(p->width + (span - 1) / p->step_x, w->lanes);
    p->row = (span < p->step_x ? span : p->step_x) * p->wide;
    int64_t phases = p->out_y * p->out_x;
    conv_plane_phase *phase = sdx_keep(c, (size_t)phases * sizeof *phase);
    conv_plane_tap *tap = sdx_keep(c, (size_t)g->taps * sizeof *tap);
    if (!phase || !tap)
        return SDX_E_MEMORY;
    p->phase = phase;
    for (int64_t i = 0; i < phases; i++, tap += phase++->taps)
        add_phase(g, p, phase, tap, i / p->out_x, i % p->out_x);
    cut(w, p, images);
    return SDX_OK;
}

/* ---- run ---- */

/* Vectors of rows [q0, q1) that a phase of rows has. */
static int64_t count_positions(const conv_planes *p, int64_t top, int64_t q0, int64_t q1)
{
    int64_t rows = p->flat ? p->rows : outputs_of(p->out_rows, p->out_y, top);
    rows = rows < q1 ? rows : q1;
    return rows > q0 ? (rows - q0) * p->vectors : 0;
}

static void list_positions(const conv_planes *p, int64_t top, int64_t q0, int64_t count,
                           conv_position *at)
{
    int64_t most = p->lanes * p->out_x;
    for (int64_t i = 0; i < count; i++) {
        int64_t q = i / p->vectors, column = (p->flat ? q0 + q : i % p->vectors) * p->lanes;
        if (column + p->lanes > p->width) /* computes some again */
            column = p->width > p->lanes ? p->width - p->lanes : 0;
        int64_t x = column * p->out_x, left = p->out_width - x;
        at[i] = (conv_position){ p->flat ? column : q * p->step_y * p->row + column,
                                 (p->flat ? 0 : (top + (q0 + q) * p->out_y) * p->out_width) + x,
                                 left < most ? left : most };
    }
    for (int64_t i = count; count > 0 && i < count + CONV_PLANE_VECTORS; i++)
        at[i] = at[count - 1];
}

/* Filters [m0, m1) of a group. */
static void some_filters(conv_plane_job *t, const conv_kernels *k, int64_t m0, int64_t m1)
{
    const conv_f32 *j = t->j;
    for (int64_t m = m0, step; m < m1; m += step) {
        step = conv_plane_block(m1 - m);
        t->w = j->w + m * t->channels * j->g->taps;
        t->bias = j->bias + m;
        t->y = j->y + m * j->g->pixels;
        t->residual = j->residual ? j->residual + m * j->g->pixels : NULL;
        k->plane_tiles(t, step);
    }
}

void sdx_conv_planes_run(const conv_f32 *j, const conv_planes *p, const conv_kernels *k,
                         int64_t unit, int64_t q0, int64_t q1, float *scratch)
{
    conv_position *table = (conv_position *)(void *)scratch;
    int64_t filters = j->filters / j->group, channels = j->channels / j->group,
            g0 = unit / p->parts * p->together, g1 = g0 + p->together,
            m0 = unit % p->parts * CONV_PLANE_PART, m1 = m0 + CONV_PLANE_PART,
            from = q0 * (p->flat ? p->lanes : p->out_y * p->out_width),
            to = q1 * (p->flat ? p->lanes : p->out_y * p->out_width);
    conv_plane_job t = { .j = j,
                         .p = p,
                         .whole = p->out_x == 1 && p->width >= p->lanes && !j->residual,
                         .channels = channels,
                         .x_channel = p->flat ? j->g->in_pixels : channel_floats(p, q1 - q0) };
    g1 = g1 < j->group ? g1 : j->group;
    m1 = m1 < filters ? m1 : filters;
    to = to < j->g->pixels ? to : j->g->pixels;
    for (int64_t g = g0; g < g1; g++) {
        float *values = scratch + table_floats(p);
        const float *x = j->x + g * channels * j->g->in_pixels;
        t.x = p->flat ? x : values;
        for (int64_t c = 0; !p->flat && c < channels; c++, values += t.x_channel)
            k->plane_copy(p, values, x + c * j->g->in_pixels, p->top + q0 * p->step_y,
                          (q1 - q0 - 1) * p->step_y + p->high);
        for (int64_t top = 0; top < p->out_y; top++) {
            conv_position *at = table + top * table_positions(p);
            t.at = at;
            t.count = count_positions(p, top, q0, q1);
            if (g == g0)
                list_positions(p, top, q0, t.count, at);
            t.phase = p->phase + top * p->out_x;
            some_filters(&t, k, g * filters + m0, g * filters + m1);
        }
        for (int64_t m = g * filters + m0; j->after && m < g * filters + m1; m++) {
            int64_t first = m * j->g->pixels + from;
            j->after(j->context, j->y + first, j->at + first, (size_t)(to - from));
        }
    }
}
