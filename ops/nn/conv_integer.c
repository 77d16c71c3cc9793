/* ops/nn/conv_integer.c - ConvInteger, QLinearConv; ByteConv of the domain "sdx", which clamps and
 * adds.
 *
 * Output pixels are the rows of a product of bytes, read where they lie, and filters its columns,
 * packed once; conv_integer/geometry.h says how.  Where the picture cannot be read as it is, for
 * its padding, its layout or the signs that the machine wants, it is copied first, into a frame of
 * zero points.  Sums become bytes while they are hot.  Source: ONNX Operators.md, ConvInteger-10,
 * QLinearConv-10. */
#include "common/check.h"
#include "common/pointwise.h"
#include "nn/conv_integer/geometry.h"
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

/* Results are clamped to least .. most.  With R they are what ByteAdd makes of them and R, clamped
 * to sum_least .. sum_most. */
static const sdx_schema byte_schema[] = {
    { 1,
      "x:T1 x_scale:f32 x_zero_point:T1 w:T2 w_scale:f32 w_zero_point:T2 y_scale:f32 "
      "y_zero_point:T3 B?:T4 R?:T5 R_scale?:f32 R_zero_point?:T5 C_scale?:f32 C_zero_point?:T3 "
      "-> y:T3",
      "least:int=-128 most:int=255 sum_least:int=-128 sum_most:int=255 group:int=1 pads:ints "
      "strides:ints dilations:ints kernel_shape:ints auto_pad:string=NOTSET",
      "T1: i8 u8; T2: i8 u8; T3: i8 u8; T4: i32; T5: i8 u8" },
    { 0 },
};
enum { REST = 9, REST_SCALE, REST_ZERO, SUM_SCALE, SUM_ZERO }; /* R and what follows it */

/* Which inputs are what; -1: none. */
typedef struct roles {
    int x, w, x_zero, w_zero, x_scale, w_scale, y_scale, y_zero, bias;
    bool clamps;
} roles;
static const roles of_integer = { 0, 1, 2, 3, -1, -1, -1, -1, -1, false };
static const roles of_linear = { 0, 3, 2, 5, 1, 4, 6, 7, 8, false };
static const roles of_bytes = { 0, 3, 2, 5, 1, 4, 6, 7, 8, true };

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
    sdx_hint(c, "give one in all, or a vector of %s, one for each filter", sdx_show(c, filters));
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
    for (int k = 0; r->clamps && sdx_has_in(n, REST) && k < rank; k++)
        if (!sdx_check_rank(c, REST, rank, rank) ||
            !sdx_check_dim(n, c, "broadcast", REST, k, y[k], "the convolution"))
            return;
    if (!sdx_refused(c))
        sdx_set_out_dims(c, 0, rank, y);
}

/* ---- layout ---- */

enum { FEW_CHANNELS = 4 }; /* of a picture that is read as it lies */

static int layout(const sdx_node *n, sdx_layout l, uint32_t *plain)
{
    const roles *r = sdx_variant(n);
    sdx_dim channels = sdx_in_dim(n, r->x, 1);
    (void)l;
    *plain = 1u << r->w;
    if (sdx_is_num(channels) && channels.n <= FEW_CHANNELS)
        *plain |= 1u << r->x;
    return 1;
}

/* ---- prepare ---- */

typedef struct plan {
    bytes_geometry g;
    int_form form;
    int_narrow *narrow;
    byte_add_row *add;
    int rows; /* of a tile */
    int64_t batch;
    int y_lanes;        /* of a block of y; 1: plain */
    const char *packed; /* filters and their sums; NULL: packed in run */
    size_t start_at, scale_at, zero_at, less_at, packed_at, frame_at; /* in the shared scratch */
} plan;

static size_t part(size_t *total, size_t bytes)
{
    size_t at = *total;
    *total += (bytes + 63) / 64 * 64;
    return at;
}

static void pack_filters(void *to, const sdx_tensor *from, const void *with)
{
    sdx_bytes_pack(with, to, from->data, from->dtype == SDX_I8);
}

/* Do all filters read the same? */
static bool has_one_window(const bytes_geometry *g)
{
    return !g->how.deep && g->how.group == 1;
}

