/* ops/common/linear.h - what rewrites ask of convolutions and products whose weights are known. */
#ifndef OPS_COMMON_LINEAR_H
#define OPS_COMMON_LINEAR_H
#include "sdx/op.h"

/* Are input 1 and, where there is one, the bias in input 2 constants, and the weights floats?
 * Their numbers are not computed for it. */
bool sdx_has_constant_weights(const sdx_node *n);

/* Does the window of n read no padding, whatever the size of its input? */
bool sdx_pads_nothing(const sdx_node *n);

enum { SDX_AXIS_SHAPE_TEXT = 16 * 24, SDX_AXIS_SHAPE_RANK = 16 };

/* "1, -1, 1": the shape, as a list in the text of a graph, that lays one dim along `axis` of `rank`
 * dims; all are 1 where axis is -1.  rank <= SDX_AXIS_SHAPE_RANK. */
void sdx_axis_shape(char text[SDX_AXIS_SHAPE_TEXT], int rank, int axis);
#endif
