/* ops/nn/conv/spread.h - spread: see kernels.h.
 *
 * An output vector holds neighbouring channels, of several groups if groups are small.  A step
 * brings, for each of its lanes, one input channel of that lane's group to the lane; a product with
 * a weight vector then is useful in all lanes.  The vector serves all neighbouring taps of the row:
 * T outputs cost T + 2 loads for a row of 3 taps. */
#include "nn/conv/kernels.h"
#include <math.h>

enum { SPREAD_MOST = V_REGISTERS == 32 ? 14 : 7 }; /* pixels of a tile */

/* Rows [row, last) of one output vector: `count` pixels of one phase of each. */
typedef struct spread_rows {
    const conv_geometry *g;
    const conv_phase *phase;
    int64_t row, last, count;
    const conv_step *step;
    int64_t steps, row_weights; /* row_weights: of one step, for a row of the kernel */
    const float *x, *w, *bias, *residual;
    float *y; /* of row `row`, and so is residual */
    int64_t y_step, y_row;
    float lo, hi;
} spread_rows;

V_INLINE v_f32 spread_load(const float *x, v_i32 lane, const conv_moves moves)
{
    v_f32 v = v_load(x);
    return moves == CONV_MOVED ? v_spread(v, lane) : v_spread_or_zero(v, lane);
}

/* Bits from .. to - 1, as far as there are such. */
V_INLINE uint64_t bits_between(int64_t from, int64_t to)
{
    uint64_t low = from <= 0 ? 0 : from < 64 ? ((uint64_t)1 << from) - 1 : UINT64_MAX;
    uint64_t high = to <= 0 ? 0 : to < 64 ? ((uint64_t)1 << to) - 1 : UINT64_MAX;
    return high & ~low;
}

/* The same for columns `apart` pixels from each other. */
V_INLINE uint64_t columns_within(int64_t from, int64_t to, int64_t apart)
{
    if (apart > 1) {
        from = from > 0 ? (from + apart - 1) / apart : 0;
        to = to > 0 ? (to + apart - 1) / apart : 0;
    }
    return bits_between(from, to);
}

/* What the loops below share, in registers. */
typedef struct spread_steps {
    const conv_step *step, *end;
    int64_t weights; /* of one step, for a row of the kernel */
    int64_t width, apart;
} spread_steps;

/* A run of K taps, S pixels of input from an output to the next, all steps.  A: these pixels lie
 * `apart` from each other. */
V_INLINE void spread_taps(const spread_steps *p, v_f32 acc[SPREAD_MOST], int64_t column,
                          const float *row, const float *w, const int K, const int S, const bool A,
                          const int T, const conv_moves moves, const bool edge)
{
    const int64_t apart = A ? p->apart : 1;
    const uint64_t valid = edge ? columns_within(-column, p->width - column, apart) : 0;
    for (const conv_step *step = p->step; step < p->end; step++, w += p->weights) {
        const float *x = row + step->at;
        v_i32 lane = v_load_lanes(step->from);
        v_f32 wv[3];
        V_UNROLL
        for (int k = 0; k < K; k++)
            wv[k] = v_load(w + k * V_LANES);
        V_UNROLL
        for (int i = 0; i < (T - 1) * S + K; i++) {
            const float *pixel = x + (A ? 0 : i * V_BLOCK);
            x += A ? apart * V_BLOCK : 0;
            if (edge && !(valid >> i & 1))
                continue;
            v_f32 v = spread_load(pixel, lane, moves);
            V_UNROLL
            for (int k = 0; k < K; k++)
                if (i >= k && (i - k) % S == 0 && (i - k) / S < T)
                    acc[(i - k) / S] = v_fma(v, wv[k], acc[(i - k) / S]);
        }
    }
}

/* One tap, any stride. */
V_INLINE void spread_tap(const spread_steps *p, v_f32 acc[SPREAD_MOST], int64_t from, int64_t to,
                         const float *row, const float *w, int64_t stride, const int T,
                         const conv_moves moves, const bool edge)
{
    const uint64_t valid = edge ? bits_between(from, to) : 0; /* pixels */
    for (const conv_step *step = p->step; step < p->end; step++, w += p->weights) {
        const float *x = row + step->at;
        int64_t far = stride * V_BLOCK;
        v_i32 lane = v_load_lanes(step->from);
        v_f32 wv = v_load(w);
        V_FRESH(far);
        V_UNROLL
        for (int i = 0; i < T; i++, x += far) {
            if (edge && !(valid >> i & 1))
                continue;
            acc[i] = v_fma(spread_load(x, lane, moves), wv, acc[i]);
        }
    }
}

