/* exec/exec.h - what runs plans: sessions, bindings, frames.
 *
 *   session   options, threads, memory; what is compiled once
 *   bindings  of one graph (the main one, or a body): its plans for the last few sets of shapes
 *   frame     what one run of a plan changes: memory, headers, the values of this run
 *
 * A run takes a frame out of its binding and puts it back, under a lock; between the two there is
 * no lock, no look-up and, but for what is known only while running, no allocation. */
#ifndef EXEC_EXEC_H
#define EXEC_EXEC_H
#include "base/map.h"
#include "eval/patience.h"
#include "passes/pass.h"
#include "plan/plan.h"
#include <pthread.h>

/* A program ready to be bound; sessions with equal options share one. */
typedef struct sdx_compiled {
    int users; /* under the lock of whoever keeps the list */
    struct sdx_compiled *next;
    sdx_mem *mem;
    sdx_arena arena;
    sdx_program *program;
    sdx_constants *constants;
    sdx_kept kept;          /* constants that passes made */
    sdx_dispatch *dispatch; /* what they are computed with */
    const char **output;    /* names of the outputs, whatever became of the values */
    bool optimized;
    const char *isa; /* the best that the cap allows */
} sdx_compiled;

typedef struct sdx_compile_request {
    sdx_mem *mem;
    const sdx_program *program; /* read only; its registry is asked for new operators' rows */
    const char *model_name;
    const sdx_map *source; /* the file that constants lie in; NULL: none */
    bool optimize;
    const char *isa; /* cap; NULL: none */
} sdx_compile_request;

/* returns   SDX_OK · SDX_E_UNSUPPORTED, naming the first node that nothing here can run ·
 *           SDX_E_MEMORY · SDX_E_VALUE no such isa */
sdx_status sdx_compile(const sdx_compile_request *q, sdx_compiled **out, sdx_error *err);
void sdx_compiled_free(sdx_compiled *c);

typedef struct sdx_bindings sdx_bindings;
typedef struct sdx_binding sdx_binding;
typedef struct sdx_frame sdx_frame;
typedef struct sdx_ground sdx_ground;

/* A run under way, so that it can be cancelled. */
typedef struct sdx_running {
    _Atomic bool cancelled;
    struct sdx_running *next, **link;
} sdx_running;

struct sdx_session {
    sdx_mem mem;
    sdx_arena arena;
    const char *model_name;
    sdx_compiled *compiled;
    sdx_packs *packs;
    sdx_dispatch *dispatch;
    sdx_pool *pool;
    sdx_block_pool *blocks;
    sdx_packing_goal goal;
    size_t n_graphs;
    sdx_bindings **graph; /* of every graph of the program */
    sdx_table by_graph;   /* address of an sdx_graph: its index */
    int most_bindings;
    pthread_mutex_t lock;   /* of all that follows */
    uint64_t planned_bytes; /* of the newest binding of the main graph */
    uint32_t n_steps;
    sdx_ground *ground; /* memory that no run is in, see memory.c */
    sdx_patience patience;
    sdx_running *running;
    void *owner; /* the model */
};

typedef struct sdx_session_parts {
    const sdx_mem *parent; /* whose allocator is used */
    const char *model_name;
    sdx_compiled *compiled; /* with mem and options; outlives the session */
    sdx_packs *packs;
    uint64_t memory_limit;
    int threads, bindings;
    const char *isa, *precision, *packing;
} sdx_session_parts;

sdx_status sdx_session_make(const sdx_session_parts *parts, struct sdx_session **out,
                            sdx_error *err);
void sdx_session_end(struct sdx_session *s);               /* NULL: nothing */
const char *sdx_session_goal(const struct sdx_session *s); /* "small", "default", "fast" */

/* As sdx_session_run: one value for each input and output of the main graph. */
sdx_status sdx_session_call(struct sdx_session *s, const sdx_value *const *in, sdx_value **out,
                            const sdx_run_options *o, sdx_error *err);

/* ---- bindings.c ---- */

sdx_bindings *sdx_bindings_new(struct sdx_session *s, const sdx_graph *g);
void sdx_bindings_free(sdx_bindings *b);
const sdx_graph *sdx_bindings_graph(const sdx_bindings *b);
/* A frame of the plan for these inputs (formal ones, then captures), bound where there is none
 * yet. */
sdx_status sdx_bindings_take(sdx_bindings *b, const sdx_value *const *in, sdx_frame **out,
                             sdx_error *err);
void sdx_bindings_give(sdx_frame *f);
sdx_bindings *sdx_session_bindings(const struct sdx_session *s, const sdx_graph *g);

