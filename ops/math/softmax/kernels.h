/* ops/math/softmax/kernels.h - what an ISA may do faster.  Raw pointers and sizes only. */
#ifndef OPS_MATH_SOFTMAX_KERNELS_H
#define OPS_MATH_SOFTMAX_KERNELS_H
#include "sdx/op.h"

/* The references, in place; for softmax.c and the tests.  n >= 1. */
typedef void softmax_row(double *row, size_t n);
softmax_row sdx_softmax_row, sdx_log_softmax_row, sdx_hardmax_row;

/* Weights of n >= 1 floats.  y may be x.  Any alignment; touches nothing past n. */
typedef void softmax_row_f32(float *y, const float *x, size_t n);
typedef struct softmax_kernels {
    softmax_row_f32 *softmax_f32, *log_softmax_f32;
} softmax_kernels;
extern const sdx_family sdx_family_math_softmax; /* for sdx_kernels(), here and in other families */
#endif
