/* ops/microsoft/group_query_attention.c - GroupQueryAttention of com.microsoft, by Attention,
 * RotaryEmbedding and TensorScatter of the standard.
 *
 * A decoder's step: new keys and values are turned and written into the cache, each item's at its
 * own place, and the queries see what the cache then holds.  How long the cache becomes is the
 * value of total_sequence_length, unless it has been longer before.  A cache of whole numbers holds
 * value / scale, in 8 bits or, plus 8, in 4; new rows are attended as the cache has them.  What
 * sinks take of the weights is known from the scores: the sum of all exponents by that sum and the
 * sink's.  Source: onnxruntime, ContribOperators.md, com.microsoft.GroupQueryAttention, version
 * 1. */
#include <inttypes.h>
#include <math.h>
#include "common/check.h"
#include "microsoft/bits/bits.h"

static const sdx_schema schema[] = {
    { 1,
      "query:T key?:T value?:T past_key?:T_CACHE past_value?:T_CACHE seqlens_k:M "
      "total_sequence_length:M cos_cache?:T sin_cache?:T position_ids?:i64 attention_bias?:T "
      "head_sink?:T k_scale?:T_KV_SCALE v_scale?:T_KV_SCALE q_norm_weight?:T k_norm_weight?:T "
      "query_seqlens?:M -> output:T present_key?:T_CACHE present_value?:T_CACHE output_qk?:T",
      "causal:int=1 do_rotary:int k_norm_epsilon:float k_quant_type:string=NONE "
      "kv_cache_bit_width:int kv_num_heads:int! local_window_size:int=-1 num_heads:int! "
      "q_norm_epsilon:float qk_norm_epsilon:float=1e-06 qk_output:int=0 rotary_interleaved:int=0 "
      "scale:float sliding_window_cache:int=0 smooth_softmax:int=-1 softcap:float "
      "v_quant_type:string=NONE",
      "T: f32 f16 bf16; T_CACHE: f32 f16 bf16 u8 i8 f8e4m3fn; T_KV_SCALE: f32; M: i32" },
    { 0 },
};

enum {
    IN_Q,
    IN_K,
    IN_V,
    IN_PAST_K,
    IN_PAST_V,
    IN_LENS,
    IN_TOTAL,
    IN_COS,
    IN_SIN,
    IN_PLACE,
    IN_BIAS,
    IN_SINK,
    IN_K_SCALE,
    IN_V_SCALE,
    IN_Q_NORM,
    IN_K_NORM,
    IN_CHUNKS
};
static const char rule[] = "attention-shape";

/* ---- infer ---- */

/* The cache holds whole numbers; of 4 bits, two in a byte. */
static bool is_quantized(const sdx_node *n)
{
    return sdx_has_in(n, IN_PAST_K) && sdx_dtype_class(sdx_in_dtype(n, IN_PAST_K)) != SDX_REAL;
}
static bool is_halved(const sdx_node *n)
{
    return is_quantized(n) && sdx_in_dtype(n, IN_PAST_K) == SDX_U8;
}

/* The cache holds what a window sees of the past, not all of it. */
static bool slides(const sdx_node *n)
{
    return sdx_attr_int(n, "sliding_window_cache") != 0;
}

typedef struct sizes {
    sdx_dim batch, steps, hidden, each, each_v; /* each: the size of a head */
    sdx_dim past, present;                      /* rows of the cache, before and after */
    sdx_dim row, row_v;                         /* elements of such a row */
} sizes;

