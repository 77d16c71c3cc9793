/* ops/microsoft/activation.c - Gelu, FastGelu, BiasGelu, QuickGelu of com.microsoft, by operators
 * of the standard.
 *
 * Source: onnxruntime, ContribOperators.md, the section of each, version 1. */
#include "common/check.h"
#include "common/pointwise.h"
#include "sdx/rewrite.h"

static const sdx_schema gelu_schema[] = { { 1, "X:T -> Y:T", "", "T: float bf16" }, { 0 } };
static const sdx_schema fast_schema[] = { { 1, "X:T bias?:T -> Y:T", "", "T: f16 f32 bf16" },
                                          { 0 } };
static const sdx_schema bias_schema[] = { { 1, "A:T B:T -> C:T", "", "T: float bf16" }, { 0 } };
static const sdx_schema quick_schema[] = {
    { 1, "X:T -> Y:T", "alpha:float=1.702", "T: float bf16" }, { 0 }
};

static void infer(const sdx_node *n, sdx_infer *c)
{
    sdx_dims x = sdx_in_dims(n, 0);
    sdx_set_out_like(c, 0, x);
    if (x.rank > 0 && sdx_in_dims(n, 1).rank == 1)
        sdx_check_dim(n, c, "broadcast", 1, 0, x.dim[x.rank - 1], "the last dim of the input");
}

static sdx_status expand_gelu(const sdx_node *n, sdx_rewrite *c)
{
    (void)n;
    return sdx_body(c, 20, "Y = Gelu(X)");
}

static sdx_status expand_fast(const sdx_node *n, sdx_rewrite *c)
{
    return sdx_body(c, 20,
                    sdx_has_in(n, 1) ? "s = Add(X, bias); Y = Gelu<approximate = \"tanh\">(s)"
                                     : "Y = Gelu<approximate = \"tanh\">(X)");
}

static sdx_status expand_bias(const sdx_node *n, sdx_rewrite *c)
{
    (void)n;
    return sdx_body(c, 20, "s = Add(A, B); C = Gelu(s)");
}

static sdx_status expand_quick(const sdx_node *n, sdx_rewrite *c)
{
    return sdx_body(c, 24, "Y = Swish<alpha = %s>(X)",
                    sdx_float_text(c, sdx_attr_float(n, "alpha")));
}

static const char domain[] = "com.microsoft";
static const sdx_op ops[] = {
    { SDX_OP(Gelu), domain, .schema = gelu_schema, .traits = SDX_PURE, .infer = infer,
      .expand = expand_gelu },
    { SDX_OP(FastGelu), domain, .schema = fast_schema, .traits = SDX_PURE, .infer = infer,
      .expand = expand_fast },
    { SDX_OP(BiasGelu), domain, .schema = bias_schema, .traits = SDX_PURE, .infer = infer,
      .expand = expand_bias },
    { SDX_OP(QuickGelu), domain, .schema = quick_schema, .traits = SDX_PURE, .infer = infer,
      .expand = expand_quick },
    { 0 },
};
const sdx_family sdx_family_microsoft_activation = { ops, 0 };
