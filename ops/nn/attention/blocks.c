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

typedef struct tile {
    const attention_job *j;
    int64_t b, head; /* of keys */
    int64_t first, count;
    float *query, *scores, *out, *top, *sum, *factor, *masks;
    const float **mask;
    attention_range *sees;
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
    t->sees = at ? (attention_range *)(void *)(at + used) : NULL;
    return used + rounded((size_t)p->width * sizeof(attention_range));
}

size_t attention_blocks_scratch(const attention_plan *p)
{
    tile t;
    return lay_out(p, true, &t, NULL);
}

/* Column i of the tile is this head of queries, of those that share a head of keys, at this
 * step. */
static int64_t head_of(const tile *t, int64_t i)
{
    const attention_plan *p = t->j->p;
    return t->head * p->G + (t->first + i) / p->S;
}
static int64_t step_of(const tile *t, int64_t i)
{
    return (t->first + i) % t->j->p->S;
}

/* Queries, scaled, as columns; what each sees; and the keys that any of them sees. */
static attention_range load_queries(tile *t)
{
    const attention_plan *p = t->j->p;
    attention_range all = { p->T, 0 };
    float scale = (float)(p->softcap > 0 ? p->scale / p->softcap : p->scale);
    for (int64_t i = 0; i < p->width; i++) {
        t->top[i] = -INFINITY;
        t->sum[i] = 0;
        t->sees[i] = (attention_range){ 0, 0 };
        const float *q = sdx_f32(t->j->q) + t->b * p->q.batch;
        if (i < t->count) {
            q += head_of(t, i) * p->q.head + step_of(t, i) * p->q.step;
            t->sees[i] = attention_sees(t->j, t->b, step_of(t, i));
        }
        for (int64_t d = 0; d < p->D; d++)
            t->query[d * p->width + i] = i < t->count ? q[d] * scale : 0;
        if (t->sees[i].hi <= t->sees[i].lo)
            continue;
        all.lo = t->sees[i].lo < all.lo ? t->sees[i].lo : all.lo;
        all.hi = t->sees[i].hi > all.hi ? t->sees[i].hi : all.hi;
    }
    return all;
}

/* c = a b, a with these strides. */
static void product(const attention_plan *p, int64_t m, int64_t k, const float *a, int64_t a_row,
                    int64_t a_col, const float *b, float *c, bool add)
{
    matmul_f32 g = { .m = m,
                     .n = p->width,
                     .k = k,
                     .a = a,
                     .a_row = a_row,
                     .a_col = a_col,
                     .b = b,
                     .c = c,
                     .c_row = p->width,
                     .residual = add ? c : NULL,
                     .residual_row = p->width,
                     .lo = -INFINITY,
                     .hi = INFINITY };
    p->matmul->product(&g, 0, m, 0, 1);
}

/* The mask of keys [at, at + keys) for each column, where floats are wanted. */
static void add_mask(tile *t, int64_t at, int64_t keys)
{
    const attention_plan *p = t->j->p;
    const sdx_tensor *m = t->j->mask;
    for (int64_t i = 0; i < p->width; i++) {
        int64_t k = i < t->count ? i : 0;
        int64_t first = t->b * p->mask[0] + head_of(t, k) * p->mask[1] + step_of(t, k) * p->mask[2];
        if (m->dtype == SDX_F32) {
            t->mask[i] = sdx_f32(m) + first + at;
            continue;
        }
        float *to = t->masks + i * KEYS;
        const unsigned char *from = (const unsigned char *)m->data + first + at;
        t->mask[i] = to;
        for (int64_t n = 0; n < keys; n++)
            to[n] = from[n] ? 0 : -INFINITY;
    }
    p->fast->bias(t->scores, keys, p->width, t->mask);
}

/* Takes the scores off that a column does not see. */
static void hide(tile *t, int64_t at, int64_t keys)
{
    int64_t width = t->j->p->width;
    for (int64_t i = 0; i < t->count; i++) {
        int64_t lo = t->sees[i].lo - at, hi = t->sees[i].hi - at;
        for (int64_t n = 0; n < keys && n < lo; n++)
            t->scores[n * width + i] = -INFINITY;
        for (int64_t n = hi > 0 ? hi : 0; n < keys; n++)
            t->scores[n * width + i] = -INFINITY;
    }
}

/* Keys [at, at + keys), which lie in one tensor. */
static void some_keys(tile *t, int64_t at, int64_t keys)
{
    const attention_job *j = t->j;
    const attention_plan *p = j->p;
    int64_t first, wide = keys * p->width;
    const sdx_tensor *k = attention_row(p, j->k, &p->k, j->past_k, &p->past_k, t->b, t->head, at,
                                        &first);
    product(p, keys, p->D, sdx_f32(k) + first, at < p->P ? p->past_k.step : p->k.step, 1, t->query,
            t->scores, false);
    if (p->softcap > 0) {
        p->tanh(t->scores, t->scores, NULL, (size_t)wide, NULL);
        for (int64_t i = 0; i < wide; i++)
            t->scores[i] *= (float)p->softcap;
    }
    if (j->mask)
        add_mask(t, at, keys);
    hide(t, at, keys);
    p->fast->weigh(t->scores, keys, p->width, t->top, t->sum, t->factor);
    p->fast->scale(t->out, p->DV, p->width, t->factor);
    const sdx_tensor *v = attention_row(p, j->v, &p->v, j->past_v, &p->past_v, t->b, t->head, at,
                                        &first);
    product(p, p->DV, keys, sdx_f32(v) + first, 1, at < p->P ? p->past_v.step : p->v.step,
            t->scores, t->out, true);
}

static void store(const tile *t)
{
    const attention_plan *p = t->j->p;
    for (int64_t i = 0; i < t->count; i++) {
        float *y = sdx_f32_out(t->j->y) + t->b * p->y.batch + head_of(t, i) * p->y.head +
                   step_of(t, i) * p->y.step;
        for (int64_t d = 0; d < p->DV; d++) /* where no key was seen the result is 0 */
            y[d] = t->sum[i] == 0 ? 0 : t->out[d * p->width + i] / t->sum[i];
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
        attention_range all = load_queries(&t);
        for (int64_t i = 0; i < p->DV * p->width; i++)
            t.out[i] = 0;
        for (int64_t at = all.lo; at < all.hi;) {
            int64_t to = at + KEYS < all.hi ? at + KEYS : all.hi;
            if (at < p->P && to > p->P) /* past keys end here */
                to = p->P;
            some_keys(&t, at, to - at);
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
