/* ops/math/matmul/kernels.h - products of float matrices.  Raw pointers and sizes only. */
#ifndef MATH_MATMUL_KERNELS_H
#define MATH_MATMUL_KERNELS_H
#include "sdx/op.h"

/* Called with n floats of the result that have just been stored and still lie in the nearest cache;
 * the first of them is number `at` of the output. */
typedef void matmul_after(void *context, float *y, int64_t at, size_t n);

/* C = clamp(A B + bias + residual).  Any size may be 0; with k = 0 the product is 0.
 * B has been packed; C may be the residual, and must overlap nothing else. */
typedef struct matmul_f32 {
    int64_t m, n, k;
    const float *a;
    /* floats from a row of A to the next, from a column to the next: A or its transpose */
    int64_t a_row, a_col;
    const float *b;
    float *c;
    int64_t c_row;
    int64_t at;        /* number of C's first float in the output, for `after` */
    const float *bias; /* n floats, one for each column; NULL: none */
    const float *residual;
    int64_t residual_row;
    float lo, hi;        /* -INFINITY and INFINITY leave all as it is; NaN stays NaN */
    matmul_after *after; /* NULL: nothing more to do */
    /* after wants no number: it may get what is on its way to C, many rows at once */
    bool anywhere;
    void *context;
} matmul_f32;

/* Rows [m0, m1) of panels [p0, p1).  The bits of a row depend on m0 and m1, by the cut into tiles,
 * and on nothing else: callers that cut by size alone get the same bits from any number of
 * threads. */
typedef void matmul_product_f32(const matmul_f32 *g, int64_t m0, int64_t m1, int64_t p0,
                                int64_t p1);

/* Panels [p0, p1) of a matrix of k x n; row, col: floats from a row, a column to the next, so a
 * transpose costs nothing else.  `to` holds matmul_packed() floats. */
typedef void matmul_pack_f32(float *to, const float *b, int64_t k, int64_t n, int64_t row,
                             int64_t col, int64_t p0, int64_t p1);

/* ---- weights kept narrower: narrow.c ----
 * Panels as above, but of words: a word holds two rows of a column as bf16, or four as bytes, whose
 * panel begins with a float for each column that scales them.  The first row is in the low bits;
 * rows past k are 0. */
typedef enum matmul_form { MATMUL_F32, MATMUL_BF16, MATMUL_INT8, MATMUL_FORMS } matmul_form;

static inline int64_t matmul_rows_of_word(matmul_form form)
{
    return form == MATMUL_F32 ? 1 : form == MATMUL_BF16 ? 2 : 4;
}
/* Words of a column. */
static inline int64_t matmul_words(matmul_form form, int64_t k)
{
    int64_t each = matmul_rows_of_word(form);
    return (k + each - 1) / each + (form == MATMUL_INT8);
}

/* y = a B + base for one row a, over panels [p0, p1); base may be y; NULL: zeros.  Weights become
 * floats on their way into the sums: a is not rounded. */
typedef void matmul_vector_f32(float *y, const float *a, const float *b, int64_t k, int64_t n,
                               const float *base, int64_t p0, int64_t p1);
/* Rows [r0, r1) of a panel of `width` columns as floats; r0 is the first of a word. */
typedef void matmul_widen_f32(float *to, const float *panel, int64_t width, int64_t r0, int64_t r1);

/* A tile of products of pairs of bf16, as the processor's dot product takes them: f32 sums, numbers
 * below the least normal one count as 0.  y = clamp(sum + bias + base). */
typedef struct matmul_pairs {
    int64_t rows; /* any number */
    int blocks;   /* of V_BLOCK columns: 1, 2 */
    const float *x, *w;
    /* words: a row of x has some runs of `run` pairs each, `at` from its start; the next row */
    const int64_t *at;
    int64_t runs, run, x_row;
    int64_t ahead; /* words from w to what is to be prefetched, as fast as w is read */
    float *y;
    int64_t y_row, y_block;
    const float *bias, *base; /* NULL: none; base lies as y does */
    int64_t base_row, base_block;
    float lo, hi;
} matmul_pairs;
typedef void matmul_pairs_f32(const matmul_pairs *t);
/* n floats, rounded to nearest even; where n is odd a 0 is added. */
typedef void matmul_to_pairs_f32(float *to, const float *x, int64_t n);

typedef struct matmul_kernels {
    matmul_product_f32 *product;
    matmul_pack_f32 *pack;
    /* of each form but f32; vector: NULL where it gains nothing */
    matmul_vector_f32 *vector[MATMUL_FORMS];
    matmul_widen_f32 *widen[MATMUL_FORMS];
    /* where there is a dot product; else NULL */
    matmul_pairs_f32 *pairs;
    matmul_to_pairs_f32 *to_pairs;
    /* columns are packed in panels of two blocks, the last panel of one or two; 0: no kernel */
    int block;
    int rows; /* rows of a tile: a sensible multiple to cut m by */
} matmul_kernels;

static inline int64_t matmul_panels(int64_t n, int block)
{
    return (n + 2 * block - 1) / (2 * block);
}
/* Floats of B when packed. */
static inline int64_t matmul_packed(int64_t k, int64_t n, int block)
{
    return k * ((n + block - 1) / block * block);
}

/* The same of a narrower form. */
static inline int64_t matmul_packed_as(matmul_form form, int64_t k, int64_t n, int block)
{
    return matmul_packed(matmul_words(form, k), n, block);
}
/* B of k x n: element `at` of `from`, row and col apart, times alpha. */
void sdx_matmul_pack(matmul_form form, int block, float *to, const sdx_tensor *from, int64_t at,
                     int64_t k, int64_t n, int64_t row, int64_t col, double alpha);
/* As `product` of a B of that form. */
void sdx_matmul_product(const matmul_kernels *k, matmul_form form, const matmul_f32 *g, int64_t m0,
                        int64_t m1, int64_t p0, int64_t p1);
/* The form in which a session keeps weights, and what profiles call its products. */
matmul_form sdx_matmul_form(const sdx_prepare *c, const matmul_kernels *k);
const char *sdx_matmul_name(const matmul_kernels *k, matmul_form form);

extern const sdx_family sdx_family_math_matmul;
#endif
