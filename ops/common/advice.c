/* ops/common/advice.c - nodes that change nothing, and pairs of nodes that undo each other. */
#include "common/advice.h"

#include <string.h>

void sdx_advise_no_effect(sdx_infer *c, const char *why)
{
    sdx_remark(c, "no-effect", "%s: the node changes nothing", why);
    sdx_point(c, 0, -1);
    sdx_hint(c, "remove the node, and let its readers read its input");
    sdx_fix_bypass(c, 1);
}

void sdx_advise_undoes(sdx_infer *c, const char *maker)
{
    sdx_warn(c, "cancelling-pair", "undoes the %s before it: together they change nothing", maker);
    sdx_point(c, 0, -1);
    sdx_hint(c, "let the readers of this node read what the %s reads, and remove both", maker);
    sdx_fix_bypass(c, 2);
}

void sdx_advise_ignored(sdx_infer *c, const char *name, const char *why)
{
    sdx_warn(c, "value-ignored", "%s, so %s is not used", why, name);
    sdx_hint(c, "leave %s out, or change what overrules it", name);
}

void sdx_advise_single(const sdx_node *n, sdx_infer *c, int begin, int end, const char *gives)
{
    sdx_dims x = sdx_in_dims(n, 0);
    if (x.rank < 1 || begin >= end || end > x.rank)
        return;
    for (int k = begin; k < end; k++)
        if (!sdx_is_num(x.dim[k]) || x.dim[k].n != 1)
            return;
    sdx_warn(c, "single-element", "%s over 1 element (%s, %s %d) gives %s, whatever comes in",
             sdx_op_name(n), sdx_show_dims(c, x), end - begin == 1 ? "dim" : "dims from", begin,
             gives);
    sdx_point(c, 0, begin);
    sdx_hint(c, "choose a dim of more elements, or remove the node");
}

static const sdx_node *same_before(const sdx_node *n, sdx_infer *c)
{
    const sdx_node *from = sdx_producer(c, n, 0);
    return from && strcmp(sdx_op_name(from), sdx_op_name(n)) == 0 ? from : NULL;
}

void sdx_lint_involution(const sdx_node *n, sdx_infer *c)
{
    if (same_before(n, c))
        sdx_advise_undoes(c, sdx_op_name(n));
}

void sdx_lint_idempotent(const sdx_node *n, sdx_infer *c)
{
    if (same_before(n, c))
        sdx_advise_no_effect(c, sdx_text(c, "%s of %s", sdx_op_name(n), sdx_op_name(n)));
}
