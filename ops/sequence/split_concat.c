/* ops/sequence/split_concat.c - SplitToSequence, ConcatFromSequence.
 *
 * Source: ONNX Operators.md, SplitToSequence-24, ConcatFromSequence-11. */
#include <inttypes.h>
#include "common/types.h"
#include "common/walk.h"

static const sdx_schema split_schema[] = {
    { 11, "input:T split?:I -> output_sequence:S", "keepdims:int=1 axis:int=0",
      "T: all; I: i32 i64; S: seq(all)" },
    { 24, NULL, NULL, "T: all4; I: i32 i64; S: seq(all4)" },
    { 0 },
};
static const sdx_schema concat_schema[] = {
    { 11, "input_sequence:S -> concat_result:T", "new_axis:int=0 axis:int!",
      "S: seq(all); T: all" },
    { 0 },
};

/* ---- SplitToSequence ---- */

static void infer_split(const sdx_node *n, sdx_infer *c)
{
    sdx_dims x = sdx_in_dims(n, 0);
    int64_t axis = sdx_attr_int(n, "axis"), size;
    if (!sdx_check_rank(c, 0, 1, SDX_MAX_RANK) || !sdx_check_axis(c, "axis", axis, x.rank))
        return;
    const sdx_type *of = sdx_in_type(n, 0);
    if (x.rank >= 0) {
        int at = sdx_axis(axis, x.rank);
        sdx_dim each = sdx_has_in(n, 1) ? sdx_unknown() : sdx_num(1);
        if (sdx_has_in(n, 1) && sdx_in_dims(n, 1).rank == 0 && sdx_read_int(n, 1, &size) &&
            size > 0 && sdx_divides(c, size, x.dim[at]) == SDX_YES)
            each = sdx_num(size);
        of = sdx_type_without_dim(c, of, at);
        if (sdx_has_in(n, 1) || sdx_attr_int(n, "keepdims"))
            of = sdx_type_with_dim(c, of, at, each);
    }
    sdx_set_out_type(c, 0, sdx_sequence_type(c, of));
}

/* The size of piece k, at `done` of `whole`. */
static sdx_status piece(sdx_run *c, const sdx_tensor *split, int64_t k, int64_t whole, int64_t done,
                        int64_t *size)
{
    *size = 1;
    if (split && split->shape.rank > 0) {
        if (k >= sdx_elements(split))
            return sdx_fail(c, SDX_E_VALUE,
                            "the sizes of split sum to %" PRId64 ", the axis has %" PRId64, done,
                            whole);
        sdx_load_i64(size, split, k, 1, 1);
    } else if (split) {
        sdx_load_i64(size, split, 0, 1, 1);
        if (*size <= 0)
            return sdx_fail(c, SDX_E_VALUE, "split is %" PRId64, *size);
        if (*size > whole - done)
            *size = whole - done;
    }
    if (*size < 0 || *size > whole - done)
        return sdx_fail(c, SDX_E_VALUE,
                        "split[%" PRId64 "] is %" PRId64 ", but %" PRId64 " of %" PRId64
                        " are left",
                        k, *size, whole - done, whole);
    return SDX_OK;
}

static sdx_status run_split(const sdx_node *n, const void *state, sdx_run *c)
{
    const sdx_tensor *x = sdx_in(c, 0), *split = sdx_has_in(n, 1) ? sdx_in(c, 1) : NULL;
    sdx_shape s = x->shape;
    int at = sdx_axis(sdx_attr_int(n, "axis"), s.rank);
    bool drop = !split && !sdx_attr_int(n, "keepdims");
    int64_t whole = s.dim[at], outer = sdx_count(s, 0, at), inner = sdx_count(s, at + 1, s.rank),
            size;
    sdx_value *seq;
    (void)state;
    SDX_TRY(sdx_new_sequence(c, &seq));
    int64_t pieces = split && split->shape.rank > 0 ? sdx_elements(split) : INT64_MAX, done = 0;
    for (int64_t k = 0; k < pieces && (done < whole || pieces != INT64_MAX); k++, done += size) {
        int64_t dim[SDX_MAX_RANK];
        int rank = 0;
        sdx_value *v;
        sdx_walk w;
        SDX_TRY(sdx_poll(c));
        SDX_TRY(piece(c, split, k, whole, done, &size));
        for (int d = 0; d < s.rank; d++)
            if (d != at || !drop)
                dim[rank++] = d == at ? size : s.dim[d];
        SDX_TRY(sdx_new_tensor(c, x->dtype, (sdx_shape){ rank, dim }, &v));
        sdx_walk_set(&w, 2, (int64_t[]){ outer, size * inner }, (int64_t[]){ size * inner, 1 },
                     (int64_t[]){ whole * inner, 1 });
        SDX_TRY(sdx_walk_copy(c, &w, sdx_tensor_of(v), 0, x, done * inner));
        SDX_TRY(sdx_seq_push(c, seq, v));
        sdx_drop(c, v);
    }
    if (done != whole)
        return sdx_fail(c, SDX_E_VALUE,
                        "the sizes of split sum to %" PRId64 ", the axis has %" PRId64, done,
                        whole);
    return sdx_set_out(c, 0, seq);
}

