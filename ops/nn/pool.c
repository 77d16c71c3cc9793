/* ops/nn/pool.c - MaxPool, AveragePool, LpPool.
 *
 * A window is a box, and maximum, sum and sum of powers over a box can be taken one dim at a time:
 * first the rows that a window touches are folded into one row, contiguous and wide, then the
 * places along that row.  One body serves any number of spatial dims, plain and channel-blocked
 * data (a place is then a vector of lanes), in float for float tensors and in double for all
 * others.  MaxPool with Indices has a plain loop of its own.  Source: ONNX Operators.md,
 * MaxPool-22, AveragePool-22, LpPool-22; Changelog.md for ceil_mode and dilations. */
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include "common/derivatives.h"
#include "common/window.h"
#include "nn/pool/folds.h"
#include "nn/pool/kernels.h"

static const sdx_schema max_schema[] = {
    { 1, "X:T -> Y:T", "pads:ints auto_pad:string=NOTSET strides:ints kernel_shape:ints!",
      "T: float" },
    { 8, "X:T -> Y:T Indices?:I",
      "storage_order:int=0 pads:ints auto_pad:string=NOTSET strides:ints kernel_shape:ints!",
      "T: float; I: i64" },
    { 10, NULL,
      "storage_order:int=0 dilations:ints ceil_mode:int=0 pads:ints "
      "auto_pad:string=NOTSET strides:ints kernel_shape:ints!",
      NULL },
    { .since = 11 },
    { 12, NULL, NULL, "T: float i8 u8; I: i64" },
    { 22, NULL, NULL, "T: float bf16 i8 u8; I: i64" },
    { 0 },
};
static const sdx_schema average_schema[] = {
    { 1, "X:T -> Y:T", "pads:ints auto_pad:string=NOTSET strides:ints kernel_shape:ints!",
      "T: float" },
    { 7, NULL,
      "count_include_pad:int=0 pads:ints auto_pad:string=NOTSET strides:ints "
      "kernel_shape:ints!",
      NULL },
    { 10, NULL,
      "count_include_pad:int=0 ceil_mode:int=0 pads:ints auto_pad:string=NOTSET "
      "strides:ints kernel_shape:ints!",
      NULL },
    { .since = 11 },
    { 19, NULL,
      "count_include_pad:int=0 dilations:ints ceil_mode:int=0 pads:ints "
      "auto_pad:string=NOTSET strides:ints kernel_shape:ints!",
      NULL },
    { 22, NULL, NULL, "T: float bf16" },
    { 0 },
};
static const sdx_schema lp_schema[] = {
    { 1, "X:T -> Y:T",
      "p:float=2.0 pads:ints auto_pad:string=NOTSET strides:ints kernel_shape:ints", "T: float" },
    { 2, NULL, "p:int=2 pads:ints auto_pad:string=NOTSET strides:ints kernel_shape:ints!", NULL },
    { .since = 11 },
    { 18, NULL,
      "p:int=2 pads:ints auto_pad:string=NOTSET ceil_mode:int=0 dilations:ints "
      "strides:ints kernel_shape:ints!",
      NULL },
    { 22, NULL, NULL, "T: float bf16" },
    { 0 },
};

/* ---- what tells the three apart ---- */

typedef enum pool_kind { POOL_MAX, POOL_AVERAGE, POOL_LP } pool_kind;

static const pool_kind is_max = POOL_MAX, is_average = POOL_AVERAGE, is_lp = POOL_LP; /* variants */

static pool_kind kind_of(const sdx_node *n)
{
    return *(const pool_kind *)sdx_variant(n);
}

static double power_of(const sdx_node *n)
{
    return sdx_since(n) < 2 ? sdx_attr_float(n, "p") : (double)sdx_attr_int(n, "p");
}

/* ---- infer ---- */

