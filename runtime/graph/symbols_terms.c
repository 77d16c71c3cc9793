/* graph/symbols_terms.c - sums, products and quotients of lists of terms, their bounds and
 * common factors. */
#include "base/size.h"
#include "graph/symbols_parts.h"

enum {
    MAX_TERMS = 512,       /* of an expression */
    WORK_TERMS = 2 * 1024, /* of all expressions being computed at one time */
};

/* Sorts by degree, highest first, then by atoms: an order that multiplication keeps, as division
 * needs. */
static int compare(const sdx_term *a, const sdx_term *b)
{
    if (a->n != b->n)
        return a->n > b->n ? -1 : 1;
    for (uint32_t i = 0; i < a->n; i++)
        if (a->atom[i] != b->atom[i])
            return a->atom[i] < b->atom[i] ? -1 : 1;
    return 0;
}

static bool times(sdx_term *out, const sdx_term *a, const sdx_term *b)
{
    sdx_term t = { 0 };
    if (a->n + b->n > SDX_MAX_DEGREE || !sdx_i64_mul(&t.factor, a->factor, b->factor))
        return false;
    for (uint32_t i = 0, j = 0; i < a->n || j < b->n;)
        t.atom[t.n++] = j == b->n || (i < a->n && a->atom[i] <= b->atom[j]) ? a->atom[i++]
                                                                            : b->atom[j++];
    *out = t;
    return true;
}

/* out = a / b where that is a term with a whole factor. */
static bool divided(sdx_term *out, const sdx_term *a, const sdx_term *b)
{
    sdx_term t = { 0 };
    if (a->n < b->n || b->factor == 0 || (a->factor == INT64_MIN && b->factor == -1) ||
        a->factor % b->factor != 0)
        return false;
    t.factor = a->factor / b->factor;
    uint32_t j = 0;
    for (uint32_t i = 0; i < a->n; i++) {
        if (j < b->n && a->atom[i] == b->atom[j])
            j++;
        else
            t.atom[t.n++] = a->atom[i];
    }
    *out = t;
    return j == b->n;
}

/* ---- lists ---- */

bool sdx_work_push(sdx_symbols *s, const sdx_term *t)
{
    if (s->work_used == WORK_TERMS)
        return false;
    if (t->factor != 0)
        s->work[s->work_used++] = *t;
    return true;
}

bool sdx_work_begin(sdx_symbols *s)
{
    if (!s->work)
        s->work = sdx_arena_array(s->arena, WORK_TERMS, sizeof *s->work);
    s->failed |= !s->work;
    return s->work != NULL;
}

/* out = a + b * t */
bool sdx_terms_add_times(sdx_symbols *s, sdx_terms *out, sdx_terms a, sdx_terms b,
                         const sdx_term *t)
{
    uint32_t start = s->work_used;
    for (uint32_t i = 0, j = 0; i < a.n || j < b.n;) {
        sdx_term x, y;
        if (j < b.n && !times(&y, &b.term[j], t))
            return false;
        int order = i == a.n ? 1 : j == b.n ? -1 : compare(&a.term[i], &y);
        if (order < 0) {
            x = a.term[i++];
        } else if (order > 0) {
            x = y;
            j++;
        } else {
            x = y;
            if (!sdx_i64_add(&x.factor, a.term[i].factor, y.factor))
                return false;
            i++;
            j++;
        }
        if (!sdx_work_push(s, &x))
            return false;
    }
    *out = (sdx_terms){ s->work_used - start, s->work + start };
    return out->n <= MAX_TERMS;
}

bool sdx_terms_multiply(sdx_symbols *s, sdx_terms *out, sdx_terms a, sdx_terms b)
{
    sdx_terms sum = { 0, NULL };
    for (uint32_t i = 0; i < b.n; i++)
        if (!sdx_terms_add_times(s, &sum, sum, a, &b.term[i]))
            return false;
    *out = sum;
    return true;
}

