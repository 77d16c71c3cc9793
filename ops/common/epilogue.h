/* ops/common/epilogue.h - the pointwise nodes that Conv, Gemm or MatMul absorbed, made ready for
 * their kernels.
 *
 *     prepare   sdx_tail_prepare(n, c, &p->tail)               NULL: nothing was absorbed
 *     run       sdx_tail_bind(p->tail, n, c, &tail)            pointers of this run
 *     kernel    y = acc (+ bias) (+ tail.column[...]) (+ tail.residual[offset]); clamp lo..hi;
 *               then tail.after(tail.ctx, y, offset, count) while y is hot; reference: sdx_tail_f64
 *
 * offset counts elements of output 0 in memory order of its layout, block padding included.  All of
 * it is exact to the order in which the nodes stood: what a kernel cannot do by itself is left to
 * `after`. */
#ifndef OPS_COMMON_EPILOGUE_H
#define OPS_COMMON_EPILOGUE_H
#include "common/pointwise.h"

typedef struct sdx_tail_plan sdx_tail_plan;

typedef struct sdx_tail_ctx {
    const sdx_tail_plan *plan;
    const sdx_node *n;
    sdx_run *run;
} sdx_tail_ctx;

/* `after` changes y[0..count-1], elements offset.. of the output; NULL: nothing is left to do. */
typedef void sdx_tail_after(const sdx_tail_ctx *ctx, float *y, int64_t offset, int64_t count);

typedef struct sdx_tail {
    const float *column;   /* plain layout: added to element i of the last axis; NULL: none */
    const float *residual; /* added, same layout and size as the output; NULL: none         */
    float lo, hi;          /* then max(lo, min(hi, y)), NaN stays; -INFINITY..INFINITY: none */
    sdx_tail_after *after;
    bool anywhere;    /* after does the same to a number wherever it lies: offset may be anything */
    sdx_tail_ctx ctx; /* points to plan, n and c: as long as the run */
} sdx_tail;

/* What is left for `after` depends on what the kernel can do by itself. */
enum { SDX_TAIL_COLUMN = 1, SDX_TAIL_RESIDUAL = 2, SDX_TAIL_CLAMP = 4 };

/* Compiles the chain.  can: bits of what the kernel does by itself; 0 for the reference. */
sdx_status sdx_tail_prepare(const sdx_node *n, sdx_prepare *c, unsigned can,
                            const sdx_tail_plan **plan);
/* Is it a Relu, or a Clip whose bounds are known?  param: the bounds. */
bool sdx_tail_clamps(const sdx_node *e, float param[4]);
/* plan NULL: a tail that does nothing. */
void sdx_tail_bind(const sdx_tail_plan *plan, const sdx_node *n, sdx_run *c, sdx_tail *tail);
/* `after` of an sdx_tail, as loops over tiles call it. */
void sdx_tail_call(void *tail, float *y, int64_t at, size_t n);
/* The whole chain over doubles, elements offset.. of the output: for references.  plan made with
 * can = 0. */
void sdx_tail_f64(const sdx_tail_plan *plan, const sdx_node *n, sdx_run *c, double *y,
                  int64_t offset, int64_t count);
#endif
