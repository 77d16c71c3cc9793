/* ops/nn/conv_integer.c - ConvInteger, QLinearConv.
 *
 * Filters are the rows of a product of bytes, packed once, and the patches under 32 output pixels
 * its columns, gathered for one piece of work: channels inside taps, so that neighbours lie
 * together. Padding is the zero point. Source: ONNX Operators.md, ConvInteger-10,
 * QLinearConv-10. */
#include "common/pointwise.h"
#include "common/window.h"
#include "math/matmul_integer/kernels.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

static const sdx_schema integer_schema[] = {
    { 10, "x:T1 w:T2 x_zero_point?:T1 w_zero_point?:T2 -> y:T3",
      "group:int=1 pads:ints strides:ints dilations:ints kernel_shape:ints auto_pad:string=NOTSET",
      "T1: i8 u8; T2: i8 u8; T3: i32" },
    { 0 },
};

static const sdx_schema linear_schema[] = {
    { 10,
      "x:T1 x_scale:f32 x_zero_point:T1 w:T2 w_scale:f32 w_zero_point:T2 y_scale:f32 "
      "y_zero_point:T3 B?:T4 -> y:T3",
      "group:int=1 pads:ints strides:ints dilations:ints kernel_shape:ints auto_pad:string=NOTSET",
      "T1: i8 u8; T2: i8 u8; T3: i8 u8; T4: i32" },
    { 0 },
};

/* Which inputs are what; -1: none. */
typedef struct roles {
    int x, w, x_zero, w_zero, x_scale, w_scale, y_scale, y_zero, bias;
} roles;
static const roles of_integer = { 0, 1, 2, 3, -1, -1, -1, -1, -1 };
static const roles of_linear = { 0, 3, 2, 5, 1, 4, 6, 7, 8 };

/* ---- infer ---- */

/* One in all, or one for each filter. */
static void check_each(const sdx_node *n, sdx_infer *c, int input, int w)
{
    sdx_dims d = sdx_in_dims(n, input);
    sdx_dim filters = sdx_in_dim(n, w, 0);
    if (input < 0 || !sdx_has_in(n, input) || d.rank <= 0)
        return;
    if (d.rank == 1 && sdx_equal_or_one(c, d.dim[0], filters))
        return;
    sdx_refuse(c, "quant-per-channel", "%s has shape %s, %s has %s filters", sdx_in_name(n, input),
               sdx_show_dims(c, d), sdx_in_name(n, w), sdx_show(c, filters));
    sdx_point(c, input, 0);
    sdx_point(c, w, 0);
    sdx_hint(c, "give one in all, or a vector of one for each filter");
}

static void infer(const sdx_node *n, sdx_infer *c)
{
    const roles *r = sdx_variant(n);
    int rank = sdx_check_conv_rank(n, c, r->x, r->w);
    if (rank <= 0)
        return;
    sdx_window w;
    sdx_dim *y = sdx_new_dims(c, rank), filters = sdx_in_dim(n, r->w, 0);
    bool fine = sdx_check_group(n, c, r->x, r->w) && sdx_check_filters(n, c, r->w);
    if (r->bias >= 0)
        fine = sdx_check_bias(n, c, r->bias, filters) && fine;
    if (!sdx_read_window(n, c, rank - 2, r->w, &w) || !fine)
        return;
    check_each(n, c, r->w_zero, r->w);
    check_each(n, c, r->w_scale, r->w);
    y[0] = sdx_in_dim(n, r->x, 0);
    y[1] = filters;
    for (int k = 0; k < rank - 2; k++)
        y[k + 2] = sdx_window_out(c, &w, k, r->x, k + 2, sdx_in_dim(n, r->x, k + 2), false);
    if (!sdx_refused(c))
        sdx_set_out_dims(c, 0, rank, y);
}

/* ---- prepare ---- */

enum { STRIPS = 4, FEW_PIECES = 8 };

typedef struct plan {
    sdx_window window;
    int64_t batch, channels, filters, group; /* channels, filters: of a group */
    int64_t in[SDX_MAX_RANK], out[SDX_MAX_RANK];
    int64_t plane, pixels,
        taps;                 /* elements of an input plane; outputs of one; taps of the window */
    int64_t tap_steps, steps; /* of a tap; of them all */
    int_form form;
    int_requantize *requantize;
    bool plain;         /* one tap, and each output lies under its input */
    int rows;           /* of a tile */
    int64_t strips;     /* of 32 pixels that a worker takes at once: results then lie together */
    const char *packed; /* filters of all groups; NULL: packed in run */
    size_t packed_bytes;
} plan;

