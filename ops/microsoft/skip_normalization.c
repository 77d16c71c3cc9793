/* ops/microsoft/skip_normalization.c - SkipLayerNormalization, SkipSimplifiedLayerNormalization,
 * EmbedLayerNormalization and QEmbedLayerNormalization of com.microsoft, and
 * SimplifiedLayerNormalization, which stands in ai.onnx though the standard has it not: sums that a
 * normalisation follows, by operators of the standard.
 *
 * Source: onnxruntime, ContribOperators.md, the section of each, version 1. */
#include <inttypes.h>
#include "common/pointwise.h"
#include "sdx/rewrite.h"

static const sdx_schema skip_schema[] = {
    { 1,
      "input:T skip:T gamma:T beta?:T bias?:T -> output:T mean?:U inv_std_var?:U "
      "input_skip_bias_sum?:T",
      "epsilon:float=1e-12", "T: f32 f16 bf16; U: f32" },
    { 0 },
};
static const sdx_schema skip_simplified_schema[] = {
    { 1, "input:T skip:T gamma:T bias?:T -> output:T mean?:U inv_std_var?:U input_skip_bias_sum?:T",
      "epsilon:float=1e-12", "T: f32 f16 bf16; U: f32" },
    { 0 },
};
static const sdx_schema simplified_schema[] = {
    { 1, "X:T scale:V -> Y:V inv_std_var?:U", "stash_type:int=1 epsilon:float=1e-05 axis:int=-1",
      "T: float bf16; U: f32 f64; V: float bf16" },
    { 0 },
};
static const sdx_schema embed_schema[] = {
    { 1,
      "input_ids:T1 segment_ids?:T1 word_embedding:T position_embedding:T segment_embedding?:T "
      "gamma:T beta:T mask?:T1 position_ids?:T1 -> output:T mask_index?:T1 embedding_sum?:T",
      "mask_index_type:int epsilon:float=1e-12", "T1: i32; T: f32 f16" },
    { 0 },
};
static const sdx_schema quantized_schema[] = {
    { 1,
      "input_ids:T1 segment_ids?:T1 word_embedding_quant:T2 position_embedding_quant:T2 "
      "segment_embedding?:T2 gamma_quant:T2 beta_quant:T2 mask?:T1 word_embedding_scale:T "
      "position_embedding_scale:T segment_embedding_scale?:T gamma_scale:T beta_scale:T "
      "word_embedding_zero_point:T2 position_embedding_zero_point:T2 "
      "segment_embedding_zero_point?:T2 gamma_zero_point:T2 beta_zero_point:T2 "
      "-> layernorm_out:T mask_index_out:T1",
      "epsilon:float=1e-12", "T1: i32; T2: i8 u8; T: f32" },
    { 0 },
};

enum { OUT_Y, OUT_MEAN, OUT_FACTOR, OUT_SUM };

/* Input i has the numbers of a row, the last dim of what is normalised. */
static bool check_row(const sdx_node *n, sdx_infer *c, int i, sdx_dim size)
{
    if (!sdx_has_in(n, i))
        return true;
    if (!sdx_check_rank(c, i, 1, 1))
        return false;
    if (sdx_equal(c, sdx_in_dim(n, i, 0), size))
        return true;
    sdx_refuse(c, "layernorm-scale", "%s has %s numbers, and a row has %s", sdx_in_name(n, i),
               sdx_show(c, sdx_in_dim(n, i, 0)), sdx_show(c, size));
    sdx_point(c, i, 0);
    sdx_hint(c, "it has one for each number of a row");
    return false;
}

/* ---- input + skip + bias ---- */

