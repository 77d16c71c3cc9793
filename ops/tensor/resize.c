/* ops/tensor/resize.c - Resize, Upsample.
 *
 * Interpolation is separable: each resized axis has a table of places and weights, and the axes are
 * taken one after the other, the last first, so that the wide loops run over whole rows.  Nearest
 * neighbours only move elements, so any type will do.  Axes before the first resized one are so
 * many pieces of work; blocked data is one axis of lanes more at the end.  Source: ONNX
 * Operators.md, Resize-19; Changelog.md, Upsample-1, -7, -9, Resize-10 (asymmetric, no choice of
 * rounding), -11, -13, -18. */
#include <inttypes.h>
#include <math.h>
#include "common/walk.h"

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
    { 10, "X:T scales:f32 -> Y:T | Newer", NULL, NULL },
    { 0 },
};

/* ---- what the node asks for ---- */

static bool is_upsample(const sdx_node *n)
{
    return sdx_variant(n) != NULL;
}

/* Inputs by place; -1: this opset lacks it. */
static int scales_input(const sdx_node *n)
{
    return is_upsample(n) ? (sdx_since(n) >= 9 ? 1 : -1) : sdx_since(n) >= 11 ? 2 : 1;
}
static int sizes_input(const sdx_node *n)
{
    return !is_upsample(n) && sdx_since(n) >= 11 ? 3 : -1;
}
static int roi_input(const sdx_node *n)
{
    return !is_upsample(n) && sdx_since(n) >= 11 ? 1 : -1;
}

/* Scales as the node has them: count of v, 0 for none, -1 for not known (t NULL and the input is
 * there). */
static int read_scales(const sdx_node *n, const sdx_tensor *t, double v[SDX_MAX_RANK])
{
    int count = 0, input = scales_input(n);
    if (is_upsample(n) && sdx_since(n) < 7) {
        v[0] = v[1] = 1;
        v[2] = sdx_attr_float(n, "height_scale");
        v[3] = sdx_attr_float(n, "width_scale");
        return 4;
    }
    const float *given = sdx_attr_floats(n, "scales", &count);
    if (given) {
        for (int k = 0; k < count && k < SDX_MAX_RANK; k++)
            v[k] = (double)given[k];
        return count;
    }
    if (input < 0 || !sdx_has_in(n, input))
        return 0;
    if (!t)
        return -1;
    count = sdx_elements(t) > SDX_MAX_RANK ? SDX_MAX_RANK + 1 : (int)sdx_elements(t);
    sdx_load_f64(v, t, 0, 1, count > SDX_MAX_RANK ? SDX_MAX_RANK : count);
    return count;
}

typedef enum interpolation { NEAREST, LINEAR, CUBIC } interpolation;

static interpolation mode_of(const sdx_node *n)
{
    if (sdx_attr_is(n, "mode", "cubic"))
        return CUBIC;
    return sdx_attr_is(n, "mode", "linear") || sdx_attr_is(n, "mode", "bilinear") ? LINEAR
                                                                                  : NEAREST;
}

static bool check_word(const sdx_node *n, sdx_infer *c, const char *name, const char *const *word)
{
    sdx_string s = sdx_attr_string(n, name);
    const char *all = "";
    if (!s.text)
        return true;
    for (int k = 0; word[k]; k++) {
        if (sdx_attr_is(n, name, word[k]))
            return true;
        all = sdx_text(c, "%s%s%s", all, k ? ", " : "", word[k]);
    }
    sdx_refuse(c, "attribute-value", "%s is '%.*s'", name, (int)s.length, s.text);
    sdx_hint(c, "it may be %s", all);
    return false;
}

static bool check_words(const sdx_node *n, sdx_infer *c)
{
    static const char *const mode[] = { "nearest", "linear", "cubic", NULL },
                             *const old[] = { "nearest", "linear", "bilinear", NULL },
                             *const place[] = { "half_pixel",         "half_pixel_symmetric",
                                                "pytorch_half_pixel", "align_corners",
                                                "asymmetric",         "tf_half_pixel_for_nn",
                                                "tf_crop_and_resize", NULL },
                             *const nearest[] = { "round_prefer_floor", "round_prefer_ceil",
                                                  "floor", "ceil", NULL },
                             *const policy[] = { "stretch", "not_larger", "not_smaller", NULL };
    return check_word(n, c, "mode", is_upsample(n) || sdx_since(n) < 11 ? old : mode) &&
           check_word(n, c, "coordinate_transformation_mode", place) &&
           check_word(n, c, "nearest_mode", nearest) &&
           check_word(n, c, "keep_aspect_ratio_policy", policy);
}

