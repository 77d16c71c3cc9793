/* ops/controlflow/loop.c - Loop.
 *
 * The types of the states are a fixed point: what enters the body joined with what leaves it, until
 * nothing changes.  While running, an iteration's values are dropped as soon as the next has taken
 * them over, so a long loop stays flat.  Source: ONNX Operators.md, Loop-25; Changelog.md for the
 * types of older opsets. */
#include <inttypes.h>
#include "common/types.h"
#include "common/walk.h"

static const sdx_schema schema[] = {
    { 1, "M?:I cond?:B v_initial+:V* -> v_final_and_scan_outputs+:V*", "body:graph!",
      "V: all; I: i64; B: bool" },
    { 11, "M?:I cond?:B v_initial*:V* -> v_final_and_scan_outputs+:V*", NULL, NULL },
    { 13, NULL, NULL, "V: all seq(all); I: i64; B: bool" },
    { 16, NULL, NULL, "V: all4 seq(all4) opt(all4) opt(seq(all4)); I: i64; B: bool" },
    { 19, NULL, NULL, "V: all9 seq(all9) opt(all9) opt(seq(all4)); I: i64; B: bool" },
    { 21, NULL, NULL, "V: all10 seq(all10) opt(all10) opt(seq(all4)); I: i64; B: bool" },
    { 23, NULL, NULL, "V: all11 seq(all11) opt(all11) opt(seq(all4)); I: i64; B: bool" },
    { 24, NULL, NULL, "V: all12 seq(all12) opt(all12) opt(seq(all4)); I: i64; B: bool" },
    { 25, NULL, NULL, "V: all13 seq(all13) opt(all13) opt(seq(all4)); I: i64; B: bool" },
    { 0 },
};

enum { ROUNDS = 4 /* after which a state that still changes is taken as unknown */ };

static int state_count(const sdx_node *n)
{
    return sdx_in_count(n) > 2 ? sdx_in_count(n) - 2 : 0;
}

/* A state that enters as an optional may leave as what it holds: it enters again as a filled
 * optional. */
static const sdx_type *content(const sdx_type *entered, const sdx_type *left)
{
    bool mixed = sdx_type_kind(entered) == SDX_OPTIONAL && sdx_type_kind(left) != SDX_OPTIONAL &&
                 sdx_type_kind(left) != SDX_KIND_UNKNOWN;
    return mixed ? sdx_type_of(entered) : NULL;
}

/* As far as is known: one boolean. */
static bool is_condition(const sdx_type *t)
{
    sdx_dims d = sdx_type_dims(t);
    bool one = sdx_type_kind(t) == SDX_KIND_UNKNOWN ||
               (sdx_type_kind(t) == SDX_TENSOR &&
                (sdx_type_dtype(t) == SDX_BOOL || sdx_type_dtype(t) == SDX_UNDEFINED));
    for (int k = 0; one && k < d.rank; k++)
        one = !sdx_is_num(d.dim[k]) || d.dim[k].n == 1;
    return one;
}

/* One round: the body with states p[2..], whose results widen them.  *changed: some did. */
static bool widen(const sdx_node *n, sdx_infer *c, const sdx_type **p, const sdx_type **r,
                  bool *changed)
{
    int states = state_count(n);
    *changed = false;
    if (!sdx_infer_body(c, "body", states + 2, p, sdx_out_count(n) + 1, r))
        return false;
    if (!is_condition(r[0])) {
        sdx_refuse(c, "condition-scalar", "the condition that the body gives is %s",
                   sdx_show_type(c, r[0]));
        sdx_hint(c, "output 0 of the body is bool[]: whether to go on");
        return false;
    }
    for (int k = 0; k < states; k++) {
        const sdx_type *of = content(p[2 + k], r[1 + k]),
                       *t = sdx_join(c, of ? of : p[2 + k], r[1 + k]);
        if (t && of)
            t = sdx_optional_type(c, t);
        if (!t) {
            sdx_refuse(c, "loop-state", "state %d enters the body as %s and leaves it as %s", k,
                       sdx_show_type(c, p[2 + k]), sdx_show_type(c, r[1 + k]));
            sdx_point(c, 2 + k, -1);
            sdx_point_result(c, "body", 1 + k);
            sdx_hint(
                c,
                "a state keeps its kind of value and its element type: Cast it at the end of the body");
            return false;
        }
        if (!sdx_same_type(c, t, p[2 + k]))
            *changed = true;
        p[2 + k] = t;
    }
    return true;
}

