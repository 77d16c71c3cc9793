/* ops/nn/attention/blocks.c - attention of floats, in tiles of queries by blocks of keys.
 *
 * A tile has the queries of one head of keys: all heads that share it, so that a decoder's single
 * step fills it too. It lies transposed, keys by queries, which makes both products ones where
 * nothing but the queries is packed: K as it lies times the queries gives scores, and scores turned
 * into weights are the packed right side of V as it lies, its rows and columns exchanged.  Maximum
 * and sum run along with the blocks, so no matrix of scores is made. What a tile computes depends
 * on sizes alone: the bits are the same on any number of threads. */
#include "nn/attention/plan.h"
#include <math.h>

enum { KEYS = 128 }; /* of a block: with 32 queries 16 KiB of scores, half of the nearest cache */

/* A query: of which head, at which step, what it sees. */
typedef struct column {
    int64_t head, step;
    attention_range sees;
} column;

typedef struct tile {
    const attention_job *j;
    int64_t b, head; /* of keys */
    int64_t first, count;
    int64_t width; /* columns: count, rounded up to blocks */
    float *query, *scores, *out, *top, *sum, *factor, *masks;
    const float **mask;
    float **result;
    column *column;
} tile;

static size_t rounded(size_t bytes)
{
    return (bytes + 63) / 64 * 64;
}

/* Lays a tile's memory out from `at` on; the bytes it takes. */
static size_t lay_out(const attention_plan *p, bool mask, tile *t, char *at)
{
    size_t line = (size_t)p->width * sizeof(float), used = 0;
    struct {
        float **to;
        size_t bytes;
    } part[] = { { &t->query, (size_t)p->D * line },
                 { &t->scores, KEYS * line },
                 { &t->out, (size_t)p->DV * line },
                 { &t->top, line },
                 { &t->sum, line },
                 { &t->factor, line },
                 { &t->masks, mask ? KEYS * line : 0 } };
    for (size_t i = 0; i < sizeof part / sizeof *part; i++) {
        *part[i].to = at ? (float *)(void *)(at + used) : NULL;
        used += rounded(part[i].bytes);
    }
    t->mask = at ? (const float **)(void *)(at + used) : NULL;
    used += rounded((size_t)p->width * sizeof(float *));
    t->result = at ? (float **)(void *)(at + used) : NULL;
    used += rounded((size_t)p->width * sizeof(float *));
    t->column = at ? (column *)(void *)(at + used) : NULL;
    return used + rounded((size_t)p->width * sizeof(column));
}

size_t attention_blocks_scratch(const attention_plan *p)
{
    tile t;
    return lay_out(p, true, &t, NULL);
}

/* What each column is; and the keys that any of them sees.  Columns go from step to step of one
 * head of queries, then to the next that shares its keys. */
static attention_range look(tile *t)
{
    const attention_plan *p = t->j->p;
    attention_range all = { p->T, 0 };
    int64_t head = t->head * p->G + t->first / p->S, step = t->first % p->S;
    for (int64_t i = 0; i < t->count; i++, step++) {
        if (step == p->S) {
            step = 0;
            head++;
        }
        attention_range sees = attention_sees(t->j, t->b, step);
        t->column[i] = (column){ head, step, sees };
        t->result[i] = sdx_f32_out(t->j->y) + t->b * p->y.batch + head * p->y.head +
                       step * p->y.step;
        if (sees.hi <= sees.lo)
            continue;
        all.lo = sees.lo < all.lo ? sees.lo : all.lo;
        all.hi = sees.hi > all.hi ? sees.hi : all.hi;
    }
    for (int64_t i = 0; i < t->width; i++) {
        t->top[i] = -INFINITY;
        t->sum[i] = 0;
    }
    return all;
}

static const float *query_of(const tile *t, int64_t i)
{
    const attention_plan *p = t->j->p;
    return sdx_f32(t->j->q) + t->b * p->q.batch + t->column[i].head * p->q.head +
           t->column[i].step * p->q.step + p->q.first;
}

static float scale_of(const attention_plan *p)
{
    return (float)(p->softcap > 0 ? p->scale / p->softcap : p->scale);
}

