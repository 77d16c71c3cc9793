/* ops/common/broadcast.c - the shape, and the known elements, of operands that broadcast.
 *
 * Source: ONNX Broadcasting.md; Changelog.md for the attributes broadcast and axis before opset
 * 7. */
#include "common/broadcast.h"
#include "common/spread.h"
#include <string.h>

static bool is_one(sdx_dim d)
{
    return sdx_is_num(d) && d.n == 1;
}

bool sdx_equal_or_one(sdx_infer *c, sdx_dim have, sdx_dim want)
{
    return sdx_same(c, have, sdx_num(1)) != SDX_NO || sdx_equal(c, have, want);
}

static bool refuse_dims(const sdx_node *n, sdx_infer *c, int in_a, int axis_a, sdx_dim a, int in_b,
                        int axis_b, sdx_dim b)
{
    sdx_refuse(c, "broadcast",
               "dims %s and %s do not broadcast: %s.shape[%d] is %s, %s.shape[%d] is %s",
               sdx_show(c, a), sdx_show(c, b), sdx_in_name(n, in_a), axis_a, sdx_show(c, a),
               sdx_in_name(n, in_b), axis_b, sdx_show(c, b));
    sdx_point(c, in_a, axis_a);
    sdx_point(c, in_b, axis_b);
    if (sdx_is_num(a))
        sdx_number(c, "a", a.n);
    if (sdx_is_num(b))
        sdx_number(c, "b", b.n);
    sdx_hint(c, "make them equal, or one of them 1; dims are compared from the last to the first");
    return false;
}

/* What two dims that share a place give.  A symbol against 4 is 4 or 1, so the result is 4 and
 * nothing merges. */
static bool join_dims(sdx_infer *c, sdx_dim a, sdx_dim b, sdx_dim *y)
{
    *y = sdx_unknown();
    if (is_one(a)) {
        *y = b;
    } else if (is_one(b)) {
        *y = a;
    } else if (sdx_is_num(a) && sdx_is_num(b)) {
        *y = a;
        return a.n == b.n;
    } else if (sdx_is_num(a) || sdx_is_num(b)) {
        *y = sdx_is_num(a) ? a : b;
    } else if (!sdx_is_unknown(a) && sdx_same(c, a, b) == SDX_YES) {
        *y = a;
    }
    return true;
}

bool sdx_broadcast(const sdx_node *n, sdx_infer *c, int in_a, int in_b, sdx_dims a, sdx_dims b,
                   int rank, sdx_dim *y)
{
    for (int i = 0; i < rank; i++) {
        int p = i - (rank - a.rank), q = i - (rank - b.rank);
        sdx_dim da = p >= 0 ? a.dim[p] : sdx_num(1), db = q >= 0 ? b.dim[q] : sdx_num(1);
        if (!join_dims(c, da, db, &y[i]))
            return refuse_dims(n, c, in_a, p, da, in_b, q, db);
    }
    return true;
}

/* Opsets before 7: B is one element, or dims of A from `axis` on. */
static void infer_old(const sdx_node *n, sdx_infer *c)
{
    sdx_dims a = sdx_in_dims(n, 0);
    sdx_set_out_like(c, 0, a);
    bool spread = sdx_attr_int(n, "broadcast") != 0 || sdx_is(n, "PRelu");
    for (int i = 1; i < sdx_in_count(n); i++) {
        sdx_dims b = sdx_in_dims(n, i);
        if (a.rank < 0 || b.rank < 0)
            continue;
        if (spread && b.rank == 1 && is_one(b.dim[0]))
            continue;
        int at = spread ? sdx_first_axis(n, i, a.rank, b.rank) : 0;
        if (b.rank > a.rank || at < 0 || at + b.rank > a.rank || (!spread && a.rank != b.rank)) {
            sdx_refuse(c, "broadcast", "%s has rank %d, %s rank %d: %s", sdx_in_name(n, i), b.rank,
                       sdx_in_name(n, 0), a.rank,
                       spread ? "it does not fit at this axis"
                              : "without broadcast=1 they must be equal");
            sdx_point(c, 0, -1);
            sdx_point(c, i, -1);
            sdx_hint(c, "%s",
                     spread ? "axis says where the dims of B begin among those of A"
                            : "set broadcast=1, or import opset 7, where operands broadcast");
            return;
        }
        for (int k = 0; k < b.rank; k++) {
            bool fits = spread ? sdx_equal_or_one(c, b.dim[k], a.dim[at + k])
                               : sdx_equal(c, a.dim[at + k], b.dim[k]);
            if (!fits) {
                refuse_dims(n, c, 0, at + k, a.dim[at + k], i, k, b.dim[k]);
                return;
            }
        }
    }
}

