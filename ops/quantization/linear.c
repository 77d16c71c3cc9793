/* ops/quantization/linear.c - QuantizeLinear, DequantizeLinear.
 *
 * y = x / scale + zero point, rounded to even and clamped, and back.  One scale for all, one for
 * each index of an axis, or one for each block along it.  Every type passes through double; between
 * f32 and 8-bit integers with one scale for a run there are plain loops over floats. Source: ONNX
 * Operators.md, QuantizeLinear-28, DequantizeLinear-28; Changelog.md, versions 10 to 25;
 * onnxruntime, ContribOperators.md, those of com.microsoft. */
#include "common/advice.h"
#include "common/dtype_attr.h"

static inline float quotient(float v, float by, float inverse)
{
    (void)inverse;
    return v / by;
}
#include "quantization/linear/rows.h"
#include "sdx/rewrite.h"
#include <inttypes.h>
#include <math.h>

static const sdx_schema quantize_schema[] = {
    { 10, "x:T1 y_scale:f32 y_zero_point?:T2 -> y:T2", "", "T1: f32 i32; T2: i8 u8" },
    { 13, NULL, "axis:int=1", NULL },
    { 19, "x:T1 y_scale:T1 y_zero_point?:T2 -> y:T2", "saturate:int=1 axis:int=1",
      "T1: bf16 f16 f32 i32; T2: f8e4m3fn f8e4m3fnuz f8e5m2 f8e5m2fnuz i8 u8" },
    { 21, NULL, "output_dtype:int=0 block_size:int=0 saturate:int=1 axis:int=1",
      "T1: bf16 f16 f32 i32; T2: f8e4m3fn f8e4m3fnuz f8e5m2 f8e5m2fnuz i16 i4 i8 u16 u4 u8" },
    { 23, "x:T1 y_scale:T2 y_zero_point?:T3 -> y:T3",
      "precision:int=0 output_dtype:int=0 block_size:int=0 saturate:int=1 axis:int=1",
      "T1: bf16 f16 f32 i32; T2: bf16 f16 f32 i32; T3: f4e2m1 f8e4m3fn f8e4m3fnuz f8e5m2 "
      "f8e5m2fnuz i16 i4 i8 u16 u4 u8" },
    { 24, NULL, NULL,
      "T1: bf16 f16 f32 i32; T2: bf16 f16 f32 f8e8m0 i32; T3: f4e2m1 f8e4m3fn f8e4m3fnuz "
      "f8e5m2 f8e5m2fnuz i16 i4 i8 u16 u4 u8" },
    { 25, NULL, NULL,
      "T1: bf16 f16 f32 i32; T2: bf16 f16 f32 f8e8m0 i32; T3: f4e2m1 f8e4m3fn f8e4m3fnuz "
      "f8e5m2 f8e5m2fnuz i16 i2 i4 i8 u16 u2 u4 u8" },
    { 28, NULL, NULL,
      "T1: bf16 f16 f32 i32; T2: bf16 f16 f32 f8e8m0 i32; T3: f4e2m1 f6e2m3 f6e3m2 f8e4m3fn "
      "f8e4m3fnuz f8e5m2 f8e5m2fnuz i16 i2 i4 i8 u16 u2 u4 u8" },
    { 0 },
};