static void infer(const sdx_node *n, sdx_infer *c)
{
    sdx_dims x = sdx_in_dims(n, 0);
    int count;
    sdx_window w;
    const int64_t *kernel = sdx_attr_ints(n, "kernel_shape", &count);
    int rank = x.rank >= 0 ? x.rank : kernel ? count + 2 : -1;
    if (!sdx_check_rank(c, 0, 3, SDX_MAX_RANK) || rank < 3 || rank > SDX_MAX_RANK)
        return;
    if (!kernel) {
        sdx_refuse(c, "window-attribute-length", "there is no kernel_shape");
        sdx_hint(c, "give kernel_shape %d numbers, one for each spatial dim", rank - 2);
        return;
    }
    if (!sdx_read_window(n, c, rank - 2, -1, &w))
        return;
    for (int k = 0; k < w.rank && !sdx_refused(c); k++) {
        int64_t span = sdx_window_span(&w, k), pad = w.begin[k] > w.end[k] ? w.begin[k] : w.end[k];
        if (pad < span)
            continue;
        sdx_warn(c, "window-attribute-range",
                 "pads of %" PRId64 " in spatial dim %d hold a whole window of %" PRId64
                 ", in which there is nothing to pool",
                 pad, k, span);
        sdx_hint(c, "pads may be 0 to %" PRId64 " there", span - 1);
        break;
    }
    if (sdx_attr_int(n, "storage_order") == 1 && !sdx_has_out(n, 1)) {
        sdx_warn(c, "value-ignored", "storage_order=1 orders Indices, which nobody takes");
        sdx_hint(c, "leave storage_order out: it does not change Y");
        sdx_fix_leave_out(c, "storage_order", true);
    }
    sdx_dim *y = sdx_new_dims(c, rank);
    for (int k = 0; k < rank && x.rank >= 0; k++)
        y[k] = k < 2 ? x.dim[k]
                     : sdx_window_out(c, &w, k - 2, 0, k, x.dim[k],
                                      sdx_attr_int(n, "ceil_mode") != 0);
    sdx_set_out_dims(c, 0, rank, y);
    if (sdx_has_out(n, 1))
        sdx_set_out_dims(c, 1, rank, y);
}

static int layout(const sdx_node *n, sdx_layout l, uint32_t *plain)
{
    (void)l, (void)plain;
    sdx_dtype d = sdx_in_dtype(n, 0); /* bytes: the maximum alone has them */
    return (d == SDX_F32 || d == SDX_U8 || d == SDX_I8) && !sdx_has_out(n, 1) ? 0 : -1;
}

/* ---- prepare ---- */

typedef struct pool_tap {
    int64_t first, n;
} pool_tap;

typedef struct plan {
    sdx_window w;
    int rank;              /* spatial dims */
    int64_t planes, lanes; /* images; elements of a place */
    int64_t in[SDX_MAX_RANK], out[SDX_MAX_RANK];
    int64_t in_plane, out_plane, rows; /* places of an image; rows of an output image */
    bool fast, pads_count, column_major;
    double p, start; /* order of the norm; what a fold begins with */
    fold_f32 *first32, *more32;
    fold_f64 *first64, *more64;
    fold_u8 *first8, *more8; /* of blocked bytes */
    pool_kind kind;
    pool_line_f32 *line; /* for rows of whole vectors; NULL: none */
    const pool_tap
        *taps; /* of a row: the first place each takes part in, and how many from there */
    int64_t first_tap, end_tap;
    float *alone;    /* the same where a place is one element, at least 1: of none the sum is 0 */
    int64_t *across; /* taps along the last dim that count for each place of a row of averages */
} plan;

/* The taps [*begin, *end) of a window at place o of spatial dim k that lie inside, and its first
 * place. */
static int64_t taps(const plan *p, int k, int64_t o, int64_t *begin, int64_t *end)
{
    const sdx_window *w = &p->w;
    int64_t at = o * w->stride[k] - w->begin[k];
    *begin = at >= 0 ? 0 : (-at + w->dilation[k] - 1) / w->dilation[k];
    *end = at >= p->in[k] ? 0 : (p->in[k] - at + w->dilation[k] - 1) / w->dilation[k];
    if (*end > w->kernel[k])
        *end = w->kernel[k];
    if (*begin > *end)
        *begin = *end;
    return at;
}

/* How many taps count for an average: those inside, or with the padding those that do not reach
 * past it. */
static int64_t counted(const plan *p, int k, int64_t o)
{
    int64_t begin, end, at = taps(p, k, o, &begin, &end);
    if (!p->pads_count)
        return end - begin;
    int64_t room = p->in[k] + p->w.end[k] - at;
    int64_t most = room <= 0 ? 0 : (room + p->w.dilation[k] - 1) / p->w.dilation[k];
    return most < p->w.kernel[k] ? most : p->w.kernel[k];
}

