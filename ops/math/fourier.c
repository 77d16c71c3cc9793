/* ops/math/fourier.c - DFT, STFT.
 *
 * Complex numbers are a last dim of 2, real ones of 1.  All is computed in double.  Lengths may be
 * inputs: where they are known beforehand, prepare makes the tables, else run does. Source: ONNX
 * Operators.md, DFT-20, STFT-17; Changelog.md, DFT-17 (axis is an attribute). */
#include "common/axes.h"
#include "common/fft.h"
#include <inttypes.h>
#include <string.h>

static const sdx_schema dft_schema[] = {
    { 17, "input:T1 dft_length?:T2 -> output:T1", "inverse:int=0 axis:int=1 onesided:int=0",
      "T1: float bf16; T2: i32 i64" },
    { 20, "input:T1 dft_length?:T2 axis?:i64 -> output:T1", "inverse:int=0 onesided:int=0", NULL },
    { 0 },
};

static const sdx_schema stft_schema[] = {
    { 17, "signal:T1 frame_step:T2 window?:T1 frame_length?:T2 -> output:T1", "onesided:int=1",
      "T1: float bf16; T2: i32 i64" },
    { 0 },
};

/* A size that an input states: a number, a formula, or unknown. */
static sdx_dim stated(const sdx_node *n, int i)
{
    int64_t v;
    int count;
    const sdx_dim *e = sdx_in_elems(n, i, &count);
    if (sdx_read_int(n, i, &v))
        return sdx_num(v);
    return e && count == 1 ? e[0] : sdx_unknown();
}

static bool check_complex(const sdx_node *n, sdx_infer *c, int i)
{
    sdx_dims x = sdx_in_dims(n, i);
    if (x.rank < 1 || !sdx_is_num(x.dim[x.rank - 1]) || x.dim[x.rank - 1].n == 1 ||
        x.dim[x.rank - 1].n == 2)
        return true;
    sdx_refuse(c, "complex-dim",
               "the last dim of %s is %s: 1 stands for real numbers, 2 for complex ones",
               sdx_in_name(n, i), sdx_show(c, x.dim[x.rank - 1]));
    sdx_point(c, i, x.rank - 1);
    sdx_number(c, "dim", x.dim[x.rank - 1].n);
    sdx_hint(c, "add a last dim of 1 (Unsqueeze)");
    return false;
}

/* Half of the result says all only of real numbers. */
static bool check_real(const sdx_node *n, sdx_infer *c)
{
    sdx_dims x = sdx_in_dims(n, 0);
    if (x.rank < 2 || sdx_same(c, x.dim[x.rank - 1], sdx_num(2)) != SDX_YES)
        return true;
    sdx_refuse(c, "complex-dim", "onesided=1, but the last dim of %s is 2: complex numbers",
               sdx_in_name(n, 0));
    sdx_point(c, 0, x.rank - 1);
    sdx_hint(c, "set onesided=0, or give real numbers, with a last dim of 1");
    return false;
}

static bool check_length(sdx_infer *c, const char *what, sdx_dim length, int input)
{
    if (!sdx_is_num(length) || length.n > 0)
        return true;
    sdx_refuse(c, "transform-length", "%s is %" PRId64, what, length.n);
    sdx_point(c, input, -1);
    sdx_number(c, "length", length.n);
    sdx_hint(c, "it must be 1 or more");
    return false;
}

/* ---- DFT ---- */

/* The axis in force; false: it comes with the run. */
static bool dft_axis(const sdx_node *n, int64_t *axis)
{
    *axis = sdx_since(n) < 20 ? sdx_attr_int(n, "axis") : -2;
    return sdx_since(n) < 20 || !sdx_has_in(n, 2) || sdx_read_int(n, 2, axis);
}

static bool is_irfft(const sdx_node *n)
{
    return sdx_attr_int(n, "inverse") != 0 && sdx_attr_int(n, "onesided") != 0;
}

