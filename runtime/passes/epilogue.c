/* passes/epilogue.c - pointwise nodes move into the node before them.
 *
 * A node with SDX_EPILOGUE takes in the pointwise node that follows, whole and unchanged, and the
 * one after that: bias, activation, residual add.  Each must be the only reader of what it follows,
 * and keep its dims.  The nodes stay as they are, in the node's own list; the graph loses them. */
#include "base/error.h"
#include "passes/pass.h"

enum { LONGEST = 8 };

static bool is_f32(const sdx_pass *c, const sdx_gvalue *v)
{
    const sdx_type *t = sdx_pass_fact(c, v)->type;
    return t && t->kind == SDX_TENSOR && t->dtype == SDX_F32;
}

static bool same_dims(sdx_pass *c, const sdx_gvalue *a, const sdx_gvalue *b)
{
    const sdx_type *x = sdx_pass_fact(c, a)->type, *y = sdx_pass_fact(c, b)->type;
    if (!x || !y || x->dims.rank < 0 || x->dims.rank != y->dims.rank)
        return false;
    for (int i = 0; i < x->dims.rank; i++)
        if (sdx_symbols_same(c->facts->symbols, x->dims.dim[i], y->dims.dim[i]) != SDX_YES)
            return false;
    return true;
}

/* The only reader of v, if v is nothing else to anybody. */
static sdx_gnode *only_reader(const sdx_gvalue *v)
{
    if (v->uses != 1 || v->is_output || v->captures || !v->readers)
        return NULL;
    return v->readers->node;
}

/* Half-precision results would be rounded after each node of the file, but not within a chain: only
 * floats are absorbed. */
static bool may_absorb(sdx_pass *c, const sdx_gvalue *v, const sdx_gnode *e)
{
    if (e->removed || !e->op || !(e->op->traits & SDX_POINTWISE) || e->n_epilogue > 0 ||
        e->n_out != 1 || !e->out[0] || !is_f32(c, v) || !is_f32(c, e->out[0]) ||
        !same_dims(c, v, e->out[0]))
        return false;
    for (int i = 0; i < e->n_in; i++)
        if (e->in[i] && !is_f32(c, e->in[i]))
            return false;
    return true;
}

static bool append(sdx_pass *c, sdx_gnode *n, sdx_gnode *e)
{
    sdx_arena *a = c->program->arena;
    if (n->n_epilogue == 0) {
        n->epilogue = sdx_arena_array(a, LONGEST, sizeof(sdx_gnode *));
        if (!n->epilogue)
            return false;
    }
    n->epilogue[n->n_epilogue++] = e;
    return true;
}

static size_t place_of(const sdx_graph *g, size_t from, const sdx_gnode *n)
{
    while (g->node[from] != n)
        from++;
    return from;
}

/* The node moves to where the last it absorbed stood: all other operands are made before that, and
 * every reader comes later. */
static void move_to(sdx_graph *g, size_t from, size_t to)
{
    sdx_gnode *n = g->node[from];
    for (size_t i = from; i < to; i++)
        g->node[i] = g->node[i + 1];
    g->node[to] = n;
}

static sdx_status absorb(sdx_pass *c, sdx_graph *g, size_t at)
{
    sdx_gnode *n = g->node[at], *last = NULL;
    sdx_gvalue *v = n->n_out > 0 ? n->out[0] : NULL;
    while (v && n->n_epilogue < LONGEST) {
        sdx_gnode *e = only_reader(v);
        if (!e || e->graph != g || !may_absorb(c, v, e))
            break;
        if (!append(c, n, e))
            return sdx_error_memory(c->err, 0);
        last = e;
        v = e->out[0];
    }
    if (!last)
        return SDX_OK;
    c->changed = true;
    move_to(g, at, place_of(g, at, last));
    for (int i = 0; i < n->n_epilogue; i++)
        n->epilogue[i]->removed = true;
    return SDX_OK;
}

static sdx_status absorb_all(sdx_pass *c, sdx_graph *g, sdx_arena *scratch)
{
    (void)scratch;
    for (size_t i = g->n_nodes; i-- > 0;) {
        const sdx_gnode *n = g->node[i];
        if (!n->removed && n->op && (n->op->traits & SDX_EPILOGUE) && n->n_epilogue == 0)
            SDX_TRY(absorb(c, g, i));
    }
    return SDX_OK;
}

sdx_status sdx_pass_epilogue(sdx_pass *c)
{
    return sdx_pass_each_known(c, absorb_all);
}
