/* ops/common/constant.h - asks of constants that rewrites put to the nodes they meet. */
#ifndef OPS_COMMON_CONSTANT_H
#define OPS_COMMON_CONSTANT_H
#include "sdx/op.h"
#include <math.h>

/* Is input i the one real number v, or within `relative` of it? */
static inline bool sdx_is_real(const sdx_node *n, int i, double v, double relative)
{
    const sdx_tensor *t = sdx_in_const(n, i);
    double given;
    if (!t || sdx_elements(t) != 1 || sdx_dtype_class(t->dtype) != SDX_REAL)
        return false;
    sdx_load_f64(&given, t, 0, 1, 1);
    return fabs(given - v) <= relative * fabs(v);
}
#endif
