/* graph/type.c - element types, and types of values. */
#include "graph/graph.h"

#include <string.h>

#define DTYPE_ROW(name, number, bits, cls, text) [number] = { text, bits, SDX_##cls },
static const struct {
    const char *name;
    int bits;
    sdx_class cls;
} dtype[] = { SDX_DTYPES(DTYPE_ROW) };

/* The names of TensorProto.DataType, where they differ from the short ones by more than their first letters. */
static const char *const onnx_name[SDX_DTYPE_END] = {
    [SDX_F32] = "float32",      [SDX_U8] = "uint8",
    [SDX_I8] = "int8",          [SDX_U16] = "uint16",
    [SDX_I16] = "int16",        [SDX_I32] = "int32",
    [SDX_I64] = "int64",        [SDX_STR] = "string",
    [SDX_BOOL] = "bool",        [SDX_F16] = "float16",
    [SDX_F64] = "float64",      [SDX_U32] = "uint32",
    [SDX_U64] = "uint64",       [SDX_C64] = "complex64",
    [SDX_C128] = "complex128",  [SDX_BF16] = "bfloat16",
    [SDX_F8E4M3FN] = "float8e4m3fn", [SDX_F8E4M3FNUZ] = "float8e4m3fnuz",
    [SDX_F8E5M2] = "float8e5m2",     [SDX_F8E5M2FNUZ] = "float8e5m2fnuz",
    [SDX_U4] = "uint4",         [SDX_I4] = "int4",
    [SDX_F4E2M1] = "float4e2m1", [SDX_F8E8M0] = "float8e8m0",
    [SDX_U2] = "uint2",         [SDX_I2] = "int2",
    [SDX_F6E2M3] = "float6e2m3", [SDX_F6E3M2] = "float6e3m2",
};

static bool exists(sdx_dtype d)
{
    return d > SDX_UNDEFINED && d < SDX_DTYPE_END;
}

const char *sdx_dtype_name(sdx_dtype d)
{
    return exists(d) ? dtype[d].name : "?";
}

const char *sdx_dtype_onnx_name(sdx_dtype d)
{
    return exists(d) ? onnx_name[d] : "?";
}

sdx_dtype sdx_dtype_find(const char *name)
{
    for (int d = 1; d < SDX_DTYPE_END; d++)
        if (strcmp(dtype[d].name, name) == 0 || strcmp(onnx_name[d], name) == 0)
            return (sdx_dtype)d;
    return SDX_UNDEFINED;
}

int sdx_dtype_bits(sdx_dtype d)
{
    return exists(d) ? dtype[d].bits : 0;
}

sdx_class sdx_dtype_class(sdx_dtype d)
{
    return exists(d) ? dtype[d].cls : SDX_NONE;
}

/* ---- types of values ---- */

const sdx_type sdx_type_unknown = { .dims = { -1, NULL } };

const sdx_type *sdx_type_shaped(sdx_arena *a, sdx_kind kind, sdx_dtype d, sdx_dims dims)
{
    size_t rank = dims.rank > 0 ? (size_t)dims.rank : 0;
    bool numbers = dims.rank >= 0;
    for (size_t i = 0; i < rank; i++)
        numbers = numbers && sdx_is_num(dims.dim[i]);
    /* One block: the type, its dims, and where they are numbers those alone again. */
    sdx_type *t = sdx_arena_alloc(a, sizeof *t + rank * (sizeof(sdx_dim) + sizeof(int64_t)));
    if (!t)
        return NULL;
    sdx_dim *dim = (sdx_dim *)(t + 1);
    int64_t *shape = (int64_t *)(dim + rank);
    if (rank)
        memcpy(dim, dims.dim, rank * sizeof *dim);
    for (size_t i = 0; numbers && i < rank; i++)
        shape[i] = dims.dim[i].n;
    *t = (sdx_type){ kind, d, { dims.rank, dim }, numbers ? shape : NULL, &sdx_type_unknown };
    return t;
}

const sdx_type *sdx_type_tensor(sdx_arena *a, sdx_dtype d, sdx_dims dims)
{
    return sdx_type_shaped(a, SDX_TENSOR, d, dims);
}

const sdx_type *sdx_type_wrap(sdx_arena *a, sdx_kind kind, sdx_dtype key, const sdx_type *of)
{
    sdx_type *t = sdx_arena_alloc(a, sizeof *t);
    if (t)
        *t = (sdx_type){ kind, key, { -1, NULL }, NULL, of ? of : &sdx_type_unknown };
    return t;
}

sdx_kind sdx_type_kind(const sdx_type *t)
{
    return t->kind;
}

sdx_dtype sdx_type_dtype(const sdx_type *t)
{
    return t->dtype;
}

sdx_dims sdx_type_dims(const sdx_type *t)
{
    return t->dims;
}

const sdx_type *sdx_type_of(const sdx_type *t)
{
    return t->of ? t->of : &sdx_type_unknown;
}

sdx_dim sdx_program_symbol(sdx_program *p, const char *name)
{
    bool fresh;
    if (!p->symbol_ids.arena)
        sdx_table_init(&p->symbol_ids, p->arena);
    sdx_word *id = sdx_table_add(&p->symbol_ids, name, strlen(name), &fresh);
    if (!id)
        return sdx_unknown();
    if (fresh) {
        /* Room is doubled at each power of two. */
        if ((p->n_symbols & (p->n_symbols - 1)) == 0) {
            size_t room = p->n_symbols ? (size_t)p->n_symbols * 2 : 1;
            const char **grown = sdx_arena_grow(p->arena, p->symbol, p->n_symbols, room, sizeof *grown);
            if (!grown)
                return sdx_unknown();
            p->symbol = grown;
        }
        p->symbol[p->n_symbols] = name;
        id->number = ++p->n_symbols;
    }
    sdx_dim d = { 0, (uint32_t)id->number };
    return d;
}
