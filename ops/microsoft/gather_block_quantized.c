/* ops/microsoft/gather_block_quantized.c - GatherBlockQuantized of com.microsoft, by operators of
 * the standard.
 *
 * Rows of a quantised table are gathered with their scales and zero points, and only then become
 * floats.  Bytes hold 2, 4 or 8 bits each along the last axis.
 * Source: onnxruntime, ContribOperators.md, com.microsoft.GatherBlockQuantized, version 1. */
#include <inttypes.h>
#include "common/check.h"
#include "microsoft/bits/bits.h"

static const sdx_schema schema[] = {
    { 1, "data:T1 indices:Tind scales:T2 zero_points?:T1 -> output:T2",
      "bits:int=4 block_size:int=128 gather_axis:int=0 quantize_axis:int=1",
      "T1: i4 u4 u8; T2: f32 f16 bf16; Tind: i32 i64" },
    { 0 },
};

enum { IN_DATA, IN_INDICES, IN_SCALES, IN_ZEROS };
static const char rule[] = "quant-scale-shape";

/* Numbers that an element of data holds. */
static int numbers_in(const sdx_node *n)
{
    return sdx_in_dtype(n, IN_DATA) == SDX_U8 ? (int)(8 / sdx_attr_int(n, "bits")) : 1;
}

static bool check_block(const sdx_node *n, sdx_infer *c)
{
    int64_t block = sdx_attr_int(n, "block_size");
    if (block >= 16 && block <= INT32_MAX && (block & (block - 1)) == 0)
        return true;
    sdx_refuse(c, "attribute-value", "block_size is %" PRId64, block);
    sdx_hint(c, "it is a power of two, 16 or more");
    return false;
}

/* Scales, and zero points as the data is packed. */
static bool check_shapes(const sdx_node *n, sdx_infer *c, const sdx_dim *x, int rank, int axis)
{
    int64_t block = sdx_attr_int(n, "block_size");
    if (!sdx_check_rank(c, IN_SCALES, rank, rank) ||
        (sdx_has_in(n, IN_ZEROS) && !sdx_check_rank(c, IN_ZEROS, rank, rank)))
        return false;
    for (int k = 0; k < rank; k++) {
        sdx_dim want = k == axis ? sdx_dim_ceil(c, x[k], sdx_num(block)) : x[k];
        if (!sdx_check_dim(n, c, rule, IN_SCALES, k, want,
                           k == axis ? "blocks of block_size" : "as data"))
            return false;
        if (k == rank - 1)
            want = sdx_dim_ceil(c, want, sdx_num(numbers_in(n)));
        if (!sdx_check_dim(n, c, rule, IN_ZEROS, k, want, "as scales"))
            return false;
    }
    return true;
}

static void infer(const sdx_node *n, sdx_infer *c)
{
    sdx_dims d = sdx_in_dims(n, IN_DATA), at = sdx_in_dims(n, IN_INDICES);
    int64_t gather = sdx_attr_int(n, "gather_axis"), axis = sdx_attr_int(n, "quantize_axis");
    if (!check_block(n, c) || !sdx_check_rank(c, IN_DATA, 1, SDX_MAX_RANK) || d.rank < 0 ||
        !sdx_check_axis(c, "gather_axis", gather, d.rank) ||
        !sdx_check_axis(c, "quantize_axis", axis, d.rank))
        return;
    int g = sdx_axis(gather, d.rank), last = d.rank - 1, rank = 0;
    if (g == last && numbers_in(n) > 1) {
        sdx_refuse(c, "attribute-value", "gather_axis=%" PRId64 ": data is packed along it",
                   gather);
        sdx_hint(c, "bytes are gathered along axis 0");
        return;
    }
    sdx_dim *x = sdx_new_dims(c, d.rank);
    memcpy(x, d.dim, (size_t)d.rank * sizeof *x);
    x[last] = sdx_dim_mul(c, x[last], sdx_num(numbers_in(n)));
    if (!check_shapes(n, c, x, d.rank, sdx_axis(axis, d.rank)) || at.rank < 0 ||
        d.rank + at.rank > SDX_MAX_RANK)
        return;
    sdx_dim *y = sdx_new_dims(c, d.rank - 1 + at.rank);
    for (int k = 0; k < d.rank; k++)
        for (int i = 0; i < (k == g ? at.rank : 1); i++)
            y[rank++] = k == g ? at.dim[i] : x[k];
    sdx_set_out_dims(c, 0, rank, y);
}