static const sdx_schema dequantize_schema[] = {
    { 10, "x:T x_scale:f32 x_zero_point?:T -> y:f32", "", "T: i32 i8 u8" },
    { 13, NULL, "axis:int=1", NULL },
    { 19, "x:T1 x_scale:T2 x_zero_point?:T1 -> y:T2", NULL,
      "T1: f8e4m3fn f8e4m3fnuz f8e5m2 f8e5m2fnuz i32 i8 u8; T2: bf16 f16 f32" },
    { 21, NULL, "block_size:int=0 axis:int=1",
      "T1: f8e4m3fn f8e4m3fnuz f8e5m2 f8e5m2fnuz i16 i32 i4 i8 u16 u4 u8; T2: bf16 f16 f32" },
    { 23, "x:T1 x_scale:T2 x_zero_point?:T1 -> y:T3",
      "output_dtype:int=0 block_size:int=0 axis:int=1",
      "T1: f4e2m1 f8e4m3fn f8e4m3fnuz f8e5m2 f8e5m2fnuz i16 i32 i4 i8 u16 u4 u8; T2: bf16 f16 "
      "f32; T3: bf16 f16 f32" },
    { 24, NULL, NULL,
      "T1: f4e2m1 f8e4m3fn f8e4m3fnuz f8e5m2 f8e5m2fnuz i16 i32 i4 i8 u16 u4 u8; T2: bf16 f16 "
      "f32 f8e8m0; T3: bf16 f16 f32" },
    { 25, NULL, NULL,
      "T1: f4e2m1 f8e4m3fn f8e4m3fnuz f8e5m2 f8e5m2fnuz i16 i2 i32 i4 i8 u16 u2 u4 u8; T2: "
      "bf16 f16 f32 f8e8m0; T3: bf16 f16 f32" },
    { 28, NULL, NULL,
      "T1: f4e2m1 f6e2m3 f6e3m2 f8e4m3fn f8e4m3fnuz f8e5m2 f8e5m2fnuz i16 i2 i32 i4 i8 u16 u2 "
      "u4 u8; T2: bf16 f16 f32 f8e8m0; T3: bf16 f16 f32" },
    { 0 },
};

/* ONNX Runtime has had its own for 16 bits since before the standard did. */
static const sdx_schema microsoft_quantize[] = {
    { 1, "x:T1 y_scale:T1 y_zero_point?:T2 -> y:T2", "axis:int=1",
      "T1: f16 f32; T2: i16 i4 i8 u16 u4 u8" },
    { 0 },
};
static const sdx_schema microsoft_dequantize[] = {
    { 1, "x:T1 x_scale:T2 x_zero_point?:T1 -> y:T2", "axis:int=1",
      "T1: i16 i32 i4 i8 u16 u4 u8; T2: f16 f32" },
    { 0 },
};

static sdx_status expand_quantize(const sdx_node *n, sdx_rewrite *c)
{
    (void)n;
    return sdx_body(c, 21, "y = QuantizeLinear<@>(x, y_scale, y_zero_point)");
}

static sdx_status expand_dequantize(const sdx_node *n, sdx_rewrite *c)
{
    (void)n;
    return sdx_body(c, 21, "y = DequantizeLinear<@>(x, x_scale, x_zero_point)");
}

/* ---- infer ---- */

/* The axis that scales run along, where there are several of them.  false: refused. */
static bool check_axis(const sdx_node *n, sdx_infer *c, sdx_dims x, int *axis)
{
    int64_t given = sdx_since(n) == 10 ? 1 : sdx_attr_int(n, "axis");
    *axis = 0;
    if (x.rank == 1)
        return true;
    if (!sdx_check_axis(c, "axis", given, x.rank))
        return false;
    *axis = sdx_axis(given, x.rank);
    return true;
}

static void refuse_scales(const sdx_node *n, sdx_infer *c, sdx_dim have, int axis, sdx_dim want)
{
    sdx_dims x = sdx_in_dims(n, 0);
    sdx_refuse(c, "quant-scale-shape", "%s holds %s scales, axis %d of %s has %s elements",
               sdx_in_name(n, 1), sdx_show(c, have), axis, sdx_in_name(n, 0), sdx_show(c, want));
    sdx_point(c, 0, axis);
    sdx_point(c, 1, 0);
    sdx_hint(c, "give one scale in all, or one for each of the %s elements of axis %d",
             sdx_show(c, want), axis);
    for (int k = 0; k < x.rank; k++)
        if (k != axis && sdx_same(c, x.dim[k], have) == SDX_YES)
            sdx_hint(c, "axis=%d has %s elements", k, sdx_show(c, have));
}

