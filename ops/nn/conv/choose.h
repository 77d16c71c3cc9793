/* ops/nn/conv/choose.h - which kernel serves a convolution, and in which layout. */
#ifndef NN_CONV_CHOOSE_H
#define NN_CONV_CHOOSE_H
#include "nn/conv/kernels.h"

/* An operator's layout(), see sdx/op.h. */
int sdx_conv_layout(const sdx_node *n, sdx_layout l, uint32_t *plain, bool transposed);

/* In prepare: sets way and tile; the rest of *w is there.  y: shape of the output; pairs: there are
 * dot products of bf16, and they are allowed. */
void sdx_conv_choose(const sdx_node *n, const conv_kernels *k, const sdx_window *window,
                     sdx_shape y, bool pairs, conv_weights *w);
#endif
