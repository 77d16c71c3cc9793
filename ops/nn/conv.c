/* ops/nn/conv.c - Conv, ConvTranspose, and FusedConv of com.microsoft.
 *
 * prepare() lays the problem out as rows and taps (conv/geometry.h), which serve the reference and
 * the kernels alike:
 *
 *   reference   in double, for every dtype, plain layout
 *   direct      floats in blocks of channels; one group, or groups of a block and more
 *   first       the same from a plain picture of few channels
 *   rows        floats as they lie; 3x3 of stride 1 and few channels, or one a group
 *   planes      floats as they lie; pictures and rows, any window
 *   spread      floats in blocks of channels; any groups
 *   winograd    floats in blocks of channels; 3x3 of stride 1 and not too few of anything
 *   pairs       as direct, rounded to bf16, where the session allows it: conv/pairs.h
 *
 * conv/choose.c takes one, by what they would cost (conv/cost.c).
 *
 * Where input or output are plain the kernels work between two reorders, one image at a time.
 * Source: ONNX Operators.md, Conv-22, ConvTranspose-22; onnxruntime's ContribOperators.md,
 * FusedConv. */
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include "common/derivatives.h"
#include "common/epilogue.h"
#include "internal/reorder/kernels.h"
#include "nn/conv/choose.h"
#include "nn/conv/pairs.h"
#include "nn/conv/transposed.h"
#include "sdx/rewrite.h"

static const sdx_schema conv_schema[] = {
    { 1, "X:T W:T B?:T -> Y:T",
      "group:int=1 pads:ints auto_pad:string=NOTSET strides:ints dilations:ints kernel_shape:ints",
      "T: float" },
    { .since = 11 }, /* strides and dilations of 1 by default, as everybody had taken it */
    { 22, NULL, NULL, "T: float bf16" },
    { 0 },
};
static const sdx_schema transpose_schema[] = {
    { 1, "X:T W:T B?:T -> Y:T",
      "group:int=1 auto_pad:string=NOTSET strides:ints pads:ints output_padding:ints dilations:ints output_shape:ints "
      "kernel_shape:ints",
      "T: float" },
    { .since = 11 },
    { 22, NULL, NULL, "T: float bf16" },
    { 0 },
};
static const sdx_schema fused_schema[] = {
    { 1, "X:T W:T B?:T Z?:T -> Y:T",
      "group:int=1 pads:ints auto_pad:string=NOTSET strides:ints dilations:ints kernel_shape:ints activation:string "
      "activation_params:floats",
      "T: float" },
    { 0 },
};

/* ---- shapes ---- */

static void infer_conv(const sdx_node *n, sdx_infer *c)
{
    sdx_window w;
    int rank = sdx_check_conv_rank(n, c, 0, 1);
    if (rank == 0 || !sdx_check_group(n, c, 0, 1) || !sdx_check_filters(n, c, 1) ||
        !sdx_check_bias(n, c, 2, sdx_in_dim(n, 1, 0)) || rank < 0 ||
        !sdx_read_window(n, c, rank - 2, 1, &w))
        return;
    sdx_dim *y = sdx_new_dims(c, rank);
    y[0] = sdx_in_dim(n, 0, 0);
    y[1] = sdx_in_dim(n, 1, 0);
    for (int k = 2; k < rank; k++)
        y[k] = sdx_window_out(c, &w, k - 2, 0, k, sdx_in_dim(n, 0, k), false);
    sdx_set_out_dims(c, 0, rank, y);
}

/* Vectors hold a power of two of channels: as many whole groups, or parts of one. */
static void lint_conv(const sdx_node *n, sdx_infer *c)
{
    enum { VECTOR = 16 };
    sdx_dim each = sdx_in_dim(n, 1, 1);
    int64_t group = sdx_attr_int(n, "group"), whole = 1;
    if (group < 2 || !sdx_is_num(each) || each.n >= VECTOR || (each.n & (each.n - 1)) == 0)
        return;
    while (whole < each.n)
        whole *= 2;
    sdx_remark(c, "slow-groups",
               "%" PRId64 " groups of %" PRId64 " channels fill vectors only in part", group,
               each.n);
    sdx_point(c, 1, 1);
    sdx_hint(c, "groups of %" PRId64 " or %" PRId64 " channels make better use of them", whole / 2,
             whole);
}

