/* ops/common/pointwise.c - operators that work element by element on operands that broadcast: rows
 * of a plan, piece by piece. */
#include "common/pointwise.h"
#include <string.h>

/* ---- prepare ---- */

static sdx_way choose_way(const sdx_node *e, const sdx_pointwise *op)
{
    bool real = false, unsign = true;
    for (int i = 0; i < sdx_in_count(e); i++) {
        if (!sdx_has_in(e, i))
            continue;
        sdx_class class = sdx_dtype_class(sdx_in_dtype(e, i));
        real = real || class == SDX_REAL;
        unsign = unsign && class == SDX_UINT;
    }
    if (op->f64 && (real || !op->i64))
        return SDX_BY_F64;
    return unsign && op->u64 ? SDX_BY_U64 : SDX_BY_I64;
}

static bool all_are(const sdx_node *e, sdx_dtype d)
{
    for (int i = 0; i < sdx_in_count(e); i++)
        if (sdx_has_in(e, i) && sdx_in_dtype(e, i) != d)
            return false;
    return true;
}

/* The fast row of floats where there is one for this node. */
static sdx_row_f32 *fast_row(const sdx_node *e, sdx_prepare *c, float param[4])
{
    const sdx_pointwise *op = sdx_variant(e);
    sdx_row_f32 *row = NULL;
    const char *slots = op->fast && (!op->param || op->param(e, param)) ? sdx_kernels(c, op->fast)
                                                                        : NULL;
    if (slots)
        memcpy(&row, slots + op->slot, sizeof row);
    return row;
}

sdx_status sdx_pointwise_plan_make(const sdx_node *e, sdx_prepare *c, sdx_shape y,
                                   sdx_layout layout, sdx_pointwise_plan *p)
{
    const sdx_pointwise *op = sdx_variant(e);
    p->op = op;
    p->way = choose_way(e, op);
    /* The bounds of Clip are operands that its param has read. */
    p->unary = sdx_in_count(e) == 1 || sdx_is(e, "Clip");
    p->width = p->out_width = sizeof(double);
    if (all_are(e, SDX_F32) && sdx_out_dtype(e, 0) == SDX_F32)
        p->fast = fast_row(e, c, p->param);
    if (p->fast) {
        p->way = SDX_BY_F32;
        p->width = p->out_width = sizeof(float);
    }
    /* Few operands share some 24 KiB of buffers, so that a piece stays in the first-level cache. */
    int operands = sdx_in_count(e);
    p->piece = operands < 16 ? 1024 : 128;
    return sdx_spread_make(e, c, operands, y, layout, &p->spread);
}

/* Another way than through the widest type of the class, where there is one. */
static void choose_typed(const sdx_node *n, sdx_prepare *c, sdx_pointwise_plan *p, size_t formula)
{
    sdx_dtype d = sdx_in_dtype(n, 0), to = sdx_out_dtype(n, 0);
    int kind = sdx_typed_kind(d);
    const typed_kernels *k = sdx_kernels(c, &sdx_family_internal_typed);
    if (kind < 0 || !all_are(n, d) || (to != d && to != SDX_BOOL))
        return;
    const sdx_pointwise *op = sdx_variant(n);
    if (formula != SIZE_MAX && (!op->param || op->param(n, p->param))) {
        sdx_typed_rows rows;
        memcpy(&rows, (const char *)k + formula, sizeof rows);
        p->own = rows.of[kind];
    }
    if (p->own) {
        p->way = SDX_BY_OWN;
        p->width = (size_t)sdx_dtype_bits(d) / 8;
        p->out_width = (size_t)sdx_dtype_bits(to) / 8;
    }
    p->widen = k->cast[kind][SDX_KIND_F32];
    p->narrow = k->cast[SDX_KIND_F32][kind];
    if ((d == SDX_F16 || d == SDX_BF16) && to == d && p->widen && p->narrow &&
        (p->fast = fast_row(n, c, p->param)) != NULL) {
        p->way = SDX_BY_F16;
        p->width = sizeof(float);
        p->out_width = sizeof(uint16_t);
    }
}

