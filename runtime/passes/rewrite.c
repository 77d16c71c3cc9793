/* passes/rewrite.c - bodies in the standard's text syntax become nodes.
 *
 *     y = Conv<@>(X, W); Y = LeakyRelu<alpha = 0.1>(y)
 *
 * The text comes from operators, not from files: what is wrong in it is a bug of ours, and the
 * error that says so is for whoever wrote it. */
#include "passes/rewrite.h"

#include "base/error.h"
#include "base/text.h"
#include "eval/eval.h"
#include "graph/text.h"
#include <stdarg.h>
#include <string.h>

enum { MOST_ATTRS = 64 };

/* ---- values by name ---- */

static sdx_status wrong(sdx_rewrite *c, const char *what, const char *name)
{
    return sdx_error_set(c->pass->err, SDX_E_USAGE, "the body of %s: %s '%s'",
                         sdx_op_name(&c->node), what, name);
}

/* "xs[37]" of a variadic input; -1: it is no such name. */
static int numbered_in(const sdx_node *n, const char *name)
{
    const sdx_row *row = n->def->row;
    int last = row ? row->n_in - 1 : -1, i = 0;
    if (last < 0 || !row->in[last].numbered)
        return -1;
    size_t length = strlen(row->in[last].name);
    if (strncmp(name, row->in[last].name, length) != 0 || name[length] != '[')
        return -1;
    for (name += length + 1; sdx_is_digit(*name) && i < n->def->n_in; name++)
        i = 10 * i + (*name - '0');
    return strcmp(name, "]") == 0 && last + i < n->def->n_in ? last + i : -1;
}

static bool named_in(const sdx_node *n, const char *name, sdx_gvalue **v)
{
    const sdx_gnode *d = n->def;
    int numbered = numbered_in(n, name);
    if (numbered >= 0) {
        *v = d->in[numbered];
        return true;
    }
    for (int i = 0; i < d->n_in; i++) {
        if (strcmp(name, sdx_in_name(n, i)) == 0) {
            *v = d->in[i];
            return true;
        }
    }
    *v = NULL;
    for (int i = 0; d->row && i < d->row->n_in; i++) /* left out at the end */
        if (strcmp(name, d->row->in[i].name) == 0)
            return true;
    return false;
}

static int named_out(const sdx_node *n, const char *name)
{
    for (int i = 0; i < n->def->n_out; i++)
        if (strcmp(name, sdx_out_name(n, i)) == 0)
            return i;
    return -1;
}

/* "conv.W" of a node that the rule has named. */
static bool find_of_node(sdx_rewrite *c, const char *name, sdx_gvalue **v)
{
    const char *dot = strchr(name, '.');
    const sdx_word *found = dot ? sdx_table_find(&c->nodes, name, (size_t)(dot - name)) : NULL;
    if (!found)
        return false;
    const sdx_node *n = found->constant;
    int out = named_out(n, dot + 1);
    if (out < 0)
        return named_in(n, dot + 1, v);
    *v = n->def->out[out];
    return true;
}

static sdx_status read_value(sdx_rewrite *c, const char *name, sdx_gvalue **v)
{
    *v = NULL;
    if (!name[0])
        return SDX_OK; /* left out */
    const sdx_word *local = sdx_table_find(&c->values, name, strlen(name));
    if (local) {
        *v = local->pointer;
        return SDX_OK;
    }
    if (named_in(&c->node, name, v) || find_of_node(c, name, v))
        return SDX_OK;
    return wrong(c, "there is no value", name);
}

/* A value that the body makes; *v NULL: left out. */
static sdx_status make_value(sdx_rewrite *c, const char *name, sdx_gvalue **v)
{
    *v = NULL;
    if (!name[0])
        return SDX_OK;
    int out = named_out(&c->node, name);
    const sdx_gvalue *old = out >= 0 ? c->node.def->out[out] : NULL;
    *v = sdx_graph_value(c->pass->program, c->graph, old ? old->name : "");
    sdx_word *entry = *v ? sdx_table_add(&c->values, name, strlen(name), NULL) : NULL;
    if (!entry)
        return sdx_error_memory(c->pass->err, 0);
    entry->pointer = *v;
    if (old) {
        (*v)->declared = old->declared;
        c->out[out] = *v;
    }
    return SDX_OK;
}

