/* graph/symbols.c - expressions over symbols in one normal form, and what has been found equal.
 *
 * An expression is a list of terms, a term a factor times a product of atoms; the constant is the term without atoms.
 * Terms are sorted by degree and then by atoms, so that equal formulas are equal bytes: they are kept once, and a dim
 * is the place of its list.  Atoms are symbols, floor-divisions, minima and maxima; a remainder is a - b*floor(a/b).
 *
 * An equation binds one atom to the rest of it: a symbol rather than a division, a young one rather than an old one,
 * so that what the inputs are called is what is shown.  Lists are never changed; resolving a dim replaces what is bound.
 *
 * A model may ask for anything, so all is bounded: what grows past a bound is unknown, which is always true. */
#include "graph/symbols.h"

#include "base/size.h"
#include <inttypes.h>
#include <string.h>

enum {
    MAX_DEGREE = 12,       /* atoms of a term */
    MAX_TERMS = 512,       /* of an expression */
    MAX_DEPTH = 24,        /* of divisions within divisions */
    MAX_CHAIN = 120,       /* of bindings followed in one go */
    MAX_LISTS = 1 << 20,   /* expressions and atoms in all */
    WORK_TERMS = 2 * 1024, /* of all expressions being computed at one time */
};
static const uint64_t MAX_WORK = UINT64_C(1)
                                 << 28; /* steps of resolving, then everything stands for itself */

typedef struct term {
    int64_t factor;
    uint32_t
        n; /* atoms: sorted, repeated for powers; the rest is zero, as terms are compared as bytes */
    uint32_t atom[MAX_DEGREE + 1];
} term;

typedef struct list { /* an expression */
    uint32_t n;
    const term *term;
} list;

typedef struct kept { /* an interned one */
    list list;
    uint32_t epoch; /* when `resolved` was found */
    int depth;
    sdx_dim resolved;
} kept;

typedef enum atom_kind { SYMBOL, QUOTIENT, LEAST, MOST } atom_kind;

typedef struct atom {
    atom_kind kind;
    const char *name;    /* of a symbol */
    sdx_dim a, b;        /* operands of the others */
    int64_t least, most; /* bounds */
    bool from_data;      /* a symbol that the file has no name for */
    bool is_bound;
    sdx_dim bound; /* what it is equal to */
    sdx_dim self;  /* as an expression */
    int depth;
    uint32_t stamp;
} atom;

struct sdx_symbols {
    sdx_arena *arena;
    sdx_table lists, names, data, atoms; /* terms, texts, keys, (kind, a, b) to places */
    kept *kept;                          /* from 1 */
    atom *atom;
    uint32_t n_kept, kept_room, n_atoms, atom_room;
    uint32_t *trail; /* atoms in the order in which they were bound */
    uint32_t n_trail, trail_room;
    uint32_t epoch, stamp;
    int chain;
    uint64_t work_done;
    term *work; /* expressions being computed: used as a stack */
    uint32_t work_used;
    bool failed;
};

sdx_symbols *sdx_symbols_new(sdx_arena *a)
{
    sdx_symbols *s = sdx_arena_alloc(a, sizeof *s);
    if (!s)
        return NULL;
    s->arena = a;
    s->epoch = 1;
    s->n_kept = 1;
    sdx_table_init(&s->lists, a);
    sdx_table_init(&s->names, a);
    sdx_table_init(&s->data, a);
    sdx_table_init(&s->atoms, a);
    return s;
}

bool sdx_symbols_failed(const sdx_symbols *s)
{
    return s->failed;
}

uint32_t sdx_symbols_epoch(const sdx_symbols *s)
{
    return s->epoch;
}

/* Room for one more in an array that doubles. */
static bool grow(sdx_symbols *s, void *array, uint32_t used, uint32_t *room, size_t size)
{
    if (used < *room)
        return true;
    uint32_t more = *room ? *room * 2 : 16;
    void *old, *grown;
    memcpy(&old, array, sizeof old);
    grown = sdx_arena_grow(s->arena, old, used < *room ? used : *room, more, size);
    if (!grown) {
        s->failed = true;
        return false;
    }
    memcpy(array, &grown, sizeof grown);
    *room = more;
    return true;
}

/* ---- terms ---- */

/* Sorts by degree, highest first, then by atoms: an order that multiplication keeps, as division needs. */
static int compare(const term *a, const term *b)
{
    if (a->n != b->n)
        return a->n > b->n ? -1 : 1;
    for (uint32_t i = 0; i < a->n; i++)
        if (a->atom[i] != b->atom[i])
            return a->atom[i] < b->atom[i] ? -1 : 1;
    return 0;
}

