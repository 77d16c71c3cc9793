/* lint/loops.c - loops that nothing ends. */
#include "lint/rules.h"

#include "eval/value.h"
#include <string.h>

enum { FURTHEST = 16, ENDLESS = INT32_MAX /* iterations: a number that stands for no limit */ };

/* The one number that the value is known to be; -1: not known. */
static int64_t known(const sdx_lint *l, const sdx_gvalue *v)
{
    const sdx_value *is = v->constant ? v->constant : l->facts->of[v->id].known;
    const sdx_tensor *t = is ? sdx_as_tensor(is) : NULL;
    int64_t n = -1;
    if (t && t->data && sdx_elements(t) == 1)
        sdx_load_i64(&n, t, 0, 1, 1);
    return n;
}

/* Does the condition that the body gives never become false?  It is true, or the one that came
 * in. */
static bool goes_on(const sdx_lint *l, const sdx_graph *body)
{
    const sdx_gvalue *v = body->n_outputs ? body->output[0] : NULL;
    for (int step = 0; v && step < FURTHEST; step++) {
        if (v->outer) {
            v = v->outer;
            continue;
        }
        if (known(l, v) > 0 || (body->n_inputs > 1 && v == body->input[1]))
            return true;
        const sdx_gnode *n = v->producer;
        bool same = n && n->n_in == 1 &&
                    (strcmp(n->op_type, "Identity") == 0 || strcmp(n->op_type, "Cast") == 0);
        v = same ? n->in[0] : NULL;
    }
    return false;
}

static void check_node(const sdx_lint *l, const sdx_gnode *n)
{
    const sdx_attr *body = sdx_node_attr(n, "body");
    if (strcmp(n->op_type, "Loop") != 0 || *n->domain || n->n_in < 2 || !body || !body->graph ||
        (n->in[0] && known(l, n->in[0]) < ENDLESS) || (n->in[1] && known(l, n->in[1]) < 1) ||
        !goes_on(l, body->graph))
        return;
    sdx_raw_finding *x = sdx_findings_add(l->findings, SDX_WARNING, "loop-endless", n,
                                          "nothing ends the loop: %s, and the condition stays true",
                                          n->in[0] ? "M is without limit" : "there is no M");
    sdx_finding_hint(l->findings, x,
                     "give M, or let output 0 of the body become false when the work is done");
}

static void check_graph(const sdx_lint *l, const sdx_graph *g)
{
    for (size_t i = 0; i < g->n_nodes; i++)
        if (!g->node[i]->removed)
            check_node(l, g->node[i]);
}

void sdx_lint_loops(const sdx_lint *l)
{
    sdx_lint_each_graph(l, check_graph);
}
