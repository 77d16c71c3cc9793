/* base/dtype.c - the table of element types, and how many bytes tensors take. */
#include "base/bits.h"
#include "base/floats.h"
#include "base/text.h"
#include "sdx/value.h"

#include <float.h>
#include <string.h>

#define ROW(name, number, bits, cls, text) [number] = { text, bits, SDX_##cls },
static const struct row {
    const char *name;
    int bits;
    sdx_class cls;
} rows[SDX_DTYPE_END] = { [SDX_UNDEFINED] = { "?", 0, SDX_NONE }, SDX_DTYPES(ROW) };
#undef ROW

/* The words of the standard, with the width for the two that leave it out. */
static const char *const onnx_names[SDX_DTYPE_END] = {
    [SDX_UNDEFINED] = "?",
    [SDX_F32] = "float32",
    [SDX_U8] = "uint8",
    [SDX_I8] = "int8",
    [SDX_U16] = "uint16",
    [SDX_I16] = "int16",
    [SDX_I32] = "int32",
    [SDX_I64] = "int64",
    [SDX_STR] = "string",
    [SDX_BOOL] = "bool",
    [SDX_F16] = "float16",
    [SDX_F64] = "float64",
    [SDX_U32] = "uint32",
    [SDX_U64] = "uint64",
    [SDX_C64] = "complex64",
    [SDX_C128] = "complex128",
    [SDX_BF16] = "bfloat16",
    [SDX_F8E4M3FN] = "float8e4m3fn",
    [SDX_F8E4M3FNUZ] = "float8e4m3fnuz",
    [SDX_F8E5M2] = "float8e5m2",
    [SDX_F8E5M2FNUZ] = "float8e5m2fnuz",
    [SDX_U4] = "uint4",
    [SDX_I4] = "int4",
    [SDX_F4E2M1] = "float4e2m1",
    [SDX_F8E8M0] = "float8e8m0",
    [SDX_U2] = "uint2",
    [SDX_I2] = "int2",
    [SDX_F6E2M3] = "float6e2m3",
    [SDX_F6E3M2] = "float6e3m2",
};

static const struct row *row_of(sdx_dtype d)
{
    return &rows[(unsigned)d < SDX_DTYPE_END ? d : SDX_UNDEFINED];
}

const char *sdx_dtype_name(sdx_dtype d)
{
    return row_of(d)->name;
}

const char *sdx_dtype_onnx_name(sdx_dtype d)
{
    return onnx_names[(unsigned)d < SDX_DTYPE_END ? d : SDX_UNDEFINED];
}

sdx_dtype sdx_dtype_find(const char *name)
{
    for (int d = 1; d < SDX_DTYPE_END; d++)
        if (strcmp(name, rows[d].name) == 0 || strcmp(name, onnx_names[d]) == 0)
            return (sdx_dtype)d;
    return strcmp(name, "float") == 0    ? SDX_F32
           : strcmp(name, "double") == 0 ? SDX_F64
                                         : SDX_UNDEFINED;
}

int sdx_dtype_bits(sdx_dtype d)
{
    return row_of(d)->bits;
}

sdx_class sdx_dtype_class(sdx_dtype d)
{
    return row_of(d)->cls;
}

int64_t sdx_count(sdx_shape s, int begin, int end)
{
    int64_t n = 1;
    for (int i = begin; i < end; i++)
        n *= s.dim[i];
    return n;
}

int64_t sdx_elements(const sdx_tensor *t)
{
    return sdx_count(t->shape, 0, t->shape.rank);
}

size_t sdx_bytes(sdx_dtype d, int64_t elements)
{
    int bits = sdx_dtype_bits(d);
    return bits < 8 ? sdx_bits_bytes((size_t)elements, (unsigned)bits)
                    : (size_t)elements * (size_t)(bits / 8);
}

size_t sdx_layout_bytes(sdx_dtype d, sdx_shape s, sdx_layout l)
{
    const int64_t block = sdx_layout_block(l);
    if (block == 1 || s.rank < 2)
        return sdx_bytes(d, sdx_count(s, 0, s.rank));
    return sdx_bytes(d,
                     s.dim[0] * ((s.dim[1] + block - 1) / block) * block * sdx_count(s, 2, s.rank));
}

double sdx_highest(sdx_dtype d)
{
    const sdx_float *f = sdx_float_of(d);
    const int bits = sdx_dtype_bits(d);
    const sdx_class cls = sdx_dtype_class(d);
    if (f)
        return sdx_float_load(f, f->largest);
    if (cls == SDX_INT)
        return (double)((UINT64_C(1) << (bits - 1)) - 1);
    if (cls == SDX_UINT)
        return (double)(UINT64_MAX >> (64 - bits));
    return cls == SDX_BOOLEAN ? 1 : d == SDX_F32 || d == SDX_C64 ? (double)FLT_MAX : DBL_MAX;
}

double sdx_lowest(sdx_dtype d)
{
    const sdx_float *f = sdx_float_of(d);
    const sdx_class cls = sdx_dtype_class(d);
    if (f && !f->has_sign)
        return sdx_float_load(f, 0);
    if (cls == SDX_UINT || cls == SDX_BOOLEAN)
        return 0;
    return cls == SDX_INT ? -(double)(UINT64_C(1) << (sdx_dtype_bits(d) - 1)) : -sdx_highest(d);
}