static sdx_status prepare(const sdx_node *n, sdx_prepare *c, void **state)
{
    const roles *r = sdx_variant(n);
    const matmul_integer_kernels *k = sdx_kernels(c, &sdx_family_math_matmul_integer);
    plan *p = sdx_keep(c, sizeof *p);
    if (!p)
        return SDX_E_MEMORY;
    sdx_shape x = sdx_in_shape(n, r->x), w = sdx_in_shape(n, r->w), y = sdx_out_shape(n, 0);
    p->form = sdx_int_form(k);
    p->narrow = k->narrow ? k->narrow : sdx_int_narrow;
    p->add = ((const byte_kernels *)sdx_kernels(c, &sdx_family_internal_bytes))->add;
    p->add = p->add ? p->add : sdx_byte_add;
    p->rows = k->rows ? k->rows : 4;
    p->batch = sdx_count(y, 0, y.rank) > 0 ? x.dim[0] : 0;
    p->y_lanes = sdx_layout_block(sdx_out_layout(n, 0));
    *state = p;
    if (p->batch == 0)
        return SDX_OK;
    sdx_window window;
    sdx_read_window(n, NULL, x.rank - 2, r->w, &window);
    sdx_window_fit(&window, x.dim + 2);
    for (int i = 2; i < x.rank; i++)
        window.kernel[i - 2] = w.dim[i];
    bytes_geometry *g = &p->g;
    g->how.channels = w.dim[1];
    g->how.filters = w.dim[0];
    g->how.group = sdx_attr_int(n, "group");
    g->x_plain = sdx_in_layout(n, r->x) == SDX_PLAIN;
    g->x_signed = sdx_in_dtype(n, r->x) == SDX_I8;
    SDX_TRY(sdx_bytes_geometry(c, g, &p->form, p->rows, &window, x.dim + 2, y.dim + 2));
    p->packed = sdx_pack(c, r->w, g->how.bytes, pack_filters, &g->how, sizeof g->how);
    size_t shared = 0, all = (size_t)(g->units * INT_WIDTH);
    p->start_at = part(&shared, all * sizeof(int32_t));
    p->scale_at = part(&shared, all * sizeof(float));
    p->zero_at = part(&shared, all * sizeof(int32_t));
    p->less_at = part(&shared, has_one_window(g) ? (size_t)g->pixels * sizeof(int32_t) : 0);
    p->packed_at = part(&shared, p->packed ? 0 : g->how.bytes);
    p->frame_at = part(&shared, g->shared);
    sdx_want_scratch(c, shared, g->worker);
    sdx_choice(c, g->how.deep ? "bytes depthwise" : p->form.bytes ? "bytes" : "16-bit pairs");
    return SDX_OK;
}

/* ---- run ---- */

typedef struct job {
    const plan *p;
    const sdx_tensor *x, *w_zero, *w_scale, *bias;
    sdx_tensor *y;
    int64_t image;
    const char *packed, *frame; /* frame: the image's, or the image itself */
    char *copy;                 /* the frame, to be filled */
    int32_t *start;             /* for each filter: what its sums begin with */
    float *scale;
    int32_t *zero; /* its zero point, as stored */
    int32_t *less; /* for each pixel: what that takes off, if it is one; NULL: several, or 0 */
    bool any_w_zero, small;
    bool at_once;           /* tiles make bytes */
    int x_zero;             /* as the file has it */
    float x_scale, y_scale; /* y_scale 0: sums stay as they are */
    int y_zero, lowest, highest;
    const uint8_t *rest; /* what is added; NULL: nothing */
    int_more more;
} job;

static double first_of(const sdx_tensor *t)
{
    double v = 0;
    if (t && sdx_elements(t) > 0)
        sdx_load_f64(&v, t, 0, 1, 1);
    return v;
}

/* From one filter's entry to the next. */
static int64_t step_of(const sdx_tensor *t)
{
    return t && sdx_elements(t) > 1;
}

/* What belongs to each filter.  With x and w as they are stored, and their zero points so too, the
 * sum over n products is  sum x w - w_zero * sum x - x_zero * sum w + n x_zero w_zero. */