/* `to` = the rows of input i that indices name, its numbers apart.  Numbers of 4 bits travel as
 * bytes, for Gather takes no smaller ones. */
static sdx_status gather(const sdx_node *n, sdx_rewrite *c, const char *to, int i, int axis)
{
    const char *name = sdx_in_name(n, i);
    bool bytes = sdx_in_dtype(n, IN_DATA) == SDX_U8;
    if (i == IN_SCALES)
        return sdx_body(c, 13, "%s = Gather<axis = %d>(%s, indices)", to, axis, name);
    if (!bytes)
        return sdx_body(c, 21,
                        "%s_table = Cast<to = %d>(%s); %s = Gather<axis = %d>(%s_table, indices)",
                        to, sdx_in_dtype(n, i) == SDX_I4 ? SDX_I8 : SDX_U8, name, to, axis, to);
    char parts[16], rows[16];
    snprintf(parts, sizeof parts, "%s_parts", to);
    snprintf(rows, sizeof rows, "%s_rows", to);
    SDX_TRY(sdx_body(c, 13, "%s = Gather<axis = %d>(%s, indices)", rows, axis, name));
    SDX_TRY(microsoft_unpack(c, parts, rows, (int)sdx_attr_int(n, "bits")));
    return microsoft_body(
        c, 15, to,
        "$_lead = Shape<end = -1>($_rows); $_rest = Constant<value_ints = [-1]>(); "
        "$_shape = Concat<axis = 0>($_lead, $_rest); "
        "$ = Reshape($_parts, $_shape)");
}

static const char *unsupported(const sdx_node *n)
{
    int rank = sdx_in_dims(n, IN_DATA).rank;
    return rank > 0 && sdx_axis(sdx_attr_int(n, "gather_axis"), rank) ==
                           sdx_axis(sdx_attr_int(n, "quantize_axis"), rank)
               ? "one axis as gather_axis and quantize_axis is not supported"
               : NULL;
}

static void lint(const sdx_node *n, sdx_infer *c)
{
    sdx_remark_unsupported(c, unsupported(n));
}

static sdx_status expand(const sdx_node *n, sdx_rewrite *c)
{
    int rank = sdx_in_dims(n, IN_DATA).rank, more = sdx_in_dims(n, IN_INDICES).rank - 1;
    bool zeros = sdx_has_in(n, IN_ZEROS), bytes = sdx_in_dtype(n, IN_DATA) == SDX_U8;
    if (rank < 0 || more < -1)
        return sdx_cannot(c, "the ranks of data and indices must be known");
    int g = sdx_axis(sdx_attr_int(n, "gather_axis"), rank),
        axis = sdx_axis(sdx_attr_int(n, "quantize_axis"), rank);
    int64_t block = sdx_attr_int(n, "block_size");
    if (unsupported(n))
        return sdx_cannot(c, "%s", unsupported(n));
    SDX_TRY(gather(n, c, "x", IN_DATA, g));
    SDX_TRY(gather(n, c, "s", IN_SCALES, g));
    if (zeros)
        SDX_TRY(gather(n, c, "zeros", IN_ZEROS, g));
    SDX_TRY(sdx_body(c, 15, "s_shape = Shape(s)"));
    if (zeros && bytes) /* a byte may hold more of them than there are blocks */
        SDX_TRY(
            sdx_body(c, 15,
                     "last = Constant<value_ints = [-1]>(); none = Constant<value_ints = [0]>(); "
                     "many = Shape<start = -1>(s); z = Slice(zeros, none, many, last)"));
    else if (bytes)
        SDX_TRY(sdx_body(c, 15, "half = Constant<value = uint8 {%d}>(); z = Expand(half, s_shape)",
                         1 << (sdx_attr_int(n, "bits") - 1)));
    return sdx_body(c, 25, "output = DequantizeLinear<axis = %d, block_size = %" PRId64 ">(x, s%s)",
                    axis > g ? axis + more : axis, block,
                    bytes   ? ", z"
                    : zeros ? ", zeros"
                            : "");
}

static const sdx_op ops[] = {
    { SDX_OP(GatherBlockQuantized), "com.microsoft", .schema = schema, .limits = "bits:2|4|8",
      .traits = SDX_PURE, .infer = infer, .lint = lint, .expand = expand },
    { 0 },
};
const sdx_family sdx_family_microsoft_gather_block_quantized = { ops, 0 };
