/* ops/controlflow/scan.c - Scan.
 *
 * Opset 8 scans dim 1 of batched data: every value has the batch first, and each item its own
 * length.  From opset 9 on there is no batch, and an axis and a direction for each scanned input
 * and output.  One loop serves both: opset 8 is a loop over items around it.  Source: ONNX
 * Operators.md, Scan-25; Changelog.md, Scan-8, -9, -11. */
#include <inttypes.h>
#include <string.h>
#include "common/check.h"
#include "common/types.h"
#include "common/walk.h"

static const sdx_schema schema[] = {
    { 8, "sequence_lens?:I initial_state_and_scan_inputs+:V* -> final_state_and_scan_outputs+:V*",
      "directions:ints num_scan_inputs:int! body:graph!", "I: i64; V: all" },
    { 9, "initial_state_and_scan_inputs+:V* -> final_state_and_scan_outputs+:V*",
      "scan_input_axes:ints scan_output_axes:ints scan_output_directions:ints "
      "scan_input_directions:ints num_scan_inputs:int! body:graph!",
      "V: all" },
    { .since = 11 },
    { 16, NULL, NULL, "V: all4" },
    { 19, NULL, NULL, "V: all9" },
    { 21, NULL, NULL, "V: all10" },
    { 23, NULL, NULL, "V: all11" },
    { 24, NULL, NULL, "V: all12" },
    { 25, NULL, NULL, "V: all13" },
    { 0 },
};

/* How the inputs and outputs divide. */
typedef struct layout {
    bool batched; /* opset 8                                    */
    int first;    /* input 0 of opset 8 is sequence_lens        */
    int states, scanned, stacked;
} layout;

static bool read_layout(const sdx_node *n, layout *l)
{
    int64_t scanned = sdx_attr_int(n, "num_scan_inputs");
    l->batched = sdx_since(n) < 9;
    l->first = l->batched ? 1 : 0;
    int values = sdx_in_count(n) - l->first;
    if (scanned < 1 || scanned > values || values - scanned > sdx_out_count(n))
        return false;
    l->scanned = (int)scanned;
    l->states = values - l->scanned;
    l->stacked = sdx_out_count(n) - l->states;
    return true;
}

/* Entry k of a list of axes or directions; 0 where the list is absent. */
static int64_t entry(const sdx_node *n, const char *name, int k)
{
    int count;
    const int64_t *v = sdx_attr_ints(n, name, &count);
    return v && k < count ? v[k] : 0;
}

static int64_t in_axis(const sdx_node *n, const layout *l, int k)
{
    return l->batched ? 1 : entry(n, "scan_input_axes", k);
}

static bool in_reverse(const sdx_node *n, const layout *l, int k)
{
    return entry(n, l->batched ? "directions" : "scan_input_directions", k) != 0;
}

/* ---- infer ---- */

static bool directions(const char *list)
{
    size_t n = strlen(list);
    return n >= 10 && strcmp(list + n - 10, "directions") == 0;
}

static bool check_lists(const sdx_node *n, sdx_infer *c, const layout *l)
{
    static const char *const list[] = { "scan_input_axes", "scan_input_directions", "directions",
                                        "scan_output_axes", "scan_output_directions" };
    for (int i = 0; i < 5; i++) {
        int count, want = i < 3 ? l->scanned : l->stacked;
        const int64_t *v = sdx_attr_ints(n, list[i], &count);
        for (int k = 0; v && directions(list[i]) && k < count; k++)
            if (v[k] != 0 && v[k] != 1) {
                sdx_refuse(c, "scan-lists", "%s[%d] is %" PRId64, list[i], k, v[k]);
                sdx_hint(c, "0 is forward, 1 is backward");
                return false;
            }
        if (!v || count == want)
            continue;
        sdx_refuse(c, "scan-lists", "%s has %s for %s", list[i], sdx_counted(c, count, "entry"),
                   sdx_counted(c, want, i < 3 ? "scanned input" : "scanned output"));
        sdx_hint(c, "give one entry for each, or leave the attribute out");
        return false;
    }
    return true;
}