/* ---- infer ---- */

/* floor(d * scale), where a symbol can be followed: whole scales and whole divisors. */
static sdx_dim scaled(sdx_infer *c, sdx_dim d, double scale, int axis)
{
    if (scale == 1 || sdx_is_unknown(d))
        return d;
    if (sdx_is_num(d))
        return (double)d.n * scale < 9e15 ? sdx_num((int64_t)floor((double)d.n * scale))
                                          : sdx_unknown();
    if (scale == floor(scale) && scale < 1e9)
        return sdx_dim_mul(c, d, sdx_num((int64_t)scale));
    if (1 / scale == floor(1 / scale) && 1 / scale < 1e9)
        return sdx_dim_div(c, d, sdx_num((int64_t)(1 / scale)));
    return sdx_dim_new(c, 0, axis, sdx_unknown());
}

/* The one scale that keeps the aspect of the picture. */
static double common_scale(const sdx_node *n, const int64_t *in, const int64_t *size, int count)
{
    bool larger = sdx_attr_is(n, "keep_aspect_ratio_policy", "not_smaller");
    double scale = larger ? 0 : INFINITY;
    for (int k = 0; k < count; k++) {
        double s = (double)size[k] / (double)in[k];
        scale = larger ? fmax(scale, s) : fmin(scale, s);
    }
    return scale;
}

static bool keeps_aspect(const sdx_node *n)
{
    return sdx_attr_string(n, "keep_aspect_ratio_policy").text &&
           !sdx_attr_is(n, "keep_aspect_ratio_policy", "stretch");
}

static bool check_count(const sdx_node *n, sdx_infer *c, const char *what, int count, int want)
{
    (void)n;
    if (count == want)
        return true;
    sdx_refuse(c, "resize-sizes", "%s has %d entries for %d axes", what, count, want);
    sdx_point(c, 0, -1);
    sdx_hint(c, "give one for each of the %d axes", want);
    return false;
}

static void set_sizes(const sdx_node *n, sdx_infer *c, const sdx_dim *size, const int *axis,
                      int count, sdx_dim *y)
{
    int64_t in[SDX_MAX_RANK], out[SDX_MAX_RANK];
    bool known = true;
    for (int k = 0; k < count; k++) {
        sdx_dim d = sdx_in_dim(n, 0, axis[k]);
        if (sdx_is_num(size[k]) && size[k].n < 0) {
            sdx_refuse(c, "resize-sizes", "sizes[%d] is %" PRId64, k, size[k].n);
            sdx_hint(c, "sizes are 0 or more");
            return;
        }
        known = known && sdx_is_num(size[k]) && sdx_is_num(d) && d.n > 0;
        if (known) {
            in[k] = d.n;
            out[k] = size[k].n;
        }
        y[axis[k]] = size[k];
    }
    if (!keeps_aspect(n))
        return;
    double scale = known ? common_scale(n, in, out, count) : 0;
    for (int k = 0; k < count; k++)
        y[axis[k]] = known ? sdx_num((int64_t)(scale * (double)in[k] + 0.5)) : sdx_unknown();
}

/* Elements come of elements. */
static bool check_sources(sdx_infer *c, sdx_dims x, const sdx_dim *y)
{
    for (int k = 0; k < x.rank; k++) {
        if (!sdx_is_num(x.dim[k]) || x.dim[k].n > 0 || !sdx_is_num(y[k]) || y[k].n == 0)
            continue;
        sdx_refuse(c, "resize-sizes", "axis %d has nothing to make %" PRId64 " elements of", k,
                   y[k].n);
        sdx_point(c, 0, k);
        sdx_hint(c, "an empty axis stays empty");
        return false;
    }
    return true;
}

/* Begin and end for each axis that is resized; it may be empty. */
static bool check_region(const sdx_node *n, sdx_infer *c, int count)
{
    sdx_dims d = sdx_in_dims(n, roi_input(n));
    sdx_dim have = d.rank < 0 ? sdx_unknown() : sdx_dim_product(c, d, 0, d.rank);
    if (roi_input(n) < 0 || !sdx_has_in(n, roi_input(n)) || !sdx_is_num(have) || have.n == 0 ||
        have.n == 2 * count)
        return true;
    sdx_refuse(c, "resize-sizes", "roi has %" PRId64 " elements for %d axes", have.n, count);
    sdx_point(c, roi_input(n), 0);
    sdx_hint(c, "give it where each axis begins, then where each ends: %d in all", 2 * count);
    return false;
}

