/* ops/internal/typed.c - rows of elements of one type or two, of which families of operators share
 * one set of loops: pointwise formulas on elements as they are, and conversions.  No operator. */
#include "internal/typed/kernels.h"
#include <string.h>

static const signed char kinds[SDX_DTYPE_END] = {
    [SDX_F32] = SDX_KIND_F32 + 1,   [SDX_F64] = SDX_KIND_F64 + 1,   [SDX_F16] = SDX_KIND_F16 + 1,
    [SDX_I32] = SDX_KIND_I32 + 1,   [SDX_I64] = SDX_KIND_I64 + 1,   [SDX_U8] = SDX_KIND_U8 + 1,
    [SDX_BOOL] = SDX_KIND_BOOL + 1, [SDX_BF16] = SDX_KIND_BF16 + 1,
};

int sdx_typed_kind(sdx_dtype d)
{
    return kinds[d] - 1;
}

void sdx_typed_run(sdx_typed_row *row, size_t wy, size_t w, void *y, const void *a, const void *b,
                   size_t count)
{
    const char *from_a = a, *from_b = b;
    char *to = y;
    size_t whole = count - count % SDX_TYPED_BLOCK, left = count - whole;
    for (size_t i = 0; i < whole; i += SDX_TYPED_BLOCK)
        row(to + i * wy, from_a + i * w, b ? from_b + i * w : NULL);
    if (left == 0)
        return;
    double room[3][SDX_TYPED_BLOCK] = { { 0 } };
    memcpy(room[0], from_a + whole * w, left * w);
    if (b)
        memcpy(room[1], from_b + whole * w, left * w);
    row(room[2], room[0], room[1]);
    memcpy(to + whole * wy, room[2], left * wy);
}

static const sdx_op ops[] = { { 0 } };
const sdx_family sdx_family_internal_typed = { ops, sizeof(typed_kernels) };