/* Of opset 8: every input has the batch first, and it is the same one. */
static bool check_batch(const sdx_node *n, sdx_infer *c, const layout *l)
{
    for (int k = 0; k < l->states + l->scanned; k++) {
        int i = l->first + k;
        if (!sdx_check_rank(c, i, k < l->states ? 1 : 2, SDX_MAX_RANK))
            return false;
        sdx_dim first = sdx_in_dim(n, l->first, 0), batch = sdx_in_dim(n, i, 0);
        if (sdx_equal(c, first, batch))
            continue;
        sdx_refuse(c, "scan-length", "%s has a batch of %s, %s of %s", sdx_in_name(n, i),
                   sdx_show(c, batch), sdx_in_name(n, l->first), sdx_show(c, first));
        sdx_point(c, i, 0);
        sdx_point(c, l->first, 0);
        sdx_hint(c, "dim 0 of all states and scanned inputs is the batch");
        return false;
    }
    return true;
}

/* The types that enter the body, and the length of the scan. */
static bool enter(const sdx_node *n, sdx_infer *c, const layout *l, const sdx_type **p,
                  sdx_dim *length)
{
    for (int k = 0; k < l->states; k++) {
        p[k] = sdx_in_type(n, l->first + k);
        if (l->batched)
            p[k] = sdx_type_without_dim(c, p[k], 0);
    }
    for (int k = 0; k < l->scanned; k++) {
        int i = l->first + l->states + k;
        sdx_dims x = sdx_in_dims(n, i);
        int64_t axis = in_axis(n, l, k);
        if (!sdx_check_rank(c, i, l->batched ? 2 : 1, SDX_MAX_RANK) ||
            !sdx_check_axis(c, "scan_input_axes", axis, x.rank))
            return false;
        const sdx_type *t = sdx_in_type(n, i);
        int at = x.rank < 0 ? -1 : sdx_axis(axis, x.rank);
        if (at >= 0 && !sdx_equal(c, *length, x.dim[at])) {
            int first = i - k, from = sdx_axis(in_axis(n, l, 0), sdx_in_dims(n, first).rank);
            sdx_refuse(c, "scan-length", "scanned input %d has %s steps, scanned input 0 has %s", k,
                       sdx_show(c, x.dim[at]), sdx_show(c, *length));
            sdx_point(c, first, sdx_in_dims(n, first).rank < 0 ? -1 : from);
            sdx_point(c, i, at);
            sdx_hint(c, "all scanned inputs have the same number of steps: cut or pad one");
            return false;
        }
        if (at >= 0 && sdx_is_unknown(*length))
            *length = x.dim[at];
        p[l->states + k] = sdx_type_without_dim(c, t, at);
        if (l->batched)
            p[l->states + k] = sdx_type_without_dim(c, p[l->states + k], 0);
    }
    return true;
}

enum { ROUNDS = 4 /* after which a state that still changes is taken as unknown */ };

/* The body with states p[0..], which become what enters it joined with what leaves it, until
 * nothing changes. */
static bool widen(const sdx_node *n, sdx_infer *c, const layout *l, const sdx_type **p,
                  const sdx_type **r)
{
    bool changed = true;
    for (int round = 0; round <= ROUNDS && changed; round++) {
        if (!sdx_infer_body(c, "body", l->states + l->scanned, p, sdx_out_count(n), r))
            return false;
        changed = false;
        for (int k = 0; k < l->states; k++) {
            const sdx_type *t = sdx_join(c, p[k], r[k]);
            if (!t) {
                sdx_refuse(c, "loop-state", "state %d enters the body as %s and leaves it as %s", k,
                           sdx_show_type(c, p[k]), sdx_show_type(c, r[k]));
                sdx_point(c, l->first + k, -1);
                sdx_point_result(c, "body", k);
                sdx_hint(c, "a state keeps its kind of value and its element type: Cast "
                            "it at the end of the body");
                return false;
            }
            if (sdx_same_type(c, t, p[k]))
                continue;
            changed = true;
            p[k] = round + 1 < ROUNDS ? t : sdx_bare_type(c, t);
        }
    }
    return true;
}

