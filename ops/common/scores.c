/* ops/common/scores.c - what classical models do to their scores at the end.
 *
 * Source: ONNX Operators-ml.md, attribute post_transform; SOFTMAX_ZERO leaves scores of 0 out of
 * the weights. */
#include "common/scores.h"
#include <math.h>
#include <stddef.h>

static const char *const words[] = { "NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO", "PROBIT" };
enum { WORDS = sizeof words / sizeof *words };

sdx_post sdx_post_attr(const sdx_node *n)
{
    for (int i = 0; i < WORDS; i++)
        if (sdx_attr_is(n, "post_transform", words[i]))
            return (sdx_post)i;
    return SDX_POST_NONE;
}

bool sdx_check_post(const sdx_node *n, sdx_infer *c)
{
    sdx_string s = sdx_attr_string(n, "post_transform");
    if (sdx_post_attr(n) != SDX_POST_NONE || sdx_attr_is(n, "post_transform", "NONE"))
        return true;
    sdx_refuse(c, "attribute-value", "post_transform='%.*s' is unknown",
               (int)(s.length < 40 ? s.length : 40), s.text);
    sdx_hint(c, "use NONE, SOFTMAX, LOGISTIC, SOFTMAX_ZERO or PROBIT");
    return false;
}

static double logistic(double x)
{
    return 1 / (1 + exp(-x));
}

/* The inverse of the error function, to the few digits that this transform has ever had. */
static double inverse_erf(double x)
{
    double sign = x < 0 ? -1 : 1, rest = (1 - x) * (1 + x);
    if (rest == 0)
        return 0;
    double l = log(rest), v = 2 / (3.14159265358979323846 * 0.147) + 0.5 * l;
    return sign * sqrt(-v + sqrt(v * v - l / 0.147));
}

static void softmax(double *score, int64_t n, bool zero)
{
    double top = -INFINITY, sum = 0;
    for (int64_t i = 0; i < n; i++)
        top = fmax(top, score[i]);
    for (int64_t i = 0; i < n; i++) {
        bool left_out = zero && fabs(score[i]) <= 1e-7;
        score[i] = left_out ? score[i] * exp(-top) : exp(score[i] - top);
        sum += score[i];
    }
    for (int64_t i = 0; i < n; i++)
        score[i] = sum == 0 ? 0.5 : score[i] / sum;
}

void sdx_post_transform(sdx_post post, double *score, int64_t n)
{
    if (post == SDX_POST_SOFTMAX || post == SDX_POST_SOFTMAX_ZERO)
        softmax(score, n, post == SDX_POST_SOFTMAX_ZERO);
    for (int64_t i = 0; i < n; i++) {
        if (post == SDX_POST_LOGISTIC)
            score[i] = logistic(score[i]);
        else if (post == SDX_POST_PROBIT)
            score[i] = 1.41421356 * inverse_erf(2 * score[i] - 1);
    }
}

void sdx_post_binary(sdx_post post, bool all_positive, double score[2])
{
    double s = score[0];
    if (all_positive && post == SDX_POST_NONE) {
        score[0] = 1 - s;
        score[1] = s;
        return;
    }
    score[0] = -s;
    score[1] = s;
    sdx_post_transform(post, score, 2);
}

sdx_status sdx_score_rows(const sdx_node *n, const void *state, sdx_run *c, bool classifies,
                          int64_t grain, sdx_some *some)
{
    sdx_score_job j = { n, state, sdx_in(c, 0), classifies ? sdx_out(c, 0) : NULL,
                        sdx_out(c, classifies) };
    return sdx_parallel(c, j.x->shape.rank == 1 ? 1 : j.x->shape.dim[0], grain, some, &j);
}
