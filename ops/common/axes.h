/* ops/common/axes.h - small lists of integers that an operator takes as attribute or as input:
 * axes, pads, repeats, a target shape. */
#ifndef OPS_COMMON_AXES_H
#define OPS_COMMON_AXES_H
#include "sdx/op.h"

/* What is known of such a list. */
typedef enum sdx_given {
    SDX_ABSENT, /* neither attribute nor input                                       */
    SDX_OPEN,   /* an input of which not every element is known; count may be (else -1) */
    SDX_GIVEN   /* all elements are numbers                                          */
} sdx_given;

typedef struct sdx_ints {
    sdx_given given;
    int count;
    int64_t v[SDX_MAX_RANK];
} sdx_ints;

/* The list of attribute `attr` (NULL: none), or else of input `input` (-1: none).  In any stage.  A
 * list longer than SDX_MAX_RANK is cut; count then exceeds SDX_MAX_RANK and tells. */
sdx_ints sdx_read_ints(const sdx_node *n, const char *attr, int input);
/* The same as dims and of any length, in infer.  NULL: neither is there, the input is not known, or
 * no memory; *count is -1. */
const sdx_dim *sdx_read_elems(const sdx_node *n, sdx_infer *c, const char *attr, int input,
                              int *count);
/* The first element of input `input`, where it is known. */
bool sdx_read_int(const sdx_node *n, int input, int64_t *value);
/* The list as it stands in a tensor, while running. */
sdx_ints sdx_tensor_ints(const sdx_tensor *t);

/* Axes as bits, -1 counting from the end: the index of the first one out of range or named twice,
 * -1 if all are fine. 0 <= rank <= SDX_MAX_RANK. */
int sdx_axes_mask(const int64_t *axes, int count, int rank, uint64_t *mask);
/* The same in infer: false means refused, with the right words. */
bool sdx_check_axes(sdx_infer *c, const char *attribute, const int64_t *axes, int count, int rank,
                    uint64_t *mask);
/* ... in run. */
sdx_status sdx_take_axes(sdx_run *c, const char *attribute, const int64_t *axes, int count,
                         int rank, uint64_t *mask);
#endif
