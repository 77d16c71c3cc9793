/* ops/tensor/expand.c - Expand, Tile.
 *
 * Both repeat what is there: Expand along dims of 1, by broadcasting against a shape, Tile along
 * any dim.  Source: ONNX Operators.md, Expand-13, Tile-13; Changelog.md, Tile-1 (one axis, numbers
 * as floats), Tile-6. */
#include <inttypes.h>
#include "common/check.h"
#include "common/derivatives.h"
#include "common/walk.h"

static const sdx_schema expand_schema[] = {
    { 8, "input:T shape:i64 -> output:T", "", "T: all" },
    { 13, NULL, NULL, "T: all4" },
    { 0 },
};
static const sdx_schema tile_schema[] = {
    { 1, "input:T tiles:T axis:T -> output:T", "", "T: float; T1: i64" },
    { 6, "input:T repeats:T1 -> output:T", NULL, "T: all; T1: i64" },
    { 13, NULL, NULL, "T: all4; T1: i64" },
    { 0 },
};

/* ---- Expand ---- */

static bool is_one(sdx_dim d)
{
    return sdx_is_num(d) && d.n == 1;
}

/* One dim of the broadcast.  *fits false: neither is 1 and they differ. */
static sdx_dim broadcast(sdx_infer *c, sdx_dim a, sdx_dim b, bool *fits)
{
    if (is_one(a))
        return b;
    if (is_one(b) || sdx_same(c, a, b) == SDX_YES)
        return a;
    if (sdx_is_num(a) && sdx_is_num(b))
        *fits = false;
    /* a number other than 1 settles it */
    return sdx_is_num(a) ? a : sdx_is_num(b) ? b : sdx_unknown();
}

static void repeat_elems(const sdx_node *n, sdx_infer *c, sdx_dim y, int64_t times)
{
    enum { MOST = 256 };
    int count;
    const sdx_dim *e = sdx_in_elems(n, 0, &count);
    if (!e || !sdx_is_num(y) || y.n > MOST || times < 0 || count * times != y.n)
        return;
    sdx_dim *all = sdx_new_dims(c, (int)y.n);
    for (int k = 0; k < y.n; k++)
        all[k] = e[k % count];
    sdx_set_out_elems(c, 0, (int)y.n, all);
}

static void infer_expand(const sdx_node *n, sdx_infer *c)
{
    sdx_dims x = sdx_in_dims(n, 0);
    int count;
    const sdx_dim *want = sdx_in_elems(n, 1, &count);
    if (!want) { /* the length of the shape alone gives the rank */
        sdx_dim length = sdx_in_dim(n, 1, 0);
        if (x.rank >= 0 && sdx_is_num(length) && length.n <= SDX_MAX_RANK) {
            int most = x.rank > length.n ? x.rank : (int)length.n;
            sdx_set_out_dims(c, 0, most, sdx_new_dims(c, most));
        }
        return;
    }
    if (x.rank < 0)
        return;
    int rank = x.rank > count ? x.rank : count;
    if (rank > SDX_MAX_RANK) {
        sdx_refuse(c, "expand-shape", "shape has %d entries, at most %d dims are possible", count,
                   SDX_MAX_RANK);
        return;
    }
    sdx_dim *y = sdx_new_dims(c, rank);
    for (int k = 0; k < rank; k++) {
        int a = k - (rank - x.rank), b = k - (rank - count);
        sdx_dim from = a < 0 ? sdx_num(1) : x.dim[a], to = b < 0 ? sdx_num(1) : want[b];
        bool fits = !sdx_is_num(to) || to.n >= 0;
        y[k] = broadcast(c, from, to, &fits);
        if (fits)
            continue;
        sdx_refuse(c, "expand-shape", "%s cannot be expanded to %s: dim %d is %s and %s",
                   sdx_show_dims(c, x), sdx_show_dims(c, (sdx_dims){ count, want }), k,
                   sdx_show(c, from), sdx_show(c, to));
        sdx_point(c, 0, a);
        sdx_hint(c, "the two shapes have to broadcast: equal from the right, or 1");
        return;
    }
    sdx_set_out_dims(c, 0, rank, y);
    if (rank == 1)
        repeat_elems(n, c, y[0], sdx_is_num(y[0]) && x.rank == 1 && is_one(x.dim[0]) ? y[0].n : 1);
}