/* Queries, scaled, as columns. */
static void load_columns(tile *t)
{
    const attention_plan *p = t->j->p;
    float scale = scale_of(p);
    bool one_head = t->column[0].head == t->column[t->count - 1].head;
    if (one_head || p->S == 1) { /* the same step from each to the next */
        p->matmul->pack(t->query, query_of(t, 0), p->D, t->count, 1,
                        one_head ? p->q.step : p->q.head, 0, 1);
    } else {
        for (int64_t i = 0; i < t->width; i++) {
            const float *q = query_of(t, i < t->count ? i : 0);
            for (int64_t d = 0; d < p->D; d++)
                t->query[d * t->width + i] = i < t->count ? q[d] : 0;
        }
    }
    for (int64_t i = 0; i < t->width; i++)
        t->factor[i] = scale;
    p->fast->scale(t->query, p->D, t->width, t->factor);
}

/* c = a b, a with these strides. */
static void product(const tile *t, int64_t m, int64_t k, const float *a, int64_t a_row,
                    int64_t a_col, const float *b, float *c, bool add)
{
    matmul_f32 g = { .m = m,
                     .n = t->width,
                     .k = k,
                     .a = a,
                     .a_row = a_row,
                     .a_col = a_col,
                     .b = b,
                     .c = c,
                     .c_row = t->width,
                     .residual = add ? c : NULL,
                     .residual_row = t->width,
                     .lo = -INFINITY,
                     .hi = INFINITY };
    t->j->p->matmul->product(&g, 0, m, 0, 1);
}

/* The mask of keys [at, at + keys) for column i, as floats. */
static const float *mask_of(const tile *t, int64_t i, int64_t at, int64_t keys)
{
    const attention_plan *p = t->j->p;
    const sdx_tensor *m = t->j->mask;
    int64_t first = t->b * p->mask[0] + t->column[i].head * p->mask[1] +
                    t->column[i].step * p->mask[2];
    if (m->dtype == SDX_F32)
        return sdx_f32(m) + first + at;
    float *to = t->masks + i * KEYS;
    const unsigned char *from = (const unsigned char *)m->data + first + at;
    for (int64_t n = 0; n < keys; n++)
        to[n] = from[n] ? 0 : -INFINITY;
    return to;
}

/* Takes the scores off that column i does not see; they lie `step` apart. */
static void hide(const tile *t, int64_t i, int64_t at, int64_t keys, float *scores, int64_t step)
{
    int64_t lo = t->column[i].sees.lo - at, hi = t->column[i].sees.hi - at;
    for (int64_t n = 0; n < keys && n < lo; n++)
        scores[n * step] = -INFINITY;
    for (int64_t n = hi > 0 ? hi : 0; n < keys; n++)
        scores[n * step] = -INFINITY;
}

static void cap(const attention_plan *p, float *scores, int64_t n)
{
    if (p->softcap <= 0)
        return;
    p->tanh(scores, scores, NULL, (size_t)n, NULL);
    for (int64_t i = 0; i < n; i++)
        scores[i] *= (float)p->softcap;
}

/* Rows of keys or values from `at` on, which lie in one tensor: the first, and how far apart. */
static const float *keys_at(const tile *t, int64_t at, int64_t *step)
{
    const attention_job *j = t->j;
    const attention_plan *p = j->p;
    int64_t first;
    const sdx_tensor *k = attention_row(p, j->k, &p->k, j->past_k, &p->past_k, t->b, t->head, at,
                                        &first);
    *step = at < p->P ? p->past_k.step : p->k.step;
    return sdx_f32(k) + first;
}
static const float *values_at(const tile *t, int64_t at, int64_t *step)
{
    const attention_job *j = t->j;
    const attention_plan *p = j->p;
    int64_t first;
    const sdx_tensor *v = attention_row(p, j->v, &p->v, j->past_v, &p->past_v, t->b, t->head, at,
                                        &first);
    *step = at < p->P ? p->past_v.step : p->v.step;
    return sdx_f32(v) + first;
}

static void columns_by_keys(tile *t, int64_t at, int64_t keys, bool first)
{
    const attention_plan *p = t->j->p;
    int64_t step;
    const float *k = keys_at(t, at, &step);
    product(t, keys, p->D, k, step, 1, t->query, t->scores, false);
    cap(p, t->scores, keys * t->width);
    if (t->j->mask) {
        bool one = p->mask[1] == 0 && p->mask[2] == 0;
        for (int64_t i = 0; i < t->width; i++)
            t->mask[i] = i < t->count && (i == 0 || !one) ? mask_of(t, i, at, keys) : t->mask[0];
        p->fast->bias(t->scores, keys, t->width, t->mask, one);
    }
    for (int64_t i = 0; i < t->count; i++)
        hide(t, i, at, keys, t->scores + i, t->width);
    p->fast->weigh(t->scores, keys, t->width, t->top, t->sum, t->factor);
    if (!first)
        p->fast->scale(t->out, p->DV, t->width, t->factor);
    const float *v = values_at(t, at, &step);
    product(t, p->DV, keys, v, 1, step, t->scores, t->out, !first);
}

