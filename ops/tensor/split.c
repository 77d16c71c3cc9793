/* ops/tensor/split.c - Split.
 *
 * The sizes come from an attribute (opset 2 to 12), an input (13 on), a number of pieces (18 on),
 * or are equal.  Source: ONNX Operators.md, Split-18; Changelog.md, Split-1, -2, -11, -13. */
#include <inttypes.h>
#include "common/derivatives.h"
#include "common/walk.h"

static const sdx_schema schema[] = {
    { 1, "input:T split?:T -> outputs...+:T", "split:ints axis:int", "T: float" },
    { 2, "input:T -> outputs+:T", "split:ints axis:int=0", "T: all" },
    { .since = 11 },
    { 13, "input:T split?:i64 -> outputs+:T", "axis:int=0", "T: all4" },
    { 18, NULL, "num_outputs:int axis:int=0", NULL },
    { 0 },
};

static bool check_sizes(const sdx_node *n, sdx_infer *c, const sdx_dim *size, int count,
                        sdx_dim whole, int at)
{
    sdx_dim sum = sdx_num(0);
    if (count != sdx_out_count(n)) {
        sdx_refuse(c, "split-sizes", "split has %d sizes, the node has %d outputs", count,
                   sdx_out_count(n));
        sdx_hint(c, "give one size for each output");
        return false;
    }
    for (int k = 0; k < count; k++) {
        if (sdx_is_num(size[k]) && size[k].n < 0) {
            sdx_refuse(c, "split-sizes", "split[%d] is %" PRId64, k, size[k].n);
            sdx_hint(c, "sizes are 0 or more");
            return false;
        }
        sum = sdx_is_unknown(size[k]) || sdx_is_unknown(sum) ? sdx_unknown()
                                                             : sdx_dim_add(c, sum, size[k]);
    }
    if (sdx_equal(c, sum, whole))
        return true;
    sdx_refuse(c, "split-sizes", "the sizes sum to %s, axis %d has %s", sdx_show(c, sum), at,
               sdx_show(c, whole));
    sdx_point(c, 0, at);
    sdx_hint(c, "the sizes have to sum to %s", sdx_show(c, whole));
    return false;
}

/* Without sizes: all equal; from opset 18 on the last one may be smaller. */
static bool check_even(const sdx_node *n, sdx_infer *c, sdx_dim whole, int at)
{
    int64_t pieces = sdx_attr_int(n, "num_outputs");
    int outs = sdx_out_count(n);
    if (sdx_has_attr(n, "num_outputs") && pieces != outs) {
        sdx_refuse(c, "split-sizes", "num_outputs=%" PRId64 ", but the node has %d outputs", pieces,
                   outs);
        sdx_hint(c, "num_outputs should be %d", outs);
        return false;
    }
    if (sdx_has_attr(n, "num_outputs") && sdx_is_num(whole) && whole.n > 0 && whole.n < outs) {
        sdx_refuse(c, "split-sizes", "axis %d has %s, too few for %d outputs", at,
                   sdx_show(c, whole), outs);
        sdx_point(c, 0, at);
        sdx_hint(c, "num_outputs may be at most %s", sdx_show(c, whole));
        return false;
    }
    if (sdx_since(n) >= 18 && !sdx_has_attr(n, "num_outputs")) {
        sdx_warn(c, "split-sizes", "there is neither split nor num_outputs");
        sdx_hint(c, "set num_outputs=%d", outs);
    }
    if (!sdx_has_attr(n, "num_outputs") && sdx_divides(c, outs, whole) == SDX_NO) {
        sdx_refuse(c, "split-sizes", "axis %d has %s, which does not split into %d equal parts", at,
                   sdx_show(c, whole), outs);
        sdx_point(c, 0, at);
        sdx_hint(c, "give the sizes, or a number of outputs that divides %s", sdx_show(c, whole));
        return false;
    }
    return true;
}

static sdx_dim even(sdx_infer *c, sdx_dim whole, int outs, int k)
{
    sdx_dim each = sdx_dim_ceil(c, whole, sdx_num(outs)), before = sdx_dim_mul(c, each, sdx_num(k));
    if (sdx_divides(c, outs, whole) == SDX_YES)
        return sdx_dim_div(c, whole, sdx_num(outs));
    if (sdx_is_unknown(whole))
        return whole;
    if (!sdx_is_num(whole))
        return k + 1 < outs ? each : sdx_dim_sub(c, whole, before);
    int64_t left = whole.n - before.n;
    return sdx_num(left < 0 ? 0 : left < each.n ? left : each.n);
}

static void split_elems(const sdx_node *n, sdx_infer *c, const sdx_dim *size, int outs)
{
    int count;
    const sdx_dim *e = sdx_in_elems(n, 0, &count);
    for (int k = 0, done = 0; e && k < outs; k++) {
        if (!sdx_is_num(size[k]) || size[k].n > count - done)
            return;
        if (sdx_has_out(n, k))
            sdx_set_out_elems(c, k, (int)size[k].n, e + done);
        done += (int)size[k].n;
    }
}