static void infer(const sdx_node *n, sdx_infer *c)
{
    sdx_dims x = sdx_in_dims(n, 0);
    sdx_ints axes = sdx_read_ints(n, "axes", -1);
    double scale[SDX_MAX_RANK];
    int axis[SDX_MAX_RANK], sizes = 0;
    uint64_t mask;
    if (!check_words(n, c) || x.rank < 0)
        return;
    if (axes.given == SDX_GIVEN && !sdx_check_axes(c, "axes", axes.v, axes.count, x.rank, &mask))
        return;
    int count = axes.given == SDX_GIVEN ? axes.count : x.rank;
    for (int k = 0; k < count; k++)
        axis[k] = axes.given == SDX_GIVEN ? sdx_axis(axes.v[k], x.rank) : k;
    int scales = read_scales(n, scales_input(n) < 0 ? NULL : sdx_in_const(n, scales_input(n)),
                             scale);
    const sdx_dim *size = sizes_input(n) < 0 ? NULL : sdx_in_elems(n, sizes_input(n), &sizes);
    bool sized = size ? sizes > 0 : sizes_input(n) >= 0 && sdx_has_in(n, sizes_input(n));
    sdx_dim *y = sdx_new_dims(c, x.rank);
    for (int k = 0; k < x.rank; k++)
        y[k] = x.dim[k];
    if (scales > 0 ? sized : scales == 0 && !sized) {
        sdx_refuse(c, "resize-sizes",
                   scales > 0 ? "there are both scales and sizes"
                              : "there are neither scales nor sizes");
        sdx_hint(c, "give one of them, and leave the other's name empty");
        return;
    }
    if (scales > 0) {
        if (!check_count(n, c, "scales", scales, count))
            return;
        for (int k = 0; k < count; k++) {
            if (!(scale[k] > 0)) {
                sdx_refuse(c, "resize-sizes", "scales[%d] is %.6g", k, scale[k]);
                sdx_hint(c, "a scale is above 0");
                return;
            }
            y[axis[k]] = scaled(c, x.dim[axis[k]], scale[k], axis[k]);
        }
    } else if (size && sized) {
        if (!check_count(n, c, "sizes", sizes, count))
            return;
        set_sizes(n, c, size, axis, count, y);
    } else {
        for (int k = 0; k < count; k++)
            y[axis[k]] = sdx_unknown();
    }
    if (!sdx_refused(c) && check_region(n, c, count) && check_sources(c, x, y))
        sdx_set_out_dims(c, 0, x.rank, y);
}

/* Goes along where only spatial dims change: the lanes are one axis more. */
static int layout(const sdx_node *n, sdx_layout l, uint32_t *plain)
{
    sdx_dims x = sdx_in_dims(n, 0), y = sdx_out_dims(n, 0);
    (void)l;
    *plain = ~UINT32_C(1);
    if (sdx_in_dtype(n, 0) != SDX_F32 || x.rank < 3 || y.rank != x.rank)
        return -1;
    for (int k = 0; k < 2; k++)
        if (!sdx_is_num(x.dim[k]) || !sdx_is_num(y.dim[k]) || x.dim[k].n != y.dim[k].n)
            return -1;
    return 0;
}

/* ---- tables ---- */

/* What one axis needs: `taps` places and weights for each place of the output. */
typedef struct table {
    int64_t in, out;
    double scale, roi[2];
    int taps;
    bool same;      /* nothing happens along this axis */
    int32_t *place; /* out x taps */
    double *weight;
    uint8_t *outside; /* 1: the extrapolation value; NULL: never */
} table;

/* Taps of one output place: cubic and linear with antialias widen when shrinking. */
static int taps_of(const sdx_node *n, double scale)
{
    interpolation m = mode_of(n);
    if (m == NEAREST)
        return 1;
    int radius = m == CUBIC ? 2 : 1;
    if (!sdx_attr_int(n, "antialias") || scale >= 1)
        return 2 * radius;
    double start = floor(-radius / scale) + 1;
    return start < -1e6 ? -1 : 2 - 2 * (int)start;
}

