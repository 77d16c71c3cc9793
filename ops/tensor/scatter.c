/* ops/tensor/scatter.c - ScatterElements, Scatter, ScatterND.
 *
 * The output is the data with updates written over it, or reduced into it.  Updates go in order, on
 * one thread: two may meet in one place, and then the last one, or the sum in this order, is what
 * counts.  Source: ONNX Operators.md, ScatterElements-18, ScatterND-18; Changelog.md, Scatter-9 and
 * -11. */
#include <inttypes.h>
#include <string.h>
#include <math.h>
#include "common/indices.h"
#include "common/walk.h"

static const sdx_schema elements_schema[] = {
    { 11, "data:T indices:Tind updates:T -> output:T", "axis:int=0", "T: all; Tind: i32 i64" },
    { 13, NULL, NULL, "T: all4; Tind: i32 i64" },
    { 16, NULL, "reduction:string=none axis:int=0", NULL },
    { .since = 18 },
    { 0 },
};
static const sdx_schema scatter_schema[] = {
    { 9, "data:T indices:Tind updates:T -> output:T", "axis:int=0", "T: all; Tind: i32 i64" },
    { 11, "data:T indices:Tind updates:T -> output:T | ScatterElements", NULL, NULL },
    { 0 },
};
static const sdx_schema nd_schema[] = {
    { 11, "data:T indices:i64 updates:T -> output:T", "", "T: all" },
    { 13, NULL, NULL, "T: all4" },
    { 16, NULL, "reduction:string=none", NULL },
    { .since = 18 },
    { 0 },
};

/* ---- reductions ---- a row each: how an update meets what is there, by class of the elements */

typedef struct reduction {
    const char *name;
    double (*f64)(double a, double b);
    int64_t (*i64)(int64_t a, int64_t b);
    uint64_t (*u64)(uint64_t a, uint64_t b);
} reduction;

static double add_f64(double a, double b)
{
    return a + b;
}
static double mul_f64(double a, double b)
{
    return a * b;
}
static double max_f64(double a, double b)
{
    return isnan(a) || a > b ? a : b;
}
static double min_f64(double a, double b)
{
    return isnan(a) || a < b ? a : b;
}
static int64_t add_i64(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a + (uint64_t)b);
}
static int64_t mul_i64(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a * (uint64_t)b);
}
static int64_t max_i64(int64_t a, int64_t b)
{
    return a > b ? a : b;
}
static int64_t min_i64(int64_t a, int64_t b)
{
    return a < b ? a : b;
}
static uint64_t add_u64(uint64_t a, uint64_t b)
{
    return a + b;
}
static uint64_t mul_u64(uint64_t a, uint64_t b)
{
    return a * b;
}
static uint64_t max_u64(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}
static uint64_t min_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static const reduction reductions[] = {
    { "none", NULL, NULL, NULL },
    { "add", add_f64, add_i64, add_u64 },
    { "mul", mul_f64, mul_i64, mul_u64 },
    { "max", max_f64, max_i64, max_u64 }, /* max and min came with opset 18 */
    { "min", min_f64, min_i64, min_u64 },
};

static const reduction *find_reduction(const sdx_node *n)
{
    if (!sdx_attr_string(n, "reduction").text)
        return &reductions[0];
    for (size_t k = 0; k < sizeof reductions / sizeof *reductions; k++)
        if (sdx_attr_is(n, "reduction", reductions[k].name) && (k < 3 || sdx_since(n) >= 18))
            return &reductions[k];
    return NULL;
}

static bool check_reduction(const sdx_node *n, sdx_infer *c)
{
    sdx_string given = sdx_attr_string(n, "reduction");
    sdx_class class = sdx_dtype_class(sdx_in_dtype(n, 0));
    const reduction *r = find_reduction(n);
    if (!r) {
        sdx_refuse(
            c, "scatter-reduction", "reduction is '%.*s', which %s of opset %d does not know",
            (int)(given.length < 60 ? given.length : 60), given.text, sdx_op_name(n), sdx_since(n));
        sdx_hint(c, sdx_since(n) < 18
                        ? "it may be none, add or mul; from opset 18 on max or min, too"
                        : "it may be none, add, mul, max or min");
    } else if (r->f64 && (class == SDX_STRING || class == SDX_COMPLEX)) {
        sdx_refuse(c, "scatter-reduction", "reduction '%s' is not defined for %s", r->name,
                   sdx_dtype_onnx_name(sdx_in_dtype(n, 0)));
        sdx_point(c, 0, -1);
        sdx_hint(c, "only reduction none takes this type");
    } else {
        if (r->f64 && class == SDX_BOOLEAN) {
            bool any = r->f64 == add_f64 || r->f64 == max_f64;
            sdx_warn(c, "scatter-reduction",
                     "reduction '%s' of bool is left open by the standard; here it is %s", r->name,
                     any ? "or" : "and");
            sdx_point(c, 0, -1);
            sdx_hint(c, "Cast to int32, and the result back to bool");
        }
        return true;
    }
    return false;
}

