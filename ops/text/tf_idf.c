/* ops/text/tf_idf.c - TfIdfVectorizer: counts n-grams of a pool.
 *
 * prepare puts the pool into a table by hash; a run looks up each n-gram of each row: for every
 * skip distance, every start and every length.  One-grams do not depend on the distance and count
 * once.  Source: ONNX Operators.md, TfIdfVectorizer-9. */
#include <inttypes.h>
#include <string.h>
#include "sdx/op.h"

static const sdx_schema schema[] = {
    { 9, "X:T -> Y:T1",
      "mode:string! ngram_indexes:ints! weights:floats ngram_counts:ints! "
      "pool_int64s:ints pool_strings:strings max_skip_count:int! min_gram_length:int! "
      "max_gram_length:int!",
      "T: i32 i64 str; T1: f32" },
    { 0 },
};

/* Items of the pool, which is of strings or else of integers. */
static int pool_size(const sdx_node *n, bool *text)
{
    int strings, ints;
    const sdx_string *s = sdx_attr_strings(n, "pool_strings", &strings);
    sdx_attr_ints(n, "pool_int64s", &ints);
    *text = s && strings > 0;
    return *text ? strings : ints;
}

/* Is the pool of the input's type, and cut by ngram_counts into the n-grams of ngram_indexes? */
static bool check_pool(const sdx_node *n, sdx_infer *c)
{
    bool text;
    int items = pool_size(n, &text), lengths, indexes;
    const int64_t *start = sdx_attr_ints(n, "ngram_counts", &lengths);
    int64_t grams = 0;
    sdx_attr_ints(n, "ngram_indexes", &indexes);
    if (sdx_in_dtype(n, 0) != SDX_UNDEFINED && (sdx_in_dtype(n, 0) == SDX_STR) != text) {
        sdx_refuse(c, "tfidf-pool", "the pool is of %s, the input is not",
                   text ? "strings" : "integers");
        sdx_point(c, 0, -1);
        sdx_hint(c, "give pool_strings for strings, pool_int64s for integers");
        return false;
    }
    for (int l = 0; l < lengths; l++) {
        int64_t end = l + 1 < lengths ? start[l + 1] : items;
        if (start[l] < 0 || end < start[l] || end > items || (end - start[l]) % (l + 1) != 0) {
            sdx_refuse(c, "tfidf-pool",
                       "the n-grams of %d item%s are to be those from %" PRId64
                       " (ngram_counts[%d]) "
                       "to %" PRId64 " of a pool of %d",
                       l + 1, l ? "s" : "", start[l], l, end, items);
            if (items == 0)
                sdx_hint(c, "give the n-grams in pool_strings or pool_int64s");
            sdx_hint(c, "ngram_counts is where the n-grams of 1, 2, ... items begin in the pool: "
                        "it ascends, and each part holds whole n-grams");
            return false;
        }
        grams += (end - start[l]) / (l + 1);
    }
    if (grams <= indexes)
        return true;
    sdx_refuse(c, "tfidf-pool", "the pool has %" PRId64 " n-grams, ngram_indexes %d entr%s", grams,
               indexes, indexes == 1 ? "y" : "ies");
    sdx_hint(c, "there is one index for each n-gram of the pool");
    return false;
}