static bool check_ends(const sdx_node *n, sdx_infer *c)
{
    for (int k = 0; k < 2; k++) {
        sdx_dims d = sdx_in_dims(n, k);
        sdx_dim all = d.rank < 1 ? sdx_num(1) : sdx_dim_product(c, d, 0, d.rank);
        if (!sdx_is_num(all) || all.n == 1)
            continue;
        sdx_refuse(c, "condition-scalar", "%s has %s elements", sdx_in_name(n, k),
                   sdx_show(c, all));
        sdx_point(c, k, -1);
        sdx_hint(c, "it has to be one %s: pick one element with Gather", k ? "boolean" : "number");
        return false;
    }
    return true;
}

static void infer(const sdx_node *n, sdx_infer *c)
{
    int states = state_count(n), outs = sdx_out_count(n);
    const sdx_type *p[SDX_BODY_MOST], *r[SDX_BODY_MOST];
    bool changed = true;
    if (!check_ends(n, c) || !sdx_check_body_size(c, states + 2, outs + 1))
        return;
    if (outs < states) {
        sdx_refuse(c, "loop-state", "%d state%s go%s in, but the node has %d output%s", states,
                   states == 1 ? "" : "s", states == 1 ? "es" : "", outs, outs == 1 ? "" : "s");
        sdx_hint(c, "each state has an output, left empty where it is not wanted");
        return;
    }
    p[0] = sdx_tensor_type(c, SDX_I64, (sdx_dims){ 0, NULL });
    p[1] = sdx_tensor_type(c, SDX_BOOL, (sdx_dims){ 0, NULL });
    for (int k = 0; k < states; k++)
        p[2 + k] = sdx_in_type(n, 2 + k);
    for (int round = 0; round < ROUNDS && changed; round++)
        if (!widen(n, c, p, r, &changed))
            return;
    if (changed) {
        for (int k = 0; k < states; k++)
            p[2 + k] = sdx_bare_type(c, p[2 + k]);
        if (!widen(n, c, p, r, &changed))
            return;
    }
    for (int k = 0; k < outs; k++) {
        const sdx_type *t = k < states ? p[2 + k] : r[1 + k];
        if (k < states && content(t, r[1 + k]))
            t = content(t, r[1 + k]);
        if (!sdx_has_out(n, k) || sdx_type_kind(t) == SDX_KIND_UNKNOWN)
            continue;
        sdx_set_out_type(
            c, k, k < states ? t : sdx_type_with_dim(c, t, 0, sdx_dim_new(c, k, 0, sdx_unknown())));
    }
}

static void lint(const sdx_node *n, sdx_infer *c)
{
    int64_t m;
    for (int k = 0; k < 2; k++) {
        const sdx_tensor *end = sdx_in_const(n, k);
        if (!end || sdx_elements(end) != 1)
            continue;
        sdx_load_i64(&m, end, 0, 1, 1);
        if (k == 0 ? m >= 0 : m != 0)
            continue;
        sdx_warn(c, "loop-count",
                 k ? "cond is false: the body never runs" : "M is %" PRId64 ": the body never runs",
                 m);
        sdx_point(c, k, -1);
        sdx_hint(c, k ? "leave the condition out, or begin with true"
                      : "M is how often to run at most; leave it out to go by the condition alone");
    }
}

/* What the iterations gave for output k, stacked. */
static sdx_status stack(const sdx_node *n, sdx_run *c, int k, const sdx_value *seq)
{
    int64_t count = sdx_seq_length(seq), dim[SDX_MAX_RANK] = { count };
    sdx_dims told = sdx_out_dims(n, k);
    const sdx_tensor *e = count ? sdx_as_tensor(sdx_seq_at(seq, 0)) : NULL;
    int rank = e ? e->shape.rank + 1 : told.rank > 0 ? told.rank : 1;
    sdx_tensor *y;
    if (rank > SDX_MAX_RANK || (count && !e))
        return sdx_fail(c, SDX_E_TYPE,
                        "output %d cannot be stacked: it is no tensor, or one of too many dims", k);
    for (int j = 1; j < rank; j++)
        dim[j] = e ? e->shape.dim[j - 1] : sdx_is_num(told.dim[j]) ? told.dim[j].n : 0;
    SDX_TRY(sdx_make_out(c, k, (sdx_shape){ rank, dim }, &y));
    for (int64_t i = 0; y && i < count; i++) {
        const sdx_tensor *part = sdx_as_tensor(sdx_seq_at(seq, i));
        bool same = part && part->shape.rank == rank - 1;
        for (int j = 1; same && j < rank; j++)
            same = part->shape.dim[j - 1] == dim[j];
        if (!same)
            return sdx_fail(c, SDX_E_SHAPE,
                            "output %d of iteration %" PRId64
                            " has another shape than that of the first",
                            k, i);
        SDX_TRY(sdx_move(c, sdx_width(y->dtype), y, i * sdx_elements(e), part, 0, sdx_elements(e)));
    }
    return SDX_OK;
}