static void infer_skip(const sdx_node *n, sdx_infer *c)
{
    sdx_dims x = sdx_in_dims(n, 0), skip = sdx_in_dims(n, 1);
    if (!sdx_check_rank(c, 0, 2, 3) || !sdx_check_rank(c, 1, 2, 3))
        return;
    sdx_set_out_like(c, OUT_Y, x);
    if (sdx_has_out(n, OUT_SUM))
        sdx_set_out_like(c, OUT_SUM, x);
    if (x.rank < 0)
        return;
    sdx_dim *sum = sdx_new_dims(c, x.rank), one[3];
    if (skip.rank > x.rank) {
        sdx_check_rank(c, 1, 2, x.rank);
        return;
    }
    if (skip.rank >= 0 && !sdx_broadcast(n, c, 0, 1, x, skip, x.rank, sum))
        return;
    for (int i = 2; i < sdx_in_count(n); i++)
        if (!check_row(n, c, i, x.dim[x.rank - 1]))
            return;
    for (int k = 0; k < x.rank; k++)
        one[k] = k < x.rank - 1 ? x.dim[k] : sdx_num(1);
    for (int o = OUT_MEAN; o <= OUT_FACTOR; o++)
        if (sdx_has_out(n, o))
            sdx_set_out_dims(c, o, x.rank, one);
}

/* total = input + skip (+ bias) */
static sdx_status add_up(const sdx_node *n, sdx_rewrite *c, int bias)
{
    SDX_TRY(sdx_body(c, 14,
                     sdx_has_in(n, bias) ? "both = Add(input, skip); total = Add(both, bias)"
                                         : "total = Add(input, skip)"));
    return sdx_has_out(n, OUT_SUM) ? sdx_body(c, 14, "input_skip_bias_sum = Identity(total)")
                                   : SDX_OK;
}

static sdx_status expand_skip(const sdx_node *n, sdx_rewrite *c)
{
    const char *outs = sdx_has_out(n, OUT_FACTOR) ? "output, mean, inv_std_var"
                       : sdx_has_out(n, OUT_MEAN) ? "output, mean"
                                                  : "output";
    SDX_TRY(add_up(n, c, 4));
    return sdx_body(c, 17, "%s = LayerNormalization<epsilon = %s>(total, gamma%s)", outs,
                    sdx_float_text(c, sdx_attr_float(n, "epsilon")),
                    sdx_has_in(n, 3) ? ", beta" : "");
}

/* factor = 1 / sqrt(mean of squares + epsilon), in float, over the axes from `axis` on. */
static sdx_status put_factor(const sdx_node *n, sdx_rewrite *c, const char *x, int64_t axis,
                             const char *factor)
{
    if (axis < 0)
        SDX_TRY(sdx_body(c, 15, "to = Constant<value_int = 0>()"));
    else
        SDX_TRY(sdx_body(c, 15, "shape = Shape(%s); to = Size(shape)", x));
    SDX_TRY(sdx_body(c, 18,
                     "wide = Cast<to = 1>(%s); square = Mul(wide, wide); "
                     "from = Constant<value_int = %" PRId64 ">(); by = Constant<value_int = 1>(); "
                     "axes = Range(from, to, by); mean_square = ReduceMean(square, axes)",
                     x, axis));
    return sdx_body(c, 13,
                    "small = Constant<value_float = %s>(); more = Add(mean_square, small); "
                    "root = Sqrt(more); %s = Reciprocal(root)",
                    sdx_float_text(c, sdx_attr_float(n, "epsilon")), factor);
}

static sdx_status expand_skip_simplified(const sdx_node *n, sdx_rewrite *c)
{
    if (sdx_has_out(n, OUT_MEAN))
        return sdx_cannot(c, "no mean is taken, and output mean is asked for");
    SDX_TRY(add_up(n, c, 3));
    if (sdx_has_out(n, OUT_FACTOR))
        SDX_TRY(put_factor(n, c, "total", -1, "inv_std_var"));
    return sdx_body(c, 23, "output = RMSNormalization<epsilon = %s>(total, gamma)",
                    sdx_float_text(c, sdx_attr_float(n, "epsilon")));
}

/* ---- SimplifiedLayerNormalization ---- */