static void read_filters(job *j, bool w_signed)
{
    const plan *p = j->p;
    const bytes_how *h = &p->g.how;
    const char *sums = j->packed + h->bytes - (size_t)h->filters * sizeof(int32_t);
    bool bytes = p->form.bytes;
    int32_t x_zero = bytes ? j->x_zero + int_shift(p->form.rows_signed, p->g.x_signed) : 0;
    int w_shift = bytes ? int_shift(p->form.columns_signed, w_signed) : 0;
    uint32_t n = (uint32_t)(h->channels * h->taps);
    const uint8_t *zeros = j->w_zero ? j->w_zero->data : NULL;
    const int32_t *bias = j->bias ? j->bias->data : NULL;
    const float *scales = j->w_scale ? j->w_scale->data : NULL;
    int64_t zero_step = step_of(j->w_zero), scale_step = step_of(j->w_scale);
    j->small = true;
    for (int64_t m = 0; m < h->filters; m++) {
        int32_t sum, zero = w_shift;
        memcpy(&sum, sums + m * 4, sizeof sum);
        if (zeros)
            zero += w_signed ? (int8_t)zeros[m * zero_step] : zeros[m * zero_step];
        j->start[m] = (int32_t)((uint32_t)x_zero * (n * (uint32_t)zero - (uint32_t)sum) +
                                (bias ? (uint32_t)bias[m] : 0));
        j->scale[m] = scales ? j->x_scale * scales[m * scale_step] / j->y_scale : 0;
        j->small = j->small && fabsf(j->scale[m]) <= 0.99f;
        j->zero[m] = zero;
        j->any_w_zero |= zero != 0;
    }
    for (int64_t m = h->filters; m < p->g.units * INT_WIDTH; m++) {
        j->start[m] = j->zero[m] = 0;
        j->scale[m] = 0;
    }
}

enum { TILE_MOST = 16 };
static const int32_t no_start[INT_WIDTH] = { 0 };

static int_grid grid_of(const job *j, int64_t m)
{
    return (int_grid){ j->scale + m, j->y_zero, j->lowest,
                       j->highest,   j->small,  j->p->g.pixels * INT_COLUMNS,
                       NULL,         NULL };
}

/* Bytes of y, `at` on, with what is added to them, whose memory they may take over. */
static void put_bytes(const job *j, int64_t at, const uint8_t *from, int64_t count)
{
    uint8_t *y = (uint8_t *)j->y->data + at;
    if (j->rest)
        j->p->add(y, from, j->rest + at, (size_t)count, &j->more.add);
    else
        memcpy(y, from, (size_t)count);
}

/* Sums of filters m .. m + count of some pixels, the first of them number `at` of the image. */
static void put(const job *j, int64_t m, int64_t count, int64_t at, int rows, const int32_t *sum)
{
    const plan *p = j->p;
    const bytes_geometry *g = &p->g;
    int columns = p->form.columns;
    int64_t end = m + count < g->how.filters ? m + count : g->how.filters;
    uint8_t room[TILE_MOST * INT_COLUMNS], line[TILE_MOST];
    for (; m < end; m += columns, sum += columns) {
        int_grid grid = grid_of(j, m);
        int64_t blocks = (g->how.filters + columns - 1) / columns;
        int64_t to = ((j->image * blocks + m / columns) * g->pixels + at) * columns;
        bool direct = p->y_lanes > 1 && !j->rest;
        if (j->y_scale != 0)
            p->narrow(direct ? (uint8_t *)j->y->data + to : room, sum, rows, columns, &grid);
        if (p->y_lanes > 1) {
            if (j->y_scale != 0 && !direct)
                put_bytes(j, to, room, rows * columns);
            for (int r = 0; j->y_scale == 0 && r < rows; r++)
                memcpy((int32_t *)j->y->data + to + r * columns, sum + r * INT_WIDTH,
                       (size_t)columns * sizeof *sum);
            continue;
        }
        for (int64_t k = 0; k < columns && m + k < end; k++) {
            to = (j->image * g->how.filters + m + k) * g->pixels + at;
            for (int r = 0; r < rows; r++)
                if (j->y_scale != 0)
                    line[r] = room[r * columns + k];
                else
                    ((int32_t *)j->y->data)[to + r] = sum[r * INT_WIDTH + k];
            if (j->y_scale != 0)
                put_bytes(j, to, line, rows);
        }
    }
}

