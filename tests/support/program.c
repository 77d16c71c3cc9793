/* tests/support/program.c - see program.h. */
#include "support/program.h"
#include "graph/text.h"
#include <string.h>

void test_program_open(test_program *t)
{
    memset(t, 0, sizeof *t);
    sdx_mem_init(&t->mem, NULL, 0);
    sdx_arena_init(&t->arena, &t->mem, 0);
    sdx_findings_init(&t->findings, &t->arena);
    t->options = (sdx_load_options){ .mem = &t->mem,
                                     .registry = sdx_registry_new(&t->arena),
                                     .name = "test" };
}

sdx_status test_program_text(test_program *t, const char *text)
{
    sdx_status st = sdx_load_text(text, strlen(text), &t->options, &t->arena, &t->findings,
                                  &t->loaded, &t->err);
    t->p = st == SDX_OK ? t->loaded.program : NULL;
    return st;
}

sdx_status test_program_bytes(test_program *t, const void *bytes, size_t size)
{
    sdx_status st = sdx_load(bytes, size, &t->options, &t->arena, &t->findings, &t->loaded,
                             &t->err);
    t->p = st == SDX_OK ? t->loaded.program : NULL;
    return st;
}

const char *test_program_findings(test_program *t)
{
    const char *text = "";
    for (const sdx_raw_finding *f = t->findings.first; f; f = f->next)
        text = sdx_arena_printf(&t->arena, "%s%s: %s\n", text, f->rule, f->fact);
    return text;
}

const char *test_program_graph(test_program *t)
{
    return sdx_text_graph(t->p, &t->arena, t->p->main);
}

sdx_gvalue *test_program_value(const sdx_graph *g, const char *name)
{
    for (size_t i = 0; i < g->n_values; i++)
        if (strcmp(g->value[i]->name, name) == 0)
            return g->value[i];
    return NULL;
}

sdx_gnode *test_program_node(const sdx_graph *g, const char *name)
{
    for (size_t i = 0; i < g->n_nodes; i++)
        if (strcmp(g->node[i]->name, name) == 0)
            return g->node[i];
    return NULL;
}

bool test_program_close(test_program *t)
{
    sdx_loaded_close(&t->loaded);
    sdx_arena_free(&t->arena);
    return sdx_mem_used(&t->mem) == 0;
}
