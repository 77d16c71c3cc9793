/* infer/constants.c - values known before running: constants, elements of shapes, and what small
 * nodes make of them. */
#include "infer/walk.h"

#include <string.h>

enum {
    MAX_ELEMS = 1024,           /* of an integer tensor whose elements are carried as dims */
    MAX_FOLDED = 64 * 1024,     /* bytes of a computed value */
    MAX_FOLD_INPUT = 256 * 1024 /* ... of those it is computed from */
};

static bool counts(sdx_dtype d)
{
    sdx_class c = sdx_dtype_class(d);
    return c == SDX_INT || c == SDX_UINT || c == SDX_BOOLEAN;
}

void sdx_fact_from_value(walk *w, sdx_fact *f, const sdx_value *v)
{
    f->known = v;
    const sdx_tensor *t = sdx_as_tensor(v);
    if (!t || t->shape.rank > 1 || !counts(t->dtype))
        return;
    int64_t n = sdx_elements(t);
    if (n > MAX_ELEMS)
        return;
    sdx_dim *elem = sdx_arena_array(w->facts->arena, (size_t)n, sizeof *elem);
    if (!elem) {
        w->failed = true;
        return;
    }
    for (int64_t i = 0; i < n; i++) {
        sdx_load_i64(&elem[i].n, t, i, 1, 1);
        /* Past INT64_MAX it is no dim. */
        if (t->dtype == SDX_U64 && elem[i].n < 0)
            elem[i] = sdx_unknown();
    }
    f->elem = elem;
    f->n_elem = (int)n;
}

/* A tensor of its own in the facts' arena, which nobody needs to let go; NULL: no memory. */
static sdx_value *arena_value(walk *w, sdx_dtype d, sdx_shape s)
{
    int64_t n = sdx_count(s, 0, s.rank);
    sdx_value *v = sdx_arena_alloc(w->facts->arena, sizeof *v);
    int64_t *dim = sdx_arena_copy(w->facts->arena, s.dim, (size_t)s.rank * sizeof *dim);
    void *data = sdx_arena_alloc_aligned(w->facts->arena, sdx_bytes(d, n), 64);
    if (!v || !dim || !data) {
        w->failed = true;
        return NULL;
    }
    sdx_value_borrow(v, d, (sdx_shape){ s.rank, dim }, SDX_PLAIN, data);
    return v;
}

void sdx_fact_from_elems(walk *w, sdx_fact *f, const sdx_dim *elem, int n)
{
    f->elem = elem;
    f->n_elem = n;
    if (f->known || !f->type || !f->type->shape || !counts(f->type->dtype))
        return;
    sdx_shape s = { f->type->dims.rank, f->type->shape };
    if (s.rank > 1 || sdx_count(s, 0, s.rank) != n)
        return;
    for (int i = 0; i < n; i++)
        if (!sdx_is_num(elem[i]))
            return;
    sdx_value *v = arena_value(w, f->type->dtype, s);
    if (!v)
        return;
    for (int i = 0; i < n; i++)
        sdx_store_i64(&v->t, i, 1, 1, &elem[i].n);
    f->known = v;
}

/* ---- folding ---- */

static bool is_small(const sdx_value *v, size_t most)
{
    const sdx_tensor *t = sdx_as_tensor(v);
    return t && t->dtype != SDX_STR && sdx_bytes(t->dtype, sdx_elements(t)) <= most;
}

static bool can_fold(walk *w, const sdx_gnode *n)
{
    if (!w->o->fold || !n->op || !(n->op->traits & SDX_PURE) || !n->op->run || n->n_out < 1 ||
        n->n_epilogue)
        return false;
    for (int i = 0; i < n->n_in; i++)
        if (n->in[i] && (!w->facts->of[n->in[i]->id].known ||
                         !is_small(w->facts->of[n->in[i]->id].known, MAX_FOLD_INPUT)))
            return false;
    for (int i = 0; i < n->n_attr; i++)
        if (n->attr[i].graph)
            return false;
    for (int i = 0; i < n->n_out; i++) {
        if (!n->out[i])
            continue;
        /* a fact's value is plain; blocks are for the pass that folds */
        if (n->out[i]->layout != SDX_PLAIN)
            return false;
        const sdx_fact *f = &w->facts->of[n->out[i]->id];
        if (f->known || f->tainted || !f->type || f->type->kind != SDX_TENSOR || !f->type->shape ||
            f->type->dtype == SDX_STR || f->type->dtype == SDX_UNDEFINED)
            return false;
        sdx_shape s = { f->type->dims.rank, f->type->shape };
        if (sdx_bytes(f->type->dtype, sdx_count(s, 0, s.rank)) > MAX_FOLDED)
            return false;
    }
    return true;
}

/* A view has no run: its value is that of input 0 under other dims, whatever its size. */
static void fold_view(walk *w, const sdx_gnode *n)
{
    const sdx_fact *in = n->n_in && n->in[0] ? &w->facts->of[n->in[0]->id] : NULL;
    sdx_fact *out = n->n_out && n->out[0] ? &w->facts->of[n->out[0]->id] : NULL;
    const sdx_tensor *t = in && in->known ? sdx_as_tensor(in->known) : NULL;
    if (!t || !t->data || /* it waits to be computed */ !out || out->known || !out->type ||
        !out->type->shape || out->type->kind != SDX_TENSOR)
        return;
    sdx_shape s = { out->type->dims.rank, out->type->shape };
    if (sdx_dtype_bits(out->type->dtype) != sdx_dtype_bits(t->dtype) ||
        sdx_count(s, 0, s.rank) != sdx_elements(t))
        return;
    sdx_value *v = sdx_arena_alloc(w->facts->arena, sizeof *v);
    if (!v) {
        w->failed = true;
        return;
    }
    sdx_value_borrow(v, out->type->dtype, s, SDX_PLAIN, t->data);
    sdx_fact_from_value(w, out, v);
}

void sdx_fold(walk *w, const sdx_node *n)
{
    if (n->def->op && (n->def->op->traits & SDX_VIEW) && !n->def->n_epilogue && w->o->fold) {
        fold_view(w, n->def);
        return;
    }
    if (!can_fold(w, n->def))
        return;
    if (!w->dispatch && sdx_dispatch_new(w->o->mem, "scalar", NULL, &w->dispatch, NULL) != SDX_OK)
        return;
    const sdx_value **out = sdx_arena_array(w->scratch, (size_t)n->def->n_out, sizeof *out);
    /* A node that cannot be computed fails again when the model runs, and says why there. */
    if (!out || sdx_eval_node(n, w->o->mem, w->dispatch, out, NULL) != SDX_OK)
        return;
    for (int i = 0; i < n->def->n_out; i++) {
        const sdx_tensor *t = out[i] && n->def->out[i] ? sdx_as_tensor(out[i]) : NULL;
        if (t && is_small(out[i], MAX_FOLDED)) {
            sdx_value *copy = arena_value(w, t->dtype, t->shape);
            if (copy) {
                memcpy(copy->t.data, t->data, sdx_bytes(t->dtype, sdx_elements(t)));
                sdx_fact_from_value(w, &w->facts->of[n->def->out[i]->id], copy);
            }
        }
        sdx_value_let_go(out[i]);
    }
}
