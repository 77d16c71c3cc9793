/* ops/rnn/recurrent/steps.h - the run of LSTM, GRU and RNN, written once on REAL.
 *
 * Included by steps_f32.c and steps_f64.c, which define REAL, NAME(x), and
 *   load     elements of a tensor as REAL, or its own data
 *   product  C = A B' + bias + residual for m rows
 *   activate an activation over a run
 *
 * First the gates' share of the input, for all steps in one product.  Then step by step, in place:
 * the share of the hidden state is added to the rows of that step, and the cell makes them the new
 * state.  With lengths, each item goes on its own, as the rows of one step then lie apart. */

typedef struct NAME(work) {
    const recurrent_plan *p;
    const sdx_node *n;
    sdx_run *c;
    int dir;
    REAL *gates, *h, *cell, *extra; /* T x N x G x H; N x H each */
    REAL *bias, *late, *peep;   /* G x H; GRU's bias of R for the last gate; peepholes i, o, f */
    NAME(weights) w, r, r_last; /* r_last: the rows of GRU's last gate */
    REAL *room;                 /* what load and product may use */
} NAME(work);

/* An optional input of `count` numbers for this direction; zeros where it is absent. */
static void NAME(load_vector)(const NAME(work) * k, int input, int64_t first, int64_t count,
                              REAL *to)
{
    const sdx_tensor *t = sdx_has_in(k->n, input) ? sdx_in(k->c, input) : NULL;
    if (t)
        NAME(load)(to, t, first, count);
    else
        for (int64_t i = 0; i < count; i++)
            to[i] = 0;
}

static void NAME(load_bias)(NAME(work) * k)
{
    const recurrent_plan *p = k->p;
    int64_t each = p->gates * p->H, last = each - p->H;
    bool split = p->cell == CELL_GRU && p->linear_before_reset;
    NAME(load_vector)(k, IN_B, k->dir * 2 * each, each, k->bias);
    /* free as yet: T, N may be 0, see scratch */
    NAME(load_vector)
    (k, IN_B, (k->dir * 2 + 1) * each, each, k->gates);
    for (int64_t i = 0; i < each; i++)
        if (split && i >= last)
            k->late[i - last] = k->gates[i];
        else
            k->bias[i] += k->gates[i];
    if (p->cell == CELL_LSTM)
        NAME(load_vector)(k, IN_P, k->dir * 3 * p->H, 3 * p->H, k->peep);
}

/* The place of item n's state of this direction among initial or final states. */
static int64_t NAME(state_at)(const NAME(work) * k, int64_t n)
{
    const recurrent_plan *p = k->p;
    return (p->batch_first ? n * p->directions + k->dir : k->dir * p->N + n) * p->H;
}

static REAL NAME(clip)(const recurrent_plan *p, REAL v)
{
    REAL most = (REAL)p->clip;
    return v > most ? most : v < -most ? -most : v;
}

/* f over n numbers, clipped before. */
static void NAME(apply)(const NAME(work) * k, int which, REAL *v, int64_t n)
{
    if (isfinite(k->p->clip))
        for (int64_t i = 0; i < n; i++)
            v[i] = NAME(clip)(k->p, v[i]);
    NAME(activate)(&k->p->act[k->dir][which], v, n);
}

/* One row of LSTM: g holds i, o, f, c before their activations; out[] a row for the activated
 * cell. */
static void NAME(lstm_cell)(const NAME(work) * k, REAL *g, REAL *h, REAL *cell)
{
    const recurrent_plan *p = k->p;
    int64_t H = p->H;
    REAL *i = g, *o = g + H, *f = g + 2 * H, *cand = g + 3 * H;
    const REAL *pi = k->peep, *po = pi + H, *pf = po + H;
    for (int64_t e = 0; e < H; e++) {
        i[e] += pi[e] * cell[e];
        f[e] += pf[e] * cell[e];
    }
    NAME(apply)(k, 0, i, H);
    if (p->input_forget)
        for (int64_t e = 0; e < H; e++)
            f[e] = 1 - i[e];
    else
        NAME(apply)(k, 0, f, H);
    NAME(apply)(k, 1, cand, H);
    for (int64_t e = 0; e < H; e++) {
        cell[e] = f[e] * cell[e] + i[e] * cand[e];
        o[e] += po[e] * cell[e];
        h[e] = cell[e];
    }
    NAME(apply)(k, 0, o, H);
    NAME(apply)(k, 2, h, H);
    for (int64_t e = 0; e < H; e++)
        h[e] *= o[e];
}

