/* lint/program.c - calls the rules about a whole model. */
#include "lint/rules.h"

typedef struct each {
    const sdx_lint *l;
    sdx_lint_graph *rule;
} each;

static bool visit(void *ctx, sdx_graph *g)
{
    const each *e = ctx;
    e->rule(e->l, g);
    return !e->l->findings->failed;
}

void sdx_lint_each_graph(const sdx_lint *l, sdx_lint_graph *rule)
{
    each e = { l, rule };
    if (!sdx_program_each(l->program, visit, &e))
        l->findings->failed = true;
}

sdx_status sdx_lint_program(const sdx_program *p, const sdx_facts *f, const sdx_lint_options *o,
                            sdx_findings *out)
{
    sdx_lint l = { p, f, o, out };
    sdx_lint_unused(&l);
    sdx_lint_versions(&l);
    sdx_lint_names(&l);
    sdx_lint_weights(&l);
    sdx_lint_sizes(&l);
    sdx_lint_loops(&l);
    sdx_lint_copies(&l);
    sdx_lint_views(&l);
    return out->failed ? SDX_E_MEMORY : SDX_OK;
}
