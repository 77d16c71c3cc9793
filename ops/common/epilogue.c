/* ops/common/epilogue.c - the chain of absorbed pointwise nodes, compiled.
 *
 * The head of the chain that a kernel can do in registers (add a row, add a residual, clamp) is
 * taken out; the rest runs as rows over what the kernel has just written, in pieces on the
 * stack. */
#include "common/epilogue.h"
#include "sdx/rewrite.h" /* sdx_reads_same */
#include <math.h>

enum { MOST_OPERANDS = 8, PIECE = 256 };

struct sdx_tail_plan {
    int count, first;             /* nodes first..count-1 are left for `after` */
    int column_k, column_operand; /* k < 0: none */
    int residual_k, residual_operand;
    float lo, hi;
    sdx_pointwise_plan *step; /* [count] */
};

/* The operand of a two-operand Add that is not the result so far; -1: this is no such Add. */
static int added(const sdx_node *e, int slot)
{
    bool is = sdx_is(e, "Add") && sdx_in_count(e) == 2 && sdx_in_dtype(e, 1 - slot) == SDX_F32;
    return is && !sdx_reads_same(e, 0, e, 1) ? 1 - slot : -1;
}

static bool is_dense(const sdx_spread *s, int k)
{
    return s->sweeps == 1 && s->rows == 1 && s->step[k] == 1 && s->limit[k] == s->count;
}

static bool is_column(const sdx_spread *s, int k, int64_t columns)
{
    return s->step[k] == 1 && s->length == columns && s->limit[k] == columns &&
           (s->rows == 1 || s->row_step[k] == 0);
}

bool sdx_tail_clamps(const sdx_node *e, float param[4])
{
    const sdx_pointwise *op = sdx_variant(e);
    if (sdx_is(e, "Relu")) {
        param[0] = 0;
        param[1] = INFINITY;
        return true;
    }
    return sdx_is(e, "Clip") && op->param && op->param(e, param) && param[0] <= param[1];
}

/* Takes what the kernel can do off the head of the chain. */
static void take_head(const sdx_node *n, unsigned can, sdx_tail_plan *p)
{
    sdx_shape y = sdx_out_shape(n, 0);
    int64_t columns = y.rank > 0 ? y.dim[y.rank - 1] : 1;
    if (sdx_out_dtype(n, 0) != SDX_F32)
        return;
    for (; p->first < p->count; p->first++) {
        const sdx_node *e = sdx_epilogue(n, p->first);
        const sdx_spread *s = &p->step[p->first].spread;
        int other = added(e, sdx_epilogue_slot(n, p->first));
        if (other < 0)
            break;
        if ((can & SDX_TAIL_COLUMN) && p->column_k < 0 && p->residual_k < 0 &&
            sdx_out_layout(n, 0) == SDX_PLAIN && is_column(s, other, columns)) {
            p->column_k = p->first;
            p->column_operand = other;
        } else if ((can & SDX_TAIL_RESIDUAL) && p->residual_k < 0 && is_dense(s, other)) {
            p->residual_k = p->first;
            p->residual_operand = other;
        } else {
            break;
        }
    }
    float param[4] = { 0 };
    if ((can & SDX_TAIL_CLAMP) && p->first < p->count &&
        sdx_tail_clamps(sdx_epilogue(n, p->first), param)) {
        p->lo = param[0];
        p->hi = param[1];
        p->first++;
    }
}

sdx_status sdx_tail_prepare(const sdx_node *n, sdx_prepare *c, unsigned can,
                            const sdx_tail_plan **plan)
{
    int count = sdx_epilogue_count(n);
    *plan = NULL;
    if (count == 0)
        return SDX_OK;
    sdx_tail_plan *p = sdx_keep(c, sizeof *p);
    sdx_pointwise_plan *step = sdx_keep(c, (size_t)count * sizeof *step);
    if (!p || !step)
        return SDX_E_MEMORY;
    *p = (sdx_tail_plan){ count, 0, -1, -1, -1, -1, -INFINITY, INFINITY, step };
    for (int k = 0; k < count; k++) {
        const sdx_node *e = sdx_epilogue(n, k);
        SDX_TRY(sdx_pointwise_plan_make(e, c, sdx_out_shape(n, 0), sdx_out_layout(n, 0), &step[k]));
        if (sdx_in_count(e) > MOST_OPERANDS || sdx_out_dtype(e, 0) != sdx_out_dtype(n, 0) ||
            !step[k].op->f64)
            return sdx_reject(c, SDX_E_UNSUPPORTED, "%s cannot be done within this node",
                              sdx_op_name(e));
        if (step[k].way != SDX_BY_F32)
            step[k].way = SDX_BY_F64;
    }
    take_head(n, can, p);
    *plan = p;
    return SDX_OK;
}

