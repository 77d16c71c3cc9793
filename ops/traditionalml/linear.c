/* ops/traditionalml/linear.c - LinearClassifier, LinearRegressor.
 *
 * A score is an intercept and a weighted sum of the features.  Of one score for two classes the
 * other is its negative. Source: ONNX Operators-ml.md, LinearClassifier-1, LinearRegressor-1. */
#include "common/scores.h"
#include <inttypes.h>

static const sdx_schema classifier_schema[] = {
    { 1, "X:T1 -> Y:T2 Z:f32",
      "post_transform:string=NONE classlabels_ints:ints classlabels_strings:strings "
      "multi_class:int=0 intercepts:floats coefficients:floats!",
      "T1: f32 f64 i32 i64; T2: i64 str" },
    { 0 },
};

static const sdx_schema regressor_schema[] = {
    { 1, "X:T -> Y:f32",
      "targets:int=1 intercepts:floats coefficients:floats post_transform:string=NONE",
      "T: f32 f64 i32 i64" },
    { 0 },
};

typedef struct plan {
    const double *weight;   /* [features][scores]: sums side by side */
    const float *intercept; /* [scores] or NULL */
    int64_t features, scores,
        columns; /* columns: of the output, 2 where one score stands for two classes */
    sdx_post post;
    const int64_t *whole; /* labels */
    const sdx_string *text;
    int wholes, texts;
} plan;

static int list_count(const sdx_node *n, const char *name)
{
    int count = 0;
    sdx_attr_floats(n, name, &count);
    return count;
}

static int label_count(const sdx_node *n)
{
    int whole = 0, text = 0;
    sdx_attr_ints(n, "classlabels_ints", &whole);
    sdx_attr_strings(n, "classlabels_strings", &text);
    return whole > text ? whole : text;
}

/* The features of X, where they are known, must divide the coefficients into rows.  Returns the
 * rows, -1: not known, -2: refused. */
static int64_t count_scores(const sdx_node *n, sdx_infer *c)
{
    sdx_dims x = sdx_in_dims(n, 0);
    int64_t weights = list_count(n, "coefficients");
    if (!sdx_check_rank(c, 0, 1, 2))
        return -2;
    if (x.rank < 1 || !sdx_is_num(x.dim[x.rank - 1]) || x.dim[x.rank - 1].n == 0)
        return -1;
    int64_t features = x.dim[x.rank - 1].n;
    int intercepts = list_count(n, "intercepts");
    int64_t scores = weights / features;
    bool few = intercepts > 0 && intercepts < scores;
    if (weights % features == 0 && (few || intercepts > scores)) {
        (few ? sdx_refuse : sdx_warn)(c, "linear-coefficients",
                                      "%d intercept%s for %" PRId64 " score%s (%" PRId64
                                      " coefficients, %" PRId64 " features)",
                                      intercepts, intercepts == 1 ? "" : "s", scores,
                                      scores == 1 ? "" : "s", weights, features);
        sdx_hint(c, "give one intercept for each score, or none");
    }
    if (weights % features == 0)
        return few ? -2 : scores;
    sdx_refuse(c, "linear-coefficients",
               "%" PRId64 " coefficients do not make rows for the %" PRId64 " features of X",
               weights, features);
    sdx_point(c, 0, x.rank - 1);
    sdx_number(c, "coefficients", weights);
    sdx_number(c, "features", features);
    sdx_hint(c, "there is one coefficient for each feature and score: %" PRId64 " or a multiple",
             features);
    return -2;
}

static sdx_dim row_count(const sdx_node *n)
{
    return sdx_in_dims(n, 0).rank == 1 ? sdx_num(1) : sdx_in_dim(n, 0, 0);
}

static void infer_classifier(const sdx_node *n, sdx_infer *c)
{
    int text = 0, labels = label_count(n);
    sdx_dim y[2] = { row_count(n), sdx_unknown() };
    sdx_attr_strings(n, "classlabels_strings", &text);
    sdx_set_out_dtype(c, 0, text > 0 ? SDX_STR : SDX_I64);
    int64_t scores = sdx_check_post(n, c) ? count_scores(n, c) : -2;
    if (scores == -2)
        return;
    if (labels == 0) {
        sdx_warn(c, "linear-coefficients",
                 "there is neither classlabels_ints nor classlabels_strings");
        sdx_hint(c, "name the classes in one of the two, in the order of the scores");
    }
    if (scores >= 0 && scores < labels && !(scores == 1 && labels == 2)) {
        sdx_refuse(c, "linear-coefficients", "%d labels, but coefficients for %" PRId64 " score%s",
                   labels, scores, scores == 1 ? "" : "s");
        sdx_point(c, 0, sdx_in_dims(n, 0).rank - 1);
        sdx_number(c, "labels", labels);
        sdx_number(c, "scores", scores);
        sdx_hint(c, "there is one coefficient for each feature and label, or one row for two "
                    "labels");
        return;
    }
    if (scores >= 0)
        y[1] = sdx_num(scores == 1 && labels == 2 ? 2 : scores);
    sdx_set_out_dims(c, 0, 1, y);
    sdx_set_out_dims(c, 1, 2, y);
}

