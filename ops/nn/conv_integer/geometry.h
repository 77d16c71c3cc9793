/* ops/nn/conv_integer/geometry.h - a convolution of bytes as products of pixels and filters.
 *
 * A picture lies in blocks of `lanes` channels, as the layout pass has it, or in a frame: a copy
 * that has its padding around it, and few channels to a pixel where there are few.  Every number
 * under a window then lies a fixed distance from the window's corner, whatever the kernel, stride
 * and dilation: a table says where each step does.  Filters come in units of two panels, of 16
 * each.  A unit takes steps for all channels that its groups read; where its filters belong to
 * several groups, weights that are none are 0.
 *
 * Channels that are filtered each by itself take steps along the rows of the kernel instead. */
#ifndef OPS_NN_CONV_INTEGER_GEOMETRY_H
#define OPS_NN_CONV_INTEGER_GEOMETRY_H
#include "common/window.h"
#include "math/matmul_integer/kernels.h"

/* What the packed filters depend on: compared byte by byte, hence without gaps. */
typedef struct bytes_how {
    int64_t channels, filters, group; /* channels: of a group; filters: of them all */
    int64_t taps, row;                /* of the window; of its rows */
    int64_t lanes, each;              /* of a block of the frame; numbers of a step */
    int64_t columns, deep;            /* deep: channels by themselves, `columns` at a time; */
                                      /* DEEP_SHARED: windows lie side by side */
    int64_t columns_signed;
    size_t bytes; /* of the packed form: units, then the sum of each filter, as stored */
} bytes_how;

enum { DEEP_ALONE = 1, DEEP_SHARED = 2 };

/* Of deep: steps along a row of the kernel, sets of weights, bytes of a block's. */
static inline int64_t bytes_sets(const bytes_how *h)
{
    return h->deep == DEEP_SHARED ? 2 : 1;
}
static inline int64_t bytes_row_steps(const bytes_how *h)
{
    return (h->row + bytes_sets(h) - 1 + h->each - 1) / h->each;
}
static inline int64_t bytes_deep(const bytes_how *h)
{
    return h->taps / h->row * bytes_row_steps(h) * bytes_sets(h) * h->columns * 4;
}

typedef struct bytes_unit {
    int64_t steps;
    const int64_t *at; /* of each step, from a window's corner */
    size_t packed;     /* where its panels begin */
    int panels;
} bytes_unit;

typedef struct bytes_geometry {
    bytes_how how;
    bool x_plain, x_signed; /* from the caller, as channels, filters and group are */
    bool framed, flat;      /* flat: an image is one row, cut into rows of any width */
    int rank;               /* spatial dims, two at least */
    int64_t in[SDX_MAX_RANK + 1], out[SDX_MAX_RANK + 1], frame[SDX_MAX_RANK + 1];
    int64_t stride[SDX_MAX_RANK + 1], begin[SDX_MAX_RANK + 1];
    int64_t pitch[SDX_MAX_RANK + 1]; /* of the frame, in bytes */
    int64_t pixel, plane;            /* bytes of a pixel, of a block of the frame */
    int64_t blocks, frame_rows;
    int64_t width, rows, pixels; /* of the output; the last row holds what pixels leave to it */
    int64_t units, bands, band, grain; /* pieces of work; a band is some rows, deep: some slices */
    const bytes_unit *unit;            /* of several groups; else they are all as `first` */
    bytes_unit first;
    int_windows windows;   /* of deep; without weights */
    bool three;            /* of deep: pictures that form.three reads */
    int64_t reach;         /* slices of the frame under a window */
    size_t shared, worker; /* scratch */
} bytes_geometry;

/* rows: of a tile. */
sdx_status sdx_bytes_geometry(sdx_prepare *c, bytes_geometry *g, const int_form *form, int rows,
                              const sdx_window *window, const int64_t *in, const int64_t *out);
bytes_unit sdx_bytes_unit(const bytes_geometry *g, int64_t unit);
/* Where the first window of an output row begins in the frame. */
int64_t sdx_bytes_row(const bytes_geometry *g, int64_t row);
static inline int64_t bytes_row_pixels(const bytes_geometry *g, int64_t row)
{
    int64_t left = g->pixels - row * g->width;
    return left < g->width ? left : g->width;
}
/* Slices of the frame that so many slices of output read. */
static inline int64_t bytes_slices(const bytes_geometry *g, int64_t slices)
{
    return (slices - 1) * g->stride[0] + g->reach;
}
/* Rows of the frame from `row` on, of this block of an image.  clean: what pads is there. */
void sdx_bytes_lines(const bytes_geometry *g, const int_form *form, const uint8_t *x, int64_t image,
                     int64_t block, int64_t row, int64_t count, int x_zero, bool clean, char *to);

/* Filters, then sums.  w NULL: ones; sum NULL: not asked for, else of all filters. */
void sdx_bytes_pack(const bytes_how *h, void *to, const uint8_t *w, bool is_signed);
void sdx_bytes_pack_unit(const bytes_how *h, int64_t unit, void *to, const uint8_t *w,
                         bool is_signed, int32_t *sum);
/* The channels [*from, *to) that a unit reads, from the start of a step on; returns its steps. */
int64_t sdx_bytes_channels(const bytes_how *h, int64_t unit, int64_t *from, int64_t *to);
#endif
