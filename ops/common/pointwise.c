/* ops/common/pointwise.c - operators that work element by element on operands that broadcast.
 *
 * Source: ONNX Broadcasting.md; Changelog.md for the attributes broadcast and axis before opset
 * 7. */
#include "common/pointwise.h"
#include <inttypes.h>
#include <string.h>

/* ---- infer ---- */

static bool is_one(sdx_dim d)
{
    return sdx_is_num(d) && d.n == 1;
}

bool sdx_equal_or_one(sdx_infer *c, sdx_dim have, sdx_dim want)
{
    return sdx_same(c, have, sdx_num(1)) != SDX_NO || sdx_equal(c, have, want);
}

static bool refuse_dims(const sdx_node *n, sdx_infer *c, int in_a, int axis_a, sdx_dim a, int in_b,
                        int axis_b, sdx_dim b)
{
    sdx_refuse(c, "broadcast",
               "dims %s and %s do not broadcast: %s.shape[%d] is %s, %s.shape[%d] is %s",
               sdx_show(c, a), sdx_show(c, b), sdx_in_name(n, in_a), axis_a, sdx_show(c, a),
               sdx_in_name(n, in_b), axis_b, sdx_show(c, b));
    sdx_point(c, in_a, axis_a);
    sdx_point(c, in_b, axis_b);
    if (sdx_is_num(a))
        sdx_number(c, "a", a.n);
    if (sdx_is_num(b))
        sdx_number(c, "b", b.n);
    sdx_hint(c, "make them equal, or one of them 1; dims are compared from the last to the first");
    return false;
}

/* What two dims that share a place give.  A symbol against 4 is 4 or 1, so the result is 4 and
 * nothing merges. */
static bool join_dims(sdx_infer *c, sdx_dim a, sdx_dim b, sdx_dim *y)
{
    *y = sdx_unknown();
    if (is_one(a)) {
        *y = b;
    } else if (is_one(b)) {
        *y = a;
    } else if (sdx_is_num(a) && sdx_is_num(b)) {
        *y = a;
        return a.n == b.n;
    } else if (sdx_is_num(a) || sdx_is_num(b)) {
        *y = sdx_is_num(a) ? a : b;
    } else if (!sdx_is_unknown(a) && sdx_same(c, a, b) == SDX_YES) {
        *y = a;
    }
    return true;
}

bool sdx_broadcast(const sdx_node *n, sdx_infer *c, int in_a, int in_b, sdx_dims a, sdx_dims b,
                   int rank, sdx_dim *y)
{
    for (int i = 0; i < rank; i++) {
        int p = i - (rank - a.rank), q = i - (rank - b.rank);
        sdx_dim da = p >= 0 ? a.dim[p] : sdx_num(1), db = q >= 0 ? b.dim[q] : sdx_num(1);
        if (!join_dims(c, da, db, &y[i]))
            return refuse_dims(n, c, in_a, p, da, in_b, q, db);
    }
    return true;
}

static bool is_old(const sdx_node *n)
{
    return sdx_since(n) < 7;
}

/* Where axis 0 of input i lies among `rank` axes of the output; negative: nowhere. */
static int first_axis(const sdx_node *n, int i, int rank, int in_rank)
{
    if (i > 0 && is_old(n)) {
        int64_t axis = sdx_attr_int(n, "axis");
        if (sdx_attr_int(n, "broadcast") != 0 && sdx_has_attr(n, "axis") && in_rank > 0)
            return axis < -rank || axis > rank ? -1 : sdx_axis(axis, rank);
        if (sdx_is(n, "PRelu"))
            return in_rank == 1 && rank > 1 ? 1 : rank - in_rank;
    }
    return rank - in_rank;
}

/* Opsets before 7: B is one element, or dims of A from `axis` on. */
static void infer_old(const sdx_node *n, sdx_infer *c)
{
    sdx_dims a = sdx_in_dims(n, 0);
    sdx_set_out_like(c, 0, a);
    bool spread = sdx_attr_int(n, "broadcast") != 0 || sdx_is(n, "PRelu");
    for (int i = 1; i < sdx_in_count(n); i++) {
        sdx_dims b = sdx_in_dims(n, i);
        if (a.rank < 0 || b.rank < 0)
            continue;
        if (spread && b.rank == 1 && is_one(b.dim[0]))
            continue;
        int at = spread ? first_axis(n, i, a.rank, b.rank) : 0;
        if (b.rank > a.rank || at < 0 || at + b.rank > a.rank || (!spread && a.rank != b.rank)) {
            sdx_refuse(c, "broadcast", "%s has rank %d, %s rank %d: %s", sdx_in_name(n, i), b.rank,
                       sdx_in_name(n, 0), a.rank,
                       spread ? "it does not fit at this axis"
                              : "without broadcast=1 they must be equal");
            sdx_point(c, 0, -1);
            sdx_point(c, i, -1);
            sdx_hint(c, "%s",
                     spread ? "axis says where the dims of B begin among those of A"
                            : "set broadcast=1, or import opset 7, where operands broadcast");
            return;
        }
        for (int k = 0; k < b.rank; k++) {
            bool fits = spread ? sdx_equal_or_one(c, b.dim[k], a.dim[at + k])
                               : sdx_equal(c, a.dim[at + k], b.dim[k]);
            if (!fits) {
                refuse_dims(n, c, 0, at + k, a.dim[at + k], i, k, b.dim[k]);
                return;
            }
        }
    }
}

