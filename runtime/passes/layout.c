/* passes/layout.c - where data is blocked by channels.
 *
 * Nodes that gain from blocks get them.  From there blocks grow forward through nodes that go
 * along: those that say so, and pointwise nodes.  Who then is alone among plain neighbours, and
 * gains too little for that, is plain again.  At the borders sdx.Reorder is put, one for each value
 * and layout.  Inputs, outputs and constants of the graph stay plain, and so does what a body
 * captures.
 *
 * The layout of a value says everything: a node is blocked if its output 0 is. */
#include "base/error.h"
#include "passes/pass.h"

#include <string.h>

static const sdx_type *type_of(const sdx_pass *c, const sdx_gvalue *v)
{
    const sdx_type *t = sdx_pass_fact(c, v)->type;
    return t ? t : &sdx_type_unknown;
}

static int rank_of(const sdx_pass *c, const sdx_gvalue *v)
{
    const sdx_type *t = type_of(c, v);
    return t->kind == SDX_TENSOR ? t->dims.rank : -1;
}

static bool is_blocked(const sdx_gnode *n)
{
    return n->n_out > 0 && n->out[0] && n->out[0]->layout != SDX_PLAIN;
}

/* ---- operands of pointwise nodes ---- */

typedef enum fit { NEVER, EITHER, BLOCKED } fit;

/* How an operand of a pointwise node with result y may lie, when y is blocked.  Pixels may repeat
 * in any direction, so they need not be known; channels must be. */
static fit operand_fit(sdx_pass *c, const sdx_gvalue *x, const sdx_gvalue *y)
{
    const sdx_type *a = type_of(c, x), *b = type_of(c, y);
    int rank = b->dims.rank, less = rank - a->dims.rank;
    bool same = less == 0, pixels = false, number = true;
    if (a->kind != SDX_TENSOR || a->dims.rank < 0 || less < 0)
        return NEVER;
    for (int i = 0; i < a->dims.rank; i++) {
        sdx_dim d = a->dims.dim[i];
        bool one = sdx_is_num(d) && d.n == 1, pixel = less + i >= 2,
             equal = sdx_symbols_same(c->facts->symbols, d, b->dims.dim[less + i]) == SDX_YES;
        if (!one && !equal && !(pixel && less == 0))
            return NEVER;
        same = same && equal;
        pixels = pixels || (!one && pixel);
        number = number && one;
    }
    if (same && !number)
        return BLOCKED;
    return pixels ? (less == 0 ? BLOCKED : NEVER) : EITHER;
}

static bool operands_fit(sdx_pass *c, const sdx_gnode *n, const sdx_gvalue *skip,
                         const sdx_gvalue *y)
{
    for (int i = 0; i < n->n_in; i++)
        if (n->in[i] && n->in[i] != skip && operand_fit(c, n->in[i], y) == NEVER)
            return false;
    return true;
}

/* ---- what nodes say ---- */

static bool is_pointwise(const sdx_gnode *n)
{
    return n->op && !n->op->layout && (n->op->traits & SDX_POINTWISE) && n->n_out == 1;
}

/* Worth of the block for n, and the inputs that stay plain all the same. */
static int worth_of(sdx_pass *c, const sdx_gnode *n, sdx_arena *scratch, uint32_t *plain)
{
    *plain = 0;
    if (n->removed || !n->op || n->n_out < 1 || !n->out[0] || rank_of(c, n->out[0]) < 3)
        return -1;
    int worth = -1;
    sdx_arena_mark mark = sdx_arena_here(scratch);
    sdx_node view = sdx_view(n, c->facts, scratch);
    if (n->op->layout)
        worth = n->op->layout(&view, c->block, plain);
    else if (is_pointwise(n) && type_of(c, n->out[0])->dtype == SDX_F32 &&
             operands_fit(c, n, NULL, n->out[0]))
        worth = 0;
    for (int k = 0; k < n->n_epilogue && worth >= 0; k++) {
        const sdx_gvalue *before = k ? n->epilogue[k - 1]->out[0] : n->out[0];
        if (!operands_fit(c, n->epilogue[k], before, n->out[0]))
            worth = -1;
    }
    sdx_arena_rewind(scratch, mark);
    return worth;
}

