/* graph/edit.c - building and editing graphs: values, nodes, uses, captures, order, copies. */
#include "graph/draft.h"
#include "base/text.h"
#include <assert.h>

/* Lists grow by doubling and keep no room of their own: it is the next power of two, at least 4. */
static size_t room_of(size_t n)
{
    size_t room = 4;
    while (room < n)
        room *= 2;
    return n ? room : 0;
}

static bool push(sdx_arena *a, void ***list, size_t *n, void *item)
{
    if (*n == room_of(*n)) {
        void **more = sdx_arena_grow(a, *list, *n, room_of(*n + 1), sizeof *more);
        if (!more)
            return false;
        *list = more;
    }
    (*list)[(*n)++] = item;
    return true;
}
#define PUSH(a, list, n, item) push(a, (void ***)(void *)&(list), &(n), item)

static const char *keep_name(sdx_program *p, const char *name)
{
    return name && *name ? sdx_names_add(p->names, name, strlen(name)) : "";
}

/* ---- building ---- */

sdx_graph *sdx_graph_new(sdx_program *p, const char *name, sdx_graph *parent)
{
    sdx_graph *g = sdx_arena_alloc(p->arena, sizeof *g);
    if (!g)
        return NULL;
    g->name = keep_name(p, name);
    g->path = "";
    g->owner_attr = "";
    g->parent = parent;
    return g->name ? g : NULL;
}

sdx_gvalue *sdx_graph_value_kept(sdx_program *p, sdx_graph *g, const char *name)
{
    sdx_gvalue *v = p->n_values < UINT32_MAX ? sdx_arena_alloc(p->arena, sizeof *v) : NULL;
    if (!v || !PUSH(p->arena, g->value, g->n_values, v))
        return NULL;
    v->name = name;
    v->graph = g;
    v->id = p->n_values++;
    return v;
}

sdx_gvalue *sdx_graph_value(sdx_program *p, sdx_graph *g, const char *name)
{
    name = keep_name(p, name);
    return name ? sdx_graph_value_kept(p, g, name) : NULL;
}

static bool make_slots(sdx_arena *a, sdx_gnode *n)
{
    n->in = sdx_arena_array(a, (size_t)n->n_in, sizeof(sdx_gvalue *));
    n->out = sdx_arena_array(a, (size_t)n->n_out, sizeof(sdx_gvalue *));
    n->use = sdx_arena_array(a, (size_t)n->n_in, sizeof(sdx_use));
    if (!n->in || !n->out || !n->use)
        return false;
    for (int i = 0; i < n->n_in; i++)
        n->use[i] = (sdx_use){ .node = n, .slot = i };
    return true;
}

sdx_gnode *sdx_graph_node_kept(sdx_program *p, sdx_graph *g, const char *domain,
                               const char *op_type, int64_t opset, int n_in, int n_out)
{
    sdx_gnode *n = sdx_arena_alloc(p->arena, sizeof *n);
    if (!n)
        return NULL;
    n->name = n->overload = n->path = "";
    n->op_type = op_type;
    n->domain = domain;
    n->opset = opset;
    n->graph = g;
    n->index = (int64_t)g->n_nodes;
    n->origin = n;
    n->n_in = n_in;
    n->n_out = n_out;
    return make_slots(p->arena, n) && PUSH(p->arena, g->node, g->n_nodes, n) ? n : NULL;
}

sdx_gnode *sdx_graph_node(sdx_program *p, sdx_graph *g, const char *domain, const char *op_type,
                          int64_t opset, int n_in, int n_out)
{
    op_type = keep_name(p, op_type);
    domain = keep_name(p, domain);
    sdx_gnode *n = op_type && domain
                       ? sdx_graph_node_kept(p, g, domain, op_type, opset, n_in, n_out)
                       : NULL;
    if (n)
        n->op = sdx_registry_find(p->registry, domain, op_type, opset, &n->family, &n->row, NULL);
    return n;
}

bool sdx_graph_add_input(sdx_program *p, sdx_graph *g, sdx_gvalue *v)
{
    v->is_input = true;
    return PUSH(p->arena, g->input, g->n_inputs, v);
}

