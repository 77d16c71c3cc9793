/* eval/recipe.h - constants that are computed when they are wanted.
 *
 * Weights that a rewrite scales or turns would lie in memory a second time, from the compilation
 * on, though all that is wanted of them is to be packed, once.  So a large one is a recipe: a node,
 * its constant inputs, and a value of storage SDX_WAITING, with a type and no bytes, that stands
 * for the result.  sdx_value_settle computes it for as long as it is held. */
#ifndef EVAL_RECIPE_H
#define EVAL_RECIPE_H
#include "base/file.h"
#include "eval/eval.h"

typedef struct sdx_recipe {
    sdx_value value; /* first: what stands for the result, refs 0 */
    sdx_node view;   /* of a node of its own, with facts of its own */
    sdx_facts facts;
    sdx_mem *mem;
    const sdx_dispatch *dispatch;
    const sdx_map *source;           /* the file that inputs lie in; NULL: none */
    _Atomic(const sdx_value *) made; /* held for whoever looked into it; NULL */
    struct sdx_recipe *next;
} sdx_recipe;

/* A recipe for the one output of n, a plain tensor whose shape is known, from inputs that are
 * constants.  All of it lies in `arena`; mem, d and source outlive it.  NULL: no memory. */
sdx_recipe *sdx_recipe_new(sdx_arena *arena, const sdx_node *n, sdx_mem *mem, const sdx_dispatch *d,
                           const sdx_map *source);
void sdx_recipe_end(sdx_recipe *r); /* frees what it holds, not itself */
/* As sdx_value_settle, computed in memory of `mem`: to be let go before that ends. */
sdx_status sdx_value_settle_in(const sdx_value *v, sdx_mem *mem, const sdx_value **out);

static inline bool sdx_value_waits(const sdx_value *v)
{
    return v->storage == SDX_WAITING;
}

#endif
