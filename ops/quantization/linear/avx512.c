/* ops/quantization/linear/avx512.c - rows.h for this instruction set. */
#include "simd/quotient.h"
#include "quantization/linear/rows.h"

SDX_KERNELS(quantization_linear, avx512)
{
    linear_kernels *k = slots;
    *k = (linear_kernels){ quantize_u8, quantize_i8, dequantize_u8, dequantize_i8 };
}