/* One row of GRU, its last gate complete but for the reset of linear_before_reset. */
static void NAME(gru_cell)(const NAME(work) * k, REAL *g, REAL *h, const REAL *extra)
{
    int64_t H = k->p->H;
    const REAL *z = g, *r = g + H;
    REAL *cand = g + 2 * H;
    if (k->p->linear_before_reset)
        for (int64_t e = 0; e < H; e++)
            cand[e] += r[e] * extra[e];
    NAME(apply)(k, 1, cand, H);
    for (int64_t e = 0; e < H; e++)
        h[e] = (1 - z[e]) * cand[e] + z[e] * h[e];
}

static void NAME(rnn_cell)(const NAME(work) * k, REAL *g, REAL *h)
{
    int64_t H = k->p->H;
    NAME(apply)(k, 0, g, H);
    for (int64_t e = 0; e < H; e++)
        h[e] = g[e];
}

/* Rows of one step: `first` is the row of gates of item n0, the next item's is `apart` rows on. */
typedef struct NAME(rows) {
    const NAME(work) * k;
    int64_t first, apart, n0;
    bool reset; /* GRU: the first two gates, and r * h into extra */
} NAME(rows);

static sdx_status NAME(some_cells)(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const NAME(rows) *j = arg;
    const NAME(work) *k = j->k;
    int64_t H = k->p->H;
    (void)scratch, (void)c;
    for (int64_t i = begin; i < end; i++) {
        REAL *g = k->gates + (j->first + i * j->apart) * k->p->gates * H;
        REAL *h = k->h + (j->n0 + i) * H, *extra = k->extra + (j->n0 + i) * H;
        if (NAME(usual_cell)(k->p, g, h, k->cell + (j->n0 + i) * H, extra, j->reset))
            continue;
        if (j->reset) {
            NAME(apply)(k, 0, g, 2 * H);
            for (int64_t e = 0; e < H && !k->p->linear_before_reset; e++)
                extra[e] = g[H + e] * h[e];
        } else if (k->p->cell == CELL_LSTM) {
            NAME(lstm_cell)(k, g, h, k->cell + (j->n0 + i) * H);
        } else if (k->p->cell == CELL_GRU) {
            NAME(gru_cell)(k, g, h, extra);
        } else {
            NAME(rnn_cell)(k, g, h);
        }
    }
    return SDX_OK;
}

/* One step of m items. */
static sdx_status NAME(step)(const NAME(work) * k, int64_t first, int64_t apart, int64_t n0,
                             int64_t m)
{
    const recurrent_plan *p = k->p;
    int64_t H = p->H, each = p->gates * H, grain = 1 + 4096 / (1 + each);
    NAME(rows) j = { k, first, apart, n0, false };
    REAL *g = k->gates + first * each;
    REAL *extra = k->extra + n0 * H;
    const REAL *h = NAME(rounded)(p, k->h + n0 * H, extra, m, H);
    if (p->cell != CELL_GRU) {
        SDX_TRY(NAME(product)(p, k->c, k->r, m, each, H, h, H, g, apart * each, NULL, true, first));
        return sdx_parallel(k->c, m, grain, NAME(some_cells), &j);
    }
    SDX_TRY(NAME(product)(p, k->c, k->r, m, 2 * H, H, h, H, g, apart * each, NULL, true, first));
    j.reset = true;
    SDX_TRY(sdx_parallel(k->c, m, grain, NAME(some_cells), &j));
    j.reset = false;
    if (p->linear_before_reset)
        SDX_TRY(NAME(product)(p, k->c, k->r_last, m, H, H, h, H, extra, H, k->late, false, first));
    else
        SDX_TRY(NAME(product)(p, k->c, k->r_last, m, H, H, extra, H, g + 2 * H, apart * each, NULL,
                              true, first));
    return sdx_parallel(k->c, m, grain, NAME(some_cells), &j);
}

static void NAME(store_step)(const NAME(work) * k, sdx_tensor *y, int64_t t, int64_t n)
{
    const recurrent_plan *p = k->p;
    int64_t at = p->batch_first ? (n * p->T + t) * p->directions + k->dir
                                : (t * p->directions + k->dir) * p->N + n;
    if (y)
        NAME(store)(y, at * p->H, p->H, k->h + n * p->H);
}

/* All steps where items have lengths of their own; after its end an item's state stays. */
static sdx_status NAME(steps_by_length)(const NAME(work) * k, sdx_tensor *y, const sdx_tensor *lens)
{
    const recurrent_plan *p = k->p;
    for (int64_t n = 0; n < p->N; n++) {
        int64_t length;
        sdx_load_i64(&length, lens, n, 1, 1);
        if (length < 0 || length > p->T)
            return sdx_fail(k->c, SDX_E_VALUE,
                            "sequence_lens[%" PRId64 "] is %" PRId64 ", there are %" PRId64
                            " steps",
                            n, length, p->T);
        for (int64_t s = 0; s < length; s++) {
            int64_t t = p->reverse[k->dir] ? length - 1 - s : s;
            SDX_TRY(NAME(step)(k, p->batch_first ? n * p->T + t : t * p->N + n, 1, n, 1));
            NAME(store_step)(k, y, t, n);
        }
        for (int64_t e = 0; e < p->H; e++)
            k->extra[e] = 0;
        for (int64_t t = length; y && t < p->T; t++) {
            int64_t at = p->batch_first ? (n * p->T + t) * p->directions + k->dir
                                        : (t * p->directions + k->dir) * p->N + n;
            NAME(store)(y, at * p->H, p->H, k->extra);
        }
        SDX_TRY(sdx_poll(k->c));
    }
    return SDX_OK;
}

