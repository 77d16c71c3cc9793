/* simd/lines.h - where the taps of a window lie, for one row of outputs.  No vocabulary is needed
 * to make them. */
#ifndef SIMD_LINES_H
#define SIMD_LINES_H
#include <stdint.h>

/* A row of taps.  Rows that lie on padding have none. */
typedef struct tile_line {
    int64_t x; /* pixels from the input's start to the row of input under it */
    int64_t w; /* taps before it in the kernel                               */
} tile_line;

/* A tap within such a row. */
typedef struct tile_tap {
    /* pixels from the row's start to the one under it, for output pixel 0: may lie outside */
    int64_t x;
    /* taps before it in its row of the kernel */
    int64_t w;
    /* output pixels for which it lies within the row */
    int64_t first, end;
} tile_tap;
#endif
