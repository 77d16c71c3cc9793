/* tools/picture/links.c - which node reads what another made. */
#include "picture/links.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

typedef struct made {
    const char *graph, *name;
    size_t node;
} made;

static int by_name(const void *a, const void *b)
{
    const made *x = a, *y = b;
    int c = strcmp(x->name, y->name);
    return c ? c : strcmp(x->graph, y->graph);
}

typedef struct maker {
    links *out;
    made *made;
    size_t n_made, room;
} maker;

static bool add_link(maker *k, size_t to, const char *graph, const char *name)
{
    const made key = { graph, name, 0 };
    const made *from = k->n_made ? bsearch(&key, k->made, k->n_made, sizeof key, by_name) : NULL;
    if (k->out->n == k->room) {
        k->room = k->room ? 2 * k->room : 256;
        link_between *more = realloc(k->out->link, k->room * sizeof *more);
        if (!more)
            return false;
        k->out->link = more;
    }
    k->out->link[k->out->n++] = (link_between){ from ? from->node : SIZE_MAX, to, name };
    return true;
}

static bool list_made(maker *k, const sdx_model *m)
{
    size_t n = 0;
    sdx_node_info node;
    for (size_t i = 0; sdx_model_node(m, i, &node) == SDX_OK; i++, k->out->n_nodes++)
        n += node.n_outputs;
    k->made = malloc((n + 1) * sizeof *k->made);
    if (!k->made)
        return false;
    for (size_t i = 0; sdx_model_node(m, i, &node) == SDX_OK; i++)
        for (size_t o = 0; o < node.n_outputs; o++)
            if (node.outputs[o][0])
                k->made[k->n_made++] = (made){ node.graph, node.outputs[o], i };
    qsort(k->made, k->n_made, sizeof *k->made, by_name);
    return true;
}

bool links_of(const sdx_model *m, links *out)
{
    maker k = { .out = out };
    sdx_node_info node;
    sdx_value_info v;
    *out = (links){ 0 };
    bool good = list_made(&k, m);
    for (size_t i = 0; good && sdx_model_node(m, i, &node) == SDX_OK; i++)
        for (size_t o = 0; good && o < node.n_inputs; o++)
            if (node.inputs[o][0])
                good = add_link(&k, i, node.graph, node.inputs[o]);
    for (size_t i = 0; good && sdx_model_output(m, i, &v) == SDX_OK; i++)
        good = add_link(&k, SIZE_MAX, "", v.name);
    free(k.made);
    if (!good)
        links_free(out);
    return good;
}

void links_free(links *l)
{
    free(l->link);
    *l = (links){ 0 };
}

bool links_spread(const links *l, bool *chosen, int64_t depth)
{
    bool *next = malloc((l->n_nodes + 1) * sizeof *next); /* reached by this step */
    bool good = next != NULL;
    for (bool more = true; good && more && depth > 0; depth--) {
        memset(next, 0, (l->n_nodes + 1) * sizeof *next);
        more = false;
        for (size_t i = 0; i < l->n; i++) {
            const link_between *x = &l->link[i];
            if (x->from == SIZE_MAX || x->to == SIZE_MAX || chosen[x->from] == chosen[x->to])
                continue;
            next[chosen[x->from] ? x->to : x->from] = true;
            more = true;
        }
        for (size_t i = 0; i < l->n_nodes; i++)
            chosen[i] = chosen[i] || next[i];
    }
    free(next);
    return good;
}

bool *links_around(const sdx_model *m, const links *l, const char *glob, int64_t depth)
{
    bool *chosen = calloc(l->n_nodes + 1, sizeof *chosen);
    sdx_node_info node;
    for (size_t i = 0; chosen && sdx_model_node(m, i, &node) == SDX_OK; i++)
        chosen[i] = !glob || fnmatch(glob, node.name, 0) == 0 || fnmatch(glob, node.op, 0) == 0;
    if (chosen && !links_spread(l, chosen, depth)) {
        free(chosen);
        return NULL;
    }
    return chosen;
}
