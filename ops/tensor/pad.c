/* ops/tensor/pad.c - Pad, CenterCropPad.
 *
 * Negative pads cut off.  reflect, edge and wrap read from what is left after cutting.  Source:
 * ONNX Operators.md, Pad-25, CenterCropPad-18; Changelog.md, Pad-1 and -2 (attributes), -11, -13,
 * -18, -19. */
#include <inttypes.h>
#include <string.h>
#include "common/check.h"
#include "common/derivatives.h"
#include "common/walk.h"

static const sdx_schema pad_schema[] = {
    { 1, "data:T -> output:T", "value:float=0.0 mode:string=constant paddings:ints!", "T: float" },
    { 2, NULL, "value:float=0.0 mode:string=constant pads:ints!", NULL },
    { 11, "data:T pads:i64 constant_value?:T -> output:T", "mode:string=constant", "T: numeric" },
    { 13, NULL, NULL, "T: all4" },
    { 18, "data:T pads:i64 constant_value?:T axes?:Tind -> output:T", NULL,
      "T: all4; Tind: i32 i64" },
    { .since = 19 },
    { 21, NULL, NULL, "T: all10; Tind: i32 i64" },
    { 23, NULL, NULL, "T: all11; Tind: i32 i64" },
    { 24, NULL, NULL, "T: all12; Tind: i32 i64" },
    { 25, NULL, NULL, "T: all13; Tind: i32 i64" },
    { 0 },
};
static const sdx_schema crop_schema[] = {
    { 18, "input_data:T shape:Tind -> output_data:T", "axes:ints", "T: all4; Tind: i32 i64" },
    { 0 },
};

/* ---- where an element outside comes from ---- */

/* i counts from the first element that is left of `count`; -1: from nowhere, the constant value. */
typedef int64_t outside(int64_t i, int64_t count);

static int64_t outside_constant(int64_t i, int64_t count)
{
    (void)i, (void)count;
    return -1;
}
static int64_t outside_edge(int64_t i, int64_t count)
{
    return i < 0 ? 0 : count - 1;
}
static int64_t outside_wrap(int64_t i, int64_t count)
{
    i %= count;
    return i < 0 ? i + count : i;
}
static int64_t outside_reflect(int64_t i, int64_t count)
{
    int64_t period = count > 1 ? 2 * (count - 1) : 1;
    i = outside_wrap(i, period);
    return i < count ? i : period - i;
}

static const struct {
    const char *name;
    outside *from;
} modes[] = {
    { "constant", outside_constant },
    { "reflect", outside_reflect },
    { "edge", outside_edge },
    { "wrap", outside_wrap }, /* from opset 19 on */
};

static outside *find_mode(const sdx_node *n)
{
    for (size_t k = 0; k < sizeof modes / sizeof *modes; k++)
        if (sdx_attr_is(n, "mode", modes[k].name) && (k < 3 || sdx_since(n) >= 19))
            return modes[k].from;
    return NULL;
}

/* ---- Pad ---- */

static const char *pads_name(const sdx_node *n)
{
    return sdx_since(n) < 2 ? "paddings" : "pads";
}

static bool check_pad(const sdx_node *n, sdx_infer *c, int k, sdx_dim x, sdx_dim before,
                      sdx_dim after, sdx_dim y)
{
    sdx_dim most = sdx_is_num(before) && sdx_is_num(after) && before.n > after.n ? before : after;
    if (sdx_attr_is(n, "mode", "reflect") && sdx_is_num(x) && x.n > 0 && sdx_is_num(most) &&
        most.n >= x.n) {
        sdx_warn(c, "pad-reflect",
                 "axis %d has %" PRId64 " elements, and %" PRId64 " are to be reflected", k, x.n,
                 most.n);
        sdx_point(c, 0, k);
        sdx_hint(c, "reflection gives at most %" PRId64 ": pad by less, or by mode edge or wrap",
                 x.n - 1);
    }
    bool grows = (sdx_is_num(before) && before.n > 0) || (sdx_is_num(after) && after.n > 0);
    if (sdx_is_num(y) && y.n < 0) {
        sdx_refuse(c, "pad-pads", "dim %d is %s; with pads of %s and %s it would be %" PRId64, k,
                   sdx_show(c, x), sdx_show(c, before), sdx_show(c, after), y.n);
        sdx_hint(c, "negative pads cut off: together at most the %s that are there",
                 sdx_show(c, x));
    } else if (sdx_is_num(x) && x.n == 0 && grows && find_mode(n) != outside_constant) {
        sdx_refuse(c, "pad-pads", "dim %d is 0: there is nothing to repeat", k);
        sdx_hint(c, "only mode constant can pad a dim of 0");
    } else {
        return true;
    }
    sdx_point(c, 0, k);
    return false;
}

