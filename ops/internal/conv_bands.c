/* ops/internal/conv_bands.c - ConvBands, of the domain "sdx": convolutions of pictures one after
 * the other, a band of rows at a time.
 *
 * Y is what two or three Convs would make of X, each but the last with an activation: a rewrite
 * makes it of them (fuse/conv_bands.c).  What lies between them is never there as a whole.  A band
 * is a few rows of Y; each convolution makes the rows that the next one needs of it, into a ring of
 * rows that stays in the second cache, and keeps those that the band after needs again:
 *
 *     X      all rows
 *     ring   row r of the first convolution in place r % room
 *     ring   ... of the second
 *     Y      all rows
 *
 * The kernels are those of Conv, on a geometry that knows of the rings.  Threads take pieces, runs
 * of bands; one that begins where its last piece has ended goes on with the rows it has, any other
 * makes them again: the same bits either way. */
#include <math.h>
#include <stdatomic.h>
#include <string.h>
#include "common/epilogue.h"
#include "math/activation/kernels.h"
#include "nn/conv/kernels.h"

enum { MOST = 3, SIDES = 2, NUMBERS = 8 };

static const sdx_schema schema[] = {
    { 1, "X:T filters+:T -> Y:T",
      /* for each: its group; strides, dilations, pads; does a bias follow its weights?  For each
       * but the last: its bounds, and the activation behind them (or Identity), of this alpha */
      "groups:ints! windows:ints! biased:ints! bounds:floats acts:strings alpha:float=1 "
      /* 1: the last input is a factor of each channel of X, [N, C, 1, 1], and the first window one
       * element of one group */
      "scaled:int=0",
      "T: f32" },
    { 0 },
};

/* One of the convolutions. */
typedef struct stage {
    int w, b; /* inputs; b 0: none */
    int64_t group;
    sdx_window window; /* but for its kernel */
    float lo, hi;
    const sdx_pointwise *act; /* NULL: none */
} stage;

static bool read_window(const int64_t *v, sdx_window *w)
{
    *w = (sdx_window){ .rank = SIDES };
    for (int d = 0; d < SIDES; d++) {
        w->stride[d] = v[d];
        w->dilation[d] = v[SIDES + d];
        w->begin[d] = v[2 * SIDES + d];
        w->end[d] = v[3 * SIDES + d];
    }
    for (int i = 0; i < NUMBERS; i++)
        if (v[i] < (i < 2 * SIDES ? 1 : 0) || v[i] > INT32_MAX)
            return false;
    return true;
}

static bool is_scaled(const sdx_node *n)
{
    return sdx_attr_int(n, "scaled") == 1;
}

/* How many there are; 0: the attributes do not agree. */
static int read_links(const sdx_node *n, stage l[MOST])
{
    int count, windows, biased, bounds, acts, in = 1;
    const int64_t *group = sdx_attr_ints(n, "groups", &count);
    const int64_t *window = sdx_attr_ints(n, "windows", &windows);
    const int64_t *bias = sdx_attr_ints(n, "biased", &biased);
    const float *bound = sdx_attr_floats(n, "bounds", &bounds);
    const sdx_string *act = sdx_attr_strings(n, "acts", &acts);
    if (count < 1 || count > MOST || windows != NUMBERS * count || biased != count ||
        bounds != 2 * (count - 1) || acts != count - 1)
        return 0;
    for (int k = 0; k < count; k++) {
        l[k] = (stage){ .w = in++, .group = group[k], .lo = -INFINITY, .hi = INFINITY };
        l[k].b = bias[k] ? in++ : 0;
        if (group[k] < 1 || !read_window(window + NUMBERS * k, &l[k].window))
            return 0;
        if (k + 1 == count)
            break;
        l[k].lo = bound[2 * k];
        l[k].hi = bound[2 * k + 1];
        l[k].act = sdx_activation_named(act[k]);
        bool none = act[k].length == 8 && memcmp(act[k].text, "Identity", 8) == 0;
        if ((!none && !l[k].act) || !(l[k].lo <= l[k].hi))
            return 0;
    }
    in += is_scaled(n);
    return in == sdx_in_count(n) && (!is_scaled(n) || group[0] == 1) ? count : 0;
}

