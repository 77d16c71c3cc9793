/* tools/source.c - one value for an input: out of a file, or made up. */
#include "source.h"

#include "io/file.h"
#include "io/json.h"
#include "io/npy.h"
#include "io/picture.h"
#include "io/random.h"
#include "io/plain.h"
#include "io/wav.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- made up ---- */

bool source_is_made_up(const char *source)
{
    return strcmp(source, "zeros") == 0 || strcmp(source, "ones") == 0 ||
           strcmp(source, "arange") == 0 || strcmp(source, "random") == 0 ||
           strncmp(source, "random:", 7) == 0 || strncmp(source, "value:", 6) == 0;
}

/* "LO,HI" */
static bool limits(const char *text, double *lo, double *hi)
{
    char word[64];
    snprintf(word, sizeof word, "%s", text);
    char *comma = strchr(word, ',');
    if (!comma)
        return false;
    *comma = '\0';
    return cli_real(word, lo) && cli_real(comma + 1, hi) && *lo <= *hi;
}

static bool fill(sdx_value *v, const char *source, uint64_t seed)
{
    double lo = sdx_dtype_class(sdx_value_dtype(v)) == SDX_REAL ? -1 : 0, hi = 1;
    if (strncmp(source, "random", 6) == 0) {
        if (source[6] && !limits(source + 7, &lo, &hi))
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

sdx_value *source_make_up(const cli *c, const wish *w, const char *source, uint64_t seed)
{
    int64_t dim[SOURCE_RANK];
    sdx_value *v;
    sdx_error err;
    for (int i = 0; i < w->rank; i++)
        dim[i] = w->dim[i] < 0 ? 1 : w->dim[i];
    if (w->info->kind != SDX_TENSOR) {
        cli_say(c, "input '%s' is %s: only a file can give it", w->info->name, w->info->type);
        return NULL;
    }
    if (w->dtype == SDX_STR) {
        cli_say(c, "input '%s' holds strings: only a file can give it", w->info->name);
        return NULL;
    }
    if (sdx_value_tensor(w->dtype, w->rank < 0 ? 0 : w->rank, dim, &v, &err) != SDX_OK) {
        cli_fail(c, &err);
        return NULL;
    }
    if (fill(v, source, seed))
        return v;
    cli_usage(c, "'%s': zeros, ones, arange, random[:LO,HI] or value:NUMBER is wanted", source);
    sdx_value_free(v);
    return NULL;
}

/* ---- files ---- */

bool source_ends(const char *path, const char *with)
{
    size_t n = strlen(path), m = strlen(with);
    return n >= m && plain_same(path + n - m, with);
}

static sdx_value *raw_tensor(const wish *w, const void *bytes, size_t size, char *why,
                             size_t why_size)
{
    int64_t dim[SOURCE_RANK] = { -1 };
    int rank = w->rank < 0 ? 1 : w->rank;
    size_t bits = (size_t)sdx_dtype_bits(w->dtype), n = bits ? size * 8 / bits : 0;
    sdx_value *v;
    sdx_error err;
    for (int i = 0; i < w->rank; i++)
        dim[i] = w->dim[i];
    if (w->dtype == SDX_STR || !bits || !fit_dims(rank, dim, n)) {
        snprintf(why, why_size, "%zu bytes do not fill the dims of the input", size);
        return NULL;
    }
    if (sdx_value_tensor(w->dtype, rank, dim, &v, &err) != SDX_OK) {
        snprintf(why, why_size, "%s", err.fact);
        return NULL;
    }
    if (sdx_value_bytes(v) != size) {
        snprintf(why, why_size, "%zu bytes, the input takes %zu", size, sdx_value_bytes(v));
        sdx_value_free(v);
        return NULL;
    }
    if (size > 0)
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

static sdx_value *read_npz(const wish *w, const char *path, char *why, size_t why_size)
{
    wanted found = { w->info->name, NULL };
    npz_read(path, take_named, &found, why, why_size);
    if (!found.v && !why[0])
        snprintf(why, why_size, "no array '%s' is in it", w->info->name);
    return found.v;
}

bool source_holds(const char *npz, const char *name)
{
    char why[512] = "";
    wanted found = { name, NULL };
    npz_read(npz, take_named, &found, why, sizeof why);
    sdx_value_free(found.v);
    return found.v != NULL;
}

static sdx_value *from_bytes(const wish *w, const char *path, const void *bytes, size_t size,
                             char *note, size_t note_size, char *why, size_t why_size)
{
    sdx_value *v = NULL;
    sdx_error err;
    if (size > 6 && memcmp(bytes, "\x93NUMPY", 6) == 0)
        return npy_read(bytes, size, why, why_size);
    if (wav_is(bytes, size))
        return audio_read(bytes, size, w->audio, w->dtype, w->rank, w->dim, note, note_size, why,
                          why_size);
    if (source_ends(path, ".json"))
        return json_read_tensor(bytes, size, w->dtype, why, why_size);
    if (source_ends(path, ".txt"))
        return plain_read_tensor(bytes, size, w->dtype, w->rank, w->dim, why, why_size);
    if (source_ends(path, ".raw") || source_ends(path, ".bin"))
        return raw_tensor(w, bytes, size, why, why_size);
    if (picture_is(bytes, size))
        return image_read(bytes, size, w->image, w->dtype, w->rank, w->dim, why, why_size);
    for (const char *const *end = (const char *const[]){ ".wav", ".png", ".jpg", ".jpeg", ".bmp",
                                                         ".ppm", ".pgm", ".npy", NULL };
         *end; end++)
        if (source_ends(path, *end)) {
            snprintf(why, why_size, "what is in it is no %s", *end + 1);
            return NULL;
        }
    if (sdx_value_read(w->info->kind, bytes, size, NULL, 0, &v, &err) != SDX_OK)
        snprintf(why, why_size, "%s", err.fact);
    return v;
}

sdx_value *source_read(const cli *c, const wish *w, const char *path)
{
    char why[512] = "", note[200] = "";
    sdx_value *v = NULL;
    size_t size;
    if (source_ends(path, ".npz")) {
        v = read_npz(w, path, why, sizeof why);
    } else {
        void *bytes = tool_read_file(path, &size);
        if (!bytes)
            snprintf(why, sizeof why, "%s", strerror(errno));
        else
            v = from_bytes(w, path, bytes, size, note, sizeof note, why, sizeof why);
        free(bytes);
    }
    if (!v)
        cli_say(c, "%s: input '%s': %s", path, w->info->name, why);
    else if (note[0] && !c->quiet)
        cli_say(c, "%s: input '%s': %s", path, w->info->name, note);
    return v;
}
