/* ops/nn/lp_normalization.c - LpNormalization, MeanVarianceNormalization.
 *
 * Source: ONNX Operators.md, LpNormalization-22, MeanVarianceNormalization-13. */
#include <inttypes.h>
#include <math.h>
#include "common/axes.h"
#include "common/lines.h"
#include "sdx/op.h"

static const sdx_schema lp_schema[] = {
    { 1, "input:T -> output:T", "p:int=2 axis:int=-1", "T: float" },
    { 22, NULL, NULL, "T: float bf16" },
    { 0 },
};
static const sdx_schema mvn_schema[] = {
    { 9, "X:T -> Y:T", "axes:ints=[0,2,3]", "T: float" },
    { 13, NULL, NULL, "T: float bf16" },
    { 0 },
};

/* ---- LpNormalization: each row along axis by its norm ---- */

static void infer_lp(const sdx_node *n, sdx_infer *c)
{
    sdx_dims x = sdx_in_dims(n, 0);
    sdx_set_out_like(c, 0, x);
    sdx_check_axis(c, "axis", sdx_attr_int(n, "axis"), x.rank);
}

typedef struct lp_plan {
    sdx_lines lines;
    int64_t p;
} lp_plan;

static sdx_status prepare_lp(const sdx_node *n, sdx_prepare *c, void **state)
{
    sdx_shape x = sdx_in_shape(n, 0);
    int axis = sdx_axis(sdx_attr_int(n, "axis"), x.rank);
    lp_plan *p = sdx_keep(c, sizeof *p);
    if (!p)
        return SDX_E_MEMORY;
    p->lines = sdx_lines_along(x, axis, axis + 1);
    p->p = sdx_attr_int(n, "p");
    sdx_want_scratch(c, 0, (size_t)p->lines.length * sizeof(double));
    *state = p;
    return SDX_OK;
}

typedef struct lp_job {
    const lp_plan *p;
    const sdx_tensor *x;
    sdx_tensor *y;
} lp_job;

static sdx_status some_rows(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const lp_job *j = arg;
    const lp_plan *p = j->p;
    int64_t length = p->lines.length, stride = p->lines.stride;
    double *row = scratch;
    (void)c;
    for (int64_t i = begin; i < end; i++) {
        int64_t first = sdx_line_first(&p->lines, i);
        double norm = 0;
        sdx_load_f64(row, j->x, first, stride, length);
        for (int64_t k = 0; k < length; k++)
            norm += p->p == 2 ? row[k] * row[k] : fabs(row[k]);
        norm = p->p == 2 ? sqrt(norm) : norm;
        for (int64_t k = 0; k < length; k++)
            row[k] = norm > 0 ? row[k] / norm : isnan(norm) ? norm : 0;
        sdx_store_f64(j->y, first, stride, length, row);
    }
    return SDX_OK;
}

static sdx_status run_lp(const sdx_node *n, const void *state, sdx_run *c)
{
    const lp_plan *p = state;
    lp_job j = { p, sdx_in(c, 0), sdx_out(c, 0) };
    (void)n;
    return sdx_parallel(c, p->lines.count, 1 + 8192 / (1 + p->lines.length), some_rows, &j);
}

/* ---- MeanVarianceNormalization: over any set of axes ---- */

static void infer_mvn(const sdx_node *n, sdx_infer *c)
{
    sdx_dims x = sdx_in_dims(n, 0);
    sdx_ints axes = sdx_read_ints(n, "axes", -1);
    int64_t usual[3] = { 0, 2, 3 };
    uint64_t mask;
    sdx_set_out_like(c, 0, x);
    if (x.rank >= 0)
        sdx_check_axes(c, "axes", axes.given == SDX_GIVEN ? axes.v : usual,
                       axes.given == SDX_GIVEN ? axes.count : 3, x.rank, &mask);
}

/* The element at place i of a box: dims taken from those of x whose bit in mask is `in`. */
static int64_t element(sdx_shape s, uint64_t mask, bool in, int64_t i)
{
    int64_t at = 0, stride = 1;
    for (int k = s.rank - 1; k >= 0; k--) {
        if ((mask >> k & 1) == in) {
            at += i % s.dim[k] * stride;
            i /= s.dim[k];
        }
        stride *= s.dim[k];
    }
    return at;
}

