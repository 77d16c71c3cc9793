/* infer/merge.c - types put together: what the file declares, what rules find, what has become
 * equal since. */
#include "infer/walk.h"

#include <string.h>

enum { MAX_NESTING = 32 };

static bool same_dim(sdx_dim a, sdx_dim b)
{
    return a.sym == b.sym && a.n == b.n;
}

bool sdx_type_is_same(const sdx_type *a, const sdx_type *b)
{
    for (int depth = 0; depth < MAX_NESTING; depth++) {
        if (a == b)
            return true;
        if (a->kind != b->kind || a->dtype != b->dtype || a->dims.rank != b->dims.rank)
            return false;
        for (int i = 0; i < a->dims.rank; i++)
            if (!same_dim(a->dims.dim[i], b->dims.dim[i]))
                return false;
        if (!a->of || !b->of)
            return a->of == b->of;
        a = a->of;
        b = b->of;
    }
    return false;
}

static const sdx_type *shaped(walk *w, sdx_kind kind, sdx_dtype d, int rank, const sdx_dim *dim)
{
    const sdx_type *t = sdx_type_shaped(w->facts->arena, kind, d, (sdx_dims){ rank, dim });
    w->failed |= !t;
    return t ? t : &sdx_type_unknown;
}

static const sdx_type *wrapped(walk *w, const sdx_type *like, const sdx_type *of)
{
    const sdx_type *t = sdx_type_wrap(w->facts->arena, like->kind, like->dtype, of);
    w->failed |= !t;
    return t ? t : &sdx_type_unknown;
}

static bool has_dims(const sdx_type *t)
{
    return t->kind == SDX_TENSOR || t->kind == SDX_SPARSE;
}

static const sdx_type *settle(walk *w, const sdx_type *t, bool copy, int depth)
{
    if (t == &sdx_type_unknown || t->kind == SDX_KIND_UNKNOWN || depth > MAX_NESTING)
        return &sdx_type_unknown;
    if (!has_dims(t)) {
        const sdx_type *of = settle(w, sdx_type_of(t), copy, depth + 1);
        return copy || of != sdx_type_of(t) ? wrapped(w, t, of) : t;
    }
    sdx_dim dim[SDX_MAX_RANK];
    bool changed = copy;
    for (int i = 0; i < t->dims.rank; i++) {
        dim[i] = sdx_symbols_resolve(w->facts->symbols, t->dims.dim[i]);
        changed |= !same_dim(dim[i], t->dims.dim[i]);
    }
    return changed ? shaped(w, t->kind, t->dtype, t->dims.rank, dim) : t;
}

const sdx_type *sdx_type_settle(walk *w, const sdx_type *t, bool copy)
{
    return settle(w, t, copy, 0);
}

static const sdx_type *localize(walk *w, const sdx_type *t, int depth)
{
    if (t->kind == SDX_KIND_UNKNOWN || depth > MAX_NESTING)
        return &sdx_type_unknown;
    if (!has_dims(t)) {
        const sdx_type *of = localize(w, sdx_type_of(t), depth + 1);
        return of == sdx_type_of(t) ? t : wrapped(w, t, of);
    }
    if (t->dims.rank < 0 || t->shape)
        return t;
    sdx_dim dim[SDX_MAX_RANK];
    for (int i = 0; i < t->dims.rank; i++) {
        dim[i] = t->dims.dim[i];
        if (!sdx_is_num(dim[i]) && !sdx_is_unknown(dim[i]))
            dim[i] = dim[i].sym <= w->facts->program->n_symbols ? w->symbol[dim[i].sym - 1]
                                                                : sdx_unknown();
        dim[i] = sdx_symbols_resolve(w->facts->symbols, dim[i]);
    }
    return shaped(w, t->kind, t->dtype, t->dims.rank, dim);
}

const sdx_type *sdx_type_localize(walk *w, const sdx_type *t)
{
    return localize(w, t, 0);
}

/* One dim out of two; *clash: they cannot both be right. */
typedef sdx_dim dim_of_two(walk *w, sdx_dim a, sdx_dim b, bool *clash);

