/* graph/facts.h - what is known of the values of a graph in one situation: the model as declared
 * (symbols), a binding (numbers), a late step (the values themselves).  Beside the graph, so that
 * one graph serves many. */
#ifndef GRAPH_FACTS_H
#define GRAPH_FACTS_H
#include "graph/graph.h"
#include "graph/symbols.h"

typedef struct sdx_fact {
    const sdx_type *type;   /* NULL: nothing known yet */
    const sdx_value *known; /* the value itself: a constant; NULL */
    const sdx_dim *elem;    /* elements of a small integer tensor of rank 0 or 1; NULL: not known */
    int n_elem;
    uint32_t epoch; /* of the symbols, when the dims were last resolved */
    bool tainted;   /* made by a refused node, or from such: its readers are skipped */
} sdx_fact;

typedef struct sdx_facts {
    const sdx_program *program;
    sdx_arena *arena; /* of types and elements; may be rewound by whoever made the facts */
    sdx_symbols *symbols;
    uint32_t n;
    sdx_fact *of; /* by sdx_gvalue.id; n of them */
    bool partial; /* too many bodies within bodies: inside them older facts may stand */
} sdx_facts;

/* NULL: no memory. */
sdx_facts *sdx_facts_new(const sdx_program *p, sdx_arena *a);

/* "[64, C, 32, 32]" and "float32[64, C, 32, 32]", "seq(int64[?])", "?"; never NULL.  Dims as they
 * stand. */
const char *sdx_dims_text(const sdx_symbols *s, sdx_arena *a, sdx_dims d);
const char *sdx_type_text(const sdx_symbols *s, sdx_arena *a, const sdx_type *t);

/* The tensor that a known value is, NULL for others.  One that waits is computed, and then stays.
 * Defined by eval. */
const sdx_tensor *sdx_known_tensor(const sdx_value *v);

/* The view that operators get: definition and facts.  Made on the stack for a call (view.c has the
 * accessors). */
struct sdx_node {
    const sdx_gnode *def;
    const sdx_facts *facts;
    const struct sdx_node *epilogue; /* def->n_epilogue views; NULL without */
};

/* A view of n; the epilogue's views are made in the arena. */
struct sdx_node sdx_view(const sdx_gnode *n, const sdx_facts *f, sdx_arena *a);

#endif
