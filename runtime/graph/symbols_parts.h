/* graph/symbols_parts.h - what the files of symbols share: expressions as sorted terms, kept once,
 * and their atoms.
 *
 * An expression is a list of terms, a term a factor times a product of atoms; the constant is the
 * term without atoms.  Terms are sorted by degree and then by atoms, so that equal formulas are
 * equal bytes: they are kept once, and a dim is the place of its list.  Atoms are symbols,
 * floor-divisions, minima and maxima; a remainder is a - b*floor(a/b).
 *
 * An expression being computed lies on the work stack: whoever began takes it down again to
 * where it was.  A model may ask for anything, so all is bounded: what grows past a bound is
 * unknown, which is always true. */
#ifndef GRAPH_SYMBOLS_PARTS_H
#define GRAPH_SYMBOLS_PARTS_H
#include "graph/symbols.h"

enum {
    SDX_MAX_DEGREE = 12, /* atoms of a term */
    SDX_MAX_CHAIN = 120, /* of bindings followed in one go */
};

typedef struct sdx_term {
    int64_t factor;
    /* atoms: sorted, repeated for powers; the rest is zero, as terms are compared as bytes */
    uint32_t n, atom[SDX_MAX_DEGREE + 1];
} sdx_term;

typedef struct sdx_terms { /* an expression; no terms are zero */
    uint32_t n;
    const sdx_term *term;
} sdx_terms;

typedef struct sdx_kept { /* an interned one */
    sdx_terms list;
    uint32_t epoch; /* when `resolved` was found */
    int depth;      /* of divisions within divisions */
    sdx_dim resolved;
} sdx_kept;

typedef enum sdx_atom_kind {
    SDX_ATOM_SYMBOL,
    SDX_ATOM_QUOTIENT,
    SDX_ATOM_LEAST,
    SDX_ATOM_MOST
} sdx_atom_kind;

typedef struct sdx_atom {
    sdx_atom_kind kind;
    const char *name;    /* of a symbol */
    sdx_dim a, b;        /* operands of the others */
    int64_t least, most; /* bounds */
    bool from_data;      /* a symbol that the file has no name for */
    bool is_bound;
    sdx_dim bound; /* what it is equal to */
    sdx_dim self;  /* as an expression */
    int depth;
    uint32_t stamp; /* of the last search that came by */
} sdx_atom;

struct sdx_symbols {
    sdx_arena *arena;
    sdx_table lists, names, data, atoms; /* terms, texts, keys, (kind, a, b) to places */
    sdx_kept *kept;                      /* from 1 */
    sdx_atom *atom;
    uint32_t n_kept, kept_room, n_atoms, atom_room;
    uint32_t *trail; /* atoms in the order in which they were bound */
    uint32_t n_trail, trail_room;
    uint32_t epoch, stamp;
    int chain;
    uint64_t work_done;
    sdx_term *work; /* expressions being computed: used as a stack */
    uint32_t work_used;
    bool failed;
};

/* Room for one more in an array that doubles; `array` points to the pointer.  (symbols.c) */
bool sdx_symbols_grow(sdx_symbols *s, void *array, uint32_t used, uint32_t *room, size_t size);
/* The dim of an expression, kept where new.  (symbols.c) */
sdx_dim sdx_terms_keep(sdx_symbols *s, sdx_terms a);
/* The atom of two operands, made where new; least and most bound its value.  (symbols.c) */
sdx_dim sdx_atom_compound(sdx_symbols *s, sdx_atom_kind kind, sdx_dim a, sdx_dim b, int64_t least,
                          int64_t most);

/* The rest is symbols_terms.c.  Results lie on the work stack; false: too large. */
bool sdx_work_begin(sdx_symbols *s); /* before the first of them */
bool sdx_work_push(sdx_symbols *s, const sdx_term *t);
/* out = a + b * t */
bool sdx_terms_add_times(sdx_symbols *s, sdx_terms *out, sdx_terms a, sdx_terms b,
                         const sdx_term *t);
bool sdx_terms_multiply(sdx_symbols *s, sdx_terms *out, sdx_terms a, sdx_terms b);
/* q = a / b if b times some expression is a. */
bool sdx_terms_divide(sdx_symbols *s, sdx_terms *q, sdx_terms a, sdx_terms b);

/* The terms of a dim; `number` is the room for one that is a number. */
sdx_terms sdx_terms_of(const sdx_symbols *s, sdx_dim d, sdx_term *number);
/* The greatest divisor of `with` and all factors of terms with atoms, >= 0. */
int64_t sdx_terms_common_factor(sdx_terms a, int64_t with);
/* Bounds, of a dim as it stands; INT64_MIN and INT64_MAX stand for none. */
void sdx_terms_range(const sdx_symbols *s, sdx_terms a, int64_t *least, int64_t *most);
void sdx_symbols_bounds(const sdx_symbols *s, sdx_dim d, int64_t *least, int64_t *most);

static inline sdx_term sdx_term_number(int64_t n)
{
    sdx_term t = { .factor = n };
    return t;
}

/* How many terms have atoms: all but the constant, which is last. */
static inline uint32_t sdx_terms_with_atoms(sdx_terms a)
{
    return a.n && a.term[a.n - 1].n == 0 ? a.n - 1 : a.n;
}

static inline int64_t sdx_terms_constant(sdx_terms a)
{
    return sdx_terms_with_atoms(a) < a.n ? a.term[a.n - 1].factor : 0;
}

static inline int64_t sdx_floor_div(int64_t a, int64_t b) /* b != 0, no overflow */
{
    int64_t q = a / b;
    return q - (a % b != 0 && (a < 0) != (b < 0));
}

#endif
