/* ops/tensor/slice.c - Slice.
 *
 * Bounds are clamped, never refused; only a step of 0 and lists of different lengths are wrong.
 * Bounds may be expressions over symbols, so a dim such as max(N - 1, 0) comes out of x[1:].
 * Source: ONNX Operators.md, Slice-13; Changelog.md, Slice-1 (attributes), -10 (steps), -11. */
#include <inttypes.h>
#include "common/check.h"
#include "common/derivatives.h"
#include "common/walk.h"

static const sdx_schema schema[] = {
    { 1, "data:T -> output:T", "ends:ints! starts:ints! axes:ints", "T: all" },
    { 10, "data:T starts:Tind ends:Tind axes?:Tind steps?:Tind -> output:T", "",
      "T: all; Tind: i32 i64" },
    { .since = 11 },
    { 13, NULL, NULL, "T: all4; Tind: i32 i64" },
    { 0 },
};

/* Past this a bound means "to the end" also of an axis whose length is a symbol. */
static const int64_t far_away = INT32_MAX;

/* ---- symbols ---- */

static bool is_not_negative(sdx_infer *c, sdx_dim d)
{
    return sdx_is_num(d) ? d.n >= 0 : sdx_same(c, sdx_dim_max(c, d, sdx_num(0)), d) == SDX_YES;
}

static sdx_dim not_negative(sdx_infer *c, sdx_dim d)
{
    return sdx_is_unknown(d) ? d : sdx_dim_max(c, d, sdx_num(0));
}

static int64_t clamp(int64_t v, int64_t low, int64_t high)
{
    return v < low ? low : v > high ? high : v;
}

/* How many elements start:end:step takes of `whole`, all numbers; *first is where it begins. */
static int64_t take(int64_t whole, int64_t start, int64_t end, int64_t step, int64_t *first)
{
    int64_t low = step > 0 ? 0 : -1, high = step > 0 ? whole : whole - 1;
    *first = clamp(start < 0 ? start + whole : start, step > 0 ? 0 : whole ? 0 : -1, high);
    int64_t last = clamp(end < 0 ? end + whole : end, low, high);
    int64_t room = step > 0 ? last - *first : *first - last;
    uint64_t pace = step > 0 ? (uint64_t)step : -(uint64_t)step;
    return room <= 0 ? 0 : (int64_t)(((uint64_t)room - 1) / pace + 1);
}

/* Where a bound ends up between 0 and d, going forward; unknown where its sign is. */
static sdx_dim bound(sdx_infer *c, sdx_dim v, sdx_dim d)
{
    if (sdx_is_unknown(v) || sdx_is_unknown(d))
        return sdx_unknown();
    if (sdx_same(c, v, d) == SDX_YES || (sdx_is_num(v) && v.n >= far_away))
        return d;
    if (sdx_is_num(v) && v.n < 0)
        return v.n <= -far_away ? sdx_num(0) : not_negative(c, sdx_dim_add(c, d, v));
    return is_not_negative(c, v) ? sdx_dim_min(c, v, d) : sdx_unknown();
}

/* The same count over symbols.  Written so that x[1:], x[:-1] and N - 1 meet in one form where they
 * can. */
static sdx_dim take_symbol(sdx_infer *c, sdx_dim d, sdx_dim start, sdx_dim end, int64_t step)
{
    sdx_dim last = bound(c, end, d), room;
    if (step < 0) {
        bool whole = sdx_is_num(start) && (start.n == -1 || start.n >= far_away) &&
                     sdx_is_num(end) && end.n <= -far_away;
        return whole && step >= -far_away ? sdx_dim_ceil(c, d, sdx_num(-step)) : sdx_unknown();
    }
    if (sdx_is_unknown(last) || sdx_is_unknown(start))
        return sdx_unknown();
    if (sdx_is_num(start) && start.n <= -far_away)
        start = sdx_num(0);
    if (sdx_is_num(start) && start.n < 0) {
        int64_t back = sdx_is_num(end) && end.n < 0 ? end.n : 0; /* both count from the end */
        if (!back && sdx_same(c, last, d) != SDX_YES)
            room = not_negative(c, sdx_dim_sub(c, last, not_negative(c, sdx_dim_add(c, d, start))));
        else
            room = back <= start.n ? sdx_num(0) : sdx_dim_min(c, last, sdx_num(back - start.n));
    } else if (is_not_negative(c, start)) {
        room = sdx_is_num(start) && start.n == 0 ? last
                                                 : not_negative(c, sdx_dim_sub(c, last, start));
    } else {
        return sdx_unknown();
    }
    return step == 1 ? room : sdx_dim_ceil(c, room, sdx_num(step));
}

/* ---- infer ---- */

/* A list of bounds as dims: attribute or input; NULL: nothing is known but perhaps the count (else
 * -1). */