/* ---- layout ---- */

static int layout_conv(const sdx_node *n, sdx_layout l, uint32_t *plain)
{
    return sdx_conv_layout(n, l, plain, false);
}

static int layout_transpose(const sdx_node *n, sdx_layout l, uint32_t *plain)
{
    return sdx_conv_layout(n, l, plain, true);
}

/* ---- prepare ---- */

typedef struct plan {
    conv_geometry g;
    conv_weights how;
    int64_t images;
    conv_steps steps;
    conv_tiles tiles;
    conv_planes planes;
    conv_pairs pairs;
    conv_kernels k;
    reorder_kernels reorder;
    bool x_plain, y_plain;                   /* and yet a kernel: reorder around it */
    const float *w, *bias;                   /* packed; NULL: no constant, packed in run */
    int64_t units, rows, bands, band, grain; /* pieces of work: units x bands of rows or tiles */
    bool by_bands;                           /* all units of a band, then those of the next one */
    size_t w_at, bias_at, x_at, y_at;        /* in the shared scratch, floats */
    const sdx_tail_plan *tail;
} plan;

static void pack_weights(void *to, const sdx_tensor *from, const void *how)
{
    if (((const conv_weights *)how)->way == CONV_PAIRS)
        sdx_conv_pairs_pack(how, to, from);
    else
        sdx_conv_pack(how, to, from);
}

/* Floats that the run needs beside its inputs and outputs; each part begins at a multiple of 64
 * bytes. */
static size_t scratch_part(size_t *total, int64_t floats)
{
    size_t at = *total;
    *total += ((size_t)floats + 15) / 16 * 16;
    return at;
}

/* Pieces for threads: some thirty of 5 us and more, so that none waits long for another, and none
 * of more than about 20 million products.  Pieces of a unit come one after the other: threads have
 * weights of their own.  But where blocks are narrow, and units many for it, a picture that is too
 * large for the second cache is taken in bands that are not, each by all units. */
static void cut_work(plan *p)
{
    enum { PIECES = 32, NARROW = 8, DEEP = 256, SECOND = 192 << 10, BAND = 48 << 10 }; /* floats */
    const conv_weights *how = &p->how;
    double work = (double)p->g.pixels * (double)how->taps * (double)(how->channels / how->group) *
                  (double)how->filters;
    int64_t all = p->units * p->images, bands = 1;
    bool strips = how->way == CONV_PLANES;
    p->rows = strips ? p->planes.rows : p->g.rows;
    if (all == 0 || p->rows == 0)
        return;
    bands += (int64_t)fmin(work / (double)p->units / 2e7, 1e6);
    bands = (int64_t)fmax((double)bands, ceil(fmin(work / 3e5, PIECES) / (double)all));
    double picture = (double)(how->channels * p->g.in_pixels);
    p->by_bands = how->way == CONV_DIRECT && p->k.block <= NARROW && how->group == 1 &&
                  how->channels >= DEEP && picture > SECOND && work / (double)p->g.pixels < SECOND;
    if (p->by_bands)
        bands = (int64_t)fmax((double)bands, ceil(picture / BAND));
    p->band = strips ? p->planes.strip : p->rows > bands ? (p->rows + bands - 1) / bands : 1;
    p->bands = (p->rows + p->band - 1) / p->band;
    p->grain = 1 + (int64_t)fmin(5e5 * (double)(p->units * p->bands) / (1 + work),
                                 (double)(all * p->bands) / 8);
}

