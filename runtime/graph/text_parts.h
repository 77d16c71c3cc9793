/* graph/text_parts.h - parts of the text syntax that its files share. */
#ifndef GRAPH_TEXT_PARTS_H
#define GRAPH_TEXT_PARTS_H
#include "graph/text_scan.h"

/* Readers: false or NULL, and the failure sticks in s.  (text_tensor.c) */
bool sdx_at_type(sdx_scanner *s);
bool sdx_read_type(sdx_scanner *s, const sdx_type **out);
sdx_value *sdx_read_tensor_data(sdx_scanner *s, const sdx_type *t); /* from the brace on */
sdx_value *sdx_read_sparse_data(sdx_scanner *s, const sdx_type *t);

/* Attributes in angle brackets, from the bracket on, into a list of sdx_draft_attr; nodes up to the
 * brace that ends a graph.  (text_node.c) */
/* one; a NULL: no memory, which was said */
bool sdx_read_attribute(sdx_scanner *s, sdx_draft_attr *a);
bool sdx_read_attributes(sdx_scanner *s, sdx_list *attrs);
bool sdx_read_nodes(sdx_scanner *s, sdx_list *nodes);
/* A graph, from its name on.  (text_model.c) */
sdx_draft_graph *sdx_read_graph(sdx_scanner *s);

#endif
