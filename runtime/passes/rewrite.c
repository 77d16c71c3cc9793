/* passes/rewrite.c - bodies in the standard's text syntax become nodes.
 *
 *     y = Conv<@>(X, W); Y = LeakyRelu<alpha = 0.1>(y)
 *
 * The text comes from operators, not from files: what is wrong in it is a bug of ours, and the error
 * that says so is for whoever wrote it. */
#include "passes/rewrite.h"

#include "base/error.h"
#include "base/text.h"
#include <stdarg.h>
#include <string.h>

enum { MOST_NAMES = 64, MOST_NUMBERS = 256 };

/* ---- words ---- */

typedef struct reader {
    sdx_rewrite *c;
    const char *at;
    int64_t opset;
} reader;

typedef struct word {
    const char *text;
    size_t length;
} word;

static void skip_space(reader *r)
{
    while (sdx_is_space(*r->at))
        r->at++;
}

static bool take(reader *r, char c)
{
    skip_space(r);
    if (*r->at != c)
        return false;
    r->at++;
    return true;
}

static bool is_name_char(char c)
{
    return sdx_is_letter(c) || sdx_is_digit(c) || c == '_' || c == '.';
}

/* A name: letters, digits, dots, and an index in brackets; empty where there is none. */
static word take_name(reader *r)
{
    skip_space(r);
    word w = { r->at, 0 };
    while (is_name_char(*r->at))
        r->at++;
    if (r->at != w.text && *r->at == '[') {
        while (*r->at && *r->at != ']')
            r->at++;
        r->at += *r->at == ']';
    }
    w.length = (size_t)(r->at - w.text);
    return w;
}

static sdx_status wrong(reader *r, const char *what)
{
    return sdx_error_set(r->c->pass->err, SDX_E_USAGE, "a body of %s: %s at '%.40s'",
                         sdx_op_name(&r->c->node), what, r->at);
}

static bool is(word w, const char *text)
{
    return w.length == strlen(text) && memcmp(w.text, text, w.length) == 0;
}

/* ---- values by name ---- */

static bool named_in(const sdx_node *n, word w, sdx_gvalue **v)
{
    const sdx_gnode *d = n->def;
    for (int i = 0; i < d->n_in; i++) {
        if (is(w, sdx_in_name(n, i))) {
            *v = d->in[i];
            return true;
        }
    }
    *v = NULL;
    for (int i = 0; d->row && i < d->row->n_in; i++) /* left out at the end */
        if (is(w, d->row->in[i].name))
            return true;
    return false;
}

static int named_out(const sdx_node *n, word w)
{
    for (int i = 0; i < n->def->n_out; i++)
        if (is(w, sdx_out_name(n, i)))
            return i;
    return -1;
}

/* "conv.W" of a node that the rule has named. */
static bool find_of_node(sdx_rewrite *c, word w, sdx_gvalue **v)
{
    const char *dot = memchr(w.text, '.', w.length);
    const sdx_word *found = dot ? sdx_table_find(&c->nodes, w.text, (size_t)(dot - w.text)) : NULL;
    if (!found)
        return false;
    const sdx_node *n = found->constant;
    word rest = { dot + 1, w.length - (size_t)(dot + 1 - w.text) };
    int out = named_out(n, rest);
    if (out < 0)
        return named_in(n, rest, v);
    *v = n->def->out[out];
    return true;
}

static sdx_status read_value(reader *r, sdx_gvalue **v)
{
    sdx_rewrite *c = r->c;
    word w = take_name(r);
    *v = NULL;
    if (w.length == 0)
        return SDX_OK; /* left out */
    const sdx_word *local = sdx_table_find(&c->values, w.text, w.length);
    if (local) {
        *v = local->pointer;
        return SDX_OK;
    }
    if (named_in(&c->node, w, v) || find_of_node(c, w, v))
        return SDX_OK;
    r->at = w.text;
    return wrong(r, "an unknown name");
}

