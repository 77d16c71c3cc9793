/* tools/io/resample.c - a sound at another rate, by a windowed sinc.
 *
 * Source: J. O. Smith, "Digital Audio Resampling"; J. F. Kaiser's window. */
#include "io/resample.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { CROSSINGS = 32, MOST_TABLE = 1 << 22, MOST_SAMPLES = 1 << 28 };

static const double pi = 3.14159265358979323846, beta = 9, edge = 0.9; /* edge: of half the rate */

/* The modified Bessel function of order zero, by its series. */
static double bessel(double x)
{
    double sum = 1, term = 1;
    for (int k = 1; k < 60 && term > 1e-12 * sum; k++) {
        term *= x / 2 / k * (x / 2 / k);
        sum += term;
    }
    return sum;
}

typedef struct filter {
    int64_t up, down; /* out and in, without a common factor */
    double cutoff;    /* of the input's half rate */
    int64_t half;     /* taps to each side */
    double whole;     /* bessel(beta) */
    float *table;     /* of each phase; NULL: too many */
} filter;

static double tap(const filter *f, double t)
{
    double x = t / (double)(f->half), y = f->cutoff * t;
    if (fabs(x) >= 1)
        return 0;
    double sinc = fabs(y) < 1e-9 ? 1 : sin(pi * y) / (pi * y);
    return f->cutoff * sinc * bessel(beta * sqrt(1 - x * x)) / f->whole;
}

static int64_t common_factor(int64_t a, int64_t b)
{
    while (b) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* Taps of a phase: those of input samples first - half + 1 … first + half. */
static void fill_taps(const filter *f, int64_t phase, float *taps)
{
    for (int64_t k = 0; k < 2 * f->half; k++)
        taps[k] = (float)tap(f, (double)phase / (double)f->up - (double)(k - f->half + 1));
}

static float *one_sample(const filter *f, const sound *s, int64_t at, float *taps, float *to)
{
    int64_t phase = at % f->up, first = at / f->up - f->half + 1;
    if (f->table)
        taps = f->table + phase * 2 * f->half;
    else
        fill_taps(f, phase, taps);
    for (int c = 0; c < s->channels; c++) {
        double sum = 0;
        int64_t from = first < 0 ? -first : 0, frames = (int64_t)s->frames;
        int64_t to_tap = frames - first < 2 * f->half ? frames - first : 2 * f->half;
        for (int64_t k = from; k < to_tap; k++)
            sum += (double)taps[k] * (double)s->sample[(first + k) * s->channels + c];
        *to++ = (float)sum;
    }
    return to;
}

static bool prepare(filter *f, int from, int to)
{
    int64_t g = common_factor(from, to);
    f->up = to / g;
    f->down = from / g;
    f->cutoff = edge * fmin(1, (double)to / from);
    f->half = (int64_t)ceil(CROSSINGS / f->cutoff);
    f->whole = bessel(beta);
    f->table = NULL;
    if (f->up * 2 * f->half > MOST_TABLE)
        return true;
    f->table = malloc((size_t)(f->up * 2 * f->half) * sizeof *f->table);
    for (int64_t phase = 0; f->table && phase < f->up; phase++)
        fill_taps(f, phase, f->table + phase * 2 * f->half);
    return f->table != NULL;
}

bool sound_resample(sound *s, int rate)
{
    filter f;
    if (rate == s->rate)
        return true;
    if (!prepare(&f, s->rate, rate))
        return false;
    if (s->frames > (size_t)INT64_MAX / 64 / (size_t)f.up) {
        free(f.table);
        return false;
    }
    size_t frames = (s->frames * (size_t)f.up + (size_t)f.down - 1) / (size_t)f.down;
    float *taps = malloc((size_t)(2 * f.half) * sizeof *taps), *to = NULL;
    if (taps && frames <= MOST_SAMPLES / (size_t)s->channels)
        to = malloc((frames * (size_t)s->channels + 1) * sizeof *to);
    if (to) {
        float *at = to;
        for (size_t i = 0; i < frames; i++)
            at = one_sample(&f, s, (int64_t)i * f.down, taps, at);
        free(s->sample);
        *s = (sound){ rate, s->channels, frames, to };
    }
    free(taps);
    free(f.table);
    return to != NULL;
}

void sound_mono(sound *s)
{
    for (size_t i = 0; i < s->frames; i++) {
        double sum = 0;
        for (int c = 0; c < s->channels; c++)
            sum += (double)s->sample[i * (size_t)s->channels + (size_t)c];
        s->sample[i] = (float)(sum / s->channels);
    }
    s->channels = 1;
}
