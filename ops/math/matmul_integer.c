/* ops/math/matmul_integer.c - MatMulInteger, QLinearMatMul; ByteMatMul of the domain "sdx", whose
 * sums become floats.
 *
 * Rows of A and panels of B as matmul_integer/kernels.h has them; a constant B is packed once, and
 * what the zero points take off follows from sums of rows and columns. QLinearMatMul of 8-bit
 * floats (opset 21) computes in double. Source: ONNX Operators.md, MatMulInteger-10,
 * QLinearMatMul-21. */
#include "math/matmul_integer/kernels.h"
#include "common/pointwise.h"
#include "common/product.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

static const sdx_schema integer_schema[] = {
    { 10, "A:T1 B:T2 a_zero_point?:T1 b_zero_point?:T2 -> Y:T3", "",
      "T1: i8 u8; T2: i8 u8; T3: i32" },
    { 0 },
};

static const sdx_schema linear_schema[] = {
    { 10,
      "a:T1 a_scale:f32 a_zero_point:T1 b:T2 b_scale:f32 b_zero_point:T2 y_scale:f32 "
      "y_zero_point:T3 -> y:T3",
      "", "T1: i8 u8; T2: i8 u8; T3: i8 u8" },
    { 21,
      "a:T1 a_scale:TS a_zero_point:T1 b:T2 b_scale:TS b_zero_point:T2 y_scale:TS "
      "y_zero_point:T3 -> y:T3",
      NULL,
      "TS: bf16 f16 f32; T1: f8e4m3fn f8e4m3fnuz f8e5m2 f8e5m2fnuz i8 u8; T2: f8e4m3fn "
      "f8e4m3fnuz f8e5m2 f8e5m2fnuz i8 u8; T3: f8e4m3fn f8e4m3fnuz f8e5m2 f8e5m2fnuz i8 u8" },
    { 0 },
};

/* Sums times the scale, one or one for each column, plus the bias of each column. */
static const sdx_schema byte_schema[] = {
    { 1, "A:T1 B:T2 a_zero_point?:T1 b_zero_point?:T2 scale:f32 bias?:f32 -> Y:f32", "",
      "T1: i8 u8; T2: i8 u8" },
    { 0 },
};

/* ---- infer ---- */

/* Which inputs are what: they differ in places. */
typedef struct roles {
    int a, b, a_zero, b_zero, a_scale, b_scale, y_scale, y_zero, scale, bias; /* -1: none */
} roles;
static const roles of_integer = { 0, 1, 2, 3, -1, -1, -1, -1, -1, -1 };
static const roles of_linear = { 0, 3, 2, 5, 1, 4, 6, 7, -1, -1 };
static const roles of_bytes = { 0, 1, 2, 3, -1, -1, -1, -1, 4, 5 };

/* Zero points and scales are one, or one for each row (column): a vector, or dims that end in M, 1
 * (in 1, N). */
static void check_each(const sdx_node *n, sdx_infer *c, int input, int matrix, int from_end)
{
    sdx_dims d = sdx_in_dims(n, input), x = sdx_in_dims(n, matrix);
    if (!sdx_has_in(n, input) || d.rank <= 0 || x.rank < 2)
        return;
    sdx_dim have = d.rank == 1 ? d.dim[0] : d.dim[d.rank - from_end],
            want = x.dim[x.rank - from_end];
    if (sdx_equal_or_one(c, have, want))
        return;
    sdx_refuse(c, "quant-per-row", "%s has %s entries, %s has %s %s", sdx_in_name(n, input),
               sdx_show(c, have), sdx_in_name(n, matrix), sdx_show(c, want),
               from_end == 2 ? "rows" : "columns");
    sdx_point(c, input, d.rank == 1 ? 0 : d.rank - from_end);
    sdx_point(c, matrix, x.rank - from_end);
    sdx_hint(c, "give one in all, or one for each of the %s %s", sdx_show(c, want),
             from_end == 2 ? "rows" : "columns");
}

