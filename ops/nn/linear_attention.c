/* ops/nn/linear_attention.c - LinearAttention.
 *
 * A head of keys has a state, a matrix [numbers of a key, numbers of a value], which each step
 * fades (decay), corrects (beta) and adds key x value to; the queries of that step then read it.
 * Its columns know nothing of each other, so a piece of work is some columns of one head, through
 * all steps.  Kept in float whatever the types, as the operator's body does.
 * Source: ONNX Operators.md, LinearAttention-27. */
#include <inttypes.h>
#include <math.h>
#include "common/check.h"

static const sdx_schema schema[] = {
    { 27, "query:T key:T value:T past_state?:S decay?:T beta?:T -> output:T present_state:S",
      "chunk_size:int=64 kv_num_heads:int! q_num_heads:int! scale:float=0.0 "
      "update_rule:string=gated_delta",
      "T: f16 bf16 f32; S: f16 bf16 f32" },
    { 0 },
};

enum { IN_Q, IN_K, IN_V, IN_PAST, IN_DECAY, IN_BETA };
static const char rule[] = "attention-shape";
enum { COLUMNS = 64 }; /* of a state, at a time: with keys of 128 numbers 32 KiB */

/* ---- infer ---- */

static bool fades(const sdx_node *n)
{
    return sdx_attr_is(n, "update_rule", "gated") || sdx_attr_is(n, "update_rule", "gated_delta");
}
static bool corrects(const sdx_node *n)
{
    return sdx_attr_is(n, "update_rule", "delta") || sdx_attr_is(n, "update_rule", "gated_delta");
}

static bool check_rule(const sdx_node *n, sdx_infer *c)
{
    sdx_string s = sdx_attr_string(n, "update_rule");
    const bool wants[] = { fades(n), corrects(n) };
    if (!wants[0] && !wants[1] && !sdx_attr_is(n, "update_rule", "linear")) {
        sdx_refuse(c, "attribute-value", "update_rule is '%.*s'", (int)s.length, s.text);
        sdx_hint(c, "it may be linear, gated, delta or gated_delta");
        return false;
    }
    for (int i = 0; i < 2; i++)
        if (sdx_has_in(n, IN_DECAY + i) != wants[i]) {
            sdx_refuse(c, "attention-shape", "update_rule '%.*s' %s %s", (int)s.length, s.text,
                       wants[i] ? "wants" : "has no use for", i ? "beta" : "decay");
            sdx_hint(c, "gated and gated_delta have decay, delta and gated_delta have beta");
            return false;
        }
    return true;
}

static bool check_heads(const sdx_node *n, sdx_infer *c)
{
    int64_t q = sdx_attr_int(n, "q_num_heads"), kv = sdx_attr_int(n, "kv_num_heads");
    static const char *const attribute[] = { "q_num_heads", "kv_num_heads", "kv_num_heads" };
    if (!sdx_check_head_groups(c, attribute[IN_Q], q, attribute[IN_K], kv))
        return false;
    for (int i = IN_Q; i <= IN_V; i++)
        if (!sdx_check_rank(c, i, 3, 3) ||
            !sdx_check_heads(n, c, attribute[i], i ? kv : q, i, 2, sdx_in_dim(n, i, 2)))
            return false;
    return true;
}

/* The last dim of decay or beta is a or b. */
static bool check_last(const sdx_node *n, sdx_infer *c, int i, sdx_dim a, sdx_dim b)
{
    sdx_dim has = sdx_in_dim(n, i, 2);
    if (!sdx_has_in(n, i) || sdx_same(c, has, a) != SDX_NO || sdx_same(c, has, b) != SDX_NO)
        return true;
    sdx_refuse(c, "attention-shape", "the last dim of %s is %s, and has to be %s or %s",
               sdx_in_name(n, i), sdx_show(c, has), sdx_show(c, a), sdx_show(c, b));
    sdx_point(c, i, 2);
    sdx_hint(c, i == IN_DECAY ? "decay has one number a head, or one for each number of a key"
                              : "beta has one number a head, or one for all");
    return false;
}

