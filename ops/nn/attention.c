/* ops/nn/attention.c - Attention.
 *
 * Rules and the plan are here; attention/blocks.c runs floats, attention/rows.c all else and
 * whoever asks for the matrix of scores.
 * Source: ONNX Operators.md, Attention-25; Changelog.md, Attention-23, -24 (nonpad_kv_seqlen), -25
 * (windows). */
#include "common/check.h"
#include "common/walk.h"
#include "nn/attention/plan.h"
#include <inttypes.h>
#include <math.h>

static const sdx_schema schema[] = {
    { 23,
      "Q:T1 K:T1 V:T2 attn_mask?:U past_key?:T1 past_value?:T2 -> Y:T1 present_key?:T1 "
      "present_value?:T2 qk_matmul_output?:T1",
      "qk_matmul_output_mode:int=0 softcap:float=0.0 softmax_precision:int "
      "kv_num_heads:int q_num_heads:int scale:float is_causal:int=0",
      "T1: float bf16; T2: float bf16; U: numeric bf16 bool" },
    { 24,
      "Q:T1 K:T1 V:T2 attn_mask?:U past_key?:T1 past_value?:T2 nonpad_kv_seqlen?:i64 -> "
      "Y:T1 present_key?:T1 present_value?:T2 qk_matmul_output?:T1",
      NULL, NULL },
    { 25, NULL,
      "right_window_size:int=-1 left_window_size:int=-1 qk_matmul_output_mode:int=0 "
      "softcap:float=0.0 softmax_precision:int kv_num_heads:int q_num_heads:int "
      "scale:float is_causal:int=0",
      NULL },
    { 0 },
};
/* What a model wrote with MatMul and Softmax: its own words for queries that a mask leaves
 * nothing. */
static const sdx_schema softmax_schema[] = {
    { 1, "Q:T K:T V:T attn_mask?:T -> Y:T",
      "softcap:float=0.0 softmax_precision:int kv_num_heads:int q_num_heads:int scale:float "
      "is_causal:int=0 qk_matmul_output_mode:int=0",
      "T: f32" },
    { 0 },
};

enum { IN_Q, IN_K, IN_V, IN_MASK, IN_PAST_K, IN_PAST_V, IN_VALID };
enum { OUT_Y, OUT_K, OUT_V, OUT_QK };

/* ---- infer ---- */

/* An input as [batch, heads, steps, size], whichever way it lies. */
typedef struct head_dims {
    sdx_dim batch, heads, steps, size;
} head_dims;

static bool split_heads(const sdx_node *n, sdx_infer *c, int input, const char *attribute,
                        head_dims *h)
{
    sdx_dims x = sdx_in_dims(n, input);
    int64_t count = sdx_attr_int(n, attribute);
    *h = (head_dims){ sdx_unknown(), sdx_unknown(), sdx_unknown(), sdx_unknown() };
    if (!sdx_check_rank(c, input, 3, 4))
        return false;
    if (x.rank == 4)
        *h = (head_dims){ x.dim[0], x.dim[1], x.dim[2], x.dim[3] };
    if (x.rank != 3)
        return true;
    if (!sdx_check_heads(n, c, attribute, count, input, 2, x.dim[2]))
        return false;
    *h = (head_dims){ x.dim[0], sdx_num(count), x.dim[1],
                      sdx_dim_div(c, x.dim[2], sdx_num(count)) };
    return true;
}

/* Input a has p of something, input b has q of it. */
bool attention_agree(const sdx_node *n, sdx_infer *c, int a, int b, sdx_dim p, sdx_dim q,
                     const char *what)
{
    if (!sdx_has_in(n, a) || !sdx_has_in(n, b) || sdx_equal(c, p, q))
        return true;
    sdx_refuse(c, "attention-shape", "%s is %s in %s and %s in %s", what, sdx_show(c, p),
               sdx_in_name(n, a), sdx_show(c, q), sdx_in_name(n, b));
    sdx_point(c, a, -1);
    sdx_point(c, b, -1);
    sdx_hint(c, "make both %s or both %s", sdx_show(c, p), sdx_show(c, q));
    return false;
}

