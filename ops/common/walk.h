/* ops/common/walk.h - moves a box of elements from one tensor to another, each with strides of its
 * own.
 *
 * What Transpose, Slice, Concat, Pad, Tile, Expand, DepthToSpace and their kin come down to.
 * Strides are in elements and may be 0 or negative on the reading side.  Any dtype, in parallel,
 * tiled where both sides disagree on the order. */
#ifndef COMMON_WALK_H
#define COMMON_WALK_H
#include <string.h>
#include "common/axes.h"
#include "sdx/op.h"

typedef struct sdx_walk {
    int rank; /* after dims of 1 were dropped and neighbours merged */
    bool empty;
    int64_t dim[SDX_MAX_RANK], to[SDX_MAX_RANK], from[SDX_MAX_RANK];
} sdx_walk;

/* Row-major strides of a shape. */
void sdx_strides(sdx_shape s, int64_t *stride);

void sdx_walk_set(sdx_walk *w, int rank, const int64_t *dim, const int64_t *to,
                  const int64_t *from);

/* Copies the box; its first element goes from x[from] to y[to].  Boxes of y must not overlap with
 * x's memory. */
sdx_status sdx_walk_copy(sdx_run *c, const sdx_walk *w, sdx_tensor *y, int64_t to,
                         const sdx_tensor *x, int64_t from);

/* Every element of y becomes element i of x (NULL: zero, the empty string). */
sdx_status sdx_fill(sdx_run *c, sdx_tensor *y, const sdx_tensor *x, int64_t i);

/* Bytes of an element that plain memory copies may move: 0 for strings and for what is narrower
 * than a byte. */
static inline size_t sdx_width(sdx_dtype d)
{
    int bits = sdx_dtype_bits(d);
    return bits % 8 || sdx_dtype_class(d) == SDX_STRING ? 0 : (size_t)bits / 8;
}

/* y[i] = x[j] for elements of this width. */
static inline void sdx_put(size_t width, void *y, int64_t i, const void *x, int64_t j)
{
    if (width == 4)
        memcpy((char *)y + i * 4, (const char *)x + j * 4, 4);
    else if (width == 8)
        memcpy((char *)y + i * 8, (const char *)x + j * 8, 8);
    else if (width == 1)
        ((char *)y)[i] = ((const char *)x)[j];
    else if (width == 2)
        memcpy((char *)y + i * 2, (const char *)x + j * 2, 2);
    else
        memcpy((char *)y + i * 16, (const char *)x + j * 16, 16);
}

/* n elements in one stretch, of any dtype. */
static inline sdx_status sdx_move(sdx_run *c, size_t width, sdx_tensor *y, int64_t to,
                                  const sdx_tensor *x, int64_t from, int64_t n)
{
    if (!width)
        return sdx_copy(c, y, to, x, from, n);
    memcpy((char *)y->data + (size_t)to * width, (const char *)x->data + (size_t)from * width,
           (size_t)n * width);
    return SDX_OK;
}

/* Element i of a tensor of i32 or i64 that a run reads. */
static inline int64_t sdx_index_at(const sdx_tensor *t, int64_t i)
{
    return t->dtype == SDX_I64 ? ((const int64_t *)t->data)[i] : ((const int32_t *)t->data)[i];
}

/* A list of integers while running: of the attribute where this opset has one of the name, else of
 * input i. */
sdx_ints sdx_run_ints(const sdx_node *n, sdx_run *c, const char *attribute, int i);

#endif
