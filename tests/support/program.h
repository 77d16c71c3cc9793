/* tests/support/program.h - programs from the text syntax, for tests of the stages that work on
 * them. */
#ifndef SUPPORT_PROGRAM_H
#define SUPPORT_PROGRAM_H
#include "graph/finding.h"
#include "load/load.h"

typedef struct test_program {
    sdx_mem mem;
    sdx_arena arena;
    sdx_findings findings;
    sdx_load_options options; /* to be changed between open and load */
    sdx_loaded loaded;
    sdx_program *p; /* NULL: nothing was loaded */
    sdx_error err;
} test_program;

void test_program_open(test_program *t);
sdx_status test_program_text(test_program *t, const char *text);
sdx_status test_program_bytes(test_program *t, const void *bytes, size_t size);
/* "graph-cycle: fact\n" for each finding, in their order. */
const char *test_program_findings(test_program *t);
/* The main graph as text. */
const char *test_program_graph(test_program *t);
sdx_gvalue *test_program_value(const sdx_graph *g, const char *name); /* NULL: none */
sdx_gnode *test_program_node(const sdx_graph *g, const char *name);
/* All memory was given back. */
bool test_program_close(test_program *t);

#endif
