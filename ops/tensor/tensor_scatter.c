/* ops/tensor/tensor_scatter.c - TensorScatter: new rows of a key or value cache.
 *
 * Source: ONNX Operators.md, TensorScatter-24. */
#include <inttypes.h>
#include "common/walk.h"

static const sdx_schema schema[] = {
    { 24, "past_cache:T update:T write_indices?:i64 -> present_cache:T",
      "mode:string=linear axis:int=-2", "T: all12" },
    { 0 },
};

static void infer(const sdx_node *n, sdx_infer *c)
{
    sdx_dims x = sdx_in_dims(n, 0), u = sdx_in_dims(n, 1);
    int64_t axis = sdx_attr_int(n, "axis");
    sdx_set_out_like(c, 0, x);
    if (!sdx_check_rank(c, 0, 2, SDX_MAX_RANK) || !sdx_check_axis(c, "axis", axis, x.rank) ||
        x.rank < 0)
        return;
    int a = sdx_axis(axis, x.rank);
    if (a == 0) {
        sdx_refuse(c, "cache-shape", "axis=%" PRId64 " is the batch", axis);
        sdx_point(c, 0, 0);
        sdx_hint(c, "set axis to that of the sequence, 1 or more");
        return;
    }
    bool fits = u.rank < 0 || u.rank == x.rank;
    for (int k = 0; fits && k < u.rank; k++)
        fits = k == a ? !(sdx_is_num(u.dim[k]) && sdx_is_num(x.dim[k]) && u.dim[k].n > x.dim[k].n)
                      : sdx_equal(c, u.dim[k], x.dim[k]);
    if (fits && sdx_attr_is(n, "mode", "linear") && sdx_is_num(x.dim[a]) && u.rank > a &&
        sdx_is_num(u.dim[a]))
        sdx_check_limits(c, sdx_text(c, "write_indices:[0,%" PRId64 "]", x.dim[a].n - u.dim[a].n));
    if (fits && sdx_check_same(c, "cache-shape", 0, 0, 2, 0))
        return;
    if (!fits) {
        sdx_refuse(c, "cache-shape", "an update of %s does not fit a cache of %s",
                   sdx_show_dims(c, u), sdx_show_dims(c, x));
        sdx_point(c, 0, -1);
        sdx_point(c, 1, -1);
        sdx_hint(c, "the two may differ along axis %d only, where the update may be shorter", a);
    }
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    const sdx_tensor *x = sdx_in(c, 0), *u = sdx_in(c, 1), *at = sdx_in(c, 2);
    sdx_tensor *y = sdx_out(c, 0);
    sdx_shape s = x->shape;
    int a = sdx_axis(sdx_attr_int(n, "axis"), s.rank);
    bool circular = sdx_attr_is(n, "mode", "circular");
    int64_t most = s.dim[a], length = u->shape.dim[a], inner = sdx_count(s, a + 1, s.rank),
            outer = sdx_count(s, 1, a);
    size_t width = sdx_width(x->dtype);
    (void)state;
    if (y->data != x->data)
        SDX_TRY(sdx_copy(c, y, 0, x, 0, sdx_elements(x)));
    for (int64_t b = 0; b < s.dim[0]; b++) {
        int64_t first = at ? sdx_index_at(at, b) : 0;
        if (first < 0 || (circular ? false : first > most - length))
            return sdx_fail(c, SDX_E_VALUE,
                            "write_indices[%" PRId64 "] is %" PRId64 ": %" PRId64
                            " rows do not fit a cache of %" PRId64,
                            b, first, length, most);
        for (int64_t o = 0; o < outer; o++)
            for (int64_t t = 0; t < length; t++) {
                int64_t to = circular ? (first % most + t) % most : first + t;
                SDX_TRY(sdx_move(c, width, y, ((b * outer + o) * most + to) * inner, u,
                                 ((b * outer + o) * length + t) * inner, inner));
            }
    }
    return SDX_OK;
}

static const sdx_op ops[] = {
    { SDX_OP(TensorScatter), .schema = schema, .limits = "mode:linear|circular write_indices:[0,)",
      .traits = SDX_PURE, .inplace = 1, .infer = infer, .run = run },
    { 0 },
};
const sdx_family sdx_family_tensor_tensor_scatter = { ops, 0 };
