/* ops/traditionalml/tree_ensemble.c - TreeEnsembleClassifier, TreeEnsembleRegressor, TreeEnsemble.
 *
 * Both ways to write a forest (nodes named by tree and number; nodes and leaves by index) become
 * one array of nodes, leaves behind the others.  A row walks each tree to its leaf; the weights of
 * the leaves add up to scores, in double. Source: ONNX Operators-ml.md, TreeEnsembleClassifier-3,
 * TreeEnsembleRegressor-3, TreeEnsemble-5. */
#include "common/scores.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

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
    { 5, "X:T1 -> Y:T2 Z:f32 | Newer", NULL, NULL },
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
    { 5, "X:T -> Y:f32 | Newer", NULL, NULL },
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

/* ---- attributes ---- */

typedef enum mode { LEQ, LT, GTE, GT, EQ, NEQ, MEMBER, LEAF } mode;

/* Numbers that stand in a list of floats or, from version 3 on, in a tensor. */
typedef struct numbers {
    const float *list;
    const sdx_tensor *tensor;
    int64_t count;
} numbers;

static numbers find_numbers(const sdx_node *n, const char *list, const char *tensor)
{
    numbers r = { 0 };
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

static double number(const numbers *r, int64_t i)
{
    double v = 0;
    if (r->tensor)
        sdx_load_f64(&v, r->tensor, i, 1, 1);
    else
        v = r->list[i];
    return v;
}

typedef struct ints {
    const int64_t *v;
    int64_t count;
} ints;

static ints find_ints(const sdx_node *n, const char *name)
{
    int count = 0;
    ints r = { sdx_attr_ints(n, name, &count), 0 };
    r.count = r.v ? count : 0;
    return r;
}

/* Names of attributes that differ between the classifier and the regressor. */
typedef struct names {
    const char *trees, *nodes, *ids, *weights, *weights_tensor;
} names;
static const names of_class = { "class_treeids", "class_nodeids", "class_ids", "class_weights",
                                "class_weights_as_tensor" };
static const names of_target = { "target_treeids", "target_nodeids", "target_ids", "target_weights",
                                 "target_weights_as_tensor" };

/* ---- infer ---- */

static bool check_length(sdx_infer *c, const char *name, int64_t have, const char *as, int64_t want)
{
    if (have == want)
        return true;
    sdx_refuse(c, "tree-lists", "%s has %" PRId64 " entries, %s has %" PRId64, name, have, as,
               want);
    sdx_number(c, "have", have);
    sdx_number(c, "want", want);
    sdx_hint(c, "entry i of each list belongs to the same node: the lists are equally long");
    return false;
}

static bool check_lists(const sdx_node *n, sdx_infer *c, const names *w)
{
    static const char *const lists[] = { "nodes_treeids", "nodes_featureids", "nodes_truenodeids",
                                         "nodes_falsenodeids" };
    int modes;
    int64_t count = find_ints(n, "nodes_nodeids").count, leaves = find_ints(n, w->ids).count;
    sdx_attr_strings(n, "nodes_modes", &modes);
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        if (!check_length(c, lists[i], find_ints(n, lists[i]).count, "nodes_nodeids", count))
            return false;
    int64_t missing = find_ints(n, "nodes_missing_value_tracks_true").count;
    return check_length(c, "nodes_modes", modes, "nodes_nodeids", count) &&
           check_length(c, "nodes_values",
                        find_numbers(n, "nodes_values", "nodes_values_as_tensor").count,
                        "nodes_nodeids", count) &&
           (missing == 0 ||
            check_length(c, "nodes_missing_value_tracks_true", missing, "nodes_nodeids", count)) &&
           check_length(c, w->trees, find_ints(n, w->trees).count, w->ids, leaves) &&
           check_length(c, w->nodes, find_ints(n, w->nodes).count, w->ids, leaves) &&
           check_length(c, w->weights, find_numbers(n, w->weights, w->weights_tensor).count, w->ids,
                        leaves);
}

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
    int64_t whole = find_ints(n, "classlabels_int64s").count;
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
    if (!check_lists(n, c, &of_class) || !sdx_check_post(n, c) || !infer_rows(n, c, &y[0]))
        return;
    y[1] = sdx_num(labels == 1 ? 2 : labels);
    sdx_set_out_dims(c, 0, 1, y);
    sdx_set_out_dims(c, 1, 2, y);
}

