/* ops/sequence/sequence.c - SequenceConstruct, SequenceEmpty, SequenceInsert, SequenceErase,
 * SequenceAt, SequenceLength.
 *
 * Sequences share their elements, so none of these copies a tensor.
 * Source: ONNX Operators.md, the six operators, all of opset 11. */
#include <inttypes.h>
#include "sdx/op.h"

static const sdx_schema construct_schema[] = {
    { 11, "inputs+:T -> output_sequence:S", "", "T: all; S: seq(all)" },
    { 0 },
};
static const sdx_schema empty_schema[] = {
    { 11, "-> output:S", "dtype:int", "S: seq(all)" },
    { 0 },
};
static const sdx_schema insert_schema[] = {
    { 11, "input_sequence:S tensor:T position?:I -> output_sequence:S", "",
      "T: all; S: seq(all); I: i32 i64" },
    { 0 },
};
static const sdx_schema erase_schema[] = {
    { 11, "input_sequence:S position?:I -> output_sequence:S", "", "S: seq(all); I: i32 i64" },
    { 0 },
};
static const sdx_schema at_schema[] = {
    { 11, "input_sequence:S position:I -> tensor:T", "", "S: seq(all); T: all; I: i32 i64" },
    { 0 },
};
static const sdx_schema length_schema[] = {
    { 11, "input_sequence:S -> length:I", "", "S: seq(all); I: i64" },
    { 0 },
};

/* The type of what is in both, where b is of input i; refuses where there is none. */
static const sdx_type *join(sdx_infer *c, const sdx_type *a, const sdx_type *b, int i)
{
    const sdx_type *t = sdx_join(c, a, b);
    if (!t) {
        sdx_refuse(c, "sequence-element", "the sequence is of %s, the new element %s",
                   sdx_show_type(c, a), sdx_show_type(c, b));
        sdx_point(c, 0, -1);
        sdx_point(c, i, -1);
        sdx_hint(c, "all elements of a sequence have one element type: Cast one of them");
    }
    return t;
}

/* position (input i) within a sequence; `more` 1: the place past the end is one, too.  Absent: the
 * end. */
static sdx_status place(sdx_run *c, int i, int64_t length, int more, int64_t *at)
{
    *at = length - 1 + more;
    if (sdx_in(c, i) && sdx_elements(sdx_in(c, i)) > 0)
        sdx_load_i64(at, sdx_in(c, i), 0, 1, 1);
    if (*at < -length || *at >= length + more)
        return sdx_fail(c, SDX_E_VALUE, "position %" PRId64 " in a sequence of %" PRId64, *at,
                        length);
    *at += *at < 0 ? length : 0;
    return SDX_OK;
}

static void infer_construct(const sdx_node *n, sdx_infer *c)
{
    const sdx_type *of = sdx_in_type(n, 0);
    for (int i = 1; i < sdx_in_count(n) && of; i++)
        of = join(c, of, sdx_in_type(n, i), i);
    if (of)
        sdx_set_out_type(c, 0, sdx_sequence_type(c, of));
}

static sdx_status run_construct(const sdx_node *n, const void *state, sdx_run *c)
{
    sdx_value *seq;
    (void)state;
    SDX_TRY(sdx_new_sequence(c, &seq));
    for (int i = 0; i < sdx_in_count(n); i++)
        SDX_TRY(sdx_seq_push(c, seq, sdx_in_value(c, i)));
    return sdx_set_out(c, 0, seq);
}

static void infer_empty(const sdx_node *n, sdx_infer *c)
{
    int64_t dtype = sdx_has_attr(n, "dtype") ? sdx_attr_int(n, "dtype") : SDX_F32;
    if (dtype >= SDX_DTYPE_END) {
        sdx_refuse(c, "attribute-value", "dtype is %" PRId64, dtype);
        sdx_hint(c, "it is a number of TensorProto.DataType; 1 is float");
        return;
    }
    sdx_set_out_type(
        c, 0, sdx_sequence_type(c, sdx_tensor_type(c, (sdx_dtype)dtype, (sdx_dims){ -1, NULL })));
}

