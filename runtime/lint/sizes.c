/* lint/sizes.c - symbolic inputs that no size fits.
 *
 * A contradiction between symbols is no error as long as some size may solve it: "80*N = 120".  But
 * where none of the sizes that networks are mostly fed fits, the model is hardly right.  So the
 * rules are run again with numbers, until a set of them is accepted: the first, of a sound
 * model. */
#include "lint/rules.h"

#include "eval/eval.h"
#include "infer/infer.h"
#include <inttypes.h>
#include <string.h>

/* The first dim of an input counts items, the others measure one.  None is what a layer has for its
 * channels, as N = 64 fits weights of 64 by chance, and hardly one so small that strides leave 1 of
 * it, which fits all. */
typedef struct sizes {
    int64_t items, others;
} sizes;
static const sizes tried[] = { { 1, 224 }, { 1, 320 },   { 2, 448 }, { 1, 96 },  { 1, 960 },
                               { 3, 48 },  { 1, 16000 }, { 1, 640 }, { 30, 30 }, { 2, 12 } };
enum { N_TRIED = sizeof tried / sizeof *tried };

typedef struct trial {
    const sdx_program *program;
    const sizes *sizes;
} trial;

/* Does it stand first in an input's shape?  A dim without a name is called "x.shape[0]". */
static bool counts_items(const sdx_program *p, const char *symbol)
{
    for (size_t i = 0; i < p->main->n_inputs; i++) {
        const sdx_gvalue *v = p->main->input[i];
        const sdx_type *t = v->declared;
        if (!t || t->dims.rank < 2 || sdx_is_num(t->dims.dim[0]))
            continue;
        uint32_t at = t->dims.dim[0].sym;
        if (!sdx_is_unknown(t->dims.dim[0]) && at <= p->n_symbols &&
            strcmp(p->symbol[at - 1], symbol) == 0)
            return true;
        size_t length = strlen(v->name);
        if (sdx_is_unknown(t->dims.dim[0]) && strncmp(symbol, v->name, length) == 0 &&
            strcmp(symbol + length, ".shape[0]") == 0)
            return true;
    }
    return false;
}

static bool size_of(void *ctx, const char *name, int64_t *value)
{
    const trial *t = ctx;
    *value = counts_items(t->program, name) ? t->sizes->items : t->sizes->others;
    return true;
}

/* The input as these sizes make it; NULL: its declaration leaves open what no size settles. */
static const sdx_type *sized(const sdx_lint *l, trial *t, const sdx_gvalue *v, sdx_arena *a)
{
    const sdx_type *known = l->facts->of[v->id].type;
    sdx_dim dim[SDX_MAX_RANK];
    if (!known || known->kind != SDX_TENSOR || known->dims.rank < 0)
        return NULL;
    for (int k = 0; k < known->dims.rank; k++) {
        int64_t n;
        if (!sdx_symbols_evaluate(l->facts->symbols, known->dims.dim[k], size_of, t, &n) || n < 0)
            return NULL;
        dim[k] = sdx_num(n);
    }
    return sdx_type_tensor(a, known->dtype, (sdx_dims){ known->dims.rank, dim });
}

/* Is there a symbol to try sizes for? */
static bool is_open(const sdx_lint *l)
{
    bool open = false;
    for (size_t i = 0; i < l->program->main->n_inputs; i++) {
        const sdx_type *t = l->facts->of[l->program->main->input[i]->id].type;
        for (int k = 0; t && t->kind == SDX_TENSOR && k < t->dims.rank; k++)
            open |= !sdx_is_num(t->dims.dim[k]);
    }
    return open;
}

/* The first error with these sizes; NULL: they fit, or cannot be tried. */
static const sdx_raw_finding *try_sizes(const sdx_lint *l, const sizes *s, sdx_findings *found)
{
    sdx_arena arena;
    sdx_arena_init(&arena, l->facts->arena->mem, 0);
    sdx_facts *facts = sdx_facts_new(l->program, &arena);
    trial t = { l->program, s };
    bool good = facts != NULL;
    sdx_findings_init(found, l->findings->arena);
    for (size_t i = 0; good && i < l->program->main->n_inputs; i++) {
        const sdx_gvalue *v = l->program->main->input[i];
        if (!sdx_gvalue_constant(v))
            good = (facts->of[v->id].type = sized(l, &t, v, &arena)) != NULL;
    }
    const sdx_infer_options o = {
        .findings = found, .bodies_may_fail = true, .fold = true, .mem = arena.mem
    };
    good = good && sdx_infer_program(facts, &o) == SDX_OK;
    sdx_arena_free(&arena);
    return good ? found->first : NULL;
}

static void report(const sdx_lint *l, const sdx_raw_finding *why, const sizes *s)
{
    sdx_raw_finding *x = sdx_findings_add(
        l->findings, SDX_WARNING, "no-size-fits", why->node,
        "no size tried fits the symbolic dims of the inputs; with %" PRId64
        " for a first dim and %" PRId64 " for others: %s",
        s->items, s->others, why->fact);
    if (!x)
        return;
    x->n_mentions = why->n_mentions;
    x->mention = why->mention;
    x->n_hints = why->n_hints;
    x->hint = why->hint;
    sdx_finding_hint(l->findings, x,
                     "if there are sizes that fit, declare them, or give them with --dim");
}

void sdx_lint_sizes(const sdx_lint *l)
{
    const sdx_raw_finding *furthest = NULL;
    const sizes *with = NULL;
    if (l->findings->n_errors || !l->facts || !is_open(l))
        return;
    for (int i = 0; i < N_TRIED; i++) {
        sdx_findings found;
        const sdx_raw_finding *why = try_sizes(l, &tried[i], &found);
        if (!why || !why->node)
            return;
        if (!furthest || why->node->index > furthest->node->index) {
            furthest = why;
            with = &tried[i];
        }
    }
    report(l, furthest, with);
}