/* Rounding may have made the output larger than the scale says by half an element, no more. */
static double least_scale(int64_t in, int64_t out)
{
    return ((double)out - 0.5) / (double)in;
}

/* The place of output o among the inputs. */
static double source(const sdx_node *n, const table *t, double o)
{
    double width = t->scale * (double)t->in, in = (double)t->in;
    const char *name = "coordinate_transformation_mode";
    if (!sdx_attr_string(n, name).text || sdx_attr_is(n, name, "asymmetric"))
        return o / t->scale;
    if (sdx_attr_is(n, name, "align_corners"))
        return width == 1 ? 0 : o * (in - 1) / (width - 1);
    if (sdx_attr_is(n, name, "tf_crop_and_resize")) {
        double span = (t->roi[1] - t->roi[0]) * (in - 1);
        return (width == 1 ? span / 2 : o * span / (width - 1)) + t->roi[0] * (in - 1);
    }
    if (sdx_attr_is(n, name, "tf_half_pixel_for_nn"))
        return (o + 0.5) / t->scale;
    if (sdx_attr_is(n, name, "pytorch_half_pixel"))
        return width == 1 ? -0.5 : (o + 0.5) / t->scale - 0.5;
    double shift = sdx_attr_is(n, name, "half_pixel_symmetric")
                       ? in / 2 * (1 - (double)t->out / width)
                       : 0;
    return shift + (o + 0.5) / t->scale - 0.5;
}