/* Filters with zero points of their own want the sums of what they read, too. */
static void take_zeros(const job *j, int64_t m, int64_t count, int rows, int32_t *sum,
                       const int32_t *ones)
{
    for (int r = 0; r < rows; r++)
        for (int64_t k = 0; k < count; k++)
            sum[r * INT_WIDTH + k] = (int32_t)((uint32_t)sum[r * INT_WIDTH + k] -
                                               (uint32_t)j->zero[m + k] *
                                                   (uint32_t)ones[r * INT_WIDTH + k]);
}

static void add_less(const int32_t *less, int count, int rows, int32_t *sum)
{
    for (int r = 0; r < rows; r++)
        for (int k = 0; k < count; k++)
            sum[r * INT_WIDTH + k] = (int32_t)((uint32_t)sum[r * INT_WIDTH + k] +
                                               (uint32_t)less[r]);
}

static sdx_status some_lines(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = arg;
    const bytes_geometry *g = &j->p->g;
    (void)scratch, (void)c;
    for (int64_t i = begin, n; i < end; i += n) {
        int64_t row = i % g->frame_rows;
        n = g->frame_rows - row < end - i ? g->frame_rows - row : end - i;
        sdx_bytes_lines(g, &j->p->form, j->x->data, j->image, i / g->frame_rows, row, n, j->x_zero,
                        false, j->copy + i * g->frame[g->rank - 1] * g->pixel);
    }
    return SDX_OK;
}

/* A panel of ones for the steps of the only unit; whole steps are all the same. */
static void fill_ones(const bytes_geometry *g, int16_t *to)
{
    if (g->how.channels % g->how.each != 0)
        sdx_bytes_pack_unit(&g->how, 0, to, NULL, false, NULL);
    else
        for (int64_t i = 0; i < g->first.steps * 32; i++)
            to[i] = g->how.each == 4 ? 0x0101 : 1;
}

/* Rows of output, once for all filters: what their one zero point takes off. */
static sdx_status some_less(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = arg;
    const plan *p = j->p;
    const bytes_geometry *g = &p->g;
    int32_t sum[TILE_MOST * INT_WIDTH];
    int64_t step = g->stride[g->rank - 1] * g->pixel;
    bytes_unit u = sdx_bytes_unit(g, 0);
    (void)c;
    fill_ones(g, scratch);
    for (int64_t r = begin; r < end; r++)
        for (int64_t q = 0, pixels = bytes_row_pixels(g, r); q < pixels; q += p->rows) {
            int rows = pixels - q < p->rows ? (int)(pixels - q) : p->rows;
            p->form.tile(sum, NULL, no_start, j->frame + sdx_bytes_row(g, r) + q * step, step, u.at,
                         scratch, u.steps * 64, u.steps, rows, 1);
            for (int k = 0; k < rows; k++)
                j->less[r * g->width + q + k] = (int32_t)(0 - (uint32_t)j->zero[0] *
                                                                  (uint32_t)sum[k * INT_WIDTH]);
        }
    return SDX_OK;
}

