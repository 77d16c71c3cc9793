/* tests/capi/random.c - what random operators draw: the laws they promise, and the same bits for a
 * seed whatever the number of threads.
 *
 * All seeds are fixed, so a test that passes once passes always: the bounds are those that a good
 * stream breaks once in ten thousand seeds. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sardonyx.h"

enum { COUNT = 100000 };
static int failures;

static void check(bool fine, const char *model, const char *what, double found)
{
    if (fine)
        return;
    failures++;
    printf("%s: %s: %.9g\n", model, what, found);
}

/* Output `which` of a model without inputs.  NULL: it does not run. */
static sdx_value *draw(const char *body, int threads, size_t which)
{
    char text[600];
    sdx_model *m = NULL;
    sdx_session *s = NULL;
    sdx_value *out[2] = { NULL, NULL };
    sdx_error err;
    sdx_session_options o = SDX_OPTIONS_INIT(sdx_session_options);
    o.threads = threads;
    int length = snprintf(text, sizeof text,
                          "<ir_version: 8, opset_import: [\"\" : 22]> g () => %s", body);
    if (sdx_model_parse(text, (size_t)length, "random", NULL, &m, &err) ||
        sdx_session_new(m, &o, &s, &err) || sdx_session_run(s, NULL, out, NULL, &err)) {
        printf("%s: %s: %s\n", body, err.place, err.fact);
        failures++;
    }
    sdx_session_free(s);
    sdx_model_close(m);
    sdx_value_free(out[1 - which]);
    return out[which];
}

static bool same_bits(const sdx_value *a, const sdx_value *b)
{
    return a && b && sdx_value_bytes(a) == sdx_value_bytes(b) &&
           memcmp(sdx_value_view(a), sdx_value_view(b), sdx_value_bytes(a)) == 0;
}

/* One seed, one stream: for runs, and for any number of threads.  Another seed, another stream. */
static void one_stream(const char *body, const char *other)
{
    sdx_value *a = draw(body, 1, 0), *b = draw(body, 1, 0), *c = draw(body, 3, 0);
    sdx_value *d = other ? draw(other, 1, 0) : NULL;
    check(same_bits(a, b), body, "two runs differ", 0);
    check(same_bits(a, c), body, "three threads differ from one", 0);
    check(!other || !same_bits(a, d), body, "another seed draws the same", 0);
    sdx_value_free(a);
    sdx_value_free(b);
    sdx_value_free(c);
    sdx_value_free(d);
}