/* A value that the body makes; *v NULL: left out. */
static sdx_status make_value(reader *r, word w, sdx_gvalue **v)
{
    sdx_rewrite *c = r->c;
    *v = NULL;
    if (w.length == 0)
        return SDX_OK;
    int out = named_out(&c->node, w);
    const sdx_gvalue *old = out >= 0 ? c->node.def->out[out] : NULL;
    *v = sdx_graph_value(c->pass->program, c->graph, old ? old->name : "");
    const char *name = sdx_arena_strndup(c->scratch, w.text, w.length);
    sdx_word *entry = name ? sdx_table_add(&c->values, name, w.length, NULL) : NULL;
    if (!*v || !entry)
        return sdx_error_memory(c->pass->err, 0);
    entry->pointer = *v;
    if (old) {
        (*v)->declared = old->declared;
        c->out[out] = *v;
    }
    return SDX_OK;
}

/* ---- attributes ---- */

static sdx_status read_number(reader *r, double *f, int64_t *i)
{
    skip_space(r);
    const char *begin = r->at;
    while (sdx_is_letter(*r->at) || sdx_is_digit(*r->at) || *r->at == '.' || *r->at == '-' ||
           *r->at == '+')
        r->at++;
    size_t n = (size_t)(r->at - begin);
    bool whole = sdx_parse_i64(begin, n, i);
    if (!sdx_parse_f64(begin, n, f))
        return wrong(r, "no number");
    if (!whole)
        *i = 0;
    return SDX_OK;
}

static sdx_status read_list(reader *r, sdx_attr *a, bool floats)
{
    sdx_arena *arena = r->c->pass->program->arena;
    int64_t ints[MOST_NUMBERS];
    float reals[MOST_NUMBERS];
    size_t n = 0;
    for (bool more = !take(r, ']'); more; more = !take(r, ']')) {
        double f;
        if (n == MOST_NUMBERS)
            return wrong(r, "too many numbers");
        SDX_TRY(read_number(r, &f, &ints[n]));
        reals[n++] = (float)f;
        take(r, ',');
    }
    a->count = n;
    a->kind = floats ? SDX_ATTR_FLOATS : SDX_ATTR_INTS;
    a->floats = floats ? sdx_arena_copy(arena, reals, n * sizeof *reals) : NULL;
    a->ints = floats ? NULL : sdx_arena_copy(arena, ints, n * sizeof *ints);
    return a->floats || a->ints ? SDX_OK : sdx_error_memory(r->c->pass->err, 0);
}

static sdx_status read_string(reader *r, sdx_attr *a)
{
    const char *begin = r->at;
    while (*r->at && *r->at != '"')
        r->at++;
    a->kind = SDX_ATTR_STRING;
    a->s.length = (size_t)(r->at - begin);
    a->s.text = sdx_arena_strndup(r->c->pass->program->arena, begin, a->s.length);
    if (!take(r, '"'))
        return wrong(r, "a string without end");
    return a->s.text ? SDX_OK : sdx_error_memory(r->c->pass->err, 0);
}

static const char *kind_of(const sdx_gnode *n, const char *name)
{
    for (int i = 0; n->row && i < n->row->n_attr; i++)
        if (strcmp(n->row->attr[i].name, name) == 0)
            return n->row->attr[i].kind;
    return "";
}

