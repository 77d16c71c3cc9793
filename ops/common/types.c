/* ops/common/types.c - types of values that pass through bodies and sequences. */
#include "common/types.h"

bool sdx_same_type(sdx_infer *c, const sdx_type *a, const sdx_type *b)
{
    sdx_dims x = sdx_type_dims(a), y = sdx_type_dims(b);
    sdx_kind kind = sdx_type_kind(a);
    if (kind != sdx_type_kind(b) || sdx_type_dtype(a) != sdx_type_dtype(b) || x.rank != y.rank)
        return false;
    for (int k = 0; k < x.rank; k++) {
        bool open = sdx_is_unknown(x.dim[k]), also = sdx_is_unknown(y.dim[k]);
        if (open != also || (!open && sdx_same(c, x.dim[k], y.dim[k]) != SDX_YES))
            return false;
    }
    if (kind == SDX_SEQUENCE || kind == SDX_OPTIONAL || kind == SDX_MAP)
        return sdx_same_type(c, sdx_type_of(a), sdx_type_of(b));
    return true;
}

const sdx_type *sdx_bare_type(sdx_infer *c, const sdx_type *t)
{
    sdx_kind kind = sdx_type_kind(t);
    if (kind == SDX_TENSOR)
        return sdx_tensor_type(c, sdx_type_dtype(t), (sdx_dims){ -1, NULL });
    if (kind == SDX_SEQUENCE)
        return sdx_sequence_type(c, sdx_bare_type(c, sdx_type_of(t)));
    if (kind == SDX_OPTIONAL)
        return sdx_optional_type(c, sdx_bare_type(c, sdx_type_of(t)));
    return t;
}

const sdx_type *sdx_type_with_dim(sdx_infer *c, const sdx_type *t, int axis, sdx_dim d)
{
    sdx_dims x = sdx_type_dims(t);
    if (sdx_type_kind(t) != SDX_TENSOR || x.rank < 0 || x.rank >= SDX_MAX_RANK || axis < 0 ||
        axis > x.rank)
        return sdx_bare_type(c, t);
    sdx_dim *y = sdx_new_dims(c, x.rank + 1);
    for (int k = 0, i = 0; k <= x.rank; k++)
        y[k] = k == axis ? d : x.dim[i++];
    return sdx_tensor_type(c, sdx_type_dtype(t), (sdx_dims){ x.rank + 1, y });
}

const sdx_type *sdx_type_without_dim(sdx_infer *c, const sdx_type *t, int axis)
{
    sdx_dims x = sdx_type_dims(t);
    if (sdx_type_kind(t) != SDX_TENSOR || axis < 0 || axis >= x.rank)
        return sdx_bare_type(c, t);
    sdx_dim *y = sdx_new_dims(c, x.rank - 1);
    for (int k = 0, i = 0; k < x.rank; k++)
        if (k != axis)
            y[i++] = x.dim[k];
    return sdx_tensor_type(c, sdx_type_dtype(t), (sdx_dims){ x.rank - 1, y });
}

bool sdx_check_body_size(sdx_infer *c, int in, int out)
{
    if (in <= SDX_BODY_MOST && out <= SDX_BODY_MOST)
        return true;
    sdx_refuse(c, "body-size", "%d values go into the body and %d come out of it", in, out);
    sdx_hint(c, "at most %d are supported each way: stack some of them", SDX_BODY_MOST);
    return false;
}