/* ---- shapes ---- */

/* Dims behind stage l, of dims x before it.  false: refused, or not known. */
static bool follow(const sdx_node *n, sdx_infer *c, stage *l, sdx_dim x[4])
{
    sdx_dims w = sdx_in_dims(n, l->w);
    if (!sdx_check_rank(c, l->w, 4, 4) || w.rank < 0 || (l->b && !sdx_check_rank(c, l->b, 1, 1)))
        return false;
    if (!sdx_equal(c, x[1], sdx_dim_mul(c, sdx_num(l->group), w.dim[1])) ||
        sdx_divides(c, l->group, w.dim[0]) == SDX_NO ||
        (l->b && !sdx_equal(c, w.dim[0], sdx_in_dim(n, l->b, 0)))) {
        sdx_refuse(c, "conv-weight-channels", "%s channels meet filters %s", sdx_show(c, x[1]),
                   sdx_show_dims(c, w));
        sdx_point(c, l->w, 1);
        sdx_hint(c, "there are channels / group of them in each filter, and as many biases");
        return false;
    }
    x[1] = w.dim[0];
    for (int d = 0; d < SIDES; d++) {
        l->window.kernel[d] = sdx_is_num(w.dim[2 + d]) ? w.dim[2 + d].n : -1;
        if (l->window.kernel[d] == 0) {
            sdx_refuse(c, "window-attribute-range", "filters %s have no taps", sdx_show_dims(c, w));
            sdx_point(c, l->w, 2 + d);
            sdx_hint(c, "a window has one tap at least");
            return false;
        }
        x[2 + d] = sdx_window_out(c, &l->window, d, 0, 2 + d, x[2 + d], false);
    }
    return !sdx_refused(c);
}

/* The factors, and the window that they meet. */
static bool check_factors(const sdx_node *n, sdx_infer *c, const sdx_dim x[4])
{
    int last = sdx_in_count(n) - 1;
    sdx_dims s = sdx_in_dims(n, last), w = sdx_in_dims(n, 1);
    if (!sdx_check_rank(c, last, 4, 4) || !sdx_check_rank(c, 1, 4, 4) || s.rank < 0 || w.rank < 0)
        return false;
    if (sdx_equal(c, s.dim[0], x[0]) && sdx_equal(c, s.dim[1], x[1]) &&
        sdx_equal(c, s.dim[2], sdx_num(1)) && sdx_equal(c, s.dim[3], sdx_num(1)) &&
        sdx_equal(c, w.dim[2], sdx_num(1)) && sdx_equal(c, w.dim[3], sdx_num(1)))
        return true;
    sdx_refuse(c, "conv-weight-channels", "factors %s meet %s channels and filters %s",
               sdx_show_dims(c, s), sdx_show(c, x[1]), sdx_show_dims(c, w));
    sdx_point(c, last, 1);
    sdx_hint(c, "there is one for each image and channel");
    return false;
}

static void infer(const sdx_node *n, sdx_infer *c)
{
    stage l[MOST];
    int count = read_links(n, l), rank = sdx_in_dims(n, 0).rank;
    sdx_dim *x = sdx_new_dims(c, 4);
    if (count == 0) {
        sdx_refuse(c, "attribute-value", "the attributes do not describe the same convolutions");
        sdx_hint(c, "one to %d of them, each with a group and %d numbers of a window", MOST,
                 NUMBERS);
        return;
    }
    if (!sdx_check_rank(c, 0, 4, 4) || rank < 0)
        return;
    for (int i = 0; i < 4; i++)
        x[i] = sdx_in_dim(n, 0, i);
    if (is_scaled(n) && !check_factors(n, c, x))
        return;
    for (int k = 0; k < count; k++)
        if (!follow(n, c, &l[k], x))
            return;
    sdx_set_out_dims(c, 0, 4, x);
}

