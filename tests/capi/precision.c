/* tests/capi/precision.c - sessions of less exact products: what they say, and what they compute.
 *
 * Weights and inputs are chosen so that neither bf16 nor bytes with a scale lose anything: every
 * precision has to give the results of f32 then.  Other inputs show that rounding takes place where
 * a session says so, and nowhere else. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sardonyx.h"

static int failures;
static char text[1 << 20];
static size_t length;

static void check(bool fine, const char *what, const char *isa, const char *precision, int line)
{
    if (fine)
        return;
    failures++;
    printf("line %d: %s (%s, %s)\n", line, what, isa, precision);
}

static void put(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (length < sizeof text)
        length += (size_t)vsnprintf(text + length, sizeof text - length, format, args);
    va_end(args);
}

static unsigned state = 1;
static int draw(int least, int most)
{
    state = state * 1664525u + 1013904223u;
    return least + (int)(state >> 8) % (most - least + 1);
}

/* Multiples of 1/1024 up to 127 of them; of each column, `apart` elements from the next, the first
 * is the largest. */
static void put_weights(const char *name, const char *dims, int count, int columns, int apart)
{
    put("float[%s] %s = {", dims, name);
    for (int i = 0; i < count; i++) {
        bool first = apart == 1 ? i < columns : i % apart == 0;
        put("%s%.10f", i ? ", " : "", (first ? 127 : draw(-127, 127)) / 1024.0);
    }
    put("}");
}

static void put_model(void)
{
    put("<ir_version: 8, opset_import: [\"\" : 17]>\n"
        "less (float[2, 21, 9, 11] x, float[A, 45] a, float[6, 2, 30] s) => "
        "(float[2, 37, 9, 11] conv, float[2, 40, 5, 6] strided, float[A, 41] product, "
        "float[A, 70] gemm, float[6, 2, 2, 24] lstm, float[6, 2, 2, 24] gru)\n<");
    put_weights("W", "37, 21, 3, 3", 37 * 21 * 9, 0, 21 * 9);
    put(", ");
    put_weights("W1", "40, 37, 1, 1", 40 * 37, 0, 37);
    put(", ");
    put_weights("B", "45, 41", 45 * 41, 41, 1);
    put(", ");
    put_weights("G", "70, 45", 70 * 45, 0, 45);
    put(", ");
    put_weights("WL", "2, 96, 30", 2 * 96 * 30, 0, 30);
    put(", ");
    put_weights("RL", "2, 96, 24", 2 * 96 * 24, 0, 24);
    put(", ");
    put_weights("WG", "2, 72, 30", 2 * 72 * 30, 0, 30);
    put(", ");
    put_weights("RG", "2, 72, 24", 2 * 72 * 24, 0, 24);
    put(">\n{ conv = Conv<pads = [1, 1, 1, 1]>(x, W)\n sign = Sign(conv)\n"
        "strided = Conv<strides = [2, 2]>(sign, W1)\n product = MatMul(a, B)\n"
        "gemm = Gemm<transB = 1>(a, G)\n"
        "lstm = LSTM<hidden_size = 24, direction = \"bidirectional\">(s, WL, RL)\n"
        "gru = GRU<hidden_size = 24, direction = \"bidirectional\">(s, WG, RG)\n}");
}

enum { INPUTS = 3, OUTPUTS = 6, CONV = 0, AFTER_SIGN = 1, LSTM = 4 };

/* exact: multiples of 1/16; else any numbers. */
static void make_inputs(sdx_value **in, int64_t rows, bool exact)
{
    const int64_t x[4] = { 2, 21, 9, 11 }, a[2] = { rows, 45 }, s[3] = { 6, 2, 30 };
    sdx_error err;
    bool made = !sdx_value_tensor(SDX_F32, 4, x, &in[0], &err) &&
                !sdx_value_tensor(SDX_F32, 2, a, &in[1], &err) &&
                !sdx_value_tensor(SDX_F32, 3, s, &in[2], &err);
    for (int i = 0; made && i < INPUTS; i++)
        for (size_t k = 0; k < sdx_value_count(in[i]); k++)
            sdx_value_set_f64(in[i], k, exact ? draw(-16, 16) / 16.0 : draw(-1000, 1000) / 997.0);
    if (!made)
        exit(2);
}

