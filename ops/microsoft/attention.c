/* ops/microsoft/attention.c - Attention, QAttention and MultiHeadAttention of com.microsoft, by
 * Attention of the standard.
 *
 * Attention and QAttention project their input to queries, keys and values first, with weights that
 * are side by side; MultiHeadAttention gets the three, in one of several layouts, and adds a bias.
 * Source: onnxruntime, ContribOperators.md, the section of each, version 1. */
#include <inttypes.h>
#include "common/check.h"
#include "microsoft/attention/tail.h"

static const sdx_schema attention_schema[] = {
    { 1,
      "input:T weights:T bias?:T mask_index?:M past?:T attention_bias?:T past_sequence_length?:M "
      "-> output:T present?:T",
      "do_rotary:int mask_filter_value:float num_heads:int! past_present_share_buffer:int "
      "qkv_hidden_sizes:ints rotary_embedding_dim:int scale:float unidirectional:int=0",
      "T: f32 f16 bf16; M: i32" },
    { 0 },
};
static const sdx_schema quantized_schema[] = {
    { 1,
      "input:T1 weight:T2 bias:T3 input_scale:T3 weight_scale:T3 mask_index?:T4 "
      "input_zero_point?:T1 weight_zero_point?:T2 past?:T3 -> output:T3 present?:T3",
      "do_rotary:int mask_filter_value:float num_heads:int! past_present_share_buffer:int "
      "scale:float unidirectional:int=0",
      "T1: i8 u8; T2: i8 u8; T3: f32 f16; T4: i32" },
    { 0 },
};
static const sdx_schema heads_schema[] = {
    { 1,
      "query:T key?:T value?:T bias?:T key_padding_mask?:M attention_bias?:T past_key?:T "
      "past_value?:T past_sequence_length?:M cache_indirection?:M -> output:T present_key?:T "
      "present_value?:T qk?:QK",
      "mask_filter_value:float num_heads:int! scale:float unidirectional:int=0",
      "T: f32 f16 bf16; M: i32; QK: f32 f16 bf16" },
    { 0 },
};

static const char rule[] = "attention-shape";

/* ---- Attention and QAttention: one product for all three ---- */

enum { IN_X, IN_W, IN_BIAS };

/* Where the two differ: which input is what. */
typedef struct projection {
    microsoft_masks masks;
    int past;
    bool quantized;
} projection;
static const projection plain = { { 3, 5, "mask_index", "attention_bias", true }, 4, false },
                        quantized = { { 5, -1, "mask_index", NULL, true }, 8, true };

/* Numbers of a query, a key and a value of all heads; false: refused. */
static bool split_weights(const sdx_node *n, sdx_infer *c, sdx_dim *size)
{
    int count = 0;
    const int64_t *given = sdx_attr_ints(n, "qkv_hidden_sizes", &count);
    sdx_dim all = sdx_in_dim(n, IN_W, 1), sum = sdx_num(0);
    if (given && count != 3) {
        sdx_refuse(c, "attention-heads", "qkv_hidden_sizes has %d entr%s, must have 3", count,
                   count == 1 ? "y" : "ies");
        sdx_hint(c, "give the numbers of a query, of a key and of a value, of all heads");
        return false;
    }
    if (!given && sdx_must_divide(c, 3, all, IN_W, 1) == SDX_NO) {
        sdx_refuse(c, "attention-heads", "%s columns of weights do not split into three parts",
                   sdx_show(c, all));
        sdx_point(c, IN_W, 1);
        sdx_hint(c,
                 "queries, keys and values get a third each, if qkv_hidden_sizes does not say how "
                 "many");
        return false;
    }
    for (int i = 0; i < 3; i++) {
        size[i] = given ? sdx_num(given[i]) : sdx_dim_div(c, all, sdx_num(3));
        sum = sdx_dim_add(c, sum, size[i]);
        if (given && given[i] < 1) {
            sdx_refuse(c, "attention-heads", "qkv_hidden_sizes[%d] is %" PRId64, i, given[i]);
            sdx_hint(c, "each is a multiple of num_heads, above 0");
            return false;
        }
        if (!microsoft_check_heads(n, c, IN_W, 1, size[i]))
            return false;
    }
    if (given && given[0] != given[1]) {
        sdx_refuse(c, "attention-heads",
                   "qkv_hidden_sizes[0] is %" PRId64 " and qkv_hidden_sizes[1] is %" PRId64,
                   given[0], given[1]);
        sdx_hint(c, "queries are as long as keys: make both %" PRId64 " or both %" PRId64, given[0],
                 given[1]);
        return false;
    }
    return !given || sdx_check_dim(n, c, rule, IN_W, 1, sum, "the sum of qkv_hidden_sizes");
}