/* Queries, keys and values, by themselves or packed in one. */
static bool split_inputs(const sdx_node *n, sdx_infer *c, sizes *s)
{
    int64_t q = sdx_attr_int(n, "num_heads"), kv = sdx_attr_int(n, "kv_num_heads");
    bool packed = !sdx_has_in(n, IN_K);
    if (!sdx_check_head_groups(c, "num_heads", q, "kv_num_heads", kv))
        return false;
    if (q > INT32_MAX) {
        sdx_refuse(c, "attention-heads", "num_heads=%" PRId64 " is more than any query has", q);
        sdx_hint(c, "each head is a part of dim 2 of query");
        return false;
    }
    if (!sdx_check_both(n, c, rule, IN_K, IN_V))
        return false;
    for (int i = IN_Q; i <= IN_V; i++)
        if (sdx_has_in(n, i) && !sdx_check_rank(c, i, 3, 3))
            return false;
    *s = (sizes){ .batch = sdx_in_dim(n, IN_Q, 0), .steps = sdx_in_dim(n, IN_Q, 1) };
    if (!sdx_check_heads(n, c, packed ? "num_heads + 2 x kv_num_heads" : "num_heads",
                         packed ? q + 2 * kv : q, IN_Q, 2, sdx_in_dim(n, IN_Q, 2)))
        return false;
    s->each = s->each_v = sdx_dim_div(c, sdx_in_dim(n, IN_Q, 2), sdx_num(packed ? q + 2 * kv : q));
    if (!packed && !sdx_check_heads(n, c, "kv_num_heads", kv, IN_V, 2, sdx_in_dim(n, IN_V, 2)))
        return false;
    if (!packed)
        s->each_v = sdx_dim_div(c, sdx_in_dim(n, IN_V, 2), sdx_num(kv));
    s->hidden = sdx_dim_mul(c, sdx_num(q), s->each_v);
    for (int i = IN_K; i <= IN_V; i++)
        if (!sdx_check_dim(n, c, rule, i, 0, s->batch, "the batch") ||
            !sdx_check_dim(n, c, rule, i, 1, s->steps, "the steps"))
            return false;
    return packed || sdx_check_dim(n, c, rule, IN_K, 2, sdx_dim_mul(c, sdx_num(kv), s->each),
                                   "kv_num_heads heads as long as those of query");
}

static bool check_cache(const sdx_node *n, sdx_infer *c, sizes *s)
{
    sdx_dim kv = sdx_num(sdx_attr_int(n, "kv_num_heads"));
    int count = 0;
    const sdx_dim *total = sdx_in_elems(n, IN_TOTAL, &count);
    s->past = sdx_num(0);
    s->row = is_halved(n) ? sdx_dim_ceil(c, s->each, sdx_num(2)) : s->each;
    s->row_v = is_halved(n) ? sdx_dim_ceil(c, s->each_v, sdx_num(2)) : s->each_v;
    if (!sdx_check_both(n, c, rule, IN_PAST_K, IN_PAST_V))
        return false;
    for (int i = IN_PAST_K; i <= IN_PAST_V && sdx_has_in(n, i); i++)
        if (!sdx_check_rank(c, i, 4, 4) ||
            !sdx_check_dim(n, c, rule, i, 0, s->batch, "the batch") ||
            !sdx_check_dim(n, c, rule, i, 1, kv, "kv_num_heads") ||
            !sdx_check_dim(n, c, rule, i, 2, sdx_in_dim(n, IN_PAST_K, 2), "as past_key") ||
            !sdx_check_dim(n, c, rule, i, 3, i == IN_PAST_K ? s->row : s->row_v,
                           "what a row of a head takes"))
            return false;
    if (sdx_has_in(n, IN_PAST_K))
        s->past = sdx_in_dim(n, IN_PAST_K, 2);
    s->present = slides(n)                                        ? s->past
                 : total && count == 1 && !sdx_is_unknown(*total) ? sdx_dim_max(c, s->past, *total)
                                                                  : sdx_unknown();
    return true;
}

static bool check_window(const sdx_node *n, sdx_infer *c, const sizes *s)
{
    int64_t window = sdx_attr_int(n, "local_window_size");
    if (!slides(n) || (window > 0 && sdx_has_in(n, IN_PAST_K) && sdx_attr_int(n, "causal") != 0 &&
                       (!sdx_is_num(s->past) || s->past.n >= window)))
        return true;
    sdx_refuse(c, rule,
               "sliding_window_cache with local_window_size=%" PRId64 " and a cache of %s rows",
               window, sdx_show(c, s->past));
    sdx_hint(
        c, "it wants causal=1, local_window_size above 0, and past_key with as many rows or more");
    return false;
}