sdx_status sdx_pointwise_prepare_typed(const sdx_node *n, sdx_prepare *c, void **state,
                                       size_t formula)
{
    static const char *const names[] = { "f32 rows", "typed rows", "narrow rows" };
    sdx_pointwise_plan *p = sdx_keep(c, sizeof *p);
    if (!p)
        return SDX_E_MEMORY;
    SDX_TRY(sdx_pointwise_plan_make(n, c, sdx_out_shape(n, 0), sdx_out_layout(n, 0), p));
    if (p->way != SDX_BY_F32)
        choose_typed(n, c, p, formula);
    size_t operands = (size_t)p->spread.operands;
    sdx_want_scratch(c, operands * sizeof(sdx_tensor *),
                     sdx_pointwise_buffers(p->spread.operands, p->piece));
    sdx_choice(c, p->way < SDX_BY_F64 ? names[p->way] : "reference");
    *state = p;
    return SDX_OK;
}

sdx_status sdx_pointwise_prepare(const sdx_node *n, sdx_prepare *c, void **state)
{
    return sdx_pointwise_prepare_typed(n, c, state, SIZE_MAX);
}

/* ---- run ---- */

/* A rectangle of elements: `rows` rows of `length` from place (sweep, row, i) on. */
typedef struct piece {
    int64_t sweep, row, i, rows, length;
} piece;

/* What an operand's buffer holds, to fill it no more often than it changes. */
typedef struct held {
    int64_t at, rows, length; /* at < 0: nothing */
} held;

enum { MOST_HELD = 8 }; /* operands beyond are filled each time */

static bool still_holds(const held *h, int64_t at, int64_t row_step, int64_t step, const piece *w)
{
    bool alone = h->rows == 1 && w->rows == 1;
    if (h->at != at || (row_step != 0 && !alone))
        return false;
    return step == 0 ? h->rows * h->length >= w->rows * w->length
                     : h->length == w->length && h->rows >= w->rows;
}

#define GATHER(type)                                      \
    do {                                                  \
        const type *a = (const type *)from + at;          \
        const type first = *a;                            \
        for (int64_t i = 0, k = step ? 0 : n; i < k; i++) \
            ((type *)to)[i] = first;                      \
        for (int64_t i = 0, k = step ? n : 0; i < k; i++) \
            ((type *)to)[i] = a[i * step];                \
    } while (0)

/* n >= 1 elements of 1, 4 or 8 bytes, `step` apart: one that repeats is a loop of its own. */
static void gather(void *to, const void *from, int64_t at, int64_t step, int64_t n, size_t width)
{
    if (width == 4)
        GATHER(uint32_t);
    else if (width == 8)
        GATHER(uint64_t);
    else
        GATHER(uint8_t);
}

static void gather_f16(float *to, const sdx_tensor *x, int64_t at, int64_t step, int64_t n)
{
    double v = 0;
    for (int64_t i = 0; i < n; i++) {
        if (i == 0 || step != 0)
            sdx_load_f64(&v, x, at + i * step, 1, 1);
        to[i] = (float)v;
    }
}

/* Loads n elements of any type, `step` apart, up to `limit`: what lies past it stays as it is. */
static void load_run(const sdx_pointwise_plan *p, void *to, const sdx_tensor *x, int64_t at,
                     int64_t step, int64_t n, int64_t limit)
{
    if (step > 0 && at + (n - 1) * step >= limit)
        n = at < limit ? (limit - at + step - 1) / step : 0;
    if (n <= 0)
        return;
    if (p->way == SDX_BY_F64) {
        sdx_load_f64(to, x, at, step, n);
    } else if (p->way == SDX_BY_I64) {
        sdx_load_i64(to, x, at, step, n);
    } else if (p->way == SDX_BY_U64) {
        sdx_load_u64(to, x, at, step, n);
    } else if (p->way == SDX_BY_F16) {
        if (step == 1)
            sdx_typed_run(p->widen, sizeof(float), sizeof(uint16_t), to,
                          (const uint16_t *)x->data + at, NULL, (size_t)n);
        else
            gather_f16(to, x, at, step, n);
    } else if (step == 1) {
        memcpy(to, (const char *)x->data + (size_t)at * p->width, (size_t)n * p->width);
    } else {
        gather(to, x->data, at, step, n, p->width);
    }
}

