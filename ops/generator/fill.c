/* ops/generator/fill.c - ConstantOfShape, Range, EyeLike: tensors made from a rule.
 *
 * Source: ONNX Operators.md, ConstantOfShape-25, Range-27, EyeLike-22. */
#include "common/axes.h"
#include "common/dtype_attr.h"
#include "common/rows.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

static const sdx_schema shape_schema[] = {
    { 9, "input:T1 -> output:T2", "value:tensor", "T1: i64; T2: numeric bool" },
    { 20, NULL, NULL, "T1: i64; T2: numeric bf16 bool f8e4m3fn f8e4m3fnuz f8e5m2 f8e5m2fnuz" },
    { 21, NULL, NULL,
      "T1: i64; T2: numeric bf16 bool f8e4m3fn f8e4m3fnuz f8e5m2 f8e5m2fnuz i4 u4" },
    { 23, NULL, NULL,
      "T1: i64; T2: numeric bf16 bool f4e2m1 f8e4m3fn f8e4m3fnuz f8e5m2 f8e5m2fnuz i4 u4" },
    { 24, NULL, NULL,
      "T1: i64; T2: numeric bf16 bool f4e2m1 f8e4m3fn f8e4m3fnuz f8e5m2 f8e5m2fnuz f8e8m0 i4 u4" },
    { 25, NULL, NULL,
      "T1: i64; T2: numeric bf16 bool f4e2m1 f8e4m3fn f8e4m3fnuz f8e5m2 f8e5m2fnuz f8e8m0 i2 i4 u2 u4" },
    { 0 },
};

static const sdx_schema range_schema[] = {
    { 11, "start:T limit:T delta:T -> output:T", "", "T: f32 f64 i16 i32 i64" },
    { 27, NULL, "stash_type:int=1", "T: float bf16 i16 i32 i64" },
    { 0 },
};

static const sdx_schema eye_schema[] = {
    { 9, "input:T1 -> output:T2", "dtype:int k:int=0", "T1: numeric bool; T2: numeric bool" },
    { 22, NULL, NULL, "T1: numeric bf16 bool; T2: numeric bf16 bool" },
    { 0 },
};

static bool is_whole(sdx_dtype d)
{
    sdx_class class = sdx_dtype_class(d);
    return class == SDX_INT || class == SDX_UINT || class == SDX_BOOLEAN;
}

/* ---- ConstantOfShape ---- */

static void infer_filled_elems(sdx_infer *c, const sdx_tensor *value, int64_t count)
{
    sdx_dim e[SDX_MAX_RANK];
    int64_t v;
    if (!value || !is_whole(value->dtype) || count > SDX_MAX_RANK || sdx_elements(value) != 1)
        return;
    sdx_load_i64(&v, value, 0, 1, 1);
    for (int64_t i = 0; i < count; i++)
        e[i] = sdx_num(v);
    sdx_set_out_elems(c, 0, (int)count, e);
}

static void infer_shape(const sdx_node *n, sdx_infer *c)
{
    const sdx_tensor *value = sdx_attr_tensor(n, "value");
    sdx_ints shape = sdx_read_ints(n, NULL, 0);
    int count;
    const sdx_dim *e = sdx_in_elems(n, 0, &count);
    sdx_set_out_dtype(c, 0, value ? value->dtype : SDX_F32);
    if (value && sdx_elements(value) != 1) {
        sdx_refuse(c, "one-element", "value has %" PRId64 " elements, not 1", sdx_elements(value));
        sdx_hint(c, "give a tensor of one element");
        return;
    }
    double fill = 0;
    if (value && sdx_dtype_class(value->dtype) == SDX_REAL)
        sdx_load_f64(&fill, value, 0, 1, 1);
    if (isnan(fill)) {
        sdx_warn(c, "nan-weights", "value is NaN: every element becomes NaN");
        sdx_hint(c, "give the number that the tensor is to hold");
    }
    if (!sdx_check_rank(c, 0, 1, 1) || shape.count < 0)
        return;
    if (shape.count > SDX_MAX_RANK) {
        sdx_refuse(c, "shape-rank", "the shape has %d dims, at most %d are possible", shape.count,
                   SDX_MAX_RANK);
        sdx_point(c, 0, -1);
        sdx_hint(c, "was the tensor itself given instead of its shape?");
        return;
    }
    sdx_dim *y = sdx_new_dims(c, shape.count);
    for (int i = 0; i < shape.count; i++) {
        if (shape.given == SDX_GIVEN)
            y[i] = sdx_num(shape.v[i]);
        else
            y[i] = e && !sdx_is_unknown(e[i]) ? e[i] : sdx_dim_new(c, 0, i, sdx_unknown());
        if (sdx_is_num(y[i]) && y[i].n < 0) {
            sdx_refuse(c, "negative-dim", "entry %d of the shape is %" PRId64, i, y[i].n);
            sdx_point(c, 0, -1);
            sdx_number(c, "dim", y[i].n);
            sdx_hint(c, "dims are 0 or more; -1 has no meaning here");
            return;
        }
    }
    sdx_set_out_dims(c, 0, shape.count, y);
    if (shape.count == 0 || (shape.count == 1 && sdx_is_num(y[0])))
        infer_filled_elems(c, value, shape.count == 0 ? 1 : y[0].n);
}