static void infer(const sdx_node *n, sdx_infer *c)
{
    const sdx_type *p[SDX_BODY_MOST], *r[SDX_BODY_MOST];
    sdx_dim length = sdx_unknown();
    layout l;
    if (!sdx_check_body_size(c, sdx_in_count(n), sdx_out_count(n)))
        return;
    if (!read_layout(n, &l)) {
        sdx_refuse(c, "scan-lists",
                   "num_scan_inputs=%" PRId64 " does not fit %d inputs and %d outputs",
                   sdx_attr_int(n, "num_scan_inputs"), sdx_in_count(n), sdx_out_count(n));
        sdx_hint(c, "it is 1 or more; the inputs before those are states, each with an output");
        return;
    }
    if (!check_lists(n, c, &l) || (l.batched && !check_batch(n, c, &l)) ||
        !enter(n, c, &l, p, &length))
        return;
    if (!widen(n, c, &l, p, r))
        return;
    sdx_dim batch = l.batched ? sdx_in_dim(n, l.first, 0) : sdx_unknown();
    for (int k = 0; k < sdx_out_count(n); k++) {
        const sdx_type *t = k < l.states ? p[k] : r[k];
        int rank = sdx_type_dims(t).rank;
        int64_t axis = l.batched || k < l.states ? 0 : entry(n, "scan_output_axes", k - l.states);
        if (k >= l.states && rank >= 0 && !sdx_check_axis(c, "scan_output_axes", axis, rank + 1))
            return;
        if (k >= l.states)
            t = sdx_type_with_dim(c, t, rank < 0 ? -1 : sdx_axis(axis, rank + 1), length);
        if (l.batched)
            t = sdx_type_with_dim(c, t, 0, batch);
        if (sdx_has_out(n, k) && sdx_type_kind(t) != SDX_KIND_UNKNOWN)
            sdx_set_out_type(c, k, t);
    }
}

/* ---- run ---- */

/* Copies between a tensor and the slice of it at `at` along axis, of item `item` if it is batched:
 * the whole's strides are taken, so any axis will do.  into: from slice into whole. */
static sdx_status move_slice(sdx_run *c, sdx_tensor *to, const sdx_tensor *from, bool into,
                             bool batched, int64_t item, int axis, int64_t at)
{
    const sdx_tensor *whole = into ? to : from;
    int64_t stride[SDX_MAX_RANK], dim[SDX_MAX_RANK], wide[SDX_MAX_RANK], packed[SDX_MAX_RANK];
    int64_t first = 0;
    int rank = 0;
    sdx_walk w;
    sdx_strides(whole->shape, stride);
    for (int k = 0; k < whole->shape.rank; k++) {
        if (batched && k == 0) {
            first += item * stride[0];
        } else if (k == axis) {
            first += at * stride[k];
        } else {
            dim[rank] = whole->shape.dim[k];
            wide[rank++] = stride[k];
        }
    }
    sdx_strides((sdx_shape){ rank, dim }, packed);
    sdx_walk_set(&w, rank, dim, into ? wide : packed, into ? packed : wide);
    return sdx_walk_copy(c, &w, to, into ? first : 0, from, into ? 0 : first);
}

/* A slice as a value of its own; axis -1: only the item. */
static sdx_status take_slice(sdx_run *c, const sdx_tensor *x, bool batched, int64_t item, int axis,
                             int64_t at, sdx_value **v)
{
    int64_t dim[SDX_MAX_RANK];
    int rank = 0;
    for (int k = 0; k < x->shape.rank; k++)
        if (!(batched && k == 0) && k != axis)
            dim[rank++] = x->shape.dim[k];
    SDX_TRY(sdx_new_tensor(c, x->dtype, (sdx_shape){ rank, dim }, v));
    return move_slice(c, sdx_tensor_of(*v), x, false, batched, item, axis, at);
}

