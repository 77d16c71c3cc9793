/* ops/traditionalml/tree_ensemble.c - TreeEnsembleClassifier, TreeEnsembleRegressor, TreeEnsemble.
 *
 * Both ways to write a forest (nodes named by tree and number; nodes and leaves by index) become
 * one array of nodes, leaves behind the others: tree_ensemble/build.c.  A row walks each tree to
 * its leaf; the weights of the leaves add up to scores, in double: tree_ensemble/walk.c, and for
 * floats tree_ensemble/steps.c.  Source: ONNX Operators-ml.md, TreeEnsembleClassifier-3,
 * TreeEnsembleRegressor-3, TreeEnsemble-5. */
#include <inttypes.h>
#include "common/check.h"
#include "traditionalml/tree_ensemble/forest.h"

static const sdx_schema classifier_schema[] = {
    { 1, "X:T1 -> Y:T2 Z:f32",
      "post_transform:string=NONE classlabels_int64s:ints nodes_nodeids:ints "
      "classlabels_strings:strings class_ids:ints class_weights:floats nodes_treeids:ints "
      "nodes_featureids:ints nodes_values:floats nodes_falsenodeids:ints nodes_hitrates:floats "
      "base_values:floats nodes_missing_value_tracks_true:ints nodes_modes:strings "
      "nodes_truenodeids:ints class_treeids:ints class_nodeids:ints",
      "T1: f32 f64 i32 i64; T2: i64 str" },
    { 3, NULL,
      "base_values_as_tensor:tensor post_transform:string=NONE classlabels_int64s:ints "
      "class_weights_as_tensor:tensor class_weights:floats classlabels_strings:strings "
      "class_ids:ints nodes_nodeids:ints nodes_treeids:ints nodes_featureids:ints "
      "nodes_values_as_tensor:tensor nodes_falsenodeids:ints nodes_hitrates:floats "
      "base_values:floats nodes_missing_value_tracks_true:ints nodes_values:floats "
      "nodes_hitrates_as_tensor:tensor nodes_modes:strings nodes_truenodeids:ints "
      "class_treeids:ints class_nodeids:ints",
      NULL },
    { 5, "X:T1 -> Y:T2 Z:f32 | TreeEnsemble", NULL, NULL },
    { 0 },
};

static const sdx_schema regressor_schema[] = {
    { 1, "X:T -> Y:f32",
      "aggregate_function:string=SUM post_transform:string=NONE n_targets:int "
      "nodes_nodeids:ints target_nodeids:ints nodes_treeids:ints nodes_featureids:ints "
      "nodes_values:floats target_weights:floats nodes_falsenodeids:ints nodes_hitrates:floats "
      "base_values:floats nodes_missing_value_tracks_true:ints nodes_modes:strings "
      "nodes_truenodeids:ints target_treeids:ints target_ids:ints",
      "T: f32 f64 i32 i64" },
    { 3, NULL,
      "base_values_as_tensor:tensor aggregate_function:string=SUM post_transform:string=NONE "
      "n_targets:int target_weights_as_tensor:tensor target_ids:ints nodes_nodeids:ints "
      "nodes_treeids:ints nodes_featureids:ints target_nodeids:ints "
      "nodes_values_as_tensor:tensor target_weights:floats nodes_falsenodeids:ints "
      "nodes_hitrates:floats base_values:floats nodes_missing_value_tracks_true:ints "
      "nodes_values:floats nodes_hitrates_as_tensor:tensor nodes_modes:strings "
      "nodes_truenodeids:ints target_treeids:ints",
      NULL },
    { 5, "X:T -> Y:f32 | TreeEnsemble", NULL, NULL },
    { 0 },
};

static const sdx_schema ensemble_schema[] = {
    { 5, "X:T -> Y:T",
      "aggregate_function:int=1 post_transform:int=0 tree_roots:ints! nodes_hitrates:tensor "
      "nodes_missing_value_tracks_true:ints nodes_modes:tensor! leaf_weights:tensor! "
      "leaf_targetids:ints! nodes_falsenodeids:ints! n_targets:int nodes_trueleafs:ints! "
      "nodes_featureids:ints! nodes_splits:tensor! nodes_falseleafs:ints! "
      "nodes_truenodeids:ints! membership_values:tensor",
      "T: float" },
    { 0 },
};

