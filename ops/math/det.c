/* ops/math/det.c - Det: determinants of square matrices, by elimination with row pivots, in double.
 *
 * Source: ONNX Operators.md, Det-22. */
#include "sdx/op.h"
#include <math.h>

static const sdx_schema schema[] = {
    { 11, "X:T -> Y:T", "", "T: float" },
    { 22, NULL, NULL, "T: float bf16" },
    { 0 },
};

static void infer(const sdx_node *n, sdx_infer *c)
{
    sdx_dims x = sdx_in_dims(n, 0);
    if (!sdx_check_rank(c, 0, 2, SDX_MAX_RANK) || x.rank < 0)
        return;
    if (!sdx_equal(c, x.dim[x.rank - 2], x.dim[x.rank - 1])) {
        sdx_refuse(c, "square-matrix", "a matrix of %s rows and %s columns has no determinant",
                   sdx_show(c, x.dim[x.rank - 2]), sdx_show(c, x.dim[x.rank - 1]));
        sdx_point(c, 0, x.rank - 1);
        sdx_hint(c, "the last two dims must be equal");
        return;
    }
    sdx_set_out_dims(c, 0, x.rank - 2, x.dim);
}

static double determinant(double *a, int64_t m)
{
    double det = 1;
    for (int64_t k = 0; k < m; k++) {
        int64_t pivot = k;
        for (int64_t i = k + 1; i < m; i++)
            pivot = fabs(a[i * m + k]) > fabs(a[pivot * m + k]) ? i : pivot;
        if (a[pivot * m + k] == 0)
            return 0;
        for (int64_t j = 0; j < m && pivot != k; j++) {
            double t = a[k * m + j];
            a[k * m + j] = a[pivot * m + j];
            a[pivot * m + j] = t;
        }
        det *= pivot == k ? a[k * m + k] : -a[k * m + k];
        for (int64_t i = k + 1; i < m; i++) {
            double factor = a[i * m + k] / a[k * m + k];
            for (int64_t j = k + 1; j < m; j++)
                a[i * m + j] -= factor * a[k * m + j];
        }
    }
    return det;
}

typedef struct job {
    const sdx_tensor *x;
    sdx_tensor *y;
    int64_t m;
} job;

static sdx_status some(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = arg;
    (void)c;
    for (int64_t i = begin; i < end; i++) {
        sdx_load_f64(scratch, j->x, i * j->m * j->m, 1, j->m * j->m);
        double det = determinant(scratch, j->m);
        sdx_store_f64(j->y, i, 1, 1, &det);
    }
    return SDX_OK;
}

static sdx_status prepare(const sdx_node *n, sdx_prepare *c, void **state)
{
    sdx_shape x = sdx_in_shape(n, 0);
    size_t m = (size_t)x.dim[x.rank - 1];
    *state = NULL;
    sdx_want_scratch(c, 0, m * m * sizeof(double));
    return SDX_OK;
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    job j = { sdx_in(c, 0), sdx_out(c, 0), 0 };
    (void)n, (void)state;
    j.m = j.x->shape.dim[j.x->shape.rank - 1];
    return sdx_parallel(c, sdx_elements(j.y), 1 + 65536 / (1 + j.m * j.m * j.m), some, &j);
}

static const sdx_op ops[] = {
    { SDX_OP(Det), .schema = schema, .traits = SDX_PURE, .infer = infer, .prepare = prepare,
      .run = run },
    { 0 },
};
const sdx_family sdx_family_math_det = { ops, 0 };
