/* ops/math/matmul_integer/pack.c - numbers as the tiles want them; and the references of the
 * tiles. */
#include "math/matmul_integer/kernels.h"
#include "math/matmul_integer/narrow.h"
#include <string.h>

/* ---- references ---- */

void sdx_int_pairs(void *y, const int_grid *to, const int32_t *start, const void *a, int64_t a_row,
                   const int64_t *at, const void *b, int64_t b_panel, int64_t steps, int rows,
                   int panels)
{
    (void)to;
    for (int r = 0; r < rows; r++)
        for (int p = 0; p < panels; p++) {
            uint32_t sum[INT_COLUMNS];
            memcpy(sum, start + p * INT_COLUMNS, sizeof sum);
            for (int64_t i = 0; i < steps; i++) {
                int16_t row[2], columns[2 * INT_COLUMNS];
                memcpy(row, (const char *)a + r * a_row + (at ? at[i] : i * 4), sizeof row);
                memcpy(columns, (const char *)b + p * b_panel + i * 64, sizeof columns);
                for (int j = 0; j < INT_COLUMNS; j++)
                    sum[j] += (uint32_t)(row[0] * columns[2 * j] + row[1] * columns[2 * j + 1]);
            }
            memcpy((int32_t *)y + r * INT_WIDTH + p * INT_COLUMNS, sum, sizeof sum);
        }
}

void sdx_int_deep_pairs(void *y, const int_grid *to, const int_windows *w, const void *a, int rows)
{
    enum { EIGHT = 8 }; /* channels side by side, which a compiler makes vectors of */
    (void)to;
    for (int r = 0; r < rows; r++)
        for (int j = 0; j < w->columns; j += EIGHT) {
            const char *weights = (const char *)w->b + j * 4;
            uint32_t sum[EIGHT];
            memcpy(sum, w->start + j, sizeof sum);
            for (int64_t i = 0; i < w->kernel_rows * w->steps; i++, weights += w->columns * 4) {
                const char *from = (const char *)a + r * w->a_step + w->at[i / w->steps] +
                                   i % w->steps * 2 * w->pixel + j * 2;
                int16_t first[EIGHT], second[EIGHT], of[2 * EIGHT];
                memcpy(first, from, sizeof first);
                memcpy(second, from + w->pixel, sizeof second);
                memcpy(of, weights, sizeof of);
                for (int k = 0; k < EIGHT; k++)
                    sum[k] += (uint32_t)(first[k] * of[2 * k] + second[k] * of[2 * k + 1]);
            }
            memcpy((int32_t *)y + r * INT_WIDTH + j, sum, sizeof sum);
        }
}

void sdx_int_narrow(uint8_t *y, const int32_t *sum, int rows, int columns, const int_grid *to)
{
    narrow(y, sum, rows, columns, to);
}

void sdx_int_floats(float *y, int64_t y_row, const int32_t *sum, int rows, int columns,
                    const float *scale, const float *bias)
{
    floats(y, y_row, sum, rows, columns, scale, bias);
}

/* ---- forms ---- */

int_form sdx_int_form(const matmul_integer_kernels *k)
{
    int columns = k->columns ? k->columns : 8;
    int_three *three = k->narrows ? k->three : NULL;
    if (k->both_signed)
        return (int_form){ k->both_signed, k->deep_bytes, three, columns,
                           k->narrows,     true,          true,  true };
    if (k->columns_signed)
        return (int_form){ k->columns_signed, k->deep_bytes, three, columns,
                           k->narrows,        true,          false, true };
    if (!k->pairs)
        return (int_form){ sdx_int_pairs, sdx_int_deep_pairs, NULL, columns, false, false, true,
                           true };
    return (int_form){ k->pairs, k->deep_pairs, NULL, columns, false, false, true, true };
}

static uint8_t flip_of(bool stored_signed, bool is_signed)
{
    return stored_signed == is_signed ? 0 : 0x80;
}

static int value_of(uint8_t raw, bool is_signed)
{
    return is_signed ? (int8_t)raw : raw;
}

/* ---- rows ---- */

static void flip_row(uint8_t *to, const uint8_t *from, int64_t step, int64_t n, uint8_t flip)
{
    if (step == 1)
        for (int64_t i = 0; i < n; i++)
            to[i] = from[i] ^ flip;
    else
        for (int64_t i = 0; i < n; i++)
            to[i] = from[i * step] ^ flip;
}