static void infer_simplified(const sdx_node *n, sdx_infer *c)
{
    sdx_dims x = sdx_in_dims(n, 0), s = sdx_in_dims(n, 1);
    int64_t axis = sdx_attr_int(n, "axis"), stash = sdx_attr_int(n, "stash_type");
    sdx_set_out_like(c, 0, x);
    if (sdx_has_out(n, 1))
        sdx_set_out_dtype(c, 1, stash == SDX_F64 ? SDX_F64 : SDX_F32);
    if (!sdx_check_rank(c, 0, 1, SDX_MAX_RANK) || !sdx_check_axis(c, "axis", axis, x.rank) ||
        x.rank < 0)
        return;
    if (s.rank > x.rank) {
        sdx_check_rank(c, 1, 0, x.rank);
        return;
    }
    sdx_dim *y = sdx_new_dims(c, x.rank);
    if (s.rank >= 0 && !sdx_broadcast(n, c, 0, 1, x, s, x.rank, y))
        return;
    for (int k = 0; k < x.rank; k++)
        y[k] = k < sdx_axis(axis, x.rank) ? x.dim[k] : sdx_num(1);
    if (sdx_has_out(n, 1))
        sdx_set_out_dims(c, 1, x.rank, y);
}

static sdx_status expand_simplified(const sdx_node *n, sdx_rewrite *c)
{
    if (sdx_has_out(n, 1)) {
        SDX_TRY(put_factor(n, c, "X", sdx_attr_int(n, "axis"), "factor"));
        SDX_TRY(sdx_body(c, 13, "inv_std_var = Cast<to = %" PRId64 ">(factor)",
                         sdx_attr_int(n, "stash_type") == SDX_F64 ? (int64_t)SDX_F64
                                                                  : (int64_t)SDX_F32));
    }
    return sdx_body(c, 23, "Y = RMSNormalization<epsilon = %s, axis = %" PRId64 ">(X, scale)",
                    sdx_float_text(c, sdx_attr_float(n, "epsilon")), sdx_attr_int(n, "axis"));
}

/* ---- EmbedLayerNormalization ---- */

enum {
    IN_IDS,
    IN_SEGMENTS,
    IN_WORD,
    IN_POSITION,
    IN_SEGMENT,
    IN_GAMMA,
    IN_BETA,
    IN_MASK,
    IN_PLACE,          /* not where tables are of whole numbers: these have scales */
    IN_SCALE = 8,      /* of word, position, segment, gamma, beta, */
    IN_ZERO_POINT = 13 /* and their zero points                    */
};

static void infer_embed(const sdx_node *n, sdx_infer *c)
{
    static const int ranks[] = { 2, 2, 2, 2, 2, 1, 1, 2, 2 };
    sdx_dim batch = sdx_in_dim(n, IN_IDS, 0), steps = sdx_in_dim(n, IN_IDS, 1),
            size = sdx_in_dim(n, IN_WORD, 1);
    for (int i = 0; i <= (sdx_variant(n) ? IN_MASK : IN_PLACE); i++)
        if (sdx_has_in(n, i) && !sdx_check_rank(c, i, ranks[i], ranks[i]))
            return;
    for (int i = IN_SEGMENTS; i <= IN_MASK; i += IN_MASK - IN_SEGMENTS)
        if (sdx_has_in(n, i) && (!sdx_check_same(c, "broadcast", IN_IDS, 0, i, 0) ||
                                 !sdx_check_same(c, "broadcast", IN_IDS, 1, i, 1)))
            return;
    for (int i = IN_POSITION; i <= IN_SEGMENT; i++)
        if (sdx_has_in(n, i) && !sdx_check_same(c, "layernorm-scale", IN_WORD, 1, i, 1))
            return;
    if (!check_row(n, c, IN_GAMMA, size) || !check_row(n, c, IN_BETA, size))
        return;
    sdx_dim y[3] = { batch, steps, size };
    for (int o = 0; o < 3; o += 2)
        if (sdx_has_out(n, o))
            sdx_set_out_dims(c, o, 3, y);
    if (sdx_has_out(n, 1))
        sdx_set_out_dims(c, 1, 1, &batch);
}

/* Output 0 and 1 of `sum`. */
static sdx_status normalise_sum(const sdx_node *n, sdx_rewrite *c, const char *gamma,
                                const char *beta)
{
    if (sdx_has_out(n, 1) && sdx_has_in(n, IN_MASK))
        SDX_TRY(sdx_body(c, 15,
                         "one = Constant<value = int32 {1}>(); "
                         "there = Equal(mask, one); number = Cast<to = 6>(there); "
                         "last = Constant<value_ints = [1]>(); "
                         "%s = ReduceSum<keepdims = 0>(number, last)",
                         sdx_out_name(n, 1)));
    else if (sdx_has_out(n, 1))
        SDX_TRY(sdx_body(c, 15,
                         "items = Shape<start = 0, end = 1>(input_ids); "
                         "%s = ConstantOfShape<value = int32[1] {0}>(items)",
                         sdx_out_name(n, 1)));
    return sdx_body(c, 17, "%s = LayerNormalization<epsilon = %s>(sum, %s, %s)", sdx_out_name(n, 0),
                    sdx_float_text(c, sdx_attr_float(n, "epsilon")), gamma, beta);
}

