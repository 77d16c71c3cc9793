/* tools/io/json.c - tensors as JSON. */
#include "io/json.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

enum { MOST_RANK = 32 };

/* ---- reading ---- */

static int dims_of(const json_t *j, int64_t *dim)
{
    int rank = 0;
    while (json_is_array(j) && rank < MOST_RANK) {
        dim[rank++] = (int64_t)json_array_size(j);
        j = json_array_get(j, 0);
    }
    return rank;
}

/* Are all arrays as long as the first of their depth?  Asked before memory is. */
static bool is_even(const json_t *j, const int64_t *dim, int rank, int axis)
{
    if (axis == rank)
        return !json_is_array(j) && !json_is_object(j) && !json_is_null(j);
    if (!json_is_array(j) || (int64_t)json_array_size(j) != dim[axis])
        return false;
    for (size_t i = 0; i < json_array_size(j); i++)
        if (!is_even(json_array_get(j, i), dim, rank, axis + 1))
            return false;
    return true;
}

static double real_of(const json_t *j)
{
    const char *text = json_string_value(j);
    if (!text)
        return json_is_boolean(j) ? json_is_true(j) : json_number_value(j);
    return strcmp(text, "NaN") == 0 ? (double)NAN
           : text[0] == '-'         ? (double)-INFINITY
                                    : (double)INFINITY;
}

static void put(sdx_value *v, size_t i, const json_t *j)
{
    if (json_is_integer(j) && sdx_dtype_class(sdx_value_dtype(v)) != SDX_REAL)
        sdx_value_set_i64(v, i, json_integer_value(j));
    else
        sdx_value_set_f64(v, i, real_of(j));
}

typedef struct filler {
    sdx_value *numbers; /* or */
    sdx_string *strings;
    const int64_t *dim;
    int rank;
    size_t at;
} filler;

/* As deep as the rank, which is limited.  false: a number where a string should be. */
static bool fill(filler *f, const json_t *j, int axis)
{
    if (axis < f->rank) {
        for (size_t i = 0; i < json_array_size(j); i++)
            if (!fill(f, json_array_get(j, i), axis + 1))
                return false;
        return true;
    }
    if (!f->strings) {
        put(f->numbers, f->at++, j);
        return true;
    }
    f->strings[f->at++] = (sdx_string){ json_string_value(j), json_string_length(j) };
    return json_is_string(j);
}

static sdx_value *make(const json_t *j, sdx_dtype dtype, char *why, size_t why_size)
{
    int64_t dim[MOST_RANK];
    filler f = { .dim = dim, .rank = dims_of(j, dim) };
    sdx_value *v = NULL;
    sdx_error err;
    size_t n = 1;
    for (int i = 0; i < f.rank; i++)
        n *= (size_t)dim[i];
    bool strings = dtype == SDX_STR;
    if (!is_even(j, dim, f.rank, 0)) {
        snprintf(why, why_size, "the arrays are of different lengths, or hold other things");
        return NULL;
    }
    if (!strings && sdx_value_tensor(dtype, f.rank, dim, &v, &err) != SDX_OK) {
        snprintf(why, why_size, "%s", err.fact);
        return NULL;
    }
    f.numbers = v;
    f.strings = strings ? calloc(n + 1, sizeof *f.strings) : NULL;
    bool good = (v || f.strings) && fill(&f, j, 0);
    if (!good)
        snprintf(why, why_size, "no memory, or no strings");
    else if (strings && sdx_value_strings(f.rank, dim, f.strings, &v, &err) != SDX_OK)
        snprintf(why, why_size, "%s", err.fact);
    free(f.strings);
    if (!good) {
        sdx_value_free(v);
        v = NULL;
    }
    return v;
}

sdx_value *json_read_tensor(const char *text, size_t size, sdx_dtype dtype, char *why,
                            size_t why_size)
{
    json_error_t err;
    json_t *j = json_loadb(text, size, JSON_DECODE_ANY | JSON_ALLOW_NUL, &err);
    if (!j) {
        snprintf(why, why_size, "line %d: %s", err.line, err.text);
        return NULL;
    }
    sdx_value *v = make(j, dtype, why, why_size);
    json_decref(j);
    return v;
}