/* ---- growing ---- */

static void set_outputs(sdx_pass *c, sdx_gnode *n, sdx_layout l)
{
    int rank = rank_of(c, n->out[0]);
    for (int i = 0; i < n->n_out; i++)
        if (n->out[i] && rank_of(c, n->out[i]) == rank)
            n->out[i]->layout = l;
    for (int k = 0; k < n->n_epilogue; k++)
        n->epilogue[k]->out[0]->layout = l;
}

/* Does something blocked come in that would not stay plain? */
static bool reads_blocked(const sdx_gnode *n, uint32_t plain)
{
    for (int i = 0; i < n->n_in; i++)
        if (n->in[i] && n->in[i]->layout != SDX_PLAIN && (i >= 32 || !(plain >> i & 1)))
            return true;
    return false;
}

static bool grow(sdx_pass *c, sdx_graph *g, sdx_arena *scratch)
{
    bool any = false;
    for (size_t i = 0; i < g->n_nodes; i++) { /* producers come first, so one walk is enough */
        uint32_t plain;
        int worth = worth_of(c, g->node[i], scratch, &plain);
        if (worth > 0 || (worth == 0 && reads_blocked(g->node[i], plain))) {
            set_outputs(c, g->node[i], c->block);
            any = true;
        }
    }
    return any;
}

static bool feeds_blocked(const sdx_gvalue *v)
{
    for (const sdx_use *u = v->readers; u; u = u->next)
        if (is_blocked(u->node))
            return true;
    return false;
}

/* Is n the only one with blocks, as far as it sees? */
static bool is_alone(const sdx_gnode *n, uint32_t plain)
{
    const sdx_gvalue *last = n->n_epilogue ? n->epilogue[n->n_epilogue - 1]->out[0] : n->out[0];
    bool alone = !reads_blocked(n, plain) && !feeds_blocked(last);
    for (int k = 0; k < n->n_epilogue; k++)
        for (int i = 0; i < n->epilogue[k]->n_in; i++) {
            const sdx_gvalue *x = n->epilogue[k]->in[i];
            bool own = x && (x == n->out[0] || (k > 0 && x == n->epilogue[k - 1]->out[0]));
            alone = alone && (!x || own || x->layout == SDX_PLAIN);
        }
    return alone;
}

static void free_alone(sdx_pass *c, sdx_graph *g, sdx_arena *scratch)
{
    for (size_t i = 0; i < g->n_nodes; i++) {
        uint32_t plain;
        if (worth_of(c, g->node[i], scratch, &plain) == 1 && is_alone(g->node[i], plain))
            set_outputs(c, g->node[i], SDX_PLAIN);
    }
}

/* ---- borders ---- */

/* The layout in which n reads input i. */
static sdx_layout wanted(sdx_pass *c, const sdx_gnode *n, int i, uint32_t plain)
{
    const sdx_gvalue *x = n->in[i], *y = n->out[0];
    if (!is_blocked(n))
        return SDX_PLAIN;
    if (n->op->layout) {
        bool stays = (i < 32 && (plain >> i & 1)) || rank_of(c, x) != rank_of(c, y);
        return stays ? SDX_PLAIN : c->block;
    }
    fit f = operand_fit(c, x, y);
    return f == BLOCKED ? c->block : x->layout;
}

typedef struct border {
    sdx_pass *c;
    sdx_gvalue **plain, **blocked; /* by id of a value: its reordered twin */
    uint32_t n;
} border;