/* What belongs to a filter when it is done. */
typedef struct of_a_filter {
    double scale;
    uint32_t less, zero; /* taken off its sums; its zero point, as stored */
} of_a_filter;

/* What the packed filters depend on. */
typedef struct how {
    int64_t channels, filters, taps, tap_steps; /* filters: of all groups */
    int_form form;
} how;

/* A row of steps for each filter, then the sum of each, as stored. */
static void pack_filters(void *to, const sdx_tensor *from, const void *with)
{
    const how *h = with;
    bool is_signed = from->dtype == SDX_I8;
    int64_t tap_bytes = h->tap_steps * 4;
    char *row = to;
    int32_t *sums = (int32_t *)(void *)(row + h->filters * h->taps * tap_bytes);
    const uint8_t *w = from->data;
    for (int64_t m = 0; m < h->filters; m++, w += h->channels * h->taps) {
        sums[m] = 0;
        for (int64_t t = 0; t < h->taps; t++, row += tap_bytes)
            sums[m] += sdx_int_row(&h->form, row, w + t, is_signed, h->taps, h->channels, 0);
    }
}

/* Shared scratch: what belongs to each filter, then the filters, where they are packed in run. */
static size_t filters_bytes(const plan *p)
{
    return ((size_t)(p->filters * p->group) * sizeof(of_a_filter) + 63) / 64 * 64;
}

static how how_to_pack(const plan *p)
{
    how h;
    memset(&h, 0, sizeof h); /* compared byte by byte */
    h.channels = p->channels;
    h.filters = p->filters * p->group;
    h.taps = p->taps;
    h.tap_steps = p->tap_steps;
    h.form.tile = p->form.tile;
    h.form.bytes = p->form.bytes;
    h.form.rows_signed = p->form.rows_signed;
    h.form.columns_signed = p->form.columns_signed;
    return h;
}

static sdx_status prepare(const sdx_node *n, sdx_prepare *c, void **state)
{
    const roles *r = sdx_variant(n);
    plan *p = sdx_keep(c, sizeof *p);
    if (!p)
        return SDX_E_MEMORY;
    sdx_shape x = sdx_in_shape(n, r->x), w = sdx_in_shape(n, r->w), y = sdx_out_shape(n, 0);
    sdx_read_window(n, NULL, x.rank - 2, r->w, &p->window);
    sdx_window_fit(&p->window, x.dim + 2);
    p->plain = true;
    for (int k = 0; k < x.rank - 2; k++)
        p->plain = p->plain && p->window.kernel[k] == 1 && p->window.stride[k] == 1 &&
                   p->window.begin[k] == 0 && x.dim[k + 2] == y.dim[k + 2];
    p->group = sdx_attr_int(n, "group");
    p->batch = x.dim[0];
    p->channels = w.dim[1];
    p->filters = w.dim[0] / p->group;
    size_t spatial = (size_t)p->window.rank;
    memcpy(p->in, x.dim + 2, spatial * sizeof *p->in);
    memcpy(p->out, y.dim + 2, spatial * sizeof *p->out);
    p->plane = sdx_count(x, 2, x.rank);
    p->pixels = sdx_count(y, 2, y.rank);
    p->taps = sdx_window_taps(&p->window);
    const matmul_integer_kernels *k = sdx_kernels(c, &sdx_family_math_matmul_integer);
    p->form = sdx_int_form(k, true);
    p->requantize = k->requantize ? k->requantize : sdx_int_requantize;
    p->rows = k->rows ? k->rows : 4;
    p->tap_steps = int_steps(&p->form, p->channels);
    p->steps = p->tap_steps * p->taps;
    p->packed_bytes = (size_t)(p->filters * p->group) * ((size_t)p->steps * 4 + sizeof(int32_t));
    p->strips = p->pixels / (INT_WIDTH * FEW_PIECES);
    p->strips = p->strips < 1 ? 1 : p->strips > STRIPS ? STRIPS : p->strips;
    how h = how_to_pack(p);
    p->packed = sdx_pack(c, r->w, p->packed_bytes, pack_filters, &h, sizeof h);
    sdx_want_scratch(c, filters_bytes(p) + (p->packed ? 0 : p->packed_bytes),
                     (size_t)p->strips * INT_PANELS * int_panel_bytes(p->steps));
    sdx_choice(c, p->form.bytes ? "bytes" : k->pairs ? "16-bit pairs" : "reference");
    *state = p;
    return SDX_OK;
}

