/* eval/value_type.c - the type of a run-time value. */
#include "eval/value.h"
#include "graph/graph.h"

enum { MOST_NESTING = 64 };

static const sdx_type *shaped_type(sdx_arena *a, const sdx_value *v)
{
    sdx_dim dim[SDX_MAX_RANK];
    for (int i = 0; i < v->t.shape.rank; i++)
        dim[i] = sdx_num(v->t.shape.dim[i]);
    return sdx_type_shaped(a, v->kind, v->t.dtype, (sdx_dims){ v->t.shape.rank, dim });
}

/* Of a list the first item speaks for all: what items have in common is the business of inference.
 */
const sdx_type *sdx_value_type(sdx_arena *a, const sdx_value *v)
{
    const sdx_value *chain[MOST_NESTING];
    int depth = 0;
    const sdx_type *type = &sdx_type_unknown;
    while (v && v->kind != SDX_TENSOR && v->kind != SDX_SPARSE && depth < MOST_NESTING) {
        chain[depth++] = v;
        v = v->n ? v->item[v->kind == SDX_MAP] : NULL;
    }
    if (v && (v->kind == SDX_TENSOR || v->kind == SDX_SPARSE))
        type = shaped_type(a, v);
    while (type && depth > 0) {
        const sdx_value *outer = chain[--depth];
        const sdx_dtype key = outer->kind == SDX_MAP && outer->n ? outer->item[0]->t.dtype
                                                                 : SDX_UNDEFINED;
        type = sdx_type_wrap(a, outer->kind, key, type);
    }
    return type;
}
