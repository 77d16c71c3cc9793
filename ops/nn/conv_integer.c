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
#include "nn/conv_integer/pieces.h"
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
    return 2;
}

/* ---- prepare ---- */

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

static sdx_status prepare(const sdx_node *n, sdx_prepare *c, void **state)
{
    const roles *r = sdx_variant(n);
    const matmul_integer_kernels *k = sdx_kernels(c, &sdx_family_math_matmul_integer);
    bytes_plan *p = sdx_keep(c, sizeof *p);
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
    p->less_at = part(&shared, bytes_one_window(g) ? (size_t)g->pixels * sizeof(int32_t) : 0);
    p->packed_at = part(&shared, p->packed ? 0 : g->how.bytes);
    p->frame_at = part(&shared, g->shared);
    sdx_want_scratch(c, shared, g->worker);
    sdx_choice(c, g->how.deep ? "bytes depthwise" : p->form.bytes ? "bytes" : "16-bit pairs");
    return SDX_OK;
}

/* ---- run ---- */

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
static void read_filters(bytes_job *j, bool w_signed)
{
    const bytes_plan *p = j->p;
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
static bool read_rest(const sdx_node *n, bytes_job *j, sdx_run *c)
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

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    const roles *r = sdx_variant(n);
    const bytes_plan *p = state;
    char *scratch = sdx_scratch(c);
    bytes_job j = { .p = p, .x = sdx_in(c, r->x), .y = sdx_out(c, 0), .packed = p->packed };
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
    bool one_zero = j.any_w_zero && bytes_one_window(&p->g);
    for (int64_t m = 1; m < p->g.how.filters; m++)
        one_zero = one_zero && j.zero[m] == j.zero[0];
    j.less = one_zero ? (int32_t *)(void *)(scratch + p->less_at) : NULL;
    j.at_once = p->form.narrows && p->y_lanes == INT_COLUMNS && j.y_scale != 0 && j.small &&
                (!j.any_w_zero || j.less) && known && !(j.rest && p->g.how.deep);
    for (; j.image < p->batch; j.image++)
        SDX_TRY(sdx_bytes_run(&j, c));
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
