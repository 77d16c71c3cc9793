/* ops/nn/conv/planes.h - the loops of planes: see kernels.h.
 *
 * A vector holds neighbouring pixels of one channel; a tile is some filters by some vectors. */
#include "nn/conv/kernels.h"
#include <string.h>

enum {
    PLANE_FOUR = V_REGISTERS == 32 ? 4 : 3, /* vectors of a tile of four filters */
    PLANE_THREE = V_REGISTERS == 32 ? 8 : 4,
    PLANE_FEW = V_REGISTERS == 32 ? 8 : 6,
    PLANE_SUMS = 3 * PLANE_FEW
};

/* F filters by P vectors.  sums: where they go, [filter][vector]; NULL: to y, all lanes of them. */
V_INLINE void plane_run(const conv_plane_job *t, const conv_plane_phase *phase,
                        const conv_position *at, float *sums, const int F, const int P)
{
    v_f32 acc[PLANE_SUMS];
    const float *x[CONV_PLANE_VECTORS], *w = t->w;
    const conv_plane_tap *const end = phase->tap + phase->taps;
    const int64_t taps = t->j->g->taps * F;
    V_UNROLL
    for (int i = 0; i < F * P; i++)
        acc[i] = v_set(0);
    V_UNROLL
    for (int p = 0; p < P; p++)
        x[p] = t->x + at[p].x;
    int64_t channel = 0;
    for (int64_t c = t->channels; c > 0; c--, w += taps, channel += t->x_channel)
        for (const conv_plane_tap *tap = phase->tap; tap < end; tap++) {
            const int64_t from = channel + tap->x;
            v_f32 weight[4];
            V_UNROLL
            for (int f = 0; f < F; f++)
                weight[f] = v_set(w[tap->w * F + f]);
            V_UNROLL
            for (int p = 0; p < P; p++) {
                v_f32 v = v_load(x[p] + from);
                V_KEEP(v);
                V_UNROLL
                for (int f = 0; f < F; f++)
                    acc[f * P + p] = v_fma(v, weight[f], acc[f * P + p]);
            }
        }
    if (sums) {
        V_UNROLL
        for (int i = 0; i < F * P; i++)
            v_store(sums + i * V_LANES, acc[i]);
        return;
    }
    const v_f32 lo = v_set(t->j->lo), hi = v_set(t->j->hi);
    float *y = t->y;
    V_UNROLL
    for (int f = 0; f < F; f++, y += t->j->g->pixels) {
        const v_f32 bias = v_set(t->bias[f]);
        V_UNROLL
        for (int p = 0; p < P; p++)
            v_store(y + at[p].y, v_min(hi, v_max(lo, acc[f * P + p] + bias)));
    }
}

typedef void plane_kernel(const conv_plane_job *t, const conv_plane_phase *phase,
                          const conv_position *at, float *sums);
#define PLANE_DEFINE(F, P)                                                        \
    static void plane_##F(const conv_plane_job *t, const conv_plane_phase *phase, \
                          const conv_position *at, float *sums)                   \
    {                                                                             \
        plane_run(t, phase, at, sums, F, P);                                      \
    }
PLANE_DEFINE(1, PLANE_FEW)
PLANE_DEFINE(2, PLANE_FEW)
PLANE_DEFINE(3, PLANE_THREE)
PLANE_DEFINE(4, PLANE_FOUR)

/* Lanes of a and b in turn. */
V_INLINE void plane_zip(float *to, v_f32 a, v_f32 b)
{
#if V_LANES == 16
    v_store(to,
            __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23));
    v_store(to + V_LANES, __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13,
                                                  29, 14, 30, 15, 31));
#elif V_LANES == 8
    v_store(to, __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11));
    v_store(to + V_LANES, __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15));
#else
    v_store(to, __builtin_shufflevector(a, b, 0, 4, 1, 5));
    v_store(to + V_LANES, __builtin_shufflevector(a, b, 2, 6, 3, 7));
#endif
}

/* The even lanes of a and b, then the odd ones. */
V_INLINE void plane_part(float *even, float *odd, v_f32 a, v_f32 b)
{
#if V_LANES == 16
    v_store(even, __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26,
                                          28, 30));
    v_store(odd, __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27,
                                         29, 31));
#elif V_LANES == 8
    v_store(even, __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14));
    v_store(odd, __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15));
