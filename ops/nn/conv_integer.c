/* ops/nn/conv_integer.c - ConvInteger, QLinearConv.
 *
 * The patch under each output pixel becomes a row of 16-bit integers, less the zero point (so
 * padding is 0), and the product with the packed filters is that of MatMulInteger. Source: ONNX
 * Operators.md, ConvInteger-10, QLinearConv-10. */
#include "common/pointwise.h"
#include "common/window.h"
#include "math/matmul_integer/kernels.h"
#include <inttypes.h>
#include <math.h>

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

typedef struct plan {
    sdx_window window;
    int64_t batch, channels, filters, group; /* channels, filters: of a group */
    int64_t in[SDX_MAX_RANK], out[SDX_MAX_RANK];
    int64_t plane, pixels, taps,
        depth;       /* elements of an input plane; outputs of one; taps of the window; k */
    int64_t at_once; /* pixels a worker takes in at a time */
    int_tile *tile;
    const int16_t *packed; /* filters of all groups; NULL: packed in run */
    size_t packed_bytes;   /* of one group */
} plan;

typedef struct how {
    int64_t depth, filters, group;
} how;

static void pack_filters(void *to, const sdx_tensor *from, const void *with)
{
    const how *h = with;
    for (int64_t g = 0; g < h->group; g++)
        sdx_int_pack((int16_t *)((char *)to + (size_t)g * int_packed_bytes(h->depth, h->filters)),
                     from, g * h->filters * h->depth, 1, h->depth, h->depth, h->filters);
}

/* A worker's scratch: a place for each tap, and rows for some pixels. */
static size_t places_bytes(const plan *p)
{
    return ((size_t)p->taps * sizeof(int64_t) + 63) / 64 * 64;
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
    p->group = sdx_attr_int(n, "group");
    p->batch = x.dim[0];
    p->channels = w.dim[1];
    p->filters = w.dim[0] / p->group;
    p->plane = p->pixels = p->taps = 1;
    for (int k = 0; k < x.rank - 2; k++) {
        p->in[k] = x.dim[k + 2];
        p->out[k] = y.dim[k + 2];
        p->plane *= p->in[k];
        p->pixels *= p->out[k];
        p->taps *= p->window.kernel[k];
    }
    p->depth = p->channels * p->taps;
    int64_t row = int_pairs(p->depth) * 2 * (int64_t)sizeof(int16_t);
    p->at_once = (1 << 17) / (row > 0 ? row : 1) / INT_ROWS * INT_ROWS;
    p->at_once = p->at_once < INT_ROWS ? INT_ROWS : p->at_once > 64 ? 64 : p->at_once;
    const matmul_integer_kernels *k = sdx_kernels(c, &sdx_family_math_matmul_integer);
    p->tile = k->tile ? k->tile : sdx_int_tile;
    p->packed_bytes = int_packed_bytes(p->depth, p->filters);
    how h = { p->depth, p->filters, p->group };
    p->packed = sdx_pack(c, r->w, (size_t)p->group * p->packed_bytes, pack_filters, &h, sizeof h);
    sdx_want_scratch(c, p->packed ? 0 : (size_t)p->group * p->packed_bytes,
                     places_bytes(p) + (size_t)(p->at_once * row));
    sdx_choice(c, k->tile ? "16-bit pairs" : "reference");
    *state = p;
    return SDX_OK;
}

/* ---- run ---- */

typedef struct job {
    const plan *p;
    const sdx_tensor *x, *w_zero, *w_scale, *bias;
    sdx_tensor *y;
    const int16_t *packed;
    int64_t x_zero;
    float x_scale, y_scale; /* y_scale 0: sums stay as they are */
    double y_zero;
} job;

/* Where each tap of the window of output `pixel` lies in an input plane; -1: on padding. */
static void place_taps(const plan *p, int64_t pixel, int64_t *place)
{
    const sdx_window *w = &p->window;
    int64_t corner[SDX_MAX_RANK], tap[SDX_MAX_RANK] = { 0 };
    for (int k = w->rank - 1; k >= 0; k--) {
        corner[k] = pixel % p->out[k] * w->stride[k] - w->begin[k];
        pixel /= p->out[k];
    }
    for (int64_t t = 0; t < p->taps; t++) {
        int64_t at = 0;
        for (int k = 0; k < w->rank && at >= 0; k++) {
            int64_t i = corner[k] + tap[k] * w->dilation[k];
            at = i < 0 || i >= p->in[k] ? -1 : at * p->in[k] + i;
        }
        place[t] = at;
        for (int k = w->rank - 1; k >= 0 && ++tap[k] == w->kernel[k]; k--)
            tap[k] = 0;
    }
}