static sdx_dim macs(const sdx_node *n, sdx_infer *c)
{
    stage l[MOST];
    int count = read_links(n, l);
    sdx_dim x[4], all = sdx_num(0);
    for (int i = 0; i < 4; i++)
        x[i] = sdx_in_dim(n, 0, i);
    for (int k = 0; k < count && follow(n, c, &l[k], x); k++) {
        sdx_dims y = { 4, x };
        all = sdx_dim_add(c, all,
                          sdx_dim_mul(c, sdx_dim_product(c, y, 0, 4),
                                      sdx_dim_product(c, sdx_in_dims(n, l[k].w), 1, 4)));
    }
    return all;
}

static int layout(const sdx_node *n, sdx_layout l, uint32_t *plain)
{
    int last = sdx_in_count(n) - 1;
    (void)l;
    *plain = ~(uint32_t)1;
    if (is_scaled(n)) /* of one pixel: the order is the same */
        *plain &= ~((uint32_t)1 << last);
    return 1;
}

/* ---- prepare ---- */

typedef struct part {
    stage l;
    int64_t in[SIDES], out[SIDES];
    conv_geometry g;
    conv_weights how;
    conv_steps steps;
    const float *w, *bias; /* NULL: no constant, packed in run */
    size_t w_at, bias_at;  /* in the shared scratch, floats */
    int64_t room;          /* rows in the ring behind it; 0: all */
    size_t ring_at;        /* in the worker's scratch, floats */
    sdx_row_f32 *act;
    float param[4];
} part;

typedef struct plan {
    int parts;
    part part[MOST];
    conv_kernels k;
    int64_t images, band, piece, pieces; /* rows of Y: of a band, of a piece; pieces of an image */
    size_t last_at, scaled_at;           /* in the shared scratch, floats */
    int factors;                         /* the input; 0: none */
    int64_t factors_image;               /* floats of it for an image */
    const sdx_tail_plan *tail;
} plan;

/* What a worker has in its rings: of part k the rows before made[k], as the piece left them. */
typedef struct carried {
    int64_t piece, made[MOST];
    _Alignas(64) float rows[];
} carried;
/* By piece: the worker that has done it last. */
typedef _Atomic(const carried *) done_by;

/* Each begins at a multiple of 64 bytes. */
static size_t take(size_t *total, int64_t floats)
{
    size_t at = *total;
    *total += ((size_t)floats + 15) / 16 * 16;
    return at;
}

static void pack(void *to, const sdx_tensor *from, const void *how)
{
    sdx_conv_pack(how, to, from);
}

static int64_t padded(const part *t)
{
    return conv_blocks(t->how.filters, t->how.block) * t->how.block;
}

/* Sets the room that each part needs for bands of so many rows; returns the floats of all rings. */
static double make_room(plan *p, int64_t band)
{
    double floats = 0;
    for (int k = p->parts - 1; k > 0; k--) {
        const sdx_window *w = &p->part[k].l.window;
        part *before = &p->part[k - 1];
        band = (band - 1) * w->stride[0] + sdx_window_span(w, 0);
        band = before->room = band < before->out[0] ? band : before->out[0];
        floats += (double)band * (double)before->out[1] * (double)padded(before);
    }
    return floats;
}

/* Bands as high as leaves the rings in the second cache, for weights are read anew for each, but
 * some for each thread.  Pieces are enough for threads, and each less than a millisecond of
 * work. */
static void cut(plan *p, double work)
{
    enum { ROOM = 1 << 17, HIGHEST = 8, PIECES = 16 };
    int64_t rows = p->part[p->parts - 1].out[0], fair = 2 * rows * p->images / PIECES;
    int64_t least = p->parts > 1 ? 2 : 1;
    p->band = fair < least ? least : fair < HIGHEST ? fair : HIGHEST;
    while (p->band > 1 && make_room(p, p->band) > ROOM)
        p->band--;
    make_room(p, p->band);
    double bands = (double)((rows + p->band - 1) / p->band),
           pieces = fmax(PIECES, work / 2e7) / (double)p->images;
    p->piece = p->band * (pieces < bands ? (int64_t)(bands / fmax(pieces, 1)) : 1);
    p->pieces = (rows + p->piece - 1) / p->piece;
}

