/* ops/math/matmul/narrow.c - products of floats with weights of fewer bits; see kernels.h.
 *
 * Few rows meet weights that become floats in registers: such products wait for memory, of which
 * they need a half or a quarter.  More rows go by the dot product of bf16 pairs, for which they are
 * rounded, a block of them at a time; or, where there is none, by the product of floats with parts
 * of a panel that have just been widened. */
#include "math/matmul/kernels.h"
#include <math.h>
#include <string.h>

enum {
    MOST_PANEL = 64,   /* columns of any set's panel */
    PAIR_ROWS = 28,    /* rounded at a time */
    PAIR_DEPTH = 1024, /* ... of so many columns */
    PITCH = PAIR_DEPTH / 2 + 16,
    WIDE_ROWS = 256 /* of a panel widened at a time */
};

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}
static int64_t panel_width(int64_t n, int64_t panel, int block)
{
    return n - panel * 2 * block > block ? 2 * block : block;
}

/* ---- packing ---- */

/* To nearest even; NaN stays one. */
static uint32_t bf16_of(float x)
{
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    return x != x ? u >> 16 | 0x40 : (u + 0x7fff + (u >> 16 & 1)) >> 16;
}

/* The scale of a column: its largest magnitude is 127 steps.  What is not finite leaves NaN. */
static float scale_of(const sdx_tensor *from, int64_t at, int64_t k, int64_t row, double alpha)
{
    double most = 0;
    for (int64_t i = 0; i < k; i++) {
        double v = fabs(alpha * (double)sdx_f32_at(from, at + i * row));
        most = v <= most ? most : v;
        if (!isfinite(v))
            return NAN;
    }
    return (float)(most / 127);
}

static uint32_t word_of(matmul_form form, const sdx_tensor *from, int64_t at, int64_t rows,
                        int64_t row, double alpha, float scale)
{
    uint32_t word = 0;
    for (int64_t i = 0; i < rows; i++) {
        double v = alpha * (double)sdx_f32_at(from, at + i * row);
        if (form == MATMUL_BF16)
            word |= bf16_of((float)v) << 16 * i;
        else if (scale > 0)
            word |= ((uint32_t)(int32_t)fmin(127, fmax(-127, rint(v / (double)scale))) & 0xff)
                    << 8 * i;
    }
    return word;
}

void sdx_matmul_pack(matmul_form form, int block, float *to, const sdx_tensor *from, int64_t at,
                     int64_t k, int64_t n, int64_t row, int64_t col, double alpha)
{
    const int64_t each = matmul_rows_of_word(form);
    float scale[MOST_PANEL] = { 0 };
    for (int64_t panel = 0; panel < n; panel += 2 * block) {
        int64_t width = panel_width(n, panel / (2 * block), block),
                columns = least(width, n - panel);
        int64_t first = at + panel * col;
        if (form == MATMUL_INT8) {
            for (int64_t j = 0; j < width; j++)
                scale[j] = j < columns ? scale_of(from, first + j * col, k, row, alpha) : 0;
            memcpy(to, scale, (size_t)width * sizeof *to);
            to += width;
        }
        for (int64_t i = 0; i < k; i += each, to += width)
            for (int64_t j = 0; j < width; j++) {
                uint32_t word = j < columns ? word_of(form, from, first + i * row + j * col,
                                                      least(each, k - i), row, alpha, scale[j])
                                            : 0;
                memcpy(to + j, &word, sizeof word);
            }
    }
}

/* ---- products ---- */

/* Bias and bounds of n floats that hold sums. */
static void finish(float *y, int64_t n, const float *bias, float lo, float hi)
{
    for (int64_t i = 0; i < n; i++) {
        float v = y[i] + (bias ? bias[i] : 0);
        y[i] = v < lo ? lo : v > hi ? hi : v;
    }
}

static void few_rows(const matmul_kernels *k, matmul_form form, const matmul_f32 *g, int64_t m0,
                     int64_t m1, int64_t p0, int64_t p1)
{
    const int64_t panel = 2 * k->block;
    for (int64_t p = p0; p < p1; p += 2) /* two at a time, which the next row finds near */
        for (int64_t m = m0; m < m1; m++) {
            int64_t end = least(p + 2, p1), n0 = p * panel, n = least(end * panel, g->n) - n0;
            float *y = g->c + m * g->c_row;
            const float *base = g->residual ? g->residual + m * g->residual_row : g->bias;
            k->vector[form](y, g->a + m * g->a_row, g->b, g->k, g->n, base, p, end);
            if ((g->bias && g->residual) || g->lo > -INFINITY || g->hi < INFINITY)
                finish(y + n0, n, g->bias && g->residual ? g->bias + n0 : NULL, g->lo, g->hi);
            if (g->after)
                g->after(g->context, y + n0, g->at + m * g->c_row + n0, (size_t)n);
        }
}

/* Columns [k0, k0 + depth) of some rows as pairs. */
static void round_rows(const matmul_kernels *k, const matmul_f32 *g, int64_t m, int64_t rows,
                       int64_t k0, int64_t depth, float *to)
{
    float row[PAIR_DEPTH];
    for (int64_t i = 0; i < rows; i++) {
        const float *a = g->a + (m + i) * g->a_row + k0 * g->a_col;
        for (int64_t j = 0; g->a_col != 1 && j < depth; j++)
            row[j] = a[j * g->a_col];
        k->to_pairs(to + i * PITCH, g->a_col == 1 ? a : row, depth);
    }
}