static bool check_attributes(const sdx_node *n, sdx_infer *c)
{
    int64_t precision = sdx_attr_int(n, "softmax_precision");
    if (sdx_has_attr(n, "softmax_precision") && precision != SDX_F32 && precision != SDX_F16 &&
        precision != SDX_F64 && precision != SDX_BF16) {
        sdx_refuse(c, "attribute-value", "softmax_precision=%" PRId64 " is no type of floats",
                   precision);
        sdx_hint(c, "it may be 1 (float), 10 (float16), 11 (double) or 16 (bfloat16)");
        return false;
    }
    if (sdx_has_attr(n, "scale") && !(sdx_attr_float(n, "scale") >= 0)) {
        sdx_refuse(c, "attribute-value", "scale is %s, and its square root is wanted",
                   sdx_text(c, "%.9g", sdx_attr_float(n, "scale")));
        sdx_hint(c, "leave it out for 1 / sqrt(size of a head)");
        return false;
    }
    return true;
}

/* All of 3 dims or all of 4; 4-D keys that 3-D queries meet come from a cache and are let pass.
 * Opset 25 forbids to say heads twice. */
static bool check_ranks(const sdx_node *n, sdx_infer *c)
{
    int q = sdx_in_dims(n, IN_Q).rank, k = sdx_in_dims(n, IN_K).rank, v = sdx_in_dims(n, IN_V).rank;
    bool said = sdx_has_attr(n, "q_num_heads") || sdx_has_attr(n, "kv_num_heads");
    if (q == 4 && said && sdx_since(n) >= 25) {
        sdx_refuse(c, "attention-heads", "%s is given, and Q of rank 4 has its heads as dim 1",
                   sdx_has_attr(n, "q_num_heads") ? "q_num_heads" : "kv_num_heads");
        sdx_point(c, IN_Q, 1);
        sdx_hint(c, "leave q_num_heads and kv_num_heads out; they are for 3-D inputs");
        return false;
    }
    if (q < 0 || k < 0 || v < 0 || (k == v && (q == 3 || k == 4)))
        return true;
    sdx_refuse(c, "attention-shape", "Q has %d dims, K %d and V %d", q, k, v);
    for (int i = IN_Q; i <= IN_V; i++)
        sdx_point(c, i, -1);
    sdx_hint(c, "all have 3, [batch, steps, heads x size], or 4, [batch, heads, steps, size]");
    return false;
}

/* Past rows, of which there may be none. */
static bool check_past(const sdx_node *n, sdx_infer *c, const head_dims *k, const head_dims *v,
                       sdx_dim *past)
{
    *past = sdx_num(0);
    if (!sdx_check_both(n, c, "attention-shape", IN_PAST_K, IN_PAST_V))
        return false;
    bool joined = sdx_has_in(n, IN_PAST_K) ||
                  (sdx_since(n) >= 25 && (sdx_has_out(n, OUT_K) || sdx_has_out(n, OUT_V)));
    if (joined && sdx_has_in(n, IN_VALID)) {
        sdx_refuse(c, "attention-shape", "nonpad_kv_seqlen is given with %s",
                   sdx_has_in(n, IN_PAST_K) ? "past_key" : "a present one");
        sdx_hint(c, "a cache is either joined here (past_key) or outside (nonpad_kv_seqlen)");
        return false;
    }
    if (!sdx_has_in(n, IN_PAST_K))
        return true;
    if (!sdx_check_rank(c, IN_PAST_K, 4, 4) || !sdx_check_rank(c, IN_PAST_V, 4, 4))
        return false;
    *past = sdx_in_dim(n, IN_PAST_K, 2);
    const head_dims *now[] = { k, v };
    for (int i = 0; i < 2; i++)
        if (!attention_agree(n, c, IN_PAST_K + i, IN_K + i, sdx_in_dim(n, IN_PAST_K + i, 0),
                             now[i]->batch, "the batch") ||
            !attention_agree(n, c, IN_PAST_K + i, IN_K + i, sdx_in_dim(n, IN_PAST_K + i, 1),
                             now[i]->heads, "the number of heads") ||
            !attention_agree(n, c, IN_PAST_K + i, IN_K + i, sdx_in_dim(n, IN_PAST_K + i, 3),
                             now[i]->size, "the size of a head"))
            return false;
    return attention_agree(n, c, IN_PAST_K, IN_PAST_V, *past, sdx_in_dim(n, IN_PAST_V, 2),
                           "the number of past keys");
}