/* ---- memory.c ---- */

/* At least `wanted` bytes, aligned to 64, for one run; *bytes: how many it are.  NULL: no
 * memory. */
void *sdx_ground_take(struct sdx_session *s, size_t wanted, size_t *bytes);
void sdx_ground_give(struct sdx_session *s, void *at, size_t bytes);
void sdx_ground_free(struct sdx_session *s);
/* Bytes that wait for the next run, of the main graph, and of what is made while running. */
size_t sdx_session_waiting(struct sdx_session *s);

/* ---- frame.c, run.c, late.c, body.c ---- */

struct sdx_frame {
    struct sdx_session *session;
    sdx_binding *binding;
    const sdx_plan *plan;
    sdx_frame *next; /* of the idle ones */
    void *memory;    /* the planned block; of the main graph: in a run */
    size_t memory_bytes;
    const void *laid_out;      /* the memory that headers point into */
    sdx_value *header;         /* by slot: for values that no one counts */
    const sdx_value **current; /* by slot: the value of this run; NULL: none (yet) */
    const sdx_value **given;   /* by input: aligned copies of inputs that were not; held */
    const sdx_value *
        *result; /* by output: where steps write that may not write to the caller's; held */
    const sdx_value **exported; /* by output: what a call has to copy for its caller */
    bool *fresh;                /* by output: the call made the value */
    const sdx_value **in, **epilogue_in, **made; /* of the step that runs */
    sdx_value **out;
    sdx_bindings **body; /* by step and its bodies, see body_at */
    uint32_t *body_at;
    const sdx_value **args; /* for bodies: formal parameters and captures */
    size_t most_args;
    sdx_temps temps;
    sdx_run_host host;
    const sdx_run_options *options;
    uint64_t begin_ns;
    uint32_t at;    /* the step that runs */
    int depth;      /* 0: of the main graph; else of a body, as sdx_step_info has it */
    sdx_arena late; /* of late steps; rewound after each */
    sdx_facts late_facts;
    int64_t *late_dims; /* SDX_MAX_RANK for each slot: of views with more dims than a header holds;
                         * NULL while there was none */
};

/* A frame of a body has its memory for good. */
sdx_status sdx_frame_new(struct sdx_session *s, const sdx_plan *p, sdx_frame **out, sdx_error *err);
void sdx_frame_free(sdx_frame *f);
/* Memory for a run of the main graph.  SDX_E_MEMORY, SDX_E_LIMIT. */
sdx_status sdx_frame_enter(sdx_frame *f, sdx_error *err);
void sdx_frame_leave(sdx_frame *f);

/* Runs the plan once.  in: by input.  fill: by output, what to write into; fill, or one of it,
 * NULL: the value is made from the session's memory and put into `made`, held for the caller.
 * After an error nothing was made. */
sdx_status sdx_frame_run(sdx_frame *f, const sdx_value *const *in, sdx_value *const *fill,
                         const sdx_value **made, sdx_error *err);

/* Runs a step that is prepared; the tables of the frame hold its inputs and outputs. */
sdx_status sdx_frame_run_node(sdx_frame *f, const sdx_step *s, const sdx_node *view,
                              const sdx_prepared *prepared, char *scratch, sdx_error *err);
/* Infers, prepares and runs a step whose input shapes only the run knows. */
sdx_status sdx_frame_late(sdx_frame *f, const sdx_step *s, sdx_error *err);
/* Copies a tensor into another of equal type and shape, whose strings come from `to->mem`. */
sdx_status sdx_value_fill(sdx_value *to, const sdx_value *from, sdx_error *err);
/* could it? */
sdx_status sdx_value_check_fill(const sdx_value *to, const sdx_value *from, sdx_error *err);
/* A tensor of the caller's, its elements still to be written. */
sdx_status sdx_value_open(sdx_dtype d, sdx_shape shape, sdx_value **out, sdx_error *err);
/* A value that lives on its own: nothing of the session is in it. */
sdx_status sdx_value_export(const sdx_value *v, sdx_value **out, sdx_error *err);
/* Bytes of such a copy. */
size_t sdx_value_export_bytes(const sdx_value *v);
/* v where it is plain; else a copy that is, which the caller lets go. */
sdx_status sdx_value_plain(sdx_mem *mem, const sdx_value *v, const sdx_value **out);
/* sdx_run_host.body of a frame. */
sdx_status sdx_frame_body(void *ctx, const sdx_gnode *n, const char *attr, int n_in,
                          const sdx_value *const *in, int n_out, const sdx_value **out,
                          sdx_error *err);

#endif
