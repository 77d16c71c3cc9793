/* passes/derive.c - nodes that ask for derivatives become nodes that compute them.
 *
 * A node of trait SDX_DERIVES names values of its graph: y, and the xs that y is to be derived by;
 * zs are others that y depends on.  Its inputs are what xs and zs are to be.  Where those are not
 * the values named, what leads from them to y is copied first.  Then slopes go from y backwards:
 * each operator on the way makes, by its own rule (sdx_op.derive), those of its inputs of those of
 * its outputs.
 * Source: ONNX Operators.md, ai.onnx.preview.training, Gradient-1. */
#include "base/error.h"
#include "passes/rewrite.h"
#include <string.h>

/* Derivatives of derivatives grow by a factor each time, and each that is asked for looks through
 * the whole graph: a few bytes of a file must not ask for more than this. */
enum { MOST_NODES = 300000, MOST_ASKING = 1000 };

typedef struct way {
    sdx_pass *c;
    sdx_graph *g;
    sdx_gnode *asks;
    sdx_arena *scratch;
    size_t n_nodes; /* before any were made here */
    sdx_table by_name;
    sdx_gvalue *y, **named; /* xs, then zs */
    int n_xs, n_named;
    /* By id of a value. */
    bool *stops;          /* it is named: what lies before it plays no part */
    bool *leads;          /* y depends on it                                 */
    bool *depends;        /* it depends on some of xs                        */
    sdx_gvalue **instead; /* the value to take for it; NULL: itself          */
    sdx_gvalue **slope;   /* of y, as far as known; NULL: none               */
} way;

static sdx_status cannot(const way *w, const sdx_gnode *n, const char *why, const char *what)
{
    sdx_pass *c = w->c;
    sdx_error_set(c->err, SDX_E_UNSUPPORTED, why, what);
    const char *place = sdx_node_place(w->scratch, n);
    sdx_error_place(c->err, "%s: %s", c->model_name, place ? place : n->op_type);
    return SDX_E_UNSUPPORTED;
}

/* ---- what is asked for ---- */

static bool is_alive(const sdx_gvalue *v)
{
    return v->producer ? !v->producer->removed : v->is_input || v->constant || v->outer;
}

/* The values of the graph by name. */
static bool know_names(way *w)
{
    sdx_table_init(&w->by_name, w->scratch);
    for (size_t i = 0; i < w->g->n_values; i++) {
        sdx_gvalue *v = w->g->value[i];
        if (!v->name[0] || !is_alive(v))
            continue;
        sdx_word *entry = sdx_table_add(&w->by_name, v->name, strlen(v->name), NULL);
        if (!entry)
            return false;
        entry->pointer = v;
    }
    return true;
}

static sdx_status find_named(way *w, sdx_string name, sdx_gvalue **v)
{
    const sdx_word *found = name.length ? sdx_table_find(&w->by_name, name.text, name.length)
                                        : NULL;
    if (found) {
        *v = found->pointer;
        return SDX_OK;
    }
    const char *text = sdx_arena_strndup(w->scratch, name.text, name.length);
    return cannot(w, w->asks, "'%s' is no value of the graph that the node stands in",
                  text ? text : "");
}

static sdx_status read_names(way *w)
{
    const sdx_attr *xs = sdx_node_attr(w->asks, "xs"), *zs = sdx_node_attr(w->asks, "zs"),
                   *y = sdx_node_attr(w->asks, "y");
    w->n_xs = xs ? (int)xs->count : 0;
    w->n_named = w->n_xs + (zs ? (int)zs->count : 0);
    w->named = sdx_arena_array(w->scratch, (size_t)w->n_named, sizeof *w->named);
    if (!w->named || !know_names(w))
        return sdx_error_memory(w->c->err, 0);
    if (!y || w->n_named != w->asks->n_in || w->asks->n_out > w->n_xs)
        return cannot(w, w->asks, "its names and inputs are not equally many%s", "");
    for (int i = 0; i < w->n_named; i++) {
        SDX_TRY(
            find_named(w, i < w->n_xs ? xs->strings[i] : zs->strings[i - w->n_xs], &w->named[i]));
        w->stops[w->named[i]->id] = true;
        w->depends[w->named[i]->id] |= i < w->n_xs;
    }
    return find_named(w, y->s, &w->y);
}

