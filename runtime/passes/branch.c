/* passes/branch.c - an If whose condition is known becomes the branch that it takes.
 *
 * The one pass that knows an operator by name: what a branch is, only If says.  The nodes of the
 * branch are made again in the graph around it, reading outer values where they read captures. */
#include "base/error.h"
#include "passes/pass.h"
#include <string.h>

typedef struct mover {
    sdx_pass *c;
    sdx_graph *from, *to;
    sdx_gvalue **twin; /* by place in from->value */
} mover;

/* 1: true, 0: false, -1: not known. */
static int condition_of(const sdx_pass *c, const sdx_gnode *n)
{
    const sdx_value *v = n->n_in == 1 ? sdx_pass_fact(c, n->in[0])->known : NULL;
    int64_t yes;
    if (!v || v->kind != SDX_TENSOR || v->t.dtype != SDX_BOOL || sdx_elements(&v->t) != 1)
        return -1;
    sdx_load_i64(&yes, &v->t, 0, 1, 1);
    return yes != 0;
}

static bool make_twins(mover *m)
{
    for (size_t i = 0; i < m->from->n_values; i++) {
        sdx_gvalue *v = m->from->value[i];
        m->twin[i] = v->outer;
        if (v->outer)
            continue;
        m->twin[i] = sdx_graph_value(m->c->program, m->to, v->name);
        if (!m->twin[i])
            return false;
        m->twin[i]->declared = v->declared;
        m->twin[i]->constant = v->constant;
    }
    return true;
}

static bool move_node(mover *m, sdx_gnode *n)
{
    sdx_gnode *y = sdx_pass_twin(m->c, m->to, n);
    if (!y)
        return false;
    for (int i = 0; i < n->n_in; i++)
        sdx_node_set_in(y, i, n->in[i]);
    for (int i = 0; i < y->n_attr; i++) {
        sdx_graph *body = y->attr[i].graph;
        if (body) {
            body->parent = m->to;
            body->owner = y;
        }
    }
    n->n_attr = 0; /* its bodies have moved: removing it must not let go of them */
    for (int i = 0; i < n->n_out; i++) {
        sdx_gvalue *v = n->out[i];
        size_t at = 0;
        while (v && m->from->value[at] != v)
            at++;
        sdx_node_set_out(n, i, NULL);
        sdx_node_set_out(y, i, v ? m->twin[at] : NULL);
    }
    sdx_node_remove(n);
    return true;
}

static bool inline_branch(mover *m, sdx_gnode *owner)
{
    size_t n = m->from->n_outputs;
    sdx_gvalue **result = sdx_arena_array(m->c->program->arena, n, sizeof(sdx_gvalue *));
    if (!result || !make_twins(m))
        return false;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < m->from->n_values; k++)
            if (m->from->value[k] == m->from->output[i])
                result[i] = m->twin[k];
    for (size_t i = 0; i < m->from->n_nodes; i++)
        if (!move_node(m, m->from->node[i]))
            return false;
    for (size_t i = 0; i < m->from->n_values; i++)
        sdx_value_replace(m->from->value[i], m->twin[i]);
    for (int i = 0; i < owner->n_out; i++)
        if (owner->out[i] && result[i])
            sdx_value_replace(owner->out[i], result[i]);
    sdx_node_remove(owner);
    return true;
}

static sdx_status take_branch(sdx_pass *c, sdx_graph *g, sdx_gnode *n, bool yes)
{
    const sdx_attr *a = sdx_node_attr(n, yes ? "then_branch" : "else_branch");
    if (!a || !a->graph || a->graph->n_inputs > 0 || a->graph->n_outputs != (size_t)n->n_out)
        return SDX_OK;
    mover m = { c, a->graph, g, NULL };
    m.twin = sdx_arena_array(c->program->arena, a->graph->n_values, sizeof(sdx_gvalue *));
    if (!m.twin || !inline_branch(&m, n))
        return sdx_error_memory(c->err, 0);
    c->changed = true;
    return SDX_OK;
}

static sdx_status take_branches(sdx_pass *c, sdx_graph *g, sdx_arena *scratch)
{
    (void)scratch;
    for (size_t i = 0, n = g->n_nodes; i < n; i++) {
        sdx_gnode *d = g->node[i];
        if (d->removed || d->domain[0] || strcmp(d->op_type, "If") != 0)
            continue;
        int yes = condition_of(c, d);
        if (yes >= 0)
            SDX_TRY(take_branch(c, g, d, yes > 0));
    }
    return c->changed ? sdx_pass_sort(c, g) : SDX_OK;
}

sdx_status sdx_pass_branch(sdx_pass *c)
{
    return sdx_pass_each_known(c, take_branches);
}