bool attention_check_mask(const sdx_node *n, sdx_infer *c, int in, bool may_end,
                          const sdx_dim *scores)
{
    sdx_dims m = sdx_in_dims(n, in);
    if (!sdx_check_rank(c, in, 0, 4))
        return false;
    for (int k = 0; k < m.rank; k++) {
        int at = 4 - m.rank + k;
        sdx_dim d = m.dim[k], want = scores[at];
        bool one = sdx_is_num(d) && d.n == 1,
             less = at == 3 && may_end && (!sdx_is_num(d) || !sdx_is_num(want) || d.n < want.n);
        if (one || less || sdx_same(c, d, want) != SDX_NO)
            continue;
        sdx_refuse(c, "attention-shape",
                   "attn_mask is %s, which does not broadcast to scores of %s", sdx_show_dims(c, m),
                   sdx_show_dims(c, (sdx_dims){ 4, scores }));
        sdx_point(c, in, k);
        sdx_hint(c, "from the right its dims are those of [batch, heads, queries, keys], or 1");
        return false;
    }
    return true;
}

bool attention_check_heads(sdx_infer *c, sdx_dim q, sdx_dim k)
{
    if (!sdx_is_num(k) || (k.n >= 1 && sdx_divides(c, k.n, q) != SDX_NO))
        return true;
    sdx_refuse(c, "attention-heads", "%s heads of queries do not split among %s heads of keys",
               sdx_show(c, q), sdx_show(c, k));
    sdx_point(c, IN_Q, -1);
    sdx_point(c, IN_K, -1);
    sdx_hint(c, "the heads of keys may be %s", sdx_divisors(c, q));
    return false;
}

static void infer(const sdx_node *n, sdx_infer *c)
{
    head_dims q, k, v;
    sdx_dim past;
    int rank = sdx_in_dims(n, IN_Q).rank;
    if (!check_attributes(n, c) || !split_heads(n, c, IN_Q, "q_num_heads", &q) ||
        !split_heads(n, c, IN_K, "kv_num_heads", &k) ||
        !split_heads(n, c, IN_V, "kv_num_heads", &v) || !check_ranks(n, c) ||
        !attention_check_heads(c, q.heads, k.heads))
        return;
    if (!attention_agree(n, c, IN_Q, IN_K, q.batch, k.batch, "the batch") ||
        !attention_agree(n, c, IN_K, IN_V, k.batch, v.batch, "the batch") ||
        !attention_agree(n, c, IN_K, IN_V, k.steps, v.steps, "the number of keys") ||
        !attention_agree(n, c, IN_Q, IN_K, q.size, k.size, "the size of a head") ||
        !attention_agree(n, c, IN_K, IN_V, k.heads, v.heads, "the number of heads") ||
        !check_past(n, c, &k, &v, &past))
        return;
    sdx_dim total = sdx_is_unknown(past) || sdx_is_unknown(k.steps) ? sdx_unknown()
                                                                    : sdx_dim_add(c, past, k.steps);
    sdx_dim flat[3] = { q.batch, q.steps, sdx_dim_mul(c, q.heads, v.size) },
            y[4] = { q.batch, q.heads, q.steps, v.size };
    sdx_dim more[3][4] = { { q.batch, k.heads, total, k.size },
                           { q.batch, k.heads, total, v.size },
                           { q.batch, q.heads, q.steps, total } };
    if (sdx_has_in(n, IN_MASK) && !attention_check_mask(n, c, IN_MASK, sdx_since(n) >= 24, more[2]))
        return;
    if (sdx_has_in(n, IN_VALID) &&
        (!sdx_check_rank(c, IN_VALID, 1, 1) ||
         !attention_agree(n, c, IN_VALID, IN_Q, sdx_in_dim(n, IN_VALID, 0), q.batch, "the batch")))
        return;
    if (sdx_has_out(n, OUT_Y) && rank >= 0)
        sdx_set_out_dims(c, OUT_Y, rank, rank == 3 ? flat : y);
    for (int o = OUT_K; o <= OUT_QK; o++)
        if (sdx_has_out(n, o))
            sdx_set_out_dims(c, o, 4, more[o - OUT_K]);
}

