/* ops/math/matmul_integer/words_neon.h - tile.h's words on 128 bits: a panel is four vectors. */
#include <arm_neon.h>
#include <stdint.h>
#include <string.h>
typedef int32x4_t vec;
enum { VEC_COLUMNS = 4, TILE_ROWS = 5, TILE_PANELS = 1, DEEP_ROWS = 7 };
static inline vec vec_load(const char *p)
{
    return vreinterpretq_s32_s8(vld1q_s8((const int8_t *)p));
}
static inline void vec_store(int32_t *p, vec v)
{
    vst1q_s32(p, v);
}
static inline vec vec_repeat(const char *p)
{
    int32_t four;
    memcpy(&four, p, sizeof four);
    return vdupq_n_s32(four);
}