int32_t sdx_int_sum(const uint8_t *row, int64_t n, bool is_signed)
{
    int32_t sum = 0;
    if (is_signed)
        for (int64_t i = 0; i < n; i++)
            sum += (int8_t)row[i];
    else
        for (int64_t i = 0; i < n; i++)
            sum += row[i];
    return sum;
}

int32_t sdx_int_row(const int_form *f, void *to, const uint8_t *from, bool is_signed, int64_t step,
                    int64_t n, int zero)
{
    int64_t steps = int_steps(f, n);
    if (f->bytes) {
        memset((uint8_t *)to + n, 0, (size_t)(steps * 4 - n));
        flip_row(to, from, step, n, flip_of(f->rows_signed, is_signed));
        return sdx_int_sum(to, n, f->rows_signed);
    }
    int16_t *wide = to;
    int32_t sum = 0;
    for (int64_t i = 0; i < n; i++)
        wide[i] = (int16_t)(value_of(from[i * step], is_signed) - zero);
    for (int64_t i = 0; i < n; i++)
        sum += wide[i];
    if (n & 1)
        wide[n] = 0;
    return sum;
}

/* ---- columns ---- */

/* Sixteen columns of a step, of four numbers or two: lines of 16 bytes, flipped or widened. */
static void weave(const int_form *f, void *to, const uint8_t *const line[4], bool is_signed)
{
    if (f->bytes) {
        uint8_t *y = to, flip = flip_of(f->columns_signed, is_signed);
        const uint8_t *a = line[0], *b = line[1], *c = line[2], *d = line[3];
        for (int j = 0; j < INT_COLUMNS; j++) {
            y[4 * j] = a[j] ^ flip;
            y[4 * j + 1] = b[j] ^ flip;
            y[4 * j + 2] = c[j] ^ flip;
            y[4 * j + 3] = d[j] ^ flip;
        }
        return;
    }
    int16_t *y = to;
    for (int j = 0; j < INT_COLUMNS; j++)
        for (int i = 0; i < 2; i++)
            y[2 * j + i] = (int16_t)value_of(line[i][j], is_signed);
}

/* Sixteen columns, of which n are there. */
static void pack_panel(const int_form *f, char *to, const uint8_t *from, bool is_signed,
                       int64_t row, int64_t column, int64_t k, int64_t n)
{
    int64_t steps = int_steps(f, k);
    int each = f->bytes ? 4 : 2, shift = int_shift(f->columns_signed, is_signed);
    uint8_t fill = f->bytes ? flip_of(f->columns_signed, is_signed) : 0;
    uint8_t room[4][INT_COLUMNS];
    const uint8_t *line[4];
    int32_t sums[INT_COLUMNS] = { 0 };
    for (int64_t i = 0; i < steps; i++, to += 64) {
        for (int e = 0; e < each; e++) {
            int64_t at = i * each + e;
            const uint8_t *x = from + at * row;
            line[e] = room[e];
            if (at < k && column == 1 && n == INT_COLUMNS)
                line[e] = x;
            else
                for (int64_t j = 0; j < INT_COLUMNS; j++)
                    room[e][j] = at < k && j < n ? x[j * column] : fill;
            if (at >= k || !f->bytes)
                continue;
            if (is_signed)
                for (int64_t j = 0; j < INT_COLUMNS; j++)
                    sums[j] += (int8_t)line[e][j] + shift;
            else
                for (int64_t j = 0; j < INT_COLUMNS; j++)
                    sums[j] += line[e][j] + shift;
        }
        weave(f, to, line, is_signed);
    }
    memcpy(to, sums, sizeof sums);
}

void sdx_int_pack(const int_form *f, void *to, const uint8_t *from, bool is_signed, int64_t row,
                  int64_t column, int64_t k, int64_t n)
{
    size_t bytes = int_panel_bytes(int_steps(f, k));
    for (int64_t p = 0; p < int_panels(n); p++) {
        int64_t left = n - p * INT_COLUMNS;
        pack_panel(f, (char *)to + (size_t)p * bytes, from + p * INT_COLUMNS * column, is_signed,
                   row, column, k, left < INT_COLUMNS ? left : INT_COLUMNS);
    }
}
