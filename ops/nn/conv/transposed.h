/* ops/nn/conv/transposed.h - shapes of ConvTranspose. */
#ifndef NN_CONV_TRANSPOSED_H
#define NN_CONV_TRANSPOSED_H
#include "common/window.h"

/* infer and macs of the operator, see sdx/op.h. */
void sdx_conv_transpose_infer(const sdx_node *n, sdx_infer *c);
sdx_dim sdx_conv_transpose_macs(const sdx_node *n, sdx_infer *c);

/* Where output_shape or SAME ask for a size: the pads that make `out` of `in`. */
void sdx_conv_transpose_fit(const sdx_node *n, sdx_window *w, const int64_t *in,
                            const int64_t *out);
#endif