static double cubic_weight(double x, double a)
{
    x = fabs(x);
    if (x <= 1)
        return ((a + 2) * x - (a + 3)) * x * x + 1;
    return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

static int32_t clamp(double v, int64_t in)
{
    return (int32_t)(!(v >= 0) ? 0 : v > (double)(in - 1) ? (double)(in - 1) : v);
}

static double nearest(const sdx_node *n, const table *t, double x)
{
    double low = floor(x), part = x - low;
    if (!sdx_attr_string(n, "nearest_mode").text) /* Upsample, and Resize of opset 10 */
        return !is_upsample(n) && t->scale < 1 ? ceil(x) : low;
    if (sdx_attr_is(n, "nearest_mode", "floor"))
        return low;
    if (sdx_attr_is(n, "nearest_mode", "ceil"))
        return ceil(x);
    return part > 0.5 || (part == 0.5 && sdx_attr_is(n, "nearest_mode", "round_prefer_ceil"))
               ? low + 1
               : low;
}

/* Weights of the taps around x, which lies in (base, base + 1]. */
static void weigh(const sdx_node *n, const table *t, double x, int32_t *place, double *weight)
{
    double base = ceil(x) - 1, ratio = x - base, sum = 0, a = sdx_attr_float(n, "cubic_coeff_a");
    bool narrow = sdx_attr_int(n, "antialias") != 0,
         inside = sdx_attr_int(n, "exclude_outside") != 0;
    double scale = narrow && t->scale < 1 ? t->scale : 1;
    int first = 1 - t->taps / 2;
    for (int k = 0; k < t->taps; k++) {
        double d = ((double)(first + k) - ratio) * scale, at = base + first + k;
        weight[k] = mode_of(n) == CUBIC ? cubic_weight(d, a) : fmax(0, 1 - fabs(d));
        if (inside && (at < 0 || at >= (double)t->in))
            weight[k] = 0;
        place[k] = clamp(at, t->in);
        sum += weight[k];
    }
    for (int k = 0; (narrow || inside) && sum != 0 && k < t->taps; k++)
        weight[k] /= sum;
}

static void fill_table(const sdx_node *n, table *t)
{
    bool crops = sdx_attr_is(n, "coordinate_transformation_mode", "tf_crop_and_resize");
    for (int64_t o = 0; o < t->out; o++) {
        double x = source(n, t, (double)o);
        t->outside[o] = crops && (x < 0 || x > (double)(t->in - 1));
        if (mode_of(n) == NEAREST) {
            t->place[o] = clamp(nearest(n, t, x), t->in);
            t->weight[o] = 1;
        } else {
            weigh(n, t, x, t->place + o * t->taps, t->weight + o * t->taps);
        }
    }
}

/* ---- prepare ---- */

/* Whether an axis may be resized, as far as is known before running: so much room is held ready. */
static bool may_resize(const sdx_node *n, int k, int64_t in, int64_t out)
{
    double scale[SDX_MAX_RANK];
    int input = scales_input(n),
        scales = read_scales(n, input < 0 ? NULL : sdx_in_const(n, input), scale);
    sdx_ints axes = sdx_read_ints(n, "axes", -1);
    if (in != out || scales < 0 || keeps_aspect(n) ||
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
            return sdx_reject(c, SDX_E_SHAPE, "axis %d has nothing to make %" PRId64 " elements of",
                              k, y.dim[k]);
        if (x.dim[k] > INT32_MAX || y.dim[k] > INT32_MAX)
            return sdx_reject(c, SDX_E_LIMIT, "axis %d has %" PRId64 " elements", k, x.dim[k]);
        int taps = y.dim[k] ? taps_of(n, least_scale(x.dim[k], y.dim[k])) : 1;
        if (taps < 0 || (double)taps * (double)y.dim[k] > 1e9)
            return sdx_reject(c, SDX_E_LIMIT, "axis %d shrinks from %" PRId64 " to %" PRId64, k,
                              x.dim[k], y.dim[k]);
        tables += (size_t)y.dim[k] * ((size_t)taps * (sizeof(double) + sizeof(int32_t)) + 1) + 64;
        begun = begun || may_resize(n, k, x.dim[k], y.dim[k]);
        if (begun)
            slice *= (size_t)(x.dim[k] > y.dim[k] ? x.dim[k] : y.dim[k]);
    }
    sdx_class class = sdx_dtype_class(sdx_in_dtype(n, 0));
    if (class == SDX_STRING && mode_of(n) != NEAREST)
        return sdx_reject(c, SDX_E_TYPE,
                          "there is nothing between two strings: use mode 'nearest'");
    p->slice = slice * lanes * (class == SDX_COMPLEX ? 2 : 1);
    sdx_want_scratch(c, tables, mode_of(n) == NEAREST ? 0 : 2 * p->slice * sizeof(double) + 64);
    *state = p;
    return SDX_OK;
}

/* ---- run ---- */

typedef struct job {
    const sdx_node *n;
    const sdx_tensor *x;
    sdx_tensor *y;
    int rank, first; /* of the axes; the first that is resized */
    table axis[SDX_MAX_RANK];
    int64_t in_slice, out_slice; /* places of an item: all from `first` on */
    int64_t lanes, room;         /* elements of a place; of a worker's slice */
    bool pairs;                  /* complex numbers: two reals a place */
    double extrapolation;
    size_t width;
} job;

#define PASS(type, suffix)                                                                                \
    /* One axis of a slice: [outer][in][inner] to [outer][out][inner]. */                                 \
    static void pass_##suffix(const job *j, const table *t, int64_t outer, int64_t inner,                 \
                              const type *x, type *y)                                                     \
    {                                                                                                     \
        for (int64_t o = 0; o < outer; o++, x += t->in * inner)                                           \
            for (int64_t i = 0; i < t->out; i++, y += inner) {                                            \
                const int32_t *place = t->place + i * t->taps;                                            \
                const double *weight = t->weight + i * t->taps;                                           \
                if (t->taps == 2) {                                                                       \
                    const type *a = x + place[0] * inner, *b = x + place[1] * inner;                      \
                    type wa = (type)weight[0], wb = (type)weight[1];                                      \
                    for (int64_t k = 0; k < inner; k++)                                                   \
                        y[k] = a[k] * wa + b[k] * wb;                                                     \
                } else {                                                                                  \
                    for (int64_t k = 0; k < inner; k++)                                                   \
                        y[k] = 0;                                                                         \
                    for (int p = 0; p < t->taps; p++) {                                                   \
                        const type *a = x + place[p] * inner;                                             \
                        type w = (type)weight[p];                                                         \
                        for (int64_t k = 0; k < inner; k++)                                               \
                            y[k] += a[k] * w;                                                             \
                    }                                                                                     \
                }                                                                                         \
                for (int64_t k = 0; t->outside[i] && k < inner; k++)                                      \
                    y[k] = (type)(j->pairs && k % 2 ? 0 : j->extrapolation);                              \
            }                                                                                             \
    }                                                                                                     \
    /* All axes of one item, from x by way of two rooms; the result is in the pointer that comes back. */ \
    static const type *passes_##suffix(const job *j, const type *x, type *room)                           \
    {                                                                                                     \
        int64_t inner = j->lanes, dim[SDX_MAX_RANK], outer;                                               \
        for (int k = j->first; k < j->rank; k++)                                                          \
            dim[k] = j->axis[k].in;                                                                       \
        for (int k = j->rank - 1, flip = 0; k >= j->first; k--) {                                         \
            if (!j->axis[k].same) {                                                                       \
                outer = 1;                                                                                \
                for (int i = j->first; i < k; i++)                                                        \
                    outer *= dim[i];                                                                      \
                type *y = room + (flip ? j->room : 0);                                                    \
                pass_##suffix(j, &j->axis[k], outer, inner, x, y);                                        \
                x = y;                                                                                    \
                flip = !flip;                                                                             \
                dim[k] = j->axis[k].out;                                                                  \
            }                                                                                             \
            inner *= dim[k];                                                                              \
        }                                                                                                 \
        return x;                                                                                         \
    }
