/* ops/common/scalar.h - the one number that an input holds. */
#ifndef OPS_COMMON_SCALAR_H
#define OPS_COMMON_SCALAR_H
#include "sdx/op.h"

/* In run; 0 where the input has no elements. */
static inline float sdx_scalar(sdx_run *c, int i)
{
    double v = 0;
    if (sdx_elements(sdx_in(c, i)) > 0)
        sdx_load_f64(&v, sdx_in(c, i), 0, 1, 1);
    return (float)v;
}
#endif
