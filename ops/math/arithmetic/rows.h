/* ops/math/arithmetic/rows.h - two floats in, one out, on a vocabulary. */
#include "math/arithmetic/kernels.h"
#include "simd/f32_row.h"

/* y, or NaN where x is: v_min and v_max see to z alone. */
V_INLINE v_f32 unless_nan(v_f32 x, v_f32 y)
{
    v_i32 nan = x != x;
    return v_float((nan & v_bits(x)) | (~nan & v_bits(y)));
}

V_ROW2(row_add, x + z)
V_ROW2(row_sub, x - z)
V_ROW2(row_mul, x *z)
V_ROW2(row_div, x / z)
V_ROW2(row_min, unless_nan(x, v_min(x, z)))
V_ROW2(row_max, unless_nan(x, v_max(x, z)))

static void fill_kernels(arithmetic_kernels *k)
{
    *k = (arithmetic_kernels){ .add = row_add,
                               .sub = row_sub,
                               .mul = row_mul,
                               .div = row_div,
                               .min = row_min,
                               .max = row_max };
}
