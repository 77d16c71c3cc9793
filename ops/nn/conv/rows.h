/* ops/nn/conv/rows.h - rows: see kernels.h.
 *
 * A vector holds neighbouring pixels of one channel, so few channels fill it as well as many, and
 * nothing is reordered. A tile is a few rows of one vector of one or two filters: each vector of
 * input serves all taps that lie over it. */
#include "nn/conv/kernels.h"
#include <math.h>

enum {
    ROWS_SIDE = 3, /* taps in either direction */
    ROWS_TAPS = ROWS_SIDE * ROWS_SIDE,
    ROWS_ONE = V_REGISTERS == 32 ? 7 : 4, /* rows of a tile of one filter */
    ROWS_TWO = 4,                         /* ... of two */
    ROWS_SUMS = 8,
    ROWS_STRIP = 28 /* rows that are taken column by column, so that they stay in the first cache */
};

/* Rows [row, last) of one vector of columns. */
typedef struct rows_strip {
    const conv_f32 *j;
    const float *x, *w, *bias; /* the first channel of the group; the first filter's taps */
    int64_t channels, row, last, column;
    float *y; /* the first filter's picture */
    const float *residual;
} rows_strip;

V_INLINE void rows_weights(v_f32 wv[2 * ROWS_TAPS], const float *w, int64_t each, const int F)
{
    V_UNROLL
    for (int i = 0; i < F * ROWS_TAPS; i++)
        wv[i] = v_set(w[i / ROWS_TAPS * each + i % ROWS_TAPS]);
}

/* Rows above and below the picture are read here: three columns beside each other, of any vector.
 * */
static const float rows_nothing[V_LANES + ROWS_SIDE];

/* R rows of sums, of F filters, from one channel.  edge: some columns lie beside the picture. */
V_INLINE void rows_products(v_f32 acc[ROWS_SUMS], const v_f32 wv[2 * ROWS_TAPS], const float *x,
                            int64_t top, int64_t height, int64_t width, const v_mask within[3],
                            const int R, const int F, const bool edge)
{
    V_UNROLL
    for (int i = 0; i < R + ROWS_SIDE - 1; i++) {
        const float *row = top + i >= 0 && top + i < height ? x + (top + i) * width : rows_nothing;
        V_UNROLL
        for (int k = 0; k < ROWS_SIDE; k++) {
            v_f32 v = edge ? v_load_masked(row + k, within[k]) : v_load(row + k);
            V_KEEP(v);
            V_UNROLL
            for (int tap = ROWS_SIDE - 1; tap >= 0; tap--)
                V_UNROLL
            for (int f = 0; f < F; f++)
                if (i >= tap && i - tap < R)
                    acc[(i - tap) * F + f] = v_fma(v, wv[f * ROWS_TAPS + tap * ROWS_SIDE + k],
                                                   acc[(i - tap) * F + f]);
        }
    }
}