/* Pieces: two panels of filters by some rows of pixels. */
static sdx_status some_tiles(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = arg;
    const plan *p = j->p;
    const bytes_geometry *g = &p->g;
    int32_t sum[TILE_MOST * INT_WIDTH], ones[TILE_MOST * INT_WIDTH];
    int64_t step = g->stride[g->rank - 1] * g->pixel;
    (void)c;
    for (int64_t i = begin; i < end; i++) {
        int64_t unit = i / g->bands, r0 = i % g->bands * g->band, m = unit * INT_WIDTH;
        int64_t r1 = r0 + g->band < g->rows ? r0 + g->band : g->rows;
        bytes_unit u = sdx_bytes_unit(g, unit);
        const char *w = j->packed + u.packed;
        if (j->any_w_zero && !j->less)
            sdx_bytes_pack_unit(&g->how, unit, scratch, NULL, false, NULL);
        int_grid grid = grid_of(j, m);
        int_more more = j->more;
        int64_t blocks = (g->how.filters + INT_COLUMNS - 1) / INT_COLUMNS;
        int64_t to = (j->image * blocks + m / INT_COLUMNS) * g->pixels * INT_COLUMNS;
        grid.more = j->rest ? &more : NULL;
        for (int64_t r = r0; r < r1; r++) {
            const char *x = j->frame + sdx_bytes_row(g, r);
            int64_t pixels = bytes_row_pixels(g, r);
            if (j->at_once) {
                int64_t at = to + r * g->width * INT_COLUMNS;
                more.with = j->rest ? j->rest + at : NULL;
                grid.row = j->less ? j->less + r * g->width : NULL;
                p->form.tile((uint8_t *)j->y->data + at, &grid, j->start + m, x, step, u.at, w,
                             u.steps * 64, u.steps, (int)pixels, u.panels);
                continue;
            }
            for (int64_t q = 0; q < pixels; q += p->rows) {
                int rows = pixels - q < p->rows ? (int)(pixels - q) : p->rows;
                p->form.tile(sum, NULL, j->start + m, x + q * step, step, u.at, w, u.steps * 64,
                             u.steps, rows, u.panels);
                if (j->less)
                    add_less(j->less + r * g->width + q, u.panels * INT_COLUMNS, rows, sum);
                if (j->any_w_zero && !j->less) {
                    p->form.tile(ones, NULL, no_start, x + q * step, step, u.at, scratch,
                                 u.steps * 64, u.steps, rows, u.panels);
                    take_zeros(j, m, u.panels * INT_COLUMNS, rows, sum, ones);
                }
                put(j, m, u.panels * INT_COLUMNS, r * g->width + q, rows, sum);
            }
        }
    }
    return SDX_OK;
}

/* Windows of some rows of output. */
static void deep_rows(const job *j, int64_t block, int64_t r0, int64_t r1, const char *x,
                      const int_windows *w, const void *one)
{
    const plan *p = j->p;
    const bytes_geometry *g = &p->g;
    int32_t sum[TILE_MOST * INT_WIDTH], ones[TILE_MOST * INT_WIDTH];
    int64_t m = block * w->columns;
    int_grid grid = grid_of(j, m);
    int_windows count = *w;
    count.start = no_start;
    count.b = one;
    for (int64_t r = r0; r < r1; r++) {
        const char *from = x + sdx_bytes_row(g, r);
        if (j->at_once) {
            p->form.deep((uint8_t *)j->y->data +
                             ((j->image * g->blocks + block) * g->pixels + r * g->width) *
                                 INT_COLUMNS,
                         &grid, w, from, (int)g->width);
            continue;
        }
        for (int64_t q = 0; q < g->width; q += p->rows, from += p->rows * w->a_step) {
            int rows = g->width - q < p->rows ? (int)(g->width - q) : p->rows;
            p->form.deep(sum, NULL, w, from, rows);
            if (j->any_w_zero) {
                p->form.deep(ones, NULL, &count, from, rows);
                take_zeros(j, m, w->columns, rows, sum, ones);
            }
            put(j, m, w->columns, r * g->width + q, rows, sum);
        }
    }
}

/* Pieces: some lines of output by a block of channels, from the picture as it lies. */
static sdx_status some_three(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = arg;
    const plan *p = j->p;
    const bytes_geometry *g = &p->g;
    int_picture from = { .height = g->in[0],
                         .width = g->in[1],
                         .top = g->begin[0],
                         .left = g->begin[1],
                         .stride = g->stride[0],
                         .out_width = g->out[1],
                         .pad = (uint8_t)j->x_zero,
                         .flip = p->form.rows_signed != g->x_signed ? 0x80 : 0 };
    (void)scratch, (void)c;
    for (int64_t i = begin; i < end; i++) {
        int64_t block = i % g->blocks, at = j->image * g->blocks + block, line = i / g->blocks;
        int64_t last = (line + 1) * g->band < g->out[0] ? (line + 1) * g->band : g->out[0];
        int_grid grid = grid_of(j, block * INT_COLUMNS);
        line *= g->band;
        from.x = (const uint8_t *)j->x->data + at * g->in[0] * g->in[1] * INT_COLUMNS;
        from.start = j->start + block * INT_COLUMNS;
        from.b = j->packed + block * bytes_deep(&g->how);
        p->form.three((uint8_t *)j->y->data + (at * g->pixels + line * g->out[1]) * INT_COLUMNS,
                      &grid, &from, line, last);
    }
    return SDX_OK;
}