static sdx_status run_expand(const sdx_node *n, const void *state, sdx_run *c)
{
    const sdx_tensor *x = sdx_in(c, 0);
    sdx_ints want = sdx_run_ints(n, c, NULL, 1);
    int rank = x->shape.rank > want.count ? x->shape.rank : want.count;
    int64_t dim[SDX_MAX_RANK], from[SDX_MAX_RANK], to[SDX_MAX_RANK], stride[SDX_MAX_RANK];
    sdx_tensor *y;
    sdx_walk w;
    (void)state;
    if (rank > SDX_MAX_RANK)
        return sdx_fail(c, SDX_E_VALUE, "shape has %d entries, at most %d dims are possible",
                        want.count, SDX_MAX_RANK);
    sdx_strides(x->shape, stride);
    for (int k = 0; k < rank; k++) {
        int a = k - (rank - x->shape.rank), b = k - (rank - want.count);
        int64_t have = a < 0 ? 1 : x->shape.dim[a], more = b < 0 ? 1 : want.v[b];
        if (more < 0 || (have != 1 && more != 1 && have != more))
            return sdx_fail(c, SDX_E_VALUE,
                            "dim %d is %" PRId64 " and cannot be expanded to %" PRId64, k, have,
                            more);
        dim[k] = have == 1 ? more : have;
        from[k] = have == 1 ? 0 : stride[a];
    }
    SDX_TRY(sdx_make_out(c, 0, (sdx_shape){ rank, dim }, &y));
    if (!y)
        return SDX_OK;
    sdx_strides(y->shape, to);
    sdx_walk_set(&w, rank, dim, to, from);
    return sdx_walk_copy(c, &w, y, 0, x, 0);
}

/* The same shape: nothing to repeat. */
static sdx_status prepare_same(const sdx_node *n, sdx_prepare *c, void **state)
{
    sdx_shape x = sdx_in_shape(n, 0), y = sdx_out_shape(n, 0);
    (void)state;
    if (y.rank >= 0 && sdx_count(x, 0, x.rank) == sdx_count(y, 0, y.rank))
        sdx_alias(c, 0, 0, 0);
    return SDX_OK;
}

/* ---- Tile ---- */

static void infer_tile(const sdx_node *n, sdx_infer *c)
{
    sdx_dims x = sdx_in_dims(n, 0);
    int count;
    if (x.rank < 0)
        return;
    sdx_dim *y = sdx_new_dims(c, x.rank);
    if (sdx_since(n) < 6) {
        const sdx_tensor *tiles = sdx_in_const(n, 1), *axis = sdx_in_const(n, 2);
        double times, at;
        sdx_set_out_dims(c, 0, x.rank, y);
        if (!tiles || !axis || sdx_elements(tiles) < 1 || sdx_elements(axis) < 1)
            return;
        sdx_load_f64(&times, tiles, 0, 1, 1);
        sdx_load_f64(&at, axis, 0, 1, 1);
        for (int k = 0; k < x.rank; k++)
            y[k] = k == at && times >= 0 && times < 1e15
                       ? sdx_dim_mul(c, x.dim[k], sdx_num((int64_t)times))
                       : x.dim[k];
        sdx_set_out_dims(c, 0, x.rank, y);
        return;
    }
    const sdx_dim *times = sdx_in_elems(n, 1, &count);
    sdx_dim length = sdx_in_dim(n, 1, 0);
    if (times ? count != x.rank : sdx_is_num(length) && length.n != x.rank) {
        sdx_refuse(c, "tile-repeats", "repeats has %s, but the rank is %d",
                   sdx_counted(c, times ? (int64_t)count : length.n, "entry"), x.rank);
        sdx_point(c, 0, -1);
        sdx_hint(c, "give %s, one for each dim", sdx_counted(c, x.rank, "number"));
        return;
    }
    for (int k = 0; times && k < x.rank; k++) {
        if (sdx_is_num(times[k]) && times[k].n < 0) {
            sdx_refuse(c, "tile-repeats", "repeats[%d] is %" PRId64, k, times[k].n);
            sdx_hint(c, "repeats are 0 or more");
            return;
        }
        y[k] = sdx_dim_mul(c, x.dim[k], times[k]);
    }
    sdx_set_out_dims(c, 0, x.rank, y);
    if (x.rank == 1 && times && sdx_is_num(times[0]))
        repeat_elems(n, c, y[0], times[0].n);
}

