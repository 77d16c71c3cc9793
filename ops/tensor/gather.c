/* ops/tensor/gather.c - Gather, GatherElements, GatherND.
 *
 * Gather picks blocks along one axis, GatherElements single elements along one axis, GatherND
 * blocks by tuples of indices.  A constant index out of range is refused before anything runs;
 * others are checked while running.  Source: ONNX Operators.md, Gather-13, GatherElements-13,
 * GatherND-13; Changelog.md for -1, -11, -12. */
#include <inttypes.h>
#include "common/derivatives.h"
#include "common/indices.h"
#include "common/walk.h"

static const sdx_schema gather_schema[] = {
    { 1, "data:T indices:Tind -> output:T", "axis:int=0", "T: all; Tind: i32 i64" },
    { .since = 11 },
    { 13, NULL, NULL, "T: all4; Tind: i32 i64" },
    { 0 },
};
static const sdx_schema elements_schema[] = {
    { 11, "data:T indices:Tind -> output:T", "axis:int=0", "T: all; Tind: i32 i64" },
    { 13, NULL, NULL, "T: all4; Tind: i32 i64" },
    { 0 },
};
static const sdx_schema nd_schema[] = {
    { 11, "data:T indices:i64 -> output:T", "", "T: all" },
    { 12, NULL, "batch_dims:int=0", NULL },
    { 13, NULL, NULL, "T: all4" },
    { 0 },
};
/* ONNX Runtime's, older than the standard's. */
static const sdx_schema microsoft_schema[] = {
    { 1, "data:T indices:Tind -> output:T", "", "T: all; Tind: i32 i64" },
    { 0 },
};

enum { PIECE = 16384 /* elements that make a piece of work */ };

static sdx_status bad_index(sdx_run *c, int64_t v, int64_t dim)
{
    return sdx_fail(c, SDX_E_VALUE, "index %" PRId64 " is out of range for %" PRId64 " element%s",
                    v, dim, dim == 1 ? "" : "s");
}

/* ---- Gather ---- */

static void gather_elems(const sdx_node *n, sdx_infer *c)
{
    int count, picks;
    const sdx_dim *e = sdx_in_elems(n, 0, &count), *at = sdx_in_elems(n, 1, &picks);
    if (!e || !at || sdx_in_dims(n, 1).rank > 1)
        return;
    sdx_dim *y = sdx_new_dims(c, picks);
    for (int k = 0; y && k < picks; k++) {
        int64_t v = sdx_is_num(at[k]) ? at[k].n : INT64_MIN;
        if (v >= -count && v < count)
            y[k] = e[v < 0 ? v + count : v];
    }
    if (y)
        sdx_set_out_elems(c, 0, picks, y);
}

static void infer_gather(const sdx_node *n, sdx_infer *c)
{
    sdx_dims x = sdx_in_dims(n, 0), at = sdx_in_dims(n, 1);
    int64_t axis = sdx_attr_int(n, "axis");
    if (!sdx_check_rank(c, 0, 1, SDX_MAX_RANK) || !sdx_check_axis(c, "axis", axis, x.rank) ||
        x.rank < 0)
        return;
    int a = sdx_axis(axis, x.rank), rank = 0;
    if (!sdx_check_indices(n, c, x.dim[a], a, 0, 1) || at.rank < 0 ||
        x.rank - 1 + at.rank > SDX_MAX_RANK)
        return;
    sdx_dim *y = sdx_new_dims(c, x.rank - 1 + at.rank);
    for (int k = 0; k < a; k++)
        y[rank++] = x.dim[k];
    for (int k = 0; k < at.rank; k++)
        y[rank++] = at.dim[k];
    for (int k = a + 1; k < x.rank; k++)
        y[rank++] = x.dim[k];
    sdx_set_out_dims(c, 0, rank, y);
    if (x.rank == 1)
        gather_elems(n, c);
}

typedef struct gather_plan {
    int64_t dim, picks, outer, inner;
    const sdx_tensor *x; /* a large constant, where it lies; NULL: input 0 */
} gather_plan;

/* Rows of a table, embeddings of words, are copied from where the model has them: of any alignment,
 * so that they are moved as bytes. */
