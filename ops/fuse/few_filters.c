/* ops/fuse/few_filters.c - a convolution of few filters computes neighbouring pixels as if they
 * were filters.
 *
 * M filters of width k fill M lanes of a block.  P of them beside each other, each a stride further
 * on and with zeros around it, are M * P filters of width k + (P - 1) * stride that move by
 * P strides at once: the lanes are full, for some more taps.  What they give lies pixel by pixel in
 * channels, and is turned back.  (An infinite number of X reaches P pixels more, as with
 * Winograd's form it does.)
 * Source: ONNX Operators.md, Conv-22. */
#include <stdio.h>
#include "common/linear.h"
#include "sdx/rewrite.h"

enum { BLOCK = 16, LEAST_WORK = 15 };

typedef struct wide {
    int rank;              /* of X */
    int64_t filters, side; /* M, P */
    int64_t stride, extra; /* extra: pixels that are cut off again */
    int64_t out[2];        /* pixels of Y: rows, or 1; columns */
} wide;

static int64_t entry(const sdx_node *n, const char *name, int i, int64_t none)
{
    int count;
    const int64_t *a = sdx_attr_ints(n, name, &count);
    return a && i < count ? a[i] : none;
}

/* Whether it gains half as much again at least. */
static bool is_worth_it(const sdx_node *n, wide *f)
{
    sdx_shape w = sdx_in_shape(n, 1);
    sdx_dims y = sdx_out_dims(n, 0);
    if (!sdx_has_constant_weights(n) || w.rank < 3 || w.rank > 4 || sdx_count(w, 0, w.rank) == 0 ||
        sdx_attr_int(n, "group") != 1 || !sdx_attr_is(n, "auto_pad", "NOTSET"))
        return false;
    int last = w.rank - 3;
    int64_t width = w.dim[last + 2], work = sdx_count(w, 0, w.rank) / w.dim[0];
    *f = (wide){ w.rank, w.dim[0], 1, entry(n, "strides", last, 1), 0, { 1, 1 } };
    for (int k = 2; k < f->rank; k++) {
        if (y.rank != f->rank || !sdx_is_num(y.dim[k]) || y.dim[k].n < 1)
            return false;
        f->out[k - f->rank + 2] = y.dim[k].n;
    }
    while (2 * f->side * f->filters <= BLOCK && 4 * f->side <= f->out[1])
        f->side *= 2;
    f->extra = (f->side - f->out[1] % f->side) % f->side;
    int64_t wider = width + (f->side - 1) * f->stride;
    return entry(n, "dilations", last, 1) == 1 && work >= LEAST_WORK && f->stride <= width &&
           2 * width * f->side >= 3 * wider;
}

/* w: the filters, P times beside each other; with the bias b as often. */
static sdx_status widen(const sdx_node *n, const wide *f, sdx_rewrite *c)
{
    char names[BLOCK * 5] = "", many[BLOCK * 3] = "";
    const char *zeros = f->rank == 4 ? "0, 0, 0" : "0, 0";
    int at = 0, used = 0;
    for (int p = 0; p < f->side; p++) {
        SDX_TRY(sdx_body(c, 13,
                         "z%d = Constant<value_ints = [%s, %lld, %s, %lld]>(); w%d = Pad(W, z%d)",
                         p, zeros, (long long)(p * f->stride), zeros,
                         (long long)((f->side - 1 - p) * f->stride), p, p));
        at += snprintf(names + at, sizeof names - (size_t)at, "%sw%d", p ? ", " : "", p);
        used += snprintf(many + used, sizeof many - (size_t)used, "%sB", p ? ", " : "");
    }
    SDX_TRY(sdx_body(c, 13, "w = Concat<axis = 0>(%s)", names));
    return sdx_has_in(n, 2) ? sdx_body(c, 13, "b = Concat<axis = 0>(%s)", many) : SDX_OK;
}

static sdx_status apply(const sdx_node *n, sdx_rewrite *c)
{
    wide f;
    char shape[2][80];
    if (sdx_in_dtype(n, 0) != SDX_F32 || !is_worth_it(n, &f))
        return SDX_OK;
    SDX_TRY(widen(n, &f, c));
    bool flat = f.rank == 3;
    long long step = (long long)(f.side * f.stride), rows = (long long)f.out[0],
              columns = (long long)(f.out[1] + f.extra), side = (long long)f.side,
              filters = (long long)f.filters;
    long long pad[4];
    for (int k = 0; k < 4; k++)
        pad[k] = (long long)entry(n, "pads", k, 0);
    pad[flat ? 1 : 3] += (long long)(f.extra * f.stride);
    const char *inputs = sdx_has_in(n, 2) ? "X, w, b" : "X, w";
    if (flat)
        SDX_TRY(sdx_body(c, 13, "d = Conv<strides = [%lld], pads = [%lld, %lld]>(%s)", step, pad[0],
                         pad[1], inputs));
    else
        SDX_TRY(sdx_body(c, 13,
                         "d = Conv<strides = [%lld, %lld], dilations = [%lld, 1], "
                         "pads = [%lld, %lld, %lld, %lld]>(%s)",
                         (long long)entry(n, "strides", 0, 1), step,
                         (long long)entry(n, "dilations", 0, 1), pad[0], pad[1], pad[2], pad[3],
                         inputs));
    snprintf(shape[0], sizeof shape[0], flat ? "0, %lld, %lld, %lld" : "0, %lld, %lld, %lld, %lld",
             side, filters, flat ? columns / side : rows, columns / side);
    snprintf(shape[1], sizeof shape[1], flat ? "0, %lld, %lld" : "0, %lld, %lld, %lld", filters,
             flat ? columns : rows, columns);
    SDX_TRY(sdx_body(c, 13,
                     "s = Constant<value_ints = [%s]>(); r = Reshape(d, s);"
                     "t = Transpose<perm = %s>(r); q = Constant<value_ints = [%s]>();",
                     shape[0], flat ? "[0, 2, 3, 1]" : "[0, 2, 3, 4, 1]", shape[1]));
    if (f.extra == 0)
        return sdx_body(c, 13, "Y = Reshape(t, q)");
    return sdx_body(c, 13,
                    "u = Reshape(t, q); i = Constant<value_ints = [0]>();"
                    "e = Constant<value_ints = [%lld]>(); a = Constant<value_ints = [-1]>();"
                    "Y = Slice(u, i, e, a)",
                    (long long)f.out[1]);
}

const sdx_rule sdx_fuse_few_filters = { "Conv", apply };
