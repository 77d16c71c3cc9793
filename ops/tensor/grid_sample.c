/* ops/tensor/grid_sample.c - GridSample, AffineGrid.
 *
 * A place of the grid names a point of the picture; around it lie one, two or four pixels a dim,
 * each with a weight.  Pixels and weights of a point are found once and serve all channels.
 * Source: ONNX Operators.md, GridSample-22, AffineGrid-20; Changelog.md, GridSample-16 (bilinear,
 * bicubic). */
#include <inttypes.h>
#include <math.h>
#include "common/check.h"
#include "common/walk.h"

static const sdx_schema sample_schema[] = {
    { 16, "X:T1 grid:T2 -> Y:T1",
      "align_corners:int=0 padding_mode:string=zeros mode:string=bilinear", "T1: all; T2: float" },
    { 20, NULL, "align_corners:int=0 padding_mode:string=zeros mode:string=linear", NULL },
    { 22, NULL, NULL, "T1: all4; T2: float bf16" },
    { 0 },
};
static const sdx_schema microsoft_schema[] = {
    /* as that of opset 16 */
    { 1, "X:T Grid:T -> Y:T", "align_corners:int=0 padding_mode:string=zeros mode:string=bilinear",
      "T: float" },
    { 0 },
};
static const sdx_schema affine_schema[] = {
    { 20, "theta:T1 size:T2 -> grid:T1", "align_corners:int=0", "T1: float bf16; T2: i64" },
    { 0 },
};

/* ---- GridSample ---- */

static bool is_nearest(const sdx_node *n)
{
    return sdx_attr_is(n, "mode", "nearest");
}
static bool is_cubic(const sdx_node *n)
{
    return sdx_attr_is(n, "mode", sdx_since(n) < 20 ? "bicubic" : "cubic");
}

static bool check_words(const sdx_node *n, sdx_infer *c)
{
    bool old = sdx_since(n) < 20;
    sdx_string mode = sdx_attr_string(n, "mode");
    if (!is_nearest(n) && !is_cubic(n) && !sdx_attr_is(n, "mode", old ? "bilinear" : "linear")) {
        sdx_refuse(c, "attribute-value", "mode is '%.*s'", (int)mode.length, mode.text);
        sdx_hint(c, old ? "it may be nearest, bilinear or bicubic"
                        : "it may be nearest, linear or cubic");
        return false;
    }
    return true;
}

static void infer_sample(const sdx_node *n, sdx_infer *c)
{
    sdx_dims x = sdx_in_dims(n, 0), g = sdx_in_dims(n, 1);
    if (!check_words(n, c) ||
        !sdx_check_rank(c, 0, sdx_since(n) < 20 ? 4 : 3, sdx_since(n) < 20 ? 4 : SDX_MAX_RANK))
        return;
    int rank = x.rank >= 0 ? x.rank : g.rank;
    if (rank < 0)
        return;
    if (x.rank >= 0 && g.rank >= 0 && x.rank != g.rank) {
        sdx_refuse(c, "grid-shape", "the input has rank %d, the grid has rank %d", x.rank, g.rank);
        sdx_point(c, 0, -1);
        sdx_point(c, 1, -1);
        sdx_hint(
            c,
            "the grid has the rank of the input: batch, one dim for each spatial one, then the coordinates");
        return;
    }
    bool batches = x.rank < 0 || g.rank < 0 || sdx_equal(c, x.dim[0], g.dim[0]);
    if (x.rank >= 0 && g.rank >= 0 &&
        (!batches || !sdx_equal(c, g.dim[rank - 1], sdx_num(rank - 2)))) {
        sdx_refuse(c, "grid-shape", "a grid of %s does not fit an input of %s", sdx_show_dims(c, g),
                   sdx_show_dims(c, x));
        sdx_point(c, 0, 0);
        sdx_point(c, 1, batches ? rank - 1 : 0);
        sdx_hint(
            c,
            "the batches agree, and the last dim of the grid is %d, one coordinate a spatial dim",
            rank - 2);
        return;
    }
    sdx_dim *y = sdx_new_dims(c, rank);
    for (int k = 0; k < rank; k++)
        y[k] = k < 2 ? sdx_in_dim(n, 0, k) : sdx_in_dim(n, 1, k - 1);
    sdx_set_out_dims(c, 0, rank, y);
}

typedef enum padding { ZEROS, BORDER, REFLECTION } padding;

typedef struct sample_job {
    const sdx_tensor *x, *grid;
    sdx_tensor *y;
    int rank; /* spatial */
    bool nearest, cubic, align;
    padding padding;
    int64_t channels, in, out, dim[SDX_MAX_RANK]; /* in, out: places of a picture */
    sdx_tensor reals, *sums; /* x and y as real numbers: complex ones are two each */
    int parts;
} sample_job;

