/* simd/f32_row.h - the loop around a formula: rows as sdx_row_f32 wants them.
 *
 * V_ROW(name, expression)   of x, the vector of a, and of param
 * V_ROW2(name, expression)  of x and z, the vectors of a and b */
#ifndef SIMD_F32_ROW_H
#define SIMD_F32_ROW_H
#include <string.h>

#define V_ROW(name, ...)                                                                         \
    static void name(float *y, const float *a, const float *b, size_t count, const float *param) \
    {                                                                                            \
        (void)b, (void)param;                                                                    \
        for (size_t i = 0; i < count; i += V_LANES) {                                            \
            const size_t left = count - i;                                                       \
            const v_f32 x = left < V_LANES ? v_load_part(a + i, left) : v_load(a + i);           \
            const v_f32 result = __VA_ARGS__;                                                    \
            if (left < V_LANES)                                                                  \
                v_store_part(y + i, result, left);                                               \
            else                                                                                 \
                v_store(y + i, result);                                                          \
        }                                                                                        \
    }

#define V_ROW2(name, ...)                                                                        \
    static void name(float *y, const float *a, const float *b, size_t count, const float *param) \
    {                                                                                            \
        (void)param;                                                                             \
        if (!b) { /* a sum or maximum of one operand */                                          \
            memmove(y, a, count * sizeof *y);                                                    \
            return;                                                                              \
        }                                                                                        \
        for (size_t i = 0; i < count; i += V_LANES) {                                            \
            const size_t left = count - i;                                                       \
            const v_f32 x = left < V_LANES ? v_load_part(a + i, left) : v_load(a + i);           \
            const v_f32 z = left < V_LANES ? v_load_part(b + i, left) : v_load(b + i);           \
            const v_f32 result = __VA_ARGS__;                                                    \
            if (left < V_LANES)                                                                  \
                v_store_part(y + i, result, left);                                               \
            else                                                                                 \
                v_store(y + i, result);                                                          \
        }                                                                                        \
    }
#endif
