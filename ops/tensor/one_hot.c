/* ops/tensor/one_hot.c - OneHot.
 *
 * Source: ONNX Operators.md, OneHot-28; Changelog.md, OneHot-9 (no negative indices), -11. */
#include <inttypes.h>
#include "common/walk.h"

static const sdx_schema schema[] = {
    { 9, "indices:T1 depth:T2 values:T3 -> output:T3", "axis:int=-1",
      "T1: numeric; T2: numeric; T3: all" },
    { .since = 11 },
    { 28, NULL, NULL, "T1: numeric; T2: numeric; T3: all4" },
    { 0 },
};

/* depth may be of any numeric type. */
static int64_t read_depth(const sdx_tensor *t)
{
    double v;
    int64_t i;
    if (sdx_dtype_class(t->dtype) != SDX_REAL) {
        sdx_load_i64(&i, t, 0, 1, 1);
        return i;
    }
    sdx_load_f64(&v, t, 0, 1, 1);
    return v >= 0 && v < 9e15 ? (int64_t)v : -1;
}

static void infer(const sdx_node *n, sdx_infer *c)
{
    sdx_dims at = sdx_in_dims(n, 0);
    int64_t axis = sdx_attr_int(n, "axis");
    int count;
    const sdx_tensor *depth = sdx_in_const(n, 1);
    const sdx_dim *e = sdx_in_elems(n, 1, &count);
    sdx_dim d = e && count == 1 ? e[0] : sdx_unknown();
    if (depth && sdx_elements(depth) == 1)
        d = sdx_num(read_depth(depth));
    if (sdx_is_num(d) && d.n < 0) {
        sdx_refuse(c, "onehot-depth", "depth is %" PRId64, d.n);
        sdx_point(c, 1, -1);
        sdx_hint(c, "depth is the number of classes: 0 or more");
        return;
    }
    if (!sdx_equal(c, sdx_in_dim(n, 2, 0), sdx_num(2))) {
        sdx_refuse(c, "onehot-depth", "values has %s elements", sdx_show(c, sdx_in_dim(n, 2, 0)));
        sdx_point(c, 2, 0);
        sdx_hint(c, "values is [off, on]: 2 elements");
        return;
    }
    if (at.rank < 0 || at.rank + 1 > SDX_MAX_RANK || !sdx_check_axis(c, "axis", axis, at.rank + 1))
        return;
    sdx_dim *y = sdx_new_dims(c, at.rank + 1);
    int a = sdx_axis(axis, at.rank + 1);
    for (int k = 0, i = 0; k <= at.rank; k++)
        y[k] = k == a ? d : at.dim[i++];
    sdx_set_out_dims(c, 0, at.rank + 1, y);
}

typedef struct job {
    const sdx_tensor *at, *values;
    sdx_tensor *y;
    int64_t depth, inner, low; /* low: the least index that counts */
} job;

/* One slice of depth x inner for each item. */
static sdx_status some(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = arg;
    (void)scratch;
    for (int64_t i = begin; i < end; i++) {
        SDX_TRY(sdx_copy_strided(c, j->y, i * j->depth * j->inner, 1, j->values, 0, 0,
                                 j->depth * j->inner));
        for (int64_t k = 0; k < j->inner; k++) {
            double v;
            sdx_load_f64(&v, j->at, i * j->inner + k, 1, 1);
            if (!(v >= (double)j->low && v < (double)j->depth))
                continue;
            int64_t class = (int64_t)v + (v < 0 ? j->depth : 0);
            SDX_TRY(sdx_copy(c, j->y, (i * j->depth + class) * j->inner + k, j->values, 1, 1));
        }
    }
    return SDX_OK;
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    job j = { .at = sdx_in(c, 0), .values = sdx_in(c, 2) };
    sdx_shape s = j.at->shape;
    int64_t dim[SDX_MAX_RANK];
    int a = sdx_axis(sdx_attr_int(n, "axis"), s.rank + 1);
    (void)state;
    if (sdx_elements(sdx_in(c, 1)) != 1 || sdx_elements(j.values) != 2)
        return sdx_fail(c, SDX_E_SHAPE,
                        "depth has %" PRId64 " elements, values %" PRId64 "; they need 1 and 2",
                        sdx_elements(sdx_in(c, 1)), sdx_elements(j.values));
    j.depth = read_depth(sdx_in(c, 1));
    if (j.depth < 0)
        return sdx_fail(c, SDX_E_VALUE, "depth is %" PRId64, j.depth);
    for (int k = 0, i = 0; k <= s.rank; k++)
        dim[k] = k == a ? j.depth : s.dim[i++];
    SDX_TRY(sdx_make_out(c, 0, (sdx_shape){ s.rank + 1, dim }, &j.y));
    if (!j.y)
        return SDX_OK;
    j.inner = sdx_count(s, a, s.rank);
    j.low = sdx_since(n) < 11 ? 0 : -j.depth;
    return sdx_parallel(c, sdx_count(s, 0, a), 1 + 4096 / (1 + j.depth * j.inner), some, &j);
}

static const sdx_op ops[] = {
    { SDX_OP(OneHot), .schema = schema, .limits = "depth#one values#1", .traits = SDX_PURE,
      .infer = infer, .run = run },
    { 0 },
};
const sdx_family sdx_family_tensor_one_hot = { ops, 0 };