static sdx_status run_shape(const sdx_node *n, const void *state, sdx_run *c)
{
    const sdx_tensor *value = sdx_attr_tensor(n, "value");
    sdx_tensor *y = sdx_out(c, 0);
    (void)state;
    if (!y) {
        sdx_ints shape = sdx_tensor_ints(sdx_in(c, 0));
        sdx_shape s = { shape.count, shape.v };
        for (int i = 0; i < shape.count && i < SDX_MAX_RANK; i++)
            if (shape.v[i] < 0)
                return sdx_fail(c, SDX_E_VALUE, "entry %d of the shape is %" PRId64, i, shape.v[i]);
        if (shape.count > SDX_MAX_RANK)
            return sdx_fail(c, SDX_E_VALUE, "the shape has %d dims", shape.count);
        SDX_TRY(sdx_make_out(c, 0, s, &y));
        if (!y)
            return SDX_OK;
    }
    int64_t count = sdx_elements(y);
    if (value)
        return sdx_copy_strided(c, y, 0, 1, value, 0, 0, count);
    memset(y->data, 0, sdx_bytes(y->dtype, count));
    return SDX_OK;
}

/* ---- Range ---- */

/* The element of a scalar input, as dim. */
static sdx_dim elem(const sdx_node *n, int i)
{
    int count;
    const sdx_dim *e = sdx_in_elems(n, i, &count);
    const sdx_tensor *t = sdx_in_const(n, i);
    int64_t v;
    if (t && sdx_elements(t) == 1 && is_whole(t->dtype)) {
        sdx_load_i64(&v, t, 0, 1, 1);
        return sdx_num(v);
    }
    return e && count == 1 ? e[0] : sdx_unknown();
}

/* max(ceil((limit - start) / delta), 0), exactly; -1: delta is 0. */
static int64_t count_i64(int64_t start, int64_t limit, int64_t delta)
{
    if (delta == 0)
        return -1;
    if (delta > 0 ? start >= limit : start <= limit)
        return 0;
    uint64_t way = delta > 0 ? (uint64_t)limit - (uint64_t)start
                             : (uint64_t)start - (uint64_t)limit;
    uint64_t step = delta > 0 ? (uint64_t)delta : 0 - (uint64_t)delta;
    uint64_t count = (way - 1) / step + 1;
    return count > INT64_MAX ? INT64_MAX : (int64_t)count;
}

static int64_t count_f64(double start, double limit, double delta)
{
    double count = ceil((limit - start) / delta);
    if (delta == 0)
        return -1;
    return !(count > 0) ? 0 : count > 9e18 ? INT64_MAX : (int64_t)count;
}

static void refuse_delta(sdx_infer *c)
{
    sdx_refuse(c, "range-delta", "delta is 0: the range never ends");
    sdx_point(c, 2, -1);
    sdx_number(c, "delta", 0);
    sdx_hint(c, "use a delta above 0 to count up, below 0 to count down");
}

static void set_range(sdx_infer *c, sdx_dim count)
{
    sdx_set_out_dims(c, 0, 1, &count);
}

static void infer_whole(const sdx_node *n, sdx_infer *c)
{
    sdx_dim start = elem(n, 0), limit = elem(n, 1), delta = elem(n, 2), e[SDX_MAX_RANK];
    if (sdx_is_num(delta) && delta.n == 0) {
        refuse_delta(c);
        return;
    }
    if (sdx_is_num(start) && sdx_is_num(limit) && sdx_is_num(delta)) {
        int64_t count = count_i64(start.n, limit.n, delta.n);
        set_range(c, sdx_num(count));
        for (int64_t i = 0; i < count && count <= SDX_MAX_RANK; i++)
            e[i] = sdx_num(sdx_wrap_add(start.n, sdx_wrap_mul(i, delta.n)));
        if (count <= SDX_MAX_RANK)
            sdx_set_out_elems(c, 0, (int)count, e);
        return;
    }
    if (sdx_is_unknown(start) || sdx_is_unknown(limit) || !sdx_is_num(delta)) {
        set_range(c, sdx_dim_new(c, 0, 0, sdx_unknown()));
        return;
    }
    /* A formula over dims is taken not to be negative: with numbers it is looked at again. */
    bool up = delta.n > 0;
    sdx_dim way = up ? sdx_dim_sub(c, limit, start) : sdx_dim_sub(c, start, limit);
    int64_t step = up ? delta.n : sdx_wrap_sub(0, delta.n);
    sdx_dim count = step == 1 ? way : sdx_dim_ceil(c, way, sdx_num(step));
    if (sdx_is_num(count))
        count = sdx_num(count.n > 0 ? count.n : 0);
    set_range(c, count);
}