/* ---- run ---- */

typedef struct job {
    const plan *p;
    const of_a_filter *filter;
    const sdx_tensor *x, *w_zero, *w_scale, *bias;
    sdx_tensor *y;
    const char *packed;
    bool x_signed, w_signed, any_w_zero;
    int x_zero;             /* as the file has it */
    float x_scale, y_scale; /* y_scale 0: sums stay as they are */
    double y_zero, lowest, highest;
} job;

static double of_filter(const sdx_tensor *t, int64_t filter, double none)
{
    double v = none;
    if (t)
        sdx_load_f64(&v, t, sdx_elements(t) == 1 ? 0 : filter, 1, 1);
    return v;
}

/* The zero point of a filter, as stored. */
static int32_t zero_of(const job *j, int64_t filter)
{
    int shift = j->p->form.bytes ? int_shift(j->p->form.rows_signed, j->w_signed) : 0;
    return (int32_t)of_filter(j->w_zero, filter, 0) + shift;
}

/* ---- patches ---- */

/* Where the windows of some output pixels begin, axis by axis. */
typedef struct corners {
    int64_t at[INT_WIDTH];
} corners;

static void find_corners(const plan *p, int64_t first, int64_t n, corners *corner)
{
    const sdx_window *w = &p->window;
    int64_t pixel[SDX_MAX_RANK];
    for (int k = w->rank - 1; k >= 0; k--) {
        pixel[k] = first % p->out[k];
        first /= p->out[k];
    }
    for (int64_t q = 0; q < INT_WIDTH; q++) {
        for (int k = 0; k < w->rank; k++)
            corner[k].at[q] = pixel[k] * w->stride[k] - w->begin[k];
        /* Those past the end repeat the last. */
        for (int k = w->rank - 1; q + 1 < n && k >= 0 && ++pixel[k] == p->out[k]; k--)
            pixel[k] = 0;
    }
}

/* Where tap t of each pixel lies in an input plane; -1: on padding. */
static void place_tap(const plan *p, int64_t t, const corners *corner, int64_t place[INT_WIDTH])
{
    const sdx_window *w = &p->window;
    int64_t size = 1;
    for (int q = 0; q < INT_WIDTH; q++)
        place[q] = 0;
    for (int k = w->rank - 1; k >= 0; k--) {
        int64_t move = t % w->kernel[k] * w->dilation[k];
        for (int q = 0; q < INT_WIDTH; q++) {
            int64_t i = corner[k].at[q] + move;
            place[q] = place[q] < 0 || i < 0 || i >= p->in[k] ? -1 : place[q] + i * size;
        }
        t /= w->kernel[k];
        size *= p->in[k];
    }
}

static bool follow(const int64_t place[INT_COLUMNS])
{
    bool all = place[0] >= 0;
    for (int q = 1; q < INT_COLUMNS; q++)
        all = all && place[q] == place[q - 1] + 1;
    return all;
}

/* One tap of all channels of 16 pixels. */
static void take_tap(const job *j, const uint8_t *x, const int64_t place[INT_COLUMNS], char *to)
{
    const plan *p = j->p;
    bool is_signed = j->x_signed, near = follow(place);
    int each = p->form.bytes ? 4 : 2;
    uint8_t room[4][INT_COLUMNS], pad = (uint8_t)j->x_zero;
    /* What is stored as 0: lanes that no channel fills. */
    uint8_t nothing = p->form.bytes && p->form.columns_signed != is_signed ? 0x80 : 0;
    const uint8_t *line[4];
    nothing = p->form.bytes ? nothing : pad;
    for (int64_t c = 0; c < p->channels; c += each, to += 64) {
        for (int e = 0; e < each; e++) {
            const uint8_t *plane = x + (c + e) * p->plane;
            line[e] = room[e];
            if (c + e >= p->channels)
                memset(room[e], nothing, INT_COLUMNS);
            else if (near)
                line[e] = plane + place[0];
            else
                for (int q = 0; q < INT_COLUMNS; q++)
                    room[e][q] = place[q] < 0 ? pad : plane[place[q]];
        }
        sdx_int_weave(&p->form, to, line, is_signed, j->x_zero);
    }
}

