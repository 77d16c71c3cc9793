/* ops/nn/rotary_embedding/kernels.h - what an ISA may do faster.  Raw pointers and sizes only. */
#ifndef NN_ROTARY_EMBEDDING_KERNELS_H
#define NN_ROTARY_EMBEDDING_KERNELS_H
#include "sdx/op.h"

/* Heads that turn by the same angles, one behind the other, each `size` floats, of which the first
 * 2 * half are `half` pairs: (a, b) becomes (a cos - b sin, a sin + b cos).  y may be x. */
typedef void rotary_turn_f32(float *y, const float *x, int64_t heads, int64_t size, int64_t half,
                             const float *cosine, const float *sine);
typedef struct rotary_embedding_kernels {
    rotary_turn_f32 *halves;     /* the numbers of a pair lie half apart */
    rotary_turn_f32 *neighbours; /* ... side by side */
} rotary_embedding_kernels;

extern const sdx_family sdx_family_nn_rotary_embedding;
#endif