static void choose_folds(plan *p, pool_kind kind)
{
    p->kind = kind;
    p->more32 = p->first32 = kind == POOL_MAX ? max_f32 : add_f32;
    p->more64 = p->first64 = kind == POOL_MAX ? max_f64 : add_f64;
    if (kind != POOL_LP)
        return;
    p->first32 = p->p == 2 ? square_f32 : p->p == 1 ? absolute_f32 : power_f32;
    p->first64 = p->p == 2 ? square_f64 : p->p == 1 ? absolute_f64 : power_f64;
}

/* The first place of y that tap k of the row takes part in, and how many from there on. */
static int64_t reach(const plan *p, int64_t tap, int64_t *first)
{
    int last = p->rank - 1;
    int64_t stride = p->w.stride[last], shift = tap * p->w.dilation[last] - p->w.begin[last];
    *first = shift >= 0 ? 0 : (-shift + stride - 1) / stride;
    int64_t end = shift >= p->in[last] ? 0 : (p->in[last] - 1 - shift) / stride + 1;
    end = end < p->out[last] ? end : p->out[last];
    return end > *first ? end - *first : 0;
}

/* The taps of a row that any place of it reaches: all others lie in the padding. */
static int64_t first_tap(const plan *p)
{
    int last = p->rank - 1;
    int64_t before = p->w.begin[last] - (p->out[last] - 1) * p->w.stride[last];
    return before <= 0 ? 0 : before / p->w.dilation[last];
}

static int64_t end_tap(const plan *p)
{
    int last = p->rank - 1;
    int64_t end = (p->in[last] + p->w.begin[last] - 1) / p->w.dilation[last] + 1;
    return end < p->w.kernel[last] ? end : p->w.kernel[last];
}

/* What every row asks of its taps. */
static bool list_taps(plan *p, sdx_prepare *c)
{
    p->first_tap = first_tap(p);
    p->end_tap = end_tap(p);
    if (p->first_tap >= p->end_tap)
        return true;
    pool_tap *tap = sdx_keep(c, (size_t)p->end_tap * sizeof *tap);
    for (int64_t t = p->first_tap; tap && t < p->end_tap; t++)
        tap[t].n = reach(p, t, &tap[t].first);
    p->taps = tap;
    return tap != NULL;
}

static sdx_status prepare(const sdx_node *n, sdx_prepare *c, void **state)
{
    sdx_shape x = sdx_in_shape(n, 0), y = sdx_out_shape(n, 0);
    int rank = x.rank - 2;
    plan *p = sdx_keep(c, sizeof *p);
    if (!p)
        return SDX_E_MEMORY;
    sdx_read_window(n, NULL, rank, -1, &p->w);
    sdx_window_fit(&p->w, x.dim + 2);
    p->rank = rank;
    p->lanes = sdx_layout_block(sdx_in_layout(n, 0));
    p->planes = x.dim[0] * ((x.dim[1] + p->lanes - 1) / p->lanes);
    p->in_plane = sdx_count(x, 2, x.rank);
    for (int k = 0; k < rank; k++)
        p->in[k] = x.dim[k + 2];
    if (y.rank < 0) /* only Indices is wanted: its shape is the same */
        y = sdx_out_shape(n, 1);
    for (int k = 0; k < rank; k++)
        p->out[k] = y.dim[k + 2];
    p->out_plane = sdx_count(y, 2, y.rank);
    p->rows = sdx_count(y, 2, y.rank - 1);
    p->fast = sdx_in_dtype(n, 0) == SDX_F32;
    p->pads_count = sdx_attr_int(n, "count_include_pad") != 0;
    p->column_major = sdx_attr_int(n, "storage_order") != 0;
    p->p = kind_of(n) == POOL_LP ? power_of(n) : 0;
    choose_folds(p, kind_of(n));
    bool real = sdx_dtype_class(sdx_in_dtype(n, 0)) == SDX_REAL;
    bool wide = p->lanes % 16 == 0;
    if (p->lanes > 1 && !p->fast)
        p->first8 = p->more8 = sdx_in_dtype(n, 0) == SDX_U8 ? wide ? max_u8_wide : max_u8
                               : wide                       ? max_i8_wide
                                                            : max_i8;
    p->start = p->kind != POOL_MAX ? 0 : real ? -INFINITY : sdx_lowest(sdx_in_dtype(n, 0));
    const pool_kernels *k = sdx_kernels(c, &sdx_family_nn_pool);
    if (p->fast && k->lanes > 0 && p->lanes % k->lanes == 0)
        p->line = p->kind == POOL_MAX       ? k->max
                  : p->kind == POOL_AVERAGE ? k->sum
                  : p->p == 2               ? k->squares
                                            : NULL;
    int last = rank - 1;
    if (!list_taps(p, c))
        return SDX_E_MEMORY;
    p->across = p->kind == POOL_AVERAGE ? sdx_keep(c, (size_t)p->out[last] * sizeof *p->across)
                                        : NULL;
    p->alone = p->across ? sdx_keep(c, (size_t)p->out[last] * sizeof *p->alone) : NULL;
    if (p->kind == POOL_AVERAGE && !p->alone)
        return SDX_E_MEMORY;
    for (int64_t i = 0; p->across && i < p->out[last]; i++) {
        p->across[i] = counted(p, last, i);
        p->alone[i] = p->across[i] > 0 ? (float)p->across[i] : 1;
    }
    sdx_want_scratch(
        c, 0, (size_t)(p->lanes * (2 * p->in[rank - 1] + p->out[rank - 1])) * sizeof(double) + 64);
    *state = p;
    return SDX_OK;
}