void sdx_pointwise_infer(const sdx_node *n, sdx_infer *c)
{
    if (is_old(n) && sdx_in_count(n) > 1) {
        infer_old(n, c);
        return;
    }
    int rank = 0;
    for (int i = 0; i < sdx_in_count(n); i++) {
        if (!sdx_has_in(n, i))
            continue;
        int r = sdx_in_dims(n, i).rank;
        if (r < 0)
            return;
        rank = r > rank ? r : rank;
    }
    /* With three operands or more, a dim that refuses is named against what has come together so
     * far. */
    sdx_dim *y = sdx_new_dims(c, rank);
    sdx_dims so_far = { 0, NULL };
    int last = 0;
    for (int i = 0; i < sdx_in_count(n); i++) {
        if (!sdx_has_in(n, i))
            continue;
        sdx_dim *next = sdx_new_dims(c, rank);
        if (!sdx_broadcast(n, c, last, i, so_far, sdx_in_dims(n, i), rank, next))
            return;
        y = next;
        so_far = (sdx_dims){ rank, y };
        last = i;
    }
    sdx_set_out_dims(c, 0, rank, y);
}

void sdx_unary_infer(const sdx_node *n, sdx_infer *c)
{
    sdx_dims x = sdx_in_dims(n, 0);
    if (is_old(n) && sdx_in_count(n) > 1) {
        infer_old(n, c);
        return;
    }
    sdx_set_out_like(c, 0, x);
    for (int i = 1; i < sdx_in_count(n) && x.rank >= 0; i++) {
        sdx_dims b = sdx_in_dims(n, i);
        for (int k = 1; k <= b.rank; k++) {
            sdx_dim d = b.dim[b.rank - k], mine = k <= x.rank ? x.dim[x.rank - k] : sdx_num(1);
            if (is_one(d) || !sdx_is_num(d) || !sdx_is_num(mine) || d.n == mine.n)
                continue;
            refuse_dims(n, c, 0, x.rank - k, mine, i, b.rank - k, d);
            return;
        }
    }
}

void sdx_pointwise_elems(const sdx_node *n, sdx_infer *c, sdx_elem_row *row)
{
    sdx_dim y[SDX_MAX_RANK];
    int count = 0;
    if (sdx_refused(c))
        return;
    for (int i = 0; i < sdx_in_count(n); i++) {
        int mine = 0;
        const sdx_dim *e = sdx_in_elems(n, i, &mine);
        int rank = sdx_in_dims(n, i).rank;
        if (!e || mine > SDX_MAX_RANK || mine < 1 || rank < 0 || rank > 1)
            return;
        if (i == 0) {
            memcpy(y, e, (size_t)mine * sizeof *y);
            count = mine;
            continue;
        }
        if (count != mine && count != 1 && mine != 1)
            return;
        int most = count > mine ? count : mine;
        for (int k = most - 1; k >= 0; k--) {
            sdx_dim a = y[count == 1 ? 0 : k], b = e[mine == 1 ? 0 : k];
            bool blind = sdx_is_unknown(a) || sdx_is_unknown(b);
            y[k] = blind ? sdx_unknown() : row(c, a, b);
        }
        count = most;
    }
    if (sdx_in_count(n) == 1)
        for (int k = 0; k < count; k++)
            y[k] = sdx_is_unknown(y[k]) ? y[k] : row(c, y[k], y[k]);
    sdx_set_out_elems(c, 0, count, y);
}

/* ---- how operands lie over an output ---- */

enum { MOST_AXES = SDX_MAX_RANK + 1 }; /* a blocked layout has one axis more: the lanes */

