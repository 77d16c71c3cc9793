/* lint/program.c - calls the rules about a whole model. */
#include "lint/rules.h"

#include <string.h>

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

sdx_spoken sdx_lint_spoken(const sdx_lint *l, const void *node_or_graph)
{
    const sdx_word *w = sdx_table_find_number(l->spoken, (uintptr_t)node_or_graph);
    return !w ? SDX_SILENT : w->constant ? SDX_REFUSED : SDX_SPOKEN;
}

/* A name that nothing makes leaves another value of its graph unread. */
static const void *about(const sdx_raw_finding *x, int k)
{
    bool name = strcmp(x->rule, "undefined-tensor") == 0 ||
                strcmp(x->rule, "output-never-produced") == 0;
    return k == 0 ? (const void *)x->node : name ? (const void *)x->graph : NULL;
}

static void note_spoken(const sdx_findings *f, sdx_table *t)
{
    for (const sdx_raw_finding *x = f->first; x; x = x->next)
        for (int k = 0; k < 2; k++) {
            const void *what = about(x, k);
            sdx_word *w = what ? sdx_table_add_number(t, (uintptr_t)what, NULL) : NULL;
            if (w && x->severity == SDX_ERROR)
                w->constant = what;
        }
}

sdx_status sdx_lint_program(const sdx_program *p, const sdx_facts *f, const sdx_lint_options *o,
                            sdx_findings *out)
{
    sdx_arena arena;
    sdx_table spoken;
    sdx_arena_init(&arena, out->arena->mem, 0);
    sdx_table_init(&spoken, &arena);
    note_spoken(out, &spoken);
    sdx_lint l = { p, f, o, out, &spoken };
    sdx_lint_unused(&l);
    sdx_lint_versions(&l);
    sdx_lint_names(&l);
    sdx_lint_weights(&l);
    sdx_lint_sizes(&l);
    sdx_lint_loops(&l);
    sdx_lint_copies(&l);
    sdx_lint_views(&l);
    sdx_lint_ends(&l);
    sdx_lint_decomposed(&l);
    out->failed |= arena.failed;
    sdx_arena_free(&arena);
    return out->failed ? SDX_E_MEMORY : SDX_OK;
}
