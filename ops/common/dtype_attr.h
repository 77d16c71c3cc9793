/* ops/common/dtype_attr.h - attributes that hold the number of an element type. */
#ifndef OPS_COMMON_DTYPE_ATTR_H
#define OPS_COMMON_DTYPE_ATTR_H
#include <inttypes.h>
#include "sdx/op.h"

/* The type that attribute `name` says; `otherwise` where it is left out or 0, undefined where it is
 * no type. */
static inline sdx_dtype sdx_attr_dtype(const sdx_node *n, const char *name, sdx_dtype otherwise)
{
    int64_t d = sdx_attr_int(n, name);
    if (d == 0)
        return otherwise;
    return d > 0 && d < SDX_DTYPE_END ? (sdx_dtype)d : SDX_UNDEFINED;
}

/* Output `out` has the type that the attribute says; a number that is no type is refused. */
static inline void sdx_set_out_dtype_attr(const sdx_node *n, sdx_infer *c, int out,
                                          const char *name, sdx_dtype otherwise)
{
    int64_t d = sdx_attr_int(n, name);
    if (d < 0 || d >= SDX_DTYPE_END)
        sdx_refuse(c, "attribute-value", "%s=%" PRId64 " is no element type", name, d);
    else
        sdx_set_out_dtype(c, out, sdx_attr_dtype(n, name, otherwise));
}
#endif