/* All taps of the tile that begins at pixel number `pixel`: runs of K, and single ones. */
V_INLINE void spread_products(const spread_rows *t, const tile_line *line, const tile_line *end,
                              v_f32 acc[SPREAD_MOST], int64_t pixel, const int K, const int S,
                              const bool A, const int T, const conv_moves moves, const bool edge)
{
    const int64_t stride = t->g->step, first = pixel * stride;
    const spread_steps p = { t->step, t->step + t->steps, t->row_weights, t->g->in_width,
                             t->g->apart };
    const conv_run *runs = t->phase->run, *last = runs + t->phase->runs;
    const float *x = t->x + first * V_BLOCK;
    for (; line < end; line++)
        for (const conv_run *run = runs; run < last; run++) {
            const float *row = x + (line->x + run->x) * V_BLOCK;
            const float *w = t->w + (line->w * t->steps + run->w) * V_LANES;
            if (K > 1 && run->count > 1)
                spread_taps(&p, acc, run->x + first, row, w, K, S, A, T, moves, edge);
            else
                spread_tap(&p, acc, run->first - pixel, run->end - pixel, row, w, stride, T, moves,
                           edge);
        }
}

/* The same where all lanes stay in place: there is one step. */
V_INLINE void depthwise_products(const spread_rows *t, const tile_line *line, const tile_line *end,
                                 v_f32 acc[SPREAD_MOST], int64_t pixel, const int K, const int S,
                                 const bool A, const int T, const bool edge)
{
    const conv_run *runs = t->phase->run, *last = runs + t->phase->runs;
    const int64_t stride = t->g->step, apart = A ? t->g->apart : 1;
    const uint64_t width = (uint64_t)t->g->in_width;
    const float *first = t->x + pixel * stride * V_BLOCK, *weights = t->w;
    for (; line < end; line++)
        for (const conv_run *run = runs; run < last; run++) {
            const float *x = first + (line->x + run->x) * V_BLOCK;
            const float *w = weights + (line->w + run->w) * V_LANES;
            if (K > 1 && run->count > 1) {
                uint64_t column = (uint64_t)(run->x + pixel * stride);
                v_f32 wv[7];
                V_UNROLL
                for (int k = 0; k < K; k++)
                    wv[k] = v_load(w + k * V_LANES);
                V_UNROLL
                for (int i = 0; i < (T - 1) * S + K; i++) {
                    const float *from = A ? x : x + i * V_BLOCK;
                    x += A ? apart * V_BLOCK : 0;
                    if (edge && column + (uint64_t)(i * apart) >= width)
                        continue;
                    v_f32 v = v_load(from);
                    V_KEEP(v);
                    V_UNROLL
                    for (int k = 0; k < K; k++)
                        if (i >= k && (i - k) % S == 0 && (i - k) / S < T)
                            acc[(i - k) / S] = v_fma(v, wv[k], acc[(i - k) / S]);
                }
            } else {
                int64_t far = stride * V_BLOCK;
                v_f32 wv = v_load(w);
                V_FRESH(far);
                V_UNROLL
                for (int i = 0; i < T; i++, x += far)
                    if (!edge || (pixel + i >= run->first && pixel + i < run->end))
                        acc[i] = v_fma(v_load(x), wv, acc[i]);
            }
        }
}