/* 0: done; 1: no such instructions here. */
static int run(sdx_model *m, const char *isa, const char *precision, sdx_value **in,
               sdx_value **out, const char **is)
{
    sdx_session_options o = SDX_OPTIONS_INIT(sdx_session_options);
    sdx_session *s = NULL;
    sdx_error err;
    o.threads = 1;
    o.isa = isa;
    o.precision = precision;
    if (sdx_session_new(m, &o, &s, &err) != SDX_OK)
        return 1;
    *is = sdx_session_precision(s);
    for (int i = 0; i < OUTPUTS; i++)
        out[i] = NULL;
    sdx_status st = sdx_session_run(s, (const sdx_value *const *)in, out, NULL, &err);
    check(st == SDX_OK, err.fact, isa, precision, __LINE__);
    sdx_session_free(s);
    return st != SDX_OK;
}

static double distance(const sdx_value *a, const sdx_value *b)
{
    double most = 0;
    for (size_t i = 0; i < sdx_value_count(a); i++)
        most = fmax(most, fabs(sdx_value_f64(a, i) - sdx_value_f64(b, i)));
    return most;
}

static void compare(sdx_model *m, const char *isa, int64_t rows, bool exact)
{
    static const char *const precisions[] = { "bf16", "int8-weights", "f32" };
    const char *is = "";
    sdx_value *in[INPUTS], *want[OUTPUTS], *got[OUTPUTS];
    make_inputs(in, rows, exact);
    if (run(m, isa, NULL, in, want, &is) == 0) {
        check(strcmp(is, "f32") == 0, is, isa, "none", __LINE__);
        for (int p = 0; p < 3; p++) {
            if (run(m, isa, precisions[p], in, got, &is) != 0)
                continue;
            /* references take f32, and say so */
            check(strncmp(is, precisions[p], 4) == 0 || strcmp(isa, "scalar") == 0, is, isa,
                  precisions[p], __LINE__);
            bool rounds = strcmp(is, "bf16") == 0;
            for (int i = 0; i < OUTPUTS; i++) {
                double far = distance(got[i], want[i]);
                /* sums of other orders; a sign that turns counts whole */
                double most = exact && i < LSTM ? 0 : 2e-6;
                most = rounds && !exact ? (i == AFTER_SIGN ? 100 : 5e-2) : most;
                check(far <= most, "results differ", isa, precisions[p], __LINE__ * 100 + i);
                check(exact || !rounds || i != CONV || far > 1e-5, "nothing was rounded", isa,
                      precisions[p], __LINE__);
                sdx_value_free(got[i]);
            }
        }
        for (int i = 0; i < OUTPUTS; i++)
            sdx_value_free(want[i]);
    }
    for (int i = 0; i < INPUTS; i++)
        sdx_value_free(in[i]);
}

int main(void)
{
    static const char *const isas[] = { "scalar",     "plain",      "avx2", "avx512",
                                        "avx512vnni", "avx512bf16", "neon", "neondot" };
    sdx_model *m = NULL;
    sdx_session *s = NULL;
    sdx_error err;
    sdx_session_options o = SDX_OPTIONS_INIT(sdx_session_options);
    put_model();
    if (sdx_model_parse(text, length, "less", NULL, &m, &err) != SDX_OK) {
        printf("%s\n", err.fact);
        return 2;
    }
    for (size_t i = 0; i < sizeof isas / sizeof *isas; i++)
        for (int64_t rows = 1; rows <= 40; rows += 1 + rows) {
            compare(m, isas[i], rows, true);
            compare(m, isas[i], rows, false);
        }
    o.precision = "bf17";
    check(sdx_session_new(m, &o, &s, &err) == SDX_E_VALUE && strstr(err.fact, "bf17") &&
              strstr(err.hint, "bf16"),
          "an unknown precision", "any", "bf17", __LINE__);
    sdx_model_close(m);
    printf("%d failures\n", failures);
    return failures != 0;
}