static bool check_rest(const sdx_node *n, sdx_infer *c, const sizes *s)
{
    static const int ranks[] = { 1, -1, 2, 2, 2, 4, 1 };
    for (int i = IN_LENS; i <= IN_SINK; i++)
        if (sdx_has_in(n, i) && ranks[i - IN_LENS] > 0 &&
            !sdx_check_rank(c, i, ranks[i - IN_LENS], ranks[i - IN_LENS]))
            return false;
    if (sdx_attr_int(n, "do_rotary") && !(sdx_has_in(n, IN_COS) && sdx_has_in(n, IN_SIN))) {
        sdx_refuse(c, rule, "do_rotary=%" PRId64 " without cos_cache and sin_cache",
                   sdx_attr_int(n, "do_rotary"));
        sdx_hint(c, "give both, or set do_rotary to 0");
        return false;
    }
    return sdx_check_dim(n, c, rule, IN_LENS, 0, s->batch, "the batch") &&
           sdx_check_dim(n, c, rule, IN_PLACE, 0, s->batch, "the batch") &&
           sdx_check_dim(n, c, rule, IN_PLACE, 1, s->steps, "the steps") &&
           sdx_check_dim(n, c, rule, IN_BIAS, 2, s->steps, "the queries") &&
           sdx_check_dim(n, c, rule, IN_SINK, 0, sdx_num(sdx_attr_int(n, "num_heads")),
                         "num_heads") &&
           sdx_check_dim(n, c, rule, IN_CHUNKS, 0, s->batch, "the batch");
}

static void infer(const sdx_node *n, sdx_infer *c)
{
    sizes s;
    sdx_dim kv = sdx_num(sdx_attr_int(n, "kv_num_heads"));
    for (int o = 1; o < 3; o++)
        if (sdx_has_out(n, o) && !sdx_has_in(n, IN_PAST_K))
            sdx_set_out_dtype(c, o, sdx_in_dtype(n, IN_Q));
    if (!split_inputs(n, c, &s) || !check_cache(n, c, &s) || !check_window(n, c, &s) ||
        !check_rest(n, c, &s))
        return;
    sdx_dim y[3] = { s.batch, s.steps, s.hidden };
    sdx_set_out_dims(c, 0, 3, y);
    for (int o = 1; o < 3; o++) {
        sdx_dim rows = s.present;
        if (!sdx_has_out(n, o))
            continue;
        if (sdx_is_unknown(rows))
            rows = sdx_dim_new(c, o, 2, rows);
        sdx_dim present[4] = { s.batch, kv, rows, o == 1 ? s.row : s.row_v };
        sdx_set_out_dims(c, o, 4, present);
    }
    int count = 0;
    const sdx_dim *total = sdx_in_elems(n, IN_TOTAL, &count);
    sdx_dim scores[4] = { s.batch, sdx_num(sdx_attr_int(n, "num_heads")), s.steps,
                          total && count == 1 ? *total : sdx_unknown() };
    if (sdx_has_out(n, 3))
        sdx_set_out_dims(c, 3, 4, scores);
}

/* ---- the body ---- */

static bool has_scale(const sdx_node *n, const char *kind)
{
    return sdx_attr_is(n, kind, "PER_TENSOR") || sdx_attr_is(n, kind, "PER_CHANNEL");
}

/* Why it cannot be run; NULL: it can. */
static const char *unsupported(const sdx_node *n)
{
    bool scaled = has_scale(n, "k_quant_type") && has_scale(n, "v_quant_type") &&
                  sdx_has_in(n, IN_K_SCALE) && sdx_has_in(n, IN_V_SCALE);
    bool plain = !has_scale(n, "k_quant_type") && !has_scale(n, "v_quant_type") &&
                 (!sdx_has_in(n, IN_PAST_K) || sdx_in_dtype(n, IN_PAST_K) == sdx_in_dtype(n, IN_Q));
    if (sdx_has_in(n, IN_Q_NORM) || sdx_has_in(n, IN_K_NORM))
        return "q_norm_weight and k_norm_weight are not supported";
    if (slides(n) && (sdx_has_in(n, IN_BIAS) || sdx_has_out(n, 3)))
        return "sliding_window_cache with attention_bias or output_qk is not supported";
    if (is_quantized(n) ? !scaled : !plain)
        return "this cache is not supported: with past_key of int8 or uint8, k_scale and v_scale go "
               "k_quant_type and v_quant_type PER_TENSOR or PER_CHANNEL, with one of query's type "
               "NONE";
    if (is_quantized(n) && sdx_has_attr(n, "kv_cache_bit_width") &&
        sdx_attr_int(n, "kv_cache_bit_width") != (is_halved(n) ? 4 : 8))
        return "this kv_cache_bit_width is not supported: int8 has 8 bits, uint8 twice 4";
    return NULL;
}

