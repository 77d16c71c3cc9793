/* ops/reduction/arg.c - ArgMax, ArgMin: where along an axis the largest, the smallest element lies.
 *
 * Among equals the first, with select_last_index the last.  NaN counts as larger (smaller) than
 * all, as in numpy. Source: ONNX Operators.md, ArgMax-13, ArgMin-13; Changelog.md, versions 1, 11,
 * 12. */
#include "common/lines.h"
#include <math.h>

static const sdx_schema schema[] = {
    { 1, "data:T -> reduced:i64", "keepdims:int=1 axis:int=0", "T: numeric" },
    { 11, NULL, NULL, NULL },
    { 12, NULL, "select_last_index:int=0 keepdims:int=1 axis:int=0", NULL },
    { 13, NULL, NULL, "T: numeric bf16" },
    { 0 },
};

static void infer(const sdx_node *n, sdx_infer *c)
{
    sdx_dims x = sdx_in_dims(n, 0);
    int64_t axis = sdx_attr_int(n, "axis");
    bool keep = sdx_attr_int(n, "keepdims") != 0;
    if (!sdx_check_axis(c, "axis", axis, x.rank) || x.rank < 0)
        return;
    sdx_dim *y = sdx_new_dims(c, x.rank);
    int at = sdx_axis(axis, x.rank), rank = 0;
    for (int i = 0; i < x.rank; i++)
        if (i != at || keep)
            y[rank++] = i == at ? sdx_num(1) : x.dim[i];
    sdx_set_out_dims(c, 0, rank, y);
    if (sdx_is_num(x.dim[at]) && x.dim[at].n == 0) {
        sdx_refuse(c, "reduce-empty", "axis %d of %s has no elements to choose from", at,
                   sdx_in_name(n, 0));
        sdx_point(c, 0, at);
        sdx_hint(c, "choose an axis that is not empty");
    }
}

/* The index of the winner among n elements.  better: strictly; last: an equal one later wins,
 * too. */
#define WINNER(name, type, is_nan)                                          \
    static int64_t name(const type *x, int64_t n, bool greatest, bool last) \
    {                                                                       \
        int64_t best = 0;                                                   \
        for (int64_t i = 1; i < n; i++) {                                   \
            const type a = x[best], b = x[i];                               \
            if (is_nan(a) && !(last && is_nan(b)))                          \
                continue;                                                   \
            bool wins = is_nan(b) || (greatest ? b > a : b < a);            \
            if (wins || (last && b == a))                                   \
                best = i;                                                   \
        }                                                                   \
        return best;                                                        \
    }
#define NEVER(x) ((void)(x), false)
WINNER(winner_f64, double, isnan)
WINNER(winner_i64, int64_t, NEVER)
WINNER(winner_u64, uint64_t, NEVER)

typedef struct plan {
    sdx_lines lines;
    bool greatest, last;
    sdx_class class;
} plan;

static const bool of_max = true, of_min = false;

static sdx_status prepare(const sdx_node *n, sdx_prepare *c, void **state)
{
    sdx_shape x = sdx_in_shape(n, 0);
    int axis = sdx_axis(sdx_attr_int(n, "axis"), x.rank);
    plan *p = sdx_keep(c, sizeof *p);
    if (!p)
        return SDX_E_MEMORY;
    p->lines = sdx_lines_along(x, axis, axis + 1);
    p->greatest = *(const bool *)sdx_variant(n);
    p->last = sdx_attr_int(n, "select_last_index") != 0;
    p->class = sdx_dtype_class(sdx_in_dtype(n, 0));
    sdx_want_scratch(c, 0, (size_t)p->lines.length * sizeof(double));
    *state = p;
    return SDX_OK;
}

typedef struct job {
    const plan *p;
    const sdx_tensor *x;
    sdx_tensor *y;
} job;

static sdx_status some(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = arg;
    const plan *p = j->p;
    int64_t length = p->lines.length, stride = p->lines.stride;
    (void)c;
    for (int64_t i = begin; i < end; i++) {
        int64_t first = sdx_line_first(&p->lines, i), best;
        if (p->class == SDX_REAL) {
            sdx_load_f64(scratch, j->x, first, stride, length);
            best = winner_f64(scratch, length, p->greatest, p->last);
        } else if (p->class == SDX_UINT) {
            sdx_load_u64(scratch, j->x, first, stride, length);
            best = winner_u64(scratch, length, p->greatest, p->last);
        } else {
            sdx_load_i64(scratch, j->x, first, stride, length);
            best = winner_i64(scratch, length, p->greatest, p->last);
        }
        sdx_store_i64(j->y, i, 1, 1, &best);
    }
    return SDX_OK;
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    job j = { state, sdx_in(c, 0), sdx_out(c, 0) };
    if (j.p->lines.length == 0 && j.p->lines.count > 0)
        return sdx_fail(c, SDX_E_VALUE, "axis=%d has no elements to choose from",
                        (int)sdx_attr_int(n, "axis"));
    return sdx_parallel(c, j.p->lines.count, 1 + 32768 / (1 + j.p->lines.length), some, &j);
}

static const sdx_op ops[] = {
    { SDX_OP(ArgMax), .schema = schema, .limits = "?keepdims:0|1 ?select_last_index:0|1",
      .traits = SDX_PURE, .variant = &of_max, .infer = infer, .prepare = prepare, .run = run },
    { SDX_OP(ArgMin), .schema = schema, .limits = "?keepdims:0|1 ?select_last_index:0|1",
      .traits = SDX_PURE, .variant = &of_min, .infer = infer, .prepare = prepare, .run = run },
    { 0 },
};
const sdx_family sdx_family_reduction_arg = { ops, 0 };
