/* eval/value.h - the run-time twin of a type: counted, so sequences share elements.
 *
 * A tensor's bytes are its own (allocated with the header or behind it), borrowed (the caller's
 * memory, the model's map, a run's planned block), or part of another value's.  Whoever wants to
 * keep a borrowed one beyond the call makes a copy: sdx_value_keep.  A constant may have no bytes
 * yet:  it waits to be computed (recipe.h), which sdx_value_settle does. */
#ifndef EVAL_VALUE_H
#define EVAL_VALUE_H
#include "base/arena.h"
#include "sdx/value.h"
#include <stdatomic.h>

typedef enum sdx_storage { SDX_OWN, SDX_BORROWED, SDX_SHARED, SDX_WAITING } sdx_storage;

/* A block that values of run-time size live in: back to its pool when the last value lets go. */
typedef struct sdx_block sdx_block;
typedef struct sdx_block_pool sdx_block_pool;

struct sdx_value {
    atomic_int refs; /* a value on the stack or in a plan's table has refs 0 and is never freed */
    sdx_kind kind;
    sdx_storage storage;
    sdx_tensor t;             /* TENSOR; of SPARSE: the dense dims, data NULL */
    sdx_block *block;         /* OWN: where data lives */
    const sdx_value *part_of; /* SHARED: held */
    /* items of a sequence; 0 or 1 of an optional; 2 of a map (keys, values) and sparse */
    size_t n, room;
    const sdx_value **item;
    sdx_mem *mem;
    sdx_block_pool *pool; /* where header and blocks go back to; NULL: to mem */
    int64_t dim[8];       /* shape.dim where the rank allows, else allocated */
};

/* Values whose size only the run knows come from here: blocks are reused by size class, so a long
 * loop stays flat.  Any thread. */
sdx_block_pool *sdx_block_pool_new(sdx_mem *mem);
void sdx_block_pool_free(sdx_block_pool *p); /* when all its values are gone */
/* A run has ended: what waits goes back where it is much more than was in use since the last
 * rest. */
void sdx_block_pool_rest(sdx_block_pool *p);
size_t sdx_block_pool_waiting(sdx_block_pool *p);

/* pool NULL: straight from mem.  All zero.  SDX_E_LIMIT for a shape that is not valid or past the
 * memory limit. */
sdx_status sdx_value_make(sdx_mem *mem, sdx_block_pool *pool, sdx_dtype d, sdx_shape s,
                          sdx_layout l, bool zero, sdx_value **out);
sdx_status sdx_value_make_list(sdx_mem *mem, sdx_block_pool *pool, sdx_kind kind, sdx_value **out);
/* keeps item: see sdx_value_keep */
sdx_status sdx_value_append(sdx_value *list, const sdx_value *item);
/* Values and indices in the form of SparseTensorProto; the caller has checked that they fit the
 * dims. */
sdx_status sdx_value_make_sparse(sdx_mem *mem, sdx_block_pool *pool, sdx_shape s,
                                 const sdx_value *values, const sdx_value *indices,
                                 sdx_value **out);
/* A counted tensor over borrowed bytes: who keeps it makes a copy. */
sdx_status sdx_value_make_over(sdx_mem *mem, sdx_dtype d, sdx_shape s, void *data, sdx_value **out);
/* A tensor over borrowed bytes, in a header that the caller provides (refs 0). */
void sdx_value_borrow(sdx_value *header, sdx_dtype d, sdx_shape s, sdx_layout l, void *data);
/* v itself, held, where it owns its bytes; else a copy that does.  Strings are copied too. */
sdx_status sdx_value_keep(sdx_mem *mem, sdx_block_pool *pool, const sdx_value *v,
                          const sdx_value **out);
/* v itself, held, or what a waiting constant stands for, computed for the caller, who lets it
 * go. */
sdx_status sdx_value_settle(const sdx_value *v, const sdx_value **out);
void sdx_value_let_go(const sdx_value *v); /* NULL, and refs 0: nothing */
/* one reference more, unless refs 0; NULL is allowed */
const sdx_value *sdx_value_retain(const sdx_value *v);
/* A tensor of this type whose bytes are those of `of` from `offset` on.  It holds `of`; where that
 * has refs 0 the bytes are copied instead. */
sdx_status sdx_value_part(sdx_mem *mem, sdx_block_pool *pool, const sdx_value *of, sdx_dtype d,
                          sdx_shape s, sdx_layout l, size_t offset, sdx_value **out);

/* Moves n elements of equal type, of any width; strings are copied, old ones freed. */
sdx_status sdx_tensor_move(sdx_tensor *y, int64_t to, int64_t to_step, const sdx_tensor *x,
                           int64_t from, int64_t from_step, int64_t n, sdx_mem *mem);
sdx_status sdx_tensor_put_string(sdx_tensor *y, int64_t i, const char *text, size_t length,
                                 sdx_mem *mem);
/* Frees the strings of a tensor, which become empty; other types: nothing.  For what no counted
 * value owns. */
void sdx_tensor_clear(sdx_tensor *t, sdx_mem *mem);
/* One element of a string tensor: its bytes, allocated from the mem of its value; NULL for length
 * 0. */
typedef struct sdx_string_cell {
    char *text;
    uint64_t length;
} sdx_string_cell;

/* A constant over bytes that lie in the arena, or outlive it (strings: an array of sdx_string,
 * copied).  refs 0. */
sdx_value *sdx_constant_tensor(sdx_arena *a, sdx_dtype d, sdx_shape s, const void *data);
sdx_value *sdx_constant_sparse(sdx_arena *a, sdx_shape s, const sdx_value *values,
                               const sdx_value *indices);

/* The type of a value, in an arena; for binding and for messages. */
const sdx_type *sdx_value_type(sdx_arena *a, const sdx_value *v);

#endif