static void fill(const sdx_pointwise_plan *p, void *to, const sdx_tensor *x, int64_t at,
                 int64_t row_step, int64_t step, int64_t limit, const piece *w)
{
    size_t width = p->width;
    bool as_one = w->rows == 1 || row_step == step * w->length;
    int64_t rows = as_one ? 1 : w->rows, length = as_one ? w->rows * w->length : w->length;
    char *out = to;
    for (int64_t r = 0; r < rows; r++) {
        char *row = out + (size_t)(r * length) * width;
        if (r > 0 && row_step == 0)
            memcpy(row, out, (size_t)length * width);
        else
            load_run(p, row, x, at + r * row_step, step, length, limit);
    }
}

/* The view of a tensor as its elements lie in memory. */
static sdx_tensor in_memory(const sdx_tensor *x, const int64_t *limit)
{
    sdx_tensor t = *x;
    t.layout = SDX_PLAIN;
    t.shape = (sdx_shape){ 1, limit };
    return t;
}

static void compute_f32(const sdx_pointwise_plan *p, float *y, const float *const *in, int operands,
                        int64_t count)
{
    if (p->unary) {
        p->fast(y, in[0], NULL, (size_t)count, p->param);
        return;
    }
    const float *so_far = in[0];
    for (int k = 1; k < operands; k++) {
        p->fast(y, so_far, in[k], (size_t)count, p->param);
        so_far = y;
    }
}

static void compute_own(const sdx_pointwise_plan *p, void *y, const void *const *in, int operands,
                        int64_t count)
{
    const void *so_far = in[0];
    int k = 1;
    do { /* once, for formulas of one operand */
        sdx_typed_run(p->own, p->out_width, p->width, y, so_far, k < operands ? in[k] : NULL,
                      (size_t)count);
        so_far = y;
    } while (++k < operands);
}

static void compute(const sdx_pointwise_plan *p, const sdx_node *e, void *y, const void *const *in,
                    int64_t count)
{
    if (p->way == SDX_BY_F64)
        p->op->f64(e, y, (const double *const *)in, count);
    else if (p->way == SDX_BY_I64)
        p->op->i64(e, y, (const int64_t *const *)in, count);
    else
        p->op->u64(e, y, (const uint64_t *const *)in, count);
}

static void store(sdx_way way, sdx_tensor *y, int64_t at, int64_t count, const void *from)
{
    if (way == SDX_BY_F64)
        sdx_store_f64(y, at, 1, count, from);
    else if (way == SDX_BY_I64)
        sdx_store_i64(y, at, 1, count, from);
    else
        sdx_store_u64(y, at, 1, count, from);
}

/* The operand of `w` as a run of elements: in place where it lies so, else gathered into its
 * buffer. */
static const void *operand(const sdx_pointwise_plan *p, const sdx_tensor *x, int k, int64_t base,
                           const piece *w, void *buffer, held *h)
{
    const sdx_spread *s = &p->spread;
    int64_t row_step = s->row_step[k], step = s->step[k], limit = s->limit[k];
    int64_t at = base + w->row * row_step + w->i * step;
    bool dense = step == 1 && (w->rows == 1 || row_step == w->length);
    if (p->way <= SDX_BY_OWN &&
        ((dense && at + w->rows * w->length <= limit) || (w->rows * w->length == 1 && at < limit)))
        return (const char *)x->data + (size_t)at * p->width;
    if (h && still_holds(h, at, row_step, step, w))
        return buffer;
    sdx_tensor view = in_memory(x, &limit);
    fill(p, buffer, &view, at, row_step, step, limit, w);
    if (h)
        *h = (held){ at, w->rows, w->length };
    return buffer;
}

/* The largest rectangle at element `at` that fits a piece. */
static piece cut(const sdx_spread *s, int64_t at, int64_t end, int64_t most)
{
    piece w = { 0 };
    int64_t in_sweep = at % (s->rows * s->length), left = end - at;
    w.sweep = at / (s->rows * s->length);
    w.row = in_sweep / s->length;
    w.i = in_sweep % s->length;
    w.rows = 1;
    w.length = s->length - w.i;
    if (w.i == 0 && s->length <= most && s->length <= left) {
        w.rows = most / s->length;
        w.rows = w.rows < left / s->length ? w.rows : left / s->length;
        w.rows = w.rows < s->rows - w.row ? w.rows : s->rows - w.row;
        return w;
    }
    w.length = w.length < left ? w.length : left;
    w.length = w.length < most ? w.length : most;
    return w;
}