static bool is_table(const sdx_node *n, const gather_plan *p)
{
    enum { LARGE = 1 << 16, ROW = 64, FEW = 4 };
    int64_t width = (int64_t)sdx_width(sdx_in_dtype(n, 0)), rows = p->outer * p->dim;
    return width > 0 && sdx_is_const(n, 0) && p->inner * width >= ROW &&
           rows >= LARGE / (p->inner * width) && p->picks * FEW <= p->dim;
}

/* One constant index into the first axis is a stretch of the input. */
static sdx_status prepare_gather(const sdx_node *n, sdx_prepare *c, void **state)
{
    enum { BORDER = 64 };
    sdx_shape x = sdx_in_shape(n, 0), at = sdx_in_shape(n, 1);
    int a = sdx_axis(sdx_attr_int(n, "axis"), x.rank);
    int64_t v, bits = sdx_dtype_bits(sdx_in_dtype(n, 0));
    gather_plan *p = sdx_keep(c, sizeof *p);
    if (!p)
        return SDX_E_MEMORY;
    p->dim = x.dim[a];
    p->outer = sdx_count(x, 0, a);
    p->inner = sdx_count(x, a + 1, x.rank);
    p->picks = sdx_count(at, 0, at.rank);
    *state = p;
    if (p->outer == 1 && p->picks == 1 && sdx_read_int(n, 1, &v) && v >= -p->dim && v < p->dim) {
        int64_t offset = (v < 0 ? v + p->dim : v) * p->inner * bits;
        if (offset % (BORDER * 8) == 0)
            sdx_alias(c, 0, 0, (size_t)(offset / 8));
        return SDX_OK;
    }
    if (is_table(n, p))
        p->x = sdx_stored(c, 0);
    return SDX_OK;
}

typedef struct gather_job {
    const gather_plan *p;
    const sdx_tensor *x, *at;
    sdx_tensor *y;
    size_t width;
} gather_job;

static sdx_status some_picks(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const gather_job *j = arg;
    const gather_plan *p = j->p;
    (void)scratch;
    for (int64_t i = begin; i < end; i++) {
        int64_t v = sdx_index_at(j->at, i % p->picks);
        if (v < -p->dim || v >= p->dim)
            return bad_index(c, v, p->dim);
        int64_t from = (i / p->picks * p->dim + (v < 0 ? v + p->dim : v)) * p->inner;
        if (j->width && p->inner == 1)
            sdx_put(j->width, j->y->data, i, j->x->data, from);
        else
            SDX_TRY(sdx_move(c, j->width, j->y, i * p->inner, j->x, from, p->inner));
    }
    return SDX_OK;
}

static sdx_status run_gather(const sdx_node *n, const void *state, sdx_run *c)
{
    const gather_plan *p = state;
    gather_job j = { p, p->x ? p->x : sdx_in(c, 0), sdx_in(c, 1), sdx_out(c, 0), 0 };
    (void)n;
    j.width = sdx_width(j.x->dtype);
    return sdx_parallel(c, p->outer * p->picks, 1 + PIECE / (1 + p->inner), some_picks, &j);
}

/* ---- GatherElements ---- */

static void infer_elements(const sdx_node *n, sdx_infer *c)
{
    sdx_dims x = sdx_in_dims(n, 0), at = sdx_in_dims(n, 1);
    int64_t axis = sdx_attr_int(n, "axis");
    sdx_set_out_like(c, 0, at);
    if (!sdx_check_rank(c, 0, 1, SDX_MAX_RANK) || !sdx_check_axis(c, "axis", axis, x.rank) ||
        x.rank < 0)
        return;
    int a = sdx_axis(axis, x.rank);
    if (at.rank >= 0 && at.rank != x.rank) {
        sdx_refuse(c, "gather-shape", "indices has rank %d, data has rank %d", at.rank, x.rank);
        sdx_point(c, 0, -1);
        sdx_point(c, 1, -1);
        sdx_hint(c, "GatherElements wants both of one rank; Gather takes indices of any rank");
        return;
    }
    for (int k = 0; k < at.rank; k++)
        if (k != a && sdx_is_num(at.dim[k]) && sdx_is_num(x.dim[k]) && at.dim[k].n > x.dim[k].n) {
            sdx_refuse(c, "gather-shape",
                       "dim %d is %" PRId64 " in indices and %" PRId64 " in data", k, at.dim[k].n,
                       x.dim[k].n);
            sdx_point(c, 0, k);
            sdx_point(c, 1, k);
            sdx_hint(c, "only along axis %d may indices have more elements than data", a);
            return;
        }
    sdx_check_indices(n, c, x.dim[a], a, 0, 1);
}

