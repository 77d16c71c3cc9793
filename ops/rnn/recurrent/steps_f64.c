/* ops/rnn/recurrent/steps_f64.c - LSTM, GRU and RNN in double: the reference, for every type. */
#include <inttypes.h>
#include <math.h>
#include "rnn/recurrent/plan.h"

#define REAL    double
#define NAME(x) x##_f64

typedef struct weights_f64 {
    const double *row; /* a row for each output */
} weights_f64;

static void load_f64(double *to, const sdx_tensor *t, int64_t first, int64_t count)
{
    sdx_load_f64(to, t, first, 1, count);
}
static void store_f64(sdx_tensor *t, int64_t first, int64_t count, const double *from)
{
    sdx_store_f64(t, first, 1, count, from);
}
static void activate_f64(const recurrent_activation *a, double *v, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        v[i] = a->f(v[i], a->alpha, a->beta);
}

typedef struct product_f64_job {
    const double *a, *b, *bias;
    double *c;
    int64_t n, k, a_row, c_row;
    bool adds;
} product_f64_job;

static sdx_status some_products(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const product_f64_job *j = arg;
    (void)scratch, (void)c;
    for (int64_t i = begin; i < end; i++)
        for (int64_t o = 0; o < j->n; o++) {
            const double *a = j->a + i * j->a_row, *b = j->b + o * j->k;
            double sum = (j->bias ? j->bias[o] : 0) + (j->adds ? j->c[i * j->c_row + o] : 0);
            for (int64_t e = 0; e < j->k; e++)
                sum += a[e] * b[e];
            j->c[i * j->c_row + o] = sum;
        }
    return SDX_OK;
}

static sdx_status product_f64(const recurrent_plan *p, sdx_run *c, weights_f64 w, int64_t m,
                              int64_t n, int64_t k, const double *a, int64_t a_row, double *y,
                              int64_t y_row, const double *bias, bool adds, int64_t step)
{
    product_f64_job j = { a, w.row, bias, y, n, k, a_row, y_row, adds };
    (void)p, (void)step;
    return sdx_parallel(c, m, 1 + 65536 / (1 + n * k), some_products, &j);
}

static bool usual_cell_f64(const recurrent_plan *p, const double *g, const double *h,
                           const double *cell, const double *extra, bool reset)
{
    (void)p, (void)g, (void)h, (void)cell, (void)extra, (void)reset;
    return false; /* kernels are of floats */
}

static const double *rounded_f64(const recurrent_plan *p, const double *x, double *to, int64_t rows,
                                 int64_t n)
{
    (void)p, (void)to, (void)rows, (void)n;
    return x;
}

struct work_f64;
static const double *load_input_f64(struct work_f64 *k);
static void load_weights_f64(struct work_f64 *k);
#include "rnn/recurrent/steps.h"

/* room: X, then W and R of this direction */
static const double *load_input_f64(work_f64 *k)
{
    const recurrent_plan *p = k->p;
    load_f64(k->room, sdx_in(k->c, IN_X), 0, p->T * p->N * p->I);
    return k->room;
}

static void load_weights_f64(work_f64 *k)
{
    const recurrent_plan *p = k->p;
    int64_t w = p->gates * p->H * p->I, r = p->gates * p->H * p->H;
    double *at = k->room + p->T * p->N * p->I;
    load_f64(at, sdx_in(k->c, IN_W), k->dir * w, w);
    load_f64(at + w, sdx_in(k->c, IN_R), k->dir * r, r);
    k->w.row = at;
    k->r.row = at + w;
    k->r_last.row = at + w + (p->gates - 1) * p->H * p->H;
}

size_t recurrent_scratch_f64(const recurrent_plan *p)
{
    size_t weights = (size_t)(p->gates * p->H * p->I) + (size_t)(p->gates * p->H * p->H);
    return (common_scratch_f64(p) + (size_t)(p->T * p->N * p->I) + weights) * sizeof(double);
}