static void lint(const sdx_node *n, sdx_infer *c)
{
    sdx_remark_unsupported(c, unsupported(n));
}

/* q0, k0, v0: of three dims; steps: how many there are; before: keys that each item had. */
static sdx_status put_inputs(const sdx_node *n, sdx_rewrite *c)
{
    int64_t q = sdx_attr_int(n, "num_heads"), kv = sdx_attr_int(n, "kv_num_heads");
    if (sdx_has_in(n, IN_K))
        SDX_TRY(sdx_body(c, 14, "q0 = Identity(query); k0 = Identity(key); v0 = Identity(value)"));
    else
        SDX_TRY(sdx_body(c, 18,
                         "all = Shape<start = 2, end = 3>(query); "
                         "parts = Constant<value_ints = [%" PRId64 "]>(); each = Div(all, parts); "
                         "heads = Constant<value_ints = [%" PRId64 ", %" PRId64 ", %" PRId64
                         "]>(); parted = Mul(heads, each); "
                         "q0, k0, v0 = Split<axis = 2>(query, parted)",
                         q + 2 * kv, q, kv, kv));
    /* Where all keys are new ones this is the first step, whatever an item's length. */
    return sdx_body(c, 16,
                    "steps = Shape<start = 1, end = 2>(query); less = Cast<to = 7>(seqlens_k); "
                    "one = Constant<value_int = 1>(); none = Constant<value_int = 0>(); "
                    "filled = Add(less, one); many = Cast<to = 7>(total_sequence_length); "
                    "single = Constant<value_ints = [1]>(); total = Reshape(many, single); %s",
                    sdx_has_in(n, IN_CHUNKS)
                        ? "valid = Cast<to = 7>(query_seqlens); before = Sub(filled, valid)"
                        : "earlier = Sub(filled, steps); first = Equal(total, steps); "
                          "before = Where(first, none, earlier)");
}

/* q1 and k1: turned by their positions. */
static sdx_status turn(const sdx_node *n, sdx_rewrite *c)
{
    sdx_dim half = sdx_in_dim(n, IN_COS, 1);
    /* not known: all of a head */
    int64_t way = sdx_attr_int(n, "rotary_interleaved"), turned = sdx_is_num(half) ? 2 * half.n : 0;
    if (!sdx_attr_int(n, "do_rotary"))
        return sdx_body(c, 14, "q1 = Identity(q0); k1 = Identity(k0)");
    if (sdx_has_in(n, IN_PLACE))
        SDX_TRY(sdx_body(c, 14, "ids = Identity(position_ids)"));
    else
        SDX_TRY(sdx_body(c, 14,
                         "last = Squeeze(steps); order = Range(none, last, one); "
                         "beside = Constant<value_ints = [1]>(); from = Unsqueeze(before, beside); "
                         "ids = Add(from, order)"));
    return sdx_body(c, 23,
                    "q1 = RotaryEmbedding<num_heads = %" PRId64 ", interleaved = %" PRId64
                    ", rotary_embedding_dim = %" PRId64 ">(q0, cos_cache, sin_cache, ids); "
                    "k1 = RotaryEmbedding<num_heads = %" PRId64 ", interleaved = %" PRId64
                    ", rotary_embedding_dim = %" PRId64 ">(k0, cos_cache, sin_cache, ids)",
                    sdx_attr_int(n, "num_heads"), way, turned, sdx_attr_int(n, "kv_num_heads"), way,
                    turned);
}

/* lead: how many rows of the cache are in use before, which is where the new ones go; keep: which
 * rows remain, [batch, 1, rows, 1].  Of T steps the last T are kept while there is room, then, as
 * often as the cache is full, as many are dropped at once as leave the window. */