typedef struct elements_job {
    const sdx_tensor *x, *at;
    sdx_tensor *y;
    int axis;
    size_t width;
    int64_t stride[SDX_MAX_RANK]; /* of x */
} elements_job;

/* Rows along the last axis of the indices. */
static sdx_status some_rows(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const elements_job *j = arg;
    sdx_shape s = j->at->shape;
    int last = s.rank - 1;
    int64_t length = s.dim[last], dim = j->x->shape.dim[j->axis], step = j->stride[j->axis];
    int64_t along = j->axis == last ? 0 : 1;
    (void)scratch;
    for (int64_t i = begin; i < end; i++) {
        int64_t base = 0, rest = i;
        for (int k = last - 1; k >= 0; k--) {
            base += k == j->axis ? 0 : rest % s.dim[k] * j->stride[k];
            rest /= s.dim[k];
        }
        for (int64_t k = 0; k < length; k++) {
            int64_t v = sdx_index_at(j->at, i * length + k);
            if (v < -dim || v >= dim)
                return bad_index(c, v, dim);
            int64_t from = base + (v < 0 ? v + dim : v) * step + k * along;
            if (j->width)
                sdx_put(j->width, j->y->data, i * length + k, j->x->data, from);
            else
                SDX_TRY(sdx_copy(c, j->y, i * length + k, j->x, from, 1));
        }
    }
    return SDX_OK;
}

static sdx_status run_elements(const sdx_node *n, const void *state, sdx_run *c)
{
    elements_job j = { .x = sdx_in(c, 0), .at = sdx_in(c, 1), .y = sdx_out(c, 0) };
    sdx_shape s = j.at->shape;
    int64_t length = s.dim[s.rank - 1];
    (void)state;
    j.axis = sdx_axis(sdx_attr_int(n, "axis"), s.rank);
    j.width = sdx_width(j.x->dtype);
    sdx_strides(j.x->shape, j.stride);
    return length ? sdx_parallel(c, sdx_count(s, 0, s.rank - 1), 1 + PIECE / length, some_rows, &j)
                  : SDX_OK;
}

/* ---- GatherND ---- */

static void infer_nd(const sdx_node *n, sdx_infer *c)
{
    sdx_dims x = sdx_in_dims(n, 0), at = sdx_in_dims(n, 1);
    int64_t batch = sdx_attr_int(n, "batch_dims");
    if (!sdx_check_rank(c, 0, 1, SDX_MAX_RANK) || !sdx_check_rank(c, 1, 1, SDX_MAX_RANK))
        return;
    if (batch < 0 || (x.rank >= 0 && batch >= x.rank) || (at.rank >= 0 && batch >= at.rank)) {
        sdx_refuse(c, "gather-shape",
                   "batch_dims=%" PRId64 ", data has rank %d and indices has rank %d", batch,
                   x.rank, at.rank);
        sdx_hint(c, "batch_dims has to be below both ranks");
        return;
    }
    if (x.rank < 0 || at.rank < 0)
        return;
    int b = (int)batch, rank = 0;
    for (int k = 0; k < b; k++)
        if (!sdx_equal(c, x.dim[k], at.dim[k])) {
            sdx_refuse(c, "gather-shape", "batch dim %d is %s in data and %s in indices", k,
                       sdx_show(c, x.dim[k]), sdx_show(c, at.dim[k]));
            sdx_point(c, 0, k);
            sdx_point(c, 1, k);
            sdx_hint(c, "the first batch_dims=%d dims of both have to agree", b);
            return;
        }
    sdx_dim depth = at.dim[at.rank - 1];
    if (!sdx_is_num(depth))
        return;
    if (depth.n < 1 || depth.n > x.rank - b) {
        sdx_refuse(c, "gather-shape",
                   "the last dim of indices is %" PRId64
                   ", data has rank %d, of which batch_dims=%d are taken",
                   depth.n, x.rank, b);
        sdx_point(c, 1, at.rank - 1);
        sdx_hint(c, "the last dim of indices may be 1 to %d", x.rank - b);
        return;
    }
    for (int k = 0; k < (int)depth.n; k++)
        if (!sdx_check_indices(n, c, x.dim[b + k], b + k, k, depth.n))
            return;
    int k0 = b + (int)depth.n;
    if (at.rank - 1 + x.rank - k0 > SDX_MAX_RANK)
        return;
    sdx_dim *y = sdx_new_dims(c, at.rank - 1 + x.rank - k0);
    for (int k = 0; k + 1 < at.rank; k++)
        y[rank++] = at.dim[k];
    for (int k = k0; k < x.rank; k++)
        y[rank++] = x.dim[k];
    sdx_set_out_dims(c, 0, rank, y);
}

