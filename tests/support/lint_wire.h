/* tests/support/lint_wire.h - models written byte by byte, for findings about what the text syntax
 * cannot say. */
#ifndef SUPPORT_LINT_WIRE_H
#define SUPPORT_LINT_WIRE_H
#include "support/wire.h"
#include <stdbool.h>

/* Fields of a graph, fields of a tensor, element types. */
enum {
    GRAPH_INITIALIZER = 5,
    GRAPH_INPUT = 11,
    GRAPH_OUTPUT = 12,
    GRAPH_ANNOTATION = 14,
    GRAPH_SPARSE = 15
};
enum { INT32_DATA = 5, INT64_DATA = 7, RAW_DATA = 9, UINT64_DATA = 11 };
enum { FLOAT = 1, UINT8 = 2, INT8 = 3, INT64 = 7, BOOL = 9, UINT32 = 12 };

/* Node 'n': y = <op>(x, second).  NULL: left out. */
wire lint_node(const char *op, const char *second);
/* An input or output of the graph, with one dim. */
wire lint_end(const char *name, int type, int64_t dim);
/* A tensor of one dim, still without data.  "": without a name. */
wire lint_tensor(const char *name, int type, int64_t dim);
/* Of IR 10 and opset 21.  name: of the graph; more: other fields of the graph.  NULL: left out. */
wire lint_graph(const wire *node, const wire *x, const wire *y, const char *name, const wire *more);
/* The node between x and y, each a float[4]; `part` stands at `field` of the graph, NULL: none. */
wire lint_model(const wire *node, uint32_t field, const wire *part);

/* Whether lint_bytes of the model is `says`; if not, prints both. */
bool lint_says(const wire *model, const char *says);
#endif
