/* tools/io/plain.c - tensors as plain text. */
#include "io/plain.h"

#include "cli.h"
#include "io/json.h"
#include <stdlib.h>
#include <string.h>

enum { MOST_RANK = 64 };

static int small(char c)
{
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

bool plain_same(const char *a, const char *b)
{
    while (*a && small(*a) == small(*b)) {
        a++;
        b++;
    }
    return !*a && !*b;
}

bool fit_dims(int rank, int64_t *dims, size_t n)
{
    int open = -1;
    size_t known = 1;
    for (int i = rank; i-- > 0;) {
        if (dims[i] < 0 && open < 0) {
            open = i;
            continue;
        }
        dims[i] = dims[i] < 0 ? 1 : dims[i];
        if (__builtin_mul_overflow(known, (size_t)dims[i], &known))
            return false;
    }
    if (open < 0)
        return known == n;
    if (known == 0 || n % known != 0)
        return false;
    dims[open] = (int64_t)(n / known);
    return true;
}

static bool is_between(char c)
{
    return c == ' ' || c == ',' || (c >= '\t' && c <= '\r');
}

/* The next word, or line, from *at on; 0: there is none. */
static size_t next(const char **at, const char *end, bool lines)
{
    size_t n = 0;
    while (!lines && *at < end && is_between(**at))
        ++*at;
    while (*at + n < end && (lines ? (*at)[n] != '\n' : !is_between((*at)[n])))
        n++;
    return n;
}

static size_t count(const char *text, const char *end, bool lines)
{
    size_t n = 0;
    for (const char *at = text; at < end; n++) {
        size_t length = next(&at, end, lines);
        if (length == 0 && (!lines || at == end))
            break;
        at += length + (lines && at + length < end);
    }
    return n;
}

static bool put(sdx_value *v, size_t i, const char *word, size_t length)
{
    static const char *const special[] = { "nan", "inf", "-inf", "true", "false" };
    static const double meant[] = { (double)__builtin_nanf(""), (double)__builtin_inff(),
                                    -(double)__builtin_inff(), 1, 0 };
    char text[64];
    int64_t whole;
    double x;
    if (length >= sizeof text)
        return false;
    memcpy(text, word, length);
    text[length] = '\0';
    for (size_t k = 0; k < sizeof meant / sizeof *meant; k++)
        if (plain_same(text, special[k]))
            return sdx_value_set_f64(v, i, meant[k]);
    if (sdx_dtype_class(sdx_value_dtype(v)) != SDX_REAL &&
        cli_number(text, INT64_MIN, INT64_MAX, &whole))
        return sdx_value_set_i64(v, i, whole);
    return cli_real(text, &x) && sdx_value_set_f64(v, i, x);
}

static sdx_value *read_numbers(const char *text, const char *end, sdx_dtype dtype, int rank,
                               const int64_t *dims, char *why, size_t why_size)
{
    sdx_value *v = NULL;
    sdx_error err;
    if (sdx_value_tensor(dtype, rank, dims, &v, &err) != SDX_OK) {
        snprintf(why, why_size, "%s", err.fact);
        return NULL;
    }
    const char *at = text;
    for (size_t i = 0, n = sdx_value_count(v); i < n; i++) {
        size_t length = next(&at, end, false);
        if (!put(v, i, at, length)) {
            snprintf(why, why_size, "'%.*s' is no number", (int)(length < 40 ? length : 40), at);
            sdx_value_free(v);
            return NULL;
        }
        at += length;
    }
    return v;
}

static sdx_value *read_lines(const char *text, const char *end, int rank, const int64_t *dims,
                             size_t n, char *why, size_t why_size)
{
    sdx_string *line = calloc(n + 1, sizeof *line);
    sdx_value *v = NULL;
    sdx_error err;
    const char *at = text;
    for (size_t i = 0; line && i < n; i++) {
        size_t length = next(&at, end, true);
        line[i] = (sdx_string){ at, length - (length > 0 && at[length - 1] == '\r') };
        at += length + 1;
    }
    if (!line)
        snprintf(why, why_size, "no memory");
    else if (sdx_value_strings(rank, dims, line, &v, &err) != SDX_OK)
        snprintf(why, why_size, "%s", err.fact);
    free(line);
    return v;
}

sdx_value *plain_read_tensor(const char *text, size_t size, sdx_dtype dtype, int rank,
                             const int64_t *dims, char *why, size_t why_size)
{
    const char *end = text + size, *first = text;
    int64_t dim[MOST_RANK] = { -1 };
    bool lines = dtype == SDX_STR;
    while (first < end && is_between(*first))
        first++;
    if (first < end && *first == '[')
        return json_read_tensor(text, size, dtype, why, why_size);
    for (int i = 0; i < rank && i < MOST_RANK; i++)
        dim[i] = dims[i];
    rank = rank < 0 ? 1 : rank;
    size_t n = count(text, end, lines);
    if (rank > MOST_RANK || !fit_dims(rank, dim, n)) {
        snprintf(why, why_size, "%zu %s do not fill the dims of the input", n,
                 lines ? "lines" : "numbers");
        return NULL;
    }
    return lines ? read_lines(text, end, rank, dim, n, why, why_size)
                 : read_numbers(text, end, dtype, rank, dim, why, why_size);
}