static void infer(const sdx_node *n, sdx_infer *c)
{
    sdx_dims x = sdx_in_dims(n, 0);
    int count, starts, weights;
    const int64_t *index = sdx_attr_ints(n, "ngram_indexes", &count);
    int64_t most = -1;
    sdx_attr_floats(n, "weights", &weights);
    sdx_attr_ints(n, "ngram_counts", &starts);
    for (int k = 0; k < count; k++) {
        most = index[k] > most ? index[k] : most;
        if (index[k] < 0 || index[k] == INT64_MAX) {
            sdx_refuse(c, "tfidf-pool", "ngram_indexes[%d] is %" PRId64, k, index[k]);
            sdx_hint(c, "it is the place in the output where that n-gram is counted: 0 or more");
            return;
        }
    }
    int64_t longest = sdx_attr_int(n, "max_gram_length");
    if (longest > starts) {
        sdx_refuse(c, "tfidf-pool", "max_gram_length is %" PRId64 ", ngram_counts has %d entr%s",
                   longest, starts, starts == 1 ? "y" : "ies");
        sdx_hint(c, "ngram_counts has an entry for each length: max_gram_length is at most %d",
                 starts);
        return;
    }
    if (sdx_has_attr(n, "weights") && weights != count) {
        sdx_refuse(c, "tfidf-pool", "%d weight%s for %d n-grams", weights, weights == 1 ? "" : "s",
                   count);
        sdx_hint(c, "give one weight for each entry of ngram_indexes, or none");
        return;
    }
    if (!check_pool(n, c) || !sdx_check_rank(c, 0, 0, 2) || x.rank < 0)
        return;
    sdx_dim y[2] = { x.rank == 2 ? x.dim[0] : sdx_num(most + 1), sdx_num(most + 1) };
    sdx_set_out_dims(c, 0, x.rank == 2 ? 2 : 1, y);
}

/* An n-gram of the pool: its first item, its length. */
typedef struct gram {
    int64_t first, length;
} gram;

typedef struct plan {
    const int64_t *ints;
    const sdx_string *strings;
    int64_t grams, slots; /* slots: a power of two */
    gram *gram;
    int32_t *slot; /* n-gram at each slot, -1: none */
    int64_t width; /* of the output */
} plan;

static uint64_t mix(uint64_t hash, uint64_t v)
{
    hash = (hash ^ v) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 29;
}

static uint64_t hash_text(sdx_string s)
{
    uint64_t h = s.length;
    for (size_t i = 0; i < s.length; i++)
        h = mix(h, (unsigned char)s.text[i]);
    return h;
}

static bool same_text(sdx_string a, sdx_string b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.text, b.text, a.length) == 0);
}

static uint64_t hash_pool(const plan *p, gram g)
{
    uint64_t h = (uint64_t)g.length;
    for (int64_t k = 0; k < g.length; k++)
        h = mix(h,
                p->strings ? hash_text(p->strings[g.first + k]) : (uint64_t)p->ints[g.first + k]);
    return h;
}

static bool same_grams(const plan *p, gram a, gram b)
{
    bool same = a.length == b.length;
    for (int64_t k = 0; same && k < a.length; k++)
        same = p->strings ? same_text(p->strings[a.first + k], p->strings[b.first + k])
                          : p->ints[a.first + k] == p->ints[b.first + k];
    return same;
}

static sdx_status prepare(const sdx_node *n, sdx_prepare *c, void **state)
{
    bool text;
    int lengths, indexes;
    const int64_t *start = sdx_attr_ints(n, "ngram_counts", &lengths),
                  *index = sdx_attr_ints(n, "ngram_indexes", &indexes);
    plan *p = sdx_keep(c, sizeof *p);
    if (!p)
        return SDX_E_MEMORY;
    int items = pool_size(n, &text), unused;
    p->strings = text ? sdx_attr_strings(n, "pool_strings", &unused) : NULL;
    p->ints = sdx_attr_ints(n, "pool_int64s", &unused);
    p->grams = indexes;
    for (p->slots = 64; p->slots < 2 * (int64_t)indexes;)
        p->slots *= 2;
    p->gram = sdx_keep(c, (size_t)(indexes + 1) * sizeof *p->gram);
    p->slot = sdx_keep(c, (size_t)p->slots * sizeof *p->slot);
    if (!p->gram || !p->slot)
        return SDX_E_MEMORY;
    memset(p->slot, -1, (size_t)p->slots * sizeof *p->slot);
    int64_t at = 0;
    for (int l = 0; l < lengths; l++) {
        int64_t end = l + 1 < lengths ? start[l + 1] : items;
        for (int64_t first = start[l]; first < end; first += l + 1) {
            p->width = index[at] >= p->width ? index[at] + 1 : p->width;
            gram g = p->gram[at] = (gram){ first, l + 1 };
            int64_t s = (int64_t)(hash_pool(p, g) & (uint64_t)(p->slots - 1));
            while (p->slot[s] >= 0 && !same_grams(p, p->gram[p->slot[s]], g))
                s = (s + 1) & (p->slots - 1);
            p->slot[s] = (int32_t)at++;
        }
    }
    for (; at < indexes; at++)
        p->width = index[at] >= p->width ? index[at] + 1 : p->width;
    sdx_want_scratch(c, (size_t)(p->width + 1) * sizeof(double), 0);
    *state = p;
    return SDX_OK;
}

