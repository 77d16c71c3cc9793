/* ops/nn/conv_integer/pieces.h - what a convolution of bytes knows before it runs, and while. */
#ifndef OPS_NN_CONV_INTEGER_PIECES_H
#define OPS_NN_CONV_INTEGER_PIECES_H
#include "nn/conv_integer/geometry.h"

typedef struct bytes_plan {
    bytes_geometry g;
    int_form form;
    int_narrow *narrow;
    byte_add_row *add;
    int rows; /* of a tile */
    int64_t batch;
    int y_lanes;        /* of a block of y; 1: plain */
    const char *packed; /* filters and their sums; NULL: packed in run */
    size_t start_at, scale_at, zero_at, less_at, packed_at, frame_at; /* in the shared scratch */
} bytes_plan;

typedef struct bytes_job {
    const bytes_plan *p;
    const sdx_tensor *x, *w_zero, *w_scale, *bias;
    sdx_tensor *y;
    int64_t image;
    const char *packed, *frame; /* frame: the image's, or the image itself */
    char *copy;                 /* the frame, to be filled */
    int32_t *start;             /* for each filter: what its sums begin with */
    float *scale;
    int32_t *zero; /* its zero point, as stored */
    int32_t *less; /* for each pixel: what that takes off, if it is one; NULL: several, or 0 */
    bool any_w_zero, small;
    bool at_once;           /* tiles make bytes */
    int x_zero;             /* as the file has it */
    float x_scale, y_scale; /* y_scale 0: sums stay as they are */
    int y_zero, lowest, highest;
    const uint8_t *rest; /* what is added; NULL: nothing */
    int_more more;
} bytes_job;

/* Do all filters read the same? */
static inline bool bytes_one_window(const bytes_geometry *g)
{
    return !g->how.deep && g->how.group == 1;
}

/* The image of the job, in pieces that threads share. */
sdx_status sdx_bytes_run(bytes_job *j, sdx_run *c);
#endif
