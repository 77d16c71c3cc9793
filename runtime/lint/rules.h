/* lint/rules.h - the rules about a whole model, one file each. */
#ifndef LINT_RULES_H
#define LINT_RULES_H
#include "lint/lint.h"

typedef struct sdx_lint {
    const sdx_program *program;
    const sdx_facts *facts;
    const sdx_lint_options *options;
    sdx_findings *findings;
    const sdx_table
        *spoken; /* by address: nodes that something is said of, graphs with names lost */
} sdx_lint;

typedef enum sdx_spoken { SDX_SILENT, SDX_SPOKEN, SDX_REFUSED } sdx_spoken;
/* What was said before lint of a node, or of names in a graph. */
sdx_spoken sdx_lint_spoken(const sdx_lint *l, const void *node_or_graph);

void sdx_lint_unused(const sdx_lint *l);     /* unused.c: what nobody reads */
void sdx_lint_names(const sdx_lint *l);      /* names.c: names that are used twice */
void sdx_lint_versions(const sdx_lint *l);   /* versions.c: opsets and IR */
void sdx_lint_sizes(const sdx_lint *l);      /* sizes.c: inputs that no size fits */
void sdx_lint_weights(const sdx_lint *l);    /* weights.c: numbers that are none */
void sdx_lint_loops(const sdx_lint *l);      /* loops.c: loops that nothing ends */
void sdx_lint_copies(const sdx_lint *l);     /* copies.c: weights that are there twice */
void sdx_lint_views(const sdx_lint *l);      /* views.c: shapes that are there already */
void sdx_lint_ends(const sdx_lint *l);       /* ends.c: outputs of one size only */
void sdx_lint_decomposed(const sdx_lint *l); /* decomposed.c: operators written out */

/* Calls rule for every graph of the model. */
typedef void sdx_lint_graph(const sdx_lint *l, const sdx_graph *g);
void sdx_lint_each_graph(const sdx_lint *l, sdx_lint_graph *rule);

#endif
