/* tools/inputs.c - values for a model's inputs: from files, or made up. */
#include "inputs.h"

#include "io/file.h"
#include "io/json.h"
#include "io/npy.h"
#include "io/random.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_RANK = 64 };

void inputs_default(input_options *o)
{
    *o = (input_options){ 0 };
    image_default(&o->image);
}

void inputs_free(input_options *o)
{
    for (size_t i = 0; i < o->n; i++)
        free(o->spec[i].name);
    free(o->spec);
    free(o->type);
    cli_free_dims(&o->dims);
}

static bool is_made_up(const char *source)
{
    return strcmp(source, "zeros") == 0 || strcmp(source, "ones") == 0 ||
           strcmp(source, "arange") == 0 || strncmp(source, "random", 6) == 0 ||
           strncmp(source, "value:", 6) == 0;
}

bool inputs_add(input_options *o, const char *text)
{
    input_spec *more = realloc(o->spec, (o->n + 1) * sizeof *more);
    if (!more)
        return false;
    o->spec = more;
    const char *eq = strchr(text, '=');
    bool whole = !eq || tool_exists(text) ||
                 is_made_up(text); /* a file may have a '=' in its name */
    char *name = whole ? NULL : strndup(text, (size_t)(eq - text));
    if (!whole && !name)
        return false;
    o->spec[o->n++] = (input_spec){ name, whole ? text : eq + 1 };
    return true;
}

void inputs_drop(sdx_value **v, size_t n)
{
    for (size_t i = 0; v && i < n; i++)
        sdx_value_free(v[i]);
    free(v);
}

/* ---- which spec ---- */

static const char *source_of(const input_options *o, const char *name, size_t place)
{
    size_t unnamed = 0;
    for (size_t i = 0; i < o->n; i++)
        if (o->spec[i].name && strcmp(o->spec[i].name, name) == 0)
            return o->spec[i].source;
    for (size_t i = 0; i < o->n; i++)
        if (!o->spec[i].name && unnamed++ == place)
            return o->spec[i].source;
    return NULL;
}

static bool is_named(const input_options *o, const char *name)
{
    for (size_t i = 0; i < o->n; i++)
        if (o->spec[i].name && strcmp(o->spec[i].name, name) == 0)
            return true;
    return false;
}

/* ---- shapes and types ---- */

/* Dims of --shape=NAME=1,3,?,H; "?" and symbols leave what the model says. */
static void apply_shape(const input_options *o, const char *name, int *rank, int64_t *dim)
{
    size_t n = strlen(name);
    for (size_t i = 0; i < o->dims.n_shapes; i++) {
        const char *text = o->dims.shape[i];
        if (strncmp(text, name, n) != 0 || text[n] != '=')
            continue;
        int at = 0;
        for (text += n + 1; *text && at < MOST_RANK; at++) {
            size_t length = strcspn(text, ",");
            char word[32];
            int64_t number;
            snprintf(word, sizeof word, "%.*s", (int)(length < 31 ? length : 31), text);
            if (at >= *rank)
                dim[at] = -1;
            if (cli_number(word, 0, INT64_MAX, &number))
                dim[at] = number;
            text += length + (text[length] == ',');
        }
        *rank = at;
    }
}

static int64_t number_of(const input_options *o, const char *symbol)
{
    for (size_t i = 0; symbol && i < o->dims.n; i++)
        if (strcmp(o->dims.dim[i].symbol, symbol) == 0)
            return o->dims.dim[i].value;
    return -1;
}

static int shape_of(const input_options *o, const sdx_value_info *info, int64_t *dim)
{
    int rank = info->rank < 0 ? 0 : info->rank;
    for (int i = 0; i < rank && i < MOST_RANK; i++)
        dim[i] = info->dims[i] >= 0 ? info->dims[i] : number_of(o, info->symbols[i]);
    apply_shape(o, info->name, &rank, dim);
    return rank;
}

static sdx_dtype type_of(const input_options *o, const sdx_value_info *info)
{
    size_t n = strlen(info->name);
    for (size_t i = 0; i < o->n_types; i++)
        if (strncmp(o->type[i], info->name, n) == 0 && o->type[i][n] == '=')
            return sdx_dtype_find(o->type[i] + n + 1);
    return info->dtype;
}

/* ---- making ---- */

/* "random:LO,HI" */
static bool limits(const char *text, double *lo, double *hi)
{
    char word[64];
    snprintf(word, sizeof word, "%s", text);
    char *comma = strchr(word, ',');
    if (!comma)
        return false;
    *comma = '\0';
    return cli_real(word, lo) && cli_real(comma + 1, hi);
}

static bool fill_made_up(sdx_value *v, const char *source, double lo, double hi, uint64_t seed)
{
    if (strncmp(source, "random", 6) == 0) {
        if (source[6] && (source[6] != ':' || !limits(source + 7, &lo, &hi)))
            return false;
        fill_random(v, seed, lo, hi);
    } else if (strncmp(source, "value:", 6) == 0) {
        if (!cli_real(source + 6, &lo))
            return false;
        fill_number(v, lo, 0);
    } else {
        fill_number(v, strcmp(source, "ones") == 0, strcmp(source, "arange") == 0);
    }
    return true;
}

