/* ops/common/axes.c - small lists of integers: axes, pads, repeats, a target shape. */
#include "common/axes.h"
#include <inttypes.h>
#include <limits.h>

static int at_most(int64_t count)
{
    return count < SDX_MAX_RANK ? (int)count : SDX_MAX_RANK;
}

sdx_ints sdx_tensor_ints(const sdx_tensor *t)
{
    sdx_ints r = { .given = SDX_GIVEN };
    int64_t count = sdx_elements(t);
    r.count = count > INT_MAX ? INT_MAX : (int)count;
    sdx_load_i64(r.v, t, 0, 1, at_most(count));
    return r;
}

static sdx_ints read_elems(const sdx_node *n, int input)
{
    sdx_ints r = { .given = SDX_OPEN, .count = -1 };
    const sdx_dim *e = sdx_in_elems(n, input, &r.count);
    if (!e) {
        sdx_dims d = sdx_in_dims(n, input);
        r.count = -1;
        if (d.rank == 0)
            r.count = 1;
        else if (d.rank == 1 && sdx_is_num(d.dim[0]) && d.dim[0].n <= INT_MAX)
            r.count = (int)d.dim[0].n;
        return r;
    }
    r.given = SDX_GIVEN;
    for (int i = 0; i < at_most(r.count); i++) {
        if (!sdx_is_num(e[i])) {
            r.given = SDX_OPEN;
            break;
        }
        r.v[i] = e[i].n;
    }
    return r;
}

sdx_ints sdx_read_ints(const sdx_node *n, const char *attr, int input)
{
    sdx_ints r = { .given = SDX_ABSENT };
    if (attr) {
        const int64_t *v = sdx_attr_ints(n, attr, &r.count);
        if (v || r.count > 0 || sdx_has_attr(n, attr)) {
            r.given = SDX_GIVEN;
            for (int i = 0; i < at_most(r.count); i++)
                r.v[i] = v[i];
            return r;
        }
    }
    r.count = 0;
    if (input < 0 || !sdx_has_in(n, input))
        return r;
    const sdx_tensor *t = sdx_in_const(n, input);
    return t ? sdx_tensor_ints(t) : read_elems(n, input);
}

const sdx_dim *sdx_read_elems(const sdx_node *n, sdx_infer *c, const char *attr, int input,
                              int *count)
{
    const int64_t *v = sdx_attr_ints(n, attr, count);
    const sdx_dim *e = !v && sdx_has_in(n, input) ? sdx_in_elems(n, input, count) : NULL;
    sdx_dim *d = v ? sdx_new_dims(c, *count) : NULL;
    for (int i = 0; d && i < *count; i++)
        d[i] = sdx_num(v[i]);
    if (!d && !e)
        *count = -1;
    return d ? d : e;
}

bool sdx_read_int(const sdx_node *n, int input, int64_t *value)
{
    sdx_ints r = sdx_read_ints(n, NULL, input);
    if (r.given != SDX_GIVEN || r.count < 1)
        return false;
    *value = r.v[0];
    return true;
}

int sdx_axes_mask(const int64_t *axes, int count, int rank, uint64_t *mask)
{
    *mask = 0;
    for (int i = 0; i < count; i++) {
        if (axes[i] < -rank || axes[i] >= rank)
            return i;
        uint64_t bit = UINT64_C(1) << sdx_axis(axes[i], rank);
        if (*mask & bit)
            return i;
        *mask |= bit;
    }
    return -1;
}

bool sdx_check_axes(sdx_infer *c, const char *attribute, const int64_t *axes, int count, int rank,
                    uint64_t *mask)
{
    int bad = sdx_axes_mask(axes, count < SDX_MAX_RANK ? count : SDX_MAX_RANK, rank, mask);
    if (bad < 0)
        return true;
    if (sdx_check_axis(c, attribute, axes[bad], rank)) {
        int first = 0;
        while (sdx_axis(axes[first], rank) != sdx_axis(axes[bad], rank))
            first++;
        sdx_refuse(c, "axes-repeated",
                   "%s[%d]=%" PRId64 " and %s[%d]=%" PRId64 " are the same axis of rank %d",
                   attribute, first, axes[first], attribute, bad, axes[bad], rank);
        sdx_point(c, 0, -1);
        sdx_number(c, "axis", axes[bad]);
        sdx_hint(c, "leave one of the two out");
    }
    return false;
}

sdx_status sdx_take_axes(sdx_run *c, const char *attribute, const int64_t *axes, int count,
                         int rank, uint64_t *mask)
{
    int bad = sdx_axes_mask(axes, count < SDX_MAX_RANK ? count : SDX_MAX_RANK, rank, mask);
    if (bad < 0)
        return SDX_OK;
    return sdx_fail(c, SDX_E_VALUE,
                    "%s[%d]=%" PRId64 " is out of range for rank %d, or named twice", attribute,
                    bad, axes[bad], rank);
}
