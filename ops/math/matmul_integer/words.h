/* ops/math/matmul_integer/words.h - what the words of every machine begin with. */
#ifndef OPS_MATH_MATMUL_INTEGER_WORDS_H
#define OPS_MATH_MATMUL_INTEGER_WORDS_H
#include "math/matmul_integer/kernels.h"
#ifdef __clang__
#define TILE_UNROLL _Pragma("clang loop unroll(full)")
#else
#define TILE_UNROLL _Pragma("GCC unroll 16")
#endif
#define TILE_INLINE static inline __attribute__((always_inline))
#endif
