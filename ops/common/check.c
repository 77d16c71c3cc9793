/* ops/common/check.c - checks that rules of many operators are made of. */
#include "common/check.h"
#include <inttypes.h>
#include <string.h>

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

const char *sdx_counted(sdx_infer *c, int64_t count, const char *noun)
{
    size_t n = strlen(noun);
    if (count == 1)
        return sdx_text(c, "1 %s", noun);
    if (noun[n - 1] == 'y')
        return sdx_text(c, "%" PRId64 " %.*sies", count, (int)n - 1, noun);
    if (noun[n - 1] == 's') /* an axis */
        return sdx_text(c, "%" PRId64 " %.*ses", count, (int)n - 2, noun);
    return sdx_text(c, "%" PRId64 " %ss", count, noun);
}

bool sdx_check_both(const sdx_node *n, sdx_infer *c, const char *rule, int a, int b)
{
    bool has = sdx_has_in(n, a);
    if (has == sdx_has_in(n, b))
        return true;
    sdx_refuse(c, rule, "%s is given without %s", sdx_in_name(n, has ? a : b),
               sdx_in_name(n, has ? b : a));
    sdx_point(c, has ? a : b, -1);
    sdx_hint(c, "give both, or neither");
    return false;
}

bool sdx_check_heads(const sdx_node *n, sdx_infer *c, const char *attribute, int64_t heads, int i,
                     int axis, sdx_dim numbers)
{
    if (heads > 0 && sdx_must_divide(c, heads, numbers, i, axis) != SDX_NO)
        return true;
    if (heads < 1 && !sdx_has_attr(n, attribute))
        sdx_refuse(c, "attention-heads", "%s is not given, and %s of rank %d needs it", attribute,
                   sdx_in_name(n, i), sdx_in_dims(n, i).rank);
    else
        sdx_refuse(c, "attention-heads", "%s numbers of %s do not split into %s=%" PRId64 " heads",
                   sdx_show(c, numbers), sdx_in_name(n, i), attribute, heads);
    sdx_point(c, i, axis);
    sdx_hint(c, "%s may be %s", attribute, sdx_divisors(c, numbers));
    return false;
}

bool sdx_check_head_groups(sdx_infer *c, const char *attribute, int64_t q, const char *of_keys,
                           int64_t kv)
{
    if (q > 0 && kv > 0 && q % kv == 0)
        return true;
    sdx_refuse(c, "attention-heads", "%s=%" PRId64 " is no multiple of %s=%" PRId64, attribute, q,
               of_keys, kv);
    if (q > 0)
        sdx_hint(c, "with %s=%" PRId64 ", %s may be %s", attribute, q, of_keys,
                 sdx_divisors(c, sdx_num(q)));
    else
        sdx_hint(c, "both are 1 or more");
    return false;
}

void sdx_remark_unsupported(sdx_infer *c, const char *why)
{
    if (!why)
        return;
    sdx_remark(c, "op-unimplemented", "%s", why);
    sdx_hint(c, "the model loads and is checked around this node; to run it, write it otherwise");
}
