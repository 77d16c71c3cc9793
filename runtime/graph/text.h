/* graph/text.h - the standard's own text syntax: reading and printing.
 *
 *     <ir_version: 8, opset_import: ["" : 18]>
 *     g (float[N, 4] x) => (float[N, 4] y) <float[4] b = {1, 2, 3, 4}> {
 *         [sum] t = Add(x, b)
 *         y = Softmax<axis = -1>(t)
 *     }
 *
 * What we take beyond it: statements may be parted by ';', names may be conv.W or xs[0], `<@>` and
 * `<@conv>` stand for the attributes of another node, elements of narrow integers are written one
 * by one, complex numbers as two. */
#ifndef GRAPH_TEXT_H
#define GRAPH_TEXT_H
#include "graph/draft.h"

/* Where what is read goes.  Constants are made by hooks, as this stage knows no values. */
typedef struct sdx_text_into {
    sdx_program *program; /* its names and the names of its dims; its graphs stay as they are */
    sdx_arena *arena;
    uint32_t max_depth; /* of graphs in attributes and of types in types; 0: 64 */
    /* A tensor over data, which lies in the arena (strings: an array of sdx_string).  NULL: no
     * memory. */
    sdx_value *(*tensor)(sdx_arena *a, sdx_dtype d, sdx_shape s, const void *data);
    sdx_value *(*sparse)(sdx_arena *a, sdx_shape s, const sdx_value *values,
                         const sdx_value *indices);
} sdx_text_into;

/* A whole model.  SDX_E_FORMAT with line and column, SDX_E_LIMIT, SDX_E_MEMORY. */
sdx_status sdx_text_read_model(const sdx_text_into *into, const char *text, size_t length,
                               sdx_draft **out, sdx_error *err);
/* Statements alone, for bodies: "t = Add(X, B); Y = Relu(t)".  An attribute named "@" is a
 * placeholder, its `ref` the node it names, "" for `<@>`. */
sdx_status sdx_text_read_nodes(const sdx_text_into *into, const char *text, size_t length,
                               size_t *n, sdx_draft_node **node, sdx_error *err);

/* Prints a model: head (NULL: none) tells of producer, metadata and the like. */
sdx_status sdx_text_print(const sdx_program *p, const sdx_draft *head, sdx_writer *write,
                          void *ctx);
/* One graph, in an arena: for tests, and for people.  NULL: no memory. */
const char *sdx_text_graph(const sdx_program *p, sdx_arena *a, const sdx_graph *g);
/* The value of an attribute as the syntax writes it: "2", "[1, 1]", "\"NOTSET\"", "float[2] {1,
 * 2}"; of long tensors only the beginning. */
const char *sdx_text_attribute(const sdx_program *p, sdx_arena *a, const sdx_attr *attr);

/* The syntax's name of an element type ("float", "int64"), and back. */
const char *sdx_text_dtype(sdx_dtype d);
sdx_dtype sdx_text_dtype_find(const char *name, size_t length);

#endif