static sdx_value *make_up(const cli *c, const input_options *o, const sdx_value_info *info,
                          const char *source, size_t place)
{
    int64_t dim[MOST_RANK];
    int rank = shape_of(o, info, dim);
    sdx_value *v;
    sdx_error err;
    for (int i = 0; i < rank; i++)
        dim[i] = dim[i] < 0 ? 1 : dim[i];
    if (info->kind != SDX_TENSOR) {
        cli_say(c, "input '%s' is %s: only a file can give it", info->name, info->type);
        return NULL;
    }
    if (sdx_value_tensor(type_of(o, info), rank, dim, &v, &err) != SDX_OK) {
        cli_fail(c, &err);
        return NULL;
    }
    double lo = sdx_dtype_class(sdx_value_dtype(v)) == SDX_REAL ? -1 : 0, hi = 1;
    if (!fill_made_up(v, source, lo, hi, o->seed + place)) {
        cli_usage(c, "'%s': zeros, ones, arange, random[:LO,HI] or value:NUMBER is wanted", source);
        sdx_value_free(v);
        return NULL;
    }
    return v;
}

static bool ends(const char *path, const char *with)
{
    size_t n = strlen(path), m = strlen(with);
    return n >= m && strcmp(path + n - m, with) == 0;
}

static sdx_value *raw_tensor(const input_options *o, const sdx_value_info *info, const void *bytes,
                             size_t size, char *why, size_t why_size)
{
    int64_t dim[MOST_RANK];
    int rank = shape_of(o, info, dim);
    sdx_value *v;
    sdx_error err;
    for (int i = 0; i < rank; i++)
        dim[i] = dim[i] < 0 ? 1 : dim[i];
    if (sdx_value_tensor(type_of(o, info), rank, dim, &v, &err) != SDX_OK) {
        snprintf(why, why_size, "%s", err.fact);
        return NULL;
    }
    if (sdx_value_bytes(v) != size || !sdx_value_data(v)) {
        snprintf(why, why_size, "%zu bytes, the input takes %zu", size, sdx_value_bytes(v));
        sdx_value_free(v);
        return NULL;
    }
    memcpy(sdx_value_data(v), bytes, size);
    return v;
}

typedef struct wanted {
    const char *name;
    sdx_value *v;
} wanted;

static bool take_named(void *ctx, const char *name, sdx_value *v)
{
    wanted *w = ctx;
    if (!w->v && strcmp(name, w->name) == 0)
        w->v = v;
    else
        sdx_value_free(v);
    return true;
}

static sdx_value *from_bytes(const input_options *o, const sdx_value_info *info, const char *path,
                             void *bytes, size_t size, char *why, size_t why_size)
{
    int64_t dim[MOST_RANK];
    int rank = shape_of(o, info, dim);
    sdx_value *v = NULL;
    sdx_error err;
    if (size > 6 && memcmp(bytes, "\x93NUMPY", 6) == 0)
        return npy_read(bytes, size, why, why_size);
    if (image_is(bytes, size))
        return image_read(bytes, size, &o->image, type_of(o, info), rank, dim, why, why_size);
    if (ends(path, ".json") || ends(path, ".txt"))
        return json_read_tensor(bytes, size, type_of(o, info), why, why_size);
    if (ends(path, ".raw") || ends(path, ".bin"))
        return raw_tensor(o, info, bytes, size, why, why_size);
    if (sdx_value_read(info->kind, bytes, size, NULL, 0, &v, &err) != SDX_OK)
        snprintf(why, why_size, "%s", err.fact);
    return v;
}

static sdx_value *from_file(const cli *c, const input_options *o, const sdx_value_info *info,
                            const char *path)
{
    char why[512] = "";
    sdx_value *v = NULL;
    size_t size;
    if (ends(path, ".npz")) {
        wanted w = { info->name, NULL };
        npz_read(path, take_named, &w, why, sizeof why);
        v = w.v;
        if (!v && !why[0])
            snprintf(why, sizeof why, "no array '%s' is in it", info->name);
    } else {
        void *bytes = tool_read_file(path, &size);
        if (!bytes)
            snprintf(why, sizeof why, "%s", strerror(errno));
        else
            v = from_bytes(o, info, path, bytes, size, why, sizeof why);
        free(bytes);
    }
    if (!v)
        cli_say(c, "%s: input '%s': %s", path, info->name, why);
    return v;
}

sdx_value **inputs_make(const cli *c, const sdx_model *m, const input_options *o, size_t *n)
{
    sdx_model_info about;
    size_t place = 0;
    if (sdx_model_about(m, &about) != SDX_OK)
        return NULL;
    *n = about.n_inputs;
    sdx_value **v = calloc(*n + 1, sizeof(sdx_value *));
    bool good = v != NULL;
    for (size_t i = 0; good && i < *n; i++) {
        sdx_value_info info;
        sdx_model_input(m, i, &info);
        const char *source = source_of(o, info.name, place);
        place += !is_named(o, info.name);
        if (!source && o->make_up)
            source = "random";
        if (!source && info.kind == SDX_OPTIONAL)
            continue;
        if (!source) {
            cli_usage(c, "no value is given for input '%s', %s", info.name, info.type);
            good = false;
            break;
        }
        v[i] = is_made_up(source) ? make_up(c, o, &info, source, i)
                                  : from_file(c, o, &info, source);
        good = v[i] != NULL;
    }
    if (good)
        return v;
    inputs_drop(v, *n);
    return NULL;
}
