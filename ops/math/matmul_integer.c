/* ops/math/matmul_integer.c - MatMulInteger, QLinearMatMul.
 *
 * A is widened less its zero points; B is packed as it is, and what its zero points would have
 * taken off follows from the sums of A's rows: so a constant B is packed once. QLinearMatMul of
 * 8-bit floats (opset 21) computes in double. Source: ONNX Operators.md, MatMulInteger-10,
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

/* ---- tiles ---- */

void sdx_int_tile(int32_t *y, int64_t y_row, const int16_t *a, int64_t a_row, const int16_t *b,
                  int64_t pairs, int rows)
{
    for (int r = 0; r < rows; r++) {
        uint32_t sum[INT_COLUMNS] = { 0 };
        for (int64_t i = 0; i < pairs; i++) {
            int32_t p = a[r * a_row + 2 * i], q = a[r * a_row + 2 * i + 1];
            const int16_t *pair = b + i * INT_COLUMNS * 2;
            for (int j = 0; j < INT_COLUMNS; j++)
                sum[j] += (uint32_t)(p * pair[2 * j] + q * pair[2 * j + 1]);
        }
        memcpy(y + r * y_row, sum, sizeof sum);
    }
}

enum { PART = 256 };

void sdx_int_widen(int16_t *to, const sdx_tensor *from, int64_t first, int64_t step, int64_t n,
                   int64_t zero)
{
    int64_t some[PART];
    for (int64_t at = 0; at < n; at += PART) {
        int64_t part = n - at < PART ? n - at : PART;
        sdx_load_i64(some, from, first + at * step, step, part);
        for (int64_t i = 0; i < part; i++)
            to[at + i] = (int16_t)(some[i] - zero);
    }
    if (n & 1)
        to[n] = 0;
}

void sdx_int_pack(int16_t *to, const sdx_tensor *from, int64_t first, int64_t row, int64_t column,
                  int64_t k, int64_t n)
{
    int64_t pairs = int_pairs(k), some[INT_COLUMNS];
    memset(to, 0, int_packed_bytes(k, n));
    for (int64_t panel = 0; panel < int_panels(n); panel++) {
        int64_t left = panel * INT_COLUMNS,
                columns = n - left < INT_COLUMNS ? n - left : INT_COLUMNS;
        for (int64_t i = 0; i < k; i++) {
            int16_t *at = to + ((panel * pairs + i / 2) * INT_COLUMNS) * 2 + i % 2;
            sdx_load_i64(some, from, first + i * row + left * column, column, columns);
            for (int64_t j = 0; j < columns; j++)
                at[2 * j] = (int16_t)some[j];
        }
    }
}

/* ---- infer ---- */

/* Which inputs are what: MatMulInteger and QLinearMatMul differ in places. */
typedef struct roles {
    int a, b, a_zero, b_zero, a_scale, b_scale, y_scale, y_zero; /* -1: none */
} roles;
static const roles of_integer = { 0, 1, 2, 3, -1, -1, -1, -1 };
static const roles of_linear = { 0, 3, 2, 5, 1, 4, 6, 7 };

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
    sdx_hint(c, "give one in all, or one for each of the %s", from_end == 2 ? "rows" : "columns");
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
}

/* ---- prepare ---- */

typedef struct plan {
    sdx_product p;
    int_tile *tile;
    const int16_t *packed; /* all matrices of a constant B; NULL: packed in run */
    size_t packed_bytes;   /* of one matrix */
    bool real;
} plan;

typedef struct how {
    int64_t k, n, matrices;
} how;

static void pack_all(void *to, const sdx_tensor *from, const void *with)
{
    const how *h = with;
    for (int64_t i = 0; i < h->matrices; i++)
        sdx_int_pack((int16_t *)((char *)to + (size_t)i * int_packed_bytes(h->k, h->n)), from,
                     i * h->k * h->n, h->n, 1, h->k, h->n);
}

