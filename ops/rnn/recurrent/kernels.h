/* ops/rnn/recurrent/kernels.h - what an ISA may do faster.  Raw pointers and sizes only. */
#ifndef RNN_RECURRENT_KERNELS_H
#define RNN_RECURRENT_KERNELS_H
#include "sdx/op.h"

/* y = a B + base for one row a of k floats, over panels [p0, p1) of a B of k x n that the kernels
 * of MatMul packed on the same instruction set.  base may be y; NULL: zeros.  A row at a time waits
 * for B's bytes alone: going back through the panels in every second step finds those that were
 * read last in the nearer caches. */
typedef void recurrent_vector_f32(float *y, const float *a, const float *b, int64_t k, int64_t n,
                                  const float *base, int64_t p0, int64_t p1, bool back);

/* A row of a cell with the usual activations.  g: the gates before them, as in
 * recurrent/steps.h. */
typedef void recurrent_lstm_f32(const float *g, float *h, float *cell, int64_t H);
/* GRU: sigmoid of the first two gates in place, and their product with h into reset (NULL: not
 * wanted). */
typedef void recurrent_reset_f32(float *g, const float *h, float *reset, int64_t H);
/* GRU: the new state; extra NULL, or what the reset gate scales. */
typedef void recurrent_gru_f32(const float *g, float *h, const float *extra, int64_t H);

typedef struct recurrent_kernels {
    recurrent_vector_f32 *vector;
    recurrent_lstm_f32 *lstm;
    recurrent_reset_f32 *reset;
    recurrent_gru_f32 *gru;
    int block; /* columns of B are packed in panels of two blocks, the last one of one or two */
} recurrent_kernels;
extern const sdx_family sdx_family_rnn_recurrent;
#endif
