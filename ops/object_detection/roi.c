/* ops/object_detection/roi.c - RoiAlign, MaxRoiPool.
 *
 * Source: ONNX Operators.md, RoiAlign-22, MaxRoiPool-22; Changelog.md, RoiAlign-10 (no half pixel),
 * -16. */
#include <inttypes.h>
#include <math.h>
#include "common/check.h"
#include "sdx/op.h"

static const sdx_schema align_schema[] = {
    { 10, "X:T1 rois:T1 batch_indices:T2 -> Y:T1",
      "mode:string=avg output_height:int=1 sampling_ratio:int=0 output_width:int=1 "
      "spatial_scale:float=1.0",
      "T1: float; T2: i64" },
    { 16, NULL,
      "coordinate_transformation_mode:string=half_pixel mode:string=avg "
      "output_height:int=1 sampling_ratio:int=0 output_width:int=1 "
      "spatial_scale:float=1.0",
      NULL },
    { 22, NULL, NULL, "T1: float bf16; T2: i64" },
    { 0 },
};
static const sdx_schema pool_schema[] = {
    { 1, "X:T rois:T -> Y:T", "spatial_scale:float=1.0 pooled_shape:ints!", "T: float" },
    { 22, NULL, NULL, "T: float bf16" },
    { 0 },
};

static bool check_rois(const sdx_node *n, sdx_infer *c, int64_t width)
{
    if (!sdx_check_rank(c, 0, 4, 4) || !sdx_check_rank(c, 1, 2, 2))
        return false;
    return sdx_check_dim(n, c, "roi-shape", 1, 1, sdx_num(width),
                         width == 4 ? "x1, y1, x2, y2" : "batch, x1, y1, x2, y2");
}

static void set_pooled(const sdx_node *n, sdx_infer *c, int64_t height, int64_t width)
{
    if (height < 1 || width < 1) {
        sdx_refuse(c, "roi-shape", "the output is to be %" PRId64 " x %" PRId64, height, width);
        sdx_hint(c, "height and width are 1 or more");
        return;
    }
    sdx_dim y[4] = { sdx_in_dim(n, 1, 0), sdx_in_dim(n, 0, 1), sdx_num(height), sdx_num(width) };
    sdx_set_out_dims(c, 0, 4, y);
}

typedef struct job {
    const sdx_tensor *x, *rois, *batch;
    sdx_tensor *y;
    int64_t C, H, W, PH, PW, ratio;
    double scale;
    bool half, takes_max;
} job;

static void set_job(job *j, const sdx_node *n, sdx_run *c)
{
    *j = (job){ .x = sdx_in(c, 0),
                .rois = sdx_in(c, 1),
                .y = sdx_out(c, 0),
                .scale = sdx_attr_float(n, "spatial_scale") };
    j->C = j->x->shape.dim[1];
    j->H = j->x->shape.dim[2];
    j->W = j->x->shape.dim[3];
    j->PH = j->y->shape.dim[2];
    j->PW = j->y->shape.dim[3];
}

/* ---- RoiAlign ---- */

static void infer_align(const sdx_node *n, sdx_infer *c)
{
    if (!check_rois(n, c, 4) || !sdx_check_rank(c, 2, 1, 1) ||
        !sdx_check_same(c, "roi-shape", 1, 0, 2, 0))
        return;
    set_pooled(n, c, sdx_attr_int(n, "output_height"), sdx_attr_int(n, "output_width"));
}

/* The four pixels around a point, with their weights; false: it lies outside, and counts as
 * zero. */
static bool corners(const job *j, double y, double x, int64_t at[4], double weight[4])
{
    if (!(y >= -1 && y <= (double)j->H && x >= -1 && x <= (double)j->W))
        return false;
    y = y < 0 ? 0 : y;
    x = x < 0 ? 0 : x;
    int64_t y0 = (int64_t)y, x0 = (int64_t)x, y1 = y0 + 1, x1 = x0 + 1;
    if (y0 >= j->H - 1) {
        y0 = y1 = j->H - 1;
        y = (double)y0;
    }
    if (x0 >= j->W - 1) {
        x0 = x1 = j->W - 1;
        x = (double)x0;
    }
    double dy = y - (double)y0, dx = x - (double)x0;
    at[0] = y0 * j->W + x0;
    at[1] = y0 * j->W + x1;
    at[2] = y1 * j->W + x0;
    at[3] = y1 * j->W + x1;
    weight[0] = (1 - dy) * (1 - dx);
    weight[1] = (1 - dy) * dx;
    weight[2] = dy * (1 - dx);
    weight[3] = dy * dx;
    return true;
}

