/* ops/math/window.c - HannWindow, HammingWindow, BlackmanWindow, MelWeightMatrix: tables for
 * spectra.
 *
 * Source: ONNX Operators.md, the section of each, version 17. */
#include "common/axes.h"
#include "common/dtype_attr.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

static const sdx_schema window_schema[] = {
    { 17, "size:T1 -> output:T2", "periodic:int=1 output_datatype:int=1",
      "T1: i32 i64; T2: numeric bf16" },
    { 0 },
};

static const sdx_schema mel_schema[] = {
    { 17,
      "num_mel_bins:T1 dft_length:T1 sample_rate:T1 lower_edge_hertz:T2 upper_edge_hertz:T2 -> "
      "output:T3",
      "output_datatype:int=1", "T1: i32 i64; T2: float bf16; T3: numeric bf16" },
    { 0 },
};

static const double pi = 3.14159265358979323846;

/* A window is a sum of cosines: a - b cos(x) + c cos(2 x). */
typedef struct shape {
    double a, b, c;
} shape;
static const shape hann = { 0.5, 0.5, 0 };
static const shape hamming = { 25.0 / 46, 21.0 / 46, 0 };
static const shape blackman = { 0.42, 0.5, 0.08 };

/* A size that an input states; refused below 0. */
static bool read_size(const sdx_node *n, sdx_infer *c, int i, sdx_dim *d)
{
    int64_t v;
    int count;
    const sdx_dim *e = sdx_in_elems(n, i, &count);
    *d = e && count == 1 ? e[0] : sdx_unknown();
    if (!sdx_read_int(n, i, &v))
        return true;
    *d = sdx_num(v);
    if (v >= 0)
        return true;
    sdx_refuse(c, "negative-dim", "%s is %" PRId64, sdx_in_name(n, i), v);
    sdx_point(c, i, -1);
    sdx_number(c, "dim", v);
    sdx_hint(c, "it must be 0 or more");
    return false;
}

static void infer_window(const sdx_node *n, sdx_infer *c)
{
    sdx_dim size;
    sdx_set_out_dtype_attr(n, c, 0, "output_datatype", SDX_F32);
    if (!read_size(n, c, 0, &size))
        return;
    if (sdx_is_unknown(size))
        size = sdx_dim_new(c, 0, 0, sdx_unknown());
    sdx_set_out_dims(c, 0, 1, &size);
}

static sdx_status run_window(const sdx_node *n, const void *state, sdx_run *c)
{
    const shape *w = sdx_variant(n);
    sdx_tensor *y;
    int64_t size;
    (void)state;
    sdx_load_i64(&size, sdx_in(c, 0), 0, 1, 1);
    if (size < 0)
        return sdx_fail(c, SDX_E_VALUE, "size is %" PRId64, size);
    sdx_shape s = { 1, &size };
    SDX_TRY(sdx_make_out(c, 0, s, &y)); /* refuses another size than declared */
    if (!y)
        return SDX_OK;
    double period = (double)(sdx_attr_int(n, "periodic") != 0 ? size : size - 1);
    bool whole = sdx_dtype_class(y->dtype) != SDX_REAL;
    for (int64_t i = 0; i < size; i++) {
        double x = 2 * pi * (double)i / period, v = w->a - w->b * cos(x) + w->c * cos(2 * x);
        v = whole ? (float)v : v; /* its top is 1, not a little less */
        sdx_store_f64(y, i, 1, 1, &v);
    }
    return SDX_OK;
}

/* ---- MelWeightMatrix ---- */

static void infer_mel(const sdx_node *n, sdx_infer *c)
{
    sdx_dim bins, length, y[2];
    sdx_set_out_dtype_attr(n, c, 0, "output_datatype", SDX_F32);
    if (!read_size(n, c, 0, &bins) || !read_size(n, c, 1, &length))
        return;
    int64_t rate;
    if (sdx_read_int(n, 2, &rate))
        sdx_check_limits(c, sdx_text(c, "?upper_edge_hertz:[,%" PRId64 "]", rate / 2 + rate % 2));
    y[0] = sdx_is_unknown(length) ? sdx_dim_new(c, 0, 0, sdx_unknown())
                                  : sdx_dim_add(c, sdx_dim_div(c, length, sdx_num(2)), sdx_num(1));
    y[1] = sdx_is_unknown(bins) ? sdx_dim_new(c, 0, 1, sdx_unknown()) : bins;
    sdx_set_out_dims(c, 0, 2, y);
}

