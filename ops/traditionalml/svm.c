/* ops/traditionalml/svm.c - SVMClassifier, SVMRegressor.
 *
 * With support vectors every two classes are told apart by one function, and a class wins by votes;
 * where there are probabilities, coupled from the pairs, they are the scores and say nothing of the
 * winner.  Without support vectors the coefficients are those of linear functions.  Source: ONNX
 * Operators-ml.md, SVMClassifier-1, SVMRegressor-1; T.-F. Wu, C.-J.  Lin, R. C. Weng, Probability
 * estimates for multi-class classification by pairwise coupling, 2004, for the coupling. */
#include "common/scores.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

static const sdx_schema classifier_schema[] = {
    { 1, "X:T1 -> Y:T2 Z:f32",
      "classlabels_ints:ints rho:floats prob_b:floats coefficients:floats "
      "classlabels_strings:strings prob_a:floats support_vectors:floats vectors_per_class:ints "
      "post_transform:string=NONE kernel_params:floats kernel_type:string=LINEAR",
      "T1: f32 f64 i32 i64; T2: i64 str" },
    { 0 },
};

static const sdx_schema regressor_schema[] = {
    { 1, "X:T -> Y:f32",
      "rho:floats coefficients:floats n_supports:int=0 one_class:int=0 support_vectors:floats "
      "post_transform:string=NONE kernel_params:floats kernel_type:string=LINEAR",
      "T: f32 f64 i32 i64" },
    { 0 },
};

typedef struct floats {
    const float *v;
    int count;
} floats;

static floats find_floats(const sdx_node *n, const char *name)
{
    floats r = { NULL, 0 };
    r.v = sdx_attr_floats(n, name, &r.count);
    return r;
}

typedef enum kernel { LINEAR, POLY, RBF, SIGMOID } kernel;

enum { BLOCK = 8 };

typedef struct plan {
    floats weight, vectors, rho, prob_a, prob_b;
    kernel kernel;
    double gamma, coef0, degree;
    int64_t features, supports, classes, columns; /* columns of the scores */
    const int64_t *per_class;                     /* support vectors of each class */
    int64_t *first;                               /* where they begin */
    sdx_post post;
    bool all_positive, one_class;
    const float *turned; /* the support vectors [blocks][features][BLOCK] */
} plan;

/* ---- infer ---- */

static int label_count(const sdx_node *n)
{
    int whole = 0, text = 0;
    sdx_attr_ints(n, "classlabels_ints", &whole);
    sdx_attr_strings(n, "classlabels_strings", &text);
    int most = whole > text ? whole : text;
    return most > 1 ? most : 1;
}

/* More than any list has coefficients for, and products with a number of classes still fit. */
#define MOST_VECTORS ((int64_t)INT32_MAX)

static int64_t vectors_of(const sdx_node *n)
{
    int classes = 0;
    int64_t sum = 0;
    const int64_t *v = sdx_attr_ints(n, "vectors_per_class", &classes);
    for (int i = 0; i < classes; i++)
        if (v[i] > 0)
            sum = v[i] < MOST_VECTORS - sum ? sum + v[i] : MOST_VECTORS;
    return sum;
}

/* One function for each pair of classes, or for each class; two scores stand for two classes either
 * way. */
static int64_t column_count(const sdx_node *n)
{
    int64_t classes = label_count(n), supports = vectors_of(n);
    bool coupled = find_floats(n, "prob_a").count > 0;
    int64_t functions = supports > 0 && !coupled ? classes * (classes - 1) / 2 : classes;
    return functions == 1 && classes == 2 ? 2 : functions;
}

static bool check_kernel(const sdx_node *n, sdx_infer *c, kernel *k)
{
    static const char *const words[] = { "LINEAR", "POLY", "RBF", "SIGMOID" };
    for (int i = 0; i < 4; i++) {
        if (sdx_attr_is(n, "kernel_type", words[i])) {
            *k = (kernel)i;
            return true;
        }
    }
    if (c) {
        sdx_string s = sdx_attr_string(n, "kernel_type");
        sdx_refuse(c, "attribute-value", "kernel_type='%.*s' is unknown",
                   (int)(s.length < 40 ? s.length : 40), s.text);
        sdx_hint(c, "use LINEAR, POLY, RBF or SIGMOID");
    }
    return false;
}

/* The features of X; -1: not known. */
static int64_t feature_count(const sdx_node *n)
{
    sdx_dims x = sdx_in_dims(n, 0);
    sdx_dim last = x.rank > 0 ? x.dim[x.rank - 1] : sdx_unknown();
    return sdx_is_num(last) ? last.n : -1;
}