/* ---- ConcatFromSequence ---- */

static void infer_concat(const sdx_node *n, sdx_infer *c)
{
    const sdx_type *of = sdx_type_of(sdx_in_type(n, 0));
    sdx_dims x = sdx_type_dims(of);
    if (sdx_type_dtype(of) != SDX_UNDEFINED)
        sdx_set_out_dtype(c, 0, sdx_type_dtype(of)); /* S and T are two variables of the row */
    int64_t axis = sdx_attr_int(n, "axis"), fresh = sdx_attr_int(n, "new_axis");
    if (x.rank < 0 || x.rank + fresh > SDX_MAX_RANK)
        return;
    int rank = x.rank + (int)fresh;
    if (!sdx_check_axis(c, "axis", axis, rank))
        return;
    sdx_dim *y = sdx_new_dims(c, rank);
    int at = sdx_axis(axis, rank);
    for (int k = 0, i = 0; k < rank; k++) {
        y[k] = k == at ? sdx_dim_new(c, 0, at, sdx_unknown()) : x.dim[i];
        i += k != at || !fresh;
    }
    sdx_set_out_dims(c, 0, rank, y);
}

static sdx_status run_concat(const sdx_node *n, const void *state, sdx_run *c)
{
    const sdx_value *seq = sdx_in_value(c, 0);
    int64_t length = sdx_seq_length(seq), fresh = sdx_attr_int(n, "new_axis"),
            axis = sdx_attr_int(n, "axis"), sum = 0;
    int64_t dim[SDX_MAX_RANK], done = 0;
    sdx_tensor *y;
    (void)state;
    if (length == 0)
        return sdx_fail(c, SDX_E_VALUE, "the sequence is empty: there is no shape to give");
    sdx_shape first = sdx_as_tensor(sdx_seq_at(seq, 0))->shape;
    int rank = first.rank + (int)fresh;
    if (rank > SDX_MAX_RANK || axis < -rank || axis >= rank)
        return sdx_fail(c, SDX_E_VALUE, "axis=%" PRId64 " for a result of %d dims", axis, rank);
    int at = sdx_axis(axis, rank);
    for (int64_t e = 0; e < length; e++) {
        sdx_shape s = sdx_as_tensor(sdx_seq_at(seq, e))->shape;
        bool same = s.rank == first.rank;
        for (int k = 0; same && k < s.rank; k++)
            same = s.dim[k] == first.dim[k] || (!fresh && k == at);
        if (!same)
            return sdx_fail(c, SDX_E_SHAPE,
                            "element %" PRId64 " does not have the shape of the first", e);
        sum += fresh ? 1 : s.dim[at];
    }
    for (int k = 0, i = 0; k < rank; k++) {
        dim[k] = k == at ? sum : first.dim[i];
        i += k != at || !fresh;
    }
    SDX_TRY(sdx_make_out(c, 0, (sdx_shape){ rank, dim }, &y));
    if (!y)
        return SDX_OK;
    int64_t outer = sdx_count(y->shape, 0, at), inner = sdx_count(y->shape, at + 1, rank);
    for (int64_t e = 0; e < length; e++) {
        const sdx_tensor *x = sdx_as_tensor(sdx_seq_at(seq, e));
        int64_t each = (fresh ? 1 : x->shape.dim[at]) * inner;
        sdx_walk w;
        sdx_walk_set(&w, 2, (int64_t[]){ outer, each }, (int64_t[]){ sum * inner, 1 },
                     (int64_t[]){ each, 1 });
        SDX_TRY(sdx_walk_copy(c, &w, y, done, x, 0));
        done += each;
    }
    return SDX_OK;
}

static const sdx_op ops[] = {
    { SDX_OP(SplitToSequence), .schema = split_schema, .limits = "?keepdims:0|1",
      .traits = SDX_PURE, .infer = infer_split, .run = run_split },
    { SDX_OP(ConcatFromSequence), .schema = concat_schema, .limits = "new_axis:0|1",
      .traits = SDX_PURE, .infer = infer_concat, .run = run_concat },
    { 0 },
};
const sdx_family sdx_family_sequence_split_concat = { ops, 0 };
