/* ops/rnn/recurrent/rows.h - a row times a packed matrix, and rows of cells, on the words of a
 * vocabulary. */
#include "rnn/recurrent/kernels.h"
#include "simd/f32_math.h"

enum {
    PANEL = 2 * V_BLOCK,       /* as the kernels of MatMul pack */
    VECTORS = PANEL / V_LANES, /* of a row of a panel           */
    GROUP = VECTORS > 2 ? 2
                        : 4 /* panels side by side: enough sums to hide the time that one takes */
};

/* `count` panels, all of full width. */
V_INLINE void some_panels(float *y, const float *a, const float *b, int64_t k, const float *base,
                          const int count)
{
    v_f32 sum[GROUP * VECTORS];
    V_UNROLL
    for (int v = 0; v < count * VECTORS; v++)
        sum[v] = base ? v_load(base + v * V_LANES) : v_set(0);
    for (int64_t i = 0; i < k; i++) {
        const v_f32 x = v_set(a[i]);
        V_UNROLL
        for (int v = 0; v < count * VECTORS; v++)
            sum[v] = v_fma(v_load(b + (v / VECTORS * k + i) * PANEL + v % VECTORS * V_LANES), x,
                           sum[v]);
    }
    V_UNROLL
    for (int v = 0; v < count * VECTORS; v++)
        v_store(y + v * V_LANES, sum[v]);
}

/* The last panel, of one block or two, and perhaps with columns that are not there. */
static void last_panel(float *y, const float *a, const float *b, int64_t k, int64_t columns,
                       const float *base)
{
    int64_t width = columns > V_BLOCK ? PANEL : V_BLOCK;
    for (int64_t j = 0; j < columns; j += V_LANES) {
        const size_t some = columns - j < V_LANES ? (size_t)(columns - j) : V_LANES;
        v_f32 sum = base ? v_load_part(base + j, some) : v_set(0);
        for (int64_t i = 0; i < k; i++)
            sum = v_fma(v_load(b + i * width + j), v_set(a[i]), sum);
        v_store_part(y + j, sum, some);
    }
}

static void vector(float *y, const float *a, const float *b, int64_t k, int64_t n,
                   const float *base, int64_t p0, int64_t p1, bool back)
{
    int64_t whole = n / PANEL < p1 ? n / PANEL : p1, groups = (p1 - p0 + GROUP - 1) / GROUP;
    for (int64_t i = 0; i < groups; i++) {
        int64_t p = p0 + (back ? groups - 1 - i : i) * GROUP, end = p + GROUP;
        if (end <= whole) {
            some_panels(y + p * PANEL, a, b + p * PANEL * k, k, base ? base + p * PANEL : NULL,
                        GROUP);
            continue;
        }
        for (; p < end && p < whole; p++)
            some_panels(y + p * PANEL, a, b + p * PANEL * k, k, base ? base + p * PANEL : NULL, 1);
        if (p < end && p < p1)
            last_panel(y + p * PANEL, a, b + p * PANEL * k, k, n - p * PANEL,
                       base ? base + p * PANEL : NULL);
    }
}

V_INLINE v_f32 load_some(const float *p, size_t n)
{
    return n < V_LANES ? v_load_part(p, n) : v_load(p);
}
V_INLINE void store_some(float *p, v_f32 v, size_t n)
{
    if (n < V_LANES)
        v_store_part(p, v, n);
    else
        v_store(p, v);
}

static void lstm(const float *g, float *h, float *cell, int64_t H)
{
    for (int64_t e = 0; e < H; e += V_LANES) {
        const size_t n = H - e < V_LANES ? (size_t)(H - e) : V_LANES;
        const v_f32 i = v_sigmoid(load_some(g + e, n)), o = v_sigmoid(load_some(g + H + e, n));
        const v_f32 f = v_sigmoid(load_some(g + 2 * H + e, n)),
                    cand = v_tanh(load_some(g + 3 * H + e, n));
        const v_f32 now = v_fma(f, load_some(cell + e, n), i * cand);
        store_some(cell + e, now, n);
        store_some(h + e, o * v_tanh(now), n);
    }
}

static void reset(float *g, const float *h, float *reset_h, int64_t H)
{
    for (int64_t e = 0; e < H; e += V_LANES) {
        const size_t n = H - e < V_LANES ? (size_t)(H - e) : V_LANES;
        const v_f32 z = v_sigmoid(load_some(g + e, n)), r = v_sigmoid(load_some(g + H + e, n));
        store_some(g + e, z, n);
        store_some(g + H + e, r, n);
        if (reset_h)
            store_some(reset_h + e, r * load_some(h + e, n), n);
    }
}

static void gru(const float *g, float *h, const float *extra, int64_t H)
{
    for (int64_t e = 0; e < H; e += V_LANES) {
        const size_t n = H - e < V_LANES ? (size_t)(H - e) : V_LANES;
        const v_f32 z = load_some(g + e, n), old = load_some(h + e, n);
        v_f32 cand = load_some(g + 2 * H + e, n);
        if (extra)
            cand = v_fma(load_some(g + H + e, n), load_some(extra + e, n), cand);
        cand = v_tanh(cand);
        store_some(h + e, v_fma(z, old - cand, cand), n);
    }
}

static void fill_kernels(recurrent_kernels *k)
{
    k->vector = vector;
    k->lstm = lstm;
    k->reset = reset;
    k->gru = gru;
    k->block = V_BLOCK;
}