/* Blocked: the scales have the shape of x, the axis divided by the block, rounded up. */
static void check_blocks(const sdx_node *n, sdx_infer *c, sdx_dims x, sdx_dims s, int axis)
{
    int64_t block = sdx_attr_int(n, "block_size");
    for (int i = 0; i < x.rank; i++) {
        sdx_dim want = x.dim[i];
        if (i == axis && block <= 0)
            continue;
        if (i == axis)
            want = sdx_dim_ceil(c, x.dim[i], sdx_num(block));
        if (sdx_equal(c, s.dim[i], want))
            continue;
        sdx_refuse(
            c, "quant-scale-shape", "dim %d of %s is %s, and must be %s: %s", i, sdx_in_name(n, 1),
            sdx_show(c, s.dim[i]), sdx_show(c, want),
            i == axis ? sdx_text(c, "the blocks of %" PRId64 " of %s", block, sdx_show(c, x.dim[i]))
                      : "as in x");
        sdx_point(c, 0, i);
        sdx_point(c, 1, i);
        if (block > 0)
            sdx_hint(c,
                     "blocked scales have the shape of %s, divided by block_size=%" PRId64
                     " and rounded up along axis %d",
                     sdx_in_name(n, 0), block, axis);
        else
            sdx_hint(c,
                     "give one scale in all, or a vector of one for each index of axis %d; "
                     "scales of blocks need a block_size",
                     axis);
        return;
    }
}

static void check_scales(const sdx_node *n, sdx_infer *c)
{
    sdx_dims x = sdx_in_dims(n, 0), s = sdx_in_dims(n, 1);
    int axis;
    if (x.rank < 0 || s.rank <= 0)
        return;
    if (s.rank == 1 && sdx_same(c, s.dim[0], sdx_num(1)) != SDX_NO)
        return;
    if (!check_axis(n, c, x, &axis) || x.rank == 0)
        return;
    if (s.rank == 1 && (sdx_since(n) < 21 || sdx_attr_int(n, "block_size") == 0 || x.rank != 1)) {
        if (!sdx_equal(c, s.dim[0], x.dim[axis]))
            refuse_scales(n, c, s.dim[0], axis, x.dim[axis]);
    } else if (s.rank == x.rank) {
        check_blocks(n, c, x, s, axis);
    } else {
        sdx_refuse(c, "quant-scale-shape", "%s has rank %d, %s rank %d", sdx_in_name(n, 1), s.rank,
                   sdx_in_name(n, 0), x.rank);
        sdx_point(c, 0, -1);
        sdx_point(c, 1, -1);
        sdx_hint(c, "scales are a scalar, a vector along axis %d, or blocks with the rank of %s",
                 axis, sdx_in_name(n, 0));
    }
}

static void check_zero_point(const sdx_node *n, sdx_infer *c)
{
    sdx_dims s = sdx_in_dims(n, 1), z = sdx_in_dims(n, 2);
    if (!sdx_has_in(n, 2) || s.rank < 0 || z.rank < 0)
        return;
    if (s.rank == z.rank) {
        for (int i = 0; i < s.rank; i++)
            if (!sdx_check_same(c, "quant-zero-point-shape", 1, i, 2, i))
                return;
        return;
    }
    bool one = (s.rank == 0 && z.rank == 1 && sdx_equal(c, z.dim[0], sdx_num(1))) ||
               (z.rank == 0 && s.rank == 1 && sdx_equal(c, s.dim[0], sdx_num(1)));
    if (one)
        return;
    sdx_refuse(c, "quant-zero-point-shape", "%s has rank %d, %s rank %d", sdx_in_name(n, 2), z.rank,
               sdx_in_name(n, 1), s.rank);
    sdx_point(c, 1, -1);
    sdx_point(c, 2, -1);
    sdx_hint(c, "give the zero points the shape of the scales");
}