static void infer_dft(const sdx_node *n, sdx_infer *c)
{
    sdx_dims x = sdx_in_dims(n, 0);
    int64_t axis;
    if (!sdx_check_rank(c, 0, 2, SDX_MAX_RANK) || x.rank < 0 || !check_complex(n, c, 0))
        return;
    sdx_dim *y = sdx_new_dims(c, x.rank);
    memcpy(y, x.dim, (size_t)x.rank * sizeof *y);
    y[x.rank - 1] = sdx_num(is_irfft(n) ? 1 : 2);
    if (!dft_axis(n, &axis)) {
        for (int i = 0; i < x.rank - 1; i++)
            y[i] = sdx_unknown();
        sdx_set_out_dims(c, 0, x.rank, y);
        return;
    }
    if (!sdx_check_axis(c, "axis", axis, x.rank))
        return;
    int at = sdx_axis(axis, x.rank);
    if (at == x.rank - 1) {
        sdx_refuse(c, "dft-axis",
                   "axis=%" PRId64 " is the last axis, which holds real and imaginary parts", axis);
        sdx_point(c, 0, at);
        sdx_hint(c, "use an axis from 0 to %d", x.rank - 2);
        return;
    }
    sdx_dim length = x.dim[at];
    if (sdx_has_in(n, 1))
        length = stated(n, 1);
    else if (is_irfft(n))
        length = sdx_dim_mul(c, sdx_num(2), sdx_dim_sub(c, x.dim[at], sdx_num(1)));
    if (!check_length(c, "dft_length", length, sdx_has_in(n, 1) ? 1 : 0))
        return;
    bool half = sdx_attr_int(n, "onesided") != 0 && !is_irfft(n);
    if (half && !check_real(n, c))
        return;
    y[at] = length;
    if (half && !sdx_is_unknown(length))
        y[at] = sdx_dim_add(c, sdx_dim_div(c, length, sdx_num(2)), sdx_num(1));
    if (sdx_is_unknown(length))
        y[at] = sdx_dim_new(c, 0, at, sdx_unknown());
    sdx_set_out_dims(c, 0, x.rank, y);
}

/* Tables of a length that is known beforehand; fft.n == 0: made in run. */
typedef struct plan {
    sdx_fft fft;
} plan;

static sdx_status keep_tables(sdx_prepare *c, plan *p, int64_t length)
{
    if (length < 1 || length > INT32_MAX)
        return SDX_OK; /* run says what is wrong */
    double *tables = sdx_keep(c, (size_t)sdx_fft_tables(length) * sizeof *tables);
    if (!tables)
        return SDX_E_MEMORY;
    sdx_fft_make(&p->fft, length, tables);
    return SDX_OK;
}

/* Room for doubles that lives until the node ends. */
static sdx_status get_doubles(sdx_run *c, int64_t count, double **to)
{
    sdx_value *v;
    sdx_shape s = { 1, &count };
    SDX_TRY(sdx_new_tensor(c, SDX_F64, s, &v));
    *to = sdx_tensor_of(v)->data;
    return SDX_OK;
}

static sdx_status get_tables(const plan *p, int64_t length, sdx_fft *f, sdx_run *c)
{
    double *tables;
    if (length < 1 || length > INT32_MAX)
        return sdx_fail(c, SDX_E_VALUE, "a transform of length %" PRId64, length);
    if (p->fft.n == length) {
        *f = p->fft;
        return SDX_OK;
    }
    SDX_TRY(get_doubles(c, sdx_fft_tables(length), &tables));
    sdx_fft_make(f, length, tables);
    return SDX_OK;
}