static sdx_status read_attr(reader *r, const sdx_gnode *n, sdx_attr *a)
{
    word w = take_name(r);
    a->name = sdx_names_add(r->c->pass->program->names, w.text, w.length);
    if (!a->name)
        return sdx_error_memory(r->c->pass->err, 0);
    const char *kind = kind_of(n, a->name);
    if (w.length == 0 || !take(r, '='))
        return wrong(r, "no attribute");
    if (take(r, '"'))
        return read_string(r, a);
    if (take(r, '['))
        return read_list(r, a, strcmp(kind, "floats") == 0);
    double f;
    SDX_TRY(read_number(r, &f, &a->i));
    a->kind = strcmp(kind, "float") == 0 ? SDX_ATTR_FLOAT : SDX_ATTR_INT;
    a->f = a->kind == SDX_ATTR_FLOAT ? (float)f : 0;
    if (a->kind == SDX_ATTR_FLOAT)
        a->i = 0;
    return SDX_OK;
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

static bool is_known_attr(const sdx_gnode *n, const char *name)
{
    return !n->row || kind_of(n, name)[0] != '\0';
}

/* Those of the node, of another: as far as the new operator has attributes of these names. */
static sdx_status pass_on(reader *r, const sdx_gnode *n, sdx_attr *list, int *count)
{
    word w = take_name(r);
    const sdx_gnode *from = r->c->node.def;
    if (w.length > 0) {
        const sdx_word *found = sdx_table_find(&r->c->nodes, w.text, w.length);
        if (!found)
            return wrong(r, "an unknown node");
        from = ((const sdx_node *)found->constant)->def;
    }
    for (int i = 0; i < from->n_attr && *count < MOST_NAMES; i++)
        if (is_known_attr(n, from->attr[i].name))
            put_attr(list, count, &from->attr[i]);
    return SDX_OK;
}

static sdx_status read_attrs(reader *r, sdx_gnode *n)
{
    sdx_attr list[MOST_NAMES];
    int count = 0;
    if (!take(r, '<'))
        return SDX_OK;
    while (!take(r, '>')) {
        if (count == MOST_NAMES)
            return wrong(r, "too many attributes");
        if (take(r, '@')) {
            SDX_TRY(pass_on(r, n, list, &count));
        } else {
            sdx_attr a = { 0 };
            SDX_TRY(read_attr(r, n, &a));
            put_attr(list, &count, &a);
        }
        take(r, ',');
    }
    n->n_attr = count;
    n->attr = sdx_arena_copy(r->c->pass->program->arena, list, (size_t)count * sizeof *list);
    return n->attr ? SDX_OK : sdx_error_memory(r->c->pass->err, 0);
}

/* ---- statements ---- */

static size_t count_inputs(const char *at)
{
    size_t n = 1;
    const char *end = strchr(at, ')');
    for (const char *p = at; end && p < end; p++)
        n += *p == ',';
    for (; end && at < end; at++)
        if (!sdx_is_space(*at))
            return n;
    return 0;
}

/* "com.microsoft.FusedConv": the operator is what follows the last dot. */
static sdx_gnode *make_node(reader *r, word op, int n_in, int n_out)
{
    sdx_pass *c = r->c->pass;
    char domain[128] = "", name[128];
    size_t dot = op.length;
    while (dot > 0 && op.text[dot - 1] != '.')
        dot--;
    if (dot > 0)
        sdx_format(domain, sizeof domain, "%.*s", (int)dot - 1, op.text);
    sdx_format(name, sizeof name, "%.*s", (int)(op.length - dot), op.text + dot);
    sdx_gnode *n = sdx_graph_node(c->program, r->c->graph, domain, name, r->opset, n_in, n_out);
    if (!n)
        return NULL;
    const sdx_gnode *from = r->c->node.def;
    n->origin = from->origin ? from->origin : from;
    n->index = from->index;
    n->name = from->name;
    n->path = from->path;
    return n;
}

/* After "(": as many inputs as there are commas, up to ")". */
static sdx_status read_inputs(reader *r, sdx_gnode *n)
{
    for (int i = 0; i < n->n_in; i++) {
        sdx_gvalue *v;
        SDX_TRY(read_value(r, &v));
        sdx_node_set_in(n, i, v);
        if (i + 1 < n->n_in && !take(r, ','))
            return wrong(r, "no comma");
    }
    return take(r, ')') ? SDX_OK : wrong(r, "no )");
}

/* Where the inputs begin: behind the attributes, whose strings hold no brackets of this kind. */
static const char *find_inputs(const char *at)
{
    int depth = 0;
    for (; *at; at++) {
        depth += *at == '<';
        depth -= *at == '>';
        if (depth == 0 && *at == '(')
            return at + 1;
    }
    return NULL;
}

static sdx_status read_statement(reader *r)
{
    word name[MOST_NAMES];
    int n_out = 0;
    do {
        if (n_out == MOST_NAMES)
            return wrong(r, "too many outputs");
        name[n_out++] = take_name(r);
    } while (take(r, ','));
    if (!take(r, '='))
        return wrong(r, "no =");
    word op = take_name(r);
    const char *inputs = find_inputs(r->at);
    if (op.length == 0 || !inputs)
        return wrong(r, "no operator");
    sdx_gnode *n = make_node(r, op, (int)count_inputs(inputs), n_out);
    if (!n)
        return sdx_error_memory(r->c->pass->err, 0);
    if (!n->op || !n->row)
        return sdx_error_set(r->c->pass->err, SDX_E_UNSUPPORTED,
                             "%s is defined by %s, which is not implemented",
                             sdx_op_name(&r->c->node), n->op_type);
    SDX_TRY(read_attrs(r, n));
    if (!take(r, '('))
        return wrong(r, "no (");
    SDX_TRY(read_inputs(r, n));
    for (int i = 0; i < n_out; i++) {
        sdx_gvalue *v;
        SDX_TRY(make_value(r, name[i], &v));
        sdx_node_set_out(n, i, v);
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
    reader r = { c, text, opset };
    c->added = true;
    for (skip_space(&r); *r.at; skip_space(&r)) {
        SDX_TRY(read_statement(&r));
        while (take(&r, ';')) {
        }
    }
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

/* Nothing is known yet of what this round of rewriting has made. */
static bool is_new(const sdx_rewrite *c, const sdx_gnode *n)
{
    for (int i = 0; i < n->n_in; i++)
        if (n->in[i] && n->in[i]->id >= c->pass->facts->n)
            return true;
    for (int i = 0; i < n->n_out; i++)
        if (n->out[i] && n->out[i]->id >= c->pass->facts->n)
            return true;
    return false;
}

const sdx_node *sdx_maker(sdx_rewrite *c, const sdx_node *n, int i)
{
    sdx_gvalue *v = i < n->def->n_in ? n->def->in[i] : NULL;
    if (!v || !v->producer || is_new(c, v->producer) || v->producer->n_epilogue > 0)
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

bool sdx_reads_same(const sdx_node *a, int i, const sdx_node *b, int j)
{
    const sdx_gvalue *x = i < a->def->n_in ? a->def->in[i] : NULL;
    const sdx_gvalue *y = j < b->def->n_in ? b->def->in[j] : NULL;
    return x && x == y;
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
    for (int i = 0; i < n->n_out; i++)
        if (n->out[i] && !c->out[i] && n->out[i]->uses > 0)
            return; /* the rule left an output to the node */
    sdx_node_remove(n);
}

sdx_status sdx_rewrite_node(sdx_pass *pass, sdx_gnode *n, sdx_arena *scratch, sdx_rewriter *apply)
{
    sdx_rewrite c = { .pass = pass, .graph = n->graph, .scratch = scratch };
    if (is_new(&c, n))
        return SDX_OK;
    c.node = sdx_view(n, pass->facts, scratch);
    c.out = sdx_arena_array(scratch, (size_t)n->n_out, sizeof(sdx_gvalue *));
    sdx_table_init(&c.values, scratch);
    sdx_table_init(&c.nodes, scratch);
    if (!c.out)
        return sdx_error_memory(pass->err, 0);
    sdx_status st = apply(&c.node, &c);
    if (st == SDX_OK && scratch->failed)
        st = sdx_error_memory(pass->err, 0);
    if (st != SDX_OK) {
        const char *place = sdx_node_place(scratch, n);
        sdx_error_place(pass->err, "%s: %s", pass->model_name, place ? place : n->op_type);
        return st;
    }
    if (c.added) {
        put_in_place(&c, n);
        pass->changed = true;
    }
    return SDX_OK;
}