/* Has the list at least `want` entries?  each: what there is one for. */
static bool check_list(const sdx_node *n, sdx_infer *c, const char *name, int64_t want,
                       const char *each)
{
    int count = find_floats(n, name).count;
    if (count >= want)
        return true;
    sdx_refuse(c, "linear-coefficients", "%s has %d entr%s and needs %" PRId64, name, count,
               count == 1 ? "y" : "ies", want);
    sdx_number(c, "have", count);
    sdx_number(c, "want", want);
    sdx_hint(c, "give one for %s: %" PRId64, each, want);
    return false;
}

/* Of `supports` vectors; 0: X is multiplied by the coefficients themselves. */
static bool check_vectors(const sdx_node *n, sdx_infer *c, int64_t supports)
{
    int64_t features = feature_count(n), have = find_floats(n, "support_vectors").count;
    int numbers = find_floats(n, "kernel_params").count;
    if (!check_list(n, c, "rho", 1, "each function"))
        return false;
    if (numbers > 0 && numbers != 3) {
        sdx_refuse(c, "linear-coefficients", "kernel_params has %d entr%s, not 3", numbers,
                   numbers == 1 ? "y" : "ies");
        sdx_hint(c, "give gamma, coef0 and degree");
        return false;
    }
    if (supports == 0 || features < 0 || have == supports * features)
        return true;
    sdx_refuse(c, "linear-coefficients",
               "support_vectors has %" PRId64 " entries for %" PRId64 " vectors of %" PRId64
               " features",
               have, supports, features);
    sdx_point(c, 0, sdx_in_dims(n, 0).rank - 1);
    sdx_hint(c, "give one for each vector and feature: %" PRId64, supports * features);
    return false;
}

static bool check_classes(const sdx_node *n, sdx_infer *c)
{
    int64_t classes = label_count(n), supports = vectors_of(n), features = feature_count(n);
    int64_t pairs = classes * (classes - 1) / 2;
    bool coupled = find_floats(n, "prob_a").count > 0;
    int counts;
    const int64_t *each = sdx_attr_ints(n, "vectors_per_class", &counts);
    for (int i = 0; i < counts; i++)
        if (each[i] < 0 || (supports > 0 && counts != classes)) {
            if (each[i] < 0)
                sdx_refuse(c, "linear-coefficients", "vectors_per_class[%d] is %" PRId64, i,
                           each[i]);
            else
                sdx_refuse(c, "linear-coefficients",
                           "vectors_per_class has %d entr%s for %" PRId64 " classes", counts,
                           counts == 1 ? "y" : "ies", classes);
            sdx_hint(c, "give the number of vectors of each class, 0 or more");
            return false;
        }
    if (!check_vectors(n, c, supports))
        return false;
    if (supports == 0)
        return features < 0 || features > MOST_VECTORS ||
               check_list(n, c, "coefficients", classes * features, "each class and feature");
    static const char of_pairs[] = "each pair of classes";
    return check_list(n, c, "coefficients", (classes - 1) * supports,
                      "each support vector and other class") &&
           check_list(n, c, "rho", pairs, of_pairs) &&
           (!coupled || (check_list(n, c, "prob_a", pairs, of_pairs) &&
                         check_list(n, c, "prob_b", pairs, of_pairs)));
}

static int64_t supports_of_regressor(const sdx_node *n)
{
    int64_t supports = sdx_attr_int(n, "n_supports");
    return supports < 0 ? 0 : supports < MOST_VECTORS ? supports : MOST_VECTORS;
}

static sdx_dim row_count(const sdx_node *n)
{
    return sdx_in_dims(n, 0).rank == 1 ? sdx_num(1) : sdx_in_dim(n, 0, 0);
}

static void infer_classifier(const sdx_node *n, sdx_infer *c)
{
    int text = 0;
    kernel k;
    sdx_dim y[2] = { row_count(n), sdx_num(column_count(n)) };
    sdx_attr_strings(n, "classlabels_strings", &text);
    sdx_set_out_dtype(c, 0, text > 0 ? SDX_STR : SDX_I64);
    if (!check_kernel(n, c, &k) || !sdx_check_post(n, c) || !sdx_check_rank(c, 0, 1, 2) ||
        !check_classes(n, c))
        return;
    sdx_set_out_dims(c, 0, 1, y);
    sdx_set_out_dims(c, 1, 2, y);
}

