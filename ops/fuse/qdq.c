/* ops/fuse/qdq.c - what stands between DequantizeLinear and QuantizeLinear is done on bytes.
 *
 *     QuantizeLinear(Conv(DequantizeLinear(x), DequantizeLinear(w), DequantizeLinear(b)))
 *
 * becomes QLinearConv, MatMul becomes QLinearMatMul, and Gemm a MatMulInteger to whose sums the
 * bias is added before they are scaled; Add becomes sdx.ByteAdd, GlobalAveragePool sdx.ByteMean,
 * Softmax of the last dim sdx.ByteSoftmax.
 * What only moves elements, or picks the largest of some, does so with bytes where both sides have
 * one grid.  A Relu or Clip in between clamps to the bytes that its limits become; it goes where
 * these are the lowest and the highest, which quantising sees to.
 *
 * When: bytes and float scales; x and the result with one scale, w with one in all or one for each
 * output, zero points of any value; the bias in whole steps of x_scale * w_scale, as quantisers
 * write it; all scales constant. Sums are exact then, where the float graph rounds each product: so
 * results agree but for those within its rounding of the middle between two steps, which may go to
 * the other neighbour. Everything else is left alone, and so are convolutions whose groups have few
 * channels, but for a single one: they are faster in floats.  Source: ONNX Operators.md,
 * QuantizeLinear-25, DequantizeLinear-25, QLinearConv-10, QLinearMatMul-21, MatMulInteger-10. */
#include <math.h>
#include <stdio.h>
#include "common/same.h"
#include "sdx/rewrite.h"

enum { FEW_CHANNELS = 4, FEW_FILTERS = 8 };

static bool is_byte(sdx_dtype d)
{
    return d == SDX_U8 || d == SDX_I8;
}

static double number(const sdx_tensor *t, int64_t i)
{
    double v;
    sdx_load_f64(&v, t, i, 1, 1);
    return v;
}

/* A DequantizeLinear of elements of this kind by constant scales; NULL: none. */
static const sdx_node *dequantized(sdx_rewrite *c, const sdx_node *n, int i, bool bytes)
{
    const sdx_node *d = sdx_has_in(n, i) ? sdx_maker(c, n, i) : NULL;
    if (!d || !sdx_is(d, "DequantizeLinear") || sdx_out_dtype(d, 0) != SDX_F32 ||
        sdx_in_dtype(d, 1) != SDX_F32 || !sdx_in_const(d, 1) ||
        (sdx_has_in(d, 2) && !sdx_in_const(d, 2)) ||
        (sdx_since(d) >= 21 && sdx_attr_int(d, "block_size") != 0))
        return NULL;
    sdx_dtype x = sdx_in_dtype(d, 0);
    return (bytes ? is_byte(x) : x == SDX_I32) ? d : NULL;
}

static bool has_one_scale(const sdx_node *d)
{
    return sdx_elements(sdx_in_const(d, 1)) == 1;
}

/* One scale in all, or one for each index of this axis of x. */
static bool scales_along(const sdx_node *d, int axis)
{
    int rank = sdx_in_dims(d, 0).rank;
    if (has_one_scale(d))
        return true;
    return sdx_in_const(d, 1)->shape.rank == 1 && rank > 0 && sdx_since(d) >= 13 &&
           sdx_axis(sdx_attr_int(d, "axis"), rank) == axis;
}

/* The byte that v becomes. */
static double quantized(const sdx_node *q, double v)
{
    sdx_dtype d = sdx_out_dtype(q, 0);
    double zero = sdx_has_in(q, 2) ? number(sdx_in_const(q, 2), 0) : 0;
    v = rint(v / number(sdx_in_const(q, 1), 0)) + zero;
    return fmin(fmax(v, sdx_lowest(d)), sdx_highest(d));
}