bool sdx_graph_add_output(sdx_program *p, sdx_graph *g, sdx_gvalue *v)
{
    if (!PUSH(p->arena, g->output, g->n_outputs, v))
        return false;
    v->is_output = true;
    v->uses++;
    return true;
}

static void link_capture(sdx_gvalue *v, sdx_gvalue *outer)
{
    v->outer = outer;
    v->next_capture = outer->captures;
    outer->captures = v;
    outer->uses++;
}

static void unlink_capture(sdx_gvalue *v)
{
    sdx_gvalue **at = &v->outer->captures;
    while (*at != v)
        at = &(*at)->next_capture;
    *at = v->next_capture;
    v->outer->uses--;
    v->outer = v->next_capture = NULL;
}

sdx_gvalue *sdx_graph_add_capture(sdx_program *p, sdx_graph *g, sdx_gvalue *outer)
{
    assert(g->parent == outer->graph);
    sdx_gvalue *v = sdx_graph_value_kept(p, g, outer->name);
    if (!v || !PUSH(p->arena, g->capture, g->n_captures, v))
        return NULL;
    v->declared = outer->declared;
    link_capture(v, outer);
    return v;
}

sdx_gvalue *sdx_graph_capture(sdx_program *p, sdx_graph *g, sdx_gvalue *outer)
{
    for (sdx_gvalue *c = outer->captures; c; c = c->next_capture)
        if (c->graph == g)
            return c;
    return sdx_graph_add_capture(p, g, outer);
}

/* ---- edges ---- */

void sdx_node_set_in(sdx_gnode *n, int i, sdx_gvalue *v)
{
    sdx_use *u = &n->use[i];
    if (n->in[i]) {
        *u->link = u->next;
        if (u->next)
            u->next->link = u->link;
        n->in[i]->uses--;
    }
    n->in[i] = v;
    if (!v)
        return;
    u->next = v->readers;
    u->link = &v->readers;
    if (u->next)
        u->next->link = &u->next;
    v->readers = u;
    v->uses++;
}

void sdx_node_set_out(sdx_gnode *n, int i, sdx_gvalue *v)
{
    if (n->out[i] && n->out[i]->producer == n && n->out[i]->producer_out == i)
        n->out[i]->producer = NULL;
    n->out[i] = v;
    if (v) {
        v->producer = n;
        v->producer_out = i;
    }
}

const sdx_attr *sdx_node_attr(const sdx_gnode *n, const char *name)
{
    for (int i = 0; i < n->n_attr; i++)
        if (strcmp(n->attr[i].name, name) == 0)
            return &n->attr[i];
    return NULL;
}

/* Two captures of one body would stand for the same value: the one that came with `from` gives
 * way. */
static void recapture(sdx_gvalue *c, sdx_gvalue *to)
{
    unlink_capture(c);
    for (sdx_gvalue *same = to->captures; same; same = same->next_capture)
        if (same->graph == c->graph) {
            sdx_value_replace(c, same); /* as deep as bodies nest, which loading limits */
            sdx_graph *g = c->graph;
            size_t kept = 0;
            for (size_t i = 0; i < g->n_captures; i++)
                if (g->capture[i] != c)
                    g->capture[kept++] = g->capture[i];
            g->n_captures = kept;
            return;
        }
    link_capture(c, to);
}

void sdx_value_replace(sdx_gvalue *from, sdx_gvalue *to)
{
    if (from == to)
        return;
    while (from->readers)
        sdx_node_set_in(from->readers->node, from->readers->slot, to);
    while (from->captures)
        recapture(from->captures, to);
    if (!from->is_output)
        return;
    for (size_t i = 0; i < from->graph->n_outputs; i++)
        if (from->graph->output[i] == from) {
            from->graph->output[i] = to;
            from->uses--;
            to->uses++;
        }
    from->is_output = false;
    to->is_output = true;
}

void sdx_node_remove(sdx_gnode *n)
{
    for (int i = 0; i < n->n_in; i++)
        sdx_node_set_in(n, i, NULL);
    for (int i = 0; i < n->n_attr; i++) {
        sdx_graph *body = n->attr[i].graph;
        for (size_t k = 0; body && k < body->n_captures; k++)
            if (body->capture[k]->outer)
                unlink_capture(body->capture[k]);
    }
    for (int i = 0; i < n->n_out; i++)
        sdx_node_set_out(n, i, NULL);
    n->removed = true;
}

