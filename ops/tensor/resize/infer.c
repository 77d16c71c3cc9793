/* ops/tensor/resize/infer.c - the shape of what is resized, and what may not be asked for. */
#include "common/advice.h"
#include "common/check.h"
#include "tensor/resize/resize.h"
#include <inttypes.h>
#include <math.h>

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
    return check_word(n, c, "mode", resize_is_upsample(n) || sdx_since(n) < 11 ? old : mode) &&
           check_word(n, c, "coordinate_transformation_mode", place) &&
           check_word(n, c, "nearest_mode", nearest) &&
           check_word(n, c, "keep_aspect_ratio_policy", policy);
}

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

static bool check_count(sdx_infer *c, const char *what, int count, int want)
{
    if (count == want)
        return true;
    sdx_refuse(c, "resize-sizes", "%s has %s for %s", what, sdx_counted(c, count, "entry"),
               sdx_counted(c, want, "axis"));
    sdx_point(c, 0, -1);
    sdx_hint(c, "give %d, one for each axis", want);
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
    if (!resize_keeps_aspect(n))
        return;
    double scale = known ? resize_common_scale(n, in, out, count) : 0;
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
        sdx_hint(c, "an axis of 0 stays so: give it the size 0");
        return false;
    }
    return true;
}

/* Begin and end for each axis that is resized; it may be empty. */
static bool check_region(const sdx_node *n, sdx_infer *c, int count)
{
    sdx_dims d = sdx_in_dims(n, resize_roi_input(n));
    sdx_dim have = d.rank < 0 ? sdx_unknown() : sdx_dim_product(c, d, 0, d.rank);
    if (resize_roi_input(n) < 0 || !sdx_has_in(n, resize_roi_input(n)) || !sdx_is_num(have) ||
        have.n == 0 || have.n == 2 * count)
        return true;
    sdx_refuse(c, "resize-sizes", "roi has %" PRId64 " elements for %d axes", have.n, count);
    sdx_point(c, resize_roi_input(n), 0);
    sdx_hint(c, "give it where each axis begins, then where each ends: %d in all", 2 * count);
    return false;
}

/* What goes with some modes alone.  (cubic_coeff_a and nearest_mode are written by exporters
 * whatever the mode is.) */
void resize_lint(const sdx_node *n, sdx_infer *c)
{
    bool crops = sdx_attr_is(n, "coordinate_transformation_mode", "tf_crop_and_resize");
    double fill = sdx_attr_float(n, "extrapolation_value");
    if (fill != 0 && !crops)
        sdx_advise_ignored(c, sdx_text(c, "extrapolation_value=%.6g", fill),
                           "coordinate_transformation_mode is not tf_crop_and_resize");
    if (sdx_attr_int(n, "antialias") && resize_mode(n) == RESIZE_NEAREST)
        sdx_advise_ignored(c, "antialias=1", "mode is nearest");
    if (sdx_attr_int(n, "exclude_outside") && !sdx_attr_is(n, "mode", "cubic")) {
        sdx_warn(c, "attribute-value", "exclude_outside=1 goes with mode cubic, and mode is %s",
                 resize_mode(n) == RESIZE_NEAREST ? "nearest" : "linear");
        sdx_hint(c, "leave exclude_outside out: other runtimes refuse it");
    }
}

void resize_infer(const sdx_node *n, sdx_infer *c)
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
    int scales = resize_read_scales(
        n, resize_scales_input(n) < 0 ? NULL : sdx_in_const(n, resize_scales_input(n)), scale);
    const sdx_dim *size = resize_sizes_input(n) < 0
                              ? NULL
                              : sdx_in_elems(n, resize_sizes_input(n), &sizes);
    bool sized = size ? sizes > 0
                      : resize_sizes_input(n) >= 0 && sdx_has_in(n, resize_sizes_input(n));
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
    if (scales > 0 && resize_keeps_aspect(n)) {
        sdx_warn(c, "value-ignored",
                 "keep_aspect_ratio_policy goes with sizes, and there are scales");
        sdx_hint(c, "leave it out, or give sizes");
        sdx_fix_leave_out(c, "keep_aspect_ratio_policy", true);
    }
    if (sdx_attr_is(n, "coordinate_transformation_mode", "tf_crop_and_resize") &&
        !sdx_has_in(n, resize_roi_input(n))) {
        sdx_warn(c, "resize-sizes", "tf_crop_and_resize without roi takes the whole of X");
        sdx_hint(c, "give roi: where each axis begins, then where each ends: %d numbers",
                 2 * count);
    }
    if (scales > 0) {
        if (!check_count(c, "scales", scales, count))
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
        if (!check_count(c, "sizes", sizes, count))
            return;
        set_sizes(n, c, size, axis, count, y);
    } else {
        for (int k = 0; k < count; k++)
            y[axis[k]] = sdx_unknown();
    }
    if (!sdx_refused(c) && check_region(n, c, count) && check_sources(c, x, y))
        sdx_set_out_dims(c, 0, x.rank, y);
}
