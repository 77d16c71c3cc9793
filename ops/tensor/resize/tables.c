/* ops/tensor/resize/tables.c - where each place of a resized axis comes from, and its weights. */
#include "tensor/resize/resize.h"
#include <math.h>

/* Taps of one output place: cubic and linear with antialias widen when shrinking. */
int resize_taps(const sdx_node *n, double scale)
{
    resize_interpolation m = resize_mode(n);
    if (m == RESIZE_NEAREST)
        return 1;
    int radius = m == RESIZE_CUBIC ? 2 : 1;
    if (!sdx_attr_int(n, "antialias") || scale >= 1)
        return 2 * radius;
    double start = floor(-radius / scale) + 1;
    return start < -1e6 ? -1 : 2 - 2 * (int)start;
}

double resize_least_scale(int64_t in, int64_t out)
{
    return ((double)out - 0.5) / (double)in;
}

/* The place of output o among the inputs. */
static double source(const sdx_node *n, const resize_table *t, double o)
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

static double nearest(const sdx_node *n, const resize_table *t, double x)
{
    double low = floor(x), part = x - low;
    if (!sdx_attr_string(n, "nearest_mode").text) /* Upsample, and Resize of opset 10 */
        return !resize_is_upsample(n) && t->scale < 1 ? ceil(x) : low;
    if (sdx_attr_is(n, "nearest_mode", "floor"))
        return low;
    if (sdx_attr_is(n, "nearest_mode", "ceil"))
        return ceil(x);
    return part > 0.5 || (part == 0.5 && sdx_attr_is(n, "nearest_mode", "round_prefer_ceil"))
               ? low + 1
               : low;
}

/* Weights of the taps around x, which lies in (base, base + 1]. */
static void weigh(const sdx_node *n, const resize_table *t, double x, int32_t *place,
                  double *weight)
{
    double base = ceil(x) - 1, ratio = x - base, sum = 0, a = sdx_attr_float(n, "cubic_coeff_a");
    bool narrow = sdx_attr_int(n, "antialias") != 0,
         inside = sdx_attr_int(n, "exclude_outside") != 0;
    double scale = narrow && t->scale < 1 ? t->scale : 1;
    int first = 1 - t->taps / 2;
    for (int k = 0; k < t->taps; k++) {
        double d = ((double)(first + k) - ratio) * scale, at = base + first + k;
        weight[k] = resize_mode(n) == RESIZE_CUBIC ? cubic_weight(d, a) : fmax(0, 1 - fabs(d));
        if (inside && (at < 0 || at >= (double)t->in))
            weight[k] = 0;
        place[k] = clamp(at, t->in);
        sum += weight[k];
    }
    for (int k = 0; (narrow || inside) && sum != 0 && k < t->taps; k++)
        weight[k] /= sum;
}

void resize_fill_table(const sdx_node *n, resize_table *t)
{
    bool crops = sdx_attr_is(n, "coordinate_transformation_mode", "tf_crop_and_resize");
    for (int64_t o = 0; o < t->out; o++) {
        double x = source(n, t, (double)o);
        t->outside[o] = crops && (x < 0 || x > (double)(t->in - 1));
        if (resize_mode(n) == RESIZE_NEAREST) {
            t->place[o] = clamp(nearest(n, t, x), t->in);
            t->weight[o] = 1;
        } else {
            weigh(n, t, x, t->place + o * t->taps, t->weight + o * t->taps);
        }
    }
}
