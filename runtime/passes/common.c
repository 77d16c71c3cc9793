/* passes/common.c - equal nodes become one: the same pure operator, attributes and inputs. */
#include "base/error.h"
#include "base/map.h"
#include "passes/pass.h"
#include <string.h>

static bool same_arrays(const sdx_attr *a, const sdx_attr *b)
{
    if (a->count != b->count)
        return false;
    if (a->ints && memcmp(a->ints, b->ints, a->count * sizeof *a->ints) != 0)
        return false;
    if (a->floats && memcmp(a->floats, b->floats, a->count * sizeof *a->floats) != 0)
        return false;
    for (size_t i = 0; a->strings && i < a->count; i++)
        if (a->strings[i].length != b->strings[i].length ||
            memcmp(a->strings[i].text, b->strings[i].text, a->strings[i].length) != 0)
            return false;
    return true;
}

/* Lists of tensors, graphs and types stay in the file: nothing is known of what they hold. */
static bool is_open(const sdx_attr *a)
{
    return a->kind == SDX_ATTR_TENSORS || a->kind == SDX_ATTR_GRAPHS ||
           a->kind == SDX_ATTR_SPARSES || a->kind == SDX_ATTR_TYPES;
}

static bool same_attr(const sdx_attr *a, const sdx_attr *b)
{
    return !is_open(a) && a->kind == b->kind && strcmp(a->name, b->name) == 0 && a->i == b->i &&
           memcmp(&a->f, &b->f, sizeof a->f) == 0 && a->s.length == b->s.length &&
           (a->s.length == 0 || memcmp(a->s.text, b->s.text, a->s.length) == 0) &&
           a->tensor == b->tensor && a->type == b->type && !a->graph && !b->graph &&
           same_arrays(a, b);
}

static bool same_node(const sdx_gnode *a, const sdx_gnode *b)
{
    if (a->row != b->row || a->op != b->op || a->n_in != b->n_in || a->n_out != b->n_out ||
        a->n_attr != b->n_attr)
        return false;
    for (int i = 0; i < a->n_in; i++)
        if (a->in[i] != b->in[i])
            return false;
    for (int i = 0; i < a->n_out; i++)
        if (!a->out[i] != !b->out[i])
            return false;
    for (int i = 0; i < a->n_attr; i++)
        if (!same_attr(&a->attr[i], &b->attr[i]))
            return false;
    return true;
}

static bool may_merge(const sdx_gnode *n)
{
    if (n->removed || !n->op || !(n->op->traits & SDX_PURE) || n->n_epilogue > 0)
        return false;
    for (int i = 0; i < n->n_attr; i++)
        if (n->attr[i].graph)
            return false;
    for (int i = 0; i < n->n_out; i++) /* two outputs of a graph stay two */
        if (n->out[i] && n->out[i]->is_output)
            return false;
    return n->n_out > 0;
}

/* Nodes that may be equal share a key: operator and inputs. */
static const char *key_of(sdx_arena *a, const sdx_gnode *n, size_t *length)
{
    *length = sizeof n->row + (size_t)n->n_in * sizeof(uint32_t);
    char *key = sdx_arena_alloc(a, *length);
    if (!key)
        return NULL;
    memcpy(key, &n->row, sizeof n->row);
    for (int i = 0; i < n->n_in; i++) {
        uint32_t id = n->in[i] ? n->in[i]->id : UINT32_MAX;
        memcpy(key + sizeof n->row + (size_t)i * sizeof id, &id, sizeof id);
    }
    return key;
}

typedef struct merger {
    sdx_pass *c;
    sdx_arena arena;
    bool failed;
} merger;

static bool merge_graph(void *ctx, sdx_graph *g)
{
    merger *m = ctx;
    sdx_table seen;
    sdx_table_init(&seen, &m->arena);
    for (size_t i = 0; i < g->n_nodes; i++) {
        sdx_gnode *n = g->node[i];
        size_t length;
        if (!may_merge(n))
            continue;
        const char *key = key_of(&m->arena, n, &length);
        sdx_word *w = key ? sdx_table_add(&seen, key, length, NULL) : NULL;
        if (!w) {
            m->failed = true;
            return false;
        }
        sdx_gnode *first = w->pointer;
        if (!first || !same_node(first, n)) {
            if (!first)
                w->pointer = n;
            continue;
        }
        for (int k = 0; k < n->n_out; k++)
            if (n->out[k])
                sdx_value_replace(n->out[k], first->out[k]);
        sdx_node_remove(n);
        m->c->changed = true;
    }
    return true;
}

sdx_status sdx_pass_common(sdx_pass *c)
{
    merger m = { .c = c };
    sdx_arena_init(&m.arena, c->mem, 0);
    bool done = sdx_program_each(c->program, merge_graph, &m) && !m.failed;
    sdx_arena_free(&m.arena);
    return done ? SDX_OK : sdx_error_memory(c->err, 0);
}
