/* ops/nn/conv/winograd.h - winograd: see kernels.h.
 *
 * A tile of N x N outputs comes of (N + 2) x (N + 2) inputs.  Seen as polynomials at N + 1 points
 * and infinity, a convolution is a product: so a block of tiles is transformed, each of the planes
 * that this makes is multiplied by weights of its own, as matrices are, and the results are
 * transformed back.  16 products make 4 outputs instead of 36, or 36 make 16 instead of 144.
 *
 * The points are 0, +-1 for N = 2, and 0, +-1/sqrt 2, +-sqrt 2 for N = 4: the error is that of a
 * plain sum, or a few times that; with the usual +-1, +-2 it would be thrice as large again.
 *
 * Weights are transformed when they are packed, or late: packed as they are, and a row of the
 * points of one pair of blocks at a time is made for each block of tiles, in the second cache.
 *
 * A dilated one is as many as its dilations make, of every d-th row and column.
 *
 * Where groups are smaller than a block, lanes have to be moved for each product, and a moved
 * vector is to serve several.  So there a tile is a strip of rows, N outputs wide: it is
 * transformed along its rows alone, and what is moved serves the three taps of a column. */
#include "nn/conv/kernels.h"
#include "simd/tile.h"

enum { WINO_OUT = 4, WINO_MOST = WINO_OUT + 2, WINO_STRIP = V_REGISTERS == 32 ? 14 : 7 };

/* Half of one column's or row's transform into the points' values: the coefficients of the product
 * of (x - q) for all points q but one.  In halves, as a tile of 6 x 6 leaves no registers. */
V_INLINE void wino_into(const v_f32 x[WINO_MOST], v_f32 y[WINO_MOST / 2], const int N,
                        const int half)
{
    if (N == 2) {
        y[0] = half ? x[2] - x[1] : x[0] - x[2];
        y[1] = half ? x[1] - x[3] : x[1] + x[2];
        return;
    }
    v_f32 s = v_set(half ? -0.5f : -2.0f), e = v_fma(s, x[2], x[4]),
          o = v_set(half ? 1.41421356f : 0.707106781f) * v_fma(s, x[1], x[3]);
    if (half) {
        y[0] = e + o;
        y[1] = e - o;
        y[2] = v_fma(v_set(-2.5f), x[3], x[5]) + x[1];
    } else {
        y[0] = v_fma(v_set(-2.5f), x[2], x[4]) + x[0];
        y[1] = e + o;
        y[2] = e - o;
    }
}

/* ... and of one back into outputs: the powers of the points. */
V_INLINE void wino_back(const v_f32 x[WINO_MOST], v_f32 y[WINO_OUT], const int N)
{
    v_f32 s = x[1] + x[2], d = x[1] - x[2];
    if (N == 2) {
        y[0] = x[0] + s;
        y[1] = d - x[3];
        return;
    }
    v_f32 t = x[3] + x[4], u = x[3] - x[4];
    y[0] = x[0] + (s + t);
    y[1] = v_fma(v_set(0.707106781f), d, v_set(1.41421356f) * u);
    y[2] = v_fma(v_set(0.5f), s, t + t);
    y[3] = v_fma(v_set(0.353553391f), d, v_fma(v_set(2.82842712f), u, x[5]));
}

/* A vector of channels of one tile.  x: its first input; row, next: floats to the next row of
 * inputs, to the next column. */
V_INLINE void wino_input(const float *x, int64_t row, int64_t next, float *v, int64_t plane,
                         const int N)
{
    const int S = N + 2, H = S / 2;
    for (int half = 0; half < 2; half++) {
        v_f32 t[WINO_MOST / 2][WINO_MOST], c[WINO_MOST], r[WINO_MOST / 2];
        V_UNROLL
        for (int k = 0; k < S; k++) {
            V_UNROLL
            for (int i = 0; i < S; i++)
                c[i] = v_load(x + i * row + k * next);
            if (half)
                wino_into(c, r, N, 1);
            else
                wino_into(c, r, N, 0);
            V_UNROLL
            for (int i = 0; i < H; i++)
                t[i][k] = r[i];
        }
        V_UNROLL
        for (int i = 0; i < H; i++) {
            wino_into(t[i], r, N, 0);
            V_UNROLL
            for (int k = 0; k < H; k++, v += plane)
                v_store(v, r[k]);
            wino_into(t[i], r, N, 1);
            V_UNROLL
            for (int k = 0; k < H; k++, v += plane)
                v_store(v, r[k]);
        }
    }
}