/* Node k of the chain over y, which holds floats (SDX_BY_F32) or doubles. */
static void apply(const sdx_tail_ctx *ctx, int k, sdx_way way, void *y, int64_t offset,
                  int64_t count)
{
    const sdx_node *e = sdx_epilogue(ctx->n, k);
    const sdx_tensor *in[MOST_OPERANDS] = { 0 };
    _Alignas(64) char buffers[(MOST_OPERANDS + 1) * PIECE * 8 + MOST_OPERANDS * sizeof(void *)];
    sdx_pointwise_plan p = ctx->plan->step[k];
    int self = sdx_epilogue_slot(ctx->n, k);
    p.way = way;
    p.width = way == SDX_BY_F32 ? sizeof(float) : sizeof(double);
    for (int i = 0; i < p.spread.operands; i++)
        in[i] = i == self ? NULL : sdx_epilogue_in(ctx->run, k, i);
    sdx_pointwise_apply(&p, e, in, self, y, SDX_F32, offset, offset + count, buffers, PIECE);
}

/* Node k, by its reference, over floats. */
static void apply_widened(const sdx_tail_ctx *ctx, int k, float *y, int64_t offset, int64_t count)
{
    double wide[PIECE];
    for (int64_t at = 0; at < count; at += PIECE) {
        int64_t some = count - at < PIECE ? count - at : PIECE;
        for (int64_t i = 0; i < some; i++)
            wide[i] = y[at + i];
        apply(ctx, k, SDX_BY_F64, wide, offset + at, some);
        for (int64_t i = 0; i < some; i++)
            y[at + i] = (float)wide[i];
    }
}

static void after(const sdx_tail_ctx *ctx, float *y, int64_t offset, int64_t count)
{
    for (int k = ctx->plan->first; k < ctx->plan->count; k++) {
        const sdx_pointwise_plan *p = &ctx->plan->step[k];
        if (p->way == SDX_BY_F32 && p->unary) /* the common tail: an activation */
            p->fast(y, y, NULL, (size_t)count, p->param);
        else if (p->way == SDX_BY_F32)
            apply(ctx, k, SDX_BY_F32, y, offset, count);
        else
            apply_widened(ctx, k, y, offset, count);
    }
}

void sdx_tail_bind(const sdx_tail_plan *p, const sdx_node *n, sdx_run *c, sdx_tail *tail)
{
    *tail = (sdx_tail){ .lo = -INFINITY, .hi = INFINITY, .ctx = { p, n, c } };
    if (!p)
        return;
    if (p->column_k >= 0)
        tail->column = sdx_f32(sdx_epilogue_in(c, p->column_k, p->column_operand));
    if (p->residual_k >= 0)
        tail->residual = sdx_f32(sdx_epilogue_in(c, p->residual_k, p->residual_operand));
    tail->lo = p->lo;
    tail->hi = p->hi;
    tail->after = p->first < p->count ? after : NULL;
    tail->anywhere = true;
    for (int k = p->first; k < p->count; k++)
        tail->anywhere = tail->anywhere && p->step[k].way == SDX_BY_F32 && p->step[k].unary;
}

void sdx_tail_f64(const sdx_tail_plan *p, const sdx_node *n, sdx_run *c, double *y, int64_t offset,
                  int64_t count)
{
    sdx_tail_ctx ctx = { p, n, c };
    if (!p)
        return;
    for (int k = 0; k < p->count; k++)
        apply(&ctx, k, SDX_BY_F64, y, offset, count);
}

void sdx_tail_call(void *tail, float *y, int64_t at, size_t n)
{
    const sdx_tail *t = tail;
    t->after(&t->ctx, y, at, (int64_t)n);
}