/* q = a / b if b times some expression is a. */
bool sdx_terms_divide(sdx_symbols *s, sdx_terms *q, sdx_terms a, sdx_terms b)
{
    sdx_terms quotient = { 0, NULL };
    sdx_term one = sdx_term_number(1);
    for (int steps = 0; a.n; steps++) {
        sdx_term t, minus;
        if (steps == MAX_TERMS || !divided(&t, &a.term[0], &b.term[0]))
            return false;
        minus = t;
        sdx_terms single = { 1, &t };
        if (!sdx_i64_sub(&minus.factor, 0, t.factor) || !sdx_terms_add_times(s, &a, a, b, &minus) ||
            !sdx_terms_add_times(s, &quotient, quotient, single, &one))
            return false;
    }
    *q = quotient;
    return true;
}

/* The terms of a dim; `number` is the room for one that is a number. */
sdx_terms sdx_terms_of(const sdx_symbols *s, sdx_dim d, sdx_term *number)
{
    if (!sdx_is_num(d))
        return s->kept[d.sym].list;
    *number = sdx_term_number(d.n);
    return (sdx_terms){ d.n != 0, number };
}

/* ---- ranges ---- */

static int64_t add_bound(int64_t a, int64_t b, int64_t none)
{
    int64_t sum;
    if (a == none || b == none || !sdx_i64_add(&sum, a, b))
        return none;
    return sum;
}

/* Products of bounds, with no bound as infinity. */
static int64_t mul_bound(int64_t a, int64_t b)
{
    int64_t product;
    if (a == 0 || b == 0)
        return 0;
    bool infinite = a == INT64_MIN || a == INT64_MAX || b == INT64_MIN || b == INT64_MAX;
    if (infinite || !sdx_i64_mul(&product, a, b))
        return (a < 0) == (b < 0) ? INT64_MAX : INT64_MIN;
    return product;
}

static void mul_range(int64_t *least, int64_t *most, int64_t a, int64_t b)
{
    int64_t corner[4] = { mul_bound(*least, a), mul_bound(*least, b), mul_bound(*most, a),
                          mul_bound(*most, b) };
    *least = *most = corner[0];
    for (int i = 1; i < 4; i++) {
        *least = corner[i] < *least ? corner[i] : *least;
        *most = corner[i] > *most ? corner[i] : *most;
    }
}

void sdx_terms_range(const sdx_symbols *s, sdx_terms a, int64_t *least, int64_t *most)
{
    *least = *most = 0;
    for (uint32_t i = 0; i < a.n; i++) {
        int64_t lo = a.term[i].factor, hi = lo;
        for (uint32_t j = 0; j < a.term[i].n; j++)
            mul_range(&lo, &hi, s->atom[a.term[i].atom[j]].least, s->atom[a.term[i].atom[j]].most);
        *least = add_bound(*least, lo, INT64_MIN);
        *most = add_bound(*most, hi, INT64_MAX);
    }
}

void sdx_symbols_bounds(const sdx_symbols *s, sdx_dim d, int64_t *least, int64_t *most)
{
    sdx_term number;
    *least = INT64_MIN;
    *most = INT64_MAX;
    if (!sdx_is_unknown(d))
        sdx_terms_range(s, sdx_terms_of(s, d, &number), least, most);
}

/* ---- factors ---- */

static int64_t gcd(int64_t a, int64_t b) /* >= 0; of INT64_MIN: 1 */
{
    if (a == INT64_MIN || b == INT64_MIN)
        return 1;
    a = a < 0 ? -a : a;
    b = b < 0 ? -b : b;
    while (b) {
        int64_t r = a % b;
        a = b;
        b = r;
    }
    return a;
}

/* The greatest divisor of all factors of terms with atoms. */
int64_t sdx_terms_common_factor(sdx_terms a, int64_t with)
{
    int64_t g = with;
    for (uint32_t i = 0; i < sdx_terms_with_atoms(a); i++)
        g = gcd(g, a.term[i].factor);
    return g;
}