/* The first output of a tile. */
typedef struct wino_at {
    int64_t row, column;
} wino_at;
V_INLINE wino_at wino_place(const conv_f32 *j, const conv_tiles *w, int64_t t, const int N)
{
    const int64_t rows = w->rows;
    const int64_t *apart = j->g->window.dilation, across = w->across * apart[1];
    wino_at p = { t / across, t % across };
    p.row = apart[0] == 1 ? p.row * rows : p.row / w->down + p.row % w->down * rows * apart[0];
    p.column = apart[1] == 1 ? p.column * N
                             : p.column / w->across + p.column % w->across * N * apart[1];
    return p;
}

/* Input block `block` of tiles [t0, t1), the to-th of V. */
V_INLINE void wino_inputs(const conv_f32 *j, const conv_tiles *w, int64_t block, int64_t to,
                          int64_t t0, int64_t t1, float *v, const int N)
{
    const int64_t height = j->g->in[0], width = j->g->in[1], down = j->g->window.dilation[0],
                  right = j->g->window.dilation[1];
    const float *x = j->x + block * j->g->in_pixels * V_BLOCK;
    float padded[WINO_MOST * WINO_MOST * V_BLOCK];
    v += to * w->block * V_BLOCK;
    for (int64_t t = t0; t < t1; t++, v += V_BLOCK) {
        wino_at p = wino_place(j, w, t, N);
        p.row -= j->g->window.begin[0];
        p.column -= j->g->window.begin[1];
        if (p.row >= 0 && p.column >= 0 && p.row + (N + 1) * down < height &&
            p.column + (N + 1) * right < width) {
            for (int l = 0; l < V_BLOCK; l += V_LANES)
                wino_input(x + (p.row * width + p.column) * V_BLOCK + l, down * width * V_BLOCK,
                           right * V_BLOCK, v + l, w->in_plane, N);
            continue;
        }
        for (int64_t i = 0; i < (N + 2) * (N + 2); i++) {
            int64_t r = p.row + i / (N + 2) * down, c = p.column + i % (N + 2) * right;
            bool inside = r >= 0 && r < height && c >= 0 && c < width;
            V_UNROLL
            for (int l = 0; l < V_BLOCK; l += V_LANES)
                v_store(padded + i * V_BLOCK + l,
                        inside ? v_load(x + (r * width + c) * V_BLOCK + l) : v_set(0));
        }
        for (int l = 0; l < V_BLOCK; l += V_LANES)
            wino_input(padded + l, (N + 2) * V_BLOCK, V_BLOCK, v + l, w->in_plane, N);
    }
}

/* A vector of filters of one tile, of which the part within the picture is kept.  y, residual: the
 * tile's first output. */
V_INLINE void wino_output(const conv_f32 *j, const float *m, int64_t plane, v_f32 bias,
                          const float *residual, float *y, int64_t rows, int64_t columns,
                          const int N)
{
    const int S = N + 2;
    const int64_t down = j->g->out[1] * j->g->window.dilation[0] * V_BLOCK,
                  right = j->g->window.dilation[1] * V_BLOCK;
    v_f32 t[WINO_OUT][WINO_MOST], c[WINO_MOST], r[WINO_OUT], lo = v_set(j->lo), hi = v_set(j->hi);
    V_UNROLL
    for (int k = 0; k < S; k++) {
        V_UNROLL
        for (int i = 0; i < S; i++)
            c[i] = v_load(m + (i * S + k) * plane);
        wino_back(c, r, N);
        V_UNROLL
        for (int i = 0; i < N; i++)
            t[i][k] = r[i];
    }
    V_UNROLL
    for (int i = 0; i < N; i++) {
        if (i >= rows)
            break;
        wino_back(t[i], r, N);
        V_UNROLL
        for (int k = 0; k < N; k++) {
            if (k >= columns)
                break;
            v_f32 sum = r[k] + bias;
            if (residual)
                sum = sum + v_load(residual + i * down + k * right);
            v_store(y + i * down + k * right, v_min(hi, v_max(lo, sum)));
        }
    }
}

