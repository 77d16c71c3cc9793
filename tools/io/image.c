/* tools/io/image.c - pictures: resized, laid out and normalised. */
#include "io/image.h"

#include "cli.h"
#include "io/picture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- options ---- */

void image_default(image_spec *s)
{
    *s = (image_spec){ .fit = FIT_STRETCH, .scale = 1, .std = { 1, 1, 1 } };
}

/* "a:b:c"; one number stands for all three. */
static bool three(double *out, char *text)
{
    int n = 0;
    for (char *part; (part = strsep(&text, ":"));)
        if (n == 3 || !cli_real(part, &out[n++]))
            return false;
    for (int i = 1; n == 1 && i < 3; i++)
        out[i] = out[0];
    return n == 1 || n == 3;
}

/* "1/255" */
static bool ratio(double *out, char *text)
{
    double below = 1;
    char *slash = strchr(text, '/');
    if (slash)
        *slash++ = '\0';
    if (!cli_real(text, out) || (slash && (!cli_real(slash, &below) || below == 0)))
        return false;
    *out /= below;
    return true;
}

static bool sides(image_spec *s, char *text)
{
    int64_t w, h;
    char *x = strchr(text, 'x');
    if (!x)
        return false;
    *x = '\0';
    if (!cli_number(text, 1, MOST_PICTURE_SIDE, &w) || !cli_number(x + 1, 1, MOST_PICTURE_SIDE, &h))
        return false;
    s->width = (int)w;
    s->height = (int)h;
    return true;
}

static int choice(const char *text, const char *const *name)
{
    for (int i = 0; name[i]; i++)
        if (strcmp(text, name[i]) == 0)
            return i;
    return -1;
}

static bool set(image_spec *s, const char *key, char *value)
{
    static const char *const fits[] = { "stretch", "crop", "pad", NULL };
    static const char *const orders[] = { "rgb", "bgr", "gray", NULL };
    int n = -1;
    if (strcmp(key, "imagenet") == 0) {
        *s = (image_spec){ 224,
                           224,
                           FIT_CROP,
                           ORDER_RGB,
                           true,
                           1.0 / 255,
                           { 0.485, 0.456, 0.406 },
                           { 0.229, 0.224, 0.225 } };
        return true;
    }
    if (strcmp(key, "size") == 0)
        return sides(s, value);
    if (strcmp(key, "scale") == 0)
        return ratio(&s->scale, value);
    if (strcmp(key, "mean") == 0)
        return three(s->mean, value);
    if (strcmp(key, "std") == 0)
        return three(s->std, value) && s->std[0] != 0 && s->std[1] != 0 && s->std[2] != 0;
    if (strcmp(key, "fit") == 0 && (n = choice(value, fits)) >= 0)
        s->fit = (image_fit)n;
    if (strcmp(key, "order") == 0 && (n = choice(value, orders)) >= 0) {
        s->order = (image_order)n;
        s->order_given = true;
    }
    return n >= 0;
}

bool image_parse(image_spec *s, const char *text, char *why, size_t size)
{
    char *copy = strdup(text);
    char *rest = copy;
    bool good = copy != NULL;
    for (char *part; good && (part = strsep(&rest, ","));) {
        char none[] = "", *value = strchr(part, '=');
        if (value)
            *value++ = '\0';
        good = set(s, part, value ? value : none);
        if (!good)
            snprintf(why, size, "'%.60s' is no part of an image's description", part);
    }
    free(copy);
    return good;
}

/* ---- fitting ---- */

/* A box of the source that becomes the whole result. */
typedef struct box {
    double x, y, width, height;
} box;

static box fit_box(const picture *p, int width, int height, image_fit fit)
{
    box b = { 0, 0, p->width, p->height };
    double sx = (double)p->width / width, sy = (double)p->height / height;
    double s = fit == FIT_CROP ? fmin(sx, sy) : fmax(sx, sy);
    if (fit == FIT_STRETCH)
        return b;
    b.width = s * width;
    b.height = s * height;
    b.x = (p->width - b.width) / 2;
    b.y = (p->height - b.height) / 2;
    return b;
}

static double pixel(const picture *p, int x, int y, int channel)
{
    x = x < 0 ? 0 : x >= p->width ? p->width - 1 : x;
    y = y < 0 ? 0 : y >= p->height ? p->height - 1 : y;
    return p->rgb[((size_t)y * (size_t)p->width + (size_t)x) * 3 + (size_t)channel];
}

/* Mean over the place that one pixel of the result covers, weighted by a tent: bilinear when
 * growing.  Black where its middle lies beside the picture. */
static double sample(const picture *p, double x, double y, double step_x, double step_y,
                     int channel)
{
    double rx = fmax(1, step_x), ry = fmax(1, step_y), sum = 0, weight = 0;
    if (x < -0.5 || y < -0.5 || x >= p->width - 0.5 || y >= p->height - 0.5)
        return 0;
    for (int j = (int)floor(y - ry); j <= (int)ceil(y + ry); j++) {
        double wy = 1 - fabs(j - y) / ry;
        for (int i = (int)floor(x - rx); wy > 0 && i <= (int)ceil(x + rx); i++) {
            double wx = 1 - fabs(i - x) / rx;
            if (wx <= 0)
                continue;
            sum += wx * wy * pixel(p, i, j, channel);
            weight += wx * wy;
        }
    }
    return weight > 0 ? sum / weight : 0;
}

