/* ops/nn/group_normalization.c - GroupNormalization, InstanceNormalization.
 *
 * Both take mean and variance of what lies together in an item: a group of channels, or a channel,
 * and its spatial dims.  InstanceNormalization is GroupNormalization with a group for each channel.
 * The rule of the groups is stated here, and for the form in which exporters write it: Reshape to
 * [N, groups, -1], InstanceNormalization, Reshape.  Source: ONNX Operators.md,
 * GroupNormalization-21, InstanceNormalization-22; Changelog.md, GroupNormalization-18 (scale and
 * bias one for each group). */
#include <inttypes.h>
#include <math.h>
#include "common/advice.h"
#include "common/derivatives.h"
#include "common/moments.h"

static const sdx_schema group_schema[] = {
    { 18, "X:T scale:T bias:T -> Y:T | Newer", "num_groups:int! epsilon:float=1e-05",
      "T: float bf16" },
    { 21, "X:T scale:T bias:T -> Y:T", "stash_type:int=1 num_groups:int! epsilon:float=1e-05",
      NULL },
    { 0 },
};
static const sdx_schema instance_schema[] = {
    { 1, "input:T scale:T B:T -> output:T", "epsilon:float=1e-05 consumed_inputs:ints",
      "T: float" },
    { 6, NULL, "epsilon:float=1e-05", NULL },
    { 22, NULL, NULL, "T: float bf16" },
    { 0 },
};

/* ---- GroupNormalization: the rule ---- */

/* What the lengths of scale and bias say of the channels they were made for. */
static void hint_scale(const sdx_node *n, sdx_infer *c, sdx_dim channels)
{
    sdx_dim scale = sdx_in_dim(n, 1, 0);
    if (sdx_since(n) < 21 || !sdx_is_num(scale) || sdx_same(c, scale, channels) != SDX_NO)
        return;
    sdx_hint(
        c,
        "scale has %s elements, one for each channel: it was made for %s channels, which split into %s groups",
        sdx_show(c, scale), sdx_show(c, scale), sdx_divisors(c, scale));
}

static bool check_groups(const sdx_node *n, sdx_infer *c, sdx_dim channels, int64_t groups)
{
    if (groups < 1) {
        sdx_refuse(c, "groupnorm-groups",
                   "num_groups=%" PRId64 ": there has to be at least one group", groups);
        sdx_point(c, 0, 1);
        sdx_number(c, "num_groups", groups);
        sdx_hint(c, "num_groups may be %s", sdx_divisors(c, channels));
        return false;
    }
    if (sdx_must_divide(c, groups, channels, 0, 1) != SDX_NO)
        return true;
    sdx_refuse(c, "groupnorm-groups", "%s channels do not split into num_groups=%" PRId64,
               sdx_show(c, channels), groups);
    sdx_point(c, 0, 1);
    sdx_number(c, "num_groups", groups);
    sdx_hint(c, "num_groups may be %s", sdx_divisors(c, channels));
    hint_scale(n, c, channels);
    return false;
}

/* scale (1) and bias (2): from opset 21 on one for each channel, at 18 one for each group. */
static bool check_scale(const sdx_node *n, sdx_infer *c, int input, sdx_dim channels,
                        int64_t groups)
{
    bool each_channel = sdx_since(n) >= 21;
    sdx_dim have = sdx_in_dim(n, input, 0), want = each_channel ? channels : sdx_num(groups);
    if (!sdx_check_rank(c, input, 1, 1))
        return false;
    if (sdx_equal(c, have, want))
        return true;
    sdx_refuse(c, "groupnorm-scale", "%s has %s elements, opset %d wants one for each %s: %s",
               sdx_in_name(n, input), sdx_show(c, have), sdx_since(n),
               each_channel ? "channel" : "group", sdx_show(c, want));
    sdx_point(c, input, 0);
    sdx_point(c, 0, 1);
    if (each_channel && sdx_same(c, have, sdx_num(groups)) == SDX_YES)
        sdx_hint(c,
                 "%s elements are num_groups=%" PRId64
                 ", the form of opset 18: repeat each %s times, once for each channel "
                 "of its group",
                 sdx_show(c, have), groups, sdx_show(c, sdx_dim_div(c, channels, sdx_num(groups))));
    else if (!each_channel && sdx_same(c, have, channels) == SDX_YES)
        sdx_hint(
            c, "one for each of %s channels is the form of opset 21: import that, or give %" PRId64,
            sdx_show(c, channels), groups);
    else
        sdx_hint(c, "give %s elements", sdx_show(c, want));
    return false;
}

static void infer_group(const sdx_node *n, sdx_infer *c)
{
    int64_t groups = sdx_attr_int(n, "num_groups");
    sdx_dim channels = sdx_in_dim(n, 0, 1);
    if (!sdx_check_rank(c, 0, 2, SDX_MAX_RANK))
        return;
    sdx_set_out_like(c, 0, sdx_in_dims(n, 0));
    if (check_groups(n, c, channels, groups) && check_scale(n, c, 1, channels, groups))
        check_scale(n, c, 2, channels, groups);
}

static void lint_group(const sdx_node *n, sdx_infer *c)
{
    sdx_dim channels = sdx_in_dim(n, 0, 1);
    if (sdx_is_num(channels) && channels.n == sdx_attr_int(n, "num_groups"))
        sdx_advise_single(n, c, 2, sdx_in_dims(n, 0).rank, "bias");
}

/* ---- InstanceNormalization ---- */