V_INLINE int64_t wino_least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Calls after() for tiles [t0, t1) of output block `block`. */
V_INLINE void wino_after(const conv_f32 *j, const conv_tiles *w, int64_t block, int64_t t0,
                         int64_t t1, const int N)
{
    const int64_t height = j->g->out[0], width = j->g->out[1], down = j->g->window.dilation[0],
                  right = j->g->window.dilation[1];
    for (int64_t t = t0, end; j->after && t < t1; t = end) { /* a run of tiles of one row */
        end = wino_least((t / w->across + 1) * w->across, t1);
        wino_at p = wino_place(j, w, t, N);
        int64_t count = wino_least((end - t) * N, (width - p.column + right - 1) / right),
                once = right == 1 ? count : 1; /* pixels side by side */
        for (int64_t i = 0; i < w->rows && p.row + i * down < height; i++)
            for (int64_t k = 0; k < count; k += once) {
                int64_t pixel = (p.row + i * down) * width + p.column + k * right,
                        at = (block * j->g->pixels + pixel) * V_BLOCK;
                j->after(j->context, j->y + at, j->at + at, (size_t)(once * V_BLOCK));
            }
    }
}

/* Output block `block` of tiles [t0, t1). */
V_INLINE void wino_outputs(const conv_f32 *j, const conv_tiles *w, int64_t block, int64_t t0,
                           int64_t t1, const float *m, const int N)
{
    const int64_t height = j->g->out[0], width = j->g->out[1], down = j->g->window.dilation[0],
                  right = j->g->window.dilation[1];
    for (int64_t t = t0; t < t1; t++, m += V_BLOCK) {
        wino_at p = wino_place(j, w, t, N);
        int64_t at = (block * j->g->pixels + p.row * width + p.column) * V_BLOCK;
        for (int l = 0; l < V_BLOCK; l += V_LANES)
            wino_output(j, m + l, w->out_plane, v_load(j->bias + block * V_BLOCK + l),
                        j->residual ? j->residual + at + l : NULL, j->y + at + l,
                        (height - p.row + down - 1) / down, (width - p.column + right - 1) / right,
                        N);
    }
    wino_after(j, w, block, t0, t1, N);
}

/* ---- weights ---- */

/* Three taps at point n: as in pack.c. */
V_INLINE v_f32 wino_point(v_f32 a, v_f32 b, v_f32 c, const int N, const int n)
{
    const float third = 1.0f / 3, root = 0.471404521f; /* of 2, over 3 */
    if (n == 0 || n == N + 1)
        return n == 0 ? a : c;
    if (N == 2)
        return v_set(0.5f) * (n == 1 ? (a + c) + b : (a + c) - b);
    if (n <= 2) /* minus two thirds of what is there at a point of 1 / sqrt 2 */
        return v_fma(v_set(n == 1 ? -root : root), b,
                     v_fma(v_set(-third), c, v_set(-2 * third) * a));
    return v_fma(v_set(n == 3 ? root / 2 : -root / 2), b,
                 v_fma(v_set(third), c, v_set(third / 2) * a));
}