/* ---- infer ---- */

/* Rows of X: its first dim, or one where X is a vector. */
static bool infer_rows(const sdx_node *n, sdx_infer *c, sdx_dim *rows)
{
    sdx_dims x = sdx_in_dims(n, 0);
    if (!sdx_check_rank(c, 0, 1, 2))
        return false;
    *rows = x.rank == 1 ? sdx_num(1) : sdx_in_dim(n, 0, 0);
    return true;
}

static int64_t label_count(const sdx_node *n)
{
    int strings = 0;
    int64_t whole = forest_find_ints(n, "classlabels_int64s").count;
    sdx_attr_strings(n, "classlabels_strings", &strings);
    return whole > 0 ? whole : strings;
}

static void infer_classifier(const sdx_node *n, sdx_infer *c)
{
    int strings = 0;
    sdx_dim y[2];
    int64_t labels = label_count(n);
    sdx_attr_strings(n, "classlabels_strings", &strings);
    sdx_set_out_dtype(c, 0, strings > 0 ? SDX_STR : SDX_I64);
    if (!forest_check_lists(n, c, &forest_of_class) || !sdx_check_post(n, c) ||
        !infer_rows(n, c, &y[0]))
        return;
    y[1] = sdx_num(labels == 1 ? 2 : labels);
    sdx_set_out_dims(c, 0, 1, y);
    sdx_set_out_dims(c, 1, 2, y);
}

static void infer_targets(const sdx_node *n, sdx_infer *c)
{
    sdx_dim y[2];
    if (!infer_rows(n, c, &y[0]))
        return;
    y[1] = sdx_num(forest_targets(n));
    sdx_set_out_dims(c, 0, 2, y);
}

static void infer_regressor(const sdx_node *n, sdx_infer *c)
{
    int64_t base = forest_find_numbers(n, "base_values", "base_values_as_tensor").count;
    if (!forest_check_lists(n, c, &forest_of_target) || !sdx_check_post(n, c))
        return;
    if (base > 0 && base != forest_targets(n)) {
        sdx_warn(c, "tree-lists", "base_values has %s for %s", sdx_counted(c, base, "entry"),
                 sdx_counted(c, forest_targets(n), "target"));
        sdx_hint(c, "give one for each target, or none");
    }
    infer_targets(n, c);
}

static void lint_classifier(const sdx_node *n, sdx_infer *c)
{
    forest_check_nodes(n, c, &forest_of_class);
}

static void lint_regressor(const sdx_node *n, sdx_infer *c)
{
    forest_check_nodes(n, c, &forest_of_target);
}

static void infer_ensemble(const sdx_node *n, sdx_infer *c)
{
    if (forest_check_indexes(n, c))
        infer_targets(n, c);
}

/* ---- prepare ---- */

static int aggregate_named(const sdx_node *n)
{
    static const char *const words[] = { "AVERAGE", "SUM", "MIN", "MAX" };
    for (int i = 0; i < 4; i++)
        if (sdx_attr_is(n, "aggregate_function", words[i]))
            return i;
    return 1;
}

static sdx_status begin(const sdx_node *n, sdx_prepare *c, forest **f, int64_t targets)
{
    *f = sdx_keep(c, sizeof **f);
    if (!*f)
        return SDX_E_MEMORY;
    (*f)->targets = targets;
    (*f)->aggregate = 1;
    (*f)->whole = forest_find_ints(n, "classlabels_int64s");
    (*f)->text = sdx_attr_strings(n, "classlabels_strings", &(*f)->texts);
    return SDX_OK;
}

