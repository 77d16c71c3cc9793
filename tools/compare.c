/* tools/compare.c - the standard's comparison of a result with what is expected. */
#include "compare.h"
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

SDX_PRINTF(2, 3) static bool differ(difference *d, const char *format, ...)
{
    size_t used = strlen(d->why); /* "item 3: " of what lies around */
    va_list args;
    va_start(args, format);
    vsnprintf(d->why + used, sizeof d->why - used, format, args);
    va_end(args);
    return false;
}

static const char *kind_name(sdx_kind k)
{
    static const char *const name[] = {
        "unknown", "tensor", "sequence", "optional", "map", "sparse"
    };
    return name[k];
}

static bool same_dims(const sdx_value *got, const sdx_value *want, difference *d)
{
    const int64_t *g = NULL, *w = NULL;
    int rank = sdx_value_dims(got, &g), wanted = sdx_value_dims(want, &w);
    if (rank != wanted)
        return differ(d, "rank %d, expected %d", rank, wanted);
    for (int i = 0; i < rank; i++)
        if (g[i] != w[i])
            return differ(d, "dim %d is %" PRId64 ", expected %" PRId64, i, g[i], w[i]);
    return true;
}

/* ---- elements ---- */

/* Element number `at` as an index with a number for each axis. */
static void index_text(const sdx_value *v, size_t at, char *text, size_t size)
{
    const int64_t *dim;
    int rank = sdx_value_dims(v, &dim), n = 0;
    size_t below = sdx_value_count(v);
    text[0] = '\0';
    for (int i = 0; i < rank && n >= 0 && (size_t)n < size; i++) {
        below /= (size_t)dim[i];
        n += snprintf(text + n, size - (size_t)n, "%s%zu", i ? ", " : "", at / below);
        at %= below;
    }
}

static void number_text(const sdx_value *v, size_t at, char *text, size_t size)
{
    sdx_class class = sdx_dtype_class(sdx_value_dtype(v));
    double x = class == SDX_REAL ? sdx_value_f64(v, at) : 0;
    if (class == SDX_REAL && isfinite(x))
        snprintf(text, size, "%.9g", x);
    else if (class == SDX_REAL)
        snprintf(text, size, "%s", isnan(x) ? "NaN" : x < 0 ? "-Infinity" : "Infinity");
    else if (class == SDX_UINT)
        snprintf(text, size, "%" PRIu64, (uint64_t)sdx_value_i64(v, at));
    else if (class == SDX_COMPLEX)
        snprintf(text, size, "a complex number");
    else
        snprintf(text, size, "%" PRId64, sdx_value_i64(v, at));
}

static bool elements_differ(const sdx_value *got, const sdx_value *want, size_t worst,
                            const char *how, difference *d)
{
    index_text(want, worst, d->worst, sizeof d->worst);
    number_text(got, worst, d->got, sizeof d->got);
    number_text(want, worst, d->want, sizeof d->want);
    return differ(d, "%zu of %zu elements differ%s [%s] is %s, expected %s", d->beyond,
                  sdx_value_count(want), how, d->worst, d->got, d->want);
}

/* How far g is beyond what t allows; not above 0: near enough. */
static double beyond(double g, double w, tolerance t)
{
    if (g == w || (isnan(g) && isnan(w)))
        return -INFINITY;
    if (!isfinite(g) || !isfinite(w))
        return INFINITY;
    return fabs(g - w) - (t.atol + t.rtol * fabs(w));
}

/* Reals: counts all elements that are off and shows the worst. */
static bool same_reals(const sdx_value *got, const sdx_value *want, tolerance t, difference *d)
{
    size_t n = sdx_value_count(want), worst = 0, off = d->beyond;
    double most = -INFINITY, absolute = 0, relative = 0;
    char how[120];
    if (sdx_value_dtype(want) == SDX_BF16 && (t.rtol > 0 || t.atol > 0))
        t.rtol = fmax(t.rtol, ldexp(1, -6));
    for (size_t i = 0; i < n; i++) {
        double g = sdx_value_f64(got, i), w = sdx_value_f64(want, i), much = beyond(g, w, t);
        if (isinf(much) && much < 0)
            continue;
        absolute = fmax(absolute, isinf(much) ? (double)INFINITY : fabs(g - w));
        relative = fmax(relative, isinf(much) ? (double)INFINITY : fabs(g - w) / fabs(w));
        d->beyond += much > 0;
        if (much > most) {
            most = much;
            worst = i;
        }
    }
    d->most_absolute = fmax(d->most_absolute, absolute);
    d->most_relative = fmax(d->most_relative, relative);
    if (d->beyond == off)
        return true;
    snprintf(how, sizeof how, ", by up to %.3g absolute and %.3g relative, worst", absolute,
             relative);
    return elements_differ(got, want, worst, how, d);
}