/* Row n of the points of `width` filters, from their taps: planes of [channel][filter]. */
V_INLINE void wino_row(int64_t channels, int64_t width, const float *taps, float *to, const int N,
                       const int n)
{
    for (int64_t c = 0; c < channels; c++, taps += 9 * width)
        for (int64_t i = 0; i < width; i += V_LANES) {
            const float *w = taps + i;
            float *y = to + c * width + i;
            v_f32 t[3];
            V_UNROLL
            for (int k = 0; k < 3; k++)
                t[k] = wino_point(v_load(w + k * width), v_load(w + (3 + k) * width),
                                  v_load(w + (6 + k) * width), N, n);
            V_UNROLL
            for (int k = 0; k < N + 2; k++, y += channels * width)
                v_store(y, wino_point(t[0], t[1], t[2], N, k));
        }
}

V_INLINE void wino_rows(int64_t channels, int64_t width, const float *taps, float *to, const int N,
                        const int n)
{
    if (n == 0)
        wino_row(channels, width, taps, to, N, 0);
    else if (n == 1)
        wino_row(channels, width, taps, to, N, 1);
    else if (n == 2)
        wino_row(channels, width, taps, to, N, 2);
    else if (n == N + 1)
        wino_row(channels, width, taps, to, N, N + 1);
    else if (n == 3)
        wino_row(channels, width, taps, to, N, 3);
    else
        wino_row(channels, width, taps, to, N, 4);
}

/* ---- products ---- */

/* One plane of `tiles` tiles: one or two output blocks from all input blocks of their group. */
static void wino_dense(const conv_tiles *w, int64_t channels, int64_t tiles, int blocks,
                       const float *weights, const float *next, int64_t next_floats, const float *v,
                       float *m)
{
    const tile_line line = { 0, 0 };
    const tile_tap tap = { 0, 0, 0, INT32_MAX };
    int64_t in_blocks = conv_blocks(channels, V_BLOCK), count = tile_count(tiles);
    for (int64_t i = 0; i < count; i++) {
        int64_t from = tile_begin(tiles, count, i), some = tile_begin(tiles, count, i + 1) - from;
        tile t = { .x = v + from * V_BLOCK,
                   .step = V_BLOCK,
                   .along = 1,
                   .blocks = in_blocks,
                   .hop = (w->block - 1) * V_BLOCK,
                   .n_first = channels < V_BLOCK ? channels : V_BLOCK,
                   .n = V_BLOCK,
                   .n_last = channels - (in_blocks - 1) * V_BLOCK,
                   .line = &line,
                   .lines = 1,
                   .tap = &tap,
                   .taps = 1,
                   .unit = 1,
                   .w = weights,
                   .y = m + from * V_BLOCK,
                   .y_step = V_BLOCK,
                   .y_block = w->block * V_BLOCK,
                   .ahead = next + i * next_floats / count,
                   .ahead_step = next_floats / count / channels };
        tile_kernels[some - 1][blocks - 1](&t);
    }
}

/* ---- strips, for groups within a vector ---- */

/* A strip of one vector of channels. */
typedef struct wino_strip {
    const conv_f32 *j;
    const float *x, *w, *bias, *residual; /* x: its first input, which may lie on padding */
    float *y, *v; /* v: [point][row][lane], `plane` floats from point to point */
    int64_t plane, each;
    int64_t in_row, in_column, rows, columns; /* of the picture, from the first output on */
    const int32_t *lanes;                     /* of each step: see spread.h */
} wino_strip;

/* `count` rows of input at the points. */
V_INLINE void wino_strip_inputs(const wino_strip *t, int64_t count, const bool edge)
{
    const int64_t *in = t->j->g->in, *apart = t->j->g->window.dilation;
    const int64_t next = apart[1] * V_BLOCK, row = apart[0] * in[1] * V_BLOCK;
    float *v = t->v;
    const float *x = t->x;
    for (int64_t i = 0, at = t->in_row; i < count; i++, at += apart[0], v += V_LANES, x += row) {
        v_f32 c[WINO_MOST], r[WINO_MOST];
        bool within = !edge || (at >= 0 && at < in[0]);
        V_UNROLL
        for (int k = 0; k < WINO_MOST; k++) {
            int64_t column = t->in_column + k * apart[1];
            c[k] = within && (!edge || (column >= 0 && column < in[1])) ? v_load(x + k * next)
                                                                        : v_set(0);
        }
        wino_into(c, r, WINO_OUT, 0);
        wino_into(c, r + WINO_MOST / 2, WINO_OUT, 1);
        V_UNROLL
        for (int k = 0; k < WINO_MOST; k++)
            v_store(v + k * t->plane, r[k]);
    }
}

