/* ops/common/scores.h - what classical models do to their scores at the end. */
#ifndef OPS_COMMON_SCORES_H
#define OPS_COMMON_SCORES_H
#include "sdx/op.h"

typedef enum sdx_post {
    SDX_POST_NONE,
    SDX_POST_SOFTMAX,
    SDX_POST_LOGISTIC,
    SDX_POST_SOFTMAX_ZERO,
    SDX_POST_PROBIT
} sdx_post;

/* What scores rows. */
typedef struct sdx_score_job {
    const sdx_node *n;
    const void *state;
    const sdx_tensor *x;
    sdx_tensor *labels, *scores; /* NULL: not made, or not asked for */
} sdx_score_job;

/* Runs some(job) over the rows of X, `grain` at a time; X may be one row.  Outputs: labels and
 * scores of a classifier, scores of a regressor. */
sdx_status sdx_score_rows(const sdx_node *n, const void *state, sdx_run *c, bool classifies,
                          int64_t grain, sdx_some *some);

/* The string attribute post_transform; SDX_POST_NONE where it is none of these words. */
sdx_post sdx_post_attr(const sdx_node *n);
/* Refuses other words.  false: refused. */
bool sdx_check_post(const sdx_node *n, sdx_infer *c);
/* A row of n scores in place. */
void sdx_post_transform(sdx_post post, double *score, int64_t n);
/* Two scores from one, as the classical runtimes make them: the first class gets 1 - s where
 * weights cannot be negative, else -s. */
void sdx_post_binary(sdx_post post, bool all_positive, double score[2]);
#endif