static bool same_strings(const sdx_value *got, const sdx_value *want, difference *d)
{
    for (size_t i = 0; i < sdx_value_count(want); i++) {
        sdx_string g = sdx_value_string(got, i), w = sdx_value_string(want, i);
        if (g.length == w.length && (g.length == 0 || memcmp(g.text, w.text, g.length) == 0))
            continue;
        d->beyond++;
        index_text(want, i, d->worst, sizeof d->worst);
        return differ(d, "[%s] is '%.*s', expected '%.*s'", d->worst, (int)g.length, g.text,
                      (int)w.length, w.text);
    }
    return true;
}

/* Elements of whole bytes are compared by their bytes, narrower ones by their numbers. */
static bool same_exactly(const sdx_value *got, const sdx_value *want, difference *d)
{
    const unsigned char *g = sdx_value_view(got), *w = sdx_value_view(want);
    size_t n = sdx_value_count(want), first = 0, off = d->beyond;
    size_t bits = (size_t)sdx_dtype_bits(sdx_value_dtype(want)), width = bits / 8;
    bool real = sdx_dtype_class(sdx_value_dtype(want)) == SDX_REAL;
    for (size_t i = n; i-- > 0;) {
        bool same = bits % 8 == 0 ? memcmp(g + i * width, w + i * width, width) == 0
                    : real        ? sdx_value_f64(got, i) == sdx_value_f64(want, i)
                                  : sdx_value_i64(got, i) == sdx_value_i64(want, i);
        if (same)
            continue;
        d->beyond++;
        first = i;
    }
    return d->beyond == off || elements_differ(got, want, first, ", first", d);
}

static bool same_tensors(const sdx_value *got, const sdx_value *want, tolerance t, difference *d)
{
    sdx_dtype dtype = sdx_value_dtype(want);
    if (sdx_value_dtype(got) != dtype)
        return differ(d, "element type %s, expected %s", sdx_dtype_name(sdx_value_dtype(got)),
                      sdx_dtype_name(dtype));
    if (!same_dims(got, want, d))
        return false;
    if (t.shape_only)
        return true;
    d->elements += sdx_value_count(want);
    sdx_class class = sdx_dtype_class(dtype);
    if (class == SDX_STRING)
        return same_strings(got, want, d);
    return class == SDX_REAL && !t.bitwise ? same_reals(got, want, t, d)
                                           : same_exactly(got, want, d);
}

static bool same(const sdx_value *got, const sdx_value *want, tolerance t, difference *d)
{
    if (!got)
        return differ(d, "no value");
    sdx_kind kind = sdx_value_kind(want);
    if (sdx_value_kind(got) != kind)
        return differ(d, "a %s, expected a %s", kind_name(sdx_value_kind(got)), kind_name(kind));
    if (kind == SDX_TENSOR)
        return same_tensors(got, want, t, d);
    if (kind == SDX_SPARSE && !same_dims(got, want, d))
        return false;
    size_t n = sdx_value_count(want), used = strlen(d->why);
    if (sdx_value_count(got) != n)
        return differ(d, "%zu items, expected %zu", sdx_value_count(got), n);
    if (kind == SDX_MAP || kind == SDX_SPARSE)
        n = 2; /* two tensors */
    for (size_t i = 0; i < n; i++) {
        differ(d, "item %zu: ", i);
        if (!same(sdx_value_at(got, i), sdx_value_at(want, i), t, d))
            return false;
        d->why[used] = '\0';
    }
    return true;
}

bool compare_measured(const sdx_value *got, const sdx_value *want, tolerance t, difference *d)
{
    *d = (difference){ .why = "" };
    return same(got, want, t, d);
}

bool compare_values(const sdx_value *got, const sdx_value *want, tolerance t, char *why,
                    size_t size)
{
    difference d;
    bool alike = compare_measured(got, want, t, &d);
    if (!alike)
        snprintf(why, size, "%s", d.why);
    return alike;
}