/* R rows of products at each point, in the place of its values. */
V_INLINE void wino_strip_products(const wino_strip *t, const int R)
{
    const float *w = t->w;
    float *v = t->v;
    for (int p = 0; p < WINO_MOST; p++, v += t->plane) {
        v_f32 acc[WINO_STRIP];
        V_UNROLL
        for (int i = 0; i < R; i++)
            acc[i] = v_set(0);
        for (int64_t s = 0; s < t->each; s++, w += 3 * V_LANES) {
            v_i32 lane = v_load_lanes(t->lanes + s * V_LANES);
            v_f32 wv[3];
            V_UNROLL
            for (int k = 0; k < 3; k++)
                wv[k] = v_load(w + k * V_LANES);
            V_UNROLL
            for (int i = 0; i < R + 2; i++) {
                v_f32 x = v_spread(v_load(v + i * V_LANES), lane);
                V_UNROLL
                for (int k = 0; k < 3; k++)
                    if (i >= k && i - k < R)
                        acc[i - k] = v_fma(x, wv[k], acc[i - k]);
            }
        }
        V_UNROLL
        for (int i = 0; i < R; i++)
            v_store(v + i * V_LANES, acc[i]);
    }
}

V_INLINE void wino_strip_outputs(const wino_strip *t)
{
    const conv_f32 *j = t->j;
    const int64_t *apart = j->g->window.dilation;
    const int64_t next = apart[1] * V_BLOCK, row = apart[0] * j->g->out[1] * V_BLOCK;
    const v_f32 lo = v_set(j->lo), hi = v_set(j->hi), bias = v_load(t->bias);
    for (int64_t i = 0; i < t->rows; i++) {
        v_f32 c[WINO_MOST], r[WINO_OUT];
        V_UNROLL
        for (int k = 0; k < WINO_MOST; k++)
            c[k] = v_load(t->v + i * V_LANES + k * t->plane);
        wino_back(c, r, WINO_OUT);
        V_UNROLL
        for (int k = 0; k < WINO_OUT; k++) {
            if (k >= t->columns)
                break;
            v_f32 sum = r[k] + bias;
            if (t->residual)
                sum = sum + v_load(t->residual + i * row + k * next);
            v_store(t->y + i * row + k * next, v_min(hi, v_max(lo, sum)));
        }
    }
}

/* Some numbers of rows; a strip of others takes the next larger. */
#define WINO_STRIP_OF(R)                               \
    static void wino_products_##R(const wino_strip *t) \
    {                                                  \
        wino_strip_products(t, R);                     \
    }
#if V_REGISTERS == 32
WINO_STRIP_OF(14)
WINO_STRIP_OF(10)
#endif
WINO_STRIP_OF(7)
WINO_STRIP_OF(4)

static void wino_products(const wino_strip *t, int64_t rows)
{
#if V_REGISTERS == 32
    if (rows > 7) {
        (rows > 10 ? wino_products_14 : wino_products_10)(t);
        return;
    }
#endif
    (rows > 4 ? wino_products_7 : wino_products_4)(t);
}

