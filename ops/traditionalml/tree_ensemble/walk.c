/* ops/traditionalml/tree_ensemble/walk.c - a row walks each tree to its leaf; the weights of the
 * leaves come together as scores. */
#include "traditionalml/tree_ensemble/forest.h"
#include <math.h>

static bool is_member(const forest *f, double first, double x)
{
    for (int64_t i = (int64_t)first; i < f->members.count; i++) {
        double v = forest_number(&f->members, i);
        if (isnan(v) || v == x)
            return v == x;
    }
    return false;
}

static bool says_yes(const forest *f, const forest_node *at, double x)
{
    if (isnan(x))
        return at->missing;
    if (at->mode == FOREST_LEQ)
        return x <= at->value;
    if (at->mode == FOREST_LT)
        return x < at->value;
    if (at->mode == FOREST_GTE)
        return x >= at->value;
    if (at->mode == FOREST_GT)
        return x > at->value;
    if (at->mode == FOREST_EQ)
        return x == at->value;
    return at->mode == FOREST_NEQ ? x != at->value : is_member(f, at->value, x);
}

/* The leaf that a row comes to; NULL: the branches go round in a circle. */
static const forest_node *find_leaf(const forest *f, int64_t tree, const double *x)
{
    const forest_node *at = &f->node[f->root[tree]];
    for (int64_t step = 0; step <= f->nodes; step++) {
        if (at->mode == FOREST_LEAF)
            return at;
        at = &f->node[says_yes(f, at, x[at->feature]) ? at->yes : at->no];
    }
    return NULL;
}

void forest_finish(const forest *f, double *score)
{
    for (int64_t t = 0; t < f->targets; t++) {
        if (f->aggregate == 0 && f->trees > 0)
            score[t] /= (double)f->trees;
        if (f->base.count > 0)
            score[t] += forest_number(&f->base, t < f->base.count ? t : f->base.count - 1);
    }
}

bool forest_score_row(const forest *f, const double *x, double *score, double *seen)
{
    for (int64_t t = 0; t < f->targets; t++)
        score[t] = seen[t] = 0;
    for (int64_t i = 0; i < f->trees; i++) {
        const forest_node *leaf = find_leaf(f, i, x);
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
    forest_finish(f, score);
    return true;
}