static int order(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

typedef double law(double x);
static double uniform_law(double x) /* of -1 .. 3 */
{
    return x < -1 ? 0 : x > 3 ? 1 : (x + 1) / 4;
}
static double normal_law(double x) /* of mean 2, scale 0.5 */
{
    return 0.5 * erfc(-(x - 2) / 0.5 / sqrt(2));
}

/* Mean and variance within 4 of their standard errors, and the greatest distance between the law
 * and what was drawn (Kolmogorov, Smirnov) below 2.2 / sqrt(n). */
static void follows(const char *body, law *f, double mean, double variance, double fourth)
{
    sdx_value *v = draw(body, 1, 0);
    double *x = (double *)malloc(COUNT * sizeof *x), sum = 0, squares = 0, distance = 0;
    check(v && sdx_value_count(v) == COUNT, body, "elements", v ? (double)sdx_value_count(v) : -1);
    for (size_t i = 0; v && x && i < COUNT; i++)
        sum += x[i] = sdx_value_f64(v, i);
    if (v && x) {
        double m = sum / COUNT;
        for (size_t i = 0; i < COUNT; i++)
            squares += (x[i] - mean) * (x[i] - mean);
        qsort(x, COUNT, sizeof *x, order);
        for (size_t i = 0; i < COUNT; i++) {
            distance = fmax(distance, fabs(f(x[i]) - (double)i / COUNT));
            distance = fmax(distance, fabs(f(x[i]) - (double)(i + 1) / COUNT));
        }
        check(fabs(m - mean) < 4 * sqrt(variance / COUNT), body, "mean", m);
        check(fabs(squares / COUNT - variance) < 4 * sqrt((fourth - variance * variance) / COUNT),
              body, "variance", squares / COUNT);
        check(distance < 2.2 / sqrt((double)COUNT), body, "distance from its law", distance);
    }
    free(x);
    sdx_value_free(v);
}

/* Neighbours in the stream know nothing of each other: their correlation is within 4 standard
 * errors of 0. */
static void independent(const char *body, double mean, double variance, size_t step)
{
    sdx_value *v = draw(body, 1, 0);
    double sum = 0;
    for (size_t i = 0; v && i + step < COUNT; i++)
        sum += (sdx_value_f64(v, i) - mean) * (sdx_value_f64(v, i + step) - mean);
    check(fabs(sum / COUNT / variance) < 4 / sqrt((double)COUNT), body, "correlation", sum / COUNT);
    sdx_value_free(v);
}

/* How often output `which` is `number` lies within 4 standard errors of p. */
static void share(const char *body, size_t which, double number, double p)
{
    sdx_value *v = draw(body, 1, which);
    double hits = 0;
    for (size_t i = 0; v && i < COUNT; i++)
        hits += sdx_value_dtype(v) == SDX_F32 ? sdx_value_f64(v, i) == number
                                              : (double)sdx_value_i64(v, i) == number;
    check(fabs(hits / COUNT - p) < 4 * sqrt(p * (1 - p) / COUNT), body, "share", hits / COUNT);
    sdx_value_free(v);
}

int main(void)
{
    static const char *const body[][2] = {
        { "(float[100000] y) { y = RandomUniform<shape = [100000], seed = 1.0>() }",
          "(float[100000] y) { y = RandomUniform<shape = [100000], seed = 2.0>() }" },
        { "(float16[100000] y) { y = RandomNormal<dtype = 10, shape = [100000], seed = 1.0>() }",
          "(float16[100000] y) { y = RandomNormal<dtype = 10, shape = [100000], seed = 0.0>() }" },
    };
    for (size_t i = 0; i < sizeof body / sizeof *body; i++)
        one_stream(body[i][0], body[i][1]);
    follows("(double[100000] y) { y = RandomUniform<dtype = 11, shape = [100000], seed = 3.0,"
            " low = -1.0, high = 3.0>() }",
            uniform_law, 1, 16.0 / 12, 256.0 / 80);
    follows("(double[100, 1000] y) { y = RandomNormal<dtype = 11, shape = [100, 1000], seed = 3.0,"
            " mean = 2.0, scale = 0.5>() }",
            normal_law, 2, 0.25, 3 * 0.0625);
    for (size_t step = 1; step < 4; step++)
        independent("(double[100000] y) { y = RandomNormal<dtype = 11, shape = [100000],"
                    " seed = 9.0>() }",
                    0, 1, step);
    static const char toss[] = "(int32[100000] y) <int64[1] s = {100000}> {"
                               " p = ConstantOfShape<value = float[1] {0.3}>(s)"
                               " y = Bernoulli<dtype = 6, seed = 5.0>(p) }";
    one_stream(toss, NULL);
    share(toss, 0, 1, 0.3);
    /* log-probabilities of 1/2, 1/4, 1/4, less a constant */
    static const char many[] =
        "(int32[1, 100000] y) <float[1, 3] x = {1.3862944, 0.6931472, 0.6931472}>"
        " { y = Multinomial<sample_size = 100000, seed = 6.0>(x) }";
    one_stream(many, NULL);
    share(many, 0, 0, 0.5);
    share(many, 0, 1, 0.25);
    share(many, 0, 2, 0.25);
    static const char dropped[] = "(float[100000] y, bool[100000] m) <int64[1] s = {100000},"
                                  " float r = {0.25}, bool t = {1}> {"
                                  " x = ConstantOfShape<value = float[1] {3.0}>(s)"
                                  " y, m = Dropout<seed = 7>(x, r, t) }";
    one_stream(dropped, NULL);
    share(dropped, 0, 4, 0.75); /* 3 / (1 - 0.25) */
    share(dropped, 0, 0, 0.25);
    share(dropped, 1, 0, 0.25);
    if (failures == 0)
        puts("random: all laws hold");
    return failures > 0;
}
