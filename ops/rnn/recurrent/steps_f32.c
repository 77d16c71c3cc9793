/* ops/rnn/recurrent/steps_f32.c - LSTM, GRU and RNN over floats, on the kernels of MatMul and of
 * the activations. */
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include "rnn/recurrent/plan.h"

#define REAL    float
#define NAME(x) x##_f32

typedef struct weights_f32 {
    const float *row;    /* a row for each output */
    const float *packed; /* for the kernel; NULL: there is none */
} weights_f32;

static void load_f32(float *to, const sdx_tensor *t, int64_t first, int64_t count)
{
    memcpy(to, sdx_f32(t) + first, (size_t)count * sizeof *to);
}
static void store_f32(sdx_tensor *t, int64_t first, int64_t count, const float *from)
{
    memcpy(sdx_f32_out(t) + first, from, (size_t)count * sizeof *from);
}
static void activate_f32(const recurrent_activation *a, float *v, int64_t n)
{
    if (a->fast) {
        a->fast(v, v, NULL, (size_t)n, (const float[4]){ (float)a->alpha, (float)a->beta, 0, 0 });
        return;
    }
    for (int64_t i = 0; i < n; i++)
        v[i] = (float)a->f((double)v[i], a->alpha, a->beta);
}

enum {
    ROWS = 64,             /* rows of a piece of work, as a sensible multiple of the tile's */
    PIECE = 131072,        /* multiplications worth a piece of their own              */
    VECTOR_PIECE = 1 << 20 /* ... of one row, which are over before a thread is awake */
};

typedef struct product_f32_job {
    matmul_f32 g;
    const recurrent_plan *p;
    int64_t rows, row_cuts, panels, panel_step;
} product_f32_job;

static sdx_status some_tiles(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const product_f32_job *j = arg;
    (void)scratch, (void)c;
    for (int64_t i = begin; i < end; i++) {
        int64_t m0 = i % j->row_cuts * j->rows, p0 = i / j->row_cuts * j->panel_step;
        int64_t m1 = m0 + j->rows < j->g.m ? m0 + j->rows : j->g.m;
        int64_t p1 = p0 + j->panel_step < j->panels ? p0 + j->panel_step : j->panels;
        sdx_matmul_product(j->p->matmul, j->p->form, &j->g, m0, m1, p0, p1);
    }
    return SDX_OK;
}

/* Without a kernel: dot products of rows. */
static sdx_status some_rows(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const product_f32_job *j = arg;
    const matmul_f32 *g = &j->g;
    (void)scratch, (void)c;
    for (int64_t i = begin; i < end; i++)
        for (int64_t o = 0; o < g->n; o++) {
            const float *a = g->a + i * g->a_row, *b = g->b + o * g->k;
            float sum = (g->bias ? g->bias[o] : 0) +
                        (g->residual ? g->residual[i * g->residual_row + o] : 0);
            for (int64_t e = 0; e < g->k; e++)
                sum += a[e] * b[e];
            g->c[i * g->c_row + o] = sum;
        }
    return SDX_OK;
}

/* A few rows: one at a time, each over all panels or a share of them. */
typedef struct vector_job {
    const recurrent_plan *p;
    const float *a, *b, *bias;
    float *y;
    int64_t n, k, panels, panel_step;
    bool adds, back;
} vector_job;

static sdx_status some_vectors(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const vector_job *j = arg;
    int64_t p1 = end * j->panel_step;
    (void)scratch, (void)c;
    j->p->rows->vector(j->y, j->a, j->b, j->k, j->n, j->adds ? j->y : j->bias,
                       begin * j->panel_step, p1 < j->panels ? p1 : j->panels, j->back);
    return SDX_OK;
}

enum {
    ROWS_FEW = 2 /* up to here each row by itself reads the matrix no slower than a tile does */
};

static sdx_status product_f32(const recurrent_plan *p, sdx_run *c, weights_f32 w, int64_t m,
                              int64_t n, int64_t k, const float *a, int64_t a_row, float *y,
                              int64_t y_row, const float *bias, bool adds, int64_t step)
{
    matmul_f32 g = { .m = m,
                     .n = n,
                     .k = k,
                     .a = a,
                     .a_row = a_row,
                     .a_col = 1,
                     .c = y,
                     .c_row = y_row,
                     .bias = bias,
                     .residual = adds ? y : NULL,
                     .residual_row = y_row,
                     .lo = -INFINITY,
                     .hi = INFINITY };
    g.b = w.packed ? w.packed : w.row;
    product_f32_job j = { .g = g, .p = p };
    if (m == 0)
        return SDX_OK;
    if (!w.packed)
        return sdx_parallel(c, m, 1 + PIECE / (1 + n * k), some_rows, &j);
    j.panels = matmul_panels(n, p->matmul->block);
    bool few = m <= ROWS_FEW && p->form == MATMUL_F32 && p->rows->vector &&
               p->rows->block == p->matmul->block;
    for (int64_t i = 0; few && i < m; i++) {
        vector_job one = { p, a + i * a_row, g.b, bias, y + i * y_row,      n,
                           k, j.panels,      0,   adds, (step + i) % 2 != 0 };
        /* four go side by side */
        one.panel_step = (1 + VECTOR_PIECE / (1 + k * 2 * p->matmul->block) + 3) / 4 * 4;
        SDX_TRY(sdx_parallel(c, (j.panels + one.panel_step - 1) / one.panel_step, 1, some_vectors,
                             &one));
    }
    if (few)
        return SDX_OK;
    j.rows = p->matmul->rows > 0 ? ROWS / p->matmul->rows * p->matmul->rows : ROWS;
    j.rows = j.rows > 0 ? j.rows : p->matmul->rows;
    j.row_cuts = (m + j.rows - 1) / j.rows;
    int64_t rows = m < j.rows ? m : j.rows, each = rows * k * 2 * p->matmul->block;
    /* narrower weights: the fewer pieces, the less often rows are rounded */
    int64_t piece = m <= ROWS_FEW || p->form != MATMUL_F32 ? VECTOR_PIECE : PIECE;
    j.panel_step = 1 + piece / (1 + each);
    return sdx_parallel(c, j.row_cuts * ((j.panels + j.panel_step - 1) / j.panel_step), 1,
                        some_tiles, &j);
}

