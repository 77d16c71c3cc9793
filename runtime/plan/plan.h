/* plan/plan.h - a binding: all that is known of one graph for one set of input shapes, ready to
 * run.
 *
 *   slot    a value of the graph as the run sees it: an input, a constant, a piece of the planned
 *           block, or something that only the run makes
 *   block   memory that one or more slots share: views, aliases and in-place pairs
 *   step    a node that has to run, with its view, its state and the slots it reads and makes
 *
 * A plan is read-only once it is bound; frames (exec) hold what a run changes. */
#ifndef PLAN_PLAN_H
#define PLAN_PLAN_H
#include "base/file.h"
#include "eval/eval.h"
#include "graph/facts.h"

#define SDX_NO_SLOT UINT32_MAX

/* Is this a tensor whose dims are all numbers? */
static inline bool sdx_type_is_sized(const sdx_type *t)
{
    return t->kind == SDX_TENSOR && (t->dims.rank == 0 || (t->dims.rank > 0 && t->shape));
}

/* Where the bytes of a block lie. */
typedef enum sdx_place {
    SDX_IN_ARENA,    /* in the planned block of the frame                             */
    SDX_IN_INPUT,    /* in an input: of the caller, or a capture                      */
    SDX_IN_CONSTANT, /* in a constant                                                 */
    SDX_IN_OUTPUT,   /* in the value that the caller gets: written without a copy     */
    SDX_IN_RUN       /* in a value that a step makes while it runs; dropped after use */
} sdx_place;

typedef struct sdx_slot {
    const sdx_gvalue *value;
    const sdx_value *constant; /* aligned where some run reads it; NULL */
    const sdx_type *type;      /* as bound */
    sdx_dtype dtype;
    sdx_layout layout;
    sdx_shape shape; /* rank -1: known only while running */
    size_t bytes;
    uint32_t input; /* of the graph: formal ones, then captures; SDX_NO_SLOT */
    uint32_t block;
    size_t offset;        /* within the block */
    uint32_t first, last; /* steps that make it and read it last */
    bool read;            /* by some run */
} sdx_slot;

typedef struct sdx_block_plan {
    sdx_place place;
    size_t bytes, offset; /* offset: within the arena */
    uint32_t first, last; /* steps; last == number of steps: till the end */
    uint32_t slot;        /* the one it began with: an input's, a constant's */
    uint32_t output;      /* SDX_IN_OUTPUT: which */
} sdx_block_plan;         /* scratch: slot is SDX_NO_SLOT */

typedef enum sdx_step_kind {
    SDX_STEP_READY, /* prepared */
    SDX_STEP_LATE,  /* inferred and prepared just before it runs */
    SDX_STEP_PART   /* its outputs are parts of what a run made: only addresses are set */
} sdx_step_kind;

/* A body that a step may call: which slots of this plan its captures are. */
typedef struct sdx_step_body {
    const char *attr;
    const sdx_graph *graph;
    uint32_t *capture;
} sdx_step_body;

typedef struct sdx_step {
    sdx_step_kind kind;
    const sdx_gnode *node;
    sdx_node view;
    sdx_prepared prepared;
    int n_in, n_out, n_epilogue_in, n_bodies;
    uint32_t *in, *out, *epilogue_in; /* slots; SDX_NO_SLOT where left out */
    sdx_step_body *body;
    bool nothing; /* a part whose address needs no run: passed over */
    uint32_t n_release;
    const uint32_t *release; /* blocks of SDX_IN_RUN whose last use this is */
    uint32_t scratch;        /* a block of the arena; SDX_NO_SLOT: it wants none */
} sdx_step;

typedef struct sdx_plan {
    sdx_mem *mem;
    sdx_arena arena;
    const sdx_graph *graph;
    sdx_facts *facts;
    size_t n_inputs; /* formal ones and captures */
    const int64_t *key;
    size_t key_length;
    uint32_t n_slots, n_steps, n_blocks, n_outputs;
    sdx_slot *slot;
    sdx_step *step;
    sdx_block_plan *block;
    const uint32_t *output; /* slots of the graph's outputs */
    size_t arena_bytes;     /* of the planned block */
    size_t workers;         /* that have scratch of their own */
    uint32_t n_moving;
    /* slots within inputs and outputs: their addresses change with each run */
    const uint32_t *moving;
    int most_in, most_out, most_epilogue_in;
    bool has_late;
    bool makes; /* some block is SDX_IN_RUN */
    bool has_strings;
} sdx_plan;

/* Constants of a program as a run may read them: those that lie unaligned in a file are copied
 * once, when first asked for.  Any thread. */
typedef struct sdx_constants sdx_constants;
/* source: the file that constants lie in; NULL: none. */
sdx_constants *sdx_constants_new(sdx_mem *mem, const sdx_map *source);
void sdx_constants_free(sdx_constants *c);
/* NULL: no memory.  The value lives as long as c and v. */
const sdx_value *sdx_constants_get(sdx_constants *c, const sdx_value *v);
size_t sdx_constants_bytes(sdx_constants *c);

typedef struct sdx_plan_request {
    sdx_mem *mem;
    const char *model_name;
    const sdx_program *program;
    const sdx_graph *graph;
    const sdx_dispatch *dispatch;
    sdx_packs *packs;
    sdx_packing_goal goal;
    sdx_pool *pool;
    sdx_constants *constants;
    const sdx_value *const
        *in;            /* formal inputs, then captures; NULL: absent.  Types count, not elements */
    const int64_t *key; /* kept with the plan */
    size_t key_length;
    bool loose; /* dims of formal inputs are left open: a plan for all of them */
} sdx_plan_request;

/* returns   SDX_OK · SDX_E_SHAPE, SDX_E_TYPE an input contradicts the model · what prepare says
 *           · SDX_E_MEMORY */
sdx_status sdx_plan_bind(const sdx_plan_request *q, sdx_plan **out, sdx_error *err);
void sdx_plan_free(sdx_plan *p);

/* ---- the parts of binding, in order; each adds to the plan ---- NULL or false: no memory */

bool sdx_plan_schedule(sdx_plan *p); /* slots and steps of all nodes that are not known already */
/* Bytes that packed weights of each step may take, in the arena. */
size_t *sdx_plan_budget(sdx_plan *p, const sdx_prepare_request *q, sdx_packing_goal goal);
bool sdx_plan_prune(sdx_plan *p);     /* drops prepared steps that nobody's run reads */
bool sdx_plan_lifetimes(sdx_plan *p); /* blocks: what shares memory, from when to when */
bool sdx_plan_offsets(sdx_plan *p);   /* where each block lies */

/* Calls fn for every slot that the step reads when it runs. */
typedef void sdx_slot_visit(void *ctx, uint32_t slot);
void sdx_step_reads(const sdx_step *s, sdx_slot_visit *fn, void *ctx);

/* Places n blocks of the arena: none that live at the same time overlap.  Returns the bytes in all;
 * SIZE_MAX: they do not fit an address space, or no memory. */
size_t sdx_place_blocks(sdx_mem *mem, sdx_block_plan *block, size_t n);

#endif