/* One iteration: in[2..] are the states before and after. */
static sdx_status step(const sdx_node *n, sdx_run *c, int64_t i, int64_t *go, const sdx_value **in,
                       sdx_value **scans)
{
    int states = state_count(n), outs = sdx_out_count(n);
    const sdx_value *out[SDX_BODY_MOST];
    sdx_value *iter, *cond;
    SDX_TRY(sdx_poll(c));
    SDX_TRY(sdx_new_tensor(c, SDX_I64, (sdx_shape){ 0, NULL }, &iter));
    SDX_TRY(sdx_new_tensor(c, SDX_BOOL, (sdx_shape){ 0, NULL }, &cond));
    sdx_store_i64(sdx_tensor_of(iter), 0, 1, 1, &i);
    sdx_store_i64(sdx_tensor_of(cond), 0, 1, 1, go);
    in[0] = iter;
    in[1] = cond;
    SDX_TRY(sdx_call(c, "body", states + 2, in, outs + 1, out));
    if (!sdx_as_tensor(out[0]) || sdx_elements(sdx_as_tensor(out[0])) != 1)
        return sdx_fail(c, SDX_E_SHAPE, "the condition that the body gives is no single boolean");
    sdx_load_i64(go, sdx_as_tensor(out[0]), 0, 1, 1);
    sdx_drop(c, iter);
    sdx_drop(c, cond);
    sdx_drop(c, out[0]);
    for (int k = 0; k < states; k++) {
        /* the node's own inputs are not ours: dropping those does nothing */
        sdx_drop(c, in[2 + k]);
        in[2 + k] = out[1 + k];
        if (sdx_type_kind(sdx_in_type(n, 2 + k)) == SDX_OPTIONAL &&
            sdx_value_kind(out[1 + k]) != SDX_OPTIONAL) {
            sdx_value *filled;
            SDX_TRY(sdx_new_optional(c, out[1 + k], &filled));
            sdx_drop(c, out[1 + k]);
            in[2 + k] = filled;
        }
    }
    for (int k = states; k < outs; k++) {
        if (sdx_has_out(n, k))
            SDX_TRY(sdx_seq_push(c, scans[k], out[1 + k]));
        sdx_drop(c, out[1 + k]);
    }
    return SDX_OK;
}

/* The last state, unwrapped where the output is what an optional holds. */
static sdx_status put_state(const sdx_node *n, sdx_run *c, int k, const sdx_value *v)
{
    bool unwrap = sdx_value_kind(v) == SDX_OPTIONAL &&
                  sdx_type_kind(sdx_out_type(n, k)) != SDX_OPTIONAL;
    v = unwrap ? sdx_optional_get(v) : v;
    return v ? sdx_set_out(c, k, v)
             : sdx_fail(c, SDX_E_VALUE, "state %d ends as an empty optional", k);
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    int states = state_count(n), outs = sdx_out_count(n);
    int64_t most = INT64_MAX, go = 1;
    const sdx_value *in[SDX_BODY_MOST];
    sdx_value *scans[SDX_BODY_MOST];
    (void)state;
    for (int k = 0; k < 2; k++)
        if (sdx_has_in(n, k) && sdx_elements(sdx_in(c, k)) != 1)
            return sdx_fail(c, SDX_E_SHAPE, "%s has %" PRId64 " elements, and should have one",
                            sdx_in_name(n, k), sdx_elements(sdx_in(c, k)));
    if (sdx_has_in(n, 0))
        sdx_load_i64(&most, sdx_in(c, 0), 0, 1, 1);
    if (sdx_has_in(n, 1))
        sdx_load_i64(&go, sdx_in(c, 1), 0, 1, 1);
    for (int k = 0; k < states; k++)
        in[2 + k] = sdx_in_value(c, 2 + k);
    for (int k = states; k < outs; k++)
        SDX_TRY(sdx_new_sequence(c, &scans[k]));
    for (int64_t i = 0; i < most && go; i++)
        SDX_TRY(step(n, c, i, &go, in, scans));
    for (int k = 0; k < states; k++)
        SDX_TRY(put_state(n, c, k, in[2 + k]));
    for (int k = states; k < outs; k++)
        if (sdx_has_out(n, k))
            SDX_TRY(stack(n, c, k, scans[k]));
    return SDX_OK;
}

static const sdx_op ops[] = {
    { SDX_OP(Loop), .schema = schema, .traits = SDX_PURE, .infer = infer, .lint = lint,
      .run = run },
    { 0 },
};
const sdx_family sdx_family_controlflow_loop = { ops, 0 };
