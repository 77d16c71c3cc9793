/* eval/recipe.c - constants that are computed when they are wanted. */
#include "eval/recipe.h"

#include <stddef.h>

_Static_assert(offsetof(sdx_recipe, value) == 0, "a waiting value is its recipe");

/* A value of the recipe's own graph, which is one node: its id counts from 0. */
static bool set_value(sdx_recipe *r, sdx_arena *a, sdx_gvalue **to, const sdx_type *t,
                      const sdx_value *known)
{
    sdx_gvalue *v = sdx_arena_alloc(a, sizeof *v);
    if (!v || !t)
        return false;
    *v = (sdx_gvalue){ .name = "", .id = r->facts.n, .layout = SDX_PLAIN };
    r->facts.of[r->facts.n++] = (sdx_fact){ .type = t, .known = known };
    *to = v;
    return true;
}

static sdx_gnode *copy_node(sdx_recipe *r, sdx_arena *a, const sdx_node *n)
{
    const sdx_gnode *def = n->def;
    sdx_gnode *own = sdx_arena_copy(a, def, sizeof *def);
    if (!own)
        return NULL;
    own->in = sdx_arena_array(a, (size_t)def->n_in, sizeof *own->in);
    own->out = sdx_arena_array(a, 1, sizeof *own->out);
    own->use = NULL;
    r->facts.of = sdx_arena_array(a, (size_t)def->n_in + 1, sizeof *r->facts.of);
    bool done = own->in && own->out && r->facts.of;
    for (int i = 0; done && i < def->n_in; i++) {
        const sdx_value *x = def->in[i] ? sdx_gvalue_constant(def->in[i]) : NULL;
        done = !x || set_value(r, a, &own->in[i], sdx_value_type(a, x), x);
    }
    return done && set_value(r, a, &own->out[0], sdx_value_type(a, &r->value), NULL) ? own : NULL;
}

sdx_recipe *sdx_recipe_new(sdx_arena *arena, const sdx_node *n, sdx_mem *mem, const sdx_dispatch *d,
                           const sdx_map *source)
{
    sdx_recipe *r = sdx_arena_alloc(arena, sizeof *r);
    sdx_shape s = sdx_out_shape(n, 0);
    int64_t *dim = sdx_arena_copy(arena, s.dim, (size_t)s.rank * sizeof *dim);
    if (!r || !dim)
        return NULL;
    *r = (sdx_recipe){ .mem = mem, .dispatch = d, .source = source };
    sdx_value_borrow(&r->value, sdx_out_dtype(n, 0), (sdx_shape){ s.rank, dim }, SDX_PLAIN, NULL);
    r->value.storage = SDX_WAITING;
    r->facts.program = n->facts->program;
    r->facts.arena = arena;
    const sdx_gnode *own = copy_node(r, arena, n);
    r->view = (sdx_node){ .def = own, .facts = &r->facts };
    return own ? r : NULL;
}

void sdx_recipe_end(sdx_recipe *r)
{
    sdx_value_let_go(atomic_exchange(&r->made, NULL));
}

/* Inputs in the file have been read: their pages can go. */
static void cool_inputs(const sdx_recipe *r)
{
    for (uint32_t i = 0; i < r->facts.n; i++) {
        const sdx_value *x = r->facts.of[i].known;
        if (x && x->kind == SDX_TENSOR && !sdx_value_waits(x))
            sdx_map_cool(r->source, x->t.data,
                         sdx_layout_bytes(x->t.dtype, x->t.shape, x->t.layout));
    }
}

sdx_status sdx_value_settle_in(const sdx_value *v, sdx_mem *mem, const sdx_value **out)
{
    if (!sdx_value_waits(v)) {
        *out = sdx_value_retain(v);
        return SDX_OK;
    }
    sdx_recipe *r = (sdx_recipe *)(uintptr_t)v; /* `made` is all of it that changes */
    *out = atomic_load(&r->made);
    if (*out) {
        sdx_value_retain(*out);
        return SDX_OK;
    }
    sdx_status st = sdx_eval_node(&r->view, mem ? mem : r->mem, r->dispatch, out, NULL);
    cool_inputs(r);
    return st;
}

sdx_status sdx_value_settle(const sdx_value *v, const sdx_value **out)
{
    return sdx_value_settle_in(v, NULL, out);
}

const sdx_tensor *sdx_known_tensor(const sdx_value *v)
{
    const sdx_value *made, *nobody = NULL;
    if (!sdx_value_waits(v))
        return sdx_as_tensor(v);
    sdx_recipe *r = (sdx_recipe *)(uintptr_t)v;
    if (sdx_value_settle(v, &made) != SDX_OK)
        return NULL;
    if (atomic_compare_exchange_strong(&r->made, &nobody, made))
        return &made->t;
    sdx_value_let_go(made); /* another thread was faster, or it was there */
    return &nobody->t;
}