static sdx_status run_empty(const sdx_node *n, const void *state, sdx_run *c)
{
    sdx_value *seq;
    (void)n, (void)state;
    SDX_TRY(sdx_new_sequence(c, &seq));
    return sdx_set_out(c, 0, seq);
}

static void infer_insert(const sdx_node *n, sdx_infer *c)
{
    const sdx_type *of = join(c, sdx_type_of(sdx_in_type(n, 0)), sdx_in_type(n, 1), 1);
    if (of)
        sdx_set_out_type(c, 0, sdx_sequence_type(c, of));
}

static sdx_status run_insert(const sdx_node *n, const void *state, sdx_run *c)
{
    const sdx_value *old = sdx_in_value(c, 0), *item = sdx_in_value(c, 1);
    int64_t length = sdx_seq_length(old), at;
    sdx_value *seq;
    (void)n, (void)state;
    SDX_TRY(place(c, 2, length, 1, &at));
    SDX_TRY(sdx_new_sequence(c, &seq));
    for (int64_t i = 0; i <= length; i++)
        SDX_TRY(sdx_seq_push(c, seq, i == at ? item : sdx_seq_at(old, i < at ? i : i - 1)));
    return sdx_set_out(c, 0, seq);
}

static void infer_erase(const sdx_node *n, sdx_infer *c)
{
    sdx_set_out_type(c, 0, sdx_in_type(n, 0));
}

static sdx_status run_erase(const sdx_node *n, const void *state, sdx_run *c)
{
    const sdx_value *old = sdx_in_value(c, 0);
    int64_t length = sdx_seq_length(old), at;
    sdx_value *seq;
    (void)n, (void)state;
    SDX_TRY(place(c, 1, length, 0, &at));
    SDX_TRY(sdx_new_sequence(c, &seq));
    for (int64_t i = 0; i < length; i++)
        if (i != at)
            SDX_TRY(sdx_seq_push(c, seq, sdx_seq_at(old, i)));
    return sdx_set_out(c, 0, seq);
}

static void infer_at(const sdx_node *n, sdx_infer *c)
{
    sdx_set_out_type(c, 0, sdx_type_of(sdx_in_type(n, 0)));
}

static sdx_status run_at(const sdx_node *n, const void *state, sdx_run *c)
{
    const sdx_value *seq = sdx_in_value(c, 0);
    int64_t at;
    (void)n, (void)state;
    SDX_TRY(place(c, 1, sdx_seq_length(seq), 0, &at));
    return sdx_set_out(c, 0, sdx_seq_at(seq, at));
}

static void infer_length(const sdx_node *n, sdx_infer *c)
{
    (void)n;
    sdx_set_out_dims(c, 0, 0, NULL);
}

static sdx_status run_length(const sdx_node *n, const void *state, sdx_run *c)
{
    int64_t length = sdx_seq_length(sdx_in_value(c, 0));
    (void)n, (void)state;
    sdx_store_i64(sdx_out(c, 0), 0, 1, 1, &length);
    return SDX_OK;
}

static const sdx_op ops[] = {
    { SDX_OP(SequenceConstruct), .schema = construct_schema, .traits = SDX_PURE,
      .infer = infer_construct, .run = run_construct },
    { SDX_OP(SequenceEmpty), .schema = empty_schema, .limits = "dtype:[1,)", .traits = SDX_PURE,
      .infer = infer_empty, .run = run_empty },
    { SDX_OP(SequenceInsert), .schema = insert_schema, .limits = "position#one", .traits = SDX_PURE,
      .infer = infer_insert, .run = run_insert },
    { SDX_OP(SequenceErase), .schema = erase_schema, .limits = "position#one", .traits = SDX_PURE,
      .infer = infer_erase, .run = run_erase },
    { SDX_OP(SequenceAt), .schema = at_schema, .limits = "position#one", .traits = SDX_PURE,
      .infer = infer_at, .run = run_at },
    { SDX_OP(SequenceLength), .schema = length_schema, .traits = SDX_PURE, .infer = infer_length,
      .run = run_length },
    { 0 },
};
const sdx_family sdx_family_sequence_sequence = { ops, 0 };
