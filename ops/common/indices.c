/* ops/common/indices.c - constant indices against the dim that they count along. */
#include <inttypes.h>
#include "common/indices.h"

enum { MOST = 4096 /* indices that are looked at; longer lists are left to the run */ };

bool sdx_check_indices(const sdx_node *n, sdx_infer *c, sdx_dim d, int axis, int64_t first,
                       int64_t step)
{
    const sdx_tensor *t = sdx_in_const(n, 1);
    int64_t count = t ? sdx_elements(t) : 0, v;
    if (!sdx_is_num(d) || count > MOST)
        return true;
    for (int64_t i = first; i < count; i += step) {
        sdx_load_i64(&v, t, i, 1, 1);
        if (v >= -d.n && v < d.n)
            continue;
        sdx_refuse(c, "gather-index",
                   "index %" PRId64 " is out of range: axis %d has %" PRId64 " elements", v, axis,
                   d.n);
        sdx_point(c, 0, axis);
        if (d.n > 0)
            sdx_hint(c, "an index may be %" PRId64 " to %" PRId64, -d.n, d.n - 1);
        else
            sdx_hint(c, "nothing can be picked from an axis of 0 elements");
        return false;
    }
    return true;
}