void sdx_pointwise_apply(const sdx_pointwise_plan *p, const sdx_node *e,
                         const sdx_tensor *const *in, int self, void *to, sdx_dtype dtype,
                         int64_t begin, int64_t end, void *buffers, int64_t most)
{
    const sdx_spread *s = &p->spread;
    held h[MOST_HELD];
    int64_t base[MOST_HELD], sweep = -1, size = end - begin;
    /* First the result's buffer, then one for each operand, then the list of operands. */
    char *buffer = (char *)buffers + (size_t)most * 8;
    const void **from = (const void **)(buffer + (size_t)s->operands * (size_t)most * 8);
    sdx_tensor y = { dtype, SDX_PLAIN, { 1, &size }, to };
    for (int k = 0; k < MOST_HELD; k++)
        h[k] = (held){ -1, 0, 0 };
    for (int64_t at = begin; at < end;) {
        piece w = cut(s, at, end, most);
        int64_t count = w.rows * w.length;
        for (int k = 0; k < s->operands; k++) {
            bool tracked = k < MOST_HELD;
            if (tracked && w.sweep != sweep)
                base[k] = s->limit[k] < 0 ? 0 : sdx_spread_at(s, k, w.sweep);
            /* y * y: the other operand is the result so far, too. */
            if (k == self || (self >= 0 && !in[k] && s->limit[k] >= 0))
                from[k] = p->way == SDX_BY_F32 ? (const void *)((float *)to + (at - begin))
                                               : (const void *)((double *)to + (at - begin));
            else if (!in[k] || s->limit[k] < 0)
                from[k] = NULL;
            else
                from[k] = operand(p, in[k], k, tracked ? base[k] : sdx_spread_at(s, k, w.sweep), &w,
                                  buffer + (size_t)k * (size_t)most * 8, tracked ? &h[k] : NULL);
        }
        sweep = w.sweep;
        if (p->way == SDX_BY_F32) {
            compute_f32(p, (float *)to + (at - begin), (const float *const *)from, s->operands,
                        count);
        } else if (p->way == SDX_BY_OWN) {
            compute_own(p, (char *)to + (size_t)(at - begin) * p->out_width, from, s->operands,
                        count);
        } else if (p->way == SDX_BY_F16) {
            compute_f32(p, buffers, (const float *const *)from, s->operands, count);
            sdx_typed_run(p->narrow, sizeof(uint16_t), sizeof(float), (uint16_t *)to + (at - begin),
                          buffers, NULL, (size_t)count);
        } else if (self >= 0) {
            compute(p, e, (double *)to + (at - begin), from, count);
        } else {
            compute(p, e, buffers, from, count);
            store(p->way, &y, at - begin, count, buffers);
        }
        at += count;
    }
}

typedef struct job {
    const sdx_pointwise_plan *p;
    const sdx_node *n;
    const sdx_tensor **in;
    sdx_tensor *y;
} job;

static sdx_status some(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = arg;
    (void)c;
    /* Pieces begin at whole bytes, also of elements narrower than one. */
    char *to = (char *)j->y->data + sdx_bytes(j->y->dtype, begin);
    sdx_pointwise_apply(j->p, j->n, j->in, -1, to, j->y->dtype, begin, end, scratch, j->p->piece);
    return SDX_OK;
}

sdx_status sdx_pointwise_run(const sdx_node *n, const void *state, sdx_run *c)
{
    const sdx_pointwise_plan *p = state;
    job j = { p, n, sdx_scratch(c), sdx_out(c, 0) };
    if (!j.y)
        return SDX_OK;
    for (int k = 0; k < p->spread.operands; k++)
        j.in[k] = sdx_in(c, k);
    return sdx_parallel(c, p->spread.count, p->way < SDX_BY_F64 ? 65536 : 16384, some, &j);
}