bool sdx_graph_sweep(sdx_graph *g)
{
    size_t before = g->n_nodes + g->n_values, kept = 0;
    for (size_t i = 0; i < g->n_nodes; i++)
        if (!g->node[i]->removed)
            g->node[kept++] = g->node[i];
    g->n_nodes = kept;
    kept = 0;
    for (size_t i = 0; i < g->n_captures; i++) {
        sdx_gvalue *v = g->capture[i];
        if (v->uses)
            g->capture[kept++] = v;
        else if (v->outer)
            unlink_capture(v);
    }
    g->n_captures = kept;
    kept = 0;
    for (size_t i = 0; i < g->n_values; i++) {
        sdx_gvalue *v = g->value[i];
        if (v->uses || v->producer || v->is_input)
            g->value[kept++] = v;
    }
    g->n_values = kept;
    return before != g->n_nodes + g->n_values;
}

/* ---- order ---- */

typedef struct sorter {
    sdx_gnode **stack, **done;
    size_t depth, n_done;
    unsigned char *state; /* by place in the list: 0 new, 1 on the stack, 2 done */
} sorter;

enum { NEW, OPEN, DONE };

/* Puts a producer on the stack; false: it waits for itself. */
static bool want(sorter *s, const sdx_graph *g, const sdx_gvalue *v, unsigned char *const *state_of)
{
    if (!v || !v->producer || v->producer->graph != g || v->producer->removed)
        return true;
    unsigned char *state = state_of[v->id];
    if (!state || *state == DONE)
        return true;
    if (*state == OPEN)
        return false;
    s->stack[s->depth++] = v->producer;
    return true;
}

/* Visits the node on top: first everything it waits for, at the second visit itself. */
static bool visit_top(sorter *s, const sdx_graph *g, unsigned char *const *state_of)
{
    sdx_gnode *n = s->stack[s->depth - 1];
    unsigned char *state = &s->state[n->index];
    if (*state != NEW) {
        s->depth--;
        if (*state == OPEN)
            s->done[s->n_done++] = n;
        *state = DONE;
        return true;
    }
    *state = OPEN;
    bool fine = true;
    for (int i = n->n_attr - 1; i >= 0; i--) {
        const sdx_graph *body = n->attr[i].graph;
        for (size_t k = 0; body && k < body->n_captures; k++)
            fine &= want(s, g, body->capture[k]->outer, state_of);
    }
    for (int k = n->n_epilogue - 1; k >= 0; k--)
        for (int i = n->epilogue[k]->n_in - 1; i >= 0; i--)
            fine &= n->epilogue[k]->in[i] && n->epilogue[k]->in[i]->producer == n
                        ? true
                        : want(s, g, n->epilogue[k]->in[i], state_of);
    for (int i = n->n_in - 1; i >= 0; i--)
        fine &= want(s, g, n->in[i], state_of);
    return fine;
}

bool sdx_graph_sort(sdx_program *p, sdx_graph *g)
{
    size_t edges = g->n_nodes;
    for (size_t i = 0; i < g->n_nodes; i++) {
        edges += (size_t)g->node[i]->n_in;
        for (int k = 0; k < g->node[i]->n_epilogue; k++)
            edges += (size_t)g->node[i]->epilogue[k]->n_in;
        for (int k = 0; k < g->node[i]->n_attr; k++)
            edges += g->node[i]->attr[k].graph ? g->node[i]->attr[k].graph->n_captures : 0;
    }
    sdx_arena *a = p->arena;
    sdx_arena_mark mark = sdx_arena_here(a);
    sorter s = {
        .stack = sdx_arena_array(a, edges + 1, sizeof *s.stack),
        .done = sdx_arena_array(a, g->n_nodes, sizeof *s.done),
        .state = sdx_arena_alloc(a, g->n_nodes),
    };
    unsigned char **state_of = sdx_arena_array(a, p->n_values, sizeof *state_of);
    int64_t *index = sdx_arena_array(a, g->n_nodes, sizeof *index);
    bool fine = s.stack && s.done && s.state && state_of && index;
    for (size_t i = 0; fine && i < g->n_nodes; i++) {
        sdx_gnode *n = g->node[i];
        index[i] = n->index;
        n->index = (int64_t)i; /* for the sort only */
        for (int k = 0; k < n->n_out; k++)
            if (n->out[k])
                state_of[n->out[k]->id] = &s.state[i];
    }
    size_t begun = 0;
    for (; fine && begun < g->n_nodes; begun++) {
        if (s.state[begun] != NEW)
            continue;
        s.stack[s.depth++] = g->node[begun];
        while (fine && s.depth)
            fine = visit_top(&s, g, state_of);
    }
    if (index)
        for (size_t i = 0; i < g->n_nodes; i++)
            g->node[i]->index = index[i];
    if (fine)
        memcpy(g->node, s.done, g->n_nodes * sizeof *g->node);
    sdx_arena_rewind(a, mark);
    return fine;
}

