/* ops/microsoft/rotary_embedding.c - RotaryEmbedding of com.microsoft, by that of the standard.
 *
 * Positions come first, and may be one number: that of the first step.  scale and
 * is_packed_batching change nothing, as in ONNX Runtime.
 * Source: onnxruntime, ContribOperators.md, com.microsoft.RotaryEmbedding, version 1. */
#include <inttypes.h>
#include "common/check.h"
#include "sdx/rewrite.h"

static const sdx_schema schema[] = {
    { 1, "input:T position_ids:M cos_cache:T sin_cache:T -> output:T",
      "num_heads:int=0 rotary_embedding_dim:int=0 interleaved:int=0 is_packed_batching:int=0 "
      "scale:float=1.0",
      "T: f32 f16 bf16; M: i64" },
    { 0 },
};

enum { IN_X, IN_PLACE, IN_COS, IN_SIN };
static const char rule[] = "rotary-shape";

static void infer(const sdx_node *n, sdx_infer *c)
{
    sdx_dims x = sdx_in_dims(n, IN_X), place = sdx_in_dims(n, IN_PLACE);
    int64_t turned = sdx_attr_int(n, "rotary_embedding_dim");
    sdx_set_out_like(c, 0, x);
    if (!sdx_check_rank(c, IN_X, 3, 4) || !sdx_check_rank(c, IN_PLACE, 1, 2) ||
        !sdx_check_rank(c, IN_COS, 2, 2) || !sdx_check_rank(c, IN_SIN, 2, 2))
        return;
    if (turned > 0 && x.rank == 3 && sdx_attr_int(n, "num_heads") < 1) {
        sdx_refuse(c, rule, "rotary_embedding_dim=%" PRId64 ", and num_heads is not given", turned);
        sdx_point(c, IN_X, 2);
        sdx_hint(c, "give num_heads: it says how long a head is, of which this part is turned");
        return;
    }
    if (x.rank >= 0 && place.rank == 2 &&
        (!sdx_check_dim(n, c, rule, IN_PLACE, 0, x.dim[0], "the batch") ||
         !sdx_check_dim(n, c, rule, IN_PLACE, 1, x.dim[x.rank - 2], "the steps")))
        return;
    if (place.rank == 1 &&
        !sdx_check_dim(n, c, rule, IN_PLACE, 0, sdx_num(1), "the place of the first step"))
        return;
    if (turned > 0 &&
        !sdx_check_dim(n, c, rule, IN_COS, 1, sdx_num(turned / 2), "half of rotary_embedding_dim"))
        return;
    for (int k = 0; k < 2; k++)
        if (!sdx_check_dim(n, c, rule, IN_SIN, k, sdx_in_dim(n, IN_COS, k), "as cos_cache"))
            return;
}

/* ids = the position of each step of each item */
static sdx_status put_places(const sdx_node *n, sdx_rewrite *c)
{
    int rank = sdx_in_dims(n, IN_X).rank, place = sdx_in_dims(n, IN_PLACE).rank;
    if (place == 2)
        return sdx_body(c, 14, "ids = Identity(position_ids)");
    if (place < 0 || rank < 0)
        return sdx_cannot(c, "the ranks of input and position_ids must be known");
    return sdx_body(c, 15,
                    "batch = Shape<start = 0, end = 1>(input); "
                    "steps = Shape<start = %d, end = %d>(input); both = Concat<axis = 0>(batch, "
                    "steps); zero = Constant<value_int = 0>(); one = Constant<value_int = 1>(); "
                    "last = Squeeze(steps); order = Range(zero, last, one); "
                    "places = Add(order, position_ids); ids = Expand(places, both)",
                    rank - 2, rank - 1);
}

static sdx_status expand(const sdx_node *n, sdx_rewrite *c)
{
    int rank = sdx_in_dims(n, IN_X).rank;
    int64_t heads = sdx_attr_int(n, "num_heads"), turned = sdx_attr_int(n, "rotary_embedding_dim"),
            interleaved = sdx_attr_int(n, "interleaved");
    SDX_TRY(put_places(n, c));
    if (rank == 4 || heads > 0)
        return sdx_body(c, 23,
                        "output = RotaryEmbedding<num_heads = %" PRId64
                        ", rotary_embedding_dim = %" PRId64 ", interleaved = %" PRId64
                        ">(input, cos_cache, sin_cache, ids)",
                        heads, turned, interleaved);
    /* Heads are as long as the angles say. */
    return sdx_body(c, 23,
                    "half = Shape<start = 1, end = 2>(cos_cache); size = Add(half, half); "
                    "kept = Constant<value_ints = [0, 0, -1]>(); "
                    "split = Concat<axis = 0>(kept, size); apart = Reshape(input, split); "
                    "first = Transpose<perm = [0, 2, 1, 3]>(apart); "
                    "turned = RotaryEmbedding<interleaved = %" PRId64
                    ">(first, cos_cache, sin_cache, ids); "
                    "back = Transpose<perm = [0, 2, 1, 3]>(turned); "
                    "shape = Shape(input); output = Reshape(back, shape)",
                    interleaved);
}

static const sdx_op ops[] = {
    { SDX_OP(RotaryEmbedding), "com.microsoft", .schema = schema,
      .limits = "num_heads:[0,) rotary_embedding_dim:[0,) position_ids:[0,cos_cache.0)",
      .traits = SDX_PURE, .infer = infer, .expand = expand },
    { 0 },
};
const sdx_family sdx_family_microsoft_rotary_embedding = { ops, 0 };
