/* ops/nn/attention/kernels.h - what an ISA may do faster between the two products of attention.
 * Raw pointers and sizes only.
 *
 * The first four work on a tile that lies transposed: a row for each key, or for each number of
 * the result, and `width` columns, one for each query; width is a multiple of the matmul kernels'
 * block. */
#ifndef NN_ATTENTION_KERNELS_H
#define NN_ATTENTION_KERNELS_H
#include "sdx/op.h"

/* Weights of one block of keys: top becomes the greatest score so far of each column, scores
 * exp(score - top), sum is brought to the new top and gets their sum.  factor: what numbers under
 * the old top are to be multiplied by.  A column without any score above -INFINITY gets weights of
 * 0. */
typedef void attention_weigh_f32(float *scores, int64_t keys, int64_t width, float *top, float *sum,
                                 float *factor);
/* Each row times factor, column by column. */
typedef void attention_scale_f32(float *y, int64_t rows, int64_t width, const float *factor);
/* Adds bias[column][key] to the scores; one: all columns have that of the first. */
typedef void attention_bias_f32(float *scores, int64_t keys, int64_t width,
                                const float *const *bias, bool one);
/* y[column][row] = x[row][column] * factor[column], of `count` columns. */
typedef void attention_turn_f32(float *const *y, const float *x, int64_t rows, int64_t width,
                                int64_t count, const float *factor);

/* Where there are few queries a tile lies the other way, a row for each query, and keys and values
 * are read once for all of them. */
enum { ATTENTION_FEW = 4 };
/* scores[key] = the product of q and key, d numbers each; keys lie k_step apart. */
typedef void attention_dots_f32(float *scores, const float *q, int64_t d, const float *k,
                                int64_t k_step, int64_t keys);
/* As weigh, for one query; the factor is what comes back. */
typedef float attention_row_f32(float *scores, int64_t keys, float *top, float *sum);
/* y[query] += the values by weights[query], `stride` apart, for `queries` of them; rows of y are d
 * numbers. */
typedef void attention_mix_f32(float *y, int64_t d, const float *weights, int64_t stride,
                               int64_t queries, const float *v, int64_t v_step, int64_t keys);

typedef struct attention_kernels {
    attention_weigh_f32 *weigh;
    attention_scale_f32 *scale;
    attention_bias_f32 *bias;
    attention_turn_f32 *turn;
    attention_dots_f32 *dots;
    attention_row_f32 *row;
    attention_mix_f32 *mix;
} attention_kernels;

extern const sdx_family sdx_family_nn_attention;
#endif