static void reduce_one(const reduction *r, sdx_tensor *y, int64_t to, const sdx_tensor *u,
                       int64_t from)
{
    sdx_class class = sdx_dtype_class(y->dtype);
    if (class == SDX_REAL) {
        double a, b;
        sdx_load_f64(&a, y, to, 1, 1);
        sdx_load_f64(&b, u, from, 1, 1);
        a = r->f64(a, b);
        sdx_store_f64(y, to, 1, 1, &a);
    } else if (class == SDX_UINT) {
        uint64_t a, b;
        sdx_load_u64(&a, y, to, 1, 1);
        sdx_load_u64(&b, u, from, 1, 1);
        a = r->u64(a, b);
        sdx_store_u64(y, to, 1, 1, &a);
    } else {
        int64_t a, b;
        sdx_load_i64(&a, y, to, 1, 1);
        sdx_load_i64(&b, u, from, 1, 1);
        a = r->i64(a, b);
        sdx_store_i64(y, to, 1, 1, &a);
    }
}

static sdx_status put(const reduction *r, sdx_run *c, sdx_tensor *y, int64_t to,
                      const sdx_tensor *u, int64_t from, int64_t count)
{
    if (!r->f64)
        return sdx_copy(c, y, to, u, from, count);
    if (y->dtype == SDX_F32) {
        float *a = sdx_f32_out(y) + to;
        const float *b = sdx_f32(u) + from;
        for (int64_t k = 0; k < count; k++)
            a[k] = (float)r->f64((double)a[k], (double)b[k]);
        return SDX_OK;
    }
    for (int64_t k = 0; k < count; k++)
        reduce_one(r, y, to + k, u, from + k);
    return SDX_OK;
}

static sdx_status start(sdx_run *c, sdx_tensor *y, const sdx_tensor *x)
{
    return y->data == x->data ? SDX_OK : sdx_copy(c, y, 0, x, 0, sdx_elements(x));
}

/* Of two constants for one place, which one stays is not defined; sums and the like take both.
 * indices: tuples of `depth`. */
static void lint(const sdx_node *n, sdx_infer *c)
{
    enum { MOST = 512, DEEPEST = 8 };
    sdx_dims d = sdx_in_dims(n, 1), x = sdx_in_dims(n, 0);
    const sdx_tensor *t = sdx_in_const(n, 1);
    bool nd = sdx_is(n, "ScatterND");
    int64_t depth = nd && t ? t->shape.dim[t->shape.rank - 1] : 1, v[MOST][DEEPEST];
    int64_t count = t && depth > 0 ? sdx_elements(t) / depth : 0;
    if (find_reduction(n) != &reductions[0] || count < 2 || count > MOST || depth > DEEPEST ||
        x.rank < depth || (!nd && d.rank != 1))
        return;
    for (int64_t i = 0; i < count; i++) {
        sdx_load_i64(v[i], t, i * depth, 1, depth);
        for (int k = 0; k < depth; k++)
            v[i][k] += v[i][k] < 0 && sdx_is_num(x.dim[k]) ? x.dim[k].n : 0;
        for (int64_t j = 0; j < i; j++) {
            if (memcmp(v[i], v[j], (size_t)depth * sizeof **v) != 0)
                continue;
            sdx_warn(c, "scatter-repeated",
                     "indices name one place twice, as number %" PRId64 " and %" PRId64, j, i);
            sdx_point(c, 1, -1);
            sdx_hint(c, "leave one out, or say by reduction how the two updates are joined");
            return;
        }
    }
}