/* repeats, or the one axis of opset 1 spelled as repeats. */
static sdx_status read_repeats(const sdx_node *n, sdx_run *c, int rank, int64_t times[SDX_MAX_RANK])
{
    for (int k = 0; k < rank; k++)
        times[k] = 1;
    if (sdx_since(n) >= 6) {
        sdx_ints list = sdx_run_ints(n, c, NULL, 1);
        if (list.count != rank)
            return sdx_fail(c, SDX_E_VALUE, "repeats has %d entr%s, but the rank is %d", list.count,
                            list.count == 1 ? "y" : "ies", rank);
        for (int k = 0; k < rank; k++)
            times[k] = list.v[k];
    } else {
        double tiles, axis;
        sdx_load_f64(&tiles, sdx_in(c, 1), 0, 1, 1);
        sdx_load_f64(&axis, sdx_in(c, 2), 0, 1, 1);
        if (!(axis >= 0 && axis < rank) || !(tiles >= 0 && tiles < 1e15))
            return sdx_fail(c, SDX_E_VALUE, "axis %g of rank %d, repeated %g times", axis, rank,
                            tiles);
        times[(int)axis] = (int64_t)tiles;
    }
    for (int k = 0; k < rank; k++)
        if (times[k] < 0)
            return sdx_fail(c, SDX_E_VALUE, "repeats[%d] is %" PRId64, k, times[k]);
    return SDX_OK;
}

static sdx_status run_tile(const sdx_node *n, const void *state, sdx_run *c)
{
    const sdx_tensor *x = sdx_in(c, 0);
    sdx_shape s = x->shape;
    int64_t times[SDX_MAX_RANK], dim[SDX_MAX_RANK], to[SDX_MAX_RANK], from[SDX_MAX_RANK];
    int64_t box[SDX_MAX_RANK], there[SDX_MAX_RANK], here[SDX_MAX_RANK];
    int used = 0;
    sdx_tensor *y;
    sdx_walk w;
    (void)state;
    SDX_TRY(read_repeats(n, c, s.rank, times));
    for (int k = 0; k < s.rank; k++) {
        if (s.dim[k] && times[k] > INT64_MAX / s.dim[k])
            return sdx_fail(c, SDX_E_LIMIT, "dim %d of %" PRId64 " repeated %" PRId64 " times", k,
                            s.dim[k], times[k]);
        dim[k] = s.dim[k] * times[k];
    }
    SDX_TRY(sdx_make_out(c, 0, (sdx_shape){ s.rank, dim }, &y));
    if (!y || sdx_elements(y) == 0)
        return SDX_OK;
    sdx_strides(s, from);
    sdx_strides(y->shape, to);
    /* Two dims of the box for each: which repeat, which element.  Dims of 1 are left out, so 64 are
     * enough. */
    for (int k = 0; k < s.rank; k++)
        for (int inner = 0; inner < 2; inner++) {
            box[used] = inner ? s.dim[k] : times[k];
            there[used] = inner ? to[k] : to[k] * s.dim[k];
            here[used] = inner ? from[k] : 0;
            used += box[used] > 1;
        }
    sdx_walk_set(&w, used, box, there, here);
    return sdx_walk_copy(c, &w, y, 0, x, 0);
}

static const sdx_op ops[] = {
    { SDX_OP(Expand), .derive = sdx_derive_expand, .schema = expand_schema, .limits = "shape#0-1",
      .traits = SDX_PURE, .infer = infer_expand, .prepare = prepare_same, .run = run_expand },
    { SDX_OP(Tile), .derive = sdx_derive_move, .schema = tile_schema, .traits = SDX_PURE,
      .infer = infer_tile, .prepare = prepare_same, .run = run_tile },
    { 0 },
};
const sdx_family sdx_family_tensor_expand = { ops, 0 };
