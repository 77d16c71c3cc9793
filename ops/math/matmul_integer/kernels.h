/* ops/math/matmul_integer/kernels.h - products of 8-bit integers, exact modulo 2^32.
 *
 * A step takes in 4 bytes of a row of the left matrix and 64 bytes of a panel of the right one: for
 * 16 columns either four numbers of 8 bits, where the machine has a dot product of bytes, or two
 * widened to 16. Rows and panels end in zeros where k does not fill the last step.
 *
 * A dot product of bytes wants signs of its own for either side. A byte of the other sign is
 * flipped in its top bit, which moves the number by 128, and the zero point moves along with it:
 *
 *     sum (a - za)(b - zb) = sum a b - zb * (sum of row a) - za * (sum of column b) + k za zb
 *
 * Widened numbers of one side are stored less their zero point instead, which is 0 from then on. */
#ifndef OPS_MATH_MATMUL_INTEGER_KERNELS_H
#define OPS_MATH_MATMUL_INTEGER_KERNELS_H
#include "internal/bytes/kernels.h"

enum { INT_COLUMNS = 16, INT_PANELS = 2, INT_WIDTH = INT_COLUMNS * INT_PANELS };

/* What sums become: clamp(round(sum * scale[j]) + zero, lo, hi), halves to even, in floats.  lo,
 * hi:  within a signed byte, or within an unsigned one.  small: no scale is above 0.99, or NaN.
 * row:  for tiles, what is added to the sums of each row first; NULL: nothing.
 * more:  for tiles, what is added to the bytes; NULL: nothing. */
typedef struct int_more {
    byte_add add;        /* a: the bytes of the sums */
    float inverse;       /* of add.scale; the sum of both over it is within an int32_t */
    float lo, hi;        /* of the bytes of the sums, less their zero point */
    const uint8_t *with; /* as the bytes of the tile lie */
} int_more;
typedef struct int_grid {
    const float *scale;
    int zero, lo, hi;
    bool small;
    int64_t panel;
    const int32_t *row;
    const int_more *more;
} int_grid;
/* y[r * INT_WIDTH + j] = start[j] + product of row r and column j, for `panels` panels of 16
 * columns.  Each may be 1 to INT_PANELS panels, any number of rows and steps.  a_row, b_panel:
 * bytes to the next.  at: where in a row each step lies, in bytes; NULL: one after the other.  y:
 * sums; where there is a grid, which has to be `small`, bytes as int_narrow makes them, of 16
 * columns each, panels to->panel bytes apart: for sets that say so. */
typedef void int_tile(void *y, const int_grid *to, const int32_t *start, const void *a,
                      int64_t a_row, const int64_t *at, const void *b, int64_t b_panel,
                      int64_t steps, int rows, int panels);
/* Windows over channels that are filtered each by itself, of `columns` channels side by side: a
 * block of the set's layout, 8 or 16.  Windows begin a_step bytes apart, neighbours in a row of
 * pixels lie `pixel` bytes apart, row i of the kernel begins at[i] bytes on.  Each row takes
 * `steps` steps of as many pixels as a step has numbers; b has 4 bytes of weights for each row,
 * step and channel, in this order.  shared: windows are neighbours, and each second one reads what
 * the one before it does; behind the weights of a step lie those for it, a number later.  For
 * bytes. */
typedef struct int_windows {
    const int32_t *start;
    int64_t a_step, pixel;
    const int64_t *at;
    int64_t kernel_rows, steps;
    const void *b;
    int columns;
    bool shared;
} int_windows;
/* y[r * INT_WIDTH + j] = start[j] + sum of window r and channel j; with a grid as for tiles. */
typedef void int_deep(void *y, const int_grid *to, const int_windows *w, const void *a, int rows);
/* The same for windows of 3x3 over a picture that lies as it is, `columns` channels to a pixel,
 * `stride` apart both ways: bytes alone, of output lines [from, end), one after the other.  The
 * first window begins `top` lines above the picture and `left` pixels before it; what lies outside
 * is `pad`.  flip: of the top bits of x and pad.  b: as above, shared where stride is 1. */
