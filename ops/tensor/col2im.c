/* ops/tensor/col2im.c - Col2Im: columns of blocks summed back into a picture.
 *
 * Source: ONNX Operators.md, Col2Im-18. */
#include <inttypes.h>
#include <string.h>
#include "common/walk.h"

static const sdx_schema schema[] = {
    { 18, "input:T image_shape:i64 block_shape:i64 -> output:T",
      "strides:ints pads:ints dilations:ints", "T: all4" },
    { 0 },
};

/* Entry k of a list of attributes, or what stands for an absent list. */
static int64_t entry(const sdx_node *n, const char *name, int k, int64_t otherwise)
{
    int count;
    const int64_t *v = sdx_attr_ints(n, name, &count);
    return v && k < count ? v[k] : otherwise;
}

static bool check_attributes(const sdx_node *n, sdx_infer *c, int rank)
{
    static const char *const name[] = { "dilations", "strides", "pads" };
    for (int i = 0; i < 3; i++) {
        int count, want = i < 2 ? rank : 2 * rank;
        const int64_t *v = sdx_attr_ints(n, name[i], &count);
        for (int k = 0; v && k < count; k++)
            if (v[k] < (i < 2 ? 1 : 0) || v[k] > INT32_MAX || count != want) {
                if (count != want)
                    sdx_refuse(c, "col2im-shape", "%s has %d entr%s for %d spatial dim%s", name[i],
                               count, count == 1 ? "y" : "ies", rank, rank == 1 ? "" : "s");
                else
                    sdx_refuse(c, "col2im-shape", "%s[%d] is %" PRId64, name[i], k, v[k]);
                sdx_hint(c, "give %d entries of %d or more", want, i < 2 ? 1 : 0);
                return false;
            }
    }
    return true;
}

/* Blocks along dim k of the picture; unknown where its size or the block's is not a number. */
static sdx_dim across(const sdx_node *n, sdx_infer *c, int k, int rank, sdx_dim image,
                      sdx_dim block)
{
    sdx_dim pads = sdx_num(entry(n, "pads", k, 0) + entry(n, "pads", k + rank, 0) - 1);
    sdx_dim span = sdx_dim_mul(c, sdx_dim_sub(c, block, sdx_num(1)),
                               sdx_num(entry(n, "dilations", k, 1)));
    sdx_dim room = sdx_dim_sub(c, sdx_dim_add(c, image, pads), span);
    if (!sdx_is_num(room))
        return sdx_unknown();
    return sdx_num(room.n < 0 ? 0 : room.n / entry(n, "strides", k, 1) + 1);
}

static bool check_columns(const sdx_node *n, sdx_infer *c, int rank, const sdx_dim *image,
                          const sdx_dim *block)
{
    sdx_dim columns = sdx_num(1), have = sdx_in_dim(n, 0, 2);
    for (int k = 0; k < rank; k++)
        columns = sdx_dim_mul(c, columns, across(n, c, k, rank, image[k], block[k]));
    if (sdx_equal(c, have, columns))
        return true;
    sdx_refuse(c, "col2im-shape", "dim 2 is %s, but a picture of %s has room for %s blocks of %s",
               sdx_show(c, have), sdx_show_dims(c, (sdx_dims){ rank, image }), sdx_show(c, columns),
               sdx_show_dims(c, (sdx_dims){ rank, block }));
    sdx_point(c, 0, 2);
    if (sdx_is_num(columns) && columns.n == 0)
        sdx_hint(c, "a block with its dilations has to fit into the picture with its pads: correct "
                    "image_shape or block_shape");
    else
        sdx_hint(c, "dim 2 is the blocks of a picture: make it %s", sdx_show(c, columns));
    return false;
}