/* To bytes, by one constant scale above 0. */
static bool is_quantizer(const sdx_node *q)
{
    const sdx_tensor *s = sdx_in_const(q, 1);
    int64_t precision = sdx_since(q) >= 23 ? sdx_attr_int(q, "precision") : 0;
    return s && s->dtype == SDX_F32 && sdx_elements(s) == 1 && number(s, 0) > 0 &&
           isfinite(number(s, 0)) && is_byte(sdx_out_dtype(q, 0)) &&
           sdx_in_dtype(q, 0) == SDX_F32 && (!sdx_has_in(q, 2) || sdx_in_const(q, 2)) &&
           (precision == 0 || precision == 1);
}

/* The bytes between which a node clamps: what its limits become, for rounding keeps order. */
typedef struct limits {
    double lo, hi;
    bool implied; /* quantising does the same */
} limits;

static bool clamps(const sdx_node *n, const sdx_node *q, limits *to)
{
    double lo = -INFINITY, hi = INFINITY;
    if (sdx_is(n, "Relu")) {
        lo = 0;
    } else if (sdx_is(n, "Clip") && sdx_since(n) >= 11) {
        if ((sdx_has_in(n, 1) && !sdx_in_const(n, 1)) || (sdx_has_in(n, 2) && !sdx_in_const(n, 2)))
            return false;
        lo = sdx_has_in(n, 1) ? number(sdx_in_const(n, 1), 0) : lo;
        hi = sdx_has_in(n, 2) ? number(sdx_in_const(n, 2), 0) : hi;
    } else {
        return false;
    }
    sdx_dtype d = sdx_out_dtype(q, 0);
    to->lo = quantized(q, lo);
    to->hi = quantized(q, hi);
    to->implied = to->lo == sdx_lowest(d) && to->hi == sdx_highest(d);
    return lo <= hi;
}

/* x_scale * w_scale of output i. */
static double step_of(const sdx_node *x, const sdx_node *w, int64_t i)
{
    const sdx_tensor *sw = sdx_in_const(w, 1);
    return number(sdx_in_const(x, 1), 0) * number(sw, sdx_elements(sw) == 1 ? 0 : i);
}

/* Is a bias in steps of the sums? */
static bool counts_sums(const sdx_node *bias, const sdx_node *x, const sdx_node *w)
{
    const sdx_tensor *sb = sdx_in_const(bias, 1);
    int64_t count = sdx_elements(sb), scales = sdx_elements(sdx_in_const(w, 1));
    int64_t most = count > scales ? count : scales;
    if ((count != 1 && count != most) || (scales != 1 && scales != most))
        return false;
    for (int64_t i = 0; sdx_has_in(bias, 2) && i < sdx_elements(sdx_in_const(bias, 2)); i++)
        if (number(sdx_in_const(bias, 2), i) != 0)
            return false;
    for (int64_t i = 0; i < most; i++) {
        double want = step_of(x, w, i), have = number(sb, count == 1 ? 0 : i);
        if (!(fabs(have - want) <= 1e-6 * fabs(want)))
            return false;
    }
    return true;
}

/* The same of one that has been dequantised already: whole numbers of steps. */
static bool is_whole(const sdx_tensor *bias, const sdx_node *x, const sdx_node *w)
{
    int64_t scales = sdx_elements(sdx_in_const(w, 1)), n = sdx_elements(bias);
    if (bias->dtype != SDX_F32 || bias->shape.rank != 1 || (scales != 1 && scales != n))
        return false;
    for (int64_t i = 0; i < n; i++) {
        double steps = number(bias, i) / step_of(x, w, i);
        if (!(fabs(steps) < 2e9 && fabs(steps - rint(steps)) <= 1e-3 + 1e-6 * fabs(steps)))
            return false;
    }
    return true;
}

/* ---- what they become ---- */

