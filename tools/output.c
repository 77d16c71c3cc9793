/* tools/output.c - what comes out of a model: shown, ranked, written to files. */
#include "output.h"

#include "io/file.h"
#include "io/json.h"
#include "io/npy.h"
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void output_type(const sdx_value *v, char *text, size_t size)
{
    static const char *const kind[] = { "nothing",  "tensor", "sequence",
                                        "optional", "map",    "sparse tensor" };
    const int64_t *dim;
    int rank = sdx_value_dims(v, &dim), n = 0;
    if (rank < 0) {
        snprintf(text, size, "%s of %zu", kind[sdx_value_kind(v)], sdx_value_count(v));
        return;
    }
    n = snprintf(text, size, "%s[", sdx_dtype_onnx_name(sdx_value_dtype(v)));
    for (int i = 0; i < rank && n > 0 && (size_t)n < size; i++)
        n += snprintf(text + n, size - (size_t)n, "%s%" PRId64, i ? ", " : "", dim[i]);
    if (n > 0 && (size_t)n < size)
        snprintf(text + n, size - (size_t)n, "]");
}

static void print_element(FILE *to, const sdx_value *v, size_t i)
{
    if (sdx_dtype_class(sdx_value_dtype(v)) == SDX_REAL)
        fprintf(to, "%.7g", sdx_value_f64(v, i));
    else
        json_print_element(to, v, i);
}

void output_print(FILE *to, const char *name, const sdx_value *v, print_how how)
{
    char type[600];
    if (how == PRINT_NONE)
        return;
    output_type(v, type, sizeof type);
    cli_print_escaped(to, name);
    fprintf(to, "  %s", type);
    if (how == PRINT_FULL) {
        fputs("\n", to);
        json_print_value(to, v);
    }
    size_t n = sdx_value_kind(v) == SDX_TENSOR ? sdx_value_count(v) : 0;
    for (size_t i = 0; how == PRINT_HEAD && i < n && i < OUTPUT_HEAD; i++) {
        fputs(i ? " " : "  ", to);
        print_element(to, v, i);
    }
    fputs(how == PRINT_HEAD && n > OUTPUT_HEAD ? " ...\n" : "\n", to);
}

/* ---- the largest ---- */

static double element(const sdx_value *v, size_t i)
{
    sdx_class class = sdx_dtype_class(sdx_value_dtype(v));
    return class == SDX_REAL ? sdx_value_f64(v, i) : (double)sdx_value_i64(v, i);
}

/* The largest that is not taken, a NaN only when nothing else is left. */
static size_t largest(const sdx_value *v, size_t row, size_t n, const bool *taken)
{
    size_t best = n;
    for (size_t i = 0; i < n; i++) {
        double x = element(v, row * n + i);
        if (!taken[i] && (best == n || x > element(v, row * n + best) ||
                          (isnan(element(v, row * n + best)) && !isnan(x))))
            best = i;
    }
    return best;
}

/* Where the elements of a tensor can be ranked: rows of n. */
static bool can_rank(const sdx_value *v, size_t *rows, size_t *n)
{
    const int64_t *dim;
    int rank = sdx_value_dims(v, &dim);
    sdx_class class = sdx_dtype_class(sdx_value_dtype(v));
    if (sdx_value_kind(v) != SDX_TENSOR || class == SDX_STRING || class == SDX_COMPLEX)
        return false;
    *n = rank > 0 ? (size_t)dim[rank - 1] : 1;
    *rows = *n ? sdx_value_count(v) / *n : 0;
    return *rows > 0;
}

void output_top(FILE *to, const char *name, const sdx_value *v, size_t k, char **label,
                size_t n_labels)
{
    size_t rows, n;
    bool *taken = can_rank(v, &rows, &n) ? malloc(n) : NULL;
    for (size_t row = 0; taken && row < rows; row++) {
        memset(taken, 0, n);
        cli_print_escaped(to, name);
        if (rows > 1)
            fprintf(to, " row %zu", row);
        fputs("\n", to);
        for (size_t i = 0; i < k && i < n; i++) {
            size_t at = largest(v, row, n, taken);
            taken[at] = true;
            fprintf(to, "%10.6f  ", element(v, row * n + at));
            if (at < n_labels)
                cli_print_escaped(to, label[at]);
            else
                fprintf(to, "#%zu", at);
            fputs("\n", to);
        }
    }
    free(taken);
}

void output_top_json(FILE *to, const sdx_value *v, size_t k, char **label, size_t n_labels)
{
    size_t rows, n;
    bool *taken = can_rank(v, &rows, &n) ? malloc(n) : NULL;
    fputs(taken ? ", \"top\": [" : "", to);
    for (size_t row = 0; taken && row < rows; row++) {
        memset(taken, 0, n);
        fputs(row ? ", [" : "[", to);
        for (size_t i = 0; i < k && i < n; i++) {
            size_t at = largest(v, row, n, taken);
            taken[at] = true;
            fprintf(to, "%s{\"index\": %zu, \"value\": ", i ? ", " : "", at);
            json_print_element(to, v, row * n + at);
            if (at < n_labels) {
                fputs(", \"label\": ", to);
                json_print_string(to, label[at], strlen(label[at]));
            }
            fputs("}", to);
        }
        fputs("]", to);
    }
    fputs(taken ? "]" : "", to);
    free(taken);
}

/* ---- files ---- */

static bool ends(const char *path, const char *with)
{
    size_t n = strlen(path), m = strlen(with);
    return n >= m && strcmp(path + n - m, with) == 0;
}

static bool write_json(const char *path, const sdx_value *v)
{
    bool out = strcmp(path, "-") == 0;
    FILE *f = out ? stdout : fopen(path, "w");
    if (!f)
        return false;
    json_print_value(f, v);
    fputs("\n", f);
    return (out ? fflush(f) : fclose(f)) == 0;
}

bool output_write(const cli *c, const char *path, const char *name, const sdx_value *v)
{
    char why[512] = "";
    sdx_error err;
    void *bytes = NULL;
    size_t size = 0;
    bool done = false;
    if (ends(path, ".json") || strcmp(path, "-") == 0) {
        done = write_json(path, v);
    } else if (ends(path, ".npy")) {
        bytes = npy_write(v, &size, why, sizeof why);
        done = bytes && tool_write_file(path, bytes, size);
        free(bytes);
    } else if (ends(path, ".raw")) {
        const void *data = sdx_value_view(v);
        if (!data && sdx_value_count(v) > 0)
            snprintf(why, sizeof why, "strings and composite values have no raw form");
        else
            done = tool_write_file(path, data ? data : "", sdx_value_bytes(v));
    } else if (sdx_value_write(v, name, &bytes, &size, &err) != SDX_OK) {
        snprintf(why, sizeof why, "%s", err.fact);
    } else {
        done = tool_write_file(path, bytes, size);
        sdx_bytes_free(bytes);
    }
    if (!done)
        cli_say(c, "%s: output '%s' cannot be written: %s", path, name,
                why[0] ? why : strerror(errno));
    return done;
}