/* ---- few queries: each a row ---- */

static void load_rows(tile *t)
{
    const attention_plan *p = t->j->p;
    float scale = scale_of(p);
    for (int64_t i = 0; i < t->count; i++) {
        const float *q = query_of(t, i);
        for (int64_t d = 0; d < p->D; d++)
            t->query[i * p->D + d] = q[d] * scale;
    }
}

static void rows_by_keys(tile *t, int64_t at, int64_t keys)
{
    const attention_plan *p = t->j->p;
    int64_t step;
    const float *k = keys_at(t, at, &step);
    for (int64_t i = 0; i < t->count; i++) {
        float *scores = t->scores + i * KEYS, *y = t->out + i * p->DV;
        p->fast->dots(scores, t->query + i * p->D, p->D, k, step, keys);
        cap(p, scores, keys);
        if (t->j->mask) {
            const float *mask = mask_of(t, i, at, keys);
            for (int64_t n = 0; n < keys; n++)
                scores[n] += mask[n];
        }
        hide(t, i, at, keys, scores, 1);
        float factor = p->fast->row(scores, keys, t->top + i, t->sum + i);
        for (int64_t d = 0; d < p->DV && factor != 1; d++)
            y[d] *= factor;
    }
    const float *v = values_at(t, at, &step);
    p->fast->mix(t->out, p->DV, t->scores, KEYS, t->count, v, step, keys);
}

/* ---- both ---- */

/* Numbers are divided by the sum of their weights; queries that saw no key have none. */
static void store(const tile *t)
{
    const attention_plan *p = t->j->p;
    for (int64_t i = 0; i < t->width; i++)
        t->factor[i] = t->sum[i] == 0 ? 0 : 1 / t->sum[i];
    if (!p->few)
        p->fast->turn(t->result, t->out, p->DV, t->width, t->count, t->factor);
    for (int64_t i = 0; i < t->count; i++) {
        for (int64_t d = 0; d < p->DV && p->few; d++)
            t->result[i][d] = t->out[i * p->DV + d] * t->factor[i];
        for (int64_t d = 0; d < p->DV && t->sum[i] == 0; d++)
            t->result[i][d] = (float)p->unseen;
    }
}

static sdx_status some_tiles(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const attention_job *j = arg;
    const attention_plan *p = j->p;
    tile t = { .j = j };
    int64_t columns = p->G * p->S, tiles = (columns + p->width - 1) / p->width;
    lay_out(p, true, &t, scratch);
    for (int64_t n = begin; n < end; n++) {
        t.b = n / (tiles * p->HK);
        t.head = n / tiles % p->HK;
        t.first = n % tiles * p->width;
        t.count = columns - t.first < p->width ? columns - t.first : p->width;
        t.width = p->few || t.count > p->matmul->block ? p->width : p->matmul->block;
        attention_range all = look(&t);
        for (int64_t i = 0; i < p->DV * t.width && p->few; i++)
            t.out[i] = 0;
        if (p->few)
            load_rows(&t);
        else
            load_columns(&t);
        for (int64_t at = all.lo; at < all.hi;) {
            int64_t to = at + KEYS < all.hi ? at + KEYS : all.hi;
            if (at < p->P && to > p->P) /* past keys end here */
                to = p->P;
            if (p->few)
                rows_by_keys(&t, at, to - at);
            else
                columns_by_keys(&t, at, to - at, at == all.lo);
            at = to;
            SDX_TRY(sdx_poll(c));
        }
        store(&t);
    }
    return SDX_OK;
}

sdx_status attention_run_blocks(const attention_job *j, sdx_run *c)
{
    const attention_plan *p = j->p;
    attention_job own = *j;
    int64_t tiles = (p->G * p->S + p->width - 1) / p->width;
    int64_t work = p->width * p->T * (p->D + p->DV + 16);
    return sdx_parallel(c, p->B * p->HK * tiles, 1 + (1 << 20) / (1 + work), some_tiles, &own);
}