static sdx_status prepare_kernel(const sdx_node *n, sdx_prepare *c, plan *p)
{
    conv_weights *how = &p->how;
    int64_t blocks = conv_blocks(how->filters, p->k.block),
            floats = how->way == CONV_PAIRS ? sdx_conv_pairs_packed(how) : sdx_conv_packed(how);
    size_t shared = 0, worker = 0;
    static const char *const names[] = { "reference", "direct",   "first",  "spread",
                                         "rows",      "winograd", "planes", "bf16" };
    sdx_choice(c, names[how->way]);
    if (how->way == CONV_SPREAD)
        SDX_TRY(sdx_conv_steps(c, how, &p->g, &p->steps));
    p->w = sdx_pack(c, 1, (size_t)floats * sizeof(float), pack_weights, how, sizeof *how);
    if (!p->w)
        p->w_at = scratch_part(&shared, floats);
    if (sdx_has_in(n, 2)) {
        p->bias = sdx_pack(c, 2, (size_t)(blocks * p->k.block) * sizeof(float), sdx_conv_pack_bias,
                           how, sizeof *how);
    } else {
        float *none = sdx_keep(c, (size_t)(blocks * p->k.block) * sizeof(float));
        if (!none)
            return SDX_E_MEMORY;
        p->bias = none;
    }
    if (!p->bias)
        p->bias_at = scratch_part(&shared, blocks * p->k.block);
    bool plain = conv_is_plain(how->way);
    p->x_plain = sdx_in_layout(n, 0) == SDX_PLAIN && how->way != CONV_FIRST && !plain;
    p->y_plain = sdx_out_layout(n, 0) == SDX_PLAIN && !plain;
    if (p->x_plain)
        p->x_at = scratch_part(&shared, conv_blocks(how->channels, p->k.block) * p->k.block *
                                            p->g.in_pixels);
    if (p->y_plain)
        p->y_at = scratch_part(&shared, blocks * p->k.block * p->g.pixels);
    if (how->way == CONV_FIRST)
        worker = (size_t)sdx_conv_first_scratch(&p->g, how->channels) * sizeof(float);
    if (how->way == CONV_WINOGRAD) {
        p->tiles = sdx_conv_tiles(how, &p->g);
        worker = (size_t)conv_tiles_scratch(&p->tiles) * sizeof(float);
    }
    if (how->way == CONV_PLANES) {
        SDX_TRY(sdx_conv_plan_planes(c, how, &p->g, p->images, &p->planes));
        worker = (size_t)sdx_conv_planes_scratch(&p->planes, how->channels / how->group) *
                 sizeof(float);
    }
    if (how->way == CONV_PAIRS) {
        SDX_TRY(sdx_conv_pairs(c, sdx_kernels(c, &sdx_family_math_matmul), how, &p->g, p->images,
                               &p->pairs));
        worker = (size_t)sdx_conv_pairs_scratch(&p->pairs, how) * sizeof(float);
    }
    sdx_want_scratch(c, shared * sizeof(float), worker);
    SDX_TRY(sdx_tail_prepare(n, c, p->y_plain ? 0 : SDX_TAIL_RESIDUAL | SDX_TAIL_CLAMP, &p->tail));

    p->units = how->way == CONV_FIRST      ? 1
               : how->way == CONV_WINOGRAD ? (conv_in_strips(how) ? blocks : how->group)
               : how->way == CONV_PAIRS    ? how->group * p->pairs.parts
               : how->way == CONV_PLANES   ? p->planes.units
                                           : conv_units(how);
    if (how->way == CONV_WINOGRAD) {
        p->grain = 1;
        p->rows = p->tiles.count;
        p->band = p->tiles.block;
        p->bands = (p->rows + p->band - 1) / p->band;
    } else if (how->way == CONV_PAIRS) {
        p->grain = 1;
        p->rows = p->g.rows;
        p->band = p->pairs.band;
        p->bands = (p->rows + p->band - 1) / p->band;
    } else {
        cut_work(p);
    }
    return SDX_OK;
}

/* Last dims of one element, as 1-D convolutions have that were written for pictures, are left out:
 * the dim before them then is what fills tiles. */
static void drop_unit_dims(sdx_window *w, const sdx_shape *x, const sdx_shape *y)
{
    while (w->rank > 1) {
        int last = w->rank - 1;
        if (w->kernel[last] != 1 || w->begin[last] != 0 || x->dim[last + 2] != 1 ||
            y->dim[last + 2] != 1)
            return;
        w->rank = last;
    }
}

