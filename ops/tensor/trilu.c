/* ops/tensor/trilu.c - Trilu.
 *
 * Source: ONNX Operators.md, Trilu-14. */
#include <inttypes.h>
#include "common/derivatives.h"
#include "common/walk.h"

static const sdx_schema schema[] = {
    { 14, "input:T k?:i64 -> output:T", "upper:int=1", "T: all4" },
    { 0 },
};
static const sdx_schema microsoft_schema[] = {
    { 1, "X:T k?:i64 -> Y:T", "upper:int=1", "T: numeric bf16 bool" },
    { 0 },
};

static void infer(const sdx_node *n, sdx_infer *c)
{
    if (sdx_check_rank(c, 0, 2, SDX_MAX_RANK))
        sdx_set_out_like(c, 0, sdx_in_dims(n, 0));
}

/* One element that is zero, or the empty string. */
typedef struct plan {
    sdx_tensor zero;
    int64_t element[2];
} plan;

static sdx_status prepare(const sdx_node *n, sdx_prepare *c, void **state)
{
    plan *p = sdx_keep(c, sizeof *p);
    if (!p)
        return SDX_E_MEMORY;
    p->zero = (sdx_tensor){ .dtype = sdx_in_dtype(n, 0), .data = p->element };
    *state = p;
    return SDX_OK;
}

typedef struct job {
    const plan *p;
    const sdx_tensor *x;
    sdx_tensor *y;
    int64_t rows, columns, k;
    bool upper;
} job;

static sdx_status some_rows(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = arg;
    size_t width = sdx_width(j->x->dtype);
    (void)scratch;
    for (int64_t i = begin; i < end; i++) {
        int64_t row = i % j->rows, cut, keep, at = i * j->columns;
        /* The border: the first kept column of the upper part, the first cut one of the lower. */
        int64_t edge = j->upper ? 0 : 1;
        if (j->k >= j->columns - row - edge)
            cut = j->columns;
        else
            cut = j->k + row + edge < 0 ? 0 : j->k + row + edge;
        keep = j->upper ? j->columns - cut : cut;
        int64_t kept_at = at + (j->upper ? cut : 0), cut_at = at + (j->upper ? 0 : cut);
        SDX_TRY(sdx_copy_strided(c, j->y, cut_at, 1, &j->p->zero, 0, 0, j->columns - keep));
        if (j->y->data != j->x->data && keep > 0)
            SDX_TRY(sdx_move(c, width, j->y, kept_at, j->x, kept_at, keep));
    }
    return SDX_OK;
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    const sdx_tensor *k = sdx_in(c, 1);
    job j = {
        .p = state, .x = sdx_in(c, 0), .y = sdx_out(c, 0), .upper = sdx_attr_int(n, "upper") != 0
    };
    sdx_shape s = j.x->shape;
    j.rows = s.dim[s.rank - 2];
    j.columns = s.dim[s.rank - 1];
    if (k && sdx_elements(k) == 1)
        sdx_load_i64(&j.k, k, 0, 1, 1);
    if (j.k < -j.rows)
        j.k = -j.rows; /* further off changes nothing, and sums stay small */
    return sdx_parallel(c, sdx_count(s, 0, s.rank - 1), 1 + 8192 / (1 + j.columns), some_rows, &j);
}

static const sdx_op ops[] = {
    { SDX_OP(Trilu), .derive = sdx_derive_move, .schema = schema, .limits = "k#one ?upper:0|1",
      .traits = SDX_PURE, .inplace = 1, .infer = infer, .prepare = prepare, .run = run },
    { SDX_OP(Trilu), "com.microsoft", .schema = microsoft_schema, .limits = "k#one ?upper:0|1",
      .traits = SDX_PURE, .inplace = 1, .infer = infer, .prepare = prepare, .run = run },
    { 0 },
};
const sdx_family sdx_family_tensor_trilu = { ops, 0 };
