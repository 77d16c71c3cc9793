/* ops/internal/reorder/blocks.h - reorders on a vocabulary: squares of V_LANES channels by V_LANES
 * pixels, transposed in registers; bytes in strips of V_BLOCK channels by 16 pixels. */
#include <string.h>
#include "internal/reorder/kernels.h"

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

#define ONCE __attribute__((noinline)) /* long enough to be called */
static ONCE void turn_square(float *y, int64_t y_row, const float *x, int64_t x_row)
{
    v_f32 r[V_LANES];
    V_UNROLL
    for (int i = 0; i < V_LANES; i++)
        r[i] = v_load(x + i * x_row);
    v_transpose(r);
    V_UNROLL
    for (int i = 0; i < V_LANES; i++)
        v_store(y + i * y_row, r[i]);
}

/* The next `width` pixels: where fewer are left the last are moved again, if there are any
 * before. */
static int64_t strip(int64_t p0, int64_t p1, int64_t p, int64_t width)
{
    return p + width > p1 && p1 - p0 >= width ? p1 - width : p;
}

/* Whole squares are moved where they lie, others in room of their own. */
static void to_blocks(float *to, const float *from, int64_t channels, int64_t pixels, int64_t b,
                      int64_t p0, int64_t p1)
{
    float room[V_LANES * V_LANES] = { 0 };
    for (int64_t lane = 0; lane < V_BLOCK; lane += V_LANES) {
        int64_t c0 = b * V_BLOCK + lane, some = least(V_LANES, channels - c0);
        for (int64_t i = p0; i < p1; i += V_LANES) {
            int64_t p = strip(p0, p1, i, V_LANES), count = least(V_LANES, p1 - p);
            const float *x = from + c0 * pixels + p;
            float *y = to + (b * pixels + p) * V_BLOCK + lane;
            bool whole = some == V_LANES && count == V_LANES;
            for (int64_t c = 0; !whole && c < V_LANES; c++)
                v_store(room + c * V_LANES,
                        c < some ? v_load_part(x + c * pixels, (size_t)count) : v_set(0));
            if (count == V_LANES) {
                turn_square(y, V_BLOCK, whole ? x : room, whole ? pixels : V_LANES);
                continue;
            }
            turn_square(room, V_LANES, room, V_LANES);
            for (int64_t k = 0; k < count; k++)
                v_store(y + k * V_BLOCK, v_load(room + k * V_LANES));
        }
    }
}

static void to_plain(float *to, const float *from, int64_t channels, int64_t pixels, int64_t b,
                     int64_t p0, int64_t p1)
{
    float room[V_LANES * V_LANES] = { 0 };
    for (int64_t lane = 0; lane < V_BLOCK; lane += V_LANES) {
        int64_t c0 = b * V_BLOCK + lane, some = least(V_LANES, channels - c0);
        for (int64_t i = p0; i < p1 && some > 0; i += V_LANES) {
            int64_t p = strip(p0, p1, i, V_LANES), count = least(V_LANES, p1 - p);
            const float *x = from + (b * pixels + p) * V_BLOCK + lane;
            float *y = to + c0 * pixels + p;
            if (some == V_LANES && count == V_LANES) {
                turn_square(y, pixels, x, V_BLOCK);
                continue;
            }
            for (int64_t k = 0; k < count; k++)
                v_store(room + k * V_LANES, v_load(x + k * V_BLOCK));
            turn_square(room, V_LANES, room, V_LANES);
            for (int64_t c = 0; c < some; c++)
                v_store_part(y + c * pixels, v_load(room + c * V_LANES), (size_t)count);
        }
    }
}

/* ---- bytes ---- */

#define STRIP 16
typedef uint8_t v_bytes __attribute__((vector_size(STRIP)));

/* Interleaves the first and the second half of all these bytes: that moves the top bit of each
 * one's number to its end.  After as many times as channels have bits, channel and pixel have
 * changed places; and of pixels, back. */