static void infer(const sdx_node *n, sdx_infer *c)
{
    const roles *r = sdx_variant(n);
    if (!sdx_product_infer(n, c, r->a, r->b))
        return;
    check_each(n, c, r->a_zero, r->a, 2);
    check_each(n, c, r->b_zero, r->b, 1);
    if (r->a_scale >= 0)
        check_each(n, c, r->a_scale, r->a, 2);
    if (r->b_scale >= 0)
        check_each(n, c, r->b_scale, r->b, 1);
    if (r->scale >= 0) {
        check_each(n, c, r->scale, r->b, 1);
        check_each(n, c, r->bias, r->b, 1);
    }
    if (r->y_scale >= 0) {
        check_each(n, c, r->y_scale, r->a, 2);
        check_each(n, c, r->y_zero, r->a, 2);
    }
}

/* ---- prepare ---- */

enum { ROWS_AT_ONCE = 112, TILE_MOST = 16 };

typedef struct plan {
    sdx_product p;
    int_form form;
    int_narrow *narrow;
    int_floats *floats;
    int rows; /* of a tile */
    int64_t steps;
    const char *packed;  /* all matrices of a constant B; NULL: packed in run */
    size_t packed_bytes; /* of one matrix */
    bool real, in_place; /* in_place: rows of A are steps as they lie */
} plan;

typedef struct how {
    int64_t k, n, matrices;
    int_form form;
} how;

static void pack_all(void *to, const sdx_tensor *from, const void *with)
{
    const how *h = with;
    size_t bytes = (size_t)int_panels(h->n) * int_panel_bytes(int_steps(&h->form, h->k));
    for (int64_t i = 0; i < h->matrices; i++)
        sdx_int_pack(&h->form, (char *)to + (size_t)i * bytes,
                     (const uint8_t *)from->data + i * h->k * h->n, from->dtype == SDX_I8, h->n, 1,
                     h->k, h->n);
}

static size_t align(size_t bytes)
{
    return (bytes + 63) / 64 * 64;
}

/* Shared scratch: rows of A, unless they are read where they lie, three numbers for each, and B,
 * unless it is packed. */
static size_t rows_bytes(const plan *p)
{
    return p->in_place ? 0 : align((size_t)p->p.m * (size_t)p->steps * 4);
}

static bool is_real(const sdx_node *n, int i)
{
    return sdx_dtype_class(i < 0 ? sdx_out_dtype(n, 0) : sdx_in_dtype(n, i)) == SDX_REAL;
}

static sdx_status prepare(const sdx_node *n, sdx_prepare *c, void **state)
{
    const roles *r = sdx_variant(n);
    plan *p = sdx_keep(c, sizeof *p);
    if (!p)
        return SDX_E_MEMORY;
    sdx_shape b = sdx_in_shape(n, r->b);
    sdx_product_lay_out(&p->p, sdx_in_shape(n, r->a), b);
    p->real = is_real(n, r->a) || is_real(n, r->b) || (r->y_scale >= 0 && is_real(n, -1));
    *state = p;
    if (p->real) {
        sdx_want_scratch(c, 0, (size_t)(2 * p->p.k) * sizeof(double));
        return SDX_OK;
    }
    const matmul_integer_kernels *k = sdx_kernels(c, &sdx_family_math_matmul_integer);
    p->form = sdx_int_form(k);
    p->narrow = k->narrow ? k->narrow : sdx_int_narrow;
    p->floats = k->floats ? k->floats : sdx_int_floats;
    p->rows = k->rows ? k->rows : 4;
    p->steps = int_steps(&p->form, p->p.k);
    p->in_place = p->form.bytes && p->p.k % 4 == 0 &&
                  (sdx_in_dtype(n, r->a) == SDX_I8) == p->form.rows_signed;
    p->packed_bytes = (size_t)int_panels(p->p.n) * int_panel_bytes(p->steps);
    how h;
    memset(&h, 0, sizeof h); /* compared byte by byte */
    h.k = p->p.k;
    h.n = p->p.n;
    h.matrices = p->p.k * p->p.n > 0 ? sdx_count(b, 0, b.rank) / (p->p.k * p->p.n) : 0;
    h.form.tile = p->form.tile;
    h.form.deep = p->form.deep;
    h.form.columns = p->form.columns;
    h.form.bytes = p->form.bytes;
    h.form.rows_signed = p->form.rows_signed;
    h.form.columns_signed = p->form.columns_signed;
    if (h.matrices > 0)
        p->packed = sdx_pack(c, r->b, (size_t)h.matrices * p->packed_bytes, pack_all, &h, sizeof h);
    size_t each = align((size_t)p->p.m * sizeof(int32_t));
    sdx_want_scratch(c, rows_bytes(p) + 3 * each + (p->packed ? 0 : p->packed_bytes), 0);
    sdx_choice(c, p->form.bytes ? "bytes" : k->pairs ? "16-bit pairs" : "reference");
    return SDX_OK;
}