/* single: one channel, whose weights stay in registers. */
V_INLINE void rows_run(const rows_strip *t, const int R, const int F, const bool single,
                       const bool edge)
{
    const conv_geometry *g = t->j->g;
    const int64_t left = t->column - g->window.begin[1], height = g->in[0], width = g->in[1],
                  each = t->channels * ROWS_TAPS, most = g->width - t->column;
    const size_t n = most < V_LANES ? (size_t)most : V_LANES;
    const v_f32 lo = v_set(t->j->lo), hi = v_set(t->j->hi);
    v_f32 wv[2 * ROWS_TAPS];
    v_mask within[ROWS_SIDE];
    V_UNROLL
    for (int k = 0; k < ROWS_SIDE; k++)
        within[k] = v_mask_between(-(left + k), width - (left + k));
    if (single)
        rows_weights(wv, t->w, each, F);
    for (int64_t r = t->row; r < t->last; r += R) {
        const int64_t top = r - g->window.begin[0];
        const float *x = t->x + left, *w = t->w;
        v_f32 acc[ROWS_SUMS];
        V_UNROLL
        for (int i = 0; i < R * F; i++)
            acc[i] = v_set(t->bias[i % F]);
        if (single) {
            rows_products(acc, wv, x, top, height, width, within, R, F, edge);
        } else {
            for (int64_t c = t->channels; c > 0; c--, x += g->in_pixels, w += ROWS_TAPS) {
                rows_weights(wv, w, each, F);
                rows_products(acc, wv, x, top, height, width, within, R, F, edge);
            }
        }
        /* else gcc computes each where it is stored, one sum after the other */
        V_UNROLL
        for (int i = 0; i < R * F; i++)
            V_KEEP(acc[i]);
        float *y = t->y + r * g->width + t->column;
        if (r + R <= t->last && !t->residual) {
            V_UNROLL
            for (int i = 0; i < R * F; i++) {
                float *to = y + i % F * g->pixels + i / F * g->width;
                acc[i] = v_min(hi, v_max(lo, acc[i]));
                if (edge && most < V_LANES)
                    v_store_part(to, acc[i], n);
                else
                    v_store(to, acc[i]);
            }
            continue;
        }
        float sums[ROWS_SUMS * V_LANES];
        V_UNROLL
        for (int i = 0; i < R * F; i++)
            v_store(sums + i * V_LANES, acc[i]);
        for (int i = 0; i < R * F && r + i / F < t->last; i++) {
            int64_t at = i % F * g->pixels + i / F * g->width;
            v_f32 v = v_load(sums + i * V_LANES);
            if (t->residual)
                v = v + v_load_part(t->residual + (y - t->y) + at, n);
            v_store_part(y + at, v_min(hi, v_max(lo, v)), n);
        }
    }
}

static void rows_one(const rows_strip *t) /* the last of an odd number of filters */
{
    rows_run(t, ROWS_ONE, 1, false, true);
}
static void rows_single_edge(const rows_strip *t)
{
    rows_run(t, ROWS_ONE, 1, true, true);
}
static void rows_two_edge(const rows_strip *t)
{
    rows_run(t, ROWS_TWO, 2, false, true);
}
static void rows_single(const rows_strip *t)
{
    rows_run(t, ROWS_ONE, 1, true, false);
}
static void rows_two(const rows_strip *t)
{
    rows_run(t, ROWS_TWO, 2, false, false);
}

static void rows(const conv_f32 *j, int64_t number, int64_t row0, int64_t row1)
{
    typedef void strip_kernel(const rows_strip *t);
    static strip_kernel *const kernel[3][2] = { { rows_one, rows_one },
                                                { rows_two, rows_two_edge },
                                                { rows_single, rows_single_edge } };
    const conv_geometry *g = j->g;
    int64_t filters = j->filters / j->group, channels = j->channels / j->group,
            pairs = (filters + 1) / 2, group = number / pairs, first = number % pairs * 2;
    bool two = first + 1 < filters;
    int64_t filter = group * filters + first;
    rows_strip t = { .j = j,
                     .x = j->x + group * channels * g->in_pixels,
                     .w = j->w + filter * channels * g->taps,
                     .bias = j->bias + filter,
                     .channels = channels,
                     .y = j->y + filter * g->pixels,
                     .residual = j->residual ? j->residual + filter * g->pixels : NULL };
    for (t.row = row0; t.row < row1; t.row = t.last) {
        t.last = t.row + ROWS_STRIP < row1 ? t.row + ROWS_STRIP : row1;
        for (int64_t column = 0; column < g->width; column += V_LANES) {
            bool whole = column + V_LANES <= g->width || g->width < V_LANES;
            t.column = whole ? column : g->width - V_LANES; /* computes some again */
            int64_t left = t.column - g->window.begin[1];
            bool edge = left < 0 || left + ROWS_SIDE - 1 + V_LANES > g->in[1];
            kernel[two ? 1 : channels == 1 ? 2 : 0][edge](&t);
        }
    }
    for (int64_t f = filter; j->after && f <= filter + two; f++) {
        int64_t at = f * g->pixels + row0 * g->width;
        j->after(j->context, j->y + at, j->at + at, (size_t)((row1 - row0) * g->width));
    }
}