static void infer_pad(const sdx_node *n, sdx_infer *c)
{
    sdx_dims x = sdx_in_dims(n, 0);
    int count;
    uint64_t mask = 0;
    const sdx_dim *pad = sdx_read_elems(n, c, pads_name(n), 1, &count);
    sdx_ints axes = sdx_read_ints(n, NULL, sdx_since(n) >= 18 ? 3 : -1);
    if (sdx_has_in(n, 3) && !sdx_check_rank(c, 3, 1, 1))
        return;
    const sdx_tensor *value = sdx_in_const(n, 2);
    double fill = 0;
    if (value && sdx_elements(value) == 1 && sdx_dtype_class(value->dtype) == SDX_REAL)
        sdx_load_f64(&fill, value, 0, 1, 1);
    if (fill != 0 && !sdx_attr_is(n, "mode", "constant")) {
        sdx_string mode = sdx_attr_string(n, "mode");
        sdx_warn(c, "value-ignored", "mode is %.*s, so constant_value = %.6g is not used",
                 (int)mode.length, mode.text, fill);
        sdx_point(c, 2, -1);
        sdx_hint(c, "leave constant_value out, or set mode to constant");
        sdx_fix_no_input(c, 2, true);
    }
    if (x.rank < 0)
        return;
    sdx_dim *y = sdx_new_dims(c, x.rank);
    sdx_set_out_dims(c, 0, x.rank, y);
    if (axes.given == SDX_OPEN)
        return;
    if (axes.given == SDX_GIVEN && !sdx_check_axes(c, "axes", axes.v, axes.count, x.rank, &mask))
        return;
    int padded = axes.given == SDX_GIVEN ? axes.count : x.rank;
    if (pad && count != 2 * padded) {
        sdx_refuse(c, "pad-pads", "pads has %s, must have %d for %s",
                   sdx_counted(c, count, "entry"), 2 * padded, sdx_counted(c, padded, "axis"));
        sdx_point(c, 0, -1);
        sdx_hint(c, "pads holds what goes before each axis, then what goes after each");
        return;
    }
    for (int k = 0; k < x.rank; k++)
        y[k] = x.dim[k];
    for (int i = 0; i < padded; i++) {
        int k = axes.given == SDX_GIVEN ? sdx_axis(axes.v[i], x.rank) : i;
        sdx_dim before = pad ? pad[i] : sdx_unknown(),
                after = pad ? pad[i + padded] : sdx_unknown();
        bool open = sdx_is_unknown(before) || sdx_is_unknown(after) || sdx_is_unknown(x.dim[k]);
        y[k] = open ? sdx_unknown() : sdx_dim_add(c, sdx_dim_add(c, x.dim[k], before), after);
        if (!check_pad(n, c, k, x.dim[k], before, after, y[k]))
            return;
    }
    sdx_set_out_dims(c, 0, x.rank, y);
}

/* One element that is the constant: input 2, the attribute, or zero. */
typedef struct plan {
    sdx_tensor value;
    int64_t element[2]; /* room for the widest type; zero is the empty string */
} plan;

static sdx_status prepare_pad(const sdx_node *n, sdx_prepare *c, void **state)
{
    plan *p = sdx_keep(c, sizeof *p);
    if (!p)
        return SDX_E_MEMORY;
    double value = sdx_since(n) < 11 ? sdx_attr_float(n, "value") : 0;
    p->value = (sdx_tensor){ .dtype = sdx_in_dtype(n, 0), .data = p->element };
    sdx_class class = sdx_dtype_class(p->value.dtype);
    if (class != SDX_STRING && class != SDX_COMPLEX)
        sdx_store_f64(&p->value, 0, 1, 1, &value);
    *state = p;
    return SDX_OK;
}