/* ---- prepare ---- */

/* A number of keys beside the query; -1, and whatever reaches past all keys, is no bound. */
static int64_t window(const sdx_node *n, const char *side, const attention_plan *p)
{
    int64_t size = sdx_since(n) >= 25 ? sdx_attr_int(n, side) : -1;
    return size > p->T + p->S ? -1 : size;
}

static sdx_status prepare(const sdx_node *n, sdx_prepare *c, void **state)
{
    attention_plan *p = sdx_keep(c, sizeof *p);
    if (!p)
        return SDX_E_MEMORY;
    attention_lay_out(p, sdx_in_shape(n, IN_Q), sdx_in_shape(n, IN_K), sdx_in_shape(n, IN_V),
                      sdx_attr_int(n, "q_num_heads"), sdx_attr_int(n, "kv_num_heads"));
    if (sdx_has_in(n, IN_PAST_K))
        attention_add_past(p, sdx_in_shape(n, IN_PAST_K), sdx_in_shape(n, IN_PAST_V));
    if (sdx_has_attr(n, "scale"))
        p->scale = sdx_attr_float(n, "scale");
    p->softcap = sdx_attr_float(n, "softcap");
    p->left = window(n, "left_window_size", p);
    p->right = window(n, "right_window_size", p);
    p->mode = sdx_attr_int(n, "qk_matmul_output_mode");
    p->causal = sdx_attr_int(n, "is_causal") != 0;
    p->softmax = sdx_has_attr(n, "softmax_precision")
                     ? (sdx_dtype)sdx_attr_int(n, "softmax_precision")
                     : sdx_in_dtype(n, IN_Q);
    p->weights = sdx_in_dtype(n, IN_Q);
    if (sdx_has_in(n, IN_MASK))
        attention_set_mask(p, sdx_in_shape(n, IN_MASK), sdx_since(n));
    sdx_dtype mask = sdx_has_in(n, IN_MASK) ? sdx_in_dtype(n, IN_MASK) : SDX_F32;
    bool floats = sdx_in_dtype(n, IN_Q) == SDX_F32 && sdx_in_dtype(n, IN_V) == SDX_F32 &&
                  (mask == SDX_F32 || mask == SDX_BOOL) && !sdx_has_out(n, OUT_QK);
    attention_choose(c, p, floats && (!sdx_has_in(n, IN_MASK) || p->mask[3] == 1));
    *state = p;
    return SDX_OK;
}

static sdx_status prepare_softmax(const sdx_node *n, sdx_prepare *c, void **state)
{
    SDX_TRY(prepare(n, c, state));
    ((attention_plan *)*state)->unseen = NAN;
    return SDX_OK;
}

/* ---- run ---- */

