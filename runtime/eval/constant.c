/* eval/constant.c - values that lie in an arena and die with it: never counted, never freed. */
#include "eval/value.h"

static sdx_value *header(sdx_arena *a, sdx_kind kind, sdx_dtype d, sdx_shape s, const void *data)
{
    sdx_value *v = sdx_arena_alloc(a, sizeof *v);
    if (!v)
        return NULL;
    v->kind = kind;
    v->storage = SDX_BORROWED;
    v->t = (sdx_tensor){ d, SDX_PLAIN, s,
                         (void *)(uintptr_t)data }; /* nobody writes to a constant */
    return v;
}

sdx_value *sdx_constant_tensor(sdx_arena *a, sdx_dtype d, sdx_shape s, const void *data)
{
    static const char nothing;
    if (d != SDX_STR)
        return header(a, SDX_TENSOR, d, s, data ? data : &nothing);
    int64_t n = sdx_count(s, 0, s.rank);
    const sdx_string *text = data;
    sdx_string_cell *cell = sdx_arena_array(a, (size_t)n, sizeof *cell);
    for (int64_t i = 0; cell && i < n; i++) {
        cell[i].length = text[i].length;
        cell[i].text = text[i].length ? sdx_arena_strndup(a, text[i].text, text[i].length) : NULL;
        if (text[i].length && !cell[i].text)
            return NULL;
    }
    return cell ? header(a, SDX_TENSOR, d, s, cell) : NULL;
}

sdx_value *sdx_constant_sparse(sdx_arena *a, sdx_shape s, const sdx_value *values,
                               const sdx_value *indices)
{
    sdx_value *v = header(a, SDX_SPARSE, values->t.dtype, s, NULL);
    const sdx_value **item = sdx_arena_array(a, 2, sizeof *item);
    if (!v || !item)
        return NULL;
    item[0] = values;
    item[1] = indices;
    v->item = item;
    v->n = v->room = 2;
    return v;
}