typedef struct job {
    const sdx_tensor *x, *value;
    sdx_tensor *y;
    outside *from;
    size_t width;
    int64_t before[SDX_MAX_RANK]; /* pads before each axis; negative ones cut */
    int64_t first[SDX_MAX_RANK];  /* what is left of each axis of x           */
    int64_t count[SDX_MAX_RANK];
    int64_t stride[SDX_MAX_RANK]; /* of x */
    int rank;                     /* after merging */
    int64_t dim[SDX_MAX_RANK];    /* of y */
} job;

/* Element of axis k of x that place i of y shows; -1: none, the constant. */
static int64_t source(const job *j, int k, int64_t i)
{
    int64_t at = i - (j->before[k] > 0 ? j->before[k] : 0);
    if (at < 0 || at >= j->count[k])
        at = j->count[k] > 0 ? j->from(at, j->count[k]) : -1;
    return at < 0 ? -1 : at + j->first[k];
}

static sdx_status put_one(const job *j, sdx_run *c, int64_t to, int64_t from)
{
    const sdx_tensor *x = from < 0 ? j->value : j->x;
    if (!j->width)
        return sdx_copy(c, j->y, to, x, from < 0 ? 0 : from, 1);
    sdx_put(j->width, j->y->data, to, x->data, from < 0 ? 0 : from);
    return SDX_OK;
}

/* Last axes that stay as they are become one with the axis before them: longer rows. */
static void merge(job *j)
{
    for (; j->rank > 1; j->rank--) {
        int k = j->rank - 1;
        int64_t d = j->dim[k];
        bool stays = j->before[k] == 0 && j->first[k] == 0 && j->count[k] == d &&
                     j->x->shape.dim[k] == d;
        if (!stays || (d != 1 && j->from != outside_constant))
            return;
        j->dim[k - 1] *= d;
        j->before[k - 1] *= d;
        j->first[k - 1] *= d;
        j->count[k - 1] *= d;
        j->stride[k - 1] = 1;
    }
}

/* Places [begin, end) of a row that lie outside. */
static sdx_status put_outside(const job *j, sdx_run *c, int64_t to, int64_t base, int64_t begin,
                              int64_t end)
{
    if (j->from == outside_constant)
        return begin < end ? sdx_copy_strided(c, j->y, to + begin, 1, j->value, 0, 0, end - begin)
                           : SDX_OK;
    for (int64_t i = begin; i < end; i++) {
        int64_t from = source(j, j->rank - 1, i);
        SDX_TRY(put_one(j, c, to + i, from < 0 ? -1 : base + from));
    }
    return SDX_OK;
}

/* A row of y: what lies outside, the stretch inside, what lies outside. */
static sdx_status pad_row(const job *j, sdx_run *c, int64_t to, int64_t base)
{
    int last = j->rank - 1;
    int64_t length = j->dim[last], begin = j->before[last] > 0 ? j->before[last] : 0;
    begin = begin < length ? begin : length;
    int64_t inside = j->count[last] < length - begin ? j->count[last] : length - begin;
    SDX_TRY(put_outside(j, c, to, base, 0, begin));
    if (inside > 0)
        SDX_TRY(sdx_move(c, j->width, j->y, to + begin, j->x, base + j->first[last], inside));
    return put_outside(j, c, to, base, begin + inside, length);
}

static sdx_status some_rows(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = arg;
    int last = j->rank - 1;
    int64_t length = j->dim[last];
    (void)scratch;
    for (int64_t i = begin; i < end; i++) {
        int64_t base = 0, rest = i, from = 0;
        for (int k = last - 1; k >= 0 && from >= 0; k--) {
            from = source(j, k, rest % j->dim[k]);
            base += from * j->stride[k];
            rest /= j->dim[k];
        }
        if (from >= 0)
            SDX_TRY(pad_row(j, c, i * length, base));
        else
            SDX_TRY(sdx_copy_strided(c, j->y, i * length, 1, j->value, 0, 0, length));
    }
    return SDX_OK;
}

