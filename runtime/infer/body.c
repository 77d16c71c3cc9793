/* infer/body.c - types of the graphs that a node has as attributes.
 *
 * A body is a possibility: it may run never, once or often.  So what it demands of symbols is
 * undone on leaving, and what it finds out stays inside.  A value that it captures is what it is
 * outside. */
#include "infer/walk.h"

#include "base/error.h"

static const sdx_graph *body_of(const sdx_node *n, const char *name)
{
    const sdx_attr *a = sdx_node_attr(n->def, name);
    return a && a->kind == SDX_ATTR_GRAPH ? a->graph : NULL;
}

/* Forgets what an earlier walk found, as it may have come with other types. */
static void forget(walk *w, const sdx_graph *g)
{
    for (size_t i = 0; i < g->n_values; i++)
        *sdx_walk_fact(w, g->value[i]) = (sdx_fact){ 0 };
}

static void supply(walk *w, const sdx_graph *g, const sdx_type *const *in)
{
    for (size_t i = 0; i < g->n_inputs; i++)
        sdx_walk_fact(w, g->input[i])->type = in[i] ? sdx_type_settle(w, in[i], true) : NULL;
    for (size_t i = 0; i < g->n_captures; i++) {
        sdx_fact *outer = sdx_walk_fact(w, g->capture[i]->outer);
        sdx_fact_refresh(w, outer);
        *sdx_walk_fact(w, g->capture[i]) = *outer;
    }
}

const sdx_dim *sdx_body_elems(sdx_infer *c, const char *attr, int k, int *count)
{
    const sdx_graph *g = body_of(c->node, attr);
    const sdx_gvalue *v = g && k >= 0 && (size_t)k < g->n_outputs ? g->output[k] : NULL;
    const sdx_fact *f = v ? sdx_walk_fact(c->walk, v) : NULL;
    *count = f && f->elem && !f->tainted ? f->n_elem : 0;
    return *count ? f->elem : NULL;
}

void sdx_point_result(sdx_infer *c, const char *attr, int k)
{
    const sdx_graph *g = body_of(c->node, attr);
    if (!c->last || !g || (size_t)k >= g->n_outputs || !g->output[k])
        return;
    const sdx_fact *fact = sdx_walk_fact(c->walk, g->output[k]);
    sdx_findings *f = c->walk->o->findings;
    sdx_finding_mention(
        f, c->last, g->output[k], sdx_arena_printf(f->arena, "output %d of %s", k, attr),
        sdx_type_text(c->facts->symbols, f->arena, fact->type ? fact->type : &sdx_type_unknown),
        -1);
}

static bool check_counts(sdx_infer *c, const char *attr, const sdx_graph *g, int n_in, int n_out)
{
    if (g->n_inputs != (size_t)n_in) {
        sdx_refuse(c, "body-inputs", "the graph '%s' of %s takes %zu input%s, must take %d", attr,
                   c->def->op_type, g->n_inputs, g->n_inputs == 1 ? "" : "s", n_in);
        sdx_number(c, "inputs", (int64_t)g->n_inputs);
        sdx_hint(c, "give the graph '%s' %d input%s", attr, n_in, n_in == 1 ? "" : "s");
    }
    if (g->n_outputs != (size_t)n_out) {
        sdx_refuse(c, "body-outputs", "the graph '%s' of %s has %zu output%s, must have %d", attr,
                   c->def->op_type, g->n_outputs, g->n_outputs == 1 ? "" : "s", n_out);
        sdx_number(c, "outputs", (int64_t)g->n_outputs);
        sdx_hint(c, "give the graph '%s' %d output%s, as the node has", attr, n_out,
                 n_out == 1 ? "" : "s");
    }
    return !c->refused;
}

bool sdx_infer_body(sdx_infer *c, const char *attr, int n_in, const sdx_type *const *in, int n_out,
                    const sdx_type **out)
{
    walk *w = c->walk;
    const sdx_graph *g = body_of(c->node, attr);
    for (int i = 0; i < n_out; i++)
        out[i] = &sdx_type_unknown;
    if (!g)
        return true; /* missing: the row has said so */
    if (!check_counts(c, attr, g, n_in, n_out))
        return false;
    w->facts->partial |= !w->visits_left;
    if (!w->visits_left || w->failed)
        return true;
    size_t mark = sdx_symbols_mark(w->facts->symbols);
    sdx_infer_options quiet = *w->o;
    const sdx_infer_options *loud = w->o;
    bool checked = w->checked;
    if (loud->bodies_may_fail) { /* it fails when it runs, if it runs */
        quiet.findings = NULL;
        w->o = &quiet;
    }
    w->body_depth++;
    forget(w, g);
    supply(w, g, in);
    sdx_walk_enter(w, g);
    sdx_walk_nodes(w, g);
    bool tainted = false, refused = false;
    for (int i = 0; i < n_out && !w->failed; i++) {
        sdx_fact *f = g->output[i] ? sdx_walk_fact(w, g->output[i]) : NULL;
        if (!f)
            continue;
        sdx_fact_refresh(w, f);
        tainted |= f->tainted;
        if (f->type && !f->tainted)
            out[i] = f->type;
    }
    for (size_t i = 0; i < g->n_nodes && !refused; i++)
        for (int o = 0; o < g->node[i]->n_out && !refused; o++)
            refused = g->node[i]->out[o] && sdx_walk_fact(w, g->node[i]->out[o])->tainted;
    c->bodies++;
    c->bodies_refused += tainted || refused;
    c->may_not_run |= g->n_inputs > 0;
    w->body_depth--;
    w->checked = checked;
    w->o = loud;
    sdx_symbols_undo(w->facts->symbols, mark);
    if (loud->bodies_may_fail)
        return true;
    if (tainted || refused)
        c->refused = true; /* what is wrong stands at the inner node */
    return !c->refused;
}
