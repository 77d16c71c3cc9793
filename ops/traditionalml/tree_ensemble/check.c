/* ops/traditionalml/tree_ensemble/check.c - the lists that describe a forest fit each other. */
#include "common/check.h"
#include "traditionalml/tree_ensemble/forest.h"
#include <inttypes.h>
#include <math.h>

const forest_names forest_of_class = { "class_treeids", "class_nodeids", "class_ids",
                                       "class_weights", "class_weights_as_tensor" };
const forest_names forest_of_target = { "target_treeids", "target_nodeids", "target_ids",
                                        "target_weights", "target_weights_as_tensor" };

static bool check_length(sdx_infer *c, const char *name, int64_t have, const char *as, int64_t want)
{
    if (have == want)
        return true;
    sdx_refuse(c, "tree-lists", "%s has %s, %s has %" PRId64, name, sdx_counted(c, have, "entry"),
               as, want);
    sdx_number(c, "have", have);
    sdx_number(c, "want", want);
    sdx_hint(c, "entry i of each list belongs to the same node: the lists are equally long");
    return false;
}

/* ---- nodes by tree and number ---- */

typedef struct numbers {
    forest_ints tree, id;
} numbers;

static bool is_before(const numbers *l, int64_t i, int64_t tree, int64_t id)
{
    return l->tree.v[i] < tree || (l->tree.v[i] == tree && l->id.v[i] < id);
}

/* Converters write trees and their nodes in order.  Others are looked up when a session is made. */
static bool are_ordered(const numbers *l)
{
    for (int64_t i = 1; i < l->id.count; i++)
        if (!is_before(l, i - 1, l->tree.v[i], l->id.v[i]))
            return false;
    return true;
}

/* Does tree `tree` have a node `id`?  what[i] is who says so. */
static bool check_node(sdx_infer *c, const numbers *l, int64_t tree, int64_t id, const char *what,
                       int64_t i)
{
    int64_t low = 0, high = l->id.count;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (is_before(l, middle, tree, id))
            low = middle + 1;
        else
            high = middle;
    }
    if (low < l->id.count && l->tree.v[low] == tree && l->id.v[low] == id)
        return true;
    sdx_refuse(c, "tree-lists",
               "%s[%" PRId64 "] leads to node %" PRId64 " of tree %" PRId64
               ", which does not exist",
               what, i, id, tree);
    sdx_hint(c, "name a pair of nodes_treeids and nodes_nodeids");
    return false;
}

void forest_check_nodes(const sdx_node *n, sdx_infer *c, const forest_names *w)
{
    numbers l = { forest_find_ints(n, "nodes_treeids"), forest_find_ints(n, "nodes_nodeids") };
    forest_ints yes = forest_find_ints(n, "nodes_truenodeids"),
                no = forest_find_ints(n, "nodes_falsenodeids"),
                trees = forest_find_ints(n, w->trees), ids = forest_find_ints(n, w->nodes);
    int modes;
    const sdx_string *word = sdx_attr_strings(n, "nodes_modes", &modes);
    bool ordered = are_ordered(&l);
    for (int64_t i = 0; i < modes; i++) {
        uint8_t mode;
        if (!forest_mode_named(word[i], &mode)) {
            sdx_refuse(c, "attribute-value", "nodes_modes[%" PRId64 "] is '%.*s'", i,
                       (int)(word[i].length < 40 ? word[i].length : 40), word[i].text);
            sdx_hint(c, "it may be LEAF, or BRANCH_ with LEQ, LT, GTE, GT, EQ or NEQ");
            return;
        }
        if (mode != FOREST_LEAF && ordered &&
            (!check_node(c, &l, l.tree.v[i], yes.v[i], "nodes_truenodeids", i) ||
             !check_node(c, &l, l.tree.v[i], no.v[i], "nodes_falsenodeids", i)))
            return;
    }
    for (int64_t i = 0; ordered && i < ids.count; i++)
        if (!check_node(c, &l, trees.v[i], ids.v[i], w->nodes, i))
            return;
}

/* ---- nodes by index ---- */