static sdx_status run_pad(const sdx_node *n, const void *state, sdx_run *c)
{
    const plan *p = state;
    sdx_ints pads = sdx_run_ints(n, c, pads_name(n), 1);
    sdx_ints axes = sdx_run_ints(n, c, NULL, sdx_since(n) >= 18 ? 3 : -1);
    job j = { .x = sdx_in(c, 0), .value = &p->value, .from = find_mode(n) };
    sdx_shape x = j.x->shape;
    int64_t dim[SDX_MAX_RANK];
    int padded = axes.given == SDX_GIVEN ? axes.count : x.rank;
    uint64_t mask;
    if (axes.given == SDX_GIVEN)
        SDX_TRY(sdx_take_axes(c, "axes", axes.v, axes.count, x.rank, &mask));
    int both = pads.count;
    /* two for each axis may be more than 64 */
    const sdx_tensor *list = pads.count > SDX_MAX_RANK ? sdx_in(c, 1) : NULL;
    const int64_t *attribute = sdx_attr_ints(n, pads_name(n), &both);
    if (pads.count != 2 * padded)
        return sdx_fail(c, SDX_E_VALUE, "pads has %d entr%s and needs %d", pads.count,
                        pads.count == 1 ? "y" : "ies", 2 * padded);
    for (int k = 0; k < x.rank; k++) {
        dim[k] = j.count[k] = x.dim[k];
    }
    for (int i = 0; i < padded; i++) {
        int k = axes.given == SDX_GIVEN ? sdx_axis(axes.v[i], x.rank) : i;
        int64_t pad[2] = { i < SDX_MAX_RANK ? pads.v[i] : 0,
                           i + padded < SDX_MAX_RANK ? pads.v[i + padded] : 0 };
        for (int side = 0; side < 2; side++) {
            if (attribute)
                pad[side] = attribute[i + side * padded];
            else if (list)
                sdx_load_i64(&pad[side], list, i + side * padded, 1, 1);
            if (pad[side] < -x.dim[k] || pad[side] > INT64_MAX / 4)
                return sdx_fail(c, SDX_E_VALUE, "pads of %" PRId64 " for axis %d of %" PRId64,
                                pad[side], k, x.dim[k]);
            int64_t cut = pad[side] < 0 ? -pad[side] : 0;
            j.first[k] += side ? 0 : cut;
            j.count[k] -= cut;
            dim[k] += pad[side];
        }
        j.before[k] = pad[0];
        if (dim[k] < 0 || j.count[k] < 0 ||
            (j.count[k] == 0 && dim[k] > 0 && j.from != outside_constant))
            return sdx_fail(c, SDX_E_VALUE,
                            "pads of %" PRId64 " and %" PRId64 " for axis %d of %" PRId64, pad[0],
                            pad[1], k, x.dim[k]);
    }
    SDX_TRY(sdx_make_out(c, 0, (sdx_shape){ x.rank, dim }, &j.y));
    if (!j.y)
        return SDX_OK;
    if (sdx_in(c, 2) && sdx_elements(sdx_in(c, 2)) > 0)
        j.value = sdx_in(c, 2);
    if (x.rank == 0)
        return sdx_copy(c, j.y, 0, j.x, 0, 1);
    j.width = sdx_width(j.x->dtype);
    sdx_strides(x, j.stride);
    j.rank = x.rank;
    memcpy(j.dim, dim, (size_t)x.rank * sizeof *dim);
    merge(&j);
    int64_t length = j.dim[j.rank - 1];
    return length ? sdx_parallel(c, sdx_elements(j.y) / length, 1 + 8192 / length, some_rows, &j)
                  : SDX_OK;
}

/* ---- CenterCropPad ---- */