enum { TOGETHER = 16 /* channels for which a point is looked up once */ };

static double pixel(const sdx_tensor *x, int64_t i)
{
    double v;
    if (x->dtype == SDX_F32)
        return (double)sdx_f32(x)[i];
    sdx_load_f64(&v, x, i, 1, 1);
    return v;
}

/* A point's share in the bin of each channel. */
static void add_point(const job *j, int64_t plane, int64_t channels, const int64_t at[4],
                      const double weight[4], double *sum, double *most)
{
    for (int64_t c = 0; c < channels; c++) {
        double largest = 0;
        for (int k = 0; k < 4; k++) {
            double v = pixel(j->x, (plane + c) * j->H * j->W + at[k]) * weight[k];
            sum[c] += v;
            largest = k && largest > v ? largest : v;
        }
        most[c] = fmax(most[c], largest);
    }
}

/* One bin of a region in some channels: points of a grid within it, averaged or their largest
 * share. */
static void align_bin(const job *j, int64_t plane, int64_t channels, double top, double left,
                      double height, double width, int64_t rows, int64_t columns, double *out)
{
    double sum[TOGETHER] = { 0 }, most[TOGETHER], count = (double)(rows * columns);
    for (int64_t c = 0; c < channels; c++)
        most[c] = -INFINITY;
    for (int64_t iy = 0; iy < rows; iy++)
        for (int64_t ix = 0; ix < columns; ix++) {
            int64_t at[4];
            double weight[4];
            double y = top + ((double)iy + 0.5) * height / (double)rows;
            double x = left + ((double)ix + 0.5) * width / (double)columns;
            if (corners(j, y, x, at, weight))
                add_point(j, plane, channels, at, weight, sum, most);
            else
                for (int64_t c = 0; c < channels; c++)
                    most[c] = fmax(most[c], 0);
        }
    for (int64_t c = 0; c < channels; c++)
        out[c] = j->takes_max ? (isfinite(most[c]) ? most[c] : 0)
                              : sum[c] / (count > 1 ? count : 1);
}

static sdx_status some_aligned(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = arg;
    int64_t bins = j->PH * j->PW, groups = (j->C + TOGETHER - 1) / TOGETHER;
    (void)scratch;
    for (int64_t i = begin; i < end; i++) {
        int64_t roi = i / groups, first = i % groups * TOGETHER, batch;
        int64_t channels = j->C - first < TOGETHER ? j->C - first : TOGETHER;
        double r[4], offset = j->half ? 0.5 : 0;
        sdx_load_f64(r, j->rois, roi * 4, 1, 4);
        sdx_load_i64(&batch, j->batch, roi, 1, 1);
        if (batch < 0 || batch >= j->x->shape.dim[0])
            return sdx_fail(c, SDX_E_VALUE,
                            "batch_indices[%" PRId64 "] is %" PRId64 " in a batch of %" PRId64, roi,
                            batch, j->x->shape.dim[0]);
        for (int k = 0; k < 4; k++)
            r[k] = r[k] * j->scale - offset;
        double width = r[2] - r[0], height = r[3] - r[1];
        if (!j->half) {
            width = fmax(width, 1);
            height = fmax(height, 1);
        }
        double bin_h = height / (double)j->PH, bin_w = width / (double)j->PW;
        int64_t rows = j->ratio, columns = j->ratio;
        if (j->ratio <= 0) {
            if (!(fabs(bin_h) < 65536 && fabs(bin_w) < 65536))
                return sdx_fail(c, SDX_E_VALUE, "region %" PRId64 " is %.6g x %.6g pixels large",
                                roi, height, width);
            rows = (int64_t)ceil(bin_h);
            columns = (int64_t)ceil(bin_w);
        }
        for (int64_t b = 0; b < bins; b++) {
            double v[TOGETHER];
            align_bin(j, batch * j->C + first, channels, r[1] + (double)(b / j->PW) * bin_h,
                      r[0] + (double)(b % j->PW) * bin_w, bin_h, bin_w, rows, columns, v);
            sdx_store_f64(j->y, (roi * j->C + first) * bins + b, bins, channels, v);
        }
        SDX_TRY(sdx_poll(c));
    }
    return SDX_OK;
}