static const sdx_type *merge(walk *w, const sdx_type *a, const sdx_type *b, dim_of_two *dim_of,
                             conflict *why, int *axis, int depth)
{
    if (b->kind == SDX_KIND_UNKNOWN || a == b || depth > MAX_NESTING)
        return a;
    if (a->kind == SDX_KIND_UNKNOWN)
        return settle(w, b, true, depth);
    if (a->kind != b->kind) {
        *why = OTHER_KIND;
        return a;
    }
    if (a->dtype && b->dtype && a->dtype != b->dtype) {
        *why = OTHER_DTYPE;
        return a;
    }
    sdx_dtype dtype = a->dtype ? a->dtype : b->dtype;
    if (!has_dims(a)) {
        const sdx_type *of = merge(w, sdx_type_of(a), sdx_type_of(b), dim_of, why, axis, depth + 1);
        return of == sdx_type_of(a) && dtype == a->dtype
                   ? a
                   : wrapped(w, dtype == a->dtype ? a : b, of);
    }
    if (b->dims.rank < 0)
        return dtype == a->dtype ? a : shaped(w, a->kind, dtype, a->dims.rank, a->dims.dim);
    if (a->dims.rank < 0)
        return shaped(w, a->kind, dtype, b->dims.rank, b->dims.dim);
    if (a->dims.rank != b->dims.rank) {
        *why = OTHER_RANK;
        return a;
    }
    sdx_dim dim[SDX_MAX_RANK];
    bool changed = dtype != a->dtype;
    for (int i = 0; i < a->dims.rank; i++) {
        bool clash;
        dim[i] = dim_of(w, a->dims.dim[i], b->dims.dim[i], &clash);
        changed |= !same_dim(dim[i], a->dims.dim[i]);
        if (clash && *why == AGREE) {
            *why = OTHER_DIM;
            *axis = i;
        }
    }
    return changed ? shaped(w, a->kind, dtype, a->dims.rank, dim) : a;
}

/* Both are one from now on. */
static sdx_dim equal_dim(walk *w, sdx_dim x, sdx_dim y, bool *clash)
{
    *clash = !sdx_symbols_equal(w->facts->symbols, x, y);
    return sdx_symbols_resolve(w->facts->symbols, sdx_is_unknown(x) ? y : x);
}

const sdx_type *sdx_type_merge(walk *w, const sdx_type *a, const sdx_type *b, conflict *why,
                               int *axis)
{
    *why = AGREE;
    *axis = -1;
    return merge(w, a, b, equal_dim, why, axis, 0);
}

/* A name that only declarations use may be given what the rule found. */
static bool is_free_name(const walk *w, sdx_dim d)
{
    for (uint32_t i = 0; i < w->facts->program->n_symbols; i++)
        if (same_dim(w->symbol[i], d))
            return !w->of_input[i];
    return false;
}

/* N for what is 2*N or 3*N: right for 0 alone. */
static bool is_multiple(sdx_symbols *s, sdx_dim found, sdx_dim declared)
{
    for (int64_t k = 2; k <= 4; k++)
        if (sdx_symbols_same(s, found, sdx_symbols_mul(s, declared, sdx_num(k))) == SDX_YES)
            return true;
    return false;
}

/* The dim to go by; *clash: the two cannot both be right. */
static sdx_dim add_declared_dim(walk *w, sdx_dim found, sdx_dim declared, bool *clash)
{
    sdx_symbols *s = w->facts->symbols;
    declared = sdx_symbols_resolve(s, declared);
    *clash = false;
    if (sdx_is_unknown(found) || sdx_is_unknown(declared))
        return sdx_is_unknown(found) ? declared : found;
    if (!sdx_is_num(declared) && is_free_name(w, declared))
        *clash = !sdx_symbols_equal(s, declared, found);
    else
        *clash = sdx_symbols_same(s, found, declared) == SDX_NO ||
                 (!sdx_is_num(declared) && is_multiple(s, found, declared));
    return sdx_symbols_resolve(s, found);
}

const sdx_type *sdx_type_add_declared(walk *w, const sdx_type *found, const sdx_type *declared,
                                      conflict *why, int *axis)
{
    *why = AGREE;
    *axis = -1;
    return merge(w, found, declared, add_declared_dim, why, axis, 0);
}

void sdx_fact_refresh(walk *w, sdx_fact *f)
{
    uint32_t now = sdx_symbols_epoch(w->facts->symbols);
    if (f->epoch == now)
        return;
    f->epoch = now;
    if (f->type && !f->type->shape)
        f->type = settle(w, f->type, false, 0);
    if (!f->elem || f->known)
        return;
    sdx_dim *moved = NULL;
    for (int i = 0; i < f->n_elem; i++) {
        sdx_dim d = sdx_symbols_resolve(w->facts->symbols, f->elem[i]);
        if (same_dim(d, f->elem[i]))
            continue;
        if (!moved)
            moved = sdx_arena_copy(w->facts->arena, f->elem, (size_t)f->n_elem * sizeof *moved);
        if (!moved) {
            w->failed = true;
            return;
        }
        moved[i] = d;
    }
    if (moved)
        sdx_fact_from_elems(w, f, moved, f->n_elem);
}
