/* ops/sequence/sequence_map.c - SequenceMap.
 *
 * Source: ONNX Operators.md, SequenceMap-17. */
#include <inttypes.h>
#include "common/types.h"

static const sdx_schema schema[] = {
    { 17, "input_sequence:S additional_inputs*:V* -> out_sequence+:S*", "body:graph!",
      "S: seq(all); V: all seq(all)" },
    { 0 },
};

static void infer(const sdx_node *n, sdx_infer *c)
{
    const sdx_type *p[SDX_BODY_MOST], *r[SDX_BODY_MOST];
    int ins = sdx_in_count(n), outs = sdx_out_count(n);
    if (!sdx_check_body_size(c, ins, outs))
        return;
    for (int i = 0; i < ins; i++) {
        const sdx_type *t = sdx_in_type(n, i);
        p[i] = sdx_type_kind(t) == SDX_SEQUENCE ? sdx_type_of(t) : t;
    }
    if (!sdx_infer_body(c, "body", ins, p, outs, r))
        return;
    for (int k = 0; k < outs; k++)
        if (sdx_has_out(n, k) && sdx_type_kind(r[k]) != SDX_KIND_UNKNOWN)
            sdx_set_out_type(c, k, sdx_sequence_type(c, r[k]));
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    const sdx_value *in[SDX_BODY_MOST], *out[SDX_BODY_MOST];
    sdx_value *made[SDX_BODY_MOST];
    int ins = sdx_in_count(n), outs = sdx_out_count(n);
    int64_t length = sdx_seq_length(sdx_in_value(c, 0));
    (void)state;
    for (int i = 1; i < ins; i++)
        if (sdx_value_kind(sdx_in_value(c, i)) == SDX_SEQUENCE &&
            sdx_seq_length(sdx_in_value(c, i)) != length)
            return sdx_fail(c, SDX_E_SHAPE,
                            "additional input %d has %" PRId64 " elements, the sequence %" PRId64,
                            i, sdx_seq_length(sdx_in_value(c, i)), length);
    for (int k = 0; k < outs; k++)
        SDX_TRY(sdx_new_sequence(c, &made[k]));
    for (int64_t e = 0; e < length; e++) {
        SDX_TRY(sdx_poll(c));
        for (int i = 0; i < ins; i++) {
            const sdx_value *v = sdx_in_value(c, i);
            in[i] = sdx_value_kind(v) == SDX_SEQUENCE ? sdx_seq_at(v, e) : v;
        }
        SDX_TRY(sdx_call(c, "body", ins, in, outs, out));
        for (int k = 0; k < outs; k++) {
            SDX_TRY(sdx_seq_push(c, made[k], out[k]));
            sdx_drop(c, out[k]);
        }
    }
    for (int k = 0; k < outs; k++)
        SDX_TRY(sdx_set_out(c, k, made[k]));
    return SDX_OK;
}

static const sdx_op ops[] = {
    { SDX_OP(SequenceMap), .schema = schema, .traits = SDX_PURE, .infer = infer, .run = run },
    { 0 },
};
const sdx_family sdx_family_sequence_sequence_map = { ops, 0 };
