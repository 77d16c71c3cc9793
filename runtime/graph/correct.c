/* graph/correct.c - corrections of a file, as changes: what load/save.c then makes to the bytes.
 *
 * Only what stands in the file once and in the main text of it is rewired or removed: not nodes
 * that a call of a function brought, and nothing in models that name their values in attributes. */
#include "graph/finding.h"

#include <inttypes.h>
#include <string.h>

const sdx_span sdx_span_model = { 0, UINT64_MAX };

sdx_edit *sdx_correct(sdx_findings *f, sdx_raw_finding *x, const sdx_gnode *of, bool safe,
                      const char *fmt, ...)
{
    va_list args;
    if (!x)
        return NULL;
    va_start(args, fmt);
    sdx_edit *e = sdx_arena_alloc(f->arena, sizeof *e);
    const char *says = e ? sdx_arena_vprintf(f->arena, fmt, args) : NULL;
    va_end(args);
    if (!says) {
        f->failed = true;
        return NULL;
    }
    *e = (sdx_edit){ .node = of ? of->origin : NULL, .says = says, .safe = safe };
    x->edit = e;
    return e;
}

const char *sdx_correct_name(sdx_findings *f, const sdx_gnode *n)
{
    const char *text = *n->name   ? sdx_arena_printf(f->arena, "'%s'", n->name)
                       : *n->path ? sdx_arena_printf(f->arena, "(%s)", n->op_type)
                                  : sdx_arena_printf(f->arena, "#%" PRId64, n->index);
    f->failed |= !text;
    return text ? text : "";
}

/* NULL: there is no edit to add to, or no memory, which the findings then know. */
static sdx_change *add(sdx_findings *f, sdx_edit *e, enum sdx_change_kind kind, sdx_span at)
{
    sdx_change *s = e ? sdx_arena_alloc(f->arena, sizeof *s) : NULL;
    if (!s) {
        f->failed |= e != NULL;
        return NULL;
    }
    s->kind = kind;
    s->at = at;
    *(e->last ? &e->last->next : &e->first) = s;
    e->last = s;
    return s;
}

static void add_part(sdx_findings *f, sdx_edit *e, enum sdx_change_kind kind, sdx_span at,
                     uint32_t field, uint32_t nth, const char *text, int64_t number)
{
    sdx_change *s = add(f, e, kind, at);
    if (!s)
        return;
    s->field = field;
    s->nth = nth;
    s->text = text;
    s->number = number;
}

void sdx_correct_drop(sdx_findings *f, sdx_edit *e, sdx_span message)
{
    add(f, e, SDX_CHANGE_DROP, message);
}

void sdx_correct_drop_part(sdx_findings *f, sdx_edit *e, sdx_span at, uint32_t field, uint32_t nth)
{
    add_part(f, e, SDX_CHANGE_DROP, at, field, nth, NULL, 0);
}

void sdx_correct_text(sdx_findings *f, sdx_edit *e, sdx_span at, uint32_t field, uint32_t nth,
                      const char *text)
{
    add_part(f, e, SDX_CHANGE_TEXT, at, field, nth, text, 0);
}

void sdx_correct_number(sdx_findings *f, sdx_edit *e, sdx_span at, uint32_t field, int64_t number)
{
    add_part(f, e, SDX_CHANGE_NUMBER, at, field, 0, NULL, number);
}

void sdx_correct_element(sdx_findings *f, sdx_edit *e, sdx_span at, uint32_t field, uint32_t nth,
                         int64_t number)
{
    add_part(f, e, SDX_CHANGE_ELEMENT, at, field, nth, NULL, number);
}

void sdx_correct_import(sdx_findings *f, sdx_edit *e, sdx_span at, const char *domain,
                        int64_t version)
{
    bool model = at.size == sdx_span_model.size;
    add_part(f, e, SDX_CHANGE_OPSET, at, model ? SDX_AT_MODEL_OPSET : SDX_AT_FUNCTION_OPSET, 0,
             domain, version);
}

/* Texts and lists are copied: they may be of the rule's scratch memory. */
void sdx_correct_attr(sdx_findings *f, sdx_edit *e, const sdx_gnode *n, const sdx_attr *is)
{
    sdx_attr *a = e ? sdx_arena_copy(f->arena, is, sizeof *a) : NULL;
    if (!a) {
        f->failed |= e != NULL;
        return;
    }
    a->name = sdx_arena_strdup(f->arena, is->name);
    a->s.text = is->s.length ? sdx_arena_strndup(f->arena, is->s.text, is->s.length) : "";
    if (is->ints)
        a->ints = sdx_arena_copy(f->arena, is->ints, is->count * sizeof *is->ints);
    f->failed |= !a->name || !a->s.text || (is->ints && !a->ints);
    sdx_change *s = f->failed ? NULL : add(f, e, SDX_CHANGE_ATTR, n->origin->span);
    if (!s)
        return;
    s->field = SDX_AT_NODE_ATTR;
    s->attr = a;
}