void sdx_pointwise_infer(const sdx_node *n, sdx_infer *c)
{
    if (sdx_since(n) < 7 && sdx_in_count(n) > 1) {
        infer_old(n, c);
        return;
    }
    int rank = 0;
    for (int i = 0; i < sdx_in_count(n); i++) {
        if (!sdx_has_in(n, i))
            continue;
        int r = sdx_in_dims(n, i).rank;
        if (r < 0)
            return;
        rank = r > rank ? r : rank;
    }
    /* With three operands or more, a dim that refuses is named against what has come together so
     * far. */
    sdx_dim *y = sdx_new_dims(c, rank);
    sdx_dims so_far = { 0, NULL };
    int last = 0;
    for (int i = 0; i < sdx_in_count(n); i++) {
        if (!sdx_has_in(n, i))
            continue;
        sdx_dim *next = sdx_new_dims(c, rank);
        if (!sdx_broadcast(n, c, last, i, so_far, sdx_in_dims(n, i), rank, next))
            return;
        y = next;
        so_far = (sdx_dims){ rank, y };
        last = i;
    }
    sdx_set_out_dims(c, 0, rank, y);
}

void sdx_unary_infer(const sdx_node *n, sdx_infer *c)
{
    sdx_dims x = sdx_in_dims(n, 0);
    if (sdx_since(n) < 7 && sdx_in_count(n) > 1) {
        infer_old(n, c);
        return;
    }
    sdx_set_out_like(c, 0, x);
    for (int i = 1; i < sdx_in_count(n) && x.rank >= 0; i++) {
        sdx_dims b = sdx_in_dims(n, i);
        for (int k = 1; k <= b.rank; k++) {
            sdx_dim d = b.dim[b.rank - k], mine = k <= x.rank ? x.dim[x.rank - k] : sdx_num(1);
            if (is_one(d) || !sdx_is_num(d) || !sdx_is_num(mine) || d.n == mine.n)
                continue;
            refuse_dims(n, c, 0, x.rank - k, mine, i, b.rank - k, d);
            return;
        }
    }
}

void sdx_pointwise_elems(const sdx_node *n, sdx_infer *c, sdx_elem_row *row)
{
    sdx_dim y[SDX_MAX_RANK];
    int count = 0;
    if (sdx_refused(c))
        return;
    for (int i = 0; i < sdx_in_count(n); i++) {
        int mine = 0;
        const sdx_dim *e = sdx_in_elems(n, i, &mine);
        int rank = sdx_in_dims(n, i).rank;
        if (!e || mine > SDX_MAX_RANK || mine < 1 || rank < 0 || rank > 1)
            return;
        if (i == 0) {
            memcpy(y, e, (size_t)mine * sizeof *y);
            count = mine;
            continue;
        }
        if (count != mine && count != 1 && mine != 1)
            return;
        int most = count > mine ? count : mine;
        for (int k = most - 1; k >= 0; k--) {
            sdx_dim a = y[count == 1 ? 0 : k], b = e[mine == 1 ? 0 : k];
            bool blind = sdx_is_unknown(a) || sdx_is_unknown(b);
            y[k] = blind ? sdx_unknown() : row(c, a, b);
        }
        count = most;
    }
    if (sdx_in_count(n) == 1)
        for (int k = 0; k < count; k++)
            y[k] = sdx_is_unknown(y[k]) ? y[k] : row(c, y[k], y[k]);
    sdx_set_out_elems(c, 0, count, y);
}
