/* tools/inputs.c - which value goes to which input, and what dims it has. */
#include "inputs.h"

#include "io/file.h"
#include "source.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void inputs_default(input_options *o)
{
    *o = (input_options){ .n = 0 };
    image_default(&o->image);
}

void inputs_keep(input_options *o, size_t n)
{
    while (o->n > n)
        free(o->spec[--o->n].name);
}

void inputs_free(input_options *o)
{
    inputs_keep(o, 0);
    for (size_t i = 0; i < o->n_types; i++)
        free(o->type[i]);
    free(o->spec);
    free(o->type);
    cli_free_dims(&o->dims);
    cli_free_dims(&o->bound);
}

bool inputs_add(input_options *o, const char *text)
{
    input_spec *more = realloc(o->spec, (o->n + 1) * sizeof *more);
    if (!more)
        return false;
    o->spec = more;
    const char *eq = strchr(text, '=');
    /* A file may have a '=' in its name. */
    bool whole = !eq || tool_exists(text) || source_is_made_up(text);
    char *name = whole ? NULL : strndup(text, (size_t)(eq - text));
    if (!whole && !name)
        return false;
    o->spec[o->n++] = (input_spec){ name, whole ? text : eq + 1 };
    return true;
}

bool inputs_add_type(input_options *o, const char *text)
{
    const char *eq = strrchr(text, '=');
    if (!eq || eq == text || sdx_dtype_find(eq + 1) == SDX_UNDEFINED)
        return false;
    char **more = realloc(o->type, (o->n_types + 1) * sizeof *more);
    if (!more)
        return false;
    o->type = more;
    more[o->n_types] = strdup(text);
    return more[o->n_types] && ++o->n_types;
}

void inputs_drop(sdx_value **v, size_t n)
{
    for (size_t i = 0; v && i < n; i++)
        sdx_value_free(v[i]);
    free(v);
}

/* ---- do the options fit the model? ---- */

static bool is_input(const sdx_model *m, const char *name, size_t length)
{
    sdx_value_info info;
    for (size_t i = 0; sdx_model_input(m, i, &info) == SDX_OK; i++)
        if (strlen(info.name) == length && memcmp(info.name, name, length) == 0)
            return true;
    return false;
}

static bool is_symbol(const sdx_model *m, const char *symbol)
{
    sdx_value_info info;
    for (size_t i = 0; sdx_model_input(m, i, &info) == SDX_OK; i++)
        for (int k = 0; k < info.rank; k++)
            if (info.symbols && info.symbols[k] && strcmp(info.symbols[k], symbol) == 0)
                return true;
    return false;
}

static bool no_input(const cli *c, const sdx_model *m, const char *name, size_t length)
{
    char all[512] = "none";
    sdx_value_info info;
    size_t used = 0;
    for (size_t i = 0; sdx_model_input(m, i, &info) == SDX_OK && used < sizeof all; i++) {
        int n = snprintf(all + used, sizeof all - used, "%s'%s'", i ? ", " : "", info.name);
        used += n > 0 ? (size_t)n : 0;
    }
    cli_say(c, "the model has no input '%.*s'; there is %s", (int)length, name, all);
    return false;
}

/* A dim that the equations of the model settle is a number, whatever the file calls it. */
static bool no_symbol(const cli *c, const sdx_model *m, const sdx_dim_binding *d)
{
    char all[512] = "";
    sdx_value_info info;
    for (size_t i = 0; sdx_model_input(m, i, &info) == SDX_OK; i++)
        for (int k = 0; k < info.rank; k++) {
            char name[128];
            size_t used = strlen(all);
            if (!info.symbols || !info.symbols[k])
                continue;
            snprintf(name, sizeof name, "'%s'", info.symbols[k]);
            if (!strstr(all, name))
                snprintf(all + used, sizeof all - used, "%s%s", used ? ", " : "", name);
        }
    cli_say(c, "-d %s=%" PRId64 ": no input has an open dim of this name; %s%s", d->symbol,
            d->value, all[0] ? "open are " : "all are numbers", all);
    return false;
}

static bool bind_shapes(const cli *c, const sdx_model *m, input_options *o)
{
    cli_free_dims(&o->bound);
    o->bound.shape = o->dims.shape; /* lent */
    o->bound.n_shapes = o->dims.n_shapes;
    bool good = cli_dims_of_shapes(c, &o->bound, m);
    o->bound.shape = NULL;
    o->bound.n_shapes = 0;
    return good;
}

bool inputs_settle(const cli *c, const sdx_model *m, input_options *o)
{
    sdx_model_info about;
    size_t unnamed = 0;
    if (sdx_model_about(m, &about) != SDX_OK)
        return false;
    for (size_t i = 0; i < o->n; i++) {
        const char *name = o->spec[i].name;
        if (name && !is_input(m, name, strlen(name)))
            return no_input(c, m, name, strlen(name));
        unnamed += !name;
    }
    if (unnamed > about.n_inputs) {
        cli_usage(c, "%zu values are given; the model has %zu input%s", unnamed, about.n_inputs,
                  about.n_inputs == 1 ? "" : "s");
        return false;
    }
    for (size_t i = 0; i < o->n_types; i++) {
        size_t length = (size_t)(strrchr(o->type[i], '=') - o->type[i]);
        if (!is_input(m, o->type[i], length))
            return no_input(c, m, o->type[i], length);
    }
    for (size_t i = 0; i < o->dims.n && !o->other_dims; i++)
        if (!is_symbol(m, o->dims.dim[i].symbol)) {
            return no_symbol(c, m, &o->dims.dim[i]);
        }
    return bind_shapes(c, m, o);
}

/* ---- which spec ---- */

