/* simd/f32_words.h - what every vocabulary header begins with.
 *
 * A body of fast code is written once, on these words, and included by one small file per
 * instruction set:
 *
 *   v_f32, v_i32           a vector of V_LANES floats, of as many 32-bit integers
 *   V_LANES                lanes of a vector
 *   V_BLOCK                channels of a block in this set's layout, a multiple of V_LANES
 *   V_REGISTERS            vector registers, which bound the size of a tile
 *   + - * /, comparisons   the compiler's own, on either type
 *   v_load, v_store        any alignment;  _part: the first n <= V_LANES, the others load as 0
 *   v_mask_between(a, b)   v_load_masked loads lanes a .. b - 1, the others as 0, untouched
 *   v_set                  one float in all lanes
 *   v_fma(a, b, c)         a * b + c, rounded once where the machine can
 *   v_fma_half             ... of the lower half of the lanes, where that is less work; _set: a is
 *                          one float in memory
 *   v_max, v_min           b where either is NaN: v_max(lo, x) keeps x's (Neon: NaN of either)
 *   v_sqrt, v_round        to nearest even; |x| < 2^22
 *   v_scale(a, n)          a * 2^floor(n), where a set has it (V_HAS_SCALE)
 *   v_if_less(a, b, y, n)  lane by lane a < b ? y : n
 *   v_load_lanes, v_spread lane i takes lane[i] of a;  _or_zero: 0 where lane[i] is negative
 *   v_transpose(r)         V_LANES vectors in place
 *   v_abs v_bits v_float v_sum v_top   derived, f32_derived.h */
#ifndef SIMD_F32_WORDS_H
#define SIMD_F32_WORDS_H
#include <stddef.h>
#include <stdint.h>

#define V_INLINE static inline __attribute__((always_inline, unused))
/* Unrolls the loop that follows entirely: arrays of vectors become registers only then. */
#ifdef __clang__
#define V_UNROLL _Pragma("clang loop unroll(full)")
#else
#define V_UNROLL _Pragma("GCC unroll 64")
#endif
/* Keeps a loaded vector in its register: gcc would rather load it again for each product. */
#if defined __x86_64__
#define V_KEEP(v) __asm__("" : "+v"(v))
#elif defined __aarch64__
#define V_KEEP(v) __asm__("" : "+w"(v))
#else
#define V_KEEP(v) (void)(v)
#endif
/* Hides where a number comes from: gcc else works out all its multiples early, and runs out of
 * registers. */
#define V_FRESH(n) __asm__("" : "+r"(n))
#endif