static void infer(const sdx_node *n, sdx_infer *c)
{
    int rank, blocks;
    const sdx_dim *image = sdx_in_elems(n, 1, &rank), *block = sdx_in_elems(n, 2, &blocks);
    sdx_dim all = sdx_num(1), channels = sdx_unknown();
    if (!sdx_check_rank(c, 0, 3, 3) || !image || rank > SDX_MAX_RANK - 2 ||
        !check_attributes(n, c, rank))
        return;
    if (block && blocks != rank) {
        sdx_refuse(c, "col2im-shape", "image_shape has %d entr%s, block_shape has %d", rank,
                   rank == 1 ? "y" : "ies", blocks);
        sdx_hint(c, "give one for each spatial dim");
        return;
    }
    if (block && !check_columns(n, c, rank, image, block))
        return;
    if (block)
        all = sdx_dim_product(c, (sdx_dims){ blocks, block }, 0, blocks);
    if (block && sdx_is_num(all) && all.n > 0) {
        if (sdx_divides(c, all.n, sdx_in_dim(n, 0, 1)) == SDX_NO) {
            sdx_refuse(c, "col2im-shape", "dim 1 is %s, which is no multiple of blocks of %" PRId64,
                       sdx_show(c, sdx_in_dim(n, 0, 1)), all.n);
            sdx_point(c, 0, 1);
            sdx_hint(c, "dim 1 is the channels times the %" PRId64 " elements of a block", all.n);
            return;
        }
        channels = sdx_dim_div(c, sdx_in_dim(n, 0, 1), all);
    }
    sdx_dim *y = sdx_new_dims(c, rank + 2);
    y[0] = sdx_in_dim(n, 0, 0);
    y[1] = channels;
    for (int k = 0; k < rank; k++)
        y[k + 2] = image[k];
    sdx_set_out_dims(c, 0, rank + 2, y);
}

typedef struct job {
    const sdx_tensor *x;
    sdx_tensor *y;
    int rank;
    int64_t blocks, columns, places; /* elements of a block; columns; places of a picture */
    int64_t image[SDX_MAX_RANK], block[SDX_MAX_RANK], step[SDX_MAX_RANK], dilation[SDX_MAX_RANK],
        pad[SDX_MAX_RANK];
    int64_t across[SDX_MAX_RANK]; /* columns along each dim */
} job;

/* The row of the picture that element e of the blocks falls on, of those in row l of the columns;
 * -1: outside. */
static int64_t row_of(const job *j, int64_t e, int64_t l)
{
    int64_t at = 0, stride = 1;
    e /= j->block[j->rank - 1];
    for (int k = j->rank - 2; k >= 0; k--) {
        int64_t i = l % j->across[k] * j->step[k] + e % j->block[k] * j->dilation[k] - j->pad[k];
        if (i < 0 || i >= j->image[k])
            return -1;
        at += i * stride;
        stride *= j->image[k];
        l /= j->across[k];
        e /= j->block[k];
    }
    return at;
}

enum { PIECE = 128 };

/* A row of columns from element `from` on, added to the places `step` apart from sum[0] on. */
#define ADD_ROW(name, type, load)                                                    \
    static void name(const job *j, type *sum, int64_t from, int64_t step, int64_t n) \
    {                                                                                \
        type v[PIECE];                                                               \
        for (int64_t some; n > 0; n -= some, from += some, sum += some * step) {     \
            some = n < PIECE ? n : PIECE;                                            \
            load(v, j->x, from, 1, some);                                            \
            for (int64_t i = 0; i < some; i++)                                       \
                sum[i * step] += v[i];                                               \
        }                                                                            \
    }
ADD_ROW(add_reals, double, sdx_load_f64)
ADD_ROW(add_wholes, uint64_t, sdx_load_u64)