static sdx_status put_window(const sdx_node *n, sdx_rewrite *c)
{
    static const char resident[] =
        "$_over = Sub($, room); $_more = Add($_over, less); $_times = Div($_more, gap); "
        "$_gone = Mul($_times, gap); $_left = Sub($, $_gone); $_fits = LessOrEqual($, room); "
        "$_rows = Where($_fits, $, $_left)";
    SDX_TRY(sdx_body(c, 15,
                     "room = Shape<start = 2, end = 3>(past_key); "
                     "window_less = Constant<value_ints = [%" PRId64 "]>(); "
                     "gap = Sub(room, window_less); less = Sub(gap, single)",
                     sdx_attr_int(n, "local_window_size") - 1));
    SDX_TRY(microsoft_body(c, 16, "before", resident));
    SDX_TRY(microsoft_body(c, 16, "filled", resident));
    return sdx_body(c, 18,
                    "lead = Identity(before_rows); fresh_rows = Sub(filled, before); "
                    "held_rows = Add(lead, fresh_rows); drop = Sub(held_rows, filled_rows); "
                    "room_one = Squeeze(room); order_rows = Range(none, room_one, one); "
                    "second = Constant<value_ints = [1]>(); drop_each = Unsqueeze(drop, second); "
                    "kept_rows = Add(drop_each, order_rows); end_rows = Add(room, steps); "
                    "last_row = Sub(end_rows, one); in_rows = Min(kept_rows, last_row); "
                    "outer = Constant<value_ints = [1, 3]>(); keep = Unsqueeze(in_rows, outer)");
}

/* k_new or v_new: the rows k_whole or v_whole as a cache of whole numbers has them. */
static sdx_status quantize(const sdx_node *n, sdx_rewrite *c, const char *x, const char *kind)
{
    bool channels = sdx_attr_is(n, kind, "PER_CHANNEL");
    SDX_TRY(sdx_body(c, 21, "%s_apiece = Constant<value_ints = [1, %" PRId64 ", 1, -1]>()", x,
                     channels ? sdx_attr_int(n, "kv_num_heads") : 1));
    /* ONNX Runtime multiplies, and so half a step lies where it does there. */
    SDX_TRY(microsoft_body(c, 21, x,
                           "$_by = Reshape($_scale, $_apiece); $_wide = Cast<to = 1>($_whole); "
                           "$_part = Reciprocal($_by); $_ratio = Mul($_wide, $_part); "
                           "$_unit = Constant<value_float = 1.0>()"));
    if (!is_halved(n))
        return microsoft_body(c, 21, x,
                              "$_zero = Constant<value = int8 {0}>(); "
                              "$_new = QuantizeLinear($_ratio, $_unit, $_zero)");
    return microsoft_body(c, 21, x,
                          "$_zero = Constant<value = uint4 {8}>(); "
                          "$_four = QuantizeLinear($_ratio, $_unit, $_zero); "
                          "$_byte = Cast<to = 2>($_four); "
                          "$_twos = Constant<value_ints = [0, 0, 0, -1, 2]>(); "
                          "$_pairs = Reshape($_byte, $_twos); "
                          "$_lows, $_highs = Split<axis = 4, num_outputs = 2>($_pairs); "
                          "$_half = Constant<value = uint8 {4}>(); "
                          "$_up = BitShift<direction = \"LEFT\">($_highs, $_half); "
                          "$_both = BitwiseOr($_lows, $_up); "
                          "$_flat = Constant<value_ints = [0, 0, 0, -1]>(); "
                          "$_new = Reshape($_both, $_flat)");
}

/* k_read or v_read: the numbers of cached_k or cached_v. */
static sdx_status dequantize(const sdx_node *n, sdx_rewrite *c, const char *x)
{
    if (is_halved(n)) {
        char parts[16], cached[16];
        snprintf(parts, sizeof parts, "%s_parts", x);
        snprintf(cached, sizeof cached, "cached_%s", x);
        SDX_TRY(microsoft_unpack(c, parts, cached, 4));
        SDX_TRY(
            microsoft_body(c, 21, x,
                           "$_fours = Reshape($_parts, $_flat); $_float = Cast<to = 1>($_fours); "
                           "$_eight = Constant<value_float = 8.0>(); "
                           "$_count = Sub($_float, $_eight)"));
    } else {
        SDX_TRY(microsoft_body(c, 21, x, "$_count = Cast<to = 1>(cached_$)"));
    }
    return microsoft_body(c, 19, x,
                          "$_value = Mul($_count, $_by); $_read = CastLike($_value, query)");
}