/* "name" stands for a zero point, also where there is none. */
static sdx_status name_zero(sdx_rewrite *c, const char *name, const char *as, const sdx_node *d,
                            bool of_result)
{
    sdx_dtype t = of_result ? sdx_out_dtype(d, 0) : sdx_in_dtype(d, 0);
    if (sdx_has_in(d, 2))
        return sdx_body(c, 21, "%s = Identity(%s)", name, as);
    return sdx_body(c, 21, "%s = Constant<value = %s {0}>()", name, t == SDX_U8 ? "uint8" : "int8");
}

/* az, wz, yz, and the bias as bi. */
static sdx_status name_operands(sdx_rewrite *c, const sdx_node *q, const sdx_node *op,
                                const sdx_node *x, const sdx_node *w, const sdx_node *b)
{
    sdx_name(c, "op", op);
    sdx_name(c, "a", x);
    sdx_name(c, "w", w);
    if (b) {
        sdx_name(c, "b", b);
        SDX_TRY(sdx_body(c, 21, "bi = Identity(b.x)"));
    } else if (sdx_has_in(op, 2)) {
        SDX_TRY(sdx_body(c, 21,
                         "bs = Mul(a.x_scale, w.x_scale); bq = Div(op.%s, bs); br = Round(bq);"
                         "bi = Cast<to = 6>(br)",
                         sdx_in_name(op, 2)));
    }
    SDX_TRY(name_zero(c, "az", "a.x_zero_point", x, false));
    SDX_TRY(name_zero(c, "wz", "w.x_zero_point", w, false));
    return name_zero(c, "yz", "y_zero_point", q, true);
}

static bool is_wide_conv(const sdx_node *op, const sdx_node *w)
{
    sdx_dims d = sdx_in_dims(w, 0);
    int64_t group = sdx_attr_int(op, "group");
    if (d.rank < 3 || !sdx_is_num(d.dim[0]) || !sdx_is_num(d.dim[1]) || group <= 0)
        return false;
    int64_t filters = d.dim[0].n / group, channels = d.dim[1].n;
    if (group > 1 && channels == 1 && filters == 1)
        return true;
    return filters >= FEW_FILTERS && (group == 1 || channels >= FEW_CHANNELS);
}

static sdx_status to_conv(sdx_rewrite *c, const sdx_node *q, const sdx_node *op, const sdx_node *x,
                          const sdx_node *w, const sdx_node *b, const limits *l)
{
    if (!scales_along(w, 0) || !is_wide_conv(op, w))
        return SDX_OK;
    SDX_TRY(name_operands(c, q, op, x, w, b));
    if (!l->implied)
        return sdx_body(c, 21,
                        "y = sdx.ByteConv<@op, least = %d, most = %d>"
                        "(a.x, a.x_scale, az, w.x, w.x_scale, wz, y_scale, yz%s)",
                        (int)l->lo, (int)l->hi, sdx_has_in(op, 2) ? ", bi" : "");
    return sdx_body(c, 21,
                    "y = QLinearConv<@op>(a.x, a.x_scale, az, w.x, w.x_scale, wz, y_scale, yz%s)",
                    sdx_has_in(op, 2) ? ", bi" : "");
}

static sdx_status to_matmul(sdx_rewrite *c, const sdx_node *q, const sdx_node *op,
                            const sdx_node *x, const sdx_node *w)
{
    int rank = sdx_in_dims(w, 0).rank;
    if (rank < 2 || !scales_along(w, rank - 1))
        return SDX_OK;
    SDX_TRY(name_operands(c, q, op, x, w, NULL));
    return sdx_body(c, 21,
                    "y = QLinearMatMul(a.x, a.x_scale, az, w.x, w.x_scale, wz, y_scale, yz)");
}