/* The last tile of a row is moved back into the row, and computes some pixels again. */
V_INLINE void spread_run(const spread_rows *rows, const int K, const int S, const bool A,
                         const int T, const conv_moves moves)
{
    for (int64_t row = rows->row; row < rows->last; row++)
        for (int64_t i = 0; i < rows->count; i += T) {
            const spread_rows *t = rows;
            /* what all tiles share is read again: kept in registers it would push out sums and
             * lanes */
            if (moves != CONV_IN_PLACE)
                V_FRESH(t);
            const int64_t *start = t->g->start + row;
            const tile_line *line = t->g->line + start[0], *end = t->g->line + start[1];
            int64_t pixel = i + T <= t->count ? i : t->count - T, step = t->y_step,
                    at = (row - t->row) * t->y_row + pixel * step;
            v_f32 acc[SPREAD_MOST], bias = v_load(t->bias);
            V_UNROLL
            for (int k = 0; k < T; k++)
                acc[k] = bias;
            if (t->residual) {
                const float *residual = t->residual + at;
                V_UNROLL
                for (int k = 0; k < T; k++, residual += step)
                    acc[k] = acc[k] + v_load(residual);
            }
            bool edge = pixel < t->phase->inner || pixel + T > t->phase->inner_end;
            if (moves == CONV_IN_PLACE && !edge)
                depthwise_products(t, line, end, acc, pixel, K, S, A, T, false);
            else if (moves == CONV_IN_PLACE)
                depthwise_products(t, line, end, acc, pixel, K, S, A, T, true);
            else if (!edge)
                spread_products(t, line, end, acc, pixel, K, S, A, T, moves, false);
            else
                spread_products(t, line, end, acc, pixel, K, S, A, T, moves, true);
            if (moves != CONV_IN_PLACE)
                V_FRESH(t);
            if (t->lo > -INFINITY)
                V_UNROLL
            for (int k = 0; k < T; k++)
                acc[k] = v_max(v_set(t->lo), acc[k]);
            if (t->hi < INFINITY)
                V_UNROLL
            for (int k = 0; k < T; k++)
                acc[k] = v_min(v_set(t->hi), acc[k]);
            float *y = t->y + at;
            V_UNROLL
            for (int k = 0; k < T; k++, y += step)
                v_store(y, acc[k]);
        }
}

/* One kernel for each kind of run, width of tile and way of moving lanes.  Runs of 5 and 7 are for
 * lanes in place: see conv_longest_run. */
typedef void spread_kernel(const spread_rows *t);
#define SPREAD_ONE(K, S, A, T, MOVES)                                        \
    static void spread_##K##_##S##_##A##_##T##_##MOVES(const spread_rows *t) \
    {                                                                        \
        spread_run(t, K, S, A, T, MOVES);                                    \
    }
#define SPREAD_KINDS(X, T, MOVES) \
    X(1, 1, 0, T, MOVES) X(3, 1, 0, T, MOVES) X(3, 2, 0, T, MOVES) X(3, 1, 1, T, MOVES)
#define SPREAD_LONG(X, T, MOVES) X(5, 1, 0, T, MOVES) X(5, 2, 0, T, MOVES) X(7, 1, 0, T, MOVES)
/* Where zeros for lanes without a use come free, one kernel moves lanes either way. */
#ifdef V_ZERO_COSTS
enum { SPREAD_WAYS = 3 };
#define SPREAD_EACH(X, T)             \
    SPREAD_KINDS(X, T, CONV_IN_PLACE) \
    SPREAD_LONG(X, T, CONV_IN_PLACE) SPREAD_KINDS(X, T, CONV_PARTLY) SPREAD_KINDS(X, T, CONV_MOVED)
#else
enum { SPREAD_WAYS = 2 };
#define SPREAD_EACH(X, T)             \
    SPREAD_KINDS(X, T, CONV_IN_PLACE) \
    SPREAD_LONG(X, T, CONV_IN_PLACE) SPREAD_KINDS(X, T, CONV_PARTLY)
#endif
#define SPREAD_NAME(K, S, A, T, MOVES) spread_##K##_##S##_##A##_##T##_##MOVES,
#define SPREAD_NAMES(T)                { T, { SPREAD_EACH(SPREAD_NAME, T) } },
#if V_REGISTERS == 32
#define SPREAD_WIDE(X) X(14)
SPREAD_EACH(SPREAD_ONE, 14)
#else
#define SPREAD_WIDE(X)
#endif
#if V_LANES == 4 && V_REGISTERS == 16 /* the plain set: small before fast */
#define SPREAD_HALF(X)
#else
#define SPREAD_HALF(X) X(7)
SPREAD_EACH(SPREAD_ONE, 7)
#endif
/* kinds; the longer ones of lanes in place only */
SPREAD_EACH(SPREAD_ONE, 4)
SPREAD_EACH(SPREAD_ONE, 1)
enum { SPREAD_SHORT = 4, SPREAD_ALL = 7 };
static const struct {
    int pixels;
    spread_kernel
        *kernel[SPREAD_ALL + (SPREAD_WAYS - 1) * SPREAD_SHORT]; /* by way of moving, then by kind */
} spread_kernels[] = { SPREAD_WIDE(SPREAD_NAMES) SPREAD_HALF(SPREAD_NAMES) SPREAD_NAMES(4)
                           SPREAD_NAMES(1) };