static void infer(const sdx_node *n, sdx_infer *c)
{
    if (!sdx_has_in(n, IN_PAST) && sdx_has_out(n, 1))
        sdx_set_out_dtype(c, 1, sdx_in_dtype(n, IN_Q));
    if (!check_rule(n, c) || !check_heads(n, c) ||
        (sdx_has_in(n, IN_PAST) && !sdx_check_rank(c, IN_PAST, 4, 4)))
        return;
    sdx_dim q = sdx_num(sdx_attr_int(n, "q_num_heads")),
            kv = sdx_num(sdx_attr_int(n, "kv_num_heads")), batch = sdx_in_dim(n, IN_Q, 0),
            steps = sdx_in_dim(n, IN_Q, 1), dk = sdx_dim_div(c, sdx_in_dim(n, IN_Q, 2), q),
            dv = sdx_dim_div(c, sdx_in_dim(n, IN_V, 2), kv);
    for (int i = IN_K; i <= IN_BETA; i++)
        if (i != IN_PAST && ((sdx_has_in(n, i) && !sdx_check_rank(c, i, 3, 3)) ||
                             !sdx_check_dim(n, c, rule, i, 0, batch, "the batch") ||
                             !sdx_check_dim(n, c, rule, i, 1, steps, "the steps")))
            return;
    if (!sdx_check_dim(n, c, rule, IN_K, 2, sdx_dim_mul(c, kv, dk),
                       "keys are as long as queries") ||
        !sdx_check_dim(n, c, rule, IN_PAST, 0, batch, "the batch") ||
        !sdx_check_dim(n, c, rule, IN_PAST, 1, kv, "kv_num_heads") ||
        !sdx_check_dim(n, c, rule, IN_PAST, 2, dk, "the numbers of a key") ||
        !sdx_check_dim(n, c, rule, IN_PAST, 3, dv, "the numbers of a value") ||
        !check_last(n, c, IN_DECAY, kv, sdx_dim_mul(c, kv, dk)) ||
        !check_last(n, c, IN_BETA, kv, sdx_num(1)))
        return;
    sdx_dim y[3] = { batch, steps, sdx_dim_mul(c, q, dv) }, state[4] = { batch, kv, dk, dv };
    if (sdx_has_out(n, 0))
        sdx_set_out_dims(c, 0, 3, y);
    if (sdx_has_out(n, 1))
        sdx_set_out_dims(c, 1, 4, state);
}

/* ---- prepare and run ---- */

typedef struct plan {
    int64_t B, T, HK, G, DK, DV, pieces; /* G queries share a head of keys; pieces of columns */
    float scale;
} plan;

static sdx_status prepare(const sdx_node *n, sdx_prepare *c, void **state)
{
    sdx_shape q = sdx_in_shape(n, IN_Q), v = sdx_in_shape(n, IN_V);
    plan *p = sdx_keep(c, sizeof *p);
    double scale = sdx_attr_float(n, "scale");
    if (!p)
        return SDX_E_MEMORY;
    p->B = q.dim[0];
    p->T = q.dim[1];
    p->HK = sdx_attr_int(n, "kv_num_heads");
    p->G = sdx_attr_int(n, "q_num_heads") / p->HK;
    p->DK = q.dim[2] / (p->HK * p->G);
    p->DV = v.dim[2] / p->HK;
    p->pieces = (p->DV + COLUMNS - 1) / COLUMNS;
    p->scale = (float)(scale != 0 ? scale : p->DK > 0 ? 1 / sqrt((double)p->DK) : 0);
    int64_t longest = p->DK > COLUMNS ? p->DK : COLUMNS;
    sdx_want_scratch(c, 0,
                     (size_t)p->DK * (COLUMNS + 3) * sizeof(float) + 3 * COLUMNS * sizeof(float) +
                         (size_t)longest * sizeof(double) + 64);
    *state = p;
    return SDX_OK;
}

typedef struct job {
    const plan *p;
    const sdx_tensor *q, *k, *v, *past, *decay, *beta;
    sdx_tensor *y, *present;
} job;

/* What a worker computes with: some columns of a state, and one step. */
typedef struct piece {
    double *room;
    float *state, *query, *key, *fade, *value, *found, *sum;
    int64_t columns;
} piece;

static void load(const piece *w, float *to, const sdx_tensor *t, int64_t first, int64_t n)
{
    if (t->dtype == SDX_F32) {
        for (int64_t i = 0; i < n; i++)
            to[i] = sdx_f32(t)[first + i];
        return;
    }
    sdx_load_f64(w->room, t, first, 1, n);
    for (int64_t i = 0; i < n; i++)
        to[i] = (float)w->room[i];
}

static void store(const piece *w, sdx_tensor *t, int64_t first, int64_t n, const float *from)
{
    for (int64_t i = 0; i < n; i++)
        w->room[i] = (double)from[i];
    sdx_store_f64(t, first, 1, n, w->room);
}

/* y = (rows of the state) by x, which has DK numbers; first the rows fade, if they do. */
static void read_out(const piece *w, int64_t rows, const float *fade, const float *x, float *y)
{
    for (int64_t m = 0; m < w->columns; m++)
        y[m] = 0;
    for (int64_t d = 0; d < rows; d++) {
        float *row = w->state + d * COLUMNS;
        const float by = x[d];
        for (int64_t m = 0; fade && m < w->columns; m++)
            row[m] *= fade[d];
        for (int64_t m = 0; m < w->columns; m++)
            y[m] += row[m] * by;
    }
}