static sdx_status to_gemm(sdx_rewrite *c, const sdx_node *q, const sdx_node *op, const sdx_node *x,
                          const sdx_node *w, const sdx_node *b)
{
    bool turned = sdx_attr_int(op, "transB") != 0;
    bool bias = sdx_has_in(op, 2);
    if (sdx_attr_int(op, "transA") != 0 || sdx_attr_float(op, "alpha") != 1 ||
        (bias && sdx_attr_float(op, "beta") != 1) || (b && sdx_in_dims(b, 0).rank > 1) ||
        !scales_along(w, turned ? 0 : 1))
        return SDX_OK;
    SDX_TRY(name_operands(c, q, op, x, w, b));
    SDX_TRY(turned ? sdx_body(c, 21, "right = Transpose<perm = [1, 0]>(w.x)")
                   : sdx_body(c, 21, "right = Identity(w.x)"));
    SDX_TRY(sdx_body(c, 21, "m = MatMulInteger(a.x, right, az, wz)"));
    SDX_TRY(sdx_body(c, 21, bias ? "sum = Add(m, bi)" : "sum = Identity(m)"));
    return sdx_body(c, 21,
                    "f = Cast<to = 1>(sum); s = Mul(a.x_scale, w.x_scale); p = Mul(f, s);"
                    "y = QuantizeLinear(p, y_scale, yz)");
}

/* ---- no products ---- */

/* Dims that are the same whatever the symbols are. */
static bool same_dims(sdx_dims a, sdx_dims b)
{
    bool same = a.rank >= 0 && a.rank == b.rank;
    for (int i = 0; same && i < a.rank; i++)
        same = sdx_is_same_dim(a.dim[i], b.dim[i]);
    return same;
}

static sdx_status to_add(sdx_rewrite *c, const sdx_node *q, const sdx_node *op, const limits *l)
{
    const sdx_node *a = dequantized(c, op, 0, true), *b = dequantized(c, op, 1, true);
    if (!a || !b || !has_one_scale(a) || !has_one_scale(b) ||
        !same_dims(sdx_in_dims(op, 0), sdx_in_dims(op, 1)))
        return SDX_OK;
    sdx_name(c, "a", a);
    sdx_name(c, "b", b);
    SDX_TRY(name_zero(c, "az", "a.x_zero_point", a, false));
    SDX_TRY(name_zero(c, "bz", "b.x_zero_point", b, false));
    SDX_TRY(name_zero(c, "yz", "y_zero_point", q, true));
    return sdx_body(c, 21,
                    "y = sdx.ByteAdd<least = %d, most = %d>(a.x, a.x_scale, az, b.x, b.x_scale, bz,"
                    " y_scale, yz)",
                    (int)l->lo, (int)l->hi);
}

/* One side, and a result, of one scale each. */
static sdx_status to_single(sdx_rewrite *c, const sdx_node *q, const sdx_node *op, const char *name)
{
    const sdx_node *x = dequantized(c, op, 0, true);
    if (!x || !has_one_scale(x))
        return SDX_OK;
    sdx_name(c, "a", x);
    SDX_TRY(name_zero(c, "az", "a.x_zero_point", x, false));
    SDX_TRY(name_zero(c, "yz", "y_zero_point", q, true));
    return sdx_body(c, 21, "y = sdx.%s(a.x, a.x_scale, az, y_scale, yz)", name);
}

static bool is_softmax_of_rows(const sdx_node *op)
{
    int rank = sdx_in_dims(op, 0).rank;
    return sdx_is(op, "Softmax") && sdx_since(op) >= 13 && rank > 0 &&
           sdx_axis(sdx_attr_int(op, "axis"), rank) == rank - 1;
}

/* Are bytes of d those that q would make of what they stand for? */
static bool one_grid(const sdx_node *d, const sdx_node *q)
{
    double dz = sdx_has_in(d, 2) ? number(sdx_in_const(d, 2), 0) : 0;
    double qz = sdx_has_in(q, 2) ? number(sdx_in_const(q, 2), 0) : 0;
    double s = number(sdx_in_const(d, 1), 0);
    return sdx_in_dtype(d, 0) == sdx_out_dtype(q, 0) && dz == qz && s > 1e-30 && s < 1e30 &&
           s == number(sdx_in_const(q, 1), 0);
}