/* With a zero point there is nothing left to choose. */
static void check_output_dtype(const sdx_node *n, sdx_infer *c)
{
    int64_t given = sdx_since(n) < 21 ? 0 : sdx_attr_int(n, "output_dtype");
    sdx_dtype zero = sdx_in_dtype(n, 2);
    if (!given || !zero || given == (int64_t)zero)
        return;
    sdx_refuse(c, "dtype-mismatch", "output_dtype is %" PRId64 " (%s), and %s is %s", given,
               sdx_dtype_onnx_name(sdx_attr_dtype(n, "output_dtype", zero)), sdx_in_name(n, 2),
               sdx_dtype_onnx_name(zero));
    sdx_point(c, 2, -1);
    sdx_hint(c, "leave output_dtype out: the zero point has the type of the output");
}

static void infer_quantize(const sdx_node *n, sdx_infer *c)
{
    sdx_set_out_like(c, 0, sdx_in_dims(n, 0));
    if (!sdx_has_in(n, 2) && sdx_since(n) < 21)
        sdx_set_out_dtype(c, 0, SDX_U8);
    else if (!sdx_has_in(n, 2))
        sdx_set_out_dtype_attr(n, c, 0, "output_dtype", SDX_U8);
    else
        check_output_dtype(n, c);
    check_scales(n, c);
    check_zero_point(n, c);
}

static void infer_dequantize(const sdx_node *n, sdx_infer *c)
{
    sdx_set_out_like(c, 0, sdx_in_dims(n, 0));
    if (sdx_since(n) >= 23)
        sdx_set_out_dtype_attr(n, c, 0, "output_dtype", sdx_in_dtype(n, 1));
    check_scales(n, c);
    check_zero_point(n, c);
    if (sdx_in_dtype(n, 0) == SDX_I32) /* the sum of a product has none, by the standard */
        sdx_check_limits(c, "x_zero_point:0");
}

/* Both known, or both left out, and the same. */
static bool same_operand(const sdx_node *a, const sdx_node *b, int i)
{
    const sdx_tensor *x = sdx_in_const(a, i), *y = sdx_in_const(b, i);
    double p, q;
    if (!x || !y)
        return !sdx_has_in(a, i) && !sdx_has_in(b, i);
    if (sdx_elements(x) != 1 || sdx_elements(y) != 1)
        return false;
    sdx_load_f64(&p, x, 0, 1, 1);
    sdx_load_f64(&q, y, 0, 1, 1);
    return p == q;
}

static void lint_quantize(const sdx_node *n, sdx_infer *c)
{
    const sdx_node *from = sdx_producer(c, n, 0);
    if (from && sdx_is(from, "DequantizeLinear") && same_operand(n, from, 1) &&
        same_operand(n, from, 2) && sdx_in_dtype(from, 0) == sdx_out_dtype(n, 0))
        sdx_advise_undoes(c, "DequantizeLinear");
    sdx_class class = sdx_dtype_class(sdx_out_dtype(n, 0));
    if (sdx_since(n) >= 19 && !sdx_attr_int(n, "saturate") && class != SDX_REAL && class)
        sdx_advise_ignored(c, "saturate=0",
                           sdx_text(c, "integers as %s always saturate",
                                    sdx_dtype_onnx_name(sdx_out_dtype(n, 0))));
}

/* A number that both state, and that differs: what was quantised comes back as another. */
static void lint_dequantize(const sdx_node *n, sdx_infer *c)
{
    const sdx_node *from = sdx_producer(c, n, 0);
    for (int i = 1; i <= 2 && from && sdx_is(from, "QuantizeLinear"); i++) {
        const sdx_tensor *x = sdx_in_const(from, i), *y = sdx_in_const(n, i);
        double p, q;
        if (!x || !y || sdx_elements(x) != 1 || sdx_elements(y) != 1 || same_operand(n, from, i))
            continue;
        sdx_load_f64(&p, x, 0, 1, 1);
        sdx_load_f64(&q, y, 0, 1, 1);
        sdx_warn(c, "quant-pair", "%s is %.6g, and the QuantizeLinear before has %.6g",
                 sdx_in_name(n, i), q, p);
        sdx_point(c, i, -1);
        sdx_hint(c, "give both nodes one scale and one zero point: %.6g", p);
    }
}

