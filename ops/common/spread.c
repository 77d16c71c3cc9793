/* ops/common/spread.c - how operands that broadcast lie over an output. */
#include "common/spread.h"
#include <string.h>

int sdx_first_axis(const sdx_node *n, int i, int rank, int in_rank)
{
    if (i > 0 && sdx_since(n) < 7) {
        int64_t axis = sdx_attr_int(n, "axis");
        if (sdx_attr_int(n, "broadcast") != 0 && sdx_has_attr(n, "axis") && in_rank > 0)
            return axis < -rank || axis > rank ? -1 : sdx_axis(axis, rank);
        if (sdx_is(n, "PRelu"))
            return in_rank == 1 && rank > 1 ? 1 : rank - in_rank;
    }
    return rank - in_rank;
}

enum { MOST_AXES = SDX_MAX_RANK + 1 }; /* a blocked layout has one axis more: the lanes */

/* Steps of a plain operand over the axes of y; 0 where it repeats. */
static void plain_steps(const sdx_node *n, int i, sdx_shape y, int64_t *step)
{
    sdx_shape x = sdx_in_shape(n, i);
    int at = sdx_first_axis(n, i, y.rank, x.rank);
    int64_t width = 1;
    for (int k = 0; k < y.rank; k++)
        step[k] = 0;
    for (int k = x.rank - 1; k >= 0; k--) {
        if (at + k >= 0 && at + k < y.rank)
            step[at + k] = x.dim[k] == 1 ? 0 : width;
        width *= x.dim[k];
    }
}

/* Steps of operand i over [N][C/B][spatial...][B].  false: it cannot be read in this layout. */
static bool blocked_steps(const sdx_node *n, int i, sdx_shape y, sdx_layout layout, int64_t *step,
                          int64_t *limit)
{
    sdx_shape x = sdx_in_shape(n, i);
    int64_t block = sdx_layout_block(layout), channel[MOST_AXES];
    if (sdx_in_layout(n, i) == SDX_PLAIN) {
        plain_steps(n, i, y, channel);
        bool pixels = false;
        for (int k = 2; k < y.rank; k++)
            pixels = pixels || channel[k] != 0;
        if (channel[1] != 0 && pixels && y.dim[1] % block != 0)
            return false;
        memcpy(step, channel, (size_t)y.rank * sizeof *step);
        step[1] = channel[1] * block;
        step[y.rank] = channel[1];
        *limit = sdx_count(x, 0, x.rank);
        return true;
    }
    if (sdx_in_layout(n, i) != layout || x.rank != y.rank)
        return false;
    int64_t blocks = (x.dim[1] + block - 1) / block, width = block;
    for (int k = y.rank - 1; k >= 2; k--) {
        step[k] = x.dim[k] == 1 ? 0 : width;
        width *= x.dim[k];
    }
    step[1] = x.dim[1] == 1 ? 0 : width;
    step[0] = x.dim[0] == 1 ? 0 : width * blocks;
    step[y.rank] = x.dim[1] == 1 && y.dim[1] != 1 ? 0 : 1;
    *limit = width * blocks * x.dim[0];
    return true;
}

/* Merges neighbouring axes that every operand walks as one; returns how many are left. */
static int collapse(int axes, int64_t *dim, int operands, int64_t *step)
{
    int left = 0;
    for (int k = 0; k < axes; k++) {
        if (dim[k] == 1)
            continue;
        bool joins = left > 0;
        for (int i = 0; i < operands && joins; i++)
            joins = step[i * MOST_AXES + left - 1] == step[i * MOST_AXES + k] * dim[k];
        if (joins) {
            dim[left - 1] *= dim[k];
        } else {
            dim[left++] = dim[k];
        }
        for (int i = 0; i < operands; i++)
            step[i * MOST_AXES + left - 1] = step[i * MOST_AXES + k];
    }
    return left;
}

sdx_status sdx_spread_make(const sdx_node *n, sdx_prepare *c, int operands, sdx_shape y,
                           sdx_layout layout, sdx_spread *s)
{
    int64_t dim[MOST_AXES];
    int64_t *step = sdx_keep(c, (size_t)operands * MOST_AXES * sizeof *step);
    int64_t *kept = sdx_keep(c, ((size_t)operands * (MOST_AXES + 3) + MOST_AXES) * sizeof *kept);
    if (!step || !kept)
        return SDX_E_MEMORY;
    int64_t *row_step = kept, *last = row_step + operands, *limit = last + operands;
    int axes = layout == SDX_PLAIN ? y.rank : y.rank + 1;
    memcpy(dim, y.dim, (size_t)y.rank * sizeof *dim);
    if (layout != SDX_PLAIN) {
        int block = sdx_layout_block(layout);
        dim[1] = (dim[1] + block - 1) / block;
        dim[y.rank] = block;
    }
    s->count = 1;
    for (int k = 0; k < axes; k++)
        s->count *= dim[k];
    for (int i = 0; i < operands; i++) {
        limit[i] = -1;
        if (!sdx_has_in(n, i))
            continue;
        if (layout == SDX_PLAIN) {
            plain_steps(n, i, y, step + i * MOST_AXES);
            limit[i] = sdx_count(sdx_in_shape(n, i), 0, sdx_in_shape(n, i).rank);
            if (sdx_in_layout(n, i) != SDX_PLAIN)
                return sdx_reject(c, SDX_E_UNSUPPORTED, "input %d is blocked, the result is not",
                                  i);
        } else if (!blocked_steps(n, i, y, layout, step + i * MOST_AXES, &limit[i])) {
            return sdx_reject(c, SDX_E_UNSUPPORTED,
                              "input %d cannot be read in the layout of the result", i);
        }
    }
    int left = s->count > 0 ? collapse(axes, dim, operands, step) : 0;
    s->operands = operands;
    s->rank = left > 2 ? left - 2 : 0;
    s->length = left > 0 ? dim[left - 1] : 1;
    s->rows = left > 1 ? dim[left - 2] : 1;
    s->sweeps = s->count > 0 ? s->count / (s->length * s->rows) : 0;
    int64_t *outer = limit + operands, *outer_dim = outer + (size_t)operands * (size_t)s->rank;
    memcpy(outer_dim, dim, (size_t)s->rank * sizeof *dim);
    for (int i = 0; i < operands; i++) {
        const int64_t *mine = step + i * MOST_AXES;
        last[i] = left > 0 ? mine[left - 1] : 0;
        row_step[i] = left > 1 ? mine[left - 2] : 0;
        memcpy(outer + i * s->rank, mine, (size_t)s->rank * sizeof *mine);
    }
    s->dim = outer_dim;
    s->outer = outer;
    s->row_step = row_step;
    s->step = last;
    s->limit = limit;
    return SDX_OK;
}

int64_t sdx_spread_at(const sdx_spread *s, int operand, int64_t sweep)
{
    const int64_t *step = s->outer + operand * s->rank;
    int64_t at = 0;
    for (int k = s->rank - 1; k >= 0; k--) {
        at += sweep % s->dim[k] * step[k];
        sweep /= s->dim[k];
    }
    return at;
}
