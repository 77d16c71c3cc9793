/* ops/tensor/resize.c - Resize, Upsample.
 *
 * Interpolation is separable: each resized axis has a table of places and weights, and the axes are
 * taken one after the other, the last first, so that the wide loops run over whole rows.  Nearest
 * neighbours only move elements, so any type will do.  Axes before the first resized one are so
 * many pieces of work; blocked data is one axis of lanes more at the end.  Source: ONNX
 * Operators.md, Resize-19; Changelog.md, Upsample-1, -7, -9, Resize-10 (asymmetric, no choice of
 * rounding), -11, -13, -18. */
#include "tensor/resize/resize.h"
#include <inttypes.h>
#include <math.h>

static const sdx_schema resize_schema[] = {
    { 10, "X:T scales:f32 -> Y:T", "mode:string=nearest", "T: all" },
    { 11, "X:T1 roi:T2 scales:f32 sizes?:i64 -> Y:T1",
      "extrapolation_value:float=0.0 exclude_outside:int=0 "
      "nearest_mode:string=round_prefer_floor "
      "coordinate_transformation_mode:string=half_pixel cubic_coeff_a:float=-0.75 "
      "mode:string=nearest",
      "T1: all; T2: float" },
    { 13, "X:T1 roi?:T2 scales?:f32 sizes?:i64 -> Y:T1", NULL, "T1: all4; T2: float" },
    { 18, NULL,
      "keep_aspect_ratio_policy:string=stretch axes:ints antialias:int=0 "
      "extrapolation_value:float=0.0 exclude_outside:int=0 "
      "nearest_mode:string=round_prefer_floor "
      "coordinate_transformation_mode:string=half_pixel cubic_coeff_a:float=-0.75 "
      "mode:string=nearest",
      NULL },
    { .since = 19 },
    { 0 },
};
static const sdx_schema upsample_schema[] = {
    { 1, "X:T -> Y:T", "mode:string=nearest height_scale:float! width_scale:float!",
      "T: float bool i32 i64" },
    { 7, NULL, "mode:string=nearest scales:floats!", "T: all" },
    { 9, "X:T scales:f32 -> Y:T", "mode:string=nearest", NULL },
    { 10, "X:T scales:f32 -> Y:T | Resize", NULL, NULL },
    { 0 },
};

/* Goes along where only spatial dims change: the lanes are one axis more. */
static int layout(const sdx_node *n, sdx_layout l, uint32_t *plain)
{
    sdx_dims x = sdx_in_dims(n, 0), y = sdx_out_dims(n, 0);
    (void)l;
    *plain = ~UINT32_C(1);
    if (sdx_in_dtype(n, 0) != SDX_F32 || x.rank < 3 || y.rank != x.rank)
        return -1;
    for (int k = 0; k < 2; k++) /* equal formulas are one entry */
        if (sdx_is_unknown(x.dim[k]) || x.dim[k].n != y.dim[k].n || x.dim[k].sym != y.dim[k].sym)
            return -1;
    return sdx_is_num(x.dim[1]) ? 0 : -1;
}

/* ---- prepare ---- */

/* Whether an axis may be resized, as far as is known before running: so much room is held ready. */
static bool may_resize(const sdx_node *n, int k, int64_t in, int64_t out)
{
    double scale[SDX_MAX_RANK];
    int input = resize_scales_input(n),
        scales = resize_read_scales(n, input < 0 ? NULL : sdx_in_const(n, input), scale);
    sdx_ints axes = sdx_read_ints(n, "axes", -1);
    if (in != out || scales < 0 || resize_keeps_aspect(n) ||
        sdx_attr_is(n, "coordinate_transformation_mode", "tf_crop_and_resize"))
        return true;
    for (int i = 0; i < scales && i < SDX_MAX_RANK; i++)
        if (scale[i] != 1 && (axes.given == SDX_ABSENT ? i == k : axes.v[i] == k || axes.v[i] < 0))
            return true;
    return false;
}

typedef struct plan {
    size_t slice; /* elements of each of a worker's two rooms */
} plan;

/* Scratch: the tables are shared; each worker has two rooms, between which the axes of an item go
 * back and forth. */