static sdx_status prepare_dft(const sdx_node *n, sdx_prepare *c, void **state)
{
    plan *p = sdx_keep(c, sizeof *p);
    sdx_shape x = sdx_in_shape(n, 0);
    int64_t axis, length;
    if (!p)
        return SDX_E_MEMORY;
    *state = p;
    if (!dft_axis(n, &axis))
        return SDX_OK;
    length = x.dim[sdx_axis(axis, x.rank)];
    if (is_irfft(n))
        length = 2 * (length - 1);
    if (sdx_has_in(n, 1) && !sdx_read_int(n, 1, &length))
        return SDX_OK;
    return keep_tables(c, p, length);
}

typedef struct dft_job {
    const sdx_tensor *x;
    sdx_tensor *y;
    sdx_fft fft;
    int64_t inner, given, made; /* elements of the axis of x and y */
    bool inverse, irfft;
    double *room; /* for one row; rows run one after the other */
} dft_job;

/* The row of x, complex, cut or padded to the length; of half a spectrum the other half follows. */
static void gather(const dft_job *j, int64_t outer, int64_t i, double *row)
{
    int64_t width = j->x->shape.dim[j->x->shape.rank - 1], n = j->fft.n;
    int64_t most = j->irfft ? n / 2 + 1 : n, count = j->given < most ? j->given : most;
    int64_t first = (outer * j->given * j->inner + i) * width, step = j->inner * width;
    memset(row, 0, (size_t)(2 * n) * sizeof *row);
    for (int64_t k = 0; k < count; k++)
        sdx_load_f64(row + 2 * k, j->x, first + k * step, 1, width);
    if (!j->irfft)
        return;
    row[1] = 0;
    if (n % 2 == 0)
        row[n + 1] = 0;
    for (int64_t k = 1; k < (n + 1) / 2; k++) {
        row[2 * (n - k)] = row[2 * k];
        row[2 * (n - k) + 1] = -row[2 * k + 1];
    }
}

static sdx_status run_rows(const dft_job *j, int64_t outer_count, sdx_run *c)
{
    double *row = j->room, *work = row + 2 * j->fft.n;
    int64_t width = j->irfft ? 1 : 2;
    for (int64_t outer = 0; outer < outer_count; outer++) {
        for (int64_t i = 0; i < j->inner; i++) {
            gather(j, outer, i, row);
            sdx_fft_run(&j->fft, row, j->inverse, work);
            int64_t first = (outer * j->made * j->inner + i) * width;
            for (int64_t k = 0; k < j->made; k++)
                sdx_store_f64(j->y, first + k * j->inner * width, 1, width, row + 2 * k);
        }
        SDX_TRY(sdx_poll(c));
    }
    return SDX_OK;
}

static sdx_status run_dft(const sdx_node *n, const void *state, sdx_run *c)
{
    dft_job j = { .x = sdx_in(c, 0) };
    sdx_shape x = j.x->shape;
    int64_t axis = sdx_since(n) < 20 ? sdx_attr_int(n, "axis") : -2, dim[SDX_MAX_RANK];
    if (sdx_since(n) >= 20 && sdx_has_in(n, 2))
        sdx_load_i64(&axis, sdx_in(c, 2), 0, 1, 1);
    if (axis < -x.rank || axis >= x.rank || sdx_axis(axis, x.rank) == x.rank - 1)
        return sdx_fail(c, SDX_E_VALUE,
                        "axis=%" PRId64 ", but input has rank %d and its last axis is not allowed",
                        axis, x.rank);
    int at = sdx_axis(axis, x.rank);
    j.irfft = is_irfft(n);
    j.inverse = sdx_attr_int(n, "inverse") != 0;
    j.given = x.dim[at];
    int64_t length = j.irfft ? 2 * (j.given - 1) : j.given;
    if (sdx_has_in(n, 1))
        sdx_load_i64(&length, sdx_in(c, 1), 0, 1, 1);
    SDX_TRY(get_tables(state, length, &j.fft, c));
    j.made = sdx_attr_int(n, "onesided") != 0 && !j.irfft ? length / 2 + 1 : length;
    memcpy(dim, x.dim, (size_t)x.rank * sizeof *dim);
    dim[at] = j.made;
    dim[x.rank - 1] = j.irfft ? 1 : 2;
    SDX_TRY(sdx_make_out(c, 0, (sdx_shape){ x.rank, dim },
                         &j.y)); /* refuses another size than declared */
    if (!j.y)
        return SDX_OK;
    j.inner = sdx_count(x, at + 1, x.rank - 1);
    SDX_TRY(get_doubles(c, 2 * length + sdx_fft_work(length), &j.room));
    return run_rows(&j, sdx_count(x, 0, at), c);
}

