/* ops/math/loss.c - NegativeLogLikelihoodLoss, SoftmaxCrossEntropyLoss.
 *
 * The second is the first over log(softmax(scores)).  A place is one target; its loss is the weight
 * of its class times the negative score of that class, and a target of ignore_index weighs nothing.
 * Source: ONNX Operators.md, NegativeLogLikelihoodLoss-22, SoftmaxCrossEntropyLoss-13. */
#include <inttypes.h>
#include <math.h>
#include "common/derivatives.h"
#include "sdx/op.h"

static const sdx_schema nll_schema[] = {
    { 12, "input:T target:Tind weight?:T -> loss:T", "ignore_index:int reduction:string=mean",
      "T: float; Tind: i32 i64" },
    { .since = 13 },
    { 22, NULL, NULL, "T: float bf16; Tind: i32 i64" },
    { 0 },
};
static const sdx_schema softmax_schema[] = {
    { 12, "scores:T labels:Tind weights?:T -> output:T log_prob?:T",
      "ignore_index:int reduction:string=mean", "T: float; Tind: i32 i64" },
    { 13, NULL, NULL, "T: float bf16; Tind: i32 i64" },
    { 0 },
};

static const bool takes_log = true, has_log = false; /* variants: of scores, of log probabilities */

static void infer(const sdx_node *n, sdx_infer *c)
{
    sdx_dims x = sdx_in_dims(n, 0), t = sdx_in_dims(n, 1);
    bool none = sdx_attr_is(n, "reduction", "none");
    if (sdx_has_out(n, 1))
        sdx_set_out_like(c, 1, x);
    if (!sdx_check_rank(c, 0, 2, SDX_MAX_RANK))
        return;
    bool fits = x.rank < 0 || t.rank < 0 || t.rank == x.rank - 1;
    for (int k = 0; fits && x.rank >= 0 && k < t.rank; k++)
        fits = sdx_equal(c, t.dim[k], x.dim[k < 1 ? 0 : k + 1]);
    if (!fits) {
        sdx_refuse(c, "loss-shape", "targets are %s for scores of %s", sdx_show_dims(c, t),
                   sdx_show_dims(c, x));
        sdx_point(c, 0, -1);
        sdx_point(c, 1, -1);
        sdx_hint(
            c,
            "there is one target for each place: the dims of the scores without dim 1, the classes");
        return;
    }
    if (sdx_has_in(n, 2) &&
        (!sdx_check_rank(c, 2, 1, 1) || !sdx_check_same(c, "loss-shape", 0, 1, 2, 0)))
        return;
    if (none)
        sdx_set_out_like(c, 0, t);
    else
        sdx_set_out_dims(c, 0, 0, NULL);
}

/* Losses of what is not meant for them: they run, and learn badly. */
static void lint(const sdx_node *n, sdx_infer *c)
{
    const sdx_node *from = sdx_producer(c, n, 0);
    bool of_scores = *(const bool *)sdx_variant(n), soft = from && sdx_is(from, "Softmax");
    if (!soft && !(of_scores && from && sdx_is(from, "LogSoftmax")))
        return;
    sdx_warn(c, "softmax-twice", "takes what %s gives for %s", sdx_op_name(from),
             of_scores ? "scores" : "logarithms of probabilities");
    sdx_point(c, 0, -1);
    sdx_hint(c,
             of_scores ? "remove the %s: the loss has one of its own"
                       : "make LogSoftmax of the %s, which gives logarithms",
             sdx_op_name(from));
}

typedef struct job {
    const sdx_node *n;
    const sdx_tensor *x, *target, *weight;
    sdx_tensor *loss, *log;
    int64_t classes, inner; /* places of an item */
    int64_t ignored;
    bool ignores, log_first;
    double *sums; /* of losses and of weights, a pair for each piece; NULL: no reduction */
} job;

enum { GRAIN = 256 };

/* The score of a class, or its log probability. */
static double score(const job *j, int64_t first, int64_t class, double shift)
{
    double v;
    sdx_load_f64(&v, j->x, first + class * j->inner, 1, 1);
    return v - shift;
}