static void infer_regressor(const sdx_node *n, sdx_infer *c)
{
    kernel k;
    sdx_dim y[2] = { row_count(n), sdx_num(1) };
    int64_t supports = supports_of_regressor(n), features = feature_count(n);
    if (check_kernel(n, c, &k) && sdx_check_post(n, c) && sdx_check_rank(c, 0, 1, 2) &&
        check_vectors(n, c, supports) &&
        check_list(n, c, "coefficients", supports > 0 ? supports : features,
                   supports > 0 ? "each support vector" : "each feature"))
        sdx_set_out_dims(c, 0, 2, y);
}

/* ---- prepare ---- */

static void read_common(const sdx_node *n, plan *p)
{
    sdx_shape x = sdx_in_shape(n, 0);
    floats params = find_floats(n, "kernel_params");
    p->weight = find_floats(n, "coefficients");
    p->vectors = find_floats(n, "support_vectors");
    p->rho = find_floats(n, "rho");
    p->features = x.dim[x.rank - 1];
    p->gamma = params.count > 0 ? (double)params.v[0] : 0;
    p->coef0 = params.count > 1 ? (double)params.v[1] : 0;
    p->degree = params.count > 2 ? (double)params.v[2] : 0;
    p->post = sdx_post_attr(n);
    p->all_positive = true;
    check_kernel(n, NULL, &p->kernel);
    for (int i = 0; i < p->weight.count; i++)
        p->all_positive = p->all_positive && p->weight.v[i] >= 0;
}

/* Support vectors in blocks, feature by feature; those that fill the last one are 0. */
static sdx_status turn_vectors(sdx_prepare *c, plan *p)
{
    int64_t blocks = (p->supports + BLOCK - 1) / BLOCK;
    size_t count = (size_t)blocks * BLOCK * (size_t)p->features;
    float *to = sdx_keep(c, count * sizeof *to + 1);
    if (!to)
        return SDX_E_MEMORY;
    for (int64_t i = 0; i < p->supports; i++)
        for (int64_t f = 0; f < p->features; f++)
            to[(i / BLOCK * p->features + f) * BLOCK + i % BLOCK] =
                p->vectors.v[i * p->features + f];
    p->turned = to;
    return SDX_OK;
}

static sdx_status prepare_classifier(const sdx_node *n, sdx_prepare *c, void **state)
{
    plan *p = sdx_keep(c, sizeof *p);
    int classes = 0;
    if (!p)
        return SDX_E_MEMORY;
    p->supports = vectors_of(n);
    read_common(n, p);
    p->classes = label_count(n);
    p->columns = column_count(n);
    p->prob_a = find_floats(n, "prob_a");
    p->prob_b = find_floats(n, "prob_b");
    int64_t pairs = p->classes * (p->classes - 1) / 2;
    if (p->supports > 0) {
        p->per_class = sdx_attr_ints(n, "vectors_per_class", &classes);
        p->first = sdx_keep(c, (size_t)p->classes * sizeof *p->first);
        if (!p->first)
            return SDX_E_MEMORY;
        for (int64_t i = 0; i < p->classes; i++)
            p->first[i] = i > 0 ? p->first[i - 1] + p->per_class[i - 1] : 0;
    } else {
        p->kernel = LINEAR;
    }
    /* Features, kernels, votes, scores of pairs, and what coupling them takes. */
    size_t room = (size_t)(p->features + p->supports + p->classes + pairs + p->columns + 2) +
                  (size_t)(2 * p->classes * p->classes + 2 * p->classes);
    sdx_want_scratch(c, 0, room * sizeof(double));
    *state = p;
    return turn_vectors(c, p);
}

static sdx_status prepare_regressor(const sdx_node *n, sdx_prepare *c, void **state)
{
    plan *p = sdx_keep(c, sizeof *p);
    if (!p)
        return SDX_E_MEMORY;
    p->supports = supports_of_regressor(n);
    read_common(n, p);
    p->one_class = sdx_attr_int(n, "one_class") != 0;
    if (p->supports == 0)
        p->kernel = LINEAR;
    sdx_want_scratch(c, 0, (size_t)p->features * sizeof(double));
    *state = p;
    return turn_vectors(c, p);
}

/* ---- run ---- */

/* Powers as SVMs have them are small and whole. */
static double power(double x, double degree)
{
    double y = x;
    if (degree < 1 || degree > 8)
        return pow(x, degree);
    for (int k = 1; k < (int)degree; k++)
        y *= x;
    return y;
}

/* Of the sum of products, or of squared differences. */
static double kernel_of(const plan *p, double sum)
{
    if (p->kernel == RBF)
        return exp(-p->gamma * sum);
    if (p->kernel == POLY)
        return power(sum * p->gamma + p->coef0, trunc(p->degree));
    return p->kernel == SIGMOID ? tanh(sum * p->gamma + p->coef0) : sum;
}

