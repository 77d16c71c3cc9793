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
        const char *name = sdx_in_name(n, 1);
        sdx_refuse(c, "gather-index",
                   "%s is %" PRId64 ", but axis %d of %s has %" PRId64 " element%s",
                   count == 1 ? name : sdx_text(c, "element %" PRId64 " of %s", i, name), v, axis,
                   sdx_in_name(n, 0), d.n, d.n == 1 ? "" : "s");
        sdx_point(c, 0, axis);
        sdx_point(c, 1, -1);
        sdx_number(c, "index", v);
        if (d.n > 0)
            sdx_hint(c, "an index may be %" PRId64 " to %" PRId64, -d.n, d.n - 1);
        else
            sdx_hint(c, "nothing can be picked from an axis of 0 elements");
        return false;
    }
    return true;
}
