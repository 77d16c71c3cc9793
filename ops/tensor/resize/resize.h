/* ops/tensor/resize/resize.h - the parts of Resize: what a node asks for, its tables, its loops. */
#ifndef TENSOR_RESIZE_RESIZE_H
#define TENSOR_RESIZE_RESIZE_H
#include "common/walk.h"

/* ---- what the node asks for ---- */

bool resize_is_upsample(const sdx_node *n);
/* Inputs by place; -1: this opset lacks it. */
int resize_scales_input(const sdx_node *n);
int resize_sizes_input(const sdx_node *n);
int resize_roi_input(const sdx_node *n);
/* Scales as the node has them: count of v, 0 for none, -1 for not known (t NULL and the input is
 * there). */
int resize_read_scales(const sdx_node *n, const sdx_tensor *t, double v[SDX_MAX_RANK]);
typedef enum resize_interpolation {
    RESIZE_NEAREST,
    RESIZE_LINEAR,
    RESIZE_CUBIC
} resize_interpolation;
resize_interpolation resize_mode(const sdx_node *n);
bool resize_keeps_aspect(const sdx_node *n);
/* The one scale that keeps the aspect of the picture. */
double resize_common_scale(const sdx_node *n, const int64_t *in, const int64_t *size, int count);

void resize_infer(const sdx_node *n, sdx_infer *c);
void resize_lint(const sdx_node *n, sdx_infer *c);

/* ---- tables ---- */

/* What one axis needs: `taps` places and weights for each place of the output. */
typedef struct resize_table {
    int64_t in, out;
    double scale, roi[2];
    int taps;
    bool same;      /* nothing happens along this axis */
    int32_t *place; /* out x taps */
    double *weight;
    uint8_t *outside; /* 1: the extrapolation value; NULL: never */
} resize_table;

/* Taps of one output place; -1: too many. */
int resize_taps(const sdx_node *n, double scale);
/* Rounding may have made the output larger than the scale says by half an element, no more. */
double resize_least_scale(int64_t in, int64_t out);
void resize_fill_table(const sdx_node *n, resize_table *t);

/* ---- loops ---- */

typedef struct resize_job {
    const sdx_node *n;
    const sdx_tensor *x;
    sdx_tensor *y;
    int rank, first; /* of the axes; the first that is resized */
    resize_table axis[SDX_MAX_RANK];
    int64_t in_slice, out_slice; /* places of an item: all from `first` on */
    int64_t lanes, room;         /* elements of a place; of a worker's slice */
    bool pairs;                  /* complex numbers: two reals a place */
    double extrapolation;
    size_t width;
} resize_job;

/* Interpolation: one slice of the resized axes for each item, through two rooms of the scratch. */
sdx_status resize_slices(void *job, int64_t begin, int64_t end, void *scratch, sdx_run *c);
/* Nearest neighbours: one row of the last axis for each item. */
sdx_status resize_rows(void *job, int64_t begin, int64_t end, void *scratch, sdx_run *c);
#endif