/* ---- run ---- */

/* Entry i of zero points or scales of matrix `batch`: one in all, a vector, or one for each row of
 * each matrix. */
static int64_t entry(const sdx_tensor *t, int64_t batch, int64_t rows, int64_t i)
{
    int64_t count = sdx_elements(t);
    if (count == 1)
        return 0;
    return count > rows ? batch % (count / rows) * rows + i : i;
}

static double number_at(const sdx_tensor *t, int64_t batch, int64_t rows, int64_t i, double none)
{
    double v = none;
    if (t)
        sdx_load_f64(&v, t, entry(t, batch, rows, i), 1, 1);
    return v;
}

typedef struct job {
    const plan *p;
    const sdx_tensor *a, *b, *a_zero, *b_zero, *a_scale, *b_scale, *y_scale, *y_zero, *scale, *bias;
    sdx_tensor *y;
    int64_t batch, y_first, a_first, b_first;
    const char *rows;
    char *steps; /* rows, to be filled */
    bool b_signed;
    float y_by; /* y_scale */
    int y_zero_point, lowest, highest;
    /* by row: sum less k zero points; the zero point, as stored; what B's one zero point takes
     * off */
    int32_t *sums, *zeros, *less;
    int32_t b_zero_stored; /* where it is one */
    char *packing;
    const char *panels;
} job;

static sdx_status some_rows(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = arg;
    const plan *p = j->p;
    bool is_signed = j->a->dtype == SDX_I8;
    (void)scratch, (void)c;
    for (int64_t i = begin; i < end; i++) {
        int zero = (int)number_at(j->a_zero, j->batch, p->p.m, i, 0);
        const uint8_t *from = (const uint8_t *)j->a->data + j->a_first + i * p->p.k;
        int32_t sum = p->in_place ? sdx_int_sum(from, p->p.k, is_signed)
                                  : sdx_int_row(&p->form, j->steps + i * p->steps * 4, from,
                                                is_signed, 1, p->p.k, zero);
        j->zeros[i] = p->form.bytes ? zero + int_shift(p->form.rows_signed, is_signed) : 0;
        j->sums[i] = (int32_t)((uint32_t)sum - (uint32_t)p->p.k * (uint32_t)j->zeros[i]);
        j->less[i] = (int32_t)(0 - (uint32_t)j->sums[i] * (uint32_t)j->b_zero_stored);
    }
    return SDX_OK;
}

static sdx_status some_panels(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = arg;
    const plan *p = j->p;
    size_t bytes = int_panel_bytes(p->steps);
    (void)scratch, (void)c;
    for (int64_t i = begin; i < end; i++) {
        int64_t left = p->p.n - i * INT_COLUMNS;
        sdx_int_pack(&p->form, j->packing + (size_t)i * bytes,
                     (const uint8_t *)j->b->data + j->b_first + i * INT_COLUMNS,
                     j->b->dtype == SDX_I8, p->p.n, 1, p->p.k,
                     left < INT_COLUMNS ? left : INT_COLUMNS);
    }
    return SDX_OK;
}

/* What belongs to the columns of a piece; of those that are not there, zeros. */
typedef struct piece {
    int64_t column, columns;
    int32_t zero[INT_WIDTH], sum[INT_WIDTH];    /* as stored */
    int32_t start[INT_WIDTH];                   /* of sums, where rows have one zero point */
    bool any_zero, at_once;                     /* at_once: tiles make bytes */
    float b_scale[INT_WIDTH], scale[INT_WIDTH]; /* scale: of the sums of the row at hand */
    float bias[INT_WIDTH];                      /* where sums become floats */
    int_grid grid;
} piece;

/* Zero points or scales of the columns of a piece. */
static void columns_of(const job *j, const sdx_tensor *t, const piece *q, double none, double *to)
{
    int64_t all = j->p->p.n;
    if (t)
        sdx_load_f64(to, t, entry(t, j->batch, all, q->column), sdx_elements(t) == 1 ? 0 : 1,
                     q->columns);
    for (int64_t i = 0; !t && i < q->columns; i++)
        to[i] = none;
}

