/* ops/common/product.c - shapes of matrix products.
 *
 * Source: ONNX Operators.md, MatMul-13, which refers to numpy.matmul. */
#include "common/product.h"
#include "common/pointwise.h"

static bool check_inner(const sdx_node *n, sdx_infer *c, int a, int b, sdx_dims x, sdx_dims y)
{
    int p = x.rank - 1, q = y.rank > 1 ? y.rank - 2 : 0;
    if (sdx_equal(c, x.dim[p], y.dim[q]))
        return true;
    sdx_refuse(c, "matmul-inner",
               "inner dims %s and %s differ: %s.shape[%d] is %s, %s.shape[%d] is %s",
               sdx_show(c, x.dim[p]), sdx_show(c, y.dim[q]), sdx_in_name(n, a), p,
               sdx_show(c, x.dim[p]), sdx_in_name(n, b), q, sdx_show(c, y.dim[q]));
    sdx_point(c, a, p);
    sdx_point(c, b, q);
    if (x.rank > 1 && sdx_same(c, x.dim[x.rank - 2], y.dim[q]) == SDX_YES)
        sdx_hint(c, "transposing %s would make them fit", sdx_in_name(n, a));
    else if (y.rank > 1 && sdx_same(c, x.dim[p], y.dim[y.rank - 1]) == SDX_YES)
        sdx_hint(c, "transposing %s would make them fit", sdx_in_name(n, b));
    else
        sdx_hint(c, "columns of %s and rows of %s must be equally many", sdx_in_name(n, a),
                 sdx_in_name(n, b));
    return false;
}

bool sdx_product_infer(const sdx_node *n, sdx_infer *c, int a, int b)
{
    return sdx_product_infer_dims(n, c, a, b, sdx_in_dims(n, a), sdx_in_dims(n, b));
}

bool sdx_product_infer_dims(const sdx_node *n, sdx_infer *c, int a, int b, sdx_dims x, sdx_dims y)
{
    if (!sdx_check_rank(c, a, 1, SDX_MAX_RANK) || !sdx_check_rank(c, b, 1, SDX_MAX_RANK))
        return false;
    if (x.rank < 0 || y.rank < 0 || !check_inner(n, c, a, b, x, y))
        return false;
    sdx_dims lead_a = { x.rank > 2 ? x.rank - 2 : 0, x.dim },
             lead_b = { y.rank > 2 ? y.rank - 2 : 0, y.dim };
    int rank = lead_a.rank > lead_b.rank ? lead_a.rank : lead_b.rank;
    sdx_dim *z = sdx_new_dims(c, rank + 2);
    if (!sdx_broadcast(n, c, a, b, lead_a, lead_b, rank, z))
        return false;
    if (x.rank > 1)
        z[rank++] = x.dim[x.rank - 2];
    if (y.rank > 1)
        z[rank++] = y.dim[y.rank - 1];
    sdx_set_out_dims(c, 0, rank, z);
    return true;
}

/* Steps of one operand over the batch, aligned right; 0 where it repeats. */
static void steps(sdx_shape s, int rank, int64_t *step)
{
    int lead = s.rank > 2 ? s.rank - 2 : 0;
    int64_t width = s.rank > 1 ? s.dim[s.rank - 1] * s.dim[s.rank - 2] : 0;
    for (int i = 0; i < rank; i++)
        step[i] = 0;
    for (int i = lead - 1; i >= 0; i--) {
        step[rank - lead + i] = s.dim[i] == 1 ? 0 : width;
        width *= s.dim[i];
    }
}

void sdx_product_lay_out(sdx_product *p, sdx_shape a, sdx_shape b)
{
    int lead_a = a.rank > 2 ? a.rank - 2 : 0, lead_b = b.rank > 2 ? b.rank - 2 : 0;
    p->m = a.rank > 1 ? a.dim[a.rank - 2] : 1;
    p->k = a.dim[a.rank - 1];
    p->n = b.rank > 1 ? b.dim[b.rank - 1] : 1;
    p->rank = lead_a > lead_b ? lead_a : lead_b;
    p->batches = 1;
    for (int i = 0; i < p->rank; i++) {
        int64_t x = i >= p->rank - lead_a ? a.dim[i - (p->rank - lead_a)] : 1;
        int64_t y = i >= p->rank - lead_b ? b.dim[i - (p->rank - lead_b)] : 1;
        p->dim[i] = x == 1 ? y : x;
        p->batches *= p->dim[i];
    }
    steps(a, p->rank, p->a);
    steps(b, p->rank, p->b);
}

void sdx_product_at(const sdx_product *p, int64_t i, int64_t *a, int64_t *b)
{
    *a = *b = 0;
    for (int k = p->rank - 1; k >= 0; k--) {
        *a += i % p->dim[k] * p->a[k];
        *b += i % p->dim[k] * p->b[k];
        i /= p->dim[k];
    }
}

sdx_dim sdx_product_macs(const sdx_node *n, sdx_infer *c, int a, int axis)
{
    return sdx_dim_mul(c, sdx_dim_product(c, sdx_out_dims(n, 0), 0, SDX_MAX_RANK),
                       sdx_in_dim(n, a, sdx_axis(axis, sdx_in_dims(n, a).rank)));
}