/* One step of head h of item b: the state takes key and value in. */
static void absorb(const job *j, const piece *w, int64_t b, int64_t t, int64_t h, int64_t first)
{
    const plan *p = j->p;
    int64_t at = (b * p->T + t) * p->HK + h;
    load(w, w->key, j->k, at * p->DK, p->DK);
    load(w, w->value, j->v, at * p->DV + first, w->columns);
    if (j->decay) {
        bool each = j->decay->shape.dim[2] != p->HK;
        load(w, w->fade, j->decay, each ? at * p->DK : at, each ? p->DK : 1);
        for (int64_t d = 0; d < p->DK; d++)
            w->fade[d] = d > 0 && !each ? w->fade[0] : (float)exp((double)w->fade[d]);
    }
    if (j->decay || j->beta)
        read_out(w, p->DK, j->decay ? w->fade : NULL, w->key, w->found);
    if (j->beta) {
        float beta;
        load(w, &beta, j->beta, j->beta->shape.dim[2] == p->HK ? at : b * p->T + t, 1);
        for (int64_t m = 0; m < w->columns; m++)
            w->value[m] = beta * (w->value[m] - w->found[m]);
    }
    for (int64_t d = 0; d < p->DK; d++) {
        float *row = w->state + d * COLUMNS;
        const float by = w->key[d];
        for (int64_t m = 0; m < w->columns; m++)
            row[m] += by * w->value[m];
    }
}

static sdx_status through_time(const job *j, const piece *w, int64_t b, int64_t h, int64_t first,
                               sdx_run *c)
{
    const plan *p = j->p;
    for (int64_t d = 0; d < p->DK; d++) {
        float *row = w->state + d * COLUMNS;
        for (int64_t m = 0; m < w->columns; m++)
            row[m] = 0;
        if (j->past)
            load(w, row, j->past, ((b * p->HK + h) * p->DK + d) * p->DV + first, w->columns);
    }
    for (int64_t t = 0; t < p->T; t++) {
        absorb(j, w, b, t, h, first);
        for (int64_t g = 0; j->y && g < p->G; g++) {
            int64_t at = (b * p->T + t) * p->HK * p->G + h * p->G + g;
            load(w, w->query, j->q, at * p->DK, p->DK);
            read_out(w, p->DK, NULL, w->query, w->sum);
            for (int64_t m = 0; m < w->columns; m++)
                w->sum[m] *= p->scale;
            store(w, j->y, at * p->DV + first, w->columns, w->sum);
        }
        if (t % 64 == 63)
            SDX_TRY(sdx_poll(c));
    }
    for (int64_t d = 0; j->present && d < p->DK; d++)
        store(w, j->present, ((b * p->HK + h) * p->DK + d) * p->DV + first, w->columns,
              w->state + d * COLUMNS);
    return SDX_OK;
}

static sdx_status some_pieces(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = arg;
    const plan *p = j->p;
    int64_t longest = p->DK > COLUMNS ? p->DK : COLUMNS;
    piece w = { .room = scratch };
    w.state = (float *)(void *)(w.room + longest);
    w.query = w.state + p->DK * COLUMNS;
    w.key = w.query + p->DK;
    w.fade = w.key + p->DK;
    w.value = w.fade + p->DK + 1; /* fade has one number even where keys have none */
    w.found = w.value + COLUMNS;
    w.sum = w.found + COLUMNS;
    for (int64_t i = begin; i < end; i++) {
        int64_t head = i / p->pieces, first = i % p->pieces * COLUMNS;
        w.columns = p->DV - first < COLUMNS ? p->DV - first : COLUMNS;
        SDX_TRY(through_time(j, &w, head / p->HK, head % p->HK, first, c));
    }
    return SDX_OK;
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    const plan *p = state;
    job j = { .p = p,
              .q = sdx_in(c, IN_Q),
              .k = sdx_in(c, IN_K),
              .v = sdx_in(c, IN_V),
              .past = sdx_has_in(n, IN_PAST) ? sdx_in(c, IN_PAST) : NULL,
              .decay = sdx_has_in(n, IN_DECAY) ? sdx_in(c, IN_DECAY) : NULL,
              .beta = sdx_has_in(n, IN_BETA) ? sdx_in(c, IN_BETA) : NULL,
              .y = sdx_has_out(n, 0) ? sdx_out(c, 0) : NULL,
              .present = sdx_has_out(n, 1) ? sdx_out(c, 1) : NULL };
    int64_t work = (p->T + 1) * (p->DK + 1) * COLUMNS;
    return sdx_parallel(c, p->B * p->HK * p->pieces, 1 + 131072 / work, some_pieces, &j);
}

/* Queries read the state, keys and values add to it; a correction reads it first. */
static sdx_dim macs(const sdx_node *n, sdx_infer *c)
{
    sdx_dim heads = sdx_num(sdx_attr_int(n, "kv_num_heads")),
            key = sdx_dim_div(c, sdx_in_dim(n, IN_K, 2), heads),
            value = sdx_dim_div(c, sdx_in_dim(n, IN_V, 2), heads),
            q = sdx_dim_product(c, sdx_in_dims(n, IN_Q), 0, 3),
            v = sdx_dim_product(c, sdx_in_dims(n, IN_V), 0, 3);
    sdx_dim times = sdx_dim_mul(c, key, sdx_num(corrects(n) ? 2 : 1));
    return sdx_dim_add(c, sdx_dim_mul(c, q, value), sdx_dim_mul(c, v, times));
}

static const sdx_op ops[] = {
    { SDX_OP(LinearAttention), .schema = schema, .traits = SDX_PURE, .infer = infer,
      .prepare = prepare, .run = run, .macs = macs },
    { 0 },
};
const sdx_family sdx_family_nn_linear_attention = { ops, 0 };
