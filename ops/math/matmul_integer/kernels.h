/* ops/math/matmul_integer/kernels.h - products of integers of up to nine bits, kept as 16.
 *
 * A pair of neighbours along k is multiplied and added in one instruction on most machines: so the
 * right matrix is packed in panels of 16 columns, [k / 2][16][2], and both are padded by a zero
 * where k is odd. */
#ifndef OPS_MATH_MATMUL_INTEGER_KERNELS_H
#define OPS_MATH_MATMUL_INTEGER_KERNELS_H
#include "sdx/op.h"

enum { INT_COLUMNS = 16, INT_ROWS = 4 };

/* y[r][j] = sum of a[r][i] * b[i][j] for r < rows <= INT_ROWS and j < INT_COLUMNS, modulo 2^32.
 * a_row, y_row: elements from a row to the next.  pairs: k / 2, rounded up. */
typedef void int_tile(int32_t *y, int64_t y_row, const int16_t *a, int64_t a_row, const int16_t *b,
                      int64_t pairs, int rows);
typedef struct matmul_integer_kernels {
    int_tile *tile;
} matmul_integer_kernels;
int_tile sdx_int_tile; /* the reference */

static inline int64_t int_panels(int64_t n)
{
    return (n + INT_COLUMNS - 1) / INT_COLUMNS;
}
static inline int64_t int_pairs(int64_t k)
{
    return (k + 1) / 2;
}
static inline size_t int_packed_bytes(int64_t k, int64_t n)
{
    return (size_t)(int_panels(n) * int_pairs(k)) * INT_COLUMNS * 2 * sizeof(int16_t);
}

/* Packs k x n elements of a tensor from element `first` on; row, column: elements from one to the
 * next. */
void sdx_int_pack(int16_t *to, const sdx_tensor *from, int64_t first, int64_t row, int64_t column,
                  int64_t k, int64_t n);
/* Widens n elements, `step` apart, less `zero`; pads with 0 to an even number. */
void sdx_int_widen(int16_t *to, const sdx_tensor *from, int64_t first, int64_t step, int64_t n,
                   int64_t zero);
extern const sdx_family sdx_family_math_matmul_integer;
#endif