void sdx_correct_ir(sdx_findings *f, sdx_raw_finding *x, int ir)
{
    sdx_edit *e = sdx_correct(f, x, NULL, true, "set ir_version to %d", ir);
    sdx_correct_number(f, e, sdx_span_model, SDX_AT_MODEL_IR, ir);
}

/* The file's nodes one by one: none of a function's, none left out. */
void sdx_correct_order(sdx_findings *f, sdx_edit *e, const sdx_graph *g)
{
    for (size_t i = 0; e && i < g->n_nodes; i++)
        e->impossible |= *g->node[i]->path || g->node[i]->index >= (int64_t)g->n_nodes;
    sdx_change *s = add(f, e, SDX_CHANGE_ORDER, g->span);
    if (s)
        s->order = g;
}

void sdx_correct_type(sdx_findings *f, sdx_edit *e, const sdx_known_type *t)
{
    sdx_change *s = t ? add(f, e, SDX_CHANGE_TYPE, t->value->span) : NULL;
    if (s)
        s->type = t;
    else if (e)
        e->impossible = true;
}

const sdx_known_type *sdx_known_type_of(sdx_symbols *s, sdx_arena *a, const sdx_gvalue *v,
                                        const sdx_type *t)
{
    size_t rank = t->kind == SDX_TENSOR && t->dims.rank > 0 ? (size_t)t->dims.rank : 0;
    sdx_known_type *k = sdx_arena_alloc(a, sizeof *k);
    sdx_dim *dim = sdx_arena_array(a, rank, sizeof *dim);
    const char **symbol = sdx_arena_array(a, rank, sizeof *symbol);
    if (!k || !dim || !symbol)
        return NULL;
    for (size_t i = 0; i < rank; i++) {
        dim[i] = sdx_is_unknown(t->dims.dim[i]) ? t->dims.dim[i]
                                                : sdx_symbols_resolve(s, t->dims.dim[i]);
        if (!sdx_is_num(dim[i]) && !sdx_is_unknown(dim[i]))
            symbol[i] = sdx_symbols_text(s, a, dim[i]);
    }
    if (t->kind == SDX_TENSOR)
        t = sdx_type_tensor(a, t->dtype, (sdx_dims){ t->dims.rank, dim });
    *k = (sdx_known_type){ v, t, symbol };
    return t ? k : NULL;
}

/* ---- removing and rewiring ---- */

/* What an edit removes: nodes by address; of values how many of their readers. */
typedef struct removal {
    sdx_findings *f;
    sdx_edit *e;
    sdx_table nodes, released;
    const sdx_gvalue *keep; /* that gets other readers */
} removal;

static bool is_gone(const removal *r, const sdx_gnode *n)
{
    return sdx_table_find_number(&r->nodes, (uintptr_t)n) != NULL;
}

/* Is the value where a correction may let go of it? */
static bool is_plain(const sdx_gvalue *v)
{
    const sdx_graph *root = v->graph;
    while (root->parent)
        root = root->parent;
    return !v->is_output && !v->outer && *v->name && !root->reads_by_name;
}

void sdx_correct_forget(sdx_findings *f, sdx_edit *e, const sdx_gvalue *v)
{
    if (e && v->is_input) /* two places, of which one is known */
        e->impossible = true;
    sdx_correct_drop(f, e, v->span);
}

static void remove_node(removal *r, const sdx_gnode *n)
{
    if (*n->path)
        r->e->impossible = true;
    sdx_word *w = sdx_table_add_number(&r->nodes, (uintptr_t)n, NULL);
    if (w)
        w->constant = n;
    r->f->failed |= !w;
    sdx_correct_drop(r->f, r->e, n->span);
    for (int i = 0; i < n->n_out; i++)
        if (n->out[i] && n->out[i]->span.size && !n->out[i]->is_output)
            sdx_correct_drop(r->f, r->e, n->out[i]->span);
}

static bool is_released(const removal *r, const sdx_gvalue *v)
{
    const sdx_word *w = sdx_table_find_number(&r->released, (uintptr_t)v);
    return !v->uses || (w && w->number >= v->uses);
}

/* One reader less: who makes the value goes, too, when there is none left and it is good for
 * nothing else. */
static void release(removal *r, const sdx_gvalue *v)
{
    if (!v || v == r->keep || !is_plain(v))
        return;
    sdx_word *w = sdx_table_add_number(&r->released, (uintptr_t)v, NULL);
    if (!w) {
        r->f->failed = true;
        return;
    }
    w->number++;
    if (!is_released(r, v) || (!v->producer && (!v->is_initializer || v->is_input)))
        return;
    if (!v->producer) {
        sdx_correct_forget(r->f, r->e, v);
        return;
    }
    const sdx_gnode *n = v->producer;
    bool all = !*n->path && !is_gone(r, n);
    for (int i = 0; i < n->n_out; i++)
        all &= !n->out[i] || (is_plain(n->out[i]) && is_released(r, n->out[i]));
    if (all)
        remove_node(r, n);
}