V_INLINE void weave(uint8_t *y, int64_t y_row, const uint8_t *x, int64_t x_row, const int times)
{
    v_bytes r[V_BLOCK], t[V_BLOCK];
    V_UNROLL
    for (int i = 0; i < V_BLOCK; i++)
        memcpy(&r[i], x + i * x_row, STRIP);
    V_UNROLL
    for (int k = 0; k < times; k++) {
        V_UNROLL
        for (int i = 0; i < V_BLOCK / 2; i++) {
            t[2 * i] = __builtin_shufflevector(r[i], r[i + V_BLOCK / 2], 0, 16, 1, 17, 2, 18, 3, 19,
                                               4, 20, 5, 21, 6, 22, 7, 23);
            t[2 * i + 1] = __builtin_shufflevector(r[i], r[i + V_BLOCK / 2], 8, 24, 9, 25, 10, 26,
                                                   11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
        }
        V_UNROLL
        for (int i = 0; i < V_BLOCK; i++)
            r[i] = t[i];
    }
    V_UNROLL
    for (int i = 0; i < V_BLOCK; i++)
        memcpy(y + i * y_row, &r[i], STRIP);
}
static ONCE void weave_out(uint8_t *y, int64_t y_row, const uint8_t *x, int64_t x_row)
{
    weave(y, y_row, x, x_row, 4);
}
#if V_BLOCK == STRIP
#define weave_in weave_out
#else
static ONCE void weave_in(uint8_t *y, int64_t y_row, const uint8_t *x, int64_t x_row)
{
    weave(y, y_row, x, x_row, 3);
}
#endif

static void bytes_to_blocks(uint8_t *to, const uint8_t *from, int64_t channels, int64_t pixels,
                            int64_t b, int64_t p0, int64_t p1)
{
    const int64_t c0 = b * V_BLOCK, some = least(V_BLOCK, channels - c0);
    uint8_t room[V_BLOCK * STRIP] = { 0 };
    for (int64_t i = p0; i < p1; i += STRIP) {
        int64_t p = strip(p0, p1, i, STRIP), count = least(STRIP, p1 - p);
        const uint8_t *x = from + c0 * pixels + p;
        uint8_t *y = to + (b * pixels + p) * V_BLOCK;
        bool whole = some == V_BLOCK && count == STRIP;
        for (int64_t c = 0; !whole && c < some; c++)
            memcpy(room + c * STRIP, x + c * pixels, (size_t)count);
        weave_in(count == STRIP ? y : room, STRIP, whole ? x : room, whole ? pixels : STRIP);
        if (count < STRIP)
            memcpy(y, room, (size_t)(count * V_BLOCK));
    }
}

static void bytes_to_plain(uint8_t *to, const uint8_t *from, int64_t channels, int64_t pixels,
                           int64_t b, int64_t p0, int64_t p1)
{
    const int64_t c0 = b * V_BLOCK, some = least(V_BLOCK, channels - c0);
    uint8_t room[V_BLOCK * STRIP] = { 0 };
    for (int64_t i = p0; i < p1; i += STRIP) {
        int64_t p = strip(p0, p1, i, STRIP), count = least(STRIP, p1 - p);
        const uint8_t *x = from + (b * pixels + p) * V_BLOCK;
        uint8_t *y = to + c0 * pixels + p;
        if (some == V_BLOCK && count == STRIP) {
            weave_out(y, pixels, x, STRIP);
            continue;
        }
        memcpy(room, x, (size_t)(count * V_BLOCK));
        weave_out(room, STRIP, room, STRIP);
        for (int64_t c = 0; c < some; c++)
            memcpy(y + c * pixels, room + c * STRIP, (size_t)count);
    }
}

enum { CHANNEL_STRIP = 8 };

/* T pixels from number p on. */
V_INLINE void channels_strip(float *y, const float *const *x, const int32_t *from, int64_t steps,
                             int64_t p, const int T)
{
    v_i32 sum[CHANNEL_STRIP];
    V_UNROLL
    for (int i = 0; i < T; i++)
        sum[i] = v_bits(v_set(0));
    for (int64_t s = 0; s < steps; s++) {
        const v_i32 lane = v_load_lanes(from + s * CHANNEL_LANES);
        const float *at = x[s] + p * V_BLOCK;
        V_UNROLL
        for (int i = 0; i < T; i++)
            sum[i] |= v_bits(v_spread_or_zero(v_load(at + i * V_BLOCK), lane));
    }
    V_UNROLL
    for (int i = 0; i < T; i++)
        v_store(y + (p + i) * V_BLOCK, v_float(sum[i]));
}

static void channels(float *y, const float *const *x, const int32_t *from, int64_t steps,
                     int64_t pixels)
{
    for (int64_t p = 0; pixels < CHANNEL_STRIP && p < pixels; p++)
        channels_strip(y, x, from, steps, p, 1);
    for (int64_t p = 0; pixels >= CHANNEL_STRIP && p < pixels; p += CHANNEL_STRIP)
        channels_strip(y, x, from, steps, strip(0, pixels, p, CHANNEL_STRIP), CHANNEL_STRIP);
}

static void fill_kernels(reorder_kernels *k)
{
    *k = (reorder_kernels){ to_blocks, to_plain, bytes_to_blocks, bytes_to_plain,
                            channels,  V_BLOCK,  V_LANES };
}