/* Past and new rows, one after the other. */
static sdx_status put_present(const attention_plan *p, sdx_run *c, sdx_tensor *y,
                              const sdx_tensor *past, const attention_rows *pr,
                              const sdx_tensor *now, const attention_rows *r, int64_t size)
{
    int64_t stride = p->T * size;
    sdx_walk w;
    if (past) {
        sdx_walk_set(&w, 4, (int64_t[]){ p->B, p->HK, p->P, size },
                     (int64_t[]){ p->HK * stride, stride, size, 1 },
                     (int64_t[]){ pr->batch, pr->head, pr->step, 1 });
        SDX_TRY(sdx_walk_copy(c, &w, y, 0, past, 0));
    }
    sdx_walk_set(&w, 4, (int64_t[]){ p->B, p->HK, p->K, size },
                 (int64_t[]){ p->HK * stride, stride, size, 1 },
                 (int64_t[]){ r->batch, r->head, r->step, 1 });
    return sdx_walk_copy(c, &w, y, p->P * size, now, 0);
}

static sdx_status check_valid(const attention_plan *p, const sdx_tensor *valid, sdx_run *c)
{
    for (int64_t b = 0; valid && b < p->B; b++) {
        int64_t keys = ((const int64_t *)valid->data)[b];
        if (keys < 0 || keys > p->T)
            return sdx_fail(c, SDX_E_VALUE,
                            "nonpad_kv_seqlen[%" PRId64 "]=%" PRId64 ", but there are %" PRId64
                            " keys",
                            b, keys, p->T);
    }
    return SDX_OK;
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    const attention_plan *p = state;
    attention_job j = { .p = p, .q = sdx_in(c, IN_Q), .k = sdx_in(c, IN_K), .v = sdx_in(c, IN_V) };
    const sdx_tensor **more[] = { &j.mask, &j.past_k, &j.past_v, &j.valid };
    for (int i = IN_MASK; i <= IN_VALID; i++)
        *more[i - IN_MASK] = sdx_has_in(n, i) ? sdx_in(c, i) : NULL;
    j.y = sdx_has_out(n, OUT_Y) ? sdx_out(c, OUT_Y) : NULL;
    j.qk = sdx_has_out(n, OUT_QK) ? sdx_out(c, OUT_QK) : NULL;
    SDX_TRY(check_valid(p, j.valid, c));
    if (sdx_has_out(n, OUT_K) && sdx_out(c, OUT_K))
        SDX_TRY(put_present(p, c, sdx_out(c, OUT_K), j.past_k, &p->past_k, j.k, &p->k, p->D));
    if (sdx_has_out(n, OUT_V) && sdx_out(c, OUT_V))
        SDX_TRY(put_present(p, c, sdx_out(c, OUT_V), j.past_v, &p->past_v, j.v, &p->v, p->DV));
    return attention_run(&j, c);
}

sdx_dim attention_macs(const sdx_node *n, sdx_infer *c, sdx_dim keys)
{
    sdx_dim q = sdx_dim_product(c, sdx_in_dims(n, IN_Q), 0, SDX_MAX_RANK),
            y = sdx_dim_product(c, sdx_out_dims(n, OUT_Y), 0, SDX_MAX_RANK);
    return sdx_dim_mul(c, sdx_dim_add(c, q, y), keys);
}

static sdx_dim macs(const sdx_node *n, sdx_infer *c)
{
    sdx_dim keys = sdx_in_dim(n, IN_K, sdx_in_dims(n, IN_K).rank - 2);
    if (sdx_has_in(n, IN_PAST_K))
        keys = sdx_dim_add(c, keys, sdx_in_dim(n, IN_PAST_K, 2));
    return attention_macs(n, c, keys);
}

static const sdx_op ops[] = {
    { SDX_OP(Attention), .schema = schema,
      .limits =
          "softcap:[0,) q_num_heads:[1,) kv_num_heads:[1,) ?is_causal:0|1 qk_matmul_output_mode:0|1|2|3 left_window_size:[-1,) right_window_size:[-1,)",
      .traits = SDX_PURE, .infer = infer, .prepare = prepare, .run = run, .macs = macs },
    { SDX_OP(Attention), .domain = "sdx", .schema = softmax_schema, .traits = SDX_PURE,
      .infer = infer, .prepare = prepare_softmax, .run = run, .macs = macs },
    { 0 },
};
const sdx_family sdx_family_nn_attention = { ops, sizeof(attention_kernels) };
