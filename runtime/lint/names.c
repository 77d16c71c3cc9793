/* lint/names.c - names that are used twice where the standard wants them once: of nodes, and of
 * values in bodies. */
#include "lint/rules.h"

#include <string.h>

/* A value of a graph by its name; names are kept once, so their addresses tell them apart. */
typedef struct key {
    const sdx_graph *graph;
    const char *name;
} key;

typedef struct names {
    sdx_table values; /* of graphs that have bodies */
    sdx_arena *arena;
} names;

static bool has_bodies(const sdx_graph *g)
{
    for (size_t i = 0; i < g->n_nodes; i++)
        for (int a = 0; a < g->node[i]->n_attr; a++)
            if (g->node[i]->attr[a].kind == SDX_ATTR_GRAPH && g->node[i]->attr[a].graph)
                return true;
    return false;
}

static void keep_values(names *n, const sdx_graph *g)
{
    for (size_t i = 0; i < g->n_values; i++) {
        const sdx_gvalue *v = g->value[i];
        if (v->outer || !v->name[0])
            continue;
        key *k = sdx_arena_alloc(n->arena, sizeof *k);
        if (!k)
            return;
        *k = (key){ g, v->name };
        sdx_word *w = sdx_table_add(&n->values, (const char *)k, sizeof *k, NULL);
        if (w)
            w->constant = v;
    }
}

static const sdx_gvalue *outer_value(const names *n, const sdx_graph *g, const char *name)
{
    for (const sdx_graph *at = g->parent; at; at = at->parent) {
        const key k = { at, name };
        const sdx_word *w = sdx_table_find(&n->values, (const char *)&k, sizeof k);
        if (w)
            return w->constant;
    }
    return NULL;
}

static void check_shadows(const sdx_lint *l, const names *n, const sdx_graph *g)
{
    for (size_t i = 0; i < g->n_values; i++) {
        const sdx_gvalue *v = g->value[i];
        const sdx_gvalue *outer = v->outer || !v->name[0] ? NULL : outer_value(n, g, v->name);
        if (!outer || v->producer || !g->owner) /* the loader has spoken of nodes */
            continue;
        sdx_raw_finding *x = sdx_findings_add(
            l->findings, SDX_WARNING, "name-shadowed", NULL,
            "'%s' of the graph '%s' of %s is also the name of a value of the graph around it",
            v->name, g->owner_attr, g->owner->op_type);
        if (x) {
            x->graph = g;
            x->subject = v->name;
        }
        sdx_finding_hint(l->findings, x, "give the inner '%s' another name", v->name);
    }
}

static void check_nodes(const sdx_lint *l, names *n, const sdx_graph *g)
{
    sdx_table by_name;
    sdx_table_init(&by_name, n->arena);
    for (size_t i = 0; i < g->n_nodes; i++) {
        const sdx_gnode *node = g->node[i];
        bool fresh = false;
        if (!node->name[0] || node->path[0])
            continue;
        sdx_word *w = sdx_table_add(&by_name, node->name, strlen(node->name), &fresh);
        if (!w)
            return;
        if (fresh) {
            w->constant = node;
            continue;
        }
        const sdx_gnode *first = w->constant;
        sdx_raw_finding *x = sdx_findings_add(l->findings, SDX_WARNING, "node-name-twice", node,
                                              "node #%lld (%s) has the name '%s', too",
                                              (long long)first->index, first->op_type, node->name);
        sdx_finding_hint(l->findings, x, "give each node a name of its own, or none");
    }
}

typedef struct each {
    const sdx_lint *l;
    names *n;
} each;

static bool visit(void *ctx, sdx_graph *g)
{
    const each *e = ctx;
    if (has_bodies(g))
        keep_values(e->n, g);
    if (g->parent)
        check_shadows(e->l, e->n, g);
    check_nodes(e->l, e->n, g);
    return !e->l->findings->failed;
}

void sdx_lint_names(const sdx_lint *l)
{
    sdx_arena arena;
    sdx_arena_init(&arena, l->findings->arena->mem, 0);
    names n = { .arena = &arena };
    each e = { l, &n };
    sdx_table_init(&n.values, &arena);
    if (!sdx_program_each(l->program, visit, &e) || arena.failed)
        l->findings->failed = true;
    sdx_arena_free(&arena);
}
