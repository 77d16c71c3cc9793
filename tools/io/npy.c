/* tools/io/npy.c - NumPy's .npy: a header in Python's syntax, then the elements. */
#include "io/npy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_RANK = 32, ALIGN = 64 };

typedef struct kind {
    const char *descr;
    sdx_dtype dtype;
} kind;

static const kind kinds[] = {
    { "f4", SDX_F32 }, { "f8", SDX_F64 },   { "f2", SDX_F16 }, { "i1", SDX_I8 },
    { "i2", SDX_I16 }, { "i4", SDX_I32 },   { "i8", SDX_I64 }, { "u1", SDX_U8 },
    { "u2", SDX_U16 }, { "u4", SDX_U32 },   { "u8", SDX_U64 }, { "b1", SDX_BOOL },
    { "c8", SDX_C64 }, { "c16", SDX_C128 },
};

/* The text behind 'key': in the header; NULL: there is none. */
static const char *field(const char *header, const char *key)
{
    const char *at = strstr(header, key);
    return at ? strchr(at + strlen(key), ':') : NULL;
}

static sdx_dtype read_descr(const char *header)
{
    const char *at = field(header, "'descr'");
    const char *quote = at ? strchr(at, '\'') : NULL;
    if (!quote || quote[1] == '>')
        return SDX_UNDEFINED;
    quote += 1 + (quote[1] == '<' || quote[1] == '|' || quote[1] == '=');
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        size_t n = strlen(kinds[i].descr);
        if (strncmp(quote, kinds[i].descr, n) == 0 && quote[n] == '\'')
            return kinds[i].dtype;
    }
    return SDX_UNDEFINED;
}

/* -1: no shape. */
static int read_shape(const char *header, int64_t *dim)
{
    const char *at = field(header, "'shape'");
    int rank = 0;
    at = at ? strchr(at, '(') : NULL;
    if (!at)
        return -1;
    for (at++; *at && *at != ')';) {
        char *end;
        long long n = strtoll(at, &end, 10);
        if (end == at) {
            at++;
            continue;
        }
        if (n < 0 || rank == MOST_RANK)
            return -1;
        dim[rank++] = n;
        at = end;
    }
    return rank;
}

static sdx_value *no(char *why, size_t size, const char *what)
{
    snprintf(why, size, "%s", what);
    return NULL;
}

/* Fortran's order: the first axis is the fastest. */
static bool untwist(sdx_value *v, int rank, const int64_t *dim)
{
    size_t n = sdx_value_count(v), width = n ? sdx_value_bytes(v) / n : 0;
    char *copy = malloc(n * width + 1), *to = sdx_value_data(v);
    if (!copy)
        return false;
    memcpy(copy, to, n * width);
    for (size_t i = 0; i < n; i++) {
        size_t rest = i, from = 0, step[MOST_RANK + 1] = { 1 };
        for (int k = 0; k < rank; k++)
            step[k + 1] = step[k] * (size_t)dim[k];
        for (int k = rank - 1; k >= 0; k--) {
            from += rest % (size_t)dim[k] * step[k];
            rest /= (size_t)dim[k];
        }
        memcpy(to + i * width, copy + from * width, width);
    }
    free(copy);
    return true;
}

/* Do these dims take no more than the bytes that are there?  Asked before memory is. */
static bool is_there(sdx_dtype dtype, int rank, const int64_t *dim, size_t bytes)
{
    size_t n = (size_t)sdx_dtype_bits(dtype) / 8;
    for (int i = 0; i < rank; i++)
        if (dim[i] == 0)
            return true;
    for (int i = 0; i < rank; i++)
        if (__builtin_mul_overflow(n, (size_t)dim[i], &n) || n > bytes)
            return false;
    return n <= bytes;
}

sdx_value *npy_read(const void *bytes, size_t size, char *why, size_t why_size)
{
    const unsigned char *b = bytes;
    if (size < 12 || memcmp(b, "\x93NUMPY", 6) != 0)
        return no(why, why_size, "no .npy file");
    size_t at = b[6] == 1 ? 10 : 12;
    size_t length = b[6] == 1 ? (size_t)(b[8] | b[9] << 8)
                              : (size_t)b[8] | (size_t)b[9] << 8 | (size_t)b[10] << 16 |
                                    (size_t)b[11] << 24;
    if (length > size - at)
        return no(why, why_size, "the header is cut off");
    char *header = malloc(length + 1); /* bytes that no zero ends: no string to any function yet */
    if (!header)
        return no(why, why_size, "no memory");
    memcpy(header, b + at, length);
    header[length] = '\0';
    int64_t dim[MOST_RANK];
    int rank = read_shape(header, dim);
    sdx_dtype dtype = read_descr(header);
    const char *order = field(header, "'fortran_order'");
    bool fortran = order && strncmp(order, ": True", 6) == 0;
    free(header);
    if (rank < 0 || dtype == SDX_UNDEFINED)
        return no(why, why_size, "an element type or a shape that is not supported");
    sdx_value *v;
    sdx_error err;
    if (!is_there(dtype, rank, dim, size - at - length))
        return no(why, why_size, "the data is cut off");
    if (sdx_value_tensor(dtype, rank, dim, &v, &err) != SDX_OK)
        return no(why, why_size, err.fact);
    if (sdx_value_bytes(v) > 0)
        memcpy(sdx_value_data(v), b + at + length, sdx_value_bytes(v));
    if (fortran && !untwist(v, rank, dim)) {
        sdx_value_free(v);
        return no(why, why_size, "no memory");
    }
    return v;
}

static const char *descr_of(sdx_dtype d)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].dtype == d)
            return kinds[i].descr;
    return NULL;
}

bool npy_has(sdx_dtype d)
{
    return descr_of(d) != NULL;
}

void *npy_write(const sdx_value *v, size_t *size, char *why, size_t why_size)
{
    char header[1024];
    const int64_t *dim;
    const char *descr = descr_of(sdx_value_dtype(v));
    int rank = sdx_value_dims(v, &dim), n = 0;
    if (rank < 0 || !descr || rank > MOST_RANK)
        return no(why, why_size, "NumPy has no such type");
    n += snprintf(header, sizeof header, "{'descr': '%s%s', 'fortran_order': False, 'shape': (",
                  descr[1] == '1' && descr[2] == '\0' ? "|" : "<", descr);
    for (int i = 0; i < rank; i++)
        n += snprintf(header + n, sizeof header - (size_t)n, "%lld,%s", (long long)dim[i],
                      i + 1 < rank ? " " : "");
    n += snprintf(header + n, sizeof header - (size_t)n, "), }");
    size_t total = ((size_t)n + 11 + ALIGN - 1) / ALIGN * ALIGN, data = sdx_value_bytes(v);
    unsigned char *out = malloc(total + data);
    if (!out)
        return no(why, why_size, "no memory");
    memcpy(out, "\x93NUMPY\x01\x00", 8);
    out[8] = (unsigned char)((total - 10) & 255);
    out[9] = (unsigned char)((total - 10) >> 8);
    memcpy(out + 10, header, (size_t)n);
    memset(out + 10 + n, ' ', total - 10 - (size_t)n);
    out[total - 1] = '\n';
    if (data > 0)
        memcpy(out + total, sdx_value_view(v), data);
    *size = total + data;
    return out;
}
