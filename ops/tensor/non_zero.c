/* ops/tensor/non_zero.c - NonZero, Compress: how much comes out depends on the data.
 *
 * NonZero of a scalar has shape [0, N], as the standard says, other than numpy.
 * Source: ONNX Operators.md, NonZero-13, Compress-28; Changelog.md, Compress-9 and -11. */
#include <inttypes.h>
#include "common/walk.h"

static const sdx_schema nonzero_schema[] = {
    { 9, "X:T -> Y:i64", "", "T: all" },
    { 13, NULL, NULL, "T: all4" },
    { 0 },
};
static const sdx_schema compress_schema[] = {
    { 9, "input:T condition:T1 -> output:T", "axis:int", "T: all; T1: bool" },
    { .since = 11 },
    { 28, NULL, NULL, "T: all4; T1: bool" },
    { 0 },
};

/* ---- NonZero ---- */

static void infer_nonzero(const sdx_node *n, sdx_infer *c)
{
    sdx_dims x = sdx_in_dims(n, 0);
    sdx_dim *y = sdx_new_dims(c, 2);
    y[0] = x.rank < 0 ? sdx_unknown() : sdx_num(x.rank);
    y[1] = sdx_dim_new(c, 0, 1, x.rank < 0 ? sdx_unknown() : sdx_dim_product(c, x, 0, x.rank));
    sdx_set_out_dims(c, 0, 2, y);
}

/* Which of n <= 64 elements from `first` on are not zero, as bits. */
static uint64_t bits_set(const sdx_tensor *x, int64_t first, int n)
{
    double v[64][2];
    double *flat = &v[0][0];
    uint64_t set = 0;
    sdx_class class = sdx_dtype_class(x->dtype);
    if (class == SDX_STRING) {
        for (int i = 0; i < n; i++)
            set |= (uint64_t)(sdx_get_string(x, first + i).length > 0) << i;
    } else if (class == SDX_COMPLEX) {
        sdx_load_c128(v, x, first, 1, n);
        for (int i = 0; i < n; i++)
            set |= (uint64_t)(v[i][0] != 0 || v[i][1] != 0) << i;
    } else {
        sdx_load_f64(flat, x, first, 1, n);
        for (int i = 0; i < n; i++)
            set |= (uint64_t)(flat[i] != 0) << i;
    }
    return set;
}

static int ones(uint64_t v)
{
    int count = 0;
    for (; v; v &= v - 1)
        count++;
    return count;
}

static sdx_status run_nonzero(const sdx_node *n, const void *state, sdx_run *c)
{
    const sdx_tensor *x = sdx_in(c, 0);
    sdx_shape s = x->shape;
    int64_t all = sdx_elements(x), count = 0, done = 0, place[SDX_MAX_RANK] = { 0 };
    sdx_tensor *y;
    (void)n, (void)state;
    for (int64_t i = 0; i < all; i += 64)
        count += ones(bits_set(x, i, all - i < 64 ? (int)(all - i) : 64));
    SDX_TRY(sdx_make_out(c, 0, (sdx_shape){ 2, (int64_t[]){ s.rank, count } }, &y));
    if (!y || s.rank == 0)
        return SDX_OK;
    int64_t *out = y->data;
    for (int64_t i = 0; i < all; i += 64) {
        int length = all - i < 64 ? (int)(all - i) : 64;
        uint64_t set = bits_set(x, i, length);
        for (int b = 0; b < length; b++) {
            if (set >> b & 1) {
                for (int k = 0; k < s.rank; k++)
                    out[k * count + done] = place[k];
                done++;
            }
            for (int k = s.rank - 1; k >= 0 && ++place[k] == s.dim[k]; k--)
                place[k] = 0;
        }
    }
    return SDX_OK;
}

/* ---- Compress ---- */

