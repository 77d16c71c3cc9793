/* ops/quantization/linear/kernels.h - what an ISA may do faster: floats to bytes with one scale,
 * and back. */
#ifndef OPS_QUANTIZATION_LINEAR_KERNELS_H
#define OPS_QUANTIZATION_LINEAR_KERNELS_H
#include "sdx/op.h"

/* y = clamp(round(x / scale) + zero) to 0..255 (or -128..127, as bytes), halves to even; NaN
 * becomes the lowest. */
typedef void quantize_row(uint8_t *y, const float *x, size_t n, float scale, float zero);
/* y = (x - zero) * scale; the bytes are unsigned (or signed). */
typedef void dequantize_row(float *y, const uint8_t *x, size_t n, float scale, float zero);

typedef struct linear_kernels {
    quantize_row *quantize_u8, *quantize_i8;
    dequantize_row *dequantize_u8, *dequantize_i8;
} linear_kernels;
extern const sdx_family sdx_family_quantization_linear;

/* The references. */
quantize_row sdx_quantize_u8, sdx_quantize_i8;
dequantize_row sdx_dequantize_u8, sdx_dequantize_i8;
#endif