/* The problem, but for the way that it takes. */
static conv_question describe(const sdx_node *n, sdx_prepare *c, bool transposed,
                              sdx_window *window, conv_weights *how)
{
    sdx_shape x = sdx_in_shape(n, 0), w = sdx_in_shape(n, 1), y = sdx_out_shape(n, 0);
    const conv_kernels *k = sdx_kernels(c, &sdx_family_nn_conv);
    const matmul_kernels *products = sdx_kernels(c, &sdx_family_math_matmul);
    sdx_read_window(n, NULL, x.rank - 2, 1, window);
    for (int i = 2; i < x.rank; i++)
        window->kernel[i - 2] = w.dim[i];
    if (transposed)
        sdx_conv_transpose_fit(n, window, x.dim + 2, y.dim + 2);
    else
        sdx_window_fit(window, x.dim + 2);
    drop_unit_dims(window, &x, &y);
    *how = (conv_weights){ .channels = x.dim[1],
                           .filters = y.dim[1],
                           .group = sdx_attr_int(n, "group"),
                           .taps = sdx_count(w, 2, w.rank),
                           .row = window->kernel[window->rank - 1],
                           .transposed = transposed,
                           .block = k->block,
                           .lanes = k->lanes };
    return (conv_question){ k, window, y, products->pairs && sdx_allowed(c) == SDX_PRECISION_BF16 };
}

static int offers_conv(const sdx_node *n, sdx_prepare *c, sdx_offer *way)
{
    sdx_window window;
    conv_weights how;
    sdx_shape y = sdx_out_shape(n, 0);
    if (sdx_count(y, 0, y.rank) == 0)
        return 0;
    const conv_question q = describe(n, c, false, &window, &how);
    return sdx_conv_list(n, &q, &how, way);
}

static sdx_status prepare_as(const sdx_node *n, sdx_prepare *c, void **state, bool transposed)
{
    sdx_shape x = sdx_in_shape(n, 0), y = sdx_out_shape(n, 0);
    sdx_window window;
    plan *p = sdx_keep(c, sizeof *p);
    if (!p)
        return SDX_E_MEMORY;
    p->k = *(const conv_kernels *)sdx_kernels(c, &sdx_family_nn_conv);
    p->reorder = *(const reorder_kernels *)sdx_kernels(c, &sdx_family_internal_reorder);
    p->images = x.dim[0];
    const conv_question q = describe(n, c, transposed, &window, &p->how);
    if (sdx_count(y, 0, y.rank) == 0) { /* other dims may be of any size: no tables by them */
        p->images = 0;
        p->how.way = CONV_REFERENCE;
        *state = p;
        return sdx_tail_prepare(n, c, 0, &p->tail);
    }
    sdx_conv_choose(n, &q, sdx_room(c), &p->how);
    SDX_TRY(sdx_conv_geometry(
        c, &window, x.dim + 2, y.dim + 2, transposed,
        p->how.way == CONV_SPREAD ? conv_longest_run(x.dim[1], y.dim[1], p->how.group) : 0, &p->g));
    if (!p->g.line)
        p->how.way = CONV_REFERENCE; /* a list of taps too long to keep */
    p->how.collides = p->how.way == CONV_DIRECT && conv_collides(p->g.in_pixels, p->k.block);
    *state = p;
    if (p->how.way != CONV_REFERENCE)
        return prepare_kernel(n, c, p);
    sdx_choice(c, "reference");
    size_t lines = (size_t)p->g.most_lines * sizeof(tile_line);
    sdx_want_scratch(c, 0,
                     lines + (size_t)(p->g.width + p->g.in_width + p->how.row) * sizeof(double));
    return sdx_tail_prepare(n, c, 0, &p->tail);
}

static sdx_status prepare_conv(const sdx_node *n, sdx_prepare *c, void **state)
{
    return prepare_as(n, c, state, false);
}

static sdx_status prepare_transpose(const sdx_node *n, sdx_prepare *c, void **state)
{
    return prepare_as(n, c, state, true);
}

/* ---- run: the reference ---- */

typedef struct job {
    const plan *p;
    const sdx_node *n;
    const sdx_tensor *x, *w, *b;
    sdx_tensor *y;
    const float *xf, *wf, *bias; /* for the kernels: all images, or the one in the scratch */
    float *yf;
    int64_t image; /* the first of those at hand */
    sdx_tail tail;
} job;