static sdx_status prepare_part(sdx_prepare *c, part *t, int64_t in_ring, size_t *shared,
                               size_t *worker)
{
    conv_weights *how = &t->how;
    how->way = conv_is_direct(how->channels, how->filters, how->group, how->block) ? CONV_DIRECT
                                                                                   : CONV_SPREAD;
    int run = how->way == CONV_SPREAD ? conv_longest_run(how->channels, how->filters, how->group)
                                      : 0;
    SDX_TRY(sdx_conv_geometry_rings(c, &t->l.window, t->in, t->out, run, in_ring, t->room, &t->g));
    if (!t->g.line)
        return sdx_reject(c, SDX_E_LIMIT, "a picture of more rows than a table of them may have");
    how->collides = how->way == CONV_DIRECT && conv_collides(t->g.in_pixels, how->block);
    if (how->way == CONV_SPREAD)
        SDX_TRY(sdx_conv_steps(c, how, &t->g, &t->steps));
    int64_t floats = sdx_conv_packed(how);
    t->w = sdx_pack(c, t->l.w, (size_t)floats * sizeof(float), pack, how, sizeof *how);
    if (!t->w)
        t->w_at = take(shared, floats);
    if (t->l.b)
        t->bias = sdx_pack(c, t->l.b, (size_t)padded(t) * sizeof(float), sdx_conv_pack_bias, how,
                           sizeof *how);
    if (!t->bias)
        t->bias_at = take(shared, padded(t));
    if (t->room > 0)
        t->ring_at = take(worker, t->g.pixels * padded(t));
    if (t->l.act) {
        const char *slots = sdx_kernels(c, t->l.act->fast);
        memcpy(&t->act, slots + t->l.act->slot, sizeof t->act);
    }
    return SDX_OK;
}

/* Doubles of what lies between the convolutions, for the reference: whole. */
static sdx_status prepare_reference(const sdx_node *n, sdx_prepare *c, plan *p)
{
    size_t doubles = 0;
    for (int k = 0; k < p->parts; k++) {
        part *t = &p->part[k];
        t->ring_at = take(&doubles, t->how.filters * t->out[0] * t->out[1]);
    }
    p->k.block = 0;
    sdx_choice(c, "reference");
    sdx_want_scratch(c, doubles * sizeof(double), 0);
    return sdx_tail_prepare(n, c, 0, &p->tail);
}