/* ---- copies ---- */

typedef struct copier {
    sdx_program *to;
    sdx_gvalue **value; /* the copy of a value, by id */
    struct pending {    /* graphs whose nodes are still to be copied */
        const sdx_graph *from;
        sdx_graph *to;
        struct pending *next;
    } * first, **end;
} copier;

static sdx_gvalue **copy_list(copier *c, sdx_gvalue *const *list, size_t n)
{
    sdx_gvalue **copy = sdx_arena_array(c->to->arena, room_of(n), sizeof *copy);
    for (size_t i = 0; copy && i < n; i++)
        copy[i] = c->value[list[i]->id];
    return copy;
}

/* The graph with its values and lists; its nodes come later, when the values around it are
 * there. */
static sdx_graph *copy_graph(copier *c, const sdx_graph *from, sdx_graph *parent)
{
    sdx_arena *a = c->to->arena;
    sdx_graph *g = sdx_arena_copy(a, from, sizeof *g);
    struct pending *later = sdx_arena_alloc(a, sizeof *later);
    if (!g || !later)
        return NULL;
    g->parent = parent;
    g->n_nodes = 0;
    g->node = sdx_arena_array(a, room_of(from->n_nodes), sizeof(sdx_gnode *));
    g->value = sdx_arena_array(a, room_of(from->n_values), sizeof(sdx_gvalue *));
    if (!g->node || !g->value)
        return NULL;
    for (size_t i = 0; i < from->n_values; i++) {
        sdx_gvalue *v = sdx_arena_copy(a, from->value[i], sizeof *v);
        if (!v)
            return NULL;
        v->graph = g;
        v->producer = NULL;
        v->captures = v->next_capture = v->outer = NULL;
        v->readers = NULL;
        v->uses = 0;
        c->value[v->id] = g->value[i] = v;
    }
    g->input = copy_list(c, from->input, from->n_inputs);
    g->output = copy_list(c, from->output, from->n_outputs);
    g->capture = copy_list(c, from->capture, from->n_captures);
    if (!g->input || !g->output || !g->capture)
        return NULL;
    for (size_t i = 0; i < g->n_outputs; i++)
        g->output[i]->uses++;
    for (size_t i = 0; i < g->n_captures; i++)
        if (from->capture[i]->outer)
            link_capture(g->capture[i], c->value[from->capture[i]->outer->id]);
    *later = (struct pending){ from, g, NULL };
    *c->end = later;
    c->end = &later->next;
    return g;
}

static sdx_gnode *copy_node(copier *c, const sdx_gnode *from, sdx_graph *g)
{
    sdx_arena *a = c->to->arena;
    sdx_gnode *n = sdx_arena_copy(a, from, sizeof *n);
    if (!n || !make_slots(a, n))
        return NULL;
    n->graph = g;
    for (int i = 0; i < n->n_in; i++)
        if (from->in[i])
            sdx_node_set_in(n, i, c->value[from->in[i]->id]);
    for (int i = 0; i < n->n_out; i++)
        if (from->out[i])
            sdx_node_set_out(n, i, c->value[from->out[i]->id]);
    n->attr = sdx_arena_array(a, (size_t)n->n_attr, sizeof *n->attr);
    n->epilogue = sdx_arena_array(a, (size_t)n->n_epilogue, sizeof(sdx_gnode *));
    if (!n->attr || !n->epilogue)
        return NULL;
    for (int i = 0; i < n->n_attr; i++) {
        n->attr[i] = from->attr[i];
        if (!from->attr[i].graph)
            continue;
        n->attr[i].graph = copy_graph(c, from->attr[i].graph, g);
        if (!n->attr[i].graph)
            return NULL;
        n->attr[i].graph->owner = n;
    }
    for (int i = 0; i < n->n_epilogue; i++) {
        /* these have no epilogue of their own */
        n->epilogue[i] = copy_node(c, from->epilogue[i], g);
        if (!n->epilogue[i])
            return NULL;
    }
    return n;
}