static sdx_status bad_index(sdx_run *c, int64_t v, int64_t dim)
{
    return sdx_fail(c, SDX_E_VALUE, "index %" PRId64 " is out of range for %" PRId64 " element%s",
                    v, dim, dim == 1 ? "" : "s");
}

/* ---- ScatterElements ---- */

static void infer_elements(const sdx_node *n, sdx_infer *c)
{
    sdx_dims x = sdx_in_dims(n, 0), at = sdx_in_dims(n, 1), u = sdx_in_dims(n, 2);
    sdx_set_out_like(c, 0, x);
    if (!check_reduction(n, c) || !sdx_check_rank(c, 0, 1, SDX_MAX_RANK) ||
        !sdx_check_axis(c, "axis", sdx_attr_int(n, "axis"), x.rank))
        return;
    if ((x.rank >= 0 && at.rank >= 0 && at.rank != x.rank) ||
        (u.rank >= 0 && at.rank >= 0 && at.rank != u.rank)) {
        sdx_refuse(c, "scatter-shape", "indices has rank %d, data %d and updates %d", at.rank,
                   x.rank, u.rank);
        sdx_hint(c, "all three have one rank; indices and updates have one shape");
        return;
    }
    for (int k = 0; k < at.rank; k++) {
        if (u.rank == at.rank && !sdx_equal(c, at.dim[k], u.dim[k])) {
            sdx_refuse(c, "scatter-shape", "dim %d is %s in indices and %s in updates", k,
                       sdx_show(c, at.dim[k]), sdx_show(c, u.dim[k]));
            sdx_point(c, 1, k);
            sdx_point(c, 2, k);
            sdx_hint(c, "indices and updates have one shape");
            return;
        }
        bool axis = x.rank > 0 && k == sdx_axis(sdx_attr_int(n, "axis"), x.rank);
        if (x.rank > 0 && !axis && sdx_is_num(at.dim[k]) && sdx_is_num(x.dim[k]) &&
            at.dim[k].n > x.dim[k].n) {
            sdx_refuse(c, "scatter-shape",
                       "dim %d is %" PRId64 " in indices and %" PRId64 " in data", k, at.dim[k].n,
                       x.dim[k].n);
            sdx_point(c, 0, k);
            sdx_point(c, 1, k);
            sdx_hint(c, "indices may not reach past data");
            return;
        }
        if (axis && !sdx_check_indices(n, c, x.dim[k], k, 0, 1))
            return;
    }
}

static sdx_status run_elements(const sdx_node *n, const void *state, sdx_run *c)
{
    const sdx_tensor *x = sdx_in(c, 0), *at = sdx_in(c, 1), *u = sdx_in(c, 2);
    const reduction *r = find_reduction(n);
    sdx_tensor *y = sdx_out(c, 0);
    sdx_shape s = at->shape;
    int axis = sdx_axis(sdx_attr_int(n, "axis"), s.rank);
    int64_t stride[SDX_MAX_RANK], place[SDX_MAX_RANK] = { 0 }, count = sdx_elements(at),
                                  dim = x->shape.dim[axis];
    size_t width = r->f64 ? 0 : sdx_width(x->dtype);
    (void)state;
    SDX_TRY(start(c, y, x));
    sdx_strides(x->shape, stride);
    for (int64_t i = 0, base = 0; i < count; i++) {
        int64_t v = sdx_index_at(at, i);
        if (v < -dim || v >= dim)
            return bad_index(c, v, dim);
        int64_t to = base + (v < 0 ? v + dim : v) * stride[axis];
        if (width)
            sdx_put(width, y->data, to, u->data, i);
        else
            SDX_TRY(put(r, c, y, to, u, i, 1));
        for (int k = s.rank - 1; k >= 0;
             k--) { /* on to the next place, without its coordinate along axis */
            int64_t step = k == axis ? 0 : stride[k];
            base += step;
            if (++place[k] < s.dim[k])
                break;
            base -= step * s.dim[k];
            place[k] = 0;
        }
        if (i % 65536 == 65535)
            SDX_TRY(sdx_poll(c));
    }
    return SDX_OK;
}

/* ---- ScatterND ---- */

