/* graph/symbols.h - symbolic dims: interned expressions in one normal form, merged by union-find.
 *
 * A dim is a number, an expression or unknown.  Expressions are sums of products of atoms with
 * integer factors; atoms are symbols, floor-divisions, minima, maxima and remainders.  Equal
 * formulas are one entry, so they compare equal.  Merging two dims writes a trail; a body undoes
 * what it demanded by going back to a mark. */
#ifndef GRAPH_SYMBOLS_H
#define GRAPH_SYMBOLS_H
#include "base/arena.h"
#include "base/map.h"
#include "sdx/op.h"

typedef struct sdx_symbols sdx_symbols;

sdx_symbols *sdx_symbols_new(sdx_arena *a);
/* The symbol of this name, made where new.  Its value is >= 0. */
sdx_dim sdx_symbol(sdx_symbols *s, const char *name);
/* A symbol for a size that depends on data; the same for equal keys, and that of the name where it
 * has one already.  at_most: an upper bound, or unknown. */
sdx_dim sdx_symbol_data(sdx_symbols *s, uint64_t key, const char *name, sdx_dim at_most);

sdx_dim sdx_symbols_add(sdx_symbols *s, sdx_dim a, sdx_dim b);
sdx_dim sdx_symbols_sub(sdx_symbols *s, sdx_dim a, sdx_dim b);
sdx_dim sdx_symbols_mul(sdx_symbols *s, sdx_dim a, sdx_dim b);
sdx_dim sdx_symbols_div(sdx_symbols *s, sdx_dim a, sdx_dim b); /* floor */
sdx_dim sdx_symbols_mod(sdx_symbols *s, sdx_dim a, sdx_dim b); /* of the sign of b */
sdx_dim sdx_symbols_min(sdx_symbols *s, sdx_dim a, sdx_dim b);
sdx_dim sdx_symbols_max(sdx_symbols *s, sdx_dim a, sdx_dim b);

/* What stands for d now, after all merges, simplified. */
sdx_dim sdx_symbols_resolve(sdx_symbols *s, sdx_dim d);
/* false: they cannot be equal (a contradiction of numbers, of parity, of ranges). */
bool sdx_symbols_equal(sdx_symbols *s, sdx_dim a, sdx_dim b);
sdx_answer sdx_symbols_same(sdx_symbols *s, sdx_dim a, sdx_dim b);
sdx_answer sdx_symbols_divides(sdx_symbols *s, int64_t k, sdx_dim d);
/* Bounds as far as known: INT64_MIN, INT64_MAX where not. */
void sdx_symbols_range(sdx_symbols *s, sdx_dim d, int64_t *least, int64_t *most);
/* As it stands: resolve it first.  Only reads, so any thread may. */
const char *sdx_symbols_text(const sdx_symbols *s, sdx_arena *a, sdx_dim d);

/* Changes with each merge and each undo: what was resolved at an older one may have changed. */
uint32_t sdx_symbols_epoch(const sdx_symbols *s);

size_t sdx_symbols_mark(const sdx_symbols *s);
/* What was bound as number i, counted as marks are; the name of a symbol that the file has, or
 * NULL. */
const char *sdx_symbols_bound(const sdx_symbols *s, size_t i, sdx_dim *symbol);
void sdx_symbols_undo(sdx_symbols *s, size_t mark);

/* The value of an expression where every symbol has one (by name); false: one has none, or
 * overflow. */
typedef bool sdx_symbol_value(void *ctx, const char *name, int64_t *value);
bool sdx_symbols_evaluate(sdx_symbols *s, sdx_dim d, sdx_symbol_value *value, void *ctx,
                          int64_t *out);
bool sdx_symbols_failed(const sdx_symbols *s); /* out of memory since it was made */

#endif
