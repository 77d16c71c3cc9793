/* ops/microsoft/matmul_nbits.c - MatMulNBits of com.microsoft, by operators of the standard.
 *
 * B holds N columns of K weights of 2, 4 or 8 bits, in blocks of block_size with a scale each.
 * They are unpacked to floats; where B is constant, once, when the session is made: the weights
 * then take the memory of floats.  Source: onnxruntime, ContribOperators.md, MatMulNBits-1. */
#include <inttypes.h>
#include "common/check.h"
#include "microsoft/bits/bits.h"

static const sdx_schema schema[] = {
    { 1, "A:T1 B:u8 scales:T1 zero_points?:T3 g_idx?:i32 bias?:T1 -> Y:T1",
      "K:int! N:int! accuracy_level:int=0 bits:int=4 block_size:int! weight_prepacked:int=0",
      "T1: f32 f16 bf16; T3: u8 f16 f32 bf16" },
    { 0 },
};

static sdx_dim macs(const sdx_node *n, sdx_infer *c)
{
    sdx_dims a = sdx_in_dims(n, 0);
    return a.rank < 1
               ? sdx_unknown()
               : sdx_dim_mul(c, sdx_dim_product(c, a, 0, a.rank), sdx_num(sdx_attr_int(n, "N")));
}

static bool is_power_of_two(int64_t v)
{
    return v > 0 && (v & (v - 1)) == 0;
}

static bool check_number(const sdx_node *n, sdx_infer *c, const char *name, int64_t least,
                         bool power)
{
    int64_t v = sdx_attr_int(n, name);
    if (v >= least && v <= INT32_MAX && (!power || is_power_of_two(v)))
        return true;
    sdx_refuse(c, "attribute-value", "%s is %" PRId64, name, v);
    sdx_hint(c, power ? "it is a power of two, %" PRId64 " or more" : "it is %" PRId64 " or more",
             least);
    return false;
}

/* Dim `axis` of input i has to be `want`. */
static bool check_dim(const sdx_node *n, sdx_infer *c, int i, int axis, int64_t want,
                      const char *what)
{
    sdx_dim have = sdx_in_dim(n, i, axis);
    if (sdx_in_dims(n, i).rank <= axis || sdx_equal(c, have, sdx_num(want)))
        return true;
    sdx_refuse(c, "matmul-inner", "dim %d of %s is %s, not %" PRId64 ": %s", axis,
               sdx_in_name(n, i), sdx_show(c, have), want, what);
    sdx_point(c, i, axis);
    sdx_number(c, "want", want);
    sdx_hint(c, "the attributes K, N, block_size and bits have to be those it was quantised with");
    return false;
}

/* Weights with a dim of 0 were left out: Y is 0, or the bias. */
static bool is_left_out(const sdx_node *n)
{
    for (int i = 0; i < 3; i++)
        if (sdx_is_num(sdx_in_dim(n, 1, i)) && sdx_in_dim(n, 1, i).n == 0)
            return true;
    return false;
}

static sdx_status expand_left_out(const sdx_node *n, sdx_rewrite *c)
{
    SDX_TRY(sdx_body(c, 15,
                     "rows = Shape<end = -1>(A); columns = Constant<value_ints = [%" PRId64 "]>(); "
                     "shape = Concat<axis = 0>(rows, columns); "
                     "none = Constant<value_float = 0.0>(); zero = CastLike(none, A)",
                     sdx_attr_int(n, "N")));
    return sdx_body(c, 13, "Y = Expand(%s, shape)", sdx_has_in(n, 5) ? "bias" : "zero");
}

static void infer(const sdx_node *n, sdx_infer *c)
{
    sdx_dims a = sdx_in_dims(n, 0);
    int64_t k = sdx_attr_int(n, "K"), columns = sdx_attr_int(n, "N"),
            bits = sdx_attr_int(n, "bits");
    int64_t block = sdx_attr_int(n, "block_size");
    if (!check_number(n, c, "K", 1, false) || !check_number(n, c, "N", 1, false) ||
        !check_number(n, c, "block_size", 16, true) || !check_number(n, c, "bits", 2, false) ||
        !sdx_check_rank(c, 0, 1, SDX_MAX_RANK - 1) || !sdx_check_rank(c, 1, 2, 3))
        return;
    int64_t blocks = (k + block - 1) / block, bytes = (block * bits + 7) / 8;
    bool fine = a.rank < 0 || check_dim(n, c, 0, a.rank - 1, k, "a row of A holds K elements");
    if (!is_left_out(n))
        fine = check_dim(n, c, 1, 0, columns, "B holds N columns") && fine;
    if (sdx_in_dims(n, 1).rank == 3 && !is_left_out(n)) {
        fine = check_dim(n, c, 1, 1, blocks, "K elements make that many blocks") && fine;
        fine = check_dim(n, c, 1, 2, bytes, "a block takes block_size * bits / 8 bytes") && fine;
    }
    if (!fine || a.rank < 0)
        return;
    sdx_dim *y = sdx_new_dims(c, a.rank);
    for (int i = 0; i < a.rank - 1; i++)
        y[i] = a.dim[i];
    y[a.rank - 1] = sdx_num(columns);
    sdx_set_out_dims(c, 0, a.rank, y);
}

