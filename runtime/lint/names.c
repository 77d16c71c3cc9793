/* lint/names.c - names that are used twice where the standard wants them once: of nodes, and of
 * values in bodies. */
#include "lint/rules.h"

#include <inttypes.h>
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

/* A name that no node has yet. */
static const char *own_name(const sdx_lint *l, sdx_table *taken, const sdx_gnode *n)
{
    const char *name = NULL;
    bool fresh = false;
    for (int64_t i = n->index; !fresh; i += (int64_t)n->graph->n_nodes) {
        name = sdx_arena_printf(l->findings->arena, "%s_%" PRId64, n->name, i);
        if (!name || !sdx_table_add(taken, name, strlen(name), &fresh))
            return "";
    }
    return name;
}

static void check_nodes(const sdx_lint *l, names *n, const sdx_graph *g)
{
    sdx_table by_name; /* the first node of each */
    sdx_table_init(&by_name, n->arena);
    size_t twice = 0;
    for (size_t i = 0; i < g->n_nodes; i++) {
        const sdx_gnode *node = g->node[i];
        bool fresh = false;
        if (!node->name[0] || node->path[0])
            continue;
        sdx_word *w = sdx_table_add(&by_name, node->name, strlen(node->name), &fresh);
        if (!w)
            return;
        if (fresh)
            w->constant = node;
        twice += !fresh;
    }
    for (size_t i = 0; twice && i < g->n_nodes; i++) {
        const sdx_gnode *node = g->node[i];
        const sdx_word *w = node->path[0]
                                ? NULL
                                : sdx_table_find(&by_name, node->name, strlen(node->name));
        const sdx_gnode *first = w ? w->constant : node;
        if (first == node)
            continue;
        sdx_raw_finding *x = sdx_findings_add(l->findings, SDX_WARNING, "node-name-twice", node,
                                              "node #%lld (%s) has the name '%s', too",
                                              (long long)first->index, first->op_type, node->name);
        sdx_finding_hint(l->findings, x, "give each node a name of its own, or none");
        const char *own = own_name(l, &by_name, node);
        sdx_edit *e = sdx_correct(l->findings, x, node, true, "name it '%s'", own);
        sdx_correct_text(l->findings, e, node->span, SDX_AT_NODE_NAME, 0, own);
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
