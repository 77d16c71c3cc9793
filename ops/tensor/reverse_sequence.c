/* ops/tensor/reverse_sequence.c - ReverseSequence.
 *
 * Source: ONNX Operators.md, ReverseSequence-28. */
#include <inttypes.h>
#include "common/derivatives.h"
#include "common/walk.h"

static const sdx_schema schema[] = {
    { 10, "input:T sequence_lens:i64 -> Y:T", "batch_axis:int=1 time_axis:int=0", "T: all" },
    { 28, NULL, NULL, "T: all4" },
    { 0 },
};

static void infer(const sdx_node *n, sdx_infer *c)
{
    int64_t batch = sdx_attr_int(n, "batch_axis"), time = sdx_attr_int(n, "time_axis");
    if (!sdx_check_rank(c, 0, 2, SDX_MAX_RANK) || !sdx_check_rank(c, 1, 1, 1))
        return;
    if (batch == time) {
        sdx_refuse(c, "attribute-value", "batch_axis=%" PRId64 " and time_axis=%" PRId64, batch,
                   time);
        sdx_hint(c, "one of them is 0, the other 1");
        return;
    }
    if (!sdx_equal(c, sdx_in_dim(n, 0, (int)batch), sdx_in_dim(n, 1, 0))) {
        sdx_refuse(c, "reverse-lengths", "%s lengths for a batch of %s",
                   sdx_show(c, sdx_in_dim(n, 1, 0)), sdx_show(c, sdx_in_dim(n, 0, (int)batch)));
        sdx_point(c, 0, (int)batch);
        sdx_point(c, 1, 0);
        sdx_hint(c, "sequence_lens has one length for each item of axis %" PRId64, batch);
        return;
    }
    sdx_check_limits(c, time ? "sequence_lens:[0,input.1]" : "sequence_lens:[0,input.0]");
    sdx_set_out_like(c, 0, sdx_in_dims(n, 0));
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    const sdx_tensor *x = sdx_in(c, 0), *lens = sdx_in(c, 1);
    sdx_tensor *y = sdx_out(c, 0);
    sdx_shape s = x->shape;
    bool time_first = sdx_attr_int(n, "time_axis") == 0;
    int64_t inner = sdx_count(s, 2, s.rank), times = s.dim[time_first ? 0 : 1],
            batches = s.dim[time_first ? 1 : 0];
    size_t width = sdx_width(x->dtype);
    (void)state;
    for (int64_t b = 0; b < batches; b++) {
        int64_t length;
        sdx_load_i64(&length, lens, b, 1, 1);
        if (length < 0 || length > times)
            return sdx_fail(c, SDX_E_VALUE,
                            "sequence_lens[%" PRId64 "] is %" PRId64 ", there are %" PRId64
                            " steps",
                            b, length, times);
        for (int64_t t = 0; t < times; t++) {
            int64_t from = t < length ? length - 1 - t : t;
            int64_t a = time_first ? t * batches + b : b * times + t,
                    z = time_first ? from * batches + b : b * times + from;
            SDX_TRY(sdx_move(c, width, y, a * inner, x, z * inner, inner));
        }
        SDX_TRY(sdx_poll(c));
    }
    return SDX_OK;
}

static const sdx_op ops[] = {
    { SDX_OP(ReverseSequence), .derive = sdx_derive_move, .schema = schema,
      .limits = "batch_axis:0|1 time_axis:0|1", .traits = SDX_PURE, .infer = infer, .run = run },
    { 0 },
};
const sdx_family sdx_family_tensor_reverse_sequence = { ops, 0 };