typedef struct scan {
    const sdx_node *n;
    layout l;
    int64_t items, steps;
    bool made[SDX_BODY_MOST];
    sdx_tensor *y[SDX_BODY_MOST]; /* of outputs that are made; NULL: not yet, or not asked for */
} scan;

/* Makes output k, from the shape of one step's value, or of what infer knows where there is no
 * step. */
static sdx_status make_output(scan *s, sdx_run *c, int k, const sdx_tensor *part)
{
    int64_t dim[SDX_MAX_RANK];
    sdx_dims told = sdx_out_dims(s->n, k);
    bool stacked = k >= s->l.states;
    int extra = s->l.batched + stacked, rank = part            ? part->shape.rank + extra
                                               : told.rank > 0 ? told.rank
                                                               : extra;
    if (rank > SDX_MAX_RANK)
        return sdx_fail(c, SDX_E_SHAPE, "output %d would have %d dims", k, rank);
    int64_t axis = s->l.batched ? 1
                   : stacked    ? entry(s->n, "scan_output_axes", k - s->l.states)
                                : 0;
    int at = stacked ? sdx_axis(axis, rank) : -1;
    for (int d = 0, i = 0; d < rank; d++) {
        if (s->l.batched && d == 0)
            dim[d] = s->items;
        else if (d == at)
            dim[d] = s->steps;
        else
            dim[d] = part                                           ? part->shape.dim[i++]
                     : told.rank == rank && sdx_is_num(told.dim[d]) ? told.dim[d].n
                                                                    : 0;
    }
    s->made[k] = true;
    SDX_TRY(sdx_make_out(c, k, (sdx_shape){ rank, dim }, &s->y[k]));
    return s->y[k] && s->l.batched ? sdx_fill(c, s->y[k], NULL, 0) : SDX_OK;
}

/* Writes a step's value of output k to its place. */
static sdx_status put_step(scan *s, sdx_run *c, int k, const sdx_value *v, int64_t item, int64_t t)
{
    const sdx_tensor *part = sdx_as_tensor(v);
    if (!part)
        return sdx_fail(c, SDX_E_TYPE, "output %d of the body is no tensor", k);
    if (!s->made[k])
        SDX_TRY(make_output(s, c, k, part));
    sdx_tensor *y = s->y[k];
    if (!y)
        return SDX_OK;
    int axis = s->l.batched
                   ? 1
                   : sdx_axis(entry(s->n, "scan_output_axes", k - s->l.states), y->shape.rank);
    int extra = 1 + s->l.batched, rank = y->shape.rank;
    bool same = part->shape.rank + extra == rank;
    for (int d = 0, i = 0; same && d < rank; d++)
        if (d != axis && !(s->l.batched && d == 0))
            same = part->shape.dim[i++] == y->shape.dim[d];
    if (!same)
        return sdx_fail(
            c, SDX_E_SHAPE,
            "output %d of step %" PRId64 " has another shape than that of the first step", k, t);
    bool reverse = !s->l.batched && entry(s->n, "scan_output_directions", k - s->l.states) != 0;
    return move_slice(c, y, part, true, s->l.batched, item, axis, reverse ? s->steps - 1 - t : t);
}

static sdx_status one_step(scan *s, sdx_run *c, int64_t item, int64_t t, int64_t steps,
                           const sdx_value **state)
{
    const sdx_value *in[SDX_BODY_MOST], *out[SDX_BODY_MOST];
    const layout *l = &s->l;
    SDX_TRY(sdx_poll(c));
    for (int k = 0; k < l->states; k++)
        in[k] = state[k];
    for (int k = 0; k < l->scanned; k++) {
        const sdx_tensor *x = sdx_in(c, l->first + l->states + k);
        sdx_value *v;
        int64_t at = in_reverse(s->n, l, k) ? steps - 1 - t : t;
        SDX_TRY(take_slice(c, x, l->batched, item, sdx_axis(in_axis(s->n, l, k), x->shape.rank), at,
                           &v));
        in[l->states + k] = v;
    }
    SDX_TRY(sdx_call(c, "body", l->states + l->scanned, in, l->states + l->stacked, out));
    for (int k = 0; k < l->scanned; k++)
        sdx_drop(c, in[l->states + k]);
    for (int k = 0; k < l->states; k++) {
        sdx_drop(c, state[k]);
        state[k] = out[k];
    }
    for (int k = 0; k < l->stacked; k++) {
        SDX_TRY(put_step(s, c, l->states + k, out[l->states + k], item, t));
        sdx_drop(c, out[l->states + k]);
    }
    return SDX_OK;
}

