/* graph/graph.h - a model as data: graphs of nodes and values, in SSA form.
 *
 * LOAD makes it, PASSES edit a copy of it, everybody else reads it.  All of it lies in one arena
 * and dies with it.
 *
 *   sdx_graph   nodes in the file's order; inputs, outputs; for a body its captures
 *   sdx_gnode   an operator with attributes; reads and writes values
 *   sdx_gvalue  an edge: made by one node, or an input, or a constant
 *
 * What is *known* about values (types, elements) is not here but in facts.h: it differs between
 * bindings. */
#ifndef GRAPH_GRAPH_H
#define GRAPH_GRAPH_H
#include "base/arena.h"
#include "base/map.h"
#include "graph/schema.h"
#include "sdx/op.h"

typedef struct sdx_graph sdx_graph;
typedef struct sdx_gnode sdx_gnode;
typedef struct sdx_gvalue sdx_gvalue;

/* A place in the bytes of the model's file; size 0: made, not read. */
typedef struct sdx_span {
    uint64_t offset, size;
} sdx_span;

struct sdx_type { /* made by type.c alone */
    sdx_kind kind;
    sdx_dtype dtype; /* of a map: its keys' */
    sdx_dims dims;
    const int64_t *shape; /* the dims, where all of them are numbers; else NULL */
    const sdx_type *of;
};
extern const sdx_type sdx_type_unknown;

/* ---- attributes ---- */

/* Kinds carry the numbers of AttributeProto.AttributeType. */
typedef enum sdx_attr_kind {
    SDX_ATTR_NONE,
    SDX_ATTR_FLOAT,
    SDX_ATTR_INT,
    SDX_ATTR_STRING,
    SDX_ATTR_TENSOR,
    SDX_ATTR_GRAPH,
    SDX_ATTR_FLOATS,
    SDX_ATTR_INTS,
    SDX_ATTR_STRINGS,
    SDX_ATTR_TENSORS,
    SDX_ATTR_GRAPHS,
    SDX_ATTR_SPARSE,
    SDX_ATTR_SPARSES,
    SDX_ATTR_TYPE,
    SDX_ATTR_TYPES
} sdx_attr_kind;
const char *sdx_attr_kind_name(sdx_attr_kind k); /* "int", "floats" … */

typedef struct sdx_attr {
    const char *name;
    sdx_attr_kind kind;
    /* in a function body: the attribute of the call that it stands for; else NULL */
    const char *ref;
    int64_t i;
    float f;
    sdx_string s;
    size_t count; /* of the arrays below */
    const int64_t *ints;
    const float *floats;
    const sdx_string *strings;
    sdx_value *tensor; /* TENSOR and SPARSE; held by the model */
    sdx_graph *graph;
    const sdx_type *type;
    sdx_span span; /* of its AttributeProto */
} sdx_attr;

/* ---- values, nodes, graphs ---- */

/* One reading of a value by a node.  Chained from the value, so its readers are found without a
 * search. */
typedef struct sdx_use {
    sdx_gnode *node;
    int slot;
    struct sdx_use *next, **link;
} sdx_use;

struct sdx_gvalue {
    const char *name; /* never NULL; unique within its graph, "" only for values that a pass made */
    uint32_t id;      /* index into facts: unique within the model, subgraphs included           */
    uint32_t uses;    /* reads by nodes, as an output of its graph, and by captures              */
    sdx_use *readers; /* those by nodes, the newest first                                        */
    /* those by captures of bodies, chained by next_capture */
    sdx_gvalue *captures;
    sdx_gvalue *next_capture;
    sdx_graph *graph;
    sdx_gnode *producer; /* NULL: an input, a constant, a capture */
    int producer_out;
    const sdx_type *declared; /* by the file; NULL: nothing */
    /* an initializer, or folded; NULL.  Held by the model or the compiled graph */
    sdx_value *constant;
    sdx_gvalue *outer; /* of a capture: the value of the enclosing graph that it stands for */
    bool is_input, is_output;
    bool is_initializer; /* the file's; together with is_input: a default (IR 3: every one) */
    sdx_layout layout;   /* set by one pass */
    sdx_span span;       /* of its ValueInfoProto or TensorProto */
};

struct sdx_gnode {
    const char *name; /* "" if the file gives none; messages then use op and index        */
    const char *op_type, *domain,
        *overload;    /* domain "" is ai.onnx                               */
    int64_t opset;    /* of its domain, where the node stands: a function imports its own */
    const sdx_op *op; /* NULL: nobody here knows it                                       */
    const sdx_family *family;
    const sdx_row *row; /* the parsed row in force; NULL with op, or when older than all rows */
    sdx_graph *graph;
    int64_t index;    /* place in its graph of the file; of inlined nodes that of the call */
    const char *path; /* "f/g": calls of functions it was inlined through; "" for none    */
    int n_in, n_out, n_attr;
    sdx_gvalue **in, **out; /* NULL where left out; changed by sdx_node_set_in and _out alone */
    sdx_use *use;           /* by input */
    sdx_attr *attr;
    /* the user's node that a pass made this one for; itself for the file's own */
    const sdx_gnode *origin;
    int n_epilogue; /* absorbed pointwise nodes, in order; they are in no graph's list   */
    sdx_gnode **epilogue;
    bool removed;  /* by a pass; kept until the lists are swept */
    bool flawed;   /* the loader refuses what it says: inference passes it over */
    sdx_span span; /* of its NodeProto */
};