#else
    v_store(even, __builtin_shufflevector(a, b, 0, 2, 4, 6));
    v_store(odd, __builtin_shufflevector(a, b, 1, 3, 5, 7));
#endif
}

/* Sums of each phase of a row, [phase][filter][vector], to y. */
static void plane_store(const conv_plane_job *t, const conv_position *at, const float *sums,
                        int64_t filters, int64_t vectors)
{
    const int64_t phases = t->p->out_x, each = filters * vectors * V_LANES;
    const v_f32 lo = v_set(t->j->lo), hi = v_set(t->j->hi);
    float line[CONV_PLANE_PHASES * V_LANES];
    for (int64_t i = 0; i < filters * vectors; i++, sums += V_LANES) {
        const conv_position *to = at + i % vectors;
        const int64_t y = i / vectors * t->j->g->pixels + to->y;
        const v_f32 bias = v_set(t->bias[i / vectors]);
        if (phases == 1)
            v_store(line, v_load(sums));
        else if (phases == 2)
            plane_zip(line, v_load(sums), v_load(sums + each));
        else
            for (int64_t k = 0; k < V_LANES; k++)
                for (int64_t e = 0; e < phases; e++)
                    line[k * phases + e] = sums[e * each + k];
        for (int64_t k = 0; k < to->count; k += V_LANES) {
            const size_t n = (size_t)(to->count - k < V_LANES ? to->count - k : V_LANES);
            v_f32 v = v_load(line + k) + bias;
            if (t->residual)
                v = v + v_load_part(t->residual + y + k, n);
            v_store_part(t->y + y + k, v_min(hi, v_max(lo, v)), n);
        }
    }
}

static void plane_tiles(const conv_plane_job *t, int64_t filters)
{
    static const struct {
        plane_kernel *run;
        int64_t vectors;
    } kernel[] = { { plane_1, PLANE_FEW },
                   { plane_2, PLANE_FEW },
                   { plane_3, PLANE_THREE },
                   { plane_4, PLANE_FOUR } };
    plane_kernel *const run = kernel[filters - 1].run;
    const int64_t P = kernel[filters - 1].vectors;
    float sums[CONV_PLANE_PHASES * PLANE_SUMS * V_LANES];
    for (int64_t i = 0; i < t->count; i += P) { /* the last moves back; there is room for more */
        const conv_position *at = t->at + (i + P <= t->count || t->count < P ? i : t->count - P);
        for (int64_t e = 0; e < t->p->out_x; e++)
            run(t, t->phase + e, at, t->whole ? NULL : sums + e * filters * P * V_LANES);
        if (!t->whole)
            plane_store(t, at, sums, filters, P);
    }
}

/* Columns [x, x + V_LANES) of an input row, 0 beside it. */
V_INLINE v_f32 plane_load(const float *row, int64_t x, int64_t width)
{
    return x >= 0 && x + V_LANES <= width ? v_load(row + x)
                                          : v_load_masked(row + x, v_mask_between(-x, width - x));
}

static void plane_row(const conv_planes *p, float *to, const float *row)
{
    const int64_t step = p->step_x, width = p->in_width, wide = p->wide, left = p->left;
    if (step == 1)
        for (int64_t i = 0; i < wide; i += V_LANES)
            v_store(to + i, plane_load(row, left + i, width));
    else if (step == 2 && p->row == 2 * wide)
        for (int64_t i = 0; i < wide; i += V_LANES)
            plane_part(to + i, to + wide + i, plane_load(row, left + 2 * i, width),
                       plane_load(row, left + 2 * i + V_LANES, width));
    else
        for (int64_t e = 0; e < p->row; e += wide)
            for (int64_t i = 0, x = left + e / wide; i < wide; i++, x += step)
                to[e + i] = x >= 0 && x < width ? row[x] : 0;
}

static void plane_copy(const conv_planes *p, float *to, const float *x, int64_t top, int64_t rows)
{
    for (int64_t r = 0; r < rows; r++, to += p->row) {
        const int64_t from = top + r;
        if (r % p->step_y >= p->high)
            continue; /* between windows */
        if (from < 0 || from >= p->in_rows)
            memset(to, 0, (size_t)p->row * sizeof *to);
        else
            plane_row(p, to, x + from * p->in_width);
    }
}