/* ---- run ---- */

typedef struct job {
    const plan *p;
    const sdx_tensor *x;
    sdx_tensor *y, *at;
} job;

/* The two passes over one row of y; the row's other coordinates are place[0 .. rank - 2]. */
#define POOL_ROW(type, suffix, LOAD)                                                               \
    static void pool_row_##suffix(const job *j, int64_t plane, const int64_t *place, type *row,    \
                                  type *out)                                                       \
    {                                                                                              \
        const plan *p = j->p;                                                                      \
        int last = p->rank - 1;                                                                    \
        int64_t begin[SDX_MAX_RANK], end[SDX_MAX_RANK], at[SDX_MAX_RANK], tap[SDX_MAX_RANK];       \
        int64_t width = p->in[last] * p->lanes, length = p->out[last] * p->lanes;                  \
        type start = (type)p->start;                                                               \
        bool any = true;                                                                           \
        for (int k = 0; k < last; k++) {                                                           \
            at[k] = taps(p, k, place[k], &begin[k], &end[k]);                                      \
            tap[k] = begin[k];                                                                     \
            any = any && begin[k] < end[k];                                                        \
        }                                                                                          \
        for (int64_t i = 0; i < width; i++)                                                        \
            row[i] = start;                                                                        \
        for (int64_t i = 0; i < length; i++)                                                       \
            out[i] = start;                                                                        \
        while (any) {                                                                              \
            int64_t from = 0;                                                                      \
            for (int k = 0; k < last; k++)                                                         \
                from = from * p->in[k] + at[k] + tap[k] * p->w.dilation[k];                        \
            from = plane * p->in_plane + from * p->in[last];                                       \
            p->first##suffix(row, LOAD, p->in[last], 1, p->lanes, p->p);                           \
            int k = last - 1;                                                                      \
            while (k >= 0 && ++tap[k] == end[k]) {                                                 \
                tap[k] = begin[k];                                                                 \
                k--;                                                                               \
            }                                                                                      \
            any = k >= 0;                                                                          \
        }                                                                                          \
        for (int64_t t = p->first_tap, to = p->end_tap; t < to; t++) {                             \
            int64_t first = p->taps[t].first, n = p->taps[t].n;                                    \
            int64_t from = first * p->w.stride[last] + t * p->w.dilation[last] - p->w.begin[last]; \
            if (n > 0)                                                                             \
                p->more##suffix(out + first * p->lanes, row + from * p->lanes, n,                  \
                                p->w.stride[last], p->lanes, p->p);                                \
        }                                                                                          \
    }
/* Plain data of any type is widened first, into the room past `out`. */
static const double *widen(const job *j, double *room, int64_t from)
{
    sdx_load_f64(room, j->x, from, 1, j->p->in[j->p->rank - 1]);
    return room;
}
POOL_ROW(float, 32, sdx_f32(j->x) + from * p->lanes)
POOL_ROW(double, 64, widen(j, out + length, from))
POOL_ROW(uint8_t, 8, (const uint8_t *)j->x->data + from * p->lanes)

enum { ROWS_MOST = 64 /* rows of x under one window, for the kernels */ };

