/* ops/microsoft/attention/tail.h - what the attention operators of com.microsoft have in common:
 * everything behind their projections.  All end in Attention of the standard. */
#ifndef MICROSOFT_ATTENTION_TAIL_H
#define MICROSOFT_ATTENTION_TAIL_H
#include "sdx/rewrite.h"

/* The masks of a node: 0 hides a key, by a number that is added. */
typedef struct microsoft_masks {
    int mask, bias; /* inputs; -1 where the operator has none */
    const char *mask_name, *bias_name;
    bool starts; /* a mask of 2 x batch numbers has ends, then starts */
} microsoft_masks;

/* ins: "q, k, v", which the body has; past: "past_k, past_v" or NULL; keys: a list of one number,
 * how many keys there are; outs: names of output, present key, present value, scores.  Adds
 * Attention with num_heads, scale and unidirectional of the node. */
sdx_status microsoft_attend(const sdx_node *n, sdx_rewrite *c, const microsoft_masks *m,
                            const char *past, const char *outs);

/* Why the masks cannot be had; NULL: they can. */
const char *microsoft_unsupported(const sdx_node *n, const microsoft_masks *m);

/* Rules: masks and bias fit [batch, heads, steps, keys]. */
bool microsoft_check_masks(const sdx_node *n, sdx_infer *c, const microsoft_masks *m,
                           const sdx_dim *scores);
/* num_heads is above 0 and divides dim `axis` of input i. */
bool microsoft_check_heads(const sdx_node *n, sdx_infer *c, int i, int axis, sdx_dim d);
#endif