/* One scale in all goes with any layout, as whole bytes do. */
static int layout(const sdx_node *n, sdx_layout l, uint32_t *plain)
{
    sdx_dims s = sdx_in_dims(n, 1);
    bool one = s.rank == 0 || (s.rank == 1 && sdx_is_num(s.dim[0]) && s.dim[0].n == 1);
    (void)l, (void)plain;
    return one && sdx_dtype_bits(sdx_in_dtype(n, 0)) >= 8 &&
                   sdx_dtype_bits(sdx_out_dtype(n, 0)) >= 8
               ? 0
               : -1;
}

/* ---- prepare ---- */

/* x is seen as [.., extent, inner]; each run of `inner` (or, where that is 1, of `extent`) elements
 * is computed at a time. */
typedef struct plan {
    int64_t count, extent, inner, block,
        blocks;           /* block: elements of the axis for one scale; blocks: scales along it */
    bool single, by_axis; /* one scale in all; else scales do not vary with inner */
    sdx_dtype
        precision; /* of the division: both sides have it, and the quotient is rounded to it */
    bool whole;    /* of an integer scale: the quotient stays exact until it is rounded */
    bool quantize, saturate;
    quantize_row *to_bytes; /* floats to bytes, and back; NULL: other types */
    dequantize_row *from_bytes;
} plan;

/* Loops between floats and bytes, where those are what the node converts. */
static void choose_rows(const sdx_node *n, sdx_prepare *c, plan *p)
{
    const linear_kernels *k = sdx_kernels(c, &sdx_family_quantization_linear);
    sdx_dtype real = p->quantize ? sdx_in_dtype(n, 0) : sdx_out_dtype(n, 0);
    sdx_dtype whole = p->quantize ? sdx_out_dtype(n, 0) : sdx_in_dtype(n, 0);
    if (real != SDX_F32 || p->precision != SDX_F32 || (whole != SDX_U8 && whole != SDX_I8))
        return;
    if (p->quantize && whole == SDX_U8)
        p->to_bytes = k->quantize_u8 ? k->quantize_u8 : sdx_quantize_u8;
    else if (p->quantize)
        p->to_bytes = k->quantize_i8 ? k->quantize_i8 : sdx_quantize_i8;
    else if (whole == SDX_U8)
        p->from_bytes = k->dequantize_u8 ? k->dequantize_u8 : sdx_dequantize_u8;
    else
        p->from_bytes = k->dequantize_i8 ? k->dequantize_i8 : sdx_dequantize_i8;
    sdx_choice(c, "bytes");
}

static sdx_status prepare(const sdx_node *n, sdx_prepare *c, void **state, bool quantize)
{
    plan *p = sdx_keep(c, sizeof *p);
    if (!p)
        return SDX_E_MEMORY;
    sdx_shape x = sdx_in_shape(n, 0), s = sdx_in_shape(n, 1);
    int64_t scales = sdx_count(s, 0, s.rank);
    p->quantize = quantize;
    p->saturate = sdx_since(n) < 19 || sdx_attr_int(n, "saturate") != 0;
    p->precision = sdx_since(n) < 23 ? SDX_UNDEFINED
                                     : sdx_attr_dtype(n, "precision", SDX_UNDEFINED);
    if (p->precision == SDX_UNDEFINED)
        p->precision = sdx_dtype_bits(sdx_in_dtype(n, 1)) >= 16 ? sdx_in_dtype(n, 1) : SDX_F32;
    p->whole = sdx_dtype_class(p->precision) != SDX_REAL;
    p->count = sdx_count(x, 0, x.rank);
    if (sdx_in_layout(n, 0) != SDX_PLAIN) /* whole bytes then, in whole blocks */
        p->count = (int64_t)sdx_layout_bytes(SDX_U8, x, sdx_in_layout(n, 0));
    p->single = scales == 1;
    if (!p->single) {
        int axis = x.rank == 1 ? 0
                               : sdx_axis(sdx_since(n) < 13 ? 1 : sdx_attr_int(n, "axis"), x.rank);
        int64_t block = sdx_since(n) < 21 ? 0 : sdx_attr_int(n, "block_size");
        p->extent = x.dim[axis];
        p->inner = sdx_count(x, axis + 1, x.rank);
        p->by_axis = s.rank == 1 && (block <= 0 || x.rank != 1); /* as check_scales has it */
        p->blocks = p->by_axis ? p->extent : s.dim[axis];
        if (p->by_axis)
            block = 1;
        else if (block <= 0)
            block = p->blocks > 0 ? (p->extent + p->blocks - 1) / p->blocks : 1;
        p->block = block;
    }
    choose_rows(n, c, p);
    *state = p;
    return SDX_OK;
}