typedef struct target {
    int width, height, channels;
    bool last; /* channels are the last axis */
} target;

/* Luma of ITU-R BT.601, as most graymaps have it. */
static double gray(const picture *p, const double at[4])
{
    return 0.299 * sample(p, at[0], at[1], at[2], at[3], 0) +
           0.587 * sample(p, at[0], at[1], at[2], at[3], 1) +
           0.114 * sample(p, at[0], at[1], at[2], at[3], 2);
}

static double color(const picture *p, const image_spec *s, const double at[4], int channel, int of)
{
    if (of == 1 || s->order == ORDER_GRAY)
        return gray(p, at);
    int from = s->order == ORDER_BGR ? 2 - channel : channel;
    return sample(p, at[0], at[1], at[2], at[3], from);
}

/* Integers take the nearest number that they can hold. */
static void put(sdx_value *v, size_t i, double x)
{
    sdx_dtype dtype = sdx_value_dtype(v);
    sdx_class class = sdx_dtype_class(dtype);
    if (class == SDX_INT || class == SDX_UINT) {
        double half = ldexp(1, sdx_dtype_bits(dtype) - (class == SDX_INT));
        double least = class == SDX_INT ? -half : 0;
        x = fmin(fmax(nearbyint(x), least), half - 1);
    }
    sdx_value_set_f64(v, i, x);
}

static void fill(sdx_value *v, const picture *p, const image_spec *s, const target *t)
{
    box b = fit_box(p, t->width, t->height, s->fit);
    double step_x = b.width / t->width, step_y = b.height / t->height;
    for (int y = 0; y < t->height; y++)
        for (int x = 0; x < t->width; x++)
            for (int c = 0; c < t->channels; c++) {
                double at[4] = { b.x + (x + 0.5) * step_x - 0.5, b.y + (y + 0.5) * step_y - 0.5,
                                 step_x, step_y };
                double value = (color(p, s, at, c, t->channels) * s->scale - s->mean[c]) /
                               s->std[c];
                size_t place = (size_t)y * (size_t)t->width + (size_t)x;
                size_t i = t->last ? place * (size_t)t->channels + (size_t)c
                                   : (size_t)c * (size_t)t->width * (size_t)t->height + place;
                put(v, i, value);
            }
}

/* ---- the shape that is wanted ---- */

static bool plan_target(const picture *p, const image_spec *s, int rank, const int64_t *dims,
                        target *t)
{
    if (rank == 2) {
        *t = (target){ (int)dims[1], (int)dims[0], 1, false };
    } else if (rank == 3 || rank == 4) {
        const int64_t *d = dims + rank - 3;
        t->last = (d[2] == 1 || d[2] == 3) && d[0] != 1 && d[0] != 3;
        t->channels = (int)(t->last ? d[2] : d[0]);
        t->height = (int)(t->last ? d[0] : d[1]);
        t->width = (int)(t->last ? d[1] : d[2]);
    } else {
        return false;
    }
    if (t->channels < 0)
        t->channels = s->order_given && s->order == ORDER_GRAY ? 1 : 3;
    t->width = t->width > 0 ? t->width : s->width ? s->width : p->width;
    t->height = t->height > 0 ? t->height : s->height ? s->height : p->height;
    return (t->channels == 1 || t->channels == 3) && t->width <= MOST_PICTURE_SIDE &&
           t->height <= MOST_PICTURE_SIDE;
}

static int result_dims(const target *t, int rank, int64_t *dims)
{
    int64_t h = t->height, w = t->width, c = t->channels;
    int64_t full[4] = { 1, t->last ? h : c, t->last ? w : h, t->last ? c : w };
    int64_t flat[2] = { h, w };
    memcpy(dims, rank == 2 ? flat : full + 4 - rank, sizeof *dims * (size_t)rank);
    return rank;
}

sdx_value *image_read(const void *bytes, size_t size, const image_spec *s, sdx_dtype dtype,
                      int rank, const int64_t *dims, char *why, size_t why_size)
{
    picture p = { 0, 0, NULL };
    target t;
    sdx_value *v = NULL;
    sdx_error err;
    int64_t shape[4];
    if (!picture_decode(bytes, size, &p))
        snprintf(why, why_size, "the picture is broken, or of a kind that is not read");
    else if (!plan_target(&p, s, rank, dims, &t))
        snprintf(why, why_size, "the input does not have the dims of a picture");
    else if (sdx_value_tensor(dtype, result_dims(&t, rank, shape), shape, &v, &err) != SDX_OK)
        snprintf(why, why_size, "%s", err.fact);
    else
        fill(v, &p, s, &t);
    free(p.rgb);
    return v;
}