static void infer_nd(const sdx_node *n, sdx_infer *c)
{
    sdx_dims x = sdx_in_dims(n, 0), at = sdx_in_dims(n, 1), u = sdx_in_dims(n, 2);
    sdx_set_out_like(c, 0, x);
    if (!check_reduction(n, c) || !sdx_check_rank(c, 0, 1, SDX_MAX_RANK) ||
        !sdx_check_rank(c, 1, 1, SDX_MAX_RANK) || x.rank < 0 || at.rank < 0)
        return;
    sdx_dim depth = at.dim[at.rank - 1];
    if (!sdx_is_num(depth))
        return;
    if (depth.n > x.rank) {
        sdx_refuse(c, "scatter-shape",
                   "the last dim of indices is %" PRId64 ", but data has rank %d", depth.n, x.rank);
        sdx_point(c, 1, at.rank - 1);
        sdx_hint(c, "the last dim of indices may be 1 to %d", x.rank);
        return;
    }
    for (int k = 0; k < (int)depth.n; k++)
        if (!sdx_check_indices(n, c, x.dim[k], k, k, depth.n))
            return;
    int rank = at.rank - 1 + x.rank - (int)depth.n;
    if (u.rank < 0)
        return;
    sdx_dim *want = sdx_new_dims(c, rank);
    for (int k = 0; k < rank; k++)
        want[k] = k < at.rank - 1 ? at.dim[k] : x.dim[k - (at.rank - 1) + depth.n];
    bool fits = u.rank == rank;
    for (int k = 0; fits && k < rank; k++)
        fits = sdx_equal(c, want[k], u.dim[k]);
    if (fits)
        return;
    sdx_refuse(c, "scatter-shape", "updates is %s; for these indices and data it has to be %s",
               sdx_show_dims(c, u), sdx_show_dims(c, (sdx_dims){ rank, want }));
    sdx_point(c, 0, -1);
    sdx_point(c, 1, -1);
    sdx_point(c, 2, -1);
    sdx_hint(
        c,
        "updates has the dims of indices without the last, then those of data from dim %" PRId64
        " on",
        depth.n);
}

static sdx_status run_nd(const sdx_node *n, const void *state, sdx_run *c)
{
    const sdx_tensor *x = sdx_in(c, 0), *at = sdx_in(c, 1), *u = sdx_in(c, 2);
    const reduction *r = find_reduction(n);
    sdx_tensor *y = sdx_out(c, 0);
    int depth = (int)at->shape.dim[at->shape.rank - 1];
    if (depth > x->shape.rank)
        return sdx_fail(c, SDX_E_SHAPE, "tuples of %d indices into rank %d", depth, x->shape.rank);
    int64_t stride[SDX_MAX_RANK], tuples = sdx_count(at->shape, 0, at->shape.rank - 1);
    int64_t inner = sdx_count(x->shape, depth, x->shape.rank);
    (void)state;
    if (sdx_elements(u) != tuples * inner)
        return sdx_fail(c, SDX_E_SHAPE,
                        "updates has %" PRId64 " elements, %" PRId64
                        " tuples of indices write %" PRId64 " each",
                        sdx_elements(u), tuples, inner);
    SDX_TRY(start(c, y, x));
    sdx_strides(x->shape, stride);
    for (int64_t i = 0; i < tuples; i++) {
        int64_t to = 0;
        for (int k = 0; k < depth; k++) {
            int64_t v = sdx_index_at(at, i * depth + k), dim = x->shape.dim[k];
            if (v < -dim || v >= dim)
                return bad_index(c, v, dim);
            to += (v < 0 ? v + dim : v) * stride[k];
        }
        SDX_TRY(put(r, c, y, to, u, i * inner, inner));
        if (i % 4096 == 4095)
            SDX_TRY(sdx_poll(c));
    }
    return SDX_OK;
}

static const sdx_op ops[] = {
    { SDX_OP(ScatterElements), .schema = elements_schema, .traits = SDX_PURE, .inplace = 1,
      .infer = infer_elements, .lint = lint, .run = run_elements },
    { SDX_OP(Scatter), .schema = scatter_schema, .traits = SDX_PURE, .inplace = 1,
      .infer = infer_elements, .lint = lint, .run = run_elements },
    { SDX_OP(ScatterND), .schema = nd_schema, .traits = SDX_PURE, .inplace = 1, .infer = infer_nd,
      .lint = lint, .run = run_nd },
    { 0 },
};
const sdx_family sdx_family_tensor_scatter = { ops, 0 };