/* The kind of a phase: that of its longer runs, which are all alike. */
static int spread_kind(const conv_geometry *g, const conv_phase *p)
{
    int longest = p->runs > 0 ? p->run[0].count : 1;
    if (longest <= 3)
        return longest == 1 ? 0 : g->apart > 1 ? 3 : g->step == 2 ? 2 : 1;
    return longest - 1 + (g->step == 2); /* 4, 5 of 5 taps; 6 of 7 */
}

/* The width of tile that wastes least on overlap and on the start of each tile. */
static size_t spread_choice(int64_t count)
{
    size_t best = sizeof spread_kernels / sizeof *spread_kernels - 1;
    int64_t least_cost = count * 5;
    for (size_t i = best; i-- > 0;) {
        int64_t pixels = spread_kernels[i].pixels,
                cost = (count + pixels - 1) / pixels * (2 * pixels + 3);
        if (pixels <= count && cost <= least_cost) {
            least_cost = cost;
            best = i;
        }
    }
    return best;
}

/* Rows that are taken together, a vector of channels at a time: few enough to stay in the first
 * cache until after() has seen them. */
static int64_t rows_alike(const conv_geometry *g, int64_t row, int64_t end)
{
    enum { ROOM = 2048 }; /* floats */
    int64_t count = conv_row_pixels(g, row), last = row + 1;
    while (last < end && (last - row + 1) * count * V_BLOCK <= ROOM &&
           conv_row_pixels(g, last) == count)
        last++;
    return last;
}

static void spread(const conv_f32 *j, int64_t block, int64_t row0, int64_t row1)
{
    enum { VECTORS = V_BLOCK / V_LANES };
    const conv_geometry *g = j->g;
    const int moves = (int)j->steps->moves < SPREAD_WAYS ? (int)j->steps->moves : (int)CONV_PARTLY;
    spread_rows t = { .g = g,
                      .y_step = g->phases * V_BLOCK,
                      .y_row = g->width * V_BLOCK,
                      .lo = j->lo,
                      .hi = j->hi,
                      .row_weights = g->window.kernel[g->window.rank - 1] * V_LANES };
    int64_t chosen = -1;
    size_t width = 0;
    for (t.row = row0; t.row < row1; t.row = t.last) {
        int64_t at = (block * g->pixels + t.row * g->width) * V_BLOCK;
        t.last = rows_alike(g, t.row, row1);
        for (int64_t v = block * VECTORS; v < (block + 1) * VECTORS; v++) {
            t.step = j->steps->step + j->steps->start[v];
            t.steps = j->steps->start[v + 1] - j->steps->start[v];
            t.w = j->w + j->steps->start[v] * g->taps * V_LANES;
            t.bias = j->bias + v * V_LANES;
            /* in place there is one step, or none for lanes that nobody reads */
            int way = moves == CONV_IN_PLACE && t.steps == 0 ? CONV_PARTLY : moves;
            t.x = j->x + (way == CONV_IN_PLACE ? t.step->at : 0);
            for (t.phase = g->phase; t.phase < g->phase + g->phases; t.phase++) {
                int64_t first = at + v % VECTORS * V_LANES + t.phase->first * V_BLOCK;
                t.count = g->phases == 1 ? conv_row_pixels(g, t.row) : t.phase->count;
                t.y = j->y + first;
                t.residual = j->residual ? j->residual + first : NULL;
                if (t.count != chosen) /* rows are alike: it divides */
                    width = spread_choice(chosen = t.count);
                int kind = spread_kind(g, t.phase);
                if (way > 0)
                    kind = SPREAD_ALL + (way - 1) * SPREAD_SHORT + (kind < SPREAD_SHORT ? kind : 0);
                spread_kernels[width].kernel[kind](&t);
            }
        }
        if (j->after)
            j->after(j->context, j->y + at, j->at + at,
                     (size_t)((t.last - t.row) * conv_row_pixels(g, t.row) * V_BLOCK));
    }
}