/* The patch as a row; returns its sum. */
static int64_t take_patch(const job *j, int64_t first, const int64_t *place, int16_t *row)
{
    const plan *p = j->p;
    const uint8_t *u = (const uint8_t *)j->x->data + first;
    const int8_t *s = (const int8_t *)j->x->data + first;
    bool is_signed = j->x->dtype == SDX_I8;
    int64_t zero = j->x_zero, sum = 0, k = 0;
    for (int64_t c = 0; c < p->channels; c++, u += p->plane, s += p->plane) {
        for (int64_t t = 0; t < p->taps; t++, k++) {
            int64_t v = place[t] < 0
                            ? 0
                            : (is_signed ? (int64_t)s[place[t]] : (int64_t)u[place[t]]) - zero;
            row[k] = (int16_t)v;
            sum += v;
        }
    }
    if (k & 1)
        row[k] = 0;
    return sum;
}

static double of_filter(const sdx_tensor *t, int64_t filter, double none)
{
    double v = none;
    if (t)
        sdx_load_f64(&v, t, sdx_elements(t) == 1 ? 0 : filter, 1, 1);
    return v;
}

/* Results of some pixels and filters of a tile into the planes of y. */
static void finish(const job *j, int64_t n, int64_t filter, int64_t pixel, int rows,
                   int64_t columns, int32_t sum[INT_ROWS][INT_COLUMNS], const int64_t *patch)
{
    const plan *p = j->p;
    double lowest = sdx_lowest(j->y->dtype), highest = sdx_highest(j->y->dtype);
    for (int64_t m = 0; m < columns; m++) {
        int64_t at = (n * p->group * p->filters + filter + m) * p->pixels + pixel, whole[INT_ROWS];
        int64_t zero = (int64_t)of_filter(j->w_zero, filter + m, 0);
        for (int r = 0; r < rows; r++)
            whole[r] = (int64_t)sum[r][m] - zero * patch[r];
        if (j->y_scale == 0) {
            sdx_store_i64(j->y, at, 1, rows, whole);
            continue;
        }
        double real[INT_ROWS], bias = of_filter(j->bias, filter + m, 0);
        float scale = j->x_scale * (float)of_filter(j->w_scale, filter + m, 1) / j->y_scale;
        for (int r = 0; r < rows; r++) {
            double v = rint(((double)whole[r] + bias) * (double)scale + j->y_zero);
            real[r] = !(v > lowest) ? lowest : v > highest ? highest : v;
        }
        sdx_store_f64(j->y, at, 1, rows, real);
    }
}

/* Pieces: some pixels of one image and one group. */
static sdx_status some(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = arg;
    const plan *p = j->p;
    int64_t *place = scratch, pairs = int_pairs(p->depth),
            parts = (p->pixels + p->at_once - 1) / p->at_once;
    int16_t *rows = (int16_t *)((char *)scratch + places_bytes(p));
    int64_t patch[64];
    (void)c;
    for (int64_t i = begin; i < end; i++) {
        int64_t g = i / parts % p->group, n = i / parts / p->group, first = i % parts * p->at_once;
        int64_t pixels = p->pixels - first < p->at_once ? p->pixels - first : p->at_once;
        int64_t from = (n * p->group + g) * p->channels * p->plane;
        for (int64_t q = 0; q < pixels; q++) {
            place_taps(p, first + q, place);
            patch[q] = take_patch(j, from, place, rows + q * pairs * 2);
        }
        const int16_t *packed = j->packed + (size_t)g * p->packed_bytes / sizeof(int16_t);
        for (int64_t panel = 0; panel < int_panels(p->filters); panel++) {
            int64_t m = panel * INT_COLUMNS,
                    columns = p->filters - m < INT_COLUMNS ? p->filters - m : INT_COLUMNS;
            for (int64_t q = 0; q < pixels; q += INT_ROWS) {
                int32_t sum[INT_ROWS][INT_COLUMNS];
                int count = pixels - q < INT_ROWS ? (int)(pixels - q) : INT_ROWS;
                p->tile(sum[0], INT_COLUMNS, rows + q * pairs * 2, pairs * 2,
                        packed + panel * pairs * INT_COLUMNS * 2, pairs, count);
                finish(j, n, g * p->filters + m, first + q, count, columns, sum, patch + q);
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
    j.x_zero = (int64_t)of_filter(input(n, c, r->x_zero), 0, 0);
    j.x_scale = (float)of_filter(input(n, c, r->x_scale), 0, 0);
    j.y_scale = (float)of_filter(input(n, c, r->y_scale), 0, 0);
    j.y_zero = of_filter(input(n, c, r->y_zero), 0, 0);
    if (r->y_scale >= 0 && j.y_scale == 0)
        return sdx_fail(c, SDX_E_VALUE, "y_scale is 0");
    if (!p->packed) {
        how h = { p->depth, p->filters, p->group };
        pack_filters(sdx_scratch(c), sdx_in(c, r->w), &h);
        j.packed = sdx_scratch(c);
    }
    int64_t parts = (p->pixels + p->at_once - 1) / p->at_once;
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
