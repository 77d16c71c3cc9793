/* ops/tensor/shape.c - Shape, Size.
 *
 * Where shape arithmetic begins: the dims of a type become the elements of a small tensor.
 * Source: ONNX Operators.md, Shape-25, Size-25; Changelog.md, Shape-15 (start, end). */
#include <inttypes.h>
#include "sdx/op.h"

static const sdx_schema shape_schema[] = {
    { 1, "data:T -> shape:T1", "", "T: all; T1: i64" },
    { 13, NULL, NULL, "T: all4; T1: i64" },
    { 15, NULL, "end:int start:int=0", NULL },
    { 19, NULL, NULL, "T: all9; T1: i64" },
    { 21, NULL, NULL, "T: all10; T1: i64" },
    { 23, NULL, NULL, "T: all11; T1: i64" },
    { 24, NULL, NULL, "T: all12; T1: i64" },
    { 25, NULL, NULL, "T: all13; T1: i64" },
    { 0 },
};
static const sdx_schema size_schema[] = {
    { 1, "data:T -> size:T1", "", "T: all; T1: i64" },
    { 13, NULL, NULL, "T: all4; T1: i64" },
    { 19, NULL, NULL, "T: all9; T1: i64" },
    { 21, NULL, NULL, "T: all10; T1: i64" },
    { 23, NULL, NULL, "T: all11; T1: i64" },
    { 24, NULL, NULL, "T: all12; T1: i64" },
    { 25, NULL, NULL, "T: all13; T1: i64" },
    { 0 },
};

/* The dims that Shape gives, [*begin, *end): both ends are clamped, not refused. */
static void range(const sdx_node *n, int rank, int *begin, int *end)
{
    int64_t first = sdx_attr_int(n, "start"),
            last = sdx_has_attr(n, "end") ? sdx_attr_int(n, "end") : rank;
    first += first < 0 ? rank : 0;
    last += last < 0 ? rank : 0;
    *begin = (int)(first < 0 ? 0 : first > rank ? rank : first);
    *end = (int)(last < *begin ? *begin : last > rank ? rank : last);
}

static void infer_shape(const sdx_node *n, sdx_infer *c)
{
    sdx_dims x = sdx_in_dims(n, 0);
    sdx_dim *length = sdx_new_dims(c, 1);
    int begin, end;
    if (x.rank >= 0) {
        range(n, x.rank, &begin, &end);
        length[0] = sdx_num(end - begin);
        if (x.rank > 0 && begin >= end) {
            sdx_remark(c, "empty-result",
                       "start=%" PRId64 " and end=%" PRId64 " take none of %d dims",
                       sdx_attr_int(n, "start"),
                       sdx_has_attr(n, "end") ? sdx_attr_int(n, "end") : x.rank, x.rank);
            sdx_hint(c, "start comes before end");
        }
    }
    sdx_set_out_dims(c, 0, 1, length);
    if (x.rank >= 0)
        sdx_set_out_elems(c, 0, end - begin, x.dim + begin);
}

static sdx_status run_shape(const sdx_node *n, const void *state, sdx_run *c)
{
    sdx_tensor *y = sdx_out(c, 0);
    sdx_shape x = sdx_in_shape(n, 0);
    int begin, end;
    (void)state;
    range(n, x.rank, &begin, &end);
    sdx_store_i64(y, 0, 1, end - begin, x.dim + begin);
    return SDX_OK;
}

static void infer_size(const sdx_node *n, sdx_infer *c)
{
    sdx_dims x = sdx_in_dims(n, 0);
    sdx_set_out_dims(c, 0, 0, NULL);
    if (x.rank >= 0) {
        sdx_dim all = sdx_dim_product(c, x, 0, x.rank);
        sdx_set_out_elems(c, 0, 1, &all);
    }
}

static sdx_status run_size(const sdx_node *n, const void *state, sdx_run *c)
{
    sdx_shape x = sdx_in_shape(n, 0);
    int64_t all = sdx_count(x, 0, x.rank);
    (void)state;
    sdx_store_i64(sdx_out(c, 0), 0, 1, 1, &all);
    return SDX_OK;
}

static const sdx_op ops[] = {
    { SDX_OP(Shape), .schema = shape_schema, .traits = SDX_PURE, .infer = infer_shape,
      .run = run_shape },
    { SDX_OP(Size), .schema = size_schema, .traits = SDX_PURE, .infer = infer_size,
      .run = run_size },
    { 0 },
};
const sdx_family sdx_family_tensor_shape = { ops, 0 };
