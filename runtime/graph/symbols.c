/* graph/symbols.c - the atoms and expressions that there are, each kept once.
 *
 * symbols_parts.h says what they are; symbols_terms.c computes with lists of terms,
 * symbols_arithmetic.c with dims, symbols_equations.c states and answers equations,
 * symbols_text.c evaluates and prints. */
#include "graph/symbols_parts.h"
#include <string.h>

enum {
    MAX_DEPTH = 24,      /* of divisions within divisions */
    MAX_LISTS = 1 << 20, /* expressions and atoms in all */
};

sdx_symbols *sdx_symbols_new(sdx_arena *a)
{
    sdx_symbols *s = sdx_arena_alloc(a, sizeof *s);
    if (!s)
        return NULL;
    s->arena = a;
    s->epoch = 1;
    s->n_kept = 1;
    sdx_table_init(&s->lists, a);
    sdx_table_init(&s->names, a);
    sdx_table_init(&s->data, a);
    sdx_table_init(&s->atoms, a);
    return s;
}

bool sdx_symbols_failed(const sdx_symbols *s)
{
    return s->failed;
}

uint32_t sdx_symbols_epoch(const sdx_symbols *s)
{
    return s->epoch;
}

/* Room for one more in an array that doubles. */
bool sdx_symbols_grow(sdx_symbols *s, void *array, uint32_t used, uint32_t *room, size_t size)
{
    if (used < *room)
        return true;
    uint32_t more = *room ? *room * 2 : 16;
    void *old, *grown;
    memcpy(&old, array, sizeof old);
    grown = sdx_arena_grow(s->arena, old, used < *room ? used : *room, more, size);
    if (!grown) {
        s->failed = true;
        return false;
    }
    memcpy(array, &grown, sizeof grown);
    *room = more;
    return true;
}

static int depth_of(const sdx_symbols *s, sdx_dim d)
{
    return sdx_is_num(d) ? 0 : s->kept[d.sym].depth;
}

/* The dim of a list, kept where new. */
sdx_dim sdx_terms_keep(sdx_symbols *s, sdx_terms a)
{
    if (sdx_terms_with_atoms(a) == 0)
        return sdx_num(sdx_terms_constant(a));
    size_t bytes = a.n * sizeof *a.term;
    const sdx_word *found = sdx_table_find(&s->lists, (const char *)a.term, bytes);
    if (found) {
        sdx_dim d = { 0, (uint32_t)found->number };
        return d;
    }
    if (s->n_kept >= MAX_LISTS ||
        !sdx_symbols_grow(s, &s->kept, s->n_kept, &s->kept_room, sizeof *s->kept))
        return sdx_unknown();
    const sdx_term *copy = sdx_arena_copy(s->arena, a.term, bytes);
    sdx_word *place = copy ? sdx_table_add(&s->lists, (const char *)copy, bytes, NULL) : NULL;
    if (!place) {
        s->failed = true;
        return sdx_unknown();
    }
    place->number = s->n_kept;
    int depth = 0;
    for (uint32_t i = 0; i < a.n; i++)
        for (uint32_t j = 0; j < copy[i].n; j++)
            if (s->atom[copy[i].atom[j]].depth > depth)
                depth = s->atom[copy[i].atom[j]].depth;
    sdx_dim d = { 0, s->n_kept++ };
    s->kept[d.sym] = (sdx_kept){ { a.n, copy }, 0, depth, d };
    return d;
}

static uint32_t add_atom(sdx_symbols *s, sdx_atom a)
{
    if (s->n_atoms >= MAX_LISTS ||
        !sdx_symbols_grow(s, &s->atom, s->n_atoms, &s->atom_room, sizeof *s->atom))
        return UINT32_MAX;
    uint32_t id = s->n_atoms++;
    s->atom[id] = a;
    sdx_term t = { .factor = 1, .n = 1, .atom = { id } };
    s->atom[id].self = sdx_terms_keep(s, (sdx_terms){ 1, &t });
    return id;
}

static sdx_dim atom_dim(const sdx_symbols *s, uint32_t id)
{
    return id == UINT32_MAX ? sdx_unknown() : s->atom[id].self;
}

sdx_dim sdx_symbol(sdx_symbols *s, const char *name)
{
    bool fresh;
    size_t length = strlen(name);
    const sdx_word *old = sdx_table_find(&s->names, name, length);
    if (old)
        return atom_dim(s, (uint32_t)old->number);
    const char *copy = sdx_arena_strndup(s->arena, name, length);
    sdx_word *place = copy ? sdx_table_add(&s->names, copy, length, &fresh) : NULL;
    if (!place) {
        s->failed = true;
        return sdx_unknown();
    }
    uint32_t id = add_atom(s,
                           (sdx_atom){ .kind = SDX_ATOM_SYMBOL, .name = copy, .most = INT64_MAX });
    place->number = id;
    return atom_dim(s, id);
}

sdx_dim sdx_symbol_data(sdx_symbols *s, uint64_t key, const char *name, sdx_dim at_most)
{
    bool fresh;
    sdx_word *place = sdx_table_add_number(&s->data, key, &fresh);
    if (!place) {
        s->failed = true;
        return sdx_unknown();
    }
    if (!fresh)
        return atom_dim(s, (uint32_t)place->number);
    const sdx_word *named = sdx_table_find(&s->names, name, strlen(name));
    if (named) { /* by whoever gave it a value before */
        place->number = named->number;
        return atom_dim(s, (uint32_t)named->number);
    }
    int64_t least, most;
    sdx_symbols_bounds(s, sdx_symbols_resolve(s, at_most), &least, &most);
    const char *copy = sdx_arena_strdup(s->arena, name);
    sdx_atom a = {
        .kind = SDX_ATOM_SYMBOL, .name = copy, .most = most < 0 ? 0 : most, .from_data = true
    };
    uint32_t id = copy ? add_atom(s, a) : UINT32_MAX;
    s->failed |= !copy;
    place->number = id;
    return atom_dim(s, id);
}

/* The atom of two operands, made where new. */
sdx_dim sdx_atom_compound(sdx_symbols *s, sdx_atom_kind kind, sdx_dim a, sdx_dim b, int64_t least,
                          int64_t most)
{
    struct {
        int64_t kind, an, as, bn, bs;
    } key = { kind, a.n, a.sym, b.n, b.sym };
    int depth = 1 + (depth_of(s, a) > depth_of(s, b) ? depth_of(s, a) : depth_of(s, b));
    const sdx_word *old = sdx_table_find(&s->atoms, (const char *)&key, sizeof key);
    if (old)
        return atom_dim(s, (uint32_t)old->number);
    if (depth > MAX_DEPTH)
        return sdx_unknown();
    const char *copy = sdx_arena_copy(s->arena, &key, sizeof key);
    sdx_word *place = copy ? sdx_table_add(&s->atoms, copy, sizeof key, NULL) : NULL;
    if (!place) {
        s->failed = true;
        return sdx_unknown();
    }
    uint32_t id = add_atom(
        s,
        (sdx_atom){ .kind = kind, .a = a, .b = b, .least = least, .most = most, .depth = depth });
    place->number = id;
    return atom_dim(s, id);
}