static double apply_kernel(const plan *p, const double *x, const float *v)
{
    double sum = 0;
    for (int64_t i = 0; i < p->features; i++) {
        double other = (double)v[i];
        sum += p->kernel == RBF ? (x[i] - other) * (x[i] - other) : x[i] * other;
    }
    return kernel_of(p, sum);
}

/* Of a block of support vectors, whose sums go side by side. */
static void block_kernels(const plan *p, const double *x, int64_t block, double *to)
{
    const float *v = p->turned + block * p->features * BLOCK;
    double sum[BLOCK] = { 0 };
    if (p->kernel == RBF) {
        for (int64_t f = 0; f < p->features; f++, v += BLOCK)
            for (int l = 0; l < BLOCK; l++)
                sum[l] += (x[f] - (double)v[l]) * (x[f] - (double)v[l]);
    } else {
        for (int64_t f = 0; f < p->features; f++, v += BLOCK)
            for (int l = 0; l < BLOCK; l++)
                sum[l] += x[f] * (double)v[l];
    }
    int64_t left = p->supports - block * BLOCK;
    for (int64_t l = 0; l < (left < BLOCK ? left : BLOCK); l++)
        to[l] = kernel_of(p, sum[l]);
}

/* Scores of all pairs of classes, and votes for the winners. */
static void score_pairs(const plan *p, const double *kernels, double *votes, double *score)
{
    int64_t pair = 0;
    for (int64_t i = 0; i < p->classes; i++)
        votes[i] = 0;
    for (int64_t i = 0; i < p->classes; i++) {
        for (int64_t j = i + 1; j < p->classes; j++) {
            double s = (double)p->rho.v[pair];
            for (int64_t k = p->first[i]; k < p->first[i] + p->per_class[i]; k++)
                s += (double)p->weight.v[(j - 1) * p->supports + k] * kernels[k];
            for (int64_t k = p->first[j]; k < p->first[j] + p->per_class[j]; k++)
                s += (double)p->weight.v[i * p->supports + k] * kernels[k];
            votes[s > 0 ? i : j] += 1;
            score[pair++] = s;
        }
    }
}

/* Probabilities of the classes from those of pairs, r[i][j] of i against j. */
static void couple(int64_t k, const double *r, double *q, double *p, double *qp)
{
    for (int64_t t = 0; t < k; t++) {
        p[t] = 1.0 / (double)k;
        q[t * k + t] = 0;
        for (int64_t j = 0; j < k; j++) {
            if (j == t)
                continue;
            q[t * k + t] += r[j * k + t] * r[j * k + t];
            q[t * k + j] = -r[j * k + t] * r[t * k + j];
        }
    }
    for (int64_t round = 0; round < (k > 100 ? k : 100); round++) {
        double sum = 0, worst = 0;
        for (int64_t t = 0; t < k; t++) {
            qp[t] = 0;
            for (int64_t j = 0; j < k; j++)
                qp[t] += q[t * k + j] * p[j];
            sum += p[t] * qp[t];
        }
        for (int64_t t = 0; t < k; t++)
            worst = fmax(worst, fabs(qp[t] - sum));
        if (worst < 0.005 / (double)k)
            break;
        for (int64_t t = 0; t < k; t++) {
            double diff = (sum - qp[t]) / q[t * k + t];
            p[t] += diff;
            sum = (sum + diff * (diff * q[t * k + t] + 2 * qp[t])) / ((1 + diff) * (1 + diff));
            for (int64_t j = 0; j < k; j++) {
                qp[j] = (qp[j] + diff * q[t * k + j]) / (1 + diff);
                p[j] /= 1 + diff;
            }
        }
    }
}

static void probabilities(const plan *p, const double *score, double *room, double *to)
{
    int64_t k = p->classes, pair = 0;
    double *r = room, *q = r + k * k, *qp = q + k * k;
    for (int64_t i = 0; i < k; i++) {
        r[i * k + i] = 0;
        for (int64_t j = i + 1; j < k; j++, pair++) {
            double v = 1 / (1 + exp(score[pair] * (double)p->prob_a.v[pair] +
                                    (double)p->prob_b.v[pair]));
            v = v < 1e-7 ? 1e-7 : v > 1 - 1e-7 ? 1 - 1e-7 : v;
            r[i * k + j] = v;
            r[j * k + i] = 1 - v;
        }
    }
    couple(k, r, q, to, qp);
}

static int64_t largest(const double *v, int64_t n)
{
    int64_t best = 0;
    for (int64_t i = 1; i < n; i++)
        best = v[i] > v[best] ? i : best;
    return best;
}