/* ---- the way from xs to y ---- */

static bool is_any(const bool *marks, sdx_gvalue *const *v, int n)
{
    for (int i = 0; i < n; i++)
        if (v[i] && marks[v[i]->id])
            return true;
    return false;
}

static bool is_on_way(const way *w, const sdx_gnode *n)
{
    return !n->removed && n != w->asks && is_any(w->leads, n->out, n->n_out) &&
           !is_any(w->stops, n->out, n->n_out);
}

static void mark_way(way *w)
{
    w->leads[w->y->id] = true;
    for (size_t i = w->n_nodes; i-- > 0;) {
        sdx_gnode *n = w->g->node[i];
        bool on_way = is_on_way(w, n);
        for (int k = 0; on_way && k < n->n_in; k++)
            if (n->in[k])
                w->leads[n->in[k]->id] = true;
    }
    for (size_t i = 0; i < w->n_nodes; i++) {
        sdx_gnode *n = w->g->node[i];
        bool depends = is_on_way(w, n) && is_any(w->depends, n->in, n->n_in);
        for (int k = 0; depends && k < n->n_out; k++)
            if (n->out[k])
                w->depends[n->out[k]->id] = true;
    }
}

/* Not while something on the way is to be derived itself, or was only just made: then nothing is
 * known of it, and there will be another round. */
static bool is_ready(const way *w)
{
    for (size_t i = 0; i < w->n_nodes; i++) {
        const sdx_gnode *n = w->g->node[i];
        if (!is_on_way(w, n))
            continue;
        if (n->op && n->op->traits & SDX_DERIVES)
            return false;
        for (int k = 0; k < n->n_in + n->n_out; k++) {
            const sdx_gvalue *v = k < n->n_in ? n->in[k] : n->out[k - n->n_in];
            if (v && v->id >= w->c->facts->n)
                return false;
        }
    }
    return true;
}

/* ---- a copy of the way, for other values of xs and zs ---- */

static sdx_gvalue *now(const way *w, sdx_gvalue *v)
{
    return v && w->instead[v->id] ? w->instead[v->id] : v;
}

static sdx_status copy_node(way *w, const sdx_gnode *n)
{
    sdx_program *p = w->c->program;
    for (int i = 0; i < n->n_attr; i++)
        if (n->attr[i].graph)
            return cannot(w, n, "%s has a body, and is not derived", n->op_type);
    sdx_gnode *copy = sdx_pass_twin(w->c, w->g, n);
    if (!copy)
        return sdx_error_memory(w->c->err, 0);
    for (int i = 0; i < n->n_in; i++)
        sdx_node_set_in(copy, i, now(w, n->in[i]));
    for (int i = 0; i < n->n_out; i++) {
        if (!n->out[i])
            continue;
        sdx_gvalue *v = w->instead[n->out[i]->id] = sdx_graph_value(p, w->g, "");
        if (!v)
            return sdx_error_memory(w->c->err, 0);
        sdx_node_set_out(copy, i, v);
    }
    return SDX_OK;
}

static sdx_status copy_way(way *w)
{
    bool other = false;
    for (int i = 0; i < w->n_named; i++) {
        other |= w->asks->in[i] != w->named[i];
        w->instead[w->named[i]->id] = w->asks->in[i];
    }
    for (size_t i = 0; other && i < w->n_nodes; i++) {
        const sdx_gnode *n = w->g->node[i];
        bool on_way = is_on_way(w, n), reads_other = false;
        for (int k = 0; on_way && k < n->n_in; k++)
            reads_other |= n->in[k] && now(w, n->in[k]) != n->in[k];
        if (reads_other)
            SDX_TRY(copy_node(w, n));
    }
    return SDX_OK;
}

/* ---- slopes ---- */