/* A tile that the matrix's last columns do not fill works on buffers. */
static void edge_pairs(const matmul_kernels *k, matmul_pairs *t, int64_t columns)
{
    float y[PAIR_ROWS * MOST_PANEL], base[PAIR_ROWS * MOST_PANEL], bias[MOST_PANEL] = { 0 };
    float *to = t->y;
    const int64_t to_row = t->y_row, width = t->blocks * k->block;
    const size_t bytes = (size_t)columns * sizeof *y;
    if (t->bias)
        t->bias = memcpy(bias, t->bias, bytes);
    for (int64_t i = 0; t->base && i < t->rows; i++) {
        memset(base + i * width + columns, 0, (size_t)(width - columns) * sizeof *base);
        memcpy(base + i * width, t->base + i * t->base_row, bytes);
    }
    t->base = t->base ? base : NULL;
    t->y = y;
    t->y_row = t->base_row = width;
    k->pairs(t);
    for (int64_t i = 0; i < t->rows; i++)
        memcpy(to + i * to_row, y + i * width, bytes);
}

static void pairs_product(const matmul_kernels *k, const matmul_f32 *g, int64_t m0, int64_t m1,
                          int64_t p0, int64_t p1)
{
    float a[PAIR_ROWS * PITCH];
    const int64_t panel = 2 * k->block, words = matmul_words(MATMUL_BF16, g->k), nowhere = 0;
    for (int64_t k0 = 0; k0 == 0 || k0 < g->k; k0 += PAIR_DEPTH) {
        bool first = k0 == 0, last = g->k - k0 <= PAIR_DEPTH;
        const int64_t depth = last ? g->k - k0 : PAIR_DEPTH;
        for (int64_t m = m0; m < m1; m += PAIR_ROWS) {
            int64_t rows = least(PAIR_ROWS, m1 - m);
            round_rows(k, g, m, rows, k0, depth, a);
            for (int64_t p = p0; p < p1; p++) {
                int64_t n0 = p * panel, width = panel_width(g->n, p, k->block),
                        columns = least(width, g->n - n0);
                float *c = g->c + m * g->c_row + n0;
                matmul_pairs t = { .rows = rows,
                                   .blocks = (int)(width / k->block),
                                   .x = a,
                                   .w = g->b + n0 * words + k0 / 2 * width,
                                   .at = &nowhere,
                                   .runs = 1,
                                   .run = (depth + 1) / 2,
                                   .x_row = PITCH,
                                   .ahead = g->m <= PAIR_ROWS ? 1024 : words * width,
                                   .y = c,
                                   .y_row = g->c_row,
                                   .y_block = k->block,
                                   .base_block = k->block,
                                   .bias = first && g->bias ? g->bias + n0 : NULL,
                                   .lo = last ? g->lo : -INFINITY,
                                   .hi = last ? g->hi : INFINITY };
                if (!first) {
                    t.base = c;
                    t.base_row = g->c_row;
                } else if (g->residual) {
                    t.base = g->residual + m * g->residual_row + n0;
                    t.base_row = g->residual_row;
                }
                if (columns == width)
                    k->pairs(&t);
                else
                    edge_pairs(k, &t, columns);
                for (int64_t r = m; last && g->after && r < m + rows; r++)
                    g->after(g->context, g->c + r * g->c_row + n0, g->at + r * g->c_row + n0,
                             (size_t)columns);
            }
        }
    }
}

static void wide_product(const matmul_kernels *k, matmul_form form, const matmul_f32 *g, int64_t m0,
                         int64_t m1, int64_t p0, int64_t p1)
{
    float b[WIDE_ROWS * MOST_PANEL];
    const int64_t panel = 2 * k->block, words = matmul_words(form, g->k);
    for (int64_t p = p0; p < p1; p++) {
        int64_t n0 = p * panel, width = panel_width(g->n, p, k->block);
        matmul_f32 part = *g;
        part.b = b;
        part.n = least(width, g->n - n0);
        part.c += n0;
        part.at += n0;
        part.bias = g->bias ? g->bias + n0 : NULL;
        part.residual = g->residual ? g->residual + n0 : NULL;
        for (int64_t k0 = 0; k0 == 0 || k0 < g->k; k0 += WIDE_ROWS) {
            bool last = g->k - k0 <= WIDE_ROWS;
            part.k = last ? g->k - k0 : WIDE_ROWS;
            part.a = g->a + k0 * g->a_col;
            part.lo = last ? g->lo : -INFINITY;
            part.hi = last ? g->hi : INFINITY;
            part.after = last ? g->after : NULL;
            k->widen[form](b, g->b + n0 * words, width, k0, k0 + part.k);
            k->product(&part, m0, m1, 0, 1);
            part.bias = NULL;
            part.residual = part.c;
            part.residual_row = g->c_row;
        }
    }
}

void sdx_matmul_product(const matmul_kernels *k, matmul_form form, const matmul_f32 *g, int64_t m0,
                        int64_t m1, int64_t p0, int64_t p1)
{
    static const int64_t few[MATMUL_FORMS] = { [MATMUL_BF16] = 2, [MATMUL_INT8] = 3 };
    if (form == MATMUL_F32)
        k->product(g, m0, m1, p0, p1);
    else if (g->m <= few[form] && g->a_col == 1 && k->vector[form])
        few_rows(k, form, g, m0, m1, p0, p1);
    else if (form == MATMUL_BF16 && k->pairs)
        pairs_product(k, g, m0, m1, p0, p1);
    else
        wide_product(k, form, g, m0, m1, p0, p1);
}