static int64_t target_count(const sdx_node *n)
{
    int64_t targets = sdx_attr_int(n, "n_targets");
    return targets > 0 ? targets : 1;
}

static void infer_targets(const sdx_node *n, sdx_infer *c)
{
    sdx_dim y[2];
    if (!infer_rows(n, c, &y[0]))
        return;
    y[1] = sdx_num(target_count(n));
    sdx_set_out_dims(c, 0, 2, y);
}

static void infer_regressor(const sdx_node *n, sdx_infer *c)
{
    if (check_lists(n, c, &of_target) && sdx_check_post(n, c))
        infer_targets(n, c);
}

/* The features of X; unknown: more than any node looks at. */
static int64_t features_known(const sdx_node *n)
{
    sdx_dims x = sdx_in_dims(n, 0);
    sdx_dim last = x.rank > 0 ? x.dim[x.rank - 1] : sdx_unknown();
    return sdx_is_num(last) ? last.n : INT64_MAX;
}

/* Is i below count? */
static bool check_index(sdx_infer *c, const char *what, int64_t i, int64_t count)
{
    if (i >= 0 && i < count)
        return true;
    sdx_refuse(c, "tree-lists", "%s is %" PRId64 ", there are %" PRId64, what, i, count);
    sdx_hint(c, "numbers begin at 0");
    return false;
}

/* Nodes and leaves of version 5 lead to each other by index. */
static bool check_indexes(const sdx_node *n, sdx_infer *c, int64_t nodes, int64_t leaves)
{
    ints roots = find_ints(n, "tree_roots"), target = find_ints(n, "leaf_targetids"),
         feature = find_ints(n, "nodes_featureids");
    ints to[2] = { find_ints(n, "nodes_truenodeids"), find_ints(n, "nodes_falsenodeids") };
    ints leaf[2] = { find_ints(n, "nodes_trueleafs"), find_ints(n, "nodes_falseleafs") };
    numbers modes = find_numbers(n, NULL, "nodes_modes"),
            members = find_numbers(n, NULL, "membership_values");
    int64_t features = features_known(n), sets = 0, wanted = 0;
    for (int64_t i = 0; i < members.count; i++)
        sets += isnan(number(&members, i));
    for (int64_t i = 0; i < nodes; i++) {
        double m = number(&modes, i);
        wanted += m == MEMBER;
        if (!check_index(c, "a mode", m >= 0 && m < LEAF ? (int64_t)m : LEAF, LEAF) ||
            !check_index(c, "a feature", feature.v[i], features) ||
            !check_index(c, "a branch", to[0].v[i], leaf[0].v[i] ? leaves : nodes) ||
            !check_index(c, "a branch", to[1].v[i], leaf[1].v[i] ? leaves : nodes))
            return false;
    }
    for (int64_t i = 0; i < leaves; i++)
        if (!check_index(c, "a leaf's target", target.v[i], target_count(n)))
            return false;
    for (int64_t i = 0; i < roots.count; i++)
        if (!check_index(c, "a root", roots.v[i], nodes))
            return false;
    return wanted == 0 || check_index(c, "the last set of membership_values", wanted - 1, sets);
}