/* The value v in another layout, made once. */
static sdx_gvalue *reordered(border *b, sdx_gvalue *v, const sdx_gnode *why)
{
    sdx_program *p = b->c->program;
    sdx_gvalue **twin = v->layout == SDX_PLAIN ? &b->blocked[v->id] : &b->plain[v->id];
    if (*twin)
        return *twin;
    sdx_gnode *n = sdx_graph_node(p, v->graph, "sdx", "Reorder", 1, 1, 1);
    sdx_gvalue *y = n && n->op ? sdx_graph_value(p, v->graph, "") : NULL;
    if (!y)
        return NULL;
    n->origin = v->producer ? v->producer->origin : why->origin;
    n->index = n->origin->index;
    y->layout = v->layout == SDX_PLAIN ? b->c->block : SDX_PLAIN;
    sdx_node_set_in(n, 0, v);
    sdx_node_set_out(n, 0, y);
    return *twin = y;
}

static bool fix_input(border *b, sdx_gnode *n, int i, sdx_layout want)
{
    if (!n->in[i] || n->in[i]->layout == want)
        return true;
    sdx_gvalue *v = reordered(b, n->in[i], n);
    if (v)
        sdx_node_set_in(n, i, v);
    return v != NULL;
}

static bool fix_node(border *b, sdx_gnode *n, sdx_arena *scratch)
{
    uint32_t plain;
    worth_of(b->c, n, scratch, &plain);
    for (int i = 0; i < n->n_in; i++)
        if (n->in[i] && !fix_input(b, n, i, wanted(b->c, n, i, plain)))
            return false;
    for (int k = 0; k < n->n_epilogue; k++) {
        sdx_gnode *e = n->epilogue[k];
        const sdx_gvalue *before = k ? n->epilogue[k - 1]->out[0] : n->out[0];
        for (int i = 0; i < e->n_in; i++) {
            if (!e->in[i] || e->in[i] == before)
                continue;
            sdx_layout want = SDX_PLAIN;
            if (is_blocked(n))
                want = operand_fit(b->c, e->in[i], e->out[0]) == BLOCKED ? b->c->block
                                                                         : e->in[i]->layout;
            if (!fix_input(b, e, i, want))
                return false;
        }
    }
    return true;
}

/* What leaves the graph, or enters a body, is plain. */
static bool fix_value(border *b, sdx_gvalue *v)
{
    if (v->layout == SDX_PLAIN || (!v->is_output && !v->captures))
        return true;
    sdx_gvalue *y = reordered(b, v, v->producer);
    if (!y)
        return false;
    sdx_use *kept = v->readers; /* only outputs and captures move: readers keep what they read */
    v->readers = NULL;
    sdx_value_replace(v, y);
    v->readers = kept;
    if (kept)
        kept->link = &v->readers;
    return true;
}

static sdx_status place_borders(sdx_pass *c, sdx_graph *g, sdx_arena *scratch)
{
    uint32_t n = c->program->n_values;
    size_t nodes = g->n_nodes, values = g->n_values;
    border b = { .c = c, .n = n };
    b.plain = sdx_arena_array(scratch, n, sizeof(sdx_gvalue *));
    b.blocked = sdx_arena_array(scratch, n, sizeof(sdx_gvalue *));
    bool done = b.plain && b.blocked;
    for (size_t i = 0; done && i < nodes; i++)
        done = fix_node(&b, g->node[i], scratch);
    for (size_t i = 0; done && i < values; i++)
        done = fix_value(&b, g->value[i]);
    return done ? sdx_pass_sort(c, g) : sdx_error_memory(c->err, 0);
}

static sdx_status lay_out(sdx_pass *c, sdx_graph *g, sdx_arena *scratch)
{
    if (!grow(c, g, scratch))
        return SDX_OK;
    free_alone(c, g, scratch);
    c->changed = true;
    return place_borders(c, g, scratch);
}

sdx_status sdx_pass_layout(sdx_pass *c)
{
    return c->block == SDX_PLAIN ? SDX_OK : sdx_pass_each_known(c, lay_out);
}