static sdx_status prepare(const sdx_node *n, sdx_prepare *c, void **state)
{
    const roles *r = sdx_variant(n);
    plan *p = sdx_keep(c, sizeof *p);
    if (!p)
        return SDX_E_MEMORY;
    sdx_shape b = sdx_in_shape(n, r->b);
    sdx_product_lay_out(&p->p, sdx_in_shape(n, r->a), b);
    p->real = sdx_dtype_class(sdx_in_dtype(n, r->a)) == SDX_REAL;
    *state = p;
    if (p->real) {
        sdx_want_scratch(c, 0, (size_t)(2 * p->p.k) * sizeof(double));
        return SDX_OK;
    }
    const matmul_integer_kernels *k = sdx_kernels(c, &sdx_family_math_matmul_integer);
    p->tile = k->tile ? k->tile : sdx_int_tile;
    p->packed_bytes = int_packed_bytes(p->p.k, p->p.n);
    how h = { p->p.k, p->p.n,
              p->p.k * p->p.n > 0 ? sdx_count(b, 0, b.rank) / (p->p.k * p->p.n) : 0 };
    if (h.matrices > 0)
        p->packed = sdx_pack(c, r->b, (size_t)h.matrices * p->packed_bytes, pack_all, &h, sizeof h);
    /* Rows of A and their sums; B too, unless it is packed.  All parts stay aligned to 64 bytes. */
    size_t rows = (size_t)p->p.m * (size_t)int_pairs(p->p.k) * 2 * sizeof(int16_t);
    size_t shared = (rows + 63) / 64 * 64 + ((size_t)p->p.m * sizeof(int64_t) + 63) / 64 * 64;
    sdx_want_scratch(c, shared + (p->packed ? 0 : p->packed_bytes), 0);
    sdx_choice(c, k->tile ? "16-bit pairs" : "reference");
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
    const sdx_tensor *a, *b, *a_zero, *b_zero, *a_scale, *b_scale, *y_scale, *y_zero;
    sdx_tensor *y;
    int64_t batch, y_first, a_first, b_first;
    int16_t *rows;
    int64_t *sums;
    const int16_t *panels;
} job;

static sdx_status some_rows(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = arg;
    const sdx_product *p = &j->p->p;
    int64_t width = int_pairs(p->k) * 2;
    (void)scratch, (void)c;
    for (int64_t i = begin; i < end; i++) {
        int64_t zero = (int64_t)number_at(j->a_zero, j->batch, p->m, i, 0), sum = 0;
        sdx_int_widen(j->rows + i * width, j->a, j->a_first + i * p->k, 1, p->k, zero);
        for (int64_t k = 0; k < p->k; k++)
            sum += j->rows[i * width + k];
        j->sums[i] = sum;
    }
    return SDX_OK;
}

/* Zero points or scales of n columns from `column` on. */
static void columns_of(const sdx_tensor *t, const job *j, int64_t column, int64_t n, double none,
                       double *to)
{
    int64_t all = j->p->p.n;
    if (t)
        sdx_load_f64(to, t, entry(t, j->batch, all, column), sdx_elements(t) == 1 ? 0 : 1, n);
    for (int64_t i = 0; !t && i < n; i++)
        to[i] = none;
}

/* What a row of a tile becomes: sums of products, or quantised anew. */
static void finish(const job *j, int64_t row, int64_t column, int64_t n, const int32_t *sum,
                   const double *zero, const double *scale)
{
    int64_t at = j->y_first + row * j->p->p.n + column;
    if (!j->y_scale) {
        int32_t *y = (int32_t *)j->y->data + at;
        for (int64_t i = 0; i < n; i++)
            y[i] = (int32_t)((uint32_t)sum[i] - (uint32_t)((int64_t)zero[i] * j->sums[row]));
        return;
    }
    float a = (float)number_at(j->a_scale, j->batch, j->p->p.m, row, 1);
    float y = (float)number_at(j->y_scale, 0, 1, 0, 1);
    double shift = number_at(j->y_zero, 0, 1, 0, 0), real[INT_COLUMNS];
    double lowest = sdx_lowest(j->y->dtype), highest = sdx_highest(j->y->dtype);
    for (int64_t i = 0; i < n; i++) {
        int64_t whole = (int64_t)sum[i] - (int64_t)zero[i] * j->sums[row];
        double v = rint((double)whole * (double)(a * (float)scale[i] / y) + shift);
        real[i] = !(v > lowest) ? lowest : v > highest ? highest : v;
    }
    sdx_store_f64(j->y, at, 1, n, real);
}

