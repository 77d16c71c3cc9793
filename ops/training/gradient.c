/* ops/training/gradient.c - Gradient: derivatives of a value of the graph by others of it.
 *
 * It is no computation of its own: a pass makes it the nodes that compute the derivatives, by the
 * rules of the operators between the values that it names (sdx_op.derive).
 * Source: ONNX Operators.md, ai.onnx.preview.training: Gradient-1. */
#include "sdx/op.h"

static const sdx_schema schema[] = {
    { 1, "Inputs+:T1* -> Outputs+:T2*", "y:string! zs:strings xs:strings!", "T1: all; T2: float" },
    { 0 },
};

/* A derivative has the type of what it is by; shapes are those of xs, then zs. */
static void infer(const sdx_node *n, sdx_infer *c)
{
    int xs, zs;
    sdx_attr_strings(n, "xs", &xs);
    sdx_attr_strings(n, "zs", &zs);
    if (sdx_in_count(n) != xs + zs || sdx_out_count(n) > xs) {
        sdx_refuse(c, "gradient-names", "%d inputs and %d outputs, for %d names in xs and %d in zs",
                   sdx_in_count(n), sdx_out_count(n), xs, zs);
        sdx_hint(c, "give an input for each name, and at most an output for each of xs");
        return;
    }
    for (int i = 0; i < sdx_out_count(n); i++) {
        if (!sdx_has_out(n, i))
            continue;
        sdx_set_out_dtype(c, i, sdx_in_dtype(n, i));
        sdx_set_out_like(c, i, sdx_in_dims(n, i));
    }
}

static const sdx_op ops[] = {
    { SDX_OP(Gradient), .domain = "ai.onnx.preview.training", .schema = schema,
      .traits = SDX_DERIVES, .infer = infer },
    { 0 },
};
const sdx_family sdx_family_training_gradient = { ops, 0 };