static sdx_status prepare(const sdx_node *n, sdx_prepare *c, void **state)
{
    sdx_shape x = sdx_in_shape(n, 0), y = sdx_out_shape(n, 0);
    size_t tables = 0, slice = 1, lanes = (size_t)sdx_layout_block(sdx_in_layout(n, 0));
    bool begun = false;
    plan *p = sdx_keep(c, sizeof *p);
    if (!p)
        return SDX_E_MEMORY;
    if (y.rank < 0)
        return sdx_reject(c, SDX_E_SHAPE, "the size of the output is not known");
    for (int k = 0; k < x.rank; k++) {
        if (x.dim[k] == 0 && y.dim[k] > 0)
            return sdx_reject(c, SDX_E_SHAPE,
                              "axis %d has nothing to make %" PRId64 " element%s of", k, y.dim[k],
                              y.dim[k] == 1 ? "" : "s");
        if (x.dim[k] > INT32_MAX || y.dim[k] > INT32_MAX)
            return sdx_reject(c, SDX_E_LIMIT, "axis %d has %" PRId64 " elements", k, x.dim[k]);
        int taps = y.dim[k] ? resize_taps(n, resize_least_scale(x.dim[k], y.dim[k])) : 1;
        if (taps < 0 || (double)taps * (double)y.dim[k] > 1e9)
            return sdx_reject(c, SDX_E_LIMIT, "axis %d shrinks from %" PRId64 " to %" PRId64, k,
                              x.dim[k], y.dim[k]);
        tables += (size_t)y.dim[k] * ((size_t)taps * (sizeof(double) + sizeof(int32_t)) + 1) + 64;
        begun = begun || may_resize(n, k, x.dim[k], y.dim[k]);
        if (begun)
            slice *= (size_t)(x.dim[k] > y.dim[k] ? x.dim[k] : y.dim[k]);
    }
    sdx_class class = sdx_dtype_class(sdx_in_dtype(n, 0));
    if (class == SDX_STRING && resize_mode(n) != RESIZE_NEAREST)
        return sdx_reject(c, SDX_E_TYPE,
                          "there is nothing between two strings: use mode 'nearest'");
    p->slice = slice * lanes * (class == SDX_COMPLEX ? 2 : 1);
    sdx_want_scratch(c, tables,
                     resize_mode(n) == RESIZE_NEAREST ? 0 : 2 * p->slice * sizeof(double) + 64);
    *state = p;
    return SDX_OK;
}

/* ---- run ---- */

/* Scales and regions of all axes, from what the node has. */
static sdx_status read_axes(const sdx_node *n, sdx_run *c, resize_job *j)
{
    sdx_ints axes = sdx_read_ints(n, "axes", -1);
    double scale[SDX_MAX_RANK], roi;
    int64_t in[SDX_MAX_RANK], size[SDX_MAX_RANK];
    int count = axes.given == SDX_GIVEN ? axes.count : j->rank;
    int scales = resize_read_scales(
        n, resize_scales_input(n) < 0 ? NULL : sdx_in(c, resize_scales_input(n)), scale);
    const sdx_tensor *region = resize_roi_input(n) >= 0 && sdx_has_in(n, resize_roi_input(n))
                                   ? sdx_in(c, resize_roi_input(n))
                                   : NULL;
    sdx_ints sizes = sdx_run_ints(n, c, NULL, resize_sizes_input(n));
    if (scales > 0 ? scales != count : sizes.count != count)
        return sdx_fail(c, SDX_E_VALUE, "%d scales or %d sizes for %d axes", scales, sizes.count,
                        count);
    if (region && sdx_elements(region) != 0 && sdx_elements(region) != 2 * count)
        return sdx_fail(c, SDX_E_SHAPE, "roi has %" PRId64 " elements for %d axes",
                        sdx_elements(region), count);
    for (int i = 0; i < count; i++) {
        resize_table *t = &j->axis[axes.given == SDX_GIVEN ? sdx_axis(axes.v[i], j->rank) : i];
        in[i] = t->in;
        size[i] = scales > 0 ? 0 : sizes.v[i];
        t->scale = scales > 0 ? scale[i] : t->in ? (double)size[i] / (double)t->in : 1;
        for (int k = 0; k < 2 && region && sdx_elements(region) > 0; k++) {
            sdx_load_f64(&roi, region, i + k * count, 1, 1);
            t->roi[k] = roi;
        }
    }
    if (scales <= 0 && resize_keeps_aspect(n))
        for (int i = 0; i < count; i++)
            j->axis[axes.given == SDX_GIVEN ? sdx_axis(axes.v[i], j->rank) : i].scale =
                resize_common_scale(n, in, size, count);
    return SDX_OK;
}