/* Strips [t0, t1) of a block. */
static void wino_strips(const conv_f32 *j, const conv_tiles *w, int64_t block, int64_t t0,
                        int64_t t1, float *v)
{
    const conv_geometry *g = j->g;
    const int64_t *apart = g->window.dilation, each = j->channels / j->group;
    int32_t from[V_LANES * V_LANES];
    for (int32_t i = 0, some = (int32_t)each; i < some * V_LANES; i++)
        from[i] = i % V_LANES / some * some + i / V_LANES;
    for (int64_t i = t0; i < t1; i++) {
        wino_at p = wino_place(j, w, i, WINO_OUT);
        wino_strip t = { .j = j,
                         .v = v,
                         .plane = w->in_plane,
                         .each = each,
                         .in_row = p.row - g->window.begin[0],
                         .in_column = p.column - g->window.begin[1],
                         .rows = (g->out[0] - p.row + apart[0] - 1) / apart[0],
                         .columns = (g->out[1] - p.column + apart[1] - 1) / apart[1],
                         .lanes = from };
        t.rows = wino_least(t.rows, w->rows);
        bool edge = t.in_row < 0 || t.in_column < 0 ||
                    t.in_row + (t.rows + 1) * apart[0] >= g->in[0] ||
                    t.in_column + (WINO_MOST - 1) * apart[1] >= g->in[1];
        for (int l = 0; l < V_BLOCK; l += V_LANES) {
            int64_t at = (block * g->pixels + p.row * g->out[1] + p.column) * V_BLOCK + l;
            t.x = j->x + (block * g->in_pixels + t.in_row * g->in[1] + t.in_column) * V_BLOCK + l;
            t.w = j->w + (block * V_BLOCK + l) * each * 3 * WINO_MOST;
            t.bias = j->bias + block * V_BLOCK + l;
            t.residual = j->residual ? j->residual + at : NULL;
            t.y = j->y + at;
            if (edge)
                wino_strip_inputs(&t, t.rows + 2, true);
            else
                wino_strip_inputs(&t, t.rows + 2, false);
            wino_products(&t, t.rows);
            wino_strip_outputs(&t);
        }
    }
    wino_after(j, w, block, t0, t1, WINO_OUT);
}

/* ---- all of it ---- */

V_INLINE void wino_run(const conv_f32 *j, const conv_tiles *w, int64_t part, int64_t t0, int64_t t1,
                       float *v, const int N)
{
    const int planes = (N + 2) * (N + 2);
    int64_t channels = j->channels / j->group, filters = j->filters / j->group, tiles = t1 - t0;
    float *m = v + planes * w->in_plane, *late = m + planes * w->out_plane;
    int64_t in_blocks = conv_blocks(channels, V_BLOCK), out_blocks = conv_blocks(filters, V_BLOCK);
    const int64_t packed = w->late ? 9 : planes;
    const float *weights = j->w + part * out_blocks * V_BLOCK * channels * packed;
    for (int64_t b = 0; b < in_blocks; b++)
        wino_inputs(j, w, part * in_blocks + b, b, t0, t1, v, N);
    for (int64_t b = 0; b < out_blocks; b += 2) {
        int blocks = b + 1 < out_blocks ? 2 : 1;
        const int64_t each = channels * blocks * V_BLOCK, next = each * packed / planes;
        for (int p = 0; p < planes; p++) {
            const float *here = weights + p * each;
            if (w->late && p % (N + 2) == 0)
                wino_rows(channels, blocks * V_BLOCK, weights, late, N, p / (N + 2));
            if (w->late)
                here = late + p % (N + 2) * each;
            wino_dense(w, channels, tiles, blocks, here,
                       w->late ? weights + each * packed + p * next : here + each, next,
                       v + p * w->in_plane, m + p * w->out_plane);
        }
        weights += each * packed;
        for (int i = 0; i < blocks; i++)
            wino_outputs(j, w, part * out_blocks + b + i, t0, t1, m + i * w->block * V_BLOCK, N);
    }
}

static void winograd(const conv_f32 *j, const conv_tiles *w, int64_t part, int64_t t0, int64_t t1,
                     float *scratch)
{
    if (w->out == 4 && conv_is_narrow(j->channels, j->filters, j->group, V_LANES))
        wino_strips(j, w, part, t0, t1, scratch);
    else if (w->out == 2)
        wino_run(j, w, part, t0, t1, scratch, 2);
    else
        wino_run(j, w, part, t0, t1, scratch, 4);
}
