/* simd/f32_neon.h - the float vocabulary on Neon (AArch64): four lanes, blocks of eight. */
#ifndef SIMD_F32_H
#define SIMD_F32_H
#include <arm_neon.h>
#include "simd/f32_words.h"

#define V_LANES     4
#define V_BLOCK     8
#define V_REGISTERS 32
typedef float32x4_t v_f32;
typedef int32_t v_i32 __attribute__((vector_size(16)));

V_INLINE v_f32 v_load(const float *p)
{
    return vld1q_f32(p);
}
V_INLINE void v_store(float *p, v_f32 v)
{
    vst1q_f32(p, v);
}
V_INLINE v_f32 v_load_part(const float *p, size_t n)
{
    v_f32 v = vdupq_n_f32(0);
    if (n > 3)
        return vld1q_f32(p);
    if (n > 0)
        v = vld1q_lane_f32(p, v, 0);
    if (n > 1)
        v = vld1q_lane_f32(p + 1, v, 1);
    if (n > 2)
        v = vld1q_lane_f32(p + 2, v, 2);
    return v;
}
V_INLINE void v_store_part(float *p, v_f32 v, size_t n)
{
    if (n > 3) {
        vst1q_f32(p, v);
        return;
    }
    if (n > 0)
        vst1q_lane_f32(p, v, 0);
    if (n > 1)
        vst1q_lane_f32(p + 1, v, 1);
    if (n > 2)
        vst1q_lane_f32(p + 2, v, 2);
}
V_INLINE v_f32 v_set(float x)
{
    return vdupq_n_f32(x);
}
V_INLINE v_f32 v_fma(v_f32 a, v_f32 b, v_f32 c)
{
    return vfmaq_f32(c, a, b);
}
V_INLINE v_f32 v_max(v_f32 a, v_f32 b)
{
    return vmaxq_f32(a, b);
}
V_INLINE v_f32 v_min(v_f32 a, v_f32 b)
{
    return vminq_f32(a, b);
}
V_INLINE v_f32 v_sqrt(v_f32 a)
{
    return vsqrtq_f32(a);
}
V_INLINE v_f32 v_round(v_f32 a)
{
    return vrndnq_f32(a);
}
V_INLINE v_f32 v_if_less(v_f32 a, v_f32 b, v_f32 yes, v_f32 no)
{
    return vbslq_f32(vcltq_f32(a, b), yes, no);
}
V_INLINE v_i32 v_load_lanes(const int32_t *p)
{
    return (v_i32)vld1q_s32(p);
}
/* The bytes of a lane are four times its number and the three that follow; past the table a byte is
 * 0. */
V_INLINE v_f32 v_spread_or_zero(v_f32 a, v_i32 lane)
{
    v_i32 byte = (lane * 0x04040404 + 0x03020100) | lane >> 31;
    return (v_f32)vqtbl1q_u8((uint8x16_t)a, (uint8x16_t)byte);
}
V_INLINE v_f32 v_spread(v_f32 a, v_i32 lane)
{
    return v_spread_or_zero(a, lane);
}
V_INLINE void v_transpose(v_f32 r[4])
{
    float32x4x2_t a = vtrnq_f32(r[0], r[1]), b = vtrnq_f32(r[2], r[3]);
    r[0] = vcombine_f32(vget_low_f32(a.val[0]), vget_low_f32(b.val[0]));
    r[1] = vcombine_f32(vget_low_f32(a.val[1]), vget_low_f32(b.val[1]));
    r[2] = vcombine_f32(vget_high_f32(a.val[0]), vget_high_f32(b.val[0]));
    r[3] = vcombine_f32(vget_high_f32(a.val[1]), vget_high_f32(b.val[1]));
}
#include "simd/f32_derived.h"
#endif
