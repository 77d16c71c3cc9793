/* ops/common/linear.c - what rewrites ask of convolutions and products whose weights are known. */
#include "common/linear.h"
#include <stdio.h>

bool sdx_has_constant_weights(const sdx_node *n)
{
    return sdx_is_const(n, 1) && sdx_in_dtype(n, 1) == SDX_F32 &&
           (!sdx_has_in(n, 2) || sdx_is_const(n, 2));
}

bool sdx_pads_nothing(const sdx_node *n)
{
    int count;
    const int64_t *pads = sdx_attr_ints(n, "pads", &count);
    for (int i = 0; pads && i < count; i++)
        if (pads[i] != 0)
            return false;
    return sdx_attr_is(n, "auto_pad", "NOTSET") || sdx_attr_is(n, "auto_pad", "VALID");
}

void sdx_axis_shape(char text[SDX_AXIS_SHAPE_TEXT], int rank, int axis)
{
    int used = 0;
    text[0] = 0;
    for (int i = 0; i < rank; i++)
        used += snprintf(text + used, SDX_AXIS_SHAPE_TEXT - (size_t)used, "%s%d", i ? ", " : "",
                         i == axis ? -1 : 1);
}
