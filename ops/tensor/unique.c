/* ops/tensor/unique.c - Unique.
 *
 * Items are elements, or slices along `axis`.  Their places are sorted by a merge that keeps equal
 * ones in order, so the first of each run is the first in the data; then the runs are put in the
 * order that was asked for.  Source: ONNX Operators.md, Unique-28. */
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include "common/walk.h"

static const sdx_schema schema[] = {
    { 11, "X:T -> Y:T indices?:i64 inverse_indices?:i64 counts?:i64", "axis:int sorted:int=1",
      "T: all" },
    { 28, NULL, NULL, "T: all4" },
    { 0 },
};

static void infer(const sdx_node *n, sdx_infer *c)
{
    sdx_dims x = sdx_in_dims(n, 0);
    bool flat = !sdx_has_attr(n, "axis");
    sdx_dim *count = sdx_new_dims(c, 1), *inverse = sdx_new_dims(c, 1);
    if (!flat && !sdx_check_axis(c, "axis", sdx_attr_int(n, "axis"), x.rank))
        return;
    int rank = flat ? 1 : x.rank, a = flat ? 0 : sdx_axis(sdx_attr_int(n, "axis"), x.rank);
    if (x.rank >= 0)
        inverse[0] = flat ? sdx_dim_product(c, x, 0, x.rank) : x.dim[a];
    if (a >= 0)
        count[0] = sdx_dim_new(c, 0, a, inverse[0]);
    else /* counted from the end of a rank that is not known: named by a result that has one */
        count[0] = sdx_dim_new(c, sdx_has_out(n, 1) ? 1 : 3, 0, inverse[0]);
    if (rank >= 0) {
        sdx_dim *y = sdx_new_dims(c, rank);
        for (int k = 0; k < rank; k++)
            y[k] = k == a ? count[0] : x.dim[k];
        sdx_set_out_dims(c, 0, rank, y);
    }
    for (int k = 1; k < 4; k++)
        if (sdx_has_out(n, k))
            sdx_set_out_dims(c, k, 1, k == 2 ? inverse : count);
}

/* The items: item i has `outer` runs of `inner` elements, the first at i * inner, `step` apart. */
typedef struct items {
    const sdx_tensor *x;
    int64_t count, outer, inner, step;
    sdx_class class;
} items;

static int order(double a, double b)
{
    if (isnan(a) || isnan(b))
        return isnan(a) - isnan(b); /* NaN equals NaN, and comes last */
    return (a > b) - (a < b);
}

static int compare_elements(const items *s, int64_t i, int64_t j)
{
    if (s->class == SDX_STRING) {
        sdx_string a = sdx_get_string(s->x, i), b = sdx_get_string(s->x, j);
        int first = memcmp(a.length ? a.text : "", b.length ? b.text : "",
                           a.length < b.length ? a.length : b.length);
        return first ? first : (a.length > b.length) - (a.length < b.length);
    }
    if (s->class == SDX_REAL) {
        double a, b;
        sdx_load_f64(&a, s->x, i, 1, 1);
        sdx_load_f64(&b, s->x, j, 1, 1);
        return order(a, b);
    }
    if (s->class == SDX_COMPLEX) {
        double a[1][2], b[1][2];
        sdx_load_c128(a, s->x, i, 1, 1);
        sdx_load_c128(b, s->x, j, 1, 1);
        int real = order(a[0][0], b[0][0]);
        return real ? real : order(a[0][1], b[0][1]);
    }
    if (s->class == SDX_UINT) {
        uint64_t a, b;
        sdx_load_u64(&a, s->x, i, 1, 1);
        sdx_load_u64(&b, s->x, j, 1, 1);
        return (a > b) - (a < b);
    }
    int64_t a, b;
    sdx_load_i64(&a, s->x, i, 1, 1);
    sdx_load_i64(&b, s->x, j, 1, 1);
    return (a > b) - (a < b);
}

static int compare(const items *s, int64_t i, int64_t j)
{
    for (int64_t o = 0; o < s->outer; o++)
        for (int64_t k = 0; k < s->inner; k++) {
            int first = compare_elements(s, i * s->inner + o * s->step + k,
                                         j * s->inner + o * s->step + k);
            if (first)
                return first;
        }
    return 0;
}

/* Sorts at[] by merging ever longer runs; spare has as much room. */
static sdx_status sort(sdx_run *c, const items *s, int64_t *at, int64_t *spare)
{
    for (int64_t run = 1; run < s->count; run *= 2) {
        SDX_TRY(sdx_poll(c));
        for (int64_t lo = 0; lo < s->count; lo += 2 * run) {
            int64_t mid = lo + run < s->count ? lo + run : s->count,
                    hi = mid + run < s->count ? mid + run : s->count;
            int64_t i = lo, j = mid;
            for (int64_t k = lo; k < hi; k++)
                spare[k] = i < mid && (j >= hi || compare(s, at[i], at[j]) <= 0) ? at[i++]
                                                                                 : at[j++];
        }
        memcpy(at, spare, (size_t)s->count * sizeof *at);
    }
    return SDX_OK;
}