/* One picture: a batch item's channel. */
static sdx_status some_pictures(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = arg;
    bool real = sdx_dtype_class(j->y->dtype) == SDX_REAL;
    int last = j->rank - 1;
    int64_t step = j->step[last], across = j->across[last];
    for (int64_t i = begin; i < end; i++) {
        memset(scratch, 0, (size_t)j->places * sizeof(double));
        for (int64_t e = 0; e < j->blocks; e++) {
            /* of each row, the columns [first, past) fall into the picture */
            int64_t shift = e % j->block[last] * j->dilation[last] - j->pad[last];
            int64_t first = shift < 0 ? (-shift + step - 1) / step : 0;
            int64_t past = shift < j->image[last] ? (j->image[last] - 1 - shift) / step + 1 : 0;
            past = past < across ? past : across;
            for (int64_t l = 0; first < past && l < j->columns / across; l++) {
                int64_t row = row_of(j, e, l),
                        from = ((i * j->blocks + e) * (j->columns / across) + l) * across + first,
                        at = row * j->image[last] + shift + first * step;
                if (row >= 0 && real)
                    add_reals(j, (double *)scratch + at, from, step, past - first);
                else if (row >= 0)
                    add_wholes(j, (uint64_t *)scratch + at, from, step, past - first);
            }
            SDX_TRY(sdx_poll(c));
        }
        if (real)
            sdx_store_f64(j->y, i * j->places, 1, j->places, scratch);
        else
            sdx_store_u64(j->y, i * j->places, 1, j->places, scratch);
    }
    return SDX_OK;
}

static sdx_status prepare(const sdx_node *n, sdx_prepare *c, void **state)
{
    sdx_shape y = sdx_out_shape(n, 0);
    sdx_class class = sdx_dtype_class(sdx_in_dtype(n, 0));
    (void)state;
    if (class == SDX_STRING || class == SDX_COMPLEX)
        return sdx_reject(c, SDX_E_UNSUPPORTED, "columns of %s",
                          sdx_dtype_onnx_name(sdx_in_dtype(n, 0)));
    if (y.rank < 0)
        return sdx_reject(c, SDX_E_SHAPE, "the size of the picture is not known");
    sdx_want_scratch(c, 0, (size_t)sdx_count(y, 2, y.rank) * sizeof(double));
    return SDX_OK;
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    sdx_ints block = sdx_run_ints(n, c, NULL, 2);
    job j = { .x = sdx_in(c, 0), .y = sdx_out(c, 0), .blocks = 1, .places = 1 };
    sdx_shape y = j.y->shape;
    int64_t columns = 1;
    (void)state;
    j.rank = y.rank - 2;
    j.columns = j.x->shape.dim[2];
    if (block.count != j.rank)
        return sdx_fail(c, SDX_E_VALUE, "block_shape has %d entr%s for %d spatial dim%s",
                        block.count, block.count == 1 ? "y" : "ies", j.rank,
                        j.rank == 1 ? "" : "s");
    for (int k = 0; k < j.rank; k++) {
        int64_t pads = entry(n, "pads", k, 0) + entry(n, "pads", k + j.rank, 0);
        j.image[k] = y.dim[k + 2];
        j.block[k] = block.v[k];
        j.step[k] = entry(n, "strides", k, 1);
        j.dilation[k] = entry(n, "dilations", k, 1);
        j.pad[k] = entry(n, "pads", k, 0);
        if (j.block[k] < 1 || j.block[k] > INT32_MAX)
            return sdx_fail(c, SDX_E_VALUE, "block_shape[%d] is %" PRId64, k, j.block[k]);
        int64_t room = j.image[k] + pads - ((j.block[k] - 1) * j.dilation[k] + 1);
        j.across[k] = room < 0 ? 0 : room / j.step[k] + 1;
        columns *= j.across[k];
        j.blocks *= j.block[k];
        j.places *= j.image[k];
        if (columns > j.columns || j.blocks > j.x->shape.dim[1])
            break;
    }
    if (columns != j.columns || j.blocks * y.dim[1] != j.x->shape.dim[1])
        return sdx_fail(c, SDX_E_SHAPE,
                        "there are %" PRId64 " columns of %" PRId64 ", the picture wants %" PRId64
                        " of %" PRId64,
                        j.columns, j.x->shape.dim[1], columns, j.blocks * y.dim[1]);
    return sdx_parallel(c, y.dim[0] * y.dim[1], 1, some_pictures, &j);
}

static const sdx_op ops[] = {
    { SDX_OP(Col2Im), .schema = schema, .limits = "image_shape:[0,) block_shape:[1,)",
      .traits = SDX_PURE, .infer = infer, .prepare = prepare, .run = run },
    { 0 },
};
const sdx_family sdx_family_tensor_col2im = { ops, 0 };