static void take_patches(const job *j, const uint8_t *x, int64_t first, int64_t n, char *panels)
{
    const plan *p = j->p;
    corners corner[SDX_MAX_RANK];
    int64_t place[INT_WIDTH];
    size_t bytes = int_panel_bytes(p->steps);
    if (p->plain) {
        for (int64_t q = 0; q < INT_WIDTH; q++)
            place[q] = first + (q < n ? q : n - 1);
        for (int64_t k = 0; k < int_panels(n); k++)
            take_tap(j, x, place + k * INT_COLUMNS, panels + (size_t)k * bytes);
        return;
    }
    find_corners(p, first, n, corner);
    for (int64_t t = 0; t < p->taps; t++) {
        place_tap(p, t, corner, place);
        for (int64_t k = 0; k < int_panels(n); k++)
            take_tap(j, x, place + k * INT_COLUMNS,
                     panels + (size_t)k * bytes + (size_t)(t * p->tap_steps) * 64);
    }
}

/* Sums of the columns less k zero points, as filters with zero points of their own want them. */
static void sum_patches(const job *j, int64_t n, const char *panels, int32_t *sums)
{
    const plan *p = j->p;
    size_t bytes = int_panel_bytes(p->steps);
    int shift = p->form.bytes ? j->x_zero + int_shift(p->form.columns_signed, j->x_signed) : 0;
    for (int64_t q = 0; q < n; q++) {
        const char *at = panels + (size_t)(q / INT_COLUMNS) * bytes + q % INT_COLUMNS * 4;
        int32_t sum = 0;
        for (int64_t i = 0; i < p->steps; i++, at += 64) {
            int16_t pair[2];
            memcpy(pair, at, sizeof pair);
            for (int e = 0; e < 4; e++)
                sum += !p->form.bytes           ? (e < 2 ? pair[e] : 0)
                       : p->form.columns_signed ? (int8_t)at[e]
                                                : (uint8_t)at[e];
        }
        sums[q] = (int32_t)((uint32_t)sum - (uint32_t)(p->channels * p->taps) * (uint32_t)shift);
    }
}

/* ---- results ---- */

/* What belongs to each filter: read once a run. */
static void read_filters(const job *j, const char *packed, of_a_filter *to)
{
    const plan *p = j->p;
    int64_t n = p->filters * p->group;
    const char *sums = packed + n * p->steps * 4;
    int shift = p->form.bytes ? j->x_zero + int_shift(p->form.columns_signed, j->x_signed) : 0;
    for (int64_t m = 0; m < n; m++) {
        int32_t sum;
        memcpy(&sum, sums + m * 4, sizeof sum);
        to[m].less = (uint32_t)sum * (uint32_t)shift;
        if (j->y_scale != 0)
            to[m].less -= (uint32_t)(int32_t)of_filter(j->bias, m, 0);
        to[m].zero = (uint32_t)zero_of(j, m);
        to[m].scale = (double)(j->x_scale * (float)of_filter(j->w_scale, m, 1) / j->y_scale);
    }
}

/* A filter's sums of n pixels from `at` on in y. */
static void finish(const job *j, const of_a_filter *f, int64_t at, int64_t n, int32_t *sum,
                   const int32_t *patch)
{
    if (f->zero != 0)
        for (int64_t q = 0; q < n; q++)
            sum[q] = (int32_t)((uint32_t)sum[q] - f->zero * (uint32_t)patch[q]);
    if (j->y_scale != 0) {
        j->p->requantize((uint8_t *)j->y->data + at, sum, n, (int32_t)f->less, &f->scale, true,
                         j->y_zero, j->lowest, j->highest);
        return;
    }
    int32_t *y = (int32_t *)j->y->data + at;
    for (int64_t q = 0; q < n; q++)
        y[q] = (int32_t)((uint32_t)sum[q] - f->less);
}

enum { TILE_MOST = 16 };

/* The patches of a piece, strip by strip. */
static void take_strips(const job *j, const uint8_t *x, int64_t first, int64_t n, char *panels,
                        int32_t patch[STRIPS][INT_WIDTH])
{
    size_t bytes = INT_PANELS * int_panel_bytes(j->p->steps);
    for (int s = 0; n > 0; s++, first += INT_WIDTH, n -= INT_WIDTH, panels += bytes) {
        int64_t here = n < INT_WIDTH ? n : INT_WIDTH;
        take_patches(j, x, first, here, panels);
        if (j->any_w_zero)
            sum_patches(j, here, panels, patch[s]);
    }
}