/* acc += the products of one row of taps. */
static void add_taps(const conv_geometry *g, double *acc, const double *x, const double *w,
                     int64_t pixels)
{
    for (const conv_phase *p = g->phase; p < g->phase + g->phases; p++)
        for (const tile_tap *t = p->tap; t < p->tap + p->taps; t++)
            for (int64_t i = t->first; i < t->end && p->first + i * g->phases < pixels; i++)
                acc[p->first + i * g->phases] += x[t->x + i * g->step] * w[t->w];
}

/* Element 0 of a plane of x or y; those after it lie `block` apart. */
static int64_t plane_at(int64_t image, int64_t channels, int64_t k, int64_t pixels, int64_t block)
{
    int64_t blocks = (channels + block - 1) / block;
    return (image * blocks + k / block) * pixels * block + k % block;
}

/* Rows of output, each over all channels of its group. */
static sdx_status reference_rows(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = arg;
    const conv_geometry *g = &j->p->g;
    const conv_weights *how = &j->p->how;
    tile_line *line = scratch;
    double *acc = (double *)(line + g->most_lines), *x = acc + g->width, *w = x + g->in_width;
    int64_t channels = how->channels / how->group, filters = how->filters / how->group;
    int64_t x_block = sdx_layout_block(j->x->layout), y_block = sdx_layout_block(j->y->layout);
    for (int64_t i = begin; i < end; i++) {
        int64_t row = i % g->rows, m = i / g->rows % how->filters,
                image = i / g->rows / how->filters;
        int64_t pixels = conv_row_pixels(g, row), lines = sdx_conv_lines(g, row, line),
                group = m / filters;
        if (j->b)
            sdx_load_f64(acc, j->b, m, 0, pixels);
        for (int64_t k = 0; !j->b && k < pixels; k++)
            acc[k] = 0;
        for (int64_t k = 0; k < channels; k++) {
            int64_t plane = plane_at(image, how->channels, group * channels + k, g->in_pixels,
                                     x_block);
            int64_t filter = how->transposed ? (group * channels + k) * filters + m % filters
                                             : m * channels + k;
            for (int64_t l = 0; l < lines; l++) {
                int64_t width = g->in_pixels - line[l].x < g->in_width ? g->in_pixels - line[l].x
                                                                       : g->in_width;
                sdx_load_f64(x, j->x, plane + line[l].x * x_block, x_block, width);
                sdx_load_f64(w, j->w, filter * how->taps + line[l].w, 1, how->row);
                add_taps(g, acc, x, w, pixels);
            }
        }
        int64_t at = plane_at(image, how->filters, m, g->pixels, y_block) +
                     row * g->width * y_block;
        if (j->p->tail && y_block == 1)
            sdx_tail_f64(j->p->tail, j->n, c, acc, at, pixels);
        for (int64_t k = 0; j->p->tail && y_block > 1 && k < pixels; k++)
            sdx_tail_f64(j->p->tail, j->n, c, acc + k, at + k * y_block, 1);
        sdx_store_f64(j->y, at, y_block, pixels, acc);
    }
    return SDX_OK;
}

/* ---- run: the kernels ---- */