/* ---- attributes ---- */

static const char *kind_of(const sdx_gnode *n, const char *name)
{
    for (int i = 0; n->row && i < n->row->n_attr; i++)
        if (strcmp(n->row->attr[i].name, name) == 0)
            return n->row->attr[i].kind;
    return "";
}

/* A later attribute overrides one of the same name that was passed on. */
static void put_attr(sdx_attr *list, int *n, const sdx_attr *a)
{
    for (int i = 0; i < *n; i++) {
        if (strcmp(list[i].name, a->name) == 0) {
            list[i] = *a;
            return;
        }
    }
    list[(*n)++] = *a;
}

/* Those of the node, or of one that was named, as far as the new operator has attributes of these
 * names. */
static sdx_status pass_on(sdx_rewrite *c, const char *name, const sdx_gnode *n, sdx_attr *list,
                          int *count)
{
    const sdx_gnode *from = c->node.def;
    if (name && name[0]) {
        const sdx_word *found = sdx_table_find(&c->nodes, name, strlen(name));
        if (!found)
            return wrong(c, "there is no node", name);
        from = ((const sdx_node *)found->constant)->def;
    }
    for (int i = 0; i < from->n_attr && *count < MOST_ATTRS; i++)
        if (kind_of(n, from->attr[i].name)[0])
            put_attr(list, count, &from->attr[i]);
    return SDX_OK;
}

/* "alpha = 1" is meant for a float where the operator takes one. */
static sdx_attr fit_kind(const sdx_gnode *n, sdx_attr a)
{
    if (a.kind == SDX_ATTR_INT && strcmp(kind_of(n, a.name), "float") == 0) {
        a.kind = SDX_ATTR_FLOAT;
        a.f = (float)a.i;
        a.i = 0;
    }
    return a;
}

static sdx_status set_attrs(sdx_rewrite *c, sdx_gnode *n, const sdx_draft_node *d)
{
    sdx_attr list[MOST_ATTRS];
    int count = 0;
    for (size_t i = 0; i < d->n_attr; i++) {
        const sdx_draft_attr *a = &d->attr[i];
        if (count == MOST_ATTRS || a->graph || a->flaw)
            return wrong(c, "cannot be passed on:", a->is.name);
        if (strcmp(a->is.name, "@") == 0) {
            SDX_TRY(pass_on(c, a->is.ref, n, list, &count));
        } else {
            sdx_attr mine = fit_kind(n, a->is);
            put_attr(list, &count, &mine);
        }
    }
    n->n_attr = count;
    n->attr = sdx_arena_copy(c->pass->program->arena, list, (size_t)count * sizeof *list);
    return n->attr ? SDX_OK : sdx_error_memory(c->pass->err, 0);
}

/* ---- statements ---- */

static sdx_status add_node(sdx_rewrite *c, const sdx_draft_node *d, int opset)
{
    sdx_gnode *n = sdx_graph_node(c->pass->program, c->graph, d->domain, d->op_type, opset,
                                  (int)d->n_in, (int)d->n_out);
    const sdx_gnode *from = c->node.def;
    if (!n)
        return sdx_error_memory(c->pass->err, 0);
    n->origin = from->origin ? from->origin : from;
    n->index = from->index;
    n->name = from->name;
    n->path = from->path;
    if (!n->op || !n->row)
        return sdx_error_set(c->pass->err, SDX_E_UNSUPPORTED,
                             "%s is defined by %s, which is not implemented", sdx_op_name(&c->node),
                             n->op_type);
    SDX_TRY(set_attrs(c, n, d));
    for (size_t i = 0; i < d->n_in; i++) {
        sdx_gvalue *v;
        SDX_TRY(read_value(c, d->in[i], &v));
        sdx_node_set_in(n, (int)i, v);
    }
    for (size_t i = 0; i < d->n_out; i++) {
        sdx_gvalue *v;
        SDX_TRY(make_value(c, d->out[i], &v));
        sdx_node_set_out(n, (int)i, v);
    }
    return SDX_OK;
}