static void infer_ensemble(const sdx_node *n, sdx_infer *c)
{
    static const char *const lists[] = { "nodes_truenodeids", "nodes_falsenodeids",
                                         "nodes_trueleafs", "nodes_falseleafs" };
    int64_t nodes = find_ints(n, "nodes_featureids").count,
            leaves = find_ints(n, "leaf_targetids").count;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        if (!check_length(c, lists[i], find_ints(n, lists[i]).count, "nodes_featureids", nodes))
            return;
    if (check_length(c, "nodes_modes", find_numbers(n, NULL, "nodes_modes").count,
                     "nodes_featureids", nodes) &&
        check_length(c, "nodes_splits", find_numbers(n, NULL, "nodes_splits").count,
                     "nodes_featureids", nodes) &&
        check_length(c, "leaf_weights", find_numbers(n, NULL, "leaf_weights").count,
                     "leaf_targetids", leaves) &&
        check_indexes(n, c, nodes, leaves))
        infer_targets(n, c);
}

/* ---- the forest ---- */

typedef struct node {
    double value;    /* MEMBER: where its set begins */
    int32_t yes, no; /* LEAF: its first weight, and how many */
    int32_t feature;
    uint8_t mode;
    bool missing; /* NaN goes to yes */
} node;

typedef struct forest {
    int64_t nodes, trees, targets;
    node *node;
    const int32_t *root;
    int32_t *target; /* of each weight */
    double *weight;
    numbers base;
    numbers members; /* sets of MEMBER nodes, each ended by NaN */
    int aggregate;   /* as TreeEnsemble numbers them: 0 average, 1 sum, 2 min, 3 max */
    sdx_post post;
    bool binary, all_positive; /* one score stands for two classes */
} forest;

/* Where node `id` of tree `tree` stands in the lists: a table of places, found by hashing. */
typedef struct places {
    const int64_t *tree, *id;
    int32_t *slot; /* place + 1; 0: free */
    uint64_t mask;
} places;

