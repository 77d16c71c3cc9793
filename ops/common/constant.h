/* ops/common/constant.h - asks of constants that rewrites put to the nodes they meet. */
#ifndef OPS_COMMON_CONSTANT_H
#define OPS_COMMON_CONSTANT_H
#include "sdx/op.h"
#include <math.h>
#include <string.h>

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

/* At most `most` numbers that are an attribute or, of later versions, input i. */
static inline bool sdx_some_ints(const sdx_node *n, const char *name, int i, int64_t *v, int most,
                                 int *count)
{
    const int64_t *a = sdx_attr_ints(n, name, count);
    const sdx_tensor *t = !a && sdx_has_in(n, i) ? sdx_in_const(n, i) : NULL;
    if (t)
        *count = (int)(sdx_elements(t) > most ? most + 1 : sdx_elements(t));
    if ((!a && !t) || *count > most)
        return false;
    if (a)
        memcpy(v, a, (size_t)*count * sizeof *v);
    else
        sdx_load_i64(v, t, 0, 1, *count);
    return true;
}
#endif