/* Pieces of (image, unit, band of rows). */
static sdx_status some_units(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    job *j = arg;
    const plan *p = j->p;
    const conv_weights *how = &p->how;
    bool plain = conv_is_plain(how->way);
    int64_t x_block = how->way == CONV_FIRST || plain ? 1 : p->k.block,
            y_block = plain ? 1 : p->k.block;
    int64_t x_image = conv_blocks(how->channels, x_block) * x_block * p->g.in_pixels;
    int64_t y_image = conv_blocks(how->filters, y_block) * y_block * p->g.pixels;
    (void)c;
    for (int64_t i = begin; i < end; i++) {
        int64_t piece = i % (p->units * p->bands),
                band = p->by_bands ? piece / p->units : piece % p->bands,
                unit = p->by_bands ? piece % p->units : piece / p->bands,
                image = j->image + i / p->bands / p->units;
        int64_t row0 = band * p->band, row1 = row0 + p->band < p->rows ? row0 + p->band : p->rows;
        int64_t at = p->y_plain ? 0 : image * y_image;
        conv_f32 call = { .g = &p->g,
                          .channels = how->channels,
                          .filters = how->filters,
                          .group = how->group,
                          .x = j->xf + (p->x_plain ? 0 : image * x_image),
                          .w = j->wf,
                          .bias = j->bias,
                          .y = j->yf + at,
                          .at = at,
                          .lo = -INFINITY,
                          .hi = INFINITY,
                          .steps = &p->steps };
        if (!p->y_plain) {
            call.residual = j->tail.residual ? j->tail.residual + at : NULL;
            call.lo = j->tail.lo;
            call.hi = j->tail.hi;
            call.after = j->tail.after ? sdx_tail_call : NULL;
            call.context = &j->tail;
        }
        if (how->way == CONV_WINOGRAD)
            p->k.winograd(&call, &p->tiles, unit, row0, row1, scratch);
        else if (how->way == CONV_PAIRS)
            sdx_conv_pairs_run(&call, &p->pairs, unit, row0, row1, scratch);
        else if (how->way == CONV_PLANES)
            sdx_conv_planes_run(&call, &p->planes, &p->k, unit, row0, row1, scratch);
        else if (how->way == CONV_FIRST)
            p->k.first(&call, row0, row1, scratch);
        else
            (how->way == CONV_DIRECT ? p->k.direct
             : how->way == CONV_ROWS ? p->k.rows
                                     : p->k.spread)(&call, unit, row0, row1);
    }
    return SDX_OK;
}

/* Blocks of channels of one plain image, to and from the scratch. */
static sdx_status some_blocks_in(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = arg;
    const plan *p = j->p;
    const float *x = sdx_f32(j->x) + j->image * p->how.channels * p->g.in_pixels;
    float *blocked = (float *)sdx_scratch(c) + p->x_at;
    (void)scratch;
    for (int64_t b = begin; b < end; b++)
        p->reorder.to_blocks(blocked, x, p->how.channels, p->g.in_pixels, b, 0, p->g.in_pixels);
    return SDX_OK;
}

static sdx_status some_blocks_out(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    job *j = arg;
    const plan *p = j->p;
    int64_t first = j->image * p->how.filters * p->g.pixels;
    float *y = sdx_f32_out(j->y) + first;
    (void)scratch, (void)c;
    for (int64_t b = begin; b < end; b++) {
        p->reorder.to_plain(y, j->yf, p->how.filters, p->g.pixels, b, 0, p->g.pixels);
        int64_t m1 = (b + 1) * p->k.block < p->how.filters ? (b + 1) * p->k.block : p->how.filters;
        int64_t at = b * p->k.block * p->g.pixels;
        if (j->tail.after)
            j->tail.after(&j->tail.ctx, y + at, first + at, m1 * p->g.pixels - at);
    }
    return SDX_OK;
}

static sdx_status run_kernel(job *j, sdx_run *c)
{
    const plan *p = j->p;
    float *scratch = sdx_scratch(c);
    int64_t in_blocks = conv_blocks(p->how.channels, p->k.block),
            out_blocks = conv_blocks(p->how.filters, p->k.block);
    j->wf = p->w;
    j->bias = p->bias;
    if (!p->w) {
        pack_weights(scratch + p->w_at, j->w, &p->how);
        j->wf = scratch + p->w_at;
    }
    if (!p->bias) {
        sdx_conv_pack_bias(scratch + p->bias_at, j->b, &p->how);
        j->bias = scratch + p->bias_at;
    }
    j->xf = p->x_plain ? scratch + p->x_at : sdx_f32(j->x);
    j->yf = p->y_plain ? scratch + p->y_at : sdx_f32_out(j->y);
    if (!p->x_plain && !p->y_plain)
        return sdx_parallel(c, p->images * p->units * p->bands, p->grain, some_units, j);
    for (; j->image < p->images; j->image++) {
        if (p->x_plain)
            SDX_TRY(sdx_parallel(c, in_blocks, 1, some_blocks_in, j));
        SDX_TRY(sdx_parallel(c, p->units * p->bands, p->grain, some_units, j));
        if (p->y_plain)
            SDX_TRY(sdx_parallel(c, out_blocks, 1, some_blocks_out, j));
    }
    return SDX_OK;
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    const plan *p = state;
    job j = {
        .p = p, .n = n, .x = sdx_in(c, 0), .w = sdx_in(c, 1), .b = sdx_in(c, 2), .y = sdx_out(c, 0)
    };
    sdx_tail_bind(p->tail, n, c, &j.tail);
    if (p->how.way != CONV_REFERENCE)
        return run_kernel(&j, c);
    double work = (double)p->g.width * (double)p->how.taps *
                  (double)(p->how.channels / p->how.group);
    int64_t grain = 1 + (int64_t)(2e5 / (1 + work));
    return sdx_parallel(c, p->images * p->how.filters * p->g.rows, grain, reference_rows, &j);
}

