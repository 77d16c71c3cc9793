/* ops/math/einsum/product.c - see product.h. */
#include "math/einsum/product.h"
#include <string.h>

/* Axes of one part of the product, in the result's order; neighbours that all walk as one are. */
typedef struct part {
    int count;
    einsum_axis axis[SDX_MAX_RANK];
} part;

static bool put(part *p, const einsum_axis *x)
{
    einsum_axis *last = p->count ? &p->axis[p->count - 1] : NULL;
    if (last && last->a == x->a * x->dim && last->b == x->b * x->dim && last->y == x->y * x->dim) {
        *last = (einsum_axis){ last->dim * x->dim, x->a, x->b, x->y };
        return true;
    }
    if (p->count == SDX_MAX_RANK)
        return false;
    p->axis[p->count++] = *x;
    return true;
}

/* The last axis of a part; the others join the batch.  Without one: a single row, column. */
static einsum_axis take_last(part *from, part *batch, bool *good)
{
    for (int k = 0; k + 1 < from->count; k++)
        *good = put(batch, &from->axis[k]) && *good;
    return from->count ? from->axis[from->count - 1] : (einsum_axis){ .dim = 1 };
}

static bool sort(int axes, const einsum_axis *axis, part *batch, part *rows, part *columns,
                 part *sums)
{
    for (int i = 0; i < axes; i++) {
        const einsum_axis *x = &axis[i];
        if (x->dim == 1)
            continue;
        part *to = x->y && x->a && x->b ? batch
                   : x->y && x->a       ? rows
                   : x->y && x->b       ? columns
                   : x->a && x->b       ? sums
                                        : NULL;
        if (x->dim == 0 || !to || !put(to, x))
            return false;
    }
    return sums->count <= 1;
}

/* Where the result does not have batch, row, column in this order it is turned. */
static void lay_out_result(einsum_product *p, const part *batch, const einsum_axis *row,
                           const einsum_axis *column)
{
    int rank = batch->count;
    int64_t dim[SDX_MAX_RANK + 2], to[SDX_MAX_RANK + 2], from[SDX_MAX_RANK + 2], step = 1;
    for (int k = 0; k < rank + 2; k++) {
        const einsum_axis *x = k < rank ? &batch->axis[k] : k == rank ? row : column;
        dim[k] = x->dim;
        to[k] = x->y;
    }
    for (int k = rank + 1; k >= 0; k--) {
        from[k] = step;
        p->turns = p->turns || (dim[k] > 1 && to[k] != step);
        step *= dim[k];
    }
    sdx_walk_set(&p->turn, rank + 2, dim, to, from);
}

/* Matrices of B have to lie one after the other, of the batch's axes that B has. */
static void lay_out_b(einsum_product *p, const part *batch, const einsum_axis *sum,
                      const einsum_axis *column)
{
    sdx_product *s = &p->m.shape;
    int rank = 0;
    int64_t dim[SDX_MAX_RANK + 2], to[SDX_MAX_RANK + 2], from[SDX_MAX_RANK + 2];
    int64_t step = s->k * s->n;
    for (int k = batch->count - 1; k >= 0; k--) {
        if (!batch->axis[k].b)
            continue;
        p->gathers = p->gathers || batch->axis[k].b != step;
        s->b[k] = step;
        step *= batch->axis[k].dim;
    }
    p->m.b_row = sum->b;
    p->m.b_col = column->b;
    if (!p->gathers)
        return;
    for (int k = 0; k < batch->count; k++) {
        if (!batch->axis[k].b)
            continue;
        dim[rank] = batch->axis[k].dim;
        to[rank] = s->b[k];
        from[rank++] = batch->axis[k].b;
    }
    dim[rank] = sum->dim, to[rank] = column->dim, from[rank++] = sum->b;
    dim[rank] = column->dim, to[rank] = 1, from[rank++] = column->b;
    sdx_walk_set(&p->gather, rank, dim, to, from);
    p->m.b_row = s->n;
    p->m.b_col = 1;
    p->b_bytes = (size_t)step;
}

sdx_status sdx_einsum_product(const sdx_node *n, sdx_prepare *c, int axes, const einsum_axis *axis,
                              einsum_product **made)
{
    part batch = { 0 }, rows = { 0 }, columns = { 0 }, sums = { 0 };
    bool good = sort(axes, axis, &batch, &rows, &columns, &sums);
    einsum_axis row = take_last(&rows, &batch, &good), column = take_last(&columns, &batch, &good);
    einsum_axis sum = sums.count ? sums.axis[0] : (einsum_axis){ .dim = 1 };
    size_t width = sdx_width(sdx_in_dtype(n, 0));
    *made = NULL;
    if (!good || batch.count > SDX_MAX_RANK - 2 || width < sizeof(float))
        return SDX_OK;
    einsum_product *p = sdx_keep(c, sizeof *p);
    if (!p)
        return SDX_E_MEMORY;
    matmul_plan *m = &p->m;
    m->shape = (sdx_product){ row.dim, column.dim, sum.dim, 1, batch.count, { 0 }, { 0 }, { 0 } };
    for (int k = 0; k < batch.count; k++) {
        m->shape.dim[k] = batch.axis[k].dim;
        m->shape.a[k] = batch.axis[k].a;
        m->shape.batches *= batch.axis[k].dim;
    }
    m->a_row = row.a;
    m->a_col = sum.a;
    m->alpha = 1;
    lay_out_result(p, &batch, &row, &column);
    lay_out_b(p, &batch, &sum, &column);
    m->moved = p->gathers;
    p->b_bytes *= width;
    p->y_bytes = p->turns ? (size_t)(m->shape.batches * row.dim * column.dim) * width : 0;
    SDX_TRY(sdx_matmul_prepare(n, c, m));
    p->at = (m->scratch * sizeof(float) + 63) / 64 * 64;
    p->b_bytes = (p->b_bytes + 63) / 64 * 64;
    sdx_want_scratch(c, p->at + p->b_bytes + p->y_bytes, sdx_matmul_worker(m));
    *made = p;
    return SDX_OK;
}

sdx_status sdx_einsum_run(const sdx_node *n, sdx_run *c, const einsum_product *p)
{
    const sdx_tensor *a = sdx_in(c, 0), *b = sdx_in(c, 1);
    sdx_tensor *y = sdx_out(c, 0);
    char *room = (char *)sdx_scratch(c) + p->at;
    int64_t b_count, y_count = sdx_elements(y);
    sdx_tail tail;
    matmul_finish finish = { .tail = &tail };
    sdx_tail_bind(NULL, n, c, &tail);
    sdx_tensor laid = { y->dtype, SDX_PLAIN, { 1, &b_count }, room },
               product = { y->dtype, SDX_PLAIN, { 1, &y_count }, room + p->b_bytes };
    if (p->gathers) {
        b_count = p->m.b_matrices * p->m.b_size;
        SDX_TRY(sdx_walk_copy(c, &p->gather, &laid, 0, b, 0));
        b = &laid;
    }
    SDX_TRY(sdx_matmul_run(&p->m, c, a, b, p->turns ? &product : y, &finish));
    return p->turns ? sdx_walk_copy(c, &p->turn, y, 0, &product, 0) : SDX_OK;
}
