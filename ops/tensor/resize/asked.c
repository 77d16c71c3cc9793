/* ops/tensor/resize/asked.c - what a Resize or Upsample asks for, whatever its opset. */
#include "tensor/resize/resize.h"
#include <math.h>

bool resize_is_upsample(const sdx_node *n)
{
    return sdx_variant(n) != NULL;
}

int resize_scales_input(const sdx_node *n)
{
    return resize_is_upsample(n) ? (sdx_since(n) >= 9 ? 1 : -1) : sdx_since(n) >= 11 ? 2 : 1;
}

int resize_sizes_input(const sdx_node *n)
{
    return !resize_is_upsample(n) && sdx_since(n) >= 11 ? 3 : -1;
}

int resize_roi_input(const sdx_node *n)
{
    return !resize_is_upsample(n) && sdx_since(n) >= 11 ? 1 : -1;
}

int resize_read_scales(const sdx_node *n, const sdx_tensor *t, double v[SDX_MAX_RANK])
{
    int count = 0, input = resize_scales_input(n);
    if (resize_is_upsample(n) && sdx_since(n) < 7) {
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

resize_interpolation resize_mode(const sdx_node *n)
{
    if (sdx_attr_is(n, "mode", "cubic"))
        return RESIZE_CUBIC;
    return sdx_attr_is(n, "mode", "linear") || sdx_attr_is(n, "mode", "bilinear") ? RESIZE_LINEAR
                                                                                  : RESIZE_NEAREST;
}

double resize_common_scale(const sdx_node *n, const int64_t *in, const int64_t *size, int count)
{
    bool larger = sdx_attr_is(n, "keep_aspect_ratio_policy", "not_smaller");
    double scale = larger ? 0 : INFINITY;
    for (int k = 0; k < count; k++) {
        double s = (double)size[k] / (double)in[k];
        scale = larger ? fmax(scale, s) : fmin(scale, s);
    }
    return scale;
}

bool resize_keeps_aspect(const sdx_node *n)
{
    return sdx_attr_string(n, "keep_aspect_ratio_policy").text &&
           !sdx_attr_is(n, "keep_aspect_ratio_policy", "stretch");
}