/* ---- FusedConv: a Conv, a residual, an activation; the epilogue makes one loop of them again
 * ---- */

static double param(const sdx_node *n, int i, double otherwise)
{
    int count;
    const float *v = sdx_attr_floats(n, "activation_params", &count);
    return v && i < count ? (double)v[i] : otherwise;
}

static sdx_status expand_fused(const sdx_node *n, sdx_rewrite *c)
{
    sdx_string s = sdx_attr_string(n, "activation");
    SDX_TRY(sdx_body(c, 11, sdx_has_in(n, 2) ? "y = Conv<@>(X, W, B)" : "y = Conv<@>(X, W)"));
    SDX_TRY(sdx_body(c, 14, sdx_has_in(n, 3) ? "s = Add(y, Z)" : "s = Identity(y)"));
    if (s.length == 0)
        return sdx_body(c, 14, "Y = Identity(s)");
    if (sdx_attr_is(n, "activation", "Relu") || sdx_attr_is(n, "activation", "Tanh") ||
        sdx_attr_is(n, "activation", "Sigmoid"))
        return sdx_body(c, 14, "Y = %.*s(s)", (int)s.length, s.text);
    if (sdx_attr_is(n, "activation", "LeakyRelu"))
        return sdx_body(c, 14, "Y = LeakyRelu<alpha = %s>(s)",
                        sdx_float_text(c, param(n, 0, 0.01)));
    if (sdx_attr_is(n, "activation", "HardSigmoid"))
        return sdx_body(c, 14, "Y = HardSigmoid<alpha = %s, beta = %s>(s)",
                        sdx_float_text(c, param(n, 0, 0.2)), sdx_float_text(c, param(n, 1, 0.5)));
    if (sdx_attr_is(n, "activation", "Clip"))
        return sdx_body(c, 6, "Y = Clip<min = %s, max = %s>(s)",
                        sdx_float_text(c, param(n, 0, -3.4028234e38)),
                        sdx_float_text(c, param(n, 1, 3.4028234e38)));
    return sdx_cannot(c, "activation '%.*s' is not known", (int)(s.length < 40 ? s.length : 40),
                      s.text);
}

static sdx_dim macs_conv(const sdx_node *n, sdx_infer *c)
{
    return sdx_conv_macs(n, c, 1);
}

static const sdx_op ops[] = {
    { SDX_OP(Conv), .derive = sdx_derive_conv, .schema = conv_schema, .lint = lint_conv,
      .traits = SDX_PURE | SDX_EPILOGUE, .infer = infer_conv, .layout = layout_conv,
      .prepare = prepare_conv, .run = run, .macs = macs_conv, .offers = offers_conv },
    { SDX_OP(ConvTranspose), .derive = sdx_derive_conv_transpose, .schema = transpose_schema,
      .traits = SDX_PURE | SDX_EPILOGUE, .infer = sdx_conv_transpose_infer,
      .layout = layout_transpose, .prepare = prepare_transpose, .run = run,
      .macs = sdx_conv_transpose_macs },
    { SDX_OP(FusedConv), .domain = "com.microsoft", .schema = fused_schema, .traits = SDX_PURE,
      .infer = infer_conv, .expand = expand_fused, .macs = macs_conv },
    { 0 },
};
const sdx_family sdx_family_nn_conv = { ops, sizeof(conv_kernels) };
