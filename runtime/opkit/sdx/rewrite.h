/* sdx/rewrite.h - bodies of functions, and rewrites over several nodes (ops/fuse). */
#ifndef SDX_REWRITE_H
#define SDX_REWRITE_H
#include "sdx/op.h"
#ifdef __cplusplus
extern "C" {
#endif

/* Adds nodes in the standard's own text syntax: "y = Softmax<axis = 1>(X); Y = Relu(y)" at this
 * opset.
 * X, Y …       the node's formal names (xs[0] of a variadic one); one it lacks is not made
 * conv.W       those of a node that sdx_name named
 * <@>, <@conv> passes on the attributes of the node, of that node
 * all others   new names, unique to this body
 * The new nodes carry the node as their origin, so messages name it.  A node whose body was added
 * is replaced. */
SDX_API sdx_status sdx_body(sdx_rewrite *c, int opset, const char *fmt, ...) SDX_PRINTF(3, 4);
SDX_API void sdx_name(sdx_rewrite *c, const char *name, const sdx_node *n);

/* A number as the text syntax wants it, exact and in no locale; lives as long as c. */
SDX_API const char *sdx_float_text(sdx_rewrite *c, double v);

/* The node that makes input i, if nobody else reads it; else NULL. */
SDX_API const sdx_node *sdx_only_producer(sdx_rewrite *c, const sdx_node *n, int i);
/* The node that makes input i, whoever reads it; NULL: none. */
SDX_API const sdx_node *sdx_maker(sdx_rewrite *c, const sdx_node *n, int i);
/* How many inputs of nodes and outputs of the graph input i of n is. */
SDX_API int sdx_readers(const sdx_node *n, int i);
/* Which output of its maker input i is. */
SDX_API int sdx_maker_output(const sdx_node *n, int i);
/* Input i of a is the very value that is input j of b. */
SDX_API bool sdx_reads_same(const sdx_node *a, int i, const sdx_node *b, int j);

/* The layout that pictures are about to be given: SDX_PLAIN where there are no blocks, and as long
 * as other rules may still find something.  For rewrites that are to be the last. */
SDX_API sdx_layout sdx_next_layout(const sdx_rewrite *c);
/* What products may be made of, as in prepare. */
SDX_API sdx_precision sdx_next_precision(const sdx_rewrite *c);

/* SDX_E_UNSUPPORTED */
SDX_API sdx_status sdx_cannot(sdx_rewrite *c, const char *fmt, ...) SDX_PRINTF(2, 3);

/* A rewrite: the operators that it may start from, with blanks between them ("pointwise": all that
 * have the trait), and a function that adds a body or leaves the node alone.  ops/fuse/x.c exports
 * one as sdx_fuse_x. */
typedef struct sdx_rule {
    const char *op;
    sdx_status (*apply)(const sdx_node *n, sdx_rewrite *c);
} sdx_rule;

#ifdef __cplusplus
}
#endif
#endif