/* The n-gram of the pool that stands in x at `first`, its items `step` apart; -1: none. */
static int32_t find(const plan *p, const sdx_tensor *x, int64_t first, int64_t step, int64_t length)
{
    uint64_t h = (uint64_t)length;
    int64_t v = 0;
    for (int64_t k = 0; k < length; k++) {
        if (!p->strings)
            sdx_load_i64(&v, x, first + k * step, 1, 1);
        h = mix(h, p->strings ? hash_text(sdx_get_string(x, first + k * step)) : (uint64_t)v);
    }
    for (int64_t s = (int64_t)(h & (uint64_t)(p->slots - 1)); p->slot[s] >= 0;
         s = (s + 1) & (p->slots - 1)) {
        gram g = p->gram[p->slot[s]];
        bool same = g.length == length;
        for (int64_t k = 0; same && k < length; k++) {
            if (!p->strings)
                sdx_load_i64(&v, x, first + k * step, 1, 1);
            same = p->strings
                       ? same_text(p->strings[g.first + k], sdx_get_string(x, first + k * step))
                       : p->ints[g.first + k] == v;
        }
        if (same)
            return p->slot[s];
    }
    return -1;
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    const plan *p = state;
    const sdx_tensor *x = sdx_in(c, 0);
    sdx_tensor *y = sdx_out(c, 0);
    int count, weights;
    const int64_t *index = sdx_attr_ints(n, "ngram_indexes", &count);
    const float *weight = sdx_has_attr(n, "weights") ? sdx_attr_floats(n, "weights", &weights)
                                                     : NULL;
    int64_t rows = x->shape.rank == 2 ? x->shape.dim[0] : 1,
            length = rows ? sdx_elements(x) / rows : 0;
    int64_t least = sdx_attr_int(n, "min_gram_length"),
            longest = sdx_attr_int(n, "max_gram_length");
    double *out = sdx_scratch(c);
    for (int64_t r = 0; r < rows; r++) {
        for (int64_t k = 0; k < p->width; k++)
            out[k] = 0;
        for (int64_t step = 1;
             step - 1 <= sdx_attr_int(n, "max_skip_count") && step <= (length > 1 ? length : 1);
             step++)
            for (int64_t l = least; l <= longest; l++)
                for (int64_t i = 0; i + (l - 1) * step < length && (l > 1 || step == 1); i++) {
                    int32_t g = find(p, x, r * length + i, step, l);
                    if (g < 0)
                        continue;
                    double w = weight ? (double)weight[g] : 1, *to = &out[index[g]];
                    *to = sdx_attr_is(n, "mode", "TF")    ? *to + 1
                          : sdx_attr_is(n, "mode", "IDF") ? w
                                                          : *to + w;
                }
        sdx_store_f64(y, r * p->width, 1, p->width, out);
        SDX_TRY(sdx_poll(c));
    }
    return SDX_OK;
}

static const sdx_op ops[] = {
    { SDX_OP(TfIdfVectorizer), .schema = schema,
      .limits =
          "mode:TF|IDF|TFIDF max_skip_count:[0,) min_gram_length:[1,max_gram_length] max_gram_length:[1,)",
      .traits = SDX_PURE, .infer = infer, .prepare = prepare, .run = run },
    { 0 },
};
const sdx_family sdx_family_text_tf_idf = { ops, 0 };