static sdx_status prepare(const sdx_node *n, sdx_prepare *c, void **state)
{
    stage l[MOST];
    sdx_shape x = sdx_in_shape(n, 0), y = sdx_out_shape(n, 0);
    plan *p = sdx_keep(c, sizeof *p);
    if (!p)
        return SDX_E_MEMORY;
    *state = p;
    p->k = *(const conv_kernels *)sdx_kernels(c, &sdx_family_nn_conv);
    p->parts = read_links(n, l);
    p->images = sdx_count(y, 0, y.rank) > 0 ? y.dim[0] : 0;
    p->factors = is_scaled(n) ? sdx_in_count(n) - 1 : 0;
    bool blocked = sdx_in_layout(n, 0) != SDX_PLAIN && sdx_out_layout(n, 0) != SDX_PLAIN;
    double work = 0;
    for (int k = 0; k < p->parts; k++) {
        part *t = &p->part[k];
        sdx_shape w = sdx_in_shape(n, l[k].w);
        t->l = l[k];
        t->how = (conv_weights){ .channels = k ? p->part[k - 1].how.filters : x.dim[1],
                                 .filters = w.dim[0],
                                 .group = l[k].group,
                                 .taps = w.dim[2] * w.dim[3],
                                 .row = w.dim[3],
                                 .block = p->k.block,
                                 .lanes = p->k.lanes };
        for (int d = 0; d < SIDES; d++) {
            t->l.window.kernel[d] = w.dim[2 + d];
            t->in[d] = k ? p->part[k - 1].out[d] : x.dim[2 + d];
            t->out[d] = (t->in[d] + l[k].window.begin[d] + l[k].window.end[d] -
                         sdx_window_span(&t->l.window, d)) /
                            l[k].window.stride[d] +
                        1;
        }
        double floats = (double)t->how.filters * (double)t->out[0] * (double)t->out[1];
        if (floats > 1e15)
            return sdx_reject(c, SDX_E_LIMIT, "%g numbers between two convolutions", floats);
        work += floats * (double)sdx_count(w, 1, w.rank);
        blocked = blocked && t->how.channels > 0 &&
                  (!l[k].act ||
                   (l[k].act->fast && (!l[k].act->param || l[k].act->param(n, t->param))));
    }
    if (p->images == 0)
        return sdx_tail_prepare(n, c, 0, &p->tail);
    if (sdx_in_layout(n, 0) != SDX_PLAIN && !blocked)
        return sdx_reject(c, SDX_E_UNSUPPORTED, "it cannot be computed in blocks of channels");
    if (!blocked || p->k.block == 0)
        return prepare_reference(n, c, p);
    size_t shared = 0, worker = 0;
    cut(p, work);
    for (int k = 0; k < p->parts; k++)
        SDX_TRY(prepare_part(c, &p->part[k], k ? p->part[k - 1].room : 0, &shared, &worker));
    p->last_at = take(&shared, p->images * p->pieces * (int64_t)(sizeof(done_by) / sizeof(float)));
    if (p->factors) {
        int64_t channels = p->part[0].how.channels, block = p->k.block;
        bool apart = sdx_in_layout(n, p->factors) == SDX_PLAIN;
        p->factors_image = apart ? channels : conv_blocks(channels, block) * block;
        p->scaled_at = take(&shared, sdx_conv_packed(&p->part[0].how));
    }
    sdx_choice(c, p->factors ? "scaled bands" : "bands");
    sdx_want_scratch(c, shared * sizeof(float), sizeof(carried) + worker * sizeof(float));
    return sdx_tail_prepare(n, c, SDX_TAIL_RESIDUAL | SDX_TAIL_CLAMP, &p->tail);
}

/* ---- run: bands ---- */

typedef struct job {
    const plan *p;
    const float *x, *w[MOST], *bias[MOST];
    float *y;
    done_by *last;
    int64_t first; /* the first piece of the images at hand */
    sdx_tail tail;
} job;

static void activate(void *context, float *y, int64_t at, size_t count)
{
    const part *t = context;
    (void)at;
    t->act(y, y, NULL, count, t->param);
}

/* Rows [row0, row1) of part k, which its ring has room for. */
static void make_rows(job *j, carried *c, int k, int64_t image, int64_t row0, int64_t row1)
{
    const plan *p = j->p;
    const part *t = &p->part[k];
    bool last = k + 1 == p->parts;
    conv_geometry g = t->g;
    int64_t at = last ? image * padded(t) * g.pixels : 0,
            x_image = conv_blocks(t->how.channels, t->how.block) * t->how.block * g.in_pixels;
    conv_f32 call = { .g = &g,
                      .channels = t->how.channels,
                      .filters = t->how.filters,
                      .group = t->how.group,
                      .x = k ? c->rows + p->part[k - 1].ring_at : j->x + image * x_image,
                      .w = j->w[k],
                      .bias = j->bias[k],
                      .y = last ? j->y + at : c->rows + t->ring_at,
                      .at = at,
                      .lo = last ? j->tail.lo : t->l.lo,
                      .hi = last ? j->tail.hi : t->l.hi,
                      .residual = last && j->tail.residual ? j->tail.residual + at : NULL,
                      .after = t->act                  ? activate
                               : last && j->tail.after ? sdx_tail_call
                                                       : NULL,
                      .context = last ? (void *)&j->tail : (void *)(uintptr_t)t,
                      .steps = &t->steps };
    for (int64_t end; row0 < row1; row0 = end) {
        int64_t from = last ? 0 : row0 - row0 % t->room; /* in place 0 of the ring */
        end = last || row1 - from < t->room ? row1 : from + t->room;
        g.start = t->g.start + from;
        for (int64_t unit = 0; unit < conv_units(&t->how); unit++)
            (t->how.way == CONV_DIRECT ? p->k.direct : p->k.spread)(&call, unit, row0 - from,
                                                                    end - from);
    }
}