/* ---- STFT ---- */

static void infer_stft(const sdx_node *n, sdx_infer *c)
{
    sdx_dims x = sdx_in_dims(n, 0);
    sdx_dim step = stated(n, 1), length, frames;
    if (!sdx_check_rank(c, 0, 3, 3) || !sdx_check_rank(c, 2, 1, 1) || x.rank < 0 ||
        !check_complex(n, c, 0) || (sdx_attr_int(n, "onesided") != 0 && !check_real(n, c)))
        return;
    int said = sdx_has_in(n, 3) ? 3 : sdx_has_in(n, 2) ? 2 : 0;
    length = said == 3 ? stated(n, 3) : sdx_in_dim(n, said, said ? 0 : 1);
    if (!check_length(c, "frame_step", step, 1) ||
        !check_length(c, said == 3 ? "frame_length" : "the length of a frame", length, said))
        return;
    if (sdx_has_in(n, 2) && sdx_has_in(n, 3) && !sdx_equal(c, length, sdx_in_dim(n, 2, 0))) {
        sdx_refuse(c, "stft-window", "the window has %s elements, frame_length is %s",
                   sdx_show(c, sdx_in_dim(n, 2, 0)), sdx_show(c, length));
        sdx_point(c, 2, 0);
        sdx_point(c, 3, -1);
        sdx_hint(c, "leave frame_length out, or give a window of %s", sdx_show(c, length));
        return;
    }
    frames = sdx_dim_new(c, 0, 1, x.dim[1]);
    if (!sdx_is_unknown(step) && !sdx_is_unknown(length) && !sdx_is_unknown(x.dim[1])) {
        sdx_dim room = sdx_dim_sub(c, x.dim[1], length);
        if (sdx_is_num(room) && room.n < 0) {
            sdx_refuse(c, "stft-window", "a frame of %s samples is longer than the signal of %s",
                       sdx_show(c, length), sdx_show(c, x.dim[1]));
            sdx_point(c, 0, 1);
            sdx_hint(c, "pad the signal, or use a shorter frame");
            return;
        }
        frames = sdx_dim_add(c, sdx_dim_div(c, room, step), sdx_num(1));
    }
    sdx_dim bins = length;
    if (sdx_attr_int(n, "onesided") != 0 && !sdx_is_unknown(length))
        bins = sdx_dim_add(c, sdx_dim_div(c, length, sdx_num(2)), sdx_num(1));
    if (sdx_is_unknown(bins))
        bins = sdx_dim_new(c, 0, 2, sdx_unknown());
    sdx_dim y[4] = { x.dim[0], frames, bins, sdx_num(2) };
    sdx_set_out_dims(c, 0, 4, y);
}

static sdx_status prepare_stft(const sdx_node *n, sdx_prepare *c, void **state)
{
    plan *p = sdx_keep(c, sizeof *p);
    int64_t length = sdx_in_shape(n, 0).dim[1];
    if (!p)
        return SDX_E_MEMORY;
    *state = p;
    if (sdx_has_in(n, 3)) {
        if (!sdx_read_int(n, 3, &length))
            return SDX_OK;
    } else if (sdx_has_in(n, 2)) {
        length = sdx_in_shape(n, 2).dim[0];
    }
    if (length > 0 && length <= INT32_MAX)
        sdx_want_scratch(c, 0, (size_t)(2 * length + sdx_fft_work(length)) * sizeof(double));
    return keep_tables(c, p, length);
}

