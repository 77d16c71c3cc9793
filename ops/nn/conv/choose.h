/* ops/nn/conv/choose.h - which kernel serves a convolution, and in which layout. */
#ifndef NN_CONV_CHOOSE_H
#define NN_CONV_CHOOSE_H
#include "nn/conv/kernels.h"

/* An operator's layout(), see sdx/op.h. */
int sdx_conv_layout(const sdx_node *n, sdx_layout l, uint32_t *plain, bool transposed);

/* What a way is chosen for. */
typedef struct conv_question {
    const conv_kernels *kernels;
    const sdx_window *window;
    sdx_shape y; /* of the output */
    bool pairs;  /* there are dot products of bf16, and they are allowed */
} conv_question;

/* In prepare: sets way and tile; the rest of *w is there.  room: bytes that constant weights may
 * take packed. */
void sdx_conv_choose(const sdx_node *n, const conv_question *q, size_t room, conv_weights *w);
/* An operator's offers(), see sdx/op.h. */
int sdx_conv_list(const sdx_node *n, const conv_question *q, conv_weights *w, sdx_offer *to);
#endif