static sdx_status finish(const sdx_node *n, sdx_prepare *c, forest *f, void **state)
{
    sdx_shape x = sdx_in_shape(n, 0);
    size_t features = (size_t)(x.rank > 0 ? x.dim[x.rank - 1] : 1);
    f->rows = f->targets > 256 ? 8 : FOREST_ROWS;
    sdx_want_scratch(c, 0,
                     (features + (size_t)(f->rows + 1) * (size_t)f->targets + 2) * sizeof(double));
    *state = f;
    /* a leaf, too, reads a feature */
    return sdx_in_dtype(n, 0) == SDX_F32 && features > 0 ? forest_make_steps(c, f) : SDX_OK;
}

static int64_t features_of(const sdx_node *n)
{
    sdx_shape x = sdx_in_shape(n, 0);
    return x.dim[x.rank - 1];
}

static sdx_status prepare_classifier(const sdx_node *n, sdx_prepare *c, void **state)
{
    forest *f;
    int64_t labels = label_count(n);
    SDX_TRY(begin(n, c, &f, labels < 2 ? 2 : labels));
    SDX_TRY(forest_build_named(n, c, f, &forest_of_class, features_of(n)));
    f->base = forest_find_numbers(n, "base_values", "base_values_as_tensor");
    f->post = sdx_post_attr(n);
    forest_ints ids = forest_find_ints(n, "class_ids");
    f->binary = labels <= 2 && ids.count > 0;
    for (int64_t i = 1; i < ids.count && f->binary; i++)
        f->binary = ids.v[i] == ids.v[0];
    return finish(n, c, f, state);
}

static sdx_status prepare_regressor(const sdx_node *n, sdx_prepare *c, void **state)
{
    forest *f;
    SDX_TRY(begin(n, c, &f, forest_targets(n)));
    SDX_TRY(forest_build_named(n, c, f, &forest_of_target, features_of(n)));
    f->base = forest_find_numbers(n, "base_values", "base_values_as_tensor");
    f->post = sdx_post_attr(n);
    f->aggregate = aggregate_named(n);
    return finish(n, c, f, state);
}

static sdx_status prepare_ensemble(const sdx_node *n, sdx_prepare *c, void **state)
{
    forest *f;
    SDX_TRY(begin(n, c, &f, forest_targets(n)));
    SDX_TRY(forest_build_indexed(n, c, f));
    f->aggregate = (int)sdx_attr_int(n, "aggregate_function");
    int64_t post = sdx_attr_int(n, "post_transform");
    f->post = post >= SDX_POST_NONE && post <= SDX_POST_PROBIT ? (sdx_post)post : SDX_POST_NONE;
    return finish(n, c, f, state);
}

/* ---- run ---- */

/* Scores of rows i.., as many as are taken at a time. */
static sdx_status score_rows(const sdx_score_job *j, int64_t i, int64_t rows, double *score,
                             sdx_run *c)
{
    const forest *f = j->state;
    int64_t features = j->x->shape.dim[j->x->shape.rank - 1];
    double *seen = score + f->rows * f->targets, *x = seen + f->targets;
    if (f->step) {
        forest_sum_rows(f, sdx_f32(j->x) + i * features, features, rows, score);
        return SDX_OK;
    }
    for (int64_t k = 0; k < rows; k++) {
        sdx_load_f64(x, j->x, (i + k) * features, 1, features);
        if (!forest_score_row(f, x, score + k * f->targets, seen))
            return sdx_fail(c, SDX_E_MODEL, "the branches of a tree go round in a circle");
    }
    return SDX_OK;
}

static sdx_status some_scores(void *arg, int64_t first, int64_t end, void *scratch, sdx_run *c)
{
    const sdx_score_job *j = arg;
    const forest *f = j->state;
    for (int64_t i = first, rows; i < end; i += rows) {
        rows = end - i < f->rows ? end - i : f->rows;
        SDX_TRY(score_rows(j, i, rows, scratch, c));
        for (int64_t k = 0; k < rows && f->post != SDX_POST_NONE; k++)
            sdx_post_transform(f->post, (double *)scratch + k * f->targets, f->targets);
        sdx_store_f64(j->scores, i * f->targets, 1, rows * f->targets, scratch);
    }
    return SDX_OK;
}

