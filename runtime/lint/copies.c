/* lint/copies.c - initializers that hold the same numbers as another one.
 *
 * Only tensors of some size are looked at, and of those that agree in type, shape and a few samples
 * all bytes. */
#include "lint/rules.h"

#include "eval/value.h"
#include <inttypes.h>
#include <string.h>

enum { LEAST_BYTES = 1024, SAMPLES = 16 };

/* What tells most tensors apart; a struct without gaps, as a table compares its bytes. */
typedef struct look {
    uint64_t dtype, rank, bytes, sample[SAMPLES];
} look;

typedef struct copies {
    const sdx_lint *l;
    sdx_table seen;
    sdx_arena *arena;
} copies;

static const sdx_tensor *weights_of(const sdx_gvalue *v)
{
    const sdx_tensor *t = v->is_initializer && v->constant && !v->outer ? sdx_as_tensor(v->constant)
                                                                        : NULL;
    return t && t->data && sdx_dtype_class(t->dtype) != SDX_STRING ? t : NULL;
}

static bool has_shape(const sdx_tensor *a, const sdx_tensor *b)
{
    return a->shape.rank == b->shape.rank &&
           memcmp(a->shape.dim, b->shape.dim, (size_t)a->shape.rank * sizeof *a->shape.dim) == 0;
}

static void check_value(copies *c, const sdx_gvalue *v)
{
    const sdx_tensor *t = weights_of(v);
    size_t bytes = t ? sdx_bytes(t->dtype, sdx_elements(t)) : 0;
    look *k = bytes >= LEAST_BYTES ? sdx_arena_alloc(c->arena, sizeof *k) : NULL;
    if (!k)
        return;
    *k = (look){ .dtype = t->dtype, .rank = (uint64_t)t->shape.rank, .bytes = bytes };
    for (size_t i = 0; i < SAMPLES; i++)
        memcpy(&k->sample[i], (const char *)t->data + (bytes - sizeof *k->sample) / SAMPLES * i,
               sizeof *k->sample);
    bool fresh = true;
    sdx_word *w = sdx_table_add(&c->seen, (const char *)k, sizeof *k, &fresh);
    const sdx_gvalue *first = w ? w->constant : NULL;
    if (w && fresh)
        w->constant = v;
    size_t width = bytes / (size_t)sdx_elements(t);
    if (width && memcmp(t->data, (const char *)t->data + width, bytes - width) == 0)
        return; /* one number throughout says nothing of where it came from */
    if (!first || !has_shape(t, weights_of(first)) ||
        memcmp(t->data, weights_of(first)->data, bytes) != 0)
        return;
    sdx_findings *f = c->l->findings;
    sdx_raw_finding *x = sdx_findings_add(f, SDX_WARNING, "equal-initializers", NULL,
                                          "initializer '%s' holds the same %zu bytes as '%s'",
                                          v->name, bytes, first->name);
    if (x) {
        x->graph = v->graph;
        x->subject = v->name;
    }
    sdx_finding_number_add(f, x, "bytes", (int64_t)bytes);
    sdx_finding_hint(f, x, "let the readers of '%s' read '%s', and remove it", v->name,
                     first->name);
    if (v->is_input || first->is_input)
        return; /* a caller may give the one and not the other */
    sdx_edit *e = sdx_correct(f, x, NULL, false, "let the readers of '%s' read '%s'", v->name,
                              first->name);
    sdx_correct_rewire(f, e, v, first);
    sdx_correct_forget(f, e, v);
}

static bool visit(void *ctx, sdx_graph *g)
{
    copies *c = ctx;
    for (size_t i = 0; i < g->n_values; i++)
        check_value(c, g->value[i]);
    return !c->arena->failed;
}

void sdx_lint_copies(const sdx_lint *l)
{
    sdx_arena arena;
    sdx_arena_init(&arena, l->findings->arena->mem, 0);
    copies c = { .l = l, .arena = &arena };
    sdx_table_init(&c.seen, &arena);
    if (!sdx_program_each(l->program, visit, &c))
        l->findings->failed = true;
    sdx_arena_free(&arena);
}
