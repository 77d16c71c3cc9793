/* ops/nn/attention/rows.c - attention row by row, in double: the reference for every type.
 *
 * One query against all keys at a time, so a row of scores is all that lies in memory; the matrix
 * is written where the fourth output asks for it.  Numbers of 16 bits are rounded where the
 * operator's body would have rounded them.
 * Source: ONNX Operators.md, Attention-25, and its function body. */
#include "nn/attention/plan.h"
#include <math.h>

attention_range attention_sees(const attention_job *j, int64_t b, int64_t step)
{
    const attention_plan *p = j->p;
    int64_t hi = p->masked, place = step + p->P;
    if (j->valid) {
        int64_t valid;
        sdx_load_i64(&valid, j->valid, b, 1, 1);
        hi = valid < hi ? valid : hi;
        place = step + (j->past_k ? p->P : valid - p->S);
    }
    if (p->causal && place + 1 < hi)
        hi = place + 1;
    if (p->right >= 0 && place + p->right + 1 < hi)
        hi = place + p->right + 1;
    int64_t lo = p->left >= 0 && place > p->left ? place - p->left : 0;
    return hi > lo ? (attention_range){ lo, hi } : (attention_range){ 0, 0 };
}

/* n numbers as the type has them; room for as many of 8 bytes. */
static void round_to(sdx_dtype d, double *v, int64_t n, double *room)
{
    sdx_tensor t = { d, SDX_PLAIN, { 1, &n }, room };
    if (sdx_dtype_bits(d) >= 32)
        return;
    sdx_store_f64(&t, 0, 1, n, v);
    sdx_load_f64(v, &t, 0, 1, n);
}

/* A worker's scratch. */
typedef struct rows_scratch {
    double *scores, *bias, *room, *query, *row, *sum;
} rows_scratch;

static int64_t longest(const attention_plan *p)
{
    int64_t d = p->D > p->DV ? p->D : p->DV;
    return (p->T > d ? p->T : d) + 1;
}

size_t attention_rows_scratch(const attention_plan *p)
{
    return 6 * (size_t)longest(p) * sizeof(double);
}

/* Scores of one query, scaled. */
static void score(const attention_job *j, int64_t b, int64_t head, int64_t at,
                  const rows_scratch *s)
{
    const attention_plan *p = j->p;
    const sdx_dtype type = j->q->dtype;
    bool narrow = sdx_dtype_bits(type) < 32;
    double root = sqrt(p->scale);
    round_to(type, &root, 1, s->room);
    sdx_load_f64(s->query, j->q, b * p->q.batch + head * p->q.head + at * p->q.step + p->q.first, 1,
                 p->D);
    for (int64_t d = 0; d < p->D; d++)
        s->query[d] *= narrow ? root : p->scale;
    round_to(type, s->query, p->D, s->room);
    for (int64_t t = 0; t < p->T; t++) {
        int64_t from;
        const sdx_tensor *k = attention_row(p, j->k, &p->k, j->past_k, &p->past_k, b, head / p->G,
                                            t, &from);
        sdx_load_f64(s->row, k, from, 1, p->D);
        for (int64_t d = 0; narrow && d < p->D; d++)
            s->row[d] *= root;
        round_to(type, s->row, p->D, s->room);
        double sum = 0;
        for (int64_t d = 0; d < p->D; d++)
            sum += s->query[d] * s->row[d];
        s->scores[t] = sum;
    }
    round_to(type, s->scores, p->T, s->room);
}

static void cap(const attention_plan *p, sdx_dtype type, const rows_scratch *s)
{
    if (p->softcap <= 0)
        return;
    for (int64_t t = 0; t < p->T; t++)
        s->scores[t] = tanh(s->scores[t] / p->softcap);
    round_to(type, s->scores, p->T, s->room);
    for (int64_t t = 0; t < p->T; t++)
        s->scores[t] *= p->softcap;
    round_to(type, s->scores, p->T, s->room);
}

/* Adds what hides keys or favours them; true: some key is left. */
static bool add_bias(const attention_job *j, int64_t b, int64_t head, int64_t at,
                     const rows_scratch *s)
{
    const attention_plan *p = j->p;
    attention_range sees = attention_sees(j, b, at);
    bool any = false;
    for (int64_t t = 0; t < p->T; t++)
        s->bias[t] = t < sees.lo || t >= sees.hi ? -INFINITY : 0;
    if (j->mask) {
        int64_t first = b * p->mask[0] + head * p->mask[1] + at * p->mask[2];
        sdx_load_f64(s->row, j->mask, first, p->mask[3], p->masked);
        if (j->mask->dtype == SDX_BOOL)
            for (int64_t t = 0; t < p->masked; t++)
                s->row[t] = s->row[t] != 0 ? 0 : -INFINITY;
        round_to(j->q->dtype, s->row, p->masked, s->room);
        for (int64_t t = 0; t < p->masked; t++)
            s->bias[t] += s->row[t];
    }
    for (int64_t t = 0; t < p->T; t++) {
        any = any || s->bias[t] != (double)-INFINITY;
        s->scores[t] += s->bias[t];
    }
    round_to(j->q->dtype, s->scores, p->T, s->room);
    return any;
}