enum { ROWS_AT_ONCE = 16 };

/* Pieces: a panel of columns by ROWS_AT_ONCE rows. */
static sdx_status some_tiles(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = arg;
    const sdx_product *p = &j->p->p;
    int64_t pairs = int_pairs(p->k), panels = int_panels(p->n);
    (void)scratch, (void)c;
    for (int64_t i = begin; i < end; i++) {
        int64_t panel = i % panels, first = i / panels * ROWS_AT_ONCE;
        int64_t column = panel * INT_COLUMNS,
                columns = p->n - column < INT_COLUMNS ? p->n - column : INT_COLUMNS;
        const int16_t *b = j->panels + panel * pairs * INT_COLUMNS * 2;
        double zero[INT_COLUMNS], scale[INT_COLUMNS];
        columns_of(j->b_zero, j, column, columns, 0, zero);
        columns_of(j->b_scale, j, column, columns, 1, scale);
        for (int64_t r = first; r < first + ROWS_AT_ONCE && r < p->m; r += INT_ROWS) {
            int32_t sum[INT_ROWS][INT_COLUMNS];
            int rows = p->m - r < INT_ROWS ? (int)(p->m - r) : INT_ROWS;
            j->p->tile(sum[0], INT_COLUMNS, j->rows + r * pairs * 2, pairs * 2, b, pairs, rows);
            for (int k = 0; k < rows; k++)
                finish(j, r + k, column, columns, sum[k], zero, scale);
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
    size_t rows = (size_t)p->p.m * (size_t)int_pairs(p->p.k) * 2 * sizeof(int16_t);
    j->rows = (int16_t *)scratch;
    j->sums = (int64_t *)(scratch + (rows + 63) / 64 * 64);
    if (p->packed) {
        int64_t matrix = p->p.k * p->p.n;
        j->panels = p->packed + j->b_first / (matrix > 0 ? matrix : 1) *
                                    (int64_t)(p->packed_bytes / sizeof(int16_t));
    } else {
        int16_t *panels = (int16_t *)((char *)j->sums +
                                      ((size_t)p->p.m * sizeof(int64_t) + 63) / 64 * 64);
        sdx_int_pack(panels, j->b, j->b_first, p->p.n, 1, p->p.k, p->p.n);
        j->panels = panels;
    }
    SDX_TRY(sdx_parallel(c, p->p.m, 1 + 8192 / (1 + p->p.k), some_rows, j));
    int64_t pieces = (p->p.m + ROWS_AT_ONCE - 1) / ROWS_AT_ONCE * int_panels(p->p.n);
    return sdx_parallel(c, pieces, 1 + 2048 / (1 + p->p.k), some_tiles, j);
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    const roles *r = sdx_variant(n);
    const plan *p = state;
    job j = { .p = p, .a = sdx_in(c, r->a), .y = sdx_out(c, 0) };
    j.b = p->packed ? NULL : sdx_in(c, r->b);
    j.a_zero = input(n, c, r->a_zero);
    j.b_zero = input(n, c, r->b_zero);
    j.a_scale = input(n, c, r->a_scale);
    j.b_scale = input(n, c, r->b_scale);
    j.y_scale = input(n, c, r->y_scale);
    j.y_zero = input(n, c, r->y_zero);
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
    { SDX_OP(QLinearMatMul), .schema = linear_schema, .traits = SDX_PURE, .variant = &of_linear,
      .infer = infer, .prepare = prepare, .run = run, .macs = macs },
    { 0 },
};
const sdx_family sdx_family_math_matmul_integer = { ops, sizeof(matmul_integer_kernels) };