static sdx_status put_label(const sdx_score_job *j, int64_t row, int64_t winner, sdx_run *c)
{
    int wholes = 0, texts = 0;
    const int64_t *whole = sdx_attr_ints(j->n, "classlabels_ints", &wholes);
    const sdx_string *text = sdx_attr_strings(j->n, "classlabels_strings", &texts);
    if (!j->labels)
        return SDX_OK;
    if (texts > 0) {
        sdx_string s = text[winner < texts ? winner : texts - 1];
        return sdx_put_string(c, j->labels, row, s.text, s.length);
    }
    int64_t label = winner < wholes ? whole[winner] : winner;
    sdx_store_i64(j->labels, row, 1, 1, &label);
    return SDX_OK;
}

static sdx_status classify(const sdx_score_job *j, int64_t row, double *x, sdx_run *c)
{
    const plan *p = j->state;
    int64_t pairs = p->classes * (p->classes - 1) / 2;
    double *kernels = x + p->features, *votes = kernels + p->supports, *score = votes + p->classes;
    double *result = score + pairs, *room = result + p->columns + 2;
    bool coupled = p->prob_a.count > 0 && p->supports > 0;
    int64_t functions = p->supports > 0 && !coupled ? pairs : p->classes, winner;
    sdx_load_f64(x, j->x, row * p->features, 1, p->features);
    if (p->supports > 0) {
        for (int64_t i = 0; i < p->supports; i += BLOCK)
            block_kernels(p, x, i / BLOCK, kernels + i);
        score_pairs(p, kernels, votes, score);
        if (coupled)
            probabilities(p, score, room, result);
        else
            memcpy(result, score, (size_t)pairs * sizeof *result);
        winner = largest(votes, p->classes);
    } else {
        for (int64_t i = 0; i < p->classes; i++)
            result[i] = apply_kernel(p, x, p->weight.v + i * p->features) + (double)p->rho.v[0];
        winner = p->classes == 1 ? result[0] > (p->all_positive ? 0.5 : 0)
                                 : largest(result, p->classes);
    }
    if (functions == 1 && p->columns == 2)
        sdx_post_binary(p->post, false, result);
    else
        sdx_post_transform(p->post, result, p->columns);
    if (j->scores)
        sdx_store_f64(j->scores, row * p->columns, 1, p->columns, result);
    return put_label(j, row, winner, c);
}

static sdx_status some_classes(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    for (int64_t i = begin; i < end; i++)
        SDX_TRY(classify(arg, i, scratch, c));
    return SDX_OK;
}

static sdx_status some_values(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const sdx_score_job *j = arg;
    const plan *p = j->state;
    (void)c;
    for (int64_t i = begin; i < end; i++) {
        double sum = 0;
        sdx_load_f64(scratch, j->x, i * p->features, 1, p->features);
        for (int64_t k = 0; k < p->supports; k += BLOCK) {
            double kernels[BLOCK] = { 0 };
            block_kernels(p, scratch, k / BLOCK, kernels);
            for (int64_t l = 0; l < BLOCK && k + l < p->supports; l++)
                sum += (double)p->weight.v[k + l] * kernels[l];
        }
        if (p->supports == 0)
            sum = apply_kernel(p, scratch, p->weight.v);
        sum += (double)p->rho.v[0];
        if (p->one_class)
            sum = sum > 0 ? 1 : -1;
        sdx_post_transform(p->post, &sum, 1);
        sdx_store_f64(j->scores, i, 1, 1, &sum);
    }
    return SDX_OK;
}

static sdx_status run_classifier(const sdx_node *n, const void *state, sdx_run *c)
{
    return sdx_score_rows(n, state, c, true, 16, some_classes);
}

static sdx_status run_regressor(const sdx_node *n, const void *state, sdx_run *c)
{
    return sdx_score_rows(n, state, c, false, 16, some_values);
}

static const char domain[] = "ai.onnx.ml";
static const sdx_op ops[] = {
    { SDX_OP(SVMClassifier), domain, .schema = classifier_schema, .traits = SDX_PURE,
      .infer = infer_classifier, .prepare = prepare_classifier, .run = run_classifier },
    { SDX_OP(SVMRegressor), domain, .schema = regressor_schema,
      .limits = "?one_class:0|1 n_supports:[0,)", .traits = SDX_PURE, .infer = infer_regressor,
      .prepare = prepare_regressor, .run = run_regressor },
    { 0 },
};
const sdx_family sdx_family_traditionalml_svm = { ops, 0 };