/* x reflected at both borders until it lies between them. */
static double reflect(double x, double low, double high)
{
    double span = high - low;
    if (!(span > 0))
        return low;
    double off = x < low ? low - x : x > high ? x - high : -1;
    if (off < 0 || !isfinite(off))
        return isfinite(x) ? x : low;
    double turns = floor(off / span), rest = off - turns * span;
    bool back = fmod(turns, 2) == 0;
    return x < low ? (back ? low + rest : high - rest) : (back ? high - rest : low + rest);
}

/* The pixel that stands for place i of dim k; -1: none, a zero. */
static int64_t pixel(const sample_job *j, int k, double i)
{
    double last = (double)(j->dim[k] - 1);
    if (i >= 0 && i <= last)
        return (int64_t)i;
    if (j->padding == ZEROS || isnan(i))
        return -1;
    if (j->padding == BORDER)
        return i < 0 ? 0 : (int64_t)last;
    double at = trunc(j->align ? reflect(i, 0, last) : reflect(i, -0.5, last + 0.5));
    return at < 0 ? 0 : at > last ? (int64_t)last : (int64_t)at;
}

/* Pixels and weights of one dim around a coordinate of the grid; how many. */
static int around(const sample_job *j, int k, double g, int64_t *at, double *weight)
{
    double length = (double)j->dim[k], low = j->align ? 0 : -0.5,
           high = j->align ? length - 1 : length - 0.5;
    double x = j->align ? (g + 1) / 2 * (length - 1) : ((g + 1) * length - 1) / 2;
    x = (double)(float)x;
    if (j->nearest)
        x = rint(x);
    if (x < low || x > high) {
        if (j->padding == BORDER)
            x = x < 0 ? 0 : x > length - 1 ? length - 1 : x;
        else if (j->padding == REFLECTION)
            x = reflect(x, low, high);
    }
    if (j->nearest) {
        at[0] = pixel(j, k, trunc(x));
        weight[0] = 1;
        return 1;
    }
    double base = floor(x), t = x - base, a = -0.75;
    if (!j->cubic) {
        at[0] = pixel(j, k, base);
        at[1] = pixel(j, k, base + 1);
        weight[0] = 1 - t;
        weight[1] = t;
        return 2;
    }
    for (int i = 0; i < 4; i++)
        at[i] = pixel(j, k, base - 1 + i);
    weight[0] = ((a * (t + 1) - 5 * a) * (t + 1) + 8 * a) * (t + 1) - 4 * a;
    weight[1] = ((a + 2) * t - (a + 3)) * t * t + 1;
    weight[2] = ((a + 2) * (1 - t) - (a + 3)) * (1 - t) * (1 - t) + 1;
    weight[3] = ((a * (2 - t) - 5 * a) * (2 - t) + 8 * a) * (2 - t) - 4 * a;
    return 4;
}

/* One part of all channels at one place: the sum over the box of pixels around it. */
static void sample_point(const sample_job *j, int part, int64_t item, int64_t (*at)[4],
                         double (*weight)[4], const int *count, double *sum, double *row)
{
    int tap[SDX_MAX_RANK] = { 0 }, k;
    for (int64_t ch = 0; ch < j->channels; ch++)
        sum[ch] = 0;
    do {
        int64_t from = 0;
        double w = 1;
        for (k = 0; k < j->rank && from >= 0; k++) {
            int64_t place = at[k][tap[k]];
            from = place < 0 ? -1 : from * j->dim[k] + place;
            w *= weight[k][tap[k]];
        }
        if (from >= 0) {
            sdx_load_f64(row, &j->reals, (item * j->channels * j->in + from) * j->parts + part,
                         j->in * j->parts, j->channels);
            for (int64_t ch = 0; ch < j->channels; ch++)
                sum[ch] += row[ch] * w;
        }
        for (k = j->rank - 1; k >= 0 && ++tap[k] == count[k]; k--)
            tap[k] = 0;
    } while (k >= 0);
}