static uint64_t hash_of(int64_t tree, int64_t id)
{
    uint64_t h = (uint64_t)tree * UINT64_C(0x9e3779b97f4a7c15) + (uint64_t)id;
    h = (h ^ (h >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    return h ^ (h >> 29);
}

static int32_t find_place(const places *p, int64_t tree, int64_t id)
{
    for (uint64_t h = hash_of(tree, id);; h++) {
        int32_t at = p->slot[h & p->mask] - 1;
        if (at < 0 || (p->tree[at] == tree && p->id[at] == id))
            return at;
    }
}

static void put_place(places *p, int64_t i)
{
    uint64_t h = hash_of(p->tree[i], p->id[i]);
    while (p->slot[h & p->mask])
        h++;
    p->slot[h & p->mask] = (int32_t)i + 1;
}

static bool make_places(sdx_prepare *c, places *p, int64_t count)
{
    uint64_t size = 16;
    while (size < (uint64_t)count * 2)
        size *= 2;
    p->slot = sdx_keep(c, (size_t)size * sizeof *p->slot);
    p->mask = size - 1;
    return p->slot != NULL;
}

static bool mode_named(sdx_string s, uint8_t *m)
{
    static const char *const words[] = { "BRANCH_LEQ", "BRANCH_LT",  "BRANCH_GTE", "BRANCH_GT",
                                         "BRANCH_EQ",  "BRANCH_NEQ", "",           "LEAF" };
    for (uint8_t i = 0; i < 8; i++)
        if (s.length == strlen(words[i]) && s.length > 0 &&
            memcmp(s.text, words[i], s.length) == 0) {
            *m = i;
            return true;
        }
    return false;
}

/* Weights in the order of the lists, to the order of their leaves. */
static sdx_status place_weights(const sdx_node *n, sdx_prepare *c, forest *f, const names *w,
                                const places *p)
{
    ints trees = find_ints(n, w->trees), ids = find_ints(n, w->nodes),
         targets = find_ints(n, w->ids);
    numbers weights = find_numbers(n, w->weights, w->weights_tensor);
    f->target = sdx_keep(c, (size_t)targets.count * sizeof *f->target + 1);
    f->weight = sdx_keep(c, (size_t)targets.count * sizeof *f->weight + 1);
    if (!f->target || !f->weight)
        return SDX_E_MEMORY;
    f->all_positive = true;
    for (int64_t i = 0; i < targets.count; i++) {
        int32_t at = find_place(p, trees.v[i], ids.v[i]);
        if (at < 0)
            return sdx_reject(c, SDX_E_MODEL,
                              "%s[%" PRId64 "]: tree %" PRId64 " has no node %" PRId64, w->nodes, i,
                              trees.v[i], ids.v[i]);
        if (f->node[at].mode == LEAF)
            f->node[at].no++;
    }
    int32_t first = 0;
    for (int64_t i = 0; i < f->nodes; i++) {
        if (f->node[i].mode != LEAF)
            continue;
        f->node[i].yes = first;
        first += f->node[i].no;
        f->node[i].no = 0;
    }
    for (int64_t i = 0; i < targets.count; i++) {
        node *leaf = &f->node[find_place(p, trees.v[i], ids.v[i])];
        double weight = number(&weights, i);
        if (leaf->mode != LEAF)
            continue;
        if (targets.v[i] < 0 || targets.v[i] >= f->targets)
            return sdx_reject(c, SDX_E_MODEL, "%s[%" PRId64 "] is %" PRId64 ", there are %" PRId64,
                              w->ids, i, targets.v[i], f->targets);
        f->all_positive = f->all_positive && weight >= 0;
        f->target[leaf->yes + leaf->no] = (int32_t)targets.v[i];
        f->weight[leaf->yes + leaf->no++] = weight;
    }
    return SDX_OK;
}

static sdx_status check_feature(sdx_prepare *c, int64_t feature, int64_t features, int64_t i)
{
    if (feature >= 0 && feature < features)
        return SDX_OK;
    return sdx_reject(c, SDX_E_MODEL,
                      "node %" PRId64 " looks at feature %" PRId64 ", X has %" PRId64, i, feature,
                      features);
}

/* Nodes named by tree and number: versions 1 and 3. */
static sdx_status build_named(const sdx_node *n, sdx_prepare *c, forest *f, const names *w,
                              int64_t features)
{
    ints tree = find_ints(n, "nodes_treeids"), id = find_ints(n, "nodes_nodeids");
    ints yes = find_ints(n, "nodes_truenodeids"), no = find_ints(n, "nodes_falsenodeids");
    ints feature = find_ints(n, "nodes_featureids"),
         missing = find_ints(n, "nodes_missing_value_tracks_true");
    numbers value = find_numbers(n, "nodes_values", "nodes_values_as_tensor");
    int modes;
    const sdx_string *word = sdx_attr_strings(n, "nodes_modes", &modes);
    places p = { tree.v, id.v, NULL, 0 }, known = { tree.v, tree.v, NULL, 0 };
    f->nodes = id.count;
    f->node = sdx_keep(c, (size_t)f->nodes * sizeof *f->node + 1);
    int32_t *root = sdx_keep(c, (size_t)f->nodes * sizeof *root + 1);
    if (!f->node || !root || !make_places(c, &p, f->nodes) || !make_places(c, &known, f->nodes))
        return SDX_E_MEMORY;
    f->root = root;
    for (int64_t i = 0; i < f->nodes; i++)
        put_place(&p, i);
    for (int64_t i = 0; i < f->nodes; i++) {
        node *at = &f->node[i];
        if (!mode_named(word[i], &at->mode))
            return sdx_reject(c, SDX_E_MODEL, "nodes_modes[%" PRId64 "] is '%.*s'", i,
                              (int)(word[i].length < 40 ? word[i].length : 40), word[i].text);
        /* A tree begins where its number first stands. */
        if ((i == 0 || tree.v[i] != tree.v[i - 1]) &&
            find_place(&known, tree.v[i], tree.v[i]) < 0) {
            put_place(&known, i);
            root[f->trees++] = (int32_t)i;
        }
        if (at->mode == LEAF)
            continue;
        at->value = number(&value, i);
        at->feature = (int32_t)feature.v[i];
        at->missing = missing.count > 0 && missing.v[i] != 0;
        at->yes = find_place(&p, tree.v[i], yes.v[i]);
        at->no = find_place(&p, tree.v[i], no.v[i]);
        SDX_TRY(check_feature(c, feature.v[i], features, i));
        if (at->yes < 0 || at->no < 0)
            return sdx_reject(c, SDX_E_MODEL,
                              "node %" PRId64 " of tree %" PRId64 " leads to node %" PRId64
                              ", which does not exist",
                              id.v[i], tree.v[i], at->yes < 0 ? yes.v[i] : no.v[i]);
    }
    return place_weights(n, c, f, w, &p);
}

/* Nodes and leaves by index: version 5.  Leaves follow the nodes. */
static sdx_status build_indexed(const sdx_node *n, sdx_prepare *c, forest *f)
{
    ints roots = find_ints(n, "tree_roots"), target = find_ints(n, "leaf_targetids");
    ints feature = find_ints(n, "nodes_featureids"),
         missing = find_ints(n, "nodes_missing_value_tracks_true");
    ints to[2] = { find_ints(n, "nodes_truenodeids"), find_ints(n, "nodes_falsenodeids") };
    ints leaf[2] = { find_ints(n, "nodes_trueleafs"), find_ints(n, "nodes_falseleafs") };
    numbers modes = find_numbers(n, NULL, "nodes_modes"),
            splits = find_numbers(n, NULL, "nodes_splits");
    numbers weights = find_numbers(n, NULL, "leaf_weights");
    int64_t inner = feature.count, member = 0;
    f->nodes = inner + target.count;
    f->trees = roots.count;
    f->node = sdx_keep(c, (size_t)f->nodes * sizeof *f->node + 1);
    f->target = sdx_keep(c, (size_t)target.count * sizeof *f->target + 1);
    f->weight = sdx_keep(c, (size_t)target.count * sizeof *f->weight + 1);
    int32_t *root = sdx_keep(c, (size_t)roots.count * sizeof *root + 1);
    if (!f->node || !f->target || !f->weight || !root)
        return SDX_E_MEMORY;
    f->root = root;
    f->members = find_numbers(n, NULL, "membership_values");
    for (int64_t i = 0; i < inner; i++) {
        node *at = &f->node[i];
        int32_t next[2];
        at->mode = (uint8_t)number(&modes, i);
        at->value = number(&splits, i);
        at->feature = (int32_t)feature.v[i];
        at->missing = i < missing.count && missing.v[i] != 0;
        for (int k = 0; k < 2; k++)
            next[k] = (int32_t)(leaf[k].v[i] ? inner + to[k].v[i] : to[k].v[i]);
        at->yes = next[0];
        at->no = next[1];
        if (at->mode != MEMBER)
            continue;
        at->value = (double)member;
        while (member < f->members.count && !isnan(number(&f->members, member)))
            member++;
        member++;
    }
    for (int64_t i = 0; i < target.count; i++) {
        f->node[inner + i] = (node){ .mode = LEAF, .yes = (int32_t)i, .no = 1 };
        f->target[i] = (int32_t)target.v[i];
        f->weight[i] = number(&weights, i);
    }
    for (int64_t i = 0; i < roots.count; i++)
        root[i] = (int32_t)roots.v[i];
    return SDX_OK;
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
    sdx_shape x = sdx_in_shape(n, 0);
    size_t features = (size_t)(x.rank > 0 ? x.dim[x.rank - 1] : 1);
    sdx_want_scratch(c, 0, (features + 2 * (size_t)targets + 2) * sizeof(double));
    return SDX_OK;
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
    SDX_TRY(build_named(n, c, f, &of_class, features_of(n)));
    f->base = find_numbers(n, "base_values", "base_values_as_tensor");
    f->post = sdx_post_attr(n);
    ints ids = find_ints(n, "class_ids");
    f->binary = labels <= 2 && ids.count > 0;
    for (int64_t i = 1; i < ids.count && f->binary; i++)
        f->binary = ids.v[i] == ids.v[0];
    *state = f;
    return SDX_OK;
}

static sdx_status prepare_regressor(const sdx_node *n, sdx_prepare *c, void **state)
{
    forest *f;
    SDX_TRY(begin(n, c, &f, target_count(n)));
    SDX_TRY(build_named(n, c, f, &of_target, features_of(n)));
    f->base = find_numbers(n, "base_values", "base_values_as_tensor");
    f->post = sdx_post_attr(n);
    f->aggregate = aggregate_named(n);
    *state = f;
    return SDX_OK;
}

static sdx_status prepare_ensemble(const sdx_node *n, sdx_prepare *c, void **state)
{
    forest *f;
    SDX_TRY(begin(n, c, &f, target_count(n)));
    SDX_TRY(build_indexed(n, c, f));
    f->aggregate = (int)sdx_attr_int(n, "aggregate_function");
    int64_t post = sdx_attr_int(n, "post_transform");
    f->post = post >= SDX_POST_NONE && post <= SDX_POST_PROBIT ? (sdx_post)post : SDX_POST_NONE;
    *state = f;
    return SDX_OK;
}

/* ---- run ---- */

static bool is_member(const forest *f, double first, double x)
{
    for (int64_t i = (int64_t)first; i < f->members.count; i++) {
        double v = number(&f->members, i);
        if (isnan(v) || v == x)
            return v == x;
    }
    return false;
}

static bool says_yes(const forest *f, const node *at, double x)
{
    if (isnan(x))
        return at->missing;
    if (at->mode == LEQ)
        return x <= at->value;
    if (at->mode == LT)
        return x < at->value;
    if (at->mode == GTE)
        return x >= at->value;
    if (at->mode == GT)
        return x > at->value;
    if (at->mode == EQ)
        return x == at->value;
    return at->mode == NEQ ? x != at->value : is_member(f, at->value, x);
}

/* The leaf that a row comes to; NULL: the branches go round in a circle. */
static const node *find_leaf(const forest *f, int64_t tree, const double *x)
{
    const node *at = &f->node[f->root[tree]];
    for (int64_t step = 0; step <= f->nodes; step++) {
        if (at->mode == LEAF)
            return at;
        at = &f->node[says_yes(f, at, x[at->feature]) ? at->yes : at->no];
    }
    return NULL;
}

/* Scores of a row; seen[t]: some leaf had a weight for target t. */
static bool score_row(const forest *f, const double *x, double *score, double *seen)
{
    for (int64_t t = 0; t < f->targets; t++)
        score[t] = seen[t] = 0;
    for (int64_t i = 0; i < f->trees; i++) {
        const node *leaf = find_leaf(f, i, x);
        if (!leaf)
            return false;
        for (int32_t k = leaf->yes; k < leaf->yes + leaf->no; k++) {
            double w = f->weight[k], *s = &score[f->target[k]];
            bool first = seen[f->target[k]] == 0;
            if (f->aggregate < 2)
                *s += w;
            else if (f->aggregate == 2)
                *s = first || w < *s ? w : *s;
            else
                *s = first || w > *s ? w : *s;
            seen[f->target[k]] = 1;
        }
    }
    for (int64_t t = 0; t < f->targets; t++) {
        if (f->aggregate == 0 && f->trees > 0)
            score[t] /= (double)f->trees;
        if (f->base.count > 0)
            score[t] += number(&f->base, t < f->base.count ? t : f->base.count - 1);
    }
    return true;
}

static sdx_status circle(sdx_run *c)
{
    return sdx_fail(c, SDX_E_MODEL, "the branches of a tree go round in a circle");
}

static sdx_status some_scores(void *arg, int64_t first, int64_t end, void *scratch, sdx_run *c)
{
    const sdx_score_job *j = arg;
    const forest *f = j->state;
    int64_t features = j->x->shape.dim[j->x->shape.rank - 1];
    double *x = scratch, *score = x + features, *seen = score + f->targets;
    for (int64_t i = first; i < end; i++) {
        sdx_load_f64(x, j->x, i * features, 1, features);
        if (!score_row(f, x, score, seen))
            return circle(c);
        sdx_post_transform(f->post, score, f->targets);
        sdx_store_f64(j->scores, i * f->targets, 1, f->targets, score);
    }
    return SDX_OK;
}

/* The winner's label into output 0. */
static sdx_status put_label(const sdx_score_job *j, int64_t i, int64_t winner, sdx_run *c)
{
    int strings = 0;
    const sdx_string *text = sdx_attr_strings(j->n, "classlabels_strings", &strings);
    ints whole = find_ints(j->n, "classlabels_int64s");
    if (!j->labels)
        return SDX_OK;
    if (strings > 0) {
        const sdx_string none = { "", 0 };
        sdx_string s = winner < strings              ? text[winner]
                       : strings == 1 && winner == 1 ? text[0]
                                                     : none;
        return sdx_put_string(c, j->labels, i, s.text, s.length);
    }
    int64_t label = winner;
    if (whole.count == 1)
        label = winner == 1 ? whole.v[0] : 0;
    else if (winner < whole.count)
        label = whole.v[winner];
    sdx_store_i64(j->labels, i, 1, 1, &label);
    return SDX_OK;
}

static sdx_status some_classes(void *arg, int64_t first, int64_t end, void *scratch, sdx_run *c)
{
    const sdx_score_job *j = arg;
    const forest *f = j->state;
    int64_t features = j->x->shape.dim[j->x->shape.rank - 1];
    double *x = scratch, *score = x + features, *seen = score + f->targets;
    for (int64_t i = first; i < end; i++) {
        int64_t winner = 0;
        sdx_load_f64(x, j->x, i * features, 1, features);
        if (!score_row(f, x, score, seen))
            return circle(c);
        if (f->binary) {
            double s = f->target[0] == 1 ? score[1] : score[0];
            winner = (float)s >
                     (f->all_positive ? 0.5f : 0); /* 0.2 + 0.3 is 0.5, as floats have it */
            score[0] = s;
            sdx_post_binary(f->post, f->all_positive, score);
        } else {
            for (int64_t t = 1; t < f->targets; t++)
                winner = score[t] > score[winner] ? t : winner;
            sdx_post_transform(f->post, score, f->targets);
        }
        SDX_TRY(put_label(j, i, winner, c));
        if (j->scores)
            sdx_store_f64(j->scores, i * f->targets, 1, f->targets, score);
    }
    return SDX_OK;
}

static int64_t grain(const forest *f)
{
    return 1 + 4096 / (1 + f->trees);
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
    { SDX_OP(TreeEnsembleClassifier), domain, .schema = classifier_schema, .traits = SDX_PURE,
      .infer = infer_classifier, .prepare = prepare_classifier, .run = run_classifier },
    { SDX_OP(TreeEnsembleRegressor), domain, .schema = regressor_schema, .traits = SDX_PURE,
      .infer = infer_regressor, .prepare = prepare_regressor, .run = run_scores },
    { SDX_OP(TreeEnsemble), domain, .schema = ensemble_schema, .traits = SDX_PURE,
      .infer = infer_ensemble, .prepare = prepare_ensemble, .run = run_scores },
    { 0 },
};
const sdx_family sdx_family_traditionalml_tree_ensemble = { ops, 0 };
