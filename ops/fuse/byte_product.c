/* ops/fuse/byte_product.c - sums of a product of bytes become floats where they are made.
 *
 * As quantisers at run time write it, Mul(Cast(MatMulInteger(a, b)), s) becomes sdx.ByteMatMul,
 * which also takes in the Add of a bias: the same roundings, for three passes less.  The scale is
 * one, or one for each column, and so is the bias; nobody else reads what lies between.
 * Source: ONNX Operators.md, MatMulInteger-10, Cast-25, Mul-14, Add-14. */
#include "sdx/rewrite.h"
#include <string.h>

enum { BIAS = 5 }; /* of ByteMatMul */

/* Does input i of n go along the columns of a product, and leave its dims? */
static bool is_along(const sdx_node *n, int i, const sdx_node *product)
{
    sdx_dims d = sdx_in_dims(n, i), b = sdx_in_dims(product, 1);
    if (sdx_in_dtype(n, i) != SDX_F32 || sdx_in_dims(product, 0).rank < 2 || b.rank < 2)
        return false;
    sdx_dim columns = b.dim[b.rank - 1];
    return d.rank == 0 ||
           (d.rank == 1 &&
            ((sdx_is_num(d.dim[0]) && d.dim[0].n == 1) ||
             (d.dim[0].n == columns.n && d.dim[0].sym == columns.sym && !sdx_is_unknown(columns))));
}

static sdx_status scale(const sdx_node *n, sdx_rewrite *c)
{
    for (int i = 0; i < 2; i++) {
        const sdx_node *cast = sdx_only_producer(c, n, i);
        const sdx_node *m = cast && sdx_is(cast, "Cast") ? sdx_only_producer(c, cast, 0) : NULL;
        if (!m || !sdx_is(m, "MatMulInteger") || sdx_out_dtype(cast, 0) != SDX_F32 ||
            !is_along(n, 1 - i, m))
            continue;
        sdx_name(c, "of", m);
        return sdx_body(c, 21,
                        "C = sdx.ByteMatMul(of.A, of.B, of.a_zero_point, of.b_zero_point, %s)",
                        sdx_in_name(n, 1 - i));
    }
    return SDX_OK;
}

static sdx_status add(const sdx_node *n, sdx_rewrite *c)
{
    for (int i = 0; i < 2; i++) {
        const sdx_node *m = sdx_only_producer(c, n, i);
        if (!m || strcmp(sdx_op_name(m), "ByteMatMul") != 0 || sdx_has_in(m, BIAS) ||
            !is_along(n, 1 - i, m))
            continue;
        sdx_name(c, "of", m);
        return sdx_body(c, 21,
                        "C = sdx.ByteMatMul(of.A, of.B, of.a_zero_point, of.b_zero_point, "
                        "of.scale, %s)",
                        sdx_in_name(n, 1 - i));
    }
    return SDX_OK;
}

static sdx_status apply(const sdx_node *n, sdx_rewrite *c)
{
    return sdx_is(n, "Mul") ? scale(n, c) : add(n, c);
}

const sdx_rule sdx_fuse_byte_product = { "Mul Add", apply };