static bool known_f64(const sdx_node *n, int i, double *v)
{
    const sdx_tensor *t = sdx_in_const(n, i);
    if (!t || sdx_elements(t) != 1)
        return false;
    sdx_load_f64(v, t, 0, 1, 1);
    return true;
}

static void infer_range(const sdx_node *n, sdx_infer *c)
{
    double v[3];
    for (int i = 0; i < 3; i++)
        if (!sdx_check_rank(c, i, 0, 1))
            return;
    if (is_whole(sdx_in_dtype(n, 0))) {
        infer_whole(n, c);
        return;
    }
    if (known_f64(n, 2, &v[2]) && v[2] == 0)
        refuse_delta(c);
    else if (known_f64(n, 0, &v[0]) && known_f64(n, 1, &v[1]) && known_f64(n, 2, &v[2]))
        set_range(c, sdx_num(count_f64(v[0], v[1], v[2])));
    else
        set_range(c, sdx_dim_new(c, 0, 0, sdx_unknown()));
}

enum { PIECE = 512 };

static sdx_status range_i64(const int64_t v[3], sdx_tensor *y, int64_t count, sdx_run *c)
{
    int64_t some[PIECE];
    for (int64_t at = 0; at < count; at += PIECE) {
        int64_t n = count - at < PIECE ? count - at : PIECE;
        for (int64_t i = 0; i < n; i++)
            some[i] = sdx_wrap_add(v[0], sdx_wrap_mul(at + i, v[2]));
        sdx_store_i64(y, at, 1, n, some);
        SDX_TRY(sdx_poll(c));
    }
    return SDX_OK;
}

static sdx_status range_f64(const double v[3], sdx_tensor *y, int64_t count, sdx_run *c)
{
    double some[PIECE];
    for (int64_t at = 0; at < count; at += PIECE) {
        int64_t n = count - at < PIECE ? count - at : PIECE;
        for (int64_t i = 0; i < n; i++)
            some[i] = v[0] + (double)(at + i) * v[2];
        sdx_store_f64(y, at, 1, n, some);
        SDX_TRY(sdx_poll(c));
    }
    return SDX_OK;
}

static sdx_status run_range(const sdx_node *n, const void *state, sdx_run *c)
{
    sdx_tensor *y = sdx_out(c, 0);
    bool whole = is_whole(sdx_in_dtype(n, 0));
    double f[3];
    int64_t v[3], count;
    (void)state;
    for (int i = 0; i < 3; i++) {
        const sdx_tensor *t = sdx_in(c, i);
        if (sdx_elements(t) != 1)
            return sdx_fail(c, SDX_E_SHAPE, "%s has %" PRId64 " elements, not 1", sdx_in_name(n, i),
                            sdx_elements(t));
        sdx_load_f64(&f[i], t, 0, 1, 1);
        sdx_load_i64(&v[i], t, 0, 1, 1);
    }
    count = whole ? count_i64(v[0], v[1], v[2]) : count_f64(f[0], f[1], f[2]);
    if (count < 0)
        return sdx_fail(c, SDX_E_VALUE, "delta is 0: the range never ends");
    sdx_shape s = { 1, &count };
    if (!y)
        SDX_TRY(sdx_make_out(c, 0, s, &y));
    if (!y)
        return SDX_OK;
    count = sdx_elements(y); /* an output that the caller gave is as long as infer said */
    return whole ? range_i64(v, y, count, c) : range_f64(f, y, count, c);
}

/* ---- EyeLike ---- */

static void infer_eye(const sdx_node *n, sdx_infer *c)
{
    if (!sdx_check_rank(c, 0, 2, 2))
        return;
    sdx_set_out_like(c, 0, sdx_in_dims(n, 0));
    sdx_set_out_dtype_attr(n, c, 0, "dtype", sdx_in_dtype(n, 0));
}

static sdx_status run_eye(const sdx_node *n, const void *state, sdx_run *c)
{
    sdx_tensor *y = sdx_out(c, 0);
    int64_t rows = y->shape.dim[0], columns = y->shape.dim[1], k = sdx_attr_int(n, "k"), one = 1;
    (void)state;
    memset(y->data, 0, sdx_bytes(y->dtype, rows * columns));
    if (k >= columns || k <= -rows)
        return SDX_OK;
    for (int64_t i = k < 0 ? -k : 0; i < rows && i + k < columns; i++)
        sdx_store_i64(y, i * columns + i + k, 1, 1, &one);
    return SDX_OK;
}

static const sdx_op ops[] = {
    { SDX_OP(ConstantOfShape), .schema = shape_schema, .traits = SDX_PURE, .infer = infer_shape,
      .run = run_shape },
    { SDX_OP(Range), .schema = range_schema, .limits = "start#one limit#one delta#one",
      .traits = SDX_PURE, .infer = infer_range, .run = run_range },
    { SDX_OP(EyeLike), .schema = eye_schema, .limits = "dtype:[1,)", .traits = SDX_PURE,
      .infer = infer_eye, .run = run_eye },
    { 0 },
};
const sdx_family sdx_family_generator_fill = { ops, 0 };