/* A tensor as large as `like`, of its type, filled with one number. */
static sdx_status fill(way *w, sdx_rewrite *c, sdx_gvalue *like, int number, sdx_gvalue **out)
{
    if (!sdx_rewrite_bind(c, "like_", like))
        return sdx_error_memory(w->c->err, 0);
    SDX_TRY(sdx_body(c, 18,
                     "number_ = Constant<value_float = %d.0>(); typed_ = CastLike(number_, like_); "
                     "size_ = Shape(like_); filled_ = Expand(typed_, size_)",
                     number));
    *out = sdx_rewrite_made(c, "filled_");
    return SDX_OK;
}

/* Another reader of v has its part in the slope. */
static sdx_status add_slope(way *w, sdx_rewrite *c, const sdx_gvalue *v, sdx_gvalue *more)
{
    sdx_gvalue **slope = &w->slope[v->id];
    if (!*slope) {
        *slope = more;
        return SDX_OK;
    }
    if (!sdx_rewrite_bind(c, "part_", *slope) || !sdx_rewrite_bind(c, "more_", more))
        return sdx_error_memory(w->c->err, 0);
    SDX_TRY(sdx_body(c, 18, "both_ = Add(part_, more_)"));
    *slope = sdx_rewrite_made(c, "both_");
    return SDX_OK;
}

/* The rule reads inputs and outputs by their formal names, slopes of outputs with a d before. */
static sdx_status bind_all(way *w, sdx_rewrite *c, const sdx_gnode *n)
{
    bool fine = true;
    for (int i = 0; i < n->n_in; i++) {
        const char *name = sdx_in_name(&c->node, i);
        if (i > 0 && strcmp(name, sdx_in_name(&c->node, i - 1)) == 0)
            return cannot(w, n, "%s has more inputs than are derived", n->op_type);
        fine &= !n->in[i] || sdx_rewrite_bind(c, name, now(w, n->in[i]));
    }
    for (int i = 0; i < n->n_out; i++) {
        if (!n->out[i])
            continue;
        const char *name = sdx_out_name(&c->node, i);
        const char *d = sdx_arena_printf(w->scratch, "d%s", name);
        sdx_gvalue *v = now(w, n->out[i]), *slope = w->slope[n->out[i]->id];
        if (!slope)
            SDX_TRY(fill(w, c, v, 0, &slope));
        fine &= d && sdx_rewrite_bind(c, name, v) && sdx_rewrite_bind(c, d, slope);
    }
    return fine ? SDX_OK : sdx_error_memory(w->c->err, 0);
}

static sdx_status apply_rule(way *w, sdx_rewrite *c, const sdx_gnode *n)
{
    if (!n->op || !n->op->derive)
        return sdx_cannot(c, "the derivative of %s is not known here", n->op_type);
    SDX_TRY(bind_all(w, c, n));
    SDX_TRY(n->op->derive(&c->node, c));
    for (int i = 0; i < n->n_in; i++) {
        if (!n->in[i] || !w->depends[n->in[i]->id] ||
            sdx_dtype_class(sdx_in_dtype(&c->node, i)) != SDX_REAL) /* a step, not a slope */
            continue;
        const char *d = sdx_arena_printf(w->scratch, "d%s", sdx_in_name(&c->node, i));
        sdx_gvalue *more = d ? sdx_rewrite_made(c, d) : NULL;
        if (!more)
            return sdx_cannot(c, "the derivative of %s by %s is not known here", n->op_type,
                              sdx_in_name(&c->node, i));
        SDX_TRY(add_slope(w, c, n->in[i], more));
    }
    return SDX_OK;
}

static bool has_slope(const way *w, const sdx_gnode *n)
{
    for (int i = 0; i < n->n_out; i++)
        if (n->out[i] && w->slope[n->out[i]->id])
            return true;
    return false;
}

static sdx_status go_back(way *w)
{
    for (size_t i = w->n_nodes; i-- > 0;) {
        sdx_gnode *n = w->g->node[i];
        if (!is_on_way(w, n) || !has_slope(w, n) || !is_any(w->depends, n->in, n->n_in))
            continue;
        if (w->g->n_nodes > MOST_NODES)
            return cannot(w, w->asks, "its derivatives take more nodes than a graph may have%s",
                          "");
        sdx_rewrite c;
        sdx_status st = sdx_rewrite_begin(&c, w->c, n, w->scratch);
        if (st == SDX_OK)
            st = apply_rule(w, &c, n);
        SDX_TRY(sdx_rewrite_checked(&c, st));
    }
    return SDX_OK;
}