static void infer(const sdx_node *n, sdx_infer *c)
{
    sdx_dims x = sdx_in_dims(n, 0);
    int count = 0, outs = sdx_out_count(n);
    int64_t axis = sdx_attr_int(n, "axis");
    const sdx_dim *given = sdx_read_elems(n, c, "split", 1, &count);
    bool open = !given && sdx_has_in(n, 1);
    if (!sdx_check_axis(c, "axis", axis, x.rank) || x.rank < 0)
        return;
    int at = sdx_axis(axis, x.rank);
    if (sdx_has_in(n, 1) && sdx_has_attr(n, "num_outputs")) {
        sdx_refuse(c, "split-sizes", "there are both split and num_outputs");
        sdx_hint(c, "give one of them");
        return;
    }
    if (given ? !check_sizes(n, c, given, count, x.dim[at], at)
              : !open && !check_even(n, c, x.dim[at], at))
        return;
    sdx_dim *size = sdx_new_dims(c, outs);
    for (int k = 0; size && k < outs; k++) {
        sdx_dim *y = sdx_new_dims(c, x.rank);
        for (int i = 0; i < x.rank; i++)
            y[i] = x.dim[i];
        if (!open)
            size[k] = given ? given[k]
                      : sdx_has_attr(n, "num_outputs") || sdx_is_num(x.dim[at])
                          ? even(c, x.dim[at], outs, k)
                          : sdx_dim_div(c, x.dim[at], sdx_num(outs));
        y[at] = size[k];
        if (sdx_has_out(n, k))
            sdx_set_out_dims(c, k, x.rank, y);
    }
    if (size && x.rank == 1)
        split_elems(n, c, size, outs);
}

/* Pieces that lie in one stretch, on a border that any load likes, need no copy. */
static sdx_status prepare(const sdx_node *n, sdx_prepare *c, void **state)
{
    enum { BORDER = 64 };
    sdx_shape x = sdx_in_shape(n, 0);
    int at = sdx_axis(sdx_attr_int(n, "axis"), x.rank);
    int64_t done = 0, inner = sdx_count(x, at + 1, x.rank);
    int bits = sdx_dtype_bits(sdx_in_dtype(n, 0));
    (void)state;
    if (sdx_count(x, 0, at) != 1)
        return SDX_OK;
    for (int k = 0; k < sdx_out_count(n); k++) {
        sdx_shape y = sdx_out_shape(n, k);
        if (y.rank < 0)
            return SDX_OK; /* absent, or sizes that only the run knows */
        int64_t offset = done * inner * bits / 8;
        if (k < 8 && done * inner * bits % 8 == 0 && offset % BORDER == 0)
            sdx_alias(c, k, 0, (size_t)offset);
        done += y.dim[at];
    }
    return SDX_OK;
}

/* The size of piece k along the axis. */
static sdx_status piece(const sdx_node *n, sdx_run *c, int64_t whole, int k, int64_t *size)
{
    int count;
    const int64_t *v = sdx_attr_ints(n, "split", &count);
    const sdx_tensor *t = v ? NULL : sdx_in(c, 1);
    int64_t outs = sdx_out_count(n), each = (whole + outs - 1) / outs, left = whole - each * k;
    *size = v && k < count ? v[k] : left < 0 ? 0 : left < each ? left : each;
    if (t && k < sdx_elements(t))
        sdx_load_i64(size, t, k, 1, 1);
    if (t && sdx_elements(t) != outs)
        return sdx_fail(c, SDX_E_VALUE,
                        "split has %" PRId64 " sizes, the node has %" PRId64 " outputs",
                        sdx_elements(t), outs);
    return SDX_OK;
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    const sdx_tensor *x = sdx_in(c, 0);
    int rank = x->shape.rank, at = sdx_axis(sdx_attr_int(n, "axis"), rank);
    int64_t whole = x->shape.dim[at], outer = sdx_count(x->shape, 0, at),
            inner = sdx_count(x->shape, at + 1, rank);
    int64_t done = 0, size, dim[SDX_MAX_RANK];
    (void)state;
    for (int k = 0; k < sdx_out_count(n); k++, done += size) {
        sdx_tensor *y;
        sdx_walk w;
        SDX_TRY(piece(n, c, whole, k, &size));
        if (size < 0 || size > whole - done)
            return sdx_fail(c, SDX_E_VALUE,
                            "split[%d] is %" PRId64 ", but %" PRId64 " of %" PRId64 " are left", k,
                            size, whole - done, whole);
        for (int i = 0; i < rank; i++)
            dim[i] = i == at ? size : x->shape.dim[i];
        SDX_TRY(sdx_make_out(c, k, (sdx_shape){ rank, dim }, &y));
        sdx_walk_set(&w, 2, (int64_t[]){ outer, size * inner }, (int64_t[]){ size * inner, 1 },
                     (int64_t[]){ whole * inner, 1 });
        if (y)
            SDX_TRY(sdx_walk_copy(c, &w, y, 0, x, done * inner));
    }
    return SDX_OK;
}

static const sdx_op ops[] = {
    { SDX_OP(Split), .derive = sdx_derive_split, .schema = schema, .limits = "split#0-1",
      .traits = SDX_PURE, .infer = infer, .prepare = prepare, .run = run },
    { 0 },
};
const sdx_family sdx_family_tensor_split = { ops, 0 };
