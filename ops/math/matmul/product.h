/* ops/math/matmul/product.h - packing and product, on the words of a vocabulary and the tile. */
#include "math/matmul/kernels.h"
#define TILE_EDGES 0
#define TILE_AHEAD 3
#include "simd/tile.h"

enum {
    PANEL = 2 * V_BLOCK,
    FEW_ROWS = 10,
    K_CHUNK = 512, /* of B: a panel of it stays in the nearest cache         */
    M_CHUNK = 420 / TILE_PIXELS *
              TILE_PIXELS /* of A: with K_CHUNK columns, most of the second nearest */
};

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t panel_width(int64_t n, int64_t panel)
{
    return n - panel * PANEL > V_BLOCK ? PANEL : V_BLOCK;
}

/* Columns that lie one after the other: V_LANES of them from V_LANES rows of the transpose. */
static void pack_transposed(float *to, const float *b, int64_t k, int64_t col, int64_t width,
                            int64_t columns)
{
    for (int64_t j = 0; j < width; j += V_LANES)
        for (int64_t i = 0; i < k; i += V_LANES) {
            int64_t rows = least(V_LANES, k - i);
            v_f32 r[V_LANES];
            for (int64_t c = 0; c < V_LANES; c++)
                r[c] = j + c < columns ? v_load_part(b + (j + c) * col + i, (size_t)rows)
                                       : v_set(0);
            v_transpose(r);
            for (int64_t c = 0; c < rows; c++)
                v_store(to + (i + c) * width + j, r[c]);
        }
}

static void pack(float *to, const float *b, int64_t k, int64_t n, int64_t row, int64_t col,
                 int64_t p0, int64_t p1)
{
    for (int64_t p = p0; p < p1; p++) {
        int64_t width = panel_width(n, p), columns = least(width, n - p * PANEL);
        const float *from = b + p * PANEL * col;
        float *panel = to + p * PANEL * k;
        if (row == 1 && col != 1) {
            pack_transposed(panel, from, k, col, width, columns);
            continue;
        }
        for (int64_t i = 0; i < k; i++, panel += width, from += row)
            for (int64_t j = 0; j < width; j += V_LANES) {
                int64_t some = columns - j < 0 ? 0 : least(V_LANES, columns - j);
                if (col == 1) {
                    v_store(panel + j, some == V_LANES ? v_load(from + j)
                                                       : v_load_part(from + j, (size_t)some));
                    continue;
                }
                for (int64_t c = 0; c < V_LANES; c++)
                    panel[j + c] = c < some ? from[(j + c) * col] : 0;
            }
    }
}

/* A tile that the matrix's last columns do not fill works on a buffer. */
static void edge_tile(tile *t, int64_t rows, int64_t blocks, int64_t columns)
{
    float y[TILE_PIXELS * PANEL], base[TILE_PIXELS * PANEL], bias[PANEL];
    float *to = t->y;
    int64_t to_step = t->y_step;
    for (int64_t j = 0; j < blocks * V_BLOCK; j++)
        bias[j] = t->bias && j < columns ? t->bias[j] : 0;
    for (int64_t i = 0; t->base && i < rows; i++)
        for (int64_t j = 0; j < blocks * V_BLOCK; j++)
            base[i * PANEL + j] = j < columns ? t->base[i * t->base_step + j] : 0;
    t->bias = bias;
    t->base = t->base ? base : NULL;
    t->base_step = t->y_step = PANEL;
    t->y = y;
    tile_kernels[rows - 1][blocks - 1](t);
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < columns; j += V_LANES)
            v_store_part(to + i * to_step + j, v_load(y + i * PANEL + j),
                         (size_t)least(V_LANES, columns - j));
}

/* A tile whose floats are changed once more before they are stored: in one row, which costs less
 * than in many short ones. */
