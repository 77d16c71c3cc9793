/* ops/common/check.c - checks that rules of many operators are made of. */
#include "common/check.h"

bool sdx_check_dim(const sdx_node *n, sdx_infer *c, const char *rule, int i, int axis, sdx_dim d,
                   const char *what)
{
    sdx_dim has = sdx_in_dim(n, i, axis);
    if (!sdx_has_in(n, i) || sdx_equal(c, has, d))
        return true;
    sdx_refuse(c, rule, "%s.shape[%d] is %s, must be %s: %s", sdx_in_name(n, i), axis,
               sdx_show(c, sdx_in_dim(n, i, axis)), sdx_show(c, d), what);
    sdx_point(c, i, axis);
    sdx_hint(c, "make %s.shape[%d] = %s, or change what it has to agree with", sdx_in_name(n, i),
             axis, sdx_show(c, d));
    return false;
}

void sdx_remark_unsupported(sdx_infer *c, const char *why)
{
    if (!why)
        return;
    sdx_remark(c, "op-unimplemented", "%s", why);
    sdx_hint(c, "the model loads and is checked around this node; to run it, write it otherwise");
}
