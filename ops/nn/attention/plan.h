/* ops/nn/attention/plan.h - what one Attention computes, in numbers, and the two ways to compute
 * it. */
#ifndef NN_ATTENTION_PLAN_H
#define NN_ATTENTION_PLAN_H
#include "math/matmul/kernels.h"
#include "nn/attention/kernels.h"

/* What the fourth output holds. */
enum { ATTENTION_PRODUCT, ATTENTION_CAPPED, ATTENTION_BIASED, ATTENTION_WEIGHTS };

/* Where the row of a head at a step lies: batch * b + head * h + step * s + first. */
typedef struct attention_rows {
    int64_t batch, head, step, first;
} attention_rows;

typedef struct attention_plan {
    int64_t B, HQ, HK, G; /* items, heads of queries, of keys; G = HQ / HK share a head of keys */
    int64_t S, P, K, T;   /* queries, past keys, new keys, all keys                             */
    int64_t D, DV;        /* numbers of a query or key, of a value                              */
    attention_rows q, k, v, past_k, past_v, y;
    double scale, softcap; /* softcap 0: none */
    double unseen;         /* the weights of keys where a query sees none: 0, or NaN */
    int64_t left, right;   /* keys seen on either side of a query's own place; -1: all */
    int64_t mode;          /* of the fourth output */
    bool causal;
    sdx_dtype softmax; /* in which the weights are computed ... */
    sdx_dtype weights; /* ... and what they are when they meet the values */
    int64_t mask[4];   /* strides of the mask along [B, HQ, S, T]; 0 where it repeats */
    int64_t masked;    /* keys that the mask covers; none beyond is seen */
    /* The way of floats, attention/blocks.c; width 0: row by row, attention/rows.c. */
    const matmul_kernels *matmul;
    const attention_kernels *fast;
    sdx_row_f32 *tanh;
    int64_t width; /* columns of a tile: queries */
    bool few;      /* ... so few that they are rows  */
} attention_plan;

typedef struct attention_job {
    const attention_plan *p;
    const sdx_tensor *q, *k, *v, *mask, *past_k, *past_v, *valid;
    const sdx_tensor *weights; /* for attention_run_values */
    sdx_tensor *y, *qk;
} attention_job;

/* The keys [lo, hi) that the query at a step of item b may see, masks apart. */
typedef struct attention_range {
    int64_t lo, hi;
} attention_range;
attention_range attention_sees(const attention_job *j, int64_t b, int64_t step);

/* The head of keys, or of values, at key `at`: past rows come first. */
static inline const sdx_tensor *attention_row(const attention_plan *p, const sdx_tensor *now,
                                              const attention_rows *r, const sdx_tensor *past,
                                              const attention_rows *pr, int64_t b, int64_t head,
                                              int64_t at, int64_t *first)
{
    if (at < p->P) {
        *first = b * pr->batch + head * pr->head + at * pr->step + pr->first;
        return past;
    }
    *first = b * r->batch + head * r->head + (at - p->P) * r->step + r->first;
    return now;
}

/* Sizes, strides, the usual scale and no bounds, from the shapes; 3-D ones have their heads
 * given. */
void attention_lay_out(attention_plan *p, sdx_shape q, sdx_shape k, sdx_shape v, int64_t q_heads,
                       int64_t kv_heads);
/* The body pads a mask from opset 24 on, a last dim of 1 too; before, that one broadcasts. */
void attention_set_mask(attention_plan *p, sdx_shape m, int since);
void attention_add_past(attention_plan *p, sdx_shape past_k, sdx_shape past_v);
/* Tiles for floats, else rows; wants the scratch of either. */
void attention_choose(sdx_prepare *c, attention_plan *p, bool floats);
sdx_status attention_run(const attention_job *j, sdx_run *c);

/* The two ways, and the scratch of a worker. */
size_t attention_rows_scratch(const attention_plan *p);
sdx_status attention_run_rows(const attention_job *j, sdx_run *c);
size_t attention_blocks_scratch(const attention_plan *p);
sdx_status attention_run_blocks(const attention_job *j, sdx_run *c);
/* The values by j->weights, [B, HQ, S, T]; the scratch is that of rows. */
sdx_status attention_run_values(const attention_job *j, sdx_run *c);

/* Rules: input a has p of something, input b has q of it; q heads split among k.  Inputs 0 and 1
 * are queries and keys. */
bool attention_agree(const sdx_node *n, sdx_infer *c, int a, int b, sdx_dim p, sdx_dim q,
                     const char *what);
bool attention_check_heads(sdx_infer *c, sdx_dim q, sdx_dim k);
/* Input `in` broadcasts to these scores; it may end before the keys do (from opset 24 on). */
bool attention_check_mask(const sdx_node *n, sdx_infer *c, int in, bool may_end,
                          const sdx_dim *scores);
/* Every query meets `keys` keys, and as many rows of values; what a mask leaves out is counted. */
sdx_dim attention_macs(const sdx_node *n, sdx_infer *c, sdx_dim keys);
#endif