static sdx_status some_places(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const sample_job *j = arg;
    double *sum = scratch, *row = sum + j->channels, weight[SDX_MAX_RANK][4];
    int64_t at[SDX_MAX_RANK][4];
    int count[SDX_MAX_RANK];
    (void)c;
    for (int64_t i = begin; i < end; i++) {
        int64_t item = i / j->out, to = item * j->channels * j->out + i % j->out;
        for (int k = 0; k < j->rank; k++) {
            double g;
            /* x comes first, the last dim */
            sdx_load_f64(&g, j->grid, i * j->rank + (j->rank - 1 - k), 1, 1);
            count[k] = around(j, k, g, at[k], weight[k]);
        }
        if (j->nearest &&
            sdx_dtype_class(j->y->dtype) != SDX_REAL) { /* exact for integers of any width */
            int64_t from = 0;
            for (int k = 0; k < j->rank && from >= 0; k++)
                from = at[k][0] < 0 ? -1 : from * j->dim[k] + at[k][0];
            for (int64_t ch = 0; ch < j->channels && from >= 0; ch++)
                SDX_TRY(sdx_copy(c, j->y, to + ch * j->out, j->x,
                                 (item * j->channels + ch) * j->in + from, 1));
            if (from >= 0 || j->y->dtype == SDX_STR)
                continue;
        }
        for (int part = 0; part < j->parts; part++) {
            sample_point(j, part, item, at, weight, count, sum, row);
            sdx_store_f64(j->sums, to * j->parts + part, j->out * j->parts, j->channels, sum);
        }
    }
    return SDX_OK;
}

static sdx_status prepare_sample(const sdx_node *n, sdx_prepare *c, void **state)
{
    sdx_class class = sdx_dtype_class(sdx_in_dtype(n, 0));
    (void)state;
    if (class == SDX_STRING && !is_nearest(n))
        return sdx_reject(c, SDX_E_TYPE,
                          "there is nothing between two strings: use mode 'nearest'");
    sdx_want_scratch(c, 0, 2 * (size_t)sdx_in_shape(n, 0).dim[1] * sizeof(double));
    return SDX_OK;
}

static sdx_tensor as_reals(const sdx_tensor *t, void *data)
{
    sdx_dtype d = t->dtype == SDX_C64 ? SDX_F32 : t->dtype == SDX_C128 ? SDX_F64 : t->dtype;
    return (sdx_tensor){ d, SDX_PLAIN, t->shape, data };
}

static sdx_status run_sample(const sdx_node *n, const void *state, sdx_run *c)
{
    sample_job j = { .x = sdx_in(c, 0), .grid = sdx_in(c, 1), .y = sdx_out(c, 0) };
    sdx_shape x = j.x->shape, y = j.y->shape;
    sdx_tensor sums = as_reals(j.y, j.y->data);
    (void)state;
    j.rank = x.rank - 2;
    j.nearest = is_nearest(n);
    j.cubic = is_cubic(n);
    j.align = sdx_attr_int(n, "align_corners") != 0;
    j.padding = sdx_attr_is(n, "padding_mode", "border")       ? BORDER
                : sdx_attr_is(n, "padding_mode", "reflection") ? REFLECTION
                                                               : ZEROS;
    j.channels = x.dim[1];
    j.reals = as_reals(j.x, j.x->data);
    j.sums = &sums;
    j.parts = sdx_dtype_class(j.x->dtype) == SDX_COMPLEX ? 2 : 1;
    j.in = sdx_count(x, 2, x.rank);
    j.out = sdx_count(y, 2, y.rank);
    for (int k = 0; k < j.rank; k++)
        j.dim[k] = x.dim[k + 2];
    if (sdx_elements(j.y) == 0)
        return SDX_OK;
    if (j.in == 0)
        return sdx_fill(c, j.y, NULL, 0);
    return sdx_parallel(c, x.dim[0] * j.out, 1 + 2048 / (1 + j.channels), some_places, &j);
}

/* ---- AffineGrid ---- */

static void infer_affine(const sdx_node *n, sdx_infer *c)
{
    int count;
    const sdx_dim *size = sdx_in_elems(n, 1, &count);
    sdx_dim length = size ? sdx_num(count) : sdx_in_dim(n, 1, 0);
    if (!sdx_check_rank(c, 0, 3, 3) || !sdx_check_rank(c, 1, 1, 1) || !sdx_is_num(length))
        return;
    for (int k = 0; size && k < count; k++)
        if (sdx_is_num(size[k]) && size[k].n < 0) {
            sdx_refuse(c, "negative-dim", "size[%d] is %" PRId64, k, size[k].n);
            sdx_point(c, 1, -1);
            sdx_number(c, "dim", size[k].n);
            sdx_hint(c, "dims are 0 or more");
            return;
        }
    bool fits = (length.n == 4 || length.n == 5) &&
                sdx_equal(c, sdx_in_dim(n, 0, 1), sdx_num(length.n - 2)) &&
                sdx_equal(c, sdx_in_dim(n, 0, 2), sdx_num(length.n - 1)) &&
                (!size || sdx_equal(c, sdx_in_dim(n, 0, 0), size[0]));
    if (!fits) {
        sdx_refuse(c, "grid-shape", "theta of %s does not fit a size of %s",
                   sdx_show_dims(c, sdx_in_dims(n, 0)), sdx_counted(c, length.n, "entry"));
        sdx_point(c, 0, -1);
        sdx_hint(c, "theta is [N, 2, 3] for [N, C, H, W], [N, 3, 4] for [N, C, D, H, W]");
        return;
    }
    int rank = (int)length.n;
    sdx_dim *y = sdx_new_dims(c, rank);
    y[0] = sdx_in_dim(n, 0, 0);
    for (int k = 1; k + 1 < rank; k++)
        y[k] = size ? size[k + 1] : sdx_unknown();
    y[rank - 1] = sdx_num(rank - 2);
    sdx_set_out_dims(c, 0, rank, y);
}

