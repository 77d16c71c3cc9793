/* graph/draft.h - a model before its names are resolved: what a file says, as it says it.
 *
 * Both readers, of protobuf (load/decode.c) and of text (text.c), make one; load/link.c turns it
 * into a program.  Everything lies in arenas that outlive it.  Names come from one pool: equal
 * names have one address. */
#ifndef GRAPH_DRAFT_H
#define GRAPH_DRAFT_H
#include "graph/graph.h"

typedef struct sdx_draft_graph sdx_draft_graph;

/* Attributes of one node are looked up one by one; no operator has a tenth of this. */
enum { SDX_MOST_ATTRIBUTES = 1024 };

/* What a reader found wrong where there is no node yet to point at; load/check.c makes a finding of
 * it. */
typedef struct sdx_draft_flaw {
    const char *rule, *fact, *hint; /* hint may be NULL */
    sdx_status status;              /* SDX_OK: a warning */
    struct sdx_draft_flaw *next;
} sdx_draft_flaw;

typedef struct sdx_draft_attr {
    sdx_attr is;            /* its graph is NULL; kind NONE: the file names no type */
    sdx_draft_graph *graph; /* of kind GRAPH */
    sdx_draft_flaw *flaw;   /* the first; NULL: none */
} sdx_draft_attr;

typedef struct sdx_draft_node {
    const char *name, *op_type, *domain, *overload; /* "" where the file says nothing */
    size_t n_in, n_out, n_attr;
    const char **in, **out; /* "" where left out */
    sdx_draft_attr *attr;
    sdx_span span;
    int64_t index; /* place in its graph of the file; of an inlined node that of the call */
    /* Set by inlining. */
    /* the call of a function that it comes from; NULL: the file's own */
    const struct sdx_call_site *call;
    int64_t opset;        /* 0: as its domain is imported */
    bool broken;          /* of no use: its outputs exist, and nothing is known of them */
    sdx_draft_flaw *flaw; /* of the call, or of the node in its function; NULL: none */
} sdx_draft_node;

/* An input, an output, a value info: type may be NULL.  An initializer: value may be NULL, which a
 * flaw explains. */
typedef struct sdx_draft_value {
    const char *name;
    const sdx_type *type;
    sdx_value *value;
    sdx_draft_flaw *flaw;
    sdx_span span;
} sdx_draft_value;

/* A parameter of a quantised tensor: "SCALE_TENSOR" of 'x' is 'x_scale'. */
typedef struct sdx_draft_annotation {
    const char *tensor, *key, *value;
} sdx_draft_annotation;

struct sdx_draft_graph {
    const char *name;
    size_t n_nodes, n_inputs, n_outputs, n_initializers, n_infos, n_annotations;
    sdx_draft_annotation *annotation;
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
    sdx_draft_flaw *flaw;   /* the model's own */
} sdx_draft;

/* Adds a flaw to a list; false: no memory. */
bool sdx_draft_flaw_add(sdx_arena *a, sdx_draft_flaw **list, const char *rule, sdx_status status,
                        const char *hint, const char *fmt, ...) SDX_PRINTF(6, 7);

/* For linking: sdx_graph_capture where it is known that there is none yet, without the search.
 * (edit.c) */
sdx_gvalue *sdx_graph_add_capture(sdx_program *p, sdx_graph *g, sdx_gvalue *outer);

#endif