/* Operators whose result holds elements of the first input alone, or of all of them. */
static bool moves(const sdx_node *op, bool *all)
{
    static const char *const first[] = { "MaxPool",   "Reshape",   "Flatten",      "Squeeze",
                                         "Unsqueeze", "Transpose", "DepthToSpace", "Slice" };
    *all = sdx_is(op, "Concat");
    for (size_t i = 0; i < sizeof first / sizeof *first; i++)
        if (sdx_is(op, first[i]))
            return i > 0 || sdx_out_count(op) == 1;
    return *all;
}

enum { MOST_MOVED = 16 };

static sdx_status to_move(sdx_rewrite *c, const sdx_node *q, const sdx_node *op, bool all)
{
    int count = sdx_in_count(op);
    char text[MOST_MOVED * 24], name[MOST_MOVED][16];
    size_t at = 0;
    if (count > MOST_MOVED || sdx_since(op) < 12) /* bytes came to some by then */
        count = sdx_is(op, "MaxPool") || count > MOST_MOVED ? 0 : count;
    for (int i = 0; i < count; i++) {
        const sdx_node *d = i == 0 || all ? dequantized(c, op, i, true) : NULL;
        if ((i == 0 || all) && (!d || !has_one_scale(d) || !one_grid(d, q)))
            return SDX_OK;
        snprintf(name[i], sizeof name[i], "d%d", i);
        if (d)
            sdx_name(c, name[i], d);
        at += (size_t)(d ? snprintf(text + at, sizeof text - at, ", %s.x", name[i])
                         : snprintf(text + at, sizeof text - at, ", op.%s", sdx_in_name(op, i)));
        if (at >= sizeof text)
            return SDX_OK;
    }
    if (count == 0)
        return SDX_OK;
    sdx_name(c, "op", op);
    return sdx_body(c, sdx_since(op) < 13 ? 13 : sdx_since(op), "y = %s<@op>(%s)", sdx_op_name(op),
                    text + 2);
}

static sdx_status apply(const sdx_node *n, sdx_rewrite *c)
{
    const sdx_node *op = is_quantizer(n) ? sdx_only_producer(c, n, 0) : NULL;
    limits l = { sdx_lowest(sdx_out_dtype(n, 0)), sdx_highest(sdx_out_dtype(n, 0)), true };
    bool all, clamped = op && clamps(op, n, &l);
    if (clamped)
        op = sdx_only_producer(c, op, 0);
    if (op && sdx_is(op, "Add"))
        return to_add(c, n, op, &l);
    if (op && !clamped && moves(op, &all))
        return to_move(c, n, op, all);
    bool conv = op && sdx_is(op, "Conv"), gemm = op && sdx_is(op, "Gemm");
    if (op && !clamped && sdx_is(op, "GlobalAveragePool"))
        return to_single(c, n, op, "ByteMean");
    if (op && !clamped && is_softmax_of_rows(op))
        return to_single(c, n, op, "ByteSoftmax");
    if (!conv && (!l.implied || (!gemm && !(op && sdx_is(op, "MatMul")))))
        return SDX_OK;
    const sdx_node *x = dequantized(c, op, 0, true), *w = dequantized(c, op, 1, true), *b = NULL;
    if (!x || !w || !has_one_scale(x))
        return SDX_OK;
    if (sdx_has_in(op, 2)) {
        b = dequantized(c, op, 2, false);
        const sdx_tensor *known = sdx_in_const(op, 2);
        if (b ? !counts_sums(b, x, w) : !known || !is_whole(known, x, w))
            return SDX_OK;
    }
    return conv   ? to_conv(c, n, op, x, w, b, &l)
           : gemm ? to_gemm(c, n, op, x, w, b)
                  : to_matmul(c, n, op, x, w);
}

const sdx_rule sdx_fuse_qdq = { "QuantizeLinear", apply };