static void infer_projected(const sdx_node *n, sdx_infer *c)
{
    const projection *p = sdx_variant(n);
    sdx_dim size[3], heads = sdx_num(sdx_attr_int(n, "num_heads")), batch = sdx_in_dim(n, IN_X, 0),
                     steps = sdx_in_dim(n, IN_X, 1), keys = steps;
    if (!sdx_check_rank(c, IN_X, 3, 3) || !sdx_check_rank(c, IN_W, 2, 2) ||
        (sdx_has_in(n, IN_BIAS) && !sdx_check_rank(c, IN_BIAS, 1, 1)) ||
        !sdx_check_dim(n, c, rule, IN_W, 0, sdx_in_dim(n, IN_X, 2), "the numbers of a step") ||
        !sdx_check_dim(n, c, rule, IN_BIAS, 0, sdx_in_dim(n, IN_W, 1), "the columns of weights") ||
        !split_weights(n, c, size))
        return;
    sdx_dim each = sdx_dim_div(c, size[1], heads);
    if (sdx_has_in(n, p->past)) {
        if (!sdx_check_rank(c, p->past, 5, 5) ||
            !sdx_check_dim(n, c, rule, p->past, 0, sdx_num(2), "keys and values") ||
            !sdx_check_dim(n, c, rule, p->past, 1, batch, "the batch") ||
            !sdx_check_dim(n, c, rule, p->past, 2, heads, "num_heads") ||
            !sdx_check_dim(n, c, rule, p->past, 4, each, "the size of a head"))
            return;
        keys = sdx_dim_add(c, steps, sdx_in_dim(n, p->past, 3));
    }
    sdx_dim scores[4] = { batch, heads, steps, keys }, y[3] = { batch, steps, size[2] },
            present[5] = { sdx_num(2), batch, heads, keys, each };
    if (!microsoft_check_masks(n, c, &p->masks, scores))
        return;
    sdx_set_out_dims(c, 0, 3, y);
    if (sdx_has_out(n, 1))
        sdx_set_out_dims(c, 1, 5, present);
}

/* Why it cannot be run, which ONNX Runtime on a CPU cannot either; NULL: it can. */
static const char *projected_unsupported(const sdx_node *n)
{
    const projection *p = sdx_variant(n);
    return sdx_attr_int(n, "do_rotary") ? "do_rotary is not supported"
           : sdx_attr_int(n, "past_present_share_buffer")
               ? "past_present_share_buffer is not supported"
               : microsoft_unsupported(n, &p->masks);
}

static void lint_projected(const sdx_node *n, sdx_infer *c)
{
    sdx_remark_unsupported(c, projected_unsupported(n));
}