/* What is taken off each score of a place to make it a log probability. */
static double log_sum(const job *j, int64_t first)
{
    double top = -INFINITY, sum = 0;
    for (int64_t k = 0; k < j->classes; k++)
        top = fmax(top, score(j, first, k, 0));
    for (int64_t k = 0; k < j->classes; k++)
        sum += exp(score(j, first, k, top));
    return top + log(sum);
}

static sdx_status some_places(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = arg;
    double sum = 0, weights = 0;
    (void)scratch;
    for (int64_t i = begin; i < end; i++) {
        int64_t first = i / j->inner * j->classes * j->inner + i % j->inner, class;
        double shift = j->log_first ? log_sum(j, first) : 0, weight = 1, loss = 0;
        for (int64_t k = 0; j->log && k < j->classes; k++) {
            double v = score(j, first, k, shift);
            sdx_store_f64(j->log, first + k * j->inner, 1, 1, &v);
        }
        sdx_load_i64(&class, j->target, i, 1, 1);
        if (j->ignores && class == j->ignored) {
            weight = 0;
        } else if (class < 0 || class >= j->classes) {
            return sdx_fail(c, SDX_E_VALUE, "target %" PRId64 " is none of %" PRId64 " class%s",
                            class, j->classes, j->classes == 1 ? "" : "es");
        } else {
            if (j->weight)
                sdx_load_f64(&weight, j->weight, class, 1, 1);
            loss = -score(j, first, class, shift) * weight;
        }
        if (!j->sums && j->loss)
            sdx_store_f64(j->loss, i, 1, 1, &loss);
        sum += loss;
        weights += weight;
    }
    if (j->sums) {
        j->sums[2 * (begin / GRAIN)] = sum;
        j->sums[2 * (begin / GRAIN) + 1] = weights;
    }
    return SDX_OK;
}

static int64_t pieces(const sdx_node *n)
{
    sdx_shape t = sdx_in_shape(n, 1);
    return (sdx_count(t, 0, t.rank) + GRAIN - 1) / GRAIN;
}

static sdx_status prepare(const sdx_node *n, sdx_prepare *c, void **state)
{
    (void)state;
    sdx_want_scratch(c, (size_t)(2 * pieces(n) + 2) * sizeof(double), 0);
    return SDX_OK;
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    bool none = sdx_attr_is(n, "reduction", "none");
    job j = { .n = n, .x = sdx_in(c, 0), .target = sdx_in(c, 1), .loss = sdx_out(c, 0) };
    j.weight = sdx_has_in(n, 2) ? sdx_in(c, 2) : NULL;
    j.log = sdx_has_out(n, 1) ? sdx_out(c, 1) : NULL;
    sdx_shape x = j.x->shape;
    double sum = 0, weights = 0;
    (void)state;
    j.classes = x.dim[1];
    j.inner = sdx_count(x, 2, x.rank);
    j.ignores = sdx_has_attr(n, "ignore_index");
    j.ignored = sdx_attr_int(n, "ignore_index");
    j.log_first = *(const bool *)sdx_variant(n);
    j.sums = none ? NULL : sdx_scratch(c);
    SDX_TRY(sdx_parallel(c, sdx_elements(j.target), GRAIN, some_places, &j));
    if (none || !j.loss)
        return SDX_OK;
    for (int64_t k = 0; k < pieces(n); k++) {
        sum += j.sums[2 * k];
        weights += j.sums[2 * k + 1];
    }
    if (sdx_attr_is(n, "reduction", "mean"))
        sum /= weights;
    sdx_store_f64(j.loss, 0, 1, 1, &sum);
    return SDX_OK;
}

static const sdx_op ops[] = {
    { SDX_OP(NegativeLogLikelihoodLoss), .derive = sdx_derive_nll_loss, .schema = nll_schema,
      .limits = "reduction:none|mean|sum target:[0,input.1)|ignore_index", .traits = SDX_PURE,
      .variant = &has_log, .infer = infer, .lint = lint, .prepare = prepare, .run = run },
    { SDX_OP(SoftmaxCrossEntropyLoss), .derive = sdx_derive_cross_entropy_loss,
      .schema = softmax_schema,
      .limits = "reduction:none|mean|sum labels:[0,scores.1)|ignore_index", .traits = SDX_PURE,
      .variant = &takes_log, .infer = infer, .lint = lint, .prepare = prepare, .run = run },
    { 0 },
};
const sdx_family sdx_family_math_loss = { ops, 0 };
