/* ops/traditionalml/tree_ensemble/steps.c - forests of comparisons, in steps of 16 bytes.
 *
 * A float goes left where it is at most a step's value; "less" and "greater" are said so too, by
 * the next lower float and by changing sides.  The two ends of a step lie beside each other, and a
 * leaf leads to itself, so that a walk has no branches: rows, or trees of one row, walk side by
 * side. */
#include <math.h>
#include "simd/f32_words.h"
#include "traditionalml/tree_ensemble/forest.h"

enum { LANES = 8 };
#define NAN_LEFT UINT32_C(0x80000000)

/* The largest float of those that are at most v, or (strict) below it. */
static float highest_below(double v, bool strict)
{
    float f = (float)v;
    bool beyond = strict ? (double)f >= v : (double)f > v;
    if (strict && v == -INFINITY)
        return NAN; /* nothing is */
    return beyond ? nextafterf(f, -INFINITY) : f;
}

static bool is_comparison(uint8_t mode)
{
    return mode <= FOREST_GT;
}

/* Step `at` from the node whose place it holds; *end: where the next pair goes. */
static void set_step(const forest *f, uint32_t at, const uint32_t *leaf, uint32_t *end)
{
    forest_step *s = &f->step[at];
    const forest_node *from = &f->node[s->left];
    if (from->mode == FOREST_LEAF) {
        *s = (forest_step){ INFINITY, NAN_LEFT, at, leaf[s->left] };
        return;
    }
    /* x > v: not x <= v; x >= v: not x < v */
    bool turned = from->mode == FOREST_GT || from->mode == FOREST_GTE;
    bool strict = from->mode == FOREST_LT || from->mode == FOREST_GTE;
    s->value = highest_below(from->value, strict);
    s->feature = (uint32_t)from->feature | (from->missing != turned ? NAN_LEFT : 0);
    s->left = *end;
    f->step[*end].left = (uint32_t)(turned ? from->no : from->yes);
    f->step[*end + 1].left = (uint32_t)(turned ? from->yes : from->no);
    *end += 2;
}

sdx_status forest_make_steps(sdx_prepare *c, forest *f)
{
    uint64_t most = 2 * (uint64_t)f->nodes + 1, leaves = 0;
    bool good = f->aggregate < 2 && most < INT32_MAX;
    for (int64_t i = 0; i < f->nodes && good; i++) {
        good = f->node[i].mode == FOREST_LEAF ||
               (is_comparison(f->node[i].mode) && !isnan(f->node[i].value));
        leaves += f->node[i].mode == FOREST_LEAF;
    }
    if (!good || f->nodes == 0)
        return SDX_OK;
    /* A tree of n nodes has n steps; shared branches and circles would have more. */
    f->step = sdx_keep(c, ((size_t)f->nodes + 2) * sizeof *f->step);
    f->start = sdx_keep(c, (size_t)f->trees * sizeof *f->start + 1);
    f->first = sdx_keep(c, ((size_t)leaves + 1) * sizeof *f->first);
    uint32_t *leaf = sdx_keep(c, (size_t)f->nodes * sizeof *leaf);
    if (!f->step || !f->start || !f->first || !leaf)
        return SDX_E_MEMORY;
    uint32_t k = 0, end = 0;
    for (int64_t i = 0; i < f->nodes; i++)
        if (f->node[i].mode == FOREST_LEAF) {
            leaf[i] = k;
            f->first[k++] = (uint32_t)f->node[i].yes;
            f->first[k] = (uint32_t)(f->node[i].yes + f->node[i].no);
        }
    for (int64_t t = 0; t < f->trees && f->step; t++) {
        uint32_t at = f->start[t] = end++;
        if (at >= f->nodes) {
            f->step = NULL;
            break;
        }
        f->step[at].left = (uint32_t)f->root[t];
        for (; at < end && f->step; at++) {
            set_step(f, at, leaf, &end);
            if (end > f->nodes)
                f->step = NULL;
        }
    }
    return SDX_OK;
}

/* From at[l] to the leaves; x of a lane lies `apart` from that of the one before. */
static void walk(const forest_step *step, uint32_t at[LANES], const float *x, size_t apart)
{
    uint32_t moved;
    do {
        moved = 0;
        V_UNROLL
        for (size_t l = 0; l < LANES; l++) {
            const forest_step *s = &step[at[l]];
            float v = x[l * apart + (s->feature & ~NAN_LEFT)];
            uint32_t left = (uint32_t)(v <= s->value) | ((uint32_t)(v != v) & (s->feature >> 31));
            uint32_t next = s->left + (left ^ 1);
            moved |= next ^ at[l];
            at[l] = next;
        }
    } while (moved);
}

static void add_leaf(const forest *f, uint32_t at, double *score)
{
    uint32_t leaf = f->step[at].leaf;
    for (uint32_t k = f->first[leaf]; k < f->first[leaf + 1]; k++)
        score[f->target[k]] += f->weight[k];
}

/* Trees of one row side by side; those of no tree go where the first one goes. */
static void sum_row(const forest *f, const float *x, double *score)
{
    for (int64_t t = 0; t < f->trees; t += LANES) {
        uint32_t at[LANES];
        int64_t lanes = f->trees - t < LANES ? f->trees - t : LANES;
        for (int64_t l = 0; l < LANES; l++)
            at[l] = f->start[l < lanes ? t + l : t];
        walk(f->step, at, x, 0);
        for (int64_t l = 0; l < lanes; l++)
            add_leaf(f, at[l], score);
    }
}

void forest_sum_rows(const forest *f, const float *x, int64_t features, int64_t rows, double *score)
{
    int64_t whole = rows - rows % LANES;
    for (int64_t i = 0; i < rows * f->targets; i++)
        score[i] = 0;
    for (int64_t t = 0; t < f->trees && whole > 0; t++) {
        for (int64_t i = 0; i < whole; i += LANES) {
            uint32_t at[LANES];
            for (int64_t l = 0; l < LANES; l++)
                at[l] = f->start[t];
            walk(f->step, at, x + i * features, (size_t)features);
            for (int64_t l = 0; l < LANES; l++)
                add_leaf(f, at[l], score + (i + l) * f->targets);
        }
    }
    for (int64_t i = whole; i < rows; i++)
        sum_row(f, x + i * features, score + i * f->targets);
    for (int64_t i = 0; i < rows; i++)
        forest_finish(f, score + i * f->targets);
}