typedef struct stft_job {
    const sdx_tensor *x, *window;
    sdx_tensor *y;
    sdx_fft fft;
    int64_t frames, bins, step;
    double *room; /* NULL: each worker has its own */
} stft_job;

/* Frames of all signals of the batch, one after the other. */
static sdx_status some_frames(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const stft_job *j = arg;
    int64_t n = j->fft.n, width = j->x->shape.dim[2], samples = j->x->shape.dim[1];
    double *row = j->room ? j->room : scratch, *work = row + 2 * n;
    (void)c;
    for (int64_t i = begin; i < end; i++) {
        int64_t first = (i / j->frames * samples + i % j->frames * j->step) * width;
        if (width == 2) {
            sdx_load_f64(row, j->x, first, 1, 2 * n);
        } else { /* the upper half takes the real numbers, which then spread */
            sdx_load_f64(row + n, j->x, first, 1, n);
            for (int64_t k = 0; k < n; k++) {
                row[2 * k] = row[n + k];
                row[2 * k + 1] = 0;
            }
        }
        for (int64_t k = 0; j->window && k < n; k++) {
            double w;
            sdx_load_f64(&w, j->window, k, 1, 1);
            row[2 * k] *= w;
            row[2 * k + 1] *= w;
        }
        sdx_fft_run(&j->fft, row, false, work);
        sdx_store_f64(j->y, i * j->bins * 2, 1, j->bins * 2, row);
    }
    return SDX_OK;
}

static sdx_status run_stft(const sdx_node *n, const void *state, sdx_run *c)
{
    const plan *p = state;
    stft_job j = { .x = sdx_in(c, 0), .window = sdx_has_in(n, 2) ? sdx_in(c, 2) : NULL };
    int64_t samples = j.x->shape.dim[1], length = j.window ? j.window->shape.dim[0] : samples;
    sdx_load_i64(&j.step, sdx_in(c, 1), 0, 1, 1);
    if (sdx_has_in(n, 3))
        sdx_load_i64(&length, sdx_in(c, 3), 0, 1, 1);
    if (j.step < 1 || length > samples || (j.window && length != j.window->shape.dim[0]))
        return sdx_fail(c, SDX_E_VALUE,
                        "frames of %" PRId64 " every %" PRId64 " samples of %" PRId64, length,
                        j.step, samples);
    SDX_TRY(get_tables(p, length, &j.fft, c));
    j.frames = (samples - length) / j.step + 1;
    j.bins = sdx_attr_int(n, "onesided") != 0 ? length / 2 + 1 : length;
    int64_t dim[4] = { j.x->shape.dim[0], j.frames, j.bins, 2 };
    SDX_TRY(
        sdx_make_out(c, 0, (sdx_shape){ 4, dim }, &j.y)); /* refuses another size than declared */
    if (!j.y)
        return SDX_OK;
    int64_t count = j.x->shape.dim[0] * j.frames;
    if (p->fft.n == length)
        return sdx_parallel(c, count, 1 + 16384 / (16 * length), some_frames, &j);
    SDX_TRY(get_doubles(c, 2 * length + sdx_fft_work(length), &j.room));
    return some_frames(&j, 0, count, NULL, c);
}

static const sdx_op ops[] = {
    { SDX_OP(DFT), .schema = dft_schema, .limits = "?onesided:0|1 ?inverse:0|1", .traits = SDX_PURE,
      .infer = infer_dft, .prepare = prepare_dft, .run = run_dft },
    { SDX_OP(STFT), .schema = stft_schema,
      .limits = "?onesided:0|1 frame_step:[1,) frame_step#one frame_length#one", .traits = SDX_PURE,
      .infer = infer_stft, .prepare = prepare_stft, .run = run_stft },
    { 0 },
};
const sdx_family sdx_family_math_fourier = { ops, 0 };