static const sdx_dim *list(const sdx_node *n, sdx_infer *c, const char *attribute, int i,
                           int *count)
{
    const sdx_dim *e = sdx_read_elems(n, c, attribute, i, count);
    sdx_dim length = sdx_in_dim(n, i, 0);
    if (!e && sdx_has_in(n, i) && sdx_is_num(length) && length.n <= SDX_MAX_RANK)
        *count = (int)length.n;
    return e;
}

typedef struct lists {
    const sdx_dim *start, *end, *step;
    sdx_ints axes;
    int count; /* of starts */
} lists;

static bool read_lists(const sdx_node *n, sdx_infer *c, lists *l)
{
    int ends, steps;
    l->start = list(n, c, "starts", 1, &l->count);
    l->end = list(n, c, "ends", 2, &ends);
    l->step = list(n, c, "steps", 4, &steps);
    l->axes = sdx_read_ints(n, "axes", 3);
    if (l->count < 0)
        l->count = ends;
    const char *other = ends >= 0 && ends != l->count     ? "ends"
                        : steps >= 0 && steps != l->count ? "steps"
                                                          : NULL;
    int wrong = other && other[0] == 'e' ? ends : steps;
    if (!other && l->axes.given != SDX_ABSENT && l->axes.count >= 0 && l->axes.count != l->count &&
        l->count >= 0) {
        other = "axes";
        wrong = l->axes.count;
    }
    if (other && l->count >= 0) {
        sdx_refuse(c, "slice-lists", "starts has %s, %s has %d", sdx_counted(c, l->count, "entry"),
                   other, wrong);
        sdx_hint(c, "starts, ends, axes and steps have one entry for each axis");
        return false;
    }
    for (int k = 0; l->step && k < steps; k++)
        if (sdx_is_num(l->step[k]) && l->step[k].n == 0) {
            sdx_refuse(c, "slice-lists", "steps[%d] is 0", k);
            sdx_hint(c, "a step is 1 or more, or -1 or less to go backwards");
            return false;
        }
    return true;
}

static void slice_elems(const sdx_node *n, sdx_infer *c, const lists *l)
{
    int count;
    int64_t step = l->step && l->count == 1 ? l->step[0].n : 1, first;
    const sdx_dim *e = sdx_in_elems(n, 0, &count);
    if (!e || l->count != 1 || !l->start || !l->end || !sdx_is_num(l->start[0]) ||
        !sdx_is_num(l->end[0]) || (sdx_has_in(n, 4) && !l->step) ||
        (l->step && !sdx_is_num(l->step[0])))
        return;
    int64_t taken = take(count, l->start[0].n, l->end[0].n, step, &first);
    sdx_dim *y = sdx_new_dims(c, (int)taken);
    for (int64_t k = 0; y && k < taken; k++)
        y[k] = e[first + k * step];
    if (y)
        sdx_set_out_elems(c, 0, (int)taken, y);
}

/* Bounds that the model's author wrote down; those that came of a shape may well meet. */
static void warn_empty(const sdx_node *n, sdx_infer *c, int axis, sdx_dim start, sdx_dim end,
                       sdx_dim step)
{
    sdx_remark(c, "empty-result", "%s to %s in steps of %s take nothing of axis %d, which has %s",
               sdx_show(c, start), sdx_show(c, end), sdx_show(c, step), axis,
               sdx_show(c, sdx_in_dim(n, 0, axis)));
    sdx_point(c, 0, axis);
    sdx_hint(c, "a positive step goes up from start to before end, a negative one down");
}

static void infer(const sdx_node *n, sdx_infer *c)
{
    sdx_dims x = sdx_in_dims(n, 0);
    lists l;
    uint64_t mask = 0;
    if (!read_lists(n, c, &l) || x.rank < 0)
        return;
    sdx_dim *y = sdx_new_dims(c, x.rank);
    if (l.axes.given == SDX_OPEN || l.count < 0) {
        sdx_set_out_dims(c, 0, x.rank, y); /* any axis may have been cut */
        return;
    }
    if (l.axes.given == SDX_GIVEN &&
        !sdx_check_axes(c, "axes", l.axes.v, l.axes.count, x.rank, &mask))
        return;
    if (l.count > x.rank) {
        sdx_refuse(c, "slice-lists", "starts has %s, but the rank is %d",
                   sdx_counted(c, l.count, "entry"), x.rank);
        sdx_point(c, 0, -1);
        sdx_hint(c, "give one entry for each axis, at most %d", x.rank);
        return;
    }
    for (int k = 0; k < x.rank; k++)
        y[k] = x.dim[k];
    for (int i = 0; i < l.count; i++) {
        int k = l.axes.given == SDX_GIVEN ? sdx_axis(l.axes.v[i], x.rank) : i;
        sdx_dim d = x.dim[k], taken = sdx_unknown(), start = l.start ? l.start[i] : taken,
                end = l.end ? l.end[i] : taken;
        sdx_dim step = l.step ? l.step[i] : sdx_has_in(n, 4) ? taken : sdx_num(1);
        int64_t first;
        if (sdx_is_num(d) && sdx_is_num(start) && sdx_is_num(end) && sdx_is_num(step))
            taken = sdx_num(take(d.n, start.n, end.n, step.n, &first));
        else if (sdx_is_num(step) && !sdx_is_unknown(d))
            taken = take_symbol(c, d, start, end, step.n);
        if (sdx_is_num(taken) && taken.n == 0 && sdx_is_num(d) && d.n > 0)
            warn_empty(n, c, k, start, end, step);
        y[k] = sdx_is_unknown(taken) && !sdx_is_unknown(d) ? sdx_dim_new(c, 0, k, d) : taken;
    }
    sdx_set_out_dims(c, 0, x.rank, y);
    if (x.rank == 1)
        slice_elems(n, c, &l);
}