/* ---- printing ---- */

void json_print_string(FILE *to, const char *text, size_t length)
{
    json_t *j = json_stringn(text, length);
    char *quoted = j ? json_dumps(j, JSON_ENCODE_ANY) : NULL;
    fputs(quoted ? quoted : "null", to); /* no UTF-8: cannot be said in JSON */
    free(quoted);
    json_decref(j);
}

static void print_real(FILE *to, double x, size_t digits)
{
    json_t *j = isfinite(x) ? json_real(x) : NULL;
    char *text = j ? json_dumps(j, JSON_ENCODE_ANY | JSON_REAL_PRECISION(digits)) : NULL;
    if (text)
        fputs(text, to);
    else
        fputs(isnan(x) ? "\"NaN\"" : x < 0 ? "\"-Infinity\"" : "\"Infinity\"", to);
    free(text);
    json_decref(j);
}

void json_print_real(FILE *to, double x)
{
    print_real(to, x, 9);
}

static void print_complex(FILE *to, const sdx_value *v, size_t i)
{
    const char *bytes = sdx_value_view(v);
    float f[2];
    double d[2];
    bool wide = sdx_value_dtype(v) == SDX_C128;
    if (wide) {
        memcpy(d, bytes + i * sizeof d, sizeof d);
    } else {
        memcpy(f, bytes + i * sizeof f, sizeof f);
        d[0] = (double)f[0];
        d[1] = (double)f[1];
    }
    fputc('[', to);
    print_real(to, d[0], wide ? 17 : 9);
    fputs(", ", to);
    print_real(to, d[1], wide ? 17 : 9);
    fputc(']', to);
}

void json_print_element(FILE *to, const sdx_value *v, size_t i)
{
    sdx_dtype dtype = sdx_value_dtype(v);
    sdx_class class = sdx_dtype_class(dtype);
    sdx_string s;
    if (class == SDX_STRING) {
        s = sdx_value_string(v, i);
        json_print_string(to, s.text, s.length);
    } else if (class == SDX_REAL) {
        print_real(to, sdx_value_f64(v, i), dtype == SDX_F64 ? 17 : 9);
    } else if (class == SDX_BOOLEAN) {
        fputs(sdx_value_i64(v, i) ? "true" : "false", to);
    } else if (class == SDX_UINT) {
        fprintf(to, "%" PRIu64, (uint64_t)sdx_value_i64(v, i));
    } else if (class == SDX_INT) {
        fprintf(to, "%" PRId64, sdx_value_i64(v, i));
    } else if (class == SDX_COMPLEX) {
        print_complex(to, v, i);
    } else {
        fputs("null", to);
    }
}

typedef struct printer {
    FILE *to;
    const char *between; /* rows */
} printer;

static void print_axis(const printer *p, const sdx_value *v, int axis, size_t *at)
{
    const int64_t *dim;
    int rank = sdx_value_dims(v, &dim);
    if (axis == rank) {
        json_print_element(p->to, v, (*at)++);
        return;
    }
    fputc('[', p->to);
    for (int64_t i = 0; i < dim[axis]; i++) {
        if (i > 0)
            fputs(axis + 1 == rank ? "," : p->between, p->to);
        print_axis(p, v, axis + 1, at);
    }
    fputc(']', p->to);
}

static void print_value(const printer *p, const sdx_value *v)
{
    size_t at = 0;
    if (!v) {
        fputs("null", p->to);
        return;
    }
    if (sdx_value_kind(v) == SDX_TENSOR) {
        print_axis(p, v, 0, &at);
        return;
    }
    if (sdx_value_kind(v) == SDX_OPTIONAL) {
        print_value(p, sdx_value_at(v, 0));
        return;
    }
    fputc('[', p->to);
    for (size_t i = 0; sdx_value_at(v, i); i++) {
        fputs(i ? "," : "", p->to);
        print_value(p, sdx_value_at(v, i));
    }
    fputc(']', p->to);
}

void json_print_value(FILE *to, const sdx_value *v)
{
    print_value(&(printer){ to, ",\n" }, v);
}

void json_print_line(FILE *to, const sdx_value *v)
{
    print_value(&(printer){ to, "," }, v);
}