sdx_status sdx_body(sdx_rewrite *c, int opset, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    const char *text = sdx_arena_vprintf(c->scratch, fmt, args);
    va_end(args);
    if (!text)
        return sdx_error_memory(c->pass->err, 0);
    sdx_text_into into = { c->pass->program, c->pass->program->arena, 0, sdx_constant_tensor,
                           sdx_constant_sparse };
    size_t n;
    sdx_draft_node *node;
    c->added = true;
    SDX_TRY(sdx_text_read_nodes(&into, text, strlen(text), &n, &node, c->pass->err));
    for (size_t i = 0; i < n; i++)
        SDX_TRY(add_node(c, &node[i], opset));
    return SDX_OK;
}

/* ---- what else a rewrite may ask ---- */

void sdx_name(sdx_rewrite *c, const char *name, const sdx_node *n)
{
    sdx_word *w = sdx_table_add(&c->nodes, name, strlen(name), NULL);
    if (w)
        w->constant = n;
    else
        c->scratch->failed = true;
}

const char *sdx_float_text(sdx_rewrite *c, double v)
{
    char text[SDX_NUMBER_SIZE];
    size_t n = sdx_print_f64(text, v);
    const char *kept = sdx_arena_strndup(c->scratch, text, n);
    return kept ? kept : "0";
}

/* Of what this round of rewriting has made nothing is known yet, but for what took the place of an
 * output. */
static bool is_unknown(const sdx_rewrite *c, sdx_gvalue *const *v, int n)
{
    for (int i = 0; i < n; i++)
        if (v[i] && v[i]->id >= c->pass->facts->n)
            return true;
    return false;
}

const sdx_node *sdx_maker(sdx_rewrite *c, const sdx_node *n, int i)
{
    sdx_gvalue *v = i < n->def->n_in ? n->def->in[i] : NULL;
    if (!v || !v->producer || v->producer->n_epilogue > 0 ||
        is_unknown(c, v->producer->out, v->producer->n_out))
        return NULL;
    sdx_node *view = sdx_arena_alloc(c->scratch, sizeof *view);
    if (view)
        *view = sdx_view(v->producer, c->pass->facts, c->scratch);
    return view;
}

const sdx_node *sdx_only_producer(sdx_rewrite *c, const sdx_node *n, int i)
{
    const sdx_gvalue *v = i < n->def->n_in ? n->def->in[i] : NULL;
    return v && v->uses == 1 ? sdx_maker(c, n, i) : NULL;
}

int sdx_readers(const sdx_node *n, int i)
{
    return (int)n->def->in[i]->uses;
}

int sdx_maker_output(const sdx_node *n, int i)
{
    const sdx_gvalue *v = n->def->in[i];
    int o = 0;
    while (o + 1 < v->producer->n_out && v->producer->out[o] != v)
        o++;
    return o;
}

bool sdx_reads_same(const sdx_node *a, int i, const sdx_node *b, int j)
{
    const sdx_gvalue *x = i < a->def->n_in ? a->def->in[i] : NULL;
    const sdx_gvalue *y = j < b->def->n_in ? b->def->in[j] : NULL;
    return x && x == y;
}

sdx_layout sdx_next_layout(const sdx_rewrite *c)
{
    return c->pass->settled ? c->pass->block : SDX_PLAIN;
}

sdx_precision sdx_next_precision(const sdx_rewrite *c)
{
    return sdx_dispatch_precision(c->pass->dispatch);
}

