/* base/size.c - what a valid shape is. */
#include "base/size.h"

bool sdx_size_shape(int rank, const int64_t *dim, unsigned bits, int64_t *elements, size_t *bytes)
{
    int64_t product = 1;
    bool empty = false;
    for (int i = 0; i < rank; i++) {
        if (dim[i] < 0)
            return false;
        empty |= dim[i] == 0;
        if (dim[i] > 1 && !sdx_i64_mul(&product, product, dim[i]))
            return false;
    }
    int64_t in_bits;
    if (!sdx_i64_mul(&in_bits, product, (int64_t)bits) || in_bits > PTRDIFF_MAX - 7)
        return false;
    if (elements)
        *elements = empty ? 0 : product;
    if (bytes)
        *bytes = empty ? 0 : (size_t)(in_bits + 7) / 8;
    return true;
}