/* Nodes that went let go of what they read, also in their bodies; which makes more go. */
static void release_all(removal *r)
{
    for (uint32_t i = 0; i < r->nodes.filled; i++) {
        const sdx_gnode *n = r->nodes.entry[i].value.constant;
        for (int k = 0; n && k < n->n_in; k++)
            release(r, n->in[k]);
        for (int k = 0; n && k < n->n_attr; k++)
            for (size_t c = 0; n->attr[k].graph && c < n->attr[k].graph->n_captures; c++)
                release(r, n->attr[k].graph->capture[c]->outer);
    }
}

static removal begin(sdx_findings *f, sdx_edit *e, const sdx_gvalue *keep)
{
    removal r = { .f = f, .e = e, .keep = keep };
    sdx_table_init(&r.nodes, f->arena);
    sdx_table_init(&r.released, f->arena);
    return r;
}

void sdx_correct_remove(sdx_findings *f, sdx_edit *e, const sdx_gnode *n)
{
    if (!e)
        return;
    removal r = begin(f, e, NULL);
    remove_node(&r, n);
    release_all(&r);
}

void sdx_correct_no_input(sdx_findings *f, sdx_edit *e, const sdx_gnode *n, int i)
{
    removal r = begin(f, e, NULL);
    if (!e)
        return;
    if (i < n->n_in - 1)
        sdx_correct_text(f, e, n->origin->span, SDX_AT_NODE_IN, (uint32_t)i, "");
    else
        sdx_correct_drop_part(f, e, n->origin->span, SDX_AT_NODE_IN, (uint32_t)i);
    if (*n->path)
        return; /* what it reads is of the call */
    release(&r, n->in[i]);
    release_all(&r);
}

static bool has_own(const sdx_graph *g, const char *name)
{
    for (size_t i = 0; i < g->n_values; i++)
        if (!g->value[i]->outer && strcmp(g->value[i]->name, name) == 0)
            return true;
    return false;
}

/* As deep as bodies nest. */
static void rewire(removal *r, const sdx_gvalue *from, const char *name)
{
    for (const sdx_use *u = from->readers; u; u = u->next) {
        if (is_gone(r, u->node))
            continue;
        r->e->impossible |= *u->node->path != 0;
        sdx_correct_text(r->f, r->e, u->node->span, SDX_AT_NODE_IN, (uint32_t)u->slot, name);
    }
    for (const sdx_gvalue *inner = from->captures; inner; inner = inner->next_capture) {
        r->e->impossible |= inner->is_output || has_own(inner->graph, name);
        rewire(r, inner, name);
    }
}

static void keep(removal *r, const sdx_gvalue *v)
{
    sdx_span at = v->producer ? v->producer->span : v->span;
    if (at.size && !v->outer)
        add(r->f, r->e, SDX_CHANGE_KEEP, at);
}

void sdx_correct_rewire(sdx_findings *f, sdx_edit *e, const sdx_gvalue *from, const sdx_gvalue *to)
{
    if (!e)
        return;
    removal r = begin(f, e, NULL);
    e->impossible |= !is_plain(from) || from->graph != to->graph;
    rewire(&r, from, to->name);
    keep(&r, to);
}

/* Nobody but the graph reads the output that is to stay: then what goes in takes its name. */
static void hand_on_name(removal *r, const sdx_gvalue *to, const sdx_gvalue *output)
{
    const sdx_gnode *n = to->producer;
    if (!n || *n->path || !is_plain(to)) {
        r->e->impossible = true;
        return;
    }
    sdx_correct_text(r->f, r->e, n->span, SDX_AT_NODE_OUT, (uint32_t)to->producer_out,
                     output->name);
    if (to->span.size)
        sdx_correct_drop(r->f, r->e, to->span);
    rewire(r, to, output->name);
}

void sdx_correct_bypass(sdx_findings *f, sdx_raw_finding *x, const sdx_gnode *last, int count,
                        bool safe)
{
    const sdx_gnode *first = last;
    for (int i = 1; i < count && first; i++)
        first = first->n_in && first->in[0] ? first->in[0]->producer : NULL;
    const sdx_gvalue *from = last->n_out ? last->out[0] : NULL;
    const sdx_gvalue *to = first && first->n_in ? first->in[0] : NULL;
    if (!x || !from || !to || last->n_out > 1 || !from->uses || from->graph != to->graph)
        return;
    sdx_edit *e = sdx_correct(f, x, last, safe, "let the readers of '%s' read '%s'", from->name,
                              to->name);
    if (!e)
        return;
    e->node = NULL; /* it is not of a function, or impossible */
    removal r = begin(f, e, to);
    remove_node(&r, last);
    release_all(&r);
    if (from->is_output) {
        e->says = sdx_arena_printf(f->arena, "let what makes '%s' make '%s'", to->name, from->name);
        f->failed |= !e->says;
        hand_on_name(&r, to, from);
    } else {
        e->impossible |= !is_plain(from);
        rewire(&r, from, to->name);
        keep(&r, to);
    }
}