/* The same by the kernel; false: there is none, or the window spans too many rows. */
static bool pool_line_of(const job *j, int64_t plane, const int64_t *place, float *out)
{
    const plan *p = j->p;
    int last = p->rank - 1, k;
    int64_t begin[SDX_MAX_RANK], end[SDX_MAX_RANK], at[SDX_MAX_RANK], tap[SDX_MAX_RANK];
    const float *row[ROWS_MOST];
    pool_line line = { row,
                       0,
                       p->in[last],
                       p->out[last],
                       p->w.kernel[last],
                       p->w.stride[last],
                       p->w.dilation[last],
                       p->w.begin[last],
                       p->lanes,
                       (float)p->start };
    bool any = p->line != NULL;
    for (k = 0; k < last; k++) {
        at[k] = taps(p, k, place[k], &begin[k], &end[k]);
        tap[k] = begin[k];
        any = any && begin[k] < end[k];
    }
    if (!any)
        return false;
    do {
        int64_t from = 0;
        if (line.rows == ROWS_MOST)
            return false;
        for (k = 0; k < last; k++)
            from = from * p->in[k] + at[k] + tap[k] * p->w.dilation[k];
        row[line.rows++] = sdx_f32(j->x) + (plane * p->in_plane + from * p->in[last]) * p->lanes;
        for (k = last - 1; k >= 0 && ++tap[k] == end[k]; k--)
            tap[k] = begin[k];
    } while (k >= 0);
    p->line(out, &line);
    return true;
}

/* Turns sums into averages or norms: a factor or root for each place of the row. */
#define FINISH_ROW(type, suffix, ROOT)                                              \
    static void finish_row_##suffix(const plan *p, const int64_t *place, type *out) \
    {                                                                               \
        int last = p->rank - 1;                                                     \
        int64_t others = 1, lanes = p->lanes;                                       \
        for (int k = 0; k < last; k++)                                              \
            others *= counted(p, k, place[k]);                                      \
        if (p->kind == POOL_AVERAGE && lanes == 1 && others > 0) {                  \
            const type by = (type)others;                                           \
            for (int64_t i = 0; i < p->out[last]; i++)                              \
                out[i] /= by * (type)p->alone[i];                                   \
            return;                                                                 \
        }                                                                           \
        for (int64_t i = 0; i < p->out[last]; i++) {                                \
            int64_t count = p->kind == POOL_AVERAGE ? others * p->across[i] : 0;    \
            const type *end = out + lanes;                                          \
            if (count)                                                              \
                for (type by = (type)count; out < end; out++)                       \
                    *out /= by;                                                     \
            for (; out < end; out++)                                                \
                *out = p->kind == POOL_LP ? ROOT : 0;                               \
        }                                                                           \
    }
FINISH_ROW(float, 32,
           p->p == 2   ? sqrtf(*out)
           : p->p == 1 ? *out
                       : (float)pow((double)*out, 1 / p->p))
FINISH_ROW(double, 64, p->p == 2 ? sqrt(*out) : p->p == 1 ? *out : pow(*out, 1 / p->p))

static sdx_status some_rows(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = arg;
    const plan *p = j->p;
    int last = p->rank - 1;
    int64_t width = p->in[last] * p->lanes, place[SDX_MAX_RANK];
    (void)c;
    for (int64_t i = begin; i < end; i++) {
        int64_t plane = i / p->rows, rest = i % p->rows;
        for (int k = last - 1; k >= 0; k--) {
            place[k] = rest % p->out[k];
            rest /= p->out[k];
        }
        if (p->fast) {
            float *out = sdx_f32_out(j->y) + i * p->out[last] * p->lanes;
            if (!pool_line_of(j, plane, place, out))
                pool_row_32(j, plane, place, scratch, out);
            if (p->kind != POOL_MAX)
                finish_row_32(p, place, out);
        } else if (p->first8) {
            pool_row_8(j, plane, place, scratch,
                       (uint8_t *)j->y->data + i * p->out[last] * p->lanes);
        } else {
            double *row = scratch, *out = row + width;
            pool_row_64(j, plane, place, row, out);
            if (p->kind != POOL_MAX)
                finish_row_64(p, place, out);
            sdx_store_f64(j->y, i * p->out[last], 1, p->out[last], out);
        }
    }
    return SDX_OK;
}

/* ---- MaxPool with Indices ---- */