/* The features of X; unknown: more than any node looks at. */
static int64_t features_known(const sdx_node *n)
{
    sdx_dims x = sdx_in_dims(n, 0);
    sdx_dim last = x.rank > 0 ? x.dim[x.rank - 1] : sdx_unknown();
    return sdx_is_num(last) ? last.n : INT64_MAX;
}

/* Branches of a tree whose nodes are numbered as they stand, which is how they are written; others
 * are found when the forest is built. */
static bool check_branches(const sdx_node *n, sdx_infer *c, int64_t count)
{
    forest_ints tree = forest_find_ints(n, "nodes_treeids"),
                id = forest_find_ints(n, "nodes_nodeids"),
                feature = forest_find_ints(n, "nodes_featureids");
    static const char *const sides[2] = { "nodes_truenodeids", "nodes_falsenodeids" };
    int64_t features = features_known(n), root = 0;
    int modes;
    const sdx_string *mode = sdx_attr_strings(n, "nodes_modes", &modes);
    bool told = false;
    for (int64_t i = 0; i < count && !told; i++) {
        if (tree.v[i] != tree.v[root])
            root = i;
        else if (i > root && id.v[i] == id.v[i - 1]) {
            sdx_refuse(c, "tree-lists", "tree %" PRId64 " has two nodes %" PRId64, tree.v[i],
                       id.v[i]);
            sdx_hint(c, "give each node of a tree a number of its own");
            return false;
        }
        if (mode[i].length == 4) /* a leaf */
            continue;
        told = feature.v[i] < 0 || feature.v[i] >= features;
        if (told)
            sdx_refuse(c, "tree-lists",
                       "node %" PRId64 " of tree %" PRId64 " looks at feature %" PRId64
                       ", X has %" PRId64,
                       id.v[i], tree.v[i], feature.v[i], features);
        for (int k = 0; k < 2 && !told; k++) {
            int64_t to = forest_find_ints(n, sides[k]).v[i], at = root + to;
            bool ordered = id.v[i] == i - root && id.v[root] == 0;
            told = ordered &&
                   (to <= 0 || to == id.v[i] || to >= count - root || tree.v[at] != tree.v[i]);
            if (told)
                sdx_refuse(c, "tree-lists",
                           "%s leads from node %" PRId64 " of tree %" PRId64 " to node %" PRId64
                           ", which is %s",
                           sides[k], id.v[i], tree.v[i], to,
                           to == 0 || to == id.v[i] ? "a circle" : "not there");
        }
    }
    if (told)
        sdx_hint(c, "numbers begin at 0, and a branch leads to another node of its tree");
    return !told;
}

/* Leaves that weights name, under the same assumption. */
static bool check_leaves(const sdx_node *n, sdx_infer *c, const forest_names *w, int64_t count)
{
    forest_ints tree = forest_find_ints(n, "nodes_treeids"),
                id = forest_find_ints(n, "nodes_nodeids"), of = forest_find_ints(n, w->trees),
                leaf = forest_find_ints(n, w->nodes);
    int64_t root = 0, end = 0;
    for (int64_t i = 0; i < leaf.count; i++) {
        while (end < count && tree.v[root] != of.v[i])
            root = end++;
        while (end < count && tree.v[end] == tree.v[root])
            end++;
        if (root >= count || tree.v[root] != of.v[i] || id.v[root] != 0 ||
            id.v[end - 1] != end - 1 - root)
            return true; /* in another order */
        if (leaf.v[i] >= 0 && leaf.v[i] < end - root)
            continue;
        sdx_refuse(c, "tree-lists",
                   "%s[%" PRId64 "] is node %" PRId64 ", tree %" PRId64 " has 0 to %" PRId64,
                   w->nodes, i, leaf.v[i], of.v[i], end - 1 - root);
        sdx_hint(c, "name a leaf of that tree");
        return false;
    }
    return true;
}