static sdx_status run_align(const sdx_node *n, const void *state, sdx_run *c)
{
    job j;
    (void)state;
    set_job(&j, n, c);
    j.batch = sdx_in(c, 2);
    j.ratio = sdx_attr_int(n, "sampling_ratio");
    j.takes_max = sdx_attr_is(n, "mode", "max");
    j.half = sdx_since(n) >= 16 && sdx_attr_is(n, "coordinate_transformation_mode", "half_pixel");
    if (j.ratio > 4096)
        return sdx_fail(c, SDX_E_LIMIT, "sampling_ratio=%" PRId64, j.ratio);
    return sdx_parallel(c, j.rois->shape.dim[0] * ((j.C + TOGETHER - 1) / TOGETHER),
                        1 + 8 / (j.PH * j.PW), some_aligned, &j);
}

/* ---- MaxRoiPool ---- */

static void infer_pool(const sdx_node *n, sdx_infer *c)
{
    int count;
    const int64_t *pooled = sdx_attr_ints(n, "pooled_shape", &count);
    if (!check_rois(n, c, 5))
        return;
    if (count != 2) {
        sdx_refuse(c, "roi-shape", "pooled_shape has %d entr%s", count, count == 1 ? "y" : "ies");
        sdx_hint(c, "it has two, height and width");
        return;
    }
    set_pooled(n, c, pooled[0], pooled[1]);
}

static int64_t within(double v, int64_t most)
{
    return !(v > 0) ? 0 : v > (double)most ? most : (int64_t)v; /* NaN: 0 */
}

static sdx_status some_pooled(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = arg;
    int64_t bins = j->PH * j->PW;
    (void)scratch;
    for (int64_t i = begin; i < end; i++) {
        double r[5];
        sdx_load_f64(r, j->rois, i / j->C * 5, 1, 5);
        if (!(r[0] >= 0 && r[0] < (double)j->x->shape.dim[0]))
            return sdx_fail(c, SDX_E_VALUE,
                            "region %" PRId64 " is of item %.6g in a batch of %" PRId64, i / j->C,
                            r[0], j->x->shape.dim[0]);
        for (int k = 1; k < 5; k++)
            r[k] = round(r[k] * j->scale);
        int64_t plane = (int64_t)r[0] * j->C + i % j->C;
        double bin_h = fmax(r[4] - r[2] + 1, 1) / (double)j->PH,
               bin_w = fmax(r[3] - r[1] + 1, 1) / (double)j->PW;
        for (int64_t b = 0; b < bins; b++) {
            double ph = (double)(b / j->PW), pw = (double)(b % j->PW), most = -INFINITY, v;
            int64_t y0 = within(floor(ph * bin_h) + r[2], j->H),
                    y1 = within(ceil((ph + 1) * bin_h) + r[2], j->H);
            int64_t x0 = within(floor(pw * bin_w) + r[1], j->W),
                    x1 = within(ceil((pw + 1) * bin_w) + r[1], j->W);
            for (int64_t y = y0; y < y1; y++)
                for (int64_t x = x0; x < x1; x++) {
                    v = pixel(j->x, (plane * j->H + y) * j->W + x);
                    most = v > most ? v : most;
                }
            most = y0 < y1 && x0 < x1 ? most : 0;
            sdx_store_f64(j->y, i * bins + b, 1, 1, &most);
        }
        SDX_TRY(sdx_poll(c));
    }
    return SDX_OK;
}

static sdx_status run_pool(const sdx_node *n, const void *state, sdx_run *c)
{
    job j;
    (void)state;
    set_job(&j, n, c);
    return sdx_parallel(c, j.rois->shape.dim[0] * j.C, 1 + 128 / (j.PH * j.PW), some_pooled, &j);
}

static const sdx_op ops[] = {
    { SDX_OP(RoiAlign), .schema = align_schema,
      .limits =
          "mode:avg|max coordinate_transformation_mode:half_pixel|output_half_pixel batch_indices:[0,X.0) output_height:[1,) output_width:[1,) sampling_ratio:[0,) spatial_scale:(0,)",
      .traits = SDX_PURE, .infer = infer_align, .run = run_align },
    { SDX_OP(MaxRoiPool), .schema = pool_schema, .limits = "pooled_shape:[1,) spatial_scale:(0,)",
      .traits = SDX_PURE, .infer = infer_pool, .run = run_pool },
    { 0 },
};
const sdx_family sdx_family_object_detection_roi = { ops, 0 };
