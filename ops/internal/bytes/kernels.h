/* ops/internal/bytes/kernels.h - what an ISA may do faster: sums of two quantised rows. */
#ifndef OPS_INTERNAL_BYTES_KERNELS_H
#define OPS_INTERNAL_BYTES_KERNELS_H
#include "sdx/op.h"

/* A byte stands for (byte ^ flip - zero) * scale: the flip makes unsigned what is signed. */
typedef struct byte_grid {
    float scale, zero;
    uint8_t flip;
} byte_grid;
typedef struct byte_add {
    byte_grid a, b;
    float scale, zero, lo, hi; /* of the result: as the file has them */
} byte_add;
/* y = clamp(round((a + b) / scale) + zero, lo, hi), halves to even; in floats, each step rounded as
 * the nodes of the file would. */
typedef void byte_add_row(uint8_t *y, const uint8_t *a, const uint8_t *b, size_t n,
                          const byte_add *p);

typedef struct byte_kernels {
    byte_add_row *add;
} byte_kernels;
byte_add_row sdx_byte_add; /* the reference */
extern const sdx_family sdx_family_internal_bytes;
#endif
