/* ops/fuse/one_hot.c - rows of a matrix that are chosen by a product with ones and zeros become
 * Gather.
 *
 *     MatMul(Cast(Equal(ids, [0, 1 .. K - 1])), W), ids with a last dim of 1
 *
 * An id that is no row gives zeros: there is one more row of them, which ids beyond either end
 * take.  Where W has numbers that are not finite, its zeros would not be, and the product stays.
 * Source: ONNX Operators.md, Equal-19, MatMul-13, Gather-13. */
#include <math.h>
#include "sdx/rewrite.h"

/* Input i is 0, 1 .. along its last dim, the only one. */
static bool counts(const sdx_node *n, int i, int64_t rows)
{
    const sdx_tensor *t = sdx_in_const(n, i);
    if (!t || t->shape.rank < 1 || t->shape.dim[t->shape.rank - 1] != rows ||
        sdx_elements(t) != rows || sdx_dtype_class(t->dtype) != SDX_INT)
        return false;
    for (int64_t k = 0; k < rows; k++) {
        int64_t v;
        sdx_load_i64(&v, t, k, 1, 1);
        if (v != k)
            return false;
    }
    return true;
}

static bool is_finite(const sdx_tensor *t)
{
    for (int64_t k = 0; k < sdx_elements(t); k++)
        if (!isfinite(sdx_f32_at(t, k)))
            return false;
    return true;
}

static sdx_status apply(const sdx_node *n, sdx_rewrite *c)
{
    const sdx_node *cast = sdx_only_producer(c, n, 0);
    if (!cast || !sdx_is(cast, "Cast") || !sdx_is_const(n, 1) || sdx_in_dtype(n, 1) != SDX_F32 ||
        sdx_in_dims(n, 1).rank != 2)
        return SDX_OK;
    const sdx_node *equal = sdx_only_producer(c, cast, 0);
    if (!equal || !sdx_is(equal, "Equal") || sdx_since(equal) < 7)
        return SDX_OK;
    sdx_shape w = sdx_in_shape(n, 1);
    int64_t rows = w.dim[0];
    for (int i = 0; i < 2; i++) {
        sdx_dims ids = sdx_in_dims(equal, 1 - i), all = sdx_out_dims(equal, 0);
        bool column = ids.rank > 1 && ids.rank == all.rank && sdx_is_num(ids.dim[ids.rank - 1]) &&
                      ids.dim[ids.rank - 1].n == 1;
        if (!column || !counts(equal, i, rows) || !is_finite(sdx_in_const(n, 1)))
            continue;
        sdx_name(c, "equal", equal);
        return sdx_body(c, 18,
                        "w = Constant<value_ints = [1, %lld]>();"
                        "f = Constant<value_float = 0.0>(); none = Expand(f, w);"
                        "t = Concat<axis = 0>(B, none); l = Constant<value_int = -1>();"
                        "m = Constant<value_int = %lld>(); i = Cast<to = 7>(equal.%s);"
                        "a = Min(i, m); b = Max(a, l); x = Constant<value_ints = [-1]>();"
                        "s = Squeeze(b, x); Y = Gather(t, s)",
                        (long long)w.dim[1], (long long)rows, i == 0 ? "B" : "A");
    }
    return SDX_OK;
}

const sdx_rule sdx_fuse_one_hot = { "MatMul", apply };