/* Pieces: some strips of 32 pixels of one image and one group. */
static sdx_status some(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = arg;
    const plan *p = j->p;
    int64_t wide = p->strips * INT_WIDTH, parts = (p->pixels + wide - 1) / wide;
    int64_t row = p->steps * 4, panel = (int64_t)int_panel_bytes(p->steps);
    int32_t sum[TILE_MOST][INT_WIDTH], patch[STRIPS][INT_WIDTH];
    (void)c;
    for (int64_t i = begin; i < end; i++) {
        int64_t g = i / parts % p->group, image = i / parts / p->group, first = i % parts * wide;
        int64_t all = p->pixels - first < wide ? p->pixels - first : wide;
        const uint8_t *x = (const uint8_t *)j->x->data;
        take_strips(j, x + (image * p->group + g) * p->channels * p->plane, first, all, scratch,
                    patch);
        for (int64_t m = 0; m < p->filters; m += p->rows) {
            int rows = p->filters - m < p->rows ? (int)(p->filters - m) : p->rows;
            int64_t at = g * p->filters + m, y = image * p->group * p->filters + at;
            const char *b = scratch;
            for (int64_t s = 0; s * INT_WIDTH < all; s++, b += INT_PANELS * panel) {
                int64_t left = all - s * INT_WIDTH, n = left < INT_WIDTH ? left : INT_WIDTH;
                p->form.tile(sum[0], j->packed + at * row, row, b, panel, p->steps, rows,
                             (int)int_panels(n));
                for (int k = 0; k < rows; k++)
                    finish(j, j->filter + at + k, (y + k) * p->pixels + first + s * INT_WIDTH, n,
                           sum[k], patch[s]);
            }
        }
    }
    return SDX_OK;
}

static const sdx_tensor *input(const sdx_node *n, sdx_run *c, int i)
{
    return i >= 0 && sdx_has_in(n, i) ? sdx_in(c, i) : NULL;
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    const roles *r = sdx_variant(n);
    const plan *p = state;
    job j = { .p = p, .x = sdx_in(c, r->x), .y = sdx_out(c, 0), .packed = p->packed };
    j.w_zero = input(n, c, r->w_zero);
    j.w_scale = input(n, c, r->w_scale);
    j.bias = input(n, c, r->bias);
    j.x_signed = j.x->dtype == SDX_I8;
    j.lowest = sdx_lowest(j.y->dtype);
    j.highest = sdx_highest(j.y->dtype);
    j.w_signed = sdx_in_dtype(n, r->w) == SDX_I8;
    for (int64_t m = 0; m < p->filters * p->group && !j.any_w_zero; m++)
        j.any_w_zero = zero_of(&j, m) != 0;
    j.x_zero = (int)of_filter(input(n, c, r->x_zero), 0, 0);
    j.x_scale = (float)of_filter(input(n, c, r->x_scale), 0, 0);
    j.y_scale = (float)of_filter(input(n, c, r->y_scale), 0, 0);
    j.y_zero = of_filter(input(n, c, r->y_zero), 0, 0);
    if (r->y_scale >= 0 && j.y_scale == 0)
        return sdx_fail(c, SDX_E_VALUE, "y_scale is 0");
    if (!p->packed) {
        how h = how_to_pack(p);
        char *to = (char *)sdx_scratch(c) + filters_bytes(p);
        pack_filters(to, sdx_in(c, r->w), &h);
        j.packed = to;
    }
    j.filter = sdx_scratch(c);
    read_filters(&j, j.packed, sdx_scratch(c));
    int64_t wide = p->strips * INT_WIDTH, parts = (p->pixels + wide - 1) / wide;
    return sdx_parallel(c, p->batch * p->group * parts, 1, some, &j);
}

static sdx_dim macs(const sdx_node *n, sdx_infer *c)
{
    return sdx_conv_macs(n, c, ((const roles *)sdx_variant(n))->w);
}

static const sdx_op ops[] = {
    { SDX_OP(ConvInteger), .schema = integer_schema, .traits = SDX_PURE, .variant = &of_integer,
      .infer = infer, .prepare = prepare, .run = run, .macs = macs },
    { SDX_OP(QLinearConv), .schema = linear_schema, .traits = SDX_PURE, .variant = &of_linear,
      .infer = infer, .prepare = prepare, .run = run, .macs = macs },
    { 0 },
};
const sdx_family sdx_family_nn_conv_integer = { ops, 0 };