static double to_mel(double hertz)
{
    return 2595 * log1p(hertz / 700) / log(10);
}
static double to_hertz(double mel)
{
    return 700 * expm1(mel / 2595 * log(10));
}

/* Column `bin` of the matrix: a triangle over spectrogram bins left..right with its peak in the
 * middle. */
static void put_triangle(sdx_tensor *y, int64_t bins, int64_t bin, const int64_t edge[3])
{
    int64_t up = edge[1] - edge[0], down = edge[2] - edge[1];
    double v = 1;
    if (up == 0)
        sdx_store_f64(y, edge[1] * bins + bin, 1, 1, &v);
    for (int64_t j = edge[0]; up != 0 && j <= edge[1]; j++) {
        v = (double)(j - edge[0]) / (double)up;
        sdx_store_f64(y, j * bins + bin, 1, 1, &v);
    }
    for (int64_t j = edge[1]; j < edge[2]; j++) {
        v = (double)(edge[2] - j) / (double)down;
        sdx_store_f64(y, j * bins + bin, 1, 1, &v);
    }
}

static sdx_status run_mel(const sdx_node *n, const void *state, sdx_run *c)
{
    sdx_tensor *y;
    int64_t v[3];
    double hertz[2];
    (void)n, (void)state;
    for (int i = 0; i < 3; i++)
        sdx_load_i64(&v[i], sdx_in(c, i), 0, 1, 1);
    for (int i = 0; i < 2; i++)
        sdx_load_f64(&hertz[i], sdx_in(c, i + 3), 0, 1, 1);
    int64_t bins = v[0], length = v[1], rate = v[2], dim[2] = { length / 2 + 1, bins };
    if (bins < 0 || length < 0 || rate <= 0 || !(hertz[0] >= 0) || !(hertz[1] >= hertz[0]))
        return sdx_fail(c, SDX_E_VALUE,
                        "%" PRId64 " bins of a transform of %" PRId64 " at %" PRId64
                        " samples a second",
                        bins, length, rate);
    sdx_shape s = { 2, dim };
    SDX_TRY(sdx_make_out(c, 0, s, &y)); /* refuses another size than declared */
    if (!y)
        return SDX_OK;
    memset(y->data, 0, sdx_bytes(y->dtype, dim[0] * dim[1]));
    double low = to_mel(hertz[0]), step = (to_mel(hertz[1]) - low) / (double)(bins + 2);
    for (int64_t i = 0; i < bins; i++) {
        int64_t edge[3];
        for (int k = 0; k < 3; k++) {
            double at = floor((double)(length + 1) * to_hertz((double)(i + k) * step + low) /
                              (double)rate);
            if (!(at >= 0 && at < (double)dim[0] + (k == 2)))
                return sdx_fail(c, SDX_E_VALUE,
                                "edge %.0f of mel bin %" PRId64 " lies beyond the %" PRId64
                                " bins of the spectrogram",
                                at, i, dim[0]);
            edge[k] = (int64_t)at;
        }
        put_triangle(y, bins, i, edge);
    }
    return SDX_OK;
}

#define WINDOW(form) .traits = SDX_PURE, .variant = &form, .infer = infer_window, .run = run_window
static const sdx_op ops[] = {
    { SDX_OP(HannWindow), .schema = window_schema,
      .limits = "output_datatype:[1,) ?periodic:0|1 size#one", WINDOW(hann) },
    { SDX_OP(HammingWindow), .schema = window_schema,
      .limits = "output_datatype:[1,) ?periodic:0|1 size#one", WINDOW(hamming) },
    { SDX_OP(BlackmanWindow), .schema = window_schema,
      .limits = "output_datatype:[1,) ?periodic:0|1 size#one", WINDOW(blackman) },
    { SDX_OP(MelWeightMatrix), .schema = mel_schema,
      .limits =
          "num_mel_bins#one dft_length#one sample_rate#one output_datatype:[1,) num_mel_bins:[1,) dft_length:[1,) sample_rate:[1,) lower_edge_hertz:[0,) ?upper_edge_hertz:(lower_edge_hertz,)",
      .traits = SDX_PURE, .infer = infer_mel, .run = run_mel },
    { 0 },
};
const sdx_family sdx_family_math_window = { ops, 0 };
