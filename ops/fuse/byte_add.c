/* ops/fuse/byte_add.c - sdx.ByteAdd becomes a part of the convolution that makes one of its sides.
 *
 * The convolution's bytes take in the other side's while they are in registers: the same bytes, for
 * a pass less.  When: nobody else reads the convolution, and both have bytes of one type.  Channels
 * that are filtered each by itself are left alone: their loops add nothing. */
#include "sdx/rewrite.h"
#include <string.h>

enum { WEIGHTS = 3, REST = 9 }; /* of ByteConv */

static bool can_add(const sdx_node *conv, const sdx_node *sum)
{
    bool clamps = conv && strcmp(sdx_op_name(conv), "ByteConv") == 0 && !sdx_has_in(conv, REST);
    if (!clamps && !(conv && sdx_is(conv, "QLinearConv")))
        return false;
    sdx_dims w = sdx_in_dims(conv, WEIGHTS);
    return w.rank > 1 && sdx_is_num(w.dim[1]) && w.dim[1].n > 1 &&
           sdx_out_dtype(conv, 0) == sdx_out_dtype(sum, 0);
}

static sdx_status apply(const sdx_node *n, sdx_rewrite *c)
{
    for (int i = 3; i >= 0; i -= 3) {
        const sdx_node *conv = sdx_only_producer(c, n, i);
        const char *other = i == 0 ? "B" : "A";
        if (!can_add(conv, n))
            continue;
        sdx_name(c, "of", conv);
        return sdx_body(c, 21,
                        "C = sdx.ByteConv<@of, sum_least = %d, sum_most = %d>(of.x, of.x_scale, "
                        "of.x_zero_point, of.w, of.w_scale, of.w_zero_point, of.y_scale, "
                        "of.y_zero_point, of.B, %s, %s_scale, %s_zero_point, C_scale, "
                        "C_zero_point)",
                        (int)sdx_attr_int(n, "least"), (int)sdx_attr_int(n, "most"), other, other,
                        other);
    }
    return SDX_OK;
}

const sdx_rule sdx_fuse_byte_add = { "ByteAdd", apply };
