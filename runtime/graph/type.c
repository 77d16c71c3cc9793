/* graph/type.c - types of values. */
#include "graph/facts.h"

#include <string.h>

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
            const char **grown = sdx_arena_grow(p->arena, p->symbol, p->n_symbols, room,
                                                sizeof *grown);
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

/* ---- in words ---- */

static const char *or_unknown(const char *text)
{
    return text ? text : "?";
}

const char *sdx_dims_text(const sdx_symbols *s, sdx_arena *a, sdx_dims d)
{
    const char *text = "";
    if (d.rank < 0)
        return "[...]";
    for (int i = 0; i < d.rank; i++)
        text = or_unknown(
            sdx_arena_printf(a, "%s%s%s", text, i ? ", " : "", sdx_symbols_text(s, a, d.dim[i])));
    return or_unknown(sdx_arena_printf(a, "[%s]", text));
}

static const char *type_text(const sdx_symbols *s, sdx_arena *a, const sdx_type *t, int depth)
{
    if (depth > 8)
        return "…";
    const char *name = sdx_dtype_onnx_name(t->dtype);
    switch (t->kind) {
    case SDX_TENSOR:
        return sdx_arena_printf(a, "%s%s", name, sdx_dims_text(s, a, t->dims));
    case SDX_SPARSE:
        return sdx_arena_printf(a, "sparse(%s%s)", name, sdx_dims_text(s, a, t->dims));
    case SDX_SEQUENCE:
        return sdx_arena_printf(a, "seq(%s)",
                                or_unknown(type_text(s, a, sdx_type_of(t), depth + 1)));
    case SDX_OPTIONAL:
        return sdx_arena_printf(a, "optional(%s)",
                                or_unknown(type_text(s, a, sdx_type_of(t), depth + 1)));
    case SDX_MAP:
        return sdx_arena_printf(a, "map(%s, %s)", name,
                                or_unknown(type_text(s, a, sdx_type_of(t), depth + 1)));
    default:
        return "?";
    }
}

const char *sdx_type_text(const sdx_symbols *s, sdx_arena *a, const sdx_type *t)
{
    return or_unknown(type_text(s, a, t, 0));
}