/* place: how many inputs before this one took what has no name.  An archive serves all whose names
 * are in it. */
static const char *source_of(const input_options *o, const char *name, size_t *place)
{
    const char *archive = NULL;
    size_t unnamed = 0;
    for (size_t i = 0; i < o->n; i++)
        if (o->spec[i].name && strcmp(o->spec[i].name, name) == 0)
            return o->spec[i].source;
    for (size_t i = 0; i < o->n; i++)
        if (!o->spec[i].name && source_ends(o->spec[i].source, ".npz")) {
            archive = o->spec[i].source;
            if (source_holds(archive, name))
                return archive;
        }
    for (size_t i = 0; i < o->n; i++)
        if (!o->spec[i].name && !source_ends(o->spec[i].source, ".npz") && unnamed++ == *place) {
            ++*place;
            return o->spec[i].source;
        }
    return archive;
}

/* ---- shapes and types ---- */

/* Dims of --shape=NAME=1,3,?,H; "?" and symbols leave what the model says. */
static void apply_shape(const input_options *o, const char *name, int *rank, int64_t *dim)
{
    size_t n = strlen(name);
    for (size_t i = 0; i < o->dims.n_shapes; i++) {
        const char *text = o->dims.shape[i];
        if (strncmp(text, name, n) != 0 || text[n] != '=' || strchr(text + n + 1, '='))
            continue;
        int at = 0;
        for (text += n + 1; *text && at < SOURCE_RANK; at++) {
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

static int64_t number_of(const cli_dims *d, const char *symbol)
{
    for (size_t i = 0; symbol && i < d->n; i++)
        if (strcmp(d->dim[i].symbol, symbol) == 0)
            return d->dim[i].value;
    return -1;
}

static sdx_dtype type_of(const input_options *o, const sdx_value_info *info)
{
    size_t n = strlen(info->name);
    for (size_t i = 0; i < o->n_types; i++)
        if (strncmp(o->type[i], info->name, n) == 0 && o->type[i][n] == '=')
            return sdx_dtype_find(o->type[i] + n + 1);
    return info->dtype;
}

static wish wish_of(const input_options *o, const cli_dims *known, const sdx_value_info *info)
{
    wish w = { .info = info, .dtype = type_of(o, info), .rank = info->rank };
    w.image = &o->image;
    w.audio = &o->audio;
    for (int i = 0; i < info->rank && i < SOURCE_RANK; i++) {
        const char *symbol = info->symbols ? info->symbols[i] : NULL;
        w.dim[i] = info->dims[i] >= 0 ? info->dims[i] : number_of(&o->dims, symbol);
        if (w.dim[i] < 0)
            w.dim[i] = number_of(&o->bound, symbol);
        if (w.dim[i] < 0)
            w.dim[i] = number_of(known, symbol);
    }
    apply_shape(o, info->name, &w.rank, w.dim);
    w.rank = w.rank > SOURCE_RANK ? SOURCE_RANK : w.rank;
    return w;
}

/* ---- all of them ---- */

static bool bind(cli_dims *d, const char *symbol, int64_t value)
{
    if (!symbol || number_of(d, symbol) >= 0)
        return true;
    sdx_dim_binding *more = realloc(d->dim, (d->n + 1) * sizeof *more);
    char *copy = more ? strdup(symbol) : NULL;
    if (more)
        d->dim = more;
    if (copy)
        d->dim[d->n++] = (sdx_dim_binding){ copy, value };
    return copy != NULL;
}

static bool bind_all(cli_dims *d, const sdx_value_info *info, const sdx_value *v)
{
    const int64_t *dim;
    int rank = v ? sdx_value_dims(v, &dim) : -1;
    for (int i = 0; rank == info->rank && info->symbols && i < rank; i++)
        if (info->dims[i] < 0 && !bind(d, info->symbols[i], dim[i]))
            return false;
    return true;
}

bool inputs_symbols(const sdx_model *m, sdx_value *const *v, cli_dims *d)
{
    sdx_value_info info;
    for (size_t i = 0; sdx_model_input(m, i, &info) == SDX_OK; i++)
        if (!bind_all(d, &info, v[i]))
            return false;
    return true;
}

/* The inputs that come from files, or the others. */
static bool make_some(const cli *c, const sdx_model *m, const input_options *o, bool files,
                      cli_dims *known, sdx_value **v, size_t n)
{
    size_t place = 0;
    for (size_t i = 0; i < n; i++) {
        sdx_value_info info;
        sdx_model_input(m, i, &info);
        const char *source = source_of(o, info.name, &place);
        if (!source && o->make_up)
            source = "random";
        if (!source && info.kind == SDX_OPTIONAL)
            continue;
        if (!source) {
            cli_usage(c, "no value is given for input '%s', %s", info.name, info.type);
            return false;
        }
        if (files == source_is_made_up(source))
            continue;
        wish w = wish_of(o, known, &info);
        v[i] = files ? source_read(c, &w, source) : source_make_up(c, &w, source, o->seed + i);
        if (!v[i] || !bind_all(known, &info, v[i]))
            return false;
    }
    return true;
}

sdx_value **inputs_make(const cli *c, const sdx_model *m, const input_options *o, size_t *n)
{
    sdx_model_info about;
    cli_dims known = { .n = 0 };
    if (sdx_model_about(m, &about) != SDX_OK)
        return NULL;
    *n = about.n_inputs;
    sdx_value **v = calloc(*n + 1, sizeof(sdx_value *));
    bool good = v && make_some(c, m, o, true, &known, v, *n) &&
                make_some(c, m, o, false, &known, v, *n);
    cli_free_dims(&known);
    if (good)
        return v;
    inputs_drop(v, *n);
    return NULL;
}
