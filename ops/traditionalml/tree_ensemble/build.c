/* ops/traditionalml/tree_ensemble/build.c - both ways to write a forest become one array of
 * nodes. */
#include "traditionalml/tree_ensemble/forest.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

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

bool forest_mode_named(sdx_string s, uint8_t *m)
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
static sdx_status place_weights(const sdx_node *n, sdx_prepare *c, forest *f, const forest_names *w,
                                const places *p)
{
    forest_ints trees = forest_find_ints(n, w->trees), ids = forest_find_ints(n, w->nodes),
                targets = forest_find_ints(n, w->ids);
    forest_numbers weights = forest_find_numbers(n, w->weights, w->weights_tensor);
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
        if (f->node[at].mode == FOREST_LEAF)
            f->node[at].no++;
    }
    int32_t first = 0;
    for (int64_t i = 0; i < f->nodes; i++) {
        if (f->node[i].mode != FOREST_LEAF)
            continue;
        f->node[i].yes = first;
        first += f->node[i].no;
        f->node[i].no = 0;
    }
    for (int64_t i = 0; i < targets.count; i++) {
        forest_node *leaf = &f->node[find_place(p, trees.v[i], ids.v[i])];
        double weight = forest_number(&weights, i);
        if (leaf->mode != FOREST_LEAF)
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

sdx_status forest_build_named(const sdx_node *n, sdx_prepare *c, forest *f, const forest_names *w,
                              int64_t features)
{
    forest_ints tree = forest_find_ints(n, "nodes_treeids"),
                id = forest_find_ints(n, "nodes_nodeids");
    forest_ints yes = forest_find_ints(n, "nodes_truenodeids"),
                no = forest_find_ints(n, "nodes_falsenodeids");
    forest_ints feature = forest_find_ints(n, "nodes_featureids"),
                missing = forest_find_ints(n, "nodes_missing_value_tracks_true");
    forest_numbers value = forest_find_numbers(n, "nodes_values", "nodes_values_as_tensor");
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
        forest_node *at = &f->node[i];
        if (!forest_mode_named(word[i], &at->mode))
            return sdx_reject(c, SDX_E_MODEL, "nodes_modes[%" PRId64 "] is '%.*s'", i,
                              (int)(word[i].length < 40 ? word[i].length : 40), word[i].text);
        /* A tree begins where its number first stands. */
        if ((i == 0 || tree.v[i] != tree.v[i - 1]) &&
            find_place(&known, tree.v[i], tree.v[i]) < 0) {
            put_place(&known, i);
            root[f->trees++] = (int32_t)i;
        }
        if (at->mode == FOREST_LEAF)
            continue;
        at->value = forest_number(&value, i);
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

sdx_status forest_build_indexed(const sdx_node *n, sdx_prepare *c, forest *f)
{
    forest_ints roots = forest_find_ints(n, "tree_roots"),
                target = forest_find_ints(n, "leaf_targetids");
    forest_ints feature = forest_find_ints(n, "nodes_featureids"),
                missing = forest_find_ints(n, "nodes_missing_value_tracks_true");
    forest_ints to[2] = { forest_find_ints(n, "nodes_truenodeids"),
                          forest_find_ints(n, "nodes_falsenodeids") };
    forest_ints leaf[2] = { forest_find_ints(n, "nodes_trueleafs"),
                            forest_find_ints(n, "nodes_falseleafs") };
    forest_numbers modes = forest_find_numbers(n, NULL, "nodes_modes"),
                   splits = forest_find_numbers(n, NULL, "nodes_splits");
    forest_numbers weights = forest_find_numbers(n, NULL, "leaf_weights");
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
    f->members = forest_find_numbers(n, NULL, "membership_values");
    for (int64_t i = 0; i < inner; i++) {
        forest_node *at = &f->node[i];
        int32_t next[2];
        at->mode = (uint8_t)forest_number(&modes, i);
        at->value = forest_number(&splits, i);
        at->feature = (int32_t)feature.v[i];
        at->missing = i < missing.count && missing.v[i] != 0;
        for (int k = 0; k < 2; k++)
            next[k] = (int32_t)(leaf[k].v[i] ? inner + to[k].v[i] : to[k].v[i]);
        at->yes = next[0];
        at->no = next[1];
        if (at->mode != FOREST_MEMBER)
            continue;
        at->value = (double)member;
        while (member < f->members.count && !isnan(forest_number(&f->members, member)))
            member++;
        member++;
    }
    for (int64_t i = 0; i < target.count; i++) {
        f->node[inner + i] = (forest_node){ .mode = FOREST_LEAF, .yes = (int32_t)i, .no = 1 };
        f->target[i] = (int32_t)target.v[i];
        f->weight[i] = forest_number(&weights, i);
    }
    for (int64_t i = 0; i < roots.count; i++)
        root[i] = (int32_t)roots.v[i];
    return SDX_OK;
}
