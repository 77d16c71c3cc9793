/* ops/nn/conv/spread.h - spread: see kernels.h.
 *
 * An output vector holds neighbouring channels, of several groups if groups are small.  A step brings, for each of its
 * lanes, one input channel of that lane's group to the lane; a product with a weight vector then is useful in all
 * lanes.  The vector serves all neighbouring taps of the row: T outputs cost T + 2 loads for a row of 3 taps. */
#include "nn/conv/kernels.h"

enum { SPREAD_MOST = V_REGISTERS == 32 ? 14 : 7 }; /* pixels of a tile */

typedef struct spread_tile {
    const conv_f32 *j;
    const conv_phase *phase;
    const tile_line *line;
    int64_t lines, pixel; /* pixel: number of the first within its phase */
    const conv_step *step;
    int64_t steps, row_weights; /* row_weights: of one step, for a row of the kernel */
    const float *w, *bias, *residual;
    float *y;
} spread_tile;

V_INLINE v_f32 spread_load(const float *x, v_i32 lane, const conv_moves moves)
{
    v_f32 v = v_load(x);
    if (moves == CONV_IN_PLACE)
        V_KEEP(v);
    return moves == CONV_IN_PLACE ? v : moves == CONV_MOVED ? v_spread(v, lane) : v_spread_or_zero(v, lane);
}

/* Bits from .. to - 1, as far as there are such. */
V_INLINE uint64_t bits_between(int64_t from, int64_t to)
{
    uint64_t low = from <= 0 ? 0 : from < 64 ? ((uint64_t)1 << from) - 1 : UINT64_MAX;
    uint64_t high = to <= 0 ? 0 : to < 64 ? ((uint64_t)1 << to) - 1 : UINT64_MAX;
    return high & ~low;
}

/* What the loops below share, in registers. */
typedef struct spread_steps {
    const conv_step *step, *end;
    int64_t weights; /* of one step, for a row of the kernel */
    int64_t width;
} spread_steps;

/* A run of K taps, S pixels of input from an output to the next, all steps. */
V_INLINE void spread_taps(const spread_steps *p, v_f32 acc[SPREAD_MOST], int64_t column, const float *row,
                          const float *w, const int K, const int S, const int T, const conv_moves moves,
                          const bool edge)
{
    const uint64_t valid = edge ? bits_between(-column, p->width - column) : 0; /* columns within the row */
    for (const conv_step *step = p->step; step < p->end; step++, w += p->weights) {
        const float *x = row + step->at;
        v_i32 lane = v_load_lanes(step->from);
        v_f32 wv[7];
        V_UNROLL for (int k = 0; k < K; k++)
            wv[k] = v_load(w + k * V_LANES);
        V_UNROLL for (int i = 0; i < (T - 1) * S + K; i++) {
            if (edge && !(valid >> i & 1))
                continue;
            v_f32 v = spread_load(x + i * V_BLOCK, lane, moves);
            V_UNROLL for (int k = 0; k < K; k++)
                if (i >= k && (i - k) % S == 0 && (i - k) / S < T)
                    acc[(i - k) / S] = v_fma(v, wv[k], acc[(i - k) / S]);
        }
    }
}

/* One tap, any stride. */
V_INLINE void spread_tap(const spread_steps *p, v_f32 acc[SPREAD_MOST], int64_t from, int64_t to, const float *row,
                         const float *w, int64_t stride, const int T, const conv_moves moves, const bool edge)
{
    const uint64_t valid = edge ? bits_between(from, to) : 0; /* pixels */
    for (const conv_step *step = p->step; step < p->end; step++, w += p->weights) {
        const float *x = row + step->at;
        int64_t far = stride * V_BLOCK;
        v_i32 lane = v_load_lanes(step->from);
        v_f32 wv = v_load(w);
        V_FRESH(far);
        V_UNROLL for (int i = 0; i < T; i++, x += far) {
            if (edge && !(valid >> i & 1))
                continue;
            acc[i] = v_fma(spread_load(x, lane, moves), wv, acc[i]);
        }
    }
}

/* All taps: runs of K, and single ones. */
V_INLINE void spread_products(const spread_tile *t, v_f32 acc[SPREAD_MOST], const int K, const int S, const int T,
                              const conv_moves moves, const bool edge)
{
    const int64_t stride = t->j->g->step, first = t->pixel * stride, steps = t->steps;
    const spread_steps p = { t->step, t->step + steps, t->row_weights, t->j->g->in_width };
    const conv_run *runs = t->phase->run, *last = runs + t->phase->runs;
    const tile_line *line = t->line, *end = line + t->lines;
    const float *x = t->j->x + first * V_BLOCK, *weights = t->w;
    for (; line < end; line++)
        for (const conv_run *run = runs; run < last; run++) {
            const float *row = x + (line->x + run->x) * V_BLOCK, *w = weights + (line->w * steps + run->w) * V_LANES;
            if (K > 1 && run->count > 1)
                spread_taps(&p, acc, run->x + first, row, w, K, S, T, moves, edge);
            else
                spread_tap(&p, acc, run->first - t->pixel, run->end - t->pixel, row, w, stride, T, moves, edge);
        }
}

