/* eval/eval.h - runs one node: the contexts behind prepare and run.
 *
 * INFER and PASSES use it for constants (sdx_eval_node), EXEC for every step. */
#ifndef EVAL_EVAL_H
#define EVAL_EVAL_H
#include "base/cpu.h"
#include "base/pool.h"
#include "eval/value.h"
#include "graph/facts.h"

/* The kernel slots of every family for one ISA cap: made once a session, read-only from then on. */
typedef struct sdx_dispatch sdx_dispatch;
/* isa NULL: the best this CPU has.  precision: as the session's option, SDX_E_VALUE where there is
 * no such. */
sdx_status sdx_dispatch_new(sdx_mem *mem, const char *isa, const char *precision,
                            sdx_dispatch **out, sdx_error *err);
void sdx_dispatch_free(sdx_dispatch *d);
const char *sdx_dispatch_isa(const sdx_dispatch *d);
sdx_precision sdx_dispatch_precision(const sdx_dispatch *d);
/* What comes of it with these instructions. */
const char *sdx_dispatch_precision_text(const sdx_dispatch *d);
const void *sdx_dispatch_slots(const sdx_dispatch *d, const sdx_family *f);

/* Packed constants: one copy for all sessions and bindings with equal (constant, packer, how). Any
 * thread. */
typedef struct sdx_packs sdx_packs;
sdx_packs *sdx_packs_new(sdx_mem *mem);
void sdx_packs_free(sdx_packs *p);

/* Packs that prepared nodes have asked for and that are still to be filled: a list in the arena of
 * the nodes' states. */
typedef struct sdx_packing {
    struct sdx_to_pack *first;
    size_t n;
} sdx_packing;
/* Fills them, the largest first: while one is read from the file and written, few others are there.
 * pool may be NULL.  SDX_E_MEMORY. */
sdx_status sdx_packs_fill(sdx_packs *p, const sdx_packing *list, sdx_pool *pool);

/* What packed weights may take; the option `packing` of a session. */
typedef enum sdx_packing_goal {
    SDX_PACKING_DEFAULT, /* a budget in relation to the weights, see plan/budget.c */
    SDX_PACKING_SMALL,   /* the least there is */
    SDX_PACKING_FAST     /* anything */
} sdx_packing_goal;

/* Output o lies within input `in` from `offset` on; in < 0: it has memory of its own. */
typedef struct sdx_alias_of {
    int in;
    size_t offset;
} sdx_alias_of;

/* What a prepared node is. */
typedef struct sdx_prepared {
    void *state;
    size_t scratch_shared, scratch_worker; /* multiples of 64 */
    uint64_t packed;                       /* bit i: input i was packed, run does not read it */
    sdx_alias_of *alias;                   /* by output; NULL: none is one */
    bool idle;          /* every output that is asked for is an alias: no run is needed */
    bool narrow;        /* an output is narrower than a byte: pieces run in line */
    const char *choice; /* name of the kernel; "" where there is but one */
} sdx_prepared;

struct sdx_prepare {
    const sdx_node *node;
    sdx_arena *arena; /* where sdx_keep takes from */
    const sdx_dispatch *dispatch;
    sdx_packs *packs;
    sdx_packing *packing;
    size_t room;
    sdx_prepared *out;
    sdx_error *err;
    bool failed; /* out of memory */
};

/* What nodes are prepared with. */
typedef struct sdx_prepare_request {
    sdx_arena *arena;
    const sdx_dispatch *dispatch; /* NULL: no kernels */
    sdx_packs *packs;             /* NULL: nothing is packed */
    sdx_packing *packing;         /* grows; NULL with packs */
    size_t room;                  /* bytes that packed weights of this node may take */
} sdx_prepare_request;

/* Prepares a node whose input facts are numbers.  What it packs is to be filled before it runs. */
sdx_status sdx_prepare_node(const sdx_node *n, const sdx_prepare_request *q, sdx_prepared *out,
                            sdx_error *err);
/* The ways that it may be prepared in, into way[SDX_MOST_OFFERS]; 0: it has no choice. */
int sdx_prepare_offers(const sdx_node *n, const sdx_prepare_request *q, sdx_offer *way);

/* Output i as readers see it: behind the nodes that n absorbed. */
static inline const sdx_gvalue *sdx_final_out(const sdx_gnode *n, int i)
{
    return i == 0 && n->n_epilogue > 0 ? n->epilogue[n->n_epilogue - 1]->out[0] : n->out[i];
}
static inline const sdx_type *sdx_final_type(const sdx_node *n, int i)
{
    const sdx_gvalue *v = sdx_final_out(n->def, i);
    const sdx_type *t = v ? n->facts->of[v->id].type : NULL;
    return t ? t : &sdx_type_unknown;
}

/* The constant that stands for v, also where v is a capture of one; NULL: none. */
sdx_value *sdx_gvalue_constant(const sdx_gvalue *v);

/* What a run needs from whoever runs it. */
typedef struct sdx_run_host {
    sdx_mem *mem;
    sdx_block_pool *blocks;
    sdx_pool *pool;                /* NULL: in line */
    const _Atomic bool *cancelled; /* may be NULL */
    uint64_t deadline_ns;          /* on the monotonic clock; 0: none */
    void *body_ctx;
    /* Runs a body for sdx_call.  Its results are held for the caller, who lets them go. */
    sdx_status (*body)(void *body_ctx, const sdx_gnode *n, const char *attr, int n_in,
                       const sdx_value *const *in, int n_out, const sdx_value **out,
                       sdx_error *err);
} sdx_run_host;

/* Values to let go of when the node ends.  The room stays for the next node. */
typedef struct sdx_temps {
    const sdx_value **value;
    size_t n, room;
} sdx_temps;

struct sdx_run {
    const sdx_run_host *host;
    const sdx_node *node;
    const sdx_prepared *prepared;
    const sdx_value *const *in; /* by input; NULL: absent */
    const sdx_value *const
        *epilogue_in;       /* operands of the epilogue, chain order, slot of the result left out */
    sdx_value **out;        /* by output; NULL: not asked for.  data NULL: the run makes it */
    const sdx_value **made; /* by output: what sdx_make_out and sdx_set_out gave; held */
    void *scratch_shared, *scratch_workers;
    sdx_temps *temps;
    sdx_error *err; /* may be NULL */
    int worker;     /* number of the thread, for scratch */
    bool inside;    /* within a piece: calls run in line */
};

/* Runs a prepared node once, and lets go of what it made and did not hand on.  On an error nothing
 * is in `made`. */
sdx_status sdx_run_node(sdx_run *r);
void sdx_temps_free(sdx_temps *t, sdx_mem *mem);
uint64_t sdx_clock_ns(void); /* of the monotonic clock */

/* Infers nothing: computes a node without bodies from constants, in one thread; for folding.  The
 * facts must hold its inputs' values and its outputs' types as far as they are known.  out: held
 * values, by output; NULL where the node has none.  What an output shares with an input it
 * holds. */
sdx_status sdx_eval_node(const sdx_node *n, sdx_mem *mem, const sdx_dispatch *d,
                         const sdx_value **out, sdx_error *err);

#endif