/* cached_k or cached_v: the cache, made long enough, with the new rows in it; k_read or v_read:
 * what it says. */
static sdx_status store(const sdx_node *n, sdx_rewrite *c, const char *x, const char *past,
                        const char *fresh)
{
    bool whole = is_quantized(n);
    SDX_TRY(sdx_body(c, 15,
                     "%s_heads = Constant<value_ints = [0, 0, %" PRId64 ", -1]>(); "
                     "%s_apart = Reshape(%s, %s_heads)",
                     x, sdx_attr_int(n, "kv_num_heads"), x, fresh, x));
    SDX_TRY(microsoft_body(c, 15, x, "$_whole = Transpose<perm = [0, 2, 1, 3]>($_apart)"));
    SDX_TRY(whole ? quantize(n, c, x, *x == 'k' ? "k_quant_type" : "v_quant_type")
                  : microsoft_body(c, 14, x, "$_new = Identity($_whole)"));
    if (sdx_has_in(n, IN_PAST_K)) {
        SDX_TRY(sdx_body(c, 15,
                         "%s_past = Identity(%s); %s_held = Shape<start = 2, end = 3>(%s); "
                         "%s_want = %s(%s_held, %s)",
                         x, past, x, past, x, slides(n) ? "Add" : "Max", x,
                         slides(n) ? "steps" : "total"));
        SDX_TRY(microsoft_body(c, 18, x,
                               "$_more = Sub($_want, $_held); "
                               "$_front = Constant<value_ints = [0, 0, 0, 0, 0, 0]>(); "
                               "$_end = Constant<value_ints = [0]>(); "
                               "$_pads = Concat<axis = 0>($_front, $_more, $_end); "
                               "$_room = Pad($_past, $_pads)"));
    } else {
        SDX_TRY(microsoft_body(c, 15, x,
                               "$_lead = Shape<start = 0, end = 2>($_new); "
                               "$_size = Shape<start = 3, end = 4>($_new); "
                               "$_shape = Concat<axis = 0>($_lead, total, $_size); "
                               "$_nought = Constant<value_float = 0.0>(); "
                               "$_zero = CastLike($_nought, $_new); "
                               "$_room = Expand($_zero, $_shape)"));
    }
    SDX_TRY(microsoft_body(c, 24, x, "cached_$ = TensorScatter<axis = 2>($_room, $_new, lead)"));
    return whole ? dequantize(n, c, x) : microsoft_body(c, 14, x, "$_read = Identity(cached_$)");
}

/* output of `all`, from which sinks take their part; output_qk, by its name, 0 where hidden. */
static sdx_status finish(const sdx_node *n, sdx_rewrite *c, bool sinks)
{
    int64_t heads = sdx_attr_int(n, "num_heads");
    if (sinks) {
        SDX_TRY(sdx_body(c, 18,
                         "inner = Constant<value_ints = [-1]>(); "
                         "log_sum = ReduceLogSumExp(scores, inner)"));
        if (sdx_has_in(n, IN_SINK))
            SDX_TRY(sdx_body(c, 18,
                             "each_head = Constant<value_ints = [1, %" PRId64 ", 1, 1]>(); "
                             "sink = Reshape(head_sink, each_head); ahead = Sub(log_sum, sink)",
                             heads));
        SDX_TRY(sdx_body(c, 18,
                         "left = Sigmoid(%s); by_step = Transpose<perm = [0, 2, 1, 3]>(left); "
                         "by_head = Constant<value_ints = [0, 0, %" PRId64 ", -1]>(); "
                         "parted_out = Reshape(all, by_head); "
                         "kept_out = Mul(parted_out, by_step); whole_shape = Shape(all); "
                         "output = Reshape(kept_out, whole_shape)",
                         sdx_has_in(n, IN_SINK) ? "ahead" : "log_sum", heads));
    } else {
        SDX_TRY(sdx_body(c, 14, "output = Identity(all)"));
    }
    if (!sdx_has_out(n, 3))
        return SDX_OK;
    SDX_TRY(sdx_body(c, 18,
                     "start = Constant<value_ints = [0]>(); keys = Constant<value_ints = [3]>(); "
                     "asked = Slice(scores, start, total, keys)"));
    if (sdx_attr_int(n, "qk_output") == 2) {
        SDX_TRY(sdx_body(c, 18, "weights = Softmax<axis = -1>(asked)"));
        return sdx_body(c, 18,
                        sinks ? "output_qk = Mul(weights, left)" : "output_qk = Identity(weights)");
    }
    return sdx_body(c, 20,
                    "hidden = IsInf(asked); nought = Constant<value_float = 0.0>(); "
                    "typed = CastLike(nought, asked); output_qk = Where(hidden, typed, asked)");
}