static bool times(term *out, const term *a, const term *b)
{
    term t = { 0 };
    if (a->n + b->n > MAX_DEGREE || !sdx_i64_mul(&t.factor, a->factor, b->factor))
        return false;
    for (uint32_t i = 0, j = 0; i < a->n || j < b->n;)
        t.atom[t.n++] = j == b->n || (i < a->n && a->atom[i] <= b->atom[j]) ? a->atom[i++]
                                                                            : b->atom[j++];
    *out = t;
    return true;
}

/* out = a / b where that is a term with a whole factor. */
static bool divided(term *out, const term *a, const term *b)
{
    term t = { 0 };
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

static term number_term(int64_t n)
{
    term t = { .factor = n };
    return t;
}

static int64_t constant_of(list a)
{
    return a.n && a.term[a.n - 1].n == 0 ? a.term[a.n - 1].factor : 0;
}

/* How many terms have atoms. */
static uint32_t variable_terms(list a)
{
    return a.n && a.term[a.n - 1].n == 0 ? a.n - 1 : a.n;
}

/* ---- lists ---- results lie on the work stack; false: too large */

static bool push(sdx_symbols *s, const term *t)
{
    if (s->work_used == WORK_TERMS)
        return false;
    if (t->factor != 0)
        s->work[s->work_used++] = *t;
    return true;
}

static bool begin(sdx_symbols *s)
{
    if (!s->work)
        s->work = sdx_arena_array(s->arena, WORK_TERMS, sizeof *s->work);
    s->failed |= !s->work;
    return s->work != NULL;
}

/* out = a + b * t */
static bool add_times(sdx_symbols *s, list *out, list a, list b, const term *t)
{
    uint32_t start = s->work_used;
    for (uint32_t i = 0, j = 0; i < a.n || j < b.n;) {
        term x, y;
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
        if (!push(s, &x))
            return false;
    }
    *out = (list){ s->work_used - start, s->work + start };
    return out->n <= MAX_TERMS;
}

static bool multiply(sdx_symbols *s, list *out, list a, list b)
{
    list sum = { 0, NULL };
    for (uint32_t i = 0; i < b.n; i++)
        if (!add_times(s, &sum, sum, a, &b.term[i]))
            return false;
    *out = sum;
    return true;
}

/* The terms of a dim; `number` is the room for one that is a number. */
static list list_of(const sdx_symbols *s, sdx_dim d, term *number)
{
    if (!sdx_is_num(d))
        return s->kept[d.sym].list;
    *number = number_term(d.n);
    return (list){ d.n != 0, number };
}

static int depth_of(const sdx_symbols *s, sdx_dim d)
{
    return sdx_is_num(d) ? 0 : s->kept[d.sym].depth;
}

/* The dim of a list, kept where new. */
static sdx_dim keep(sdx_symbols *s, list a)
{
    if (variable_terms(a) == 0)
        return sdx_num(constant_of(a));
    size_t bytes = a.n * sizeof *a.term;
    const sdx_word *found = sdx_table_find(&s->lists, (const char *)a.term, bytes);
    if (found) {
        sdx_dim d = { 0, (uint32_t)found->number };
        return d;
    }
    if (s->n_kept >= MAX_LISTS || !grow(s, &s->kept, s->n_kept, &s->kept_room, sizeof *s->kept))
        return sdx_unknown();
    const term *copy = sdx_arena_copy(s->arena, a.term, bytes);
    sdx_word *place = copy ? sdx_table_add(&s->lists, (const char *)copy, bytes, NULL) : NULL;
    if (!place) {
        s->failed = true;
        return sdx_unknown();
    }
    place->number = s->n_kept;
    int depth = 0;
    for (uint32_t i = 0; i < a.n; i++)
        for (uint32_t j = 0; j < copy[i].n; j++)
            if (s->atom[copy[i].atom[j]].depth > depth)
                depth = s->atom[copy[i].atom[j]].depth;
    sdx_dim d = { 0, s->n_kept++ };
    s->kept[d.sym] = (kept){ { a.n, copy }, 0, depth, d };
    return d;
}

/* ---- ranges ---- INT64_MIN and INT64_MAX stand for no bound */

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

static void range_of(const sdx_symbols *s, list a, int64_t *least, int64_t *most)
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

static void range_dim(const sdx_symbols *s, sdx_dim d, int64_t *least, int64_t *most)
{
    term number;
    *least = INT64_MIN;
    *most = INT64_MAX;
    if (!sdx_is_unknown(d))
        range_of(s, list_of(s, d, &number), least, most);
}

/* ---- numbers ---- */

static int64_t floor_div(int64_t a, int64_t b) /* b != 0, no overflow */
{
    int64_t q = a / b;
    return q - (a % b != 0 && (a < 0) != (b < 0));
}

static int64_t floor_mod(int64_t a, int64_t b)
{
    int64_t r = a % b;
    return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}

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
static int64_t common_factor(list a, int64_t with)
{
    int64_t g = with;
    for (uint32_t i = 0; i < variable_terms(a); i++)
        g = gcd(g, a.term[i].factor);
    return g;
}

/* ---- atoms ---- */

static uint32_t add_atom(sdx_symbols *s, atom a)
{
    if (s->n_atoms >= MAX_LISTS || !grow(s, &s->atom, s->n_atoms, &s->atom_room, sizeof *s->atom))
        return UINT32_MAX;
    uint32_t id = s->n_atoms++;
    s->atom[id] = a;
    term t = { .factor = 1, .n = 1, .atom = { id } };
    s->atom[id].self = keep(s, (list){ 1, &t });
    return id;
}

static sdx_dim atom_dim(const sdx_symbols *s, uint32_t id)
{
    return id == UINT32_MAX ? sdx_unknown() : s->atom[id].self;
}

sdx_dim sdx_symbol(sdx_symbols *s, const char *name)
{
    bool fresh;
    size_t length = strlen(name);
    const sdx_word *old = sdx_table_find(&s->names, name, length);
    if (old)
        return atom_dim(s, (uint32_t)old->number);
    const char *copy = sdx_arena_strndup(s->arena, name, length);
    sdx_word *place = copy ? sdx_table_add(&s->names, copy, length, &fresh) : NULL;
    if (!place) {
        s->failed = true;
        return sdx_unknown();
    }
    uint32_t id = add_atom(s, (atom){ .kind = SYMBOL, .name = copy, .most = INT64_MAX });
    place->number = id;
    return atom_dim(s, id);
}

sdx_dim sdx_symbol_data(sdx_symbols *s, uint64_t key, const char *name, sdx_dim at_most)
{
    bool fresh;
    sdx_word *place = sdx_table_add_number(&s->data, key, &fresh);
    if (!place) {
        s->failed = true;
        return sdx_unknown();
    }
    if (!fresh)
        return atom_dim(s, (uint32_t)place->number);
    const sdx_word *named = sdx_table_find(&s->names, name, strlen(name));
    if (named) { /* by whoever gave it a value before */
        place->number = named->number;
        return atom_dim(s, (uint32_t)named->number);
    }
    int64_t least, most;
    range_dim(s, sdx_symbols_resolve(s, at_most), &least, &most);
    const char *copy = sdx_arena_strdup(s->arena, name);
    atom a = { .kind = SYMBOL, .name = copy, .most = most < 0 ? 0 : most, .from_data = true };
    uint32_t id = copy ? add_atom(s, a) : UINT32_MAX;
    s->failed |= !copy;
    place->number = id;
    return atom_dim(s, id);
}

/* The atom of two operands, made where new. */
static sdx_dim compound(sdx_symbols *s, atom_kind kind, sdx_dim a, sdx_dim b, int64_t least,
                        int64_t most)
{
    struct {
        int64_t kind, an, as, bn, bs;
    } key = { kind, a.n, a.sym, b.n, b.sym };
    int depth = 1 + (depth_of(s, a) > depth_of(s, b) ? depth_of(s, a) : depth_of(s, b));
    const sdx_word *old = sdx_table_find(&s->atoms, (const char *)&key, sizeof key);
    if (old)
        return atom_dim(s, (uint32_t)old->number);
    if (depth > MAX_DEPTH)
        return sdx_unknown();
    const char *copy = sdx_arena_copy(s->arena, &key, sizeof key);
    sdx_word *place = copy ? sdx_table_add(&s->atoms, copy, sizeof key, NULL) : NULL;
    if (!place) {
        s->failed = true;
        return sdx_unknown();
    }
    uint32_t id = add_atom(
        s, (atom){ .kind = kind, .a = a, .b = b, .least = least, .most = most, .depth = depth });
    place->number = id;
    return atom_dim(s, id);
}

/* ---- arithmetic ---- on resolved operands; the work stack is the caller's to restore */

static sdx_dim combine(sdx_symbols *s, sdx_dim a, sdx_dim b, int64_t factor)
{
    term na, nb, t = number_term(factor);
    list sum;
    return add_times(s, &sum, list_of(s, a, &na), list_of(s, b, &nb), &t) ? keep(s, sum)
                                                                          : sdx_unknown();
}

static sdx_dim product(sdx_symbols *s, sdx_dim a, sdx_dim b)
{
    term na, nb;
    list out;
    return multiply(s, &out, list_of(s, a, &na), list_of(s, b, &nb)) ? keep(s, out) : sdx_unknown();
}

/* q = a / b if b times some expression is a. */
static bool divide_exactly(sdx_symbols *s, list *q, list a, list b)
{
    list quotient = { 0, NULL };
    term one = number_term(1);
    for (int steps = 0; a.n; steps++) {
        term t, minus;
        if (steps == MAX_TERMS || !divided(&t, &a.term[0], &b.term[0]))
            return false;
        minus = t;
        list single = { 1, &t };
        if (!sdx_i64_sub(&minus.factor, 0, t.factor) || !add_times(s, &a, a, b, &minus) ||
            !add_times(s, &quotient, quotient, single, &one))
            return false;
    }
    *q = quotient;
    return true;
}

static sdx_dim quotient(sdx_symbols *s, sdx_dim a, sdx_dim b);

/* floor(a / b) for a number b > 0: what divides goes out, what stays is reduced to 0 .. b-1 in every factor. */
static sdx_dim quotient_by(sdx_symbols *s, sdx_dim a, int64_t b)
{
    term number;
    list in = list_of(s, a, &number), whole, rest;
    uint32_t start = s->work_used;
    for (uint32_t i = 0; i < in.n; i++) {
        term t = in.term[i];
        t.factor = floor_div(t.factor, b);
        if (!push(s, &t))
            return sdx_unknown();
    }
    whole = (list){ s->work_used - start, s->work + start };
    start = s->work_used;
    for (uint32_t i = 0; i < in.n; i++) {
        term t = in.term[i];
        t.factor = floor_mod(t.factor, b);
        if (!push(s, &t))
            return sdx_unknown();
    }
    rest = (list){ s->work_used - start, s->work + start };
    sdx_dim out = keep(s, whole);
    int64_t least, most;
    range_of(s, rest, &least, &most);
    if (least >= 0 && most < b)
        return out;
    /* floor((g*r + k) / (g*b)) = floor((r + floor(k / g)) / b) */
    int64_t g = common_factor(rest, b);
    term *t = s->work + start;
    for (uint32_t i = 0; g > 1 && i < rest.n; i++)
        t[i].factor = floor_div(t[i].factor, g);
    if (rest.n && t[rest.n - 1].factor == 0)
        rest.n--;
    b /= g;
    /* floor((floor(x / m) + k) / b) = floor((x + k*m) / (m*b)) */
    const atom *inner = variable_terms(rest) == 1 && t[0].n == 1 && t[0].factor == 1
                            ? &s->atom[t[0].atom[0]]
                            : NULL;
    sdx_dim inside;
    if (inner && inner->kind == QUOTIENT && sdx_is_num(inner->b)) {
        int64_t m = inner->b.n, shift;
        if (!sdx_i64_mul(&shift, constant_of(rest), m) || !sdx_i64_mul(&m, m, b))
            return sdx_unknown();
        inside = quotient(s, combine(s, inner->a, sdx_num(shift), 1), sdx_num(m));
    } else {
        range_of(s, rest, &least, &most);
        inside = compound(s, QUOTIENT, keep(s, rest), sdx_num(b),
                          least == INT64_MIN ? least : floor_div(least, b),
                          most == INT64_MAX ? most : floor_div(most, b));
    }
    return sdx_is_unknown(inside) ? inside : combine(s, out, inside, 1);
}

static sdx_dim quotient(sdx_symbols *s, sdx_dim a, sdx_dim b)
{
    if (sdx_is_unknown(a) || sdx_is_unknown(b) || (sdx_is_num(b) && b.n == 0))
        return sdx_unknown();
    if (sdx_is_num(b)) {
        if (b.n > 0)
            return quotient_by(s, a, b.n);
        return b.n == INT64_MIN ? sdx_unknown()
                                : quotient_by(s, combine(s, sdx_num(0), a, -1), -b.n);
    }
    term na, nb;
    list q;
    if (divide_exactly(s, &q, list_of(s, a, &na), list_of(s, b, &nb)))
        return keep(s, q);
    int64_t least, most, least_b, most_b;
    range_dim(s, a, &least, &most);
    range_dim(s, b, &least_b, &most_b);
    if (least < 0 || least_b < 0) {
        least = INT64_MIN;
        most = INT64_MAX;
    } else {
        if (least_b > most && most != INT64_MAX)
            return sdx_num(0);
        least = 0;
    }
    return compound(s, QUOTIENT, a, b, least, most);
}

static sdx_dim extreme(sdx_symbols *s, atom_kind kind, sdx_dim a, sdx_dim b)
{
    int64_t least, most, la, ma, lb, mb;
    sdx_dim difference = combine(s, a, b, -1);
    range_dim(s, difference, &least, &most);
    if (least >= 0)
        return kind == MOST ? a : b;
    if (most <= 0)
        return kind == MOST ? b : a;
    if (sdx_is_num(a) ||
        (!sdx_is_num(b) && b.sym < a.sym)) { /* min(a, b) is min(b, a): one order */
        sdx_dim swap = a;
        a = b;
        b = swap;
    }
    range_dim(s, a, &la, &ma);
    range_dim(s, b, &lb, &mb);
    if (kind == MOST)
        return compound(s, kind, a, b, la > lb ? la : lb, ma > mb ? ma : mb);
    return compound(s, kind, a, b, la < lb ? la : lb, ma < mb ? ma : mb);
}

/* ---- resolving ---- */

static sdx_dim resolve(sdx_symbols *s, sdx_dim d);

static sdx_dim resolve_atom(sdx_symbols *s, uint32_t id)
{
    atom a = s->atom[id];
    if (a.is_bound)
        return resolve(s, a.bound);
    if (a.kind == SYMBOL)
        return a.self;
    sdx_dim x = resolve(s, a.a), y = resolve(s, a.b);
    if ((x.sym == a.a.sym && x.n == a.a.n && y.sym == a.b.sym && y.n == a.b.n) ||
        sdx_is_unknown(x) || sdx_is_unknown(y))
        return a.self;
    sdx_dim made = a.kind == QUOTIENT ? quotient(s, x, y) : extreme(s, a.kind, x, y);
    return sdx_is_unknown(made) ? a.self : resolve(s, made);
}

/* The list with every atom replaced by what it stands for. */
static bool rebuild(sdx_symbols *s, list *out, list in)
{
    list sum = { 0, NULL };
    term one = number_term(1);
    for (uint32_t i = 0; i < in.n; i++) {
        term factor = number_term(in.term[i].factor);
        list product_list = { 1, &factor };
        for (uint32_t j = 0; j < in.term[i].n; j++) {
            term number;
            sdx_dim d = resolve_atom(s, in.term[i].atom[j]);
            if (sdx_is_unknown(d) ||
                !multiply(s, &product_list, product_list, list_of(s, d, &number)))
                return false;
        }
        if (!add_times(s, &sum, sum, product_list, &one))
            return false;
    }
    *out = sum;
    return true;
}

/* What d stands for; d itself where that cannot be had. */
static sdx_dim resolve(sdx_symbols *s, sdx_dim d)
{
    if (sdx_is_num(d) || sdx_is_unknown(d) || !s->n_trail)
        return d;
    if (s->kept[d.sym].epoch == s->epoch)
        return s->kept[d.sym].resolved;
    if (s->chain >= MAX_CHAIN || s->work_done >= MAX_WORK)
        return d;
    list in = s->kept[d.sym].list, out;
    s->kept[d.sym].epoch = s->epoch; /* met again within itself, it stands for itself */
    s->kept[d.sym].resolved = d;
    uint32_t work = s->work_used;
    s->chain++;
    s->work_done += in.n;
    sdx_dim r = rebuild(s, &out, in) ? keep(s, out) : d;
    s->chain--;
    s->work_used = work;
    if (sdx_is_unknown(r))
        r = d;
    s->kept[d.sym].resolved = r;
    return r;
}

sdx_dim sdx_symbols_resolve(sdx_symbols *s, sdx_dim d)
{
    if (sdx_is_num(d) || sdx_is_unknown(d) || !s->n_trail || !begin(s))
        return d;
    return resolve(s, d);
}

/* ---- the public arithmetic ---- */

typedef sdx_dim operation(sdx_symbols *s, sdx_dim a, sdx_dim b);

static sdx_dim apply(sdx_symbols *s, operation *f, sdx_dim a, sdx_dim b)
{
    if (sdx_is_unknown(a) || sdx_is_unknown(b) || !begin(s))
        return sdx_unknown();
    uint32_t work = s->work_used;
    sdx_dim r = f(s, resolve(s, a), resolve(s, b));
    s->work_used = work;
    return r;
}

static sdx_dim sum_of(sdx_symbols *s, sdx_dim a, sdx_dim b)
{
    return combine(s, a, b, 1);
}

static sdx_dim difference_of(sdx_symbols *s, sdx_dim a, sdx_dim b)
{
    return combine(s, a, b, -1);
}

static sdx_dim least_of(sdx_symbols *s, sdx_dim a, sdx_dim b)
{
    return extreme(s, LEAST, a, b);
}

static sdx_dim most_of(sdx_symbols *s, sdx_dim a, sdx_dim b)
{
    return extreme(s, MOST, a, b);
}

static sdx_dim remainder_of(sdx_symbols *s, sdx_dim a, sdx_dim b)
{
    sdx_dim q = quotient(s, a, b);
    sdx_dim back = sdx_is_unknown(q) ? q : product(s, q, b);
    return sdx_is_unknown(back) ? back : combine(s, a, back, -1);
}

sdx_dim sdx_symbols_add(sdx_symbols *s, sdx_dim a, sdx_dim b)
{
    int64_t n;
    if (sdx_is_num(a) && sdx_is_num(b))
        return sdx_i64_add(&n, a.n, b.n) ? sdx_num(n) : sdx_unknown();
    return apply(s, sum_of, a, b);
}

sdx_dim sdx_symbols_sub(sdx_symbols *s, sdx_dim a, sdx_dim b)
{
    int64_t n;
    if (sdx_is_num(a) && sdx_is_num(b))
        return sdx_i64_sub(&n, a.n, b.n) ? sdx_num(n) : sdx_unknown();
    return apply(s, difference_of, a, b);
}

sdx_dim sdx_symbols_mul(sdx_symbols *s, sdx_dim a, sdx_dim b)
{
    int64_t n;
    if (sdx_is_num(a) && sdx_is_num(b))
        return sdx_i64_mul(&n, a.n, b.n) ? sdx_num(n) : sdx_unknown();
    if ((sdx_is_num(a) && a.n == 0) || (sdx_is_num(b) && b.n == 0))
        return sdx_num(0); /* unknown times nothing, too */
    return apply(s, product, a, b);
}

sdx_dim sdx_symbols_div(sdx_symbols *s, sdx_dim a, sdx_dim b)
{
    if (sdx_is_num(a) && sdx_is_num(b))
        return b.n == 0 || (a.n == INT64_MIN && b.n == -1) ? sdx_unknown()
                                                           : sdx_num(floor_div(a.n, b.n));
    return apply(s, quotient, a, b);
}

sdx_dim sdx_symbols_mod(sdx_symbols *s, sdx_dim a, sdx_dim b)
{
    if (sdx_is_num(a) && sdx_is_num(b))
        return b.n == 0 ? sdx_unknown() : sdx_num(b.n == -1 ? 0 : floor_mod(a.n, b.n));
    return apply(s, remainder_of, a, b);
}

sdx_dim sdx_symbols_min(sdx_symbols *s, sdx_dim a, sdx_dim b)
{
    if (sdx_is_num(a) && sdx_is_num(b))
        return a.n < b.n ? a : b;
    return apply(s, least_of, a, b);
}

sdx_dim sdx_symbols_max(sdx_symbols *s, sdx_dim a, sdx_dim b)
{
    if (sdx_is_num(a) && sdx_is_num(b))
        return a.n > b.n ? a : b;
    return apply(s, most_of, a, b);
}

/* ---- equations ---- */

/* Does the atom occur in d, also within divisions?  Each atom is looked at once a stamp. */
static bool occurs_in(sdx_symbols *s, uint32_t id, sdx_dim d)
{
    if (sdx_is_num(d) || sdx_is_unknown(d))
        return false;
    list in = s->kept[d.sym].list;
    for (uint32_t i = 0; i < in.n; i++)
        for (uint32_t j = 0; j < in.term[i].n; j++) {
            atom *a = &s->atom[in.term[i].atom[j]];
            if (in.term[i].atom[j] == id)
                return true;
            if (a->stamp == s->stamp || a->kind == SYMBOL)
                continue;
            a->stamp = s->stamp;
            if (occurs_in(s, id, a->a) || occurs_in(s, id, a->b))
                return true;
        }
    return false;
}

/* How gladly an atom is bound: sizes that depend on data before named ones, those before divisions; young before old. */
static int64_t willing(const sdx_symbols *s, uint32_t id)
{
    const atom *a = &s->atom[id];
    int64_t rank = a->kind != SYMBOL ? 0 : a->from_data ? 2 : 1;
    return rank * (INT64_C(1) << 32) + id;
}

static bool bind(sdx_symbols *s, uint32_t id, sdx_dim to)
{
    int64_t least, most;
    range_dim(s, to, &least, &most);
    if (most < s->atom[id].least || least > s->atom[id].most)
        return false;
    if (!grow(s, &s->trail, s->n_trail, &s->trail_room, sizeof *s->trail))
        return true;
    s->trail[s->n_trail++] = id;
    s->atom[id].is_bound = true;
    s->atom[id].bound = to;
    s->epoch++;
    return true;
}

/* States that the list is zero.  false: it cannot be. */
static bool make_zero(sdx_symbols *s, list zero)
{
    int64_t g = common_factor(zero, 0), k = constant_of(zero), least, most;
    if (variable_terms(zero) == 0)
        return k == 0;
    if (g > 1 && k % g != 0)
        return false;
    range_of(s, zero, &least, &most);
    if (least > 0 || most < 0)
        return false;
    int64_t best = -1;
    uint32_t best_term = 0;
    for (uint32_t i = 0; i < variable_terms(zero); i++) {
        const term *t = &zero.term[i];
        if (t->n != 1 || (t->factor != g && t->factor != -g) || willing(s, t->atom[0]) <= best)
            continue;
        bool elsewhere = false;
        for (uint32_t j = 0; j < variable_terms(zero) && !elsewhere; j++)
            for (uint32_t l = 0; l < zero.term[j].n && j != i && !elsewhere; l++) {
                const atom *other = &s->atom[zero.term[j].atom[l]];
                s->stamp++;
                elsewhere = zero.term[j].atom[l] == t->atom[0] ||
                            occurs_in(s, t->atom[0], other->self);
            }
        if (elsewhere)
            continue;
        best = willing(s, t->atom[0]);
        best_term = i;
    }
    if (best < 0)
        return true; /* true as far as we can tell; nothing to remember it by */
    uint32_t id = zero.term[best_term].atom[0];
    int64_t by = zero.term[best_term].factor > 0 ? -g : g;
    uint32_t start = s->work_used;
    for (uint32_t i = 0; i < zero.n; i++) {
        term t = zero.term[i];
        t.factor /= by;
        if (i != best_term && !push(s, &t))
            return true;
    }
    sdx_dim rest = keep(s, (list){ s->work_used - start, s->work + start });
    return sdx_is_unknown(rest) || bind(s, id, rest);
}

bool sdx_symbols_equal(sdx_symbols *s, sdx_dim a, sdx_dim b)
{
    if (sdx_is_unknown(a) || sdx_is_unknown(b))
        return true;
    if (sdx_is_num(a) && sdx_is_num(b))
        return a.n == b.n;
    if (!begin(s))
        return true;
    a = resolve(s, a);
    b = resolve(s, b);
    if (a.sym == b.sym && a.n == b.n)
        return true;
    uint32_t work = s->work_used;
    term na, nb, minus = number_term(-1);
    list zero;
    bool holds = !add_times(s, &zero, list_of(s, a, &na), list_of(s, b, &nb), &minus) ||
                 make_zero(s, zero);
    s->work_used = work;
    return holds;
}

sdx_answer sdx_symbols_same(sdx_symbols *s, sdx_dim a, sdx_dim b)
{
    if (sdx_is_unknown(a) || sdx_is_unknown(b))
        return SDX_MAYBE;
    sdx_dim d = sdx_symbols_sub(s, a, b);
    if (sdx_is_unknown(d))
        return SDX_MAYBE;
    if (sdx_is_num(d))
        return d.n == 0 ? SDX_YES : SDX_NO;
    list zero = s->kept[d.sym].list;
    int64_t g = common_factor(zero, 0), least, most;
    range_of(s, zero, &least, &most);
    return (g > 1 && constant_of(zero) % g != 0) || least > 0 || most < 0 ? SDX_NO : SDX_MAYBE;
}

sdx_answer sdx_symbols_divides(sdx_symbols *s, int64_t k, sdx_dim d)
{
    d = sdx_symbols_resolve(s, d);
    if (sdx_is_unknown(d) || k == INT64_MIN)
        return SDX_MAYBE;
    if (k == 0)
        return sdx_is_num(d) && d.n == 0 ? SDX_YES : SDX_NO;
    if (k == 1 || k == -1)
        return SDX_YES;
    if (sdx_is_num(d))
        return d.n % k == 0 ? SDX_YES : SDX_NO;
    list a = s->kept[d.sym].list;
    /* Every value of a is its constant plus a multiple of g, and k divides none of them unless g divides the constant.
     * Where all factors are multiples of k, the constant decides. */
    int64_t g = common_factor(a, k);
    if (constant_of(a) % g != 0)
        return SDX_NO;
    return g == k || g == -k ? SDX_YES : SDX_MAYBE;
}

void sdx_symbols_range(sdx_symbols *s, sdx_dim d, int64_t *least, int64_t *most)
{
    range_dim(s, sdx_symbols_resolve(s, d), least, most);
}

size_t sdx_symbols_mark(const sdx_symbols *s)
{
    return s->n_trail;
}

const char *sdx_symbols_bound(const sdx_symbols *s, size_t i, sdx_dim *symbol)
{
    const atom *a = i < s->n_trail ? &s->atom[s->trail[i]] : NULL;
    if (!a || a->kind != SYMBOL || a->from_data)
        return NULL;
    *symbol = a->self;
    return a->name;
}

void sdx_symbols_undo(sdx_symbols *s, size_t mark)
{
    if (s->n_trail > mark)
        s->epoch++;
    while (s->n_trail > mark)
        s->atom[s->trail[--s->n_trail]].is_bound = false;
}

/* ---- values and words ---- */

typedef struct evaluation {
    sdx_symbol_value *value;
    void *ctx;
    int depth;
    int64_t steps;
} evaluation;

static bool evaluate(sdx_symbols *s, evaluation *e, sdx_dim d, int64_t *out);

static bool evaluate_atom(sdx_symbols *s, evaluation *e, uint32_t id, int64_t *out)
{
    const atom a = s->atom[id];
    int64_t x, y;
    if (a.kind == SYMBOL)
        return a.is_bound ? evaluate(s, e, a.bound, out) : e->value(e->ctx, a.name, out);
    if (!evaluate(s, e, a.a, &x) || !evaluate(s, e, a.b, &y))
        return false;
    if (a.kind == QUOTIENT) {
        if (y == 0 || (x == INT64_MIN && y == -1))
            return false;
        *out = floor_div(x, y);
    } else {
        *out = (a.kind == LEAST) == (x < y) ? x : y;
    }
    return true;
}

static bool evaluate(sdx_symbols *s, evaluation *e, sdx_dim d, int64_t *out)
{
    if (sdx_is_num(d)) {
        *out = d.n;
        return true;
    }
    if (sdx_is_unknown(d) || e->depth >= MAX_CHAIN || ++e->steps > 100000)
        return false;
    e->depth++;
    list in = s->kept[d.sym].list;
    int64_t sum = 0;
    bool fits = true;
    for (uint32_t i = 0; i < in.n && fits; i++) {
        int64_t product_value = in.term[i].factor, v;
        for (uint32_t j = 0; j < in.term[i].n && fits; j++)
            fits = evaluate_atom(s, e, in.term[i].atom[j], &v) &&
                   sdx_i64_mul(&product_value, product_value, v);
        fits = fits && sdx_i64_add(&sum, sum, product_value);
    }
    e->depth--;
    *out = sum;
    return fits;
}

bool sdx_symbols_evaluate(sdx_symbols *s, sdx_dim d, sdx_symbol_value *value, void *ctx,
                          int64_t *out)
{
    evaluation e = { value, ctx, 0, 0 };
    return evaluate(s, &e, sdx_symbols_resolve(s, d), out);
}

enum { TEXT_LONGEST = 2000 }; /* what is longer ends in "…" */

static const char *show(const sdx_symbols *s, sdx_arena *a, sdx_dim d, int depth);

static bool is_sum(const sdx_symbols *s, sdx_dim d)
{
    return !sdx_is_num(d) && !sdx_is_unknown(d) && s->kept[d.sym].list.n > 1;
}

static const char *show_atom(const sdx_symbols *s, sdx_arena *a, uint32_t id, int depth)
{
    const atom x = s->atom[id];
    if (x.kind == SYMBOL)
        return x.name;
    const char *left = show(s, a, x.a, depth + 1), *right = show(s, a, x.b, depth + 1);
    if (!left || !right)
        return NULL;
    if (x.kind != QUOTIENT)
        return sdx_arena_printf(a, "%s(%s, %s)", x.kind == LEAST ? "min" : "max", left, right);
    bool pl = is_sum(s, x.a), pr = is_sum(s, x.b) || strchr(right, '*');
    return sdx_arena_printf(a, "floor(%s%s%s/%s%s%s)", pl ? "(" : "", left, pl ? ")" : "",
                            pr ? "(" : "", right, pr ? ")" : "");
}

/* A term without its sign. */
static const char *show_term(const sdx_symbols *s, sdx_arena *a, const term *t, int depth)
{
    uint64_t size = t->factor < 0 ? 0 - (uint64_t)t->factor : (uint64_t)t->factor;
    const char *text = size == 1 && t->n ? NULL : sdx_arena_printf(a, "%" PRIu64, size);
    for (uint32_t i = 0; i < t->n; i++) {
        const char *factor = show_atom(s, a, t->atom[i], depth);
        if (!factor)
            return NULL;
        text = text ? sdx_arena_printf(a, "%s*%s", text, factor) : factor;
    }
    return text;
}

static const char *show(const sdx_symbols *s, sdx_arena *a, sdx_dim d, int depth)
{
    if (sdx_is_unknown(d))
        return "?";
    if (sdx_is_num(d))
        return sdx_arena_printf(a, "%" PRId64, d.n);
    if (depth > 6)
        return "…";
    list in = s->kept[d.sym].list;
    uint32_t first = 0; /* "4 - N" rather than "-N + 4" */
    for (uint32_t i = in.n; i > 0; i--)
        if (in.term[i - 1].factor > 0)
            first = i - 1;
    const char *text = NULL;
    for (uint32_t k = 0; k < in.n; k++) {
        uint32_t i = k == 0 ? first : k <= first ? k - 1 : k;
        bool minus = in.term[i].factor < 0;
        const char *t = show_term(s, a, &in.term[i], depth);
        if (!t)
            return NULL;
        if (text && strlen(text) > TEXT_LONGEST)
            return sdx_arena_printf(a, "%s + …", text);
        text = text ? sdx_arena_printf(a, "%s %s %s", text, minus ? "-" : "+", t)
                    : sdx_arena_printf(a, "%s%s", minus ? "-" : "", t);
    }
    return text;
}

const char *sdx_symbols_text(const sdx_symbols *s, sdx_arena *a, sdx_dim d)
{
    const char *text = show(s, a, d, 0);
    return text ? text : "?";
}
