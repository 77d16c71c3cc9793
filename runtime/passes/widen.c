/* passes/widen.c - nodes of f16 and bf16 compute on floats.
 *
 * Kernels are made for f32.  A node that computes on narrow floats (it takes no truth values as its
 * numbers, or has kernels) gets sdx.Widen before it and sdx.Narrow behind it, so that its sums are
 * floats and its results rounded once.  Pointwise nodes have a way of their own.
 *
 * Can a node do that?  Its row says so: every narrow input has a type variable that allows f32, and
 * every narrow output one of these; and it has one, for where floats become integers the type they
 * are of is part of the question. */
#include "base/error.h"
#include "passes/pass.h"
#include <string.h>

static bool is_narrow(sdx_dtype d)
{
    return d == SDX_F16 || d == SDX_BF16;
}

/* The element type; SDX_UNDEFINED: no tensor, or not known. */
static sdx_dtype dtype_of(const sdx_pass *c, const sdx_gvalue *v)
{
    const sdx_type *t = sdx_pass_fact(c, v)->type;
    return t && t->kind == SDX_TENSOR ? t->dtype : SDX_UNDEFINED;
}

static const sdx_formal *formal(const sdx_formal *list, int n, int i)
{
    return &list[i < n ? i : n - 1];
}

typedef struct operands {
    uint32_t variables;  /* of the narrow inputs */
    bool compute, makes; /* its numbers are no truth values; a result is narrow */
} operands;

static bool take_input(const sdx_pass *c, const sdx_gnode *n, int i, operands *o)
{
    const sdx_gvalue *v = n->in[i];
    sdx_dtype d = v ? dtype_of(c, v) : SDX_F32;
    const sdx_formal *f = formal(n->row->in, n->row->n_in, i);
    if (!is_narrow(d))
        return d != SDX_UNDEFINED;
    if (f->mixed || f->variable < 0 || f->variable > 31 || !(f->set->tensor >> SDX_F32 & 1))
        return false;
    o->variables |= 1u << f->variable;
    o->compute |= !(f->set->tensor >> SDX_BOOL & 1) || n->family->kernels_size > 0;
    return true;
}

static bool take_output(const sdx_pass *c, const sdx_gnode *n, int i, operands *o)
{
    sdx_dtype d = n->out[i] ? dtype_of(c, n->out[i]) : SDX_F32;
    const sdx_formal *f = formal(n->row->out, n->row->n_out, i);
    if (!is_narrow(d))
        return d != SDX_UNDEFINED;
    o->makes = true;
    return !f->mixed && f->variable >= 0 && f->variable <= 31 && (o->variables >> f->variable & 1);
}

static bool wants_floats(const sdx_pass *c, const sdx_gnode *n)
{
    operands o = { 0 };
    if (n->removed || !n->op || !n->row || n->n_epilogue > 0 || strcmp(n->domain, "sdx") == 0 ||
        (n->op->traits & (SDX_POINTWISE | SDX_ROUNDS)) || !(n->op->traits & SDX_PURE))
        return false;
    for (int i = 0; i < n->n_attr; i++)
        if (n->attr[i].graph)
            return false;
    for (int i = 0; i < n->n_in; i++)
        if (!take_input(c, n, i, &o))
            return false;
    for (int i = 0; i < n->n_out; i++)
        if (!take_output(c, n, i, &o))
            return false;
    return o.makes && o.compute;
}

/* A node that makes y of x, elements of type `to`, on behalf of n. */
static sdx_status convert(sdx_pass *c, const sdx_gnode *n, const char *op, sdx_gvalue *x,
                          sdx_gvalue *y, sdx_dtype to)
{
    sdx_program *p = c->program;
    sdx_gnode *m = sdx_graph_node(p, n->graph, "sdx", op, 1, 1, 1);
    sdx_attr *a = sdx_arena_array(p->arena, 1, sizeof *a);
    if (!m || !m->op || !a || !y)
        return sdx_error_memory(c->err, 0);
    *a = (sdx_attr){ .name = "to", .kind = SDX_ATTR_INT, .i = to };
    m->attr = a;
    m->n_attr = 1;
    m->name = n->name;
    m->path = n->path;
    m->index = n->index;
    m->origin = n->origin ? n->origin : n;
    sdx_node_set_in(m, 0, x);
    sdx_node_set_out(m, 0, y);
    return SDX_OK;
}

static sdx_status widen(sdx_pass *c, sdx_gnode *n)
{
    for (int i = 0; i < n->n_in; i++) {
        sdx_gvalue *v = n->in[i];
        if (!v || !is_narrow(dtype_of(c, v)))
            continue;
        sdx_gvalue *floats = sdx_graph_value(c->program, n->graph, "");
        SDX_TRY(convert(c, n, "Widen", v, floats, SDX_F32));
        sdx_node_set_in(n, i, floats);
    }
    for (int i = 0; i < n->n_out; i++) {
        sdx_gvalue *v = n->out[i];
        sdx_dtype d = v ? dtype_of(c, v) : SDX_F32;
        if (!is_narrow(d))
            continue;
        sdx_gvalue *floats = sdx_graph_value(c->program, n->graph, "");
        if (!floats)
            return sdx_error_memory(c->err, 0);
        sdx_node_set_out(n, i, floats);
        SDX_TRY(convert(c, n, "Narrow", floats, v, d));
    }
    c->changed = true;
    return SDX_OK;
}

static sdx_status widen_graph(sdx_pass *c, sdx_graph *g, sdx_arena *scratch)
{
    (void)scratch;
    for (size_t i = 0, n = g->n_nodes; i < n; i++)
        if (wants_floats(c, g->node[i]))
            SDX_TRY(widen(c, g->node[i]));
    return c->changed ? sdx_pass_sort(c, g) : SDX_OK;
}

sdx_status sdx_pass_widen(sdx_pass *c)
{
    return sdx_pass_each_known(c, widen_graph);
}