static sdx_status expand(const sdx_node *n, sdx_rewrite *c)
{
    bool causal = sdx_attr_int(n, "causal") != 0;
    int64_t window = sdx_attr_int(n, "local_window_size");
    double scale = sdx_has_attr(n, "scale") ? sdx_attr_float(n, "scale") : 0;
    bool sinks = sdx_has_in(n, IN_SINK) || sdx_attr_int(n, "smooth_softmax") > 0;
    if (unsupported(n))
        return sdx_cannot(c, "%s", unsupported(n));
    SDX_TRY(put_inputs(n, c));
    SDX_TRY(turn(n, c));
    SDX_TRY(slides(n) ? put_window(n, c) : sdx_body(c, 14, "lead = Identity(before)"));
    SDX_TRY(store(n, c, "k", "past_key", "k1"));
    SDX_TRY(store(n, c, "v", "past_value", "v0"));
    SDX_TRY(sdx_body(c, 14, causal ? "seen = Add(lead, steps)" : "seen = Identity(filled)"));
    SDX_TRY(sdx_body(c, 14, scale < 0 ? "q2 = Neg(q1)" : "q2 = Identity(q1)"));
    SDX_TRY(sdx_body(c, 25,
                     "all, , , %s = Attention<q_num_heads = %" PRId64 ", kv_num_heads = %" PRId64
                     ", is_causal = %d, softcap = %s, left_window_size = %" PRId64
                     ", qk_matmul_output_mode = 2%s%s>"
                     "(q2, k_read, v_read, %s, , , seen)",
                     sinks || sdx_has_out(n, 3) ? "scores" : "", sdx_attr_int(n, "num_heads"),
                     sdx_attr_int(n, "kv_num_heads"), causal,
                     sdx_float_text(c, sdx_attr_float(n, "softcap")), window > 0 ? window - 1 : -1,
                     scale != 0 ? ", scale = " : "",
                     scale != 0 ? sdx_float_text(c, fabs(scale)) : "",
                     sdx_has_in(n, IN_BIAS) ? "attention_bias" : ""));
    SDX_TRY(finish(n, c, sinks));
    for (int o = 1; o < 3; o++) {
        const char *present = sdx_out_name(n, o), *x = o == 1 ? "k" : "v";
        if (!sdx_has_out(n, o))
            continue;
        if (!slides(n))
            SDX_TRY(sdx_body(c, 14, "%s = Identity(cached_%s)", present, x));
        else
            SDX_TRY(sdx_body(c, 15,
                             "%s_shape = Shape(%s_past); %s_keep = Expand(keep, %s_shape); "
                             "%s = GatherElements<axis = 2>(cached_%s, %s_keep)",
                             x, x, x, x, present, x, x));
    }
    return SDX_OK;
}

static const sdx_op ops[] = {
    { SDX_OP(GroupQueryAttention), "com.microsoft", .schema = schema, .traits = SDX_PURE,
      .infer = infer, .lint = lint, .expand = expand },
    { 0 },
};
const sdx_family sdx_family_microsoft_group_query_attention = { ops, 0 };
