/* ops/internal/reorder/kernels.h - pictures of floats and of bytes into blocks of channels, and
 * back.  Raw pointers and sizes only. */
#ifndef INTERNAL_REORDER_KERNELS_H
#define INTERNAL_REORDER_KERNELS_H
#include "sdx/op.h"

/* Block b of one picture, pixels [p0, p1): plain [channels][pixels], blocked
 * [blocks][pixels][block].  Lanes past the last channel become 0.  Any alignment. */
typedef void reorder_f32(float *to, const float *from, int64_t channels, int64_t pixels, int64_t b,
                         int64_t p0, int64_t p1);
typedef void reorder_u8(uint8_t *to, const uint8_t *from, int64_t channels, int64_t pixels,
                        int64_t b, int64_t p0, int64_t p1);

/* A vector of channels, of `pixels` that lie a block apart: lane i of y becomes, of the one step s
 * that has from[s * CHANNEL_LANES + i] >= 0, that lane of x[s]; 0 where there is none. */
enum { CHANNEL_LANES = 16 }; /* of a vector, at most */
typedef void channels_f32(float *y, const float *const *x, const int32_t *from, int64_t steps,
                          int64_t pixels);

typedef struct reorder_kernels {
    reorder_f32 *to_blocks, *to_plain;
    reorder_u8 *bytes_to_blocks, *bytes_to_plain;
    channels_f32 *channels;
    int64_t block, lanes; /* of a block, of a vector; 0: there are none */
} reorder_kernels;
extern const sdx_family sdx_family_internal_reorder;
#endif