/* ---- prepare and run ---- */

typedef struct plan {
    int64_t first; /* element of x that is y's first */
    int64_t dim[SDX_MAX_RANK];
    sdx_walk walk;
} plan;

/* false: the lists do not fit each other or x. */
static bool set_plan(plan *p, sdx_shape x, const sdx_ints list[4])
{
    const sdx_ints *start = &list[0], *end = &list[1], *axes = &list[2], *step = &list[3];
    int64_t from[SDX_MAX_RANK], to[SDX_MAX_RANK];
    uint64_t mask;
    if (start->count > x.rank || end->count != start->count ||
        (axes->given == SDX_GIVEN && (axes->count != start->count ||
                                      sdx_axes_mask(axes->v, axes->count, x.rank, &mask) >= 0)) ||
        (step->given == SDX_GIVEN && step->count != start->count))
        return false;
    sdx_strides(x, from);
    p->first = 0;
    for (int k = 0; k < x.rank; k++)
        p->dim[k] = x.dim[k];
    for (int i = 0; i < start->count; i++) {
        int k = axes->given == SDX_GIVEN ? sdx_axis(axes->v[i], x.rank) : i;
        int64_t pace = step->given == SDX_GIVEN ? step->v[i] : 1, first;
        if (pace == 0)
            return false;
        p->dim[k] = take(x.dim[k], start->v[i], end->v[i], pace, &first);
        p->first += p->dim[k] ? first * from[k] : 0;
        from[k] *= p->dim[k] > 1 ? pace : 1;
    }
    sdx_strides((sdx_shape){ x.rank, p->dim }, to);
    sdx_walk_set(&p->walk, x.rank, p->dim, to, from);
    return true;
}

static const char *const name[4] = { "starts", "ends", "axes", "steps" };

/* A slice of one stretch, on a border that any load likes, needs no copy. */
static sdx_status prepare(const sdx_node *n, sdx_prepare *c, void **state)
{
    enum { BORDER = 64 };
    sdx_ints list[4];
    plan *p = sdx_keep(c, sizeof *p);
    if (!p)
        return SDX_E_MEMORY;
    for (int i = 0; i < 4; i++) {
        list[i] = sdx_read_ints(n, name[i], 1 + i);
        if (list[i].given == SDX_OPEN)
            return SDX_OK; /* the run will read it */
    }
    if (!set_plan(p, sdx_in_shape(n, 0), list))
        return SDX_OK;
    int64_t bits = sdx_dtype_bits(sdx_in_dtype(n, 0));
    if (p->walk.rank == 1 && p->walk.from[0] == 1 && !p->walk.empty &&
        sdx_out_shape(n, 0).rank >= 0 && p->first * bits % (BORDER * 8) == 0)
        sdx_alias(c, 0, 0, (size_t)(p->first * bits / 8));
    *state = p;
    return SDX_OK;
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    const plan *p = state;
    const sdx_tensor *x = sdx_in(c, 0);
    sdx_tensor *y;
    plan now;
    if (!p) {
        sdx_ints list[4];
        for (int i = 0; i < 4; i++)
            list[i] = sdx_run_ints(n, c, name[i], 1 + i);
        if (!set_plan(&now, x->shape, list))
            return sdx_fail(
                c, SDX_E_VALUE,
                "starts, ends, axes and steps (%d, %d, %d, %d entries) do not fit each other, or rank %d; or a step is 0",
                list[0].count, list[1].count, list[2].count, list[3].count, x->shape.rank);
        p = &now;
    }
    SDX_TRY(sdx_make_out(c, 0, (sdx_shape){ x->shape.rank, p->dim }, &y));
    return y ? sdx_walk_copy(c, &p->walk, y, 0, x, p->first) : SDX_OK;
}

static const sdx_op ops[] = {
    { SDX_OP(Slice), .derive = sdx_derive_move, .schema = schema,
      .limits = "starts#0-1 ends#0-1 axes#0-1 steps#0-1", .traits = SDX_PURE, .infer = infer,
      .prepare = prepare, .run = run },
    { 0 },
};
const sdx_family sdx_family_tensor_slice = { ops, 0 };