static void infer_compress(const sdx_node *n, sdx_infer *c)
{
    sdx_dims x = sdx_in_dims(n, 0);
    int64_t axis = sdx_attr_int(n, "axis");
    bool flat = !sdx_has_attr(n, "axis");
    if (!sdx_check_rank(c, 1, 1, 1) || (!flat && !sdx_check_axis(c, "axis", axis, x.rank)))
        return;
    int rank = flat ? 1 : x.rank, a = flat ? 0 : sdx_axis(axis, x.rank);
    if (rank < 0)
        return;
    sdx_dim *y = sdx_new_dims(c, rank), whole = sdx_unknown();
    for (int k = 0; !flat && k < rank; k++)
        y[k] = x.dim[k];
    if (!flat)
        whole = x.dim[a];
    else if (x.rank >= 0)
        whole = sdx_dim_product(c, x, 0, x.rank);
    sdx_dim given = sdx_in_dim(n, 1, 0);
    if (sdx_is_num(given) && sdx_is_num(whole) && given.n > whole.n) {
        const sdx_tensor *t = sdx_in_const(n, 1);
        int64_t past = whole.n; /* the first that is known to fail */
        while (t && past < given.n && !((const uint8_t *)t->data)[past])
            past++;
        if (t && past < given.n)
            sdx_refuse(c, "compress-length",
                       "condition[%" PRId64 "] is true, and there are %" PRId64 " elements", past,
                       whole.n);
        else
            sdx_warn(c, "compress-length", "condition has %" PRId64 " elements for %" PRId64,
                     given.n, whole.n);
        sdx_point(c, 1, 0);
        sdx_point(c, 0, flat ? -1 : a);
        sdx_hint(c, "give at most %" PRId64 ": one that is true past the end fails", whole.n);
    }
    y[a] = sdx_dim_new(c, 0, a, whole);
    sdx_set_out_dims(c, 0, rank, y);
}

static sdx_status run_compress(const sdx_node *n, const void *state, sdx_run *c)
{
    const sdx_tensor *x = sdx_in(c, 0), *keep = sdx_in(c, 1);
    const uint8_t *kept = keep->data;
    sdx_shape s = x->shape;
    bool flat = !sdx_has_attr(n, "axis");
    int a = flat ? 0 : sdx_axis(sdx_attr_int(n, "axis"), s.rank);
    int64_t whole = flat ? sdx_elements(x) : s.dim[a],
            inner = flat ? 1 : sdx_count(s, a + 1, s.rank);
    int64_t outer = flat ? 1 : sdx_count(s, 0, a), length = sdx_elements(keep), count = 0, done = 0;
    int64_t dim[SDX_MAX_RANK];
    size_t width = sdx_width(x->dtype);
    sdx_tensor *y;
    (void)state;
    for (int64_t i = 0; i < length; i++) {
        if (kept[i] && i >= whole)
            return sdx_fail(c, SDX_E_VALUE,
                            "condition[%" PRId64 "] is true, but there are %" PRId64 " elements", i,
                            whole);
        count += kept[i] != 0;
    }
    for (int k = 0; k < (flat ? 1 : s.rank); k++)
        dim[k] = k == a ? count : s.dim[k];
    SDX_TRY(sdx_make_out(c, 0, (sdx_shape){ flat ? 1 : s.rank, dim }, &y));
    for (int64_t o = 0; y && o < outer; o++)
        for (int64_t i = 0; i < length; i++)
            if (kept[i])
                SDX_TRY(sdx_move(c, width, y, done++ * inner, x, (o * whole + i) * inner, inner));
    return SDX_OK;
}

static const sdx_op ops[] = {
    { SDX_OP(NonZero), .schema = nonzero_schema, .traits = SDX_PURE, .infer = infer_nonzero,
      .run = run_nonzero },
    { SDX_OP(Compress), .schema = compress_schema, .traits = SDX_PURE, .infer = infer_compress,
      .run = run_compress },
    { 0 },
};
const sdx_family sdx_family_tensor_non_zero = { ops, 0 };