struct sdx_graph {
    const char *name;
    const char *path;  /* "" for the main graph; "loop1/body" */
    sdx_graph *parent; /* NULL for the main graph */
    sdx_gnode *owner;  /* the node that has it as attribute */
    const char *owner_attr;
    size_t n_nodes, n_values, n_inputs, n_outputs, n_captures;
    sdx_gnode **node;
    sdx_gvalue **value; /* all of this graph: inputs, captures, constants, made ones */
    sdx_gvalue **input; /* formal ones that a caller gives: without initialized ones */
    sdx_gvalue **output;
    sdx_gvalue **capture; /* each with its outer */
    bool reads_by_name;   /* of the main graph: a node, of a body too, names values in attributes */
    sdx_span span;
};

/* An imported opset. */
typedef struct sdx_opset {
    const char *domain;
    int64_t version;
} sdx_opset;

/* All graphs of a model, or of its compiled copy. */
typedef struct sdx_program {
    sdx_arena *arena;
    sdx_names *names;
    sdx_graph *main;
    uint32_t n_values; /* ids in use are 0..n_values-1 */
    int64_t ir_version;
    size_t n_opsets;
    const sdx_opset *opset;
    struct sdx_registry *registry;
    /* Names of symbolic dims in declared types: such a dim has sym = its place here + 1.  Facts
     * give each name a symbol of their own. */
    uint32_t n_symbols;
    const char **symbol;
    sdx_table symbol_ids;
} sdx_program;

/* ---- building and editing (edit.c) ---- NULL or false: no memory */

sdx_graph *sdx_graph_new(sdx_program *p, const char *name, sdx_graph *parent);
sdx_gvalue *sdx_graph_value(sdx_program *p, sdx_graph *g, const char *name);
/* A node with n_in inputs and n_out outputs, all left out; resolved against the registry at this
 * opset. */
sdx_gnode *sdx_graph_node(sdx_program *p, sdx_graph *g, const char *domain, const char *op_type,
                          int64_t opset, int n_in, int n_out);
/* The same for names that p->names keeps already; the node is not resolved. */
sdx_gvalue *sdx_graph_value_kept(sdx_program *p, sdx_graph *g, const char *name);
sdx_gnode *sdx_graph_node_kept(sdx_program *p, sdx_graph *g, const char *domain,
                               const char *op_type, int64_t opset, int n_in, int n_out);
void sdx_node_set_in(sdx_gnode *n, int i, sdx_gvalue *v); /* keeps uses right */
void sdx_node_set_out(sdx_gnode *n, int i, sdx_gvalue *v);
bool sdx_graph_add_input(sdx_program *p, sdx_graph *g, sdx_gvalue *v);
bool sdx_graph_add_output(sdx_program *p, sdx_graph *g, sdx_gvalue *v);
/* The value inside g that stands for `outer`, a value of g's parent: the capture there is, or a new
 * one. */
sdx_gvalue *sdx_graph_capture(sdx_program *p, sdx_graph *g, sdx_gvalue *outer);
const sdx_attr *sdx_node_attr(const sdx_gnode *n, const char *name); /* NULL: not given */
/* Every reader of `from`, in its graph and in bodies within, reads `to` of the same graph instead;
 * so do outputs of the graph.  In time linear in the readers. */
void sdx_value_replace(sdx_gvalue *from, sdx_gvalue *to);
/* outputs must be unread; lets go of inputs and of its bodies' captures */
void sdx_node_remove(sdx_gnode *n);
bool sdx_graph_sweep(sdx_graph *g); /* drops removed nodes and unread values from the lists */
/* Orders the nodes so that producers come first; false: a cycle. */
bool sdx_graph_sort(sdx_program *p, sdx_graph *g);
/* A deep copy into another arena, ids kept. */
sdx_program *sdx_program_copy(const sdx_program *p, sdx_arena *arena);

/* Calls fn for every graph: a graph before those of its nodes.  Iterative. */
typedef bool sdx_graph_visit(void *ctx, sdx_graph *g);
bool sdx_program_each(const sdx_program *p, sdx_graph_visit *fn, void *ctx);

/* "node 'conv1' (Conv, graph 'g', #4)" */
const char *sdx_node_place(sdx_arena *a, const sdx_gnode *n);

/* ---- types (type.c) ---- */

const sdx_type *sdx_type_tensor(sdx_arena *a, sdx_dtype d, sdx_dims dims);
/* TENSOR or SPARSE */
const sdx_type *sdx_type_shaped(sdx_arena *a, sdx_kind kind, sdx_dtype d, sdx_dims dims);
/* A declared dim with this name (kept, not copied); unknown where memory is out. */
sdx_dim sdx_program_symbol(sdx_program *p, const char *name);
const sdx_type *sdx_type_wrap(sdx_arena *a, sdx_kind kind, sdx_dtype key, const sdx_type *of);

#endif