static bool copy_nodes(copier *c, const sdx_graph *from, sdx_graph *to)
{
    for (size_t i = 0; i < from->n_nodes; i++) {
        sdx_gnode *n = copy_node(c, from->node[i], to);
        if (!n)
            return false;
        to->node[to->n_nodes++] = n;
    }
    return true;
}

sdx_program *sdx_program_copy(const sdx_program *p, sdx_arena *arena)
{
    copier c = { .to = sdx_arena_copy(arena, p, sizeof *p) };
    if (!c.to)
        return NULL;
    c.end = &c.first;
    c.to->arena = arena;
    c.to->names = sdx_arena_alloc(arena, sizeof *c.to->names);
    c.value = sdx_arena_array(arena, p->n_values, sizeof *c.value);
    if (!c.to->names || !c.value)
        return NULL;
    sdx_names_init(c.to->names, arena);
    c.to->main = copy_graph(&c, p->main, NULL);
    if (!c.to->main)
        return NULL;
    for (struct pending *at = c.first; at; at = at->next)
        if (!copy_nodes(&c, at->from, at->to))
            return NULL;
    return c.to;
}

/* ---- all graphs ---- */

typedef struct walk_place {
    sdx_graph *graph;
    size_t node;
    int attr;
} walk_place;

/* The next body after this place within its graph; NULL: there is none. */
static sdx_graph *next_body(walk_place *at)
{
    for (; at->node < at->graph->n_nodes; at->node++, at->attr = 0) {
        const sdx_gnode *n = at->graph->node[at->node];
        while (!n->removed && at->attr < n->n_attr) {
            sdx_graph *body = n->attr[at->attr++].graph;
            if (body)
                return body;
        }
    }
    return NULL;
}

bool sdx_program_each(const sdx_program *p, sdx_graph_visit *fn, void *ctx)
{
    sdx_mem *mem = p->arena->mem;
    size_t room = 32, depth = 1;
    walk_place *stack = sdx_mem_alloc(mem, room * sizeof *stack, 0);
    bool fine = stack && fn(ctx, p->main);
    if (stack)
        stack[0] = (walk_place){ p->main, 0, 0 };
    while (fine && depth) {
        sdx_graph *body = next_body(&stack[depth - 1]);
        if (!body) {
            depth--;
            continue;
        }
        if (depth == room) {
            walk_place *more = sdx_mem_resize(mem, stack, room * sizeof *stack,
                                              2 * room * sizeof *stack);
            if (!more) {
                fine = false;
                break;
            }
            stack = more;
            room *= 2;
        }
        stack[depth++] = (walk_place){ body, 0, 0 };
        fine = fn(ctx, body);
    }
    sdx_mem_free(mem, stack, room * sizeof *stack);
    return fine;
}

/* ---- words ---- */

/* Names come from files: control characters are written as escapes. */
static const char *shown(char *to, size_t size, const char *text)
{
    sdx_escape(to, size, text, strlen(text));
    return to;
}

const char *sdx_node_place(sdx_arena *a, const sdx_gnode *n)
{
    char name[128], op[64], graph[128], path[128];
    const sdx_graph *g = n->graph;
    const char *in = !g ? "" : *g->path ? g->path : g->name;
    const char *through = *n->path ? sdx_arena_printf(a, ", function %s",
                                                      shown(path, sizeof path, n->path))
                                   : "";
    if (!through)
        return NULL;
    return sdx_arena_printf(a, "node '%s' (%s, graph '%s', #%lld%s)",
                            shown(name, sizeof name, n->name), shown(op, sizeof op, n->op_type),
                            shown(graph, sizeof graph, in), (long long)n->index, through);
}