/* Pieces: some slices of output by a block of channels, with a frame of their own, whose padding is
 * the same for every block. */
static sdx_status some_deep(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = arg;
    const bytes_geometry *g = &j->p->g;
    int64_t each = g->rows / g->out[0], lines = g->frame_rows / g->frame[0], bytes;
    int_windows w = g->windows;
    bytes = bytes_deep(&g->how);
    char *one = (char *)scratch + g->worker - (size_t)bytes;
    (void)c;
    for (int64_t i = begin; i < end; i++) {
        int64_t block = i % g->blocks, o0 = i / g->blocks * g->band;
        int64_t o1 = o0 + g->band < g->out[0] ? o0 + g->band : g->out[0];
        int64_t first = o0 * g->stride[0];
        sdx_bytes_lines(g, &j->p->form, j->x->data, j->image, block, first * lines,
                        bytes_slices(g, o1 - o0) * lines, j->x_zero, i > begin && block > 0,
                        scratch);
        if (j->any_w_zero)
            sdx_bytes_pack_unit(&g->how, block, one, NULL, false, NULL);
        w.start = j->start + block * w.columns;
        w.b = j->packed + block * bytes;
        deep_rows(j, block, o0 * each, o1 * each, (const char *)scratch - first * g->pitch[0], &w,
                  one);
    }
    return SDX_OK;
}

static const sdx_tensor *input(const sdx_node *n, sdx_run *c, int i)
{
    return i >= 0 && sdx_has_in(n, i) ? sdx_in(c, i) : NULL;
}

static byte_grid grid_at(const sdx_tensor *scale, const sdx_tensor *zero, bool is_signed)
{
    return (byte_grid){ (float)first_of(scale), (float)first_of(zero) + (is_signed ? 128 : 0),
                        is_signed ? 0x80 : 0 };
}

/* What is added to the bytes of y; false: in no way that tiles know. */
static bool read_rest(const sdx_node *n, job *j, sdx_run *c)
{
    const roles *r = sdx_variant(n);
    const sdx_tensor *rest = input(n, c, REST);
    int_more *m = &j->more;
    byte_add *p = &m->add;
    j->rest = rest->data;
    p->a = grid_at(input(n, c, r->y_scale), input(n, c, r->y_zero), j->y->dtype == SDX_I8);
    p->b = grid_at(input(n, c, REST_SCALE), input(n, c, REST_ZERO), rest->dtype == SDX_I8);
    p->scale = (float)first_of(input(n, c, SUM_SCALE));
    p->zero = (float)first_of(input(n, c, SUM_ZERO));
    p->lo = fmaxf((float)sdx_lowest(j->y->dtype), (float)sdx_attr_int(n, "sum_least"));
    p->hi = fminf((float)sdx_highest(j->y->dtype), (float)sdx_attr_int(n, "sum_most"));
    m->inverse = 1 / p->scale;
    m->lo = (float)(j->lowest - j->y_zero);
    m->hi = (float)(j->highest - j->y_zero);
    return 256 * (fabsf(p->a.scale) + fabsf(p->b.scale)) < 1e9f * fabsf(p->scale);
}