static bool is_one(const sdx_tensor *t)
{
    return !t || sdx_elements(t) == 1;
}

static void scale_row(const job *j, int64_t row, piece *q)
{
    float a = (float)number_at(j->a_scale, j->batch, j->p->p.m, row, 1);
    q->grid.small = true;
    for (int64_t i = 0; i < q->columns; i++) {
        q->scale[i] = a * q->b_scale[i] / j->y_by;
        q->grid.small = q->grid.small && fabsf(q->scale[i]) <= 0.99f;
    }
}

static void read_columns(const job *j, const char *panels, piece *q)
{
    const plan *p = j->p;
    size_t bytes = int_panel_bytes(p->steps);
    double zero[INT_WIDTH], scale[INT_WIDTH];
    int shift = p->form.bytes ? int_shift(p->form.columns_signed, j->b_signed) : 0;
    uint32_t a_zero = is_one(j->a_zero) ? (uint32_t)j->zeros[0] : 0;
    for (int64_t i = 0; i < q->columns; i += INT_COLUMNS)
        memcpy(q->sum + i, panels + (size_t)(i / INT_COLUMNS) * bytes + bytes - 64, 64);
    columns_of(j, j->b_zero, q, 0, zero);
    columns_of(j, j->b_scale, q, 1, scale);
    q->any_zero = false;
    for (int64_t i = 0; i < q->columns; i++) {
        q->zero[i] = (int32_t)zero[i] + shift;
        q->any_zero |= q->zero[i] != 0;
        q->start[i] = (int32_t)(0 - a_zero * (uint32_t)q->sum[i]);
        q->b_scale[i] = (float)scale[i];
    }
    q->grid = (int_grid){ q->scale, j->y_zero_point,         j->lowest, j->highest,
                          true,     TILE_MOST * INT_COLUMNS, NULL,      NULL };
    if (j->y_scale)
        scale_row(j, 0, q);
    if (j->scale) {
        columns_of(j, j->scale, q, 1, scale);
        columns_of(j, j->bias, q, -0.0, zero); /* which changes nothing */
        for (int64_t i = 0; i < q->columns; i++) {
            q->scale[i] = (float)scale[i];
            q->bias[i] = (float)zero[i];
        }
    }
    q->at_once = p->form.narrows && j->y_scale && q->grid.small &&
                 (!q->any_zero || is_one(j->b_zero)) && is_one(j->a_zero) && is_one(j->a_scale);
}

/* What the zero points of a row's columns and, where each row has its own, of the row take off. */
static void take_zeros(const job *j, int64_t row, const piece *q, int32_t *sum)
{
    uint32_t less = (uint32_t)j->sums[row];
    uint32_t zero = is_one(j->a_zero) ? 0 : (uint32_t)j->zeros[row];
    for (int64_t i = 0; zero != 0 && i < q->columns; i++)
        sum[i] = (int32_t)((uint32_t)sum[i] - zero * (uint32_t)q->sum[i]);
    for (int64_t i = 0; q->any_zero && i < q->columns; i++)
        sum[i] = (int32_t)((uint32_t)sum[i] - less * (uint32_t)q->zero[i]);
}

/* Some rows of sums to the grid: blocks of columns, `most` rows apart. */
static void narrow_rows(const job *j, int64_t row, int rows, piece *q, const int32_t *sum,
                        uint8_t *to)
{
    const plan *p = j->p;
    int columns = p->form.columns, at_once = is_one(j->a_scale) ? rows : 1;
    for (int r = 0; r < rows; r += at_once) {
        if (at_once < rows)
            scale_row(j, row + r, q);
        for (int64_t k = 0; k < q->columns; k += columns) {
            int_grid grid = q->grid;
            grid.scale += k;
            p->narrow(to + (k * TILE_MOST + r * columns), sum + r * INT_WIDTH + k, at_once, columns,
                      &grid);
        }
    }
}

/* Blocks of bytes to rows of y. */
static void put_rows(const job *j, int64_t row, int rows, const piece *q, const uint8_t *from)
{
    int64_t columns = j->p->form.columns, n = j->p->p.n;
    for (int64_t k = 0; k < q->columns; k += columns, from += TILE_MOST * columns) {
        uint8_t *y = (uint8_t *)j->y->data + j->y_first + row * n + q->column + k;
        int64_t some = q->columns - k < columns ? q->columns - k : columns;
        for (int r = 0; r < rows; r++)
            if (some == INT_COLUMNS)
                memcpy(y + r * n, from + r * columns, INT_COLUMNS);
            else
                memcpy(y + r * n, from + r * columns, (size_t)some);
    }
}

