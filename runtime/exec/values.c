/* exec/values.c - values that enter or leave a run. */
#include "base/error.h"
#include "base/size.h"
#include "exec/exec.h"
#include <string.h>

sdx_status sdx_value_check_fill(const sdx_value *to, const sdx_value *from, sdx_error *err)
{
    const sdx_tensor *x = &from->t, *y = &to->t;
    if (to->kind != SDX_TENSOR || from->kind != SDX_TENSOR)
        return sdx_error_set(err, SDX_E_TYPE, "only tensors can be filled in place");
    if (x->dtype != y->dtype)
        return sdx_error_set(err, SDX_E_TYPE, "the value given for the output is %s, the result %s",
                             sdx_dtype_onnx_name(y->dtype), sdx_dtype_onnx_name(x->dtype));
    if (x->shape.rank != y->shape.rank ||
        (x->shape.rank &&
         memcmp(x->shape.dim, y->shape.dim, sizeof *x->shape.dim * (size_t)x->shape.rank) != 0))
        return sdx_error_set(err, SDX_E_SHAPE,
                             "the value given for the output has another shape than the result");
    return SDX_OK;
}

sdx_status sdx_value_fill(sdx_value *to, const sdx_value *from, sdx_error *err)
{
    const sdx_tensor *x = &from->t;
    sdx_tensor *y = &to->t;
    SDX_TRY(sdx_value_check_fill(to, from, err));
    if (x->layout == y->layout && x->dtype != SDX_STR) {
        memmove(y->data, x->data, sdx_layout_bytes(x->dtype, x->shape, x->layout));
        return SDX_OK;
    }
    sdx_status st = sdx_tensor_move(y, 0, 1, x, 0, 1, sdx_elements(x), to->mem);
    return st == SDX_OK ? st : sdx_error_memory(err, 0);
}

/* What is written whole needs no zeros first; the last byte of elements narrower than one is
 * not. */
sdx_status sdx_value_open(sdx_dtype d, sdx_shape shape, sdx_value **out, sdx_error *err)
{
    sdx_status st = sdx_value_make(NULL, NULL, d, shape, SDX_PLAIN, sdx_dtype_bits(d) < 8, out);
    return st == SDX_OK ? st : sdx_error_memory(err, sdx_layout_bytes(d, shape, SDX_PLAIN));
}

static sdx_status export_tensor(const sdx_value *v, sdx_value **out, sdx_error *err)
{
    const sdx_tensor *t = &v->t;
    SDX_TRY(sdx_value_open(t->dtype, t->shape, out, err));
    sdx_status st = sdx_value_fill(*out, v, err);
    if (st != SDX_OK) {
        sdx_value_free(*out);
        *out = NULL;
    }
    return st;
}

/* Types nest only as deep as a model says, which the loader limits. */
static sdx_status export_parts(const sdx_value *v, sdx_value **part, sdx_error *err)
{
    for (size_t i = 0; i < v->n; i++)
        SDX_TRY(sdx_value_export(v->item[i], &part[i], err));
    return SDX_OK;
}

static sdx_status assemble(const sdx_value *v, sdx_value **part, sdx_value **out, sdx_error *err)
{
    if (v->kind == SDX_SEQUENCE)
        return sdx_value_sequence(v->n, part, out, err);
    if (v->kind == SDX_OPTIONAL)
        return sdx_value_optional(v->n ? part[0] : NULL, out, err);
    if (v->kind == SDX_MAP && v->n == 2)
        return sdx_value_map(part[0], part[1], out, err);
    if (v->kind == SDX_SPARSE && v->n == 2)
        return sdx_value_sparse(v->t.shape.rank, v->t.shape.dim, part[0], part[1], out, err);
    return sdx_error_set(err, SDX_E_USAGE, "a value of no kind");
}

sdx_status sdx_value_export(const sdx_value *v, sdx_value **out, sdx_error *err)
{
    if (v->kind == SDX_TENSOR)
        return export_tensor(v, out, err);
    sdx_value **part = sdx_mem_array(v->mem, v->n + 1, sizeof *part);
    if (!part)
        return sdx_error_memory(err, 0);
    sdx_status st = export_parts(v, part, err);
    if (st == SDX_OK)
        st = assemble(v, part, out, err);
    for (size_t i = 0; i < v->n; i++)
        sdx_value_free(part[i]);
    sdx_mem_free(v->mem, part, (v->n + 1) * sizeof *part);
    return st;
}

size_t sdx_value_export_bytes(const sdx_value *v)
{
    size_t bytes = 0;
    if (v->kind != SDX_TENSOR) {
        for (size_t i = 0; i < v->n; i++)
            if (!v->item[i] || !sdx_size_add(&bytes, bytes, sdx_value_export_bytes(v->item[i])))
                return SIZE_MAX;
        return bytes;
    }
    bytes = sdx_layout_bytes(v->t.dtype, v->t.shape, SDX_PLAIN);
    int64_t strings = v->t.dtype == SDX_STR ? sdx_elements(&v->t) : 0;
    for (int64_t i = 0; i < strings; i++)
        if (!sdx_size_add(&bytes, bytes, sdx_get_string(&v->t, i).length))
            return SIZE_MAX;
    return bytes;
}

/* One channel block's lanes spread over their channels. */
static void unblock(sdx_value *y, const sdx_tensor *x)
{
    size_t width = (size_t)sdx_dtype_bits(x->dtype) / 8,
           block = (size_t)sdx_layout_block(x->layout);
    size_t n = (size_t)x->shape.dim[0], channels = (size_t)x->shape.dim[1];
    size_t pixels = (size_t)sdx_count(x->shape, 2, x->shape.rank);
    size_t blocks = (channels + block - 1) / block;
    const char *from = x->data;
    char *to = y->t.data;
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < channels; c++)
            for (size_t p = 0; p < pixels; p++)
                memcpy(to + ((i * channels + c) * pixels + p) * width,
                       from + (((i * blocks + c / block) * pixels + p) * block + c % block) * width,
                       width);
}

sdx_status sdx_value_plain(sdx_mem *mem, const sdx_value *v, const sdx_value **out)
{
    sdx_value *y;
    *out = v;
    if (v->kind != SDX_TENSOR || v->t.layout == SDX_PLAIN)
        return SDX_OK;
    SDX_TRY(sdx_value_make(mem, NULL, v->t.dtype, v->t.shape, SDX_PLAIN, false, &y));
    unblock(y, &v->t);
    *out = y;
    return SDX_OK;
}