/* x = the product of input and weights, with its bias. */
static sdx_status project(const sdx_node *n, sdx_rewrite *c, const projection *p)
{
    const char *bias = sdx_has_in(n, IN_BIAS) ? "x = Add(product, bias)" : "x = Identity(product)";
    if (!p->quantized) {
        SDX_TRY(sdx_body(c, 14, "product = MatMul(input, weights)"));
        return sdx_body(c, 14, "%s", bias);
    }
    bool x = sdx_has_in(n, 6), w = sdx_has_in(n, 7);
    SDX_TRY(sdx_body(c, 10, "whole = MatMulInteger(input, weight%s%s%s)",
                     x   ? ", input_zero_point"
                     : w ? ", "
                         : "",
                     w ? ", " : "", w ? "weight_zero_point" : ""));
    SDX_TRY(sdx_body(c, 15,
                     "real = CastLike(whole, input_scale); by = Mul(input_scale, weight_scale); "
                     "product = Mul(real, by)"));
    return sdx_body(c, 14, "%s", bias);
}

static sdx_status expand_projected(const sdx_node *n, sdx_rewrite *c)
{
    const projection *p = sdx_variant(n);
    int count = 0;
    const int64_t *given = sdx_attr_ints(n, "qkv_hidden_sizes", &count);
    bool past = sdx_has_in(n, p->past), present = sdx_has_out(n, 1);
    if (projected_unsupported(n))
        return sdx_cannot(c, "%s", projected_unsupported(n));
    SDX_TRY(project(n, c, p));
    if (given)
        SDX_TRY(sdx_body(c, 18,
                         "sizes = Constant<value_ints = [%" PRId64 ", %" PRId64 ", %" PRId64
                         "]>(); q, k, v = Split<axis = 2>(x, sizes)",
                         given[0], given[1], given[2]));
    else
        SDX_TRY(sdx_body(c, 18, "q, k, v = Split<axis = 2, num_outputs = 3>(x)"));
    SDX_TRY(sdx_body(c, 15, "steps = Shape<start = 1, end = 2>(x)"));
    if (past)
        SDX_TRY(sdx_body(c, 18,
                         "front = Constant<value_ints = [0]>(); "
                         "past_ks, past_vs = Split<axis = 0, num_outputs = 2>(past); "
                         "past_k = Squeeze(past_ks, front); past_v = Squeeze(past_vs, front); "
                         "passed = Shape<start = 3, end = 4>(past); keys = Add(passed, steps)"));
    else
        SDX_TRY(sdx_body(c, 14, "keys = Identity(steps)"));
    SDX_TRY(microsoft_attend(n, c, &p->masks, past ? "past_k, past_v" : NULL,
                             present ? "output, present_k, present_v" : "output"));
    return present ? sdx_body(c, 14,
                              "ahead = Constant<value_ints = [0]>(); "
                              "one = Unsqueeze(present_k, ahead); "
                              "other = Unsqueeze(present_v, ahead); "
                              "present = Concat<axis = 0>(one, other)")
                   : SDX_OK;
}

/* ---- MultiHeadAttention ---- */

enum {
    IN_QUERY,
    IN_KEY,
    IN_VALUE,
    IN_ADDED,
    IN_MASK,
    IN_SCORES,
    IN_PAST_K,
    IN_PAST_V,
    IN_PASSED,
    IN_BEAMS
};
static const microsoft_masks heads_masks = { IN_MASK, IN_SCORES, "key_padding_mask",
                                             "attention_bias", false };

typedef struct heads_dims {
    sdx_dim batch, steps, hidden, keys, hidden_v; /* hidden: of all heads together */
} heads_dims;

