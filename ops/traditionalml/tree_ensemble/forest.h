/* ops/traditionalml/tree_ensemble/forest.h - a forest: what its attributes say, and how it is kept.
 *
 * Nodes lie in one array, leaves among or behind them; a row walks each tree from its root to a
 * leaf. */
#ifndef TRADITIONALML_TREE_ENSEMBLE_FOREST_H
#define TRADITIONALML_TREE_ENSEMBLE_FOREST_H
#include "common/scores.h"

/* ---- attributes ---- */

/* Numbers that stand in a list of floats or, from version 3 on, in a tensor. */
typedef struct forest_numbers {
    const float *list;
    const sdx_tensor *tensor;
    int64_t count;
} forest_numbers;

static inline forest_numbers forest_find_numbers(const sdx_node *n, const char *list,
                                                 const char *tensor)
{
    forest_numbers r = { 0 };
    int count = 0;
    if (tensor)
        r.tensor = sdx_attr_tensor(n, tensor);
    if (r.tensor) {
        r.count = sdx_elements(r.tensor);
    } else if (list) {
        r.list = sdx_attr_floats(n, list, &count);
        r.count = r.list ? count : 0;
    }
    return r;
}

static inline double forest_number(const forest_numbers *r, int64_t i)
{
    double v = 0;
    if (r->tensor)
        sdx_load_f64(&v, r->tensor, i, 1, 1);
    else
        v = r->list[i];
    return v;
}

typedef struct forest_ints {
    const int64_t *v;
    int64_t count;
} forest_ints;

static inline forest_ints forest_find_ints(const sdx_node *n, const char *name)
{
    int count = 0;
    forest_ints r = { sdx_attr_ints(n, name, &count), 0 };
    r.count = r.v ? count : 0;
    return r;
}

/* Names of attributes that differ between the classifier and the regressor. */
typedef struct forest_names {
    const char *trees, *nodes, *ids, *weights, *weights_tensor;
} forest_names;
extern const forest_names forest_of_class, forest_of_target;

/* Lists are as long as each other; false: refused. */
bool forest_check_lists(const sdx_node *n, sdx_infer *c, const forest_names *w);
/* Nodes are of a known mode and lead to nodes that are there, as do weights.  Takes longer than
 * infer should each time. */
void forest_check_nodes(const sdx_node *n, sdx_infer *c, const forest_names *w);
/* Version 5: so are these, and every index leads somewhere. */
bool forest_check_indexes(const sdx_node *n, sdx_infer *c);

static inline int64_t forest_targets(const sdx_node *n)
{
    int64_t targets = sdx_attr_int(n, "n_targets");
    return targets > 0 ? targets : 1;
}

/* ---- the forest ---- */

/* As TreeEnsemble numbers them. */
typedef enum forest_mode {
    FOREST_LEQ,
    FOREST_LT,
    FOREST_GTE,
    FOREST_GT,
    FOREST_EQ,
    FOREST_NEQ,
    FOREST_MEMBER,
    FOREST_LEAF
} forest_mode;

/* As versions 1 and 3 call them; false: no such name. */
bool forest_mode_named(sdx_string s, uint8_t *mode);

typedef struct forest_node {
    double value;    /* MEMBER: where its set begins */
    int32_t yes, no; /* LEAF: its first weight, and how many */
    int32_t feature;
    uint8_t mode;
    bool missing; /* NaN goes to yes */
} forest_node;

/* x[feature] <= value leads to step `left`, anything else to the one behind it; the sign bit of
 * `feature`: NaN leads there, too. */
typedef struct forest_step {
    float value;
    uint32_t feature, left, leaf;
} forest_step;

typedef struct forest {
    int64_t nodes, trees, targets;
    int64_t rows; /* that are scored at a time */
    forest_node *node;
    const int32_t *root;
    int32_t *target; /* of each weight */
    double *weight;
    forest_numbers base;
    forest_numbers members; /* sets of MEMBER nodes, each ended by NaN */
    int aggregate;          /* as TreeEnsemble numbers them: 0 average, 1 sum, 2 min, 3 max */
    sdx_post post;
    bool binary, all_positive; /* one score stands for two classes */
    forest_ints whole;         /* labels of the classes */
    const sdx_string *text;
    int texts;
    forest_step *step; /* for floats and sums; NULL: nodes compare otherwise, or are shared */
    uint32_t *start;   /* of each tree */
    uint32_t *first;   /* weight of each leaf; one more ends them */
} forest;

enum { FOREST_ROWS = 64 };

/* Nodes named by tree and number: versions 1 and 3.  X has so many features. */
sdx_status forest_build_named(const sdx_node *n, sdx_prepare *c, forest *f, const forest_names *w,
                              int64_t features);
/* Nodes and leaves by index: version 5.  Leaves follow the nodes. */
sdx_status forest_build_indexed(const sdx_node *n, sdx_prepare *c, forest *f);

/* Steps for a forest that was built. */
sdx_status forest_make_steps(sdx_prepare *c, forest *f);
/* Scores of rows, by steps: as forest_score_row has them. */
void forest_sum_rows(const forest *f, const float *x, int64_t features, int64_t rows,
                     double *score);
/* Average and base values, at the end of a row's sums. */
void forest_finish(const forest *f, double *score);

/* Scores of a row; seen[t]: some leaf had a weight for target t.  false: the branches of a tree go
 * round in a circle. */
bool forest_score_row(const forest *f, const double *x, double *score, double *seen);
#endif
