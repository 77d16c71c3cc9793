/* ops/controlflow/if.c - If.
 *
 * Of a known condition only the taken branch counts; else an output is what both branches agree on.
 * Source: ONNX Operators.md, If-25; Changelog.md for the types of older opsets. */
#include <inttypes.h>
#include "common/types.h"

static const sdx_schema schema[] = {
    { 1, "cond:B -> outputs+:V*", "else_branch:graph! then_branch:graph!", "V: all; B: bool" },
    { .since = 11 },
    { 13, NULL, NULL, "V: all seq(all); B: bool" },
    { 16, NULL, NULL, "V: all4 seq(all4) opt(all4) opt(seq(all4)); B: bool" },
    { 19, NULL, NULL, "V: all9 seq(all9) opt(all9) opt(seq(all4)); B: bool" },
    { 21, NULL, NULL, "V: all10 seq(all10) opt(all10) opt(seq(all4)); B: bool" },
    { 23, NULL, NULL, "V: all11 seq(all11) opt(all11) opt(seq(all4)); B: bool" },
    { 24, NULL, NULL, "V: all12 seq(all12) opt(all12) opt(seq(all4)); B: bool" },
    { 25, NULL, NULL, "V: all13 seq(all13) opt(all13) opt(seq(all4)); B: bool" },
    { 0 },
};

static const char *const branch[2] = { "else_branch", "then_branch" };

/* The condition where it is known: 0 or 1; else -1. */
static int known_condition(const sdx_node *n)
{
    const sdx_tensor *t = sdx_in_const(n, 0);
    int64_t v;
    if (!t || sdx_elements(t) != 1)
        return -1;
    sdx_load_i64(&v, t, 0, 1, 1);
    return v != 0;
}

static bool check_condition(const sdx_node *n, sdx_infer *c)
{
    sdx_dims d = sdx_in_dims(n, 0);
    sdx_dim all = d.rank < 0 ? sdx_unknown() : sdx_dim_product(c, d, 0, d.rank);
    if (sdx_equal(c, all, sdx_num(1)))
        return true;
    sdx_refuse(c, "condition-scalar", "the condition has %s elements", sdx_show(c, all));
    sdx_point(c, 0, -1);
    sdx_hint(
        c,
        "it has to be one boolean: reduce it with ReduceMin or ReduceMax after a Cast, or pick one element");
    return false;
}

static void infer(const sdx_node *n, sdx_infer *c)
{
    const sdx_type *type[2][SDX_BODY_MOST];
    int outs = sdx_out_count(n), taken = known_condition(n);
    if (!sdx_check_body_size(c, 0, outs) || !check_condition(n, c))
        return;
    bool fine = true;
    for (int k = 1; k >= 0; k--) {
        int none, given;
        bool counts = !sdx_body_arity(n, branch[k], &none, &given) || (none == 0 && given == outs);
        if (taken < 0 || taken == k || !counts) /* wrong counts are wrong in a dead branch, too */
            fine = sdx_infer_body(c, branch[k], 0, NULL, outs, type[k]) && fine;
    }
    for (int k = 0; k < outs && fine; k++) {
        const sdx_type *t = taken < 0 ? sdx_join(c, type[1][k], type[0][k]) : type[taken][k];
        if (!t) {
            sdx_refuse(c, "branch-types", "output %d is %s in then_branch and %s in else_branch", k,
                       sdx_show_type(c, type[1][k]), sdx_show_type(c, type[0][k]));
            for (int b = 1; b >= 0; b--)
                sdx_point_result(c, branch[b], k);
            sdx_hint(c, "both branches have to give the same kind of value and element type: Cast "
                        "one of them");
            return;
        }
        if (!sdx_has_out(n, k) || sdx_type_kind(t) == SDX_KIND_UNKNOWN)
            continue;
        sdx_set_out_type(c, k, t);
        int count = 0;
        const sdx_dim *elem = taken < 0 ? NULL : sdx_body_elems(c, branch[taken], k, &count);
        if (elem)
            sdx_set_out_elems(c, k, count, elem);
    }
}

static void lint(const sdx_node *n, sdx_infer *c)
{
    const sdx_node *from = sdx_producer(c, n, 0);
    int taken = known_condition(n);
    if (taken < 0 || (from && !sdx_is(from, "Constant"))) /* what is computed may vary elsewhere */
        return;
    sdx_warn(c, "constant-condition", "the condition is always %s: %s never runs",
             taken ? "true" : "false", branch[!taken]);
    sdx_point(c, 0, -1);
    sdx_hint(c, "put the nodes of %s in the place of this one, or give a condition that varies",
             branch[taken]);
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    const sdx_value *out[SDX_BODY_MOST];
    const sdx_tensor *cond = sdx_in(c, 0);
    int64_t taken;
    (void)state;
    if (sdx_elements(cond) != 1)
        return sdx_fail(c, SDX_E_SHAPE, "the condition has %lld elements",
                        (long long)sdx_elements(cond));
    sdx_load_i64(&taken, cond, 0, 1, 1);
    SDX_TRY(sdx_call(c, branch[taken != 0], 0, NULL, sdx_out_count(n), out));
    for (int k = 0; k < sdx_out_count(n); k++)
        SDX_TRY(sdx_set_out(c, k, out[k]));
    return SDX_OK;
}

static const sdx_op ops[] = {
    { SDX_OP(If), .schema = schema, .traits = SDX_PURE, .infer = infer, .lint = lint, .run = run },
    { 0 },
};
const sdx_family sdx_family_controlflow_if = { ops, 0 };