static void infer_crop(const sdx_node *n, sdx_infer *c)
{
    sdx_dims x = sdx_in_dims(n, 0);
    sdx_ints axes = sdx_read_ints(n, "axes", -1);
    int count;
    uint64_t mask;
    const sdx_dim *want = sdx_in_elems(n, 1, &count);
    if (x.rank < 0)
        return;
    if (axes.given == SDX_GIVEN && !sdx_check_axes(c, "axes", axes.v, axes.count, x.rank, &mask))
        return;
    int sized = axes.given == SDX_GIVEN ? axes.count : x.rank;
    if (want && count != sized) {
        sdx_refuse(c, "crop-shape", "shape has %s for %s", sdx_counted(c, count, "entry"),
                   sdx_counted(c, sized, "axis"));
        sdx_point(c, 0, -1);
        sdx_hint(c, "give one size for each axis that axes names, or for every axis");
        return;
    }
    sdx_dim *y = sdx_new_dims(c, x.rank);
    for (int k = 0; k < x.rank; k++)
        y[k] = x.dim[k];
    for (int i = 0; i < sized; i++) {
        if (want && sdx_is_num(want[i]) && want[i].n < 0) {
            sdx_refuse(c, "crop-shape", "shape[%d] is %" PRId64, i, want[i].n);
            sdx_hint(c, "sizes are 0 or more");
            return;
        }
        y[axes.given == SDX_GIVEN ? sdx_axis(axes.v[i], x.rank) : i] = want ? want[i]
                                                                            : sdx_unknown();
    }
    sdx_set_out_dims(c, 0, x.rank, y);
}

static sdx_status run_crop(const sdx_node *n, const void *state, sdx_run *c)
{
    const sdx_tensor *x = sdx_in(c, 0);
    sdx_ints axes = sdx_read_ints(n, "axes", -1), want = sdx_run_ints(n, c, NULL, 1);
    int rank = x->shape.rank, sized = axes.given == SDX_GIVEN ? axes.count : rank;
    int64_t dim[SDX_MAX_RANK], box[SDX_MAX_RANK], from[SDX_MAX_RANK], to[SDX_MAX_RANK], first = 0,
                                                                                        there = 0;
    int64_t skip[SDX_MAX_RANK] = { 0 };
    sdx_tensor *y;
    sdx_walk w;
    (void)state;
    if (want.count != sized)
        return sdx_fail(c, SDX_E_VALUE, "shape has %d entr%s for %d ax%s", want.count,
                        want.count == 1 ? "y" : "ies", sized, sized == 1 ? "is" : "es");
    for (int k = 0; k < rank; k++)
        dim[k] = box[k] = x->shape.dim[k];
    for (int i = 0; i < sized; i++) {
        int k = axes.given == SDX_GIVEN ? sdx_axis(axes.v[i], rank) : i;
        int64_t have = x->shape.dim[k];
        if (want.v[i] < 0)
            return sdx_fail(c, SDX_E_VALUE, "shape[%d] is %" PRId64, i, want.v[i]);
        dim[k] = want.v[i];
        box[k] = have < dim[k] ? have : dim[k];
        skip[k] = have < dim[k] ? (dim[k] - have) / 2 : -((have - dim[k]) / 2);
    }
    SDX_TRY(sdx_make_out(c, 0, (sdx_shape){ rank, dim }, &y));
    if (!y)
        return SDX_OK;
    SDX_TRY(sdx_fill(c, y, NULL, 0));
    sdx_strides(x->shape, from);
    sdx_strides(y->shape, to);
    for (int k = 0; k < rank; k++) {
        there += skip[k] > 0 ? skip[k] * to[k] : 0;
        first += skip[k] < 0 ? -skip[k] * from[k] : 0;
    }
    sdx_walk_set(&w, rank, box, to, from);
    return sdx_walk_copy(c, &w, y, there, x, first);
}

static const sdx_op ops[] = {
    { SDX_OP(Pad), .derive = sdx_derive_move, .schema = pad_schema,
      .limits = "mode:constant|reflect|edge|wrap@19 pads#0-2 constant_value#one axes#0-1",
      .traits = SDX_PURE, .infer = infer_pad, .prepare = prepare_pad, .run = run_pad },
    { SDX_OP(CenterCropPad), .schema = crop_schema, .traits = SDX_PURE, .infer = infer_crop,
      .run = run_crop },
    { 0 },
};
const sdx_family sdx_family_tensor_pad = { ops, 0 };
