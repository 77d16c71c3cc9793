/* passes/fold.c - what follows from constants, or from declared shapes, becomes a constant. */
#include "base/error.h"
#include "passes/pass.h"
#include <string.h>

enum {
    FREE_BYTES = 1 << 16,    /* always worth it */
    WORTH_WAITING = 1 << 14, /* bytes of a result that is left until it is wanted */
    GROWTH = 4               /* a larger result may be this much larger than what it is made of */
};

static size_t bytes_of(const sdx_value *v)
{
    return v && v->kind == SDX_TENSOR ? sdx_layout_bytes(v->t.dtype, v->t.shape, v->t.layout) : 0;
}

static bool all_known(const sdx_pass *c, const sdx_gnode *n)
{
    for (int i = 0; i < n->n_out; i++)
        if (n->out[i] && !c->facts->of[n->out[i]->id].known)
            return false;
    return n->n_out > 0;
}

static bool has_bodies(const sdx_gnode *n)
{
    for (int i = 0; i < n->n_attr; i++)
        if (n->attr[i].graph)
            return true;
    return false;
}

/* Results of known size only, and not a few bytes that become gigabytes. */
static bool fits(const sdx_pass *c, const sdx_gnode *n, size_t in_bytes)
{
    size_t out_bytes = 0;
    for (int i = 0; i < n->n_out; i++) {
        const sdx_fact *f = n->out[i] ? &c->facts->of[n->out[i]->id] : NULL;
        if (!f)
            continue;
        if (f->tainted || !f->type || f->type->kind != SDX_TENSOR ||
            (f->type->dims.rank != 0 && !f->type->shape))
            return false;
        sdx_shape s = { f->type->dims.rank, f->type->shape };
        out_bytes += sdx_layout_bytes(f->type->dtype, s, n->out[i]->layout);
    }
    return out_bytes <= in_bytes ||
           (c->may_grow && (out_bytes <= FREE_BYTES || out_bytes / GROWTH <= in_bytes));
}

static bool can_fold(const sdx_pass *c, const sdx_gnode *n)
{
    const sdx_op *op = n->op;
    size_t in_bytes = 0;
    if (!op || !(op->traits & SDX_PURE) || n->n_epilogue > 0 || has_bodies(n) ||
        !(op->run || (op->traits & SDX_VIEW)))
        return false;
    for (int i = 0; i < n->n_in; i++) {
        const sdx_value *v = n->in[i] ? sdx_gvalue_constant(n->in[i]) : NULL;
        if (n->in[i] && (!v || !c->facts->of[n->in[i]->id].known))
            return false;
        in_bytes += bytes_of(v);
    }
    for (int i = 0; i < n->n_attr; i++) /* what a node writes out is in the file already */
        in_bytes += bytes_of(n->attr[i].tensor);
    return fits(c, n, in_bytes);
}

/* Larger than the constants that it is made of: bytes that become floats. */
static bool grows(const sdx_pass *c, const sdx_gnode *n)
{
    size_t in_bytes = 0, out_bytes = 0;
    for (int i = 0; i < n->n_in; i++) {
        const sdx_value *v = n->in[i] ? sdx_gvalue_constant(n->in[i]) : NULL;
        if (n->in[i] && !v)
            return false;
        in_bytes += bytes_of(v);
    }
    for (int i = 0; i < n->n_out; i++)
        out_bytes += n->out[i] ? bytes_of(c->facts->of[n->out[i]->id].known) : 0;
    return in_bytes > 0 && out_bytes > in_bytes;
}

/* The outputs of n are these values from now on. */
static sdx_status settle(sdx_pass *c, sdx_gnode *n, const sdx_value *const *v)
{
    sdx_status st = SDX_OK;
    for (int i = 0; i < n->n_out; i++) {
        if (!n->out[i] || !v[i]) {
            sdx_value_let_go(v[i]);
            continue;
        }
        sdx_value *kept = sdx_kept_add(c->kept, (sdx_value *)(uintptr_t)v[i]);
        if (!kept)
            st = sdx_error_memory(c->err, 0);
        n->out[i]->constant = kept;
    }
    if (st == SDX_OK) {
        sdx_node_remove(n);
        c->changed = true;
    }
    return st;
}