/* All steps of one item; the states end up in their outputs. */
static sdx_status one_item(scan *s, sdx_run *c, int64_t item)
{
    const sdx_value *state[SDX_BODY_MOST];
    const layout *l = &s->l;
    int64_t steps = s->steps;
    if (l->batched && sdx_has_in(s->n, 0)) {
        if (item >= sdx_elements(sdx_in(c, 0)))
            return sdx_fail(c, SDX_E_SHAPE, "sequence_lens has %" PRId64 " entr%s",
                            sdx_elements(sdx_in(c, 0)),
                            sdx_elements(sdx_in(c, 0)) == 1 ? "y" : "ies");
        sdx_load_i64(&steps, sdx_in(c, 0), item, 1, 1);
        if (steps < 0 || steps > s->steps)
            return sdx_fail(c, SDX_E_VALUE,
                            "sequence_lens[%" PRId64 "] is %" PRId64 ", there are %" PRId64
                            " steps",
                            item, steps, s->steps);
    }
    for (int k = 0; k < l->states; k++) {
        state[k] = sdx_in_value(c, l->first + k);
        if (l->batched) {
            sdx_value *v;
            SDX_TRY(take_slice(c, sdx_in(c, l->first + k), true, item, -1, 0, &v));
            state[k] = v;
        }
    }
    for (int64_t t = 0; t < steps; t++)
        SDX_TRY(one_step(s, c, item, t, steps, state));
    for (int k = 0; k < l->states; k++) {
        if (!l->batched) {
            SDX_TRY(sdx_set_out(c, k, state[k]));
            continue;
        }
        if (item == 0)
            SDX_TRY(make_output(s, c, k, sdx_as_tensor(state[k])));
        const sdx_tensor *part = sdx_as_tensor(state[k]);
        if (s->y[k] && sdx_elements(part) * s->items != sdx_elements(s->y[k]))
            return sdx_fail(c, SDX_E_SHAPE,
                            "state %d of item %" PRId64 " has another shape than that of the first",
                            k, item);
        if (s->y[k])
            SDX_TRY(sdx_copy(c, s->y[k], item * sdx_elements(part), part, 0, sdx_elements(part)));
        sdx_drop(c, state[k]);
    }
    return SDX_OK;
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    scan s = { .n = n, .items = 1 };
    (void)state;
    if (!read_layout(n, &s.l))
        return sdx_fail(c, SDX_E_MODEL, "num_scan_inputs does not fit the inputs");
    const sdx_tensor *x = sdx_in(c, s.l.first + s.l.states);
    s.steps = x->shape.dim[sdx_axis(in_axis(n, &s.l, 0), x->shape.rank)];
    s.items = s.l.batched ? x->shape.dim[0] : 1;
    for (int64_t item = 0; item < s.items; item++)
        SDX_TRY(one_item(&s, c, item));
    for (int k = s.items ? s.l.states : 0; k < sdx_out_count(n); k++)
        if (!s.made[k]) /* there was no step to make it */
            SDX_TRY(make_output(&s, c, k, NULL));
    return SDX_OK;
}

static const sdx_op ops[] = {
    { SDX_OP(Scan), .schema = schema, .traits = SDX_PURE, .infer = infer, .run = run },
    { 0 },
};
const sdx_family sdx_family_controlflow_scan = { ops, 0 };
