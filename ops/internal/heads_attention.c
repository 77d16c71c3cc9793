/* ops/internal/heads_attention.c - HeadsAttention, of the domain "sdx": Attention of heads where
 * they lie.
 *
 * Queries, keys and values are each [batch, heads, steps, size], or [batch, steps, width]: a head
 * then has its numbers from offset + step * head on.  So all three may be parts of one product. The
 * result is [batch, steps, heads * size].  A rewrite makes it of Attention and the Transposes
 * around it; what it computes, and by what, is in nn/attention. */
#include "nn/attention/plan.h"
#include <inttypes.h>
#include <math.h>

static const sdx_schema schema[] = {
    { 1, "Q:T K:T V:T attn_mask?:U -> Y:T",
      "q_num_heads:int! kv_num_heads:int! sizes:ints! offsets:ints! steps:ints! scale:float! "
      "softcap:float=0.0 is_causal:int=0 as_softmax:int=0",
      "T: float bf16; U: numeric bf16 bool" },
    { 0 },
};

enum { IN_Q, IN_K, IN_V, IN_MASK, HEADS = 3 };

/* What the attributes say of an input. */
typedef struct heads {
    int64_t count, size, offset, step;
} heads;

static heads heads_of(const sdx_node *n, int i)
{
    int count;
    return (heads){ sdx_attr_int(n, i == IN_Q ? "q_num_heads" : "kv_num_heads"),
                    sdx_attr_ints(n, "sizes", &count)[i == IN_V],
                    sdx_attr_ints(n, "offsets", &count)[i], sdx_attr_ints(n, "steps", &count)[i] };
}

/* ---- infer ---- */

static bool check_count(const sdx_node *n, sdx_infer *c, const char *name, int64_t least, int want)
{
    int count;
    const int64_t *v = sdx_attr_ints(n, name, &count);
    for (int i = 0; i < count && count == want; i++)
        if (v[i] < least || v[i] > INT32_MAX)
            count = -1;
    if (count == want)
        return true;
    sdx_refuse(c, "attribute-value", "%s has to be %d numbers from %" PRId64 " on", name, want,
               least);
    sdx_hint(c, "say where the heads of Q, K and V lie");
    return false;
}

static bool check_input(const sdx_node *n, sdx_infer *c, int i)
{
    heads h = heads_of(n, i);
    sdx_dims x = sdx_in_dims(n, i);
    if (!sdx_check_rank(c, i, 3, 4))
        return false;
    if (x.rank == 4 &&
        (!sdx_equal(c, x.dim[1], sdx_num(h.count)) || !sdx_equal(c, x.dim[3], sdx_num(h.size)))) {
        sdx_refuse(c, "attention-shape", "%s is not of %" PRId64 " heads of %" PRId64,
                   sdx_in_name(n, i), h.count, h.size);
    } else if (x.rank == 3 && sdx_is_num(x.dim[2]) &&
               (h.count - 1) * h.step > x.dim[2].n - h.size - h.offset) {
        sdx_refuse(c, "attention-shape",
                   "%" PRId64 " heads of %" PRId64 ", %" PRId64 " apart, from %" PRId64
                   " on, are more than the %" PRId64 " columns of %s",
                   h.count, h.size, h.step, h.offset, x.dim[2].n, sdx_in_name(n, i));
    } else {
        return true;
    }
    sdx_point(c, i, -1);
    sdx_hint(c, "heads lie within a row");
    return false;
}

static void infer(const sdx_node *n, sdx_infer *c)
{
    if (!sdx_check_limits(c, "q_num_heads:[1,65536] kv_num_heads:[1,65536] scale:[0,)") ||
        !check_count(n, c, "sizes", 1, 2) || !check_count(n, c, "offsets", 0, HEADS) ||
        !check_count(n, c, "steps", 0, HEADS) ||
        !attention_check_heads(c, sdx_num(heads_of(n, IN_Q).count),
                               sdx_num(heads_of(n, IN_K).count)))
        return;
    sdx_dim batch[HEADS], steps[HEADS];
    for (int i = 0; i < HEADS; i++) {
        if (!check_input(n, c, i))
            return;
        batch[i] = sdx_in_dim(n, i, 0);
        steps[i] = sdx_in_dim(n, i, sdx_in_dims(n, i).rank - 2);
    }
    if (!attention_agree(n, c, IN_Q, IN_K, batch[IN_Q], batch[IN_K], "the batch") ||
        !attention_agree(n, c, IN_K, IN_V, batch[IN_K], batch[IN_V], "the batch") ||
        !attention_agree(n, c, IN_K, IN_V, steps[IN_K], steps[IN_V], "the number of keys"))
        return;
    heads q = heads_of(n, IN_Q), v = heads_of(n, IN_V);
    sdx_dim scores[4] = { batch[IN_Q], sdx_num(q.count), steps[IN_Q], steps[IN_K] };
    if (sdx_has_in(n, IN_MASK) && !attention_check_mask(n, c, IN_MASK, false, scores))
        return;
    sdx_set_out_dims(c, 0, 3, (sdx_dim[]){ batch[IN_Q], steps[IN_Q], sdx_num(q.count * v.size) });
}