static sdx_status NAME(steps)(const NAME(work) * k, sdx_tensor *y)
{
    const recurrent_plan *p = k->p;
    for (int64_t s = 0; s < p->T; s++) {
        int64_t t = p->reverse[k->dir] ? p->T - 1 - s : s;
        SDX_TRY(NAME(step)(k, p->batch_first ? t : t * p->N, p->batch_first ? p->T : 1, 0, p->N));
        for (int64_t n = 0; n < p->N; n++)
            NAME(store_step)(k, y, t, n);
        SDX_TRY(sdx_poll(k->c));
    }
    return SDX_OK;
}

static sdx_status NAME(one_direction)(NAME(work) * k, const REAL *x, sdx_tensor *y)
{
    const recurrent_plan *p = k->p;
    const sdx_tensor *lens = sdx_has_in(k->n, IN_LENS) ? sdx_in(k->c, IN_LENS) : NULL;
    int64_t each = p->gates * p->H;
    NAME(load_bias)(k);
    x = NAME(rounded)(p, x, k->room, 1, p->T * p->N * p->I);
    SDX_TRY(NAME(product)(p, k->c, k->w, p->T * p->N, each, p->I, x, p->I, k->gates, each, k->bias,
                          false, 0));
    for (int64_t n = 0; n < p->N; n++) {
        NAME(load_vector)(k, IN_H, NAME(state_at)(k, n), p->H, k->h + n * p->H);
        if (p->cell == CELL_LSTM)
            NAME(load_vector)(k, IN_C, NAME(state_at)(k, n), p->H, k->cell + n * p->H);
    }
    SDX_TRY(lens ? NAME(steps_by_length)(k, y, lens) : NAME(steps)(k, y));
    sdx_tensor *last = sdx_out(k->c, OUT_H),
               *cell = p->cell == CELL_LSTM ? sdx_out(k->c, OUT_C) : NULL;
    for (int64_t n = 0; n < p->N; n++) {
        if (last)
            NAME(store)(last, NAME(state_at)(k, n), p->H, k->h + n * p->H);
        if (cell)
            NAME(store)(cell, NAME(state_at)(k, n), p->H, k->cell + n * p->H);
    }
    return SDX_OK;
}

/* REALs of scratch beside `room`. */
static size_t NAME(common_scratch)(const recurrent_plan *p)
{
    size_t rows = (size_t)(p->T * p->N) + 1; /* one at least: the bias passes through it */
    return (rows + 1) * (size_t)(p->gates * p->H) + 3 * (size_t)((p->N + 1) * p->H) +
           4 * (size_t)p->H + 16;
}

typedef struct NAME(run) {
    const sdx_node *n;
    const recurrent_plan *p;
    char *scratch;
} NAME(run);

/* Directions share nothing but the input: each has scratch of its own, and may have a thread of its
 * own. */
static sdx_status NAME(some_directions)(void *arg, int64_t begin, int64_t end, void *unused,
                                        sdx_run *c)
{
    const NAME(run) *j = arg;
    const recurrent_plan *p = j->p;
    int64_t each = p->gates * p->H, state = (p->N + 1) * p->H;
    (void)unused;
    for (int64_t d = begin; d < end; d++) {
        NAME(work) k = { .p = p, .n = j->n, .c = c, .dir = (int)d };
        k.gates = (REAL *)(void *)(j->scratch + (size_t)d * p->each);
        k.bias = k.gates + (p->T * p->N + 1) * each;
        k.h = k.bias + each;
        k.cell = k.h + state;
        k.extra = k.cell + state;
        k.late = k.extra + state;
        k.peep = k.late + p->H;
        k.room = k.peep + 3 * p->H;
        const REAL *x = NAME(load_input)(&k);
        NAME(load_weights)(&k);
        SDX_TRY(NAME(one_direction)(&k, x, sdx_out(c, OUT_Y)));
    }
    return SDX_OK;
}

sdx_status NAME(recurrent_run)(const sdx_node *n, const recurrent_plan *p, sdx_run *c)
{
    NAME(run) j = { n, p, sdx_scratch(c) };
    return sdx_parallel(c, p->directions, 1, NAME(some_directions), &j);
}