static sdx_status prepare(const sdx_node *n, sdx_prepare *c, void **state)
{
    sdx_shape x = sdx_in_shape(n, 0);
    (void)state;
    sdx_want_scratch(c, 4 * sizeof(int64_t) * (size_t)sdx_count(x, 0, x.rank) + 64, 0);
    return SDX_OK;
}

static sdx_status put_list(sdx_run *c, int out, int64_t count, const int64_t *v)
{
    sdx_tensor *y;
    SDX_TRY(sdx_make_out(c, out, (sdx_shape){ 1, &count }, &y));
    if (y)
        memcpy(y->data, v, (size_t)count * sizeof *v);
    return SDX_OK;
}

/* Numbers the runs of the sorted places: first[r] the first place, of[i] the run of item i, seen[r]
 * how many. */
static int64_t number_runs(const items *s, const int64_t *at, int64_t *first, int64_t *of,
                           int64_t *seen)
{
    int64_t runs = 0;
    for (int64_t k = 0; k < s->count; k++) {
        if (k == 0 || compare(s, at[k - 1], at[k]) != 0) {
            first[runs] = at[k];
            seen[runs++] = 0;
        }
        of[at[k]] = runs - 1;
        seen[runs - 1]++;
    }
    return runs;
}

/* Runs in the order in which they first appear. */
static void by_appearance(const items *s, int64_t runs, int64_t *first, int64_t *of, int64_t *seen,
                          int64_t *renamed)
{
    int64_t next = 0;
    for (int64_t r = 0; r < runs; r++)
        renamed[r] = -1;
    for (int64_t i = 0; i < s->count; i++) {
        if (renamed[of[i]] < 0)
            renamed[of[i]] = next++;
        of[i] = renamed[of[i]];
    }
    for (int64_t r = 0; r < runs; r++)
        seen[r] = 0;
    for (int64_t i = 0; i < s->count; i++)
        if (seen[of[i]]++ == 0)
            first[of[i]] = i;
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    const sdx_tensor *x = sdx_in(c, 0);
    sdx_shape s = x->shape;
    bool flat = !sdx_has_attr(n, "axis");
    int a = flat ? 0 : sdx_axis(sdx_attr_int(n, "axis"), s.rank);
    items it = { x,
                 flat ? sdx_elements(x) : s.dim[a],
                 flat ? 1 : sdx_count(s, 0, a),
                 flat ? 1 : sdx_count(s, a + 1, s.rank),
                 0,
                 sdx_dtype_class(x->dtype) };
    int64_t *at = sdx_scratch(c), *first = at + it.count, *of = first + it.count,
            *seen = of + it.count;
    int64_t dim[SDX_MAX_RANK];
    sdx_tensor *y;
    (void)state;
    if (it.outer * it.inner == 0)
        return sdx_fail(c, SDX_E_SHAPE, "slices along axis %d have no elements to tell them apart",
                        a);
    it.step = it.count * it.inner;
    for (int64_t i = 0; i < it.count; i++)
        at[i] = i;
    SDX_TRY(sort(c, &it, at, first));
    int64_t runs = number_runs(&it, at, first, of, seen);
    if (!sdx_attr_int(n, "sorted"))
        by_appearance(&it, runs, first, of, seen, at);
    for (int k = 0; k < (flat ? 1 : s.rank); k++)
        dim[k] = k == a ? runs : s.dim[k];
    SDX_TRY(sdx_make_out(c, 0, (sdx_shape){ flat ? 1 : s.rank, dim }, &y));
    for (int64_t o = 0; y && o < it.outer; o++)
        for (int64_t r = 0; r < runs; r++)
            SDX_TRY(sdx_copy(c, y, (o * runs + r) * it.inner, x, o * it.step + first[r] * it.inner,
                             it.inner));
    SDX_TRY(put_list(c, 1, runs, first));
    SDX_TRY(put_list(c, 2, it.count, of));
    return put_list(c, 3, runs, seen);
}

static const sdx_op ops[] = {
    { SDX_OP(Unique), .schema = schema, .limits = "?sorted:0|1", .traits = SDX_PURE, .infer = infer,
      .prepare = prepare, .run = run },
    { 0 },
};
const sdx_family sdx_family_tensor_unique = { ops, 0 };
