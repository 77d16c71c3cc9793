/* ops/nn/conv/geometry.h - a convolution as rows of outputs and, for each, the taps that reach
 * them.
 *
 * All spatial dims but the last are folded into rows.  For every output row there is a list of
 * lines: rows of input with the row of the kernel that lies over them.  Within a row, pixels fall
 * into phases that see the same taps of the kernel's rows: one for a convolution, one for each
 * residue of the stride for a transposed one.  A dilated one may be taken in phases too, one for
 * each residue of the dilation: outputs of a phase then share inputs.  The reference and every
 * kernel walk these lists, so padding, stride, dilation, rank and transposition are settled here
 * alone. */
#ifndef NN_CONV_GEOMETRY_H
#define NN_CONV_GEOMETRY_H
#include "common/window.h"
#include "simd/lines.h"

/* Neighbouring taps: 7, 5 or 3 on neighbouring pixels, 3 that lie `apart` pixels from each other,
 * or a single one. */
typedef struct conv_run {
    int64_t x, w, first, end; /* of the first, as in a tile_tap */
    int count;
} conv_run;

/* Pixels first, first + phases, first + 2 * phases ... of a row. */
typedef struct conv_phase {
    int64_t first, count;
    int64_t taps;
    const tile_tap *tap;
    int64_t runs;
    const conv_run *run;      /* the same taps, in runs                    */
    int64_t inner, inner_end; /* pixels for which every tap lies within x  */
} conv_phase;

typedef struct conv_geometry {
    int64_t rows, width, pixels; /* of the output; the last row holds what pixels leave to it */
    int64_t in_width, in_pixels; /* of the input */
    int64_t taps;                /* of the kernel */
    int64_t step;                /* input pixels from an output pixel of a phase to the next */
    int64_t apart;               /* ... from a tap of a run to the next                      */
    int64_t phases;
    const conv_phase *phase;
    int64_t most_lines; /* of any row */
    /* [rows + 1]: lines of row r are line[start[r]] .. line[start[r + 1] - 1] */
    const int64_t *start;
    const tile_line *line; /* NULL: too many to keep; sdx_conv_lines makes them */
    /* what they are made from */
    /* flat: a window of one element; the image is one row, cut into rows of any width */
    bool transposed, flat;
    int64_t ring; /* rows of input that are there, row r in place r % ring; 0: all */
    sdx_window window;
    int64_t in[SDX_MAX_RANK], out[SDX_MAX_RANK];
} conv_geometry;

/* Of a node whose shapes are numbers: in, out have window->rank spatial dims.  run: the longest run
 * of taps; 0: none, and no phases of the dilation. */
sdx_status sdx_conv_geometry(sdx_prepare *c, const sdx_window *window, const int64_t *in,
                             const int64_t *out, bool transposed, int run, conv_geometry *g);
/* The same of a picture of which few rows are there at a time: in_ring rows of the input, out_ring
 * of the output, row r in place r % ring; 0: all.  Planes then are an odd number of pixels apart.
 * Rows are never flattened. */
sdx_status sdx_conv_geometry_rings(sdx_prepare *c, const sdx_window *window, const int64_t in[2],
                                   const int64_t out[2], int run, int64_t in_ring, int64_t out_ring,
                                   conv_geometry *g);
/* The lines of a row, at most most_lines; returns how many. */
int64_t sdx_conv_lines(const conv_geometry *g, int64_t row, tile_line *to);

static inline int64_t conv_row_pixels(const conv_geometry *g, int64_t row)
{
    int64_t left = g->pixels - row * g->width;
    return left < g->width ? left : g->width;
}
#endif