static void softmax(const attention_job *j, const rows_scratch *s)
{
    const attention_plan *p = j->p;
    double top = -INFINITY, sum = 0, *v = s->scores;
    round_to(p->softmax, v, p->T, s->room);
    for (int64_t t = 0; t < p->T; t++)
        top = fmax(top, v[t]);
    for (int64_t t = 0; t < p->T; t++)
        v[t] -= top;
    round_to(p->softmax, v, p->T, s->room);
    for (int64_t t = 0; t < p->T; t++)
        v[t] = exp(v[t]);
    round_to(p->softmax, v, p->T, s->room);
    for (int64_t t = 0; t < p->T; t++)
        sum += v[t];
    round_to(p->softmax, &sum, 1, s->room);
    for (int64_t t = 0; t < p->T; t++)
        v[t] /= sum;
    round_to(p->softmax, v, p->T, s->room);
    round_to(p->weights, v, p->T, s->room);
}

/* The values by their weights. */
static void put_sum(const attention_job *j, int64_t b, int64_t head, int64_t at,
                    const rows_scratch *s)
{
    const attention_plan *p = j->p;
    for (int64_t d = 0; d < p->DV; d++)
        s->sum[d] = 0;
    for (int64_t t = 0; t < p->T; t++) {
        int64_t from;
        const sdx_tensor *v = attention_row(p, j->v, &p->v, j->past_v, &p->past_v, b, head / p->G,
                                            t, &from);
        if (s->scores[t] == 0)
            continue;
        sdx_load_f64(s->row, v, from, 1, p->DV);
        for (int64_t d = 0; d < p->DV; d++)
            s->sum[d] += s->scores[t] * s->row[d];
    }
    sdx_store_f64(j->y, b * p->y.batch + head * p->y.head + at * p->y.step, 1, p->DV, s->sum);
}

static void keep(const attention_job *j, int64_t row, int64_t mode, const rows_scratch *s)
{
    if (j->qk && j->p->mode == mode)
        sdx_store_f64(j->qk, row * j->p->T, 1, j->p->T, s->scores);
}

static rows_scratch lay_out(const attention_plan *p, double *at)
{
    int64_t each = longest(p);
    return (
        rows_scratch){ at, at + each, at + 2 * each, at + 3 * each, at + 4 * each, at + 5 * each };
}

static sdx_status some_queries(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const attention_job *j = arg;
    const attention_plan *p = j->p;
    rows_scratch s = lay_out(p, scratch);
    (void)c;
    for (int64_t i = begin; i < end; i++) {
        int64_t b = i / (p->HQ * p->S), head = i / p->S % p->HQ, step = i % p->S;
        score(j, b, head, step, &s);
        keep(j, i, ATTENTION_PRODUCT, &s);
        if (!j->y && p->mode == ATTENTION_PRODUCT)
            continue;
        cap(p, j->q->dtype, &s);
        keep(j, i, ATTENTION_CAPPED, &s);
        bool any = add_bias(j, b, head, step, &s);
        keep(j, i, ATTENTION_BIASED, &s);
        if (any)
            softmax(j, &s);
        for (int64_t t = 0; !any && t < p->T; t++)
            s.scores[t] = p->unseen;
        keep(j, i, ATTENTION_WEIGHTS, &s);
        if (j->y)
            put_sum(j, b, head, step, &s);
    }
    return SDX_OK;
}

static sdx_status in_parallel(const attention_job *j, sdx_some *some, sdx_run *c)
{
    const attention_plan *p = j->p;
    int64_t work = p->T * (p->D + p->DV + 16);
    attention_job own = *j;
    return sdx_parallel(c, p->B * p->HQ * p->S, 1 + 131072 / (1 + work), some, &own);
}

sdx_status attention_run_rows(const attention_job *j, sdx_run *c)
{
    return in_parallel(j, some_queries, c);
}

static sdx_status some_sums(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const attention_job *j = arg;
    const attention_plan *p = j->p;
    rows_scratch s = lay_out(p, scratch);
    (void)c;
    for (int64_t i = begin; i < end; i++) {
        sdx_load_f64(s.scores, j->weights, i * p->T, 1, p->T);
        put_sum(j, i / (p->HQ * p->S), i / p->S % p->HQ, i % p->S, &s);
    }
    return SDX_OK;
}

sdx_status attention_run_values(const attention_job *j, sdx_run *c)
{
    return in_parallel(j, some_sums, c);
}
