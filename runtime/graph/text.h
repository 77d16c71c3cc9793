/* graph/text.h - the standard's own text syntax: reading and printing.
 *
 *     <ir_version: 8, opset_import: ["" : 18]>
 *     g (float[N, 4] x) => (float[N, 4] y) <float[4] b = {1, 2, 3, 4}> {
 *         [sum] t = Add(x, b)
 *         y = Softmax<axis = -1>(t)
 *     } */
#ifndef GRAPH_TEXT_H
#define GRAPH_TEXT_H
#include "graph/draft.h"

/* The value of an attribute as the syntax writes it: "2", "[1, 1]", "\"NOTSET\"", "float[2] {1, 2}". */
const char *sdx_text_attribute(const sdx_program *p, sdx_arena *a, const sdx_attr *attr);

#endif
