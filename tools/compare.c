/* tools/compare.c - the standard's comparison of a result with what is expected. */
#include "compare.h"
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

SDX_PRINTF(3, 4) static bool differ(char *why, size_t size, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(why, size, format, args);
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

static bool same_dims(const sdx_value *got, const sdx_value *want, char *why, size_t size)
{
    const int64_t *g = NULL, *w = NULL;
    int rank = sdx_value_dims(got, &g), wanted = sdx_value_dims(want, &w);
    if (rank != wanted)
        return differ(why, size, "rank %d, expected %d", rank, wanted);
    for (int i = 0; i < rank; i++)
        if (g[i] != w[i])
            return differ(why, size, "dim %d is %" PRId64 ", expected %" PRId64, i, g[i], w[i]);
    return true;
}

/* Reals: counts all elements that are off and shows the worst. */
static bool same_reals(const sdx_value *got, const sdx_value *want, tolerance t, char *why,
                       size_t size)
{
    size_t n = sdx_value_count(want), off = 0, worst = 0;
    double most = -1, rtol = t.rtol, absolute = 0, relative = 0;
    if (sdx_value_dtype(want) == SDX_BF16)
        rtol = fmax(rtol, ldexp(1, -6));
    for (size_t i = 0; i < n; i++) {
        double g = sdx_value_f64(got, i), w = sdx_value_f64(want, i);
        if (g == w || (isnan(g) && isnan(w)))
            continue;
        absolute = fmax(absolute, fabs(g - w));
        relative = fmax(relative, fabs(g - w) / fabs(w));
        double beyond = fabs(g - w) - (t.atol + rtol * fabs(w));
        if (isfinite(g) && isfinite(w) && beyond <= 0)
            continue;
        if (!isfinite(g) || !isfinite(w))
            beyond = INFINITY;
        off++;
        if (beyond > most) {
            most = beyond;
            worst = i;
        }
    }
    if (off == 0)
        return true;
    return differ(why, size,
                  "%zu of %zu elements differ, by up to %.3g absolute and %.3g relative, worst "
                  "[%zu] is %.9g, expected %.9g",
                  off, n, absolute, relative, worst, sdx_value_f64(got, worst),
                  sdx_value_f64(want, worst));
}

static bool same_strings(const sdx_value *got, const sdx_value *want, char *why, size_t size)
{
    for (size_t i = 0; i < sdx_value_count(want); i++) {
        sdx_string g = sdx_value_string(got, i), w = sdx_value_string(want, i);
        if (g.length != w.length || (g.length > 0 && memcmp(g.text, w.text, g.length) != 0))
            return differ(why, size, "[%zu] is '%.*s', expected '%.*s'", i, (int)g.length, g.text,
                          (int)w.length, w.text);
    }
    return true;
}

static bool same_integers(const sdx_value *got, const sdx_value *want, char *why, size_t size)
{
    size_t n = sdx_value_count(want), off = 0, first = 0;
    for (size_t i = n; i-- > 0;)
        if (sdx_value_i64(got, i) != sdx_value_i64(want, i)) {
            off++;
            first = i;
        }
    if (off == 0)
        return true;
    return differ(why, size,
                  "%zu of %zu elements differ, first [%zu] is %" PRId64 ", expected %" PRId64, off,
                  n, first, sdx_value_i64(got, first), sdx_value_i64(want, first));
}

static bool same_tensors(const sdx_value *got, const sdx_value *want, tolerance t, char *why,
                         size_t size)
{
    sdx_dtype dtype = sdx_value_dtype(want);
    if (sdx_value_dtype(got) != dtype)
        return differ(why, size, "element type %s, expected %s",
                      sdx_dtype_name(sdx_value_dtype(got)), sdx_dtype_name(dtype));
    if (!same_dims(got, want, why, size))
        return false;
    if (t.shape_only)
        return true;
    sdx_class class = sdx_dtype_class(dtype);
    if (class == SDX_REAL)
        return same_reals(got, want, t, why, size);
    if (class == SDX_STRING)
        return same_strings(got, want, why, size);
    if (class == SDX_COMPLEX) {
        if (memcmp(sdx_value_view(got), sdx_value_view(want), sdx_value_bytes(want)) != 0)
            return differ(why, size, "complex elements differ");
        return true;
    }
    return same_integers(got, want, why, size);
}

bool compare_values(const sdx_value *got, const sdx_value *want, tolerance t, char *why,
                    size_t size)
{
    if (!got)
        return differ(why, size, "no value");
    sdx_kind kind = sdx_value_kind(want);
    if (sdx_value_kind(got) != kind)
        return differ(why, size, "a %s, expected a %s", kind_name(sdx_value_kind(got)),
                      kind_name(kind));
    if (kind == SDX_TENSOR)
        return same_tensors(got, want, t, why, size);
    if (kind == SDX_SPARSE && !same_dims(got, want, why, size))
        return false;
    size_t n = sdx_value_count(want);
    if (sdx_value_count(got) != n)
        return differ(why, size, "%zu items, expected %zu", sdx_value_count(got), n);
    if (kind == SDX_MAP || kind == SDX_SPARSE)
        n = 2; /* two tensors */
    for (size_t i = 0; i < n; i++) {
        int used = snprintf(why, size, "item %zu: ", i);
        if (used > 0 && (size_t)used < size &&
            !compare_values(sdx_value_at(got, i), sdx_value_at(want, i), t, why + used,
                            size - (size_t)used))
            return false;
    }
    return true;
}