PASS(float, f32)
PASS(double, f64)

static sdx_status some_slices(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = arg;
    sdx_class class = sdx_dtype_class(j->x->dtype);
    (void)c;
    for (int64_t i = begin; i < end; i++) {
        if (j->x->dtype == SDX_F32) {
            const float *y = passes_f32(j, sdx_f32(j->x) + i * j->in_slice * j->lanes, scratch);
            memcpy(sdx_f32_out(j->y) + i * j->out_slice * j->lanes, y,
                   (size_t)(j->out_slice * j->lanes) * sizeof *y);
            continue;
        }
        double *room = scratch, *into = room + j->room; /* the first pass reads the second room */
        int64_t count = j->out_slice * j->lanes;
        sdx_load_f64(into, j->x, i * j->in_slice * j->lanes, 1, j->in_slice * j->lanes);
        double *out = passes_f64(j, into, room) == room ? room : into;
        if (class != SDX_REAL) {
            for (int64_t k = 0; k < j->out_slice; k++)
                out[k] = rint(out[k]);
            sdx_convert_f64(j->y, i * j->out_slice, 1, j->out_slice, out, true, SDX_NEAREST);
        } else {
            sdx_store_f64(j->y, i * count, 1, count, out);
        }
    }
    return SDX_OK;
}

/* Nearest neighbours: one row of the last axis for each item. */
static sdx_status some_rows(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = arg;
    const table *last = &j->axis[j->rank - 1];
    const double value[2] = { j->extrapolation, 0 };
    (void)scratch;
    for (int64_t i = begin; i < end; i++) {
        int64_t rest = i, from = 0, step = last->in;
        bool outside = false;
        for (int k = j->rank - 2; k >= 0; k--) {
            const table *t = &j->axis[k];
            int64_t o = rest % t->out;
            rest /= t->out;
            outside = outside || (!t->same && t->outside[o]);
            from += (t->same ? o : t->place[o]) * step;
            step *= t->in;
        }
        int64_t to = i * last->out * j->lanes;
        from *= j->lanes;
        if (last->same && !outside) {
            SDX_TRY(sdx_move(c, j->width, j->y, to, j->x, from, last->out * j->lanes));
            continue;
        }
        for (int64_t o = 0; o < last->out; o++) {
            int64_t at = last->same ? o : last->place[o];
            bool none = outside || (!last->same && last->outside[o]);
            if (none && sdx_dtype_class(j->y->dtype) == SDX_COMPLEX)
                sdx_store_c128(j->y, to + o, 1, 1, &value);
            else if (none)
                sdx_store_f64(j->y, to + o, 1, 1, value);
            else if (j->lanes == 1 && j->width)
                sdx_put(j->width, j->y->data, to + o, j->x->data, from + at);
            else
                SDX_TRY(sdx_move(c, j->width, j->y, to + o * j->lanes, j->x, from + at * j->lanes,
                                 j->lanes));
        }
    }
    return SDX_OK;
}

