/* lint/unused.c - what nobody reads: initializers, inputs, nodes; and what nobody can call: inputs
 * and outputs without a type. */
#include "lint/rules.h"

#include <string.h>

static void note_subject(sdx_raw_finding *x, const sdx_gvalue *v)
{
    if (!x)
        return;
    x->graph = v->graph;
    x->subject = v->name;
}

enum { MOST_LOOKED_AT = 1000 }; /* of findings, for each unused value */

/* A value that an error is about is not used because of that error. */
static bool is_refused(const sdx_lint *l, const sdx_gvalue *v)
{
    const sdx_raw_finding *x = l->findings->n_errors ? l->findings->first : NULL;
    for (int i = 0; x && i < MOST_LOOKED_AT; x = x->next, i++)
        if (x->severity == SDX_ERROR && x->subject && strcmp(x->subject, v->name) == 0)
            return true;
    return false;
}

static void check_value(const sdx_lint *l, const sdx_gvalue *v)
{
    sdx_raw_finding *x;
    if (v->uses || v->producer || v->outer || !v->name[0] || is_refused(l, v))
        return;
    if (v->is_initializer) {
        x = sdx_findings_add(l->findings, SDX_WARNING, "unused-initializer", NULL,
                             "initializer '%s' is read by no node", v->name);
        note_subject(x, v);
        sdx_finding_hint(l->findings, x, "remove '%s', or connect it where it was meant to be read",
                         v->name);
        sdx_correct_forget(
            l->findings,
            sdx_correct(l->findings, x, NULL, false, "remove initializer '%s'", v->name), v);
    } else if (v->is_input && !v->graph->parent) {
        x = sdx_findings_add(l->findings, SDX_NOTE, "unused-input", NULL,
                             "graph input '%s' is read by no node", v->name);
        note_subject(x, v);
        sdx_finding_hint(l->findings, x, "remove '%s', or connect it where it was meant to be read",
                         v->name);
    }
}

/* The standard wants types at the ends of the main graph.  Bodies get theirs from outside. */
static void check_end(const sdx_lint *l, const sdx_gvalue *v)
{
    if ((!v->is_input && !v->is_output) || v->graph->parent || v->declared || v->is_initializer ||
        !v->name[0] || (!v->is_input && !v->producer))
        return;
    sdx_raw_finding *x = sdx_findings_add(l->findings, SDX_WARNING, "end-untyped", NULL,
                                          "graph %s '%s' has no type",
                                          v->is_input ? "input" : "output", v->name);
    note_subject(x, v);
    sdx_finding_hint(l->findings, x,
                     "declare element type and shape of '%s'; dims that vary get a name", v->name);
    const sdx_type *t = l->facts->of[v->id].type;
    if (v->is_input || !v->span.size || !t || t->kind == SDX_KIND_UNKNOWN)
        return;
    sdx_symbols *names = l->facts->symbols;
    sdx_edit *e = sdx_correct(l->findings, x, NULL, true, "declare '%s' as %s", v->name,
                              sdx_type_text(names, l->findings->arena, t));
    sdx_correct_type(l->findings, e, sdx_known_type_of(names, l->findings->arena, v, t));
}

static void check_node(const sdx_lint *l, const sdx_gnode *n)
{
    int named = 0;
    for (int i = 0; i < n->n_out; i++) {
        if (n->out[i] && (n->out[i]->uses || n->out[i]->is_output))
            return;
        named += n->out[i] != NULL;
    }
    const sdx_gnode *owner = n->graph->owner;
    if (!named || sdx_lint_spoken(l, n) == SDX_REFUSED ||
        sdx_lint_spoken(l, n->graph) == SDX_REFUSED ||
        (owner && sdx_lint_spoken(l, owner) == SDX_REFUSED))
        return; /* because of that error, most likely */
    sdx_raw_finding *x = sdx_findings_add(l->findings, SDX_WARNING, "dead-node", n,
                                          named == 1 ? "nothing reads '%s', the output of this node"
                                                     : "nothing reads any output of this node%s",
                                          named == 1 && n->out[0] ? n->out[0]->name : "");
    sdx_finding_hint(l->findings, x, "remove the node, or add its output to those of the graph");
    sdx_correct_remove(
        l->findings,
        sdx_correct(l->findings, x, NULL, false, "remove the node, and what only it reads"), n);
}

/* A node that asks for derivatives reads what lies between the values that it names. */
static bool has_readers_by_name(const sdx_graph *g)
{
    for (size_t i = 0; i < g->n_nodes; i++)
        if (g->node[i]->op && g->node[i]->op->traits & SDX_DERIVES)
            return true;
    return false;
}

static void check_graph(const sdx_lint *l, const sdx_graph *g)
{
    for (size_t i = 0; i < g->n_values; i++)
        check_end(l, g->value[i]);
    if (has_readers_by_name(g))
        return;
    for (size_t i = 0; i < g->n_values; i++)
        check_value(l, g->value[i]);
    for (size_t i = 0; i < g->n_nodes; i++)
        if (!g->node[i]->removed && !g->node[i]->path[0])
            check_node(l, g->node[i]);
}

void sdx_lint_unused(const sdx_lint *l)
{
    sdx_lint_each_graph(l, check_graph);
}
