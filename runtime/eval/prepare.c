/* eval/prepare.c - the context of `prepare`. */
#include "base/error.h"
#include "base/size.h"
#include "eval/packs.h"
#include <stdarg.h>
#include <string.h>

sdx_value *sdx_gvalue_constant(const sdx_gvalue *v)
{
    while (v && !v->constant && v->outer)
        v = v->outer;
    return v ? v->constant : NULL;
}

void *sdx_keep(sdx_prepare *c, size_t bytes)
{
    void *p = sdx_arena_alloc_aligned(c->arena, bytes, 64);
    if (!p)
        c->failed = true;
    return p;
}

bool sdx_keep_until(sdx_prepare *c, void (*end)(void *what), void *what)
{
    return sdx_arena_at_end(c->arena, end, what);
}

static void raise_to(sdx_prepare *c, size_t *most, size_t bytes)
{
    size_t rounded;
    if (!sdx_size_align(&rounded, bytes, 64))
        c->failed = true;
    else if (rounded > *most)
        *most = rounded;
}

void sdx_want_scratch(sdx_prepare *c, size_t shared, size_t per_worker)
{
    raise_to(c, &c->out->scratch_shared, shared);
    raise_to(c, &c->out->scratch_worker, per_worker);
}

const void *sdx_kernels(sdx_prepare *c, const sdx_family *f)
{
    const void *slots = sdx_dispatch_slots(c->dispatch, f);
    return slots || f->kernels_size == 0 ? slots : sdx_keep(c, f->kernels_size);
}

sdx_precision sdx_allowed(const sdx_prepare *c)
{
    return sdx_dispatch_precision(c->dispatch);
}

size_t sdx_room(const sdx_prepare *c)
{
    return c->room;
}

/* The constant tensor that is input `input`, of those that can be marked as packed; NULL. */
static const sdx_value *constant_in(const sdx_prepare *c, int input)
{
    const sdx_gnode *n = c->node->def;
    bool is_there = input >= 0 && input < n->n_in && input < 64 && n->in[input];
    const sdx_value *v = is_there ? sdx_gvalue_constant(n->in[input]) : NULL;
    return v && v->kind == SDX_TENSOR ? v : NULL;
}

const sdx_tensor *sdx_stored(sdx_prepare *c, int input)
{
    const sdx_value *v = constant_in(c, input);
    if (!v || !v->t.data)
        return NULL;
    c->out->packed |= (uint64_t)1 << input;
    return &v->t;
}

const void *sdx_pack(sdx_prepare *c, int input, size_t bytes, sdx_packer *pack, const void *how,
                     size_t how_size)
{
    const sdx_value *v = constant_in(c, input);
    if (!v || !c->packs)
        return NULL;
    const void *at = sdx_packs_get(c->packs, v, bytes, pack, how, how_size, c->arena, c->packing);
    if (at)
        c->out->packed |= (uint64_t)1 << input;
    return at;
}

void sdx_alias(sdx_prepare *c, int out, int in, size_t offset)
{
    int n = c->node->def->n_out;
    if (!c->out->alias) {
        sdx_alias_of *all = sdx_arena_array(c->arena, (size_t)n, sizeof *all);
        if (!all) {
            c->failed = true;
            return;
        }
        for (int i = 0; i < n; i++)
            all[i].in = -1;
        c->out->alias = all;
    }
    if (out >= 0 && out < n)
        c->out->alias[out] = (sdx_alias_of){ in, offset };
}

void sdx_choice(sdx_prepare *c, const char *kernel)
{
    c->out->choice = kernel;
}

sdx_status sdx_reject(sdx_prepare *c, sdx_status s, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    sdx_error_vset(c->err, s, fmt, args);
    va_end(args);
    return s;
}

/* Are all outputs of this node, as far as they are asked for, parts of its inputs? */
static bool all_aliased(const sdx_gnode *n, const sdx_alias_of *alias)
{
    if (!alias)
        return false;
    for (int i = 0; i < n->n_out; i++)
        if (n->out[i] && alias[i].in < 0)
            return false;
    return true;
}

static sdx_prepare context(const sdx_node *n, const sdx_prepare_request *q, sdx_prepared *out,
                           sdx_error *err)
{
    return (sdx_prepare){ .node = n,
                          .arena = q->arena,
                          .dispatch = q->dispatch,
                          .packs = q->packs,
                          .packing = q->packing,
                          .room = q->room,
                          .out = out,
                          .err = err };
}

int sdx_prepare_offers(const sdx_node *n, const sdx_prepare_request *q, sdx_offer *way)
{
    const sdx_op *op = n->def->op;
    sdx_prepared nothing = { .choice = "" };
    sdx_prepare c = context(n, q, &nothing, NULL);
    return op && op->offers ? op->offers(n, &c, way) : 0;
}

sdx_status sdx_prepare_node(const sdx_node *n, const sdx_prepare_request *q, sdx_prepared *out,
                            sdx_error *err)
{
    const sdx_gnode *def = n->def;
    sdx_prepare c = context(n, q, out, err);
    *out = (sdx_prepared){ .choice = "" };
    if (!def->op)
        return sdx_error_set(err, SDX_E_UNSUPPORTED, "no operator %s is known here", def->op_type);
    if ((def->op->traits & SDX_VIEW) && !def->op->run)
        sdx_alias(&c, 0, 0, 0);
    if (def->op->prepare)
        SDX_TRY(def->op->prepare(n, &c, &out->state));
    if (c.failed)
        return sdx_error_memory(err, 0);
    out->idle = all_aliased(def, out->alias);
    for (int i = 0; out->alias && !out->idle && i < def->n_out; i++)
        if (def->out[i] && sdx_final_type(n, i)->dtype == SDX_STR)
            out->alias[i].in = -1; /* it will be written, and cells own what they hold */
    for (int i = 0; i < def->n_out; i++) {
        int bits = def->out[i] ? sdx_dtype_bits(sdx_final_type(n, i)->dtype) : 0;
        out->narrow |= bits > 0 && bits < 8;
    }
    return SDX_OK;
}