/* Where the largest element of a window is: its place within the image; -1 if the window is
 * empty. */
static int64_t largest(const job *j, int64_t plane, const int64_t *place, double *value)
{
    const plan *p = j->p;
    int64_t begin[SDX_MAX_RANK], end[SDX_MAX_RANK], at[SDX_MAX_RANK], tap[SDX_MAX_RANK], best = -1;
    int k;
    for (k = 0; k < p->rank; k++) {
        at[k] = taps(p, k, place[k], &begin[k], &end[k]);
        tap[k] = begin[k];
        if (begin[k] >= end[k])
            return -1;
    }
    do {
        int64_t from = 0;
        double v;
        for (k = 0; k < p->rank; k++)
            from = from * p->in[k] + at[k] + tap[k] * p->w.dilation[k];
        if (p->fast)
            v = (double)sdx_f32(j->x)[plane * p->in_plane + from];
        else
            sdx_load_f64(&v, j->x, plane * p->in_plane + from, 1, 1);
        if (best < 0 || v > *value) {
            best = from;
            *value = v;
        }
        for (k = p->rank - 1; k >= 0 && ++tap[k] == end[k]; k--)
            tap[k] = begin[k];
    } while (k >= 0);
    return best;
}

/* The same place if the first spatial dim runs fastest. */
static int64_t by_columns(const plan *p, int64_t place)
{
    int64_t at[SDX_MAX_RANK], column = 0;
    for (int k = p->rank - 1; k >= 0; k--) {
        at[k] = place % p->in[k];
        place /= p->in[k];
    }
    for (int k = p->rank - 1; k >= 0; k--)
        column = column * p->in[k] + at[k];
    return column;
}

static sdx_status some_places(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = arg;
    const plan *p = j->p;
    (void)scratch, (void)c;
    for (int64_t i = begin; i < end; i++) {
        int64_t plane = i / p->out_plane, rest = i % p->out_plane, place[SDX_MAX_RANK];
        double value = -INFINITY;
        for (int k = p->rank - 1; k >= 0; k--) {
            place[k] = rest % p->out[k];
            rest /= p->out[k];
        }
        int64_t at = largest(j, plane, place, &value);
        if (j->y)
            sdx_store_f64(j->y, i, 1, 1, &value);
        at = at < 0 ? -1 : plane * p->in_plane + (p->column_major ? by_columns(p, at) : at);
        sdx_store_i64(j->at, i, 1, 1, &at);
    }
    return SDX_OK;
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    const plan *p = state;
    job j = { p, sdx_in(c, 0), sdx_out(c, 0), sdx_has_out(n, 1) ? sdx_out(c, 1) : NULL };
    double work = 1; /* taps of a window */
    int64_t width = p->in[p->rank - 1] * p->lanes;
    for (int k = 0; k < p->rank; k++)
        work *= (double)(p->w.kernel[k] < p->in[k] ? p->w.kernel[k] : p->in[k] + 1);
    int64_t each = work < 65536 ? (int64_t)work : 65536;
    if (p->planes * p->out_plane == 0)
        return SDX_OK;
    if (j.at)
        return sdx_parallel(c, p->planes * p->out_plane, 1 + 16384 / (each + 1), some_places, &j);
    return sdx_parallel(c, p->planes * p->rows, 1 + 32768 / (width * (each / 2 + 2) + 1), some_rows,
                        &j);
}

static const sdx_op ops[] = {
    { SDX_OP(MaxPool), .derive = sdx_derive_max_pool, .schema = max_schema,
      .limits = "storage_order:0|1 ceil_mode:0|1", .traits = SDX_PURE, .variant = &is_max,
      .infer = infer, .layout = layout, .prepare = prepare, .run = run },
    { SDX_OP(AveragePool), .derive = sdx_derive_average_pool, .schema = average_schema,
      .limits = "ceil_mode:0|1 ?count_include_pad:0|1", .traits = SDX_PURE, .variant = &is_average,
      .infer = infer, .layout = layout, .prepare = prepare, .run = run },
    { SDX_OP(LpPool), .schema = lp_schema, .limits = "p:(0,) ceil_mode:0|1", .traits = SDX_PURE,
      .variant = &is_lp, .infer = infer, .layout = layout, .prepare = prepare, .run = run },
    { 0 },
};
const sdx_family sdx_family_nn_pool = { ops, sizeof(pool_kernels) };
