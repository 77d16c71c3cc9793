/* simd/f32_vector.h - the float vocabulary in C, on the vector types of gcc and clang: any
 * processor.
 *
 * Four lanes unless told otherwise (V_PLAIN_LANES), blocks of eight: what has no faster set, and
 * the peer of those that have, in tests. */
#ifndef SIMD_F32_H
#define SIMD_F32_H
#include <string.h>
#include "simd/f32_words.h"

#ifndef V_PLAIN_LANES
#define V_PLAIN_LANES 4
#endif
#define V_LANES     V_PLAIN_LANES
#define V_BLOCK     (V_LANES < 8 ? 8 : V_LANES)
#define V_REGISTERS 16
typedef float v_f32 __attribute__((vector_size(4 * V_PLAIN_LANES)));
typedef int32_t v_i32 __attribute__((vector_size(4 * V_PLAIN_LANES)));

V_INLINE v_f32 v_load(const float *p)
{
    v_f32 v;
    memcpy(&v, p, sizeof v);
    return v;
}
V_INLINE void v_store(float *p, v_f32 v)
{
    memcpy(p, &v, sizeof v);
}
/* Lane by lane: a memcpy of n bytes is a call, and around a call gcc keeps every accumulator in
 * memory. */
V_INLINE v_f32 v_load_part(const float *p, size_t n)
{
    float t[V_LANES] = { 0 };
    for (size_t i = 0; i < V_LANES; i++)
        if (i < n)
            t[i] = p[i];
    return v_load(t);
}
V_INLINE void v_store_part(float *p, v_f32 v, size_t n)
{
    float t[V_LANES];
    v_store(t, v);
    for (size_t i = 0; i < V_LANES; i++)
        if (i < n)
            p[i] = t[i];
}
V_INLINE v_f32 v_set(float x)
{
    return x - (v_f32){ 0 };
}
V_INLINE v_f32 v_fma(v_f32 a, v_f32 b, v_f32 c)
{
    return a * b + c;
}
V_INLINE v_f32 v_pick(v_i32 mask, v_f32 yes, v_f32 no)
{
    return (v_f32)((mask & (v_i32)yes) | (~mask & (v_i32)no));
}
V_INLINE v_f32 v_max(v_f32 a, v_f32 b)
{
    return v_pick(a > b, a, b);
}
V_INLINE v_f32 v_min(v_f32 a, v_f32 b)
{
    return v_pick(a < b, a, b);
}
V_INLINE v_f32 v_sqrt(v_f32 a)
{
    for (int i = 0; i < V_LANES; i++)
        a[i] = __builtin_sqrtf(a[i]);
    return a;
}
/* Above 2^23 a float has no fraction left; what lay below is rounded away, to even. */
V_INLINE v_f32 v_round(v_f32 a)
{
    const v_f32 big = v_set(12582912.0f);
    return (a + big) - big;
}
V_INLINE v_f32 v_if_less(v_f32 a, v_f32 b, v_f32 yes, v_f32 no)
{
    return v_pick(a < b, yes, no);
}
V_INLINE v_i32 v_load_lanes(const int32_t *p)
{
    v_i32 v;
    memcpy(&v, p, sizeof v);
    return v;
}
V_INLINE v_f32 v_spread(v_f32 a, v_i32 lane)
{
    v_f32 y;
    for (int i = 0; i < V_LANES; i++)
        y[i] = a[lane[i] & (V_LANES - 1)];
    return y;
}
V_INLINE v_f32 v_spread_or_zero(v_f32 a, v_i32 lane)
{
    return (v_f32)((v_i32)v_spread(a, lane) & ~(lane >> 31));
}
V_INLINE void v_transpose(v_f32 r[])
{
    v_f32 t[V_LANES];
    memcpy(t, r, sizeof t);
    for (int i = 0; i < V_LANES; i++)
        for (int j = 0; j < V_LANES; j++)
            r[i][j] = t[j][i];
}
#include "simd/f32_derived.h"
#endif