/* ---- the node itself ---- */

/* What takes the place of output i bears its name. */
static sdx_status answer(way *w, sdx_rewrite *c, int i, sdx_gvalue *slope)
{
    const sdx_gvalue *old = w->asks->out[i];
    sdx_program *p = w->c->program;
    sdx_gvalue *v = sdx_graph_value(p, w->g, old->name);
    sdx_gnode *n = sdx_graph_node(p, w->g, "", "Identity", 14, 1, 1);
    if (!v || !n)
        return sdx_error_memory(w->c->err, 0);
    n->origin = w->asks->origin ? w->asks->origin : w->asks;
    n->name = w->asks->name;
    n->path = w->asks->path;
    n->index = w->asks->index;
    v->declared = old->declared;
    sdx_node_set_in(n, 0, slope);
    sdx_node_set_out(n, 0, v);
    c->out[i] = v;
    c->added = true;
    return SDX_OK;
}

static sdx_status derive(way *w, sdx_rewrite *c)
{
    SDX_TRY(copy_way(w));
    SDX_TRY(fill(w, c, now(w, w->y), 1, &w->slope[w->y->id]));
    SDX_TRY(go_back(w));
    for (int i = 0; i < w->asks->n_out; i++) {
        sdx_gvalue *slope = w->slope[w->named[i]->id];
        if (!w->asks->out[i])
            continue;
        if (!slope) /* y does not depend on it */
            SDX_TRY(fill(w, c, w->asks->in[i], 0, &slope));
        SDX_TRY(answer(w, c, i, slope));
    }
    return SDX_OK;
}

static sdx_status derive_node(sdx_pass *c, sdx_gnode *n, sdx_arena *scratch)
{
    size_t values = c->program->n_values;
    way w = { .c = c, .g = n->graph, .asks = n, .scratch = scratch };
    w.n_nodes = n->graph->n_nodes;
    w.stops = sdx_arena_array(scratch, values, sizeof *w.stops);
    w.leads = sdx_arena_array(scratch, values, sizeof *w.leads);
    w.depends = sdx_arena_array(scratch, values, sizeof *w.depends);
    w.instead = sdx_arena_array(scratch, values, sizeof(sdx_gvalue *));
    w.slope = sdx_arena_array(scratch, values, sizeof(sdx_gvalue *));
    if (!w.stops || !w.leads || !w.depends || !w.instead || !w.slope)
        return sdx_error_memory(c->err, 0);
    SDX_TRY(read_names(&w));
    mark_way(&w);
    if (!is_ready(&w))
        return SDX_OK;
    sdx_rewrite r;
    sdx_status st = sdx_rewrite_begin(&r, c, n, scratch);
    if (st == SDX_OK)
        st = derive(&w, &r);
    return sdx_rewrite_end(&r, st);
}

static sdx_status derive_graph(sdx_pass *c, sdx_graph *g, sdx_arena *scratch)
{
    int asking = 0;
    for (size_t i = 0, n = g->n_nodes; i < n; i++) {
        sdx_gnode *d = g->node[i];
        if (d->removed || !d->op || !(d->op->traits & SDX_DERIVES))
            continue;
        if (++asking > MOST_ASKING)
            return sdx_error_set(c->err, SDX_E_LIMIT,
                                 "more than %d nodes of graph '%s' ask for derivatives",
                                 MOST_ASKING, g->name);
        sdx_arena_mark mark = sdx_arena_here(scratch);
        SDX_TRY(derive_node(c, d, scratch));
        sdx_arena_rewind(scratch, mark);
    }
    return c->changed ? sdx_pass_sort(c, g) : SDX_OK;
}

sdx_status sdx_pass_derive(sdx_pass *c)
{
    return sdx_pass_each(c, derive_graph);
}