static sdx_status prepare_quantize(const sdx_node *n, sdx_prepare *c, void **state)
{
    return prepare(n, c, state, true);
}

static sdx_status prepare_dequantize(const sdx_node *n, sdx_prepare *c, void **state)
{
    return prepare(n, c, state, false);
}

/* ---- run ---- */

enum { PIECE = 512 };

typedef struct job {
    const plan *p;
    const sdx_tensor *x, *scale, *zero; /* zero: may be NULL */
    sdx_tensor *y;
    bool fast; /* f32 and 8-bit integers */
} job;

/* Elements from `at` on whose scale can be had in one load: their number, the first scale and its
 * step. */
static int64_t run_at(const plan *p, int64_t at, int64_t most, int64_t *scale, int64_t *step)
{
    if (p->single) {
        *scale = *step = 0;
        return most;
    }
    int64_t i = at % p->inner, d = at / p->inner % p->extent, o = at / p->inner / p->extent, length;
    *scale = p->by_axis ? d : (o * p->blocks + d / p->block) * p->inner + i;
    if (p->inner > 1) {
        *step = p->by_axis ? 0 : 1;
        length = p->inner - i;
    } else if (p->block == 1) {
        *step = 1;
        length = p->extent - d;
    } else {
        *step = 0;
        length = p->block - d % p->block;
        length = length < p->extent - d ? length : p->extent - d;
    }
    return length < most ? length : most;
}

/* The quotient as its precision holds it; rounding a double once more is rounding the exact
 * quotient. */
static void round_to(sdx_dtype d, double *v, int64_t n)
{
    if (d == SDX_F32) {
        for (int64_t i = 0; i < n; i++)
            v[i] = (float)v[i];
    } else if (d != SDX_F64) {
        double room[PIECE];
        sdx_tensor t = { d, SDX_PLAIN, { 1, &n }, room };
        sdx_store_f64(&t, 0, 1, n, v);
        sdx_load_f64(v, &t, 0, 1, n);
    }
}

static void quantize_run(const job *j, int64_t at, int64_t n, const double *s, const double *z,
                         double *x)
{
    bool whole = sdx_dtype_class(j->y->dtype) != SDX_REAL;
    if (!j->p->whole)
        round_to(j->p->precision, x, n);
    for (int64_t i = 0; i < n; i++)
        x[i] = x[i] / s[i];
    if (!j->p->whole)
        round_to(j->p->precision, x, n);
    if (!whole) {
        for (int64_t i = 0; i < n; i++)
            x[i] += z[i];
        sdx_convert_f64(j->y, at, 1, n, x, j->p->saturate, SDX_NEAREST);
        return;
    }
    double lowest = sdx_lowest(j->y->dtype), highest = sdx_highest(j->y->dtype);
    for (int64_t i = 0; i < n; i++) {
        double v = rint(x[i]) + z[i];
        x[i] = !(v > lowest) ? lowest : v > highest ? highest : v; /* NaN becomes the lowest */
    }
    sdx_store_f64(j->y, at, 1, n, x);
}

