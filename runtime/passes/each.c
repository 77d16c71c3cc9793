/* passes/each.c - the graphs that a pass goes through.
 *
 * Inside a body facts are those of its owner's last call of inference, which came with the widest
 * types that enter it: they hold whenever it runs. What a body demands of outer symbols holds
 * inside it too, for a run that contradicts it fails. */
#include "base/error.h"
#include "passes/pass.h"

const sdx_fact *sdx_pass_fact(const sdx_pass *c, const sdx_gvalue *v)
{
    static const sdx_fact nothing;
    return v && v->id < c->facts->n ? &c->facts->of[v->id] : &nothing;
}

/* Nothing in the graph was refused, nor in those around it. */
static bool holds(const sdx_pass *c, const sdx_graph *g)
{
    if (g->parent && c->facts->partial)
        return false;
    for (; g->parent; g = g->parent)
        for (size_t i = 0; i < g->n_values; i++)
            if (sdx_pass_fact(c, g->value[i])->tainted)
                return false;
    return true;
}

typedef struct walk {
    sdx_pass *c;
    sdx_pass_graph *fn;
    bool known; /* only graphs whose facts hold */
    sdx_arena scratch;
    sdx_status st;
} walk;

static bool visit(void *ctx, sdx_graph *g)
{
    walk *w = ctx;
    sdx_pass *c = w->c;
    if (w->known && !holds(c, g))
        return true;
    bool before = c->changed;
    sdx_arena_mark mark = sdx_arena_here(&w->scratch);
    c->changed = false;
    w->st = w->fn(c, g, &w->scratch);
    c->changed |= before;
    sdx_arena_rewind(&w->scratch, mark);
    return w->st == SDX_OK;
}

static sdx_status each(sdx_pass *c, sdx_pass_graph *fn, bool known)
{
    walk w = { .c = c, .fn = fn, .known = known, .st = SDX_OK };
    sdx_arena_init(&w.scratch, c->mem, 0);
    bool done = sdx_program_each(c->program, visit, &w);
    sdx_arena_free(&w.scratch);
    return done || w.st != SDX_OK ? w.st : sdx_error_memory(c->err, 0);
}

sdx_status sdx_pass_each(sdx_pass *c, sdx_pass_graph *fn)
{
    return each(c, fn, false);
}

sdx_status sdx_pass_each_known(sdx_pass *c, sdx_pass_graph *fn)
{
    return each(c, fn, true);
}

sdx_status sdx_pass_sort(sdx_pass *c, sdx_graph *g)
{
    return sdx_graph_sort(c->program, g) ? SDX_OK : sdx_error_memory(c->err, 0);
}

sdx_gnode *sdx_pass_twin(sdx_pass *c, sdx_graph *g, const sdx_gnode *n)
{
    sdx_gnode *y = sdx_graph_node(c->program, g, n->domain, n->op_type, n->opset, n->n_in,
                                  n->n_out);
    if (!y)
        return NULL;
    y->name = n->name;
    y->overload = n->overload;
    y->path = n->path;
    y->index = n->index;
    y->origin = n->origin ? n->origin : n;
    y->attr = n->attr;
    y->n_attr = n->n_attr;
    return y;
}
