/* tools/io/audio.c - sounds as tensors. */
#include "io/audio.h"

#include "cli.h"
#include "io/resample.h"
#include "io/wav.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_RANK = 4, LEAST_TIME = 32 };

/* ---- options ---- */

static bool set(audio_spec *s, const char *key, const char *value)
{
    int64_t n;
    if (strcmp(key, "mono") == 0 && !value)
        return s->mono = true;
    if (!value)
        return false;
    if (strcmp(key, "rate") == 0 && cli_number(value, LEAST_RATE, MOST_RATE, &n))
        return (s->rate = (int)n) > 0;
    if (strcmp(key, "frame") == 0 && cli_number(value, 1, INT32_MAX, &n))
        return (s->frame = (int)n) > 0;
    if (strcmp(key, "hop") == 0 && cli_number(value, 1, INT32_MAX, &n))
        return (s->hop = (int)n) > 0;
    return false;
}

bool audio_parse(audio_spec *s, const char *text, char *why, size_t size)
{
    char *copy = strdup(text), *rest = copy;
    bool good = copy != NULL;
    for (char *part; good && (part = strsep(&rest, ","));) {
        char *value = strchr(part, '=');
        if (value)
            *value++ = '\0';
        good = set(s, part, value);
        if (!good)
            snprintf(why, size, "'%.60s' is no part of a sound's description", part);
    }
    free(copy);
    if (good && s->hop && !s->frame) {
        snprintf(why, size, "hop needs frame");
        good = false;
    }
    return good;
}

/* ---- the shape that is wanted ---- */

/* Where time and channels stand; all other dims are 1.  With frames, `row` counts them. */
typedef struct layout {
    int rank, time, channel, row; /* -1: not there */
    int64_t dim[MOST_RANK];
} layout;

/* The last dim that is long enough to be time, else the last open one, else the longest. */
static int pick_time(int rank, const int64_t *dims)
{
    int longest = 0;
    for (int i = rank; i-- > 0;)
        if (dims[i] >= LEAST_TIME)
            return i;
    for (int i = rank; i-- > 0;)
        if (dims[i] < 0)
            return i;
    for (int i = 1; i < rank; i++)
        if (dims[i] > dims[longest])
            longest = i;
    return longest;
}

static bool plan_plain(layout *l, const sound *s, const int64_t *dims)
{
    l->time = pick_time(l->rank, dims);
    for (int i = 0; i < l->rank; i++) {
        if (i == l->time) {
            l->dim[i] = dims[i] < 0 ? (int64_t)s->frames : dims[i];
        } else if (s->channels > 1 && l->channel < 0 && (dims[i] == s->channels || dims[i] < 0)) {
            l->channel = i;
            l->dim[i] = s->channels;
        } else if (dims[i] == 1 || dims[i] < 0) {
            l->dim[i] = 1;
        } else {
            return false;
        }
    }
    return s->channels == 1 || l->channel >= 0;
}

static bool plan_frames(layout *l, const sound *s, const audio_spec *a, const int64_t *dims)
{
    int64_t frames = (int64_t)s->frames, hop = a->hop ? a->hop : a->frame;
    int64_t rows = frames <= a->frame ? 1 : 1 + (frames - a->frame + hop - 1) / hop;
    l->time = l->rank - 1;
    l->row = l->rank - 2;
    if (l->rank < 2 || s->channels > 1 || (dims[l->time] >= 0 && dims[l->time] != a->frame))
        return false;
    for (int i = 0; i < l->row; i++)
        if (dims[i] > 1)
            return false;
        else
            l->dim[i] = 1;
    l->dim[l->row] = dims[l->row] < 0 ? rows : dims[l->row];
    l->dim[l->time] = a->frame;
    return true;
}

/* ---- filling ---- */

static void put(sdx_value *v, size_t i, double x)
{
    sdx_dtype dtype = sdx_value_dtype(v);
    if (sdx_dtype_class(dtype) == SDX_INT) {
        double half = ldexp(1, sdx_dtype_bits(dtype) - 1);
        x = fmin(fmax(nearbyint(x * half), -half), half - 1);
    }
    sdx_value_set_f64(v, i, x);
}

static void fill(sdx_value *v, const sound *s, const layout *l, int64_t hop)
{
    size_t step[MOST_RANK], n = 1;
    for (int i = l->rank; i-- > 0;) {
        step[i] = n;
        n *= (size_t)l->dim[i];
    }
    int64_t rows = l->row >= 0 ? l->dim[l->row] : 1, channels = l->channel >= 0 ? s->channels : 1;
    for (int64_t row = 0; row < rows; row++)
        for (int64_t t = 0; t < l->dim[l->time]; t++)
            for (int64_t c = 0; c < channels; c++) {
                size_t from = (size_t)(row * hop + t);
                size_t to = (size_t)t * step[l->time];
                to += l->row >= 0 ? (size_t)row * step[l->row] : 0;
                to += l->channel >= 0 ? (size_t)c * step[l->channel] : 0;
                if (from < s->frames)
                    put(v, to, (double)s->sample[from * (size_t)s->channels + (size_t)c]);
            }
}

static bool prepare(sound *s, const audio_spec *a, const void *bytes, size_t size, char *why,
                    size_t why_size)
{
    if (!wav_decode(bytes, size, s, why, why_size))
        return false;
    if (a->mono)
        sound_mono(s);
    if (!a->rate || sound_resample(s, a->rate))
        return true;
    snprintf(why, why_size, "no memory to bring %zu samples to %d a second", s->frames, a->rate);
    return false;
}

sdx_value *audio_read(const void *bytes, size_t size, const audio_spec *a, sdx_dtype dtype,
                      int rank, const int64_t *dims, char *note, size_t note_size, char *why,
                      size_t why_size)
{
    sound s = { .sample = NULL };
    layout l = { .rank = rank, .time = -1, .channel = -1, .row = -1 };
    int64_t hop = a->hop ? a->hop : a->frame;
    sdx_value *v = NULL;
    sdx_error err;
    if (!prepare(&s, a, bytes, size, why, why_size)) {
        free(s.sample);
        return NULL;
    }
    bool fits = rank >= 1 && rank <= MOST_RANK &&
                (a->frame ? plan_frames(&l, &s, a, dims) : plan_plain(&l, &s, dims));
    if (!fits)
        snprintf(why, why_size, "the input does not have the dims of a sound of %d channel%s%s",
                 s.channels, s.channels == 1 ? "" : "s",
                 s.channels == 1 ? "" : "; --audio=mono makes it one");
    else if (sdx_value_tensor(dtype, rank, l.dim, &v, &err) != SDX_OK)
        snprintf(why, why_size, "%s", err.fact);
    else
        fill(v, &s, &l, hop);
    int64_t rows = l.row >= 0 ? l.dim[l.row] : 1;
    int64_t room = fits ? (rows - 1) * hop + l.dim[l.time] : 0;
    if (v && rows > 0 && room < (int64_t)s.frames)
        snprintf(note, note_size, "the input takes the first %" PRId64 " of %zu samples", room,
                 s.frames);
    free(s.sample);
    return v;
}
