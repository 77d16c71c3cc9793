/* eval/node.c - computes one node from constants, for folding. */
#include "base/error.h"
#include "eval/recipe.h"
#include <string.h>

typedef struct one {
    const sdx_node *n;
    sdx_mem *mem;
    sdx_arena arena;
    sdx_prepared prepared;
    const sdx_value **in, **epilogue_in, **made;
    sdx_value **out;
    sdx_value *unknown; /* headers of outputs that the run makes */
    bool ready;         /* the tables are there */
} one;

/* A constant as a run may read it: weights in a file are unaligned. */
static sdx_status read_in(one *o, const sdx_gvalue *v, const sdx_value **out, sdx_error *err)
{
    const sdx_value *known = v ? o->n->facts->of[v->id].known : NULL;
    *out = NULL;
    if (!v)
        return SDX_OK;
    if (!known)
        return sdx_error_set(err, SDX_E_USAGE, "'%s' is not known", v->name);
    if (known->kind != SDX_TENSOR || (uintptr_t)known->t.data % 64 == 0)
        return sdx_value_settle_in(known, o->mem, out);
    sdx_value *copy;
    const sdx_tensor *t = &known->t;
    SDX_TRY(sdx_value_make(o->mem, NULL, t->dtype, t->shape, t->layout, false, &copy));
    *out = copy;
    if (t->layout == SDX_PLAIN)
        return sdx_tensor_move(&copy->t, 0, 1, t, 0, 1, sdx_elements(t), o->mem);
    memcpy(copy->t.data, t->data, sdx_layout_bytes(t->dtype, t->shape, t->layout));
    return SDX_OK;
}

static bool make_tables(one *o)
{
    const sdx_gnode *def = o->n->def;
    size_t n = (size_t)def->n_out + 1;
    o->in = sdx_arena_array(&o->arena, (size_t)def->n_in + 1, sizeof *o->in);
    o->made = sdx_arena_array(&o->arena, n, sizeof *o->made);
    o->out = sdx_arena_array(&o->arena, n, sizeof *o->out);
    o->unknown = sdx_arena_array(&o->arena, n, sizeof *o->unknown);
    o->ready = o->in && o->made && o->out && o->unknown;
    return o->ready;
}

/* The memory of output i: made here where its shape is known, else by the run. */
static sdx_status ready_out(one *o, int i)
{
    const sdx_gvalue *v = o->n->def->out[i];
    sdx_shape s = sdx_out_shape(o->n, i);
    sdx_dtype d = sdx_out_dtype(o->n, i);
    const sdx_alias_of *alias = o->prepared.alias;
    if (!v)
        return SDX_OK;
    o->out[i] = &o->unknown[i];
    o->unknown[i].kind = sdx_type_kind(sdx_out_type(o->n, i));
    o->unknown[i].t.dtype = d;
    if (s.rank < 0 || d == SDX_UNDEFINED || o->unknown[i].kind != SDX_TENSOR)
        return SDX_OK;
    sdx_value *made;
    if (alias && alias[i].in >= 0)
        SDX_TRY(sdx_value_part(o->mem, NULL, o->in[alias[i].in], d, s, v->layout, alias[i].offset,
                               &made));
    else
        SDX_TRY(sdx_value_make(o->mem, NULL, d, s, v->layout, false, &made));
    o->out[i] = made;
    return SDX_OK;
}

static sdx_status compute(one *o, sdx_error *err)
{
    sdx_temps temps = { NULL, 0, 0 };
    sdx_run_host host = { .mem = o->mem };
    sdx_run r = { .host = &host,
                  .node = o->n,
                  .prepared = &o->prepared,
                  .in = o->in,
                  .epilogue_in = o->epilogue_in,
                  .out = o->out,
                  .made = o->made,
                  .temps = &temps,
                  .err = err };
    if (o->prepared.idle)
        return SDX_OK;
    r.scratch_shared = sdx_arena_alloc_aligned(&o->arena, o->prepared.scratch_shared, 64);
    r.scratch_workers = sdx_arena_alloc_aligned(&o->arena, o->prepared.scratch_worker, 64);
    sdx_status st = r.scratch_shared && r.scratch_workers ? sdx_run_node(&r)
                                                          : sdx_error_memory(err, 0);
    sdx_temps_free(&temps, o->mem);
    return st;
}

enum { HOLLOW = 1 << 20 };

/* An empty tensor may have other dims of any size, and what is prepared by those may be large. */
static bool is_hollow(const sdx_type *t)
{
    bool empty = false, wide = false;
    for (int i = 0; t->kind == SDX_TENSOR && t->shape && i < t->dims.rank; i++) {
        empty |= t->shape[i] == 0;
        wide |= t->shape[i] > HOLLOW;
    }
    return empty && wide;
}

static sdx_status evaluate(one *o, const sdx_dispatch *d, sdx_error *err)
{
    const sdx_gnode *def = o->n->def;
    if (def->n_epilogue > 0)
        return sdx_error_set(err, SDX_E_USAGE, "a node with an epilogue is not folded");
    for (int i = 0; i < def->n_out; i++)
        if (def->out[i] && is_hollow(sdx_out_type(o->n, i)))
            return sdx_error_set(err, SDX_E_LIMIT, "an empty tensor of such dims is not folded");
    if (!make_tables(o))
        return sdx_error_memory(err, 0);
    for (int i = 0; i < def->n_in; i++)
        SDX_TRY(read_in(o, def->in[i], &o->in[i], err));
    const sdx_prepare_request q = { .arena = &o->arena, .dispatch = d };
    SDX_TRY(sdx_prepare_node(o->n, &q, &o->prepared, err));
    for (int i = 0; i < def->n_out; i++)
        SDX_TRY(ready_out(o, i));
    return compute(o, err);
}

sdx_status sdx_eval_node(const sdx_node *n, sdx_mem *mem, const sdx_dispatch *d,
                         const sdx_value **out, sdx_error *err)
{
    one o = { .n = n, .mem = mem };
    int n_in = n->def->n_in, n_out = n->def->n_out;
    sdx_arena_init(&o.arena, mem, 0);
    sdx_status st = evaluate(&o, d, err);
    for (int i = 0; st == SDX_OK && i < n_out; i++)
        if (o.out[i] && o.out[i] == &o.unknown[i] && !o.made[i])
            st = sdx_error_set(err, SDX_E_SHAPE, "%s was not made", sdx_out_name(n, i));
    for (int i = 0; o.ready && i < n_out; i++) {
        const sdx_value *planned = o.out[i] != &o.unknown[i] ? o.out[i] : NULL;
        const sdx_value *v = o.made[i] ? o.made[i] : planned;
        if (v != planned)
            sdx_value_let_go(planned);
        if (st != SDX_OK)
            sdx_value_let_go(v);
        else
            out[i] = v;
    }
    for (int i = 0; o.ready && i < n_in; i++)
        sdx_value_let_go(o.in[i]);
    sdx_arena_free(&o.arena);
    return st;
}