/* Keys and values: [batch, keys, hidden], [batch, heads, keys, size], or both in one of 5 dims. */
static bool key_dims(const sdx_node *n, sdx_infer *c, heads_dims *d)
{
    sdx_dims q = sdx_in_dims(n, IN_QUERY), k = sdx_in_dims(n, IN_KEY), v = sdx_in_dims(n, IN_VALUE);
    sdx_dim heads = sdx_num(sdx_attr_int(n, "num_heads"));
    int packed = q.rank == 5 ? IN_QUERY : IN_KEY;
    if (q.rank == 5 || k.rank == 5) {
        if (!sdx_check_dim(n, c, rule, packed, 2, heads, "num_heads") ||
            !sdx_check_dim(n, c, rule, packed, 3, sdx_num(q.rank == 5 ? 3 : 2), "what is packed"))
            return false;
        d->keys = sdx_in_dim(n, packed, 1);
        d->hidden_v = sdx_dim_mul(c, heads, sdx_in_dim(n, packed, 4));
        return q.rank == 5 || sdx_check_dim(n, c, rule, IN_KEY, 0, d->batch, "the batch");
    }
    d->keys = sdx_in_dim(n, IN_KEY, k.rank == 4 ? 2 : 1);
    d->hidden_v = v.rank == 4 ? sdx_dim_mul(c, heads, v.dim[3]) : sdx_in_dim(n, IN_VALUE, 2);
    if (k.rank < 0 || v.rank < 0)
        return true;
    if (k.rank != v.rank) {
        sdx_refuse(c, rule, "key has %d dims and value %d", k.rank, v.rank);
        sdx_hint(c, "both have 3, [batch, keys, hidden], or 4, [batch, heads, keys, size]");
        return false;
    }
    return sdx_check_dim(n, c, rule, IN_KEY, 0, d->batch, "the batch") &&
           sdx_check_dim(n, c, rule, IN_VALUE, 0, d->batch, "the batch") &&
           sdx_check_dim(n, c, rule, IN_VALUE, k.rank == 4 ? 2 : 1, d->keys, "as many as keys");
}

static bool check_heads_ranks(const sdx_node *n, sdx_infer *c)
{
    static const int least[] = { 3, 3, 3, 1, 1, 4, 4, 4 }, most[] = { 5, 5, 4, 1, 4, 4, 4, 4 };
    for (int i = 0; i <= IN_PAST_V; i++)
        if (sdx_has_in(n, i) && !sdx_check_rank(c, i, least[i], most[i]))
            return false;
    int q = sdx_in_dims(n, IN_QUERY).rank, k = sdx_in_dims(n, IN_KEY).rank;
    bool wants_k = q == 3, wants_v = q == 3 && k != 5 && k >= 0;
    if (q == 4 || (q >= 0 && sdx_has_in(n, IN_KEY) != wants_k) ||
        (wants_v && !sdx_has_in(n, IN_VALUE))) {
        sdx_refuse(c, rule, "query has %d dims, and key is %s, value is %s", q,
                   sdx_has_in(n, IN_KEY) ? "given" : "left out",
                   sdx_has_in(n, IN_VALUE) ? "given" : "left out");
        sdx_point(c, IN_QUERY, -1);
        sdx_hint(c, "query is [batch, steps, hidden] with key and value, or all three are packed "
                    "in it, [batch, steps, heads, 3, size]");
        return false;
    }
    return sdx_check_both(n, c, rule, IN_PAST_K, IN_PAST_V);
}