/* Rows [row0, row1) of Y, and of what is before it all that they need and is not there. */
static void make_band(job *j, carried *c, int64_t image, int64_t row0, int64_t row1)
{
    const plan *p = j->p;
    int64_t begin[MOST], end[MOST];
    begin[p->parts - 1] = row0;
    end[p->parts - 1] = row1;
    for (int k = p->parts - 1; k > 0; k--) {
        const sdx_window *w = &p->part[k].l.window;
        int64_t from = begin[k] * w->stride[0] - w->begin[0],
                to = (end[k] - 1) * w->stride[0] - w->begin[0] + sdx_window_span(w, 0),
                rows = p->part[k].in[0];
        begin[k - 1] = from < 0 ? 0 : from < rows ? from : rows;
        end[k - 1] = to < begin[k - 1] ? begin[k - 1] : to < rows ? to : rows;
    }
    for (int k = 0; k < p->parts; k++) {
        int64_t from = c->made[k] > begin[k] ? c->made[k] : begin[k];
        make_rows(j, c, k, image, from, end[k]);
        c->made[k] = end[k] > from ? end[k] : from;
    }
}

static sdx_status some_pieces(void *arg, int64_t first, int64_t end, void *scratch, sdx_run *run)
{
    job *j = arg;
    const plan *p = j->p;
    carried *c = scratch;
    (void)run;
    for (int64_t i = j->first + first; i < j->first + end; i++) {
        int64_t image = i / p->pieces, row0 = i % p->pieces * p->piece,
                rows = p->part[p->parts - 1].out[0],
                row1 = row0 + p->piece < rows ? row0 + p->piece : rows;
        /* what another worker says does not matter, only whether it was this one */
        bool goes_on = row0 > 0 &&
                       atomic_load_explicit(&j->last[i - 1], memory_order_relaxed) == c &&
                       c->piece == i - 1;
        for (int k = 0; k < MOST && !goes_on; k++)
            c->made[k] = 0;
        for (int64_t row = row0; row < row1; row += p->band)
            make_band(j, c, image, row, row + p->band < row1 ? row + p->band : row1);
        c->piece = i;
        atomic_store_explicit(&j->last[i], c, memory_order_relaxed);
    }
    return SDX_OK;
}

/* Direct's weights of one tap times the factors of their channels: for each pair of blocks, and the
 * last of an odd number, [channel][filter]. */
static void scale(const conv_weights *how, float *to, const float *w, const float *factor)
{
    int64_t blocks = conv_blocks(how->filters, how->block);
    for (int64_t b = 0; b < blocks; b += 2) {
        int64_t width = (b + 1 < blocks ? 2 : 1) * how->block;
        for (int64_t c = 0; c < how->channels; c++, to += width, w += width)
            for (int64_t m = 0; m < width; m++)
                to[m] = w[m] * factor[c];
    }
}

static sdx_status run_bands(job *j, sdx_run *c)
{
    const plan *p = j->p;
    float *scratch = sdx_scratch(c);
    for (int k = 0; k < p->parts; k++) {
        const part *t = &p->part[k];
        j->w[k] = t->w ? t->w : scratch + t->w_at;
        j->bias[k] = t->bias ? t->bias : scratch + t->bias_at;
        if (!t->w)
            sdx_conv_pack(&t->how, scratch + t->w_at, sdx_in(c, t->l.w));
        if (!t->bias)
            sdx_conv_pack_bias(scratch + t->bias_at, t->l.b ? sdx_in(c, t->l.b) : NULL, &t->how);
    }
    j->last = (done_by *)(void *)(scratch + p->last_at);
    for (int64_t i = 0; i < p->images * p->pieces; i++)
        atomic_init(&j->last[i], NULL);
    if (!p->factors)
        return sdx_parallel(c, p->images * p->pieces, 1, some_pieces, j);
    const float *w = j->w[0];
    j->w[0] = scratch + p->scaled_at;
    for (int64_t i = 0; i < p->images; i++, j->first += p->pieces) {
        scale(&p->part[0].how, scratch + p->scaled_at, w,
              sdx_f32(sdx_in(c, p->factors)) + i * p->factors_image);
        SDX_TRY(sdx_parallel(c, p->pieces, 1, some_pieces, j));
    }
    return SDX_OK;
}