/* Scales and regions of all axes, from what the node has. */
static sdx_status read_axes(const sdx_node *n, sdx_run *c, job *j)
{
    sdx_ints axes = sdx_read_ints(n, "axes", -1);
    double scale[SDX_MAX_RANK], roi;
    int64_t in[SDX_MAX_RANK], size[SDX_MAX_RANK];
    int count = axes.given == SDX_GIVEN ? axes.count : j->rank;
    int scales = read_scales(n, scales_input(n) < 0 ? NULL : sdx_in(c, scales_input(n)), scale);
    const sdx_tensor *region = roi_input(n) >= 0 && sdx_has_in(n, roi_input(n))
                                   ? sdx_in(c, roi_input(n))
                                   : NULL;
    sdx_ints sizes = sdx_run_ints(n, c, NULL, sizes_input(n));
    if (scales > 0 ? scales != count : sizes.count != count)
        return sdx_fail(c, SDX_E_VALUE, "%d scales or %d sizes for %d axes", scales, sizes.count,
                        count);
    if (region && sdx_elements(region) != 0 && sdx_elements(region) != 2 * count)
        return sdx_fail(c, SDX_E_SHAPE, "roi has %" PRId64 " elements for %d axes",
                        sdx_elements(region), count);
    for (int i = 0; i < count; i++) {
        table *t = &j->axis[axes.given == SDX_GIVEN ? sdx_axis(axes.v[i], j->rank) : i];
        in[i] = t->in;
        size[i] = scales > 0 ? 0 : sizes.v[i];
        t->scale = scales > 0 ? scale[i] : t->in ? (double)size[i] / (double)t->in : 1;
        for (int k = 0; k < 2 && region && sdx_elements(region) > 0; k++) {
            sdx_load_f64(&roi, region, i + k * count, 1, 1);
            t->roi[k] = roi;
        }
    }
    if (scales <= 0 && keeps_aspect(n))
        for (int i = 0; i < count; i++)
            j->axis[axes.given == SDX_GIVEN ? sdx_axis(axes.v[i], j->rank) : i].scale =
                common_scale(n, in, size, count);
    return SDX_OK;
}

/* Tables into the scratch; false: what infer made of the sizes is not what the values say now. */
static bool set_tables(const sdx_node *n, job *j, char *room)
{
    bool crops = sdx_attr_is(n, "coordinate_transformation_mode", "tf_crop_and_resize");
    j->first = j->rank;
    for (int k = 0; k < j->rank; k++) {
        table *t = &j->axis[k];
        double out = t->scale * (double)t->in;
        bool whole = !crops || (fabs(t->roi[0]) < 1e-9 && fabs(t->roi[1] - 1) < 1e-9);
        t->same = t->in == t->out && fabs(t->scale - 1) < 1e-9 && whole;
        if (t->same || t->out == 0)
            continue;
        if (!(fabs(out - (double)t->out) <= 1))
            return false;
        t->taps = taps_of(n, t->scale);
        /* more than there is room for */
        if (t->taps > taps_of(n, least_scale(t->in, t->out)))
            return false;
        if (j->first == j->rank)
            j->first = k;
        t->weight = (double *)(void *)room;
        t->place = (int32_t *)(void *)(t->weight + t->out * t->taps);
        t->outside = (uint8_t *)(t->place + t->out * t->taps);
        room += ((size_t)t->out * ((size_t)t->taps * 12 + 1) + 15) / 16 * 16;
        fill_table(n, t);
    }
    return true;
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    job j = { .n = n, .x = sdx_in(c, 0), .y = sdx_out(c, 0) };
    sdx_shape x = j.x->shape, y = j.y->shape;
    const plan *p = state;
    j.rank = x.rank;
    j.lanes = sdx_layout_block(j.x->layout);
    j.width = sdx_width(j.x->dtype);
    j.extrapolation = sdx_attr_float(n, "extrapolation_value");
    for (int k = 0; k < x.rank; k++)
        j.axis[k] = (table){ .in = x.dim[k], .out = y.dim[k], .scale = 1, .roi = { 0, 1 } };
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
    if (mode_of(n) != NEAREST && sdx_dtype_class(j.x->dtype) == SDX_COMPLEX) {
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
    if (mode_of(n) == NEAREST)
        return sdx_parallel(c, outer * j.out_slice / j.axis[j.rank - 1].out, 1 + 8192 / length,
                            some_rows, &j);
    return sdx_parallel(c, outer, 1 + 8192 / (j.room + 1), some_slices, &j);
}

static const bool upsample = true; /* variant */
static const sdx_op ops[] = {
    { SDX_OP(Resize), .schema = resize_schema, .traits = SDX_PURE, .infer = infer, .layout = layout,
      .prepare = prepare, .run = run },
    { SDX_OP(Upsample), .schema = upsample_schema, .traits = SDX_PURE, .variant = &upsample,
      .infer = infer, .layout = layout, .prepare = prepare, .run = run },
    { 0 },
};
const sdx_family sdx_family_tensor_resize = { ops, 0 };