typedef struct int_picture {
    const uint8_t *x;
    int64_t height, width, top, left, stride; /* stride: 1 or 2 */
    int64_t out_width;                        /* INT_STRIP at least */
    uint8_t pad, flip;
    const int32_t *start;
    const void *b;
} int_picture;
enum { INT_STRIP = 4 };
typedef void int_three(uint8_t *y, const int_grid *to, const int_picture *p, int64_t from,
                       int64_t end);
/* `rows` rows of sums, INT_WIDTH apart, of `columns` columns each, as above: y[r * columns + j]
 * is the byte that the sum becomes. */
typedef void int_narrow(uint8_t *y, const int32_t *sum, int rows, int columns, const int_grid *to);
/* y[r * y_row + j] = (float)sum[r * INT_WIDTH + j] * scale[j] + bias[j], each step rounded. */
typedef void int_floats(float *y, int64_t y_row, const int32_t *sum, int rows, int columns,
                        const float *scale, const float *bias);

typedef struct matmul_integer_kernels {
    int_tile *pairs;          /* 16 bits, signed */
    int_tile *columns_signed; /* bytes: columns signed, rows not */
    int_tile *both_signed;    /* bytes; the one above is not there then */
    int_deep *deep_pairs;     /* pairs of 16 bits */
    int_deep *deep_bytes;     /* of the tile of bytes */
    int_three *three;         /* with deep_bytes, of a set that narrows; NULL: none */
    int_narrow *narrow;
    int_floats *floats;
    bool narrows; /* the tile of bytes, given a grid */
    int rows;     /* of a tile: a sensible multiple */
    int columns;  /* of deep and narrow: a block of the set's layout; 0: 8 */
} matmul_integer_kernels;
int_tile sdx_int_pairs; /* the references */
int_deep sdx_int_deep_pairs;
int_narrow sdx_int_narrow;
int_floats sdx_int_floats;

/* How numbers are stored. */
typedef struct int_form {
    int_tile *tile;
    int_deep *deep;
    int_three *three; /* NULL: none */
    int columns;      /* of deep and narrow */
    bool narrows;     /* the tile, given a grid */
    bool bytes;       /* four to a step; else two, widened */
    bool rows_signed, columns_signed;
} int_form;
int_form sdx_int_form(const matmul_integer_kernels *k);

/* Numbers of a step. */
static inline int int_each(const int_form *f)
{
    return f->bytes ? 4 : 2;
}
static inline int64_t int_steps(const int_form *f, int64_t k)
{
    return (k + int_each(f) - 1) / int_each(f);
}
static inline int64_t int_panels(int64_t n)
{
    return (n + INT_COLUMNS - 1) / INT_COLUMNS;
}
/* Bytes of a panel: its steps, then the sums of its columns as they are stored. */
static inline size_t int_panel_bytes(int64_t steps)
{
    return (size_t)(steps + 1) * 64;
}
/* What a byte is moved by where it is stored with this sign. */
static inline int int_shift(bool stored_signed, bool is_signed)
{
    return stored_signed == is_signed ? 0 : is_signed ? 128 : -128;
}

/* k x n bytes from `from` on become panels; row, column: bytes from one to the next.  Widened they
 * are stored as they are. */
void sdx_int_pack(const int_form *f, void *to, const uint8_t *from, bool is_signed, int64_t row,
                  int64_t column, int64_t k, int64_t n);
/* n bytes become a row of steps: flipped, or widened less `zero`.  Returns their sum as stored. */
int32_t sdx_int_row(const int_form *f, void *to, const uint8_t *from, bool is_signed, int64_t step,
                    int64_t n, int zero);
/* The same sum of bytes that lie as they are stored. */
int32_t sdx_int_sum(const uint8_t *row, int64_t n, bool is_signed);
extern const sdx_family sdx_family_math_matmul_integer;
#endif