static void infer_heads(const sdx_node *n, sdx_infer *c)
{
    int rank = sdx_in_dims(n, IN_QUERY).rank;
    sdx_dim heads = sdx_num(sdx_attr_int(n, "num_heads"));
    heads_dims d = { .batch = sdx_in_dim(n, IN_QUERY, 0), .steps = sdx_in_dim(n, IN_QUERY, 1) };
    if (sdx_has_out(n, 3))
        sdx_set_out_dtype(c, 3, sdx_in_dtype(n, IN_QUERY));
    if (!check_heads_ranks(n, c))
        return;
    d.hidden = rank == 5 ? sdx_dim_mul(c, heads, sdx_in_dim(n, IN_QUERY, 4))
                         : sdx_in_dim(n, IN_QUERY, 2);
    if (!microsoft_check_heads(n, c, IN_QUERY, 2, d.hidden) || !key_dims(n, c, &d) ||
        !microsoft_check_heads(n, c, IN_VALUE, 2, d.hidden_v))
        return;
    sdx_dim each = sdx_dim_div(c, d.hidden, heads), each_v = sdx_dim_div(c, d.hidden_v, heads),
            keys = d.keys, present = keys;
    if (sdx_has_in(n, IN_PAST_K)) {
        for (int i = IN_PAST_K; i <= IN_PAST_V; i++)
            if (!sdx_check_dim(n, c, rule, i, 0, d.batch, "the batch") ||
                !sdx_check_dim(n, c, rule, i, 1, heads, "num_heads") ||
                !sdx_check_dim(n, c, rule, i, 3, i == IN_PAST_K ? each : each_v,
                               "the size of a head"))
                return;
        present = keys = sdx_dim_add(c, keys, sdx_in_dim(n, IN_PAST_K, 2));
    }
    if (sdx_has_in(n, IN_PASSED)) { /* of room for more */
        int count = 0;
        const sdx_dim *passed = sdx_in_elems(n, IN_PASSED, &count);
        keys = passed && count == 1 ? sdx_dim_add(c, d.keys, *passed) : sdx_unknown();
        present = sdx_in_dim(n, IN_PAST_K, 2);
    }
    if (sdx_has_in(n, IN_ADDED) &&
        !sdx_check_dim(n, c, rule, IN_ADDED, 0,
                       sdx_dim_add(c, sdx_dim_add(c, d.hidden, d.hidden), d.hidden_v),
                       "numbers of a query, a key and a value"))
        return;
    sdx_dim y[3] = { d.batch, d.steps, d.hidden_v };
    sdx_dim more[3][4] = { { d.batch, heads, present, each },
                           { d.batch, heads, present, each_v },
                           { d.batch, heads, d.steps, keys } };
    if (!microsoft_check_masks(n, c, &heads_masks, more[2]))
        return;
    sdx_set_out_dims(c, 0, 3, y);
    for (int o = 1; o < 4; o++)
        if (sdx_has_out(n, o))
            sdx_set_out_dims(c, o, 4, more[o - 1]);
}

/* q0, k0 and v0 as Attention takes them, without their bias; *count: which have one to come. */
static sdx_status unpack(const sdx_node *n, sdx_rewrite *c, int *count)
{
    int q = sdx_in_dims(n, IN_QUERY).rank, k = sdx_in_dims(n, IN_KEY).rank;
    *count = 3;
    if (q < 0 || (k < 0 && q != 5))
        return sdx_cannot(c, "the ranks of query and key must be known");
    SDX_TRY(sdx_body(c, 14,
                     "third = Constant<value_ints = [3]>(); "
                     "flat = Constant<value_ints = [0, 0, -1]>()"));
    if (q == 5)
        return sdx_body(c, 18,
                        "qs, ks, vs = Split<axis = 3, num_outputs = 3>(query); "
                        "q0 = Reshape(qs, flat); k0 = Reshape(ks, flat); v0 = Reshape(vs, flat)");
    SDX_TRY(sdx_body(c, 14, "q0 = Identity(query)"));
    if (k == 5)
        return sdx_body(c, 18,
                        "ks, vs = Split<axis = 3, num_outputs = 2>(key); "
                        "k0 = Reshape(ks, flat); v0 = Reshape(vs, flat)");
    if (k == 4) /* these come from a cache, and have their bias */
        *count = 1;
    return sdx_body(c, 14, "k0 = Identity(key); v0 = Identity(value)");
}

static const char *heads_unsupported(const sdx_node *n)
{
    return sdx_has_in(n, IN_BEAMS) ? "cache_indirection is not supported"
                                   : microsoft_unsupported(n, &heads_masks);
}

static void lint_heads(const sdx_node *n, sdx_infer *c)
{
    sdx_remark_unsupported(c, heads_unsupported(n));
}

