/* graph/draft.h - a model before its names are resolved: what a file says, as it says it.
 *
 * Both readers, of protobuf (load/decode.c) and of text (text.c), make one; load/link.c turns it into a program.
 * Everything lies in arenas that outlive it.  Names come from one pool: equal names have one address. */
#ifndef GRAPH_DRAFT_H
#define GRAPH_DRAFT_H
#include "graph/graph.h"

typedef struct sdx_draft_graph sdx_draft_graph;

typedef struct sdx_draft_attr {
    sdx_attr is;            /* its graph is NULL; kind NONE: the file names no type */
    sdx_draft_graph *graph; /* of kind GRAPH */
} sdx_draft_attr;

typedef struct sdx_draft_node {
    const char *name, *op_type, *domain, *overload; /* "" where the file says nothing */
    size_t n_in, n_out, n_attr;
    const char **in, **out; /* "" where left out */
    sdx_draft_attr *attr;
    sdx_span span;
} sdx_draft_node;

/* An input, an output, a value info: type may be NULL.  An initializer: value may be NULL, which a finding explains. */
typedef struct sdx_draft_value {
    const char *name;
    const sdx_type *type;
    sdx_value *value;
    sdx_span span;
} sdx_draft_value;

struct sdx_draft_graph {
    const char *name;
    size_t n_nodes, n_inputs, n_outputs, n_initializers, n_infos;
    sdx_draft_node *node;
    sdx_draft_value *input, *output, *initializer, *info;
    sdx_span span;
};

typedef struct sdx_draft_function {
    const char *domain, *name, *overload;
    size_t n_in, n_out, n_attr, n_defaults, n_opsets, n_nodes, n_infos;
    const char **in, **out, **attr; /* attr: those without a default */
    sdx_draft_attr *defaults;
    sdx_opset *opset;
    sdx_draft_node *node;
    sdx_draft_value *info;
    sdx_span span;
} sdx_draft_function;

typedef struct sdx_draft {
    int64_t ir_version, model_version;
    const char *producer, *producer_version, *domain, *doc;
    size_t n_opsets, n_metadata, n_functions;
    sdx_opset *opset;
    const char **metadata_key, **metadata_value;
    sdx_draft_function *function;
    sdx_draft_graph *graph; /* NULL: the file has none */
    size_t n_dim_names, dim_room;
    const char **dim_name;  /* as in sdx_program */
    sdx_table dim_by_name;
} sdx_draft;

/* The symbolic dim of this name, new or known; unknown where the name is empty or memory is out. */
sdx_dim sdx_draft_dim(sdx_draft *d, sdx_arena *a, const char *name);

#endif