static sdx_status expand_embed(const sdx_node *n, sdx_rewrite *c)
{
    bool segments = sdx_has_in(n, IN_SEGMENTS) && sdx_has_in(n, IN_SEGMENT);
    SDX_TRY(sdx_body(c, 15, "word = Gather(word_embedding, input_ids)"));
    SDX_TRY(sdx_body(c, 15,
                     sdx_has_in(n, IN_PLACE)
                         ? "place = Gather(position_embedding, position_ids)"
                         : "first = Constant<value_ints = [0]>(); "
                           "steps = Shape<start = 1, end = 2>(input_ids); "
                           "place = Slice(position_embedding, first, steps, first)"));
    SDX_TRY(sdx_body(c, 15,
                     segments ? "two = Add(word, place); "
                                "segment = Gather(segment_embedding, segment_ids); "
                                "sum = Add(two, segment)"
                              : "sum = Add(word, place)"));
    if (sdx_has_out(n, 2))
        SDX_TRY(sdx_body(c, 15, "embedding_sum = Identity(sum)"));
    return normalise_sum(n, c, "gamma", "beta");
}

/* Rows are looked up as whole numbers and become floats then. */
static sdx_status expand_quantized(const sdx_node *n, sdx_rewrite *c)
{
    static const char *const rows[] = {
        "row0 = Gather(word_embedding_quant, input_ids)",
        ("first = Constant<value_ints = [0]>(); steps = Shape<start = 1, end = 2>(input_ids); "
         "row1 = Slice(position_embedding_quant, first, steps, first)"),
        "row2 = Gather(segment_embedding, segment_ids)", "row3 = Identity(gamma_quant)",
        "row4 = Identity(beta_quant)"
    };
    bool segments = sdx_has_in(n, IN_SEGMENTS) && sdx_has_in(n, IN_SEGMENT);
    for (int i = 0; i < 5; i++)
        if (i != 2 || segments)
            SDX_TRY(sdx_body(c, 15, "%s; part%d = DequantizeLinear(row%d, %s, %s)", rows[i], i, i,
                             sdx_in_name(n, IN_SCALE + i), sdx_in_name(n, IN_ZERO_POINT + i)));
    SDX_TRY(sdx_body(c, 15,
                     segments ? "two = Add(part0, part1); sum = Add(two, part2)"
                              : "sum = Add(part0, part1)"));
    return normalise_sum(n, c, "part3", "part4");
}

static const char domain[] = "com.microsoft";
static const sdx_op ops[] = {
    { SDX_OP(SkipLayerNormalization), domain, .schema = skip_schema, .limits = "?epsilon:[0,)",
      .traits = SDX_PURE, .infer = infer_skip, .expand = expand_skip },
    { SDX_OP(SkipSimplifiedLayerNormalization), domain, .schema = skip_simplified_schema,
      .traits = SDX_PURE, .infer = infer_skip, .expand = expand_skip_simplified },
    { SDX_OP(SimplifiedLayerNormalization), .schema = simplified_schema, .traits = SDX_PURE,
      .infer = infer_simplified, .expand = expand_simplified },
    { SDX_OP(EmbedLayerNormalization), domain, .schema = embed_schema,
      .limits = "?epsilon:[0,) input_ids:[0,word_embedding.0)", .traits = SDX_PURE,
      .infer = infer_embed, .expand = expand_embed },
    { SDX_OP(QEmbedLayerNormalization), domain, .schema = quantized_schema, .traits = SDX_PURE,
      .variant = domain, .infer = infer_embed, .expand = expand_quantized },
    { 0 },
};
const sdx_family sdx_family_microsoft_skip_normalization = { ops, 0 };