/* The winner's label into output 0. */
static sdx_status put_label(const sdx_score_job *j, int64_t i, int64_t winner, sdx_run *c)
{
    const forest *f = j->state;
    if (!j->labels)
        return SDX_OK;
    if (f->texts > 0) {
        const sdx_string none = { "", 0 };
        sdx_string s = winner < f->texts              ? f->text[winner]
                       : f->texts == 1 && winner == 1 ? f->text[0]
                                                      : none;
        return sdx_put_string(c, j->labels, i, s.text, s.length);
    }
    int64_t label = winner;
    if (f->whole.count == 1)
        label = winner == 1 ? f->whole.v[0] : 0;
    else if (winner < f->whole.count)
        label = f->whole.v[winner];
    sdx_store_i64(j->labels, i, 1, 1, &label);
    return SDX_OK;
}

/* A row's scores become what is given out; returns the winner. */
static int64_t decide(const forest *f, double *score)
{
    int64_t winner = 0;
    if (f->binary) {
        double s = f->target[0] == 1 ? score[1] : score[0];
        /* 0.2 + 0.3 is 0.5, as floats have it */
        winner = (float)s > (f->all_positive ? 0.5f : 0);
        score[0] = s;
        sdx_post_binary(f->post, f->all_positive, score);
        return winner;
    }
    for (int64_t t = 1; t < f->targets; t++)
        winner = score[t] > score[winner] ? t : winner;
    sdx_post_transform(f->post, score, f->targets);
    return winner;
}

static sdx_status some_classes(void *arg, int64_t first, int64_t end, void *scratch, sdx_run *c)
{
    const sdx_score_job *j = arg;
    const forest *f = j->state;
    double *score = scratch;
    for (int64_t i = first, rows; i < end; i += rows) {
        rows = end - i < f->rows ? end - i : f->rows;
        SDX_TRY(score_rows(j, i, rows, score, c));
        for (int64_t k = 0; k < rows; k++)
            SDX_TRY(put_label(j, i + k, decide(f, score + k * f->targets), c));
        if (j->scores)
            sdx_store_f64(j->scores, i * f->targets, 1, rows * f->targets, score);
    }
    return SDX_OK;
}

/* Whole groups of rows that walk side by side. */
static int64_t grain(const forest *f)
{
    return f->step ? 8 + 16384 / (1 + f->trees) / 8 * 8 : 1 + 4096 / (1 + f->trees);
}

static sdx_status run_classifier(const sdx_node *n, const void *state, sdx_run *c)
{
    return sdx_score_rows(n, state, c, true, grain(state), some_classes);
}

static sdx_status run_scores(const sdx_node *n, const void *state, sdx_run *c)
{
    return sdx_score_rows(n, state, c, false, grain(state), some_scores);
}

static const char domain[] = "ai.onnx.ml";
static const sdx_op ops[] = {
    { SDX_OP(TreeEnsembleClassifier), domain, .schema = classifier_schema,
      .limits =
          "nodes_modes:BRANCH_LEQ|BRANCH_LT|BRANCH_GTE|BRANCH_GT|BRANCH_EQ|BRANCH_NEQ|LEAF class_ids:[0,)",
      .traits = SDX_PURE, .infer = infer_classifier, .lint = lint_classifier,
      .prepare = prepare_classifier, .run = run_classifier },
    { SDX_OP(TreeEnsembleRegressor), domain, .schema = regressor_schema,
      .limits =
          "nodes_modes:BRANCH_LEQ|BRANCH_LT|BRANCH_GTE|BRANCH_GT|BRANCH_EQ|BRANCH_NEQ|LEAF target_ids:[0,n_targets) aggregate_function:SUM|AVERAGE|MIN|MAX n_targets:[1,)",
      .traits = SDX_PURE, .infer = infer_regressor, .lint = lint_regressor,
      .prepare = prepare_regressor, .run = run_scores },
    { SDX_OP(TreeEnsemble), domain, .schema = ensemble_schema,
      .limits = "aggregate_function:0|1|2|3 n_targets:[1,)", .traits = SDX_PURE,
      .infer = infer_ensemble, .prepare = prepare_ensemble, .run = run_scores },
    { 0 },
};
const sdx_family sdx_family_traditionalml_tree_ensemble = { ops, 0 };
