/* ops/nn/max_unpool.c - MaxUnpool: what MaxPool took, back in its place, zeros around it.
 *
 * Indices count places of the tensor that MaxPool would have read: of the output without
 * output_shape.  A given output_shape that is larger keeps each item's indices as they are within
 * that smaller shape, at its beginning.  Source: ONNX Operators.md, MaxUnpool-22. */
#include <inttypes.h>
#include <string.h>
#include "common/check.h"
#include "common/walk.h"
#include "common/window.h"

static const sdx_schema schema[] = {
    { 9, "X:T1 I:T2 output_shape?:T2 -> output:T1", "pads:ints strides:ints kernel_shape:ints!",
      "T1: float; T2: i64" },
    { .since = 11 },
    { 22, NULL, NULL, "T1: float bf16; T2: i64" },
    { 0 },
};

/* The size that undoes pooling of spatial dim k. */
static sdx_dim unpooled(sdx_infer *c, const sdx_window *w, int k, sdx_dim d)
{
    if (sdx_is_unknown(d))
        return d;
    sdx_dim steps = sdx_dim_mul(c, sdx_dim_sub(c, d, sdx_num(1)), sdx_num(w->stride[k]));
    return sdx_dim_add(c, steps, sdx_num(w->kernel[k] - w->begin[k] - w->end[k]));
}

static void infer(const sdx_node *n, sdx_infer *c)
{
    sdx_dims x = sdx_in_dims(n, 0);
    int count;
    const sdx_dim *want = sdx_has_in(n, 2) ? sdx_in_elems(n, 2, &count) : NULL;
    sdx_window w;
    if (!sdx_check_rank(c, 0, 3, SDX_MAX_RANK) || x.rank < 0 ||
        !sdx_read_window(n, c, x.rank - 2, -1, &w))
        return;
    for (int k = 0; k < x.rank; k++)
        if (sdx_in_dims(n, 1).rank >= 0 &&
            (sdx_in_dims(n, 1).rank != x.rank || !sdx_equal(c, x.dim[k], sdx_in_dim(n, 1, k)))) {
            sdx_refuse(c, "unpool-shape", "X is %s and I is %s", sdx_show_dims(c, x),
                       sdx_show_dims(c, sdx_in_dims(n, 1)));
            sdx_point(c, 0, -1);
            sdx_point(c, 1, -1);
            sdx_hint(c, "there is one index for each element: the shapes are the same");
            return;
        }
    sdx_dim *y = sdx_new_dims(c, x.rank);
    if (want && count != x.rank) {
        sdx_refuse(c, "unpool-shape", "output_shape has %s, but the rank is %d",
                   sdx_counted(c, count, "entry"), x.rank);
        sdx_point(c, 0, -1);
        sdx_hint(c, "output_shape is the whole shape, with batch and channels");
        return;
    }
    for (int k = 0; k < x.rank; k++)
        y[k] = want               ? want[k]
               : k < 2            ? x.dim[k]
               : sdx_has_in(n, 2) ? sdx_unknown()
                                  : unpooled(c, &w, k - 2, x.dim[k]);
    for (int k = 2; k < x.rank && want; k++) {
        sdx_dim least = unpooled(c, &w, k - 2, x.dim[k]);
        if (!sdx_is_num(y[k]) || !sdx_is_num(least) || y[k].n >= least.n)
            continue;
        sdx_refuse(c, "unpool-shape",
                   "output_shape[%d] is %" PRId64 ", the pooling covers %" PRId64, k, y[k].n,
                   least.n);
        sdx_point(c, 0, k);
        sdx_hint(c, "it may be %" PRId64 " or more", least.n);
        return;
    }
    sdx_dim places = sdx_dim_product(c, (sdx_dims){ x.rank, y }, 0, x.rank);
    if (sdx_is_num(places))
        sdx_check_limits(c, sdx_text(c, "I:[0,%" PRId64 ")", places.n));
    sdx_set_out_dims(c, 0, x.rank, y);
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    const sdx_tensor *x = sdx_in(c, 0), *at = sdx_in(c, 1);
    sdx_shape s = x->shape;
    sdx_window w;
    int64_t usual[SDX_MAX_RANK], dim[SDX_MAX_RANK], count = sdx_elements(x), places = 1;
    sdx_tensor *y;
    (void)state;
    sdx_read_window(n, NULL, s.rank - 2, -1, &w);
    for (int k = 0; k < s.rank; k++) {
        usual[k] = k < 2 ? s.dim[k]
                         : (s.dim[k] - 1) * w.stride[k - 2] + w.kernel[k - 2] - w.begin[k - 2] -
                               w.end[k - 2];
        dim[k] = usual[k];
        places *= usual[k] > 0 ? usual[k] : 0;
    }
    if (sdx_has_in(n, 2)) {
        sdx_ints want = sdx_run_ints(n, c, NULL, 2);
        if (want.count != s.rank)
            return sdx_fail(c, SDX_E_VALUE, "output_shape has %d entr%s, but the rank is %d",
                            want.count, want.count == 1 ? "y" : "ies", s.rank);
        for (int k = 0; k < s.rank; k++)
            dim[k] = want.v[k];
    }
    for (int k = 0; k < s.rank; k++)
        if (dim[k] < usual[k] || usual[k] < 0)
            return sdx_fail(c, SDX_E_VALUE,
                            "dim %d of the output is %" PRId64 ", the pooling covers %" PRId64, k,
                            dim[k], usual[k]);
    SDX_TRY(sdx_make_out(c, 0, (sdx_shape){ s.rank, dim }, &y));
    if (!y)
        return SDX_OK;
    SDX_TRY(sdx_fill(c, y, NULL, 0));
    size_t width = sdx_width(x->dtype);
    bool same = memcmp(usual, dim, (size_t)s.rank * sizeof *dim) == 0;
    for (int64_t i = 0; i < count; i++) {
        int64_t v = sdx_index_at(at, i), to = same ? v : 0, stride = 1;
        if (v < 0 || v >= places)
            return sdx_fail(c, SDX_E_VALUE,
                            "index %" PRId64 " is out of range for %" PRId64 " places", v, places);
        for (int k = same ? -1 : s.rank - 1; k >= 0; k--) {
            to += v % usual[k] * stride;
            v /= usual[k];
            stride *= dim[k];
        }
        sdx_put(width, y->data, to, x->data, i);
    }
    return SDX_OK;
}

static const sdx_op ops[] = {
    { SDX_OP(MaxUnpool), .schema = schema, .traits = SDX_PURE, .infer = infer, .run = run },
    { 0 },
};
const sdx_family sdx_family_nn_max_unpool = { ops, 0 };