static void infer_regressor(const sdx_node *n, sdx_infer *c)
{
    sdx_dim y[2] = { row_count(n), sdx_num(sdx_attr_int(n, "targets")) };
    if (sdx_check_post(n, c) && count_scores(n, c) != -2)
        sdx_set_out_dims(c, 0, 2, y);
}

static sdx_status prepare(const sdx_node *n, sdx_prepare *c, void **state)
{
    plan *p = sdx_keep(c, sizeof *p);
    sdx_shape x = sdx_in_shape(n, 0);
    int weights, intercepts;
    if (!p)
        return SDX_E_MEMORY;
    const float *weight = sdx_attr_floats(n, "coefficients", &weights);
    p->intercept = sdx_attr_floats(n, "intercepts", &intercepts);
    p->features = x.dim[x.rank - 1];
    p->scores = p->features > 0 ? weights / p->features : intercepts;
    p->columns = p->scores == 1 && label_count(n) == 2 ? 2 : p->scores;
    p->post = sdx_post_attr(n);
    if (intercepts == 0)
        p->intercept = NULL;
    double *turned = sdx_keep(c, ((size_t)weights + 1) * sizeof *turned);
    if (!turned)
        return SDX_E_MEMORY;
    for (int64_t k = 0; k < p->scores; k++)
        for (int64_t f = 0; f < p->features; f++)
            turned[f * p->scores + k] = (double)weight[k * p->features + f];
    p->weight = turned;
    p->whole = sdx_attr_ints(n, "classlabels_ints", &p->wholes);
    p->text = sdx_attr_strings(n, "classlabels_strings", &p->texts);
    sdx_want_scratch(c, 0, (size_t)(p->features + p->columns + 1) * sizeof(double));
    *state = p;
    return SDX_OK;
}

/* The label of a row, from its scores after the transform. */
static sdx_status put_label(const sdx_score_job *j, int64_t row, const double *score, sdx_run *c)
{
    const plan *p = j->state;
    const sdx_string none = { "", 0 };
    int64_t best = 0, label;
    for (int64_t k = 1; k < p->columns; k++)
        best = score[k] > score[best] ? k : best;
    bool alone = p->columns == 1, yes = score[0] >= (p->post == SDX_POST_NONE ? 0 : 0.5);
    if (p->texts > 0) {
        sdx_string s = alone ? (yes ? p->text[0] : none) : best < p->texts ? p->text[best] : none;
        return sdx_put_string(c, j->labels, row, s.text, s.length);
    }
    if (alone)
        label = yes ? (p->wholes > 0 ? p->whole[0] : 1) : 0;
    else
        label = best < p->wholes ? p->whole[best] : best;
    sdx_store_i64(j->labels, row, 1, 1, &label);
    return SDX_OK;
}

static sdx_status some(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const sdx_score_job *j = arg;
    const plan *p = j->state;
    double *x = scratch, *score = x + p->features;
    for (int64_t i = begin; i < end; i++) {
        sdx_load_f64(x, j->x, i * p->features, 1, p->features);
        for (int64_t k = 0; k < p->scores; k++)
            score[k] = p->intercept ? (double)p->intercept[k] : 0;
        for (int64_t f = 0; f < p->features; f++)
            for (int64_t k = 0; k < p->scores; k++)
                score[k] += x[f] * p->weight[f * p->scores + k];
        if (p->columns > p->scores) {
            score[1] = score[0];
            score[0] = -score[1];
        }
        sdx_post_transform(p->post, score, p->columns);
        if (j->labels)
            SDX_TRY(put_label(j, i, score, c));
        if (j->scores)
            sdx_store_f64(j->scores, i * p->columns, 1, p->columns, score);
    }
    return SDX_OK;
}

static sdx_status run_classifier(const sdx_node *n, const void *state, sdx_run *c)
{
    return sdx_score_rows(n, state, c, true, 64, some);
}

static sdx_status run_regressor(const sdx_node *n, const void *state, sdx_run *c)
{
    return sdx_score_rows(n, state, c, false, 64, some);
}

static sdx_dim macs(const sdx_node *n, sdx_infer *c)
{
    return sdx_dim_mul(c, row_count(n), sdx_num(list_count(n, "coefficients")));
}

static const char domain[] = "ai.onnx.ml";
static const sdx_op ops[] = {
    { SDX_OP(LinearClassifier), domain, .schema = classifier_schema, .traits = SDX_PURE,
      .infer = infer_classifier, .prepare = prepare, .run = run_classifier, .macs = macs },
    { SDX_OP(LinearRegressor), domain, .schema = regressor_schema, .limits = "targets:[1,)",
      .traits = SDX_PURE, .infer = infer_regressor, .prepare = prepare, .run = run_regressor,
      .macs = macs },
    { 0 },
};
const sdx_family sdx_family_traditionalml_linear = { ops, 0 };