static sdx_status fold_known(sdx_pass *c, sdx_gnode *n, const sdx_value **v)
{
    for (int i = 0; i < n->n_out; i++) {
        v[i] = NULL;
        if (!n->out[i])
            continue;
        sdx_status st = sdx_value_keep(c->mem, NULL, c->facts->of[n->out[i]->id].known, &v[i]);
        if (st == SDX_OK)
            continue;
        while (i-- > 0)
            sdx_value_let_go(v[i]);
        return sdx_error_memory(c->err, 0);
    }
    return settle(c, n, v);
}

/* A large result that only memory can be missing for: the operator is a formula of its elements, or
 * all that it is told besides one tensor stands in the model. */
static bool may_wait(const sdx_pass *c, const sdx_gnode *n)
{
    const sdx_gvalue *y = n->n_out == 1 ? n->out[0] : NULL;
    const sdx_type *t = y ? c->facts->of[y->id].type : NULL;
    bool certain = n->n_in == 1 || (n->op->traits & (SDX_POINTWISE | SDX_VIEW));
    if (!certain || !t || t->kind != SDX_TENSOR || !t->shape || y->layout != SDX_PLAIN ||
        sdx_dtype_class(t->dtype) != SDX_REAL)
        return false;
    for (int i = 0; i < n->n_in; i++)
        if (n->in[i] && !sdx_gvalue_constant(n->in[i]))
            return false;
    return sdx_bytes(t->dtype, sdx_count((sdx_shape){ t->dims.rank, t->shape }, 0, t->dims.rank)) >=
           WORTH_WAITING;
}

static sdx_status fold_later(sdx_pass *c, sdx_gnode *n, sdx_arena *scratch)
{
    sdx_node view = sdx_view(n, c->facts, scratch);
    sdx_recipe *r = sdx_recipe_new(c->program->arena, &view, c->mem, c->dispatch, c->source);
    if (!r)
        return sdx_error_memory(c->err, 0);
    r->next = c->kept->recipe;
    c->kept->recipe = r;
    c->facts->of[n->out[0]->id].known = n->out[0]->constant = &r->value;
    sdx_node_remove(n);
    c->changed = true;
    return SDX_OK;
}

static sdx_status fold_node(sdx_pass *c, sdx_gnode *n, sdx_arena *scratch)
{
    bool known = all_known(c, n) && !n->n_epilogue;
    if (known ? !c->may_grow && grows(c, n) : !can_fold(c, n))
        return SDX_OK;
    if (n->op && may_wait(c, n))
        return fold_later(c, n, scratch);
    const sdx_value **v = sdx_arena_array(scratch, (size_t)n->n_out, sizeof *v);
    if (!v)
        return sdx_error_memory(c->err, 0);
    if (known)
        return fold_known(c, n, v);
    sdx_node view = sdx_view(n, c->facts, scratch);
    /* A node that cannot be computed fails again when it runs, if it runs, and says why there. */
    if (sdx_eval_node(&view, c->mem, c->dispatch, v, NULL) != SDX_OK)
        return SDX_OK;
    for (int i = 0; i < n->n_in; i++) {
        const sdx_value *x = n->in[i] ? sdx_gvalue_constant(n->in[i]) : NULL;
        if (x)
            sdx_map_cool(c->source, x->t.data, bytes_of(x));
    }
    for (int i = 0; i < n->n_out; i++)
        if (n->out[i])
            c->facts->of[n->out[i]->id].known = v[i];
    return settle(c, n, v);
}

static sdx_status fold_graph(sdx_pass *c, sdx_graph *g, sdx_arena *scratch)
{
    for (size_t i = 0; i < g->n_nodes; i++) {
        sdx_arena_mark mark = sdx_arena_here(scratch);
        if (!g->node[i]->removed)
            SDX_TRY(fold_node(c, g->node[i], scratch));
        sdx_arena_rewind(scratch, mark);
    }
    return SDX_OK;
}

sdx_status sdx_pass_fold(sdx_pass *c)
{
    return sdx_pass_each_known(c, fold_graph);
}