/* Tables into the scratch; false: what infer made of the sizes is not what the values say now. */
static bool set_tables(const sdx_node *n, resize_job *j, char *room)
{
    bool crops = sdx_attr_is(n, "coordinate_transformation_mode", "tf_crop_and_resize");
    j->first = j->rank;
    for (int k = 0; k < j->rank; k++) {
        resize_table *t = &j->axis[k];
        double out = t->scale * (double)t->in;
        bool whole = !crops || (fabs(t->roi[0]) < 1e-9 && fabs(t->roi[1] - 1) < 1e-9);
        t->same = t->in == t->out && fabs(t->scale - 1) < 1e-9 && whole;
        if (t->same || t->out == 0)
            continue;
        if (!(fabs(out - (double)t->out) <= 1))
            return false;
        t->taps = resize_taps(n, t->scale);
        /* more than there is room for */
        if (t->taps > resize_taps(n, resize_least_scale(t->in, t->out)))
            return false;
        if (j->first == j->rank)
            j->first = k;
        t->weight = (double *)(void *)room;
        t->place = (int32_t *)(void *)(t->weight + t->out * t->taps);
        t->outside = (uint8_t *)(t->place + t->out * t->taps);
        room += ((size_t)t->out * ((size_t)t->taps * 12 + 1) + 15) / 16 * 16;
        resize_fill_table(n, t);
    }
    return true;
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    resize_job j = { .n = n, .x = sdx_in(c, 0), .y = sdx_out(c, 0) };
    sdx_shape x = j.x->shape, y = j.y->shape;
    const plan *p = state;
    j.rank = x.rank;
    j.lanes = sdx_layout_block(j.x->layout);
    j.width = sdx_width(j.x->dtype);
    j.extrapolation = sdx_attr_float(n, "extrapolation_value");
    for (int k = 0; k < x.rank; k++)
        j.axis[k] = (resize_table){ .in = x.dim[k], .out = y.dim[k], .scale = 1, .roi = { 0, 1 } };
    SDX_TRY(read_axes(n, c, &j));
    if (sdx_elements(j.y) == 0)
        return SDX_OK;
    if (!set_tables(n, &j, sdx_scratch(c)))
        return sdx_fail(c, SDX_E_VALUE, "the scales do not lead to the shape that the output has");
    if (sdx_layout_block(j.x->layout) > 1)
        j.axis[1].in = j.axis[1].out = (x.dim[1] + j.lanes - 1) / j.lanes;
    if (j.first == j.rank)
        return sdx_move(c, j.width, j.y, 0, j.x, 0,
                        (int64_t)(sdx_layout_bytes(j.x->dtype, x, j.x->layout) * 8 /
                                  (size_t)sdx_dtype_bits(j.x->dtype)));
    sdx_tensor real_x = *j.x, real_y = *j.y;
    if (resize_mode(n) != RESIZE_NEAREST && sdx_dtype_class(j.x->dtype) == SDX_COMPLEX) {
        real_x.dtype = real_y.dtype = j.x->dtype == SDX_C64 ? SDX_F32 : SDX_F64;
        j.x = &real_x;
        j.y = &real_y;
        j.lanes = 2;
        j.pairs = true;
    }
    int64_t outer = 1;
    j.in_slice = j.out_slice = j.room = 1;
    for (int k = 0; k < j.rank; k++) {
        int64_t in = j.axis[k].in, out = j.axis[k].out;
        outer *= k < j.first ? out : 1;
        j.in_slice *= k < j.first ? 1 : in;
        j.out_slice *= k < j.first ? 1 : out;
        j.room *= k < j.first ? 1 : in > out ? in : out;
    }
    j.room *= j.lanes;
    if ((size_t)j.room > p->slice)
        return sdx_fail(c, SDX_E_VALUE, "the scales resize axis %d, whose size stays", j.first);
    int64_t length = j.axis[j.rank - 1].out * j.lanes;
    if (resize_mode(n) == RESIZE_NEAREST)
        return sdx_parallel(c, outer * j.out_slice / j.axis[j.rank - 1].out, 1 + 8192 / length,
                            resize_rows, &j);
    return sdx_parallel(c, outer, 1 + 8192 / (j.room + 1), resize_slices, &j);
}

static const bool upsample = true; /* variant */
static const sdx_op ops[] = {
    { SDX_OP(Resize), .schema = resize_schema,
      .limits = "sizes:[0,) ?antialias:0|1 ?exclude_outside:0|1", .traits = SDX_PURE,
      .infer = resize_infer, .lint = resize_lint, .layout = layout, .prepare = prepare,
      .run = run },
    { SDX_OP(Upsample), .schema = upsample_schema,
      .limits = "scales:[1,) scales#1 height_scale:[1,) width_scale:[1,)", .traits = SDX_PURE,
      .variant = &upsample, .infer = resize_infer, .layout = layout, .prepare = prepare,
      .run = run },
    { 0 },
};
const sdx_family sdx_family_tensor_resize = { ops, 0 };