sdx_status sdx_cannot(sdx_rewrite *c, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    sdx_error_vset(c->pass->err, SDX_E_UNSUPPORTED, fmt, args);
    va_end(args);
    return SDX_E_UNSUPPORTED;
}

/* ---- one node ---- */

static void put_in_place(sdx_rewrite *c, sdx_gnode *n)
{
    for (int i = 0; i < n->n_out; i++)
        if (n->out[i] && c->out[i])
            sdx_value_replace(n->out[i], c->out[i]);
    /* the rule left an output to the node */
    for (int i = 0; i < n->n_out; i++)
        if (n->out[i] && !c->out[i] && n->out[i]->uses > 0)
            return;
    sdx_node_remove(n);
}

sdx_status sdx_rewrite_begin(sdx_rewrite *c, sdx_pass *pass, sdx_gnode *n, sdx_arena *scratch)
{
    *c = (sdx_rewrite){ .pass = pass, .graph = n->graph, .scratch = scratch };
    c->node = sdx_view(n, pass->facts, scratch);
    c->out = sdx_arena_array(scratch, (size_t)n->n_out, sizeof(sdx_gvalue *));
    sdx_table_init(&c->values, scratch);
    sdx_table_init(&c->nodes, scratch);
    return c->out ? SDX_OK : sdx_error_memory(pass->err, 0);
}

bool sdx_rewrite_bind(sdx_rewrite *c, const char *name, sdx_gvalue *v)
{
    sdx_word *entry = sdx_table_add(&c->values, name, strlen(name), NULL);
    if (entry)
        entry->pointer = v;
    return entry != NULL;
}

sdx_gvalue *sdx_rewrite_made(const sdx_rewrite *c, const char *name)
{
    const sdx_word *entry = sdx_table_find(&c->values, name, strlen(name));
    return entry ? entry->pointer : NULL;
}

sdx_status sdx_rewrite_checked(sdx_rewrite *c, sdx_status st)
{
    const sdx_gnode *n = c->node.def;
    sdx_pass *pass = c->pass;
    if (st == SDX_OK && c->scratch->failed)
        st = sdx_error_memory(pass->err, 0);
    if (st != SDX_OK) {
        const char *place = sdx_node_place(c->scratch, n);
        sdx_error_place(pass->err, "%s: %s", pass->model_name, place ? place : n->op_type);
    }
    return st;
}

sdx_status sdx_rewrite_end(sdx_rewrite *c, sdx_status st)
{
    SDX_TRY(sdx_rewrite_checked(c, st));
    if (c->added) {
        put_in_place(c, (sdx_gnode *)(uintptr_t)c->node.def);
        c->pass->changed = true;
    }
    return SDX_OK;
}

/* What takes the place of a value is what that was: the facts, which go by id, are its own now. */
static void swap_ids(sdx_gvalue *a, sdx_gvalue *b)
{
    uint32_t id = a->id;
    a->id = b->id;
    b->id = id;
}

sdx_status sdx_rewrite_node(sdx_pass *pass, sdx_gnode *n, sdx_arena *scratch, sdx_rewriter *apply)
{
    sdx_rewrite c = { .pass = pass };
    if (is_unknown(&c, n->in, n->n_in) || is_unknown(&c, n->out, n->n_out))
        return SDX_OK;
    SDX_TRY(sdx_rewrite_begin(&c, pass, n, scratch));
    sdx_gvalue **old = sdx_arena_array(scratch, (size_t)n->n_out, sizeof *old);
    for (int i = 0; old && i < n->n_out; i++)
        old[i] = n->out[i];
    SDX_TRY(sdx_rewrite_end(&c, old ? apply(&c.node, &c) : sdx_error_memory(pass->err, 0)));
    for (int i = 0; i < n->n_out; i++)
        if (old[i] && c.out[i])
            swap_ids(old[i], c.out[i]);
    return SDX_OK;
}