/* `zeros` becomes the zero points of all blocks, [N, blocks], or one for all. */
static sdx_status read_zeros(const sdx_node *n, sdx_rewrite *c, int bits, int64_t width,
                             int64_t blocks)
{
    if (!sdx_has_in(n, 3))
        return sdx_body(c, 13, "zeros = Constant<value = float[1, 1] {%d}>()", 1 << (bits - 1));
    if (sdx_in_dtype(n, 3) != SDX_U8)
        return sdx_body(c, 13,
                        "zero_rows = Reshape(zero_points, columns); "
                        "zeros = Cast<to = 1>(zero_rows)");
    return sdx_body(c, 13,
                    "from = Constant<value_ints = [%" PRId64 "]>(); "
                    "until = Constant<value_ints = [%" PRId64 "]>(); "
                    "zeros = Slice(numbers, from, until, one)",
                    width, width + blocks);
}

/* Each of K weights less its zero point, times its scale, where g_idx says whose they are. */
static sdx_status scale_by_index(const sdx_node *n, sdx_rewrite *c)
{
    SDX_TRY(sdx_body(c, 13,
                     "group = Slice(g_idx, none, k, none); "
                     "scale = Gather<axis = 1>(scale_rows, group); "
                     "cut = Slice(weights, none, k, one)"));
    SDX_TRY(sdx_body(c, 13,
                     sdx_has_in(n, 3) ? "zero = Gather<axis = 1>(zeros, group)"
                                      : "zero = Identity(zeros)"));
    return sdx_body(c, 14, "centred = Sub(cut, zero); W = Mul(centred, scale)");
}

/* ... in blocks, one after the other. */
static sdx_status scale_by_block(sdx_rewrite *c, int64_t blocks, int64_t block)
{
    return sdx_body(c, 14,
                    "split = Constant<value_ints = [0, %" PRId64 ", %" PRId64 "]>(); "
                    "two = Constant<value_ints = [2]>(); "
                    "weight = Reshape(weights, split); zero = Unsqueeze(zeros, two); "
                    "scale = Unsqueeze(scale_rows, two); centred = Sub(weight, zero); "
                    "scaled = Mul(centred, scale); joined = Reshape(scaled, columns); "
                    "W = Slice(joined, none, k, one)",
                    blocks, block);
}

static const char *unsupported(const sdx_node *n)
{
    int64_t bits = sdx_attr_int(n, "bits");
    return bits != 2 && bits != 4 && bits != 8 ? "these bits are not supported; 2, 4 and 8 are"
           : sdx_attr_int(n, "weight_prepacked")
               ? "weight_prepacked is not supported: such weights are in the form of one machine"
               : NULL;
}

static void lint(const sdx_node *n, sdx_infer *c)
{
    sdx_remark_unsupported(c, unsupported(n));
}

static sdx_status expand(const sdx_node *n, sdx_rewrite *c)
{
    int64_t k = sdx_attr_int(n, "K"), block = sdx_attr_int(n, "block_size");
    int64_t blocks = (k + block - 1) / block;
    int bits = (int)sdx_attr_int(n, "bits");
    if (unsupported(n))
        return sdx_cannot(c, "%s", unsupported(n));
    if (is_left_out(n))
        return expand_left_out(n, c);
    bool join = sdx_has_in(n, 3) && sdx_in_dtype(n, 3) == SDX_U8;
    SDX_TRY(sdx_body(c, 13,
                     "columns = Constant<value_ints = [%" PRId64 ", -1]>(); "
                     "none = Constant<value_ints = [0]>(); one = Constant<value_ints = [1]>(); "
                     "k = Constant<value_ints = [%" PRId64 "]>(); "
                     "weight_rows = Reshape(B, columns)",
                     sdx_attr_int(n, "N"), k));
    SDX_TRY(sdx_body(c, 13,
                     join ? "zero_bytes = Reshape(zero_points, columns); "
                            "rows = Concat<axis = 1>(weight_rows, zero_bytes)"
                          : "rows = Identity(weight_rows)"));
    SDX_TRY(microsoft_unpack(c, "parts", "rows", bits));
    SDX_TRY(sdx_body(c, 13, "packed = Reshape(parts, columns); numbers = Cast<to = 1>(packed)"));
    SDX_TRY(read_zeros(n, c, bits, blocks * block, blocks));
    SDX_TRY(sdx_body(c, 13,
                     "all = Constant<value_ints = [%" PRId64 "]>(); "
                     "weights = Slice(numbers, none, all, one); "
                     "scale_list = Reshape(scales, columns); scale_rows = Cast<to = 1>(scale_list)",
                     blocks * block));
    SDX_TRY(sdx_has_in(n, 4) ? scale_by_index(n, c) : scale_by_block(c, blocks, block));
    SDX_TRY(sdx_body(c, 13,
                     "right = Transpose<perm = [1, 0]>(W); left = Cast<to = 1>(A); "
                     "product = MatMul(left, right)"));
    SDX_TRY(sdx_body(c, 14,
                     sdx_has_in(n, 5) ? "wide = Cast<to = 1>(bias); y = Add(product, wide)"
                                      : "y = Identity(product)"));
    return sdx_body(c, 15, "Y = CastLike(y, A)");
}

static const sdx_op ops[] = {
    { SDX_OP(MatMulNBits), "com.microsoft", .schema = schema, .traits = SDX_PURE, .infer = infer,
      .lint = lint, .expand = expand, .macs = macs },
    { 0 },
};
const sdx_family sdx_family_microsoft_matmul_nbits = { ops, 0 };
