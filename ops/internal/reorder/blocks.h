/* ops/internal/reorder/blocks.h - reorders on a vocabulary: squares of V_LANES channels by V_LANES
 * pixels, transposed in registers. */
#include "internal/reorder/kernels.h"

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void to_blocks(float *to, const float *from, int64_t channels, int64_t pixels, int64_t b,
                      int64_t p0, int64_t p1)
{
    for (int64_t lane = 0; lane < V_BLOCK; lane += V_LANES) {
        int64_t c0 = b * V_BLOCK + lane, some = least(V_LANES, channels - c0);
        for (int64_t p = p0; p < p1; p += V_LANES) {
            int64_t count = least(V_LANES, p1 - p);
            float *y = to + (b * pixels + p) * V_BLOCK + lane;
            v_f32 r[V_LANES];
            for (int64_t c = 0; c < V_LANES; c++)
                r[c] = c >= some ? v_set(0)
                       : count == V_LANES
                           ? v_load(from + (c0 + c) * pixels + p)
                           : v_load_part(from + (c0 + c) * pixels + p, (size_t)count);
            v_transpose(r);
            for (int64_t i = 0; i < count; i++)
                v_store(y + i * V_BLOCK, r[i]);
        }
    }
}

static void to_plain(float *to, const float *from, int64_t channels, int64_t pixels, int64_t b,
                     int64_t p0, int64_t p1)
{
    for (int64_t lane = 0; lane < V_BLOCK; lane += V_LANES) {
        int64_t c0 = b * V_BLOCK + lane, some = least(V_LANES, channels - c0);
        for (int64_t p = p0; p < p1 && some > 0; p += V_LANES) {
            int64_t count = least(V_LANES, p1 - p);
            const float *x = from + (b * pixels + p) * V_BLOCK + lane;
            v_f32 r[V_LANES];
            for (int64_t i = 0; i < V_LANES; i++)
                r[i] = i < count ? v_load(x + i * V_BLOCK) : v_set(0);
            v_transpose(r);
            for (int64_t c = 0; c < some; c++)
                v_store_part(to + (c0 + c) * pixels + p, r[c], (size_t)count);
        }
    }
}

static void channels(float *y, const float *x, const int32_t *from, int64_t pixels, bool more)
{
    const v_i32 lane = v_load_lanes(from);
    for (const float *end = x + pixels * V_BLOCK; x < end; x += V_BLOCK, y += V_BLOCK) {
        v_f32 v = v_spread_or_zero(v_load(x), lane);
        v_store(y, more ? v_float(v_bits(v) | v_bits(v_load(y))) : v);
    }
}

static void fill_kernels(reorder_kernels *k)
{
    *k = (reorder_kernels){ to_blocks, to_plain, channels, V_BLOCK, V_LANES };
}
