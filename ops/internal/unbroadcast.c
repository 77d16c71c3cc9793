/* ops/internal/unbroadcast.c - Unbroadcast, of the domain "sdx": the sum of X over the axes along
 * which a tensor of the shape of `like` was repeated to become as large as X.
 *
 * The derivative of broadcasting: rules of derivatives make it, no file has it. */
#include <inttypes.h>
#include "common/derivatives.h"
#include "common/walk.h"
#include "sdx/op.h"

static const sdx_schema schema[] = {
    { 1, "X:T like:T -> Y:T", "", "T: float bf16" },
    { 0 },
};

static void infer(const sdx_node *n, sdx_infer *c)
{
    sdx_set_out_like(c, 0, sdx_in_dims(n, 1));
}

/* Axes of X in two groups: those that stay, as axes of Y, and those that are summed. */
typedef struct axes {
    int n;
    int64_t dim[SDX_MAX_RANK], stride[SDX_MAX_RANK], count;
} axes;

typedef struct plan {
    axes stay, sum;
} plan;

static void add_axis(axes *a, int64_t dim, int64_t stride)
{
    a->dim[a->n] = dim;
    a->stride[a->n++] = stride;
    a->count *= dim;
}

static sdx_status prepare(const sdx_node *n, sdx_prepare *c, void **state)
{
    sdx_shape x = sdx_in_shape(n, 0), y = sdx_in_shape(n, 1);
    int64_t stride[SDX_MAX_RANK];
    plan *p = sdx_keep(c, sizeof *p);
    if (!p)
        return SDX_E_MEMORY;
    if (x.rank < y.rank)
        return sdx_reject(c, SDX_E_SHAPE, "ranks %d and %d: X has not all axes of like", x.rank,
                          y.rank);
    sdx_strides(x, stride);
    p->stay.count = p->sum.count = 1;
    for (int i = 0; i < x.rank; i++) {
        int at = i - (x.rank - y.rank);
        int64_t dim = at >= 0 ? y.dim[at] : 1;
        if (dim != 1 && dim != x.dim[i])
            return sdx_reject(c, SDX_E_SHAPE, "dim %" PRId64 " was not repeated to become %" PRId64,
                              dim, x.dim[i]);
        add_axis(dim == x.dim[i] ? &p->stay : &p->sum, x.dim[i], stride[i]);
    }
    if (p->sum.n == 0 && x.rank == y.rank)
        sdx_alias(c, 0, 0, 0);
    *state = p;
    return SDX_OK;
}

static int64_t place(const axes *a, int n, int64_t i)
{
    int64_t at = 0;
    for (int k = n; k-- > 0; i /= a->dim[k])
        at += i % a->dim[k] * a->stride[k];
    return at;
}

/* One element of Y: rows along the last summed axis, in blocks. */
static double sum_at(const axes *a, const sdx_tensor *x, int64_t base)
{
    enum { BLOCK = 256 };
    double block[BLOCK], total = 0;
    if (a->n == 0) {
        sdx_load_f64(&total, x, base, 1, 1);
        return total;
    }
    int64_t length = a->dim[a->n - 1], stride = a->stride[a->n - 1];
    for (int64_t row = 0; length > 0 && row < a->count / length; row++) {
        int64_t at = base + place(a, a->n - 1, row);
        for (int64_t i = 0; i < length; i += BLOCK) {
            int64_t some = length - i < BLOCK ? length - i : BLOCK;
            sdx_load_f64(block, x, at + i * stride, stride, some);
            for (int64_t k = 0; k < some; k++)
                total += block[k];
        }
    }
    return total;
}

typedef struct job {
    const plan *p;
    const sdx_tensor *x;
    sdx_tensor *y;
} job;

static sdx_status some(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = arg;
    (void)scratch, (void)c;
    for (int64_t i = begin; i < end; i++) {
        double sum = sum_at(&j->p->sum, j->x, place(&j->p->stay, j->p->stay.n, i));
        sdx_store_f64(j->y, i, 1, 1, &sum);
    }
    return SDX_OK;
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    job j = { state, sdx_in(c, 0), sdx_out(c, 0) };
    (void)n;
    return sdx_parallel(c, sdx_elements(j.y), 1 + 100000 / (1 + j.p->sum.count), some, &j);
}

static const sdx_op ops[] = {
    { SDX_OP(Unbroadcast), .derive = sdx_derive_unbroadcast, .domain = "sdx", .schema = schema,
      .traits = SDX_PURE, .infer = infer, .prepare = prepare, .run = run },
    { 0 },
};
const sdx_family sdx_family_internal_unbroadcast = { ops, 0 };