/* Pieces: two panels of columns by ROWS_AT_ONCE rows. */
static sdx_status some_tiles(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = arg;
    const plan *p = j->p;
    int64_t m = p->p.m, n = p->p.n, across = (n + INT_WIDTH - 1) / INT_WIDTH;
    int64_t bytes = (int64_t)int_panel_bytes(p->steps);
    int32_t sum[TILE_MOST][INT_WIDTH];
    uint8_t room[TILE_MOST * INT_WIDTH];
    (void)scratch, (void)c;
    for (int64_t i = begin; i < end; i++) {
        piece q = { .column = i % across * INT_WIDTH };
        int64_t first = i / across * ROWS_AT_ONCE;
        q.columns = n - q.column < INT_WIDTH ? n - q.column : INT_WIDTH;
        const char *b = j->panels + q.column / INT_COLUMNS * bytes;
        read_columns(j, b, &q);
        for (int64_t r = first; r < first + ROWS_AT_ONCE && r < m; r += p->rows) {
            int64_t end_row = first + ROWS_AT_ONCE < m ? first + ROWS_AT_ONCE : m;
            int rows = end_row - r < p->rows ? (int)(end_row - r) : p->rows;
            q.grid.row = q.any_zero ? j->less + r : NULL;
            p->form.tile(q.at_once ? (void *)room : sum, q.at_once ? &q.grid : NULL, q.start,
                         j->rows + r * p->steps * 4, p->steps * 4, NULL, b, bytes, p->steps, rows,
                         (int)int_panels(q.columns));
            for (int k = 0; !q.at_once && k < rows; k++) {
                take_zeros(j, r + k, &q, sum[k]);
                if (!j->y_scale && !j->scale)
                    memcpy((int32_t *)j->y->data + j->y_first + (r + k) * n + q.column, sum[k],
                           (size_t)q.columns * sizeof(int32_t));
            }
            if (j->scale)
                p->floats(sdx_f32_out(j->y) + j->y_first + r * n + q.column, n, sum[0], rows,
                          (int)q.columns, q.scale, q.bias);
            if (j->y_scale && !q.at_once)
                narrow_rows(j, r, rows, &q, sum[0], room);
            if (j->y_scale)
                put_rows(j, r, rows, &q, room);
        }
    }
    return SDX_OK;
}

/* 8-bit floats: one row of results at a time, in double. */
static sdx_status some_real(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = arg;
    const sdx_product *p = &j->p->p;
    double *a = scratch, *b = a + p->k;
    (void)c;
    for (int64_t i = begin; i < end; i++) {
        int64_t row = i / p->n, column = i % p->n;
        double sum = 0, a_zero = number_at(j->a_zero, j->batch, p->m, row, 0);
        double b_zero = number_at(j->b_zero, j->batch, p->n, column, 0);
        sdx_load_f64(a, j->a, j->a_first + row * p->k, 1, p->k);
        sdx_load_f64(b, j->b, j->b_first + column, p->n, p->k);
        for (int64_t k = 0; k < p->k; k++)
            sum += (a[k] - a_zero) * (b[k] - b_zero);
        sum = sum * number_at(j->a_scale, j->batch, p->m, row, 1) *
                  number_at(j->b_scale, j->batch, p->n, column, 1) /
                  number_at(j->y_scale, 0, 1, 0, 1) +
              number_at(j->y_zero, 0, 1, 0, 0);
        sdx_convert_f64(j->y, j->y_first + i, 1, 1, &sum, true, SDX_NEAREST);
    }
    return SDX_OK;
}

static const sdx_tensor *input(const sdx_node *n, sdx_run *c, int i)
{
    return i >= 0 && sdx_has_in(n, i) ? sdx_in(c, i) : NULL;
}