static sdx_status expand_heads(const sdx_node *n, sdx_rewrite *c)
{
    int biased;
    bool past = sdx_has_in(n, IN_PAST_K), scores = sdx_has_out(n, 3),
         causal = sdx_attr_int(n, "unidirectional") == 1, shared = sdx_has_in(n, IN_PASSED) && past;
    if (heads_unsupported(n))
        return sdx_cannot(c, "%s", heads_unsupported(n));
    SDX_TRY(unpack(n, c, &biased));
    if (sdx_has_in(n, IN_ADDED)) {
        SDX_TRY(sdx_body(c, 15,
                         "wide = Shape<start = 2, end = 3>(q0); rest = Shape(bias); "
                         "two = Add(wide, wide); last = Sub(rest, two); "
                         "parts = Concat<axis = 0>(wide, wide, last); "
                         "q_bias, k_bias, v_bias = Split<axis = 0>(bias, parts); "
                         "q = Add(q0, q_bias)"));
        SDX_TRY(sdx_body(c, 14,
                         biased == 3 ? "k = Add(k0, k_bias); v = Add(v0, v_bias)"
                                     : "k = Identity(k0); v = Identity(v0)"));
    } else {
        SDX_TRY(sdx_body(c, 14, "q = Identity(q0); k = Identity(k0); v = Identity(v0)"));
    }
    SDX_TRY(sdx_body(c, 15, "fresh = Shape<start = %d, end = %d>(k)", biased == 3 ? 1 : 2,
                     biased == 3 ? 2 : 3));
    if (shared)
        SDX_TRY(sdx_body(
            c, 15,
            "flat = Constant<value_ints = [1]>(); wide_old = Cast<to = 7>(past_sequence_length); "
            "old = Reshape(wide_old, flat); start = Constant<value_ints = [0]>(); "
            "rows = Constant<value_ints = [2]>(); "
            "past_k = Slice(past_key, start, old, rows); "
            "past_v = Slice(past_value, start, old, rows)"));
    else if (past)
        SDX_TRY(sdx_body(c, 15, "old = Shape<start = 2, end = 3>(past_key)"));
    SDX_TRY(sdx_body(c, 15, past ? "keys = Add(old, fresh)" : "keys = Identity(fresh)"));
    SDX_TRY(microsoft_attend(n, c, &heads_masks,
                             shared ? "past_k, past_v"
                             : past ? "past_key, past_value"
                                    : NULL,
                             shared && scores ? "output, now_k, now_v, raw"
                             : shared         ? "output, now_k, now_v"
                             : scores         ? "output, present_key, present_value, raw"
                                              : "output, present_key, present_value"));
    if (shared)
        SDX_TRY(sdx_body(c, 24,
                         "items = Shape<start = 0, end = 1>(past_key); place = Expand(old, items); "
                         "new_k = Slice(now_k, old, keys, rows); "
                         "new_v = Slice(now_v, old, keys, rows); "
                         "present_key = TensorScatter<axis = 2>(past_key, new_k, place); "
                         "present_value = TensorScatter<axis = 2>(past_value, new_v, place)"));
    if (!scores)
        return SDX_OK;
    /* What no query sees stands there as the lowest number, not as an infinity. */
    return sdx_body(c, 15,
                    causal ? "least = Constant<value_float = -3.4028235e38>(); "
                             "lowest = CastLike(least, raw); qk = Max(raw, lowest)"
                           : "qk = Identity(raw)");
}

static const char domain[] = "com.microsoft";
static const sdx_op ops[] = {
    { SDX_OP(Attention), domain, .schema = attention_schema, .traits = SDX_PURE, .variant = &plain,
      .infer = infer_projected, .lint = lint_projected, .expand = expand_projected },
    { SDX_OP(QAttention), domain, .schema = quantized_schema, .traits = SDX_PURE,
      .variant = &quantized, .infer = infer_projected, .lint = lint_projected,
      .expand = expand_projected },
    { SDX_OP(MultiHeadAttention), domain, .schema = heads_schema, .traits = SDX_PURE,
      .infer = infer_heads, .lint = lint_heads, .expand = expand_heads },
    { 0 },
};
const sdx_family sdx_family_microsoft_attention = { ops, 0 };