/* ---- prepare and run ---- */

static attention_rows rows_of(sdx_shape x, heads h)
{
    if (x.rank == 4)
        return (attention_rows){ h.count * x.dim[2] * h.size, x.dim[2] * h.size, h.size, 0 };
    return (attention_rows){ x.dim[1] * x.dim[2], h.step, x.dim[2], h.offset };
}

static sdx_status prepare(const sdx_node *n, sdx_prepare *c, void **state)
{
    attention_plan *p = sdx_keep(c, sizeof *p);
    if (!p)
        return SDX_E_MEMORY;
    sdx_shape q = sdx_in_shape(n, IN_Q), k = sdx_in_shape(n, IN_K), v = sdx_in_shape(n, IN_V);
    heads hq = heads_of(n, IN_Q), hv = heads_of(n, IN_V);
    *p = (attention_plan){ .B = q.dim[0],
                           .HQ = hq.count,
                           .HK = hv.count,
                           .G = hq.count / hv.count,
                           .S = q.dim[q.rank - 2],
                           .K = k.dim[k.rank - 2],
                           .T = k.dim[k.rank - 2],
                           .masked = k.dim[k.rank - 2],
                           .D = hq.size,
                           .DV = hv.size,
                           .q = rows_of(q, hq),
                           .k = rows_of(k, heads_of(n, IN_K)),
                           .v = rows_of(v, hv),
                           .scale = sdx_attr_float(n, "scale"),
                           .softcap = sdx_attr_float(n, "softcap"),
                           .unseen = sdx_attr_int(n, "as_softmax") ? NAN : 0,
                           .left = -1,
                           .right = -1,
                           .causal = sdx_attr_int(n, "is_causal") != 0,
                           .softmax = sdx_in_dtype(n, IN_Q),
                           .weights = sdx_in_dtype(n, IN_Q) };
    p->y = (attention_rows){ p->S * p->HQ * p->DV, p->DV, p->HQ * p->DV, 0 };
    sdx_dtype mask = SDX_F32;
    if (sdx_has_in(n, IN_MASK)) {
        attention_set_mask(p, sdx_in_shape(n, IN_MASK), 1);
        mask = sdx_in_dtype(n, IN_MASK);
    }
    attention_choose(c, p,
                     sdx_in_dtype(n, IN_Q) == SDX_F32 && (mask == SDX_F32 || mask == SDX_BOOL) &&
                         (!sdx_has_in(n, IN_MASK) || p->mask[3] == 1));
    *state = p;
    return SDX_OK;
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    attention_job j = { .p = state,
                        .q = sdx_in(c, IN_Q),
                        .k = sdx_in(c, IN_K),
                        .v = sdx_in(c, IN_V),
                        .mask = sdx_has_in(n, IN_MASK) ? sdx_in(c, IN_MASK) : NULL,
                        .y = sdx_out(c, 0) };
    return attention_run(&j, c);
}

static sdx_dim macs(const sdx_node *n, sdx_infer *c)
{
    int rank = sdx_in_dims(n, IN_K).rank;
    heads q = heads_of(n, IN_Q), v = heads_of(n, IN_V);
    sdx_dim rows = sdx_dim_mul(c, sdx_out_dims(n, 0).dim[0], sdx_out_dims(n, 0).dim[1]);
    return sdx_dim_mul(c, sdx_dim_mul(c, rows, sdx_in_dim(n, IN_K, rank - 2)),
                       sdx_num(q.count * (q.size + v.size)));
}

static const sdx_op ops[] = {
    { SDX_OP(HeadsAttention), .domain = "sdx", .schema = schema, .traits = SDX_PURE, .infer = infer,
      .prepare = prepare, .run = run, .macs = macs },
    { 0 },
};
const sdx_family sdx_family_internal_heads_attention = { ops, 0 };