/* Steps of a plain operand over the axes of y; 0 where it repeats. */
static void plain_steps(const sdx_node *n, int i, sdx_shape y, int64_t *step)
{
    sdx_shape x = sdx_in_shape(n, i);
    int at = first_axis(n, i, y.rank, x.rank);
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

static bool all_f32(const sdx_node *e)
{
    for (int i = 0; i < sdx_in_count(e); i++)
        if (sdx_has_in(e, i) && sdx_in_dtype(e, i) != SDX_F32)
            return false;
    return sdx_out_dtype(e, 0) == SDX_F32;
}

sdx_status sdx_pointwise_plan_make(const sdx_node *e, sdx_prepare *c, sdx_shape y,
                                   sdx_layout layout, sdx_pointwise_plan *p)
{
    const sdx_pointwise *op = sdx_variant(e);
    p->op = op;
    p->way = choose_way(e, op);
    /* The bounds of Clip are operands that its param has read. */
    p->unary = sdx_in_count(e) == 1 || sdx_is(e, "Clip");
    if (op->fast && all_f32(e) && (!op->param || op->param(e, p->param))) {
        const char *slots = sdx_kernels(c, op->fast);
        if (slots)
            memcpy(&p->fast, slots + op->slot, sizeof p->fast);
        if (p->fast)
            p->way = SDX_BY_F32;
    }
    /* Few operands share some 24 KiB of buffers, so that a piece stays in the first-level cache. */
    int operands = sdx_in_count(e);
    p->piece = operands < 16 ? 1024 : 128;
    return sdx_spread_make(e, c, operands, y, layout, &p->spread);
}

sdx_status sdx_pointwise_prepare(const sdx_node *n, sdx_prepare *c, void **state)
{
    sdx_pointwise_plan *p = sdx_keep(c, sizeof *p);
    if (!p)
        return SDX_E_MEMORY;
    SDX_TRY(sdx_pointwise_plan_make(n, c, sdx_out_shape(n, 0), sdx_out_layout(n, 0), p));
    size_t operands = (size_t)p->spread.operands;
    sdx_want_scratch(c, operands * sizeof(sdx_tensor *),
                     sdx_pointwise_buffers(p->spread.operands, p->piece));
    sdx_choice(c, p->way == SDX_BY_F32 ? "f32 rows" : "reference");
    *state = p;
    return SDX_OK;
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
    if (h->at != at || row_step != 0)
        return false;
    return step == 0 ? h->rows * h->length >= w->rows * w->length
                     : h->length == w->length && h->rows >= w->rows;
}

/* Loads n elements of any type, `step` apart, up to `limit`: what lies past it stays as it is. */
static void load_run(sdx_way way, void *to, const sdx_tensor *x, int64_t at, int64_t step,
                     int64_t n, int64_t limit)
{
    if (step > 0 && at + (n - 1) * step >= limit)
        n = at < limit ? (limit - at + step - 1) / step : 0;
    if (n <= 0)
        return;
    if (way == SDX_BY_F64) {
        sdx_load_f64(to, x, at, step, n);
    } else if (way == SDX_BY_I64) {
        sdx_load_i64(to, x, at, step, n);
    } else if (way == SDX_BY_U64) {
        sdx_load_u64(to, x, at, step, n);
    } else {
        float *f = to;
        const float *from = sdx_f32(x) + at;
        if (step == 1)
            memcpy(f, from, (size_t)n * sizeof *f);
        else
            for (int64_t i = 0; i < n; i++)
                f[i] = from[i * step];
    }
}

static void fill(sdx_way way, void *to, const sdx_tensor *x, int64_t at, int64_t row_step,
                 int64_t step, int64_t limit, const piece *w)
{
    size_t width = way == SDX_BY_F32 ? sizeof(float) : sizeof(double);
    bool as_one = w->rows == 1 || row_step == step * w->length;
    int64_t rows = as_one ? 1 : w->rows, length = as_one ? w->rows * w->length : w->length;
    char *out = to;
    for (int64_t r = 0; r < rows; r++) {
        char *row = out + (size_t)(r * length) * width;
        if (r > 0 && row_step == 0)
            memcpy(row, out, (size_t)length * width);
        else
            load_run(way, row, x, at + r * row_step, step, length, limit);
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
    if (p->way == SDX_BY_F32 &&
        ((dense && at + w->rows * w->length <= limit) || (w->rows * w->length == 1 && at < limit)))
        return sdx_f32(x) + at;
    if (h && still_holds(h, at, row_step, step, w))
        return buffer;
    sdx_tensor view = in_memory(x, &limit);
    fill(p->way, buffer, &view, at, row_step, step, limit, w);
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
    if (p->way == SDX_BY_F32 && p->unary && self == 0) { /* the common tail: an activation */
        p->fast(to, to, NULL, (size_t)(end - begin), p->param);
        return;
    }
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
    return sdx_parallel(c, p->spread.count, p->way == SDX_BY_F32 ? 65536 : 16384, some, &j);
}