void sdx_quantize_u8(uint8_t *y, const float *x, size_t n, float scale, float zero)
{
    quantize_u8(y, x, n, scale, zero);
}
void sdx_quantize_i8(uint8_t *y, const float *x, size_t n, float scale, float zero)
{
    quantize_i8(y, x, n, scale, zero);
}
void sdx_dequantize_u8(float *y, const uint8_t *x, size_t n, float scale, float zero)
{
    dequantize_u8(y, x, n, scale, zero);
}
void sdx_dequantize_i8(float *y, const uint8_t *x, size_t n, float scale, float zero)
{
    dequantize_i8(y, x, n, scale, zero);
}

static sdx_status some(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = arg;
    double x[PIECE], s[PIECE], z[PIECE] = { 0 };
    (void)scratch, (void)c;
    for (int64_t at = begin, n; at < end; at += n) {
        int64_t first, step;
        n = run_at(j->p, at, end - at, &first, &step);
        if (j->fast && step == 0) {
            sdx_load_f64(s, j->scale, first, 0, 1);
            if (j->zero)
                sdx_load_f64(z, j->zero, first, 0, 1);
            if (j->p->quantize)
                j->p->to_bytes((uint8_t *)j->y->data + at, sdx_f32(j->x) + at, (size_t)n,
                               (float)s[0], (float)z[0]);
            else
                j->p->from_bytes(sdx_f32_out(j->y) + at, (const uint8_t *)j->x->data + at,
                                 (size_t)n, (float)s[0], (float)z[0]);
            continue;
        }
        n = n < PIECE ? n : PIECE;
        sdx_load_f64(s, j->scale, first, step, n);
        if (j->zero)
            sdx_load_f64(z, j->zero, first, step, n);
        sdx_load_f64(x, j->x, at, 1, n);
        if (j->p->quantize) {
            quantize_run(j, at, n, s, z, x);
            continue;
        }
        for (int64_t i = 0; i < n; i++)
            x[i] = (x[i] - z[i]) * s[i];
        sdx_store_f64(j->y, at, 1, n, x);
    }
    return SDX_OK;
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    const plan *p = state;
    job j = {
        p, sdx_in(c, 0), sdx_in(c, 1), sdx_has_in(n, 2) ? sdx_in(c, 2) : NULL, sdx_out(c, 0), false
    };
    (void)n;
    j.fast = p->to_bytes || p->from_bytes;
    return sdx_parallel(c, p->count, j.fast ? 65536 : 16384, some, &j);
}

static const sdx_op ops[] = {
    { SDX_OP(QuantizeLinear), .schema = quantize_schema,
      .limits = "*y_scale:(0,) ?saturate:0|1 block_size:[0,)", .traits = SDX_PURE,
      .infer = infer_quantize, .lint = lint_quantize, .layout = layout, .prepare = prepare_quantize,
      .run = run },
    { SDX_OP(DequantizeLinear), .schema = dequantize_schema,
      .limits = "*x_scale:(0,) block_size:[0,)", .traits = SDX_PURE, .infer = infer_dequantize,
      .lint = lint_dequantize, .layout = layout, .prepare = prepare_dequantize, .run = run },
    { SDX_OP(QuantizeLinear), "com.microsoft", .schema = microsoft_quantize,
      .limits = "*y_scale:(0,) ?saturate:0|1 block_size:[0,)", .traits = SDX_PURE,
      .infer = infer_quantize, .expand = expand_quantize },
    { SDX_OP(DequantizeLinear), "com.microsoft", .schema = microsoft_dequantize,
      .limits = "*x_scale:(0,) block_size:[0,)", .traits = SDX_PURE, .infer = infer_dequantize,
      .lint = lint_dequantize, .expand = expand_dequantize },
    { 0 },
};
const sdx_family sdx_family_quantization_linear = { ops, sizeof(linear_kernels) };