static sdx_status run_image(job *j, sdx_run *c)
{
    const plan *p = j->p;
    const bytes_geometry *g = &p->g;
    if (g->how.deep)
        return sdx_parallel(c, g->blocks * g->bands, g->grain,
                            g->three && j->at_once ? some_three : some_deep, j);
    if (g->framed) {
        int64_t line = g->frame[g->rank - 1] * g->pixel;
        SDX_TRY(sdx_parallel(c, g->blocks * g->frame_rows, 1 + 32768 / (1 + line), some_lines, j));
    } else {
        j->frame = (const char *)j->x->data + j->image * g->blocks * g->plane;
    }
    if (j->less)
        SDX_TRY(sdx_parallel(c, g->rows, 1 + g->rows / 4, some_less, j));
    return sdx_parallel(c, g->units * g->bands, g->grain, some_tiles, j);
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    const roles *r = sdx_variant(n);
    const plan *p = state;
    char *scratch = sdx_scratch(c);
    job j = { .p = p, .x = sdx_in(c, r->x), .y = sdx_out(c, 0), .packed = p->packed };
    bool w_signed = sdx_in_dtype(n, r->w) == SDX_I8;
    j.w_zero = input(n, c, r->w_zero);
    j.w_scale = input(n, c, r->w_scale);
    j.bias = input(n, c, r->bias);
    j.x_zero = (int)first_of(input(n, c, r->x_zero));
    j.x_scale = (float)first_of(input(n, c, r->x_scale));
    j.y_scale = (float)first_of(input(n, c, r->y_scale));
    j.y_zero = (int)first_of(input(n, c, r->y_zero));
    j.lowest = (int)sdx_lowest(j.y->dtype);
    j.highest = (int)sdx_highest(j.y->dtype);
    if (r->clamps) {
        j.lowest = (int)fmax(j.lowest, (double)sdx_attr_int(n, "least"));
        j.highest = (int)fmin(j.highest, (double)sdx_attr_int(n, "most"));
    }
    if (r->y_scale >= 0 && j.y_scale == 0)
        return sdx_fail(c, SDX_E_VALUE, "y_scale is 0");
    bool known = true;
    if (r->clamps && sdx_has_in(n, REST)) {
        known = read_rest(n, &j, c);
        if (j.more.add.scale == 0)
            return sdx_fail(c, SDX_E_VALUE, "C_scale is 0");
    }
    if (p->batch == 0)
        return SDX_OK;
    if (!p->packed) {
        sdx_bytes_pack(&p->g.how, scratch + p->packed_at, sdx_in(c, r->w)->data, w_signed);
        j.packed = scratch + p->packed_at;
    }
    j.frame = j.copy = scratch + p->frame_at;
    j.start = (int32_t *)(void *)(scratch + p->start_at);
    j.scale = (float *)(void *)(scratch + p->scale_at);
    j.zero = (int32_t *)(void *)(scratch + p->zero_at);
    read_filters(&j, w_signed);
    bool one_zero = j.any_w_zero && has_one_window(&p->g);
    for (int64_t m = 1; m < p->g.how.filters; m++)
        one_zero = one_zero && j.zero[m] == j.zero[0];
    j.less = one_zero ? (int32_t *)(void *)(scratch + p->less_at) : NULL;
    j.at_once = p->form.narrows && p->y_lanes == INT_COLUMNS && j.y_scale != 0 && j.small &&
                (!j.any_w_zero || j.less) && known && !(j.rest && p->g.how.deep);
    for (; j.image < p->batch; j.image++)
        SDX_TRY(run_image(&j, c));
    return SDX_OK;
}

static sdx_dim macs(const sdx_node *n, sdx_infer *c)
{
    return sdx_conv_macs(n, c, ((const roles *)sdx_variant(n))->w);
}

static const sdx_op ops[] = {
    { SDX_OP(ConvInteger), .schema = integer_schema, .limits = "x_zero_point#one",
      .traits = SDX_PURE, .variant = &of_integer, .infer = infer, .layout = layout,
      .prepare = prepare, .run = run, .macs = macs },
    { SDX_OP(QLinearConv), .schema = linear_schema,
      .limits =
          "x_scale#one x_zero_point#one y_scale#one y_zero_point#one *x_scale:(0,) *w_scale:(0,) *y_scale:(0,)",
      .traits = SDX_PURE, .variant = &of_linear, .infer = infer, .layout = layout,
      .prepare = prepare, .run = run, .macs = macs },
    { SDX_OP(ByteConv), .domain = "sdx", .schema = byte_schema,
      .limits = "least:[-128,255] most:[-128,255] sum_least:[-128,255] sum_most:[-128,255]",
      .traits = SDX_PURE, .inplace = 1u << REST, .variant = &of_bytes, .infer = infer,
      .layout = layout, .prepare = prepare, .run = run, .macs = macs },
    { 0 },
};
const sdx_family sdx_family_nn_conv_integer = { ops, 0 };