V_INLINE void spread_run(const spread_tile *t, const int K, const int S, const int T, const conv_moves moves)
{
    const conv_f32 *j = t->j;
    v_f32 acc[SPREAD_MOST], bias = v_load(t->bias);
    V_UNROLL for (int i = 0; i < T; i++)
        acc[i] = bias;
    if (t->residual) {
        const float *residual = t->residual;
        int64_t step = j->g->phases * V_BLOCK;
        V_FRESH(step);
        V_UNROLL for (int i = 0; i < T; i++, residual += step)
            acc[i] = acc[i] + v_load(residual);
    }
    if (t->pixel >= t->phase->inner && t->pixel + T <= t->phase->inner_end)
        spread_products(t, acc, K, S, T, moves, false);
    else
        spread_products(t, acc, K, S, T, moves, true);
    v_f32 lo = v_set(j->lo), hi = v_set(j->hi);
    int64_t step = j->g->phases * V_BLOCK;
    float *y = t->y;
    V_FRESH(step);
    V_UNROLL for (int i = 0; i < T; i++, y += step)
        v_store(y, v_min(hi, v_max(lo, acc[i])));
}

/* One kernel for each kind of run, width of tile and way of moving lanes. */
typedef void spread_kernel(const spread_tile *t);
#define SPREAD_ONE(K, S, T, MOVES)                                    \
    static void spread_##K##_##S##_##T##_##MOVES(const spread_tile *t) \
    {                                                                 \
        spread_run(t, K, S, T, MOVES);                                \
    }
#define SPREAD_KINDS(X, T, MOVES) \
    X(1, 1, T, MOVES) X(3, 1, T, MOVES) X(5, 1, T, MOVES) X(7, 1, T, MOVES) X(3, 2, T, MOVES) X(5, 2, T, MOVES) \
    X(7, 2, T, MOVES)
#define SPREAD_EACH(X, T) SPREAD_KINDS(X, T, CONV_IN_PLACE) SPREAD_KINDS(X, T, CONV_MOVED) SPREAD_KINDS(X, T, CONV_PARTLY)
#define SPREAD_NAME(K, S, T, MOVES) spread_##K##_##S##_##T##_##MOVES,
#define SPREAD_NAMES(T) { T, { SPREAD_EACH(SPREAD_NAME, T) } },
#if V_REGISTERS == 32
#define SPREAD_WIDE(X) X(14)
SPREAD_EACH(SPREAD_ONE, 14)
#else
#define SPREAD_WIDE(X)
#endif
SPREAD_EACH(SPREAD_ONE, 7)
SPREAD_EACH(SPREAD_ONE, 4)
SPREAD_EACH(SPREAD_ONE, 1)
enum { SPREAD_KIND_COUNT = 7 };
static const struct {
    int pixels;
    spread_kernel *kernel[3 * SPREAD_KIND_COUNT]; /* by way of moving, then by kind */
} spread_kernels[] = { SPREAD_WIDE(SPREAD_NAMES) SPREAD_NAMES(7) SPREAD_NAMES(4) SPREAD_NAMES(1) };

/* The kind of a phase: that of its longer runs, which are all alike. */
static int spread_kind(const conv_geometry *g, const conv_phase *p)
{
    int longest = p->runs > 0 ? p->run[0].count : 1;
    return longest == 1 ? 0 : longest / 2 + (g->step == 2 ? 3 : 0);
}

/* The width of tile that wastes least on overlap and on the start of each tile. */
static size_t spread_choice(int64_t count)
{
    size_t best = sizeof spread_kernels / sizeof *spread_kernels - 1;
    int64_t least_cost = count * 5;
    for (size_t i = best; i-- > 0;) {
        int64_t pixels = spread_kernels[i].pixels, cost = (count + pixels - 1) / pixels * (2 * pixels + 3);
        if (pixels <= count && cost <= least_cost) {
            least_cost = cost;
            best = i;
        }
    }
    return best;
}

/* Pixels of one phase of a row; the last tile is moved back into the row, and computes some pixels again. */
static void spread_row(spread_tile *t, int64_t count, int64_t vector, const float *bias, const float *w,
                       int64_t at)
{
    const conv_f32 *j = t->j;
    size_t choice = spread_choice(count);
    int64_t pixels = spread_kernels[choice].pixels;
    int way = (int)j->steps->moves * SPREAD_KIND_COUNT + spread_kind(j->g, t->phase);
    spread_kernel *kernel = spread_kernels[choice].kernel[way];
    for (int64_t i = 0; i < count; i += pixels) {
        int64_t from = i + pixels <= count ? i : count - pixels;
        int64_t y = at + (t->phase->first + from * j->g->phases) * V_BLOCK;
        t->pixel = from;
        t->y = j->y + y;
        t->residual = j->residual ? j->residual + y : NULL;
        t->bias = bias;
        t->w = w;
        t->step = j->steps->step + j->steps->start[vector];
        kernel(t);
    }
}

static void spread(const conv_f32 *j, int64_t block, int64_t row0, int64_t row1)
{
    enum { VECTORS = V_BLOCK / V_LANES };
    const conv_geometry *g = j->g;
    for (int64_t r = row0; r < row1; r++) {
        spread_tile t = { .j = j, .line = g->line + g->start[r], .lines = g->start[r + 1] - g->start[r],
                          .row_weights = g->window.kernel[g->window.rank - 1] * V_LANES };
        int64_t at = (block * g->pixels + r * g->width) * V_BLOCK;
        for (int64_t v = block * VECTORS; v < (block + 1) * VECTORS; v++) {
            t.steps = j->steps->start[v + 1] - j->steps->start[v];
            for (t.phase = g->phase; t.phase < g->phase + g->phases; t.phase++)
                spread_row(&t, g->phases == 1 ? conv_row_pixels(g, r) : t.phase->count, v, j->bias + v * V_LANES,
                           j->w + j->steps->start[v] * g->taps * V_LANES, at + v % VECTORS * V_LANES);
        }
        if (j->after)
            j->after(j->context, j->y + at, j->at + at, (size_t)(conv_row_pixels(g, r) * V_BLOCK));
    }
}