bool forest_check_lists(const sdx_node *n, sdx_infer *c, const forest_names *w)
{
    static const char *const lists[] = { "nodes_treeids", "nodes_featureids", "nodes_truenodeids",
                                         "nodes_falsenodeids" };
    int modes;
    int64_t count = forest_find_ints(n, "nodes_nodeids").count,
            leaves = forest_find_ints(n, w->ids).count;
    sdx_attr_strings(n, "nodes_modes", &modes);
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        if (!check_length(c, lists[i], forest_find_ints(n, lists[i]).count, "nodes_nodeids", count))
            return false;
    int64_t missing = forest_find_ints(n, "nodes_missing_value_tracks_true").count;
    return check_length(c, "nodes_modes", modes, "nodes_nodeids", count) &&
           check_length(c, "nodes_values",
                        forest_find_numbers(n, "nodes_values", "nodes_values_as_tensor").count,
                        "nodes_nodeids", count) &&
           (missing == 0 ||
            check_length(c, "nodes_missing_value_tracks_true", missing, "nodes_nodeids", count)) &&
           check_length(c, w->trees, forest_find_ints(n, w->trees).count, w->ids, leaves) &&
           check_length(c, w->nodes, forest_find_ints(n, w->nodes).count, w->ids, leaves) &&
           check_length(c, w->weights, forest_find_numbers(n, w->weights, w->weights_tensor).count,
                        w->ids, leaves) &&
           check_branches(n, c, count) && check_leaves(n, c, w, count);
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
    forest_ints roots = forest_find_ints(n, "tree_roots"),
                target = forest_find_ints(n, "leaf_targetids"),
                feature = forest_find_ints(n, "nodes_featureids");
    forest_ints to[2] = { forest_find_ints(n, "nodes_truenodeids"),
                          forest_find_ints(n, "nodes_falsenodeids") };
    forest_ints leaf[2] = { forest_find_ints(n, "nodes_trueleafs"),
                            forest_find_ints(n, "nodes_falseleafs") };
    forest_numbers modes = forest_find_numbers(n, NULL, "nodes_modes"),
                   members = forest_find_numbers(n, NULL, "membership_values");
    int64_t features = features_known(n), sets = 0, wanted = 0;
    for (int64_t i = 0; i < members.count; i++)
        sets += isnan(forest_number(&members, i));
    for (int64_t i = 0; i < nodes; i++) {
        double m = forest_number(&modes, i);
        wanted += m == FOREST_MEMBER;
        if (!check_index(c, "a mode", m >= 0 && m < FOREST_LEAF ? (int64_t)m : FOREST_LEAF,
                         FOREST_LEAF) ||
            !check_index(c, "a feature", feature.v[i], features) ||
            !check_index(c, "a branch", to[0].v[i], leaf[0].v[i] ? leaves : nodes) ||
            !check_index(c, "a branch", to[1].v[i], leaf[1].v[i] ? leaves : nodes))
            return false;
    }
    for (int64_t i = 0; i < leaves; i++)
        if (!check_index(c, "a leaf's target", target.v[i], forest_targets(n)))
            return false;
    for (int64_t i = 0; i < roots.count; i++)
        if (!check_index(c, "a root", roots.v[i], nodes))
            return false;
    return wanted == 0 || check_index(c, "the last set of membership_values", wanted - 1, sets);
}

bool forest_check_indexes(const sdx_node *n, sdx_infer *c)
{
    static const char *const lists[] = { "nodes_truenodeids", "nodes_falsenodeids",
                                         "nodes_trueleafs", "nodes_falseleafs" };
    int64_t nodes = forest_find_ints(n, "nodes_featureids").count,
            leaves = forest_find_ints(n, "leaf_targetids").count;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        if (!check_length(c, lists[i], forest_find_ints(n, lists[i]).count, "nodes_featureids",
                          nodes))
            return false;
    return check_length(c, "nodes_modes", forest_find_numbers(n, NULL, "nodes_modes").count,
                        "nodes_featureids", nodes) &&
           check_length(c, "nodes_splits", forest_find_numbers(n, NULL, "nodes_splits").count,
                        "nodes_featureids", nodes) &&
           check_length(c, "leaf_weights", forest_find_numbers(n, NULL, "leaf_weights").count,
                        "leaf_targetids", leaves) &&
           check_indexes(n, c, nodes, leaves);
}