static sdx_status run_batch(job *j, char *scratch, sdx_run *c)
{
    const plan *p = j->p;
    if (p->real)
        return sdx_parallel(c, p->p.m * p->p.n, 1 + 4096 / (1 + p->p.k), some_real, j);
    size_t each = align((size_t)p->p.m * sizeof(int32_t));
    int64_t panels = int_panels(p->p.n), matrix = p->p.k * p->p.n;
    j->rows = j->steps = scratch;
    if (p->in_place)
        j->rows = (const char *)j->a->data + j->a_first;
    j->sums = (int32_t *)(void *)(scratch + rows_bytes(p));
    j->zeros = (int32_t *)(void *)(scratch + rows_bytes(p) + each);
    j->less = (int32_t *)(void *)(scratch + rows_bytes(p) + 2 * each);
    if (is_one(j->b_zero))
        j->b_zero_stored = (int32_t)number_at(j->b_zero, 0, 1, 0, 0) +
                           (p->form.bytes ? int_shift(p->form.columns_signed, j->b_signed) : 0);
    if (p->packed) {
        j->panels = p->packed + (size_t)(j->b_first / (matrix > 0 ? matrix : 1)) * p->packed_bytes;
    } else {
        j->panels = j->packing = scratch + rows_bytes(p) + 3 * each;
        SDX_TRY(sdx_parallel(c, panels, 1 + 4096 / (1 + p->p.k), some_panels, j));
    }
    /* nobody asks for sums where they are taken off times 0 */
    bool wanted = !p->in_place || !is_one(j->a_zero) || !is_one(j->b_zero) || j->b_zero_stored != 0;
    SDX_TRY(sdx_parallel(c, wanted ? p->p.m : 1, 1 + 65536 / (1 + p->p.k), some_rows, j));
    int64_t pieces = (p->p.m + ROWS_AT_ONCE - 1) / ROWS_AT_ONCE *
                     ((p->p.n + INT_WIDTH - 1) / INT_WIDTH);
    return sdx_parallel(c, pieces, 1 + 2048 / (1 + p->p.k), some_tiles, j);
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    const roles *r = sdx_variant(n);
    const plan *p = state;
    job j = { .p = p, .a = sdx_in(c, r->a), .y = sdx_out(c, 0) };
    j.b = p->packed ? NULL : sdx_in(c, r->b);
    j.b_signed = sdx_in_dtype(n, r->b) == SDX_I8;
    j.a_zero = input(n, c, r->a_zero);
    j.b_zero = input(n, c, r->b_zero);
    j.a_scale = input(n, c, r->a_scale);
    j.b_scale = input(n, c, r->b_scale);
    j.y_scale = input(n, c, r->y_scale);
    j.y_zero = input(n, c, r->y_zero);
    j.scale = input(n, c, r->scale);
    j.bias = input(n, c, r->bias);
    j.y_by = (float)number_at(j.y_scale, 0, 1, 0, 1);
    if (!p->real && j.y_scale) {
        j.y_zero_point = (int)number_at(j.y_zero, 0, 1, 0, 0);
        j.lowest = (int)sdx_lowest(j.y->dtype);
        j.highest = (int)sdx_highest(j.y->dtype);
    }
    for (j.batch = 0; j.batch < p->p.batches && p->p.m * p->p.n > 0; j.batch++) {
        sdx_product_at(&p->p, j.batch, &j.a_first, &j.b_first);
        j.y_first = j.batch * p->p.m * p->p.n;
        SDX_TRY(run_batch(&j, sdx_scratch(c), c));
    }
    return SDX_OK;
}

static sdx_dim macs(const sdx_node *n, sdx_infer *c)
{
    return sdx_product_macs(n, c, ((const roles *)sdx_variant(n))->a, -1);
}

static const sdx_op ops[] = {
    { SDX_OP(MatMulInteger), .schema = integer_schema, .traits = SDX_PURE, .variant = &of_integer,
      .infer = infer, .prepare = prepare, .run = run, .macs = macs },
    { SDX_OP(QLinearMatMul), .schema = linear_schema,
      .limits = "*a_scale:(0,) *b_scale:(0,) *y_scale:(0,)", .traits = SDX_PURE,
      .variant = &of_linear, .infer = infer, .prepare = prepare, .run = run, .macs = macs },
    { SDX_OP(ByteMatMul), .domain = "sdx", .schema = byte_schema, .traits = SDX_PURE,
      .variant = &of_bytes, .infer = infer, .prepare = prepare, .run = run, .macs = macs },
    { 0 },
};
const sdx_family sdx_family_math_matmul_integer = { ops, sizeof(matmul_integer_kernels) };