/* The cell by its kernel; false: it has something that the kernel lacks. */
static bool usual_cell_f32(const recurrent_plan *p, float *g, float *h, float *cell, float *extra,
                           bool reset)
{
    if (!p->usual)
        return false;
    if (p->cell == CELL_LSTM)
        p->rows->lstm(g, h, cell, p->H);
    else if (reset)
        p->rows->reset(g, h, p->linear_before_reset ? NULL : extra, p->H);
    else
        p->rows->gru(g, h, p->linear_before_reset ? extra : NULL, p->H);
    return true;
}

/* x as it comes back from 256 even steps over its range, zero being one of them. */
static void round_row(const float *x, float *to, int64_t n)
{
    float low = 0, high = 0;
    for (int64_t i = 0; i < n; i++) {
        low = x[i] < low ? x[i] : low;
        high = x[i] > high ? x[i] : high;
    }
    float scale = high > low ? (high - low) / 255 : 1,
          zero = rintf(fminf(255, fmaxf(0, -low / scale)));
    for (int64_t i = 0; i < n; i++)
        to[i] = (fminf(255, fmaxf(0, rintf(x[i] / scale) + zero)) - zero) * scale;
}

/* Where the operator asks for it: each row over its own range. */
static const float *rounded_f32(const recurrent_plan *p, const float *x, float *to, int64_t rows,
                                int64_t n)
{
    for (int64_t i = 0; p->quantized && i < rows; i++)
        round_row(x + i * n, to + i * n, n);
    return p->quantized ? to : x;
}

struct work_f32;
static const float *load_input_f32(struct work_f32 *k);
static void load_weights_f32(struct work_f32 *k);
#include "rnn/recurrent/steps.h"

static const float *load_input_f32(work_f32 *k)
{
    return sdx_f32(sdx_in(k->c, IN_X));
}

void recurrent_pack(float *to, const float *from, const recurrent_packing *how)
{
    int64_t part[2] = { how->cut, how->n - how->cut };
    for (int64_t d = 0; d < how->directions; d++)
        for (int s = 0; s < 2; s++) {
            if (part[s] == 0)
                continue;
            how->pack(to, from, how->k, part[s], 1, how->k, 0, matmul_panels(part[s], how->block));
            to += matmul_packed(how->k, part[s], how->block);
            from += part[s] * how->k;
        }
}

/* Packed before, or packed now into room where they are no constants. */
static void load_weights_f32(work_f32 *k)
{
    const recurrent_plan *p = k->p;
    int64_t each = p->gates * p->H, cut = p->cell == CELL_GRU ? 2 * p->H : each;
    const sdx_tensor *w = p->w ? NULL : sdx_in(k->c, IN_W), *r = p->r ? NULL : sdx_in(k->c, IN_R);
    if (p->matmul->block == 0 && p->w && p->r) {
        k->w.row = p->w + k->dir * p->w_packed;
        k->r.row = p->r + k->dir * p->r_packed;
        return;
    }
    if (p->matmul->block == 0) {
        k->w.row = sdx_f32(w) + k->dir * each * p->I;
        k->r.row = sdx_f32(r) + k->dir * each * p->H;
        k->r_last.row = k->r.row + (each - p->H) * p->H;
        return;
    }
    float *room = k->room;
    k->w.packed = p->w ? p->w + k->dir * p->w_packed : room;
    k->r.packed = p->r ? p->r + k->dir * p->r_packed : room + p->w_packed;
    k->r_last.packed = k->r.packed + p->r_head;
    if (w)
        recurrent_pack(room, sdx_f32(w) + k->dir * each * p->I,
                       &(recurrent_packing){ p->matmul->pack, 1, each, p->I, each, p->matmul->block,
                                             p->form });
    if (r)
        recurrent_pack(
            room + p->w_packed, sdx_f32(r) + k->dir * each * p->H,
            &(recurrent_packing){ p->matmul->pack, 1, each, p->H, cut, p->matmul->block, p->form });
}

size_t recurrent_scratch_f32(const recurrent_plan *p)
{
    size_t packed = p->w && p->r ? 0 : (size_t)(p->w_packed + p->r_packed);
    if (p->quantized)
        packed += (size_t)(p->T * p->N * p->I); /* the input, rounded */
    return (common_scratch_f32(p) + packed) * sizeof(float);
}