typedef struct nd_job {
    const sdx_tensor *x, *at;
    sdx_tensor *y;
    size_t width;
    int batch, depth;
    /* tuples in a batch; elements of a block; strides of x */
    int64_t per_batch, inner, stride[SDX_MAX_RANK];
} nd_job;

static sdx_status some_tuples(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const nd_job *j = arg;
    const int64_t *dim = j->x->shape.dim + j->batch, *stride = j->stride + j->batch;
    (void)scratch;
    for (int64_t i = begin; i < end; i++) {
        int64_t from = j->batch ? i / j->per_batch * j->stride[j->batch - 1] : 0;
        for (int k = 0; k < j->depth; k++) {
            int64_t v = sdx_index_at(j->at, i * j->depth + k);
            if (v < -dim[k] || v >= dim[k])
                return bad_index(c, v, dim[k]);
            from += (v < 0 ? v + dim[k] : v) * stride[k];
        }
        SDX_TRY(sdx_move(c, j->width, j->y, i * j->inner, j->x, from, j->inner));
    }
    return SDX_OK;
}

static sdx_status run_nd(const sdx_node *n, const void *state, sdx_run *c)
{
    nd_job j = { .x = sdx_in(c, 0), .at = sdx_in(c, 1) };
    sdx_shape x = j.x->shape, at = j.at->shape;
    int64_t dim[2 * SDX_MAX_RANK];
    int rank = 0;
    (void)state;
    j.batch = (int)sdx_attr_int(n, "batch_dims");
    j.depth = (int)at.dim[at.rank - 1];
    if (j.depth < 1 || j.depth > x.rank - j.batch)
        return sdx_fail(c, SDX_E_SHAPE, "tuples of %d indices into rank %d with batch_dims=%d",
                        j.depth, x.rank, j.batch);
    for (int k = 0; k + 1 < at.rank; k++)
        dim[rank++] = at.dim[k];
    for (int k = j.batch + j.depth; k < x.rank; k++)
        dim[rank++] = x.dim[k];
    SDX_TRY(sdx_make_out(c, 0, (sdx_shape){ rank, dim }, &j.y));
    if (!j.y)
        return SDX_OK;
    sdx_strides(x, j.stride);
    j.width = sdx_width(j.x->dtype);
    j.inner = sdx_count(x, j.batch + j.depth, x.rank);
    j.per_batch = sdx_count(at, j.batch, at.rank - 1);
    return sdx_parallel(c, sdx_count(at, 0, at.rank - 1), 1 + PIECE / (1 + j.inner), some_tuples,
                        &j);
}

static const sdx_op ops[] = {
    { SDX_OP(Gather), .derive = sdx_derive_move, .schema = gather_schema, .traits = SDX_PURE,
      .infer = infer_gather, .prepare = prepare_gather, .run = run_gather },
    { SDX_OP(GatherElements), .derive = sdx_derive_move, .schema = elements_schema,
      .traits = SDX_PURE, .infer = infer_elements, .run = run_elements },
    { SDX_OP(GatherND), .derive = sdx_derive_move, .schema = nd_schema, .traits = SDX_PURE,
      .infer = infer_nd, .run = run_nd },
    { SDX_OP(GatherND), "com.microsoft", .schema = microsoft_schema, .traits = SDX_PURE,
      .infer = infer_nd, .run = run_nd },
    { 0 },
};
const sdx_family sdx_family_tensor_gather = { ops, 0 };