typedef struct affine_job {
    const sdx_tensor *theta;
    sdx_tensor *y;
    int rank; /* spatial */
    int64_t places, dim[3];
    bool align;
} affine_job;

/* Point `rest` of an item: theta times its place, -1 to 1, and 1. */
static void place_point(const affine_job *j, const double *theta, int64_t rest, double *y)
{
    double at[4];
    for (int k = 0; k < j->rank; k++) { /* x first: the last dim */
        int64_t d = j->dim[j->rank - 1 - k];
        double o = (double)(rest % d), length = (double)d;
        rest /= d;
        at[k] = j->align ? (d > 1 ? -1 + o * 2 / (length - 1) : -1) : -1 + (o + 0.5) * 2 / length;
    }
    at[j->rank] = 1;
    for (int r = 0; r < j->rank; r++) {
        y[r] = 0;
        for (int k = 0; k <= j->rank; k++)
            y[r] += theta[r * (j->rank + 1) + k] * at[k];
    }
}

enum { POINTS = 64 /* of an item, stored together */ };

static sdx_status some_points(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const affine_job *j = arg;
    int64_t numbers = j->rank * (j->rank + 1), beside;
    (void)scratch, (void)c;
    for (int64_t i = begin; i < end; i += beside) {
        double theta[12], y[POINTS * 3];
        int64_t item = i / j->places, rest = i % j->places;
        beside = j->places - rest < POINTS ? j->places - rest : POINTS;
        beside = beside < end - i ? beside : end - i;
        sdx_load_f64(theta, j->theta, item * numbers, 1, numbers);
        for (int64_t k = 0; k < beside; k++)
            place_point(j, theta, rest + k, y + k * j->rank);
        sdx_store_f64(j->y, i * j->rank, 1, beside * j->rank, y);
    }
    return SDX_OK;
}

static sdx_status run_affine(const sdx_node *n, const void *state, sdx_run *c)
{
    affine_job j = { .theta = sdx_in(c, 0),
                     .places = 1,
                     .align = sdx_attr_int(n, "align_corners") != 0 };
    sdx_ints size = sdx_run_ints(n, c, NULL, 1);
    int64_t dim[5];
    (void)state;
    j.rank = size.count - 2;
    if (j.rank < 2 || j.rank > 3 || j.theta->shape.dim[1] != j.rank ||
        j.theta->shape.dim[2] != j.rank + 1)
        return sdx_fail(c, SDX_E_SHAPE, "size has %d entr%s", size.count,
                        size.count == 1 ? "y" : "ies");
    dim[0] = j.theta->shape.dim[0];
    for (int k = 0; k < j.rank; k++) {
        if (size.v[k + 2] < 0)
            return sdx_fail(c, SDX_E_VALUE, "size[%d] is %" PRId64, k + 2, size.v[k + 2]);
        dim[k + 1] = j.dim[k] = size.v[k + 2];
        j.places *= j.dim[k];
    }
    dim[j.rank + 1] = j.rank;
    SDX_TRY(sdx_make_out(c, 0, (sdx_shape){ j.rank + 2, dim }, &j.y));
    return j.y ? sdx_parallel(c, dim[0] * j.places, 1024, some_points, &j) : SDX_OK;
}

static const sdx_op ops[] = {
    { SDX_OP(GridSample), .schema = sample_schema,
      .limits = "?align_corners:0|1 padding_mode:zeros|border|reflection", .traits = SDX_PURE,
      .infer = infer_sample, .prepare = prepare_sample, .run = run_sample },
    { SDX_OP(GridSample), "com.microsoft", .schema = microsoft_schema,
      .limits = "?align_corners:0|1 padding_mode:zeros|border|reflection", .traits = SDX_PURE,
      .infer = infer_sample, .prepare = prepare_sample, .run = run_sample },
    { SDX_OP(AffineGrid), .schema = affine_schema, .limits = "?align_corners:0|1",
      .traits = SDX_PURE, .infer = infer_affine, .run = run_affine },
    { 0 },
};
const sdx_family sdx_family_tensor_grid_sample = { ops, 0 };