static void changed_tile(tile *t, const matmul_f32 *g, int64_t rows, int64_t blocks)
{
    float room[TILE_PIXELS * PANEL], *to = t->y;
    int64_t width = blocks * V_BLOCK, to_step = t->y_step;
    t->y = room;
    t->y_step = width;
    tile_kernels[rows - 1][blocks - 1](t);
    g->after(g->context, room, 0, (size_t)(rows * width));
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < width; j += V_LANES)
            v_store(to + i * to_step + j, v_load(room + i * width + j));
}

/* Where a tile will go to: stores that wait for memory keep the next tile's waiting. */
static void fetch(const float *y, int64_t rows, int64_t step, int64_t columns)
{
    for (; rows > 0; rows--, y += step)
        for (int64_t j = 0; j < columns; j += 16)
            __builtin_prefetch(y + j, 0, 3);
}

/* Rows [m0, m1) of one panel over a chunk of k. */
static void panel_rows(const matmul_f32 *g, int64_t m0, int64_t m1, int64_t p, int64_t k0,
                       int64_t k1)
{
    bool first = k0 == 0, last = k1 == g->k;
    int64_t n0 = p * PANEL, width = panel_width(g->n, p), columns = least(width, g->n - n0);
    /* Rows that lie a multiple of 4 KiB apart share a set of the nearest cache: fewer at a time. */
    const int64_t most = g->a_row % 1024 == 0 && TILE_PIXELS > FEW_ROWS ? FEW_ROWS : TILE_PIXELS;
    int64_t count = (m1 - m0 + most - 1) / most, blocks = width / V_BLOCK;
    const float *b = g->b + n0 * g->k + k0 * width;
    tile t = { .step = g->a_row,
               .along = g->a_col,
               .n_first = k1 - k0,
               .w = b,
               .y_block = V_BLOCK,
               .base_block = V_BLOCK,
               .clamp = last,
               .lo = g->lo,
               .hi = g->hi };
    /* Of the next panel, each tile fetches its share; few rows wait for this one, and look ahead in
     * it. */
    t.ahead_step = g->m <= 8 ? width : (width + count - 1) / count;
    for (int64_t i = 0, row = m0, rows; i < count; i++, row += rows) {
        rows = (m1 - m0) / count + (i < (m1 - m0) % count);
        float *c = g->c + row * g->c_row + n0;
        t.x = g->a + row * g->a_row + k0 * g->a_col;
        t.y = c;
        t.y_step = g->c_row;
        t.bias = first && g->bias ? g->bias + n0 : NULL;
        t.base = first ? g->residual : c;
        t.base_step = g->c_row;
        if (first && g->residual) {
            t.base += row * g->residual_row + n0;
            t.base_step = g->residual_row;
        }
        t.ahead = g->m <= 8 ? b + 1024 : b + g->k * width + i * (k1 - k0) * t.ahead_step;
        fetch(c, rows, g->c_row, columns);
        if (t.base && t.base != c)
            fetch(t.base, rows, t.base_step, columns);
        if (columns == width && last && g->after && g->anywhere) {
            changed_tile(&t, g, rows, blocks);
            continue;
        }
        if (columns == width)
            tile_kernels[rows - 1][blocks - 1](&t);
        else
            edge_tile(&t, rows, blocks, columns);
        for (int64_t r = row; last && g->after && r < row + rows; r++)
            g->after(g->context, g->c + r * g->c_row + n0, g->at + r * g->c_row + n0,
                     (size_t)columns);
    }
}

static void product(const matmul_f32 *g, int64_t m0, int64_t m1, int64_t p0, int64_t p1)
{
    int64_t chunks = g->k > 0 ? (g->k + K_CHUNK - 1) / K_CHUNK : 1;
    for (int64_t i = 0; i < chunks; i++)
        for (int64_t m = m0; m < m1; m += M_CHUNK)
            for (int64_t p = p0; p < p1; p++)
                panel_rows(g, m, least(m + M_CHUNK, m1), p, i * g->k / chunks,
                           (i + 1) * g->k / chunks);
}

#include "math/matmul/narrow.h"

static void fill_kernels(matmul_kernels *k)
{
    fill_narrow(k);
    k->product = product;
    k->pack = pack;
    k->block = V_BLOCK;
    k->rows = TILE_PIXELS;
}
