/* ops/internal/typed/avx2.c - rows.h, and the conversions of half floats that this set has. */
#include <immintrin.h>
#include "internal/typed/rows.h"

static void f16_to_f32(void *y, const void *a, const void *b)
{
    (void)b;
    for (int i = 0; i < SDX_TYPED_BLOCK; i += 8)
        _mm256_storeu_ps((float *)y + i,
                         _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)a + i / 8)));
}

static void f32_to_f16(void *y, const void *a, const void *b)
{
    (void)b;
    for (int i = 0; i < SDX_TYPED_BLOCK; i += 8)
        _mm_storeu_si128(
            (__m128i *)y + i / 8,
            _mm256_cvtps_ph(_mm256_loadu_ps((const float *)a + i), _MM_FROUND_TO_NEAREST_INT));
}

SDX_KERNELS(internal_typed, avx2)
{
    typed_kernels *k = slots;
    fill_kernels(k);
    k->cast[SDX_KIND_F16][SDX_KIND_F32] = f16_to_f32;
    k->cast[SDX_KIND_F32][SDX_KIND_F16] = f32_to_f16;
}