typedef struct mvn_job {
    const sdx_tensor *x;
    sdx_tensor *y;
    uint64_t mask;
    int64_t count, row,
        step; /* elements of a set; a row of the set in memory, and the distance of its elements */
} mvn_job;

static sdx_status some_sets(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const mvn_job *j = arg;
    double *row = scratch;
    for (int64_t i = begin; i < end; i++) {
        int64_t base = element(j->x->shape, j->mask, false, i);
        double sum = 0, squares = 0, count = (double)j->count;
        for (int64_t at = 0; at < j->count; at += j->row) {
            sdx_load_f64(row, j->x, base + element(j->x->shape, j->mask, true, at), j->step,
                         j->row);
            for (int64_t k = 0; k < j->row; k++)
                sum += row[k];
        }
        for (int64_t at = 0; at < j->count; at += j->row) {
            sdx_load_f64(row, j->x, base + element(j->x->shape, j->mask, true, at), j->step,
                         j->row);
            for (int64_t k = 0; k < j->row; k++)
                squares += (row[k] - sum / count) * (row[k] - sum / count);
        }
        SDX_TRY(sdx_poll(c));
        double deviation = sqrt(squares / count) + 1e-9; /* as the operator's body has it */
        for (int64_t at = 0; at < j->count; at += j->row) {
            int64_t first = base + element(j->x->shape, j->mask, true, at);
            sdx_load_f64(row, j->x, first, j->step, j->row);
            for (int64_t k = 0; k < j->row; k++)
                row[k] = (row[k] - sum / count) / deviation;
            sdx_store_f64(j->y, first, j->step, j->row, row);
        }
    }
    return SDX_OK;
}

static uint64_t axes_of(const sdx_node *n, int rank)
{
    sdx_ints axes = sdx_read_ints(n, "axes", -1);
    int64_t usual[3] = { 0, 2, 3 };
    uint64_t mask;
    sdx_axes_mask(axes.given == SDX_GIVEN ? axes.v : usual,
                  axes.given == SDX_GIVEN ? axes.count : 3, rank, &mask);
    return mask;
}

/* The last axis of the set; its elements are what one load takes. */
static int last_axis(uint64_t mask, int rank)
{
    int k = rank - 1;
    while (k >= 0 && !(mask >> k & 1))
        k--;
    return k;
}

static sdx_status prepare_mvn(const sdx_node *n, sdx_prepare *c, void **state)
{
    sdx_shape x = sdx_in_shape(n, 0);
    int last = last_axis(axes_of(n, x.rank), x.rank);
    (void)state;
    sdx_want_scratch(c, 0, (size_t)(last < 0 ? 1 : x.dim[last]) * sizeof(double));
    return SDX_OK;
}

static sdx_status run_mvn(const sdx_node *n, const void *state, sdx_run *c)
{
    mvn_job j = { .x = sdx_in(c, 0), .y = sdx_out(c, 0), .count = 1, .row = 1, .step = 1 };
    sdx_shape s = j.x->shape;
    int64_t sets = 1;
    (void)state;
    j.mask = axes_of(n, s.rank);
    if (sdx_elements(j.x) == 0)
        return SDX_OK;
    for (int k = 0; k < s.rank; k++)
        *(j.mask >> k & 1 ? &j.count : &sets) *= s.dim[k];
    int last = last_axis(j.mask, s.rank);
    if (last >= 0) {
        j.row = s.dim[last];
        j.step = sdx_count(s, last + 1, s.rank);
    }
    return sdx_parallel(c, sets, 1 + 4096 / j.count, some_sets, &j);
}

static const sdx_op ops[] = {
    { SDX_OP(LpNormalization), .schema = lp_schema, .limits = "p:1|2", .traits = SDX_PURE,
      .inplace = 1, .infer = infer_lp, .prepare = prepare_lp, .run = run_lp },
    { SDX_OP(MeanVarianceNormalization), .schema = mvn_schema, .traits = SDX_PURE, .inplace = 1,
      .infer = infer_mvn, .prepare = prepare_mvn, .run = run_mvn },
    { 0 },
};
const sdx_family sdx_family_nn_lp_normalization = { ops, 0 };