static void infer_instance(const sdx_node *n, sdx_infer *c)
{
    if (!sdx_check_rank(c, 0, 3, SDX_MAX_RANK))
        return;
    sdx_set_out_like(c, 0, sdx_in_dims(n, 0));
    for (int i = 1; i < 3; i++) {
        if (!sdx_check_rank(c, i, 1, 1))
            return;
        if (sdx_equal(c, sdx_in_dim(n, 0, 1), sdx_in_dim(n, i, 0)))
            continue;
        sdx_refuse(c, "instancenorm-channels", "%s has %s elements, %s has %s channels",
                   sdx_in_name(n, i), sdx_show(c, sdx_in_dim(n, i, 0)), sdx_in_name(n, 0),
                   sdx_show(c, sdx_in_dim(n, 0, 1)));
        sdx_point(c, 0, 1);
        sdx_point(c, i, 0);
        sdx_hint(c, "scale and B have one element for each channel");
        return;
    }
}

/* GroupNormalization as exporters write it, with groups that cut through channels: legal, as the
 * Reshape only counts elements, and not what a group is. */
static void lint_instance(const sdx_node *n, sdx_infer *c)
{
    const sdx_node *from = sdx_producer(c, n, 0);
    sdx_dim groups = sdx_in_dim(n, 0, 1);
    sdx_advise_single(n, c, 2, sdx_in_dims(n, 0).rank, "B");
    if (!from || !sdx_is(from, "Reshape") || !sdx_is_num(groups) || groups.n < 1 ||
        sdx_in_dims(n, 0).rank != 3 || sdx_in_dims(from, 0).rank < 4)
        return;
    sdx_dim channels = sdx_in_dim(from, 0, 1), scale = sdx_in_dim(n, 1, 0);
    if (sdx_divides(c, groups.n, channels) != SDX_NO || !sdx_equal(c, scale, groups))
        return;
    sdx_warn(c, "groupnorm-decomposed",
             "%s channels are reshaped into %" PRId64 " groups, which cut through channels",
             sdx_show(c, channels), groups.n);
    sdx_point(c, 0, 1);
    sdx_number(c, "num_groups", groups.n);
    sdx_hint(c, "as GroupNormalization, num_groups may be %s", sdx_divisors(c, channels));
}

/* ---- both ---- */

typedef struct plan {
    /* parts: groups of the whole batch; channels of a group; places of one */
    int64_t parts, groups, channels, inner;
    bool each_channel; /* scale and bias: one for each channel; else for each group */
    double epsilon;
} plan;

static sdx_status prepare_as(const sdx_node *n, sdx_prepare *c, void **state, int64_t groups,
                             bool each_channel)
{
    sdx_shape x = sdx_in_shape(n, 0);
    plan *p = sdx_keep(c, sizeof *p);
    if (!p)
        return SDX_E_MEMORY;
    p->groups = groups;
    p->parts = x.dim[0] * groups;
    p->channels = groups ? x.dim[1] / groups : 0;
    p->inner = sdx_count(x, 2, x.rank);
    p->each_channel = each_channel;
    p->epsilon = sdx_attr_float(n, "epsilon");
    *state = p;
    return SDX_OK;
}

static sdx_status prepare_group(const sdx_node *n, sdx_prepare *c, void **state)
{
    return prepare_as(n, c, state, sdx_attr_int(n, "num_groups"), sdx_since(n) >= 21);
}

static sdx_status prepare_instance(const sdx_node *n, sdx_prepare *c, void **state)
{
    return prepare_as(n, c, state, sdx_in_shape(n, 0).dim[1], true);
}

typedef struct job {
    const plan *p;
    const sdx_tensor *x, *scale, *bias;
    sdx_tensor *y;
} job;

static sdx_status some_parts(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = arg;
    const plan *p = j->p;
    int64_t count = p->channels * p->inner;
    (void)scratch, (void)c;
    for (int64_t i = begin; i < end; i++) {
        int64_t group = i % p->groups;
        double mean = sdx_sum(j->x, i * count, 1, count) / (double)count;
        double var = sdx_sum_squares(j->x, i * count, 1, count, mean) / (double)count;
        double factor = 1 / sqrt(var + p->epsilon), scale, bias;
        for (int64_t k = 0; k < p->channels; k++) {
            int64_t at = p->each_channel ? group * p->channels + k : group;
            sdx_load_f64(&scale, j->scale, at, 1, 1);
            sdx_load_f64(&bias, j->bias, at, 1, 1);
            sdx_scale_run(j->y, j->x, i * count + k * p->inner, 1, p->inner, scale * factor,
                          bias - mean * factor * scale);
        }
    }
    return SDX_OK;
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    const plan *p = state;
    job j = { p, sdx_in(c, 0), sdx_in(c, 1), sdx_in(c, 2), sdx_out(c, 0) };
    (void)n;
    return sdx_parallel(c, p->parts, 1 + 32768 / (1 + p->channels * p->inner), some_parts, &j);
}

static const sdx_op ops[] = {
    { SDX_OP(GroupNormalization), .derive = sdx_derive_group_norm, .schema = group_schema,
      .limits = "stash_type:1|10|11|16 ?epsilon:[0,) ?scale:(,) ?bias:(,)", .traits = SDX_PURE,
      .inplace = 1, .infer = infer_group, .lint = lint_group, .prepare = prepare_group,
      .run = run },
    { SDX_OP(InstanceNormalization), .derive = sdx_derive_group_norm, .schema = instance_schema,
      .limits = "?epsilon:[0,) ?scale:(,) ?B:(,)", .traits = SDX_PURE, .inplace = 1,
      .infer = infer_instance, .lint = lint_instance, .prepare = prepare_instance, .run = run },
    { 0 },
};
const sdx_family sdx_family_nn_group_normalization = { ops, 0 };
