/* tools/info/memory.c - an estimate of the memory that values take. */
#include "info/document.h"

#include <stdlib.h>
#include <string.h>

typedef struct life {
    const char *name;
    uint64_t bytes;
    size_t first, last;
} life;

static int by_name(const void *a, const void *b)
{
    return strcmp(((const life *)a)->name, ((const life *)b)->name);
}

/* Bytes of a tensor; false: a dim is no number, or it is no tensor. */
static bool bytes_of(const sdx_value_info *v, uint64_t *bytes)
{
    uint64_t n = 1;
    if (v->rank < 0 || v->kind != SDX_TENSOR)
        return false;
    for (int i = 0; i < v->rank; i++) {
        if (v->dims[i] < 0 || (v->dims[i] > 0 && n > UINT64_MAX / 256 / (uint64_t)v->dims[i]))
            return false;
        n *= (uint64_t)v->dims[i];
    }
    *bytes = (n * (uint64_t)sdx_dtype_bits(v->dtype) + 7) / 8;
    return true;
}

static void use(life *list, size_t n, const char *name, size_t at, bool made)
{
    life key = { name, 0, 0, 0 };
    life *l = n ? bsearch(&key, list, n, sizeof *list, by_name) : NULL;
    if (l && made)
        l->first = at;
    if (l && at > l->last)
        l->last = at;
}

static size_t list_lives(const sdx_model *m, life *list, size_t *unknown)
{
    size_t n = 0;
    sdx_value_info v;
    for (size_t i = 0; sdx_model_value(m, i, &v) == SDX_OK; i++) {
        uint64_t bytes;
        if (v.graph[0] || v.is_constant)
            continue;
        if (bytes_of(&v, &bytes))
            list[n++] = (life){ v.name, bytes, 0, 0 };
        else
            ++*unknown;
    }
    qsort(list, n, sizeof *list, by_name);
    return n;
}

uint64_t info_peak_memory(const sdx_model *m, size_t *unknown)
{
    sdx_model_info about;
    sdx_node_info node;
    sdx_value_info v;
    *unknown = 0;
    if (sdx_model_about(m, &about) != SDX_OK)
        return 0;
    life *list = calloc(about.n_values + 1, sizeof *list);
    uint64_t *at = calloc(about.n_nodes + 2, sizeof *at), now = 0, most = 0;
    size_t n = list && at ? list_lives(m, list, unknown) : 0;
    /* Nodes of bodies come behind all of the main graph, so what they read of it counts to the end.
     */
    for (size_t i = 0; i < about.n_nodes && sdx_model_node(m, i, &node) == SDX_OK; i++) {
        for (size_t k = 0; k < node.n_inputs; k++)
            use(list, n, node.inputs[k], i, false);
        for (size_t k = 0; k < node.n_outputs && !node.graph[0]; k++)
            use(list, n, node.outputs[k], i, true);
    }
    for (size_t i = 0; sdx_model_output(m, i, &v) == SDX_OK && about.n_nodes; i++)
        use(list, n, v.name, about.n_nodes - 1, false); /* the caller's to the end */
    for (size_t i = 0; i < n; i++) {
        at[list[i].first] += list[i].bytes;
        at[list[i].last + 1] -= list[i].bytes;
    }
    for (size_t i = 0; at && i <= about.n_nodes; i++) {
        now += at[i];
        most = now > most ? now : most;
    }
    free(list);
    free(at);
    return most;
}