/* ---- run: the reference ---- */

/* Element i of the input of part k: of X, or of what lies between. */
static double input_at(const plan *p, int k, sdx_run *c, const double *between, int64_t i)
{
    double v, factor = 1;
    if (k > 0)
        return between[p->part[k - 1].ring_at + (size_t)i];
    sdx_load_f64(&v, sdx_in(c, 0), i, 1, 1);
    if (p->factors)
        sdx_load_f64(&factor, sdx_in(c, p->factors), i / (p->part[0].in[0] * p->part[0].in[1]), 1,
                     1);
    return v * factor;
}

static double sum_at(const plan *p, int k, sdx_run *c, const double *between, int64_t base,
                     int64_t m, int64_t row, int64_t column)
{
    const part *t = &p->part[k];
    const sdx_window *v = &t->l.window;
    int64_t each = t->how.channels / t->how.group,
            first = m / (t->how.filters / t->how.group) * each;
    double sum = 0;
    for (int64_t b = 0; b < each; b++)
        for (int64_t tap = 0; tap < t->how.taps; tap++) {
            int64_t i = row * v->stride[0] - v->begin[0] + tap / v->kernel[1] * v->dilation[0],
                    q = column * v->stride[1] - v->begin[1] + tap % v->kernel[1] * v->dilation[1];
            double weight;
            if (i < 0 || i >= t->in[0] || q < 0 || q >= t->in[1])
                continue;
            sdx_load_f64(&weight, sdx_in(c, t->l.w), (m * each + b) * t->how.taps + tap, 1, 1);
            sum += weight *
                   input_at(p, k, c, between, base + ((first + b) * t->in[0] + i) * t->in[1] + q);
        }
    return sum;
}

static void reference_part(const plan *p, int k, const sdx_node *n, sdx_run *c, double *between,
                           int64_t image)
{
    const part *t = &p->part[k];
    const sdx_tensor *b = t->l.b ? sdx_in(c, t->l.b) : NULL;
    int64_t pixels = t->out[0] * t->out[1], all = t->how.filters * pixels,
            base = k ? 0 : image * t->how.channels * t->in[0] * t->in[1];
    double *y = between + t->ring_at;
    const double *const in[1] = { y };
    for (int64_t i = 0; i < all; i++) {
        double bias = 0;
        if (b)
            sdx_load_f64(&bias, b, i / pixels, 1, 1);
        y[i] = bias +
               sum_at(p, k, c, between, base, i / pixels, i % pixels / t->out[1], i % t->out[1]);
        y[i] = y[i] < (double)t->l.lo ? (double)t->l.lo : y[i];
        y[i] = y[i] > (double)t->l.hi ? (double)t->l.hi : y[i];
    }
    if (t->l.act)
        t->l.act->f64(n, y, in, all);
    if (k + 1 == p->parts) {
        sdx_tail_f64(p->tail, n, c, y, image * all, all);
        sdx_store_f64(sdx_out(c, 0), image * all, 1, all, y);
    }
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    const plan *p = state;
    job j = { .p = p };
    if (p->images > 0 && p->k.block > 0) {
        j.x = sdx_f32(sdx_in(c, 0));
        j.y = sdx_f32_out(sdx_out(c, 0));
        sdx_tail_bind(p->tail, n, c, &j.tail);
        return run_bands(&j, c);
    }
    for (int64_t i = 0; i < p->images; i++)
        for (int k = 0; k < p->parts; k++) {
            SDX_TRY(sdx_poll(c));
            reference_part(p, k, n, c, sdx_scratch(c), i);
        }
    return SDX_OK;
}

static const sdx_op ops[] = {
    { SDX_OP(ConvBands), .domain = "sdx", .schema = schema, .traits = SDX_PURE | SDX_EPILOGUE,
      .infer = infer, .layout = layout, .prepare = prepare, .run = run, .macs = macs },
    { 0 },
};
const sdx_family sdx_family_internal_conv_bands = { ops, 0 };
